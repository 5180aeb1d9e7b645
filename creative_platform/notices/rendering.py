"""Mails from templates/<room>/mail/<name>.txt, in the reader's language, outside of any request.

A template's first line is ``Subject: …``; the rest is the text. What people wrote arrives as data on one line each
(values whose name ends in ``_text`` keep their line breaks), so that nobody can add a header or a false paragraph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from babel.dates import format_datetime
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateNotFound

from creative_platform.core import clock
from creative_platform.core.text import LocalizedText, legible
from creative_platform.notices.mailbox import mailbox


@dataclass(frozen=True)
class Letter:
    """A mail as people read it."""

    subject: str
    body: str


def render(kind: str, locale: str, data: Mapping[str, Any]) -> Letter:
    """Return the letter ``<room>.<name>`` in that language. Raises LookupError when there is no such template."""
    room, _, name = kind.partition(".")
    try:
        template = _environment(locale).get_template(f"{room}/mail/{name}.txt")
    except TemplateNotFound as error:
        raise LookupError(f"no mail {kind}") from error
    text = template.render({key: _tame(key, value) for key, value in data.items()}, locale=locale)
    head, _, body = text.lstrip().partition("\n")
    if not head.startswith("Subject:"):
        raise LookupError(f"the mail {kind} does not begin with its subject")
    return Letter(" ".join(head.removeprefix("Subject:").split())[:200], body.strip() + "\n")


def _tame(key: str, value: Any) -> Any:
    """Return the value with what could forge a line made spaces, line breaks too unless it is a longer text."""
    if isinstance(value, str):
        return legible(value, keep="\n" if key.endswith("_text") else "")
    if isinstance(value, Mapping):
        return {k: _tame(key, v) for k, v in value.items()}
    if isinstance(value, list):
        return [_tame(key, v) for v in value]
    return value


@lru_cache(maxsize=8)
def _environment(locale: str) -> Environment:
    settings = mailbox()
    made = Environment(
        loader=FileSystemLoader(settings.templates),
        autoescape=False,  # nosec B701 # noqa: S701 -- these are plain texts; nothing of them is ever HTML
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found = Translations.load(settings.translations, [locale])
    made.install_gettext_translations(found if found else NullTranslations(), newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    made.filters["localized"] = lambda texts: LocalizedText(texts).in_(locale)
    made.filters["when"] = lambda instant: _when(instant, locale, settings.zone)
    return made


def translator(locale: str) -> Callable[[str], str]:
    """Return the function that says a marked message in that language, for documents made outside a request."""
    found = Translations.load(mailbox().translations, [locale])
    return (found if found else NullTranslations()).gettext


def forget_environments() -> None:
    """Drop what was compiled for an earlier configuration."""
    _environment.cache_clear()


def _when(instant: str, locale: str, zone: str) -> str:
    """Say an ISO instant as date, wall clock and offset: ``25 Nov 2026, 18:00 UTC+5``."""
    local = datetime.fromisoformat(instant).astimezone(clock.zone(zone))
    minutes = int((local.utcoffset() or timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    offset = f"{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02}" if rest else "") if minutes else ""
    return f"{format_datetime(local, 'd MMM y, HH:mm', locale=locale)} UTC{offset}"
