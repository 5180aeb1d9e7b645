"""Objects on every store we know: written, read, copied, listed, taken away; found by our doctor where it lacks."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from creative_platform.core import clock
from creative_platform.core.errors import Unavailable
from creative_platform.doctor import store as doctor
from creative_platform.media.storage import COPY_RANGE_BYTES, MIB, NoSuchObject, RefusedByStore, Storage
from tests.fixtures.stores import TriedStore

pytestmark = pytest.mark.storage


@contextmanager
def short_pages(store: Storage, operation: str, limit: str) -> Iterator[list[int]]:
    """Let lists come two at a time; yields what will hold a mark for each page asked for."""
    asked: list[int] = []

    def shorten(params: dict[str, object], **_: object) -> None:
        params[limit] = 2
        asked.append(1)

    place = f"provide-client-params.s3.{operation}"
    store.client.meta.events.register(place, shorten)
    try:
        yield asked
    finally:
        store.client.meta.events.unregister(place, shorten)


def test_doctor_names_exactly_what_is_known_to_lack(tried: TriedStore, area: str):
    """What the suite expects to fail is what an operator is told; and an upload left open outlives a restart."""
    first = {finding.name: finding for finding in doctor.examine(tried.storage, tried.origin)}
    if tried.restart:
        tried.restart()
    lacking = {finding.name for finding in doctor.examine(tried.storage, tried.origin) if not finding.holds}

    assert len(first) == len(doctor._PROBES)
    assert lacking - (set() if tried.restart else {"restart"}) == tried.lacks
    assert list(tried.storage.keys("doctor/")) == []
    assert {key for key, _ in tried.storage.open_uploads() if key.startswith("doctor/")} <= {doctor.MARKER}


@pytest.mark.parametrize("body", [b"", b"x", os.urandom(3 * MIB + 1)], ids=["nothing", "a byte", "3 MiB"])
def test_an_object_comes_back_whole(tried: TriedStore, area: str, body: bytes):
    store = tried.storage
    store.put(f"{area}/bytes", body, "video/mp4")
    store.put(f"{area}/file", io.BytesIO(body), "video/mp4")

    assert (store.read(f"{area}/bytes"), store.read(f"{area}/file")) == (body, body)
    assert store.size_of(f"{area}/bytes") == len(body)
    chunks = list(store.chunks(f"{area}/bytes", 100_000))
    assert (b"".join(chunks), all(len(chunk) <= 100_000 for chunk in chunks)) == (body, True)


def test_ranges_are_read_exactly(tried: TriedStore, area: str):
    store, body = tried.storage, bytes(range(256)) * 5
    store.put(f"{area}/ranges", body, "audio/mpeg")

    for offset, length in ((0, 1), (0, 256), (255, 2), (1279, 1), (1000, 5000)):
        assert store.read(f"{area}/ranges", offset, length) == body[offset : offset + length], (offset, length)
    with pytest.raises(RefusedByStore):
        store.read(f"{area}/ranges", len(body), 1)


def test_the_last_bytes_written_are_the_object(tried: TriedStore, area: str):
    tried.storage.put(f"{area}/again", b"first, and longer", "text/plain")
    tried.storage.put(f"{area}/again", b"second", "text/plain")

    assert (tried.storage.read(f"{area}/again"), tried.storage.size_of(f"{area}/again")) == (b"second", 6)


def test_what_is_not_there_is_named_so(tried: TriedStore, area: str):
    store, nothing = tried.storage, f"{area}/nothing"
    for ask in (store.size_of, store.read, lambda key: list(store.chunks(key)), lambda key: store.read(key, 0, 1)):
        with pytest.raises(NoSuchObject):
            ask(nothing)
    with pytest.raises(NoSuchObject):
        store.copy(nothing, f"{area}/copy", 1)
    assert list(store.keys(area)) == []


def test_deleting_twice_is_no_error(tried: TriedStore, area: str):
    store = tried.storage
    store.put(f"{area}/gone", b"x", "text/plain")
    store.put(f"{area}/stays", b"y", "text/plain")

    store.delete(f"{area}/gone")
    store.delete(f"{area}/gone")

    assert list(store.keys(area)) == [f"{area}/stays"]


def test_a_small_object_is_copied(tried: TriedStore, area: str):
    store, body = tried.storage, os.urandom(70_000)
    store.put(f"{area}/one", body, "image/png")

    store.copy(f"{area}/one", f"{area}/two", len(body))
    store.delete(f"{area}/one")

    assert store.read(f"{area}/two") == body


def test_a_large_object_is_copied_in_ranges_or_not_at_all(tried: TriedStore, area: str):
    store, body = tried.storage, os.urandom(MIB) * 33
    assert len(body) > COPY_RANGE_BYTES
    store.put(f"{area}/large", body, "video/mp4")

    if "large copy" in tried.lacks:
        with pytest.raises(Unavailable):
            store.copy(f"{area}/large", f"{area}/copy", len(body))
        assert list(store.keys(area)) == [f"{area}/large"]
    else:
        store.copy(f"{area}/large", f"{area}/copy", len(body))
        assert store.read(f"{area}/copy") == body
    assert [key for key, _ in store.open_uploads() if key.startswith(area)] == []


def test_keys_are_listed_over_pages_and_by_prefix(tried: TriedStore, area: str):
    store, names = tried.storage, [f"{area}/list/{number}" for number in range(5)]
    for name in names:
        store.put(name, b"x", "text/plain")
    store.put(f"{area}/other", b"x", "text/plain")

    with short_pages(store, "ListObjectsV2", "MaxKeys") as asked:
        assert list(store.keys(f"{area}/list/")) == names
    assert len(asked) == 3
    assert sorted(store.keys(area)) == [*names, f"{area}/other"]


def test_keys_are_told_apart_by_when_they_were_written(tried: TriedStore, area: str):
    tried.storage.put(f"{area}/now", b"x", "text/plain")
    written = clock.now()

    assert list(tried.storage.keys(area, before=written - timedelta(minutes=5))) == []
    assert list(tried.storage.keys(area, before=written + timedelta(minutes=5))) == [f"{area}/now"]


def test_a_bucket_that_answers_is_ready_and_a_dead_store_is_not(tried: TriedStore):
    tried.storage.ready()
    known = tried.storage.credentials
    nobody = Storage("http://127.0.0.1:9", "", known.access_key_id, known.secret_access_key, "contest", known.region)
    with pytest.raises(Unavailable):
        nobody.ready()
    nobody.close()


def test_a_wrong_secret_reads_writes_and_lists_nothing(tried: TriedStore, area: str):
    known = tried.storage
    known.put(f"{area}/secret", b"a draft", "text/plain")
    guess = Storage(
        known.endpoint_url, "", known.credentials.access_key_id, "a guess", known.bucket, known.credentials.region
    )
    try:
        for attempt in (
            lambda: guess.read(f"{area}/secret"),
            lambda: guess.put(f"{area}/planted", b"x", "text/plain"),
            lambda: list(guess.keys(area)),
            lambda: guess.delete(f"{area}/secret"),
        ):
            with pytest.raises(RefusedByStore):
                attempt()
    finally:
        guess.close()
    assert {key: known.read(key) for key in known.keys(area)} == {f"{area}/secret": b"a draft"}


def test_closing_opens_anew_with_the_next_call(tried: TriedStore):
    before = tried.storage.client
    tried.storage.close()

    tried.storage.ready()
    assert tried.storage.client is not before
