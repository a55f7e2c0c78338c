"""Whether an expression may be an object that was made elsewhere, where what it is does not matter otherwise.

This is asked of what is tested for its class (:mod:`cachelift.analysis.answers`): only of what is surely something
else is it denied.
"""

from __future__ import annotations

import ast
import builtins
import functools

from cachelift.analysis.asking import class_of, is_defined_here, is_first
from cachelift.analysis.file import FileAnalysis
from cachelift.analysis.names import IMPORT_KINDS
from cachelift.analysis.scopes import Binding, BindingKind

_GIVES_BACK = frozenset({"cast", "copy", "deepcopy", "proxy", "replace", "next", "min", "max", "getattr", "partial"})
"""Functions that may give what they were given."""
_UNKNOWN = ast.Yield()
"""Stands for a value of which nothing is known."""
_DISPLAYS = (
    ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp,
    ast.GeneratorExp, ast.Lambda, ast.Compare,
)  # fmt: skip


class Given:
    """What the expressions of one file may be.

    Args:
        file: the file.
        at_home: whether it is a module of the classes: what these make is their own affair.
    """

    def __init__(self, file: FileAnalysis, *, at_home: bool) -> None:
        self.file = file
        self.names = file.names
        self.parents = file.parents
        self.at_home = at_home

    def may_be(self, node: ast.expr) -> bool:
        """Whether an expression may be an object, or the class of one, that was made elsewhere."""
        match node:
            case ast.Await() | ast.NamedExpr():
                return self.may_be(node.value)
            case ast.IfExp():
                return self.may_be(node.body) or self.may_be(node.orelse)
            case ast.Call():
                inner = class_of(self.names, node)
                return self.may_be(inner) if inner is not None else not self._is_made(node)
            case ast.Attribute(attr="__class__"):
                return self.may_be(node.value)
            case ast.Attribute():
                return self._may_be_kept(node)
            case ast.Name():
                return self._may_be_named(node)
        return not isinstance(node, _DISPLAYS)

    def is_new(self, node: ast.expr) -> bool:
        """Whether an expression is what the factory gives, or a variable of that."""
        if isinstance(node, ast.Call):
            return any(self.names.knowledge.target(name) is not None for name in self.names.qualified(node.func))
        if isinstance(node, ast.Attribute):
            kept = self._kept.get(node.attr, [])
            return any(isinstance(value, ast.Call) and self.is_new(value) for value in kept)
        reference = self.file.scopes.by_node.get(node) if isinstance(node, ast.Name) else None
        if reference is None or reference.owner is None:
            return False
        bindings = reference.owner.bindings.get(reference.where.mangle(reference.node.id), [])
        values = [getattr(each.statement, "value", None) for each in bindings]
        return any(isinstance(value, ast.Call) and self.is_new(value) for value in values)

    def _may_be_named(self, node: ast.Name) -> bool:
        reference = self.file.scopes.by_node.get(node)
        if reference is None or reference.owner is None:
            return False
        if self.is_first(node):
            return self._is_proxy(node)
        bindings = reference.owner.bindings.get(reference.where.mangle(node.id), [])
        return any(map(self._may_be_bound, bindings))

    def _may_be_kept(self, node: ast.Attribute) -> bool:
        """Whether an attribute may be: the file sets none of that name to anything, or sets such an object."""
        values = self._kept.get(node.attr, [])
        if all(isinstance(value, ast.Constant) for value in values):
            return True  # what it is comes later
        self._kept[node.attr] = [ast.JoinedStr(values=[])]  # one that is set to itself is what else it is set to
        found = any(map(self.may_be, values))
        self._kept[node.attr] = values
        return found

    @functools.cached_property
    def _kept(self) -> dict[str, list[ast.expr]]:
        """What the file sets attributes to, by their names."""
        found: dict[str, list[ast.expr]] = {}
        for attribute in self.file.scopes.of_kind(ast.Attribute):
            if isinstance(attribute.ctx, ast.Store):
                statement = self.parents[attribute]
                value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else _UNKNOWN
                values = found.setdefault(attribute.attr, [])
                values += [value] if value is not None else []
        return found

    def _may_be_bound(self, binding: Binding) -> bool:
        statement = binding.statement
        if binding.kind in (BindingKind.FUNCTION, BindingKind.CLASS, BindingKind.EXCEPT):
            return False
        if binding.kind in IMPORT_KINDS:
            return any(self.names.knowledge.definition(name) is None for name in self.names.imported(binding))
        if isinstance(binding.node, ast.arg) and binding.node.annotation is not None:
            return self.at_home or not self._is_another_type(binding.node.annotation)
        if isinstance(statement, ast.Assign) and binding.node in statement.targets:
            return not isinstance(statement.value, ast.Call) or not self._is_made(statement.value)
        return True

    def _is_another_type(self, annotation: ast.expr) -> bool:
        """Whether what is written down as the type of a parameter is that of neither class, nor of a base."""
        if isinstance(annotation, ast.BinOp):
            return self._is_another_type(annotation.left) and self._is_another_type(annotation.right)
        if is_defined_here(self.names, annotation):
            reference = self.file.scopes.by_node[annotation] if isinstance(annotation, ast.Name) else None
            bindings = reference.owner.bindings[reference.node.id] if reference and reference.owner else []
            return all(self._is_plain_class(binding.node) for binding in bindings)
        dotted = self.names.qualified(annotation)
        if not dotted or self.names.is_variable(annotation):
            return isinstance(annotation, ast.Constant) and annotation.value is None
        return all(map(self._is_another_class, dotted))

    def _is_another_class(self, dotted: str) -> bool:
        module, _, name = dotted.rpartition(".")
        if module == "builtins":
            return name != "object" and isinstance(getattr(builtins, name, None), type) and dotted not in self._kin
        return dotted not in self._kin and self._is_plain_class(self.names.knowledge.definition(dotted))

    def _is_plain_class(self, node: ast.AST | None) -> bool:
        is_plain = isinstance(node, ast.ClassDef) and not poses(node) and not _is_protocol(node)
        return is_plain and node not in self._kin_nodes

    @functools.cached_property
    def _kin(self) -> set[str]:
        """The dotted names of both classes and their bases."""
        found: set[str] = set()
        for replacement in self.names.knowledge.replacements:
            found |= {replacement.migration.legacy, *replacement.made}
            for info in filter(None, (replacement.legacy_class, replacement.type_class)):
                found |= {info.qualified_name, *info.bases}
        return found

    @functools.cached_property
    def _kin_nodes(self) -> set[ast.AST | None]:
        return set(map(self.names.knowledge.definition, self._kin)) - {None}

    def _is_made(self, call: ast.Call) -> bool:
        """Whether a call makes an object of the replacement, or of another class."""
        dotted = self.names.qualified(call.func)
        knowledge = self.names.knowledge
        if any(knowledge.target(name) is not None for name in dotted):
            return True
        if self.at_home:
            gives_back = spelled(call.func) in _GIVES_BACK or class_of(self.names, call) is not None
            return not (gives_back and any(map(self.may_be, call.args)))
        classes = [knowledge.definition(name) for name in dotted]
        return bool(dotted) and all(
            isinstance(each, ast.ClassDef) and not poses(each) and knowledge.legacy(name) is None
            for name, each in zip(dotted, classes, strict=True)
        )

    def is_first(self, node: ast.Name) -> bool:
        """Whether a name is the first parameter of a method: ``self``, ``cls``."""
        return is_first(self.names, node)

    def _is_proxy(self, first: ast.Name) -> bool:
        """Whether the object that a method is called on may say that it is of another's class."""
        current: ast.AST | None = first
        while current is not None and not isinstance(current, ast.ClassDef):
            current = self.parents.get(current)
        return isinstance(current, ast.ClassDef) and poses(current)


def _is_protocol(statement: ast.ClassDef) -> bool:
    bases = (base.value if isinstance(base, ast.Subscript) else base for base in statement.bases)
    return any(spelled(base) == "Protocol" for base in bases)


def poses(statement: ast.ClassDef) -> bool:
    """Whether a class tells its objects to say that they are of another one: ``def __class__(self)``."""
    for node in statement.body:
        names = [node.name] if isinstance(node, ast.FunctionDef) else []
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Expr | ast.Pass):
            stored = (each for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store))
            names += [each.id for each in stored]
        if "__class__" in names:
            return True
    return False


def spelled(node: ast.AST) -> str:
    """The last name of a name or attribute as it is written; empty for anything else."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
