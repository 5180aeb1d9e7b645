"""Files that were handed in are sketched in the confined child and compared; each kind shows where it matches."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import func, select

from creative_platform.core import clock, db, queue
from creative_platform.core.db import transaction
from creative_platform.core.queue import Job, JobState
from creative_platform.entries import service as entries
from creative_platform.entries.models import Entry
from creative_platform.media.models import CopiesWanted, MediaAsset
from creative_platform.media.service import want_copies
from creative_platform.similarity import queries
from creative_platform.similarity.models import EntrySketch, FileSketch, Match
from creative_platform.uploads import service as uploads
from tests.factories import borrowed
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.files import archive
from tests.uploads.test_uploads import planned

pytestmark = [pytest.mark.database, pytest.mark.storage, pytest.mark.timeout(600)]

KINDS = ["video", "audio", "image", "pdf", "document", "zip"]
WORDS = (
    "In the old bakery of our village the oven is lit once a year, and whoever bakes in it first must tell the story "
    "of the woman who carried flour over the pass through three days of snow."
)


@pytest.fixture
def organizer(app):
    return make_user()


@pytest.fixture
def contest(organizer, store):
    contest = make_contest(organizer)
    with transaction():
        for track in contest.tracks:
            for requirement in track.requirements:
                requirement.kinds, requirement.min_count, requirement.max_count = KINDS, 0, 5
    return contest


def hand_in(contest, *files: tuple[str, bytes], draft: bool = False, **given) -> Entry:
    """Hand an entry with these files in and let the worker do what is due."""
    person = given.pop("owner", None) or make_user()
    given = {"summary": "", "answers": {"idea": hashlib.sha256(person.email.encode()).hexdigest()}, **given}
    entry = make_entry(contest, owner=person, submitted=False, **given)
    for name, body in files:
        uploads.receive_plain(person.as_actor(), planned(entry, body, name=name), io.BytesIO(body))
    if not draft:
        entries.submit_entry(person.as_actor(), entry.public_id, arrived_at=clock.now())
    queue.work_off()
    return db.session().get_one(Entry, entry.id)


def only_match() -> Match:
    db.session().expire_all()
    return db.session().scalars(select(Match)).one()


def evidence(contest, organizer):
    match = queries.seen_match(organizer.as_actor(), contest, only_match().public_id)
    return queries.evidence_of(match, queries.files_of([match]))


def page_of(contest, browser) -> str:
    answer = browser.get(f"/manage/{contest.slug}/similarity/{only_match().public_id}")
    assert answer.status_code == 200
    return answer.text


def test_a_mirrored_cut_of_a_picture_is_framed_on_both_sides(contest, organizer, sign_in):
    whole = borrowed.drawing(1)
    first = hand_in(contest, ("a.jpg", borrowed.saved(whole)))
    hand_in(contest, ("other.jpg", borrowed.saved(borrowed.drawing(2))))
    second = hand_in(contest, ("b.png", borrowed.saved(borrowed.mirrored_cut(whole), "PNG")))

    match = only_match()
    assert (match.entry_a_id, match.entry_b_id, match.modality) == (first.id, second.id, "image")
    [pair] = evidence(contest, organizer).regions
    assert "mirrored" in pair.changes
    assert (pair.a.asset.filename, pair.b.asset.filename) == ("a.jpg", "b.png")
    left, _, right, _ = pair.a.span
    assert left < 0.1 and 0.55 < right < 0.72
    assert pair.b.span[2] - pair.b.span[0] > 0.75
    page = page_of(contest, sign_in(organizer))
    assert page.count('<rect class="line"') == 2
    assert "mirrored" in page
    assert "originals/" not in page


def test_a_faster_song_is_found_with_its_times_and_tempo(contest, organizer, sign_in):
    first = hand_in(contest, ("song.mp3", borrowed.played(borrowed.melody(3))))
    hand_in(contest, ("other.mp3", borrowed.played(borrowed.melody(4))))
    second = hand_in(contest, ("fast.mp3", borrowed.played(borrowed.melody(3, tempo=1.05))))

    match = only_match()
    assert (match.entry_a_id, match.entry_b_id, match.modality) == (first.id, second.id, "audio")
    [pair] = evidence(contest, organizer).recordings
    assert (pair.kind, pair.changes) == ("audio", ["tempo=105"])
    [(a, b)] = pair.times
    assert a[0] < 3
    assert a[1] > 25
    assert b[0] < 3
    assert 24 < b[1] < 30
    page = page_of(contest, sign_in(organizer))
    assert page.count('<rect class="hit"') == 2
    assert "tempo × 1.05" in page
    assert f"#t={a[0]:.1f}" in page
    assert page.count('data-resign="/media/') == 2  # an address ends in five minutes, and comparing takes longer


def test_a_stolen_scene_of_a_film_is_found_with_its_times(contest, organizer, sign_in):
    scenes = [borrowed.drawing(n) for n in range(10, 18)]
    first = hand_in(contest, ("film.mp4", borrowed.film(scenes)))
    taken = [borrowed.drawing(30), borrowed.drawing(31), *scenes[2:7]]
    second = hand_in(contest, ("mine.mp4", borrowed.film(taken)))

    match = only_match()
    assert (match.entry_a_id, match.entry_b_id, match.modality) == (first.id, second.id, "video")
    [pair] = evidence(contest, organizer).recordings
    [(a, b)] = pair.times
    assert [round(value) for value in (*a, *b)] == [4, 14, 4, 13]
    page = page_of(contest, sign_in(organizer))
    assert page.count('class="strip"') == 2
    assert "0:04–0:13" in page


def test_a_renamed_function_is_laid_out_as_a_diff(contest, organizer, sign_in):
    first = hand_in(contest, ("bus.zip", archive({"bus/main.py": borrowed.PROGRAM})))
    second = hand_in(contest, ("mine.zip", archive({"src/app.py": borrowed.RENAMED, "LICENSE": "MIT"})))

    match = only_match()
    assert (match.entry_a_id, match.entry_b_id, match.modality) == (first.id, second.id, "code")
    [program] = evidence(contest, organizer).programs
    assert (program.a.inner, program.b.inner) == ("bus/main.py", "src/app.py")
    texts = borrowed.PROGRAM.split("\n"), borrowed.RENAMED.split("\n")
    for line in program.lines:
        assert line.a_number is None or line.a == texts[0][line.a_number - 1]
        assert line.b_number is None or line.b == texts[1][line.b_number - 1]
    changed = [(line.a.strip(), line.b.strip()) for line in program.lines if not line.same]
    assert ("found.sort()", "hits.sort()") in changed
    assert any(line.same and "continue" in line.a for line in program.lines)
    page = page_of(contest, sign_in(organizer))
    assert "bus/main.py" in page
    assert '<tr class="same">' in page


def test_words_of_a_document_are_quoted_with_their_page(contest, organizer, sign_in):
    body = borrowed.written(["A plan for the summer.", WORDS])
    first = hand_in(contest, answers={"idea": WORDS})
    second = hand_in(contest, ("plan.pdf", body))

    match = only_match()
    assert (match.entry_a_id, match.entry_b_id, match.modality) == (first.id, second.id, "text")
    [pair] = evidence(contest, organizer).passages
    assert pair.b.pages == [2]
    quoted = "".join(text for text, mark in pair.b.pieces if mark == "matched")
    assert "carried flour over the pass" in " ".join(quoted.split())
    assert "page or slide 2" in page_of(contest, sign_in(organizer))


def test_a_picture_in_a_document_is_shown_on_its_page(contest, organizer, sign_in):
    picture, paper = borrowed.drawing(1, (480, 360)), io.BytesIO()
    Image.new("RGB", (200, 280), "white").save(paper, "PDF", save_all=True, append_images=[picture])
    hand_in(contest, ("a.jpg", borrowed.saved(picture)))
    second = hand_in(contest, ("plan.pdf", paper.getvalue()))

    [pair] = evidence(contest, organizer).regions
    assert pair.b.inner == "page 2, picture 1"
    browser = sign_in(organizer)
    assert 'page 2, picture 1 <span class="muted">(the first page is shown)' in page_of(contest, browser)
    with transaction():
        want_copies([file.asset_id for file in second.revisions[-1].files], CopiesWanted.ALL)
    queue.work_off()
    page = page_of(contest, browser)
    assert "?copy=page-02.webp" in page
    assert "the first page is shown" not in page


def test_a_file_that_gives_nothing_never_stops_the_queue(contest, monkeypatch):
    from creative_platform.similarity.engine import sketching  # noqa: PLC0415 -- patched here alone

    really, poisoned = sketching.sketch_file, borrowed.saved(borrowed.drawing(40))

    def sketch(read, size, **told):
        if read(0, size) == poisoned:
            raise RuntimeError("poison")
        return really(read, size, **told)

    monkeypatch.setattr(sketching, "sketch_file", sketch)
    drawn = borrowed.drawing(41)
    hand_in(contest, ("poison.jpg", poisoned))
    first = hand_in(contest, ("a.jpg", borrowed.saved(drawn)))
    second = hand_in(contest, ("b.png", borrowed.saved(drawn, "PNG")))
    for minutes in (1, 10, 60):
        with clock.pretend(clock.now() + timedelta(minutes=minutes)):
            queue.work_off()

    match = only_match()
    assert (match.entry_a_id, match.entry_b_id, match.modality) == (first.id, second.id, "image")
    gave_none = db.session().scalars(select(FileSketch).where(FileSketch.kind == FileSketch.NONE)).one()
    assert gave_none.reason == "inspection.storage"
    assert db.session().scalars(select(Job.name).where(Job.state == JobState.FAILED)).all() == [
        "similarity.sketch_file"
    ]


def counts() -> tuple[int, int]:
    s = db.session()
    return s.scalar(select(func.count(EntrySketch.id))) or 0, s.scalar(select(func.count(FileSketch.id))) or 0


def test_drafts_leave_nothing_and_what_is_withdrawn_goes(contest):
    drawn = borrowed.saved(borrowed.drawing(50))
    hand_in(contest, ("a.jpg", drawn), draft=True)
    assert counts() == (0, 0)
    person = make_user()
    entry = hand_in(contest, ("a.jpg", drawn), owner=person)
    hand_in(contest, ("b.jpg", drawn))
    assert counts() == (4, 2)
    assert only_match().modality == "file"

    entries.withdraw_entry(person.as_actor(), entry.public_id)
    queue.work_off()
    assert counts() == (2, 1)
    assert db.session().scalars(select(Match)).all() == []


def test_a_file_that_a_newer_version_left_out_is_forgotten(contest):
    person = make_user()
    entry = hand_in(contest, ("a.jpg", borrowed.saved(borrowed.drawing(60))), owner=person)
    asset = db.session().scalars(select(MediaAsset).where(MediaAsset.owner_id == entry.id)).one()
    uploads.remove_asset(person.as_actor(), asset.public_id)
    entries.submit_entry(person.as_actor(), entry.public_id, arrived_at=clock.now())
    queue.work_off()

    assert counts() == (1, 0)


def test_a_tiny_picture_is_no_trouble(contest):
    hand_in(contest, ("a.png", borrowed.saved(Image.new("RGB", (1, 1)), "PNG")))
    hand_in(contest, ("b.png", borrowed.saved(Image.new("RGB", (2, 1)), "PNG")))

    assert db.session().scalars(select(Match)).all() == []
    assert queue.failed_jobs() == []
