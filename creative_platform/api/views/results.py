"""Computing, deciding, publishing; and published results for everybody."""

from __future__ import annotations

from typing import Any

from flask import Response

from creative_platform.api.requests import answer, body, creates
from creative_platform.api.serializers.managing import decision_line, published
from creative_platform.api.serializers.managing import ranking as ranking_line
from creative_platform.api.views.blueprint import bp
from creative_platform.api.views.contests import known_contest
from creative_platform.contests.overseeing import overseen
from creative_platform.core.errors import NotFound
from creative_platform.core.text import LocalizedText
from creative_platform.results import queries, service
from creative_platform.web.guards import open_to, scoped, the_actor
from creative_platform.web.languages import current_locale


@bp.get("/manage/contests/<slug>/results")
@scoped("manage:read")
def ranking(slug: str) -> Response:
    """Give the newest ranking; until the publication as if entries that the actor has a part in did not exist."""
    seen = queries.seen_by(the_actor(), overseen(slug))
    if seen.result_set is None:
        raise NotFound()
    return answer(ranking_line(seen.result_set, seen.decisions))


@bp.post("/manage/contests/<slug>/results")
@scoped("manage:write")
@creates
def compute_results(slug: str) -> tuple[Any, int]:
    """Have the ranking computed."""
    method = body()["method"]
    service.compute_results(the_actor(), overseen(slug), method)
    return {"job": service.COMPUTE_JOB, "method": method}, 202


@bp.post("/manage/contests/<slug>/decisions")
@scoped("manage:write")
@creates
def decide(slug: str) -> tuple[Any, int]:
    """Give an award."""
    given = body()
    said = given["reason"]
    reason = LocalizedText(said if isinstance(said, dict) else {current_locale(): said})
    decision = service.decide(the_actor(), overseen(slug), award=given["award"], entry=given["entry"], reason=reason)
    return decision_line(decision), 201


@bp.post("/manage/contests/<slug>/publish")
@scoped("manage:write")
@creates
def publish_results(slug: str) -> tuple[Any, int]:
    """Publish."""
    return published(service.publish_results(the_actor(), overseen(slug))), 201


@bp.get("/contests/<slug>/results")
@open_to("results:read")
def results(slug: str) -> Response:
    """Give published results; before the publication there is nothing here."""
    publication = queries.publication_of(known_contest(slug))
    if publication is None:
        raise NotFound()
    return answer(published(publication))
