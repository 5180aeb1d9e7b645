"""Tables of result sets, decisions, publication and certificates."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from creative_platform.accounts.models import User
from creative_platform.contests.models import Award, Contest
from creative_platform.core.db import Base
from creative_platform.core.ids import public_id
from creative_platform.core.text import LocalizedText, LocalizedTextType
from creative_platform.entries.models import Entry


class ResultSet(Base):
    """A computed ranking and everything that determined it (``snapshot``), by its SHA-256.

    ``left_out`` names the entries that it was computed without (row ids, sorted): a ranking for staff who have a part
    in them, in which nothing depends on them. It is empty for the ranking on which people decide. ``jurors`` has the
    public id of each juror behind the names of the snapshot, which staff and the chair alone see together.
    ``explanation`` says why places are as they are and what would change the top; empty until a job has computed it
    from the snapshot. ``opening`` are the conflicts of interest in the names of the snapshot, which holds their salted
    hash: with it they can be shown to somebody without being public. ``quotas`` is what was last asked of a choice
    under quotas, with all that determines it besides the rows, and what a job found. ``ties`` are the entries of equal
    scores with every step taken between them.
    """

    __tablename__ = "result_set"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), index=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    left_out: Mapped[str] = mapped_column(Text, default="")
    method: Mapped[str] = mapped_column(String(40))
    snapshot: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))
    jurors: Mapped[dict[str, Any]] = mapped_column(default=dict)
    opening: Mapped[dict[str, Any]] = mapped_column(default=dict, deferred=True)
    explanation: Mapped[dict[str, Any]] = mapped_column(default=dict)
    quotas: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ties: Mapped[list[Any]] = mapped_column(default=list)
    computed_at: Mapped[datetime]
    rows: Mapped[list[ResultRow]] = relationship(order_by="ResultRow.rank, ResultRow.id")


class ResultRow(Base):
    """An entry's place in a result set."""

    __tablename__ = "result_row"
    __table_args__ = (UniqueConstraint("result_set_id", "entry_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    result_set_id: Mapped[int] = mapped_column(ForeignKey("result_set.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"))
    rank: Mapped[int]
    score: Mapped[float | None]
    raw_mean: Mapped[float | None]
    reviews: Mapped[int]
    rank_lo: Mapped[int | None]
    rank_hi: Mapped[int | None]
    score_lo: Mapped[float | None]
    score_hi: Mapped[float | None]
    p_top: Mapped[float | None]
    band: Mapped[int | None]
    entry: Mapped[Entry] = relationship()


class Decision(Base):
    """What people decided: this entry gets this award, for this reason. Revoked ones stay on record."""

    __tablename__ = "decision"
    __table_args__ = (
        Index(
            "uq_decision_standing",
            "award_id",
            "entry_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), index=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"))
    result_set_id: Mapped[int] = mapped_column(ForeignKey("result_set.id"))
    reason: Mapped[LocalizedText] = mapped_column(LocalizedTextType)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    decided_by: Mapped[User] = relationship()
    award: Mapped[Award] = relationship()
    entry: Mapped[Entry] = relationship()


class Publication(Base):
    """The gate: with this row results are public. ``document`` is the canonical JSON text, hashed and signed.

    A later number is an amendment: for ``reason`` an entry was disqualified, or a vacated award given to another. It
    carries the hash of the document that it follows; the newest counts, all stay public.
    """

    __tablename__ = "publication"
    __table_args__ = (
        UniqueConstraint("contest_id", "number"),
        CheckConstraint(
            "number = 1 OR (CAST(reason AS TEXT) <> '{}' AND previous_sha256 <> '')", name="amendment_has_reason"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    number: Mapped[int] = mapped_column(default=1)
    reason: Mapped[LocalizedText] = mapped_column(LocalizedTextType, default=LocalizedText)
    result_set_id: Mapped[int] = mapped_column(ForeignKey("result_set.id"))
    document: Mapped[str] = mapped_column(Text, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))
    previous_sha256: Mapped[str] = mapped_column(String(64), default="")
    key_id: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(128))
    published_at: Mapped[datetime]
    published_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    contest: Mapped[Contest] = relationship()

    @property
    def gives_anew(self) -> bool:
        """Whether this amendment gave a vacated award to another entry."""
        return bool(json.loads(self.document).get("amends", {}).get("given_anew"))


class Certificate(Base):
    """A certificate of an award for one person; the PDF is made by a job and kept in the store."""

    __tablename__ = "certificate"
    __table_args__ = (UniqueConstraint("decision_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    locale: Mapped[str] = mapped_column(String(2))
    storage_key: Mapped[str | None] = mapped_column(String(100))
    issued_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    decision: Mapped[Decision] = relationship()
