"""Tables that organizers take away: CSV that spreadsheets open without running anything, Excel, JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from flask_babel import gettext

from creative_platform.assigning import choices, coverage
from creative_platform.assigning.policy import can_read_outlook, can_top_up
from creative_platform.contests import policy as contests
from creative_platform.contests.models import Contest
from creative_platform.core.actor import Actor
from creative_platform.core.errors import NotFound
from creative_platform.deliberation import queries as deliberation
from creative_platform.deliberation.policy import tells_who_steps_out
from creative_platform.entries import queries as entries
from creative_platform.judging import queries as judging
from creative_platform.judging.models import RunKind
from creative_platform.results import queries as results
from creative_platform.results.service.computing import counting
from creative_platform.results.ties import criterion_titles, tie_lines
from creative_platform.screening import queries as screening
from creative_platform.web.languages import current_locale

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝")
# Where the comma writes decimals (Kazakh and Russian settings), spreadsheets begin a new cell at a semicolon.
_CELL_INSIDE = re.compile(r"(;[\s\"]*)(?=[=+\-@＝])")
Row = Sequence[object]
FIGURES = ("score_lo", "score_hi", "p_top", "band")  # of a ranking, beside places


def harmless(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula: text that would be one gets an apostrophe in front."""
    if not isinstance(value, str):
        return "" if value is None else value
    return ("'" if value.startswith(FORMULA_STARTS) else "") + _CELL_INSIDE.sub(r"\1'", value)


def as_csv(rows: Iterable[Row]) -> Iterator[str]:
    """Yield CSV lines of rows, with the mark by which spreadsheets know UTF-8."""
    yield "\ufeff"
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([harmless(value) for value in row])
        yield line.getvalue()


def as_json(rows: Iterable[Row]) -> str:
    """Return rows as JSON, an object each under the words of the first, numbers as numbers.

    A word that stands there twice, as when a juror or a question is called "title", gets an underscore.
    """
    heading, *rest = rows
    names: list[str] = []
    for word in map(str, heading):
        while word in names:
            word += "_"
        names.append(word)
    return json.dumps([dict(zip(names, row, strict=True)) for row in rest], ensure_ascii=False, indent=1)


def as_xlsx(rows: Iterable[Row]) -> bytes:
    """Return an Excel file of rows, the first as a heading that stays in sight; no cell is a formula or a link."""
    import xlsxwriter  # noqa: PLC0415 -- half a megabyte that pages need not pay for

    made = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(made, {**plain, "constant_memory": True, "nan_inf_to_errors": True}) as book:
        sheet, heading = book.add_worksheet(), book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, [_cell(value) for value in row], None if number else heading)
    return made.getvalue()


def _cell(value: object) -> object:
    """Return what Excel holds of a value: numbers as they are, anything else as a text and never as markup."""
    if value is None or isinstance(value, int | float):
        return value
    text = str(value)
    return f"{text} " if text.startswith("<r>") else text  # such a text the library would take for finished XML


def entry_rows(contest: Contest, actor: Actor) -> Iterator[Row]:
    """Yield the handed-in entries of a contest with their answers; a heading first. Drafts stay with their teams."""
    questions = [field.key for field in contest.fields]
    yield ["code", "title", "track", "state", "screening", "team", "members", "submitted_at", "language", *questions]
    page = 1
    while True:
        found, total = screening.entries_in(contest, screening.EntryFilter(), page=page, per_page=200, drafts=False)
        for entry in found:
            decision = entries.screening_of(entry)
            people = ", ".join(member.user.name for member in entry.team.members)
            submitted = entry.submitted_at.isoformat() if entry.submitted_at else ""
            yield [
                entry.code,
                entry.title,
                entry.track.key,
                entry.state.value,
                decision.outcome.value if decision else "",
                entry.team.name,
                people,
                submitted,
                entry.language,
                *(entry.answers.get(key, "") for key in questions),
            ]
        if page * 200 >= total:
            return
        page += 1


def score_rows(contest: Contest, actor: Actor) -> Iterator[Row]:
    """Yield every sheet that counts, as ``python -m scoring rank --scores`` reads them."""
    round_ = contest.rounds[0]
    keys = [criterion.key for criterion in round_.criteria]
    hidden = judging.entries_hidden_from(actor, contest)
    yield ["entry_id", "juror_id", "round", *keys]
    for assignment in counting(judging.assignments_in(round_)):
        if assignment.entry_id not in hidden and assignment.sheet is not None:
            marks = {score.criterion.key: score.value for score in assignment.sheet.scores}
            row = [assignment.entry.public_id, assignment.juror.public_id, round_.number]
            yield [*row, *(marks.get(key, "") for key in keys)]


