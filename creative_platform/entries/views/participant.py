"""Pages on which participants make, hand in and withdraw entries."""

from __future__ import annotations

from typing import Any

import segno
from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from creative_platform.communities import queries as communities
from creative_platform.contests import queries as contests
from creative_platform.contests.models import Contest, ContestState, StageKind, Track
from creative_platform.core import clock, links
from creative_platform.core.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound, StaleVersion, TooLate
from creative_platform.entries import policy, queries, revisions, service
from creative_platform.entries.forms import StartForm, entry_form, typed_changes
from creative_platform.entries.models import Entry, EntryState
from creative_platform.media import queries as media
from creative_platform.web.errors import sentence_of, status_of
from creative_platform.web.fields import BaseForm
from creative_platform.web.guards import signed_in, the_actor
from creative_platform.web.languages import current_locale

bp = Blueprint("entries", __name__)


def open_contest(slug: str) -> Contest:
    """Return a published contest. Raises NotFound."""
    contest = contests.contest_by_slug(slug)
    if contest is None or contest.state is not ContestState.PUBLISHED:
        raise NotFound()
    return contest


@bp.get("/contests/<slug>/enter")
@signed_in
def start(slug: str) -> str:
    """Ask what is needed to begin an entry."""
    contest = open_contest(slug)
    return _start_page(contest, _start_form(contest))


@bp.post("/contests/<slug>/enter")
@signed_in
def start_post(slug: str) -> Any:
    """Begin an entry."""
    contest = open_contest(slug)
    actor, form = the_actor(), _start_form(contest)
    if not form.validate():
        return _start_page(contest, form), 422
    try:
        entry = service.create_draft(
            actor,
            contest.id,
            arrived_at=clock.arrival(),
            track=form.track.data,
            title=form.title.data or "",
            team=form.team.data or "",
            community=form.community.data or "",
        )
    except Invalid as error:
        form.add_errors(error, _)
        return _start_page(contest, form), 422
    except (NotAllowed, Conflict) as error:
        return _start_page(contest, form, error), status_of(error)
    return redirect(url_for("entries.edit", public_id=entry.public_id), 303)


def _start_form(contest: Contest) -> StartForm:
    actor, form = the_actor(), StartForm()
    form.offer(contest, queries.teams_of(actor, contest), communities.communities_of(actor), current_locale())
    return form


def way_in(refused: DomainError | None) -> tuple[str, str] | None:
    """Return the words and the address of the page that mends why somebody may not enter; None when none does."""
    match refused and refused.code:
        case "no_birth_date":
            return _("Give my birth date"), url_for("accounts.birth_date", next=request.path)
        case "other_region":
            return _("My account"), url_for("accounts.profile")
        case "no_community":
            return _("Communities"), url_for("communities.communities")
    return None


def _start_page(contest: Contest, form: StartForm, refused: DomainError | None = None) -> str:
    actor = the_actor()
    if refused is None:
        try:
            service.refuse_start(actor, contest, arrived_at=clock.arrival())
        except (NotAllowed, Conflict) as error:
            refused = error
    return render_template(
        "entries/start.html",
        contest=contest,
        form=form,
        stage=contests.stage(contest, StageKind.ENTRIES),
        mine=queries.entries_of(actor, contest),
        refused=sentence_of(refused) if refused else "",
        way=way_in(refused),
        now=clock.now(),
    )


@bp.get("/my/entries/<public_id>")
@signed_in
def edit(public_id: str) -> str:
    """Show an entry to its team: the form, the files, what is missing, the receipts."""
    entry = queries.whole_entry_for_member(the_actor(), public_id)
    return _edit_page(entry, _entry_form(entry))


def _entry_form(entry: Entry) -> BaseForm:
    """Return the form with the reader's communities, and the one that another member of the team chose."""
    mine, chosen = communities.communities_of(the_actor()), entry.draft.community
    if chosen and chosen not in [community.public_id for community in mine]:
        mine.append(communities.community_by_public_id(chosen))
    return entry_form(entry, current_locale(), mine)


