"""How names and e-mail addresses are written down."""

from __future__ import annotations

import hashlib
import unicodedata

from email_validator import EmailNotValidError, validate_email

from creative_platform.core.errors import Invalid
from creative_platform.core.text import N_

NAME_MOST = 120
EMAIL_MOST = 254


def normal_email(email: str) -> str:
    """Return the one spelling under which an address is stored and looked up: NFKC, casefolded, no space around."""
    return unicodedata.normalize("NFKC", email).strip().casefold()[:EMAIL_MOST]


def checked_email(email: str) -> str:
    """Return the normal spelling of an address that mail can be sent to. Raises Invalid (field ``email``).

    The part before @ is ASCII only: two addresses that look alike are then never two people. Domains in other
    scripts are kept in their ASCII form.
    """
    try:
        # `test_environment` lets .test domains through, which the demo and the tests use; no mail can reach them.
        found = validate_email(
            normal_email(email), check_deliverability=False, allow_smtputf8=False, test_environment=True
        )
    except EmailNotValidError as error:
        raise Invalid({"email": N_("Write an e-mail address like name@example.kz.")}) from error
    return normal_email(found.ascii_email or found.normalized)


def email_key(email: str) -> str:
    """Return a short digest of an address, for throttles and traces that must not hold the address itself."""
    return hashlib.sha256(normal_email(email).encode()).hexdigest()[:32]


def checked_name(name: str) -> str:
    """Return a person's name on one line, NFC. Raises Invalid (field ``name``)."""
    kept = "".join(ch if unicodedata.category(ch)[0] != "C" else " " for ch in unicodedata.normalize("NFC", name))
    clean = " ".join(kept.split())
    if not clean:
        raise Invalid({"name": N_("Write your name.")})
    if len(clean) > NAME_MOST:
        raise Invalid({"name": N_("A name has at most 120 characters.")})
    if "://" in clean or "www." in clean.casefold() or "@" in clean:
        raise Invalid({"name": N_("A name holds no address or link.")})
    return clean


_BROWSERS = {
    "YaBrowser": "Yandex",
    "Edg": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


def browser_name(user_agent: str) -> str:
    """Return what people call a browser and its system, ``Chrome, Android``; an unknown one by its first words."""
    browser = next((name for mark, name in _BROWSERS.items() if f"{mark}/" in user_agent), "")
    system = next((name for mark, name in _SYSTEMS.items() if mark in user_agent), "")
    return ", ".join(part for part in (browser, system) if part) or user_agent[:40]
