"""Who sends files, and into what, unless a test says otherwise."""

from __future__ import annotations

import pytest

from creative_platform.accounts.models import User
from creative_platform.contests.models import MediaRequirement
from creative_platform.core.db import transaction
from creative_platform.entries.models import Entry
from creative_platform.inspection.contract import KINDS
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest, text
from tests.factories.entries import make_entry
from tests.uploads.hostile.routes import FIELD, Road


@pytest.fixture
def owner(app) -> User:
    """Whose files are sent."""
    return make_user()


@pytest.fixture
def entry(hands, owner) -> Entry:
    """A draft of theirs."""
    return make_entry(owner=owner, submitted=False)


@pytest.fixture
def road(store, program, user, sign_in) -> Road:
    """A person's ways to a draft of theirs, which has a field that takes every kind of file."""
    contest = make_contest()
    with transaction():
        wanted = MediaRequirement(key=FIELD, title=text("Anything"), kinds=list(KINDS), min_count=0, max_count=200)
        contest.tracks[1].requirements.append(wanted)
    return Road(sign_in(user), program(user), make_entry(contest, owner=user, submitted=False))
