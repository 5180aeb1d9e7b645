"""Compare two texts: which passages they share, where, how much that weighs, what was done to hide it."""

from bisect import bisect_right
from itertools import accumulate

import numpy as np

from scoring.similarity.alignment import MIN_PASSAGE, Passage, align, letter_weights
from scoring.similarity.calibration import text_probability
from scoring.similarity.errors import DifferentVersions
from scoring.similarity.findings import Evidence, Finding
from scoring.similarity.skeleton import CYRILLIC, HIDDEN, LATIN, MIXED
from scoring.similarity.statistics import FLOOR, TermStatistics
from scoring.similarity.textsketch import GRAM, SKETCH_VERSION, TextSketch, gram_ids

MEASURES = ("containment_a", "containment_b", "longest", "shared", "verbatim")

_SHORTEST_FORM = 12  # characters of a text that is shown as discounted
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
    weights = statistics.weights(gram_ids(sketch.skeleton))
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
    a_ids, b_ids = gram_ids(a.skeleton), gram_ids(b.skeleton)
    weights = statistics.weights(a_ids)
    a_total = float(letter_weights(weights).sum())
    if a.digest == b.digest and a.skeleton == b.skeleton:
        return _identical(a, b, min(a_total, float(_word_starts(a)[-1])))
    passages = align(a_ids, b_ids, weights)
    if not passages:
        return Finding(0.0, "text", {"text": 0.0}, (), dict.fromkeys(MEASURES, 0.0))
    b_total = float(letter_weights(statistics.weights(b_ids)).sum())
    shared = sum(passage.weight for passage in passages)
    measures = {
        "containment_a": round(min(1.0, shared / a_total), 6),
        "containment_b": round(min(1.0, shared / b_total), 6),
        "longest": round(passages[0].weight, 6),
        "shared": round(shared, 6),
        "verbatim": round(max(passage.verbatim for passage in passages), 6),
    }
    probability = round(text_probability(measures), 6)
    a_words, b_words = _word_starts(a), _word_starts(b)
    evidence = tuple(_evidence(passage, a, b, a_words, b_words) for passage in passages)
    if not probability:
        evidence = ()
    return Finding(probability, "text", {"text": probability}, evidence, measures)


def _identical(a: TextSketch, b: TextSketch, total: float) -> Finding:
    if total < MIN_PASSAGE:
        return Finding(0.0, "text", {"text": 0.0}, (), dict.fromkeys(MEASURES, 0.0))
    weight = round(total, 6)
    measures = {"containment_a": 1.0, "containment_b": 1.0, "longest": weight, "shared": weight, "verbatim": weight}
    evidence = Evidence("identical", (0, a.length), (0, b.length), weight)
    return Finding(1.0, "text", {"text": 1.0}, (evidence,), measures)


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
    if _script(a_marks) != _script(b_marks):
        found.append("script")
    if any(mark & MIXED for mark in a_marks) != any(mark & MIXED for mark in b_marks):
        found.append("lookalike")
    if any(mark & HIDDEN for mark in a_marks) != any(mark & HIDDEN for mark in b_marks):
        found.append("invisible")
    if passage.matched < _EDITED * max(passage.a_end - passage.a_start, passage.b_end - passage.b_start):
        found.append("edited")
    return tuple(found)


def _script(marks: tuple[int, ...]) -> int:
    """Give the script of most words; digits have none."""
    cyrillic = sum(bool(mark & CYRILLIC) for mark in marks)
    latin = sum(bool(mark & LATIN) for mark in marks)
    return 0 if cyrillic == latin else CYRILLIC if cyrillic > latin else LATIN
