"""Absolute addresses for mails and documents, always of BASE_URL: what a request calls itself is never believed."""

from __future__ import annotations

_base_url = ""


def configure(base_url: str) -> None:
    """Say where people reach this installation; ``app.py`` calls this once."""
    global _base_url
    _base_url = base_url.rstrip("/")


def url(path: str) -> str:
    """Return the absolute address of a path of ours, which starts with a slash."""
    if not _base_url:
        raise RuntimeError("links were not configured")
    if not path.startswith("/") or path.startswith("//"):
        raise ValueError(f"not a path of ours: {path!r}")
    return _base_url + path
