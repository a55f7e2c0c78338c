"""New names that mean something before the run. ``fixtures/cases/strings`` hold programs that run."""

from __future__ import annotations

from pathlib import Path

import cases
import pytest
from helpers import LEGACY, lay_out

NEW = "from app.services.unified_cache import get_unified_cache\n"
MAKE = "def make(): return CacheService(system='A')\n"
FRESH = "def fresh(): return get_unified_cache('N')\n"
USER = LEGACY + MAKE
BOTH = LEGACY + NEW + MAKE + FRESH
OTHER = NEW + FRESH
LOCAL = "def make():\n    from app.services.cache_service import CacheService\n    return CacheService(system='A')\n"
BY_MODULE = (
    "from app.services import cache_service, unified_cache\n"
    "def make(): return cache_service.CacheService(system='A')\n"
    "def fresh(): return unified_cache.get_unified_cache('N')\n"
)
SEVERAL = LEGACY + "from app.services.cache_service import CacheService as Second\n" + MAKE
ALIAS = LEGACY + "Second = CacheService\n" + MAKE
PATCH = "from unittest.mock import Mock, patch\nfrom app import user\n"
OLD_PATCHED = PATCH + "patch('app.user.CacheService', Mock())\n"
NEW_PATCHED = PATCH + "patch('app.user.get_unified_cache', Mock())\n"
SECOND = "def second(): return Second(system='B')\n"
STORE = "class OldStore:\n    def __init__(self, system='KP'): ...\n"
TWO = """
[[tool.cachelift.migrations]]
[[tool.cachelift.migrations]]
legacy = "app.store.OldStore"
factory = "app.services.unified_cache.get_unified_cache"
arguments = ["system"]
"""


def verdicts(root: Path, files: dict[str, str], config: str = "") -> list[str]:
    """All findings but those of imports: ``file:line applicability reason``."""
    lay_out(root, files, config=config)
    found = cases.findings(cases.check(root))
    names = {"app/user.py": "user", "tests/test_user.py": "test"}
    return [
        f"{names.get(f.path, f.path)}:{f.line} {f.applicability} {f.reason or '-'}" for f in found if f.code != "CLF001"
    ]


