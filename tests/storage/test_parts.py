"""Uploads in parts on every store we know: in any order, again, with gaps, completed twice, given up, listed."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from creative_platform.core import clock
from creative_platform.media.storage import LEAST_PART_BYTES, UNTYPED, NoSuchObject, Part, RefusedByStore, Storage
from tests.fixtures.stores import TriedStore
from tests.storage.test_objects import short_pages

pytestmark = pytest.mark.storage
FIRST, LAST = os.urandom(LEAST_PART_BYTES), os.urandom(1234)


def sent(store: Storage, key: str, upload: str, number: int, body: bytes) -> Part:
    return Part(number, store.upload_part(key, upload, number, body), len(body))


def open_under(store: Storage, area: str) -> list[tuple[str, str]]:
    return [(key, upload) for key, upload in store.open_uploads() if key.startswith(area)]


def test_parts_in_any_order_become_the_object_and_completing_twice_is_completing(tried: TriedStore, area: str):
    store, key = tried.storage, f"{area}/film"
    upload = store.open_upload(key, "video/mp4")
    assert store.parts(key, upload) == []
    three, one, two = (sent(store, key, upload, n, b) for n, b in ((3, LAST), (1, FIRST), (2, FIRST[::-1])))
    assert store.parts(key, upload) == [one, two, three]
    with pytest.raises(NoSuchObject):
        store.size_of(key)

    store.complete_upload(key, upload, [one, two, three])
    store.complete_upload(key, upload, [one, two, three])

    assert store.read(key) == FIRST + FIRST[::-1] + LAST
    assert open_under(store, area) == []


@pytest.mark.parametrize("etag", ["unseen", "</ETag></Part>", "\0", "&amp;"])
def test_parts_under_other_etags_are_refused(tried: TriedStore, area: str, etag: str):
    store, key = tried.storage, f"{area}/etag"
    upload = store.open_upload(key, UNTYPED)
    sent(store, key, upload, 1, LAST)

    with pytest.raises(RefusedByStore):
        store.complete_upload(key, upload, [Part(1, etag, len(LAST))])

    with pytest.raises(NoSuchObject):
        store.size_of(key)
    store.abort_upload(key, upload)


@pytest.mark.capability("part anew")
def test_a_part_sent_again_with_other_bytes_replaces_the_first(tried: TriedStore, area: str):
    store, key = tried.storage, f"{area}/again"
    upload = store.open_upload(key, "video/mp4")
    one, broken = sent(store, key, upload, 1, FIRST), sent(store, key, upload, 2, b"broken")
    two = sent(store, key, upload, 2, LAST)
    assert (store.parts(key, upload), broken.etag != two.etag) == ([one, two], True)

    store.complete_upload(key, upload, [one, two])

    assert store.read(key) == FIRST + LAST


def test_a_part_sent_again_with_the_same_bytes_is_the_same(tried: TriedStore, area: str):
    store, key = tried.storage, f"{area}/same"
    upload = store.open_upload(key, "video/mp4")
    parts = [sent(store, key, upload, 1, LAST) for _ in range(2)]
    assert (parts[0], store.parts(key, upload)) == (parts[1], [parts[0]])

    store.complete_upload(key, upload, parts[:1])

    assert store.read(key) == LAST


@pytest.mark.capability("part anew")
def test_numbers_may_be_left_out(tried: TriedStore, area: str):
    store, key = tried.storage, f"{area}/gaps"
    upload = store.open_upload(key, "video/mp4")
    parts = [sent(store, key, upload, 2, FIRST), sent(store, key, upload, 10_000, LAST)]

    store.complete_upload(key, upload, parts)

    assert store.read(key) == FIRST + LAST


def test_parts_are_listed_over_pages(tried: TriedStore, area: str):
    store, key = tried.storage, f"{area}/many"
    upload = store.open_upload(key, "video/mp4")
    parts = [sent(store, key, upload, number, b"%d" % number) for number in range(1, 6)]

    with short_pages(store, "ListParts", "MaxParts"):
        assert store.parts(key, upload) == parts


def test_a_part_that_the_store_has_not_completes_nothing(tried: TriedStore, area: str):
    store, key = tried.storage, f"{area}/wrong"
    upload = store.open_upload(key, "video/mp4")
    one = sent(store, key, upload, 1, LAST)

    with pytest.raises(RefusedByStore):
        store.complete_upload(key, upload, [Part(1, "0" * 32, one.size_bytes)])
    with pytest.raises(NoSuchObject):
        store.size_of(key)


def test_an_upload_given_up_is_gone_and_giving_up_twice_is_no_error(tried: TriedStore, area: str):
    store, key = tried.storage, f"{area}/given-up"
    upload, other = store.open_upload(key, "video/mp4"), store.open_upload(key, "video/mp4")
    one = sent(store, key, upload, 1, LAST)

    store.abort_upload(key, upload)
    store.abort_upload(key, upload)

    for attempt in (
        lambda: store.parts(key, upload),
        lambda: store.upload_part(key, upload, 2, LAST),
        lambda: store.complete_upload(key, upload, [one]),
    ):
        with pytest.raises(NoSuchObject):
            attempt()
    assert open_under(store, area) == [(key, other)]


def test_open_uploads_are_listed_over_pages_and_by_when_they_began(tried: TriedStore, area: str):
    store = tried.storage
    begun = {(key, store.open_upload(key, "video/mp4")) for key in [f"{area}/{n}" for n in range(3)] + [f"{area}/1"]}
    now = clock.now()

    with short_pages(store, "ListMultipartUploads", "MaxUploads"):
        assert set(open_under(store, area)) == begun
    assert len(open_under(store, area)) == 4
    assert [found for found in store.open_uploads(before=now - timedelta(minutes=5)) if found in begun] == []
    assert begun <= set(store.open_uploads(before=now + timedelta(minutes=5)))
