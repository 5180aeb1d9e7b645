"""Pages on which organizers look at entries and screen them; auditors read."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from creative_platform.contests import policy as contests_policy
from creative_platform.contests.models import Contest
from creative_platform.contests.overseeing import overseen
from creative_platform.core.errors import Invalid, NotFound
from creative_platform.core.text import LocalizedText
from creative_platform.entries import beside, conflicts, policy
from creative_platform.entries import queries as of_entries
from creative_platform.entries.models import Entry, EntryState, ScreeningOutcome
from creative_platform.entries.service import OWNER_TYPE, by_field
from creative_platform.media import queries as media
from creative_platform.screening import queries, service
from creative_platform.screening.forms import ScreeningForm
from creative_platform.web.errors import do_and_say
from creative_platform.web.fields import clean, instant
from creative_platform.web.guards import signed_in, the_actor
from creative_platform.web.languages import current_locale
from creative_platform.web.paging import PER_PAGE, Page, asked_page

bp = Blueprint("screening", __name__)


@bp.get("/manage/<slug>/entries")
@signed_in
def entries(slug: str) -> str:
    """List the entries of a contest; drafts only as a number unless the rules open them."""
    contest, actor = overseen(slug, "tracks"), the_actor()
    asked = {name: request.args.get(name, "")[:100] for name in ("words", "track", "state", "screening")}
    number = asked_page()
    rows, total = queries.lines_in(
        actor, contest, queries.EntryFilter(**asked), page=number, per_page=PER_PAGE, drafts=contest.drafts_readable
    )
    return render_template(
        "screening/entries.html",
        contest=contest,
        page=Page(rows, number, PER_PAGE, total),
        asked=asked,
        tracks={track.id: track for track in contest.tracks},
        files=_pictures_of(rows),
        counts=of_entries.counts_in(contest),
        can_manage=contests_policy.can_manage(actor, contest),
    )


def _pictures_of(rows: list[queries.Line]) -> dict[int, list[Any]]:
    """Return what shows each entry: of what was handed in its own pictures, a team's newer files are the team's."""
    kept = [row.id for row in rows if row.state in EntryState.handed_in()]
    own = {row.id for row in rows}.difference(kept)
    files = media.assets_of_many(OWNER_TYPE, own) if own else {}
    return {**files, **of_entries.pictures_handed_in(kept)}


@bp.get("/manage/<slug>/entries/lacking")
@signed_in
def lacking(slug: str) -> str:
    """Show what the drafts lack, counted; whose they are is not said."""
    contest = overseen(slug, "tracks.requirements")
    drafts = queries.drafts_missing_in(contest)
    files = media.assets_of_many(OWNER_TYPE, [draft.id for draft in drafts])
    missing = Counter(part.sentence for draft in drafts for part in missing_in(draft, files))
    return render_template("screening/lacking.html", contest=contest, missing=missing.most_common(), drafts=len(drafts))


def missing_in(entry: Entry, files: dict[int, list[Any]]) -> list[policy.Missing]:
    """Return what a draft lacks."""
    return policy.missing_parts(entry, by_field(files.get(entry.id, [])))


@bp.get("/manage/<slug>/entries/<public_id>")
@signed_in
def entry(slug: str, public_id: str) -> str:
    """Show an entry that was handed in, for screening."""
    contest = overseen(slug)
    found = _readable(contest, public_id)
    return _entry_page(contest, found, ScreeningForm(outcome=None))


def _readable(contest: Contest, public_id: str) -> Entry:
    found = queries.entry_in_contest(contest, public_id)
    if found.submitted_at is None and not contest.drafts_readable:
        raise NotFound()
    return found


def _entry_page(contest: Contest, found: Entry, form: ScreeningForm) -> str:
    revision = of_entries.current_revision(found)
    kept = media.assets_by_id(file.asset_id for file in revision.files) if revision else {}
    return render_template(
        "screening/entry.html",
        contest=contest,
        entry=found,
        revision=revision,
        files=[kept[file.asset_id] for file in revision.files] if revision else [],
        form=form,
        deliver_until=policy.delivers_until(found),
        screening=of_entries.screening_of(found),
        receipts=of_entries.receipts_of(found),
        can_manage=contests_policy.can_manage(the_actor(), contest),
        matches=beside.matches_of(the_actor(), found) if revision else (0, 0.0),
        has_part=conflicts.has_part_in(the_actor(), found.id),
    )


@bp.post("/manage/<slug>/entries/<public_id>/screening")
@signed_in
def screen(slug: str, public_id: str) -> Any:
    """Record a screening decision."""
    contest = overseen(slug)
    form = ScreeningForm()
    if not form.validate():
        return _entry_page(contest, _readable(contest, public_id), form), 422
    until = instant(form.reopen_until.data, contest.timezone) if form.reopen_until.data else None
    try:
        service.screen_entry(
            the_actor(),
            contest,
            public_id,
            ScreeningOutcome(form.outcome.data),
            reason=form.reason.data or "",
            reopen_until=until,
            revision=form.revision.data,
        )
    except Invalid as error:
        form.add_errors(error, _)
        return _entry_page(contest, _readable(contest, public_id), form), 422
    flash(_("The decision is recorded and the team is told."), "success")
    return redirect(url_for("screening.entry", slug=slug, public_id=public_id), 303)


@bp.post("/manage/<slug>/entries/admit")
@signed_in
def admit_several(slug: str) -> Any:
    """Admit the ticked entries in one go; all or none."""
    contest = overseen(slug)
    contests_policy.can_manage(the_actor(), contest).enforce()
    chosen = dict(_ticked(value) for value in request.form.getlist("entry"))
    if chosen:
        said = ngettext("One entry admitted.", "%(num)d entries admitted.", len(chosen))
        do_and_say(lambda: service.admit_entries(the_actor(), contest, chosen), said)
    else:
        flash(_("Tick the entries to admit first."), "error")
    return redirect(url_for("screening.entries", slug=slug), 303)


def _ticked(value: str) -> tuple[str, int | None]:
    """Return which entry was ticked, and the number of the version that the list showed."""
    public_id, _colon, number = value.partition(":")
    return public_id, int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None


@bp.post("/manage/<slug>/entries/<public_id>/disqualify")
@signed_in
def disqualify(slug: str, public_id: str) -> Any:
    """Take an entry out of the contest."""
    contest = overseen(slug)
    reason = LocalizedText({current_locale(): clean(request.form.get("reason", ""))})
    said = _("The entry no longer takes part; the team is told.")
    do_and_say(lambda: service.disqualify_entry(the_actor(), contest, public_id, reason=reason), said)
    return redirect(url_for("screening.entry", slug=slug, public_id=public_id), 303)


def install(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(bp)
