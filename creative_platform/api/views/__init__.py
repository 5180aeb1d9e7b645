"""The calls of the API."""

from __future__ import annotations

from flask import Flask

from creative_platform.api.views import contests, description, entries, uploads
from creative_platform.api.views.blueprint import bp

CALLS = (contests, description, entries, uploads)


def install(app: Flask) -> None:
    """Register the calls."""
    app.register_blueprint(bp)
