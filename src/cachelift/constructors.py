"""What a call of a class must fit: its own, inherited or generated constructor, read from source.

Source of the rules: https://docs.python.org/3/reference/datamodel.html#object.__new__,
https://docs.python.org/3/library/dataclasses.html and https://docs.python.org/3/library/typing.html#typing.NamedTuple.
"""

from __future__ import annotations

import ast
import enum
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .lineage import (
    TRANSPARENT,
    Ancestor,
    ClassSource,
    Unreadable,
    called_name,
    has_plain_metaclass,
    has_unknown_decorator,
    linearize,
    names_base,
    normal_name,
    unsubscripted,
)
from .model import Parameter, ParameterKind, Signature
from .namespace import dotted_parts, statements, target_names
from .rebinding import binds_unseen
from .signatures import signature_of, source_of

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Missing(enum.Enum):
    """Why a look-up gave no signature."""

    ABSENT = enum.auto()
    """No ancestor but ``object`` defines it."""
    FOREIGN = enum.auto()
    """An ancestor that cannot be read comes first and may define it."""
    OPAQUE = enum.auto()
    """It is defined in a way that cannot be read."""


def constructor_of(source: ClassSource, order: Sequence[Ancestor]) -> Signature | None:
    """The signature that calls of the class must fit, or None where it cannot be known.

    Args:
        source: the class.
        order: its method resolution order.
    """
    own = [ancestor for ancestor in order if isinstance(ancestor, ClassSource)]
    if names_base(source, "typing.Protocol") or not all(has_plain_metaclass(ancestor) for ancestor in own):
        return None
    init, new = _look_up("__init__", order), _look_up("__new__", order)
    if isinstance(init, Signature):
        # An unreadable base behind the class that has the __init__ is taken to have no __new__ of another shape.
        if new in (Missing.ABSENT, Missing.FOREIGN):
            return init
        return init if isinstance(new, Signature) and _agree(new, init) else None
    if init is not Missing.ABSENT:
        return None
    if new is Missing.ABSENT:
        return Signature((), source.origin)
    return new if isinstance(new, Signature) else None


def _agree(new: Signature, init: Signature) -> bool:
    """Whether ``__new__`` takes whatever ``__init__`` takes, in the same sense."""
    kinds = [parameter.kind for parameter in new.parameters]
    if kinds == [ParameterKind.VAR_POSITIONAL, ParameterKind.VAR_KEYWORD]:
        return True
    shapes = [[(p.name, p.kind, p.default) for p in signature.parameters] for signature in (new, init)]
    return shapes[0] == shapes[1]


def _look_up(name: str, order: Sequence[Ancestor]) -> Signature | Missing:
    """Find ``__init__`` or ``__new__`` as attribute look-up does."""
    for ancestor in order:
        if isinstance(ancestor, type):
            if _type_defines(ancestor, name):
                return Missing.OPAQUE
        elif isinstance(ancestor, Unreadable) or has_unknown_decorator(ancestor):
            return Missing.FOREIGN
        else:
            found = _own(ancestor, name)
            if found is not Missing.ABSENT:
                return found
    return Missing.ABSENT


def _type_defines(ancestor: type, name: str) -> bool:
    # The __new__ of these takes any arguments and leaves them to __init__.
    if name == "__new__" and (ancestor in (dict, list, set) or issubclass(ancestor, BaseException)):
        return False
    return any(name in vars(base) for base in ancestor.__mro__ if base is not object)


def _own(source: ClassSource, name: str) -> Signature | Missing:
    if {name, "*"} & source.assigned or _fills_its_body(source):
        return Missing.OPAQUE
    if name in source.names:
        return _defined(source, name)
    generated: Signature | Missing | None = Missing.ABSENT
    if name == "__init__" and (options := _dataclass_options(source)):
        generated = _dataclass_signature(source) if options.init else Missing.ABSENT
        generated = Missing.OPAQUE if options.unknown else generated
    elif name == "__new__" and names_base(source, "typing.NamedTuple"):
        generated = _named_tuple_signature(source)
    return Missing.OPAQUE if generated is None else generated


