"""What the names of a block are bound to at its end."""

from __future__ import annotations

import ast
import textwrap

import pytest

from cachelift.namespace import UNKNOWN, Binding, Namespace, dotted_parts, read_block, statements, truth


class Imports:
    """The imports of a package ``pkg``: one module is known, all others are not."""

    package: tuple[str, ...] = ("", "pkg")

    def absolute(self, level: int, module: str | None) -> tuple[str, ...]:
        if level > 1:
            return ()
        return (("pkg." if level else "") + (module or ""),) if module else ("pkg",)

    def star(self, modules: tuple[str, ...]) -> frozenset[str] | None:
        return frozenset({"a", "b"}) if modules == ("known",) else None


def read(text: str, *, typing: bool = False) -> Namespace:
    return read_block(ast.parse(textwrap.dedent(text)).body, Imports(), typing=typing, given=["given"])


def describe(binding: Binding) -> str:
    if binding.modules:
        return ":".join(["|".join(binding.modules), *binding.attributes])
    return "?" if binding == UNKNOWN else f"{getattr(binding.node, 'lineno', '')}"


def bound(text: str, name: str = "x", *, typing: bool = False) -> list[str]:
    """The bindings of a name: imports by their dotted name, statements by their line, ``?`` for the unknown."""
    found = read(text, typing=typing).names.get(name, frozenset())
    return sorted(describe(binding) for binding in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("y = 1", []),
        ("x = 1", ["1"]),
        ("x = 1\nx = 2", ["2"]),
        ("x = 1\ndel x", []),
        ("x = 1\ndel x.y, x[0]", ["1"]),
        ("x: int", []),
        ("x: int = 1", ["1"]),
        ("x = 1\nx += 1", ["2"]),
        ("x = 1\nx.y += 1", ["1"]),
        ("x.y = 1\nx[0] = 1", []),
        ("x, *y = z", ["1"]),
        ("[*x] = z", ["1"]),
        ("def x(): ...", ["1"]),
        ("async def x(): ...", ["1"]),
        ("class x: ...", ["1"]),
        ("import x", ["x"]),
        ("import x.y", ["x"]),
        ("import x.y, x.z", ["x"]),
        ("import a.b as x", ["a.b"]),
        ("from a import x", ["a:x"]),
        ("from a import b as x", ["a:b"]),
        ("from .a import x", ["pkg.a:x"]),
        ("from . import x", ["pkg:x"]),
        ("from .. import x", ["?"]),
        ("global x", ["?"]),
        ("(x := 1)", ["1"]),
        ("print([(x := y) for y in z])", ["1"]),
        ("f = lambda: (x := 1)", []),
        ("if (x := 1): ...", ["1"]),
        ("@(x := d)\ndef f(a=1): ...", ["2"]),
        ("pass", []),
    ],
)
def test_statements(text: str, expected: list[str]) -> None:
    assert bound(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("class y: ...\nx = y", ["1"]),
        ("class y: ...\nx = z = y", ["1"]),
        ("class y: ...\nx: type = y", ["1"]),
        ("class y: ...\nx = y\ny = 1", ["1"]),
        ("class y: ...\nx = y.z", ["2"]),
        ("import y\nx = y.z.w", ["y:z:w"]),
        ("from m import y\nx = y.z", ["m:y:z"]),
        ("from m import y, z\nx, z = z, y", ["m:z"]),
        ("from m import y\nx, (z, w) = y, (1, 2)", ["m:y"]),
        ("from m import y\n(z, w), x = (1, 2), y.a", ["m:y:a"]),
        ("from m import y\nx, *z = y, y", ["2"]),
        ("from m import y\nx, z = y", ["2"]),
        ("from m import y\nx.a, z = y, y", []),
        ("x = y", ["1"]),
        ("x = given", ["?"]),
        ("from m import y\nx = y()", ["2"]),
    ],
)
def test_plain_aliases(text: str, expected: list[str]) -> None:
    assert bound(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if c:\n x = 1\nelse:\n x = 2", ["2", "4"]),
        ("x = 1\nif c:\n x = 2", ["1", "3"]),
        ("if c:\n from m import x\nelse:\n from m import x", ["m:x"]),
        ("if c:\n x = 1\nelse:\n raise E\n", ["2"]),
        ("if c:\n raise E\nelse:\n raise E\nx = 1", []),
        ("try:\n from a import x\nexcept E:\n from b import x", ["a:x", "b:x"]),
        ("try:\n from a import x\nexcept E:\n pass", ["a:x"]),
        ("try:\n from a import x\nexcept E:\n raise\n", ["a:x"]),
        ("try:\n from a import x\nexcept E as x:\n pass", ["a:x"]),
        ("try:\n x = 1\n x = 2\nexcept E:\n pass", ["2", "3"]),
        ("try:\n y = 1\nexcept E:\n x = 1\nelse:\n x = 2", ["4", "6"]),
        ("try:\n x = 1\nfinally:\n x = 2", ["4"]),
        ("try:\n raise E\nfinally:\n x = 2\nx = 3", ["4"]),
        ("try:\n x = 1\nexcept* E:\n x = 2", ["2", "4"]),
        ("for x in y: ...", ["1"]),
        ("x = 1\nfor y in z:\n x = 2\n del x\nelse:\n x = 3", ["1", "3", "6"]),
        ("async def f(): ...\nwhile c:\n x = 1", ["3"]),
        ("with y as x: ...", ["1"]),
        ("with y, z as (a, x):\n raise E", ["1"]),
        ("with y:\n x = 1\n raise E\nx = 2", ["4"]),
        ("match y:\n case x: pass", ["1"]),
        ("match y:\n case [*x]: pass", ["1"]),
        ("match y:\n case {**x}: pass", ["1"]),
        ("match y:\n case 1:\n  x = 1\n case _:\n  raise E", ["3"]),
        ("x = 1\nmatch y:\n case 1:\n  x = 2", ["1", "4"]),
    ],
)
def test_control_flow(text: str, expected: list[str]) -> None:
    assert bound(text) == expected


