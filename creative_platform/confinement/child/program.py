"""The child's one run: leave the network, take the job, let its module do it, answer, leave."""

import importlib
import os
import resource
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from creative_platform.confinement import frames
from creative_platform.confinement.child import sandbox
from creative_platform.confinement.child.output import Output
from creative_platform.confinement.child.refusal import Refused
from creative_platform.confinement.child.source import RangeSource

OUT_OF_MEMORY = 71  # exit codes the parent knows
PARENT_GONE = 72


@dataclass(frozen=True, slots=True)
class Task:
    """What a module gets to work with; ``confine`` is called when it has loaded the libraries that it needs."""

    source: RangeSource
    job: dict[str, Any]
    output: Output
    confine: Callable[[], bool | None]

    def confined(self) -> None:
        """Leave the file system for good. Raises Refused when the kernel does not let us."""
        if self.confine() is False:
            raise Refused("inspection.not_isolated", "the file system could not be left")


def run(arguments: list[int]) -> NoReturn:
    """Do one task over the inherited socket and exit. Never returns."""
    fd, isolate, memory_bytes, cpu_s, file_bytes, open_files = arguments
    sandbox.limit_resources(memory_bytes, cpu_s, file_bytes, open_files)
    room = sandbox.Sandbox()
    room.die_with_parent()
    isolated = bool(isolate) and room.leave_network()
    channel = socket.socket(fileno=fd)
    try:
        _serve(channel, room, isolated)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except (frames.Closed, OSError):
        os._exit(PARENT_GONE)
    os._exit(0)  # skips the libraries' own shutdown: they have just digested hostile bytes


def _serve(channel: socket.socket, room: sandbox.Sandbox, isolated: bool) -> None:
    frames.send(channel, {"type": "ready", "isolated": isolated})
    job, _ = frames.receive(channel)
    source = RangeSource(lambda offset, length: _fetch(channel, offset, length), job["size"])
    task = Task(source, job["task"], Output(channel, job["scratch"]), room.leave_files if isolated else lambda: None)
    answer = _answer(job["module"], task)
    # The parent's own count includes what the parent had in memory when it forked us.
    answer["max_rss_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    frames.send(channel, answer)


def _answer(module: str, task: Task) -> dict[str, Any]:
    try:
        facts = importlib.import_module(module).examine(task)
    except Refused as no:
        return {"type": "refused", "reason": no.reason, "data": no.data, "detail": no.detail[:300]}
    except MemoryError:
        return {"type": "refused", "reason": "inspection.memory", "data": {}, "detail": ""}
    except frames.Closed:
        raise
    except ImportError as error:  # ours to mend: something was not loaded before the files were left
        return {"type": "refused", "reason": "inspection.crashed", "data": {}, "detail": f"{error}"[:300]}
    except Exception as error:  # noqa: BLE001 -- decoders raise anything on crafted bytes; here is the edge
        detail = f"{type(error).__name__}: {error}"[:300]
        return {"type": "refused", "reason": "media.unreadable", "data": {}, "detail": detail}
    return {"type": "accepted", **facts}


def _fetch(channel: socket.socket, offset: int, length: int) -> bytes:
    frames.send(channel, {"type": "read", "offset": offset, "length": length})
    header, body = frames.receive(channel)
    if header.get("type") != "data" or len(body) != length:
        raise frames.Closed
    return body
