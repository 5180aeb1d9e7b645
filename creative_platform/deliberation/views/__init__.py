"""Pages of the jury's meeting."""

from __future__ import annotations

from flask import Flask

from creative_platform.contests import holds
from creative_platform.contests.models import Contest
from creative_platform.core import audit
from creative_platform.core.actor import Decision
from creative_platform.deliberation import policy, queries, service
from creative_platform.deliberation.views import entry, meeting, protocol

PAGES = (entry, protocol)  # loaded with the meeting's own, on whose blueprint they stand


def install(app: Flask) -> None:
    """Register the pages, what holds a contest while its jury meets, and how the log is compared with the record."""
    holds.also("deliberation", _may_go_on)
    audit.compare("deliberation.closed", service.stands_as_closed)
    app.register_blueprint(meeting.bp)


def _may_go_on(contest: Contest) -> Decision:
    return policy.may_go_on(queries.meeting_of(contest))
