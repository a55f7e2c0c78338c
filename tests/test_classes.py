"""The members of a class, read from source."""

from __future__ import annotations

import ast

import pytest
from memory import module, project

from cachelift import classes
from cachelift.model import ClassInfo, Member, Parameter, ParameterKind, Signature

OBJECT = set(dir(object)) | {"__dict__", "__module__", "__weakref__"}


def read(text: str, name: str = "C") -> ClassInfo:
    info = module(text).class_info(f"m.{name}")
    assert info is not None
    return info


def members(text: str, name: str = "C") -> dict[str, str]:
    """The members beyond those of every object, by kind."""
    found = read(text, name).members
    return {member.name: member.kind for member in found.values() if member.name not in OBJECT}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("pass", {}),
        ("x = 1", {"x": "value"}),
        ("x: int", {"x": "value"}),
        ("x: int = 1\n y = z = 2", {"x": "value", "y": "value", "z": "value"}),
        ("x = 1\n del x", {}),
        ("if c:\n  x = 1\n else:\n  def y(self): ...", {"x": "value", "y": "function"}),
        ("try:\n  import x\n except E:\n  x = None", {"x": "value"}),
        ("if c:\n  def x(self): ...\n else:\n  def x(self): ...", {"x": "function"}),
        ("if c:\n  def x(self): ...\n else:\n  x = 1", {"x": "value"}),
        ("if TYPE_CHECKING:\n  x: int\n  def y(self): ...", {"x": "value"}),
        ("class X: ...", {"X": "class"}),
        ("def get(self): ...\n fetch = get", {"get": "function", "fetch": "function"}),
        ("x = lambda self: 1", {"x": "function"}),
        ("def f(): ...\n x = staticmethod(f)\n y = property(f)\n z = g(f)", None),
        ("__private = 1\n __dunder__ = 1", {"_C__private": "value", "__dunder__": "value"}),
        ("__slots__ = ('a', 'b', c)", {"__slots__": "value", "a": "value", "b": "value"}),
        ("__slots__ = 'a'", {"__slots__": "value", "a": "value"}),
        ("__slots__: dict = {'a': 'what for'}", {"__slots__": "value", "a": "value"}),
        ("from m import x", {"x": "value"}),
    ],
)
def test_the_class_body(body: str, expected: dict[str, str] | None) -> None:
    expected = expected or (
        {} if expected == {} else {"f": "function", "x": "staticmethod", "y": "property", "z": "value"}
    )
    assert members(f"class C:\n {body}") == expected


def test_nothing_is_mangled_in_a_class_of_underscores() -> None:
    assert members("class __:\n __x = 1", "__") == {"__x": "value"}


@pytest.mark.parametrize(
    ("decorators", "expected"),
    [
        ("", "function"),
        ("@property", "property"),
        ("@functools.cached_property", "property"),
        ("@django.utils.functional.cached_property", "property"),
        ("@abc.abstractproperty", "property"),
        ("@staticmethod", "staticmethod"),
        ("@classmethod", "classmethod"),
        ("@abc.abstractmethod", "function"),
        ("@property\n @abc.abstractmethod", "property"),
        ("@typing_extensions.deprecated('old')", "function"),
        ("@functools.lru_cache(maxsize=1)", "function"),
        ("@contextlib.contextmanager", "function"),
        ("@retry", "value"),
        ("@retry(3)\n @staticmethod", "value"),
        ("@unknown.decorator[0]", "value"),
        ("@other.setter", "value"),
    ],
)
@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_kinds_of_methods(decorators: str, expected: str, keyword: str) -> None:
    text = (
        "import abc, contextlib, django.utils.functional, functools, typing_extensions, unknown\nfrom x import retry\n"
        f"class C:\n {decorators}\n {keyword} f(self): ..."
    )
    if (
        keyword == "async def"
        and expected == "function"
        and "functools" not in decorators
        and "context" not in decorators
    ):
        expected = "async-function"
    assert members(text) == {"f": expected}


def test_special_kinds() -> None:
    text = """
        class C:
            def __new__(cls): ...
            def __init_subclass__(cls): ...
            def __class_getitem__(cls, key): ...
            async def stream(self): yield 1
            @property
            def x(self): ...
            @x.setter
            def x(self, value): ...
    """
    found = read(text).members
    kinds = {name: found[name].kind for name in ("__new__", "__init_subclass__", "__class_getitem__", "stream", "x")}
    assert kinds == {
        "__new__": "staticmethod",
        "__init_subclass__": "classmethod",
        "__class_getitem__": "classmethod",
        "stream": "function",
        "x": "property",
    }


