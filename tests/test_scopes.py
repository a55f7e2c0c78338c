"""Which scope a name means: the cases one by one. ``test_scopes_oracle`` holds the same rules against CPython."""

from __future__ import annotations

import ast
import sys
import textwrap

import pytest
from newer_nodes import alias, generic, in_class, load, newer, type_variable

from cachelift.analysis.binder import build
from cachelift.analysis.scopes import Scope, ScopeKind, ScopeTree


def tree_of(code: str) -> ScopeTree:
    return build(ast.parse(textwrap.dedent(code)))


def owners(tree: ScopeTree, name: str) -> list[str | None]:
    """Name of the owner of each reference to ``name``, in source order."""
    found = [reference.owner for reference in tree.references if reference.node.id == name]
    return [None if owner is None else owner.name for owner in found]


def bindings(tree: ScopeTree) -> list[str]:
    """Every binding as ``owner.name kind``, with ``@where`` where its code stands in another scope."""
    return [
        f"{binding.owner.name}.{binding.name} {binding.kind.value}"
        + (f" @{binding.where.name}" if binding.where is not binding.owner else "")
        for binding in tree.bindings
    ]


def scope_named(tree: ScopeTree, name: str, kind: ScopeKind | None = None) -> Scope:
    [scope] = [scope for scope in tree.scopes if scope.name == name and kind in (None, scope.kind)]
    return scope


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import a.b.c", ["<module>.a import"]),
        ("import a.b as c, d", ["<module>.c import", "<module>.d import"]),
        ("from m import a, b as c", ["<module>.a from import", "<module>.c from import"]),
        ("from m import *", ["<module>.* star import"]),
        ("a = b, *c = d", ["<module>.a assignment", "<module>.b assignment", "<module>.c assignment"]),
        ("[a, (b, *c)] = d", ["<module>.a assignment", "<module>.b assignment", "<module>.c assignment"]),
        ("a: int = 1", ["<module>.a annotated assignment"]),
        ("a: int", ["<module>.a annotation"]),
        ("(a): int", []),
        ("(a): int = 1", ["<module>.a annotated assignment"]),
        ("a.b: int", []),
        ("a.b, c[d] = e", []),
        ("a += 1", ["<module>.a augmented assignment"]),
        ("a.b += 1", []),
        ("for a, b.c in d: pass", ["<module>.a for"]),
        ("async def f():\n async for a in d: pass", ["<module>.f function", "f.a for"]),
        ("with a as b, c as (d, e), f: pass", ["<module>.b with", "<module>.d with", "<module>.e with"]),
        ("try: pass\nexcept E as a: pass\nexcept F: pass\nexcept: pass", ["<module>.a except"]),
        ("try: pass\nexcept* E as a: pass", ["<module>.a except"]),
        ("del a, b.c, (d, e[f])", ["<module>.a del", "<module>.d del"]),
        ("class A(B, k=C): pass", ["<module>.A class"]),
        (
            "def f(a, /, b=1, *c, d, e=2, **g): pass",
            ["<module>.f function", *(f"f.{name} parameter" for name in "abcdeg")],
        ),
        ("lambda a, *b: 0", ["<lambda>.a parameter", "<lambda>.b parameter"]),
        ("[a for a, b in c for d in a]", ["<listcomp>.a for", "<listcomp>.b for", "<listcomp>.d for"]),
        ("{a: b for a in c}", ["<dictcomp>.a for"]),
        ("{a for a in c}", ["<setcomp>.a for"]),
        ("(a for a in c)", ["<genexpr>.a for"]),
        ("(a := 1)", ["<module>.a walrus"]),
        (
            "[[(a := 1) for b in c] for d in e]",
            ["<module>.a walrus @<listcomp>", "<listcomp>.b for", "<listcomp>.d for"],
        ),
        ("lambda: [(a := b) for b in c]", ["<lambda>.a walrus @<listcomp>", "<listcomp>.b for"]),
        (
            "match a:\n case [b, *c, *_] | {'k': d, **e} | C(f, g=h) as i: pass\n case _: pass",
            ["<module>.i match", *(f"<module>.{name} match" for name in "bcedfh")],
        ),
    ],
)
def test_what_binds(code: str, expected: list[str]) -> None:
    assert bindings(tree_of(code)) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f():\n global x\n x = 1", ["<module>.f function", "<module>.x assignment @f"]),
        ("def f():\n x = 1\n global x", ["<module>.f function", "<module>.x assignment @f"]),
        (
            "def f():\n global x\n [(x := 1) for y in z]",
            ["<module>.f function", "<module>.x walrus @<listcomp>", "<listcomp>.y for"],
        ),
        ("class A:\n global x\n x = 1", ["<module>.A class", "<module>.x assignment @A"]),
        ("global x\nx = 1", ["<module>.x assignment"]),
        (
            "def f():\n def g():\n  nonlocal x\n  x = 1\n x = 2",
            ["<module>.f function", "f.g function", "f.x assignment @g", "f.x assignment"],
        ),
        (
            "def f(x):\n class A:\n  nonlocal x\n  def x(self): pass",
            ["<module>.f function", "f.x parameter", "f.A class", "f.x function @A", "x.self parameter"],
        ),
        (
            "def f(x):\n def g():\n  nonlocal x\n  def h():\n   nonlocal x\n   del x",
            ["<module>.f function", "f.x parameter", "f.g function", "g.h function", "f.x del @h"],
        ),
        (
            "class A:\n def f():\n  nonlocal __class__\n  __class__ = 1\ndef g(x):\n def h():\n  nonlocal x\n  x = 2",
            [
                "<module>.A class",
                "A.f function",
                "A.__class__ assignment @f",
                "<module>.g function",
                "g.x parameter",
                "g.h function",
                "g.x assignment @h",
            ],
        ),
        # The compiler refuses these; the name stays where it stands.
        ("nonlocal x\nx = 1", ["<module>.x assignment"]),
        ("x = 0\ndef f():\n nonlocal x\n x = 1", ["<module>.x assignment", "<module>.f function", "f.x assignment"]),
        (
            "class A:\n x = 0\n def f(self):\n  nonlocal y\n  y = 1",
            ["<module>.A class", "A.x assignment", "A.f function", "f.self parameter", "f.y assignment"],
        ),
    ],
)
def test_declarations_count_for_the_whole_block(code: str, expected: list[str]) -> None:
    assert bindings(tree_of(code)) == expected


