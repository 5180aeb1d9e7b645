"""Who runs a contest: staff come and go by its page, and an admin becomes its organizer with a reason."""

from __future__ import annotations

import pytest

from creative_platform.contests import queries
from creative_platform.contests.models import StaffRole
from creative_platform.core import audit
from creative_platform.core.db import session
from creative_platform.notices.models import OutboxMail
from creative_platform.setup import service
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.fixtures.letters import letter, path_of
from tests.setup.pages import fields_of, fill_in, setup

pytestmark = pytest.mark.database


@pytest.mark.parametrize(("role", "said"), [("organizer", "You organize"), ("auditor", "You audit")])
def test_who_is_made_staff_is_told_and_nobody_else(app, sign_in, role, said):
    organizer, second = make_user(locale="en", name="Aigerim"), make_user(locale="en")
    contest = make_contest(organizer)
    fill_in(sign_in(organizer), setup(contest.slug, "/staff"), having="email", email=second.email, role=role)

    (mail,) = session().query(OutboxMail).all()
    assert (mail.to_email, letter(mail).subject) == (second.email, f"{said} “{contest.title.in_('en')}”")
    assert "Aigerim named you" in letter(mail).body
    assert path_of(mail) == f"/manage/{contest.slug}"


def test_staff_come_by_address_and_the_last_organizer_stays(app, sign_in):
    organizer, second, unconfirmed = make_user(), make_user(), make_user(email_verified_at=None)
    contest = make_contest(organizer)
    browser, address = sign_in(organizer), setup(contest.slug, "/staff")
    mine = queries.staff_of(contest)[0].id

    last = browser.post(f"{address}/{mine}/remove", data=fields_of(browser.get(address).text, "email"))
    answers = [
        fill_in(browser, address, having="email", email=email, role="organizer").status_code
        for email in ("nobody@example.test", unconfirmed.email, organizer.email, second.email.upper())
    ]
    left = browser.post(f"{address}/{mine}/remove", data=fields_of(browser.get(address).text, "email"))

    assert last.status_code == 409
    assert "A contest keeps at least one organizer." in last.text
    assert answers == [422, 422, 422, 303]
    assert (left.status_code, left.location) == (303, "/")
    assert [staff.user_id for staff in queries.staff_of(contest)] == [second.id]
    assert browser.get(address).status_code == 404


def test_an_admin_becomes_organizer_with_a_reason_that_is_mailed_and_logged(app, sign_in):
    organizer, second, admin = make_user(), make_user(locale="kk"), make_user(is_admin=True, name="Ops")
    contest = make_contest(organizer)
    service.add_staff(organizer.as_actor(), contest.id, second, StaffRole.ORGANIZER)
    browser, address = sign_in(admin), f"/manage/{contest.slug}/become-organizer"

    short = fill_in(browser, address, having="reason", reason="because")
    good = fill_in(browser, address, having="reason", reason="Both organizers are ill; entries close tonight.")

    mails = session().query(OutboxMail).order_by(OutboxMail.id).all()[1:]  # the first told the second organizer
    link = audit.events_about(audit.contest_chain(contest.public_id))[0]
    assert (short.status_code, good.status_code) == (422, 303)
    assert [(mail.to_email, mail.kind) for mail in mails] == [
        (organizer.email, "contests.admin_became_organizer"),
        (second.email, "contests.admin_became_organizer"),
    ]
    assert (link.verb, link.actor_public_id) == ("contest.admin_became_organizer", admin.public_id)
    assert "ill" not in str(link.data)
    assert browser.get(setup(contest.slug)).status_code == 200


def test_the_public_page_leads_an_admin_there_and_nobody_else(app, sign_in, client):
    organizer, admin = make_user(), make_user(is_admin=True)
    address = make_contest(organizer).slug
    leads = [
        f"/manage/{address}/become-organizer" in browser.get(f"/contests/{address}").text
        for browser in (sign_in(admin), sign_in(organizer), sign_in(make_user()), client)
    ]
    assert leads == [True, False, False, False]


def test_nobody_else_becomes_organizer(app, sign_in, client):
    contest = make_contest()
    address = f"/manage/{contest.slug}/become-organizer"

    assert [browser.get(address).status_code for browser in (client, sign_in(make_user()))] == [404, 404]
