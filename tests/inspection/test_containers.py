"""What a recording's structure says is bounded before a demuxer believes it."""

import pytest

from creative_platform.confinement.child.refusal import Refused
from creative_platform.confinement.child.source import RangeSource
from creative_platform.inspection.child import containers
from creative_platform.inspection.contract import Limits
from tests.inspection.hostile.boxes import box


def reason(whole: bytes, format_name: str) -> str | None:
    source = RangeSource(lambda at, count: whole[at : at + count], len(whole))
    try:
        containers.check(source, format_name, Limits())
    except Refused as refused:
        return refused.reason
    return None


@pytest.mark.parametrize(("size", "found"), [(32 << 20, None), ((32 << 20) + 1, "media.unreadable")])
def test_a_tag_beyond_any_cover_is_refused_before_a_demuxer_holds_it(size: int, found: str | None):
    told = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    assert reason(b"ID3\4\0\0" + told, "mp3") == found


def test_tags_one_after_another_count_as_one():
    tag = b"ID3\4\0\0" + bytes((size := 17 << 20) >> shift & 0x7F for shift in (21, 14, 7, 0)) + bytes(size)
    assert (reason(tag, "mp3"), reason(tag + tag, "mp3")) == (None, "media.unreadable")


@pytest.mark.parametrize(("edits", "found"), [(5000, None), (5001, "media.unreadable")])
def test_an_endless_list_of_edits_is_refused(edits: int, found: str | None):
    listed = box(b"elst", bytes(4), edits.to_bytes(4), bytes(12))
    assert reason(box(b"moov", box(b"trak", box(b"edts", listed))), "mov") == found
