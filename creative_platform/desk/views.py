"""The first page of each role: what do I do now? One sentence, one button."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, render_template, request, stream_with_context
from flask_login import current_user

from creative_platform.accounts import queries as accounts
from creative_platform.contests import policy as contests_policy
from creative_platform.contests import queries as contests
from creative_platform.contests.models import Contest
from creative_platform.contests.overseeing import overseen
from creative_platform.core import audit, clock
from creative_platform.core.actor import Actor
from creative_platform.core.errors import NotFound
from creative_platform.core.text import N_, masked
from creative_platform.desk import account_log as account_lines
from creative_platform.desk import exports, queries
from creative_platform.desk import log as log_lines
from creative_platform.desk.steps import organizer
from creative_platform.desk.steps.arriving import first_step
from creative_platform.desk.steps.juror import juror_step, until_changed
from creative_platform.desk.steps.participant import changed_since, participant_step, winner_step
from creative_platform.entries import policy as entries_policy
from creative_platform.entries import queries as entries
from creative_platform.entries import service as entries_service
from creative_platform.entries.models import EntryState
from creative_platform.judging import queries as judging
from creative_platform.media import queries as media
from creative_platform.results import queries as results
from creative_platform.screening import queries as screening
from creative_platform.similarity import queries as similarity
from creative_platform.verdicts.report import match_rows as similarity_rows
from creative_platform.web.guards import admin_only, signed_in, the_actor
from creative_platform.web.menu import MenuEntry, add_entry, admins, signed_in_people
from creative_platform.web.paging import PER_PAGE, Page, asked_page

bp = Blueprint("desk", __name__)


@bp.get("/my")
@signed_in
def my() -> str:
    """Show a participant their entries and what is missing in them."""
    actor, now = the_actor(), clock.now()
    mine, certificates = entries.entries_of(actor), results.certificates_of(actor)
    files = media.assets_of_many(entries_service.OWNER_TYPE, [entry.id for entry in mine])
    missing = {
        entry.id: entries_policy.missing_parts(entry, entries_service.by_field(files.get(entry.id, [])))
        for entry in mine
    }
    changed, won = changed_since(mine, files, now), winner_step(certificates)
    return render_template(
        "desk/my.html",
        mine=mine,
        files=files,
        missing=missing,
        step=participant_step(mine, missing, changed, now, won) or first_step(actor, now),
        open=contests.open_contests(1, 6, now)[0],
        certificates=certificates,
        now=now,
    )


@bp.get("/jury")
@signed_in
def jury() -> str:
    """Show a juror the entries to judge, the next one first."""
    actor, now = the_actor(), clock.now()
    desks = judging.desks_of(actor)
    if not desks:
        raise NotFound()
    number = asked_page()
    rows = judging.sheets_of(actor, page=number, per_page=PER_PAGE)
    blind = {desk.seat.id for desk in desks if desk.seat.contest.blind}
    names = entries.names_behind(row.entry_id for row in rows if row.juror_id in blind)
    return render_template(
        "desk/jury.html",
        desks=desks,
        page=Page(rows, number, PER_PAGE, sum(desk.total for desk in desks)),
        titles={row.public_id: masked(row.title, names.get(row.entry_id, ())) for row in rows},
        step=juror_step(desks, now),
        until=until_changed(desks, now),
        files=entries.pictures_handed_in([row.entry_id for row in rows]),
    )


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
    admitted = screening.admitted_names(found)
    judged = organizer.judged(found, progress, admitted, hidden=bool(hidden))
    return render_template(
        "desk/contest.html",
        contest=found,
        phase="judged" if phase == "judging" and _round_closed(found) else phase,
        counts=counts,
        handed_in=handed_in,
        admitted=len(admitted),
        coverage=similarity.coverage(actor, found, handed_in),
        progress=progress,
        step=organizer.organizer_step(found, now, judged, results.seen_by(actor, found)),
        now=now,
    )


@bp.get("/manage/<slug>/audit")
@signed_in
def log(slug: str) -> str:
    """Show the contest's tamper-evident log, newest first."""
    found = overseen(slug)
    number = _before_judging(found, _before())
    links = audit.events_about(audit.contest_chain(found.public_id), limit=100, before=number)
    return render_template("desk/audit.html", contest=found, lines=log_lines.told(the_actor(), found, links))


