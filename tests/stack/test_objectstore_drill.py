"""Kill parts of the object store again and again in the middle of uploads: what it acknowledged is there afterwards.

`DRILL_SEED=… DRILL_KILLS=… make drill` repeats or prolongs it; the seed is in the test's output.
"""

import os
import random
import signal
import subprocess
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from creative_platform.stack import children
from creative_platform.stack.objectstore import SERVERS
from tests.fixtures.objectstore import RunningStore

pytestmark = [pytest.mark.storage, pytest.mark.drill, pytest.mark.timeout(1800)]
PART = 5 * 1024 * 1024


class Uploader(threading.Thread):
    """Sends parts of one upload for as long as it may, each again until it is acknowledged."""

    def __init__(self, store: RunningStore, key: str, seed: int) -> None:
        super().__init__()
        self.store, self.seed, self.over = store, seed, threading.Event()
        self.place = {"Bucket": store.bucket, "Key": key}
        self.client = store.client()
        self.place["UploadId"] = self.client.create_multipart_upload(**self.place)["UploadId"]
        self.acknowledged: dict[int, str] = {}

    def part(self, number: int) -> bytes:
        return random.Random(self.seed * 100_000 + number).randbytes(PART)

    def run(self) -> None:
        number = 1
        while not self.over.is_set():
            body = self.part(number)
            try:
                self.acknowledged[number] = self.client.upload_part(**self.place, PartNumber=number, Body=body)["ETag"]
                number += 1
            except (BotoCoreError, ClientError):
                time.sleep(0.2)

    def assert_nothing_lost(self) -> None:
        listed = self.client.get_paginator("list_parts").paginate(**self.place)
        found = {part["PartNumber"]: part["ETag"] for page in listed for part in page.get("Parts", [])}
        assert {number: found.get(number) for number in self.acknowledged} == self.acknowledged
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in sorted(self.acknowledged.items())]
        self.client.complete_multipart_upload(**self.place, MultipartUpload={"Parts": parts})
        stream = self.client.get_object(Bucket=self.store.bucket, Key=self.place["Key"])["Body"]
        for number in sorted(self.acknowledged):
            assert stream.read(PART) == self.part(number), f"part {number} of {self.place['Key']}"
        assert stream.read() == b""


def kill_and_restart(store: RunningStore, kinds: list[str]) -> None:
    for kind in kinds:
        store.processes[kind].send_signal(signal.SIGKILL)
    for kind in kinds:
        store.processes[kind].wait()
    log = store.store.logs / "objectstore.log"
    for kind in kinds:
        store.processes[kind] = children.start(store.store.command(kind), log)
    until = time.monotonic() + 60
    while not store.store.answers():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_kills_lose_nothing_that_was_acknowledged(own_object_store: RunningStore) -> None:
    seed = int(os.environ.get("DRILL_SEED") or random.SystemRandom().randrange(10**6))
    kills = int(os.environ.get("DRILL_KILLS") or 50)
    print(f"DRILL_SEED={seed} DRILL_KILLS={kills}")  # noqa: T201 - the way to repeat it
    dice, store = random.Random(seed), own_object_store
    uploaders = [Uploader(store, f"film-{number}", seed + number) for number in range(2)]
    for uploader in uploaders:
        uploader.start()
    try:
        for _ in range(kills):
            time.sleep(dice.uniform(0, 0.6))
            kill_and_restart(store, list(SERVERS) if dice.random() < 0.2 else [dice.choice(SERVERS)])
    finally:
        for uploader in uploaders:
            uploader.over.set()
        for uploader in uploaders:
            uploader.join(120)
    subprocess.run(store.store.command("updater"), check=True, timeout=120)
    for uploader in uploaders:
        assert uploader.acknowledged
        uploader.assert_nothing_lost()
