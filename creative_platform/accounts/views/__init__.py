"""Pages of the accounts room: the doors, one's own account, the admin's list of people."""

from __future__ import annotations

from flask import Flask

from creative_platform.accounts import signing_in
from creative_platform.accounts.views import entrance, passwords
from creative_platform.accounts.views.blueprint import bp

PAGES = (entrance, passwords)


def install(app: Flask) -> None:
    """Register sign-in and pages."""
    signing_in.install(app)
    app.register_blueprint(bp)
