"""The pages of texts, dates, limits and steps for equal scores: one form each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import redirect, request, url_for

from creative_platform.accounts.regions import region_choices
from creative_platform.contests.models import Contest
from creative_platform.core.text import LOCALES
from creative_platform.setup import service
from creative_platform.setup.forms.base import EditForm, choices
from creative_platform.setup.forms.parts import ZONES, DatesForm, LimitsForm, TextForm, TiesForm
from creative_platform.setup.views.blueprint import bp, contest_to_edit, done, number_of_rules, page, say_saved
from creative_platform.setup.wording import PARTS
from creative_platform.web.guards import signed_in, the_actor
from creative_platform.web.languages import current_locale
from creative_platform.web.rich_text import render_text

_FORMS: dict[str, tuple[type[EditForm], Callable[..., None]]] = {
    "text": (TextForm, service.save_text),
    "dates": (DatesForm, service.save_dates),
    "limits": (LimitsForm, service.save_limits),
    "ties": (TiesForm, service.save_ties),
}


@bp.route("/manage/<slug>/setup/<any(text,dates,limits,ties):part>", methods=["GET", "POST"])
@signed_in
def part(slug: str, part: str) -> Any:
    """Show and save one part; for texts also show how they will look."""
    contest = contest_to_edit(slug)
    form, save = _form(contest, part)
    if "preview" in request.form:
        shown = [(code, render_text((form.body.form[code].data or "")[:20_000])) for code in LOCALES]
        return page(f"setup/{part}.html", form, **_around(contest, part, shown))
    before = number_of_rules(contest)
    if done(form, lambda: save(the_actor(), contest.id, form.edit(), form.values())):
        say_saved(contest, before)
        return redirect(url_for("setup.setup", slug=slug), 303)
    return page(f"setup/{part}.html", form, **_around(contest, part))


def _form(contest: Contest, part: str) -> tuple[Any, Callable[..., None]]:
    kind, save = _FORMS[part]
    form = kind(data=kind.of(contest))
    form.suit(contest)
    if isinstance(form, LimitsForm):
        form.allowed_regions.choices = choices(dict(region_choices(current_locale())))
    return form, save


def _around(contest: Contest, part: str, previews: Any = None) -> dict[str, Any]:
    return {"contest": contest, "title": PARTS[part], "zones": ZONES, "previews": previews}
