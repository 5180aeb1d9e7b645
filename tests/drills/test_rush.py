"""The last minute before a deadline, against everything that `make run` starts, on both databases.

`DRILL_SEED=… DRILL_RUSH=entries make drill ARGS=tests/drills/test_rush.py` repeats or shortens it: a fifth of that many
people hand in that many entries, 1,000 in a minute; speed is asserted of the whole 1,000 alone.
"""

import json
import os
import random
import resource
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from creative_platform.contests.queries import contest_by_slug
from creative_platform.core import audit, db, queue
from creative_platform.core.audit import AuditEvent
from creative_platform.core.queue import JobState
from creative_platform.entries.models import Entry, EntryState, Receipt
from creative_platform.stack.ports import free_ports
from tests.bench.web.visitor import Program
from tests.drills.rush import clients, plan
from tests.factories.files import picture
from tests.stack.processes import descendants
from tests.stack.running import Run

pytestmark = [pytest.mark.drill, pytest.mark.storage, pytest.mark.timeout(600)]

WHOLE = 1000
PROMISED_P95_S = 2.0
PARTS = {"web": "stack.web", "store": "swift_server", "database": "postgres"}
TICKS = os.sysconf("SC_CLK_TCK")


@pytest.fixture
def two_cores() -> Iterator[None]:
    """Keep this process, and what it starts, on two cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:2])
    yield
    os.sched_setaffinity(0, before)


@pytest.fixture(params=["sqlite", "postgresql"])
def platform(request, tmp_path: Path, two_cores) -> Iterator[Run]:
    """SQLite as `make run` starts it; PostgreSQL with a process for each core, as docs/operators.md says."""
    place = tmp_path / "var", free_ports("127.0.0.1", 1)[0]
    if request.param == "postgresql":
        url = request.getfixturevalue("durable_postgres").create_database()
        running = Run(*place, url, WEB_PROCESSES="2")
    else:
        running = Run(*place)
    yield running
    running.stop()


def test_everything_that_arrives_in_time_is_accepted_and_kept(platform: Run, application_on) -> None:
    seed = int(os.environ.get("DRILL_SEED") or random.SystemRandom().randrange(10**6))
    entries = int(os.environ.get("DRILL_RUSH") or WHOLE)
    seconds = entries * 60 / WHOLE
    say(f"\nDRILL_SEED={seed} DRILL_RUSH={entries} on {platform.database_url.split(':')[0]}")
    environment = {"VAR_DIR": str(platform.var_dir), "DATABASE_URL": platform.database_url, "PORT": str(platform.port)}
    with application_on(environment) as app:
        slug, people = plan.make_people(app, random.Random(seed), entries // 5, entries, seconds)
        send_files(f"http://127.0.0.1:{platform.port}", people, entries // 25)
        deadline = time.time() + seconds + clients.READS_S + 2
        plan.close_entries_at(contest_by_slug(slug), datetime.fromtimestamp(deadline, UTC))
        before, began = cpu_s(), time.monotonic()
        rush = clients.run(people, platform.port, deadline)
        took = time.monotonic() - began
        shares = {part: (value - before.get(part, 0.0)) / took / 2 for part, value in cpu_s().items()}
        arrivals = {row[0]: row[1] for row in db.session().execute(select(Entry.public_id, Entry.submitted_at))}
        report(rush, arrivals, shares)
        assert_all_kept(rush, deadline, margin_s=0.1 if entries >= WHOLE else 3.0)
        if entries >= WHOLE:
            assert rush.too_slow == []
            assert percentile([o.answer.took_s for o in rush.outcomes], 95) < PROMISED_P95_S


def send_files(base_url: str, people: list[plan.Person], count: int) -> None:
    """Let programs send a picture each; the worker looks into them while the rush begins."""
    for person in [person for person in people if not person.browser][:count]:
        Program(base_url, person.secret).send_file(person.attempts[0].entry_id, "pages", picture(), "a.jpg")


def assert_all_kept(rush: clients.Rush, deadline: float, margin_s: float) -> None:
    """Compare what the clients were told with what is stored.

    What was sent within the last `margin_s` may have arrived after the deadline, on a machine that is busy.
    """
    assert rush.broken == []
    accepted = [o for o in rush.outcomes if o.code]
    refused = [o for o in rush.outcomes if not o.code]
    stored = {row.public_id: row for row in db.session().scalars(select(Entry))}
    whole = select(Receipt).options(joinedload(Receipt.revision))
    receipts = {receipt.revision.entry_id: receipt for receipt in db.session().scalars(whole)}
    for outcome in accepted:
        entry = stored[outcome.attempt.entry_id]
        receipt = receipts[entry.id]
        arrived = receipt.revision.arrived_at
        assert (entry.state, entry.submitted_at, receipt.code) == (EntryState.SUBMITTED, arrived, outcome.code)
        assert outcome.asked_first_at - 0.001 <= arrived.timestamp() < deadline
    for outcome in refused:
        assert (outcome.answer.status, "Entries closed before this arrived." in outcome.answer.text) == (409, True)
        assert stored[outcome.attempt.entry_id].state is EntryState.DRAFT
        if not outcome.browser:
            assert datetime.fromisoformat(json.loads(outcome.answer.text)["arrived_at"]).timestamp() >= deadline
    assert [o.attempt for o in refused if o.answer.sent_at < deadline - margin_s] == []
    assert [o.attempt for o in accepted if o.asked_first_at >= deadline] == []
    assert [o.attempt for o in accepted if o.attempt.body_at_s is not None] != []  # the last byte came too late
    assert refused
    assert list(audit.verify()) == []
    links = select(func.count(AuditEvent.id)).where(AuditEvent.verb == "entry.submitted")
    assert db.session().scalar(links) == len(accepted) == len(receipts)
    assert queue.count_in(JobState.FAILED) == 0


def report(rush: clients.Rush, arrivals: dict[str, datetime], shares: dict[str, float]) -> None:
    """Print the figures as a table."""
    accepted = [o for o in rush.outcomes if o.code]
    rows = {
        "submit, form": [o.answer.took_s for o in rush.outcomes if o.browser],
        "submit, API": [o.answer.took_s for o in rush.outcomes if not o.browser],
        "submit, all": [o.answer.took_s for o in rush.outcomes],
        "from sending to arrival": [
            arrivals[o.attempt.entry_id].timestamp() - o.asked_first_at for o in accepted if not o.attempt.drops
        ],
        **rush.pages,
    }
    say("| s | count | p50 | p95 | p99 | max |\n|---|---|---|---|---|---|")
    for name, times in rows.items():
        figures = [percentile(times, part) for part in (50, 95, 99, 100)]
        say(f"| {name} | {len(times)} | " + " | ".join(f"{figure:.3f}" for figure in figures) + " |")
    again = sum(o.attempt.drops for o in rush.outcomes)
    seconds = Counter(int(o.answer.sent_at) for o in rush.outcomes)
    said = {
        "accepted": len(accepted),
        "refused as late": len(rush.outcomes) - len(accepted),
        "asked again": again,
        "5xx": len(rush.broken),
        "no form in time": len(rush.too_slow),
        "most in a second": max(seconds.values()),
        "jobs waiting": queue.count_in(JobState.WAITING),
    }
    say(", ".join(f"{name} {count}" for name, count in said.items()))
    say("CPU of two cores: " + ", ".join(f"{part} {share:.0%}" for part, share in sorted(shares.items())))


def percentile(values: list[float], part: int) -> float:
    """Return a percentile by the nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * part // 100) - 1)]


def cpu_s() -> dict[str, float]:
    """Return the CPU seconds of this process and of what it started, by what the command lines say."""
    mine = resource.getrusage(resource.RUSAGE_SELF)
    spent = {"clients": mine.ru_utime + mine.ru_stime}
    for pid in descendants(os.getpid()):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_text()
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
        except OSError:
            continue
        part = next((part for part, word in PARTS.items() if word in command), "worker")
        spent[part] = spent.get(part, 0.0) + sum(int(field) for field in fields[11:15]) / TICKS
    return spent


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the way to repeat it, and the figures
