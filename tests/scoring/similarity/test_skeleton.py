"""One spelling for every script and disguise, with offsets into the original."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.similarity.skeleton import HIDDEN, MIXED, skeleton, words

from .attacks import KK_2018, KK_2021, RU_BGN, RU_PASSPORT, written_with
from .texts import ALL, KK, RU


def word_share(a: str, b: str) -> float:
    """Share of the words of `a` that stand at the same place in `b`."""
    left, right = skeleton(a).split(), skeleton(b).split()
    return sum(x == y for x, y in zip(left, right, strict=True)) / len(left)


@pytest.mark.parametrize("table", [KK_2018, KK_2021], ids=["2018", "2021"])
@pytest.mark.parametrize("text", KK)
def test_kazakh_in_latin_reads_like_kazakh_in_cyrillic(text, table):
    assert word_share(text, written_with(text, table)) >= 0.95


@pytest.mark.parametrize("table", [RU_PASSPORT, RU_BGN], ids=["passport", "bgn"])
@pytest.mark.parametrize("text", RU)
def test_russian_in_latin_reads_like_russian_in_cyrillic(text, table):
    assert word_share(text, written_with(text, table)) >= 0.95


def test_look_alike_letters_fold_to_the_script_of_the_word():
    assert skeleton("пpивeт") == skeleton("привет")
    assert skeleton("сomрuter") == skeleton("computer")
    assert skeleton("HOBЫЙ") == skeleton("новый")


def test_a_word_of_nothing_but_look_alikes_follows_its_neighbours():
    assert skeleton("высокий cop лежит") == skeleton("высокий сор лежит")
    assert skeleton("the cop did it") != skeleton("the сор did it").replace("cop", "sor")


def test_marks_tell_what_was_hidden():
    assert [bool(word.marks & MIXED) for word in words("пpивeт мир")] == [True, False]
    assert [bool(word.marks & HIDDEN) for word in words("при\u200bвет мир")] == [True, False]


@pytest.mark.parametrize("text", ["", " ", "…—!", "\u200b\u200d", "\n\t"])
def test_text_without_letters_has_an_empty_skeleton(text):
    assert skeleton(text) == ""


def test_decomposed_letters_read_like_composed_ones():
    assert skeleton("и\u0306од ё") == skeleton("йод е\u0308")


def test_a_word_split_at_the_end_of_a_line_is_one_word():
    assert skeleton("театраль-\nный") == skeleton("театральный")


@given(st.text(max_size=200))
def test_offsets_are_ordered_and_inside_the_text(text):
    end = 0
    for word in words(text):
        assert len(word.letters) == len(word.starts) == len(word.ends)
        assert word.letters and end <= word.starts[0]
        assert all(start < stop for start, stop in zip(word.starts, word.ends, strict=True))
        end = word.ends[-1]
    assert end <= len(text)


@pytest.mark.parametrize("text", ALL)
def test_offsets_point_at_the_word_itself(text):
    for word in words(text):
        assert text[word.starts[0]].isalnum()


def test_length_is_bounded():
    assert sum(len(word.letters) for word in words("слово " * 1000, max_letters=100)) <= 100
    assert max(len(word.letters) for word in words("абв" * 5000)) <= 256
