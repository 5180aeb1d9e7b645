"""What a ranking is measured by, and how sure the measurement is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau

Floats = NDArray[np.float64]


def recovered(score: Floats, truth: Floats, top: int) -> float:
    """Return the share of the true top that the score's top holds."""
    return len(set(np.argsort(-score)[:top].tolist()) & set(np.argsort(-truth)[:top].tolist())) / top


def ndcg(score: Floats, truth: Floats, top: int = 10) -> float:
    """Return NDCG with the gain exp(quality in its own spread)."""
    gain = np.exp((truth - truth.mean()) / truth.std())
    discount = 1.0 / np.log2(np.arange(2, min(top, len(truth)) + 2))
    return float((gain[np.argsort(-score)[:top]] @ discount) / (np.sort(gain)[::-1][:top] @ discount))


def measure(score: Floats, truth: Floats) -> dict[str, float]:
    """Return p1, p3, p10, tau and ndcg of one contest; what has no score counts as last."""
    known = np.where(np.isnan(score), -1e9, score)
    return {
        "p1": recovered(known, truth, 1),
        "p3": recovered(known, truth, 3),
        "p10": recovered(known, truth, 10),
        "tau": float(kendalltau(known, truth).statistic),
        "ndcg": ndcg(known, truth),
    }


def needed(curve: dict[int, float], target: float) -> float:
    """Return how many reviews a method needs to reach a target, between those measured; infinite if it never does."""
    counts = sorted(curve)
    best = np.maximum.accumulate([curve[count] for count in counts])
    if best[-1] < target:
        return float("inf")
    at = int(np.argmax(best >= target))
    if at == 0:
        return float(counts[0])
    share = (target - best[at - 1]) / (best[at] - best[at - 1])
    return float(counts[at - 1] + share * (counts[at] - counts[at - 1]))


def fewer(ours: list[float], peer: dict[int, list[float]], count: int, resamples: int = 2000) -> str:
    """Say how many reviews a peer needs for what ours finds at ``count``, and what share ours saves.

    Contests are drawn anew with what each method found in them, for 95 % intervals. A peer that does not get there
    counts as needing the most that was measured, so that the share is then too small rather than too large.

    Parameters
    ----------
    ours : list of float, length C
        What ours found in each contest.
    peer : dict of int to list of float, length C
        What the peer found in the same contests, by number of reviews.
    count : int
        Reviews that ours had.
    """
    most = max(peer)
    lots = np.random.default_rng(0).integers(0, len(ours), (resamples, len(ours)))
    target = np.asarray(ours)[lots].mean(axis=1)
    curves = {reviews: np.asarray(values)[lots].mean(axis=1) for reviews, values in peer.items()}
    drawn = np.array([needed({r: float(v[k]) for r, v in curves.items()}, float(target[k])) for k in range(resamples)])
    low, high = np.quantile(1.0 - count / np.minimum(drawn, most), [0.025, 0.975])
    reviews = needed({r: float(np.mean(v)) for r, v in peer.items()}, float(np.mean(ours)))
    least = "" if np.isfinite(reviews) else "at least "
    share = 1.0 - count / min(reviews, most)
    return (
        f"needs {said(reviews, most)} for what ours finds at {count}: {least}{share:.0%} [{low:.0%},{high:.0%}] fewer"
    )


def said(count: float, most: int) -> str:
    """Say a number of reviews that may be out of reach."""
    return f"{count:.1f}" if np.isfinite(count) else f"more than {most}"


def interval(values: list[float], seed: int = 0, resamples: int = 2000) -> tuple[float, float, float]:
    """Return the mean and its 95 % bootstrap interval over contests."""
    data = np.asarray(values)
    means = data[np.random.default_rng(seed).integers(0, len(data), (resamples, len(data)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(data.mean()), float(low), float(high)
