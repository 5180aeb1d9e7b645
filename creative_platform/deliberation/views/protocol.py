"""The record of the jury's work, for printing and signing."""

from __future__ import annotations

from flask import render_template

from creative_platform.contests.overseeing import overseen
from creative_platform.deliberation import queries
from creative_platform.deliberation.views.meeting import bp
from creative_platform.judging import queries as judging
from creative_platform.results import queries as results
from creative_platform.results.ties import ties_seen
from creative_platform.web.guards import signed_in, the_actor


@bp.get("/manage/<slug>/results/protocol")
@signed_in
def protocol(slug: str) -> str:
    """Show the record of the jury's work: panel, ranking, meeting, decisions."""
    contest, actor = overseen(slug), the_actor()
    seen = results.seen_by(actor, contest)
    hidden = judging.entries_hidden_from(actor, contest)
    agenda = queries.agenda_for(actor, contest, staff=True)
    return render_template(
        "deliberation/protocol.html",
        contest=contest,
        progress=judging.progress(contest, contest.rounds[0], hidden) if contest.rounds else None,
        seen=seen,
        decisions=[decision for decision in results.all_decisions(contest) if decision.award_id in seen.left],
        publications=results.publications_of(contest),
        ties=ties_seen(contest, seen.result_set),
        reopenings=judging.reopenings_of(contest.rounds[0]) if contest.rounds else [],
        agenda=agenda,
        said=queries.said_at(agenda),
    )
