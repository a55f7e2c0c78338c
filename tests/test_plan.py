"""What depends on what, between the files of a program. ``fixtures/cases/program`` hold the common forms."""

from __future__ import annotations

from pathlib import Path

import cases
import pytest
from helpers import LEGACY, lay_out

CALL = 'cache = CacheService(system="A")\n'
USER = LEGACY + 'def make():\n    return CacheService(system="A")\n'
PATCH = "from unittest.mock import Mock, patch\n"
STORE = """\
class OldStore:
    def __init__(self, system="KP"):
        self.system = system


class Store:
    def __init__(self, system):
        self.system = system


def get_store(system="KP") -> Store:
    return Store(system)
"""
TWO = """
[[tool.cachelift.migrations]]
[[tool.cachelift.migrations]]
legacy = "app.store.OldStore"
factory = "app.store_target.get_store"
"""
GUARDED = """\
try:
    from app.services.cache_service import CacheService
except ImportError:
    CacheService = None
cache = CacheService(system="A") if CacheService is not None else None
"""


def verdicts(root: Path, files: dict[str, str], config: str = "") -> list[str]:
    """All findings: ``path:line code applicability reason``."""
    lay_out(root, files, config=config)
    found = cases.findings(cases.check(root))
    return [f"{f.path}:{f.line} {f.code} {f.applicability} {f.reason or '-'}" for f in found]


DERIVED = {
    "app/services/cache_service.py": (
        "class Base: ...\nclass CacheService(Base):\n    def __init__(self, system='KP'): ...\n"
    )
}
ASK_BASE = "from app.services.cache_service import Base\ndef ask(x): return isinstance(x, Base)\n"
ASK_BOTH = (
    LEGACY + "from app.services.unified_cache import UnifiedCache\n"
    "def ask(x): return isinstance(x, (CacheService, UnifiedCache))\n"
)
ASSERTS = PATCH + "with patch('app.user.CacheService') as m:\n    run()\n    m.assert_called_once_with{}\n"