def test_bindings_of_a_scope_are_in_source_order() -> None:
    tree = tree_of("""
        def f():
            def g():
                nonlocal x
                x = 1
            x = 2
            def h():
                nonlocal x
                x = 3
        """)
    scope = scope_named(tree, "f")
    assert [binding.statement.lineno for binding in tree.bindings_of(scope, "x")] == [5, 6, 9]
    assert [binding.where.name for binding in scope.bindings["x"]] == ["g", "f", "h"]
    assert list(tree.bindings_of(scope, "y")) == []


def test_what_comes_behind_a_class_cell_has_its_place_too() -> None:
    tree = tree_of("""
        class A:
            def f(self):
                nonlocal __class__
                __class__ = 1
                def g(x):
                    def h():
                        nonlocal x
                        x = 2
        """)
    assert "__class__" not in scope_named(tree, "A").bindings
    assert [binding.where.name for binding in scope_named(tree, "g").bindings["x"]] == ["g", "h"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x", [None]),
        ("x\nx = 1", ["<module>"]),
        ("def f():\n x", [None]),
        ("def f():\n x\nx = 1", ["<module>"]),
        ("def f():\n x\ndef g():\n global x\n x = 1", ["<module>"]),
        ("def f():\n global x\n x", [None]),
        ("def f():\n x\n x = 1", ["f"]),
        ("def f():\n x\n del x", ["f"]),
        ("def f():\n x\n x: int", ["f"]),
        ("def f():\n x\n (x): int", [None]),
        ("def f(x):\n def g():\n  x", ["f"]),
        ("def f(x):\n def g():\n  global x\n  def h():\n   x", [None]),
        ("x = 0\ndef f(x):\n def g():\n  global x\n  def h():\n   x", ["<module>"]),
        ("def f(x):\n def g():\n  nonlocal x\n  x", ["f"]),
        ("def f(x):\n class A:\n  x", ["f"]),
        ("def f(x):\n class A:\n  x = x", ["A"]),
        ("class A:\n x = 1\n x", ["A"]),
        ("class A:\n x = 1\n def f(self):\n  x", [None]),
        ("class A:\n x = 1\n class B:\n  x", [None]),
        ("class A:\n x = 1\n lambda: x", [None]),
        ("class A:\n x = 1\n [x for y in x]", [None, "A"]),
        ("class A:\n x = 1\n [y for y in z for w in x]", [None]),
        ("class A:\n x = 1\n [y for y in z if x]", [None]),
        ("class A:\n x = 1\n @x\n def f(self, a: x = x, *b: x, c=x, **d: x) -> x: x", [*["A"] * 7, None]),
        ("class A:\n x = 1\n @x\n class B(x, k=x): x", ["A", "A", "A", None]),
        ("@x\ndef f(x: x = x) -> x: x", [None, None, None, None, "f"]),
        ("lambda x=x: x", [None, "<lambda>"]),
        ("[x for x in x]", ["<listcomp>", None]),
        ("[x for y in z for x in x]", ["<listcomp>", "<listcomp>"]),
        ("[[x for y in x] for x in x]", ["<listcomp>", "<listcomp>", None]),
        ("x = 1\n[(x := x) for y in x]", ["<module>", "<module>"]),
        ("def f():\n [x := y for y in z]\n x", ["f"]),
        ("x += x", ["<module>", "<module>"]),
        ("def f():\n x += 1", ["f"]),
        ("try: pass\nexcept x as x: x", ["<module>", "<module>"]),
        ("match x:\n case x(): x", [None, None, None]),
        ("match x:\n case {x.y: x}: x", ["<module>", "<module>", "<module>"]),
        ("f'{x!r:>{x}}' + f'{(lambda x: x)}'", [None, None, "<lambda>"]),
        ("for x in x: x\nelse: x", ["<module>"] * 3),
        ("with x as x: x", ["<module>"] * 2),
        ("from m import *\nx", [None]),
        ("import x.y\nx.y.z", ["<module>"]),
        ("import y.x\nx", [None]),
        ("from x import y\nx", [None]),
        ("y.x\nf(x=1)\nx = 1", []),
    ],
)
def test_what_a_name_means(code: str, expected: list[str | None]) -> None:
    assert owners(tree_of(code), "x") == expected


