"""Assignments keep their promises, and refuse with the bottleneck when they cannot."""

import random
from collections import Counter
from itertools import combinations

import pytest

from scoring.errors import Infeasible, InvalidOption
from scoring.judging import Entry, Juror, assign


def contest(seed, entries=None, jurors=None):
    lot = random.Random(seed)
    n, m = entries or lot.randrange(1, 30), jurors or lot.randrange(1, 12)
    groups = ["", "", "north", "south", "west"]
    works = [
        Entry(f"e{i}", lot.choice("tuv"), lot.choice("rs"), lot.choice(["kk", "ru"]), lot.choice(groups))
        for i in range(n)
    ]
    people = [
        Juror(
            f"j{i}",
            lot.choice("rs"),
            tuple(lot.sample("tuv", lot.randrange(3))),
            lot.choice([(), ("kk",), ("ru", "kk")]),
            lot.choice(groups),
            lot.choice([None, None, n, n // 2 + 1]),
        )
        for i in range(m)
    ]
    conflicts = {(f"e{lot.randrange(n)}", f"j{lot.randrange(m)}") for _ in range(lot.randrange(n * m // 4 + 1))}
    return works, people, conflicts, lot.randrange(1, 4)


def must_not(works, people, conflicts):
    own = {
        (w.entry_id, p.juror_id) for w in works for p in people if w.organization and w.organization == p.organization
    }
    return own | conflicts


def largest_cover(works, people, barred, reviews):
    """Count the reviews that can be given at most, by plain augmenting paths: the oracle of feasibility."""
    limit = {p.juror_id: len(works) if p.capacity is None else p.capacity for p in people}
    takers = {w.entry_id: [p.juror_id for p in people if (w.entry_id, p.juror_id) not in barred] for w in works}
    held = {p.juror_id: [] for p in people}

    def place(entry, seen):
        for juror in takers[entry]:
            if juror in seen or entry in held[juror]:
                continue
            seen.add(juror)
            if len(held[juror]) < limit[juror]:
                held[juror].append(entry)
                return True
            for other in list(held[juror]):
                if place(other, seen):
                    held[juror].remove(other)
                    held[juror].append(entry)
                    return True
        return False

    return sum(place(w.entry_id, set()) for w in works for _ in range(reviews))


@pytest.mark.parametrize("seed", range(150))
def test_assign_keeps_its_promises_or_names_a_true_bottleneck(seed):
    works, people, conflicts, reviews = contest(seed)
    barred = must_not(works, people, conflicts)
    possible = largest_cover(works, people, barred, reviews)

    try:
        plan = assign(works, people, reviews=reviews, conflicts=conflicts, seed=seed)
    except Infeasible as error:
        assert possible < reviews * len(works)
        assert error.available < error.needed
        free = {p.juror_id for p in people if any((entry, p.juror_id) not in barred for entry in error.entries)}
        assert set(error.jurors) <= free
        return

    assert possible == reviews * len(works)
    assert len(set(plan.pairs)) == len(plan.pairs)
    assert Counter(entry for entry, _ in plan.pairs) == {w.entry_id: reviews for w in works}
    assert not set(plan.pairs) & barred
    assert all(plan.loads[p.juror_id] <= (len(works) if p.capacity is None else p.capacity) for p in people)
    assert plan.added == plan.pairs


@pytest.mark.parametrize("seed", range(150))
def test_assign_in_part_gives_the_most_that_can_be_given_and_names_the_rest(seed):
    works, people, conflicts, reviews = contest(seed)
    barred = must_not(works, people, conflicts)

    plan = assign(works, people, reviews=reviews, conflicts=conflicts, seed=seed, partial=True)

    given = Counter(entry for entry, _ in plan.pairs)
    assert sum(given.values()) == len(set(plan.pairs)) == largest_cover(works, people, barred, reviews)
    lacking = {w.entry_id: reviews - given[w.entry_id] for w in works if given[w.entry_id] < reviews}
    assert plan.short == lacking
    assert not set(plan.pairs) & barred
    assert all(plan.loads[p.juror_id] <= (len(works) if p.capacity is None else p.capacity) for p in people)


@pytest.mark.parametrize("seed", range(20))
def test_assign_loads_are_within_one_without_restrictions(seed):
    works, people = [Entry(f"e{i}") for i in range(17 + seed)], [Juror(f"j{i}") for i in range(7)]

    plan = assign(works, people, reviews=3, seed=seed)

    assert max(plan.loads.values()) - min(plan.loads.values()) <= 1
    assert plan.groups == 1


def test_assign_covers_languages_communities_and_experts_where_it_can():
    works, people, _, _ = contest(3, entries=40, jurors=16)
    people = [Juror(p.juror_id, p.region, p.expert_tracks, p.languages, f"o{i % 8}") for i, p in enumerate(people)]
    works = [Entry(w.entry_id, w.track, w.region, w.language) for w in works]
    by_id = {p.juror_id: p for p in people}

    plan = assign(works, people, reviews=3, seed=1)

    for work in works:
        team = [by_id[juror] for entry, juror in plan.pairs if entry == work.entry_id]
        assert any(work.track in juror.expert_tracks for juror in team)
        assert all(not juror.languages or work.language in juror.languages for juror in team)
        assert len({juror.organization for juror in team}) == 3
    assert plan.notes == ()


def test_assign_notes_what_it_could_not_keep_for_programs_and_for_people():
    [note] = assign([Entry("a", language="kk")], [Juror("x", languages=("ru",))], reviews=1).notes

    assert (note.code, note.numbers) == ("other_language", {"count": 1})
    assert str(note) == "1 reviews are by a juror who does not list the entry's language"


def test_assign_does_not_depend_on_the_order_of_the_input():
    works, people, conflicts, _ = contest(11, entries=25, jurors=9)
    people = [Juror(p.juror_id, p.region, p.expert_tracks, p.languages) for p in people]

    forward = assign(works, people, reviews=2, conflicts=sorted(conflicts), seed=4)
    backward = assign(works[::-1], people[::-1], reviews=2, conflicts=sorted(conflicts)[::-1], seed=4)

    assert forward == backward
    assert forward.pairs != assign(works, people, reviews=2, conflicts=conflicts, seed=5).pairs


def test_assign_by_seed_is_the_same_on_every_machine():
    plan = assign([Entry(name) for name in "abcdef"], [Juror(name) for name in "wxyz"], reviews=2, seed=2026)

    assert "".join(entry + juror for entry, juror in plan.pairs) == "awaxbwbzcwcydydzexezfxfy"


def test_assign_repairs_a_drop_out_without_moving_anyone():
    works, people = [Entry(f"e{i:02}") for i in range(40)], [Juror(f"j{i:02}") for i in range(10)]
    before = assign(works, people, reviews=3)
    gone = {"j03", "j07"}

    after = assign(works, [p for p in people if p.juror_id not in gone], reviews=3, existing=before.pairs)

    assert (
        set(before.pairs) - set(after.pairs) == {pair for pair in before.pairs if pair[1] in gone} == set(after.dropped)
    )
    assert len(after.added) == len(after.dropped)
    assert max(after.loads.values()) - min(after.loads.values()) <= 1


def test_assign_tops_up_and_drops_a_pair_that_is_in_conflict_now():
    works, people = [Entry("a"), Entry("b")], [Juror(name) for name in "xyz"]

    plan = assign(works, people, reviews=2, existing=[("a", "x"), ("b", "y")], conflicts=[("a", "x")])

    assert plan.dropped == (("a", "x"),)
    assert set(plan.pairs) >= {("a", "y"), ("a", "z"), ("b", "y")}


def test_assign_connects_jurors_whom_equal_loads_alone_would_part():
    works = [Entry(f"e{i}", track="t" if i < 6 else "u") for i in range(12)]
    people = [Juror(f"j{i}", expert_tracks=("t",) if i < 4 else ("u",)) for i in range(8)]

    for seed in range(20):
        plan = assign(works, people, reviews=2, seed=seed)
        assert plan.groups == 1
        assert set(plan.loads.values()) == {3}


@pytest.mark.timeout(30)
def test_assign_of_one_review_an_entry_does_not_look_for_swaps_that_cannot_connect():
    works, people = [Entry(f"e{i}") for i in range(1000)], [Juror(f"j{i}") for i in range(60)]

    plan = assign(works, people, reviews=1)

    assert plan.groups == 60
    assert sorted(plan.loads.values()) == [16] * 20 + [17] * 40


def test_assign_names_the_reviews_that_would_connect_the_jury():
    works = [Entry(f"e{i}") for i in range(4)]
    people = [Juror(f"j{i}") for i in range(4)]
    apart = [(f"e{i}", f"j{j}") for i in range(4) for j in range(4) if (i < 2) != (j < 2) and (i, j) != (0, 3)]

    plan = assign(works, people, reviews=2, conflicts=apart)

    assert plan.groups == 2
    assert plan.second_eigenvalue == 0.0
    assert plan.links == (("e0", "j3"),)
    assert "e0 by j3" in str(plan.notes[-1])


def test_assign_names_the_bottleneck():
    works, people = [Entry(name) for name in "abc"], [Juror("x", capacity=2), Juror("y", capacity=1), Juror("z")]

    with pytest.raises(Infeasible) as caught:
        assign(
            works, people, reviews=1, conflicts=[(entry, "z") for entry in "abc"] + [("a", "y"), ("b", "y"), ("c", "y")]
        )

    assert (caught.value.entries, caught.value.jurors, caught.value.needed, caught.value.available) == (
        ("a", "b", "c"), ("x",), 3, 2,
    )  # fmt: skip
    assert str(caught.value).startswith("cannot be done: entries a, b, c need 3 reviews, but juror x can give 2")


def test_assign_without_jurors_or_entries():
    assert assign([], [Juror("x")], reviews=2).pairs == ()
    with pytest.raises(Infeasible, match="entry a needs 1 review, but no juror can give any"):
        assign([Entry("a")], [], reviews=1)
    assert assign([Entry("a")], [], reviews=2, partial=True).short == {"a": 2}
    with pytest.raises(InvalidOption, match="at least one review"):
        assign([Entry("a")], [Juror("x")], reviews=0)


def test_assign_spreads_pairs_of_jurors():
    plan = assign([Entry(f"e{i:03}") for i in range(200)], [Juror(f"j{i:02}") for i in range(20)], reviews=3)
    teams = {}
    for entry, juror in plan.pairs:
        teams.setdefault(entry, []).append(juror)

    met = {pair for team in teams.values() for pair in combinations(sorted(team), 2)}

    assert len(met) > 150
    assert plan.second_eigenvalue > 0.5


@pytest.mark.parametrize("seed", range(8))
def test_assign_exactly_keeps_the_promises_with_at_least_as_many_experts(seed):
    works, people, conflicts, _ = contest(500 + seed, entries=18, jurors=9)
    people = [Juror(p.juror_id, p.region, p.expert_tracks, p.languages, p.organization) for p in people]
    try:
        quick = assign(works, people, reviews=2, conflicts=conflicts, seed=seed)
    except Infeasible:
        return
    tracks, skill = {w.entry_id: w.track for w in works}, {p.juror_id: p.expert_tracks for p in people}

    best = assign(works, people, reviews=2, conflicts=conflicts, seed=seed, exact=True)

    def experts(plan):
        return sum(tracks[entry] in skill[juror] for entry, juror in plan.pairs)

    assert not set(best.pairs) & must_not(works, people, conflicts)
    assert Counter(entry for entry, _ in best.pairs) == {w.entry_id: 2 for w in works}
    assert max(best.loads.values()) - min(best.loads.values()) <= max(quick.loads.values()) - min(quick.loads.values())
    assert experts(best) >= experts(quick) - 1  # linking the jury may cost one


def test_assign_exactly_moves_no_existing_pair():
    works, people = [Entry(f"e{i}", "t") for i in range(8)], [Juror(f"j{i}", "", ("t",) * (i % 2)) for i in range(6)]
    existing = [("e0", "j0"), ("e1", "j2")]

    plan = assign(works, people, reviews=2, existing=existing, exact=True)

    assert set(existing) <= set(plan.pairs)
    assert len(plan.pairs) == 16


def test_entries_can_get_different_numbers_and_others_none():
    entries, jurors = [Entry(name) for name in "abc"], [Juror(name) for name in "xyz"]
    plan = assign(entries, jurors, reviews={"a": 3, "b": 1}, existing=[("c", "x"), ("b", "y")])
    assert plan.added == (("a", "x"), ("a", "y"), ("a", "z"))
    assert (plan.short, plan.parts) == ({}, (("x", "y", "z"),))
    told = assign(entries, jurors, reviews={}, existing=[("a", "x"), ("a", "y"), ("c", "z")])
    assert (told.added, told.parts) == ((), (("x", "y"), ("z",)))
