"""Where a virus scanner is named: found is refused, no answer is waiting, and what it does not take says so."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest

import config
from creative_platform import doctor
from creative_platform.core import clock, queue
from creative_platform.media import queries, scanner
from creative_platform.media.models import AssetState
from creative_platform.uploads import service
from tests.factories.accounts import make_user
from tests.factories.files import picture
from tests.fixtures.clamd import EICAR
from tests.uploads.test_uploads import planned

pytestmark = [pytest.mark.database, pytest.mark.storage]


@pytest.fixture
def sent(store, owner, entry):
    """A function that sends a picture with these bytes behind it, and works off what is due."""

    def send(more: bytes = b"", later_s: int = 0):
        body = picture() + more
        service.receive_plain(owner.as_actor(), planned(entry, body), io.BytesIO(body))
        return looked_at(entry, later_s)

    return send


def looked_at(entry, later_s: int = 0):
    with clock.pretend(lambda: datetime.now(UTC) + timedelta(seconds=later_s)):
        queue.work_off(most=5)
    assert queue.failed_jobs() == []
    return queries.assets_of("entry", entry.id)[-1]


def test_without_a_scanner_files_are_taken_and_said_not_to_be_scanned(sent, entry, sign_in):
    asset = sent(EICAR)

    assert (asset.state, asset.details["scanned"]) == (AssetState.READY, False)
    page = sign_in(make_user(is_admin=True)).get("/admin/files").text
    assert "Off: files are not scanned." in page


def test_the_real_clamd_finds_the_test_signature_and_passes_the_rest(real_clamd, sent):
    scanner.configure(real_clamd)
    try:
        clean, infected = sent(), sent(EICAR)
        over = [complaint.words for complaint in doctor.examine() if complaint.about == "virus scanner"]
        beyond = [sent(bytes(5 << 20)), sent(bytes(9 << 20))]  # longer than it looks at; longer than it takes
    finally:
        scanner.configure("")

    assert (clean.state, clean.details["scanned"], over) == (AssetState.READY, True, [])
    assert (infected.state, infected.reason) == (AssetState.REJECTED, "media.virus")
    assert infected.details["data"] == {"name": "Own.Test.UNOFFICIAL"}
    assert [(asset.state, asset.details["scanned"]) for asset in beyond] == [(AssetState.READY, False)] * 2


def test_what_is_found_is_refused_in_three_languages_and_erased(clamd, sent, owner, sign_in):
    clamd.says = lambda body: b"stream: Evil\x1b[2J.Thing FOUND\0" if EICAR in body else b"stream: OK\0"

    asset = sent(EICAR)

    assert (asset.state, asset.reason, asset.storage_key) == (AssetState.REJECTED, "media.virus", None)
    assert clamd.seen == [picture() + EICAR]
    said = [
        sign_in(owner).get(f"/media/{asset.public_id}/state?lang={lang}").json["reason"] for lang in ("kk", "ru", "en")
    ]
    assert len(set(said)) == 3 and all("Evil[2J.Thing" in words for words in said)


@pytest.mark.parametrize("answer", [None, b"", b"stream: OK", b"stream: \0", b"UNKNOWN COMMAND\0"])
def test_a_file_waits_until_the_scanner_answers_for_it(clamd, sent, entry, answer):
    passes, clamd.says = clamd.says, lambda body: answer

    asset = sent()
    assert asset.state is AssetState.VERIFYING
    looked, now_s, waited = len(clamd.seen), 0, []
    for minutes in (1, 2, 4, 8, 16, 32, 60, 60):
        assert looked_at(entry, now_s + minutes * 60 - 5).state is AssetState.VERIFYING
        waited.append(len(clamd.seen) - looked)
        now_s += minutes * 60 + 5
        assert looked_at(entry, now_s).state is AssetState.VERIFYING
        looked += 1
    assert waited == [0] * 8

    clamd.says = passes
    assert looked_at(entry, now_s + 3605).state is AssetState.READY


@pytest.mark.parametrize(
    "answer",
    [
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: Time limit reached ERROR\0",
        b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0",
    ],
)
def test_what_the_scanner_does_not_take_goes_on_as_not_scanned(clamd, sent, answer):
    clamd.says = lambda body: answer

    asset = sent()

    assert (asset.state, asset.reason, asset.details["scanned"]) == (AssetState.READY, "", False)
    assert len(clamd.seen) == 1


def test_a_file_waits_as_received_while_the_scanner_is_away(clamd, sent, entry, sign_in):
    clamd.close()

    asset = sent()

    assert asset.state is AssetState.RECEIVED
    assert looked_at(entry, 61).state is AssetState.RECEIVED
    [complaint] = [complaint for complaint in doctor.examine() if complaint.about == "virus scanner"]
    assert "files wait" in complaint.words
    page = sign_in(make_user(is_admin=True)).get("/admin/files").text
    assert "Does not answer: files wait until it does." in page


def test_a_scanner_that_stops_listening_is_heard_all_the_same(clamd, sent):
    clamd.most_bytes = 1000

    asset = sent(bytes(6 << 20))

    assert (asset.state, asset.details["scanned"]) == (AssetState.READY, False)


@pytest.mark.parametrize("wrong", ["127.0.0.1:3310", "tcp://127.0.0.1", "unix://", "http://127.0.0.1:3310"])
def test_an_address_that_is_none_is_named_at_the_start(wrong):
    with pytest.raises(config.ConfigurationError, match="CLAMD_URL"):
        config._clamd_url({"CLAMD_URL": wrong}, "CLAMD_URL")
