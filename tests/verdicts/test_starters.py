"""What organizers handed out to everybody weighs nothing between entries, is shown greyed, and goes without a trace."""

from __future__ import annotations

import hashlib
import io

import pytest
from sqlalchemy import func, select

from creative_platform.contests.models import ContestStaff, StaffRole
from creative_platform.core import audit, clock, db, queue
from creative_platform.core.errors import Invalid, NotAllowed, NotFound
from creative_platform.entries.models import RevisionFile
from creative_platform.media.models import AssetState, MediaAsset
from creative_platform.similarity import queries, starters
from creative_platform.similarity import service as similarity
from creative_platform.similarity.engine import decoding, sketching
from creative_platform.similarity.models import Match, Starter, StarterSketch
from creative_platform.similarity.service import starters as reading
from creative_platform.similarity.service.sketching import _store_file
from creative_platform.verdicts import service
from creative_platform.verdicts.report import report_of
from tests.factories import borrowed
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.files import archive
from tests.fixtures.people import csrf_of, post

pytestmark = [pytest.mark.database, pytest.mark.timeout(300)]

TEMPLATE = (
    "Describe in the first paragraph who needs your idea and how you came to know of them. In the second tell what "
    "you will do in the first three months, who does it and what it costs. End with how you will see that it worked."
)
OWN = (
    "The bakery of our village lights its oven once a year, and the first who bakes tells of the flour carried home.",
    "Nineteen shepherds drew a map of springs that no satellite shows, and we walked to each of them with a recorder.",
)
SKELETON = """<!doctype html>
<html lang="kk">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Work</title>
  <link rel="stylesheet" href="style.css">
</head>
<body>
  <header><h1>Work</h1><nav><a href="#about">About</a><a href="#team">Team</a></nav></header>
  <main id="about"><section class="lead"><p>Text</p></section><section id="team"><ul><li>One</li></ul></section></main>
  <footer><small>Handed out to everybody</small></footer>
  <script src="app.js" defer></script>
</body>
</html>
"""


@pytest.fixture
def organizer(app):
    return make_user()


@pytest.fixture
def unconfined(monkeypatch):
    """Decode in this process: a child takes a second of processor time, and others are tested with it."""

    def sketch(read, size, *, kind, name, **more):
        body = decoding.sketched(io.BytesIO(read(0, size)), kind, name)
        return sketching.Sketched(sketching._checked(body))

    monkeypatch.setattr(sketching, "sketch_file", sketch)


@pytest.fixture
def contest(organizer):
    return make_contest(organizer)


def hand_in(contest, idea: str, **given):
    entry = make_entry(contest, **{"title": "T", "summary": "", "answers": {"idea": idea}, **given})
    if given.get("submitted", True):
        service_job(entry)
    return entry


def service_job(entry) -> None:
    with db.transaction():
        queue.enqueue(similarity.SKETCH_JOB, entry_id=entry.id)
    queue.work_off()


def give(organizer, contest, name: str, body: bytes) -> Starter:
    given = service.add_starter(organizer.as_actor(), contest, name, body)
    queue.work_off()
    db.session().expire_all()
    return given


def pairs() -> set[tuple[int, int]]:
    db.session().expire_all()
    return {(match.entry_a_id, match.entry_b_id) for match in db.session().scalars(select(Match))}


