"""Which pages there are, and who looks at each: from the URL map and the table of what each role may do.

Every rule that answers GET is a page unless NOT_PAGES says why not; a new rule is looked at without anybody's doing.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask

from creative_platform.accounts.models import User
from creative_platform.core.db import session, transaction
from creative_platform.core.text import LocalizedText
from creative_platform.deliberation.service import open_meeting
from tests.abuse.test_matrix import TABLE, requests_of, values
from tests.abuse.world import World, make_world
from tests.bench.web.crowd import Crowd, make_crowd
from tests.factories.entries import make_entry

# The first of these who may see a page looks at it.
AUDIENCE = ("anonymous", "owner", "juror", "chair", "organizer", "admin")
LONG = {
    "kk": "Қазақстандықтардың көпэтностық мәдени мұрасын цифрландыру жобасының қорытынды таныстырылымы",
    "ru": "Межрегиональная общественно-просветительская инициатива старшеклассников Северо-Казахстанской области",
    "en": "An intergenerational documentary about shepherds, grandmothers and one very old dombra",
}

NOT_PAGES = {
    "/account/email/<secret>": "leads on, so that the secret leaves the address",
    "/admin": "leads to the first page of administration",
    "/admin/log.csv": "data",
    "/communities/join/<secret>": "leads on, so that the secret leaves the address",
    "/contests/<slug>/ranking.json": "data",
    "/contests/<slug>/results.json": "data",
    "/contests/<slug>/rules/<int(min=1, max=1000000):number>.json": "data",
    "/healthz": "for machines",
    "/manage/<slug>/export/<any(entries, coverage, choices, outlook, scores, results, sensitivity, "
    "jurors, agreement, conflicts, deliberation, quotas, similarity):table>.<any(csv, xlsx, json):form>": "data",
    "/manage/<slug>/results/conflicts.json": "data",
    "/manage/<slug>/similarity/report.json": "data",
    "/media/<public_id>": "leads to the store",
    "/media/<public_id>/captions/<any(kk, ru, en):language>.vtt": "data",
    "/media/<public_id>/original": "leads to the store",
    "/media/<public_id>/state": "data",
    "/metrics": "for machines",
    "/my/certificates/<code>": "a PDF",
    "/my/entries/<public_id>/receipt.json": "data",
    "/password/reset/<secret>": "leads on, so that the secret leaves the address",
    "/readyz": "for machines",
    "/register/confirm/<secret>": "leads on, so that the secret leaves the address",
    "/verify/keys.json": "data",
}
# Nobody sees these in the world of the table; the crowd has them.
IN_THE_CROWD = {"/contests/<slug>/winners", "/entries/<public_id>"}


@dataclass(frozen=True)
class Look:
    """One page to look at: by address, or by sending an empty form to it."""

    path: str
    status: int = 200
    sent: bool = False

    def __str__(self) -> str:
        return f"{'POST' if self.sent else 'GET'} {self.path}"


def table() -> dict[tuple[str, str], dict[str, int]]:
    """Return what each role gets for each rule: {(method, rule): {role: status}}."""
    with TABLE.open(newline="") as file:
        return {
            (row["method"], row["rule"]): {role: int(row[role]) for role in AUDIENCE} for row in csv.DictReader(file)
        }


def rules(app: Flask) -> dict[tuple[str, str], tuple[str, int] | None]:
    """Return who looks at each page, and at each form's errors, with which status; None when nobody does."""
    known, found = table(), {}
    for method, rule in requests_of(app):
        if rule.rule.startswith("/api/") or rule.rule in NOT_PAGES or method not in ("GET", "POST"):
            continue
        roles = known.get((method, rule.rule), {})
        wanted = (200, 410) if method == "GET" else (422,)  # a link that has died is a page too
        seen = [(role, status) for status in wanted for role in AUDIENCE if roles.get(role) == status]
        if seen or method == "GET":
            found[method, rule.rule] = seen[0] if seen else None
    return found


def make_places() -> tuple[World, Crowd, Crowd]:
    """Store the world of the table with long words, a contest under way and an announced one with many entries."""
    world = make_world()
    seat = world.places["juror"].public_id
    open_meeting(world.people["organizer"].as_actor(), world.contest, present=[seat])
    judged, announced = make_crowd("judged", 12, announced=False), make_crowd("announced", 24, announced=True)
    with transaction() as s:
        for person in (*world.people.values(), judged.organizer, judged.juror, judged.participant):
            s.merge(person).name = "Әбдірахмангүлнар Нұрмұхамбетқызы-Северо-Казахстанская"
        for contest in (world.contest, judged.contest, announced.contest):
            s.merge(contest).title = LocalizedText(**LONG)
        for entry, locale in ((world.places["entry"], "kk"), (world.places["draft"], "ru"), (announced.entry, "kk")):
            s.merge(entry).title = LONG[locale]
        s.merge(world.places["community"]).name = LocalizedText(**LONG)
        s.merge(world.contest).body = LocalizedText(en=f"```\n{LONG['kk'].replace(' ', '') * 3}\n```")
    return world, judged, announced


def looks(app: Flask, world: World, announced: Crowd) -> Iterator[tuple[str, Look]]:
    """Give who looks at what: every page, every form's errors, what is refused, and what only a crowd has."""
    adapter = app.url_map.bind("localhost")
    for method, rule in requests_of(app):
        who = rules(app).get((method, rule.rule))
        if who is not None:
            path = adapter.build(rule.endpoint, values(rule, world), method=method)
            yield who[0], Look(path, who[1], sent=method == "POST")
    slug, entry = announced.contest.slug, announced.entry.public_id
    for path in (f"/contests/{slug}", f"/contests/{slug}/winners", f"/contests/{slug}/gallery", f"/entries/{entry}"):
        yield "anonymous", Look(path)
    yield "anonymous", Look("/nothing-here", 404)
    untitled = make_entry(world.contest, submitted=False, owner=world.people["owner"], title="")
    for part in ("dates", "limits", "ties"):
        yield "organizer", Look(f"/manage/{world.contest.slug}/setup/{part}")
    for mine in (world.places["entry"], untitled):
        yield "owner", Look(f"/my/entries/{mine.public_id}")
    yield "owner", Look("/manage", 404)
    for role in AUDIENCE[1:]:
        yield role, Look("/")


def looks_of_the_busy(judged: Crowd, announced: Crowd) -> dict[int, list[Look]]:
    """Return what people with many entries before them look at: {id of a person: pages}."""
    slug = judged.contest.slug
    manage = [f"/manage/{slug}{part}" for part in ("", "/entries", "/jury", "/progress", "/results", "/audit")]
    return {
        judged.organizer.id: [Look(path) for path in manage],
        announced.organizer.id: [
            Look(f"/manage/{announced.contest.slug}{part}") for part in ("/results", "/deliberation", "/announce")
        ],
        judged.juror.id: [Look("/jury"), Look(f"/jury/{judged.assignment.public_id}")],
        judged.participant.id: [Look("/my"), Look(f"/my/entries/{judged.draft.public_id}")],
    }


def person(person_id: int) -> User:
    """Return a person by id."""
    return session().get_one(User, person_id)
