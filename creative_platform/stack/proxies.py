"""Who the client is when trusted proxies stand before the web server."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from creative_platform.stack.channels import WSGIApp

_FORWARDING = ("FOR", "PROTO", "HOST", "PORT", "PREFIX", "BY", "SSL", "SERVER")
_HEADERS = ("HTTP_FORWARDED", *(f"HTTP_X_FORWARDED_{name}" for name in _FORWARDING))


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(text: str) -> list[Network]:
    """Return the addresses and networks listed in TRUSTED_PROXIES. Raises ValueError."""
    found: list[Network] = []
    for name in text.replace(",", " ").split():
        # A bare number would be read as the address 0.0.0.n; it is more likely meant as a count of proxies.
        if name.isdigit():
            raise ValueError(f"TRUSTED_PROXIES takes addresses or networks of proxies, not {name!r}")
        try:
            found.append(ipaddress.ip_network(name, strict=False))
        except ValueError as error:
            raise ValueError(f"TRUSTED_PROXIES takes addresses or networks of proxies, not {name!r}") from error
    return found


class ForwardedBy:
    """Believe X-Forwarded-For and X-Forwarded-Proto of trusted proxies, and drop every such header afterwards.

    ``creative_platform.by_proxy`` says that some proxy stood between, trusted or not: its address is not the client's.

    The client is the rightmost address that is not a trusted proxy: what stands left of it, anybody may have written.
    The Host header is the proxy's to pass on; X-Forwarded-Host is never believed.
    """

    def __init__(self, app: WSGIApp, trusted: Iterable[Network]) -> None:
        self._app = app
        self._trusted = list(trusted)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if self._is_trusted(environ.get("REMOTE_ADDR", "")):
            self._believe(environ)
        dropped = [environ.pop(name) for name in _HEADERS if name in environ]
        environ["creative_platform.by_proxy"] = bool(dropped)
        return self._app(environ, start_response)

    def _believe(self, environ: dict[str, Any]) -> None:
        for hop in reversed(environ.get("HTTP_X_FORWARDED_FOR", "").split(",")):
            address = hop.strip().removeprefix("[").removesuffix("]")
            if not _is_address(address):
                break
            environ["REMOTE_ADDR"] = environ["REMOTE_HOST"] = address
            if not self._is_trusted(address):
                break
        scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
        if scheme in {"http", "https"}:
            environ["wsgi.url_scheme"] = scheme

    def _is_trusted(self, address: str) -> bool:
        return _is_address(address) and any(ipaddress.ip_address(address) in network for network in self._trusted)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
