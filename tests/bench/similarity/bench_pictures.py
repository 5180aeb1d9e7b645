"""Recall of reused pictures at 1 % false alerts: ``python -m tests.bench.similarity.bench_pictures``.

Negatives are pictures that look related and are not (`posters`), and, with ``--corpus DIR``, photographs: the folder
``image`` with its list ``image.json``, as the tool that builds the corpus writes them. Every negative asks all pictures
of its own contest; the threshold is what 1 in 100 of these queries pass. The fonts and series behind the two halves of
the material differ: the one is *seen* (the shipped pairs come from it, ``--pairs`` writes them), the other *held out*,
attacked by another generator. Without a corpus that is said, and the rest is measured. Intervals are Wilson's, 95 %.
pHash and PDQ answer the same queries when they are installed, at thresholds of their own, PDQ also at its 31 bits.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import itertools
import json
import math
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from scoring.similarity import ImageSketch, SimilarityIndex, sketch_image
from scoring.similarity.findings import Finding
from scoring.similarity.imagecompare import MEASURES
from scoring.similarity.pictures import read_image
from tests.bench.similarity import recall
from tests.bench.similarity.peers import picture_peers
from tests.bench.similarity.posters import KINDS, Style, blurred, saved

STYLES, PICTURES = 5, 12
"""Contests of each kind, and pictures of each contest."""

PHOTOS = 40
"""Photographs that are attacked, of a half."""

WANTED = """No photographs ({}): what is drawn is measured alone. CORPUS names a folder with image.json, a list of
{{"id": number, "src": "source/path/name"}}, and image/NNNN.jpg (four digits of the id), some hundreds.
"""

LIMIT = 20
"""Candidates that a search compares."""

Attack = Callable[[Image.Image, Image.Image, np.random.Generator], Image.Image]


def cropped(image: Image.Image, lost: float, dice: np.random.Generator) -> Image.Image:
    """Keep a rectangle at any place; `lost` is the share of the area that goes."""
    wide, high = (int(side * math.sqrt(1 - lost)) for side in image.size)
    x, y = int(dice.integers(image.width - wide + 1)), int(dice.integers(image.height - high + 1))
    return image.crop((x, y, x + wide, y + high))


def inset(image: Image.Image, host: Image.Image, share: float, dice: np.random.Generator) -> Image.Image:
    """Put a picture into another one; `share` of the other's sides at most."""
    small, made = image.copy(), host.copy()
    small.thumbnail((int(host.width * share), int(host.height * share)))
    x, y = int(dice.integers(host.width - small.width + 1)), int(dice.integers(host.height - small.height + 1))
    made.paste(small, (x, y))
    return made


def part_inset(image: Image.Image, host: Image.Image, dice: np.random.Generator) -> Image.Image:
    """Cut a part out and put that into another picture: neither is in the other as a whole."""
    return inset(cropped(image, float(dice.uniform(0.3, 0.6)), dice), host, float(dice.uniform(0.6, 0.9)), dice)


