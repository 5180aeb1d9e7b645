"""ZIP, judged by its directory and by unpacking into nothing: a listing, a little text, never an extraction."""

import re
import stat
import struct
import time
import unicodedata
import zipfile
import zlib
from typing import Any

from creative_platform.confinement.child.refusal import Refused
from creative_platform.inspection.child import office
from creative_platform.inspection.child.examine import Request
from creative_platform.inspection.child.sniff import Sniffed

_UNICODE_PATH = 0x7075
_EOCD = struct.Struct("<4s4H2LH")
_SPANNING_MARK = 4  # bytes that old programs put first
_MAX_DIRECTORY_BYTES = 16 << 20
_RATIO_FREE_BYTES = 10 << 20  # small archives of very even files are harmless
_VERIFY_CPU_S = 6.0
_CHUNK = 1 << 18
_PREVIEW_FILES, _PREVIEW_CHARS = 8, 2000
_DEVICES = re.compile(r"^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])$", re.IGNORECASE)
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
_FORBIDDEN = set('<>:"|?*')
_PACKED = re.compile(r"\.(zip|7z|rar|tar|tgz|tbz2?|txz|gz|bz2|xz|zst|lzma|cab|iso|arj|lzh|ace|z)$", re.IGNORECASE)
_PACKED_SIGNATURES = (
    b"PK\x03\x04",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\x1f\x8b\x08",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd",
)
# Formats that are ZIP inside and are opened as documents or programs, not unpacked by hand.
_ZIP_BASED = re.compile(
    r"\.(jar|war|aar|apk|ipa|docx|xlsx|pptx|docm|odt|ods|odp|odg|epub|whl|nupkg|xpi|crx|vsix|kra|ora|sketch|fig|3mf|"
    r"usdz|mxl|npz|pth|pt|kmz|aab|appx|sb3|sb2|mcworld|unitypackage|blend|svgz|emz|woff2?)$",
    re.IGNORECASE,
)
_TEXTS = re.compile(
    r"(^|/)(readme|license|licence|changelog|makefile|dockerfile)[^/]*$|"
    r"\.(md|txt|rst|py|js|mjs|ts|tsx|jsx|java|kt|c|h|cpp|hpp|cs|go|rs|rb|php|html?|css|scss|sql|sh|json|ya?ml|toml|"
    r"xml|ipynb|swift|dart|lua|pas|ino)$",
    re.IGNORECASE,
)


def prepare(format_name: str) -> None:
    """Load the codecs of member names while files can still be read."""
    for codec in ("cp437", "cp866", "utf-8", "utf-8-sig", "utf-16-le"):
        "".encode(codec)


def examine(request: Request, sniffed: Sniffed) -> dict[str, Any]:
    """Return the facts of an archive; sends listing and preview. Raises Refused for anything that could hurt."""
    request.settle_kind("zip", "document")
    _check_directory_size(request)
    request.source.seek(0)
    try:
        archive = zipfile.ZipFile(request.source)
    except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError, OSError) as error:
        raise Refused("archive.corrupt", f"{type(error).__name__}: {error}"[:200]) from None
    members = archive.infolist()
    if len(members) > request.limits.entries:
        raise _too_many(request, len(members))
    if not members:
        raise Refused("media.empty", "no members")
    names = []
    for member in members:
        told = _names_of(member)
        for name in told:
            _check_name(name)
        _check_member(member)
        names.append(told[0])
    _check_duplicates(names)
    _check_sizes(request, members)
    _check_overlap(archive, members)
    parts = {name.lower(): member for name, member in zip(names, members, strict=True)}
    form = office.form_of(archive, parts)
    request.settle_kind("document" if form else "zip")
    verified, texts = _unpack_into_nothing(request, archive, members, names)
    if form:
        return office.facts(request, archive, parts, form)
    if request.recipe.pictures:
        listing = [
            {"name": n, "size_bytes": m.file_size} for m, n in zip(members, names, strict=True) if not m.is_dir()
        ]
        request.output.derived_json("listing.json", listing)
        request.output.derived_json("preview.json", texts)
    return {
        "kind": "zip",
        "content_type": sniffed.content_type,
        "entries": sum(not member.is_dir() for member in members),
        "notes": [] if verified else ["partly_verified"],
        "clean": None,
    }


