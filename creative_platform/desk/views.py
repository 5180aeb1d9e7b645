"""The first page of each role: what do I do now? One sentence, one button."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Flask, Response, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from creative_platform.accounts import queries as accounts
from creative_platform.contests import policy as contests_policy
from creative_platform.contests import queries as contests
from creative_platform.contests.models import Contest, ContestState, StageKind
from creative_platform.contests.overseeing import overseen
from creative_platform.core import audit, clock
from creative_platform.core.actor import Actor
from creative_platform.core.errors import NotFound
from creative_platform.core.text import N_
from creative_platform.desk import exports, queries
from creative_platform.desk import log as log_lines
from creative_platform.entries import policy as entries_policy
from creative_platform.entries import queries as entries
from creative_platform.entries import service as entries_service
from creative_platform.entries.models import Entry, EntryState
from creative_platform.entries.revisions import stands_as_handed_in
from creative_platform.judging import policy as judging_policy
from creative_platform.judging import queries as judging
from creative_platform.judging.blind import blind_title
from creative_platform.judging.models import Assignment, AssignmentState
from creative_platform.media import queries as media
from creative_platform.media.models import MediaAsset
from creative_platform.results import queries as results
from creative_platform.similarity import queries as similarity
from creative_platform.web.guards import signed_in, the_actor
from creative_platform.web.menu import MenuEntry, add_entry, signed_in_people

bp = Blueprint("desk", __name__)


@dataclass(frozen=True)
class NextStep:
    """What to do now: a sentence, and where its button leads."""

    sentence: str
    label: str = ""
    url: str = ""
    until: datetime | None = None


@bp.get("/my")
@signed_in
def my() -> str:
    """Show a participant their entries and what is missing in them."""
    actor, now = the_actor(), clock.now()
    mine = entries.entries_of(actor)
    files = media.assets_of_many(entries_service.OWNER_TYPE, [entry.id for entry in mine])
    missing = {
        entry.id: entries_policy.missing_parts(entry, entries_service.by_field(files.get(entry.id, [])))
        for entry in mine
    }
    return render_template(
        "desk/my.html",
        mine=mine,
        files=files,
        missing=missing,
        step=_participant_step(mine, missing, _changed_since(mine, files, now), now) or _first_step(actor, now),
        open=contests.open_contests(1, 6, now)[0],
        certificates=results.certificates_of(actor),
        now=now,
    )


def _changed_since(mine: list[Entry], files: dict[int, list[MediaAsset]], now: datetime) -> list[Entry]:
    """Return the entries that hold something which was not handed in and still can be."""
    open_now = [e for e in mine if e.state in EntryState.handed_in() and entries_policy.is_open(e, now)]
    handed_in = entries.current_revisions(entry.id for entry in open_now)
    return [e for e in open_now if not stands_as_handed_in(e, files.get(e.id, []), handed_in.get(e.id))]


def _participant_step(
    mine: list[Entry], missing: dict[int, list[entries_policy.Missing]], changed: list[Entry], now: datetime
) -> NextStep | None:
    asked = [e for e in mine if e.reopened_until and entries_policy.is_open(e, now) and entries_policy.asked_to_mend(e)]
    asked = [entry for entry in asked if entry.state in EntryState.handed_in()]
    if asked:
        first = min(asked, key=lambda entry: entries_policy.closes_at(entry) or now)
        said = _("The organizers ask you to mend something in the entry “%(title)s”.", title=first.draft.title)
        return NextStep(said, _("Go on"), f"/my/entries/{first.public_id}", entries_policy.closes_at(first))
    drafts = [e for e in mine if e.state is EntryState.DRAFT and entries_policy.is_open(e, now)]
    drafts.sort(key=lambda entry: entries_policy.closes_at(entry) or now)
    if drafts:
        first = drafts[0]
        title, gaps = first.draft.title or _("Untitled entry"), len(missing[first.id])
        if gaps:
            said = ngettext(
                "%(num)d thing is missing in “%(title)s”.",
                "%(num)d things are missing in “%(title)s”.",
                gaps,
                title=title,
            )
            return NextStep(said, _("Go on"), f"/my/entries/{first.public_id}", entries_policy.closes_at(first))
        said = _("“%(title)s” is complete: hand it in.", title=title)
        return NextStep(said, _("To the entry"), f"/my/entries/{first.public_id}", entries_policy.closes_at(first))
    if changed:
        first = min(changed, key=lambda entry: entries_policy.closes_at(entry) or now)
        said = _("You changed “%(title)s” after handing it in. Hand it in again.", title=first.draft.title)
        return NextStep(said, _("To the entry"), f"/my/entries/{first.public_id}", entries_policy.closes_at(first))
    if any(entry.state in EntryState.handed_in() for entry in mine):
        return NextStep(_("Your work is handed in. Nothing is left to do now."))
    return None


def _first_step(actor: Actor, now: datetime) -> NextStep:
    """Lead who has no entry to tend to the work they have: judging, organizing, or a first entry."""
    if judging.seats_of(actor):
        step = _juror_step(judging.assignments_of(actor), now)
        return NextStep(step.sentence, step.label or _("Jury"), step.url or "/jury")
    if contests.contests_of_staff(actor):
        return NextStep(_("Your contests stand on a page of their own."), _("Contests I run"), "/manage")
    return NextStep(_("Choose a contest and start your entry."), _("Open calls"), "/contests")


@bp.get("/jury")
@signed_in
def jury() -> str:
    """Show a juror the entries to judge, the next one first."""
    actor, now = the_actor(), clock.now()
    seats = judging.seats_of(actor)
    if not seats:
        raise NotFound()
    rows = judging.assignments_of(actor)
    files = entries.pictures_handed_in([row.entry_id for row in rows])
    return render_template(
        "desk/jury.html",
        seats=seats,
        rows=rows,
        step=_juror_step(rows, now),
        files=files,
        blind_title=blind_title,
    )


def _juror_step(rows: list[Assignment], now: datetime) -> NextStep:
    undone = [row for row in rows if row.state is AssignmentState.ASSIGNED and row.round.closed_at is None]
    waiting = [row for row in undone if judging_policy.judging_is_open(row.juror.contest, row.round, now)]
    stages = {row.id: contests.stage(row.juror.contest, StageKind.JUDGING) for row in undone}
    if waiting:
        done = any(row.juror_id == waiting[0].juror_id and row.state is AssignmentState.DONE for row in rows)
        said = ngettext("One entry waits for you.", "%(num)d entries wait for you.", len(waiting))
        stage = stages[waiting[0].id]
        label = _("Go on") if done else _("Begin")
        return NextStep(said, label, f"/jury/{waiting[0].public_id}", stage.ends_at if stage else None)
    if any(stage is not None and now < stage.starts_at for stage in stages.values()):
        said = _("Judging has not begun: you can look at the entries already.")
        return NextStep(said, _("Look"), f"/jury/{undone[0].public_id}")
    if undone:
        said = ngettext(
            "The time for judging is over; one entry is left.",
            "The time for judging is over; %(num)d entries are left.",
            len(undone),
        )
        return NextStep(said)
    return NextStep(_("All your entries are judged.") if rows else _("No entries were given to you yet."))


@bp.get("/manage")
@signed_in
def manage() -> str:
    """List the contests that a person organizes or audits."""
    actor = the_actor()
    mine = contests.contests_of_staff(actor)
    may_create = contests_policy.can_create_contest(actor, contests.organizes_any(actor))
    if not mine and not may_create:
        raise NotFound()
    now = clock.now()
    phases = {contest.id: contests.phase(contest, now) for contest in mine}
    counts = entries.counts_by_contest(mine)
    return render_template("desk/manage.html", mine=mine, phases=phases, counts=counts, may_create=may_create, now=now)


@bp.get("/manage/<slug>")
@signed_in
def contest(slug: str) -> str:
    """Show an organizer what blocks the next stage."""
    found, actor, now = overseen(slug), the_actor(), clock.now()
    counts = entries.counts_in(found)
    handed_in = sum(counts[state] for state in EntryState.handed_in())
    hidden = judging.entries_hidden_from(actor, found)
    progress = judging.progress(found, found.rounds[0], hidden) if found.rounds else None
    phase = contests.phase(found, now)
    admitted = entries.admitted_names(found)
    scored = not hidden and progress is not None and _is_scored(found, admitted, progress)
    return render_template(
        "desk/contest.html",
        contest=found,
        phase="judged" if phase == "judging" and _round_closed(found) else phase,
        counts=counts,
        handed_in=handed_in,
        admitted=len(admitted),
        coverage=similarity.coverage(actor, found, handed_in),
        progress=progress,
        step=_organizer_step(found, now, progress, scored),
        now=now,
    )


def _is_scored(found: Contest, admitted: list[entries.Admitted], progress: judging.Progress) -> bool:
    enough = all(progress.sheets_by_entry.get(entry.id, 0) >= found.reviews_per_entry for entry in admitted)
    return enough and progress.submitted == progress.assigned


def _organizer_step(found: Contest, now: datetime, progress: judging.Progress | None, scored: bool) -> NextStep:
    below = f"/manage/{found.slug}"
    if found.state is ContestState.DRAFT:
        return NextStep(_("The call is a draft. Complete it and publish the rules."), _("Set up"), f"{below}/setup")
    if found.announced_at is not None:
        return NextStep(_("The winners are announced."), _("The public page"), f"/contests/{found.slug}/winners")
    phase, round_ = contests.phase(found, now), found.rounds[0] if found.rounds else None
    if phase in ("before", "open"):
        stage = contests.stage(found, StageKind.ENTRIES)
        until = (stage.starts_at if phase == "before" else stage.ends_at) if stage else None
        said = _("The call is published and opens soon.") if phase == "before" else _("Entries are coming in.")
        return NextStep(said, _("Entries"), f"{below}/entries", until)
    unscreened = entries.waiting_for_screening(found)
    if unscreened:
        said = ngettext("One entry waits for screening.", "%(num)d entries wait for screening.", unscreened)
        return NextStep(said, _("Screen the entries"), f"{below}/entries?screening=undecided")
    if progress is None or progress.assigned == 0:
        return NextStep(_("Hand the admitted entries out to the jury."), _("Jury"), f"{below}/jury")
    if round_ is not None and round_.closed_at is None:
        if scored:
            said = _("Every sheet is in: close the round.")
        else:
            said = _("The jury is at work: %(done)d of %(all)d sheets.", done=progress.submitted, all=progress.assigned)
        return NextStep(said, _("Progress of the jury"), f"{below}/progress")
    return NextStep(_("The round is closed: compute the ranking and decide."), _("Results"), f"{below}/results")


@bp.get("/manage/<slug>/audit")
@signed_in
def log(slug: str) -> str:
    """Show the contest's tamper-evident log, newest first."""
    found = overseen(slug)
    before = request.args.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None
    number = _before_judging(found, number)
    links = audit.events_about(audit.contest_chain(found.public_id), limit=100, before=number)
    return render_template("desk/audit.html", contest=found, lines=log_lines.told(the_actor(), found, links))