PROGRAMS: dict[str, tuple[dict[str, str], list[str]]] = {
    "a file that cannot be read patches a name": (
        {"app/user.py": USER, "tests/test_user.py": 'patch("app.user.CacheService"\n'},
        ["app/user.py:1 CLF007 manual reference-stays", "app/user.py:3 CLF002 manual patched-name"],
    ),
    "a file that cannot be read patches another module": (
        {"app/user.py": USER, "tests/test_user.py": 'patch("app.users.CacheService"\n'},
        ["app/user.py:1 CLF001 safe -", "app/user.py:3 CLF002 safe -"],
    ),
    "a file that cannot be read uses the module": (
        {"app/user.py": USER, "tests/test_user.py": "from app.user import CacheService, (\n"},
        ["app/user.py:1 CLF007 manual reference-stays", "app/user.py:3 CLF002 safe -"],
    ),
    "a patch of something unknown, beside an import without a use": (
        {"app/user.py": LEGACY, "tests/test_user.py": PATCH + "patch.object(find(), 'CacheService')\n"},
        ["app/user.py:1 CLF001 manual reference-stays", "tests/test_user.py:2 CLF005 manual patched-name"],
    ),
    "a patch of the definition, beside a name of a star import": (
        {
            "app/user.py": LEGACY.replace("CacheService\n", "*\n") + CALL,
            "tests/test_user.py": PATCH + "patch('app.services.cache_service.CacheService')\n",
        },
        [
            "app/user.py:1 CLF008 manual star-import",
            "app/user.py:2 CLF002 manual star-import",
            "tests/test_user.py:2 CLF005 unsafe patched-definition",
        ],
    ),
    "a test that accepts both, and nothing else is left": (
        {**DERIVED, "app/user.py": USER, "app/asker.py": ASK_BOTH},
        [
            "app/asker.py:1 CLF001 safe -",
            "app/asker.py:3 CLF004 safe -",
            "app/user.py:1 CLF001 safe -",
            "app/user.py:3 CLF002 safe -",
        ],
    ),
    "a test that accepts both, where a call stays": (
        {**DERIVED, "app/user.py": USER.replace("system=", "other="), "app/asker.py": ASK_BOTH},
        [
            "app/asker.py:1 CLF001 manual reference-stays",
            "app/asker.py:3 CLF004 manual legacy-alive",
            "app/user.py:1 CLF001 manual reference-stays",
            "app/user.py:3 CLF002 manual invalid-call",
        ],
    ),
    "a call, where the factory is not there": (
        {"app/user.py": USER, "app/services/unified_cache.py": "class UnifiedCache: ...\n"},
        ["app/user.py:1 CLF001 manual reference-stays", "app/user.py:3 CLF002 manual no-factory"],
    ),
    "a type, where the factory is not there": (
        {
            "app/user.py": LEGACY + "def use(x: CacheService): ...\n",
            "app/services/unified_cache.py": "class UnifiedCache: ...\n",
        },
        ["app/user.py:1 CLF001 safe -", "app/user.py:2 CLF003 safe -"],
    ),
    "a key in the class's own test": (
        {"app/user.py": USER, "tests/test_cache_service.py": LEGACY + "KEYS = {CacheService: 1}\n" + CALL},
        [
            "app/user.py:1 CLF001 safe -",
            "app/user.py:3 CLF002 safe -",
            "tests/test_cache_service.py:1 CLF001 manual reference-stays",
            "tests/test_cache_service.py:2 CLF004 manual class-as-value",
            "tests/test_cache_service.py:3 CLF002 manual class-as-value",
        ],
    ),
    "a test of the class in the class's own test": (
        {"app/user.py": USER, "tests/test_cache_service.py": LEGACY + CALL + "assert type(cache) is CacheService\n"},
        [
            "app/user.py:1 CLF001 safe -",
            "app/user.py:3 CLF002 safe -",
            "tests/test_cache_service.py:1 CLF001 manual reference-stays",
            "tests/test_cache_service.py:2 CLF002 manual type-test",
            "tests/test_cache_service.py:3 CLF004 manual type-test",
        ],
    ),
    "a manual call through a module that hands the class on": (
        {"app/shim.py": LEGACY, "app/user.py": "from app import shim\nshim.CacheService(*x)\n"},
        [
            "app/shim.py:1 CLF007 manual reference-stays",
            "app/user.py:2 CLF002 manual star-arguments",
        ],
    ),
    "an import that stays, from a module that hands the class on": (
        {"app/shim.py": LEGACY, "app/user.py": "from app.shim import CacheService\n__all__ = ['CacheService']\n"},
        ["app/shim.py:1 CLF007 unsafe reexport", "app/user.py:1 CLF007 unsafe reexport"],
    ),
    "a patched definition, imported before": (
        {
            "app/user.py": USER,
            "tests/test_user.py": PATCH + 'patch("app.services.cache_service.CacheService", Mock())\n',
        },
        [
            "app/user.py:1 CLF001 safe -",
            "app/user.py:3 CLF002 safe -",
            "tests/test_user.py:2 CLF005 unsafe patched-definition",
        ],
    ),
    "a patched definition, imported in the same line": (
        {
            "app/user.py": USER,
            "tests/test_user.py": PATCH
            + 'with patch("app.services.cache_service.CacheService", Mock()): import app.user\n',
        },
        [
            "app/user.py:1 CLF001 unsafe reference-stays",
            "app/user.py:3 CLF002 unsafe patched-definition",
            "tests/test_user.py:2 CLF005 unsafe patched-definition",
        ],
    ),
    "a test that stays, and an object that nothing else gets": (
        {
            "app/user.py": LEGACY + "def f():\n    c = CacheService(system='A')\n    c.get('k')\n",
            "app/asker.py": LEGACY + "def ask(x):\n    return type(x) is CacheService\n",
        },
        [
            "app/asker.py:1 CLF001 manual reference-stays",
            "app/asker.py:3 CLF004 manual type-test",
            "app/user.py:1 CLF001 safe -",
            "app/user.py:3 CLF002 safe -",
        ],
    ),
    "a patch of a name that nothing is made by": (
        {
            "app/user.py": LEGACY + "def ask(x):\n    return isinstance(x, CacheService)\n",
            "tests/test_user.py": PATCH + 'patch("app.user.CacheService", Mock())\n',
        },
        [
            "app/user.py:1 CLF001 manual reference-stays",
            "app/user.py:3 CLF004 manual patched-name",
            "tests/test_user.py:2 CLF005 manual patched-name",
        ],
    ),
    "an annotation that acts when the program runs, and an object that may reach it": (
        {
            "app/user.py": LEGACY + "import functools\n@functools.singledispatch\ndef use(x): ...\n@use.register\n"
            "def _(x: CacheService): ...\nuse(CacheService(system='A'))\n",
        },
        [
            "app/user.py:1 CLF001 manual reference-stays",
            "app/user.py:6 CLF003 manual runtime-annotation",
            "app/user.py:7 CLF002 manual runtime-annotation",
        ],
    ),
    "a patched definition through a name that is put together": (
        {
            "app/user.py": USER,
            "tests/test_user.py": PATCH + 'M = "app.services.cache_service"\npatch(f"{M}.CacheService", Mock())\n',
        },
        [
            "app/user.py:1 CLF001 safe -",
            "app/user.py:3 CLF002 safe -",
            "tests/test_user.py:2 CLF005 manual dotted-string",
            "tests/test_user.py:3 CLF005 manual patched-definition",
        ],
    ),
    "a key": (
        {"app/user.py": USER, "app/keys.py": LEGACY + "KEYS = {CacheService: 1}\n"},
        [
            "app/keys.py:1 CLF001 manual reference-stays",
            "app/keys.py:2 CLF004 manual class-as-value",
            "app/user.py:1 CLF001 manual reference-stays",
            "app/user.py:3 CLF002 manual class-as-value",
        ],
    ),
    "a union that is asked for": (
        {
            "app/user.py": USER,
            "app/box.py": LEGACY + "Kind = CacheService | int\n",
            "app/asker.py": "from app.box import Kind\ndef ask(x):\n    return isinstance(x, Kind)\n",
        },
        [
            "app/box.py:1 CLF001 manual reference-stays",
            "app/box.py:2 CLF003 manual class-as-value",
            "app/user.py:1 CLF001 manual reference-stays",
            "app/user.py:3 CLF002 manual class-as-value",
        ],
    ),
    "a missing member of a parameter": (
        {
            "app/user.py": USER,
            "app/warm.py": LEGACY + "def warm(cache: CacheService):\n    cache.warmup()\n",
        },
        [
            "app/user.py:1 CLF001 manual reference-stays",
            "app/user.py:3 CLF002 manual missing-member",
            "app/warm.py:1 CLF001 manual reference-stays",
            "app/warm.py:2 CLF003 manual missing-member",
            "app/warm.py:3 CLF009 manual missing-member",
        ],
    ),
    "a missing member of a parameter in the class's own test": (
        {
            "app/user.py": USER,
            "tests/test_cache_service.py": LEGACY + "def warm(cache: CacheService):\n    cache.warmup()\n" + CALL,
        },
        [
            "app/user.py:1 CLF001 safe -",
            "app/user.py:3 CLF002 safe -",
            "tests/test_cache_service.py:1 CLF001 manual reference-stays",
            "tests/test_cache_service.py:2 CLF003 manual missing-member",
            "tests/test_cache_service.py:3 CLF009 manual missing-member",
            "tests/test_cache_service.py:4 CLF002 manual missing-member",
        ],
    ),
    "a patch in the target": (
        {
            "app/services/unified_cache.py": (
                LEGACY + "def get_unified_cache(system='KP'):\n    return CacheService(system=system)\n"
            ),
            "tests/test_user.py": PATCH + 'patch("app.services.unified_cache.CacheService", Mock())\n',
        },
        ["tests/test_user.py:2 CLF005 manual patched-name"],
    ),
    "a patch of a name that only types use": (
        {
            "app/user.py": LEGACY + "def use(cache: CacheService): ...\n" + CALL,
            "tests/test_user.py": PATCH + 'patch("app.user.CacheService", Mock())\n',
        },
        [
            "app/user.py:1 CLF001 safe -",
            "app/user.py:2 CLF003 safe -",
            "app/user.py:3 CLF002 safe -",
            "tests/test_user.py:2 CLF005 safe -",
        ],
    ),
    "a patch that stays, of a name that types use as well": (
        {
            "app/user.py": USER + "def use(cache: CacheService): ...\n",
            "tests/test_user.py": PATCH + 'patch("app.user.CacheService", load())\n',
        },
        [
            "app/user.py:1 CLF001 manual reference-stays",
            "app/user.py:3 CLF002 manual stand-in",
            "app/user.py:4 CLF003 unsafe mixed-file",
            "tests/test_user.py:2 CLF005 manual stand-in",
        ],
    ),
    "a patched definition in the class's own test": (
        {
            "app/user.py": USER,
            "tests/test_cache_service.py": PATCH + 'patch("app.services.cache_service.CacheService.get", Mock())\n',
        },
        [
            "app/user.py:1 CLF001 safe -",
            "app/user.py:3 CLF002 safe -",
            "tests/test_cache_service.py:2 CLF005 unsafe patched-definition",
        ],
    ),
    "a patched definition": (
        {
            "app/user.py": USER,
            "tests/test_user.py": PATCH + 'patch("app.services.cache_service.CacheService.get", Mock())\n',
        },
        [
            "app/user.py:1 CLF001 unsafe reference-stays",
            "app/user.py:3 CLF002 unsafe patched-definition",
            "tests/test_user.py:2 CLF005 unsafe patched-definition",
        ],
    ),
    "a guarded import": (
        {"app/user.py": GUARDED},
        ["app/user.py:2 CLF001 safe -", "app/user.py:5 CLF002 safe -", "app/user.py:5 CLF004 safe -"],
    ),
    "a guarded import that is handed on": (
        {"app/user.py": GUARDED + '__all__ = ["CacheService"]\n'},
        [
            "app/user.py:2 CLF007 manual reference-stays",
            "app/user.py:5 CLF002 manual fallback-binding",
            "app/user.py:5 CLF004 manual fallback-binding",
        ],
    ),
    "a file without a migrated name is patched": (
        {"app/user.py": USER, "tests/test_user.py": PATCH + 'patch("app.services.CacheService", Mock())\n'},
        [
            "app/user.py:1 CLF001 safe -",
            "app/user.py:3 CLF002 safe -",
            "tests/test_user.py:2 CLF005 manual unbound-patch",
        ],
    ),
    "a module's alias whose new name is taken": (
        {
            "app/user.py": "import app.services.cache_service as cs\nunified_cache = 1\n"
            'cache = cs.CacheService(system="A")\n'
        },
        ["app/user.py:1 CLF001 safe -", "app/user.py:3 CLF002 safe -"],
    ),
    "such an alias that another module reads": (
        {
            "app/user.py": "import app.services.cache_service as cs\nunified_cache = 1\n"
            'cache = cs.CacheService(system="A")\n',
            "app/reader.py": "import app.user\nprint(app.user.cs.CacheKey)\n",
        },
        ["app/user.py:1 CLF001 manual reference-stays", "app/user.py:3 CLF002 manual name-taken"],
    ),
}


