"""Pages of communities: for everybody, for members, for coordinators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from creative_platform.accounts.regions import REGIONS, region_choices, region_name
from creative_platform.accounts.signing_in import keep
from creative_platform.communities import jobs, queries, service
from creative_platform.communities.forms import KIND_NAMES, SETTLEMENT_NAMES, CommunityForm
from creative_platform.communities.models import Community, MemberRole
from creative_platform.communities.policy import can_coordinate, can_see_members
from creative_platform.core.errors import DomainError, Invalid, NotFound
from creative_platform.core.text import N_
from creative_platform.web.errors import sentence_of, status_of
from creative_platform.web.guards import current_actor, public, signed_in, the_actor
from creative_platform.web.languages import current_locale
from creative_platform.web.menu import MenuEntry, add_entry, everybody
from creative_platform.web.paging import PER_PAGE, Page, asked_page

bp = Blueprint("communities", __name__)
INVITE = "community_invite"
JOBS = jobs  # loaded with the pages, so that the worker knows them


def _page(template: str, status: int = 200, **values: Any) -> tuple[str, int]:
    names = {"kind_names": KIND_NAMES, "settlement_names": SETTLEMENT_NAMES, "region_name": region_name}
    return render_template(f"communities/{template}.html", **names, **values), status


def _act(verb: Any, *arguments: Any, said: str, then: str) -> Any:
    """Run a verb of a button; a refusal is told on the page one comes from."""
    try:
        verb(the_actor(), *arguments)
    except NotFound:
        raise
    except DomainError as error:
        flash(sentence_of(error), "error")
        return _page("refused", status_of(error), back=then)
    flash(said, "success")
    return redirect(then, 303)


def _coordinated(public_id: str) -> Community:
    community = queries.community_by_public_id(public_id)
    can_coordinate(queries.membership(the_actor(), community)).enforce()
    return community


@bp.get("/communities")
@public
def communities() -> Any:
    """List communities, by words and region."""
    number, sought, region = asked_page(), request.args.get("q", "")[:100], request.args.get("region", "")
    rows, total = queries.communities(sought, region if region in REGIONS else "", number, PER_PAGE)
    return _page(
        "communities",
        page=Page(rows, number, PER_PAGE, total),
        counts=queries.member_counts(row.id for row in rows),
        sought=sought,
        region=region,
        regions=region_choices(current_locale()),
    )


@bp.get("/communities/new")
@signed_in
def new() -> Any:
    """Ask about a new community."""
    return _page("edit", form=CommunityForm(region=""), community=None)


@bp.post("/communities/new")
@signed_in
def new_post() -> Any:
    """Make a community."""
    form = CommunityForm()
    if not form.validate():
        return _page("edit", 422, form=form, community=None)
    try:
        community = service.create_community(the_actor(), form.text())
    except Invalid as error:
        form.add_errors(error, _)
        return _page("edit", 422, form=form, community=None)
    flash(_("The community is made. Now invite its members."), "success")
    return redirect(url_for("communities.members", public_id=community.public_id), 303)


@bp.get("/communities/<public_id>")
@public
def community(public_id: str) -> Any:
    """Show a community to everybody: what it is and how many belong to it, not who."""
    found = queries.community_by_public_id(public_id)
    actor = current_actor()
    place = queries.membership(actor, found)
    count = queries.member_counts([found.id]).get(found.id, 0)
    return _page(
        "community",
        community=found,
        membership=place,
        count=count,
        coordinates=bool(can_coordinate(place)),
        confirms=actor is not None and actor.is_admin,
    )


@bp.post("/communities/<public_id>/confirm")
@signed_in
def confirm(public_id: str) -> Any:
    """Confirm a community, as an admin; with ``confirmed`` 0 take it back."""
    confirmed = request.form.get("confirmed", "1") != "0"
    service.confirm_community(the_actor(), public_id, confirmed=confirmed)
    flash(_("The community is confirmed.") if confirmed else _("The community is no longer confirmed."), "success")
    return redirect(url_for("communities.community", public_id=public_id), 303)


@bp.get("/communities/<public_id>/edit")
@signed_in
def edit(public_id: str) -> Any:
    """Show a coordinator what can be changed."""
    found = _coordinated(public_id)
    return _page("edit", form=CommunityForm(obj=found), community=found)


@bp.post("/communities/<public_id>/edit")
@signed_in
def edit_post(public_id: str) -> Any:
    """Store what a coordinator wrote."""
    found, form = _coordinated(public_id), CommunityForm()
    if not form.validate():
        return _page("edit", 422, form=form, community=found)
    try:
        service.edit_community(the_actor(), public_id, form.text())
    except Invalid as error:
        form.add_errors(error, _)
        return _page("edit", 422, form=form, community=found)
    flash(_("Saved."), "success")
    return redirect(url_for("communities.community", public_id=public_id), 303)


@bp.get("/communities/<public_id>/members")
@signed_in
def members(public_id: str) -> Any:
    """Show members to members; a coordinator sees a new link this once."""
    found = queries.community_by_public_id(public_id)
    place = queries.membership(the_actor(), found)
    if not can_see_members(place):
        raise NotFound()
    coordinates = bool(can_coordinate(place))
    return _page(
        "members",
        community=found,
        rows=queries.members_of(found),
        coordinates=coordinates,
        invites=queries.live_invites(found) if coordinates else [],
        link=session.pop("new_invite", "") if coordinates else "",
    )


@bp.post("/communities/<public_id>/invites")
@signed_in
def create_invite(public_id: str) -> Any:
    """Make a link."""
    session["new_invite"] = service.create_invite(the_actor(), public_id)
    return redirect(url_for("communities.members", public_id=public_id), 303)


@bp.post("/communities/<public_id>/invites/revoke")
@signed_in
def revoke_invites(public_id: str) -> Any:
    """End all links."""
    then = url_for("communities.members", public_id=public_id)
    return _act(service.revoke_invites, public_id, said=_("The links no longer work."), then=then)


@bp.post("/communities/<public_id>/leave")
@signed_in
def leave(public_id: str) -> Any:
    """Leave."""
    then = url_for("communities.community", public_id=public_id)
    return _act(service.leave, public_id, said=_("You have left the community."), then=then)


@bp.post("/communities/<public_id>/members/<user_public_id>/remove")
@signed_in
def remove_member(public_id: str, user_public_id: str) -> Any:
    """End somebody's membership."""
    then = url_for("communities.members", public_id=public_id)
    return _act(service.remove_member, public_id, user_public_id, said=_("They no longer belong to it."), then=then)


