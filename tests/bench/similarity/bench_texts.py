"""Recall of reused texts at 1 % false alerts, beside peers: ``python -m tests.bench.similarity.bench_texts``.

The corpus is ``text.json`` in the folder that CORPUS names: ``ref`` and ``neg``, lists of texts in Kazakh, Russian and
English with the catalogue each is from (``src``). Those of one catalogue are never called unrelated, and a catalogue
is in one of the two halves alone. All carry the words of one form in front. With ``--translation``, which needs the
optional package, a column more says what both channels find together.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from scoring.similarity import SimilarityIndex, sketch_text
from scoring.similarity.translationmodel import installed_model
from scoring.similarity.translationsketch import sketch_translation
from tests.bench.similarity import changed_texts as changed
from tests.bench.similarity.peers import text_peers
from tests.bench.similarity.recall import OURS, Contest, Query, Reference, Row, options, told, write
from tests.scoring.similarity import attacks

ATTACKED, QUICK = 170, 20
"""References of each half that are attacked in every way, and of a quick run."""

WANTED = """No texts ({}). CORPUS names a folder with text.json: {{"ref": [...], "neg": [...]}}, some hundreds each of
{{"id": number, "lang": "kk", "ru" or "en", "src": catalogue, "text": all of it, "core": without the form's words in
front, "en": the same in English}}.
"""

TRANSLATED, TOGETHER = "translated", "with translations"
HALVES = {"seen": 0, "held out": 1}

Text = dict[str, Any]


def half_of(source: str) -> int:
    """Tell which half a catalogue is in."""
    return int(hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest(), 16) % 2


def seen_attacks(one: Text, others: dict[str, list[Text]], seed: int) -> Iterator[tuple[str, str, Any]]:
    """Give attacks of the first generator: name, text, and where the borrowed part stands when it is only a part."""
    dice = np.random.default_rng(seed)
    core, language = one["core"], one["lang"]
    words = [word for text in others[language][:60] for word in text["core"].split()]
    same, any_language = (
        str(rows[int(dice.integers(len(rows)))]["core"])
        for rows in (others[language], others[str(dice.choice(list(others)))])
    )
    yield "zero-width", changed.zero_width(core, dice), None
    yield "look-alike", changed.look_alike(core, dice), None
    yield "reordered", changed.moved(core, dice), None
    yield "exchanged 15-35 %", changed.exchanged(core, words, dice), None
    yield "dropped 10-20 %", changed.thinned(core, dice), None
    for name, table in changed.TRANSLITERATIONS.get(language, {}).items():
        yield name, changed.spelled(core, table), None
    yield "excerpt", *changed.excerpt(core, any_language, dice)
    yield "half mix", changed.half_mix(core, any_language, dice), None
    yield "half mix, one language", changed.half_mix(core, same, dice), None
    if language != "en":
        yield TRANSLATED, one["en"], None


def held_attacks(one: Text, others: dict[str, list[Text]], seed: int) -> Iterator[tuple[str, str, Any]]:
    """Give attacks of the second generator, that of the tests."""
    rng = random.Random(seed)
    core, language = one["core"], one["lang"]
    words = [word for text in others[language][:60] for word in text["core"].split()]
    host = str(rng.choice(others[language])["core"])
    names = {
        "invisible": "zero-width",
        "lookalike": "look-alike",
        "reorder": "reordered",
        "substitute": "exchanged 10-33 %",
        "drop": "dropped 5-20 %",
        "shout": "capitals, punctuation",
        "kk2021": "translit kk 2021",
        "kk2018": "translit kk 2018",
        "passport": "translit ru passport",
        "bgn": "translit ru BGN",
    }
    for name, work in attacks.attacks(language, words, host).items():
        text = work(core, rng)
        place = None
        if name == "excerpt":
            own = attacks.sentences(core)
            pairs = [" ".join(own[at : at + 2]) for at in range(max(1, len(own) - 1))]
            part = next(pair for pair in pairs if pair in text)
            place = (text.index(part), text.index(part) + len(part))
        yield names.get(name, name), text, place
    mixes = {"half mix": others[str(rng.choice(sorted(others)))], "half mix, one language": others[language]}
    for name, rows in mixes.items():
        own, other = attacks.sentences(core), attacks.sentences(rng.choice(rows)["core"])
        start = rng.randrange(max(1, len(own) - len(own) // 2))
        kept = own[start : start + max(1, len(own) // 2)]
        yield name, " ".join([*other[: max(1, len(other) // 2)], *kept]), None
    if language != "en":
        yield TRANSLATED, one["en"], None


GENERATORS = {"seen": seen_attacks, "held out": held_attacks}


class Both(Contest[str]):
    """Asks for translations too, with the negatives and what was translated."""

    def __init__(self, references: list[Reference[str]], peers: dict[str, Any], index: SimilarityIndex) -> None:
        super().__init__(references, sketch_text, peers, index)
        model = installed_model()
        self._translations = Contest(references, lambda text: sketch_translation(text, model), {})

    def asked(self, query: Query[str], itself: int = -1) -> Row:
        """Ask both channels; the likelier answer counts."""
        row = super().asked(query, itself)
        row.scores[TOGETHER], row.first[TOGETHER] = row.scores[OURS], row.first.get(OURS, False)
        if query.attack in ("", TRANSLATED):
            other = self._translations.asked(query, itself)
            if other.scores[OURS] > row.scores[OURS]:
                row.scores[TOGETHER], row.first[TOGETHER] = other.scores[OURS], other.first.get(OURS, False)
        return row


def measured(corpus: Path, half: str, attacked: int, negatives: int | None, *, translation: bool = False) -> list[Row]:
    """Ask with the negatives and the attacked texts of a half."""
    listed = json.loads((corpus / "text.json").read_text(encoding="utf-8"))
    references, unrelated = (
        [one for one in listed[name] if half_of(one["src"]) == HALVES[half]] for name in ("ref", "neg")
    )
    forms = {one["lang"]: one["text"][: len(one["text"]) - len(one["core"])] for one in references}
    others = {language: [one for one in unrelated if one["lang"] == language] for language in sorted(forms)}
    index = SimilarityIndex(boilerplate=forms.values())
    listed_references = [Reference(one["src"], one["text"]) for one in references]
    peers = text_peers([one["text"] for one in references])
    contest = (
        Both(listed_references, peers, index) if translation else Contest(listed_references, sketch_text, peers, index)
    )
    rows = [contest.asked(Query(one["src"], one["text"])) for one in unrelated[:negatives]]
    # Those from the end: the pairs of the calibration come from the beginning of the seen half.
    for number in range(len(references) - 1, max(-1, len(references) - 1 - attacked), -1):
        one = references[number]
        for attack, text, place in GENERATORS[half](one, others, number):
            front = forms["en" if attack == TRANSLATED else one["lang"]]
            placed = (place[0] + len(front), place[1] + len(front)) if place else None
            rows.append(contest.asked(Query(one["src"], front + text, attack, source=number, placed=placed)))
    return rows


def main() -> None:
    """Print the tables and write all as JSON."""
    args = options("texts", __doc__, translation=True)
    if args.corpus is None or not (Path(args.corpus) / "text.json").is_file():
        sys.stdout.write(WANTED.format(args.corpus or "no folder given"))
        return
    attacked, negatives = (QUICK, 100) if args.quick else (ATTACKED, None)
    found = {}
    for half in HALVES:
        rows = measured(Path(args.corpus), half, attacked, negatives, translation=args.translation)
        found[half] = told(half, rows, uncovered=[TRANSLATED])
    write(args.out, found)


if __name__ == "__main__":
    main()
