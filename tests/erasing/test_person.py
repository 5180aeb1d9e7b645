"""A person is erased: no row and no object tells of them, records still hold, others lose nothing."""

from __future__ import annotations

import io
from datetime import date

import pytest
from sqlalchemy import select

from creative_platform.accounts import service as accounts
from creative_platform.accounts.models import User
from creative_platform.api.models import IdempotencyKey
from creative_platform.communities import service as communities
from creative_platform.contests.models import StaffRole
from creative_platform.core import audit, clock, db, queue, receipts, signing
from creative_platform.core.audit import AuditEvent
from creative_platform.core.errors import NotFound, Unavailable
from creative_platform.core.queue import JobState
from creative_platform.core.text import ERASED, LocalizedText
from creative_platform.entries import queries as entries_queries
from creative_platform.entries import revisions
from creative_platform.entries import service as entries
from creative_platform.entries.models import Entry, EntryRevision, EntryState, Receipt, Team, TeamRole
from creative_platform.erasing.service import erase_person
from creative_platform.judging import queries as judging_queries
from creative_platform.judging import service as judging
from creative_platform.media import queries as media
from creative_platform.media import storage
from creative_platform.media.models import AssetState, MediaAsset, MediaKind
from creative_platform.results import certificate as drawing
from creative_platform.results import queries as results_queries
from creative_platform.results import service as results
from creative_platform.setup import service as setup
from creative_platform.similarity.models import EntrySketch, FileSketch, Match, MatchVerdict, Overview, Verdict
from creative_platform.similarity.service.comparing import compare
from creative_platform.uploads import service as uploads
from creative_platform.verdicts.service import give_verdict
from tests.erasing.traces import changes, counted, stored, traces_of
from tests.factories.accounts import PASSWORD, make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_asset, make_entry, make_team
from tests.factories.files import picture
from tests.factories.judging import computed, draw, full, given, seat
from tests.fixtures.people import post
from tests.media.test_old_addresses import addresses, status_of
from tests.uploads.test_uploads import planned

pytestmark = [pytest.mark.database, pytest.mark.storage]

NAME, EMAIL = "Зейнеп Өтегенқызы", "zeinep-zx@example.test"
WORDS = "Whoever bakes in the oven first must tell the story of the woman who carried flour over the pass. " * 2
OWN = "Wolves come down to the frozen river when the last lamp of the village has gone out before dawn. " * 2
SAID = (NAME, EMAIL, "zeinep", "Frozen river", "wolves come down", "портрет", "flute of hers")


@pytest.fixture
def call(app):
    """A call in which somebody else has handed in a text."""
    contest = make_contest(make_user(name="Organizer"))
    hand_in(contest, make_user(name="Rival"), WORDS, "Other")
    return contest


def hand_in(contest, owner, words: str, title: str, **given) -> Entry:
    entry = make_entry(contest, owner=owner, submitted=False, title=title, answers={"idea": words}, summary="", **given)
    entries.submit_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
    return entry


def make_person(**more) -> User:
    return make_user(name=NAME, email=EMAIL, **more)


def erase() -> dict[str, int]:
    return erase_person(None, EMAIL, really=True)