def test_signatures_of_methods() -> None:
    text = """
        class C:
            async def a(self, x: int = 1) -> str: ...
            @staticmethod
            def b(x): ...
            @classmethod
            def c(cls, x): ...
            @decorated
            def d(self, x): ...
    """
    found = read(text).members
    x = Parameter("x", ParameterKind.POSITIONAL_OR_KEYWORD)
    assert [found[name] for name in "abcd"] == [
        Member("a", "async-function", Signature((Parameter("x", x.kind, "1", "int"),), "m.py:3", True, "str")),
        Member("b", "staticmethod", Signature((x,), "m.py:5")),
        Member("c", "classmethod", Signature((x,), "m.py:7")),
        Member("d", "value"),
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("self.x = 1", {"x"}),
        ("self.x: int = 1", {"x"}),
        ("self.x: int", set()),
        ("self.x, (self.y, *self.z) = v", {"x", "y", "z"}),
        ("for self.x in v: ...", {"x"}),
        ("with v as self.x: ...", {"x"}),
        ("self.x += 1", {"x"}),
        ("[0 for self.x in v]", {"x"}),
        ("def inner(): self.x = 1", {"x"}),
        ("setattr(self, 'x', 1)", {"x"}),
        ("object.__setattr__(self, 'x', 1)", {"x"}),
        ("C.x = 1", {"x"}),
        ("self.__x = 1", {"_C__x"}),
        ("other.x = 1", set()),
        ("self.x.y = 1", set()),
        ("self[0] = 1", set()),
        ("print(self.x)", set()),
        ("del self.x", set()),
        ("vars(other)['x'] = 1", set()),
        ("setattr(other, 'x', 1)", set()),
    ],
)
def test_attributes_of_the_instance(code: str, expected: set[str]) -> None:
    info = read(f"class C:\n def f(self, other, v):\n  {code}")
    assert ({name for name in info.members if name not in OBJECT}, info.complete) == (expected | {"f"}, True)


@pytest.mark.parametrize(
    "code",
    [
        "setattr(self, name, 1)",
        "setattr(self, 1, 1)",
        "self.__dict__ = v",
        "self.__dict__.update(v)",
        "self.__dict__['x'] = v",
        "self.__dict__ |= v",
        "vars(self).setdefault('x', v)",
        "vars(self)[v] = v",
    ],
)
def test_attributes_that_cannot_be_known(code: str) -> None:
    info = read(f"class C:\n def f(self, v):\n  {code}")
    assert ({name for name in info.members if name not in OBJECT}, info.complete) == ({"f"}, False)


def test_what_the_class_itself_has() -> None:
    text = """
        class Base:
            inherited = 1
            def f(self): self.bare_in_base = 1
        class C(Base):
            __slots__ = ("slot",)
            value = 1
            annotated: int = 1
            bare: int
            def __new__(cls):
                self = object.__new__(cls)
                self.new = cls.new_too = 1
                return self
            def f(self): self.value = self.plain = self.inherited = self.outside = self.both = 1
            @classmethod
            def g(cls): cls.maybe = cls.both = 1
            def h(self): self.maybe = 1
            bare_in_base: int
        C.outside = 1
    """
    found = read(text, "C").members
    assert {name: found[name].on_class for name in found if name not in OBJECT} == {
        "__slots__": True, "f": True, "g": True, "h": True, "slot": True, "value": True, "annotated": True,
        "inherited": True, "outside": True, "plain": False, "bare": None, "bare_in_base": None, "new": None,
        "new_too": None, "maybe": None, "both": None,
    }  # fmt: skip


def test_which_name_means_the_instance() -> None:
    text = """
        class C:
            @staticmethod
            def a(self): self.no = 1
            @classmethod
            def b(klass): klass.on_class = 1
            def c(this, /): this.own = 1
            def d(): nobody.no = 1
            def __new__(cls):
                made = super().__new__(cls)
                made.early = 1
                return made
    """
    assert sorted(members(text)) == ["a", "b", "c", "d", "early", "on_class", "own"]


def test_attributes_that_the_module_sets_on_the_class() -> None:
    assert members("class C: ...\nC.x = 1\ndef f(): C._instance = None") == {"x": "value", "_instance": "value"}


BASES = """
    import abc
    from typing import Generic, Protocol, TypeVar
    T = TypeVar("T")
    class Top(abc.ABC):
        x = 1
        def top(self): ...
    class Left(Top):
        def x(self): ...
        def left(self): self.attribute = 1
    class Right(Top, Generic[T]):
        x: int
        def right(self): ...
    class C(Left, Right[int], object): ...
"""


def test_inherited_members_of_a_diamond() -> None:
    info = read(BASES)
    assert members(BASES) == {
        "x": "function",
        "left": "function",
        "attribute": "value",
        "right": "function",
        "top": "function",
    }
    assert (info.complete, info.bases) == (True, ("m.Left", "m.Right", "m.Top"))
    assert (info.qualified_name, info.path, info.line) == ("m.C", "m.py", 14)


