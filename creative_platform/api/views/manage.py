"""The calls of a contest's staff: organizers act, auditors read. Entries they have a part in are left out of scores."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response

from creative_platform.api import queries
from creative_platform.api.requests import answer, body, creates, listing, page
from creative_platform.api.serializers.entering import screening_line, when
from creative_platform.api.serializers.managing import (
    drawing,
    match_line,
    progress_line,
    scores_line,
    staff_assignment,
    staff_entry,
)
from creative_platform.api.views.blueprint import bp
from creative_platform.contests.models import Contest, Round
from creative_platform.contests.overseeing import overseen
from creative_platform.core.errors import Invalid, NotFound, WrongState
from creative_platform.core.text import N_
from creative_platform.entries import queries as entries
from creative_platform.entries.models import ScreeningOutcome
from creative_platform.judging import queries as judging
from creative_platform.judging import service
from creative_platform.media import queries as media
from creative_platform.screening import queries as screening
from creative_platform.screening import service as screening_verbs
from creative_platform.web.guards import scoped, the_actor


def judged(slug: str) -> tuple[Contest, Round, set[int]]:
    """Return a contest, its round and the entries of which the actor may see no score and no count."""
    contest = overseen(slug)
    if not contest.rounds:
        raise NotFound()
    return contest, contest.rounds[0], judging.entries_hidden_from(the_actor(), contest)


@bp.get("/manage/contests/<slug>/entries")
@scoped("manage:read")
def managed_entries(slug: str) -> Response:
    """List what was handed in."""
    contest, asked = overseen(slug), listing()
    rows, more = queries.entries_in(contest, asked.after, asked.limit)
    revisions = entries.current_revisions(row.id for row in rows)
    assets = media.assets_by_id(file.asset_id for revision in revisions.values() for file in revision.files)
    codes = queries.receipt_codes(rows)
    items = [staff_entry(row, revisions.get(row.id), assets, codes.get(row.id)) for row in rows]
    drafts = entries.counts_in(contest)["draft"]
    return page(items, rows[-1].public_id if rows else "", more=more, drafts=drafts)


@bp.post("/manage/contests/<slug>/entries/<public_id>/screening")
@scoped("manage:write")
@creates
def screen_entry(slug: str, public_id: str) -> tuple[Any, int]:
    """Record a screening decision."""
    given, until = body(), None
    if given.get("reopen_until"):
        try:
            until = datetime.fromisoformat(given["reopen_until"])
        except ValueError as error:
            raise Invalid({"reopen_until": N_("There is no such time.")}) from error
    decision = screening_verbs.screen_entry(
        the_actor(),
        overseen(slug),
        public_id,
        ScreeningOutcome(given["outcome"]),
        reason=given.get("reason", ""),
        reopen_until=until,
        revision=given.get("revision"),
    )
    return screening_line(decision), 201


@bp.get("/manage/contests/<slug>/matches")
@scoped("manage:read")
def matches(slug: str) -> Response:
    """List similar entries."""
    contest, asked = overseen(slug), listing()
    rows, more = queries.matches_in(the_actor(), contest, asked.after, asked.limit)
    return page([match_line(row) for row in rows], rows[-1].public_id if rows else "", more=more)


@bp.get("/manage/contests/<slug>/assignments")
@scoped("manage:read")
def managed_assignments(slug: str) -> Response:
    """List who judges what."""
    (_, round_, hidden), asked = judged(slug), listing()
    rows, more = queries.assignments_in(round_, hidden, asked.after, asked.limit)
    return page([staff_assignment(row) for row in rows], rows[-1].public_id if rows else "", more=more)


@bp.post("/manage/contests/<slug>/assign")
@scoped("manage:write")
@creates
def assign(slug: str) -> tuple[Any, int]:
    """Draw the assignments that are missing."""
    # A page asks first while entries are taken; what a program calls was meant, and the call is promised as it is.
    return drawing(service.draw_assignments(the_actor(), overseen(slug), before_close=True)), 202


@bp.get("/manage/contests/<slug>/progress")
@scoped("manage:read")
def progress(slug: str) -> Response:
    """Say how far the judging is."""
    contest, round_, hidden = judged(slug)
    seen = [entry for entry in screening.admitted_entries(contest) if entry.id not in hidden]
    told = progress_line(judging.progress(contest, round_, hidden), judging.newest_run(round_), hidden)
    sheets = judging.sheets_by_entry(round_, hidden)
    lines = [{"entry": entry.public_id, **sheets[entry.id]._asdict()} for entry in seen]
    return answer({"closed_at": when(round_.closed_at, contest.timezone), "entries": lines, **told})


@bp.post("/manage/contests/<slug>/close")
@scoped("manage:write")
@creates
def close_round(slug: str) -> tuple[Any, int]:
    """End the judging."""
    round_ = service.close_round(the_actor(), overseen(slug))
    return {"number": round_.number, "closed_at": when(round_.closed_at)}, 200


@bp.get("/manage/contests/<slug>/scores")
@scoped("manage:read")
def scores(slug: str) -> Response:
    """List submitted marks, once they can no longer change."""
    (_, round_, hidden), asked = judged(slug), listing()
    if round_.closed_at is None:
        raise WrongState(N_("Close the round first: until then sheets can change."), state="open")
    rows, more = queries.assignments_in(round_, hidden, asked.after, asked.limit, submitted=True)
    return page([scores_line(row) for row in rows], rows[-1].public_id if rows else "", more=more)
