"""Modules that a file reads from their packages although none of its own imports, but for one that goes, loads them.

A module is an attribute of its package once anything has imported it (language reference, 5.4.2): after ``import app``
and ``from app.compat import C`` the file can read ``app.compat.VERSION``, and ``app.models`` if ``app.compat`` imports
that.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from cachelift.analysis import borrowing
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
        self._effects: dict[int, bool] = {}
        self._needed: frozenset[str] | None = None

    def loses_effects(self, group: NameGroup) -> bool:
        """Whether moving a consumer to the target would no longer import a module that does something then, or fails.

        The packages above the target are imported with it, and another import of the module may come before.
        """
        cached = self._effects.get(group.index)
        if cached is None:
            cached = group.kind != "anchor" and (any(self._lost_effects(group)) or self.lends(group))
            self._effects[group.index] = cached
        return cached

    def _lost_effects(self, group: NameGroup) -> Iterator[bool]:
        for binding in self.file.imports.import_bindings(group):
            legacy, statement = self.file.names.meaning(binding), binding.statement
            if legacy is not None and isinstance(statement, ast.ImportFrom):
                paths: set[str] = set()
                for dotted in self.file.names.imported(binding):
                    paths |= self.knowledge.behind(dotted)
                if any(self._acts(path, statement) for path in paths):
                    module = legacy.prefix + self.file.replacement(legacy).migration.factory_module
                    kept = self._run_by({module, *self._imported_before(group)})
                    yield any(self._acts(path, statement) for path in paths - kept)

    def _acts(self, path: str, statement: ast.stmt) -> bool:
        """Whether importing a module does something, or may fail where the file goes on then.

        A file that does not go on needs what the module needs: packages of others are there wherever it runs.
        """
        if self.knowledge.has_effects(path):
            return True
        around: ast.AST | None = self.file.parents[statement]
        while isinstance(around, ast.stmt) and not isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
            if isinstance(around, ast.Try | ast.TryStar | ast.With):
                return self.knowledge.may_raise(path) or not self.knowledge.uncertain(path) <= self._surely_there()
            around = self.file.parents.get(around)
        return False

    def _surely_there(self) -> frozenset[str]:
        """What the file cannot do without: the packages that its own imports name."""
        if self._needed is None:
            own = [each for each in self._bindings() if self.file.parents[each.statement] is self.file.tree]
            names = self._modules(each for each in own if self.file.names.meaning(each) is None)
            self._needed = frozenset(name.partition(".")[0] for name in names)
        return self._needed

    def _imported_before(self, group: NameGroup) -> set[str]:
        """What other imports of the module name ahead of the group's first, or right behind it."""
        body, span = self.file.tree.body, self.file.imports.span
        own = [binding.statement for binding in self.file.imports.import_bindings(group)]
        first = min(own, key=lambda statement: span(statement).start)
        count = sum(span(each).start <= span(first).start for each in body) + (first in body)
        ahead = body[:count]
        others = chain.from_iterable(self.file.scopes.module.bindings.values())
        return self._modules(
            other
            for other in others
            if other.statement in ahead and other.kind in IMPORT_KINDS and self.file.names.meaning(other) is None
        )

    def lends(self, group: NameGroup) -> bool:
        """Whether an import of a group surely loads a module that is read here, and no other import does."""
        if self._borrowed is None:
            self._borrowed = frozenset(self._find_borrowed()) - self._loaded()
        if not self._borrowed:
            return False
        lent = self._run_by(self._modules(self.file.imports.import_bindings(group))) & self._borrowed
        return bool(lent - self._run_by(self._staying())) if lent else False

    def unloads(self, group: NameGroup) -> frozenset[str]:
        """The modules on the way to the class that the file may no longer load once the imports of a group go."""
        bindings = [b for b in self.file.imports.import_bindings(group) if isinstance(b.statement, ast.ImportFrom)]
        named = {dotted for binding in bindings for dotted in self.file.names.imported(binding)}
        behind = frozenset[str]().union(*map(self.knowledge.behind, named))
        gone = behind | self._run_by(self._modules(bindings))
        return gone - self._surely_run_by(self._staying()) - self.knowledge.legacy_closure

    def find_lent(self) -> None:
        """Take down which of the modules that others may no longer load the file reads without loading them itself."""
        if not self.knowledge.unloaded:
            return
        surely = [b for b in self._bindings() if self.file.names.is_unconditional(b) and self._stays(b)]
        own = self._surely_run_by(self._modules(b for b in surely if b.where is self.file.scopes.module))
        for node in self.file.scopes.of_kind(ast.Attribute):
            if not isinstance(self.file.parents[node], ast.Attribute):
                read = {path for dotted in self.file.names.qualified(node) for path in self._read_of(dotted)}
                read = (read & self.knowledge.unloaded) - own
                if read:
                    owner = self.file.scopes.by_node[_root(node)].owner
                    near = self._surely_run_by(self._modules(b for b in surely if b.where is owner))
                    self.file.facts.lent |= dict.fromkeys(read - near, node.lineno)
        for path in self.knowledge.unloaded - own:
            line = borrowing.first_line(self.file, self.knowledge.module_names(path))
            if line is not None:
                self.file.facts.lent.setdefault(path, line)

    def _read_of(self, dotted: str) -> Iterator[str]:
        """The modules on the way of a dotted name, those that are read of a package by another name for it as well."""
        names = [dotted[:end] for end in (*_dots(dotted), len(dotted))]
        if not any(self.knowledge.legacy(name) is not None for name in names):
            yield from (path for path in map(self.knowledge.module_path, names[1:]) if path is not None)

    def _stays(self, binding: Binding) -> bool:
        return self.file.names.meaning(binding) is None

    def _surely_run_by(self, modules: Iterable[str]) -> frozenset[str]:
        return frozenset[str]().union(*(self.knowledge.loads(module, surely=True) for module in modules))

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


def _root(node: ast.expr) -> ast.Name:
    """The name that a chain of attributes with a meaning starts with."""
    while isinstance(node, ast.Attribute):
        node = node.value
    assert isinstance(node, ast.Name)
    return node


def _dots(name: str) -> list[int]:
    return [index for index, letter in enumerate(name) if letter == "."]
