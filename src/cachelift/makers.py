"""Whether a module of the repository can itself make objects of the legacy class, by any way that its code shows."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cachelift.namespace import last_name

_TESTS = frozenset({"isinstance", "issubclass"})
_BY_NAME = frozenset({"getattr", "globals", "vars", "locals"})


def makes_objects(tree: ast.Module, legacy_name: str, values: frozenset[str] = frozenset()) -> bool:
    """Whether a module calls the class, derives from it, or hands it on as a value that others may call.

    Annotations, tests of an object's class and attributes that are only read make nothing.

    Args:
        tree: the module.
        legacy_name: the class's own name.
        values: attributes of the class that are no functions.
    """
    return _Makers(tree, legacy_name, values).found()


class _Makers:
    def __init__(self, tree: ast.Module, legacy_name: str, values: frozenset[str]) -> None:
        self.tree = tree
        self.legacy_name = legacy_name
        self.values = values
        self.names = {legacy_name}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                self.names |= {alias.asname for alias in node.names if alias.name == legacy_name and alias.asname}

    def found(self) -> bool:
        return any(self._makes(node, parent, in_new=in_new) for node, parent, in_new in self._running())

    def _running(self) -> Iterator[tuple[ast.AST, ast.AST, bool]]:
        """Every node that is evaluated when the program runs, with its parent, and whether it is in a ``__new__``."""
        pending: list[tuple[ast.AST, ast.AST, bool]] = [(self.tree, self.tree, False)]
        while pending:
            node, parent, in_new = pending.pop()
            yield node, parent, in_new
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                in_new = node.name == "__new__"
            hidden = set(_hidden(node))
            pending += [(child, node, in_new) for child in ast.iter_child_nodes(node) if child not in hidden]

    def _makes(self, node: ast.AST, parent: ast.AST, *, in_new: bool) -> bool:
        if isinstance(node, ast.Constant) and node.value == self.legacy_name:  # globals()["C"], getattr(module, "C")
            by_name = isinstance(parent, ast.Call) and last_name(parent.func) in _BY_NAME
            return by_name or isinstance(parent, ast.Subscript)
        if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
            return False
        if isinstance(parent, ast.Compare):
            return False
        if last_name(node) == "cls":  # a ``__new__`` runs where somebody calls the class
            return not in_new and isinstance(parent, ast.Call)
        if isinstance(parent, ast.Attribute):
            return last_name(node) in self.names and not parent.attr.startswith("__") and parent.attr not in self.values
        return last_name(node) in self.names


def _hidden(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node that hold types or ask for an object's class."""
    if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
        yield node.annotation
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
        yield node.returns
    elif isinstance(node, ast.MatchClass):
        yield node.cls
    elif isinstance(node, ast.Call) and last_name(node.func) in _TESTS:
        yield from node.args[1:]
    elif isinstance(node, ast.Call) and last_name(node.func) == "super":
        yield from node.args
