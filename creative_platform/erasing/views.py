"""The page on which people erase themselves."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, flash, redirect
from flask_babel import gettext as _

from creative_platform.accounts import queries as accounts
from creative_platform.accounts import signing_in
from creative_platform.core.errors import DomainError
from creative_platform.core.text import N_
from creative_platform.erasing import service
from creative_platform.erasing.forms import EraseForm
from creative_platform.web.form_pages import form_page
from creative_platform.web.guards import signed_in, the_actor
from creative_platform.web.menu import MenuEntry, add_entry, signed_in_people

bp = Blueprint("erasing", __name__)


def _page(form: EraseForm, error: DomainError | None = None) -> Response:
    actor = the_actor()
    asked_for_birth_date = accounts.birth_date_of(actor) is not None
    account = accounts.account_of(actor)
    return form_page("erasing/erase.html", form, error, account=account, has_birth_date=asked_for_birth_date)


@bp.get("/account/erase")
@signed_in
def erase() -> Any:
    """Say what goes and what stays, and ask for the password."""
    return _page(EraseForm())


@bp.post("/account/erase")
@signed_in
def erase_post() -> Any:
    """Erase the person and sign them out."""
    form = EraseForm()
    if not form.validate():
        return _page(form)
    try:
        service.erase_oneself(the_actor(), form.password.data)
    except DomainError as error:
        return _page(form, error)
    answer: Any = signing_in.leave(redirect("/", 303))  # type: ignore[arg-type]  # Flask's redirect makes a Response
    flash(_("Your data are erased."), "success")
    return answer


def install(app: Flask) -> None:
    """Register the page and its place among those of the account."""
    app.register_blueprint(bp)
    add_entry(app, MenuEntry("erasing.erase", N_("Erase"), signed_in_people, section="account"))
