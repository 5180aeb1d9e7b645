"""Pages of a juror: accepting an invitation, and the workspace with the work left and the rubric right."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from creative_platform.accounts.callers import Call
from creative_platform.core import clock
from creative_platform.core.errors import Conflict, Invalid, NotFound, StaleVersion
from creative_platform.core.text import LOCALES
from creative_platform.entries import beside
from creative_platform.entries import queries as entries
from creative_platform.judging import policy, queries, service
from creative_platform.judging.blind import blind_entry
from creative_platform.judging.forms import sent_sheet, typed_sheet
from creative_platform.web.errors import sentence_of, status_of
from creative_platform.web.guards import signed_in, the_actor
from creative_platform.web.languages import current_locale

bp = Blueprint("judging", __name__)


@bp.get("/jury/<public_id>")
@signed_in
def workspace(public_id: str) -> str:
    """Show one entry to its juror, with the sheet beside it."""
    work = queries.work_of(the_actor(), public_id)
    page = _workspace_page(work, service.sheet_state(work.assignment.sheet), {})
    service.note_opened(work.assignment)
    return page


def _workspace_page(work: queries.Work, typed: dict[str, Any], errors: dict[str, list[str]]) -> str:
    assignment, revision, contest = work.assignment, work.revision, work.assignment.juror.contest
    files = entries.files_of(revision)
    seen = blind_entry(revision, assignment.entry.track, contest.fields, files, current_locale(), work.names)
    now, barred = clock.now(), {"has_part": work.has_part, "oversees": work.oversees}
    return render_template(
        "judging/workspace.html",
        assignment=assignment,
        contest=contest,
        seen=seen,
        people=[] if contest.blind else entries.credits_in(revision),
        sheet=assignment.sheet,
        typed=typed,
        errors=errors,
        can_score=policy.can_score(the_actor(), assignment, now, **barred),
        begins=policy.judging_begins(contest, now),
        place=work.place,
        shared=beside.count_shared(the_actor(), assignment.entry_id),
    )


@bp.get("/jury/<public_id>/shared")
@signed_in
def shared(public_id: str) -> str:
    """Show a juror what the entry shares with others, as far as they may see them."""
    work = queries.work_of(the_actor(), public_id)
    return render_template(
        "judging/shared.html",
        assignment=work.assignment,
        contest=work.assignment.juror.contest,
        matches=beside.shared_with(the_actor(), work.assignment.entry_id),
    )


@bp.post("/jury/<public_id>")
@signed_in
def write(public_id: str) -> Any:
    """Save or submit the sheet without JavaScript; then on to the next entry."""
    actor, submit = the_actor(), request.form.get("action") == "submit"
    changes = typed_sheet(request.form, submit=submit)
    try:
        service.write_sheet(actor, public_id, changes, arrived_at=clock.arrival())
    except (Invalid, Conflict) as error:
        fields = error.fields if isinstance(error, Invalid) else {"": [sentence_of(error)]}
        work = queries.work_of(actor, public_id)
        typed = {"scores": changes.scores, "comment": changes.comment, "abstain": changes.abstain}
        typed |= {"abstention_reason": changes.abstention_reason, "reason": changes.reason}
        if isinstance(error, StaleVersion):
            typed["theirs"] = error.data["current"]
        errors = {name: [_(said) for said in sentences] for name, sentences in fields.items()}
        return _workspace_page(work, typed, errors), status_of(error)
    flash(_("Submitted.") if submit else _("Saved."), "success")
    return redirect(_after(public_id) if submit else url_for("judging.workspace", public_id=public_id), 303)


def _after(public_id: str) -> str:
    """Return the address of the next unfinished assignment in the queue, or /jury."""
    following = queries.next_to_judge(queries.assignment_of(the_actor(), public_id))
    return url_for("judging.workspace", public_id=following) if following else "/jury"


@bp.patch("/jury/<public_id>")
@signed_in
def autosave(public_id: str) -> Response:
    """Save while the juror works; a draft never counts."""
    changes = sent_sheet(request.get_json())
    sheet = service.write_sheet(the_actor(), public_id, changes, arrived_at=clock.arrival())
    return jsonify(version=sheet.version, saved_at=sheet.saved_at.isoformat(), state=sheet.state.value)


@bp.post("/jury/<public_id>/recuse")
@signed_in
def recuse(public_id: str) -> Any:
    """Step back from an entry because of a conflict."""
    try:
        service.recuse(the_actor(), public_id, reason=request.form.get("reason", "")[:4000])
    except Invalid as error:
        work = queries.work_of(the_actor(), public_id)
        errors = {"recuse": [_(said) for said in error.fields["reason"]]}
        return _workspace_page(work, service.sheet_state(work.assignment.sheet), errors), 422
    flash(_("You stepped back from this entry; somebody else will judge it."), "success")
    return redirect("/jury", 303)


def invited(target: str) -> Call | None:
    """Say at the doors to whose jury a link invites, and to which address it was sent; nothing of one that is dead."""
    path, under = target.partition("?")[0], "/jury/invites/"
    if not path.startswith(under):
        return None
    try:
        invite = service.usable_invite(path.removeprefix(under))
    except NotFound:
        return None
    said = _("You are invited to the jury of “%(contest)s”.", contest=invite.contest.title.in_(current_locale()))
    return Call(said + " " + _("The invitation works with the address below alone."), invite.email)


@bp.get("/jury/invites/<secret>")
@signed_in
def invitation(secret: str) -> str:
    """Show which panel an invitation is for."""
    return render_template("judging/invitation.html", invite=service.usable_invite(secret), secret=secret)


@bp.post("/jury/invites/<secret>")
@signed_in
def accept(secret: str) -> Any:
    """Take the seat."""
    languages = [code for code in request.form.getlist("language") if code in LOCALES]
    service.accept_invite(the_actor(), secret, languages=languages)
    flash(_("You are on the panel. The entries you judge will stand here."), "success")
    return redirect("/jury", 303)
