"""Tables of files, derived copies, captions and orphans."""

from __future__ import annotations

import enum
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from creative_platform.core.db import Base, enum_column
from creative_platform.core.ids import public_id


class MediaKind(enum.StrEnum):
    """What a file is, by its content."""

    VIDEO = "video"
    AUDIO = "audio"
    IMAGE = "image"
    PDF = "pdf"
    DOCUMENT = "document"
    ZIP = "zip"


class AssetState(enum.StrEnum):
    """The life of a file."""

    PLANNED = "planned"
    UPLOADING = "uploading"
    RECEIVED = "received"
    VERIFYING = "verifying"
    READY = "ready"
    REJECTED = "rejected"
    ERASED = "erased"

    @classmethod
    def arrived(cls) -> tuple[AssetState, ...]:
        """States in which all bytes are with us."""
        return (cls.RECEIVED, cls.VERIFYING, cls.READY)


class CopiesWanted(enum.StrEnum):
    """Which of the copies that cost processor time are wanted: none, what browsers can play, or all."""

    NONE = "none"
    PLAYABLE = "playable"
    ALL = "all"

    def covers(self, other: CopiesWanted) -> bool:
        """Say whether this is as much as the other, or more."""
        ordered = list(CopiesWanted)
        return ordered.index(self) >= ordered.index(other)


NOT_DELIVERED = "media.not_delivered"
VIRUS = "media.virus"


class MediaAsset(Base):
    """An original file of some owner (``owner_type``, ``owner_id`` name a row of another room).

    ``storage_key`` is None once the bytes were erased. ``committed_at`` is when its size and SHA-256 were promised,
    of a file whose bytes came, or were to come, after that.
    """

    __tablename__ = "media_asset"
    __table_args__ = (
        Index("ix_media_asset_owner", "owner_type", "owner_id", "field"),
        CheckConstraint("size_bytes > 0", name="size_positive"),
        CheckConstraint("committed_at IS NULL OR declared_sha256 IS NOT NULL", name="committed_to_something"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    owner_type: Mapped[str] = mapped_column(String(40))
    owner_id: Mapped[int]
    field: Mapped[str] = mapped_column(String(60))
    position: Mapped[int] = mapped_column(default=0)
    filename: Mapped[str] = mapped_column(String(255))
    filename_salt: Mapped[str] = mapped_column(String(32))
    content_type: Mapped[str] = mapped_column(String(120))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    declared_sha256: Mapped[str | None] = mapped_column(String(64))
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    state: Mapped[AssetState] = mapped_column(enum_column(AssetState), default=AssetState.PLANNED)
    kind: Mapped[MediaKind | None] = mapped_column(enum_column(MediaKind))
    real_type: Mapped[str] = mapped_column(String(120), default="")
    duration_s: Mapped[float | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason: Mapped[str] = mapped_column(String(60), default="")
    copies_wanted: Mapped[CopiesWanted] = mapped_column(enum_column(CopiesWanted), default=CopiesWanted.NONE)
    storage_key: Mapped[str | None] = mapped_column(String(100), unique=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    committed_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    proxies: Mapped[list[MediaProxy]] = relationship(back_populates="asset", order_by="MediaProxy.id")
    captions: Mapped[list[MediaCaptions]] = relationship(order_by="MediaCaptions.language")

    @property
    def awaits_delivery(self) -> bool:
        """Say whether the file was committed and its bytes may still come."""
        return self.committed_at is not None and self.state in (AssetState.PLANNED, AssetState.UPLOADING)

    @property
    def is_owed(self) -> bool:
        """Say whether the file was committed and the bytes that were promised are not here."""
        return self.awaits_delivery or self.reason == NOT_DELIVERED


CLEAN = "clean"


class MediaProxy(Base):
    """A derived copy, rebuildable from the original.

    ``name`` is an output of `inspection` (poster.jpg, view.webp, peaks.json …), one of `renditions` (light, sheet.jpg,
    page-01.webp …) or CLEAN. Pictures and copies lie in the store under a random key of their own; JSON outputs are
    small and stand in ``data``.
    """

    __tablename__ = "media_proxy"
    __table_args__ = (UniqueConstraint("asset_id", "name", "recipe"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    asset_id: Mapped[int] = mapped_column(ForeignKey("media_asset.id"))
    name: Mapped[str] = mapped_column(String(20))
    recipe: Mapped[int] = mapped_column(default=1)
    storage_key: Mapped[str | None] = mapped_column(String(100), unique=True)
    content_type: Mapped[str] = mapped_column(String(120))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int | None]
    height: Mapped[int | None]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    asset: Mapped[MediaAsset] = relationship(back_populates="proxies")


class Orphan(Base):
    """An object in the store that no row names, found by the sweep, or (``store_upload_id``) an upload never completed.

    ``found_at`` begins its quarantine, ``seen_at`` is when it was last there and still unnamed.
    """

    __tablename__ = "orphan"
    __table_args__ = (UniqueConstraint("storage_key", "store_upload_id"),)
    QUARANTINE = timedelta(days=7)

    id: Mapped[int] = mapped_column(primary_key=True)
    storage_key: Mapped[str] = mapped_column(String(1024))
    store_upload_id: Mapped[str] = mapped_column(String(300), default="")
    found_at: Mapped[datetime]
    seen_at: Mapped[datetime]

    @property
    def goes_at(self) -> datetime:
        """When it is taken away, unless a row has come to name it."""
        return self.found_at + self.QUARANTINE


class MediaCaptions(Base):
    """Captions of a film in one language: WebVTT of our own writing, loaded only where it is read."""

    __tablename__ = "media_captions"
    __table_args__ = (UniqueConstraint("asset_id", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("media_asset.id"))
    language: Mapped[str] = mapped_column(String(2))
    text: Mapped[str] = mapped_column(Text, deferred=True)
    created_at: Mapped[datetime]