@pytest.mark.parametrize(("files", "expected"), PROGRAMS.values(), ids=PROGRAMS)
def test_programs(files: dict[str, str], expected: list[str], tmp_path: Path) -> None:
    assert verdicts(tmp_path, files) == expected


MESSAGES = {
    "a test": (
        "    return type(x) is CacheService\n",
        "app/asker.py:3 tests for the deprecated class and stays as it is",
    ),
    "a key": (
        "    return {CacheService: 1}\n",
        "app/asker.py:3 hands the deprecated class on, and objects may be tested for it",
    ),
}


@pytest.mark.parametrize(("line", "message"), MESSAGES.values(), ids=MESSAGES)
def test_what_a_call_says_that_another_file_keeps(line: str, message: str, tmp_path: Path) -> None:
    lay_out(tmp_path, {"app/user.py": USER, "app/asker.py": f"{LEGACY}def ask(x):\n{line}"})
    found = cases.findings(cases.check(tmp_path))
    assert [f.message for f in found if f.code == "CLF002"] == [message]


def test_what_a_call_says_that_a_patch_keeps(tmp_path: Path) -> None:
    lay_out(tmp_path, {"app/user.py": USER, "tests/test_user.py": PATCH + '\npatch("app.user.CacheService", load())\n'})
    found = cases.findings(cases.check(tmp_path))
    assert [f.message for f in found if f.code == "CLF002"] == [
        "tests/test_user.py:3 patches `CacheService` in app/user.py and stays"
    ]


