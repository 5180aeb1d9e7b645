"""Where to go after signing in: only addresses of this installation."""

from __future__ import annotations

from urllib.parse import urlsplit


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
