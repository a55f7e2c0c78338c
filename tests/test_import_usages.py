"""Import statements, the names they hand on and their ``None``. ``fixtures`` hold the common forms."""

from __future__ import annotations

import ast
from pathlib import Path

import cases
import pytest
from helpers import CONSUMER, LEGACY, TARGET, fixed, knowledge, lay_out, reported

from cachelift.analysis.facts import LATE, FileFacts
from cachelift.analysis.usages import analyse
from cachelift.knowledge import ProgramKnowledge
from cachelift.source import Positions

GUARDED = f"try:\n    {LEGACY}except ImportError:\n    CacheService = None\n"
USED = 'cache = CacheService(system="A") if CacheService is not None else None\n'


@pytest.mark.parametrize("above", [TARGET, "from app.services.unified_cache import UnifiedCache\n"])
def test_a_fallback_stays_where_the_new_name_is_bound_above(above: str, tmp_path: Path) -> None:
    text = above + GUARDED + USED

    after, left = fixed(tmp_path, text)

    assert after == text
    assert left == [
        "3:5 CLF001 manual reference-stays",
        "6:9 CLF002 manual fallback-binding",
        "6:37 CLF004 manual fallback-binding",
    ]


def test_a_fallback_moves_with_its_import(tmp_path: Path) -> None:
    after, left = fixed(tmp_path, GUARDED + USED)

    assert after == (
        f"try:\n    {TARGET}except ImportError:\n    get_unified_cache = None\n"
        'cache = get_unified_cache("A") if get_unified_cache is not None else None\n'
    )
    assert left == []


MODULE = GUARDED.replace("app.services.cache_service import CacheService", "app.services import cache_service").replace(
    "    CacheService =", "    cache_service ="
)
MOVED = "try:\n    from app.services import unified_cache\nexcept ImportError:\n    unified_cache = None\n"
TYPED = MOVED.replace("app.services import unified_cache", "app.services.unified_cache import UnifiedCache").replace(
    "    unified_cache =", "    UnifiedCache ="
)
GUARDS = {
    "a call and a type": (
        GUARDED + USED + "def f(x: CacheService): ...\n",
        (
            f"try:\n    {TARGET.rstrip()}, UnifiedCache\nexcept ImportError:\n"
            "    get_unified_cache = UnifiedCache = None\n"
            'cache = get_unified_cache("A") if get_unified_cache is not None else None\ndef f(x: UnifiedCache): ...\n'
        ),
    ),
    "a type": (
        GUARDED + "def f(x: CacheService): ...\n",
        TYPED + "def f(x: UnifiedCache): ...\n",
    ),
    "a module, for a call": (
        MODULE + 'cache = cache_service.CacheService(system="A") if cache_service else None\n',
        MOVED + 'cache = unified_cache.get_unified_cache("A") if unified_cache else None\n',
    ),
    "a module, for a type": (
        MODULE + "def f(x: cache_service.CacheService): ...\n",
        MOVED + "def f(x: unified_cache.UnifiedCache): ...\n",
    ),
    "a module, for a call and a type": (
        MODULE + 'cache = cache_service.CacheService(system="A")\ndef f(x: cache_service.CacheService): ...\n',
        MOVED + 'cache = unified_cache.get_unified_cache("A")\ndef f(x: unified_cache.UnifiedCache): ...\n',
    ),
    "a module, for something else": (MODULE + "cache_service.make_key()\n", MODULE + "cache_service.make_key()\n"),
}


@pytest.mark.parametrize("name", GUARDS)
def test_all_that_takes_the_place_of_a_guarded_import_is_none_there(name: str, tmp_path: Path) -> None:
    text, expected = GUARDS[name]

    assert fixed(tmp_path, text) == (expected, [])