PATCHES: dict[str, tuple[str, str, list[str]]] = {
    "the new name is not there": (USER, "", ["user:2 safe -", "test:3 safe -"]),
    "the new name is used": (BOTH, "", ["user:3 manual patched-name", "test:3 manual patched-name"]),
    "the new name is there under another one": (
        BOTH.replace("import get_unified_cache", "import get_unified_cache as guc").replace("return get_", "return g"),
        "",
        ["user:3 manual patched-name", "test:3 manual patched-name"],
    ),
    "a star import of the target": (
        LEGACY + "from app.services.unified_cache import *\n" + MAKE + FRESH,
        "",
        ["user:3 manual patched-name", "test:3 manual patched-name"],
    ),
    "the type is there": (
        LEGACY + "from app.services.unified_cache import UnifiedCache\n" + MAKE + "def use(x: UnifiedCache): ...\n",
        "",
        ["user:3 safe -", "test:3 safe -"],
    ),
    "a second name, used in a function": (
        SEVERAL + SECOND,
        "",
        ["user:3 manual patched-name", "user:4 safe -", "test:3 manual patched-name"],
    ),
    "a second name, called when the module is imported": (
        SEVERAL + "cache = Second(system='B')\n",
        "",
        ["user:3 safe -", "user:4 safe -", "test:3 safe -"],
    ),
    "a second name, for types": (
        SEVERAL + "def use(x: Second): ...\n",
        "",
        ["user:3 safe -", "user:4 safe -", "test:3 safe -"],
    ),
    "a second name of a function": (
        USER + LOCAL.replace("make", "second"),
        "",
        ["user:2 safe -", "user:5 safe -", "test:3 safe -"],
    ),
    "an alias": (
        ALIAS + SECOND,
        "",
        ["user:2 manual alias", *(f"{place} manual patched-name" for place in ("user:3", "user:4", "test:3"))],
    ),
    "another class with that factory": (
        LEGACY + "from app.store import OldStore\n" + MAKE + "def store(): return OldStore(system='B')\n",
        TWO,
        ["user:3 manual patched-name", "user:4 safe -", "test:3 manual patched-name"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("user", "config", "expected"), PATCHES.values(), ids=PATCHES)
def test_a_patch_of_the_old_name(user: str, config: str, expected: list[str], tmp_path: Path) -> None:
    files = {"app/user.py": user, "tests/test_user.py": OLD_PATCHED, "app/store.py": STORE}
    assert verdicts(tmp_path, files, config) == expected


MESSAGES = {
    "the new name is used": (
        BOTH,
        "app/user.py has the name `get_unified_cache` already, and the patch would reach all that uses it",
    ),
    "a second name": (
        SEVERAL + SECOND,
        "app/user.py:4 would get the name `get_unified_cache` as well, which the patch would reach",
    ),
}


@pytest.mark.parametrize(("user", "message"), MESSAGES.values(), ids=MESSAGES)
def test_what_a_patch_says_that_stays(user: str, message: str, tmp_path: Path) -> None:
    lay_out(tmp_path, {"app/user.py": user, "tests/test_user.py": OLD_PATCHED})
    assert [f.message for f in cases.findings(cases.check(tmp_path)) if f.code == "CLF005"] == [message]


def test_what_a_call_says_whose_new_name_is_patched(tmp_path: Path) -> None:
    lay_out(tmp_path, {"app/user.py": BOTH, "tests/test_user.py": NEW_PATCHED})
    assert [f.message for f in cases.findings(cases.check(tmp_path)) if f.code == "CLF002"] == [
        "tests/test_user.py:3 puts something else in the place of `get_unified_cache`"
    ]


STAYS = {
    "a patch": (BOTH, "patch('app.user.get_unified_cache')"),
    "a patch that raises": (BOTH, "patch('app.user.get_unified_cache', side_effect=ConnectionError)"),
    "an attribute": (BOTH, "patch.object(user, 'get_unified_cache')"),
    "an attribute by keywords": (BOTH, "patch.object(target=user, attribute='get_unified_cache')"),
    "several": (BOTH, "patch.multiple('app.user', get_unified_cache=Mock())"),
    "several of a module": (BOTH, "patch.multiple(user, get_unified_cache=Mock())"),
    "several in a dictionary": (BOTH, "patch.multiple('app.user', **{'get_unified_cache': Mock()})"),
    "monkeypatch": (BOTH, "def test(monkeypatch): monkeypatch.setattr(user, 'get_unified_cache', Mock())"),
    "setattr": (BOTH, "setattr(user, 'get_unified_cache', Mock())"),
    "an assignment": (BOTH, "user.get_unified_cache = Mock()"),
    "an assignment of several": (BOTH, "x, user.get_unified_cache = 1, Mock()"),
    "del": (BOTH, "del user.get_unified_cache"),
    "the module's dictionary": (BOTH, "patch.dict(user.__dict__, {'get_unified_cache': Mock()})"),
    "the module's dictionary by keyword": (BOTH, "patch.dict(vars(user), get_unified_cache=Mock())"),
    "the module's dictionary by its path": (BOTH, "patch.dict('app.user.__dict__', get_unified_cache=Mock())"),
    "an entry": (BOTH, "vars(user)['get_unified_cache'] = Mock()"),
    "an entry of a module by name": (BOTH, "import sys\nsys.modules['app.user'].get_unified_cache = Mock()"),
    "an imported module": (BOTH, "import importlib\nm = importlib.import_module('app.user')\nm.get_unified_cache = 1"),
    "a parameter": (BOTH, "def fake(module): module.get_unified_cache = Mock()"),
    "a target in a constant": (BOTH, "TARGET = 'app.user.get_unified_cache'\npatch(TARGET)"),
    "a target in a table": (BOTH, "TARGETS = ['app.user.get_unified_cache']"),
    "a target that is put together": (BOTH, "M = 'app.user'\npatch(f'{M}.get_unified_cache')"),
    "a target that cannot be put together": (BOTH, "def fake(m): return patch(m + '.get_unified_cache')"),
    "names in a loop": (BOTH, "for name in ['get_unified_cache']: patch.object(user, name)"),
    "an alias": (BOTH.replace("get_unified_cache\n", "get_unified_cache as guc\n"), "patch('app.user.guc')"),
    "an alias that is assigned": (BOTH.replace("get_unified_cache\n", "get_unified_cache as guc\n"), "user.guc = 1"),
    "the module's name for the target": (BY_MODULE, "patch('app.user.unified_cache')"),
    "what the module's name for the target has": (BY_MODULE, "patch('app.user.unified_cache.get_unified_cache')"),
    "the definition, and a lookup by attribute": (BY_MODULE, "patch('app.services.unified_cache.get_unified_cache')"),
    "the definition, and a local import": (LOCAL, "patch('app.services.unified_cache.get_unified_cache')"),
    "an assigned definition": (LOCAL, "from app.services import unified_cache as u\nu.get_unified_cache = Mock()"),
    "the target's module": (LOCAL, "import sys\npatch.dict(sys.modules, {'app.services.unified_cache': Mock()})"),
    "a name that a function uses": (OTHER + LOCAL, "patch('app.user.get_unified_cache')"),
    "a name that is created": (USER, "patch('app.user.get_unified_cache', create=True)"),
    "a name that may be missing": (
        USER,
        "def test(monkeypatch): monkeypatch.setattr('app.user.get_unified_cache', 1, raising=False)",
    ),
    "a name that is assigned before it is there": (USER, "user.get_unified_cache = Mock()"),
    "its own globals": (BOTH + "def fake(): globals()['get_unified_cache'] = print\n", ""),
    "a file that cannot be read": (BOTH, "patch('app.user.get_unified_cache'"),
}

GOES = {
    "nothing": (BOTH, ""),
    "a name that is not there": (USER, "patch('app.user.get_unified_cache')"),
    "a name of another module": (BOTH, "import app.other\npatch('app.other.get_unified_cache')"),
    "an attribute of another module": (BOTH, "import app.other\napp.other.get_unified_cache = Mock()"),
    "an attribute of an object": (BOTH, "class Box:\n    def __init__(self): self.get_unified_cache = Mock()"),
    "a name that is read": (BOTH, "getattr(user, 'get_unified_cache')"),
    "a name that is compared": (BOTH, "print([n for n in vars(user) if n == 'get_unified_cache'])"),
    "a name that is imported": (BOTH, "from app.user import get_unified_cache\nget_unified_cache('B')"),
    "a name in `__all__`": (BOTH + "__all__ = ['get_unified_cache']\n", "patch('app.user.fresh')"),
    "another dictionary": (BOTH, "import os\npatch.dict(os.environ, {'get_unified_cache': '1'})"),
    "an attribute of a class": (BOTH + "class Box: get_unified_cache = 1\n", "patch('app.user.Box.get_unified_cache')"),
    "another name": (BOTH, "patch('app.user.fresh')"),
    "the definition, and a name of a module": (BOTH, "patch('app.services.unified_cache.get_unified_cache')"),
    "a path of the factory in the settings": (LOCAL, "FACTORY = 'app.services.unified_cache.get_unified_cache'"),
    "a name that a call of the module uses": (
        LEGACY + NEW + "cache = CacheService(system='A')\n",
        "patch('app.user.get_unified_cache')",
    ),
}


def calls(root: Path, user: str, line: str) -> list[str]:
    """The verdicts on the calls of a module where another file has a line of code."""
    head = "from app import user\n" if "patch" not in line and "Mock" not in line else PATCH
    files = {"app/user.py": user, "app/other.py": OTHER, "tests/test_user.py": f"{head}{line}\n"}
    return [each.partition(" ")[2] for each in verdicts(root, files) if each.startswith("user")]


@pytest.mark.parametrize(("user", "line"), STAYS.values(), ids=STAYS)
def test_a_call_whose_new_name_something_else_is_put_under(user: str, line: str, tmp_path: Path) -> None:
    assert calls(tmp_path, user, line) == ["manual patched-name"]


@pytest.mark.parametrize(("user", "line"), GOES.values(), ids=GOES)
def test_a_call_whose_new_name_is_its_own(user: str, line: str, tmp_path: Path) -> None:
    assert calls(tmp_path, user, line) == ["safe -"]


def test_of_more_files_than_are_looked_at_anything_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user, line = GOES["a name of another module"]
    monkeypatch.setattr("cachelift.patchers._LOOKED_AT", 0)
    assert calls(tmp_path, user, line) == ["manual patched-name"]


MEANWHILE = {"behind the patch": ("", "manual patched-name"), "before it": ("from app import user\n", "safe -")}


@pytest.mark.parametrize(("first", "verdict"), MEANWHILE.values(), ids=MEANWHILE)
def test_a_module_that_is_imported_where_the_definition_is_patched(first: str, verdict: str, tmp_path: Path) -> None:
    text = f"from unittest.mock import patch\n{first}with patch('app.services.unified_cache.get_unified_cache'):\n"
    files = {"app/user.py": USER, "tests/test_user.py": text + "    from app import user\n"}
    assert verdicts(tmp_path, files) == [f"user:2 {verdict}"]