@bp.post("/my/entries/<public_id>")
@signed_in
def save(public_id: str) -> Any:
    """Save the form without JavaScript; with ``submit`` hand the entry in as well."""
    actor = the_actor()
    entry = queries.entry_for_member(actor, public_id)
    form, track = _entry_form(entry), entry.draft.track
    if not form.validate():
        return _edit_page(entry, form), 422
    try:
        _save_typed(public_id, form)
        if "submit" in request.form:
            service.submit_entry(actor, public_id, arrived_at=clock.arrival())
            return redirect(url_for("entries.receipt", public_id=public_id), 303)
    except TooLate:
        if not _stands_as_typed(queries.entry_for_member(actor, public_id), form):
            raise
        return redirect(url_for("entries.receipt", public_id=public_id), 303)
    except StaleVersion as error:
        form.version.data = str(error.data["version"])
        return _edit_page(queries.entry_for_member(actor, public_id), form, theirs=error.data["current"]), 409
    except Invalid as error:
        entry = queries.entry_for_member(actor, public_id)
        form.add_errors(_naming_files(error, entry), _)
        form.version.data = str(entry.version)  # the text is saved, also when handing in was refused
        return _edit_page(entry, form), 422
    _say_saved(queries.entry_for_member(actor, public_id), track)
    return redirect(url_for("entries.edit", public_id=public_id), 303)


def _say_saved(entry: Entry, track: Track) -> None:
    """Say that the form was saved, and when the track is another one, what became of the files."""
    if entry.draft.track.key == track.key:
        flash(_("Saved."), "success")
        return
    left, now = track.title.in_(current_locale()), entry.draft.track.title.in_(current_locale())
    said = _(
        "The track is “%(now)s” now. What you wrote stays. Files that only “%(left)s” asks for are kept, not handed in"
        ": choose it again, and they are there.",
        now=now,
        left=left,
    )
    flash(said, "success")


def _save_typed(public_id: str, form: Any) -> None:
    """Save what was typed. Who presses the button again, because no answer came, is in nobody's way."""
    sent, changes = str(form.version.data), typed_changes(form)
    version = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0
    try:
        service.save_draft(the_actor(), public_id, version, changes, arrived_at=clock.arrival())
    except StaleVersion:
        again = "submit" in request.form and _says(queries.entry_for_member(the_actor(), public_id), changes)
        if not again:
            raise


def _says(entry: Entry, changes: dict[str, Any]) -> bool:
    """Say whether an entry holds these changes already."""
    draft = entry.draft
    same_answers = all((draft.answers.get(key) or "") == (value or "") for key, value in changes["answers"].items())
    words = ("title", "summary", "language")
    same_words = all(getattr(draft, name) == changes[name] for name in words)
    return (
        same_answers
        and same_words
        and (draft.track.key, draft.community or "") == (changes["track"], changes["community"])
    )


def _stands_as_typed(entry: Entry, form: Any) -> bool:
    """Say whether an entry was handed in with just what was typed now: the button pressed again, too late."""
    assets = media.assets_of(service.OWNER_TYPE, entry.id)
    unchanged = revisions.stands_as_handed_in(entry, assets, queries.current_revision(entry))
    return "submit" in request.form and unchanged and _says(entry, typed_changes(form))


def _naming_files(error: Invalid, entry: Entry) -> Invalid:
    """Say of which file a sentence is: files stand in forms of their own, so it cannot stand beside them."""
    titles = {f"files.{asked.key}": asked.title.in_(current_locale()) for asked in entry.draft.track.requirements}
    return Invalid(
        {
            name: [f"{titles[name]}: {_(said)}" if name in titles else said for said in sentences]
            for name, sentences in error.fields.items()
        }
    )


@bp.patch("/my/entries/<public_id>")
@signed_in
def autosave(public_id: str) -> Response:
    """Save while typing; answers with the new version and what is still missing."""
    body = request.get_json()
    if not isinstance(body, dict) or not isinstance(body.get("version"), int):
        raise Invalid({"version": _("Send the version you read.")})
    changes = {key: value for key, value in body.items() if key != "version"}
    entry = service.save_draft(the_actor(), public_id, body["version"], changes, arrived_at=clock.arrival())
    side = render_template("entries/_hand_in.html", entry=entry, **_standing(entry))
    return jsonify(version=entry.version, saved_at=entry.saved_at.isoformat(), parts={"hand-in-side": side})


