"""Pages on which staff computes, decides and publishes; certificates for their holders."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from creative_platform.contests import policy as contests_policy
from creative_platform.contests import queries as contests
from creative_platform.contests.models import Award, Contest
from creative_platform.contests.overseeing import is_named, overseen
from creative_platform.core import clock, queue
from creative_platform.core.audit import canonical
from creative_platform.core.errors import Conflict, Invalid, NotFound
from creative_platform.entries import conflicts
from creative_platform.entries import queries as entries
from creative_platform.entries.models import Entry
from creative_platform.judging import queries as judging
from creative_platform.judging.blind import titles_for_jury
from creative_platform.media.storage import storage
from creative_platform.results import policy, queries, service, words
from creative_platform.results.forms import METHOD_WORDS, AmendForm, ComputeForm, DecideForm, GiveAnewForm
from creative_platform.results.models import Certificate, ResultSet
from creative_platform.results.queries import Seen
from creative_platform.results.ties import criterion_titles, ties_seen, told_briefly
from creative_platform.similarity import queries as similarity
from creative_platform.web.errors import do_and_say, sentence_of, status_of
from creative_platform.web.fields import localized_data
from creative_platform.web.guards import signed_in, the_actor
from creative_platform.web.languages import current_locale

bp = Blueprint("results", __name__)


@bp.get("/manage/<slug>/results")
@signed_in
def ranking(slug: str) -> str:
    """Show the newest ranking and what was decided on it; nothing before the round is closed."""
    contest = overseen(slug)
    seen = queries.seen_by(the_actor(), contest)
    return _results_page(contest, seen, _decide_form(seen))


def _decide_form(seen: Seen) -> DecideForm:
    form = DecideForm(entry=request.args.get("entry"))
    to_give = [award for award in seen.awards if seen.left[award.id] > 0]
    form.offer(to_give, seen.result_set.rows if seen.result_set else [], current_locale())
    return form


def _results_page(contest: Contest, seen: Seen, form: DecideForm) -> str:
    ranked = seen.result_set.rows if seen.result_set else []
    explanation = seen.result_set.explanation if seen.result_set else {}
    return render_template(
        "results/ranking.html",
        contest=contest,
        seen=seen,
        stale=_stale(contest, seen),
        form=form,
        files=entries.pictures_handed_in(row.entry_id for row in ranked),
        ends=words.ends_of(ranked),
        explanation=explanation,
        variations=words.variations_said(seen.result_set, criterion_titles(contest)) if seen.result_set else [],
        reasons_said=words.reasons_said,
        titles={row.entry.public_id: row.entry.title for row in ranked},
        ties=ties_seen(contest, seen.result_set),
        tied=told_briefly(contest, seen.result_set.ties) if seen.result_set else {},
        compute_form=ComputeForm(method=seen.result_set.method if seen.result_set else None),
        method_words=METHOD_WORDS,
        computing=queue.waiting_count(service.COMPUTE_JOB, contest_id=contest.id) > 0,
        can_compute=policy.can_compute(contest, seen.publication),
        can_decide=policy.can_decide(seen),
        can_manage=contests_policy.can_manage(the_actor(), contest),
    )


def _stale(contest: Contest, seen: Seen) -> set[int]:
    """Return the ids of decisions that must be taken anew before they are published."""
    return {one.id for one in seen.decisions if not seen.publication and policy.is_stale(contest, one)}


@bp.post("/manage/<slug>/results")
@signed_in
def compute(slug: str) -> Any:
    """Queue the computing of a ranking."""
    contest, method = overseen(slug), request.form.get("method", "")
    said = _("The ranking is being computed. Look again in a moment.")
    do_and_say(lambda: service.compute_results(the_actor(), contest, method), said)
    return redirect(url_for("results.ranking", slug=slug), 303)


@bp.post("/manage/<slug>/results/decisions")
@signed_in
def decide(slug: str) -> Any:
    """Give an award."""
    contest = overseen(slug)
    seen = queries.seen_by(the_actor(), contest)
    form = _decide_form(seen)
    if not form.validate():
        return _results_page(contest, seen, form), 422
    try:
        reason = localized_data(form.reason.data)
        service.decide(the_actor(), contest, award=form.award.data, entry=form.entry.data, reason=reason)
    except Invalid as error:
        form.add_errors(error, _)
        return _results_page(contest, seen, form), 422
    except Conflict as error:
        form.form_errors.append(sentence_of(error))
        return _results_page(contest, seen, form), status_of(error)
    flash(_("The award is decided."), "success")
    return redirect(url_for("results.ranking", slug=slug), 303)


@bp.post("/manage/<slug>/results/decisions/<public_id>/revoke")
@signed_in
def revoke(slug: str, public_id: str) -> Any:
    """Take a decision back."""
    contest, said = overseen(slug), _("The decision was taken back; it stays in the protocol.")
    do_and_say(lambda: service.revoke_decision(the_actor(), contest, public_id), said)
    return redirect(url_for("results.ranking", slug=slug), 303)


@bp.get("/manage/<slug>/results/jurors")
@signed_in
def jurors(slug: str) -> str:
    """Show staff and the chair how each juror marks; nothing of it depends on entries they have a part in."""
    contest = _judged(slug)
    result_set, kept = queries.cards_for(the_actor(), contest)
    explanation = result_set.explanation if result_set else {}
    titles = criterion_titles(contest)
    return render_template(
        "results/jurors.html",
        contest=contest,
        result_set=result_set,
        cards=words.cards_of(result_set, judging.seats_ever(contest)) if result_set else [],
        failed=explanation == service.NO_EXPLANATION,
        agreement=[(titles.get(name, ""), found) for name, found in explanation.get("agreement", {}).items()],
        ends=words.severity_ends(explanation.get("cards", [])),
        kept=kept,
        opens=_opens(contest),
        questions_of=words.questions_of,
        titles=_titles_of_hurried(contest, result_set) if result_set else {},
    )


@bp.get("/manage/<slug>/results/conflicts.json")
@signed_in
def opening(slug: str) -> Response:
    """Give staff and the chair the opening of the conflicts, as ``python -m scoring verify --conflicts`` takes it.

    It is in the one form of which the ranking holds the SHA-256, so that any tool can check that. The chair of a blind
    contest waits for the publication.
    """
    contest = _judged(slug)
    found = queries.opening_for(the_actor(), contest) if _opens(contest) else None
    if found is None:
        raise NotFound()
    return Response(canonical(found), content_type="application/json; charset=utf-8")


def _opens(contest: Contest) -> bool:
    return policy.can_read_conflicts(contest, staff=bool(contests_policy.can_oversee(the_actor(), contest)))


def _titles_of_hurried(contest: Contest, result_set: ResultSet) -> dict[str, str]:
    """Return by public id the titles of entries whose sheets took less than their film and sound, as the jury saw."""
    named = {one["entry"] for card in result_set.explanation.get("cards", []) for one in card["pace"]["sooner"]}
    known = {row.entry_id: row.entry.public_id for row in result_set.rows if row.entry.public_id in named}
    revisions = entries.current_revisions(known)
    titles = titles_for_jury(revisions, entries.names_behind(revisions) if contest.blind else {})
    return {known[entry_id]: title for entry_id, title in titles.items()}


def _judged(slug: str) -> Contest:
    """Return a contest of which the actor is of the staff or chairs the panel. Raises NotFound."""
    contest = contests.whole_contest(slug)
    seat = judging.seat_in(the_actor(), contest) if contest else None
    return contest if contest and seat and seat.is_chair else overseen(slug)


@bp.get("/manage/<slug>/announce")
@signed_in
def announce(slug: str) -> str:
    """Show what will be published and what is still missing."""
    contest = overseen(slug)
    return _announce_page(contest, _amend_form(contest), _anew_form(contest))


def _amend_form(contest: Contest) -> AmendForm:
    form = AmendForm()
    form.offer(queries.public_entries(contest) if _may_amend(contest) else [])
    return form


def _anew_form(contest: Contest) -> GiveAnewForm:
    form = GiveAnewForm()
    vacant = queries.vacant_awards(contest) if _may_amend(contest) else []
    form.offer(vacant, queries.public_entries(contest) if vacant else [], current_locale())
    return form


def _may_amend(contest: Contest) -> bool:
    published = queries.publication_of(contest) is not None
    return published and not conflicts.entries_with_part(the_actor(), contest)


def _announce_page(contest: Contest, form: AmendForm, anew_form: GiveAnewForm) -> str:
    seen = queries.seen_by(the_actor(), contest)
    return render_template(
        "results/announce.html",
        contest=contest,
        seen=seen,
        stale=_stale(contest, seen),
        publications=queries.publications_of(contest),
        people=entries.credits_handed_in(decision.entry_id for decision in seen.decisions),
        form=form,
        anew_form=anew_form,
        can_publish=policy.can_publish(contest, seen),
        promised=policy.promised_for(contest, clock.now()),
        undecided=0 if seen.publication else similarity.coverage(the_actor(), contest, 0).undecided,
        can_manage=contests_policy.can_manage(the_actor(), contest),
    )


@bp.post("/manage/<slug>/announce")
@signed_in
def publish(slug: str) -> Any:
    """Publish; the typed short name guards against a slip, a tick against announcing before the promised date."""
    contest = overseen(slug)
    if not is_named(contest):
        flash(_("Type the contest's short name to publish the results."), "error")
        return redirect(url_for("results.announce", slug=slug), 303)
    if policy.promised_for(contest, clock.now()) and "before_date" not in request.form:
        flash(_("Tick that you announce before the promised date, or wait for it."), "error")
        return redirect(url_for("results.announce", slug=slug), 303)
    said = _("The results are public, and everybody who took part is told.")
    do_and_say(lambda: service.publish_results(the_actor(), contest), said)
    return redirect(url_for("results.announce", slug=slug), 303)


@bp.post("/manage/<slug>/announce/amend")
@signed_in
def amend(slug: str) -> Any:
    """Take an entry out of published results; the typed short name guards against a slip."""
    contest = overseen(slug)
    form = _amend_form(contest)
    valid = form.validate()
    if not is_named(contest):
        form.form_errors.append(_("Type the contest's short name to amend the results."))
        valid = False
    if not valid:
        return _announce_page(contest, form, _anew_form(contest)), 422
    reason = localized_data(form.reason.data)
    service.amend_results(the_actor(), contest, entry=form.entry.data, reason=reason)
    flash(_("The amended results are public, and the team is told."), "success")
    return redirect(url_for("results.announce", slug=slug), 303)


@bp.post("/manage/<slug>/announce/anew")
@signed_in
def give_anew(slug: str) -> Any:
    """Give a vacated award to another entry; the typed short name guards against a slip."""
    contest = overseen(slug)
    form = _anew_form(contest)
    valid = form.validate()
    if not is_named(contest):
        form.form_errors.append(_("Type the contest's short name to amend the results."))
        valid = False
    if not valid:
        return _announce_page(contest, _amend_form(contest), form), 422
    given = {"award": form.award.data, "entry": form.winner.data, "reason": localized_data(form.why.data)}
    try:
        service.give_anew(the_actor(), contest, **given)
    except (Invalid, Conflict) as error:
        form.form_errors.append(sentence_of(error))
        return _announce_page(contest, _amend_form(contest), form), status_of(error)
    flash(_("The amended results are public, and the team is told."), "success")
    return redirect(url_for("results.announce", slug=slug), 303)


@bp.get("/my/certificates/<code>")
@signed_in
def certificate(code: str) -> Any:
    """Send the holder to the PDF of a certificate."""
    found = next((c for c in queries.certificates_of(the_actor()) if c.code == code), None)
    if found is None or found.storage_key is None or found.decision.revoked_at is not None:
        raise NotFound()
    url = storage().view_url(
        found.storage_key,
        content_type="application/pdf",
        filename=f"certificate-{found.code}.pdf",
        inline=True,
        ttl_s=300,
    )
    return redirect(url, 303)


def honours_of(entry: Entry) -> list[tuple[Award, Certificate | None]]:
    """Tell the page of an entry what it won, each award with the reader's own certificate of it."""
    return queries.honours_of(the_actor(), entry) if entry.contest.announced_at else []
