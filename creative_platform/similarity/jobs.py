"""Jobs of similarity: the worker alone loads what computes."""

from __future__ import annotations

from creative_platform.core import queue
from creative_platform.core.queue import Claim
from creative_platform.similarity import service


@queue.job(service.SKETCH_JOB)
def sketch_entry(claim: Claim, entry_id: int) -> None:
    """Sketch a submitted entry and compare it with all others."""
    from creative_platform.similarity.engine import comparing  # noqa: PLC0415 -- scikit-learn: the worker alone loads it

    service.sketch_entry(claim, entry_id, comparing)


@queue.job(service.SKETCH_FILE_JOB, slow=True, gave_up=service.give_up_file)
def sketch_file(claim: Claim, asset_id: int) -> None:
    """Sketch one file of a submitted entry in a confined child."""
    from creative_platform.similarity.engine import sketching  # noqa: PLC0415 -- as above

    service.sketch_file(claim, asset_id, sketching)


@queue.job(service.STARTER_JOB, slow=True, gave_up=service.give_up_starter)
def sketch_starter(claim: Claim, starter_id: int) -> None:
    """Sketch what organizers handed out to everybody in a confined child."""
    from creative_platform.similarity.engine import sketching  # noqa: PLC0415 -- as above

    service.sketch_starter(claim, starter_id, sketching)


@queue.job(service.TRANSLATE_JOB, slow=True)
def sketch_translations(claim: Claim, entry_id: int) -> None:
    """Sketch the words of an entry for finding their translations, in a confined child."""
    from creative_platform.similarity.engine import translating  # noqa: PLC0415 -- as above

    service.sketch_translations(claim, entry_id, translating)


@queue.job(service.COMPARE_JOB, slow=True)
def compare_contest(claim: Claim, contest_id: int, looks: int) -> None:
    """Compare a whole contest once it is closed."""
    from creative_platform.similarity.engine import comparing  # noqa: PLC0415 -- as above

    service.compare_contest(claim, contest_id, looks, comparing)
