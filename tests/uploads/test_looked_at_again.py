"""Files that were checked are looked at again: by a scanner that came later, and by a newer recipe."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from creative_platform.core import audit, clock, db, queue
from creative_platform.core.audit import contest_chain
from creative_platform.entries import service as entries
from creative_platform.inspection import contract
from creative_platform.inspection.contract import Inspection
from creative_platform.media import queries, scanner, storage, urls
from creative_platform.media.models import AssetState, MediaAsset
from creative_platform.uploads import service as uploads
from creative_platform.uploads.service import again, checks
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.files import archive, picture
from tests.fixtures.clamd import EICAR
from tests.fixtures.letters import kinds_to, letter, mails_to
from tests.inspection import papers
from tests.inspection.recordings import recording
from tests.media.test_old_addresses import status_of
from tests.media.test_orphans import kept
from tests.uploads.test_uploads import planned

pytestmark = [pytest.mark.database, pytest.mark.storage]


@pytest.fixture
def contest(app):
    contest = make_contest(make_user())
    with db.transaction():
        for track in contest.tracks:
            for requirement in track.requirements:
                requirement.kinds, requirement.min_count, requirement.max_count = list(contract.KINDS), 0, 5
    return contest


@pytest.fixture
def owner(app):
    return make_user()


@pytest.fixture
def entry(contest, owner, store):
    return make_entry(contest, owner=owner, submitted=False)


@pytest.fixture
def invoke(app):
    """A function that calls `flask media …` and returns its exit code and what it said."""

    def run(*words: str) -> tuple[int, str]:
        done = app.test_cli_runner().invoke(args=["media", *words])
        return done.exit_code, done.output

    return run


def send(owner, entry, body: bytes, name: str = "picture.jpg") -> MediaAsset:
    asset = uploads.receive_plain(owner.as_actor(), planned(entry, body, name=name), io.BytesIO(body))
    queue.work_off()
    return found(asset)


def found(asset: MediaAsset) -> MediaAsset:
    db.session().rollback()
    [row] = queries.assets_by_id([asset.id]).values()
    db.session().refresh(row)
    return row


def copies(asset: MediaAsset) -> dict[str, str | None]:
    return {proxy.name: proxy.storage_key for proxy in found(asset).proxies}


def addresses(asset: MediaAsset) -> list[str]:
    keys = [key for key in copies(asset).values() if key]
    store = storage.storage()
    return [store.view_url(k, content_type="image/webp", filename="f", inline=True, ttl_s=600) for k in keys]


def before_the_scanner(clamd, owner, entry, *bodies: bytes) -> list[MediaAsset]:
    """Send files while no scanner is named; then there is one that finds the test signature."""
    scanner.configure("")
    sent = [send(owner, entry, body) for body in bodies]
    assert [(asset.state, asset.details["scanned"]) for asset in sent] == [(AssetState.READY, False)] * len(sent)
    scanner.configure(clamd.url)
    clamd.says = lambda body: b"stream: Own.Test FOUND\0" if EICAR in body else b"stream: OK\0"
    return sent


def test_what_was_handed_in_before_there_was_a_scanner_is_scanned(clamd, owner, entry, contest, invoke, sign_in):
    infected, clean = before_the_scanner(clamd, owner, entry, picture() + EICAR, picture())
    entries.submit_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
    queue.work_off()
    theirs, ours = addresses(infected), addresses(clean)
    assert {status_of(url) for url in theirs} == {200} and len(theirs) >= 5

    assert invoke("rescan") == (0, "2 files ordered\n")
    queue.work_off()

    assert queue.failed_jobs() == []
    assert {status_of(url) for url in theirs} == {404}, "no copy of it can be looked at any more"
    assert {status_of(url) for url in ours} == {200}
    infected, clean = found(infected), found(clean)
    assert (infected.state, infected.reason) == (AssetState.REJECTED, "media.virus")
    assert (infected.details["data"], infected.details["scanned"]) == ({"name": "Own.Test"}, True)
    assert (clean.state, clean.details["scanned"]) == (AssetState.READY, True)
    assert infected.storage_key in kept(), "a receipt names it for ever"
    assert urls.original_url(infected) == "" and urls.original_url(clean) != ""
    organizer = sign_in(contest.staff[0].user)
    assert organizer.get(f"/media/{infected.public_id}/original").status_code == 404
    assert "Own.Test" in organizer.get(f"/manage/{contest.slug}/entries/{entry.public_id}").text
    assert kinds_to(owner.email)[-1] == "entries.file_refused"
    assert "picture.jpg" in letter(mails_to(owner.email)[-1]).body
    links = audit.events_about(contest_chain(contest.public_id))
    assert [link.verb for link in links].count("entry.file_refused") == 1

    assert invoke("rescan") == (0, "0 files ordered\n")
    assert invoke("rescan", "--all") == (0, "1 files ordered\n")


def test_what_was_not_handed_in_is_erased_and_nobody_gets_mail(clamd, owner, entry, invoke):
    [infected] = before_the_scanner(clamd, owner, entry, picture() + EICAR)

    invoke("rescan")
    queue.work_off()

    infected = found(infected)
    assert (infected.state, infected.storage_key, copies(infected)) == (AssetState.REJECTED, None, {})
    assert "entries.file_refused" not in kinds_to(owner.email)


@pytest.mark.parametrize("answer", [None, b"stream: OK"])
def test_a_scanner_that_goes_away_changes_nothing_and_the_job_is_tried_again(clamd, owner, entry, invoke, answer):
    [asset] = before_the_scanner(clamd, owner, entry, picture() + EICAR)
    clamd.says = lambda body: answer
    before = copies(asset)

    invoke("rescan")
    queue.work_off()

    assert (found(asset).state, found(asset).details["scanned"], copies(asset)) == (AssetState.READY, False, before)
    assert queue.waiting_count(again.LOOK_JOB, asset_id=asset.id) == 1


def test_what_the_scanner_does_not_take_stays_not_scanned(clamd, owner, entry, invoke):
    [asset] = before_the_scanner(clamd, owner, entry, picture())
    clamd.says = lambda body: b"INSTREAM size limit exceeded. ERROR\0"

    invoke("rescan")
    queue.work_off()

    assert (found(asset).state, found(asset).details["scanned"]) == (AssetState.READY, False)
    assert invoke("rescan") == (0, "1 files ordered\n")


def test_without_a_scanner_the_command_says_so(app, clamd, invoke):
    clamd.close()
    away = invoke("rescan")
    scanner.configure("")
    assert away == invoke("rescan") == (1, "Error: CLAMD_URL names no scanner, or it does not answer\n")


def newer(monkeypatch) -> None:
    """Let the check make its copies in another way from now on."""
    following = contract.RECIPE + 1
    for module in (contract, again, checks):
        monkeypatch.setattr(module, "RECIPE", following)


FILES = {
    "picture.jpg": picture,
    "film.mp4": lambda: recording("mp4", "libx264", "aac"),
    "film.mov": lambda: recording("mov", "mpeg4", "ac3"),
    "sound.mp3": lambda: recording("mp3", None, "libmp3lame"),
    "paper.pdf": lambda: papers.pdf(pages=2),
    "things.zip": lambda: archive({"a.txt": "words"}),
}


@pytest.mark.parametrize("name", FILES)
def test_what_the_check_made_is_rebuilt_by_a_newer_recipe(owner, entry, invoke, monkeypatch, name):
    asset = send(owner, entry, FILES[name](), name)
    entries.submit_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
    queue.work_off()
    before, old, facts = kept(), copies(asset), (asset.kind, asset.duration_s, asset.sha256)
    assert invoke("rebuild") == (0, "0 copies ordered\n")

    newer(monkeypatch)
    assert invoke("rebuild") == (0, "1 copies ordered\n")
    queue.work_off()

    new = copies(asset)
    rows = {proxy.name: proxy.recipe for proxy in found(asset).proxies}
    encoded = {"clean"} if name == "film.mov" else set()
    assert sorted(new) == sorted(old)
    assert rows == {key: 1 if key in encoded else 2 for key in rows}
    assert {key for key in new if new[key] and new[key] == old[key]} == encoded, "what was encoded stays"
    assert kept() - before == set(new.values()) - set(old.values())
    assert before - kept() == set(old.values()) - set(new.values()), "the old ones went"
    assert (found(asset).kind, found(asset).duration_s, found(asset).sha256) == facts
    assert invoke("rebuild") == (0, "0 copies ordered\n")


def test_what_a_newer_check_would_refuse_keeps_what_it_has(owner, entry, invoke, monkeypatch):
    asset = send(owner, entry, picture())
    old, before = copies(asset), kept()
    newer(monkeypatch)
    monkeypatch.setattr(again, "inspect", lambda *given, **more: Inspection(False, "media.resolution"))

    invoke("rebuild")
    queue.work_off()

    assert (found(asset).state, found(asset).reason, copies(asset)) == (AssetState.READY, "", old)
    assert (kept(), queue.failed_jobs()) == (before, [])


def test_a_file_removed_while_it_is_looked_at_again_keeps_nothing(owner, entry, invoke, monkeypatch):
    before = kept()
    asset = send(owner, entry, picture())
    newer(monkeypatch)
    real = again.inspect

    def removing(*given, **more):
        seen = real(*given, **more)
        uploads.remove_asset(owner.as_actor(), asset.public_id)
        [job] = db.session().scalars(select(queue.Job).where(queue.Job.name == again.ERASE_JOB)).all()
        queue.work(job.id)
        return seen

    monkeypatch.setattr(again, "inspect", removing)
    invoke("rebuild")
    queue.work_off()

    assert (found(asset).state, kept()) == (AssetState.ERASED, before)
    assert queue.failed_jobs() == []
