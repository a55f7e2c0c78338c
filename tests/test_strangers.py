"""Objects that got out of sight: what a file does with something of which nothing is known keeps their calls."""

from __future__ import annotations

from pathlib import Path

import helpers
import pytest

LEGACY = "from app.services.cache_service import CacheService as C\n"
LOST = LEGACY + "def lose(f): f(C(system='A'))\n"
"""A file with one call, whose object goes into a callback."""

USE = "def use(c): c.warmup()\n"

STRANGERS = {
    "parameter": "def use(c): c.warmup()\n",
    "augmented attribute": "def use(c): c.cache_dir += 'x'\n",
    "deleted attribute": "def use(c): del c.cache_dir\n",
    "parameter of any type": "from typing import Any\ndef use(c: Any): c.warmup()\n",
    "parameter of an optional object": "from typing import Optional\ndef use(c: Optional[object]): c.warmup()\n",
    "parameter of an object or none": "def use(c: None | object): c.warmup()\n",
    "parameter of a protocol": "from typing import Protocol\nclass P(Protocol): ...\ndef use(c: P): c.warmup()\n",
    "parameter of a generic protocol": (
        "from typing import Protocol, TypeVar\nT = TypeVar('T')\nclass P(Protocol[T]):\n    def warmup(self): ...\n"
        "def use(c: P | None): c.warmup()\n"
    ),
    "parameter of a type variable": "from typing import TypeVar\nT = TypeVar('T')\ndef use(c: T): c.warmup()\n",
    "parameter of a lambda": "use = lambda c: c.warmup()\n",
    "either": "def use(a, b): (a or b).warmup()\n",
    "one of two": "def use(a): ('' if a else a).warmup()\n",
    "walrus": "def use(a): (b := a).warmup()\n",
    "awaited": "async def use(a): (await a).warmup()\n",
    "item": "def use(a): a[0].warmup()\n",
    "attribute": "def use(a): a.b.warmup()\n",
    "own attribute": "class H:\n    def __init__(self, a): self.a = a\n    def use(self): self.a.warmup()\n",
    "annotated attribute": "class H:\n    def __init__(self, a): self.a: int = a\n    def f(self): self.a.warmup()\n",
    "inherited attribute": "class H:\n    def use(self): self.a.warmup()\n",
    "item of an import": "from app.recorder import a\ndef use(): a['b'].warmup()\n",
    "item of an imported module": "import app.recorder\ndef use(): app.recorder['b'].warmup()\n",
    "name that waits": "there = None\ndef use(): there.warmup()\n",
    "attribute that waits": "class H:\n    a = None\n    def use(self): self.a.warmup()\n",
    "method that waits": "class H:\n    def a(self): ...\n    def use(self): self.a().warmup()\n",
    "loop": "def use(a):\n    for c in a: c.warmup()\n",
    "unpacked": "def use(a):\n    b, c = a\n    c.warmup()\n",
    "assigned": "def use(a):\n    b = a\n    b.warmup()\n",
    "in a circle": "def use(a):\n    b = a\n    b = b\n    b.warmup()\n",
    "in a longer circle": "def use(a):\n    b = a or d\n    d = b or a\n    d.warmup()\n",
    "with": "def use(a):\n    with a as c: c.warmup()\n",
    "with a call": "def use(a):\n    with a() as c: c.warmup()\n",
    "with an own manager": (
        "class M:\n    def __enter__(self): ...\n    def __exit__(self, *a): ...\ndef use():\n"
        "    with M() as c: c.warmup()\n"
    ),
    "yield": "def use():\n    c = yield\n    c.warmup()\n",
    "result of a method": "def use(a): a.b().warmup()\n",
    "result of a result": "def use(a): a()().warmup()\n",
    "result of a builtin function": "def use(a): next(a).warmup()\n",
    "result of the library": "import weakref\ndef use(a): weakref.proxy(a).warmup()\n",
    "result of an own function": "def same(a): return a\ndef use(a): same(a).warmup()\n",
    "result of a decorated function": "def use(d):\n    @d\n    def f(): return ''\n    f().warmup()\n",
    "own class with getattr": "class P:\n    def __getattr__(self, n): ...\ndef use(): P().warmup()\n",
    "object of an own class with new": "class P:\n    def __new__(cls): ...\np = P()\ndef use(): p.warmup()\n",
    "own class with a metaclass, in a list": "class P(metaclass=type): ...\ndef use(): [P()][0].warmup()\n",
    "own class with a metaclass, or another": "class P(metaclass=type): ...\ndef use(): (P() or '').warmup()\n",
    "name that nothing binds": "def use(): there.warmup()\n",
    "by name": "def use(a): getattr(a, 'warmup')()\n",
    "by a name of a list": "NAMES = ['warmup']\ndef use(a): [getattr(a, n) for n in NAMES]\n",
    "method caller": "from operator import methodcaller\nuse = methodcaller('warmup')\n",
    "attribute getter": "from operator import attrgetter\nuse = attrgetter('cache_dir.name')\n",
    "format": "def use(a): return '{0.cache_dir}'.format(a)\n",
    "template": "TEMPLATE = '{{ cache.cache_dir }}'\n",
    "dictionary": "def use(a): return a.__dict__\n",
}
KNOWN = {
    "circle": "def use():\n    b = ''\n    b = b or d\n    d = b\n    d.warmup()\n",
    "attribute that is a method": "class H:\n    def a(self): ...\n    def use(self): self.a.warmup()\n",
    "attribute without a value": "class H:\n    a: int\n    b = 1\n    def use(self): self.a.warmup()\n",
    "nothing": "",
    "first parameter": "class H:\n    def use(self): self.warmup()\n",
    "first parameter or a number": "class H:\n    def use(self): (self or 1).warmup()\n",
    "own member": "class H:\n    def warmup(self): ...\nh = H()\ndef use(): h.warmup()\n",
    "proxy with its own": "class P:\n    def warmup(self): ...\n    def __getattr__(self, n): ...\nP().warmup()\n",
    "import": "import app.recorder as a\ndef use(): a.warmup()\n",
    "attribute of an import": "import app.recorder as a\ndef use(): a.b.warmup()\n",
    "item of an import of the library": "from os import environ\ndef use(): environ['b'].warmup()\n",
    "text": "def use(): 'a'.warmup(), f'{1}'.warmup(), ''.join([]).warmup()\n",
    "display": "def use(): [].warmup(), {}.warmup(), (1,).warmup()\n",
    "path": "from pathlib import Path\ndef use(): Path('a').warmup()\n",
    "builtin function": "def use(): str(1).warmup()\n",
    "builtin name": "def use(): str.warmup()\n",
    "function of the repository": "from app.recorder import find\ndef use(): find().warmup()\n",
    "own function": "def make(): return ''\ndef use(): make().warmup()\n",
    "own function beside one that gives anything": (
        "def make(): return ''\ndef same(a): return a\ndef use(): make().warmup()\n"
    ),
    "own function without a value": "def make(): return\ndef use(): make().warmup()\n",
    "own class": "class H: ...\ndef use(): (H() or 1).warmup()\n",
    "own attribute": "class H:\n    def __init__(self): self.a = ''\n    def use(self): self.a.warmup()\n",
    "annotated text": "def use(a: str): a.warmup()\n",
    "annotated by an own class": "class H: ...\ndef use(a: H): a.warmup()\n",
    "annotated list": "def use(a: list[object]): a.warmup()\n",
    "annotated in a string": "def use(a: 'str'): a.warmup()\n",
    "arguments": "def use(*a, **k): a.warmup(), k.warmup()\n",
    "fixture of pytest": "def test_it(request): request.warmup()\n",
    "exception": "try: ...\nexcept OSError as e: e.warmup()\n",
    "file": "def use():\n    with open('a') as f: f.warmup()\n",
    "alias of a file": "def use():\n    f = open('a')\n    f.warmup()\n",
    "function": "def use(): use.warmup()\n",
    "name of a function that is none": "def use():\n    there = None\n    there.warmup()\n",
    "comparison": "def use(a): (a == 1).warmup()\n",
    "word in a text": "TEXT = 'warmup'\nOTHER = 'a {b} warmup'\n",
    "word of an f-string": "def use(a): return f'{a}.cache_dir'\n",
    "docstring": "def use(a):\n    '''{a.cache_dir}'''\n",
    "getattr of what both have": "def use(a): getattr(a, 'get')('warmup')\n",
    "getattr of an own object": "class H: ...\ndef use(): getattr(H(), 'warmup')\n",
    "test by an own class": "class H:\n    def warmup(self): ...\ndef use(a): return isinstance(a, H)\n",
    "test of an own object": (
        "from typing import Protocol\nclass P(Protocol):\n    def warmup(self): ...\n"
        "def use(): return isinstance(1, P)\n"
    ),
    "star import": "from app.recorder import *\ndef use(): there.warmup()\n",
}


