"""The scopes of a file whose names the file itself lists: another name there is another entry of the list.

https://docs.python.org/3/library/functions.html: ``dir()``, ``globals()``, ``locals()`` and ``vars()``. A single name
that is taken from them by text is the business of the look-ups.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cachelift.analysis.names import Names
from cachelift.analysis.scopes import Scope

_OWN = frozenset({"builtins.dir", "builtins.locals", "builtins.vars"})
_OF_MODULE = frozenset({"builtins.dir", "builtins.vars", "inspect.getmembers"})
_SINGLE = frozenset({"get", "pop", "setdefault", "update", "__getitem__", "__setitem__", "__contains__"})
_RUNNERS = frozenset({"builtins.exec", "builtins.eval"})


def listed_scopes(names: Names) -> Iterator[Scope]:
    """The scopes whose names are listed.

    Args:
        names: the names of the file.
    """
    for call in names.scopes.of_kind(ast.Call):
        called = set(names.qualified(call.func))
        if called & _OWN and not call.args and not _takes_one(names, call):
            yield names.scopes.scope_of(call)
        elif ("builtins.globals" in called and not _takes_one(names, call)) or (
            called & _OF_MODULE and call.args and _is_own_module(names, call.args[0])
        ):
            yield names.scopes.module
    for node in names.scopes.of_kind(ast.Attribute):
        if node.attr == "__dict__" and _is_own_module(names, node.value) and not _takes_one(names, node):
            yield names.scopes.module


def _takes_one(names: Names, node: ast.expr) -> bool:
    """Whether single names are taken from a name space, or text is run in it."""
    parents = names.scopes.parents
    parent = parents[node]
    if isinstance(parent, ast.Subscript):
        return parent.value is node
    if isinstance(parent, ast.Attribute):
        return parent.attr in _SINGLE
    if isinstance(parent, ast.Compare):
        return isinstance(parent.left, ast.Constant) and not _is_new(names, parent.left.value)
    return isinstance(parent, ast.Call) and bool(_RUNNERS & set(names.qualified(parent.func)))


def _is_new(names: Names, text: object) -> bool:
    """Whether a text is one of the names that take the place of the class."""
    targets = (each for r in names.knowledge.replacements for each in (r.migration.factory, r.type or ""))
    return text in {target.rpartition(".")[2] for target in targets}


def _is_own_module(names: Names, node: ast.expr) -> bool:
    """``sys.modules[__name__]``."""
    if not isinstance(node, ast.Subscript) or "sys.modules" not in names.qualified(node.value):
        return False
    return isinstance(node.slice, ast.Name) and node.slice.id == "__name__"
