"""What a comparison says: a probability, and the evidence without which there is none."""

from dataclasses import asdict, dataclass, field
from typing import Any

DOUBTFUL = 0.05
"""Probability below which a pair of parts is no evidence beside a better one: who looks would see nothing shared."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of shared material, as a person can look at it.

    Attributes
    ----------
    kind : str
        ``"passage"``: spans are character offsets, end excluded. ``"identical"``: the whole of both, to the byte;
        the spans are empty for a file.
    a_span, b_span : tuple of number
        Where it stands in the first and in the second original.
    weight : float
        How much it counts, ≥ 0, in the unit of its kind: for a passage the number of letters it shares that are
        not common to the contest.
    transformation : tuple of str
        What was done to it, codes in fixed order: ``"script"`` (Latin ↔ Cyrillic), ``"lookalike"`` (letters of
        another script inside words), ``"invisible"`` (characters that show nothing), ``"edited"`` (words changed,
        added or dropped), ``"translated=kk-ru"`` (languages of the first and the second); empty when only case,
        punctuation or spacing may differ.
    a_part, b_part : str
        The file or field of the entry it is in, empty when there is only one.
    """

    kind: str
    a_span: tuple[float, ...]
    b_span: tuple[float, ...]
    weight: float
    transformation: tuple[str, ...] = ()
    a_part: str = ""
    b_part: str = ""

    def swapped(self) -> "Evidence":
        """Give the same evidence with the two sides exchanged; what was done is told the other way round.

        Examples
        --------
        >>> Evidence("time", (0, 21), (5, 25), 9.0, ("tempo=105", "pitch=+1.0")).swapped().transformation
        ('tempo=95', 'pitch=-1.0')
        """
        done = tuple(_undone(change, self.transformation) for change in self.transformation)
        return Evidence(self.kind, self.b_span, self.a_span, self.weight, done, self.b_part, self.a_part)


def _undone(change: str, among: tuple[str, ...]) -> str:
    """Give the change that leads from the second to the first."""
    name, _, value = change.partition("=")
    if name in ("tempo", "speed", "scaled"):
        return f"{name}={round(10_000 / max(1.0, float(value)))}"
    if name == "pitch":
        return f"pitch={-float(value):+.1f}"
    if name == "rotated" and "mirrored" not in among:  # a mirror image turns back by turning the same way
        return f"rotated={-int(value)}"
    if name == "translated":
        return f"translated={'-'.join(reversed(value.split('-')))}"
    return change


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to "do these two share material?".

    Attributes
    ----------
    probability : float
        Between 0 and 1: how probable it is that a person who looks at the evidence calls it shared material.
        Exactly 0 when there is no evidence.
    modality : str
        The channel the probability comes from: ``"text"``.
    scores : dict of str to float
        The probability each channel gives by itself.
    evidence : tuple of Evidence
        In decreasing weight.
    measures : dict of str to float
        The figures behind the probability, for reports: for text ``containment_a`` and ``containment_b`` (share of
        each side's weight found in the other), ``shared``, ``longest`` and ``verbatim`` (weight of all passages, of the
        heaviest one, of its longest stretch without any change).
    """

    probability: float
    modality: str
    scores: dict[str, float]
    evidence: tuple[Evidence, ...] = ()
    measures: dict[str, float] = field(default_factory=dict)

    @property
    def strength(self) -> float:
        """Weight of all evidence together; it orders findings of equal probability."""
        return round(sum(piece.weight for piece in self.evidence), 6)

    def swapped(self) -> "Finding":
        """Give the same finding seen from the other entry."""
        renamed = {"containment_a": "containment_b", "containment_b": "containment_a"}
        measures = {renamed.get(name, name): value for name, value in self.measures.items()}
        evidence = tuple(piece.swapped() for piece in self.evidence)
        return Finding(self.probability, self.modality, dict(self.scores), evidence, dict(sorted(measures.items())))

    def to_json(self) -> dict[str, Any]:
        """Give plain data for JSON."""
        return asdict(self)


def combined(findings: list[Finding]) -> Finding:
    """Combine the findings of the parts of two entries into one.

    The probability is that of the most telling pair of parts: parts of one entry repeat each other (a title in the
    description, a song in its video), so multiplying their doubts would count the same evidence twice. Evidence is kept
    in decreasing weight within its channel, the telling channel first; that of a pair of parts which proves next to
    nothing (`DOUBTFUL`) only when its channel has no better.

    Examples
    --------
    >>> combined([]).probability
    0.0
    """
    if not findings:
        return Finding(0.0, "text", {})
    best = max(findings, key=lambda one: (one.probability, one.strength))
    scores: dict[str, float] = {}
    for one in findings:
        for modality, probability in one.scores.items():
            scores[modality] = max(scores.get(modality, 0.0), probability)
    telling = [one for one in findings if one.probability >= min(DOUBTFUL, scores[one.modality])]
    found = [(one.modality, piece) for one in telling for piece in one.evidence]
    found.sort(key=lambda item: (-scores[item[0]], item[0] != best.modality, item[0], _place(item[1])))
    evidence = tuple(piece for _, piece in found)
    return Finding(best.probability, best.modality, dict(sorted(scores.items())), evidence, best.measures)


def _place(piece: Evidence) -> tuple[object, ...]:
    return -piece.weight, piece.a_part, piece.b_part, piece.a_span, piece.b_span
