"""Sketching, comparing, judging matches. Computing runs in the worker; only people decide."""

from creative_platform.similarity.service.comparing import COMPARE_JOB, compare_again, compare_contest, expect_close
from creative_platform.similarity.service.judging import give_verdict, undo_verdict
from creative_platform.similarity.service.recalibrating import recalibrate
from creative_platform.similarity.service.sketching import (
    SKETCH_FILE_JOB,
    SKETCH_JOB,
    erase_entries,
    give_up_file,
    sketch_entry,
)
from creative_platform.similarity.service.sketching import sketch_file as sketch_file

__all__ = [
    "COMPARE_JOB",
    "SKETCH_FILE_JOB",
    "SKETCH_JOB",
    "compare_again",
    "compare_contest",
    "erase_entries",
    "expect_close",
    "give_up_file",
    "give_verdict",
    "recalibrate",
    "sketch_entry",
    "sketch_file",
    "undo_verdict",
]
