"""What the first bytes say a file is. A hint: the decoder of that format, and no other, is the judge afterwards."""

import codecs
import re
from dataclasses import dataclass

from creative_platform.confinement.child.refusal import Refused
from creative_platform.confinement.child.source import RangeSource

HEAD_BYTES = 4096
AVI_SCAN_BYTES = 1 << 20

_BOX_STARTS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_AVIF_BRANDS = (b"avif", b"avis")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

_POINTERS = re.compile(
    rb"^\s*(#EXTM3U|#EXTINF|#EXT-X-|ffconcat version|file\s+['\"a-z/\\.]|v=0\s*[\r\n]|\[playlist\]|\[reference\]|"
    rb"\[internetshortcut\]|rtsptext|[a-z]{2,12}://|ASF\s+https?:)",
    re.IGNORECASE,
)
_POINTING_MARKUP = re.compile(
    rb"<(MPD|smil|asx|playlist|SmoothStreamingMedia|CompositionPlaylist|AssetMap)[\s>]", re.IGNORECASE
)
_MARKUP = re.compile(rb"^\s*<(\?xml|!|svg|html|head|body|script|[a-z][a-z0-9:-]*[\s>/])", re.IGNORECASE)

# Formats of the decoders (names as libavformat and Pillow know them) and the family a name may claim.
_FAMILIES = {
    "video": {"mp4", "m4v", "mov", "qt", "webm", "mkv", "ogv", "ogg", "3gp", "3g2", "avi", "wmv", "mpg", "mpeg", "ts"},
    "audio": {
        "mp3", "m4a", "m4b", "aac", "ogg", "oga", "opus", "wav", "flac", "weba", "mka", "mp4", "webm", "mkv", "3gp",
        "mov", "wma",
    },
    "image": {"jpg", "jpeg", "jpe", "jfif", "png", "apng", "webp", "gif", "avif", "heic", "heif", "bmp", "tif", "tiff"},
    "pdf": {"pdf"},
    "document": {"docx", "pptx", "odt"},
    "zip": {"zip"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sniffed:
    """The format whose decoder is to judge, and the content type where the first bytes settle it."""

    format: str
    content_type: str = ""


def families_of(suffix: str) -> set[str]:
    """Return the kinds that a name with this ending may hold; empty when the ending claims nothing."""
    ending = suffix.lower().lstrip(".")
    return {kind for kind, endings in _FAMILIES.items() if ending in endings}


def sniff(source: RangeSource, suffix: str) -> Sniffed:
    """Return the format of the content. Raises Refused for playlists, markup, foreign and unknown types."""
    head = source.at(0, HEAD_BYTES)
    found = _binary(head) or _sound(head)
    if found:
        return found
    _refuse_avi(source, head)
    _refuse_text(head, suffix)
    _refuse_foreign(head, suffix)
    if b"%PDF-" in head[:1024]:
        return Sniffed("pdf", "application/pdf")
    if families_of(suffix):
        raise Refused("media.unreadable", "no known signature")
    raise Refused("media.type_not_allowed", "no known signature")


def _binary(head: bytes) -> Sniffed | None:
    for magics, found in (
        (b"\xff\xd8\xff", Sniffed("JPEG", "image/jpeg")),
        (b"\x89PNG\r\n\x1a\n", Sniffed("PNG", "image/png")),
        ((b"GIF87a", b"GIF89a"), Sniffed("GIF", "image/gif")),
        (b"%PDF-", Sniffed("pdf", "application/pdf")),
        ((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"), Sniffed("zip", "application/zip")),
        (b"\x1aE\xdf\xa3", Sniffed("matroska")),
        (b"OggS", Sniffed("ogg")),
        (b"fLaC", Sniffed("flac", "audio/flac")),
    ):
        if head.startswith(magics):
            return found
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return Sniffed("wav", "audio/wav")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Sniffed("WEBP", "image/webp")
    return _boxes(head) if head[4:8] in _BOX_STARTS else None


def _boxes(head: bytes) -> Sniffed:
    brand = head[8:12] if head[4:8] == b"ftyp" else b"qt  "
    compatible = {head[i : i + 4] for i in range(16, min(int.from_bytes(head[:4]), 256), 4)}
    if brand in _AVIF_BRANDS or (brand in _HEIF_BRANDS and compatible & set(_AVIF_BRANDS)):
        return Sniffed("AVIF", "image/avif")
    if brand in _HEIF_BRANDS:
        raise Refused("media.type_not_allowed", "HEIF", type="HEIC")
    return Sniffed("mov", "quicktime" if brand == b"qt  " else "mp4")


def _sound(head: bytes) -> Sniffed | None:
    if head.startswith(b"ID3"):
        return Sniffed("mp3", "audio/mpeg")
    if len(head) > 7 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return Sniffed("aac", "audio/aac")
    for start in range(min(len(head) - 4, 2048)):
        if head[start] == 0xFF and _three_frames(head, start):
            return Sniffed("mp3", "audio/mpeg")
        if start and any(head[:start]):  # only zero padding may come before the first frame
            break
    return None


def _three_frames(head: bytes, start: int) -> bool:
    for _ in range(3):
        size = mpeg_frame_bytes(head[start : start + 4])
        if not size:
            return False
        start += size
        if start >= len(head) - 4:
            break
    return True


_BITRATES_V1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BITRATES_V2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES = (44100, 48000, 32000)


def mpeg_frame_bytes(header: bytes) -> int:
    """Return the length of the MPEG layer III frame that starts with these 4 bytes, 0 when it is none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = (header[1] >> 3) & 3, (header[1] >> 1) & 3
    bitrate, rate = header[2] >> 4, (header[2] >> 2) & 3
    if version == 1 or layer != 1 or bitrate in (0, 15) or rate == 3:
        return 0
    kbits = (_BITRATES_V1 if version == 3 else _BITRATES_V2)[bitrate]
    hertz = _RATES[rate] >> {3: 0, 2: 1, 0: 2}[version]
    return (144 if version == 3 else 72) * kbits * 1000 // hertz + ((header[2] >> 1) & 1)


def _refuse_avi(source: RangeSource, head: bytes) -> None:
    if head[:4] == b"RIFF" and head[8:11] == b"AVI":
        if b"GAB2" in source.at(0, AVI_SCAN_BYTES):
            raise Refused("media.external_reference", "AVI with GAB2 subtitles")
        raise Refused("media.type_not_allowed", "AVI", type="AVI")


def _refuse_text(head: bytes, suffix: str) -> None:
    text = head
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head.decode("utf-16", "replace").encode("utf-8", "replace")
    text = text.removeprefix(b"\xef\xbb\xbf").lstrip(b"\x00 \t\r\n")
    if _POINTERS.match(text) or (_MARKUP.match(text) and _POINTING_MARKUP.search(text)):
        raise Refused("media.external_reference", "a playlist or pointer")
    if re.search(rb"(?m)^#EXT(M3U|INF|-X-)", text):
        raise Refused("media.external_reference", "a playlist inside other text")
    if _MARKUP.match(text):
        raise Refused(_foreign_reason(suffix), "markup", suffix=suffix)


def _refuse_foreign(head: bytes, suffix: str) -> None:
    if head.startswith(b"\xd0\xcf\x11\xe0") and "document" in families_of(suffix):
        raise Refused("media.unreadable", "an old office document, or one with a password")
    for magics, name in (
        ((b"MZ", b"\x7fELF"), "program"),
        (b"#!", "script"),
        (b"\xd0\xcf\x11\xe0", "old office document"),
        (b"{\\rtf", "RTF"),
        (b"Rar!", "RAR"),
        (b"7z\xbc\xaf", "7-Zip"),
        (b"\x1f\x8b", "gzip"),
        ((b"II*\x00", b"MM\x00*"), "TIFF"),
        (b"8BPS", "PSD"),
        (b"FLV\x01", "FLV"),
        (b"\x30\x26\xb2\x75", "WMV"),
        ((b"\x00\x01\x00\x00", b"wOF", b"OTTO"), "font"),
    ):
        if head.startswith(magics):
            raise Refused(_foreign_reason(suffix, name), name, type=name, suffix=suffix)
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        raise Refused(_foreign_reason(suffix, "BMP"), "BMP", type="BMP", suffix=suffix)
    if not _looks_binary(head):
        raise Refused(_foreign_reason(suffix), "plain text", suffix=suffix)
    _refuse_by_signature_table(head, suffix)


def _refuse_by_signature_table(head: bytes, suffix: str) -> None:
    if b"%PDF-" in head[:1024]:
        return
    import puremagic  # noqa: PLC0415 -- its table is loaded only for files that none of the above knows

    try:
        name = puremagic.from_string(head, mime=True)
    except (puremagic.PureError, ValueError):
        return
    if name and not name.startswith(("video/", "audio/", "image/")):
        raise Refused(_foreign_reason(suffix, name), name, type=name[:60], suffix=suffix)


def _foreign_reason(suffix: str, name: str = "") -> str:
    """A foreign type under its own name is not allowed; under the name of a welcome type it is a mismatch."""
    pictures = {"TIFF", "BMP", "PSD"}
    moving = {"FLV", "WMV"}
    claimed = families_of(suffix)
    if (name in pictures and "image" in claimed) or (name in moving and "video" in claimed):
        return "media.type_not_allowed"
    return "media.type_mismatch" if claimed else "media.type_not_allowed"


def _looks_binary(head: bytes) -> bool:
    try:
        text, _ = codecs.utf_8_decode(head, "strict", len(head) < HEAD_BYTES)  # a letter cut by our window is no error
    except UnicodeDecodeError:
        return True
    return any(ord(letter) < 32 and letter not in "\t\r\n\f" for letter in text)
