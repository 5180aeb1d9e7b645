"""Forgotten passwords."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, session, url_for
from flask_babel import gettext as _

from creative_platform.accounts import queries, service, signing_in
from creative_platform.accounts.forms import ForgottenForm, NewPasswordForm
from creative_platform.accounts.models import TokenPurpose
from creative_platform.accounts.views.blueprint import bp, even_time
from creative_platform.accounts.views.entrance import HOME, agent, source
from creative_platform.core.errors import DomainError
from creative_platform.web.form_pages import form_page
from creative_platform.web.guards import public


@bp.get("/password/forgotten")
@public
def forgotten() -> Any:
    """Ask for the address."""
    return form_page("accounts/forgotten.html", ForgottenForm())


@bp.post("/password/forgotten")
@public
def forgotten_post() -> Any:
    """Mail a link if there is such an account; the answer does not tell."""
    form = ForgottenForm()
    if not form.validate():
        return form_page("accounts/forgotten.html", form)
    try:
        with even_time():
            service.request_reset(form.email.data, source=source())
    except DomainError as error:
        return form_page("accounts/forgotten.html", form, error)
    session["wrote_to"] = form.email.data
    return redirect(url_for("accounts.forgotten_sent"), 303)


@bp.get("/password/forgotten/sent")
@public
def forgotten_sent() -> Any:
    """Say that a letter is on its way."""
    return render_template("accounts/letter_sent.html", email=session.get("wrote_to", ""), purpose="reset")


@bp.get("/password/reset/<secret>")
@public
def reset_link(secret: str) -> Any:
    """Take the secret out of the address at once, so that neither history nor Referer keep it."""
    g.hide_referrer = True
    session["reset"] = secret[:200]
    return redirect(url_for("accounts.reset"), 303)


@bp.get("/password/reset")
@public
def reset() -> Any:
    """Ask for a new password."""
    if queries.holder_of(session.get("reset", ""), TokenPurpose.RESET_PASSWORD) is None:
        return render_template("accounts/dead_link.html", again=url_for("accounts.forgotten")), 410
    return form_page("accounts/reset.html", NewPasswordForm())


@bp.post("/password/reset")
@public
def reset_post() -> Any:
    """Set the new password and sign in."""
    form, secret = NewPasswordForm(), session.get("reset", "")
    holder = queries.holder_of(secret, TokenPurpose.RESET_PASSWORD)
    if holder is None or not form.validate():
        return form_page("accounts/reset.html", form) if holder else reset()
    email = holder.email
    try:
        signed_in = service.reset_password(secret, form.password.data, user_agent=agent())
    except DomainError as error:
        return form_page("accounts/reset.html", form, error)
    answer = signing_in.enter(signed_in, email, HOME)
    flash(_("Your password is changed. Every other device is signed out."), "success")
    return answer
