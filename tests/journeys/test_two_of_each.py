"""Two web servers and two workers against one PostgreSQL and one store, set up as docs/operators.md says.

Every request goes to the other web server than the one before.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from flask_migrate import upgrade
from sqlalchemy import func, select, update

from creative_platform.accounts.service import SCOPES, create_api_token
from creative_platform.accounts.service.sign_ins import MOST_PER_ACCOUNT
from creative_platform.contests.models import Stage
from creative_platform.core import clock, db
from creative_platform.core.db import transaction
from creative_platform.core.queue import Job, JobState
from creative_platform.stack import children, keys
from creative_platform.stack.launch import ROOT
from creative_platform.stack.ports import free_ports
from tests.factories.accounts import PASSWORD, make_user
from tests.fixtures.api import Program
from tests.fixtures.people import csrf_of
from tests.journeys.road import Platform, walk

pytestmark = [pytest.mark.storage, pytest.mark.timeout(240)]

PUBLIC = "http://contest.example.test"
LONGEST_S = 90.0


@dataclass(frozen=True)
class Answer:
    """An answer with the names that Flask's test client gives it."""

    status_code: int
    headers: Any
    data: bytes

    @property
    def content_type(self) -> str:
        return self.headers["Content-Type"]

    @property
    def text(self) -> str:
        return self.data.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.data)


class Doors:
    """The web servers, asked in turn, as behind a proxy: by the public name, each request at the next one."""

    def __init__(self, *ports: int) -> None:
        self.ports = ports
        self.turns = itertools.cycle(ports)

    def open(self, path: str, method: str = "GET", json: Any = None, headers: Any = None, data: Any = None) -> Answer:
        return self.ask(next(self.turns), path, method, json, headers, data)

    def ask(
        self, port: int, path: str, method: str = "GET", json_body: Any = None, headers: Any = None, data: Any = None
    ) -> Answer:
        given = {"Host": urlsplit(PUBLIC).netloc, **(headers or {})}
        body = None if json_body is None else json.dumps(json_body).encode()
        if body is not None:
            given["Content-Type"] = "application/json"
        if data is not None:
            body, given["Content-Type"] = urlencode(data).encode(), "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_S)
        try:
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()


class Remote(Program):
    """A program somewhere else."""

    def __init__(self, doors: Doors, secret: str = "") -> None:
        self.client = doors
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}


def same_everywhere(values: dict[str, str]) -> dict[str, str]:
    """Return the settings that docs/operators.md wants to be the same on every machine, and no other."""
    growing = (ROOT / "docs" / "operators.md").read_text().split("## Growing")[1].split("\n## ")[0]
    return {name: values[name] for name in re.findall(r"^([A-Z0-9_]+)=", growing, re.M)}


@pytest.fixture
def doors(tmp_path: Path, object_store, make_postgres_database, application_on) -> Iterator[Doors]:
    """Two of each, ready; the test process itself is a third machine."""
    common = same_everywhere(
        {
            "SECRET_KEY": "one secret for all of them 0123456789",
            "SIGNING_KEY_FILE": keys.ensure(tmp_path / "keys")["SIGNING_KEY_FILE"],
            "BASE_URL": PUBLIC,
            "UPLOAD_URL": PUBLIC,
            "DATABASE_URL": make_postgres_database(),
            "S3_ENDPOINT_URL": object_store.endpoint_url,
            "S3_PUBLIC_URL": object_store.endpoint_url,
            "S3_ACCESS_KEY_ID": object_store.access_key_id,
            "S3_SECRET_ACCESS_KEY": object_store.secret_access_key,
            "S3_BUCKET": object_store.bucket,
        }
    )
    ports = free_ports("127.0.0.1", 2)
    with application_on({**common, "VAR_DIR": str(tmp_path / "here")}):
        upgrade(directory=str(ROOT / "migrations"))
        processes = []
        try:
            for number, port in enumerate(ports):
                own = tmp_path / f"machine-{number}"
                own.mkdir()
                surroundings = {"PATH": os.environ["PATH"], "VAR_DIR": str(own), **common}
                web = ["-m", "creative_platform.stack.web", "--port", str(port), "--spool-dir", str(own)]
                worker = ["-m", "flask", "--app", "wsgi", "worker", "--processes", "1"]
                for name, command in (("web", web), ("worker", worker)):
                    log = own / f"{name}.log"
                    processes.append(
                        children.start([sys.executable, *command], log, folder=ROOT, environment=surroundings)
                    )
            made = Doors(*ports)
            for port in ports:
                wait_until(lambda: is_ready(made, port))  # noqa: B023 - waited for in this turn
            yield made
        finally:
            children.stop(processes, 15)


