"""Who may send an entry's files, and what it takes: one statement answers as loaded rows do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from creative_platform.contests.models import StageKind
from creative_platform.contests.queries import stage
from creative_platform.core import clock
from creative_platform.core.db import session, transaction
from creative_platform.entries import files, policy
from creative_platform.entries.models import Entry, EntryState
from creative_platform.media import owners
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry

pytestmark = pytest.mark.database

HOUR = timedelta(hours=1)


def change(entry_id: int, **given) -> Entry:
    """Store other values of an entry, ``closed_at`` of its round, ``stage`` whether there are dates; return it."""
    with transaction() as s:
        entry = s.get_one(Entry, entry_id)
        entry.contest.rounds[0].closed_at = given.pop("closed_at", None)
        if not given.pop("stage", True):
            s.delete(stage(entry.contest, StageKind.ENTRIES))
        for name, value in given.items():
            setattr(entry, name, value)
    return entry


def test_the_database_knows_how_an_entry_stands_as_its_rows_do(app):
    person, stranger, now = make_user(), make_user().as_actor(), clock.now()
    entry_id = make_entry(make_contest(), owner=person).id
    owner = person.as_actor()
    later = {"reopened_until": now + 900 * HOUR, "deliver_until": now + 950 * HOUR, "state": EntryState.COMMITTED}
    for given in (
        {},
        {"reopened_until": now + HOUR},
        later,
        {**later, "closed_at": now + 800 * HOUR},
        {**later, "state": EntryState.WITHDRAWN},
        {**later, "stage": False},
    ):
        expected = policy.standing_of(change(entry_id, **given))
        session().expunge_all()

        assert files._standing_in(entry_id, owner) == expected
        assert files._standing_in(entry_id, stranger) is None


def test_who_may_do_what_is_the_same_of_loaded_and_of_other_entries(app):
    person, acts = make_user(), ("read", "see", "write", "deliver")
    states = (EntryState.DRAFT, EntryState.WITHDRAWN)
    entries = {state: make_entry(owner=person, submitted=False, state=state).id for state in states}
    owner, stranger, found = person.as_actor(), make_user().as_actor(), {}
    for state, entry_id in entries.items():
        for actor in (owner, stranger, None):
            _held = session().get_one(Entry, entry_id)
            found[state, actor and actor.id] = [owners.may(actor, act, "entry", entry_id) for act in acts]
            session().expunge_all()
            asked_anew = [owners.may(actor, act, "entry", entry_id) for act in acts]
            assert asked_anew == found[state, actor and actor.id]

    assert found[EntryState.DRAFT, owner.id] == [True, True, True, False]
    assert found[EntryState.WITHDRAWN, owner.id] == [True, True, False, False]
    assert found[EntryState.DRAFT, stranger.id] == found[EntryState.DRAFT, None] == [False] * 4


def test_a_field_takes_what_the_saved_track_asks_for(app):
    entry = make_entry(submitted=False)
    with transaction():
        others = [track for track in entry.contest.tracks if track.id != entry.track_id and track.requirements]
        key, wanted = entry.track.requirements[0].key, others[0].requirements[0]
        expected = (wanted.max_size_bytes, tuple(wanted.kinds))
        entry_id, other = entry.id, others[0].key
    own = owners.owner("entry").limits(entry_id, key)
    with transaction() as s:
        s.get_one(Entry, entry_id).edits = {"track": other}

    changed = owners.owner("entry").limits(entry_id, wanted.key)

    assert own is not None
    assert changed is not None
    assert (changed.max_size_bytes, changed.kinds) == expected
    assert owners.owner("entry").limits(entry_id, "nothing") is None
    assert owners.owner("entry").limits(0, key) is None
