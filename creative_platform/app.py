"""The application: a list of installs, no logic, no I/O."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from creative_platform import cli, rooms
from creative_platform.core import carrier, db, links, queue
from creative_platform.web import assets, compression, cookies, errors, headers, health, languages, menu, rich_text
from creative_platform.web.templating import PageEnvironment

ROOT = Path(__file__).resolve().parent.parent

database = SQLAlchemy(metadata=db.Base.metadata)

KIT = (headers, cookies, languages, errors, assets, compression, menu, rich_text, health)


def create_app(config: Any, *, testing: bool = False) -> Flask:
    """Return the application for a `config.Config`; rooms are installed bottom floor first."""
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=None)
    app.jinja_environment = PageEnvironment
    app.config.update(_flask_settings(config), TESTING=testing)
    links.configure(config.base_url)
    _install_database(app)
    for part in KIT:
        part.install(app)
    for room in rooms.INSTALLS:
        room.install(app)
    cli.install(app, database, ROOT / "migrations")
    return app


def _flask_settings(config: Any) -> dict[str, Any]:
    settings = {name.upper(): getattr(config, name) for name in config.__dataclass_fields__}
    return {
        **settings,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_pre_ping": not config.database_url.startswith("sqlite"),
            "hide_parameters": True,  # words and names of people; errors are logged
        },
        "SESSION_COOKIE_SECURE": config.secure,
        "TRUSTED_HOSTS": [config.host] if config.secure else [config.host, "127.0.0.1", "localhost"],
        "BABEL_DEFAULT_LOCALE": config.default_locale,
        "BABEL_DEFAULT_TIMEZONE": config.timezone,
        "MAX_CONTENT_LENGTH": headers.BODY_LIMIT_BYTES,
        "MAX_FORM_MEMORY_SIZE": headers.BODY_LIMIT_BYTES,
        "MAX_FORM_PARTS": 500,
    }


def _install_database(app: Flask) -> None:
    database.init_app(app)
    db.provide_session(lambda: database.session())
    with app.app_context():
        db.prepare_engine(database.engine)
    queue.connect(app.config["QUEUE_URL"], app.app_context)
    health.add_check("database", db.ready)
    health.add_check("queue", carrier.ready)
