"""Time and size of the similarity index: ``python -m tests.bench.similarity.bench_scale``.

Every time stands beside a baseline of the same run: brute force over scikit-learn's HashingVectorizer for texts (and
over the same weights, for the ranking), a flat scan for hashes of pictures (by numpy, and by faiss when it is
installed), copydetect on all pairs for code when it is installed. ``--million`` adds 10^6 texts, which takes some GiB
and many minutes.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import sys
import sysconfig
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer

from scoring.similarity import SimilarityIndex, TextSketch, sketch_code, sketch_text
from scoring.similarity.hashes import HashTable
from scoring.similarity.postings import SequencePostings
from scoring.similarity.statistics import TermStatistics
from scoring.similarity.textsketch import TERMS, grams
from tests.bench.similarity.made import Terms, borrowed, chosen_words, sketched, texts, vocabulary

TOP = 10
QUERIES = 100
BRUTE_QUERIES = 12
AT_ONCE = 50_000
"""Texts written or summed up at once."""


def milliseconds(work: Callable[[], object], times: int = 1) -> float:
    """Give the CPU time of the fastest of some runs."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return 1000 * min(taken)


class Texts:
    """Texts in the index, and their rows in a matrix of scikit-learn, both filled many texts at a time."""

    def __init__(self, count: int) -> None:
        self.words = vocabulary()
        self.numbers = np.concatenate(list(chosen_words(self.words, count, at_once=AT_ONCE))).astype(np.uint16)
        self.index = SequencePostings(TermStatistics(documents=count))
        self.index._units = np.zeros(count + 100)
        self.vectorizer = HashingVectorizer(
            analyzer=grams, n_features=TERMS, norm="l2", alternate_sign=False, binary=True, dtype=np.float32
        )
        reader = Terms(self.words)
        columns, sizes = [], []
        for start in range(0, count, AT_ONCE):
            both, units = reader.of(self.numbers[start : start + AT_ONCE])
            text, term = np.divmod(both, TERMS)
            columns.append(term.astype(np.int32))
            sizes.append(np.bincount(text, minlength=len(units)))
            self.index._units[start : start + len(units)] = units
            self._post(term, start + text)
        self.sizes = np.concatenate(sizes)
        bounds = np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int32)
        share = np.repeat((1 / np.sqrt(self.sizes)).astype(np.float32), self.sizes)
        self.matrix = csr_matrix((share, np.concatenate(columns), bounds), shape=(count, TERMS))
        self._check()

    def _post(self, term: np.ndarray, slot: np.ndarray) -> None:
        """Write what `add` writes."""
        both = term << 32 | slot
        both.sort()
        term, slot = both >> 32, both.astype(np.uint32)
        starts = np.flatnonzero(np.diff(term, prepend=-1))
        ends = [*starts[1:].tolist(), len(term)]
        for number, start, end in zip(term[starts].tolist(), starts.tolist(), ends, strict=True):
            self.index._postings._rows[number].frombytes(slot[start:end].tobytes())
            self.index.statistics.frequencies[number] += end - start

    def _check(self) -> None:
        """Compare some of it with what is added text by text."""
        one = SequencePostings(TermStatistics())
        for slot in range(200):
            one.add(slot, sketched(self.text(slot)))
        rows = self.vectorizer.transform(" ".join(self.text(slot)) for slot in range(200))
        same = all(self.index._postings._rows[term][: len(row)] == row for term, row in one._postings._rows.items())
        if (
            not same
            or abs(rows - self.matrix[:200]).max() > 1e-6
            or (one._units[:200] != self.index._units[:200]).any()
        ):
            raise AssertionError("What was written at once is not what is added one by one.")

    def text(self, slot: int) -> list[str]:
        """Give the words of a text."""
        return self.words[self.numbers[slot]].tolist()

    def queries(self) -> list[tuple[int, TextSketch]]:
        """Give sources and texts that hold seven tenths of them."""
        dice = np.random.default_rng(5)
        chosen = dice.choice(len(self.numbers), QUERIES, replace=False).tolist()
        return [(source, sketched(borrowed(self.text(source), self.words, dice))) for source in chosen]

    def brute(self, query: TextSketch) -> list[int]:
        """Rank all by cosine, as ``NearestNeighbors(algorithm="brute", metric="cosine")`` does."""
        cosine = (self.matrix @ self.vectorizer.transform([query.skeleton]).T).toarray().ravel()
        top = np.argpartition(-cosine, TOP)[:TOP]
        return top[np.argsort(-cosine[top])].tolist()

    def exhaustive(self, query: TextSketch) -> set[int]:
        """Rank all by the index's own score, reading every term of every text."""
        terms = np.unique(query.ids())
        weights = self.index.statistics.weights(terms)
        column = np.zeros(TERMS, dtype=np.float32)
        column[terms] = weights
        bounds = self.matrix.indptr
        parts = []
        for first in range(0, len(self.numbers), AT_ONCE):
            own = bounds[first : first + AT_ONCE + 1]
            parts.append(np.add.reduceat(column[self.matrix.indices[own[0] : own[-1]]], own[:-1] - own[0]))
        common = np.concatenate(parts)
        sizes = np.maximum(1.0, self.index._units[: len(self.numbers)] * 0.5)
        share = np.minimum(1.0, common / np.minimum(max(1.0, weights.sum()), sizes))
        return set(np.lexsort((np.arange(len(share)), -share))[:TOP].tolist())


