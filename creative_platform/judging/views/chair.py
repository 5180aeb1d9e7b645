"""Pages of a panel's chair: how far the panel is, never a mark; comments once the round is closed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import gettext as _

from creative_platform.contests import queries as contests
from creative_platform.contests.models import StageKind
from creative_platform.core import clock
from creative_platform.core.errors import NotFound
from creative_platform.entries import queries as entries
from creative_platform.judging import policy, queries, service
from creative_platform.judging.blind import titles_for_jury
from creative_platform.judging.models import Juror
from creative_platform.screening import queries as screening
from creative_platform.web.errors import do_and_say
from creative_platform.web.guards import signed_in, the_actor

bp = Blueprint("chair", __name__)


def chaired(slug: str) -> Juror:
    """Return the chair's seat of a contest, when it is the actor's. Raises NotFound."""
    contest = contests.whole_contest(slug)
    seat = queries.seat_in(the_actor(), contest) if contest else None
    if seat is None or not seat.is_chair or not seat.contest.rounds:
        raise NotFound()
    return seat


@bp.get("/jury/panels/<slug>")
@signed_in
def panel(slug: str) -> str:
    """Show the chair who is how far, which entries lack sheets and who stepped back."""
    seat, now = chaired(slug), clock.now()
    contest, round_ = seat.contest, seat.contest.rounds[0]
    hidden = queries.entries_hidden_from(the_actor(), contest)
    admitted = [entry for entry in screening.admitted_entries(contest) if entry.id not in hidden]
    revisions = entries.current_revisions(entry.id for entry in admitted)
    return render_template(
        "judging/panel.html",
        contest=contest,
        round=round_,
        stage=contests.stage(contest, StageKind.JUDGING),
        hidden=len(hidden),
        progress=queries.progress(contest, round_, hidden),
        sheets=queries.sheets_by_entry(round_, hidden),
        titles=titles_for_jury(revisions, entries.names_behind(revisions) if contest.blind else {}),
        entries=admitted,
        recusals=[] if contest.blind else queries.recusals_in(round_, hidden),  # it would tell whose work it is
        comments=queries.comments_in(round_, hidden) if policy.can_read_comments(seat, round_) else {},
        open=policy.judging_is_open(contest, round_, now),
        now=now,
    )


@bp.post("/jury/panels/<slug>/<public_id>/remind")
@signed_in
def remind(slug: str, public_id: str) -> Any:
    """Mail a juror what they have left."""
    contest = chaired(slug).contest
    do_and_say(lambda: service.remind_juror(the_actor(), contest, public_id), _("The reminder is on its way."))
    return redirect(url_for("chair.panel", slug=slug), 303)
