"""How the pages below /manage of the rooms above find their contest."""

from __future__ import annotations

from creative_platform.contests import policy, queries
from creative_platform.contests.models import Contest
from creative_platform.core.errors import NotFound
from creative_platform.web.guards import the_actor


def overseen(slug: str, *parts: str) -> Contest:
    """Return a contest that the actor organizes or audits, with those of its parts that are named. Raises NotFound."""
    contest = queries.contest_with(slug, "staff", *parts)
    if contest is None or not policy.can_oversee(the_actor(), contest):
        raise NotFound()
    return contest
