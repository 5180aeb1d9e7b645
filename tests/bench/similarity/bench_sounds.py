"""Recall of reused sounds at 1 % false alerts, beside Chromaprint: ``python -m tests.bench.similarity.bench_sounds``.

The corpus is ``audio.json`` and the folder ``audio`` in the folder that CORPUS names: tracks of several collections.
Every track asks all references; those of one collection whose names differ only by what marks another version are
never called unrelated. Beside them stand songs made here by bands of one style each (`made_music`), references and
negatives as well; without a corpus they are all there is. The first references of the list are the *seen* half: the
shipped calibration was fitted on them, and all tracks were among its negatives. For peaks that coincide ``--pairs
FILE`` writes the table with its pairs made anew, with songs of bands that ask nothing here, and measures nothing.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from scoring.similarity import AudioSketch, sketch_audio
from scoring.similarity.audiopeaks import PeakTable, coincidence
from scoring.similarity.calibration import DATA, read_pairs
from scoring.similarity.sound import RATE, read_sound
from tests.bench.similarity.changed_sounds import COMPUTED, FILTERED
from tests.bench.similarity.made_music import SECONDS, song
from tests.bench.similarity.peers import sound_peers
from tests.bench.similarity.recall import Contest, Query, Reference, Row, options, told, write

WANTED = """No tracks ({}): made songs alone are measured. CORPUS names a folder with audio.json, {{"rows": [...]}} of
{{"id": number, "src": "collection/path/name.ogg", "role": "ref" or "neg"}}, and audio/NNN.ogg (three digits of the id).
"""

SEEN = 30
"""References below this number are those of the calibration."""

BANDS, SONGS = 17, 10
"""Made bands, and songs of each."""

ONE_KIT = "one kit of drums"
"""What is shown beside the negatives: songs that do share samples."""

UNASKED = 100
"""The first of the bands whose songs only the calibration sees."""

MIXED = 6
"""Times that each reference is mixed under another track for the calibration."""

MOVED = ("tempo", "speed", "pitch")
"""Attacks after which no peaks coincide."""

THE_SAME = {"drascula-music/track1", "drascula-music/track30"}
"""Two tracks that are the same music; here they stay negatives, for the calibration they are none."""

ATTACKED = 20
"""References of each half that are attacked in every way."""

VERSIONS = re.compile(r"(?<=[a-z])[_\- ]?(enhanced|old|epic|theme|\d)$|(?<=\d)[_\- ]?(enhanced|old)$")
"""What marks another version of a track at the end of its name; a number is the name of some."""

NUMBERED = re.compile(r"(track|music)\d+$")

HALVES = {"seen": FILTERED, "held out": COMPUTED}

Sounds = list[tuple[int, str, str, np.ndarray]]
"""Number, group, role and samples."""


def group_of(source: str) -> str:
    """Give collection and name of a track, without what marks a version."""
    name = source.rsplit("/", 1)[-1].rsplit(".", 1)[0].lower()
    return f"{source.split('/')[0]}/{name if NUMBERED.match(name) else VERSIONS.sub('', name)}"


def tracks(corpus: Path, most: int) -> Sounds:
    """Read the tracks, as long as a made song."""
    rows = json.loads((corpus / "audio.json").read_text(encoding="utf-8"))["rows"][:most]
    found = []
    for row in rows:
        samples = read_sound(corpus / "audio" / f"{row['id']:03d}.ogg", max_seconds=int(SECONDS))
        if len(samples) > 20 * RATE:
            found.append((row["id"], group_of(row["src"]), row["role"], samples))
    return found


def made_songs(bands: int) -> Sounds:
    """Play the songs of some bands; every second one can be attacked."""
    return [
        (band * SONGS + number, f"made {band}/{number}", "ref" if number % 2 else "neg", song(band, number))
        for band in range(bands)
        for number in range(SONGS)
    ]


def attacked(one: int, samples: np.ndarray, hosts: Sequence[np.ndarray], half: str) -> Iterator[Query[np.ndarray]]:
    """Give the attacks on a reference."""
    dice = np.random.default_rng((len(half), one))
    for name, attack in HALVES[half].items():
        changed = attack(samples, hosts[int(dice.integers(len(hosts)))], dice)
        yield Query("", changed.samples, name, source=one, placed=changed.placed, moved=changed.moved)


def measured(corpus: Path | None, bands: int, most: int, attack: int) -> dict[str, list[Row]]:
    """Let every sound ask all others, then the attacked ones of both halves."""
    real, made = tracks(corpus, most) if corpus else [], made_songs(bands)
    listed = [one for one in (*real, *made) if one[2] == "ref"]
    others = [one for one in (*real, *made) if one[2] == "neg"]
    # What parts are put into is no reference, or its own name would rightly come first.
    hosts = [samples for _, _, role, samples in real or made if role == "neg"]
    contest = Contest(
        [Reference(group, samples) for _, group, _, samples in listed],
        sketch_audio,
        sound_peers([samples for _, _, _, samples in listed]),
    )
    negatives = []
    for place, (_, group, _, samples) in [*enumerate(listed), *((-1, one) for one in others)]:
        kind = "made" if group.startswith("made") else "found"
        negatives.append(contest.asked(Query(group, samples, kind=kind), place))
    negatives.extend(one_kit(bands))
    rows = {half: list(negatives) for half in HALVES}
    left = dict.fromkeys(HALVES, attack)
    for place in reversed(range(sum(one[2] == "ref" for one in real or made))):
        number, _, _, samples = listed[place]
        half = "seen" if number < SEEN else "held out"
        if left[half]:
            left[half] -= 1
            rows[half].extend(contest.asked(query) for query in attacked(place, samples, hosts, half))
    return rows


def write_pairs(path: Path, corpus: Path) -> None:
    """Write the table of pairs, made anew those that tell how peaks coincide: of unlike sounds and of attacked ones."""
    real = tracks(corpus, 10_000)
    made = [
        (UNASKED + band, f"unasked {band}/{number}", "neg", song(UNASKED + band, number))
        for band in range(BANDS)
        for number in range(SONGS)
    ]
    sketches = [(group, sketch_audio(samples)) for _, group, _, samples in (*real, *made)]
    table = PeakTable((place, sketch) for place, (_, sketch) in enumerate(sketches))
    kept = [row for row in read_pairs(DATA / "audio_pairs.csv") if row["votes"]]
    for group, asked in sketches:
        found = [
            (apart, slot)
            for slot, _, apart in table.best(asked)
            if sketches[slot][0] != group and {sketches[slot][0], group} != THE_SAME
        ]
        kept += [_pair(group, "none", asked, sketches[slot][1]) for _, slot in sorted(found, reverse=True)[:2]]
    hosts = [samples for _, _, role, samples in real if role == "neg"]
    for place, (number, group, role, samples) in enumerate(real):
        if role == "ref" and number < SEEN:
            dice = np.random.default_rng((3, number))
            for name, attack in FILTERED.items():
                for _ in range(0 if name in MOVED else MIXED if name == "mixed under" else 1):
                    changed = attack(samples, hosts[int(dice.integers(len(hosts)))], dice)
                    kept.append(_pair(group, name, sketch_audio(changed.samples), sketches[place][1]))
    with path.open("w", encoding="utf-8", newline="") as stream:
        written = csv.DictWriter(stream, list(kept[-1]), lineterminator="\n")
        written.writeheader()
        written.writerows(kept)


def _pair(source: str, attack: str, asked: AudioSketch, other: AudioSketch) -> dict[str, str]:
    found = coincidence(asked, other)
    label = str(int(attack != "none"))
    told = {"source": source, "attack": attack.replace(" ", "_"), "label": label, "moments": "", "votes": ""}
    return {**told, "apart": f"{found.apart if found else 0.0:.4f}"}


def one_kit(bands: int) -> list[Row]:
    """Let songs ask one another whose drums are the same samples; they are no negatives."""
    rows = []
    for band in range(bands):
        songs = [song(band, number, one_kit=True) for number in range(3)]
        contest = Contest(
            [Reference(str(place), one) for place, one in enumerate(songs)], sketch_audio, sound_peers(songs)
        )
        rows += [contest.asked(Query(str(place), one, kind=ONE_KIT), place) for place, one in enumerate(songs)]
    return rows


def main() -> None:
    """Print the tables and write all as JSON."""
    args = options("sounds", __doc__, pairs=True)
    corpus = Path(args.corpus) if args.corpus else None
    if corpus is None or not (corpus / "audio.json").is_file():
        sys.stdout.write(WANTED.format(corpus or "no folder given"))
        corpus = None
    if corpus and args.pairs:
        write_pairs(args.pairs, corpus)
        return
    rows = measured(corpus, *((3, 40, 3) if args.quick else (BANDS, 10_000, ATTACKED)))
    write(args.out, {half: told(half, found, aside=[ONE_KIT]) for half, found in rows.items()})


if __name__ == "__main__":
    main()
