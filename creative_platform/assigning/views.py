"""Pages on which staff sees who judges what; organizers have lost assignments taken over and further sheets given."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, redirect, render_template, url_for
from flask_babel import gettext as _

from creative_platform.assigning import jobs, policy, service
from creative_platform.assigning.choices import top_ups
from creative_platform.assigning.coverage import coverage_of
from creative_platform.assigning.forms import TopUpForm
from creative_platform.contests import policy as contests_policy
from creative_platform.contests.models import Contest, Round
from creative_platform.contests.overseeing import overseen
from creative_platform.core import queue
from creative_platform.core.errors import NotFound
from creative_platform.judging import queries
from creative_platform.judging.models import AssignmentRun, Juror, RunKind
from creative_platform.judging.situation import Given, Situation, situation_of
from creative_platform.screening import queries as screening
from creative_platform.web.errors import do_and_say
from creative_platform.web.guards import signed_in, the_actor
from creative_platform.web.paging import Page, asked_page

bp = Blueprint("assigning", __name__)
JOBS = jobs  # loaded with the pages, so that a verb can enqueue them
PER_PAGE = 50
FEWEST = 5  # entries that are named as having the fewest jurors left
GOOD_LINK = 0.2  # scoring.judging.connection.WEAK_LINK, which no web process loads


@bp.get("/manage/<slug>/jury/assignments")
@signed_in
def assignments(slug: str) -> str:
    """Show who judges what, and how far each sheet is; never a mark."""
    return _page(_judged(slug), TopUpForm())


def _judged(slug: str) -> Contest:
    contest = overseen(slug, "rounds")
    if not contest.rounds:
        raise NotFound()
    return contest


def _page(contest: Contest, form: TopUpForm) -> str:
    actor, round_, number = the_actor(), contest.rounds[0], asked_page()
    hidden = queries.entries_hidden_from(actor, contest)
    found = coverage_of(contest, round_, hidden, page=number, per_page=PER_PAGE)
    now = situation_of(contest, round_)
    may = policy.can_top_up(hidden, queries.seat_in(actor, contest))
    return render_template(
        "assigning/assignments.html",
        contest=contest,
        round=round_,
        hidden=len(hidden),
        coverage=found,
        names_of=_names_of,
        page=Page(found.rows, number, PER_PAGE, found.total),
        repair=_repair(now, round_, hidden, {juror.id: juror.user.name for juror in found.jurors}),
        form=form,
        may_top_up=may,
        short=bool(now.short()),
        top_ups=top_ups(round_) if may else [],
        stamp=now.stamp,
        can_manage=contests_policy.can_manage(actor, contest),
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


def _repair(now: Situation, round_: Round, hidden: set[int], names: dict[int, str]) -> Repair:
    run = queries.newest_run(round_, RunKind.REPAIR)
    if run is not None and (run.given_at or run.inputs.get("stamp", now.stamp) != now.stamp):
        run = None
    titles = {entry.id: entry.title for entry in screening.admitted_names(now.contest)} if now.lost else {}
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
    do_and_say(lambda: service.propose_repair(the_actor(), contest))
    return redirect(url_for("assigning.assignments", slug=slug), 303)


@bp.post("/manage/<slug>/jury/proposals/<public_id>/confirm")
@signed_in
def confirm(slug: str, public_id: str) -> Any:
    """Give what was proposed."""
    contest = overseen(slug)
    said = _("Done. Every juror who got something new is told by mail.")
    do_and_say(lambda: service.confirm(the_actor(), contest, public_id), said)
    return redirect(url_for("assigning.assignments", slug=slug), 303)


@bp.post("/manage/<slug>/jury/top-up")
@signed_in
def top_up(slug: str) -> Any:
    """Have it computed where further sheets tell most."""
    contest, form = _judged(slug), TopUpForm()
    if not form.validate():
        return _page(contest, form), 422
    do_and_say(lambda: service.propose_top_up(the_actor(), contest, form.count.data or 0))
    return redirect(url_for("assigning.assignments", slug=slug), 303)


@bp.post("/manage/<slug>/jury/proposals/<public_id>/take-back")
@signed_in
def take_back(slug: str, public_id: str) -> Any:
    """Undo a top-up of which no sheet was begun."""
    contest = overseen(slug)
    said = _("The further sheets are taken back, and their jurors are told by mail.")
    do_and_say(lambda: service.take_back(the_actor(), contest, public_id), said)
    return redirect(url_for("assigning.assignments", slug=slug), 303)


@bp.get("/manage/<slug>/jury/outlook")
@signed_in
def outlook(slug: str) -> str:
    """Show what sheets will tell for each number of them, and whether the jury hangs together."""
    contest = _judged(slug)
    round_, actor = contest.rounds[0], the_actor()
    run, now = queries.newest_run(round_, RunKind.LOOK), situation_of(contest, round_)
    hidden = queries.entries_hidden_from(actor, contest)
    return render_template(
        "assigning/outlook.html",
        contest=contest,
        run=run,
        may_read=policy.can_read_outlook(run, hidden, queries.seat_in(actor, contest), round_),
        computing=queue.waiting_count(service.LOOK_JOB, round_id=round_.id) > 0,
        fits=run is not None and run.inputs.get("stamp") == now.stamp,
        titles={e.id: e.title for e in screening.admitted_names(contest) if e.id not in hidden},
        names={juror.id: juror.user.name for juror in coverage_of(contest, round_, hidden, per_page=1).jurors},
        barred=_barred(now, hidden),
        good=GOOD_LINK,
        can_manage=contests_policy.can_manage(actor, contest),
    )


def _barred(now: Situation, hidden: set[int]) -> dict[str, Any]:
    """Return how many pairs conflicts bar, of how many, and which entries have the fewest jurors left."""
    shown = [work.id for work in now.works if work.id not in hidden]
    pairs = {pair for pair in now.conflicts if pair[0] in set(shown)}
    held = Counter(entry for entry, _ in pairs)
    left = sorted((len(now.jurors) - held[entry], entry) for entry in shown)
    fewest = [(entry, free) for free, entry in left[:FEWEST] if held[entry]]
    return {"pairs": len(pairs), "all": len(shown) * len(now.jurors), "fewest": fewest}


@bp.post("/manage/<slug>/jury/outlook")
@signed_in
def look(slug: str) -> Any:
    """Have it computed anew."""
    contest = overseen(slug)
    do_and_say(lambda: service.ask_look(the_actor(), contest))
    return redirect(url_for("assigning.outlook", slug=slug), 303)


def install(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(bp)
