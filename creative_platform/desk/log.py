"""A contest's log as people read it: names and titles are joined here, by public ids, and never stored in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.interfaces import ORMOption

from creative_platform.accounts.models import User
from creative_platform.contests.models import Contest
from creative_platform.core.actor import Actor
from creative_platform.core.audit import AuditEvent
from creative_platform.core.db import session
from creative_platform.core.verbs import SENTENCES
from creative_platform.entries.models import Entry, Team
from creative_platform.judging.models import Assignment, Juror, JurorInvite
from creative_platform.results.models import Decision
from creative_platform.similarity import queries as similarity
from creative_platform.similarity.models import Match
from creative_platform.similarity.sides import Elsewhere, Overseen
from creative_platform.web.languages import current_locale


@dataclass(frozen=True)
class Mention:
    """A name or title in a line; ``url`` where the reader may go on, ``lang`` when it may not be the page's."""

    text: str
    url: str = ""
    lang: str = ""


@dataclass(frozen=True)
class Line:
    """One link of the log: what happened as a message to translate, who did it, what it is about."""

    link: AuditEvent
    sentence: str
    who: str
    about: list[Mention]


@dataclass(frozen=True)
class Known:
    """What the links of one page name, by kind and public id; each kind is asked for once."""

    entries: Mapping[str, Entry]
    teams: Mapping[str, Sequence[Entry]]
    assignments: Mapping[str, Assignment]
    jurors: Mapping[str, Juror]
    invites: Mapping[str, JurorInvite]
    decisions: Mapping[str, Decision]
    matches: Mapping[str, tuple[Overseen | Elsewhere, Overseen | Elsewhere]]
    people: Mapping[str, User]


def told(actor: Actor, contest: Contest, links: Sequence[AuditEvent]) -> list[Line]:
    """Return the lines of a page of a contest's log for its staff.

    Drafts that the staff may not read are told without title and names, matches of entries in which the actor has a
    part without titles.
    """
    known, staff = _known(actor, contest, links), {member.user_id for member in contest.staff}
    return [
        Line(link, SENTENCES.get(link.verb, link.verb), _who(contest, link, known, staff), _about(contest, link, known))
        for link in links
    ]


def _known(actor: Actor, contest: Contest, links: Sequence[AuditEvent]) -> Known:
    named: dict[str, set[str]] = {}
    for link in links:
        kind, _colon, public_id = link.subject.partition(":")
        named.setdefault(kind, set()).add(public_id)
        named.setdefault("person", set()).update(filter(None, (link.actor_public_id, link.data.get("person"))))
    teams: dict[str, list[Entry]] = {}
    of_teams = select(Entry).join(Team).where(Team.public_id.in_(named.get("team", ()))).order_by(Entry.id)
    for entry in session().scalars(of_teams.options(joinedload(Entry.team))) if "team" in named else ():
        teams.setdefault(entry.team.public_id, []).append(entry)
    wanted = similarity.matches_concerning(actor, contest).where(Match.public_id.in_(named.get("match", ())))
    matches = similarity.seen_matches(actor, contest, wanted) if "match" in named else []
    return Known(
        entries=rows_by_id(Entry, named.get("entry")),
        teams=teams,
        assignments=rows_by_id(
            Assignment,
            named.get("assignment"),
            joinedload(Assignment.entry),
            joinedload(Assignment.juror).joinedload(Juror.user),
        ),
        jurors=rows_by_id(Juror, named.get("juror"), joinedload(Juror.user)),
        invites=rows_by_id(JurorInvite, named.get("juror_invite")),
        decisions=rows_by_id(Decision, named.get("decision"), joinedload(Decision.entry), joinedload(Decision.award)),
        matches={match.public_id: match.sides for match in matches},
        people=rows_by_id(User, named.get("person")),
    )


def rows_by_id(model: Any, public_ids: Iterable[str] | None, *options: ORMOption) -> dict[str, Any]:
    """Return the rows of these public ids by them; those that are gone are left out."""
    if not public_ids:
        return {}
    found = session().scalars(select(model).where(model.public_id.in_(public_ids)).options(*options))
    return {row.public_id: row for row in found}