def _standing(entry: Entry) -> dict[str, Any]:
    """Return how far an entry is, and what the reader may do with it now."""
    actor, now = the_actor(), clock.now()
    assets = media.assets_of(service.OWNER_TYPE, entry.id)
    files, revision = service.by_field(assets), queries.current_revision(entry)
    can_edit = policy.can_edit_entry(actor, entry, now)
    if revision and entry.state is EntryState.COMMITTED and not can_edit:  # also what was taken out of its field since
        owed = [file for file in queries.files_of(revision) if file.awaits_delivery and file not in assets]
        files = service.by_field([*assets, *owed])
    return {
        "draft": entry.draft,
        "files": files,
        "missing": policy.missing_parts(entry, files),
        "takes_part": entry.state in EntryState.handed_in(),
        "changed": not revisions.stands_as_handed_in(entry, assets, revision),
        "receipts": queries.receipts_of(entry) if revision else [],
        "can_edit": can_edit,
        "can_deliver": policy.can_deliver(actor, entry, now),
        "deliver_until": policy.delivers_until(entry),
        "can_submit": policy.can_submit_entry(actor, entry, now),
        "can_withdraw": policy.can_withdraw_entry(actor, entry),
        "is_captain": policy.is_captain(actor, entry),
    }


def _edit_page(entry: Entry, form: Any, theirs: dict[str, Any] | None = None) -> str:
    return render_template(
        "entries/edit.html",
        entry=entry,
        form=form,
        theirs=theirs,
        screening=queries.screening_of(entry),
        asked=policy.asked_to_mend(entry),
        invites=queries.open_invites(entry.team),
        closes_at=policy.closes_at(entry),
        can_invite=policy.can_invite_member(the_actor(), entry, clock.now()),
        **_standing(entry),
    )


@bp.get("/my/entries/<public_id>/receipt")
@signed_in
def receipt(public_id: str) -> str:
    """Show the newest receipt: what was handed in, when, and how anybody can check it."""
    entry, newest = _newest_receipt(public_id)
    address = links.url(f"/verify?code={newest.code}")
    code = segno.make(address, error="m").svg_data_uri(scale=4, border=2)
    files = media.assets_by_id(file.asset_id for file in newest.revision.files)
    return render_template("entries/receipt.html", entry=entry, receipt=newest, address=address, qr=code, files=files)


@bp.get("/my/entries/<public_id>/receipt.json")
@signed_in
def receipt_file(public_id: str) -> Response:
    """Give the newest receipt as a file that can be checked offline."""
    _entry, newest = _newest_receipt(public_id)
    answer = jsonify(revisions.receipt_file(newest))
    answer.headers["Content-Disposition"] = f'attachment; filename="receipt-{newest.code}.json"'
    return answer


def _newest_receipt(public_id: str) -> tuple[Entry, Any]:
    entry = queries.entry_for_member(the_actor(), public_id)
    receipts = queries.receipts_of(entry)
    if not receipts:
        raise NotFound()
    return entry, receipts[0]


@bp.post("/my/entries/<public_id>/withdraw")
@signed_in
def withdraw(public_id: str) -> Any:
    """Take the entry out of the contest."""
    service.withdraw_entry(the_actor(), public_id, reason=request.form.get("reason", "")[:2000])
    flash(_("The entry was withdrawn. Until entries close you can bring it back."), "success")
    return redirect(url_for("entries.edit", public_id=public_id), 303)


@bp.post("/my/entries/<public_id>/revive")
@signed_in
def revive(public_id: str) -> Any:
    """Make a withdrawn entry a draft again."""
    service.revive_entry(the_actor(), public_id, arrived_at=clock.arrival())
    flash(_("The entry is a draft again. Hand it in when it is complete."), "success")
    return redirect(url_for("entries.edit", public_id=public_id), 303)
