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
import re
from typing import TYPE_CHECKING, NamedTuple

from cachelift.config import ConfigError, find_root, load_settings

if TYPE_CHECKING:
    import argparse
    import ast
    from collections.abc import Iterable, Iterator, Sequence

    from flake8.options.manager import OptionManager  # type: ignore[import-untyped]

    from cachelift.config import Settings
    from cachelift.discover import Prefilter
    from cachelift.model import Finding, Survey

FAILED = "CLF000"
"""What is reported in place of findings where a file could not be analysed, like flake8's own E902."""

_OPTION = "cachelift_run"
"""The attribute of flake8's options that holds what the files of a run share."""

# Between two tokens of a name or of a clause: blanks, line ends, comments, parentheses.
_GAP = rb"(?:[\s\\()]++|#[^\r\n]*+)*+"


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
        self._names: Prefilter | None = None
        self._is_used: bool | None = None
        self._survey: Survey | None = None

    def rows(self, filename: str, lines: Sequence[str]) -> list[Row]:
        """Check one file.

        Args:
            filename: the file, or the name that standard input goes by.
            lines: its text as flake8 read it, the line ends normalised.
        """
        if self._is_used is None:
            self._is_used = is_used(self.settings)
        if not self._is_used and not self._holds_name(lines):
            return []
        text = "".join(lines)
        if self.is_stdin:
            return self._of_text(filename, text)
        if self._survey is None:
            self._survey = _survey(self.settings)
        return self._of_file(self._survey, filename, text)

    def _holds_name(self, lines: Sequence[str]) -> bool:
        from cachelift.discover import Prefilter

        if self._names is None:
            self._names = Prefilter(tokens(self.settings))
        return self._names.matches("".join(lines).encode("utf-8", "surrogatepass"))

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


def tokens(settings: Settings) -> set[str]:
    """The names that stand in every file that names a legacy class or module itself."""
    names = ((each.legacy_name, each.legacy_module.rpartition(".")[2]) for each in settings.migrations)
    return {name for pair in names for name in pair}


def is_used(settings: Settings) -> bool:
    """Whether anything in the repository may be a usage, by its bytes alone.

    The legacy and the target module do not count, unless they may hand a class on under another name: files that
    hold none of the names can be reached through that, or through an object that a usage hands out.
    """
    from cachelift.discover import Prefilter, discover, scan
    from cachelift.model import Failure

    found = discover(settings.root, [], settings.exclude)
    names = tokens(settings)
    if not all(map(str.isascii, names)):
        return True
    homes = dict.fromkeys(_homes(settings), 0)
    renamed = _renaming(names)
    for item in scan(found.root, found.files, Prefilter(names)):
        if isinstance(item, Failure):
            continue
        path, data = item
        home = next((home for home in homes if f"/{path}".endswith(home)), None)
        if home is None or homes[home] or renamed.search(data):
            return True
        homes[home] += 1
    return False


def _homes(settings: Settings) -> Iterator[str]:
    """How the paths of the legacy and the target modules end."""
    for migration in settings.migrations:
        for module in (migration.legacy_module, migration.factory_module):
            yield from (f"/{module.replace('.', '/')}{end}" for end in (".py", ".pyi", "/__init__.py", "/__init__.pyi"))


def _renaming(names: Iterable[str]) -> re.Pattern[bytes]:
    """What a file holds that may give a class another name: ``C as D``, ``D = C``, ``D = module.C``."""
    name = rb"(?<![\w\x80-\xff])(?:" + b"|".join(each.encode() for each in sorted(names)) + rb")(?![\w\x80-\xff])"
    alias = name + _GAP + rb"as\b"
    value = rb"=" + _GAP + rb"(?:[\w\x80-\xff]++" + _GAP + rb"\." + _GAP + rb")*" + name + rb"(?![ \t]*[(.\[])"
    return re.compile(alias + b"|" + value)


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
        return [Row(failure.line or 1, column, f"{FAILED} cannot be analysed: {failure.message}", Plugin)]
    return [_row(finding) for finding in found.findings.get(path, ())]


def _row(finding: Finding) -> Row:
    level = finding.applicability.value
    tag = f"{level}: {finding.reason}" if finding.reason else level
    return Row(finding.line, finding.column - 1, f"{finding.code} {finding.message} [{tag}]", Plugin)


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
