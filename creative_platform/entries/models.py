"""Tables of teams, entries, revisions, receipts and screening."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from creative_platform.accounts.models import User
from creative_platform.communities.models import Community
from creative_platform.contests.models import Contest, RulesVersion, Track
from creative_platform.core.db import Base, SortKey, enum_column
from creative_platform.core.ids import public_id, salt
from creative_platform.core.text import LocalizedText, LocalizedTextType


class EntryState(enum.StrEnum):
    """The life of an entry."""

    DRAFT = "draft"
    COMMITTED = "committed"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    DISQUALIFIED = "disqualified"

    @classmethod
    def handed_in(cls) -> tuple[EntryState, ...]:
        """States in which the entry takes part."""
        return (cls.COMMITTED, cls.SUBMITTED)


class TeamRole(enum.StrEnum):
    """What a person is in a team; the captain alone submits and withdraws."""

    CAPTAIN = "captain"
    MEMBER = "member"


class ScreeningOutcome(enum.StrEnum):
    """What the eligibility check decided."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    NEEDS_INFORMATION = "needs_information"


class Team(Base):
    """The people behind entries of one contest; a team of one is the usual case."""

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    contest: Mapped[Contest] = relationship()
    members: Mapped[list[TeamMember]] = relationship(back_populates="team", order_by="TeamMember.id")


class TeamMember(Base):
    """A person in a team; joining confirmed their credit. ``part`` says what they did."""

    __tablename__ = "team_member"
    __table_args__ = (UniqueConstraint("team_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[TeamRole] = mapped_column(enum_column(TeamRole), default=TeamRole.MEMBER)
    part: Mapped[str] = mapped_column(String(120), default="")
    joined_at: Mapped[datetime]
    team: Mapped[Team] = relationship(back_populates="members")
    user: Mapped[User] = relationship()


class TeamInvite(Base):
    """A hashed single-use link by which one person joins a team."""

    __tablename__ = "team_invite"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    revoked_at: Mapped[datetime | None]
    team: Mapped[Team] = relationship()


@dataclass(frozen=True)
class Draft:
    """What a team has saved of an entry, handed in or not; ``community`` is a public id."""

    title: str
    summary: str
    language: str
    track: Track
    answers: dict[str, Any]
    community: str | None


class Entry(Base):
    """What a team is working on and has handed in. ``version`` counts saves; two writers never overwrite each other.

    Once it is handed in, the words and the track stay those of the newest revision, and what is saved afterwards waits
    in ``edits`` until it is handed in as well: what a draft became reaches neither the jury nor the winners' page.
    ``deliver_until`` is what was promised when it was handed in with files that were only committed.
    """

    __tablename__ = "entry"
    __table_args__ = (
        Index("ix_entry_contest_id_state_sort_key", "contest_id", "state", "sort_key"),
        CheckConstraint("state NOT IN ('submitted', 'committed') OR submitted_at IS NOT NULL", name="submitted_when"),
        CheckConstraint("state != 'committed' OR deliver_until IS NOT NULL", name="deliver_when"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    code: Mapped[str] = mapped_column(String(14), unique=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    track_id: Mapped[int] = mapped_column(ForeignKey("track.id"), index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"), index=True)
    state: Mapped[EntryState] = mapped_column(enum_column(EntryState), default=EntryState.DRAFT)
    title: Mapped[str] = mapped_column(String(200), default="")
    summary: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(2), default="kk")
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    edits: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    reopened_until: Mapped[datetime | None]
    deliver_until: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    disqualified_reason: Mapped[LocalizedText] = mapped_column(LocalizedTextType, default=LocalizedText)
    search_text: Mapped[str] = mapped_column(String(900), default="")
    sort_key: Mapped[str] = mapped_column(SortKey, default="")
    contest: Mapped[Contest] = relationship()
    track: Mapped[Track] = relationship()
    team: Mapped[Team] = relationship()
    community: Mapped[Community | None] = relationship()
    revisions: Mapped[list[EntryRevision]] = relationship(back_populates="entry", order_by="EntryRevision.number")
    screenings: Mapped[list[ScreeningDecision]] = relationship(back_populates="entry", order_by="ScreeningDecision.id")

    @property
    def draft(self) -> Draft:
        """Return what the team has saved: what stands here with the edits on top."""
        said, track = self.edits, self.track
        if "track" in said:
            track = next((track for track in self.contest.tracks if track.key == said["track"]), track)
        return Draft(
            title=said.get("title", self.title),
            summary=said.get("summary", self.summary),
            language=said.get("language", self.language),
            track=track,
            answers={**self.answers, **said.get("answers", {})},
            community=said.get("community", self.community.public_id if self.community else None),
        )


class EntryRevision(Base):
    """The immutable version that was submitted.

    ``document`` holds the words and can be erased; ``digests`` holds salted digests of them and public ids, stays for
    ever and is what ``sha256`` is over.
    """

    __tablename__ = "entry_revision"
    __table_args__ = (UniqueConstraint("entry_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"))
    number: Mapped[int]
    rules_version_id: Mapped[int] = mapped_column(ForeignKey("rules_version.id"))
    document: Mapped[dict[str, Any]]
    digests: Mapped[dict[str, Any]]
    salt: Mapped[str] = mapped_column(String(32), default=salt)
    sha256: Mapped[str] = mapped_column(String(64))
    arrived_at: Mapped[datetime]
    submitted_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    entry: Mapped[Entry] = relationship(back_populates="revisions")
    rules_version: Mapped[RulesVersion] = relationship()
    files: Mapped[list[RevisionFile]] = relationship(order_by="RevisionFile.id")


class RevisionFile(Base):
    """A file as it belonged to a revision."""

    __tablename__ = "revision_file"
    __table_args__ = (UniqueConstraint("revision_id", "asset_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("entry_revision.id"))
    asset_id: Mapped[int] = mapped_column(ForeignKey("media_asset.id"), index=True)
    field: Mapped[str] = mapped_column(String(60))


class Receipt(Base):
    """The signed proof of a revision: ``payload`` is the canonical JSON text that was signed."""

    __tablename__ = "receipt"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("entry_revision.id"), unique=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    payload: Mapped[str] = mapped_column(Text)
    key_id: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(128))
    verification_payload: Mapped[str | None] = mapped_column(Text)
    verification_signature: Mapped[str | None] = mapped_column(String(128))
    verification_key_id: Mapped[str | None] = mapped_column(String(64))
    revision: Mapped[EntryRevision] = relationship()


class ScreeningDecision(Base):
    """What a person decided about an entry's eligibility, of the version they looked at; the newest decision counts."""

    __tablename__ = "screening_decision"
    __table_args__ = (
        ForeignKeyConstraint(["entry_id", "revision_number"], ["entry_revision.entry_id", "entry_revision.number"]),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    revision_number: Mapped[int]
    outcome: Mapped[ScreeningOutcome] = mapped_column(enum_column(ScreeningOutcome))
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime]
    entry: Mapped[Entry] = relationship(back_populates="screenings")
