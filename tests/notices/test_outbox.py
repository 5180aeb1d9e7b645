"""The outbox: written with the verb, sent by the worker, never twice."""

from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import select

from creative_platform.core import queue, sweeping
from creative_platform.core.db import session, transaction
from creative_platform.notices import sending, service
from creative_platform.notices.models import MailState, OutboxMail
from creative_platform.notices.transports import NotSent, Smtp
from tests.factories.accounts import make_user

pytestmark = pytest.mark.database
LINK = "http://localhost/password/forgotten"


def enqueue(**given):
    return service.enqueue(
        "accounts.password_changed", **{"email": "dana@example.test", "locale": "en", "url": LINK, **given}
    )


def the_mail():
    return session().scalars(select(OutboxMail).execution_options(populate_existing=True)).one()


def parsed(raw):
    return message_from_bytes(raw, policy=default)


def pass_time(hands, hours):
    """Let the worker live through that many hours, a quarter at a time."""
    for _ in range(hours * 4):
        sweeping.hand_over_again()
        queue.work_off()
        hands.forward(minutes=15)


@pytest.fixture
def folder(app, tmp_path, mail_url) -> Path:
    mail_url(f"file://{tmp_path}/mail")
    return tmp_path / "mail"


def test_a_mail_of_a_verb_that_failed_is_never_written(app):
    with pytest.raises(ZeroDivisionError), transaction():
        enqueue()
        raise ZeroDivisionError

    assert list(session().scalars(select(OutboxMail))) == []
    assert queue.work_off() == 0


def test_a_mail_is_sent_into_the_folder(folder):
    mail = enqueue()
    queue.work_off()

    [path] = folder.iterdir()
    message = parsed(path.read_bytes())
    assert path.name == f"{mail.public_id}.eml"
    assert (message["To"], message["From"], message["Subject"]) == (
        "dana@example.test",
        "no-reply@localhost",
        "Your password was changed",
    )
    assert message["Message-ID"] == f"<{mail.public_id}@localhost>"
    assert LINK in message.get_content()
    assert (the_mail().state, the_mail().tries) == (MailState.SENT, 1)


@pytest.mark.parametrize(
    "title",
    [
        "Бірге: конкурс молодых талантов и всех, кто им помогает, от Атырау до Өскемена",
        "Birge, a title so long that a mail program has to break it into several lines before it is sent to anybody",
    ],
)
def test_a_subject_arrives_with_every_space_however_long_it_is(folder, title):
    sent = service.enqueue(
        "results.published", email="dana@example.test", locale="ru", contest={"ru": title}, title="Ән", page=LINK
    )
    queue.work_off()

    raw = (folder / f"{sent.public_id}.eml").read_bytes()
    assert parsed(raw)["Subject"] == f"Итоги объявлены: {title}"
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78


def test_a_mail_is_sent_over_smtp_and_its_secrets_are_forgotten(mail_server):
    enqueue()
    queue.work_off()

    [raw] = mail_server.accepted
    assert parsed(raw)["To"] == "dana@example.test"
    assert (the_mail().state, the_mail().data) == (MailState.SENT, {})


def test_a_person_is_written_to_in_their_language(app):
    mail = service.enqueue("accounts.password_changed", to=make_user(locale="ru"), url=LINK)

    assert (mail.locale, sending.message_of(mail)["Content-Language"]) == ("ru", "ru")


def test_an_unknown_language_becomes_the_default(app):
    assert enqueue(locale="de").locale == "en"


@pytest.mark.parametrize("kind", ["accounts.no_such_letter", "nowhere.x", "accounts/../x.y"])
def test_a_missing_template_fails_the_verb(app, kind):
    with pytest.raises(LookupError):
        service.enqueue(kind, email="x@example.test")


def test_a_missing_value_fails_the_verb(app):
    with pytest.raises(Exception, match="url"):
        service.enqueue("accounts.password_changed", email="x@example.test")


