"""The log of accounts and communities as an admin reads it: names are joined here and never stored in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from creative_platform.accounts.models import User
from creative_platform.communities.models import Community
from creative_platform.core import audit
from creative_platform.core.audit import AuditEvent
from creative_platform.core.verbs import SENTENCES
from creative_platform.desk.log import Line, Mention, rows_by_id
from creative_platform.web.languages import current_locale

AT_ONCE = 500


def told(links: Sequence[AuditEvent]) -> list[Line]:
    """Return the lines of some links."""
    named: dict[str, set[str]] = {"user": set(), "community": set()}
    for link in links:
        kind, _colon, public_id = link.subject.partition(":")
        named.setdefault(kind, set()).add(public_id)
        named["user"].update(filter(None, (link.actor_public_id, link.data.get("member"))))
    people, groups = rows_by_id(User, named["user"]), rows_by_id(Community, named["community"])
    return [
        Line(link, SENTENCES.get(link.verb, link.verb), _who(link, people), _about(link, people, groups))
        for link in links
    ]


def _who(link: AuditEvent, people: Mapping[str, User]) -> str:
    if link.actor_public_id is None:
        return _("the system")
    person = people.get(link.actor_public_id)
    return person.name if person else _("somebody without an account")


def _about(link: AuditEvent, people: Mapping[str, User], groups: Mapping[str, Community]) -> list[Mention]:
    kind, _colon, public_id = link.subject.partition(":")
    if kind == "user":
        return [] if public_id == link.actor_public_id else _person(people.get(public_id))
    if kind == "community" and (group := groups.get(public_id)):
        locale = current_locale()
        page = f"/communities/{public_id}"
        named = Mention(group.name.in_(locale), page, group.name.locale_for(locale))
        return [named, *_person(people.get(link.data.get("member", "")))]
    return [Mention(link.data["name"])] if kind == "job" and "name" in link.data else []


def _person(person: User | None) -> list[Mention]:
    return [Mention(person.name, f"/admin/people/{person.public_id}")] if person else []


def rows() -> Iterator[Sequence[Any]]:
    """Yield the rows of a table of the whole log, newest first, with a head."""
    yield "number", "at", "verb", "what", "about", "subject", "by", "by_id", "hash"
    before = None
    while links := audit.events_about(audit.ACCOUNTS, limit=AT_ONCE, before=before):
        for line in told(links):
            link = line.link
            about = ", ".join(mention.text for mention in line.about)
            yield (
                link.number,
                link.at.isoformat(),
                link.verb,
                _(line.sentence),
                about,
                link.subject,
                line.who,
                link.actor_public_id or "",
                link.hash,
            )
        before = links[-1].number
