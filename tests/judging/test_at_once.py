"""Two at once, on databases that let them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from creative_platform.contests.queries import contest_by_slug
from creative_platform.core import clock, db, queue
from creative_platform.core.errors import StaleVersion
from creative_platform.entries import revisions
from creative_platform.entries import service as entries
from creative_platform.judging import engine, queries, service
from creative_platform.judging.models import Assignment, AssignmentState, Scoresheet
from creative_platform.judging.service import SheetChanges, sheets
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, drawn, give_marks, seat

pytestmark = pytest.mark.database


def test_who_is_removed_while_a_drawing_is_computed_is_given_nothing(app, beside, monkeypatch):
    organizer = make_user()
    contest = make_contest(organizer, phase="judging", reviews_per_entry=2)
    gone = [seat(contest, make_user()) for _ in range(3)][0]
    admit(*(make_entry(contest) for _ in range(4)))
    service.draw_assignments(organizer.as_actor(), contest)
    actor, slug, gone_id, public_id = organizer.as_actor(), contest.slug, gone.id, gone.public_id
    plan, removing = engine.plan, []

    def meanwhile(**given: Any) -> Any:
        removing.append(beside(lambda: service.remove_juror(actor, contest_by_slug(slug), public_id)))
        removing[0].join(2)  # SQLite lets nobody write meanwhile
        return plan(**given)

    monkeypatch.setattr(engine, "plan", meanwhile)
    queue.work_off()
    removing[0].join(30)

    db.session().rollback()
    given = list(db.session().scalars(select(Assignment).order_by(Assignment.id)))
    assert (removing[0].raised, len(given)) == (None, 8)
    assert {a.state for a in given if a.juror_id == gone_id} == {AssignmentState.RECUSED}
    assert queries.jurors_of(contest_by_slug(slug)) != []


def test_a_round_closes_after_what_is_being_handed_in(app, beside, monkeypatch):
    organizer, owner = make_user(), make_user()
    contest = make_contest(organizer, phase="open")
    entry = make_entry(contest, owner=owner)
    give_marks(contest, {"first": entry})
    actor, slug, document_of, waited = organizer.as_actor(), contest.slug, revisions.document_of, []

    def meanwhile(*given: Any) -> Any:
        if not waited:
            closing = beside(lambda: service.close_round(actor, contest_by_slug(slug)))
            closing.join(2)
            waited.append((closing, closing.is_alive()))
        return document_of(*given)

    changes = {"title": "Anew"}
    entries.save_draft(owner.as_actor(), entry.public_id, 1, changes, arrived_at=clock.now())
    monkeypatch.setattr(revisions, "document_of", meanwhile)
    entries.submit_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
    [(closing, stood_back)] = waited
    closing.join(30)

    db.session().rollback()
    assert (stood_back, closing.raised) == (True, None)
    assert contest_by_slug(slug).rounds[0].closed_at is not None


def test_of_two_saves_of_one_sheet_at_once_the_second_is_told(app, beside, monkeypatch):
    organizer, juror = make_user(), make_user()
    contest = make_contest(organizer, phase="judging", reviews_per_entry=1)
    seat(contest, juror)
    drawn(contest, organizer, 1)
    [assignment] = queries.assignments_of(juror.as_actor())
    actor, public_id, second = juror.as_actor(), assignment.public_id, []
    refuse_wrong = sheets._refuse_wrong

    def save(mark: int) -> Any:
        return service.write_sheet(actor, public_id, SheetChanges(0, {"craft": mark}), arrived_at=clock.now())

    def while_the_second_comes(*given: Any) -> None:
        if not second:  # the first save, which has read the version and not stored anything yet
            second.append(beside(lambda: save(2)))
            second[0].join(2)  # it waits
        refuse_wrong(*given)

    monkeypatch.setattr(sheets, "_refuse_wrong", while_the_second_comes)
    save(9)
    second[0].join(30)

    db.session().rollback()
    sheet = db.session().scalars(select(Scoresheet)).one()
    assert isinstance(second[0].raised, StaleVersion)
    assert ([score.value for score in sheet.scores], sheet.version) == ([9], 1)
