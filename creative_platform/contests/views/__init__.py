"""Pages of the contests room: starting and setting up a contest, its staff, its public rules."""

from __future__ import annotations

from flask import Flask

from creative_platform.contests.views import lists, parts, rules, setup, staff
from creative_platform.contests.views.blueprint import bp

PAGES = (setup, parts, lists, staff, rules)


def install(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(bp)
