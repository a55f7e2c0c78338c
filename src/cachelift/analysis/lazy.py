"""What a module makes when it is asked for: the function ``__getattr__`` of a module (:pep:`562`).

``import lazy; lazy.cache`` calls ``lazy.__getattr__("cache")`` where ``lazy`` binds no such name, and so does
``from lazy import cache``. What the function returns under ``if name == "cache":`` is what the module has by the name
``cache``; what it returns elsewhere it may have by any name.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

HOOK = "__getattr__"


def asked_for(returned: ast.Return, function: ast.FunctionDef, parents: Mapping[ast.AST, ast.AST]) -> frozenset[str]:
    """The names of which one was surely asked for where a return statement of the function runs; empty: any.

    Args:
        returned: the statement, in the function itself.
        function: the module's hook.
        parents: the parent of each node of the file.
    """
    arguments = [*function.args.posonlyargs, *function.args.args]
    child: ast.AST = returned
    while child is not function and arguments:
        parent = parents[child]
        found = _condition(parent, child, arguments[0].arg, parents)
        if found:
            return found
        child = parent
    return frozenset()


def _condition(parent: ast.AST, child: ast.AST, name: str, parents: Mapping[ast.AST, ast.AST]) -> frozenset[str]:
    if isinstance(parent, ast.If) and child in parent.body:
        return _test(parent.test, name)
    if isinstance(parent, ast.match_case):
        outer = parents[parent]
        assert isinstance(outer, ast.Match)
        return _pattern(parent.pattern) if _is(outer.subject, name) else frozenset()
    return frozenset()


def _test(test: ast.expr, name: str) -> frozenset[str]:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return next(filter(None, (_test(value, name) for value in test.values)), frozenset())
    if not isinstance(test, ast.Compare) or len(test.ops) > 1:
        return frozenset()
    left, right = test.left, test.comparators[0]
    if isinstance(test.ops[0], ast.Eq):
        return _texts([right]) if _is(left, name) else _texts([left]) if _is(right, name) else frozenset()
    if isinstance(test.ops[0], ast.In) and _is(left, name) and isinstance(right, ast.Tuple | ast.List | ast.Set):
        return _texts(right.elts)
    return frozenset()


def _pattern(pattern: ast.pattern) -> frozenset[str]:
    patterns = pattern.patterns if isinstance(pattern, ast.MatchOr) else [pattern]
    values = [each.value for each in patterns if isinstance(each, ast.MatchValue)]
    return _texts(values) if len(values) == len(patterns) else frozenset()


def _texts(nodes: list[ast.expr]) -> frozenset[str]:
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return frozenset(texts) if len(texts) == len(nodes) else frozenset()


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
