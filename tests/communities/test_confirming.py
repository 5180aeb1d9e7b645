"""An admin says that a community is what its name says; nobody else does."""

from __future__ import annotations

import pytest

from creative_platform.communities import service
from creative_platform.communities.service import CommunityText
from creative_platform.core import audit, db
from creative_platform.core.errors import NotFound
from creative_platform.core.text import LocalizedText
from tests.factories.accounts import make_user
from tests.factories.communities import make_community
from tests.fixtures.people import post

pytestmark = pytest.mark.database


def confirmed(community) -> bool:
    db.session().expire_all()
    return db.session().merge(community).confirmed_at is not None


def test_only_an_admin_confirms(app, sign_in, client):
    coordinator, admin = make_user(), make_user(is_admin=True)
    community = make_community(coordinator)
    page = f"/communities/{community.public_id}"
    with pytest.raises(NotFound):
        service.confirm_community(coordinator.as_actor(), community.public_id, confirmed=True)
    assert "not confirmed" in client.get(page).text
    for person in (coordinator, make_user()):
        assert "Confirm this community" not in sign_in(person).get(page).text

    assert post(sign_in(admin), page, {}, to=f"{page}/confirm").status_code == 303
    assert (confirmed(community), "not confirmed" in client.get(page).text) == (True, False)
    assert post(sign_in(admin), page, {"confirmed": "0"}, to=f"{page}/confirm").status_code == 303
    assert not confirmed(community)
    verbs = [link.verb for link in audit.events_about(audit.ACCOUNTS, limit=20) if "community" in link.verb]
    assert verbs == ["community.doubted", "community.confirmed"]


@pytest.mark.parametrize(
    ("kind", "name", "description", "stays"),
    [
        ("student_assembly", "Ours", "Other words", True),
        ("student_assembly", "Theirs", "", False),
        ("representation", "Ours", "", False),
    ],
)
def test_another_name_or_kind_is_confirmed_anew(app, kind, name, description, stays):
    coordinator = make_user()
    community = make_community(coordinator, name="Ours")
    service.confirm_community(make_user(is_admin=True).as_actor(), community.public_id, confirmed=True)
    given = CommunityText(kind, LocalizedText(en=name), LocalizedText(en=description))
    service.edit_community(coordinator.as_actor(), community.public_id, given)
    assert confirmed(community) is stays
