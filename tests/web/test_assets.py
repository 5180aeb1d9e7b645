"""Static files: kept for ever under a mark, in the coding the client likes, in part where it asks for a part."""

from __future__ import annotations

import gzip
import re

import brotli
import pytest

from creative_platform.app import ROOT
from creative_platform.web import assets


@pytest.fixture
def address(client):
    return re.search(r'href="(/static/v-[0-9a-f]{10}/css/pages\.css)"', client.get("/").text)[1]


@pytest.fixture(scope="module")
def css():
    return assets.read(ROOT / "creative_platform" / "static")["css/pages.css"]


def get(client, address, **headers):
    return client.get(address, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_a_style_sheet_comes_in_the_coding_that_the_client_likes(client, address, css):
    plain, zipped, small = (get(client, address, Accept_Encoding=said) for said in ("", "gzip", "gzip, br"))

    assert [a.headers.get("Content-Encoding") for a in (plain, zipped, small)] == [None, "gzip", "br"]
    assert plain.data == gzip.decompress(zipped.data) == brotli.decompress(small.data) == css
    assert [a.content_length for a in (plain, zipped, small)] == [len(a.data) for a in (plain, zipped, small)]
    assert len(small.data) < len(zipped.data) < len(css) / 3
    assert {a.headers["Vary"] for a in (plain, zipped, small)} == {"Accept-Encoding"}
    assert {a.headers["Cache-Control"] for a in (plain, zipped, small)} == {"public, max-age=31536000, immutable"}
    assert len({a.headers["ETag"] for a in (plain, zipped, small)}) == 3


def test_what_a_client_has_is_not_sent_again_in_that_coding_alone(client, address):
    known = get(client, address, Accept_Encoding="br").headers["ETag"]

    same = get(client, address, Accept_Encoding="br", If_None_Match=known)
    other = get(client, address, Accept_Encoding="gzip", If_None_Match=known)

    assert (same.status_code, same.data) == (304, b"")
    assert (same.headers["ETag"], same.headers["Vary"]) == (known, "Accept-Encoding")
    assert other.status_code == 200


@pytest.mark.parametrize("coding", ["", "br"])
def test_a_part_is_a_part_of_the_coded_file(client, address, coding):
    whole = get(client, address, Accept_Encoding=coding)
    part = get(client, address, Accept_Encoding=coding, Range="bytes=10-19", If_Range=whole.headers["ETag"])
    changed = get(client, address, Accept_Encoding=coding, Range="bytes=10-19", If_Range='"another"')
    outside = get(client, address, Accept_Encoding=coding, Range="bytes=9999999-")

    assert (part.status_code, part.data) == (206, whole.data[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole.data)}"
    assert part.headers.get("Content-Encoding", "") == coding
    assert (changed.status_code, changed.data) == (200, whole.data)
    assert outside.status_code == 416


def test_a_head_says_the_same_and_sends_nothing(client, address):
    head = client.head(address, headers={"Accept-Encoding": "br"})
    whole = get(client, address, Accept_Encoding="br")

    assert head.data == b""
    assert dict(head.headers) == dict(whole.headers)


def test_an_address_of_another_day_gives_what_there_is_and_is_asked_for_again(client, address):
    for other in (re.sub("v-[0-9a-f]{10}", "v-0123456789", address), re.sub("v-[0-9a-f]{10}/", "", address)):
        answer = client.get(other)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")


@pytest.mark.parametrize("name", ["nothing", "../app.py", "v-0123456789/../../app.py", "css", ""])
def test_nothing_else_is_served_or_kept(client, name):
    answer = client.get(f"/static/{name}")

    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "private, no-store")


def test_joined_files_hold_their_parts():
    files = assets.read(ROOT / "creative_platform" / "static")

    assert files["css/pages.css"] == files["css/tokens.css"] + b"\n" + files["css/site.css"]
    assert files["js/draft.js"] == files["js/upload.js"] + b"\n{\n" + files["js/autosave.js"] + b"}\n"


def test_every_script_weighs_at_most_8_kb():
    files = assets.read(ROOT / "creative_platform" / "static")
    weights = {name: len(brotli.compress(body)) for name, body in files.items() if name.endswith(".js")}

    assert {name: weight for name, weight in weights.items() if weight > 8 * 1024} == {}


def test_what_sends_files_weighs_at_most_8_kb_together():
    files = assets.read(ROOT / "creative_platform" / "static")
    parts = {name: files[f"js/{name}.js"] for name in ("upload", "transfer", "hash")}

    assert sum(len(brotli.compress(body)) for body in parts.values()) <= 8 * 1024
    assert [name for name, body in parts.items() if re.search(rb"^ *//", body, re.MULTILINE)] == []


def test_what_can_be_reached_is_seen_in_the_order_of_the_page(css):
    """Tab follows the page: what a style sheet moves is seen in one place and reached in another."""
    assert re.findall(rb"(?<![\w-])order\s*:|(?:row|wrap)-reverse", css) == []
