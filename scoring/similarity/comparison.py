"""Compare two sketches of any one modality."""

from math import inf

from scoring.similarity.audiocompare import compare_audio
from scoring.similarity.audiosketch import AudioSketch
from scoring.similarity.calibration import reaches
from scoring.similarity.codecompare import compare_code
from scoring.similarity.codesketch import CodeSketch
from scoring.similarity.errors import DifferentKinds
from scoring.similarity.filesketch import FileSketch, compare_file
from scoring.similarity.findings import Finding
from scoring.similarity.imagecompare import compare_image
from scoring.similarity.imagesketch import ImageSketch
from scoring.similarity.sequences import SHARES, ceiling
from scoring.similarity.statistics import TermStatistics
from scoring.similarity.textcompare import compare_text
from scoring.similarity.textsketch import TextSketch
from scoring.similarity.translationcompare import compare_translation
from scoring.similarity.translationsketch import TranslationSketch
from scoring.similarity.videocompare import compare_video
from scoring.similarity.videosketch import VideoSketch

Sketch = TextSketch | CodeSketch | ImageSketch | AudioSketch | VideoSketch | FileSketch | TranslationSketch


def compare(a: Sketch, b: Sketch, *, statistics: TermStatistics | None = None) -> Finding:
    """Compare two sketches of the same modality.

    Parameters
    ----------
    a, b : Sketch
    statistics : TermStatistics, optional
        Counts of the contest, used for texts and code.

    Raises
    ------
    DifferentKinds
        When the two are of different modalities.
    DifferentVersions
        When a sketch was made by another version of this code.

    Examples
    --------
    >>> from scoring.similarity import sketch_text
    >>> compare(sketch_text(""), sketch_text("")).probability
    0.0
    """
    if isinstance(a, TextSketch) and isinstance(b, TextSketch):
        return compare_text(a, b, statistics)
    if isinstance(a, CodeSketch) and isinstance(b, CodeSketch):
        return compare_code(a, b, statistics)
    if isinstance(a, ImageSketch) and isinstance(b, ImageSketch):
        return compare_image(a, b)
    if isinstance(a, AudioSketch) and isinstance(b, AudioSketch):
        return compare_audio(a, b)
    if isinstance(a, VideoSketch) and isinstance(b, VideoSketch):
        return compare_video(a, b)
    if isinstance(a, FileSketch) and isinstance(b, FileSketch):
        return compare_file(a, b)
    if isinstance(a, TranslationSketch) and isinstance(b, TranslationSketch):
        return compare_translation(a, b)
    raise DifferentKinds(f"A {a.modality} and a {b.modality} cannot be compared.")


MARGIN = 1.1
"""By so much more than is estimated two may share before they are left uncompared; a share is 1 at most."""


def may_reach(a: Sketch, b: Sketch, least: float, statistics: TermStatistics | None) -> bool:
    """Tell without aligning them whether two sketches may share so much that the probability reaches `least`.

    Only texts and programs with counts can be told apart so quickly; of all others the answer is yes.
    """
    if not isinstance(a, TextSketch | CodeSketch) or not isinstance(b, TextSketch | CodeSketch) or statistics is None:
        return True
    if a.digest == b.digest:
        return True
    first, second = (a, b) if a.digest < b.digest else (b, a)  # as they are compared
    most = ceiling(statistics.weighed(first), statistics.weighed(second), a.gram)
    if not most["shared"]:
        return least <= 0
    likely = {name: min(MARGIN * value, 1.0 if name in SHARES else inf) for name, value in most.items()}
    return reaches(a.modality, likely, least)
