"""The shapes of what comes in and goes out, by the name under which the OpenAPI document shows them."""

from __future__ import annotations

from creative_platform.api.json_schema import Schema, choice, listed, or_null, ref, text, thing, whole
from creative_platform.contests.models import ContestKind, FieldKind, StageKind
from creative_platform.contests.queries import PHASES
from creative_platform.core.text import LOCALES
from creative_platform.entries.answers import LONG_TEXT_MOST, SUMMARY_MOST, TITLE_MOST
from creative_platform.entries.models import EntryState, ScreeningOutcome, TeamRole
from creative_platform.judging.models import AssignmentState, SheetState
from creative_platform.media.models import AssetState, MediaKind, UploadState
from creative_platform.results.service import METHODS
from creative_platform.similarity.models import Verdict

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
_INSTANT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})$"
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
            "team": ref("Team"),
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

_SHEET_TEXT = 8000

JUDGING: dict[str, Schema] = {
    "AssignmentLine": thing(
        {
            "id": ID,
            "contest": SLUG,
            "title": ANY_TEXT,
            "track": KEY,
            "state": choice(*[state.value for state in AssignmentState]),
            "sheet": or_null(choice(*[state.value for state in SheetState])),
        }
    ),
    "AssignmentPage": page_of(ref("AssignmentLine")),
    "Work": {
        **thing(
            {
                "id": ID,
                "contest": SLUG,
                "title": ANY_TEXT,
                "summary": ANY_TEXT,
                "language": LANGUAGE,
                "track": KEY,
                "answers": {"type": "array", "items": thing({"question": ANY_TEXT, "answer": ANY_TEXT})},
                "files": {
                    "type": "array",
                    "items": thing(
                        {
                            "kind": or_null(choice(*[kind.value for kind in MediaKind])),
                            "url": ANY_TEXT,
                            "duration_s": or_null({"type": "number"}),
                        }
                    ),
                },
                "files_in_check": COUNT,
                "criteria": {"type": "array", "items": ref("Criterion")},
                "open": FLAG,
            }
        ),
        "description": "A work without its people: what a juror judges.",
    },
    "Scoresheet": thing(
        {
            "assignment": ID,
            "state": choice(*[state.value for state in SheetState]),
            "version": VERSION,
            "scores": {"type": "object", "additionalProperties": {"type": "integer"}},
            "comment": ANY_TEXT,
            "abstain": FLAG,
            "abstention_reason": ANY_TEXT,
            "saved_at": or_null(WHEN),
            "submitted_at": or_null(WHEN),
        }
    ),
    "ScoresheetChanges": thing(
        {
            "version": VERSION,
            "scores": {
                "type": "object",
                "propertyNames": KEY,
                "maxProperties": 100,
                "additionalProperties": or_null(whole(-1_000_000, 1_000_000)),
            },
        },
        comment=text(_SHEET_TEXT),
        abstain=FLAG,
        abstention_reason=text(_SHEET_TEXT),
        reason=text(_SHEET_TEXT),
        action=choice("save", "submit"),
    ),
    "Recusal": thing({"reason": text(4000, least=1)}),
    "Recused": thing({"id": ID, "state": choice(*[state.value for state in AssignmentState])}),
}

_PERSON = thing({"id": ID, "name": ANY_TEXT})
_AWARDED = thing({"id": ID, "award": ID, "entry": ID, "reason": ANY_TEXT, "decided_at": WHEN})