def test_no_row_and_no_object_tells_of_an_erased_person(call, store, app):
    queue.work_off()
    organizer, rival_id = call.staff[0].user, db.session().scalars(select(Entry.id)).one()
    terms, objects, before = counted(), set(store.keys("")), stored()
    person = make_person()
    actor, who = person.as_actor(), (person.id, person.public_id)
    live_in_many_ways(person, organizer)
    body = picture()
    entry = make_entry(call, owner=person, submitted=False, title="Frozen river", answers={"idea": WORDS + OWN})
    uploads.receive_plain(actor, planned(entry, body, name="Портрет.jpg"), io.BytesIO(body))
    entries.submit_entry(actor, entry.public_id, arrived_at=clock.now())
    queue.work_off()
    match = db.session().scalars(select(Match)).one()
    give_verdict(organizer.as_actor(), call, match.public_id, Verdict.SAME_WORK, reason="Wolves come down in both")
    urls, receipt = addresses(entry), db.session().scalars(select(Receipt).order_by(Receipt.id.desc())).first()
    assert {word for *_, word in traces_of(*SAID)} == set(SAID), "what is looked for was there"
    assert counted() != terms and set(store.keys("")) > objects

    tried = erase_person(None, EMAIL, really=False)
    assert {status_of(url) for url in urls} == {200} and traces_of(EMAIL)
    gone = erase()
    queue.work_off()

    assert (tried, queue.failed_jobs()) == (gone, [])
    assert {name: gone[name] for name in ("entries", "files", "matches", "API tokens", "birth dates")} == dict.fromkeys(
        ("entries", "files", "matches", "API tokens", "birth dates"), 1
    )
    assert traces_of(*SAID) == []
    assert (counted(), set(store.keys(""))) == (terms, objects)
    assert {status_of(url) for url in urls} == {404}
    assert changes(before, lambda table, row: table == "similarity_overview") == []  # when comparing last ended
    assert db.session().scalars(select(Overview.groups)).one() == []
    assert list(db.session().scalars(select(FileSketch))) == []
    assert {sketch.entry_id for sketch in db.session().scalars(select(EntrySketch))} == {rival_id}
    assert list(db.session().scalars(select(Match))) == list(db.session().scalars(select(MatchVerdict))) == []
    assert list(audit.verify()) == []
    kept = db.session().get_one(Receipt, receipt.id)
    assert receipts.problems_of_receipt_file(revisions.receipt_file(kept), signing.public_keys()) == []
    tombstone = db.session().get_one(User, who[0])
    assert (tombstone.public_id, tombstone.is_active, tombstone.is_erased) == (who[1], False, True)
    with pytest.raises(NotFound):
        entries.withdraw_entry(actor, entry.public_id)
    with pytest.raises(NotFound):
        erase_person(None, tombstone.email, really=True)


def live_in_many_ways(person, organizer) -> None:
    """Leave traces in every room there is."""
    actor, boss = person.as_actor(), organizer.as_actor()
    accounts.save_birth_date(actor, date(2009, 5, 4))
    accounts.create_api_token(actor, "zeinep's token", ["entries:read"])
    accounts.request_email(actor, "zeinep-zx-new@example.test", PASSWORD)
    text = communities.CommunityText("creative_collective", LocalizedText(en="Zeinep's"), LocalizedText())
    communities.create_community(actor, text)
    panel, staffed = make_contest(organizer), make_contest(organizer)
    judging.invite_juror(boss, panel, EMAIL)
    seat(panel, person, is_chair=True)
    setup.add_staff(boss, staffed.id, person, StaffRole.ORGANIZER)
    setup.add_staff(actor, staffed.id, make_user(), StaffRole.AUDITOR)  # a letter to somebody else says by whom
    team = make_team(panel, make_user(), person)
    with db.transaction() as s:
        s.get_one(Team, team.id).members[1].part = "The flute of hers"
    make_entry(panel, team=team)
    with db.transaction() as s:
        kept = IdempotencyKey(user_id=organizer.id, key="k", request_sha256="0", created_at=clock.now())
        kept.body = f'{{"person":"{person.public_id}","name":"{NAME}"}}'
        s.add(kept)


def test_what_others_made_with_the_person_is_theirs(call):
    person, friend = make_person(), make_user(name="Friend")
    team = make_team(call, person, friend)
    with db.transaction() as s:
        s.get_one(Team, team.id).members[0].part = "The flute of hers"
        s.get_one(Team, team.id).members[1].part = "The drum"
    entry = hand_in(call, person, WORDS, "Ours", team=team)
    asset = make_asset(entry, "pages", MediaKind.IMAGE, created_by_id=person.id)
    left_before = stored()

    gone = erase()

    kept = db.session().get_one(Entry, entry.id)
    [place] = kept.team.members
    assert (gone.get("entries"), gone["teams left to others"]) == (None, 1)
    assert (kept.state, kept.title, kept.team.name) == (EntryState.SUBMITTED, "Ours", "Friend")
    assert (place.user_id, place.role) == (friend.id, TeamRole.CAPTAIN)
    credited = entries_queries.credits_handed_in([entry.id])[entry.id]
    assert [(one.user.name, one.part) for one in credited] == [(ERASED, ""), ("Friend", "The drum")]
    assert traces_of(NAME, EMAIL, "flute of hers") == [] == list(audit.verify())
    assert db.session().get_one(MediaAsset, asset.id).state is AssetState.READY
    about_both = {"user", "team", "team_member", "entry_revision", "outbox_mail"}
    assert changes(left_before, lambda table, row: table in about_both) == []
    entries.withdraw_entry(friend.as_actor(), entry.public_id)


