"""Pages of entries."""

from __future__ import annotations

from flask import Flask

from creative_platform.core import audit, signing
from creative_platform.entries import files, jobs, service
from creative_platform.entries.views import participant, teams

JOBS = jobs  # loaded with the pages, so that a verb can enqueue them


def install(app: Flask) -> None:
    """Register the pages, what media must know of files, and how the log is compared with what was handed in."""
    signing.configure(app.config["SIGNING_KEY_FILE"])
    files.register_owner()
    audit.compare("entry.submitted", service.stands_as_submitted)
    app.register_blueprint(participant.bp)
    app.register_blueprint(teams.bp)
