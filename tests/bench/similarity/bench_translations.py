"""Recall of translations at 1 % false alerts: ``python -m tests.bench.similarity.bench_translations``.

Runs when the optional package of the model is installed. The corpus is ``translations.json`` in the folder that CORPUS
names: a list of texts with the catalogue each is from (``src``) and what it says in ``en`` and in ``kk``, ``ru`` or
both, translated by people. A catalogue is in one of the two halves alone; what is measured is the half that nothing was
fitted on. ``--pairs FOLDER`` fits on the other: it writes the space of the vectors, the measures of pairs and the
models there, to be moved into ``scoring/similarity/data``.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import sys
from base64 import b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from scoring.similarity import SimilarityIndex, compare_text, sketch_text
from scoring.similarity.calibration import fit_models, models_to_json
from scoring.similarity.errors import NoTranslationModel
from scoring.similarity.languages import passages
from scoring.similarity.translationcompare import PAIRS, compare_translation, pair_of
from scoring.similarity.translationmodel import DIMENSIONS, installed_model
from scoring.similarity.translationsketch import TranslationSketch, sketch_translation
from tests.bench.similarity.bench_texts import half_of
from tests.bench.similarity.changed_texts import KK_2017, spelled
from tests.bench.similarity.recall import options, wilson
from tests.scoring.similarity.attacks import KK_2021, written_with

Text = dict[str, Any]

LANGUAGES = ("kk", "ru", "en")
LATIN = {"2021": KK_2021, "2017": KK_2017}
NEAREST = 5
"""Unrelated texts that are compared with each, the likeliest ones."""

SAMPLE = 120
"""Texts of each pair of languages from which pairs are made."""

SAME_WORDS = 0.05
"""Probability by their English words from which two texts are not called unrelated, whatever the catalogue."""

NARROW = 0.2
"""How much of the identity stands in the covariance of what translations differ in, so that it can be inverted."""


class Remembered:
    """The installed model, with the vectors of what it read once kept in a file: it reads some 30 passages a second."""

    def __init__(self, path: Path) -> None:
        self._model: Any = installed_model()
        self.name, self._path = self._model.name, path
        self._known: dict[str, np.ndarray] = {}
        if path.is_file():
            with np.load(path) as stored:
                self._known = dict(zip(stored["texts"].tolist(), stored["vectors"], strict=True))

    def raw(self, text: str, language: str) -> np.ndarray:
        """Give the model's own vector of a passage."""
        key = f"{language} {text}"
        if key not in self._known:
            self._known[key] = self._model.raw(text, language)
        return self._known[key]

    def vectors(self, texts: Iterable[str], languages: Iterable[str]) -> np.ndarray:
        """Give vectors as the model does."""
        listed = [self.raw(text, language) for text, language in zip(texts, languages, strict=True)]
        return np.asarray(self._model.placed(np.array(listed).reshape(-1, DIMENSIONS), list(languages)))

    def settle(self, space: dict[str, np.ndarray]) -> None:
        """Take another space."""
        self._model.settle(space)

    def keep(self) -> None:
        """Write what is known."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(self._path, texts=np.array(list(self._known)), vectors=np.array(list(self._known.values())))


def space_of(texts: Iterable[Text], model: Remembered) -> dict[str, np.ndarray]:
    """Give the mean of each language and the directions, from texts cut into as many passages in each language."""
    raw: dict[str, list[np.ndarray]] = {language: [] for language in LANGUAGES}
    apart: list[tuple[str, str, np.ndarray, np.ndarray]] = []
    for text in texts:
        there = {one: text[one] for one in LANGUAGES if one in text}
        made = {
            one: np.array([model.raw(words[p.start : p.end], one) for p in passages(words)])
            for one, words in there.items()
        }
        for language, vectors in made.items():
            raw[language].extend(vectors)
        pairs = [(a, b) for a in made for b in made if a < b and len(made[a]) == len(made[b])]
        apart.extend((a, b, made[a], made[b]) for a, b in pairs)
    means = {language: np.mean(vectors, axis=0) for language, vectors in raw.items()}
    by_pair = []
    for pair in PAIRS:
        differ = [(x - means[a]) - (y - means[b]) for a, b, x, y in apart if pair_of(a, b) == pair]
        by_pair.append(np.cov(np.concatenate(differ).T))
    within = np.mean(by_pair, axis=0)
    values, axes = np.linalg.eigh((1 - NARROW) * within / np.trace(within) * DIMENSIONS + NARROW * np.eye(DIMENSIONS))
    directions = axes @ np.diag(values**-0.5) @ axes.T
    return {
        "directions": directions.astype(np.float16),
        **{one: mean.astype(np.float32) for one, mean in means.items()},
    }


def sketches_of(texts: list[Text], language: str, model: Remembered) -> dict[int, TranslationSketch]:
    """Sketch the texts that there are in a language, by number."""
    return {n: sketch_translation(text[language], model) for n, text in enumerate(texts) if language in text}


class SameWords:
    """Which texts say the same in English: never called unrelated, by a channel that has no part in this."""

    def __init__(self, texts: list[Text]) -> None:
        self._sketches = [sketch_text(text["en"]) for text in texts]

    def __call__(self, a: int, b: int) -> bool:
        return compare_text(self._sketches[a], self._sketches[b]).probability >= SAME_WORDS


def likeliest(index: SimilarityIndex, asking: TranslationSketch, own: int, same: SameWords) -> list[int]:
    """Give the references that share no words with a text and are the likeliest all the same."""
    index.add("asked", asking)
    found = [int(one.entry_id) for one in index.candidates("asked", limit=3 * NEAREST)]
    index.remove("asked")
    return [number for number in found if number != own and not same(own, number)][:NEAREST]


def joined(parts: list[TranslationSketch]) -> TranslationSketch:
    """Give the sketch of texts that follow one another."""
    starts, ends, languages, length = [], [], "", 0
    for part in parts:
        starts += [start + length for start in part.starts]
        ends += [end + length for end in part.ends]
        languages += part.languages
        length += part.length + 1
    packed = b64encode(b"".join(part.vectors.tobytes() for part in parts)).decode()
    digest = hashlib.sha256("".join(part.digest for part in parts).encode()).hexdigest()
    first = parts[0]
    return TranslationSketch(first.version, first.model, (*starts,), (*ends,), languages, packed, length, digest)


def labelled(texts: list[Text], model: Remembered, *, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Yield pairs of a half with their measures: translations, parts of them in other texts, unrelated ones.

    Unrelated are the likeliest of all for either text, of the same catalogue or not, alone and among others: six times
    as many as the others, for in a contest a topic in common is far more frequent than a translation.
    """
    dice, same = np.random.default_rng(seed), SameWords(texts)
    made = {language: sketches_of(texts, language, model) for language in LANGUAGES}
    for pair in PAIRS:
        a, b = pair.split("-")
        both = sorted(made[a].keys() & made[b].keys())
        indexes = {language: _index(made[language]) for language in (a, b)}
        for number in dice.permutation(both)[:SAMPLE].tolist():
            asking, own = made[a][number], made[b][number]
            forth, back = (likeliest(indexes[y], made[x][number], number, same) for x, y in ((a, b), (b, a)))
            hosts = [one for one in dice.choice(both, 4).tolist() if one != number and not same(number, one)]
            row = {"source": texts[number]["src"], "languages": pair}
            yield row | _measures("whole", 1, asking, own)
            for other in forth:
                yield row | _measures("none", 0, asking, made[b][other])
            for other in back:
                yield row | _measures("none", 0, made[a][other], own)
            if len(hosts) >= 2 and forth and not {*hosts} & {*forth}:
                around = [made[b][one] for one in hosts]
                yield row | _measures("excerpt", 1, asking, joined([around[0], own, *around[1:]]))
                yield row | _measures("none", 0, asking, joined([around[0], made[b][forth[0]], *around[1:]]))
                other = joined([made[b][one] for one in forth])
                yield row | _measures("none", 0, joined([asking, *(made[a][one] for one in hosts)]), other)


