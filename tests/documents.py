"""The terminal sessions of the documentation, run word for word."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def replay(document: str, folder: Path) -> str:
    """Run the commands of a document's ``console`` blocks one after another in a folder.

    The document is given back with the output that the commands have today, so that a comparison with its text shows
    what is stale.

    Args:
        document: the name in ``docs``.
        folder: laid out as the document supposes.
    """
    text = (ROOT / "docs" / document).read_text("utf-8")
    pieces = re.split(r"(^```console\n.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
    return "".join(_replayed(piece, folder) if piece.startswith("```console\n") else piece for piece in pieces)


def _replayed(block: str, folder: Path) -> str:
    commands = re.findall(r"^\$ (.*)$", block, flags=re.MULTILINE)
    assert commands, block
    return "```console\n" + "".join(f"$ {command}\n{_output(command, folder)}" for command in commands) + "```"


def _output(command: str, folder: Path) -> str:
    """What a command prints, its errors in between."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1", "COLUMNS": "200"}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.stdout.decode("utf-8").replace(str(folder), "/home/me/project")
