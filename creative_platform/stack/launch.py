"""The platform as a table of commands: what `make run` starts, in which order, and what it says."""

import fcntl
import http.client
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from creative_platform.stack import bucket, keys
from creative_platform.stack.objectstore import SERVERS, ObjectStore
from creative_platform.stack.ports import free_ports, is_free
from creative_platform.stack.supervisor import Service, Supervisor

ROOT = Path(__file__).resolve().parents[2]
AFTER_KILL_S = 12.0


class CannotStart(Exception):
    """Something else holds the folder or the port; the message says what to do."""


@dataclass(frozen=True)
class Place:
    """Where this installation lives and answers, as the environment says."""

    var_dir: Path
    port: int
    base_url: str
    environment: Mapping[str, str]

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Place":
        """Read VAR_DIR, PORT and BASE_URL as config.load does. Raises CannotStart."""
        try:
            port = int(environment.get("PORT") or 8000)
        except ValueError as error:
            raise CannotStart(f"PORT must be a whole number, not {environment['PORT']!r}.") from error
        base_url = (environment.get("BASE_URL") or f"http://127.0.0.1:{port}").rstrip("/")
        var_dir = Path(environment.get("VAR_DIR") or ROOT / "var").resolve()
        # Processes that count with a thread a core wait for each other's threads, when there is one for each core.
        one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        return cls(var_dir, port, base_url, {**one_thread, **environment, "PYTHONUNBUFFERED": "1"})

    @property
    def logs(self) -> Path:
        return self.var_dir / "log"

    @property
    def demo_file(self) -> Path:
        return self.var_dir / "demo.json"

    @property
    def own_store(self) -> bool:
        """Tell whether the store that comes along is wanted, not one that the environment names."""
        return not self.environment.get("S3_ENDPOINT_URL")

    @property
    def wants_demo(self) -> bool:
        """Tell whether the demo contest is to be loaded: once, and never into a database that somebody prepared."""
        return not self.demo_file.exists() and not self.environment.get("DATABASE_URL")


def make_keys(place: Place) -> None:
    """Make what `run` would make and start nothing. Raises CannotStart while the platform runs: it holds the ports."""
    with _lock(place):
        _prepare(place)


def run(place: Place, say: Any = print) -> None:
    """Start everything, say where it is, keep it running. Raises Stopped, ServiceFailed, CannotStart and others."""
    with _lock(place) as was_killed, Supervisor(ROOT, place.logs, place.environment, say) as supervisor:
        started = time.monotonic()
        if was_killed:  # what the last run started ends by itself; its web server lets running requests end first
            supervisor.settle(lambda: all(is_free("127.0.0.1", port) for port in _kept_ports(place)), AFTER_KILL_S)
        if not is_free("127.0.0.1", place.port):
            raise CannotStart(f"Port {place.port} is taken. Choose another: make run PORT={place.port + 1}")
        store = _prepare(place)
        if store is not None:
            supervisor.start(*(_server(store, kind) for kind in SERVERS))
        supervisor.step("migrate", _flask("db", "upgrade"))
        if store is not None:
            _make_ready(store, place, supervisor)
        if place.wants_demo:
            say("Loading the demo contest (once; a minute or two) …")
            supervisor.step("demo", _flask("demo"))
        supervisor.start(Service("worker", _flask("worker")), Service("web", _web(place)))
        supervisor.wait_for(lambda: _is_ready(place), "web")
        _announce(place, time.monotonic() - started, say)
        supervisor.watch()