@pytest.mark.parametrize("text", STRANGERS.values(), ids=STRANGERS)
def test_what_may_be_the_object_keeps_the_call(tmp_path: Path, text: str) -> None:
    assert helpers.reported(tmp_path, LOST + text) == [
        "1:1 CLF001 manual reference-stays",
        "2:16 CLF002 manual missing-member",
    ]


@pytest.mark.parametrize("text", KNOWN.values(), ids=KNOWN)
def test_what_is_something_else_keeps_nothing(tmp_path: Path, text: str) -> None:
    assert helpers.reported(tmp_path, LOST + text) == ["1:1 CLF001 safe -", "2:16 CLF002 safe -"]


LOSES = {
    "callback": "def lose(f): f(C(system='A'))\n",
    "given list": "def lose(given): given.append(C(system='A'))\n",
    "item of a given list": "def lose(given): given[0].append(C(system='A'))\n",
    "imported list": "from app.recorder import log\nlog.append(C(system='A'))\n",
    "list of something else": "def lose(f): f().append(C(system='A'))\n",
    "unknown decorator": "import functools\n@functools.singledispatch\ndef make(): return C(system='A')\n",
    "two parameters in one": "def lose(*a): lose(*[1], C(system='A'))\n",
    "parameter that is not there": "def lose(): ...\ndef use(): lose(C(system='A'))\n",
    "method of a list": "caches = [C(system='A')]\ncaches.most_common()\n",
    "attribute of an awaitable": "async def f(): return C(system='A')\nf().cr_frame\n",
    "augmented": "x = 1\nx += C(system='A')\n",
    "unpacked coroutine": "async def f(): return C(system='A')\na, b = f()\n",
    "key of a class": "class H(x=C(system='A')): ...\n",
    "field of a tuple": "from typing import NamedTuple\nclass H(NamedTuple):\n    c: object\nh = H(C(system='A'))\n",
    "result of a method that syntax calls": "class H:\n    def __enter__(self): return C(system='A')\n",
    "one of two functions": "def a(c): ...\nif load():\n    def a(c): ...\na(C(system='A'))\n",
}
KEEPS = {
    "own list": "caches = []\ncaches.append(C(system='A'))\n",
    "list of the object": "class H:\n    def f(self): self.a = []\n    def g(self): self.a.append(C(system='A'))\n",
    "result of another method": "class H:\n    def enter(self): return C(system='A')\n",
    "result of a function of such a name": "def __enter__(self): return C(system='A')\n",
    "length": "caches = [C(system='A')]\ncaches.sort()\n",
    "function of another module": "from app.recorder import record\nrecord(C(system='A'))\n",
    "name": "c = C(system='A')\n",
    "keyword behind a star": "def keep(*a, c): ...\nkeep(*[1], 2, c=C(system='A'))\n",
    "argument before a star": "def keep(c, *a): ...\nkeep(C(system='A'), *[1])\n",
    "attribute of an own class": "class H:\n    def __init__(self, c): self.c = c\nh = H(C(system='A'))\n",
}