def test_a_template_weighs_nothing_until_it_is_taken_back(contest, organizer, sign_in, unconfined):
    filled, other = (hand_in(contest, f"{TEMPLATE} {own}") for own in OWN)
    quoting = hand_in(contest, f"{TEMPLATE} We begin so: {OWN[0]}")
    hand_in(contest, TEMPLATE, submitted=False)
    bare = hand_in(contest, TEMPLATE)
    assert (filled.id, other.id) in pairs()

    page = sign_in(organizer)
    sent = {"csrf_token": csrf_of(page.get(f"/manage/{contest.slug}/similarity/starters").text)}
    sent["file"] = (io.BytesIO(TEMPLATE.encode("utf-16")), "forms/template.txt")
    assert page.post(f"/manage/{contest.slug}/similarity/starters", data=sent).status_code == 303
    queue.work_off()

    assert pairs() == {(filled.id, quoting.id)}
    match = queries.seen_match(organizer.as_actor(), contest, db.session().scalars(select(Match)).one().public_id)
    [pair] = queries.evidence_of(match, {}).passages
    greyed = ["".join(text for text, mark in side.pieces if mark == "grey") for side in (pair.a, pair.b)]
    assert [text[:40] in TEMPLATE and len(text) > 0.9 * len(TEMPLATE) for text in greyed] == [True, True]
    shown = page.get(f"/manage/{contest.slug}/similarity/starters").text
    assert "template.txt" in shown
    assert shown.count(f"/entries/{bare.public_id}") == 1
    assert "One entry has a text or a program that is starter material" in shown  # the draft of the same words is none
    told = report_of(organizer.as_actor(), contest)
    [starter] = starters.starters_of(contest)
    assert told["starter_material"] == [
        {"name": "template.txt", "size_bytes": starter.size_bytes, "sha256": starter.sha256, "reason": ""}
    ]
    assert told["starter_material_alone"] == [bare.code]
    assert starter.sha256 in page.get(f"/manage/{contest.slug}/similarity/report").text

    address = f"/manage/{contest.slug}/similarity/starters"
    taken = post(page, address, {}, to=f"{address}/{starter.public_id}/remove")
    assert taken.status_code == 303
    queue.work_off()
    assert (filled.id, other.id) in pairs()
    left = select(func.count()).select_from(Starter), select(func.count()).select_from(StarterSketch)
    assert [db.session().scalar(query) for query in left] == [0, 0]
    assert report_of(organizer.as_actor(), contest)["starter_material_alone"] == []
    verbs = [link.verb for link in audit.events_about(audit.contest_chain(contest.public_id))]
    assert verbs[:2] == ["starter.removed", "starter.added"]
    assert "Starter material given" in page.get(f"/manage/{contest.slug}/audit").text


def test_a_starter_that_equals_all_entries_is_called_so(contest, organizer, sign_in, unconfined):
    for _ in range(2):
        hand_in(contest, TEMPLATE)
    give(organizer, contest, "", TEMPLATE.encode())

    assert pairs() == set()
    said = "All entries have a text or a program that is starter material"
    assert said in sign_in(organizer).get(f"/manage/{contest.slug}/similarity/starters").text


def test_of_two_contests_only_what_both_handed_out_weighs_nothing(contest, organizer, unconfined):
    elsewhere, other = make_user(), None
    there = make_contest(elsewhere)
    entry, other = hand_in(contest, f"{TEMPLATE} {OWN[0]}"), hand_in(there, f"{TEMPLATE} {OWN[1]}")
    give(organizer, contest, "", TEMPLATE.encode())
    assert pairs() == {(entry.id, other.id)}

    give(elsewhere, there, "", TEMPLATE.encode())
    assert pairs() == set()
    service_job(entry)
    assert pairs() == set()


def hand_in_program(contest, sources: dict[str, str]):
    """Hand an entry in with an archive whose bytes lie nowhere: it is sketched here."""
    entry, body = make_entry(contest, summary="", answers={"idea": "none"}), archive(sources)
    with db.transaction() as s:
        asset = MediaAsset(owner_type="entry", owner_id=entry.id, field="pages", filename="a.zip", filename_salt="0")
        asset.content_type, asset.size_bytes, asset.kind, asset.state = "a/zip", len(body), "zip", AssetState.READY
        asset.sha256 = hashlib.sha256(body).hexdigest()
        asset.storage_key, asset.created_at = f"originals/{entry.id}", clock.now()
        s.add(asset)
        s.flush()
        entry.revisions[0].files.append(RevisionFile(asset_id=asset.id, field="pages"))
        parts = sketching._checked(decoding.sketched(io.BytesIO(body), "zip", "a.zip"))
        _store_file(asset.id, parts, "")
    queue.work_off()
    return entry


