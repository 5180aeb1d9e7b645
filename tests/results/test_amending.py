"""After the announcement: nothing changes silently; an entry that did not hold is taken out in the open."""

from __future__ import annotations

import hashlib
import json

import pytest
from sqlalchemy import select

from creative_platform.contests.models import ContestStaff, StaffRole
from creative_platform.core import audit, clock, db, queue, signing
from creative_platform.core.errors import Conflict, Invalid, NotAllowed, NotFound, WrongState
from creative_platform.core.text import LocalizedText
from creative_platform.entries import service as entry_verbs
from creative_platform.entries.models import Entry, EntryState, ScreeningOutcome
from creative_platform.notices import rendering
from creative_platform.notices.models import OutboxMail
from creative_platform.results import queries, service
from creative_platform.results.engine import verify
from creative_platform.results.models import Certificate, Publication
from creative_platform.screening import service as screening
from tests.factories.accounts import make_user
from tests.factories.entries import make_entry
from tests.factories.judging import admit, computed, given
from tests.fixtures.people import post

pytestmark = pytest.mark.database


@pytest.fixture
def announced(closed, organizer, entries, store):
    computed(closed, organizer)
    given(closed, organizer, entries, "first", 0)
    given(closed, organizer, entries, "first", 1)
    given(closed, organizer, entries, "second", 1)
    service.publish_results(organizer.as_actor(), closed)
    queue.work_off()
    db.session().expire_all()
    return closed


def captain(entry: Entry):
    return entry.team.members[0].user


def test_an_entry_with_two_awards_gets_one_mail_that_lists_both_and_two_certificates(announced, entries):
    winner, second, third = (captain(entries[title]) for title in ("first", "second", "third"))
    mails = [mail for mail in db.session().scalars(select(OutboxMail)) if mail.kind.startswith("results.")]

    assert sorted((mail.user_id, mail.kind) for mail in mails) == sorted(
        [(winner.id, "results.won"), (second.id, "results.won"), (third.id, "results.published")]
    )
    for locale, lines in (
        ("en", ["- Grand prix", "- First place"]),
        ("kk", ["- Grand prix (kk)", "- First place (kk)"]),
        ("ru", ["- Grand prix (ru)", "- First place (ru)"]),
    ):
        [won] = [mail for mail in mails if mail.user_id == winner.id]
        body = rendering.render(won.kind, locale, won.data).body
        assert [line for line in body.splitlines() if line.startswith("- ")] == lines
    certificates = list(db.session().scalars(select(Certificate).where(Certificate.user_id == winner.id)))
    assert len({certificate.decision.award_id for certificate in certificates}) == 2
    assert all(certificate.storage_key for certificate in certificates)


def test_after_the_announcement_nobody_withdraws_screens_or_disqualifies(announced, organizer, entries):
    entry, actor = entries["first"], organizer.as_actor()
    with pytest.raises(NotAllowed, match="not_allowed") as refused:
        entry_verbs.withdraw_entry(captain(entry).as_actor(), entry.public_id)
    assert "results are published" in refused.value.message
    for outcome in ScreeningOutcome:
        with pytest.raises(WrongState) as refused:
            screening.screen_entry(actor, announced, entry.public_id, outcome, reason="so")
        assert "screening is over" in refused.value.message
    with pytest.raises(WrongState):
        screening.admit_entries(actor, announced, {entry.public_id: None})
    with pytest.raises(WrongState) as refused:
        screening.disqualify_entry(actor, announced, entry.public_id, reason=LocalizedText(en="copied"))
    assert "Announce" in refused.value.message
    assert db.session().get(Entry, entry.id).state is EntryState.SUBMITTED


def test_before_it_the_team_withdraws_and_the_award_has_to_be_taken_back(closed, organizer, entries):
    computed(closed, organizer)
    decision = given(closed, organizer, entries)
    given(closed, organizer, entries, "second", 1)
    entry_verbs.withdraw_entry(captain(entries["first"]).as_actor(), entries["first"].public_id)

    with pytest.raises(WrongState) as refused:
        service.publish_results(organizer.as_actor(), closed)
    assert "take it back first" in refused.value.message
    service.revoke_decision(organizer.as_actor(), closed, decision.public_id)
    with pytest.raises(WrongState) as refused:
        service.publish_results(organizer.as_actor(), closed)
    assert "compute it again" in refused.value.message
    computed(closed, organizer)
    ranking = json.loads(service.publish_results(organizer.as_actor(), closed).document)["ranking"]
    assert entries["first"].public_id not in json.dumps(ranking)


