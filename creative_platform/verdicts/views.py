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
from creative_platform.core.errors import Invalid, WrongState
from creative_platform.core.text import N_
from creative_platform.entries import queries as entries
from creative_platform.entries.conflicts import entries_with_part
from creative_platform.entries.models import EntryState
from creative_platform.inspection.reasons import REASONS
from creative_platform.similarity import queries, translations
from creative_platform.similarity import service as similarity
from creative_platform.similarity.models import Verdict
from creative_platform.similarity.starters import seen_of_starters_alone, starters_of
from creative_platform.verdicts import policy, service
from creative_platform.verdicts.forms import StarterForm, VerdictForm
from creative_platform.verdicts.groups import act_of, group_of, groups_in, place_of
from creative_platform.verdicts.progress import progress_of
from creative_platform.verdicts.report import as_json, report_of, titles_of
from creative_platform.web.errors import do_and_say, sentence_of
from creative_platform.web.guards import signed_in, the_actor
from creative_platform.web.paging import PER_PAGE, Page, asked_page

bp = Blueprint("verdicts", __name__)


@bp.get("/manage/<slug>/similarity")
@signed_in
def matches(slug: str) -> str:
    """List the matches of a contest, the most probable first, and say how far the comparing is."""
    asked = request.args.get("group", "")
    chosen = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 0
    return _matches_page(overseen(slug), chosen, VerdictForm(formdata=None))


def _matches_page(contest: Contest, chosen: int, form: VerdictForm) -> str:
    actor, number = the_actor(), asked_page()
    modality, groups = request.args.get("modality", "")[:20], groups_in(actor, contest)
    among = groups[chosen - 1] if 0 < chosen <= len(groups) else []
    group = [entry.id for entry in among]
    entry, undecided = queries.entry_asked(contest, request.args.get("entry", "")[:26]), bool(request.args.get("open"))
    wanted = queries.MatchFilter(modality, group, entry, undecided)
    rows, total = queries.matches_in(actor, contest, wanted, page=number, per_page=PER_PAGE)
    return render_template(
        "verdicts/list.html",
        contest=contest,
        page=Page(rows, number, PER_PAGE, total),
        coverage=queries.coverage(actor, contest, _handed_in(contest)),
        compared=queries.files_compared(contest),
        progress=progress_of(contest),
        modality=modality,
        entry=entry,
        undecided=undecided,
        groups=groups,
        chosen=chosen if group else 0,
        group=group_of(actor, contest, among) if among else None,
        form=form,
        can_judge=policy.can_judge_groups(actor, contest, entries_with_part(actor, contest)),
        files=queries.files_of(rows),
        can_manage=contests_policy.can_manage(actor, contest),
        translations_wanted=translations.are_looked_for(),
    )


def _handed_in(contest: Contest) -> int:
    counts = entries.counts_in(contest)
    return sum(counts[state] for state in EntryState.handed_in())


@bp.get("/manage/<slug>/similarity/report")
@signed_in
def report(slug: str) -> str:
    """Show what was compared, what was not, and what came of it."""
    contest = overseen(slug)
    told = report_of(the_actor(), contest)
    return render_template(
        "verdicts/report.html",
        contest=contest,
        report=told,
        compared_at=queries.files_compared(contest).compared_at,
        translations_wanted=translations.are_looked_for(),
        titles=titles_of({match[side]["contest"] for match in told["matches"] for side in ("a", "b")}),
    )


