"""AC01: every rule of the URL map for eleven roles, against a checked-in table; a new route without a row fails.

After a deliberate change: ``WRITE_MATRIX=1 pytest tests/abuse/test_matrix.py`` rewrites the table; read its difference.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from creative_platform.accounts.models import ApiToken, User
from creative_platform.accounts.service import SCOPES
from creative_platform.core import clock, db, ids
from tests.abuse.world import ROLES, SECRETS, World, make_world
from tests.fixtures.snapshot import Snapshot

TABLE = Path(__file__).with_name("matrix.csv")
SKIPPED = {"static"}

pytestmark = pytest.mark.skipif(
    os.environ.get("TEST_DATABASE") == "postgresql",
    reason="the world is put back by copying SQLite's file; what a role may do does not depend on the database",
)


def values(rule: Rule, world: World) -> dict[str, Any]:
    """Return what to put into the places of a rule: things of contest A."""
    p, room = world.places, rule.endpoint.split(".")[0]
    by_endpoint = {
        "judging": p["assignment"], "verdicts": p["match"], "communities": p["community"], "notices": p["mail"],
        "media": p["asset"], "uploads": p["asset"], "accounts": world.people["rival"],
    }  # fmt: skip
    specific = {
        "panel.revoke": p["juror_invite"], "panel.remove": p["juror"], "panel.remind": p["juror"],
        "chair.remind": p["juror"], "results.revoke": p["decision"], "verdicts.remove_starter": p["starter"],
        "showcase.entry": p["entry"], "entries.receipt": p["entry"], "entries.receipt_file": p["entry"],
        "screening.entry": p["entry"], "screening.screen": p["entry"], "screening.disqualify": p["entry"],
        "deliberation.entry": p["entry"], "deliberation.minutes": p["entry"],
        "api.screen_entry": p["entry"], "api.file": p["asset"], "api.remove_file": p["asset"],
    }  # fmt: skip
    thing = specific.get(rule.endpoint) or by_endpoint.get(room) or p["draft"]
    if "/assignments/" in rule.rule:
        thing = p["assignment"]
    if "/uploads/<" in rule.rule:
        thing = p["upload"]
    secrets = {"teams": "team-secret", "judging": "jury-secret", "communities": "community-secret"}
    known = {
        "slug": "contest-a",
        "public_id": thing.public_id,
        "secret": secrets.get(room, "no-such-secret"),
        "code": "AAAA-BBBB-CCCC",
        "number": 1,
        "part": "text" if "text" in rule.rule else "tracks",
        "key": "story",
        "track": "story",
        "staff_id": 1,
        "user_id": world.people["rival"].public_id,
        "user_public_id": world.people["rival"].public_id,
        "invite_id": p["team_invite"].public_id,
        "job_id": 1,
        "table": "scores",
        "form": "csv",
        "owner_type": "entry",
        "owner_id": p["draft"].public_id,
        "field": "pages",
        "language": "kk",
        "given_with": "a" * 26,
    }
    if rule.endpoint == "setup.file":
        known["key"] = "pages"
    return {name: known[name] for name in rule.arguments}


def requests_of(app: Flask) -> list[tuple[str, Rule]]:
    return sorted(
        (
            (method, rule)
            for rule in app.url_map.iter_rules()
            if rule.endpoint not in SKIPPED
            for method in rule.methods - {"HEAD", "OPTIONS"}
        ),
        key=lambda pair: (pair[1].rule, pair[0]),
    )


def make_token(person: User) -> str:
    """Give a person an API token with every scope."""
    secret = ids.token()
    with db.transaction() as s:
        token = ApiToken(digest=ids.digest(secret), user_id=person.id, name="all", scopes=sorted(SCOPES))
        token.created_at = clock.now()
        s.add(token)
    return secret


@pytest.fixture
def asked(app, sign_in):
    """Ask every rule as every role: {(method, rule): {role: (status, text)}}."""
    world = make_world()
    cookies = {role: sign_in(world.people[role]).get_cookie("session").value for role in world.people}
    tokens = {role: make_token(person) for role, person in world.people.items()}
    rules = [(method, rule, values(rule, world)) for method, rule in requests_of(app)]
    adapter = app.url_map.bind("localhost")
    db.session().rollback()
    snapshot = Snapshot()
    app.config["WTF_CSRF_ENABLED"] = False
    answers: dict[tuple[str, str], dict[str, tuple[int, str]]] = {}
    try:
        for method, rule, given in rules:
            path = adapter.build(rule.endpoint, given, method=method)
            for role in ROLES:
                browser, more = app.test_client(), {}
                if path.startswith("/api/"):
                    more["headers"] = {"Authorization": f"Bearer {tokens[role]}"} if role in tokens else {}
                    more |= {} if method == "GET" else {"json": {}}
                elif role in cookies:
                    browser.set_cookie("session", cookies[role])
                answer = browser.open(path, method=method, **more)
                answers.setdefault((method, rule.rule), {})[role] = (answer.status_code, answer.text)
                if method != "GET" and answer.status_code < 400:
                    snapshot.put_back()
    finally:
        app.config["WTF_CSRF_ENABLED"] = True
    return answers


@pytest.mark.timeout(400)
def test_what_each_role_may_do_is_written_down(asked):
    found = {key: [str(roles[role][0]) for role in ROLES] for key, roles in asked.items()}
    if os.environ.get("WRITE_MATRIX"):
        with TABLE.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["method", "rule", *ROLES])
            writer.writerows(
                [*key, *statuses] for key, statuses in sorted(found.items(), key=lambda i: (i[0][1], i[0][0]))
            )
    with TABLE.open(newline="") as file:
        rows = list(csv.reader(file))
    written = {(row[0], row[1]): row[2:] for row in rows[1:]}

    assert sorted(found.keys() - written.keys()) == [], "routes without a row"
    assert sorted(written.keys() - found.keys()) == [], "rows without a route"
    assert {key: row for key, row in found.items() if written[key] != row} == {}
    assert [key[1] for key, row in found.items() if any(status.startswith("5") for status in row)] == ["/readyz"]
    leaks = [
        (key, role, name)
        for key, roles in asked.items()
        for role, (_, text) in roles.items()
        for name, secret in SECRETS.items()
        if secret in text and role not in MAY_READ[name]
    ]
    assert leaks == []


MAY_READ = {
    "entry": {"owner"},
    "comment": {"juror", "chair", "organizer", "auditor"},
    "reason": {"organizer", "auditor"},
    "answer": {"owner", "juror", "chair", "organizer", "auditor"},
}
