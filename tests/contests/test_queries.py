"""Which contests a list shows, where a contest stands."""

from __future__ import annotations

from datetime import timedelta

import pytest

from creative_platform.contests import policy, queries
from creative_platform.contests.models import StageKind
from creative_platform.core import clock
from creative_platform.core.db import session
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest

pytestmark = pytest.mark.database


def test_a_contest_passes_through_its_phases(app, hands):
    contest = make_contest(phase="before")
    entries, judging, announcement = (queries.stage(contest, kind) for kind in StageKind)
    moments = [entries.starts_at, entries.ends_at, judging.starts_at, judging.ends_at, announcement.starts_at]

    just_before = [queries.phase(contest, at - timedelta(microseconds=1)) for at in moments]
    at_once = [queries.phase(contest, at) for at in moments]

    assert just_before == ["before", "open", "open", "judging", "judged"]
    assert at_once == ["open", "judging", "judging", "judged", "judged"], "a date announces nothing"
    contest.announced_at = entries.starts_at
    assert queries.phase(contest, announcement.starts_at) == "announced"
    assert queries.phase(make_contest(published=False), clock.now()) == "draft"


def test_lists_show_published_contests_of_their_phase(app, hands):
    made = {phase: make_contest(phase=phase).slug for phase in ("before", "open", "judging", "over")}
    make_contest(published=False)

    listed = [
        [contest.slug for contest in found]
        for found, total in (queries.open_contests(), queries.upcoming_contests(), queries.closed_contests())
    ]

    assert listed == [[made["open"]], [made["before"]], [made["judging"], made["over"]]]


@pytest.mark.parametrize("number", [1, 3])
def test_a_list_costs_the_same_queries_for_any_length(app, count_queries, number):
    for _ in range(number):
        make_contest()

    with count_queries() as seen:
        found, total = queries.open_contests()
        [(contest.stages, contest.tracks) for contest in found]

    assert (total, len(found), len(seen)) == (number, number, 4)


def test_a_whole_contest_loads_in_a_constant_number_of_queries(app, count_queries):
    slug = make_contest().slug

    session().expunge_all()

    with count_queries() as seen:
        contest = queries.whole_contest(slug)
        [track.requirements for track in contest.tracks]
        [round_.criteria for round_ in contest.rounds]
        policy.can_manage(None, contest)

    assert len(seen) == 9


def test_a_draft_is_unknown_to_the_public_and_to_other_organizers(app):
    organizer, other = make_user(), make_user()
    draft = make_contest(organizer, published=False)
    make_contest(other)

    assert queries.published_contest(draft.slug) is None
    assert queries.contest_for_staff(other.as_actor(), draft.slug) is None
    assert queries.contest_for_staff(None, draft.slug) is None
    assert queries.contest_for_staff(organizer.as_actor(), draft.slug) is draft
