"""One file from its first bytes to its result: sniff, load the library it needs, confine, let it judge."""

import importlib
from dataclasses import dataclass
from typing import Any

from creative_platform.confinement.child.output import Output
from creative_platform.confinement.child.program import Task
from creative_platform.confinement.child.refusal import Refused
from creative_platform.confinement.child.source import RangeSource
from creative_platform.inspection.child.sniff import families_of, sniff
from creative_platform.inspection.contract import Limits, Recipe

_PACKAGE = "creative_platform.inspection.child."
_MODULES = {"JPEG": "images", "PNG": "images", "WEBP": "images", "GIF": "images", "AVIF": "images"} | {
    "pdf": "documents",
    "zip": "archives",
}
Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """Everything the inspection of one file needs."""

    source: RangeSource
    suffix: str
    recipe: Recipe
    limits: Limits
    output: Output

    def settle_kind(self, *kinds: str) -> None:
        """Refuse a file, of one of these kinds, that is not wanted, or that its name denies."""
        claimed, kind = families_of(self.suffix), " or ".join(kinds)
        if claimed and not claimed.intersection(kinds):
            raise Refused("media.type_mismatch", f"content is {kind}", suffix=self.suffix)
        if not set(kinds).intersection(self.recipe.kinds):
            raise Refused("media.type_not_allowed", f"content is {kind}", type=kind)


def examine(task: Task) -> Facts:
    """Return the facts of the file as the result frame wants them. Raises Refused, or whatever a decoder raises."""
    job = task.job
    recipe, limits = Recipe(**job["recipe"]), Limits(**job["limits"])
    request = Request(task.source, job["suffix"], recipe, limits, task.output)
    sniffed = sniff(request.source, request.suffix)
    module = importlib.import_module(_PACKAGE + _MODULES.get(sniffed.format, "movies"))
    module.prepare(sniffed.format)
    task.confined()
    facts: Facts = module.examine(request, sniffed)
    return facts
