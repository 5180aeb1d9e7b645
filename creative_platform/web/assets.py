"""Static files under addresses that change with their content, so that they can be kept for ever."""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request, url_for

_KEEP = "public, max-age=31536000, immutable"
_COMPRESSIBLE = ("text/", "application/json", "application/javascript", "image/svg+xml", "application/problem+json")
_SMALL = 600


def install(app: Flask) -> None:
    """Give templates ``asset`` and compress what is worth it."""
    root = Path(app.static_folder or "")

    @lru_cache(maxsize=512)
    def asset(name: str) -> str:
        """Return the address of a static file, with its fingerprint."""
        return url_for("static", filename=name, v=hashlib.sha256((root / name).read_bytes()).hexdigest()[:10])

    app.add_template_global(asset)

    @app.after_request
    def _keep_and_compress(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code == 200 and request.args.get("v"):
            response.headers["Cache-Control"] = _KEEP
        return _compressed(response)


def _compressed(response: Response) -> Response:
    if (
        response.status_code != 200
        or "Content-Encoding" in response.headers
        or not (response.mimetype or "").startswith(_COMPRESSIBLE)
        or "gzip" not in request.accept_encodings
        or (response.is_streamed and request.endpoint != "static")
    ):
        return response
    response.direct_passthrough = False
    body = response.get_data()
    response.vary.add("Accept-Encoding")
    if len(body) >= _SMALL:
        response.set_data(gzip.compress(body, 6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
