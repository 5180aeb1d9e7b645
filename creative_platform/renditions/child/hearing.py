"""Decoded sound for an encoder: in step with the pictures, gaps filled with silence, one or two channels."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.filter import Graph

_MOST_HERTZ = 192_000


@dataclass(frozen=True, slots=True)
class Coding:
    """How sound is coded: the encoder, its sample format, rate, layout and bits a second (0: as many as it needs)."""

    encoder: str
    sample_format: str
    hertz: int
    layout: str
    bits_a_second: int = 0


def aac(stream: Any, bits_a_second: int) -> Coding:
    """Return AAC of one channel, or of two for everything that has more: that is what every device plays."""
    layout = "mono" if stream.codec_context.channels == 1 else "stereo"
    return Coding("aac", "fltp", 48_000, layout, bits_a_second // (2 if layout == "mono" else 1))


def lossless(stream: Any) -> Coding | None:
    """Return FLAC for sound that has lost nothing yet; None for the rest."""
    context = stream.codec_context
    if not (context.name.startswith("pcm_") or context.name in ("alac", "flac")) or context.channels > 8:
        return None
    narrow = context.format.name in ("u8", "u8p", "s16", "s16p") or context.name in ("pcm_mulaw", "pcm_alaw")
    layout = context.layout.name if context.channels > 2 else ("mono", "stereo")[context.channels - 1]
    return Coding("flac", "s16" if narrow else "s32", min(context.sample_rate, _MOST_HERTZ), layout)


def sound_stream(target: Any, coding: Coding) -> Any:
    """Return a new sound stream of the container."""
    stream = target.add_stream(coding.encoder, rate=coding.hertz)
    stream.layout = coding.layout
    stream.format = coding.sample_format
    if coding.bits_a_second:
        stream.bit_rate = coding.bits_a_second
    stream.codec_context.thread_count = 1
    stream.codec_context.open()
    return stream


class Listener:
    """Turns decoded frames into frames for an encoder."""

    def __init__(self, coding: Coding, frame_size: int, start_s: Fraction) -> None:
        self._coding = coding
        self._frame_size = frame_size
        self._start_s = start_s
        self._graph: Any = None
        self._made_for: tuple[object, ...] = ()
        self.end_s = Fraction(0)

    def heard(self, frame: Any) -> Iterator[Any]:
        """Yield what the encoder gets for a decoded frame."""
        shape = (frame.format.name, frame.layout.name, frame.sample_rate, frame.time_base)
        if shape != self._made_for:
            yield from self.rest()
            self._prepare(frame)
            self._made_for = shape
        if frame.pts is not None:
            frame.pts -= int(self._start_s / frame.time_base)
            self.end_s = frame.pts * frame.time_base + Fraction(frame.samples, frame.sample_rate)
        self._graph.push(frame)
        yield from self._pulled()

    def rest(self) -> Iterator[Any]:
        """Yield what is still on its way."""
        if self._graph is not None:
            self._graph.push(None)
            yield from self._pulled()
            self._graph = None

    def _pulled(self) -> Iterator[Any]:
        while True:
            try:
                yield self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return

    def _prepare(self, frame: Any) -> None:
        coding, graph = self._coding, Graph()
        source = graph.add_abuffer(
            sample_rate=frame.sample_rate, format=frame.format.name, layout=frame.layout.name, time_base=frame.time_base
        )
        form = f"sample_fmts={coding.sample_format}:sample_rates={coding.hertz}:channel_layouts={coding.layout}"
        steps = graph.add("aresample", f"{coding.hertz}:async=1000:first_pts=0"), graph.add("aformat", form)
        graph.link_nodes(source, *steps, graph.add("abuffersink")).configure()
        if self._frame_size:
            graph.set_audio_frame_size(self._frame_size)
        self._graph = graph
