"""Taking files away: out of a field at once, their bytes out of the store by a job.

The bytes of a file that was removed or not accepted are erased, unless something that was handed in refers to it: its
receipt names the file for ever. The row stays, with its reason.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from creative_platform.core import clock, queue
from creative_platform.core.actor import Actor
from creative_platform.core.db import locked, session, transaction
from creative_platform.core.errors import NotFound, WrongState
from creative_platform.core.queue import Claim
from creative_platform.core.text import N_
from creative_platform.media import owners, storage
from creative_platform.media.models import AssetState, MediaAsset, MediaCaptions, MediaProxy
from creative_platform.media.service import delete_later, later_if_away
from creative_platform.uploads.models import Upload, UploadState
from creative_platform.uploads.service import parts
from creative_platform.uploads.service.commitments import forget_in_store, wait_anew
from creative_platform.uploads.service.planning import EXPIRE_JOB, LOOK_AT_PIECES_S, UPLOAD_DAYS, look_at_pieces_later
from creative_platform.uploads.service.sending import (
    ERASE_JOB,
    lock_upload,
    lock_with_owner,
    upload_of,
)

STILL_ARRIVES_S = 300  # a piece whose sending began while its address was good


def abort_upload(actor: Actor, public_id: str) -> None:
    """Give an upload up and forget its file."""
    upload = upload_of(actor, public_id)
    with transaction() as s:
        row = lock_upload(s, upload.id)
        if row.state is UploadState.COMPLETED:
            raise WrongState(N_("This upload has ended."), state=row.state.value)
        left = _give_up(s, row)
    forget_in_store(*left)


def _give_up(s: Session, upload: Upload) -> tuple[str, str]:
    """End an upload and its file, of a committed one only what came of it; returns what ``forget_in_store`` takes."""
    if upload.asset.awaits_delivery:
        return wait_anew(s, upload)
    upload.state = UploadState.ABORTED
    upload.asset.removed_at = upload.asset.removed_at or clock.now()
    queue.enqueue(ERASE_JOB, asset_id=upload.asset_id)
    return "", ""


def expire_upload(claim: Claim, upload_id: int) -> None:
    """Give up an upload of which nothing was heard for UPLOAD_DAYS; one that lives is looked at again later."""
    left_in_store = ("", "")
    with transaction() as s:
        row = lock_upload(s, upload_id)
        left = row.touched_at + timedelta(days=UPLOAD_DAYS) - clock.now()
        if row.state is UploadState.OPEN and left > timedelta(0):
            queue.enqueue(EXPIRE_JOB, delay_s=left.total_seconds(), upload_id=upload_id)
        elif row.state is UploadState.OPEN:
            left_in_store = _give_up(s, row)
            if row.asset.awaits_delivery:
                queue.enqueue(EXPIRE_JOB, delay_s=UPLOAD_DAYS * 24 * 3600, upload_id=upload_id)
        claim.finish()
    forget_in_store(*left_in_store)


def forget_pieces(claim: Claim, upload_id: int, key: str, opened: str, *, last: bool = False) -> None:
    """Take away the pieces of an upload that ended or was cut anew; of one that is open look again later.

    Their signed addresses outlive it: once these have run out as well, what they let in since is taken away.
    """
    upload = session().scalars(select(Upload).where(Upload.id == upload_id)).one()
    going_on = upload.state is UploadState.OPEN and upload.store_upload_id == opened
    if not going_on:
        parts.forget(storage.storage(), key, opened)
    with transaction():
        if going_on:
            look_at_pieces_later(upload_id, key, opened, LOOK_AT_PIECES_S)
        elif not last:
            look_at_pieces_later(upload_id, key, opened, storage.UPLOAD_URL_TTL_S + STILL_ARRIVES_S, last=True)
        claim.finish()


def remove_asset(actor: Actor, public_id: str) -> MediaAsset:
    """Take a file out of its field; a revision that was handed in with it keeps it."""
    asset = session().scalar(select(MediaAsset).where(MediaAsset.public_id == public_id))
    if asset is None:
        raise NotFound()
    owners.enforce(actor, "write", asset.owner_type, asset.owner_id)
    owner = owners.owner(asset.owner_type)
    with transaction() as s:
        owner.lock(asset.owner_id)
        upload = s.scalar(locked(select(Upload).where(Upload.asset_id == asset.id)))  # its row before the file's
        row = s.scalars(locked(select(MediaAsset).where(MediaAsset.id == asset.id))).one()
        first, row.removed_at = row.removed_at is None, row.removed_at or clock.now()
        promised = row.awaits_delivery and owner.keeps(row)  # what was handed in may still be delivered
        if upload and upload.state is UploadState.OPEN and not promised:
            upload.state = UploadState.ABORTED
        if first:  # who removes it again and again must not fill the queue with what goes before all else
            queue.enqueue(ERASE_JOB, asset_id=row.id)
    return row


def erase_asset(claim: Claim, asset_id: int) -> None:
    """Erase the bytes of a file that nobody can need any more, and of its copies; otherwise do nothing.

    What makes a file erasable never ends again, so the store may be called between two transactions. A file that is
    being checked is left to its check, which asks again when it is done. While the store is away it is tried again,
    for ever. Raises RefusedByStore, Unavailable.
    """
    with transaction() as s:
        asset = lock_with_owner(s, asset_id)
        if not _is_erasable(asset):
            claim.finish()
            return
        keys = [asset.storage_key, *(copy.storage_key for copy in asset.proxies)]
        upload = s.scalar(select(Upload).where(Upload.asset_id == asset_id))
        opened = (str(asset.storage_key), upload.store_upload_id) if upload and upload.store_upload_id else None
    store = storage.storage()
    with later_if_away(claim, ERASE_JOB, asset_id=asset_id):
        if opened:
            parts.forget(store, *opened)
        for key in filter(None, keys):
            store.delete(key)
    if claim.finished:
        return
    with transaction() as s:
        asset = s.scalars(locked(select(MediaAsset).where(MediaAsset.id == asset_id))).one()
        copied = [copy.storage_key for copy in asset.proxies if copy.storage_key and copy.storage_key not in keys]
        s.execute(delete(MediaProxy).where(MediaProxy.asset_id == asset_id))
        s.execute(delete(MediaCaptions).where(MediaCaptions.asset_id == asset_id))
        asset.storage_key = None
        if asset.removed_at:
            asset.state = AssetState.ERASED
        delete_later(*copied)  # made, or moved, while the others were being erased
        claim.finish()


def _is_erasable(asset: MediaAsset) -> bool:
    if asset.storage_key is None or asset.state in (AssetState.RECEIVED, AssetState.VERIFYING):
        return False
    unwanted = asset.removed_at is not None or asset.state is AssetState.REJECTED
    return unwanted and not owners.owner(asset.owner_type).keeps(asset)
