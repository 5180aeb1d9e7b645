"""Copies are made when somebody will look, once, and never half; with the real store and the confined child."""

from __future__ import annotations

import io
from datetime import timedelta

import av
import pytest
from sqlalchemy import select

from creative_platform.core import clock, db, queue
from creative_platform.core.errors import Unavailable
from creative_platform.core.queue import Job, JobState
from creative_platform.entries import service as entries
from creative_platform.entries.models import Entry, ScreeningOutcome
from creative_platform.media import copies as of_file
from creative_platform.media import queries, service, storage
from creative_platform.media.models import CopiesWanted, MediaAsset, MediaKind
from creative_platform.media.service import copies
from creative_platform.renditions import contract
from creative_platform.screening import service as screening
from creative_platform.uploads import service as uploads
from creative_platform.uploads.service import again
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.inspection import papers
from tests.inspection.recordings import MARK, recording
from tests.media.test_orphans import Killed, kept
from tests.uploads.test_uploads import planned

pytestmark = [pytest.mark.database, pytest.mark.storage]


@pytest.fixture
def organizer(app):
    return make_user()


@pytest.fixture
def contest(organizer):
    contest = make_contest(organizer)
    with db.transaction():
        for track in contest.tracks:
            for requirement in track.requirements:
                requirement.kinds, requirement.min_count, requirement.max_count = ["video", "audio", "pdf"], 0, 5
    return contest


def strange(size: tuple[int, int] = (320, 240)) -> bytes:
    """A film that browsers do not play."""
    return recording("mov", "mpeg4", "ac3", size=size)


def send(contest, body: bytes, name: str, owner=None) -> MediaAsset:
    """Send a file of a draft and have it checked."""
    owner = owner or make_user()
    entry = make_entry(contest, owner=owner, submitted=False)
    asset = uploads.receive_plain(owner.as_actor(), planned(entry, body, name=name), io.BytesIO(body))
    queue.work_off()
    return asset


def hand_in(asset: MediaAsset):
    entry = db.session().get_one(Entry, asset.owner_id)
    captain = entry.team.members[0].user
    entries.submit_entry(captain.as_actor(), entry.public_id, arrived_at=clock.now())
    return entry


def names(asset: MediaAsset) -> list[str]:
    found = queries.assets_by_id([asset.id])[asset.id]
    db.session().refresh(found)
    return [proxy.name for proxy in found.proxies]


def copy_of(asset: MediaAsset, name: str) -> bytes:
    [proxy] = [proxy for proxy in queries.assets_by_id([asset.id])[asset.id].proxies if proxy.name == name]
    return storage.storage().read(str(proxy.storage_key))


def test_copies_follow_the_entry_from_draft_to_admission(store, contest, organizer):
    asset = send(contest, strange(), "film.mov")
    assert names(asset) == ["poster.jpg", "poster.webp"], "a draft's file costs no copies"

    entry = hand_in(asset)
    queue.work_off()
    assert names(asset) == ["poster.jpg", "poster.webp", "clean"], "handed in: what browsers play"

    screening.screen_entry(organizer.as_actor(), contest, entry.public_id, ScreeningOutcome.ADMITTED)
    queue.work_off()
    assert names(asset) == ["poster.jpg", "poster.webp", "clean", "light", "sheet.jpg", "sheet.webp"]
    for name in ("clean", "light"):
        body = copy_of(asset, name)
        with av.open(io.BytesIO(body)) as film:
            assert [stream.codec_context.name for stream in film.streams] == ["h264", "aac"]
            assert sum(1 for _ in film.decode(video=0)) == 30
        assert MARK not in body
    rows = {proxy.name: proxy for proxy in queries.assets_by_id([asset.id])[asset.id].proxies}
    assert (rows["light"].content_type, rows["light"].size_bytes) == ("video/mp4", len(copy_of(asset, "light")))
    assert (rows["light"].width, rows["light"].height) == (320, 240)


def test_the_light_copy_is_made_of_the_film_that_was_encoded_for_browsers(store, contest, monkeypatch):
    asset, plain = send(contest, strange(), "film.mov"), send(contest, recording("mp4", "libx264", "aac"), "film.mp4")
    want(asset, CopiesWanted.PLAYABLE)
    queue.work_off()
    read, keys = storage.Storage.read, set()
    monkeypatch.setattr(storage.Storage, "read", lambda self, key, *more: keys.add(key) or read(self, key, *more))

    want(asset)
    want(plain)
    queue.work_off()

    clean = next(p for p in queries.assets_by_id([asset.id])[asset.id].proxies if p.name == "clean")
    assert keys == {clean.storage_key, plain.storage_key}
    assert {"light", "sheet.jpg"} <= set(names(asset)) & set(names(plain))


