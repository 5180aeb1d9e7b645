"""Find reused work and show its evidence: what matches where, what was done to it, how probable it is.

`sketch_text` turns a text into a `TextSketch` that the caller stores; `SimilarityIndex` holds the sketches of a
contest, finds candidates and compares them; `compare` compares two sketches. Every probability comes with the
`Evidence` behind it. Nothing here reads a clock, a network or a database.

======================  ==================================================================================
module                  holds
======================  ==================================================================================
`skeleton`, `letters`   one spelling for Kazakh, Russian and English in every script and disguise
`textsketch`            `TextSketch`, `sketch_text`, n-gram numbers by scikit-learn's hashing
`statistics`            how common a term is in a contest; boilerplate
`alignment`             passages two sequences share
`textcompare`           `compare_text`, `discounted_spans`
`filesketch`            identical files by SHA-256
`calibration`           measures → probability
`comparison`, `index`   `compare`, `SimilarityIndex`
======================  ==================================================================================
"""

from scoring.similarity.comparison import Sketch, compare
from scoring.similarity.errors import (
    DifferentKinds,
    DifferentVersions,
    DuplicateEntry,
    SimilarityError,
    UnknownEntry,
    UnreadableSketch,
)
from scoring.similarity.filesketch import FileSketch
from scoring.similarity.findings import Evidence, Finding
from scoring.similarity.index import Candidate, SimilarityIndex
from scoring.similarity.statistics import TermStatistics
from scoring.similarity.textcompare import compare_text, discounted_spans
from scoring.similarity.textsketch import TextSketch, sketch_text, text_vectorizer

__all__ = [
    "Candidate",
    "DifferentKinds",
    "DifferentVersions",
    "DuplicateEntry",
    "Evidence",
    "FileSketch",
    "Finding",
    "SimilarityError",
    "SimilarityIndex",
    "Sketch",
    "TermStatistics",
    "TextSketch",
    "UnknownEntry",
    "UnreadableSketch",
    "compare",
    "compare_text",
    "discounted_spans",
    "sketch_text",
    "text_vectorizer",
]