def _too_many(request: Request, count: int) -> Refused:
    return Refused("archive.too_many_files", f"{count} entries", limit=request.limits.entries)


def _check_directory_size(request: Request) -> None:
    """Refuse a directory too large to load, before zipfile loads it."""
    source = request.source
    tail = source.at(max(0, source.size - 65_557), 65_557)
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) - found < _EOCD.size:
        raise Refused("archive.corrupt", "no end of directory")
    _, disk, start_disk, here, total, size, offset, _ = _EOCD.unpack_from(tail, found)
    if disk not in (0, 0xFFFF) or start_disk not in (0, 0xFFFF) or here != total:
        raise Refused("archive.corrupt", "split archive")
    at = max(0, source.size - 65_557) + found
    locator = source.at(at - 20, 20) if at >= 20 else b""
    if locator[:4] == b"PK\x06\x07":
        record = source.at(int.from_bytes(locator[8:16], "little"), 56)
        if record[:4] != b"PK\x06\x06" or len(record) < 56:
            raise Refused("archive.corrupt", "broken ZIP64 record")
        total, size, offset = (int.from_bytes(record[i : i + 8], "little") for i in (32, 40, 48))
    if total > request.limits.entries:
        raise _too_many(request, total)
    if size > _MAX_DIRECTORY_BYTES:
        raise Refused("archive.too_many_files", f"directory of {size} bytes", limit=request.limits.entries)
    if offset + size > at:
        raise Refused("archive.corrupt", "directory outside the file")


def _names_of(member: zipfile.ZipInfo) -> tuple[str, ...]:
    """Return the name as its author wrote it: UTF-8 without the flag and Cyrillic DOS names are recognised.

    Before it a second one, in UTF-8, from the field where some programs put it: unpackers go by that.
    """
    name = member.orig_filename
    raw = name.encode("utf-8" if member.flag_bits & 0x800 else "cp437", "replace")
    if not member.flag_bits & 0x800:
        try:
            name = raw.decode()
        except UnicodeDecodeError:
            name = raw.decode("cp866", "replace")
    second = _second_name(member, raw)
    return (second, name) if second else (name,)


def _second_name(member: zipfile.ZipInfo, first: bytes) -> str:
    """Return the name in the Unicode path field, empty for none; one that is not of this first name does not count."""
    extra = member.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == _UNICODE_PATH and field[1:5] == zlib.crc32(first).to_bytes(4, "little"):
            try:
                return field[5:].decode()
            except UnicodeDecodeError:
                raise Refused("archive.corrupt", "a second name that is no UTF-8") from None
    return ""


def _check_name(name: str) -> None:
    if not name or len(name) > 1024 or any(unicodedata.category(letter) in _INVISIBLE for letter in name):
        raise Refused("archive.unsafe_name", "empty, long or with invisible characters")
    if name.startswith(("/", "\\", "~")) or "\\" in name or re.match(r"^[a-zA-Z]:", name):
        raise Refused("archive.unsafe_path", "absolute or with backslashes")
    for part in name.rstrip("/").split("/"):
        if part in ("..", ".", ""):
            raise Refused("archive.unsafe_path", "steps out of its folder")
        if len(part.encode("utf-8", "replace")) > 510 or len(part) > 255 or part[-1] in ". " or _FORBIDDEN & set(part):
            raise Refused("archive.unsafe_name", "not a name on every system")
        if _DEVICES.match(part.split(".")[0].rstrip()):
            raise Refused("archive.unsafe_name", "a device name")


