"""Tables of the jury's meeting: the meeting, who is present, what was said of each entry, why it was opened again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from creative_platform.accounts.models import User
from creative_platform.contests.models import Round
from creative_platform.core.db import Base
from creative_platform.core.ids import public_id
from creative_platform.core.ids import salt as new_salt
from creative_platform.entries.models import Entry
from creative_platform.judging.models import Juror


class Deliberation(Base):
    """The meeting of a round's jury; open until ``closed_at``. ``version`` counts changes of who is present.

    The log holds a digest of the record at each closing, made with ``salt``. ``outside`` says who of those present was
    out of the room for which entry, by public ids, as it was known at the last closing.
    """

    __tablename__ = "deliberation"
    __table_args__ = (CheckConstraint("(closed_at IS NULL) = (closed_by_id IS NULL)", name="closed_by_somebody"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), unique=True)
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    version: Mapped[int] = mapped_column(default=1)
    salt: Mapped[str] = mapped_column(String(32), default=new_salt)
    outside: Mapped[dict[str, Any]] = mapped_column(default=dict)
    round: Mapped[Round] = relationship()
    opened_by: Mapped[User] = relationship(foreign_keys=[opened_by_id])
    closed_by: Mapped[User | None] = relationship(foreign_keys=[closed_by_id])
    attendance: Mapped[list[Attendance]] = relationship(cascade="all, delete-orphan", order_by="Attendance.juror_id")
    reopenings: Mapped[list[DeliberationReopening]] = relationship(order_by="DeliberationReopening.id")
    minutes: Mapped[list[Minutes]] = relationship(order_by="Minutes.id")

    @property
    def is_open(self) -> bool:
        """Whether minutes are taken."""
        return self.closed_at is None


class Attendance(Base):
    """A juror who is, or was, present at a meeting."""

    __tablename__ = "attendance"
    __table_args__ = (UniqueConstraint("deliberation_id", "juror_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    deliberation_id: Mapped[int] = mapped_column(ForeignKey("deliberation.id"))
    juror_id: Mapped[int] = mapped_column(ForeignKey("juror.id"), index=True)
    juror: Mapped[Juror] = relationship()


class DeliberationReopening(Base):
    """A closed meeting opened again before the announcement, and why; the protocol tells it.

    ``record`` is what that closing (at ``closed_at``) recorded, with its salt: the digest in the log stays provable.
    """

    __tablename__ = "deliberation_reopening"
    __table_args__ = (CheckConstraint("reason <> ''", name="reopening_has_reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    deliberation_id: Mapped[int] = mapped_column(ForeignKey("deliberation.id"), index=True)
    closed_at: Mapped[datetime]
    record: Mapped[dict[str, Any]]
    reopened_at: Mapped[datetime]
    reopened_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(Text)
    reopened_by: Mapped[User] = relationship()


class Minutes(Base):
    """What was said of an entry at a meeting, and whether the jury is done with it. ``version`` counts saves."""

    __tablename__ = "minutes"
    __table_args__ = (UniqueConstraint("deliberation_id", "entry_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    deliberation_id: Mapped[int] = mapped_column(ForeignKey("deliberation.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    text: Mapped[str] = mapped_column(Text, default="")
    discussed: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    entry: Mapped[Entry] = relationship()
    saved_by: Mapped[User] = relationship()
