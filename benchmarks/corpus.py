"""The tree that nobody here wrote: Home Assistant from the package registry, with something to migrate in it."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

PACKAGE = "homeassistant==2024.3.3"

_GIT = ("git", "-c", "user.name=benchmark", "-c", "user.email=benchmark@example.com", "-c", "core.autocrlf=false")


def fetch(work: Path, tree: Path | None) -> Path:
    """Return the folder with the unpacked wheel: ``tree`` if given, else downloaded into ``work`` once."""
    if tree is not None:
        return tree
    unpacked = work / "wheel"
    if not unpacked.is_dir():
        downloads = work / "downloads"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(downloads), PACKAGE]
        subprocess.run(command, check=True)
        with zipfile.ZipFile(next(downloads.glob("*.whl"))) as wheel:
            wheel.extractall(unpacked)
    return unpacked


def copy(tree: Path, target: Path) -> Path:
    """Copy the Python files of the tree to a new folder, writable, and return it."""
    if target.exists():
        shutil.rmtree(target)
    for path in python_files(tree):
        place = target / path.relative_to(tree)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    return target


def python_files(tree: Path) -> list[Path]:
    """All Python files, sorted by their path."""
    return sorted((tree / "homeassistant").rglob("*.py"), key=Path.as_posix)


def commit(tree: Path) -> None:
    """Make the folder a git repository with everything committed."""
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "before"]):
        subprocess.run([*_GIT, *arguments], cwd=tree, check=True)


def restore(tree: Path) -> None:
    """Put back every file as it was committed."""
    subprocess.run([*_GIT, "checkout", "--quiet", "--", "."], cwd=tree, check=True)


def changed(tree: Path) -> list[str]:
    """The paths that are not as they were committed."""
    found = subprocess.run([*_GIT, "diff", "--name-only"], cwd=tree, check=True, capture_output=True, text=True)
    return found.stdout.splitlines()


def contents(tree: Path, paths: list[str]) -> dict[str, bytes]:
    """The bytes of some files."""
    return {path: (tree / path).read_bytes() for path in paths}


# -- migration of a class of its own ---------------------------------------------------------------------------------

STORE_SETTINGS = '''\
[tool.cachelift]
src = ["."]

[[tool.cachelift.migrations]]
legacy = "homeassistant.helpers.storage.Store"
factory = "homeassistant.helpers.unified_store.get_store"
type = "homeassistant.helpers.unified_store.UnifiedStore"
arguments = ["hass", "version", "key", "private", "atomic_writes", "encoder", "minor_version", "read_only"]
# The class is decorated with @bind_hass, so its constructor's signature is not taken from its source.
signature = """(hass, version, key, private=False, *, atomic_writes=False, encoder=None, minor_version=1, \\
read_only=False)"""
'''

STORE_TARGET = '''\
"""Stores that choose their backend."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from json import JSONEncoder
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

_T = TypeVar("_T", bound=Mapping[str, Any] | Sequence[Any])


class UnifiedStore(Generic[_T]):
    """What `Store` offers to its users, whatever the backend."""

    def __init__(self, hass: HomeAssistant, version: int, key: str, minor_version: int) -> None:
        """Keep what every backend needs."""
        self.hass = hass
        self.version = version
        self.minor_version = minor_version
        self.key = key

    @property
    def path(self) -> str:
        """Return where the data is kept."""
        raise NotImplementedError

    async def async_load(self) -> _T | None:
        """Load data."""
        raise NotImplementedError

    async def async_save(self, data: _T) -> None:
        """Save data."""
        raise NotImplementedError

    def async_delay_save(self, data_func: Callable[[], _T], delay: float = 0) -> None:
        """Save data with an optional delay."""
        raise NotImplementedError

    async def async_remove(self) -> None:
        """Remove all data."""
        raise NotImplementedError


def get_store(
    hass: HomeAssistant,
    version: int,
    key: str,
    private: bool = False,
    *,
    atomic_writes: bool = False,
    encoder: type[JSONEncoder] | None = None,
    minor_version: int = 1,
    read_only: bool = False,
) -> UnifiedStore[Any]:
    """Return the store for a key."""
    return UnifiedStore(hass, version, key, minor_version)
'''


def add_store_migration(tree: Path) -> None:
    """Write the configuration that migrates ``Store``, and the module that it leads to."""
    (tree / "pyproject.toml").write_text(STORE_SETTINGS, encoding="utf-8")
    target = tree / "homeassistant" / "helpers" / "unified_store.py"
    target.write_text(STORE_TARGET, encoding="utf-8")


# -- the default migration, injected ---------------------------------------------------------------------------------

EVERY = 50

_LEGACY = '''\
"""The cache that keeps its entries in files."""


class CacheService:
    """Deprecated: use `get_unified_cache`."""

    def __init__(self, cache_dir="data/cache", system="KP"):
        """Take the folder and the system."""
        self.cache_dir = cache_dir
        self.system = system

    def get(self, key):
        """Return an entry."""

    def set(self, key, value):
        """Keep an entry."""
'''

_UNIFIED = '''\
"""The cache of today."""


class UnifiedCache:
    """A cache whatever its backend."""

    def __init__(self, system):
        """Take the system."""
        self.system = system

    def get(self, key):
        """Return an entry."""

    def set(self, key, value):
        """Keep an entry."""


def get_unified_cache(system: str = "KP") -> UnifiedCache:
    """Return the cache of a system."""
    return UnifiedCache(system)
'''

IMPORT = "from app.services.cache_service import CacheService\n"

_FUNCTION = '''

def remember_injected(value):
    """Use the cache."""
    cache = CacheService(system="KP")
    cache.set("value", value)
    return cache
'''


def inject(tree: Path) -> list[str]:
    """Write the application's modules and put an import and a call into every 50th file; return those paths."""
    write_application(tree)
    chosen = python_files(tree)[::EVERY]
    for path in chosen:
        path.write_text(injected(path.read_text(encoding="utf-8")), encoding="utf-8")
    return [path.relative_to(tree).as_posix() for path in chosen]


def write_application(tree: Path) -> None:
    """Write the modules of the deprecated class and of its replacement."""
    services = tree / "app" / "services"
    services.mkdir(parents=True)
    (tree / "app" / "__init__.py").write_bytes(b"")
    (services / "__init__.py").write_bytes(b"")
    (services / "cache_service.py").write_text(_LEGACY, encoding="utf-8")
    (services / "unified_cache.py").write_text(_UNIFIED, encoding="utf-8")


def injected(text: str) -> str:
    """A text with the import behind its docstring and its ``__future__`` imports, and a function at its end."""
    line = 0
    for statement in ast.parse(text).body:
        is_docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        is_future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if not is_docstring and not is_future:
            break
        line = statement.end_lineno or line
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return "".join([*lines[:line], IMPORT, *lines[line:], _FUNCTION])
