"""Read the structure of a recording before a demuxer does: tracks, references elsewhere, missing ends."""

from collections.abc import Iterator

from creative_platform.confinement.child.refusal import Refused
from creative_platform.confinement.child.source import RangeSource
from creative_platform.inspection.contract import Limits

_BOX_LIMIT = 20_000
_TOP_LIMIT = 256
_MOOV_LIMIT = 64 << 20
_TAG_LIMIT = 32 << 20  # the demuxer holds a tag in memory, several times over
_KNOWN = {b"ftyp", b"mdat", b"free", b"skip", b"wide", b"uuid", b"moof"}
_UNKNOWN_LENGTHS = (0, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
_EDITS_LIMIT = 5000  # the demuxer goes through the samples again for each, and a cut film has some ten
_PATHS = {
    b"trak": (b"mdia", b"edts"),
    b"edts": (b"elst",),
    b"mdia": (b"minf",),
    b"minf": (b"dinf",),
    b"dinf": (b"dref",),
}


def check(source: RangeSource, format_name: str, limits: Limits) -> None:
    """Refuse containers of too many tracks, that point to other files, of huge tags, or whose end is missing."""
    if format_name == "mov":
        _check_boxes(source, limits)
    elif format_name == "matroska":
        _check_matroska(source, limits)
    elif format_name == "ogg":
        _check_ogg(source, limits)
    elif format_name == "wav":
        _check_wav(source)
    elif format_name == "mp3":
        _check_tag(source)


def _boxes(source: RangeSource, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield (type, start of content, declared end) of the boxes side by side in a range."""
    at = start
    while at + 8 <= end:
        head = source.at(at, 16)
        size, kind, skip = int.from_bytes(head[:4]), head[4:8], 8
        if size == 1:
            size, skip = int.from_bytes(head[8:16]), 16
        elif size == 0:
            size = end - at
        if size < skip:
            return
        yield kind, at + skip, at + size
        at += size


def _check_boxes(source: RangeSource, limits: Limits) -> None:
    beyond = False
    for count, (kind, start, end) in enumerate(_boxes(source, 0, source.size)):
        if kind == b"moov":
            if end > source.size:
                raise Refused("media.truncated", "moov ends behind the file")
            if end - start > _MOOV_LIMIT:
                raise Refused("media.unreadable", f"moov of {end - start} bytes")
            _Movie(source, limits).walk(b"moov", start, end)
            return
        beyond = beyond or (kind in _KNOWN and end > source.size)
        if count > _TOP_LIMIT:
            break
    raise Refused("media.truncated" if beyond else "media.unreadable", "no moov")


class _Movie:
    """Walks the few boxes of a moov that matter; never descends into sample tables."""

    def __init__(self, source: RangeSource, limits: Limits) -> None:
        self._source = source
        self._limits = limits
        self._tracks = 0
        self._seen = 0

    def walk(self, parent: bytes, start: int, end: int) -> None:
        for kind, inner, stop in _boxes(self._source, start, end):
            self._seen += 1
            if self._seen > _BOX_LIMIT or stop > end:
                raise Refused("media.unreadable", f"broken {kind!r} in {parent!r}")
            if parent == b"moov" and kind == b"trak":
                self._tracks += 1
                if self._tracks > self._limits.streams:
                    raise Refused("media.too_many_streams", "tracks", limit=self._limits.streams)
                self.walk(b"trak", inner, stop)
            elif kind == b"mvhd":
                self._duration(inner)
            elif kind in (b"rmra", b"rdrf"):
                raise Refused("media.external_reference", "reference movie")
            elif kind == b"cmov":
                raise Refused("media.unreadable", "compressed movie header")
            elif kind == b"dref":
                self._references(inner, stop)
            elif kind == b"elst" and int.from_bytes(self._source.at(inner + 4, 4)) > _EDITS_LIMIT:
                raise Refused("media.unreadable", "an endless list of edits")
            elif kind in _PATHS.get(parent, ()):
                self.walk(kind, inner, stop)

    def _duration(self, start: int) -> None:
        head = self._source.at(start, 32)
        wide = head[:1] == b"\1"
        scale, duration = (head[20:24], head[24:32]) if wide else (head[12:16], head[16:20])
        ticks = int.from_bytes(duration)
        unknown = ticks in _UNKNOWN_LENGTHS
        if not unknown and ticks > self._limits.duration_s * max(1, int.from_bytes(scale)):
            raise Refused("media.duration", f"declares {ticks} ticks", limit_s=int(self._limits.duration_s))

    def _references(self, start: int, end: int) -> None:
        for kind, inner, _ in _boxes(self._source, start + 8, end):
            self._seen += 1
            flags = int.from_bytes(self._source.at(inner, 4)) & 0xFFFFFF
            if not flags & 1 or self._seen > _BOX_LIMIT:  # bit 0: the samples are in this very file
                raise Refused("media.external_reference", f"data reference {kind!r}")


_SEGMENT, _INFO, _TRACKS, _CHAPTERS, _CLUSTER, _TRACK = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1043A770, 0x1F43B675, 0xAE
_LINKS = {0x3CB923, 0x3EB923, 0x3C83AB, 0x3E83BB, 0x6924, 0x6E67}  # previous, next, their names, translations, atoms
_PARENTS = {_INFO, _CHAPTERS, 0x45B9, 0xB6}


def _check_matroska(source: RangeSource, limits: Limits) -> None:
    top = list(_elements(source, 0, source.size, limit=2))
    segment = next(((start, end) for kind, start, end in top if kind == _SEGMENT), None)
    if segment is None:
        raise Refused("media.unreadable", "no segment")
    if segment[1] > source.size:
        raise Refused("media.truncated", "segment ends behind the file")
    for kind, start, end in _elements(source, *segment, limit=_TOP_LIMIT):
        if kind == _CLUSTER:
            return
        if kind in _PARENTS:
            _refuse_links(source, start, end, depth=0)
        elif kind == _TRACKS:
            tracks = sum(1 for inner, _, _ in _elements(source, start, end, _BOX_LIMIT) if inner == _TRACK)
            if tracks > limits.streams:
                raise Refused("media.too_many_streams", f"{tracks} tracks", limit=limits.streams)


def _refuse_links(source: RangeSource, start: int, end: int, depth: int) -> None:
    for kind, inner, stop in _elements(source, start, end, _BOX_LIMIT):
        if kind in _LINKS:
            raise Refused("media.external_reference", f"linked segment {kind:x}")
        if kind in _PARENTS and depth < 8:
            _refuse_links(source, inner, stop, depth + 1)


def _elements(source: RangeSource, start: int, end: int, limit: int) -> Iterator[tuple[int, int, int]]:
    at = start
    for _ in range(limit):
        if at >= end:
            return
        head = source.at(at, 12)
        if len(head) < 2 or not head[0]:
            return
        id_bytes = 9 - head[0].bit_length()
        rest = head[id_bytes:]
        if id_bytes > 4 or not rest or not rest[0]:
            return
        size_bytes = 9 - rest[0].bit_length()
        ones = (1 << 7 * size_bytes) - 1
        size = int.from_bytes(rest[:size_bytes]) & ones
        inner = at + id_bytes + size_bytes
        stop = end if size == ones else inner + size  # all ones: of unknown size, as live recorders write
        yield int.from_bytes(head[:id_bytes]), inner, stop
        at = stop


def _check_ogg(source: RangeSource, limits: Limits) -> None:
    at = streams = 0
    while True:
        head = source.at(at, 27)
        if len(head) < 27 or head[:4] != b"OggS" or not head[5] & 2:
            return
        streams += 1
        if streams > limits.streams:
            raise Refused("media.too_many_streams", "logical streams", limit=limits.streams)
        at += 27 + head[26] + sum(source.at(at + 27, head[26]))


def _check_wav(source: RangeSource) -> None:
    """Refuse a WAV whose samples do not reach as far as it says; recorders that never knew write zero or ones."""
    at = 12
    for _ in range(_TOP_LIMIT):
        head = source.at(at, 8)
        size = int.from_bytes(head[4:8], "little")
        if len(head) < 8:
            return
        if head[:4] == b"data":
            if 0 < size < 0xFFFFFF00 and at + 8 + size > source.size:
                raise Refused("media.truncated", f"{size} bytes of samples declared")
            return
        at += 8 + size + size % 2


def _check_tag(source: RangeSource) -> None:
    """Refuse an MP3 whose ID3 tags, one after another, are beyond any cover."""
    at = whole = 0
    while (head := source.at(at, 10))[:3] == b"ID3":
        size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=False))
        at, whole = at + 10 + size, whole + size
        if whole > _TAG_LIMIT:
            raise Refused("media.unreadable", f"tags of {whole} bytes")
