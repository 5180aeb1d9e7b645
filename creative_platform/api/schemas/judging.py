"""What jurors read and write."""

from __future__ import annotations

from creative_platform.api.json_schema import Schema, choice, or_null, ref, text, thing, whole
from creative_platform.api.schemas.shapes import ANY_TEXT, COUNT, FLAG, ID, KEY, LANGUAGE, SLUG, VERSION, WHEN, page_of
from creative_platform.judging.models import AssignmentState, SheetState
from creative_platform.media.models import MediaKind

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
                            "light_url": ANY_TEXT,
                            "duration_s": or_null({"type": "number"}),
                        }
                    ),
                },
                "files_in_check": COUNT,
                "files_not_delivered": COUNT,
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