@pytest.mark.parametrize(
    "code",
    [
        "a(b, *c, d=e, **f)",
        "a(b=c, *d, e=f, **g)",
        "class A(a, b=c, *d): e",
        "{a: b, **c, d: e}",
        "a if b else c",
        "@a\ndef f(x, y: b = c, *z: d, v: e = f, **w: g) -> h: i",
        "@a\nclass A(b): c",
        "a < b < c",
        "lambda x=a, *, y=b: c",
        "f'{a:{b}}{c}'",
        "match a:\n case {b.x: c.x, d.x: e(f.x)} if g: h",
    ],
)
def test_references_are_in_source_order(code: str) -> None:
    names = [reference.node.id for reference in tree_of(code).references]
    assert names == sorted(names)
    assert len(names) >= 3


def test_references_are_found_by_their_node() -> None:
    module = ast.parse("x += y\nz = 1\ndel z")
    tree = build(module)
    statement = module.body[0]
    assert isinstance(statement, ast.AugAssign)
    assert isinstance(statement.target, ast.Name)
    assert isinstance(statement.value, ast.Name)
    assert tree.by_node[statement.target].owner is tree.module
    assert tree.by_node[statement.value].owner is None
    assert list(tree.by_node.values()) == tree.references
    assert [reference.node.id for reference in tree.references] == ["x", "y"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("class A:\n def f(self):\n  __class__", ["A"]),
        ("class A:\n def f(self):\n  return [__class__ for x in y]", ["A"]),
        ("class A:\n __class__", [None]),
        ("class A:\n __class__ = B\n __class__\n def f(self): __class__", ["A", "A"]),
        ("class A:\n def f(self, __class__): __class__", ["f"]),
        ("class A:\n def f(self):\n  class B:\n   __class__", ["A"]),
        ("def f(): __class__", [None]),
        # Rebinding the cell makes it no name of the class body.
        ("class A:\n def f(self):\n  nonlocal __class__\n  __class__ = 1\n  __class__\n __class__", ["A", None]),
    ],
)
def test_the_implicit_class_cell(code: str, expected: list[str | None]) -> None:
    assert owners(tree_of(code), "__class__") == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("class A:\n __x = 1", ["<module>.A class", "A._A__x assignment"]),
        ("class __A:\n __x = 1", ["<module>.__A class", "__A._A__x assignment"]),
        (
            "class A:\n from __m import __x, y as __z",
            ["<module>.A class", "A._A__x from import", "A._A__z from import"],
        ),
        ("class A:\n import __x.y", ["<module>.A class", "A._A__x import"]),
        (
            "class A:\n def f(__x):\n  global __y\n  __y = 1",
            ["<module>.A class", "A.f function", "f._A__x parameter", "<module>._A__y assignment @f"],
        ),
        ("class A:\n class B:\n  __x = 1", ["<module>.A class", "A.B class", "B._B__x assignment"]),
        # Nothing is mangled here.
        ("__x = 1", ["<module>.__x assignment"]),
        ("class A:\n __x__ = 1", ["<module>.A class", "A.__x__ assignment"]),
        ("class A:\n _x = 1", ["<module>.A class", "A._x assignment"]),
        ("class __:\n __x = 1", ["<module>.__ class", "__.__x assignment"]),
        ("class A:\n class _:\n  __x = 1", ["<module>.A class", "A._ class", "_.__x assignment"]),
    ],
)
def test_private_names(code: str, expected: list[str]) -> None:
    assert bindings(tree_of(code)) == expected


