"""Pages on which organizers seat the jury, hand out entries and watch the progress; auditors read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from creative_platform.contests import policy as contests_policy
from creative_platform.contests import queries as contests
from creative_platform.contests.models import Contest, StageKind
from creative_platform.contests.overseeing import is_named, overseen
from creative_platform.core import clock
from creative_platform.core.errors import Conflict, Invalid, NotFound
from creative_platform.entries import queries as entries
from creative_platform.judging import policy, queries, service
from creative_platform.judging.forms import DeclareForm, InviteForm, ReopenForm
from creative_platform.screening import queries as screening
from creative_platform.web.errors import do_and_say, sentence_of
from creative_platform.web.guards import signed_in, the_actor
from creative_platform.web.languages import current_locale
from creative_platform.web.paging import PER_PAGE, Page, asked_page

bp = Blueprint("panel", __name__)


@bp.get("/manage/<slug>/jury")
@signed_in
def jury(slug: str) -> str:
    """Show the panel, the open invitations, the conflicts and the drawing."""
    contest = overseen(slug)
    return _jury_page(contest, _invite_form(contest), _declare_form(contest))


def _invite_form(contest: Contest) -> InviteForm:
    form = InviteForm()
    form.offer(contest, current_locale())
    return form


def _declare_form(contest: Contest) -> DeclareForm:
    form = DeclareForm()
    hidden = queries.entries_hidden_from(the_actor(), contest)
    form.offer([entry for entry in entries.handed_in_names(contest) if entry.id not in hidden])
    return form


def _jury_page(contest: Contest, form: InviteForm, declare_form: DeclareForm) -> str:
    round_ = contest.rounds[0] if contest.rounds else None
    run = queries.newest_run(round_) if round_ else None
    hidden = queries.entries_hidden_from(the_actor(), contest)
    progress = queries.progress(contest, round_, hidden) if round_ else None
    return render_template(
        "judging/jury.html",
        contest=contest,
        round=round_,
        form=form,
        declare_form=declare_form,
        run=run,
        short=_short(contest, run.lacking(hidden)) if run else [],
        notes=[said for note in run.inputs.get("notes", []) if (said := _said(note))] if run else [],
        noted=[conflict for conflict in queries.conflicts_in(contest) if conflict.entry_id not in hidden],
        jurors=queries.jurors_of(contest),
        invites=queries.open_invites(contest),
        admitted=len(screening.admitted_names(contest)),
        progress=progress,
        can_manage=contests_policy.can_manage(the_actor(), contest),
        can_draw=policy.can_draw(contest, clock.now(), before_close=False),
        can_change=policy.can_change_panel(contest),
        entries_stage=contests.stage(contest, StageKind.ENTRIES),
    )


def _short(contest: Contest, rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return which entries a drawing could not serve, each with a sentence why."""
    titles = {entry.id: entry.title for entry in screening.admitted_names(contest)}
    names = {juror.id: juror.user.name for juror in queries.jurors_of(contest)}
    return [(titles[row["entry"]], _why_short(row, names)) for row in rows if row["entry"] in titles]


def _why_short(row: dict[str, Any], names: dict[int, str]) -> str:
    lacking = ngettext("One juror is missing.", "%(num)d jurors are missing.", row["lacking"])
    free = [names[juror] for juror in row["free"] if juror in names]
    if not free:
        return lacking + " " + _("Everybody on the panel is in conflict with it or stepped back.")
    return lacking + " " + _("Without a conflict: %(jurors)s.", jurors=", ".join(free))


def _said(note: dict[str, Any]) -> str:
    """Say what a drawing could not keep."""
    numbers = {name: value for name, value in note.items() if name != "code"}
    match note["code"]:
        case "no_expert":
            return _("Entries without an expert of their track: %(count)d.", **numbers)
        case "other_language":
            return _("Assignments whose juror did not name the language of the entry: %(count)d.", **numbers)
        case "uneven":
            return _("Jurors have from %(least)d to %(most)d entries; conflicts allow nothing more even.", **numbers)
        case "apart":
            return _("The jury falls into %(count)d groups without an entry in common: marks compare badly.", **numbers)
        case "weak":
            return _("Jurors have few entries in common: marks compare badly. More jurors an entry would help.")
    return ""


@bp.post("/manage/<slug>/jury/invites")
@signed_in
def invite(slug: str) -> Any:
    """Mail an invitation."""
    contest = overseen(slug)
    form = _invite_form(contest)
    if not form.validate():
        return _jury_page(contest, form, _declare_form(contest)), 422
    try:
        service.invite_juror(
            the_actor(),
            contest,
            form.email.data or "",
            is_chair=bool(form.is_chair.data),
            expert_tracks=form.expert_tracks.data,
        )
    except Invalid as error:
        form.add_errors(error, _)
        return _jury_page(contest, form, _declare_form(contest)), 422
    except Conflict as error:
        form.email.errors = [sentence_of(error)]
        return _jury_page(contest, form, _declare_form(contest)), 409
    flash(_("The invitation is on its way."), "success")
    return redirect(url_for("panel.jury", slug=slug), 303)


