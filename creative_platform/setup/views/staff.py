"""Who works for a contest."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _

from creative_platform.contests import policy, queries
from creative_platform.contests.models import StaffRole
from creative_platform.core.errors import Conflict, NotFound
from creative_platform.setup import service
from creative_platform.setup.forms.parts import ReasonForm, StaffForm
from creative_platform.setup.views.blueprint import bp, contest_to_edit, contest_to_see, done, page
from creative_platform.setup.wording import ROLES
from creative_platform.web.errors import sentence_of
from creative_platform.web.guards import admin_only, signed_in, the_actor


@bp.get("/manage/<slug>/setup/staff")
@signed_in
def staff(slug: str) -> Any:
    """Show who works for the contest."""
    contest = contest_to_see(slug)
    return page("setup/staff.html", StaffForm(formdata=None), **_around(contest))


@bp.post("/manage/<slug>/setup/staff")
@signed_in
def staff_add(slug: str) -> Any:
    """Add an organizer or auditor."""
    contest = contest_to_edit(slug)
    form, contest_id = StaffForm(), contest.id
    if done(
        form,
        lambda: service.add_staff_by_email(the_actor(), contest_id, form.email.data, StaffRole(form.role.data)),
    ):
        flash(_("Added. A mail tells them so."), "success")
        return redirect(url_for("setup.staff", slug=slug), 303)
    return page("setup/staff.html", form, **_around(contest))


@bp.post("/manage/<slug>/setup/staff/<int(max=2147483647):staff_id>/remove")
@signed_in
def staff_remove(slug: str, staff_id: int) -> Any:
    """End a person's role."""
    contest = contest_to_edit(slug)
    try:
        service.remove_staff(the_actor(), contest.id, staff_id)
        flash(_("The role has ended."), "success")
    except Conflict as error:
        form = StaffForm(formdata=None)
        form.form_errors.append(sentence_of(error))
        return page("setup/staff.html", form, **_around(contest)), 409
    if queries.contest_for_staff(the_actor(), slug) is None:
        return redirect("/", 303)
    return redirect(url_for("setup.staff", slug=slug), 303)


def _around(contest: Any) -> dict[str, Any]:
    return {
        "contest": contest,
        "people": queries.staff_of(contest),
        "roles": ROLES,
        "may_edit": bool(policy.can_manage(the_actor(), contest)),
    }


@bp.route("/manage/<slug>/become-organizer", methods=["GET", "POST"])
@admin_only
def become_organizer(slug: str) -> Any:
    """Let an instance admin become an organizer, with a reason that the others are told."""
    contest = queries.contest_by_slug(slug)
    if contest is None:
        raise NotFound()
    policy.can_become_organizer(the_actor(), contest).enforce()
    form, contest_id = ReasonForm(), contest.id
    if done(form, lambda: service.become_organizer(the_actor(), contest_id, form.reason.data)):
        flash(_("You are an organizer now. The other organizers were told why."), "success")
        return redirect(url_for("setup.setup", slug=slug), 303)
    return page("setup/become_organizer.html", form, contest=contest)
