"""A page that sends a file: hashes, asks and sends what `static/js/transfer.js` does, and when it does.

The whole file is hashed by OpenSSL, which takes a tenth of what `hash.js` takes: 110 MiB a second and core. On a line
that carries half of that, the hash is ready before the last part either way; on a faster one the page waits for it.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any

from tests.bench.media.line import Line
from tests.bench.web.visitor import Program

MIB = 1024 * 1024
AT_ONCE = 3  # parts
MOST_ADDRESSES, ADDRESSES_FOR_S = 8, 60


def _sha256(body: memoryview) -> str:
    return hashlib.sha256(body).hexdigest()


class Page:
    """One file on its way over a line whose speed the page knows from the last time."""

    def __init__(self, program: Program, line: Line, body: memoryview) -> None:
        self.program, self.line, self.body = program, line, body
        self.upload: dict[str, Any] = {}
        self._todo: list[int] = []
        self._addresses: dict[int, Future[dict[int, dict[str, Any]]]] = {}
        self._taken: list[dict[str, Any]] = []
        self._lock = Lock()

    def send(self, entry: str, plan: dict[str, Any]) -> None:
        """Send the file into an entry; what is hashed before a part goes takes time as it does in the page."""
        middle = len(self.body) // 2
        ends = bytes(self.body[:MIB]) + bytes(self.body[middle : middle + MIB]) + bytes(self.body[-MIB:])
        told = {**plan, "size_bytes": len(self.body), "bytes_per_s": round(self.line.bytes_per_s)}
        told["fingerprint"] = f"{len(self.body)} {hashlib.sha256(ends).hexdigest()}"
        with ThreadPoolExecutor(1) as beside, ThreadPoolExecutor(AT_ONCE) as lanes, ThreadPoolExecutor() as self._calls:
            whole = beside.submit(_sha256, self.body)
            self.upload = self.program.call("POST", f"/entries/{entry}/uploads", told)
            self._todo = list(range(1, self.upload["part_count"] + 1))
            for done in [lanes.submit(self._send_next) for _ in tuple(self._todo)]:
                done.result()
            self._call("complete", {"sha256": whole.result(), "sent": self._taken})

    def _call(self, verb: str, body: dict[str, Any]) -> Any:
        return self.program.call("POST", f"/uploads/{self.upload['upload_id']}/{verb}", body)

    def _part(self, number: int) -> memoryview:
        size = self.upload["part_size_bytes"]
        return self.body[(number - 1) * size : number * size]

    def _send_next(self) -> None:
        with self._lock:
            number = self._todo.pop(0)
            address = self._address(number)
        signed = address.result()[number]
        with self._lock:
            if self._todo:
                self._address(self._todo[0])  # is there when its turn comes
        etag = self.line.put(signed["url"], self._part(number), signed["headers"])
        self._taken.append({"number": number, "sha256": signed["sha256"], "etag": etag})

    def _address(self, number: int) -> Future[dict[int, dict[str, Any]]]:
        if number not in self._addresses:
            soon = min(MOST_ADDRESSES, int(self.line.bytes_per_s * ADDRESSES_FOR_S) // self.upload["part_size_bytes"])
            most = max(soon, AT_ONCE) if self._addresses else AT_ONCE
            wanted = [number, *(other for other in self._todo if other != number and other not in self._addresses)]
            asked = wanted[:most]
            self._addresses |= dict.fromkeys(asked, self._calls.submit(self._sign, asked))
        return self._addresses[number]

    def _sign(self, numbers: list[int]) -> dict[int, dict[str, Any]]:
        parts = [{"number": number, "sha256": _sha256(self._part(number))} for number in numbers]
        with self._lock:
            sent, self._taken[:] = self._taken[:64], self._taken[64:]
        signed = self._call("urls", {"parts": parts, "sent": sent})["parts"]
        return {one["number"]: {**one, "sha256": part["sha256"]} for one, part in zip(signed, parts, strict=True)}
