"""What is told of entries with equal scores, in the reader's language: which step decided, with what figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from creative_platform.contests.models import Contest
from creative_platform.judging.situation import top_of
from creative_platform.results.models import ResultSet
from creative_platform.rules.wording import tie_step
from creative_platform.web.languages import current_locale, format_number

LOT_DIGITS = 8  # of a SHA-256, enough to see which is smaller


@dataclass(frozen=True)
class StepTold:
    """A step that was taken: in words, with the title and figure of each entry, and what came of it."""

    said: str
    figures: list[tuple[str, str]]
    outcome: str


@dataclass(frozen=True)
class TieTold:
    """Entries of one score: their places and titles, the steps, and in a sentence each who shares a place.

    ``for_awards`` says that they compete for a place that the rules promise an award, ``edge`` that more share the last
    such place than there is room for.
    """

    score: float
    entries: list[tuple[int, str]]
    steps: list[StepTold]
    shared: list[str]
    for_awards: bool
    edge: bool


def ties_told(contest: Contest, ties: Sequence[Mapping[str, Any]], titles: Mapping[str, str]) -> list[TieTold]:
    """Tell ties, as a ranking keeps them; ``titles`` are those of the entries that may be named, by public id."""
    criteria, top = (criterion_titles(contest), top_of(contest)) if ties else ({}, 0)

    def title(entry: str) -> str:
        return titles.get(entry) or _("an entry that was taken out")

    found = []
    for tie in ties:
        place_of = places_in(tie)
        groups = [(place_of[group[0]], [title(entry) for entry in group]) for group in tie["shared"]]
        steps = [
            StepTold(
                tie_step(taken["step"], criteria),
                list(zip(map(title, taken["entries"]), figures_said(taken), strict=False)),
                _outcome(taken),
            )
            for taken in tie["steps"]
        ]
        found.append(
            TieTold(
                score=tie["score"],
                entries=[(place_of[entry], title(entry)) for entry in tie["entries"]],
                steps=steps,
                shared=[_shared(tie, group, place) for place, group in groups],
                for_awards=tie["place"] <= top,
                edge=any(place <= top < place + len(group) - 1 for place, group in groups),
            )
        )
    return found


def ties_seen(contest: Contest, ranking: ResultSet | None) -> list[TieTold]:
    """Tell the equal scores of a ranking that the reader sees; nothing without one."""
    titles = {row.entry.public_id: row.entry.title for row in ranking.rows} if ranking else {}
    return ties_told(contest, ranking.ties, titles) if ranking else []


def places_in(tie: Mapping[str, Any]) -> dict[str, int]:
    """Return the place of each entry of a tie."""
    found = {entry: tie["place"] + n for n, entry in enumerate(tie["entries"])}
    for group in tie["shared"]:
        found |= dict.fromkeys(group, found[group[0]])
    return found


def told_briefly(contest: Contest, ties: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return for each entry of a tie, by public id, what decided on its place among those of its score."""
    criteria = criterion_titles(contest) if ties else {}
    found: dict[str, str] = {}
    for tie in ties:
        for taken in tie["steps"]:
            if taken["decided"]:
                found |= dict.fromkeys(taken["entries"], tie_step(taken["step"], criteria))
        for group in tie["shared"]:
            found |= dict.fromkeys(group, _("shares the place"))
    return found


def tie_lines(contest: Contest, ties: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return for each entry of a tie, by public id, a line of its steps, their figures and what came of them."""
    criteria = criterion_titles(contest) if ties else {}
    found: dict[str, str] = {}
    for tie in ties:
        together = {entry for group in tie["shared"] for entry in group}
        for entry in tie["entries"]:
            found[entry] = "; ".join(
                [*_line(tie, entry, criteria), *([_("shares the place")] if entry in together else [])]
            )
    return found


def _line(tie: Mapping[str, Any], entry: str, criteria: Mapping[str, str]) -> Iterator[str]:
    for taken in tie["steps"]:
        if entry in taken["entries"]:
            figure = dict(zip(taken["entries"], figures_said(taken), strict=False)).get(entry)
            told = f"{tie_step(taken['step'], criteria)}: {figure}" if figure else tie_step(taken["step"], criteria)
            yield f"{told} ({_outcome(taken)})"


def criterion_titles(contest: Contest) -> dict[str, str]:
    """Return the titles of the criteria by key."""
    return {one.key: one.title.in_(current_locale()) for one in contest.rounds[0].criteria} if contest.rounds else {}


def figures_said(taken: Mapping[str, Any]) -> list[str]:
    """Say the figures of a step with as many decimals as tell them apart; of a lot its first digits."""
    if taken["step"] == "lot":
        return [str(figure)[:LOT_DIGITS] for figure in taken["figures"]]
    percent = taken["step"] == "top-marks"
    known = [figure * (100 if percent else 1) for figure in taken["figures"] if figure is not None]
    decimals = next((n for n in (1, 2, 4) if len({round(f, n) for f in known}) == len(set(known))), 6)
    return [_said(figure, decimals, percent) for figure in taken["figures"]]


def _said(figure: float | None, decimals: int, percent: bool) -> str:
    if figure is None:
        return "—"
    return f"{format_number(figure * 100, decimals)} %" if percent else format_number(figure, max(decimals, 2))


def _outcome(taken: Mapping[str, Any]) -> str:
    if taken["decided"]:
        return _("decides")
    if not taken["figures"]:
        return _("it is for people to decide")
    return _("passed over: not every entry has a figure") if None in taken["figures"] else _("equal")


def _shared(tie: Mapping[str, Any], titles: Sequence[str], place: int) -> str:
    facts = {"titles": ", ".join(titles), "place": place}
    if not tie["steps"]:
        return _("%(titles)s share place %(place)d: the rules name no step for equal scores.", **facts)
    if tie["steps"][-1]["step"] == "chair":
        return _("%(titles)s share place %(place)d: the chair of the jury decides, with a reason.", **facts)
    return _("%(titles)s share place %(place)d: no step of the rules decides between them.", **facts)
