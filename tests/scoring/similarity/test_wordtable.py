"""Words and the numbers under them: all there is under the rarest words, nothing of what was removed."""

import numpy as np

from scoring.similarity.wordtable import WordTable


def test_what_was_added_at_any_time_stands_under_its_words():
    dice, table = np.random.default_rng(1), WordTable()
    words, numbers = dice.integers(0, 40, 900), np.arange(900)
    for low, high in ((0, 600), (600, 610), (610, 900)):
        table.add(words[low:high], numbers[low:high])
        places, found = table.gathered(np.arange(40), 10_000)
        expected = [(word, number) for number, word in enumerate(words[:high].tolist())]
        assert sorted(zip(places.tolist(), found.tolist(), strict=True)) == sorted(expected)
    assert len(table) == 900


def test_only_the_rarest_words_are_read():
    table = WordTable()
    table.add(np.array([7] * 50 + [3] * 2 + [9]), np.arange(53))

    places, found = table.gathered(np.array([9, 7, 5, 3]), 10)

    assert sorted(zip(places.tolist(), found.tolist(), strict=True)) == [(0, 52), (3, 50), (3, 51)]


def test_nothing_is_found_in_an_empty_table_or_of_what_was_removed():
    table = WordTable()
    assert [len(one) for one in table.gathered(np.array([1, 2]), 10)] == [0, 0]
    table.add(np.array([1, 1, 2]), np.array([4, 5, 6]))
    table.remove(5, 7)

    assert [one.tolist() for one in table.gathered(np.array([2, 1]), 10)] == [[1], [4]]
