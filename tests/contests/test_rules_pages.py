"""The public rules: versions, what changed, and the bytes that were hashed."""

from __future__ import annotations

import hashlib

import pytest

from creative_platform.contests import queries
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.setup.pages import cost, fill_in, fresh, setup

pytestmark = pytest.mark.database


def test_rules_show_versions_changes_and_the_hashed_bytes(app, sign_in, client):
    organizer = make_user()
    contest = make_contest(organizer)
    browser = sign_in(organizer)
    fill_in(browser, setup(contest.slug, "/limits"), max_team_size="9", note__en="Schools asked for it")
    fill_in(
        browser, setup(contest.slug, "/text"), body__en="**Everything** about it\n\nAnd more", note__en="One line more"
    )

    newest, second, first = (client.get(f"/contests/{contest.slug}/rules{rest}") for rest in ("", "/2", "/1"))
    raw = client.get(f"/contests/{contest.slug}/rules/2.json")

    stored = queries.rules_versions(fresh(contest.slug))
    assert [page.status_code for page in (newest, second, first, raw)] == [200, 200, 200, 200]
    assert "<ins>And more</ins>" in newest.text
    assert "Maximum team size" in second.text
    assert "<del>5</del>" in second.text and "<ins>9</ins>" in second.text
    assert "Schools asked for it" in second.text
    assert "This is an older version." in first.text
    assert hashlib.sha256(raw.data).hexdigest() == stored[1].sha256
    assert stored[1].sha256 in second.text


@pytest.mark.parametrize("rest", ["/0", "/4", "/-1", "/99999999999999999999", "/1.json.json", "/2.json"])
def test_versions_that_do_not_exist_are_not_found(app, client, rest):
    contest = make_contest()

    assert client.get(f"/contests/{contest.slug}/rules{rest}").status_code == 404


def test_a_drafts_rules_are_nobodys(app, client, sign_in):
    organizer = make_user()
    draft = make_contest(organizer, published=False)

    assert client.get(f"/contests/{draft.slug}/rules").status_code == 404
    assert sign_in(organizer).get(f"/contests/{draft.slug}/rules").status_code == 404


def test_the_rules_page_costs_the_same_queries_for_any_number_of_versions(app, sign_in, client, count_queries):
    organizer = make_user()
    slug = make_contest(organizer).slug
    browser, address = sign_in(organizer), f"/contests/{slug}/rules"

    before = cost(count_queries, client, address)
    for size in ("8", "9"):
        fill_in(browser, setup(slug, "/limits"), max_team_size=size, note__en="More")

    assert cost(count_queries, client, address) == before
