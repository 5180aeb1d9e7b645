"""The doors: register, confirm, sign in, sign out."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from creative_platform.accounts import queries, service, signing_in
from creative_platform.accounts.callers import call_of
from creative_platform.accounts.forms import LoginForm, PasswordForm, RegistrationForm
from creative_platform.accounts.models import TokenPurpose
from creative_platform.accounts.views.blueprint import bp, even_time
from creative_platform.core.errors import DomainError
from creative_platform.web.form_pages import form_page
from creative_platform.web.guards import current_actor, public
from creative_platform.web.languages import current_locale
from creative_platform.web.redirects import local_path

HOME = "/my"
CAME_FOR = "came_for"  # the page somebody wanted when they were asked to register first


def source() -> str:
    """Return the network address that attempts are counted under; one IPv6 household is one source."""
    address = request.remote_addr or ""
    return ":".join(address.split(":")[:4]) if ":" in address else address


def agent() -> str:
    """Return what the browser says it is."""
    return (request.user_agent.string or "")[:200]


def _target() -> str:
    return local_path(request.args.get("next"), HOME)


@bp.get("/login")
@public
def login() -> Any:
    """Ask for address and password; who is signed in already goes on."""
    target = _target()
    if current_actor() is not None:
        return redirect(target, 303)
    call = call_of(target)
    return form_page("accounts/login.html", LoginForm(email=call and call.email), target=target, call=call)


@bp.post("/login")
@public
def login_post() -> Any:
    """Sign in."""
    form, target = LoginForm(), _target()
    if not form.validate():
        return form_page("accounts/login.html", form, target=target, call=call_of(target))
    email = form.email.data
    try:
        signed_in = service.sign_in(
            email, form.password.data, source=source(), device=signing_in.known_device(email), user_agent=agent()
        )
    except DomainError as error:
        return form_page("accounts/login.html", form, error, target=target, call=call_of(target))
    return signing_in.enter(signed_in, email, target)


@bp.post("/logout")
@public
def logout() -> Any:
    """Sign out."""
    answer: Any = signing_in.leave(redirect("/", 303))  # type: ignore[arg-type]  # Flask's redirect makes a Response
    flash(_("You are signed out."), "success")
    return answer


@bp.get("/register")
@public
def register() -> Any:
    """Ask who it is."""
    target = _target()
    call = call_of(target)
    form = RegistrationForm(locale=current_locale(), email=call and call.email)
    return form_page("accounts/register.html", form, target=target, call=call)


@bp.post("/register")
@public
def register_post() -> Any:
    """Register; the answer does not tell whether the address was known."""
    form, target = RegistrationForm(), _target()
    if not form.validate():
        return form_page("accounts/register.html", form, target=target, call=call_of(target))
    given = service.Registration(**form.data)
    try:
        with even_time():
            service.register(given, source=source())
    except DomainError as error:
        return form_page("accounts/register.html", form, error, target=target, call=call_of(target))
    session["wrote_to"], session[CAME_FOR] = given.email, target
    return redirect(url_for("accounts.register_sent"), 303)


@bp.get("/register/sent")
@public
def register_sent() -> Any:
    """Say that a letter is on its way."""
    return render_template("accounts/letter_sent.html", email=session.get("wrote_to", ""), purpose="register")


@bp.get("/register/confirm/<secret>")
@public
def confirm_link(secret: str) -> Any:
    """Take the secret out of the address at once, so that neither history nor Referer keep it."""
    g.hide_referrer = True
    session["confirm"] = secret[:200]
    return redirect(url_for("accounts.confirm"), 303)


@bp.get("/register/confirm")
@public
def confirm() -> Any:
    """Ask for the password that was chosen."""
    if queries.holder_of(session.get("confirm", ""), TokenPurpose.VERIFY_EMAIL) is None:
        return render_template("accounts/dead_link.html", again=url_for("accounts.register")), 410
    return form_page("accounts/confirm.html", PasswordForm())


@bp.post("/register/confirm")
@public
def confirm_post() -> Any:
    """Confirm the address and sign in."""
    form, secret = PasswordForm(), session.get("confirm", "")
    holder = queries.holder_of(secret, TokenPurpose.VERIFY_EMAIL)
    if holder is None or not form.validate():
        return form_page("accounts/confirm.html", form) if holder else confirm()
    email = holder.email
    try:
        signed_in = service.confirm_registration(secret, form.password.data, source=source(), user_agent=agent())
    except DomainError as error:
        return form_page("accounts/confirm.html", form, error)
    answer = signing_in.enter(signed_in, email, local_path(session.get(CAME_FOR), HOME))
    flash(_("Your address is confirmed. Welcome."), "success")
    return answer
