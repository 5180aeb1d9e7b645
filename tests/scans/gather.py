"""Write what scanners of the running demo start from: a cookie of each role, and its requests with parameters.

``python -m tests.scans.gather var/demo.json FOLDER`` walks the pages as each role; it leaves ``FOLDER/ROLE.cookie``
and once for each kind of address and set of fields, a file that ``sqlmap -r`` reads; ``*`` marks a place in a path.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import requests

ROLES = ("anonymous", "participant", "juror", "chair", "organizer", "admin")
STARTS = (
    "/", "/my", "/jury", "/manage", "/admin/people", "/account", "/communities?q=a&region=KZ-75&page=1",
    "/verify?code=AAAA-BBBB-CCCC", "/contests/{finished}/results.json?version=1",
    "/contests/{main}/gallery?track=story&page=2", "/manage/{main}/similarity?modality=text&page=1",
    "/manage/{main}/audit?before=9",
    "/manage/{main}/entries?words=a&track=story&state=submitted&screening=admitted&page=1",
)  # fmt: skip
LEFT_OUT = (
    "/logout",
    "/account/password",
    "/account/sign-ins",
    "/account/tokens",
    "/static",
    "/metrics",
    "/admin/people/",
)
OF_EACH_KIND = 3
BETWEEN = "between-parts"
CAPTIONS = "1\r\n00:00:00,000 --> 00:00:01,000\r\nwords\r\n"
ID_FROM = {"juror": "/jury/assignments", "participant": "/entries", "organizer": "/manage/contests/{main}/entries"}
BODIES: dict[str, Any] = {
    "NewEntry": {"track": "story", "title": "T", "summary": "s", "answers": {"idea": "x"}, "team": "", "community": ""},
    "EntryChanges": {"version": 1, "title": "T", "summary": "s", "track": "story", "answers": {"idea": "x"}},
    "Withdrawal": {"reason": "r"},
    "NewUpload": {"field": "pages", "filename": "a.jpg", "size_bytes": 9, "content_type": "image/jpeg"},
    "NewCommitment": {"field": "pages", "filename": "a.jpg", "size_bytes": 9, "sha256": "0" * 64, "fingerprint": "f"},
    "WantedParts": {"parts": [{"number": 1, "sha256": "0" * 64}]},
    "SentPart": {"etag": "e", "sha256": "0" * 64},
    "WholeFile": {"sha256": "0" * 64},
    "ScoresheetChanges": {"version": 0, "scores": {"craft": 5}, "comment": "c", "reason": "r", "action": "save"},
    "Recusal": {"reason": "r"},
    "ScreeningChoice": {"outcome": "admitted", "reason": "r", "reopen_until": "2027-01-01T00:00:00Z"},
    "Method": {"method": "mean"},
    "NewDecision": {"award": "a" * 26, "entry": "a" * 26, "reason": "r"},
}


class Seen(HTMLParser):
    """The links of a page, and of each form its method, action, fields and the field of a file, if it sends one."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[dict[str, Any]] = []
        self.fields: list[tuple[str, str]] = []
        self.choice = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "a" and given.get("href", "#")[:1] == "/":
            self.links.append(given["href"])
        elif tag == "form":
            self.fields = []
            form = {"to": given.get("action", ""), "by": given.get("method", "get"), "with": self.fields, "file": ""}
            self.forms.append(form)
        elif tag == "input" and name:
            if given.get("type") == "file":
                self.forms[-1]["file"] = name
            else:
                self.fields.append((name, given.get("value") or ("" if given.get("type") == "hidden" else "1")))
        elif tag == "textarea" and name:
            self.fields.append((name, "words"))
        elif tag == "select":
            self.choice = name
        elif tag == "option" and self.choice:
            self.fields.append((self.choice, given.get("value", "")))
            self.choice = ""


