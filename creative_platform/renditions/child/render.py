"""One copy of one file: sniff it again, load the library it needs, confine, let that make it."""

import importlib
from typing import Any

from creative_platform.confinement.child.program import Task
from creative_platform.inspection.child.examine import Request
from creative_platform.inspection.child.sniff import sniff
from creative_platform.inspection.contract import Limits, Recipe
from creative_platform.renditions.contract import PAGES, Wanted

_PACKAGE = "creative_platform.renditions.child."


def examine(task: Task) -> dict[str, Any]:
    """Send the copy and return its facts. Raises Refused, or whatever a decoder raises."""
    wanted = Wanted(**task.job["wanted"])
    request = Request(task.source, wanted.suffix, Recipe(), Limits(**task.job["limits"]), task.output)
    sniffed = sniff(request.source, request.suffix)
    module = importlib.import_module(_PACKAGE + ("pages" if wanted.copy == PAGES else "recordings"))
    module.prepare(sniffed.format)
    task.confined()
    facts: dict[str, Any] = module.render(request, sniffed, wanted)
    return facts
