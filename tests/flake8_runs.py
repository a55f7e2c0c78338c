"""Runs flake8 in many folders: ``python flake8_runs.py FOLDER... -- ARGUMENT...``.

Each run is a process of its own that flake8's own ``main`` fills; they are forked from one that has imported flake8,
for that is what takes the time. What a run prints goes to a file beside its folder, ``FOLDER.flake8.txt``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from flake8.main.cli import main  # type: ignore[import-untyped]

import cachelift.engine  # noqa: F401  # a fork need not import it again


def run(folder: Path, arguments: list[str]) -> None:
    """Fill the process with one run, and end it."""
    output = os.open(f"{folder}.flake8.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(folder)
    main(arguments)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    border = sys.argv.index("--")
    for name in sys.argv[1:border]:
        child = os.fork()
        if not child:
            run(Path(name), sys.argv[border + 1 :])
        if os.waitpid(child, 0)[1]:
            raise SystemExit(f"flake8 failed in {name}")
