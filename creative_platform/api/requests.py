"""The door of the API: who asks, whether they may, and whether what they sent fits the operation's row.

Runs before every view of the room, in this order: token, sign-in, scope, CSRF (browsers only), query, body. Views
take what was checked from here.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Response, g, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError

from creative_platform.api import service
from creative_platform.api.json_schema import UNSTORABLE, Schema, problems
from creative_platform.api.operations import Operation, operation_of
from creative_platform.api.schemas import SCHEMAS
from creative_platform.api.schemas.shapes import CURSOR, LIMIT
from creative_platform.core.errors import Invalid, Malformed, NotFound, SignInRequired, UnsupportedContent
from creative_platform.core.text import N_
from creative_platform.web.cookies import csrf
from creative_platform.web.guards import current_actor, refuse_without, the_actor

DEEPEST = 12
SAFE_METHODS = ("GET", "HEAD")
EVERYWHERE = {"lang"}  # the language of sentences, as on every page
USUAL_LIMIT = 50
_KEY = re.compile(r"[\x21-\x7e]{1,120}\Z")
_IN_PATH = re.compile(r"[a-z0-9-]{1,60}\Z")
_UNSTORABLE = re.compile(r"[\0\ud800-\udfff]")


class WrongToken(SignInRequired):
    """A Bearer token was sent that is unknown, revoked or expired."""

    code = "invalid_token"
    message = N_("This token is unknown, revoked or has expired.")


@dataclass(frozen=True)
class Listing:
    """Which part of a list is asked for: at most ``limit`` items after the one with that public id."""

    after: str
    limit: int


def enter() -> None:
    """Check a request before its view runs."""
    if request.method == "OPTIONS":
        return
    operation = operation_of(request.endpoint or "")
    _check_person(operation)
    if any(isinstance(part, str) and not _IN_PATH.match(part) for part in (request.view_args or {}).values()):
        raise NotFound()
    g.api_query = _checked_query(operation)
    g.api_body = _checked_body(operation)


def _check_person(operation: Operation) -> None:
    scheme = request.headers.get("Authorization", "").partition(" ")[0]
    actor = current_actor()
    if scheme and actor is None:
        raise WrongToken()
    if actor is None and not operation.open:
        raise SignInRequired()
    if actor is not None and operation.scope:
        refuse_without(operation.scope, actor)
    by_browser = actor is not None and current_user.sign_in_id is not None
    if by_browser and request.method not in SAFE_METHODS:
        try:
            csrf.protect()
        except CSRFError as error:
            raise Malformed(N_("Send the page's X-CSRFToken with this request."), code="csrf") from error


def _checked_query(operation: Operation) -> dict[str, Any]:
    given: dict[str, Any] = {name: values for name, values in request.args.lists() if name not in EVERYWHERE}
    wrong: dict[str, str] = {name: N_("Give this once.") for name, values in given.items() if len(values) > 1}
    read = {name: _number_or_text(values[0], operation.query.get(name, {})) for name, values in given.items()}
    schema = {"type": "object", "properties": operation.query, "additionalProperties": False}
    wrong.update(problems(schema, read, SCHEMAS))
    if wrong:
        raise Invalid(dict(wrong), N_("Some parts of the address are not as they should be."))
    return read


def _number_or_text(value: str, schema: Schema) -> Any:
    number = schema.get("type") == "integer" and value.isascii() and value.isdigit() and len(value) < 10
    return int(value) if number else value


def _checked_body(operation: Operation) -> Any:
    if request.method in SAFE_METHODS:
        return {}
    sent = request.get_data(cache=True)
    if not sent and (operation.request is None or not operation.needs_body):
        return {}
    if request.mimetype != "application/json" or request.mimetype_params.get("charset", "utf-8").lower() != "utf-8":
        raise UnsupportedContent(N_("Send JSON in UTF-8, as application/json."))
    body = read_json(sent)
    schema = operation.request or {"type": "object", "properties": {}, "additionalProperties": False}
    wrong: dict[str, list[str]] = {}
    unstorable = _unstorable(body) if b"\\u" in sent else []  # JSON in UTF-8 says such characters in no other way
    for field, sentence in [*problems(schema, body, SCHEMAS), *unstorable]:
        if sentence not in wrong.setdefault(field, []):
            wrong[field].append(sentence)
    if wrong:
        raise Invalid(dict(wrong), N_("Some fields need another look."))
    return body


def read_json(sent: bytes) -> Any:
    """Return what a body says. Raises Malformed for anything that is no JSON, ambiguous or too deep."""
    try:
        value = json.loads(
            sent.decode("utf-8"),
            object_pairs_hook=_each_name_once,
            parse_constant=_refuse_constant,
            parse_float=_number,
        )
    except (ValueError, RecursionError) as error:
        raise Malformed(N_("The body is not JSON.")) from error
    if _depth_exceeds(value, DEEPEST):
        raise Malformed(N_("The body is nested too deeply."))
    return value


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _number(written: str) -> int | float:
    """Return a number; 3.0 is a whole one, in JSON as in its schemas."""
    number = float(written)
    return int(number) if number.is_integer() else number


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _depth_exceeds(value: Any, most: int) -> bool:
    layer = [value]
    for _ in range(most):
        layer = [
            part
            for inner in layer
            if isinstance(inner, dict | list)
            for part in (inner.values() if isinstance(inner, dict) else inner)
        ]
        if not layer:
            return False
    return True


def _unstorable(value: Any, where: str = "") -> list[tuple[str, str]]:
    """Return the texts that no database can hold: with NUL, or with half a character."""
    if isinstance(value, str):
        return [(where, UNSTORABLE)] if _UNSTORABLE.search(value) else []
    if not isinstance(value, dict | list):
        return []
    named = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for name, part in named:
        if isinstance(name, str) and _unstorable(name):
            found.append((where or "", UNSTORABLE))
        else:
            found += _unstorable(part, f"{where}.{name}" if where else str(name))
    return found


def body() -> dict[str, Any]:
    """Return the checked body of the present request."""
    checked: dict[str, Any] = g.api_body
    return checked


def query(name: str, otherwise: str = "") -> str:
    """Return a checked parameter of the present address."""
    return str(g.api_query.get(name, otherwise))


def listing() -> Listing:
    """Return which part of a list is asked for."""
    return Listing(after=query(CURSOR), limit=int(g.api_query.get(LIMIT, USUAL_LIMIT)))


def answer(value: Any, status: int = 200) -> Response:
    """Return a JSON answer."""
    return as_response(service.Answer(status, service.as_json(value)))


def as_response(kept: service.Answer) -> Response:
    """Return an answer as it goes out, byte for byte."""
    if kept.status == 204:
        return Response(status=204)
    return Response(kept.body, kept.status, content_type="application/json")


def page(items: list[Any], last_id: str, *, more: bool, **beside: Any) -> Response:
    """Return one part of a list; ``next`` is the cursor of the following part, null at the end."""
    return answer({"items": items, "next": last_id if more else None, **beside})


def creates(view: Callable[..., tuple[Any, int]]) -> Callable[..., Response]:
    """Let a view that gives (value, status) honour Idempotency-Key; its verbs are one transaction with the key."""
    return _keyed(view, service.once)


def creates_beside_store(view: Callable[..., tuple[Any, int]]) -> Callable[..., Response]:
    """The same for a view whose repeatable verbs call the object store."""
    return _keyed(view, service.once_beside_store)


def _keyed(view: Callable[..., tuple[Any, int]], run: Callable[..., service.Answer]) -> Callable[..., Response]:
    @wraps(view)
    def keyed(*args: Any, **kwargs: Any) -> Response:
        def act() -> service.Answer:
            value, status = view(*args, **kwargs)
            return service.Answer(status, service.as_json(value))

        return as_response(run(the_actor(), _key(), act))

    keyed.__keyed__ = True  # type: ignore[attr-defined]  # read by the test that compares with the table
    return keyed


def _key() -> service.Key:
    name = request.headers.get("Idempotency-Key", "")
    if "Idempotency-Key" in request.headers and not _KEY.match(name):
        raise Malformed(N_("An Idempotency-Key is 1 to 120 printable ASCII characters."))
    sent = f"{request.method} {request.path}\n".encode() + request.get_data(cache=True)
    return service.Key(name, hashlib.sha256(sent).hexdigest())
