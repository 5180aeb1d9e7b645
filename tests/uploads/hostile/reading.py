"""A page as a browser reads it: what it would run, fetch or send elsewhere."""

from __future__ import annotations

from html.parser import HTMLParser

_NEVER = ("iframe", "object", "embed", "base", "style", "math", "animate", "body onload")
_ADDRESSES = ("href", "src", "action", "formaction", "poster", "data", "srcset", "xlink:href")


class _Reader(HTMLParser):
    def __init__(self, origins: tuple[str, ...]) -> None:
        super().__init__()
        self._ours = ("/", "#", "?", *origins)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        away = [given[name] for name in _ADDRESSES if name in given and not self._is_ours(given[name])]
        runs = [name for name in given if name.startswith("on") or name in ("srcdoc", "style")]
        if tag in _NEVER or away or runs or (tag == "script" and not given.get("src", "").startswith("/static/")):
            self.found.append(f"<{tag} {given}>")

    def _is_ours(self, address: str) -> bool:
        return not address.startswith("//") and (address.startswith(self._ours) or not address)


def dangers(page: str, *origins: str) -> list[str]:
    """Return the tags of a page that run code or lead away from us and these origins."""
    reader = _Reader(origins)
    reader.feed(page)
    return reader.found
