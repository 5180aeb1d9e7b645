"""CPU of sketching and searching beside that of decoding: ``python -m tests.bench.similarity.bench_media``.

Pictures of three sizes, sounds and videos are made and encoded here; decoding them is the baseline: as the platform
does it, which asks the decoder of JPEG for a fraction of the size and makes that small and grey, and for pictures also
(`full_share`) decoding all pixels in colour and no more. A search asks among 100 pictures, 60 sounds of a minute or 12
videos, and keeps what the platform keeps. Films as people hand them in (`filmed`) are asked among 12 and 60 others of a
minute; they show the photographs and films of the corpus that CORPUS names (``image.json`` and ``video.json``), half of
them in what is asked and half in what is held, or else drawn pictures. Pictures as they were published, of any format
and size, are asked among the photographs of the corpus and drawn ones, 500 at most, when CORPUS has a folder
``published`` of them: up to 260 files of 150 kB and more.

The last lines sum the CPU of all files of a kind; the goal is for these. `share` is of the decoding that the sketch is
made of; for a picture `full_decode_ms` is that of its check, which decodes all pixels, besides: `both_share` is of the
two together. The check of a film decodes one frame, which is not counted.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from PIL import Image

from scoring.similarity import (
    AudioSketch,
    ImageSketch,
    SimilarityIndex,
    VideoSketch,
    sketch_audio,
    sketch_image,
    sketch_video,
)
from scoring.similarity.moving import read_frames
from scoring.similarity.pictures import read_image
from scoring.similarity.sound import read_sound
from tests.bench.similarity import filmed
from tests.bench.similarity.bench_command import film
from tests.bench.similarity.bench_films import photographs
from tests.bench.similarity.recall import options, write
from tests.scoring.similarity.drawings import drawn, encoded
from tests.scoring.similarity.music import as_wave, played

Media = ImageSketch | AudioSketch | VideoSketch

GOALS = {"image": 0.5, "video": 0.5, "audio": 1.0}
"""Share of the CPU of decoding that sketching and searching may take."""

PHOTOGRAPHS = {"3": (2048, 1536), "8": (3264, 2448), "12": (4032, 3024)}
"""Sizes of pictures as telephones take them, by megapixels."""

CODECS = {"H.264": "libx264", "VP9": "libvpx-vp9"}

SECONDS, HELD_SECONDS = 20, 60
"""Length of the films that are asked for, and of those among which they are."""

HELD = (12, 60)
"""Films among which is searched."""

PUBLISHED, PUBLISHED_BYTES = 260, 150_000
"""Pictures as they were published, at most, and the bytes of the least of them: others are icons."""

AMONG = 500
"""Pictures among which these are asked, at most."""

KEPT_FROM = 0.3
"""Probability below which the platform keeps no finding."""


def photograph(seed: int, size: tuple[int, int]) -> io.BytesIO:
    """Make a picture as a camera stores it."""
    dice = np.random.default_rng(seed)
    picture = np.asarray(drawn(seed, size), dtype=np.int16)
    noise = dice.normal(0, 6, picture.shape[:2]).astype(np.int16)[..., None]
    return encoded(Image.fromarray((picture + noise).clip(0, 255).astype(np.uint8)), "JPEG", quality=90)


def song(seed: int) -> io.BytesIO:
    """Make 90 s of music, compressed."""
    stream = io.BytesIO()
    with av.open(as_wave(played(seed, 90))) as given, av.open(stream, "w", format="adts") as made:
        track = made.add_stream("aac", rate=44_100)
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=44_100)
        for frame in [*given.decode(audio=0), None]:
            for part in resampler.resample(frame):
                made.mux(track.encode(part))
        made.mux(track.encode(None))
    stream.seek(0)
    return stream


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the CPU seconds of some work and what it gives."""
    start = time.process_time()
    given = work()
    return time.process_time() - start, given


def all_pixels(file: io.BytesIO) -> Image.Image:
    """Decode a picture in its own size."""
    file.seek(0)
    return Image.open(file).convert("RGB")


