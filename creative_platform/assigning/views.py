"""The page on which staff sees who judges what, and organizers have lost reviews taken over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, redirect, render_template, url_for
from flask_babel import gettext as _

from creative_platform.assigning import jobs, service
from creative_platform.assigning.coverage import coverage_of
from creative_platform.contests import policy as contests_policy
from creative_platform.contests.models import Contest, Round
from creative_platform.contests.overseeing import overseen
from creative_platform.core.errors import NotFound
from creative_platform.judging import queries
from creative_platform.judging.models import AssignmentRun, Juror, RunKind
from creative_platform.judging.situation import Given, situation_of
from creative_platform.screening import queries as screening
from creative_platform.web.errors import do_and_say
from creative_platform.web.guards import signed_in, the_actor
from creative_platform.web.paging import Page, asked_page

bp = Blueprint("assigning", __name__)
JOBS = jobs  # loaded with the pages, so that a verb can enqueue them
PER_PAGE = 50


@bp.get("/manage/<slug>/jury/assignments")
@signed_in
def assignments(slug: str) -> str:
    """Show who judges what, and how far each sheet is; never a mark."""
    contest = overseen(slug, "rounds")
    if not contest.rounds:
        raise NotFound()
    round_ = contest.rounds[0]
    hidden = queries.entries_hidden_from(the_actor(), contest)
    number = asked_page()
    found = coverage_of(contest, round_, hidden, page=number, per_page=PER_PAGE)
    return render_template(
        "assigning/assignments.html",
        contest=contest,
        round=round_,
        hidden=len(hidden),
        coverage=found,
        names_of=_names_of,
        page=Page(found.rows, number, PER_PAGE, found.total),
        repair=_repair(contest, round_, hidden, {juror.id: juror.user.name for juror in found.jurors}),
        can_manage=contests_policy.can_manage(the_actor(), contest),
    )


def _names_of(jurors: list[Juror]) -> list[tuple[str, str]]:
    """Return what stands over each column, and in full."""
    gone = _("left the panel")
    return [(j.user.name, f"{j.user.name} ({gone})" if j.removed_at else j.user.name) for j in jurors]


@dataclass(frozen=True)
class Move:
    """An entry that lost reviews: from whom, to whom they would go, and how many nobody can take."""

    title: str
    before: list[str]
    after: list[str]
    lacking: int


@dataclass(frozen=True)
class Repair:
    """What was lost, and the newest proposal as long as it fits."""

    moves: list[Move]
    kept: int
    run: AssignmentRun | None

    @property
    def proposed(self) -> bool:
        """Whether there is something to confirm."""
        return self.run is not None and self.run.finished_at is not None and not self.run.problem


def _repair(contest: Contest, round_: Round, hidden: set[int], names: dict[int, str]) -> Repair:
    now, run = situation_of(contest, round_), queries.newest_run(round_, RunKind.REPAIR)
    if run is not None and (run.given_at or run.inputs.get("stamp", now.stamp) != now.stamp):
        run = None
    titles = {entry.id: entry.title for entry in screening.admitted_names(contest)} if now.lost else {}
    moves = [_move(titles[entry], entry, rows, run, names) for entry, rows in now.lost.items() if entry not in hidden]
    return Repair(moves, sum(entry in hidden for entry in now.lost), run)


def _move(title: str, entry: int, lost: list[Given], run: AssignmentRun | None, names: dict[int, str]) -> Move:
    after = [names[row["juror"]] for row in run.added if row["entry"] == entry] if run else []
    lacking = sum(row["lacking"] for row in run.lacking(()) if row["entry"] == entry) if run else 0
    return Move(title, [names[row.juror] for row in lost], after, lacking)


@bp.post("/manage/<slug>/jury/repair")
@signed_in
def repair(slug: str) -> Any:
    """Have it computed who would take over the lost reviews."""
    contest = overseen(slug)
    said = _("It is being computed who takes over. Look again in a moment.")
    do_and_say(lambda: service.propose_repair(the_actor(), contest), said)
    return redirect(url_for("assigning.assignments", slug=slug), 303)


@bp.post("/manage/<slug>/jury/proposals/<public_id>/confirm")
@signed_in
def confirm(slug: str, public_id: str) -> Any:
    """Give what was proposed."""
    contest = overseen(slug)
    said = _("Done. Every juror who got something new is told by mail.")
    do_and_say(lambda: service.confirm(the_actor(), contest, public_id), said)
    return redirect(url_for("assigning.assignments", slug=slug), 303)


def install(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(bp)
