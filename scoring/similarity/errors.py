"""Reasons for which a similarity check gives no answer."""

import re

from scoring.errors import ScoringError

# Decoders end what they say with the path as Python writes it, in either kind of quotes; the name is enough.
_PATH = re.compile(r""":? (?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\)$""")


class SimilarityError(ScoringError):
    """Base of what this package raises on purpose."""


class DifferentVersions(SimilarityError):
    """Two sketches were made by different versions of the normaliser, so their numbers do not mean the same.

    Attributes
    ----------
    found, expected : str
        The versions; sketch the older text again.
    """

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(f"The sketch is of version {found}, this code compares version {expected}: sketch it again.")
        self.found = found
        self.expected = expected


class UnreadableSketch(SimilarityError):
    """The stored bytes are not a sketch (damaged, cut, or of another kind)."""


class UnknownEntry(SimilarityError):
    """The index holds no entry of that id.

    Attributes
    ----------
    entry_id : str
    """

    def __init__(self, entry_id: str) -> None:
        super().__init__(f"The index holds no entry {entry_id!r}.")
        self.entry_id = entry_id


class DuplicateEntry(SimilarityError):
    """The index already holds that entry; remove it first.

    Attributes
    ----------
    entry_id : str
    """

    def __init__(self, entry_id: str) -> None:
        super().__init__(f"The index already holds entry {entry_id!r}; remove it before adding it again.")
        self.entry_id = entry_id


class DifferentKinds(SimilarityError):
    """Two sketches of different media cannot be compared."""


class UnreadableMedia(SimilarityError):
    """A file cannot be decoded, or is larger than is looked at.

    Attributes
    ----------
    name, reason : str
    """

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = _PATH.sub(")", reason)
        super().__init__(f"{name}: {self.reason}")


class NoTranslationModel(SimilarityError):
    """Translations were asked for, and the optional package that finds them cannot be used."""
