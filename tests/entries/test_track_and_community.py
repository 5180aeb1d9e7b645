"""The track and the community of a started entry change on its page; nothing that was sent is lost by it."""

from __future__ import annotations

import pytest

from creative_platform.contests.models import MediaRequirement
from creative_platform.core import clock, db
from creative_platform.core.db import transaction
from creative_platform.core.errors import Invalid
from creative_platform.entries import policy, queries, service
from creative_platform.entries.models import EntryState
from creative_platform.media import queries as media
from creative_platform.media.models import MediaKind
from tests.factories.accounts import make_user
from tests.factories.communities import make_community
from tests.factories.contests import make_contest
from tests.factories.entries import make_asset, make_entry, make_team
from tests.fixtures.people import post

pytestmark = pytest.mark.database


def fresh(entry):
    db.session().expire_all()
    return queries.entry_for_member(entry.team.members[0].user.as_actor(), entry.public_id)


def missing(entry) -> list[str]:
    found = fresh(entry)
    files = service.by_field(media.assets_of(service.OWNER_TYPE, found.id))
    return [part.field for part in policy.missing_parts(found, files)]


def typed(entry, **changes) -> dict[str, str]:
    draft = entry.draft
    told = {"version": str(entry.version), "title": draft.title, "summary": "Typed just now", "language": "kk"}
    told |= {"answers.idea": "Kept", "track": draft.track.key, "community": draft.community or ""}
    return told | changes


def test_another_track_keeps_words_and_files_and_changing_back_brings_them_back(app, sign_in):
    owner = make_user()
    entry = make_entry(owner=owner, submitted=False, track="video")
    make_asset(entry, "film", MediaKind.VIDEO)
    browser, page = sign_in(owner), f"/my/entries/{entry.public_id}"
    assert (missing(entry), "Pages" in browser.get(page).text) == ([], False)

    assert post(browser, page, typed(entry, track="story")).status_code == 303
    told = browser.get(page).text
    assert "Files that only “Video” asks for are kept, not handed in" in told
    assert ("Pages" in told, "The film" in told) == (True, False)
    found = fresh(entry)
    assert (found.track.key, found.summary, found.answers["idea"]) == ("story", "Typed just now", "Kept")
    receipt = service.submit_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
    assert receipt.revision.files == []

    assert post(browser, page, typed(fresh(entry), track="video")).status_code == 303
    again = service.submit_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
    assert [file.field for file in again.revision.files] == ["film"]


def test_a_form_without_track_and_community_changes_neither(app, sign_in):
    owner = make_user()
    community = make_community(owner)
    entry = make_entry(owner=owner, submitted=False, track="video", community_id=community.id)
    old = {name: value for name, value in typed(entry).items() if name not in ("track", "community")}
    assert post(sign_in(owner), f"/my/entries/{entry.public_id}", old).status_code == 303
    assert (fresh(entry).track.key, fresh(entry).community_id) == ("video", community.id)


def test_a_file_of_a_kind_that_the_new_track_does_not_take_is_not_handed_in(app):
    contest = make_contest()
    with transaction() as s:
        story = s.merge(contest).tracks[1]
        story.requirements = [MediaRequirement(key="film", title={"en": "Stills"}, kinds=["image"], max_count=3)]
    entry = make_entry(contest, submitted=False, track="video")
    make_asset(entry, "film", MediaKind.VIDEO)
    captain = entry.team.members[0].user.as_actor()
    assert missing(entry) == []
    version = fresh(entry).version
    service.save_draft(captain, entry.public_id, version, {"track": "story"}, arrived_at=clock.now())

    assert missing(entry) == ["files.film"]
    with pytest.raises(Invalid) as refused:
        service.submit_entry(captain, entry.public_id, arrived_at=clock.now())
    [(field, [said])] = refused.value.fields.items()
    assert (field, "not taken here" in said) == ("files.film", True)
    service.save_draft(captain, entry.public_id, version + 1, {"track": "video"}, arrived_at=clock.now())
    assert missing(entry) == []


def test_the_community_of_a_member_does_not_stop_the_captain(app, sign_in):
    captain, member = make_user(), make_user()
    contest, community = make_contest(), make_community(member)
    entry = make_entry(contest, team=make_team(contest, captain, member), submitted=False)
    page = f"/my/entries/{entry.public_id}"
    assert post(sign_in(member), page, typed(entry, community=community.public_id)).status_code == 303

    browser = sign_in(captain)
    assert f'<option selected value="{community.public_id}">' in browser.get(page).text
    answer = post(browser, page, typed(fresh(entry), community=community.public_id, submit="1"))
    assert answer.headers["Location"].endswith("/receipt")
    assert (fresh(entry).community_id, fresh(entry).state) == (community.id, EntryState.SUBMITTED)


def test_nobody_enters_on_behalf_of_strangers(app, sign_in):
    captain, member = make_user(), make_user()
    contest, community = make_contest(), make_community(member)
    entry = make_entry(contest, team=make_team(contest, captain, member), submitted=False)
    foreign = {"community": make_community().public_id}
    for strange in (foreign, {"community": community.public_id}):
        with pytest.raises(Invalid):
            service.save_draft(captain.as_actor(), entry.public_id, 1, strange, arrived_at=clock.now())
    assert post(sign_in(captain), f"/my/entries/{entry.public_id}", typed(entry, **foreign)).status_code == 422
    assert fresh(entry).community_id is None


def test_a_community_whose_member_left_the_team_is_chosen_anew(app, sign_in):
    captain, member = make_user(), make_user()
    contest, community = make_contest(), make_community(member)
    entry = make_entry(contest, team=make_team(contest, captain, member), community_id=community.id, submitted=False)
    with transaction() as s:
        s.delete(s.merge(entry.team).members[1])

    page, browser = f"/my/entries/{entry.public_id}", sign_in(captain)
    answer = post(browser, page, typed(fresh(entry), submit="1"))
    assert (answer.status_code, "Nobody in the team belongs to this community" in answer.text) == (422, True)
    assert post(browser, page, typed(fresh(entry), community="", submit="1")).status_code == 303
    assert (fresh(entry).community_id, fresh(entry).state) == (None, EntryState.SUBMITTED)
