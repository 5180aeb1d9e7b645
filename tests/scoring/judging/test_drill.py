"""Long checks of the promises on very many instances."""

import random
import sys

import pytest

from scoring.errors import Infeasible
from scoring.judging import assign
from tests.bench.judging.linear import Linear
from tests.scoring.judging.test_assignment import contest, largest_cover, must_not
from tests.scoring.judging.test_properties import lowered

INSTANCES = 10_000


@pytest.mark.drill
@pytest.mark.timeout(3600)
def test_assign_breaks_no_promise_on_ten_thousand_instances():
    impossible = 0
    for seed in range(INSTANCES):
        works, people, conflicts, reviews = contest(10_000 + seed, entries=random.Random(seed).randrange(1, 16))
        barred = must_not(works, people, conflicts)
        try:
            plan = assign(works, people, reviews=reviews, conflicts=conflicts, seed=seed)
        except Infeasible as error:
            impossible += 1
            assert error.available < error.needed
            assert largest_cover(works, people, barred, reviews) < reviews * len(works)
            continue
        assert len(plan.pairs) == len(set(plan.pairs)) == reviews * len(works)
        assert not set(plan.pairs) & barred
        assert all(plan.loads[p.juror_id] <= (len(works) if p.capacity is None else p.capacity) for p in people)

    sys.stdout.write(f"{INSTANCES - impossible} of {INSTANCES} assignments keep every promise, the others cannot be\n")
    assert impossible < INSTANCES


@pytest.mark.drill
@pytest.mark.timeout(7200)
def test_raising_a_mark_in_ten_thousand_panels_never_lowers_the_entry():
    found = [lowered(Linear(entries=40, jurors=10), 4, seed) for seed in range(INSTANCES)]
    counted = [bad for bad in found if bad is not None]

    sys.stdout.write(f"a raised mark lowered its entry in {sum(counted)} of {len(counted)} panels\n")
    assert not any(counted)
