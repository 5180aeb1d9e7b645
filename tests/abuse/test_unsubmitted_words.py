"""What a team changed after handing in is the team's alone until it is handed in again. AC02, AC40, AC46."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from creative_platform.core import clock, db, queue
from creative_platform.core.db import transaction
from creative_platform.core.text import LocalizedText
from creative_platform.entries import service
from creative_platform.entries.models import Entry, EntryState
from creative_platform.judging import service as judging
from creative_platform.judging.models import Assignment
from creative_platform.media.models import AssetState, MediaAsset, MediaProxy
from creative_platform.results import service as results
from tests.factories.accounts import make_user
from tests.factories.communities import make_community
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, computed, give_marks, seat

pytestmark = pytest.mark.database
MARK = "zx-unsubmitted"


@pytest.fixture
def owner(app):
    return make_user()


@pytest.fixture
def contest(organizer):
    return make_contest(organizer, phase="open", reviews_per_entry=1)


@pytest.fixture
def entry(contest, owner) -> Entry:
    """An entry that was handed in and admitted, and then changed in everything."""
    community = make_community(owner, name=MARK)
    made = make_entry(contest, owner=owner, title="As handed in")
    admit(made)
    changes = {"title": f"Title {MARK}", "summary": MARK, "language": "ru", "track": "video"}
    changes |= {"answers": {"idea": MARK}, "community": community.public_id}
    service.save_draft(owner.as_actor(), made.public_id, made.version, changes, arrived_at=clock.now())
    give_film(made)
    return made


def give_film(entry: Entry) -> None:
    with transaction() as s:
        asset = MediaAsset(
            owner_type="entry",
            owner_id=entry.id,
            field="film",
            filename="film.mp4",
            filename_salt="0" * 32,
            content_type="video/mp4",
            size_bytes=9,
            kind="video",
            state=AssetState.READY,
            storage_key="originals/film",
            created_at=clock.now(),
        )
        poster = {"name": "poster.jpg", "content_type": "image/jpeg", "size_bytes": 1, "width": 9, "height": 9}
        asset.proxies.append(MediaProxy(**poster, storage_key=f"derived/{MARK}"))
        s.add(asset)


def test_the_team_reads_what_it_wrote(entry, owner, sign_in):
    page = sign_in(owner).get(f"/my/entries/{entry.public_id}").text
    assert (page.count(f"Title {MARK}") > 1, "As handed in" in page) == (True, False)
    assert f"Title {MARK}" in sign_in(owner).get("/my").text


def test_staff_reads_what_was_handed_in(entry, contest, organizer, sign_in):
    browser, below = sign_in(organizer), f"/manage/{contest.slug}"
    pages = [f"{below}/entries", f"{below}/entries/{entry.public_id}", f"{below}/export/entries.csv"]
    for page in pages:
        text = browser.get(page).text
        assert (page, MARK in text, "As handed in" in text) == (page, False, True)
    assert "As handed in" not in browser.get(f"{below}/entries?words={MARK}").text
    assert "As handed in" in browser.get(f"{below}/entries?track=story").text


def test_jurors_winners_and_certificates_show_what_was_handed_in(
    entry, contest, organizer, sign_in, client, hands, store
):
    juror = make_user()
    seat(contest, juror)
    hands.at(contest.stages[1].starts_at)
    judging.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()
    assignment = db.session().scalars(select(Assignment)).one()
    for page in ("/jury", f"/jury/{assignment.public_id}"):
        text = sign_in(juror).get(page).text
        assert (page, MARK in text, "As handed in" in text) == (page, False, True)

    give_marks(contest, {"first": entry})
    judging.close_round(organizer.as_actor(), contest)
    computed(contest, organizer)
    award = next(award for award in contest.awards if award.track_id is None)
    results.decide(
        organizer.as_actor(), contest, award=award.public_id, entry=entry.public_id, reason=LocalizedText(en="Best")
    )
    staff = sign_in(organizer)
    below = f"/manage/{contest.slug}"
    for page in ("results", "results/protocol", "announce", "progress", "export/results.csv"):
        text = staff.get(f"{below}/{page}").text
        assert (page, MARK in text, "As handed in" in text) == (page, False, True)
    results.publish_results(organizer.as_actor(), contest)
    for page in ("/", f"/contests/{contest.slug}/winners", f"/contests/{contest.slug}/gallery"):
        text = client.get(page).text
        assert (page, MARK in text, "As handed in" in text) == (page, False, True)


def test_handing_in_again_makes_it_everybodys(entry, owner):
    service.save_draft(owner.as_actor(), entry.public_id, entry.version, {"track": "story"}, arrived_at=clock.now())
    service.submit_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
    assert (entry.title, entry.summary, entry.language) == (f"Title {MARK}", MARK, "ru")
    assert (entry.answers["idea"], entry.community.name["en"], entry.edits) == (MARK, MARK, {})
    assert MARK in entry.search_text


def test_a_revived_entry_is_a_draft_with_what_was_written_last(entry, owner):
    service.withdraw_entry(owner.as_actor(), entry.public_id)
    service.revive_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
    assert (entry.state, entry.title, entry.track.key) == (EntryState.DRAFT, f"Title {MARK}", "video")


def test_programs_of_staff_get_no_draft_that_was_withdrawn(contest, organizer, owner, program):
    draft = make_entry(contest, owner=owner, submitted=False, title=MARK)
    service.withdraw_entry(owner.as_actor(), draft.public_id)
    address = f"/manage/contests/{contest.slug}/entries"
    assert program(organizer).get(address).json["items"] == []


def test_what_is_handed_in_again_is_what_the_receipt_proves(contest, owner):
    first, second = make_community(owner, name="First"), make_community(owner, name="Second")
    made = make_entry(contest, owner=owner)
    for community, track in ((first, "video"), (second, "story")):
        changes = {"community": community.public_id, "track": track}
        service.save_draft(owner.as_actor(), made.public_id, made.version, changes, arrived_at=clock.now())
        if track == "video":
            give_film(made)
        service.submit_entry(owner.as_actor(), made.public_id, arrived_at=clock.now())

    handed_in = [(r.document["community"], r.document["track"]) for r in made.revisions[1:]]
    assert handed_in == [(first.public_id, "video"), (second.public_id, "story")]