def coverage_rows(contest: Contest, actor: Actor) -> Iterator[Row]:
    """Yield who judges what; entries in which the actor has a part are left out."""
    return coverage.coverage_rows(contest, contest.rounds[0], judging.entries_hidden_from(actor, contest))


def outlook_rows(contest: Contest, actor: Actor) -> Iterator[Row]:
    """Yield what each number of sheets an entry would tell. Raises NotFound for who must not read what marks taught."""
    round_, hidden = contest.rounds[0], judging.entries_hidden_from(actor, contest)
    run = judging.newest_run(round_, RunKind.LOOK)
    if not can_read_outlook(run, hidden, judging.seat_in(actor, contest), round_):
        raise NotFound()
    return coverage.outlook_rows(run)


def choice_rows(contest: Contest, actor: Actor) -> Iterator[Row]:
    """Yield where further sheets were given and why. Raises NotFound for who competes or judges."""
    hidden = judging.entries_hidden_from(actor, contest)
    if not can_top_up(hidden, judging.seat_in(actor, contest)):
        raise NotFound()
    return choices.choice_rows(contest.rounds[0])


def result_rows(contest: Contest, actor: Actor) -> Iterator[Row]:
    """Yield the newest ranking that the actor may see, with the awards that were decided."""
    seen = results.seen_by(actor, contest)
    awards: dict[int, list[str]] = {}
    for decision in seen.decisions:
        awards.setdefault(decision.entry_id, []).append(decision.award.title.in_(current_locale()))
    yield [
        "rank",
        "code",
        "title",
        "track",
        "score",
        "raw_mean",
        "reviews",
        "rank_lo",
        "rank_hi",
        "awards",
        *FIGURES,
        "tie",
        "rank_by_mean",
        "reasons",
    ]
    moved = seen.result_set.explanation.get("moved", {}) if seen.result_set else {}
    ties = tie_lines(contest, seen.result_set.ties) if seen.result_set else {}
    codes = {row.entry.public_id: row.entry.code for row in seen.result_set.rows} if seen.result_set else {}
    for row in seen.result_set.rows if seen.result_set else []:
        figures = [row.score, row.raw_mean, row.reviews, row.rank_lo, row.rank_hi]
        given = "; ".join(awards.get(row.entry_id, []))
        why = moved.get(row.entry.public_id, {"by_mean": None, "reasons": []})
        said = "; ".join(_reason(reason, codes) for reason in why["reasons"])
        more = [*(getattr(row, name) for name in FIGURES), ties.get(row.entry.public_id, ""), why["by_mean"], said]
        yield [row.rank, row.entry.code, row.entry.title, row.entry.track.key, *figures, given, *more]


def _reason(reason: Mapping[str, Any], codes: Mapping[str, str]) -> str:
    """Return ``strict j4 j9 1.2``: what moved an entry, by which jurors of the snapshot, by how many points.

    Before it stands the code of another entry when that is the one of which it is said.
    """
    points = [] if reason["points"] is None else [f"{reason['points']:g}"]
    said = " ".join([reason["kind"], *reason["jurors"], *points])
    return f"{codes[reason['entry']]}: {said}" if reason["entry"] else said


def sensitivity_rows(contest: Contest, actor: Actor) -> Iterator[Row]:
    """Yield what would change who is at the top: without a juror or a criterion, by other weights or another method."""
    result_set = results.seen_by(actor, contest).result_set
    yield ["kind", "name", "comes_in", "falls_out"]
    if result_set is None:
        return
    codes = {row.entry.public_id: row.entry.code for row in result_set.rows}
    for one in result_set.explanation.get("variations", []):
        yield [one["kind"], one["name"], *("; ".join(codes[entry] for entry in one[k]) for k in ("enters", "leaves"))]


CARD = ("sheets", "missing", "severity", "severity_lo", "severity_hi", "discrimination", "discrimination_lo")
CARD_MORE = ("discrimination_hi", "reliability", "own_region_effect", "own_region_sd", "values_used", "spread")
PACE = ("timed", "median_s", "with_media", "lasts_median_s", "pages_median")


