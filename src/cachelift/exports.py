"""What ``from module import *`` binds: a module's ``__all__``, where its statements spell it out.

Source of the rules: https://docs.python.org/3/reference/simple_stmts.html#the-import-statement.
"""

from __future__ import annotations

import ast

from .namespace import Imports, Namespace, dotted_parts


def read_all(tree: ast.Module, members: Namespace, exports_of: Imports) -> tuple[bool, frozenset[str] | None]:
    """Read ``__all__``: whether the module has it, and its names or None where they cannot be known.

    Args:
        tree: the module.
        members: the module's namespace, for ``other.__all__``.
        exports_of: tells what other modules export.
    """
    reader = _All(members, exports_of)
    uses = sum(_changes_all(node) for node in ast.walk(tree))
    if not uses:
        return False, None
    for statement in tree.body:
        reader.statement(statement)
    # Whatever else changes the list (in a branch, through a function) cannot be followed.
    return True, frozenset(reader.names) if reader.names is not None and reader.seen == uses else None


def _changes_all(node: ast.AST) -> bool:
    """Whether a node may change ``__all__`` or hands it to something that may."""
    match node:
        case ast.Name(id="__all__", ctx=ast.Store() | ast.Del()) | ast.Attribute(value=ast.Name(id="__all__")):
            return True
        case ast.Call(func=ast.Name(id="sorted" | "list" | "tuple" | "set" | "frozenset" | "len")):
            return False
        case ast.Call(args=arguments):
            return any(isinstance(argument, ast.Name) and argument.id == "__all__" for argument in arguments)
        case ast.Subscript(value=ast.Name(id="__all__"), ctx=ast.Store() | ast.Del()):
            return True
    return False


class _All:
    """Follows the statements that build ``__all__`` at the top of a module."""

    def __init__(self, members: Namespace, exports_of: Imports) -> None:
        self.members = members
        self.exports_of = exports_of
        self.names: list[str] | None = []
        self.seen = 0

    def statement(self, statement: ast.stmt) -> None:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id="__all__")], value=value)
                | ast.AnnAssign(target=ast.Name(id="__all__"), value=ast.expr() as value)
            ):
                self.seen += 1
                self.names = self.strings(value)
            case ast.AnnAssign(target=ast.Name(id="__all__")):
                self.seen += 1
            case ast.AugAssign(target=ast.Name(id="__all__"), op=ast.Add(), value=value) | ast.Expr(
                ast.Call(func=ast.Attribute(value=ast.Name(id="__all__"), attr="extend"), args=[value], keywords=[])
            ):
                self.add(self.strings(value))
            case ast.Expr(
                ast.Call(func=ast.Attribute(value=ast.Name(id="__all__"), attr="append"), args=[value], keywords=[])
            ):
                self.add(self.strings(ast.List(elts=[value])))

    def add(self, names: list[str] | None) -> None:
        self.seen += 1
        self.names = None if names is None or self.names is None else [*self.names, *names]

    def strings(self, value: ast.expr) -> list[str] | None:
        match value:
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                parts = [self.strings(e.value) if isinstance(e, ast.Starred) else _string(e) for e in elements]
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                parts = [self.strings(left), self.strings(right)]
            case ast.Attribute(value=module, attr="__all__"):
                return self.other(dotted_parts(module))
            case _:
                return None
        return None if None in parts else [name for part in parts for name in part or ()]

    def other(self, parts: tuple[str, ...]) -> list[str] | None:
        bindings = self.members.names.get(parts[0], frozenset()) if parts else frozenset()
        if len(bindings) != 1:
            return None
        (binding,) = bindings
        names = [".".join((module, *binding.attributes, *parts[1:])) for module in binding.modules]
        exported = self.exports_of.star(tuple(names)) if names else None
        return None if exported is None else sorted(exported)


def _string(node: ast.expr) -> list[str] | None:
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
