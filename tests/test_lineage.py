"""Bases in method resolution order, and the interpreter's own classes."""

from __future__ import annotations

import collections.abc
import enum

import pytest
from memory import module

from cachelift.lineage import known_type, normal_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("builtins.dict", dict),
        ("typing.Dict", dict),
        ("typing_extensions.NamedTuple", tuple),
        ("collections.abc.MutableMapping", collections.abc.MutableMapping),
        ("typing.MutableMapping", collections.abc.MutableMapping),
        ("enum.Enum", enum.Enum),
        ("builtins.print", None),
        ("typing.Any", None),
        ("collections.OrderedDict", None),
        ("elsewhere.dict", None),
        ("dict", None),
    ],
)
def test_classes_that_need_no_source(name: str, expected: type | None) -> None:
    assert known_type(name) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("typing_extensions.final", "typing.final"), ("typing.final", "typing.final"), ("typing_extensions", None)],
)
def test_typing_extensions_stands_in_for_typing(name: str, expected: str | None) -> None:
    assert normal_name(name) == (expected or name)


HIERARCHIES = [
    "class C: ...",
    "class A: ...\nclass C(A): ...",
    "class T: ...\nclass A(T): ...\nclass B(T): ...\nclass C(A, B): ...",
    "class T: ...\nclass A(T): ...\nclass B(T): ...\nclass D(B): ...\nclass C(A, D, T): ...",
    "class A(dict): ...\nclass C(A, dict): ...",
    "class X: ...\nclass Y: ...\nclass A(X, Y): ...\nclass B(X): ...\nclass C(B, A): ...",
]


@pytest.mark.parametrize("text", HIERARCHIES)
def test_the_order_is_the_interpreters(text: str) -> None:
    namespace: dict[str, type] = {"__name__": "m"}  # type: ignore[dict-item]
    exec(text, namespace)
    order = [f"{base.__module__}.{base.__qualname__}" for base in namespace["C"].__mro__[1:-1]]
    info = module(text).class_info("m.C")
    assert info is not None
    assert list(info.bases) == order
