"""Contests, as everybody may read them."""

from __future__ import annotations

from flask import Response, current_app

from creative_platform.api import queries
from creative_platform.api.requests import answer, listing, page, query
from creative_platform.api.serializers.entering import contest_line, when, whole_contest
from creative_platform.api.views.blueprint import bp
from creative_platform.contests.models import Contest
from creative_platform.contests.queries import published_contest
from creative_platform.core import clock
from creative_platform.core.errors import NotFound
from creative_platform.web.guards import open_to


def known_contest(slug: str) -> Contest:
    """Return a contest that the public may know of. Raises NotFound."""
    found = published_contest(slug)
    if found is None:
        raise NotFound()
    return found


@bp.get("/contests")
@open_to("contests:read")
def contests() -> Response:
    """List contests."""
    asked, now = listing(), clock.now()
    rows, more = queries.contests(query("phase", "open"), asked.after, asked.limit, now)
    last = rows[-1].public_id if rows else ""
    return page(
        [contest_line(row, now) for row in rows], last, more=more, server_time=when(now, current_app.config["TIMEZONE"])
    )


@bp.get("/contests/<slug>")
@open_to("contests:read")
def contest(slug: str) -> Response:
    """Give a contest."""
    return answer(whole_contest(known_contest(slug), clock.now()))
