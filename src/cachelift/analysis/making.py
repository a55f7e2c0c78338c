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
    for node in kinds.file.scopes.of_kind(ast.ClassDef) if kinds.kin | kinds.new else ():
        if node.name in kinds.new - kinds.kin:
            yield from _kept_new(kinds, index, node)
        if node.name not in kinds.kin:
            continue
        decorators = [each.func if isinstance(each, ast.Call) else each for each in node.decorator_list]
        words = {word for each in decorators for word in kinds.names.last_names(each) or {spelled(each)}}
        bases = {spelled(each.func if isinstance(each, ast.Call) else each) for each in node.bases}
        is_taken = any(_is_taken(kinds, each) for each in ast.walk(node) if isinstance(each, ast.expr))
        if words & _COMPARING or bases & _COMPARED or is_taken:
            yield Ask(index, node.lineno, node.name, Applicability.MANUAL, "__eq__")
        if any(_keeps_class(kinds, each) for each in decorators) or _runs_for_classes(kinds, node):
            yield Ask(index, node.lineno, node.name, Applicability.MANUAL)


def _kept_new(kinds: Kinds, index: int, node: ast.ClassDef) -> Iterator[Ask]:
    """What the statement of the replacement, or of a base, does: who knows the one class need not know the other."""
    decorators = [each.func if isinstance(each, ast.Call) else each for each in node.decorator_list]
    keeping = [each for each in decorators if _keeps_class(kinds, each)]
    if keeping or _runs_for_classes(kinds, node):
        is_registered = any(spelled(each) == "register" for each in keeping)  # as a virtual subclass, which has a name
        made_by = [*keeping, *(keyword.value for keyword in node.keywords)]
        to = {path for each in made_by for path in kinds.modules_of(each)}
        yield Ask(
            index,
            node.lineno,
            node.name,
            kinds.wanted.get(node.name, Applicability.MANUAL),
            near=not is_registered,
            to=frozenset(to),
        )


def _runs_for_classes(kinds: Kinds, node: ast.ClassDef) -> bool:
    """Whether code of the repository runs for every class that is derived from this one, and for itself."""
    if any(getattr(each, "name", "") == "__init_subclass__" for each in node.body):
        return True
    for keyword in node.keywords:
        found = [kinds.names.knowledge.definition(name) for name in kinds.names.qualified(keyword.value)]
        found += kinds.bindings(keyword.value)
        hooks = {getattr(inner, "name", "") for each in found if isinstance(each, ast.ClassDef) for inner in each.body}
        if keyword.arg == "metaclass" and hooks & {"__init__", "__new__"}:
            return True
    return False


def _keeps_class(kinds: Kinds, decorator: ast.expr) -> bool:
    """Whether a decorator may put a class somewhere; of one that is not the repository's its name tells."""
    found = [kinds.names.knowledge.definition(name) for name in kinds.names.qualified(decorator)]
    found += [each for each in kinds.bindings(decorator) if not found]
    functions = [each for each in found if isinstance(each, ast.FunctionDef)]
    if not functions:
        is_own = any(map(kinds.is_near, kinds.names.qualified(decorator)))  # `registry.component`, an object's method
        return is_own or "register" in spelled(decorator)
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
