"""Texts and hashes made for the benchmarks, as many as wanted, the same at every run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import accumulate

import numpy as np
from sklearn.feature_extraction import FeatureHasher

from scoring.similarity.textsketch import GRAM, SKETCH_VERSION, TERMS, TextSketch

VOCABULARY = 60_000
WORDS = 60
"""Words of a text, about 400 letters: a short description of an entry."""

_SYLLABLES = [a + b for a in "bdgjklmnprstvzcu" for b in "aeiou"]


def vocabulary() -> np.ndarray:
    """Make words of one to five syllables; the frequent ones are short."""
    dice = np.random.default_rng(1)
    sizes = np.clip(dice.normal(1.5 + np.log10(np.arange(1, VOCABULARY + 1)) / 2, 0.7, VOCABULARY).astype(int), 1, 5)
    return np.array(["".join(dice.choice(_SYLLABLES, size)) for size in sizes.tolist()], dtype=object)


def texts(words: np.ndarray, count: int, seed: int = 2) -> Iterator[list[str]]:
    """Give texts as lists of words, whose frequencies fall as in language: the n-th word as 1 / (n + 3)."""
    for numbers in chosen_words(words, count, seed, at_once=1):
        yield words[numbers[0]].tolist()


def chosen_words(words: np.ndarray, count: int, seed: int = 2, at_once: int = 1) -> Iterator[np.ndarray]:
    """Give the numbers of the words of so many texts, shape (at_once, WORDS) at most."""
    dice = np.random.default_rng(seed)
    share = 1 / (np.arange(len(words)) + 3)
    edges = np.cumsum(share / share.sum())
    for start in range(0, count, at_once):
        yield np.searchsorted(edges, dice.random((min(at_once, count - start), WORDS)))


def gram_numbers(pieces: list[str]) -> np.ndarray:
    """Give the number of each n-gram, as a sketch numbers it."""
    hasher = FeatureHasher(n_features=TERMS, input_type="string", alternate_sign=False, dtype=np.float32)
    return hasher.transform([[piece] for piece in pieces]).indices.astype(np.int32)


class Terms:
    """The terms of many made texts at once, which are those of their sketches."""

    def __init__(self, words: np.ndarray) -> None:
        self.letters = np.frombuffer("".join(words).encode(), dtype=np.uint8) - ord("a")
        self.sizes = np.array([len(word) for word in words])
        self.starts = np.cumsum(self.sizes) - self.sizes
        self.known = np.full(26**GRAM, -1, dtype=np.int32)

    def of(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give the terms of texts of shape (n, WORDS), each as text * TERMS + term, ascending, and their lengths."""
        sizes = self.sizes[numbers].ravel()
        ends = np.cumsum(sizes)
        places = np.arange(ends[-1]) + np.repeat(self.starts[numbers].ravel() - ends + sizes, sizes)
        letters = self.letters[places].astype(np.int64)
        units = self.sizes[numbers].sum(axis=1)
        owner = np.repeat(np.arange(len(numbers)), units)
        codes = np.zeros(len(letters) - GRAM + 1, dtype=np.int64)
        for step in range(GRAM):
            codes *= 26
            codes += letters[step : len(letters) - GRAM + 1 + step]
        within = owner[: len(codes)] == owner[GRAM - 1 :]
        codes, owner = codes[within], owner[: len(codes)][within]
        unknown = codes[self.known[codes] < 0]
        if len(unknown):
            fresh = np.unique(unknown)
            spelled = fresh[:, None] // 26 ** np.arange(GRAM - 1, -1, -1) % 26 + ord("a")
            self.known[fresh] = gram_numbers([bytes(row).decode() for row in spelled.astype(np.uint8)])
        both = owner * TERMS + self.known[codes]
        both.sort()  # which np.unique does not do, and takes many times as long
        return both[np.diff(both, prepend=-1) > 0], units


def borrowed(text: list[str], words: np.ndarray, dice: np.random.Generator, share: float = 0.3) -> list[str]:
    """Exchange a share of the words of a text for any others."""
    return [str(dice.choice(words)) if dice.random() < share else word for word in text]


def sketched(text: list[str]) -> TextSketch:
    """Sketch words that are spelled as the skeleton spells them already; this leaves out what is no search."""
    letters = " ".join(text)
    starts = tuple(accumulate((len(word) + 1 for word in text[:-1]), initial=0))
    ends = tuple(start + len(word) for start, word in zip(starts, text, strict=True))
    digest = hashlib.sha256(letters.encode()).hexdigest()
    return TextSketch(SKETCH_VERSION, letters, starts, ends, (0,) * len(text), len(letters), digest)
