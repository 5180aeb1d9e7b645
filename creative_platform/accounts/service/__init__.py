"""Verbs about people: the only writers of this room's tables."""

from creative_platform.accounts.service.administration import (
    create_account,
    deactivate,
    grant_admin,
    reactivate,
    run_job_again,
    withdraw_admin,
)
from creative_platform.accounts.service.api_tokens import SCOPES, create_api_token, note_token_use, revoke_api_token
from creative_platform.accounts.service.erasing import addresses_of, confirmed_address, erase_account, lock_to_erase
from creative_platform.accounts.service.passwords import change_password, request_reset, reset_password
from creative_platform.accounts.service.profile import confirm_email, request_email, save_birth_date, save_profile
from creative_platform.accounts.service.registration import Registration, confirm_registration, register
from creative_platform.accounts.service.sign_ins import (
    SEEN_EVERY,
    SignedIn,
    note_presence,
    revoke_sign_in,
    sign_in,
    sign_out,
)
from creative_platform.accounts.service.sweeping import sweep_old_rows
from creative_platform.accounts.service.throttling import throttle

__all__ = [
    "SEEN_EVERY",
    "SCOPES",
    "Registration",
    "SignedIn",
    "change_password",
    "confirm_email",
    "confirm_registration",
    "addresses_of",
    "confirmed_address",
    "create_account",
    "create_api_token",
    "deactivate",
    "erase_account",
    "grant_admin",
    "lock_to_erase",
    "note_presence",
    "note_token_use",
    "reactivate",
    "register",
    "request_email",
    "request_reset",
    "reset_password",
    "revoke_api_token",
    "revoke_sign_in",
    "run_job_again",
    "save_birth_date",
    "save_profile",
    "sign_in",
    "sign_out",
    "sweep_old_rows",
    "throttle",
    "withdraw_admin",
]
