"""Copies of real recordings and documents: they play, they are upright, they carry nothing of the original."""

from __future__ import annotations

import contextlib
import io
import os
import signal
from dataclasses import replace
from pathlib import Path

import av
import pytest
from PIL import Image

from creative_platform.confinement.runner import CHILD
from creative_platform.renditions.contract import CLEAN, LIGHT, PAGES, Wanted, copies_for, limits_for
from creative_platform.renditions.runner import render
from tests.inspection import papers, recordings
from tests.inspection.recordings import MARK, recording
from tests.renditions.asking import played, rendered, turned

MIB = 1 << 20
STRANGE = {
    "hevc": (lambda: recording("mov", "libx265", "aac", size=(640, 362)), (640, 362)),
    "mpeg4 with odd sides": (lambda: recording("mov", "mpeg4", "pcm_s16be", size=(321, 243)), (320, 244)),
    "matroska": (lambda: recording("matroska", "mpeg4", "ac3"), (320, 240)),
    "silent": (lambda: recording("mov", "mpeg4", None), (320, 240)),
    "larger than 1080": (lambda: recording("mov", "mpeg4", "aac", size=(2560, 1440), seconds=1), (1920, 1080)),
    "upright": (lambda: recording("mov", "mpeg4", "aac", size=(1200, 2000), seconds=1), (1080, 1800)),
}


@pytest.mark.parametrize("name", STRANGE)
def test_clean_copy_of_what_browsers_do_not_play(name: str):
    make, size = STRANGE[name]
    data = make()
    seconds = 1 if size[0] > 640 else 2

    made = rendered(data, ".mkv" if name == "matroska" else ".mov", CLEAN, seconds)

    assert (made.result.made, made.result.reason, made.result.detail) == (True, "", "")
    assert (made.result.content_type, made.result.width, made.result.height) == ("video/mp4", *size)
    found = played(made.copy)
    assert found.codecs == ["h264"] + ["aac"] * ("silent" not in name)
    assert found.stream["video"] == (*size, "yuv420p", "High")
    assert (found.frames, round(found.duration_s)) == (15 * seconds, seconds)
    assert made.copy.index(b"moov") < made.copy.index(b"mdat")
    assert MARK in data
    assert MARK not in made.everything
    assert set(found.tags) <= {"language", "handler_name"}
    assert made.result.size_bytes == len(made.copy)
    assert made.result.usage.max_rss_bytes < 1024 * MIB


def test_turned_video_is_upright_in_its_copies():
    data = turned(recording("mov", "libx265", None, size=(320, 240)))

    for copy, size in ((CLEAN, (240, 320)), (LIGHT, (240, 320))):
        made = rendered(data, ".mov", copy)
        first = played(made.copy).first
        assert first is not None
        assert (made.result.width, made.result.height) == first.size == size
        left, right = first.getpixel((20, 160)), first.getpixel((220, 160))
        assert left[1] > left[2], "the meadow, which is below in the frames, is at the left"
        assert right[2] > right[1], "the sky is at the right"


def test_light_copy_of_a_video_suits_a_slow_line():
    data = recording("mp4", "libx264", "aac", size=(1280, 720), seconds=4)

    made = rendered(data, ".mp4", LIGHT, 4.0)

    found = played(made.copy)
    assert found.codecs == ["h264", "aac"]
    assert found.stream == {"video": (426, 240, "yuv420p", "Main"), "audio": (48000, 2)}
    assert len(made.copy) * 8 < 256_000 * 4
    assert made.copy.index(b"moov") < made.copy.index(b"mdat")
    assert [(item.name, item.width, item.height) for item in made.result.derived] == [
        ("sheet.jpg", 960, 540),
        ("sheet.webp", 960, 540),
    ]
    sheet = Image.open(io.BytesIO(made.result.derived[0].data))
    tiles = [sheet.crop((x * 320, y * 180, x * 320 + 320, y * 180 + 180)) for y in range(3) for x in range(3)]
    assert len({tile.tobytes() for tile in tiles}) == 9, "nine different moments"
    assert MARK not in made.everything


SOUNDS = {
    "alac": (lambda: recording("mp4", None, "alac"), ".m4a", CLEAN, "audio/flac", ["flac"]),
    "float": (lambda: recording("wav", None, "pcm_f32le"), ".wav", CLEAN, "audio/flac", ["flac"]),
    "ac3": (lambda: recording("mp4", None, "ac3"), ".m4a", CLEAN, "audio/mp4", ["aac"]),
    "light wav": (lambda: recording("wav", None, "pcm_s16le"), ".wav", LIGHT, "audio/mp4", ["aac"]),
    "light mp3": (recordings.mp3, ".mp3", LIGHT, "audio/mp4", ["aac"]),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_sound_stays_lossless_where_it_was_and_becomes_aac_elsewhere(name: str):
    make, suffix, copy, content_type, codecs = SOUNDS[name]
    data = make()

    made = rendered(data, suffix, copy)

    assert (made.result.made, made.result.detail, made.result.content_type) == (True, "", content_type)
    found = played(made.copy)
    assert (found.codecs, found.stream["audio"], round(found.duration_s, 1)) == (codecs, (48000, 2), 2.0)
    assert MARK not in made.everything
    if copy == LIGHT:
        assert len(made.copy) * 8 < 90_000 * 2


def _surround(format_name: str, encoder: str, video: bool = False) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=format_name) as target:
        shown = target.add_stream("mpeg4", rate=15) if video else None
        if shown:
            shown.width, shown.height, shown.pix_fmt = 320, 240, "yuv420p"
        heard = target.add_stream(encoder, rate=48000, layout="5.1")
        if shown:
            for number in range(30):
                target.mux(shown.encode(av.VideoFrame.from_image(recordings.picture(number))))
            target.mux(shown.encode())
        for number in range(100):
            frame = av.AudioFrame(format="s16", layout="5.1", samples=960)
            frame.planes[0].update(bytes([0, 9]) * 6 * 960)
            frame.sample_rate, frame.pts = 48000, number * 960
            target.mux(heard.encode(frame))
        target.mux(heard.encode())
    return buffer.getvalue()


