"""``assign``: hand out the work fairly, say what could not be kept, and explain what cannot be done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scoring.errors import InvalidOption
from scoring.judging.assignment.cover import balance, cover
from scoring.judging.assignment.exact import improve
from scoring.judging.assignment.links import link
from scoring.judging.assignment.state import State
from scoring.judging.connection import WEAK_LINK, juror_groups, second_eigenvalue
from scoring.judging.panel import Ints, by_id
from scoring.judging.records import Entry, Juror

Pair = tuple[str, str]

MOST_REVIEWS = 10**6


@dataclass(frozen=True, slots=True)
class Note:
    """Something that could not be kept: a code and its numbers for programs, a sentence for people."""

    code: str
    numbers: Mapping[str, int]
    sentence: str

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who reviews what.

    Attributes
    ----------
    pairs : tuple of (entry_id, juror_id)
        Every pair, kept and added, sorted.
    added, dropped : tuple of (entry_id, juror_id)
        Pairs that were not in the existing assignment; existing pairs that had to go (a juror or an entry is gone, or
        a conflict appeared). An existing pair is never moved.
    loads : dict of str to int
        Juror to number of entries.
    groups : int
        Groups of jurors that shared entries connect; 1 when the panel is connected.
    parts : tuple of tuple of str
        Jurors of each group; who has no entry is in none.
    links : tuple of (entry_id, juror_id)
        Reviews that would connect the groups, when no swap could.
    second_eigenvalue : float
        Of the jurors' normalised Laplacian; 0 when the panel falls apart, below 0.2 it hangs together weakly.
    notes : tuple of Note
        What could not be kept.
    short : dict of str to int
        Entries that have fewer reviews than were asked for, and how many they lack; empty unless ``partial``.
    """

    pairs: tuple[Pair, ...]
    added: tuple[Pair, ...]
    dropped: tuple[Pair, ...]
    loads: dict[str, int]
    groups: int
    parts: tuple[tuple[str, ...], ...]
    links: tuple[Pair, ...]
    second_eigenvalue: float
    notes: tuple[Note, ...]
    short: dict[str, int]


def assign(
    entries: Iterable[Entry],
    jurors: Iterable[Juror],
    *,
    reviews: int | Mapping[str, int],
    conflicts: Iterable[Pair] = (),
    existing: Iterable[Pair] = (),
    seed: int = 0,
    exact: bool = False,
    partial: bool = False,
) -> Assignment:
    """Give every entry its number of reviews by jurors without a conflict.

    Always kept: no declared conflict, no juror of the entry's own organization, no juror above capacity. Kept where
    they can be, and given up in this order, for the entries concerned alone: one expert an entry, a juror who
    understands the language, jurors of different organizations. Loads come within one of each other as far as these
    promises allow, and the jurors are connected by shared entries. Experts, and jurors of other regions, are preferred.

    With ``existing`` it is a repair or a top-up: only what is missing is assigned, nothing is moved.

    Parameters
    ----------
    entries, jurors : iterables of Entry and Juror
        In any order.
    reviews : int, or mapping of str to int
        Jurors an entry, from 1; or of each entry by id, 0 of those that are not named.
    conflicts : iterable of (entry_id, juror_id)
        Pairs that must not be; names that are not given are ignored, they may have left.
    existing : iterable of (entry_id, juror_id)
        Pairs assigned before.
    seed : int
        Seed of the lots, from 0. The same input and seed give the same assignment on any machine.
    exact : bool
        Look for the assignment with the most reviews by experts that keeps the same promises, by integer programming;
        takes seconds for 1,000 entries and 100 jurors.
    partial : bool
        When some entries cannot get their reviews, give the most that can be given and name them in ``short``.

    Returns
    -------
    Assignment

    Raises
    ------
    Infeasible
        Some entries cannot get their reviews, unless ``partial``; names the entries and jurors of the bottleneck.
    InvalidOption
        ``reviews`` below 1 or above a million, or ``seed`` below 0.
    DuplicateRecord
        Two entries or jurors have one id.

    Notes
    -----
    O(N r J) time and O(N J) bytes of memory.

    Examples
    --------
    >>> plan = assign([Entry("a"), Entry("b")], [Juror("x"), Juror("y")], reviews=1, conflicts=[("a", "x")])
    >>> plan.pairs
    (('a', 'y'), ('b', 'x'))
    >>> plan = assign([Entry("a"), Entry("b")], [Juror("x")], reviews=1, conflicts=[("a", "x")], partial=True)
    >>> plan.pairs, plan.short
    ((('b', 'x'),), {'a': 1})
    """
    if isinstance(reviews, int) and not 1 <= reviews <= MOST_REVIEWS:
        raise InvalidOption(f"an entry has at least one review and at most {MOST_REVIEWS}, not {reviews}")
    if seed < 0:
        raise InvalidOption(f"the seed is a number from 0 up, not {seed}")
    works, people = by_id(entries, "entry_id", "entry"), by_id(jurors, "juror_id", "juror")
    each = [reviews if isinstance(reviews, int) else reviews.get(work.entry_id, 0) for work in works]
    wanted = np.array(each, dtype=np.int64)
    entry_index = {entry.entry_id: i for i, entry in enumerate(works)}
    juror_index = {juror.juror_id: j for j, juror in enumerate(people)}
    barred = [(entry_index[e], juror_index[j]) for e, j in conflicts if e in entry_index and j in juror_index]
    state = State(works, people, barred)
    before = set(existing)
    for entry_id, juror_id in sorted(before):
        entry, juror = entry_index.get(entry_id, -1), juror_index.get(juror_id, -1)
        if entry >= 0 and juror >= 0 and state.allowed[entry, juror]:
            state.add(entry, juror, kept=True)
    cover(state, wanted, seed, partial=partial)
    balance(state)
    if exact:
        improve(state)
    link(state)
    return _describe(state, before, wanted)


