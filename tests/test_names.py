"""What the names of a file mean to the migrations. The cases under ``fixtures/cases/scopes`` hold the common forms."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from helpers import LEGACY, fixed, knowledge, reported

from cachelift.analysis.binder import build
from cachelift.analysis.names import Names

CALL = 'cache = CacheService(system="A")\n'

REPORTED = {
    "a star import of an unknown module, below": (
        LEGACY + "from third import *\n" + CALL,
        ["1:1 CLF001 manual reference-stays", "3:9 CLF002 manual star-import"],
    ),
    "a star import of an unknown module, above": (
        "from third import *\n" + LEGACY + CALL,
        ["2:1 CLF001 manual reference-stays", "3:9 CLF002 manual name-taken"],
    ),
    "a module whose name another one has as well": (
        "from app.services import cache_service\nif a: from third import cache_service\ncache_service.CacheService()\n",
        ["1:1 CLF001 manual reference-stays", "3:1 CLF002 manual rebound"],
    ),
    "a star import of a module that does not bind the name": (
        LEGACY + "from app.recorder import *\n" + CALL,
        ["1:1 CLF001 safe -", "3:9 CLF002 safe -"],
    ),
    "a star import of an unknown module, in the same line": (
        LEGACY.rstrip() + "; from third import *\n" + CALL,
        ["1:1 CLF001 manual reference-stays", "2:9 CLF002 manual star-import"],
    ),
    "a module under another name that is handed on": (
        "import app.services.cache_service as cs\nkeep(cs)\n",
        ["1:1 CLF001 manual reference-stays", "2:6 CLF004 manual module-as-value"],
    ),
    "a module under another name in a function that is handed on": (
        "def f():\n    import app.services.cache_service as cs\n    keep(cs)\n",
        ["2:5 CLF001 manual reference-stays", "3:10 CLF004 manual module-as-value"],
    ),
    "an annotated alias": (
        LEGACY + "Cache: type = CacheService\ncache = Cache(system='A')\n",
        ["1:1 CLF001 manual reference-stays", "2:15 CLF004 manual alias", "3:9 CLF002 safe -"],
    ),
    "an alias behind one of a class": (
        LEGACY + "class A:\n    Cache = CacheService\nOther = CacheService\ncache = Other(system='A')\n",
        [
            "1:1 CLF001 manual reference-stays",
            "3:13 CLF004 manual alias",
            "4:9 CLF004 manual alias",
            "5:9 CLF002 manual class-as-value",
        ],
    ),
    "an alias that is bound again": (
        LEGACY + "Other = CacheService\nOther = load()\ncache = Other(system='A')\n",
        ["1:1 CLF001 manual reference-stays", "2:9 CLF004 manual alias", "4:9 CLF002 manual rebound"],
    ),
    "an alias that a function binds again": (
        LEGACY + "Other = CacheService\ndef f():\n    global Other\n    Other = load()\ncache = Other(system='A')\n",
        ["1:1 CLF001 manual reference-stays", "2:9 CLF004 manual alias", "6:9 CLF002 manual rebound"],
    ),
    "an alias of a name that is bound again": (
        LEGACY + "CacheService = load()\nOther = CacheService\ncache = Other(system='A')\n",
        ["1:1 CLF001 manual reference-stays", "3:9 CLF004 manual alias", "4:9 CLF002 manual rebound"],
    ),
    "an alias behind another use": (
        LEGACY + CALL + "Other = CacheService\nother = Other(system='A')\n",
        ["1:1 CLF001 manual reference-stays", "2:9 CLF002 safe -", "3:9 CLF004 manual alias", "4:9 CLF002 safe -"],
    ),
    "an annotation without a value": (
        "CacheService: object\n" + LEGACY + CALL,
        ["2:1 CLF001 safe -", "3:9 CLF002 safe -"],
    ),
    "an annotation with a value": (
        "CacheService: object = None\n" + LEGACY + CALL,
        ["2:1 CLF001 manual reference-stays", "3:9 CLF002 manual rebound"],
    ),
    "an annotation without a value for a library function": (
        LEGACY + "Depends: object\nfrom fastapi import Depends\ndef f(cache: CacheService = Depends()): ...\n",
        ["1:1 CLF001 manual reference-stays", "4:14 CLF003 manual runtime-annotation"],
    ),
    "a library function that is bound again": (
        LEGACY + "from fastapi import Depends\nDepends = print\ndef f(cache: CacheService = Depends()): ...\n",
        ["1:1 CLF001 manual reference-stays", "4:14 CLF003 manual runtime-annotation"],
    ),
    "a package, in a class that binds its name below": (
        (
            "import app.services.cache_service\n"
            "class Registry:\n"
            "    recorder = app.recorder\n"
            '    cache = app.services.cache_service.CacheService(system="A")\n'
            "    app = 1\n"
            '    other = app.services.cache_service.CacheService(system="B")\n'
        ),
        ["1:1 CLF001 manual reference-stays", "4:13 CLF002 manual rebound"],
    ),
    "a package on the way to nothing, in a class that binds its name below": (
        "import app\nclass Registry:\n    recorder = app.recorder\n    app = 1\n",
        [],
    ),
}


@pytest.mark.parametrize("name", REPORTED)
def test_what_is_reported(name: str, tmp_path: Path) -> None:
    text, expected = REPORTED[name]

    assert reported(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("handler", "goes"),
    [
        ("except:", True),
        ("except ImportError:", True),
        ("except (AttributeError, ModuleNotFoundError):", True),
        ("except AttributeError:", False),
        ("except module.ImportError:", False),
    ],
)
def test_the_none_of_a_handler_that_catches_a_failing_import_moves_with_it(
    handler: str, goes: bool, tmp_path: Path
) -> None:
    text = f"try:\n    {LEGACY}{handler}\n    CacheService = None\n" + CALL

    after, left = fixed(tmp_path, text)

    assert (after != text) is goes
    assert (left == []) is goes
    assert ("    get_unified_cache = None\n" in after) is goes


def test_a_name_that_is_being_bound_stands_for_nothing(tmp_path: Path) -> None:
    tree = ast.parse("import typing\nvalue = typing.cast\n")
    names = Names("app/consumer.py", build(tree), knowledge(tmp_path, {}))
    assignment = tree.body[1]
    assert isinstance(assignment, ast.Assign)

    assert names.qualified(assignment.targets[0]) == ()
    assert names.qualified(assignment.value) == ("typing.cast",)
