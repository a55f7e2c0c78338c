"""The start of the process.

What git has to say of a repository takes as long as loading the command line, so it is asked first.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import NoReturn

_LOOKS = ("check", "fix")
"""The commands that look at all files."""


def script() -> NoReturn:
    """Run the process's command line and end the process with its exit code."""
    if sys.argv[1:2] and sys.argv[1] in _LOOKS:
        _begin(sys.argv[2:])
    from cachelift.cli import script as run

    run()


def _begin(arguments: list[str]) -> None:
    """Let git begin. Whether the guess is right is found out later; a wrong one costs nothing but git's time."""
    from cachelift import listing
    from cachelift.config import find_root

    with contextlib.suppress(Exception):  # whatever is wrong, the run itself says so
        paths = [each for each in arguments if not each.startswith("-") and os.path.exists(each)]
        listing.start(find_root(paths or ["."]))
