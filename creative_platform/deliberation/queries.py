"""Reads of the jury's meeting; never of entries in which the reader has a part, whatever is public by now."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from creative_platform.contests.models import Contest, Round
from creative_platform.core import audit
from creative_platform.core.actor import Actor
from creative_platform.core.db import session
from creative_platform.deliberation.models import Attendance, Deliberation, Minutes
from creative_platform.deliberation.order import meeting_order
from creative_platform.entries import queries as entries
from creative_platform.entries.models import Entry
from creative_platform.judging import queries as judging
from creative_platform.judging.blind import titles_for_jury
from creative_platform.judging.models import Juror
from creative_platform.judging.situation import top_of
from creative_platform.results import queries as results
from creative_platform.results.models import ResultRow
from creative_platform.results.queries import Seen

MAY_WIN_FROM = 0.05  # the probability of a place with an award above which an entry is talked about first


def meeting_of(contest: Contest) -> Deliberation | None:
    """Return the meeting of a contest's jury with who is present, None before the first opening."""
    query = select(Deliberation).join(Round).where(Round.contest_id == contest.id).order_by(Round.number)
    present = selectinload(Deliberation.attendance).joinedload(Attendance.juror).joinedload(Juror.user)
    return session().scalars(query.options(present)).first()


def meeting_by_public_id(public_id: str) -> Deliberation | None:
    """Return a meeting, whoever asks; for checking the log."""
    return session().scalar(select(Deliberation).where(Deliberation.public_id == public_id))


def minutes_of(meeting: Deliberation | None, kept: Collection[int]) -> dict[int, Minutes]:
    """Return what was written of each entry, by entry id; of entries in ``kept`` nothing."""
    if meeting is None:
        return {}
    query = select(Minutes).where(Minutes.deliberation_id == meeting.id, Minutes.entry_id.not_in(list(kept)))
    query = query.options(joinedload(Minutes.saved_by), joinedload(Minutes.entry))
    return {row.entry_id: row for row in session().scalars(query.order_by(Minutes.id))}


@dataclass(frozen=True)
class Item:
    """An entry on the agenda: its place, its title as the reader may see it, who of those present is out for it."""

    row: ResultRow
    title: str
    out: tuple[Juror, ...]
    minutes: Minutes | None

    @property
    def discussed(self) -> bool:
        """Whether the jury is done with it."""
        return self.minutes is not None and self.minutes.discussed


@dataclass(frozen=True)
class Agenda:
    """What the reader sees of a meeting: ``first`` are the entries that may win, ``others`` the rest.

    Both are groups with the same people outside. Without a meeting the whole panel is taken for present. ``panel`` is
    who sits on it; ``kept`` are entries in which the reader has a part.
    """

    seen: Seen
    meeting: Deliberation | None
    panel: list[Juror]
    present: list[Juror]
    first: list[list[Item]]
    others: list[list[Item]]
    kept: set[int]

    @property
    def items(self) -> list[Item]:
        """All entries in their order."""
        return [item for group in (*self.first, *self.others) for item in group]

    @property
    def absent(self) -> list[Juror]:
        """Who sits on the panel and is not present."""
        here = {juror.id for juror in self.present}
        return [juror for juror in self.panel if juror.id not in here]

    @property
    def written_before_ranking(self) -> bool:
        """Whether minutes stand beside places of a ranking that was computed after they were written."""
        return any(self.is_older(item.minutes) for item in self.items)

    def is_older(self, minutes: Minutes | None) -> bool:
        """Say whether minutes were written before the ranking that is shown was computed."""
        found = self.seen.result_set
        return minutes is not None and found is not None and minutes.saved_at < found.computed_at


def agenda_for(actor: Actor, contest: Contest, *, staff: bool) -> Agenda:
    """Return the agenda of a meeting as one of the staff, or the chair, sees it.

    For the chair titles are those of what was handed in, without the authors' names where entries are blind.
    """
    seen, meeting, panel = results.seen_by(actor, contest), meeting_of(contest), judging.jurors_of(contest)
    kept = results.with_part(actor, contest)
    present = [one.juror for one in meeting.attendance] if meeting else panel
    rows = [
        row
        for row in (seen.result_set.rows if seen.result_set else [])
        if row.entry_id in seen.taking_part and row.entry_id not in kept
    ]
    titles = _titles(contest, rows, staff=staff)
    out = _out(contest, meeting, present, [row.entry for row in rows], kept)
    written = minutes_of(meeting, kept)
    items = {
        row.entry_id: Item(row, titles[row.entry_id], out[row.entry_id], written.get(row.entry_id)) for row in rows
    }
    chosen = may_win(rows, top_of(contest))
    parts = [[row.entry_id for row in rows if (row.entry_id in chosen) is wins] for wins in (True, False)]
    first, others = (
        [[items[entry_id] for entry_id in group] for _, group in meeting_order(part, out)] for part in parts
    )
    return Agenda(seen, meeting, panel, present, first, others, kept)


