"""Equal scores are put in order by the steps that the rules name, the same on every machine, and told step by step."""

import copy
import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.errors import InvalidOption
from scoring.judging import Entry, Juror, Rubric, Scoresheet, canonical_json, digest, make_snapshot, rank, verify
from scoring.judging.panel import make_panel
from scoring.judging.ties import break_ties

RUBRIC = Rubric({"idea": 1, "craft": 1}, (1, 10))
JURORS = [Juror(name) for name in ("j1", "j2", "j3")]


def contest(**marks):
    """Sheets of (idea, craft) by entry, one a juror."""
    sheets = [
        Scoresheet(entry, juror.juror_id, {"idea": sheet[0], "craft": sheet[1]})
        for entry, given_ in marks.items()
        for juror, sheet in zip(JURORS, given_, strict=False)
    ]
    return sheets, [Entry(entry) for entry in marks]


def ranked(marks, *steps, lots=""):
    sheets, entries = contest(**marks)
    return rank(sheets, entries, JURORS, RUBRIC, method="mean", top=1, steps=steps, lots=lots)


def order(ranking):
    return [(line.entry_id, line.rank) for line in ranking.entries]


TWO = {"a": [(6, 8), (6, 8)], "b": [(8, 6), (8, 6)]}


def test_without_steps_equal_scores_share_a_place_and_the_tie_is_told():
    ranking = ranked(TWO)

    assert order(ranking) == [("a", 1), ("b", 1)]
    (tie,) = ranking.ties
    assert (tie.place, tie.entries, tie.steps, tie.shared) == (1, ("a", "b"), (), (("a", "b"),))


@pytest.mark.parametrize(
    ("step", "marks", "first", "figures"),
    [
        ("criterion:idea", TWO, "b", (6.0, 8.0)),
        ("median", {"a": [(5, 5), (7, 7), (9, 9)], "b": [(5, 5), (8, 8), (8, 8)]}, "b", (7.0, 8.0)),
        ("top-marks", {"a": [(6, 8), (8, 6)], "b": [(4, 10), (6, 8)]}, "b", (0.0, 0.25)),
        ("agreement", {"a": [(5, 5), (9, 9)], "b": [(6, 6), (8, 8)]}, "b", (2.828427, 1.414214)),
    ],
)
def test_each_step_compares_its_figure(step, marks, first, figures):
    ranking = ranked(marks, step)

    assert (order(ranking)[0], order(ranking)[1][1]) == ((first, 1), 2)
    (taken,) = ranking.ties[0].steps
    assert (taken.step, taken.entries, taken.figures, taken.decided) == (step, ("a", "b"), figures, True)


def test_a_step_that_separates_one_of_three_leaves_the_others_to_the_next():
    marks = {"a": [(6, 8), (8, 6)], "b": [(6, 8), (6, 8)], "c": [(6, 8), (8, 6)], "d": [(9, 9), (9, 9)]}
    ranking = ranked(marks, "criterion:craft", "agreement", "lot", lots="s")

    assert order(ranking)[:2] == [("d", 1), ("b", 2)]
    assert [rank_ for _, rank_ in order(ranking)] == [1, 2, 3, 4]
    (tie,) = ranking.ties
    assert tie.place == 2
    told = [(step.step, step.entries, step.decided) for step in tie.steps]
    assert told == [
        ("criterion:craft", ("a", "b", "c"), True),
        ("agreement", ("a", "c"), False),
        ("lot", ("a", "c"), True),
    ]
    lots = {name: hashlib.sha256(f"s/{name}".encode()).hexdigest() for name in "ac"}
    assert tie.steps[2].figures == (lots["a"], lots["c"])
    assert list(tie.entries[1:]) == sorted("ac", key=lots.get)


def test_two_groups_of_one_tie_go_on_apart():
    marks = {"a": [(6, 8), (6, 8)], "b": [(6, 8), (8, 6)], "c": [(6, 8), (8, 6)], "d": [(6, 8), (6, 8)]}
    ranking = ranked(marks, "criterion:craft")

    assert order(ranking) == [("a", 1), ("d", 1), ("b", 3), ("c", 3)]
    assert ranking.ties[0].shared == (("a", "d"), ("b", "c"))


