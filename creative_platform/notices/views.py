"""The outbox as the admin sees it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from creative_platform.core.text import N_
from creative_platform.notices import jobs, queries, rendering, service
from creative_platform.notices.mailbox import Mailbox, configure, mailbox
from creative_platform.notices.models import MailState
from creative_platform.web import health
from creative_platform.web.guards import admin_only, the_actor
from creative_platform.web.languages import current_locale
from creative_platform.web.menu import MenuEntry, add_entry, admins
from creative_platform.web.paging import PER_PAGE, Page, asked_page

bp = Blueprint("notices", __name__)


@bp.get("/admin/mail")
@admin_only
def mails() -> Any:
    """List the outbox, newest first; subjects, which tell of entries, only in development."""
    number = asked_page()
    rows, total = queries.mails(number, PER_PAGE)
    shown, locale = rows if mailbox().is_folder else [], current_locale()
    subjects = {row.id: rendering.render(row.kind, locale, row.data).subject for row in shown}
    return render_template("notices/mails.html", page=Page(rows, number, PER_PAGE, total), subjects=subjects)


@bp.get("/admin/mail/<public_id>")
@admin_only
def mail(public_id: str) -> Any:
    """Show one mail; its text only in development, because it may hold links that sign somebody in."""
    row = queries.mail_by_public_id(public_id)
    letter = rendering.render(row.kind, row.locale, row.data) if mailbox().is_folder else None
    return render_template("notices/mail.html", mail=row, letter=letter)


@bp.post("/admin/mail/<public_id>/send-again")
@admin_only
def send_again(public_id: str) -> Any:
    """Plan a failed mail anew."""
    service.send_again(the_actor(), public_id)
    flash(_("The mail will be sent again."), "success")
    return redirect(url_for("notices.mail", public_id=public_id), 303)


def install(app: Flask) -> None:
    """Register pages, the sending job and how mails leave."""
    root = Path(app.root_path)
    configure(
        Mailbox(
            url=app.config["MAIL_URL"],
            sender=app.config["MAIL_FROM"],
            templates=root.parent / "templates",
            translations=root / "translations",
            default_locale=app.config["DEFAULT_LOCALE"],
            zone=app.config["TIMEZONE"],
        )
    )
    rendering.forget_environments()
    for state in (MailState.PLANNED, MailState.FAILED):
        health.add_gauge(f"mails_{state}", f"Mails that are {state}.", partial(queries.count_in, state))
    app.register_blueprint(bp)
    app.extensions["notices.jobs"] = jobs
    add_entry(app, MenuEntry("notices.mails", N_("Mail"), admins, order=20, section="administration"))
