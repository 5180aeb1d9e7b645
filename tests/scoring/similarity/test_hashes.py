"""The table of hashes misses nothing within its radius, with and without its sorted chunks."""

import numpy as np
import pytest

from scoring.similarity import hashes
from scoring.similarity.hashes import SURE, HashTable


def flipped(row: np.ndarray, bits: int, dice: np.random.Generator) -> np.ndarray:
    changed = row.copy()
    for bit in dice.choice(256, bits, replace=False).tolist():
        changed[bit // 8] ^= 1 << bit % 8
    return changed


def spread(row: np.ndarray) -> np.ndarray:
    """Flip two bits of fifteen chunks and one of the last: the worst case of 31 bits."""
    changed = row.view(np.uint16).copy()
    changed[:15] ^= 0b1000000001
    changed[15] ^= 0b1000
    return changed.view(np.uint8)


@pytest.fixture(params=[200_000, 100], ids=["looked at one by one", "probed"])
def held(request, monkeypatch):
    monkeypatch.setattr(hashes, "SCANNED", request.param)
    dice = np.random.default_rng(8)
    rows = dice.integers(0, 256, (3_000, 32), dtype=np.uint8)
    table = HashTable()
    for slot, row in enumerate(rows):
        table.add(slot, row.tobytes().hex())
    return table, rows, dice


@pytest.mark.parametrize("bits", [0, 1, 16, 30, SURE])
def test_everything_within_the_radius_is_found(held, bits):
    table, rows, dice = held
    for slot in (0, 1_234, 2_999):
        asked = spread(rows[slot]) if bits == SURE else flipped(rows[slot], bits, dice)
        assert table.within(asked.tobytes().hex(), SURE) == [(slot, bits)]
        assert table.within(asked.tobytes().hex(), bits - 1) == []


def test_of_several_hashes_the_nearest_one_counts(held):
    table, rows, dice = held
    several = [flipped(rows[slot], bits, dice).tobytes().hex() for slot, bits in ((0, 9), (0, 4), (2_999, 31), (5, 20))]

    assert table.nearest(several, SURE) == {0: 4, 5: 20, 2_999: 31}
    assert table.nearest(several, 19) == {0: 4}
    assert table.nearest([], SURE) == {}


def test_what_came_after_the_sorting_is_found_and_what_went_is_not(held):
    table, rows, dice = held
    table.within(rows[0].tobytes().hex(), SURE)
    late = dice.integers(0, 256, 32, dtype=np.uint8)
    table.add(5_000, late.tobytes().hex())

    assert table.within(late.tobytes().hex(), SURE) == [(5_000, 0)]
    table.remove(7)
    assert table.within(rows[7].tobytes().hex(), SURE) == []
    assert table.within(late.tobytes().hex(), SURE) == [(5_000, 0)]
    assert table.within(rows[2_999].tobytes().hex(), SURE) == [(2_999, 0)]
    assert len(table) == 3_000
