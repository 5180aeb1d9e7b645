"""What must hold after every blow: what is published is whole, what was accepted is there."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import av
from PIL import Image
from sqlalchemy import select

from creative_platform.core import db
from creative_platform.core.queue import Job, JobState
from creative_platform.entries.models import Entry, EntryState, Receipt
from creative_platform.media import queries, storage
from creative_platform.media.models import AssetState, MediaAsset, MediaProxy
from creative_platform.uploads.models import Upload
from creative_platform.uploads.service.sending import CHECK_JOB


def files_of(entry_id: int) -> list[MediaAsset]:
    """Return an entry's files as they are now."""
    db.session().rollback()
    return queries.assets_of("entry", entry_id)


def state_of(entry_id: int) -> AssetState | None:
    """Return how far an entry's one file is; None while there is none."""
    return next((asset.state for asset in files_of(entry_id)), None)


def part_size_of(entry_id: int) -> int:
    """Return how large the parts of an entry's one file are."""
    [asset] = files_of(entry_id)
    return db.session().scalars(select(Upload.part_size_bytes).where(Upload.asset_id == asset.id)).one()


def runs(name: str, asset_id: int) -> bool:
    """Say whether a job of a file is at work now."""
    db.session().rollback()
    running = db.session().scalars(select(Job).where(Job.name == name, Job.state == JobState.RUNNING))
    return any(job.arguments["asset_id"] == asset_id for job in running)


def jobs_left() -> list[str]:
    """Return the names of the jobs that are due, or look again at a file, and have not ended well."""
    db.session().rollback()
    rows = db.session().scalars(select(Job).where(Job.state != JobState.DONE))
    return [
        f"{job.name} {job.state.value} {job.last_error}"
        for job in rows
        if job.due_at <= job.created_at or job.tries or job.name == CHECK_JOB
    ]


class Published:
    """Everything that people can look at, held against what was sent, each once."""

    def __init__(self) -> None:
        self.sent: dict[int, Path] = {}  # by entry
        self.originals: set[int] = set()
        self.copies: set[int] = set()

    def check(self) -> None:
        """Read what has come since the last time."""
        db.session().rollback()
        ready = db.session().scalars(select(MediaAsset).where(MediaAsset.state == AssetState.READY)).all()
        for asset in ready:
            if asset.id not in self.originals:
                body = self.sent[asset.owner_id].read_bytes()
                assert asset.sha256 == hashlib.sha256(body).hexdigest(), f"file {asset.public_id}"
                assert storage.storage().read(str(asset.storage_key)) == body, f"object of file {asset.public_id}"
                self.originals.add(asset.id)
        for copy in db.session().scalars(select(MediaProxy).where(MediaProxy.storage_key.is_not(None))).all():
            if copy.id not in self.copies:
                body = storage.storage().read(str(copy.storage_key))
                assert len(body) == copy.size_bytes, f"copy {copy.name} of {copy.asset_id}"
                _decode(copy.content_type, body)
                self.copies.add(copy.id)


def _decode(content_type: str, body: bytes) -> None:
    """Fail unless a copy can be looked at to its end."""
    if content_type.startswith("image/"):
        Image.open(io.BytesIO(body)).load()
    elif content_type.startswith(("video/", "audio/")):
        with av.open(io.BytesIO(body)) as film:
            assert sum(1 for _ in film.decode(video=0)) > 0
    else:
        raise AssertionError(f"a copy of an unexpected kind: {content_type}")


def assert_accepted_entries_are_there(receipts: dict[int, str]) -> None:
    """Compare the receipts that people hold with what is stored."""
    db.session().rollback()
    stored = {receipt.code: receipt for receipt in db.session().scalars(select(Receipt))}
    for entry_id, code in receipts.items():
        assert stored[code].revision.entry_id == entry_id
        assert db.session().get_one(Entry, entry_id).state is EntryState.SUBMITTED
