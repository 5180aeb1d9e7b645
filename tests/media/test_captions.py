"""Captions of a film: added by the team, shown in the player, without names where a contest is blind."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from creative_platform.core import clock, db, queue
from creative_platform.core.queue import Job
from creative_platform.media import service
from creative_platform.media.models import MediaCaptions, MediaKind
from creative_platform.renditions.captions import web_vtt
from creative_platform.uploads import service as uploads
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_asset, make_entry
from tests.fixtures.people import csrf_of
from tests.media import test_versions as versions
from tests.media.test_versions import give, published

pytestmark = pytest.mark.database
organizer, contest, entry, asset, workspace = (
    getattr(versions, name) for name in ("organizer", "contest", "entry", "asset", "workspace")
)
SRT = b"1\n00:00:01,000 --> 00:00:02,000\nZxaigerim Testova speaks\n"


@pytest.fixture
def owner(app):
    return make_user(name="Zxaigerim Testova")


@pytest.fixture
def film(owner):
    """A checked film of a draft."""
    draft = make_entry(make_contest(phase="open"), owner=owner, submitted=False, track="video")
    asset = make_asset(draft, "film", MediaKind.VIDEO, storage_key="originals/film", duration_s=60.0)
    give(asset, {"clean": ("video/mp4", 1 << 20)})
    return asset, f"/my/entries/{draft.public_id}"


def send(browser, asset, page: str, body: bytes, language: str = "kk"):
    data = {"csrf_token": csrf_of(browser.get(page).text), "language": language, "next": page}
    data["captions"] = (io.BytesIO(body), "film.srt")
    return browser.post(f"/media/{asset.public_id}/captions", data=data, follow_redirects=True)


def test_a_team_adds_replaces_and_removes_captions(film, owner, sign_in):
    asset, page = film
    browser, address = sign_in(owner), f"/media/{asset.public_id}/captions"

    said = send(browser, asset, page, SRT.replace(b"speaks", b"whispers")).text
    assert "The captions were added to the film." in said
    said = send(browser, asset, page, SRT).text
    send(browser, asset, page, SRT, "en")
    assert f'<track kind="captions" src="{address}/kk.vtt" srclang="kk" label="Қазақша">' in said
    answer = browser.get(f"{address}/kk.vtt")
    assert answer.mimetype == "text/vtt"
    assert answer.text == "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nZxaigerim Testova speaks\n"
    assert 'srclang="en" label="English" default>' in browser.get(f"{page}?lang=en").text

    token = csrf_of(browser.get(page).text)
    browser.post(f"{address}/kk/remove", data={"csrf_token": token, "next": page})
    assert browser.get(f"{address}/kk.vtt").status_code == 404
    assert [row.language for row in db.session().scalars(select(MediaCaptions))] == ["en"]


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "Caption 1 does not come after"),
        ("ru", "Субтитр 1 начинается раньше"),
        ("kk", "1-субтитр алдыңғысынан"),
    ],
)
def test_a_wrong_file_is_refused_with_a_sentence(film, owner, sign_in, lang, words):
    asset, page = film
    browser = sign_in(owner)
    browser.get(f"{page}?lang={lang}")

    said = send(browser, asset, page, b"00:00:02,000 --> 00:00:01,000\nWords\n").text

    assert words in said
    assert db.session().scalars(select(MediaCaptions)).all() == []


def test_nobody_else_adds_captions_and_pictures_have_none(film, owner, sign_in):
    asset, page = film
    stranger = sign_in(make_user())
    assert send(stranger, asset, "/account", SRT).status_code == 404
    picture = make_asset(make_entry(owner=owner, submitted=False), "pages", MediaKind.IMAGE)
    assert send(sign_in(owner), picture, page, SRT).status_code == 404
    assert db.session().scalars(select(MediaCaptions)).all() == []
    assert stranger.get(f"/media/{asset.public_id}/captions/kk.vtt").status_code == 404


def test_jurors_of_a_blind_contest_read_no_names_and_the_public_does(
    asset, contest, workspace, owner, organizer, client, sign_in
):
    with db.transaction() as s:
        s.add(MediaCaptions(asset_id=asset.id, language="kk", text=web_vtt(SRT), created_at=clock.now()))
    address = f"/media/{asset.public_id}/captions/kk.vtt"
    juror = sign_in(workspace[1])

    assert client.get(address).status_code == 404
    assert f'src="{address}"' in juror.get(workspace[0]).text
    assert juror.get(address).text == "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n▮▮▮ speaks\n"
    assert "Zxaigerim Testova speaks" in sign_in(organizer).get(address).text
    assert "Zxaigerim Testova speaks" in sign_in(owner).get(address).text
    published(contest)
    assert "Zxaigerim Testova speaks" in client.get(address).text


def test_captions_go_with_the_film(film, owner, store):
    asset, _ = film
    service.set_captions(owner.as_actor(), asset.public_id, "kk", SRT)
    uploads.remove_asset(owner.as_actor(), asset.public_id)

    queue.work_off()

    assert db.session().scalars(select(MediaCaptions)).all() == []
    assert {job.state.value for job in db.session().scalars(select(Job))} == {"done"}
