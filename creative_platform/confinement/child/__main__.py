"""Entry of the child: run as a script, so that the platform's `__init__` (which would load the web) is not imported.

Usage: python -I child/__main__.py <socket fd> <isolate 0|1> <memory> <cpu> <file size> <open files>
"""

import sys
import types
from pathlib import Path


def _stand_in_for_platform() -> None:
    """Register an empty package in place of the platform, so that its rooms are found without running it."""
    package = types.ModuleType("creative_platform")
    package.__path__ = [str(Path(__file__).resolve().parents[2])]
    sys.modules[package.__name__] = package


def main() -> None:
    _stand_in_for_platform()
    from creative_platform.confinement.child import program  # noqa: PLC0415 -- only now can it be found

    program.run([int(argument) for argument in sys.argv[1:]])


if __name__ == "__main__":
    main()