def test_other_words_than_were_handed_in_are_still_found(call):
    """Saying that they were erased is no way to change them."""
    entry = hand_in(call, make_person(), OWN, "Frozen river")
    revision = entries_queries.current_revision(entry)
    for document in (
        {**revisions.emptied(revision.document), "title": "Another"},
        {**revision.document, "title": ERASED},
    ):
        with db.transaction() as s:
            s.get_one(type(revision), revision.id).document = document
        assert [link.why for link in audit.verify()] == ["what it tells of was changed since"]


def test_published_results_hold_and_call_nobody_by_name(store, organizer, closed, entries, client, monkeypatch):
    winner = entries["first"].team.members[0].user
    with db.transaction() as s:
        named = s.get_one(User, winner.id)
        named.email, named.name = EMAIL, NAME
        s.get_one(Entry, entries["first"].id).revisions[0].document |= {"track": "story"}
    computed(closed, organizer)
    given(closed, organizer, entries, "first", 1)
    results.publish_results(organizer.as_actor(), closed)
    before = set(store.keys("papers/"))
    monkeypatch.setattr(drawing, "draw", lambda facts: facts["name"].encode())
    queue.work_off()
    db.session().expire_all()
    [certificate] = results_queries.certificates_of(winner.as_actor())
    paper, work, code = certificate.storage_key, entries["first"].public_id, certificate.code
    assert paper in set(store.keys("papers/"))
    with db.transaction():
        queue.enqueue(results.CERTIFICATE_JOB, certificate_id=certificate.id)  # and it is drawn once more
    published = results_queries.publication_of(closed).document

    monkeypatch.setattr(drawing, "draw", lambda facts: b"%PDF" if erase() else b"")
    queue.work_off()

    assert (set(store.keys("papers/")), queue.failed_jobs()) == (before, [])
    assert results_queries.publication_of(closed).document == published
    assert list(audit.verify()) == []
    winners = client.get(f"/contests/{closed.slug}/winners")
    assert (winners.status_code, NAME in winners.text) == (200, False)
    assert "a person whose data were erased" in winners.text and f"/entries/{work}" not in winners.text
    assert "a person whose data were erased" in client.get(f"/verify?code={code}").text
    assert client.get(f"/entries/{work}").status_code == 404
    assert client.get(f"/contests/{closed.slug}/gallery").status_code == 200


def test_what_a_juror_scored_stays_and_names_nobody(organizer):
    panel = make_contest(organizer, phase="judging", reviews_per_entry=1)
    person, work = make_person(), make_entry(panel)
    juror = seat(panel, person)
    draw(panel, organizer, work)
    [sheet] = judging_queries.assignments_in(panel.rounds[0])
    judging.write_sheet(person.as_actor(), sheet.public_id, full(comment="Moving"), arrived_at=clock.now())

    gone = erase()

    db.session().expire_all()
    [assignment] = judging_queries.assignments_in(panel.rounds[0])
    assert (gone["seats on panels"], assignment.sheet.comment) == (1, "Moving")
    assert [score.value for score in assignment.sheet.scores] == [8, 5]
    assert db.session().get_one(type(juror), juror.id).removed_at is not None
    assert traces_of(NAME, EMAIL) == [] == list(audit.verify())


def test_whoever_is_needed_is_not_erased(app, organizer):
    person = make_person()
    contest = make_contest(person)
    before = stored()
    for needed in (setup.LastOrganizer,):
        with pytest.raises(needed) as told:
            erase_person(None, EMAIL, really=True)
        assert told.value.data == {"contest": contest.slug}
    assert changes(before, lambda table, row: False) == []


