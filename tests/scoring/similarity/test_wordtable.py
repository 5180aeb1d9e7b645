"""Words and the numbers under them: all there is under the rarest words, nothing of what was removed."""

import numpy as np
import pytest

from scoring.similarity import wordtable
from scoring.similarity.wordtable import WordTable


@pytest.mark.parametrize("recent", [0, 100, 1 << 16])
def test_what_was_added_at_any_time_stands_under_its_words(monkeypatch, recent):
    monkeypatch.setattr(wordtable, "RECENT", recent)
    dice, table = np.random.default_rng(1), WordTable()
    words, numbers = dice.integers(0, 40, 900), np.arange(900)
    for low, high in ((0, 600), (600, 610), (610, 900)):
        table.add(words[low:high], numbers[low:high])
        places, found = table.gathered(np.arange(40), 10_000)
        expected = [(word, number) for number, word in enumerate(words[:high].tolist())]
        assert sorted(zip(places.tolist(), found.tolist(), strict=True)) == sorted(expected)
    assert len(table) == 900


def test_the_rarest_words_are_those_of_all_however_they_came(monkeypatch):
    dice, answers = np.random.default_rng(2), []
    words = dice.integers(0, 300, 2_000)
    for recent in (0, 100, 1 << 16):
        monkeypatch.setattr(wordtable, "RECENT", recent)
        table = WordTable()
        for low, high in ((0, 900), (900, 950), (950, 990), (990, 1_900), (1_900, 2_000)):
            table.add(words[low:high], np.arange(low, high))
            table.gathered(np.arange(3), 10)
        table.remove(870, 960)
        places, found = table.gathered(np.arange(400), 500)
        answers.append(sorted(zip(places.tolist(), found.tolist(), strict=True)))

    assert 400 < len(answers[0]) <= 500
    assert answers[1] == answers[0]
    assert answers[2] == answers[0]


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
