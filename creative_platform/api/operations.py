"""The table of operations: what exists under /api/v1, who may call it, what goes in and what comes out.

The OpenAPI document is made of it, requests are checked by it, and a test holds it against the address map.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from creative_platform.api.json_schema import Schema, choice, ref
from creative_platform.api.schemas.shapes import PAGING

PREFIX = "/api/v1"


@dataclass(frozen=True)
class Operation:
    """One row: method and path, its endpoint, the scope a token needs, the shapes of request and answer.

    ``open`` lets anonymous callers in; ``keyed`` says that Idempotency-Key is honoured. Without ``response`` the answer
    has no body.
    """

    method: str
    path: str
    endpoint: str
    summary: str
    scope: str
    response: Schema | None = None
    request: Schema | None = None
    status: int = 200
    query: dict[str, Schema] = field(default_factory=dict)
    open: bool = False
    keyed: bool = False
    needs_body: bool = True


ENTERING: tuple[Operation, ...] = (
    Operation("GET", "/openapi.json", "description", "Get this document", "", {"type": "object"}, open=True),
    Operation(
        "GET",
        "/contests",
        "contests",
        "List contests, the nearest deadline first; open calls unless another phase is asked for",
        "contests:read",
        ref("ContestPage"),
        query={**PAGING, "phase": choice("open", "before", "closed", "all")},
        open=True,
    ),
    Operation(
        "GET",
        "/contests/{slug}",
        "contest",
        "Get a contest: rules, tracks, fields, deadlines with offset, server time",
        "contests:read",
        ref("Contest"),
        open=True,
    ),
    Operation(
        "POST",
        "/contests/{slug}/entries",
        "create_entry",
        "Start an entry",
        "entries:write",
        ref("Entry"),
        ref("NewEntry"),
        status=201,
        keyed=True,
    ),
    Operation("GET", "/entries", "entries", "List my entries", "entries:read", ref("EntryPage"), query=PAGING),
    Operation("GET", "/entries/{public_id}", "entry", "Get an entry of mine", "entries:read", ref("Entry")),
    Operation(
        "PATCH",
        "/entries/{public_id}",
        "save_entry",
        "Save some fields of a draft; a stale version is 409 with the current state",
        "entries:write",
        ref("Entry"),
        ref("EntryChanges"),
    ),
    Operation(
        "POST",
        "/entries/{public_id}/submit",
        "submit_entry",
        "Hand the entry in as it is saved; answers with the signed receipt",
        "entries:write",
        ref("Receipt"),
        keyed=True,
    ),
    Operation(
        "POST",
        "/entries/{public_id}/withdraw",
        "withdraw_entry",
        "Take the entry out of the contest",
        "entries:write",
        ref("Entry"),
        ref("Withdrawal"),
        keyed=True,
        needs_body=False,
    ),
    Operation(
        "POST",
        "/entries/{public_id}/uploads",
        "open_upload",
        "Open an upload, or resume the open one of the same file",
        "media:write",
        ref("Upload"),
        ref("NewUpload"),
        status=201,
        keyed=True,
    ),
    Operation(
        "POST",
        "/entries/{public_id}/commitments",
        "commit_file",
        "Promise a file by size and SHA-256 before the close; its bytes may follow until deliver_until",
        "media:write",
        ref("File"),
        ref("NewCommitment"),
        status=201,
        keyed=True,
    ),
    Operation("GET", "/uploads/{public_id}", "upload", "See which parts have arrived", "media:write", ref("Upload")),
    Operation(
        "POST",
        "/uploads/{public_id}/urls",
        "sign_parts",
        "Get signed addresses for at most 8 parts, with the headers to send",
        "media:write",
        ref("SignedParts"),
        ref("WantedParts"),
    ),
    Operation(
        "PUT",
        "/uploads/{public_id}/parts/{number}",
        "record_part",
        "Note a part that the store has taken",
        "media:write",
        ref("Upload"),
        ref("SentPart"),
    ),
    Operation(
        "POST",
        "/uploads/{public_id}/complete",
        "complete_upload",
        "Finish an upload; sha256 of the whole file unless it was given at the opening",
        "media:write",
        ref("File"),
        ref("WholeFile"),
        needs_body=False,
    ),
    Operation("DELETE", "/uploads/{public_id}", "abort_upload", "Give an upload up", "media:write", status=204),
    Operation("GET", "/files/{public_id}", "file", "See how far the check of a file is", "entries:read", ref("File")),
    Operation("DELETE", "/files/{public_id}", "remove_file", "Take a file out of its field", "media:write", status=204),
)

_MANAGED = "/manage/contests/{slug}"

JUDGING: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/jury/assignments",
        "assignments",
        "List what I am to judge",
        "jury:read",
        ref("AssignmentPage"),
        query=PAGING,
    ),
    Operation(
        "GET",
        "/assignments/{public_id}",
        "work_to_judge",
        "Get a work to judge, without its people",
        "jury:read",
        ref("Work"),
    ),
    Operation(
        "GET",
        "/assignments/{public_id}/scoresheet",
        "get_scoresheet",
        "Get my scoresheet",
        "jury:read",
        ref("Scoresheet"),
    ),
    Operation(
        "PUT",
        "/assignments/{public_id}/scoresheet",
        "write_scoresheet",
        "Save or submit my scoresheet; a stale version is 409 with the current state",
        "jury:write",
        ref("Scoresheet"),
        ref("ScoresheetChanges"),
    ),
    Operation(
        "POST",
        "/assignments/{public_id}/recuse",
        "recuse",
        "Step back from a work because of a conflict",
        "jury:write",
        ref("Recused"),
        ref("Recusal"),
        keyed=True,
    ),
)

MANAGING: tuple[Operation, ...] = (
    Operation(
        "GET",
        f"{_MANAGED}/entries",
        "managed_entries",
        "List what was handed in; drafts only where the rules open them",
        "manage:read",
        ref("StaffEntryPage"),
        query=PAGING,
    ),
    Operation(
        "POST",
        f"{_MANAGED}/entries/{{public_id}}/screening",
        "screen_entry",
        "Admit or refuse an entry, or ask for information",
        "manage:write",
        ref("Screening"),
        ref("ScreeningChoice"),
        status=201,
        keyed=True,
    ),
    Operation(
        "GET", f"{_MANAGED}/matches", "matches", "List similar entries", "manage:read", ref("MatchPage"), query=PAGING
    ),
    Operation(
        "GET",
        f"{_MANAGED}/assignments",
        "managed_assignments",
        "List who judges what",
        "manage:read",
        ref("StaffAssignmentPage"),
        query=PAGING,
    ),
    Operation(
        "POST",
        f"{_MANAGED}/assign",
        "assign",
        "Draw the assignments that are missing; the worker computes them",
        "manage:write",
        ref("Drawing"),
        status=202,
        keyed=True,
    ),
    Operation(
        "GET",
        f"{_MANAGED}/progress",
        "progress",
        "See how far the judging is; never a mark",
        "manage:read",
        ref("Progress"),
    ),
    Operation(
        "POST",
        f"{_MANAGED}/close",
        "close_round",
        "End the judging; sheets no longer change",
        "manage:write",
        ref("Round"),
        keyed=True,
    ),
    Operation(
        "GET",
        f"{_MANAGED}/scores",
        "scores",
        "List submitted marks, once the round is closed",
        "manage:read",
        ref("ScoresPage"),
        query=PAGING,
    ),
    Operation(
        "GET",
        f"{_MANAGED}/results",
        "ranking",
        "Get the newest ranking and what was decided on it",
        "manage:read",
        ref("Ranking"),
    ),
    Operation(
        "POST",
        f"{_MANAGED}/results",
        "compute_results",
        "Have the ranking computed; the worker does it",
        "manage:write",
        ref("Asked"),
        ref("Method"),
        status=202,
        keyed=True,
    ),
    Operation(
        "POST",
        f"{_MANAGED}/decisions",
        "decide",
        "Give an award to an entry, with the reason",
        "manage:write",
        ref("Decision"),
        ref("NewDecision"),
        status=201,
        keyed=True,
    ),
    Operation(
        "POST",
        f"{_MANAGED}/publish",
        "publish_results",
        "Publish what was decided; it never changes afterwards",
        "manage:write",
        ref("Results"),
        status=201,
        keyed=True,
    ),
    Operation(
        "GET",
        "/contests/{slug}/results",
        "results",
        "Get published results; nothing before the publication",
        "results:read",
        ref("Results"),
        open=True,
    ),
)

OPERATIONS = (*ENTERING, *JUDGING, *MANAGING)
_BY_ENDPOINT = {f"api.{operation.endpoint}": operation for operation in OPERATIONS}


def operation_of(endpoint: str) -> Operation:
    """Return the row of an endpoint of this room; every one has a row (a test holds that)."""
    return _BY_ENDPOINT[endpoint]
