"""Ways to hide a film that was taken over: `FILTERED` by the filters of FFmpeg, `DRAWN` picture by picture.

The first attacks the seen half, the second the held-out one. All is encoded anew afterwards, by other encoders in the
two halves.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from scoring.similarity.moving import read_frames
from tests.bench.similarity.posters import Style

FPS = 5
"""Pictures a second that are worked on; a film is compared at one."""

Film = list[np.ndarray]
"""Pictures, RGB, `FPS` a second."""


@dataclass(frozen=True)
class Changed:
    """A changed film.

    Attributes
    ----------
    frames : Film
    fps : float
        Pictures a second when it is played.
    placed : tuple of float, optional
        Seconds between which the original is shown, when it is a part.
    begin : float
        Second of the original that is shown at the start of it.
    quality : int
        CRF or, for the other encoder, the quantiser.
    """

    frames: Sequence[np.ndarray]
    fps: float = FPS
    placed: tuple[float, float] | None = None
    begin: float = 0.0
    quality: int = 28

    def moved(self, second: float) -> float:
        """Give the second of the original that is shown at one of this."""
        return (second - (self.placed[0] if self.placed else 0.0)) * self.fps / FPS + self.begin


Attack = Callable[[Film, Film, np.random.Generator], Changed]


def read_film(file: Path, seconds: float) -> Film:
    """Decode the beginning of a film."""
    frames: Film = []
    with av.open(str(file)) as container:
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time * FPS + 1e-6 >= len(frames):
                frames.append(frame.to_ndarray(format="rgb24"))
            if len(frames) >= seconds * FPS:
                break
    return frames


def played(changed: Changed, codec: str = "libx264") -> list[tuple[float, np.ndarray]]:
    """Encode a film and decode it as the platform does: seconds and grey pictures."""
    stream = io.BytesIO()
    high, wide = (side // 2 * 2 for side in changed.frames[0].shape[:2])
    with av.open(stream, "w", format="mp4" if codec == "libx264" else "avi") as made:
        given = {"crf": str(changed.quality), "preset": "veryfast"} if codec == "libx264" else {}
        rate = Fraction(changed.fps).limit_denominator(1_000)
        track = made.add_stream(codec, rate=rate, options=given)
        track.width, track.height, track.pix_fmt, track.thread_count = wide, high, "yuv420p", 1
        if codec != "libx264":
            track.bit_rate = int(wide * high * changed.fps * (0.9 if changed.quality < 30 else 0.25))
        for picture in changed.frames:
            made.mux(
                track.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:high, :wide]), format="rgb24"))
            )
        made.mux(track.encode(None))
    stream.seek(0)
    return list(read_frames(stream))


def filtered(frames: Film, *filters: tuple[str, str]) -> Film:
    """Send pictures through filters of FFmpeg."""
    graph = av.filter.Graph()
    high, wide = frames[0].shape[:2]
    source = graph.add_buffer(width=wide, height=high, format="rgb24", time_base=Fraction(1, FPS))
    nodes = [source, *(graph.add(name, given) for name, given in filters)]
    graph.link_nodes(*nodes, graph.add("format", "rgb24"), graph.add("buffersink")).configure()
    made = []
    for number, picture in enumerate(frames):
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        graph.push(frame)
        made.append(graph.pull().to_ndarray(format="rgb24"))
    return made


def each(frames: Film, work: Callable[[Image.Image], Image.Image]) -> Film:
    """Change every picture by itself."""
    return [np.asarray(work(Image.fromarray(picture)).convert("RGB")) for picture in frames]


def _cut(frames: Film, begin: int, count: int) -> Changed:
    return Changed(frames[begin : begin + count], begin=begin / FPS)


def _trimmed(frames: Film, dice: np.random.Generator) -> Changed:
    count = max(4 * FPS, int(len(frames) * dice.uniform(0.5, 0.7)))
    return _cut(frames, int(dice.integers(0, max(1, len(frames) - count))), count)


def _spliced(frames: Film, host: Film, dice: np.random.Generator) -> Changed:
    count = min(5 * FPS, len(frames))
    begin, place = (int(dice.integers(0, max(1, len(one) - count + 1))) for one in (frames, host))
    size = host[0].shape[1], host[0].shape[0]
    part = each(frames[begin : begin + count], lambda one: one.resize(size))
    shown = place / FPS, (place + count) / FPS
    return Changed([*host[:place], *part, *host[place:]], placed=shown, begin=begin / FPS)


def _inset(frames: Film, host: Film, share: float, dice: np.random.Generator) -> Changed:
    """Show a film within another one that runs behind it, at any place."""
    high, wide = host[0].shape[:2]
    scale = min(wide * share / frames[0].shape[1], high * share / frames[0].shape[0])
    size = int(frames[0].shape[1] * scale), int(frames[0].shape[0] * scale)
    x, y = int(dice.integers(0, wide - size[0] + 1)), int(dice.integers(0, high - size[1] + 1))
    made = []
    for number, small in enumerate(each(frames, lambda one: one.resize(size))):
        behind = host[number % len(host)].copy()
        behind[y : y + size[1], x : x + size[0]] = small
        made.append(behind)
    return Changed(made)


def _cropped(picture: Image.Image, lost: float, x: float, y: float) -> Image.Image:
    wide, high = (int(side * (1 - lost) ** 0.5) for side in picture.size)
    left, top = int(x * (picture.width - wide)), int(y * (picture.height - high))
    return picture.crop((left, top, left + wide, top + high))


def _crop_filter(lost: float, dice: np.random.Generator) -> tuple[str, str]:
    side, x, y = (1 - lost) ** 0.5, dice.random(), dice.random()
    return "crop", f"iw*{side:.3f}:ih*{side:.3f}:(iw-ow)*{x:.3f}:(ih-oh)*{y:.3f}"


def _speed(frames: Film, dice: np.random.Generator, low: float, high: float) -> Changed:
    factor = float(dice.uniform(low, high))
    return Changed(frames, fps=FPS * (factor if dice.random() < 0.5 else 1 / factor))


def _boxes(dice: np.random.Generator) -> tuple[tuple[str, str], ...]:
    x, y = dice.uniform(0.02, 0.7, 2)
    logo = f"iw*{x:.2f}:ih*{y / 3:.2f}:iw*0.25:ih*0.14:red:fill"
    return ("drawbox", logo), ("drawbox", "iw*0.05:ih*0.82:iw*0.9:ih*0.13:black:fill")


def _captioned(frames: Film, dice: np.random.Generator) -> Film:
    style, corner = Style("logo", int(dice.integers(900, 999))), bool(dice.integers(2))

    def work(picture: Image.Image) -> Image.Image:
        side, high = picture.height // 5, picture.height // 10
        picture.paste(style.mark.resize((side, side)), (6 if corner else picture.width - side - 6, 6))
        pencil = ImageDraw.Draw(picture)
        place = picture.width // 8, picture.height - high - 4
        font, outline = style.letters(max(8, high - 4)), {"stroke_width": 2, "stroke_fill": "black"}
        pencil.text(place, "Біз біргеміз: жаңа жоба", "white", font, **outline)
        return picture

    return each(frames, work)


def _graded(frames: Film, dice: np.random.Generator) -> Film:
    colour, light, contrast = dice.uniform(0, 0.8), dice.uniform(0.7, 1.3), dice.uniform(0.7, 1.4)

    def work(picture: Image.Image) -> Image.Image:
        pale = ImageEnhance.Color(picture).enhance(colour)
        return ImageEnhance.Contrast(ImageEnhance.Brightness(pale).enhance(light)).enhance(contrast)

    return each(frames, work)


def _grade_filter(dice: np.random.Generator) -> tuple[tuple[str, str], ...]:
    gamma, saturation = dice.uniform(0.7, 1.4), dice.uniform(0.2, 0.8)
    return ("hue", f"s={saturation:.2f}:b={dice.uniform(-1, 1):.2f}"), ("lutyuv", f"y=gammaval({gamma:.2f})")


def _pad_filter(dice: np.random.Generator) -> tuple[str, str]:
    return "pad", f"iw:ih*{dice.uniform(1.15, 1.4):.2f}:0:(oh-ih)/2"


FILTERED: dict[str, Attack] = {
    "re-encoded": lambda one, _, dice: Changed(filtered(one, ("scale", "240:-2")), quality=40),
    "graded": lambda one, _, dice: Changed(filtered(one, *_grade_filter(dice))),
    "speed": lambda one, _, dice: _speed(one, dice, 1.05, 1.12),
    "trimmed": lambda one, _, dice: _trimmed(one, dice),
    "5 s spliced": lambda one, host, dice: _spliced(one, host, dice),
    "mirrored": lambda one, _, dice: Changed(filtered(one, ("hflip", ""))),
    "letterbox": lambda one, _, dice: Changed(
        filtered(one, ("pad", f"iw:ih*{dice.uniform(1.15, 1.4):.2f}:0:(oh-ih)/2"))
    ),
    "logo, subtitle": lambda one, _, dice: Changed(filtered(one, *_boxes(dice))),
    "crop 20": lambda one, _, dice: Changed(filtered(one, _crop_filter(0.2, dice))),
    "crop 50": lambda one, _, dice: Changed(filtered(one, _crop_filter(0.5, dice))),
    "inset": lambda one, host, dice: _inset(one, host, float(dice.uniform(0.5, 0.7)), dice),
}


def _cropped_film(frames: Film, lost: float, dice: np.random.Generator) -> Film:
    x, y = dice.random(2).tolist()
    return each(frames, lambda one: _cropped(one, lost, x, y))


def _boxed(frames: Film, dice: np.random.Generator) -> Film:
    bar = int(min(frames[0].shape[:2]) * dice.uniform(0.08, 0.2))
    border = (0, bar) if dice.random() < 0.6 else (bar, 0)
    return each(frames, lambda one: ImageOps.expand(one, border, "black"))


DRAWN: dict[str, Attack] = {
    "re-encoded": lambda one, _, dice: Changed(
        each(one, lambda p: p.resize((p.width * 2 // 3, p.height * 2 // 3))), quality=40
    ),
    "graded": lambda one, _, dice: Changed(_graded(one, dice)),
    "speed": lambda one, _, dice: _speed(one, dice, 1.04, 1.15),
    "trimmed": lambda one, _, dice: _trimmed(one, dice),
    "5 s spliced": lambda one, host, dice: _spliced(one, host, dice),
    "mirrored": lambda one, _, dice: Changed(each(one, ImageOps.mirror)),
    "letterbox": lambda one, _, dice: Changed(_boxed(one, dice)),
    "logo, subtitle": lambda one, _, dice: Changed(_captioned(one, dice)),
    "crop 20": lambda one, _, dice: Changed(_cropped_film(one, 0.2, dice)),
    "crop 50": lambda one, _, dice: Changed(_cropped_film(one, 0.5, dice)),
    "inset": lambda one, host, dice: _inset(one, host, float(dice.uniform(0.45, 0.65)), dice),
}
