"""What a call of a class must fit."""

from __future__ import annotations

import textwrap

import pytest
from memory import module

from cachelift.model import ParameterKind

HEADER = """
import abc, dataclasses, enum, typing, warnings
from dataclasses import dataclass, field, InitVar, KW_ONLY
from datetime import timedelta
from typing import ClassVar, Generic, NamedTuple, Protocol, TypeVar, overload
"""
PREFIX = {ParameterKind.VAR_POSITIONAL: "*", ParameterKind.VAR_KEYWORD: "**"}


def constructor(text: str, name: str = "C") -> str | None:
    """The constructor of a class as text; keyword-only parameters are marked by ``!``, positional-only by ``^``."""
    signature = module(HEADER + textwrap.dedent(text)).function_signature(f"m.{name}")
    if signature is None:
        return None
    marks = {ParameterKind.KEYWORD_ONLY: "!", ParameterKind.POSITIONAL_ONLY: "^"} | PREFIX
    return ", ".join(
        marks.get(parameter.kind, "") + parameter.name + (f"={parameter.default}" if parameter.default else "")
        for parameter in signature.parameters
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("class C: ...", ""),
        ("class C:\n def __init__(self): ...", ""),
        (
            'class C:\n def __init__(self, cache_dir="data/cache", system="KP"): ...',
            'cache_dir="data/cache", system="KP"',
        ),
        ("class C:\n def __init__(self, a, /, b, *c, d=1, **e): ...", "^a, b, *c, !d=1, **e"),
        ("class C:\n def __init__(self, /, a): ...", "a"),
        ("class C:\n def __init__(*args, **kw): ...", "*args, **kw"),
        ("class C:\n def __new__(cls, a): ...", "a"),
        ("class C:\n @staticmethod\n def __new__(cls, a): ...", "a"),
        ("class C:\n def __new__(cls, *args, **kw): ...\n def __init__(self, a): ...", "a"),
        ("class C:\n def __new__(cls, a=1): ...\n def __init__(self, a: int = 1): ...", "a=1"),
        (
            "class C:\n @overload\n def __init__(self): ...\n def __init__(self, a=1): ...",
            "a=1",
        ),
        ("class C:\n @warnings.deprecated('old')\n def __init__(self, a): ...", "a"),
        ("class A:\n def __init__(self, a): ...\nclass C(A): ...", "a"),
        (
            "class A:\n def __init__(s): ...\nclass B(A): ...\nclass D(A):\n def __init__(s, d): 1\nclass C(B, D): 1",
            "d",
        ),
        ("class C(abc.ABC, Generic[TypeVar('T')]):\n def __init__(self, a): ...", "a"),
        ("class C(metaclass=abc.ABCMeta):\n def __init__(self, a): ...", "a"),
        ("class C(metaclass=type, option=1): ...", ""),
        ("class M(type):\n def method(cls): ...\nclass C(metaclass=M):\n def __init__(self, a): ...", "a"),
        ("class M(abc.ABCMeta): ...\nclass C(metaclass=M): ...", ""),
        ("class P(Protocol):\n def f(self): ...\nclass C(P):\n def __init__(self, a): ...", "a"),
        ("class C(dict):\n def __init__(self, a): ...", "a"),
        ("class C(Exception):\n def __init__(self, a): ...", "a"),
        ("class C(typing.MutableMapping): ...", ""),
        ("class C(elsewhere.Base):\n def __init__(self, a): ...", "a"),
        ("if TYPE_CHECKING:\n class C: ...\nelse:\n class C:\n  def __init__(self, a): ...", "a"),
        ("class C:\n if TYPE_CHECKING:\n  def __init__(self): ...\n else:\n  def __init__(self, a): ...", "a"),
        ("class C:\n def __init__(self, a): ...\n def __init__(self, b): ...", "b"),
    ],
)
def test_written_constructors(text: str, expected: str) -> None:
    assert constructor(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "class C(elsewhere.Base): ...",
        "class C(elsewhere.Base):\n def __new__(cls, a): ...",
        "class A:\n def __init__(self, a): ...\nclass C(elsewhere.Base, A): ...",
        "class C(make()): ...",
        "class C(dict): ...",
        "class C(str):\n def __init__(self, a): ...",
        "class C(int):\n def __init__(self, a): ...",
        "class C(enum.Enum):\n def __init__(self, a): ...",
        "class C(Protocol):\n def __init__(self, a): ...",
        "class C:\n @decorated\n def __init__(self, a): ...",
        "class C:\n @overload\n def __init__(self, a): ...",
        "class C:\n __init__ = make()",
        "class C:\n __init__ = lambda self: None",
        "class C:\n async def __init__(self): ...",
        "class C:\n @staticmethod\n def __init__(self): ...",
        "class C:\n if c:\n  def __init__(self, a): ...\n else:\n  def __init__(self, b): ...",
        "class C:\n def __init__(self, a): ...\nC.__init__ = other",
        "class C:\n def __init__(self, a): ...\nC.__new__ = other",
        "class C:\n def __init__(self, a): ...\nsetattr(C, name, other)",
        "class C:\n def __new__(cls, a): ...\n def __init__(self, b): ...",
        "class C:\n def __new__(cls, a=1): ...\n def __init__(self, a=2): ...",
        "class C:\n def __new__(cls, *args): ...\n def __init__(self, a): ...",
        "class C:\n @decorated\n def __new__(cls, a): ...",
        "class C:\n __new__ = make()\n def __init__(self, a): ...",
        "@decorated\nclass C:\n def __init__(self, a): ...",
        "@decorated\nclass A:\n def __init__(self, a): ...\nclass C(A): ...",
        "class C(metaclass=elsewhere.Meta): ...",
        "class C(metaclass=make()): ...",
        "class C(**options): ...",
        "class M(type):\n def __call__(cls, *args): ...\nclass C(metaclass=M): ...",
        "class M(type):\n def __new__(mcs, *args): ...\nclass C(metaclass=M): ...",
        "class M(type): ...\nM.__call__ = other\nclass C(metaclass=M): ...",
        "class M(elsewhere.Meta): ...\nclass C(metaclass=M): ...",
        "class M(dict): ...\nclass C(metaclass=M): ...",
        "class M(type):\n def __call__(cls): ...\nclass A(metaclass=M): ...\nclass C(A):\n def __init__(self, a): ...",
        "class C(C):\n ...",
        "class C:\n def __init__(self, a): ...\nclass C(C): ...",
    ],
)
def test_constructors_that_cannot_be_known(text: str) -> None:
    assert constructor(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@dataclass\nclass C: ...", ""),
        ("@dataclass()\nclass C:\n a: int\n b: str = 'x'", "a, b='x'"),
        ("@dataclasses.dataclass(frozen=True)\nclass C:\n a: int", "a"),
        ("@dataclass\nclass C:\n a: list = field(default_factory=list)", "a=field(default_factory=list)"),
        ("@dataclass\nclass C:\n a: int = field(default=1)\n b: int = field(repr=False, default=2)", "a=1, b=2"),
        ("@dataclass\nclass C:\n a: int = field()\n b: int = field(init=False)", "a"),
        ("@dataclass\nclass C:\n a: int = field(kw_only=True)\n b: int", "b, !a"),
        ("@dataclass(kw_only=True)\nclass C:\n a: int\n b: int = field(kw_only=False)", "b, !a"),
        ("@dataclass\nclass C:\n a: int\n _: KW_ONLY\n b: int = 1", "a, !b=1"),
        ("@dataclass\nclass C:\n a: ClassVar[int] = 1\n b: typing.ClassVar\n c: 'ClassVar[int]'\n d: int", "d"),
        ("@dataclass\nclass C:\n a: InitVar[int]\n b: 'dataclasses.InitVar[int]' = 1", "a, b=1"),
        ("from typing import ClassVar as V\n@dataclass\nclass C:\n a: V[int]\n b: ' int'\n c: '(' = 1", "b, c=1"),
        ("@dataclass\nclass C:\n a = 1\n b: int\n def f(self): ...\n class D: ...\n import os\n a += 1", "b"),
        ("@dataclass\nclass C:\n a: int\n self.b: int = 1", "a"),
        ("@dataclass\nclass C:\n a: int = timedelta(1)\n b: int = dict()", "a=timedelta(1), b=dict()"),
        ("class D: ...\n@dataclass\nclass C:\n a: D = D()", "a=D()"),
        ("@dataclass\nclass C:\n a: int\n def __init__(self, own): ...", "own"),
        ("@dataclass(init=False)\nclass C:\n a: int", ""),
        ("@dataclass\nclass A:\n a: int\n@dataclass(init=False)\nclass C(A):\n b: int", "a"),
        ("@dataclass\nclass A:\n a: int\n b: int\n@dataclass\nclass C(A):\n c: int\n a: str", "a, b, c"),
        ("@dataclass\nclass A:\n a: int\nclass C(A):\n b: int", "a"),
        ("@dataclass\nclass A:\n a: int\nclass B(A):\n b: int\n@dataclass\nclass C(B):\n c: int", "a, c"),
        ("class A:\n b: int\n@dataclass\nclass C(A):\n c: int", "c"),
        ("@dataclass\nclass C(Exception):\n a: int", "a"),
        (
            """
            @dataclass
            class A:
                x: int = 1
            @dataclass
            class B(A): ...
            @dataclass
            class D(A):
                x: int = 2
            @dataclass
            class C(B, D): ...
            """,
            # As dataclasses do it: the fields of B, which has those of A, are laid over those of D.
            "x=1",
        ),
        ("class C(NamedTuple):\n a: int\n b: str = 'x'", "a, b='x'"),
        ("class A(NamedTuple):\n a: int\nclass C(A):\n b: int", "a"),
    ],
)
def test_generated_constructors(text: str, expected: str) -> None:
    assert constructor(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "@dataclass(**options)\nclass C:\n a: int",
        "@dataclass(init=flag)\nclass C:\n a: int",
        "@dataclass(kw_only=flag)\nclass C:\n a: int",
        "@dataclass(None)\nclass C:\n a: int",
        "@dataclass\nclass C(elsewhere.Base):\n a: int",
        "@decorated\nclass A: ...\n@dataclass\nclass C(A):\n a: int",
        "@dataclass(**options)\nclass A:\n a: int\n@dataclass\nclass C(A):\n b: int",
        "@dataclass\nclass C:\n if c:\n  a: int",
        "@dataclass\nclass C:\n a: int = 1\n a = 2",
        "@dataclass\nclass C:\n a: int = 1\n a: str",
        "@dataclass\nclass C:\n a: int\n @property\n def a(self): ...",
        "@dataclass\nclass C:\n a: int\n class a: ...",
        "@dataclass\nclass C:\n a: int\n from x import y as a",
        "@dataclass\nclass C:\n a: int = 1\n a += 1",
        "@dataclass\nclass C:\n a: int = field(**options)",
        "@dataclass\nclass C:\n a: int = field(init=flag)",
        "@dataclass\nclass C:\n a: int = field(kw_only=flag)",
        "@dataclass\nclass C:\n a: int = field(1)",
        "def listed(): ...\n@dataclass\nclass C:\n a: int = listed()",
        "@dataclass\nclass C:\n a: int = unknown()",
        "@dataclass\nclass C:\n a: int = make()()",
        "@dataclass\nclass A:\n a: int = 1\n@dataclass\nclass C(A):\n a: int",
        "class A: ...\nA.a = 1\n@dataclass\nclass C(A):\n a: int",
        "@dataclass\nclass C(Exception):\n args: int",
        "class C(NamedTuple):\n a: int\n a = 1",
        "@elsewhere.dataclass\nclass C:\n a: int",
    ],
)
def test_generated_constructors_that_cannot_be_known(text: str) -> None:
    assert constructor(text) is None


def test_where_it_was_read() -> None:
    known = module("class A:\n def __init__(self): ...\nclass C(A): ...\nclass D: ...")
    origins = [known.function_signature(f"m.{name}") for name in "CD"]
    assert [signature and signature.origin for signature in origins] == ["m.py:2", "m.py:4"]
