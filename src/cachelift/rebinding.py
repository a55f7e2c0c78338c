"""Whether a module may give its names, or the parameters of its functions, values that no binding of it shows.

``globals()["NAME"] = ...``, ``setattr(sys.modules[__name__], ...)`` and what runs text bind names of a module
(https://docs.python.org/3/library/functions.html#globals); defaults can be set on a function
(https://docs.python.org/3/reference/datamodel.html#function.__defaults__); and while a module is being imported,
whatever it imports or calls may reach it through ``sys.modules``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from .effects import acts
from .namespace import statements

_RUNNERS = frozenset({"globals", "exec", "eval"})
_OF_OBJECT = frozenset({"setattr", "vars", "locals"})
_OWN = frozenset({"self", "cls"})
_DEFAULTS = ("__defaults__", "__kwdefaults__", "__code__")


def binds_unseen(tree: ast.AST) -> bool:
    """Whether code gets at a name space as a dictionary, at a module as an object, or runs text.

    Args:
        tree: a module, or a class statement whose body may do it. What a method does to its own object counts for
            nothing.
    """
    return any(map(_binds_unseen, ast.walk(tree)))


def _binds_unseen(node: ast.AST) -> bool:
    if isinstance(node, ast.Name):
        return node.id in _RUNNERS or node.id == "modules"
    if isinstance(node, ast.Attribute):
        return node.attr == "modules" or (node.attr in ("__dict__", "__setattr__") and not _is_own(node.value))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _OF_OBJECT:
        return not (node.args and _is_own(node.args[0]))
    return False


def _is_own(node: ast.expr) -> bool:
    is_super = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
    return is_super or (isinstance(node, ast.Name) and node.id in (*_OWN, "object"))


def may_replace(tree: ast.Module, text: str, name: str) -> bool:
    """Whether a module may put something else in the place of a class or function of its own, or of its defaults.

    Args:
        tree: the module.
        text: its text.
        name: the name of the class or function.
    """
    if any(word in text for word in _DEFAULTS):
        return True
    return binds_unseen(tree) and any(
        name == (node.value if isinstance(node, ast.Constant) else node.arg)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant | ast.keyword)
    )


def is_settled(tree: ast.Module, binding: ast.stmt, use: ast.expr) -> bool:
    """Whether what a statement of a module binds a name to is surely still what the name is bound to at its use.

    Args:
        tree: the module.
        binding: a statement of its body, the only one that is seen to bind the name.
        use: an expression that is evaluated when the module is imported, such as a parameter's default.
    """
    if binds_unseen(tree):
        return False
    between = _between(tree.body, binding.end_lineno or binding.lineno, use)
    return not any(isinstance(node, ast.Import | ast.ImportFrom) or acts(node) for node in between)


def _between(body: Sequence[ast.stmt], start: int, use: ast.expr) -> Iterator[ast.stmt]:
    """The statements that run between a line and an expression; those of a class around the expression among them."""
    for node in statements(body, scopes=False):
        if start <= node.lineno and (node.end_lineno or node.lineno) < use.lineno:
            yield node
        elif isinstance(node, ast.ClassDef) and node.lineno <= use.lineno <= (node.end_lineno or node.lineno):
            yield from _between(node.body, start, use)
