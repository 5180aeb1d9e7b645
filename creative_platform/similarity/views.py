"""Pages on which the staff looks at matches and judges them."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Flask, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from creative_platform.contests import policy as contests_policy
from creative_platform.contests.models import Contest
from creative_platform.contests.overseeing import overseen
from creative_platform.core.errors import WrongState
from creative_platform.entries import beside
from creative_platform.entries import queries as entries
from creative_platform.entries.models import EntryState
from creative_platform.similarity import jobs, queries, service
from creative_platform.similarity.forms import VerdictForm
from creative_platform.similarity.jurors import count_for_juror, shared_for_juror
from creative_platform.similarity.models import Verdict
from creative_platform.similarity.report import as_json, report_of
from creative_platform.web.errors import do_and_say, sentence_of
from creative_platform.web.guards import signed_in, the_actor
from creative_platform.web.paging import PER_PAGE, Page, asked_page

bp = Blueprint("similarity", __name__)
JOBS = jobs  # loaded with the pages, so that a verb can enqueue them


@bp.get("/manage/<slug>/similarity")
@signed_in
def matches(slug: str) -> str:
    """List the matches of a contest, the most probable first, and say how far the comparing is."""
    contest, actor, number = overseen(slug), the_actor(), asked_page()
    modality, groups = request.args.get("modality", "")[:20], queries.groups_in(actor, contest)
    asked = request.args.get("group", "")
    chosen = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 0
    group = [entry.id for entry in groups[chosen - 1]] if 0 < chosen <= len(groups) else []
    entry, undecided = queries.entry_asked(contest, request.args.get("entry", "")[:26]), bool(request.args.get("open"))
    wanted = queries.Wanted(modality, group, entry, undecided)
    rows, total = queries.matches_in(actor, contest, wanted, page=number, per_page=PER_PAGE)
    counts = entries.counts_in(contest)
    return render_template(
        "similarity/list.html",
        contest=contest,
        page=Page(rows, number, PER_PAGE, total),
        coverage=queries.coverage(actor, contest, sum(counts[state] for state in EntryState.handed_in())),
        compared=queries.files_compared(contest),
        modality=modality,
        entry=entry,
        undecided=undecided,
        groups=groups,
        chosen=chosen if group else 0,
        files=queries.files_of(rows),
        can_manage=contests_policy.can_manage(actor, contest),
    )


@bp.get("/manage/<slug>/similarity/report")
@signed_in
def report(slug: str) -> str:
    """Show what was compared, what was not, and what came of it."""
    contest = overseen(slug)
    told = report_of(the_actor(), contest)
    return render_template(
        "similarity/report.html",
        contest=contest,
        report=told,
        compared_at=queries.files_compared(contest).compared_at,
        titles=queries.titles_of({match[side]["contest"] for match in told["matches"] for side in ("a", "b")}),
    )


@bp.get("/manage/<slug>/similarity/report.json")
@signed_in
def report_file(slug: str) -> Response:
    """Give the report as a file; the same state gives the same bytes."""
    contest = overseen(slug)
    answer = Response(as_json(report_of(the_actor(), contest)), content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{contest.slug}-similarity.json"'
    return answer


@bp.get("/manage/<slug>/similarity/<public_id>")
@signed_in
def match(slug: str, public_id: str) -> str:
    """Show what two entries share, side by side."""
    return _match_page(overseen(slug), public_id, VerdictForm(verdict=None))


def _match_page(contest: Contest, public_id: str, form: VerdictForm) -> str:
    found = queries.seen_match(the_actor(), contest, public_id)
    return render_template(
        "similarity/match.html",
        contest=contest,
        match=found,
        shown=queries.evidence_of(found, queries.files_of([found])),
        form=form,
        can_manage=contests_policy.can_manage(the_actor(), contest),
    )


@bp.post("/manage/<slug>/similarity/<public_id>/verdict")
@signed_in
def judge(slug: str, public_id: str) -> Any:
    """Record a verdict."""
    contest = overseen(slug)
    form = VerdictForm()
    if not form.validate():
        return _match_page(contest, public_id, form), 422
    verdict, reason = Verdict(form.verdict.data), form.reason.data
    try:
        service.give_verdict(the_actor(), contest, public_id, verdict, reason=reason, said=_said())
    except WrongState as error:
        flash(sentence_of(error), "error")
        return _match_page(contest, public_id, form), 409
    flash(_("Your verdict is recorded."), "success")
    return redirect(url_for("similarity.match", slug=slug, public_id=public_id), 303)


def _said() -> int | None:
    """Return how much had been said of the match when the page was opened."""
    return request.form.get("said", type=int)


@bp.post("/manage/<slug>/similarity/<public_id>/undo")
@signed_in
def undo(slug: str, public_id: str) -> Any:
    """Take a verdict back."""
    contest = overseen(slug)
    undone = partial(service.undo_verdict, the_actor(), contest, public_id, said=_said())
    do_and_say(undone, _("The verdict was taken back."))
    return redirect(url_for("similarity.match", slug=slug, public_id=public_id), 303)


@bp.post("/manage/<slug>/similarity/again")
@signed_in
def compare_again(slug: str) -> Any:
    """Compare the whole contest once more."""
    count = service.compare_again(the_actor(), overseen(slug))
    flash(ngettext("One entry is being compared again.", "%(num)d entries are being compared again.", count), "success")
    return redirect(url_for("similarity.matches", slug=slug), 303)


def install(app: Flask) -> None:
    """Register the pages, and what the jury's room shows beside an entry."""
    app.register_blueprint(bp)
    beside.tell_shared(shared_for_juror, count_for_juror)
    beside.tell_matches(queries.count_with_entry)