def _prepare(place: Place) -> ObjectStore | None:
    """Make var/ with its secrets and, when wanted, the object store's configuration; return that store."""
    values = keys.ensure(place.var_dir)
    values["BASE_URL"] = place.base_url  # for commands beside the platform: they are not told PORT
    values |= _upload_door(place, values.pop("UPLOAD_URL", ""))
    store = None
    if place.own_store:
        origins = dict.fromkeys([place.base_url, f"http://127.0.0.1:{place.port}", f"http://localhost:{place.port}"])
        store = ObjectStore(
            place.var_dir / "objectstore",
            access_key_id=place.environment.get("S3_ACCESS_KEY_ID") or values["S3_ACCESS_KEY_ID"],
            secret_access_key=place.environment.get("S3_SECRET_ACCESS_KEY") or values["S3_SECRET_ACCESS_KEY"],
            origins=origins,
            logs=place.logs,
        )
        store.prepare()
        values["S3_ENDPOINT_URL"] = store.endpoint_url
    keys.write(place.var_dir, values)
    return store


def _upload_door(place: Place, kept: str) -> dict[str, str]:
    """Return the address for the upload form without JavaScript, the kept one while its port is free.

    The cookie goes to every port of a host, so the host is the page's. Behind a proxy, and when the environment names
    an address, it is for the operator to open the door.
    """
    base = urlsplit(place.base_url)
    if place.environment.get("UPLOAD_URL") or base.scheme != "http":
        return {}
    port = urlsplit(kept).port or 0
    if not port or not is_free("127.0.0.1", port):
        port = free_ports("127.0.0.1", 1)[0]
    return {"UPLOAD_URL": f"http://{base.hostname}:{port}"}


def _make_ready(store: ObjectStore, place: Place, supervisor: Supervisor) -> None:
    supervisor.wait_for(store.answers, "objectstore")
    name = place.environment.get("S3_BUCKET") or keys.read(place.var_dir)["S3_BUCKET"]
    bucket.create(store.endpoint_url, store.access_key_id, store.secret_access_key, name)
    if store.has_unlisted_writes():
        supervisor.aside("objectstore", store.command("updater"))


def _server(store: ObjectStore, kind: str) -> Service:
    return Service(kind, store.command(kind), log_name="objectstore", stop_s=2.0, foundation=True)


def _flask(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]


def _web(place: Place) -> list[str]:
    spool = place.var_dir / "spool"
    spool.mkdir(exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "creative_platform.stack.web",
        "--port",
        str(place.port),
        "--spool-dir",
        str(spool),
    ]
    upload = urlsplit(keys.read(place.var_dir).get("UPLOAD_URL", "")).port
    if upload and not place.environment.get("UPLOAD_URL"):
        command += ["--upload-port", str(upload)]
    return command


def _is_ready(place: Place) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=10)
    try:
        connection.request("GET", "/readyz", headers={"Host": urlsplit(place.base_url).netloc})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def _lock(place: Place) -> Iterator[bool]:
    """Hold var/ for ourselves and tell whether the last holder was killed; the kernel lets go however we end."""
    place.var_dir.mkdir(parents=True, exist_ok=True)
    with (place.var_dir / "run.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise CannotStart(f"The platform already runs from {place.var_dir} (process {file.read()}).") from error
        file.seek(0)
        was_killed = bool(file.read())
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield was_killed
        finally:
            file.truncate(0)


def _kept_ports(place: Place) -> set[int]:
    """Return the ports of addresses that people and browsers may still hold."""
    values = keys.read(place.var_dir)
    kept = (urlsplit(values.get(name, "")).port for name in ("S3_ENDPOINT_URL", "UPLOAD_URL"))
    return {place.port} | {port for port in kept if port}


def _announce(place: Place, took_s: float, say: Any) -> None:
    say(f"\n  {place.base_url}   (ready after {took_s:.0f} s)\n")
    if place.demo_file.exists():
        accounts = json.loads(place.demo_file.read_text(encoding="utf-8")).get("accounts", {})
        width = max((len(role) for role in accounts), default=0)
        for role, account in accounts.items():
            say(f"  {role:<{width}}  {account['email']}  {account['password']}")
        say("")
    if not place.environment.get("MAIL_URL"):
        say(f"  Mails: {place.var_dir / 'mail'} (none leaves this machine)")
    say(f"  Logs: {place.logs}   Ctrl-C stops everything and keeps the data.")
