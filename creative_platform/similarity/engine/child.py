"""One untrusted file in the confined child: load what decodes it, leave the files, hand back its sketches.

The child's parent is `sketching`. What this module sets must be set before numpy is loaded.
"""

from __future__ import annotations

import importlib
import os
import sys
import types
from pathlib import Path
from typing import Any

from creative_platform.confinement.child.program import Task

_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def examine(task: Task) -> dict[str, Any]:
    """Send the sketches of the file as one JSON copy. Raises whatever a decoder raises."""
    os.environ.update(_ONE_THREAD)
    _find_library()
    decoding = importlib.import_module("creative_platform.similarity.engine.decoding")
    model = decoding.prepare(task.job["kind"], translations=task.job.get("translations", False))
    task.confined()
    task.output.copy(decoding.sketched(task.source, task.job["kind"], task.job["name"], model))
    return {}


def _find_library() -> None:
    """Let modules of `scoring.similarity` be found, beside the platform, without its `__init__` that loads them all."""
    root = Path(__file__).resolve().parents[3]
    sys.path.append(str(root))
    package = types.ModuleType("scoring.similarity")
    package.__path__ = [str(root / "scoring" / "similarity")]
    sys.modules[package.__name__] = package
