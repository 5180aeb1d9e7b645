"""Which language a reader gets: ``?lang=`` (sets the cookie), the cookie, Accept-Language, the default."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from babel.support import NullTranslations as SupportTranslations
from flask import Flask, Response, current_app, g, request
from flask_babel import Babel, format_datetime, format_decimal, get_translations, ngettext, refresh
from flask_babel import gettext as _
from markupsafe import Markup

from creative_platform.core import clock
from creative_platform.core.text import LOCALES, N_
from creative_platform.web.redirects import this_page

COOKIE = "lang"
LOCALE_NAMES = [("kk", "Қазақша"), ("ru", "Русский"), ("en", "English")]


def select_locale() -> str:
    """Return the reader's language for this request."""
    for asked in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if asked in LOCALES:
            return asked
    return request.accept_languages.best_match(LOCALES) or current_app.config["DEFAULT_LOCALE"]


def remember_locale(response: Response, locale: str) -> Response:
    """Set the language cookie; what is said from now on, on the page that follows, is in that language."""
    g.locale = locale
    g.pop("catalogue", None)
    refresh()
    response.set_cookie(
        COOKIE,
        locale,
        max_age=365 * 86400,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
    )
    return response


def _keep_asked_locale(response: Response) -> Response:
    asked = request.args.get("lang")
    return remember_locale(response, asked) if asked in LOCALES else response


def current_locale() -> str:
    """Return the reader's language, decided once a request."""
    if "locale" not in g:
        g.locale = select_locale()
    return str(g.locale)


def _catalogue() -> SupportTranslations:
    """Return the reader's translations, looked up once a request: a page asks for hundreds of words."""
    found: SupportTranslations | None = g.get("catalogue")
    if found is None:
        found = g.catalogue = get_translations()
    return found


def _said(message: str, /, **values: object) -> Markup:
    """Translate for a template as Jinja's own ``_`` does, which looks for its context three times a word."""
    return _pattern(_catalogue(), message) % values if values else _sentence(_catalogue(), message)


@lru_cache(maxsize=8192)
def _pattern(catalogue: SupportTranslations, message: str) -> Markup:
    return Markup(catalogue.ugettext(message))  # nosec B704 # noqa: S704 -- a message of ours, never what people wrote


@lru_cache(maxsize=8192)
def _sentence(catalogue: SupportTranslations, message: str) -> Markup:
    return _pattern(catalogue, message) % {}


def url_for_lang(locale: str) -> str:
    """Return the present address in that language."""
    if request.endpoint is None:
        return f"/?lang={locale}"
    return this_page(lang=locale) if request.method in ("GET", "HEAD") else f"{request.path}?lang={locale}"


def format_when(at: datetime | None, zone_name: str | None = None) -> str:
    """Say date, wall clock and offset: ``25 Nov 2026, 18:00 UTC+5``."""
    if at is None:
        return ""
    local = at.astimezone(clock.zone(zone_name or current_app.config["TIMEZONE"]))
    return f"{format_datetime(local, 'd MMM y, HH:mm', rebase=False)} {offset_name(local)}"


def offset_name(local: datetime) -> str:
    """Name the offset of an aware local time: ``UTC+5``, ``UTC+5:30``, ``UTC``."""
    minutes = int((local.utcoffset() or timedelta()).total_seconds() // 60)
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")


def format_span(seconds: float) -> str:
    """Say a length of time in its two largest units: ``2 days 3 h``."""
    total = max(0, int(abs(seconds)))
    days, rest = divmod(total, 86400)
    hours, rest = divmod(rest, 3600)
    minutes = rest // 60
    if days:
        said = ngettext("%(num)d day", "%(num)d days", days)
        return f"{said} {_('%(num)d h', num=hours)}" if hours else said
    if hours:
        said = _("%(num)d h", num=hours)
        return f"{said} {_('%(num)d min', num=minutes)}" if minutes else said
    return _("%(num)d min", num=minutes) if minutes else _("less than a minute")


def format_clock(seconds: float) -> str:
    """Say a duration as a clock does: ``3:05`` or ``1:03:05``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def format_number(value: float, places: int = 0) -> str:
    """Say a number with the reader's decimal mark: with that many places, else with those it has (six at most)."""
    return str(format_decimal(value, f"#,##0.{'0' * places or '######'}"))


def format_size(size_bytes: int) -> str:
    """Say the size of a file as people set its limit: ``300 MB`` are 300 × 1024 × 1024 bytes."""
    kilobytes = size_bytes / 1024
    if kilobytes < 1000:
        return _("%(num)s kB", num=format_decimal(max(round(kilobytes), min(size_bytes, 1))))
    if kilobytes < 1000 * 1024:
        return _("%(num)s MB", num=format_decimal(round(kilobytes / 1024, 1)))
    return _("%(num)s GB", num=format_decimal(round(kilobytes / 1024 / 1024, 1)))


def relative_when(at: datetime | None) -> str:
    """Say how far away an instant is: ``in 2 days 3 h`` or ``2 days 3 h ago``."""
    if at is None:
        return ""
    seconds = (at - clock.now()).total_seconds()
    said = format_span(seconds)
    return _("in %(span)s", span=said) if seconds >= 0 else _("%(span)s ago", span=said)


def install(app: Flask) -> None:
    """Set up Babel and what templates need to speak three languages."""
    Babel(app, locale_selector=current_locale, timezone_selector=lambda: app.config["TIMEZONE"])
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # the i18n extension adds it
        lambda said: _catalogue().ugettext(said),
        lambda one, many, count: _catalogue().ungettext(one, many, count),
        newstyle=True,
    )
    app.add_template_global(_said, "_")
    app.add_template_global(N_, "N_")
    app.after_request(_keep_asked_locale)
    app.add_template_filter(format_when)
    app.add_template_filter(relative_when)
    app.add_template_filter(format_span)
    app.add_template_filter(format_clock)
    app.add_template_filter(format_number)
    app.add_template_filter(format_size)
    app.context_processor(
        lambda: {
            "locale": current_locale(),
            "locales": LOCALE_NAMES,
            "url_for_lang": url_for_lang,
            "server_now": clock.now(),
        }
    )
