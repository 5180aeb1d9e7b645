"""AC06, AC12, AC23: a match with an entry of another contest shows its staff their own side and nothing of the other.

Who has a part in one of the two entries sees no match of it at all.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from creative_platform.contests.models import ContestStaff, StaffRole
from creative_platform.core import audit, clock, db
from creative_platform.core.db import transaction
from creative_platform.core.errors import NotFound
from creative_platform.entries.models import RevisionFile
from creative_platform.judging.models import ConflictOfInterest, ConflictSource
from creative_platform.media.models import AssetState, MediaAsset, MediaProxy
from creative_platform.similarity import queries
from creative_platform.similarity.models import MatchVerdict, Verdict
from creative_platform.verdicts import service as verdicts
from tests.factories.accounts import make_user
from tests.factories.communities import make_community
from tests.factories.contests import make_contest, text
from tests.factories.entries import make_entry, make_team
from tests.factories.judging import admit
from tests.factories.matches import make_match
from tests.fixtures.people import post

pytestmark = pytest.mark.database

SHARED = "Three children play the dombra in the first snow"
OUR_WORDS = f"We tell of this: {SHARED}, and nobody claps."
THEIR_WORDS = f"Zxforeign words before. {SHARED} Zxforeign words after."
MARKS = ("zxforeign", "zxtitle", "zxauthor", "zxteam", "zxfile", "derived/zx", "originals/zx")


def passage(a: str, b: str) -> dict:
    spans = {name: [words.index(SHARED), words.index(SHARED) + len(SHARED)] for name, words in (("a", a), ("b", b))}
    return {
        "kind": "passage",
        "a_span": spans["a"],
        "b_span": spans["b"],
        "weight": 40.0,
        "transformation": ["script"],
        "a_part": "answers.idea",
        "b_part": "answers.idea",
    }


def identical(a: MediaAsset, b: MediaAsset) -> dict:
    whole = {"kind": "identical", "a_span": [], "b_span": [], "weight": 9.0, "transformation": []}
    return {**whole, "a_part": a.public_id, "b_part": b.public_id}


def hand_in_file(entry, name: str, key: str) -> MediaAsset:
    with transaction() as s:
        asset = MediaAsset(owner_type="entry", owner_id=entry.id, field="pages", filename=name, filename_salt="0" * 32)
        asset.content_type, asset.size_bytes, asset.kind, asset.state = "image/png", 9, "image", AssetState.READY
        asset.storage_key, asset.created_at = f"originals/{key}", clock.now()
        picture = MediaProxy(name="poster.jpg", content_type="image/jpeg", size_bytes=1, storage_key=f"derived/{key}")
        asset.proxies = [picture]
        s.add(asset)
        s.flush()
        entry.revisions[0].files.append(RevisionFile(asset_id=asset.id, field="pages"))
    return asset


def appoint(contest, person, role=StaffRole.ORGANIZER) -> None:
    with transaction():
        contest.staff.append(ContestStaff(user_id=person.id, role=role, since=clock.now()))


@pytest.fixture
def people(app):
    return {name: make_user(name=name.title()) for name in ("ours", "theirs", "auditor", "both")}


@pytest.fixture
def here(people):
    contest = make_contest(people["ours"], title=text("Contest here"))
    appoint(contest, people["auditor"], StaffRole.AUDITOR)
    appoint(contest, people["both"])
    return contest


@pytest.fixture
def there(people):
    contest = make_contest(people["theirs"], title=text("Contest there"))
    appoint(contest, people["both"], StaffRole.AUDITOR)
    return contest


@pytest.fixture
def foreign(there):
    author = make_user(name="Zxauthor Testova", email="zxauthor@example.test")
    return make_entry(
        there,
        team=make_team(there, author),
        title="Zxtitle",
        summary="Zxforeign summary",
        answers={"idea": THEIR_WORDS},
    )


@pytest.fixture
def own(here, foreign):
    return make_entry(here, title="Our title", summary="", answers={"idea": OUR_WORDS})


@pytest.fixture
def texts(foreign, own):
    return make_match(foreign, own, passage(THEIR_WORDS, OUR_WORDS))


@pytest.fixture
def files(here, foreign):
    second = make_entry(here, title="Our title", summary="", answers={"idea": "Nothing of theirs."})
    evidence = identical(hand_in_file(foreign, "Zxfile.png", "zx1"), hand_in_file(second, "ours.png", "our1"))
    return make_match(foreign, second, evidence, modality="file", probability=0.8)


def leaked(said: str, foreign) -> list[str]:
    kept = {foreign.public_id, foreign.code, foreign.team.public_id, foreign.team.members[0].user.public_id}
    return [mark for mark in (*MARKS, *kept) if mark.lower() in said.lower()]


@pytest.mark.parametrize("reader", ["ours", "auditor"])
def test_staff_of_one_contest_sees_its_own_side_alone(here, foreign, texts, files, people, reader, sign_in, program):
    browser, caller = sign_in(people[reader]), program(people[reader])
    below = f"/manage/{here.slug}/similarity"
    shown = browser.get(f"{below}/{texts.public_id}")
    same = browser.get(f"{below}/{files.public_id}")
    listed = browser.get(below)
    told = caller.get(f"/manage/contests/{here.slug}/matches")
    for answer in (shown, same, listed, told, browser.get(f"/manage/{here.slug}")):
        assert (answer.status_code, leaked(f"{answer.headers}{answer.text}", foreign)) == (200, [])

    assert f"We tell of this: <mark>{SHARED}</mark>, and nobody claps." in shown.text
    assert "Contest there" in shown.text and f'href="/contests/{foreign.contest.slug}"' in shown.text
    assert "who see this match as well: ask them." in shown.text
    assert "ours.png" in same.text
    assert listed.text.count("an entry of “Contest there” ↔ Our title") == 2
    elsewhere = {"id": None, "code": None, "title": None, "contest": foreign.contest.slug}
    assert [(item["modality"], item["a"], item["b"]["title"]) for item in told.json["items"]] == [
        ("file", elsewhere, "Our title"),
        ("text", elsewhere, "Our title"),
    ]
    assert [(e["a_part"], e["a_span"]) for item in told.json["items"] for e in item["evidence"]] == [("", [])] * 2


def test_the_other_side_sees_the_same_match_the_other_way_round(there, own, texts, people, sign_in):
    page = sign_in(people["theirs"]).get(f"/manage/{there.slug}/similarity/{texts.public_id}").text
    assert f"Zxforeign words before. <mark>{SHARED}</mark> Zxforeign words after." in page
    assert [word for word in ("Our title", "nobody claps", own.public_id, own.team.name) if word in page] == []
    assert "Contest here" in page


@pytest.mark.parametrize("slug", ["here", "there"])
def test_who_oversees_both_sees_everything(here, there, texts, files, people, sign_in, slug):
    contest = {"here": here, "there": there}[slug]
    browser = sign_in(people["both"])
    page = browser.get(f"/manage/{contest.slug}/similarity/{texts.public_id}").text
    assert page.count(f"<mark>{SHARED}</mark>") == 2
    assert [word for word in ("Zxtitle", "Our title", "nobody claps", "Zxforeign") if word not in page] == []
    same = browser.get(f"/manage/{contest.slug}/similarity/{files.public_id}").text
    assert [name for name in ("Zxfile.png", "ours.png") if name not in same] == []


def test_an_entry_that_is_public_is_linked(here, foreign, texts, people, sign_in):
    browser, address = sign_in(people["ours"]), f"/manage/{here.slug}/similarity/{texts.public_id}"
    admit(foreign)
    assert f"/entries/{foreign.public_id}" not in browser.get(address).text
    with transaction() as s:
        s.merge(foreign.contest).announced_at = clock.now()

    page = browser.get(address).text
    assert f'href="/entries/{foreign.public_id}"' in page
    assert browser.get(f"/entries/{foreign.public_id}").status_code == 200
    assert "Zxforeign" not in page


def test_each_contest_says_its_own_of_a_match(here, there, texts, people, sign_in):
    ours, theirs, both = sign_in(people["ours"]), sign_in(people["theirs"]), sign_in(people["both"])
    at = {contest.slug: f"/manage/{contest.slug}/similarity/{texts.public_id}" for contest in (here, there)}
    told = {"said": "0", "verdict": "same_work", "reason": "Zours reason"}
    sent = post(ours, at[here.slug], told, to=f"{at[here.slug]}/verdict")
    assert sent.status_code == 303
    page = theirs.get(at[there.slug]).text
    assert [word for word in ("Zours reason", "Take the verdict back") if word in page] == []
    told = {"said": "0", "verdict": "unrelated", "reason": "Ztheirs reason"}
    post(theirs, at[there.slug], told, to=f"{at[there.slug]}/verdict")

    kept = db.session().scalars(select(MatchVerdict).order_by(MatchVerdict.id))
    assert [(v.contest_id, v.verdict, v.undone_at) for v in kept] == [
        (here.id, Verdict.SAME_WORK, None),
        (there.id, Verdict.UNRELATED, None),
    ]
    said = {contest.slug: audit.events_about(audit.contest_chain(contest.public_id)) for contest in (here, there)}
    assert {slug: [link.data for link in links] for slug, links in said.items()} == {
        here.slug: [{"verdict": "same_work"}],
        there.slug: [{"verdict": "unrelated"}],
    }
    assert "Ztheirs reason" not in ours.get(at[here.slug]).text
    assert [r for r in ("Zours reason", "Ztheirs reason") if r not in both.get(at[here.slug]).text] == []
    verdicts.undo_verdict(people["ours"].as_actor(), here, texts.public_id)
    db.session().expire_all()
    assert [v.undone_at is None for v in db.session().get_one(type(texts), texts.id).verdicts] == [False, True]


def own_team(entry, person):
    with transaction():
        entry.team.members[0].user_id = person.id


def own_community(entry, person):
    community = make_community(make_user(), person)
    with transaction():
        entry.community_id = community.id


def declared(entry, person):
    with transaction() as s:
        noted = ConflictOfInterest(entry_id=entry.id, user_id=person.id, source=ConflictSource.DECLARED)
        noted.reason, noted.noted_at = "My cousin's", clock.now()
        s.add(noted)


@pytest.mark.parametrize("conflict", [own_team, own_community, declared])
@pytest.mark.parametrize("side", ["own", "foreign"])
def test_who_has_a_part_in_an_entry_sees_no_match_of_it(
    here, own, foreign, texts, people, sign_in, program, conflict, side
):
    innocent = make_match(own, make_entry(here, title="Third title")) if side == "foreign" else None
    conflict({"own": own, "foreign": foreign}[side], people["ours"])
    browser, actor = sign_in(people["ours"]), people["ours"].as_actor()
    below = f"/manage/{here.slug}/similarity"
    left = [innocent.public_id] if innocent else []

    assert browser.get(f"{below}/{texts.public_id}").status_code == 404
    assert texts.public_id not in browser.get(below).text
    told = program(people["ours"]).get(f"/manage/contests/{here.slug}/matches").json["items"]
    assert [item["id"] for item in told] == left
    assert queries.coverage(actor, here, 1).matches == len(left)
    for attempt in (
        lambda: verdicts.give_verdict(actor, here, texts.public_id, Verdict.UNRELATED, reason="Mine"),
        lambda: verdicts.undo_verdict(actor, here, texts.public_id),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert list(db.session().scalars(select(MatchVerdict))) == []
    assert queries.coverage(people["both"].as_actor(), here, 1).matches == len(left) + 1


def test_a_list_asks_as_often_for_three_matches_as_for_one(here, own, foreign, texts, people, sign_in, count_queries):
    browser, address = sign_in(people["ours"]), f"/manage/{here.slug}/similarity"
    browser.get(address)
    with count_queries() as one:
        browser.get(address)
    for n in range(2):
        other = make_contest()
        make_match(own, make_entry(other, title=f"Other {n}"))
    with count_queries() as three:
        page = browser.get(address).text
    assert (page.count("row row-pair"), len(three)) == (3, len(one))
