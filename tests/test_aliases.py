"""Which names a statement binds, and to which dotted expressions."""

from __future__ import annotations

import ast

import pytest

from cachelift.aliases import aliases, bound_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import a.b, c as d", {"a", "d"}),
        ("from a import b, c as d", {"b", "d"}),
        ("from a import *", {"*"}),
        ("def f(x): y = 1", {"f"}),
        ("async def f(): ...", {"f"}),
        ("class C:\n    x = 1", {"C"}),
        ("a = (b, [c]) = d.e = f[0] = 1", {"a", "b", "c"}),
        ("a: int", {"a"}),
        ("a += 1", {"a"}),
        ("for a, b in c:\n    d = 1", {"a", "b"}),
        ("with a as b, c, d as (e, f):\n    g = 1", {"b", "e", "f"}),
        ("print(a)", set()),
        ("if a:\n    b = 1", set()),
        ("del a", set()),
    ],
)
def test_the_names_that_one_statement_binds(text: str, names: set[str]) -> None:
    [statement] = ast.parse(text).body

    assert bound_names(statement) == names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A = b.C", [("A", ("b", "C"))]),
        ("A: type = C", [("A", ("C",))]),
        ("A: type", []),
        ("A, B = C, 1", [("A", ("C",))]),
        ("[A, (B, x.y)] = [C, (D, E)]", [("A", ("C",)), ("B", ("D",))]),
        ("A, B = C", []),
        ("A = B = C", [("A", ("C",)), ("B", ("C",))]),
        ("A = C if x else D", [("A", ("C",)), ("A", ("D",))]),
        ("A = b.C or D", [("A", ("b", "C")), ("A", ("D",))]),
        ("A = (B := C)", [("A", ("C",)), ("B", ("C",))]),
        ("print(B := C)", [("B", ("C",))]),
        ("A = getattr(b.c, 'C')", [("A", ("b", "c", "C"))]),
        ("A = getattr(b, 'C', None)", [("A", ("b", "C"))]),
        ("A = getattr(b, name)", []),
        ("A = getattr(b, 1)", []),
        ("A = getattr(f(), 'C')", []),
        ("A = getattr(b)", []),
        ("A = other(b, 'C')", []),
        ("A += C", []),
    ],
)
def test_the_names_that_a_statement_gives_to_something_else(
    text: str, found: list[tuple[str, tuple[str, ...]]]
) -> None:
    [statement] = ast.parse(text).body

    assert list(aliases(statement)) == found


def test_no_walrus_is_looked_for_where_there_is_none() -> None:
    [statement] = ast.parse("A = (B := C)").body

    assert list(aliases(statement, walrus=False)) == [("A", ("C",))]
