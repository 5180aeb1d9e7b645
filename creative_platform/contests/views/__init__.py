"""Pages of the contests room: starting and setting up a contest, its staff, its public rules."""

from __future__ import annotations

from flask import Flask

from creative_platform.contests import service
from creative_platform.contests.views import lists, parts, rules, setup, staff
from creative_platform.contests.views.blueprint import bp
from creative_platform.core import audit

PAGES = (setup, parts, lists, staff, rules)


def install(app: Flask) -> None:
    """Register the pages, and how the log is compared with the rules that were published."""
    audit.compare("contest.rules_published", service.stands_as_published)
    app.register_blueprint(bp)
