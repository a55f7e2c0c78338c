"""How far a long run is, on a terminal: one line on standard error that goes away again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import TextIO

_DELAY = 1.0
"""Seconds until there is something to see: who waits less does not want to know."""
_PERIOD = 0.1
"""Seconds between two lines at least."""
_BAR = 24


class Progress:
    """Shows how many files have been looked at and how many usages found.

    Args:
        stream: where to, a terminal.
        clock: seconds that pass.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._next = clock() + _DELAY
        self._is_shown = False

    def __call__(self, seen: int, total: int, found: int) -> None:
        """Show it, if it is time to."""
        now = self._clock()
        if now < self._next:
            return
        self._next = now + _PERIOD
        done = _BAR * seen // total if total else _BAR
        line = f"[{'#' * done}{' ' * (_BAR - done)}] {seen} of {total} files, {found} usages found"
        self._write(f"\r\x1b[2K{line[: self._columns() - 1]}")
        self._is_shown = True

    def clear(self) -> None:
        """Take the line away."""
        if self._is_shown:
            self._write("\r\x1b[2K")
            self._is_shown = False

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # nobody looks any more
            self._next = float("inf")

    def _columns(self) -> int:
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except (OSError, ValueError):
            return 80


def progress_on(stream: TextIO | None, environ: Mapping[str, str], *, quiet: bool) -> Progress | None:
    """Give what shows the progress on a stream; None where nobody would see it or wants to."""
    if quiet or stream is None or environ.get("TERM", "dumb") == "dumb":
        return None
    try:
        return Progress(stream) if stream.isatty() else None
    except ValueError:  # it is closed
        return None