@pytest.mark.parametrize("step", ["criterion:idea", "agreement"])
def test_where_one_has_no_figure_the_step_is_passed_over(step):
    marks = {"a": [(6, 8), (8, 6)], "b": [(9, 9), (5, 5)], "c": [(None, 7)]}
    ranking = ranked(marks, step, "criterion:craft")

    taken = ranking.ties[0].steps
    assert (taken[0].figures[2], taken[0].decided) == (None, False)
    assert {rank_ for _, rank_ in order(ranking)} == {1}, "nor does who lacks a mark fall behind"


def test_the_last_bits_of_a_sum_make_no_tie_and_break_none():
    """0.1 + 0.2 is not 0.3 to a machine."""
    rubric = Rubric({"idea": 1}, (0, 1))
    sheets = [Scoresheet("a", f"j{n}", {"idea": mark}) for n, mark in enumerate((0.1, 0.2, 0.3), start=1)]
    sheets += [Scoresheet("b", f"j{n}", {"idea": mark}) for n, mark in enumerate((0.3, 0.2, 0.1), start=1)]
    ranking = rank(sheets, [Entry("a"), Entry("b")], JURORS, rubric, method="mean", steps=["criterion:idea"])

    assert order(ranking) == [("a", 1), ("b", 1)]


def test_entries_without_a_score_are_in_no_tie_and_draw_no_lots():
    ranking = ranked({"a": [(5, 5)], "b": [], "c": []}, "lot", lots="s")

    assert (order(ranking), ranking.ties) == ([("a", 1), ("b", 2), ("c", 2)], ())


def test_the_chair_is_left_to_decide():
    (tie,) = ranked(TWO, "median", "chair").ties

    assert [(step.step, step.figures, step.decided) for step in tie.steps] == [
        ("median", (7.0, 7.0), False),
        ("chair", (), False),
    ]
    assert tie.shared == (("a", "b"),)


@pytest.mark.parametrize(
    ("steps", "lots", "said"),
    [
        (["criterion:gone"], "", "unknown tie-break step 'criterion:gone'"),
        (["oldest"], "", "unknown"),
        (["median", "median"], "", "named twice"),
        (["lot", "median"], "s", "nothing can follow"),
        (["chair", "lot"], "s", "nothing can follow"),
        (["lot"], "", "from a seed"),
    ],
)
def test_steps_that_cannot_be_taken_are_refused(steps, lots, said):
    with pytest.raises(InvalidOption, match=said):
        ranked(TWO, *steps, lots=lots)


STEPS = st.lists(
    st.sampled_from(["criterion:idea", "criterion:craft", "median", "top-marks", "agreement"]), unique=True
)
LAST = st.sampled_from([[], ["chair"], ["lot"]])
MARK = st.one_of(st.none(), st.integers(5, 7))
PANELS = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3), st.lists(st.tuples(MARK, MARK), max_size=3), min_size=1, max_size=12
)


@settings(deadline=None, max_examples=150)
@given(PANELS, STEPS, LAST, st.randoms(use_true_random=False))
def test_places_depend_on_no_order_of_the_input_and_follow_the_scores(marks, steps, last, mix):
    sheets, entries = contest(**marks)
    steps = [*steps, *last]
    first = rank(sheets, entries, JURORS, RUBRIC, method="mean", steps=steps, lots="seed")
    mixed = [mix.sample(part, len(part)) for part in (sheets, entries, JURORS)]
    again = rank(*mixed, RUBRIC, method="mean", steps=steps, lots="seed")

    assert (again.entries, again.ties) == (first.entries, first.ties)
    scores = [line.score for line in first.entries if line.score is not None]
    assert scores == sorted(scores, reverse=True)
    ranks = [line.rank for line in first.entries]
    assert all(rank_ == 1 + sum(other < rank_ for other in ranks) for rank_ in ranks), (
        "a total order with shared places"
    )
    if last == ["lot"]:
        judged = [line.rank for line in first.entries if line.score is not None]
        assert judged == list(range(1, len(judged) + 1))


