"""What people change about themselves."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from creative_platform.accounts import passwords
from creative_platform.accounts.models import BirthDate, TokenPurpose, User
from creative_platform.accounts.queries import account_of, hold, user_by_email
from creative_platform.accounts.service import one_time
from creative_platform.accounts.service.registration import Registration, write_profile, wrong_choices
from creative_platform.accounts.service.throttling import is_within, throttle
from creative_platform.accounts.text import checked_email, checked_name, email_key
from creative_platform.core import audit, clock, ids, links
from creative_platform.core.actor import Actor
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Invalid
from creative_platform.core.text import N_, search_text
from creative_platform.notices import service as notices

OLDEST_YEARS = 120
EMAIL_CHANGED = "accounts.email_changed"


def save_profile(actor: Actor, *, name: str, locale: str, region: str, settlement: str) -> None:
    """Store name, language, region and kind of place. Raises Invalid."""
    wrong = wrong_choices(locale, region, settlement)
    try:
        name = checked_name(name)
    except Invalid as error:
        wrong.update(error.fields)
    if wrong:
        raise Invalid(wrong)
    with transaction():
        user = hold(actor.id)
        write_profile(user, Registration(name, user.email, "", locale, region, settlement))


def save_birth_date(actor: Actor, value: date) -> None:
    """Store the actor's birth date, apart from the rest; only contests with an age limit make use of it.

    Every change is a link of the log, as a salted digest. Raises Invalid.
    """
    today = clock.now().date()
    if not OLDEST_YEARS >= today.year - value.year >= 0 or value > today:
        raise Invalid({"value": N_("This cannot be a birth date.")})
    with transaction() as s:
        user = hold(actor.id)
        row = s.get(BirthDate, user.id)
        if row is None:
            row = BirthDate(user_id=user.id)
            s.add(row)
        row.value, row.stored_at = value, clock.now()
        digest = ids.salted_digest(value.isoformat(), user.digest_salt)
        audit.record(audit.ACCOUNTS, actor, "birth_date.stored", f"user:{user.public_id}", digest=digest)


def request_email(actor: Actor, email: str, password: str) -> None:
    """Mail a link to a new address of the actor; the address changes when it is used.

    An address of somebody else gets a letter that says so; the actor is told the same in both cases. Raises Invalid,
    Throttled.
    """
    throttle(f"email:{actor.id}", limit=10, per_s=3600)
    new = checked_email(email)
    if not passwords.matches(account_of(actor).password_hash, password):
        raise Invalid({"password": N_("This is not your present password.")})
    if not is_within(f"mail:register:{email_key(new)}", limit=5, per_s=3600):
        return
    with transaction():
        user = hold(actor.id)
        if new == user.email:
            raise Invalid({"email": N_("This is your present address.")})
        owner = user_by_email(new)
        if owner is not None and owner.email_verified_at is not None:
            notices.enqueue("accounts.already_registered", to=owner, url=links.url("/password/forgotten"))
            return
        secret = one_time.make(user, TokenPurpose.VERIFY_EMAIL, new)
        notices.enqueue("accounts.confirm_new_email", to=user, email=new, url=links.url(f"/account/email/{secret}"))


def confirm_email(actor: Actor, secret: str) -> None:
    """Make the address of a mailed link the actor's; the old address is told. Raises DeadLink, Invalid."""
    with transaction() as s:
        user = hold(actor.id)
        token = one_time.use(secret, TokenPurpose.VERIFY_EMAIL)
        if token.user_id != user.id or token.email == user.email:
            raise one_time.DeadLink()
        owner = s.scalar(locked(select(User).where(User.email == token.email)))
        if owner is not None:
            if owner.email_verified_at is not None:
                raise Invalid({"email": N_("This address belongs to another account.")})
            _release(owner)
        one_time.kill(user.id, *TokenPurpose)
        notices.enqueue(EMAIL_CHANGED, to=user, email=user.email, url=links.url("/login"))
        user.email = token.email
        user.search_text = search_text(user.name, user.email)[:500]
        digest = ids.salted_digest(user.email, user.digest_salt)
        audit.record(audit.ACCOUNTS, actor, "user.email_changed", f"user:{user.public_id}", email_digest=digest)


def _release(unconfirmed: User) -> None:
    """Take an address from a registration that was never confirmed; its row stays, closed."""
    with transaction() as s:
        one_time.kill(unconfirmed.id, *TokenPurpose)
        unconfirmed.email, unconfirmed.is_active = f"{unconfirmed.public_id}@released.invalid", False
        s.flush()
