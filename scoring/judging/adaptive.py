"""Which reviews to ask for next: where they most lower the error of the top, from jurors whose marks tell most."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, owens_t

from scoring.errors import InvalidOption
from scoring.judging.assignment.state import Level, State
from scoring.judging.calibrated import Calibration, calibrate, can_calibrate
from scoring.judging.panel import Bools, Floats, Panel, make_panel
from scoring.judging.records import Entry, Juror, Rubric, Scoresheet

Pair = tuple[str, str]

#: Nobody is asked for more than this many times the average number of sheets.
MOST_LOAD = 1.6
#: What the average load, and the own region, cost a juror, in units of the average juror's information.
LOAD_COST, OWN_REGION_COST = 0.3, 0.5


@dataclass(frozen=True, slots=True)
class NextReview:
    """One review to ask for.

    Attributes
    ----------
    entry_id, juror_id : str
        Public ids.
    gain : float
        By how much the review is expected to lower the error of the top (knowledge gradient): the squared error of the
        chance that the entry is in it. From 0 to 0.25; larger is better.
    reason : str
        Why this entry and this juror, for the log.
    reviews, place, load : int
        Reviews that the entry had or waited for, its place by what was known, and the entries that the juror had.
    expert, short : bool
        Whether the juror is an expert of the track, and whether the entry was below the minimum.
    """

    entry_id: str
    juror_id: str
    gain: float
    reason: str
    reviews: int
    place: int
    load: int
    expert: bool
    short: bool


@dataclass(slots=True)
class _Belief:
    """What is known of the entries while a batch is filled, in units of the sheets' spread."""

    mean: Floats
    variance: Floats
    information: Floats
    rough: float


def next_reviews(
    scores: Iterable[Scoresheet],
    entries: Iterable[Entry],
    jurors: Iterable[Juror],
    rubric: Rubric,
    *,
    per_batch: int,
    top: int = 10,
    min_reviews: int = 2,
    conflicts: Iterable[Pair] = (),
    pending: Iterable[Pair] = (),
) -> tuple[NextReview, ...]:
    """Choose the next reviews.

    First every entry gets ``min_reviews``, the minimum that the rules publish; then each review goes to the entry where
    it most lowers the expected error about who is in the top, and to a juror without a conflict who is reliable, expert
    and not overloaded. After each choice the entry counts as better known, so a batch spreads out.

    Parameters
    ----------
    scores, entries, jurors, rubric
        As ``rank``.
    per_batch : int
        Reviews to choose, from 1.
    top : int
        Size of the top, from 1.
    min_reviews : int
        Reviews that every entry gets first, from 0.
    conflicts, pending : iterables of (entry_id, juror_id)
        Pairs that must not be; pairs that are asked for already and count as reviews to come.

    Returns
    -------
    tuple of NextReview
        In the order of choice; fewer than asked for when nobody is free of conflict and below capacity.

    Raises
    ------
    InvalidOption
        A number is out of range.
    DuplicateRecord, UnknownReference, InvalidMark
        As ``make_panel``.

    Notes
    -----
    Deterministic. O(fit + per_batch * (N + J)). Choosing by observed scores alone leaves the model's inference valid
    (Gelman et al. 2013, Bayesian Data Analysis, section 8.2).

    References
    ----------
    Frazier, Powell and Dayanik (2009), The knowledge-gradient policy for correlated normal beliefs, INFORMS Journal on
    Computing 21(4), with the error of the top as the loss: the cut is midway between the last in and the first out.
    Brier (1950), Verification of forecasts expressed in terms of probability. Owen (1956), Tables for computing
    bivariate normal probabilities.
    """
    for name, value, least in (("per_batch", per_batch, 1), ("top", top, 1), ("min_reviews", min_reviews, 0)):
        if value < least:
            raise InvalidOption(f"{name} is a number from {least} up, not {value}")
    panel = make_panel(scores, entries, jurors, rubric)
    if not panel.entries or not panel.jurors:
        return ()
    per_batch = min(per_batch, len(panel.entries) * len(panel.jurors))
    state = _state(panel, conflicts, pending)
    belief = _belief(panel, state)
    load_limit = np.minimum(
        state.capacity, np.ceil(MOST_LOAD * (state.load.sum() + per_batch) / len(panel.jurors)).astype(np.int64)
    )
    chosen: list[NextReview] = []
    closed = np.zeros(len(panel.entries), dtype=bool)
    while len(chosen) < per_batch and not closed.all():
        gain = _gain(belief, top)
        short = (state.count < min_reviews) & ~closed
        key = np.where(short, 1e6 - 1e3 * state.count, 0.0) + gain
        entry = int(np.where(closed, -np.inf, key).argmax())
        juror = _pick(state, panel, belief, entry, load_limit)
        if juror < 0:
            closed[entry] = True
            continue
        chosen.append(_review(panel, state, belief, entry, juror, float(gain[entry]), bool(short[entry])))
        state.add(entry, juror)
        belief.variance[entry] = 1.0 / (1.0 / belief.variance[entry] + _information(state, belief, entry)[juror])
    return tuple(chosen)