def test_six_channels_stay_in_lossless_sound_and_become_two_in_a_video():
    sound = rendered(_surround("mp4", "alac"), ".m4a", CLEAN)
    film = rendered(_surround("mov", "ac3", video=True), ".mov", CLEAN)

    assert played(sound.copy).stream == {"audio": (48000, 6)}
    assert played(film.copy).stream["audio"] == (48000, 2)


def test_first_pages_of_a_document_become_pictures():
    made = rendered(papers.pdf(pages=25), ".pdf", PAGES, 0.0)

    assert (made.result.made, made.result.content_type, made.copy) == (True, "", b"")
    assert [item.name for item in made.result.derived] == [f"page-{number:02d}.webp" for number in range(1, 21)]
    assert {(item.width, item.height) for item in made.result.derived} == {(1131, 1600)}
    assert MARK not in made.everything


def test_recording_that_lost_its_end_gives_no_copy():
    data = recordings.fragmented_mp4()

    made = rendered(data[: len(data) // 2], ".mp4", LIGHT)

    assert (made.result.made, made.result.reason, made.copy) == (False, "media.truncated", b"")
    assert made.result.retry is False


def test_copy_that_takes_too_long_is_given_up():
    data = recording("mov", "mpeg4", "aac", size=(1920, 1080), seconds=4)
    limits = replace(limits_for(Wanted(CLEAN, ".mov", 4.0), 1 << 20), cpu_s=1)

    made = rendered(data, ".mov", CLEAN, 4.0, limits=limits)

    assert (made.result.made, made.result.reason, made.copy) == (False, "inspection.timeout", b"")


def test_store_that_is_away_is_a_reason_to_try_again():
    data = recordings.mp4()

    def away(chunk: bytes) -> None:
        raise OSError("the store is away")

    result = render(lambda at, size: data[at : at + size], len(data), Wanted(LIGHT, ".mp4", 2.0), away)

    assert (result.made, result.reason, result.retry) == (False, "inspection.storage", True)


def test_child_that_is_killed_in_the_middle_is_a_reason_to_try_again():
    data = recording("mov", "mpeg4", "aac", size=(1920, 1080), seconds=4)
    written: list[bytes] = []
    reads: list[int] = []

    def read(offset: int, length: int) -> bytes:
        reads.append(offset)
        if len(reads) == 3:
            os.kill(_child(), signal.SIGKILL)
        return data[offset : offset + length]

    made = render(read, len(data), Wanted(CLEAN, ".mov", 4.0), written.append)

    assert (made.made, made.retry, made.derived, written) == (False, True, (), [])
    assert len(reads) >= 3


def _child() -> int:
    """Return the process that this one started to do the task."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == os.getpid() and str(CHILD) in (process / "cmdline").read_text():
                return int(process.name)
    raise AssertionError("no child")


@pytest.mark.parametrize(
    ("kind", "size_bytes", "playable", "copies"),
    [
        ("video", 1 * MIB, True, (LIGHT,)),
        ("video", 9 * MIB, False, (CLEAN, LIGHT)),
        ("audio", 9 * MIB, True, (LIGHT,)),
        ("audio", 700_000, True, ()),
        ("audio", 700_000, False, (CLEAN,)),
        ("pdf", 1 * MIB, True, (PAGES,)),
        ("image", 1 * MIB, True, ()),
        ("zip", 1 * MIB, True, ()),
    ],
)
def test_copies_that_a_minute_of_each_kind_has(kind: str, size_bytes: int, playable: bool, copies: tuple[str, ...]):
    assert copies_for(kind, size_bytes, 60.0, playable=playable) == copies


LIES = [
    "return {'content_type': 'text/html'}",
    "return {'content_type': ''}",
    "return {'content_type': 'video/mp4', 'width': 10 ** 9}",
    "task.output.derived('page-01.webp', b'RIFF', width=1, height=1)",
    "task.output.derived('sheet.jpg', b'<svg>', width=1, height=1)",
    "task.output.copy(bytes(1 << 21))",
]
TAKEN_OVER = """
import runpy, sys, time
runpy.run_path({child!r})["_stand_in_for_platform"]()
from creative_platform.confinement.child import program
from creative_platform.renditions.child import render

def decoder(task):
    task.confined()
    {deed}
    time.sleep(9)

render.examine = decoder
program.run([int(argument) for argument in sys.argv[1:]])
"""


@pytest.mark.parametrize("deed", LIES)
def test_lies_of_a_child_are_not_believed(tmp_path, deed: str):
    script = tmp_path / "child.py"
    script.write_text(TAKEN_OVER.format(child=str(CHILD), deed=deed))
    limits = replace(limits_for(Wanted(LIGHT, ".mp4", 2.0), 1 << 20), scratch_bytes=1 << 20)

    made = rendered(recordings.mp4(), ".mp4", LIGHT, program=script, limits=limits)

    assert (made.result.made, made.result.reason, made.result.derived) == (False, "inspection.crashed", ())