def _index(sketches: dict[int, TranslationSketch]) -> SimilarityIndex:
    index = SimilarityIndex()
    for number, sketch in sketches.items():
        index.add(str(number), sketch)
    return index


def _measures(attack: str, label: int, a: TranslationSketch, b: TranslationSketch) -> dict[str, Any]:
    return {"attack": attack, "label": label, **compare_translation(a, b).measures}


def measured(texts: list[Text], model: Remembered) -> dict[str, Any]:
    """Ask with every text for its translation, and print what is found at 1 % false alerts, each pair of languages."""
    same = SameWords(texts)
    made = {language: sketches_of(texts, language, model) for language in LANGUAGES}
    for name, table in LATIN.items():
        spell = spelled if name == "2017" else written_with
        kazakh = [{name: spell(text["kk"], table)} if "kk" in text else {} for text in texts]
        made[f"kk {name}"] = sketches_of(kazakh, name, model)
    asked = [("en", "kk"), ("en", "ru"), ("ru", "kk"), ("kk", "en"), *(("en", f"kk {name}") for name in LATIN)]
    return {f"{a} -> {b}": _told(texts, made[a], made[b], f"{a} -> {b}", same) for a, b in asked}


def _told(
    texts: list[Text],
    asking: dict[int, TranslationSketch],
    there: dict[int, TranslationSketch],
    name: str,
    same: SameWords,
) -> dict[str, Any]:
    index = _index(there)
    own, first, others, topic = [], 0, [], []
    for number in sorted(asking):
        index.add("asked", asking[number])
        found = {int(other): finding.probability for other, finding in index.search("asked", limit=20)}
        index.remove("asked")
        if number in there:
            own.append(found.get(number, 0.0))
            first += next(iter(found), -1) == number
        alike = {other for other in found if other == number or same(number, other)}
        kin = {other for other in found if texts[other]["src"] == texts[number]["src"]}
        others.append(max((value for other, value in found.items() if other not in alike | kin), default=0.0))
        topic.append(max((value for other, value in found.items() if other in kin - alike), default=0.0))
    limit = float(np.sort(others)[math.ceil(0.99 * len(others)) - 1])
    hits, half = sum(value > limit for value in own), sum(value >= 0.5 for value in own)
    low, high = wilson(hits, len(own))
    alerts, kin_alerts = sum(value >= 0.5 for value in others), sum(value >= 0.5 for value in topic)
    pairs = np.array([(v, 1) for v in own] + [(v, 0) for v in others] + [(v, 0) for v in topic])
    bins = np.minimum((pairs[:, 0] * 10).astype(int), 9)
    ece = sum(abs(np.subtract(*pairs[bins == n].mean(axis=0))) * (bins == n).mean() for n in np.unique(bins))
    say = f"{name:14} {len(others)} negatives, 1 % pass {limit:.3f}: {hits:4} of {len(own):4} ({low:.2f}-{high:.2f})"
    say += f", at .5 {half:4}, first {first:4}"
    sys.stdout.write(f"{say}; alerts from .5: others {alerts}, same topic {kin_alerts}; ECE {ece:.3f}\n")
    return {
        "asked": len(own),
        "negatives": len(others),
        "limit": limit,
        "found": hits,
        "at_half": half,
        "first": first,
        "alerts": alerts,
    } | {
        "alerts_of_same_topic": kin_alerts,
        "ece": ece,
    }


