"""The clients of a rush: all of them in one thread on bare sockets, so that they leave the two cores to the server."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.drills.rush.plan import Attempt, Person

LONGEST_S = 60.0
READS_S = 5.0  # from asking for an entry's page to pressing its button
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
_VERSION = re.compile(r'data-version="(\d+)"')
_CODE = re.compile(r'<p class="code">([^<]+)</p>')


@dataclass
class Answer:
    """What came back; ``sent_at`` is the wall clock before the first byte went out, ``took_s`` counts from the last."""

    status: int
    headers: dict[str, str]
    text: str
    sent_at: float
    took_s: float


@dataclass
class Outcome:
    """What became of an attempt: the answer that counted, and the receipt's code when it was accepted."""

    attempt: Attempt
    browser: bool
    answer: Answer
    code: str
    asked_first_at: float


@dataclass
class Rush:
    """Everything the clients saw."""

    outcomes: list[Outcome] = field(default_factory=list)
    pages: dict[str, list[float]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    too_slow: list[str] = field(default_factory=list)  # pages that came when entries were closed

    def page(self, name: str, answer: Answer) -> None:
        """Keep how long a page took."""
        self.pages.setdefault(name, []).append(answer.took_s)
        self.check(name, answer)

    def check(self, name: str, answer: Answer) -> None:
        """Keep an answer that says that something broke."""
        if answer.status >= 500:
            self.broken.append(f"{name}: {answer.status}")


class Line:
    """One connection; it is kept until it is closed."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.writer: asyncio.StreamWriter | None = None

    async def ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b"", last_byte_at: float | None = None
    ) -> Answer:
        """Send a request and read its answer; the last byte of the body waits until that wall clock time."""
        sent_at = await self.send(method, path, headers, body, last_byte_at)
        began = time.perf_counter()
        status, answer_headers, text = await asyncio.wait_for(self._read(), LONGEST_S)
        return Answer(status, answer_headers, text, sent_at, time.perf_counter() - began)

    async def send(
        self, method: str, path: str, headers: dict[str, str], body: bytes, last_byte_at: float | None = None
    ) -> float:
        """Send a request; return when its first byte went out."""
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        given = {"Host": f"127.0.0.1:{self.port}", "Accept-Encoding": "gzip", "Accept-Language": "en", **headers}
        if method != "GET":
            given["Content-Length"] = str(len(body))
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in given.items())
        sent_at = time.time()
        if last_byte_at is None:
            self.writer.write(head.encode() + b"\r\n" + body)
        else:
            self.writer.write(head.encode() + b"\r\n" + body[:-1])
            await asyncio.sleep(last_byte_at - time.time())
            self.writer.write(body[-1:])
        await self.writer.drain()
        return sent_at

    async def _read(self) -> tuple[int, dict[str, str], str]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        return int(head[0].split()[1]), headers, body.decode()

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        if self.writer is not None:
            self.writer.close()
        self.writer = None


class Client:
    """One person at work, a tab for each entry: a slow answer puts nothing else off."""

    def __init__(self, person: Person, port: int, deadline: float, rush: Rush) -> None:
        self.person, self.port, self.deadline, self.rush = person, port, deadline, rush

    async def work(self, attempt: Attempt) -> None:
        """Hand one entry in at its time."""
        outcome = await (self._by_form(attempt) if self.person.browser else self._by_api(attempt))
        if outcome is not None:
            self.rush.outcomes.append(outcome)
            self.rush.check("submit", outcome.answer)

    async def _until(self, at_s: float) -> None:
        await asyncio.sleep(self.deadline + at_s - time.time())

    def _last_byte_at(self, attempt: Attempt) -> float | None:
        return None if attempt.body_at_s is None else self.deadline + attempt.body_at_s

    async def _by_api(self, attempt: Attempt) -> Outcome:
        path = f"/api/v1/entries/{attempt.entry_id}/submit"
        headers = {
            "Authorization": f"Bearer {self.person.secret}",
            "Content-Type": "application/json",
            "Idempotency-Key": attempt.entry_id,
        }
        await self._until(attempt.at_s)
        first = time.time()
        with Line(self.port) as line:
            answer = await self._press(line, attempt, path, headers, b"{}")
        code = json.loads(answer.text)["code"] if answer.status == 200 else ""
        return Outcome(attempt, False, answer, code, first)

    async def _press(self, line: Line, attempt: Attempt, path: str, headers: dict[str, str], body: bytes) -> Answer:
        if attempt.drops:
            await line.send("POST", path, headers, body)
            await asyncio.sleep(0.02)
            line.close()
        return await line.ask("POST", path, headers, body, self._last_byte_at(attempt))

    async def _by_form(self, attempt: Attempt) -> Outcome | None:
        """Open the entry's page, look at it for a while, press the button, read the receipt."""
        path, headers = f"/my/entries/{attempt.entry_id}", {"Cookie": self.person.secret}
        with Line(self.port) as line:
            await self._until(min(attempt.at_s, -1.0) - READS_S)
            page = await line.ask("GET", path, headers)
            self.rush.page("entry's page", page)
            if "set-cookie" in page.headers:
                headers["Cookie"] = page.headers["set-cookie"].split(";")[0]
            if page.status != 200 or not _VERSION.search(page.text):
                self.rush.too_slow.append(f"entry's page after {page.took_s:.1f} s: {page.status} without a form")
                return None
            secrets = {"csrf_token": _CSRF.findall(page.text)[0], "version": _VERSION.findall(page.text)[0]}
            body = urlencode({**attempt.typed, **secrets, "submit": "1"}).encode()
            await self._until(attempt.at_s)
            first = time.time()
            typed = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
            answer, code = await self._press(line, attempt, path, typed, body), ""
            if answer.status == 303:
                receipt = await line.ask("GET", answer.headers["location"], headers)
                self.rush.page("receipt's page", receipt)
                code = (_CODE.findall(receipt.text) or [""])[0]
        return Outcome(attempt, True, answer, code, first)


def run(people: list[Person], port: int, deadline: float) -> Rush:
    """Let everybody work; return when all are done."""
    rush = Rush()

    async def all_of_them() -> None:
        async with asyncio.TaskGroup() as group:
            for person in people:
                client = Client(person, port, deadline, rush)
                for attempt in person.attempts:
                    group.create_task(client.work(attempt))

    with ThreadPoolExecutor(1) as a_thread:  # in this one a browser's loop may run already
        a_thread.submit(asyncio.run, all_of_them()).result()
    return rush
