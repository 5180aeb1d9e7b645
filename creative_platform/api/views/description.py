"""The description of the API."""

from __future__ import annotations

from functools import lru_cache

from flask import Response, current_app

from creative_platform.accounts.service import SCOPES
from creative_platform.api import openapi, service
from creative_platform.api.requests import as_response
from creative_platform.api.views.blueprint import bp
from creative_platform.web.guards import public

VERSION = "1.0.0"


@bp.get("/openapi.json")
@public
def description() -> Response:
    """Give the OpenAPI document."""
    return as_response(service.Answer(200, _text(current_app.config["BASE_URL"])))


@lru_cache(maxsize=2)
def _text(base_url: str) -> str:
    return service.as_json(openapi.document(base_url, VERSION, SCOPES))
