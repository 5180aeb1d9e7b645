"""How the pages below /manage of the rooms above find their contest and guard what cannot be taken back."""

from __future__ import annotations

from flask import request

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


def is_named(contest: Contest) -> bool:
    """Say whether the actor typed the contest's short name, which guards what cannot be taken back against a slip."""
    return request.form.get("typed_name", "").strip() == contest.slug