@settings(deadline=None, max_examples=80)
@given(PANELS, STEPS, LAST)
def test_a_step_only_refines_what_those_before_it_gave(marks, steps, last):
    def places(taken):
        sheets, entries = contest(**marks)
        found = rank(sheets, entries, JURORS, RUBRIC, method="mean", steps=taken, lots="seed").entries
        return {line.entry_id: line.rank for line in found}

    steps = [*steps, *last]
    for n in range(len(steps)):
        before, after = places(steps[:n]), places(steps[: n + 1])
        for one in before:
            assert all(after[one] < after[two] for two in before if before[one] < before[two])


def test_lots_hang_on_the_seed_and_the_id_alone():
    three = {**TWO, "c": [(7, 7), (7, 7)]}
    drawn = {seed: [name for name, _ in order(ranked(three, "lot", lots=seed))] for seed in map(str, range(40))}

    assert drawn["1"] == [name for name, _ in order(ranked(dict(reversed(three.items())), "lot", lots="1"))]
    assert {names[0] for names in drawn.values()} == {"a", "b", "c"}
    for seed, names in drawn.items():
        two = [name for name, _ in order(ranked(TWO, "lot", lots=seed))]
        assert two == [name for name in names if name != "c"], "another entry changes nothing between two"


def snapshot(*steps, lots=""):
    sheets, entries = contest(**TWO, c=[(7, 7), (7, 7)])
    ranking = rank(sheets, entries, JURORS, RUBRIC, method="mean", top=1, steps=steps, lots=lots)
    made = make_snapshot(ranking, sheets, entries, JURORS, RUBRIC)
    return json.loads(canonical_json(made))


def differences(document):
    return verify({**document, "sha256": digest(document)}).differences


@pytest.mark.parametrize("steps", [(), ("criterion:idea",), ("median", "chair"), ("agreement", "lot")])
def test_a_snapshot_with_ties_is_recomputed(steps):
    document = snapshot(*steps, lots="s")

    assert verify(document).identical
    assert document["method"]["steps"] == list(steps)


def test_another_order_of_equals_is_found():
    document = snapshot("lot", lots="s")
    first, second = document["result"][:2]
    first["rank"], second["rank"] = second["rank"], first["rank"]
    document["result"][:2] = second, first

    assert any("rank is" in said for said in differences(document))


@pytest.mark.parametrize("change", ["seed", "steps", "figure", "shared"])
def test_a_changed_step_seed_or_figure_is_found(change):
    document = snapshot("median", "lot", lots="s")
    changed = copy.deepcopy(document)
    if change == "seed":
        changed["method"]["lots"] = "another"
    elif change == "steps":
        changed["method"]["steps"] = ["criterion:craft", "lot"]
    elif change == "figure":
        changed["ties"][0]["steps"][0]["figures"][0] += 1
    else:
        changed["ties"][0]["shared"] = [["a", "b"]]

    assert differences(document) == ()
    assert any("tie-break step" in said for said in differences(changed))


def test_a_snapshot_of_before_there_were_steps_still_verifies():
    document = snapshot()
    del document["ties"], document["method"]["steps"], document["method"]["lots"]

    assert differences(document) == ()


def test_equal_scores_that_are_shown_apart_are_found_though_within_the_tolerance():
    """Or the last digit of a score would decide instead of the steps, and all else of the document agree with it."""
    document = snapshot("criterion:idea")
    line = next(line for line in document["result"] if line["entry_id"] == "a")
    line["score"] += 1e-6
    document["result"] = sorted(document["result"], key=lambda one: (one["entry_id"] != "a", one["rank"]))
    for place, one in enumerate(document["result"], start=1):
        one["rank"] = place
    sheets, entries = contest(**TWO, c=[(7, 7), (7, 7)])
    shown = {one["entry_id"]: one["score"] for one in document["result"]}
    again = break_ties(shown, make_panel(sheets, entries, JURORS, RUBRIC), ["criterion:idea"], "")
    document["ties"] = json.loads(json.dumps([
        {"place": tie.place, "entries": tie.entries, "steps": [
            {"step": s.step, "entries": s.entries, "figures": s.figures, "decided": s.decided} for s in tie.steps
        ], "shared": tie.shared} for tie in again
    ]))  # fmt: skip

    said = "entries a and {} have equal scores, the snapshot shows different ones"
    assert differences(document) == (said.format("b"), said.format("c"))
