"""Which of the classes that one of the two is the expressions of a file stand for."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Set

from cachelift.analysis.asking import class_of
from cachelift.analysis.facts import Role
from cachelift.analysis.file import FileAnalysis
from cachelift.analysis.given import Given, spelled
from cachelift.model import Applicability, Replacement


class Kinds:
    """Tells for one migration which classes are named in a file.

    Args:
        file: the file.
        replacement: the migration.
        wanted: by their dotted names the classes that only one of the two is, with what asking for them means.
        kin: the names of the legacy class and its bases, as far as they are in the file.
    """

    def __init__(
        self, file: FileAnalysis, replacement: Replacement, wanted: Mapping[str, Applicability], kin: Set[str]
    ) -> None:
        self.file = file
        self.names = file.names
        self.parents = file.parents
        self.legacy = replacement.migration.legacy_name
        self.kin = kin
        self.new = {name for path, name in replacement.new_kin if path == file.path}
        self.wanted = {name.rpartition(".")[2]: level for name, level in wanted.items()}
        self.paths = {name: name.rpartition(".")[2] for name in wanted}
        """The last names of the classes that are looked for, by their dotted names."""
        self.at_home = file.path in replacement.homes
        known = {*wanted, replacement.migration.legacy}
        definitions = {name: file.knowledge.definition(name) for name in known}
        self._nodes = {node: name.rpartition(".")[2] for name, node in definitions.items() if node is not None}
        self._lasts = set(self._nodes.values()) | {name.rpartition(".")[2] for name in known}
        self._unknown = {name.rpartition(".")[2] for name, node in definitions.items() if node is None}
        self._modules = {name.rpartition(".")[0]: name.rpartition(".")[2] for name in wanted}
        self.given = Given(file, at_home=self.at_home)

    def words(self, kind: ast.expr) -> Iterator[str]:
        """The names of the classes that an expression stands for, of those from elsewhere the names that they have."""
        pending: list[ast.AST] = [kind]
        while pending:
            node = pending.pop()
            asked = class_of(self.names, node) if isinstance(node, ast.expr) else None
            if asked is not None:  # `type(C())`: an object is no class
                yield from self.new_names() if self.given.is_new(asked) else ()
                continue
            if isinstance(node, ast.Name) and node.id == "__class__":
                yield from self._classes_around(node)
            elif isinstance(node, ast.Name | ast.Attribute):
                yield from self.names_of(node)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):  # type(x).__name__ == "C"
                yield self._modules.get(node.value, node.value)
            pending += ast.iter_child_nodes(node)

    def is_class_of_new(self, node: ast.expr) -> bool:
        """``type(get_unified_cache())``: the class of what the replacement is."""
        asked = class_of(self.names, node)
        return asked is not None and self.given.is_new(asked)

    def new_names(self) -> Iterator[str]:
        """The classes that objects of the replacement are known to be of, and the legacy is not."""
        yield from (name for name, level in self.wanted.items() if level is Applicability.UNSAFE)

    def _classes_around(self, node: ast.AST) -> Iterator[str]:
        """The name of the class, of those that are looked for, whose method a place is in."""
        current: ast.AST | None = node
        while current is not None and not isinstance(current, ast.ClassDef):
            current = self.parents.get(current)
        if isinstance(current, ast.ClassDef) and current.name in self.kin | self.new:
            yield current.name

    def names_of(self, node: ast.Name | ast.Attribute) -> frozenset[str]:
        """The names of the classes that a name may be that of; another class of that name is none of them."""
        dotted = self.names.qualified(node)
        if not dotted:
            bindings = self.bindings(node)
            if bindings and all(isinstance(each, ast.ClassDef) and each not in self._nodes for each in bindings):
                kin = self.kin | self.new
                is_own = self.at_home or any(getattr(each, "name", "") in kin for each in bindings)
                return frozenset({spelled(node)}) if is_own else frozenset()
            return frozenset({spelled(node)})
        found: set[str] = set()
        for name in dotted:
            last = name.rpartition(".")[2]
            is_starred = name == f"builtins.{last}" and bool(self.names.stars)
            if last not in self._lasts or is_starred:  # what is another class's name elsewhere is looked for there
                found.add(last)
                continue
            definition = self.names.knowledge.definition(name)
            if definition is not None and definition in self._nodes:
                found.add(self._nodes[definition])
            elif not isinstance(definition, ast.ClassDef) and (last in self._unknown or self.is_near(name)):
                found.add(last)
        return frozenset(found)

    def bindings(self, node: ast.expr) -> list[ast.AST]:
        """What binds a name of the file."""
        reference = self.file.scopes.by_node.get(node) if isinstance(node, ast.Name) else None
        if reference is None or reference.owner is None:
            return []
        return [each.node for each in reference.owner.bindings.get(reference.where.mangle(reference.node.id), [])]

    def binding_statements(self, node: ast.expr) -> list[ast.AST]:
        """The statements that bind a name of the file."""
        reference = self.file.scopes.by_node.get(node) if isinstance(node, ast.Name) else None
        if reference is None or reference.owner is None:
            return []
        bindings = reference.owner.bindings.get(reference.where.mangle(reference.node.id), [])
        return [each.statement for each in bindings]

    def is_near(self, dotted: str) -> bool:
        """Whether a dotted name is one of the repository's."""
        return self.names.knowledge.locate(dotted.partition(".")[0]) is not None

    def modules_of(self, node: ast.expr) -> Iterator[str]:
        """The paths of the repository's modules from where something may be."""
        yield from filter(None, map(self.names.knowledge.module_around, self.names.qualified(node)))

    def is_own(self, kind: ast.expr) -> bool:
        """``cls``, ``type(self)``, ``__class__``: the class that a method stands in, or one below."""
        for node in ast.walk(kind):
            if isinstance(node, ast.expr) and self.is_class_of_first(node):
                return True
            is_first = isinstance(node, ast.Name) and (node.id == "__class__" or self.given.is_first(node))
            if is_first and not isinstance(self.parents.get(node), ast.Attribute):  # `self.kind` may be any class
                return True
        return False

    def is_class_of_first(self, node: ast.expr) -> bool:
        """``type(self)``: the class of the object that a method is called on."""
        asked = class_of(self.names, node)
        return isinstance(asked, ast.Name) and self.given.is_first(asked)

    def asks_attribute(self, kind: ast.expr) -> bool:
        """``type(x) in C.__subclasses__()``: something that the legacy class has or gives is asked for."""
        nodes = (node for node in ast.walk(kind) if isinstance(node, ast.Name | ast.Attribute))
        own = (node for node in nodes if self.legacy in self.names_of(node))
        return any(self.file.contexts.classify(node).role is Role.ATTRIBUTE for node in own)
