"""Tables of sketches, starter material, matches and verdicts."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from creative_platform.contests.models import Contest
from creative_platform.core.db import Base, enum_column
from creative_platform.core.ids import public_id
from creative_platform.entries.models import Entry, EntryRevision


class Verdict(enum.StrEnum):
    """What a person said of a match."""

    SAME_WORK = "same_work"
    SHARED_MATERIAL = "shared_material"
    UNRELATED = "unrelated"


class EntrySketch(Base):
    """What is kept of a part of an entry's submitted revision for comparing: a sketch of its words, a file's digest.

    Of texts and programs, here and in `FileSketch`, ``terms`` packs the terms that stand in `TermCount` and, some of
    them, in `Fingerprint`; ``digest`` are 60 bits of the SHA-256 by which equal ones are known. A sketch of the kind
    TRANSLATION without version says that the words were read for it in vain.
    """

    __tablename__ = "entry_sketch"
    __table_args__ = (UniqueConstraint("entry_id", "kind", "part"),)
    TRANSLATION = "translation"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("entry_revision.id"))
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    part: Mapped[str] = mapped_column(String(300))
    version: Mapped[str] = mapped_column(String(80))
    digest: Mapped[int | None] = mapped_column(BigInteger, index=True)
    sketch: Mapped[bytes] = mapped_column(LargeBinary)
    terms: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    made_at: Mapped[datetime]


class FileSketch(Base):
    """A sketch of a part of a file that was handed in; of one that gives none, a row of the kind NONE with the reason.

    ``words`` are packed texts that evidence quotes (`words`), loaded only where they are shown.
    """

    __tablename__ = "file_sketch"
    __table_args__ = (UniqueConstraint("asset_id", "kind", "part"),)
    NONE = "none"

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("media_asset.id"))
    kind: Mapped[str] = mapped_column(String(20))
    part: Mapped[str] = mapped_column(String(300))
    version: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(60), default="")
    digest: Mapped[int | None] = mapped_column(BigInteger, index=True)
    sketch: Mapped[bytes] = mapped_column(LargeBinary)
    terms: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    words: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    made_at: Mapped[datetime]


class Fingerprint(Base):
    """A term by which a sketch of a text or a program is found.

    ``kind`` stands for the version of the sketch, ``slot`` for the sketch (`creative_platform.similarity.rows`);
    ``units`` is how long the text is, at most 32,767. No foreign key: it would have to be looked up by sketch, and an
    index for that would be as large as the table.
    """

    __tablename__ = "fingerprint"
    __table_args__ = (
        PrimaryKeyConstraint("kind", "term", "slot", postgresql_include=["units"]),  # a search reads the index alone
        {"sqlite_with_rowid": False},
    )

    kind: Mapped[int] = mapped_column(SmallInteger)
    term: Mapped[int] = mapped_column(autoincrement=False)
    slot: Mapped[int] = mapped_column(autoincrement=False)
    units: Mapped[int] = mapped_column(SmallInteger)


class TermCount(Base):
    """In how many different texts, and in how many sketches, a term stands; under `ALL`, how many there are."""

    __tablename__ = "term_count"
    __table_args__ = ({"sqlite_with_rowid": False},)
    ALL = -1

    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    term: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    texts: Mapped[int]
    sketches: Mapped[int]


class Match(Base):
    """What two entries share, with evidence; ``entry_a_id < entry_b_id``.

    ``modality`` is the most telling one, ``scores`` has the probability by modality, ``modalities`` their names between
    bars, so that both databases can look for one. ``measures`` are the figures behind each, to calibrate anew;
    ``discounted`` says by side and part which spans of a text count for nothing.
    """

    __tablename__ = "match"
    __table_args__ = (
        UniqueConstraint("entry_a_id", "entry_b_id"),
        Index("ix_match_pair", "entry_a_id", "entry_b_id", "probability"),  # groups are made without reading evidence
        CheckConstraint("entry_a_id < entry_b_id", name="order"),
        CheckConstraint("probability >= 0 AND probability <= 1", name="probability"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    entry_a_id: Mapped[int] = mapped_column(ForeignKey("entry.id"))
    entry_b_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    revision_a_id: Mapped[int] = mapped_column(ForeignKey("entry_revision.id"))
    revision_b_id: Mapped[int] = mapped_column(ForeignKey("entry_revision.id"))
    modality: Mapped[str] = mapped_column(String(20))
    modalities: Mapped[str] = mapped_column(String(80))
    probability: Mapped[float]
    scores: Mapped[dict[str, Any]]
    measures: Mapped[dict[str, Any]]
    evidence: Mapped[list[Any]]
    discounted: Mapped[dict[str, Any]]
    method: Mapped[str] = mapped_column(String(80))
    found_at: Mapped[datetime]
    entry_a: Mapped[Entry] = relationship(foreign_keys=[entry_a_id])
    entry_b: Mapped[Entry] = relationship(foreign_keys=[entry_b_id])
    revision_a: Mapped[EntryRevision] = relationship(foreign_keys=[revision_a_id])
    revision_b: Mapped[EntryRevision] = relationship(foreign_keys=[revision_b_id])
    verdicts: Mapped[list[MatchVerdict]] = relationship(back_populates="match", order_by="MatchVerdict.id")


class MatchVerdict(Base):
    """What a contest's organizer said of a match; undone ones stay on record.

    Of a match with an entry of another contest each of the two contests says its own. ``given_with`` is the same for
    all that were given at once to a group, None of one that was given alone.
    """

    __tablename__ = "match_verdict"

    id: Mapped[int] = mapped_column(primary_key=True)
    match_id: Mapped[int] = mapped_column(ForeignKey("match.id"), index=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), index=True)
    verdict: Mapped[Verdict] = mapped_column(enum_column(Verdict))
    reason: Mapped[str] = mapped_column(Text)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    given_with: Mapped[str | None] = mapped_column(String(26))
    match: Mapped[Match] = relationship(back_populates="verdicts")
    contest: Mapped[Contest] = relationship()


class Starter(Base):
    """A file or a text that organizers handed out to everybody: among the entries of its contest it weighs nothing.

    ``name`` is empty of a text that was typed. ``read_at`` is None until the confined child has read it; ``reason``
    says why it gave nothing.
    """

    __tablename__ = "starter"
    __table_args__ = (UniqueConstraint("contest_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    name: Mapped[str] = mapped_column(String(200))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    reason: Mapped[str] = mapped_column(String(60), default="")
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class StarterSketch(Base):
    """A sketch of a part of starter material; ``terms`` packs those of a text or a program."""

    __tablename__ = "starter_sketch"

    id: Mapped[int] = mapped_column(primary_key=True)
    starter_id: Mapped[int] = mapped_column(ForeignKey("starter.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    version: Mapped[str] = mapped_column(String(80))
    sketch: Mapped[bytes] = mapped_column(LargeBinary)
    terms: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)


class Overview(Base):
    """What is known of the matches of a contest as a whole.

    ``groups`` are lists of ids of its entries that share material with each other; ``starters_alone`` are ids of those
    of which a text or a program is starter material and nothing else; ``compared_at`` is when all of it was last
    compared at once, ``finished_at`` when anything of it was.
    """

    __tablename__ = "similarity_overview"

    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), primary_key=True)
    groups: Mapped[list[Any]] = mapped_column(default=list)
    starters_alone: Mapped[list[Any]] = mapped_column(default=list)
    compared_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Calibration(Base):
    """Models of a modality that were fitted here, on the shipped pairs and on verdicts, as plain numbers."""

    __tablename__ = "similarity_calibration"

    modality: Mapped[str] = mapped_column(String(20), primary_key=True)
    models: Mapped[dict[str, Any]]
    report: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