@pytest.mark.parametrize(
    ("text", "run", "checked"),
    [
        ("if TYPE_CHECKING:\n x = 1\nelse:\n x = 2", ["4"], ["2"]),
        ("if not typing.TYPE_CHECKING:\n x = 1", ["2"], []),
        ("if TYPE_CHECKING or c:\n x = 1\nelse:\n x = 2", ["2", "4"], ["2"]),
        ("if TYPE_CHECKING and c:\n x = 1\nelse:\n x = 2", ["4"], ["2", "4"]),
        ("if TYPE_CHECKING or False:\n x = 1", [], ["2"]),
        ("if not c:\n x = 1", ["2"], ["2"]),
        ("if -1:\n x = 1", ["2"], ["2"]),
        ("if 0:\n x = 1", [], []),
    ],
)
def test_branches_for_type_checkers(text: str, run: list[str], checked: list[str]) -> None:
    assert (bound(text), bound(text, typing=True)) == (run, checked)


def test_an_import_of_a_submodule_binds_it_in_its_package() -> None:
    names = read("from .a.b import f\nfrom .c import c\nimport pkg.d.e\nimport other.g").names
    assert {name: sorted(map(describe, bindings)) for name, bindings in names.items()} == {
        "given": ["?"],
        "a": ["pkg.a"],
        "f": ["pkg.a.b:f"],
        "c": ["pkg.c:c"],
        "d": ["pkg.d"],
        "pkg": ["pkg"],
        "other": ["other"],
    }


def test_a_star_import_of_a_known_module_binds_its_names() -> None:
    found = read("a = 1\nfrom known import *")
    assert found.open is False
    assert {name: sorted(map(describe, bindings)) for name, bindings in found.names.items()} == {
        "given": ["?"],
        "a": ["known:a"],
        "b": ["known:b"],
    }


@pytest.mark.parametrize("star", ["from unknown import *", "from .. import *"])
def test_after_an_unknown_star_import_nothing_before_it_is_certain(star: str) -> None:
    text = f"x = 1\n{star}\ny = 2"
    assert read(text).open is True
    assert (bound(text), bound(text, "y")) == (["1", "?"], ["3"])


def test_an_unknown_star_import_in_one_branch_may_bind_what_the_other_does() -> None:
    text = "try:\n from unknown import *\nexcept E:\n from m import x"
    assert bound(text) == ["?", "m:x"]
    assert bound("from unknown import *\nif c:\n x = 1") == ["3", "?"]
    assert read(text).open is True


def test_a_function_may_bind_a_global_to_anything() -> None:
    assert bound("class x: ...\ndef f():\n if c:\n  global x\n  x = 1") == ["1", "?"]


def test_all_that_a_name_is_ever_bound_to_is_kept() -> None:
    found = read("x = 1\nx = 2\ndel x").ever["x"]
    assert sorted(map(describe, found)) == ["1", "2"]


def test_a_type_alias_is_no_class() -> None:
    # The statement is spelt as a node: the oldest Python that runs the tests has no syntax for it.
    alias = type("TypeAlias", (ast.stmt,), {"_fields": ("name",)})(name=ast.Name("x"), lineno=1)
    found = read_block([alias], Imports()).names["x"]
    assert [binding.node for binding in found] == [alias]


def test_statements_of_all_depths() -> None:
    body = ast.parse(
        "if a:\n b\nelse:\n c\nif TYPE_CHECKING:\n d\nclass E:\n def f(): g\ntry: h\nexcept X: i\nfinally: j\n"
        "match k:\n case 1: l\nif not TYPE_CHECKING: m\n"
    ).body

    def expressions(*, scopes: bool, runtime: bool) -> str:
        found = statements(body, scopes=scopes, runtime=runtime)
        return "".join(sorted(ast.unparse(each) for each in found if isinstance(each, ast.Expr)))

    assert expressions(scopes=False, runtime=False) == "bcdhijlm"
    assert expressions(scopes=True, runtime=True) == "bcghijlm"


@pytest.mark.parametrize(("text", "expected"), [("a.b.c", ("a", "b", "c")), ("a", ("a",)), ("a().b", ()), ("1", ())])
def test_dotted_expressions(text: str, expected: tuple[str, ...]) -> None:
    assert dotted_parts(ast.parse(text, mode="eval").body) == expected


def test_a_negated_unknown_condition_is_unknown() -> None:
    assert truth(ast.parse("not a", mode="eval").body, typing=False) is None
