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


def said(count: float, most: int) -> str:
    """Say a number of reviews that may be out of reach."""
    return f"{count:.1f}" if np.isfinite(count) else f"more than {most}"


def interval(values: list[float], seed: int = 0, resamples: int = 2000) -> tuple[float, float, float]:
    """Return the mean and its 95 % bootstrap interval over contests."""
    data = np.asarray(values)
    means = data[np.random.default_rng(seed).integers(0, len(data), (resamples, len(data)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(data.mean()), float(low), float(high)
