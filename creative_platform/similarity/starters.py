"""Starter material: what organizers handed out to everybody, and between which entries it weighs nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import Select, select

from creative_platform.contests.models import Contest
from creative_platform.core.actor import Actor
from creative_platform.core.db import session
from creative_platform.core.errors import NotFound
from creative_platform.entries.conflicts import entries_of_conflict
from creative_platform.entries.models import Entry, EntryState
from creative_platform.media.models import MediaAsset
from creative_platform.similarity.models import EntrySketch, FileSketch, Overview, Starter, StarterSketch
from creative_platform.similarity.rows import in_pieces, of_files, unpack_terms


@dataclass
class Material:
    """What weighs nothing beside the entries of some contests; ``contests`` None means of all but ``besides``."""

    contests: set[int] | None
    besides: set[int] = field(default_factory=set)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    parts: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)

    def holds_for(self, contest_id: int) -> bool:
        """Say whether it weighs nothing beside an entry of that contest."""
        return contest_id in self.contests if self.contests is not None else contest_id not in self.besides

    def sketches(self, modality: str) -> Collection[tuple[str, bytes]]:
        """Return version and packed sketch of all material of a modality; of files the SHA-256 stands for both."""
        return self.files if modality == "file" else self.parts.get(modality, ())


def starters_of(contest: Contest) -> list[Starter]:
    """Return the starter material of a contest, in the order in which it was given."""
    return list(session().scalars(_of(contest)))


def starter_in(contest: Contest, public_id: str) -> Starter:
    """Return starter material of a contest. Raises NotFound."""
    found = session().scalar(_of(contest).where(Starter.public_id == public_id))
    if found is None:
        raise NotFound()
    return found


def _of(contest: Contest) -> Select[Starter]:
    return select(Starter).where(Starter.contest_id == contest.id).order_by(Starter.id)


def material_for(contest: Contest) -> list[Material]:
    """Return what weighs nothing between entries of a contest, and between them and those of others.

    Of two contests that is what both handed out: else organizers of one could take a match from those of the other.
    """
    own = {one.sha256: one.id for one in starters_of(contest) if one.read_at}
    shared: dict[int, set[str]] = {}
    theirs = select(Starter.contest_id, Starter.sha256).where(Starter.sha256.in_(own), Starter.contest_id != contest.id)
    for contest_id, sha256 in session().execute(theirs.where(Starter.read_at.is_not(None))):
        shared.setdefault(contest_id, set()).add(sha256)
    alike: dict[frozenset[str], set[int]] = {}
    for contest_id, digests in shared.items():
        alike.setdefault(frozenset(digests), set()).add(contest_id)
    if not own:
        return [Material(None)]
    found = [_loaded(Material({contest.id}), own)]
    found += [_loaded(Material(ids), {sha: own[sha] for sha in digests}) for digests, ids in alike.items()]
    return [*found, Material(None, {contest.id, *shared})]


def _loaded(material: Material, starters: dict[str, int]) -> Material:
    material.files = [(sha256, sha256.encode()) for sha256 in sorted(starters)]
    query = select(StarterSketch).where(StarterSketch.starter_id.in_(starters.values())).order_by(StarterSketch.id)
    for row in session().scalars(query):
        material.parts.setdefault(row.kind, []).append((row.version, row.sketch))
    return material


def of_starters_alone(contest: Contest, entry_ids: Iterable[int]) -> set[int]:
    """Return those of the entries of which a text or a program is starter material and nothing else."""
    given = _terms_of_starters(contest)
    found: set[int] = set()
    if not given:
        return found
    own = select(EntrySketch.entry_id, EntrySketch.version, EntrySketch.terms)
    files = of_files(FileSketch.version, FileSketch.terms)
    for some in in_pieces(entry_ids):
        its_own = own.where(EntrySketch.entry_id.in_(some), EntrySketch.terms.is_not(None))
        its_files = files.where(MediaAsset.owner_id.in_(some), FileSketch.terms.is_not(None))
        for row in (*session().execute(its_own), *session().execute(its_files)):
            terms = unpack_terms(row[-1])
            if len(terms) and given.get(row[-2], set()).issuperset(terms):
                found.add(row[0])
    return found


def _terms_of_starters(contest: Contest) -> dict[str, set[int]]:
    query = select(StarterSketch.version, StarterSketch.terms).join(Starter, Starter.id == StarterSketch.starter_id)
    query = query.where(Starter.contest_id == contest.id)
    given: dict[str, set[int]] = {}
    for version, packed in session().execute(query):
        if packed:
            given.setdefault(version, set()).update(unpack_terms(packed))
    return given


def seen_of_starters_alone(actor: Actor, contest: Contest) -> list[Entry]:
    """Return those entries as they were last found, without any in which the actor has a part."""
    overview = session().get(Overview, contest.id)
    ids = overview.starters_alone if overview else []
    wanted = select(Entry).where(Entry.id.in_(ids), Entry.id.not_in(entries_of_conflict(actor)))
    wanted = wanted.where(Entry.state.in_(EntryState.handed_in()))
    return list(session().scalars(wanted.order_by(Entry.code))) if ids else []
