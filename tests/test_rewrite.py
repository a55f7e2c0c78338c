"""Fragments in, fragments out, with comments and layout kept."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cachelift import fragments, rewrite
from cachelift.fragments import RewriteError
from cachelift.model import CallPlan, ImportEdit, NewArgument, StringTarget
from cachelift.rewrite import parses, rewrite_fstring

KP = NewArgument(None, literal='"KP"')
KEYWORD = NewArgument(None, "system", '"KP"')
FIRST, SECOND, THIRD = (NewArgument(index) for index in range(3))
NAMED = NewArgument(0, "system")
NOTHING = CallPlan()
ONE = CallPlan((FIRST,))
DROP_FIRST = CallPlan((SECOND,), dropped=(0,))
DROP_SECOND = CallPlan((FIRST,), dropped=(1,))
SWAP = CallPlan((SECOND, FIRST))


def both(with_libcst: Callable[[], str], facade: Callable[[], str]) -> str:
    """What LibCST makes of a fragment; what is made of it without LibCST, where that is done, is the same."""
    try:
        text = with_libcst()
    except RewriteError as error:
        with pytest.raises(RewriteError, match=f"^{re.escape(str(error))}$"):
            facade()
        raise
    assert facade() == text
    return text


def rewrite_call(fragment: str, function: str, plan: CallPlan) -> str:
    return both(
        lambda: rewrite.rewrite_call(fragment, function, plan),
        lambda: fragments.rewrite_call(fragment, function, plan),
    )


def rewrite_reference(fragment: str, new: str) -> str:
    return both(lambda: rewrite.rewrite_reference(fragment, new), lambda: fragments.rewrite_reference(fragment, new))


def rewrite_import(fragment: str, edit: ImportEdit, indent: str = "") -> str:
    return both(
        lambda: rewrite.rewrite_import(fragment, edit, indent), lambda: fragments.rewrite_import(fragment, edit, indent)
    )


@pytest.mark.parametrize(
    ("before", "plan", "after"),
    [
        ("C()", NOTHING, "get()"),
        ("C( )", NOTHING, "get( )"),
        ("C(  # note\n)", NOTHING, "get(  # note\n)"),
        ("C(system=X)", ONE, "get(X)"),
        ("C(X)", CallPlan((NAMED,)), "get(system=X)"),
        ("C(kind = X)", CallPlan((NAMED,)), "get(system = X)"),
        ("C ( system = X , )", ONE, "get ( X , )"),
        ("C(\n    system=X,  # note\n)", ONE, "get(\n    X,  # note\n)"),
        ("C(\n\tsystem=X  # note\n\t,\n)", ONE, "get(\n\tX  # note\n\t,\n)"),
        ("C(\x0c\n    system=X)", ONE, "get(\x0c\n    X)"),
        ("C(system=X, \\\n  ttl=Y)", CallPlan((FIRST, SECOND)), "get(X, \\\n  Y)"),
        ('C(system="""a\nb""")', ONE, 'get("""a\nb""")'),
        ("C(system=lambda: 1)", ONE, "get(lambda: 1)"),
        ("C(system=a if b else c)", ONE, "get(a if b else c)"),
        ("C(system=(yield x))", ONE, "get((yield x))"),
        ("C(system=(x := 1))", ONE, "get((x := 1))"),
        ("C(system=await x)", ONE, "get(await x)"),
        ("C(x := 1)", ONE, "get(x := 1)"),
        ("C(x := 1)", CallPlan((NAMED,)), "get(system=(x := 1))"),
        ("C(x for x in y)", ONE, "get(x for x in y)"),
        ("C(x for x in y)", CallPlan((NAMED,)), "get(system=(x for x in y))"),
        ("C(x for x in y)", CallPlan((KP, FIRST)), 'get("KP", (x for x in y))'),
        ("C((x for x in y))", CallPlan((NAMED,)), "get(system=(x for x in y))"),
        ("(C)(X)", ONE, "(get)(X)"),
        ("C[str](X)", ONE, "get(X)"),
        ("(C[str])(X)", ONE, "get(X)"),
        ("C(système=X)", ONE, "get(X)"),
    ],
)
def test_arguments_are_passed_on_where_they_stand(before: str, plan: CallPlan, after: str) -> None:
    assert rewrite_call(before, "get", plan) == after


@pytest.mark.parametrize(
    ("before", "plan", "after"),
    [
        ("C('d', 'KP')", DROP_FIRST, "get('KP')"),
        ("C('KP', 'd')", DROP_SECOND, "get('KP')"),
        ("C('KP', 'd',)", DROP_SECOND, "get('KP',)"),
        ("C('d')", CallPlan((), (0,)), "get()"),
        ("C('d',)", CallPlan((), (0,)), "get()"),
        ("C(\n    'd',\n)", CallPlan((), (0,)), "get(\n)"),
        ("C(\n    'd',  # d\n)", CallPlan((), (0,)), "get(\n    # d\n)"),
        ("C(  # c\n    'd',\n)", CallPlan((), (0,)), "get(  # c\n)"),
        ("C(  # c\n    'd')", CallPlan((), (0,)), "get(  # c\n    )"),
        ("C('d')", CallPlan((KP,), (0,)), 'get("KP")'),
        ("C(\n    'd',  # d\n)", CallPlan((KP,), (0,)), 'get(\n    # d\n    "KP"\n)'),
        ("C(\n    'd',\n    X,\n)", DROP_FIRST, "get(\n    X,\n)"),
        ("C(\n    X,\n    'd',\n)", DROP_SECOND, "get(\n    X,\n)"),
        ("C(\n    X,\n    'd'\n)", DROP_SECOND, "get(\n    X\n)"),
        ("C(\n    'd',  # d\n    X,  # x\n)", DROP_FIRST, "get(\n    # d\n    X,  # x\n)"),
        ("C(\n    X,  # x\n    'd',  # d\n)", DROP_SECOND, "get(\n    X,  # x\n    # d\n)"),
        ("C(\n    X,  # x\n    'd',\n)", DROP_SECOND, "get(\n    X,  # x\n)"),
        ("C(\n    X,  # x\n    'd')", DROP_SECOND, "get(\n    X  # x\n    )"),
        ("C(\n    X\n    # x\n    , 'd',\n)", DROP_SECOND, "get(\n    X\n    # x\n    ,\n)"),
        ("C(X, 'd',  # d\n)", DROP_SECOND, "get(X,  # d\n)"),
        ("C('d',  # d\n  X)", DROP_FIRST, "get(  # d\n  X)"),
        ("C(\n    X,\n    ['d',  # a\n     'e'],  # b\n)", DROP_SECOND, "get(\n    X,\n    # a\n    # b\n)"),
        ("C(X, d=  # why\n   1)", DROP_SECOND, "get(X  # why\n    )"),
        ("C(1, X, 2)", CallPlan((SECOND,), (0, 2)), "get(X)"),
        ("C(1, 2, X)", CallPlan((THIRD,), (0, 1)), "get(X)"),
    ],
)
def test_what_is_dropped_leaves_its_comments(before: str, plan: CallPlan, after: str) -> None:
    assert rewrite_call(before, "get", plan) == after


@pytest.mark.parametrize(
    ("before", "plan", "after"),
    [
        ("C()", CallPlan((KP,)), 'get("KP")'),
        ("C( )", CallPlan((KEYWORD,)), 'get(system="KP")'),
        ("C(\n)", CallPlan((KP,)), 'get("KP")'),
        ("C(  # note\n)", CallPlan((KP,)), 'get(  # note\n    "KP"\n)'),
        ("C(\n    # note\n    )", CallPlan((KP,)), 'get(\n    # note\n        "KP"\n    )'),
        ("C(5)", CallPlan((KP, FIRST)), 'get("KP", 5)'),
        ("C(5)", CallPlan((FIRST, KEYWORD)), 'get(5, system="KP")'),
        ("C(5,)", CallPlan((FIRST, KEYWORD)), 'get(5, system="KP",)'),
        ("C(a,b)", CallPlan((FIRST, KP, SECOND)), 'get(a,"KP",b)'),
        ("C(\n    a,  # a\n    b,  # b\n)", CallPlan((FIRST, KP, SECOND)), None),
        ("C(\n    5,  # five\n)", CallPlan((KP, FIRST)), 'get(\n    "KP",\n    5,  # five\n)'),
        ("C(\n    5,  # five\n)", CallPlan((FIRST, KEYWORD)), 'get(\n    5,  # five\n    system="KP",\n)'),
        ("C(\n    5  # five\n)", CallPlan((FIRST, KEYWORD)), 'get(\n    5,  # five\n    system="KP"\n)'),
        ("C(\n    5\n    # end\n)", CallPlan((FIRST, KEYWORD)), 'get(\n    5,\n    system="KP"\n    # end\n)'),
        ("C(  # c\n    5\n)", CallPlan((FIRST, KEYWORD)), 'get(  # c\n    5,\n    system="KP"\n)'),
        ("C(a, b  # b\n)", CallPlan((FIRST, SECOND, KEYWORD)), 'get(a, b,  # b\n    system="KP"\n)'),
        ("C(\n    a, b\n)", CallPlan((FIRST, SECOND, KEYWORD)), 'get(\n    a, b, system="KP"\n)'),
    ],
)
def test_a_default_is_written_out(before: str, plan: CallPlan, after: str | None) -> None:
    after = after or 'get(\n    a,  # a\n    "KP",\n    b,  # b\n)'
    assert rewrite_call(before, "get", plan) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("C(ttl=5, system=X)", "get(X, 5)"),
        ("C(\n    ttl=5,\n    system=X\n)", "get(\n    X,\n    5\n)"),
        (
            "C(  # open\n    ttl=5,  # five\n    # lead\n    system=X,  # x\n    # end\n)",
            "get(  # open\n    # lead\n    X,  # x\n    5,  # five\n    # end\n)",
        ),
        ("C(\n    ttl=5, system=X\n)", "get(\n    X, 5\n)"),
        ("C(\n    ttl=5, system=X,  # both\n)", "get(\n    X, 5,  # both\n)"),
        ("C(  # open\n    ttl=5, system=X\n)", "get(  # open\n    X, 5\n)"),
        ("C(ttl=5,  # five\n  system=X)", "get(\n  X,\n  5,  # five\n  )"),
        ("C(ttl=5,\n  system=X  # x\n)", "get(\n  X,  # x\n  5,\n)"),
        ("C(\n    ttl=5  # five\n    ,\n    system=X\n)", "get(\n    X,\n    5,  # five\n)"),
    ],
)
def test_arguments_change_places_with_their_comments(before: str, after: str) -> None:
    assert rewrite_call(before, "get", SWAP) == after


def test_a_comment_at_the_equals_sign_is_put_before_the_argument() -> None:
    assert rewrite_call("C(\n    system=  # why\n    X,\n)", "get", ONE) == "get(\n    # why\n    X,\n)"
    assert rewrite_call("C(kind=  # why\n    X)", "get", CallPlan((NAMED,))) == "get(system=  # why\n    X)"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("plan", [DROP_FIRST, DROP_SECOND, SWAP, CallPlan((FIRST, SECOND, KEYWORD))])
def test_newlines_are_kept(newline: str, plan: CallPlan) -> None:
    before = 'C(  # open\n    ttl="""\n""",  # five\n    system=X,  # x\n)'
    after = rewrite_call(before, "get", plan)
    assert rewrite_call(before.replace("\n", newline), "get", plan) == after.replace("\n", newline)


@pytest.mark.parametrize("before", ["C(\r\n  a,\n  b\r\n)", "C(\n  a,\r  b)", "C(\n  a,  # a\r  b,\r\n)"])
def test_mixed_newlines_are_kept(before: str) -> None:
    assert rewrite_call(before, "get", CallPlan((FIRST, SECOND))) == before.replace("C", "get")


@pytest.mark.parametrize(("text", "expected"), [("x = 1\n", True), ("x = \n", False), ("x = '\ud800'", False)])
def test_a_file_that_only_a_newer_python_reads_is_told_from_a_broken_one(text: str, expected: bool) -> None:
    assert parses(text) is expected


def test_a_process_that_cannot_be_started_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    assert parses("x = 1\n") is False


def test_files_that_come_to_no_end_are_waited_for_together(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def run(command: list[str], *, timeout: float, **_: object) -> None:
        waited.append(timeout)
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(rewrite._Patience, "left", 5.5)
    assert [parses("x = 1\n") for _ in range(3)] == [False, False, False]
    assert waited == [5.0, 0.5]


def test_nothing_of_the_current_folder_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "libcst.py").write_text("raise SystemExit(1)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    assert parses("x = 1\n") is True


def test_rewrites_inside_the_arguments_come_first() -> None:
    inner = [(2, 5, "get(1, 2)"), (9, 12, '"x.Y"')]
    assert fragments.rewrite_call("C(C(), k=C())", "get", CallPlan((FIRST, SECOND)), inner) == 'get(get(1, 2), "x.Y")'


@pytest.mark.parametrize(
    ("fragment", "plan", "message"),
    [
        ("C(", ONE, "LibCST cannot read the fragment"),
        ("C(\ud800)", ONE, "LibCST cannot read the fragment"),
        ("C", ONE, "the fragment is not a call"),
        ("C)(X", ONE, "the fragment is not one expression"),
        ("", ONE, "the fragment is not a call"),
        ("f()(X)", ONE, "the fragment is not a name or a dotted chain"),
        ("C(*a)", ONE, "the plan is not one for this call"),
        ("C(a, b)", ONE, "the plan is not one for this call"),
        ("C(a)", SWAP, "the plan is not one for this call"),
        ("C[str  # type\n](X)", ONE, "a comment would be lost"),
        ("C(\n", ONE, "LibCST cannot read the fragment"),
        ("C(" + "a, " * 200, ONE, "LibCST cannot read the fragment"),
        (f"C({'a, ' * 2000})", ONE, "the fragment is too long"),
    ],
)
def test_calls_that_cannot_be_rewritten(fragment: str, plan: CallPlan, message: str) -> None:
    with pytest.raises(RewriteError, match=f"^{message}$"):
        rewrite_call(fragment, "get", plan)


@pytest.mark.parametrize(
    "argument",
    [
        "+".join(["a"] * 1500),
        "-" * 3500 + "a",  # the interpreter's own parser gives up
    ],
)
def test_nesting_that_is_too_deep_is_an_error_of_its_own(argument: str) -> None:
    fragment = f"C({argument})"
    with pytest.raises(RewriteError, match=r"^the fragment is nested too deeply$"):
        rewrite_call(fragment, "get", ONE)


@pytest.mark.parametrize(
    ("before", "new", "after"),
    [
        ("C", "T", "T"),
        ("C", "mod.T", "mod.T"),
        ("m.C", "T", "T"),
        ("m.C", "n.T", "n.T"),
        ("m.C", "a.b.n.T", "a.b.n.T"),
        ("a.b.m.C", "a.b.n.T", "a.b.n.T"),
        ("a.\n  m  # m\n  .C", "b.n.T", "b.\n  n  # m\n  .T"),
        ("a  # a\n  .C", "b.n.T", "b.n  # a\n  .T"),
        ("a.\r\n  C", "b.T", "b.\r\n  T"),
        ("a. \\\n  C", "T", "T"),
        ("(m).C", "n.T", "(n).T"),
        ("(m.C)", "T", "(T)"),
        ("(C)", "n.T", "(n.T)"),
    ],
)
def test_references_keep_their_layout(before: str, new: str, after: str) -> None:
    assert rewrite_reference(before, new) == after


@pytest.mark.parametrize(
    ("fragment", "new", "message"),
    [
        ("a  # a\n  .C", "T", "a comment would be lost"),
        ("C()", "T", "the fragment is not a name or a dotted chain"),
        ("C[0]", "T", "the fragment is not a name or a dotted chain"),
        ("a C", "T", "LibCST cannot read the fragment"),
        ("C);(C", "T", "the fragment is not one expression"),
        ("(C  # c\n).D", "T", "a comment would be lost"),
    ],
)
def test_references_that_cannot_be_rewritten(fragment: str, new: str, message: str) -> None:
    with pytest.raises(RewriteError, match=f"^{message}$"):
        rewrite_reference(fragment, new)


LINES = "from m import (\n    a,  # a\n    C as D,  # noqa\n    # lead\n    b,\n)"


@pytest.mark.parametrize(
    ("before", "edit", "after"),
    [
        ("from m import C", ImportEdit(), "from m import C"),
        ("from m import a, C", ImportEdit(remove=(1,)), "from m import a"),
        ("from m import C, a", ImportEdit(remove=(0,)), "from m import a"),
        ("from m import a, C, b", ImportEdit(remove=(1,)), "from m import a, b"),
        ("from m import a, \\\n    C", ImportEdit(remove=(1,)), "from m import a"),
        ("from m import C, \\\n    a", ImportEdit(remove=(0,)), "from m import a"),
        ("from m import \\\n    C, a", ImportEdit(remove=(0,)), "from m import \\\n    a"),
        ("from m import (C, a)", ImportEdit(remove=(0,)), "from m import (a)"),
        ("from  m\timport ( a , C )", ImportEdit(remove=(1,)), "from  m\timport ( a )"),
        ("from m import (\n    C,\n    a,\n)", ImportEdit(remove=(0,)), "from m import (\n    a,\n)"),
        (LINES, ImportEdit(remove=(0,)), LINES.replace("    a,  # a\n", "    # a\n")),
        (LINES, ImportEdit(remove=(1,)), LINES.replace("C as D,  # noqa", "# noqa")),
        (
            LINES,
            ImportEdit(remove=(2,)),
            "from m import (\n    a,  # a\n    C as D,  # noqa\n    # lead\n)",
        ),
        ("from m import (C as  # c\n D, a)", ImportEdit(remove=(0,)), "from m import (  # c\n    a)"),
        ("from m import C", ImportEdit(remove=(0,)), ""),
        ("from m import (\n    C,\n)", ImportEdit(remove=(0,)), ""),
        ("import m", ImportEdit(remove=(0,)), ""),
        ("import a.m, b", ImportEdit(remove=(0,)), "import b"),
        ("import  b , a.m", ImportEdit(remove=(1,)), "import  b"),
    ],
)
def test_names_are_taken_out_of_imports(before: str, edit: ImportEdit, after: str) -> None:
    assert rewrite_import(before, edit) == after


def test_an_import_without_names_leaves_its_comments() -> None:
    edit = ImportEdit(remove=(0, 1, 2))
    assert rewrite_import(LINES, edit, "    ") == "# a\n    # noqa\n    # lead"
    assert rewrite_import(LINES.replace("\n", "\r\n"), edit) == "# a\r\n# noqa\r\n# lead"


@pytest.mark.parametrize(
    ("before", "names", "after"),
    [
        ("from m import C", (("T", None),), "from m import T"),
        ("from m import C as D", (("T", "D"),), "from m import T as D"),
        ("from m import C  as  D", (("T", "D"),), "from m import T  as  D"),
        ("from m import C as D", (("T", None),), "from m import T"),
        ("from m import C as D", (("T", "E"),), "from m import T as E"),
        ("from m import C", (("T", "C"),), "from m import T as C"),
        ("from m import C", (("T", None), ("get", None)), "from m import T, get"),
        ("from m import C, a", (("T", None), ("get", "g")), "from m import T, get as g, a"),
        ("from m import (C)", (("T", None), ("get", None)), "from m import (T, get)"),
        ("from m import (\n    C,\n)", (("T", None), ("get", None)), "from m import (\n    T,\n    get,\n)"),
        (
            "from m import (\n    C,\n    # lead\n    a,\n)",
            (("T", None), ("get", None)),
            "from m import (\n    T,\n    get,\n    # lead\n    a,\n)",
        ),
        (
            "from m import (\n    C,  # noqa\n    a,\n)",
            (("T", None), ("get", None)),
            "from m import (\n    T, get,  # noqa\n    a,\n)",
        ),
        ("from m import (C as  # c\n D)", (("T", "D"),), "from m import (T as  # c\n D)"),
        ("import a.m as d, b", (("a.n", "d"),), "import a.n as d, b"),
        ("import a . m", (("a.n", None), ("a.o", None)), "import a.n, a.o"),
    ],
)
def test_names_are_replaced_where_they_stand(
    before: str, names: tuple[tuple[str, str | None], ...], after: str
) -> None:
    assert rewrite_import(before, ImportEdit(replace=((0, names),))) == after


@pytest.mark.parametrize(
    ("before", "edit", "after"),
    [
        ("from m import a", ImportEdit(add=(("T", None),)), "from m import a, T"),
        ("from m import a", ImportEdit(add=(("T", None), ("get", "g"))), "from m import a, T, get as g"),
        ("from m import a, \\\n    b", ImportEdit(add=(("T", None),)), "from m import a, \\\n    b, \\\n    T"),
        ("from m import (a)", ImportEdit(add=(("T", None),)), "from m import (a, T)"),
        ("from m import (\n    a,\n)", ImportEdit(add=(("T", None),)), "from m import (\n    a,\n    T,\n)"),
        ("from m import (\n    a  # a\n)", ImportEdit(add=(("T", None),)), "from m import (\n    a,  # a\n    T\n)"),
        ("from m import (a,\n    b)", ImportEdit(add=(("T", None),)), "from m import (a,\n    b,\n    T)"),
        (LINES, ImportEdit(add=(("T", None),)), LINES.replace("    b,\n", "    b,\n    T,\n")),
        ("from m import C", ImportEdit(remove=(0,), add=(("T", None),)), "from m import T"),
        (
            "from m import (\n    C,  # c\n)",
            ImportEdit(remove=(0,), add=(("T", None),)),
            "from m import (\n    # c\n    T\n)",
        ),
        ("import a", ImportEdit(add=(("b.c", None),)), "import a, b.c"),
        ("from m import a", ImportEdit(module="n"), "from n import a"),
        ("from m import (a)", ImportEdit(module="..n", replace=((0, (("T", None),)),)), "from ..n import (T)"),
        ("from .import a", ImportEdit(module="n"), "from n import a"),
        ("from.m import a", ImportEdit(module=".n"), "from .n import a"),
        ("from . import a", ImportEdit(module=".."), "from .. import a"),
        ("from . . m import a", ImportEdit(add=(("T", None),)), "from . . m import a, T"),
        ("from m \\\n  import a", ImportEdit(module="n"), "from n \\\n  import a"),
    ],
)
def test_imports_take_new_names_and_another_module(before: str, edit: ImportEdit, after: str) -> None:
    assert rewrite_import(before, edit) == after


@pytest.mark.parametrize(
    ("fragment", "edit", "message"),
    [
        ("from m import *", ImportEdit(module="n"), "the fragment is not one import statement that lists names"),
        ("import m", ImportEdit(module="n"), "the fragment is not one import statement that lists names"),
        ("x", ImportEdit(), "the fragment is not one import statement that lists names"),
        ("", ImportEdit(), "the fragment is not one import statement that lists names"),
        ("import a; import b", ImportEdit(), "the fragment is not one import statement that lists names"),
        ("from m import (", ImportEdit(), "LibCST cannot read the fragment"),
        ("from m import a", ImportEdit(remove=(1,)), "the statement does not list as many names"),
        ("from m import a", ImportEdit(replace=((-1, ()),)), "the statement does not list as many names"),
        ("import a  # a", ImportEdit(), "a comment would be lost"),
        ("from m import (C as  # c\n D)", ImportEdit(replace=((0, (("T", None),)),)), "a comment would be lost"),
    ],
)
def test_imports_that_cannot_be_rewritten(fragment: str, edit: ImportEdit, message: str) -> None:
    with pytest.raises(RewriteError, match=f"^{message}$"):
        rewrite_import(fragment, edit)


def call(ordinal: int, *arguments: NewArgument, depth: int = 0, new: str = "get") -> StringTarget:
    return StringTarget(ordinal, depth, new, CallPlan(arguments))


@pytest.mark.parametrize(
    ("before", "targets", "after"),
    [
        ('f"{C(system=X)}"', [call(0, FIRST)], 'f"{get(X)}"'),
        ('f"{C(system=X)!r:>{C}}"', [call(0, FIRST), StringTarget(1, 0, "m.T")], 'f"{get(X)!r:>{m.T}}"'),
        ('f"{C()} {C()}"', [call(1)], 'f"{C()} {get()}"'),
        ("'a' f'{C()}' \"b\"", [call(0)], "'a' f'{get()}' \"b\""),
        ("f'{C}' 'C' f'{C}'", [StringTarget(1, 0, "T")], "f'{C}' 'C' f'{T}'"),
        ('f"{C.a.C()}"', [call(0, depth=2)], 'f"{get()}"'),
        ('f"{C.C} {C}"', [StringTarget(1, 0, "T")], 'f"{C.C} {T}"'),
        ('f"{g(C=C)} {(lambda C: 1)()}"', [StringTarget(0, 0, "T")], 'f"{g(C=T)} {(lambda C: 1)()}"'),
        ('f"{(C)(X)} {(C(X))}"', [call(0, FIRST), call(1, FIRST)], 'f"{(get)(X)} {(get(X))}"'),
        ('f"{C[int](X)}"', [call(0, FIRST)], 'f"{get(X)}"'),
        ('f"{C(C(X))}"', [call(0, FIRST), call(1, FIRST)], 'f"{get(get(X))}"'),
        ('f"{C(C)}"', [call(0, FIRST), StringTarget(1, 0, "m.T")], 'f"{get(m.T)}"'),
        ('f"{C()}"', [call(0, KP)], "f\"{get('KP')}\""),
        ("f'{C()}'", [call(0, KP)], "f'{get(\"KP\")}'"),
        ("f'{C()}'", [call(0, NewArgument(None, None, "'KP'"))], "f'{get(\"KP\")}'"),
        ('f"""{C()}"""', [call(0, KP)], 'f"""{get("KP")}"""'),
        ("rf'{C()}'", [call(0, NewArgument(None, "n", "-1"))], "rf'{get(n=-1)}'"),
        ('f"{C()}"', [call(0, NewArgument(None, None, '("a", "b")'))], "f\"{get(('a', 'b'))}\""),
        ('f"""{C(\r\n  system=X)}\r\n"""', [call(0, FIRST)], 'f"""{get(\r\n  X)}\r\n"""'),
        ('f"{a.C(system=x):{C}}{{C}}"', [StringTarget(0, 0, "T")], 'f"{a.C(system=x):{T}}{{C}}"'),
    ],
)
def test_fstrings(before: str, targets: list[StringTarget], after: str) -> None:
    assert rewrite_fstring(before, "C", targets) == after


@pytest.mark.parametrize(
    ("fragment", "targets", "message"),
    [
        ('f"{C()}"', [call(1)], "the string does not hold `C` as often as expected"),
        ('f"{C}"', [call(0)], "`C` does not stand in the string as expected"),
        ('f"{f(C)}"', [call(0)], "`C` does not stand in the string as expected"),
        ('f"{x[C]()}"', [call(0)], "`C` does not stand in the string as expected"),
        ('f"{C()}"', [StringTarget(0, 1, "T")], "`C` does not stand in the string as expected"),
        ("f\"{f'{C()}'}\"", [call(0, KP)], "the default cannot be written inside the string"),
        ("f'{C()}'", [call(0, NewArgument(None, None, '"it\'s"'))], "the default cannot be written inside the string"),
        ("f'{C()}'", [call(0, NewArgument(None, None, '"a\\n"'))], "the default cannot be written inside the string"),
        ("f'{C()}'", [call(0, NewArgument(None, None, '"#"'))], "the default cannot be written inside the string"),
        ('f"{C()}"', [call(0, NewArgument(None, None, "'\"'"))], "the default cannot be written inside the string"),
        ('t"{C()}"', [call(0)], "a template string keeps the source text of its expressions"),
        ("f'{'", [call(0)], "LibCST cannot read the fragment"),
    ],
)
def test_fstrings_that_cannot_be_rewritten(fragment: str, targets: list[StringTarget], message: str) -> None:
    with pytest.raises(RewriteError, match=f"^{re.escape(message)}$"):
        rewrite_fstring(fragment, "C", targets)


COMMENT = re.compile(r"#[^\r\n]*")
GAPS = st.lists(st.sampled_from([" ", "\t", "\x0c", "\n", "\\\n", "\n    ", "# c{}\n", "  # d{}\n    "]), max_size=4)


@st.composite
def lists(draw: st.DrawFn, items: list[str]) -> str:
    """Items between parentheses in any layout, each comment another."""
    parts = ["("]
    for index, item in enumerate(items):
        parts += [*draw(GAPS), item, *draw(GAPS)]
        if index < len(items) - 1 or draw(st.booleans()):
            parts += [",", *draw(GAPS)]
    if not items:
        parts += draw(GAPS)
    text = "".join([*parts, ")"])
    count = text.count("{}")
    text = text.format(*range(count))
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n", "\r"])))


@st.composite
def import_cases(draw: st.DrawFn) -> tuple[str, ImportEdit, list[tuple[str, str | None]]]:
    names = draw(st.lists(st.sampled_from([("a", None), ("b", "c"), ("C", None)]), min_size=1, max_size=4))
    items = [f"{name} as {asname}" if asname else name for name, asname in names]
    fragment = "from m import " + draw(lists(items))
    changes = {index: draw(st.sampled_from(["keep", "remove", "one", "two"])) for index in range(len(names))}
    new = {"one": (("x", None),), "two": (("x", None), ("y", "z"))}
    add = draw(st.sampled_from([(), (("T", None),), (("T", None), ("get", "g"))]))
    expected: list[tuple[str, str | None]] = []
    for index, change in changes.items():
        expected += [names[index]] if change == "keep" else new.get(change, ())
    edit = ImportEdit(
        remove=tuple(index for index, change in changes.items() if change == "remove"),
        replace=tuple((index, new[change]) for index, change in changes.items() if change in new),
        add=add,
        module=draw(st.sampled_from([None, "n.o", "..n"])),
    )
    return fragment, edit, [*expected, *add]


@settings(deadline=None, max_examples=200)
@given(import_cases())
def test_any_layout_of_an_import(case: tuple[str, ImportEdit, list[tuple[str, str | None]]]) -> None:
    before, edit, expected = case
    after = rewrite_import(before, edit)
    assert sorted(COMMENT.findall(after)) == sorted(COMMENT.findall(before))
    statements = ast.parse(after).body
    if not expected:
        assert statements == []
        return
    (statement,) = statements
    assert isinstance(statement, ast.ImportFrom)
    assert [(alias.name, alias.asname) for alias in statement.names] == expected
    assert "." * statement.level + str(statement.module) == (edit.module or "m")
    assert rewrite_import(after, ImportEdit()) == after


ARGUMENTS = ["1", "x", "(y := 2)", "[3,  # in\n 4]", "k=5", "l = [x]", "m=\\\n6", "n=(z for z in x)"]


@st.composite
def call_cases(draw: st.DrawFn) -> tuple[str, CallPlan]:
    positional = draw(st.lists(st.sampled_from(ARGUMENTS[:4]), max_size=2))
    arguments = positional + draw(st.lists(st.sampled_from(ARGUMENTS[4:]), max_size=3, unique=True))
    order = draw(st.permutations(range(len(arguments))))
    kept = order[: draw(st.integers(0, len(order)))]
    literals = [NewArgument(None, literal=f"'L{index}'") for index in range(draw(st.integers(0, 2)))]
    new = draw(st.permutations([*(NewArgument(index) for index in kept), *literals]))
    split = draw(st.integers(0, len(new)))
    named = [NewArgument(a.index, f"w{index}", a.literal) for index, a in enumerate(new[split:])]
    plan = CallPlan((*new[:split], *named), tuple(sorted(order[len(kept) :])))
    return f"a.C{draw(lists(arguments))}", plan


@settings(deadline=None, max_examples=300)
@given(call_cases())
def test_any_layout_of_a_call(case: tuple[str, CallPlan]) -> None:
    before, plan = case
    indexes = [new.index for new in plan.arguments if new.index is not None]
    try:
        after = rewrite_call(before, "b.get", plan)
    except RewriteError:
        assert indexes != sorted(indexes)
        assert COMMENT.search(before)
        return
    assert sorted(COMMENT.findall(after)) == sorted(COMMENT.findall(before))
    old = ast.parse(before, mode="eval").body
    new = ast.parse(after, mode="eval").body
    assert isinstance(old, ast.Call)
    assert isinstance(new, ast.Call)
    values = [ast.dump(value) for value in (*old.args, *(word.value for word in old.keywords))]
    literals = {a: ast.dump(ast.Constant(a.literal.strip("'"))) for a in plan.arguments if a.literal}
    expected = [(a.keyword, literals[a] if a.index is None else values[a.index]) for a in plan.arguments]
    found = [(None, ast.dump(arg)) for arg in new.args]
    assert [*found, *((word.arg, ast.dump(word.value)) for word in new.keywords)] == expected
    assert ast.unparse(new.func) == "b.get"
