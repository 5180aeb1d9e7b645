"""Time and memory of ranking, assignment and repair: ``python -m tests.bench.judging.bench_speed``.

The peer is a dense min-cost flow, built arc by arc in Python and solved by OR-tools, as OpenReview's matcher does it.
It runs when OR-tools is installed; each assignment runs in a process of its own, so that memory can be told apart.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from scoring.judging import Entry, Juror, assign, rank
from tests.bench.judging.contest import RUBRIC
from tests.bench.judging.linear import TYPICAL, linear

SIZES = {"100 x 20 x 3": (100, 20, 3), "1000 x 100 x 4": (1000, 100, 4), "10000 x 500 x 3": (10_000, 500, 3)}


def contest(n: int, m: int) -> tuple[list[Entry], list[Juror]]:
    """Make entries and jurors of 8 tracks, 20 regions, 3 languages and 100 communities."""
    lot = random.Random(1)
    entries = [
        Entry(f"e{i:05}", f"t{lot.randrange(8)}", f"r{lot.randrange(20)}", lot.choice(["kk", "ru", "en"]),
              f"o{lot.randrange(100)}")
        for i in range(n)
    ]  # fmt: skip
    jurors = [
        Juror(f"j{j:04}", f"r{lot.randrange(20)}", tuple(f"t{k}" for k in lot.sample(range(8), 2)),
              tuple(lot.sample(["kk", "ru", "en"], lot.choice([2, 3]))), f"o{lot.randrange(100)}")
        for j in range(m)
    ]  # fmt: skip
    return entries, jurors


def ours(n: int, m: int, reviews: int) -> str:
    """Assign, and say the loads."""
    plan = assign(*contest(n, m), reviews=reviews)
    return f"loads {min(plan.loads.values())}..{max(plan.loads.values())}, lambda2 {plan.second_eigenvalue:.2f}"


def peer(n: int, m: int, reviews: int) -> str:
    """Assign by a dense min-cost flow, and say the loads."""
    from ortools.graph.python import min_cost_flow  # noqa: PLC0415 -- an optional peer, not a dependency

    entries, jurors = contest(n, m)
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = {}
    for i, entry in enumerate(entries):
        flow.add_arc_with_capacity_and_unit_cost(0, 1 + i, reviews, 0)
        for j, juror in enumerate(jurors):
            if entry.organization == juror.organization or entry.language not in juror.languages:
                continue
            cost = (entry.track not in juror.expert_tracks) * 100 + (entry.region == juror.region) * 10
            arcs[flow.add_arc_with_capacity_and_unit_cost(1 + i, 1 + n + j, 1, cost)] = j
    most = -(-n * reviews * 12 // (10 * m))
    for j in range(m):
        flow.add_arc_with_capacity_and_unit_cost(1 + n + j, 1 + n + m, most, 0)
    flow.set_node_supply(0, n * reviews)
    flow.set_node_supply(1 + n + m, -n * reviews)
    if flow.solve() != flow.OPTIMAL:
        return "unsolved"
    loads = [0] * m
    for arc, j in arcs.items():
        loads[j] += flow.flow(arc)
    return f"loads {min(loads)}..{max(loads)}"


def _child(work: Callable[[int, int, int], str], size: tuple[int, int, int], pipe: object) -> None:
    before, start, begun = _memory("VmRSS"), time.perf_counter(), time.process_time()
    said = work(*size)
    pipe.send((time.perf_counter() - start, time.process_time() - begun, _memory("VmHWM") - before, said))


def _memory(field: str) -> float:
    """Return a figure of this process's own memory in MiB; ru_maxrss would count the parent's."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    raise KeyError(field)


def measured(work: Callable[[int, int, int], str], size: tuple[int, int, int]) -> dict[str, object]:
    """Run in a fresh process; return wall and CPU seconds, MiB above the start, and what it says."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_child, args=(work, size, there))
    process.start()
    wall, cpu, mib, said = here.recv()
    process.join()
    return {"wall_s": round(wall, 3), "cpu_s": round(cpu, 3), "mib": round(mib, 1), "said": said}


def repair() -> dict[str, object]:
    """Time the repair of 10 % drop-outs at 10,000 x 500 x 3, and count moved pairs."""
    entries, jurors = contest(10_000, 500)
    before = assign(entries, jurors, reviews=3)
    gone = set(random.Random(2).sample([juror.juror_id for juror in jurors], 50))
    start, cpu = time.perf_counter(), time.process_time()
    after = assign(entries, [j for j in jurors if j.juror_id not in gone], reviews=3, existing=before.pairs)
    took = {"wall_s": round(time.perf_counter() - start, 3), "cpu_s": round(time.process_time() - cpu, 3)}
    moved = {pair for pair in before.pairs if pair[1] not in gone} - set(after.pairs)
    return {**took, "said": f"{len(after.dropped)} lost, {len(after.added)} given anew, {len(moved)} moved"}


def ranking(n: int, m: int, reviews: int, times: int) -> dict[str, object]:
    """Time ``rank`` with all its uncertainty: the best of some runs."""
    simulated = linear(replace(TYPICAL, entries=n, jurors=m), reviews, 1)
    sheets, wall, cpu = simulated.sheets(), [], []
    for _ in range(times):
        start, begun = time.perf_counter(), time.process_time()
        rank(sheets, simulated.entries, simulated.jurors, RUBRIC)
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - begun)
    return {"wall_s": round(min(wall), 3), "cpu_s": round(min(cpu), 3), "said": f"{len(sheets)} sheets"}


def main() -> None:
    """Print one line a measurement and write all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("var/bench/judging-speed.json"))
    args = parser.parse_args()
    found: dict[str, dict[str, object]] = {}

    def note(name: str, result: dict[str, object]) -> None:
        found[name] = result
        sys.stdout.write(f"{name:36} {'  '.join(f'{key} {value}' for key, value in result.items())}\n")
        sys.stdout.flush()

    note("rank 200 x 30 x 5", ranking(200, 30, 5, 7))
    note("rank 10000 x 500 x 3", ranking(10_000, 500, 3, 2))
    note("rank 20000 x 500 x 5", ranking(20_000, 500, 5, 1))
    for name, size in SIZES.items():
        note(f"assign {name}", measured(ours, size))
        if find_spec("ortools"):
            theirs, ours_took = measured(peer, size), found[f"assign {name}"]
            theirs["ratio"] = "{:.1f} x the CPU time, {:.1f} x the memory".format(
                *(float(str(theirs[key])) / max(float(str(ours_took[key])), 1e-3) for key in ("cpu_s", "mib"))
            )
            note(f"assign {name}, dense flow peer", theirs)
        else:
            sys.stdout.write(f"assign {name}, dense flow peer: left out: pip install ortools\n")
    note("repair 10 % of 10000 x 500 x 3", repair())
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
