"""Commands for operators and for whoever checks a receipt or a result away from the installation."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from creative_platform import doctor
from creative_platform.core import clock, db, queue
from creative_platform.core.db import transaction
from creative_platform.core.queue import Job, JobState
from creative_platform.entries import queries, revisions, service
from creative_platform.media import storage
from creative_platform.media.storage import Storage
from creative_platform.results import service as results
from tests.factories.accounts import make_user
from tests.factories.entries import make_entry
from tests.factories.judging import computed, given

pytestmark = pytest.mark.database


@pytest.fixture
def runner(app):
    return app.test_cli_runner()


@pytest.fixture
def receipt(app):
    owner = make_user()
    entry = make_entry(owner=owner, submitted=False)
    service.submit_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
    return revisions.receipt_file(queries.receipts_of(entry)[0])


def check(runner, tmp_path, kept, *more):
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(kept))
    return runner.invoke(args=["receipt", "verify", str(path), *more])


def test_a_genuine_receipt_is_confirmed_offline_with_saved_keys(runner, client, tmp_path, receipt):
    keys = tmp_path / "keys.json"
    keys.write_text(client.get("/verify/keys.json").text)

    answer = check(runner, tmp_path, receipt, "--keys", str(keys))
    assert (answer.exit_code, answer.output.strip()) == (0, "the receipt is genuine")


@pytest.mark.parametrize(
    "forge",
    [
        lambda kept: kept | {"payload": kept["payload"].replace('"revision":1', '"revision":2')},
        lambda kept: kept | {"signature": "AAAA"},
        lambda kept: kept | {"key_id": "0" * 16},
        lambda kept: kept | {"digests": kept["digests"] | {"title": "0" * 64}},
        lambda kept: {name: kept["verification"][name] for name in ("payload", "key_id", "signature")},
        lambda kept: kept | {"verification": {name: kept[name] for name in ("payload", "key_id", "signature")}},
        lambda kept: {"payload": 5},
        lambda kept: [],
    ],
)
def test_a_forged_receipt_is_not(runner, tmp_path, receipt, forge):
    assert check(runner, tmp_path, forge(receipt)).exit_code == 1


def test_published_results_are_confirmed_and_recomputed(runner, client, tmp_path, closed, organizer, entries):
    opened = computed(closed, organizer).opening
    given(closed, organizer, entries, reason="Best")
    results.publish_results(organizer.as_actor(), closed)
    path = tmp_path / "results.json"
    path.write_text(client.get(f"/contests/{closed.slug}/results.json").text)

    answer = runner.invoke(args=["results", "verify", str(path)])
    assert (answer.exit_code, answer.output.strip()) == (0, "the results are genuine and the ranking recomputes")
    assert check(runner, tmp_path, json.loads(path.read_text())).exit_code == 1  # signed by us, and yet no receipt
    ranking = tmp_path / "ranking.json"
    ranking.write_text(client.get(f"/contests/{closed.slug}/ranking.json").text)
    opening = tmp_path / "conflicts.json"
    for kept, told in (
        (opened, "no sheet is in conflict"),
        ({"salt": "0" * 64, "conflicts": [], "format": "scoring/conflicts/1"}, "the digest of the conflicts is"),
        ([], "no opening of conflicts"),
    ):
        opening.write_text(json.dumps(kept))
        answer = runner.invoke(args=["results", "verify", str(path), "--conflicts", str(opening)])
        assert (answer.exit_code, told in answer.output) == (int("in conflict" not in told), True)
    assert runner.invoke(args=["results", "verify", str(path), "--conflicts", ""]).exit_code == 2
    refused = runner.invoke(args=["results", "verify", str(ranking)])
    assert (refused.exit_code, "`python -m scoring verify FILE` recomputes it" in refused.output) == (1, True)
    path.write_text(path.read_text().replace("Best", "Worst"))
    assert runner.invoke(args=["results", "verify", str(path)]).exit_code == 1


@pytest.mark.storage
def test_storage_doctor_finds_the_embedded_store_fit(runner, store):
    first = runner.invoke(args=["storage", "doctor", "--origin", "http://localhost:8000"])

    assert first.exit_code == 0, first.output
    assert [line.split()[0] for line in first.output.splitlines() if line.startswith("MISSING")] == []
    assert "ok      part checksum" in first.output
    assert "ok      nosniff" in first.output and "ok      sandbox" in first.output


@pytest.mark.storage
@pytest.mark.parametrize(
    ("wrong", "said", "general"),
    [
        (
            {"secret_access_key": "wrong"},
            "MISSING access          the store refuses us (SignatureDoesNotMatch): check S3_ACCESS_KEY_ID,",
            "NOT WELL store: the object store does not let us in: run `flask --app wsgi storage doctor`",
        ),
        (
            {"bucket": "absent"},
            "MISSING access          there is no bucket absent (S3_BUCKET): make it",
            "NOT WELL store: the object store does not let us in: run `flask --app wsgi storage doctor`",
        ),
        (
            {"endpoint_url": "http://127.0.0.1:1"},
            "MISSING answer          no object can be stored at http://127.0.0.1:1 (S3_ENDPOINT_URL)",
            "NOT WELL store: the object store does not answer",
        ),
        (
            {"public_url": "http://127.0.0.1:1"},
            "MISSING public address  http://127.0.0.1:1 (S3_PUBLIC_URL) does not answer here (",
            "all is well",
        ),
    ],
    ids=["secret", "bucket", "endpoint", "public address"],
)
def test_the_doctors_say_in_words_why_a_store_cannot_be_used(runner, store, object_store, wrong, said, general):
    right = {
        "endpoint_url": store.endpoint_url,
        "public_url": store.public_url,
        "access_key_id": object_store.access_key_id,
        "secret_access_key": object_store.secret_access_key,
        "bucket": store.bucket,
        "region": "us-east-1",
    }
    mistaken = Storage(**{**right, **wrong})
    storage.configure(mistaken)
    examined, asked = runner.invoke(args=["storage", "doctor"]), runner.invoke(args=["doctor"])
    mistaken.close()

    assert (examined.exit_code, len(examined.output.splitlines())) == (1, 1)
    assert examined.output.startswith(said)
    assert asked.output.strip() == general
    assert not any(key.startswith("doctor/") for key in list(store.keys()))


def test_doctor_says_in_words_that_the_database_is_gone_or_empty(runner, monkeypatch):
    gone = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/x")
    said = {}
    for name, engine in {"gone": gone, "empty": create_engine("sqlite://")}.items():
        monkeypatch.setattr(doctor, "session", lambda engine=engine: Session(engine))
        said[name] = runner.invoke(args=["doctor"])

    assert {name: answer.exit_code for name, answer in said.items()} == {"gone": 1, "empty": 1}
    assert said["gone"].output.startswith("NOT WELL database: the database does not answer: connection")
    assert "NOT WELL database: tables are missing (api_token, " in said["empty"].output
    assert "flask --app wsgi db upgrade" in said["empty"].output


@pytest.mark.storage
def test_doctor_names_a_lost_object_and_mends_failed_jobs(runner, store):
    assert runner.invoke(args=["doctor"]).output.strip() == "all is well"
    with transaction() as s:
        now = clock.now()
        s.add(Job(name="x", arguments={}, created_at=now, due_at=now, sent_at=now, state=JobState.FAILED, tries=3))

    assert runner.invoke(args=["doctor"]).exit_code == 1
    assert "mended" in runner.invoke(args=["doctor", "--fix"]).output
    assert [job.state for job in db.session().scalars(select(Job))] == [JobState.WAITING]
    assert queue.failed_jobs() == []
