"""What a dotted name means: modules are read, and names followed through imports and aliases to their definitions.

User code is never imported. Source of the rules: https://docs.python.org/3/reference/import.html.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from .exports import read_all
from .layout import Layout, is_package
from .namespace import Binding, Namespace, dotted_parts, read_block
from .reading import LARGEST_SOURCE, read_file
from .signatures import source_lines
from .source import SourceError, decode, parse

_KEPT_MODULES = 128
"""How many parsed modules are kept: memory must not grow with the repository."""


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a dotted name is defined."""

    path: str
    node: ast.AST = field(compare=False)
    """The defining statement: a class, a function, or whatever else binds the name; a module for a module."""
    qualified_name: str
    line: int = 0
    owner: ast.ClassDef | None = field(default=None, compare=False)
    """The class that has the statement in its body."""


@dataclass(slots=True)
class ParsedModule:
    """A parsed file."""

    text: str
    tree: ast.Module
    lines: list[str]
    namespaces: dict[bool, Namespace | None] = field(default_factory=dict)
    assigned: dict[str, frozenset[str]] | None = None
    """What its code assigns on each of its names, once that is asked for."""


Found = Definition | str | None
"""What a name leads to: a definition in the project, the dotted name of something outside, or nothing certain."""

_Seen = frozenset[tuple[str, str]]


class Resolution(Layout):
    """What is known of a repository from its source.

    Args:
        root: the repository's absolute path.
        src: the import roots relative to it, in order.
        files: the known ``.py`` and ``.pyi`` files, relative to the root and with ``/``; None to look on the disk.
        read: gives a file's bytes, None where it cannot be read; by default from the disk, never outside the root.
    """

    def __init__(
        self,
        root: str,
        src: Sequence[str],
        files: Iterable[str] | None = None,
        read: Callable[[str], bytes | None] | None = None,
    ) -> None:
        super().__init__(root, src, files)
        self._read = read
        self._modules: dict[str, ParsedModule | None] = {}
        self._found: dict[tuple[str, str | None, bool], Found] = {}
        self._exported: dict[str, frozenset[str] | None] = {}

    def tree(self, path: str) -> ast.Module | None:
        """The syntax tree of a file; None where it cannot be read or parsed."""
        module = self.module(path)
        return module.tree if module else None

    def raw(self, path: str) -> bytes | None:
        """The bytes of a file; None where it cannot be read."""
        return self._read(path) if self._read else _read_inside(self._root, path)

    def module(self, path: str) -> ParsedModule | None:
        """A file's text and tree; None where it cannot be read or parsed."""
        if path not in self._modules:
            if len(self._modules) >= _KEPT_MODULES:
                del self._modules[next(iter(self._modules))]
            raw = self.raw(path)
            self._modules[path] = None if raw is None else _parse(raw)
        return self._modules[path]

    def find(self, dotted: str, importer: str | None = None) -> Definition | None:
        """Follow a dotted name through imports, re-exports and plain aliases to what defines it at run time.

        Args:
            dotted: a module's member, such as ``app.services.cache_service.CacheService``.
            importer: the file that uses the name, see :meth:`Layout.locate`.

        Returns:
            None where it is not in the project, cannot be known, or is defined differently by different branches.
        """
        found = self._resolved(dotted, importer)
        return found if isinstance(found, Definition) else None

    def find_typing(self, dotted: str) -> Definition | None:
        """Like :meth:`find`, through the branches that a type checker takes: ``if TYPE_CHECKING:`` above all."""
        found = self._resolved(dotted, None, typing=True)
        return found if isinstance(found, Definition) else None

    def _resolved(self, dotted: str, importer: str | None, typing: bool = False) -> Found:
        key = (dotted, importer and self._base(importer), typing)
        if key not in self._found:
            try:
                self._found[key] = _Lookup(self, typing).dotted(dotted, importer)
            except RecursionError:
                self._found[key] = None
        return self._found[key]

    def namespace(self, path: str, *, typing: bool = False) -> Namespace | None:
        """What the names of a module are bound to when it has run; None where it cannot be read.

        Args:
            path: the file.
            typing: take the branches that a type checker takes instead of those that run.
        """
        module = self.module(path)
        if module is None:
            return None
        if typing not in module.namespaces:
            # A module that leads back to itself through star imports finds nothing known of itself.
            module.namespaces[typing] = None
            with contextlib.suppress(RecursionError):
                module.namespaces[typing] = read_block(module.tree.body, FileImports(self, path), typing=typing)
        return module.namespaces[typing]

    def exports(self, path: str) -> frozenset[str] | None:
        """The names that ``from module import *`` binds; None where they cannot be known."""
        if path not in self._exported:
            self._exported[path] = None
            with contextlib.suppress(RecursionError):
                self._exported[path] = self._read_exports(path)
        return self._exported[path]

    def _read_exports(self, path: str) -> frozenset[str] | None:
        module, namespace = self.module(path), self.namespace(path)
        if module is None or namespace is None:
            return None
        if "__all__" in module.text:
            stated, names = read_all(module.tree, namespace, FileImports(self, path))
            if stated:
                return names
        if namespace.open or "__all__" in namespace.names:
            return None
        return frozenset(name for name in namespace.names if not name.startswith("_"))

    def resolve_in(
        self, path: str, expression: ast.expr, *, typing: bool = False, scopes: Sequence[Namespace] = ()
    ) -> Found:
        """What a plain dotted expression means in a file.

        Args:
            path: the file.
            expression: the expression; any but a plain dotted one is not known.
            typing: take the branches that a type checker takes instead of those that run.
            scopes: the blocks around the expression, inner ones first, without the module.
        """
        parts = dotted_parts(expression)
        module = self.namespace(path, typing=typing)
        if not parts or module is None:
            return None
        lookup = _Lookup(self, typing)
        for scope in (*scopes, module):
            if parts[0] in scope.ever:
                try:
                    return lookup.bindings(path, scope.ever[parts[0]], parts, frozenset(), qualifier=scope.qualifier)
                except RecursionError:
                    return None
        return "builtins." + ".".join(parts) if hasattr(builtins, parts[0]) and not module.open else None