def _fills_its_body(source: ClassSource) -> bool:
    """Whether the class body itself, outside of its methods, binds names by text: ``locals()["__init__"] = ...``."""
    own = (node for node in statements(source.node.body, scopes=False) if not isinstance(node, _SCOPES))
    return any(binds_unseen(ast.Module([node], [])) for node in own)


def _defined(source: ClassSource, name: str) -> Signature | Missing:
    bindings = source.names[name]
    node = next(iter(bindings)).node
    if len(bindings) != 1 or not isinstance(node, ast.FunctionDef):
        return Missing.OPAQUE
    allowed = TRANSPARENT | {"builtins.staticmethod"} if name == "__new__" else TRANSPARENT
    if any(called_name(source, decorator) not in allowed for decorator in node.decorator_list):
        return Missing.OPAQUE
    return signature_of(
        node.args, drop_first=True, lines=source.lines, origin=f"{source.path}:{node.lineno}", value=source.value
    )


@dataclass(frozen=True, slots=True)
class _Options:
    """How the dataclass decorator was called."""

    init: bool = True
    keyword_only: bool = False
    unknown: bool = False


def is_dataclass(source: ClassSource) -> bool:
    """Whether the class statement has the standard library's decorator."""
    return _dataclass_options(source) is not None


def is_frozen(source: ClassSource) -> bool:
    """Whether that decorator keeps the attributes of objects from being set, or may do so."""
    found = (each for each in source.node.decorator_list if isinstance(each, ast.Call))
    keywords = (key for each in found if called_name(source, each) == "dataclasses.dataclass" for key in each.keywords)
    return any(key.arg in ("frozen", None) and _constant(key.value) is not False for key in keywords)


def _dataclass_options(source: ClassSource) -> _Options | None:
    for decorator in source.node.decorator_list:
        if called_name(source, decorator) == "dataclasses.dataclass":
            keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
            values = {keyword.arg: _constant(keyword.value) for keyword in keywords}
            init, keyword_only = values.get("init", True), values.get("kw_only", False)
            positional = isinstance(decorator, ast.Call) and bool(decorator.args)
            unknown = positional or None in values or init is None or keyword_only is None
            return _Options(bool(init), bool(keyword_only), unknown)
    return None


