"""Whether a file asks objects for a class that is not named there: one that a name, a call or a container gives."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cachelift.analysis.names import Names
from cachelift.analysis.scopes import BindingKind

_ASKS = frozenset({"builtins.isinstance", "builtins.issubclass"})
_ASSERTS = frozenset({"assertIsInstance", "assertNotIsInstance"})


def asks_for_any(names: Names) -> bool:
    """Whether a class that is a value somewhere may be what ``isinstance``, ``type(x) is ...`` or a pattern asks for.

    Args:
        names: the file's names.
    """
    return any(not _is_named(names, node) for node in _asked(names))


def _asked(names: Names) -> Iterator[ast.expr]:
    """The expressions that stand for the classes that objects are asked for."""
    for call in names.scopes.of_kind(ast.Call):
        asserts = isinstance(call.func, ast.Attribute) and call.func.attr in _ASSERTS
        if len(call.args) > 1 and (asserts or _ASKS.intersection(names.qualified(call.func))):
            yield call.args[1]
    for compare in names.scopes.of_kind(ast.Compare):
        operands = [compare.left, *compare.comparators]
        if any(_is_class_of(names, operand) for operand in operands):
            yield from (operand for operand in operands if not _is_class_of(names, operand))
    for pattern in names.scopes.of_kind(ast.MatchClass):
        yield pattern.cls
    for function in names.scopes.of_kind(ast.FunctionDef):
        yield from _registered(function.decorator_list, function.args)
    for coroutine in names.scopes.of_kind(ast.AsyncFunctionDef):
        yield from _registered(coroutine.decorator_list, coroutine.args)


def _registered(decorators: list[ast.expr], arguments: ast.arguments) -> Iterator[ast.expr]:
    """The classes that ``functools.singledispatch`` calls a function for."""
    for decorator in decorators:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(target, ast.Attribute) and target.attr == "register":
            given = decorator.args if isinstance(decorator, ast.Call) else []
            noted = [argument.annotation for argument in arguments.args if argument.annotation is not None]
            yield from (given or noted)[:1]


def _is_class_of(names: Names, node: ast.expr) -> bool:
    """``type(x)``, ``x.__class__``."""
    if isinstance(node, ast.Call):
        return "builtins.type" in names.qualified(node.func) and len(node.args) == 1
    return isinstance(node, ast.Attribute) and node.attr == "__class__"


def _is_named(names: Names, node: ast.expr) -> bool:
    """Whether an expression is a class by its own name, ``None``, or a collection of such."""
    match node:
        case ast.Tuple(elts=elts) | ast.List(elts=elts) | ast.Set(elts=elts):
            return all(_is_named(names, each) for each in elts)
        case ast.BinOp(left=left, right=right):
            return _is_named(names, left) and _is_named(names, right)
        case ast.Constant():
            return True
        case ast.Call(func=func, args=[ast.Constant()]):  # type(None)
            return "builtins.type" in names.qualified(func)
    return _is_defined_here(names, node) or _is_from_elsewhere(names, node)


def _is_defined_here(names: Names, node: ast.expr) -> bool:
    reference = names.scopes.by_node.get(node) if isinstance(node, ast.Name) else None
    if reference is None or reference.owner is None:
        return False
    bindings = reference.owner.bindings.get(reference.where.mangle(reference.node.id), [])
    return bool(bindings) and all(binding.kind is BindingKind.CLASS for binding in bindings)


def _is_from_elsewhere(names: Names, node: ast.expr) -> bool:
    """Whether a name comes with Python or is imported, and is no variable of the repository."""
    return bool(names.qualified(node)) and not names.is_variable(node)
