"""Configuration: reads the environment once and fails loudly, naming the variable, when a secret is missing.

Values that `make run` generated (``var/secrets.env``) fill in for variables that the environment does not set.
Every variable is described in docs/configuration.md.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ROOT = Path(__file__).resolve().parent


class ConfigurationError(RuntimeError):
    """A variable is missing or cannot be used; the message names it."""


@dataclass(frozen=True)
class Config:
    """Everything the installation is told; made once, handed to ``create_app``."""

    secret_key: str
    database_url: str
    queue_url: str
    s3_endpoint_url: str
    s3_public_url: str
    s3_access_key_id: str
    s3_secret_access_key: str
    s3_bucket: str
    s3_region: str
    base_url: str
    port: int
    var_dir: Path
    mail_url: str
    mail_from: str
    default_locale: str
    timezone: str
    upload_url: str
    signing_key_file: Path
    metrics_token: str
    require_media_isolation: bool
    clamd_url: str
    find_translations: bool

    @property
    def secure(self) -> bool:
        """Whether people reach us over https."""
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        """Host (with port, if any) of ``base_url``: the only one that requests may name."""
        return urlsplit(self.base_url).netloc


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Return the configuration of this process. Raises ConfigurationError."""
    given = dict(os.environ if environ is None else environ)
    var_dir = Path(given.get("VAR_DIR") or ROOT / "var").resolve()
    env = {**_generated(var_dir), **{k: v for k, v in given.items() if v}}
    port = _number(env, "PORT", 8000)
    base_url = env.get("BASE_URL", f"http://127.0.0.1:{port}").rstrip("/")
    secret_key = _secret(env, "SECRET_KEY")
    database_url = env.get("DATABASE_URL", f"sqlite:///{var_dir / 'platform.db'}")
    if database_url.startswith(("postgres://", "postgresql://")):
        database_url = "postgresql+psycopg://" + database_url.split("://", 1)[1]
    signing_key = env.get("SIGNING_KEY_FILE", "")
    if not signing_key:
        raise ConfigurationError("SIGNING_KEY_FILE is missing: the Ed25519 key (PEM) that signs receipts and results")
    return Config(
        secret_key=secret_key,
        database_url=database_url,
        queue_url=env.get("QUEUE_URL", _queue_beside(database_url, var_dir)),
        s3_endpoint_url=_needed(env, "S3_ENDPOINT_URL", "the address of the S3-compatible object store"),
        s3_public_url=env.get("S3_PUBLIC_URL", env.get("S3_ENDPOINT_URL", "")).rstrip("/"),
        s3_access_key_id=_needed(env, "S3_ACCESS_KEY_ID", "the object store's access key"),
        s3_secret_access_key=_needed(env, "S3_SECRET_ACCESS_KEY", "the object store's secret key"),
        s3_bucket=env.get("S3_BUCKET", "creative-platform"),
        s3_region=env.get("S3_REGION", "us-east-1"),
        base_url=base_url,
        port=port,
        var_dir=var_dir,
        mail_url=_mail_url(env, "MAIL_URL", f"file://{var_dir / 'mail'}"),
        mail_from=env.get("MAIL_FROM", f"no-reply@{urlsplit(base_url).hostname}"),
        default_locale=_one_of(env, "DEFAULT_LOCALE", ("kk", "ru", "en")),
        timezone=_zone(env, "TIMEZONE", "Asia/Almaty"),
        upload_url=env.get("UPLOAD_URL", "").rstrip("/"),
        signing_key_file=Path(signing_key),
        metrics_token=env.get("METRICS_TOKEN", ""),
        require_media_isolation=_yes(env, "REQUIRE_MEDIA_ISOLATION", default=base_url.startswith("https://")),
        clamd_url=_clamd_url(env, "CLAMD_URL"),
        find_translations=_yes(env, "FIND_TRANSLATIONS", default=False),
    )


def _generated(var_dir: Path) -> dict[str, str]:
    """Read ``var/secrets.env``: KEY=VALUE lines that `make run` wrote."""
    path = var_dir / "secrets.env"
    if not path.is_file():
        return {}
    lines = (line.strip() for line in path.read_text().splitlines())
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _needed(env: Mapping[str, str], name: str, what: str) -> str:
    if not env.get(name):
        raise ConfigurationError(f"{name} is missing: {what}. `make run` makes one; in production set it yourself.")
    return env[name].rstrip("/") if name.endswith("_URL") else env[name]


def _secret(env: Mapping[str, str], name: str) -> str:
    value = _needed(env, name, "the secret that protects sign-ins, at least 32 characters")
    if len(value) < 32 or len(set(value)) < 8:
        raise ConfigurationError(f"{name} is too weak: give at least 32 random characters")
    return value


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(env.get(name, default))
    except ValueError as error:
        raise ConfigurationError(f"{name} must be a whole number, not {env[name]!r}") from error


def _yes(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = env.get(name, "1" if default else "0")
    if value not in ("0", "1"):
        raise ConfigurationError(f"{name} must be 0 or 1, not {value!r}")
    return value == "1"


def _clamd_url(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "")
    parts = urlsplit(value)
    there = (parts.scheme == "tcp" and parts.hostname and parts.port) or (parts.scheme == "unix" and parts.path)
    if value and not there:
        raise ConfigurationError(f"{name} must be tcp://host:port or unix:///path of clamd, not {value!r}")
    return value


def _zone(env: Mapping[str, str], name: str, default: str) -> str:
    value = env.get(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(f"{name} must be a time zone like Asia/Almaty, not {value!r}") from error
    return value


def _mail_url(env: Mapping[str, str], name: str, default: str) -> str:
    value = env.get(name, default)
    if urlsplit(value).scheme not in ("smtp", "smtps", "file"):
        raise ConfigurationError(f"{name} must begin with smtp://, smtps:// or file://")
    return value


def _one_of(env: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = env.get(name, choices[0])
    if value not in choices:
        raise ConfigurationError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
    return value


def _queue_beside(database_url: str, var_dir: Path) -> str:
    return f"sqlite:///{var_dir / 'queue.db'}" if database_url.startswith("sqlite") else database_url
