"""By which names other code hands an object to a place inside of a module."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cachelift.analysis.given import Given, spelled

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_CONSTRUCTORS = frozenset({"__init__", "__new__", "__post_init__"})
_METHODS = frozenset({"staticmethod", "classmethod", "property", "override", "final", "cache", "lru_cache"})
"""Decorators that put what they decorate nowhere else."""


class Entrances:
    """The ways into the functions of one file.

    Args:
        given: what its expressions may be.
    """

    def __init__(self, given: Given) -> None:
        self._given = given
        self._parents = given.parents
        self._scopes = given.file.scopes

    def names(self, at: ast.AST) -> frozenset[str]:
        """The names by which other code hands an object to a place.

        None where the place runs in any case, or where nothing tells: an operator or another protocol leads there, a
        decorator, or the function as a value.
        """
        pending = self._around(at)
        found: set[str] = set()
        if not pending:
            return frozenset()
        while pending:
            function = pending.pop()
            name = self._called_as(function)
            if name in found:
                continue
            if name.startswith("__") or not self._is_plain(function):
                return frozenset()
            found.add(name)
            for node in self._reads(name):
                call = self._parents.get(node)
                if isinstance(call, ast.Call) and call.func is node:
                    if self._is_handed(call):
                        pending += self._around(call) or [None]
                elif not self._only_gives_own(node):
                    return frozenset()
            if None in pending:
                return frozenset()
        return frozenset(found)

    def _reads(self, name: str) -> Iterator[ast.expr]:
        nodes: list[ast.Name | ast.Attribute]
        nodes = [*self._scopes.of_kind(ast.Name), *self._scopes.of_kind(ast.Attribute)]
        for node in nodes:
            if isinstance(node.ctx, ast.Load) and spelled(node) == name and not self._is_note(node):
                yield node

    def _is_note(self, node: ast.expr) -> bool:
        """Whether a name stands in an annotation, or is what an attribute is read from."""
        return isinstance(self._parents.get(node), ast.Attribute) or self._given.file.contexts.in_type_position(node)

    def _is_handed(self, call: ast.Call) -> bool:
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        nodes = (node for value in values for node in ast.walk(value))
        return any(self._given.may_be(node) for node in nodes if isinstance(node, ast.Name | ast.Attribute))

    def _only_gives_own(self, node: ast.AST) -> bool:
        """Whether a function is an argument of another one of the file that calls it with what is its own."""
        call = self._parents.get(node)
        if not isinstance(call, ast.Call) or node not in call.args:
            return False
        index = call.args.index(node)
        takers = [each for each in self._functions() if each.name == spelled(call.func)]
        return bool(takers) and all(self._calls_with_own(taker, index) for taker in takers)

    def _calls_with_own(self, taker: ast.FunctionDef | ast.AsyncFunctionDef, index: int) -> bool:
        """Whether a function does no more with an argument than call it with what is its own."""
        is_method = isinstance(self._parents.get(taker), ast.ClassDef)
        is_static = any(spelled(each) == "staticmethod" for each in taker.decorator_list)
        names = [each.arg for each in (*taker.args.posonlyargs, *taker.args.args)][is_method and not is_static :]
        if index >= len(names):
            return False
        reads = [node for node in ast.walk(taker) if isinstance(node, ast.Name) and node.id == names[index]]
        calls = [self._parents.get(node) for node in reads]
        return all(
            isinstance(call, ast.Call) and call.func is node and not self._is_handed(call)
            for node, call in zip(reads, calls, strict=True)
        )

    def _functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        yield from self._scopes.of_kind(ast.FunctionDef)
        yield from self._scopes.of_kind(ast.AsyncFunctionDef)

    def _around(self, node: ast.AST) -> list[ast.AST | None]:
        """The functions around a place, lambdas among them."""
        found: list[ast.AST | None] = []
        current: ast.AST | None = node
        while current is not None:
            found += [current] if isinstance(current, (*_FUNCTIONS, ast.Lambda)) else []
            current = self._parents.get(current)
        return found

    def _called_as(self, function: ast.AST | None) -> str:
        """The name by which a function is called; of a constructor that of its class."""
        if not isinstance(function, _FUNCTIONS):
            return "__call__"
        holder = self._parents.get(function)
        is_constructor = function.name in _CONSTRUCTORS and isinstance(holder, ast.ClassDef)
        return holder.name if is_constructor and isinstance(holder, ast.ClassDef) else function.name

    def _is_plain(self, function: ast.AST | None) -> bool:
        """Whether a function is called by its own name only: nothing decorates it, and no strange base calls it."""
        if not isinstance(function, _FUNCTIONS):
            return False
        if not {spelled(getattr(each, "func", each)) for each in function.decorator_list} <= _METHODS:
            return False
        holder = self._parents.get(function)
        bases = holder.bases if isinstance(holder, ast.ClassDef) else []
        own = {node.name for node in self._scopes.of_kind(ast.ClassDef)}
        return all(spelled(base) in own | {"object"} for base in bases)
