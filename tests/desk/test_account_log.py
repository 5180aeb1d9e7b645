"""The log of accounts in words, page by page and as a table; for admins alone."""

from __future__ import annotations

import csv
import io

import pytest

from creative_platform.accounts import service as accounts
from creative_platform.communities import service as communities
from creative_platform.core import audit
from tests.desk.test_log import told
from tests.factories.accounts import make_user
from tests.factories.communities import make_community

pytestmark = pytest.mark.database


@pytest.fixture
def admin(app):
    return make_user(name="Ada Admin", is_admin=True)


def test_an_admin_reads_what_happened_with_names(admin, sign_in):
    member, group = make_user(name="=Formula Person"), make_community(name="The Assembly")
    browser = sign_in(admin)
    accounts.deactivate(admin.as_actor(), member.public_id)
    communities.confirm_community(admin.as_actor(), group.public_id, confirmed=True)

    page = browser.get("/admin/log?lang=en").text
    assert told(page)[:3] == [
        ["Community confirmed", "The Assembly", "Ada Admin"],
        ["Account switched off", "=Formula Person", "Ada Admin"],
        ["Sign-in opened", "—", "Ada Admin"],
    ]
    assert f'href="/admin/people/{member.public_id}"' in page
    assert "Сообщество подтверждено" in browser.get("/admin/log?lang=ru").text

    answer = browser.get("/admin/log.csv?lang=en")
    head, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (answer.mimetype, head[0], len(rows)) == ("text/csv", "number", len(told(page)))
    assert rows[1][2:7] == [
        "user.deactivated", "Account switched off", "'=Formula Person", f"user:{member.public_id}", "Ada Admin",
    ]  # fmt: skip


def test_the_log_goes_on_page_by_page(admin, sign_in):
    for n in range(205):
        audit.record(audit.ACCOUNTS, None, "job.tried_again", f"job:{n}", name=f"job number {n}")
    browser, seen, address = sign_in(admin), [], "/admin/log?lang=en"
    for size in (100, 100, 6):
        page = browser.get(address).text
        lines = told(page)
        assert len(lines) == size
        seen += [about for _what, about, _who in lines]
        address = f"/admin/log?before={page.rsplit('№ ', 1)[1].split(' ')[0]}"
    assert seen[1:] == [f"job number {n}" for n in reversed(range(205))]
    assert len(browser.get("/admin/log.csv").text.splitlines()) == 1 + 206, "a head and every link"


def test_nobody_else_finds_it(app, sign_in, client):
    for browser in (client, sign_in(make_user())):
        assert [browser.get(path).status_code for path in ("/admin/log", "/admin/log.csv")] == [404, 404]
