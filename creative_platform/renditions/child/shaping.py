"""Decoded pictures as they are meant to be seen: upright, square pixels, even sides, no larger or faster than asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from av.filter import Graph

from creative_platform.inspection.child import demux, tone
from creative_platform.inspection.child.examine import Request

CLOCK = 90_000  # ticks a second of all our pictures
_TURNS: dict[int, tuple[tuple[str, str], ...]] = {
    0: (),
    90: (("transpose", "cclock"),),
    180: (("hflip", ""), ("vflip", "")),
    270: (("transpose", "clock"),),
}


@dataclass(frozen=True, slots=True)
class Box:
    """How large and how fast pictures may be."""

    longer_px: int
    shorter_px: int
    frames_a_second: int


class Shaper:
    """Turns decoded frames into frames for an encoder, all of one size."""

    def __init__(self, request: Request, box: Box, size: tuple[int, int], start_s: Fraction) -> None:
        self._request = request
        self._box = box
        self._size = size
        self._start_s = start_s
        self._graph: Any = None
        self._made_for: tuple[object, ...] = ()
        self._next_s = Fraction(-1)
        self.end_s = Fraction(0)

    def shaped(self, frame: Any) -> Iterator[Any]:
        """Yield the frame for the encoder, or nothing when it comes too soon after the last."""
        demux.check_size(self._request, frame.width, frame.height)
        if frame.pts is None:
            at_s = self._next_s
        else:
            at_s = frame.pts * frame.time_base - self._start_s
        if at_s < 0 or at_s < self._next_s - Fraction(1, 4 * self._box.frames_a_second):
            return
        self._next_s = at_s + Fraction(1, self._box.frames_a_second)
        self.end_s = at_s
        self._prepare(frame)
        self._graph.push(frame)
        shown = self._graph.pull()
        shown.pts, shown.time_base = int(at_s * CLOCK), Fraction(1, CLOCK)
        shown.pict_type = 0  # the encoder chooses its key frames itself
        yield shown

    def _prepare(self, frame: Any) -> None:
        """Build the filters for frames of this shape; they stay while the shape does."""
        turn = int(frame.rotation) % 360
        shape = (frame.width, frame.height, frame.format.name, turn, frame.color_trc)
        if shape == self._made_for:
            return
        self._made_for = shape
        width, height = self._size if turn not in (90, 270) else self._size[::-1]
        graph = Graph()
        source = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, CLOCK)
        )
        size, ours = f"{width}:{height}", "out_color_matrix=bt709:out_range=tv"
        if tone.is_high(frame):
            steps = [*tone.steps(graph, frame, size), graph.add("scale", ours)]
        else:
            steps = [graph.add("scale", f"{size}:{ours}")]
        steps += [graph.add(*step) for step in _TURNS.get(turn, ())]
        graph.link_nodes(
            source, *steps, graph.add("setsar", "1"), graph.add("format", "yuv420p"), graph.add("buffersink")
        ).configure()
        self._graph = graph


def size_of(frame: Any, box: Box) -> tuple[int, int]:
    """Return width and height of the copy for a decoded frame: as it is meant to be seen, even, within the box."""
    ratio = getattr(frame, "sample_aspect_ratio", None) or 1
    width, height = max(2, min(4 * frame.width, round(frame.width * ratio))), frame.height
    scale = min(1.0, box.longer_px / max(width, height), box.shorter_px / min(width, height))
    across, down = (max(2, round(side * scale / 2) * 2) for side in (width, height))
    return (down, across) if int(frame.rotation) % 360 in (90, 270) else (across, down)


def picture_stream(target: Any, size: tuple[int, int], rate: Fraction, options: dict[str, str]) -> Any:
    """Return a new H.264 stream of the container."""
    stream = target.add_stream("libx264", rate=rate, options=options)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.time_base = Fraction(1, CLOCK)
    context.thread_count = 1
    context.color_range = 1  # as the pictures are, or players guess by their size
    context.colorspace = context.color_primaries = context.color_trc = 1
    return stream


def rate_of(stream: Any, at_most: int) -> Fraction:
    """Return the frames a second that the encoder is told; the frames' own times are what counts."""
    guessed = stream.average_rate or stream.guessed_rate or Fraction(25)
    return max(Fraction(1), min(Fraction(at_most), Fraction(guessed))).limit_denominator(1001)
