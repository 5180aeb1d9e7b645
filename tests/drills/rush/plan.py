"""Who hands in what and when: drafts that are complete, people with a sign-in or a token, and a timetable."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Flask, Response
from sqlalchemy import update

from creative_platform.accounts import signing_in
from creative_platform.accounts.service import SCOPES, create_api_token
from creative_platform.accounts.service.sign_ins import open_for
from creative_platform.contests.models import Contest, Stage, StageKind
from creative_platform.core.db import transaction
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry

WORDS = [
    *("дала", "қала", "жаңбыр", "домбыра", "аспан", "ауыл", "көктем", "әже", "бала", "өзен", "дос", "арман", "ән"),
    *("письмо", "окно", "дорога", "голос", "театр", "зима", "школа", "мост", "песня", "лето", "снег", "река"),
    *("river", "snow", "window", "village", "film", "stage", "light", "story", "summer", "people", "bridge"),
]


@dataclass(frozen=True)
class Attempt:
    """One entry's way in. Times are seconds from the deadline, so that those before it are negative."""

    entry_id: str
    typed: dict[str, str]  # what the form holds
    at_s: float
    body_at_s: float | None = None  # the last byte goes out only then: a slow line
    drops: bool = False  # the line breaks before the answer, and the client asks again


@dataclass
class Person:
    """Somebody with a browser (a session cookie) or a program (a token), and what they will do, in order of time."""

    browser: bool
    secret: str
    attempts: list[Attempt] = field(default_factory=list)


def make_people(app: Flask, dice: random.Random, people: int, entries: int, seconds: float) -> tuple[str, list[Person]]:
    """Store a contest, its people and their complete drafts; return the contest's slug and the people.

    A tenth of the people come at the very end, a tenth over a slow line whose last byte comes after the deadline, and
    a tenth have one more entry, with which they are late. Every tenth answer is lost on the way.
    """
    each = entries // people
    with transaction():
        contest = make_contest(max_entries_person=each + 1, max_entries_team=each + 1)
        made = []
        for number in range(people):
            user = make_user()
            browser = number % 2 == 0
            if browser:
                secret = session_cookie(app, open_for(user, "a browser").secret)
            else:
                secret = create_api_token(user.as_actor(), "rush", SCOPES)
            person = Person(browser, secret)
            for times in _timetable(dice, number // 2 % 10, each, seconds):
                words = dice.choices(WORDS, k=80)
                answers = {"idea": " ".join(words), "link": ""}
                draft = make_entry(contest, owner=user, submitted=False, title=" ".join(words[:4]), answers=answers)
                typed = {"title": draft.title, "summary": draft.summary, "language": draft.language}
                typed |= {"track": "story", "community": ""}
                typed |= {f"answers.{key}": value for key, value in answers.items()}
                person.attempts.append(Attempt(draft.public_id, typed, *times, drops=_drops(dice, times)))
            made.append(person)
        return contest.slug, made


def _timetable(dice: random.Random, kind: int, each: int, seconds: float) -> Iterator[tuple[float, float | None]]:
    last = {0: 1, 1: 1}.get(kind, 0)
    for at in sorted(dice.uniform(-seconds, -seconds / 20) for _ in range(each - last)):
        yield at, None
    if kind == 0:
        yield dice.uniform(-0.4, -0.1), None
    elif kind == 1:
        yield dice.uniform(-0.8, -0.1), dice.uniform(0.3, 2.0)
    elif kind == 2:
        yield dice.uniform(0.01, 2.0), None


def _drops(dice: random.Random, times: tuple[float, float | None]) -> bool:
    return times[0] < -1 and dice.random() < 0.1


def session_cookie(app: Flask, sign_in_secret: str) -> str:
    """Return the session cookie of a sign-in, sealed as the platform seals it."""
    answer = Response()
    fresh = app.session_interface.session_class()
    fresh[signing_in.KEY] = sign_in_secret
    app.session_interface.save_session(app, fresh, answer)
    return answer.headers["Set-Cookie"].split(";")[0]


def close_entries_at(contest: Contest, deadline: datetime) -> None:
    """Set the instant at which entries close."""
    with transaction() as s:
        mine = (Stage.contest_id == contest.id, Stage.kind == StageKind.ENTRIES)
        s.execute(update(Stage).where(*mine).values(ends_at=deadline, starts_at=deadline - timedelta(days=30)))
