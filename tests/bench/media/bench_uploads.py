"""What uploads cost: ``python -m tests.bench.media.bench_uploads``.

Straight to the store over a line of 50 MiB/s, beside a bare sink at the end of the same line and beside the form that
goes through the application; the application's processor time for it; signatures beside boto3's; and what pages are
like while 1,000 people send slowly. All in one run, on the platform as `make run` starts it, once it took a dozen small
films.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import http.client
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from sqlalchemy import update

import config
from creative_platform.app import create_app, database
from creative_platform.contests.models import MediaRequirement
from creative_platform.core.db import transaction
from creative_platform.media.presigner import Credentials, presign
from creative_platform.stack import keys
from tests.bench.media.line import Line, sink
from tests.bench.media.page import AT_ONCE, Page
from tests.bench.media.slow import Crowd
from tests.bench.web.bench_memory import platform, sizes, web_processes
from tests.bench.web.visitor import Program, Visitor

MIB = 1024 * 1024
LINE_BYTES_PER_S = 50 * MIB
FILE_MIB, LARGE_MIB = 1024, 2000  # the latter is the most that a field takes
FORM_MIB = 128  # the form's limit is 200
ROUNDS = 3
WARM_UPS, WARM_UP_MIB = 12, 96  # the first films after a start cost twice as much: nothing is compiled or connected yet


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def cpu_s(pids: list[int]) -> float:
    """Return the processor time that these processes have taken."""
    told = [path for pid in pids for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    return sum(int(path.read_text().split()[0]) for path in told) / 1e9


def signatures() -> dict[str, float]:
    """Return signatures of a part a second of processor time: ours, and boto3's for the same part."""
    store = Credentials("key", "secret", "us-east-1")
    client = boto3.client(
        "s3",
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",  # signs nothing that anybody takes
        region_name="us-east-1",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    digest = hashlib.sha256(b"part").hexdigest()
    asked = {"Bucket": "bucket", "Key": "key", "UploadId": "upload"}

    def ours(number: int) -> object:
        return presign(
            store,
            "PUT",
            "http://127.0.0.1:1/bucket/key",
            at=datetime.now(UTC),
            expires_s=3600,
            query={"partNumber": str(number), "uploadId": "upload"},
            headers={"x-amz-checksum-sha256": digest, "content-length": str(8 * MIB)},
        )

    def theirs(number: int) -> object:
        return client.generate_presigned_url("upload_part", {**asked, "PartNumber": number}, 3600)

    return {"ours": _a_second(ours, 3000), "boto3": _a_second(theirs, 300)}


def _a_second(sign: Callable[[int], object], count: int) -> float:
    sign(1)
    started = time.process_time()
    for number in range(1, count + 1):
        sign(number)
    return count / (time.process_time() - started)


@dataclass
class Draft:
    """Where the demo's participant sends a film to."""

    program: Program
    visitor: Visitor
    door_url: str
    entry: str
    field: str

    def clear(self) -> None:
        """Take away what was sent."""
        for file in self.program.call("GET", f"/entries/{self.entry}")["files"]:
            self.program.call("DELETE", f"/files/{file['id']}")


def draft_of(demo: dict[str, Any], door_url: str, role: str = "participant") -> Draft:
    """Begin an entry of a participant of the demo."""
    account = demo["accounts"][role]
    program, visitor = Program(demo["base_url"], account["token"]), Visitor(demo["base_url"])
    visitor.sign_in(account)
    slug = demo["contests"]["open"]
    track = next(track for track in program.call("GET", f"/contests/{slug}")["tracks"] if track["key"] == "video")
    draft = {"track": track["key"], "title": "A large film", "language": "en", "summary": "", "answers": {}}
    entry = program.call("POST", f"/contests/{slug}/entries", draft)["id"]
    return Draft(program, visitor, door_url, entry, track["files"][0]["key"])


def allow_large_films(var: Path, base_url: str) -> None:
    """Let the demo's tracks take files as large as the one that is sent."""
    app = create_app(config.load({"VAR_DIR": str(var), "PORT": str(urlsplit(base_url).port or 80)}))
    with app.app_context():
        with transaction() as s:
            s.execute(update(MediaRequirement).values(max_size_bytes=LARGE_MIB * MIB))
        database.session.remove()
        database.engine.dispose()


def into_the_sink(url: str, body: memoryview) -> float:
    """Return bytes a second into nothing, over as many connections as parts go at once."""
    line = Line(LINE_BYTES_PER_S)
    cut = -(-len(body) // AT_ONCE)
    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda n: line.put(url, body[n * cut : (n + 1) * cut], {}), range(AT_ONCE)))
    return len(body) / (time.monotonic() - began)


def straight(draft: Draft, body: memoryview) -> tuple[float, int]:
    """Return bytes a second straight into the store, from the first hash to the last answer, and the size of a part."""
    page = Page(draft.program, Line(LINE_BYTES_PER_S), body)
    began = time.monotonic()
    page.send(draft.entry, {"field": draft.field, "filename": "a.mp4", "content_type": "video/mp4"})
    return len(body) / (time.monotonic() - began), int(page.upload["part_size_bytes"])


