"""Starter material, given and taken back by organizers."""

from __future__ import annotations

import hashlib

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from creative_platform.contests.models import Contest
from creative_platform.core import audit, clock
from creative_platform.core.actor import Actor
from creative_platform.core.audit import contest_chain
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Invalid
from creative_platform.core.text import N_, one_line
from creative_platform.entries.conflicts import entries_with_part
from creative_platform.similarity import starters
from creative_platform.similarity.models import Starter, StarterSketch
from creative_platform.similarity.service import compare_when_all_are_read, order_starter
from creative_platform.verdicts import policy

MOST_STARTERS = 20
MOST_BYTES = 900_000
"""Bytes of one file: a form with one stays below the limit of what a page takes."""


def add_starter(actor: Actor, contest: Contest, name: str, body: bytes) -> Starter:
    """Store what was handed out to everybody and have it read; then the contest is compared again.

    ``name`` is the file's, empty for a text that was typed. Raises NotAllowed (also to who has a part in an entry),
    Invalid (``file``).
    """
    with transaction() as s:
        _hold(s, actor, contest)
        sha256 = hashlib.sha256(body).hexdigest()
        _refuse_bad(contest, body, sha256)
        starter = Starter(contest_id=contest.id, name=one_line(name.replace("\\", "/").rpartition("/")[2])[-200:])
        starter.body, starter.size_bytes, starter.sha256, starter.created_at = body, len(body), sha256, clock.now()
        s.add(starter)
        s.flush()
        told = {"sha256": sha256, "size_bytes": len(body)}
        audit.record(contest_chain(contest.public_id), actor, "starter.added", f"starter:{starter.public_id}", **told)
        order_starter(starter)
        return starter


def _hold(s: Session, actor: Actor, contest: Contest) -> None:
    s.scalars(locked(select(Contest).where(Contest.id == contest.id))).one()
    policy.can_give_starters(actor, contest, entries_with_part(actor, contest)).enforce()


def _refuse_bad(contest: Contest, body: bytes, sha256: str) -> None:
    held = starters.starters_of(contest)
    if not body.strip():
        raise Invalid({"file": N_("There is nothing in it.")})
    if len(body) > MOST_BYTES:
        raise Invalid({"file": N_("It is larger than 900 KB. Leave pictures and libraries out of it.")})
    if len(held) >= MOST_STARTERS:
        raise Invalid({"file": N_("Twenty are the most. Pack several files into one ZIP.")})
    if any(one.sha256 == sha256 for one in held):
        raise Invalid({"file": N_("The very same is here already.")})


def remove_starter(actor: Actor, contest: Contest, public_id: str) -> None:
    """Delete starter material with its sketches; the contest is compared again.

    Raises NotFound, NotAllowed (also to who has a part in an entry).
    """
    with transaction() as s:
        _hold(s, actor, contest)
        starter = starters.starter_in(contest, public_id)
        s.execute(delete(StarterSketch).where(StarterSketch.starter_id == starter.id))
        told = {"sha256": starter.sha256, "size_bytes": starter.size_bytes}
        s.delete(starter)
        s.flush()
        audit.record(contest_chain(contest.public_id), actor, "starter.removed", f"starter:{public_id}", **told)
        compare_when_all_are_read(contest)
