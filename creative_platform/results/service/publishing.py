"""The gate: with the publication results become public, all at once, and never change."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from creative_platform.accounts.models import User
from creative_platform.contests import policy as contests
from creative_platform.contests.models import Contest
from creative_platform.core import audit, clock, ids, links, queue, signing
from creative_platform.core.actor import Actor
from creative_platform.core.audit import canonical, contest_chain
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import WrongState
from creative_platform.core.queue import Claim
from creative_platform.core.text import N_
from creative_platform.entries import queries as entries
from creative_platform.media import storage
from creative_platform.notices import service as notices
from creative_platform.results import policy, queries
from creative_platform.results.models import Certificate, Decision, Publication, ResultSet

CERTIFICATE_JOB = "results.make_certificate"


def publish_results(actor: Actor, contest: Contest) -> Publication:
    """Publish what was decided: the signed document, the certificates, the mails; in one transaction."""
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        s.scalars(locked(select(Contest).where(Contest.id == contest.id))).one()
        result_set, decisions = queries.newest_result_set(contest), queries.standing_decisions(contest)
        allowed = policy.can_publish(contest, result_set, decisions, queries.publication_of(contest))
        if not allowed or result_set is None:
            raise WrongState(allowed.reason)
        taking_part = {entry.id for entry in entries.admitted_entries(contest)}
        gone = [decision.entry.code for decision in decisions if decision.entry_id not in taking_part]
        if gone:
            raise WrongState(N_("This entry no longer takes part."), entries=gone)
        now = clock.now()
        document = canonical(_document(contest, result_set, decisions, now.isoformat())).decode()
        key_id, signature = signing.sign(document.encode())
        publication = Publication(
            contest_id=contest.id,
            result_set_id=result_set.id,
            document=document,
            sha256=hashlib.sha256(document.encode()).hexdigest(),
            key_id=key_id,
            signature=signature,
            published_at=now,
            published_by_id=actor.id,
        )
        s.add(publication)
        _issue_certificates(s, decisions)
        _tell_everybody(contest, decisions)
        s.flush()
        chain = contest_chain(contest.public_id)
        audit.record(
            chain, actor, "results.published", f"publication:{publication.public_id}", sha256=publication.sha256
        )
        return publication


def _document(contest: Contest, result_set: ResultSet, decisions: list[Decision], at: str) -> dict[str, Any]:
    """Return what is published, by public ids: names and titles are joined when it is shown."""
    revisions = entries.current_revisions(decision.entry_id for decision in decisions)
    return {
        "type": "results",
        "v": 1,
        "contest": contest.public_id,
        "slug": contest.slug,
        "rules_sha256": contest.rules[-1].sha256,
        "published_at": at,
        "ranking_sha256": result_set.sha256,
        "ranking": result_set.snapshot,
        "awards": [
            {
                "decision": decision.public_id,
                "award": decision.award.public_id,
                "title": dict(decision.award.title),
                "entry": decision.entry.public_id,
                "revision_sha256": revisions[decision.entry_id].sha256,
                "reason": decision.reason,
            }
            for decision in decisions
        ],
    }


def _issue_certificates(s: Session, decisions: list[Decision]) -> None:
    for decision in decisions:
        for member in decision.entry.team.members:
            certificate = Certificate(
                code=ids.short_code(),
                decision_id=decision.id,
                user_id=member.user_id,
                locale=member.user.locale,
                issued_at=clock.now(),
            )
            s.add(certificate)
            s.flush()
            queue.enqueue(CERTIFICATE_JOB, certificate_id=certificate.id)


def _tell_everybody(contest: Contest, decisions: list[Decision]) -> None:
    page = links.url(f"/contests/{contest.slug}/winners")
    won: dict[int, Decision] = {decision.entry_id: decision for decision in decisions}
    for entry in entries.admitted_entries(contest):
        decision = won.get(entry.id)
        for member in entry.team.members:
            data: dict[str, Any] = {"contest": dict(contest.title), "title": entry.title, "page": page}
            if decision is not None:
                notices.enqueue("results.won", to=member.user, award=dict(decision.award.title), **data)
            else:
                notices.enqueue("results.published", to=member.user, **data)


def make_certificate(claim: Claim, certificate_id: int, draw: Any) -> None:
    """Draw a certificate and keep it in the store; the object comes before the row that names it."""
    with transaction() as s:
        certificate = s.scalars(locked(select(Certificate).where(Certificate.id == certificate_id))).one()
        decision, person = certificate.decision, s.get_one(User, certificate.user_id)
        contest = s.get_one(Contest, decision.contest_id)
        facts = {
            "code": certificate.code,
            "locale": certificate.locale,
            "name": person.name,
            "work": decision.entry.title,
            "award": decision.award.title.in_(certificate.locale),
            "contest": contest.title.in_(certificate.locale),
            "date": certificate.issued_at,
            "address": links.url(f"/verify?code={certificate.code}"),
        }
    body = draw(facts)
    key = storage.new_key("papers")
    storage.storage().put(key, body, "application/pdf")
    with transaction() as s:
        certificate = s.scalars(locked(select(Certificate).where(Certificate.id == certificate_id))).one()
        certificate.storage_key, certificate.made_at = key, clock.now()
        claim.finish()
