"""Measure how long a page takes for others while slowhttptest holds connections open.

    python tests/drills/slow_clients.py                        # our server; exit code 1 when p95 is not under 1 s
    python tests/drills/slow_clients.py --url http://127.0.0.1:8000 --slow-page /   # a server that already runs
    python tests/drills/slow_clients.py --server all           # every server installed beside it, as a table

slowhttptest must be installed (`apt-get install slowhttptest`); without it the drill skips and says so. wrk, when
there, adds the throughput. -H are headers that never end, -B bodies that never end, -X answers that are never read.
"""

import argparse
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
PAGE_APP = "tests.drills.page_app"
LONGEST_S = 10.0  # a page that has not come by then counts as this, and as failed
PROMISED_P95_S = 1.0

SERVERS = {  # name: (package that must be installed, arguments of the Python interpreter)
    "ours": ("waitress", "-m creative_platform.stack.web --app {app}:app --port {port}"),
    "waitress": ("waitress", "-m waitress --listen=127.0.0.1:{port} --threads=8 {app}:app"),
    "waitress, limit 1000": (
        "waitress",
        "-m waitress --listen=127.0.0.1:{port} --threads=8 --connection-limit=1000 --asyncore-use-poll {app}:app",
    ),
    "gunicorn gthread 2x8": (
        "gunicorn",
        "-m gunicorn -b 127.0.0.1:{port} --preload -w 2 -k gthread --threads 8 {app}:app",
    ),
    "gunicorn gevent 2": ("gevent", "-m gunicorn -b 127.0.0.1:{port} --preload -w 2 -k gevent {app}:app"),
    "granian 2x8": (
        "granian",
        "-m granian --interface wsgi --host 127.0.0.1 --port {port} --workers 2 --blocking-threads 8 {app}:app",
    ),
    "granian 2x256": (
        "granian",
        "-m granian --interface wsgi --host 127.0.0.1 --port {port} --workers 2 --blocking-threads 256 {app}:app",
    ),
    "cheroot 16": ("cheroot", "-m cheroot --bind 127.0.0.1:{port} --threads 16 {app}:app"),
    "hypercorn 2": ("hypercorn", "-m hypercorn -b 127.0.0.1:{port} -w 2 {app}:app"),
    "uvicorn a2wsgi 2": ("a2wsgi", "-m uvicorn --factory --host 127.0.0.1 --port {port} --workers 2 {app}:asgi"),
}


def attack(mode, connections, url, slow_page, seconds):
    """Start slowhttptest; it ends by itself."""
    options = {
        "H": ["-H", "-i", "5", "-x", "24"],
        "B": ["-B", "-i", "5", "-x", "10", "-s", "8192"],
        "X": ["-X", "-w", "512", "-y", "1024", "-n", "5", "-z", "32", "-k", "3"],
    }[mode]
    target = url + (slow_page if mode == "X" else "/")
    command = ["slowhttptest", *options, "-c", connections, "-r", connections, "-l", seconds, "-p", "3", "-u", target]
    return subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Visitor(threading.Thread):
    """Another client: fetches the page again and again on new connections and notes how long it took."""

    def __init__(self, url, until):
        super().__init__()
        self.url, self.until = url, until
        self.times, self.failures = [], 0

    def run(self):
        """Fetch until the time is over."""
        while time.monotonic() < self.until:
            started = time.monotonic()
            try:
                with urllib.request.urlopen(self.url + "/", timeout=LONGEST_S) as answer:
                    answer.read()
                self.times.append(time.monotonic() - started)
            except OSError:
                self.times.append(LONGEST_S)
                self.failures += 1
            time.sleep(0.1)


