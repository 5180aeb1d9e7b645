"""What one request asks of the database: the same for few and for many entries, and within the budget of its page."""

from __future__ import annotations

import pytest

from creative_platform.accounts.models import User
from creative_platform.core.db import session
from tests.bench.web.crowd import Crowd, make_crowd

pytestmark = pytest.mark.database

PUBLIC = {"/contests/{slug}/gallery": 4, "/contests/{slug}/winners": 7, "/entries/{entry}": 5}
SIGNED_IN = {
    ("participant", "/my/entries/{draft}"): 12,
    ("juror", "/jury/{assignment}"): 8,
    ("juror", "/jury"): 8,
    ("organizer", "/manage/{slug}/entries"): 7,
    ("organizer", "/manage/{slug}/progress"): 12,
}


@pytest.fixture
def asked(app, sign_in, count_queries):
    """Return how many statements a page takes, the first request left out."""

    def asking(address: str, crowd: Crowd, person: User | None) -> int:
        path = address.format(
            slug=crowd.contest.slug,
            entry=crowd.entry.public_id,
            draft=crowd.draft.public_id,
            assignment=crowd.assignment.public_id,
        )
        browser = sign_in(person) if person else app.test_client()
        assert browser.get(path).status_code == 200
        with count_queries() as seen:
            browser.get(path)
        return len(seen)

    return asking


@pytest.mark.parametrize("address", PUBLIC)
def test_public_pages_ask_the_same_of_three_and_thirty(asked, address):
    few, many = (make_crowd(f"announced-{size}", size, announced=True) for size in (3, 30))
    session().rollback()

    counts = [asked(address, crowd, None) for crowd in (few, many)]

    assert counts == [PUBLIC[address]] * 2


@pytest.mark.parametrize(("role", "address"), SIGNED_IN)
def test_pages_of_each_role_ask_the_same_of_three_and_thirty(asked, role, address):
    few, many = (make_crowd(f"judged-{size}", size, announced=False) for size in (3, 30))
    session().rollback()

    counts = [asked(address, crowd, getattr(crowd, role)) for crowd in (few, many)]

    assert counts == [SIGNED_IN[role, address]] * 2
