"""Rows of communities, made directly."""

from __future__ import annotations

import itertools
from typing import Any

from creative_platform.accounts.models import User
from creative_platform.communities.models import Community, CommunityKind, CommunityMember, MemberRole
from creative_platform.core import clock
from creative_platform.core.db import transaction
from creative_platform.core.text import LocalizedText, search_text, sort_key
from tests.factories.accounts import make_user

_numbers = itertools.count(1)


def make_community(coordinator: User | None = None, *members: User, **given: Any) -> Community:
    """Store a community with a coordinator and members."""
    name = given.pop("name", f"Community {next(_numbers)}")
    now = clock.now()
    person = coordinator or make_user()
    with transaction() as s:
        row = Community(
            **{
                "kind": CommunityKind.STUDENT_ASSEMBLY,
                "name": LocalizedText(en=name),
                "region": "KZ-75",
                "created_at": now,
                "search_text": search_text(name),
                "sort_key": sort_key(name),
                **given,
            }
        )
        row.members.append(CommunityMember(user_id=person.id, role=MemberRole.COORDINATOR, joined_at=now))
        for member in members:
            row.members.append(CommunityMember(user_id=member.id, joined_at=now))
        s.add(row)
    return row
