"""A page of the platform's size and imports, for measuring web servers side by side."""

import importlib
import time

from flask import Flask, render_template_string, request

WEIGHT = """
flask_sqlalchemy flask_babel flask_login flask_wtf wtforms flask_migrate argon2 boto3 botocore.client cryptography
cryptography.hazmat.primitives.asymmetric.ed25519 markdown_it nh3 huey segno psycopg email_validator prometheus_client
sqlalchemy.orm sqlalchemy.dialects.postgresql sqlalchemy.dialects.sqlite
"""  # what the platform's own web processes import; what is not installed is left out

for name in WEIGHT.split():
    try:
        importlib.import_module(name)
    except ImportError:
        continue

PAGE = """<!doctype html><html lang="kk"><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body><h1>{{ title }}</h1>
<table>{% for row in rows %}<tr><td>{{ row }}</td><td>Шығармашылық байқау</td></tr>{% endfor %}
</table></body></html>"""

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024


@app.get("/")
def page():
    """Show a table of thirty rows."""
    return render_template_string(PAGE, title="Ашық байқаулар", rows=range(30))


@app.post("/")
def arrival():
    """Say when the application knew of the request, then read its body."""
    known = request.environ.get("creative_platform.arrival", time.time())
    body_bytes = len(request.get_data())
    return {"arrival": known, "body_bytes": body_bytes}


@app.get("/big")
def big():
    """Answer with 1 MiB, more than a socket takes from a client that does not read."""
    return "x" * 1024 * 1024


def asgi():
    """Wrap the application for servers that speak ASGI only."""
    return importlib.import_module("a2wsgi").WSGIMiddleware(app, workers=16)
