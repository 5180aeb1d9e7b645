"""What the room gives to others once the application starts: its jobs, and what stands beside an entry."""

from __future__ import annotations

from flask import Flask

from creative_platform.entries import beside
from creative_platform.similarity import jobs, queries, translations
from creative_platform.similarity.jurors import count_for_juror, shared_for_juror

JOBS = jobs  # loaded with the pages, so that a verb can enqueue them


def install(app: Flask) -> None:
    """Register what the jury's and the organizers' rooms show beside an entry."""
    translations.look_for(app.config["FIND_TRANSLATIONS"])
    beside.tell_shared(shared_for_juror, count_for_juror)
    beside.tell_matches(queries.count_with_entry)
