"""Pages of long lists: numbered pages for people, cursors for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request

from creative_platform.web.redirects import this_page

T = TypeVar("T")
PER_PAGE = 24


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list, and how many there are in all."""

    items: Sequence[T]
    number: int
    per_page: int
    total: int

    @property
    def count(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // self.per_page))

    def url(self, number: int) -> str:
        """Return the present address with another page number."""
        return this_page(page=number)


def asked_page() -> int:
    """Return the page number that the reader asked for; nonsense is page 1."""
    asked = request.args.get("page", "1")
    return max(1, min(int(asked), 100_000)) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
