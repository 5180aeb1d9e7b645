"""Sketching and comparing, in the worker."""

from creative_platform.similarity.service.comparing import (
    COMPARE_JOB,
    STARTER_JOB,
    compare_again,
    compare_contest,
    expect_close,
    order_starter,
)
from creative_platform.similarity.service.recalibrating import recalibrate
from creative_platform.similarity.service.sketching import (
    SKETCH_FILE_JOB,
    SKETCH_JOB,
    erase_entries,
    give_up_file,
    sketch_entry,
    sketch_file,
)
from creative_platform.similarity.service.starters import compare_when_all_are_read, give_up_starter, sketch_starter
from creative_platform.similarity.service.translating import TRANSLATE_JOB, sketch_translations

__all__ = [
    "COMPARE_JOB",
    "SKETCH_FILE_JOB",
    "SKETCH_JOB",
    "STARTER_JOB",
    "TRANSLATE_JOB",
    "compare_again",
    "compare_contest",
    "compare_when_all_are_read",
    "erase_entries",
    "expect_close",
    "give_up_file",
    "give_up_starter",
    "order_starter",
    "recalibrate",
    "sketch_entry",
    "sketch_file",
    "sketch_starter",
    "sketch_translations",
]
