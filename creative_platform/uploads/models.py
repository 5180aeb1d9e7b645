"""Tables of what is being sent."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from creative_platform.core.db import Base, enum_column
from creative_platform.core.ids import public_id
from creative_platform.media.models import MediaAsset


class UploadState(enum.StrEnum):
    """The life of an upload."""

    OPEN = "open"
    COMPLETED = "completed"
    ABORTED = "aborted"


class Upload(Base):
    """One upload of an asset's bytes in parts, kept open over reloads and days.

    ``store_upload_id`` is the store's name of a multipart upload, or, when each part is an object of its own, one of
    ours that begins with ``pieces-`` and names their folder.
    """

    __tablename__ = "upload"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    asset_id: Mapped[int] = mapped_column(ForeignKey("media_asset.id"), unique=True)
    store_upload_id: Mapped[str] = mapped_column(String(300), default="")
    part_size_bytes: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[UploadState] = mapped_column(enum_column(UploadState), default=UploadState.OPEN)
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    asset: Mapped[MediaAsset] = relationship()
    parts: Mapped[list[UploadPart]] = relationship(order_by="UploadPart.number")


class UploadPart(Base):
    """One part that the store has taken."""

    __tablename__ = "upload_part"
    __table_args__ = (UniqueConstraint("upload_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    upload_id: Mapped[int] = mapped_column(ForeignKey("upload.id"))
    number: Mapped[int]
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    etag: Mapped[str] = mapped_column(String(80))
