"""Parts as large as the line carries in half a minute, and those that are smaller than stores take, on a real store."""

from __future__ import annotations

import hashlib
import io
import re
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from creative_platform.app import ROOT
from creative_platform.core import clock, queue
from creative_platform.core.db import session
from creative_platform.core.errors import Conflict, Invalid, Unavailable
from creative_platform.media import queries, storage
from creative_platform.media.models import AssetState
from creative_platform.media.service import find_orphans
from creative_platform.media.storage import LEAST_PART_BYTES, MIB, MOST_PARTS, UNTYPED, pieces_of
from creative_platform.uploads import service
from creative_platform.uploads.service import parts
from tests.factories.accounts import make_user
from tests.factories.entries import make_entry
from tests.factories.files import picture
from tests.storage.asking import ask
from tests.uploads.test_uploads import planned, sha256

pytestmark = [pytest.mark.database, pytest.mark.storage]

CUT = parts.PIECES + "0123"
SLOW = 256_000 // 8
BODY = picture() + hashlib.sha256(b"filler").digest() * 60_000  # 2 MB
KIB = 1024


@pytest.fixture
def owner(app):
    return make_user()


@pytest.fixture
def entry(owner):
    """A draft of now, not of the stopped clock: the real store reads when addresses were signed."""
    return make_entry(owner=owner, submitted=False)


