"""What a string expression says, where that is written in the file itself."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from cachelift.analysis.scopes import Binding

if TYPE_CHECKING:
    from cachelift.analysis.file import FileAnalysis


def text_of(file: FileAnalysis, node: ast.expr) -> str | None:
    """The value of a string expression made of literals and names of this module that are bound once to one."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.FormattedValue):
        return text_of(file, node.value) if node.format_spec is None and node.conversion == -1 else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [text_of(file, node.left), text_of(file, node.right)]
    elif isinstance(node, ast.JoinedStr):
        parts = [text_of(file, value) for value in node.values]
    elif isinstance(node, ast.Name):
        return _constant(file, node)
    else:
        return None
    return None if None in parts else "".join(part for part in parts if part is not None)


def _constant(file: FileAnalysis, node: ast.Name) -> str | None:
    reference = file.scopes.by_node.get(node)
    if reference is None or reference.owner is None:
        names = file.knowledge.module_names(file.path) if node.id == "__name__" else ()
        return names[0] if names else None
    match reference.owner.bindings[reference.where.mangle(node.id)]:
        case [Binding(statement=ast.Assign(targets=[ast.Name()], value=value))]:
            return text_of(file, value)
    return None
