"""Facts and waveform of a sound: packets are counted, and decoded as densely as the length allows."""

from array import array
from typing import Any

import av

from creative_platform.confinement.child.refusal import Refused
from creative_platform.inspection.child import demux
from creative_platform.inspection.child.examine import Request
from creative_platform.inspection.contract import PEAK_BUCKETS

_RATE = 8000
_RUN_PACKETS = 16  # decoded in one go when only a share of a long recording is decoded
_DECODE_ERRORS = 200


def facts(request: Request, container: Any, stream: Any, format_name: str) -> dict[str, Any]:
    """Return the measured duration; sends peaks.json. Some sound is decoded even when no peaks are wanted."""
    declared_s = 0.0 if format_name in ("mp3", "aac") else demux.declared_duration([stream], container)
    estimate_s = (container.duration or 0) / av.time_base
    stride = max(1, -(-int(estimate_s) // int(request.limits.peak_duration_s)))
    wave = _Wave()
    end_s = _read(container, stream, wave, stride)
    if not wave.decoded:
        raise Refused("media.unreadable", "no sound could be decoded")
    duration_s = demux.checked_duration(request, declared_s, end_s)
    if request.recipe.pictures:
        request.output.derived_json("peaks.json", wave.peaks(duration_s))
    return {"duration_s": duration_s}


def _read(container: Any, stream: Any, wave: "_Wave", stride: int) -> float:
    start = float((stream.start_time or 0) * stream.time_base)
    end, errors = 0, 0  # the end in ticks: a fraction for each packet would cost most of the time of hours of sound
    try:
        for number, packet in enumerate(container.demux(stream)):
            stamp = packet.pts if packet.pts is not None else packet.dts
            if stamp is not None and packet.size:
                end = max(end, stamp + (packet.duration or 0))
            if number // _RUN_PACKETS % stride:
                continue
            try:
                for frame in packet.decode():
                    wave.add(frame, start)
            except (av.FFmpegError, ValueError) as error:
                errors += 1
                if getattr(error, "errno", None) == 12:
                    raise MemoryError from None
                if errors > _DECODE_ERRORS:
                    raise Refused("media.unreadable", f"{errors} broken packets") from None
    except (av.FFmpegError, OSError) as error:
        if not wave.decoded:
            raise demux.unreadable(error) from None
    return max(0.0, float(end * stream.time_base) - start)


class _Wave:
    """Loudest sample of every fiftieth of a second, later folded into buckets."""

    STEP = _RATE // 50

    def __init__(self) -> None:
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=_RATE)
        self._loudest: dict[int, int] = {}
        self.decoded = False

    def add(self, frame: Any, start_s: float) -> None:
        self.decoded = True
        at = int(max(0.0, (frame.time or 0.0) - start_s) * 50)
        if at > 10_000_000:
            return
        for piece in self._resampler.resample(_unstamped(frame)):
            samples = array("h")
            samples.frombytes(bytes(piece.planes[0])[: piece.samples * 2])
            for offset in range(0, len(samples), self.STEP):
                part = samples[offset : offset + self.STEP]
                loud = max(max(part), -min(part))
                slot = at + offset // self.STEP
                if loud > self._loudest.get(slot, 0):
                    self._loudest[slot] = loud

    def peaks(self, duration_s: float) -> dict[str, Any]:
        """Return PEAK_BUCKETS values of 0..255; a bucket that was not decoded takes its neighbour's."""
        slots = max(1, int(duration_s * 50))
        found: list[int | None] = [None] * PEAK_BUCKETS
        for slot, loud in self._loudest.items():
            bucket = min(PEAK_BUCKETS - 1, slot * PEAK_BUCKETS // slots)
            found[bucket] = max(found[bucket] or 0, loud)
        values: list[int] = []
        for value in found:
            values.append(min(255, value * 255 // 32767) if value is not None else (values[-1] if values else 0))
        return {"duration_s": duration_s, "peaks": values}


def _unstamped(frame: Any) -> Any:
    frame.pts = None  # the resampler refuses jumps in time, which sampling and damaged files both have
    return frame
