"""Every rule has a line that it must find and one that it must leave; `make check` holds semgrep against both."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

RULES = Path(__file__).resolve().parents[2] / ".ci" / "semgrep"


@pytest.mark.parametrize("path", sorted(RULES.glob("*.yaml")), ids=lambda p: p.stem)
def test_every_rule_is_proved_to_fire_and_to_spare(path: Path):
    proof = next(p for p in RULES.glob(f"{path.stem}.*") if p != path).read_text("utf-8")
    proved = {
        kind: {
            name.strip()
            for names in re.findall(rf"\b{kind}: ([a-z, -]+?)(?: -->)?\n", proof)
            for name in names.split(",")
        }
        for kind in ("ruleid", "ok")
    }
    rules = set(re.findall(r"^  - id: (\S+)$", path.read_text("utf-8"), re.M))

    assert rules
    assert proved == {"ruleid": rules, "ok": rules}
