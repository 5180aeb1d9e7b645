"""Copies take turns by whom they are for: what one person sends holds nobody else's up."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from creative_platform.core import clock, db, queue
from creative_platform.core.queue import Job
from creative_platform.entries import service as entries
from creative_platform.inspection.contract import Inspection
from creative_platform.media import owners
from creative_platform.media.models import CopiesWanted, MediaAsset
from creative_platform.media.service import copies
from creative_platform.renditions.contract import CLEAN, LIGHT, Wanted, limits_for
from creative_platform.uploads import service as uploads
from creative_platform.uploads.service import checks
from tests.factories.accounts import make_user
from tests.factories.entries import make_entry
from tests.media.test_copies import contest, hand_in, names, organizer, send, strange, want
from tests.uploads.test_uploads import planned

pytestmark = [pytest.mark.database, pytest.mark.storage]
__all__ = ["contest", "organizer"]  # fixtures


@pytest.fixture
def made(monkeypatch) -> list[tuple[int, str]]:
    """Which copies were made of which file, in order."""
    seen: list[tuple[int, str]] = []
    rendered = copies._rendered

    def noted(store, source):
        asset = db.session().scalars(select(MediaAsset).where(MediaAsset.sha256 == source.sha256)).first()
        seen.append((asset.id, source.wanted.copy))
        return rendered(store, source)

    monkeypatch.setattr(copies, "_rendered", noted)
    return seen


def test_a_copy_behind_those_of_somebody_else_waits_for_one_of_them_alone(store, contest, made):
    greedy = make_user()
    many = [send(contest, strange(), f"{n}.mov", greedy) for n in range(2)]
    for number, asset in enumerate(many):  # other bytes each, or one would lend its copy to the next
        with db.transaction():
            asset.sha256, asset.owner_id = f"{number:064d}", many[0].owner_id
    modest = send(contest, strange((160, 120)), "film.mov")
    for asset in many:
        want(asset)
    want(modest, CopiesWanted.PLAYABLE)

    queue.work_off()

    assert [made[0], made[1]] == [(many[0].id, CLEAN), (modest.id, CLEAN)]
    assert sorted(made[2:]) == sorted([(many[0].id, LIGHT), (many[1].id, CLEAN), (many[1].id, LIGHT)])
    assert {job.turn for job in db.session().scalars(select(Job).where(Job.name == copies.RENDER_JOB))} == {
        f"entry:{many[0].owner_id}",
        f"entry:{modest.owner_id}",
    }


def test_of_many_versions_the_newest_alone_gets_copies(store, contest, made):
    first = send(contest, strange(), "film.mov")
    entry = hand_in(first)
    captain = entry.team.members[0].user
    for number in (2, 3):
        [held] = [a for a in db.session().scalars(select(MediaAsset)) if a.removed_at is None]
        uploads.remove_asset(captain.as_actor(), held.public_id)
        body = strange((320 + 16 * number, 240))
        newest = uploads.receive_plain(captain.as_actor(), planned(entry, body, name="film.mov"), io.BytesIO(body))
        entries.submit_entry(captain.as_actor(), entry.public_id, arrived_at=clock.now())

    queue.work_off()

    assert made == [(newest.id, CLEAN)]
    assert (names(first), "clean" in names(newest)) == (["poster.jpg", "poster.webp"], True)


def test_a_small_file_that_claims_hours_may_cost_minutes():
    hours, wanted = 2 * 3600.0, Wanted(LIGHT, ".mp4", 2 * 3600.0)

    assert limits_for(wanted, 1 << 20).cpu_s < 4 * 60
    assert limits_for(wanted, 100 << 20).cpu_s > hours


def test_recordings_are_two_hours_at_most_unless_organizers_say_otherwise(store, contest):
    entry = make_entry(contest, submitted=False)
    limits = owners.owner("entry").limits(entry.id, "pages")

    assert limits.max_duration_s == 2 * 3600
    found = [checks._duration_problem(Inspection(accepted=True, duration_s=s), limits)[0] for s in (7200.0, 7201.0)]
    assert found == ["", "media.duration"]
