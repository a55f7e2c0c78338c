"""What making the class does: its statement makes its objects compare by it, or puts the class somewhere.

Source of the rules: https://docs.python.org/3/reference/compound_stmts.html#class-definitions and
https://docs.python.org/3/reference/datamodel.html#object.__init_subclass__.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cachelift.analysis.facts import Ask
from cachelift.analysis.given import spelled
from cachelift.analysis.kinds import Kinds
from cachelift.model import Applicability

_COMPARING = frozenset({"dataclass", "define", "frozen", "mutable", "attrs"})
"""Decorators that give a class an ``__eq__`` which asks for it."""
_COMPARED = frozenset(
    {"NamedTuple", "namedtuple", "tuple", "dict", "list", "set", "frozenset", "str", "bytes", "int", "float"}
    | {"UserDict", "UserList", "UserString"}
)
"""Bases whose objects are equal to others of that kind with the same content."""
_MARKS = frozenset({"setattr", "getattr", "hasattr"})
"""What a decorator may call with a class that it only marks."""


def find(kinds: Kinds, index: int) -> Iterator[Ask]:
    """What the statement of the class, or of a base, does.

    Args:
        kinds: the classes that are named in the file.
        index: the migration's.
    """
    for node in kinds.file.scopes.of_kind(ast.ClassDef) if kinds.kin else ():
        if node.name not in kinds.kin:
            continue
        decorators = [each.func if isinstance(each, ast.Call) else each for each in node.decorator_list]
        words = {word for each in decorators for word in kinds.names.last_names(each) or {spelled(each)}}
        bases = {spelled(each.func if isinstance(each, ast.Call) else each) for each in node.bases}
        is_taken = any(_is_taken(kinds, each) for each in ast.walk(node) if isinstance(each, ast.expr))
        if words & _COMPARING or bases & _COMPARED or is_taken:
            yield Ask(index, node.lineno, node.name, Applicability.MANUAL, "__eq__")
        hooks = {getattr(each, "name", "") for each in node.body}
        if any(_keeps_class(kinds, each) for each in decorators) or "__init_subclass__" in hooks:
            yield Ask(index, node.lineno, node.name, Applicability.MANUAL)


def _keeps_class(kinds: Kinds, decorator: ast.expr) -> bool:
    """Whether a decorator may put a class somewhere; of one that is not the repository's its name tells."""
    found = [kinds.names.knowledge.definition(name) for name in kinds.names.qualified(decorator)]
    found += [each for each in kinds.bindings(decorator) if not found]
    functions = [each for each in found if isinstance(each, ast.FunctionDef)]
    if not functions:
        return "register" in spelled(decorator)
    return any(_keeps_argument(inner) for each in functions for inner in ast.walk(each))


def _is_taken(kinds: Kinds, node: ast.expr) -> bool:
    """``type(self)`` as a part of what objects are compared by; a function may give its name to be read."""
    if not kinds.is_class_of_first(node):
        return False
    parent = kinds.parents.get(node)
    is_given = isinstance(parent, ast.Return) and (not isinstance(node, ast.Attribute) or node.attr == "__class__")
    if is_given or not isinstance(parent, ast.Tuple | ast.List | ast.Dict):
        return is_given
    return not isinstance(kinds.parents.get(parent), ast.BinOp)  # "%s: %s" % (type(self).__name__, ...)


def _keeps_argument(function: ast.AST) -> bool:
    """Whether a function does more with its first argument than mark it and give it back."""
    arguments = function.args if isinstance(function, ast.FunctionDef) else None
    first = next(iter([*arguments.posonlyargs, *arguments.args]), None) if arguments is not None else None
    if first is None:
        return False
    harmless: set[ast.AST] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Return | ast.Attribute) and node.value is not None:
            harmless.add(node.value)
        elif isinstance(node, ast.Call) and spelled(node.func) in _MARKS:
            harmless.update(node.args[:1])
    reads = (node for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    return any(node.id == first.arg and node not in harmless for node in reads)
