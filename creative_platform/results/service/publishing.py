"""The gate: with the publication results become public, all at once."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from creative_platform.accounts.models import User
from creative_platform.contests import policy as contests
from creative_platform.contests.models import Contest
from creative_platform.contests.service import mark_announced
from creative_platform.core import audit, clock, ids, links, queue, signing
from creative_platform.core.actor import Actor
from creative_platform.core.audit import AuditEvent, canonical, contest_chain
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import NotAllowed, WrongState
from creative_platform.core.queue import Claim
from creative_platform.core.text import LocalizedText
from creative_platform.entries import queries as entries
from creative_platform.entries.models import Entry, EntryState
from creative_platform.media import storage
from creative_platform.media.service import delete_later
from creative_platform.notices import service as notices
from creative_platform.results import policy, queries
from creative_platform.results.models import Certificate, Decision, Publication, ResultSet
from creative_platform.screening import queries as screening

CERTIFICATE_JOB = "results.make_certificate"


def publish_results(actor: Actor, contest: Contest) -> Publication:
    """Publish what was decided: the signed document, the certificates, the mails; in one transaction.

    Raises NotAllowed (also for who has a part in an entry), WrongState.
    """
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        locked_contest = s.scalars(locked(select(Contest).where(Contest.id == contest.id))).one()
        seen = queries.seen_by(actor, contest)
        allowed = policy.can_publish(contest, seen)
        if not allowed or seen.result_set is None:
            raise (NotAllowed if seen.kept else WrongState)(allowed.reason)
        publication = publish_document(s, actor, contest, seen.result_set, seen.decisions)
        mark_announced(locked_contest)
        issue_certificates(s, seen.decisions)
        _tell_everybody(contest, seen.decisions)
        return publication


def publish_document(
    s: Session,
    actor: Actor,
    contest: Contest,
    ranking: ResultSet,
    decisions: list[Decision],
    before: Publication | None = None,
    reason: LocalizedText | None = None,
) -> Publication:
    """Store the signed document of what stands decided; with ``before``, as an amendment of it for a reason."""
    now = clock.now()
    facts = _document(contest, ranking, decisions, now.isoformat())
    if before is not None:
        out = [row.entry.public_id for row in ranking.rows if row.entry.state is EntryState.DISQUALIFIED]
        known = {award["decision"] for award in json.loads(before.document)["awards"]}
        anew = [decision.public_id for decision in decisions if decision.public_id not in known]
        facts["amends"] = {
            "sha256": before.sha256,
            "reason": dict(reason or {}),
            "disqualified": out,
            "given_anew": anew,
        }
    document = canonical(facts).decode()
    key_id, signature = signing.sign(document.encode())
    publication = Publication(
        contest_id=contest.id,
        number=before.number + 1 if before else 1,
        reason=reason or LocalizedText(),
        result_set_id=ranking.id,
        document=document,
        sha256=hashlib.sha256(document.encode()).hexdigest(),
        previous_sha256=before.sha256 if before else "",
        key_id=key_id,
        signature=signature,
        published_at=now,
        published_by_id=actor.id,
    )
    s.add(publication)
    s.flush()
    verb = "results.amended" if before else "results.published"
    told = f"publication:{publication.public_id}"
    audit.record(contest_chain(contest.public_id), actor, verb, told, sha256=publication.sha256)
    return publication


def _document(contest: Contest, result_set: ResultSet, decisions: list[Decision], at: str) -> dict[str, Any]:
    """Return what is published, by public ids: names and titles are joined when it is shown."""
    revisions = entries.current_revisions(decision.entry_id for decision in decisions)
    length, head = audit.head_of(contest_chain(contest.public_id))
    return {
        "type": "results",
        "v": 1,
        "contest": contest.public_id,
        "slug": contest.slug,
        "rules_sha256": contest.rules[-1].sha256,
        "published_at": at,
        "log": {"links": length, "head": head},
        "ranking_sha256": result_set.sha256,
        "ranking": result_set.snapshot,
        "awards": [
            {
                "decision": decision.public_id,
                "award": decision.award.public_id,
                "title": dict(decision.award.title),
                "entry": decision.entry.public_id,
                "revision_sha256": revisions[decision.entry_id].sha256,
                "reason": dict(decision.reason),
            }
            for decision in decisions
        ],
    }


def stands_as_published(link: AuditEvent) -> bool:
    """Say whether the document that a link tells of is kept unchanged, and names the log as it was before it.

    Who holds a published document can so tell that the log before it was not written anew.
    """
    found = queries.publication_by_public_id(link.subject.removeprefix("publication:"))
    if found is None or hashlib.sha256(found.document.encode()).hexdigest() != link.data["sha256"]:
        return False
    log = json.loads(found.document)["log"]
    signed = signing.verify(found.key_id, found.document.encode(), found.signature)
    return signed and (log["links"], log["head"]) == (link.number - 1, link.previous)


def issue_certificates(s: Session, decisions: list[Decision]) -> None:
    """Give everybody credited in the decided entries a certificate; a job draws it."""
    credited = entries.credits_handed_in(decision.entry_id for decision in decisions)
    for decision in decisions:
        for member in credited[decision.entry_id]:
            certificate = Certificate(
                code=ids.short_code(),
                decision_id=decision.id,
                user_id=member.user.id,
                locale=member.user.locale,
                issued_at=clock.now(),
            )
            s.add(certificate)
            s.flush()
            queue.enqueue(CERTIFICATE_JOB, certificate_id=certificate.id)


def _tell_everybody(contest: Contest, decisions: list[Decision]) -> None:
    """Write to everybody who took part, one mail an entry; it lists all that the entry won."""
    won: dict[int, list[dict[str, str]]] = {}
    for decision in decisions:
        won.setdefault(decision.entry_id, []).append(dict(decision.award.title))
    for entry in screening.admitted_entries(contest):
        tell_team_of(contest, entry, won.get(entry.id, []))


def tell_team_of(contest: Contest, entry: Entry, won: list[dict[str, str]]) -> None:
    """Write to the people of an entry that the results are public, and which awards are theirs."""
    page = links.url(f"/contests/{contest.slug}/winners")
    data: dict[str, Any] = {"contest": dict(contest.title), "title": entry.title, "page": page}
    for member in entry.team.members:
        if won:
            notices.enqueue("results.won", to=member.user, awards=won, **data)
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
        if s.get_one(User, certificate.user_id).is_erased:  # meanwhile, or before
            delete_later(key)
        else:
            certificate.storage_key, certificate.made_at = key, clock.now()
        claim.finish()
