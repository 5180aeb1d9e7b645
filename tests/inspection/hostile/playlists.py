"""Files that make a player fetch something: from the canary's address, which tells."""

from __future__ import annotations

from tests.fixtures.canary import CANARY_PORT
from tests.inspection import recordings
from tests.inspection.hostile.boxes import EBML, box, matroska, rewrite
from tests.inspection.hostile.item import ACCEPTED, Hostile

CANARY = f"127.0.0.1:{CANARY_PORT}".encode()
URL = b"http://" + CANARY + b"/x.ts"
M3U8 = b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\n" + URL + b"\n#EXT-X-ENDLIST\n"
_POINTER = "media.external_reference"


def _reference(kind: bytes) -> bytes:
    """Return a film whose samples are said to lie at an address."""

    def change(name: bytes, content: bytes) -> bytes | None:
        if name != b"dref":
            return None
        return box(b"dref", bytes(4), (1).to_bytes(4), box(kind, bytes(4), URL, b"\0"))

    return rewrite(recordings.mp4(), change)


def _reference_movie() -> bytes:
    place = box(b"rdrf", bytes(4), b"url ", len(URL).to_bytes(4), URL)
    return box(b"ftyp", b"qt  ", bytes(4)) + box(b"moov", box(b"rmra", box(b"rmda", place)))


def _linked(number: int) -> bytes:
    info = matroska(0x1549A966, matroska(number, b"0123456789abcdef"))
    return EBML + matroska(0x18538067, info, matroska(0x1F43B675, b""))


def _linked_chapter() -> bytes:
    atom = matroska(0xB6, matroska(0x6E67, b"0123456789abcdef"))
    chapters = matroska(0x1043A770, matroska(0x45B9, atom))
    return EBML + matroska(0x18538067, chapters, matroska(0x1F43B675, b""))


def _avi() -> bytes:
    playlist = b"GAB2\0" + M3U8
    stream = b"strhtxts" + bytes(48) + playlist
    body = b"AVI LIST" + len(stream).to_bytes(4, "little") + b"hdrl" + stream
    return b"RIFF" + len(body).to_bytes(4, "little") + body


FILES = {
    "hls called mp4": Hostile(lambda: M3U8, ".mp4", _POINTER),
    "hls": Hostile(lambda: M3U8, ".m3u8", _POINTER),
    "hls after a mark of byte order": Hostile(lambda: b"\xef\xbb\xbf" + M3U8, ".mp4", _POINTER),
    "hls in utf-16": Hostile(lambda: M3U8.decode().encode("utf-16"), ".mp3", _POINTER),
    "hls after empty lines": Hostile(lambda: b"\r\n \n" + M3U8, ".mp4", _POINTER),
    "hls after other text": Hostile(lambda: b"hello\n" + M3U8, ".mp4", _POINTER),
    "hls that reads a file": Hostile(lambda: M3U8.replace(URL, b"file:///etc/passwd"), ".mp4", _POINTER),
    "list for joining": Hostile(lambda: b"ffconcat version 1.0\nfile '/etc/passwd'\n", ".mp4", _POINTER),
    "list for joining without a head": Hostile(lambda: b"file '" + URL + b"'\n", ".webm", _POINTER),
    "dash": Hostile(lambda: b'<?xml version="1.0"?><MPD><BaseURL>' + URL + b"</BaseURL></MPD>", ".mp4", _POINTER),
    "session description": Hostile(
        lambda: b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=video 9 RTP/AVP 96\r\n", ".mp4", _POINTER
    ),
    "pls": Hostile(lambda: b"[playlist]\nFile1=" + URL + b"\n", ".mp3", _POINTER),
    "asx": Hostile(lambda: b"<asx version='3'><entry><ref href='" + URL + b"'/></entry></asx>", ".wmv", _POINTER),
    "smil": Hostile(lambda: b"<smil><body><video src='" + URL + b"'/></body></smil>", ".mp4", _POINTER),
    "xspf": Hostile(
        lambda: b"<?xml version='1.0'?><playlist><location>" + URL + b"</location></playlist>", ".mp3", _POINTER
    ),
    "shortcut": Hostile(lambda: b"[InternetShortcut]\nURL=" + URL + b"\n", ".mp4", _POINTER),
    "bare address": Hostile(lambda: b"rtsp://" + CANARY + b"/live\n", ".mov", _POINTER),
    "mp4 with samples at an address": Hostile(lambda: _reference(b"url "), ".mp4", _POINTER),
    "mp4 with samples of a name": Hostile(lambda: _reference(b"urn "), ".mp4", _POINTER),
    "mov with an alias": Hostile(lambda: _reference(b"alis"), ".mov", _POINTER),
    "reference movie": Hostile(_reference_movie, ".mov", _POINTER),
    "mkv that continues elsewhere": Hostile(lambda: _linked(0x3EB923), ".mkv", _POINTER),
    "mkv that begins elsewhere": Hostile(lambda: _linked(0x3CB923), ".mkv", _POINTER),
    "mkv with a chapter elsewhere": Hostile(_linked_chapter, ".mkv", _POINTER),
    "avi with a playlist for subtitles": Hostile(_avi, ".avi", _POINTER),
    "song with a playlist behind": Hostile(lambda: recordings.mp3() + M3U8, ".mp3", ACCEPTED),
    "flac called hls": Hostile(lambda: recordings.recording("flac", None, "flac"), ".m3u8", ACCEPTED),
}
