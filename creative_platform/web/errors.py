"""One table from reasons to HTTP answers; HTML pages in the reader's language, problem documents under /api."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.json.provider import DefaultJSONProvider
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError, SecurityError

from creative_platform.core import errors
from creative_platform.core.text import N_, storable

log = logging.getLogger(__name__)

STATUS: list[tuple[type[errors.DomainError], int]] = [
    (errors.NotFound, 404),
    (errors.NotAllowed, 403),
    (errors.SignInRequired, 401),
    (errors.Malformed, 400),
    (errors.UnsupportedContent, 415),
    (errors.Invalid, 422),
    (errors.Conflict, 409),
    (errors.Throttled, 429),
    (errors.Unavailable, 503),
]

SENTENCES = {
    400: N_("The request could not be understood. Go back, check what you sent and try again."),
    401: N_("Sign in to continue."),
    403: N_("You may not do this."),
    404: N_("There is nothing at this address, or it is not yours to see."),
    405: N_("This address does not take that kind of request."),
    413: N_("This is too large. Files go through the upload field, which takes them in parts."),
    415: N_("This kind of content is not accepted here."),
    429: N_("Too many attempts. Wait a little and try again."),
    500: N_("Something broke on our side. It was noted; what was saved before is safe."),
    503: N_("A part of the system does not answer right now. Nothing was lost; try again in a minute."),
}
STALE_PAGE = N_(
    "This page was opened before you signed in or out. Go back, copy what you typed, load the page again and send it."
)

CODES = {
    400: "malformed",
    401: "sign_in_required",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_content",
    429: "throttled",
    500: "broken",
    503: "unavailable",
}


def status_of(error: errors.DomainError) -> int:
    """Return the HTTP status of a reason."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 400)


def sentence_of(error: errors.DomainError) -> str:
    """Return the reason in the reader's language."""
    return _(error.message, **{k: v for k, v in error.data.items() if isinstance(v, str | int | float)})


def do_and_say(act: Callable[[], object], said: str = "") -> None:
    """Run the verb of a button that has no form: the next page says that it is done, or what stood in its way.

    Without ``said`` the next page shows by itself that it is done.
    """
    try:
        act()
    except errors.Conflict as error:
        flash(sentence_of(error), "error")
    else:
        if said:
            flash(said, "success")


def do_and_say_all(act: Callable[[], object], said: str) -> None:
    """Run the verb of a form of one field: what is wrong with it is said on the next page, as everything else."""
    try:
        do_and_say(act, said)
    except errors.Invalid as error:
        flash(" ".join(_(say, **error.data) for sentences in error.fields.values() for say in sentences), "error")


def wants_json() -> bool:
    """Say whether the caller is a program: the API, or a page's own fetch."""
    return request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json"


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """Return an RFC 9457 problem document with a stable ``code``."""
    title = HTTPStatus(status).phrase
    answer = jsonify({**more, "type": "about:blank", "status": status, "code": code, "title": title, "detail": detail})
    answer.status_code = status
    answer.content_type = "application/problem+json"
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _page(status: int, sentence: str) -> tuple[str, int]:
    return render_template("layouts/error.html", status=status, sentence=sentence), status


def _domain_error(error: errors.DomainError) -> Any:
    status, sentence = status_of(error), sentence_of(error)
    if wants_json():
        more = {k: v for k, v in error.data.items() if not k.startswith("_")}
        if isinstance(error, errors.Invalid):
            more["fields"] = {name: [_(said) for said in sentences] for name, sentences in error.fields.items()}
        answer = problem(status, error.code, sentence, **more)
    elif isinstance(error, errors.SignInRequired):
        if request.method == "GET":
            return redirect(url_for("accounts.login", next=request.full_path.rstrip("?")), 303)
        return _page(status, sentence)
    else:
        answer = Response(*_page(status, sentence))
    if isinstance(error, errors.Throttled | errors.Unavailable):
        answer.headers["Retry-After"] = str(int(error.data.get("retry_after_s", 30)))
    return answer


def _http_error(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400:
        return error
    code = CODES.get(status, f"http_{status}")
    sentence = _(SENTENCES.get(status, SENTENCES[400 if status < 500 else 500]))
    if isinstance(error, CSRFError):
        code, sentence = "csrf", _(STALE_PAGE)
    if isinstance(error, SecurityError):  # the Host is not ours: no page, because no address can be built
        return Response(sentence, status, content_type="text/plain; charset=utf-8")
    if wants_json():
        answer: Any = problem(status, code, sentence)
    else:
        answer = Response(*_page(status, sentence))
    if status == 503:
        answer.headers["Retry-After"] = "30"
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def _busy(error: OperationalError) -> Any:
    log.error("the database did not answer: %s", error.orig)
    answer: Any = _domain_error(errors.Unavailable())
    return answer


def _unstorable(error: DataError) -> Any:
    """Answer a value that no column can hold: a NUL on PostgreSQL, a number beyond its type."""
    log.warning("the database refused a value on %s %s: %s", request.method, request.path, error.orig)
    return _http_error(BadRequest())


def _unexpected(error: Exception) -> Any:
    log.exception("unexpected error on %s %s", request.method, request.path)
    return _http_error(InternalServerError())


class Json(DefaultJSONProvider):
    """Flask's JSON; a body nested deeper than Python reads is as malformed as any other that is no JSON."""

    ensure_ascii = False  # people read refusals in a shell

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return the text of a value; one that holds half of a character is escaped, since no bytes can hold that."""
        said = super().dumps(obj, **kwargs)
        return said if storable(said) else super().dumps(obj, **{**kwargs, "ensure_ascii": True})

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return what a text says. Raises ValueError."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def install(app: Flask) -> None:
    """Register the answers."""
    app.json = Json(app)
    app.register_error_handler(errors.DomainError, _domain_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(DataError, _unstorable)
    if not app.config["TESTING"]:
        app.register_error_handler(Exception, _unexpected)
