"""What is said of a file alone is what the run over everything says of it."""

from __future__ import annotations

import os
from pathlib import Path

import cases
import pytest
from helpers import LEGACY, lay_out

from cachelift import alone, engine
from cachelift.alone import Modules
from cachelift.config import load_settings
from cachelift.discover import discover
from cachelift.outcomes import RunResult
from cachelift.run import Run

READABLE = [case for case in cases.all_cases() if case.is_readable]
TREES = [case for case in READABLE if len(case.files("before")) > 1][::3]
OTHERS = [case for case in READABLE if len(case.files("before")) == 1][::10]


@pytest.fixture(autouse=True)
def every_repository_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_MANY", 0)


def is_alone(root: Path, *paths: str) -> bool:
    settings = load_settings(str(root))
    return engine._is_alone(settings, discover(str(root), [str(root / path) for path in paths], settings.exclude))


@pytest.mark.parametrize("case", [*TREES, *OTHERS], ids=lambda case: case.name)
def test_nothing_is_found_in_a_file_that_is_alone(case: cases.Case, tmp_path: Path) -> None:
    case.lay_out(tmp_path)
    files = discover(str(tmp_path), [str(tmp_path)]).files
    reported = {outcome.path for outcome in cases.check(tmp_path).outcomes}
    assert {path for path in files if is_alone(tmp_path, path)} & reported == set()


def everything(root: Path, *paths: str) -> RunResult:
    """What the run over everything says."""
    settings = load_settings(str(root))
    return Run(settings, discover(str(root), [str(root / path) for path in paths], settings.exclude)).check()


USER = "app/user.py"

REACHED = {
    "another name for the class": {"app/a.py": "from app.services.cache_service import CacheService as C\n"},
    "another name, assigned": {"app/a.py": LEGACY + "C = CacheService\n"},
    "another name, in a function": {"app/a.py": LEGACY + "def f():\n    global C\n    C = CacheService\n"},
    "another name for the module": {"app/a.py": "import app.services.cache_service as C\n"},
    "another name, handed on twice": {
        "app/a.py": "from app.b import C\n",
        "app/b.py": "from .services.cache_service import CacheService as C\n",
    },
    "another name, handed on by a star": {
        "app/a.py": "from app.b import *\n",
        "app/b.py": "from .services.cache_service import CacheService as C\n",
    },
}
THIRD = "from app.b import D\n"
THIRDS = {
    "an assignment": THIRD + "x = 1\nC = D\n",
    "an attribute": "import app.b as b\nC = b.D\n",
    "a member of a package": "import app.b\nC = app.b.D\n",
    "one after the other": THIRD + "B = D\nC = B\n",
    "several targets": THIRD + "X = C = D\n",
    "a tuple": THIRD + "X, C = 1, D\n",
    "a tuple over lines": THIRD + "(\n    X,\n    C,\n) = 1, D\n",
    "a tuple behind a backslash": THIRD + "C, \\\n    X = D, 1\n",
    "a choice": THIRD + "C = D if 1 else None\n",
    "a walrus": THIRD + "if (C := D): pass\n",
    "a block": THIRD + "def f(\n    a,\n):\n    C = 1\nif 1:\n    C = D\n",
    "a function": THIRD + "def f():\n    global C\n    C = D\n",
}


@pytest.mark.parametrize("text", THIRDS.values(), ids=THIRDS)
def test_a_third_name_is_reached(tmp_path: Path, text: str) -> None:
    lay_out(tmp_path, {"app/b.py": LEGACY + "D = CacheService\n", "app/a.py": text, USER: "from app.a import C\n"})
    assert not is_alone(tmp_path, USER)


WAYS = {
    "from": "from app.a import C\n",
    "from, over lines": "from app.a import (  # all (of it)\n    C,\n)\n",
    "from, with a backslash": "from app.a \\\n  import C\n",
    "import": "import os, app.a as a\na.C\n",
    "relative": "from .a import C\n",
    "relative, a submodule": "from . import a\na.C\n",
    "in a function": "def f():\n    x = 1; from app.a import C\n",
    "a patch": "from unittest.mock import patch\npatch('app.a.C')\n",
    "a patch, put together": "from unittest.mock import patch\npatch('app' '.a.C')\n",
    "a star": "from app.a import *\n",
    "a module by name": "import importlib\nimportlib.import_module('app.' + 'a').C\n",
}


