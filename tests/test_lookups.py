"""Names that are looked up by text or on a module that only the run knows. ``fixtures`` hold the common forms."""

from __future__ import annotations

from pathlib import Path

import cases
import pytest
from helpers import LEGACY, TARGET, fixed, lay_out, reported

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


def test_reading_changes_nothing_in_the_reader(tmp_path: Path) -> None:
    lay_out(
        tmp_path, {"app/reader.py": "pick = lambda module: module.CacheService\n", "app/consumer.py": LEGACY + CALL}
    )

    cases.fix(tmp_path, unsafe=True)

    assert (tmp_path / "app/reader.py").read_text() == "pick = lambda module: module.CacheService\n"
