"""Inspect bytes held in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from creative_platform.inspection.contract import Inspection, Recipe
from creative_platform.inspection.runner import inspect


@dataclass
class Asked:
    """The result, the clean copy, and everything that came out as one piece of bytes."""

    result: Inspection
    clean: bytes
    reads: list[tuple[int, int]] = field(default_factory=list)

    @property
    def everything(self) -> bytes:
        return self.clean + b"".join(item.data for item in self.result.derived)


def ask(data: bytes, suffix: str, *, clean_copy: bool = False, **more: Any) -> Asked:
    """Inspect these bytes."""
    reads: list[tuple[int, int]] = []
    chunks: list[bytes] = []

    def read(offset: int, length: int) -> bytes:
        reads.append((offset, length))
        return data[offset : offset + length]

    more.setdefault("wanted", Recipe(clean_copy=clean_copy))
    result = inspect(read, len(data), filename_suffix=suffix, write=chunks.append, **more)
    return Asked(result, b"".join(chunks), reads)