def test_private_names_are_looked_up_mangled() -> None:
    tree = tree_of("""
        _A__x = 0
        class A:
            __y = 1
            def f(self):
                return __x, __y
        """)
    assert owners(tree, "__x") == ["<module>"]
    assert owners(tree, "__y") == [None]
    scope = scope_named(tree, "A")
    assert scope.lookup("__y") is scope
    assert tree.module.lookup("__y") is None
    assert [binding.name for binding in tree.bindings_of(scope, "__y")] == ["_A__y"]


def test_lookup_of_a_name_that_no_code_uses() -> None:
    tree = tree_of("def f(a):\n class B:\n  c = 1\n  def g(self): pass")
    inner = scope_named(tree, "g")
    assert [scope and scope.name for scope in map(inner.lookup, ("a", "B", "c", "f", "len"))] == [
        "f",
        "f",
        None,
        "<module>",
        None,
    ]


def test_path_to_leaves_out_classes_that_are_not_seen() -> None:
    tree = tree_of("""
        def f():
            class A:
                def g(self):
                    return [lambda: x for x in y]
                z
        """)
    innermost = scope_named(tree, "<lambda>")
    assert [scope.name for scope in innermost.path_to(tree.module)] == ["<lambda>", "<listcomp>", "g", "f", "<module>"]
    assert [scope.name for scope in innermost.path_to(None)] == ["<lambda>", "<listcomp>", "g", "f", "<module>"]
    assert [scope.name for scope in innermost.path_to(scope_named(tree, "f"))] == ["<lambda>", "<listcomp>", "g", "f"]
    assert [scope.name for scope in innermost.path_to(scope_named(tree, "A"))] == ["<lambda>", "<listcomp>", "g", "A"]
    assert [scope.name for scope in scope_named(tree, "A").path_to(None)] == ["A", "f", "<module>"]
    assert innermost.path_to(innermost) == [innermost]
    with pytest.raises(ValueError, match=r"^<Scope <lambda> lambda> is not around <Scope f function>$"):
        scope_named(tree, "f").path_to(innermost)


def test_scope_of() -> None:
    module = ast.parse(
        "@a\ndef f(b: c = d) -> e:\n  try: g\n  except h: [i for j in k if l]\nclass M(n): o\nlambda p=q: r"
    )
    tree = build(module)
    found = {node.id: tree.scope_of(node).name for node in ast.walk(module) if isinstance(node, ast.Name)}
    assert found == {
        **dict.fromkeys("acdenq", "<module>"),
        **dict.fromkeys("ghk", "f"),
        **dict.fromkeys("ijl", "<listcomp>"),
        "o": "M",
        "r": "<lambda>",
    }
    assert [tree.scope_of(statement) for statement in module.body] == [tree.module] * 3
    assert tree.scope_of(module) is tree.module
    with pytest.raises(KeyError):
        tree.scope_of(ast.Name("x"))


def test_statement_of() -> None:
    module = ast.parse("if a:\n  b = lambda c: d\nelse:\n  match e:\n    case f: g")
    tree = build(module)
    lines = {node.id: type(tree.statement_of(node)).__name__ for node in ast.walk(module) if isinstance(node, ast.Name)}
    assert lines == {"a": "If", "b": "Assign", "d": "Assign", "e": "Match", "g": "Expr"}
    assert tree.statement_of(module.body[0]) is module.body[0]
    assert [type(binding.statement).__name__ for binding in tree.bindings] == ["Assign", "Assign", "Match"]
    with pytest.raises(KeyError):
        tree.statement_of(module)


def test_every_node_has_its_parent() -> None:
    module = ast.parse(
        "@a\ndef f(b: c = d, *e, **g) -> h:\n  (i): j\n  import k\nclass L(m, n=o): {**p}\n[q for q in r if s]"
    )
    tree = build(module)
    shared = (ast.expr_context, ast.operator)
    for parent in ast.walk(module):
        for child in ast.iter_child_nodes(parent):
            if not isinstance(child, shared):
                assert tree.parents[child] is parent
    assert module not in tree.parents


