"""What tests of commitments do: promise a file, hand in, deliver it."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import select

from creative_platform.contests.models import StageKind
from creative_platform.core import db
from creative_platform.entries import service as entries
from creative_platform.entries.models import Entry, EntryState
from creative_platform.media.models import MediaAsset
from creative_platform.notices.models import OutboxMail
from creative_platform.uploads import service
from tests.factories.files import picture

BODY = picture()
OTHER = BODY[:-1] + bytes([BODY[-1] ^ 1])  # one byte changed
WINDOW = timedelta(hours=48)


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def closing(entry):
    return next(s for s in entry.contest.stages if s.kind is StageKind.ENTRIES).ends_at


def planned(entry, body: bytes = BODY, *, told: str | None = None, **more) -> service.Planned:
    plan = {"field": "pages", "filename": "Сурет Ә.jpg", "content_type": "image/jpeg", "sha256": told or sha256(body)}
    return service.Planned("entry", entry.public_id, size_bytes=len(body), **{**plan, **more})


def commit(owner, entry, body: bytes = BODY, **more) -> MediaAsset:
    return service.commit_file(owner.as_actor(), planned(entry, body, **more))


def hand_in(hands, owner, entry):
    return entries.submit_entry(owner.as_actor(), entry.public_id, arrived_at=hands.now)


def deliver(store, owner, entry, body: bytes = BODY, **more) -> MediaAsset:
    """Send bytes as a program does; what is told of them may be a lie."""
    actor = owner.as_actor()
    upload = service.plan_upload(actor, planned(entry, body, **more))
    etag = store.upload_part(upload.asset.storage_key, upload.store_upload_id, 1, body)
    service.record_part(actor, upload.public_id, service.SentPart(1, etag, sha256(body)))
    return service.complete_upload(actor, upload.public_id, sha256=more.get("told"))


def state_of(entry) -> EntryState:
    return db.session().get_one(Entry, entry.id, populate_existing=True).state


def mails(kind: str) -> list[OutboxMail]:
    return list(db.session().scalars(select(OutboxMail).where(OutboxMail.kind == kind).order_by(OutboxMail.id)))


def committed_in_time(hands, owner, entry, body: bytes = BODY) -> MediaAsset:
    """Commit and hand in a minute before the close."""
    hands.at(closing(entry) - timedelta(seconds=60))
    asset = commit(owner, entry, body)
    hand_in(hands, owner, entry)
    return asset