def test_what_an_import_says_that_another_file_needs(tmp_path: Path) -> None:
    reader = "import app\n\nx = app.services.cache_service.CacheService('d', 'e', 'f')\n"
    lay_out(tmp_path, {"app/user.py": USER, "app/reader.py": reader})
    found = cases.findings(cases.check(tmp_path))
    assert [f.message for f in found if f.path == "app/user.py" and f.code == "CLF001"] == [
        "app/reader.py:3 reads the module from its package without importing it"
    ]


def test_a_patch_of_a_name_that_nothing_but_types_uses_stays(tmp_path: Path) -> None:
    files = {
        "app/user.py": LEGACY + "def use(cache: CacheService): ...\n",
        "tests/test_user.py": PATCH + 'patch("app.user.CacheService", Mock())\n',
    }
    assert verdicts(tmp_path, files)[-1] == "tests/test_user.py:2 CLF005 manual patched-name"


HINTS = "from typing import get_type_hints\n" + LEGACY + "def use(x: CacheService): ...\nHINTS = get_type_hints(use)\n"
ASK = "def ask(x, kind):\n    return isinstance(x, kind)\n"
REGISTRY = LEGACY + "KINDS = {'cache': CacheService}\n"
IN_CLASS = "class Box:\n    " + LEGACY
KIND = LEGACY + "Kind = CacheService | int\n"
GUESS = "def ask(x, module):\n    return isinstance(x, module.CacheService)\n"
OWN_TEST = "tests/test_cache_service.py"
SILENT = LEGACY + "def ask(x):\n    return isinstance(x, CacheService)  # noqa: CLF004\n"
EXTENDING = LEGACY + "class UnifiedCache(CacheService): ...\ndef get_unified_cache(system='KP') -> UnifiedCache: ...\n"
NEW = {"app/services/unified_cache.py": EXTENDING}
MATCH = "def ask(x):\n    match x:\n        case CacheService(system='A'): ...\n"
ASK_NEW = "from app.services.unified_cache import UnifiedCache\ndef new(x): return isinstance(x, UnifiedCache)\n"
CALLED = LEGACY + "class Box:\n    kind = CacheService\n    def make(self):\n        return self.kind()\n"
STAR = "from app.user import *\n"
DEFINITION = 'patch("app.services.cache_service.CacheService", Mock())'

