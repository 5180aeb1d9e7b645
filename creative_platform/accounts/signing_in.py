"""Who is behind a request: the browser's sign-in, or under /api an API token. At most one SQL statement a request."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Flask, Request, Response, current_app, redirect, request, session
from flask_login import LoginManager, UserMixin, current_user

from creative_platform.accounts import queries, service
from creative_platform.accounts.text import email_key
from creative_platform.core import clock
from creative_platform.core.actor import Actor
from creative_platform.web.languages import remember_locale

KEY, KEPT = "sign_in", "kept"
DEVICE_MOST = 4
DEVICE_LIVES_S = 365 * 86400
USUAL_METHODS = ("GET", "HEAD", "OPTIONS")


class CurrentUser(UserMixin):
    """What Flask-Login keeps for a request: plain values, no row. ``facts`` are those of ``queries.also_tell``."""

    def __init__(
        self,
        actor: Actor,
        seen_at: datetime | None,
        *,
        sign_in_id: int | None = None,
        token_id: int | None = None,
        facts: Mapping[str, bool] | None = None,
    ) -> None:
        self.actor = actor
        self.seen_at = seen_at
        self.sign_in_id = sign_in_id
        self.token_id = token_id
        self.facts = facts or {}

    def get_id(self) -> str:
        """Return the person's public id."""
        return self.actor.public_id


def load(asked: Request) -> CurrentUser | None:
    """Return who sent a request, or None. Bearer tokens count under /api alone, and no cookie stands in for one."""
    token = _bearer_token(asked)
    if token is not None:
        held = queries.live_token(token)
        return CurrentUser(held.actor, held.used_at, token_id=held.token_id) if held else None
    secret = session.get(KEY)
    found = queries.live_sign_in(secret) if isinstance(secret, str) else None
    return CurrentUser(found.actor, found.seen_at, sign_in_id=found.sign_in_id, facts=found.facts) if found else None


def _bearer_token(asked: Request) -> str | None:
    scheme, _, token = asked.headers.get("Authorization", "").partition(" ")
    return token.strip() if asked.path.startswith("/api/") and scheme.lower() == "bearer" else None


def enter(signed_in: service.SignedIn, email: str, target: str) -> Response:
    """Give the browser a new session with this sign-in, end its former one, and send it on to ``target``."""
    former = current_user.sign_in_id if current_user.is_authenticated else None
    if former is not None:
        service.sign_out(former, current_user.actor)
    kept = {name: session[name] for name in session.get(KEPT, []) if name in session}
    session.clear()
    session.update(kept, **{KEY: signed_in.secret, **({KEPT: sorted(kept)} if kept else {})})
    answer: Any = redirect(target, 303)
    remember_locale(answer, signed_in.actor.locale)
    return _remember_device(answer, email)


def keep(name: str, value: str) -> None:
    """Put a value into the session that outlives signing in: an invitation that somebody came with."""
    session[name] = value
    session[KEPT] = sorted({name, *session.get(KEPT, [])})


def leave(answer: Response) -> Response:
    """End the browser's sign-in and empty its session."""
    if current_user.is_authenticated and current_user.sign_in_id is not None:
        service.sign_out(current_user.sign_in_id, current_user.actor)
    session.clear()
    return answer


def known_device(email: str) -> str:
    """Return the name of this browser if the owner of that address signed in with it before, else an empty string."""
    for entry in _device_entries():
        nonce, _, mark = entry.partition(".")
        if hmac.compare_digest(mark.encode(), _device_mark(nonce, email).encode()):
            return nonce
    return ""


def _remember_device(answer: Response, email: str) -> Response:
    if known_device(email):
        return answer
    nonce = secrets.token_hex(16)
    entries = [f"{nonce}.{_device_mark(nonce, email)}", *_device_entries()][:DEVICE_MOST]
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    answer.set_cookie(
        _device_cookie(), "~".join(entries), max_age=DEVICE_LIVES_S, secure=secure, httponly=True, samesite="Lax"
    )
    return answer


def _device_cookie() -> str:
    return "__Host-device" if current_app.config["SESSION_COOKIE_SECURE"] else "device"


def _device_entries() -> list[str]:
    return [entry for entry in request.cookies.get(_device_cookie(), "").split("~") if entry][:DEVICE_MOST]


def _device_mark(nonce: str, email: str) -> str:
    key = hashlib.sha256(b"known device v1 " + current_app.config["SECRET_KEY"].encode()).digest()
    return hmac.new(key, f"{nonce} {email_key(email)}".encode(), hashlib.sha256).hexdigest()


def _note_presence() -> None:
    """Keep when somebody was last seen: a browser by what it sends, a token by whatever it asks.

    A page that is looked at writes nothing; but many a token only reads, and its owner wants to know whether it does.
    """
    if request.method in USUAL_METHODS and _bearer_token(request) is None:
        return
    if not current_user.is_authenticated:
        return
    if current_user.seen_at is not None and current_user.seen_at >= clock.now() - service.SEEN_EVERY:
        return
    if current_user.token_id is not None:
        service.note_token_use(current_user.token_id)
    elif current_user.sign_in_id is not None:
        service.note_presence(current_user.sign_in_id)


def install(app: Flask) -> None:
    """Set up Flask-Login with our own sign-ins; its remember-me cookie and session guesses stay unused."""
    app.config["REMEMBER_COOKIE_NAME"] = "never-set"  # another program on this host may well use the usual name
    manager = LoginManager()
    manager.session_protection = None
    manager.init_app(app)
    manager.request_loader(load)
    app.before_request(_note_presence)
