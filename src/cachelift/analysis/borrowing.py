"""The legacy module looked up by text, or on a package that is handed on, where only another import has loaded it.

``getattr(app.services, "cache_service")``, ``sys.modules["app.services.cache_service"]`` and, in the package itself,
plain ``cache_service`` find the module once anything has imported it (language reference, 5.4.2). Chains of attributes
are :meth:`~cachelift.analysis.names.Names.loads`'s.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import accumulate, chain
from typing import TYPE_CHECKING

from cachelift.analysis.scopes import ScopeKind

if TYPE_CHECKING:
    from cachelift.analysis.file import FileAnalysis

_RUNNERS = frozenset({"exec", "eval"})
_IMPORTERS = frozenset(
    {"patch", "setattr", "delattr", "multiple", "dict", "import_module", "__import__", "importorskip", "resolve_name"}
)
"""They import the module that a string names."""


def find(file: FileAnalysis) -> None:
    """Take down for every migration where the file may read the legacy module without importing it.

    Comes after the references and the strings have been found.
    """
    for index, replacement in enumerate(file.knowledge.replacements):
        line = min(_Search(file, replacement.migration.legacy_module).lines(), default=None)
        if line is not None:
            file.facts.borrows.setdefault(index, line)


def first_line(file: FileAnalysis, names: Iterable[str]) -> int | None:
    """The first line where a file may read a module like that, by one of the module's names."""
    return min(
        (line for name in names if "." in name for line in _Search(file, name, known=True).lines()), default=None
    )


def _imports(func: ast.expr) -> bool:
    return (func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")) in _IMPORTERS


class _Search:
    """The search for one module; with ``known`` chains of attributes that have a meaning are somebody else's."""

    def __init__(self, file: FileAnalysis, module: str, *, known: bool = False) -> None:
        self.file = file
        self.known = known
        self.package, _, self.name = module.rpartition(".")
        packages = accumulate(self.package.split("."), "{}.{}".format)
        self.above = {file.knowledge.locate(package) for package in packages} - {None}

    def lines(self) -> Iterator[int]:
        if not self.file.may_name(self.name):
            return
        if self.file.path == self.file.knowledge.locate(self.package):
            yield from self._own_names()
        texts = list(self._texts())
        if texts and (self._reads_modules() or self._runs_text()):
            yield texts[0]
        if texts or self._is_loose():
            yield from self._handed_on()

    def _own_names(self) -> Iterator[int]:
        """Where the package reads the name that the import of its module binds."""
        for reference in self.file.scopes.references:
            if reference.owner is None and reference.node.id == self.name:
                yield reference.node.lineno

    def _texts(self) -> Iterator[int]:
        """The strings that name the module, without docstrings and what is imported by its name."""
        named = re.compile(rf"(?<!\w){re.escape(self.name)}(?!\w)")
        for node in self.file.scopes.of_kind(ast.Constant):
            is_text = isinstance(node.value, str) and named.search(node.value) is not None
            parent = self.file.parents[node]
            if not is_text or isinstance(parent, ast.Expr) or (isinstance(parent, ast.Call) and _imports(parent.func)):
                continue
            yield node.lineno

    def _reads_modules(self) -> bool:
        """Whether the file looks modules up by their names."""
        nodes = [*self.file.scopes.of_kind(ast.Attribute), *self.file.scopes.of_kind(ast.Name)]
        return self.file.may_name("modules") and any("sys.modules" in self.file.names.qualified(node) for node in nodes)

    def _runs_text(self) -> bool:
        return any(node.id in _RUNNERS for node in self.file.scopes.of_kind(ast.Name))

    def _is_loose(self) -> bool:
        """Whether the name is read as an attribute of something that is not known to be the package."""
        attributes = self.file.scopes.of_kind(ast.Attribute)
        unsettled = (node for node in attributes if node.attr == self.name and node not in self.file.settled)
        return any(not self.known or not self.file.names.qualified(node) for node in unsettled)

    def _handed_on(self) -> Iterator[int]:
        """Where a package above the module, or its name space, is used as a value, or is an attribute of a class."""
        for scope in self.file.scopes.scopes:
            bindings = chain.from_iterable(scope.bindings.values()) if scope.kind is ScopeKind.CLASS else ()
            for binding in bindings:
                if not self.above.isdisjoint(map(self.file.knowledge.locate, self.file.names.imported(binding))):
                    yield binding.statement.lineno
        for reference in self.file.scopes.references:
            node: ast.expr = reference.node
            parent = self.file.parents[node]
            while isinstance(parent, ast.Attribute) and parent.attr != "__dict__":
                node, parent = parent, self.file.parents[parent]
            if isinstance(parent, ast.Expr) or not isinstance(getattr(node, "ctx", None), ast.Load):
                continue
            if not self.above.isdisjoint(map(self.file.knowledge.locate, self.file.names.qualified(node))):
                yield node.lineno
