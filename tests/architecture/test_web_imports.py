"""A web process stays small: it never loads what only the worker and the commands need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
HEAVY = {"numpy", "scipy", "sklearn", "cv2", "av", "PIL", "typst", "alembic", "flask_migrate", "pypdfium2"}

PROGRAM = """
import json, re, sys
from wsgi import app
from tests.factories.accounts import PASSWORD, make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry

with app.app_context():
    person = make_user(is_admin=True)
    contest = make_contest(person)
    entry = make_entry(contest, owner=person)
    names = {"slug": contest.slug, "public_id": entry.public_id, "number": "1", "filename": "css/tokens.css"}
    email = person.email

client, statuses = app.test_client(), {}
token = client.get("/login").text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
client.post("/login", data={"email": email, "password": PASSWORD, "csrf_token": token})
for rule in app.url_map.iter_rules():
    if "GET" in rule.methods:
        address = re.sub("<(?:[^<>:]*:)?([a-z_]+)>", lambda found: names.get(found[1], "a" * 26), rule.rule)
        statuses[rule.endpoint] = client.get(address).status_code
print(json.dumps({"statuses": statuses, "modules": sorted({name.partition(".")[0] for name in sys.modules})}))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    """The environment of a web process whose database is made and whose store does not answer."""
    var = tmp_path_factory.mktemp("var")
    key = var / "signing.pem"
    subprocess.run([sys.executable, "-c", KEY, str(key)], check=True)
    made = {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
        "VAR_DIR": str(var),
        "SECRET_KEY": "test-secret-0123456789-abcdefghijklmnop",
        "S3_ENDPOINT_URL": "http://127.0.0.1:9",
        "S3_ACCESS_KEY_ID": "nobody",
        "S3_SECRET_ACCESS_KEY": "nobody-listens",
        "SIGNING_KEY_FILE": str(key),
        "BASE_URL": "http://localhost",
    }
    flask = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    subprocess.run(flask, check=True, cwd=ROOT, env=made, capture_output=True)
    return made


def told_by(program: str, environment: dict[str, str]) -> dict:
    """Run a program and return the JSON of its last line."""
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, cwd=ROOT, env=environment, capture_output=True, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def web_process(environment) -> dict:
    """What a process that served every page once has loaded."""
    return told_by(PROGRAM, environment)


KEY = """
import sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
open(sys.argv[1], "wb").write(key)
"""


def test_a_web_process_never_loads_what_only_the_worker_needs(web_process):
    assert set(web_process["modules"]) & HEAVY == set()


def test_every_page_was_asked_for(web_process):
    broken = {name: status for name, status in web_process["statuses"].items() if status >= 500}

    assert broken == {"health.readyz": 503}
    shown = {name for name, status in web_process["statuses"].items() if status == 200}
    assert {
        "accounts.people",
        "setup.setup",
        "entries.edit",
        "panel.jury",
        "screening.entries",
        "api.entry",
    } <= shown
    assert len(shown) > 30