CALLS: dict[str, tuple[dict[str, str], str]] = {
    "annotations that are read, elsewhere": ({"app/hints.py": HINTS}, "safe -"),
    "annotations that are not read": ({"app/user.py": USER + "def use(x: CacheService): ...\n"}, "safe -"),
    "annotations that are read, in the same file": (
        {"app/user.py": HINTS + "def lose(f): f(CacheService(system='A'))\n"},
        "manual runtime-annotation",
    ),
    "annotations that are read, of what the file imports": (
        {"app/hints.py": HINTS, "app/user.py": "import app.hints\n" + USER},
        "manual runtime-annotation",
    ),
    "annotations that are read, and an object that nothing else gets": (
        {"app/user.py": HINTS + "def f():\n    c = CacheService(system='A')\n    c.get('k')\n"},
        "safe -",
    ),
    "annotations that are read, of what the file imports, and an object that nothing else gets": (
        {
            "app/hints.py": HINTS,
            "app/user.py": LEGACY + "import app.hints\ndef f():\n    c = CacheService(system='A')\n    c.get('k')\n",
        },
        "safe -",
    ),
    "annotations that another file reads": (
        {
            "app/user.py": USER + "def use(x: CacheService): ...\n",
            "app/reader.py": "from typing import get_type_hints\nimport app.user\nget_type_hints(app.user.use)\n",
        },
        "manual runtime-annotation",
    ),
    "an annotation that decides what is called": (
        {
            "app/keys.py": LEGACY + "import functools\n@functools.singledispatch\ndef use(x): ...\n@use.register\n"
            "def _(x: CacheService): ...\n"
        },
        "manual runtime-annotation",
    ),
    "a new name that hides one of a file with a star": (
        {"app/star.py": STAR + "def get_unified_cache(): ...\n"},
        "manual name-taken",
    ),
    "a new name that a file with a star takes": ({"app/star.py": STAR}, "safe -"),
    "a silenced test": ({"app/asker.py": SILENT}, "manual suppressed"),
    "a silenced test that accepts the new objects": ({**NEW, "app/asker.py": SILENT}, "safe -"),
    "a pattern that reads attributes of the new objects": (
        {**NEW, "app/asker.py": LEGACY + MATCH},
        "manual type-test",
    ),
    "a silenced test beside one for the new type": ({**NEW, "app/asker.py": SILENT + ASK_NEW}, "manual suppressed"),
    "an import in a class, and a file that asks": ({"app/box.py": IN_CLASS + ASK}, "manual class-as-value"),
    "an import in a class": ({"app/box.py": IN_CLASS}, "safe -"),
    "an import in a module, and a file that asks": ({"app/box.py": USER + ASK}, "safe -"),
    "a value": ({"app/box.py": REGISTRY}, "safe -"),
    "a value, and the file asks": ({"app/box.py": REGISTRY + ASK}, "manual class-as-value"),
    "a value, and a file that it imports asks": (
        {"app/box.py": REGISTRY + "import app.asker\n", "app/asker.py": LEGACY + ASK},
        "manual class-as-value",
    ),
    "a value, and a file that imports it asks": (
        {"app/box.py": REGISTRY, "app/asker.py": LEGACY + "import app.box\n" + ASK},
        "manual class-as-value",
    ),
    "a value, and a file asks that has nothing to do with it": (
        {"app/box.py": REGISTRY, "app/asker.py": LEGACY + ASK},
        "safe -",
    ),
    "a key, and an object that nothing else gets": (
        {
            "app/keys.py": LEGACY + "KEYS = {CacheService: 1}\n",
            "app/user.py": LEGACY + "def f():\n    c = CacheService(system='A')\n    c.get('k')\n",
        },
        "safe -",
    ),
    "a union that goes out of sight": (
        {"app/box.py": "from typing import Optional\n" + LEGACY + "print(Optional[CacheService])\n"},
        "manual class-as-value",
    ),
    "a union that is not asked for": (
        {"app/box.py": KIND, "app/asker.py": "from app.box import Kind\ndef ask(x: Kind): ...\n"},
        "safe -",
    ),
    "a union of an annotation, and the file asks": (
        {"app/box.py": LEGACY + "def use(x: CacheService | int): ...\n" + ASK},
        "safe -",
    ),
    "a class attribute that is called": ({"app/box.py": CALLED}, "safe -"),
    "a class attribute that is called, and that another file names": (
        {"app/box.py": CALLED, "app/asker.py": "def ask(box):\n    return box.kind\n"},
        "manual class-as-value",
    ),
    "a test that stays, and a function of that file gets the object": (
        {
            "app/asker.py": LEGACY + "def ask(x): return type(x) is CacheService\n",
            "app/user.py": LEGACY + "from app.asker import ask\ndef f(): ask(CacheService(system='A'))\n",
        },
        "manual type-test",
    ),
    "a question for a base": ({**DERIVED, "app/asker.py": ASK_BASE}, "manual type-test"),
    "a question for a base in the class's own test": ({**DERIVED, OWN_TEST: ASK_BASE + LEGACY + CALL}, "safe -"),
    "a question for a base, and an object that nothing else gets": (
        {
            **DERIVED,
            "app/asker.py": ASK_BASE,
            "app/user.py": LEGACY + "def f():\n    c = CacheService(system='A')\n    c.get('k')\n",
        },
        "safe -",
    ),
    "a test for a class of that name": ({"app/asker.py": GUESS}, "manual type-test"),
    "a test for a class of that name, and a fixture": (
        {
            "app/asker.py": GUESS,
            "app/user.py": LEGACY + "import pytest\n@pytest.fixture\ndef cache(): return CacheService(system='A')\n",
        },
        "manual type-test",
    ),
    "a test for a class of that name in the class's own test": ({OWN_TEST: GUESS}, "safe -"),
    "a test for a class of that name, and an object that nothing else gets": (
        {
            "app/asker.py": GUESS,
            "app/user.py": LEGACY + "def f():\n    c = CacheService(system='A')\n    c.get('k')\n",
        },
        "safe -",
    ),
    "a patched definition, and a module between that is imported then": (
        {
            "app/between.py": "import app.user\n",
            "tests/test_user.py": PATCH + f"with {DEFINITION}:\n    import app.between\n",
        },
        "unsafe patched-definition",
    ),
    "a patched definition, imported before, and once more by a module between": (
        {
            "app/between.py": "import app.user\n",
            "tests/test_user.py": PATCH + f"import app.user\nwith {DEFINITION}:\n    import app.between\n",
        },
        "safe -",
    ),
    "a patched definition, imported behind it": (
        {"tests/test_user.py": PATCH + f"{DEFINITION}.start()\nimport app.user\n"},
        "unsafe patched-definition",
    ),
    "a patch whose call is asserted": (
        {"tests/test_user.py": ASSERTS.format("(system='A')")},
        "manual asserted-call",
    ),
    "a patch whose call is asserted, and stays the same": (
        {"app/user.py": USER.replace('system="A"', ""), "tests/test_user.py": ASSERTS.format("()")},
        "safe -",
    ),
    "a patched definition, imported before by a module between": (
        {
            "app/between.py": "import app.user\n",
            "tests/test_user.py": PATCH + f"import app.between\nwith {DEFINITION}: ...\n",
        },
        "safe -",
    ),
}


