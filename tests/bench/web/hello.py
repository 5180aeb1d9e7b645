"""The baseline: one small Flask page from a compiled template, a heading and a list of ten."""

from __future__ import annotations

from flask import Flask

app = Flask(__name__)
PAGE = app.jinja_env.from_string(
    "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{{ title }}</title></head>"
    "<body><h1>{{ title }}</h1><ul>{% for n in items %}<li>{{ n }}</li>{% endfor %}</ul></body></html>"
)


@app.get("/")
def hello() -> str:
    """Greet."""
    return PAGE.render(title="Hello", items=range(10))
