"""Who is erased, or erases others, to gain by it or to leave something behind: by names, addresses and at the instant.

Verbs whose actor was let in before are called as a request does that was under way.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from creative_platform.accounts import passwords
from creative_platform.accounts import queries as accounts_queries
from creative_platform.accounts import service as accounts
from creative_platform.accounts.models import SignIn, TokenPurpose, User
from creative_platform.accounts.service import one_time
from creative_platform.api.models import IdempotencyKey
from creative_platform.communities import service as communities
from creative_platform.communities.models import Community
from creative_platform.contests.models import Contest, ContestState, StaffRole
from creative_platform.core import clock, db
from creative_platform.core.errors import NotFound, Throttled
from creative_platform.core.queue import Job, JobState
from creative_platform.core.text import LocalizedText
from creative_platform.entries import service as entries
from creative_platform.entries.service import erasing as of_entries
from creative_platform.erasing.service import StillWorkedOn, contest, erase_contest, erase_oneself, erase_person
from creative_platform.judging import service as judging
from creative_platform.judging.models import JurorInvite
from creative_platform.notices.models import OutboxMail
from creative_platform.setup import service as setup
from tests.erasing.test_person import EMAIL, NAME, SAID, erase, make_person
from tests.erasing.traces import changes, stored, traces_of
from tests.factories.accounts import PASSWORD, make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry

pytestmark = pytest.mark.database

THEIRS = communities.CommunityText("creative_collective", LocalizedText(en="Zeinep's"), LocalizedText())


@pytest.fixture
def organizer(app):
    return make_user(name="Organizer")


def rows() -> dict[str, int]:
    return {table: len(kept) for table, kept in stored().items()}


def test_a_community_goes_with_the_only_entry_on_its_behalf(organizer):
    person = make_person()
    behind = communities.create_community(person.as_actor(), THEIRS)
    make_entry(make_contest(organizer), owner=person, community_id=behind.id)

    erase()

    assert db.session().scalars(select(Community)).all() == [] == traces_of("zeinep")


def test_a_name_that_is_a_word_of_other_things_takes_nothing_along(organizer):
    person, friend = make_user(name="organizer", email=EMAIL), make_user()
    setup.add_staff(organizer.as_actor(), make_contest(organizer).id, friend, StaffRole.ORGANIZER)
    bodies = ['{"role":"organizer"}', f'{{"members":[{{"person":"{person.public_id}","name":"As she was called"}}]}}']
    with db.transaction() as s:
        for body in bodies:
            kept = IdempotencyKey(user_id=friend.id, key=body[:9], request_sha256="0", created_at=clock.now())
            kept.body = body
            s.add(kept)

    erase()

    assert db.session().scalars(select(IdempotencyKey.body)).all() == bodies[:1]
    assert db.session().scalars(select(OutboxMail.data)).one()["role"] == "organizer"


def test_addresses_that_a_person_had_before_go_unless_they_are_somebody_elses_now(organizer):
    person, jury = make_user(name=NAME, email="zeinep-1@example.test"), make_contest(organizer, phase="judging")
    for number in (1, 2):
        judging.invite_juror(organizer.as_actor(), jury, f"zeinep-{number}@example.test")
        with db.transaction() as s:
            secret = one_time.make(person, TokenPurpose.VERIFY_EMAIL, f"zeinep-{number + 1}@example.test")
            s.execute(OutboxMail.__table__.update().values(user_id=None).where(OutboxMail.kind == "judging.invited"))
        accounts.confirm_email(person.as_actor(), secret)
    accounts.request_email(person.as_actor(), "somebody@example.test", PASSWORD)  # and never proves that it is theirs
    judging.invite_juror(organizer.as_actor(), jury, "somebody@example.test")
    make_user(email="zeinep-2@example.test")

    erase_person(None, "zeinep-3@example.test", really=True)

    kept = {"zeinep-2@example.test", "somebody@example.test"}
    assert set(db.session().scalars(select(JurorInvite.email))) == kept
    assert set(db.session().scalars(select(OutboxMail.to_email))) == kept
    assert traces_of("zeinep-1", "zeinep-3", NAME) == []


def test_requests_under_way_write_nothing_about_who_was_erased_meanwhile(organizer):
    person, friend = make_person(), make_user()
    actor, boss = person.as_actor(), organizer.as_actor()
    call, jury = make_contest(organizer), make_contest(organizer, phase="judging")
    link = communities.create_invite(
        friend.as_actor(), communities.create_community(friend.as_actor(), THEIRS).public_id
    )
    team = entries.invite_member(friend.as_actor(), make_entry(call, owner=friend).public_id)
    seat = judging.invite_juror(boss, jury, EMAIL)
    with db.transaction() as s:
        s.get_one(User, person.id).is_admin = True
    admin = accounts_queries.user_by_email(EMAIL).as_actor()
    make_user(is_admin=True)
    acts = [
        lambda: accounts.create_api_token(actor, "zeinep's token", ["entries:read"]),
        lambda: communities.create_community(actor, THEIRS),
        lambda: communities.join(actor, link.rsplit("/", 1)[1]),
        lambda: judging.accept_invite(actor, seat),
        lambda: entries.create_draft(actor, call.id, arrived_at=clock.now(), track="story"),
        lambda: entries.accept_invite(actor, team, part="The flute of hers"),
        lambda: setup.add_staff(boss, call.id, db.session().get_one(User, actor.id), StaffRole.ORGANIZER),
        lambda: setup.create_contest(admin, title=LocalizedText(en="Zeinep's", kk="Zeinep's", ru="Zeinep's")),
        lambda: setup.become_organizer(admin, call.id, "Zeinep says so"),
    ]
    erase()
    before = rows()

    for act in acts:
        with pytest.raises(NotFound):
            act()

    assert rows() == before


def test_a_password_changed_while_its_owner_is_erased_signs_nobody_in(app, monkeypatch):
    person, hashed = make_person(), passwords.hash_password

    def meanwhile(password: str) -> str:
        erase()
        return hashed(password)

    monkeypatch.setattr(passwords, "hash_password", meanwhile)
    with pytest.raises(NotFound):
        accounts.change_password(person.as_actor(), PASSWORD, "four quiet rivers north", user_agent="Zeinep's phone")

    left = db.session().scalars(select(User)).one()
    assert (left.password_hash, db.session().scalars(select(SignIn)).all()) == ("", [])


def beside_once(beside: Any, before: Any, act: Any, begun: list[Any]) -> Any:
    """Return ``before`` so that at its first call somebody else begins to act, who is given half a second."""

    def meanwhile(*given: Any) -> Any:
        if not begun:
            begun.append(beside(act))
            begun[0].join(0.5)
        return before(*given)

    return meanwhile


def test_a_draft_begun_at_the_instant_of_an_erasing_waits_for_it(organizer, beside, monkeypatch):
    person, call_id, begun = make_person(), make_contest(organizer).id, []
    actor, teams = person.as_actor(), of_entries._strike_out_parts  # every team of the person was looked for

    def start() -> None:
        entries.create_draft(actor, call_id, arrived_at=clock.now(), track="story", title="Frozen river")

    monkeypatch.setattr(of_entries, "_strike_out_parts", beside_once(beside, teams, start, begun))
    erase()
    begun[0].join(30)

    assert isinstance(begun[0].raised, NotFound)
    assert traces_of(*SAID) == []


def test_a_draft_begun_while_its_contest_is_erased_is_told(organizer, beside, monkeypatch):
    call, person, begun = make_contest(organizer, slug="steppe"), make_user(), []
    actor, call_id, below = person.as_actor(), call.id, contest._rows_below

    def start() -> None:
        entries.create_draft(actor, call_id, arrived_at=clock.now(), track="story")

    monkeypatch.setattr(contest, "_rows_below", beside_once(beside, below, start, begun))
    erase_contest(None, "steppe", really=True)
    begun[0].join(30)

    assert isinstance(begun[0].raised, NotFound)


def test_a_contest_is_not_erased_under_the_hands_of_a_job(organizer):
    held = make_contest(organizer, slug="steppe", state=ContestState.ARCHIVED)
    make_entry(held)
    hand_over = {"name": "media.check_asset", "state": JobState.RUNNING, "lease": "l", "created_at": clock.now()}
    with db.transaction() as s:
        job = Job(**hand_over, arguments={"contest_id": held.id}, due_at=clock.now(), sent_at=clock.now())
        job.lease_until = clock.in_seconds(60)
        s.add(job)
    before = stored()

    with pytest.raises(StillWorkedOn):
        erase_contest(None, "steppe", really=True)
    assert changes(before, lambda table, row: False) == []

    with db.transaction() as s:  # and whose worker died
        s.scalars(select(Job).where(Job.lease == "l")).one().lease_until = clock.now()
    erase_contest(None, "steppe", really=True)
    assert db.session().scalars(select(Contest)).all() == []
    assert db.session().scalars(select(Job).where(Job.lease == "l")).all() == []


def test_passwords_are_not_tried_out_where_people_erase_themselves(app):
    person = make_person()
    for number in range(10):
        with pytest.raises(Exception, match="invalid"):
            erase_oneself(person.as_actor(), f"guess {number}")

    with pytest.raises(Throttled):
        erase_oneself(person.as_actor(), PASSWORD)
    assert traces_of(EMAIL) != []
