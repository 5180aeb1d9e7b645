"""A progress bar on standard error, on a terminal only."""

from __future__ import annotations

import sys
from typing import TextIO

_WIDTH = 40


class Progress:
    """Draw how far a command is; silent when the stream is no terminal.

    Parameters
    ----------
    label : str
        What is being done.
    stream : text stream, optional
        Standard error when absent.
    """

    def __init__(self, label: str, stream: TextIO | None = None) -> None:
        self.label = label
        self.stream = stream or sys.stderr
        self.shown = -1

    def __call__(self, done: int, whole: int) -> None:
        """Show that so many of all steps are done; the line goes when the last one is."""
        if not self.stream.isatty():
            return
        filled = _WIDTH * done // max(whole, 1)
        if done >= whole:
            self.stream.write("\r" + " " * (len(self.label) + _WIDTH + 8) + "\r")
        elif filled != self.shown:
            bar = "#" * filled + "-" * (_WIDTH - filled)
            self.stream.write(f"\r{self.label} [{bar}] {100 * done // whole:3d} %")
        self.stream.flush()
        self.shown = filled