def test_a_closed_round_reopens_no_entry(closed, organizer, entries):
    with pytest.raises(WrongState) as refused:
        screening.screen_entry(
            organizer.as_actor(),
            closed,
            entries["first"].public_id,
            ScreeningOutcome.NEEDS_INFORMATION,
            reason="Name the music",
            reopen_until=clock.in_seconds(86400),
        )
    assert "round is closed" in refused.value.message
    screening.screen_entry(
        organizer.as_actor(), closed, entries["first"].public_id, ScreeningOutcome.REFUSED, reason="Copied"
    )


def test_what_was_reopened_closes_with_the_round(contest, organizer, entries):
    entry = entries["first"]
    screening.screen_entry(
        organizer.as_actor(),
        contest,
        entry.public_id,
        ScreeningOutcome.NEEDS_INFORMATION,
        reason="Name the music",
        reopen_until=clock.in_seconds(86400),
    )
    actor = captain(entry).as_actor()
    version = db.session().get(Entry, entry.id).version
    entry_verbs.save_draft(actor, entry.public_id, version, {"title": "Mended"}, arrived_at=clock.now())
    with db.transaction() as s:
        s.merge(contest.rounds[0]).closed_at = clock.now()
    with pytest.raises(Exception, match="too_late"):
        entry_verbs.save_draft(actor, entry.public_id, version + 1, {"title": "Late"}, arrived_at=clock.now())


def test_amending_takes_the_awards_in_a_new_signed_document(announced, organizer, entries):
    first = queries.publication_of(announced)
    amended = service.amend_results(
        organizer.as_actor(),
        announced,
        entry=entries["first"].public_id,
        reason=LocalizedText(en=" The film was made by others. "),
    )
    old, new = json.loads(first.document), json.loads(amended.document)

    assert signing.verify(amended.key_id, amended.document.encode(), amended.signature)
    assert (amended.number, amended.previous_sha256) == (2, first.sha256)
    assert [award["entry"] for award in new["awards"]] == [entries["second"].public_id]
    assert new["amends"] == {
        "sha256": first.sha256,
        "reason": {"en": "The film was made by others."},
        "disqualified": [entries["first"].public_id],
        "given_anew": [],
    }
    assert new["ranking"] == old["ranking"] and verify(new["ranking"]).identical
    assert [p.sha256 for p in queries.publications_of(announced)] == [first.sha256, amended.sha256]
    assert len(old["awards"]) == 3
    assert db.session().get(Entry, entries["first"].id).state is EntryState.DISQUALIFIED
    [told] = [m for m in db.session().scalars(select(OutboxMail)) if m.kind == "entries.disqualified"]
    assert told.user_id == captain(entries["first"]).id


def test_everybody_sees_the_amendment(announced, organizer, entries, client, sign_in):
    winner = captain(entries["first"])
    codes = [c.code for c in queries.certificates_of(winner.as_actor())]
    slug, pages = announced.slug, {}
    service.amend_results(
        organizer.as_actor(),
        announced,
        entry=entries["first"].public_id,
        reason=LocalizedText(en="The film was made by others."),
    )
    for name in ("winners", "gallery", "results.json", "results.json?version=1", "results.json?version=3"):
        pages[name] = client.get(f"/contests/{slug}/{name}")

    assert "The film was made by others." in pages["winners"].text
    assert f"/entries/{entries['first'].public_id}" not in pages["winners"].text + pages["gallery"].text
    assert f"/entries/{entries['second'].public_id}" in pages["winners"].text
    assert client.get(f"/entries/{entries['first'].public_id}").status_code == 404
    assert "amends" in json.loads(pages["results.json"].json["payload"])
    assert "amends" not in json.loads(pages["results.json?version=1"].json["payload"])
    assert pages["results.json?version=3"].status_code == 404
    for code in codes:
        assert "This certificate no longer holds" in client.get(f"/verify?code={code}").text
        assert sign_in(winner).get(f"/my/certificates/{code}").status_code == 404
    assert sign_in(winner).get("/my").text.count("withdrawn by the organizers") == 2
    assert client.get("/").text.count(f'href="/contests/{slug}/winners"') == 1


