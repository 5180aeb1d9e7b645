"""The calls of the API."""

from __future__ import annotations

from flask import Flask

from creative_platform.api import jobs
from creative_platform.api.views import contests, description, entries, jury, manage, results, uploads
from creative_platform.api.views.blueprint import bp

CALLS = (contests, description, entries, jury, manage, results, uploads)
JOBS = jobs  # loaded with the calls, so that the worker knows them


def install(app: Flask) -> None:
    """Register the calls."""
    app.register_blueprint(bp)
