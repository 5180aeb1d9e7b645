"""Two at once, on databases that let them."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from creative_platform.contests.queries import contest_by_slug
from creative_platform.core import clock, db
from creative_platform.entries import revisions
from creative_platform.entries import service as entries
from creative_platform.screening import queries, service
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry

pytestmark = pytest.mark.database


def test_admitting_many_and_handing_one_of_them_in_do_not_wait_for_each_other(app, beside, monkeypatch):
    organizer, owner = make_user(), make_user()
    contest = make_contest(organizer)
    both = [make_entry(contest), make_entry(contest, owner=owner)]
    chosen, slug, late = dict.fromkeys(entry.public_id for entry in both), contest.slug, both[1].public_id
    screener, actor = organizer.as_actor(), owner.as_actor()
    admitting, handing_in = threading.Event(), threading.Event()
    tell, document_of = service.tell_team, revisions.document_of

    def after_the_first(*given: Any, **more: Any) -> None:
        admitting.set()
        handing_in.wait(2)
        tell(*given, **more)

    def while_locked(*given: Any) -> Any:
        handing_in.set()
        admitting.wait(2)
        return document_of(*given)

    monkeypatch.setattr(service, "tell_team", after_the_first)
    monkeypatch.setattr(revisions, "document_of", while_locked)
    acts = [
        beside(lambda: service.admit_entries(screener, contest_by_slug(slug), chosen)),
        beside(lambda: entries.submit_entry(actor, late, arrived_at=clock.now())),
    ]
    for act in acts:
        act.join(30)

    db.session().rollback()
    assert [act.raised for act in acts] == [None, None]
    assert len(queries.admitted_entries(contest_by_slug(slug))) == 2