def test_an_amendment_needs_a_reason_an_organizer_and_a_publication(announced, organizer, entries):
    actor, entry = organizer.as_actor(), entries["first"].public_id
    with pytest.raises(Invalid):
        service.amend_results(actor, announced, entry=entry, reason=LocalizedText(en=" "))
    with pytest.raises(NotFound):
        service.amend_results(actor, announced, entry="nothing", reason=LocalizedText(en="so"))
    with pytest.raises(NotAllowed):
        service.amend_results(make_user().as_actor(), announced, entry=entry, reason=LocalizedText(en="so"))
    service.amend_results(actor, announced, entry=entry, reason=LocalizedText(en="so"))
    with pytest.raises(WrongState):
        service.amend_results(actor, announced, entry=entry, reason=LocalizedText(en="again"))
    assert [p.number for p in queries.publications_of(announced)] == [1, 2]


def test_who_has_a_part_in_an_entry_amends_nobodys_results(announced, organizer, entries, sign_in):
    rival = captain(entries["third"])
    with db.transaction() as s:
        s.add(ContestStaff(contest_id=announced.id, user_id=rival.id, role=StaffRole.ORGANIZER, since=clock.now()))
    db.session().expire_all()

    with pytest.raises(NotAllowed):
        service.amend_results(
            rival.as_actor(), announced, entry=entries["first"].public_id, reason=LocalizedText(en="so")
        )
    assert [p.number for p in queries.publications_of(announced)] == [1]
    offered = [
        "turns out to be wrong" in sign_in(person).get(f"/manage/{announced.slug}/announce").text
        for person in (organizer, rival)
    ]
    assert offered == [True, False]


def test_nothing_is_amended_before_the_announcement(closed, organizer, entries):
    with pytest.raises(WrongState):
        service.amend_results(
            organizer.as_actor(), closed, entry=entries["first"].public_id, reason=LocalizedText(en="so")
        )
    assert db.session().get(Entry, entries["first"].id).state is EntryState.SUBMITTED


def test_an_organizer_amends_on_the_page(announced, organizer, entries, sign_in):
    browser, page = sign_in(organizer), f"/manage/{announced.slug}/announce"
    typed = {"entry": entries["first"].public_id, "reason-en": "Made by others", "typed_name": "wrong"}
    refused = post(browser, page, typed, to=f"{page}/amend")
    assert (refused.status_code, "Made by others</textarea>" in refused.text) == (422, True)
    assert f'selected value="{entries["first"].public_id}"' in refused.text
    assert queries.publication_of(announced).number == 1

    answer = post(browser, page, typed | {"typed_name": announced.slug}, to=f"{page}/amend")
    assert (answer.status_code, queries.publication_of(announced).number) == (303, 2)
    assert "Made by others" in browser.get(page).text
    assert "Made by others" in browser.get(f"/manage/{announced.slug}/results/protocol").text


def test_a_late_entry_asks_for_a_new_ranking(closed, organizer, entries):
    computed(closed, organizer)
    given(closed, organizer, entries)
    admit(make_entry(closed, title="late"))
    with pytest.raises(WrongState) as refused:
        service.publish_results(organizer.as_actor(), closed)
    assert "compute it again" in refused.value.message


def rewritten(publication):
    publication.document = publication.document.replace("Grand prix", "Small prix")


def signed_anew(publication):
    """What an operator with the signing key could do: the log's link still tells of the first document."""
    rewritten(publication)
    publication.sha256 = hashlib.sha256(publication.document.encode()).hexdigest()
    publication.key_id, publication.signature = signing.sign(publication.document.encode())


@pytest.mark.parametrize("tampering", [rewritten, signed_anew])
def test_a_published_document_changed_in_the_database_breaks_the_log(announced, tampering):
    assert list(audit.verify()) == []
    with db.transaction() as s:
        found = s.scalars(select(Publication)).one()
        assert "Grand prix" in found.document
        tampering(found)

    [broken] = audit.verify()

    assert (broken.chain, broken.why) == (
        audit.contest_chain(announced.public_id),
        "what it tells of was changed since",
    )


def test_a_log_written_anew_contradicts_the_published_document(announced):
    with db.transaction() as s:
        chain = s.get_one(audit.AuditChain, audit.contest_chain(announced.public_id))
        previous = "0" * 64
        for link in s.scalars(select(audit.AuditEvent).filter_by(chain=chain.name).order_by(audit.AuditEvent.number)):
            if link.verb == "award.decided":
                link.data = {**link.data, "entry": "another"}
            link.previous = previous
            link.hash = previous = audit.link_hash(link)
        chain.head = previous

    [broken] = audit.verify()

    published = s.scalars(select(audit.AuditEvent).filter_by(verb="results.published")).one()
    assert (broken.number, broken.why) == (published.number, "what it tells of was changed since")


