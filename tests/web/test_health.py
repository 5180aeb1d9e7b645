"""Alive and ready: every part that pages need is asked, and each one alone can say no."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import create_engine

from creative_platform.app import database
from creative_platform.core import queue
from creative_platform.web import health

NOWHERE = "sqlite:////nowhere/at/all.db"

pytestmark = pytest.mark.database


@pytest.fixture
def broken(request: pytest.FixtureRequest, app: Flask, store, monkeypatch) -> Iterator[str]:
    """Break one part; the others are real and answer."""
    part: str = request.param
    store.ready()  # the first call makes the client, which may take longer than a part is given
    queue_url = app.config["QUEUE_URL"]
    if part == "database":
        monkeypatch.setitem(database.engines, None, create_engine(NOWHERE))
    elif part == "queue":
        queue.connect(NOWHERE, app.app_context)
    elif part == "store":
        monkeypatch.setattr(store, "bucket", "another")
    yield part
    queue.connect(queue_url, app.app_context)


@pytest.mark.storage
@pytest.mark.parametrize("broken", ["nothing"], indirect=True)
def test_ready_when_database_queue_and_store_answer(broken, client):
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json) == (
        200,
        {"ready": True, "parts": {"database": "ok", "queue": "ok", "store": "ok"}},
    )


@pytest.mark.storage
@pytest.mark.parametrize("broken", ["database", "queue", "store"], indirect=True)
def test_not_ready_while_one_part_fails(broken, client):
    answer = client.get("/readyz")

    states = {"database": "ok", "queue": "ok", "store": "ok", broken: "failing"}
    assert (answer.status_code, answer.json) == (503, {"ready": False, "parts": states})


@pytest.mark.parametrize("broken", ["database"], indirect=True)
def test_alive_though_the_database_fails(broken, client):
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 503)


def test_a_part_that_hangs_is_not_waited_for_and_asked_only_once(client, monkeypatch):
    answered, asked = threading.Event(), []
    monkeypatch.setattr(health, "WITHIN_S", 0.2)
    monkeypatch.setattr(health, "_checks", {"slow": lambda: asked.append(1) or answered.wait(30)})

    first, second = client.get("/readyz"), client.get("/readyz")
    answered.set()
    health._asked["slow"].result(30)
    third = client.get("/readyz")

    assert [(a.status_code, a.json["parts"]) for a in (first, second, third)] == [
        (503, {"slow": "failing"}),
        (503, {"slow": "failing"}),
        (200, {"slow": "ok"}),
    ]
    assert len(asked) == 2
