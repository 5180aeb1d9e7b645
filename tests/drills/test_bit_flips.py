"""Bits that flip on their way are found, each of them: by the store, and where it does not look, by our own check.

`DRILL_SEED=… DRILL_FLIPS=… make drill ARGS=tests/drills/test_bit_flips.py` repeats or shortens it: of 10,000 flips 200
hit parts of 5 MiB, the others parts of 1 byte to 64 KiB; as many as the large ones go all the way through a store that
looks at no part.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from creative_platform.core import queue
from creative_platform.media import queries
from creative_platform.media.models import AssetState
from creative_platform.media.storage import LEAST_PART_BYTES, Part, Storage
from creative_platform.uploads import service
from tests.factories.accounts import make_user
from tests.factories.entries import make_entry
from tests.factories.files import picture
from tests.fixtures.stores import TriedStore
from tests.storage.asking import ask

pytestmark = [pytest.mark.drill, pytest.mark.storage, pytest.mark.timeout(1800)]

FLIPS = int(os.environ.get("DRILL_FLIPS") or 10_000)
LARGE = max(FLIPS // 50, 1)
LARGE_OF_A_FILE, SMALL_OF_A_FILE = 4, 100


@pytest.fixture
def seed() -> int:
    chosen = int(os.environ.get("DRILL_SEED") or random.SystemRandom().randrange(10**6))
    print(f"DRILL_SEED={chosen} DRILL_FLIPS={FLIPS}")  # noqa: T201 -- the way to repeat it
    return chosen


def flipped(body: bytes, dice: random.Random) -> bytes:
    bit = dice.randrange(len(body) * 8)
    broken = bytearray(body)
    broken[bit // 8] ^= 1 << bit % 8
    return bytes(broken)


def md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


@dataclass
class Sender:
    """Sends a file part by part as a page does, each part broken at first, and only what was refused again."""

    store: Storage
    seed: int
    sizes: list[int]

    def __post_init__(self) -> None:
        self.key = f"flips/{self.seed}"
        self.upload = self.store.open_upload(self.key, "video/mp4")
        self.answers: Counter[int] = Counter()

    def bodies(self) -> Iterator[bytes]:
        dice = random.Random(self.seed)
        return (dice.randbytes(size) for size in self.sizes)

    def send(self) -> Counter[int]:
        dice, expected = random.Random(self.seed + 1), []
        for number, body in enumerate(self.bodies(), start=1):
            sha256 = hashlib.sha256(body).hexdigest()
            url, headers = self.store.part_url(self.key, self.upload, number, len(body), sha256)
            for arriving in (flipped(body, dice), body):
                self.answers[ask("PUT", url, headers, arriving)[0]] += 1
            expected.append(Part(number, md5(body), len(body)))
        listed = self.store.parts(self.key, self.upload)
        assert listed == expected, f"{self.key}: the store has other parts than were sent"
        if self.sizes[0] >= LEAST_PART_BYTES:
            self._complete(listed)
        else:
            self.store.abort_upload(self.key, self.upload)
        return self.answers

    def _complete(self, parts: list[Part]) -> None:
        self.store.complete_upload(self.key, self.upload, parts)
        whole, arrived = hashlib.sha256(), hashlib.sha256()
        for body in self.bodies():
            whole.update(body)
        for chunk in self.store.chunks(self.key):
            arrived.update(chunk)
        self.store.delete(self.key)
        assert arrived.hexdigest() == whole.hexdigest(), f"{self.key}: the object is not what was sent"


def test_every_flip_is_refused_by_the_store_and_only_its_part_sent_again(swift: TriedStore, seed: int) -> None:
    dice = random.Random(seed)
    large = [LEAST_PART_BYTES] * LARGE
    small = [max(1, int(2 ** dice.uniform(0, 16))) for _ in range(FLIPS - LARGE)]
    files = [large[at : at + LARGE_OF_A_FILE] for at in range(0, len(large), LARGE_OF_A_FILE)]
    files += [small[at : at + SMALL_OF_A_FILE] for at in range(0, len(small), SMALL_OF_A_FILE)]

    def send(at: int) -> Counter[int]:
        return Sender(swift.storage, seed * 10_000 + 2 * at, files[at]).send()

    with ThreadPoolExecutor(4) as pool:
        answers = sum(pool.map(send, range(len(files))), Counter())

    print(f"{LARGE} flips in parts of 5 MiB, {len(small)} in smaller ones: {dict(answers)}")  # noqa: T201 -- the result
    assert answers == {400: FLIPS, 200: FLIPS}


def test_every_flip_that_a_store_took_is_found_by_the_check(weak_store: Storage, seed: int) -> None:
    dice, owner, found = random.Random(seed), make_user(), Counter()
    actor, image = owner.as_actor(), picture()
    for number in range(LARGE):
        entry = make_entry(owner=owner, submitted=False)
        body = image + dice.randbytes(LEAST_PART_BYTES if number % 10 == 0 else dice.randrange(1 << 16))
        sha256 = hashlib.sha256(body).hexdigest()
        planned = service.Planned("entry", entry.public_id, "pages", "a.jpg", len(body), "image/jpeg")
        upload = service.plan_upload(actor, planned)
        size = upload.part_size_bytes
        parts = [body[at : at + size] for at in range(0, len(body), size)]
        hit = dice.randrange(len(parts))
        hashes = [(n, hashlib.sha256(part).hexdigest()) for n, part in enumerate(parts, start=1)]
        for signed, part, (at, promised) in zip(
            service.sign_parts(actor, upload.public_id, hashes), parts, hashes, strict=True
        ):
            arriving = flipped(part, dice) if at == hit + 1 else part
            status, headers, _ = ask("PUT", signed.url, signed.headers, arriving)
            assert status == 200
            service.record_part(actor, upload.public_id, service.SentPart(at, headers["etag"], promised))
        service.complete_upload(actor, upload.public_id, sha256=sha256)
        queue.work_off()
        [asset] = queries.assets_of("entry", entry.id)
        found[asset.state, asset.reason, len(asset.proxies)] += 1

    print(f"{LARGE} flips taken by the store: {dict(found)}")  # noqa: T201 -- the result
    assert found == {(AssetState.REJECTED, "media.checksum", 0): LARGE}
