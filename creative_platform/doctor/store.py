"""What the object store can do, found out by asking it; said in words."""

from __future__ import annotations

import secrets
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPException

from creative_platform.core import clock
from creative_platform.core.errors import Unavailable
from creative_platform.media.presigner import presign
from creative_platform.media.storage import (
    LEAST_PART_BYTES,
    UNTYPED,
    NoSuchBucket,
    Part,
    RefusedByStore,
    Storage,
    sha256_of_part,
)

MARKER = "doctor/marker"
TIMEOUT_S = 15


@dataclass(frozen=True)
class Finding:
    """One thing a store can or cannot do; ``needed`` ones must hold for the platform to work well."""

    name: str
    holds: bool
    needed: bool
    words: str


def examine(store: Storage, origin: str) -> Iterator[Finding]:
    """Try the store out with objects of our own, which are taken away again; pages come from ``origin``.

    A store that cannot be reached or used as configured is one finding: nothing else is known of it.
    """
    key = f"doctor/{secrets.token_hex(8)}"
    try:
        store.put(key, b"0123456789", "text/plain")
    except NoSuchBucket:
        yield Finding("access", False, True, f"there is no bucket {store.bucket} (S3_BUCKET): make it")
        return
    except RefusedByStore as error:
        yield Finding("access", False, True, _refusal(store, error.store_code))
        return
    except Unavailable:
        yield Finding("answer", False, True, f"no object can be stored at {store.endpoint_url} (S3_ENDPOINT_URL)")
        return
    try:
        _ask("GET", f"{store.public_url}/{store.bucket}/{key}", {})
    except (OSError, HTTPException) as error:
        said = f"{store.public_url} (S3_PUBLIC_URL) does not answer here ({error}); browsers need it"
        yield Finding("public address", False, True, said)
        store.delete(key)
        return
    try:
        for name, needed, probe, good, bad in _PROBES:
            try:
                holds = probe(store, key, origin)
            except Exception as error:  # noqa: BLE001 -- whatever a store answers, the finding is that it does not hold
                holds, bad = False, f"{bad} ({type(error).__name__})"
            yield Finding(name, holds, needed, good if holds else bad)
    finally:
        store.delete(key)


def _refusal(store: Storage, code: str) -> str:
    """Say what to look at when the store answers, but takes nothing from us."""
    return f"the store refuses us ({code}): check S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, S3_REGION, the key's rights"


def _ask(method: str, url: str, headers: dict[str, str], body: bytes | None = None) -> tuple[int, dict[str, str]]:
    request = urllib.request.Request(url, data=body, method=method, headers=headers)  # nosec B310 # noqa: S310 -- the configured store
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # nosec B310 # noqa: S310 -- the same
            answer.read()
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {name.lower(): value for name, value in error.headers.items()}


def _url(store: Storage, method: str, key: str, headers: dict[str, str] | None = None, expires_s: int = 60) -> str:
    address = f"{store.public_url}/{store.bucket}/{key}"
    return presign(store.credentials, method, address, at=clock.now(), expires_s=expires_s, headers=headers)


def _range(store: Storage, key: str, origin: str) -> bool:
    return _ask("GET", _url(store, "GET", key), {"Range": "bytes=2-4"})[0] == 206


def _private(store: Storage, key: str, origin: str) -> bool:
    return _ask("GET", f"{store.public_url}/{store.bucket}/{key}", {})[0] in (400, 401, 403)


def _tampered(store: Storage, key: str, origin: str) -> bool:
    return _ask("GET", _url(store, "GET", key)[:-4] + "0000", {})[0] in (400, 401, 403)


def _conditional(store: Storage, key: str, origin: str) -> bool:
    return _ask("PUT", _url(store, "PUT", key), {"If-None-Match": "*"}, b"other")[0] == 412


def _cors(store: Storage, key: str, origin: str) -> bool:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "x-amz-checksum-sha256",
    }
    status, headers = _ask("OPTIONS", f"{store.public_url}/{store.bucket}/{key}", asked)
    allowed = headers.get("access-control-allow-headers", "").lower()
    return (
        status in (200, 204) and headers.get("access-control-allow-origin") in (origin, "*") and "checksum" in allowed
    )


def _foreign_origin(store: Storage, key: str, origin: str) -> bool:
    """Some stores answer no preflight and yet open every answer to all."""
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "PUT"}
    answers = (
        _ask("OPTIONS", f"{store.public_url}/{store.bucket}/{key}", asked),
        _ask("GET", _url(store, "GET", key), {"Origin": asked["Origin"]}),
    )
    return all(
        headers.get("access-control-allow-origin") not in ("https://elsewhere.example", "*") for _, headers in answers
    )


def _expiry(store: Storage, key: str, origin: str) -> bool:
    address = f"{store.public_url}/{store.bucket}/{key}"
    old = presign(store.credentials, "GET", address, at=clock.in_seconds(-120), expires_s=60)
    return _ask("GET", old, {})[0] in (400, 401, 403)


def _served_with(store: Storage, key: str, header: str) -> str:
    """Return a header of the answer that a browser gets for an object; a signed address cannot ask for it."""
    return _ask("GET", _url(store, "GET", key), {})[1].get(header, "").lower()