@dataclass
class Walk:
    """The requests found so far, by what they have in common."""

    demo: dict[str, Any]
    folder: Path
    kinds: set[tuple[str, ...]] = field(default_factory=set)

    @property
    def base(self) -> str:
        return str(self.demo["base_url"])

    def kind_of(self, path: str) -> str:
        """Return a path without the ids, numbers and contests in it."""
        slugs = "|".join(self.demo["contests"].values())
        return re.sub(rf"(?<=/)([a-z2-7]{{26}}|\d+|{slugs})(?=/|$)", "*", path)

    def signed_in(self, role: str) -> requests.Session:
        """Return a browser of a role; its cookie is left in the folder."""
        browser = requests.Session()
        if role != "anonymous":
            account = self.demo["accounts"][role]
            token = re.search(r'csrf_token"[^>]*value="([^"]+)', browser.get(f"{self.base}/login").text)
            sent = {"csrf_token": token and token[1], "email": account["email"], "password": account["password"]}
            assert browser.post(f"{self.base}/login", sent, allow_redirects=False).status_code == 303
        (self.folder / f"{role}.cookie").write_text(cookie_of(browser))
        return browser

    def pages_of(self, role: str) -> None:
        """Follow the links of a role's pages, a few of each kind."""
        browser = self.signed_in(role)
        waiting, counted = [start.format_map(self.demo["contests"]) for start in STARTS], dict[tuple[str, ...], int]()
        while waiting:
            address = urlsplit(waiting.pop(0))
            kind = (self.kind_of(address.path), *sorted(name for name, _ in parse_qsl(address.query)))
            counted[kind] = counted.get(kind, 0) + 1
            if counted[kind] > OF_EACH_KIND or address.path.startswith(LEFT_OUT):
                continue
            answer = browser.get(self.base + address.geturl())
            if answer.status_code < 400:
                marked = re.sub(r"(?<=/)([a-z2-7]{26})(?=/|$)", r"\1*", address.path)
                self.keep(role, "GET", marked, address.query, browser)
            if "html" in answer.headers["Content-Type"]:
                waiting += self.follow(role, Seen(answer.text), answer.url, browser)

    def follow(self, role: str, page: Seen, here: str, browser: requests.Session) -> list[str]:
        """Keep the forms of a page and return where its links lead."""
        for form in page.forms:
            to, sent = urlsplit(urljoin(here, form["to"] or here)), urlencode(form["with"])
            if to.path.startswith(LEFT_OUT) or to.hostname != urlsplit(self.base).hostname:
                continue
            marked = re.sub(r"(?<=/)([a-z2-7]{26})(?=/|$)", r"\1*", to.path)
            if form["by"].lower() == "get":
                self.keep(role, "GET", to.path, sent, browser)
            else:
                self.keep(role, "POST", marked, to.query, browser, parts_of(form) if form["file"] else sent)
        return page.links

    def calls(self) -> None:
        """Keep each call of the API, as the role whose it is."""
        document = requests.get(f"{self.base}/api/v1/openapi.json", timeout=60).json()
        known = {role: self.an_id(role, of) for role, of in ID_FROM.items()}
        for path, operations in document["paths"].items():
            role = "organizer" if "/manage" in path else "juror" if "/assignments" in path else "participant"
            for method, operation in operations.items():
                asked = [p["name"] for p in operation["parameters"] if p["in"] == "query"]
                query = urlencode({name: "5" if name == "limit" else "all" for name in asked})
                content = operation.get("requestBody", {}).get("content", {})
                name = content["application/json"]["schema"]["$ref"].rsplit("/", 1)[1] if content else ""
                sent, mark = (json.dumps(BODIES[name]), "") if name else ("", "*")
                filled = path.replace("{slug}", self.demo["contests"]["main"] + mark).replace("{number}", "1" + mark)
                filled = filled.replace("{public_id}", known[role] + mark)
                self.keep(role, method.upper(), f"/api/v1{filled}", query, None, sent)

    def an_id(self, role: str, path: str) -> str:
        """Return the id of the first thing in a list of the API."""
        headers = {"Authorization": f"Bearer {self.demo['accounts'][role]['token']}"}
        address = f"{self.base}/api/v1{path.format_map(self.demo['contests'])}"
        return str(requests.get(address, headers=headers, timeout=60).json()["items"][0]["id"])

    def keep(
        self, role: str, method: str, path: str, query: str, browser: requests.Session | None, sent: str = ""
    ) -> None:
        """Write a request down unless one of its kind is there or it has nothing to try."""
        names = [name for name, _ in parse_qsl(f"{query}&{'' if browser is None else sent}", keep_blank_values=True)]
        if sent.startswith(f"--{BETWEEN}"):
            names = [name for name, _ in parse_qsl(query)] + re.findall(r'form-data; name="([^"]+)"', sent)
        kind = (method, self.kind_of(path.replace("*", "")), *sorted(names))
        if kind in self.kinds or not (set(names) - {"csrf_token", "lang"} or "*" in path or (sent and browser is None)):
            return
        self.kinds.add(kind)
        lines = [f"{method} {path}{'?' + query if query else ''} HTTP/1.1", f"Host: {urlsplit(self.base).netloc}"]
        if browser is None:
            lines.append(f"Authorization: Bearer {self.demo['accounts'][role]['token']}")
        else:
            lines.append(f"Cookie: {cookie_of(browser)}")
        if sent:
            kind = "application/json" if browser is None else "application/x-www-form-urlencoded"
            kind = f"multipart/form-data; boundary={BETWEEN}" if sent.startswith(f"--{BETWEEN}") else kind
            lines.append(f"Content-Type: {kind}")
        file = self.folder / f"{len(self.kinds):03}-{role}.txt"
        file.write_bytes("\r\n".join([*lines, "", sent]).encode())


def parts_of(form: dict[str, Any]) -> str:
    """Return the body of a form that sends a file: captions, which a place for files takes as well."""
    parts = [(f'name="{name}"', value) for name, value in form["with"]]
    parts.append((f'name="{form["file"]}"; filename="a.srt"\r\nContent-Type: text/plain', CAPTIONS))
    told = "".join(f"--{BETWEEN}\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n" for head, body in parts)
    return f"{told}--{BETWEEN}--\r\n"


def cookie_of(browser: requests.Session) -> str:
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)


def main(demo: str, folder: str) -> None:
    """Walk as each role, then list the calls of the API."""
    walk = Walk(json.loads(Path(demo).read_text("utf-8")), Path(folder))
    walk.folder.mkdir(parents=True)
    for role in ROLES:
        walk.pages_of(role)
    walk.calls()
    print(f"{len(walk.kinds)} requests in {folder}")  # noqa: T201 -- what it is for


if __name__ == "__main__":
    main(*sys.argv[1:])
