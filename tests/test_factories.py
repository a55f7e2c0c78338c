"""What a call of the factory gives, as far as its source shows."""

from __future__ import annotations

import textwrap

import pytest
from memory import module

from cachelift.factories import result_problem, returned_classes

HEADER = """
import contextlib
from collections.abc import Awaitable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Optional
import third
class Cache: ...
class Other: ...
"""

GIVES_THE_OBJECT = {
    "a call": "def f():\n return Cache()",
    "a class": "f = Cache",
    "something unknown": "f = third.f",
    "a call of what is unknown": "def f():\n return third.make()",
    "a call of a call": "def f():\n return third()()",
    "nothing that can be followed": "def f():\n return [Cache()][0]",
    "a name of another function's": "def f():\n x = Cache()\n return x",
    "a name that is given itself": "def f(x):\n x = x\n return x",
    "an annotation without a value": "def f():\n x: Cache\n return x",
    "no result": "def f(): ...",
    "yield in an inner function": "def f():\n def g():\n  yield 1\n return Cache()",
    "yield in a lambda": "def f():\n g = lambda: (yield)\n return Cache()",
    "yield in a class's method": "def f():\n class G:\n  def g(self):\n   yield\n return Cache()",
    "yield in a function that is not returned": "def g():\n yield\ndef f():\n g()\n return Cache()",
    "a parameter hides the generator": "def g():\n yield\ndef f(g):\n return g()",
    "a variadic parameter hides the generator": "def g():\n yield\ndef f(*g):\n return g()",
    "a keyword parameter hides the generator": "def g():\n yield\ndef f(*, x, **g):\n return g()",
    "a known decorator": "import functools\n@functools.cache\ndef f():\n return Cache()",
    "a callee with a known decorator": (
        "import functools\n@functools.cache\ndef g():\n return Cache()\ndef f():\n return g()"
    ),
    "a callee with a decorator that is called": "@third.retry(3)\ndef g():\n return Cache()\ndef f():\n return g()",
    "functions that return one another's results": "def f():\n return g()\ndef g():\n return f()",
    "a plain annotation": "def f() -> Cache:\n return Cache()",
    "a string": "def f() -> 'Cache':\n return Cache()",
    "a string that is no annotation": "def f() -> 'a cache':\n return Cache()",
    "a string with a null character": "def f() -> 'a\\0':\n return Cache()",
    "a number": "def f() -> 1:\n return Cache()",
    "a special form": "def f() -> Optional[Cache]:\n return Cache()",
    "a class of that name": "class Iterator: ...\ndef f() -> Iterator:\n return Cache()",
    "a third party's": "def f() -> third.Iterator[Cache]:\n return Cache()",
    "an annotation that is no name": "def f() -> [Cache]:\n return Cache()",
}

OTHERWISE = {
    "a decorator that is not known": ("@third.wrap\ndef f():\n return Cache()", "factory-result"),
    "a generator": ("def f():\n yield Cache()", "factory-result"),
    "a generator that delegates": ("def f():\n if 1:\n  x = yield from g()", "factory-result"),
    "an asynchronous generator": ("async def f():\n yield Cache()", "factory-result"),
    "a coroutine function": ("async def f():\n return Cache()", "async-factory"),
    "awaitable": ("def f() -> Awaitable[Cache]: ...", "async-factory"),
    "coroutine in a string": ("def f() -> ' Coroutine[None, None, Cache]': ...", "async-factory"),
    "iterator": ("def f() -> Iterator[Cache]: ...", "factory-result"),
    "context manager": ("def f() -> AbstractContextManager: ...", "factory-result"),
    "None": ("def f() -> None: ...", "factory-result"),
    "None in a string": ("def f() -> 'None': ...", "factory-result"),
    "a generator's result": ("def g():\n yield\ndef f():\n return g()", "factory-result"),
    "a coroutine's result": ("async def g(): ...\ndef f():\n return g()", "async-factory"),
    "either": ("async def g(): ...\ndef f(x):\n return Cache() if x else g()", "async-factory"),
    "or": ("async def g(): ...\ndef f(x):\n return x or g()", "async-factory"),
    "bound on the way": ("async def g(): ...\ndef f():\n return (x := g())", "async-factory"),
    "bound before": ("async def g(): ...\ndef f():\n if (x := g()):\n  return x", "async-factory"),
    "assigned before": ("async def g(): ...\ndef f():\n x = y = g()\n return y", "async-factory"),
    "assigned with an annotation": ("async def g(): ...\ndef f():\n x: object = g()\n return x", "async-factory"),
    "an attribute": ("async def g(): ...\ndef f(s):\n s.x = g()\n return s.x", "async-factory"),
    "the second of two": (
        "async def g(): ...\ndef h(): ...\ndef f(x):\n if x:\n  return h()\n return g()",
        "async-factory",
    ),
    "a context manager made by a decorator": (
        "@contextlib.contextmanager\ndef g() -> Iterator[Cache]: ...\ndef f():\n return g()",
        "factory-result",
    ),
    "the function itself under that decorator": ("@contextmanager\ndef f(): ...", "factory-result"),
    "behind a name in the function": (
        "def f():\n from m import g as h\n return h()\ndef g():\n yield",
        "factory-result",
    ),
}


