"""A crowd of people who send files over slow lines, straight to the store, while others look at pages."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import config
from creative_platform.accounts.service import SCOPES, create_api_token
from creative_platform.app import create_app, database
from tests.drills.rush.clients import Line
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry

FILE_BYTES = 1024 * 1024
BYTES_PER_S = 2048  # of each; what arrives in all must leave the two cores room
PEOPLE = 50
FINISH = 50  # go on to the end when the others have hung up
WATCH_S = 45
PAGES = ("/", "/contests", "/contests/{slug}", "/login", "/contests/{slug}/rules")
APART_S = 0.1


class Crowd:
    """Senders of a platform that runs from ``var``: a draft and a token each."""

    def __init__(self, var: Path, base_url: str, senders: int) -> None:
        self.port = urlsplit(base_url).port or 80
        self.body = os.urandom(FILE_BYTES)
        self.digest = hashlib.sha256(self.body).hexdigest()
        app = create_app(config.load({"VAR_DIR": str(var), "PORT": str(self.port)}))
        with app.app_context():
            each = -(-senders // PEOPLE)
            contest = make_contest(max_entries_person=each, max_entries_team=each)
            self.slug = contest.slug
            self.drafts: list[tuple[str, str]] = []
            for _ in range(PEOPLE):
                user = make_user()
                token = create_api_token(user.as_actor(), "slow", SCOPES)
                for _ in range(each):
                    draft = make_entry(contest, owner=user, submitted=False)
                    self.drafts.append((token, draft.public_id))
            database.session.remove()
            database.engine.dispose()
        del self.drafts[senders:]
        self.open = 0
        self.finished = 0
        self.hang_up = asyncio.Event()

    async def measure(self) -> dict[str, float]:
        """Return how long pages take alone and while all are sending."""
        alone = await self._look(WATCH_S / 3)
        senders = [asyncio.create_task(self._send(number, *draft)) for number, draft in enumerate(self.drafts)]
        while self.open < len(senders) and not any(task.done() for task in senders):
            await asyncio.sleep(0.2)
        watched = await self._look(WATCH_S)
        opened = self.open
        self.hang_up.set()
        await asyncio.gather(*senders)
        return {
            "alone_p95_ms": _p95(alone) * 1000,
            "p95_ms": _p95(watched) * 1000,
            "pages": len(watched),
            "open": opened,
            "finished": self.finished,
        }

    async def _look(self, seconds: float) -> list[float]:
        """Ask for a public page ten times a second; return how long each took."""
        took: list[float] = []
        until = time.monotonic() + seconds
        number = 0
        while time.monotonic() < until:
            with Line(self.port) as line:
                answer = await line.ask("GET", PAGES[number % len(PAGES)].format(slug=self.slug), {})
            if answer.status != 200:
                raise SystemExit(f"a page answered {answer.status}")
            took.append(answer.took_s)
            number += 1
            await asyncio.sleep(APART_S)
        return took

    async def _send(self, number: int, token: str, entry: str) -> None:
        """Send a file slowly; a few go on to the end."""
        await asyncio.sleep(number * 0.03)
        plan = {"field": "pages", "filename": f"{number}.pdf", "size_bytes": FILE_BYTES, "content_type": "text/plain"}
        upload = await self._call("POST", f"/entries/{entry}/uploads", token, plan)
        path = f"/uploads/{upload['upload_id']}"
        part = {"number": 1, "sha256": self.digest}
        [signed] = (await self._call("POST", f"{path}/urls", token, {"parts": [part]}))["parts"]
        etag = await self._drip(signed, goes_on=number < FINISH)
        if etag:
            await self._call("PUT", f"{path}/parts/1", token, {"etag": etag, "sha256": self.digest})
            await self._call("POST", f"{path}/complete", token, {"sha256": self.digest})
            self.finished += 1

    async def _drip(self, signed: dict[str, Any], *, goes_on: bool) -> str:
        parts = urlsplit(signed["url"])
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        headers = {"Host": parts.netloc, **signed["headers"], "Content-Length": str(FILE_BYTES)}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"PUT {parts.path}?{parts.query} HTTP/1.1\r\n{lines}\r\n".encode())
        self.open += 1
        sent = 0
        try:
            while sent < FILE_BYTES and not (self.hang_up.is_set() and not goes_on):
                size = BYTES_PER_S if not self.hang_up.is_set() else FILE_BYTES
                writer.write(self.body[sent : sent + size])
                await writer.drain()
                sent += size
                if sent < FILE_BYTES:
                    await asyncio.sleep(1.0)
            if sent < FILE_BYTES:
                return ""
            head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 120)).decode("latin-1")
            if " 200 " not in head.split("\r\n")[0]:
                raise SystemExit(f"the store answered {head.splitlines()[0]}")
            return next(line.split(": ", 1)[1] for line in head.split("\r\n") if line.lower().startswith("etag:"))
        finally:
            self.open -= 1
            writer.close()

    async def _call(self, method: str, path: str, token: str, body: Any) -> Any:
        with Line(self.port) as line:
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            answer = await line.ask(method, f"/api/v1{path}", headers, json.dumps(body).encode())
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {answer.text[:200]}")
        return json.loads(answer.text or "null")


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