def _describe(state: State, before: set[Pair], reviews: Ints) -> Assignment:
    def named(pairs: Iterable[Sequence[int]]) -> tuple[Pair, ...]:
        return tuple((state.entry_ids[i], state.juror_ids[j]) for i, j in pairs)

    pairs = named(np.argwhere(state.chosen).tolist())
    groups = juror_groups(state.chosen)
    links = named(_links(state, groups))
    eigenvalue = second_eigenvalue(state.chosen)
    return Assignment(
        pairs=pairs,
        added=tuple(pair for pair in pairs if pair not in before),
        dropped=tuple(sorted(before - set(pairs))),
        loads=dict(zip(state.juror_ids, state.load.tolist(), strict=True)),
        groups=int(groups.max(initial=-1)) + 1,
        parts=_parts(state, groups),
        links=links,
        second_eigenvalue=eigenvalue,
        notes=_notes(state, groups, links, eigenvalue),
        short={state.entry_ids[i]: int(reviews[i] - state.count[i]) for i in np.flatnonzero(state.count < reviews)},
    )


def _parts(state: State, groups: Ints) -> tuple[tuple[str, ...], ...]:
    """Name the jurors of each group."""
    every = range(int(groups.max(initial=-1)) + 1)
    return tuple(tuple(state.juror_ids[j] for j in np.flatnonzero(groups == group)) for group in every)


def _links(state: State, groups: Ints) -> list[tuple[int, int]]:
    """Name one further review a group that would connect it with the first group."""
    found = []
    first = np.flatnonzero(state.chosen[:, groups == 0].any(axis=1))
    for group in range(1, int(groups.max(initial=0)) + 1):
        members = np.flatnonzero(groups == group)
        free = np.argwhere(state.allowed[np.ix_(first, members)])
        if len(free):
            least = free[np.argmin(state.load[members[free[:, 1]]])]
            found.append((int(first[least[0]]), int(members[least[1]])))
    return found


def _notes(state: State, groups: Ints, links: tuple[Pair, ...], eigenvalue: float) -> tuple[Note, ...]:
    notes = []
    experts = int(((state.experts == 0) & state.findable).sum())
    unfindable = int((~state.findable & state.tracked).sum()) if state.expert.any() else 0
    language = int((state.chosen & ~state.speaks[state.language]).sum()) if not state.speaks.all() else 0
    community = int((state.present[:, : state.groups] > 1).any(axis=1).sum())
    used = state.load[state.capacity > 0]
    if experts + unfindable:
        count = experts + unfindable
        notes.append(Note("no_expert", {"count": count}, f"{count} entries have no expert of their track"))
    if language:
        said = f"{language} reviews are by a juror who does not list the entry's language"
        notes.append(Note("other_language", {"count": language}, said))
    if community:
        said = f"{community} entries have two jurors of one organization"
        notes.append(Note("one_organization", {"count": community}, said))
    if len(used) and used.max() - used.min() > 1:
        least, most = int(used.min()), int(used.max())
        said = f"loads range from {least} to {most}: no move that keeps the promises evens them out"
        notes.append(Note("uneven", {"least": least, "most": most}, said))
    if groups.max(initial=0) > 0:
        reviews = ", ".join(f"{entry} by {juror}" for entry, juror in links) or "none is free of conflict"
        count = int(groups.max()) + 1
        said = (
            f"the jury falls apart into {count} groups without a shared entry, whose scores "
            f"cannot be compared; these further reviews would connect them: {reviews}"
        )
        notes.append(Note("apart", {"count": count}, said))
    elif eigenvalue < WEAK_LINK:
        said = f"the jury hangs together weakly: second eigenvalue {eigenvalue:.3f}, good is {WEAK_LINK} or more"
        notes.append(Note("weak", {}, said))
    return tuple(notes)
