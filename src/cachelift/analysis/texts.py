"""What a string expression says, where that is written in the file itself."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from cachelift.analysis.scopes import Binding, BindingKind

if TYPE_CHECKING:
    from cachelift.analysis.names import Names


_DEEPEST = 8
"""So many names are looked through, so that ``x = x`` comes to an end."""


def text_of(names: Names, node: ast.expr, depth: int = _DEEPEST) -> str | None:
    """The value of a string expression made of literals and names of this module that are bound once to one."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.FormattedValue):
        return text_of(names, node.value, depth) if node.format_spec is None and node.conversion == -1 else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [text_of(names, node.left, depth), text_of(names, node.right, depth)]
    elif isinstance(node, ast.JoinedStr):
        parts = [text_of(names, value, depth) for value in node.values]
    elif isinstance(node, ast.Name) and depth:
        value = _value(names, node)
        if value is None and node.id == "__name__" and not _bindings(names, node):
            return next(iter(names.knowledge.module_names(names.path)), None)
        return text_of(names, value, depth - 1) if value is not None else None
    else:
        return None
    return None if None in parts else "".join(part for part in parts if part is not None)


def texts_of(names: Names, node: ast.expr, depth: int = _DEEPEST) -> frozenset[str] | None:
    """All that a string expression may say; None where it may be anything.

    Besides what :func:`text_of` knows: a choice, and a name that a loop gives one text after the other.
    """
    text = text_of(names, node)
    if text is not None:
        return frozenset((text,))
    if isinstance(node, ast.IfExp):
        return _union([texts_of(names, node.body, depth), texts_of(names, node.orelse, depth)])
    bindings = _bindings(names, node) if isinstance(node, ast.Name) and depth else ()
    return _union([_looped(names, binding, depth - 1) for binding in bindings]) if bindings else None


def _union(parts: list[frozenset[str] | None]) -> frozenset[str] | None:
    return None if None in parts else frozenset[str]().union(*filter(None, parts))


def _looped(names: Names, binding: Binding, depth: int) -> frozenset[str] | None:
    """The texts that a loop gives a name: ``for name in ("get", "set")``."""
    loop = names.scopes.parents.get(binding.node)
    if binding.kind is not BindingKind.FOR or not isinstance(loop, ast.For | ast.comprehension):
        return None
    given: ast.expr | None = loop.iter
    if isinstance(given, ast.Name):
        given = _value(names, given)
        if not isinstance(given, ast.Tuple):  # others may have been changed
            return None
    items = given.elts if isinstance(given, ast.Tuple | ast.List | ast.Set) else None
    return _union([texts_of(names, each, depth) for each in items]) if items is not None else None


def _bindings(names: Names, node: ast.Name) -> list[Binding]:
    reference = names.scopes.by_node.get(node)
    if reference is None or reference.owner is None:
        return []
    return reference.owner.bindings[reference.where.mangle(node.id)]


def _value(names: Names, node: ast.Name) -> ast.expr | None:
    """What a name is bound to, where that is done once."""
    match _bindings(names, node):
        case [Binding(statement=ast.Assign(targets=[ast.Name()], value=value))]:
            return value
    return None
