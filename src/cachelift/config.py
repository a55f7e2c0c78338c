"""``[tool.cachelift]`` of ``pyproject.toml`` as settings; every error names the key and the file.

The keys are described in the README under "Configuration".
"""

from __future__ import annotations

import errno
import os
from functools import lru_cache
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from .outcomes import CODES, Migration
from .reading import LARGEST_SOURCE, read_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PYPROJECT = "pyproject.toml"

_SETTINGS_KEYS = ("src", "exclude", "migrations", "select", "ignore", "baseline")
_MIGRATION_KEYS = ("legacy", "factory", "type", "arguments", "drop", "signature")


class ConfigError(Exception):
    """A configuration that cannot be used; the message names the key and the file."""


class Settings(NamedTuple):
    """What the configuration says, defaults filled in.

    ``root`` is the absolute path of the repository root; ``src`` are import roots relative to it, with ``/``;
    ``exclude`` are patterns as in ``.gitignore``; ``select`` and ``ignore`` are codes or beginnings of codes;
    ``baseline`` is a file relative to the root.
    """

    root: str
    config_path: str | None = None
    src: tuple[str, ...] = ("src", ".")
    exclude: tuple[str, ...] = ()
    migrations: tuple[Migration, ...] = (Migration(),)
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    baseline: str | None = None

    def is_selected(self, code: str) -> bool:
        """Tell whether findings of a code are wanted."""
        if self.select and not code.startswith(self.select):
            return False
        return not (self.ignore and code.startswith(self.ignore))


def find_root(paths: Sequence[str]) -> str:
    """The repository root that some paths belong to, absolute.

    From their common ancestor upwards: the nearest folder whose ``pyproject.toml`` has a ``[tool.cachelift]``
    table, else the nearest with ``.git``, else the nearest with a ``pyproject.toml``, else the current folder
    if it holds them all, else the common ancestor itself. Paths that do not exist count only if none does.
    """
    folders = [_folder(path) for path in paths if os.path.exists(path)] or [_folder(path) for path in paths]
    ancestor = folders[0] if folders else os.path.realpath(os.curdir)
    for folder in folders:
        while not _is_inside(folder, ancestor) and ancestor != os.path.dirname(ancestor):
            ancestor = os.path.dirname(ancestor)
    upwards = [ancestor]
    while (parent := os.path.dirname(upwards[-1])) != upwards[-1]:
        upwards.append(parent)
    for is_root in (_has_table, _has_git, _has_pyproject):
        for folder in upwards:
            if is_root(folder):
                return folder
    current = os.path.realpath(os.curdir)
    return current if _is_inside(ancestor, current) else ancestor


def _folder(path: str) -> str:
    """The folder that is named or that holds the file named, links in the way resolved, the file's own not."""
    if os.path.isdir(path):
        return os.path.realpath(path)
    return os.path.realpath(os.path.dirname(path) or os.curdir)


def _is_inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))


def _has_table(folder: str) -> bool:
    path = os.path.join(folder, PYPROJECT)
    try:
        data = _read(path, folder)
        return b"cachelift" in data and _table(data) is not None
    except OSError:
        return False
    except ValueError:
        # It cannot be read but speaks of us: that is for load_settings to say, not to be passed over.
        return True


def _has_git(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, ".git"))


def _has_pyproject(folder: str) -> bool:
    return os.path.isfile(os.path.join(folder, PYPROJECT))


def _read(path: str, folder: str | None = None) -> bytes:
    """A configuration's bytes; with ``folder``, of one that the folder itself holds.

    Raises:
        OSError: it cannot be read, is too large, or is a link that leads out of the folder.
    """
    if folder is not None and not _is_inside(os.path.realpath(path), os.path.realpath(folder)):
        raise OSError(errno.ELOOP, "is a link that leads out of its folder", path)
    return read_file(path, LARGEST_SOURCE)


@lru_cache(maxsize=4)
def _table(data: bytes) -> Any | None:
    """The value of ``tool.cachelift`` in a TOML file's bytes, None where there is none.

    Raises:
        ValueError: the bytes are not TOML.
    """
    import tomllib

    try:
        tool = tomllib.loads(data.decode()).get("tool")
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    return tool.get("cachelift") if isinstance(tool, dict) else None


def load_settings(root: str, config: str | None = None) -> Settings:
    """Read the configuration.

    Args:
        root: the absolute path of the repository root.
        config: a file to read in place of the root's ``pyproject.toml``; it has the same table.

    Raises:
        ConfigError: the configuration cannot be used.
    """
    path = config if config is not None else os.path.join(root, PYPROJECT)
    try:
        data = _read(path, root if config is None else None)
        table = _table(data) if config is not None or b"cachelift" in data else None
    except OSError as error:
        if config is None and not os.path.lexists(path):
            return Settings(root)
        raise ConfigError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    if table is None:
        if config is not None:
            raise ConfigError(f"{path}: there is no [tool.cachelift] table in it")
        return Settings(root)
    return _settings(_Reader(path, "tool.cachelift", table), root)


