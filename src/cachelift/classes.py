"""Classes as their source states them: members with those of the bases, and what a call must fit."""

from __future__ import annotations

import ast
import types
from collections.abc import Iterable, Iterator, Mapping

from .constructors import constructor_of, is_dataclass, is_frozen
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
)
from .model import ClassInfo, Member, Signature
from .namespace import Binding, statements, target_names
from .shared import touched_attributes
from .signatures import parse_signature, signature_of

__all__ = [
    "ClassSource",
    "assigned_attributes",
    "constructors_set",
    "method_member",
    "parse_signature",
    "read_class",
    "signature_of",
]

_PLAIN_RESULT = frozenset(
    {
        "contextlib.asynccontextmanager",
        "contextlib.contextmanager",
        "functools.cache",
        "functools.lru_cache",
    }
)
"""Decorators that take the same calls and give something that is no coroutine function."""

_NAMED_TUPLE = ("__match_args__", "_asdict", "_field_defaults", "_fields", "_make", "_replace")
_DATACLASS = ("__dataclass_fields__", "__dataclass_params__", "__match_args__")
_FROZEN = ("__setattr__", "__delattr__")
"""The methods of a frozen dataclass: https://docs.python.org/3/library/dataclasses.html#frozen-instances."""
_INSTANCE = ("__dict__", "__module__", "__weakref__")


def read_class(source: ClassSource) -> ClassInfo:
    """Read a class with its bases.

    Args:
        source: the class statement; its ``resolve`` leads to the bases.

    Raises:
        RecursionError: the source is nested too deeply.
    """
    order = linearize(source)
    members: dict[str, Member] = {}
    complete = True
    for ancestor in order:
        if isinstance(ancestor, Unreadable):
            complete = False
        elif isinstance(ancestor, type):
            _add(members, _type_members(ancestor))
        else:
            own, known = _own_members(ancestor)
            _add(members, own)
            complete = complete and known
    _add(members, _type_members(object))
    _add(members, (Member(name, "value") for name in _INSTANCE))
    return ClassInfo(
        source.qualified_name,
        source.path,
        source.node.lineno,
        members,
        complete,
        constructor_of(source, order),
        tuple(_base_name(ancestor) for ancestor in order[1:] if _base_name(ancestor)),
        touched_attributes(ancestor.node for ancestor in order if isinstance(ancestor, ClassSource)),
    )


def _base_name(ancestor: Ancestor) -> str:
    if isinstance(ancestor, type):
        return f"{ancestor.__module__}.{ancestor.__qualname__}"
    return (ancestor.name if isinstance(ancestor, Unreadable) else ancestor.qualified_name) or ""


def _add(members: dict[str, Member], more: Iterable[Member]) -> None:
    """Add those of a later ancestor: the earlier one's win, but what either class has, the class has."""
    for member in more:
        first = members.setdefault(member.name, member)
        members[member.name] = first._replace(on_class=_either(first.on_class, member.on_class))


def _either(one: bool | None, other: bool | None) -> bool | None:
    return one or other or (None if None in (one, other) else False)


def _type_members(ancestor: type) -> Iterator[Member]:
    """The members of one of the interpreter's own classes."""
    for base in ancestor.__mro__:
        for name, value in vars(base).items():
            yield Member(name, _value_kind(value))


def _value_kind(value: object) -> str:
    kinds: tuple[tuple[tuple[type, ...], str], ...] = (
        ((classmethod, types.ClassMethodDescriptorType), "classmethod"),
        ((staticmethod, types.BuiltinFunctionType), "staticmethod"),
        ((property, types.GetSetDescriptorType, types.MemberDescriptorType), "property"),
        ((type,), "class"),
        ((types.FunctionType, types.WrapperDescriptorType, types.MethodDescriptorType), "function"),
    )
    return next((kind for types_, kind in kinds if isinstance(value, types_)), "value")


