"""The questions of ``fix --interactive``, with the answers of ``git add --patch``.

https://git-scm.com/docs/git-add: y, n, q, a and ?.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

import click

from cachelift import output
from cachelift.report.diff import unified_diff
from cachelift.report.excerpt import visible

_PROMPT = "Rewrite {} [y,n,q,a,?]? "
_HELP = """\
y - rewrite this
n - leave this as it is
q - leave this and all that follow as they are; what was answered with y is rewritten
a - rewrite this and all that follow
? - show this
Nothing is written before the last answer. The end of the input means q; Ctrl-C leaves all files as they are.
"""
_COLORS = {"+": "green", "-": "red", "@": "cyan"}


class Questions:
    """Asks about one change after the other on standard error, and reads the answers from standard input.

    Args:
        color: the value of ``--color``.
    """

    def __init__(self, color: str) -> None:
        self._color = output.use_color(color, sys.stderr, os.environ)
        self._standing: bool | None = None
        """The answer to all that follow."""

    def __call__(self, changes: Mapping[str, tuple[bytes, bytes]]) -> bool:
        """Decide on changes that belong together: the bytes of each file before and after, by path."""
        if self._standing is None:
            for path, (before, after) in sorted(changes.items()):
                self._show(unified_diff(path, before, after))
            self._say("")
        while self._standing is None:
            what = "this" if len(changes) == 1 else f"these {len(changes)} files, which depend on one another,"
            output.complain(_PROMPT.format(what))
            answer = self._read()
            if answer in ("y", "n"):
                return answer == "y"
            if answer in ("a", "q"):
                self._standing = answer == "a"
            else:
                output.complain(_HELP)
        return self._standing

    def _read(self) -> str:
        try:
            line = sys.stdin.readline() if sys.stdin is not None else ""
        except UnicodeDecodeError:
            return "?"
        if not line:
            self._say("")
            return "q"
        return line.strip().lower()

    def _show(self, diff: bytes) -> None:
        for line in diff.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n"):
            shown = visible(line.removesuffix("\r").replace("\t", "    "), output.encoding_of(sys.stderr))
            color = _COLORS.get(line[:1])
            self._say(click.style(shown, fg=color) if self._color and color is not None else shown)

    def _say(self, line: str) -> None:
        output.complain(line + "\n")
