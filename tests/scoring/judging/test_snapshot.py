"""A snapshot can be recomputed by anyone; whatever is changed in it is found."""

import copy
import json
import math
from functools import reduce
from operator import getitem

import pytest

from scoring.errors import NotASnapshot
from scoring.judging import (
    METHODS,
    Entry,
    Juror,
    Rubric,
    Scoresheet,
    canonical_json,
    digest,
    make_snapshot,
    rank,
    verify,
)

SHEETS = [Scoresheet(e, j, {"idea": (3 * n + len(j)) % 9 + 1, "craft": None if n % 4 == 0 else n % 10 + 1})
          for n, (e, j) in enumerate((e, j) for e in "abcdef" for j in ("x", "yy", "zzz"))]  # fmt: skip
ENTRIES = [Entry(name, track="музыка", region="KZ-75", language="kk", organization="club") for name in "abcdef"]
JURORS = [Juror(name, region="KZ-71", expert_tracks=("музыка",)) for name in ("x", "yy", "zzz")]
RUBRIC = Rubric({"idea": 2, "craft": 1}, (1, 10))


def snapshot(method="mean", **options):
    ranking = rank(SHEETS, ENTRIES, JURORS, RUBRIC, method=method, top=2, seed=7)
    return make_snapshot(ranking, SHEETS, ENTRIES, JURORS, RUBRIC, assignments=[("a", "x")], **options)


def signed(document):
    return {**document, "sha256": digest(document)}


@pytest.mark.parametrize("method", METHODS)
def test_verify_accepts_a_snapshot_read_back_from_json(method):
    document = json.loads(canonical_json(snapshot(method)))

    assert verify(document).identical


@pytest.mark.parametrize("method", METHODS)
def test_verify_computes_a_ranking_of_an_earlier_version_as_it_was_then(method):
    """Two panels without a shared entry: what version 2 said of places is not what version 3 says."""
    sheets = [s for s in SHEETS if (s.entry_id in "abc") == (s.juror_id == "x")]
    found = {}
    for version in (2, 3):
        ranking = rank(sheets, ENTRIES, JURORS, RUBRIC, method=method, top=2, seed=7, version=version)
        found[version] = make_snapshot(ranking, sheets, ENTRIES, JURORS, RUBRIC)
        assert (found[version]["method"]["version"], verify(found[version]).identical) == (version, True)
    same = found[2]["result"] == found[3]["result"]
    assert same == (method in ("calibrated", "bradley-terry"))
    mixed = copy.deepcopy(found[2])
    mixed["method"]["version"] = 3
    assert verify(signed(mixed)).identical == same


def test_snapshot_does_not_depend_on_the_order_of_the_input():
    ranking = rank(SHEETS[::-1], ENTRIES[::-1], JURORS[::-1], RUBRIC, method="mean", top=2, seed=7)
    other = make_snapshot(ranking, SHEETS[::-1], ENTRIES, JURORS[::-1], RUBRIC, assignments=[("a", "x")])

    assert canonical_json(other) == canonical_json(snapshot())


def test_snapshot_holds_neither_organization_nor_language_of_anyone():
    text = canonical_json(snapshot()).decode()

    assert "club" not in text
    assert "музыка" in text


def test_verify_finds_a_change_under_the_old_digest():
    document = snapshot()
    document["scores"][0][3]["idea"] += 1

    verdict = verify(document)

    assert not verdict.identical
    assert verdict.differences[0].startswith("the digest is ")


@pytest.mark.parametrize("key", ["rank", "score", "raw_mean", "reviews", "p_top", "rank_lo", "score_hi", "band"])
def test_verify_finds_a_changed_figure_under_a_new_digest(key):
    document = snapshot("zscore")
    document["result"][2][key] += 1

    (difference,) = verify(signed(document)).differences

    assert f"entry {document['result'][2]['entry_id']}: {key} is " in difference


def test_verify_finds_two_entries_swapped():
    document = snapshot()
    lines = document["result"]
    lines[0], lines[1] = lines[1], lines[0]

    assert "is better than" in verify(signed(document)).differences[0]


def test_verify_finds_an_entry_left_out_or_given_twice():
    document = snapshot()
    twice = copy.deepcopy(document)
    twice["result"].append(twice["result"][0])
    document["result"].pop()

    for changed in (document, twice):
        assert verify(signed(changed)).differences == ("the result does not hold every entry once",)


def test_verify_allows_for_the_last_bits_of_another_machine():
    document = snapshot()
    document["result"][0]["score"] += 5e-7

    assert verify(signed(document)).identical


def test_verify_checks_the_chain():
    first = snapshot()
    second = snapshot(previous=first["sha256"], about={"contest": "k3t9"})

    assert verify(second, first).identical
    assert "the snapshot before has the digest" in verify(second, {**first, "about": {"x": 1}}).differences[0]


def test_verify_refuses_what_it_cannot_read():
    future = snapshot()
    future["method"]["version"] = 99
    damaged = snapshot()
    del damaged["rubric"]

    for document, reason in [
        ({}, "no result snapshot"),
        ([], "no result"),
        (future, "version 99"),
        (damaged, "damaged"),
    ]:
        with pytest.raises(NotASnapshot, match=reason):
            verify(document)


def test_verify_reads_odd_values_without_failing():
    nested = json.loads("[" * 900 + "]" * 900)
    for odd in (None, "x", [], 10**400, 1e308, nested):
        for *path, last in (("method", "top"), ("rubric", "scale"), ("rubric", "weights", "idea"), ("entries", 0),
                            ("result", 0, "score"), ("scores", 0, 3, "idea"), ("about",)):  # fmt: skip
            document = snapshot()
            reduce(getitem, path, document)[last] = odd
            try:
                verify(document)
            except NotASnapshot as error:
                assert "damaged" in str(error) or "version" in str(error)


def test_verify_finds_what_nothing_computes():
    document = snapshot()
    document["result"][0]["award"] = "Grand prix"

    (said,) = verify(signed(document)).differences
    assert said.endswith("nothing computes award, which the snapshot says")


def test_verify_reports_sheets_that_cannot_be_ranked():
    document = snapshot()
    document["scores"][0][3]["idea"] = 99

    assert "cannot be ranked" in verify(signed(document)).differences[0]


def test_canonical_json_writes_one_form_only():
    assert canonical_json({"ә": 2.0, "a": (True, None, 0.1)}) == '{"a":[true,null,0.1],"ә":2}'.encode()
    with pytest.raises(ValueError, match="Out of range"):
        canonical_json({"a": math.nan})
    with pytest.raises(TypeError, match="set has no canonical form"):
        canonical_json({"a": {1}})
    with pytest.raises(TypeError, match="keys"):
        canonical_json({1: 2})
