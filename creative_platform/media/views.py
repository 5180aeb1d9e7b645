"""Addresses of files: looking at them, and their captions."""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain
from typing import Any

from flask import Blueprint, Flask, current_app, flash, jsonify, redirect, request
from flask_babel import gettext as _

from creative_platform.confinement import isolation
from creative_platform.core.errors import NotFound
from creative_platform.inspection.reasons import REASONS
from creative_platform.media import jobs, owners, queries, scanner, service, storage, urls
from creative_platform.media.copies import VIEWABLE
from creative_platform.media.forms import CaptionsForm
from creative_platform.media.models import CLEAN, MediaAsset
from creative_platform.media.storage import Storage
from creative_platform.renditions.captions import masked_captions
from creative_platform.web import health
from creative_platform.web.errors import do_and_say_all, wants_json
from creative_platform.web.guards import current_actor, public, signed_in, the_actor
from creative_platform.web.redirects import local_path

bp = Blueprint("media", __name__)
JOBS = jobs  # loaded with the pages, so that a verb can enqueue them


@bp.get("/media/<public_id>")
@public
def view(public_id: str) -> Any:
    """Send whoever may see a file to a fresh address of a copy, the clean one unless named; players ask as JSON."""
    asset, copy = _asset(public_id), request.args.get("copy", CLEAN)
    owners.enforce(current_actor(), "see", asset.owner_type, asset.owner_id)
    url = urls.copy_url(asset, copy, "file") if copy in VIEWABLE else ""
    if not url:
        raise NotFound()
    return jsonify(url=url) if wants_json() else redirect(url, 303)


@bp.get("/media/<public_id>/original")
@signed_in
def original(public_id: str) -> Any:
    """Send the team and the staff to a fresh address of the original, as a download."""
    asset = _asset(public_id)
    owners.enforce(the_actor(), "read", asset.owner_type, asset.owner_id)
    url = urls.original_url(asset)
    if not url:
        raise NotFound()
    return redirect(url, 303)


@bp.get("/media/<public_id>/state")
@signed_in
def state(public_id: str) -> Any:
    """Say how far the check of a file is, for the page that waits for it."""
    asset = _asset(public_id)
    owners.enforce(the_actor(), "read", asset.owner_type, asset.owner_id)
    return jsonify(state=asset.state.value, reason=reason_of(asset))


@bp.get("/media/<public_id>/captions/<any(kk, ru, en):language>.vtt")
@public
def captions(public_id: str, language: str) -> Any:
    """Give a film's captions to whoever may see it, without the names that they must not read."""
    asset, actor = _asset(public_id), current_actor()
    owners.enforce(actor, "see", asset.owner_type, asset.owner_id)
    text = queries.captions_text(asset, language)
    if text is None:
        raise NotFound()
    words = owners.struck_out(actor, asset.owner_type, asset.owner_id)
    return current_app.response_class(masked_captions(text, words), mimetype="text/vtt")


@bp.post("/media/<public_id>/captions")
@signed_in
def set_captions(public_id: str) -> Any:
    """Take captions of a film."""
    form, back = CaptionsForm(), redirect(local_path(request.form.get("next"), "/my"), 303)
    if not form.validate():
        flash(" ".join(str(said) for said in chain.from_iterable(form.errors.values())), "error")
        return back
    body, said = form.captions.data.stream.read(), _("The captions were added to the film.")
    do_and_say_all(lambda: service.set_captions(the_actor(), public_id, form.language.data, body), said)
    return back


@bp.post("/media/<public_id>/captions/<any(kk, ru, en):language>/remove")
@signed_in
def remove_captions(public_id: str, language: str) -> Any:
    """Take a film's captions in a language away."""
    service.remove_captions(the_actor(), public_id, language)
    flash(_("The captions were removed."), "success")
    return redirect(local_path(request.form.get("next"), "/my"), 303)


def _asset(public_id: str) -> MediaAsset:
    found = queries.asset_by_public_id(public_id)
    if found is None:
        raise NotFound()
    return found


def reason_of(asset: MediaAsset) -> str:
    """Return why a file was not accepted, in the reader's language; empty when it was."""
    if not asset.reason:
        return ""
    return _(REASONS.get(asset.reason, REASONS["media.unreadable"]), **asset.details.get("data", {}))


def shown_file(
    asset: MediaAsset,
    name: str = "",
    original: bool = False,
    light_first: bool = False,
    struck_out: Collection[str] = (),
) -> urls.Shown:
    """Return how a page shows a file."""
    return urls.shown(
        asset,
        name=name or _("file"),
        original=original,
        light_first=light_first,
        href=f"/media/{asset.public_id}",
        struck_out=struck_out,
    )


def install(app: Flask) -> None:
    """Set up the store, the pages and what templates need to show files."""
    names = ("ENDPOINT_URL", "PUBLIC_URL", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "BUCKET", "REGION")
    storage.configure(Storage(*(app.config[f"S3_{name}"] for name in names)))
    isolation.require(app.config["REQUIRE_MEDIA_ISOLATION"])
    scanner.configure(app.config["CLAMD_URL"])
    app.register_blueprint(bp)
    app.add_template_global(lambda assets, large=False: urls.poster(assets, large=large), "poster_of")
    app.add_template_global(shown_file)
    app.add_template_global(reason_of)
    app.extensions["before_serving"].append(_get_ready)
    health.add_check("store", lambda: storage.storage().ready())


def _get_ready() -> None:
    store = storage.storage()
    store.answer_in_time()
    _ = store.client  # made before the first visitor
