"""Erasing the files of owners that are erased themselves: what is left of each is a row without words and bytes."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import selectinload

from creative_platform.core import clock, queue
from creative_platform.core.db import locked, transaction
from creative_platform.core.queue import Claim
from creative_platform.media import storage
from creative_platform.media.models import AssetState, CopiesWanted, MediaAsset, MediaCaptions, MediaProxy
from creative_platform.media.service import delete_later, later_if_away
from creative_platform.uploads.models import Upload, UploadPart, UploadState
from creative_platform.uploads.service import parts
from creative_platform.uploads.service.sending import ERASE_JOB

FORGET_UPLOAD_JOB = "media.forget_upload"


def erase_files(owner_type: str, owner_ids: Collection[int]) -> int:
    """End every file of these owners in the running verb; jobs erase the bytes. Returns how many.

    From now on nobody is shown a file; that nothing keeps them (`Owner.keeps`) is the caller's to see to.
    """
    with transaction() as s:
        uploads = s.scalars(locked(select(Upload).where(Upload.asset_id.in_(_of(owner_type, owner_ids)))))
        for upload in uploads.all():  # its row before the file's
            if upload.state is UploadState.OPEN:
                upload.state = UploadState.ABORTED
            upload.fingerprint = ""
            s.execute(delete(UploadPart).where(UploadPart.upload_id == upload.id))
        assets = select(MediaAsset).where(MediaAsset.id.in_(_of(owner_type, owner_ids))).order_by(MediaAsset.id)
        found = s.scalars(locked(assets.options(selectinload(MediaAsset.proxies)))).all()
        for asset in found:
            delete_later(*(copy.storage_key for copy in asset.proxies if copy.storage_key))
            s.execute(delete(MediaProxy).where(MediaProxy.asset_id == asset.id))
            s.execute(delete(MediaCaptions).where(MediaCaptions.asset_id == asset.id))
            _empty(asset)
            if asset.storage_key:
                queue.enqueue(ERASE_JOB, asset_id=asset.id)
        s.flush()
        s.expire_all()
    return len(found)


def _of(owner_type: str, owner_ids: Collection[int] | Select[int]) -> Select[int]:
    return select(MediaAsset.id).where(MediaAsset.owner_type == owner_type, MediaAsset.owner_id.in_(owner_ids))


def _empty(asset: MediaAsset) -> None:
    asset.state, asset.removed_at = AssetState.ERASED, asset.removed_at or clock.now()
    asset.copies_wanted, asset.details = CopiesWanted.NONE, {}
    asset.filename = asset.filename_salt = asset.real_type = asset.reason = ""
    asset.committed_at = asset.declared_sha256 = asset.sha256 = None
    asset.duration_s = asset.width = asset.height = asset.created_by_id = None


def forget_files_later(owner_type: str, owner_ids: Select[int]) -> list[int]:
    """Have all objects of these owners' files deleted, whose rows the running verb deletes; returns the rows' ids."""
    with transaction() as s:
        mine = MediaAsset.id.in_(_of(owner_type, owner_ids))
        begun = select(MediaAsset.storage_key, Upload.store_upload_id).join(Upload).where(mine)
        for key, opened in s.execute(begun.where(Upload.state != UploadState.COMPLETED, Upload.store_upload_id != "")):
            if key:
                queue.enqueue(FORGET_UPLOAD_JOB, key=key, opened=opened)
        originals = s.scalars(select(MediaAsset.storage_key).where(mine)).all()
        copies = s.scalars(select(MediaProxy.storage_key).join(MediaAsset).where(mine)).all()
        delete_later(*filter(None, (*originals, *copies)))
        return list(s.scalars(select(MediaAsset.id).where(mine)))


def forget_upload(claim: Claim, key: str, opened: str) -> None:
    """Take away what came of an upload whose rows are gone. While the store is away it is tried again, for ever."""
    with later_if_away(claim, FORGET_UPLOAD_JOB, key=key, opened=opened):
        parts.forget(storage.storage(), key, opened)
