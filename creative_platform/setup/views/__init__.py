"""Pages on which organizers start, set up, publish and copy a contest, and name its staff."""

from __future__ import annotations

from flask import Flask

from creative_platform.core import audit
from creative_platform.setup import service
from creative_platform.setup.views import lists, parts, setup, staff
from creative_platform.setup.views.blueprint import bp

PAGES = (setup, parts, lists, staff)


def install(app: Flask) -> None:
    """Register the pages, and how the log is compared with the rules that were published."""
    audit.compare("contest.rules_published", service.stands_as_published)
    app.register_blueprint(bp)
