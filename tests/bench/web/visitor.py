"""People and programs who use a running platform over HTTP, as its own pages and API calls do."""

from __future__ import annotations

import hashlib
import json
import re
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

PAGES_A_VISIT = 100
PAGES_A_KIND = 3
AT_ONCE = 8
FIRST_PAGES = ("/", "/my", "/jury", "/manage", "/account", "/contests", "/verify", "/metrics", "/api/v1/openapi.json")
LINK = re.compile(r'(?:href|src)="(/[^"#]*)')
NAME = re.compile(r"[a-z0-9]{20,}|\d+")


class Visitor:
    """A browser without a screen: keeps cookies and follows redirects."""

    def __init__(self, base_url: str, language: str = "en") -> None:
        self.base_url = base_url
        self.language = language
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """Send one request, to this host unless an address is given; return status and body."""
        url = path if path.startswith("http") else self.base_url + path
        request = urllib.request.Request(url, body, {"Accept-Language": self.language, **headers})
        try:
            with self.opener.open(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def token(self, path: str) -> str:
        """Return the secret of the forms on a page."""
        return self.ask(path)[1].decode().split('name="csrf_token" value="')[1].split('"')[0]

    def sign_in(self, account: dict[str, str]) -> None:
        """Sign in through the form."""
        fields = {"email": account["email"], "password": account["password"], "csrf_token": self.token("/login")}
        status, page = self.ask("/login", urlencode(fields).encode())
        if status != 200 or b'name="password"' in page:
            raise SystemExit(f"{account['email']} could not sign in: {status}")

    def walk(self) -> Counter[int]:
        """Ask for pages and what they link to, a few of each kind, several at once; count the statuses."""
        statuses: Counter[int] = Counter()
        kinds: Counter[str] = Counter()
        seen: set[str] = set()
        waiting = list(FIRST_PAGES)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while waiting and len(seen) < PAGES_A_VISIT:
                now = waiting[: PAGES_A_VISIT - len(seen)]
                seen.update(now)
                waiting = []
                for status, body in pool.map(self.ask, now):
                    statuses[status] += 1
                    for path in dict.fromkeys(LINK.findall(body.decode(errors="replace"))):
                        kind = NAME.sub("*", path.partition("?")[0])
                        if path not in seen and path not in waiting and kinds[kind] < PAGES_A_KIND:
                            kinds[kind] += 1
                            waiting.append(path)
        return statuses

    def send_form(self, door_url: str, entry_id: str, field: str, body: bytes) -> None:
        """Send a file as the page without JavaScript does."""
        fields = {"csrf_token": self.token(f"/my/entries/{entry_id}").encode(), "file": body}
        pieces = []
        for name, value in fields.items():
            extra = '; filename="a.mp4"' if name == "file" else ""
            pieces.append(f'--edge\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'.encode() + value)
        whole = b"\r\n".join([*pieces, b"--edge--\r\n"])
        url = f"{door_url}/media/form/entry/{entry_id}/{field}?next=/my/entries/{entry_id}"
        status, _ = self.ask(url, whole, **{"Content-Type": "multipart/form-data; boundary=edge"})
        if status != 200:
            raise SystemExit(f"the upload form answered {status}")


class Program:
    """A caller of the API."""

    def __init__(self, base_url: str, token: str) -> None:
        self.base_url = base_url
        self.token = token

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call and return the answer's JSON."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base_url}/api/v1{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def send_file(self, entry_id: str, field: str, body: bytes, name: str = "a.mp4") -> dict[str, Any]:
        """Send a file part by part, straight to the store; return it as received."""
        kind = "application/octet-stream"
        plan = {"field": field, "filename": name, "size_bytes": len(body), "content_type": kind}
        upload = self.call("POST", f"/entries/{entry_id}/uploads", plan)
        path, size = f"/uploads/{upload['upload_id']}", upload["part_size_bytes"]
        for number, part in enumerate(_cut(body, size), start=1):
            digest = hashlib.sha256(part).hexdigest()
            [signed] = self.call("POST", f"{path}/urls", {"parts": [{"number": number, "sha256": digest}]})["parts"]
            request = urllib.request.Request(signed["url"], part, signed["headers"], method="PUT")
            with urllib.request.urlopen(request, timeout=60) as answer:
                etag = answer.headers["ETag"]
            self.call("PUT", f"{path}/parts/{number}", {"etag": etag, "sha256": digest})
        done: dict[str, Any] = self.call("POST", f"{path}/complete", {"sha256": hashlib.sha256(body).hexdigest()})
        return done


def _cut(body: bytes, size: int) -> Iterable[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))