STAR = LEGACY.replace("CacheService\n", "*\n")
STARS = {
    "the class": (STAR + "CacheService()\n", ["1:1 CLF008 manual star-import", "2:1 CLF002 manual star-import"]),
    "the class in a function": (
        STAR + "def f(): CacheService()\n",
        ["1:1 CLF008 manual star-import", "2:10 CLF002 manual star-import"],
    ),
    "a name that is bound beside it": (
        STAR + "if x: CacheService = None\nCacheService()\n",
        ["1:1 CLF008 manual star-import", "3:1 CLF002 manual star-import"],
    ),
    "a parameter": (STAR + "def f(CacheService): CacheService()\n", ["1:1 CLF008 manual star-import"]),
    "another import": (STAR + "from x import CacheService\nCacheService()\n", ["1:1 CLF008 manual star-import"]),
    "another name": (STAR + "make_key()\n", ["1:1 CLF008 manual star-import"]),
    "an unknown module beside it": (
        STAR + "from third import *\nCacheService()\n",
        ["1:1 CLF008 manual star-import", "3:1 CLF002 manual star-import"],
    ),
    "another module beside it": (
        "from app.recorder import *\n" + LEGACY + 'CacheService(system="A")\n',
        ["2:1 CLF001 safe -", "3:1 CLF002 safe -"],
    ),
    "an unknown module": ("from third import *\nCacheService()\n", []),
}


@pytest.mark.parametrize("name", STARS)
def test_names_of_star_imports(name: str, tmp_path: Path) -> None:
    text, expected = STARS[name]

    assert reported(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("cache_service.CacheService(system='B')\n", ["2:1 CLF002 manual star-import"]),
        ("keep(cache_service)\n", []),
        ("cache_service.make_key()\n", []),
    ],
)
def test_a_module_by_a_name_of_a_star_import(use: str, expected: list[str], tmp_path: Path) -> None:
    hub = {"app/hub.py": "from app.services import cache_service\ncache = cache_service.CacheService(system='A')\n"}

    found = reported(tmp_path, "from app.hub import *\n" + use, files=hub)

    assert found == ["1:1 CLF008 manual star-import", *expected]


def test_a_module_that_others_read_stays_where_they_read_it(tmp_path: Path) -> None:
    hub = "from app.services import cache_service\ncache = cache_service.CacheService(system='B')\n"
    text = "from app.hub import cache_service\nkey = cache_service.make_key('a')\n"

    fixed(tmp_path, text, files={"app/hub.py": hub})

    assert (tmp_path / "app/hub.py").read_text() == (
        "from app.services import cache_service\nfrom app.services import unified_cache\n"
        "cache = unified_cache.get_unified_cache('B')\n"
    )


LISTED = {
    "first of a list": ("__all__ = ['CacheService', 'b']\n", "__all__ = ['b']\n"),
    "last of a list": ("__all__ = ['b', 'CacheService']\n", "__all__ = ['b']\n"),
    "last of a list with a comma behind": (
        "__all__ = [\n    'b',\n    'CacheService',\n]\n",
        "__all__ = [\n    'b',\n]\n",
    ),
    "the only one of a list": ("__all__ = ['CacheService']\n", "__all__ = []\n"),
    "the only one of a list with a comma behind": ("__all__ = [\n    'CacheService',\n]\n", "__all__ = [\n    \n]\n"),
    "first of three": ("__all__ = ['CacheService', 'a', 'b']\n", "__all__ = ['a', 'b']\n"),
    "middle of three": ("__all__ = ['a', 'CacheService', 'b']\n", "__all__ = ['a', 'b']\n"),
    "one of three in a tuple": ("__all__ = ('a', 'b', 'CacheService')\n", "__all__ = ('a', 'b')\n"),
    "annotated": ("__all__: list[str] = ['b', 'CacheService']\n", "__all__: list[str] = ['b']\n"),
    "added": ("__all__ = ['b']\n__all__ += ['CacheService']\n", "__all__ = ['b']\n__all__ += []\n"),
    "handed to extend": ("__all__ = []\n__all__.extend(['CacheService'])\n", "__all__ = []\n__all__.extend([])\n"),
    "beside another list": (
        "names = ['CacheService']\n__all__ = ['names', 'CacheService']\n",
        "names = ['CacheService']\n__all__ = ['names']\n",
    ),
    "beside a list that comes first": (
        "names = ['CacheService']\n__all__ = []\n__all__ += ['CacheService']\n",
        "names = ['CacheService']\n__all__ = []\n__all__ += []\n",
    ),
    "last, behind a comment": ("__all__ = [\n    'b',  # why\n    'CacheService',\n]\n", None),
    "first of a tuple of two": ("__all__ = ('CacheService', 'b')\n", None),
    "last of a tuple of two": ("__all__ = ('b', 'CacheService')\n", None),
    "a tuple without parentheses": ("__all__ = 'CacheService',\n", None),
    "listed twice": ("__all__ = ['CacheService']\n__all__ += ['CacheService']\n", None),
    "handed to append": ("__all__ = []\n__all__.append('CacheService')\n", None),
    "computed": ("__all__ = sorted(set(['b']) | {'CacheService'})\n", None),
}


