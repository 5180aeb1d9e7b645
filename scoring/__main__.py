"""``python -m scoring``: the library on CSV and JSON files, without the web application."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from scoring.commands.files import on_one_line
from scoring.errors import ScoringError

#: Subcommand to its module, imported when it is used, and one line of help. A module has ``DESCRIPTION``,
#: ``add_arguments(parser)`` and ``run(args) -> exit code``.
COMMANDS: dict[str, tuple[str, str]] = {
    "rank": ("scoring.commands.rank", "rank entries from score sheets"),
    "next": ("scoring.commands.next", "choose the reviews worth most"),
    "assign": ("scoring.commands.assign", "assign jurors to entries"),
    "jurors": ("scoring.commands.jurors", "write a card for each juror"),
    "similar": ("scoring.commands.similar", "find entries that share material"),
    "verify": ("scoring.commands.verify", "recompute a published result"),
}

EPILOG = "exit codes: 0 done, 1 verification found a difference, 2 bad input, 3 no assignment exists"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; ``sys.argv[1:]`` when absent.

    Raises
    ------
    SystemExit
        By argparse, for --help (0) and for wrong usage (2).
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(prog="python -m scoring", description=__doc__, epilog=EPILOG)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, summary) in COMMANDS.items():
        subparsers.add_parser(name, help=summary, add_help=False)
    chosen = parser.parse_known_args(arguments)[0].command
    module = import_module(COMMANDS[chosen][0])
    command = argparse.ArgumentParser(
        prog=f"python -m scoring {chosen}",
        description=module.DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(command)
    try:
        return int(module.run(command.parse_args(arguments[arguments.index(chosen) + 1 :])))
    except ScoringError as error:
        sys.stderr.write(f"{on_one_line(str(error))}\n")
        return error.exit_code
    except BrokenPipeError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
