"""Passwords: argon2id with 19 MiB, two passes, one lane; the same work for addresses that nobody has."""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from creative_platform.core.errors import Invalid
from creative_platform.core.text import N_

LEAST, MOST = 10, 200
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# The hash of a thrown-away random text with the parameters above: checking against it takes as long as a real one.
_NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$kukbKtRjflQLA+S1q1eceA$zsDXAK8TbMFU+92obg3MmELlEvg9oXWGgN315yLTWTA"
_OFTEN_GUESSED = (
    "password",
    "qwerty",
    "1234567890",
    "0987654321",
    "қазақстан",
    "казахстан",
    "йцукен",
    "пароль",
    "iloveyou",
)


def hash_password(password: str) -> str:
    """Return the hash under which a password is stored."""
    return _hasher.hash(_spelled(password))


def matches(password_hash: str, password: str) -> bool:
    """Say whether the password is the hashed one; an empty hash matches nothing and takes as long."""
    try:
        return _hasher.verify(password_hash or _NOBODYS, _spelled(password)) and bool(password_hash)
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(password_hash: str) -> bool:
    """Say whether a hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def check_new(password: str, *, email: str = "", name: str = "", field: str = "password") -> None:
    """Refuse a password that is short, endless or easily guessed. Raises Invalid."""
    spelled = _spelled(password).casefold()
    if len(spelled) < LEAST:
        raise Invalid({field: N_("A password has at least 10 characters; a sentence is easy to remember.")})
    if len(spelled) > MOST:
        raise Invalid({field: N_("A password has at most 200 characters.")})
    own = {part for part in (email.split("@")[0].casefold(), name.casefold()) if len(part) > 3}
    rest = spelled
    for guess in (*_OFTEN_GUESSED, *own):
        rest = rest.replace(guess, "")
    if len(rest) < 4 or len(set(spelled)) < 4:
        raise Invalid({field: N_("This password is easily guessed. Choose several words that do not belong together.")})


def _spelled(password: str) -> str:
    """Return one spelling for letters that keyboards compose differently."""
    return unicodedata.normalize("NFKC", password)[: MOST + 1]
