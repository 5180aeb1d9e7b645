"""Facts and poster of a video, at the price of a few ranges."""

from typing import Any

import av
from PIL import Image, JpegImagePlugin, WebPImagePlugin  # noqa: F401 -- encoders, loaded while files can be read

from creative_platform.confinement.child.refusal import Refused
from creative_platform.inspection.child import demux, pictures, tone
from creative_platform.inspection.child.examine import Request

_FRACTIONS = (0.3, 0.5, 0.7)
_ENOUGH = 8.0  # spread of brightness from which a picture shows something
_PACKETS_A_TRY = 400
_FRAMES_FORWARD = 150


def facts(request: Request, container: Any, picture: Any, audio: Any, format_name: str) -> dict[str, Any]:
    """Return duration and size as shown; sends the poster. One frame is decoded even when no picture is wanted."""
    streams = [stream for stream in (picture, audio) if stream]
    declared_s = demux.declared_duration(streams, container)
    measured_s = _end_by_index(request, container, streams) if format_name == "mov" else None
    if measured_s is not None:
        declared_s = 0.0  # the index proves that nothing is missing, whatever the header says
    else:
        measured_s = demux.end_by_packets(container, streams, from_s=declared_s)
        if demux.falls_short(declared_s, measured_s):  # an index that misleads: count from the start
            measured_s = demux.end_by_packets(container, streams, from_s=0.001)
    duration_s = demux.checked_duration(request, declared_s, measured_s)
    poster = _poster(request, container, picture, duration_s)
    if request.recipe.pictures:
        pictures.send_small(request.output, "poster", poster)
    turned = poster.info.get("turned", False)
    width, height = picture.codec_context.width, picture.codec_context.height
    return {
        "duration_s": duration_s,
        "width": height if turned else width,
        "height": width if turned else height,
    }


def _end_by_index(request: Request, container: Any, streams: list[Any]) -> float | None:
    """Return the end in seconds by the sample tables, without reading a sample; None for fragmented files.

    Raises Refused when samples lie behind the end of the file.
    """
    start = (container.start_time or 0) / av.time_base
    latest = 0.0
    for stream in streams:
        index = stream.index_entries
        count = len(index)
        if count == 0:
            return None
        last = index[count - 1]
        if max(entry.pos + entry.size for entry in index[max(0, count - 32) : count]) > request.source.size:
            raise Refused("media.truncated", "samples behind the end of the file")
        step = last.timestamp - index[count - 2].timestamp if count > 1 else (stream.duration or 0)
        latest = max(latest, float((last.timestamp + step) * stream.time_base) - start)
    return latest


def _poster(request: Request, container: Any, stream: Any, duration_s: float) -> Image.Image:
    """Return a frame near 30 % that shows something; the liveliest of those tried when all are dull."""
    best: Image.Image | None = None
    for fraction in _FRACTIONS:
        frame = _first_frame(container, stream, fraction * duration_s)
        if frame is None:
            continue
        shown = _shown(request, frame)
        if pictures.liveliness(shown) >= _ENOUGH:
            return shown
        best = _livelier(best, shown)
    for number, frame in enumerate(_frames(container, stream, 0.3 * duration_s)):
        if number % 15 == 0:
            best = _livelier(best, _shown(request, frame))
            if pictures.liveliness(best) >= _ENOUGH:
                break
        if number >= _FRAMES_FORWARD:
            break
    if best is None:
        raise Refused("media.unreadable", "no frame could be decoded")
    return best


def _livelier(one: Image.Image | None, other: Image.Image) -> Image.Image:
    return other if one is None or pictures.liveliness(other) > pictures.liveliness(one) else one


def _first_frame(container: Any, stream: Any, at_s: float) -> Any:
    return next(iter(_frames(container, stream, at_s)), None)


def _frames(container: Any, stream: Any, at_s: float) -> Any:
    """Yield decoded frames from the keyframe before `at_s`; damaged packets are stepped over."""
    start = stream.start_time or 0
    try:
        container.seek(start + int(at_s / stream.time_base), stream=stream, backward=True)
    except (av.FFmpegError, OSError):
        container.seek(0)
    packets = container.demux(stream)
    for _ in range(_PACKETS_A_TRY):
        try:
            packet = next(packets, None)
            frames = packet.decode() if packet is not None else []
        except MemoryError:
            raise
        except (av.FFmpegError, OSError, ValueError) as error:
            if getattr(error, "errno", None) == 12:
                raise MemoryError from None
            continue
        if packet is None:
            return
        yield from frames


def _shown(request: Request, frame: Any) -> Image.Image:
    """Return the frame as it is meant to be seen: pixel shape and rotation applied, at most 1280 px wide."""
    demux.check_size(request, frame.width, frame.height)
    ratio = frame.sample_aspect_ratio if getattr(frame, "sample_aspect_ratio", None) else 1
    width = max(2, min(4 * frame.width, round(frame.width * ratio)))
    scale = min(1.0, 1280 / max(width, frame.height))
    width, height = max(2, int(width * scale)), max(2, int(frame.height * scale))
    if tone.is_high(frame):
        small = tone.brought_down(frame, width, height)
    else:
        small = frame.reformat(width=width, height=height, format="rgb24")
    plane = small.planes[0]
    image = Image.frombytes("RGB", (small.width, small.height), bytes(plane), "raw", "RGB", plane.line_size)
    turn = int(frame.rotation) % 360
    if turn:
        image = image.rotate(turn, expand=True)
    image.info["turned"] = turn in (90, 270)
    return image
