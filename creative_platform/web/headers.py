"""Headers of every answer, errors and static files included; arrival and body limit before anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request

from creative_platform.core import clock
from creative_platform.core.errors import Unavailable
from creative_platform.core.text import N_

BODY_LIMIT_BYTES = 1024 * 1024
UPLOAD_LIMIT_BYTES = 201 * 1024 * 1024
UPLOAD_PREFIX = "/media/form/"

BUSY = N_("Several files are being received right now. Nothing of yours was lost; send it again in half a minute.")


class Arrival:
    """The outermost WSGI wrapper: keeps when the request arrived, before its body is read.

    The web server stamps the instant at which the headers were complete (``creative_platform.arrival``, POSIX
    seconds); under another server the instant at which it called us counts.
    """

    def __init__(self, wsgi_app: Callable[..., Iterable[bytes]]) -> None:
        self.wsgi_app = wsgi_app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        stamped = environ.get("creative_platform.arrival")
        clock.set_arrival(clock.from_timestamp(stamped) if stamped else clock.now())
        try:
            return self.wsgi_app(environ, start_response)
        finally:
            clock.set_arrival(None)


def content_security_policy(media_origin: str, upload_origin: str) -> str:
    """Return the policy: everything from ourselves, media and uploads from the store, nothing inline."""
    form = f"form-action 'self' {upload_origin}".strip()
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' data: {media_origin}",
            f"media-src 'self' {media_origin}",
            "font-src 'self'",
            f"connect-src 'self' {media_origin}",
            "worker-src 'self'",
            "manifest-src 'self'",
            form,
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ]
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def install(app: Flask) -> None:
    """Add the security headers and the arrival wrapper."""
    policy = content_security_policy(_origin(app.config["S3_PUBLIC_URL"]), _origin(app.config["UPLOAD_URL"]))
    app.wsgi_app = Arrival(app.wsgi_app)  # type: ignore[method-assign]  # Flask documents this way of wrapping

    @app.before_request
    def _refuse_nul() -> None:
        """Refuse addresses with a NUL: no name has one, and PostgreSQL takes none in a text."""
        if "\0" in request.path or b"%00" in request.query_string:
            abort(400)

    @app.before_request
    def _refuse_unread_body() -> None:
        """Answer for the web server when it left a body unread: too large, or no place for it now."""
        if request.path.startswith(UPLOAD_PREFIX):
            request.max_content_length = UPLOAD_LIMIT_BYTES
        if request.environ.get("creative_platform.body_refused"):
            status = int(request.environ.get("creative_platform.refusal_status", 413))
            if status == 503:
                raise Unavailable(BUSY, code="busy", retry_after_s=30)
            abort(status)

    always = [
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), interest-cohort=()"),
    ]
    if app.config["SESSION_COOKIE_SECURE"]:
        always.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))

    @app.after_request
    def _add_headers(response: Response) -> Response:
        wanted = [*always, ("Referrer-Policy", "no-referrer" if g.get("hide_referrer") else "same-origin")]
        if request.endpoint != "static" or response.status_code >= 400:
            wanted.append(("Cache-Control", "private, no-store"))
            response.vary.update(["Cookie", "Accept-Language"])
        given = {name.lower() for name, _ in response.headers}
        response.headers.extend([header for header in wanted if header[0].lower() not in given])
        return response
