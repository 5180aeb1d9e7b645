"""What a reader sees of a match: all of an entry whose contest they oversee, and of any other next to nothing.

An entry of a contest that the reader does not oversee is a type of its own: it has no entry, no words, no people and
no files, so that no page or answer can show them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from creative_platform.contests import policy as contests
from creative_platform.contests.models import Contest
from creative_platform.core.actor import Actor
from creative_platform.entries.models import Entry, EntryRevision
from creative_platform.similarity.models import Match, MatchVerdict

Ids = Collection[int]


@dataclass(frozen=True)
class Overseen:
    """An entry as it was compared, for whoever oversees its contest."""

    whole: ClassVar[bool] = True
    contest: Contest
    entry: Entry
    revision: EntryRevision

    @property
    def title(self) -> str:
        """The title that was handed in."""
        return str(self.revision.document["title"])


@dataclass(frozen=True)
class Elsewhere:
    """An entry of another contest, for whoever does not oversee that one: only the contest is told.

    ``public_id`` is the entry's when everybody may see it on its public page, else empty.
    """

    whole: ClassVar[bool] = False
    contest: Contest
    public_id: str = ""


@dataclass(frozen=True)
class SeenMatch:
    """A match as one reader sees it; ``evidence`` says nothing of a side that is elsewhere.

    ``same_people`` and ``same_team`` are false when a side is elsewhere: they would name one of its people.
    ``said`` is what `times_said` gives; ``party_to`` are ids of contests in an entry of which the reader has a part.
    """

    public_id: str
    modality: str
    probability: float
    found_at: datetime
    a: Overseen | Elsewhere
    b: Overseen | Elsewhere
    scores: dict[str, float]
    evidence: list[dict[str, Any]]
    discounted: dict[str, Any]
    same_people: bool
    same_team: bool
    verdicts: list[MatchVerdict]
    standing: MatchVerdict | None
    said: int
    party_to: Ids

    def reason_of(self, verdict: MatchVerdict) -> str:
        """Return why a verdict was given; to a party nothing that was said of a whole group: it may speak of theirs."""
        return "" if verdict.given_with and verdict.contest_id in self.party_to else verdict.reason

    @property
    def sides(self) -> tuple[Overseen | Elsewhere, Overseen | Elsewhere]:
        """Both sides."""
        return self.a, self.b


def seen(
    actor: Actor, contest: Contest, match: Match, *, people: Mapping[int, set[int]], public: Ids = (), party_to: Ids
) -> SeenMatch:
    """Return a match as the actor sees it among those of a contest.

    ``people`` are user ids by entry id, ``public`` ids of entries that all may see, ``party_to`` as in `SeenMatch`.
    """
    a = _side(actor, match.entry_a, match.revision_a, public)
    b = _side(actor, match.entry_b, match.revision_b, public)
    shared = people.get(match.entry_a_id, set()) & people.get(match.entry_b_id, set())
    told = {side.contest.id for side in (a, b) if side.whole}
    return SeenMatch(
        public_id=match.public_id,
        modality=match.modality,
        probability=match.probability,
        found_at=match.found_at,
        a=a,
        b=b,
        scores=match.scores,
        evidence=[_told(piece, a=a.whole, b=b.whole) for piece in match.evidence],
        discounted={name: match.discounted.get(name, {}) if side.whole else {} for name, side in (("a", a), ("b", b))},
        same_people=a.whole and b.whole and bool(shared),
        same_team=a.whole and b.whole and match.entry_a.team_id == match.entry_b.team_id,
        verdicts=[verdict for verdict in match.verdicts if verdict.contest_id in told],
        standing=standing_verdict(match, contest),
        said=times_said(match, contest),
        party_to=party_to,
    )


def _side(actor: Actor, entry: Entry, revision: EntryRevision, public: Ids) -> Overseen | Elsewhere:
    if contests.can_oversee(actor, entry.contest):
        return Overseen(entry.contest, entry, revision)
    return Elsewhere(entry.contest, entry.public_id if entry.id in public else "")


def _told(piece: Mapping[str, Any], *, a: bool, b: bool) -> dict[str, Any]:
    left_out: dict[str, Any] = {} if a else {"a_part": "", "a_span": []}
    return {**piece, **left_out, **({} if b else {"b_part": "", "b_span": []})}


def standing_verdict(match: Match, contest: Contest) -> MatchVerdict | None:
    """Return what stands of a contest's verdicts on a match: the newest one that was not undone."""
    own = [verdict for verdict in match.verdicts if verdict.contest_id == contest.id]
    return next((verdict for verdict in reversed(own) if verdict.undone_at is None), None)


def times_said(match: Match, contest: Contest) -> int:
    """Return how often the organizers of a contest gave a verdict on a match or took one back: it only grows."""
    own = [verdict for verdict in match.verdicts if verdict.contest_id == contest.id]
    return len(own) + sum(verdict.undone_at is not None for verdict in own)
