"""Pages of judging."""

from __future__ import annotations

from flask import Flask

from creative_platform.accounts import callers
from creative_platform.core import audit
from creative_platform.entries import conflicts
from creative_platform.judging import files, jobs, queries, service
from creative_platform.judging.views import chair, juror, staff

JOBS = jobs  # loaded with the pages, so that a verb can enqueue them


def install(app: Flask) -> None:
    """Register the pages and what higher and lower rooms ask of this one: copies, conflicts, invitations, the log."""
    conflicts.also("judging", queries.entries_noted)
    files.let_jurors_see()
    callers.told_by("judging", juror.invited)
    audit.compare("scoresheet.submitted", service.stands_as_submitted)
    app.register_blueprint(juror.bp)
    app.register_blueprint(chair.bp)
    app.register_blueprint(staff.bp)
