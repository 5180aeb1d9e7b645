"""Copies of recordings that are encoded anew: for browsers, or for slow lines."""

import errno
import importlib
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av

from creative_platform.confinement.child.output import reopener
from creative_platform.confinement.child.refusal import Refused
from creative_platform.inspection.child import containers, demux, movies
from creative_platform.inspection.child.examine import Request
from creative_platform.inspection.child.sniff import Sniffed
from creative_platform.renditions.child import hearing, shaping
from creative_platform.renditions.child.sheet import Sheet
from creative_platform.renditions.contract import CLEAN, LIGHT, Wanted

_BOXES = {CLEAN: shaping.Box(1920, 1080, 60), LIGHT: shaping.Box(640, 240, 30)}
_X264 = {
    CLEAN: {"preset": "veryfast", "crf": "21", "maxrate": "8M", "bufsize": "16M", "profile": "high"},
    # With the sound less than 256 kbit/s, so that it plays without a pause on such a line.
    LIGHT: {"preset": "medium", "crf": "28", "maxrate": "150k", "bufsize": "450k", "profile": "main", "level": "3.0"},
}
_SOUND_OF_VIDEO = {CLEAN: 192_000, LIGHT: 64_000}
_SOUND_ALONE = {CLEAN: 256_000, LIGHT: 64_000}
_KEY_FRAME_S = 4
_BROKEN_PACKETS = 200
_LAZY = ("av.video.codeccontext", "av.audio.codeccontext")


def prepare(format_name: str) -> None:
    """Load what encoding needs, beside what decoding does, while files can still be read."""
    movies.prepare(format_name)
    for name in _LAZY:
        importlib.import_module(name)


def render(request: Request, sniffed: Sniffed, wanted: Wanted) -> dict[str, Any]:
    """Send the copy, and a sheet of moments with a light video. Raises Refused when much of it is missing."""
    containers.check(request.source, sniffed.format, request.limits)
    size = _size_of(request, sniffed.format, _BOXES[wanted.copy])
    with demux.opened(request, sniffed.format) as source:
        streams = demux.chosen_streams(source)
        movies.check_streams(request, source, *streams)
        with request.output.scratch() as scratch:
            if size:
                content_type, end_s = "video/mp4", _write_film(request, wanted, source, streams, size, scratch)
            else:
                content_type, end_s = _write_sound(wanted, source, streams[1], scratch)
    if demux.falls_short(wanted.duration_s, end_s):
        raise Refused("media.truncated", f"{wanted.duration_s:.1f} s were found, {end_s:.1f} s could be copied")
    request.output.copy_from_scratch()
    width, height = size or (None, None)
    return {"content_type": content_type, "width": width, "height": height}


def _size_of(request: Request, format_name: str, box: shaping.Box) -> tuple[int, int] | None:
    """Return the size of the copy's pictures by the first one; None for sound."""
    with demux.opened(request, format_name) as source:
        picture, audio = demux.chosen_streams(source)
        movies.check_streams(request, source, picture, audio)
        if picture is None:
            return None
        for _, frame in _decoded(source, [picture]):
            demux.check_size(request, frame.width, frame.height)
            return shaping.size_of(frame, box)
    raise Refused("media.unreadable", "no frame could be decoded")


def _write_film(
    request: Request, wanted: Wanted, source: Any, streams: tuple[Any, Any], size: tuple[int, int], scratch: Any
) -> float:
    """Encode pictures and sound; returns where the pictures end."""
    picture, audio = streams
    box, start_s = _BOXES[wanted.copy], _start_of(source)
    shaper, sheet = shaping.Shaper(request, box, size, start_s), Sheet(wanted.duration_s)
    rate = shaping.rate_of(picture, box.frames_a_second)
    options = {**_X264[wanted.copy], "g": str(max(1, int(rate * _KEY_FRAME_S)))}
    with _target(scratch, "mp4") as target:
        shown = shaping.picture_stream(target, size, rate, options)
        heard = _Heard(target, hearing.aac(audio, _SOUND_OF_VIDEO[wanted.copy]), start_s) if audio else None
        for stream, frame in _decoded(source, [stream for stream in streams if stream]):
            if stream.type == "audio" and heard:
                heard.take(frame)
                continue
            for shaped in shaper.shaped(frame):
                sheet.see(shaped)
                target.mux(shown.encode(shaped))
        target.mux(shown.encode())
        if heard:
            heard.finish()
    if wanted.copy == LIGHT:
        sheet.send(request.output)
    return float(shaper.end_s)


def _write_sound(wanted: Wanted, source: Any, audio: Any, scratch: Any) -> tuple[str, float]:
    """Encode sound alone; returns the type of the copy and where it ends."""
    coding = hearing.lossless(audio) if wanted.copy == CLEAN else None
    muxer, content_type = ("flac", "audio/flac") if coding else ("mp4", "audio/mp4")
    with _target(scratch, muxer) as target:
        heard = _Heard(target, coding or hearing.aac(audio, _SOUND_ALONE[wanted.copy]), _start_of(source))
        for _, frame in _decoded(source, [audio]):
            heard.take(frame)
        heard.finish()
    return content_type, float(heard.listener.end_s)


class _Heard:
    """One sound on its way from decoder to container."""

    def __init__(self, target: Any, coding: hearing.Coding, start_s: Fraction) -> None:
        self._target = target
        self._stream = hearing.sound_stream(target, coding)
        self.listener = hearing.Listener(coding, self._stream.codec_context.frame_size, start_s)

    def take(self, frame: Any) -> None:
        for piece in self.listener.heard(frame):
            self._target.mux(self._stream.encode(piece))

    def finish(self) -> None:
        for piece in self.listener.rest():
            self._target.mux(self._stream.encode(piece))
        self._target.mux(self._stream.encode())


def _start_of(source: Any) -> Fraction:
    return Fraction(source.start_time or 0, av.time_base)


def _target(scratch: Any, muxer: str) -> Any:
    """Return a new container that names no program, with its index in front."""
    options = {"fflags": "+bitexact"} | ({"movflags": "+faststart"} if muxer == "mp4" else {})
    return av.open(scratch, "w", format=muxer, options=options, io_open=reopener(scratch))


def _decoded(source: Any, streams: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield (stream, frame) in the order of the file; a few damaged packets are stepped over."""
    broken = 0
    packets = source.demux(streams)
    while True:
        try:
            packet = next(packets, None)
            frames = packet.decode() if packet is not None else []
        except (av.FFmpegError, OSError, ValueError) as error:
            broken += 1
            if getattr(error, "errno", None) == errno.ENOMEM or broken > _BROKEN_PACKETS:
                raise demux.unreadable(error) from None
            continue
        if packet is None:
            return
        for frame in frames:
            yield packet.stream, frame
