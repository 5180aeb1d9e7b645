"""The OpenAPI 3.1 document, made of the table of operations. Pure."""

from __future__ import annotations

import re
from typing import Any

from creative_platform.api.json_schema import Schema, ref, text, whole
from creative_platform.api.operations import OPERATIONS, PREFIX, Operation
from creative_platform.api.schemas import SCHEMAS
from creative_platform.api.schemas.shapes import ID, MOST_PARTS, SLUG

_IN_PATH: dict[str, Schema] = {"slug": SLUG, "public_id": ID, "number": whole(1, MOST_PARTS)}
_PROBLEM = {"application/problem+json": {"schema": ref("Problem")}}
_REFUSALS = {
    "400": "What was sent cannot be read",
    "401": "No valid token or session",
    "403": "Known to you, but not yours to do; a token without the scope",
    "404": "No such thing, or not yours to see",
    "409": "The state has moved on; the current one is in the answer where there is one",
    "413": "Larger than 1 MiB",
    "415": "Not application/json",
    "422": "`fields` names what is wrong",
    "429": "Too many attempts; Retry-After says when to come back",
    "503": "A part does not answer; Retry-After says when to come back",
}


def document(base_url: str, version: str, scopes: dict[str, str]) -> dict[str, Any]:
    """Return the document; ``scopes`` says what each scope allows."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Creative platform", "version": version, "description": _about(scopes)},
        "servers": [{"url": base_url + PREFIX}],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Made at /account; shown once."},
            },
        },
    }


def _about(scopes: dict[str, str]) -> str:
    lines = [f"- `{name}`: {meaning}" for name, meaning in scopes.items()]
    return "Errors are RFC 9457 problem documents with a stable `code`. Scopes of a token:\n" + "\n".join(lines)


def _operation(operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.endpoint,
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": {str(operation.status): _answer(operation), **_refusals()},
        "security": [{"token": [operation.scope]}, *([{}] if operation.open else [])] if operation.scope else [],
    }
    if operation.request:
        content = {"application/json": {"schema": operation.request}}
        told["requestBody"] = {"required": operation.needs_body, "content": content}
    return told


def _answer(operation: Operation) -> dict[str, Any]:
    if operation.response is None:
        return {"description": "Done"}
    return {"description": "The answer", "content": {"application/json": {"schema": operation.response}}}


def _refusals() -> dict[str, Any]:
    return {status: {"description": why, "content": _PROBLEM} for status, why in _REFUSALS.items()}


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _IN_PATH[name]}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    found += [{"name": name, "in": "query", "schema": schema} for name, schema in operation.query.items()]
    if operation.keyed:
        key = text(120, least=1, pattern="^[!-~]{1,120}$")
        about = "The same key with the same body gives the first answer again, for 24 hours."
        found.append({"name": "Idempotency-Key", "in": "header", "schema": key, "description": about})
    return found
