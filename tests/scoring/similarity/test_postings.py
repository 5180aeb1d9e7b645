"""The inverted index: what it skips changes nothing that it finds."""

from dataclasses import dataclass

import numpy as np
import pytest

from scoring.similarity import TermStatistics, postings
from scoring.similarity.postings import SequencePostings


@dataclass(frozen=True)
class Numbers:
    """A sequence of any numbers."""

    digest: str
    numbers: tuple[int, ...]
    modality = "text"
    gram = 1

    def ids(self) -> np.ndarray:
        return np.array(self.numbers, dtype=np.int32)

    def terms(self) -> tuple[int, ...]:
        return tuple(sorted(set(self.numbers)))

    def units(self) -> int:
        return len(self.numbers)


def drawn(count: int) -> list[Numbers]:
    """Draw sequences; low numbers are frequent, and some are long and some equal."""
    dice = np.random.default_rng(count)
    made = [dice.geometric(0.02, int(dice.integers(1, 60))) for _ in range(count)]
    return [Numbers(str(place), tuple(made[place % (count - 20)].tolist())) for place in range(count)]


def plain(held: SequencePostings, every: list[Numbers], asked: Numbers, limit: int) -> list[tuple[int, float]]:
    """Rank as the index says it does, one sketch after the other."""
    weighed = held.statistics.weighed(asked)
    weight = dict(zip(weighed.terms.tolist(), weighed.rarity.tolist(), strict=True))
    rows = {term: [slot for slot, one in enumerate(every) if term in one.terms()] for term in weight}
    order = sorted((term for term in weight if rows[term]), key=lambda term: (len(rows[term]), term))
    within = [sum(len(rows[term]) for term in order[: place + 1]) <= held.budget for place in range(len(order))]
    read = order[: max(1, sum(within))]

    def common(slot: int, terms: list[int]) -> float:
        return sum((weight[term] for term in terms if slot in rows[term]), 0.0)

    def best(values: dict[int, float], most: int) -> set[int]:
        return set(sorted(values, key=lambda slot: (-values[slot], slot))[:most])

    size = {slot: min(max(1.0, sum(weight.values())), max(1.0, len(one.numbers) / 2)) for slot, one in enumerate(every)}
    so_far = {slot: common(slot, read) for term in read for slot in rows[term]}
    verified = max(limit, held.verified)
    kept = best({slot: value / size[slot] for slot, value in so_far.items()}, verified) | best(so_far, verified)
    exact = {slot: common(slot, order) for slot in kept}
    share = {slot: min(1.0, value / size[slot]) for slot, value in exact.items()}
    return sorted(
        ((slot, share[slot]) for slot in best(share, limit) | best(exact, limit)), key=lambda one: (-one[1], one[0])
    )


@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize(("budget", "sparse", "verified"), [(10**6, 0, 5), (400, 0, 12), (400, 8, 12), (60, 0, 30)])
def test_what_is_skipped_changes_nothing(monkeypatch, budget, sparse, verified, settled):
    monkeypatch.setattr(postings, "SPARSE", sparse)
    monkeypatch.setattr(postings, "SAMPLED", 2)
    monkeypatch.setattr(postings, "LOOKED_UP", 3)
    held, every = SequencePostings(TermStatistics()), drawn(150)
    held.budget, held.verified = budget, verified
    for slot, one in enumerate(every):
        held.add(slot, one)
    if settled:
        held.settle()

    for asked in every[::20]:
        found, expected = held.search(asked, 4), plain(held, every, asked, 4)

        assert [slot for slot, _ in found] == [slot for slot, _ in expected]
        assert [share for _, share in found] == pytest.approx([share for _, share in expected])


def test_what_changes_after_settling_is_seen():
    settled, fresh, every = SequencePostings(TermStatistics()), SequencePostings(TermStatistics()), drawn(60)
    for slot, one in enumerate(every[:50]):
        settled.add(slot, one)
    settled.settle()
    settled.remove(7)
    for slot, one in enumerate(every[50:], 50):
        settled.add(slot, one)
    for slot, one in enumerate(every):
        if slot != 7:
            fresh.add(slot, one)

    assert [settled.search(one, 5) for one in every] == [fresh.search(one, 5) for one in every]
    assert settled.statistics == fresh.statistics
