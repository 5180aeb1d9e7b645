"""Handing in: revisions, receipts, withdrawing. Each verb is one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from creative_platform.communities import queries as communities
from creative_platform.core import audit, clock, ids, links, queue, signing
from creative_platform.core.actor import Actor
from creative_platform.core.audit import AuditEvent, contest_chain
from creative_platform.core.db import kept_locked, locked, session, transaction
from creative_platform.core.errors import Invalid, NotAllowed, TooLate, WrongState
from creative_platform.core.text import N_
from creative_platform.entries import policy, queries, revisions
from creative_platform.entries.models import Entry, EntryRevision, EntryState, Receipt, RevisionFile, ScreeningOutcome
from creative_platform.entries.service.drafts import (
    apply_changes,
    lock_contest,
    refuse_closed,
    refuse_over_limits,
    refuse_strange_community,
)
from creative_platform.media import queries as media
from creative_platform.media.models import AssetState, CopiesWanted, MediaAsset
from creative_platform.media.service import end_addresses, forget_copies, want_copies
from creative_platform.notices import service as notices

OWNER_TYPE = "entry"
SUBMITTED_JOB = "similarity.sketch_entry"  # a higher room's, which compares the entry with others
CHECKED_JOB = "similarity.sketch_file"  # the same of a file that was handed in


def submit_entry(actor: Actor, public_id: str, *, arrived_at: datetime) -> Receipt:
    """Hand the entry in as it stands: an immutable revision and its signed receipt.

    The same words and files handed in again give the receipt there is. Raises NotFound, TooLate, NotAllowed, Invalid
    (naming what is missing).
    """
    with transaction() as s:
        entry = queries.entry_for_member(actor, public_id, lock=True)
        refuse_closed(policy.can_submit_entry(actor, entry, arrived_at), entry, arrived_at)
        files = media.assets_of(OWNER_TYPE, entry.id)
        refuse_strange_community(entry)
        missing = policy.missing_parts(entry, by_field(files))
        if missing:
            raise Invalid({part.field: part.sentence for part in missing}, N_("Something is still missing."))
        handed_in = revisions.files_to_hand_in(entry, files)
        _take_edits(actor, entry)
        document = revisions.document_of(entry, handed_in)
        before = queries.current_revision(entry)
        if before and before.document == document and entry.state in EntryState.handed_in():
            receipt = queries.receipt_of(before)
            if receipt:
                return receipt
        promised = any(asset.awaits_delivery for asset in handed_in)
        entry.deliver_until = policy.delivers_until(entry) if promised else None
        entry.state = EntryState.COMMITTED if promised else EntryState.SUBMITTED
        entry.submitted_at = arrived_at
        number = before.number + 1 if before else 1
        revision = _add_revision(s, actor, entry, number, document, handed_in, arrived_at)
        receipt = _sign_receipt(s, entry, revision)
        told = {"code": receipt.code, "title": entry.title, "verify_url": links.url(f"/verify?code={receipt.code}")}
        tell_team(entry, "entries.submitted", **told, until=_told(entry.deliver_until))
        queue.enqueue(SUBMITTED_JOB, entry_id=entry.id)
        _order_copies(entry, handed_in)
        audit.record(  # last: from here to the end others who hand in wait for the chain
            contest_chain(entry.contest.public_id),
            actor,
            "entry.submitted",
            f"entry:{entry.public_id}",
            revision=revision.number,
            sha256=revision.sha256,
            receipt=receipt.code,
            arrived_at=arrived_at.isoformat(),
        )
        return receipt


def _order_copies(entry: Entry, files: list[MediaAsset]) -> None:
    """Order the copies of files that were handed in: who screens needs what plays, jurors and the gallery the rest.

    Of what only earlier versions hold no more are made.
    """
    held = select(RevisionFile.asset_id).join(EntryRevision).where(EntryRevision.entry_id == entry.id)
    forget_copies(set(session().scalars(held)) - {asset.id for asset in files})
    admitted = entry.screenings and entry.screenings[-1].outcome is ScreeningOutcome.ADMITTED
    wanted = CopiesWanted.ALL if admitted else CopiesWanted.PLAYABLE
    want_copies([asset.id for asset in files], wanted)


def _take_edits(actor: Actor, entry: Entry) -> None:
    """Make what was saved after the last handing in part of the entry; whose community it is was checked before."""
    if not entry.edits:
        return
    draft = entry.draft
    words = {name: value for name, value in entry.edits.items() if name != "community"}
    apply_changes(actor, entry, {**words, "track": draft.track.key})
    entry.community = communities.community_by_public_id(draft.community) if draft.community else None
    entry.edits = {}


def by_field(files: list[MediaAsset]) -> dict[str, list[MediaAsset]]:
    """Return files grouped by the requirement they answer."""
    grouped: dict[str, list[MediaAsset]] = {}
    for asset in files:
        grouped.setdefault(asset.field, []).append(asset)
    return grouped


def _add_revision(
    s: Session,
    actor: Actor,
    entry: Entry,
    number: int,
    document: dict[str, Any],
    files: list[MediaAsset],
    arrived_at: datetime,
) -> EntryRevision:
    salt = ids.salt()
    digests = revisions.digests_of(document, files, salt)
    revision = EntryRevision(
        entry_id=entry.id,
        number=number,
        rules_version_id=entry.contest.rules[-1].id,
        document=document,
        digests=digests,
        salt=salt,
        sha256=revisions.sha256_of(digests),
        arrived_at=arrived_at,
        submitted_by_id=actor.id,
    )
    revision.files = [RevisionFile(asset_id=asset.id, field=asset.field) for asset in files]
    s.add(revision)
    s.flush()
    return revision


def stands_as_submitted(link: AuditEvent) -> bool:
    """Say whether the revision that a link tells of is kept as it was handed in; erased words are no change."""
    wanted = (Entry.public_id == link.subject.removeprefix("entry:"), EntryRevision.number == link.data["revision"])
    revision = session().scalar(select(EntryRevision).join(Entry, EntryRevision.entry_id == Entry.id).where(*wanted))
    if revision is None or not link.data["sha256"] == revision.sha256 == revisions.sha256_of(revision.digests):
        return False
    return revisions.words_stand(revision)


def _sign_receipt(s: Session, entry: Entry, revision: EntryRevision) -> Receipt:
    code = ids.short_code()
    end = policy.closes_at(entry) or revision.arrived_at
    payload = revisions.receipt_payload(entry, revision, code, end)
    key_id, signature = signing.sign(payload.encode())
    receipt = Receipt(revision_id=revision.id, code=code, payload=payload, key_id=key_id, signature=signature)
    s.add(receipt)
    s.flush()
    sign_verification(receipt)
    return receipt


def sign_verification(receipt: Receipt) -> bool:
    """Add the second signed line once every file of the receipt was checked; False while some are not."""
    files = media.assets_by_id(file.asset_id for file in receipt.revision.files)
    checked = (AssetState.READY, AssetState.REJECTED)
    erased = not receipt.revision.salt
    if erased or receipt.verification_payload or not all(asset.state in checked for asset in files.values()):
        return False
    payload = revisions.verification_payload(receipt, [files[f.asset_id] for f in receipt.revision.files], clock.now())
    receipt.verification_payload = payload
    receipt.verification_key_id, receipt.verification_signature = signing.sign(payload.encode())
    return True


def sign_pending_verifications(entry_id: int) -> None:
    """Add the second line to the receipts of an entry whose files are all checked; called when a file was checked."""
    with transaction() as s:
        for receipt in s.scalars(_unverified(), {"entry": entry_id}):
            sign_verification(receipt)


@kept_locked()
def _unverified() -> Select[Receipt]:
    waiting = select(Receipt).join(EntryRevision).where(EntryRevision.entry_id == bindparam("entry"))
    return waiting.where(Receipt.verification_payload.is_(None))


def settle_delivery(asset: MediaAsset) -> None:
    """Say of the entry of a committed file whether it still owes one: ``committed`` until all were delivered.

    Called when the file's bytes arrived, when they turned out to be others, and when they did not come in time; of the
    last two the team is told.
    """
    with transaction() as s:
        entry = s.scalars(locked(select(Entry).where(Entry.id == asset.owner_id))).one()
        revision = queries.current_revision(entry)
        files = queries.files_of(revision) if revision else []
        if asset not in files or entry.deliver_until is None or entry.state not in EntryState.handed_in():
            return
        owed = [file for file in files if file.is_owed]
        before, entry.state = entry.state, EntryState.COMMITTED if owed else EntryState.SUBMITTED
        waits = [file for file in owed if file.awaits_delivery]
        failed = asset in owed and (asset in waits or not waits)  # one letter at the end, however many are missing
        if failed:
            again = _told(policy.delivers_until(entry) if waits else None)
            tell_team(entry, "entries.not_delivered", title=entry.title, until=again)
        verb = "entry.not_delivered" if owed else "entry.delivered"
        if failed or entry.state is not before:
            audit.record(contest_chain(entry.contest.public_id), None, verb, f"entry:{entry.public_id}")


def tell_of_refused_file(asset: MediaAsset) -> None:
    """Write to the team, and into the log, that a file that was handed in was not accepted; people decide."""
    with transaction() as s:
        entry = s.scalars(locked(select(Entry).where(Entry.id == asset.owner_id))).one()
        revision = queries.current_revision(entry)
        if revision is None or asset not in queries.files_of(revision) or entry.state not in EntryState.handed_in():
            return
        tell_team(entry, "entries.file_refused", title=entry.title, filename=asset.filename)
        audit.record(contest_chain(entry.contest.public_id), None, "entry.file_refused", f"entry:{entry.public_id}")


def _told(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def tell_team(entry: Entry, kind: str, **data: Any) -> None:
    """Write a notice to every member of the entry's team, in the running transaction."""
    entry_url = links.url(f"/my/entries/{entry.public_id}")
    for member in entry.team.members:
        notices.enqueue(kind, to=member.user, entry_url=entry_url, **data)