class FileImports:
    """How the imports of one file resolve, for the readers of its blocks."""

    def __init__(self, project: Resolution, path: str, *, inner: bool = False) -> None:
        self._project = project
        self._path = path
        self.package = project.module_names(path) if is_package(path) and not inner else ()

    def absolute(self, level: int, module: str | None) -> tuple[str, ...]:
        """See :class:`~cachelift.namespace.Imports`."""
        if not level:
            return (module or "",)
        return tuple(name for name in self._project.resolve_relative(self._path, level, module) if name)

    def star(self, modules: tuple[str, ...]) -> frozenset[str] | None:
        """See :class:`~cachelift.namespace.Imports`."""
        located = (self._project.locate(module, self._path) for module in modules)
        path = next((path for path in located if path), None)
        return self._project.exports(path) if path else None


class _Lookup:
    """Follows names from binding to binding. What was seen on the way stops it from running in a circle."""

    def __init__(self, project: Resolution, typing: bool) -> None:
        self._project = project
        self._typing = typing

    def dotted(self, dotted: str, importer: str | None) -> Found:
        """A whole dotted name: the longest part of it that is a module, then its members."""
        parts = dotted.split(".")
        for count in range(len(parts) - 1, 0, -1):
            module = ".".join(parts[:count])
            if self._project.locate(module, importer):
                return self.member(module, tuple(parts[count:]), importer, frozenset())
        return self.member(dotted, (), importer, frozenset())

    def member(self, module: str, attributes: tuple[str, ...], importer: str | None, seen: _Seen) -> Found:
        path = self._project.locate(module, importer)
        while path is None and attributes:
            module, attributes = f"{module}.{attributes[0]}", attributes[1:]
            path = self._project.locate(module, importer)
        if path is None:
            inside = self._project.locate(module.partition(".")[0], importer)
            return None if inside else ".".join((module, *attributes))
        if not attributes:
            tree = self._project.tree(path)
            return Definition(path, tree, self._name(path, module)) if tree else None
        name, rest = attributes[0], attributes[1:]
        namespace = self._project.namespace(path, typing=self._typing)
        if namespace is None:
            return None
        bindings = namespace.names.get(name)
        if bindings and (path, name) not in seen:
            return self.bindings(path, bindings, attributes, seen | {(path, name)}, module=self._name(path, module))
        inner = f"{module}.{name}"
        if is_package(path) and (self._project.locate(inner, importer) or self._project.is_package_dir(inner)):
            return self.member(inner, rest, importer, seen)
        return None

    def _name(self, path: str, module: str) -> str:
        """The first name of a file under which it is found, for one definition to have one name."""
        names = self._project.module_names(path)
        return next((name for name in names if self._project.locate(name) == path), module)

    def bindings(
        self,
        path: str,
        bindings: frozenset[Binding],
        parts: tuple[str, ...],
        seen: _Seen,
        *,
        module: str = "",
        qualifier: str = "",
    ) -> Found:
        """What the possible bindings of ``parts[0]`` and the attributes behind it agree on."""
        scope = ".".join(filter(None, (module or self._name(path, ""), qualifier)))
        outcomes = [self.binding(path, binding, parts, seen, scope) for binding in bindings]
        return outcomes[0] if all(outcome == outcomes[0] for outcome in outcomes) else None

    def binding(self, path: str, binding: Binding, parts: tuple[str, ...], seen: _Seen, scope: str) -> Found:
        rest, node = parts[1:], binding.node
        if binding.modules:
            located = (module for module in binding.modules if self._project.locate(module, path))
            module = next(located, binding.modules[0])
            return self.member(module, binding.attributes + rest, path, seen)
        if node is None:
            return None
        named = node.name if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) else parts[0]
        found = Definition(path, node, f"{scope}.{named}".lstrip("."), getattr(node, "lineno", 0))
        return self.inner(found, rest) if rest else found

    def inner(self, outer: Definition, attributes: tuple[str, ...]) -> Definition | None:
        """A name that a class has in its own body."""
        if not isinstance(outer.node, ast.ClassDef):
            return None
        names = read_block(outer.node.body, FileImports(self._project, outer.path, inner=True)).names
        nodes = [binding.node for binding in names.get(attributes[0], ())]
        if len(nodes) != 1 or nodes[0] is None:
            return None
        name = f"{outer.qualified_name}.{attributes[0]}"
        found = Definition(outer.path, nodes[0], name, getattr(nodes[0], "lineno", 0), outer.node)
        return self.inner(found, attributes[1:]) if attributes[1:] else found


def _read_inside(root: str, path: str) -> bytes | None:
    """The bytes of a regular file under the root, not even by a symbolic link outside it."""
    try:
        real, top = os.path.realpath(os.path.join(root, path)), os.path.realpath(root)
        if os.path.commonpath([real, top]) != top or not os.path.isfile(real):
            return None
        return read_file(real, LARGEST_SOURCE)
    except (OSError, ValueError):
        return None


def _parse(raw: bytes) -> ParsedModule | None:
    try:
        source = decode(raw)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ParsedModule(source.text, parse(source), source_lines(source.text))
    except (SourceError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
