"""Works and what was made of them: drawn, played and written here, so that nothing of anybody's is kept."""

from __future__ import annotations

import io
import textwrap
from fractions import Fraction

import av
import numpy as np
from PIL import Image, ImageDraw, ImageOps

from tests.inspection import papers

HERTZ = 22_050


def drawing(seed: int, size: tuple[int, int] = (960, 720)) -> Image.Image:
    """A picture of a hundred shapes: full of corners."""
    random = np.random.default_rng(seed)
    image = Image.new("RGB", size, tuple(random.integers(150, 255, 3).tolist()))
    pen = ImageDraw.Draw(image)
    for _ in range(110):
        x, y = int(random.integers(0, size[0])), int(random.integers(0, size[1]))
        w, h = random.integers(20, 150, 2).tolist()
        fill = tuple(random.integers(0, 255, 3).tolist())
        (pen.rectangle if random.random() < 0.5 else pen.ellipse)([x, y, x + w, y + h], fill=fill, outline=(20, 20, 20))
    return image


def saved(image: Image.Image, form: str = "JPEG") -> bytes:
    out = io.BytesIO()
    image.save(out, form, quality=88)
    return out.getvalue()


def mirrored_cut(image: Image.Image) -> Image.Image:
    """The left two thirds of a picture, mirrored and made smaller."""
    wide, high = image.size
    return ImageOps.mirror(image.crop((0, 0, wide * 2 // 3, high))).resize((wide // 2, high * 3 // 4))


def melody(seed: int, seconds: float = 30.0, tempo: float = 1.0) -> np.ndarray:
    """Notes of three partials and a beat, in a random order."""
    random = np.random.default_rng(seed)
    samples = np.zeros(int(HERTZ * seconds / tempo) + HERTZ)
    at = 0.0
    while at < seconds - 0.6:
        length, tone = float(random.choice([0.15, 0.2, 0.3, 0.45])), 220 * 2 ** (int(random.integers(0, 24)) / 12)
        beat = np.arange(int(HERTZ * 0.4)) / HERTZ
        note = sum(np.sin(2 * np.pi * tone * n * beat) / n for n in (1, 2, 3)) * np.exp(-6 * beat)
        start = int(HERTZ * at / tempo)
        samples[start : start + len(note)] += note
        at += length
    return (samples / np.abs(samples).max() * 0.8).astype(np.float32)


def played(samples: np.ndarray) -> bytes:
    """A sound as MP3."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp3") as target:
        stream = target.add_stream("mp3", rate=HERTZ, layout="mono")
        _put_sound(target, stream, samples, "s16p", 1152)
    return out.getvalue()


def _put_sound(target, stream, samples: np.ndarray, form: str, size: int) -> None:
    frame = av.AudioFrame.from_ndarray((samples * 32_000).astype(np.int16)[np.newaxis, :], format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = HERTZ, 0, Fraction(1, HERTZ)
    resampler = av.AudioResampler(format=form, layout="mono", rate=HERTZ, frame_size=size)
    for part in [*resampler.resample(frame), *resampler.resample(None)]:
        target.mux(stream.encode(part))
    target.mux(stream.encode())


def film(pictures: list[Image.Image], seconds_each: int = 2) -> bytes:
    """A silent film that shows one picture after the other (MP4, H.264)."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as target:
        stream = target.add_stream("libx264", rate=8, options={"preset": "ultrafast", "crf": "26"})
        stream.width, stream.height, stream.pix_fmt = 480, 360, "yuv420p"
        for image in pictures:
            frame = np.asarray(image.convert("RGB").resize((480, 360)))
            for _ in range(8 * seconds_each):
                target.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        target.mux(stream.encode())
    return out.getvalue()


def written(pages: list[str]) -> bytes:
    """A PDF of words, a page each."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    for words in pages:
        lines = textwrap.wrap(words, 70)
        body = "BT /F1 12 Tf 14 TL 50 780 Td " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
        number = len(objects) + 1
        font = "/Resources << /Font << /F1 3 0 R >> >>"
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {number + 1} 0 R {font} >>"
        objects += [page.encode(), papers.stream(body.encode())]
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects[1] = f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode()
    return papers.pdf_of(objects)


PROGRAM = '''"""Which bus comes next."""
import csv


def next_buses(path, stop, minute, most=3):
    found = []
    with open(path) as table:
        for row in csv.DictReader(table):
            if row["stop"] != stop:
                continue
            hours, minutes = row["time"].split(":")
            left = int(hours) * 60 + int(minutes) - minute
            if left < 0:
                left += 24 * 60
            found.append((left, row["line"], row["towards"]))
    found.sort()
    words = []
    for left, line, towards in found[:most]:
        if left == 0:
            words.append(f"{line} to {towards}: now")
        elif left < 60:
            words.append(f"{line} to {towards}: in {left} min")
        else:
            words.append(f"{line} to {towards}: in {left // 60} h {left % 60} min")
    return words
'''
RENAMED = (
    "import sys\n\nSTART = sys.argv\n\n\ndef other_thing(a):\n    print(len(a), a[-1])\n\n\n"
    + PROGRAM.split("import csv\n\n\n")[1]
    .replace("next_buses", "soon")
    .replace("found", "hits")
    .replace("left", "wait")
    + "\n\nprint(other_thing(START))\n"
)
