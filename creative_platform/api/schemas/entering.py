"""Contests, entries, files and uploads."""

from __future__ import annotations

from creative_platform.api.json_schema import Schema, choice, listed, or_null, ref, text, thing, whole
from creative_platform.api.schemas.shapes import (
    ANSWER,
    ANSWERS,
    ANY_TEXT,
    COUNT,
    FLAG,
    ID,
    KEY,
    LANGUAGE,
    LARGEST,
    LOCALIZED,
    MOST_PARTS,
    SHA256,
    SLUG,
    VERSION,
    WHEN,
    page_of,
)
from creative_platform.contests.models import ContestKind, FieldKind, StageKind
from creative_platform.contests.queries import PHASES
from creative_platform.core.text import LOCALES
from creative_platform.entries.answers import SUMMARY_MOST, TITLE_MOST
from creative_platform.entries.models import EntryState, ScreeningOutcome, TeamRole
from creative_platform.media.models import AssetState, MediaKind
from creative_platform.uploads.models import UploadState

_FIELDS = {"title": text(TITLE_MOST), "summary": text(SUMMARY_MOST), "language": LANGUAGE, "answers": ANSWERS}

_SENT = thing({"number": whole(1, MOST_PARTS), "etag": text(80, least=1), "sha256": SHA256})
_SENT_PARTS = listed(_SENT, 64)

_CONTEST: dict[str, Schema] = {
    "id": ID,
    "slug": SLUG,
    "kind": choice(*[kind.value for kind in ContestKind]),
    "title": LOCALIZED,
    "summary": LOCALIZED,
    "timezone": ANY_TEXT,
    "phase": choice(*PHASES),
    "stages": listed(ref("Stage"), 10),
}

