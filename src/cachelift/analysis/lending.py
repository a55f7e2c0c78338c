"""Modules that a file reads from their packages although none of its own imports, but for one that goes, loads them.

A module is an attribute of its package once anything has imported it (language reference, 5.4.2): after ``import app``
and ``from app.compat import C`` the file can read ``app.compat.VERSION``, and ``app.models`` if ``app.compat`` imports
that.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cachelift.analysis.names import IMPORT_KINDS

if TYPE_CHECKING:
    from cachelift.analysis.file import FileAnalysis
    from cachelift.analysis.names import NameGroup
    from cachelift.analysis.scopes import Binding


class Lending:
    """What the imports of one file lend to the rest of it.

    Args:
        file: the file.
    """

    def __init__(self, file: FileAnalysis) -> None:
        self.file = file
        self.knowledge = file.knowledge
        self._borrowed: frozenset[str] | None = None

    def lends(self, group: NameGroup) -> bool:
        """Whether an import of a group surely loads a module that is read here, and no other import does."""
        if self._borrowed is None:
            self._borrowed = frozenset(self._find_borrowed()) - self._loaded()
        if not self._borrowed:
            return False
        lent = self._run_by(self._modules(self.file.imports.import_bindings(group))) & self._borrowed
        return bool(lent - self._run_by(self._staying())) if lent else False

    def _run_by(self, modules: Iterable[str]) -> frozenset[str]:
        return frozenset[str]().union(*map(self.knowledge.loads, modules))

    def _find_borrowed(self) -> Iterator[str]:
        for node in self.file.scopes.of_kind(ast.Attribute):
            if not isinstance(self.file.parents[node], ast.Attribute):
                for dotted in self.file.names.qualified(node):
                    yield from self._on_the_way(dotted)

    def _on_the_way(self, dotted: str) -> Iterator[str]:
        """The modules that a dotted name reads from their packages; what leads to the class goes or stays with it."""
        names = [dotted[:end] for end in (*_dots(dotted)[1:], len(dotted))]
        if not any(self.knowledge.legacy(name) is not None for name in names):
            yield from (path for path in map(self.knowledge.locate, names) if path is not None)

    def _loaded(self) -> set[str]:
        """The files of the modules that are named by imports that stay, or that what replaces the class brings in."""
        named = self._staying()
        prefixes = {name[:end] for name in named for end in (*_dots(name), len(name))}
        return {path for path in map(self.knowledge.locate, prefixes) if path is not None}

    def _staying(self) -> set[str]:
        """What is imported whatever becomes of the class: by other imports, or in the place of those that go."""
        targets = {replacement.migration.factory_module for replacement in self.knowledge.replacements}
        return targets | self._modules(b for b in self._bindings() if self.file.names.meaning(b) is None)

    def _bindings(self) -> Iterator[Binding]:
        for scope in self.file.scopes.scopes:
            for found in scope.bindings.values():
                yield from (binding for binding in found if binding.kind in IMPORT_KINDS)

    def _modules(self, bindings: Iterable[Binding]) -> set[str]:
        """The dotted names of what some bindings import, and of the modules that they import it from."""
        found: set[str] = set()
        for binding in bindings:
            found.update(self.file.names.imported(binding))
            if isinstance(binding.statement, ast.ImportFrom):
                found.update(self.file.names.modules_of(binding.statement))
            else:  # `import a.b` binds `a`, and imports both
                assert isinstance(binding.node, ast.alias)
                found.add(binding.node.name)
        return found


def _dots(name: str) -> list[int]:
    return [index for index, letter in enumerate(name) if letter == "."]
