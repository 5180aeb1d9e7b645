"""AC50: addresses that look alike. AC07: nobody makes themselves an admin."""

import pytest
from sqlalchemy import func, select

from creative_platform.accounts import queries, service
from creative_platform.accounts.models import User
from creative_platform.core.db import session
from creative_platform.core.errors import Invalid
from tests.factories.accounts import make_user
from tests.fixtures.letters import kinds_to
from tests.fixtures.people import post

pytestmark = pytest.mark.database
GIVEN = {"name": "Eve", "password": "three green hills", "locale": "en", "region": "", "settlement": ""}


@pytest.fixture
def victim(app):
    return make_user(email="kadmin@example.test", name="Victim")


@pytest.mark.parametrize(
    "email",
    [
        " kadmin@example.test",
        "KADMIN@EXAMPLE.TEST",
        "\u212aadmin@example.test",  # KELVIN SIGN
        "ｋadmin@example.test",  # FULLWIDTH
        "kadmin@EXAMPLE.test\u00a0",
    ],
)
def test_ac50_another_spelling_is_the_same_address(app, victim, email):
    before = victim.password_hash

    service.register(service.Registration(email=email, **GIVEN), source="test")
    service.request_reset(email, source="test")

    assert session().scalar(select(func.count()).select_from(User)) == 1
    session().refresh(victim)
    assert (victim.name, victim.password_hash) == ("Victim", before)
    assert kinds_to("kadmin@example.test") == ["accounts.already_registered", "accounts.reset_password"]


@pytest.mark.parametrize(
    "email",
    [
        "k\u0430dmin@example.test",  # CYRILLIC A
        "kadmin@example.test.",
        "kadm\u0131n@example.test",  # DOTLESS I
        "kadmin\u200b@example.test",
        "kadmin@example.test\r\nBcc: x@example.test",
        "kadmin@example.test,eve@example.test",
        '"kadmin@example.test"@example.test ',
        "kadmin@exam\u0001ple.test",
    ],
)
def test_ac50_an_address_that_only_looks_alike_is_refused(app, victim, email):
    with pytest.raises(Invalid) as refused:
        service.register(service.Registration(email=email, **GIVEN), source="test")

    assert list(refused.value.fields) == ["email"]
    service.request_reset(email, source="test")
    assert kinds_to("kadmin@example.test") == []


def test_ac50_composed_and_decomposed_names_are_one(app):
    for name in ("Й", "И\u0306"):
        service.register(service.Registration(**{**GIVEN, "name": name}, email="dana@example.test"), source="test")

    assert queries.user_by_email("dana@example.test").name == "Й"


def test_ac07_extra_fields_make_nobody_an_admin(app, sign_in, user):
    extra = {"is_admin": "1", "is_active": "1", "email_verified_at": "2020-01-01", "id": "1", "role": "admin"}
    post(app.test_client(), "/register", {**GIVEN, "email": "dana@example.test", **extra})
    post(sign_in(user), "/account", {**GIVEN, **extra, "email": "root@example.test"})

    made = queries.user_by_email("dana@example.test")
    session().refresh(user)
    assert (made.is_admin, made.email_verified_at, user.is_admin) == (False, None, False)
    assert queries.user_by_email("root@example.test") is None