def test_what_runs_while_a_person_is_erased_brings_nothing_back(call):
    person = make_person()
    actor, entry = person.as_actor(), hand_in(call, person, OWN, "Frozen river")
    rival, entry_id = db.session().scalars(select(Entry).order_by(Entry.id)).first(), entry.id

    class Found:
        a_id, b_id = rival.id, entry_id

        def stored(self):
            told = {"modality": "text", "modalities": "|text|", "probability": 0.9, "scores": {}, "measures": {}}
            return {**told, "evidence": [{"words": "Wolves come down"}], "discounted": {}}

    class Engine:
        VERSION = "1"

        @staticmethod
        def find(reading, *given):
            reading.seen.update({one.entry_id: one.id for one in db.session().scalars(select(EntryRevision))})
            erase()
            return [Found()]

        @staticmethod
        def groups(pairs):
            return [list(pair) for pair in pairs]

    compare(claimed(), entry.contest, [entry.id], Engine, whole=False)
    for late in (
        lambda: accounts.save_profile(actor, name=NAME, locale="kk", region="", settlement=""),
        lambda: entries.create_draft(actor, call.id, arrived_at=clock.arrival(), track="story"),
    ):
        with pytest.raises(NotFound):
            late()

    assert traces_of(*SAID) == []
    assert list(db.session().scalars(select(Match))) == []


def claimed() -> queue.Claim:
    """The claim of a job that runs."""
    with db.transaction() as s:
        now = clock.now()
        job = queue.Job(name="test.run", arguments={}, state=JobState.RUNNING, lease="l", created_at=now, due_at=now)
        job.sent_at, job.lease_until = now, now
        s.add(job)
        s.flush()
        return queue.Claim(job.id, "l")


def test_a_store_that_is_away_delays_the_end_and_a_killed_worker_does_not_lose_it(call, store, hands, monkeypatch):
    objects = set(store.keys(""))
    entry_id = hand_in(call, make_person(), OWN, "Frozen river").id
    key = storage.new_key("originals")
    store.put(key, b"bytes", "image/jpeg")
    make_asset(db.session().get_one(Entry, entry_id), "pages", MediaKind.IMAGE, storage_key=key)
    asked = []

    def away(self, key):
        asked.append(key)
        raise Unavailable()

    with monkeypatch.context() as patched:
        patched.setattr(storage.Storage, "delete", away)
        erase()
        for _ in range(4):
            queue.work_off()
            hands.forward(minutes=6)
    assert len(asked) == 4 and set(store.keys("")) > objects
    assert traces_of(*SAID) == []
    [asset] = db.session().scalars(select(MediaAsset).where(MediaAsset.owner_id == entry_id))
    assert (asset.state, media.asset_by_public_id(asset.public_id)) == (AssetState.ERASED, None)

    def killed(self, key):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(storage.Storage, "delete", killed)
        with pytest.raises(KeyboardInterrupt):
            queue.work_off()
    queue.work_off()

    assert (set(store.keys("")), queue.failed_jobs()) == (objects, [])


def test_the_command_says_first_what_would_go(app, call):
    hand_in(call, make_person(), OWN, "Frozen river")
    run = app.test_cli_runner().invoke

    would = run(args=["user", "erase", EMAIL.upper()])
    assert would.output.startswith("would be erased") and "1 entries" in would.output
    assert traces_of(EMAIL) != []
    done = run(args=["user", "erase", EMAIL, "--yes"])
    assert done.output.splitlines()[1:] == would.output.splitlines()[1:]
    assert run(args=["user", "erase", EMAIL, "--yes"]).exit_code == 1


def test_people_erase_themselves_with_their_password(call, sign_in):
    person = make_person()
    hand_in(call, person, OWN, "Frozen river")
    browser = sign_in(person)
    assert 'href="/account/erase"' in browser.get("/account").text

    wrong = post(browser, "/account/erase", {"password": "not this one"})
    assert (wrong.status_code, traces_of(EMAIL) == []) == (422, False)
    done = post(browser, "/account/erase", {"password": PASSWORD})

    assert (done.status_code, done.location) == (303, "/")
    assert "Your data are erased." in browser.get("/").text
    assert browser.get("/account").status_code == 303
    assert traces_of(*SAID) == [] == list(audit.verify())
    told = db.session().scalars(select(AuditEvent).where(AuditEvent.verb == "user.erased")).one()
    assert told.subject == f"user:{told.actor_public_id}"


def test_the_page_says_why_somebody_is_not_erased_yet(app, sign_in):
    person = make_person()
    make_contest(person)

    refused = post(sign_in(person), "/account/erase", {"password": PASSWORD})

    assert (refused.status_code, "A contest keeps at least one organizer" in refused.text) == (422, True)
    assert traces_of(EMAIL) != []
