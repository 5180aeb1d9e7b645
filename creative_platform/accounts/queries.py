"""Reads about people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy import ColumnElement, Executable, bindparam, func, select

from creative_platform.accounts.models import ApiToken, BirthDate, OneTimeToken, SignIn, TokenPurpose, User
from creative_platform.accounts.text import normal_email
from creative_platform.core import clock, ids
from creative_platform.core.actor import Actor
from creative_platform.core.db import locked, session
from creative_platform.core.errors import NotFound
from creative_platform.core.text import search_text


@dataclass(frozen=True)
class LiveSignIn:
    """A browser's sign-in that holds now; ``facts`` are what higher rooms asked to know of the person."""

    sign_in_id: int
    seen_at: datetime
    actor: Actor
    facts: dict[str, bool]


@dataclass(frozen=True)
class LiveToken:
    """An API token that holds now."""

    token_id: int
    used_at: datetime | None
    actor: Actor


_facts: dict[str, Callable[[], ColumnElement[bool]]] = {}


def also_tell(name: str, fact: Callable[[], ColumnElement[bool]]) -> None:
    """Let a higher room know something of whoever is signed in, at no statement of its own: the menu asks on each page.

    ``fact`` gives a condition on ``User.id``; ``name`` makes registering twice harmless.
    """
    _facts[name] = fact


# What an actor is made of: columns cost half of what a whole person does, and each request asks.
_PERSON = (User.id, User.public_id, User.name, User.email_verified_at.is_not(None), User.is_admin, User.locale)


@cache
def _live_sign_in(names: tuple[str, ...]) -> Executable:
    return (
        select(SignIn.id, SignIn.seen_at, *_PERSON, *(_facts[name]() for name in names))
        .join(User, User.id == SignIn.user_id)
        .where(SignIn.digest == bindparam("digest"), SignIn.revoked_at.is_(None), SignIn.expires_at > bindparam("now"))
        .where(User.is_active.is_(True))
    )


def live_sign_in(secret: str) -> LiveSignIn | None:
    """Return the sign-in a browser's secret opens; None when it was revoked or expired or the person is inactive."""
    names = tuple(_facts)
    given = {"digest": ids.digest(secret), "now": clock.now()}
    found = session().execute(_live_sign_in(names), given).one_or_none()
    if found is None:
        return None
    facts = dict(zip(names, map(bool, found[2 + len(_PERSON) :]), strict=True))
    return LiveSignIn(found[0], found[1], Actor(*found[2 : 2 + len(_PERSON)]), facts)


@cache
def _live_token() -> Executable:
    return (
        select(ApiToken.id, ApiToken.last_used_at, ApiToken.scopes, *_PERSON)
        .join(User, User.id == ApiToken.user_id)
        .where(ApiToken.digest == bindparam("digest"), ApiToken.revoked_at.is_(None), User.is_active.is_(True))
        .where(ApiToken.expires_at.is_(None) | (ApiToken.expires_at > bindparam("now")))
    )


def live_token(secret: str) -> LiveToken | None:
    """Return the token with that secret and the person it acts for, with its scopes; None when it is not valid."""
    given = {"digest": ids.digest(secret), "now": clock.now()}
    found = session().execute(_live_token(), given).one_or_none()
    return LiveToken(found[0], found[1], Actor(*(*found[3:], frozenset(found[2])))) if found else None


def user_by_email(email: str) -> User | None:
    """Return the person with that address, in whatever spelling it is given."""
    return session().scalar(select(User).where(User.email == normal_email(email)))


def user_by_public_id(public_id: str) -> User | None:
    """Return the person with that public id."""
    return session().scalar(select(User).where(User.public_id == public_id))


def account_of(actor: Actor) -> User:
    """Return the actor's own row. Raises NotFound, also when they were erased since they were let in."""
    user = session().get(User, actor.id)
    if user is None or user.is_erased:
        raise NotFound()
    return user


def hold(user_id: int) -> User:
    """Return a person's row, locked: nobody erases them before the running verb is stored. Raises NotFound.

    A verb that writes rows about a person does so first of all, as who erases them does: each row is then either
    erased with the others, or never written.
    """
    user = session().scalars(locked(select(User).where(User.id == user_id))).one()
    if user.is_erased:
        raise NotFound()
    return user


def sign_ins_of(actor: Actor) -> list[SignIn]:
    """Return the actor's live sign-ins, the one used last first."""
    live = select(SignIn).where(
        SignIn.user_id == actor.id, SignIn.revoked_at.is_(None), SignIn.expires_at > clock.now()
    )
    return list(session().scalars(live.order_by(SignIn.seen_at.desc(), SignIn.id.desc())))


def api_tokens_of(actor: Actor) -> list[ApiToken]:
    """Return the actor's API tokens that were not revoked, newest first."""
    kept = select(ApiToken).where(ApiToken.user_id == actor.id, ApiToken.revoked_at.is_(None))
    return list(session().scalars(kept.order_by(ApiToken.id.desc())))


def holder_of(secret: str, purpose: TokenPurpose) -> User | None:
    """Return whom a one-time link belongs to while it still works, without using it."""
    live = (
        OneTimeToken.digest == ids.digest(secret),
        OneTimeToken.purpose == purpose,
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > clock.now(),
    )
    return session().scalar(select(User).join(OneTimeToken, OneTimeToken.user_id == User.id).where(*live))


def address_to_confirm(actor: Actor, secret: str) -> str | None:
    """Return the new address that a live link of the actor's confirms, without using it."""
    live = (
        OneTimeToken.digest == ids.digest(secret),
        OneTimeToken.purpose == TokenPurpose.VERIFY_EMAIL,
        OneTimeToken.user_id == actor.id,
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > clock.now(),
    )
    return session().scalar(select(OneTimeToken.email).where(*live))


def people(sought: str, number: int, per_page: int) -> tuple[list[User], int]:
    """Return one page of all people but erased ones by the alphabet, and how many match; for instance admins only."""
    query = select(User).where(User.digest_salt != "")
    for word in search_text(sought).split()[:8]:
        query = query.where(User.search_text.contains(word, autoescape=True))
    total = session().scalar(select(func.count()).select_from(query.subquery())) or 0
    page = query.order_by(User.sort_key, User.id).limit(per_page).offset((number - 1) * per_page)
    return list(session().scalars(page)), total


def birth_date_of(actor: Actor) -> date | None:
    """Return the actor's own birth date, None when it was never given."""
    return session().scalar(select(BirthDate.value).where(BirthDate.user_id == actor.id))


def age_of(user_id: int, at: datetime) -> int | None:
    """Return a person's age in whole years at an instant; None when no contest ever asked for the birth date."""
    born = session().scalar(select(BirthDate.value).where(BirthDate.user_id == user_id))
    if born is None:
        return None
    return at.year - born.year - ((at.month, at.day) < (born.month, born.day))