def withdraw_entry(actor: Actor, public_id: str, *, reason: str = "") -> Entry:
    """Take the entry out of the contest before the results; its revisions, receipts and scores stay on record."""
    with transaction() as s:
        lock_contest(s, queries.entry_for_member(actor, public_id).contest_id)
        entry = queries.entry_for_member(actor, public_id, lock=True)
        policy.can_withdraw_entry(actor, entry).enforce()
        entry.state, entry.withdrawn_at = EntryState.WITHDRAWN, clock.now()
        entry.version += 1
        queue.enqueue(SUBMITTED_JOB, entry_id=entry.id)
        audit.record(contest_chain(entry.contest.public_id), actor, "entry.withdrawn", f"entry:{entry.public_id}")
        end_addresses(OWNER_TYPE, [entry.id])
        tell_team(entry, "entries.withdrawn", title=entry.title, reason_text=reason)
        return entry


def revive_entry(actor: Actor, public_id: str, *, arrived_at: datetime) -> Entry:
    """Make a withdrawn entry a draft again, while entries are open and the limits allow it."""
    with transaction() as s:
        lock_contest(s, queries.entry_for_member(actor, public_id).contest_id)
        entry = queries.entry_for_member(actor, public_id, lock=True)
        if entry.state is not EntryState.WITHDRAWN:
            raise WrongState(state=entry.state.value)
        if not policy.is_open(entry, arrived_at):
            raise TooLate(N_("Entries closed before this arrived."))
        if not policy.is_captain(actor, entry):
            raise NotAllowed(N_("Only the team's captain brings the entry back."))
        for member in entry.team.members:
            refuse_over_limits(entry.contest, member.user_id, entry.team)
        _take_edits(actor, entry)
        entry.state, entry.withdrawn_at, entry.submitted_at = EntryState.DRAFT, None, None
        entry.deliver_until = None
        entry.version += 1
        audit.record(contest_chain(entry.contest.public_id), actor, "entry.revived", f"entry:{entry.public_id}")
        return entry
