"""Registration: the answer is the same whether or not the address is known; the mail tells the owner which."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from creative_platform.accounts import passwords
from creative_platform.accounts.models import Settlement, TokenPurpose, User
from creative_platform.accounts.queries import holder_of
from creative_platform.accounts.regions import REGIONS
from creative_platform.accounts.service import one_time
from creative_platform.accounts.service.sign_ins import SignedIn, open_for, send_verification
from creative_platform.accounts.service.throttling import is_within, throttle
from creative_platform.accounts.text import checked_email, checked_name, email_key
from creative_platform.core import audit, clock, ids, links
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Invalid
from creative_platform.core.text import LOCALES, N_, search_text, sort_key
from creative_platform.notices import service as notices


@dataclass(frozen=True)
class Registration:
    """What a person tells about themselves."""

    name: str
    email: str
    password: str
    locale: str = "kk"
    region: str = ""
    settlement: str = ""


def register(given: Registration, *, source: str) -> None:
    """Write an unconfirmed account and mail a link; an owner of the address is told by mail instead.

    An address that was registered but never confirmed belongs to nobody yet: the newest registration replaces the
    older, and confirming takes the password that was chosen, so that nobody can prepare an account for somebody else.
    Raises Invalid, Throttled.
    """
    clean = checked(given)
    throttle(f"register:source:{source}", limit=100, per_s=3600)
    password_hash = passwords.hash_password(given.password)
    if not is_within(f"mail:register:{email_key(clean.email)}", limit=5, per_s=3600):
        return
    with transaction() as s:
        user = s.scalar(locked(select(User).where(User.email == clean.email)))
        if user is not None and user.email_verified_at is not None:
            notices.enqueue("accounts.already_registered", to=user, url=links.url("/password/forgotten"))
            return
        if user is None:
            user = User(email=clean.email, created_at=clock.now())
            s.add(user)
        user.password_hash = password_hash
        write_profile(user, clean)
        s.flush()
        audit.record(audit.ACCOUNTS, None, "user.registered", f"user:{user.public_id}")
        send_verification(user)


def checked(given: Registration) -> Registration:
    """Return the values as they are stored. Raises Invalid naming every field at once."""
    wrong: dict[str, str | list[str]] = {}
    name, email = given.name, given.email
    try:
        name = checked_name(given.name)
    except Invalid as error:
        wrong.update(error.fields)
    try:
        email = checked_email(given.email)
    except Invalid as error:
        wrong.update(error.fields)
    try:
        passwords.check_new(given.password, email=email, name=name)
    except Invalid as error:
        wrong.update(error.fields)
    wrong.update(wrong_choices(given.locale, given.region, given.settlement))
    if wrong:
        raise Invalid(wrong)
    return Registration(name, email, given.password, given.locale, given.region, given.settlement)


def wrong_choices(locale: str, region: str, settlement: str) -> dict[str, str | list[str]]:
    """Return what is wrong with a language, region or kind of settlement; empty ones of the last two are fine."""
    wrong: dict[str, str | list[str]] = {}
    if locale not in LOCALES:
        wrong["locale"] = N_("Choose one of the three languages.")
    if region and region not in REGIONS:
        wrong["region"] = N_("Choose a region of the list.")
    if settlement and settlement not in list(Settlement):
        wrong["settlement"] = N_("Choose a kind of place of the list.")
    return wrong


def write_profile(user: User, clean: Registration) -> None:
    """Store checked values and what is derived from them."""
    user.name, user.locale, user.region = clean.name, clean.locale, clean.region
    user.settlement = Settlement(clean.settlement) if clean.settlement else None
    user.search_text = search_text(user.name, user.email)[:500]
    user.sort_key = sort_key(user.name)


def confirm_registration(secret: str, password: str, *, source: str, user_agent: str = "") -> SignedIn:
    """Confirm the address with the mailed link and the password chosen at registration, and sign in.

    Raises DeadLink, Invalid, Throttled.
    """
    throttle(f"confirm:source:{source}", limit=100, per_s=900)
    throttle(f"confirm:link:{ids.digest(secret)[:32]}", limit=10, per_s=900)
    chosen = hash_behind(secret)
    if not passwords.matches(chosen, password):
        raise Invalid({"password": N_("This is not the password you chose when you registered.")})
    with transaction() as s:
        token = one_time.use(secret, TokenPurpose.VERIFY_EMAIL)
        user = s.scalars(locked(select(User).where(User.id == token.user_id))).one()
        if not user.is_active or token.email != user.email or user.password_hash != chosen:
            raise one_time.DeadLink()
        user.email_verified_at = clock.now()
        audit.record(audit.ACCOUNTS, user.as_actor(), "user.email_verified", f"user:{user.public_id}")
        return open_for(user, user_agent)


def hash_behind(secret: str) -> str:
    """Return the password hash of the person whom a live registration link was sent to. Raises DeadLink."""
    holder = holder_of(secret, TokenPurpose.VERIFY_EMAIL)
    if holder is None:
        raise one_time.DeadLink()
    return holder.password_hash
