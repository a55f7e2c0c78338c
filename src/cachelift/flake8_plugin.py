"""The flake8 plugin: what ``cachelift check`` finds, in flake8's own report.

flake8 makes one :class:`Plugin` for each file. What they share hangs on flake8's options: so every run has its own,
whether flake8 forks its workers, starts them anew (then each parses the options again) or runs twice in one process.
https://flake8.pycqa.org/en/stable/plugin-development/

A file costs nothing but one look into a table. What fills the table is done once in each worker, when the first file
is there: the bytes of the repository are searched for the names of the migrations, and only if a file beside the
legacy and the target module holds one does the analysis run.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from cachelift.config import PYPROJECT, ConfigError, find_root, load_settings
from cachelift.report.excerpt import visible

if TYPE_CHECKING:
    import argparse
    import ast
    from collections.abc import Iterable, Iterator, Sequence

    from flake8.options.manager import OptionManager  # type: ignore[import-untyped]

    from cachelift.config import Settings
    from cachelift.model import Finding, Migration, Survey

FAILED = "CLF000"
"""What is reported in place of findings where a file could not be analysed, like flake8's own E902."""

_OPTION = "cachelift_run"
"""The attribute of flake8's options that holds what the files of a run share."""

_LARGE_HOME = 1 << 17
"""Bytes of a module in which no other names are searched for: it has to be parsed for that."""


class Row(NamedTuple):
    """A result as flake8 takes it: the column counts from 0, the last field is not used."""

    line: int
    column: int
    text: str
    checker: type


class PluginError(Exception):
    """Something that stops flake8; the message says what and where."""

    def __repr__(self) -> str:
        """Give the message alone, which is what flake8 shows."""
        return str(self)


class Plugin:
    """One file's check, as flake8 calls it.

    Args:
        tree: not used; it tells flake8 to run the check once for each file that parses.
        filename: the file, or the name that standard input goes by.
        lines: its text as flake8 read it.
        options: those of the run.

    Raises:
        PluginError: the check failed. It is done here and not in :meth:`run`, for flake8 puts what is raised here
            in its own words and ends, and shows a traceback of what is raised there.
    """

    def __init__(self, tree: ast.AST, filename: str, lines: Sequence[str], options: argparse.Namespace) -> None:
        try:
            run: Run = getattr(options, _OPTION)
            self._rows = run.rows(filename, lines)
        except Exception as error:
            raise PluginError(f"{type(error).__name__}: {error}") from error

    @staticmethod
    def add_options(option_manager: OptionManager) -> None:
        """Register ``--cachelift-config``, which flake8's own configuration file may hold as well."""
        option_manager.add_option(
            "--cachelift-config",
            metavar="FILE",
            parse_from_config=True,
            normalize_paths=True,
            help="Read [tool.cachelift] from this file instead of the pyproject.toml of the repository.",
        )

    @staticmethod
    def parse_options(options: argparse.Namespace) -> None:
        """Read the configuration.

        Raises:
            flake8.exceptions.ExecutionError: it cannot be used; flake8 ends with the message.
        """
        try:
            setattr(options, _OPTION, Run(options))
        except ConfigError as error:
            from flake8.exceptions import ExecutionError  # type: ignore[import-untyped]

            raise ExecutionError(f"cachelift: {error}") from error

    def run(self) -> Iterator[Row]:
        """Give the results."""
        yield from self._rows