def _who(contest: Contest, link: AuditEvent, known: Known, staff: set[int]) -> str:
    if link.actor_public_id is None:
        return _("the system")
    person = known.people.get(link.actor_public_id)
    if person is None:
        return _("somebody without an account")
    if person.id not in staff and not _open(contest, link, known):
        return _("a participant")
    return person.name


def _open(contest: Contest, link: AuditEvent, known: Known) -> bool:
    """Say whether the staff may read what a link tells: a draft is its team's alone unless the rules say so."""
    kind, _colon, public_id = link.subject.partition(":")
    if kind not in ("entry", "team"):
        return True
    entry = known.entries.get(public_id)
    return any(_readable(contest, e) for e in ([entry] if entry else known.teams.get(public_id, ())))


def _readable(contest: Contest, entry: Entry) -> bool:
    return contest.drafts_readable or entry.submitted_at is not None


def _about(contest: Contest, link: AuditEvent, known: Known) -> list[Mention]:
    """Return what a link is about, as its kind has it; what is gone leaves nothing to say."""
    kind, _colon, public_id = link.subject.partition(":")
    below = f"/manage/{contest.slug}"
    if kind in ("entry", "team"):
        return _entries(contest, link, known)
    if kind == "assignment" and (assignment := known.assignments.get(public_id)):
        juror = assignment.juror.user
        own = juror.public_id == link.actor_public_id
        return [_entry(contest, assignment.entry), *([] if own else [Mention(juror.name, f"{below}/jury")])]
    if kind == "juror" and (seat := known.jurors.get(public_id)):
        return [] if seat.user.public_id == link.actor_public_id else [Mention(seat.user.name, f"{below}/jury")]
    if kind == "juror_invite" and (invite := known.invites.get(public_id)):
        return [Mention(invite.email, f"{below}/jury")]
    if kind == "decision" and (decision := known.decisions.get(public_id)):
        locale, title = current_locale(), decision.award.title
        award = Mention(title.in_(locale), f"{below}/results", title.locale_for(locale))
        return [award, _entry(contest, decision.entry)]
    if kind == "match":
        return _sides(contest, public_id, known)
    if kind == "match_group":
        return [Mention(_("Matches"), f"{below}/similarity")]  # how many would tell of one that is kept from the reader
    if kind == "starter":
        return [Mention(_("Starter material"), f"{below}/similarity/starters")]
    return _of_contest(contest, link, known)


def _entries(contest: Contest, link: AuditEvent, known: Known) -> list[Mention]:
    kind, _colon, public_id = link.subject.partition(":")
    found = known.teams.get(public_id, ()) if kind == "team" else filter(None, [known.entries.get(public_id)])
    mentions = [_entry(contest, entry) for entry in found if _readable(contest, entry)]
    if not mentions:
        return [Mention(_("an unfinished draft"))]
    person = known.people.get(link.data.get("person", ""))
    return [*mentions, *([Mention(person.name)] if person and person.public_id != link.actor_public_id else [])]


def _entry(contest: Contest, entry: Entry) -> Mention:
    return Mention(
        entry.title or _("Untitled entry"), f"/manage/{contest.slug}/entries/{entry.public_id}", entry.language
    )


def _sides(contest: Contest, public_id: str, known: Known) -> list[Mention]:
    sides = known.matches.get(public_id)
    if sides is None:
        return [Mention(_("an entry that is not shown to you"))]
    page, locale = f"/manage/{contest.slug}/similarity/{public_id}", current_locale()
    return [
        Mention(side.title, page, side.entry.language)
        if isinstance(side, Overseen)
        else Mention(_("an entry of the contest “%(contest)s”", contest=side.contest.title.in_(locale)), page)
        for side in sides
    ]


def _of_contest(contest: Contest, link: AuditEvent, known: Known) -> list[Mention]:
    person, number = known.people.get(link.data.get("person", "")), link.data.get("number")
    if person is not None:
        return [Mention(person.name)]
    if link.verb == "contest.rules_published" and number is not None:
        return [Mention(_("version %(number)d", number=number), f"/contests/{contest.slug}/rules/{number}")]
    if link.verb.startswith("results."):
        return [Mention(_("Results"), f"/manage/{contest.slug}/results")]
    if link.verb.startswith("deliberation."):
        return [Mention(_("Deliberation"), f"/manage/{contest.slug}/deliberation")]
    return []
