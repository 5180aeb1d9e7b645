"""Is it alive, is it ready, how is it doing: for the people and programs that operate it."""

from __future__ import annotations

import hmac
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import partial
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, jsonify, request

from creative_platform.core import queue
from creative_platform.core.errors import NotFound
from creative_platform.core.queue import JobState
from creative_platform.web.guards import public

bp = Blueprint("health", __name__)

WITHIN_S = 3.0

_checks: dict[str, Callable[[], None]] = {}
_asked: dict[str, Future[bool]] = {}
_lock = threading.Lock()
_gauges: dict[str, tuple[str, Callable[[], float]]] = {}


def add_check(name: str, check: Callable[[], None]) -> None:
    """Register a part that must answer for us to be ready; the check raises when it does not."""
    _checks[name] = check


def add_gauge(name: str, meaning: str, read: Callable[[], float]) -> None:
    """Register a number for /metrics."""
    _gauges[name] = (meaning, read)


@bp.get("/healthz")
@public
def healthz() -> Response:
    """Answer while the process lives."""
    return jsonify({"alive": True})


@bp.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """Ask every part at once; 503 when one fails or does not answer in time."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy's own way out of the request
    answers = {name: _ask(app, name) for name in _checks}
    wait(answers.values(), WITHIN_S)
    states = {name: "ok" if answer.done() and answer.result() else "failing" for name, answer in answers.items()}
    ready = all(state == "ok" for state in states.values())
    return jsonify({"ready": ready, "parts": states}), 200 if ready else 503


def _ask(app: Flask, name: str) -> Future[bool]:
    """Begin a check in a thread of its own, or join the one that runs: a part that hangs costs one thread, not all."""
    with _lock:
        running = _asked.get(name)
        if running is None or running.done():
            running = _asked[name] = Future()
            threading.Thread(target=_check, args=(app, name, running), name=f"ready-{name}", daemon=True).start()
        return running


def _check(app: Flask, name: str, answer: Future[bool]) -> None:
    try:
        with app.app_context():
            _checks[name]()
        answer.set_result(True)
    except Exception:
        app.logger.exception("%s is not ready", name)
        answer.set_result(False)


@bp.get("/metrics")
@public
def metrics() -> Response:
    """Give the numbers in Prometheus' text format, to loopback or to holders of METRICS_TOKEN."""
    expected = current_app.config["METRICS_TOKEN"]
    if expected:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        allowed = hmac.compare_digest(given.encode(), expected.encode())
    else:
        by_proxy = request.environ.get("creative_platform.by_proxy") or "X-Forwarded-For" in request.headers
        allowed = request.remote_addr in ("127.0.0.1", "::1") and not by_proxy
    if not allowed:
        raise NotFound()
    lines = []
    for name, (meaning, read) in [
        *_gauges.items(),
        ("process_resident_memory_bytes", ("Memory of this process.", _rss)),
    ]:
        lines += [f"# HELP {name} {meaning}", f"# TYPE {name} gauge", f"{name} {read():g}"]
    return Response("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")


def _rss() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1]) if Path("/proc/self/statm").exists() else 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def install(app: Flask) -> None:
    """Register the three addresses, and how the jobs are doing."""
    for state in (JobState.WAITING, JobState.RUNNING, JobState.FAILED):
        add_gauge(f"jobs_{state}", f"Jobs that are {state}.", partial(queue.count_in, state))
    app.register_blueprint(bp)
