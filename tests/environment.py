"""The environment of the programs that tests run."""

from __future__ import annotations

import os
import sys


def environment(**variables: str) -> dict[str, str]:
    """The environment of a program that must not know of the tests that run it.

    One that runs pytest itself would take the options of this run, such as those that measure coverage, for its own.
    """
    mine = ("CACHE_", "COV", "ENVIRONMENT", "FORCE_COLOR", "NO_COLOR", "PY", "REDIS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
    path = os.pathsep.join((os.path.dirname(sys.executable), kept["PATH"]))
    return {**kept, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1", **variables}