def text(source: str) -> str:
    return HEADER + textwrap.dedent(source)


@pytest.mark.parametrize("source", GIVES_THE_OBJECT.values(), ids=GIVES_THE_OBJECT)
def test_what_may_give_the_object(source: str) -> None:
    assert result_problem(module(text(source)), "m.f", "m.Old") is None


@pytest.mark.parametrize(("source", "reason"), OTHERWISE.values(), ids=OTHERWISE)
def test_what_gives_something_else(source: str, reason: str) -> None:
    assert result_problem(module(text(source)), "m.f", "m.Old") == reason


KEPT = """
class Old:
    kept = None
    def __new__(cls, *args):
        if cls.kept is None:
            cls.kept = super().__new__(cls)
        return cls.kept
"""
KEPT_BY_METACLASS = """
class Meta(type):
    kept = {}
    def __call__(cls, *args):
        if args not in cls.kept:
            cls.kept[args] = super().__call__(*args)
        return cls.kept[args]
class Old(metaclass=Meta): ...
"""
NOT_KEPT = """
class Old:
    def __new__(cls, *args):
        self = super().__new__(cls)
        return self
"""
SHARING = {
    "made anew": (KEPT, "def f():\n return Cache()", "factory-result"),
    "made anew, by a metaclass": (KEPT_BY_METACLASS, "def f():\n return Cache()", "factory-result"),
    "made anew, of a table": (
        "class Old:\n def __new__(cls, x):\n  return made.setdefault(x, super().__new__(cls))\n",
        "def f():\n return Cache()",
        "factory-result",
    ),
    "made anew, behind a name": (
        "class Old:\n def __new__(cls):\n  kept = cls.one\n  if not kept:\n   kept = cls.one = new()\n  return kept\n",
        "def f():\n return Cache()",
        "factory-result",
    ),
    "made anew, one of two": (KEPT, "def f(x):\n if x:\n  return Other()\n return Cache()", "factory-result"),
    "kept by the factory": (KEPT, "import functools\n@functools.cache\ndef f():\n return Cache()", None),
    "kept in a table": (KEPT, "def f(x):\n return made.setdefault(x, Cache())", None),
    "of a class that keeps": (
        KEPT + "class New(Old): ...\n" + KEPT.replace("Old", "Same"),
        "def f():\n return Same()",
        None,
    ),
    "the class makes one at each call": (NOT_KEPT, "def f():\n return Cache()", None),
    "nothing of it": ("class Old: ...", "def f():\n return Cache()", None),
}


@pytest.mark.parametrize(("old", "source", "reason"), SHARING.values(), ids=SHARING)
def test_what_the_class_gives_out_again(old: str, source: str, reason: str | None) -> None:
    assert result_problem(module(text(old + source)), "m.f", "m.Old") == reason


def test_a_factory_that_is_not_there() -> None:
    assert result_problem(module(text("")), "m.f", "m.Old") is None
    assert returned_classes(module(text("")), "m.f") == ()


def test_only_so_many_functions_are_followed() -> None:
    chain = "\n".join(f"def f{i}():\n return f{i + 1}()" for i in range(9))
    end = "async def f9(): ..."
    assert result_problem(module(f"{chain}\n{end}"), "m.f4", "m.Old") == "async-factory"
    assert result_problem(module(f"{chain}\n{end}"), "m.f3", "m.Old") is None


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f():\n return Cache()", ["m.Cache"]),
        ("def f(x):\n return Cache() if x else Other()", ["m.Cache", "m.Other"]),
        ("def f():\n return g()\ndef g():\n x = Cache()\n return x", ["m.Cache"]),
        ("def f():\n return g()\ndef g():\n return f()", []),
        ("def f():\n return third.Cache()", []),
        ("async def f():\n return Cache()", []),
        ("f = Cache", []),
        ("def f(Cache):\n return Cache()", []),
        ("def f():\n Cache()", []),
    ],
)
def test_the_classes_whose_objects_are_returned(source: str, expected: list[str]) -> None:
    assert [found.qualified_name for found in returned_classes(module(text(source)), "m.f")] == expected
