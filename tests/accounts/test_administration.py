"""The instance admin's list of people, and the command that makes the first admin."""

import pytest

from creative_platform.accounts import queries, service
from creative_platform.accounts.service.administration import LastAdmin
from creative_platform.core import audit, queue
from creative_platform.core.errors import Conflict, NotFound
from tests.factories.accounts import PASSWORD, make_user
from tests.fixtures.letters import kinds_to
from tests.fixtures.people import csrf_of

pytestmark = pytest.mark.database


@pytest.fixture
def admin(app):
    return make_user(name="Root", is_admin=True)


def test_people_are_found_by_letters_that_neither_database_can_fold(app, sign_in, admin):
    make_user(name="Әлия Өтегенова")
    make_user(name="Bob")
    browser = sign_in(admin)

    assert "Әлия Өтегенова" in browser.get("/admin/people?q=әЛИЯ").text
    assert "Bob" not in browser.get("/admin/people?q=алия").text


def test_the_list_takes_the_same_statements_for_one_and_three(app, sign_in, admin, count_queries):
    browser = sign_in(admin)
    counts = []
    for people in (1, 3):
        with count_queries() as statements:
            assert browser.get("/admin/people").text.count("/admin/people/") == people
        counts.append(len(statements))
        make_user()
        make_user()

    assert counts[0] == counts[1]


def test_only_admins_see_administration(app, sign_in, user, client):
    for browser in (client, sign_in(user)):
        assert [browser.get(path).status_code for path in ("/admin", "/admin/people", "/admin/mail")] == [404] * 3
        assert "/admin/people" not in browser.get("/password/forgotten").text


def act(browser, person, verb, typed):
    page = browser.get(f"/admin/people/{person.public_id}")
    data = {"csrf_token": csrf_of(page.text), "typed_name": typed}
    return browser.post(f"/admin/people/{person.public_id}/{verb}", data=data)


def test_a_person_is_deactivated_and_let_in_again(app, sign_in, admin, user):
    theirs, browser = sign_in(user), sign_in(admin)
    secret = service.create_api_token(user.as_actor(), "x", ["entries:read"])

    assert act(browser, user, "deactivate", "something else").status_code == 422
    assert theirs.get("/account").status_code == 200
    assert act(browser, user, "deactivate", user.email).status_code == 303
    assert theirs.get("/account").status_code == 303
    assert queries.live_token(secret) is None

    assert act(browser, user, "reactivate", "").status_code == 303
    sign_in(user)
    assert queries.live_token(secret) is None


def test_an_admin_is_made_told_and_has_to_sign_in_again(app, sign_in, admin, user):
    theirs, browser = sign_in(user), sign_in(admin)

    assert act(browser, user, "grant-admin", user.email).status_code == 303

    assert theirs.get("/account").status_code == 303
    assert kinds_to(user.email) == ["accounts.admin_granted"]
    assert sign_in(user).get("/admin/people").status_code == 200
    newest = audit.events_about(audit.ACCOUNTS)[1]
    assert (newest.verb, newest.actor_public_id, newest.subject) == (
        "admin.granted",
        admin.public_id,
        f"user:{user.public_id}",
    )


def test_an_unconfirmed_person_cannot_become_an_admin(app, admin):
    with pytest.raises(Conflict):
        service.grant_admin(admin.as_actor(), make_user(email_verified_at=None).public_id)


def test_the_last_admin_stays(app, sign_in, admin):
    browser = sign_in(admin)
    make_user(is_admin=True, is_active=False)

    assert act(browser, admin, "deactivate", admin.email).status_code == 409
    assert act(browser, admin, "withdraw-admin", admin.email).status_code == 409
    assert queries.user_by_email(admin.email).is_admin is True

    second = make_user(is_admin=True)
    service.withdraw_admin(second.as_actor(), admin.public_id)
    with pytest.raises(LastAdmin):
        service.withdraw_admin(second.as_actor(), second.public_id)


def test_somebody_who_was_an_admin_a_moment_ago_does_nothing(app, admin, user):
    former = make_user(is_admin=True)
    stale = former.as_actor()
    service.withdraw_admin(admin.as_actor(), former.public_id)

    with pytest.raises(NotFound):
        service.deactivate(stale, user.public_id)


def test_the_command_makes_an_admin_who_can_sign_in(app, sign_in):
    arguments = ["user", "create", "--email", "Root@Example.test", "--name", "Root", "--admin", "--password", PASSWORD]

    outcome = app.test_cli_runner().invoke(args=arguments)
    assert (outcome.exit_code, outcome.output) == (0, "root@example.test can sign in and is an admin\n")
    assert sign_in(queries.user_by_email("root@example.test")).get("/admin/people").status_code == 200

    again = app.test_cli_runner().invoke(args=arguments)
    assert (again.exit_code, again.output) == (1, "email: This address belongs to an account already.\n")


@queue.job("test.breaks")
def breaks(claim, number):
    if number == 1:
        raise ValueError("the store was down")


@pytest.fixture
def failed_job(app, hands):
    queue.enqueue("test.breaks", number=1)
    for _ in range(3):
        queue.work_off()
        hands.forward(hours=1)
    [row] = queue.failed_jobs()
    return row.id


def test_a_failed_job_is_shown_with_its_reason_and_tried_again(app, sign_in, admin, failed_job):
    browser = sign_in(admin)
    page = browser.get("/admin/jobs").text
    assert "ValueError: the store was down" in page

    answer = browser.post(f"/admin/jobs/{failed_job}/again", data={"csrf_token": csrf_of(page)})

    assert (answer.status_code, queue.failed_jobs()) == (303, [])
    assert queue.work_off() == 1
    assert audit.events_about(audit.ACCOUNTS)[0].verb == "job.tried_again"


def test_jobs_are_for_admins_and_only_failed_ones_are_tried_again(app, sign_in, admin, user, failed_job):
    assert sign_in(user).get("/admin/jobs").status_code == 404
    with pytest.raises(NotFound):
        service.run_job_again(user.as_actor(), failed_job)
    with pytest.raises(NotFound):
        service.run_job_again(admin.as_actor(), failed_job + 1)

    service.run_job_again(admin.as_actor(), failed_job)
    with pytest.raises(Conflict):
        service.run_job_again(admin.as_actor(), failed_job)
