"""The room's blueprint and the one way in which its forms answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, Response, make_response, render_template
from flask_babel import gettext as _

from creative_platform.core import clock
from creative_platform.core.errors import DomainError, Invalid, Throttled
from creative_platform.web.errors import sentence_of, status_of
from creative_platform.web.fields import BaseForm

bp = Blueprint("accounts", __name__)
EVEN_S = 0.25


@contextmanager
def even_time() -> Iterator[None]:
    """Take at least EVEN_S seconds: how long an answer takes must not tell whether an address is known."""
    began = clock.monotonic_s()
    try:
        yield
    finally:
        time.sleep(max(0.0, EVEN_S - (clock.monotonic_s() - began)))


def form_page(template: str, form: BaseForm, error: DomainError | None = None, **values: Any) -> Response:
    """Return the form's page: with 422 when fields are wrong, with the reason's own status when a verb refused."""
    status = 422 if form.errors else 200
    if isinstance(error, Invalid):
        form.add_errors(error, _)
        status = 422
    elif error is not None:
        form.form_errors.append(sentence_of(error))
        status = max(status_of(error), 422)
    answer = make_response(render_template(template, form=form, **values), status)
    if isinstance(error, Throttled):
        answer.headers["Retry-After"] = str(error.data.get("retry_after_s", 60))
    return answer