def _settings(reader: _Reader, root: str) -> Settings:
    """The settings of a whole table.

    Raises:
        ConfigError: as :func:`load_settings` says.
    """
    reader.check_keys(_SETTINGS_KEYS)
    default = Settings(root)
    return Settings(
        root=root,
        config_path=reader.path,
        src=tuple(dict.fromkeys(_import_root(reader, entry) for entry in reader.strings("src", default.src))),
        exclude=reader.strings("exclude", default.exclude),
        migrations=_migrations(reader),
        select=_codes(reader, "select"),
        ignore=_codes(reader, "ignore"),
        baseline=_baseline(reader, root),
    )


def _baseline(reader: _Reader, root: str) -> str | None:
    """The file of the baseline.

    Raises:
        ConfigError: it is no name of a file, or leads out of the repository: the file is read, and may be written.
    """
    path = reader.string("baseline")
    if path is not None and not path.strip():
        reader.fail("baseline", "is empty: leave it out where there is none")
    if path is not None and not _stays_inside(os.path.join(root, path), root):
        reader.fail("baseline", f"{path!r} is not inside the repository root")
    return path


def _stays_inside(path: str, root: str) -> bool:
    """Whether a path, links in the way resolved, is below a folder."""
    try:
        return _is_inside(os.path.realpath(path), os.path.realpath(root))
    except ValueError:  # a null character
        return False


def _import_root(reader: _Reader, entry: str) -> str:
    """An entry of ``src``, normalised.

    Raises:
        ConfigError: it leads out of the repository.
    """
    normal = os.path.normpath(entry).replace(os.sep, "/")
    if os.path.isabs(entry) or normal == ".." or normal.startswith("../"):
        reader.fail("src", f"{entry!r} is not inside the repository root")
    return normal


def _codes(reader: _Reader, key: str) -> tuple[str, ...]:
    """Codes or beginnings of codes.

    Raises:
        ConfigError: one of them begins no code.
    """
    entries = reader.strings(key, ())
    for entry in entries:
        problem = code_problem(entry)
        if problem is not None:
            reader.fail(key, problem)
    return entries


def code_problem(entry: str) -> str | None:
    """What is wrong with a code (or beginning of a code) that a user selects or ignores; None if nothing is."""
    if entry.startswith("CLF") and any(code.startswith(entry) for code in CODES):
        return None
    return f"{entry!r} is not a code{_nearest(entry.upper(), CODES)}"


def _migrations(reader: _Reader) -> tuple[Migration, ...]:
    """All migrations, proven not to work against one another.

    Raises:
        ConfigError: as :func:`load_settings` says.
    """
    if "migrations" not in reader.table:
        return (Migration(),)
    tables = reader.table["migrations"]
    if not isinstance(tables, list):
        reader.fail("migrations", f"must be an array of tables, not {_kind(tables)}")
    if not tables:
        reader.fail("migrations", "is empty: there would be nothing to do; leave it out for the default one")
    readers = [
        _Reader(reader.path, f"{reader.name}.migrations[{number}]", table) for number, table in enumerate(tables)
    ]
    migrations = tuple(map(_migration, readers))
    seen: set[str] = set()
    for entry, migration in zip(readers, migrations, strict=True):
        if migration.legacy in seen:
            entry.fail("legacy", f"{migration.legacy!r} is migrated twice")
        seen.add(migration.legacy)
    for entry, migration in zip(readers, migrations, strict=True):
        for key, value in (("factory", migration.factory), ("type", migration.type)):
            if value in seen:
                entry.fail(key, f"{value!r} is itself a legacy class of a migration")
    return migrations


def _migration(reader: _Reader) -> Migration:
    """One migration.

    Raises:
        ConfigError: as :func:`load_settings` says.
    """
    reader.check_keys(_MIGRATION_KEYS)
    default = Migration()
    for key, other in (("legacy", "factory"), ("factory", "legacy")):
        if key in reader.table and other not in reader.table:
            reader.fail(other, f"is missing: it goes with {key!r}")
    arguments = _arguments(reader, default.arguments)
    drop = reader.strings("drop", ())
    for name in drop:
        reader.check_identifier("drop", name)
        if any(name == legacy for legacy, _ in arguments):
            reader.fail("drop", f"{name!r} is handed on by 'arguments' as well")
    return Migration(
        legacy=reader.dotted("legacy") or default.legacy,
        factory=reader.dotted("factory") or default.factory,
        type=reader.dotted("type"),
        arguments=arguments,
        drop=frozenset(drop),
        signature=_signature(reader, [*(legacy for legacy, _ in arguments if "arguments" in reader.table), *drop]),
    )


