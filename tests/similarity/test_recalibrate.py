"""Verdicts are labels: they make the probabilities of this installation, with the errors before and after."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from creative_platform.core import clock, db, queue
from creative_platform.core.db import transaction
from creative_platform.entries.models import Entry
from creative_platform.similarity import service
from creative_platform.similarity.models import Calibration, Match, MatchVerdict, Verdict
from creative_platform.verdicts.report import report_of
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.matches import make_match
from tests.similarity.test_matches import COPY, STORY, told

pytestmark = pytest.mark.database


def text_measures(weight: float) -> dict[str, float]:
    share = min(1.0, weight / 200)
    found = {"containment_a": share, "containment_b": share, "shared": weight, "longest": weight, "verbatim": weight}
    return {"text": found}


def judge(contest, weight: float, verdict: Verdict) -> None:
    match = make_match(make_entry(contest), make_entry(contest), measures=text_measures(weight))
    given = MatchVerdict(match_id=match.id, contest_id=contest.id, verdict=verdict, reason="seen", decided_by_id=1)
    with transaction() as s:
        given.decided_by_id, given.decided_at = contest.staff[0].user_id, clock.now()
        s.add(given)


@pytest.fixture
def verdicts(app):
    """People of two contests who call everything below 80 letters a common phrase."""
    for _ in range(2):
        contest = make_contest()
        for n in range(12):
            judge(contest, 30.0 + 2 * n, Verdict.UNRELATED)
            judge(contest, 120.0 + 5 * n, Verdict.SHARED_MATERIAL)


def run(app, *options: str) -> str:
    answer = app.test_cli_runner().invoke(args=["similarity", "recalibrate", *options])
    assert answer.exit_code == 0, answer.output
    return str(answer.output)


def test_too_few_verdicts_change_nothing(app):
    said = run(app, "--keep").splitlines()
    assert [line.split(":")[1] for line in said] == [" too few, as shipped"] * 5
    assert db.session().scalars(select(Calibration)).all() == []


@pytest.mark.parametrize("left", [{}, {"text": {"shared": 90.0}}])
def test_verdicts_on_figures_of_an_earlier_version_say_nothing(app, verdicts, left):
    with transaction() as s:
        every = s.scalars(select(Match).order_by(Match.id)).all()
        for match in every[:30]:
            match.measures = left

    assert run(app).splitlines()[0] == "text     18 verdicts, 9 of them shared: too few, as shipped"


def test_the_errors_before_and_after_are_said_and_nothing_changes_unless_kept(app, verdicts):
    line = run(app).splitlines()[0]
    assert line.startswith("text     48 verdicts, 24 of them shared: brier ")
    before, after = line.split("brier ")[1].split(",")[0].split(" -> ")
    assert float(after) < float(before)
    assert db.session().scalars(select(Calibration)).all() == []


def test_what_was_kept_counts_from_the_next_comparing_on(app, verdicts):
    organizer = make_user()
    contest = make_contest(organizer)
    told(contest, STORY)
    told(contest, COPY)
    queue.work_off()
    own = select(Match).where(Match.entry_a_id.in_(select(Entry.id).where(Entry.contest_id == contest.id)))
    assert db.session().scalars(own).one().probability == 0.995
    run(app, "--keep")
    with transaction() as s:  # plain numbers, that can be read and changed
        kept = s.scalars(select(Calibration)).one()
        kept.models = {scope: {**model, "levels": [0.4] * len(model["levels"])} for scope, model in kept.models.items()}
    service.compare_again(organizer.as_actor(), contest)
    queue.work_off()

    db.session().expire_all()
    match = db.session().scalars(own).one()
    assert (match.probability, match.scores) == (0.4, {"text": 0.4})
    assert list(report_of(organizer.as_actor(), contest)["compared"]["calibrated_on_verdicts"]) == ["text"]

    with transaction() as s:  # of an earlier version, that took other measures
        kept = s.scalars(select(Calibration)).one()
        kept.models = {scope: {**model, "features": ["shared"]} for scope, model in kept.models.items()}
    service.compare_again(organizer.as_actor(), contest)
    queue.work_off()

    db.session().expire_all()
    assert db.session().scalars(own).one().probability == 0.995
