"""What the staff of a contest reads and writes, and published results."""

from __future__ import annotations

from creative_platform.api.json_schema import Schema, choice, or_null, ref, text, thing
from creative_platform.api.schemas.shapes import (
    ANSWER,
    ANY_TEXT,
    COUNT,
    FLAG,
    ID,
    INSTANT,
    KEY,
    LANGUAGE,
    LOCALIZED,
    SHA256,
    SLUG,
    VERSION,
    WHEN,
    page_of,
    words,
)
from creative_platform.entries.models import EntryState, ScreeningOutcome
from creative_platform.judging.models import AssignmentState, SheetState
from creative_platform.results.service import METHODS
from creative_platform.similarity.models import Verdict

_PERSON = thing({"id": ID, "name": ANY_TEXT})
_TIE_STEP = thing(
    {
        "step": ANY_TEXT,
        "entries": {"type": "array", "items": ID},
        "figures": {"type": "array", "items": {"anyOf": [{"type": "number"}, ANY_TEXT, {"type": "null"}]}},
        "decided": FLAG,
    }
)
_AWARDED = thing({"id": ID, "award": ID, "entry": ID, "reason": LOCALIZED, "decided_at": WHEN})

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
        reopen_until=or_null({**WHEN, "pattern": INSTANT}),
        revision={**VERSION, "description": "The version that you looked at; the newest one when it is left out."},
    ),
    "MatchSide": {
        **thing({"id": or_null(ID), "code": or_null(ANY_TEXT), "contest": SLUG, "title": or_null(ANY_TEXT)}),
        "description": "Of an entry of a contest that you do not oversee only the contest is told.",
    },
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
            "abstention_reason": ANY_TEXT,
            "versions": {"type": "array", "items": ref("SheetVersion")},
            "comment": ANY_TEXT,
            "submitted_at": or_null(WHEN),
        }
    ),
    "SheetVersion": {
        **thing(
            {
                "number": COUNT,
                "scores": {"type": "object", "additionalProperties": {"type": "integer"}},
                "abstained": FLAG,
                "abstention_reason": ANY_TEXT,
                "comment": ANY_TEXT,
                "reason": ANY_TEXT,
                "submitted_at": WHEN,
            }
        ),
        "description": "A sheet as it was submitted; from the second on `reason` says why it was changed.",
    },
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
            "ties": {
                "type": "array",
                "items": thing(
                    {
                        "score": {"type": "number"},
                        "place": COUNT,
                        "entries": {"type": "array", "items": ID},
                        "steps": {"type": "array", "items": _TIE_STEP},
                        "shared": {"type": "array", "items": {"type": "array", "items": ID}},
                    }
                ),
            },
            "decisions": {"type": "array", "items": _AWARDED},
        }
    ),
    "NewDecision": thing({"award": ID, "entry": ID, "reason": words(4000)}),
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
