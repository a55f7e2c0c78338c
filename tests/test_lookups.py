"""Names that are looked up by text or on a module that only the run knows. ``fixtures`` hold the common forms."""

from __future__ import annotations

from pathlib import Path

import cases
import pytest
from helpers import LEGACY, TARGET, fixed, lay_out, reported

PICK = "def pick(m, n):\n    return getattr(m, n)\n"

REPORTED = {
    "a module by its name": ("import sys\nsys.modules['app.x'].CacheService\n", ["2:1 CLF004 manual class-as-value"]),
    "a module by get": ("import sys\nsys.modules.get('app.x').CacheService\n", ["2:1 CLF004 manual class-as-value"]),
    "an entry of another dictionary": ("modules = {}\nmodules.get('app.x').CacheService\n", []),
    "a name that nothing binds": ("unbound.CacheService\n", []),
    "a function's parameter": ("def pick(module):\n    return module.CacheService\n", []),
    "a method's own name": (
        "class Box:\n    def make_CacheService(self): ...\n    def CacheService(self):\n        return self.__name__\n",
        ["2:5 CLF004 manual class-name"],
    ),
    "a name in a text": (
        "name = 'CacheService'\ndef pick(module):\n    return getattr(module, name)\n",
        ["1:8 CLF005 manual dotted-string"],
    ),
    "a name among others in a text": (
        f"NAMES = ['a', 'CacheService']\n{PICK}",
        ["1:15 CLF005 manual dotted-string"],
    ),
    "a name among the items of something": (
        f"x = Other['a', 'CacheService']\n{PICK}",
        ["1:16 CLF005 manual dotted-string"],
    ),
    "a literal among others": (f"from typing import Literal\nX = Literal['a', 'CacheService']\n{PICK}", []),
    "a literal that is handed on": (f"from typing import Literal\nf(Literal['a', ('CacheService', 'b')])\n{PICK}", []),
    "a name that a module lists": (f"__all__ = ['CacheService']\n{PICK}", []),
    "a name that a module lists as well": (f"__all__ += ['a', 'CacheService']\n{PICK}", []),
    "a name that another list takes": (f"__any__ += ['CacheService']\n{PICK}", ["1:13 CLF005 manual dotted-string"]),
    "an argument's name": (f"f(**{{'CacheService': 1}})\n{PICK}", ["1:6 CLF005 manual dotted-string"]),
    "an argument's entry": (f"f(x={{'CacheService': 1}})\n{PICK}", []),
    "a key": (f"X = {{'CacheService': 1}}\n{PICK}", []),
    "a value": (f"X = {{1: 'CacheService'}}\n{PICK}", ["1:9 CLF005 manual dotted-string"]),
    "an object of the file": ("class Box: ...\nBox.CacheService\n", []),
    "a text for another program": ("import subprocess\nsubprocess.run(['echo', 'no CacheService left'])\n", []),
}


@pytest.mark.parametrize("name", REPORTED)
def test_what_is_reported(name: str, tmp_path: Path) -> None:
    text, expected = REPORTED[name]

    assert reported(tmp_path, text) == expected


CALL = 'cache = CacheService(system="A")\n'


@pytest.mark.parametrize(
    "reader",
    [
        "pick = lambda module: module.CacheService()\n",
        "def pick(module):\n    return module.CacheService()\n",
        "class Box:\n    def pick(self, module):\n        return module.CacheService()\n",
    ],
)
def test_a_name_that_may_be_read_from_any_module_is_kept_in_all(reader: str, tmp_path: Path) -> None:
    after, _ = fixed(tmp_path, LEGACY + CALL, files={"app/reader.py": reader})

    assert after == LEGACY + TARGET + 'cache = get_unified_cache("A")\n'


@pytest.mark.parametrize(
    "reader",
    [
        "pick = lambda module: module.CacheService\n",
        "def pick(module):\n    return module.CacheService\n",
        "class Box:\n    def pick(self, module):\n        return module.CacheService\n",
        "class Box:\n    def is_one(self, x):\n        return isinstance(x, self.CacheService)\n",
        "def is_one(x, box):\n    return type(x) is box.module.CacheService\n",
    ],
)
def test_objects_that_may_be_asked_for_a_class_of_that_name_are_kept(reader: str, tmp_path: Path) -> None:
    after, found = fixed(tmp_path, LEGACY + CALL, files={"app/reader.py": reader})

    assert after == LEGACY + CALL
    assert "2:9 CLF002 manual type-test" in found


