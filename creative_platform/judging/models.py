"""Tables of panels, conflicts, assignments and scoresheets."""

from __future__ import annotations

import enum
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from creative_platform.accounts.models import User
from creative_platform.contests.models import Contest, Criterion, Round
from creative_platform.core.db import Base, enum_column
from creative_platform.core.ids import public_id
from creative_platform.core.ids import salt as new_salt
from creative_platform.entries.models import Entry


class ConflictSource(enum.StrEnum):
    """How a conflict came to be known."""

    DECLARED = "declared"
    OWN_ENTRY = "own_entry"
    OWN_COMMUNITY = "own_community"


class AssignmentState(enum.StrEnum):
    """The life of an assignment."""

    ASSIGNED = "assigned"
    RECUSED = "recused"
    DONE = "done"


class RunKind(enum.StrEnum):
    """What a run computed: a draw gives its assignments at once; a repair and a top-up propose some until somebody
    confirms; a look only says what sheets will tell, and a round has one at most.
    """

    DRAW = "draw"
    REPAIR = "repair"
    TOP_UP = "top_up"
    LOOK = "look"


class SheetState(enum.StrEnum):
    """The life of a scoresheet; a saved draft never counts."""

    DRAFT = "draft"
    SUBMITTED = "submitted"


class Juror(Base):
    """A person's seat on a contest's panel."""

    __tablename__ = "juror"
    __table_args__ = (UniqueConstraint("contest_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    is_chair: Mapped[bool] = mapped_column(default=False)
    expert_tracks: Mapped[list[Any]] = mapped_column(default=list)
    languages: Mapped[list[Any]] = mapped_column(default=list)
    capacity: Mapped[int | None]
    joined_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    contest: Mapped[Contest] = relationship()
    user: Mapped[User] = relationship()


class JurorInvite(Base):
    """A hashed single-use link bound to one address and one contest."""

    __tablename__ = "juror_invite"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    is_chair: Mapped[bool] = mapped_column(default=False)
    expert_tracks: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    contest: Mapped[Contest] = relationship()


class ConflictOfInterest(Base):
    """The fact that a person must not judge an entry; inferred ones can only be lifted by fixing their cause."""

    __tablename__ = "conflict_of_interest"
    __table_args__ = (UniqueConstraint("entry_id", "user_id", "source"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    source: Mapped[ConflictSource] = mapped_column(enum_column(ConflictSource))
    reason: Mapped[str] = mapped_column(Text, default="")
    noted_at: Mapped[datetime]
    entry: Mapped[Entry] = relationship()
    user: Mapped[User] = relationship()


class RoundReopening(Base):
    """A closed round opened again before the announcement, and why; jurors and the protocol read it."""

    __tablename__ = "round_reopening"
    __table_args__ = (CheckConstraint("reason <> ''", name="reopening_has_reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    closed_at: Mapped[datetime]
    reopened_at: Mapped[datetime]
    reopened_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(Text)
    reopened_by: Mapped[User] = relationship()


class AssignmentRun(Base):
    """One computing of who judges what: its seed and inputs make it repeatable.

    ``problem`` says why it was not done. Which entries got fewer jurors than the rules ask for is in ``inputs``, and
    what a repair or a top-up proposes: "added" with entry, juror and why, "stamp" of what it was computed from.
    """

    __tablename__ = "assignment_run"
    __table_args__ = (CheckConstraint("taken_back_at IS NULL OR given_at IS NOT NULL", name="taken_back_once_given"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    kind: Mapped[RunKind] = mapped_column(enum_column(RunKind), default=RunKind.DRAW)
    seed: Mapped[int]
    inputs: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    finished_at: Mapped[datetime | None]
    given_at: Mapped[datetime | None]
    taken_back_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(Text, default="")

    @property
    def added(self) -> list[dict[str, Any]]:
        """What is proposed, or was given."""
        return list(self.inputs.get("added", []))

    def lacking(self, hidden: Collection[int]) -> list[dict[str, Any]]:
        """Return the entries that lack jurors (see engine.Plan), those of ``hidden`` left out."""
        return [row for row in self.inputs.get("short", []) if row["entry"] not in hidden]


class Assignment(Base):
    """The link of a juror to an entry in a round; ``opened_at`` is when the juror first opened the entry's page."""

    __tablename__ = "assignment"
    __table_args__ = (
        UniqueConstraint("round_id", "juror_id", "entry_id"),
        Index("ix_assignment_juror_id_position", "juror_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    juror_id: Mapped[int] = mapped_column(ForeignKey("juror.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("assignment_run.id"))
    state: Mapped[AssignmentState] = mapped_column(enum_column(AssignmentState), default=AssignmentState.ASSIGNED)
    position: Mapped[int] = mapped_column(default=0)
    recusal_reason: Mapped[str] = mapped_column(Text, default="")
    assigned_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    round: Mapped[Round] = relationship()
    juror: Mapped[Juror] = relationship()
    entry: Mapped[Entry] = relationship()
    sheet: Mapped[Scoresheet | None] = relationship(back_populates="assignment")


class Scoresheet(Base):
    """One juror's evaluation of one entry. ``version`` counts saves; ``abstained`` needs a reason."""

    __tablename__ = "scoresheet"
    __table_args__ = (
        CheckConstraint("NOT abstained OR abstention_reason <> ''", name="abstention_has_reason"),
        CheckConstraint("state <> 'submitted' OR submitted_at IS NOT NULL", name="submitted_when"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), unique=True)
    state: Mapped[SheetState] = mapped_column(enum_column(SheetState), default=SheetState.DRAFT)
    version: Mapped[int] = mapped_column(default=1)
    comment: Mapped[str] = mapped_column(Text, default="")
    abstained: Mapped[bool] = mapped_column(default=False)
    abstention_reason: Mapped[str] = mapped_column(Text, default="")
    saved_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    assignment: Mapped[Assignment] = relationship(back_populates="sheet")
    scores: Mapped[list[Score]] = relationship(cascade="all, delete-orphan", order_by="Score.id")
    versions: Mapped[list[ScoresheetVersion]] = relationship(order_by="ScoresheetVersion.number")


class Score(Base):
    """One mark of a scoresheet."""

    __tablename__ = "score"
    __table_args__ = (UniqueConstraint("scoresheet_id", "criterion_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scoresheet_id: Mapped[int] = mapped_column(ForeignKey("scoresheet.id"))
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"))
    value: Mapped[int]
    criterion: Mapped[Criterion] = relationship()


class ScoresheetVersion(Base):
    """A scoresheet as it was submitted, each with the reason of the change; never changed.

    The log holds a digest of it, made with ``salt``: from the log alone no mark can be tried out.
    """

    __tablename__ = "scoresheet_version"
    __table_args__ = (UniqueConstraint("scoresheet_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scoresheet_id: Mapped[int] = mapped_column(ForeignKey("scoresheet.id"))
    number: Mapped[int]
    scores: Mapped[dict[str, Any]]
    abstained: Mapped[bool]
    abstention_reason: Mapped[str] = mapped_column(Text, default="")
    comment: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    salt: Mapped[str] = mapped_column(String(32), default=new_salt)
    submitted_at: Mapped[datetime]
