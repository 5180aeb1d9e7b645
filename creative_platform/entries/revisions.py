"""What a submitted revision is made of, what of it is hashed, and the receipt that proves it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from creative_platform.core import ids
from creative_platform.core.audit import canonical
from creative_platform.core.text import ERASED
from creative_platform.entries.models import Entry, EntryRevision, EntryState, Receipt
from creative_platform.media.models import AssetState, MediaAsset


def document_of(entry: Entry, files: Sequence[MediaAsset]) -> dict[str, Any]:
    """Return the words and parts of an entry as they are saved: what people hand in."""
    draft = entry.draft
    return {
        "title": draft.title,
        "summary": draft.summary,
        "language": draft.language,
        "track": draft.track.key,
        "answers": draft.answers,
        "community": draft.community,
        "team": [
            {"person": member.user.public_id, "part": member.part, "role": member.role.value}
            for member in entry.team.members
        ],
        "files": [{"file": asset.public_id, "field": asset.field} for asset in files],
    }


def files_to_hand_in(entry: Entry, files: Sequence[MediaAsset]) -> list[MediaAsset]:
    """Return the files that arrived or were committed, as the chosen track asks: those of another nobody sees."""
    asked = {requirement.key for requirement in entry.draft.track.requirements}
    given = [asset for asset in files if asset.state in AssetState.arrived() or asset.is_owed]
    return [asset for asset in given if asset.field in asked]


def stands_as_handed_in(entry: Entry, files: Sequence[MediaAsset], revision: EntryRevision | None) -> bool:
    """Say whether the entry takes part and its newest revision holds everything that is saved now."""
    if revision is None or entry.state not in EntryState.handed_in():
        return False
    return revision.document == document_of(entry, files_to_hand_in(entry, files))


def digests_of(document: dict[str, Any], files: Sequence[MediaAsset], salt: str) -> dict[str, Any]:
    """Return what is hashed and signed of a document: salted digests of words and names, public ids, sizes, hashes."""
    return {**_word_digests(document, salt), "files": [file_line(asset) for asset in files]}


def _word_digests(document: dict[str, Any], salt: str) -> dict[str, Any]:
    def salted(value: Any) -> str:
        return ids.salted_digest(canonical(value).decode(), salt)

    return {
        "title": salted(document["title"]),
        "summary": salted(document["summary"]),
        "language": document["language"],
        "track": document["track"],
        "answers": {key: salted(value) for key, value in sorted(document["answers"].items())},
        "community": document["community"],
        "team": [{"person": m["person"], "part": salted(m["part"]), "role": m["role"]} for m in document["team"]],
    }


def words_stand(revision: EntryRevision) -> bool:
    """Say whether a revision holds the words that were digested when it was handed in, or none: they can be erased.

    Of a person who was erased while others of the team stay, the part alone is (None).
    """
    if not revision.document or revision.document == emptied(revision.digests):
        return True
    told = {name: value for name, value in revision.digests.items() if name != "files"}
    held = _word_digests(revision.document, revision.salt)
    for said, then, now in zip(revision.document["team"], told["team"], held["team"], strict=True):
        now["part"] = then["part"] if said["part"] is None else now["part"]
    return told == held


def emptied(document: dict[str, Any]) -> dict[str, Any]:
    """Return what is left of a document, or of its digests, once its words are erased."""
    kept = {name: document.get(name) for name in ("language", "track")}
    return {**kept, "title": ERASED, "summary": "", "answers": {}, "community": None, "team": [], "files": []}


def file_line(asset: MediaAsset) -> dict[str, Any]:
    """Return a file as a receipt lists it: name digest, size in bytes, declared SHA-256, whether verified yet.

    Of a file whose bytes are still to come, ``committed_at`` says when they were promised.
    """
    committed = asset.committed_at.isoformat(timespec="microseconds") if asset.committed_at else None
    return {
        "file": asset.public_id,
        "field": asset.field,
        "name_digest": ids.salted_digest(asset.filename, asset.filename_salt),
        "size_bytes": asset.size_bytes,
        "sha256": asset.sha256 or asset.declared_sha256,
        "verified": "yes" if asset.state is AssetState.READY else "pending",
        **({"committed_at": committed} if asset.awaits_delivery else {}),
    }


def sha256_of(digests: dict[str, Any]) -> str:
    """Return the SHA-256 (hex) of a revision."""
    return hashlib.sha256(canonical(digests)).hexdigest()


def receipt_payload(entry: Entry, revision: EntryRevision, code: str, closes_at: datetime) -> str:
    """Return the canonical JSON text that a receipt signs."""
    until = entry.deliver_until
    return canonical(
        {
            "type": "receipt",
            "v": 1,
            "code": code,
            "contest": entry.contest.public_id,
            "entry": entry.public_id,
            "entry_code": entry.code,
            "revision": revision.number,
            "revision_sha256": revision.sha256,
            "rules": {"number": revision.rules_version.number, "sha256": revision.rules_version.sha256},
            "arrived_at": revision.arrived_at.isoformat(timespec="microseconds"),
            "closes_at": closes_at.isoformat(timespec="microseconds"),
            "files": revision.digests["files"],
            **({"deliver_until": until.isoformat(timespec="microseconds")} if until else {}),
        }
    ).decode()


def verification_payload(receipt: Receipt, files: Sequence[MediaAsset], at: datetime) -> str:
    """Return the second line, signed once every file was checked; it never changes the first."""
    return canonical(
        {
            "type": "receipt.verified",
            "v": 1,
            "code": receipt.code,
            "at": at.isoformat(timespec="microseconds"),
            "files": [
                {
                    "file": asset.public_id,
                    "sha256": asset.sha256,
                    "verified": "yes" if asset.state is AssetState.READY else "rejected",
                    "reason": asset.reason,
                }
                for asset in files
            ],
        }
    ).decode()


def receipt_file(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as its holder keeps it: checkable offline with the public keys; ``salt`` opens the digests."""
    kept: dict[str, Any] = {
        "payload": receipt.payload,
        "key_id": receipt.key_id,
        "signature": receipt.signature,
        "salt": receipt.revision.salt,
        "digests": receipt.revision.digests,
    }
    if receipt.verification_payload:
        kept["verification"] = {
            "payload": receipt.verification_payload,
            "key_id": receipt.verification_key_id,
            "signature": receipt.verification_signature,
        }
    return kept
