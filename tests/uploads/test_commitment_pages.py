"""What people see of commitments: the pasted line, pages of team, staff and jury."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from creative_platform.core import db, queue
from creative_platform.entries.models import Entry, EntryState
from creative_platform.judging.queries import assignments_of
from creative_platform.media import queries
from creative_platform.uploads import service
from creative_platform.uploads.service.commitments import GRACE
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import draw, seat
from tests.fixtures.people import csrf_of, post
from tests.uploads.promises import (
    BODY,
    OTHER,
    WINDOW,
    closing,
    committed_in_time,
    sha256,
    state_of,
)

pytestmark = [pytest.mark.database, pytest.mark.storage]


LINE = f"{sha256(BODY)}  {len(BODY)}  Сурет Ә.jpg"


def paste(sign_in, owner, entry, line: str):
    """Send the small form of the entry's page and return the page that follows."""
    browser, page = sign_in(owner), f"/my/entries/{entry.public_id}"
    answer = post(browser, page, {"line": line}, to=f"/media/commit/entry/{entry.public_id}/pages?next={page}")
    return answer, browser.get(page).text


@pytest.mark.parametrize(
    "line", [LINE, f"{len(BODY)} {sha256(BODY).upper()}", f"  {sha256(BODY)} *{len(BODY)}.jpg {len(BODY)}"]
)
def test_a_line_from_any_program_is_pasted_and_commits(hands, sign_in, owner, entry, line):
    answer, page = paste(sign_in, owner, entry, line)

    [asset] = queries.assets_of("entry", entry.id)
    assert (answer.status_code, asset.declared_sha256, asset.size_bytes) == (303, sha256(BODY), len(BODY))
    assert ("The file is committed." in page, "committed, not delivered" in page) == (True, True)


@pytest.mark.parametrize(
    "line",
    ["", "film.mp4", sha256(BODY), str(len(BODY)), f"{sha256(BODY)[1:]} 12", f"{sha256(BODY)}  2026 Ән.jpg"],
)
def test_a_line_without_size_or_hash_is_refused_in_words_and_stays(hands, sign_in, owner, entry, line):
    answer, page = paste(sign_in, owner, entry, line)

    assert (answer.status_code, queries.assets_of("entry", entry.id)) == (422, [])
    assert "Paste the size of the file in bytes" in answer.text
    assert (f"\r\n{line}</textarea>" in answer.text, "Paste the size" in page) == (True, False)
    assert f'href="/my/entries/{entry.public_id}"' in answer.text


def test_a_line_too_large_for_the_field_stays_too(hands, sign_in, owner, entry):
    line = f"{sha256(BODY)} 900000000000 Сурет.jpg"
    answer, _page = paste(sign_in, owner, entry, line)

    assert (answer.status_code, line in answer.text) == (422, True)
    assert (queries.assets_of("entry", entry.id), "large" in answer.text) == ([], True)


def test_a_line_pasted_after_the_close_is_late_in_words(hands, sign_in, owner, entry):
    hands.at(closing(entry) - timedelta(seconds=1))
    browser, page = sign_in(owner), f"/my/entries/{entry.public_id}"
    token = csrf_of(browser.get(page).text)
    hands.forward(seconds=1)

    browser.post(f"/media/commit/entry/{entry.public_id}/pages?next={page}", data={"line": LINE, "csrf_token": token})

    assert (queries.assets_of("entry", entry.id), "The deadline has passed." in browser.get(page).text) == ([], True)


def test_what_the_command_prints_is_what_the_page_takes(app, tmp_path):
    file = tmp_path / "Сурет Ә 2 бөлім.jpg"
    file.write_bytes(BODY)

    printed = app.test_cli_runner().invoke(args=["media", "commit", str(file)]).output

    assert printed == f"{sha256(BODY)}  {len(BODY)}  Сурет Ә 2 бөлім.jpg\n"
    assert service.promise_in(printed) == (sha256(BODY), len(BODY), "Сурет Ә 2 бөлім.jpg")


