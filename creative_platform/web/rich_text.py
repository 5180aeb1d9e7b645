"""Markdown by organizers and entrants: rendered and sanitised, links safe, no remote pictures."""

from __future__ import annotations

import nh3
from flask import Flask
from markdown_it import MarkdownIt
from markupsafe import Markup

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").enable("strikethrough")
BRACKETS_MOST = 1000  # unclosed ones cost quadratic time: beyond it they are letters, not links
_TAGS = {
    "p", "br", "strong", "em", "s", "a", "ul", "ol", "li", "blockquote", "code", "pre", "h2", "h3", "h4", "hr",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


def render_text(source: str | None) -> Markup:
    """Return safe HTML of a Markdown text; headings start at h2 so that a page keeps one h1."""
    source = source or ""
    if source.count("[") > BRACKETS_MOST:
        source = source.replace("[", r"\[")
    html = _markdown.render(source)
    html = html.replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    safe = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener nofollow",
    )
    return Markup(safe)  # noqa: S704 -- nh3 has just sanitised it


def install(app: Flask) -> None:
    """Give templates the filter ``render_text``."""
    app.add_template_filter(render_text)
