"""What the analysis is told about the whole program."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import LEGACY, fixed, knowledge, reported

MODULE = "app.services.cache_service"
PATH = "app/services/cache_service.py"
TARGET = "app/services/unified_cache.py"


def migrations(*pairs: tuple[str, str]) -> str:
    return "".join(f'[[tool.cachelift.migrations]]\nlegacy = "{old}"\nfactory = "{new}"\n' for old, new in pairs)


# -- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "is_bound"),
    [
        ("name = 1\n", True),
        ("if x:\n    def name(): ...\n", True),
        ("from other import *\n", True),
        ("def __getattr__(name): ...\n", True),
        ("def f():\n    name = 1\n", False),
        ("class C:\n    name = 1\n", False),
        ("other = name\n", False),
    ],
)
def test_whether_a_module_binds_a_name(text: str, is_bound: bool, tmp_path: Path) -> None:
    known = knowledge(tmp_path, {"app/module.py": text, "app/broken.py": "name = (\n", "app/sub/__init__.py": ""})

    assert known.binds("app.module", "name") is is_bound
    assert known.binds("app.nowhere", "name")
    assert known.binds("app.broken", "name")
    assert known.binds("app", "sub")
    assert not known.binds("app", "name")


IMPORT = "import app.services.cache_service as cs\n"
REBOUND = ("class", "app/module.py", "rebound")


# -- meanings --------------------------------------------------------------------------------------------------------


def meaning(
    root: Path, dotted: str, files: dict[str, str], config: str = ""
) -> tuple[str, str | None, str | None] | None:
    found = knowledge(root, files, config=config).legacy(dotted)
    return None if found is None else (found.kind, found.path, found.problem)


@pytest.mark.parametrize(
    ("dotted", "expected"),
    [
        (MODULE, ("module", PATH, None)),
        (f"{MODULE}.CacheService", ("class", PATH, None)),
        (f"{MODULE}.CacheKey", None),
        ("CacheService", None),
        ("other.CacheService", None),
        ("app.services.CacheService", None),
        ("app.recorder.CacheService", None),
    ],
)
def test_what_a_dotted_name_means(dotted: str, expected: object, tmp_path: Path) -> None:
    assert meaning(tmp_path, dotted, {}) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LEGACY, ("class", "app/module.py", None)),
        (LEGACY + "CacheService = print\n", None),
        (LEGACY + "if x:\n    CacheService = None\n", REBOUND),
        ("if x:\n    CacheService = None\nelse:\n    from .services.cache_service import CacheService\n", REBOUND),
        ("if x:\n    CacheService = None\nelse:\n    from .services.cache_service import CacheKey\n", None),
        ("if x:\n    CacheService = None\nelse:\n    from ..... import CacheService\n", None),
        ("from .services.cache_service import CacheKey as CacheService\n", None),
        (
            f"{IMPORT}import json\nCacheService = cs.CacheService if json else None\n",
            REBOUND,
        ),
        (f"{IMPORT}CacheService = cs.CacheKey if cs else None\n", None),
        (f"{IMPORT}Other = cs.CacheService if cs else None\n", None),
        (
            f"{IMPORT}if x:\n    CacheService = 1\nelse:\n    CacheService = cs.CacheService\n",
            REBOUND,
        ),
        (
            f"{IMPORT}if x:\n    CacheService = 1\nelse:\n    CacheService = cs.make_key\n",
            None,
        ),
        (
            "if x:\n    CacheService = 1\nelse:\n    import app.services.cache_service as CacheService\n",
            ("module", PATH, "rebound"),
        ),
        (
            "if x:\n    CacheService = 1\nelse:\n    from app.services import cache_service as CacheService\n",
            ("module", PATH, "rebound"),
        ),
        ("if x:\n    CacheService = 1\nelse:\n    import json as CacheService\n", None),
        ("CacheService = 1\n", None),
        ("CacheService = (\n", None),
    ],
)
def test_what_a_name_of_another_module_means(text: str, expected: object, tmp_path: Path) -> None:
    assert meaning(tmp_path, "app.module.CacheService", {"app/module.py": text}) == expected


def test_a_class_that_its_module_makes_when_it_runs_is_meant_by_its_name(tmp_path: Path) -> None:
    files = {PATH: "globals()['CacheService'] = type('CacheService', (), {})\n"}

    assert meaning(tmp_path, f"{MODULE}.CacheService", files) == ("class", PATH, None)
    assert meaning(tmp_path, f"{MODULE}.CacheKey", files) is None


def test_a_module_outside_of_the_repository_is_meant_by_its_spelling(tmp_path: Path) -> None:
    config = migrations((f"{MODULE}.CacheService", "app.new.make"), ("lib.store.Store", "app.new.open_store"))
    known = knowledge(tmp_path, {}, config=config)

    found = {
        name: known.legacy(name) for name in ("lib.store.Store", "lib.store", "src.lib.store", "pkg.store", "Store")
    }

    assert {name: (meant.kind, meant.migration, meant.prefix) for name, meant in found.items() if meant} == {
        "lib.store.Store": ("class", 1, ""),
        "lib.store": ("module", 1, ""),
        "src.lib.store": ("module", 1, "src."),
    }
    inside = known.legacy(f"{MODULE}.CacheService")
    assert inside is not None
    assert inside.migration == 0


# -- replacements ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dotted", "expected"),
    [
        ("app.services.unified_cache.get_unified_cache", (0, "factory")),
        ("app.services.unified_cache.UnifiedCache", (0, "type")),
        ("app.module.get_unified_cache", (0, "factory")),
        ("app.other.get_unified_cache", None),
        ("app.nowhere.get_unified_cache", None),
        ("get_unified_cache", None),
        ("app.services.unified_cache.RedisCache", None),
    ],
)
def test_what_is_a_target(dotted: str, expected: object, tmp_path: Path) -> None:
    files = {
        "app/module.py": "from app.services.unified_cache import get_unified_cache\n",
        "app/other.py": "def get_unified_cache(system): ...\n",
    }

    assert knowledge(tmp_path, files).target(dotted) == expected


def test_a_type_through_another_module_is_accepted_beside_the_class(tmp_path: Path) -> None:
    handed_on = "from app.services.unified_cache import UnifiedCache\n"
    text = "from app.module import UnifiedCache\n" + LEGACY + "isinstance(x, (CacheService, UnifiedCache))\n"

    after, left = fixed(tmp_path, text, files={"app/module.py": handed_on})

    assert after == text
    assert left == ["2:1 CLF001 manual reference-stays", "3:16 CLF004 manual legacy-alive"]


def test_a_name_that_may_be_the_class_is_reported_in_every_file_that_imports_it(tmp_path: Path) -> None:
    module = "import app.services.cache_service as cs\nCacheService = cs.CacheService if cs else None\n"
    text = 'from app.package import CacheService\nCacheService(system="A")\n'
    files = {"app/module.py": module, "app/package.py": "from app.module import CacheService\n"}

    after, left = fixed(tmp_path, text, files=files)

    assert after == text
    assert left == ["1:1 CLF001 manual reference-stays", "2:1 CLF002 manual rebound"]


GENERIC = {
    "__class_getitem__": ("class UnifiedCache:\n    def __class_getitem__(cls, item): ...\n", True),
    "Generic": (
        "from typing import Generic, TypeVar\nT = TypeVar('T')\n\n\nclass UnifiedCache(Generic[T]): ...\n",
        True,
    ),
    "a builtin base": ("class UnifiedCache(dict): ...\n", True),
    "a plain class": ("class UnifiedCache: ...\n", False),
    "no class": ("UnifiedCache = print\n", False),
}


@pytest.mark.parametrize("name", GENERIC)
def test_a_type_argument_needs_a_generic_type(name: str, tmp_path: Path) -> None:
    target, is_generic = GENERIC[name]
    text = LEGACY + "def f(cache: CacheService[str]): ...\n"
    factory = "\n\ndef get_unified_cache(system): ...\n"

    findings = reported(tmp_path, text, files={TARGET: target + factory})

    assert ("2:14 CLF003 safe -" in findings) is is_generic
    assert ("2:14 CLF003 manual type-argument" in findings) is not is_generic


def test_a_protocol_does_not_tell_what_the_factory_gives(tmp_path: Path) -> None:
    target = (
        "from typing import Protocol, runtime_checkable\n\n\n@runtime_checkable\nclass UnifiedCache(Protocol):\n"
        "    def get(self, key): ...\n\n\ndef get_unified_cache(system) -> UnifiedCache: ...\n"
    )

    findings = reported(tmp_path, LEGACY + "isinstance(x, CacheService)\n", files={TARGET: target})

    assert findings == ["1:1 CLF001 manual reference-stays", "2:15 CLF004 manual no-replacement-type"]


@pytest.mark.parametrize(
    ("text", "has_effects"),
    [
        ("", False),
        ("import json\nNAME = 'name'\n", False),
        ("def f(x=[1]):\n    print(x)\n", False),
        ("class C:\n    x = 1\n", False),
        ("import logging\nLOG = logging.getLogger(__name__)\n", False),
        ("from dataclasses import dataclass\n@dataclass()\nclass C: ...\n", False),
        ("x: int\n", False),
        ("x: int = f()\n", True),
        ("register('x')\n", True),
        ("if x:\n    register('x')\n", True),
        ("NAME = open('x')\n", True),
        ("assert f()\n", True),
        ("@register('x')\nclass C: ...\n", True),
        ("@register('x')\ndef f(): ...\n", True),
        ("def f(x=register()): ...\n", True),
        ("def f(*, x, y=register()): ...\n", True),
        ("for x in y: ...\n", True),
        ("del x\n", True),
        ("raise ImportError\n", True),
        ("assert x\n", True),
        ("NAME = 1\nNAME += 1\n", False),
        ("NAMES = []\nNAMES[0] += 1\n", True),
        ("from x import NAMES\nNAMES += [1]\n", True),
        ("from x import register\n@register\ndef f(): ...\n", True),
        ("import functools\n@functools.cache\ndef f(): ...\n", False),
        ("class C:\n    @property\n    def f(self): ...\n", False),
        ("class C:\n    @register\n    def f(self): ...\n", True),
        ("class C:\n    print('x')\n", True),
        ("class C(ValueError): ...\n", False),
        ("import abc\nclass C(abc.ABC, metaclass=abc.ABCMeta): ...\n", False),
        ("class C(table=True): ...\n", True),
        ("from typing import Generic, TypeVar\nT = TypeVar('T')\nclass C(Generic[T]): ...\n", False),
        ("from sqlalchemy.orm import DeclarativeBase\nclass C(DeclarativeBase): ...\n", True),
        ("from pydantic import BaseModel\nclass C(BaseModel): ...\n", False),
        ("class C(f()): ...\n", True),
        ("class B: ...\nclass C(B): ...\n", False),
        ("class B:\n    def __init_subclass__(cls): ...\nclass C(B): ...\n", True),
        ("class B: ...\ndef f():\n    return B.__subclasses__()\nclass C(B): ...\n", True),
        ("from enum import Enum\nclass C(Enum): ...\nclass D: ...\n", False),
        ("def b(): ...\nclass C(b): ...\n", True),
        ("if x:\n    B = int\nelse:\n    B = str\nclass C(B): ...\n", True),
        ("import app.other\n", True),
        ("def f():\n    import app.other\n", False),
        ("from .other import *\n", True),
        ("from app.services import cache_service, unified_cache\n", False),
    ],
)
def test_whether_importing_a_module_does_more_than_define_names(text: str, has_effects: bool, tmp_path: Path) -> None:
    known = knowledge(tmp_path, {"app/module.py": text, "app/other.py": "print('other')\n"})

    assert known.has_effects("app/module.py") is has_effects
    assert known.has_effects("app/module.py") is has_effects
    assert known.has_effects("app/other.py")


UNCERTAIN = {
    "import json, os.path\nfrom typing import *\n": set(),
    "from app.services.cache_service import CacheService\n": set(),
    "import app.other\nfrom app import other\nfrom .other import x\n": set(),
    "import redis.client\nfrom yaml import load\n": {"redis", "yaml"},
    "import app.missing\n": {"app.missing"},
    "from app import missing\n": {"app.missing"},
    "from .other import missing\n": {"app.other.missing"},
    "import winreg\n": {"winreg"},
    "def f():\n    import redis\n": set(),
    "class C:\n    import redis\n": set(),
    "try:\n    import redis\nexcept ImportError:\n    import yaml\n": {"yaml"},
    "try:\n    import redis\nexcept (ValueError, ModuleNotFoundError): ...\n": set(),
    "try:\n    import redis\nexcept: ...\n": set(),
    "try:\n    import redis\nexcept ValueError: ...\n": {"redis"},
    "try:\n    import redis\nfinally: ...\n": {"redis"},
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import redis\nelse:\n    import yaml\n": {"yaml"},
    "if x:\n    import redis\n": {"redis"},
    "import diskcache\n": set(),
}


@pytest.mark.parametrize("text", UNCERTAIN)
def test_what_an_import_needs_that_may_not_be_there(text: str, tmp_path: Path) -> None:
    files = {"app/other.py": "x = 1\n", TARGET: "import diskcache\ndef get_unified_cache(system): ...\n"}
    known = knowledge(tmp_path, {"app/module.py": "import app.between\n", "app/between.py": text, **files})
    assert known.uncertain("app/module.py") == UNCERTAIN[text]


@pytest.mark.parametrize(
    ("text", "fails"),
    [
        ("import json\nX = 1\ny: int = x\nz: list[int]\n'text'\n", False),
        ("def f(x): return x[0]\nclass C:\n    x = (1, [2])\n    def f(self): return x()\n", False),
        ("try:\n    X = json.decoder\nexcept NameError:\n    X = None\n", False),
        ("X = {}['x']\n", True),
        ("X = 1 / 0\n", True),
        ("X = -y\n", True),
        ("X = x < y\n", True),
        ("X = [*y]\n", True),
        ("X = f()\n", True),
        ("x: int = f()\n", True),
        ("@f\ndef g(): ...\n", True),
        ("class C(x=1): ...\n", True),
        ("class C:\n    x = y[0]\n", True),
        ("for x in y: ...\n", True),
        ("if x[0]: ...\n", True),
        ("if x:\n    y = z[0]\n", True),
        ("del x\n", True),
    ],
)
def test_whether_a_module_may_fail_by_anything_but_an_import(text: str, fails: bool, tmp_path: Path) -> None:
    assert knowledge(tmp_path, {"app/module.py": text}).may_raise("app/module.py") is fails


@pytest.mark.parametrize("lists", [True, False])
def test_whether_subclasses_are_listed_in_any_file(lists: bool, tmp_path: Path) -> None:
    files = {
        "app/base.py": "class Base: ...\n",
        "app/module.py": "from app.base import Base\nclass C(Base): ...\n",
        "tests/test_it.py": "from app.base import Base\n" + ("print(Base.__subclasses__())\n" if lists else ""),
    }
    assert knowledge(tmp_path, files).has_effects("app/module.py") is lists
