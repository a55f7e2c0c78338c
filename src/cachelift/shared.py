"""What objects of a class share through the class: attributes of the class itself that some code changes.

A class that is set up by ``C.configure(...)`` or ``C.OPTIONS["x"] = ...``, or that notes its objects in a list of its
own, does neither for objects of another class.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from .model import CHANGING_METHODS

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def touched_attributes(nodes: Iterable[ast.ClassDef]) -> frozenset[str]:
    """The attributes that tell or change, where they are read or called on the class, what objects of it do.

    Args:
        nodes: the class statement and those of its bases.
    """
    methods = [(node.name, each) for node in nodes for each in node.body if isinstance(each, _Function)]
    of_class = [(name, each) for name, each in methods if _decorators(each) & {"classmethod", "staticmethod"}]
    of_objects = [pair for pair in methods if pair not in of_class]
    own = {
        name for _, each in of_objects for name, root in _set(each) if root == _first(each) and each.name != "__new__"
    }
    used = {name for _, each in of_objects for name in _attributes(each)}
    changed: set[str] = set()
    for name, method in of_objects:
        is_object = method.name != "__new__"
        found = {*_set(method), *_changed_in_place(method)}
        changed |= {each for each, root in found if root in (name, "type", "__class__")}
        in_place = _changed_in_place(method) if is_object else found
        changed |= {each for each, root in in_place if root == _first(method)} - own
    touched = changed
    for name, method in of_class:
        found = {*_set(method), *_changed_in_place(method)}
        sets = {each for each, root in found if root in (name, _first(method), "__class__")}
        if sets & used or _attributes(method) & changed:
            touched = touched | {method.name}
    return frozenset(touched)


def _decorators(method: _Function) -> set[str]:
    return {getattr(each, "id", "") for each in method.decorator_list}


def _first(method: _Function) -> str:
    return next((each.arg for each in (*method.args.posonlyargs, *method.args.args)), "")


def _attributes(method: _Function) -> set[str]:
    return {each.attr for each in ast.walk(method) if isinstance(each, ast.Attribute)}


def _set(method: _Function) -> Iterator[tuple[str, str]]:
    """The attributes that code sets or deletes, with what they are an attribute of."""
    for node in ast.walk(method):
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield node.attr, _root(node.value)


def _root(node: ast.expr) -> str:
    """The name that an attribute is read from; ``type`` and ``__class__`` for an object's class."""
    if isinstance(node, ast.Call):
        return getattr(node.func, "id", "")
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _changed_in_place(method: _Function) -> Iterator[tuple[str, str]]:
    """The attributes whose value code changes, ``x.a[k] = v``, ``x.a.append(v)``, with what they are one of."""
    for node in ast.walk(method):
        value: ast.expr | None = None
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            value = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING_METHODS:
            value = node.func.value
        if isinstance(value, ast.Attribute):
            yield value.attr, _root(value.value)
