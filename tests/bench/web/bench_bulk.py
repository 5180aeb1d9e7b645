"""Taking away and storing 1,000 entries: ``python -m tests.bench.web.bench_bulk``.

The tables of `/manage/<slug>/export` as a browser gets them (a contest of 1,000 entries and 3,000 sheets), and 1,000
drafts with team and member stored in one transaction. The baseline of each is what Python's sqlite3 and csv take for
rows of the same number in the same database: ratios are to it, and to a second, which peers are measured in.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import select

import config
from creative_platform.accounts.models import User
from creative_platform.app import create_app
from creative_platform.contests.models import Contest
from creative_platform.core import clock, ids
from creative_platform.core.db import session, transaction
from creative_platform.core.text import search_text, sort_key
from creative_platform.entries.models import Entry, Team, TeamMember, TeamRole
from tests.bench.web.bench_pages import ROOT, environment, sign_in
from tests.bench.web.crowd import make_crowd
from tests.fixtures.browsers import Browser

BUDGETS_S = {"entries.csv": 0.5, "scores.csv": 0.5, "insert": 1.0}


def best_s(act: Callable[[], Any], times: int = 3) -> float:
    """Return the shortest of several runs in seconds."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        took.append(time.perf_counter() - start)
    return min(took)


def store(contest: Contest, author: User, count: int) -> None:
    """Store so many drafts in one transaction, each with a team of one."""
    now, track = clock.now(), contest.tracks[0]
    with transaction() as s:
        for n in range(count):
            title = f"Имя {n}"
            team = Team(contest_id=contest.id, name=title, created_at=now)
            team.members = [TeamMember(user_id=author.id, role=TeamRole.CAPTAIN, joined_at=now)]
            entry = Entry(code=ids.short_code(), contest_id=contest.id, track_id=track.id, team=team, title=title)
            entry.created_at = entry.saved_at = now
            entry.search_text, entry.sort_key = search_text(title), sort_key(title)
            s.add(entry)


def plain_insert(path: Path, count: int) -> None:
    """Store rows of the same number by sqlite3 alone."""
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE IF NOT EXISTS plain (id INTEGER PRIMARY KEY, a TEXT, b TEXT, c TEXT, d TEXT)")
        database.executemany("INSERT INTO plain (a, b, c, d) VALUES (?, ?, ?, ?)", [("x" * 40,) * 4] * count * 3)


def plain_export(path: Path, table: str) -> None:
    """Write a table as CSV by sqlite3 and csv alone."""
    with sqlite3.connect(path) as database:
        csv.writer(io.StringIO()).writerows(database.execute(f"SELECT * FROM {table}"))


def main() -> None:
    """Print the table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=Path("var/bench/web-bulk.json"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings, path = environment(Path(folder), 8000), Path(folder) / "platform.db"
        base_url = settings["BASE_URL"]
        app = create_app(config.load(settings))
        app.test_client_class = Browser
        with app.app_context():
            upgrade(directory=str(ROOT / "migrations"))
            crowd = make_crowd("bulk", args.entries, announced=True)
            slug, contest_id, author_id = crowd.contest.slug, crowd.contest.id, crowd.participant.id
            cookie = sign_in(app, base_url, crowd.organizer)
            session().rollback()
            browser = app.test_client(use_cookies=False)

            def export(table: str) -> None:
                address = f"/manage/{slug}/export/{table}"
                answer = browser.get(address, base_url=base_url, headers={"Cookie": cookie})
                assert answer.status_code == 200 and len(answer.data.splitlines()) > args.entries

            def insert() -> None:
                contest = session().scalars(select(Contest).where(Contest.id == contest_id)).one()
                store(contest, session().get_one(User, author_id), args.entries)

            rows = [
                ("entries.csv", best_s(lambda: export("entries.csv")), best_s(lambda: plain_export(path, "entry"))),
                ("scores.csv", best_s(lambda: export("scores.csv")), best_s(lambda: plain_export(path, "score"))),
                ("insert", best_s(insert), best_s(lambda: plain_insert(path, args.entries))),
            ]
    found = [
        {"what": what, "seconds": round(took, 3), "budget_s": BUDGETS_S[what], "ratio": round(took / plain, 1)}
        for what, took, plain in rows
    ]
    sys.stdout.write(f"{'what':14}{'seconds':>9}{'budget':>8}{'x plain':>9}\n")
    for one in found:
        sys.stdout.write(f"{one['what']:14}{one['seconds']:9}{one['budget_s']:8}{one['ratio']:9}\n")
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