def _constant(value: ast.expr) -> bool | None:
    """The truth value of a constant, None for any other expression."""
    return bool(value.value) if isinstance(value, ast.Constant) else None


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of a dataclass, as its constructor takes it."""

    parameter: Parameter
    in_init: bool


def _dataclass_signature(source: ClassSource) -> Signature | None:
    fields = _fields(source)
    if fields is None:
        return None
    parameters = [field.parameter for field in fields.values() if field.in_init]
    parameters.sort(key=lambda parameter: parameter.kind)
    return Signature(tuple(parameters), source.origin)


def _fields(source: ClassSource) -> dict[str, _Field] | None:
    """The fields in the order of the generated ``__init__``; None where they cannot be known."""
    order = linearize(source)
    options = _dataclass_options(source)
    if options is None:
        bases = (ancestor for ancestor in order[1:] if isinstance(ancestor, ClassSource) and is_dataclass(ancestor))
        nearest = next(bases, None)
        return _fields(nearest) if nearest else {}
    if options.unknown:
        return None
    fields: dict[str, _Field] = {}
    for ancestor in reversed(order[1:]):
        if isinstance(ancestor, Unreadable) or (isinstance(ancestor, ClassSource) and has_unknown_decorator(ancestor)):
            return None
        inherited = _fields(ancestor) if isinstance(ancestor, ClassSource) else {}
        if inherited is None:
            return None
        fields.update(inherited)
    keyword_only = options.keyword_only
    for statement in _annotated(source):
        special = _special_form(source, statement.annotation)
        if special == "KW_ONLY":
            keyword_only = True
        elif special != "ClassVar":
            field = _field(source, statement, keyword_only, order)
            if field is None:
                return None
            fields[field.parameter.name] = field
    return fields if _is_flat(source) else None


def _annotated(source: ClassSource) -> list[ast.AnnAssign]:
    """The annotated names at the top of the class body."""
    return [
        statement
        for statement in source.node.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    ]


def _is_flat(source: ClassSource) -> bool:
    """Whether each annotated name stands once, and not in a branch: only then is its final value what it shows."""
    bound: Counter[str] = Counter()
    for statement in statements(source.node.body, scopes=False):
        match statement:
            case ast.AnnAssign(target=ast.Name()) if statement not in source.node.body:
                return False
            case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
                bound.update(target_names(target))
            case ast.Assign(targets=targets):
                bound.update(name for target in targets for name in target_names(target))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                bound[name] += 1
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                bound.update(alias.asname or alias.name for alias in aliases)
    return all(bound[name] == 1 for statement in _annotated(source) for name in target_names(statement.target))


def _special_form(source: ClassSource, annotation: ast.expr) -> str:
    """``ClassVar``, ``InitVar`` or ``KW_ONLY`` where the annotation is that, in a string or not."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value.strip(), mode="eval").body
        except SyntaxError:
            return ""
    annotation = unsubscripted(annotation)
    found = source.resolve(annotation)
    name = normal_name(found) if isinstance(found, str) else ".".join(dotted_parts(annotation)[-1:])
    last = name.rpartition(".")[2]
    return last if last in ("ClassVar", "InitVar", "KW_ONLY") else ""


def _field(
    source: ClassSource, statement: ast.AnnAssign, keyword_only: bool, order: Sequence[Ancestor]
) -> _Field | None:
    (name,) = target_names(statement.target)
    value, in_init = statement.value, True
    if value is None and _has_inherited_value(name, order[1:]):
        return None
    if isinstance(value, ast.Call):
        called = called_name(source, value)
        if called == "dataclasses.field":
            options = {keyword.arg: _constant(keyword.value) for keyword in value.keywords}
            chosen = {option: options.get(option, True) for option in ("init", "kw_only")}
            if value.args or None in options or None in chosen.values():
                return None
            in_init = bool(chosen["init"])
            keyword_only = bool(options.get("kw_only", keyword_only))
            values = {keyword.arg: keyword.value for keyword in value.keywords}
            # A factory's result equals no literal: the call as written stands for it.
            value = values.get("default", value if "default_factory" in values else None)
        elif called.partition(".")[0] not in sys.stdlib_module_names | {"builtins"} and not isinstance(
            source.resolve(value.func), ClassSource
        ):
            # It may hand back a field with any options.
            return None
    kind = ParameterKind.KEYWORD_ONLY if keyword_only else ParameterKind.POSITIONAL_OR_KEYWORD
    default = source_of(value, source.lines) if value else None
    return _Field(Parameter(name, kind, default, source_of(statement.annotation, source.lines)), in_init)


def _has_inherited_value(name: str, ancestors: Sequence[Ancestor]) -> bool:
    """Whether a base has a class attribute of the name: a dataclass takes it for the field's default."""
    return any(
        hasattr(ancestor, name)
        if isinstance(ancestor, type)
        else isinstance(ancestor, ClassSource) and name in ancestor.names.keys() | ancestor.assigned
        for ancestor in ancestors
    )


def _named_tuple_signature(source: ClassSource) -> Signature | None:
    if not _is_flat(source):
        return None
    parameters = [
        Parameter(
            name,
            ParameterKind.POSITIONAL_OR_KEYWORD,
            source_of(statement.value, source.lines) if statement.value else None,
            source_of(statement.annotation, source.lines),
        )
        for statement in _annotated(source)
        for name in target_names(statement.target)
    ]
    return Signature(tuple(parameters), source.origin)
