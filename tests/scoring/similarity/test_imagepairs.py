"""Corners are paired as counting every bit would pair them, with the picture and with its mirror image."""

import numpy as np
import pytest

from scoring.similarity.imagecorners import STORED, found_corners, mirrored, records
from scoring.similarity.imagepairs import paired_corners

from .drawings import drawn


def corners(number: int) -> np.ndarray:
    return records(found_corners(np.asarray(drawn(number).convert("L")), 300))


@pytest.mark.parametrize(("ours", "theirs"), [(300, 300), (1, 5), (200, 43), (7, 1)])
def test_corners_are_paired_that_are_the_most_alike_each_way_of_several_the_first(ours, theirs):
    one, other = (corners(number) for number in (14, 15))
    stored = [np.zeros(most, dtype=STORED) for most in (ours, theirs)]
    stored[0]["descriptor"] = np.r_[one[:150], one[:150]][:ours]["descriptor"]  # each stands there twice
    stored[1]["descriptor"] = np.r_[other[:100], one[:60], other[:140]][:theirs]["descriptor"]

    found = paired_corners(*(some.tobytes() for some in stored), 57)

    a, b = (records(some.tobytes()) for some in stored)
    for pairs, seen in zip(found, (b, mirrored(b, 480)), strict=True):
        bits = np.bitwise_count(a["descriptor"][:, None] ^ seen["descriptor"]).sum(axis=2)
        nearest, back = bits.argmin(axis=1), bits.argmin(axis=0)
        expected = [(i, j) for i, j in enumerate(nearest.tolist()) if back[j] == i and bits[i, j] <= 57]
        assert list(zip(*(places.tolist() for places in pairs), strict=True)) == expected
