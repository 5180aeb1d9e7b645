"""Texts and hashes made for the benchmarks, as many as wanted, the same at every run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import accumulate

import numpy as np

from scoring.similarity.textsketch import SKETCH_VERSION, TextSketch

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
    dice = np.random.default_rng(seed)
    share = 1 / (np.arange(len(words)) + 3)
    edges = np.cumsum(share / share.sum())
    for _ in range(count):
        yield words[np.searchsorted(edges, dice.random(WORDS))].tolist()


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
