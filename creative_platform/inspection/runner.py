"""Ask a confined child what a file is: verdict, facts, pictures and, when wanted, a clean copy."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from creative_platform.confinement import runner
from creative_platform.inspection import answers
from creative_platform.inspection.contract import CleanCopy, Inspection, Limits, Recipe
from creative_platform.inspection.reasons import REASONS

MODULE = "creative_platform.inspection.child.examine"
_CLEAN_BYTES_A_CPU_SECOND = 40 << 20
_CLEAN_BYTES_A_SECOND = 4 << 20


def inspect(
    read_range: runner.ReadRange,
    size_bytes: int,
    *,
    filename_suffix: str,
    wanted: Recipe | None = None,
    limits: Limits | None = None,
    write: runner.Write | None = None,
    isolate: bool = True,
    require_isolation: bool = False,
    scratch_dir: Path | None = None,
    program: Path = runner.CHILD,
) -> Inspection:
    """Inspect one untrusted file in a child process and return what it is, or why it is refused. Never raises.

    With `wanted.clean_copy`, `write(chunk)` takes the clean copy in order; what it was given counts only if the
    result is accepted and has `clean` set. All else is as `confinement.runner.run` has it.
    """
    if size_bytes == 0:
        return Inspection(accepted=False, reason="media.empty")
    recipe = wanted or Recipe()
    if recipe.clean_copy and write is None:
        raise TypeError("a clean copy needs write=")
    bounds = _bounds_for(limits or Limits(), recipe, size_bytes)
    task = runner.Task(
        module=MODULE,
        job={"suffix": filename_suffix[-16:], "recipe": asdict(recipe), "limits": asdict(bounds)},
        bounds=bounds,
        facts=_facts_reader(bounds, recipe),
        derived=answers.derived,
        reasons=REASONS,
    )
    outcome = runner.run(
        task,
        read_range,
        size_bytes,
        write=write if recipe.clean_copy else None,
        isolate=isolate,
        require_isolation=require_isolation,
        scratch_dir=scratch_dir,
        program=program,
    )
    return _inspection(outcome)


def _bounds_for(limits: Limits, recipe: Recipe, size_bytes: int) -> Limits:
    """Allow time for copying in proportion to the size; a probe costs the same for any size."""
    if not recipe.clean_copy:
        return limits
    return replace(
        limits,
        cpu_s=limits.cpu_s + size_bytes // _CLEAN_BYTES_A_CPU_SECOND,
        wall_s=limits.wall_s + size_bytes / _CLEAN_BYTES_A_SECOND,
        scratch_bytes=min(limits.scratch_bytes, size_bytes * 2 + (64 << 20)),
    )


def _facts_reader(limits: Limits, recipe: Recipe) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def facts(header: dict[str, Any]) -> dict[str, Any]:
        found = answers.facts(header, limits, recipe.kinds)
        return {**found, "clean_type": answers.clean_type(header, found["kind"])}

    return facts


def _inspection(outcome: runner.Outcome) -> Inspection:
    if outcome.facts is None:
        return Inspection(
            accepted=False,
            reason=outcome.reason,
            data=outcome.data,
            detail=outcome.detail,
            retry=outcome.retry,
            isolated=outcome.isolated,
            usage=outcome.usage,
        )
    facts = dict(outcome.facts)
    clean_type = facts.pop("clean_type")
    return Inspection(
        accepted=True,
        isolated=outcome.isolated,
        derived=outcome.derived,
        clean=CleanCopy(clean_type, outcome.copy_bytes, outcome.copy_sha256) if clean_type else None,
        usage=outcome.usage,
        **facts,
    )
