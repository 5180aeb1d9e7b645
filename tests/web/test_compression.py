"""Pages and data are compressed as the client likes, without telling what they hide."""

from __future__ import annotations

import gzip
import re
import zlib

import brotli
import pytest
from flask import Response

from creative_platform.web.compression import liked
from tests.factories.accounts import make_user
from tests.fixtures.people import csrf_of


@pytest.mark.parametrize(
    ("said", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0, *", "gzip"),
        ("br;q=0, gzip;q=0.0", ""),
        ("*", "br"),
        ("*;q=0", ""),
        ("identity;q=0", ""),
        ("identity;q=0, gzip", "gzip"),
        ("identity, gzip;q=0.5", ""),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("identity, br", "br"),
        ("deflate", ""),
        ("x-br, brotli", ""),
        ("gzip;q=nonsense", ""),
        ("", ""),
    ],
)
def test_the_coding_is_the_one_the_client_likes_best(said, coding):
    assert liked(said) == coding


def without_masks(page):
    return re.sub(r'(csrf_token" value=)"[^"]*"', r"\1", re.sub(r'data-now="[^"]*"|<time[^>]*>[^<]*', "", page))


@pytest.mark.parametrize(("coding", "opened"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_a_page_comes_compressed_and_whole(client, coding, opened):
    plain = client.get("/login")
    small = client.get("/login", headers={"Accept-Encoding": coding})

    assert (plain.headers.get("Content-Encoding"), small.headers["Content-Encoding"]) == (None, coding)
    assert without_masks(opened(small.data).decode()) == without_masks(plain.text)
    assert small.content_length == len(small.data) < len(plain.data) / 2
    for answer in (plain, small):
        assert set(answer.vary) == {"Accept-Encoding", "Accept-Language", "Cookie"}


def test_a_refused_form_is_compressed_too(client):
    token = csrf_of(client.get("/login").text)
    refused = client.post("/login", data={"csrf_token": token}, headers={"Accept-Encoding": "br"})

    assert (refused.status_code, refused.headers["Content-Encoding"]) == (422, "br")
    assert b'class="errors"' in brotli.decompress(refused.data)


def test_a_head_says_what_a_get_would(client):
    head = client.head("/verify/keys.json", headers={"Accept-Encoding": "br"})

    assert (head.data, head.content_length) == (b"", len(client.get("/verify/keys.json").data))


@pytest.fixture
def answering(app):
    """A function that gives what the hooks make of an answer."""

    def answer(response, said="br, gzip", path="/"):
        with app.test_request_context(path, headers={"Accept-Encoding": said}):
            return app.process_response(response)

    return answer


def test_what_is_small_compressed_or_streamed_goes_out_as_it_is(answering):
    streamed = answering(Response((row for row in ["a" * 5000]), mimetype="text/csv"))
    pdf = answering(Response(b"a" * 5000, mimetype="application/pdf"))
    picture = answering(Response(b"a" * 5000, mimetype="image/webp"))
    tiny = answering(Response(b"a" * 500, mimetype="text/html"))
    deflated = {"Content-Encoding": "deflate"}
    done = answering(Response(zlib.compress(b"a" * 5000), mimetype="text/html", headers=deflated))

    assert [a.headers.get("Content-Encoding") for a in (streamed, pdf, picture, tiny, done)] == [None] * 4 + ["deflate"]
    assert streamed.is_streamed
    assert ["Accept-Encoding" in a.vary for a in (pdf, picture, tiny)] == [False, False, True]


def test_each_coding_has_a_tag_of_its_own(answering):
    def tagged(said):
        response = Response(b"a" * 5000, mimetype="text/html")
        response.set_etag("one")
        return answering(response, said).headers["ETag"]

    assert [tagged(said) for said in ("", "gzip", "br")] == ['"one"', '"one-gzip"', '"one-br"']


def test_the_token_looks_different_in_every_answer_and_each_is_good(client):
    tokens = [csrf_of(client.get("/login").text) for _ in range(3)]

    assert len({token[n : n + 6] for token in tokens for n in range(0, 54, 6)}) == 27
    for token in tokens:
        assert client.post("/login", data={"csrf_token": token}).status_code == 422


def test_a_page_draws_its_token_once(sign_in):
    page = sign_in(make_user(is_admin=True)).get("/account/sign-ins").text

    assert len(set(re.findall(r'name="csrf_token" value="([^"]+)"', page))) == 1


def test_other_tokens_are_refused(client):
    mine = csrf_of(client.get("/login").text)
    with client.session_transaction() as session:
        secret = session["csrf_token"]

    changed = mine[:-4] + ("AAA=" if mine[-4:] != "AAA=" else "BBB=")
    for token in ("", "x", "é", secret, mine[:-1], mine[:27], changed):
        assert client.post("/login", data={"csrf_token": token}).status_code == 400, token


@pytest.mark.parametrize(
    ("site", "coding"), [("cross-site", None), ("same-site", None), ("same-origin", "br"), ("none", "br"), ("", "br")]
)
def test_another_site_learns_nothing_from_the_length_of_somebodys_page(app, sign_in, site, coding):
    somebody = sign_in(make_user())
    headers = {"Accept-Encoding": "br", **({"Sec-Fetch-Site": site} if site else {})}

    assert somebody.get("/account?planted=1", headers=headers).headers.get("Content-Encoding") == coding
    assert app.test_client().get("/contests", headers=headers).headers.get("Content-Encoding") == "br"
