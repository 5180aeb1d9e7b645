"""The whole road by programs, from an open call to published results: the steps, wherever the platform runs."""

from __future__ import annotations

import hashlib
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from creative_platform.accounts import service as accounts
from creative_platform.accounts.queries import user_by_email
from creative_platform.contests.models import StageKind
from creative_platform.contests.queries import stage
from creative_platform.core import audit, db, queue, signing
from creative_platform.judging import service as judging
from creative_platform.notices.models import OutboxMail
from tests.api.test_uploads import send_file
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.files import pdf, picture

IDEA = "A grandmother in a small village teaches three children to play the dombra before the first snow of winter."
PASSWORD = "a long enough pass phrase"


def registered(name: str, email: str):
    """Register a person through the mailed link and return them."""
    accounts.register(accounts.Registration(name, email, PASSWORD, "kk", "KZ-75"), source="203.0.113.9")
    mail = db.session().scalars(select(OutboxMail).where(OutboxMail.to_email == email)).one()
    secret = mail.data["url"].rsplit("/", 1)[1]
    accounts.confirm_registration(secret, PASSWORD, source="203.0.113.9")
    return user_by_email(email)


def hand_in(caller, slug: str, title: str, body: bytes, name: str) -> tuple[str, dict]:
    """Draft, upload, hand in; returns the entry's id and the receipt."""
    draft = caller.post(
        f"/contests/{slug}/entries",
        {"track": "story", "title": title, "language": "kk", "summary": "Қысқаша", "answers": {"idea": IDEA}},
        Idempotency_Key=hashlib.sha256(title.encode()).hexdigest(),
    ).json
    sent = send_file(caller, draft["id"], body, name=name)
    assert sent["state"] == "received"
    receipt = caller.post(f"/entries/{draft['id']}/submit").json
    return draft["id"], receipt


@dataclass(frozen=True)
class Platform:
    """Where the road is walked: callers with a token of a person (or none), its worker, its clock."""

    program: Callable[..., Any]
    work_off: Callable[[], object]
    at: Callable[[datetime], AbstractContextManager[object]]


def walk(platform: Platform) -> None:
    """Go from an open call to published results; everybody sees and checks what they should."""
    program = platform.program
    organizer = make_user(name="Organizer")
    contest = make_contest(organizer, reviews_per_entry=2)
    slug, staff, anybody = contest.slug, program(organizer), program()
    judging_starts = stage(contest, StageKind.JUDGING).starts_at
    assert [c["slug"] for c in anybody.get("/contests").json["items"]] == [slug]

    # two people enter with real files and hold receipts that anybody can check
    people = [registered("Айгерім Қасым", "aigerim@example.kz"), registered("Ержан Нұр", "yerzhan@example.kz")]
    callers = [program(person) for person in people]
    first, first_receipt = hand_in(callers[0], slug, "Әже мен домбыра", picture(), "сурет.jpg")
    second, second_receipt = hand_in(callers[1], slug, "Алғашқы қар", pdf(), "беттер.pdf")
    for receipt in (first_receipt, second_receipt):
        assert signing.verify(receipt["key_id"], receipt["payload"].encode(), receipt["signature"])
        assert not signing.verify(receipt["key_id"], receipt["payload"].encode() + b" ", receipt["signature"])
    platform.work_off()
    assert [f["state"] for f in callers[0].get(f"/entries/{first}").json["files"]] == ["ready"]

    # the organizer sees the match and screens
    [match] = staff.get(f"/manage/contests/{slug}/matches").json["items"]
    assert ({match["a"]["id"], match["b"]["id"]}, match["modality"]) == ({first, second}, "text")
    for entry_id in (first, second):
        admitted = {"outcome": "admitted"}
        staff.post(f"/manage/contests/{slug}/entries/{entry_id}/screening", admitted)
    listed = staff.get(f"/manage/contests/{slug}/entries").json["items"]
    assert {(e["id"], e["screening"]["outcome"]) for e in listed} == {(first, "admitted"), (second, "admitted")}

    # the jury
    jurors = [registered(f"Қазы {n}", f"juror{n}@example.kz") for n in (1, 2)]
    for juror in jurors:
        judging.accept_invite(juror.as_actor(), judging.invite_juror(organizer.as_actor(), contest, juror.email))
    assert staff.post(f"/manage/contests/{slug}/assign").json["finished_at"] is None
    platform.work_off()
    assert len(staff.get(f"/manage/contests/{slug}/assignments").json["items"]) == 4
    with platform.at(judging_starts + timedelta(hours=1)):
        for strictness, juror in enumerate(jurors):
            _judge_everything(program(juror), {"Әже мен домбыра": 9, "Алғашқы қар": 6}, strictness)
        told = staff.get(f"/manage/contests/{slug}/progress").json
        assert (told["assigned"], told["submitted"]) == (4, 4)

        # nothing before its time
        assert staff.get(f"/manage/contests/{slug}/scores").json["code"] == "wrong_state"
        assert anybody.get(f"/contests/{slug}/results").status_code == 404
        staff.post(f"/manage/contests/{slug}/close")
        assert len(staff.get(f"/manage/contests/{slug}/scores").json["items"]) == 4

        # results
        staff.post(f"/manage/contests/{slug}/results", {"method": "mean"})
        platform.work_off()
        ranking = staff.get(f"/manage/contests/{slug}/results").json
        assert [(row["entry"], row["rank"]) for row in ranking["rows"]] == [(first, 1), (second, 2)]
        award = anybody.get(f"/contests/{slug}").json["awards"][0]["id"]
        chosen = {"award": award, "entry": first, "reason": "The jury was moved."}
        staff.post(f"/manage/contests/{slug}/decisions", chosen)
        assert anybody.get(f"/contests/{slug}/results").status_code == 404
        published = staff.post(f"/manage/contests/{slug}/publish", Idempotency_Key="publish-once")
        again = staff.post(f"/manage/contests/{slug}/publish", Idempotency_Key="publish-once")
        platform.work_off()

    # everybody sees them, and can check them
    seen = anybody.get(f"/contests/{slug}/results")
    assert published.data == again.data == seen.data
    results = seen.json
    assert results["sha256"] == hashlib.sha256(results["payload"].encode()).hexdigest()
    assert signing.verify(results["key_id"], results["payload"].encode(), results["signature"])
    assert [(a["entry"], a["award"]) for a in results["results"]["awards"]] == [(first, award)]
    assert list(audit.verify()) == []
    assert queue.failed_jobs() == []


def _judge_everything(caller, marks: dict[str, int], strictness: int) -> None:
    for line in caller.get("/jury/assignments").json["items"]:
        work = caller.get(f"/assignments/{line['id']}").json
        assert "Айгерім" not in str(work) and "сурет" not in str(work)
        with urllib.request.urlopen(work["files"][0]["url"]) as file:
            assert file.status == 200
        mark = marks[work["title"]] - strictness
        sheet = {"version": 0, "scores": {"craft": mark, "meaning": mark}, "comment": "Жақсы", "action": "submit"}
        assert caller.put(f"/assignments/{line['id']}/scoresheet", sheet).json["state"] == "submitted"
