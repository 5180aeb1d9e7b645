"""Starting a contest, the hub of its set-up, publishing, copying."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from creative_platform.accounts.queries import user_by_email
from creative_platform.contests import policy, queries
from creative_platform.contests.models import Contest, ContestKind
from creative_platform.core import clock
from creative_platform.core.errors import Invalid
from creative_platform.core.text import N_
from creative_platform.setup import checklist, service
from creative_platform.setup.forms.parts import ZONES, CopyForm, NewContestForm
from creative_platform.setup.service.lifecycle import next_slug
from creative_platform.setup.views.blueprint import bp, contest_to_edit, contest_to_see, done, page
from creative_platform.setup.wording import PARTS, part_line
from creative_platform.web.errors import do_and_say
from creative_platform.web.fields import localized_data
from creative_platform.web.guards import signed_in, the_actor


@bp.route("/manage/new", methods=["GET", "POST"])
@signed_in
def new() -> Any:
    """Start a contest."""
    actor = the_actor()
    policy.can_create_contest(actor, queries.organizes_any(actor)).enforce()
    form = NewContestForm(timezone="Asia/Almaty")
    if not actor.is_admin:
        del form.organizer
    made: list[Contest] = []
    if done(form, lambda: made.append(_start(form))):
        (organizer,) = queries.organizers_of(made[0])
        if organizer.id == actor.id:
            flash(_("The draft is stored. Nobody but its organizers sees it."), "success")
            return redirect(url_for("setup.setup", slug=made[0].slug), 303)
        said = _("%(name)s goes on with the draft: a mail with its address is on the way.", name=organizer.name)
        flash(said, "success")
        return redirect("/manage", 303)
    return page("setup/new.html", form, zones=ZONES)


def _start(form: NewContestForm) -> Contest:
    organizer = None
    if form.organizer and form.organizer.data:
        organizer = user_by_email(form.organizer.data)
        if organizer is None or organizer.email_verified_at is None:
            raise Invalid({"organizer": N_("Nobody with a confirmed account here has this address.")})
    return service.create_contest(
        the_actor(),
        title=localized_data(form.title.data),
        slug=form.slug.data or "",
        kind=ContestKind(form.kind.data),
        timezone=form.timezone.data,
        organizer=organizer,
    )


@bp.get("/manage/<slug>/setup")
@signed_in
def setup(slug: str) -> Any:
    """Show what is done, what is missing and what comes next."""
    contest = contest_to_see(slug)
    now = clock.now()
    return render_template(
        "setup/setup.html",
        contest=contest,
        parts=[(part, label, part_line(contest, part)) for part, label in PARTS.items()],
        checks=checklist.checklist(contest, now),
        missing=checklist.missing(contest, now),
        bare=checklist.tracks_of_title_alone(contest),
        current=queries.current_rules(contest),
        phase=queries.phase(contest, now),
        may_edit=bool(policy.can_manage(the_actor(), contest)),
    )


@bp.post("/manage/<slug>/setup/publish")
@signed_in
def publish(slug: str) -> Any:
    """Publish the draft."""
    contest = contest_to_edit(slug)
    read = request.form.get("version", "")
    version = int(read) if read.isascii() and read.isdigit() and len(read) < 9 else 0
    said = _("The contest is published with version 1 of its rules.")
    do_and_say(lambda: service.publish_contest(the_actor(), contest.id, version=version), said)
    return redirect(url_for("setup.setup", slug=slug), 303)


@bp.route("/manage/<slug>/setup/copy", methods=["GET", "POST"])
@signed_in
def copy(slug: str) -> Any:
    """Start next year's contest from this one."""
    contest = contest_to_edit(slug)
    form, made = CopyForm(slug=next_slug(slug)), []
    if done(form, lambda: made.append(service.copy_contest(the_actor(), contest.id, slug=form.slug.data or "").slug)):
        flash(_("The copy is a draft. Look through its dates first."), "success")
        return redirect(url_for("setup.setup", slug=made[0]), 303)
    return page("setup/copy.html", form, contest=contest)
