"""One process of the object store: `python -P swift_server.py proxy|account|container|object|rings|updater CONFIG LOG`.

Run as a file, never imported by the platform: the four processes then load Swift and nothing else. What Swift lacks
for one machine without an administrator is added here by hooks that Swift offers (a log handler, filters of its
pipelines), save for two functions of the pinned release that are replaced: giving up root (the processes run as whoever
started them, who need not even have a name) and opening a connection to a back end (which must show the store's key).
"""

import hmac
import logging
import sys
from collections.abc import Callable, Iterable
from configparser import ConfigParser
from logging.handlers import SysLogHandler, WatchedFileHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import swift.common.utils
import swift.common.wsgi
from swift.common.bufferedhttp import BufferedHTTPConnection
from swift.common.daemon import run_daemon
from swift.common.ring import RingBuilder
from swift.obj.updater import ObjectUpdater

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

ALLOWED_METHODS = "GET, HEAD, PUT"
ALLOWED_HEADERS = "content-md5, content-type, range, x-amz-checksum-sha256"
EXPOSED_HEADERS = "ETag, Content-Length, Content-Range, Accept-Ranges, Retry-After, x-amz-request-id"
# A file that someone uploaded must not act when it is opened as a page of its own.
SAFETY = [
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "script-src 'none'; base-uri 'none'; form-action 'none'"),
    ("Referrer-Policy", "no-referrer"),
]
REFUSAL = b"<Error><Code>AccessDenied</Code><Message>The request carries no signature.</Message></Error>"


def log_to_file(_conf: Any, name: str, _console: Any, _route: Any, _fmt: str, logger: logging.Logger, _: Any) -> None:
    """Send what Swift logs to our file and nothing to the system's log (Swift's hook `log_custom_handlers`)."""
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        if isinstance(handler, SysLogHandler):
            handler.close()
    handler = WatchedFileHandler(sys.argv[3], encoding="utf-8")
    handler.setFormatter(logging.Formatter(f"%(asctime)s {name} %(levelname)s %(message)s"))
    logger.addHandler(handler)


class Front:
    """Admit signed S3 requests alone; mark every answer, refusals too, for the pages of the platform alone."""

    def __init__(self, app: App, origins: frozenset[str]) -> None:
        self.app, self.origins = app, origins

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        origin = environ.pop("HTTP_ORIGIN", None)  # Swift's own rules, which are looser, then have nothing to say
        allowed = origin in self.origins
        if environ["REQUEST_METHOD"] == "OPTIONS":
            headers = [("Vary", "Origin"), ("Content-Length", "0")]
            if allowed:
                headers += [
                    ("Access-Control-Allow-Origin", origin),
                    ("Access-Control-Allow-Methods", ALLOWED_METHODS),
                    ("Access-Control-Allow-Headers", ALLOWED_HEADERS),
                    ("Access-Control-Max-Age", "600"),
                ]
            start_response("204 No Content" if allowed else "403 Forbidden", headers)
            return [b""]

        signed = "X-Amz-Signature" in parse_qs(environ.get("QUERY_STRING", ""))

        def started(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            kept = [pair for pair in headers if not pair[0].lower().startswith("access-control-")]
            if signed:  # jurors hold such addresses, and must not read from them who handed in first
                kept = [pair for pair in kept if pair[0].lower() != "last-modified"]
            kept += [("Vary", "Origin"), *SAFETY]
            if allowed:
                kept += [("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", EXPOSED_HEADERS)]
            return start_response(status, kept, exc_info)

        if not _carries_signature(environ):  # Swift's own language, too, ends here
            started("403 Forbidden", [("Content-Type", "application/xml"), ("Content-Length", str(len(REFUSAL)))])
            return [b"" if environ["REQUEST_METHOD"] == "HEAD" else REFUSAL]
        return self.app(environ, started)


def _carries_signature(environ: dict[str, Any]) -> bool:
    in_header = environ.get("HTTP_AUTHORIZATION", "").startswith("AWS4-HMAC-SHA256 ")
    return in_header or "X-Amz-Signature" in parse_qs(environ.get("QUERY_STRING", ""))


class Door:
    """Let only the store's own processes in: Swift's back ends trust whoever can reach their port."""

    def __init__(self, app: App, key: str) -> None:
        self.app, self.key = app, key.encode()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        shown = environ.get("HTTP_X_STORE_KEY", "").encode("latin-1")
        if hmac.compare_digest(shown, self.key):
            return self.app(environ, start_response)
        start_response("403 Forbidden", [("Content-Length", "0")])
        return [b""]


def front(_global: Any, origins: str = "", **_: Any) -> Callable[[App], Front]:
    """Build the filter of the proxy's pipeline (paste.filter_factory)."""
    return lambda app: Front(app, frozenset(origins.split()))


def door(_global: Any, key: str, **_: Any) -> Callable[[App], Door]:
    """Build the filter of a back end's pipeline (paste.filter_factory)."""
    return lambda app: Door(app, key)


def show_key_to_back_ends(key: str) -> None:
    """Make every connection that this process opens to a back end carry the key."""
    original = BufferedHTTPConnection.endheaders

    def endheaders(connection: Any, *args: Any, **options: Any) -> Any:
        connection.putheader("X-Store-Key", key)
        return original(connection, *args, **options)

    BufferedHTTPConnection.endheaders = endheaders


def write_rings(config: ConfigParser, folder: Path) -> None:
    """Write the three maps from names to places; here every name has one place: one copy on one disk."""
    for name in ("account", "container", "object"):
        builder = RingBuilder(part_power=8, replicas=1, min_part_hours=1)
        place = {"region": 1, "zone": 1, "ip": "127.0.0.1", "port": config.getint("rings", name), "device": "disk"}
        builder.add_dev({**place, "weight": 1.0})
        builder.rebalance(seed=1)
        builder.get_ring().save(str(folder / f"{name}.ring.gz"))


def main() -> int:
    """Become the process that the first argument names."""
    kind, path = sys.argv[1], Path(sys.argv[2])
    config = ConfigParser(interpolation=None)
    config.read(path)
    if kind == "rings":
        write_rings(config, path.parent)
        return 0
    swift.common.wsgi.drop_privileges = swift.common.utils.drop_privileges = lambda _user: None
    show_key_to_back_ends(config.get("DEFAULT", "store_key"))
    if kind == "updater":  # listings catch up with what was written while a container server was away
        swift.common.utils.set_swift_dir(config.get("DEFAULT", "swift_dir"))
        run_daemon(ObjectUpdater, str(path), section="object-updater", once=True)
        return 0
    return swift.common.wsgi.run_wsgi(str(path), f"{kind}-server")


if __name__ == "__main__":
    sys.exit(main())