@pytest.mark.parametrize(
    ("size_bytes", "bits_per_s", "part_bytes"),
    [
        (2_000_000, None, 5 * MIB),
        (300_000_000, None, 8 * MIB),
        (2_000_000, 256_000, 768 * KIB),
        (300_000_000, 256_000, 768 * KIB),
        (900_000, 256_000, 5 * MIB),  # in one go: half a minute
        (2_000_000, 20_000, 256 * KIB),
        (400_000_000, 256_000, 5 * MIB),
        (100_000_000, 1_000_000, 3584 * KIB),
        (300_000_000, 2_000_000, 7 * MIB),
        (300_000_000, 8_000_000, 9 * MIB),
        (300_000_000, 50_000_000, 32 * MIB),  # a ninth
        (1024 * MIB, 420_000_000, 114 * MIB),
        (2000 * MIB, 420_000_000, 223 * MIB),  # three times three side by side
        (2000 * MIB, 8 * 8 * 2_936_012, 223 * MIB),
        (2000 * MIB, 8 * 4 * 2_936_012, 111 * MIB),  # from a device of 4 GiB
        (20_000 * MIB, 50_000_000, 59 * MIB),  # what a third of the line carries
        (20_000 * MIB, 600_000_000, 224 * MIB),
        (200_000 * MIB, 1, 20 * MIB),
    ],
)
def test_a_part_is_what_the_line_carries_in_half_a_minute(size_bytes, bits_per_s, part_bytes):
    found = parts.size_for(size_bytes, bits_per_s and bits_per_s // 8 or bits_per_s)

    assert found == part_bytes
    assert -(-size_bytes // found) <= MOST_PARTS


def test_the_page_has_the_largest_parts_hashed_by_the_browser():
    """WebCrypto takes a blob of up to PART_BYTES whole; a larger one is hashed by the script, much slower.

    On a device of less memory that is less, and the page asks for parts that are no larger.
    """
    scripts = ROOT / "creative_platform" / "static" / "js"
    found = re.findall(
        r"PART_BYTES = (\d+) \* MIB \* \(navigator\.deviceMemory \|\| (\d+)\)", (scripts / "hash.js").read_text()
    )
    [(mib, usual_gib)] = found
    source = (scripts / "transfer.js").read_text()
    room = re.findall(r"\(navigator\.deviceMemory \|\| (\d+)\) \* Math\.floor\((.+?) \* MIB\)", source)
    [(same_gib, mib_per_s)] = room

    assert int(mib) * int(usual_gib) * MIB == parts.MOST_PART_BYTES
    assert usual_gib == same_gib
    for gib in (0.25, 0.5, 1, 2, 4, 8):
        part_bytes = parts.size_for(2000 * MIB, int(gib * int(float(mib_per_s) * MIB)))
        assert part_bytes <= max(gib * int(mib), 16) * MIB


def send(actor, upload, numbers, *, spoil: int = 0) -> list[int]:
    """Send parts as a page does and return what the store answered; the one to spoil arrives with a bit flipped."""
    size, answers = upload.part_size_bytes, []
    for number in numbers:
        body = BODY[(number - 1) * size : number * size]
        [signed] = service.sign_parts(actor, upload.public_id, [(number, sha256(body))])
        arriving = bytes([body[0] ^ 1]) + body[1:] if number == spoil else body
        status, headers, _ = ask("PUT", signed.url, signed.headers, arriving)
        answers.append(status)
        if status == 200:
            service.record_part(actor, upload.public_id, service.SentPart(number, headers["etag"], sha256(body)))
    return answers


def pieces(upload) -> list[int]:
    return [part.number for part in parts.listed(storage.storage(), upload.asset.storage_key, upload.store_upload_id)]


def test_small_parts_resume_are_bound_and_become_the_file(store, owner, entry):
    actor, plan = owner.as_actor(), planned(entry, BODY, fingerprint="f", bytes_per_s=SLOW)
    upload = service.plan_upload(actor, plan)
    key = upload.asset.storage_key
    assert (upload.part_size_bytes, len(BODY) // upload.part_size_bytes) == (768 * KIB, 2)
    assert send(actor, upload, [1, 3], spoil=3) == [200, 400]
    [signed] = service.sign_parts(actor, upload.public_id, [(2, sha256(b"short"))])
    assert ask("PUT", signed.url, signed.headers, b"short")[0] == 403  # the length is bound, too

    again = service.plan_upload(actor, replace(plan, bytes_per_s=10 * SLOW))
    assert (again.public_id, again.part_size_bytes, [p.number for p in again.parts]) == (
        upload.public_id,
        upload.part_size_bytes,
        [1],
    )
    with pytest.raises(Conflict) as too_soon:
        service.complete_upload(actor, again.public_id, sha256=sha256(BODY))
    assert too_soon.value.data["missing"] == [2, 3]
    assert send(actor, again, [2, 3]) == [200, 200]
    asset = service.complete_upload(actor, again.public_id, sha256=sha256(BODY))

    assert (asset.state, store.read(key), list(store.keys(pieces_of(key)))) == (AssetState.RECEIVED, BODY, [])
    queue.work_off()
    [asset] = queries.assets_of("entry", entry.id)
    assert (asset.state, asset.sha256) == (AssetState.READY, sha256(BODY))


def test_to_finish_small_parts_their_notes_are_not_read(store, owner, entry, count_queries):
    """The store has their bytes, not their ETags; what a caller says of them must still be a note."""
    actor = owner.as_actor()
    upload = service.plan_upload(actor, planned(entry, BODY, bytes_per_s=SLOW))
    assert send(actor, upload, [1, 2, 3]) == [200, 200, 200]
    session().expire_all()

    with pytest.raises(Invalid):
        service.complete_upload(actor, upload.public_id, sha256=sha256(BODY), sent=[service.SentPart(1, "e", "short")])
    with count_queries() as seen:
        service.complete_upload(actor, upload.public_id, sha256=sha256(BODY), sent=[])

    assert [statement for statement in seen if "FROM upload_part" in statement] == []


def test_many_small_parts_are_put_together_in_parts_that_stores_take(store):
    key, body = storage.new_key("originals"), BODY * 8
    size = 768 * KIB
    numbers = range(1, -(-len(body) // size) + 1)
    for number in numbers:
        part = body[(number - 1) * size : number * size]
        parts.send(store, key, CUT, number, io.BytesIO(part), sha256(part))

    there = parts.listed(store, key, CUT)
    parts.put_together(store, key, CUT, there)
    assert store.read(key) == body
    parts.forget(store, key, CUT)
    parts.put_together(store, key, CUT, there)  # another request was first

    assert (store.read(key), list(store.keys(pieces_of(key)))) == (body, [])
    assert [name for name, _ in store.open_uploads() if name == key] == []


def test_a_store_that_goes_away_while_parts_are_put_together_costs_nothing(store, owner, entry, monkeypatch):
    actor = owner.as_actor()
    upload = service.plan_upload(actor, planned(entry, BODY, bytes_per_s=SLOW))
    send(actor, upload, [1, 2, 3])

    def away(*given, **more):
        raise Unavailable()

    with monkeypatch.context() as torn:
        torn.setattr(type(store), "upload_part", away)
        with pytest.raises(Unavailable):
            service.complete_upload(actor, upload.public_id, sha256=sha256(BODY))
    assert [name for name, _ in store.open_uploads() if name == upload.asset.storage_key] == []

    assert service.complete_upload(actor, upload.public_id, sha256=sha256(BODY)).state is AssetState.RECEIVED


def test_a_line_slower_than_thought_cuts_anew_what_has_not_begun_to_arrive(store, owner, entry):
    actor, plan = owner.as_actor(), planned(entry, BODY, fingerprint="f")
    first = service.plan_upload(actor, plan)
    multipart = (first.asset.storage_key, first.store_upload_id)
    assert (first.part_size_bytes, multipart in store.open_uploads()) == (LEAST_PART_BYTES, True)

    assert service.plan_upload(actor, plan).part_size_bytes == LEAST_PART_BYTES
    slow = service.plan_upload(actor, replace(plan, bytes_per_s=SLOW))

    assert (slow.public_id, slow.part_size_bytes) == (first.public_id, 768 * KIB)
    assert multipart not in store.open_uploads()
    assert send(actor, slow, [1]) == [200]
    assert service.plan_upload(actor, replace(plan, bytes_per_s=SLOW // 4)).part_size_bytes == 768 * KIB


def test_no_more_than_two_are_put_together_at_once(store, owner, entry):
    key = "originals/joined"
    parts.send(store, key, CUT, 1, io.BytesIO(b"all"), sha256(b"all"))
    there = parts.listed(store, key, CUT)
    with ExitStack() as others:
        for _ in range(parts.JOINED_AT_ONCE):
            others.enter_context(parts._places)
        with pytest.raises(Unavailable):
            parts.put_together(store, key, CUT, there)
    parts.put_together(store, key, CUT, there)
    assert store.read(key) == b"all"
    parts.forget(store, key, CUT)
    store.delete(key)


def test_pieces_of_an_upload_are_no_orphans_and_go_with_it(store, owner, entry, monkeypatch):
    actor = owner.as_actor()
    upload = service.plan_upload(actor, planned(entry, BODY, bytes_per_s=SLOW))
    send(actor, upload, [1, 2])
    stray = "pieces/" + "0" * 40 + "/0123/00001"
    store.put(stray, b"left behind", UNTYPED)

    later = clock.now() + timedelta(days=3)
    with clock.pretend(lambda: later):
        found = {orphan.storage_key for orphan in find_orphans()}
    assert (stray in found, [key for key in found if key.startswith(pieces_of(upload.asset.storage_key))]) == (True, [])

    assert pieces(upload) == [1, 2]
    key = upload.asset.storage_key
    service.abort_upload(actor, upload.public_id)
    queue.work_off()
    assert list(store.keys(pieces_of(key))) == []
    store.delete(stray)


def test_a_commitment_on_a_slow_line_is_delivered_in_small_parts(store, owner, entry):
    actor, plan = owner.as_actor(), planned(entry, BODY, sha256=sha256(BODY))
    service.commit_file(actor, plan)

    upload = service.plan_upload(actor, replace(plan, bytes_per_s=SLOW))

    assert (upload.part_size_bytes, upload.asset.awaits_delivery) == (768 * KIB, True)
    assert send(actor, upload, [1, 2, 3]) == [200, 200, 200]
    assert service.complete_upload(actor, upload.public_id).state is AssetState.RECEIVED


def test_two_who_open_one_file_at_once_take_no_pieces_from_each_other(store, owner, entry, monkeypatch):
    actor, plan, really = owner.as_actor(), planned(entry, BODY, fingerprint="f", bytes_per_s=SLOW), parts.open_in
    first: list = []

    def while_another_opens(*given):
        monkeypatch.setattr(parts, "open_in", really)
        first.append(service.plan_upload(actor, plan))
        assert send(actor, first[0], [1]) == [200]
        return really(*given)

    monkeypatch.setattr(parts, "open_in", while_another_opens)
    second = service.plan_upload(actor, plan)

    assert (second.public_id, second.store_upload_id) == (first[0].public_id, first[0].store_upload_id)
    assert pieces(second) == [1]


def test_what_comes_by_an_old_address_is_taken_away_too(store, owner, entry):
    """An address is good for an hour, though the upload for which it was signed was given up or cut anew."""
    actor, plan = owner.as_actor(), planned(entry, BODY, fingerprint="f", bytes_per_s=SLOW)
    upload = service.plan_upload(actor, plan)
    key, first = upload.asset.storage_key, upload.store_upload_id
    body = BODY[: upload.part_size_bytes]
    [signed] = service.sign_parts(actor, upload.public_id, [(1, sha256(body))])
    anew = service.plan_upload(actor, replace(plan, bytes_per_s=SLOW // 2))
    assert send(actor, anew, [1]) == [200]
    assert ask("PUT", signed.url, signed.headers, body)[0] == 200
    later = anew.asset.storage_key
    held = {parts.piece_key(key, first, 1), parts.piece_key(later, anew.store_upload_id, 1)}
    assert {*store.keys(pieces_of(key)), *store.keys(pieces_of(later))} == held

    for hours in (25, 27, 49, 73):  # what is open keeps its pieces however long it takes
        now = clock.now() + timedelta(hours=hours)
        with clock.pretend(lambda now=now: now):
            queue.work_off()
        held.discard(parts.piece_key(key, first, 1))
        assert {*store.keys(pieces_of(key)), *store.keys(pieces_of(later))} == held

    [late] = service.sign_parts(actor, anew.public_id, [(2, sha256(b"x" * anew.part_size_bytes))])
    service.abort_upload(actor, anew.public_id)
    queue.work_off()
    assert ask("PUT", late.url, late.headers, b"x" * anew.part_size_bytes)[0] == 200
    for hours in (97, 99):
        now = clock.now() + timedelta(hours=hours)
        with clock.pretend(lambda now=now: now):
            queue.work_off()
    assert [*store.keys(pieces_of(key)), *store.keys(pieces_of(later))] == []


def test_a_piece_let_in_after_its_upload_was_forgotten_goes_an_hour_later(store, owner, entry):
    actor = owner.as_actor()
    upload = service.plan_upload(actor, planned(entry, BODY, bytes_per_s=SLOW))
    key, body = upload.asset.storage_key, BODY[: upload.part_size_bytes]
    in_a_day = clock.now() + timedelta(hours=23, minutes=59)
    with clock.pretend(lambda: in_a_day):
        [signed] = service.sign_parts(actor, upload.public_id, [(1, sha256(body))])
        service.abort_upload(actor, upload.public_id)
        queue.work_off()
    day_over = clock.now() + timedelta(hours=24, minutes=1)
    with clock.pretend(lambda: day_over):
        queue.work_off()
    parts.send(store, key, upload.store_upload_id, 1, io.BytesIO(body), sha256(body))  # by its address, still good
    with clock.pretend(lambda: day_over + timedelta(minutes=59)):
        queue.work_off()
    assert len(list(store.keys(pieces_of(key)))) == 1

    with clock.pretend(lambda: day_over + timedelta(minutes=66)):
        queue.work_off()

    assert list(store.keys(pieces_of(key))) == []
