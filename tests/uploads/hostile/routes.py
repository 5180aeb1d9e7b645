"""Every route by which bytes come in, each as the people and programs that use it send them."""

from __future__ import annotations

import hashlib
import json
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from creative_platform.entries.models import Entry
from creative_platform.media import queries
from creative_platform.media.models import MediaAsset
from tests.fixtures.people import csrf_of

FIELD = "any"
Call = Callable[[str, str, Any], Any]


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


@dataclass
class Sent:
    """What came of sending a file: its row, or the answer that refused to take it."""

    asset: MediaAsset | None
    said: str


@dataclass
class Road:
    """One person's ways to one entry: the browser they are signed in with, and a program with their token."""

    browser: Any
    program: Any
    entry: Entry

    @cached_property
    def token(self) -> str:
        return csrf_of(self.browser.get(self.page).text)

    @property
    def page(self) -> str:
        return f"/my/entries/{self.entry.public_id}"

    def send(self, route: str, name: str, body: bytes) -> Sent:
        """Send a file by a route and say what became of it."""
        before = {asset.id for asset in self.assets()}
        said = ROUTES[route](self, name, body)
        new = [asset for asset in self.assets() if asset.id not in before]
        return Sent(new[0] if new else None, said)

    def assets(self) -> list[MediaAsset]:
        return queries.assets_of("entry", self.entry.id)

    def by_page(self, name: str, body: bytes) -> str:
        """As transfer.js does: the API with the session's cookie, the bytes straight to the store."""
        headers = {"X-CSRFToken": self.token, "X-Requested-With": "fetch"}

        def call(method: str, path: str, given: Any) -> Any:
            return self.browser.open(f"/api/v1{path}", method=method, json=given, headers=headers)

        return self._in_parts(call, name, body)

    def by_token(self, name: str, body: bytes) -> str:
        """As a program of somebody else does."""
        return self._in_parts(self._told_call(), name, body)

    def by_form(self, name: str, body: bytes) -> str:
        """As a browser without JavaScript does, through the application."""
        address = f"/media/form/entry/{self.entry.public_id}/{FIELD}?next={self.page}"
        return self.post_file(address, "file", name, body).text

    def post_file(self, address: str, field: str, name: str, body: bytes, **more: str) -> Any:
        """Send a form with one file as browsers write it."""
        quoted = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        fields = {"csrf_token": self.token, **more}
        lines = [
            f'--edge\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{told}\r\n' for key, told in fields.items()
        ]
        lines.append(f'--edge\r\nContent-Disposition: form-data; name="{field}"; filename="{quoted}"\r\n\r\n')
        sent = {"content_type": "multipart/form-data; boundary=edge", "follow_redirects": True}
        return self.browser.post(address, data="".join(lines).encode() + body + b"\r\n--edge--\r\n", **sent)

    def by_commitment(self, name: str, body: bytes) -> str:
        """Promised by size and hash first, delivered afterwards."""
        promise = {"field": FIELD, "filename": name, "size_bytes": len(body), "sha256": sha256(body)}
        answer = self._told_call()("POST", f"/entries/{self.entry.public_id}/commitments", promise)
        return self.by_token(name, body) if answer.status_code == 201 else answer.text

    def _told_call(self) -> Call:
        return lambda method, path, given: self.program.call(method, path, given)

    def _in_parts(self, call: Call, name: str, body: bytes) -> str:
        plan = {"field": FIELD, "filename": name, "size_bytes": len(body), "content_type": "application/octet-stream"}
        answer = call("POST", f"/entries/{self.entry.public_id}/uploads", {**plan, "sha256": sha256(body)})
        if answer.status_code != 201:
            return str(answer.text)
        upload = f"/uploads/{answer.json['upload_id']}"
        size = answer.json["part_size_bytes"]
        for number in range(1, answer.json["part_count"] + 1):
            part = body[(number - 1) * size : number * size]
            told = {"number": number, "sha256": sha256(part)}
            [signed] = call("POST", f"{upload}/urls", {"parts": [told]}).json["parts"]
            put = urllib.request.Request(signed["url"], data=part, method="PUT", headers=signed["headers"])
            with urllib.request.urlopen(put) as taken:
                etag = taken.headers["ETag"]
            call("PUT", f"{upload}/parts/{number}", {"etag": etag, "sha256": told["sha256"]})
        return json.dumps(call("POST", f"{upload}/complete", {"sha256": sha256(body)}).json)


ROUTES: dict[str, Callable[[Road, str, bytes], str]] = {
    "page": Road.by_page,
    "form": Road.by_form,
    "token": Road.by_token,
    "commitment": Road.by_commitment,
}
