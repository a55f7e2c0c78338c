"""Frequent forms are rewritten without LibCST, to the same text."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cases
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelift import fragments, rewrite
from cachelift.fragments import RewriteError
from cachelift.model import CallPlan, ImportEdit, ImportedName, NewArgument, StringTarget

VALUES = (
    "x", "1", "'a'", '"é, (b=1)"', "(x)", "( x )", "[a, b]", "f(k=1)", "(y := 1)", "(i for i in z)", "lambda q, r=1: q",
    "a if b else c", "-1", r"'\n'", "f'{x}'", "await q", "(yield)", "x == y", '""" a\nb """', "(\n  1\n)", "a.b[c]",
)  # fmt: skip
SPACES = ("", "", " ", "\n    ", "\t")


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, CallPlan]:
    """A call, and a plan that passes its arguments on where they stand."""
    positional: list[str] = draw(st.lists(st.sampled_from(VALUES), max_size=2))
    named: list[str] = draw(st.lists(st.sampled_from(VALUES), max_size=3))
    space = st.sampled_from(SPACES)
    parts = [draw(space) + value + draw(space) for value in positional]
    for number, value in enumerate(named):
        parts.append(f"{draw(space)}kéy{number}{draw(space)}={draw(space)}{value}{draw(space)}")
    comma = draw(st.sampled_from(("", ","))) if parts else ""
    function = draw(st.sampled_from(("C", "a.C", "Ä")))
    kept = draw(st.integers(0, len(named)))  # how many keywords become positional
    arguments = [NewArgument(index) for index in range(len(positional) + kept)]
    new = draw(st.sampled_from(("new", "kéy")))
    arguments += [NewArgument(len(positional) + number, f"{new}{number}") for number in range(kept, len(named))]
    return f"{function}({','.join(parts)}{comma}{draw(space)})", CallPlan(tuple(arguments))


@given(calls())
def test_a_call_is_rewritten_as_with_libcst(made: tuple[str, CallPlan]) -> None:
    call, plan = made
    plain = fragments._plain_call(call, "m.get", plan)
    if plain is not None:
        assert plain == rewrite.rewrite_call(call, "m.get", plan)


IMPORTS = ("import ", "from . import ", "from .m import ", "from m.n import ", "from  m import ", "from m import (")


@st.composite
def imports(draw: st.DrawFn) -> tuple[str, ImportEdit]:
    """An import statement, and a change of it."""
    head = draw(st.sampled_from(IMPORTS))
    plain = head == "import "
    name = st.sampled_from(("a", "b.c", "d") if plain else ("a", "bc", "d"))
    names = st.tuples(name, st.sampled_from((None, "e", "f")))
    listed = draw(st.lists(names, min_size=1, max_size=4))
    text = head + ", ".join(map(fragments._spelled, listed)) + (")" if head.endswith("(") else "")
    replaced: list[tuple[int, tuple[ImportedName, ...]]] = []
    removed: list[int] = []
    for index in range(len(listed)):
        what = draw(st.sampled_from(("stays", "goes", "changes")))
        if what == "goes":
            removed.append(index)
        elif what == "changes":
            replaced.append((index, tuple(draw(st.lists(names, min_size=1, max_size=2)))))
    added = tuple(draw(st.lists(names, max_size=2)))
    module = None if plain else draw(st.sampled_from((None, "o.p", ".o")))
    return text, ImportEdit(tuple(removed), tuple(replaced), added, module)


@given(imports())
def test_an_import_is_rewritten_as_with_libcst(made: tuple[str, ImportEdit]) -> None:
    statement, edit = made
    assert fragments.rewrite_import(statement, edit) == rewrite.rewrite_import(statement, edit)


@pytest.mark.parametrize(
    ("call", "plan", "plain"),
    [
        ("C()", CallPlan(), "get()"),
        ("C( )", CallPlan(), "get( )"),
        ("C()", CallPlan((NewArgument(None, literal="1"), NewArgument(None, "b", "2"))), "get(1, b=2)"),
        ("C( )", CallPlan((NewArgument(None, literal="1"),)), None),
        ("C(1)", CallPlan((NewArgument(0), NewArgument(None, literal="1"))), None),
        ("C(a=1)", CallPlan((NewArgument(0),)), "get(1)"),
        ("C(\n  a = 'é', b=2,\n)", CallPlan((NewArgument(0), NewArgument(1, "c"))), "get(\n  'é', c=2,\n)"),
        ("C(\r\n  a=1,\r  b=2)", CallPlan((NewArgument(0), NewArgument(1))), "get(\r\n  1,\r  2)"),
        ("C(a=1)", CallPlan((), (0,)), None),
        ("C(a=1, b=2)", CallPlan((NewArgument(1), NewArgument(0))), None),
        ("C(a=1)", CallPlan((NewArgument(0), NewArgument(1))), None),  # not a plan for it
        ("C(*a)", CallPlan((NewArgument(0),)), None),
        ("C(**a)", CallPlan((NewArgument(0),)), None),
        ("C(1)", CallPlan((NewArgument(0, "a"),)), None),
        ("C(a=1, b=2)", CallPlan((NewArgument(0, "c"), NewArgument(1))), None),  # would not parse
        ("C(a=\n1)", CallPlan((NewArgument(0),)), None),
        ("C(a  # a\n=1)", CallPlan((NewArgument(0),)), None),
        ("C(a=1 \\\n)", CallPlan((NewArgument(0),)), None),
        ("C[int](1)", CallPlan((NewArgument(0),)), None),
        ("C (1)", CallPlan((NewArgument(0),)), None),
        ("C(1)(2)", CallPlan((NewArgument(0),)), None),
        ("C.f()(1)", CallPlan((NewArgument(0),)), None),
        ("C(1).x", CallPlan((NewArgument(0),)), None),
        ("C(1", CallPlan((NewArgument(0),)), None),
    ],
)
def test_calls_without_libcst(call: str, plan: CallPlan, plain: str | None) -> None:
    assert fragments._plain_call(call, "get", plan) == plain


def test_f_strings_are_for_libcst() -> None:
    targets = [StringTarget(0, 0, "get", CallPlan((NewArgument(0),)))]
    assert fragments.rewrite_fstring('f"{C(a=1)}"', "C", targets) == 'f"{get(1)}"'


def test_errors_are_those_of_libcst() -> None:
    with pytest.raises(RewriteError, match="the statement does not list as many names"):
        fragments.rewrite_import("from m import a", ImportEdit(remove=(1,)))
    with pytest.raises(RewriteError, match="the fragment is not one import statement"):
        fragments.rewrite_import("import a", ImportEdit(module="m"))


FILE = """from app.services.cache_service import CacheService, make_key

cache: CacheService = CacheService(system="KP")
print(make_key("a"), CacheService(), CacheService({argument}))
"""
PROGRAM = """
import sys
from cachelift.cli import main
code = main(["fix", "--quiet"])
print(code, "libcst" in sys.modules)
"""


@pytest.mark.parametrize(("argument", "loaded"), [('system="A"', False), ('system="A"  # why\n', True)])
def test_only_rare_forms_load_libcst(tmp_path: Path, argument: str, loaded: bool) -> None:
    cases.Case(cases.CASES / "imports" / "from-import", {}).lay_out(tmp_path)
    (tmp_path / "app" / "consumer.py").write_text(FILE.format(argument=argument))
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", str(loaded)]
