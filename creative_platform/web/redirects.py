"""Addresses of this installation made of what a request said: where to go after signing in, this page otherwise."""

from __future__ import annotations

from urllib.parse import quote, urlencode, urlsplit

from flask import request


def local_path(target: str | None, otherwise: str) -> str:
    """Return ``target`` when it is a path of ours, else ``otherwise``.

    Browsers treat backslashes as slashes and drop tabs and newlines, so any of those is refused outright.
    """
    if not target or not target.startswith("/") or target.startswith("//") or len(target) > 2000:
        return otherwise
    if any(ch in target for ch in "\\\t\r\n\0") or not target.isprintable():
        return otherwise
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or parts.path.startswith("//") or "/login" in parts.path:
        return otherwise
    return target


def this_page(**changed: object) -> str:
    """Return the present address with some of its parameters changed.

    Made by hand: ``url_for`` takes names like ``endpoint`` or ``_scheme`` from the address for orders to itself.
    """
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in changed]
    path = "/" + quote(request.path, safe="/!$&'()*+,;=:@~").lstrip("/")
    return f"{path}?{urlencode([*kept, *changed.items()])}"