@pytest.mark.parametrize(
    "line",
    [
        "{sha}  {size}  2026 Ән.jpg",
        "{sha} {size} 2026 Ән.jpg",
        "{size} {sha}  2026 Ән.jpg",
        "2026 {size} {SHA} Ән.jpg",
        "2026 Ән.jpg {sha}\t{size}",
        "{sha} *2026 Ән.jpg {size}",
    ],
)
def test_the_size_stands_beside_the_sha256(line):
    said = line.format(sha=sha256(BODY), SHA=sha256(BODY).upper(), size=len(BODY))
    assert service.promise_in(said) == (sha256(BODY), len(BODY), "2026 Ән.jpg")


@pytest.mark.parametrize("name", ["2026 Ән.jpg", "Ән 2026 соңы.jpg", "Ән.jpg"])
def test_figures_of_a_name_are_no_size(name):
    summed = f"{sha256(BODY)}  {name}"
    assert (service.promise_in(summed), service.promise_in(f"{sha256(BODY)} *{name}")) == (None, None)


def test_the_page_delivers_after_the_close_without_javascript(hands, store, sign_in, owner, entry):
    committed_in_time(hands, owner, entry)
    hands.at(closing(entry) + timedelta(hours=5))
    browser, page = sign_in(owner), f"/my/entries/{entry.public_id}"
    before = browser.get(page).text
    assert ("Send the committed files below" in before, 'name="line"' in before) == (True, False)

    to = f"/media/form/entry/{entry.public_id}/pages?next={page}"
    post(browser, page, {"file": (io.BytesIO(OTHER), "Сурет Ә.jpg")}, to=to)
    assert "Only a file that was committed before the close is taken here now." in browser.get(page).text
    assert state_of(entry) is EntryState.COMMITTED

    post(browser, page, {"file": (io.BytesIO(BODY), "Сурет Ә.jpg")}, to=to)
    assert "The file was received and is being checked." in browser.get(page).text
    assert state_of(entry) is EntryState.SUBMITTED


def test_the_team_reads_that_the_window_was_missed(hands, sign_in, owner, entry):
    committed_in_time(hands, owner, entry)
    page = f"/my/entries/{entry.public_id}"
    hands.at(closing(entry) + WINDOW + GRACE)
    queue.work_off()

    shown = sign_in(owner).get(page).text

    assert "The committed files did not arrive in time." in shown
    assert "data-upload-file" not in shown
    assert "committed, not delivered" in sign_in(owner).get(f"{page}/receipt").text


def test_without_a_window_the_page_offers_no_commitment(hands, sign_in, owner):
    entry = make_entry(make_contest(delivery_window_h=0), owner=owner, submitted=False)
    shown = sign_in(owner).get(f"/my/entries/{entry.public_id}").text
    assert ('name="line"' in shown, "data-upload-commit" in shown, "data-upload-file" in shown) == (False, False, True)


def test_organizers_find_what_was_not_delivered_and_read_until_when(hands, sign_in, owner, entry):
    staff = next(m.user for m in entry.contest.staff)
    committed_in_time(hands, owner, entry)
    make_entry(entry.contest, title="All here")
    browser, manage = sign_in(staff), f"/manage/{entry.contest.slug}/entries"

    listed = browser.get(f"{manage}?state=committed").text
    assert ("All here" in listed, entry.code in listed, "committed, not delivered" in listed) == (False, True, True)
    assert "1 entry was committed, not delivered" in browser.get(manage).text
    assert "may deliver them until" in browser.get(f"{manage}/{entry.public_id}").text

    hands.at(closing(entry) + WINDOW + GRACE)
    queue.work_off()
    shown = sign_in(staff).get(f"{manage}/{entry.public_id}").text
    assert ("did not arrive by" in shown, "/original" in shown) == (True, False)


def test_jurors_are_told_of_a_file_that_is_not_here_and_get_no_empty_frame(hands, sign_in, owner, entry):
    juror = make_user()
    committed_in_time(hands, owner, entry)
    seat(entry.contest, juror)
    hands.at(closing(entry) + timedelta(hours=1))
    draw(entry.contest, next(m.user for m in entry.contest.staff), db.session().get_one(Entry, entry.id))
    browser = sign_in(juror)
    [assignment] = assignments_of(juror.as_actor())

    shown = browser.get(f"/jury/{assignment.public_id}").text

    assert "One file was committed before the close, but not delivered." in shown
    assert ("<figure" in shown, "Сурет" in shown, "/media/" in shown) == (False, False, False)
