"""One's own account: profile, address, password, sign-ins, tokens."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user

from creative_platform.accounts import queries, service, signing_in
from creative_platform.accounts.forms import ApiTokenForm, BirthDateForm, ChangePasswordForm, EmailForm, ProfileForm
from creative_platform.accounts.text import browser_name
from creative_platform.accounts.views.blueprint import bp, even_time
from creative_platform.accounts.views.entrance import agent
from creative_platform.core.errors import DomainError
from creative_platform.web.fields import BaseForm
from creative_platform.web.form_pages import form_page
from creative_platform.web.guards import signed_in, the_actor
from creative_platform.web.languages import remember_locale
from creative_platform.web.redirects import local_path


def account_page(tab: str, form: BaseForm | None, error: DomainError | None = None, **values: Any) -> Response:
    """Return one of the account's pages."""
    actor = the_actor()
    values = {
        **values,
        "account": queries.account_of(actor),
        "has_birth_date": queries.birth_date_of(actor) is not None,
    }
    return form_page(f"accounts/{tab}.html", form or BaseForm(), error, tab=tab, **values)


@bp.get("/account")
@signed_in
def profile() -> Any:
    """Show the profile."""
    return account_page("profile", ProfileForm(obj=queries.account_of(the_actor())))


@bp.post("/account")
@signed_in
def profile_post() -> Any:
    """Save the profile; the language counts at once."""
    form = ProfileForm()
    if not form.validate():
        return account_page("profile", form)
    try:
        service.save_profile(the_actor(), **form.data)
    except DomainError as error:
        return account_page("profile", form, error)
    answer: Any = redirect(url_for("accounts.profile"), 303)
    remember_locale(answer, form.locale.data)
    flash(_("Saved."), "success")
    return answer


@bp.get("/account/birth-date")
@signed_in
def birth_date() -> Any:
    """Ask for the birth date, which only contests with an age limit need."""
    form = BirthDateForm(value=queries.birth_date_of(the_actor()))
    return account_page("birth_date", form, target=local_path(request.args.get("next"), ""))


@bp.post("/account/birth-date")
@signed_in
def birth_date_post() -> Any:
    """Store the birth date and go back to where it was needed."""
    form, target = BirthDateForm(), local_path(request.args.get("next"), "")
    if not form.validate():
        return account_page("birth_date", form, target=target)
    try:
        service.save_birth_date(the_actor(), form.value.data)
    except DomainError as error:
        return account_page("birth_date", form, error, target=target)
    flash(_("Saved."), "success")
    return redirect(target or url_for("accounts.birth_date"), 303)


@bp.get("/account/email")
@signed_in
def email() -> Any:
    """Ask for a new address."""
    return account_page("email", EmailForm())


@bp.post("/account/email")
@signed_in
def email_post() -> Any:
    """Mail a link to the new address."""
    form = EmailForm()
    if not form.validate():
        return account_page("email", form)
    try:
        with even_time():
            service.request_email(the_actor(), form.email.data, form.password.data)
    except DomainError as error:
        return account_page("email", form, error)
    flash(_("A letter is on its way to %(email)s.", email=form.email.data), "success")
    return redirect(url_for("accounts.email"), 303)


@bp.get("/account/email/<secret>")
@signed_in
def email_link(secret: str) -> Any:
    """Take the secret out of the address at once, so that neither history nor Referer keep it."""
    g.hide_referrer = True
    session["new_email"] = secret[:200]
    return redirect(url_for("accounts.confirm_email"), 303)


@bp.get("/account/email/confirm")
@signed_in
def confirm_email() -> Any:
    """Ask whether the new address is to be used."""
    new = queries.address_to_confirm(the_actor(), session.get("new_email", ""))
    if new is None:
        return form_page("accounts/dead_link.html", BaseForm(), again=url_for("accounts.email")), 410
    return form_page("accounts/confirm_email.html", BaseForm(), email=new)


@bp.post("/account/email/confirm")
@signed_in
def confirm_email_post() -> Any:
    """Use the new address."""
    try:
        service.confirm_email(the_actor(), session.pop("new_email", ""))
    except DomainError as error:
        return account_page("email", EmailForm(formdata=None), error)
    flash(_("Your address is changed."), "success")
    return redirect(url_for("accounts.email"), 303)


@bp.get("/account/password")
@signed_in
def password() -> Any:
    """Ask for the present and a new password."""
    return account_page("password", ChangePasswordForm())


@bp.post("/account/password")
@signed_in
def password_post() -> Any:
    """Change the password; this browser gets a new sign-in, every other one ends."""
    form = ChangePasswordForm()
    if not form.validate():
        return account_page("password", form)
    address = queries.account_of(the_actor()).email
    try:
        renewed = service.change_password(
            the_actor(), form.current_password.data, form.password.data, user_agent=agent()
        )
    except DomainError as error:
        return account_page("password", form, error)
    answer = signing_in.enter(renewed, address, url_for("accounts.password"))
    flash(_("Your password is changed. Every other device is signed out."), "success")
    return answer


@bp.get("/account/sign-ins")
@signed_in
def sign_ins() -> Any:
    """List the browsers in which one is signed in."""
    rows = queries.sign_ins_of(the_actor())
    return account_page("sign_ins", None, rows=rows, present=current_user.sign_in_id, browser_name=browser_name)


@bp.post("/account/sign-ins/<public_id>/revoke")
@signed_in
def revoke_sign_in(public_id: str) -> Any:
    """Sign a browser out."""
    service.revoke_sign_in(the_actor(), public_id)
    flash(_("That browser is signed out."), "success")
    return redirect(url_for("accounts.sign_ins"), 303)


@bp.get("/account/tokens")
@signed_in
def tokens() -> Any:
    """List the tokens; a new one's secret is shown this once."""
    rows, secret = queries.api_tokens_of(the_actor()), session.pop("new_token", "")
    return account_page("tokens", ApiTokenForm(), rows=rows, secret=secret)


@bp.post("/account/tokens")
@signed_in
def tokens_post() -> Any:
    """Make a token."""
    form = ApiTokenForm()
    try:
        if form.validate():
            session["new_token"] = service.create_api_token(the_actor(), form.name.data, form.scopes.data)
            return redirect(url_for("accounts.tokens"), 303)
    except DomainError as error:
        return account_page("tokens", form, error, rows=queries.api_tokens_of(the_actor()), secret=None)
    return account_page("tokens", form, rows=queries.api_tokens_of(the_actor()), secret=None)


@bp.post("/account/tokens/<public_id>/revoke")
@signed_in
def revoke_token(public_id: str) -> Any:
    """End a token."""
    service.revoke_api_token(the_actor(), public_id)
    flash(_("The token no longer works."), "success")
    return redirect(url_for("accounts.tokens"), 303)