def test_scopes_know_their_place() -> None:
    tree = tree_of("class A:\n def f(self): lambda: 0\n{x: y for x in z}")
    assert [(scope.kind, scope.name, scope.parent and scope.parent.name) for scope in tree.scopes] == [
        (ScopeKind.MODULE, "<module>", None),
        (ScopeKind.CLASS, "A", "<module>"),
        (ScopeKind.FUNCTION, "f", "A"),
        (ScopeKind.LAMBDA, "<lambda>", "f"),
        (ScopeKind.COMPREHENSION, "<dictcomp>", "<module>"),
    ]
    assert [scope.name for scope in tree.module.children] == ["A", "<dictcomp>"]
    assert {scope.module for scope in tree.scopes} == {tree.module}


def test_declared_names() -> None:
    scope = scope_named(tree_of("def f(x):\n def g():\n  global a, b\n  nonlocal x"), "g")
    assert (scope.globals, scope.nonlocals) == ({"a", "b"}, {"x"})


def test_what_a_debugger_shows() -> None:
    tree = tree_of("x = 1\nprint(x)")
    assert repr(tree.module) == "<Scope <module> module>"
    assert repr(tree.bindings) == "[<Binding x assignment line 1>]"
    assert repr(tree.references) == "[<Reference print line 2>, <Reference x line 2>]"


def test_depth_costs_no_recursion() -> None:
    depth = 10_000
    expression: ast.expr = ast.Name("x", ast.Load())
    for _ in range(depth):
        expression = ast.Attribute(expression, "y", ast.Load())
    for _ in range(depth):
        expression = ast.UnaryOp(ast.Not(), expression)
    tree = build(ast.Module([ast.Expr(expression)], []))
    assert owners(tree, "x") == [None]
    assert len(tree.parents) == 2 * depth + 2


# Syntax of Python 3.12 to 3.14.


def kinds(tree: ScopeTree, name: str) -> list[ScopeKind | None]:
    found = [reference.owner for reference in tree.references if reference.node.id == name]
    return [None if owner is None else owner.kind for owner in found]


def test_generic_function() -> None:
    parameters = [type_variable("T"), newer("ParamSpec", name="P"), newer("TypeVarTuple", name="Ts")]
    tree = build(generic("@T\ndef f(x: T = T, *y: Ts) -> P: T", *parameters))
    inner = ScopeKind.TYPE_PARAMETERS
    assert kinds(tree, "T") == [None, inner, None, inner]
    assert kinds(tree, "Ts") == kinds(tree, "P") == [inner]
    assert bindings(tree)[0] == "<module>.f function"
    assert sorted(bindings(tree)[1:]) == [
        "f.P type parameter",
        "f.T type parameter",
        "f.Ts type parameter",
        "f.x parameter",
        "f.y parameter",
    ]
    function = tree.module.node.body[0]  # type: ignore[attr-defined]
    assert tree.scope_of(function.args.args[0].annotation).kind is inner
    assert tree.scope_of(function.args.defaults[0]) is tree.module
    assert tree.scope_of(function.returns).kind is inner
    assert tree.scope_of(function.body[0]).kind is ScopeKind.FUNCTION
    assert tree.scope_of(function) is tree.module


def test_generic_class() -> None:
    tree = build(generic("@T\nclass C(B[T], k=T): T", type_variable("T")))
    inner = ScopeKind.TYPE_PARAMETERS
    assert kinds(tree, "T") == [None, inner, inner, inner]
    body = scope_named(tree, "C", ScopeKind.CLASS)
    assert body.parent is scope_named(tree, "C", inner)


def test_bounds_and_defaults_are_scopes_of_their_own() -> None:
    tree = build(generic("def f(): pass", type_variable("T", load("U"), load("T")), type_variable("U")))
    assert [(scope.kind, scope.name) for scope in tree.scopes[1:]] == [
        (ScopeKind.TYPE_PARAMETERS, "f"),
        (ScopeKind.FUNCTION, "f"),
        (ScopeKind.TYPE_ALIAS, "T"),
        (ScopeKind.TYPE_ALIAS, "T"),
    ]
    assert [reference.where.name for reference in tree.references] == ["T", "T"]
    assert kinds(tree, "T") == kinds(tree, "U") == [ScopeKind.TYPE_PARAMETERS]


