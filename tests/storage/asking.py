"""Plain HTTP to a store, as a browser speaks it."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

REFUSED = (400, 401, 403)


def ask(method: str, url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> tuple:
    """Return (status, headers in lower case, body) of one request, errors included."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    connection = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(parts.netloc, timeout=30)
    try:
        connection.request(method, f"{parts.path}?{parts.query}", body, headers or {})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()
