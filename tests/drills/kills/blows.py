"""Where the blows fall: what is killed, and at which moment of a file's way."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass

from creative_platform.stack.objectstore import SERVERS, ObjectStore
from tests.stack.processes import alive, descendants, wait_until
from tests.stack.running import Run

VICTIMS = ("browser", "web", "worker", "store")
MOMENTS = ("upload", "complete", "verify", "derive")
BACK_S = 90
_COMMANDS = {"web": [("creative_platform.stack.web",)], "worker": [("worker",)]}


@dataclass(frozen=True)
class Blow:
    """One kill: of whom and when; ``share`` (0 to 1) draws the instant within the moment."""

    number: int
    victim: str
    moment: str
    share: float


def blows(dice: random.Random, count: int) -> Iterator[Blow]:
    """Draw blows so that each victim falls every fourth time and each moment is met by all of them."""
    rounds = list(itertools.product(range(len(MOMENTS)), range(len(VICTIMS))))
    number = 0
    while True:
        shift = dice.randrange(len(MOMENTS))
        order = dice.sample(VICTIMS, len(VICTIMS))
        for turn, at in rounds:
            if number == count:
                return
            number += 1
            yield Blow(number, order[at], MOMENTS[(turn + at + shift) % len(MOMENTS)], dice.random())


def strike(run: Run, victim: str, dice: random.Random) -> str:
    """Kill a part of the platform, whole or one of its processes, and say which; its supervisor brings it back."""
    if victim == "store":
        kinds = list(SERVERS) if dice.random() < 0.3 else [dice.choice(SERVERS)]
        commands = [("-P", kind) for kind in kinds]
    else:
        commands = _COMMANDS[victim]
    pids = [run.pid_of(*words) for words in commands]
    assert all(pids), f"{victim} is not there"
    below = sorted(descendants(pids[0]))
    if victim != "store" and below and dice.random() < 0.3:
        pids, name = [dice.choice(below)], f"a process of {victim}"
    else:
        name = f"{victim} ({', '.join(words[-1] for words in commands)})" if victim == "store" else victim
        pids = [pid for pid in pids for pid in (pid, *descendants(pid))]
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(alive(pid) for pid in pids))
    return name


def wait_until_back(run: Run) -> None:
    """Wait until everything answers again."""
    store = store_of(run)
    wanted = [("-P", kind) for kind in SERVERS] + [words for all_of in _COMMANDS.values() for words in all_of]
    wait_until(lambda: all(run.pid_of(*words) for words in wanted) and store.answers() and run.is_ready(), BACK_S)


def store_of(run: Run) -> ObjectStore:
    """Return the store that came along, to ask whether all of it answers."""
    return ObjectStore(run.var_dir / "objectstore", "", "", (), run.var_dir / "log")