@pytest.mark.parametrize(
    "reader",
    [
        "class Box:\n    def pick(self):\n        return self.CacheService\n",
        "pick = lambda: unbound.CacheService\n",
        "class Box: ...\npick = lambda: Box.CacheService\n",
        "import functools\ndef is_one(x):\n    return isinstance(x, functools.CacheService)\n",
        "from app import other\ndef is_one(x):\n    return isinstance(x, other.CacheService)\n",
    ],
)
def test_another_class_of_that_name_keeps_nothing(reader: str, tmp_path: Path) -> None:
    files = {"app/reader.py": reader, "app/other.py": "class CacheService: ...\n"}

    after, _ = fixed(tmp_path, LEGACY + CALL, files=files)

    assert after == TARGET + 'cache = get_unified_cache("A")\n'


HOOK = "def __getattr__(name):\n"
IN_HOOK = "    from app.services.cache_service import CacheService as C\n"
MODULE = "    import app.services.cache_service as module\n"
TABLE = "import importlib\nTABLE = {'x': 'y', NAME: 'app.services.cache_service.CacheService', 'z': 'w'}\n"
BY_TABLE = HOOK + "    return importlib.import_module(TABLE[name])\n"
BY_TEXT = "importlib.import_module('app.services.cache_service').CacheService\n"

HOOKED = {
    "by another name": HOOK + IN_HOOK + "    if name == 'Cache':\n        return C\n",
    "by its own name and another": HOOK + IN_HOOK + "    if name in ('CacheService', 'Cache'):\n        return C\n",
    "by any name": HOOK + IN_HOOK + "    return C\n",
    "its module by any name": HOOK + MODULE + "    return module\n",
    "in what is looked up behind the names": (
        HOOK + IN_HOOK + "    found = [C]\n    if name == 'CacheService':\n        return found[0]\n"
    ),
    "by another name of a table": TABLE.replace("NAME", "'Cache'") + BY_TABLE,
    "by the path that a variable has": (
        "import importlib\nPATH = 'app.services.cache_service.CacheService'\n"
        + HOOK
        + "    return importlib.import_module(PATH)\n"
    ),
}
NOT_HOOKED = {
    "by its own name": HOOK + IN_HOOK + "    if name == 'CacheService':\n        return C\n",
    "by its own name, and something else by another": (
        HOOK + IN_HOOK + "    if name == 'CacheService':\n        return C\n    if name == 'x':\n        return 1\n"
    ),
    "by its own name, and something else by another before": (
        HOOK + IN_HOOK + "    if name == 'x':\n        return 1\n    if name == 'CacheService':\n        return C\n"
    ),
    "by its own name, as a text": (
        "import importlib\n" + HOOK + "    if name == 'CacheService':\n        return " + BY_TEXT
    ),
    "by its own name of a table": TABLE.replace("NAME", "'CacheService'") + BY_TABLE,
    "an object of it": HOOK + IN_HOOK + "    return C(system=name)\n",
    "by a coroutine": "async " + HOOK + IN_HOOK + "    return C\n",
    "by another function before": "def get(name):\n" + IN_HOOK + "    return C\n" + HOOK + "    raise AttributeError\n",
    "by another function behind": HOOK + "    raise AttributeError\ndef get(name):\n" + IN_HOOK + "    return C\n",
}


@pytest.mark.parametrize("reader", HOOKED.values(), ids=HOOKED)
def test_a_class_that_a_module_has_by_any_name_when_it_is_asked_keeps_the_objects(reader: str, tmp_path: Path) -> None:
    assert "2:9 CLF002 manual type-test" in reported(tmp_path, LEGACY + CALL, files={"app/reader.py": reader})


@pytest.mark.parametrize("reader", NOT_HOOKED.values(), ids=NOT_HOOKED)
def test_a_class_that_a_module_has_by_its_own_name_keeps_no_object(reader: str, tmp_path: Path) -> None:
    assert "2:9 CLF002 safe -" in reported(tmp_path, LEGACY + CALL, files={"app/reader.py": reader})