def _arguments(reader: _Reader, default: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The pairs of legacy and factory parameter.

    Raises:
        ConfigError: a name that is none, or is there twice.
    """
    if "arguments" not in reader.table:
        return default
    pairs: list[tuple[str, str]] = []
    for entry in reader.strings("arguments", ()):
        legacy, colon, factory = entry.partition(":")
        pair = (legacy.strip(), factory.strip() if colon else legacy.strip())
        for name in pair:
            reader.check_identifier("arguments", name)
        for place, name in enumerate(pair):
            if any(name == other[place] for other in pairs):
                reader.fail("arguments", f"{name!r} is mapped twice")
        pairs.append(pair)
    return tuple(pairs)


def _signature(reader: _Reader, names: Iterable[str]) -> str | None:
    """The legacy signature's text, proven to be one that has the names.

    Raises:
        ConfigError: it is none, or lacks one of the names.
    """
    text = reader.string("signature")
    if text is None:
        return None
    import ast

    text = text.strip()
    try:
        body = ast.parse(f"def _{text}: pass").body if text.startswith("(") else []
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        body = []
    function = body[0] if len(body) == 1 else None
    if not isinstance(function, ast.FunctionDef) or not isinstance(function.body[0], ast.Pass):
        reader.fail("signature", f"{text!r} is no signature such as \"(cache_dir='data/cache', system='KP')\"")
    arguments = function.args
    parameters = [item.arg for item in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    if parameters[:1] == ["self"]:
        reader.fail("signature", "leave out 'self': a caller does not write it")
    for name in names:
        if name not in parameters and arguments.kwarg is None:
            reader.fail("signature", f"has no parameter {name!r}, which is configured{_nearest(name, parameters)}")
    return text


class _Reader:
    """One table of the file, its name for messages, and the checks that all keys share."""

    __slots__ = ("name", "path", "table")

    def __init__(self, path: str, name: str, table: Any) -> None:
        self.path = path
        self.name = name
        self.table = table

    def fail(self, key: str, problem: str) -> NoReturn:
        """Raise ConfigError for a key."""
        raise ConfigError(f"{self.path}: {self.name}.{key}: {problem}")

    def check_keys(self, known: tuple[str, ...]) -> None:
        """Refuse what is no table, and keys that mean nothing."""
        if not isinstance(self.table, dict):
            raise ConfigError(f"{self.path}: {self.name}: must be a table, not {_kind(self.table)}")
        for key in self.table:
            if key not in known:
                self.fail(key, f"unknown key{_nearest(key, known)}")

    def string(self, key: str) -> str | None:
        """The text of a key, None where it is left out."""
        value = self.table.get(key)
        if value is not None and not isinstance(value, str):
            self.fail(key, f"must be a string, not {_kind(value)}")
        return value

    def strings(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """The texts of a key."""
        if key not in self.table:
            return default
        value = self.table[key]
        if not isinstance(value, list):
            self.fail(key, f"must be an array of strings, not {_kind(value)}")
        for entry in value:
            if not isinstance(entry, str):
                self.fail(key, f"must hold strings, not {_kind(entry)}")
            if not entry.strip():
                self.fail(key, "holds an empty string")
        return tuple(value)

    def dotted(self, key: str) -> str | None:
        """The dotted name of a module's member, None where it is left out."""
        value = self.string(key)
        if value is None:
            return None
        parts = value.split(".")
        if len(parts) < 2 or not all(map(_is_name, parts)):
            self.fail(key, f"{value!r} is no dotted path of a module and its member, such as 'package.module.Name'")
        return value

    def check_identifier(self, key: str, name: str) -> None:
        """Refuse what cannot be a parameter's name."""
        if not _is_name(name):
            self.fail(key, f"{name!r} is no parameter name")


def _is_name(text: str) -> bool:
    return text.isidentifier() and not iskeyword(text)


def _kind(value: object) -> str:
    """A TOML value's type in TOML's own words."""
    names = {"str": "a string", "bool": "a boolean", "int": "an integer", "list": "an array", "dict": "a table"}
    return names.get(type(value).__name__, f"a {type(value).__name__}")


def _nearest(word: str, known: Iterable[str]) -> str:
    """The nearest valid word, as the end of a message; all of them where none is near."""
    from difflib import get_close_matches

    words = list(known)
    near = get_close_matches(word, words, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; valid are {', '.join(map(repr, words)) or 'none'}"
