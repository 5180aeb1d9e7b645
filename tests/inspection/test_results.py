"""What real files of every kind turn out to be."""

from __future__ import annotations

import io
import json

import av
import pypdfium2
import pytest
from PIL import Image

from creative_platform.inspection.contract import PEAK_BUCKETS, Recipe
from tests.inspection import papers, recordings
from tests.inspection.asking import ask
from tests.inspection.hostile.boxes import box
from tests.inspection.recordings import MARK, recording

MOVIES = {
    "mp4": (recordings.mp4, ".mp4", "video/mp4", ("h264", "aac"), "video/mp4"),
    "fragmented mp4": (recordings.fragmented_mp4, ".mp4", "video/mp4", ("h264", "aac"), "video/mp4"),
    "vp9": (recordings.webm, ".webm", "video/webm", ("vp9", "opus"), "video/webm"),
    "vp8": (lambda: recording("webm", "libvpx", "vorbis"), ".webm", "video/webm", ("vp8", "vorbis"), "video/webm"),
    "mkv": (lambda: recording("matroska", "libx264", "aac"), ".mkv", "video/x-matroska", ("h264", "aac"), "video/mp4"),
    "av1": (
        lambda: recording("webm", "libsvtav1", "libopus"),
        ".webm",
        "video/webm",
        ("libdav1d", "opus"),
        "video/webm",
    ),
    "silent": (lambda: recording("mp4", "libx264", None), ".mov", "video/mp4", ("h264",), "video/mp4"),
    "iphone": (lambda: recording("mov", "libx265", "aac"), ".mov", "video/quicktime", ("hevc", "aac"), None),
}
SOUNDS = {
    "mp3": (recordings.mp3, ".mp3", "audio/mpeg", "mp3float", "audio/mpeg"),
    "vorbis": (lambda: recording("ogg", None, "vorbis"), ".ogg", "audio/ogg", "vorbis", "audio/ogg"),
    "opus": (lambda: recording("ogg", None, "libopus"), ".opus", "audio/ogg", "opus", "audio/ogg"),
    "m4a": (lambda: recording("mp4", None, "aac"), ".m4a", "audio/mp4", "aac", "audio/mp4"),
    "flac": (lambda: recording("flac", None, "flac"), ".flac", "audio/flac", "flac", "audio/flac"),
    "wav": (lambda: recording("wav", None, "pcm_s16le"), ".wav", "audio/wav", "pcm_s16le", "audio/wav"),
}


@pytest.mark.parametrize("name", MOVIES)
def test_video_is_known_by_content_and_gets_poster_and_clean_copy(name: str):
    make, suffix, content_type, codecs, clean_type = MOVIES[name]
    data = make()

    asked = ask(data, suffix, clean_copy=True)

    result = asked.result
    assert (result.accepted, result.reason, result.detail) == (True, None, "")
    assert (result.kind, result.content_type, result.codecs) == ("video", content_type, codecs)
    assert (result.width, result.height, round(result.duration_s or 0)) == (320, 240, 2)
    assert [(item.name, item.width, item.height) for item in result.derived] == [
        ("poster.jpg", 320, 240),
        ("poster.webp", 320, 240),
    ]
    assert all(len(item.data) <= 25_000 for item in result.derived)
    assert MARK in data
    assert MARK not in asked.everything
    assert (result.clean.content_type if result.clean else None) == clean_type
    assert ("needs_rendition" in result.notes) == (clean_type is None)
    if result.clean:
        assert result.clean.size_bytes == len(asked.clean)
        assert _played(asked.clean) == (30, len(codecs), {}, [])


def _played(data: bytes) -> tuple[int, int, dict[str, str], list[object]]:
    """Return (frames of the first stream, streams, telling tags, chapters)."""
    with av.open(io.BytesIO(data)) as copy:
        tags = {key: value for stream in copy.streams for key, value in stream.metadata.items() if "Aigerim" in value}
        shown = sum(1 for _ in copy.decode(copy.streams[0]))
        return shown, len(copy.streams), tags, copy.chapters()


