"""How the tests of this room start a draft."""

from __future__ import annotations

from creative_platform.core import clock
from creative_platform.entries import service
from creative_platform.entries.models import Entry


def start(user, contest, **more) -> Entry:
    given = {"track": "story", "arrived_at": clock.now(), "title": "Дала үні"}
    return service.create_draft(user.as_actor(), contest.id, **{**given, **more})