def is_ready(doors: Doors, port: int) -> bool:
    try:
        return doors.ask(port, "/readyz").status_code == 200
    except OSError:
        return False


def wait_until(true: Any) -> None:
    until = time.monotonic() + LONGEST_S
    while not true():
        assert time.monotonic() < until, "time is up"
        time.sleep(0.1)


def work_off() -> None:
    """Wait until the workers have done everything that is due."""

    def nothing_left() -> bool:
        db.session().rollback()
        at_work = Job.state.in_([JobState.WAITING, JobState.RUNNING]) & (Job.due_at <= clock.now())
        return db.session().scalar(select(func.count(Job.id)).where(at_work)) == 0

    wait_until(nothing_left)
    tried_again = db.session().execute(select(Job.name, Job.last_error).where(Job.tries > 1)).all()
    assert tried_again == [], "no job fails, not even once"


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Make now that instant by moving the stages: other processes have clocks of their own."""
    with transaction() as s:
        ahead = instant - clock.now()
        for stage in s.scalars(select(Stage)):
            moved = {"starts_at": stage.starts_at - ahead, "ends_at": stage.ends_at - ahead}
            s.execute(update(Stage).where(Stage.id == stage.id).values(moved))
    yield


def test_the_road_over_two_of_each(doors: Doors) -> None:
    def program(person: Any = None) -> Remote:
        return Remote(doors, create_api_token(person.as_actor(), "a test", SCOPES) if person else "")

    walk(Platform(program, work_off, at))

    # whoever of the two took a job, each was done once; the daily ones perhaps by both, which does no harm
    rows = db.session().execute(select(Job.state, Job.tries).where(Job.due_at <= clock.now()).distinct())
    assert [tuple(row) for row in rows] == [(JobState.DONE, 1)]
    a_browser_is_at_home_at_both(doors)
    counts_are_one(doors)
    files_of_pages_are_the_same(doors)


def a_browser_is_at_home_at_both(doors: Doors) -> None:
    """A page of one server, its form sent to the other, the sign-in good at both."""
    person = make_user()
    page = doors.open("/login")
    cookie = {"Cookie": page.headers["Set-Cookie"].split(";")[0]}
    typed = {"email": person.email, "password": PASSWORD, "csrf_token": csrf_of(page.text)}
    entered = doors.open("/login", "POST", headers=cookie, data=typed)
    assert entered.status_code == 303
    cookie = {
        "Cookie": next(c for c in entered.headers.get_all("Set-Cookie") if c.startswith("session=")).split(";")[0]
    }
    for _ in doors.ports:
        assert doors.open("/my", headers=cookie).status_code == 200


def counts_are_one(doors: Doors) -> None:
    """Failures to sign in are counted together, so that a second server is no second chance."""
    page = doors.open("/login")
    cookie = {"Cookie": page.headers["Set-Cookie"].split(";")[0]}
    typed = {"email": make_user().email, "password": "wrong", "csrf_token": csrf_of(page.text)}
    tries = [doors.open("/login", "POST", headers=cookie, data=typed).status_code for _ in range(MOST_PER_ACCOUNT + 1)]
    assert (set(tries[:-1]), tries[-1]) == ({422}, 429)


def files_of_pages_are_the_same(doors: Doors) -> None:
    """What a page of one server names, the other has."""
    for address in re.findall(r'(?:href|src)="(/static/[^"#]+)', doors.ask(doors.ports[0], "/").text):
        here, there = (doors.ask(port, address) for port in doors.ports)
        assert (there.status_code, there.data) == (200, here.data)
