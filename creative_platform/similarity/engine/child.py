"""One untrusted file in the confined child: load what decodes it, leave the files, hand back its sketches.

The child's parent is `sketching`. What this module sets must be set before numpy is loaded.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

from creative_platform.confinement.child.program import Task

_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def examine(task: Task) -> dict[str, Any]:
    """Send the sketches of the file as one JSON copy. Raises whatever a decoder raises."""
    os.environ.update(_ONE_THREAD)
    sys.path.append(str(Path(__file__).resolve().parents[3]))  # where `scoring` stands beside the platform
    decoding = importlib.import_module("creative_platform.similarity.engine.decoding")
    decoding.prepare(task.job["kind"])
    task.confined()
    task.output.copy(decoding.sketched(task.source, task.job["kind"], task.job["name"]))
    return {}
