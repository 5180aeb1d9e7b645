"""The session cookie: encrypted and authenticated, so that it shows nothing and cannot be forged.

It carries the CSRF secret, flashed messages and the secret of a sign-in, which `accounts` keeps as a revocable row.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from secrets import token_bytes, token_hex
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, Request, Response, current_app, g, session
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSession, SessionInterface
from flask_wtf.csrf import CSRFProtect
from itsdangerous import URLSafeTimedSerializer

_SECRET_BYTES = 20
_tagged = TaggedJSONSerializer()


class EncryptedCookies(SessionInterface):
    """Keep Flask's session in one AES-256-GCM sealed cookie."""

    session_class = SecureCookieSession

    def __init__(self, secret_key: str) -> None:
        key = HKDF(SHA256(), 32, salt=None, info=b"session cookie v1").derive(secret_key.encode())
        self._box = AESGCM(key)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """Return what the cookie holds; a missing or forged one is an empty session."""
        sealed = request.cookies.get(self.get_cookie_name(app), "")
        try:
            raw = urlsafe_b64decode(sealed.encode())
            opened = self._box.decrypt(raw[:12], raw[12:], b"")
            return self.session_class(_tagged.loads(opened.decode()))
        except (ValueError, InvalidTag, json.JSONDecodeError):
            return self.session_class()

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        """Seal the session into the cookie when it changed; take the cookie away when it is empty."""
        name, path = self.get_cookie_name(app), "/"
        if not session:
            if session.modified:
                response.delete_cookie(
                    name, path=path, secure=self.get_cookie_secure(app), httponly=True, samesite="Lax"
                )
            return
        if not session.modified:
            return
        nonce = token_bytes(12)
        sealed = urlsafe_b64encode(nonce + self._box.encrypt(nonce, _tagged.dumps(dict(session)).encode(), b""))
        response.set_cookie(
            name, sealed.decode(), path=path, secure=self.get_cookie_secure(app), httponly=True, samesite="Lax"
        )


def masked_token() -> str:
    """Return what proves that a form is ours: the session's secret under a mask that is new in every answer.

    Lengths of compressed answers therefore say nothing about it.
    """
    if "masked_token" not in g:
        if "csrf_token" not in session:
            session["csrf_token"] = token_hex(_SECRET_BYTES)
        mask = token_bytes(_SECRET_BYTES)
        g.masked_token = urlsafe_b64encode(mask + _xor(mask, bytes.fromhex(session["csrf_token"]))).decode()
    return str(g.masked_token)


def _unmasked(token: str) -> str:
    """Return the secret under the mask; empty when this is no token of ours."""
    try:
        raw = urlsafe_b64decode(token.encode())
    except ValueError:
        return ""
    return _xor(raw[:_SECRET_BYTES], raw[_SECRET_BYTES:]).hex() if len(raw) == 2 * _SECRET_BYTES else ""


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


class MaskedTokens(CSRFProtect):
    """Flask-WTF's protection, whose own token is the same in every answer of a session, with masked tokens."""

    def init_app(self, app: Flask) -> None:
        """Protect every route; templates get the masked token."""
        super().init_app(app)
        app.jinja_env.globals["csrf_token"] = masked_token  # for macros
        app.context_processor(lambda: {"csrf_token": masked_token})

    def _get_csrf_token(self) -> str | None:
        """Return the token that came, as Flask-WTF would have signed it."""
        secret = _unmasked(super()._get_csrf_token() or "")
        signer = URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="wtf-csrf-token")
        return str(signer.dumps(secret)) if secret else None


csrf = MaskedTokens()


def install(app: Flask) -> None:
    """Set up the cookie and CSRF protection of every form; the token lives as long as the session does."""
    secure = app.config["SESSION_COOKIE_SECURE"]
    app.config["SESSION_COOKIE_NAME"] = "__Host-session" if secure else "session"
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # uploads are slow; the token dies with the session instead
    app.session_interface = EncryptedCookies(app.config["SECRET_KEY"])
    csrf.init_app(app)
