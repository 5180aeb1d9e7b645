"""A juror's works and sheets."""

from __future__ import annotations

from typing import Any

from flask import Response

from creative_platform.api import queries
from creative_platform.api.requests import answer, body, creates, listing, page
from creative_platform.api.serializers.judging import assignment_line, scoresheet, work
from creative_platform.api.views.blueprint import bp
from creative_platform.core import clock
from creative_platform.entries.queries import current_revisions, files_of, names_behind
from creative_platform.judging import policy, service
from creative_platform.judging import queries as judging
from creative_platform.judging.blind import blind_entry, titles_for_jury
from creative_platform.web.guards import scoped, the_actor
from creative_platform.web.languages import current_locale


@bp.get("/jury/assignments")
@scoped("jury:read")
def assignments() -> Response:
    """List the actor's assignments in their own order."""
    asked = listing()
    rows, more = queries.part_of(judging.assignments_of(the_actor()), asked.after, asked.limit)
    revisions = current_revisions(row.entry_id for row in rows)
    titles = titles_for_jury(revisions, names_behind(row.entry_id for row in rows if row.juror.contest.blind))
    items = [assignment_line(row, titles[row.entry_id]) for row in rows]
    return page(items, rows[-1].public_id if rows else "", more=more)


@bp.get("/assignments/<public_id>")
@scoped("jury:read")
def work_to_judge(public_id: str) -> Response:
    """Give a work without its people."""
    actor = the_actor()
    given = judging.work_of(actor, public_id)
    assignment, questions = given.assignment, given.assignment.juror.contest.fields
    files = files_of(given.revision)
    seen = blind_entry(given.revision, assignment.entry.track, questions, files, current_locale(), given.names)
    allowed = policy.can_score(actor, assignment, clock.now(), has_part=given.has_part, oversees=given.oversees)
    return answer(work(assignment, seen, is_open=bool(allowed)))


@bp.get("/assignments/<public_id>/scoresheet")
@scoped("jury:read")
def get_scoresheet(public_id: str) -> Response:
    """Give the sheet as it stands."""
    assignment = judging.assignment_of(the_actor(), public_id)
    return answer(scoresheet(assignment, assignment.sheet))


@bp.put("/assignments/<public_id>/scoresheet")
@scoped("jury:write")
def write_scoresheet(public_id: str) -> Response:
    """Save or submit the sheet."""
    given = body()
    changes = service.SheetChanges(
        version=given["version"],
        scores=given["scores"],
        comment=given.get("comment", ""),
        abstain=given.get("abstain", False),
        abstention_reason=given.get("abstention_reason", ""),
        reason=given.get("reason", ""),
        submit=given.get("action") == "submit",
    )
    sheet = service.write_sheet(the_actor(), public_id, changes, arrived_at=clock.arrival())
    return answer(scoresheet(judging.assignment_of(the_actor(), public_id), sheet))


@bp.post("/assignments/<public_id>/recuse")
@scoped("jury:write")
@creates
def recuse(public_id: str) -> tuple[Any, int]:
    """Step back."""
    assignment = service.recuse(the_actor(), public_id, reason=body()["reason"])
    return {"id": assignment.public_id, "state": assignment.state.value}, 200
