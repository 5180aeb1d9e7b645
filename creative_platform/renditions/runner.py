"""Ask a confined child for one copy of one file."""

import signal
from dataclasses import asdict
from pathlib import Path
from typing import Any

from creative_platform.confinement import answers, runner
from creative_platform.confinement.contract import Derived
from creative_platform.inspection.contract import Limits
from creative_platform.inspection.reasons import REASONS
from creative_platform.renditions.contract import OUTPUTS, TYPES, Rendition, Wanted, limits_for

MODULE = "creative_platform.renditions.child.render"
_KILLED = f"exit {-signal.SIGKILL}"  # before its time was up: by somebody, or by a machine short of memory


def render(
    read_range: runner.ReadRange,
    size_bytes: int,
    wanted: Wanted,
    write: runner.Write,
    *,
    limits: Limits | None = None,
    require_isolation: bool = False,
    program: Path = runner.CHILD,
) -> Rendition:
    """Make one copy of an untrusted file in a child process. Never raises.

    `write(chunk)` takes the copy in order; what it was given counts only if the rendition is made and has a type.
    All else is as `confinement.runner.run` has it.
    """
    bounds = limits or limits_for(wanted, size_bytes)
    task = runner.Task(
        module=MODULE,
        job={"wanted": asdict(wanted), "limits": asdict(bounds)},
        bounds=bounds,
        facts=lambda header: _facts(header, wanted),
        derived=lambda header, body: _derived(header, body, wanted),
        reasons=REASONS,
    )
    outcome = runner.run(
        task, read_range, size_bytes, write=write, require_isolation=require_isolation, program=program
    )
    if outcome.facts is None:
        retry = outcome.retry or outcome.detail == _KILLED
        return Rendition(False, outcome.reason or "", outcome.detail, retry, usage=outcome.usage)
    return Rendition(
        made=True,
        size_bytes=outcome.copy_bytes,
        sha256=outcome.copy_sha256,
        derived=outcome.derived,
        usage=outcome.usage,
        **outcome.facts,
    )


def _derived(header: dict[str, Any], body: bytes, wanted: Wanted) -> Derived:
    outputs = OUTPUTS[wanted.copy]
    name = answers.name_of(header, outputs)
    return answers.picture(header, body, name, outputs[name])


def _facts(header: dict[str, Any], wanted: Wanted) -> dict[str, Any]:
    content_type = header.get("content_type")
    if not (content_type in TYPES[wanted.copy] or (content_type == "" and not TYPES[wanted.copy])):
        raise answers.Untrusted("type of the copy")
    sides = {side: header.get(side) for side in ("width", "height")}
    for value in sides.values():
        if value is not None:
            answers.whole(value, 1, 1 << 16)
    return {"content_type": content_type, **sides}
