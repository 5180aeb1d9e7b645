"""Archives that hurt whoever unpacks them."""

from __future__ import annotations

import io
import stat
import warnings
import zipfile

from tests.inspection import papers
from tests.inspection.hostile.item import ACCEPTED, Hostile


def _named(*names: str) -> bytes:
    """Return an archive with members of exactly these names, which zipfile itself would tidy up."""
    buffer = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(buffer, "w") as target:
        for number, name in enumerate(names):
            member = zipfile.ZipInfo(f"name-{number}")
            member.filename = name
            target.writestr(member, f"content {number}")
    return buffer.getvalue()


def _raw_name(name: bytes) -> bytes:
    return papers.archive({"0123456789": "content"}).replace(b"0123456789", name.ljust(10, b"a"))


def _of_mode(mode: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        member = zipfile.ZipInfo("settings")
        member.create_system = 3
        member.external_attr = (mode | 0o777) << 16
        target.writestr(member, "/etc/passwd")
    return buffer.getvalue()


def _flagged(bit: int) -> bytes:
    data = bytearray(papers.archive({"a.txt": "text"}))
    data[6] |= bit
    data[data.find(b"PK\x01\x02") + 8] |= bit
    return bytes(data)


def _overlapping() -> bytes:
    """Return an archive of two members whose directory entries point at the same bytes."""
    data = bytearray(papers.archive({"aaaa": "x" * 100, "bbbb": "y" * 100}, zipfile.ZIP_STORED))
    second = data.find(b"PK\x01\x02", data.find(b"PK\x01\x02") + 4)
    data[second + 42 : second + 46] = bytes(4)
    return bytes(data)


def _other_local_name() -> bytes:
    return papers.archive({"seen.txt": "text"}).replace(b"seen.txt", b"real.exe", 1)


def _damaged() -> bytes:
    data = bytearray(papers.archive({"a.txt": "some text of some length"}, zipfile.ZIP_STORED))
    data[data.find(b"some text")] ^= 0xFF
    return bytes(data)


def _split() -> bytes:
    data = bytearray(papers.project())
    end = data.rfind(b"PK\x05\x06")
    data[end + 4 : end + 8] = b"\x01\x00\x01\x00"
    return bytes(data)


def _count_lie() -> bytes:
    data = bytearray(papers.project())
    end = data.rfind(b"PK\x05\x06")
    data[end + 8 : end + 12] = (60_000).to_bytes(2, "little") * 2
    return bytes(data)


FILES = {
    "a step up": Hostile(lambda: _named("../../etc/cron.d/job"), ".zip", "archive.unsafe_path"),
    "a step up in the middle": Hostile(lambda: _named("a/../../b"), ".zip", "archive.unsafe_path"),
    "absolute": Hostile(lambda: _named("/etc/passwd"), ".zip", "archive.unsafe_path"),
    "of a drive": Hostile(lambda: _named("C:/Windows/system.ini"), ".zip", "archive.unsafe_path"),
    "with backslashes": Hostile(lambda: _raw_name(b"..\\..\\evil"), ".zip", "archive.unsafe_path"),
    "of a home folder": Hostile(lambda: _named("~/.bashrc"), ".zip", "archive.unsafe_path"),
    "zero byte": Hostile(lambda: _raw_name(b"a.txt\0.exe"), ".zip", "archive.unsafe_name"),
    "device": Hostile(lambda: _named("src/CON.txt"), ".zip", "archive.unsafe_name"),
    "control character": Hostile(lambda: _named("a\x1b[2Jb"), ".zip", "archive.unsafe_name"),
    "turned writing direction": Hostile(lambda: _named("photo\u202egpj.exe"), ".zip", "archive.unsafe_name"),
    "dot at the end": Hostile(lambda: _named("file."), ".zip", "archive.unsafe_name"),
    "stream of a file": Hostile(lambda: _named("file.txt:hidden"), ".zip", "archive.unsafe_name"),
    "long name": Hostile(lambda: _named("a" * 300), ".zip", "archive.unsafe_name"),
    "symbolic link": Hostile(lambda: _of_mode(stat.S_IFLNK), ".zip", "archive.link"),
    "pipe": Hostile(lambda: _of_mode(stat.S_IFIFO), ".zip", "archive.link"),
    "device file": Hostile(lambda: _of_mode(stat.S_IFCHR), ".zip", "archive.link"),
    "password": Hostile(lambda: _flagged(1), ".zip", "archive.encrypted"),
    "same name twice": Hostile(lambda: _named("a.txt", "a.txt"), ".zip", "archive.duplicate_name"),
    "same name in large letters": Hostile(lambda: _named("Ә.txt", "ә.TXT"), ".zip", "archive.duplicate_name"),
    "file where a folder is": Hostile(lambda: _named("a", "a/b"), ".zip", "archive.duplicate_name"),
    "members that overlap": Hostile(_overlapping, ".zip", "archive.overlap"),
    "archive inside by name": Hostile(lambda: papers.archive({"in.zip": papers.project()}), ".zip", "archive.nested"),
    "archive inside by content": Hostile(
        lambda: papers.archive({"notes.txt": papers.project()}), ".zip", "archive.nested"
    ),
    "packed file inside": Hostile(lambda: papers.archive({"data.tar.gz": b"\x1f\x8b\x08"}), ".zip", "archive.nested"),
    "document inside": Hostile(lambda: papers.archive({"talk.pptx": papers.project()}), ".zip", ACCEPTED),
    "5001 files": Hostile(lambda: papers.archive({f"f{n}": "" for n in range(5001)}), ".zip", "archive.too_many_files"),
    "count that lies": Hostile(_count_lie, ".zip", "archive.too_many_files"),
    "wrong checksum": Hostile(_damaged, ".zip", "archive.corrupt"),
    "another name before the data": Hostile(_other_local_name, ".zip", "archive.corrupt"),
    "split": Hostile(_split, ".zip", "archive.corrupt"),
    "cut": Hostile(lambda: papers.project()[:-30], ".zip", "archive.corrupt"),
    "unusual method": Hostile(lambda: papers.archive({"a": "b"}, zipfile.ZIP_LZMA), ".zip", "archive.corrupt"),
    "nothing in it": Hostile(lambda: papers.archive({}), ".zip", "media.empty"),
}
