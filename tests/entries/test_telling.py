"""Who is told of what concerns a contest's entries."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from creative_platform.contests.values import LimitValues
from creative_platform.core import db, queue
from creative_platform.core.text import LocalizedText
from creative_platform.entries.models import EntryState
from creative_platform.entries.service import telling
from creative_platform.notices import rendering
from creative_platform.notices.models import OutboxMail
from creative_platform.setup import service as setup
from creative_platform.setup.service.editing import Edit
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry, make_team

pytestmark = pytest.mark.database


def change_rules(organizer, contest) -> None:
    limits = LimitValues(max_entries_person=3, max_entries_team=3, max_team_size=9)
    note = LocalizedText(en="Larger teams", ru="Команды больше")
    setup.save_limits(organizer.as_actor(), contest.id, Edit(contest.version, note), limits)
    queue.work_off()


def letters() -> dict[str, OutboxMail]:
    db.session().rollback()
    rows = db.session().scalars(select(OutboxMail).where(OutboxMail.kind == "entries.rules_changed")).all()
    told = {mail.to_email: mail for mail in rows}
    assert len(told) == len(rows)
    return told


def test_everybody_with_an_entry_is_told_once_that_the_rules_changed(app, monkeypatch):
    monkeypatch.setattr(telling, "AT_ONCE", 2)
    organizer, captain, mate, drafter = make_user(), make_user(locale="ru"), make_user(), make_user()
    gone, left, foreign = make_user(), make_user(is_active=False), make_user()
    contest = make_contest(organizer)
    team = make_team(contest, captain, mate, left)
    make_entry(contest, team=team)
    make_entry(contest, team=team)
    make_entry(contest, owner=drafter, submitted=False)
    make_entry(contest, owner=gone, state=EntryState.WITHDRAWN)
    make_entry(make_contest(), owner=foreign)

    change_rules(organizer, contest)

    told = letters()
    assert set(told) == {captain.email, mate.email, drafter.email}
    letter = rendering.render("entries.rules_changed", "ru", told[captain.email].data)
    assert "Команды больше" in letter.body
    assert f"/contests/{contest.slug}/rules" in letter.body
    assert "Larger teams" in rendering.render("entries.rules_changed", "en", told[mate.email].data).body


def test_a_contest_without_entries_tells_nobody(app):
    organizer = make_user()
    change_rules(organizer, make_contest(organizer))

    assert letters() == {}
    assert queue.failed_jobs() == []
