"""The one way in which a page with one form answers."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template
from flask_babel import gettext as _

from creative_platform.core.errors import DomainError, Invalid, Throttled
from creative_platform.web.errors import sentence_of, status_of
from creative_platform.web.fields import BaseForm


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
