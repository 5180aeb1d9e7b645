"""Every file of the hostile kit gets its verdict, within its means, and takes nothing with it."""

from __future__ import annotations

from collections import Counter

import pytest

from creative_platform.inspection.reasons import REASONS
from tests.inspection.asking import ask
from tests.inspection.hostile import KIT
from tests.inspection.hostile.item import ACCEPTED
from tests.inspection.recordings import MARK


@pytest.mark.parametrize("name", KIT)
def test_hostile_file_gets_its_verdict(name: str):
    item = KIT[name]

    asked = ask(item.make(), item.suffix, clean_copy=True)

    result = asked.result
    assert (result.reason or ACCEPTED) == item.verdict, result.detail
    assert "%(" not in (REASONS[result.reason] % result.data if result.reason else "")
    assert result.usage.max_rss_bytes < 1 << 30
    assert result.usage.cpu_s < 10
    assert MARK not in asked.everything
    assert b"root:x:0" not in asked.everything


def test_kit_has_nine_categories_and_every_reason_is_written():
    assert len(Counter(name.split(":")[0] for name in KIT)) == 9
    assert {item.verdict for item in KIT.values()} - {ACCEPTED} <= set(REASONS)
