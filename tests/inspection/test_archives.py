"""Whatever reads an archive, it sees the names that we judged."""

import io
import struct
import zipfile
import zlib

import pytest

from creative_platform.inspection.contract import Recipe
from tests.inspection.asking import Asked, ask
from tests.inspection.papers import archive


def named_twice(second: bytes, of: bytes = b"a.txt") -> bytes:
    """Return an archive of one file that has this second name in its field for UTF-8."""
    member = zipfile.ZipInfo("a.txt")
    field = b"\1" + struct.pack("<L", zlib.crc32(of)) + second
    member.extra = struct.pack("<HH", 0x7075, len(field)) + field
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        target.writestr(member, "x")
    return buffer.getvalue()


def asked(data: bytes) -> Asked:
    return ask(data, ".zip", wanted=Recipe(kinds=("zip",)))


@pytest.mark.parametrize(
    ("second", "of", "found"),
    [
        (b"../../x", b"a.txt", "archive.unsafe_path"),
        (b"../../x", b"b.txt", None),  # left over from before the file was renamed: nobody goes by it
        (b"\xff", b"a.txt", "archive.corrupt"),
        ("ән.txt".encode(), b"a.txt", None),
    ],
)
def test_a_second_name_is_judged_like_the_first(second: bytes, of: bytes, found: str | None):
    assert asked(named_twice(second, of)).result.reason == found


def test_a_second_name_is_the_one_that_is_shown():
    listing = asked(named_twice("ән.txt".encode())).result.output("listing.json")
    assert listing is not None
    assert "ән.txt".encode() in listing.data


def test_nothing_stands_before_the_first_member():
    assert asked(archive({"a.txt": "x"}) + archive({"b.txt": "y"})).result.reason == "archive.corrupt"
