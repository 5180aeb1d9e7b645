"""The report of a contest: true, the same in the same state, and silent about what its reader may not see."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from creative_platform.core import clock, db, queue
from creative_platform.core.db import transaction
from creative_platform.entries.models import RevisionFile
from creative_platform.media.models import MediaKind
from creative_platform.similarity import service as similarity
from creative_platform.similarity.models import FileSketch, Match, Overview, Verdict
from creative_platform.verdicts import service
from creative_platform.verdicts.report import as_json, report_of
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_asset, make_entry
from tests.factories.matches import make_match
from tests.similarity.test_matches import COPY, OTHER, STORY, told

pytestmark = pytest.mark.database


@pytest.fixture
def organizer(app):
    return make_user()


@pytest.fixture
def contest(organizer):
    contest = make_contest(organizer, phase="judging")
    told(contest, STORY, title="First")
    told(contest, OTHER, title="Other")
    told(contest, COPY, title="Copy")
    queue.work_off()
    return contest


def add_file(entry, reason: str) -> str:
    asset = make_asset(entry, "pages", MediaKind.IMAGE, storage_key=None)
    with transaction() as s:
        entry.revisions[0].files.append(RevisionFile(asset_id=asset.id, field="pages"))
        row = FileSketch(asset_id=asset.id, kind=FileSketch.NONE, part="", version="", reason=reason, sketch=b"")
        row.made_at = clock.now()
        s.add(row)
    return str(asset.public_id)


def test_it_says_what_was_compared_and_what_was_not(contest, organizer):
    entry = make_entry(contest, title="With a broken file")
    file = add_file(entry, "media.unreadable")
    actor, match = organizer.as_actor(), db.session().scalars(select(Match)).one()
    service.give_verdict(actor, contest, match.public_id, Verdict.SHARED_MATERIAL, reason="One sentence")

    report = report_of(actor, contest)
    assert report["compared"]["entries"] == 4
    assert report["compared"]["entries_compared"] == 3
    assert report["compared"]["files"] == 1
    assert report["compared"]["as_a_whole"] is False
    assert "translation" in report["not_covered"]
    assert report["files_not_covered"] == [{"entry": entry.code, "file": file, "reason": "media.unreadable"}]
    assert report["thresholds"] == {"kept_from": 0.3, "grouped_from": 0.5, "told_jurors_from": 0.5}
    [told_of] = report["matches"]
    assert (told_of["a"]["title"], told_of["b"]["title"], told_of["verdict"]) == ("First", "Copy", "shared_material")
    assert report["expected_false_alerts"]["all"] == round(1 - match.probability, 2)
    assert report["expected_range"] == [0, 1]
    assert report["judged"] == {
        "matches": 1,
        "unrelated": 0,
        "expected": report["expected_false_alerts"]["all"],
        "range": [0, 1],
    }
    assert [len(group) for group in report["groups"]] == [2]
    rest = {name: value for name, value in report.items() if name != "digest"}
    assert report["digest"] == hashlib.sha256(as_json(rest)).hexdigest()


def test_it_says_how_sure_it_is_how_many_are_unrelated_and_how_many_were(app, organizer, sign_in):
    contest = make_contest(organizer, phase="judging")
    first = make_entry(contest)
    found = [make_match(first, make_entry(contest), probability=0.6) for _ in range(10)]
    for match in found[:3]:
        service.give_verdict(organizer.as_actor(), contest, match.public_id, Verdict.UNRELATED, reason="Only a quote")

    report = report_of(organizer.as_actor(), contest)
    assert (report["expected_false_alerts"]["all"], report["expected_range"]) == (4.0, [1, 7])
    assert report["judged"] == {"matches": 3, "unrelated": 3, "expected": 1.2, "range": [0, 3]}
    page = sign_in(organizer).get(f"/manage/{contest.slug}/similarity/report?lang=en").text
    assert f'<p class="eyebrow">{contest.title.in_("en")}</p>' in page  # on paper nothing else says which contest it is
    assert "about 4.0 are expected to be unrelated (1 to 7, nine times of ten)" in page
    assert "About 1.2 of these (0 to 3) were expected to be unrelated; people called 3 so." in page


def test_comparing_all_again_gives_the_same_bytes(contest, organizer, sign_in):
    browser, address = sign_in(organizer), f"/manage/{contest.slug}/similarity/report.json"
    similarity.compare_again(organizer.as_actor(), contest)
    queue.work_off()
    first = browser.get(address).data
    similarity.compare_again(organizer.as_actor(), contest)
    queue.work_off()

    assert browser.get(address).data == first
    assert json.loads(first)["compared"]["as_a_whole"] is True
    assert db.session().get_one(Overview, contest.id).compared_at is not None


@pytest.mark.parametrize("lang", ["kk", "ru", "en"])
def test_its_pages_and_tables(contest, organizer, sign_in, lang):
    browser = sign_in(organizer)
    page = browser.get(f"/manage/{contest.slug}/similarity/report?lang={lang}")
    assert page.status_code == 200
    assert {"kk": "аудару", "ru": "Перевод", "en": "Translation"}[lang] in page.text
    table = browser.get(f"/manage/{contest.slug}/export/similarity.csv").text
    assert table.count("\n") == 2
    assert table.split("\n")[1].split(",")[3] == "First"
    assert browser.get(f"/manage/{contest.slug}/export/similarity.xlsx").data.startswith(b"PK")


def test_who_does_not_oversee_the_contest_gets_404(contest, sign_in):
    stranger = sign_in(make_user())
    elsewhere = make_user()
    make_contest(elsewhere)
    for browser in (stranger, sign_in(elsewhere)):
        for part in ("similarity/report", "similarity/report.json", "export/similarity.csv", "export/similarity.xlsx"):
            assert browser.get(f"/manage/{contest.slug}/{part}").status_code == 404


def test_an_entry_of_ones_own_stands_in_no_group_and_no_report(organizer):
    contest = make_contest(organizer)
    told(contest, STORY, owner=organizer)
    told(contest, COPY)
    queue.work_off()

    report = report_of(organizer.as_actor(), contest)
    assert (report["matches"], report["groups"]) == ([], [])


def test_the_whole_contest_is_compared_once_after_its_close(organizer):
    contest = make_contest(organizer)
    told(contest, STORY)
    told(contest, COPY)
    queue.work_off()
    assert db.session().get_one(Overview, contest.id).compared_at is None
    assert queue.waiting_count(similarity.COMPARE_JOB, contest_id=contest.id) == 1

    with clock.pretend(contest.stages[0].ends_at):
        queue.work_off()
    assert db.session().get_one(Overview, contest.id).compared_at is None
    with clock.pretend(contest.stages[0].ends_at + timedelta(minutes=5)):
        queue.work_off()
    db.session().expire_all()
    assert db.session().get_one(Overview, contest.id).compared_at is not None
