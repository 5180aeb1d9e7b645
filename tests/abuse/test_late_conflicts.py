"""Who gets a part in an entry after it was given to them scores it no more, and what they gave does not count. AC11."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from creative_platform.communities.models import CommunityMember
from creative_platform.core import clock, db, queue
from creative_platform.core.db import transaction
from creative_platform.core.errors import Conflict
from creative_platform.entries.models import TeamMember
from creative_platform.judging import queries, service
from creative_platform.judging.models import Assignment, AssignmentState
from creative_platform.judging.service import SheetChanges
from creative_platform.results import queries as results
from creative_platform.results import service as results_service
from tests.factories.accounts import make_user
from tests.factories.communities import make_community
from tests.factories.entries import make_entry
from tests.factories.judging import admit, seat
from tests.fixtures.people import post

pytestmark = pytest.mark.database
FULL = SheetChanges(version=0, scores={"craft": 9, "meaning": 9}, submit=True)


@pytest.fixture
def community(app):
    return make_community()


@pytest.fixture
def given(contest, organizer, community):
    """One entry of a community's, in the hands of two jurors; the first one's assignment and the second one's."""
    for _ in range(2):
        seat(contest, make_user())
    admit(make_entry(contest, community_id=community.id))
    service.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()
    return list(db.session().scalars(select(Assignment).order_by(Assignment.id)))


def join_team(assignment: Assignment) -> None:
    with transaction() as s:
        s.add(TeamMember(team_id=assignment.entry.team_id, user_id=assignment.juror.user_id, joined_at=clock.now()))
    db.session().expire_all()


def join_community(assignment: Assignment) -> None:
    with transaction() as s:
        who = {"community_id": assignment.entry.community_id, "user_id": assignment.juror.user_id}
        s.add(CommunityMember(**who, joined_at=clock.now()))


@pytest.mark.parametrize("join", [join_team, join_community])
def test_who_joined_after_the_drawing_scores_no_more(given, join, sign_in):
    late, other = given
    join(late)
    browser, page = sign_in(late.juror.user), f"/jury/{late.public_id}"
    marks = {"version": "0", "scores.craft": "9", "scores.meaning": "9", "action": "submit"}
    assert post(browser, page, marks).status_code == 409
    assert '<fieldset class="plain" disabled>' in browser.get(page).text
    with pytest.raises(Conflict):
        service.write_sheet(late.juror.user.as_actor(), late.public_id, FULL, arrived_at=clock.now())
    assert service.write_sheet(other.juror.user.as_actor(), other.public_id, FULL, arrived_at=clock.now()).version == 1


@pytest.mark.parametrize("join", [join_team, join_community])
def test_a_sheet_given_before_joining_does_not_count(given, join, contest, organizer):
    late, other = given
    for assignment in given:
        service.write_sheet(assignment.juror.user.as_actor(), assignment.public_id, FULL, arrived_at=clock.now())
    join(late)
    service.close_round(organizer.as_actor(), contest)
    assert (late.state, other.state) == (AssignmentState.RECUSED, AssignmentState.DONE)

    results_service.compute_results(organizer.as_actor(), contest, "mean")
    queue.work_off()
    found = results.newest_result_set(contest)
    assert found is not None
    assert [row.reviews for row in found.rows] == [1]


def test_a_new_drawing_gives_the_entry_to_somebody_else(given, contest, organizer):
    late, other = given
    third = seat(contest, make_user())
    join_team(late)
    service.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()
    standing = [a for a in queries.assignments_in(contest.rounds[0]) if a.state is not AssignmentState.RECUSED]
    assert sorted(a.juror_id for a in standing) == sorted([other.juror_id, third.id])
