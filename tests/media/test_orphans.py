"""What a killed worker leaves in the store goes after a week in quarantine; what a row names never does."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from creative_platform.core import clock, daily, db, queue
from creative_platform.core.errors import Unavailable
from creative_platform.core.queue import Job, JobState
from creative_platform.media import queries, service, storage
from creative_platform.media.models import AssetState, MediaAsset
from creative_platform.media.service import orphans
from creative_platform.media.storage import UNTYPED, new_key
from creative_platform.uploads import service as uploads
from creative_platform.uploads.service import checks
from tests.factories.accounts import make_user
from tests.factories.entries import make_entry
from tests.factories.files import picture
from tests.uploads.test_uploads import planned

pytestmark = [pytest.mark.database, pytest.mark.storage]


class Killed(BaseException):
    """What no handler catches: the process is gone."""


@pytest.fixture
def sent(app, store):
    owner = make_user()
    entry, body = make_entry(owner=owner, submitted=False), picture()
    return uploads.receive_plain(owner.as_actor(), planned(entry, body), io.BytesIO(body))


def kept() -> set[str]:
    return {key for area in ("originals/", "derived/", "papers/") for key in storage.storage().keys(area)}


def sweep() -> None:
    daily.enqueue_due()
    queue.work_off()
    assert queue.failed_jobs() == []


def named(asset: MediaAsset) -> set[str]:
    return {str(asset.storage_key), *(copy.storage_key for copy in asset.proxies if copy.storage_key)}


def test_what_a_killed_check_wrote_goes_after_quarantine(sent, monkeypatch):
    before, store = kept(), storage.storage()
    with monkeypatch.context() as torn:
        torn.setattr(checks, "_store_outcome", lambda *given: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            queue.work_off()
    left = kept() - before
    half = new_key("derived")
    begun = store.open_upload(half, UNTYPED)
    paper = new_key("papers")
    store.put(paper, b"a certificate", "application/pdf")
    assert len(left) >= 2, "a copy of the original and at least one picture"

    start = clock.now()
    with clock.pretend(lambda: start + timedelta(hours=1)):
        for job in db.session().scalars(select(Job).where(Job.state == JobState.RUNNING)).all():
            queue.work(job.id)  # as another worker does once the dead one's lease ran out
        sweep()
        assert left <= kept(), "a check of another worker may still name them"
    with clock.pretend(lambda: start + timedelta(days=3)):
        sweep()
        assert left <= kept(), "found, written down, and kept for a week"
        assert left | {half} <= {orphan.storage_key for orphan in service.find_orphans()}
    with clock.pretend(lambda: start + timedelta(days=10, hours=1)):
        sweep()
        assert service.find_orphans() == []

    [asset] = queries.assets_of("entry", sent.owner_id)
    assert (asset.state, named(asset) <= kept()) == (AssetState.READY, True)
    assert left & kept() == set()
    assert paper in kept(), "certificates are not of this room"
    assert begun not in {name for _, name in store.open_uploads()}
    store.delete(paper)


def test_a_store_that_is_away_is_looked_at_again_tomorrow(app, monkeypatch):
    class Away:
        def keys(self, *given, **more):
            raise Unavailable()

    monkeypatch.setattr(storage, "storage", Away)
    sweep()


def test_what_a_row_comes_to_name_leaves_the_quarantine(sent):
    queue.work_off()
    store, start, lost = storage.storage(), clock.now(), new_key("originals")
    store.put(lost, b"x", UNTYPED)
    with clock.pretend(lambda: start + timedelta(days=3)):
        sweep()
    with db.transaction() as s:  # as when a database is restored to a later copy
        s.scalars(select(MediaAsset)).one().storage_key = lost

    for days in (5, 11):
        with clock.pretend(lambda days=days: start + timedelta(days=days)):
            sweep()

    assert lost in kept()


def test_uploads_begun_beside_a_file_that_is_there_go(sent):
    queue.work_off()
    store, start = storage.storage(), clock.now()
    [asset] = queries.assets_of("entry", sent.owner_id)
    names = sorted(named(asset))
    for key in [*names, *names]:  # an answer was lost, twice
        store.open_upload(key, UNTYPED)

    for days in (3, 11):
        with clock.pretend(lambda days=days: start + timedelta(days=days)):
            sweep()

    assert names and not set(names) & {key for key, _ in store.open_uploads()}
    assert set(names) <= kept()


def test_only_so_many_go_a_run(app, store, monkeypatch):
    monkeypatch.setattr(orphans, "MOST_A_RUN", 2)
    monkeypatch.setattr(orphans, "AREAS", ("ceiling/",))
    start, lost = clock.now(), [new_key("ceiling") for _ in range(5)]
    for key in lost:
        storage.storage().put(key, b"x", "image/jpeg")
    left = []
    for days in (3, 11, 13, 15):
        with clock.pretend(lambda days=days: start + timedelta(days=days)):
            sweep()
        left.append(len(list(storage.storage().keys("ceiling/"))))

    assert left == [5, 3, 1, 0]


def test_the_command_says_what_will_go_and_takes_nothing(app, store):
    start, lost = clock.now(), new_key("derived")
    storage.storage().put(lost, b"x", "image/jpeg")
    with clock.pretend(lambda: start + timedelta(days=30)):
        for _ in range(2):
            said = app.test_cli_runner().invoke(args=["storage", "orphans"])
            line = next(line for line in said.output.splitlines() if lost in line)
    assert line.endswith(f"goes {start + timedelta(days=37):%Y-%m-%d}")
    assert lost in kept()
    storage.storage().delete(lost)