ENTERING: dict[str, Schema] = {
    "Problem": {
        "type": "object",
        "description": "RFC 9457. `code` is stable; `fields` maps the name of a field to sentences about it.",
        "properties": {
            "type": ANY_TEXT,
            "title": ANY_TEXT,
            "status": {"type": "integer"},
            "code": ANY_TEXT,
            "detail": ANY_TEXT,
            "fields": {"type": "object", "additionalProperties": {"type": "array", "items": ANY_TEXT}},
        },
        "required": ["type", "title", "status", "code", "detail"],
    },
    "LocalizedText": thing(**dict.fromkeys(LOCALES, ANY_TEXT)),
    "Stage": thing({"kind": choice(*[kind.value for kind in StageKind]), "starts_at": WHEN, "ends_at": or_null(WHEN)}),
    "FileRequirement": thing(
        {
            "key": KEY,
            "title": LOCALIZED,
            "help": LOCALIZED,
            "kinds": listed(choice(*[kind.value for kind in MediaKind]), 20),
            "min_count": COUNT,
            "max_count": COUNT,
            "max_size_bytes": COUNT,
            "min_duration_s": or_null(COUNT),
            "max_duration_s": or_null(COUNT),
        }
    ),
    "Track": thing(
        {
            "key": KEY,
            "title": LOCALIZED,
            "description": LOCALIZED,
            "files": {"type": "array", "items": ref("FileRequirement")},
        }
    ),
    "Question": thing(
        {
            "key": KEY,
            "kind": choice(*[kind.value for kind in FieldKind]),
            "label": LOCALIZED,
            "help": LOCALIZED,
            "required": FLAG,
            "min_value": or_null({"type": "integer"}),
            "max_value": or_null({"type": "integer"}),
            "options": {"type": "array", "items": thing({"key": ANY_TEXT, "title": LOCALIZED})},
        }
    ),
    "Criterion": thing(
        {
            "key": KEY,
            "title": LOCALIZED,
            "help": LOCALIZED,
            "weight": {"type": "number"},
            "scale_min": {"type": "integer"},
            "scale_max": {"type": "integer"},
            "anchors": {"type": "object", "additionalProperties": LOCALIZED},
        }
    ),
    "Award": thing({"id": ID, "title": LOCALIZED, "description": LOCALIZED, "quantity": COUNT, "track": or_null(KEY)}),
    "ContestLine": thing(_CONTEST),
    "ContestPage": page_of(ref("ContestLine"), server_time=WHEN),
    "Contest": thing(
        {
            **_CONTEST,
            "server_time": WHEN,
            "body": LOCALIZED,
            "rules": or_null(thing({"number": COUNT, "sha256": SHA256, "published_at": WHEN})),
            "tracks": {"type": "array", "items": ref("Track")},
            "fields": {"type": "array", "items": ref("Question")},
            "criteria": {"type": "array", "items": ref("Criterion")},
            "awards": {"type": "array", "items": ref("Award")},
            "limits": thing(
                {
                    "max_entries_person": COUNT,
                    "max_entries_team": COUNT,
                    "max_team_size": COUNT,
                    "delivery_window_h": {
                        **COUNT,
                        "description": "Hours after the close in which committed files may follow; 0: none are taken.",
                    },
                }
            ),
            "who": thing(
                {
                    "regions": {"type": "array", "items": ANY_TEXT},
                    "members_only": FLAG,
                    "min_age": or_null(COUNT),
                    "max_age": or_null(COUNT),
                }
            ),
            "blind": FLAG,
            "drafts_readable": FLAG,
            "reviews_per_entry": COUNT,
            "tie_steps": {"type": "array", "items": ANY_TEXT},
        }
    ),
    "NewEntry": thing(
        {"track": KEY}, **_FIELDS, team={"anyOf": [ID, choice("")]}, community={"anyOf": [ID, choice("")]}
    ),
    "EntryChanges": thing({"version": VERSION}, **_FIELDS, track=KEY, community=or_null({"anyOf": [ID, choice("")]})),
    "File": thing(
        {
            "id": ID,
            "field": KEY,
            "filename": ANY_TEXT,
            "content_type": ANY_TEXT,
            "size_bytes": COUNT,
            "sha256": or_null(SHA256),
            "committed_at": or_null(WHEN),
            "state": choice(*[state.value for state in AssetState]),
            "reason": or_null(thing({"code": ANY_TEXT, "sentence": ANY_TEXT})),
            "kind": or_null(choice(*[kind.value for kind in MediaKind])),
            "duration_s": or_null({"type": "number"}),
            "width": or_null(COUNT),
            "height": or_null(COUNT),
        }
    ),
    "Entry": thing(
        {
            "id": ID,
            "code": ANY_TEXT,
            "contest": SLUG,
            "state": choice(*[state.value for state in EntryState]),
            "version": VERSION,
            "track": KEY,
            "title": ANY_TEXT,
            "summary": ANY_TEXT,
            "language": LANGUAGE,
            "answers": {"type": "object", "additionalProperties": ANSWER},
            "community": or_null(ID),
            "team": ref("Team"),
            "files": {"type": "array", "items": ref("File")},
            "missing": {"type": "array", "items": thing({"field": ANY_TEXT, "sentence": ANY_TEXT})},
            "screening": or_null(ref("Screening")),
            "receipt": or_null(ANY_TEXT),
            "closes_at": or_null(WHEN),
            "deliver_until": or_null(WHEN),
            "created_at": WHEN,
            "saved_at": WHEN,
            "submitted_at": or_null(WHEN),
        }
    ),
    "Team": thing(
        {
            "id": ID,
            "name": ANY_TEXT,
            "members": {
                "type": "array",
                "items": thing(
                    {
                        "person": ID,
                        "name": ANY_TEXT,
                        "part": ANY_TEXT,
                        "role": choice(*[role.value for role in TeamRole]),
                    }
                ),
            },
        }
    ),
    "EntryPage": page_of(ref("Entry")),
    "Screening": thing(
        {
            "outcome": choice(*[outcome.value for outcome in ScreeningOutcome]),
            "reason": ANY_TEXT,
            "decided_at": WHEN,
            "revision": {**COUNT, "description": "The version that was decided on; the entry may be at a newer one."},
        }
    ),
    "Receipt": {
        **thing(
            {
                "code": ANY_TEXT,
                "verify_url": ANY_TEXT,
                "payload": ANY_TEXT,
                "key_id": ANY_TEXT,
                "signature": ANY_TEXT,
                "salt": ANY_TEXT,
                "digests": {"type": "object"},
            },
            verification=thing({"payload": ANY_TEXT, "key_id": ANY_TEXT, "signature": ANY_TEXT}),
        ),
        "description": "What `flask receipt verify FILE` takes: `payload` is the text that was signed.",
    },
    "Withdrawal": thing(reason=text(2000)),
    "NewUpload": thing(
        {
            "field": KEY,
            "filename": text(255, least=1),
            "size_bytes": whole(0, LARGEST),  # an empty file is refused in words
            "content_type": text(120),
        },
        sha256=or_null(SHA256),
        fingerprint=text(200),
        bytes_per_s=or_null(whole(1, LARGEST)),
    ),
    "NewCommitment": thing(
        {"field": KEY, "filename": text(255, least=1), "size_bytes": whole(0, LARGEST), "sha256": SHA256},
        fingerprint=text(200),
    ),
    "Upload": thing(
        {
            "upload_id": ID,
            "file_id": ID,
            "state": choice(*[state.value for state in UploadState]),
            "size_bytes": COUNT,
            "part_size_bytes": COUNT,
            "part_count": COUNT,
            "received": {"type": "array", "items": whole(1, MOST_PARTS)},
        }
    ),
    "WantedParts": thing(
        {"parts": listed(thing({"number": whole(1, MOST_PARTS), "sha256": SHA256}), 8, 1)},
        sent=_SENT_PARTS,
    ),
    "SignedParts": thing(
        {
            "parts": listed(
                thing(
                    {
                        "number": whole(1, MOST_PARTS),
                        "url": ANY_TEXT,
                        "headers": {"type": "object", "additionalProperties": ANY_TEXT},
                    }
                ),
                8,
            )
        }
    ),
    "SentPart": thing({"etag": text(80, least=1), "sha256": SHA256}),
    "WholeFile": thing(sha256=or_null(SHA256), sent=_SENT_PARTS),
}
