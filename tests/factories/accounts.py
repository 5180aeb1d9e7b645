"""Rows of people, made directly."""

from __future__ import annotations

import itertools
from typing import Any

from argon2 import PasswordHasher

from creative_platform.accounts.models import User
from creative_platform.core import clock
from creative_platform.core.db import transaction
from creative_platform.core.text import search_text, sort_key

PASSWORD = "correct horse battery"
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
_numbers = itertools.count(1)


def make_user(**given: Any) -> User:
    """Store a person with a verified address and the password PASSWORD (hashed cheaply: tests are many)."""
    n = next(_numbers)
    name = given.pop("name", f"Person {n}")
    row = User(
        **{
            "email": f"person{n}@example.test",
            "name": name,
            "password_hash": _HASH,
            "locale": "en",
            "region": "KZ-75",
            "email_verified_at": clock.now(),
            "created_at": clock.now(),
            "search_text": search_text(name),
            "sort_key": sort_key(name),
            **given,
        }
    )
    with transaction() as s:
        s.add(row)
        s.flush()
    return row
