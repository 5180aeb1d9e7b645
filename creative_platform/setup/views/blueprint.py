"""The room's blueprint, and how its pages load a contest and answer a form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, make_response, render_template, url_for
from flask_babel import gettext as _

from creative_platform.contests import policy, queries
from creative_platform.contests.models import Contest
from creative_platform.core.errors import Conflict, Invalid, NotFound, StaleVersion
from creative_platform.setup.forms.base import EditForm
from creative_platform.web.errors import sentence_of, status_of
from creative_platform.web.fields import BaseForm
from creative_platform.web.guards import the_actor

bp = Blueprint("setup", __name__)


@bp.app_template_global()
def url_for_part(slug: str, part: str) -> str:
    """Return the address of the set-up page of a part."""
    if part in ("text", "dates", "limits", "ties"):
        return url_for("setup.part", slug=slug, part=part)
    return url_for("setup.staff", slug=slug) if part == "staff" else url_for("setup.items", slug=slug, part=part)


def contest_to_see(slug: str) -> Contest:
    """Return the contest to its organizers and auditors. Raises NotFound."""
    contest = queries.contest_for_staff(the_actor(), slug)
    if contest is None:
        raise NotFound()
    return contest


def contest_to_edit(slug: str) -> Contest:
    """Return the contest to its organizers. Raises NotFound, for auditors NotAllowed."""
    contest = contest_to_see(slug)
    policy.can_manage(the_actor(), contest).enforce()
    return contest


def done(form: BaseForm, act: Callable[[], Any]) -> bool:
    """Say whether the form was sent, was right and its verb ran; otherwise the form says why, values kept."""
    if not form.validate_on_submit():
        return False
    try:
        act()
    except Invalid as error:
        form.add_errors(error, _)
        return False
    except Conflict as error:
        if isinstance(error, StaleVersion) and isinstance(form, EditForm):
            form.go_on_from(error)
        form.form_errors.append(sentence_of(error))
        form.refused_with = status_of(error)
        return False
    return True


def page(template: str, form: BaseForm, **values: Any) -> Response:
    """Return a form's page: 422 when answers need another look, 409 when the verb met another state."""
    wrong = form.is_submitted() and form.errors
    status = getattr(form, "refused_with", 422) if wrong else 200
    return make_response(render_template(template, form=form, **values), status)


def say_saved(contest: Contest, number_before: int | None) -> None:
    """Tell the organizer what saving did: stored in the draft, or published as the next version."""
    newest = queries.current_rules(contest)
    if newest is not None and newest.number != number_before:
        flash(_("Saved and published as version %(number)d of the rules.", number=newest.number), "success")
    else:
        flash(_("Saved."), "success")


def number_of_rules(contest: Contest) -> int | None:
    """Return the number of the current rules version, None for a draft."""
    newest = queries.current_rules(contest)
    return newest.number if newest else None
