"""The ranking of a contest: scores, ranks, and how sure they are."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from scoring.errors import InvalidOption
from scoring.judging.baselines import BASELINES, mean, spread_of_a_sheet
from scoring.judging.calibrated import calibrate, can_calibrate, posterior_draws
from scoring.judging.connection import entry_groups
from scoring.judging.pairwise import score_by_duels
from scoring.judging.panel import Floats, Ints, Panel, make_panel
from scoring.judging.records import Entry, Juror, Rubric, Scoresheet
from scoring.judging.ties import Tie, break_ties
from scoring.judging.uncertainty import bands, probability_better, summarise

#: Scores that agree in this many decimals are equal: another machine's last bits must not decide a place.
DECIMALS = 6
#: Joint draws for intervals and chances; fewer for very many entries, whose sorting would take longest.
DRAWS, DRAWS_MANY, MANY_ENTRIES = 1000, 400, 3000

#: Raised with every change that can change a result; a snapshot names it. Before 3, methods without a model took panels
#: without a shared entry for equally strict and equally good. Results of ``KNOWN_VERSIONS`` can be computed again.
METHOD_VERSION = 3
KNOWN_VERSIONS = (2, METHOD_VERSION)

CALIBRATED, DUELS = "calibrated", "bradley-terry"
METHODS = (CALIBRATED, *BASELINES, DUELS)
DEFAULT_METHOD = CALIBRATED


@dataclass(frozen=True, slots=True)
class RankedEntry:
    """One line of a ranking.

    Attributes
    ----------
    entry_id : str
        Public id.
    rank : int
        Place from 1; equal scores that no step separates share a place, and the next place is left out.
    score : float or None
        The method's score on the rubric's scale (points for ``sum``); None without a sheet and without a model.
    raw_mean : float or None
        Plain mean of the sheets, always given beside the score; None without a sheet.
    reviews : int
        Sheets that count.
    p_top : float
        Probability of being among the top, in [0, 1].
    rank_lo, rank_hi : int
        90 % interval of the rank.
    score_lo, score_hi : float
        90 % interval of the score.
    band : int
        Entries of one band, counted from 1 at the top, cannot be told apart.
    """

    entry_id: str
    rank: int
    score: float | None
    raw_mean: float | None
    reviews: int
    p_top: float
    rank_lo: int
    rank_hi: int
    score_lo: float
    score_hi: float
    band: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """The result of ``rank``.

    Attributes
    ----------
    method, top, seed : str, int, int
        As asked for.
    entries : tuple of RankedEntry
        Every entry once, best first; those that share a place are in the order of their ids.
    notes : tuple of str
        What a reader must know before trusting the order, one sentence each.
    steps, lots : tuple of str, str
        Tie-break steps and seed of the lots, as asked for.
    ties : tuple of Tie
        Entries of equal score, and which step decided between them.
    draws : ndarray of shape (D, N), float64
        Joint draws of the scores; columns in the order of the sorted ids.
    version : int
        Version of the methods, as asked for.
    """

    method: str
    top: int
    seed: int
    entries: tuple[RankedEntry, ...]
    notes: tuple[str, ...]
    steps: tuple[str, ...]
    lots: str
    ties: tuple[Tie, ...]
    draws: Floats = field(repr=False, compare=False)
    version: int = METHOD_VERSION

    def probability_better(self, first: str, second: str) -> float:
        """Return the probability that the first entry is better than the second.

        Raises
        ------
        KeyError
            One of the ids is not ranked.
        """
        column = {entry_id: n for n, entry_id in enumerate(sorted(entry.entry_id for entry in self.entries))}
        return probability_better(self.draws, column[first], column[second])


@dataclass(frozen=True, slots=True)
class Scored:
    """What every method hands to the ranking.

    Attributes
    ----------
    score : ndarray of shape (N,), float64
        NaN where the method knows nothing.
    draws : ndarray of shape (D, N), float64
        Joint draws of the scores.
    notes : tuple of str
        Warnings of the method.
    """

    score: Floats
    draws: Floats
    notes: tuple[str, ...]


def rank(
    scores: Iterable[Scoresheet],
    entries: Iterable[Entry],
    jurors: Iterable[Juror],
    rubric: Rubric,
    *,
    method: str = DEFAULT_METHOD,
    top: int = 10,
    seed: int = 0,
    steps: Sequence[str] = (),
    lots: str = "",
    version: int = METHOD_VERSION,
    progress: Callable[[int, int], None] | None = None,
) -> Ranking:
    """Rank the entries of a contest.

    The result does not depend on the order of the input, and the same input and seed give the same bytes.

    Parameters
    ----------
    scores, entries, jurors : iterables of records
        All sheets to count, all entries to rank, all jurors of the sheets.
    rubric : Rubric
        Criteria, weights and scale.
    method : str
        One of ``METHODS``.
    top : int
        Size of the top for ``p_top``, from 1.
    seed : int
        Seed of the draws, from 0.
    steps : sequence of str
        Tie-break steps, as ``break_ties`` takes them; without any, equal scores share a place.
    lots : str
        Seed of the lots, for the step ``lot``.
    version : int
        One of ``KNOWN_VERSIONS``: an earlier one gives what it gave then.
    progress : callable, optional
        Called with the number of steps done and of all, while the model is fitted and drawn from.

    Returns
    -------
    Ranking
        Every entry once. Entries without a sheet come last, or, with the model, in the middle with a wide interval.

    Raises
    ------
    InvalidOption
        Unknown method or version, ``top`` below 1 or ``seed`` below 0; steps that cannot be taken.
    DuplicateRecord, UnknownReference, InvalidMark
        As ``make_panel``.

    Notes
    -----
    O(S log S + D N log N), D = 1000 draws (400 from 3,000 entries on); ``calibrate``, ``posterior_draws`` and
    ``score_by_duels`` say what their methods add. Without sheets that differ there is nothing to calibrate, and the
    mean stands in.

    Examples
    --------
    >>> sheets = [Scoresheet("a", "j", {"idea": 9}), Scoresheet("b", "j", {"idea": 4})]
    >>> ranking = rank(sheets, [Entry("a"), Entry("b")], [Juror("j")], Rubric({"idea": 1}), method="mean")
    >>> [(line.entry_id, line.rank, line.score) for line in ranking.entries]
    [('a', 1, 9.0), ('b', 2, 4.0)]
    """
    if method not in METHODS:
        raise InvalidOption(f"unknown method {method!r}; known are {', '.join(METHODS)}")
    if not isinstance(version, int) or version not in KNOWN_VERSIONS:
        raise InvalidOption(f"unknown version {version!r}; known are {', '.join(map(str, KNOWN_VERSIONS))}")
    if top < 1:
        raise InvalidOption(f"the top has at least one entry, not {top}")
    if seed < 0:
        raise InvalidOption(f"the seed is a number from 0 up, not {seed}")
    panel = make_panel(scores, entries, jurors, rubric)
    if method == DUELS:
        scored = _by_duels(panel, seed)
    elif method == CALIBRATED and can_calibrate(panel):
        scored = _calibrated(panel, seed, progress)
    else:
        scored = _plainly_scored(panel, method, seed, version)
    known = rounded(scored.score, panel)
    ties = break_ties(known, panel, steps, lots)
    lines = _lines(panel, scored, top, places(known, ties))
    return Ranking(method, top, seed, lines, scored.notes, tuple(steps), lots, ties, scored.draws, version)


def rounded(score: Floats, panel: Panel) -> dict[str, float | None]:
    """Return the score of each entry as it is compared and shown; None where the method knows nothing."""
    values = np.round(score, DECIMALS).tolist()
    return {
        entry.entry_id: None if value != value else value for entry, value in zip(panel.entries, values, strict=True)
    }


def places(scores: Mapping[str, float | None], ties: Iterable[Tie]) -> dict[str, int]:
    """Return the place of each entry, from 1: by score, then as ties were broken; entries without a score are last."""
    ordered = sorted((-math.inf if score is None else score for score in scores.values()), reverse=True)
    first: dict[float, int] = {}
    for place, score in enumerate(ordered, start=1):
        first.setdefault(score, place)
    found = {entry: first[-math.inf if score is None else score] for entry, score in scores.items()}
    for tie in ties:
        found |= tie.places
    return found


def draw_count(entries: int) -> int:
    """Return the number of joint draws for so many entries."""
    return DRAWS if entries < MANY_ENTRIES else DRAWS_MANY


def _plainly_scored(panel: Panel, method: str, seed: int, version: int) -> Scored:
    """Score without a model; the draws take sheets as independent, with one spread for all, and panels as apart."""
    plain = BASELINES.get(method, mean)(panel)
    n = len(panel.entries)
    known = ~np.isnan(plain.score)
    centre = float(plain.score[known].mean()) if known.any() else sum(panel.scale) / 2
    around = float(plain.score[known].std()) if known.any() else panel.scale[1] - panel.scale[0]
    sheet = spread_of_a_sheet(panel, plain.adjusted)
    sd = np.where(known, sheet / np.sqrt(np.maximum(panel.reviews, 1)), around)
    random = np.random.default_rng(seed)
    normal = random.standard_normal((draw_count(n), n))
    draws = np.where(known, plain.score, centre)[None, :] + sd[None, :] * normal
    part = entry_groups(panel)
    if version > 2 and part.max(initial=0) > 0:
        shift = random.standard_normal((len(draws), int(part.max()) + 1)) * _spread_of_parts(plain.score, part)
        draws[:, known] += shift[:, part[known]]
    return Scored(plain.score, draws, _notes(panel))


def _spread_of_parts(score: Floats, part: Ints) -> Floats:
    """Return by how much the scores of each part of the jury may be off together: shape (parts,).

    Nothing tells strict jurors from weak entries there. How far a part's mean score is from that of all may be severity
    alone; and by chance its entries are better or worse by their spread over the root of their number, which a method
    that takes each juror's mean away cannot see.
    """
    score, part = score[part >= 0], part[part >= 0]
    size = np.bincount(part)
    means = np.bincount(part, weights=score) / size
    variance = float(np.sum((score - means[part]) ** 2)) / max(len(score) - len(size), 1)
    return np.asarray(np.sqrt(variance / size + (means - score.mean()) ** 2), dtype=np.float64)


def _by_duels(panel: Panel, seed: int) -> Scored:
    found = score_by_duels(panel, draw_count(len(panel.entries)), seed)
    return Scored(found.score, found.draws, _notes(panel))


def _calibrated(panel: Panel, seed: int, progress: Callable[[int, int], None] | None) -> Scored:
    # Fit and draws take about equally long: each is half of the way.
    calibration = calibrate(panel, progress=None if progress is None else lambda d, w: progress(d, 2 * w))
    count = draw_count(len(panel.entries))
    draws = posterior_draws(
        calibration, count, seed, progress=None if progress is None else lambda d, w: progress(w + d, 2 * w)
    )
    return Scored(calibration.quality, draws, _notes(panel))


def _notes(panel: Panel) -> tuple[str, ...]:
    notes = []
    missing = int((panel.reviews == 0).sum())
    if missing:
        notes.append(f"{missing} of {len(panel.entries)} entries have no sheet: nothing is known of them")
    groups = int(entry_groups(panel).max(initial=0)) + 1
    if groups > 1:
        notes.append(
            f"the jurors fall into {groups} groups without a shared entry, so nothing tells strict jurors from weak "
            "entries: how entries of different groups compare is less sure"
        )
    return tuple(notes)


def _lines(panel: Panel, scored: Scored, top: int, place_of: Mapping[str, int]) -> tuple[RankedEntry, ...]:
    if not panel.entries:
        return ()
    score = np.round(scored.score, DECIMALS)
    known = ~np.isnan(score)
    rank_of = np.array([place_of[entry.entry_id] for entry in panel.entries])
    order = np.argsort(rank_of, kind="stable")
    draws = _without_ties(scored.draws)
    certainty = summarise(draws, top)
    band = bands(draws, order)
    raw = np.round(mean(panel).score, DECIMALS)
    reviews = panel.reviews
    return tuple(
        RankedEntry(
            entry_id=panel.entries[i].entry_id,
            rank=int(rank_of[i]),
            score=float(score[i]) if known[i] else None,
            raw_mean=float(raw[i]) if reviews[i] else None,
            reviews=int(reviews[i]),
            p_top=round(float(certainty.p_top[i]), DECIMALS),
            rank_lo=int(certainty.rank_lo[i]),
            rank_hi=int(certainty.rank_hi[i]),
            score_lo=round(float(certainty.score_lo[i]), DECIMALS),
            score_hi=round(float(certainty.score_hi[i]), DECIMALS),
            band=int(band[i]),
        )
        for i in order
    )


def _without_ties(draws: Floats) -> Floats:
    """Separate equal draws by a lot, so that equal entries get equal chances instead of the order of their ids."""
    jitter = np.random.default_rng(0).random(draws.shape)
    return draws + 1e-9 * jitter