def measured(
    files: Iterable[io.BytesIO],
    read: Callable[[io.BytesIO], Any],
    sketch: Callable[[Any], Media],
    held: list[Media],
    *,
    full: Callable[[io.BytesIO], Any] | None = None,
) -> dict[str, Any]:
    """Decode, sketch and search each file; a search never pays for entries that came before it.

    With `full`, another way to decode them, the share of its CPU is given too.
    """
    index = SimilarityIndex()
    for number, one in enumerate(held):
        index.add(f"held {number}", one)
    index.add("first", held[0], part="again")
    index.search("first")
    spent, sizes = np.zeros(4), []
    for file in files:
        decoding, content = cpu(lambda file=file: read(file))
        sketching, made = cpu(lambda content=content: sketch(content))
        index.add("asked", made)
        searching, _ = cpu(lambda: index.search("asked", min_probability=KEPT_FROM))
        index.remove("asked")
        spent += (decoding, sketching, searching, cpu(lambda file=file: full(file))[0] if full else 0.0)
        sizes.append(len(made.to_bytes()))
    return {**told(spent, len(sizes), whole=bool(full)), "bytes": max(sizes)}


def told(spent: np.ndarray, files: int, *, whole: bool) -> dict[str, Any]:
    """Tell the CPU seconds of decoding, sketching, searching and decoding all pixels, summed over so many files."""
    decode, sketched, searched, full = spent.tolist()
    each = {"decode_ms": decode, "sketch_ms": sketched, "search_ms": searched}
    shares = {"share": decode}
    if whole:
        each["full_decode_ms"] = full
        shares |= {"full_share": full, "both_share": decode + full}
    return {
        "files": files,
        **{name: round(1000 * seconds / files, 1) for name, seconds in each.items()},
        **{name: round((sketched + searched) / seconds, 2) for name, seconds in shares.items()},
    }


