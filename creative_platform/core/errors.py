"""Reasons a verb can refuse, one class each; web.errors turns them into answers.

A message is an English sentence marked with ``N_`` where it is written and translated at the edge;
``data`` fills its named placeholders.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from creative_platform.core.text import N_


class DomainError(Exception):
    """A verb refused for a reason that a person can be told.

    ``code`` is stable and public (RFC 9457 problem documents carry it); ``message`` is the sentence.
    """

    code = "refused"
    message = N_("This is not possible.")

    def __init__(self, message: str | None = None, *, code: str | None = None, **data: Any) -> None:
        self.message = message or type(self).message
        self.code = code or type(self).code
        self.data = data
        super().__init__(self.code)


class NotFound(DomainError):
    """There is no such thing, or it is not the actor's to know of."""

    code = "not_found"
    message = N_("There is nothing at this address, or it is not yours to see.")


class NotAllowed(DomainError):
    """The thing is known to the actor; the act is not theirs."""

    code = "not_allowed"
    message = N_("You may not do this.")


class SignInRequired(DomainError):
    """Nobody is signed in and the act needs somebody."""

    code = "sign_in_required"
    message = N_("Sign in to continue.")


class Invalid(DomainError):
    """Some values cannot be accepted; ``fields`` maps a field's name to its sentences."""

    code = "invalid"
    message = N_("Some answers need another look. Nothing you typed was lost.")

    def __init__(self, fields: Mapping[str, str | list[str]] | None = None, message: str | None = None, **data: Any):
        super().__init__(message, **data)
        self.fields = {name: [said] if isinstance(said, str) else list(said) for name, said in (fields or {}).items()}


class Malformed(DomainError):
    """What was sent cannot be read at all: no JSON, a forged form, a key that is none."""

    code = "malformed"
    message = N_("The request could not be understood. Go back, check what you sent and try again.")


class UnsupportedContent(DomainError):
    """What was sent is of a kind that this address does not take."""

    code = "unsupported_content"
    message = N_("This kind of content is not accepted here.")


class Conflict(DomainError):
    """The state has moved on: a stale version, a second use of a single-use thing."""

    code = "conflict"
    message = N_("This was changed in the meantime. Look at the current state and try again.")


class StaleVersion(Conflict):
    """The version the actor read is not the current one; ``data['current']`` is the current state."""

    code = "stale_version"
    message = N_("Somebody saved a newer version in the meantime. Yours was kept here; compare and save again.")


class WrongState(Conflict):
    """The thing is in a state from which this step does not lead; ``data['state']`` names it."""

    code = "wrong_state"
    message = N_("This step is not possible in the present state.")


class TooLate(Conflict):
    """It arrived at or after the close; ``data`` has ``closed_at`` and ``arrived_at``."""

    code = "too_late"
    message = N_("The deadline has passed.")


class TooEarly(Conflict):
    """It arrived before the opening; ``data['opens_at']`` says when that is."""

    code = "too_early"
    message = N_("This has not opened yet.")


class LimitReached(Conflict):
    """A count or quota is used up; ``data['limit']`` says how many there may be."""

    code = "limit_reached"
    message = N_("The limit is reached.")


class Throttled(DomainError):
    """Too many tries; ``data['retry_after_s']`` says how many seconds to wait."""

    code = "throttled"
    message = N_("Too many attempts. Wait a little and try again.")


class Unavailable(DomainError):
    """A part we depend on does not answer now; nothing was changed."""

    code = "unavailable"
    message = N_("A part of the system does not answer right now. Nothing was lost; try again in a minute.")
