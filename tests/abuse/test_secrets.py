"""AC54 cookies, AC60 weak or missing secrets, AC61 API tokens."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import request
from sqlalchemy import func, select

import config as configuration
from creative_platform.accounts import queries, service, signing_in
from creative_platform.accounts.models import ApiToken, User
from creative_platform.core import ids
from creative_platform.core.db import session
from creative_platform.core.errors import NotAllowed, NotFound, SignInRequired
from creative_platform.web.guards import scoped
from tests.factories.accounts import make_user

ROOT = Path(__file__).resolve().parents[2]
OVER_HTTPS = """
import json, os, sys
import config
from creative_platform.app import create_app
from flask_migrate import upgrade
from creative_platform.accounts import service
app = create_app(config.load())
with app.app_context():
    upgrade(directory="migrations")
    service.create_account(service.Registration("Dana", "dana@example.test", "three green hills", "kk"))
browser = app.test_client()
to = {"base_url": "https://contest.example"}
page = browser.get("/login?lang=ru", **to)
token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
data = {"email": "dana@example.test", "password": "three green hills", "csrf_token": token}
answer = browser.post("/login", data=data, headers={"Referer": "https://contest.example/login"}, **to)
out = browser.get("/account", **to)
cookies = page.headers.getlist("Set-Cookie") + answer.headers.getlist("Set-Cookie")
hsts = out.headers["Strict-Transport-Security"]
print(json.dumps({"status": [answer.status_code, out.status_code], "cookies": cookies, "hsts": hsts}))
"""


def environment(folder: Path, **given: str) -> dict[str, str]:
    return {
        "VAR_DIR": str(folder),
        "SECRET_KEY": "test-secret-0123456789-abcdefghijklmnop",
        "S3_ENDPOINT_URL": "http://127.0.0.1:9",
        "S3_ACCESS_KEY_ID": "a",
        "S3_SECRET_ACCESS_KEY": "b",
        "SIGNING_KEY_FILE": str(folder / "signing.pem"),
        **given,
    }


def test_ac54_every_cookie_is_locked_over_https(tmp_path):
    """In a process of its own, because the installation speaks https there."""
    outcome = subprocess.run(
        [sys.executable, "-c", OVER_HTTPS],
        cwd=ROOT,
        env={**os.environ, **environment(tmp_path, BASE_URL="https://contest.example")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert outcome.returncode == 0, outcome.stderr[-2000:]
    seen = json.loads(outcome.stdout.splitlines()[-1])

    assert seen["status"] == [303, 200]
    assert seen["hsts"] == "max-age=31536000; includeSubDomains"
    names = sorted({cookie.split("=")[0] for cookie in seen["cookies"]})
    assert names == ["__Host-device", "__Host-session", "lang"]
    for cookie in seen["cookies"]:
        parts = [part.strip() for part in cookie.split(";")]
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(parts)
        assert [part for part in parts if part.startswith("Domain")] == []
        for clear in ("dana@", "sign_in", "csrf_token"):
            assert clear not in cookie


@pytest.mark.parametrize("key", ["", "dev", "secret", "a" * 64, "short-but-random-8f3a91", "changeme" * 3])
def test_ac60_a_missing_or_weak_secret_stops_the_start_and_is_named(tmp_path, key):
    with pytest.raises(configuration.ConfigurationError, match="SECRET_KEY"):
        configuration.load(environment(tmp_path, SECRET_KEY=key))


@pytest.mark.parametrize("name", ["S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY", "S3_ENDPOINT_URL", "SIGNING_KEY_FILE"])
def test_ac60_every_other_secret_is_needed_as_well(tmp_path, name):
    with pytest.raises(configuration.ConfigurationError, match=name):
        configuration.load(environment(tmp_path, **{name: ""}))


@pytest.mark.parametrize(
    ("name", "value"),
    [("TIMEZONE", "Mars/Crater"), ("TIMEZONE", "../etc"), ("MAIL_URL", "mail.example"), ("PORT", "x")],
)
def test_a_setting_that_cannot_be_used_stops_the_start_and_is_named(tmp_path, name, value):
    with pytest.raises(configuration.ConfigurationError, match=name):
        configuration.load(environment(tmp_path, **{name: value}))


@pytest.mark.database
def test_ac60_a_new_installation_has_no_account_that_somebody_could_know(app):
    assert session().scalar(select(func.count()).select_from(User)) == 0


def holder(app, path, **given):
    """Return who a request is taken for."""
    with app.test_request_context(path, **given):
        found = signing_in.load(request)
        return found.actor if found else None


@pytest.mark.database
def test_ac61_a_token_is_stored_hashed_and_works_in_the_header_alone(app, user):
    secret = service.create_api_token(user.as_actor(), "x", ["entries:read"])
    bearer = {"headers": {"Authorization": f"Bearer {secret}"}}

    assert session().scalars(select(ApiToken.digest)).one() == ids.digest(secret)
    assert holder(app, "/api/v1/entries", **bearer).id == user.id
    for query in ("access_token", "token", "api_key", "Authorization"):
        assert holder(app, f"/api/v1/entries?{query}={secret}") is None
    assert holder(app, "/api/v1/entries", headers={"Cookie": f"session={secret}"}) is None
    assert holder(app, "/api/v1/entries", headers={"X-Api-Key": secret}) is None


@pytest.mark.database
def test_ac61_a_token_opens_no_page(app, client, user):
    """A token with one scope must not change a password or make another token."""
    secret = service.create_api_token(user.as_actor(), "x", ["entries:read"])

    assert client.get("/account/tokens", headers={"Authorization": f"Bearer {secret}"}).status_code == 303


@pytest.mark.database
def test_ac61_a_bad_token_is_nobody_even_beside_a_good_cookie(app, sign_in, user):
    cookie = sign_in(user).get_cookie("session").value
    for authorization in ("Bearer x", "Bearer ", "bearer é"):
        headers = {"Cookie": f"session={cookie}", "Authorization": authorization}
        assert holder(app, "/api/v1/entries", headers=headers) is None
    assert holder(app, "/api/v1/entries", headers={"Cookie": f"session={cookie}"}).id == user.id


@pytest.mark.database
def test_ac61_revoked_expired_or_of_an_inactive_person(app, user, hands):
    secret = service.create_api_token(user.as_actor(), "x", ["entries:read"])
    [row] = queries.api_tokens_of(user.as_actor())
    with pytest.raises(NotFound):
        service.revoke_api_token(make_user().as_actor(), row.public_id)
    assert queries.live_token(secret) is not None

    service.revoke_api_token(user.as_actor(), row.public_id)
    assert queries.live_token(secret) is None


@pytest.mark.database
def test_ac61_a_scope_to_read_does_not_write(app, user):
    secret = service.create_api_token(user.as_actor(), "x", ["entries:read"])
    reads, writes = scoped("entries:read")(lambda: "read"), scoped("entries:write")(lambda: "written")

    with app.app_context(), app.test_request_context(headers={"Authorization": f"Bearer {secret}"}, path="/api/v1/x"):
        assert reads() == "read"
        with pytest.raises(NotAllowed):
            writes()
    with app.app_context(), app.test_request_context("/api/v1/x"), pytest.raises(SignInRequired):
        reads()
