"""Pages of results."""

from __future__ import annotations

from flask import Flask

from creative_platform.core import audit
from creative_platform.results import jobs, service
from creative_platform.results.forms import METHOD_NAMES
from creative_platform.results.views import organizer, quotas

JOBS = jobs  # loaded with the pages, so that a verb can enqueue them


def install(app: Flask) -> None:
    """Register the pages, what those of other rooms ask of this one, and how the log is compared with publications."""
    app.add_template_global(organizer.honours_of, "honours_of")
    for verb in ("results.published", "results.amended"):
        audit.compare(verb, service.stands_as_published)
    app.register_blueprint(organizer.bp)
    app.register_blueprint(quotas.bp)
    app.add_template_global(lambda method: METHOD_NAMES.get(method, method), "method_name")
