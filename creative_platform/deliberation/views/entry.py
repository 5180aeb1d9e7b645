"""One entry at the meeting: all that the jury needs on one screen, and what is said of it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from creative_platform.contests.models import Contest
from creative_platform.core.errors import Conflict, Invalid, NotFound, StaleVersion
from creative_platform.deliberation import policy, queries, service
from creative_platform.deliberation.forms import MinutesForm
from creative_platform.deliberation.queries import Agenda, Item
from creative_platform.deliberation.views.meeting import bp, overseen_or_chaired
from creative_platform.entries import queries as entries
from creative_platform.judging import policy as judging_policy
from creative_platform.judging import queries as judging
from creative_platform.judging.situation import top_of
from creative_platform.results import words
from creative_platform.results.models import ResultSet
from creative_platform.results.ties import tie_lines
from creative_platform.similarity import queries as similarity
from creative_platform.similarity.jurors import count_for_juror
from creative_platform.web.errors import sentence_of, status_of
from creative_platform.web.guards import signed_in, the_actor


@bp.get("/manage/<slug>/deliberation/<public_id>")
@signed_in
def entry(slug: str, public_id: str) -> str:
    """Show an entry of the agenda with its figures and what was said of it."""
    contest, staff = overseen_or_chaired(slug)
    agenda, item = _found(contest, public_id, staff=staff)
    return _page(contest, agenda, item, _form(item), staff=staff)


def _found(contest: Contest, public_id: str, *, staff: bool) -> tuple[Agenda, Item]:
    agenda = queries.agenda_for(the_actor(), contest, staff=staff)
    item = next((one for one in agenda.items if one.row.entry.public_id == public_id), None)
    if item is None:
        raise NotFound()
    return agenda, item


def _form(item: Item) -> MinutesForm:
    kept = item.minutes
    return MinutesForm(
        text=kept.text if kept else "",
        discussed=kept.discussed if kept else False,
        version=kept.version if kept else 0,
    )


def _page(contest: Contest, agenda: Agenda, item: Item, form: MinutesForm, *, staff: bool, stale: bool = False) -> str:
    actor, items, result_set = the_actor(), agenda.items, agenda.seen.result_set
    here = items.index(item)
    before = items[here - 1] if here else None
    return render_template(
        "deliberation/entry.html",
        contest=contest,
        staff=staff,
        agenda=agenda,
        item=item,
        form=form,
        stale=stale,
        previous=before,
        following=items[here + 1] if here + 1 < len(items) else None,
        position=here + 1,
        back=[juror for juror in (before.out if before else ()) if juror not in item.out],
        files=entries.pictures_handed_in([item.row.entry_id]),
        marks=judging.marks_of(contest.rounds[0], item.row.entry_id),
        names_told=policy.tells_who_steps_out(contest, agenda.meeting, staff=staff),
        can_hold=policy.can_hold(actor, contest, judging.seat_in(actor, contest)),
        can_write=policy.can_write(agenda.meeting),
        top=top_of(contest),
        **(_computed(contest, agenda, item, result_set) if result_set else {}),
        **_beside(contest, agenda, item, staff=staff),
    )


def _computed(contest: Contest, agenda: Agenda, item: Item, result_set: ResultSet) -> dict[str, Any]:
    """Return what the ranking says of an entry beside its figures: why it moved, what it cannot be told apart from."""
    public_id, row = item.row.entry.public_id, item.row
    moved = result_set.explanation.get("moved", {}).get(public_id)
    return {
        "ends": words.ends_of(result_set.rows),
        "moved": moved,
        "reasons": words.reasons_said(moved, {one.row.entry.public_id: one.title for one in agenda.items}),
        "tied": tie_lines(contest, result_set.ties).get(public_id),
        "beside": sorted(
            (one for one in agenda.items if row.band is not None and one.row.band == row.band and one is not item),
            key=lambda one: one.row.rank,
        ),
        "decisions": [one for one in agenda.seen.decisions if one.entry_id == row.entry_id],
    }


def _beside(contest: Contest, agenda: Agenda, item: Item, *, staff: bool) -> dict[str, Any]:
    """Return what people wrote and found, as far as the reader may see it, and where they look at the entry itself."""
    actor, entry_id, public_id = the_actor(), item.row.entry_id, item.row.entry.public_id
    seat = judging.seat_in(actor, contest)
    reads = staff or (seat is not None and judging_policy.can_read_comments(seat, contest.rounds[0]))
    given = next((one for one in judging.assignments_of(actor, contest) if one.entry_id == entry_id), None)
    own = f"/jury/{given.public_id}" if given else ""
    return {
        "comments": judging.comments_in(contest.rounds[0], agenda.kept).get(entry_id, []) if reads else [],
        "matches": similarity.decided_matches(actor, contest, item.row.entry) if staff else [],
        "shared": count_for_juror(actor, entry_id) if own and not staff else 0,
        "looked_at": f"/manage/{contest.slug}/entries/{public_id}" if staff else own,
        "own": own,
    }


@bp.post("/manage/<slug>/deliberation/<public_id>")
@signed_in
def minutes(slug: str, public_id: str) -> Any:
    """Write down what was said of an entry, and go on to the next one when that is asked."""
    contest, staff = overseen_or_chaired(slug)
    agenda, item = _found(contest, public_id, staff=staff)
    form = _form(item)
    if not form.validate():
        return _page(contest, agenda, item, form, staff=staff), 422
    text, done, version = form.text.data or "", bool(form.discussed.data), form.version.data or 0
    try:
        service.keep_minutes(the_actor(), contest, entry=public_id, text=text, discussed=done, version=version)
    except (Conflict, Invalid) as error:
        form.form_errors.append(sentence_of(error))
        stale = isinstance(error, StaleVersion)
        if stale:
            form.go_on_from(error.data["version"])
        agenda, item = _found(contest, public_id, staff=staff)
        return _page(contest, agenda, item, form, staff=staff, stale=stale), status_of(error)
    flash(_("Saved."), "success")
    following = agenda.items[agenda.items.index(item) + 1 :][:1] if "next" in request.form else []
    goal = following[0].row.entry.public_id if following else public_id
    return redirect(url_for("deliberation.entry", slug=slug, public_id=goal), 303)
