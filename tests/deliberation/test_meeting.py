"""The jury's meeting: opened, attended, minuted, closed, opened again; on record, and never half stored."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select

from creative_platform.core import audit, db
from creative_platform.core.errors import Invalid, NotAllowed, NotFound, StaleVersion, WrongState
from creative_platform.deliberation import queries, service
from creative_platform.deliberation.models import Attendance, Deliberation, DeliberationReopening, Minutes
from creative_platform.judging import queries as judging
from creative_platform.judging import service as judging_service
from creative_platform.results import service as results
from tests.factories.accounts import make_user
from tests.factories.judging import declare, given, seat
from tests.factories.judging import ranked as rank
from tests.fixtures.people import csrf_of, post

pytestmark = pytest.mark.database


@pytest.fixture
def ranked(closed, entries):
    rank(closed, *entries.values())
    return closed


def panel(contest) -> list[str]:
    return [juror.public_id for juror in judging.jurors_of(contest)]


def opened(contest, organizer) -> Deliberation:
    return service.open_meeting(organizer.as_actor(), contest, present=panel(contest))


def noted(contest, who, entry, text="Its ending stays.", version=0, *, discussed=True) -> Minutes:
    given = {"text": text, "discussed": discussed, "version": version}
    return service.keep_minutes(who.as_actor(), contest, entry=entry.public_id, **given)


def page(contest, rest: str = "") -> str:
    return f"/manage/{contest.slug}/deliberation{rest}"


def verbs(contest) -> list[str]:
    links = audit.events_about(audit.contest_chain(contest.public_id), limit=100)
    return [link.verb for link in links if link.verb.startswith("deliberation.")][::-1]


def test_a_meeting_from_its_opening_to_the_protocol(ranked, organizer, entries, sign_in):
    chair = make_user(name="Chair Person")
    seat(ranked, chair, is_chair=True)
    with db.transaction() as s:
        s.merge(ranked).blind = False
    first, staff, boss = entries["first"], sign_in(organizer), sign_in(chair)
    here = panel(ranked)

    answer = post(staff, page(ranked), {"present": here[:2], "version": 0}, to=page(ranked, "/open"))
    assert (answer.status_code, answer.location) == (303, page(ranked))
    agenda = boss.get(page(ranked)).text
    assert agenda.index("first") < agenda.index("second") < agenda.index("third")
    item = page(ranked, f"/{first.public_id}")
    typed = {"text": "Its ending stays.\nAigul: the sound is thin.", "discussed": "y", "version": 0, "next": "1"}
    answer = post(boss, item, typed)
    assert answer.location == page(ranked, f"/{entries['second'].public_id}")
    assert "Its ending stays." not in staff.get(f"/manage/{ranked.slug}/results/protocol").text
    post(boss, page(ranked), {}, to=page(ranked, "/close"))

    record, of_chair = (browser.get(f"/manage/{ranked.slug}/results/protocol").text for browser in (staff, boss))
    assert "Its ending stays." in of_chair and f'href="/manage/{ranked.slug}/results"' not in of_chair
    assert "Its ending stays.\nAigul: the sound is thin." in record
    assert record.split("<dt>Absent</dt>")[1].split("</dd>")[0].count("<dd>") == 1
    assert verbs(ranked) == ["deliberation.opened", "deliberation.minuted", "deliberation.closed"]
    assert list(audit.verify()) == []
    rows = list(csv.DictReader(io.StringIO(boss.get(f"/manage/{ranked.slug}/export/deliberation.csv").text[1:])))
    assert [(row["order"], row["title"], row["discussed"]) for row in rows] == [
        ("1", "first", "1"), ("2", "second", "0"), ("3", "third", "0"),
    ]  # fmt: skip
    assert (rows[0]["written_by"], rows[0]["minutes"]) == ("Chair Person", typed["text"])


def test_a_record_that_was_changed_after_a_closing_is_found(ranked, organizer, entries, sign_in):
    opened(ranked, organizer)
    noted(ranked, organizer, entries["first"])
    service.close_meeting(organizer.as_actor(), ranked)
    service.reopen_meeting(organizer.as_actor(), ranked, reason="Somebody was not heard.")
    noted(ranked, organizer, entries["first"], "Its ending stays, said all.", 1)
    service.close_meeting(organizer.as_actor(), ranked)
    assert list(audit.verify()) == []
    links = audit.events_about(audit.contest_chain(ranked.public_id))
    digests = [link.data["sha256"] for link in links if link.verb == "deliberation.closed"]
    told = sign_in(organizer).get(f"/manage/{ranked.slug}/results/protocol").text
    assert [told.count(digest) for digest in digests] == [1, 1]

    for model, column, wrong in (
        (Minutes, "text", "Nothing was said."),
        (DeliberationReopening, "record", {"salt": "another"}),
    ):
        with db.transaction() as s:
            row = s.scalars(select(model)).one()
            before = getattr(row, column)
            setattr(row, column, wrong)
        assert [broken.why for broken in audit.verify()] == ["what it tells of was changed since"]
        with db.transaction() as s:
            setattr(s.scalars(select(model)).one(), column, before)
    assert list(audit.verify()) == []
    with db.transaction() as s:
        s.delete(s.scalars(select(DeliberationReopening)).one())
    assert [broken.why for broken in audit.verify()] == ["what it tells of was changed since"]


def test_minutes_older_than_the_ranking_beside_them_are_told(ranked, organizer, entries, sign_in):
    browser = sign_in(organizer)
    pages = [page(ranked), page(ranked, f"/{entries['first'].public_id}"), f"/manage/{ranked.slug}/results/protocol"]
    opened(ranked, organizer)
    noted(ranked, organizer, entries["first"])
    service.close_meeting(organizer.as_actor(), ranked)
    before = [browser.get(path).text for path in pages]

    rank(ranked, *reversed(entries.values()))

    assert ["The ranking was computed anew" in text for text in before] == [False, False, False]
    assert ["The ranking was computed anew" in browser.get(path).text for path in pages] == [True, True, True]
    other = page(ranked, f"/{entries['second'].public_id}")
    assert "The ranking was computed anew" not in browser.get(other).text


def test_who_may_hold_the_meeting(ranked, organizer, entries, sign_in):
    member = judging.jurors_of(ranked)[0].user
    opened(ranked, organizer)
    paths = ["", f"/{entries['second'].public_id}"]
    for who in (member, entries["first"].team.members[0].user, make_user()):
        browser = sign_in(who)
        assert [browser.get(page(ranked, path)).status_code for path in paths] == [404, 404]
        assert browser.get(f"/manage/{ranked.slug}/export/deliberation.json").status_code == 404
        for verb in (
            lambda a: noted(ranked, a, entries["first"]),
            lambda a: service.close_meeting(a.as_actor(), ranked),
            lambda a: service.set_attendance(a.as_actor(), ranked, present=panel(ranked), version=1),
        ):
            with pytest.raises(NotAllowed):
                verb(who)


def test_before_there_is_a_ranking_the_page_says_what_is_missing(contest, organizer, entries, sign_in):
    browser = sign_in(organizer)
    seat(contest, make_user())

    text = browser.get(page(contest)).text

    assert f'href="/manage/{contest.slug}/progress"' in text
    assert entries["first"].code not in text and "that may win" not in text
    assert browser.get(page(contest, f"/{entries['first'].public_id}")).status_code == 404
    with pytest.raises(WrongState):
        opened(contest, organizer)


def test_a_closed_meeting_takes_nothing_and_is_opened_again_for_a_reason(ranked, organizer, entries, sign_in):
    actor, browser = organizer.as_actor(), sign_in(organizer)
    opened(ranked, organizer)
    with pytest.raises(WrongState):
        opened(ranked, organizer)
    service.close_meeting(actor, ranked)
    for verb in (
        lambda: noted(ranked, organizer, entries["first"]),
        lambda: service.set_attendance(actor, ranked, present=panel(ranked)[:1], version=1),
        lambda: service.close_meeting(actor, ranked),
    ):
        with pytest.raises(WrongState):
            verb()
    token = csrf_of(browser.get("/account").text)
    late = {"csrf_token": token, "text": "Typed for long", "version": 0}
    answer = browser.post(page(ranked, f"/{entries['first'].public_id}"), data=late)
    assert (answer.status_code, "Typed for long" in answer.text) == (409, True)

    with pytest.raises(Invalid):
        service.reopen_meeting(actor, ranked, reason=" ")
    post(browser, page(ranked), {"reason": "Somebody was not heard."}, to=page(ranked, "/reopen"))
    noted(ranked, organizer, entries["first"])
    service.close_meeting(actor, ranked)
    assert "Somebody was not heard." in browser.get(f"/manage/{ranked.slug}/results/protocol").text


def test_while_the_jury_meets_marks_and_winners_wait(ranked, organizer, entries, sign_in):
    actor = organizer.as_actor()
    given(ranked, organizer, entries)
    opened(ranked, organizer)

    with pytest.raises(WrongState):
        judging_service.reopen_round(actor, ranked, reason="A mark is wrong")
    with pytest.raises(WrongState):
        results.publish_results(actor, ranked)
    assert "close it first" in sign_in(organizer).get(f"/manage/{ranked.slug}/announce").text
    service.close_meeting(actor, ranked)
    results.publish_results(actor, ranked)
    with pytest.raises(WrongState):
        service.reopen_meeting(actor, ranked, reason="Too late")


def test_a_second_window_overwrites_nothing_unseen(ranked, organizer, entries, sign_in):
    opened(ranked, organizer)
    first, browser = entries["first"], sign_in(organizer)
    item = page(ranked, f"/{first.public_id}")
    old = browser.get(item).text
    noted(ranked, organizer, first, "Saved by the other.")

    stale = {"csrf_token": csrf_of(old), "text": "Typed in mine.", "version": 0}
    answer = browser.post(item, data=stale)
    assert answer.status_code == 409
    assert "Saved by the other." in answer.text and "Typed in mine." in answer.text
    assert 'name="version" type="hidden" value="1"' in answer.text
    assert browser.post(item, data={**stale, "version": 1}).status_code == 303
    assert queries.minutes_of(queries.meeting_of(ranked), ())[first.id].text == "Typed in mine."

    present = panel(ranked)
    service.set_attendance(organizer.as_actor(), ranked, present=present[:1], version=1)
    with pytest.raises(StaleVersion):
        service.set_attendance(organizer.as_actor(), ranked, present=present, version=1)
    late = {"csrf_token": csrf_of(old), "present": present, "version": 1}
    answer = browser.post(page(ranked, "/present"), data=late)
    assert (answer.status_code, 'value="2"' in answer.text) == (409, True)


def test_what_cannot_be_stored_is_refused_and_kept_in_the_form(ranked, organizer, entries, sign_in):
    browser, item = sign_in(organizer), page(ranked, f"/{entries['first'].public_id}")
    assert post(browser, page(ranked), {"version": 0}, to=page(ranked, "/open")).status_code == 422
    opened(ranked, organizer)
    long = "word " * 1700

    answer = post(browser, item, {"text": long, "version": 0})
    assert (answer.status_code, long.strip() in answer.text) == (422, True)
    for wrong in ("x" * 8001, "a\0b"):
        with pytest.raises(Invalid):
            noted(ranked, organizer, entries["first"], wrong)
    for nobody in ([], ["of-no-panel"]):
        with pytest.raises(Invalid):
            service.set_attendance(organizer.as_actor(), ranked, present=nobody, version=1)
    with pytest.raises(NotFound):
        service.keep_minutes(organizer.as_actor(), ranked, entry="none", text="", discussed=True, version=0)
    assert db.session().scalars(select(Minutes)).all() == []


def test_a_fault_in_the_middle_leaves_nothing(ranked, organizer, entries, monkeypatch):
    def broken(*given, **more):
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(service.audit, "record", broken)
        with pytest.raises(OSError):
            opened(ranked, organizer)
    assert [db.session().scalars(select(kind)).all() for kind in (Deliberation, Attendance)] == [[], []]

    opened(ranked, organizer)
    with monkeypatch.context() as patched:
        patched.setattr(service.audit, "record", broken)
        for verb in (
            lambda: noted(ranked, organizer, entries["first"]),
            lambda: service.set_attendance(organizer.as_actor(), ranked, present=panel(ranked)[:1], version=1),
            lambda: service.close_meeting(organizer.as_actor(), ranked),
        ):
            with pytest.raises(OSError):
                verb()
    meeting = queries.meeting_of(ranked)
    assert (len(meeting.attendance), meeting.version, meeting.is_open, meeting.minutes) == (2, 1, True, [])


def test_the_agenda_sends_the_same_people_out_together(ranked, organizer, entries, sign_in):
    one, two = (juror.user for juror in judging.jurors_of(ranked))
    with db.transaction() as s:
        s.merge(one).name, s.merge(two).name = "Aigul Sadykova", "Bolat Omarov"
    declare(entries["first"], one)
    declare(entries["third"], one)
    opened(ranked, organizer)

    agenda = queries.agenda_for(organizer.as_actor(), ranked, staff=True)
    assert [(item.title, [juror.user.name for juror in item.out]) for item in agenda.items] == [
        ("first", ["Aigul Sadykova"]), ("third", ["Aigul Sadykova"]), ("second", []),
    ]  # fmt: skip
    text = sign_in(organizer).get(page(ranked, f"/{entries['third'].public_id}")).text
    assert "Aigul Sadykova leaves the room for this entry." in text and "Bolat" not in text

    two_id = judging.jurors_of(ranked)[1].public_id
    service.set_attendance(organizer.as_actor(), ranked, present=[two_id], version=1)
    agenda = queries.agenda_for(organizer.as_actor(), ranked, staff=True)
    assert [(item.title, item.out) for item in agenda.items] == [("first", ()), ("second", ()), ("third", ())]
    assert "Aigul Sadykova" in sign_in(organizer).get(page(ranked)).text.split("Absent")[1].split("</dd>")[0]


def test_no_meeting_is_opened_again_while_marks_change(ranked, organizer):
    actor = organizer.as_actor()
    opened(ranked, organizer)
    service.close_meeting(actor, ranked)
    judging_service.reopen_round(actor, ranked, reason="A mark is wrong")

    with pytest.raises(WrongState):
        service.reopen_meeting(actor, ranked, reason="Somebody was not heard.")


def test_who_was_outside_stands_as_it_was_at_the_closing(ranked, organizer, entries, sign_in):
    browser, protocol = sign_in(organizer), f"/manage/{ranked.slug}/results/protocol"
    one, other = (juror.user for juror in judging.jurors_of(ranked)[:2])
    with db.transaction() as s:
        s.merge(one).name, s.merge(other).name = "Outgoing Juror", "Staying Juror"
    declare(entries["first"], one)
    opened(ranked, organizer)
    noted(ranked, organizer, entries["first"])
    service.close_meeting(organizer.as_actor(), ranked)

    declare(entries["first"], other)  # found afterwards: this juror sat in the room
    told = browser.get(protocol).text, browser.get(page(ranked)).text

    assert "Was outside: Outgoing Juror<" in told[0]
    assert "Steps out: Outgoing Juror<" in told[1]
    assert list(audit.verify()) == []
    with db.transaction() as s:
        s.scalars(select(Deliberation)).one().outside = {}
    assert [broken.why for broken in audit.verify()] == ["what it tells of was changed since"]
