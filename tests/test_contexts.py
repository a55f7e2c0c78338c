"""What the syntax around a reference makes of it. The cases under ``fixtures`` hold the common forms."""

from __future__ import annotations

import ast
from pathlib import Path

import newer_nodes
import pytest
from helpers import LEGACY, fixed, knowledge, reported

from cachelift.analysis.binder import build
from cachelift.analysis.contexts import Contexts
from cachelift.analysis.names import Names

GUARDED = """\
try:
    from app.services.cache_service import CacheService
except ImportError:
    CacheService = None
"""
CALL = 'cache = CacheService(system="A")\n'

REFUSED = {
    "name compared": (
        "def test(name):\n    return name == CacheService.__name__\n",
        ["3:20 CLF004 manual class-name"],
    ),
    "name printed": ("print(CacheService.__name__)\n", ["2:7 CLF004 manual class-attribute"]),
    "handed to something behind something else": (
        "keep.dict(1, CacheService.DEFAULT_TTL)\n" + CALL,
        ["2:14 CLF004 manual class-attribute", "3:9 CLF002 safe -"],
    ),
    "handed to something that changes it": (
        "keep.dict(CacheService.DEFAULT_TTL, 1)\n" + CALL,
        ["2:11 CLF004 manual class-attribute", "3:9 CLF002 manual patched-definition"],
    ),
    "base with a type argument": ("class Sub(CacheService[str]): ...\n", ["2:1 CLF006 manual subclass"]),
    "annotation with a type argument": (
        "def f(cache: 'object', other: CacheService[str]): ...\n",
        ["2:31 CLF003 manual type-argument"],
    ),
    "type argument of a value": ("Cache = CacheService[str]\n", ["2:9 CLF004 manual class-as-value"]),
    "in what is subscripted": (
        'cache = [CacheService][0](system="A")\n',
        ["2:10 CLF004 manual class-as-value"],
    ),
    "metaclass": ("class Sub(metaclass=CacheService): ...\n", ["2:21 CLF004 manual class-as-value"]),
    "a metaclass tests nothing": (
        "class Sub(metaclass=CacheService): ...\n" + CALL,
        ["2:21 CLF004 manual class-as-value", "3:9 CLF002 safe -"],
    ),
    "keyword of a class": (
        "class Sub(Base, kind=CacheService): ...\n" + CALL + "keep(cache)\n",
        ["2:22 CLF004 manual class-as-value", "3:9 CLF002 manual class-as-value"],
    ),
    "value that assert_type is about": (
        "from typing import assert_type\nassert_type(CacheService, type)\n",
        ["3:13 CLF004 manual class-as-value"],
    ),
    "operand of another operator": ("text = '%s' % CacheService\n", ["2:15 CLF004 manual class-as-value"]),
    "operand in a tuple": (
        "isinstance(x, (int, '%s' % CacheService))\n",
        ["2:28 CLF004 manual class-as-value"],
    ),
    "truth of a name that is always bound": ("absent = not CacheService\n", ["2:14 CLF004 manual class-as-value"]),
    "sign of a name": ("absent = -CacheService\n", ["2:11 CLF004 manual class-as-value"]),
    "another assertion": (
        "def test(self):\n    self.assertIs(type(self.cache), CacheService)\n",
        ["3:37 CLF004 manual type-test"],
    ),
    "attribute of the class set": (
        "setattr(CacheService, 'get', None)\n" + CALL,
        ["2:9 CLF004 manual patched-definition", "3:9 CLF002 manual patched-definition"],
    ),
    "class set as an attribute": (
        "setattr(Guard, 'kind', CacheService)\n" + CALL + "keep(cache)\n",
        ["2:24 CLF004 manual class-as-value", "3:9 CLF002 manual class-as-value"],
    ),
    "class injected by an alias": (
        "from typing import Annotated\nfrom fastapi import Depends\nCache = Annotated[CacheService, Depends()]\n",
        ["4:19 CLF003 manual runtime-annotation"],
    ),
    "class injected by a parameter": (
        "from fastapi import Depends\ndef f(*, first=1, cache: CacheService = Depends()): ...\n",
        ["3:26 CLF003 manual runtime-annotation"],
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_stays(name: str, tmp_path: Path) -> None:
    text, expected = REFUSED[name]

    findings = [finding for finding in reported(tmp_path, LEGACY + text) if "CLF001" not in finding]

    assert findings == expected


REWRITTEN = {
    "truth in a conditional expression": (
        GUARDED + 'cache = None if not CacheService else CacheService(system="A")\n',
        'cache = None if not get_unified_cache else get_unified_cache("A")\n',
    ),
    "type that something else provides": (
        LEGACY + "from typing import Annotated\nfrom fastapi import Depends\n"
        "Cache = Annotated[CacheService, Depends(dependency=load)]\n",
        "Cache = Annotated[UnifiedCache, Depends(dependency=load)]\n",
    ),
    "default that is no dependency": (
        LEGACY + "def f(cache: CacheService = print()): ...\n",
        "def f(cache: UnifiedCache = print()): ...\n",
    ),
    "assert_type": (
        LEGACY + "from typing import assert_type\nassert_type(load(), CacheService)\n",
        "assert_type(load(), UnifiedCache)\n",
    ),
}


@pytest.mark.parametrize("name", REWRITTEN)
def test_what_is_rewritten(name: str, tmp_path: Path) -> None:
    text, last_line = REWRITTEN[name]

    after, left = fixed(tmp_path, text)

    assert after.splitlines(keepends=True)[-1] == last_line
    assert left == []


def test_the_assertion_of_unittest_accepts_both_classes(tmp_path: Path) -> None:
    after, left = fixed(tmp_path, LEGACY + "def test(self):\n    self.assertIsInstance(load(), CacheService)\n")

    assert after.endswith("    self.assertIsInstance(load(), (CacheService, UnifiedCache))\n")
    assert left == ["1:1 CLF001 manual reference-stays", "4:36 CLF004 manual legacy-alive"]


def test_a_class_in_a_nested_tuple_or_union_is_one_of_those_tested_for(tmp_path: Path) -> None:
    text = "isinstance(x, (int, (str, CacheService)))\nisinstance(x, (int | CacheService, str))\n"

    after, _ = fixed(tmp_path, LEGACY + text)

    assert after.splitlines()[-2:] == [
        "isinstance(x, (int, (str, CacheService, UnifiedCache)))",
        "isinstance(x, (int | CacheService | UnifiedCache, str))",
    ]


def test_alias_statements_and_type_parameters_hold_types() -> None:
    value, bound = newer_nodes.load("C"), newer_nodes.load("C")
    statement = newer_nodes.alias("Cache", value, newer_nodes.type_variable("T", bound))
    [variable] = statement.type_params  # type: ignore[attr-defined]

    assert Contexts.is_annotation(value, statement)
    assert Contexts.is_annotation(bound, variable)
    assert not Contexts.is_annotation(value, ast.Expr(value))


@pytest.mark.parametrize(
    ("text", "is_tested"),
    [
        ("isinstance(x, C)", True),
        ("isinstance(x, (int, (str | C)))", True),
        ("isinstance(C, type)", False),
        ("print(x, C)", False),
        ("C", False),
        ("match x:\n    case C(): ...", True),
        ("match x:\n    case C.NAME: ...", False),
    ],
)
def test_whether_a_class_is_what_an_object_is_asked_for(text: str, is_tested: bool, tmp_path: Path) -> None:
    tree = ast.parse(text)
    contexts = Contexts(Names("app/consumer.py", build(tree), knowledge(tmp_path, {})))
    [name] = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "C"]

    assert contexts.is_tested(name) is is_tested


TYPES = "class H:\n    cache: CacheService\n"
READ = {
    "annotations": "print(H.__annotations__)\n",
    "fields of a dataclass": "import dataclasses\nprint([f.type for f in dataclasses.fields(H)])\n",
    "fields of attrs": "import attr\nprint([f.type for f in attr.fields(H)])\n",
    "signature": "import inspect\nprint(inspect.signature(H).return_annotation)\n",
    "type variable": "from typing import TypeVar\nprint(TypeVar('T', bound=H).__bound__)\n",
}
NOT_READ = {
    "names of the fields": "import dataclasses\nprint([f.name for f in dataclasses.fields(H)])\n",
    "something else's type": "def fields(x): return x.type\nfields(H)\n",
    "annotation of a plot": "def f(plot): return plot.annotation\n",
    "signature's parameters": "import inspect\nprint(inspect.signature(H).parameters)\n",
    "name in a text": "print('__annotations__')\n",
}


@pytest.mark.parametrize(("text", "verdict"), [(t, "manual runtime-annotation") for t in READ.values()] + [
    (t, "safe -") for t in NOT_READ.values()
], ids=[*READ, *NOT_READ])  # fmt: skip
def test_annotations_that_the_file_reads(text: str, verdict: str, tmp_path: Path) -> None:
    assert f"3:12 CLF003 {verdict}" in reported(tmp_path, LEGACY + TYPES + text)


GIVEN = {
    "calls it": ("def take(kind): return kind()\n", "safe -"),
    "returns it": ("def take(kind): return kind\n", "manual class-as-value"),
    "asks for it": ("def take(kind): return lambda x: isinstance(x, kind)\n", "manual class-as-value"),
    "has no parameter of that place": ("def take(*, kind=None, **rest): ...\n", "manual class-as-value"),
    "class that keeps it": ("class take:\n    def __init__(self, kind): self.kind = kind\n", "safe -"),
    "class that asks": ("class take:\n    def __init__(self, kind): isinstance(1, kind)\n", "manual class-as-value"),
    "unknown": ("from elsewhere import take\n", "safe -"),
    "one of two": ("try:\n    def take(kind): ...\nexcept OSError:\n    def take(kind): ...\n", "safe -"),
    "decorator": ("from elsewhere import take\n@take(CacheService)\ndef f(): ...\n", "manual class-as-value"),
    "collection": ("from elsewhere import kinds\nkinds.add(CacheService)\ntake = 1\n", "manual class-as-value"),
}


@pytest.mark.parametrize("name", GIVEN)
def test_what_is_given_the_class(name: str, tmp_path: Path) -> None:
    text, verdict = GIVEN[name]

    findings = reported(tmp_path, f"{LEGACY}keep(CacheService(system='A'))\n{text}take(CacheService)\n")

    assert f"2:6 CLF002 {verdict}" in findings


def test_a_function_of_another_file_is_given_the_class(tmp_path: Path) -> None:
    text = f"{LEGACY}from app.kinds import take\nkeep(CacheService(system='A'))\ntake(CacheService)\n"
    asks = {"app/kinds.py": "def take(kind): return lambda x: isinstance(x, kind)\n"}
    makes = {"app/kinds.py": "def take(kind): return kind()\n"}

    assert "3:6 CLF002 manual class-as-value" in reported(tmp_path, text, files=asks)
    assert "3:6 CLF002 safe -" in reported(tmp_path, text, files=makes)


def test_a_method_named_after_the_class(tmp_path: Path) -> None:
    call = "keep(CacheService(system='A'))\nprint(call.__name__)\n"
    named = "class V:\n    async def visit_CacheService(self): ...\n    def visit_other(self): ...\n"

    assert reported(tmp_path, LEGACY + call + named)[1:] == [
        "2:6 CLF002 manual type-test",
        "5:5 CLF004 manual class-name",
    ]
    assert reported(tmp_path, LEGACY + call + named.replace("visit_C", "test_C"))[1:] == ["2:6 CLF002 safe -"]
