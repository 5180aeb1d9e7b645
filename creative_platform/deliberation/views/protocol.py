"""The record of the jury's work, for printing and signing."""

from __future__ import annotations

from flask import render_template

from creative_platform.core.errors import NotFound
from creative_platform.deliberation import policy, queries
from creative_platform.deliberation.views.meeting import bp, overseen_or_chaired
from creative_platform.judging import queries as judging
from creative_platform.results import queries as results
from creative_platform.results.ties import ties_seen
from creative_platform.web.guards import signed_in, the_actor


@bp.get("/manage/<slug>/results/protocol")
@signed_in
def protocol(slug: str) -> str:
    """Show the record of the jury's work: panel, ranking, meeting, decisions.

    The chair, who led the meeting, reads it too; of blind entries once the results are announced.
    """
    (contest, staff), actor = overseen_or_chaired(slug), the_actor()
    if not policy.can_read_protocol(contest, staff=staff):
        raise NotFound()
    seen = results.seen_by(actor, contest)
    hidden = judging.entries_hidden_from(actor, contest)
    agenda = queries.agenda_for(actor, contest, staff=True)  # nothing of it is blind by now
    return render_template(
        "deliberation/protocol.html",
        contest=contest,
        staff=staff,
        progress=judging.progress(contest, contest.rounds[0], hidden) if contest.rounds else None,
        seen=seen,
        decisions=[decision for decision in results.all_decisions(contest) if decision.award_id in seen.left],
        publications=results.publications_of(contest),
        ties=ties_seen(contest, seen.result_set),
        reopenings=judging.reopenings_of(contest.rounds[0]) if contest.rounds else [],
        agenda=agenda,
        said=queries.said_at(agenda),
        digest_of=queries.digest_of,
        record=queries.record_of(held) if (held := agenda.meeting) and not held.is_open else None,
    )