def _check_member(member: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Refused("archive.link", f"mode {kind:o}")
    if member.flag_bits & 0x41:
        raise Refused("archive.encrypted", "encrypted member")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused("archive.corrupt", f"method {member.compress_type}")
    if member.is_dir() and member.file_size:
        raise Refused("archive.corrupt", "a folder with content")
    if member.compress_type == zipfile.ZIP_STORED and member.compress_size != member.file_size:
        raise Refused("archive.corrupt", "sizes of a stored member differ")


def _check_duplicates(names: list[str]) -> None:
    seen: set[str] = set()
    files: set[str] = set()
    for name in names:
        key = unicodedata.normalize("NFKC", name).casefold()
        plain = key.rstrip("/")
        if plain in seen:
            raise Refused("archive.duplicate_name", "the same name twice")
        seen.add(plain)
        if not key.endswith("/"):
            files.add(plain)
    for name in seen:
        parts = name.split("/")
        if any("/".join(parts[:count]) in files for count in range(1, len(parts))):
            raise Refused("archive.duplicate_name", "a file where a folder is needed")


def _check_sizes(request: Request, members: list[zipfile.ZipInfo]) -> None:
    limits = request.limits
    packed = sum(member.compress_size for member in members)
    unpacked = sum(member.file_size for member in members)
    if unpacked > limits.unpacked_bytes and unpacked > packed * 2:
        raise Refused("archive.ratio", f"{unpacked} bytes unpacked", ratio=limits.ratio)
    if unpacked > _RATIO_FREE_BYTES and unpacked > limits.ratio * max(packed, 1):
        raise Refused("archive.ratio", f"{unpacked} from {packed} bytes", ratio=limits.ratio)


def _check_overlap(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """Refuse members that share bytes with each other or with the directory, and what stands before the first."""
    ordered = sorted(members, key=lambda member: member.header_offset)
    if ordered[0].header_offset > _SPANNING_MARK:  # readers from the start and from the end see different archives
        raise Refused("archive.corrupt", "bytes before the first member")
    ends = [member.header_offset for member in ordered[1:]] + [archive.start_dir]
    for member, end in zip(ordered, ends, strict=True):
        name_bytes = len(member.orig_filename.encode("utf-8" if member.flag_bits & 0x800 else "cp437", "replace"))
        if member.header_offset < 0 or member.header_offset + 30 + name_bytes + member.compress_size > end:
            raise Refused("archive.overlap", "members share bytes")


def _unpack_into_nothing(
    request: Request, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], names: list[str]
) -> tuple[bool, list[dict[str, str]]]:
    """Unpack every member in pieces, counting; returns whether all was seen, and the beginnings of readable texts."""
    budget = request.limits.unpacked_bytes
    texts: list[tuple[int, dict[str, str]]] = []
    for member, name in zip(members, names, strict=True):
        if member.is_dir():
            continue
        head, size = _read(archive, member)
        budget -= size
        if budget < 0:
            raise Refused("archive.ratio", "more than declared", ratio=request.limits.ratio)
        _check_nested(name, head)
        if _TEXTS.search(name) and (text := _text(head)):
            texts.append((_rank(name), {"name": name, "text": text[:_PREVIEW_CHARS]}))
        if time.process_time() > _VERIFY_CPU_S:
            return False, _best(texts)
    return True, _best(texts)


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[bytes, int]:
    head = b""
    size = 0
    try:
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                head = head or chunk[:8192]
                size += len(chunk)
                if size > member.file_size:
                    raise Refused("archive.ratio", "a member is longer than declared")
                if time.process_time() > _VERIFY_CPU_S:
                    return head, size
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, OSError, RuntimeError) as error:
        raise Refused("archive.corrupt", f"{type(error).__name__}: {error}"[:200]) from None
    if size != member.file_size:
        raise Refused("archive.corrupt", "a member is shorter than declared")
    return head, size


def _check_nested(name: str, head: bytes) -> None:
    if _PACKED.search(name):
        raise Refused("archive.nested", "an archive by name")
    if head.startswith(_PACKED_SIGNATURES) and not _ZIP_BASED.search(name):
        raise Refused("archive.nested", "an archive by content")


def _text(head: bytes) -> str:
    """Return the beginning as text, empty when it is not."""
    for cut in range(4):  # the last letter may be cut
        try:
            text = head[: len(head) - cut].decode("utf-8-sig")
        except UnicodeDecodeError:
            continue
        return "" if any(ord(c) < 32 and c not in "\t\r\n\f" for c in text) else text
    return ""


def _rank(name: str) -> int:
    return (0 if re.search(r"(^|/)readme", name, re.IGNORECASE) else 100) + name.count("/")


def _best(texts: list[tuple[int, dict[str, str]]]) -> list[dict[str, str]]:
    return [text for _, text in sorted(texts, key=lambda pair: pair[0])[:_PREVIEW_FILES]]
