"""Find reused work and show its evidence: what matches where, what was done to it, how probable it is.

`sketch_text` turns a text into a `TextSketch` that the caller stores; `SimilarityIndex` holds the sketches of a
contest, finds candidates and compares them; `compare` compares two sketches. Every probability comes with the
`Evidence` behind it. Nothing here reads a clock, a network or a database.

======================  ==================================================================================
module                  holds
======================  ==================================================================================
`skeleton`, `letters`   one spelling for Kazakh, Russian and English in every script and disguise
`textsketch`            `TextSketch`, `sketch_text`, n-gram numbers by scikit-learn's hashing
`packing`               sketches as bytes
`statistics`            how common a term is in a contest; boilerplate
`alignment`             passages two sequences share
`textcompare`           `compare_text`, `discounted_spans`
`sequences`             what texts and code have in common
`project`               source files of a folder or an archive
`codesketch`            `CodeSketch`, `sketch_code`: folded tokens by Pygments
`codecompare`           `compare_code`, `discounted_lines`
`pictures`              pixels of a picture file
`imagesketch`           `ImageSketch`, `sketch_image`: hash in eight attitudes, corners (ORB)
`imagecompare`          `compare_image`: corners that move together
`sound`, `moving`       samples and still pictures of a media file
`audiosketch`           `AudioSketch`, `sketch_audio`: peaks of the spectrogram
`audiocompare`          `compare_audio`: peaks that agree on tempo, pitch and offset
`videosketch`           `VideoSketch`, `sketch_video`: key pictures
`videocompare`          `compare_video`: key pictures that agree on an offset
`…channel`              finds the near ones of a modality
`translationmodel`      the optional model that tells translations, behind an interface
`translationsketch`     `TranslationSketch`, `sketch_translation`: passages with a vector each
`translationcompare`    `compare_translation`: passages of two languages aligned
`languages`             passages of a text and their languages
`kazakhlatin`           Kazakh in Latin letters, in Cyrillic
`clusters`              groups of entries
`documents`, `files`    what a document, a file or a folder holds
`filesketch`            identical files by SHA-256
`calibration`           measures → probability
`comparison`            `compare`
`searching`, `index`    search among entries; `SimilarityIndex` holds them in memory
`stored`                the same search on rows that an application stores
`postings`, `hashes`    inverted index and table of hashes behind it
`laid`                  numbers under many terms, looked up at once
======================  ==================================================================================
"""

from scoring.similarity.audiocompare import compare_audio
from scoring.similarity.audiosketch import AudioSketch, sketch_audio
from scoring.similarity.clusters import clusters
from scoring.similarity.codecompare import compare_code, discounted_lines
from scoring.similarity.codesketch import CodeSketch, sketch_code
from scoring.similarity.comparison import Sketch, compare
from scoring.similarity.errors import (
    DifferentKinds,
    DifferentVersions,
    DuplicateEntry,
    SimilarityError,
    UnknownEntry,
    UnreadableMedia,
    UnreadableSketch,
)
from scoring.similarity.filesketch import FileSketch
from scoring.similarity.findings import Evidence, Finding
from scoring.similarity.imagecompare import compare_image
from scoring.similarity.imagesketch import ImageSketch, sketch_image
from scoring.similarity.index import SimilarityIndex
from scoring.similarity.project import read_project
from scoring.similarity.searching import Candidate
from scoring.similarity.statistics import TermStatistics
from scoring.similarity.textcompare import compare_text, discounted_spans
from scoring.similarity.textsketch import TextSketch, sketch_text, text_vectorizer
from scoring.similarity.videocompare import compare_video
from scoring.similarity.videosketch import VideoSketch, sketch_video

__all__ = [
    "AudioSketch",
    "Candidate",
    "CodeSketch",
    "DifferentKinds",
    "DifferentVersions",
    "DuplicateEntry",
    "Evidence",
    "FileSketch",
    "Finding",
    "ImageSketch",
    "SimilarityError",
    "SimilarityIndex",
    "Sketch",
    "TermStatistics",
    "TextSketch",
    "UnknownEntry",
    "UnreadableMedia",
    "UnreadableSketch",
    "VideoSketch",
    "clusters",
    "compare",
    "compare_audio",
    "compare_code",
    "compare_image",
    "compare_text",
    "compare_video",
    "discounted_lines",
    "discounted_spans",
    "read_project",
    "sketch_audio",
    "sketch_code",
    "sketch_image",
    "sketch_text",
    "sketch_video",
    "text_vectorizer",
]
