"""People and communities of the demo."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from creative_platform.accounts import service as accounts
from creative_platform.accounts.models import User
from creative_platform.communities import service as communities
from creative_platform.communities.models import Community
from creative_platform.core.actor import Actor
from creative_platform.core.text import LocalizedText

SCOPES = {
    "participant": ("contests:read", "entries:read", "entries:write", "media:write", "results:read"),
    "jury": ("contests:read", "jury:read", "jury:write", "results:read"),
    "organizer": ("contests:read", "manage:read", "manage:write", "results:read"),
    "auditor": ("contests:read", "manage:read", "results:read"),
    "admin": ("contests:read", "results:read"),
}
KIND_OF_ROLE = {"participant2": "participant", "juror": "jury", "chair": "jury"}


@dataclass
class Person:
    """Somebody of the demo and what they sign in with."""

    user: User
    password: str
    role: str

    @property
    def actor(self) -> Actor:
        return self.user.as_actor()


def make_people(texts: dict[str, Any]) -> dict[str, Person]:
    """Make an account for everybody, by key."""
    made = {}
    for told in texts["people"]:
        password = f"{secrets.token_hex(4)}-{secrets.token_hex(4)}"
        email = f"{told.get('role', told['key'])}@demo.test"
        given = accounts.Registration(told["name"], email, password, told["locale"], told["region"], told["settlement"])
        role = told.get("role", "")
        made[told["key"]] = Person(accounts.create_account(given, is_admin=role == "admin"), password, role)
    return made


def make_communities(texts: dict[str, Any], people: dict[str, Person]) -> dict[str, Community]:
    """Make the communities; their members join by link, and the admin confirms them."""
    made = {}
    admin = next(person.actor for person in people.values() if person.role == "admin")
    for told in texts["communities"]:
        coordinator = people[told["coordinator"]].actor
        given = communities.CommunityText(
            told["kind"],
            LocalizedText(told["name"]),
            LocalizedText(told["description"]),
            told["region"],
            told["settlement"],
        )
        community = communities.create_community(coordinator, given)
        for key in told["members"]:
            link = communities.create_invite(coordinator, community.public_id)
            communities.join(people[key].actor, link.rsplit("/", 1)[1])
        communities.confirm_community(admin, community.public_id, confirmed=True)
        made[told["key"]] = community
    return made


def make_tokens(people: dict[str, Person]) -> dict[str, dict[str, str]]:
    """Return for each role what its holder signs in and calls the API with."""
    accounts_by_role = {}
    for person in people.values():
        if person.role:
            scopes = SCOPES[KIND_OF_ROLE.get(person.role, person.role)]
            accounts_by_role[person.role] = {
                "name": person.user.name,
                "email": person.user.email,
                "password": person.password,
                "token": accounts.create_api_token(person.actor, "demo", scopes),
            }
    return accounts_by_role
