"""Reads of results; before the publication for staff alone, and never of entries they have a part in."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from creative_platform.accounts.models import User
from creative_platform.contests.models import Award, Contest
from creative_platform.core import ids
from creative_platform.core.actor import Actor
from creative_platform.core.db import session
from creative_platform.entries.models import Entry, Team, TeamMember
from creative_platform.results.models import Certificate, Decision, Publication, ResultRow, ResultSet


def newest_result_set(contest: Contest) -> ResultSet | None:
    """Return the last computed ranking of a contest with its rows."""
    query = select(ResultSet).where(ResultSet.contest_id == contest.id).order_by(ResultSet.id.desc()).limit(1)
    rows = selectinload(ResultSet.rows).joinedload(ResultRow.entry)
    return session().scalar(query.options(rows.joinedload(Entry.team), rows.joinedload(Entry.track)))


def result_sets_of(contest: Contest) -> list[ResultSet]:
    """Return every ranking that was computed, newest first."""
    return list(
        session().scalars(select(ResultSet).where(ResultSet.contest_id == contest.id).order_by(ResultSet.id.desc()))
    )


def standing_decisions(contest: Contest) -> list[Decision]:
    """Return the decisions that were not revoked, in the order of the awards."""
    query = (
        select(Decision)
        .join(Award)
        .where(Decision.contest_id == contest.id, Decision.revoked_at.is_(None))
        .options(
            joinedload(Decision.award),
            joinedload(Decision.entry).joinedload(Entry.track),
            joinedload(Decision.entry).joinedload(Entry.community),
            joinedload(Decision.entry).joinedload(Entry.team).selectinload(Team.members).joinedload(TeamMember.user),
        )
        .order_by(Award.position, Decision.id)
    )
    return list(session().scalars(query))


def all_decisions(contest: Contest) -> list[Decision]:
    """Return every decision, revoked ones too, oldest first: what the protocol lists."""
    query = select(Decision).where(Decision.contest_id == contest.id).order_by(Decision.id)
    return list(session().scalars(query.options(joinedload(Decision.award), joinedload(Decision.entry))))


def publication_of(contest: Contest) -> Publication | None:
    """Return the publication of a contest's results, None before it."""
    return session().scalar(select(Publication).where(Publication.contest_id == contest.id))


def published_contest_ids() -> set[int]:
    """Return the ids of contests whose results are public."""
    return set(session().scalars(select(Publication.contest_id)))


def result_set_by_id(result_set_id: int) -> ResultSet:
    """Return a ranking by its row id."""
    return session().scalars(select(ResultSet).where(ResultSet.id == result_set_id)).one()


def certificate_by_code(code: str) -> Certificate | None:
    """Return the certificate with that code, as people type it."""
    query = select(Certificate).where(Certificate.code == ids.typed_code(code))
    decision = joinedload(Certificate.decision)
    return session().scalar(query.options(decision.joinedload(Decision.award), decision.joinedload(Decision.entry)))


def certificates_of(actor: Actor) -> list[Certificate]:
    """Return the actor's own certificates, newest first."""
    query = select(Certificate).where(Certificate.user_id == actor.id).order_by(Certificate.id.desc())
    decision = joinedload(Certificate.decision)
    return list(
        session().scalars(query.options(decision.joinedload(Decision.award), decision.joinedload(Decision.entry)))
    )


def certificates_in(contest: Contest) -> list[Certificate]:
    """Return the certificates of a contest."""
    query = select(Certificate).join(Decision).where(Decision.contest_id == contest.id).order_by(Certificate.id)
    return list(session().scalars(query.options(joinedload(Certificate.decision))))


def holder_of(certificate: Certificate) -> User | None:
    """Return the person a certificate is for."""
    return session().get(User, certificate.user_id)


def contest_of(certificate: Certificate) -> Contest | None:
    """Return the contest in which a certificate was won."""
    return session().get(Contest, certificate.decision.contest_id)