def _state(panel: Panel, conflicts: Iterable[Pair], pending: Iterable[Pair]) -> State:
    entry_index = {entry.entry_id: i for i, entry in enumerate(panel.entries)}
    juror_index = {juror.juror_id: j for j, juror in enumerate(panel.jurors)}

    def known(pairs: Iterable[Pair]) -> list[tuple[int, int]]:
        return [(entry_index[e], juror_index[j]) for e, j in pairs if e in entry_index and j in juror_index]

    state = State(panel.entries, panel.jurors, known(conflicts))
    reviewed = set(zip(panel.entry.tolist(), panel.juror.tolist(), strict=True))
    for entry, juror in sorted(reviewed | set(known(pending))):
        state.add(entry, juror)
    return state


def _belief(panel: Panel, state: State) -> _Belief:
    """Take mean and variance from the fit, and let pending reviews count as done."""
    n, m = len(panel.entries), len(panel.jurors)
    if not can_calibrate(panel):
        return _Belief(np.zeros(n), np.full(n, 0.4), np.full(m, 1.0), 1.2)
    fit: Calibration = calibrate(panel)
    parameters, unit = fit.state, fit.design.unit
    # Qualities back in the units of the fit: to_scale is increasing, and the cut is a matter of order.
    belief = _Belief(
        mean=fit.latent,
        variance=(fit.quality_sd / unit) ** 2,
        information=(parameters.a**2 / (parameters.base * parameters.noise))[fit.design.voices],
        rough=parameters.rough,
    )
    done = np.zeros((n, m), dtype=bool)
    done[panel.entry, panel.juror] = True
    for entry, juror in np.argwhere(state.chosen & ~done).tolist():
        belief.variance[entry] = 1.0 / (1.0 / belief.variance[entry] + _information(state, belief, entry)[juror])
    return belief


def _information(state: State, belief: _Belief, entry: int) -> Floats:
    """Return the precision that each juror's review would add to an entry: shape (J,)."""
    return belief.information / np.where(state.expert[state.track[entry]], 1.0, belief.rough)


def _gain(belief: _Belief, top: int) -> Floats:
    """Return what one review by an average juror is expected to gain for each entry: shape (N,), in [0, 1/4].

    With p = ndtr(h) the chance to be above the cut, p (1 - p) is its expected squared error. After the review p is
    random; the expectation of its square is the probability that two normal variables of correlation rho, the share of
    the variance that the review takes away, are both below h: ndtr(h) - 2 T(h, sqrt((1 - rho) / (1 + rho))).
    """
    n = len(belief.mean)
    order = np.sort(belief.mean)[::-1]
    cut = 0.5 * (order[min(top, n) - 1] + order[min(top, n - 1)])
    noise = 1.0 / max(float(belief.information.mean()), 1e-9)
    h = (belief.mean - cut) / np.sqrt(belief.variance)
    rho = belief.variance / (belief.variance + noise)
    gain = ndtr(h) * ndtr(-h) - 2.0 * owens_t(h, np.sqrt((1.0 - rho) / (1.0 + rho)))
    return np.asarray(np.maximum(gain, 0.0), dtype=np.float64)


def _pick(state: State, panel: Panel, belief: _Belief, entry: int, load_limit: np.ndarray) -> int:
    """Return the juror for an entry, or -1: most informative for the load, other regions first."""
    information = _information(state, belief, entry)
    average = max(float(state.load.mean()), 1.0)
    region = panel.entries[entry].region
    own = np.array([region != "" and juror.region == region for juror in panel.jurors])
    worth = (
        information / max(float(information.mean()), 1e-9) - LOAD_COST * state.load / average - OWN_REGION_COST * own
    )
    for level in (Level.LANGUAGE, Level.COMMUNITY, Level.HARD):
        free: Bools = state.takers(entry, level) & (state.load < load_limit)
        if free.any():
            return int(np.where(free, worth, -np.inf).argmax())
    return -1


def _review(
    panel: Panel, state: State, belief: _Belief, entry: int, juror: int, gain: float, short: bool
) -> NextReview:
    place = int((belief.mean > belief.mean[entry]).sum()) + 1
    why = "below the minimum of reviews" if short else f"place {place}, near the cut or little known"
    reviews, load = int(state.count[entry]), int(state.load[juror])
    expert = bool(state.expert[state.track[entry], juror])
    return NextReview(
        panel.entries[entry].entry_id,
        panel.jurors[juror].juror_id,
        round(gain, 9),
        f"entry: {reviews} reviews, {why}; juror: {'expert, ' if expert else ''}{load} entries so far",
        reviews,
        place,
        load,
        expert,
        short,
    )
