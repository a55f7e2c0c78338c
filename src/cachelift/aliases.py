"""Which names a statement binds, and to which dotted expressions."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from cachelift.namespace import dotted_parts, target_names


def aliases(statement: ast.AST, *, walrus: bool = True) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(name, parts of a dotted expression) for every name of a statement that may be bound to that expression's value.

    ``A = b.C``, ``A, B = C, 1``, ``A = C if x else D``, ``A = C or D``, ``A = getattr(b, "C")``, ``(A := C)``; the
    last not where ``walrus`` says that there is none.
    """
    if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            yield from _bound(target, statement.value)
    for field in ast.iter_child_nodes(statement) if walrus else ():
        if isinstance(field, ast.expr):
            for node in ast.walk(field):
                if isinstance(node, ast.NamedExpr):
                    yield from _bound(node.target, node.value)


def _bound(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, tuple[str, ...]]]:
    if isinstance(target, ast.Name):
        for parts in _values(value):
            yield target.id, parts
    elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        starred = any(isinstance(element, ast.Starred) for element in (*target.elts, *value.elts))
        pairs = itertools.product(target.elts, value.elts) if starred else zip(target.elts, value.elts, strict=False)
        for one, other in pairs:  # beside a star any of the values may be the class
            yield from _bound(one.value if isinstance(one, ast.Starred) else one, other)


def _values(value: ast.expr) -> Iterator[tuple[str, ...]]:
    """The dotted expressions that an expression may have the value of."""
    parts = dotted_parts(value)
    if parts:
        yield parts
    elif isinstance(value, ast.IfExp):
        yield from _values(value.body)
        yield from _values(value.orelse)
    elif isinstance(value, ast.BoolOp):
        for operand in value.values:
            yield from _values(operand)
    elif isinstance(value, ast.NamedExpr):
        yield from _values(value.value)
    elif isinstance(value, ast.Call) and dotted_parts(value.func) == ("getattr",) and len(value.args) > 1:
        name, holder = value.args[1], dotted_parts(value.args[0])
        if holder and isinstance(name, ast.Constant) and isinstance(name.value, str):
            yield (*holder, name.value)


def bound_names(statement: ast.stmt) -> set[str]:
    """The names that one statement binds, those of nested statements left out; ``*`` for a star import."""
    found: set[str] = set()
    if isinstance(statement, ast.Import | ast.ImportFrom):
        found = {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        found = {statement.name}
    elif isinstance(statement, ast.Assign):
        found = {name for target in statement.targets for name in target_names(target)}
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign | ast.For | ast.AsyncFor):
        found = set(target_names(statement.target))
    elif isinstance(statement, ast.With | ast.AsyncWith):
        found = {name for item in statement.items if item.optional_vars for name in target_names(item.optional_vars)}
    return found
