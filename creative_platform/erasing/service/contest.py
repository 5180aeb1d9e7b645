"""Erasing a contest with everything that was handed in to it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

from sqlalchemy import Column, Table, delete, select, update
from sqlalchemy.orm import Session

from creative_platform.api import service as api
from creative_platform.contests.models import Contest, ContestState
from creative_platform.core import audit, queue
from creative_platform.core.actor import Actor
from creative_platform.core.audit import AuditChain, AuditEvent, contest_chain
from creative_platform.core.db import Base, locked, session
from creative_platform.core.errors import NotFound, WrongState
from creative_platform.core.text import N_
from creative_platform.entries import service as entries
from creative_platform.entries.models import Entry
from creative_platform.erasing.service.trying import Gone, run
from creative_platform.media.models import MediaAsset
from creative_platform.notices import service as notices
from creative_platform.results import service as results
from creative_platform.results.models import Certificate
from creative_platform.similarity import service as similarity
from creative_platform.uploads import service as uploads

AT_ONCE = 500
Rows = dict[Table, list[int]]


class StillOpen(WrongState):
    """People have begun entries and wait for results."""

    code = "still_open"
    message = N_("This contest has entries and its results are not announced: it cannot be erased.")


class StillWorkedOn(WrongState):
    """A job is at work on something of the contest: it would leave in the store what it makes of it."""

    code = "still_worked_on"
    message = N_("Something of this contest is being worked on right now. Try again in a minute.")


def erase_contest(actor: Actor | None, slug: str, *, really: bool) -> Gone:
    """Erase a contest; returns how many rows of what went, or would go unless ``really``.

    Every row that depends on the contest goes, whatever room keeps it, its log among them: the log of accounts keeps
    how long that was and the hash it ended with. Raises NotFound, StillOpen, StillWorkedOn.
    """
    return run(lambda: _erase(actor, slug), really=really)


def _erase(actor: Actor | None, slug: str) -> Gone:
    s = session()
    contest = s.scalar(locked(select(Contest).where(Contest.slug == slug)))
    if contest is None:
        raise NotFound()
    entry_ids = s.scalars(locked(select(Entry.id).where(Entry.contest_id == contest.id).order_by(Entry.id))).all()
    if entry_ids and contest.state is ContestState.PUBLISHED and contest.announced_at is None:
        raise StillOpen()
    matches = similarity.erase_entries(entry_ids)
    files = uploads.forget_files_later(entries.OWNER_TYPE, select(Entry.id).where(Entry.contest_id == contest.id))
    rows = _rows_below(s, {_table(Contest): [contest.id], _table(MediaAsset): files})
    results.forget_papers_later(rows.get(_table(Certificate), []))
    if queue.forget(_arguments_of(rows)):
        raise StillWorkedOn()
    mentions = ({contest.public_id, *_public_ids(s, entry_ids)}, _phrases(s, contest))
    letters = notices.forget_mentions(*mentions)
    api.forget_answers(*mentions)
    s.execute(update(Contest).where(Contest.copied_from_id == contest.id).values(copied_from_id=None))
    chain, about = contest_chain(contest.public_id), f"contest:{contest.public_id}"
    _delete(s, rows)
    _close_log(s, actor, chain, about)
    counts = {table.name.replace("_", " "): len(ids) for table, ids in rows.items()}
    return {"match": matches, "letter": letters, **counts}


def _close_log(s: Session, actor: Actor | None, chain: str, about: str) -> None:
    links, head = audit.head_of(chain)
    s.execute(delete(AuditEvent).where(AuditEvent.chain == chain))
    s.execute(delete(AuditChain).where(AuditChain.name == chain))
    audit.record(audit.ACCOUNTS, actor, "contest.erased", about, links=links, head=head)


def _table(model: type[Base]) -> Table:
    return Base.metadata.tables[model.__tablename__]


def _public_ids(s: Session, ids: Collection[int]) -> set[str]:
    return {found for some in _in_pieces(ids) for found in s.scalars(select(Entry.public_id).where(Entry.id.in_(some)))}


def _phrases(s: Session, contest: Contest) -> list[str]:
    """Return by what else a letter is about a contest: its pages; its title if no other contest has the same."""
    pages = [f"/{area}/{contest.slug}{end}" for area in ("contests", "manage") for end in '/"']
    others = s.scalars(select(Contest.title).where(Contest.id != contest.id))
    alone = all(title != contest.title for title in others)
    return [*pages, *([json.dumps(dict(contest.title), ensure_ascii=False)] if alone else [])]


def _rows_below(s: Session, rows: Rows) -> Rows:
    """Return the keys of these rows and of all that refer to them, directly or not, parents before children.

    It is read from the foreign keys, so that a table which is added some day is not forgotten here.
    """
    found = dict(rows)
    for table in Base.metadata.sorted_tables:
        ids = set(found.pop(table, []))
        for column, parent in _references(table):
            for some in _in_pieces(found.get(parent, [])):
                ids.update(s.scalars(select(_key(table)).where(column.in_(some))))
        if ids:
            found[table] = sorted(ids)
    return found


def _references(table: Table) -> Iterator[tuple[Column[int], Table]]:
    """Yield by which columns rows of a table refer to rows of other tables by their ids."""
    for key in table.foreign_keys:
        alone = key.constraint is not None and len(key.constraint.elements) == 1
        if alone and key.column.name == "id" and key.column.table is not table:
            yield key.parent, key.column.table


def _key(table: Table) -> Column[int]:
    [key] = table.primary_key.columns
    return key


def _in_pieces(ids: Collection[int]) -> Iterator[list[int]]:
    kept = list(ids)
    for start in range(0, len(kept), AT_ONCE):
        yield kept[start : start + AT_ONCE]


def _arguments_of(rows: Rows) -> dict[str, list[int]]:
    """Return the ids of rows by the names under which jobs have them."""
    names = {"media_asset": "asset_id", "assignment_run": "run_id"}
    return {names.get(table.name, f"{table.name}_id"): ids for table, ids in rows.items()}


def _delete(s: Session, rows: Rows) -> None:
    s.flush()
    for table, ids in reversed(rows.items()):
        for some in _in_pieces(ids):
            s.execute(delete(table).where(_key(table).in_(some)))
    s.expire_all()