@bp.get("/admin/log")
@admin_only
def account_log() -> str:
    """Show the log of accounts and communities to an admin, newest first."""
    links = audit.events_about(audit.ACCOUNTS, limit=100, before=_before())
    return render_template("desk/account_log.html", lines=account_lines.told(links))


@bp.get("/admin/log.csv")
@admin_only
def account_log_table() -> Response:
    """Give the whole log of accounts and communities as CSV, newest first."""
    answer = Response(stream_with_context(exports.as_csv(account_lines.rows())), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="accounts-log.csv"'
    return answer


def _before() -> int | None:
    before = request.args.get("before", "")
    return int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TABLES = {
    "entries": exports.entry_rows,
    "coverage": exports.coverage_rows,
    "choices": exports.choice_rows,
    "outlook": exports.outlook_rows,
    "scores": exports.score_rows,
    "results": exports.result_rows,
    "sensitivity": exports.sensitivity_rows,
    "jurors": exports.juror_rows,
    "agreement": exports.agreement_rows,
    "conflicts": exports.conflict_rows,
    "deliberation": exports.deliberation_rows,
    "quotas": exports.quota_rows,
    "similarity": similarity_rows,
}
OF_THE_CHAIR = {"jurors", "agreement", "deliberation"}  # who reads these as well
AFTER_THE_ROUND, OF_THE_ROUND = (
    {"scores", "results", "sensitivity", "quotas", *OF_THE_CHAIR},
    {"coverage", "choices", "outlook"},
)


def _round_closed(found: Contest) -> bool:
    return bool(found.rounds) and found.rounds[0].closed_at is not None


@bp.get("/manage/<slug>/export")
@signed_in
def export(slug: str) -> str:
    """Show which tables can be taken away."""
    found = overseen(slug)
    hidden = judging.entries_hidden_from(the_actor(), found)
    return render_template("desk/export.html", contest=found, closed=_round_closed(found), hidden=hidden)


@bp.get(
    "/manage/<slug>/export/<any(entries, coverage, choices, outlook, scores, results, sensitivity, "
    "jurors, agreement, conflicts, deliberation, quotas, similarity):table>.<any(csv, xlsx, json):form>"
)
@signed_in
def export_table(slug: str, table: str, form: str) -> Response:
    """Give a table as CSV, JSON or for Excel; marks and results only once the round is closed."""
    found = (_chaired(slug) if table in OF_THE_CHAIR else None) or overseen(slug)
    if (table in AFTER_THE_ROUND and not _round_closed(found)) or (table in OF_THE_ROUND and not found.rounds):
        raise NotFound()
    rows = TABLES[table](found, the_actor())
    if form == "xlsx":
        answer = Response(exports.as_xlsx(rows), content_type=XLSX)
    elif form == "json":
        answer = Response(exports.as_json(rows), content_type="application/json")
    else:
        answer = Response("".join(exports.as_csv(rows)), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.slug}-{table}.{form}"'
    return answer


def _chaired(slug: str) -> Contest | None:
    """Return a contest whose panel the actor chairs: the chair reads how jurors mark."""
    contest = contests.whole_contest(slug)
    seat = judging.seat_in(the_actor(), contest) if contest else None
    return contest if seat and seat.is_chair else None


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
    add_entry(app, MenuEntry("desk.account_log", N_("Log"), admins, order=40, section="administration"))
    add_entry(app, MenuEntry("desk.my", N_("My entries"), signed_in_people, order=20))
    add_entry(app, MenuEntry("desk.jury", N_("Jury"), _judges, order=30))
    add_entry(app, MenuEntry("desk.manage", N_("Contests I run"), _organizes, order=40))