TABLES = {"entries": exports.entry_rows, "scores": exports.score_rows, "results": exports.result_rows}


def _round_closed(found: Contest) -> bool:
    return bool(found.rounds) and found.rounds[0].closed_at is not None


@bp.get("/manage/<slug>/export")
@signed_in
def export(slug: str) -> str:
    """Show which tables can be taken away."""
    found = overseen(slug)
    hidden = judging.entries_hidden_from(the_actor(), found)
    return render_template("desk/export.html", contest=found, closed=_round_closed(found), hidden=hidden)


@bp.get("/manage/<slug>/export/<any(entries, scores, results):table>.csv")
@signed_in
def export_table(slug: str, table: str) -> Response:
    """Give a table as CSV; marks and results only once the round is closed."""
    found = overseen(slug)
    if table != "entries" and not _round_closed(found):
        raise NotFound()
    rows = TABLES[table](found, the_actor())
    answer = Response("".join(exports.as_csv(rows)), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.slug}-{table}.csv"'
    return answer


def _before_judging(found: Contest, number: int | None) -> int | None:
    """Who has a part in an entry reads of the judging after the publication: its links tell who was scored and won."""
    if not judging.entries_hidden_from(the_actor(), found):
        return number
    drawn = audit.first_number(audit.contest_chain(found.public_id), "assignments.drawn")
    return number if drawn is None else min(drawn, number or drawn)


def _judges(actor: Actor | None) -> bool:
    return actor is not None and bool(current_user.facts.get("judges"))


def _organizes(actor: Actor | None) -> bool:
    return actor is not None and (actor.is_admin or bool(current_user.facts.get("runs_contests")))


def install(app: Flask) -> None:
    """Register the pages and the menu of each role."""
    app.register_blueprint(bp)
    accounts.also_tell("judges", queries.judges)
    accounts.also_tell("runs_contests", queries.runs_contests)
    add_entry(app, MenuEntry("desk.my", N_("My entries"), signed_in_people, order=20))
    add_entry(app, MenuEntry("desk.jury", N_("Jury"), _judges, order=30))
    add_entry(app, MenuEntry("desk.manage", N_("Contests I run"), _organizes, order=40))
