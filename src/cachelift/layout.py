"""Which file is which module: import roots, dotted names, and the files of a dotted name.

Source of the rules: https://docs.python.org/3/reference/import.html and, for files outside any package, which are
imported by their bare names, https://docs.pytest.org/en/stable/explanation/pythonpath.html.
"""

from __future__ import annotations

import os
import posixpath
import sys
from collections.abc import Iterable, Sequence

SUFFIXES = ("/__init__.py", ".py", "/__init__.pyi", ".pyi")
"""What a module's file may be called, in the order of precedence; stubs stand in where there is no source."""


class Layout:
    """The files of a repository as modules.

    Args:
        root: the repository's absolute path.
        src: the import roots relative to it, in order.
        files: the known ``.py`` and ``.pyi`` files, relative and with ``/``; None to look on the disk.
    """

    def __init__(self, root: str, src: Sequence[str], files: Iterable[str] | None = None) -> None:
        self._root = root
        roots = dict.fromkeys(_relative_root(root, entry) for entry in src)
        self._roots = tuple(folder for folder in roots if folder.partition("/")[0] != "..")
        self._files = None if files is None else frozenset(files)
        self._folders: set[str] | None = None
        self._listings: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        self._bare: dict[str, list[str]] | None = None
        self._located: dict[tuple[str, str | None], str | None] = {}
        self._bases: dict[str, str] = {}

    def is_file(self, path: str) -> bool:
        """Whether the repository has that file."""
        if self._files is not None:
            return path in self._files
        folder, _, name = path.rpartition("/")
        return name in self._listing(folder)[0]

    def files(self) -> frozenset[str]:
        """The known files; none where they are looked up on the disk."""
        return self._files or frozenset()

    def is_folder(self, path: str) -> bool:
        """Whether the repository has that folder, with known files in it."""
        if self._files is None:
            folder, _, name = path.rpartition("/")
            return not path or name in self._listing(folder)[1]
        if self._folders is None:
            self._folders = {""}
            for file in self._files:
                folder = file.rpartition("/")[0]
                while folder not in self._folders:
                    self._folders.add(folder)
                    folder = folder.rpartition("/")[0]
        return path in self._folders

    def _listing(self, folder: str) -> tuple[frozenset[str], frozenset[str]]:
        """The names of a folder's files and folders on disk, as they are spelled there."""
        if folder not in self._listings:
            files: set[str] = set()
            folders: set[str] = set()
            try:
                with os.scandir(os.path.join(self._root, folder)) as entries:
                    for entry in entries:
                        (folders if entry.is_dir() else files).add(entry.name)
            except (OSError, ValueError):
                pass
            self._listings[folder] = frozenset(files), frozenset(folders)
        return self._listings[folder]

    def _base(self, path: str) -> str:
        """The first folder upward from a file that is no package: what is put on ``sys.path`` for it."""
        folder = path.rpartition("/")[0]
        if folder not in self._bases:
            base = folder
            while base and (self.is_file(f"{base}/__init__.py") or self.is_file(f"{base}/__init__.pyi")):
                base = base.rpartition("/")[0]
            self._bases[folder] = base
        return self._bases[folder]

    def module_names(self, path: str) -> tuple[str, ...]:
        """Every dotted name that a file has: those under the import roots in their order, then its bare name."""
        found = [_dotted(path, folder) for folder in (*self._roots, self._base(path))]
        return tuple(dict.fromkeys(name for name in found if name))

    def package_names(self, path: str) -> tuple[str, ...]:
        """The packages that ``from . import x`` in the file refers to, beside :meth:`module_names`.

        Empty where the file is no member of a package under that name.
        """
        names = self.module_names(path)
        return names if is_package(path) else tuple(name.rpartition(".")[0] for name in names)

    def resolve_relative(self, path: str, level: int, module: str | None) -> tuple[str, ...]:
        """The absolute names that ``from <level dots><module> import`` can mean, beside :meth:`module_names`.

        Empty where the import would fail under that name of the file. Level 0 means the module itself.
        """
        if not level:
            return tuple((module or "") for _ in self.module_names(path))
        found = []
        for package in self.package_names(path):
            parts = package.split(".")
            valid = package and level <= len(parts)
            found.append(".".join([*parts[: len(parts) - level + 1], *([module] if module else [])]) if valid else "")
        return tuple(found)

    def locate(self, dotted: str, importer: str | None = None) -> str | None:
        """The file of a module: under the first import root that has it, then where its importer would find it.

        Args:
            dotted: the module's absolute name.
            importer: the file that imports it, whose own folder may be on ``sys.path`` as well.
        """
        key = (dotted, importer and self._base(importer))
        if key not in self._located:
            self._located[key] = self._locate(dotted.split("."), key[1])
        return self._located[key]

    def _locate(self, parts: list[str], base: str | None) -> str | None:
        if not all(part.isidentifier() for part in parts):
            return None
        folders = self._roots if base is None else (*self._roots, base)
        found = next((path for folder in folders if (path := self._search(folder, parts))), None)
        if found is None and parts[0] not in sys.stdlib_module_names:
            bases = self._bare_names().get(parts[0], [])
            # Two files of one bare name: which one is meant depends on who runs it.
            found = self._search(bases[0], parts) if len(bases) == 1 else None
        return found

    def _search(self, folder: str, parts: Sequence[str]) -> str | None:
        for part in parts[:-1]:
            folder = f"{folder}/{part}" if folder else part
            if not self.is_folder(folder):
                return None
            if self.is_file(f"{folder}.py") and not self.is_file(f"{folder}/__init__.py"):
                return None
        leaf = f"{folder}/{parts[-1]}" if folder else parts[-1]
        return next((leaf + suffix for suffix in SUFFIXES if self.is_file(leaf + suffix)), None)

    def other_roots(self, dotted: str) -> tuple[str, ...]:
        """The folders, the highest first, one of which would have to be an import root for a module to be found.

        Args:
            dotted: the absolute name of a module that :meth:`locate` does not find. Without a file list there is none.
        """
        parts = dotted.split(".")
        endings = tuple("/".join(parts) + suffix for suffix in SUFFIXES)
        found = []
        for file in (file for file in self._files or () if file.endswith(endings)):
            folder = file.removesuffix(next(ending for ending in endings if file.endswith(ending)))
            if folder[-1:] in ("", "/") and self._search(folder.rstrip("/"), parts) == file:
                found.append(folder.rstrip("/") or ".")
        return tuple(sorted(found, key=lambda folder: (folder.count("/"), folder)))

    def _bare_names(self) -> dict[str, list[str]]:
        """The folders outside packages from which each top-level name can be imported; none without a file list."""
        if self._bare is None:
            self._bare = {}
            for file in sorted(self._files or ()):
                folder, _, name = file.rpartition("/")
                stem = name.partition(".")[0]
                base = self._base(file)
                if stem == "__init__":
                    top = folder[len(base) :].strip("/")
                    stem = "" if "/" in top else top
                elif base != folder:
                    stem = ""
                if stem and base not in self._roots and base not in self._bare.setdefault(stem, []):
                    self._bare[stem].append(base)
        return self._bare

    def is_package_dir(self, dotted: str) -> bool:
        """Whether a folder of that dotted name exists under an import root, a package or a namespace."""
        parts = dotted.split(".")
        if not all(part.isidentifier() for part in parts):
            return False
        return any(self.is_folder("/".join([folder, *parts] if folder else parts)) for folder in self._roots)


def is_package(path: str) -> bool:
    """Whether the file is a package's own module."""
    return path.rpartition("/")[2] in ("__init__.py", "__init__.pyi")


def _relative_root(root: str, entry: str) -> str:
    """An import root relative to the repository, empty for the repository itself."""
    if os.path.isabs(entry):
        entry = os.path.relpath(entry, root)
    normal = posixpath.normpath(entry.replace(os.sep, "/"))
    return "" if normal == "." else normal


def _dotted(path: str, folder: str) -> str:
    """The dotted name of a file under a folder, empty where it has none."""
    stem, dot, suffix = path.rpartition(".")
    if suffix not in ("py", "pyi") or not dot or (folder and not path.startswith(folder + "/")):
        return ""
    parts = (stem[len(folder) + 1 :] if folder else stem).split("/")
    if parts[-1] == "__init__":
        del parts[-1]
    return ".".join(parts) if all(part.isidentifier() for part in parts) else ""
