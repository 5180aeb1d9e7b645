"""Identifiers and secrets that cannot be guessed, and digests under which secrets are stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Collection

_READABLE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def public_id() -> str:
    """Return 128 random bits as 26 lower-case letters and digits; it carries no time and no order."""
    return base64.b32encode(secrets.token_bytes(16)).decode("ascii").rstrip("=").lower()


def mentions(text: str, public_ids: Collection[str], phrases: Collection[str] = ()) -> bool:
    """Say whether a text holds one of these public ids, however many they are, or one of a few phrases."""
    words = re.findall(r"[a-z2-7]{26}", text)
    return any(word in public_ids for word in words) or any(phrase in text for phrase in phrases)


def token() -> str:
    """Return a new secret of 256 random bits, safe in a URL."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return the SHA-256 (hex) under which a random secret is stored and looked up."""
    return hashlib.sha256(secret.encode()).hexdigest()


def salt() -> str:
    """Return 128 random bits (hex) that make one person's digests unguessable until erased."""
    return secrets.token_hex(16)


def salted_digest(text: str, salt_hex: str) -> str:
    """Return HMAC-SHA-256 (hex) of personal data; without the salt the text cannot be tried out."""
    return hmac.new(bytes.fromhex(salt_hex), text.encode(), hashlib.sha256).hexdigest()


def short_code(groups: int = 3) -> str:
    """Return a code that people can read out: groups of four letters and digits without look-alikes, 20 bits each."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(groups))


def typed_code(text: str) -> str:
    """Return the code that somebody typed, whatever they put between the groups."""
    letters = "".join(ch for ch in text.upper() if ch in _READABLE)
    return "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))
