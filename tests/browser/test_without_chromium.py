"""A machine without Chromium: the tests of pages say why they are skipped, and fail in CI."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ONE = "tests/browser/test_upload.py::test_the_worker_hashes_as_hashlib_does"


@pytest.mark.parametrize(
    ("ci", "status", "said"), [("", 0, "SKIPPED [1]"), ("true", 1, "1 error")], ids=["locally", "in CI"]
)
def test_the_reason_is_printed(tmp_path, ci, status, said):
    told = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    told |= {"PATH": str(tmp_path), "CI": ci}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", ONE],
        cwd=ROOT,
        env=told,
        capture_output=True,
        text=True,
    )

    assert (ran.returncode, said in ran.stdout) == (status, True), ran.stdout + ran.stderr
    assert "no Chromium on this machine" in ran.stdout
