"""Pages of the accounts room: the doors, one's own account, the admin's list of people."""

from __future__ import annotations

from flask import Flask

from creative_platform.accounts import jobs, signing_in
from creative_platform.accounts.views import account, administration, entrance, passwords
from creative_platform.accounts.views.blueprint import bp
from creative_platform.core.text import N_
from creative_platform.web.menu import MenuEntry, add_entry, admins

PAGES = (account, administration, entrance, passwords)
JOBS = jobs  # loaded with the pages, so that the worker knows them


def install(app: Flask) -> None:
    """Register sign-in, pages and menu entries."""
    signing_in.install(app)
    app.register_blueprint(bp)
    add_entry(app, MenuEntry("accounts.admin", N_("Administration"), admins, order=90))
    add_entry(app, MenuEntry("accounts.people", N_("People"), admins, order=10, section="administration"))
    add_entry(app, MenuEntry("accounts.jobs", N_("Failed jobs"), admins, order=30, section="administration"))