@bp.post("/manage/<slug>/jury/invites/<public_id>/revoke")
@signed_in
def revoke(slug: str, public_id: str) -> Any:
    """Take an invitation back."""
    service.revoke_invite(the_actor(), overseen(slug), public_id)
    flash(_("The invitation no longer works."), "success")
    return redirect(url_for("panel.jury", slug=slug), 303)


@bp.post("/manage/<slug>/jury/<public_id>/remove")
@signed_in
def remove(slug: str, public_id: str) -> Any:
    """Take somebody off the panel."""
    service.remove_juror(the_actor(), overseen(slug), public_id)
    flash(_("The juror is off the panel. “Who judges what” shows who would take over what is unfinished."), "success")
    return redirect(url_for("panel.jury", slug=slug), 303)


@bp.post("/manage/<slug>/jury/<public_id>/remind")
@signed_in
def remind(slug: str, public_id: str) -> Any:
    """Mail a juror what they have left."""
    contest = overseen(slug)
    do_and_say(lambda: service.remind_juror(the_actor(), contest, public_id), _("The reminder is on its way."))
    return redirect(url_for("panel.progress", slug=slug), 303)


@bp.post("/manage/<slug>/jury/draw")
@signed_in
def draw(slug: str) -> Any:
    """Draw the assignments that are missing."""
    contest, early = overseen(slug), "before_close" in request.form
    said = _("The assignments are being drawn. Look again in a moment.")
    do_and_say(lambda: service.draw_assignments(the_actor(), contest, before_close=early), said)
    return redirect(url_for("panel.jury", slug=slug), 303)


@bp.post("/manage/<slug>/jury/conflicts")
@signed_in
def declare(slug: str) -> Any:
    """Note that the reader, of the staff, has a conflict of interest with an entry."""
    contest = overseen(slug)
    form = _declare_form(contest)
    if not form.validate():
        return _jury_page(contest, _invite_form(contest), form), 422
    said = _("The conflict is noted: others decide on this entry, and you see its results once they are public.")
    verb = service.declare_conflict
    do_and_say(lambda: verb(the_actor(), contest, entry=form.entry.data, reason=form.reason.data or ""), said)
    return redirect(url_for("panel.jury", slug=slug), 303)


@bp.get("/manage/<slug>/progress")
@signed_in
def progress(slug: str) -> str:
    """Show how far every juror is, and how many sheets every entry has; never a mark."""
    return _progress_page(overseen(slug, "rounds", "stages"), ReopenForm())


def _progress_page(contest: Contest, form: ReopenForm) -> str:
    actor = the_actor()
    if not contest.rounds:
        raise NotFound()
    round_ = contest.rounds[0]
    hidden = queries.entries_hidden_from(actor, contest)
    number = asked_page()
    rows, total = queries.entries_by_sheets(contest, round_, hidden, page=number, per_page=PER_PAGE)
    return render_template(
        "judging/progress.html",
        contest=contest,
        round=round_,
        hidden=len(hidden),
        progress=queries.progress(contest, round_, hidden),
        page=Page(rows, number, PER_PAGE, total),
        stage=contests.stage(contest, StageKind.JUDGING),
        open=policy.judging_is_open(contest, round_, clock.now()),
        now=clock.now(),
        form=form,
        reopenings=queries.reopenings_of(round_),
        can_reopen=policy.can_reopen(hidden),
        can_manage=contests_policy.can_manage(actor, contest),
    )


@bp.post("/manage/<slug>/progress/close")
@signed_in
def close(slug: str) -> Any:
    """End the round; the typed slug guards against a slip."""
    contest = overseen(slug)
    if not is_named(contest):
        flash(_("Type the contest's short name to close the round."), "error")
        return redirect(url_for("panel.progress", slug=slug), 303)
    said = _("The round is closed. Results can be computed.")
    do_and_say(lambda: service.close_round(the_actor(), contest), said)
    return redirect(url_for("panel.progress", slug=slug), 303)


@bp.post("/manage/<slug>/progress/reopen")
@signed_in
def reopen(slug: str) -> Any:
    """Open the closed round again; the typed slug guards against a slip."""
    contest, form = overseen(slug), ReopenForm()
    valid = form.validate()
    if not is_named(contest):
        form.form_errors.append(_("Type the contest's short name to open the round again."))
        valid = False
    if not valid:
        return _progress_page(contest, form), 422
    said = _("The round is open again, and every juror is told why.")
    do_and_say(lambda: service.reopen_round(the_actor(), contest, reason=form.reason.data or ""), said)
    return redirect(url_for("panel.progress", slug=slug), 303)
