"""Whether a module can itself make objects of the legacy class."""

from __future__ import annotations

import ast

import pytest

from cachelift.makers import makes_objects

MAKES = [
    "C()",
    "services.C()",
    "def f():\n return C()",
    "class D(C): ...",
    "register(C)",
    "x = [C]",
    "make = C",
    "C.shared()",
    "from m import C as D\nD()",
    "globals()['C']()",
    "vars(module)['C']",
    "getattr(module, 'C')",
    "class C:\n @classmethod\n def shared(cls): return cls()",
    "def f(c=C): ...",
    "x: object = C",
    "isinstance(C(), dict)",
    "match x:\n case 1: C()",
    "print(super, C)",
]

MAKES_NOTHING = [
    "",
    "class C: ...",
    "def f(c: C) -> C: ...",
    "async def f() -> C: ...",
    "c: C",
    "c: C = None",
    "isinstance(x, C)",
    "issubclass(type(x), (C, dict))",
    "type(x) is C",
    "match x:\n case C(): ...\n case module.C(): ...",
    "C.__name__",
    "C.TTL",
    "C = None",
    "del C",
    "x.C = None",
    "D()",
    "from m import D as C2\nC2()",
    "from m import C as D",
    "'C'",
    "print('C')",
    "'a C'",
    "class C:\n def __new__(cls): return super(C, cls).__new__(cls)",
    "class C:\n @classmethod\n def name(cls): return cls.__name__",
    "class C:\n def __init__(self): super(C, self).__init__()",
]


@pytest.mark.parametrize("text", MAKES)
def test_what_makes_objects(text: str) -> None:
    assert makes_objects(ast.parse(text), "C", frozenset({"TTL"}))


@pytest.mark.parametrize("text", MAKES_NOTHING)
def test_what_makes_none(text: str) -> None:
    assert not makes_objects(ast.parse(text), "C", frozenset({"TTL"}))
