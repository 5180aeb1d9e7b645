"""Menu entries: rooms register theirs at install, so that no template names a route of a higher floor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from flask import Flask, request, url_for
from flask_babel import gettext as _

from creative_platform.core.actor import Actor
from creative_platform.web.guards import current_actor


@dataclass(frozen=True)
class MenuEntry:
    """One link of the main menu, or of a section's own; ``shown_to`` decides for each actor (None: a visitor)."""

    endpoint: str
    label: str
    shown_to: Callable[[Actor | None], bool]
    order: int = 50
    section: str = ""


class MenuLink(NamedTuple):
    """A menu entry as a template draws it."""

    label: str
    url: str
    active: bool


def everybody(actor: Actor | None) -> bool:
    """Show to all."""
    return True


def signed_in_people(actor: Actor | None) -> bool:
    """Show to people who are signed in."""
    return actor is not None


def admins(actor: Actor | None) -> bool:
    """Show to instance admins."""
    return actor is not None and actor.is_admin


def add_entry(app: Flask, entry: MenuEntry) -> None:
    """Register a menu entry; lower ``order`` comes first."""
    entries: list[MenuEntry] = app.extensions.setdefault("menu", [])
    entries.append(entry)
    entries.sort(key=lambda e: e.order)


def _links(app: Flask, section: str = "") -> list[MenuLink]:
    actor = current_actor()
    shown = (e for e in app.extensions.get("menu", []) if e.section == section and e.shown_to(actor))
    return [
        MenuLink(
            _(entry.label), url := url_for(entry.endpoint), request.path == url or request.path.startswith(url + "/")
        )
        for entry in shown
    ]


def install(app: Flask) -> None:
    """Give templates ``menu``, ``menu_of(section)`` and ``actor``."""

    @app.context_processor
    def _menu() -> dict[str, object]:
        return {"menu": _links(app), "menu_of": lambda section: _links(app, section), "actor": current_actor()}
