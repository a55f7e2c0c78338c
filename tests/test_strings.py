"""Strings that name the class. ``fixtures/cases/strings`` hold the common forms."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import LEGACY, TARGET, fixed, reported

PATCH = "import sys\nfrom unittest import mock\nfrom unittest.mock import Mock, patch\n"
"""The head of a file that patches; the code follows in line 4."""
DEFINITION = '"app.services.cache_service.CacheService"'
USER = {
    "app/user.py": LEGACY + 'def make():\n    return CacheService(system="A")\n',
    "app/asmodule.py": (
        "import app.services.cache_service as cache_service\n"
        'def make():\n    return cache_service.CacheService(system="A")\n'
    ),
}

ANNOTATIONS = {
    "no expression": ("x: 'CacheService ('\n", []),
    "a null character": ("x: 'CacheService\\0'\n", []),
    "a literal": ("from typing import Literal\nx: 'Literal[CacheService]'\n", []),
    "a literal by attribute": ("import typing\nx: 'typing.Literal[CacheService]'\n", []),
    "a literal under another name": ("from typing import Literal as L\nx: 'L[list[CacheService]]'\n", []),
    "another's literal": ("x: 'Unbound[CacheService]'\n", ["2:4 CLF003 safe -"]),
    "in the result of a call": ("x: 'f()[CacheService]'\n", ["2:4 CLF003 safe -"]),
    "an attribute of the class": ("x: 'CacheService.Entry'\n", ["2:4 CLF003 manual class-attribute"]),
    "another name": ("x: 'Cache | CacheServices'\n", []),
    "two pieces": ("x: 'Cache' 'Service'\n", ["2:4 CLF003 manual complex-string"]),
    "an escape": ("x: 'Cache\\x53ervice'\n", ["2:4 CLF003 manual complex-string"]),
    "an f-string": ("x: f'CacheService'\n", []),
}

ARGUMENTS = {
    "a relative import of the module": (
        "import importlib\nimportlib.import_module('.cache_service', 'app.services')\n",
        ["2:25 CLF005 manual dotted-string"],
    ),
    "a relative import of the module, by keyword": (
        "import importlib\nimportlib.import_module('.cache_service', package='app.services')\n",
        ["2:25 CLF005 manual dotted-string"],
    ),
    "an import of another module": ("import importlib\nimportlib.import_module('app.cache_service')\n", []),
    "a relative import of another module": (
        "import importlib\nimportlib.import_module('.cache_service', 'other')\n",
        [],
    ),
    "a relative import that is no name": ("import importlib\nimportlib.import_module('./cache_service')\n", []),
    "a logger": ("import logging\nlogging.getLogger('app.services.cache_service')\n", []),
    "a patch of the module's own name": (
        PATCH + "patch('app.services.cache_service')\n",
        ["4:7 CLF005 manual module-as-value"],
    ),
    "a patch by a constant of a class": (
        PATCH + "class T:\n    __module = 'third'\n    patch(f'{__module}.CacheService')\n"
        "    patch(__module + '.other')\n    patch(self.__module + '.CacheService')\n",
        ["8:11 CLF005 manual patched-name"],
    ),
    "a stand-in that is the path": (
        PATCH + "patch('third.x', spec='app.services.cache_service.CacheService')\n",
        ["4:23 CLF005 manual dotted-string"],
    ),
    "entries of a module's dictionary by keyword": (
        PATCH + "patch.dict(m.__dict__, other=2, CacheService=1, **x)\n",
        ["4:33 CLF005 manual patched-name"],
    ),
    "a patch of another member": (PATCH + "patch('app.services.cache_service.CacheKey')\n", []),
    "a patch in a module that does not bind the name": (
        PATCH + "patch('app.recorder.CacheService')\n",
        ["4:7 CLF005 manual unbound-patch"],
    ),
    "a patch of a module's name that is not bound": (PATCH + "patch('app.recorder.cache_service')\n", []),
    "a patch in an unknown module": (PATCH + "patch('third.CacheService')\n", []),
    "a patch of the definition in two pieces": (
        PATCH + "patch('app.services.cache_service.' 'CacheService')\n",
        ["4:7 CLF005 manual complex-string"],
    ),
    "a patch of a missing method": (
        PATCH + "patch('app.services.cache_service.CacheService.warmup')\n",
        ["4:7 CLF005 manual missing-member"],
    ),
    "a patch of a method through a user": (
        PATCH + "patch('app.user.CacheService.get')\n",
        ["4:7 CLF005 manual patched-name"],
    ),
    "a patch of a name in two pieces": (
        PATCH + "patch('app.user.' 'CacheService')\n",
        ["4:7 CLF005 manual complex-string"],
    ),
    "an object's name in two pieces": (
        PATCH + "import app.user  # CacheService\npatch.object(app.user, 'Cache' 'Service')\n",
        ["5:24 CLF005 manual complex-string"],
    ),
    "an object's name": (PATCH + "import app.user\npatch.object(app.user, 'CacheService')\n", ["5:24 CLF005 safe -"]),
    "an object's name by keyword": (
        PATCH + "import app.user\npatch.object(target=app.user, attribute='CacheService')\n",
        ["5:41 CLF005 safe -"],
    ),
    "an object's other name": (
        PATCH + "import app.recorder\npatch.object(app.recorder, 'CacheService')\n",
        ["5:28 CLF005 manual unbound-patch"],
    ),
    "a module's name for the module": (
        PATCH + "import app.asmodule\npatch.object(app.asmodule, 'cache_service')\n",
        ["5:28 CLF005 manual patched-name"],
    ),
    "a module's name for the module, read": (
        "import app.asmodule\ngetattr(app.asmodule, 'cache_service')\n",
        ["2:23 CLF005 manual dotted-string"],
    ),
    "the definition by an object": (
        PATCH + "from app.services import cache_service\npatch.object(cache_service, 'CacheService')\n",
        ["5:29 CLF005 manual patched-definition"],
    ),
    "an unknown object": (
        PATCH + "def f(x):\n    patch.object(x, 'CacheService')\n",
        ["5:21 CLF005 manual patched-name"],
    ),
    "an unknown attribute": (
        PATCH + "def f(x):\n    patch.object(x.y, 'CacheService')\n",
        ["5:23 CLF005 manual patched-name"],
    ),
    "an object that nothing binds": (PATCH + "patch.object(unbound, 'CacheService')\n", []),
    "no object": (PATCH + "patch.object(attribute='CacheService')\n", ["4:24 CLF005 manual patched-name"]),
    "an unknown object's other name": (PATCH + "patch.object(unbound, 'cache_service')\n", []),
    "a class of the file": (PATCH + "class Fake: ...\npatch.object(Fake, 'CacheService')\n", []),
    "an instance": (PATCH + "box = Box()\npatch.object(box, 'CacheService')\n", []),
    "what a function gives": (
        PATCH + "box = load()\npatch.object(box, 'CacheService')\n",
        ["5:19 CLF005 manual patched-name"],
    ),
    "a number": (PATCH + "box = 1\npatch.object(box, 'CacheService')\n", ["5:19 CLF005 manual patched-name"]),
    "a name that is bound twice": (
        PATCH + "box = Box()\nbox = load()\npatch.object(box, 'CacheService')\n",
        ["6:19 CLF005 manual patched-name"],
    ),
    "read from a known module": (
        "import app.user\nhasattr(app.user, 'CacheService')\n",
        ["2:19 CLF005 manual dotted-string"],
    ),
}

COMPUTED = {
    "the definition": (
        "M = 'app.services.cache_service'\npatch(f'{M}.CacheService')\n",
        ["4:5 CLF005 manual dotted-string", "5:7 CLF005 manual patched-definition"],
    ),
    "a sum": ("M = 'app.user'\npatch(M + '.CacheService')\n", ["5:7 CLF005 manual complex-string"]),
    "a method": ("M = 'app.user'\npatch(f'{M}.CacheService.get')\n", ["5:7 CLF005 manual patched-definition"]),
    "another member": (
        "M = 'app.services.cache_service'\npatch(f'{M}.CacheKey')\n",
        ["4:5 CLF005 manual dotted-string"],
    ),
    "a module's name for the legacy module": (
        "M = 'app.asmodule'\npatch(f'{M}.cache_service')\n",
        ["5:7 CLF005 manual patched-name"],
    ),
    "a member of the legacy module by a module's name for it": (
        "M = 'app.asmodule'\npatch(f'{M}.cache_service.CacheKey')\n",
        [],
    ),
    "another module": ("M = 'third'\npatch(f'{M}.CacheService')\n", []),
    "this module": ("patch(f'{__name__}.CacheService')\n", []),
    "a name that nothing binds": ("patch(f'{unbound}.CacheService')\n", ["4:7 CLF005 manual patched-name"]),
    "a name of two": ("M, N = x\npatch(f'{M}.CacheService')\n", ["5:7 CLF005 manual patched-name"]),
    "two names at once": ("M = N = 'app.user'\npatch(f'{M}.CacheService')\n", ["5:7 CLF005 manual patched-name"]),
    "one of one": ("M, = x\npatch(f'{M}.CacheService')\n", ["5:7 CLF005 manual patched-name"]),
    "a name that is bound twice": (
        "M = 'app.user'\nM = 'third'\npatch(f'{M}.CacheService')\n",
        ["6:7 CLF005 manual patched-name"],
    ),
    "a number": ("M = 1\npatch(f'{M}.CacheService')\n", ["5:7 CLF005 manual patched-name"]),
    "a conversion": ("M = 'app.user'\npatch(f'{M!r}.CacheService')\n", ["5:7 CLF005 manual patched-name"]),
    "the result of a call": ("patch(f'{f()}.CacheService')\n", ["4:7 CLF005 manual patched-name"]),
    "a product": ("patch('x' * 2)\npatch('CacheService' * n)\n", ["5:7 CLF005 manual patched-name"]),
    "no pieces": ("patch(a + b)\n", []),
    "another name": ("patch(f'{unbound}.CacheKey')\n", []),
    "no target": ("patch()\n", []),
    "what may be patched later": ("T = unbound + '.CacheService'\n", ["4:15 CLF005 manual patched-name"]),
    "several in a module": (
        "mock.patch.multiple('app.user', CacheService=Mock(), other=1, **more)\n",
        ["4:33 CLF005 manual stand-in"],
    ),
    "several in a module by keyword": (
        "mock.patch.multiple(target='app.user', CacheService=Mock())\n",
        ["4:40 CLF005 safe -"],
    ),
    "several in the legacy module": (
        "mock.patch.multiple('app.services.cache_service', CacheService=Mock(), CacheKey=1)\n",
        ["4:21 CLF005 manual dotted-string", "4:51 CLF005 manual patched-definition"],
    ),
    "several in a module by its name": (
        "import app.user\nmock.patch.multiple(app.user, CacheService=Mock())\n",
        ["5:31 CLF005 safe -"],
    ),
    "several in what is unknown": ("mock.patch.multiple(unbound, CacheService=Mock())\n", []),
    "several of the module's own": ("mock.patch.multiple('app.services', cache_service=Mock())\n", []),
    "an entry of a module's dictionary": (
        "mock.patch.dict(box.__dict__, CacheService=1, other=2)\n",
        ["4:31 CLF005 manual patched-name"],
    ),
    "entries of a module's dictionary": (
        "mock.patch.dict(box.__dict__, {'CacheService': 1}, **more)\n",
        ["4:32 CLF005 manual patched-name"],
    ),
    "an entry of vars": ("mock.patch.dict(vars(box), {'CacheService': 1})\n", ["4:29 CLF005 manual patched-name"]),
    "an entry of a dictionary by its path": (
        "mock.patch.dict('box.__dict__', {'CacheService': 1})\n",
        ["4:34 CLF005 manual patched-name"],
    ),
    "an entry of another dictionary": ("mock.patch.dict('os.environ', {'CacheService': 1})\n", []),
    "an entry of another dictionary by attribute": ("mock.patch.dict(box.data, CacheService=1)\n", []),
    "an entry of what a function gives": ("mock.patch.dict(load(), {'CacheService': 1})\n", []),
    "an entry of nothing": ("mock.patch.dict({'CacheService': 1})\n", []),
    "a value of a dictionary": (
        "mock.patch.dict(box.__dict__, {'x': 'CacheService'})\n",
        ["4:37 CLF005 manual patched-name"],
    ),
}

OTHERS = {
    "a name among several": (
        "def f(x):\n    return type(x).__name__ in ('CacheService', 'B')\n",
        ["2:33 CLF005 manual class-name"],
    ),
    "a name beside another question": (
        "def f(x, y):\n    print(x.__class__.__name__)\n    return y.kind == 'CacheService'\n",
        [],
    ),
    "a qualified name": (
        "def f(x):\n    return type(x).__qualname__ == 'CacheService'\n",
        ["2:36 CLF005 manual class-name"],
    ),
    "a name that is none of a class": ("def f(x):\n    return x.__name__ == 'CacheService'\n", []),
    "an exported name": ("def f(x):\n    return type(x).__name__\n__all__ = ['f', 'CacheService']\n", []),
    "a global of this name": (
        LEGACY + "globals()['CacheService']\n",
        ["1:1 CLF001 manual reference-stays", "2:11 CLF005 manual dotted-string"],
    ),
    "another global": ("globals()['cache_service']\n", []),
    "a name of what vars gives": ("vars(box)['CacheService']\n", ["1:11 CLF005 manual patched-name"]),
    "a loaded module": (
        "import sys\nsys.modules['app.services.cache_service']\n",
        ["2:13 CLF005 manual dotted-string"],
    ),
    "another loaded module": ("import sys\nsys.modules['app.cache_service']\n", []),
    "an entry of another mapping": ("box['CacheService']\n", []),
    "an entry of a dictionary": ("box.__dict__['CacheService']\n", ["1:14 CLF005 manual patched-name"]),
    "an entry that is not the class": ("box.__dict__['cache_service']\n", []),
    "a slice": ("box[:'CacheService']\n", []),
    "a path with a colon": ("NAME = 'app.services.cache_service:CacheService'\n", ["1:8 CLF005 manual dotted-string"]),
    "a path of a method": (
        "NAME = 'app.services.cache_service.CacheService.get'\n",
        ["1:8 CLF005 manual dotted-string"],
    ),
    "a path far below": ("NAME = 'app.services.cache_service.CacheService.get.x'\n", []),
    "a path of another member": ("NAME = 'app.services.cache_service.CacheKey'\n", []),
    "a path elsewhere": ("NAME = 'third.cache_service.CacheService'\n", []),
    "a path through a user": ("NAME = 'app.user.CacheService'\n", ["1:8 CLF005 manual dotted-string"]),
    "a path that is compared": (
        "def f(x):\n    return path(x) == 'app.user.CacheService'\n",
        ["2:23 CLF005 manual class-name"],
    ),
    "a module that is asked for": (
        "def f(x):\n    return x.__module__ == 'app.services.cache_service'\n",
        ["2:28 CLF005 manual class-name"],
    ),
    "a module that is compared": (
        "def f(x):\n    return x == 'app.services.cache_service'\n",
        ["2:17 CLF005 manual dotted-string"],
    ),
    "a word": ("NAME = 'the CacheService'\n", []),
    "a relative path": ("TABLE = {'x': '.services.cache_service'}\n", ["1:15 CLF005 manual dotted-string"]),
    "modules that are replaced": (
        PATCH + "patch.dict('sys.modules', {'app.services.cache_service': None})\n",
        ["4:28 CLF005 manual dotted-string"],
    ),
}

TWO = """
[[tool.cachelift.migrations]]
[[tool.cachelift.migrations]]
legacy = "app.other.OldStore"
factory = "app.other.get_store"
"""

SEVERAL = {
    "an unknown object": (PATCH + "def f(x):\n    patch.object(x, 'OldStore')\n", ["5:21 CLF005 manual patched-name"]),
    "a name that is compared": (
        "def f(x):\n    return type(x).__name__ == 'OldStore'\n",
        ["2:32 CLF005 manual class-name"],
    ),
    "a patch of what is not bound": (PATCH + "patch('app.recorder.OldStore')\n", ["4:7 CLF005 manual unbound-patch"]),
}


@pytest.mark.parametrize(("text", "expected"), ANNOTATIONS.values(), ids=ANNOTATIONS)
def test_annotations(text: str, expected: list[str], tmp_path: Path) -> None:
    found = reported(tmp_path, LEGACY + text)
    assert [each for each in found if "CLF001" not in each] == [
        each.replace("2:4", f"{1 + text.count(chr(10))}:4") for each in expected
    ]


@pytest.mark.parametrize(("text", "expected"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_arguments(text: str, expected: list[str], tmp_path: Path) -> None:
    assert reported(tmp_path, text, files=USER) == expected


@pytest.mark.parametrize(("text", "expected"), COMPUTED.values(), ids=COMPUTED)
def test_patches(text: str, expected: list[str], tmp_path: Path) -> None:
    assert reported(tmp_path, PATCH + text, files=USER) == expected


@pytest.mark.parametrize(("text", "expected"), OTHERS.values(), ids=OTHERS)
def test_other_strings(text: str, expected: list[str], tmp_path: Path) -> None:
    assert reported(tmp_path, text, files=USER) == expected


@pytest.mark.parametrize(("text", "expected"), SEVERAL.values(), ids=SEVERAL)
def test_several_migrations(text: str, expected: list[str], tmp_path: Path) -> None:
    other = {"app/other.py": "class OldStore: ...\nclass Store: ...\ndef get_store() -> Store:\n    return Store()\n"}
    assert reported(tmp_path, text, files=other, config=TWO) == expected


def test_a_patched_definition_without_a_type(tmp_path: Path) -> None:
    target = {"app/services/unified_cache.py": "def get_unified_cache(system): ...\n"}
    assert reported(tmp_path, PATCH + f"patch('{DEFINITION[1:-1]}.get')\n", files=target) == [
        "4:7 CLF005 manual no-replacement-type"
    ]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("CacheService", "get_unified_cache"),
        ("CacheService.get", "UnifiedCache.get"),
        ("CacheService.get.calls", "UnifiedCache.get.calls"),
    ],
)
def test_a_patched_definition_moves_as_a_whole(target: str, expected: str, tmp_path: Path) -> None:
    text = PATCH + f"patch('app.services.cache_service.{target}')\n"
    assert fixed(tmp_path, text, unsafe=True) == (PATCH + f"patch('app.services.unified_cache.{expected}')\n", [])


def test_examples_keep_the_name_that_they_use(tmp_path: Path) -> None:
    text = LEGACY + '"""\n>>> CacheService\n"""\ncache = CacheService(system="A")\n'
    assert fixed(tmp_path, text)[0] == LEGACY + TARGET + text[len(LEGACY) :].replace(
        'CacheService(system="A")', 'get_unified_cache("A")'
    )


def test_examples_that_import_keep_nothing(tmp_path: Path) -> None:
    text = LEGACY + '"""\n>>> from x import CacheService\n"""\ncache = CacheService(system="A")\n'
    assert fixed(tmp_path, text)[0] == TARGET + text[len(LEGACY) :].replace(
        'CacheService(system="A")', 'get_unified_cache("A")'
    )


def test_a_type_in_a_string_of_several_lines(tmp_path: Path) -> None:
    text = "x: '''(\n  CacheService |\n  None |\n  CacheService)'''\n"

    after, left = fixed(tmp_path, LEGACY + text)

    new = TARGET.replace("get_unified_cache", "UnifiedCache")
    assert after == new + "x: '''(\n  UnifiedCache |\n  None |\n  UnifiedCache)'''\n"
    assert left == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            f'"""\n>>> CacheService\n"""\ndef f():\n    {LEGACY}    return CacheService(system="A")\n',
            f'"""\n>>> CacheService\n"""\ndef f():\n    {TARGET}    return get_unified_cache("A")\n',
        ),
        (
            f'{LEGACY}"""\n>>> app.CacheService, CacheServices\nCacheServices\n"""\nc = CacheService(system="A")\n',
            f'{TARGET}"""\n>>> app.CacheService, CacheServices\nCacheServices\n"""\nc = get_unified_cache("A")\n',
        ),
        (
            f'{LEGACY}"""\n>> CacheService\n"""\nc = CacheService(system="A")\n',
            f'{TARGET}"""\n>> CacheService\n"""\nc = get_unified_cache("A")\n',
        ),
    ],
    ids=["a function's name", "other names", "no example"],
)
def test_examples_that_do_not_use_the_module_s_name(before: str, after: str, tmp_path: Path) -> None:
    assert fixed(tmp_path, before) == (after, [])