def _nosniff(store: Storage, key: str, origin: str) -> bool:
    return _served_with(store, key, "x-content-type-options") == "nosniff"


def _sandbox(store: Storage, key: str, origin: str) -> bool:
    """Either keeps what is opened as a page from running anything; ``sandbox`` also keeps PDFs from being shown."""
    said = [directive.split() for directive in _served_with(store, key, "content-security-policy").split(";")]
    return any(words in (["sandbox"], ["script-src", "'none'"], ["default-src", "'none'"]) for words in said)


def _multipart(store: Storage, key: str, origin: str) -> bool:
    whole = f"{key}-parts"
    upload = store.open_upload(whole, UNTYPED)
    bodies = [b"a" * LEAST_PART_BYTES, b"b"]
    parts = [Part(n, store.upload_part(whole, upload, n, body), len(body)) for n, body in enumerate(bodies, start=1)]
    listed = [part.number for part in store.parts(whole, upload)]
    store.complete_upload(whole, upload, parts)
    size = store.size_of(whole)
    store.delete(whole)
    return listed == [1, 2] and size == LEAST_PART_BYTES + 1


def _part_checksum(store: Storage, key: str, origin: str) -> bool:
    whole = f"{key}-checked"
    upload = store.open_upload(whole, UNTYPED)
    try:
        url, headers = store.part_url(whole, upload, 1, 5, sha256_of_part(b"right"))
        refused = _ask("PUT", url, headers, b"wrong")[0] == 400
        taken = _ask("PUT", url, headers, b"right")[0] == 200
        return refused and taken
    finally:
        store.abort_upload(whole, upload)


def _part_anew(store: Storage, key: str, origin: str) -> bool:
    whole = f"{key}-anew"
    upload = store.open_upload(whole, UNTYPED)
    try:
        first = store.upload_part(whole, upload, 2, b"broken")
        parts = [Part(2, store.upload_part(whole, upload, 2, b"whole"), 5)]
        store.complete_upload(whole, upload, parts)
        return first != parts[0].etag and store.read(whole) == b"whole"
    finally:
        store.abort_upload(whole, upload)
        store.delete(whole)


def _large_copy(store: Storage, key: str, origin: str) -> bool:
    large, copied = f"{key}-large", f"{key}-copied"
    try:
        store.put(large, b"a" * LEAST_PART_BYTES + b"b", UNTYPED)
        store.copy(large, copied, LEAST_PART_BYTES + 1, range_bytes=LEAST_PART_BYTES)
        return store.size_of(copied) == LEAST_PART_BYTES + 1 and store.read(copied, LEAST_PART_BYTES - 1, 2) == b"ab"
    finally:
        store.delete(large)
        store.delete(copied)


def _survives_restart(store: Storage, key: str, origin: str) -> bool:
    """An upload that an earlier examination left open is still there; the first one only leaves it."""
    known = any(marked == MARKER for marked, _ in store.open_uploads())
    if not known:
        store.open_upload(MARKER, UNTYPED)
    return known


Probe = Callable[[Storage, str, str], bool]

_PROBES: tuple[tuple[str, bool, Probe, str, str], ...] = (
    ("range", True, _range, "parts of an object can be read (206)",
     "ranges are not answered with 206: players cannot seek"),
    ("private", True, _private, "unsigned requests are refused", "anybody can read the bucket: make it private"),
    ("signature", True, _tampered, "a changed signature is refused", "signatures are not checked"),
    ("expiry", True, _expiry, "an expired address is refused", "addresses never expire"),
    ("multipart", True, _multipart, "files can be sent in parts", "files cannot be sent in parts"),
    ("part anew", False, _part_anew, "a part can be sent again, and numbers may be left out",
     "a part cannot be sent again with other bytes: an upload that broke on its way begins anew"),
    ("large copy", True, _large_copy, "large objects are copied inside the store",
     "objects of more than 32 MiB cannot be copied inside the store: such files are never checked"),
    ("part checksum", False, _part_checksum, "a corrupt part is refused at once",
     "a corrupt part is found only by the worker, after the upload"),
    ("conditional put", False, _conditional, "an object is never overwritten by accident",
     "conditional puts are ignored; keys are random, so nothing depends on them"),
    ("CORS", True, _cors, "browsers may send files from our pages",
     "browsers cannot send files: allow our origin, PUT and x-amz-checksum-sha256 in the bucket's CORS rules"),
    ("CORS elsewhere", False, _foreign_origin, "pages of others may not",
     "pages of any site may ask; signatures still protect"),
    ("nosniff", False, _nosniff, "browsers take a file for nothing but what it is said to be",
     "no X-Content-Type-Options: nosniff: let the proxy before the store add it (docs/operators.md)"),
    ("sandbox", False, _sandbox, "a file that is opened as a page runs nothing",
     "no Content-Security-Policy against scripts: let the proxy before the store add it (docs/operators.md)"),
    ("restart", False, _survives_restart, "an upload left open by an earlier examination is still there",
     "left an upload open: restart the store and examine again to see whether it survives"),
)  # fmt: skip