@pytest.mark.parametrize("name", LISTED)
def test_the_entry_of_all_goes_with_the_import(name: str, tmp_path: Path) -> None:
    text, expected = LISTED[name]

    after, left = fixed(tmp_path, LEGACY + text, unsafe=True)

    assert after == (expected if expected is not None else LEGACY + text)
    assert left == ([] if expected is not None else ["1:1 CLF007 manual reexport"])


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> ProgramKnowledge:
    return knowledge(tmp_path_factory.mktemp("import_usages"), {"app/user.py": "", "app/other.py": ""})


def facts(program: ProgramKnowledge, text: str) -> FileFacts:
    return analyse(CONSUMER, text, ast.parse(text), Positions(text), program)


DEFINITION_PATCH = "from unittest import mock\nmock.patch('app.services.cache_service.CacheService')\n"
APP = "app/__init__.py"
IMPORTS: dict[str, tuple[str, dict[str, int]]] = {
    "a module": ("import app.user\n", {APP: 1, "app/user.py": 1}),
    "a package and a module": ("\nimport app, app.user as u\n", {APP: 2, "app/user.py": 2}),
    "a module from its package": ("from app import user\n", {APP: 1, "app/user.py": 1}),
    "a name of a module": ("from app.user import x\n", {"app/user.py": 1}),
    "the package beside the file": ("from . import user\n", {APP: 1, "app/user.py": 1}),
    "a star": ("from app.user import *\n", {"app/user.py": 1}),
    "another library": ("import os\nfrom sys import path\n", {}),
    "twice": ("\nimport app.user\nfrom app.user import x\n", {APP: 2, "app/user.py": 2}),
    "under a condition": ("if x:\n    import app.user\n", {APP: LATE, "app/user.py": LATE}),
    "in a function": ("def f():\n    import app.user\n", {APP: LATE, "app/user.py": LATE}),
    "in a function, and behind it": ("def f():\n    import app.user\nimport app.user\n", {APP: 3, "app/user.py": 3}),
    "in a class": ("class A:\n    from app.user import x\n", {"app/user.py": LATE}),
    "a name in a string": ("x = 'app.user.x'\n", {}),
    "a name in a string, and the class is patched": (
        DEFINITION_PATCH + "x = 'app.user.x'\n",
        {APP: LATE, "app/user.py": LATE, "app/services/__init__.py": LATE, "app/services/cache_service.py": LATE},
    ),
    "an import, and a name in a string, and the class is patched": (
        "import app.user\n" + DEFINITION_PATCH + "x = 'app.user.x app.other', b'app.other', 'the app.other'\n",
        {APP: 1, "app/user.py": 1, "app/services/__init__.py": LATE, "app/services/cache_service.py": LATE},
    ),
}


@pytest.mark.parametrize(("text", "expected"), IMPORTS.values(), ids=IMPORTS)
def test_what_a_file_imports(text: str, expected: dict[str, int], program: ProgramKnowledge) -> None:
    assert facts(program, text).imports == expected


READS = {
    "of anything": "def f(x): return x.__annotations__\n",
    "fields of a dataclass": "def f(x): return x.__dataclass_fields__\n",
    "a new type": "def f(x): return x.__supertype__\n",
    "a bound": "def f(x): return x.__bound__\n",
    "constraints": "def f(x): return x.__constraints__\n",
    "of a parameter": "import inspect\ndef f(x): return inspect.signature(x).parameters['a'].annotation\n",
    "of a signature": "import inspect\ndef f(x): return inspect.signature(x).return_annotation\n",
    "of a given parameter": "from inspect import Parameter\ndef f(x: Parameter): return x.annotation\n",
    "all": "import typing\ndef f(x): return typing.get_type_hints(x)\n",
    "all, by another name": "from inspect import get_annotations as get\ndef f(x): return get(x)\n",
    "types of fields": "import dataclasses\ndef f(x): return [each.type for each in dataclasses.fields(x)]\n",
    "types of attributes": "import attr\ndef f(x): return [each.type for each in attr.fields(x)]\n",
}
READS_NONE = {
    "another attribute": "def f(x): return x.annotations\n",
    "annotations of no signature": "def f(x): return x.annotation, x.return_annotation\n",
    "a signature": "import inspect\ndef f(x): return inspect.signature(x).parameters\n",
    "another function of that name": "def get_type_hints(x): ...\ndef f(x): return get_type_hints(x)\n",
    "a function that is not called": "from typing import get_type_hints\n",
    "names of fields": "import dataclasses\ndef f(x): return [each.name for each in dataclasses.fields(x)]\n",
    "types of something else": "fields = 1\ndef f(x): return x.type\n",
    "fields of something else": "def f(x): return [each.type for each in x.fields(x)]\n",
}


