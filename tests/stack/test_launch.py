"""What `make run` does before and around the processes it starts."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import config
from creative_platform.stack import keys
from creative_platform.stack.launch import ROOT, Place

pytestmark = pytest.mark.storage


def stack(verb: str, var_dir: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m creative_platform.stack` on a folder of its own."""
    names = {name: value for name, value in os.environ.items() if not name.startswith(("S3_", "BASE_", "DATABASE_"))}
    return subprocess.run(
        [sys.executable, "-m", "creative_platform.stack", verb],
        cwd=ROOT,
        env={**names, "VAR_DIR": str(var_dir), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_secrets_makes_what_the_configuration_needs_and_repeats_without_change(tmp_path: Path) -> None:
    var_dir = tmp_path / "var"
    assert stack("secrets", var_dir).returncode == 0
    first = keys.read(var_dir)
    assert set(first) >= {"S3_ENDPOINT_URL", "SECRET_KEY", "SIGNING_KEY_FILE"}
    assert stack("secrets", var_dir).returncode == 0
    assert keys.read(var_dir) == first


def test_store_that_the_environment_names_is_used_instead(tmp_path: Path) -> None:
    var_dir = tmp_path / "var"
    assert stack("secrets", var_dir, S3_ENDPOINT_URL="https://s3.example").returncode == 0
    assert "S3_ENDPOINT_URL" not in keys.read(var_dir)
    assert not (var_dir / "objectstore").exists()


def test_moved_folder_keeps_its_keys_and_finds_them(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    stack("secrets", before)
    old = keys.read(before)
    shutil.move(before, after)
    assert stack("secrets", after).returncode == 0
    new = keys.read(after)
    assert new == old | {"SIGNING_KEY_FILE": str(after / "signing-key.pem")}


def test_taken_port_is_named_with_a_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = stack("run", tmp_path / "var", PORT=str(port))
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout == f"Port {port} is taken. Choose another: make run PORT={port + 1}\n"


def test_port_that_is_no_number_is_named(tmp_path: Path) -> None:
    result = stack("run", tmp_path, PORT="80a")
    assert (result.returncode, result.stdout, result.stderr) == (1, "PORT must be a whole number, not '80a'.\n", "")


def test_second_supervisor_of_one_folder_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "run.lock").open("w") as lock:
        lock.write("4321")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = stack("run", tmp_path)
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout == f"The platform already runs from {tmp_path} (process 4321).\n"


def test_secrets_leaves_a_running_platform_alone(tmp_path: Path) -> None:
    with (tmp_path / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert stack("secrets", tmp_path).returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == ["run.lock"]


def test_commands_beside_the_platform_know_its_address(tmp_path: Path) -> None:
    """They are not told the PORT that `make run` was: `storage doctor` would miss the page's origin."""
    for given, address in (({"PORT": "8781"}, "http://127.0.0.1:8781"), ({}, "http://127.0.0.1:8000")):
        assert stack("secrets", tmp_path, **given).returncode == 0
        assert config.load({"VAR_DIR": str(tmp_path)}).base_url == address


def test_upload_door_keeps_its_port_and_follows_the_page(tmp_path: Path) -> None:
    stack("secrets", tmp_path)
    first = urlsplit(keys.read(tmp_path)["UPLOAD_URL"])
    assert (first.scheme, first.hostname) == ("http", "127.0.0.1")
    stack("secrets", tmp_path, BASE_URL="http://localhost:8000")
    assert keys.read(tmp_path)["UPLOAD_URL"] == f"http://localhost:{first.port}"
    with socket.create_server(("127.0.0.1", first.port or 0)):
        stack("secrets", tmp_path)
    assert urlsplit(keys.read(tmp_path)["UPLOAD_URL"]).port != first.port


@pytest.mark.parametrize("given", [{"BASE_URL": "https://contest.example"}, {"UPLOAD_URL": "https://up.example"}])
def test_operator_opens_the_upload_door_behind_a_proxy(tmp_path: Path, given: dict[str, str]) -> None:
    stack("secrets", tmp_path)
    assert stack("secrets", tmp_path, **given).returncode == 0
    assert "UPLOAD_URL" not in keys.read(tmp_path)


@pytest.mark.parametrize(
    ("given", "loaded", "expected"),
    [({}, False, True), ({}, True, False), ({"DATABASE_URL": "postgresql://db/contest"}, False, False)],
)
def test_demo_is_loaded_once_and_never_into_a_given_database(
    tmp_path: Path, given: dict[str, str], loaded: bool, expected: bool
) -> None:
    if loaded:
        (tmp_path / "demo.json").write_text("{}")
    assert Place.of({"VAR_DIR": str(tmp_path), **given}).wants_demo is expected


def test_address_follows_port_unless_base_url_is_given(tmp_path: Path) -> None:
    assert Place.of({"VAR_DIR": str(tmp_path), "PORT": "9000"}).base_url == "http://127.0.0.1:9000"
    given = {"VAR_DIR": str(tmp_path), "BASE_URL": "https://contest.example/"}
    assert (Place.of(given).base_url, Place.of(given).port) == ("https://contest.example", 8000)


def test_old_python_is_refused_in_a_sentence(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\ncase "$2" in *exit*) exit 1;; *) echo 3.10;; esac\n')
    old.chmod(0o755)
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path)
    result = subprocess.run(
        ["make", "run", f"PYTHON={old}"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert result.returncode == 2
    assert f'Python 3.11 or newer is needed; "{old}" is 3.10.' in result.stderr
    assert not (tmp_path / ".venv").exists()
