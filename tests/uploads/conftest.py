"""Who sends files, and into what, unless a test says otherwise."""

from __future__ import annotations

import pytest

from creative_platform.accounts.models import User
from creative_platform.entries.models import Entry
from tests.factories.accounts import make_user
from tests.factories.entries import make_entry


@pytest.fixture
def owner(app) -> User:
    """Whose files are sent."""
    return make_user()


@pytest.fixture
def entry(hands, owner) -> Entry:
    """A draft of theirs."""
    return make_entry(owner=owner, submitted=False)
