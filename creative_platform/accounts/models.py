"""Tables of people and their sign-ins."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from creative_platform.core.actor import Actor
from creative_platform.core.db import Base, SortKey, enum_column
from creative_platform.core.ids import public_id, salt


class Settlement(enum.StrEnum):
    """The kind of place a person or community is in."""

    CITY = "city"
    SINGLE_INDUSTRY_TOWN = "single_industry_town"
    SMALL_TOWN = "small_town"
    VILLAGE = "village"


class TokenPurpose(enum.StrEnum):
    """What a one-time token lets its holder do."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # nosec B105 # noqa: S105 -- a purpose, not a secret


class User(Base):
    """A person. ``email`` is the identity: NFKC, casefolded, unique. Whoever was erased has no ``digest_salt``."""

    __tablename__ = "user"
    __table_args__ = (CheckConstraint("email = '' OR email LIKE '%@%'", name="email_has_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(255))
    locale: Mapped[str] = mapped_column(String(2), default="kk")
    region: Mapped[str] = mapped_column(String(6), default="")
    settlement: Mapped[Settlement | None] = mapped_column(enum_column(Settlement))
    email_verified_at: Mapped[datetime | None]
    is_admin: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    digest_salt: Mapped[str] = mapped_column(String(32), default=salt)
    search_text: Mapped[str] = mapped_column(String(500), default="", index=True)
    sort_key: Mapped[str] = mapped_column(SortKey, default="")

    @property
    def is_erased(self) -> bool:
        """Whether nothing is left of the person but the public id that records name."""
        return not self.digest_salt

    def as_actor(self, scopes: frozenset[str] | None = None) -> Actor:
        """Return this person as verbs see them."""
        return Actor(
            id=self.id,
            public_id=self.public_id,
            name=self.name,
            email_verified=self.email_verified_at is not None,
            is_admin=self.is_admin,
            locale=self.locale,
            scopes=scopes,
        )


class BirthDate(Base):
    """A birth date, kept apart and only when a contest asked for it."""

    __tablename__ = "birth_date"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    value: Mapped[date] = mapped_column(Date)
    stored_at: Mapped[datetime]


class SignIn(Base):
    """One server-side sign-in of a browser; revoking it ends it with the next request."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    user_agent: Mapped[str] = mapped_column(String(200), default="")
    user: Mapped[User] = relationship()


class OneTimeToken(Base):
    """A hashed single-use secret sent by mail; a newer one of the same purpose kills it."""

    __tablename__ = "one_time_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[TokenPurpose] = mapped_column(enum_column(TokenPurpose))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()


class ApiToken(Base):
    """A hashed API token with scopes; the secret is shown once."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()


class Throttle(Base):
    """How often something was tried by one account or source in the present window."""

    __tablename__ = "throttle"
    __table_args__ = (UniqueConstraint("key", "window"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120))
    window: Mapped[datetime]
    count: Mapped[int] = mapped_column(default=0)