def visit(url, seconds, visitors=4):
    """Return (p95 in seconds, failures, fetches) of several visitors."""
    until = time.monotonic() + seconds
    threads = [Visitor(url, until) for _ in range(visitors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = sorted(value for thread in threads for value in thread.times)
    return times[int(len(times) * 0.95)], sum(thread.failures for thread in threads), len(times)


def late_arrival_s(url):
    """Return by how much the application takes a request with a 2 s body to be later than it was, or None."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname, parts.port), 10) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\na")
            complete = time.time()
            time.sleep(2)
            connection.sendall(b"b")
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        return max(0.0, json.loads(answer.partition(b"\r\n\r\n")[2])["arrival"] - complete)
    except (OSError, ValueError, KeyError):
        return None


def refuses_early(url):
    """Say whether 5 MB, of which 10 kB were sent, are answered with 413."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname, parts.port), 2) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n" + b"x" * 10_000)
            return connection.recv(100).split()[1:2] == [b"413"]
    except OSError:
        return False


def requests_per_s(url):
    """Return the throughput that wrk measures with 16 connections, or None without wrk."""
    if shutil.which("wrk") is None:
        return None
    told = subprocess.run(["wrk", "-t1", "-c16", "-d4s", url + "/"], capture_output=True, text=True, check=False).stdout
    rates = [line.split()[1] for line in told.splitlines() if line.startswith("Requests/sec")]
    return float(rates[0]) if rates else None


def pss_mib(pid):
    """Return the proportional memory of a process and everything below it."""
    total_kib = 0
    for process in family(pid):
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total_kib += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total_kib / 1024


def family(pid):
    """Return the process and its descendants."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        children = []
    return [pid, *(descendant for child in children for descendant in family(int(child)))]


@contextmanager
def started(name):
    """Start a server on a free port; give (url, pid)."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, *SERVERS[name][1].format(app=PAGE_APP, port=port).split()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        wait_for(process, port)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            for child in family(process.pid):
                os.kill(child, 9)
            process.wait()


def wait_for(process, port):
    """Wait until a page comes."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2).read()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("does not start")


def measure(url, pid, asked):
    """Return one row of the table."""
    row = {
        "requests_per_s": requests_per_s(url),
        "late_arrival_s": late_arrival_s(url),
        "early_413": refuses_early(url),
    }
    visit(url, 1)
    row["pss_mib"] = pss_mib(pid) if pid else None
    row["attacks"] = {}
    for mode in asked.modes:
        for connections in asked.connections:
            tool = attack(mode, connections, url, asked.slow_page, asked.seconds + 3)
            time.sleep(2)
            p95, failures, fetches = visit(url, asked.seconds)
            row["attacks"][f"{mode}{connections}"] = {"p95_s": p95, "failures": failures, "fetches": fetches}
            if pid:
                row["worst_pss_mib"] = max(row.get("worst_pss_mib", 0.0), pss_mib(pid))
            tool.wait(asked.seconds + 60)
    return row


def passed(result):
    """Say whether an attack left the others alone."""
    return result["failures"] == 0 and result["p95_s"] < PROMISED_P95_S


def line(name, row):
    """Write one row of the table."""
    cells = [
        f"{'ok' if passed(result) else 'FAIL'} {result['p95_s']:.3f} s"
        + (f" ({result['failures']}/{result['fetches']} lost)" if result["failures"] else "")
        for result in row["attacks"].values()
    ]
    late = "–" if row["late_arrival_s"] is None else f"{row['late_arrival_s']:.1f} s"
    rate = "–" if row["requests_per_s"] is None else f"{row['requests_per_s']:.0f}"
    memory = "–" if row["pss_mib"] is None else f"{row['pss_mib']:.0f} ({row['worst_pss_mib']:.0f})"
    return "| " + " | ".join([name, *cells, late, "yes" if row["early_413"] else "no", memory, rate]) + " |"


def main(argv=None):
    """Measure what was asked; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", nargs="+", default=["ours"], help=f"all, or of: {', '.join(SERVERS)}")
    parser.add_argument("--url", help="measure this server instead of starting one")
    parser.add_argument(
        "--slow-page", default="/big", help="what the slow readers ask for; at least 1 MiB, or sockets swallow it"
    )
    parser.add_argument("--connections", type=int, nargs="+", default=[60, 200])
    parser.add_argument("--modes", nargs="+", default=["H", "B", "X"], choices=["H", "B", "X"])
    parser.add_argument("--seconds", type=int, default=10, help="of each attack (%(default)s)")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    asked = parser.parse_args(argv)
    if shutil.which("slowhttptest") is None:
        say("skipped: slowhttptest is not installed (apt-get install slowhttptest)")
        return 0
    attacks = [f"-{mode} {count}" for mode in asked.modes for count in asked.connections]
    columns = ["server", *attacks, "arrival late by", "413 before body", "PSS MiB (worst)", "requests/s"]
    say("p95 of a page for others, during each attack")
    say("| " + " | ".join(columns) + " |")
    say("|" + "---|" * len(columns))
    rows = {}
    for name in [asked.url] if asked.url else list(SERVERS) if asked.server == ["all"] else asked.server:
        row = measure_one(name, asked)
        if row is not None:
            rows[name] = row
            say(line(name, row))
    if asked.json:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(json.dumps(rows, indent=1))
    ours = [rows[name] for name in rows if name in ("ours", asked.url)]
    return 0 if all(passed(result) for row in ours for result in row["attacks"].values()) else 1


def measure_one(name, asked):
    """Return the row of one server, or None with a printed reason."""
    if asked.url:
        return measure(asked.url.rstrip("/"), None, asked)
    if importlib.util.find_spec(SERVERS[name][0]) is None:
        say(f"| {name} | skipped: {SERVERS[name][0]} is not installed |")
        return None
    try:
        with started(name) as (url, pid):
            return measure(url, pid, asked)
    except RuntimeError as reason:
        say(f"| {name} | {reason} |")
        return None


def say(text):
    """Print at once: a row may take two minutes."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