@pytest.mark.parametrize(
    ("bases", "kind"),
    [("dict", dict), ("list[int]", list), ("Exception", Exception), ("typing.Dict[str, int]", dict)],
)
def test_builtin_bases(bases: str, kind: type) -> None:
    info = read(f"import typing\nclass C({bases}): x = 1")
    assert (set(info.members), info.complete) == (set(dir(kind)) | OBJECT | {"x"}, True)
    assert info.bases == (f"builtins.{kind.__name__}",)


def test_members_of_abstract_collections() -> None:
    info = read("from collections.abc import MutableMapping\nclass C(MutableMapping): ...")
    assert {"get", "update", "pop", "keys"} <= set(info.members)
    assert info.complete is True


def test_an_enumeration() -> None:
    info = read("from enum import Enum\nclass C(Enum):\n A = 1")
    assert {"A", "name", "value"} <= set(info.members)
    assert (info.complete, info.constructor) == (True, None)


def test_a_named_tuple_and_a_dataclass() -> None:
    found = members("from typing import NamedTuple\nclass C(NamedTuple):\n a: int")
    assert {"a", "_replace", "_asdict", "count", "index"} <= set(found)
    assert "__match_args__" in members("from dataclasses import dataclass\n@dataclass\nclass C:\n a: int = 1")


@pytest.mark.parametrize(
    "text",
    [
        "class C(elsewhere.Base): ...",
        "import elsewhere\nclass C(elsewhere.Base): ...",
        "class C(make()): ...",
        "class C(*bases): ...",
        "class C(C): ...",
        "Base = make()\nclass C(Base): ...",
        "class A: ...\nBase = A\nclass C(Base): ...\nBase = 1",
        "from elsewhere import *\nclass C(Exception): ...",
        "class C:\n def __getattr__(self, name): ...",
        "class C:\n def __getattribute__(self, name): ...",
        "class A:\n __getattr__ = make()\nclass C(A): ...",
        "class C: ...\nC.__getattr__ = make()",
        "@decorated\nclass C: ...",
        "@decorated\nclass A: ...\nclass C(A): ...",
        "class C(metaclass=elsewhere.Meta): ...",
        "class X: ...\nclass Y: ...\nclass A(X, Y): ...\nclass B(Y, X): ...\nclass C(A, B): ...",
        "class A(C): ...\nclass C(A): ...",
    ],
)
def test_classes_that_may_have_any_member(text: str) -> None:
    assert read(text).complete is False


@pytest.mark.parametrize(
    "decorator",
    [
        "dataclasses.dataclass",
        "dataclasses.dataclass(frozen=True)",
        "typing.final",
        "typing_extensions.final",
        "typing.runtime_checkable",
        "functools.total_ordering",
        "warnings.deprecated('old')",
    ],
)
def test_decorators_that_leave_the_members_alone(decorator: str) -> None:
    text = f"import dataclasses, functools, typing, typing_extensions, warnings\n@{decorator}\nclass C: ..."
    info = read(text)
    assert (info.complete, info.constructor) == (True, Signature((), f"m.py:{info.line}"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "C = 1",
        "def C(): ...",
        "from elsewhere import C",
        "if c:\n class C: ...\nelse:\n class C: ...",
        "try:\n from elsewhere import C\nexcept ImportError:\n class C: ...",
        "(",
    ],
)
def test_what_is_no_certain_class(text: str) -> None:
    known = module(text)
    assert (known.class_info("m.C"), known.class_info("m.C")) == (None, None)


def test_the_class_at_run_time_counts() -> None:
    text = "if TYPE_CHECKING:\n class C:\n  a: int\nelse:\n class C:\n  b: int"
    assert members(text) == {"b": "value"}


def test_source_goes_before_a_stub() -> None:
    known = project({"m.py": "class C:\n a = 1", "m.pyi": "class C:\n b: int\nclass D: ..."})
    info = known.class_info("m.C")
    assert info is not None
    assert "a" in info.members
    assert "b" not in info.members
    assert known.class_info("m.D") is None


def test_bases_in_other_modules_and_nested_classes() -> None:
    known = project(
        {
            "lib/__init__.py": "from .base import Base as B",
            "lib/base.py": "class Base:\n def get(self): ...",
            "m.py": "import lib\nclass Outer:\n class Base(lib.B): ...\n class C(Base):\n  def put(self): ...\n",
        }
    )
    info = known.class_info("m.Outer.C")
    assert info is not None
    assert {"get", "put"} <= set(info.members)
    assert (info.complete, info.bases) == (True, ("m.Outer.Base", "lib.base.Base"))
    assert info is known.class_info("m.Outer.C")


def test_the_public_names() -> None:
    assert sorted(classes.__all__) == sorted(name for name in classes.__all__ if hasattr(classes, name))
    assert classes.assigned_attributes(ast.parse("f()")) == {}
