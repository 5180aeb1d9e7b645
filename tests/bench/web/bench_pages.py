"""What pages cost: ``python -m tests.bench.web.bench_pages``.

Each page of a contest with 100 and with 1,000 entries and 20 jurors, and a bare Flask page, both under gunicorn with
two sync workers. Figures are ratios to the bare page, which is measured again before every page: CPU of the serving
processes for a request, and requests a second from 4 clients at once. CPU is the one to trust on a shared machine.
SQL is what one request asks of the database.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import event

import config
from creative_platform.accounts.models import User
from creative_platform.app import create_app, database
from creative_platform.core.db import session
from creative_platform.stack.ports import free_ports
from tests.bench.web.crowd import Crowd, make_crowd
from tests.factories.accounts import PASSWORD
from tests.fixtures.browsers import Browser
from tests.stack.processes import descendants

ROOT = Path(__file__).resolve().parents[3]
CLIENTS = 4
TICKS = os.sysconf("SC_CLK_TCK")

# Name -> (CPU ratio to stay under at 100 and at 1,000 entries, most SQL statements).
BUDGETS = {
    "gallery": (25, 30, 6),
    "winners": (30, 30, 10),
    "entry": (20, 20, 8),
    "log in": (10, 10, 2),
    "draft form": (20, 20, 12),
    "jury, one entry": (13, 13, 8),
    "jury, my list": (40, 40, 10),
    "organizer's entries": (40, 40, 10),
    "organizer's progress": (40, 40, 10),
}


@dataclass(frozen=True)
class Asked:
    """One page: its address and who asks."""

    name: str
    path: str
    cookie: str = ""


def pages(judged: Crowd, announced: Crowd, cookies: dict[int, str]) -> list[Asked]:
    """Return the pages of two contests of the same size."""
    slug, staff = judged.contest.slug, cookies[judged.organizer.id]
    return [
        Asked("gallery", f"/contests/{announced.contest.slug}/gallery"),
        Asked("winners", f"/contests/{announced.contest.slug}/winners"),
        Asked("entry", f"/entries/{announced.entry.public_id}"),
        Asked("log in", "/login"),
        Asked("draft form", f"/my/entries/{judged.draft.public_id}", cookies[judged.participant.id]),
        Asked("jury, one entry", f"/jury/{judged.assignment.public_id}", cookies[judged.juror.id]),
        Asked("jury, my list", "/jury", cookies[judged.juror.id]),
        Asked("organizer's entries", f"/manage/{slug}/entries", staff),
        Asked("organizer's progress", f"/manage/{slug}/progress", staff),
    ]


def environment(folder: Path, port: int) -> dict[str, str]:
    """Return the settings of an installation in a folder; no page asks the object store for anything."""
    key = folder / "signing.pem"
    key.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return {
        "VAR_DIR": str(folder),
        "SECRET_KEY": "0123456789-abcdefghijklmnopqrstuvwxyz",
        "S3_ENDPOINT_URL": "http://127.0.0.1:9",
        "S3_ACCESS_KEY_ID": "bench:bench",
        "S3_SECRET_ACCESS_KEY": "nobody-listens",
        "SIGNING_KEY_FILE": str(key),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "DEFAULT_LOCALE": "en",
    }


def sign_in(app: Flask, base_url: str, person: User) -> str:
    """Return the cookie of a fresh sign-in through the form."""
    browser = app.test_client()
    token = browser.get("/login", base_url=base_url).text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"email": person.email, "password": PASSWORD, "csrf_token": token}
    answer = browser.post("/login", data=form, base_url=base_url)
    assert answer.status_code == 303, answer.status
    cookie = browser.get_cookie("session", domain="127.0.0.1")
    assert cookie is not None
    return f"session={cookie.value}"


def statements(app: Flask, base_url: str, asked: Asked) -> int:
    """Return how many SQL statements one request takes."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT")):
            seen.append(statement)

    headers = {"Cookie": asked.cookie} if asked.cookie else {}
    app.test_client(use_cookies=False).get(asked.path, base_url=base_url, headers=headers)
    event.listen(database.engine, "before_cursor_execute", note)
    try:
        answer = app.test_client(use_cookies=False).get(asked.path, base_url=base_url, headers=headers)
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    assert answer.status_code == 200, f"{asked.path}: {answer.status}"
    return len(seen)


