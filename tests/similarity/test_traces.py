"""What goes when an entry takes no part any more: sketches, words, matches, groups; a verdict stays on record."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select

from creative_platform.core import clock, db, queue
from creative_platform.core.db import transaction
from creative_platform.core.text import LocalizedText
from creative_platform.entries import service as entries
from creative_platform.entries.models import Entry
from creative_platform.media.models import MediaAsset, MediaKind
from creative_platform.screening import service as screening
from creative_platform.similarity.models import (
    EntrySketch,
    FileSketch,
    Fingerprint,
    Match,
    Overview,
    TermCount,
    Verdict,
)
from creative_platform.verdicts import service as verdicts
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_asset, make_entry

pytestmark = pytest.mark.database

WORDS = "Whoever bakes in the oven first must tell the story of the woman who carried flour over the pass. " * 2


def out(entry: Entry, organizer, owner, how: str) -> None:
    if how == "withdrawn":
        entries.withdraw_entry(owner.as_actor(), entry.public_id)
    else:
        actor, contest = organizer.as_actor(), entry.contest
        screening.disqualify_entry(actor, contest, entry.public_id, reason=LocalizedText(en="Taken over"))
    queue.work_off()


@pytest.fixture
def three(app):
    """Three entries that share words, each with a sketched file, compared and grouped; the organizer; their owners."""
    organizer, owners = make_user(), [make_user() for _ in range(3)]
    contest = make_contest(organizer)
    given = {"submitted": False, "summary": "", "answers": {"idea": WORDS}}
    made = [make_entry(contest, owner=owner, **given) for owner in owners]
    for entry, owner in zip(made, owners, strict=True):
        asset = make_asset(entry, "pages", MediaKind.IMAGE)
        kept = {"kind": "text", "part": "", "version": "1", "sketch": b"x", "words": b"flour"}
        with transaction() as s:
            s.add(FileSketch(asset_id=asset.id, made_at=clock.now(), **kept))
        entries.submit_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
    queue.work_off()
    return made, organizer, owners


def traces(entry_id: int) -> dict[str, int]:
    """Count the rows of the room that tell something of an entry."""
    s = db.session()
    s.expire_all()
    assets = select(MediaAsset.id).where(MediaAsset.owner_type == "entry", MediaAsset.owner_id == entry_id)
    groups = [group for overview in s.scalars(select(Overview)) for group in overview.groups]
    matches = s.scalars(select(Match).where((Match.entry_a_id == entry_id) | (Match.entry_b_id == entry_id)))
    return {
        "entry_sketch": len(s.scalars(select(EntrySketch).where(EntrySketch.entry_id == entry_id)).all()),
        "file_sketch": len(s.scalars(select(FileSketch).where(FileSketch.asset_id.in_(assets))).all()),
        "match": len(matches.all()),
        "groups": sum(entry_id in group for group in groups),
    }


@pytest.mark.parametrize("how", ["withdrawn", "disqualified"])
def test_nothing_is_left_of_an_entry_that_is_out(three, how):
    (first, second, third), organizer, owners = three
    assert traces(first.id) == {"entry_sketch": 2, "file_sketch": 1, "match": 2, "groups": 1}

    out(first, organizer, owners[0], how)

    assert traces(first.id) == {"entry_sketch": 0, "file_sketch": 0, "match": 0, "groups": 0}
    assert traces(second.id) == traces(third.id) == {"entry_sketch": 2, "file_sketch": 1, "match": 1, "groups": 1}


def rows() -> dict[str, list[int]]:
    """Count the rows of terms: of all sketches, and how many sketches each number of them is counted of."""
    s = db.session()
    s.expire_all()
    counted = s.scalars(select(TermCount.sketches).where(TermCount.kind > 0).distinct())
    return {"fingerprints": [s.scalar(select(func.count()).select_from(Fingerprint)) or 0], "counts": sorted(counted)}


def test_the_terms_of_an_entry_go_with_it(three):
    made, organizer, owners = three
    of_one = rows()["fingerprints"][0] // 3
    assert of_one > 10
    seen = [rows()]
    for entry, owner in zip(made, owners, strict=True):
        out(entry, organizer, owner, "withdrawn")
        seen.append(rows())

    left = [([3 * of_one], [3]), ([2 * of_one], [2]), ([of_one], [1]), ([0], [])]
    assert [(one["fingerprints"], one["counts"]) for one in seen] == left


def test_a_group_of_two_ends_with_either(three):
    made, organizer, owners = three
    for entry, owner in zip(made[:2], owners[:2], strict=True):
        out(entry, organizer, owner, "withdrawn")

    assert traces(made[2].id) == {"entry_sketch": 2, "file_sketch": 1, "match": 0, "groups": 0}


def test_a_verdict_keeps_its_match_without_any_words(three):
    (first, second, _), organizer, owners = three
    pair = db.session().scalars(select(Match).where(Match.entry_a_id == first.id, Match.entry_b_id == second.id)).one()
    actor, told = organizer.as_actor(), "The same story"
    verdicts.give_verdict(actor, first.contest, pair.public_id, Verdict.SAME_WORK, reason=told)

    out(first, organizer, owners[0], "disqualified")

    assert traces(first.id) == {"entry_sketch": 0, "file_sketch": 0, "match": 1, "groups": 0}
    kept = db.session().scalars(select(Match).where(Match.entry_a_id == first.id)).one()
    told = json.dumps([kept.evidence, kept.discounted, kept.measures, kept.scores])
    assert kept.verdicts[0].reason == "The same story"
    assert not any(word in told for word in WORDS.split() if len(word) > 3)
