"""Pages of files: sending them without JavaScript, committing them, removing them."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from creative_platform.confinement import isolation
from creative_platform.core.errors import Invalid
from creative_platform.core.text import N_
from creative_platform.media import owners, scanner
from creative_platform.uploads import jobs, queries, service
from creative_platform.uploads.forms import CommitForm, PlainUploadForm
from creative_platform.web.errors import do_and_say, do_and_say_all
from creative_platform.web.guards import admin_only, signed_in, the_actor
from creative_platform.web.menu import MenuEntry, add_entry, admins
from creative_platform.web.redirects import local_path

bp = Blueprint("uploads", __name__)
JOBS = jobs  # loaded with the pages, so that a verb can enqueue them


@bp.post("/media/<public_id>/remove")
@signed_in
def remove(public_id: str) -> Any:
    """Take a file out of its field."""
    service.remove_asset(the_actor(), public_id)
    flash(_("The file was removed."), "success")
    return redirect(local_path(request.form.get("next"), "/my"), 303)


@bp.post("/media/form/<owner_type>/<owner_id>/<field>")
@signed_in
def plain_upload(owner_type: str, owner_id: str, field: str) -> Any:
    """Take one file through the application, for browsers without JavaScript."""
    form = PlainUploadForm()
    back = current_app.config["BASE_URL"] + local_path(request.args.get("next"), "/my")
    if not form.validate():
        flash(_("Choose a file."), "error")
        return redirect(back, 303)
    sent: FileStorage = form.file.data
    size_bytes = sent.stream.seek(0, 2)
    planned = service.Planned(owner_type, owner_id, field, sent.filename or "file", size_bytes, sent.mimetype)
    said = _("The file was received and is being checked.")
    do_and_say_all(lambda: service.receive_plain(the_actor(), planned, cast(BinaryIO, sent.stream)), said)
    return redirect(back, 303)


@bp.post("/media/commit/<owner_type>/<owner_id>/<field>")
@signed_in
def commit(owner_type: str, owner_id: str, field: str) -> Any:
    """Promise a file by the line that a program for checksums printed of it; a wrong one stays to be mended."""
    form, back = CommitForm(), local_path(request.args.get("next"), "/my")
    promised = service.promise_in(form.line.data) if form.validate() else None
    try:
        if promised is None:
            raise Invalid({"line": N_("Paste the size of the file in bytes and its SHA-256, 64 hexadecimal digits.")})
        planned = service.Planned(
            owner_type, owner_id, field, promised.filename, promised.size_bytes, sha256=promised.sha256
        )
        said = _("The file is committed. Hand the entry in before it closes; the file itself may follow.")
        do_and_say(lambda: service.commit_file(the_actor(), planned), said)
    except Invalid as error:
        form.line.errors = [_(say, **error.data) for sentences in error.fields.values() for say in sentences]
        return render_template("uploads/commit.html", form=form, back=back), 422
    return redirect(back, 303)


@bp.get("/admin/files")
@admin_only
def files() -> Any:
    """Tell the admin what protects the server from files, and whether it does now."""
    return render_template(
        "uploads/files.html",
        isolated=isolation.works(),
        isolation_required=isolation.is_required(),
        scanner_on=scanner.is_on(),
        scanner_answers=scanner.is_on() and scanner.answers(),
        unchecked=queries.count_unchecked(),
    )


def install(app: Flask) -> None:
    """Set up the pages."""
    app.register_blueprint(bp)
    add_entry(app, MenuEntry("uploads.files", N_("Files"), admins, order=25, section="administration"))
    app.jinja_env.globals["longest_s"] = owners.LONGEST_S
