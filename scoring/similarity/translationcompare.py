"""Compare two texts of different languages: which passages of the one are those of the other, in order."""

from dataclasses import dataclass

import numpy as np

from scoring.similarity.calibration import calibrated
from scoring.similarity.errors import DifferentVersions
from scoring.similarity.findings import Evidence, Finding
from scoring.similarity.translationsketch import LANGUAGES, SKETCH_VERSION, TranslationSketch, unit

PAIRS = ("en-kk", "en-ru", "kk-ru")
"""Pairs of languages, each with a model of its own."""

NOTHING, CERTAIN = 0.3, 0.7
"""Cosines at which two passages share nothing and all."""

LONGEST = 200
"""Characters of a passage that count: more of them do not make its vector surer."""

UNEVEN = 0.5
"""As many times shorter than the other a passage may be and count in full; a translation is about as long."""

CHANCE = 0.35
"""Closeness that two passages have to be above for a run to go on: among many some lie near by chance."""

MAX_GAP = 2
"""Passages that may be left out, on either side, between two that are shown as one."""

LEAST_SHOWN = 20
"""Letters below which what is found is no evidence by itself."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """Passages that lie close, one of each text or two that follow one another: the first and the last of each text.

    ``weight`` is what they share and ``most`` what they could, in letters.
    """

    a: int
    a_last: int
    b: int
    b_last: int
    weight: float
    most: float


def compare_translation(a: TranslationSketch, b: TranslationSketch) -> Finding:
    """Compare two texts passage by passage, only such of different languages.

    Parameters
    ----------
    a, b : TranslationSketch
        Of the same version and model.

    Returns
    -------
    Finding
        Exchanging `a` and `b` exchanges the sides and nothing else; probability 0 without evidence. Its measures are,
        for each of `PAIRS`, ``… whole`` (share of the shorter text's letters that is found, by how close it is) and
        ``… run`` (letters of the heaviest stretch, less what chance gives).

    Raises
    ------
    DifferentVersions
        When a sketch was made by another version, or with another model.

    Notes
    -----
    The heaviest alignment in order, by dynamic programming; time and memory grow with the product of both lengths.
    """
    for sketch in (a, b):
        if (sketch.version, sketch.model) != (SKETCH_VERSION, a.model):
            raise DifferentVersions(f"{sketch.version}/{sketch.model}", f"{SKETCH_VERSION}/{a.model}")
    if (a.digest, a.starts) > (b.digest, b.starts):
        # Ties between equally good alignments must not depend on which side was named first.
        return _compare(b, a).swapped()
    return _compare(a, b)


def closeness(cosines: np.ndarray) -> np.ndarray:
    """Give how much of two passages is the same, 0 to 1, from the cosine of their vectors."""
    return np.clip((cosines - NOTHING) / (CERTAIN - NOTHING), 0.0, 1.0)


@dataclass(frozen=True)
class _Side:
    """The passages of a text: vectors of length 1, characters, languages (-1 where two are of different ones)."""

    vectors: np.ndarray
    sizes: np.ndarray
    tongues: np.ndarray

    def paired(self) -> "_Side":
        """Give each passage together with the next: what is one sentence in one language may be two in another."""
        weighed = self.vectors * np.minimum(self.sizes, LONGEST)[:, None]
        tongues = np.where(self.tongues[:-1] == self.tongues[1:], self.tongues[:-1], -1)
        return _Side(unit(weighed[:-1] + weighed[1:]), self.sizes[:-1] + self.sizes[1:], tongues)


def _side(sketch: TranslationSketch) -> _Side:
    tongues = np.array([int(digit) for digit in sketch.languages], dtype=np.int64)
    return _Side(unit(sketch.vectors), sketch.sizes, tongues)


def _weights(a: _Side, b: _Side) -> tuple[np.ndarray, np.ndarray]:
    """Give what each passage of the one shares with each of the other, and at most could, in letters."""
    close = closeness(a.vectors @ b.vectors.T)
    apart = (a.tongues[:, None] != b.tongues[None]) & (a.tongues[:, None] >= 0) & (b.tongues[None] >= 0)
    shorter, longer = np.minimum(a.sizes[:, None], b.sizes[None]), np.maximum(a.sizes[:, None], b.sizes[None])
    most = np.minimum(shorter, LONGEST)
    # Whole letters: machines that add the products of a cosine in another order find the same.
    return np.rint(close * apart * np.minimum(shorter / longer / UNEVEN, 1.0) * most), most


def aligned(a: TranslationSketch, b: TranslationSketch) -> list[Aligned]:
    """Give the passages of the heaviest alignment in order."""
    if not len(a.starts) or not len(b.starts):
        return []
    one, other = _side(a), _side(b)
    steps = {
        (1, 1): _weights(one, other),
        (2, 1): _weights(one.paired(), other),
        (1, 2): _weights(one, other.paired()),
    }
    best = _best(steps[1, 1][0], steps[2, 1][0], steps[1, 2][0])
    i, j = len(a.starts), len(b.starts)
    found = []
    while best[i, j]:
        if best[i, j] == best[i - 1, j]:
            i -= 1
        elif best[i, j] == best[i, j - 1]:
            j -= 1
        else:
            for (down, right), (weights, most) in steps.items():
                x, y = i - down, j - right
                if min(x, y) >= 0 and weights[x, y] and best[i, j] == best[x, y] + weights[x, y]:
                    found.append(Aligned(x, i - 1, y, j - 1, float(weights[x, y]), float(most[x, y])))
                    i, j = x, y
                    break
    return found[::-1]


def _best(single: np.ndarray, two_to_one: np.ndarray, one_to_two: np.ndarray) -> np.ndarray:
    """Give the weight of the heaviest alignment of the first passages, for every number of them on either side."""
    best = np.zeros((single.shape[0] + 1, single.shape[1] + 1))
    for i, row in enumerate(single):
        reached = np.maximum(best[i, 1:], best[i, :-1] + row)
        if i:
            reached = np.maximum(reached, best[i - 1, :-1] + two_to_one[i - 1])
        reached[1:] = np.maximum(reached[1:], best[i, :-2] + one_to_two[i])
        best[i + 1, 1:] = np.maximum.accumulate(reached)
    return best


def pair_of(first: str, second: str) -> str:
    """Name two languages, each once.

    Examples
    --------
    >>> pair_of("ru", "kk")
    'kk-ru'
    """
    return "-".join(sorted((first, second)))


def _compare(a: TranslationSketch, b: TranslationSketch) -> Finding:
    found: dict[str, list[Aligned]] = {pair: [] for pair in PAIRS}
    for one in aligned(a, b):
        found[pair_of(LANGUAGES[int(a.languages[one.a])], LANGUAGES[int(b.languages[one.b])])].append(one)
    measures = measured(a, b, found)
    probability = calibrated("translation", measures) if any(found.values()) else 0.0
    pieces = [piece for pair in PAIRS for piece in _evidence(a, b, found[pair])]
    pieces.sort(key=lambda piece: (-piece.weight, piece.a_span, piece.b_span))
    if not probability or not pieces:
        return Finding(0.0, "translation", {"translation": 0.0}, (), measures)
    return Finding(probability, "translation", {"translation": probability}, tuple(pieces), measures)


def measured(a: TranslationSketch, b: TranslationSketch, found: dict[str, list[Aligned]]) -> dict[str, float]:
    """Give the measures of an alignment by pair of languages."""
    shorter = max(1.0, min(float(np.minimum(one.sizes, LONGEST).sum()) for one in (a, b)))
    measures = {}
    for pair, pieces in found.items():
        weight = sum(piece.weight for piece in pieces)
        measures[f"{pair} whole"], measures[f"{pair} run"] = round(weight / shorter, 3), round(_heaviest_run(pieces), 3)
    return measures


def _heaviest_run(pieces: list[Aligned]) -> float:
    best = run = 0.0
    for piece in pieces:
        run = max(0.0, run + piece.weight - CHANCE * piece.most)
        best = max(best, run)
    return best


def _evidence(a: TranslationSketch, b: TranslationSketch, pieces: list[Aligned]) -> list[Evidence]:
    """Give the passages that stand together as one piece each."""
    runs: list[list[Aligned]] = []
    for one in pieces:
        last = runs[-1][-1] if runs else None
        if last and max(one.a - last.a_last, one.b - last.b_last) <= MAX_GAP + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return [_piece(a, b, run) for run in runs if sum(one.weight for one in run) >= LEAST_SHOWN]


def _piece(a: TranslationSketch, b: TranslationSketch, run: list[Aligned]) -> Evidence:
    first, last = run[0], run[-1]
    languages = LANGUAGES[int(a.languages[first.a])], LANGUAGES[int(b.languages[first.b])]
    return Evidence(
        "passage",
        (a.starts[first.a], a.ends[last.a_last]),
        (b.starts[first.b], b.ends[last.b_last]),
        sum(one.weight for one in run),
        (f"translated={'-'.join(languages)}",),
    )
