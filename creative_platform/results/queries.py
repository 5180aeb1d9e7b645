"""Reads of results; before the publication for staff alone, and never of entries they have a part in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from creative_platform.accounts.models import User
from creative_platform.contests import holds
from creative_platform.contests.models import Award, Contest, FieldKind, Round
from creative_platform.core import ids
from creative_platform.core.actor import Actor
from creative_platform.core.actor import Decision as Verdict
from creative_platform.core.db import session
from creative_platform.entries import conflicts
from creative_platform.entries.models import Entry, ScreeningDecision, ScreeningOutcome, Team, TeamMember, TeamRole
from creative_platform.judging import queries as judging
from creative_platform.judging.models import Juror
from creative_platform.results.models import Certificate, Decision, Publication, ResultRow, ResultSet
from creative_platform.screening import queries as screening

ANSWER = "answer."  # before the key of a question, among what quotas can be set by


def _computed(contest: Contest, without: Collection[int]) -> Select[ResultSet]:
    query = select(ResultSet).where(ResultSet.contest_id == contest.id, ResultSet.left_out == left_out_key(without))
    return query.order_by(ResultSet.id.desc())


def left_out_key(entry_ids: Collection[int]) -> str:
    """Return how a ranking names the entries it was computed without."""
    return ",".join(str(entry_id) for entry_id in sorted(entry_ids))


def newest_result_set(contest: Contest, without: Collection[int] = ()) -> ResultSet | None:
    """Return the last ranking with its rows, None while the round is open or its sheets changed after the computing.

    ``without`` asks for the one that was computed as if these entries did not exist.
    """
    stands = Round.closed_at <= ResultSet.computed_at
    stands &= Round.sheet_ended_at.is_(None) | (Round.sheet_ended_at < ResultSet.computed_at)
    query = _computed(contest, without).join(Round).where(stands).limit(1)
    rows = selectinload(ResultSet.rows).joinedload(ResultRow.entry)
    return session().scalar(query.options(rows.joinedload(Entry.team), rows.joinedload(Entry.track)))


def result_sets_of(contest: Contest, without: Collection[int] = ()) -> list[ResultSet]:
    """Return every ranking that was computed (without these entries), newest first."""
    return list(session().scalars(_computed(contest, without)))


@dataclass(frozen=True)
class Seen:
    """What somebody of the staff sees of a contest's results: nothing in it depends on entries they have a part in.

    ``kept`` are those entries. The ranking was computed as if they did not exist; ``awards`` are the ones that none of
    them competes for, with their ``decisions``: who decides on the others is somebody else. ``taking_part`` are the
    admitted entries besides. ``may_go_on`` says whether anything holds the contest where it is, as an open meeting.
    """

    kept: set[int]
    awards: list[Award]
    result_set: ResultSet | None
    decisions: list[Decision]
    publication: Publication | None
    taking_part: set[int]
    may_go_on: Verdict

    @property
    def left(self) -> dict[int, int]:
        """How many times each award can still be given."""
        given = Counter(decision.award_id for decision in self.decisions)
        return {award.id: award.quantity - given[award.id] for award in self.awards}


def seen_by(actor: Actor, contest: Contest) -> Seen:
    """Return what the actor, of the contest's staff, sees of its results: everything, once they are published."""
    tracks = kept_from(actor, contest)
    awards = [
        award for award in contest.awards if award.track_id not in tracks.values() and (award.track_id or not tracks)
    ]
    known = {award.id for award in awards}
    return Seen(
        kept=set(tracks),
        awards=awards,
        result_set=newest_result_set(contest, tracks),
        decisions=[decision for decision in standing_decisions(contest) if decision.award_id in known],
        publication=publication_of(contest),
        taking_part={entry.id for entry in screening.admitted_names(contest)} - set(tracks),
        may_go_on=holds.may_go_on(contest),
    )


def quota_attributes(contest: Contest, seen: Seen) -> dict[str, dict[str, str]]:
    """Return by which values quotas can be set, of each judged entry with a score that still takes part (by public id).

    Those are its track, the region of its captain's account, and the answers to questions with choices.
    """
    captains = select(TeamMember.team_id, User.region).join(User).join(Team)
    captains = captains.where(Team.contest_id == contest.id, TeamMember.role == TeamRole.CAPTAIN)
    regions = {row[0]: row[1] for row in session().execute(captains)}
    questions = [field for field in contest.fields if field.kind is FieldKind.CHOICE]
    found = {}
    for row in seen.result_set.rows if seen.result_set else []:
        entry = row.entry
        if row.reviews and row.score is not None and entry.id in seen.taking_part:
            values = {"track": entry.track.key, "region": regions.get(entry.team_id, "")}
            values |= {f"{ANSWER}{field.key}": str(entry.answers.get(field.key) or "") for field in questions}
            found[entry.public_id] = {attribute: value for attribute, value in values.items() if value}
    return found


def kept_from(actor: Actor, contest: Contest) -> dict[int, int]:
    """Return the entries whose results are kept from the actor, with their tracks.

    Whoever was admitted once competes: a later refusal or withdrawal must not open what was decided before it.
    """
    return _competing(judging.entries_hidden_from(actor, contest))


def with_part(actor: Actor, contest: Contest) -> set[int]:
    """Return the entries that compete and in which the actor has a part, whatever is public by now."""
    return set(_competing(conflicts.entries_with_part(actor, contest)))