MADE_WHEN_ASKED = {"app/lazy.py": HOOK + "    return load(name)\n", "app/box.py": "CacheService = load()\n"}
ASKED = "def ask(x): return isinstance(x, CacheService)\n"

MAY_BE = {
    "a name that is made when it is asked for": "from app.lazy import CacheService\n" + ASKED,
    "such a name under another": "from app.lazy import CacheService as C\ndef ask(x): return isinstance(x, C)\n",
    "a variable of another module": "from app.box import CacheService\n" + ASKED,
    "such a name handed on": "from app.lazy import CacheService\nprint(CacheService)\n",
    "an attribute of an object's attribute": "class Box:\n    def pick(self): return self.module.CacheService\n",
    "the exact class": "class Box:\n    def ask(self, x): return type(x) is self.CacheService\n",
    "an attribute of the file's own class": "class Box: ...\ndef ask(x): return isinstance(x, Box.CacheService)\n",
    "an attribute of a module": "from app import lazy\ndef pick(): return lazy.CacheService\n",
    "a variable of a module": "from app import box\ndef ask(x): return isinstance(x, box.CacheService)\n",
}
IS_NOT = {
    "another class of the repository": "from app.other import CacheService\n" + ASKED,
    "another class": "from elsewhere import CacheService\n" + ASKED,
    "what is called": "from app.lazy import CacheService\nCacheService()\n",
    "what is called on a module": "def make(module): return module.CacheService()\n",
    "a type": "from app.lazy import CacheService\ndef use(x: CacheService): ...\n",
    "what is called on the class": "def make(module): return module.CacheService.shared()\n",
    "what is set": "def change(module): module.CacheService = 1\n",
    "a key of the file's own": "class Box:\n    def ask(self): return {self.CacheService: 1}\n",
    "what is imported by a name": "import importlib\ndef pick(x): return importlib.import_module(x).CacheService\n",
    "another class of a module, handed on": "from app import other\ndef pick(): return other.CacheService\n",
}


@pytest.mark.parametrize("reader", MAY_BE.values(), ids=MAY_BE)
def test_what_may_be_the_class_keeps_the_objects(reader: str, tmp_path: Path) -> None:
    files = {**MADE_WHEN_ASKED, "app/reader.py": reader}
    assert "2:9 CLF002 manual type-test" in reported(tmp_path, LEGACY + CALL, files=files)


@pytest.mark.parametrize("reader", IS_NOT.values(), ids=IS_NOT)
def test_what_is_not_the_class_or_asks_for_none_keeps_no_object(reader: str, tmp_path: Path) -> None:
    files = {**MADE_WHEN_ASKED, "app/other.py": "class CacheService: ...\n", "app/reader.py": reader}
    assert "2:9 CLF002 safe -" in reported(tmp_path, LEGACY + CALL, files=files)


def test_reading_changes_nothing_in_the_reader(tmp_path: Path) -> None:
    lay_out(
        tmp_path, {"app/reader.py": "pick = lambda module: module.CacheService\n", "app/consumer.py": LEGACY + CALL}
    )

    cases.fix(tmp_path, unsafe=True)

    assert (tmp_path / "app/reader.py").read_text() == "pick = lambda module: module.CacheService\n"