MANAGING: dict[str, Schema] = {
    "StaffEntry": thing(
        {
            "id": ID,
            "code": ANY_TEXT,
            "state": choice(*[state.value for state in EntryState]),
            "track": KEY,
            "title": ANY_TEXT,
            "summary": ANY_TEXT,
            "language": LANGUAGE,
            "answers": {"type": "object", "additionalProperties": ANSWER},
            "community": or_null(ID),
            "team": ref("Team"),
            "files": {"type": "array", "items": ref("File")},
            "revision": or_null(thing({"number": COUNT, "sha256": SHA256, "arrived_at": WHEN})),
            "screening": or_null(ref("Screening")),
            "receipt": or_null(ANY_TEXT),
            "submitted_at": or_null(WHEN),
        }
    ),
    "StaffEntryPage": page_of(ref("StaffEntry"), drafts=COUNT),
    "ScreeningChoice": thing(
        {"outcome": choice(*[outcome.value for outcome in ScreeningOutcome])},
        reason=text(4000),
        reopen_until=or_null({**WHEN, "pattern": _INSTANT}),
    ),
    "MatchSide": thing({"id": ID, "code": ANY_TEXT, "contest": SLUG, "title": or_null(ANY_TEXT)}),
    "Match": thing(
        {
            "id": ID,
            "modality": ANY_TEXT,
            "probability": {"type": "number", "minimum": 0, "maximum": 1},
            "evidence": {"type": "array"},
            "a": ref("MatchSide"),
            "b": ref("MatchSide"),
            "found_at": WHEN,
            "verdict": or_null(
                thing(
                    {
                        "verdict": choice(*[verdict.value for verdict in Verdict]),
                        "reason": ANY_TEXT,
                        "decided_at": WHEN,
                    }
                )
            ),
        }
    ),
    "MatchPage": page_of(ref("Match")),
    "StaffAssignment": thing(
        {
            "id": ID,
            "entry": ID,
            "juror": _PERSON,
            "state": choice(*[state.value for state in AssignmentState]),
            "sheet": or_null(choice(*[state.value for state in SheetState])),
        }
    ),
    "StaffAssignmentPage": page_of(ref("StaffAssignment")),
    "Scores": thing(
        {
            "id": ID,
            "entry": ID,
            "juror": _PERSON,
            "scores": {"type": "object", "additionalProperties": {"type": "integer"}},
            "abstained": FLAG,
            "comment": ANY_TEXT,
            "submitted_at": or_null(WHEN),
        }
    ),
    "ScoresPage": page_of(ref("Scores")),
    "Drawing": thing({"id": ID, "seed": COUNT, "made_at": WHEN, "finished_at": or_null(WHEN), "problem": ANY_TEXT}),
    "Progress": thing(
        {
            "closed_at": or_null(WHEN),
            "assigned": COUNT,
            "submitted": COUNT,
            "jurors": {
                "type": "array",
                "items": thing({"juror": _PERSON, "assigned": COUNT, "submitted": COUNT, "recused": COUNT}),
            },
            "entries": {"type": "array", "items": thing({"entry": ID, "assigned": COUNT, "submitted": COUNT})},
            "drawing": or_null(ref("Drawing")),
        }
    ),
    "Round": thing({"number": COUNT, "closed_at": or_null(WHEN)}),
    "Method": thing({"method": choice(*METHODS)}),
    "Asked": thing({"job": ANY_TEXT, "method": choice(*METHODS)}),
    "Ranking": thing(
        {
            "id": ID,
            "method": ANY_TEXT,
            "sha256": SHA256,
            "computed_at": WHEN,
            "rows": {
                "type": "array",
                "items": thing(
                    {
                        "entry": ID,
                        "rank": COUNT,
                        "score": or_null({"type": "number"}),
                        "raw_mean": or_null({"type": "number"}),
                        "reviews": COUNT,
                        "rank_lo": or_null(COUNT),
                        "rank_hi": or_null(COUNT),
                        "band": or_null(COUNT),
                    }
                ),
            },
            "decisions": {"type": "array", "items": _AWARDED},
        }
    ),
    "NewDecision": thing({"award": ID, "entry": ID, "reason": text(4000, least=1)}),
    "Decision": _AWARDED,
    "Results": {
        **thing(
            {
                "contest": SLUG,
                "published_at": WHEN,
                "sha256": SHA256,
                "payload": ANY_TEXT,
                "key_id": ANY_TEXT,
                "signature": ANY_TEXT,
                "results": {"type": "object"},
            }
        ),
        "description": "`payload` is the text that was hashed and signed; `results` is what it says.",
    },
}
SCHEMAS |= {**JUDGING, **MANAGING}
