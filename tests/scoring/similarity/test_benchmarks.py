"""The benchmarks of recall run: their attacks change what they are to change, and ours and the peers are asked."""

import ast
import json

import numpy as np
import pytest

from scoring.similarity import sketch_text
from tests.bench.similarity import bench_code, bench_texts, changed_texts
from tests.bench.similarity.changed_code import Retyped, Rewritten
from tests.bench.similarity.peers import code_peers, text_peers
from tests.bench.similarity.recall import OURS, Contest, Query, Reference, Row, calibration_error, threshold, wilson
from tests.scoring.similarity.attacks import sentences
from tests.scoring.similarity.projects import SHADOWS, TEMPERATURE
from tests.scoring.similarity.texts import EN, FORM, KK, RU


def test_the_threshold_is_what_one_negative_in_a_hundred_passes():
    rows = [Row("", "found", {OURS: place / 1000}) for place in range(200)]
    assert sum(row.scores[OURS] > threshold(rows, OURS) for row in rows) == 2
    assert [round(bound, 3) for bound in wilson(9, 10)] == [0.596, 0.982]


def test_the_calibration_error_is_the_gap_between_what_is_told_and_what_is():
    sure = [Row("copied", "found", {OURS: 0.95}) for _ in range(3)] + [Row("", "found", {OURS: 0.95})]
    assert round(calibration_error(sure), 6) == 0.2


def test_a_negative_is_answered_by_another_group_and_an_attack_by_its_source():
    contest = Contest([Reference(str(place % 3), text) for place, text in enumerate(RU)], sketch_text, text_peers(RU))
    own = contest.asked(Query("1", RU[1] + " " + EN[0]))
    copied = contest.asked(Query("1", RU[1] + " " + EN[0], "longer", source=1))
    assert own.scores[OURS] < 0.5 < copied.scores[OURS]
    assert copied.first == {"ours": True, **dict.fromkeys(contest.peers, True)}
    assert list(contest.index) == [str(place) for place in range(len(RU))]


def test_the_place_of_an_excerpt_is_known():
    text, (start, end) = changed_texts.excerpt(KK[0], RU[0], np.random.default_rng(1))
    assert " ".join(sentences(KK[0])[0:2]) == text[start:end] or " ".join(sentences(KK[0])[1:3]) == text[start:end]
    contest = Contest([Reference(str(place), one) for place, one in enumerate(KK + EN)], sketch_text, {})
    row = contest.asked(Query("0", text, "excerpt", source=0, placed=(start, end)))
    assert row.first[OURS]
    assert row.overlap > 0.9


SOURCES = ("a.mo", "c.mo")
"""Catalogues of different halves."""


def test_the_benchmark_of_texts_runs_on_a_corpus_of_twelve(tmp_path):
    languages = [("kk", KK), ("ru", RU), ("en", EN)]
    rows = [
        {"id": 3 * place + number, "lang": language, "src": source, "text": FORM + text, "core": text, "en": EN[place]}
        for number, (language, texts) in enumerate(languages)
        for source in SOURCES
        for place, text in enumerate(texts)
    ]
    (tmp_path / "text.json").write_text(json.dumps({"ref": rows, "neg": rows[::-1]}), encoding="utf-8")
    for half in bench_texts.HALVES:
        found = bench_texts.measured(tmp_path, half, 3, 4)
        assert sum(not row.attack for row in found) == 4
        assert {"", "zero-width", "reordered", "excerpt", "half mix"} <= {row.attack for row in found}


@pytest.mark.parametrize("generator", [Rewritten, Retyped])
def test_a_changed_program_is_a_program_still(generator):
    for text in (TEMPERATURE, SHADOWS):
        made = generator(text, np.random.default_rng(3))
        for name in ("reformatted", "renamed", "reordered", "inserted", "combined"):
            changed = getattr(made, name)()
            ast.parse(changed)
            assert changed != text, name


@pytest.mark.parametrize("half", bench_code.HALVES)
def test_a_pasted_function_stands_where_it_is_said_to(half):
    text = "def f(a):\n" + "".join(f"    a += {place}\n" for place in range(14)) + "    return a\n"
    attacks = {name: (made, lines) for name, made, lines in bench_code.attacked(text, [SHADOWS], half, 2)}
    made, (first, last) = attacks["one function pasted, short"]
    assert last - first == 15
    assert "+=" in made.splitlines()[first]
    assert made.splitlines()[last - 1].lstrip().startswith("return")


def test_peers_of_code_leave_the_starter_out_when_they_can():
    peers = code_peers([bench_code.STARTER + TEMPERATURE, bench_code.STARTER + SHADOWS], bench_code.STARTER)
    for name, peer in peers.items():
        scores = peer(bench_code.STARTER + Rewritten(SHADOWS, np.random.default_rng(1)).renamed())
        assert scores[1] > scores[0], name
