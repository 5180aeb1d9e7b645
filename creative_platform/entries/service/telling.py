"""Letters to everybody who has a part in a contest's entries."""

from __future__ import annotations

from sqlalchemy import select

from creative_platform.accounts.models import User
from creative_platform.contests.models import RulesVersion
from creative_platform.core import links, queue
from creative_platform.core.db import transaction
from creative_platform.core.queue import Claim
from creative_platform.entries.models import Entry, EntryState, TeamMember
from creative_platform.notices import service as notices
from creative_platform.setup.service.editing import RULES_CHANGED_JOB

AT_ONCE = 100  # letters a transaction: on SQLite others wait while it writes


def tell_of_new_rules(claim: Claim, contest_id: int, number: int, after: int) -> None:
    """Write to people with a draft or a standing entry that version ``number`` holds; the next job takes the rest.

    ``after`` is the id of the last person that was written to. Ends the claim in the same transaction.
    """
    with transaction() as s:
        version = s.scalars(
            select(RulesVersion).where(RulesVersion.contest_id == contest_id, RulesVersion.number == number)
        ).one()
        states = (EntryState.DRAFT, *EntryState.handed_in())
        concerned = (
            select(TeamMember.user_id)
            .join(Entry, Entry.team_id == TeamMember.team_id)
            .where(Entry.contest_id == contest_id, Entry.state.in_(states))
        )
        people = select(User).where(User.id.in_(concerned), User.id > after, User.is_active.is_(True))
        told = s.scalars(people.order_by(User.id).limit(AT_ONCE)).all()
        for person in told:
            notices.enqueue(
                "entries.rules_changed",
                to=person,
                contest=version.contest.title.in_(person.locale),
                number=number,
                note_text=version.change_note.in_(person.locale),
                url=links.url(f"/contests/{version.contest.slug}/rules"),
            )
        if len(told) == AT_ONCE:
            queue.enqueue(RULES_CHANGED_JOB, contest_id=contest_id, number=number, after=told[-1].id)
        claim.finish()