@pytest.mark.parametrize(("files", "verdict"), CALLS.values(), ids=CALLS)
def test_what_keeps_the_calls_of_a_file(files: dict[str, str], verdict: str, tmp_path: Path) -> None:
    found = verdicts(tmp_path, {"app/user.py": USER, **files})
    assert [line.split(" ", 2)[2] for line in found if line.startswith("app/user.py") and " CLF002 " in line] == [
        verdict
    ]


OTHERS = {
    "a question for a base": ASK_BASE,
    "annotations that are read": HINTS,
    "a value, and the file asks": REGISTRY + ASK,
    "a test for a class of that name": GUESS,
}


@pytest.mark.parametrize("is_same_file", [True, False])
@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_what_keeps_the_calls_of_one_class_keeps_none_of_another(text: str, is_same_file: bool, tmp_path: Path) -> None:
    user = "from app.store import OldStore\nimport app.box\ndef make():\n    return OldStore(system='A')\n"
    files = {
        "app/store.py": STORE.partition("\n\n\nclass Store")[0] + "\n",
        "app/store_target.py": "class Store" + STORE.partition("class Store")[2],
        **DERIVED,
        "app/user.py": user + text if is_same_file else user,
        "app/box.py": "" if is_same_file else text,
    }
    assert "app/user.py:4 CLF002 safe -" in verdicts(tmp_path, files, TWO)


PATCHED = 'patch("app.shim.CacheService", Mock())'
TAKES = "from app.shim import CacheService\n"
MEANWHILE = f"with {PATCHED}:\n    import app.user\n"

PATCHES: dict[str, tuple[str, str, str]] = {
    "imported meanwhile": (TAKES + CALL, MEANWHILE, "manual patched-name"),
    "imported meanwhile by a module between": (
        TAKES + CALL,
        f"with {PATCHED}:\n    import app.between\n",
        "manual patched-name",
    ),
    "imported before, and once more by a module between": (
        TAKES + CALL,
        f"import app.user\nwith {PATCHED}:\n    import app.between\n",
        "safe -",
    ),
    "imported before, and run anew": (
        TAKES + CALL,
        f"import importlib\nimport app.user\nwith {PATCHED}:\n    importlib.reload(app.user)\n",
        "manual patched-name",
    ),
    "imported before, and run anew by a loader": (
        TAKES + CALL,
        f"import app.user\ndef run(spec, module):\n    with {PATCHED}:\n        spec.loader.exec_module(module)\n",
        "manual patched-name",
    ),
    "imported behind it": (TAKES + CALL, f"{PATCHED}.start()\nimport app.user\n", "manual patched-name"),
    "imported before": (TAKES + CALL, f"import app.user\n{PATCHED}\n", "safe -"),
    "imported elsewhere": (TAKES + CALL, f"{PATCHED}\n", "safe -"),
    "taken meanwhile and not used": (TAKES, MEANWHILE, "safe -"),
    "taken meanwhile for types": (TAKES + "def use(x: CacheService): ...\n", MEANWHILE, "safe -"),
    "taken meanwhile and evaluated": (TAKES + "cache = eval('CacheService')\n", MEANWHILE, "manual patched-name"),
    "taken before and evaluated": (
        TAKES + "cache = eval('CacheService')\n",
        f"import app.user\n{PATCHED}\n",
        "safe -",
    ),
    "looked up each time": ("import app.shim\ndef f(): app.shim.CacheService()\n", PATCHED, "manual patched-name"),
    "imported by the patching file": (
        "",
        f"with {PATCHED}:\n    from app.shim import CacheService\n    CacheService()\n",
        "manual patched-name",
    ),
    "imported by the patching file before": (
        "",
        f"from app.shim import CacheService\nwith {PATCHED}:\n    CacheService()\n",
        "safe -",
    ),
}


