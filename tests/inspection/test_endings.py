"""Where an image ends, wherever the blocks end in which it is read."""

import pytest

from creative_platform.confinement.child.refusal import Refused
from creative_platform.confinement.child.source import RangeSource
from creative_platform.inspection.child.endings import trailing_bytes

SCAN = b"\xff\xda\x00\x02"
END, FIRST_BYTES, BLOCK_BYTES = b"\xff\xd9", 1 << 12, 1 << 20


def trailing(whole: bytes, most_scans: int = 100) -> int:
    return trailing_bytes(RangeSource(lambda at, count: whole[at : at + count], len(whole)), "JPEG", most_scans)


@pytest.mark.parametrize("over", [-2, -1, 0, 1])
@pytest.mark.parametrize("inside", [b"", b"\xff\x00", b"\xff\xd0", b"\xff\xff"])
@pytest.mark.parametrize("block", [FIRST_BYTES, FIRST_BYTES + BLOCK_BYTES])
def test_the_end_of_a_jpeg_is_found_at_the_edge_of_a_block(block, over, inside):
    coded = (bytes(block + over) + inside)[len(inside) :]
    assert trailing(b"\xff\xd8" + SCAN + coded + END + b"seven!!") == 7


def test_a_jpeg_has_as_many_scans_as_may_be_and_no_more():
    whole = b"\xff\xd8" + 3 * (SCAN + b"\1\2") + END + b"x"
    assert trailing(whole, most_scans=3) == 1
    with pytest.raises(Refused) as refused:
        trailing(whole, most_scans=2)
    assert refused.value.reason == "media.too_many_scans"


@pytest.mark.parametrize("strange", [b"\0strange", b"\xff\0\0\x0c"])  # decoders take two bytes of the latter
def test_strange_bytes_between_two_segments_hide_no_scans(strange):
    strange = b"\xff\xd8\xff\xe0\x00\x02" + strange + 3 * (SCAN + b"\1\2") + END + b"x"
    assert trailing(strange, most_scans=3) == 1
    with pytest.raises(Refused) as refused:
        trailing(strange, most_scans=2)
    assert refused.value.reason == "media.too_many_scans"


def test_endless_exif_is_refused_before_a_decoder_joins_it():
    exif = b"\xff\xe1\xff\xffExif\0\0" + bytes(0xFFFF - 8)
    assert trailing(b"\xff\xd8" + 32 * exif + SCAN + END) == 0
    with pytest.raises(Refused) as refused:
        trailing(b"\xff\xd8" + 33 * exif + SCAN + END)
    assert refused.value.reason == "media.unreadable"
