"""Erasing a person."""

from __future__ import annotations

from creative_platform.accounts import service as accounts
from creative_platform.api import service as api
from creative_platform.communities import service as communities
from creative_platform.core.actor import Actor
from creative_platform.entries import service as entries
from creative_platform.erasing.service.trying import Gone, run
from creative_platform.judging import service as judging
from creative_platform.notices import service as notices
from creative_platform.results import service as results
from creative_platform.setup import service as setup
from creative_platform.similarity import service as similarity
from creative_platform.uploads import service as uploads


def erase_person(actor: Actor | None, email: str, *, really: bool) -> Gone:
    """Erase the person with that address; returns how much of what went, or would go unless ``really``.

    What they made alone goes whole: words, files, copies, sketches, matches. Of what they made with others only their
    part in it goes. What they did in an office (marks, decisions, verdicts) stays and names nobody; so do the log,
    receipts and published results. ``actor`` is None on the command line. Raises NotFound, LastAdmin, LastOrganizer,
    LastCoordinator.
    """
    return run(lambda: _erase(actor, email), really=really)


def erase_oneself(actor: Actor, password: str) -> Gone:
    """Erase the actor, who proves with the password that it is them. Raises Invalid, Throttled, and as above."""
    address = accounts.confirmed_address(actor, password)
    return erase_person(actor, address, really=True)


def _erase(actor: Actor | None, email: str) -> Gone:
    person = accounts.lock_to_erase(email)
    addresses = accounts.addresses_of(person)
    gone = {
        "roles in contests": setup.leave_contests(actor, person),
        "seats on panels": judging.leave_panels(actor, person, addresses),
    }
    erased, gone["teams left to others"] = entries.erase_parts_of(actor, person)
    gone["memberships in communities"] = communities.leave_all(actor, person.id, person.public_id)
    ids, public_ids = [entry.id for entry in erased], {entry.public_id for entry in erased}
    gone["entries"] = len(ids)
    gone["matches"] = similarity.erase_entries(ids)
    gone["files"] = uploads.erase_files(entries.OWNER_TYPE, ids)
    judging.forget_reasons(ids)
    gone["certificates"] = results.erase_certificates(person)
    api.forget_answers(public_ids | {person.public_id}, user_id=person.id)  # a name may be a word of any answer
    gone["letters"] = notices.forget_person(person.id, addresses, person.name) + notices.forget_mentions(public_ids)
    return {**gone, **accounts.erase_account(actor, person)}
