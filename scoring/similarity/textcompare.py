"""Compare two texts: which passages they share, where, how much that weighs, what was done to hide it."""

from bisect import bisect_right
from itertools import accumulate

import numpy as np

from scoring.similarity.alignment import Passage
from scoring.similarity.calibration import calibrated
from scoring.similarity.errors import DifferentVersions
from scoring.similarity.findings import Evidence, Finding
from scoring.similarity.sequences import identical, shared_passages, total_weight
from scoring.similarity.skeleton import CYRILLIC, HIDDEN, LATIN, MIXED
from scoring.similarity.statistics import FLOOR, TermStatistics
from scoring.similarity.textsketch import GRAM, SKETCH_VERSION, TextSketch

_SHORTEST_FORM = 12  # characters of a text that is shown as discounted
_OTHER_SCRIPT = 0.2  # difference in the share of Latin words from which a passage counts as written in another script
_EDITED = 0.9  # share of a passage's letters in exact runs below which it counts as edited


def compare_text(a: TextSketch, b: TextSketch, statistics: TermStatistics | None = None) -> Finding:
    """Compare two texts.

    Parameters
    ----------
    a, b : TextSketch
        Of the same version.
    statistics : TermStatistics, optional
        Counts of the contest; without it terms are weighed by ordinary language alone, and the form's own text
        counts like any other.

    Returns
    -------
    Finding
        Exchanging `a` and `b` exchanges the sides of the finding and nothing else. Probability 1 for equal
        originals that hold enough text to say anything, 0 without evidence (also when either text is empty).

    Raises
    ------
    DifferentVersions
        When a sketch was made by another version of the normaliser.

    Examples
    --------
    >>> from scoring.similarity.textsketch import sketch_text
    >>> a = "Біз ауылдағы ескі кітапхананы жаңғыртып, балаларға арналған үйірме ашамыз."
    >>> b = "Our plan. Biz auyldaǵy eski kitaphanany jańǵyrtyp, balalarǵa arnalǵan úıirme ashamyz!"
    >>> finding = compare_text(sketch_text(a), sketch_text(b))
    >>> finding.probability > 0.9
    True
    >>> passage = finding.evidence[0]
    >>> b[slice(*passage.b_span)]
    'Biz auyldaǵy eski kitaphanany jańǵyrtyp, balalarǵa arnalǵan úıirme ashamyz'
    >>> passage.transformation
    ('script',)
    """
    for sketch in (a, b):
        if sketch.version != SKETCH_VERSION:
            raise DifferentVersions(sketch.version, SKETCH_VERSION)
    if (a.digest, a.skeleton) > (b.digest, b.skeleton):
        # Ties between equally good passages must not depend on which side was named first.
        return _compare(b, a, statistics or TermStatistics()).swapped()
    return _compare(a, b, statistics or TermStatistics())


def discounted_spans(sketch: TextSketch, statistics: TermStatistics) -> list[tuple[int, int]]:
    """Give the spans of the original that count for nothing, because the form or the whole contest holds them.

    A page shows them greyed. Spans are character offsets, end excluded, ascending, of whole words.
    """
    weights = statistics.weights(sketch.ids())
    common = np.convolve(weights <= FLOOR, np.ones(GRAM)) > 0.5 if len(weights) else np.zeros(0, dtype=bool)
    spans: list[tuple[int, int]] = []
    size = place = 0
    for word, start, end in zip(sketch.skeleton.split(), sketch.starts, sketch.ends, strict=True):
        inside = common[place : place + len(word)]
        place += len(word)
        if not len(inside) or inside.mean() < 0.5:
            size = 0
        elif size:
            size += len(word)
            spans[-1] = (spans[-1][0], end)
        else:
            size = len(word)
            spans.append((start, end))
    # A frequent word by itself is language, not a form.
    return [span for span in spans if span[1] - span[0] >= _SHORTEST_FORM]


def _compare(a: TextSketch, b: TextSketch, statistics: TermStatistics) -> Finding:
    if a.digest == b.digest and a.skeleton == b.skeleton:
        return identical("text", total_weight(a, statistics), (0, a.length), (0, b.length))
    passages, measures = shared_passages(a, b, statistics)
    probability = calibrated("text", measures) if passages else 0.0
    if not probability:
        return Finding(0.0, "text", {"text": 0.0}, (), measures)
    a_words, b_words = _word_starts(a), _word_starts(b)
    evidence = tuple(_evidence(passage, a, b, a_words, b_words) for passage in passages)
    return Finding(probability, "text", {"text": probability}, evidence, measures)


def _word_starts(sketch: TextSketch) -> list[int]:
    """Give for each word the number of letters before it, and at the end the number of all letters."""
    return [0, *accumulate(len(word) for word in sketch.skeleton.split(" "))]


def _evidence(passage: Passage, a: TextSketch, b: TextSketch, a_words: list[int], b_words: list[int]) -> Evidence:
    a_first, a_last = _covered(a_words, passage.a_start, passage.a_end)
    b_first, b_last = _covered(b_words, passage.b_start, passage.b_end)
    return Evidence(
        "passage",
        (a.starts[a_first], a.ends[a_last]),
        (b.starts[b_first], b.ends[b_last]),
        round(passage.weight, 6),
        _transformation(passage, a, (a_first, a_last), b, (b_first, b_last)),
    )


def _covered(words: list[int], start: int, end: int) -> tuple[int, int]:
    """Give the first and last word of which at least half lies in the letters from start to end."""
    first = bisect_right(words, start) - 1
    last = bisect_right(words, end - 1) - 1
    if first < last and words[first + 1] - start < start - words[first]:
        first += 1
    if first < last and end - words[last] < words[last + 1] - end:
        last -= 1
    return first, last


def _transformation(
    passage: Passage, a: TextSketch, a_range: tuple[int, int], b: TextSketch, b_range: tuple[int, int]
) -> tuple[str, ...]:
    a_marks = a.marks[a_range[0] : a_range[1] + 1]
    b_marks = b.marks[b_range[0] : b_range[1] + 1]
    found = []
    if abs(_latin(a_marks) - _latin(b_marks)) >= _OTHER_SCRIPT:
        found.append("script")
    if any(mark & MIXED for mark in a_marks) != any(mark & MIXED for mark in b_marks):
        found.append("lookalike")
    if any(mark & HIDDEN for mark in a_marks) != any(mark & HIDDEN for mark in b_marks):
        found.append("invisible")
    if passage.matched < _EDITED * max(passage.a_end - passage.a_start, passage.b_end - passage.b_start):
        found.append("edited")
    return tuple(found)


def _latin(marks: tuple[int, ...]) -> float:
    """Give the share of Latin words among those of either script; digits have none."""
    latin = sum(bool(mark & LATIN) for mark in marks)
    return latin / max(1, latin + sum(bool(mark & CYRILLIC) for mark in marks))