def test_mp4_copy_has_its_index_in_front_and_no_user_data_in_the_stream():
    data = recordings.mp4()

    clean = ask(data, ".mp4", clean_copy=True).clean

    assert data.index(b"moov") > data.index(b"mdat")
    assert clean.index(b"moov") < clean.index(b"mdat")
    assert (b"x264" in data, b"x264" in clean) == (True, False)


@pytest.mark.parametrize("name", SOUNDS)
def test_sound_gets_a_waveform_and_a_clean_copy(name: str):
    make, suffix, content_type, codec, clean_type = SOUNDS[name]
    data = make()

    asked = ask(data, suffix, clean_copy=True)

    result = asked.result
    assert (result.accepted, result.reason, result.detail) == (True, None, "")
    assert (result.kind, result.content_type, result.codecs) == ("audio", content_type, (codec,))
    assert result.duration_s == pytest.approx(2, abs=0.1)
    assert [item.name for item in result.derived] == ["peaks.json"]
    peaks = json.loads(result.derived[0].data)["peaks"]
    assert len(peaks) == PEAK_BUCKETS
    assert 60 < sorted(peaks)[PEAK_BUCKETS // 2] < 120  # a sine of 12000 of 32767 is 93 of 255
    assert MARK in data
    assert MARK not in asked.everything
    assert result.clean and (result.clean.content_type, result.clean.size_bytes) == (clean_type, len(asked.clean))
    with av.open(io.BytesIO(asked.clean)) as copy:
        assert sum(frame.samples for frame in copy.decode(audio=0)) == pytest.approx(2 * 48000, rel=0.05)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_image_gets_thumb_view_and_clean_copy_without_metadata(format_name: str):
    data = papers.image(format_name)

    asked = ask(data, ".jpg", clean_copy=True)

    result = asked.result
    assert (result.accepted, result.reason, result.detail) == (True, None, "")
    assert (result.kind, result.content_type) == ("image", f"image/{format_name.lower()}")
    assert (result.width, result.height, result.frames) == (1200, 800, 2 if format_name == "GIF" else 1)
    assert [(item.name, item.width, item.height) for item in result.derived] == [
        ("thumb.jpg", 640, 427),
        ("thumb.webp", 640, 427),
        ("view.jpg", 1200, 800),
        ("view.webp", 1200, 800),
    ]
    assert MARK in data
    assert MARK not in asked.everything
    copy = Image.open(io.BytesIO(asked.clean))
    assert (copy.size, dict(copy.getexif()), getattr(copy, "n_frames", 1)) == ((1200, 800), {}, result.frames)
    assert all(b"Exif" not in item.data and b"http" not in item.data for item in result.derived)


def test_turned_photo_is_shown_upright():
    asked = ask(papers.image("JPEG", orientation=6), ".jpeg", clean_copy=True)

    assert (asked.result.width, asked.result.height) == (800, 1200)
    assert Image.open(io.BytesIO(asked.clean)).size == (800, 1200)


def test_pdf_gets_its_first_page_and_a_copy_of_page_pictures():
    data = papers.pdf()

    asked = ask(data, ".pdf", clean_copy=True)

    result = asked.result
    assert (result.accepted, result.reason, result.detail) == (True, None, "")
    assert (result.kind, result.pages, [item.name for item in result.derived]) == (
        "pdf",
        3,
        ["thumb.jpg", "thumb.webp", "view.jpg", "view.webp"],
    )
    assert MARK in data
    assert MARK not in asked.everything
    copy = pypdfium2.PdfDocument(asked.clean)
    assert (len(copy), copy.get_metadata_dict(skip_empty=True), copy.count_attachments()) == (3, {}, 0)
    assert [round(side) for side in copy[0].get_size()] == [595, 842]
    assert (b"JavaScript" in asked.clean, b"Annot" in asked.clean) == (False, False)


def test_archive_gets_a_listing_and_the_beginnings_of_its_texts():
    result = ask(papers.project(), ".zip").result

    assert (result.accepted, result.kind, result.entries) == (True, "zip", 3)
    listing, preview = (json.loads(item.data) for item in result.derived)
    assert listing == [
        {"name": "README.md", "size_bytes": 32},
        {"name": "src/main.py", "size_bytes": 1000},
        {"name": "сурет/Ұлы.txt", "size_bytes": 1},
    ]
    assert [item["name"] for item in preview] == ["README.md", "src/main.py", "сурет/Ұлы.txt"]
    assert preview[0]["text"] == "# Қысқа сипаттама\n"


def test_poster_is_not_black_when_the_film_begins_black():
    data = recordings.mp4(black_s=1.4, seconds=3)

    poster = ask(data, ".mp4").result.output("poster.jpg")

    assert poster is not None
    assert Image.open(io.BytesIO(poster.data)).convert("L").resize((1, 1)).getpixel((0, 0)) > 40


def test_kind_that_the_contest_does_not_ask_for_is_refused():
    asked = ask(papers.project(), ".zip", wanted=Recipe(kinds=("video", "audio")))

    assert (asked.result.accepted, asked.result.reason) == (False, "media.type_not_allowed")


def test_name_of_another_kind_is_a_mismatch_and_another_picture_format_is_not():
    assert ask(recordings.mp4(), ".jpg").result.reason == "media.type_mismatch"
    assert ask(papers.image("PNG"), ".jpg").result.content_type == "image/png"


def test_bytes_after_the_end_of_an_image_are_noted_and_not_copied():
    asked = ask(papers.image("JPEG") + papers.archive({"a.txt": MARK}), ".jpg", clean_copy=True)

    assert (asked.result.accepted, asked.result.kind, asked.result.notes) == (True, "image", ("trailing_bytes",))
    assert asked.result.trailing_bytes == len(papers.archive({"a.txt": MARK}))
    assert MARK not in asked.everything


def test_large_photo_stays_within_its_means_and_its_copy_is_made_smaller():
    buffer = io.BytesIO()
    recordings.picture(3).resize((8000, 4000)).save(buffer, "JPEG")

    asked = ask(buffer.getvalue(), ".jpg", clean_copy=True)

    result = asked.result
    assert (result.accepted, result.width, result.height, result.notes) == (True, 8000, 4000, ("clean_reduced",))
    assert Image.open(io.BytesIO(asked.clean)).size == (6928, 3464)
    assert (result.usage.max_rss_bytes < 1 << 30, result.usage.cpu_s < 10) == (True, True)


def test_film_turned_by_the_phone_is_shown_upright_and_stays_turned_in_its_copy():
    data = bytearray(recordings.mp4())
    matrix = data.find(b"tkhd") + 44
    quarter = (0, 1 << 16, 0, -(1 << 16), 0, 0, 240 << 16, 0, 1 << 30)
    data[matrix : matrix + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in quarter)

    asked = ask(bytes(data), ".mp4", clean_copy=True)

    poster = asked.result.output("poster.jpg")
    assert poster is not None
    assert (asked.result.width, asked.result.height) == (poster.width, poster.height) == (240, 320)
    with av.open(io.BytesIO(asked.clean)) as copy:
        assert next(copy.decode(video=0)).rotation == -90


def test_live_recording_without_duration_is_measured():
    class Pipe:
        def __init__(self) -> None:
            self.written = io.BytesIO()

        def write(self, data: bytes) -> int:
            return self.written.write(data)

    pipe = Pipe()
    with av.open(io.BytesIO(recordings.webm())) as source, av.open(pipe, "w", format="webm") as target:
        copies = {stream.index: target.add_stream_from_template(stream, opaque=True) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = copies[packet.stream.index]
                target.mux(packet)

    result = ask(pipe.written.getvalue(), ".webm").result

    assert (result.accepted, result.notes) == (True, ("no_duration",))
    assert result.duration_s == pytest.approx(2, abs=0.1)


def test_long_film_is_probed_with_a_few_ranges():
    data = recordings.mp4()
    index = data.index(b"moov") - 4
    film = data[:index] + box(b"free", bytes(64 << 20)) + data[index:]

    asked = ask(film, ".mp4")

    assert (asked.result.accepted, round(asked.result.duration_s or 0)) == (True, 2)
    assert asked.result.usage.requests == len(asked.reads)
    assert (len(asked.reads) <= 4, sum(length for _, length in asked.reads) <= 1 << 20) == (True, True)