def _competing(entry_ids: Collection[int]) -> dict[int, int]:
    admitted = select(ScreeningDecision.entry_id).where(ScreeningDecision.outcome == ScreeningOutcome.ADMITTED)
    query = select(Entry).where(Entry.id.in_(entry_ids), Entry.id.in_(admitted))
    return {entry.id: entry.track_id for entry in session().scalars(query)}


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
            joinedload(Decision.entry).joinedload(Entry.team),
        )
        .order_by(Award.position, Decision.id)
    )
    return list(session().scalars(query))


def awards_of(entry: Entry) -> list[Award]:
    """Return what an entry won, in the order of the awards."""
    query = select(Award).join(Decision, Decision.award_id == Award.id)
    query = query.where(Decision.entry_id == entry.id, Decision.revoked_at.is_(None))
    return list(session().scalars(query.order_by(Award.position, Decision.id)))


def public_entries(contest: Contest) -> list[Entry]:
    """Return the entries of a contest that the public sees after the announcement, in alphabetical order."""
    return sorted(screening.admitted_entries(contest), key=lambda entry: (entry.sort_key, entry.id))


def public_titles(contest: Contest, public_ids: Collection[str]) -> dict[str, str]:
    """Return the titles of those of these entries that the public sees after the announcement."""
    query = select(Entry.public_id, Entry.title).where(*screening.admitted(contest), Entry.public_id.in_(public_ids))
    return {row[0]: row[1] for row in session().execute(query)}


def all_decisions(contest: Contest) -> list[Decision]:
    """Return every decision, revoked ones too, oldest first: what the protocol lists."""
    query = select(Decision).where(Decision.contest_id == contest.id).order_by(Decision.id)
    facts = (joinedload(Decision.award), joinedload(Decision.entry), joinedload(Decision.decided_by))
    return list(session().scalars(query.options(*facts)))


def publication_by_public_id(public_id: str) -> Publication | None:
    """Return a publication, whoever asks; for checking the log."""
    return session().scalar(select(Publication).where(Publication.public_id == public_id))


def publication_of(contest: Contest) -> Publication | None:
    """Return the newest publication of a contest's results, None before the first."""
    query = select(Publication).where(Publication.contest_id == contest.id).order_by(Publication.number.desc())
    return session().scalar(query.limit(1))


def publications_of(contest: Contest) -> list[Publication]:
    """Return the publication of a contest's results and its amendments, oldest first."""
    query = select(Publication).where(Publication.contest_id == contest.id).order_by(Publication.number)
    return list(session().scalars(query))


def vacant_awards(contest: Contest) -> list[Award]:
    """Return the awards of published results that an amendment took and nobody has since: one place of each or more."""
    published = select(Decision.award_id).where(Decision.contest_id == contest.id)
    first = select(func.min(Publication.published_at)).where(Publication.contest_id == contest.id).scalar_subquery()
    taken = Counter(session().scalars(published.where(Decision.revoked_at >= first)))
    anew = Counter(session().scalars(published.where(Decision.decided_at > first)))
    return [award for award in contest.awards if taken[award.id] > anew[award.id]]


def result_set_by_id(result_set_id: int) -> ResultSet:
    """Return a ranking by its row id."""
    return session().scalars(select(ResultSet).where(ResultSet.id == result_set_id)).one()


def homes_of(result_set: ResultSet) -> dict[str, str]:
    """Return the regions of ranked entries (their captain's) by public id, and of jurors by their names in it."""
    captain = (TeamMember.team_id == Entry.team_id) & (TeamMember.role == TeamRole.CAPTAIN)
    works = select(Entry.public_id, User.region).join(ResultRow, ResultRow.entry_id == Entry.id)
    works = works.join(TeamMember, captain).join(User, User.id == TeamMember.user_id)
    works = works.where(ResultRow.result_set_id == result_set.id)
    names = {public_id: name for name, public_id in result_set.jurors.items()}
    seats = select(Juror.public_id, User.region).join(Juror.user).where(Juror.public_id.in_(names))
    found = {row[0]: row[1] for row in session().execute(works)}
    found |= {names[row[0]]: row[1] for row in session().execute(seats)}
    return {name: region for name, region in found.items() if region}


def cards_for(actor: Actor, contest: Contest) -> tuple[ResultSet | None, set[int]]:
    """Return the ranking whose juror cards the actor reads, and the entries that they have a part in.

    These are left out even once results are public: names of jurors never are.
    """
    kept = with_part(actor, contest)
    return newest_result_set(contest, kept), kept


def opening_for(actor: Actor, contest: Contest) -> dict[str, Any] | None:
    """Return the opening of the conflicts that the ranking commits to; None before the ranking.

    It is nobody's who has a part in an entry: they would tell from it who is in conflict with their own.
    """
    found = None if with_part(actor, contest) else newest_result_set(contest)
    return (found.opening or None) if found else None


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


def honours_of(actor: Actor, entry: Entry) -> list[tuple[Award, Certificate | None]]:
    """Return what an entry won, in the order of the awards, each with the actor's own certificate of it."""
    own = (Certificate.decision_id == Decision.id) & (Certificate.user_id == actor.id)
    query = select(Award, Certificate).select_from(Decision).join(Award).outerjoin(Certificate, own)
    query = query.where(Decision.entry_id == entry.id, Decision.revoked_at.is_(None))
    return [(row[0], row[1]) for row in session().execute(query.order_by(Award.position, Decision.id))]


def holder_of(certificate: Certificate) -> User | None:
    """Return the person a certificate is for."""
    return session().get(User, certificate.user_id)


def contest_of(certificate: Certificate) -> Contest | None:
    """Return the contest in which a certificate was won."""
    return session().get(Contest, certificate.decision.contest_id)
