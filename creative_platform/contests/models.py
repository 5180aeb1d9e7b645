"""Tables of contests and their published rules."""

from __future__ import annotations

import enum
import hashlib
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from creative_platform.accounts.models import User
from creative_platform.core.db import Base, SortKey, enum_column
from creative_platform.core.ids import public_id
from creative_platform.core.text import LocalizedText, LocalizedTextType


class ContestKind(enum.StrEnum):
    """What sort of call it is."""

    CONTEST = "contest"
    HACKATHON = "hackathon"
    CAMPAIGN = "campaign"
    GRANT_CALL = "grant_call"


class ContestState(enum.StrEnum):
    """The life of a contest."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class StaffRole(enum.StrEnum):
    """What a person does for a contest."""

    ORGANIZER = "organizer"
    AUDITOR = "auditor"


class StageKind(enum.StrEnum):
    """The stages of the timeline, in order."""

    ENTRIES = "entries"
    JUDGING = "judging"
    ANNOUNCEMENT = "announcement"


class FieldKind(enum.StrEnum):
    """What a custom form field takes."""

    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    CHOICE = "choice"
    NUMBER = "number"
    LINK = "link"
    CONSENT = "consent"


class Contest(Base):
    """One edition. While it is a draft everything can change; published rules are kept as RulesVersions.

    ``announced_at`` is when its results became public: what entries and jury did stands still from then on.
    ``tie_steps`` order entries of equal score (see values). ``lot_seed`` is what lots are drawn from: the rules publish
    its SHA-256, the ranking itself; nobody reads it before. So with ``draw_seed`` for who judges what.
    """

    __tablename__ = "contest"
    __table_args__ = (
        CheckConstraint("max_entries_person >= 1 AND max_entries_team >= 1 AND max_team_size >= 1", name="limits"),
        CheckConstraint("reviews_per_entry >= 1", name="reviews"),
        CheckConstraint("delivery_window_h >= 0", name="delivery_window"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[ContestKind] = mapped_column(enum_column(ContestKind), default=ContestKind.CONTEST)
    state: Mapped[ContestState] = mapped_column(enum_column(ContestState), default=ContestState.DRAFT, index=True)
    title: Mapped[LocalizedText] = mapped_column(LocalizedTextType)
    summary: Mapped[LocalizedText] = mapped_column(LocalizedTextType, default=LocalizedText)
    body: Mapped[LocalizedText] = mapped_column(LocalizedTextType, default=LocalizedText)
    timezone: Mapped[str] = mapped_column(String(60), default="Asia/Almaty")
    max_entries_person: Mapped[int] = mapped_column(default=1)
    max_entries_team: Mapped[int] = mapped_column(default=1)
    max_team_size: Mapped[int] = mapped_column(default=5)
    delivery_window_h: Mapped[int] = mapped_column(default=48)
    min_age: Mapped[int | None]
    max_age: Mapped[int | None]
    allowed_regions: Mapped[list[Any]] = mapped_column(default=list)
    members_only: Mapped[bool] = mapped_column(default=False)
    drafts_readable: Mapped[bool] = mapped_column(default=False)
    blind: Mapped[bool] = mapped_column(default=True)
    reviews_per_entry: Mapped[int] = mapped_column(default=3)
    tie_steps: Mapped[list[Any]] = mapped_column(default=list)
    lot_seed: Mapped[str] = mapped_column(String(32), default=lambda: secrets.token_hex(16))
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("contest.id"))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    announced_at: Mapped[datetime | None]
    sort_key: Mapped[str] = mapped_column(SortKey, default="")
    search_text: Mapped[str] = mapped_column(String(900), default="")
    staff: Mapped[list[ContestStaff]] = relationship(back_populates="contest", order_by="ContestStaff.id")
    tracks: Mapped[list[Track]] = relationship(back_populates="contest", order_by="Track.position")
    fields: Mapped[list[FormField]] = relationship(back_populates="contest", order_by="FormField.position")
    stages: Mapped[list[Stage]] = relationship(back_populates="contest", order_by="Stage.starts_at")
    rounds: Mapped[list[Round]] = relationship(back_populates="contest", order_by="Round.number")
    awards: Mapped[list[Award]] = relationship(back_populates="contest", order_by="Award.position")
    rules: Mapped[list[RulesVersion]] = relationship(back_populates="contest", order_by="RulesVersion.number")

    @property
    def draw_seed(self) -> str:
        """What the seeds of the jury's drawings are made of; not the seed of the lots, which may stay secret longer."""
        return hashlib.sha256(f"{self.lot_seed}/draws".encode()).hexdigest()


