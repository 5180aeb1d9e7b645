"""How every edit of a contest runs: locked, by an organizer, on the version they read, kept true to the rules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select

from creative_platform.contests import policy, rules
from creative_platform.contests.models import Contest, ContestState, RulesVersion
from creative_platform.contests.queries import WHOLE, current_rules, rules_numbered
from creative_platform.contests.values import text_problem
from creative_platform.core import audit, clock, queue
from creative_platform.core.actor import Actor
from creative_platform.core.audit import AuditEvent
from creative_platform.core.db import locked, session, transaction
from creative_platform.core.errors import Invalid, NotFound, StaleVersion, WrongState
from creative_platform.core.text import N_, LocalizedText
from creative_platform.rules import fairness
from creative_platform.rules.document import Document
from creative_platform.setup import checklist as checklist

NOTE_MOST = 1000
RULES_CHANGED_JOB = "entries.tell_of_new_rules"  # a higher room's, which writes to the teams


@dataclass(frozen=True)
class Edit:
    """What an edit needs beside its values: the version that the organizer read, and a note once published."""

    version: int
    note: LocalizedText | None = None


def contest_for_update(contest_id: int) -> Contest:
    """Return the contest with its row locked; inside a verb. Raises NotFound."""
    found: Contest | None = session().scalar(locked(select(Contest).where(Contest.id == contest_id).options(*WHOLE)))
    if found is None:
        raise NotFound()
    return found


def contest_to_manage(actor: Actor, contest_id: int) -> Contest:
    """Return the locked contest to its organizer. Raises NotFound for strangers, NotAllowed for auditors."""
    found = contest_for_update(contest_id)
    if not policy.can_oversee(actor, found):
        raise NotFound()
    policy.can_manage(actor, found).enforce()
    return found


@contextmanager
def editing(actor: Actor, contest_id: int, edit: Edit, part: str) -> Iterator[Contest]:
    """Run an edit of what the rules say; publishes the next version when the contest is published and they changed.

    Raises StaleVersion (``current`` is the stored version), Invalid (a note is missing, or the change would be unfair
    to entrants), WrongState (archived).
    """
    with transaction() as s:
        contest = contest_to_manage(actor, contest_id)
        if contest.version != edit.version:
            raise StaleVersion(current=contest.version)
        if contest.state is ContestState.ARCHIVED:
            raise WrongState(N_("This contest is archived; its rules stay as they are."), state=contest.state.value)
        before = rules.document_of(contest)
        yield contest
        contest.version += 1
        s.flush()
        s.expire(contest)
        after = rules.document_of(contest)
        if after == before:
            return
        if contest.state is ContestState.PUBLISHED:
            _refuse_unfair(before, after, contest)
            publish_version(actor, contest, _note(edit))
        else:
            record(contest, actor, "contest.edited", part=part)


def _refuse_unfair(before: Document, after: Document, contest: Contest) -> None:
    now = clock.now()
    found = fairness.refusals(before, after, now, announced=contest.announced_at is not None)
    if not found and before["stages"] == after["stages"]:
        found = {check.part: check.label for check in checklist.missing(contest, now) if check.part != "dates"}
    if found:
        raise Invalid(dict(found))


def _note(edit: Edit) -> LocalizedText:
    note = edit.note or LocalizedText()
    if not note:
        raise Invalid({"note": N_("The rules are published. Say what changes and why; everybody can read it.")})
    problem = text_problem(note, NOTE_MOST)
    if problem:
        raise Invalid({"note": problem})
    return note


def publish_version(actor: Actor, contest: Contest, note: LocalizedText) -> RulesVersion:
    """Keep the contest's present rules as the next immutable version; inside a verb."""
    newest = current_rules(contest)
    document = rules.document_of(contest)
    version = RulesVersion(
        contest_id=contest.id,
        number=newest.number + 1 if newest else 1,
        document=document,
        sha256=rules.sha256_of(document),
        change_note=note,
        published_at=clock.now(),
        published_by_id=actor.id,
    )
    s = session()
    s.add(version)
    s.flush()
    s.expire(contest, ["rules"])
    record(contest, actor, "contest.rules_published", number=version.number, sha256=version.sha256)
    if version.number > 1:
        queue.enqueue(RULES_CHANGED_JOB, contest_id=contest.id, number=version.number)
    return version


def stands_as_published(link: AuditEvent) -> bool:
    """Say whether the version of the rules that a link tells of is kept as it was published."""
    version = rules_numbered(link.subject.removeprefix("contest:"), link.data["number"])
    return version is not None and link.data["sha256"] == version.sha256 == rules.sha256_of(version.document)


def record(contest: Contest, actor: Actor | None, verb: str, **data: str | int) -> None:
    """Add a link about the contest itself to its chain."""
    audit.record(audit.contest_chain(contest.public_id), actor, verb, f"contest:{contest.public_id}", **data)
