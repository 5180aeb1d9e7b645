"""The page of a meeting: who is present, and the agenda."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from creative_platform.contests import policy as contests_policy
from creative_platform.contests import queries as contests
from creative_platform.contests.models import Contest
from creative_platform.core.errors import Conflict, Invalid, NotFound, StaleVersion
from creative_platform.deliberation import policy, queries, service
from creative_platform.deliberation.forms import PresentForm, ReopenForm
from creative_platform.deliberation.queries import Agenda
from creative_platform.entries import queries as entries
from creative_platform.judging import queries as judging
from creative_platform.judging.situation import top_of
from creative_platform.web.errors import do_and_say, sentence_of, status_of
from creative_platform.web.guards import signed_in, the_actor

bp = Blueprint("deliberation", __name__)


def overseen_or_chaired(slug: str) -> tuple[Contest, bool]:
    """Return a contest with whether the actor is of its staff; if not, they chair its panel. Raises NotFound."""
    contest, actor = contests.whole_contest(slug), the_actor()
    if contest is None:
        raise NotFound()
    if contests_policy.can_oversee(actor, contest):
        return contest, True
    seat = judging.seat_in(actor, contest)
    if seat is None or not seat.is_chair:
        raise NotFound()
    return contest, False


@bp.get("/manage/<slug>/deliberation")
@signed_in
def meeting(slug: str) -> str:
    """Show the agenda of the jury's meeting; before there is a ranking, what is missing."""
    contest, staff = overseen_or_chaired(slug)
    agenda = queries.agenda_for(the_actor(), contest, staff=staff)
    return _page(contest, agenda, _present_form(agenda), ReopenForm(), staff=staff)


def _present_form(agenda: Agenda) -> PresentForm:
    """Return the form with who is present; before the meeting nobody is ticked."""
    present = [juror.public_id for juror in agenda.present] if agenda.meeting else []
    form = PresentForm(present=present, version=agenda.meeting.version if agenda.meeting else 0)
    form.offer(agenda.panel)
    return form


def _page(contest: Contest, agenda: Agenda, form: PresentForm, reopen_form: ReopenForm, *, staff: bool) -> str:
    actor, held = the_actor(), agenda.meeting
    seat = judging.seat_in(actor, contest)
    may_convene, may_end = policy.can_convene(actor, contest, seat), policy.can_end(agenda.kept)
    return render_template(
        "deliberation/meeting.html",
        contest=contest,
        staff=staff,
        agenda=agenda,
        form=form,
        reopen_form=reopen_form,
        top=top_of(contest),
        files=entries.pictures_handed_in(item.row.entry_id for item in agenda.items),
        can_hold=policy.can_hold(actor, contest, seat),
        can_convene=may_convene,
        can_open=policy.can_open(agenda.seen, held),
        can_end=may_end,
        can_reopen=held and (policy.can_reopen(contest, held) and may_convene and may_end),
        reads_protocol=policy.can_read_protocol(contest, staff=staff),
        names_told=policy.tells_who_steps_out(contest, held, staff=staff),
    )


@bp.post("/manage/<slug>/deliberation/open")
@signed_in
def open_meeting(slug: str) -> Any:
    """Open the meeting."""
    contest, staff = overseen_or_chaired(slug)
    return _say_who(contest, staff=staff, again=False)


@bp.post("/manage/<slug>/deliberation/present")
@signed_in
def attendance(slug: str) -> Any:
    """Change who is present."""
    contest, staff = overseen_or_chaired(slug)
    return _say_who(contest, staff=staff, again=True)


def _say_who(contest: Contest, *, staff: bool, again: bool) -> Any:
    """Open the meeting, or change it, with who was ticked; what was ticked is kept when that is refused."""
    agenda = queries.agenda_for(the_actor(), contest, staff=staff)
    form = _present_form(agenda)
    if not form.validate():
        return _page(contest, agenda, form, ReopenForm(), staff=staff), 422
    ticked = form.present.data or []
    try:
        if again:
            service.set_attendance(the_actor(), contest, present=ticked, version=form.version.data or 0)
        else:
            service.open_meeting(the_actor(), contest, present=ticked)
    except (Conflict, Invalid) as error:
        form.form_errors.append(sentence_of(error))
        if isinstance(error, StaleVersion):
            form.go_on_from(error.data["version"])
        agenda = queries.agenda_for(the_actor(), contest, staff=staff)
        return _page(contest, agenda, form, ReopenForm(), staff=staff), status_of(error)
    changed, opened = _("Saved. The agenda is in order for those who are present."), _("The meeting is open.")
    flash(changed if again else opened, "success")
    return redirect(url_for("deliberation.meeting", slug=contest.slug), 303)


@bp.post("/manage/<slug>/deliberation/close")
@signed_in
def close(slug: str) -> Any:
    """Close the meeting: its record stands."""
    contest, _staff = overseen_or_chaired(slug)
    said = _("The meeting is closed, and its record stands in the protocol.")
    do_and_say(lambda: service.close_meeting(the_actor(), contest), said)
    return redirect(url_for("deliberation.meeting", slug=slug), 303)


@bp.post("/manage/<slug>/deliberation/reopen")
@signed_in
def reopen(slug: str) -> Any:
    """Open a closed meeting again, for a reason."""
    contest, staff = overseen_or_chaired(slug)
    form = ReopenForm()
    if not form.validate():
        agenda = queries.agenda_for(the_actor(), contest, staff=staff)
        return _page(contest, agenda, _present_form(agenda), form, staff=staff), 422
    said = _("The meeting is open again.")
    do_and_say(lambda: service.reopen_meeting(the_actor(), contest, reason=form.reason.data or ""), said)
    return redirect(url_for("deliberation.meeting", slug=slug), 303)