class Run:
    """What the files of one run of flake8 share in one process.

    Args:
        options: flake8's.

    Raises:
        ConfigError: the configuration cannot be used.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.is_stdin = "-" in options.filenames
        paths = [options.stdin_display_name] if self.is_stdin else list(options.filenames)
        self.settings = load_settings(find_root(paths or [os.curdir]), options.cachelift_config)
        self._homes: frozenset[str] | None = frozenset()
        # Outside of any project a single file is no reason to walk through all folders beside it.
        self._is_scanned = not any(map(os.path.isdir, paths or [os.curdir])) and not _is_project(self.settings.root)
        self._survey: Survey | None = None

    def rows(self, filename: str, lines: Sequence[str]) -> list[Row]:
        """Check one file.

        Args:
            filename: the file, or the name that standard input goes by.
            lines: its text as flake8 read it, the line ends normalised.
        """
        if not self._is_scanned:
            self._homes, self._is_scanned = unused_homes(self.settings), True
        text = "".join(lines)
        if self._homes is not None and self._is_clean(self._homes, filename, text):
            return []
        if self.is_stdin:
            return self._of_text(filename, text)
        if self._survey is None:
            self._survey = _survey(self.settings)
        return self._of_file(self._survey, filename, text)

    def _is_clean(self, homes: frozenset[str], filename: str, text: str) -> bool:
        """Whether a file has no finding, in a repository that has none: it is part of it, or holds no name."""
        if not any(name in text for name in tokens(self.settings.migrations)):
            return True
        return not self.is_stdin and os.path.realpath(filename) in homes

    def _of_file(self, found: Survey, filename: str, text: str) -> list[Row]:
        from cachelift.engine import repository_path

        path = repository_path(found.root, filename)
        if path not in found.given:
            # A second name of a file goes by that of the file.
            path = repository_path(found.root, os.path.realpath(filename))
        if path not in found.files | found.given:
            found = _survey(self.settings, filename)
        elif path in found.sources and _normal(found.sources[path]) != text:
            return self._of_text(filename, text)
        return _rows(found, path)

    def _of_text(self, filename: str, text: str) -> list[Row]:
        from cachelift.engine import repository_path

        found = _survey(self.settings, filename, _raw(text))
        return _rows(found, repository_path(found.root, filename))


def _is_project(root: str) -> bool:
    """Whether a repository root is more than the folder that a file happens to be in."""
    return any(os.path.exists(os.path.join(root, name)) for name in (PYPROJECT, ".git"))


def tokens(migrations: Iterable[Migration]) -> set[str]:
    """The names that stand in every file that names a legacy class or module itself."""
    names = ((each.legacy_name, each.legacy_module.rpartition(".")[2]) for each in migrations)
    return {name for pair in names for name in pair}


def unused_homes(settings: Settings) -> frozenset[str] | None:
    """The legacy and target modules where no other file of the repository holds a name; None where there may be usages.

    Those modules do not count, unless they may hand a class on under another name: files that hold none of the names
    can be reached through that, or through an object that a usage hands out. Their paths are absolute.
    """
    from cachelift.discover import Prefilter, discover, scan
    from cachelift.outcomes import Failure
    from cachelift.renaming import renames

    found = discover(settings.root, [], settings.exclude)
    names = tokens(settings.migrations)
    if not all(map(str.isascii, names)):
        return None
    homes: dict[str, str] = {}
    foreign = _foreign_names(settings.migrations)
    for item in scan(found.root, found.files, Prefilter(names)):
        if isinstance(item, Failure):
            continue
        path, data = item
        end = next((end for end in foreign if f"/{path}".endswith(end)), None)
        if end is None or end in homes or len(data) > _LARGE_HOME or renames(data, names):
            return None
        if any(name.encode() in data for name in foreign[end]):
            return None
        homes[end] = os.path.realpath(os.path.join(found.root, path))
    return frozenset(homes.values())


def _foreign_names(migrations: Sequence[Migration]) -> dict[str, set[str]]:
    """How the paths of legacy and target modules end, and the names of the migrations that a module is no part of."""
    modules = {name for each in migrations for name in (each.legacy_module, each.factory_module)}
    return {
        f"/{module.replace('.', '/')}{end}": tokens(
            each for each in migrations if module not in (each.legacy_module, each.factory_module)
        )
        for module in modules
        for end in (".py", ".pyi", "/__init__.py", "/__init__.pyi")
    }


def _survey(settings: Settings, filename: str | None = None, raw: bytes | None = None) -> Survey:
    from cachelift import engine

    found = engine.survey(settings, filename, raw)
    if settings.baseline is None:
        return found
    from cachelift import baseline

    return baseline.of_survey(baseline.load(os.path.join(settings.root, settings.baseline)), found)


def _rows(found: Survey, path: str) -> list[Row]:
    """The results of a file."""
    failure = found.failures.get(path)
    if failure is not None:
        column = (failure.column or 1) - 1
        text = visible(f"{FAILED} cannot be analysed: {failure.message}")
        return [Row(failure.line or 1, column, text, Plugin)]
    return [_row(finding) for finding in found.findings.get(path, ())]


def _row(finding: Finding) -> Row:
    level = finding.applicability.value
    tag = f"{level}: {finding.reason}" if finding.reason else level
    return Row(finding.line, finding.column - 1, visible(f"{finding.code} {finding.message} [{tag}]"), Plugin)


def _normal(text: str) -> str:
    r"""A decoded file as flake8 reads it: every line ends with ``\n``."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _raw(text: str) -> bytes:
    """The bytes of a text: in the encoding that it declares, for that is how they are read again."""
    import io
    import tokenize

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(text.encode("ascii", "replace")).readline)
        return text.encode(encoding)
    except (SyntaxError, UnicodeError):
        return text.encode("utf-8", "surrogatepass")