@pytest.mark.parametrize("files", REACHED.values(), ids=REACHED)
@pytest.mark.parametrize("text", WAYS.values(), ids=WAYS)
def test_another_name_is_reached(tmp_path: Path, files: dict[str, str], text: str) -> None:
    lay_out(tmp_path, {**files, USER: text})
    assert not is_alone(tmp_path, USER)


def test_a_bare_name_is_reached(tmp_path: Path) -> None:
    lay_out(tmp_path, {"tests/support/state.py": LEGACY + "C = CacheService\n", USER: "from state import C\n"})
    assert everything(tmp_path, USER).outcomes
    assert not is_alone(tmp_path, USER)


ALONE = {
    "nothing": {USER: "x = 1\n"},
    "a module that only uses the class": {"app/a.py": LEGACY + "c = CacheService()\n", USER: "from app.a import f\n"},
    "another name that it does not lead to": {"app/a.py": LEGACY + "C = CacheService\n", USER: "import os\n"},
    "a module in a package of the same name": {
        "app/pack/__init__.py": "",
        "app/pack/state.py": LEGACY + "C = CacheService\n",
        USER: "from state import C\n",
    },
    "a name of its own": {
        "app/a.py": "import app.b\ndef f():\n    C = app.b.x\nC = 'x'\n",
        USER: "from app.a import C\n",
    },
    "two names of its own": {
        "app/a.py": "C = [1]\nX = [\n    2\n]\n",
        "app/b.py": "from app.a import X\n",
        USER: "from app.a import C\nfrom app.b import X\n",
    },
    "more dots than there are packages": {USER: "from ....a import C\n"},
    "a module that does not parse": {"app/a.py": LEGACY + "C = CacheService (\n", USER: "from app.a import C\n"},
    "a stub": {"app/a.pyi": "x: int\n", USER: "from app.a import x\n"},
    "circles": {"app/a.py": "from app.user import y\n", USER: "from app.a import x\n"},
}


@pytest.mark.parametrize("files", ALONE.values(), ids=ALONE)
def test_alone(tmp_path: Path, files: dict[str, str]) -> None:
    lay_out(tmp_path, files)
    assert is_alone(tmp_path, USER)
    settings = load_settings(str(tmp_path))
    found = everything(tmp_path, USER)
    assert engine.check_paths(settings, [str(tmp_path / USER)]) == found
    assert found == RunResult((), files_seen=1, given=frozenset({USER}))
    assert engine.fix_paths(settings, [str(tmp_path / USER)]) == found


@pytest.mark.parametrize("text", ["CacheService\n", "x = 1  # noqa: CLF001\n", "from os import*\n"])
def test_what_the_file_itself_holds(tmp_path: Path, text: str) -> None:
    lay_out(tmp_path, {USER: text})
    assert not is_alone(tmp_path, USER)


def test_a_module_whose_name_cannot_be_read(tmp_path: Path) -> None:
    lay_out(tmp_path, {USER: ""})
    (tmp_path / USER).write_bytes("# coding: latin-1\nfrom app.ä import x\n".encode("latin-1"))
    assert not is_alone(tmp_path, USER)


@pytest.mark.parametrize(
    ("legacy", "uses", "expected"),
    [
        ("    def warmup(self): ...\n", "x.warmup()", False),
        ("    def warmup(self): ...\n", "x.get('a')", True),
        ("    def __len__(self): ...\n", "x.get('a')", False),
        ("    def __getattr__(self, name): ...\n", "x.get('a')", False),
    ],
)
def test_what_the_replacement_lacks(tmp_path: Path, legacy: str, uses: str, expected: bool) -> None:
    both = "    def __init__(self, system='KP'): ...\n    def get(self, key): ...\n"
    target = f"class UnifiedCache:\n{both}\ndef get_unified_cache(system='KP') -> UnifiedCache: ...\n"
    files = {
        "app/services/cache_service.py": f"class CacheService:\n{both}{legacy}",
        "app/services/unified_cache.py": target,
        "app/made.py": LEGACY + "from app.user import use\nuse(CacheService())\n",
        USER: f"def use(x):\n    {uses}\n",
    }
    lay_out(tmp_path, files)
    assert is_alone(tmp_path, USER) is expected


