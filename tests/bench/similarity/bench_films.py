"""Recall of reused films at 1 % false alerts, beside vPDQ: ``python -m tests.bench.similarity.bench_films``.

The corpus is ``video.json`` and the folder ``video`` in the folder that CORPUS names: films of several collections;
those of one collection are never called unrelated. Beside them stand films made here, several of a maker
(`made_films`), references and negatives as well, pans over its photographs (``image.json``) among them; without a
corpus they are all there is. The first references of the list are the *seen* half: the shipped calibration was fitted
on them and on films of makers that ask nothing here (``--pairs FILE`` writes those pairs, and measures nothing). The
sound tracks are no part of this.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from scoring.similarity import VideoSketch, compare_video, sketch_video
from scoring.similarity.videochannel import VideoChannel
from scoring.similarity.videocompare import MEASURES
from tests.bench.similarity.changed_films import DRAWN, FILTERED, Changed, Film, played, read_film
from tests.bench.similarity.made_films import FILMS, KINDS
from tests.bench.similarity.peers import film_peers
from tests.bench.similarity.recall import LIMIT, Contest, Query, Reference, Row, options, told, write

WANTED = """No films ({}): made ones alone are measured. CORPUS names a folder with video.json, {{"rows": [...]}} of
{{"id": number, "src": "collection/path/name", "role": "ref" or "neg"}}, and video/NNN.mp4 (three digits of the id).
"""

SEEN = 18
"""References below this number are those of the calibration."""

SECONDS = 6
"""Seconds of a film that are compared."""

MAKERS = 40
"""Made makers, ten of each kind."""

FITTED = range(200, 280)
"""Made makers whose films the calibration is fitted on, beside the seen half."""

ATTACKED = 9
"""References of each half that are attacked in every way, at most."""

HALVES = {"seen": (FILTERED, "libx264"), "held out": (DRAWN, "mpeg4")}

Shown = list[tuple[float, np.ndarray]]
"""A film as the platform decodes it."""

Listed = tuple[int, str, str, str, Callable[[], Film]]
"""Number, group, kind, role, and what gives the pictures."""


def films(corpus: Path, most: int) -> Iterator[Listed]:
    """Name the films of the corpus; pans that were made of its photographs are of one maker each."""
    rows = json.loads((corpus / "video.json").read_text(encoding="utf-8"))["rows"]
    for row in rows[-most:]:
        collection = row["src"].split("/")[0]
        file = corpus / "video" / f"{row['id']:03d}.mp4"
        yield row["id"], collection, "found", row["role"], lambda file=file: read_film(file, SECONDS)


def photographs(corpus: Path) -> list[Image.Image]:
    """Read one photograph of each series, none of a series that a film of the corpus pans over."""
    rows = json.loads((corpus / "image.json").read_text(encoding="utf-8"))
    used = {
        name
        for row in json.loads((corpus / "video.json").read_text(encoding="utf-8"))["rows"]
        for name in row["src"].removeprefix("synth:").split(",")
        if row["src"].startswith("synth:")
    }

    def series(row: dict[str, str]) -> str:
        return f"{row['src'].split('/')[0]}/{row['src'].rsplit('/', 1)[-1][:4]}"

    taken = {series(row) for row in rows if f"{row['id']:04d}.jpg" in used}
    found = []
    for row in rows:
        if series(row) not in taken and not row["src"].startswith("opencv"):
            taken.add(series(row))
            found.append(Image.open(corpus / "image" / f"{row['id']:04d}.jpg").convert("RGB"))
    return found


def made_films(makers: Iterable[int], photos: list[Image.Image]) -> Iterator[Listed]:
    """Name the films of some makers; every second one is a reference."""
    kinds = list(KINDS)
    for maker in makers:
        kind = kinds[maker % len(kinds)]
        for number in range(FILMS):
            role = "ref" if number % 2 else "neg"
            yield (
                maker * FILMS + number,
                f"{kind} {maker}/{number}",
                f"made {kind}",
                role,
                lambda kind=kind, maker=maker, number=number: KINDS[kind](maker, number, photos),
            )


def sketched(shown: Shown) -> VideoSketch:
    """Sketch what a film shows."""
    return sketch_video(shown)


def attacked(source: int, number: int, film: Film, host: Film, half: str) -> Iterator[Query[Shown]]:
    """Give the attacks on a reference."""
    attacks, codec = HALVES[half]
    dice = np.random.default_rng((len(half), number))
    for name, attack in attacks.items():
        changed = attack(film, host, dice)
        shown = played(changed, codec)
        yield Query("", shown, name, source=source, placed=changed.placed, moved=changed.moved)


def measured(corpus: Path | None, makers: int, most: int, attack: int) -> dict[str, list[Row]]:
    """Let every film ask all others, then the attacked ones of both halves."""
    real = list(films(corpus, most)) if corpus else []
    listed = [*real, *made_films(range(makers), photographs(corpus) if corpus else [])]
    first = sorted(listed, key=lambda one: one[3] != "ref")
    shown = [played(Changed(one[4](), quality=23)) for one in first]
    count = sum(one[3] == "ref" for one in first)
    references = [Reference(one[1], film) for one, film in zip(first[:count], shown[:count], strict=True)]
    peers = film_peers([[pixels for _, pixels in film] for film in shown[:count]])
    contest = Contest(
        references,
        sketched,
        {name: lambda film, peer=peer: peer([pixels for _, pixels in film]) for name, peer in peers.items()},
    )
    negatives = []
    for place, (one, film) in enumerate(zip(first, shown, strict=True)):
        negatives.append(contest.asked(Query(one[1], film, kind=one[2]), place if place < count else -1))
    rows = {half: list(negatives) for half in HALVES}
    left = dict.fromkeys(HALVES, attack)
    # What parts are put into is no reference, or its own name would rightly come first.
    hosts = [one for one in real or listed if one[3] == "neg"]
    for place in reversed(range(count)):
        one = first[place]
        half = "seen" if one[0] < SEEN else "held out"
        if left[half] and (one[2] == "found" or not real):
            left[half] -= 1
            host = hosts[(7 * place + 3) % len(hosts)][4]()
            rows[half].extend(contest.asked(query) for query in attacked(place, one[0], one[4](), host, half))
    return rows


def write_pairs(path: Path, corpus: Path) -> None:
    """Write the measures of the pairs that the calibration is fitted on: what unlike films find, and attacked ones."""
    real = list(films(corpus, 1_000))
    seen = [one for one in real if one[3] == "ref" and one[0] < SEEN]
    listed, hosts = [*seen, *made_films(FITTED, [])], [one for one in real if one[3] == "neg"]
    sketches = [sketched(played(Changed(one[4](), quality=23))) for one in listed]
    channel = VideoChannel()
    for slot, sketch in enumerate(sketches):
        channel.add(slot, sketch)
    rows: list[tuple[str, str, int, dict[str, float]]] = []
    for place, (one, sketch) in enumerate(zip(listed, sketches, strict=True)):
        found = [slot for slot, _ in channel.search(sketch, 2 * LIMIT) if listed[slot][1] != one[1]]
        rows.extend((f"n{place}", "none", 0, compare_video(sketch, sketches[slot]).measures) for slot in found[:LIMIT])
    for place, one in enumerate(listed):
        made, number = divmod(one[0], FILMS)
        if one[3] == "ref" and (one[2] == "found" or (number == 1 and made < FITTED.start + MAKERS)):
            host = hosts[(7 * place + 3) % len(hosts)][4]()
            for query in attacked(place, one[0], one[4](), host, "seen"):
                sketch = sketched(query.content)
                near = place in dict(channel.search(sketch, 2 * LIMIT))
                measures = compare_video(sketch, sketches[place]).measures if near else dict.fromkeys(MEASURES, 0.0)
                rows.append((f"s{place}", query.attack, 1, measures))
    names = sorted(MEASURES)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["source", "attack", "label", *names])
        writer.writerows([*row[:3], *(row[3][name] for name in names)] for row in rows)


def main() -> None:
    """Print the tables and write all as JSON."""
    args = options("films", __doc__, pairs=True)
    corpus = Path(args.corpus) if args.corpus else None
    if corpus is None or not (corpus / "video.json").is_file():
        sys.stdout.write(WANTED.format(corpus or "no folder given"))
        corpus = None
    if corpus and args.pairs:
        write_pairs(args.pairs, corpus)
        return
    rows = measured(corpus, *((4, 24, 3) if args.quick else (MAKERS, 1_000, ATTACKED)))
    write(args.out, {half: told(half, found, within=1.0) for half, found in rows.items() if found[-1].attack})


if __name__ == "__main__":
    main()
