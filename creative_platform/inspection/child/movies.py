"""Video and sound, judged by libavformat with one demuxer, no probing, and no way to open anything else."""

import importlib
from typing import Any

import av
import av.logging

from creative_platform.confinement.child.refusal import Refused
from creative_platform.inspection.child import containers, demux, moving, remux, sound
from creative_platform.inspection.child.examine import Request
from creative_platform.inspection.child.sniff import Sniffed

# What PyAV imports only when it meets such a stream; there is no file to import from by then.
_LAZY = (
    "av.subtitles.codeccontext",
    "av.subtitles.stream",
    "av.subtitles.subtitle",
    "av.audio.stream",
    "av.audio.frame",
    "av.audio.resampler",
    "av.video.stream",
    "av.video.frame",
    "av.video.reformatter",
    "av.sidedata.sidedata",
    "av.container.output",
    "av.filter",
    "av.filter.graph",
    "av.filter.context",
)


def prepare(format_name: str) -> None:
    """Load what the second half needs while files can still be read."""
    for name in _LAZY:
        importlib.import_module(name)
    av.logging.set_level(None)


def examine(request: Request, sniffed: Sniffed) -> dict[str, Any]:
    """Return the facts of a video or sound; sends poster or peaks and, when asked, the clean copy."""
    containers.check(request.source, sniffed.format, request.limits)
    with demux.opened(request, sniffed.format) as container:
        picture, audio = demux.chosen_streams(container)
        check_streams(request, container, picture, audio)
        kind = "video" if picture else "audio"
        request.settle_kind(kind)
        facts: dict[str, Any] = {
            "kind": kind,
            "content_type": _content_type(request, sniffed, kind),
            "codecs": [stream.codec_context.name for stream in (picture, audio) if stream],
            "notes": [],
        }
        if picture:
            facts |= moving.facts(request, container, picture, audio, sniffed.format)
        else:
            facts |= sound.facts(request, container, audio, sniffed.format)
        if container.duration is None:
            facts["notes"].append("no_duration")
    facts["clean"] = None
    if request.recipe.clean_copy:
        facts["clean"] = remux.send(request, sniffed.format)
        if facts["clean"] is None:
            facts["notes"].append("needs_rendition")
    return facts


def check_streams(request: Request, container: Any, picture: Any, audio: Any) -> None:
    """Refuse too many, too large, too long; what is left is decoded by one thread."""
    limits = request.limits
    if len(container.streams) > limits.streams:
        raise Refused("media.too_many_streams", f"{len(container.streams)}", limit=limits.streams)
    if picture is None and audio is None:
        names = sorted({stream.type for stream in container.streams})
        raise Refused("media.no_streams", f"streams: {names}")
    if picture is not None:
        demux.check_size(request, picture.codec_context.width, picture.codec_context.height)
        picture.codec_context.thread_count = 1
    if audio is not None:
        audio.codec_context.thread_count = 1
        if not 1 <= audio.codec_context.sample_rate <= 768_000 or not 1 <= audio.codec_context.channels <= 32:
            raise Refused("media.no_streams", "sound of no rate or channels")
    declared = (container.duration or 0) / av.time_base
    if declared > limits.duration_s:
        raise Refused("media.duration", f"declared {declared:.0f} s", limit_s=int(limits.duration_s))


def _content_type(request: Request, sniffed: Sniffed, kind: str) -> str:
    if sniffed.format == "matroska":
        webm = b"webm" in request.source.at(0, 64)
        return f"{kind}/webm" if webm else f"{kind}/x-matroska"
    if sniffed.format == "mov":
        return f"video/{sniffed.content_type}" if kind == "video" else "audio/mp4"
    if sniffed.format == "ogg":
        return f"{kind}/ogg"
    return sniffed.content_type