def test_alias() -> None:
    tree = build(ast.Module([alias("X", load("Y")), alias("Y", load("T"), type_variable("T"))], []))
    assert bindings(tree) == ["<module>.X type alias", "<module>.Y type alias", "Y.T type parameter"]
    assert owners(tree, "Y") == ["<module>"]
    assert kinds(tree, "T") == [ScopeKind.TYPE_PARAMETERS]
    assert [reference.where.kind for reference in tree.references] == [ScopeKind.TYPE_ALIAS] * 2


def build_in_class(statement: ast.stmt, *code: str) -> ScopeTree:
    return build(in_class(statement, *code))


def test_annotation_scopes_see_the_class() -> None:
    assert owners(build_in_class(alias("X", load("x"))), "x") == ["C"]
    assert owners(build_in_class(alias("X", load("x"), type_variable("T", load("x")))), "x") == ["C", "C"]
    method = generic("def f(self, a: x): x", type_variable("T", load("x"))).body[0]
    assert owners(build_in_class(method), "x") == ["C", "C", None]
    assert owners(build_in_class(generic("class D(x): x", type_variable("T")).body[0]), "x") == ["C", None]


def test_the_class_comes_before_the_type_parameters() -> None:
    """As CPython does it: ``class C: x = 1; type X[x] = x`` gives 1."""
    tree = build_in_class(alias("X", load("x"), type_variable("x")))
    assert kinds(tree, "x") == [ScopeKind.CLASS]
    tree = build_in_class(alias("X", load("T"), type_variable("T")))
    assert kinds(tree, "T") == [ScopeKind.TYPE_PARAMETERS]


def test_annotation_scopes_follow_the_declarations_of_the_class() -> None:
    code = "x = 0\ndef f():\n    x = 1\n    class C:\n        {} x\n        x = 2"
    assert owners(build_in_class(alias("X", load("x")), code.format("global")), "x") == ["<module>"]
    assert owners(build_in_class(alias("X", load("x")), code.format("nonlocal")), "x") == ["f"]


def test_what_is_nested_in_an_annotation_scope_does_not_see_the_class() -> None:
    value = ast.parse("lambda: x", mode="eval").body
    assert owners(build_in_class(alias("X", value)), "x") == [None]
    value = ast.parse("[x for y in x]", mode="eval").body
    assert owners(build_in_class(alias("X", value)), "x") == [None, "C"]


def test_path_to_goes_through_a_class_that_is_seen() -> None:
    tree = build_in_class(alias("X", load("y"), type_variable("T")))
    value = scope_named(tree, "X", ScopeKind.TYPE_ALIAS)
    assert [scope.kind for scope in value.path_to(None)] == [
        ScopeKind.TYPE_ALIAS,
        ScopeKind.TYPE_PARAMETERS,
        ScopeKind.CLASS,
        ScopeKind.MODULE,
    ]


def test_private_type_parameters() -> None:
    """Around a generic class only the type parameters are mangled; around a function nothing new is."""
    tree = build(generic("__B = 1\nclass C(__T, __B): __T", type_variable("__T")))
    assert kinds(tree, "__T") == [ScopeKind.TYPE_PARAMETERS] * 2
    assert owners(tree, "__B") == ["<module>"]
    tree = build(generic("def f(a: __T): __T", type_variable("__T")))
    assert sorted(bindings(tree)) == ["<module>.f function", "f.__T type parameter", "f.a parameter"]
    assert kinds(tree, "__T") == [ScopeKind.TYPE_PARAMETERS] * 2


def test_template_strings() -> None:
    part = newer("Interpolation", ast.expr, value=load("x"), str="x", conversion=-1, format_spec=None)
    template = newer("TemplateStr", ast.expr, values=[ast.Constant("a"), part])
    tree = build(ast.Module([ast.Assign([ast.Name("x", ast.Store())], template)], []))
    assert owners(tree, "x") == ["<module>"]


NEWER_SYNTAX = [
    ("class A:\n x = 1\n type X[T] = x\n def f[T](self, a: x) -> T: x", ["A", "A", None]),
    ("type X[T: x] = x\nx = 1", ["<module>", "<module>"]),
    ("def f[x](a: x, b=x) -> x: x", ["f", None, "f", "f"]),
]


def test_newer_syntax_as_it_is_parsed() -> None:
    programs = NEWER_SYNTAX if sys.version_info >= (3, 12) else []
    assert [owners(tree_of(code), "x") for code, _ in programs] == [expected for _, expected in programs]
