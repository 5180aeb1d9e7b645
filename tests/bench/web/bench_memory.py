"""Memory of the web processes as `make run` starts them: ``python -m tests.bench.web.bench_memory``.

Reads their proportional set size (PSS, Linux) before the first visitor, after every role of the demo has walked the
pages it is shown, after many signed in at once, after files went both ways, and after as many pages as wanted: what
grows there grows without end. The baseline is the sum of the same processes' resident sizes: what they would take if
nothing else on the machine used the same libraries.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from creative_platform.stack import keys
from creative_platform.stack.launch import ROOT
from creative_platform.stack.ports import free_ports
from tests.bench.web.visitor import AT_ONCE, Program, Visitor
from tests.stack.processes import descendants

MIB = 1024 * 1024
BUDGET_MIB = 150
FILE_BYTES = 12 * MIB
ROUNDS = 3
SOAK_PAGES = 5000


@contextlib.contextmanager
def platform() -> Iterator[Path]:
    """Start everything with the demo in a folder of its own; gives the folder."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("S3_", "DATABASE_", "BASE_"))}
    with tempfile.TemporaryDirectory() as folder:
        port = str(free_ports("127.0.0.1", 1)[0])
        command = [sys.executable, "-m", "creative_platform.stack", "run"]
        environment = {**outside, "VAR_DIR": folder, "PORT": port}
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                if not any("Ctrl-C" in line for line in process.stdout):
                    raise SystemExit("the platform did not start")
                yield Path(folder)
            finally:
                process.send_signal(signal.SIGTERM)
                process.communicate()


def web_processes(var: Path) -> list[int]:
    """Return the web server's parent and its children."""
    all_of_them = descendants(int((var / "run.lock").read_text()))
    web = [pid for pid in all_of_them if b"stack.web" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    parent = next(pid for pid in web if descendants(pid))
    return [parent, *sorted(descendants(parent))]


def sizes(pids: list[int]) -> dict[str, Any]:
    """Return what the kernel says of the processes, in MiB."""
    found = []
    for pid in pids:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        found.append({line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines})
    return {
        "pss": [round(row["Pss"], 1) for row in found],
        "private": [round(row["Private_Dirty"] + row["Private_Clean"], 1) for row in found],
        "pss_sum": round(sum(row["Pss"] for row in found), 1),
        "rss_sum": round(sum(row["Rss"] for row in found), 1),
    }


def sign_in_at_once(demo: dict[str, Any]) -> None:
    """Let everybody sign in at the same time, again and again: each check of a password takes 19 MiB for a while."""

    def enter(account: dict[str, str]) -> None:
        Visitor(demo["base_url"]).sign_in(account)

    with ThreadPoolExecutor(2 * AT_ONCE) as pool:
        list(pool.map(enter, [*demo["accounts"].values()] * 8))


def send_files(demo: dict[str, Any], door_url: str) -> None:
    """Let both participants send files into a draft, over the API and through the form, and take them away again."""

    def rounds(account: dict[str, str]) -> None:
        program, visitor = Program(demo["base_url"], account["token"]), Visitor(demo["base_url"])
        visitor.sign_in(account)
        contest = program.call("GET", f"/contests/{demo['contests']['open']}")
        track = next(track for track in contest["tracks"] if track["key"] == "video")
        draft = {"track": track["key"], "title": "Memory", "language": "en", "summary": "", "answers": {}}
        entry = program.call("POST", f"/contests/{demo['contests']['open']}/entries", draft)["id"]
        field = track["files"][0]["key"]
        for _ in range(ROUNDS):
            program.send_file(entry, field, os.urandom(FILE_BYTES))
            _clear(program, entry)
            visitor.send_form(door_url, entry, field, os.urandom(FILE_BYTES))
            _clear(program, entry)
        program.call("POST", f"/entries/{entry}/withdraw")

    with ThreadPoolExecutor() as pool:
        list(pool.map(rounds, (demo["accounts"][role] for role in ("participant", "participant2"))))


def _clear(program: Program, entry_id: str) -> None:
    for file in program.call("GET", f"/entries/{entry_id}")["files"]:
        program.call("DELETE", f"/files/{file['id']}")


def walk(demo: dict[str, Any]) -> Counter[int]:
    """Let every role of the demo, and a stranger, look around; count the statuses of their pages."""
    statuses: Counter[int] = Counter()
    for account, language in zip([None, *demo["accounts"].values()], itertools.cycle(("kk", "ru", "en"))):
        visitor = Visitor(demo["base_url"], language)
        if account:
            visitor.sign_in(account)
        statuses += visitor.walk()
    return statuses


def main() -> None:
    """Print the table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--var", type=Path, help="measure the platform that runs from this folder, just started")
    parser.add_argument("--pages", type=int, default=SOAK_PAGES, help="how many to ask for in all (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("var/bench/web-memory.json"))
    args = parser.parse_args()
    found: dict[str, Any] = {"budget": BUDGET_MIB}
    with contextlib.nullcontext(args.var) if args.var else platform() as var:
        demo = json.loads((var / "demo.json").read_text(encoding="utf-8"))
        pids = web_processes(var)

        def look(moment: str) -> None:
            found[moment] = row = sizes(pids)
            each = "".join(f"{value:8.1f}" for value in row["pss"])
            share = row["pss_sum"] / row["rss_sum"]
            sys.stdout.write(f"{moment:22}{each}{row['pss_sum']:8.1f}{share:8.2f}\n")
            sys.stdout.flush()

        names = ["parent", *(f"web {number}" for number in range(1, len(pids)))]
        sys.stdout.write(f"{'PSS, MiB':22}{''.join(f'{name:>8}' for name in [*names, 'all', 'of RSS'])}\n")
        look("started")
        statuses = walk(demo)
        look(f"after {statuses.total()} pages")
        sign_in_at_once(demo)
        look("after sign-ins at once")
        send_files(demo, keys.read(var)["UPLOAD_URL"])
        look("after files")
        while statuses.total() < args.pages:
            statuses += walk(demo)
            look(f"after {statuses.total()} pages")
        found["statuses"] = dict(statuses)
        sys.stdout.write(f"answers: {', '.join(f'{n} x {s}' for s, n in sorted(statuses.items()))}\n")
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
