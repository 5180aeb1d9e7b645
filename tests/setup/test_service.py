"""Starting, editing and publishing a contest; the tables always are the current rules."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from creative_platform.contests import queries, rules
from creative_platform.contests.models import Contest, ContestKind, ContestStaff, FieldKind, StaffRole
from creative_platform.contests.values import (
    AwardValues,
    CriterionValues,
    DateValues,
    FieldValues,
    FileValues,
    LimitValues,
    TextValues,
    TrackValues,
    slug_of,
)
from creative_platform.core import audit, clock
from creative_platform.core.db import session
from creative_platform.core.errors import Invalid, NotAllowed, NotFound, StaleVersion, WrongState
from creative_platform.core.text import LocalizedText
from creative_platform.setup import checklist as checklist
from creative_platform.setup import service
from creative_platform.setup.service.editing import Edit
from creative_platform.setup.service.lifecycle import NotComplete, year_later
from creative_platform.setup.service.staff import LastOrganizer
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest, text
from tests.factories.entries import make_entry

pytestmark = pytest.mark.database

NOTE = LocalizedText(en="We were asked to.")


def edit(contest: Contest, note: LocalizedText | None = None) -> Edit:
    session().expire_all()
    return Edit(contest.version, note)


def dates(opens_in_days: float = 1, **given) -> DateValues:
    start = clock.now() + timedelta(days=opens_in_days)
    marks = ("entries_start", "entries_end", "judging_start", "judging_end", "announcement_start")
    spans = {mark: start + timedelta(days=10 * n) for n, mark in enumerate(marks)}
    return DateValues(**{"timezone": "Asia/Almaty", **spans, **given})


def limits(**given) -> LimitValues:
    return LimitValues(**{"max_entries_person": 3, "max_entries_team": 3, "max_team_size": 5, **given})


def refused(act) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as refusal:
        act()
    return refusal.value.fields


def new_contest(**given) -> tuple[Contest, object]:
    admin = make_user(is_admin=True).as_actor()
    return service.create_contest(admin, title=text("Steppe stories 2026"), **given), admin


def test_a_contest_is_built_and_published_step_by_step(app, hands):
    contest, actor = new_contest()
    missing_at_first = [check.part for check in checklist.missing(contest, clock.now())]

    service.save_dates(actor, contest.id, edit(contest), dates())
    service.add_track(actor, contest.id, edit(contest), TrackValues(title=text("Video")))
    service.add_file(
        actor, contest.id, edit(contest), "video", FileValues(title=text("Film"), kinds=["video"], max_size_bytes=10**8)
    )
    service.add_criterion(actor, contest.id, edit(contest), CriterionValues(title=text("Craft"), weight=2.5))
    service.add_award(actor, contest.id, edit(contest), AwardValues(title=text("Grand prix")))
    published = service.publish_contest(actor, contest.id)

    session().expire_all()
    assert contest.slug == "steppe-stories-2026"
    assert missing_at_first == ["dates", "dates", "dates", "tracks", "rubric", "awards"]
    assert (published.number, queries.phase(contest, clock.now())) == (1, "before")
    assert published.sha256 == rules.sha256_of(published.document) == rules.sha256_of(rules.document_of(contest))
    assert [track["files"][0]["key"] for track in published.document["tracks"]] == ["film"]
    assert list(audit.verify()) == []


def test_publishing_an_unfinished_contest_names_the_missing_parts(app):
    contest, actor = new_contest()

    with pytest.raises(NotComplete) as refusal:
        service.publish_contest(actor, contest.id)

    assert refusal.value.data["missing"] == ["dates", "dates", "dates", "tracks", "rubric", "awards"]
    assert queries.current_rules(contest) is None


def test_publishing_twice_is_refused(app):
    organizer = make_user()
    contest = make_contest(organizer)

    with pytest.raises(WrongState):
        service.publish_contest(organizer.as_actor(), contest.id)


def test_only_admins_and_organizers_start_contests(app):
    someone, organizer = make_user().as_actor(), make_user()
    make_contest(organizer)

    with pytest.raises(NotAllowed):
        service.create_contest(someone, title=text("Mine"))
    started = service.create_contest(organizer.as_actor(), title=text("A second one"))

    assert [staff.user_id for staff in started.staff] == [organizer.id]


def test_only_an_admin_names_another_organizer(app):
    organizer, other = make_user(), make_user()
    make_contest(organizer)

    fields = refused(lambda: service.create_contest(organizer.as_actor(), title=text("Second"), organizer=other))

    assert list(fields) == ["organizer"]


@pytest.mark.parametrize("slug", ["new", "ab", "Ab-cd", "a--b", "../etc", "a" * 61, "бук-ва", "a\x00b"])
def test_bad_addresses_are_refused(app, slug):
    assert list(refused(lambda: new_contest(slug=slug))) == ["slug"]


def test_an_address_is_used_once(app):
    new_contest(slug="steppe")

    assert list(refused(lambda: new_contest(slug="steppe"))) == ["slug"]


def test_kazakh_titles_become_addresses():
    assert slug_of("Ұлы дала әңгімелері — 2026!") == "uly-dala-angimeleri-2026"


def test_an_edit_after_publication_is_a_new_version_with_a_note(app):
    organizer = make_user()
    contest = make_contest(organizer)
    values = TextValues(kind=ContestKind.CONTEST, title=text("Renamed"))

    without_note = refused(lambda: service.save_text(organizer.as_actor(), contest.id, edit(contest), values))
    title_then = dict(contest.title)
    service.save_text(organizer.as_actor(), contest.id, edit(contest, NOTE), values)

    newest, first = queries.rules_versions(contest)
    session().expire_all()
    assert list(without_note) == ["note"]
    assert title_then == first.document["title"]
    assert (newest.number, newest.document["title"]["en"], newest.change_note) == (2, "Renamed", NOTE)
    assert newest.sha256 == rules.sha256_of(newest.document) == rules.sha256_of(rules.document_of(contest))


def test_an_edit_that_changes_nothing_makes_no_version(app):
    organizer = make_user()
    contest = make_contest(organizer)

    service.save_limits(organizer.as_actor(), contest.id, edit(contest), limits())

    assert [version.number for version in queries.rules_versions(contest)] == [1]


def test_two_tabs_do_not_overwrite_each_other(app):
    organizer = make_user()
    contest = make_contest(organizer, published=False)
    read = edit(contest)
    service.save_limits(organizer.as_actor(), contest.id, read, limits(max_team_size=7))

    with pytest.raises(StaleVersion) as refusal:
        service.save_limits(organizer.as_actor(), contest.id, read, limits(max_team_size=2))

    session().expire_all()
    assert refusal.value.data["current"] == contest.version
    assert contest.max_team_size == 7


def test_other_organizers_and_auditors_change_nothing(app):
    contest = make_contest(published=False)
    stranger, auditor = make_user(), make_user()
    make_contest(stranger)
    service.add_staff(queries.organizers_of(contest)[0].as_actor(), contest.id, auditor, StaffRole.AUDITOR)

    with pytest.raises(NotFound):
        service.save_limits(stranger.as_actor(), contest.id, edit(contest), limits(max_team_size=2))
    with pytest.raises(NotAllowed):
        service.save_limits(auditor.as_actor(), contest.id, edit(contest), limits(max_team_size=2))

    session().expire_all()
    assert contest.max_team_size == 5


def test_once_the_jury_works_its_rubric_stands_still(app, hands):
    organizer = make_user()
    contest = make_contest(organizer, phase="judging")
    values = CriterionValues(title=text("Craft"), weight=9)

    fields = refused(
        lambda: service.save_criterion(organizer.as_actor(), contest.id, edit(contest, NOTE), "craft", values)
    )

    assert fields == {"rubric": ["The jury has begun: this can no longer change."]}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"max_entries_person": 2}, "max_entries_person"),
        ({"max_team_size": 4}, "max_team_size"),
        ({"delivery_window_h": 47}, "delivery_window_h"),
        ({"members_only": True}, "members_only"),
        ({"allowed_regions": ["KZ-75"]}, "allowed_regions"),
        ({"min_age": 14}, "min_age"),
        ({"max_age": 29}, "max_age"),
        ({"drafts_readable": True}, "drafts_readable"),
        ({"blind": False}, "blind"),
    ],
)
def test_open_rules_do_not_become_stricter(app, hands, changed, field):
    organizer = make_user()
    contest = make_contest(organizer)

    fields = refused(
        lambda: service.save_limits(organizer.as_actor(), contest.id, edit(contest, NOTE), limits(**changed))
    )

    assert list(fields) == [field]


def test_open_rules_may_become_milder(app, hands):
    organizer = make_user()
    contest = make_contest(organizer, min_age=14, max_age=29, allowed_regions=["KZ-75"])

    service.save_limits(
        organizer.as_actor(),
        contest.id,
        edit(contest, NOTE),
        limits(max_team_size=9, min_age=12, allowed_regions=["KZ-75", "KZ-71"]),
    )

    assert queries.current_rules(contest).number == 2


def test_an_open_form_takes_optional_questions_only(app, hands):
    organizer = make_user()
    contest = make_contest(organizer)
    actor = organizer.as_actor()
    asked = {"kind": FieldKind.SHORT_TEXT, "label": text("School")}

    fields = refused(
        lambda: service.add_field(actor, contest.id, edit(contest, NOTE), FieldValues(**asked, required=True))
    )
    service.add_field(actor, contest.id, edit(contest, NOTE), FieldValues(**asked))

    session().expire_all()
    assert list(fields) == ["required"]
    assert [field.key for field in contest.fields] == ["idea", "link", "school"]


def test_lists_are_moved_and_shortened(app):
    organizer = make_user()
    contest = make_contest(organizer, published=False)
    actor = organizer.as_actor()

    service.move_item(actor, contest.id, edit(contest), "tracks", "story", up=True)
    service.move_item(actor, contest.id, edit(contest), "tracks", "story", up=True)
    service.remove_item(actor, contest.id, edit(contest), "form", "idea")
    service.remove_item(actor, contest.id, edit(contest), "files:video", "film")

    session().expire_all()
    assert [(track.key, track.position) for track in contest.tracks] == [("story", 0), ("video", 1)]
    assert [(field.key, field.position) for field in contest.fields] == [("link", 0)]
    assert queries.track_by_key(contest, "video").requirements == []


def test_a_track_with_entries_is_not_removed(app, hands):
    organizer = make_user()
    contest = make_contest(organizer, phase="before")
    make_entry(contest, submitted=False)

    with pytest.raises(service.InUse):
        service.remove_item(organizer.as_actor(), contest.id, edit(contest, NOTE), "tracks", "story")

    session().expire_all()
    assert [track.key for track in contest.tracks] == ["video", "story"]


def test_published_rules_stay_complete(app, hands):
    organizer = make_user()
    contest = make_contest(organizer, phase="before")
    actor = organizer.as_actor()
    first, second = [award.public_id for award in contest.awards]
    service.remove_item(actor, contest.id, edit(contest, NOTE), "awards", first)

    fields = refused(lambda: service.remove_item(actor, contest.id, edit(contest, NOTE), "awards", second))

    assert fields == {"awards": ["At least one award"]}


def test_an_award_belongs_to_a_track_of_its_own_contest(app):
    organizer = make_user()
    contest, other = make_contest(organizer, published=False), make_contest()
    values = AwardValues(title=text("Best video"), track_id=other.tracks[0].id)

    fields = refused(lambda: service.add_award(organizer.as_actor(), contest.id, edit(contest), values))

    assert list(fields) == ["track"]


def test_a_copy_is_next_years_draft(app, hands):
    organizer, second = make_user(), make_user()
    contest = make_contest(organizer, slug="stories-2026", title=text("Stories 2026"), blind=False)
    service.add_staff(organizer.as_actor(), contest.id, second, StaffRole.ORGANIZER)

    copy = service.copy_contest(second.as_actor(), contest.id)

    session().expire_all()
    old, new = rules.document_of(contest), rules.document_of(copy)
    assert (copy.slug, copy.title["en"], copy.state.value) == ("stories-2027", "Stories 2027", "draft")
    assert new["judging"].pop("draws_sha256") != old["judging"].pop("draws_sha256")
    assert (new["tracks"], new["fields"], new["judging"]) == (old["tracks"], old["fields"], old["judging"])
    assert new["stages"]["entries"]["starts_at"].replace("2027", "2026") == old["stages"]["entries"]["starts_at"]
    assert [staff.user_id for staff in copy.staff] == [second.id]
    assert copy.copied_from_id == contest.id


def test_a_leap_day_becomes_the_28th():
    leap = clock.from_timestamp(1835409600)  # 29 Feb 2028, 04:00 UTC

    assert year_later(leap, "Asia/Almaty").isoformat() == "2029-02-28T09:00:00+05:00"


def test_the_last_organizer_stays(app):
    organizer, second = make_user(), make_user()
    contest = make_contest(organizer)
    actor = organizer.as_actor()
    service.add_staff(actor, contest.id, second, StaffRole.AUDITOR)
    mine = session().scalars(select(ContestStaff).where(ContestStaff.user_id == organizer.id)).one()

    with pytest.raises(LastOrganizer):
        service.remove_staff(actor, contest.id, mine.id)

    assert [staff.role for staff in queries.staff_of(contest)] == [StaffRole.ORGANIZER, StaffRole.AUDITOR]


def test_staff_of_another_contest_are_not_removed(app):
    organizer, other = make_user(), make_user()
    contest, foreign = make_contest(organizer), make_contest(other)
    service.add_staff(other.as_actor(), foreign.id, make_user(), StaffRole.ORGANIZER)
    theirs = queries.staff_of(foreign)[0]

    with pytest.raises(NotFound):
        service.remove_staff(organizer.as_actor(), contest.id, theirs.id)

    assert len(queries.staff_of(foreign)) == 2


def test_after_the_announcement_only_texts_are_mended(app, hands):
    organizer = make_user()
    contest = make_contest(organizer, phase="judging", announced_at=clock.now())
    actor = organizer.as_actor()

    fields = refused(lambda: service.save_limits(actor, contest.id, edit(contest, NOTE), limits(max_team_size=9)))
    service.save_text(
        actor, contest.id, edit(contest, NOTE), TextValues(kind=ContestKind.CONTEST, title=text("A typo less"))
    )

    assert list(fields) == ["limits"]
    assert queries.current_rules(contest).document["title"]["en"] == "A typo less"


def test_of_two_edits_at_once_one_is_kept(app):
    organizer = make_user()
    contest = make_contest(organizer)
    actor, contest_id, read = organizer.as_actor(), contest.id, edit(contest, NOTE)
    session().rollback()
    together = threading.Barrier(2)

    def save(size: int) -> str:
        with app.app_context():
            together.wait()
            try:
                service.save_limits(actor, contest_id, read, limits(max_team_size=size))
            except StaleVersion:
                return "stale"
            return "kept"

    with ThreadPoolExecutor(2) as people:
        answers = sorted(people.map(save, (7, 8)))

    session().expire_all()
    assert answers == ["kept", "stale"]
    assert [version.number for version in queries.rules_versions(contest)] == [2, 1]
    assert list(audit.verify()) == []
