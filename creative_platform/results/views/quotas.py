"""The page on which an organizer sees who would win under quotas, and what these cost."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from creative_platform.contests import policy as contests_policy
from creative_platform.contests.models import Contest
from creative_platform.contests.overseeing import overseen
from creative_platform.core.errors import Conflict, Invalid
from creative_platform.judging.situation import top_of
from creative_platform.results import policy, queries, service, words
from creative_platform.results.forms import QuotasForm, quotas_form
from creative_platform.results.queries import Seen
from creative_platform.web.errors import sentence_of, status_of
from creative_platform.web.guards import signed_in, the_actor

bp = Blueprint("quotas", __name__)


@bp.get("/manage/<slug>/results/quotas")
@signed_in
def quotas(slug: str) -> str:
    """Show whom the last choice under quotas brought in and put out; nothing of it depends on entries kept back."""
    contest = overseen(slug)
    seen = queries.seen_by(the_actor(), contest)
    return _page(contest, seen, _form(contest, seen))


def _form(contest: Contest, seen: Seen) -> QuotasForm:
    """Return the form with what was asked last, or with as many winners as the rules promise."""
    known = queries.quota_attributes(contest, seen)
    asked = seen.result_set.quotas if seen.result_set else {}
    count = asked.get("count", min(top_of(contest), len(known)))
    return quotas_form(words.quota_groups(contest, known), count, asked.get("rules", []))


def _page(contest: Contest, seen: Seen, form: QuotasForm) -> str:
    asked = seen.result_set.quotas if seen.result_set else {}
    return render_template(
        "results/quotas.html",
        contest=contest,
        seen=seen,
        form=form,
        asked=asked,
        choice=words.choice_of(contest, seen.result_set) if seen.result_set and "found" in asked else None,
        changed=asked.get("among", {}).keys() != queries.quota_attributes(contest, seen).keys(),
        can_decide=policy.can_decide(seen),
        can_manage=contests_policy.can_manage(the_actor(), contest),
    )


@bp.post("/manage/<slug>/results/quotas")
@signed_in
def choose(slug: str) -> Any:
    """Queue a choice of winners under quotas."""
    contest = overseen(slug)
    seen = queries.seen_by(the_actor(), contest)
    form = _form(contest, seen)
    if not form.validate():
        return _page(contest, seen, form), 422
    try:
        service.ask_quotas(the_actor(), contest, form.count.data or 0, form.rules())
    except Invalid as error:
        form.add_errors(error, _)
        return _page(contest, seen, form), 422
    except Conflict as error:
        form.form_errors.append(sentence_of(error))
        return _page(contest, seen, form), status_of(error)
    flash(_("The choice is being computed. Look again in a moment."), "success")
    return redirect(url_for("quotas.quotas", slug=slug), 303)