@pytest.mark.parametrize(("user", "test", "verdict"), PATCHES.values(), ids=PATCHES)
def test_a_patched_name_that_another_module_takes(user: str, test: str, verdict: str, tmp_path: Path) -> None:
    files = {
        "app/shim.py": USER,
        "app/user.py": user,
        "app/between.py": "import app.user\n",
        "tests/test_user.py": PATCH + test,
    }
    assert f"app/shim.py:3 CLF002 {verdict}" in verdicts(tmp_path, files)


def test_migrations_do_not_hold_one_another_up(tmp_path: Path) -> None:
    files = {
        "app/store.py": STORE.partition("\n\n\nclass Store")[0] + "\n",
        "app/store_target.py": "class Store" + STORE.partition("class Store")[2],
        "app/keys.py": "from app.store import OldStore\nKEYS = {OldStore: 1}\n",
        "app/user.py": USER,
    }
    assert verdicts(tmp_path, files, TWO) == [
        "app/keys.py:1 CLF001 manual reference-stays",
        "app/keys.py:2 CLF004 manual class-as-value",
        "app/user.py:1 CLF001 safe -",
        "app/user.py:3 CLF002 safe -",
    ]


def test_objects_that_several_names_lead_to(tmp_path: Path) -> None:
    state = LEGACY + (
        'def make():\n    return CacheService(system="A")\n'
        "def first():\n    return make()\n"
        "def second():\n    return first() or make()\n"
        "cache = second()\n"
    )
    user = "from app.state import cache, first, make\ncache.warmup()\nfirst().warmup()\nmake().warmup()\n"
    assert verdicts(tmp_path, {"app/state.py": state, "app/user.py": user}) == [
        "app/state.py:1 CLF001 manual reference-stays",
        "app/state.py:3 CLF002 manual missing-member",
        "app/user.py:2 CLF009 manual missing-member",
        "app/user.py:3 CLF009 manual missing-member",
        "app/user.py:4 CLF009 manual missing-member",
    ]


LOSER = "from app.state import cache\ndef lose(f): f(cache)\n"
WARMS = "def use(c): c.warmup()\n"

LOST: dict[str, tuple[dict[str, str], list[str]]] = {
    "near the file that loses it": ({"app/user.py": "import app.loser\n" + WARMS}, ["manual missing-member", "safe -"]),
    "near the file that makes it": ({"app/user.py": "import app.state\n" + WARMS}, ["manual missing-member", "safe -"]),
    "in the file that loses it": ({"app/loser.py": LOSER + WARMS}, ["manual missing-member", "safe -"]),
    "far from both": ({"app/user.py": WARMS}, ["safe -", "safe -"]),
    "near a file that loses nothing": (
        {"app/loser.py": "from app.state import cache\ncache.get('k')\n", "app/user.py": "import app.loser\n" + WARMS},
        ["safe -", "safe -"],
    ),
}


@pytest.mark.parametrize(("files", "expected"), LOST.values(), ids=LOST)
def test_use_of_something_unknown_where_an_object_of_another_file_gets_out_of_sight(
    files: dict[str, str], expected: list[str], tmp_path: Path
) -> None:
    """The object comes through a function and a name, and another one beside it through others."""
    state = (
        LEGACY + "def first():\n    return CacheService(system='A')\ndef make():\n    return first()\ncache = make()\n"
        "def second():\n    return CacheService(system='B')\nother = second()\n"
    )
    found = verdicts(tmp_path, {"app/state.py": state, "app/loser.py": LOSER, **files})
    assert [line.split(" ", 2)[2] for line in found if " CLF002 " in line] == expected