@pytest.mark.parametrize("text", LOSES.values(), ids=LOSES)
def test_where_an_object_gets_out_of_sight(tmp_path: Path, text: str) -> None:
    found = helpers.reported(tmp_path, LEGACY + text + USE)
    assert [line.split(" ", 1)[1] for line in found][1:] == ["CLF002 manual missing-member"]


@pytest.mark.parametrize("text", KEEPS.values(), ids=KEEPS)
def test_where_an_object_stays_in_sight(tmp_path: Path, text: str) -> None:
    assert [line.split(" ", 1)[1] for line in helpers.reported(tmp_path, LEGACY + text + USE)][1:] == ["CLF002 safe -"]


@pytest.mark.parametrize(
    ("files", "text", "verdict"),
    [
        ({"app/user.py": "from app.consumer import lose\n" + USE}, LOST, "manual missing-member"),
        ({"app/user.py": "from .consumer import lose\n" + USE}, LOST, "manual missing-member"),
        ({"app/used.py": USE}, LOST + "import app.used\n", "manual missing-member"),
        ({"app/user.py": USE}, LOST, "safe -"),
        ({"app/user.py": "import app.consumer\ndef use(c): c.get('k')\n"}, LOST, "safe -"),
    ],
    ids=["imports it", "imports it from its package", "imported by it", "nothing to do with it", "as both can be used"],
)
def test_files_that_name_no_class(tmp_path: Path, files: dict[str, str], text: str, verdict: str) -> None:
    assert helpers.reported(tmp_path, text, files=files)[1] == f"2:16 CLF002 {verdict}"


