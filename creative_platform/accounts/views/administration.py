"""People, as the instance admin sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from creative_platform.accounts import queries, service
from creative_platform.accounts.regions import region_name
from creative_platform.accounts.views.blueprint import bp
from creative_platform.core import queue
from creative_platform.core.actor import Actor
from creative_platform.core.errors import DomainError, NotFound
from creative_platform.core.text import N_
from creative_platform.web.errors import sentence_of, status_of
from creative_platform.web.guards import admin_only, the_actor
from creative_platform.web.paging import PER_PAGE, Page, asked_page

NOT_TYPED = N_("Nothing was done: what you typed is not the address.")


@bp.get("/admin")
@admin_only
def admin() -> Any:
    """Go to the first page of administration."""
    return redirect(url_for("accounts.people"), 303)


@bp.get("/admin/people")
@admin_only
def people() -> Any:
    """List all people, or those whose name or address holds the words sought."""
    number, sought = asked_page(), request.args.get("q", "")[:100]
    rows, total = queries.people(sought, number, PER_PAGE)
    page = Page(rows, number, PER_PAGE, total)
    return render_template("accounts/people.html", page=page, sought=sought, region_name=region_name)


@bp.get("/admin/people/<public_id>")
@admin_only
def person(public_id: str) -> Any:
    """Show one person."""
    return _person_page(public_id)


def _person_page(public_id: str) -> str:
    found = queries.user_by_public_id(public_id)
    if found is None:
        raise NotFound()
    return render_template("accounts/person.html", person=found, region_name=region_name)


def _act(verb: Callable[[Actor, str], None], public_id: str, said: str, *, typed: bool = True) -> Any:
    """Run a verb about a person whose address was typed to confirm it; a refusal is told on the person's page."""
    found = queries.user_by_public_id(public_id)
    if found is None:
        raise NotFound()
    if typed and request.form.get("typed_name", "").strip().casefold() != found.email:
        flash(_(NOT_TYPED), "error")
        return _person_page(public_id), 422
    try:
        verb(the_actor(), public_id)
    except NotFound:
        raise
    except DomainError as error:
        flash(sentence_of(error), "error")
        return _person_page(public_id), status_of(error)
    flash(said, "success")
    return redirect(url_for("accounts.person", public_id=public_id), 303)


@bp.post("/admin/people/<public_id>/deactivate")
@admin_only
def deactivate(public_id: str) -> Any:
    """Let a person in no more."""
    return _act(service.deactivate, public_id, _("The account is deactivated."))


@bp.post("/admin/people/<public_id>/reactivate")
@admin_only
def reactivate(public_id: str) -> Any:
    """Let a person in again."""
    return _act(service.reactivate, public_id, _("The account is active again."), typed=False)


@bp.post("/admin/people/<public_id>/grant-admin")
@admin_only
def grant_admin(public_id: str) -> Any:
    """Make a person an admin."""
    return _act(service.grant_admin, public_id, _("This person is now an admin."))


@bp.post("/admin/people/<public_id>/withdraw-admin")
@admin_only
def withdraw_admin(public_id: str) -> Any:
    """Take an admin's rights away."""
    return _act(service.withdraw_admin, public_id, _("This person is no longer an admin."))


@bp.get("/admin/jobs")
@admin_only
def jobs() -> Any:
    """List the jobs that failed three times, with their reasons."""
    return render_template("accounts/jobs.html", rows=queue.failed_jobs())


@bp.post("/admin/jobs/<int(max=9223372036854775807):job_id>/again")
@admin_only
def job_again(job_id: int) -> Any:
    """Give a failed job new tries."""
    service.run_job_again(the_actor(), job_id)
    flash(_("The job will be tried again."), "success")
    return redirect(url_for("accounts.jobs"), 303)