def test_what_plays_as_it_is_gets_no_second_clean_copy(store, contest, organizer):
    asset = send(contest, recording("mp4", "libx264", "aac"), "film.mp4")
    clean = copy_of(asset, "clean")

    entry = hand_in(asset)
    assert queue.waiting_count(copies.RENDER_JOB, asset_id=asset.id) == 0
    screening.screen_entry(organizer.as_actor(), contest, entry.public_id, ScreeningOutcome.ADMITTED)
    queue.work_off()

    assert names(asset) == ["poster.jpg", "poster.webp", "clean", "light", "sheet.jpg", "sheet.webp"]
    assert copy_of(asset, "clean") == clean


def test_a_file_handed_in_before_its_check_gets_its_copy_afterwards(store, contest):
    owner, body = make_user(), strange()
    entry = make_entry(contest, owner=owner, submitted=False)
    asset = uploads.receive_plain(owner.as_actor(), planned(entry, body, name="film.mov"), io.BytesIO(body))
    hand_in(asset)

    queue.work_off()

    assert names(asset) == ["poster.jpg", "poster.webp", "clean"]


def test_what_is_handed_in_again_after_admission_gets_everything(store, contest, organizer):
    asset = send(contest, papers.pdf(pages=2), "paper.pdf")
    entry = hand_in(asset)
    screening.screen_entry(organizer.as_actor(), contest, entry.public_id, ScreeningOutcome.ADMITTED)
    queue.work_off()
    captain, body = entry.team.members[0].user, papers.pdf(pages=3)
    second = uploads.receive_plain(captain.as_actor(), planned(entry, body, name="second.pdf"), io.BytesIO(body))
    entries.submit_entry(captain.as_actor(), entry.public_id, arrived_at=clock.now())

    queue.work_off()

    assert [name for name in names(asset) if name.startswith("page")] == ["page-01.webp", "page-02.webp"]
    assert [name for name in names(second) if name.startswith("page")] == [f"page-0{n}.webp" for n in (1, 2, 3)]


def want(asset: MediaAsset, wanted: CopiesWanted = CopiesWanted.ALL) -> None:
    service.want_copies([asset.id], wanted)


def test_rendering_again_makes_nothing_and_the_same_bytes_are_encoded_once(store, contest, monkeypatch):
    first, second = send(contest, strange(), "one.mov"), send(contest, strange(), "two.mov")
    want(first)
    queue.work_off()
    before = kept()
    queue.enqueue(copies.RENDER_JOB, asset_id=first.id, copy="light")
    queue.work_off()
    assert kept() == before

    monkeypatch.setattr(copies, "render", None)  # would fail
    want(second)
    queue.work_off()

    assert queue.failed_jobs() == []
    assert names(second) == names(first)
    assert copy_of(second, "light") == copy_of(first, "light")
    keys = [{proxy.storage_key for proxy in queries.assets_by_id([a.id])[a.id].proxies} for a in (first, second)]
    assert keys[0] & keys[1] == set(), "each under keys of its own"


def test_a_new_recipe_is_rebuilt_and_the_old_copy_goes(app, store, contest, monkeypatch):
    asset = send(contest, papers.pdf(pages=2), "paper.pdf")
    want(asset)
    queue.work_off()
    old = {proxy.name: proxy.storage_key for proxy in queries.assets_by_id([asset.id])[asset.id].proxies}
    assert app.test_cli_runner().invoke(args=["media", "rebuild"]).output == "0 copies ordered\n"

    for module in (copies, of_file):
        monkeypatch.setattr(module, "RECIPE", contract.RECIPE + 1)
    assert app.test_cli_runner().invoke(args=["media", "rebuild"]).output == "1 copies ordered\n"
    queue.work_off()

    new = {proxy.name: proxy.storage_key for proxy in queries.assets_by_id([asset.id])[asset.id].proxies}
    assert list(new) == list(old)
    pages = {"page-01.webp", "page-02.webp"}
    assert {name for name in new if new[name] != old[name]} == pages
    assert {old[name] for name in pages} & kept() == set()
    assert set(new.values()) - {None} <= kept()