class ContestStaff(Base):
    """A person's role in a contest; ``reason`` is an instance admin's who made themselves an organizer."""

    __tablename__ = "contest_staff"
    __table_args__ = (UniqueConstraint("contest_id", "user_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[StaffRole] = mapped_column(enum_column(StaffRole))
    since: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text, default="")
    contest: Mapped[Contest] = relationship(back_populates="staff")
    user: Mapped[User] = relationship()


class RulesVersion(Base):
    """The rules as published: canonical JSON and its SHA-256; never changed."""

    __tablename__ = "rules_version"
    __table_args__ = (UniqueConstraint("contest_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    number: Mapped[int]
    document: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    change_note: Mapped[LocalizedText] = mapped_column(LocalizedTextType, default=LocalizedText)
    published_at: Mapped[datetime]
    published_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    contest: Mapped[Contest] = relationship(back_populates="rules")


class Track(Base):
    """The thematic stream an entrant chooses."""

    __tablename__ = "track"
    __table_args__ = (UniqueConstraint("contest_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    key: Mapped[str] = mapped_column(String(40))
    title: Mapped[LocalizedText] = mapped_column(LocalizedTextType)
    description: Mapped[LocalizedText] = mapped_column(LocalizedTextType, default=LocalizedText)
    position: Mapped[int] = mapped_column(default=0)
    contest: Mapped[Contest] = relationship(back_populates="tracks")
    requirements: Mapped[list[MediaRequirement]] = relationship(
        back_populates="track", order_by="MediaRequirement.position", cascade="all, delete-orphan"
    )


class MediaRequirement(Base):
    """What files an entry of a track hands in: kinds, how many, how large, how long."""

    __tablename__ = "media_requirement"
    __table_args__ = (
        UniqueConstraint("track_id", "key"),
        CheckConstraint("min_count >= 0 AND max_count >= 1 AND min_count <= max_count", name="counts"),
        CheckConstraint("max_size_bytes > 0", name="size"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    track_id: Mapped[int] = mapped_column(ForeignKey("track.id"))
    key: Mapped[str] = mapped_column(String(40))
    title: Mapped[LocalizedText] = mapped_column(LocalizedTextType)
    help: Mapped[LocalizedText] = mapped_column(LocalizedTextType, default=LocalizedText)
    kinds: Mapped[list[Any]]
    min_count: Mapped[int] = mapped_column(default=1)
    max_count: Mapped[int] = mapped_column(default=1)
    max_size_bytes: Mapped[int] = mapped_column(default=300 * 1024 * 1024)
    min_duration_s: Mapped[int | None]
    max_duration_s: Mapped[int | None]
    position: Mapped[int] = mapped_column(default=0)
    track: Mapped[Track] = relationship(back_populates="requirements")


class FormField(Base):
    """A custom question of the entry form."""

    __tablename__ = "form_field"
    __table_args__ = (UniqueConstraint("contest_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    key: Mapped[str] = mapped_column(String(40))
    kind: Mapped[FieldKind] = mapped_column(enum_column(FieldKind))
    label: Mapped[LocalizedText] = mapped_column(LocalizedTextType)
    help: Mapped[LocalizedText] = mapped_column(LocalizedTextType, default=LocalizedText)
    required: Mapped[bool] = mapped_column(default=False)
    min_value: Mapped[int | None]
    max_value: Mapped[int | None]
    options: Mapped[list[Any]] = mapped_column(default=list)
    position: Mapped[int] = mapped_column(default=0)
    contest: Mapped[Contest] = relationship(back_populates="fields")

    def said(self, answer: object, locale: str) -> str:
        """Return an answer as people read it: of a choice its words, not its key."""
        titles = next((option.get("title") for option in self.options if option.get("key") == answer), None) or {}
        return str(titles.get(locale) or next(iter(titles.values()), answer))


class Stage(Base):
    """A state of the timeline; ``starts_at <= t < ends_at``."""

    __tablename__ = "stage"
    __table_args__ = (UniqueConstraint("contest_id", "kind"), CheckConstraint("starts_at < ends_at", name="order"))

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    kind: Mapped[StageKind] = mapped_column(enum_column(StageKind))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    contest: Mapped[Contest] = relationship(back_populates="stages")


class Round(Base):
    """One evaluation pass with its own rubric.

    ``sheet_ended_at`` is when a sheet last ceased to count after the close, because its juror is in conflict.
    """

    __tablename__ = "round"
    __table_args__ = (UniqueConstraint("contest_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    number: Mapped[int] = mapped_column(default=1)
    title: Mapped[LocalizedText] = mapped_column(LocalizedTextType, default=LocalizedText)
    closed_at: Mapped[datetime | None]
    sheet_ended_at: Mapped[datetime | None]
    contest: Mapped[Contest] = relationship(back_populates="rounds")
    criteria: Mapped[list[Criterion]] = relationship(
        back_populates="round", order_by="Criterion.position", cascade="all, delete-orphan"
    )


class Criterion(Base):
    """One criterion of a round's rubric: scale, weight, what each level means (``anchors``: value -> text)."""

    __tablename__ = "criterion"
    __table_args__ = (
        UniqueConstraint("round_id", "key"),
        CheckConstraint("scale_min < scale_max", name="scale"),
        CheckConstraint("weight > 0", name="weight"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    key: Mapped[str] = mapped_column(String(40))
    title: Mapped[LocalizedText] = mapped_column(LocalizedTextType)
    help: Mapped[LocalizedText] = mapped_column(LocalizedTextType, default=LocalizedText)
    weight: Mapped[float] = mapped_column(default=1.0)
    scale_min: Mapped[int] = mapped_column(default=1)
    scale_max: Mapped[int] = mapped_column(default=10)
    anchors: Mapped[dict[str, Any]] = mapped_column(default=dict)
    position: Mapped[int] = mapped_column(default=0)
    round: Mapped[Round] = relationship(back_populates="criteria")


class Award(Base):
    """What can be won; in one track or in all."""

    __tablename__ = "award"
    __table_args__ = (CheckConstraint("quantity >= 1", name="quantity"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), index=True)
    track_id: Mapped[int | None] = mapped_column(ForeignKey("track.id"))
    title: Mapped[LocalizedText] = mapped_column(LocalizedTextType)
    description: Mapped[LocalizedText] = mapped_column(LocalizedTextType, default=LocalizedText)
    quantity: Mapped[int] = mapped_column(default=1)
    position: Mapped[int] = mapped_column(default=0)
    contest: Mapped[Contest] = relationship(back_populates="awards")
    track: Mapped[Track | None] = relationship()
