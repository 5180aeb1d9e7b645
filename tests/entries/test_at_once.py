"""Two at once, on databases that let them."""

from __future__ import annotations

from typing import Any

import pytest

from creative_platform.core import clock, db
from creative_platform.core.errors import StaleVersion
from creative_platform.entries import service
from creative_platform.entries.service import drafts
from tests.factories.accounts import make_user
from tests.factories.entries import make_entry

pytestmark = pytest.mark.database


def test_of_two_saves_of_one_version_at_once_the_second_is_told(app, beside, monkeypatch):
    owner = make_user()
    entry = make_entry(owner=owner, submitted=False)
    actor, public_id, version = owner.as_actor(), entry.public_id, entry.version
    check_shape, second = drafts.check_shape, []

    def save(title: str) -> Any:
        return service.save_draft(actor, public_id, version, {"title": title}, arrived_at=clock.now())

    def while_the_second_comes(*given: Any) -> Any:
        if not second:  # the first save, which has read the version and not stored anything yet
            second.append(beside(lambda: save("The second tab")))
            second[0].join(2)  # it waits
        return check_shape(*given)

    monkeypatch.setattr(drafts, "check_shape", while_the_second_comes)
    save("The first tab")
    second[0].join(30)

    db.session().rollback()
    assert isinstance(second[0].raised, StaleVersion)
    assert (entry.title, entry.version) == ("The first tab", version + 1)