def _titles(contest: Contest, rows: Sequence[ResultRow], *, staff: bool) -> dict[int, str]:
    if staff:
        return {row.entry_id: row.entry.title for row in rows}
    revisions = entries.current_revisions(row.entry_id for row in rows)
    return titles_for_jury(revisions, entries.names_behind(revisions) if contest.blind else {})


def may_win(rows: Sequence[ResultRow], top: int) -> set[int]:
    """Return the ids of the entries that may get one of ``top`` awards.

    Those are the first places with whoever has the score of the last of them, and all whose probability of such a
    place, where the method knows one, is above MAY_WIN_FROM.
    """
    scored = [row for row in rows if row.score is not None]
    edge = round(scored[:top][-1].score or 0, 6) if scored[:top] else 0
    return {
        row.entry_id
        for row in scored
        if round(row.score or 0, 6) >= edge or (row.p_top is not None and row.p_top > MAY_WIN_FROM)
    }


def _out(
    contest: Contest, meeting: Deliberation | None, present: Sequence[Juror], works: Sequence[Entry], kept: set[int]
) -> dict[int, tuple[Juror, ...]]:
    """Return who is out for each entry, by entry id; of a closed meeting who was, whatever was found since."""
    if meeting is None or meeting.is_open:
        return stepping_out(contest, present, works, kept)
    return {work.id: was_outside(meeting, work) for work in works}


def was_outside(meeting: Deliberation | None, work: Entry) -> tuple[Juror, ...]:
    """Return who was outside for an entry at a closed meeting."""
    if meeting is None:
        return ()
    noted = meeting.outside.get(work.public_id, ())
    return tuple(one.juror for one in meeting.attendance if one.juror.public_id in noted)


def stepping_out(
    contest: Contest, present: Sequence[Juror], works: Sequence[Entry], kept: Collection[int]
) -> dict[int, tuple[Juror, ...]]:
    """Return for each entry who of those present is in conflict with it or stepped back from it, by entry id."""
    found = {(noted.entry_id, noted.user_id) for noted in judging.conflicts_in(contest)}
    for assignment in judging.recusals_in(contest.rounds[0], kept) if contest.rounds else ():
        found.add((assignment.entry_id, assignment.juror.user_id))
    # Somebody may have joined a team or a community since conflicts were noted.
    found |= judging.conflicts_now([juror.user_id for juror in present], works).keys()
    return {work.id: tuple(juror for juror in present if (work.id, juror.user_id) in found) for work in works}


@dataclass(frozen=True)
class Said:
    """What the protocol tells of an entry; ``place`` is None for one that takes part no longer."""

    place: int | None
    title: str
    out: tuple[Juror, ...]
    minutes: Minutes


def said_at(agenda: Agenda) -> list[Said]:
    """Return what was said of which entry, by place, what takes part no longer at the end; without what is kept."""
    items = {item.row.entry_id: item for item in agenda.items}
    found = [
        Said(item.row.rank, item.title, item.out, minutes)
        if (item := items.get(entry_id))
        else Said(None, minutes.entry.title, was_outside(agenda.meeting, minutes.entry), minutes)
        for entry_id, minutes in minutes_of(agenda.meeting, agenda.kept).items()
        if minutes.text or minutes.discussed
    ]
    return sorted(found, key=lambda said: (said.place is None, said.place or 0, said.minutes.id))


def digest_of(record: dict[str, Any]) -> str:
    """Return the SHA-256 (hex) of what a closing recorded, as the log holds it."""
    return hashlib.sha256(audit.canonical(record)).hexdigest()


def record_of(meeting: Deliberation) -> dict[str, Any]:
    """Return what a closed meeting recorded, by public ids and with its salt, for its digest."""
    written = minutes_of(meeting, ())
    return {
        "salt": meeting.salt,
        "present": sorted(one.juror.public_id for one in meeting.attendance),
        "outside": meeting.outside,
        "minutes": [[row.entry.public_id, row.discussed, row.text] for row in written.values()],
    }
