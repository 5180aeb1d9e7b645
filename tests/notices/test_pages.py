"""The outbox as the admin sees it."""

import pytest
from sqlalchemy import select

from creative_platform.core import queue
from creative_platform.core.db import session
from creative_platform.core.errors import NotFound, WrongState
from creative_platform.notices import service
from creative_platform.notices.models import MailState, OutboxMail
from tests.factories.accounts import make_user
from tests.fixtures.letters import mails_to
from tests.fixtures.people import post

pytestmark = pytest.mark.database
LINK = "http://localhost/password/reset/a-secret"


@pytest.fixture
def browser(app, sign_in):
    return sign_in(make_user(is_admin=True))


def enqueue():
    return service.enqueue("accounts.reset_password", email="dana@example.test", locale="en", url=LINK)


def test_the_list_takes_the_same_statements_for_one_and_three(browser, count_queries):
    counts = []
    for count in (1, 3):
        while len(mails_to("dana@example.test")) < count:
            enqueue()
        with count_queries() as statements:
            assert browser.get("/admin/mail").text.count("dana@example.test") == count
        counts.append(len(statements))

    assert counts[0] == counts[1]


def test_development_mail_can_be_read(browser):
    page = browser.get(f"/admin/mail/{enqueue().public_id}").text

    assert f'<a href="{LINK}"' in page


def test_mail_that_really_left_cannot_be_read(browser, mail_server):
    """A link to set a password is the recipient's; who reads it can become them."""
    page = browser.get(f"/admin/mail/{enqueue().public_id}").text

    assert "a-secret" not in page
    assert "dana@example.test" in page


def test_a_failed_mail_is_sent_again_when_the_admin_says_so(browser, mail_server):
    mail_server.answers["RCPT"] = "550 no"
    mail = enqueue()
    queue.work_off()
    mail_server.answers.clear()

    answer = post(browser, f"/admin/mail/{mail.public_id}", {}, to=f"/admin/mail/{mail.public_id}/send-again")

    assert answer.status_code == 303
    queue.work_off()
    assert session().scalars(select(OutboxMail.state)).one() is MailState.SENT
    assert len(mail_server.accepted) == 1


def test_only_a_failed_mail_and_only_an_admin(app, user):
    mail = enqueue()

    with pytest.raises(WrongState):
        service.send_again(make_user(is_admin=True).as_actor(), mail.public_id)
    with pytest.raises(NotFound):
        service.send_again(user.as_actor(), mail.public_id)


def test_there_is_nothing_at_an_unknown_mail(browser):
    assert browser.get("/admin/mail/nothing").status_code == 404


def test_the_list_shows_subjects_in_the_readers_language_in_development_alone(browser, request):
    service.enqueue("entries.disqualified", email="dana@example.test", locale="kk", title="The snow", reason_text={})

    page = browser.get("/admin/mail?lang=ru").text
    assert ">Работа снята с конкурса: The snow</a>" in page
    assert ">entries.disqualified</code>" in page

    request.getfixturevalue("mail_server")
    page = browser.get("/admin/mail?lang=ru").text
    assert ("The snow" in page, ">entries.disqualified</a>" in page) == (False, True)