@bp.get("/manage/<slug>/similarity/report.json")
@signed_in
def report_file(slug: str) -> Response:
    """Give the report as a file; the same state gives the same bytes."""
    contest = overseen(slug)
    answer = Response(as_json(report_of(the_actor(), contest)), content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{contest.slug}-similarity.json"'
    return answer


@bp.route("/manage/<slug>/similarity/starters", methods=["GET", "POST"])
@signed_in
def starters(slug: str) -> Any:
    """Show what was handed out to everybody, and take more of it."""
    contest, actor, form, status = overseen(slug), the_actor(), StarterForm(), 200
    if form.is_submitted():
        try:
            _take_starter(contest, form)
            flash(_("It is being read; then the contest is compared again."), "success")
            return redirect(url_for("verdicts.starters", slug=slug), 303)
        except Invalid as error:
            form.add_errors(error, _)
            status = 422
    given = starters_of(contest)
    shown = render_template(
        "verdicts/starters.html",
        contest=contest,
        form=form,
        starters=given,
        alone=seen_of_starters_alone(actor, contest),
        handed_in=_handed_in(contest),
        reasons={one.reason: _(REASONS.get(one.reason, REASONS["media.unreadable"])) for one in given},
        can_manage=contests_policy.can_manage(actor, contest),
        can_give=policy.can_give_starters(actor, contest, entries_with_part(actor, contest)),
    )
    return shown, status


def _take_starter(contest: Contest, form: StarterForm) -> None:
    file, words = form.file.data, form.words.data or ""
    if not form.validate():
        raise Invalid()
    if bool(file) == bool(words):
        raise Invalid({"file": N_("Choose a file or type its words, one of the two.")})
    name, body = (str(file.filename), file.stream.read(service.MOST_BYTES + 1)) if file else ("", words.encode())
    service.add_starter(the_actor(), contest, name, body)


@bp.post("/manage/<slug>/similarity/starters/<public_id>/remove")
@signed_in
def remove_starter(slug: str, public_id: str) -> Any:
    """Take starter material back."""
    service.remove_starter(the_actor(), overseen(slug), public_id)
    flash(_("It was deleted; the contest is being compared again."), "success")
    return redirect(url_for("verdicts.starters", slug=slug), 303)


@bp.get("/manage/<slug>/similarity/<public_id>")
@signed_in
def match(slug: str, public_id: str) -> str:
    """Show what two entries share, side by side."""
    return _match_page(overseen(slug), public_id, VerdictForm(verdict=None))


def _match_page(contest: Contest, public_id: str, form: VerdictForm) -> str:
    found = queries.seen_match(the_actor(), contest, public_id)
    return render_template(
        "verdicts/match.html",
        contest=contest,
        match=found,
        shown=queries.evidence_of(found, queries.files_of([found])),
        form=form,
        act=act_of(the_actor(), contest, found.standing),
        can_manage=contests_policy.can_manage(the_actor(), contest),
        can_judge=policy.can_judge_groups(the_actor(), contest, entries_with_part(the_actor(), contest)),
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
    return redirect(url_for("verdicts.match", slug=slug, public_id=public_id), 303)


def _said() -> int:
    """Return how much had been said of the match when the page was opened; who does not tell is asked to look."""
    return request.form.get("said", -1, type=int)


@bp.post("/manage/<slug>/similarity/<public_id>/undo")
@signed_in
def undo(slug: str, public_id: str) -> Any:
    """Take a verdict back."""
    contest = overseen(slug)
    undone = partial(service.undo_verdict, the_actor(), contest, public_id, said=_said())
    do_and_say(undone, _("The verdict was taken back."))
    return redirect(url_for("verdicts.match", slug=slug, public_id=public_id), 303)


@bp.post("/manage/<slug>/similarity/groups/<public_id>/verdict")
@signed_in
def judge_group(slug: str, public_id: str) -> Any:
    """Record a verdict on all matches of the group in which an entry stands."""
    contest, actor, form = overseen(slug), the_actor(), VerdictForm()
    policy.can_judge_groups(actor, contest, entries_with_part(actor, contest)).enforce()
    place = place_of(groups_in(actor, contest), public_id)
    if not form.validate():
        return _matches_page(contest, place, form), 422
    verdict, reason, said = Verdict(form.verdict.data), form.reason.data, request.form.get("said", "")
    try:
        count = service.give_group_verdict(actor, contest, public_id, verdict, reason=reason, said=said)
    except WrongState as error:
        flash(sentence_of(error), "error")
        return _matches_page(contest, place, form), 409
    flash(
        ngettext("A verdict on one match is recorded.", "A verdict on %(num)d matches is recorded.", count), "success"
    )
    return redirect(url_for("verdicts.matches", slug=slug, group=place), 303)


@bp.post("/manage/<slug>/similarity/together/<given_with>/undo")
@signed_in
def undo_group(slug: str, given_with: str) -> Any:
    """Take a verdict back that was given to a group; its page comes back, if it still is one."""
    contest, standing = overseen(slug), request.form.get("standing", -1, type=int)
    undone = partial(service.undo_group_verdict, the_actor(), contest, given_with, standing=standing)
    do_and_say(undone, _("The verdict was taken back."))
    place = place_of(groups_in(the_actor(), contest), request.form.get("entry", ""))
    return redirect(url_for("verdicts.matches", slug=slug, group=place or None), 303)


@bp.post("/manage/<slug>/similarity/failed")
@signed_in
def try_failed_again(slug: str) -> Any:
    """Try again what failed."""
    count = service.try_failed_again(the_actor(), overseen(slug))
    flash(ngettext("One job is tried again.", "%(num)d jobs are tried again.", count), "success")
    return redirect(url_for("verdicts.matches", slug=slug), 303)


@bp.post("/manage/<slug>/similarity/again")
@signed_in
def compare_again(slug: str) -> Any:
    """Compare the whole contest once more."""
    count = similarity.compare_again(the_actor(), overseen(slug))
    flash(ngettext("One entry is being compared again.", "%(num)d entries are being compared again.", count), "success")
    return redirect(url_for("verdicts.matches", slug=slug), 303)


def install(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(bp)