def in_all(found: dict[str, dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    """Sum what was measured of one kind of file, by the beginning of its names; nothing when there is none."""
    rows = [row for name, row in found.items() if name.startswith(kind)]
    if not rows:
        return {}
    names = ("decode_ms", "sketch_ms", "search_ms", "full_decode_ms")
    spent = sum(np.array([row.get(name, 0.0) for name in names]) * row["files"] / 1000 for row in rows)
    return {f"{kind} in all": told(np.asarray(spent), sum(row["files"] for row in rows), whole="image" in kind)}


def published(corpus: Path, drawings: list[Media]) -> dict[str, dict[str, Any]]:
    """Measure pictures as they were published, JPEG and others; nothing without a folder of them."""
    every = [file for file in sorted((corpus / "published").rglob("*")) if file.is_file() and not file.is_symlink()]
    jpeg, others = (".jpg", ".jpeg"), (".png", ".webp")
    kept = [file for file in every if file.suffix.lower() in jpeg + others and file.stat().st_size >= PUBLISHED_BYTES]
    places = np.linspace(0, len(kept) - 1, min(PUBLISHED, len(kept))).astype(int)
    held = [*(sketch_image(np.asarray(photo.convert("L"))) for photo in photographs(corpus)), *drawings][:AMONG]
    found = {}
    for name, endings in (("JPEG", jpeg), ("PNG and WebP", others)):
        chosen = [kept[place] for place in places if kept[place].suffix.lower() in endings]
        if chosen:
            files = (io.BytesIO(file.read_bytes()) for file in chosen)
            found[f"image, published, {name}, among {len(held)}"] = measured(
                files, read_image, sketch_image, held, full=all_pixels
            )
    return found


class Material:
    """Pictures and short films that films are made of; those that are asked for show others than those held."""

    def __init__(self, corpus: Path | None, *, held: bool) -> None:
        self._photos = photographs(corpus)[held::2] if corpus else []
        self.clips: list[Path] = []
        if corpus:
            listed = json.loads((corpus / "video.json").read_text(encoding="utf-8"))["rows"]
            shot = [row["id"] for row in listed if not row["src"].startswith("synth")]
            self.clips = [corpus / "video" / f"{number:03d}.mp4" for number in shot[held::2]]
        self._held = held
        self.picture = lru_cache(64)(self._picture)

    def _picture(self, number: int) -> np.ndarray:
        if self._photos:
            return np.asarray(self._photos[number % len(self._photos)])
        return np.asarray(drawn(2 * (number % 500) + self._held, (960, 540)))

    def shown(self, kind: str, seed: int, seconds: float, size: tuple[int, int], fps: float) -> Iterator[np.ndarray]:
        """Give the frames of a film of a kind."""
        if kind == "talk":
            return filmed.talk(seed, seconds, size, fps, self.picture, self.clips)
        if kind == "sequence":
            return filmed.sequence(seed, seconds, size, fps, self.clips)
        return filmed.camera(seed, seconds, size, fps, self.picture)

    def kinds(self) -> list[str]:
        """Name the kinds of films that can be made."""
        return ["camera", "talk", *(["sequence"] if self.clips else [])]


def handed_in(corpus: Path | None, seconds: float, held_seconds: float) -> dict[str, Any]:
    """Measure films of each size, kind and codec."""
    material, size = Material(corpus, held=True), (384, 216)
    kinds = material.kinds()
    held = []
    for number in range(max(HELD)):
        shown = material.shown(kinds[number % len(kinds)], 100 + number, held_seconds, size, 1)
        held.append(
            sketch_video((float(second), cv2.cvtColor(one, cv2.COLOR_RGB2GRAY)) for second, one in enumerate(shown))
        )
    material = Material(corpus, held=False)
    found = {}
    for name, size in filmed.SIZES.items():
        for kind in kinds:
            for codec in CODECS if kind == "camera" else ("H.264",):
                frames = material.shown(kind, 7, seconds, size, filmed.FPS)
                file = filmed.encoded_film(frames, size, CODECS[codec], filmed.RATES[name])
                for count in HELD:
                    file.seek(0)
                    result = measured([file], lambda one: list(read_frames(one)), sketch_video, held[:count])
                    found[f"video, handed in, {name} {codec} {kind}, among {count}"] = result
    return found


def main() -> None:
    """Print one line a medium and write all as JSON."""
    args = options("media", __doc__)
    corpus = Path(args.corpus) if args.corpus and Path(args.corpus, "video.json").is_file() else None
    cv2.setNumThreads(1)  # as where the platform decodes
    pictures = [sketch_image(read_image(encoded(drawn(seed)))) for seed in range(100)]
    sounds = [sketch_audio(played(seed, 60)) for seed in range(60)]
    videos = [sketch_video(read_frames(io.BytesIO(film(seed)))) for seed in range(12)]
    found = {
        **{
            f"image, drawn, {name} MP": measured(
                [photograph(seed, size) for seed in range(900, 905)],
                read_image,
                sketch_image,
                pictures,
                full=all_pixels,
            )
            for name, size in PHOTOGRAPHS.items()
        },
        "audio": measured([song(seed) for seed in range(900, 903)], read_sound, sketch_audio, sounds),
        "video, 360p of 6 s": measured(
            [io.BytesIO(film(seed)) for seed in range(900, 903)],
            lambda file: list(read_frames(file)),
            sketch_video,
            videos,
        ),
        **handed_in(corpus, *((6, 20) if args.quick else (SECONDS, HELD_SECONDS))),
        **(published(corpus, pictures) if corpus else {}),
    }
    for kind in ("image, drawn,", "image, published,", "video, handed in,"):
        found |= in_all(found, kind)
    for name, result in found.items():
        result["goal"] = GOALS[name.split(",")[0]]
        sys.stdout.write(f"{name:52} {'  '.join(f'{key} {value}' for key, value in result.items())}\n")
    write(args.out, found)


if __name__ == "__main__":
    main()
