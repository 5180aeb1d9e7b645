"""Pages on which staff computes, decides and publishes; certificates for their holders."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from creative_platform.contests import policy as contests_policy
from creative_platform.contests import queries as contests
from creative_platform.contests.models import Contest
from creative_platform.core.errors import Conflict, Invalid, NotFound
from creative_platform.judging import queries as judging
from creative_platform.media.storage import storage
from creative_platform.results import jobs, policy, queries, service
from creative_platform.results.forms import METHOD_NAMES, ComputeForm, DecideForm
from creative_platform.web.errors import sentence_of, status_of
from creative_platform.web.guards import signed_in, the_actor
from creative_platform.web.languages import current_locale

bp = Blueprint("results", __name__)
JOBS = jobs  # loaded with the pages, so that a verb can enqueue them


def overseen(slug: str) -> Contest:
    """Return a contest that the actor organizes or audits. Raises NotFound."""
    contest = contests.contest_for_staff(the_actor(), slug)
    if contest is None:
        raise NotFound()
    return contest


@bp.get("/manage/<slug>/results")
@signed_in
def ranking(slug: str) -> str:
    """Show the newest ranking and what was decided on it; nothing before the round is closed."""
    contest = overseen(slug)
    return _results_page(contest, _decide_form(contest))


def _decide_form(contest: Contest) -> DecideForm:
    form, result_set = DecideForm(), queries.newest_result_set(contest)
    hidden = judging.entries_hidden_from(the_actor(), contest)
    rows = [row for row in result_set.rows if row.entry_id not in hidden] if result_set else []
    form.offer(contest.awards, rows, current_locale())
    return form


def _results_page(contest: Contest, form: DecideForm) -> str:
    actor, result_set = the_actor(), queries.newest_result_set(contest)
    publication, decisions = queries.publication_of(contest), queries.standing_decisions(contest)
    hidden = judging.entries_hidden_from(actor, contest) if publication is None else set()
    rows = [row for row in result_set.rows if row.entry_id not in hidden] if result_set else []
    return render_template(
        "results/ranking.html",
        contest=contest,
        form=form,
        compute_form=ComputeForm(),
        result_set=result_set,
        rows=rows,
        hidden=len(hidden),
        decisions=[d for d in decisions if d.entry_id not in hidden],
        left={award.id: policy.places_left(award, decisions) for award in contest.awards},
        publication=publication,
        can_compute=policy.can_compute(contest, publication),
        can_decide=policy.can_decide(result_set, publication),
        can_manage=contests_policy.can_manage(actor, contest),
    )


@bp.post("/manage/<slug>/results")
@signed_in
def compute(slug: str) -> Any:
    """Queue the computing of a ranking."""
    service.compute_results(the_actor(), overseen(slug), request.form.get("method", ""))
    flash(_("The ranking is being computed. Look again in a moment."), "success")
    return redirect(url_for("results.ranking", slug=slug), 303)


@bp.post("/manage/<slug>/results/decisions")
@signed_in
def decide(slug: str) -> Any:
    """Give an award."""
    contest = overseen(slug)
    form = _decide_form(contest)
    if not form.validate():
        return _results_page(contest, form), 422
    try:
        service.decide(
            the_actor(), contest, award=form.award.data, entry=form.entry.data, reason=form.reason.data or ""
        )
    except Invalid as error:
        form.add_errors(error, _)
        return _results_page(contest, form), 422
    except Conflict as error:
        form.form_errors.append(sentence_of(error))
        return _results_page(contest, form), status_of(error)
    flash(_("The award is decided."), "success")
    return redirect(url_for("results.ranking", slug=slug), 303)


@bp.post("/manage/<slug>/results/decisions/<public_id>/revoke")
@signed_in
def revoke(slug: str, public_id: str) -> Any:
    """Take a decision back."""
    service.revoke_decision(the_actor(), overseen(slug), public_id)
    flash(_("The decision was taken back; it stays in the protocol."), "success")
    return redirect(url_for("results.ranking", slug=slug), 303)


@bp.get("/manage/<slug>/results/protocol")
@signed_in
def protocol(slug: str) -> str:
    """Show the record of the jury's work, for printing and signing."""
    contest = overseen(slug)
    hidden = judging.entries_hidden_from(the_actor(), contest) if queries.publication_of(contest) is None else set()
    result_set = queries.newest_result_set(contest)
    return render_template(
        "results/protocol.html",
        contest=contest,
        jurors=judging.jurors_of(contest),
        progress=judging.progress(contest, contest.rounds[0], hidden) if contest.rounds else None,
        result_set=result_set,
        rows=[row for row in result_set.rows if row.entry_id not in hidden] if result_set else [],
        decisions=[d for d in queries.all_decisions(contest) if d.entry_id not in hidden],
        publication=queries.publication_of(contest),
    )


@bp.get("/manage/<slug>/announce")
@signed_in
def announce(slug: str) -> str:
    """Show what will be published and what is still missing."""
    contest = overseen(slug)
    result_set, decisions = queries.newest_result_set(contest), queries.standing_decisions(contest)
    publication = queries.publication_of(contest)
    hidden = judging.entries_hidden_from(the_actor(), contest) if publication is None else set()
    return render_template(
        "results/announce.html",
        contest=contest,
        result_set=result_set,
        decisions=[d for d in decisions if d.entry_id not in hidden],
        publication=publication,
        left={award.id: policy.places_left(award, decisions) for award in contest.awards},
        can_publish=policy.can_publish(contest, result_set, decisions, publication),
        can_manage=contests_policy.can_manage(the_actor(), contest),
    )


@bp.post("/manage/<slug>/announce")
@signed_in
def publish(slug: str) -> Any:
    """Publish; the typed short name guards against a slip."""
    contest = overseen(slug)
    if request.form.get("typed_name", "").strip() != contest.slug:
        flash(_("Type the contest's short name to publish the results."), "error")
        return redirect(url_for("results.announce", slug=slug), 303)
    service.publish_results(the_actor(), contest)
    flash(_("The results are public, and everybody who took part is told."), "success")
    return redirect(url_for("results.announce", slug=slug), 303)


@bp.get("/my/certificates/<code>")
@signed_in
def certificate(code: str) -> Any:
    """Send the holder to the PDF of a certificate."""
    found = next((c for c in queries.certificates_of(the_actor()) if c.code == code), None)
    if found is None or found.storage_key is None:
        raise NotFound()
    url = storage().view_url(
        found.storage_key,
        content_type="application/pdf",
        filename=f"certificate-{found.code}.pdf",
        inline=True,
        ttl_s=300,
    )
    return redirect(url, 303)


def install(app: Flask) -> None:
    """Register the pages, and what a ranking's method is called."""
    app.register_blueprint(bp)
    app.add_template_global(lambda method: METHOD_NAMES.get(method, method), "method_name")
