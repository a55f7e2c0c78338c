"""Which files ask objects for a class that is not named there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from helpers import LEGACY, knowledge, reported

from cachelift.analysis.asking import asks_for_any, looks_classes_up, questions
from cachelift.analysis.binder import build
from cachelift.analysis.names import Names
from cachelift.knowledge import ProgramKnowledge

ASK = (
    "isinstance(x, k())",
    "isinstance(x, KINDS['k'])",
    "def f(self): isinstance(x, self.kind)",
    "issubclass(x, k())",
    "isinstance(x, (int, k()))",
    "isinstance(x, int | k())",
    "isinstance(x, k() | int)",
    "k = f()\nisinstance(x, k)",
    "def f(k): isinstance(x, k)",
    "for k in ks: isinstance(x, k)",
    "class K: pass\nK = f()\nisinstance(x, K)",
    "from app.kinds import KIND\nisinstance(x, KIND)",
    "import app.kinds\nisinstance(x, app.kinds.KIND)",
    "self.assertIsInstance(x, k())",
    "self.assertNotIsInstance(x, k())",
    "type(x) is k()",
    "k() is type(x)",
    "def f(k): type(x) in k",
    "k = f()\nx.__class__ == k",
    "type(x) is int is k()",
    "type(x) in (int, k())",
    "type(x) in [k()]",
    "type(x) in {k()}",
    "def f(self):\n    match x:\n        case self.kind(): ...",
    "isinstance(x, type(y))",
)
NONE = (
    "isinstance(x)",
    "isinstance(k(), int)",
    "isinstance(x, int)",
    "isinstance(x, (int, None))",
    "isinstance(x, int | None)",
    "isinstance(x, type(None))",
    "class K: pass\nisinstance(x, K)",
    "def f():\n    class K: pass\n    isinstance(x, K)",
    "from collections import abc\nisinstance(x, abc.Sized)",
    "from app.kinds import Kind\nisinstance(x, Kind)",
    "from app.services.cache_service import CacheService\nisinstance(x, CacheService)",
    "def isinstance(x, y): ...\nisinstance(x, k())",
    "self.assertEqual(x, k())",
    "x is k()",
    "x == self.kind",
    "type(x) is int",
    "type(x) is type(None)",
    "type('K', (), {}) is k()",
    "type(x) is type(y)",
    "type(x) in [int, str]",
    "type(x) in {int}",
    "x.__class__ is int",
    "match x:\n    case int(): ...",
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> ProgramKnowledge:
    kinds = "class Kind: pass\nKIND = Kind if Kind else int\n"
    return knowledge(tmp_path_factory.mktemp("asking"), {"app/kinds.py": kinds})


@pytest.mark.parametrize(("code", "asks"), [*((code, True) for code in ASK), *((code, False) for code in NONE)])
def test_what_asks_for_a_class_that_is_not_named(program: ProgramKnowledge, code: str, asks: bool) -> None:
    names = Names("app/consumer.py", build(ast.parse(code)), program)
    assert asks_for_any(names, questions(names)) is asks


LOOK = (
    "TABLE.get(type(x))",
    "TABLE.get(x.__class__, None)",
    "TABLE.pop(type(x))",
    "TABLE.dispatch(type(x))(x)",
    "TABLE[type(x)]",
    "[k for k in type(x).mro()]",
    "[k for k in type(x).__mro__]",
    "kind = type(x)\nTABLE[kind]",
    "kind = x.__class__\nif kind in TABLE: ...",
)
LOOKS_NOWHERE = (
    "TABLE.get(x)",
    "TABLE.get(1, type(x))",
    "TABLE.add(type(x))",
    "TABLE.get(type(x).__name__)",
    "TABLE[type(x)[0]]",
    "x in type(x)",
    "type(x)",
    "type(x).other",
    "kind = type(x)\nprint(kind)",
    "class A:\n    def f(self): return TABLE[type(self)]",
    "get(type(x))",
)


@pytest.mark.parametrize(
    ("code", "looks"), [*((code, True) for code in LOOK), *((code, False) for code in LOOKS_NOWHERE)]
)
def test_where_classes_are_looked_up(program: ProgramKnowledge, code: str, looks: bool) -> None:
    names = Names("app/consumer.py", build(ast.parse(code)), program)
    assert looks_classes_up(names, questions(names)) is looks


VALUE = LEGACY + 'KINDS = {"k": CacheService}\ncache = CacheService(system="A")\n'
ASKING = "def ask(x, kind): return isinstance(x, kind)\n"
STAYS = ["1:1 CLF001 manual reference-stays", "2:15 CLF004 manual class-as-value", "3:9 CLF002 manual class-as-value"]
GOES = [*STAYS[:2], "3:9 CLF002 safe -"]


@pytest.mark.parametrize(
    ("text", "files", "expected"),
    [
        (VALUE, {}, GOES),
        (VALUE + "print(isinstance(cache, KINDS['k']))\n", {}, STAYS),
        (VALUE + "from app.other import ask\n", {"app/other.py": LEGACY + ASKING}, STAYS),
        (VALUE, {"app/other.py": LEGACY + "from app.consumer import KINDS\n" + ASKING}, STAYS),
        (VALUE, {"app/other.py": LEGACY + ASKING}, GOES),
    ],
    ids=["nobody asks", "the file asks", "what it imports asks", "who imports it asks", "a stranger asks"],
)
def test_who_asks(tmp_path: Path, text: str, files: dict[str, str], expected: list[str]) -> None:
    assert reported(tmp_path, text, files=files) == expected
