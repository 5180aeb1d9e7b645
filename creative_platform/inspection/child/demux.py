"""One demuxer, no probing, and no way to open anything else: how recordings are opened, chosen from and measured."""

import time
from typing import Any

import av
import av.stream

from creative_platform.confinement.child.refusal import Refused
from creative_platform.inspection.child.examine import Request

DECODERS = (
    "h264,hevc,vp8,vp9,libvpx-vp9,libdav1d,av1,mpeg4,mjpeg,prores,theora,png,"
    "aac,mp3,mp3float,opus,libopus,vorbis,libvorbis,flac,alac,ac3,eac3,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_u8,pcm_f32le,pcm_f32be,pcm_mulaw,pcm_alaw"
)
_TAIL_PACKETS = 400_000


def opened(request: Request, format_name: str) -> Any:
    """Open the source with exactly this demuxer. Raises Refused when it cannot make sense of it."""
    request.source.seek(0)
    try:
        return av.open(
            request.source,
            mode="r",
            format=format_name,
            options={"codec_whitelist": DECODERS, "max_streams": "64", "probesize": "2000000"},
            metadata_errors="replace",
            buffer_size=65536,
            io_open=_never,
        )
    except MemoryError:
        raise
    except (av.FFmpegError, OSError, ValueError) as error:
        raise unreadable(error) from None


def unreadable(error: Exception) -> Exception:
    """Return what to raise for an error of the library: out of memory stays that, all else is unreadable."""
    if getattr(error, "errno", None) == 12:
        return MemoryError()
    return Refused("media.unreadable", f"{type(error).__name__}: {error}"[:200])


def _never(*_: object) -> Any:
    raise PermissionError("nothing else may be opened")


def chosen_streams(container: Any) -> tuple[Any, Any]:
    """Return the first real picture stream and the first sound stream that can be decoded; covers do not count."""
    picture = audio = None
    for stream in container.streams:
        if stream.type not in ("video", "audio") or stream.codec_context is None:
            continue
        known = stream.codec_context.name in DECODERS.split(",")
        if not known or stream.disposition & av.stream.Disposition.attached_pic:
            continue
        if stream.type == "video" and picture is None:
            picture = stream
        elif stream.type == "audio" and audio is None:
            audio = stream
    return picture, audio


def check_size(request: Request, width: int, height: int) -> None:
    """Refuse frames with a side beyond the limit."""
    if max(width, height) > request.limits.side_px:
        raise Refused("media.resolution", f"{width} x {height}", limit_px=request.limits.side_px)
    if width * height > request.limits.pixels:
        raise Refused("media.too_many_pixels", f"{width} x {height}", limit_mpx=request.limits.pixels // 1_000_000)


def end_by_packets(container: Any, streams: list[Any], from_s: float = 0.0) -> float:
    """Return the end of the last packet in seconds after the container's start, reading from `from_s` on."""
    start = (container.start_time or 0) / av.time_base
    ends = {stream.index: 0 for stream in streams}  # in ticks of each: fractions for each packet cost too much time
    if from_s > 0:
        container.seek(int((start + from_s) * av.time_base), backward=True)
    began = time.process_time()
    try:
        for count, packet in enumerate(container.demux(streams)):
            stamp = packet.pts if packet.pts is not None else packet.dts
            if stamp is not None and packet.size:
                at = packet.stream_index
                ends[at] = max(ends[at], stamp + (packet.duration or 0))
            if count > _TAIL_PACKETS or time.process_time() - began > 5:
                break
    except (av.FFmpegError, OSError, ValueError) as error:
        if not any(ends.values()):
            raise unreadable(error) from None
    return max(0.0, *(float(ends[stream.index] * stream.time_base) - start for stream in streams))


def declared_duration(streams: list[Any], container: Any) -> float:
    """Return what these streams declare, else what the container does, in seconds; 0 when nothing is declared."""
    own = [float(stream.duration * stream.time_base) for stream in streams if stream.duration]
    return max(own) if own else (container.duration or 0) / av.time_base


def falls_short(declared_s: float, measured_s: float) -> bool:
    """Tell whether so much is missing that the file must have lost its end."""
    return measured_s < declared_s * 0.9 - 0.5


def checked_duration(request: Request, declared_s: float, measured_s: float) -> float:
    """Return the duration that counts, the measured one. Raises Refused when it is too long or much is missing."""
    limit = request.limits.duration_s
    if measured_s > limit:
        raise Refused("media.duration", f"measured {measured_s:.0f} s", limit_s=int(limit))
    if falls_short(declared_s, measured_s):
        raise Refused("media.truncated", f"declares {declared_s:.1f} s, holds {measured_s:.1f} s")
    return round(measured_s, 3)