def test_a_copy_that_cannot_be_made_says_why_and_the_queue_goes_on(store, contest, monkeypatch):
    broken, whole = send(contest, strange(), "one.mov"), send(contest, strange((322, 240)), "two.mov")
    real = copies.render

    def slow(read, size_bytes, wanted, write, **more):
        short = contract.Limits(cpu_s=1, wall_s=0.05) if size_bytes == broken.size_bytes else None
        return real(read, size_bytes, wanted, write, limits=short, **more)

    def retried(*given, **more):
        made = slow(*given, **more)
        return made if made.made else contract.Rendition(False, made.reason)

    before = kept()
    monkeypatch.setattr(copies, "render", retried)
    want(broken, CopiesWanted.PLAYABLE)
    want(whole, CopiesWanted.PLAYABLE)
    queue.work_off()

    assert queue.failed_jobs() == []
    [asset] = queries.assets_by_id([broken.id]).values()
    assert asset.details["unmade"] == {"clean": "inspection.timeout"}
    assert (names(broken), names(whole)[-1], len(kept() - before)) == (["poster.jpg", "poster.webp"], "clean", 1)
    monkeypatch.setattr(copies, "render", real)
    assert again.rebuild_copies() == 1
    queue.work_off()
    assert queries.assets_by_id([broken.id])[broken.id].details["unmade"] == {}
    assert names(broken)[-1] == "clean"


@pytest.mark.parametrize("at", ["video/mp4", "image/webp"])
def test_a_store_that_goes_away_in_the_middle_leaves_nothing_half(at, store, contest, monkeypatch, hands):
    asset = send(contest, strange(), "film.mov")
    before, put = kept(), storage.Storage.put

    def away(self, key, body, content_type):
        if content_type == at:  # the film itself, or the sheet when the film is stored
            raise Unavailable()
        put(self, key, body, content_type)

    want(asset)
    lost = ["clean", "light"] if at == "video/mp4" else ["light"]
    with monkeypatch.context() as torn:
        torn.setattr(storage.Storage, "put", away)
        for _ in range(4):
            queue.work_off()
            hands.forward(hours=1)

    assert [job.name for job in queue.failed_jobs()] == [copies.RENDER_JOB] * len(lost)
    [found] = queries.assets_by_id([asset.id]).values()
    db.session().refresh(found)
    assert found.details["unmade"] == dict.fromkeys(lost, "inspection.storage")
    assert names(asset) == ["poster.jpg", "poster.webp"] + ["clean"] * (at != "video/mp4")
    assert len(kept() - before) == (at != "video/mp4")
    for job in queue.failed_jobs():
        queue.try_again(job.id)
    queue.work_off()
    assert {"clean", "light"} <= set(names(asset))
    db.session().refresh(found)
    assert found.details["unmade"] == {}


def test_a_worker_killed_in_the_middle_leaves_nothing_published(store, contest, monkeypatch):
    asset = send(contest, strange(), "film.mov")
    before = kept()
    want(asset, CopiesWanted.PLAYABLE)
    with monkeypatch.context() as torn:
        torn.setattr(copies, "_store_rows", lambda *given: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            queue.work_off()
    orphans = kept() - before
    assert (names(asset), len(orphans)) == (["poster.jpg", "poster.webp"], 1)

    start = clock.now()
    with clock.pretend(lambda: start + timedelta(hours=1)):
        for job in db.session().scalars(select(Job).where(Job.state == JobState.RUNNING)).all():
            queue.work(job.id)  # as another worker does once the dead one's lease ran out
    assert names(asset) == ["poster.jpg", "poster.webp", "clean"]
    [clean] = [proxy for proxy in queries.assets_by_id([asset.id])[asset.id].proxies if proxy.name == "clean"]
    assert clean.storage_key not in orphans


def test_a_file_removed_while_its_copy_is_made_keeps_none(store, contest, monkeypatch):
    before = kept()
    asset = send(contest, strange(), "film.mov")
    owner = db.session().get_one(Entry, asset.owner_id).team.members[0].user
    want(asset)
    real = copies.render

    def removing(*given, **more):
        made = real(*given, **more)
        uploads.remove_asset(owner.as_actor(), asset.public_id)
        for job in db.session().scalars(select(Job).where(Job.name == "media.erase_asset")).all():
            queue.work(job.id)
        return made

    monkeypatch.setattr(copies, "render", removing)
    queue.work_off()

    assert names(asset) == []
    assert kept() == before


def test_kinds_that_need_no_copies_order_none(store, contest):
    asset = send(contest, recording("mp3", None, "libmp3lame"), "song.mp3")
    want(asset)

    assert queries.assets_by_id([asset.id])[asset.id].kind is MediaKind.AUDIO
    assert queue.waiting_count(copies.RENDER_JOB, asset_id=asset.id) == (asset.size_bytes * 8 > 96_000 * 2)
