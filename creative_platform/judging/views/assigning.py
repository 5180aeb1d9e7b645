"""The page on which staff sees who judges what."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import gettext as _

from creative_platform.contests.models import Contest, Round
from creative_platform.contests.overseeing import overseen
from creative_platform.core.errors import NotFound
from creative_platform.judging import queries
from creative_platform.judging.coverage import coverage_of
from creative_platform.judging.models import Juror
from creative_platform.web.guards import signed_in, the_actor
from creative_platform.web.paging import Page, asked_page

bp = Blueprint("assigning", __name__)
PER_PAGE = 50


@bp.get("/manage/<slug>/jury/assignments")
@signed_in
def assignments(slug: str) -> str:
    """Show who judges what, and how far each sheet is; never a mark."""
    contest = overseen(slug, "rounds")
    round_ = first_round(contest)
    hidden = queries.entries_hidden_from(the_actor(), contest)
    number = asked_page()
    found = coverage_of(contest, round_, hidden, page=number, per_page=PER_PAGE)
    return render_template(
        "judging/assignments.html",
        contest=contest,
        hidden=len(hidden),
        coverage=found,
        names_of=_names_of,
        page=Page(found.rows, number, PER_PAGE, found.total),
    )


def _names_of(jurors: list[Juror]) -> list[tuple[str, str]]:
    """Return what stands over each column, and in full."""
    gone = _("left the panel")
    return [(j.user.name, f"{j.user.name} ({gone})" if j.removed_at else j.user.name) for j in jurors]


def first_round(contest: Contest) -> Round:
    """Return the round that is judged. Raises NotFound when the contest has none."""
    if not contest.rounds:
        raise NotFound()
    return contest.rounds[0]