@pytest.mark.parametrize("text", READS.values(), ids=READS)
def test_annotations_that_are_read(text: str, program: ProgramKnowledge) -> None:
    assert facts(program, text).reads_annotations


@pytest.mark.parametrize("text", READS_NONE.values(), ids=READS_NONE)
def test_no_annotations_that_are_read(text: str, program: ProgramKnowledge) -> None:
    assert not facts(program, text).reads_annotations


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import importlib, app\nimportlib.reload(app)\n", True),
        ("from importlib import reload as again\nimport app\nagain(app)\n", True),
        ("import sys\ndel sys.modules['app']\n", True),
        ("import runpy\nrunpy.run_path('x.py')\n", True),
        ("def f(spec, module): spec.loader.exec_module(module)\n", True),
        ("import sys\nsys.path\nmodules = 1\n", False),
        ("from importlib import reload\n", False),
        ("import app\napp.modules\n", False),
    ],
)
def test_modules_that_may_run_again(text: str, expected: bool, program: ProgramKnowledge) -> None:
    assert facts(program, text).runs_again is expected


UNUSED = "nothing uses this import of the deprecated class"
UNUSED_MODULE = "no use of the deprecated class goes through this import of its module"
NAMED = "the import of the deprecated class stays: a `del`, a `global` or the body of a class means its name as well"
OLD = (
    "app.services.cache_service.CacheService is deprecated: import app.services.unified_cache.get_unified_cache instead"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LEGACY, f"unsafe unused-import {UNUSED}"),
        ("from app.services import cache_service\n", f"manual unused-import {UNUSED_MODULE}"),
        ("import app.services.cache_service as old\n", f"manual unused-import {UNUSED_MODULE}"),
        ("import app.services.cache_service\nprint(app)\n", f"manual unused-import {UNUSED_MODULE}"),
        (LEGACY + "del CacheService\n", f"manual reference-stays {NAMED}"),
        (LEGACY + 'print(CacheService(system="A"))\ndel CacheService\n', f"manual reference-stays {NAMED}"),
        (LEGACY + 'print(CacheService(system="A"))\n', f"safe None {OLD}"),
        (LEGACY + "print(CacheService(*x))\n", f"manual reference-stays {OLD}"),
        (LEGACY + "print(CacheService(*x))\ndel CacheService\n", f"manual reference-stays {OLD}"),
        (LEGACY + "__all__ = ['CacheService']\n", f"unsafe reexport {OLD}"),
        (LEGACY + "print(CacheService(system='A'))  # noqa\n", f"manual reference-stays {OLD}"),
    ],
)
def test_the_message_says_what_there_is_to_do(text: str, expected: str, tmp_path: Path) -> None:
    lay_out(tmp_path, {"app/user.py": text})
    found = next(f for f in cases.findings(cases.check(tmp_path)) if f.line == 1)
    assert f"{found.applicability} {found.reason} {found.message}" == expected


@pytest.mark.parametrize("comment", ["# noqa: CLF002", "# cachelift: skip"])
def test_the_import_that_a_silenced_call_needs_is_still_reported(comment: str, tmp_path: Path) -> None:
    lay_out(tmp_path, {"app/user.py": LEGACY + f'print(CacheService(system="A"))  {comment}\n'})
    (found,) = cases.findings(cases.check(tmp_path))
    assert (found.code, found.line, found.reason) == ("CLF001", 1, "reference-stays")
