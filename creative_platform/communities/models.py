"""Tables of communities and their members."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from creative_platform.accounts.models import Settlement, User
from creative_platform.core.db import Base, SortKey, enum_column
from creative_platform.core.ids import public_id
from creative_platform.core.text import LocalizedText, LocalizedTextType


class CommunityKind(enum.StrEnum):
    """The five kinds of community."""

    STUDENT_ASSEMBLY = "student_assembly"
    CREATIVE_COLLECTIVE = "creative_collective"
    YOUTH_ORGANISATION = "youth_organisation"
    DIGITAL_COMMUNITY = "digital_community"
    REPRESENTATION = "representation"


class MemberRole(enum.StrEnum):
    """What a person is in a community."""

    COORDINATOR = "coordinator"
    MEMBER = "member"


class Community(Base):
    """A group on whose behalf entries can be made.

    Anybody founds one; ``confirmed_at`` says that an admin knows it is what its name and kind say. Calls for members of
    communities alone count only confirmed ones.
    """

    __tablename__ = "community"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=public_id)
    kind: Mapped[CommunityKind] = mapped_column(enum_column(CommunityKind))
    name: Mapped[LocalizedText] = mapped_column(LocalizedTextType)
    description: Mapped[LocalizedText] = mapped_column(LocalizedTextType, default=LocalizedText)
    region: Mapped[str] = mapped_column(String(6), default="", index=True)
    settlement: Mapped[Settlement | None] = mapped_column(enum_column(Settlement))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    search_text: Mapped[str] = mapped_column(String(900), default="", index=True)
    sort_key: Mapped[str] = mapped_column(SortKey, default="")
    members: Mapped[list[CommunityMember]] = relationship(back_populates="community", order_by="CommunityMember.id")


class CommunityMember(Base):
    """A person's place in a community."""

    __tablename__ = "community_member"
    __table_args__ = (UniqueConstraint("community_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[MemberRole] = mapped_column(enum_column(MemberRole), default=MemberRole.MEMBER)
    joined_at: Mapped[datetime]
    community: Mapped[Community] = relationship(back_populates="members")
    user: Mapped[User] = relationship()


class CommunityInvite(Base):
    """A hashed link by which people join a community until it expires."""

    __tablename__ = "community_invite"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    community: Mapped[Community] = relationship()