def text_search(count: int) -> dict[str, Any]:
    """Time queries, compare their ranking with the exhaustive one, and time an entry more."""
    held = Texts(count)
    queries = held.queries()
    for _, query in queries:
        query.ids()  # a sketch of the index has them already
    took, same, first = [], 0, 0
    for source, query in queries:
        start = time.process_time()
        found = [slot for slot, _ in held.index.search(query, 2 * TOP)][:TOP]
        took.append(time.process_time() - start)
        first += found[0] == source
        same += set(found) == held.exhaustive(query)
    brute = [milliseconds(lambda query=query: held.brute(query)) for _, query in queries[:BRUTE_QUERIES]]
    added = [
        milliseconds(lambda slot=slot, text=text: held.index.add(slot, sketch_text(" ".join(text))))
        for slot, text in enumerate(texts(held.words, 20, seed=9), count)
    ]
    ours = 1000 * float(np.median(took))
    postings = sum(4 * len(row) for row in held.index._postings._rows.values())
    return {
        "ms": round(ours, 2),
        "brute_ms": round(float(np.median(brute)), 1),
        "times_as_fast": round(float(np.median(brute)) / ours, 1),
        "same_top_10": same / QUERIES,
        "source_first": first / QUERIES,
        "add_ms": round(max(added), 1),
        "postings_bytes_a_text": round(postings / count),
        "stored_bytes_a_text": round(np.mean([len(query.to_bytes()) for _, query in queries])),
    }


def picture_hashes(count: int) -> dict[str, Any]:
    """Time the search within 31 bits for the eight attitudes of one picture, and check that it misses nothing."""
    dice = np.random.default_rng(3)
    bits = dice.integers(0, 256, (count, 32), dtype=np.uint8)
    table = HashTable()
    for slot, row in enumerate(bits):
        table.add(slot, row.tobytes().hex())
    columns = bits.view(np.uint64)
    asked = bits[dice.choice(count, 8, replace=False)]
    for row in asked:
        for bit in dice.choice(256, 31, replace=False).tolist():
            row[bit // 8] ^= 1 << bit % 8
    numbers = [row.tobytes().hex() for row in asked]

    def flat() -> list[list[int]]:
        distances = [np.bitwise_count(columns ^ row.view(np.uint64)).sum(axis=1) for row in asked]
        return [np.flatnonzero(distance <= 31).tolist() for distance in distances]

    def ours() -> list[list[int]]:
        return [sorted(slot for slot, _ in table.within(number, 31)) for number in numbers]

    result: dict[str, Any] = {"ms": round(milliseconds(ours, 5), 2), "numpy_flat_ms": round(milliseconds(flat, 3), 2)}
    result["exact"] = ours() == flat() and all(ours())
    result["of_numpy_flat"] = round(result["ms"] / result["numpy_flat_ms"], 2)
    if find_spec("faiss"):
        import faiss  # noqa: PLC0415 -- an optional peer, not a dependency

        faiss.omp_set_num_threads(1)
        peer = faiss.IndexBinaryFlat(256)
        peer.add(bits)
        result["faiss_flat_ms"] = round(milliseconds(lambda: peer.range_search(asked, 32), 5), 2)
        result["of_faiss_flat"] = round(result["ms"] / result["faiss_flat_ms"], 2)
    return result


def source_files(count: int) -> list[Path]:
    """Choose modules of Python's own library, 4 to 40 kB."""
    library = Path(sysconfig.get_paths()["stdlib"])
    found = [file for file in sorted(library.rglob("*.py")) if "site-packages" not in file.parts]
    return [file for file in found if 4_000 < file.stat().st_size < 40_000][:count]


def code_search(count: int = 440) -> dict[str, Any]:
    """Time reading every project, and finding what it shares; copydetect reads as well and then compares all pairs."""
    files = source_files(count)
    index = SimilarityIndex()

    def read() -> None:
        for file in files:
            index.add(file.as_posix(), sketch_code([(file.name, file.read_text(encoding="utf-8", errors="replace"))]))

    def find() -> int:
        return sum(len(found) for _, found in index.search_all(list(index), min_probability=0.5))

    result: dict[str, Any] = {
        "files": len(files),
        "read_ms": round(milliseconds(read)),
        "ms": round(milliseconds(find)),
    }
    if find_spec("copydetect"):
        from copydetect import CodeFingerprint, compare_files  # noqa: PLC0415 -- an optional peer, not a dependency

        start = time.process_time()
        prints = [CodeFingerprint(str(file), 25, 1) for file in files]
        result["copydetect_read_ms"] = round(1000 * (time.process_time() - start))
        result["copydetect_ms"] = round(
            milliseconds(lambda: [compare_files(a, b) for a, b in itertools.combinations(prints, 2)])
        )
        result["times_as_fast"] = round(result["copydetect_ms"] / result["ms"], 1)
    return result


def main() -> None:
    """Print one line a measurement and write all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--million", action="store_true", help="10^6 texts too")
    parser.add_argument("--out", type=Path, default=Path("var/bench/similarity-scale.json"))
    args = parser.parse_args()
    found: dict[str, dict[str, Any]] = {}

    def note(name: str, result: dict[str, Any]) -> None:
        found[name] = result
        sys.stdout.write(f"{name:24} {'  '.join(f'{key} {value}' for key, value in result.items())}\n")
        sys.stdout.flush()

    for power in (4, 5, 6) if args.million else (4, 5):
        note(f"text, 10^{power}", text_search(10**power))
    sizes = [4, 6 if args.million else 5]
    grown = found[f"text, 10^{sizes[1]}"]["ms"] / found["text, 10^4"]["ms"]
    brute = found[f"text, 10^{sizes[1]}"]["brute_ms"] / found["text, 10^4"]["brute_ms"]
    spread = math.log(10 ** (sizes[1] - sizes[0]))
    note(
        "text, growth exponent",
        {"ours": round(math.log(grown) / spread, 2), "brute": round(math.log(brute) / spread, 2)},
    )
    note("picture hash, 10^6", picture_hashes(10**6))
    note("code, all with all", code_search())
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
