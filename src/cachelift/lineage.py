"""A class statement with what is needed to read it, and the order in which its bases are asked.

Source of the rules: https://docs.python.org/3/howto/mro.html and
https://docs.python.org/3/reference/datamodel.html#metaclasses.
"""

from __future__ import annotations

import ast
import builtins
import collections.abc
import enum
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .namespace import Names
from .signatures import ReadValue

GENERIC_BASES = frozenset({"builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol"})
"""Bases that add no member and no constructor of their own."""

CLASS_DECORATORS = frozenset(
    {
        "dataclasses.dataclass",
        "enum.unique",
        "functools.total_ordering",
        "typing.dataclass_transform",
        "typing.final",
        "typing.no_type_check",
        "typing.runtime_checkable",
    }
)
"""Decorators that give back a class with the same members and calls, the dataclass's own aside."""

DEPRECATED = frozenset(
    {
        "deprecated.classic.deprecated",
        "deprecated.deprecated",
        "deprecated.sphinx.deprecated",
        "typing.deprecated",
        "warnings.deprecated",
    }
)
"""Decorators of classes and functions that warn and hand the call on."""

TRANSPARENT = DEPRECATED | {"abc.abstractmethod", "typing.final", "typing.no_type_check", "typing.override"}
"""Decorators that leave a function's calls as they are."""

_TYPING_ALIASES: dict[str, type] = {
    "Dict": dict,
    "FrozenSet": frozenset,
    "List": list,
    "NamedTuple": tuple,
    "Set": set,
    "Tuple": tuple,
}


@dataclass(frozen=True, slots=True, eq=False)
class ClassSource:
    """A class as its file states it. Its owner keeps one object per class statement: it compares by identity."""

    qualified_name: str
    path: str
    node: ast.ClassDef
    lines: Sequence[str]
    """The file's lines."""
    names: Names
    """What the class body binds."""
    resolve: Callable[[ast.expr], ClassSource | str | None]
    """What a plain dotted expression means where the class stands: a class of the project, the dotted name of
    anything else, or None where it cannot be known."""
    value: ReadValue
    """What the name in a default of one of its methods stands for."""
    assigned: frozenset[str] = frozenset()
    """Attributes that its module's code assigns on the class by its name; ``*`` where it assigns unknown ones."""

    @property
    def origin(self) -> str:
        """``path:line`` of the class statement."""
        return f"{self.path}:{self.node.lineno}"


@dataclass(frozen=True, slots=True, eq=False)
class Unreadable:
    """A base whose source is not the project's, or that is the result of a computation."""

    name: str | None = None
    """Its dotted name, where it has one."""


Ancestor = ClassSource | Unreadable | type


def linearize(source: ClassSource, pending: tuple[ClassSource, ...] = ()) -> list[Ancestor]:
    """The class and its ancestors in method resolution order; the bases that add nothing are left out.

    Args:
        source: the class.
        pending: the classes whose order is being made, to notice those that are their own ancestor.
    """
    bases = list(direct_bases(source, (*pending, source)))
    orders = [linearize(base, (*pending, source)) if isinstance(base, ClassSource) else [base] for base in bases]
    merged: list[Ancestor] = [source]
    sequences = [*orders, bases]
    while sequences := [sequence for sequence in sequences if sequence]:
        tails = {ancestor for sequence in sequences for ancestor in sequence[1:]}
        head = next((sequence[0] for sequence in sequences if sequence[0] not in tails), None)
        if head is None:
            return [source, Unreadable()]
        merged.append(head)
        sequences = [sequence[1:] if sequence[0] is head else sequence for sequence in sequences]
    return merged


def direct_bases(source: ClassSource, pending: tuple[ClassSource, ...] = ()) -> Iterator[Ancestor]:
    """The bases that the class statement names, without those that add nothing."""
    for expression in source.node.bases:
        base = source.resolve(unsubscripted(expression))
        if isinstance(base, ClassSource):
            yield Unreadable(base.qualified_name) if base in pending else base
        elif base is None:
            yield Unreadable()
        elif normal_name(base) not in GENERIC_BASES:
            yield known_type(base) or Unreadable(base)


def names_base(source: ClassSource, name: str) -> bool:
    """Whether the class statement itself names the base, such as ``typing.Protocol``."""
    for expression in source.node.bases:
        base = source.resolve(unsubscripted(expression))
        if isinstance(base, str) and normal_name(base) == name:
            return True
    return False


def unsubscripted(expression: ast.expr) -> ast.expr:
    """``Base`` of ``Base[T]``."""
    while isinstance(expression, ast.Subscript):
        expression = expression.value
    return expression


def normal_name(name: str) -> str:
    """The dotted name with ``typing_extensions`` taken for the ``typing`` it stands in for."""
    return "typing." + name.partition(".")[2] if name.startswith("typing_extensions.") else name


def known_type(name: str) -> type | None:
    """The interpreter's own class of that dotted name, where it is certain that importing it runs no user code."""
    module, _, attribute = normal_name(name).rpartition(".")
    found: object = None
    if module == "builtins":
        found = getattr(builtins, attribute, None)
    elif module == "collections.abc" or module == "typing":
        found = _TYPING_ALIASES.get(attribute) if module == "typing" else None
        found = found or getattr(collections.abc, attribute, None)
    elif module == "enum":
        found = getattr(enum, attribute, None)
    return found if isinstance(found, type) else None


def called_name(source: ClassSource, expression: ast.expr) -> str:
    """The dotted name of a decorator, called or not; empty where it is a class of the project or not known."""
    found = source.resolve(expression.func if isinstance(expression, ast.Call) else expression)
    return normal_name(found) if isinstance(found, str) else ""


def has_unknown_decorator(source: ClassSource) -> bool:
    """Whether a decorator may put anything in the place of the class."""
    return any(
        called_name(source, decorator) not in CLASS_DECORATORS | DEPRECATED for decorator in source.node.decorator_list
    )


def has_plain_metaclass(source: ClassSource) -> bool:
    """Whether calling the class is sure to do what ``type.__call__`` does."""
    for keyword in source.node.keywords:
        if keyword.arg is None:
            return False
        if keyword.arg != "metaclass":
            continue
        metaclass = source.resolve(keyword.value)
        order = linearize(metaclass) if isinstance(metaclass, ClassSource) else [known_metaclass(metaclass)]
        if not all(_calls_plainly(ancestor) for ancestor in order):
            return False
    return True


def known_metaclass(name: str | None) -> Ancestor:
    """``type`` for the metaclasses that call as it does."""
    return type if name in ("abc.ABCMeta", "builtins.type") else Unreadable(name)


def _calls_plainly(ancestor: Ancestor) -> bool:
    if isinstance(ancestor, ClassSource):
        hooks = {"__call__", "__new__", "__init__", "__prepare__"}
        return not hooks & (ancestor.names.keys() | ancestor.assigned) and not ancestor.node.keywords
    if isinstance(ancestor, Unreadable):
        return ancestor.name == "abc.ABCMeta"
    return ancestor is type
