"""However uploads, checks, deaths, removals, erasing and sweeps follow each other: what a row needs is in the store."""

from __future__ import annotations

import io
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from creative_platform.contests.models import Stage
from creative_platform.core import clock, db, queue
from creative_platform.core.errors import DomainError
from creative_platform.core.queue import Job, JobState
from creative_platform.entries import service as entries
from creative_platform.media import service, storage
from creative_platform.media.models import AssetState, MediaAsset, MediaProxy
from creative_platform.media.storage import Storage
from creative_platform.uploads import service as uploads
from creative_platform.uploads.models import Upload, UploadState
from creative_platform.uploads.service import checks, parts, sending
from tests.factories.accounts import make_user
from tests.factories.entries import make_entry
from tests.factories.files import picture
from tests.uploads.test_uploads import planned, sha256

pytestmark = [pytest.mark.database, pytest.mark.storage]
NOT_THERE_YET = (AssetState.PLANNED, AssetState.UPLOADING)


class Killed(BaseException):
    """What no handler catches: the process is gone."""


@pytest.fixture
def empty_store(store):
    """A bucket of its own in the real store, so that what is found there is this test's."""
    given = store.credentials
    own = Storage(
        store.endpoint_url, "", given.access_key_id, given.secret_access_key, f"b{secrets.token_hex(8)}", given.region
    )
    own.client.create_bucket(Bucket=own.bucket)
    storage.configure(own)
    yield own
    own.close()
    storage.configure(store)


class World:
    """One team with an entry, and what may happen to its files, at a time that only goes on."""

    def __init__(self) -> None:
        self.owner = make_user()
        self.entry = make_entry(owner=self.owner, submitted=False)
        with db.transaction() as s:
            for stage in s.scalars(select(Stage).where(Stage.contest_id == self.entry.contest_id)):
                stage.ends_at += timedelta(days=1000)
        self.count, self.past = 0, timedelta()
        self.pieces: set[str] = set()

    def _file(self) -> tuple[uploads.Planned, bytes]:
        self.count += 1
        body = picture(f"{self.entry.public_id} {self.count}")
        return planned(self.entry, body), body

    def send_whole(self) -> None:
        plan, body = self._file()
        uploads.receive_plain(self.owner.as_actor(), plan, io.BytesIO(body))

    def send_a_part(self) -> None:
        self._begin(*self._file())

    def send_a_piece(self) -> None:
        plan, body = self._file()
        self._begin(replace(plan, bytes_per_s=1), body)

    def _begin(self, plan: uploads.Planned, body: bytes) -> None:
        upload = uploads.plan_upload(self.owner.as_actor(), plan)  # of two pictures that look alike the first goes on
        key, opened = sending.key_of(upload), upload.store_upload_id
        parts.send(storage.storage(), key, opened, 1, io.BytesIO(body), sha256(body))
        if parts.are_pieces(opened):
            self.pieces.add(parts.piece_key(key, opened, 1))

    def remove_one(self) -> None:
        here = select(MediaAsset).where(MediaAsset.owner_id == self.entry.id, MediaAsset.removed_at.is_(None))
        for asset in db.session().scalars(here.order_by(MediaAsset.id).limit(1)).all():
            uploads.remove_asset(self.owner.as_actor(), asset.public_id)

    def hand_in(self) -> None:
        entries.submit_entry(self.owner.as_actor(), self.entry.public_id, arrived_at=clock.now())

    def end_addresses(self) -> None:
        with db.transaction():
            service.end_addresses("entry", [self.entry.id])

    def work(self) -> None:
        for job in db.session().scalars(select(Job).where(Job.state == JobState.RUNNING)).all():
            queue.work(job.id)  # of a worker that died
        queue.work_off()

    def work_and_die(self) -> None:
        def dies(*given: Any) -> bool:
            raise Killed()

        with mock.patch.object(checks, "_store_outcome", dies):
            self.work()

    def sweep_while_checking(self) -> None:
        really = checks._store_outcome

        def later(*given: Any) -> bool:
            sweep()
            return really(*given)

        with mock.patch.object(checks, "_store_outcome", later):
            self.work()

    def sweep(self) -> None:
        sweep()

    def days_pass(self) -> None:
        self.past += timedelta(days=4)


def sweep() -> None:
    with db.transaction() as s:
        queue.enqueue("media.sweep_orphans")
        job_id = s.scalar(select(func.max(Job.id)))
    queue.work(job_id)


ACTS = [name for name in vars(World) if not name.startswith("_")]


def assert_nothing_is_lost(store: Storage, pieces: set[str]) -> None:
    s = db.session()
    there, begun = set(store.keys()), {upload_id for _, upload_id in store.open_uploads()}
    kept = select(MediaAsset.storage_key).where(MediaAsset.state.not_in(NOT_THERE_YET))
    copies = select(MediaProxy.storage_key)
    named = {key for query in (kept, copies) for key in s.scalars(query) if key is not None}
    assert named <= there
    opened = select(MediaAsset.storage_key, Upload.store_upload_id).join(Upload)
    opened = opened.where(Upload.state == UploadState.OPEN, Upload.store_upload_id != "")
    underway = s.execute(opened).all()
    assert {name for _, name in underway if not parts.are_pieces(name)} <= begun
    assert {parts.piece_key(key, name, 1) for key, name in underway if parts.are_pieces(name)} & pieces <= there


@settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.generate],  # making a failure smaller would take hours of real uploads
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=st.lists(st.sampled_from(ACTS), min_size=4, max_size=20))
def test_whatever_follows_what_nothing_needed_is_swept_and_nothing_else_stays(empty_store, acts):
    start = clock.now()
    world = World()
    for name in [*acts, "days_pass", "days_pass", "work", "sweep", "days_pass", "days_pass", "work", "sweep"]:
        with clock.pretend(lambda: start + world.past):
            try:
                getattr(world, name)()
            except (DomainError, Killed):
                db.session().rollback()
            assert_nothing_is_lost(empty_store, world.pieces)
    rows = select(MediaAsset.storage_key), select(MediaProxy.storage_key)
    assert set(empty_store.keys()) <= {key for query in rows for key in db.session().scalars(query)}
    assert queue.failed_jobs() == []
