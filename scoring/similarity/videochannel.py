"""Find videos near one by their key pictures."""

from collections import defaultdict
from itertools import count

from scoring.similarity.imagechannel import ImageChannel
from scoring.similarity.videosketch import VideoSketch

TRIED = 15
"""Pictures looked up for each key picture."""

READ, LOOKED_AT = 6_000, 20
"""Postings read for a key picture, and pictures of which it is looked at how their corners lie: fewer than for one
picture alone, for a film has several."""

LIKELY, DOUBTFUL = 0.5, 3
"""Score from which all videos are compared, and how many of those below it."""


class VideoChannel:
    """The key pictures of many videos."""

    def __init__(self) -> None:
        self._pictures = ImageChannel(budget=READ, looked_at=LOOKED_AT)
        self._owners: dict[int, int] = {}
        self._held: dict[int, list[int]] = {}
        self._next = count()

    def add(self, slot: int, sketch: VideoSketch) -> None:
        """Hold a video under a free number."""
        self._held[slot] = []
        for key in sketch.keys:
            number = next(self._next)
            self._pictures.add(number, key)
            self._owners[number] = slot
            self._held[slot].append(number)

    def remove(self, slot: int) -> None:
        """Forget a video."""
        for number in self._held.pop(slot):
            self._pictures.remove(number)
            del self._owners[number]

    def search(self, sketch: VideoSketch, limit: int) -> list[tuple[int, float]]:
        """Give up to `limit` videos whose pictures are near those of one, scores between 0 and 1, best first.

        Of those that are not likely only the first few: each costs as much to compare as it does to find them all.
        """
        told: dict[int, float] = defaultdict(float)
        for key in sketch.keys:
            best: dict[int, float] = {}
            for number, score in self._pictures.search(key, TRIED):
                owner = self._owners[number]
                best[owner] = max(best.get(owner, 0.0), score)
            for owner, score in best.items():
                told[owner] += score
        scores = [(slot, min(0.99, score / len(sketch.keys))) for slot, score in told.items()]
        ranked = sorted(scores, key=lambda item: (-item[1], item[0]))
        likely = sum(score >= LIKELY for _, score in ranked)
        return ranked[: min(limit, likely + DOUBTFUL)]
