"""The shapes of what comes in and goes out, by the name under which the OpenAPI document shows them."""

from __future__ import annotations

from creative_platform.api.json_schema import Schema, choice, listed, or_null, ref, text, thing, whole
from creative_platform.contests.models import ContestKind, FieldKind, StageKind
from creative_platform.contests.queries import PHASES
from creative_platform.core.text import LOCALES
from creative_platform.entries.answers import LONG_TEXT_MOST, SUMMARY_MOST, TITLE_MOST
from creative_platform.entries.models import EntryState, ScreeningOutcome, TeamRole
from creative_platform.media.models import AssetState, MediaKind, UploadState

CURSOR, LIMIT = "cursor", "limit"
MOST_ON_PAGE = 100
MOST_PARTS = 10_000
LARGEST = 2**53 - 1

ID = text(26, pattern="^[a-z2-7]{26}$")
SLUG = text(60, pattern="^[a-z0-9-]{1,60}$")
KEY = text(60, pattern="^[A-Za-z0-9_-]{1,60}$")
WHEN: Schema = {"type": "string", "format": "date-time", "maxLength": 40}
SHA256 = text(64, pattern="^[0-9a-f]{64}$")
ANY_TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
VERSION = whole(0, 2**31 - 1)
LANGUAGE = choice(*LOCALES)
LOCALIZED = ref("LocalizedText")
ANSWER: Schema = {
    "anyOf": [text(LONG_TEXT_MOST), whole(-(10**15) + 1, 10**15 - 1), FLAG, {"type": "null"}],
}
ANSWERS: Schema = {
    "type": "object",
    "propertyNames": KEY,
    "maxProperties": 200,
    "additionalProperties": ANSWER,
}
PAGING: dict[str, Schema] = {CURSOR: ID, LIMIT: whole(1, MOST_ON_PAGE)}


def page_of(items: Schema, **beside: Schema) -> Schema:
    """Return the schema of one part of a list."""
    return thing({"items": listed(items, MOST_ON_PAGE), "next": or_null(ID), **beside})


_FIELDS = {"title": text(TITLE_MOST), "summary": text(SUMMARY_MOST), "language": LANGUAGE, "answers": ANSWERS}

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

SCHEMAS: dict[str, Schema] = {
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
    "Stage": thing({"kind": choice(*[kind.value for kind in StageKind]), "starts_at": WHEN, "ends_at": WHEN}),
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
            "limits": thing({"max_entries_person": COUNT, "max_entries_team": COUNT, "max_team_size": COUNT}),
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
            "team": thing(
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
            "files": {"type": "array", "items": ref("File")},
            "missing": {"type": "array", "items": thing({"field": ANY_TEXT, "sentence": ANY_TEXT})},
            "screening": or_null(ref("Screening")),
            "receipt": or_null(ANY_TEXT),
            "closes_at": or_null(WHEN),
            "created_at": WHEN,
            "saved_at": WHEN,
            "submitted_at": or_null(WHEN),
        }
    ),
    "EntryPage": page_of(ref("Entry")),
    "Screening": thing(
        {"outcome": choice(*[outcome.value for outcome in ScreeningOutcome]), "reason": ANY_TEXT, "decided_at": WHEN}
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
            "size_bytes": whole(1, LARGEST),
            "content_type": text(120),
        },
        sha256=or_null(SHA256),
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
    "WantedParts": thing({"parts": listed(thing({"number": whole(1, MOST_PARTS), "sha256": SHA256}), 8, 1)}),
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
    "WholeFile": thing(sha256=or_null(SHA256)),
}
