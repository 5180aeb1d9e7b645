"""Derived copies on their way into the store: objects first, rows that name them afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from creative_platform.confinement.contract import Derived
from creative_platform.core.errors import Unavailable
from creative_platform.media import storage
from creative_platform.media.storage import MIB, UNTYPED, Storage

PART_BYTES = 8 * MIB


def store_outputs(store: Storage, outputs: Iterable[Derived]) -> list[dict[str, Any]]:
    """Store small outputs, all or none, and return their rows; JSON stands in its row."""
    rows: list[dict[str, Any]] = []
    try:
        for output in outputs:
            rows.append(_row_of(output))
            if "storage_key" in rows[-1]:
                store.put(rows[-1]["storage_key"], output.data, output.content_type)
    except BaseException:
        take_away(store, *(row["storage_key"] for row in rows if "storage_key" in row))
        raise
    return rows


def _row_of(output: Derived) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": output.name,
        "content_type": output.content_type,
        "size_bytes": len(output.data),
        "width": output.width,
        "height": output.height,
    }
    if output.content_type == "application/json":
        return {**row, "data": _parsed(output.data)}
    return {**row, "storage_key": storage.new_key("derived")}


def _parsed(body: bytes) -> dict[str, Any]:
    value = json.loads(body)
    return value if isinstance(value, dict) else {"items": value}


def take_away(store: Storage, *keys: str) -> None:
    """Delete objects that no row came to name; what cannot be reached now is an orphan for the daily sweep."""
    with suppress(Unavailable):
        for key in keys:
            store.delete(key)


class CopyInParts:
    """Takes a copy in chunks and sends it to the store in parts."""

    def __init__(self, store: Storage) -> None:
        self.store = store
        self.key = storage.new_key("derived")
        self.upload_id = ""
        self.buffer = bytearray()
        self.parts: list[storage.Part] = []

    def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self.buffer += chunk
        if len(self.buffer) >= PART_BYTES:
            self._send()

    def _send(self) -> None:
        if not self.upload_id:
            self.upload_id = self.store.open_upload(self.key, UNTYPED)
        number, body = len(self.parts) + 1, bytes(self.buffer)
        etag = self.store.upload_part(self.key, self.upload_id, number, body)
        self.parts.append(storage.Part(number, etag, len(body)))
        self.buffer.clear()

    def finish(self, name: str, content_type: str, size_bytes: int, sha256: str) -> dict[str, Any]:
        """Complete the object and return its row."""
        if self.upload_id:
            if self.buffer:
                self._send()
            self.store.complete_upload(self.key, self.upload_id, self.parts)
        else:
            self.store.put(self.key, bytes(self.buffer), content_type)
        return {
            "name": name,
            "storage_key": self.key,
            "content_type": content_type,
            "size_bytes": size_bytes,
            "data": {"sha256": sha256},
        }

    def give_up(self) -> None:
        """Leave nothing behind."""
        with suppress(Unavailable):
            if self.upload_id:
                self.store.abort_upload(self.key, self.upload_id)
            self.store.delete(self.key)
