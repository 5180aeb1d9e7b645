"""Compare two projects: which stretches of source they share, in which files, on which lines."""

from bisect import bisect_right
from itertools import accumulate

import numpy as np

from scoring.similarity.alignment import Passage
from scoring.similarity.calibration import calibrated
from scoring.similarity.codesketch import GRAM, SKETCH_VERSION, CodeSketch
from scoring.similarity.errors import DifferentVersions
from scoring.similarity.findings import Evidence, Finding
from scoring.similarity.sequences import identical, shared_passages, total_weight
from scoring.similarity.statistics import FLOOR, TermStatistics

IDIOM = 12.0
"""Weight below which a stretch may be what any two programs have in common, an idiom of a line or two …"""

SHARE = 0.25
"""… which is shown only when it weighs so much of the heaviest stretch; beside a copied function it misleads."""

_EDITED = 0.9  # share of a stretch's tokens in exact runs below which it counts as edited


def compare_code(a: CodeSketch, b: CodeSketch, statistics: TermStatistics | None = None) -> Finding:
    """Compare the source code of two projects.

    Parameters
    ----------
    a, b : CodeSketch
        Of the same version.
    statistics : TermStatistics, optional
        Counts of the contest's projects, with the starter project as boilerplate.

    Returns
    -------
    Finding
        Evidence of kind ``"lines"``: spans are the first and last line, counted from 1, in the files that `a_part` and
        `b_part` name. Names, numbers, strings, comments and layout do not count. Slight stretches beside a heavy one
        count in the measures and are not shown. Exchanging the arguments exchanges the sides and nothing else.

    Raises
    ------
    DifferentVersions

    Examples
    --------
    >>> from scoring.similarity.codesketch import sketch_code
    >>> one = "def f(rows):\\n    result = 0\\n    for row in rows:\\n        if row.ok:\\n            result += 1\\n"
    >>> two = "# mine\\ndef s(a):\\n    b = 1\\n    for c in a:\\n        if c.d:\\n            b += 2\\n"
    >>> finding = compare_code(sketch_code([("x.py", one)]), sketch_code([("y.py", two)]))
    >>> [(piece.a_part, piece.a_span, piece.b_part, piece.b_span) for piece in finding.evidence]
    [('x.py', (1, 5), 'y.py', (2, 6))]
    """
    for sketch in (a, b):
        if sketch.version != SKETCH_VERSION:
            raise DifferentVersions(sketch.version, SKETCH_VERSION)
    if (a.digest, a.tokens) > (b.digest, b.tokens):
        return _compare(b, a, statistics or TermStatistics(modality="code")).swapped()
    return _compare(a, b, statistics or TermStatistics(modality="code"))


def discounted_lines(sketch: CodeSketch, statistics: TermStatistics) -> dict[str, list[tuple[int, int]]]:
    """Give the lines of each file that count for nothing, because a starter project or the whole contest holds them.

    A page shows them greyed. Spans are first and last line, counted from 1, ascending; a line is in one when at least
    half of its tokens count for nothing. Stretches of fewer tokens than one n-gram are language, no starter.
    """
    weights = statistics.weights(sketch.ids())
    common = np.convolve(weights <= FLOOR, np.ones(GRAM)) > 0.5 if len(weights) else np.zeros(0, dtype=bool)
    found: dict[str, list[tuple[int, int]]] = {}
    start = 0
    for path, count in sketch.files:
        lines, inside = np.array(sketch.lines[start : start + count]), common[start : start + count]
        start += count
        if len(inside) == count and (spans := _line_spans(lines, inside)):
            found[path] = spans
    return found


def _line_spans(lines: np.ndarray, inside: np.ndarray) -> list[tuple[int, int]]:
    """Give the stretches of lines whose tokens lie inside, those of at least one n-gram."""
    numbers, places, tokens = np.unique(lines, return_inverse=True, return_counts=True)
    greyed = np.bincount(places, weights=inside, minlength=len(numbers)) >= tokens / 2
    edges = np.flatnonzero(np.diff(np.concatenate(([False], greyed, [False]))))
    stretches = edges.reshape(-1, 2).tolist()
    return [(int(numbers[a]), int(numbers[b - 1])) for a, b in stretches if tokens[a:b].sum() >= GRAM]


def _compare(a: CodeSketch, b: CodeSketch, statistics: TermStatistics) -> Finding:
    if a.digest == b.digest and a.tokens == b.tokens:
        return identical("code", total_weight(a, statistics), (), ())
    passages, measures = shared_passages(a, b, statistics)
    probability = calibrated("code", measures) if passages else 0.0
    if not probability:
        return Finding(0.0, "code", {"code": 0.0}, (), measures)
    least = min(IDIOM, SHARE * passages[0].weight)
    evidence = tuple(_evidence(passage, a, b) for passage in passages if passage.weight >= least)
    return Finding(probability, "code", {"code": probability}, evidence, measures)


def _evidence(passage: Passage, a: CodeSketch, b: CodeSketch) -> Evidence:
    a_part, a_span = _lines(a, passage.a_start, passage.a_end)
    b_part, b_span = _lines(b, passage.b_start, passage.b_end)
    edited = passage.matched < _EDITED * max(passage.a_end - passage.a_start, passage.b_end - passage.b_start)
    return Evidence("lines", a_span, b_span, round(passage.weight, 6), ("edited",) if edited else (), a_part, b_part)


def _lines(sketch: CodeSketch, start: int, end: int) -> tuple[str, tuple[int, int]]:
    """Give the file that holds most of the tokens from start to end, and the lines they stand on there."""
    bounds = [0, *accumulate(count for _, count in sketch.files)]
    first, last = bisect_right(bounds, start) - 1, bisect_right(bounds, end - 1) - 1
    file = max(range(first, last + 1), key=lambda one: min(end, bounds[one + 1]) - max(start, bounds[one]))
    low, high = max(start, bounds[file]), min(end, bounds[file + 1])
    return sketch.files[file][0], (sketch.lines[low], sketch.lines[high - 1])
