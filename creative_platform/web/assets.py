"""Static files: read and compressed once, under addresses that change with them, so that browsers keep them for ever.

The mark of all files together stands in front of their names (``/static/v-0123456789/js/site.js``), so that a script
finds its neighbours (``./transfer.js``) under the same mark.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask, Response, abort, request

from creative_platform.web import compression

# What a page needs together is one request. A script that follows another stands in a block of its own, where its
# names clash with none; it can neither import nor export.
JOINED = {
    "css/pages.css": ("css/tokens.css", "css/site.css"),
    "js/draft.js": ("js/upload.js", "js/autosave.js"),
}
_KEEP = "public, max-age=31536000, immutable"
_COMMENTS = re.compile(rb"^ *//.*\n", re.MULTILINE)  # a seventh of what scripts weigh; nobody reads them there
_MARKED = re.compile(r"v-([0-9a-f]{10})/")
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def read(root: Path) -> dict[str, bytes]:
    """Return the bytes of every static file by its name, the joined ones included."""
    files = {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}
    files |= {name: _COMMENTS.sub(b"", body) for name, body in files.items() if name.endswith(".js")}
    for name, parts in JOINED.items():
        first, *others = (files[part] for part in parts)
        block = b"{\n%s}\n" if name.endswith(".js") else b"%s"
        files[name] = b"\n".join([first, *(block % other for other in others)])
    return files


@dataclass
class _File:
    """One static file in every coding that makes it smaller."""

    body: bytes
    mimetype: str
    codings: dict[str, bytes] = field(default_factory=dict)

    def coded(self, coding: str) -> bytes | None:
        """Return the body in a coding, compressed at the first call; None when that is of no use."""
        if not coding or not compression.compressible(self.mimetype):
            return None
        if coding not in self.codings:
            self.codings[coding] = compression.compress_once(self.body, coding)
        small = self.codings[coding]
        return small if len(small) < len(self.body) else None


class Shelf:
    """All static files, in memory: they are a tenth of a megabyte."""

    def __init__(self, root: Path) -> None:
        files = read(root)
        digests = (name.encode() + hashlib.sha256(body).digest() for name, body in files.items())
        self.mark = hashlib.sha256(b"".join(digests)).hexdigest()[:10]
        self._files = {name: _File(body, _TYPES[Path(name).suffix]) for name, body in files.items()}
        self._addresses = {name: f"/static/v-{self.mark}/{name}" for name in files}

    def address(self, name: str) -> str:
        """Return the address of a static file, with the mark."""
        return self._addresses[name]

    def compress(self) -> None:
        """Compress everything now, not while somebody waits."""
        for file in self._files.values():
            for coding in compression.CODINGS:
                file.coded(coding)

    def answer(self, filename: str) -> Response:
        """Answer with a file in the coding that the client likes, or the part of it that it asks for."""
        marked = _MARKED.match(filename)
        name = filename[marked.end() :] if marked else filename
        file = self._files.get(name)
        if file is None:
            abort(404)
        coding = compression.liked(request.headers.get("Accept-Encoding", ""))
        small = file.coded(coding)
        body = file.body if small is None else small
        response = Response(body, mimetype=file.mimetype)  # nosemgrep: type-of-answer-from-outside -- one of _TYPES
        if small is not None:
            response.headers["Content-Encoding"] = coding
        if compression.compressible(file.mimetype):
            response.vary.add("Accept-Encoding")
        current = marked is not None and marked[1] == self.mark
        response.headers["Cache-Control"] = _KEEP if current else "no-cache"
        response.set_etag(f"{self.mark}-{response.headers.get('Content-Encoding', 'plain')}")
        response.make_conditional(request, accept_ranges=True, complete_length=len(body))
        return response


def install(app: Flask) -> None:
    """Serve the static files and give templates ``asset``."""
    shelf = Shelf(Path(app.root_path) / "static")
    app.add_template_global(shelf.address, "asset")
    app.add_url_rule("/static/<path:filename>", "static", shelf.answer)
    app.extensions.setdefault("before_serving", []).append(shelf.compress)
