"""What turns out to be wrong in published results is amended in the open, each time in a document of its own."""

from __future__ import annotations

from sqlalchemy import select

from creative_platform.contests import policy as contests
from creative_platform.contests.models import Contest
from creative_platform.core import audit, clock
from creative_platform.core.actor import Actor
from creative_platform.core.audit import contest_chain
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Conflict, Invalid, NotAllowed, NotFound, WrongState
from creative_platform.core.text import N_, LocalizedText
from creative_platform.entries import conflicts
from creative_platform.results import queries
from creative_platform.results.models import Decision, Publication
from creative_platform.results.service.publishing import issue_certificates, publish_document, tell_team_of
from creative_platform.screening.service import disqualify_entry


def amend_results(actor: Actor, contest: Contest, *, entry: str, reason: LocalizedText) -> Publication:
    """Disqualify an entry after the announcement: its awards fall, and the next document says so and why.

    The ranking stays as it was computed; the documents before stay public. ``entry`` is a public id, ``reason`` is read
    by everybody. Raises NotFound, NotAllowed (a part in any entry), WrongState, Invalid.
    """
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        s.scalars(locked(select(Contest).where(Contest.id == contest.id))).one()
        before = _amendable(actor, contest)
        taken_out = disqualify_entry(actor, contest, entry, reason=reason, amends=True)
        for decision in queries.standing_decisions(contest):
            if decision.entry_id == taken_out.id:
                decision.revoked_at = clock.now()
        s.flush()
        ranking = queries.result_set_by_id(before.result_set_id)
        return publish_document(s, actor, contest, ranking, queries.standing_decisions(contest), before, reason)


def give_anew(actor: Actor, contest: Contest, *, award: str, entry: str, reason: LocalizedText) -> Publication:
    """Give an award that an amendment left vacant to another entry; the next document says so and why.

    Its people get a certificate and a mail. ``award`` and ``entry`` are public ids. Raises NotFound, NotAllowed (a part
    in any entry), WrongState, Invalid, Conflict.
    """
    contests.can_manage(actor, contest).enforce()
    if not reason:
        raise Invalid({"reason": N_("Give the reason; it stands in the protocol.")})
    with transaction() as s:
        s.scalars(locked(select(Contest).where(Contest.id == contest.id))).one()
        before = _amendable(actor, contest)
        prize = next((free for free in queries.vacant_awards(contest) if free.public_id == award), None)
        chosen = next((one for one in queries.public_entries(contest) if one.public_id == entry), None)
        if prize is None or chosen is None:
            raise NotFound()
        if prize.track_id is not None and prize.track_id != chosen.track_id:
            raise Invalid({"award": N_("This award belongs to another track.")})
        if prize.id in {own.id for own in queries.awards_of(chosen)}:
            raise Conflict(N_("This entry has this award already."))
        decision = Decision(
            contest_id=contest.id,
            award_id=prize.id,
            entry_id=chosen.id,
            result_set_id=before.result_set_id,
            reason=reason,
            decided_by_id=actor.id,
            decided_at=clock.now(),
        )
        s.add(decision)
        s.flush()
        named = {"award": prize.public_id, "entry": chosen.public_id}
        about = f"decision:{decision.public_id}"
        audit.record(contest_chain(contest.public_id), actor, "award.given_anew", about, **named)
        issue_certificates(s, [decision])
        tell_team_of(contest, chosen, [dict(prize.title)])
        ranking = queries.result_set_by_id(before.result_set_id)
        return publish_document(s, actor, contest, ranking, queries.standing_decisions(contest), before, reason)


def _amendable(actor: Actor, contest: Contest) -> Publication:
    """Return what the actor may amend. Raises WrongState, NotAllowed."""
    before = queries.publication_of(contest)
    if before is None:
        raise WrongState(N_("The results are not published yet."))
    if conflicts.entries_with_part(actor, contest):
        raise NotAllowed(N_("You have a part in an entry: another organizer amends the results."))
    return before
