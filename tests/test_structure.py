"""Questions for what a class can do, which only one of the two classes can."""

from __future__ import annotations

from pathlib import Path

import pytest
from asked import FACTORY, HERE, LEGACY_CLASS, NEW, OLD, TYPE_CLASS, verdict
from helpers import LEGACY

LENGTH = "    def __len__(self): return 3\n"
CALL = "    def __call__(self): return 3\n"
EQUAL = "    def __eq__(self, other): return True\n"
ANY = "    def __getattr__(self, name): return 3\n"
WARM = "    def warm(self): return 3\n"
SIZED = "from collections.abc import Sized\ndef take(o): return isinstance(o, Sized)\n"
CALLED = "def take(o): return callable(o)\n"
HASHED = "from collections.abc import Hashable\ndef take(o): return isinstance(o, Hashable)\n"
MAPPED = "from collections.abc import Mapping\ndef take(o): return isinstance(o, Mapping)\n"


@pytest.mark.parametrize(
    ("old", "new", "other", "expected"),
    [
        (LENGTH, "", SIZED, "manual type-test"),
        ("", LENGTH, SIZED, "unsafe type-test"),
        (LENGTH, LENGTH, SIZED, "safe -"),
        ("", "", SIZED, "safe -"),
        (LENGTH, "", "from typing import Sized\ndef take(o): return isinstance(o, Sized)\n", "manual type-test"),
        (LENGTH, "", "from collections.abc import Sized\ndef take(o: Sized): ...\n", "safe -"),
        (CALL, "", CALLED, "manual type-test"),
        ("", CALL, CALLED, "unsafe type-test"),
        (LENGTH, "", CALLED, "safe -"),
        ("", EQUAL, HASHED, "manual type-test"),
        (EQUAL, "", HASHED, "unsafe type-test"),
        (LENGTH, ANY, SIZED, "safe -"),
    ],
)
def test_what_one_of_the_two_can_do(tmp_path: Path, old: str, new: str, other: str, expected: str) -> None:
    files = {OLD: LEGACY_CLASS + old, NEW: TYPE_CLASS + new + FACTORY, "app/other.py": other}
    assert verdict(tmp_path, files) == expected


def test_what_the_file_itself_asks(tmp_path: Path) -> None:
    text = LEGACY + 'from collections.abc import Sized\n\nx = CacheService("A")\nprint(isinstance(x, Sized))\n'
    assert verdict(tmp_path, {OLD: LEGACY_CLASS + LENGTH, NEW: TYPE_CLASS + FACTORY}, text) == "manual type-test"


def test_a_base_of_the_library_has_bases_itself(tmp_path: Path) -> None:
    legacy = "from collections import UserDict\n" + LEGACY_CLASS.replace("CacheService", "CacheService(UserDict)")
    assert verdict(tmp_path, {OLD: legacy, "app/other.py": MAPPED}) == "manual type-test"
    assert verdict(tmp_path, {OLD: legacy.replace("UserDict", "Nothing"), "app/other.py": MAPPED}) == "safe -"


PROTOCOL = "from typing import Protocol, runtime_checkable\n@runtime_checkable\nclass Warm(Protocol):\n"
UNMARKED = "import typing\nclass Cold(typing.Protocol): ...\nclass Warm(typing.Protocol):\n    def warm(self): ...\n"
SUB = "class Sub:\n    warm = 1\n"
META = "class M(type):\n    def {}(cls, o): return hasattr(o, 'warm')\n"
HOOK = "import abc\nclass Warm(abc.ABC):\n    @classmethod\n    def __subclasshook__(cls, kind): return "


