"""Hostile files that a check accepts, because what is made of them is harmless: so is every copy made later."""

from __future__ import annotations

import pytest

from creative_platform.renditions.contract import CLEAN, LIGHT, PAGES
from tests.inspection.hostile import KIT
from tests.inspection.hostile.item import ACCEPTED
from tests.inspection.recordings import MARK
from tests.renditions.asking import rendered

PICTURES = (".jpg", ".png", ".webp", ".gif", ".avif", ".zip")
ACCEPTED_ONES = [name for name, item in KIT.items() if item.verdict == ACCEPTED and item.suffix not in PICTURES]


@pytest.mark.parametrize("name", ACCEPTED_ONES)
def test_copies_of_a_hostile_file_carry_nothing_of_it(name: str):
    item = KIT[name]
    data = item.make()

    for copy in (PAGES,) if item.suffix == ".pdf" else (CLEAN, LIGHT):
        made = rendered(data, item.suffix, copy)
        assert (made.result.made or bool(made.result.reason), made.result.retry) == (True, False)
        assert made.result.reason not in ("inspection.crashed", "inspection.timeout", "inspection.memory")
        assert made.result.usage.max_rss_bytes < 1 << 30
        assert MARK not in made.everything
        assert b"root:x:0" not in made.everything


def test_there_are_some():
    assert len(ACCEPTED_ONES) > 10
