"""A participant's entries: drafts, handing in, withdrawing."""

from __future__ import annotations

from typing import Any

from flask import Response

from creative_platform.api import queries
from creative_platform.api.requests import answer, body, creates, listing, page
from creative_platform.api.serializers.entering import receipt, whole_entry
from creative_platform.api.views.blueprint import bp
from creative_platform.api.views.contests import known_contest
from creative_platform.core import clock
from creative_platform.entries import service
from creative_platform.entries.models import Entry
from creative_platform.entries.queries import entry_for_member
from creative_platform.media import queries as media
from creative_platform.web.guards import scoped, the_actor


def shown(entry: Entry) -> dict[str, Any]:
    """Return an entry with its files."""
    return all_shown([entry])[0]


def all_shown(rows: list[Entry]) -> list[dict[str, Any]]:
    """Return entries with their files, in a constant number of queries."""
    files = media.assets_of_many(service.OWNER_TYPE, [row.id for row in rows])
    codes = queries.receipt_codes(rows)
    return [whole_entry(row, files.get(row.id, []), codes.get(row.id)) for row in rows]


@bp.post("/contests/<slug>/entries")
@scoped("entries:write")
@creates
def create_entry(slug: str) -> tuple[Any, int]:
    """Start an entry; what else was sent is saved with it."""
    actor, given, contest = the_actor(), body(), known_contest(slug)
    entry = service.create_draft(
        actor,
        contest.id,
        arrived_at=clock.arrival(),
        track=given["track"],
        title=given.get("title", ""),
        team=given.get("team", ""),
        community=given.get("community", ""),
    )
    more: dict[str, Any] = {name: given[name] for name in ("summary", "language", "answers") if name in given}
    if more:
        service.save_draft(actor, entry.public_id, entry.version, more, arrived_at=clock.arrival())
    return shown(entry_for_member(actor, entry.public_id)), 201


@bp.get("/entries")
@scoped("entries:read")
def entries() -> Response:
    """List the actor's entries."""
    asked = listing()
    rows, more = queries.entries_of(the_actor(), asked.after, asked.limit)
    return page(all_shown(rows), rows[-1].public_id if rows else "", more=more)


@bp.get("/entries/<public_id>")
@scoped("entries:read")
def entry(public_id: str) -> Response:
    """Give an entry of the actor's team."""
    return answer(shown(entry_for_member(the_actor(), public_id)))


@bp.patch("/entries/<public_id>")
@scoped("entries:write")
def save_entry(public_id: str) -> Response:
    """Save some fields."""
    given = body()
    changes = {name: value for name, value in given.items() if name != "version"}
    service.save_draft(the_actor(), public_id, given["version"], changes, arrived_at=clock.arrival())
    return answer(shown(entry_for_member(the_actor(), public_id)))


@bp.post("/entries/<public_id>/submit")
@scoped("entries:write")
@creates
def submit_entry(public_id: str) -> tuple[Any, int]:
    """Hand the entry in."""
    return receipt(service.submit_entry(the_actor(), public_id, arrived_at=clock.arrival())), 200


@bp.post("/entries/<public_id>/withdraw")
@scoped("entries:write")
@creates
def withdraw_entry(public_id: str) -> tuple[Any, int]:
    """Take the entry out."""
    service.withdraw_entry(the_actor(), public_id, reason=body().get("reason", ""))
    return shown(entry_for_member(the_actor(), public_id)), 200