@pytest.mark.parametrize(
    ("imports", "base", "verdict"),
    [
        ("from app.user import Base\n", "Base", "manual missing-member"),
        ("import app.user\n", "app.user.Base", "manual missing-member"),
        ("import app.user\n", "", "safe -"),
        ("from elsewhere import Base\nimport app.user\n", "Base", "safe -"),
    ],
)
def test_what_a_class_holds_is_in_sight_of_its_base(imports: str, base: str, verdict: str, tmp_path: Path) -> None:
    text = f"{imports}class H({base}):\n    def __init__(self): self.c = C(system='A')\n"
    files = {"app/user.py": "class Base:\n    def use(self, name): getattr(self, name).warmup()\n"}
    found = helpers.reported(tmp_path, LEGACY + text, files=files)
    assert [line.split(" ", 1)[1] for line in found][1:] == [f"CLF002 {verdict}"]


STORE = """\
class OldStore:
    def __init__(self, system="KP"): ...
    def flush(self): ...


class Store: ...


def get_store(system="KP") -> Store: ...
"""
TWO = """
[[tool.cachelift.migrations]]
[[tool.cachelift.migrations]]
legacy = "app.store.OldStore"
factory = "app.new_store.get_store"
"""


def test_what_one_class_lacks_keeps_no_call_of_another(tmp_path: Path) -> None:
    files = {"app/store.py": STORE.partition("\n\n\n")[0], "app/new_store.py": STORE.partition("\n\n\n")[2]}
    text = "from app.store import OldStore\n" + LOST + "def lose_store(f): f(OldStore(system='A'))\n"

    assert helpers.reported(tmp_path, text + "def use(c): c.flush()\n", files=files, config=TWO) == [
        "1:1 CLF001 manual reference-stays",
        "2:1 CLF001 safe -",
        "3:16 CLF002 safe -",
        "4:22 CLF002 manual missing-member",
    ]


def test_what_another_file_hands_out_and_this_one_may_lose(tmp_path: Path) -> None:
    """The files are looked at once, whether anything is handed out by name or not."""
    files = {"app/user.py": "from app.consumer import lose\n" + USE}
    text = LOST + "cache = C(system='B')\n"
    assert helpers.reported(tmp_path, text, files=files)[1:] == [
        "2:16 CLF002 manual missing-member",
        "3:9 CLF002 safe -",
    ]


def test_class_with_an_unknown_base(tmp_path: Path) -> None:
    """It may have any member; those that are known count."""
    legacy = "from elsewhere import Base\nclass CacheService(Base):\n    def __init__(self, system='KP'): ...\n"
    files = {"app/services/cache_service.py": legacy + "    def warmup(self): ...\n"}
    assert helpers.reported(tmp_path, LOST + USE, files=files)[1] == "2:16 CLF002 manual missing-member"
    assert helpers.reported(tmp_path, LOST + "def use(c): c.other()\n", files=files)[1] == "2:16 CLF002 safe -"