def _own_members(source: ClassSource) -> tuple[list[Member], bool]:
    """What the class statement itself gives its instances, and whether that is all."""
    names = source.names
    members = [_member(source, name, bindings) for name, bindings in names.items()]
    body = list(statements(source.node.body, scopes=False))
    for statement in body:
        if isinstance(statement, ast.AnnAssign):
            on_class = True if statement.value else None  # mocks of dataclasses have fields that the class has not
            members += [Member(name, "value", on_class=on_class) for name in target_names(statement.target)]
    members += [Member(name, "value") for name in _slots(body)]
    assigned: dict[str, bool | None] = dict.fromkeys(source.assigned, True)
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            attributes = assigned_attributes(statement)
            for name in set().union(*(attributes.get(name, ()) for name in _instance_names(source, statement))):
                assigned[name] = _either(assigned.get(name, False), False if _is_plain(statement) else None)
    members += [Member(name, "value", on_class=on_class) for name, on_class in sorted(assigned.items()) if name != "*"]
    if names_base(source, "typing.NamedTuple"):
        members += [Member(name, "value") for name in _NAMED_TUPLE]
    if is_dataclass(source):
        members += [Member(name, "value") for name in _DATACLASS]
        members += [Member(name, "function", Signature(())) for name in _FROZEN if is_frozen(source)]
    hooks = {"__getattr__", "__getattribute__"} & (names.keys() | source.assigned)
    known = "*" not in assigned and not hooks and not has_unknown_decorator(source) and has_plain_metaclass(source)
    return [member._replace(name=_mangled(member.name, source.node.name)) for member in members], known


def _mangled(name: str, owner: str) -> str:
    """The name that others see: https://docs.python.org/3/reference/expressions.html#private-name-mangling."""
    owner = owner.lstrip("_")
    return f"_{owner}{name}" if owner and name.startswith("__") and not name.endswith("__") else name


def _member(source: ClassSource, name: str, bindings: frozenset[Binding]) -> Member:
    found = [_bound_member(source, name, binding.node) for binding in bindings]
    if len(found) == 1:
        return found[0]
    kinds = {member.kind for member in found}
    return Member(name, kinds.pop() if len(kinds) == 1 else "value")


def _bound_member(source: ClassSource, name: str, node: ast.AST | None) -> Member:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            member = method_member(source, node)
            return member._replace(name=name)
        case ast.ClassDef():
            return Member(name, "class")
        case ast.Assign(value=ast.Lambda()):
            return Member(name, "function")
        case ast.Assign(value=ast.Call() as call):
            return Member(name, _descriptor_kind(called_name(source, call)) or "value")
    return Member(name, "value")


def _descriptor_kind(called: str) -> str | None:
    """The kind that a standard descriptor gives to what it wraps."""
    module, _, name = called.rpartition(".")
    if name in ("cached_property", "abstractproperty") or called == "builtins.property":
        return "property"
    return name if module == "builtins" and name in ("staticmethod", "classmethod") else None


def method_member(source: ClassSource, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Member:
    """What a ``def`` in a class body makes of its name.

    Args:
        source: the class.
        node: the definition.
    """
    is_async = isinstance(node, ast.AsyncFunctionDef)
    generator = is_async and any(isinstance(inner, (ast.Yield, ast.YieldFrom)) for inner in ast.walk(node))
    kind = "async-function" if is_async and not generator else "function"
    if node.name == "__new__":
        kind = "staticmethod"
    elif node.name in ("__init_subclass__", "__class_getitem__"):
        kind = "classmethod"
    known = True
    for decorator in node.decorator_list:
        called = called_name(source, decorator)
        descriptor = _descriptor_kind(called)
        if descriptor or _is_accessor(source, decorator):
            kind = descriptor or "property"
        elif called in _PLAIN_RESULT:
            kind = "function" if kind == "async-function" else kind
        elif called not in TRANSPARENT:
            known = False
    if not known:
        # A decorator that is not known may put anything there.
        return Member(node.name, "value")
    if kind == "property":
        return Member(node.name, kind)
    signature = signature_of(
        node.args,
        drop_first=kind != "staticmethod" or node.name == "__new__",
        lines=source.lines,
        origin=f"{source.path}:{node.lineno}",
        is_async=is_async and not generator,
        returns=node.returns,
    )
    return Member(node.name, kind, signature, _returns_self(source, node))


def _returns_self(source: ClassSource, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a method gives back the object that it is called on, in some case at least, or says that it may."""
    first = next((parameter.arg for parameter in (*node.args.posonlyargs, *node.args.args)), None)
    for named in ast.walk(node.returns) if node.returns is not None else ():
        if getattr(named, "id", getattr(named, "value", "")) in ("Self", source.node.name):
            return True
    returned = (inner.value for inner in ast.walk(node) if isinstance(inner, ast.Return))
    return any(isinstance(value, ast.Name) and value.id == first for each in returned for value in _choices(each))


def _choices(value: ast.expr | None) -> list[ast.expr | None]:
    """The expressions that one expression may have its value from."""
    if isinstance(value, ast.IfExp):
        return [*_choices(value.body), *_choices(value.orelse)]
    return [choice for each in value.values for choice in _choices(each)] if isinstance(value, ast.BoolOp) else [value]


def _is_accessor(source: ClassSource, decorator: ast.expr) -> bool:
    """Whether the decorator is ``@name.setter`` or one of its kind."""
    match decorator:
        case ast.Attribute(value=ast.Name(id=name), attr="setter" | "getter" | "deleter"):
            return name in source.names
    return False


def _slots(body: Iterable[ast.stmt]) -> Iterator[str]:
    """The names in ``__slots__``."""
    for statement in body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id="__slots__")], value=value)
                | ast.AnnAssign(target=ast.Name(id="__slots__"), value=ast.expr() as value)
            ):
                entries = value.keys if isinstance(value, ast.Dict) else getattr(value, "elts", [value])
                for entry in entries:
                    if isinstance(entry, ast.Constant) and isinstance(entry.value, str):
                        yield entry.value


def _instance_names(source: ClassSource, function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The names that mean the instance or its class inside a method."""
    first = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)][:1]
    if any(called_name(source, decorator) == "builtins.staticmethod" for decorator in function.decorator_list):
        first = []
    if function.name == "__new__":
        for node in ast.walk(function):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Attribute(attr="__new__"))):
                    first.append(name)
    return set(first)


