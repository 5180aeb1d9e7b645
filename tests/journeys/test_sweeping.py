"""What the rooms forget day by day, and what they never do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from creative_platform.accounts.models import OneTimeToken, SignIn, Throttle, TokenPurpose
from creative_platform.api.models import IdempotencyKey
from creative_platform.communities.models import CommunityInvite
from creative_platform.core import audit, daily, db, queue
from creative_platform.core.db import Base, transaction
from creative_platform.entries import service as entries
from creative_platform.entries.models import TeamInvite
from creative_platform.judging.models import JurorInvite
from creative_platform.media import storage
from tests.factories.accounts import make_user
from tests.factories.communities import make_community
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry

pytestmark = pytest.mark.database

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


class EmptyStore:
    """A store in which nothing lies."""

    def keys(self, *given: Any, **more: Any) -> list[str]:
        return []

    def open_uploads(self, **more: Any) -> list[tuple[str, str]]:
        return []


@pytest.fixture(autouse=True)
def _empty_store(monkeypatch):
    monkeypatch.setattr(storage, "storage", EmptyStore)


def sweep() -> None:
    daily.enqueue_due()
    queue.work_off()
    assert queue.failed_jobs() == []


def keep(*rows: Any) -> None:
    with transaction() as s:
        s.add_all(rows)


def test_ended_sign_ins_go_after_a_week(app, user, hands):
    def sign_in(name, expires_at, revoked_at=None):
        return SignIn(
            digest=name,
            user_id=user.id,
            created_at=hands.now,
            seen_at=hands.now,
            expires_at=expires_at,
            revoked_at=revoked_at,
        )

    week, later = hands.now - 7 * DAY, hands.now + DAY
    keep(
        sign_in("live", later),
        sign_in("expired just", week),
        sign_in("expired long ago", week - SECOND),
        sign_in("revoked just", later, week),
        sign_in("revoked long ago", later, week - SECOND),
    )
    sweep()

    left = db.session().scalars(select(SignIn.digest).order_by(SignIn.id)).all()
    assert left == ["live", "expired just", "revoked just"]


def test_dead_links_go_after_a_week(app, user, hands):
    def link(name, purpose, expires_at, used_at=None):
        return OneTimeToken(
            digest=name,
            purpose=purpose,
            user_id=user.id,
            email=user.email,
            created_at=hands.now,
            expires_at=expires_at,
            used_at=used_at,
        )

    week, later = hands.now - 7 * DAY, hands.now + DAY
    keep(
        link("live", TokenPurpose.VERIFY_EMAIL, later),
        link("expired just", TokenPurpose.RESET_PASSWORD, week),
        link("expired long ago", TokenPurpose.RESET_PASSWORD, week - SECOND),
        link("used just", TokenPurpose.VERIFY_EMAIL, later, week),
        link("used long ago", TokenPurpose.VERIFY_EMAIL, later, week - SECOND),
    )
    sweep()

    left = db.session().scalars(select(OneTimeToken.digest).order_by(OneTimeToken.id)).all()
    assert left == ["live", "expired just", "used just"]


def test_counts_go_after_two_days_and_keys_after_24_hours(app, user, hands):
    keep(
        Throttle(key="a", window=hands.now - 2 * DAY, count=1),
        Throttle(key="b", window=hands.now - 2 * DAY - SECOND, count=9),
        *(
            IdempotencyKey(user_id=user.id, key=name, request_sha256="0" * 64, created_at=at)
            for name, at in (("kept", hands.now - DAY), ("gone", hands.now - DAY - SECOND))
        ),
    )
    sweep()

    assert db.session().scalars(select(Throttle.key)).all() == ["a"]
    assert db.session().scalars(select(IdempotencyKey.key)).all() == ["kept"]


def test_invitations_go_a_month_after_their_date(app, user, hands):
    entry = make_entry(make_contest(user), owner=user)
    community = make_community(user)
    for name, expires_at in (("kept", hands.now - 30 * DAY), ("gone", hands.now - 30 * DAY - SECOND)):
        dates = {"digest": name, "created_at": expires_at - DAY, "expires_at": expires_at}
        keep(
            TeamInvite(team_id=entry.team_id, **dates),
            JurorInvite(contest_id=entry.contest_id, email="juror@example.kz", **dates),
            CommunityInvite(community_id=community.id, **dates),
        )
    sweep()

    for invite in (TeamInvite, JurorInvite, CommunityInvite):
        assert db.session().scalars(select(invite.digest)).all() == ["kept"]


def test_records_are_never_swept(app, hands):
    owner = make_user()
    entry = make_entry(owner=owner, submitted=False)
    entries.submit_entry(owner.as_actor(), entry.public_id, arrived_at=hands.now)

    def counts() -> dict[str, int]:
        return {t.name: db.session().scalar(select(func.count()).select_from(t)) for t in Base.metadata.sorted_tables}

    queue.work_off()
    before = counts()
    assert before["audit_event"] > 0 and before["receipt"] > 0
    hands.forward(days=3650)
    sweep()

    after = counts()
    assert {name for name in before if before[name] != after[name]} <= {"job"}
    assert list(audit.verify()) == []
