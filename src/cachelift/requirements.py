"""What a project says of its Python and of the packages that it needs, as far as ``deprecate`` asks."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Iterator
from typing import Any

_BOUND = r"(?:>=|~=|===?|\^|~)\s*v?(\d+)(?:\.(\d+))?"
"""A clause of PEP 440, or of Poetry's own language, that sets a lower bound."""


class Requirements:
    """Reads ``pyproject.toml``, ``setup.cfg`` and ``requirements.txt`` of a folder.

    Raises:
        ValueError: ``pyproject.toml`` is not TOML.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        text = self._read("pyproject.toml")
        self._pyproject = _toml(text) if text else {}
        self._setup = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            self._setup.read_string(self._read("setup.cfg"))
        except configparser.Error:
            self._setup.clear()

    def _read(self, name: str) -> str:
        try:
            with open(os.path.join(self._root, name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def oldest_python(self) -> tuple[int, int] | None:
        """The oldest Python that the project runs on, as far as it says so."""
        poetry = _at(self._pyproject, "tool", "poetry", "dependencies", "python")
        stated = [
            _at(self._pyproject, "project", "requires-python"),
            _at(poetry, "version") if isinstance(poetry, dict) else poetry,
            self._setup.get("options", "python_requires", fallback=None),
        ]
        for text in stated:
            if isinstance(text, str):
                # Of alternatives the oldest counts, of clauses that all hold the newest.
                return min((_lower_bound(part) for part in text.split("||")), default=None)
        return None

    def needs(self, package: str) -> bool:
        """Whether a package is among the dependencies that are always installed.

        Args:
            package: its name, normalised as in PEP 503.
        """
        return package in {_normal(name) for name in self._names()}

    def _names(self) -> Iterator[str]:
        listed = _at(self._pyproject, "project", "dependencies")
        lines = [line for line in listed if isinstance(line, str)] if isinstance(listed, list) else []
        lines += self._setup.get("options", "install_requires", fallback="").splitlines()
        lines += self._read("requirements.txt").splitlines()
        # What is only needed under a condition may not be there.
        yield from (found[1] for line in lines if ";" not in line and (found := re.match(r"\s*([\w.-]+)", line)))
        poetry = _at(self._pyproject, "tool", "poetry", "dependencies")
        yield from poetry if isinstance(poetry, dict) else ()


def _toml(text: str) -> dict[str, Any]:
    import tomllib

    return tomllib.loads(text)


def _at(value: Any, *keys: str) -> Any:
    """The value under some keys; None where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _lower_bound(clauses: str) -> tuple[int, int]:
    return max(((int(major), int(minor or 0)) for major, minor in re.findall(_BOUND, clauses)), default=(0, 0))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
