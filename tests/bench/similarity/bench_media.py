"""CPU of sketching and searching beside that of decoding: ``python -m tests.bench.similarity.bench_media``.

Pictures of three sizes, sounds and videos are made and encoded here; decoding them is the baseline. A search asks among
100 pictures, 60 sounds of a minute or 12 videos, and keeps what the platform keeps.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
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
from tests.bench.similarity.bench_command import film
from tests.scoring.similarity.drawings import drawn, encoded
from tests.scoring.similarity.music import as_wave, played

Media = ImageSketch | AudioSketch | VideoSketch

GOALS = {"image": 0.5, "video": 0.5, "audio": 1.0}
"""Share of the CPU of decoding that sketching and searching may take."""

PHOTOGRAPHS = {"3": (2048, 1536), "8": (3264, 2448), "12": (4032, 3024)}
"""Sizes of pictures as telephones take them, by megapixels."""

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


def measured(
    files: list[io.BytesIO], read: Callable[[io.BytesIO], Any], sketch: Callable[[Any], Media], held: list[Media]
) -> dict[str, Any]:
    """Decode, sketch and search each file; a search never pays for entries that came before it."""
    index = SimilarityIndex()
    for number, one in enumerate(held):
        index.add(f"held {number}", one)
    index.add("first", held[0], part="again")
    index.search("first")
    spent = np.zeros(3)
    sizes = []
    for number, file in enumerate(files):
        decoding, content = cpu(lambda file=file: read(file))
        sketching, made = cpu(lambda content=content: sketch(content))
        index.add(f"asked {number}", made)
        searching, _ = cpu(lambda number=number: index.search(f"asked {number}", min_probability=KEPT_FROM))
        index.remove(f"asked {number}")
        spent += (decoding, sketching, searching)
        sizes.append(len(made.to_bytes()))
    decode, sketched, searched = (1000 * spent / len(files)).round(1).tolist()
    share = round((sketched + searched) / decode, 2)
    return {"decode_ms": decode, "sketch_ms": sketched, "search_ms": searched, "share": share, "bytes": max(sizes)}


def main() -> None:
    """Print one line a medium and write all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("var/bench/similarity-media.json"))
    args = parser.parse_args()
    pictures = [sketch_image(read_image(encoded(drawn(seed)))) for seed in range(100)]
    sounds = [sketch_audio(played(seed, 60)) for seed in range(60)]
    videos = [sketch_video(read_frames(io.BytesIO(film(seed)))) for seed in range(12)]
    found = {
        **{
            f"image, {name} MP": measured(
                [photograph(seed, size) for seed in range(900, 905)], read_image, sketch_image, pictures
            )
            for name, size in PHOTOGRAPHS.items()
        },
        "audio": measured([song(seed) for seed in range(900, 903)], read_sound, sketch_audio, sounds),
        "video": measured(
            [io.BytesIO(film(seed)) for seed in range(900, 903)],
            lambda file: list(read_frames(file)),
            sketch_video,
            videos,
        ),
    }
    for name, result in found.items():
        result["goal"] = GOALS[name.split(",")[0]]
        sys.stdout.write(f"{name:12} {'  '.join(f'{key} {value}' for key, value in result.items())}\n")
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