@pytest.mark.parametrize(
    ("old", "new", "protocol", "expected"),
    [
        (WARM, "", PROTOCOL + "    def warm(self): ...\n", "manual type-test"),
        ("", WARM, PROTOCOL + "    async def warm(self): ...\n", "unsafe type-test"),
        (WARM, WARM, PROTOCOL + "    def warm(self): ...\n", "safe -"),
        ("", "", PROTOCOL + "    def warm(self): ...\n", "safe -"),
        (WARM, "", PROTOCOL + "    warm: int\n", "manual type-test"),
        (WARM, "", PROTOCOL + "    warm = 1\n", "manual type-test"),
        (WARM, "", PROTOCOL + "    system: str\n    __slots__ = ()\n    def get(self): ...\n", "safe -"),
        (WARM, "", PROTOCOL + "    def warm(self): ...\n    def cold(self): ...\n", "safe -"),
        (WARM, "", PROTOCOL.replace("@runtime_checkable\n", "") + "    def warm(self): ...\n", "safe -"),
        (WARM, "", SUB + PROTOCOL.replace("(P", "(Sub, P") + "    def get(self): ...\n", "manual type-test"),
        (WARM, "", SUB.replace("warm", "get") + PROTOCOL.replace("(P", "(Sub, P") + "    ...\n", "safe -"),
        (WARM, "", PROTOCOL.replace("(P", "(Warm, P") + "    get: int\n", "manual type-test"),
        (WARM, "", PROTOCOL.replace("(P", "(Cold, P") + "    ...\nfrom app.cold import Cold\n", "manual type-test"),
        (WARM, "", "from lib import Cold\n" + PROTOCOL.replace("(P", "(Cold, P") + "    get = 1\n", "manual type-test"),
        (WARM, "", "from lib import Cold\n" + PROTOCOL.replace("(P", "(Cold, P") + "    cold = 1\n", "safe -"),
        (WARM, ANY, PROTOCOL + "    def warm(self): ...\n", "manual type-test"),
        (WARM, "", PROTOCOL.replace("Protocol):", "Protocol[int]):") + "    def warm(self): ...\n", "manual type-test"),
        (WARM, "", UNMARKED + "Warm = typing.runtime_checkable(Warm)\n", "manual type-test"),
        (WARM, "", UNMARKED + "Cold = typing.runtime_checkable(Cold)\n", "safe -"),
        (WARM, "", HOOK + "hasattr(kind, 'warm')\n", "manual type-test"),
        (WARM, "", HOOK + "kind.warm is not None\n", "manual type-test"),
        (WARM, "", HOOK + "hasattr(kind, 'get')\n", "safe -"),
        ("", "", HOOK + "kind.__module__.startswith('app.services.cache')\n", "safe -"),
        (WARM, "", HOOK + "kind.__module__.startswith('app.services.cache')\n", "manual type-test"),
        (WARM, "", META.format("__instancecheck__"), "manual type-test"),
        (WARM, "", META.format("__subclasscheck__"), "manual type-test"),
        (WARM, "", META.format("check") + "# __instancecheck__\n", "safe -"),
    ],
)  # fmt: skip
def test_who_says_what_its_objects_are(tmp_path: Path, old: str, new: str, protocol: str, expected: str) -> None:
    asks = "from app.warm import Warm\ndef take(o): return isinstance(o, Warm)\n"
    cold = "from typing import Protocol\nclass Cold(Protocol):\n    def warm(self): ...\n"
    files = {OLD: LEGACY_CLASS + old, NEW: TYPE_CLASS + new + FACTORY, "app/warm.py": protocol, "app/cold.py": cold}
    assert verdict(tmp_path, {**files, "app/other.py": asks}) == expected


def test_nothing_is_known_of_the_class(tmp_path: Path) -> None:
    config = """\
[[tool.cachelift.migrations]]
factory = 'app.services.unified_cache.get_unified_cache'
legacy = 'lib.cache.CacheService'
signature = '(system="KP")'
"""
    text = HERE.replace("app.services.cache_service", "lib.cache")
    files = {"app/warm.py": PROTOCOL + "    def warm(self): ...\n", NEW: TYPE_CLASS + FACTORY}
    assert verdict(tmp_path, files, text, config=config) == "safe -"
