"""What the explanation of a ranking says, in the reader's language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from creative_platform.accounts.regions import region_name
from creative_platform.contests.models import Contest, FormField
from creative_platform.core.text import sort_key
from creative_platform.judging.models import Juror
from creative_platform.results.forms import METHOD_NAMES, QuotaGroup
from creative_platform.results.models import ResultRow, ResultSet
from creative_platform.results.queries import ANSWER
from creative_platform.web.languages import current_locale, format_number


def reasons_said(move: Mapping[str, Any] | None, titles: Mapping[str, str]) -> list[str]:
    """Say why a place is not the one by the plain mean; jurors by their names in the snapshot.

    ``titles`` are those of the entries that the reader may see: what is about another is left out.
    """
    reasons = [one for one in move["reasons"] if not one["entry"] or one["entry"] in titles] if move else []
    said = []
    for one in reasons:
        words = _reason_said(one)
        said.append(_("“%(title)s”: %(said)s", title=titles[one["entry"]], said=words) if one["entry"] else words)
    return said or ([_("Other entries moved.")] if move else [])


def _reason_said(reason: Mapping[str, Any]) -> str:
    jurors, points = reason["jurors"], reason["points"] or 0.0
    shown = format_number(points, 1 if points >= 0.1 else 2)
    given = {"num": len(jurors), "who": ", ".join(jurors), "points": shown}
    return {
        "strict": lambda: ngettext(
            "Juror %(who)s is %(points)s points stricter than the others.",
            "Jurors %(who)s are %(points)s points stricter than the others.",
            **given,
        ),
        "lenient": lambda: ngettext(
            "Juror %(who)s is %(points)s points milder than the others.",
            "Jurors %(who)s are %(points)s points milder than the others.",
            **given,
        ),
        "less": lambda: ngettext(
            "The marks of juror %(who)s count less: they hardly tell entries apart.",
            "The marks of jurors %(who)s count less: they hardly tell entries apart.",
            **given,
        ),
        "more": lambda: ngettext(
            "The marks of juror %(who)s count more: they tell entries apart consistently.",
            "The marks of jurors %(who)s count more: they tell entries apart consistently.",
            **given,
        ),
        "narrow": lambda: ngettext(
            "The marks of juror %(who)s lie close together: each difference among them counts as larger.",
            "The marks of jurors %(who)s lie close together: each difference among them counts as larger.",
            **given,
        ),
        "wide": lambda: ngettext(
            "The marks of juror %(who)s lie far apart: each difference among them counts as smaller.",
            "The marks of jurors %(who)s lie far apart: each difference among them counts as smaller.",
            **given,
        ),
        "few": lambda: _("Few sheets: the score stays closer to the middle."),
        "vague": lambda: _("Its sheets tell little: the score stays closer to the middle."),
        "known": lambda: _("Its sheets tell much: the score is drawn less to the middle."),
        "rare": lambda: _("Marks that are seldom given count as further apart."),
        "missing": lambda: _("Marks are missing: they are predicted from the others."),
        "unjudged": lambda: _("Entries without a sheet have other places."),
    }[reason["kind"]]()


def ends_of(rows: Sequence[ResultRow]) -> tuple[float, float]:
    """Return where the intervals of a ranking begin and end, for drawing them on one scale."""
    lows = [row.score_lo for row in rows if row.score_lo is not None]
    highs = [row.score_hi for row in rows if row.score_hi is not None]
    return min(lows, default=0.0), max(highs, default=1.0)


def variations_said(result_set: ResultSet, criteria: Mapping[str, str]) -> list[tuple[str, list[str], list[str]]]:
    """Return what would change the top: in words, with the titles of the entries that come in and that fall out."""
    titles = {row.entry.public_id: row.entry.title for row in result_set.rows}
    return [
        (
            _variation(one["kind"], one["name"], criteria),
            [titles[entry] for entry in one["enters"] if entry in titles],
            [titles[entry] for entry in one["leaves"] if entry in titles],
        )
        for one in result_set.explanation.get("variations", [])
    ]


def _variation(kind: str, name: str, criteria: Mapping[str, str]) -> str:
    if kind == "juror":
        return _("without juror %(name)s", name=name)
    if kind == "criterion":
        return _("without the criterion “%(name)s”", name=criteria.get(name, name))
    if kind == "weight":
        title = criteria.get(name[:-1], name[:-1])
        heavier, lighter = _("“%(name)s” weighs 10 %% more", name=title), _("“%(name)s” weighs 10 %% less", name=title)
        return heavier if name.endswith("+") else lighter
    return _("by the method “%(name)s”", name=METHOD_NAMES.get(name, name))


def severity_ends(cards: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """Return where the intervals of strictness begin and end, as far to the left of 0 as to the right."""
    known = [card for card in cards if card["severity"] is not None]
    most = max((max(-card["severity_lo"], card["severity_hi"]) for card in known), default=1.0)
    return -most, most


@dataclass(frozen=True)
class Card:
    """How a juror marks, with their name and the one that the published ranking gives them."""

    name: str
    known_as: str
    facts: Mapping[str, Any]


def cards_of(result_set: ResultSet, jurors: Iterable[Juror]) -> list[Card]:
    """Return the card of each juror whose sheets count, the strictest first."""
    names = {juror.public_id: juror.user.name for juror in jurors}
    cards = [
        Card(names.get(result_set.jurors.get(one["juror_id"], ""), one["juror_id"]), one["juror_id"], one)
        for one in result_set.explanation.get("cards", [])
    ]
    return sorted(cards, key=lambda card: (card.facts["severity"] is None, card.facts["severity"] or 0, card.name))


def questions_of(card: Mapping[str, Any]) -> list[str]:
    """Say what a card asks: its flags, a run that surely drifts, sheets that took less than their film and sound."""
    asked = [_question_of(flag) for flag in card["flags"] if flag != "own-region"]
    if "own-region" in card["flags"]:
        more = format_number(card["own_region_effect"], 1)
        asked.append(_("gives entries of the own region %(points)s points more than others do", points=more))
    drift, sooner, timed = card["drift"], len(card["pace"]["sooner"]), card["pace"]["with_media"]
    if drift and drift["sure"]:
        ends = sorted((abs(drift["lo"]), abs(drift["hi"])))
        facts = {"points": format_number(abs(drift["points"]), 1)}
        facts |= {"lo": format_number(ends[0], 1), "hi": format_number(ends[1], 1)}
        milder = _("grew milder from the first sheet to the last: by %(points)s points (%(lo)s–%(hi)s)", **facts)
        stricter = _("grew stricter from the first sheet to the last: by %(points)s points (%(lo)s–%(hi)s)", **facts)
        asked.append(milder if drift["points"] > 0 else stricter)
    if sooner:
        said = _("sheets handed in sooner than film and sound last: %(num)d of %(all)d", num=sooner, all=timed)
        asked.append(said)
    return asked


def _question_of(flag: str) -> str:
    return {
        "few-sheets": _("few sheets: little can be said"),
        "few-values": _("hardly more than one mark: is the scale understood?"),
        "hardly-discriminates": _("hardly tells entries apart: were they looked at?"),
        "noisy": _("marks often differ from those of others: is a criterion understood in another way?"),
    }[flag]


def quota_groups(contest: Contest, known: Mapping[str, Mapping[str, str]]) -> list[QuotaGroup]:
    """Return by what quotas can be set: each attribute in which entries differ."""
    found = []
    for attribute in ("track", "region", *(f"{ANSWER}{field.key}" for field in contest.fields)):
        counts = Counter(values[attribute] for values in known.values() if attribute in values)
        if counts and max(counts.values()) < len(known):
            named = [(value, _value_said(contest, attribute, value), number) for value, number in counts.items()]
            ordered = (
                sorted(named, key=lambda one: sort_key(one[1]))
                if attribute == "region"
                else sorted(named, key=lambda one: _position(contest, attribute, one[0]))
            )
            found.append(QuotaGroup(attribute, _attribute_said(contest, attribute), ordered))
    return found


def _question(contest: Contest, attribute: str) -> FormField | None:
    """Return the question that an attribute is the answer to; None when it was taken out of the form since."""
    return next((field for field in contest.fields if f"{ANSWER}{field.key}" == attribute), None)


def _position(contest: Contest, attribute: str, value: str) -> int:
    if attribute == "track":
        keys = [track.key for track in contest.tracks]
    else:
        question = _question(contest, attribute)
        keys = [option.get("key") for option in question.options] if question else []
    return keys.index(value) if value in keys else len(keys)


def _attribute_said(contest: Contest, attribute: str) -> str:
    if attribute in ("track", "region"):
        return _("Track") if attribute == "track" else _("Region")
    question = _question(contest, attribute)
    return question.label.in_(current_locale()) if question else attribute.removeprefix(ANSWER)


def _value_said(contest: Contest, attribute: str, value: str) -> str:
    if attribute == "region":
        return region_name(value, current_locale())
    if attribute == "track":
        return next(track.title.in_(current_locale()) for track in contest.tracks if track.key == value)
    question = _question(contest, attribute)
    return question.said(value, current_locale()) if question else value


def limit_said(contest: Contest, limit: Mapping[str, Any]) -> str:
    """Say one side of a quota."""
    facts = {
        "what": _attribute_said(contest, limit["attribute"]),
        "value": _value_said(contest, limit["attribute"], limit["value"]),
        "number": limit["number"],
    }
    if limit["kind"] == "least":
        return _("%(what)s “%(value)s”: at least %(number)d", **facts)
    return _("%(what)s “%(value)s”: at most %(number)d", **facts)


@dataclass(frozen=True)
class Placed:
    """An entry of one of the two lists; ``moved`` when it is in this one alone, ``why`` the quotas that do that."""

    row: ResultRow
    moved: bool
    why: list[str]


@dataclass(frozen=True)
class Choice:
    """What a choice under quotas found; ``impossible`` are limits that cannot hold together, with their entries."""

    failed: bool
    impossible: list[tuple[str, int]]
    chosen: list[Placed]
    free: list[Placed]
    limits: list[tuple[str, Mapping[str, Any]]]
    price: float
    computed_at: datetime | None


def choice_of(contest: Contest, result_set: ResultSet) -> Choice:
    """Return what the last choice under quotas found."""
    asked = result_set.quotas
    found, rows = asked["found"], {row.entry.public_id: row for row in result_set.rows}
    chosen, free = found.get("chosen", []), found.get("free", [])
    limits = [(limit_said(contest, limit), limit) for limit in found.get("limits", [])]

    def placed(entry: str, others: list[str], effect: str) -> Placed:
        return Placed(rows[entry], entry not in others, [said for said, limit in limits if entry in limit[effect]])

    return Choice(
        failed=bool(found.get("failed")),
        impossible=[(limit_said(contest, limit), limit["entries"]) for limit in found.get("impossible", [])],
        chosen=[placed(entry, free, "brings") for entry in chosen],
        free=[placed(entry, chosen, "drops") for entry in free],
        limits=limits,
        price=found.get("price", 0.0),
        computed_at=datetime.fromisoformat(asked["computed_at"]) if "computed_at" in asked else None,
    )
