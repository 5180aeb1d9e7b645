"""AC62, AC69, AC77: hostile names of files and texts in files stay words, on every route and page."""

from __future__ import annotations

import html
import re
import urllib.request
from urllib.parse import unquote
from xml.sax.saxutils import escape

import pytest
from flask_babel import force_locale, gettext

from creative_platform.core import queue
from creative_platform.core.text import LOCALES
from creative_platform.media import urls
from creative_platform.media.models import MediaKind
from creative_platform.renditions.captions import REASONS as OF_CAPTIONS
from tests.factories.entries import make_asset
from tests.factories.files import picture
from tests.inspection import offices, papers
from tests.inspection.hostile import KIT
from tests.inspection.hostile.playlists import M3U8
from tests.uploads.hostile.reading import dangers
from tests.uploads.hostile.routes import FIELD, ROUTES, Road
from tests.uploads.hostile.words import NAMES, TEXTS

pytestmark = [pytest.mark.database, pytest.mark.storage]


def test_there_are_forty_names_and_fifty_texts():
    assert (len(NAMES) >= 40, len(set(TEXTS)) >= 50) == (True, True)


@pytest.mark.parametrize("route", ROUTES)
def test_hostile_names_of_files_are_kept_as_words_or_refused(store, road, route):
    body = picture(size=(8, 8))

    sent = {name: road.send(route, name, body + bytes([n])) for n, name in enumerate(NAMES)}

    told = {name: one.asset.filename if one.asset else None for name, one in sent.items()}
    if route == "form":  # a form's own quoting takes what these hold apart before we see it
        assert [name for name in told if NAMES[name] and not told[name]] == []
        told |= {name: NAMES[name] for name in told if set(name) & set('"\\\r\n')}
    assert told == NAMES
    assert dangers(road.browser.get(road.page).text, store.public_url) == []
    for asset in road.assets():
        assert re.fullmatch(r"originals/[0-9a-f]{40}", asset.storage_key)
        if route == "token":
            assert downloaded_as(urls.original_url(asset)) == asset.filename


def downloaded_as(url: str) -> str:
    """Return the name under which a browser saves what an address gives: as a file, never as a page."""
    with urllib.request.urlopen(url) as answer:
        [disposition] = answer.headers.get_all("Content-Disposition")
        assert (answer.headers["Content-Type"], answer.headers["Set-Cookie"]) == ("application/octet-stream", None)
    told = re.fullmatch(r"attachment; filename=\"[\w.-]+\"; filename\*=UTF-8''([\w.~%-]+)", disposition, re.ASCII)
    assert told, disposition
    return unquote(told[1])


def test_hostile_texts_in_files_are_shown_as_words(store, road):
    """What an archive and a document say is on the page of the entry, and nothing of it runs or fetches."""
    lines = [escape(text) for text in TEXTS]
    archive = papers.archive({f"{number}.txt": text for number, text in enumerate(TEXTS)})
    names = papers.archive({text: "x" for text in TEXTS if may_name_a_member(text)})
    documents = {"a.zip": archive, "b.zip": names, "c.docx": offices.docx(offices.paragraphs(*lines))}
    documents["d.pptx"] = offices.pptx(*lines)

    for name, body in documents.items():
        road.send("token", name, body)
    queue.work_off()

    assert [(asset.filename, asset.reason) for asset in road.assets()] == [(name, "") for name in documents]
    page = road.browser.get(road.page).text
    assert dangers(page, store.public_url) == []
    shown = html.unescape(page)
    assert [text for text in TEXTS if text.strip() not in shown] == []


def may_name_a_member(text: str) -> bool:
    return text.isprintable() and len(text) < 255 and text[-1] not in ". " and not set(text) & set('<>:"/\\|?*')


def test_hostile_texts_in_captions_are_words(store, road):
    film = make_asset(road.entry, FIELD, MediaKind.VIDEO, storage_key="originals/film", duration_s=60.0)
    taken = {text: captioned(road, film, f"00:00:01,000 --> 00:00:02,000\n{text}\n".encode()) for text in TEXTS}

    assert {text for text, vtt in taken.items() if not vtt} == {text for text in TEXTS if not said_in(text)}
    for text, vtt in taken.items():
        assert vtt is None or re.fullmatch(r"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n[^<>]+\n", vtt), text


def said_in(text: str) -> str:
    """Return what is left of a caption's text without its tags."""
    return re.sub(r"</?[A-Za-z0-9][^<>]*>", "", text)


def captioned(road: Road, film, body: bytes) -> str | None:
    """Send captions and return them as the player gets them, if they were taken; they are taken away again."""
    address = f"/media/{film.public_id}/captions"
    answer = road.post_file(address, "captions", "film.srt", body, language="kk", next=road.page)
    assert answer.status_code in (200, 413)
    found = road.browser.get(f"{address}/kk.vtt")
    if found.status_code == 404:
        return None
    road.browser.post(f"{address}/kk/remove", data={"csrf_token": road.token})
    return found.text


def test_no_file_of_the_hostile_kit_is_taken_for_captions(app, store, road):
    film = make_asset(road.entry, FIELD, MediaKind.VIDEO, storage_key="originals/film", duration_s=60.0)

    assert [name for name, item in KIT.items() if captioned(road, film, item.make())] == []
    for locale in LOCALES:
        road.browser.get(f"{road.page}?lang={locale}")
        page = road.post_file(
            f"/media/{film.public_id}/captions", "captions", "a.vtt", M3U8, language="kk", next=road.page
        )
        with app.test_request_context(), force_locale(locale):
            assert gettext(OF_CAPTIONS["captions.none"]) in html.unescape(page.text)