def take_out(announced, organizer, entries, title: str = "first"):
    entry = entries[title].public_id
    return service.amend_results(organizer.as_actor(), announced, entry=entry, reason=LocalizedText(en="Copied"))


def anew(announced, organizer, entries, title: str = "third", award: int = 0, reason: str = "Next in the ranking"):
    return service.give_anew(
        organizer.as_actor(),
        announced,
        award=announced.awards[award].public_id,
        entry=entries[title].public_id,
        reason=LocalizedText(en=reason),
    )


def test_a_vacated_award_goes_to_another_entry_in_the_open(announced, organizer, entries, client):
    taken = take_out(announced, organizer, entries)
    amended = anew(announced, organizer, entries)
    new = json.loads(amended.document)

    assert (amended.number, amended.previous_sha256) == (3, taken.sha256)
    assert signing.verify(amended.key_id, amended.document.encode(), amended.signature)
    given_now = [award for award in new["awards"] if award["entry"] == entries["third"].public_id]
    assert [award["award"] for award in given_now] == [announced.awards[0].public_id]
    assert new["amends"]["given_anew"] == [award["decision"] for award in given_now]
    assert new["amends"]["disqualified"] == [entries["first"].public_id]
    winner = captain(entries["third"])
    mails = [m.kind for m in db.session().scalars(select(OutboxMail)) if m.user_id == winner.id]
    assert mails.count("results.won") == 1
    queue.work_off()
    [certificate] = queries.certificates_of(winner.as_actor())
    assert certificate.storage_key
    page = client.get(f"/contests/{announced.slug}/winners").text
    kinds = [words for words in ("an entry was taken out", "a vacated award went to another entry") if words in page]
    assert (len(kinds), "Next in the ranking" in page) == (2, True)
    verbs = [link.verb for link in audit.events_about(audit.contest_chain(announced.public_id), limit=2)]
    assert (verbs, list(audit.verify())) == (["results.amended", "award.given_anew"], [])


def test_only_what_an_amendment_took_is_given_anew_and_once(announced, organizer, entries):
    with pytest.raises(NotFound):
        anew(announced, organizer, entries)
    take_out(announced, organizer, entries)
    with pytest.raises(NotFound):
        anew(announced, organizer, entries, "first")
    with pytest.raises(Invalid):
        anew(announced, organizer, entries, reason=" ")
    with pytest.raises(Conflict):
        anew(announced, organizer, entries, "second", award=1)
    with pytest.raises(NotAllowed):
        anew(announced, make_user(), entries)
    anew(announced, organizer, entries)
    with pytest.raises(NotFound):
        anew(announced, organizer, entries, "second")
    assert [p.number for p in queries.publications_of(announced)] == [1, 2, 3]


def test_who_has_a_part_in_an_entry_gives_nothing_anew(announced, organizer, entries, sign_in):
    take_out(announced, organizer, entries)
    rival = captain(entries["third"])
    with db.transaction() as s:
        s.add(ContestStaff(contest_id=announced.id, user_id=rival.id, role=StaffRole.ORGANIZER, since=clock.now()))
    db.session().expire_all()
    with pytest.raises(NotAllowed):
        anew(announced, rival, entries, "second")
    pages = [sign_in(person).get(f"/manage/{announced.slug}/announce").text for person in (organizer, rival)]
    assert ["Vacated awards" in page for page in pages] == [True, False]


def test_an_organizer_gives_a_vacated_award_on_the_page(announced, organizer, entries, sign_in):
    take_out(announced, organizer, entries)
    browser, page = sign_in(organizer), f"/manage/{announced.slug}/announce"
    typed = {"award": announced.awards[0].public_id, "winner": entries["third"].public_id, "why-en": "Next"}
    assert post(browser, page, typed | {"typed_name": "wrong"}, to=f"{page}/anew").status_code == 422
    assert queries.publication_of(announced).number == 2
    assert post(browser, page, typed | {"typed_name": announced.slug}, to=f"{page}/anew").status_code == 303
    assert queries.publication_of(announced).number == 3
