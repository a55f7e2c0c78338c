"""Run what a page of the documentation shows, as its reader would.

The commands of a ``console`` block are run, and what they print is compared with the block: a line ``...`` stands for
any lines, and how long something took does not count. A ``diff`` block is applied. Any other block whose first line is
``# `` and a path is written to that file.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

HOME = "/home/me"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\S+)\n")
_DURATION = re.compile(r"\bin \d+\.\d+s\b")


class Reader:
    """Somebody who follows a page."""

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        """Sit down.

        Args:
            home: where to start; the page calls it ``/home/me``.
            environment: the variables of the commands.
        """
        self._home = home
        self._folder = home
        self._environment = {**environment, "HOME": str(home)}
        self._status = 0

    def follow(self, page: str) -> Iterator[tuple[str, str, str]]:
        """Do what the page says, step by step: each command with what the page and what the command prints."""
        for match in _BLOCK.finditer(page):
            language, block = match[1], match[2]
            name = _FILE.match(block)
            if language == "console":
                for shown in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                    command, _, expected = shown.partition("\n")
                    yield command, _DURATION.sub("in 0.00s", expected), self.run(command)
            elif language == "diff":
                self._run(["git", "apply", "-"], block)
                assert self._status == 0, block
            elif name is not None:
                (self._folder / name[1]).write_text(block[name.end() :])

    def run(self, command: str) -> str:
        """Run a command where the last one ended; what it prints."""
        place = self._home / ".folder"
        script = f'(exit {self._status})\n{command}\nstatus=$?\npwd > "{place}"\nexit $status'
        printed = self._run(["bash", "-c", script])
        self._folder = Path(place.read_text().rstrip("\n"))
        return _DURATION.sub("in 0.00s", printed.replace(str(self._home), HOME))

    def _run(self, command: list[str], text: str = "") -> str:
        done = subprocess.run(
            command,
            cwd=self._folder,
            env=self._environment,
            input=text.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        self._status = done.returncode
        return done.stdout.decode()


def agree(expected: str, printed: str) -> bool:
    """Whether a page shows what a command prints; a line ``...`` stands for any lines."""
    parts = re.split(r"^\.\.\.\n", expected, flags=re.MULTILINE)
    return re.fullmatch("(?:.*\n)*?".join(map(re.escape, parts)), printed) is not None