def through_the_form(draft: Draft, body: memoryview) -> float:
    """Return bytes a second by the form without JavaScript."""
    line = Line(LINE_BYTES_PER_S)
    token = draft.visitor.token(f"/my/entries/{draft.entry}")
    cookies = next(h for h in draft.visitor.opener.handlers if hasattr(h, "cookiejar")).cookiejar
    head = (
        f'--edge\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        '--edge\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    ).encode()
    tail = b"\r\n--edge--\r\n"
    parts = urlsplit(draft.door_url)
    began = time.monotonic()
    connection = http.client.HTTPConnection(parts.netloc, timeout=300)
    connection.putrequest("POST", f"/media/form/entry/{draft.entry}/{draft.field}?next=/my")
    connection.putheader("Content-Type", "multipart/form-data; boundary=edge")
    connection.putheader("Content-Length", str(len(head) + len(body) + len(tail)))
    connection.putheader("Cookie", "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies))
    connection.putheader("Origin", draft.program.base_url)
    connection.endheaders()
    connection.send(head)
    for at in range(0, len(body), 64 * 1024):
        piece = body[at : at + 64 * 1024]
        line.wait(len(piece))
        connection.send(piece)
    connection.send(tail)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 303:
        raise SystemExit(f"the form answered {answer.status}")
    return len(body) / (time.monotonic() - began)


def rates(draft: Draft, var: Path) -> dict[str, Any]:
    """Send by each way in turn; return the medians in MiB/s, the shares of the sink's and the processor time a GiB."""
    large = memoryview(os.urandom(LARGE_MIB * MIB))
    body, standing = large[: FILE_MIB * MIB], web_processes(var)
    found: dict[str, list[float]] = {name: [] for name in ("sink", "straight", "form", "straight cpu", "large cpu")}
    found["form cpu"] = []
    for _ in range(WARM_UPS):
        straight(draft, body[: WARM_UP_MIB * MIB])
        draft.clear()
    with sink() as url:
        for _ in range(ROUNDS):
            found["sink"].append(into_the_sink(url, body) / MIB)
            before = cpu_s(standing)
            rate, part_bytes = straight(draft, body)
            found["straight"].append(rate / MIB)
            found["straight cpu"].append((cpu_s(standing) - before) * 1024 / FILE_MIB)
            draft.clear()
            before = cpu_s(standing)
            straight(draft, large)
            found["large cpu"].append((cpu_s(standing) - before) * 1024 / LARGE_MIB)
            draft.clear()
            through_the_form(draft, body[:MIB])
            draft.clear()
            with_its_process = web_processes(var)
            before = cpu_s(with_its_process)
            found["form"].append(through_the_form(draft, body[: FORM_MIB * MIB]) / MIB)
            found["form cpu"].append((cpu_s(with_its_process) - before) * 1024 / FORM_MIB)
            draft.clear()
    row: dict[str, Any] = {name: statistics.median(values) for name, values in found.items()}
    row["large cpu each"] = found["large cpu"]
    row["straight share"], row["form share"] = row["straight"] / row["sink"], row["form"] / row["sink"]
    row["part MiB"] = part_bytes / MIB
    return row


def main() -> None:
    """Print the table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--senders", type=int, default=1000, help="how many send slowly (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("var/bench/media-uploads.json"))
    args = parser.parse_args()
    found: dict[str, Any] = {"signatures": signatures()}
    signed = found["signatures"]
    times = signed["ours"] / signed["boto3"]
    say(f"signatures a second  {signed['ours']:.0f}, boto3 {signed['boto3']:.0f}: {times:.1f} ×")
    with platform() as var:
        demo = json.loads((var / "demo.json").read_text(encoding="utf-8"))
        allow_large_films(var, demo["base_url"])
        draft = draft_of(demo, keys.read(var)["UPLOAD_URL"])
        row = found["rates"] = rates(draft, var)
        say(f"bare sink            {row['sink']:.1f} MiB/s on a line of {LINE_BYTES_PER_S / MIB:.0f}")
        say(
            f"straight to store    {row['straight']:.1f} MiB/s, {row['straight share']:.2f} of the sink; "
            f"application {row['large cpu']:.3f} s of CPU a GiB for a film of {LARGE_MIB} MiB, "
            f"{row['straight cpu']:.3f} s for one of {FILE_MIB} MiB in parts of {row['part MiB']:.0f} MiB"
        )
        say(
            f"through the form     {row['form']:.1f} MiB/s, {row['form share']:.2f} of the sink; "
            f"application {row['form cpu']:.2f} s of CPU a GiB"
        )
        crowd = Crowd(var, demo["base_url"], args.senders)
        row = found["crowd"] = asyncio.run(crowd.measure()) | {"pss_mib": 0.0}
        row["pss_mib"] = sizes(web_processes(var))["pss_sum"]
        say(
            f"{args.senders} slow senders    p95 of a page {row['p95_ms']:.0f} ms, alone {row['alone_p95_ms']:.0f} ms; "
            f"web processes {row['pss_mib']:.0f} MiB PSS; {row['open']:.0f} were open, {row['finished']:.0f} finished"
        )
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
