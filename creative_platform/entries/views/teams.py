"""Pages on which people join and leave teams."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from creative_platform.core import links
from creative_platform.core.errors import Conflict, DomainError, NotAllowed
from creative_platform.entries import queries, service
from creative_platform.entries.views.participant import way_in
from creative_platform.web.errors import sentence_of, status_of
from creative_platform.web.guards import signed_in, the_actor

bp = Blueprint("teams", __name__)


@bp.post("/my/entries/<public_id>/invites")
@signed_in
def invite(public_id: str) -> Any:
    """Make a link for one more person and show it once."""
    secret = service.invite_member(the_actor(), public_id)
    entry = queries.entry_for_member(the_actor(), public_id)
    return render_template("entries/invite_made.html", entry=entry, address=links.url(f"/join/{secret}"))


@bp.post("/my/entries/<public_id>/invites/<invite_id>/revoke")
@signed_in
def revoke_invite(public_id: str, invite_id: str) -> Any:
    """Take an open link back."""
    service.revoke_invite(the_actor(), public_id, invite_id)
    flash(_("The link no longer works."), "success")
    return redirect(url_for("entries.edit", public_id=public_id) + "#team", 303)


@bp.post("/my/entries/<public_id>/members/<user_id>/remove")
@signed_in
def remove_member(public_id: str, user_id: str) -> Any:
    """Take somebody out of the team, or leave it."""
    actor = the_actor()
    service.remove_member(actor, public_id, user_id)
    if user_id == actor.public_id:
        flash(_("You left the team."), "success")
        return redirect("/my", 303)
    flash(_("The person is no longer in the team."), "success")
    return redirect(url_for("entries.edit", public_id=public_id) + "#team", 303)


@bp.post("/my/entries/<public_id>/part")
@signed_in
def name_part(public_id: str) -> Any:
    """Say what one did in the work."""
    service.name_part(the_actor(), public_id, request.form.get("part", ""))
    flash(_("Saved."), "success")
    return redirect(url_for("entries.edit", public_id=public_id) + "#team", 303)


@bp.get("/join/<secret>")
@signed_in
def join(secret: str) -> str:
    """Show whose team a link is for, before joining."""
    return _join_page(secret)


def _join_page(secret: str, refused: DomainError | None = None) -> str:
    team = service.usable_invite(secret).team
    if refused is None:
        try:
            service.refuse_ineligible(the_actor(), team.contest)
        except NotAllowed as error:
            refused = error
    told = {"refused": sentence_of(refused) if refused else "", "way": way_in(refused)}
    return render_template("entries/join.html", team=team, secret=secret, **told)


@bp.post("/join/<secret>")
@signed_in
def join_post(secret: str) -> Any:
    """Join the team of a link."""
    actor = the_actor()
    try:
        team = service.accept_invite(actor, secret, part=request.form.get("part", ""))
    except (NotAllowed, Conflict) as error:
        return _join_page(secret, error), status_of(error)
    flash(_("You are in the team %(name)s.", name=team.name), "success")
    mine = [entry for entry in queries.entries_of(actor, team.contest) if entry.team_id == team.id]
    return redirect(url_for("entries.edit", public_id=mine[0].public_id) if mine else "/my", 303)
