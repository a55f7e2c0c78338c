"""Where a file asks objects for their class.

Source of the rules: https://docs.python.org/3/reference/datamodel.html#customizing-instance-and-subclass-checks and
https://docs.python.org/3/reference/compound_stmts.html#class-patterns.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeGuard

from cachelift.analysis.names import Names
from cachelift.analysis.scopes import BindingKind

_ASKS = frozenset({"builtins.isinstance", "builtins.issubclass"})
_ASSERTS = frozenset({"assertIsInstance", "assertNotIsInstance"})
_CHECKS = frozenset({"__instancecheck__", "__subclasscheck__"})
NAMES = frozenset({"__name__", "__qualname__", "__module__"})
"""The attributes that are a name of a class."""
_CHECKERS = frozenset({"beartype", "typechecked", "validate_arguments", "validate_call"})
"""Decorators of typeguard, beartype and pydantic that test arguments."""
_READS_NOTES = frozenset({"__annotations__", "annotation", "get_annotations", "get_type_hints", "signature"})
_SHOWS = frozenset(f"builtins.{name}" for name in ("print", "repr", "str", "ascii", "format"))
_LOGS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log", "format", "append", "write"})

_FIRST = frozenset({"self", "cls", "mcs", "mcls", "metacls", "klass", "this"})
"""What the first parameter of a method is called; by another name it may be any (``f = staticmethod(f)``)."""

QUESTION = (
    r"isinstance|issubclass|IsInstance|__class__|\btype\s*[(,)]|\bcase\b|check__|\bregister\b|\bexcept\b|"
    r"\.__name__|__qualname__|\.__module__|\bcallable\s*\(|\n[ \t]*@"
)
"""A pattern for what stands in every file that asks objects for their class."""


@dataclass(frozen=True, slots=True)
class Question:
    """A place where an object is asked for its class."""

    at: ast.AST
    asked: ast.expr | None
    """The object, or its class; None where no expression is it."""
    kinds: tuple[ast.expr, ...]
    """The expressions that stand for the classes; none where its class is taken and not compared."""


def asks_for_any(names: Names, found: Iterable[Question]) -> bool:
    """Whether a class that is a value somewhere may be what ``isinstance``, ``type(x) is ...`` or a pattern asks for.

    Args:
        names: the file's names.
        found: its :func:`questions`.
    """
    return any(
        not is_named(names, kind) and not _is_own(names, kind)
        for question in found
        for kind in question.kinds
        if not isinstance(question.at, ast.Compare) or class_of(names, kind) is None
    )


def looks_classes_up(names: Names, found: Iterable[Question]) -> bool:
    """Whether the class of an object is looked for among others: ``TABLE.get(type(x))``, ``type(x).mro()``.

    Args:
        names: the file's names.
        found: its :func:`questions`.
    """
    return any(not question.kinds and _looks_up(names, question.at) for question in found)


def _looks_up(names: Names, taken: ast.AST) -> bool:
    if not isinstance(taken, ast.expr) or _is_own(names, taken):
        return False
    parent = names.scopes.parents.get(taken)
    if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
        reads = (read for read in names.scopes.of_kind(ast.Name) if read.id == parent.targets[0].id)
        return any(_is_looked_up(names, read) for read in reads)
    return _is_looked_up(names, taken)


def _is_looked_up(names: Names, node: ast.expr) -> bool:
    match names.scopes.parents.get(node):
        case ast.Attribute(attr=name):
            return name in ("mro", "__mro__")
        case ast.Call(func=ast.Attribute(attr=method), args=[first, *_]):
            return first is node and method in ("get", "pop", "dispatch")
        case ast.Subscript(slice=index):
            return index is node
        case ast.Compare(ops=[ast.In() | ast.NotIn()], left=left):
            return left is node
    return False


def questions(names: Names) -> Iterator[Question]:
    """All questions of a file."""
    compared: set[ast.AST] = set()
    for compare in names.scopes.of_kind(ast.Compare):
        operands = [compare.left, *compare.comparators]
        is_member = any(isinstance(op, ast.In | ast.NotIn) for op in compare.ops)
        for operand in operands:
            # A table is asked for the classes that it was given; who gave it them is asked in his place.
            asked = None if is_member and isinstance(operand, ast.Name) else class_of(names, operand)
            if asked is None and _is_name_of_any(operand, [each for each in operands if each is not operand]):
                asked = operand.value
            if asked is not None:
                compared.update((operand, *([operand.value] if isinstance(operand, ast.Attribute) else ())))
                yield Question(compare, asked, tuple(each for each in operands if each is not operand))
    for call in names.scopes.of_kind(ast.Call):
        yield from _called(names, call, compared)
    for attribute in names.scopes.of_kind(ast.Attribute):
        is_read = attribute.attr == "__class__" and isinstance(attribute.ctx, ast.Load)
        if is_read and attribute not in compared and not _is_seen(names, attribute):
            yield Question(attribute, attribute.value, ())
    for pattern in names.scopes.of_kind(ast.MatchClass):
        subject = _subject(names, pattern)
        yield Question(pattern, subject, (pattern.cls,))
        for name, inner in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
            if name == "__class__":
                yield Question(pattern, subject, (inner.value,) if isinstance(inner, ast.MatchValue) else ())
    for function in _functions(names):
        for registered in _registered(names, function.decorator_list, function.args):
            yield Question(function, None, (registered,))


def rarer_questions(names: Names) -> Iterator[Question]:
    """Those that need not be meant for any class: they count for classes that are known by their names."""
    for call in names.scopes.of_kind(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "register":  # of a dispatcher, of a base
            yield Question(call, None, (*call.args, *(keyword.value for keyword in call.keywords)))
    yield from _checked(names)
    for handler in names.scopes.of_kind(ast.ExceptHandler):
        if handler.type is not None:
            yield Question(handler.type, None, (handler.type,))
    for constant in names.scopes.of_kind(ast.Constant):
        if constant.value == "__class__":  # getattr(x, "__class__")
            yield Question(constant, None, ())
    for reference in names.scopes.references:
        if reference.owner is None and reference.node.id in ("isinstance", "issubclass", "type"):
            parent = names.scopes.parents.get(reference.node)
            is_called = isinstance(parent, ast.Call) and parent.func is reference.node
            if not is_called and isinstance(parent, ast.Call | ast.Assign | ast.keyword):  # map(type, objects)
                yield Question(reference.node, None, ())
    for attribute in names.scopes.of_kind(ast.Attribute):
        if attribute.attr in NAMES and not isinstance(names.scopes.parents.get(attribute), ast.Compare):
            asked = class_of(names, attribute)
            if asked is not None and not is_shown(names, attribute):
                yield Question(attribute, asked, ())


def _checked(names: Names) -> Iterator[Question]:
    """The annotations of arguments that a decorator tests."""
    known: dict[str, bool] = {}
    for function in _functions(names):
        spelled = {ast.dump(each): each for each in function.decorator_list}
        known |= {text: _checks(names, each) for text, each in spelled.items() if text not in known}
        if any(known[text] for text in spelled):
            given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
            for annotation in (each.annotation for each in given if each.annotation is not None):
                yield Question(annotation, None, (annotation,))


def _functions(names: Names) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from names.scopes.of_kind(ast.FunctionDef)
    yield from names.scopes.of_kind(ast.AsyncFunctionDef)


def is_shown(names: Names, node: ast.expr) -> bool:
    """Whether a value only becomes text for somebody to read.

    Args:
        names: the file's names.
        node: the value.
    """
    parent = names.scopes.parents.get(node)
    called = names.qualified(parent.func) if isinstance(parent, ast.Call) else ()
    if isinstance(parent, ast.Call) and isinstance(names.scopes.parents.get(parent), ast.Raise):
        return any(dotted.startswith("builtins.") for dotted in called)  # what another one does with it is not known
    is_log = isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute) and parent.func.attr in _LOGS
    return is_log or bool(_SHOWS.intersection(called)) or isinstance(parent, ast.FormattedValue | ast.BinOp)


def _is_name_of_any(node: ast.expr, others: list[ast.expr]) -> TypeGuard[ast.Attribute]:
    """``kind.__name__ == "C"``: what may be a class is compared by its name with texts."""
    is_name = isinstance(node, ast.Attribute) and node.attr in NAMES
    return is_name and all(
        isinstance(each, ast.Constant | ast.expr_context | ast.Tuple | ast.List | ast.Set)
        for other in others
        for each in ast.walk(other)
    )


def _called(names: Names, call: ast.Call, compared: set[ast.AST]) -> Iterator[Question]:
    """``isinstance(x, C)``, ``self.assertIsInstance(x, C)``, ``C.__instancecheck__(x)``, ``type(x)``."""
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if len(call.args) > 1 and (method in _ASSERTS or _ASKS.intersection(names.qualified(call.func))):
        yield Question(call, call.args[0], (call.args[1],))
    elif getattr(call.func, "id", "") == "callable" and len(call.args) == 1:
        yield Question(call, call.args[0], (call.func,))
    elif any(isinstance(each, ast.Starred) for each in call.args) and _ASKS.intersection(names.qualified(call.func)):
        yield Question(call, None, ())
    elif method in _CHECKS and call.args and isinstance(call.func, ast.Attribute):
        yield Question(call, call.args[-1], (call.func.value,))
    else:
        asked = class_of(names, call)
        if asked is not None and call not in compared and not _is_seen(names, call):
            yield Question(call, asked, ())


def _is_seen(names: Names, node: ast.expr) -> bool:
    return _is_only_named(names, node) or is_shown(names, node)


def _is_only_named(names: Names, node: ast.expr) -> bool:
    """Whether no more than the name of a class is taken, or another object made: ``type(x).__name__``."""
    parent = names.scopes.parents.get(node)
    makes = isinstance(parent, ast.Call) and parent.func is node
    return makes or (isinstance(parent, ast.Attribute) and parent.attr in NAMES)


def is_first(names: Names, node: ast.Name) -> bool:
    """Whether a name is the first parameter of a method: ``self``, ``cls``.

    Args:
        names: the file's names.
        node: the name.
    """
    owner = names.scopes.scope_of(node).lookup(node.id)
    function = owner.node if owner is not None else None
    if node.id.strip("_") not in _FIRST or not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    first = next(iter([*function.args.posonlyargs, *function.args.args]), None)
    decorators = (getattr(each, "attr", getattr(each, "id", "")) for each in function.decorator_list)
    is_method = isinstance(names.scopes.parents.get(function), ast.ClassDef) and "staticmethod" not in decorators
    return is_method and first is not None and first.arg == node.id


def _is_own(names: Names, kind: ast.expr) -> bool:
    """``type(self)``, ``cls``: a class that no value is."""
    asked = class_of(names, kind)
    node = kind if asked is None else asked
    return isinstance(node, ast.Name) and (node.id == "__class__" or is_first(names, node))


def class_of(names: Names, node: ast.expr) -> ast.expr | None:
    """``x`` of ``type(x)``, ``x.__class__``, of the name of either, and of a variable that is set to one."""
    if isinstance(node, ast.Attribute) and node.attr in NAMES:
        return class_of(names, node.value)
    if isinstance(node, ast.Call):
        may_be = len(node.args) == 1 and getattr(node.func, "id", getattr(node.func, "attr", "")) == "type"
        is_type = may_be and "builtins.type" in names.qualified(node.func)
        return node.args[0] if is_type else None
    if isinstance(node, ast.Name):
        values = (value for value in _values(names, node) if getattr(value, "attr", "") not in NAMES)
        values = (value for value in values if isinstance(value, ast.Call | ast.Attribute))
        return next((asked for asked in (class_of(names, value) for value in values) if asked is not None), None)
    return node.value if isinstance(node, ast.Attribute) and node.attr == "__class__" else None


def _values(names: Names, node: ast.Name) -> Iterator[ast.expr]:
    """What a name is set to by plain assignments."""
    reference = names.scopes.by_node.get(node)
    if reference is None or reference.owner is None:
        return
    for binding in reference.owner.bindings.get(reference.where.mangle(node.id), ()):
        statement = binding.statement
        if isinstance(statement, ast.Assign) and binding.node in statement.targets:
            yield statement.value


def _subject(names: Names, pattern: ast.pattern) -> ast.expr | None:
    """What a match statement matches with a pattern; None for what is inside of that."""
    parents = names.scopes.parents
    parent = parents[pattern]
    while isinstance(parent, ast.MatchOr | ast.MatchAs):
        parent = parents[parent]
    match = parents[parent]
    return match.subject if isinstance(match, ast.Match) else None


def _checks(names: Names, decorator: ast.expr) -> bool:
    """Whether a decorator may test arguments for what the annotations say."""
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    if names.last_names(target) & _CHECKERS:
        return True
    dotted = names.qualified(target)
    found = [names.knowledge.definition(each) for each in dotted]
    if not any(found):  # a method of an object
        paths = filter(None, map(names.knowledge.module_around, dotted))
        return any(map(names.knowledge.reads_annotations, paths))
    inner = (node for each in found if each is not None for node in ast.walk(each))
    return any(getattr(node, "attr", getattr(node, "id", "")) in _READS_NOTES for node in inner)


def _is_register(names: Names, target: ast.expr) -> bool:
    """``dispatch.register``, or a name that it was given."""
    reference = names.scopes.by_node.get(target) if isinstance(target, ast.Name) else None
    if reference is not None and reference.owner is not None:
        bindings = reference.owner.bindings.get(reference.where.mangle(reference.node.id), [])
        values = [getattr(binding.statement, "value", None) for binding in bindings]
        return any(isinstance(value, ast.Attribute) and value.attr == "register" for value in values)
    return isinstance(target, ast.Attribute) and target.attr == "register"


def _registered(names: Names, decorators: list[ast.expr], arguments: ast.arguments) -> Iterator[ast.expr]:
    """The classes that ``functools.singledispatch`` calls a function for."""
    for decorator in decorators:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if _is_register(names, target):
            given = decorator.args if isinstance(decorator, ast.Call) else []
            noted = [argument.annotation for argument in arguments.args if argument.annotation is not None]
            yield from (given or noted)[:1]


def is_named(names: Names, node: ast.expr) -> bool:
    """Whether an expression is a class by its own name, ``None``, or a collection of such."""
    match node:
        case ast.Tuple(elts=elts) | ast.List(elts=elts) | ast.Set(elts=elts):
            return all(is_named(names, each) for each in elts)
        case ast.BinOp(left=left, right=right):
            return is_named(names, left) and is_named(names, right)
        case ast.Constant():
            return True
        case ast.Call(func=func, args=[ast.Constant()]):  # type(None)
            return "builtins.type" in names.qualified(func)
    return is_defined_here(names, node) or _is_from_elsewhere(names, node)


def is_defined_here(names: Names, node: ast.expr) -> bool:
    """Whether an expression is the name of a class of the file."""
    reference = names.scopes.by_node.get(node) if isinstance(node, ast.Name) else None
    if reference is None or reference.owner is None:
        return False
    bindings = reference.owner.bindings.get(reference.where.mangle(reference.node.id), [])
    return bool(bindings) and all(binding.kind is BindingKind.CLASS for binding in bindings)


def _is_from_elsewhere(names: Names, node: ast.expr) -> bool:
    """Whether a name comes with Python or is imported, and is no variable of the repository."""
    return bool(names.qualified(node)) and not names.is_variable(node)
