"""A repository in memory for the tests of what is read from source."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from cachelift.project import Project


def project(files: dict[str, str], src: Sequence[str] = ("src", ".")) -> Project:
    """A project of the given files; their text is dedented."""
    raw = {path: textwrap.dedent(text).encode() for path, text in files.items()}
    return Project("/nowhere", src, raw, raw.get)


def module(text: str) -> Project:
    """A project with the one module ``m``."""
    return project({"m.py": text})