def juror_rows(contest: Contest, actor: Actor) -> Iterator[Row]:
    """Yield the card of each juror whose sheets count; entries in which the actor has a part are left out.

    ``drift`` is what the last sheet is milder by than the first, in points; ``sooner`` are the sheets that took less
    than their film and sound, of the ``with_media`` that have a time and some.
    """
    result_set, _ = results.cards_for(actor, contest)
    yield ["juror", *CARD, *CARD_MORE, "flags", "drift", "drift_lo", "drift_hi", *PACE, "sooner"]
    if result_set is None:
        return
    names = {juror.public_id: juror.user.name for juror in judging.seats_ever(contest)}
    for card in result_set.explanation.get("cards", []):
        drift, pace = card["drift"] or {}, card["pace"]
        yield [
            names[result_set.jurors[card["juror_id"]]],
            *(card[name] for name in (*CARD, *CARD_MORE)),
            " ".join(card["flags"]),
            *(drift.get(name) for name in ("points", "lo", "hi")),
            *(pace[name] for name in PACE),
            len(pace["sooner"]),
        ]


def agreement_rows(contest: Contest, actor: Actor) -> Iterator[Row]:
    """Yield how far the jury agrees: Krippendorff's alpha with its 90 % interval a criterion, and of the weighted mean.

    Entries in which the actor has a part are left out; the weighted mean has no criterion, and an alpha that cannot be
    told no figures.
    """
    result_set, _ = results.cards_for(actor, contest)
    titles = criterion_titles(contest)
    yield ["criterion", "title", "alpha", "alpha_lo", "alpha_hi"]
    for key, found in result_set.explanation.get("agreement", {}).items() if result_set else ():
        yield [key, titles.get(key, "") if key else gettext("Weighted mean"), *(found or [None] * 3)]


def conflict_rows(contest: Contest, actor: Actor) -> Iterator[Row]:
    """Yield who must not judge which entry and why; entries in which the actor has a part are left out."""
    hidden = judging.entries_hidden_from(actor, contest)
    yield ["code", "title", "person", "source", "reason", "noted_at"]
    for noted in judging.conflicts_in(contest):
        if noted.entry_id not in hidden:
            facts = [noted.user.name, noted.source.value, noted.reason, noted.noted_at.isoformat()]
            yield [noted.entry.code, noted.entry.title, *facts]


def deliberation_rows(contest: Contest, actor: Actor) -> Iterator[Row]:
    """Yield the agenda of the jury's meeting in its order, with who steps out and what was said.

    Entries in which the actor has a part are left out; ``steps_out`` is empty where the chair may not read it yet.
    """
    staff = bool(contests.can_oversee(actor, contest))
    agenda = deliberation.agenda_for(actor, contest, staff=staff)
    named, first = tells_who_steps_out(contest, agenda.meeting, staff=staff), sum(map(len, agenda.first))
    heading = ["order", "may_win", "rank", "code", "title", "score", *FIGURES]
    yield [*heading, "steps_out", "discussed", "minutes", "written_by", "written_at"]
    for number, item in enumerate(agenda.items, start=1):
        row, written = item.row, item.minutes
        out = "; ".join(juror.user.name for juror in item.out) if named else ""
        figures = [row.score, *(getattr(row, name) for name in FIGURES), out, int(item.discussed)]
        said = [written.text, written.saved_by.name, written.saved_at.isoformat()] if written else ["", "", ""]
        code = row.entry.code if staff else ""
        yield [number, int(number <= first), row.rank, code, item.title, *figures, *said]


def quota_rows(contest: Contest, actor: Actor) -> Iterator[Row]:
    """Yield who wins with or without the quotas that were asked last on the ranking that the actor may see, and why."""
    result_set = results.seen_by(actor, contest).result_set
    found = result_set.quotas.get("found", {}) if result_set else {}
    chosen, free, limits = (found.get(name, []) for name in ("chosen", "free", "limits"))
    yield ["rank", "code", "title", "track", "score", "with_quotas", "without_quotas", "because_of"]
    for row in result_set.rows if result_set else []:
        public_id = row.entry.public_id
        if public_id in chosen or public_id in free:
            because = [
                f"{limit['attribute']} {limit['value']}: {limit['kind']} {limit['number']}"
                for limit in limits
                if public_id in limit["brings"] + limit["drops"]
            ]
            facts = [row.rank, row.entry.code, row.entry.title, row.entry.track.key, row.score]
            yield [*facts, int(public_id in chosen), int(public_id in free), "; ".join(because)]
