"""Other tools that find copies, behind one call: a query in, a score for each reference out.

A peer that is not installed is left out; none of them is a dependency. Each function takes the references and gives
its peers by name.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, TypeVar

import numpy as np
from PIL import Image
from sklearn.feature_extraction.text import TfidfVectorizer

T = TypeVar("T")
Score = Callable[[T], np.ndarray]

PDQ_NEAR, PDQ_QUALITY = 31, 50
"""Bits of 256 within which PDQ and vPDQ call two pictures the same, and the quality below which a hash is dropped."""

CHROMAPRINT_RATE, CHROMAPRINT_WINDOW = 11_025, 64
"""Samples a second of its input, and items (about 8 s) that must agree."""


def _tfidf(references: Sequence[str], **options: Any) -> Score[str]:
    vectorizer = TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **options)
    rows = vectorizer.fit_transform(references)
    return lambda text: (rows @ vectorizer.transform([text]).T).toarray().ravel()


def text_peers(references: Sequence[str]) -> dict[str, Score[str]]:
    """Give TF-IDF of letters within words, and MinHash of five letters."""
    peers = {"TF-IDF": _tfidf(references, analyzer="char_wb", ngram_range=(3, 5))}
    if find_spec("datasketch"):
        from datasketch import MinHash  # noqa: PLC0415 -- an optional peer, not a dependency

        def signed(text: str) -> np.ndarray:
            made = MinHash(num_perm=128)
            made.update_batch([text[place : place + 5].encode() for place in range(max(1, len(text) - 4))])
            return made.digest()

        held = np.array([signed(text) for text in references])
        peers["MinHash"] = lambda text: (held == signed(text)).mean(axis=1)
    return peers


def code_peers(references: Sequence[str], starter: str) -> dict[str, Score[str]]:
    """Give TF-IDF of tokens, and copydetect as it comes (25-grams, no winnowing), told what the starter is."""
    peers = {"TF-IDF": _tfidf(references, token_pattern=r"\w+|[^\w\s]", ngram_range=(1, 3), lowercase=False)}
    if find_spec("copydetect"):
        from copydetect import CodeFingerprint, compare_files  # noqa: PLC0415 -- an optional peer, not a dependency

        def read(text: str, given: Any = None) -> Any:
            return CodeFingerprint("x.py", 25, 1, boilerplate=given, fp=io.StringIO(text))

        known = np.array(sorted(read(starter).hashes))
        held = [read(text, known) for text in references]

        def shares(text: str) -> np.ndarray:
            asked = read(text, known)
            return np.array([compare_files(asked, one)[1] for one in held])

        # The greater share finds a part in another program, the smaller one is not led astray by tiny programs.
        peers["copydetect"] = lambda text: shares(text).max(axis=1)
        peers["copydetect, less"] = lambda text: shares(text).min(axis=1)
    return peers


def sound_peers(references: Sequence[np.ndarray]) -> dict[str, Score[np.ndarray]]:
    """Give Chromaprint: the most bits that agree in 8 s, on the offsets that most of its items speak for."""
    try:
        import chromaprint  # noqa: PLC0415 -- an optional peer, and a shared library behind it
    except ImportError:
        return {}

    def items(samples: np.ndarray) -> np.ndarray:
        made = chromaprint.Fingerprinter()
        made.start(CHROMAPRINT_RATE, 1)
        made.feed((samples * 32_000).astype("<i2").tobytes())
        return np.array(chromaprint.decode_fingerprint(made.finish())[0], dtype=np.uint32)

    held = [items(samples) for samples in references]

    def scores(samples: np.ndarray) -> np.ndarray:
        asked = items(samples)
        return np.array([_agreement(asked, one) for one in held])

    return {"Chromaprint": scores}


def _agreement(a: np.ndarray, b: np.ndarray) -> float:
    """Give the share of bits that agree in the best window, 0 when no two items are alike in 28 bits."""
    order = np.argsort(b >> 4, kind="stable")
    sorted_b = (b >> 4)[order]
    low, high = np.searchsorted(sorted_b, a >> 4, "left"), np.searchsorted(sorted_b, a >> 4, "right")
    first = np.repeat(np.arange(len(a)), high - low)
    if not len(first):
        return 0.0
    places = np.repeat(low - np.cumsum(high - low) + (high - low), high - low) + np.arange(len(first))
    offsets, votes = np.unique(order[places] - first, return_counts=True)
    best = 0.0
    for offset in offsets[np.argsort(-votes, kind="stable")[:8]].tolist():
        start, end = max(0, -offset), min(len(a), len(b) - offset)
        if end - start < CHROMAPRINT_WINDOW // 4:
            continue
        same = 32 - np.bitwise_count(a[start:end] ^ b[start + offset : end + offset]).astype(float)
        sums = np.cumsum(np.r_[0.0, same])
        width = min(CHROMAPRINT_WINDOW, end - start)
        # A shorter overlap than the window counts for its share of it.
        best = max(best, float((sums[width:] - sums[:-width]).max()) / 32 / CHROMAPRINT_WINDOW)
    return best


def film_peers(references: Sequence[Sequence[np.ndarray]]) -> dict[str, Score[Sequence[np.ndarray]]]:
    """Give the rule of vPDQ: the share of either film's pictures that has a picture within 31 bits in the other."""
    if not find_spec("pdqhash"):
        return {}
    held = [pdq(pictures) for pictures in references]

    def scores(pictures: Sequence[np.ndarray]) -> np.ndarray:
        asked = pdq(pictures)
        return np.array([_shared(asked, one) for one in held])

    return {"vPDQ": scores}


def pdq(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Give the PDQ hashes, shape (n, 32), of pictures in grey or colour; those of little quality are left out."""
    import pdqhash  # noqa: PLC0415 -- an optional peer, not a dependency

    made = []
    for pixels in pictures:
        colour = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)
        bits, quality = pdqhash.compute(np.ascontiguousarray(colour))
        if quality >= PDQ_QUALITY:
            made.append(np.packbits(bits.astype(bool)))
    return np.array(made, dtype=np.uint8).reshape(len(made), 32)


def _distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.bitwise_count(a[:, None] ^ b[None]).sum(axis=2, dtype=np.int64)


def _shared(a: np.ndarray, b: np.ndarray) -> float:
    if not len(a) or not len(b):
        return 0.0
    near = _distances(a, b) <= PDQ_NEAR
    return float(max(near.any(axis=1).mean(), near.any(axis=0).mean()))


def picture_peers(references: Sequence[Image.Image]) -> dict[str, Score[Image.Image]]:
    """Give pHash and PDQ by their distance, and PDQ at its own bound of 31 bits; 1 is equal."""
    peers: dict[str, Score[Image.Image]] = {}
    if find_spec("imagehash"):
        from imagehash import phash  # noqa: PLC0415 -- an optional peer, not a dependency

        def hashed(image: Image.Image) -> np.ndarray:
            return phash(image).hash.ravel()

        held = np.array([hashed(image) for image in references])
        peers["pHash"] = lambda image: (held == hashed(image)).mean(axis=1)
    if find_spec("pdqhash"):
        known = [pdq([np.asarray(image.convert("RGB"))]) for image in references]

        def near(image: Image.Image) -> np.ndarray:
            asked = pdq([np.asarray(image.convert("RGB"))])
            return np.array([1 - _distances(asked, one)[0, 0] / 256 if len(asked) and len(one) else 0 for one in known])

        peers["PDQ"] = near
        peers["PDQ at 31"] = lambda image: (near(image) >= 1 - PDQ_NEAR / 256).astype(float)
    return peers