def main() -> None:
    """Fit or measure; says what is missing."""
    args = options("translations", __doc__, pairs=True)
    path = Path(args.corpus or "") / "translations.json"
    try:
        model = Remembered(Path("var/bench/translation-vectors.npz"))
    except NoTranslationModel as problem:
        sys.stdout.write(f"{problem}\n")
        return
    if not path.is_file():
        sys.stdout.write("No translations.json in the folder that CORPUS names.\n")
        return
    texts: list[Text] = json.loads(path.read_text(encoding="utf-8"))
    halves = [[text for text in texts if half_of(text["src"]) == half] for half in (0, 1)]
    if args.pairs:
        _fit(halves[0], model, args.pairs)
    else:
        found = {"held out": measured(halves[1], model)}
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(json.dumps(found, indent=1))
    model.keep()


def _fit(seen: list[Text], model: Remembered, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    space = space_of(seen, model)
    np.savez_compressed(folder / "translation_space.npz", **space)
    model.settle(space)
    rows = list(labelled(seen, model))
    with (folder / "translation_pairs.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    models = fit_models("translation", [{key: str(value) for key, value in row.items()} for row in rows])
    told = json.dumps(models_to_json(models), indent=1) + "\n"
    (folder / "translation_calibration.json").write_text(told)


if __name__ == "__main__":
    main()