@bp.post("/communities/<public_id>/members/<user_public_id>/role")
@signed_in
def set_role(public_id: str, user_public_id: str) -> Any:
    """Make a member a coordinator, or the other way round."""
    asked = request.form.get("role", "")
    if asked not in list(MemberRole):
        raise NotFound()
    then = url_for("communities.members", public_id=public_id)
    return _act(service.set_role, public_id, user_public_id, MemberRole(asked), said=_("Saved."), then=then)


@bp.get("/communities/join/<secret>")
@public
def join_link(secret: str) -> Any:
    """Take the secret out of the address at once and keep it over registering and signing in."""
    g.hide_referrer = True
    keep(INVITE, secret[:200])
    return redirect(url_for("communities.join"), 303)


@bp.get("/communities/join")
@signed_in
def join() -> Any:
    """Ask whether to join."""
    invite = queries.invite_behind(session.get(INVITE, ""))
    if invite is None:
        return _page("refused", 410, back=url_for("communities.communities"), sentence=_(service.DeadInvite.message))
    return _page("join", community=invite.community)


@bp.post("/communities/join")
@signed_in
def join_post() -> Any:
    """Join."""
    joined = service.join(the_actor(), session.get(INVITE, ""))
    session.pop(INVITE, None)
    flash(_("Welcome."), "success")
    return redirect(url_for("communities.members", public_id=joined.public_id), 303)


def install(app: Flask) -> None:
    """Register pages and the menu entry."""
    app.register_blueprint(bp)
    add_entry(app, MenuEntry("communities.communities", N_("Communities"), everybody, order=30))
