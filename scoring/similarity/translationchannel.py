"""Find translations of a text: the texts of another language with passages whose vectors lie near its own."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np

from scoring.similarity.statistics import COMMON_LEAST, COMMON_SHARE
from scoring.similarity.translationcompare import LONGEST, closeness
from scoring.similarity.translationsketch import DIMENSIONS, TranslationSketch, unit

SAMPLE = 400
"""Texts that are asked whether they hold a passage too: enough to tell what a fifth of all hold."""

SAME = 0.85
"""Cosine from which two passages of one language say the same."""

_AT_ONCE = 1 << 16  # stored vectors that are multiplied in one go, 100 MB


class TranslationChannel:
    """The passages of many texts.

    Notes
    -----
    A search multiplies the vectors of the query with all that are held, 384 bytes each, exactly. Those of other models
    are passed over.
    """

    def __init__(self) -> None:
        self._sketches: dict[int, TranslationSketch] = {}
        self._laid: _Laid | None = None
        self._counted: dict[tuple[str, int], TranslationSketch] = {}

    def add(self, slot: int, sketch: TranslationSketch) -> None:
        """Hold a text under a free number."""
        self._sketches[slot] = sketch
        self._forget()

    def remove(self, slot: int) -> None:
        """Forget a text."""
        del self._sketches[slot]
        self._forget()

    def _forget(self) -> None:
        self._laid = None
        self._counted.clear()

    def search(self, sketch: TranslationSketch, limit: int) -> list[tuple[int, float]]:
        """Give the texts of another language of which most is near, scores between 0 and 1, best first."""
        asked = self.counted(sketch)
        if not len(asked.starts) or not self._sketches:
            return []
        if self._laid is None:
            self._laid = _Laid(self._sketches)
        found = self._laid.near(asked)
        best = sorted(found, key=lambda one: (-one[1], one[0]))[:limit]
        return [(slot, score) for slot, score in best if score > 0]

    def counted(self, sketch: TranslationSketch) -> TranslationSketch:
        """Give a text without the passages that are common to the texts of their language, as words of a form are.

        As with words, these stand in a fifth of them, and in eight texts, or more.
        """
        key = (sketch.digest, len(sketch.starts))
        if key not in self._counted:
            self._counted[key] = _without(sketch, self._common(sketch))
        return self._counted[key]

    def _common(self, sketch: TranslationSketch) -> np.ndarray:
        if self._laid is None:
            self._laid = _Laid(self._sketches)
        return self._laid.common(sketch)


def _without(sketch: TranslationSketch, common: np.ndarray) -> TranslationSketch:
    if not common.any():
        return sketch
    kept = np.flatnonzero(~common).tolist()
    return replace(
        sketch,
        starts=tuple(sketch.starts[place] for place in kept),
        ends=tuple(sketch.ends[place] for place in kept),
        languages="".join(sketch.languages[place] for place in kept),
        packed=b64encode(sketch.vectors[kept].tobytes()).decode(),
    )


def _tongues(sketch: TranslationSketch) -> np.ndarray:
    return np.array([int(digit) for digit in sketch.languages], dtype=np.int8)


class _Laid:
    """The passages of all texts in one table."""

    def __init__(self, sketches: dict[int, TranslationSketch]) -> None:
        held = [(slot, one) for slot, one in sorted(sketches.items()) if len(one.starts)]
        empty = np.empty((0, DIMENSIONS), dtype=np.int8)
        self.slots = [slot for slot, _ in held]
        self.models = np.array([one.model for _, one in held], dtype=object)
        self.digests = [one.digest for _, one in held]
        self.vectors = np.concatenate([empty, *(one.vectors for _, one in held)])
        self.tongues = np.concatenate([empty[:, 0], *(_tongues(one) for _, one in held)])
        self.sizes = np.concatenate([np.empty(0), *(np.minimum(one.sizes, LONGEST) for _, one in held)])
        self.first = np.cumsum([0, *(len(one.starts) for _, one in held)])

    def near(self, sketch: TranslationSketch) -> Iterator[tuple[int, float]]:
        """Yield slots with the share of the shorter text that is near in the other one."""
        if not self.slots:
            return
        own, tongues = unit(sketch.vectors), _tongues(sketch)
        best = np.zeros(len(self.vectors), dtype=np.float32)
        for start in range(0, len(self.vectors), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            close = closeness(unit(self.vectors[part]) @ own.T)
            close[self.tongues[part, None] == tongues[None]] = 0.0
            best[part] = close.max(axis=1)
        shared = np.add.reduceat(best * self.sizes, self.first[:-1])
        sizes = np.add.reduceat(self.sizes, self.first[:-1])
        asked = float(np.minimum(sketch.sizes, LONGEST).sum())
        scores = np.minimum(shared / np.maximum(np.minimum(sizes, asked), 1.0), 1.0)
        scores[self.models != sketch.model] = 0.0
        yield from zip(self.slots, np.round(scores, 6).tolist(), strict=True)

    @cached_property
    def _sample(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Give vectors, languages and numbers of text of the passages of a sample, and its texts."""
        step = max(1, -(-len(self.slots) // SAMPLE))
        once = {self.digests[place]: place for place in range(0, len(self.slots), step)}
        texts = np.array(sorted(once.values()), dtype=np.int64)
        owners = np.repeat(np.arange(len(texts)), self.first[texts + 1] - self.first[texts])
        places = [np.empty(0, dtype=np.int64), *(np.arange(self.first[one], self.first[one + 1]) for one in texts)]
        chosen = np.concatenate(places)
        return unit(self.vectors[chosen]), self.tongues[chosen], owners, texts

    def common(self, sketch: TranslationSketch) -> np.ndarray:
        """Tell of each passage whether it stands in many texts of its language, by a sample of them."""
        vectors, tongues, owners, texts = self._sample
        others = [self.digests[text] != sketch.digest and self.models[text] == sketch.model for text in texts]
        there = np.array(others, dtype=bool)[owners]
        own = _tongues(sketch)
        same = (vectors @ unit(sketch.vectors).T >= SAME) & (tongues[:, None] == own[None]) & there[:, None]
        common = np.zeros(len(own), dtype=bool)
        for language in np.unique(own):
            written = 1 + len(np.unique(owners[there & (tongues == language)]))  # in the language, with this one
            for place in np.flatnonzero(own == language):
                holding = 1 + len(np.unique(owners[same[:, place]]))
                common[place] = holding >= COMMON_LEAST and holding > COMMON_SHARE * written
        return common