STANDS_IN = PATCH + "patch('app.user.CacheService', Mock())\n"
RETAKES = "from app.user import CacheService\n"
CALLS_IT = "c = CacheService(system='A')\n"
GIVEN: dict[str, tuple[dict[str, str], set[str]]] = {
    "a name that is taken outside": (
        {"app/taker.py": RETAKES},
        {"app/user.py:1 CLF007 manual outside-paths", "app/user.py:3 CLF002 safe -"},
    ),
    "a name that is used outside": (
        {"app/taker.py": RETAKES + CALLS_IT},
        {"app/user.py:1 CLF007 manual outside-paths", "app/user.py:3 CLF002 safe -"},
    ),
    "a name that is used outside, where the use stays anyhow": (
        {"app/taker.py": RETAKES + CALLS_IT.replace("system", "other")},
        {"app/user.py:1 CLF007 manual reference-stays", "app/user.py:3 CLF002 safe -"},
    ),
    "a name that is taken outside from one that goes": (
        {"app/given.py": RETAKES + CALLS_IT, "app/taker.py": "from app.given import CacheService\n"},
        {
            "app/given.py:1 CLF007 manual outside-paths",
            "app/given.py:2 CLF002 safe -",
            "app/user.py:1 CLF007 manual reference-stays",
            "app/user.py:3 CLF002 safe -",
        },
    ),
    "a name whose import is silenced": (
        {"app/given.py": RETAKES.replace("\n", "  # noqa\n")},
        {"app/user.py:1 CLF007 manual suppressed", "app/user.py:3 CLF002 safe -"},
    ),
    "a name that something unsafe takes": (
        {"app/given.py": RETAKES},
        {
            "app/given.py:1 CLF001 unsafe unused-import",
            "app/user.py:1 CLF007 unsafe reexport",
            "app/user.py:3 CLF002 safe -",
        },
    ),
    "a patch outside": (
        {"tests/test_user.py": STANDS_IN},
        {"app/user.py:1 CLF001 manual reference-stays", "app/user.py:3 CLF002 manual outside-paths"},
    ),
    "a patched definition outside": (
        {"tests/test_user.py": PATCH + f"{DEFINITION}.start()\nimport app.user\n"},
        {"app/user.py:1 CLF001 manual reference-stays", "app/user.py:3 CLF002 manual outside-paths"},
    ),
    "a test outside": (
        {"app/asker.py": LEGACY + "def ask(x): return isinstance(x, CacheService)\n"},
        {"app/user.py:1 CLF001 manual reference-stays", "app/user.py:3 CLF002 manual outside-paths"},
    ),
    "a test that is silenced": (
        {"app/given.py": LEGACY + "def ask(x): return isinstance(x, CacheService)  # noqa\n"},
        {
            "app/given.py:1 CLF001 manual reference-stays",
            "app/user.py:1 CLF001 manual reference-stays",
            "app/user.py:3 CLF002 manual suppressed",
        },
    ),
}


@pytest.mark.parametrize("name", GIVEN)
def test_what_depends_on_what_is_not_touched(name: str, tmp_path: Path) -> None:
    files, expected = GIVEN[name]
    lay_out(tmp_path, {"app/user.py": USER, "app/given.py": "", **files})
    found = cases.findings(cases.check(tmp_path, ["app/user.py", "app/given.py"]))
    assert {f"{f.path}:{f.line} {f.code} {f.applicability} {f.reason or '-'}" for f in found} == expected


@pytest.mark.parametrize(
    ("user", "given", "expected"),
    [
        (USER, [], "manual outside-paths app/user.py is outside the given paths and would break"),
        (
            USER.replace('"A")', '"A")  # noqa'),
            ["app/user.py"],
            "manual suppressed a test patches the deprecated class by its name",
        ),
        (USER, ["app/user.py"], "safe None a test patches the deprecated class by its name"),
    ],
    ids=["outside", "silenced", "given"],
)
def test_a_patch_of_what_is_not_touched(user: str, given: list[str], expected: str, tmp_path: Path) -> None:
    lay_out(tmp_path, {"app/user.py": user, "tests/test_user.py": STANDS_IN})
    found = cases.findings(cases.check(tmp_path, ["tests/test_user.py", *given]))
    assert [f"{f.applicability} {f.reason} {f.message}" for f in found if f.code == "CLF005"] == [expected]


@pytest.mark.parametrize("comment", ["noqa", "noqa: CLF001", "cachelift: skip"])
@pytest.mark.parametrize(
    ("import_", "name"),
    [
        ("from app.services.cache_service import CacheService", "CacheService"),
        ("from app.services.cache_service import CacheService as Cache", "Cache"),
        ("from app.services import cache_service", "cache_service.CacheService"),
        ("import app.services.cache_service as caches", "caches.CacheService"),
    ],
)
def test_what_needs_a_silenced_import_stays(import_: str, name: str, comment: str, tmp_path: Path) -> None:
    files = {"app/user.py": f'{import_}  # {comment}\ncache = {name}(system="A")\n'}
    assert verdicts(tmp_path, files) == ["app/user.py:2 CLF002 manual suppressed"]
