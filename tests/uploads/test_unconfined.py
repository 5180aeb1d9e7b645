"""Where decoders must be confined and the kernel will not, files wait as received: nothing is decoded or fails."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from sqlalchemy import select

import config
from creative_platform import doctor
from creative_platform.confinement import isolation
from creative_platform.confinement import runner as confined
from creative_platform.core import clock, db, queue
from creative_platform.core.queue import Job, JobState
from creative_platform.media import queries
from creative_platform.media.models import AssetState
from creative_platform.uploads import service
from tests.factories.accounts import make_user
from tests.factories.entries import make_entry
from tests.factories.files import picture
from tests.uploads.test_uploads import planned

pytestmark = [pytest.mark.database, pytest.mark.storage]


@pytest.fixture
def sent(app, store):
    owner, body = make_user(), picture()
    entry = make_entry(owner=owner, submitted=False)
    service.receive_plain(owner.as_actor(), planned(entry, body), io.BytesIO(body))
    return entry


def state_of(entry) -> AssetState:
    db.session().rollback()
    [asset] = queries.assets_of("entry", entry.id)
    return asset.state


def test_a_file_waits_as_received_until_the_kernel_confines(sent, monkeypatch):
    start, decoded = clock.now(), []
    monkeypatch.setattr(isolation, "_required", True)
    with monkeypatch.context() as refused:
        refused.setattr(isolation, "works", lambda: False)
        refused.setattr(confined, "run", lambda *given, **more: decoded.append(given))
        for hours in range(4):
            with clock.pretend(lambda hours=hours: start + timedelta(hours=hours)):
                queue.work_off(most=3)
        assert (state_of(sent), decoded, queue.failed_jobs()) == (AssetState.RECEIVED, [], [])
        waiting = select(Job.name).where(Job.state == JobState.WAITING, Job.name == "media.check_asset")
        assert len(db.session().scalars(waiting).all()) == 1

    with clock.pretend(lambda: start + timedelta(hours=5)):
        queue.work_off()
    assert state_of(sent) is AssetState.READY


def test_without_the_demand_a_file_is_checked_all_the_same(sent, monkeypatch):
    monkeypatch.setattr(isolation, "works", lambda: False)
    queue.work_off()
    assert state_of(sent) is AssetState.READY


@pytest.mark.parametrize(("required", "said"), [(True, "files wait unchecked"), (False, "decoded all the same")])
def test_the_doctor_says_what_becomes_of_files(app, store, monkeypatch, required, said):
    assert [c for c in doctor.examine() if c.about == "isolation"] == [], "this machine confines"
    monkeypatch.setattr(isolation, "works", lambda: False)
    monkeypatch.setattr(isolation, "_required", required)
    [complaint] = [c for c in doctor.examine() if c.about == "isolation"]
    assert said in complaint.words


@pytest.mark.parametrize(
    ("more", "required"),
    [
        ({"BASE_URL": "https://contest.example.kz"}, True),
        ({"BASE_URL": "http://127.0.0.1:8000"}, False),
        ({"BASE_URL": "https://contest.example.kz", "REQUIRE_MEDIA_ISOLATION": "0"}, False),
        ({"REQUIRE_MEDIA_ISOLATION": "1"}, True),
    ],
)
def test_it_is_demanded_where_people_come_from_outside(more, required):
    given = {
        "SECRET_KEY": "0123456789abcdef" * 3,
        "SIGNING_KEY_FILE": "key.pem",
        "S3_ENDPOINT_URL": "http://127.0.0.1:9000",
        "S3_ACCESS_KEY_ID": "a",
        "S3_SECRET_ACCESS_KEY": "b",
    }
    assert config.load({**given, **more}).require_media_isolation is required