def test_both_classes_offer_the_same(tmp_path: Path) -> None:
    body = "    def get(self, key): ...\n"
    target = f"class UnifiedCache:\n{body}\ndef get_unified_cache() -> UnifiedCache: ...\n"
    legacy = f"class CacheService:\n{body}"
    files = {"app/services/cache_service.py": legacy, "app/services/unified_cache.py": target, USER: "x.warmup()\n"}
    lay_out(tmp_path, files)
    assert is_alone(tmp_path, USER)


def test_the_class_is_gone(tmp_path: Path) -> None:
    lay_out(tmp_path, {USER: "x.warmup()\n"})
    (tmp_path / "app/services/cache_service.py").unlink()
    assert is_alone(tmp_path, USER)


def test_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, {"app/a.py": LEGACY, "app/b.py": "import app.a\n", USER: "import app.b\n"})
    assert is_alone(tmp_path, USER)
    assert not is_alone(tmp_path, ".")
    for module, name, value in ((engine, "_FEW", 0), (alone, "_MANY_MODULES", 2), (alone, "_MANY_PARSED", 0)):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, value)
            assert not is_alone(tmp_path, USER)
    lay_out(tmp_path, {"app/a.py": "C = [\n    1]\n", USER: "from app.a import C\n"})
    assert is_alone(tmp_path, USER)
    monkeypatch.setattr(alone, "_MANY_PARSED", 0)
    assert not is_alone(tmp_path, USER)


def test_a_small_repository_without_the_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_MANY", 10_000)
    lay_out(tmp_path, {USER: "x = 1\n"})
    assert is_alone(tmp_path, USER)
    (tmp_path / "app/services/cache_service.py").unlink()
    assert not is_alone(tmp_path, USER)


def test_mentions_are_looked_for_everywhere(tmp_path: Path) -> None:
    lay_out(tmp_path, {USER: "x = 1\n"})
    (tmp_path / "pyproject.toml").write_text('[tool.cachelift]\nselect = ["CLF010"]\n')
    assert not is_alone(tmp_path, USER)


def test_a_module_that_cannot_be_read(tmp_path: Path) -> None:
    lay_out(tmp_path, {"app/a.py": "", USER: "import app.a\n"})
    settings = load_settings(str(tmp_path))
    found = discover(str(tmp_path), [str(tmp_path / USER)])
    assert engine._is_alone(settings, found)
    os.remove(tmp_path / "app/a.py")
    assert not engine._is_alone(settings, found)
    os.remove(tmp_path / USER)
    assert not engine._is_alone(settings, found)


def test_a_file_in_no_package(tmp_path: Path) -> None:
    lay_out(
        tmp_path, {"x.py": LEGACY + "C = CacheService\n", "main.py": "from . import x\n", "other.py": "from . import y"}
    )
    assert not is_alone(tmp_path, "main.py")
    assert is_alone(tmp_path, "other.py")


def test_files_outside(tmp_path: Path) -> None:
    root = tmp_path / "root"
    lay_out(root, {USER: "x = 1\n"})
    (tmp_path / "other.py").write_text("x = 1\n")
    assert not is_alone(root, "../other.py")


@pytest.mark.parametrize(
    ("name", "anywhere", "found"),
    [
        ("app", False, ["app/__init__.py"]),
        ("app.a", False, ["app/a.py", "app/a.pyi"]),
        ("a", False, []),
        ("a", True, ["app/a.py", "app/a.pyi"]),
        ("c", False, ["app/loose/c.py", "lib/c.py"]),
        ("lib.c", False, ["lib/c.py"]),
        ("d", False, ["root/d.py"]),
        ("x", False, []),
    ],
)
def test_modules(name: str, anywhere: bool, found: list[str]) -> None:
    files = ["app/__init__.py", "app/a.py", "app/a.pyi", "app/loose/c.py", "lib/c.py", "root/__init__.py", "root/d.py"]
    modules = Modules([*files, "script"], ["root", "."])
    assert sorted(modules.find(name.split("."), anywhere=anywhere)) == found