ASKED_FOR = HOOK + "    return load(name)\n"
TRICKS = {
    "asked for": HOOK + "    return getattr(new, name)\n",
    "put among the names": "import app.new as new\nglobals().update(vars(new))\n",
    "set on the module": "import sys\nfor n in x: setattr(sys.modules[__name__], n, x[n])\n",
    "another module": "import sys\nsys.modules[__name__] = new\n",
    "taken from such a module": "from app.deep import CacheService\n",
}
TAKERS = {
    "import": ("from app.old import CacheService as C\nC(system='A')\n", ["1:1 CLF001", "2:1 CLF002"]),
    "star": ("from app.old import *\nCacheService(system='A')\n", ["2:1 CLF002"]),
    "attribute": ("import app.old as old\nold.CacheService(system='A')\n", ["2:1 CLF002"]),
    "subclass": ("from app.old import CacheService\nclass D(CacheService): ...\n", ["1:1 CLF001", "2:1 CLF006"]),
    "main": ("from __main__ import CacheService\nprint(CacheService)\n", ["1:1 CLF001", "2:7 CLF004"]),
}
NOT_TAKEN = {
    "plainly bound": ("class CacheService: ...\n" + ASKED_FOR, "from app.old import CacheService\nCacheService()\n"),
    "no trick": ("x = 1\n", "from app.old import CacheService\nCacheService()\n"),
    "elsewhere": (ASKED_FOR, "from elsewhere import CacheService\nCacheService()\n"),
    "another name": (ASKED_FOR, "from app.old import CacheServices\nCacheServices()\n"),
}
BY_TEXT = "import importlib\ndef load(m, n): return getattr(importlib.import_module(m), n)\n"
SETTINGS = {
    "variable": ("NAME = 'CacheService'\n", True),
    "in a table": ("NAMES = {'class': ('svc', 'CacheService')}\n", True),
    "default": ("def f(name='CacheService'): ...\n", True),
    "result": ("def f(): return 'CacheService'\n", True),
    "argument": ("register('svc', 'CacheService')\n", True),
    "keyword": ("register(name='CacheService')\n", True),
    "docstring": ("'CacheService'\n", False),
    "compared": ("x == 'CacheService'\n", False),
    "part of a text": ("NAME = 'the CacheService'\n", False),
    "logger": ("import logging\nlogging.getLogger('CacheService')\n", False),
}
KEPT = LEGACY + CALL


def left_bound(root: Path, files: dict[str, str]) -> bool:
    """Whether a module that only uses the class goes on binding its name when it is rewritten."""
    lay_out(root, {"app/new.py": KEPT, **files})
    cases.fix(root)
    return "import CacheService" in (root / "app/new.py").read_text()


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("taker", TAKERS)
def test_what_a_module_may_have_without_binding_it(trick: str, taker: str, tmp_path: Path) -> None:
    text, expected = TAKERS[taker]
    if (trick, taker) == ("taken from such a module", "star"):  # the name is plainly bound there
        return
    files = {"app/old.py": TRICKS[trick], "app/deep.py": ASKED_FOR, "app/reader.py": text}
    lay_out(tmp_path, {"app/new.py": KEPT, **files})
    found = [each for each in cases.findings(cases.check(tmp_path)) if each.path == "app/reader.py"]
    assert [f"{each.line}:{each.column} {each.code}" for each in found] == expected
    assert {each.applicability for each in found} == {"manual"}
    assert left_bound(tmp_path, files)


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_what_a_module_binds_or_cannot_have(name: str, tmp_path: Path) -> None:
    old, reader = NOT_TAKEN[name]
    files = {"app/old.py": old, "app/reader.py": reader}
    lay_out(tmp_path, files)
    assert not [each for each in cases.findings(cases.check(tmp_path)) if each.path == "app/reader.py"]
    assert not left_bound(tmp_path, files)


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize(
    ("by_text", "module"), [(True, "app.new"), (True, "app.load"), (True, "a text"), (True, ""), (False, "app.new")]
)
def test_the_name_where_modules_are_imported_by_theirs(name: str, by_text: bool, module: str, tmp_path: Path) -> None:
    text, keeps = SETTINGS[name]
    files = {"app/conf.py": f"{text}\nMODULE = {module!r}\n", "app/load.py": BY_TEXT if by_text else "x = 1\n"}
    assert left_bound(tmp_path, files) is (keeps and by_text and module == "app.new")


@pytest.mark.parametrize("replaces", [True, False])
def test_a_module_that_may_be_put_under_another_name(replaces: bool, tmp_path: Path) -> None:
    line = "sys.modules['old'] = new\n" if replaces else "sys.modules['old'] == new\n"
    files = {"app/compat.py": "import sys, app.new as new\n" + line, "app/user.py": "from old import CacheService\n"}
    assert left_bound(tmp_path, files) is replaces


def test_another_name_of_the_class_that_a_module_may_have(tmp_path: Path) -> None:
    new = "from app.services.cache_service import CacheService as Cache\nx = Cache(system='A')\n"
    files = {"app/new.py": new, "app/old.py": TRICKS["put among the names"]}
    lay_out(tmp_path, {**files, "app/reader.py": "import app.old\nfrom app.old import Cache\napp.old.Cache\n"})
    cases.fix(tmp_path)
    assert "CacheService as Cache" in (tmp_path / "app/new.py").read_text()
