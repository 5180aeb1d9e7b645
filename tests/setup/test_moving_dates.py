"""Which dates of a published contest can still move, and until when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from creative_platform.contests import queries, service
from creative_platform.contests.models import Contest, StageKind
from creative_platform.contests.values import DateValues
from creative_platform.core import clock
from creative_platform.core.db import session, transaction
from creative_platform.setup import service as setup
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.setup.test_service import NOTE, dates, edit, refused

pytestmark = pytest.mark.database


def dates_of(contest: Contest, **given) -> DateValues:
    entries, judging, announcement = (queries.stage(contest, kind) for kind in StageKind)
    kept = {
        "entries_start": entries.starts_at,
        "entries_end": entries.ends_at,
        "judging_start": judging.starts_at,
        "judging_end": judging.ends_at,
        "announcement_start": announcement.starts_at,
    }
    return DateValues(**{"timezone": contest.timezone, **kept, **given})


@pytest.mark.parametrize(
    ("moved_days", "said"),
    [(-1, "Entries are open: the close can move later, never earlier."), (-60, "The new moment must lie ahead.")],
)
def test_an_open_deadline_never_comes_nearer(app, hands, moved_days, said):
    organizer = make_user()
    contest = make_contest(organizer)
    close = queries.stage(contest, StageKind.ENTRIES).ends_at + timedelta(days=moved_days)
    start = min(queries.stage(contest, StageKind.ENTRIES).starts_at, close - timedelta(days=1))
    values = dates_of(contest, entries_end=close, entries_start=start)

    fields = refused(lambda: setup.save_dates(organizer.as_actor(), contest.id, edit(contest, NOTE), values))

    assert fields["entries_end"] == [said]


def test_an_open_deadline_may_move_later_as_a_new_version(app, hands):
    organizer = make_user()
    contest = make_contest(organizer)
    later = queries.stage(contest, StageKind.ENTRIES).ends_at + timedelta(days=2)
    values = dates_of(contest, entries_end=later, judging_start=later)

    setup.save_dates(organizer.as_actor(), contest.id, edit(contest, NOTE), values)

    newest = queries.current_rules(contest)
    assert newest.number == 2
    assert newest.document["stages"]["entries"]["ends_at"] == later.isoformat()


def test_before_the_opening_a_deadline_may_move_both_ways(app, hands):
    organizer = make_user()
    contest = make_contest(organizer, phase="before")
    sooner = queries.stage(contest, StageKind.ENTRIES).ends_at - timedelta(days=2)

    setup.save_dates(organizer.as_actor(), contest.id, edit(contest, NOTE), dates_of(contest, entries_end=sooner))

    assert queries.current_rules(contest).number == 2


def published_with_gaps(organizer) -> Contest:
    """A contest that opens tomorrow for ten days, with ten days between close and jury."""
    contest = make_contest(organizer, published=False)
    setup.save_dates(organizer.as_actor(), contest.id, edit(contest), dates())
    setup.publish_contest(organizer.as_actor(), contest.id)
    return contest


def test_a_passed_close_can_be_set_anew_until_the_jury_begins(app, hands):
    organizer = make_user()
    contest = published_with_gaps(organizer)
    hands.forward(days=15)
    closed = queries.phase(contest, clock.now())
    anew = dates_of(contest, entries_end=clock.now() + timedelta(days=1))

    setup.save_dates(organizer.as_actor(), contest.id, edit(contest, NOTE), anew)

    session().expire_all()
    assert (closed, queries.phase(contest, clock.now())) == ("closed", "open")
    assert queries.current_rules(contest).number == 2


def test_a_slow_jury_gets_more_time_until_the_announcement(app, hands):
    organizer = make_user()
    contest = make_contest(organizer, phase="judging")
    announced = queries.stage(contest, StageKind.ANNOUNCEMENT).starts_at
    hands.at(queries.stage(contest, StageKind.JUDGING).ends_at + timedelta(hours=1))
    anew = dates_of(contest, judging_end=announced)
    setup.save_dates(organizer.as_actor(), contest.id, edit(contest, NOTE), anew)

    assert queries.stage(queries.whole_contest(contest.slug), StageKind.JUDGING).ends_at == announced
    hands.at(announced + timedelta(hours=1))
    more = timedelta(days=2)
    late = dates_of(contest, judging_end=announced + more, announcement_start=announced + more)
    contest = queries.whole_contest(contest.slug)
    setup.save_dates(organizer.as_actor(), contest.id, edit(contest, NOTE), late)
    with transaction() as s:
        service.mark_announced(s.merge(contest))
    later = dates_of(contest, judging_end=announced + 2 * more, announcement_start=announced + 2 * more)
    contest = queries.whole_contest(contest.slug)
    fields = refused(lambda: setup.save_dates(organizer.as_actor(), contest.id, edit(contest, NOTE), later))
    assert list(fields) == ["stages"]


def test_a_passed_opening_and_a_begun_jury_do_not_move(app, hands):
    organizer = make_user()
    contest = published_with_gaps(organizer)
    hands.forward(days=25)
    soon = clock.now() + timedelta(days=1)
    moved = dates_of(contest, entries_start=contest.created_at, entries_end=soon, judging_start=soon)

    fields = refused(lambda: setup.save_dates(organizer.as_actor(), contest.id, edit(contest, NOTE), moved))

    assert sorted(fields) == ["entries_end", "entries_start", "judging_start"]
