"""AC18, AC20, AC21, AC23, AC24, AC25: no mark of an author reaches a juror. AC05, AC27, AC32, AC34, AC35."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta

import pytest
from sqlalchemy import select

from creative_platform.core import audit, clock, db, queue
from creative_platform.core.db import transaction
from creative_platform.core.errors import Conflict, Invalid
from creative_platform.core.text import masked, unhidden
from creative_platform.entries.models import Entry, RevisionFile
from creative_platform.judging import service as judging
from creative_platform.judging.models import Assignment, ScoresheetVersion
from creative_platform.judging.service import SheetChanges
from creative_platform.media.models import MediaAsset, MediaKind, MediaProxy
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_asset, make_entry
from tests.factories.judging import admit, seat
from tests.fixtures.people import without_tokens

pytestmark = pytest.mark.database
MARKS = ("Zxaigerim", "zx-author@", "Zxschool", "Zxteam")
FULL = {"craft": 9, "meaning": 9}


@pytest.fixture
def contest(organizer):
    return make_contest(organizer, phase="judging", reviews_per_entry=1)


@pytest.fixture
def author(app):
    return make_user(name="Zxaigerim Testova", email="zx-author@example.test")


@pytest.fixture
def entry(contest, author) -> Entry:
    """An entry whose author wrote their name everywhere."""
    told = "By ZXAIGERIM TESTOVA <zx-author@example.test>"
    made = make_entry(contest, owner=author, title=f"Tulips {told}", summary=told, answers={"idea": f"Steppe. {told}"})
    admit(made)
    return made


@pytest.fixture
def archive(entry) -> MediaAsset:
    items = [{"name": "Zxaigerim_Testova/main.py", "size_bytes": 5}]
    texts = [{"name": "Zxaigerim_Testova/main.py", "text": "# (c) Zxaigerim Testova\nprint('tulips')"}]
    return handed_in(entry, MediaKind.ZIP, {"listing.json": items, "preview.json": texts})


@pytest.fixture
def essay(entry) -> MediaAsset:
    return handed_in(entry, MediaKind.DOCUMENT, {"text.json": [{"name": "1", "text": "Dunes. Zxaigerim Testova"}]})


def handed_in(entry, kind: MediaKind, outputs: dict[str, list[dict]]) -> MediaAsset:
    given = {"filename": f"Zxaigerim_Testova_Zxschool12.{kind}", "storage_key": f"originals/{kind}"}
    asset = make_asset(entry, "pages", kind, **given)
    with transaction() as s:
        for name, items in outputs.items():
            row = {"content_type": "application/json", "size_bytes": 1, "data": {"items": items}}
            s.add(MediaProxy(asset_id=asset.id, name=name, **row))
        entry.revisions[0].files.append(RevisionFile(asset_id=asset.id, field="pages"))
    return asset


@pytest.fixture
def assignment(contest, organizer, entry, archive, essay) -> Assignment:
    seat(contest, make_user(name="Juror"))
    judging.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()
    return db.session().scalars(select(Assignment)).one()


def test_no_mark_of_the_author_in_what_a_juror_reads(assignment, archive, sign_in):
    browser, page = sign_in(assignment.juror.user), f"/jury/{assignment.public_id}"
    pages = ["/jury", page, *(f"{page}?reveal=1&lang={lang}" for lang in ("kk", "ru", "en")), f"{page}?format=csv"]
    for address in pages:
        answer = browser.get(address)
        said = f"{answer.headers}{answer.text}"
        assert (address, [mark for mark in MARKS if mark.lower() in said.lower()]) == (address, [])
    assert "print(&#39;tulips&#39;)" in browser.get(page).text
    assert "main.py" in browser.get(page).text
    assert "Dunes. ▮▮▮" in browser.get(page).text
    assert "Slide 1" in browser.get(page).text


def test_a_juror_gets_nothing_beside_the_workspace(assignment, archive, entry, contest, sign_in):
    browser = sign_in(assignment.juror.user)
    below = f"/manage/{contest.slug}"
    pages = [
        f"/media/{archive.public_id}",
        f"/media/{archive.public_id}/original",
        f"/media/{archive.public_id}/state",
        f"/my/entries/{entry.public_id}",
        f"/my/entries/{entry.public_id}/receipt.json",
        f"/entries/{entry.public_id}",
        *(f"{below}{part}" for part in ("", "/entries", "/similarity", "/results", "/results/protocol", "/audit")),
        *(f"{below}/export{part}" for part in ("", "/entries.csv", "/scores.csv", "/results.csv")),
        f"/contests/{contest.slug}/winners",
        f"/contests/{contest.slug}/ranking.json",
    ]
    answers = {page: browser.get(page) for page in pages}
    assert {page: answer.status_code for page, answer in answers.items()} == dict.fromkeys(pages, 404)
    assert [page for page, answer in answers.items() if any(mark in answer.text for mark in MARKS)] == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("by Айгерім Тест, Aigerim", "by ▮▮▮, Aigerim"),
        ("айгерім_тест/main.py", "▮▮▮/main.py"),
        ("Айгерімнің тесті", "Айгерімнің тесті"),
        ("Тест Айгерім, 12 жас", "▮▮▮, 12 жас"),
        ("Айгерім Тесттің әні", "▮▮▮ әні"),
        ("final_Айгерім-Тест.mp3", "final_▮▮▮.mp3"),
        (unicodedata.normalize("NFD", "ҮЙ/айгерім тест/АЙ"), "ҮЙ/▮▮▮/АЙ"),
        (unicodedata.normalize("NFD", "Семен Йозеф"), "▮▮▮"),
        ("Aй", "Aй"),
        ("by Ай\u034fге\u200bр\u00adім Т\u2060ест", "by ▮▮▮"),
        (unicodedata.normalize("NFD", "Йозеф").replace("\u0306", "\u034f\u0306") + "\u3164Семе\ufe0fн", "▮▮▮"),
        ("by Айге-\r\nрім\nТе\nст, 12", "by ▮▮▮, 12"),
        ("👩\u200d🎨 ❤\ufe0f Айгерім \u200bТест", "👩\u200d🎨 ❤\ufe0f ▮▮▮"),
    ],
)
def test_names_are_struck_out_and_nothing_else(text, kept):
    assert masked(text, ["Айгерім Тест", "Aй", "Йозеф Семён"]) == kept


def test_a_name_is_struck_out_in_every_case_of_its_letters():
    letters = [chr(code) for code in range(0x2000) if unhidden(chr(code)).isalpha()]
    told = {
        (letter, other)
        for letter in letters
        for other in {letter.upper(), letter.lower(), letter.title(), letter.casefold()}
        if re.fullmatch(letter, other, re.IGNORECASE)
    }
    assert len(told) > 5000
    assert {pair for pair in told if masked(f"by {pair[1] * 3}", [pair[0] * 3]) != "by ▮▮▮"} == set()


def test_another_juror_reaches_no_sheet_of_others(assignment, contest, sign_in):
    """AC05, AC11."""
    other = make_user(name="Other juror")
    seat(contest, other)
    assert sign_in(other).get(f"/jury/{assignment.public_id}").status_code == 404


def test_what_a_team_and_the_public_read_is_the_same_after_a_score(hands, assignment, entry, author, contest, sign_in):
    """AC27."""
    browser = sign_in(author)
    pages = ["/my", f"/my/entries/{entry.public_id}", f"/contests/{contest.slug}", f"/contests/{contest.slug}/winners"]

    def read() -> list[str]:
        return [without_tokens(browser.get(page).text) for page in pages]

    before = read()
    sheet = SheetChanges(version=0, scores=FULL, submit=True)
    judging.write_sheet(assignment.juror.user.as_actor(), assignment.public_id, sheet, arrived_at=clock.now())
    assert read() == before


def test_a_submitted_sheet_changes_with_a_reason_as_a_new_version_in_the_log(assignment, contest):
    """AC35."""
    juror, sheet = assignment.juror.user.as_actor(), SheetChanges(version=0, scores=FULL, submit=True)
    judging.write_sheet(juror, assignment.public_id, sheet, arrived_at=clock.now())
    with pytest.raises(Invalid):
        judging.write_sheet(
            juror,
            assignment.public_id,
            SheetChanges(version=1, scores={"craft": 1}, submit=True),
            arrived_at=clock.now(),
        )
    changed = SheetChanges(version=1, scores={"craft": 1}, submit=True, reason="Read again")
    judging.write_sheet(juror, assignment.public_id, changed, arrived_at=clock.now())

    kept = db.session().scalars(select(ScoresheetVersion).order_by(ScoresheetVersion.number))
    assert [(v.scores["craft"], v.reason) for v in kept] == [(9, ""), (1, "Read again")]
    links = audit.events_about(audit.contest_chain(contest.public_id))
    assert [link.verb for link in links].count("scoresheet.submitted") == 2
    assert list(audit.verify()) == []


def test_a_sheet_sent_before_the_close_counts_and_one_sent_at_it_does_not(assignment, contest):
    """AC34: decided by arrival."""
    end, juror = contest.stages[1].ends_at, assignment.juror.user.as_actor()
    with pytest.raises(Conflict):
        judging.write_sheet(juror, assignment.public_id, SheetChanges(version=0, scores=FULL), arrived_at=end)
    early = end - timedelta(milliseconds=1)
    written = judging.write_sheet(juror, assignment.public_id, SheetChanges(version=0, scores=FULL), arrived_at=early)
    assert written.version == 1