@contextlib.contextmanager
def served(module: str, port: int, settings: dict[str, str]) -> Iterator[int]:
    """Serve a WSGI application by gunicorn with two sync workers; gives the master's process id."""
    command = [sys.executable, "-m", "gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}", "--log-level", "warning", module]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}) as process:
        try:
            for _ in range(200):
                with contextlib.suppress(OSError):
                    http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
                    break
                time.sleep(0.1)
            yield process.pid
        finally:
            process.terminate()


def cpu_ms(pid: int) -> float:
    """Return the CPU milliseconds that a process and its children have used."""
    used = 0.0
    for one in [pid, *descendants(pid)]:
        fields = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        used += (int(fields[11]) + int(fields[12])) / TICKS * 1000
    return used


def get(port: int, asked: Asked) -> int:
    """Ask once, over a connection of its own as sync workers want it; returns the status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", asked.path, headers={"Cookie": asked.cookie} if asked.cookie else {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def measured(pid: int, port: int, asked: Asked, count: int) -> tuple[float, float]:
    """Return (CPU ms a request, requests a second) over so many requests from CLIENTS at once."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda _n: get(port, asked), range(CLIENTS * 3)))
        before, start = cpu_ms(pid), time.perf_counter()
        statuses = set(pool.map(lambda _n: get(port, asked), range(count)))
        took, used = time.perf_counter() - start, cpu_ms(pid) - before
    assert statuses == {200}, f"{asked.path}: {statuses}"
    return used / count, count / took


def main() -> None:
    """Print the table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--out", type=Path, default=Path("var/bench/web-pages.json"))
    args = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        port, hello_port = free_ports("127.0.0.1", 2)
        settings, base_url = environment(Path(folder), port), f"http://127.0.0.1:{port}"
        app = create_app(config.load(settings))
        app.test_client_class = Browser
        with app.app_context():
            upgrade(directory=str(ROOT / "migrations"))
            asked = [(size, one) for size in args.sizes for one in _seeded(app, base_url, size)]
            counts = [statements(app, base_url, one) for _size, one in asked]
        bare = Asked("hello", "/")
        with (
            served("wsgi:app", port, settings) as pid,
            served("tests.bench.web.hello:app", hello_port, {}) as hello_pid,
        ):
            sys.stdout.write(
                f"{'page':22}{'entries':>8}{'CPU ms':>8}{'x hello':>9}{'budget':>8}{'req/s ratio':>13}{'SQL':>5}\n"
            )
            for (size, one), count in zip(asked, counts, strict=True):
                base = [measured(hello_pid, hello_port, bare, args.requests * 4)]
                cpu, rate = measured(pid, port, one, args.requests)
                base.append(measured(hello_pid, hello_port, bare, args.requests * 4))
                hello_cpu, hello_rate = (statistics.mean(column) for column in zip(*base, strict=True))
                budget = BUDGETS[one.name][0 if size <= 100 else 1]
                row = {
                    "page": one.name,
                    "entries": size,
                    "cpu_ms": round(cpu, 2),
                    "cpu_ratio": round(cpu / hello_cpu, 1),
                }
                row |= {"budget": budget, "rate_ratio": round(rate / hello_rate, 4), "sql": count}
                rows.append(row)
                sys.stdout.write(
                    f"{one.name:22}{size:8}{cpu:8.2f}{row['cpu_ratio']:9}{budget:8}{row['rate_ratio']:13}{count:5}\n"
                )
                sys.stdout.flush()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(rows, indent=1))


def _seeded(app: Flask, base_url: str, size: int) -> list[Asked]:
    judged = make_crowd(f"judged-{size}", size, announced=False)
    announced = make_crowd(f"announced-{size}", size, announced=True)
    cookies = {p.id: sign_in(app, base_url, p) for p in (judged.organizer, judged.juror, judged.participant)}
    session().rollback()
    return pages(judged, announced, cookies)


if __name__ == "__main__":
    main()