def _is_plain(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the first parameter is surely the object: https://docs.python.org/3/reference/datamodel.html."""
    return not function.decorator_list and function.name not in ("__new__", "__init_subclass__", "__class_getitem__")


def assigned_attributes(root: ast.AST) -> dict[str, frozenset[str]]:
    """The attributes that code sets on each plain name, ``*`` standing for those that cannot be known.

    Args:
        root: the code, whole with its inner functions.
    """
    found: dict[str, set[str]] = {}
    declared = set()
    for node in ast.walk(root):
        if isinstance(node, ast.AnnAssign) and not node.value:
            declared.add(id(node.target))
        elif isinstance(node, (ast.Attribute, ast.Subscript)):
            if isinstance(node.ctx, ast.Store) and id(node) not in declared:
                owner, attribute = _stored(node)
                found.setdefault(owner, set()).add(attribute)
        elif isinstance(node, ast.Call):
            owner, attribute = _set_by_call(node)
            found.setdefault(owner, set()).add(attribute)
    found.pop("", None)
    return {name: frozenset(attributes) for name, attributes in found.items()}


def constructors_set(tree: ast.Module, assigned: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The constructors that a module sets on names of which it is not visible which class they stand for.

    Args:
        tree: the module.
        assigned: what :func:`assigned_attributes` gives for it.
    """
    classes = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    unknown = (attributes for name, attributes in assigned.items() if name not in classes)
    return frozenset[str]().union(*unknown) & {"__init__", "__new__"}


def _stored(target: ast.Attribute | ast.Subscript) -> tuple[str, str]:
    """The name and the attribute that an assignment to ``target`` sets, the name empty where it is no such thing."""
    if isinstance(target, ast.Subscript):
        return _owner_of_dict(target.value), "*"
    if isinstance(target.value, ast.Name):
        return target.value.id, "*" if target.attr == "__dict__" else target.attr
    return "", ""


def _set_by_call(call: ast.Call) -> tuple[str, str]:
    """The same for ``setattr`` and for what changes an object's ``__dict__``."""
    match call:
        case (
            ast.Call(func=ast.Name(id="setattr"), args=[ast.Name(id=name), attribute, _])
            | ast.Call(func=ast.Attribute(attr="__setattr__"), args=[ast.Name(id=name), attribute, _])
        ):
            literal = attribute.value if isinstance(attribute, ast.Constant) else None
            return name, literal if isinstance(literal, str) else "*"
        case ast.Call(func=ast.Attribute(value=inner, attr="update" | "setdefault")):
            return _owner_of_dict(inner), "*"
    return "", ""


def _owner_of_dict(node: ast.expr) -> str:
    """The name whose ``__dict__`` the expression is, empty for any other expression."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr="__dict__"):
            return name
        case ast.Call(func=ast.Name(id="vars"), args=[ast.Name(id=name)]):
            return name
    return ""