def test_a_server_that_is_down_is_tried_again_ever_more_rarely(mail_server, hands):
    mail_server.answers["RCPT"] = "451 later"
    enqueue()
    pass_time(hands, 1)
    first_hour = the_mail().tries
    pass_time(hands, 5)

    assert (the_mail().state, first_hour, the_mail().tries) == (MailState.PLANNED, 3, 5)
    assert the_mail().last_error == "451 later"

    mail_server.answers.clear()
    pass_time(hands, 24)
    assert (the_mail().state, len(mail_server.accepted)) == (MailState.SENT, 1)


def test_after_ten_tries_a_mail_failed(mail_server, hands):
    mail_server.answers["MAIL"] = "451 later"
    enqueue()
    pass_time(hands, 72)

    assert (the_mail().state, the_mail().tries) == (MailState.FAILED, 10)


@pytest.mark.parametrize("command", ["RCPT", "DATA", "TEXT"])
def test_a_refusal_for_good_is_not_tried_again(mail_server, command):
    mail_server.answers[command] = "550 nobody here"
    enqueue()
    queue.work_off()

    assert (the_mail().state, the_mail().last_error, the_mail().tries) == (MailState.FAILED, "550 nobody here", 1)
    assert mail_server.accepted == []


def test_a_connection_that_breaks_before_the_text_leaves_no_doubt(mail_server, hands):
    mail_server.answers["RCPT"] = ""
    enqueue()
    queue.work_off()
    assert the_mail().state is MailState.PLANNED

    mail_server.answers.clear()
    pass_time(hands, 1)
    assert (the_mail().state, len(mail_server.accepted)) == (MailState.SENT, 1)


def test_a_connection_that_breaks_in_the_text_is_not_tried_again(mail_server, hands):
    """Whether the mail arrived cannot be known; two of them would be worse than a question to the admin."""
    mail_server.answers["TEXT"] = ""
    enqueue()
    queue.work_off()
    mail_server.answers.clear()
    pass_time(hands, 24)

    assert the_mail().state is MailState.FAILED
    assert the_mail().last_error.startswith(sending.IN_DOUBT)
    assert mail_server.accepted == []


def die_while_handing_over(mail):
    """Leave everything as a worker does that is killed between its note and the server's answer."""
    job_id = session().scalar(select(queue.Job.id))
    claim, _, _ = queue._claim(job_id)
    with sending.transport(sending.mailbox().url) as way:
        assert sending._note_handing_over(claim, mail.id, way) is True
    return job_id


def test_a_worker_that_died_while_handing_over_never_causes_a_second_mail(mail_server, hands):
    job_id = die_while_handing_over(enqueue())

    hands.forward(minutes=5)
    assert queue.work(job_id) is True
    pass_time(hands, 24)

    assert (the_mail().state, the_mail().last_error) == (MailState.FAILED, sending.IN_DOUBT)
    assert mail_server.accepted == []


def test_a_folder_has_one_file_however_often_it_is_written(folder, hands):
    mail = enqueue()
    job_id = die_while_handing_over(mail)

    hands.forward(minutes=5)
    assert queue.work(job_id) is True

    assert the_mail().state is MailState.SENT
    assert [path.name for path in folder.iterdir()] == [f"{mail.public_id}.eml"]


def test_a_mail_sent_once_is_not_sent_by_a_second_job(mail_server):
    mail = enqueue()
    queue.work_off()
    queue.enqueue(service.SEND_JOB, mail_id=mail.id)
    queue.work_off()

    assert len(mail_server.accepted) == 1


def test_a_password_is_never_sent_in_clear(mail_server):
    way = Smtp(mail_server.url.replace("smtp://", "smtp://user:secret@"))

    with way, pytest.raises(NotSent, match="STARTTLS"):
        way.prepare(sending.message_of(enqueue()))
    assert [line for line in mail_server.commands if line.upper().startswith("AUTH")] == []


def test_what_people_wrote_cannot_add_headers_or_paragraphs(app):
    mail = service.enqueue(
        "accounts.admin_granted",
        email="dana@example.test",
        locale="en",
        by="Eve\u202e\r\nBcc: everybody@example.test\r\n\r\nClick here",
        url=LINK,
    )

    message = sending.message_of(mail)

    assert message["Bcc"] is None
    assert "Eve  Bcc: everybody@example.test    Click here made you an admin" in message.get_content()
