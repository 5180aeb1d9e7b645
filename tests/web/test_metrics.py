"""Numbers for the operator's Prometheus, and for nobody else."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from creative_platform.core import queue
from creative_platform.core.db import transaction
from creative_platform.core.queue import Job, JobState


def numbers(answer) -> dict[str, float]:
    lines = [line.split() for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


@pytest.mark.database
def test_the_numbers_tell_of_jobs_and_mails(app, client):
    with transaction():
        for _ in range(2):
            queue.enqueue("notices.send_mail", mail_id=0)
        queue.enqueue("notices.send_mail", delay_s=3600, mail_id=0)
    with transaction() as s:
        s.scalars(select(Job).order_by(Job.id)).first().state = JobState.FAILED

    told = numbers(client.get("/metrics"))

    assert (told["jobs_waiting"], told["jobs_running"], told["jobs_failed"]) == (1, 0, 1)
    assert (told["mails_planned"], told["mails_failed"]) == (0, 0)
    assert told["process_resident_memory_bytes"] > 2**20


@pytest.mark.parametrize(
    "environ",
    [
        {"REMOTE_ADDR": "203.0.113.9"},
        {"REMOTE_ADDR": "127.0.0.1", "creative_platform.by_proxy": True},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"},
    ],
)
def test_without_a_token_only_this_machine_reads_them(app, client, environ):
    assert client.get("/metrics", environ_overrides=environ).status_code == 404


def test_with_a_token_its_holder_alone_reads_them(app, client, monkeypatch):
    monkeypatch.setitem(app.config, "METRICS_TOKEN", "a-long-token")
    asked = [
        client.get("/metrics", headers={"Authorization": f"Bearer {t}"}).status_code for t in ("a-long-token", "b")
    ]
    assert [*asked, client.get("/metrics").status_code] == [200, 404, 404]
