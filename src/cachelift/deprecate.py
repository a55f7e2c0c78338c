"""``cachelift deprecate``: the legacy classes of a repository, marked for type checkers and editors."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from cachelift.config import Settings
from cachelift.deprecation import DeprecationProblem, mark
from cachelift.discover import discover
from cachelift.model import Failure, Finding, Migration
from cachelift.project import Project
from cachelift.requirements import Requirements
from cachelift.source import SourceError, SourceText, decode, encode, splice
from cachelift.writing import ChangedOnDisk, replace_file

_SINCE = (3, 13)
"""The Python whose ``warnings`` have the decorator."""
_PACKAGE = "typing-extensions"
_INJECTED = r"\b(?:Depends|Security)\s*\("
"""Without an argument FastAPI calls the annotation: https://fastapi.tiangolo.com/tutorial/dependencies/."""


class Marked(NamedTuple):
    """A class that is marked now."""

    path: str
    """Relative to the repository root."""
    line: int
    """Of the class statement in the end, 1-based."""
    name: str
    is_new: bool
    """Whether it was not marked before."""


class Result(NamedTuple):
    """What came of all migrations."""

    marked: list[Marked]
    files: list[tuple[str, bytes, bytes]]
    """Path, bytes before and bytes after of each file that changes."""
    failures: list[Failure]


def deprecate(settings: Settings, *, provider: str | None = None, static_only: bool = False, write: bool) -> Result:
    """Put ``@deprecated`` on the legacy class of every migration.

    Args:
        settings: the configuration.
        provider: the module to import the decorator from; None: what fits the Python that the project runs on.
        static_only: whether the class is to warn nobody at run time.
        write: whether the files are written.
    """
    return _Marker(settings, provider, static_only).run(write=write)


class _Marker:
    def __init__(self, settings: Settings, provider: str | None, static_only: bool) -> None:
        self.settings = settings
        self.static_only = static_only
        self.provider = provider
        self.result = Result([], [], [])
        self.texts: dict[str, tuple[bytes, SourceText]] = {}
        """The bytes that a file had, and what it is by now."""
        self.found: list[tuple[str, Migration, bool]] = []
        """Path, migration, and whether its class was not marked before."""

    def run(self, *, write: bool) -> Result:
        """Mark the classes of all migrations; what cannot be marked is a failure, and the others go on."""
        project = Project(self.settings.root, self.settings.src)
        injected = {} if self.static_only else self._injected()
        for migration in self.settings.migrations:
            path = project.locate(migration.legacy_module)
            if path is None:
                message = f"module {migration.legacy_module} is not found under {', '.join(self.settings.src)}"
                self._fail(".", f"{message}: `src` in the configuration says where imports start")
            elif migration.legacy in injected:
                self.result.failures.append(injected[migration.legacy])
            else:
                self._mark(path, migration)
                if path.endswith(".py") and project.is_file(f"{path}i"):
                    self._mark(f"{path}i", migration)
        for path, migration, is_new in self.found:
            # Another class of the file may have been marked above it.
            line = mark(self.texts[path][1].text, migration.legacy, "", "", static_only=True).line
            self.result.marked.append(Marked(path, line, migration.legacy_name, is_new))
        for path, (before, source) in self.texts.items():
            if source.raw != before:
                self._save(path, before, source.raw, write=write)
        return self.result

    def _fail(self, path: str, message: str, line: int | None = None, column: int | None = None) -> None:
        self.result.failures.append(Failure(path, message, line, column))

    def _injected(self) -> dict[str, Failure]:
        """The classes whose signature a framework visibly reads: that of a class that warns says nothing."""
        from cachelift.engine import survey

        found: dict[str, Failure] = {}
        surveyed = survey(self.settings)
        for path, findings in sorted(surveyed.findings.items()):
            for finding in findings:
                if _is_injected(finding, surveyed.sources[path]):
                    message = f"a framework reads the signature of {finding.legacy} here, which the decorator hides"
                    failure = Failure(path, f"{message}: use --static-only", finding.line, finding.column)
                    found.setdefault(finding.legacy, failure)
        return found

    def _mark(self, path: str, migration: Migration) -> None:
        try:
            before, source = self.texts.get(path) or self._read(path)
            advice = f"use {migration.factory} instead"
            provider = self._provider(source.text)
            marking = mark(source.text, migration.legacy, advice, provider, static_only=self.static_only)
            after = encode(source, splice(source.text, marking.edits), marking.edits)
        except DeprecationProblem as error:
            self._fail(path, error.message, error.line)
        except SourceError as error:
            self._fail(path, error.message, error.line, error.column)
        except OSError as error:
            self._fail(path, f"cannot be read: {error.strerror}")
        else:
            self.texts[path] = (before, decode(after))
            self.found.append((path, migration, bool(marking.edits)))

    def _read(self, path: str) -> tuple[bytes, SourceText]:
        """Read a file that may be changed.

        Raises:
            DeprecationProblem: it is excluded.
            OSError: it cannot be read.
            SourceError: it is no Python source.
        """
        full = os.path.join(self.settings.root, path)
        if path not in discover(self.settings.root, [full], self.settings.exclude).given:
            raise DeprecationProblem("the file is excluded from changes by the configuration")
        with open(full, "rb") as file:
            raw = file.read()
        return raw, decode(raw)

    def _provider(self, text: str) -> str:
        """The module to import the decorator from.

        Raises:
            DeprecationProblem: it is not certain to be there.
        """
        if self.provider is not None:
            return self.provider
        try:
            requirements = Requirements(self.settings.root)
        except ValueError as error:
            raise DeprecationProblem(f"pyproject.toml is not valid TOML: {error}") from error
        oldest = requirements.oldest_python()
        if oldest is not None and oldest >= _SINCE:
            return "warnings"
        if requirements.needs(_PACKAGE) or re.search(r"^(?:from|import) +typing_extensions\b", text, re.MULTILINE):
            return "typing_extensions"
        says = "does not say which Python it needs" if oldest is None else f"runs on Python {oldest[0]}.{oldest[1]}"
        raise DeprecationProblem(
            f"the project {says}: before 3.13 the decorator is that of {_PACKAGE}, which is not among the dependencies;"
            " add it there, or choose with --from"
        )

    def _save(self, path: str, before: bytes, after: bytes, *, write: bool) -> None:
        try:
            if write:
                replace_file(os.path.join(self.settings.root, path), before, after)
        except (OSError, ChangedOnDisk) as error:
            self._fail(path, f"cannot be written: {getattr(error, 'strerror', None) or error}")
            self.result.marked[:] = [each for each in self.result.marked if each.path != path]
        else:
            self.result.files.append((path, before, after))


def _is_injected(finding: Finding, text: str) -> bool:
    """Whether a usage stands where FastAPI reads the class's signature."""
    if finding.reason == "dependency":
        return True
    return finding.reason == "runtime-annotation" and re.search(_INJECTED, text) is not None
