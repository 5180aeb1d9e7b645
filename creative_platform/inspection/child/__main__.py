"""Entry of the child: run as a script, so that no `__init__` of the platform (which would load the web) is imported.

Usage: python -I child/__main__.py <socket fd> <isolate 0|1> <memory> <cpu> <file size> <open files>
"""

import sys
import types
from pathlib import Path


def _stand_in_for_parents() -> None:
    """Register empty parent packages, so that our modules are found without running theirs."""
    inspection = Path(__file__).resolve().parent.parent
    for name, folder in (
        ("creative_platform", inspection.parent),
        ("creative_platform.inspection", inspection),
    ):
        package = types.ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package


def main() -> None:
    _stand_in_for_parents()
    from creative_platform.inspection.child import program  # noqa: PLC0415 -- only now can it be found

    program.run([int(argument) for argument in sys.argv[1:]])


if __name__ == "__main__":
    main()
