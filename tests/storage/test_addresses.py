"""Signed addresses on every store we know: what they allow, what they bind, how they end, and who gets nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest

from creative_platform.core import clock
from creative_platform.media.storage import Part
from tests.fixtures.stores import TriedStore
from tests.storage.asking import REFUSED, ask

pytestmark = pytest.mark.storage
BODY = b"0123456789"
OTHER = b"0123456780"
NAME = "Жұмысым – бірінші ә.mp4"


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def view(tried: TriedStore, key: str, **more: object) -> str:
    wanted = {"content_type": "video/mp4", "filename": NAME, "inline": True, "ttl_s": 60}
    return tried.storage.view_url(key, **(wanted | more))  # type: ignore[arg-type]


@pytest.fixture
def shown(tried: TriedStore, area: str) -> str:
    """The key of an object that somebody may look at."""
    tried.storage.put(f"{area}/shown", BODY, "text/html")
    return f"{area}/shown"


def test_a_part_with_its_promised_bytes_is_taken(tried: TriedStore, area: str):
    store, key = tried.storage, f"{area}/part"
    upload = store.open_upload(key, "video/mp4")
    url, headers = store.part_url(key, upload, 1, len(BODY), sha256(BODY))

    status, answer, _ = ask("PUT", url, headers, BODY)

    etag = hashlib.md5(BODY, usedforsecurity=False).hexdigest()
    assert (status, answer["etag"].strip('"')) == (200, etag)
    assert store.parts(key, upload) == [Part(1, etag, len(BODY))]


@pytest.mark.capability("part checksum")
def test_a_part_with_other_bytes_of_the_same_length_is_refused_and_can_be_sent_again(tried: TriedStore, area: str):
    store, key = tried.storage, f"{area}/corrupt"
    upload = store.open_upload(key, "video/mp4")
    url, headers = store.part_url(key, upload, 1, len(BODY), sha256(BODY))

    assert (ask("PUT", url, headers, OTHER)[0], store.parts(key, upload)) == (400, [])
    assert ask("PUT", url, headers, BODY)[0] == 200
    [part] = store.parts(key, upload)
    store.complete_upload(key, upload, [part])
    assert store.read(key) == BODY


def test_an_object_with_its_promised_bytes_is_taken_and_listed(tried: TriedStore, area: str):
    store, key = tried.storage, f"{area}/piece/00001"
    url, headers = store.put_url(key, len(BODY), sha256(BODY))

    status, answer, _ = ask("PUT", url, headers, BODY)

    etag = hashlib.md5(BODY, usedforsecurity=False).hexdigest()
    assert (status, answer["etag"].strip('"')) == (200, etag)
    assert list(store.objects(f"{area}/piece/")) == [(key, etag, len(BODY))]
    assert ask("PUT", url, headers, BODY[:-1])[0] in REFUSED
    assert ask("PUT", url, {}, BODY)[0] in REFUSED
    assert store.read(key) == BODY


@pytest.mark.capability("part checksum")
def test_an_object_with_other_bytes_of_the_same_length_is_refused(tried: TriedStore, area: str):
    store, key = tried.storage, f"{area}/piece/00001"
    url, headers = store.put_url(key, len(BODY), sha256(BODY))

    assert (ask("PUT", url, headers, OTHER)[0], list(store.objects(f"{area}/piece/"))) == (400, [])


Changes = dict[str, Callable[[str, dict[str, str]], tuple[str, dict[str, str], bytes]]]
CHANGED: Changes = {
    "a shorter part": lambda url, headers: (url, headers, BODY[:-1]),
    "a longer part": lambda url, headers: (url, headers, BODY + b"x"),
    "no checksum": lambda url, headers: (url, {}, BODY),
    "another checksum": lambda url, headers: (url, {"x-amz-checksum-sha256": "A" * 43 + "="}, BODY),
    "another number": lambda url, headers: (url.replace("partNumber=1", "partNumber=2"), headers, BODY),
    "another key": lambda url, headers: (url.replace("/bound?", "/other?"), headers, BODY),
    "no part at all": lambda url, headers: (url.replace("partNumber=1&", ""), headers, BODY),
    "a longer life": lambda url, headers: (url.replace("X-Amz-Expires=3600", "X-Amz-Expires=36000"), headers, BODY),
}


@pytest.mark.parametrize("change", CHANGED)
def test_whatever_the_signature_of_a_part_binds_cannot_be_changed(tried: TriedStore, area: str, change: str):
    store, key = tried.storage, f"{area}/bound"
    upload = store.open_upload(key, "video/mp4")
    url, headers = store.part_url(key, upload, 1, len(BODY), sha256(BODY))
    asked = CHANGED[change](url, headers)
    assert asked != (url, headers, BODY)

    assert ask("PUT", *asked)[0] in (*REFUSED, 405)
    assert (store.parts(key, upload), list(store.keys(area))) == ([], [])


@pytest.mark.parametrize("inline", [True, False])
def test_type_disposition_and_name_are_what_we_said(tried: TriedStore, shown: str, inline: bool):
    status, headers, body = ask("GET", view(tried, shown, inline=inline))

    assert (status, body, headers["content-type"]) == (200, BODY, "video/mp4")
    kind, ascii_name, name = headers["content-disposition"].split("; ")
    assert kind == ("inline" if inline else "attachment")
    assert (ascii_name.isascii(), name) == (True, f"filename*=UTF-8''{quote(NAME, safe='')}")


@pytest.mark.capability("range")
def test_players_can_seek(tried: TriedStore, shown: str):
    status, headers, body = ask("GET", view(tried, shown), {"Range": "bytes=2-4"})
    assert (status, body, headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert ask("GET", view(tried, shown), {"Range": "bytes=-3"})[::2] == (206, b"789")
    assert ask("GET", view(tried, shown), {"Range": "bytes=10-"})[0] == 416


@pytest.mark.parametrize("life_s", [1, 60])
def test_an_address_ends(tried: TriedStore, shown: str, life_s: int):
    signed_at = clock.now() - timedelta(seconds=life_s + 5)
    with clock.pretend(lambda: signed_at):
        over = view(tried, shown, ttl_s=life_s)

    status, _, body = ask("GET", over)
    assert (status in REFUSED, BODY in body) == (True, False)


@pytest.mark.parametrize(
    "old, new",
    [
        ("/shown?", "/hidden?"),
        ("video%2Fmp4", "text%2Fhtml"),
        ("disposition=inline", "disposition=attachment"),
        ("X-Amz-Expires=60", "X-Amz-Expires=600"),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
        ("X-Amz-Algorithm=AWS4-HMAC-SHA256&", ""),
    ],
)
def test_a_changed_address_opens_nothing(tried: TriedStore, shown: str, old: str, new: str):
    hidden = shown.replace("/shown", "/hidden")
    tried.storage.put(hidden, b"of others", "text/plain")
    url = view(tried, shown)
    assert old in url

    status, _, body = ask("GET", url.replace(old, new))
    assert (status in REFUSED, BODY in body or b"of others" in body) == (True, False), body


def test_an_address_for_looking_does_not_write_or_delete(tried: TriedStore, shown: str):
    for method, body in (("PUT", b"planted"), ("DELETE", None)):
        assert ask(method, view(tried, shown), body=body)[0] in REFUSED, method
    assert tried.storage.read(shown) == BODY


def test_an_address_of_one_bucket_opens_no_other(tried: TriedStore, shown: str):
    bucket = tried.storage.bucket
    if tried.name != "own":  # a bucket that is there, with the same key: the signature alone stands between
        tried.storage.client.create_bucket(Bucket=f"{bucket}-other")
        tried.storage.client.put_object(Bucket=f"{bucket}-other", Key=shown, Body=b"of others")

    status, _, body = ask("GET", view(tried, shown).replace(f"/{bucket}/", f"/{bucket}-other/"))
    assert (status in (*REFUSED, 404), b"of others" in body) == (True, False)


def test_without_a_signature_nobody_reads_writes_lists_or_deletes(tried: TriedStore, shown: str, area: str):
    base = f"{tried.storage.public_url}/{tried.storage.bucket}"
    for method, path, body in (
        ("GET", f"/{shown}", None),
        ("HEAD", f"/{shown}", None),
        ("PUT", f"/{area}/planted", b"x"),
        ("POST", f"/{area}/planted?uploads", b""),
        ("DELETE", f"/{shown}", None),
        ("GET", "", None),
    ):
        status, _, answer = ask(method, base + path, body=body)
        assert (status in REFUSED, BODY in answer) == (True, False), (method, path)
    assert list(tried.storage.keys(area)) == [shown]


@pytest.mark.capability("CORS")
def test_our_pages_may_send_parts_and_read_their_etag(tried: TriedStore, area: str):
    store, key = tried.storage, f"{area}/cors"
    upload = store.open_upload(key, "video/mp4")
    url, headers = store.part_url(key, upload, 1, len(BODY), sha256(BODY))
    wanted = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-amz-checksum-sha256"}

    status, allowed, _ = ask("OPTIONS", url, {"Origin": tried.origin, **wanted})
    assert (status in (200, 204), allowed["access-control-allow-origin"]) == (True, tried.origin)
    assert "PUT" in allowed["access-control-allow-methods"]
    assert "x-amz-checksum-sha256" in allowed["access-control-allow-headers"].lower()
    status, answer, _ = ask("PUT", url, {"Origin": tried.origin, **headers}, BODY)
    assert (status, answer["access-control-allow-origin"]) == (200, tried.origin)
    assert "etag" in answer["access-control-expose-headers"].lower()


@pytest.mark.capability("CORS elsewhere")
def test_pages_of_others_are_not_let_in(tried: TriedStore, shown: str):
    for method, url in (("OPTIONS", view(tried, shown)), ("GET", view(tried, shown))):
        asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
        assert "access-control-allow-origin" not in ask(method, url, asked)[1], method