def test_starter_code_is_greyed_beside_what_was_copied(contest, organizer, unconfined):
    first = hand_in_program(contest, {"index.html": SKELETON, "app.py": borrowed.PROGRAM})
    second = hand_in_program(contest, {"index.html": SKELETON.replace("Work", "Mine")})
    own = "<ol><li><b>One</b></li><li><a href='x'>Two</a></li></ol>\n<table><tr><td>1</td><th>2</th></tr></table>\n"
    joined = SKELETON.replace("  <footer>", f"{own}  <footer>").replace("</body>", f"{own}{own.upper()}</body>")
    third = hand_in_program(contest, {"app.py": f"{borrowed.PROGRAM}\n", "index.html": joined})
    fourth = hand_in_program(contest, {"start.html": joined})
    assert {(first.id, second.id), (second.id, third.id)} <= pairs()

    give(organizer, contest, "starter.zip", archive({"index.html": SKELETON, "README.md": "Read me"}))

    assert pairs() == {(first.id, third.id), (third.id, fourth.id)}
    shown = {match.entry_b_id: lines_of(organizer, contest, match) for match in db.session().scalars(select(Match))}
    assert {line.grey for line in shown[third.id]} == {(False, False)}
    grey = {line.a.strip(): line.grey for line in shown[fourth.id]}
    assert grey["<footer><small>Handed out to everybody</small></footer>"] == (True, True)
    assert grey["<table><tr><td>1</td><th>2</th></tr></table>"] == (False, False)
    assert starters.seen_of_starters_alone(organizer.as_actor(), contest) == [second]


def lines_of(organizer, contest, match):
    seen = queries.seen_match(organizer.as_actor(), contest, match.public_id)
    shown = queries.evidence_of(seen, queries.files_of([seen]))
    return [line for program in shown.programs for line in program.lines]


def test_what_cannot_be_taken_is_refused_with_a_reason(contest, organizer, sign_in, unconfined):
    taken = give(organizer, contest, "", TEMPLATE.encode())
    address = f"/manage/{contest.slug}/similarity/starters"
    refused = [b" \n", b"x" * (service.MOST_BYTES + 1), TEMPLATE.encode()]
    for body in refused:
        with pytest.raises(Invalid):
            service.add_starter(organizer.as_actor(), contest, "a.txt", body)
    with pytest.raises(NotAllowed):
        service.add_starter(make_user().as_actor(), contest, "a.txt", b"words")
    with pytest.raises(NotFound):
        service.remove_starter(organizer.as_actor(), make_contest(organizer), taken.public_id)
    page = sign_in(organizer)
    for sent in ({}, {"words": "both", "file": (io.BytesIO(b"both"), "both.txt")}, {"words": "x" * 100_001}):
        sent["csrf_token"] = csrf_of(page.get(address).text)
        assert page.post(address, data=sent).status_code == 422
    token = {"X-CSRFToken": csrf_of(page.get(address).text)}
    too_large = page.post(
        address, data=b"x" * ((1 << 20) + 1), content_type="multipart/form-data; boundary=x", headers=token
    )
    assert too_large.status_code == 413
    assert db.session().scalar(select(func.count()).select_from(Starter)) == 1


def test_who_has_a_part_in_an_entry_makes_no_match_of_it_go(contest, organizer, sign_in, unconfined):
    party = make_user()
    with db.transaction() as s:
        s.add(ContestStaff(contest_id=contest.id, user_id=party.id, role=StaffRole.ORGANIZER, since=clock.now()))
    copied = hand_in(contest, TEMPLATE, owner=party), hand_in(contest, TEMPLATE)
    held = give(organizer, contest, "", OWN[0].encode())

    with pytest.raises(NotAllowed):
        give(party, contest, "form.txt", TEMPLATE.encode())
    with pytest.raises(NotAllowed):
        service.remove_starter(party.as_actor(), contest, held.public_id)

    queue.work_off()
    assert pairs() == {tuple(entry.id for entry in copied)}
    shown = sign_in(party).get(f"/manage/{contest.slug}/similarity/starters").text
    assert "another organizer gives and deletes starter material" in shown
    assert 'name="words"' not in shown


def test_of_two_that_are_read_at_once_the_last_has_the_contest_compared(contest, organizer, beside):
    make_entry(contest)
    given = [service.add_starter(organizer.as_actor(), contest, "", words.encode()).id for words in OWN]

    def read(starter_id: int) -> None:
        with db.transaction():
            reading._store(starter_id, (), "media.unreadable")

    with db.transaction():
        reading._store(given[0], (), "media.unreadable")
        other = beside(lambda: read(given[1]))
        other.join(0.3)  # it waits
    other.join(30)

    db.session().rollback()
    assert other.raised is None
    assert queue.waiting_count(similarity.COMPARE_JOB, contest_id=contest.id) == 1


@pytest.mark.usefixtures("unconfined")
def test_what_holds_nothing_to_compare_says_so(contest, organizer):
    assert give(organizer, contest, "a.zip", archive({"README.md": "Read me"})).reason == "nothing_to_compare"
    assert give(organizer, contest, "a.py", b"# a remark\n" * 9).reason == "nothing_to_compare"