def captioned(image: Image.Image, dice: np.random.Generator) -> Image.Image:
    """Add a logo and a line of words."""
    style, made = Style("logo", int(dice.integers(900, 999))), image.copy()
    side = min(image.size) // 6
    made.paste(style.mark.resize((side, side)), (image.width - side - 10, 10))
    high = image.height // 9
    pencil = ImageDraw.Draw(made)
    pencil.rectangle((0, image.height - high, image.width, image.height), fill="black")
    pencil.text((20, image.height - high), "Бізбен бірге · 2026", fill="white", font=style.letters(max(8, high // 2)))
    return made


def graded(image: Image.Image, dice: np.random.Generator) -> Image.Image:
    """Change colour, contrast and light."""
    pale = ImageEnhance.Color(image).enhance(float(dice.uniform(0, 0.7)))
    lit = ImageEnhance.Brightness(pale).enhance(float(dice.uniform(0.75, 1.25)))
    return ImageEnhance.Contrast(lit).enhance(float(dice.uniform(0.7, 1.4)))


def noisy(image: Image.Image, dice: np.random.Generator) -> Image.Image:
    """Add noise."""
    pixels = np.asarray(image, dtype=np.int16) + dice.normal(0, dice.uniform(8, 20), (*image.size[::-1], 1))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def letterboxed(image: Image.Image, dice: np.random.Generator) -> Image.Image:
    """Add bars above and below, or at the sides."""
    bar = int(min(image.size) * dice.uniform(0.08, 0.2))
    border = (0, bar) if dice.random() < 0.5 else (bar, 0)
    return ImageOps.expand(image, border=border, fill="black" if dice.random() < 0.7 else "white")


def shrunk(image: Image.Image, dice: np.random.Generator) -> Image.Image:
    """Make it small, and as large as before again."""
    share = float(dice.uniform(0.22, 0.5))
    return image.resize((int(image.width * share), int(image.height * share))).resize(image.size)


def signed(dice: np.random.Generator, low: float, high: float) -> float:
    """Give a number of either sign."""
    return float(dice.uniform(low, high) * dice.choice([-1, 1]))


SEEN: dict[str, Attack] = {
    "jpeg": lambda one, _, dice: Image.open(saved(one, int(dice.integers(10, 30)))),
    "resize": lambda one, _, dice: shrunk(one, dice),
    "grade": lambda one, _, dice: graded(one, dice),
    "noise": lambda one, _, dice: noisy(one, dice),
    "crop 10": lambda one, _, dice: cropped(one, float(dice.uniform(0.05, 0.15)), dice),
    "crop 30": lambda one, _, dice: cropped(one, float(dice.uniform(0.2, 0.4)), dice),
    "crop 60": lambda one, _, dice: cropped(one, float(dice.uniform(0.5, 0.65)), dice),
    "mirror": lambda one, _, __: ImageOps.mirror(one),
    "turned": lambda one, _, dice: one.rotate(signed(dice, 3, 9)),
    "quarter": lambda one, _, dice: one.rotate(int(dice.choice([90, 180, 270])), expand=True),
    "letterbox": lambda one, _, dice: letterboxed(one, dice),
    "logo": lambda one, _, dice: captioned(one, dice),
    "inset": lambda one, host, dice: inset(one, host, float(dice.uniform(0.45, 0.7)), dice),
    "mirror, crop, grade": lambda one, _, dice: graded(cropped(ImageOps.mirror(one), 0.3, dice), dice),
    "part inset": lambda one, host, dice: inset(
        cropped(one, float(dice.uniform(0.2, 0.5)), dice), host, float(dice.uniform(0.5, 0.8)), dice
    ),
}
HELD: dict[str, Attack] = {
    "jpeg": lambda one, _, dice: Image.open(saved(blurred(one, 0.8), int(dice.integers(15, 40)))),
    "resize": lambda one, _, dice: one.resize((160, 160 * one.height // one.width)),
    "grade": lambda one, _, dice: ImageOps.posterize(graded(one, dice), 4),
    "noise": lambda one, _, dice: noisy(blurred(one, 0.7), dice),
    "crop 10": lambda one, _, dice: cropped(one, 0.1, dice).resize(one.size),
    "crop 30": lambda one, _, dice: cropped(one, 0.3, dice),
    "crop 60": lambda one, _, dice: cropped(one, 0.6, dice),
    "mirror": lambda one, _, __: blurred(ImageOps.mirror(one), 0.5),
    "turned": lambda one, _, dice: one.rotate(signed(dice, 2, 12), expand=True, fillcolor="white"),
    "quarter": lambda one, _, __: ImageOps.autocontrast(one.rotate(90, expand=True)),
    "letterbox": lambda one, _, dice: ImageOps.expand(one, int(30 + 60 * dice.random()), "black"),
    "logo": lambda one, _, dice: captioned(one.resize((one.width * 3 // 4, one.height * 3 // 4)), dice),
    "inset": lambda one, host, dice: inset(one, host, float(dice.uniform(0.4, 0.65)), dice),
    "mirror, crop, grade": lambda one, _, dice: graded(cropped(ImageOps.mirror(one), 0.2, dice), dice),
    "mirrored inset": lambda one, host, dice: inset(ImageOps.mirror(one), host, 0.6, dice),
    "part inset": lambda one, host, dice: part_inset(one.rotate(signed(dice, 0, 6)), host, dice),
    "turned and cropped": lambda one, _, dice: cropped(one, 0.3, dice).rotate(signed(dice, 3, 12), fillcolor="grey"),
}
HALVES = {"seen": (SEEN, 0), "held out": (HELD, 1)}


def photographs(corpus: Path, half: int) -> list[tuple[str, Image.Image]]:
    """Give the photographs of a half with their series: folder, or package and beginning of the name.

    What one series holds may be the same picture in other colours; it is never in both halves.
    """
    listed = json.loads((corpus / "image.json").read_text(encoding="utf-8"))
    found = []
    for row in listed:
        package, name = row["src"].split("/")[0], row["src"].rsplit("/", 1)[-1]
        series = int(hashlib.sha256(f"{package}/{name[:4]}".encode()).hexdigest(), 16)
        if series % 2 == half and package != "opencv-doc":
            image = Image.open(corpus / "image" / f"{row['id']:04d}.jpg").convert("RGB")
            found.append((row["src"].split("/")[-4] if name[0].isdigit() else f"{package}/{name[:4]}", image))
    return found


def sketched(image: Image.Image) -> ImageSketch:
    """Sketch what a file of the picture holds."""
    return sketch_image(read_image(saved(image)))


class Row:
    """What one comparison gave; `peers` is what other tools say of the query."""

    def __init__(
        self, kind: str, source: str, attack: str, finding: Finding | None, peers: dict[str, float] | None = None
    ) -> None:
        self.kind, self.source, self.attack, self.peers = kind, source, attack, peers or {}
        self.probability = finding.probability if finding else 0.0
        self.measures = finding.measures if finding else {}


def asked(index: SimilarityIndex, sketch: ImageSketch, source: str) -> Finding | None:
    """Search a contest for one picture more; give what was found with its source, None when that was not looked at."""
    index.add("asked", sketch)
    looked_at = {candidate.entry_id for candidate in index.candidates("asked", limit=LIMIT)}
    found = index.compare("asked", source) if source in looked_at else None
    index.remove("asked")
    return found if found and found.evidence else None


def contest(
    kind: str, name: str, named: list[tuple[str, Image.Image]], hosts: list[Image.Image], half: str
) -> Iterator[Row]:
    """Compare the pictures of a contest with one another, those of a series left out, then attacked ones with all."""
    pictures = [one for _, one in named]
    attacks, number = HALVES[half]
    dice = np.random.default_rng((number, *name.encode()))
    index = SimilarityIndex()
    sketches = [sketched(one) for one in pictures]
    for place, sketch in enumerate(sketches):
        index.add(str(place), sketch)
    peers = picture_peers(pictures)
    for place, (series, picture) in enumerate(named):
        others = np.array([one != series for one, _ in named])
        highest = {peer: float(score(picture)[others].max()) for peer, score in peers.items()}
        yield Row(kind, f"{name}/{place}", "", None, highest)
    for place, findings in index.search_all(list(index), limit=LIMIT):
        for other, found in findings:
            if named[int(place)][0] != named[int(other)][0]:
                yield from (Row(kind, f"{name}/{one}", "", found) for one in (place, other))
    every = list(attacks.items())
    chosen = dice.permutation(len(pictures)).tolist()[: PHOTOS if kind == "photo" else 5]
    for turn, place in enumerate(chosen):
        for step in range(len(every) if kind == "photo" else 4):
            attack, work = every[(turn * 4 + step) % len(every)]
            host = hosts[int(dice.integers(len(hosts)))]
            made = work(pictures[place], host, dice)
            beside = {peer: float(score(made)[place]) for peer, score in peers.items()}
            yield Row(kind, f"{name}/{place}", attack, asked(index, sketched(made), str(place)), beside)


def material(corpus: Path | None, half: str) -> Iterator[Row]:
    """Compare everything of a half."""
    number = HALVES[half][1]
    with_series = photographs(corpus, number) if corpus else []
    photos = [photo for _, photo in with_series]
    styles = [Style(kind, 2 * place + number) for place, kind in itertools.product(range(STYLES), KINDS)]
    hosts = photos or [Style("logo", 500 + seed).picture(seed) for seed in range(20)]
    for style in styles:
        own = [
            photos[(style.number * 31 + n) % len(photos)] if photos and n % 3 == 0 else None for n in range(PICTURES)
        ]
        used: set[int] = set()
        pictures = []
        for seed, photo in enumerate(own):
            twice = photo is not None and id(photo) in used
            used.add(id(photo))
            pictures.append((str(seed), style.picture(seed, None if twice else photo)))
        yield from contest(style.kind, f"{half} {style.kind} {style.number}", pictures, hosts, half)
    if photos:
        middle = len(photos) // 2
        order = np.random.default_rng(number).permutation(len(photos)).tolist()
        first, others = [with_series[place] for place in order[:middle]], [photos[place] for place in order[middle:]]
        yield from contest("photo", f"{half} photo", first, others, half)


def interval(hits: int, total: int) -> str:
    """Give a share with its 95 % interval by Wilson."""
    share, z = hits / total, 1.96
    middle = (share + z * z / 2 / total) / (1 + z * z / total)
    reach = z * math.sqrt(share * (1 - share) / total + z * z / 4 / total / total) / (1 + z * z / total)
    return f"{hits:4} of {total:4}  {share:4.2f} ({max(0.0, middle - reach):.2f}-{min(1.0, middle + reach):.2f})"


def told(rows: list[Row]) -> dict[str, Any]:
    """Print false alerts a kind and recall an attack; return them."""
    worst: dict[tuple[str, str], float] = {}
    for row in rows:
        if not row.attack:
            key = row.kind, row.source
            worst[key] = max(worst.get(key, 0.0), row.probability)
    every = np.sort(list(worst.values()))
    threshold = float(every[math.ceil(0.99 * len(every)) - 1])
    say = sys.stdout.write
    say(f"  {len(every)} negative queries; 1 % pass {threshold:.3f}\n  queries with an alert from .5, from .9\n")
    found: dict[str, Any] = {"threshold": threshold, "negatives": {}, "recall": {}}
    for kind in sorted({kind for kind, _ in worst}):
        values = np.array([value for (one, _), value in worst.items() if one == kind])
        counts = int((values >= 0.5).sum()), int((values >= 0.9).sum()), len(values)
        say(f"    {kind:8} {interval(counts[0], counts[2])}   {interval(counts[1], counts[2])}\n")
        found["negatives"][kind] = counts
    unrelated = [row.peers for row in rows if not row.attack and row.peers]
    limits = {
        peer: float(np.sort([one[peer] for one in unrelated])[math.ceil(0.99 * len(unrelated)) - 1])
        for peer in (unrelated[0] if unrelated else ())
    }
    say("  recall at 1 % false alerts, at probability .5; of peers at 1 %\n")
    for photo, attack in sorted({(row.kind == "photo", row.attack) for row in rows if row.attack}):
        chosen = [row for row in rows if row.attack == attack and (row.kind == "photo") == photo]
        values = np.array([row.probability for row in chosen])
        counts = int((values > threshold).sum()), int((values >= 0.5).sum()), len(values)
        beside = {peer: sum(row.peers[peer] > limit for row in chosen) for peer, limit in limits.items()}
        name = f"{'photo' if photo else 'poster'}: {attack}"
        say(f"    {name:28} {interval(counts[0], counts[2])}   {interval(counts[1], counts[2])}")
        say("".join(f"   {peer} {hits}" for peer, hits in beside.items()) + "\n")
        found["recall"][name] = [*counts, beside]
    pairs = [recall.Row("", kind, {recall.OURS: value}) for (kind, _), value in worst.items()]
    pairs += [recall.Row(row.attack, row.kind, {recall.OURS: row.probability}) for row in rows if row.attack]
    found["ece"] = recall.calibration_error(pairs)
    say(f"  calibration error {found['ece']:.3f}\n")
    return found


def write_pairs(path: Path, rows: list[Row], most: int = 5) -> None:
    """Write the pairs that the calibration is fitted on: up to `most` negatives of a query, the worst ones."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["source", "attack", "label", *MEASURES])
        given: dict[str, int] = {}
        shown = [row for row in rows if row.measures]
        for row in sorted(shown, key=lambda row: (bool(row.attack), row.source, row.attack, -row.probability)):
            if not row.attack:
                given[row.source] = given.get(row.source, 0) + 1
                if given[row.source] > most:
                    continue
            values = [f"{row.measures[name]:.4f}".rstrip("0").rstrip(".") for name in MEASURES]
            writer.writerow([row.source.removeprefix("seen "), row.attack or "none", int(bool(row.attack)), *values])


def main() -> None:
    """Print the tables and write all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=os.environ.get("CORPUS"), help="folder of photographs (CORPUS)")
    parser.add_argument("--pairs", type=Path, help="write the measures of the seen half here")
    parser.add_argument("--half", choices=list(HALVES), help="one of the two alone")
    parser.add_argument("--out", type=Path, default=Path("var/bench/similarity-pictures.json"))
    args = parser.parse_args()
    corpus = args.corpus
    if corpus is None or not (corpus / "image.json").is_file():
        sys.stdout.write(WANTED.format(corpus or "no folder given"))
        corpus = None
    found = {}
    for half in [args.half] if args.half else list(HALVES):
        sys.stdout.write(f"{half}\n")
        rows = list(material(corpus, half))
        found[half] = told(rows)
        if args.pairs and half == "seen":
            write_pairs(args.pairs, rows)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
