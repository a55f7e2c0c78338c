"""Questions for an object's class that the replacement may answer otherwise, and the calls that they keep."""

from __future__ import annotations

from pathlib import Path

import cases
import pytest
from asked import CLASS, FACTORY, HERE, LEGACY_CLASS, NEW, OLD, TYPE, TYPE_CLASS, verdict
from helpers import CONSUMER, LEGACY, fixed, lay_out, reported

ASKS = {
    "isinstance": "def take(o): return isinstance(o, UnifiedCache)",
    "of another type, by its annotation": "def take(o: str | UnifiedCache): return isinstance(o, UnifiedCache)",
    "one of several": "def take(o): return isinstance(o, (int, UnifiedCache))",
    "a union": "def take(o): return isinstance(o, int | UnifiedCache)",
    "by another name": "from app.services.unified_cache import UnifiedCache as U\ndef take(o): return isinstance(o, U)",
    "by its module": "from app.services import unified_cache as u\ndef take(o): return isinstance(o, u.UnifiedCache)",
    "issubclass": "def take(o): return issubclass(type(o), UnifiedCache)",
    "of its own class": "def take(o): return issubclass(o.__class__, UnifiedCache)",
    "type": "def take(o): return type(o) is UnifiedCache",
    "type, the other way round": "def take(o): return UnifiedCache is type(o)",
    "one of several types": "def take(o): return type(o) in (int, UnifiedCache)",
    "class": "def take(o): return o.__class__ == UnifiedCache",
    "name": "def take(o): return type(o).__name__ == 'UnifiedCache'",
    "name of the class": "def take(o): return o.__class__.__qualname__ == 'UnifiedCache'",
    "name of a class": "def take(o):\n    kind = type(o)\n    return kind.__name__ == 'UnifiedCache'",
    "one of several names": "def take(kind): return kind.__qualname__ in ('int', 'UnifiedCache')",
    "class in a pattern": "def take(o):\n    match o:\n        case object(__class__=u.UnifiedCache): return 1\n"
    "from app.services import unified_cache as u",
    "class that a pattern binds": "T = [UnifiedCache]\ndef take(o):\n    match o:\n"
    "        case object(__class__=kind): return kind in T",
    "name as a key": "N = {'UnifiedCache': 1}\ndef take(o): return N.get(type(o).__name__)",
    "module": "def take(o): return type(o).__module__ == 'app.services.unified_cache'",
    "dispatch by a call": "import functools\n@functools.singledispatch\ndef take(o): ...\n"
    "take.register(UnifiedCache, print)",
    "dispatch by a keyword": "import functools\n@functools.singledispatch\ndef take(o): ...\n"
    "take.register(cls=UnifiedCache, func=print)",
    "handler": "def take(o):\n    try: raise o\n    except (int, UnifiedCache): ...",
    "attribute by its name": "def take(o): return getattr(o, '__class__') is UnifiedCache",
    "mapped": "def take(*os): return UnifiedCache in map(type, os)",
    "by another name for the question": "is_a = isinstance\ndef take(o): return is_a(o, UnifiedCache)",
    "class in a variable": "def take(o):\n    t = type(o)\n    return t is UnifiedCache",
    "bases": "def take(o): return UnifiedCache in type(o).__mro__",
    "attribute that is empty at first": "class A:\n    o = None\n    def __init__(self): self.o = None\n"
    "    def f(self): return isinstance(self.o, UnifiedCache)\ndef take(o): ...",
    "asserted, and that is caught": "def take(o):\n    try:\n        assert isinstance(o, UnifiedCache)\n"
    "    except AssertionError: return 1",
    "asserted not to be": "class T:\n    def take(self, o):\n        with self.assertRaises(AssertionError):\n"
    "            self.assertIsInstance(o, UnifiedCache)",
    "beside a question of another object": LEGACY
    + "def take(o, p=1): return isinstance(o, UnifiedCache) or isinstance(p, CacheService)",
    "handed to a class that asks": "from app.kinds import V\ndef take(o): return V(UnifiedCache).ok(o)",
    "handed to a function that asks": "from app.kinds import find\ndef take(o): return find([o], kind=UnifiedCache)",
    "its own check": "def take(o): return UnifiedCache.__instancecheck__(o)",
    "its own check of classes": "def take(o): return UnifiedCache.__subclasscheck__(type(o))",
    "pattern": "def take(o):\n    match o:\n        case UnifiedCache(): return 1",
    "pattern inside": "def take(o):\n    match [o]:\n        case [UnifiedCache()]: return 1",
    "one of several patterns": "def take(o):\n    match o:\n        case int() | UnifiedCache() as x: return 1",
    "dispatch": "import functools\n@functools.singledispatch\ndef take(o): ...\n"
    "@take.register\ndef _(o: UnifiedCache): ...",
    "dispatch by argument": "import functools\n@functools.singledispatch\ndef take(o): ...\n"
    "@take.register(UnifiedCache)\nasync def _(o): ...",
    "table": "T = {UnifiedCache: 1}\ndef take(o): return T.get(type(o))",
    "table, by another name": "from app.services.unified_cache import UnifiedCache as U\nT = {U: 1}\n"
    "def take(o): return T[type(o)]",
    "table of classes": "T = {UnifiedCache: 1}\ndef take(o): return T[o.__class__]",
    "tuple of its own": "T = (int, UnifiedCache)\ndef take(o): return isinstance(o, T)",
    "attribute": "class A:\n    def __init__(self, o): self.o = o\n"
    "    def f(self): return isinstance(self.o, UnifiedCache)\ndef take(o): return A(o).f()",
    "attribute that nothing sets": "def take(o): return isinstance(o.cache, UnifiedCache)",
    "attribute that a loop sets": "class A:\n    def f(self, os):\n        for self.o in os: ...\n"
    "        return isinstance(self.o, UnifiedCache)\ndef take(o): ...",
    "variable": "def take(o):\n    p = o\n    return isinstance(p, UnifiedCache)",
    "either": "def take(o, p=1):\n    return isinstance(o if o else p, UnifiedCache)",
    "walrus": "def take(o):\n    return isinstance((p := o), UnifiedCache)",
    "awaited": "async def take(o):\n    return isinstance(await o, UnifiedCache)",
    "result": "def give(o): return o\ndef take(o): return isinstance(give(o), UnifiedCache)",
    "imported": "from app import state\ndef take(o): return isinstance(state.cache, UnifiedCache)",
    "not asserted": "def take(o):\n    assert not isinstance(o, UnifiedCache)",
    "one of two is asserted": "def take(o):\n    assert isinstance(o, UnifiedCache) or o",
    "not asserted by a test": "class T:\n    def take(self, o): self.assertNotIsInstance(o, UnifiedCache)",
    "beside something else of the class's name": "def take(o, p):\n    return isinstance(o, UnifiedCache) or p",
    "static": "class A:\n    @staticmethod\n    def f(self): return isinstance(self, UnifiedCache)\ndef take(o): ...",
    "by the name of a star import": "from app.services.unified_cache import *\n"
    "def take(o): return isinstance(o, UnifiedCache)",
    "attribute of the class of a method": "class A:\n    kind = UnifiedCache\n"
    "    def f(self, o): return isinstance(o, self.kind)\ndef take(o): return A().f(o)",
    "attribute of a base": "class B:\n    kind = UnifiedCache\nclass A(B):\n"
    "    def f(self, o): return type(o) == self.kind\ndef take(o): return A().f(o)",
    "a method that is called as a function": "class A:\n    def f(o): return isinstance(o, UnifiedCache)\n"
    "def take(o): return A.f(o)",
    "a proxy": "class P:\n    def __init__(self, o): self.o = o\n    @property\n"
    "    def __class__(self): return type(self.o)\n    def ok(self): return isinstance(self, UnifiedCache)\n"
    "def take(o): return P(o).ok()",
    "a proxy's attribute": "class P:\n    __class__ = property(lambda self: type(self.o))\n"
    "    def ok(self): return isinstance(self, UnifiedCache)\ndef take(o): return P().ok()",
    "a proxy of another file": "from app.kinds import Proxy\ndef take(o): return isinstance(Proxy(o), UnifiedCache)",
    "the class of what the factory gives": "K = type(get_unified_cache('A'))\ndef take(o): return isinstance(o, K)",
    "the class of what it gave": "n = get_unified_cache('A')\ndef take(o): return isinstance(o, type(n))",
    "the attribute of what it gave": "n = get_unified_cache('A')\ndef take(o): return isinstance(o, n.__class__)",
    "the same class as what it gave": "n = get_unified_cache('A')\ndef take(o): return type(o) is type(n)",
    "a table of what it gives": "T = {type(get_unified_cache('A')): 1}\ndef take(o): return T.get(type(o))",
    "a name for a dispatcher": "import functools\n@functools.singledispatch\ndef take(o): ...\nreg = take.register\n"
    "@reg\ndef _(o: UnifiedCache): ...",
    "arguments from a tuple": "def take(o): return isinstance(*(o, UnifiedCache))",
    "a part of the name": "def take(o): return type(o).__name__.startswith('Unified')",
    "a part of the name in small letters": "def take(o): return 'unified' in type(o).__name__.lower()",
    "a part of the module": "def take(o): return type(o).__module__.endswith('unified_cache')",
    "a part of its own module": "def take(o): return o.__module__.endswith('unified_cache')",
    "the end of the name": "def take(o): return type(o).__name__[:7] == 'Unified'",
    "a pattern": "import re\ndef take(o): return re.match('Unified', type(o).__name__)",
    "a method with its name": "class V:\n    def visit(self, o): return getattr(self, 'visit_' + type(o).__name__)(o)\n"
    "    async def visit_UnifiedCache(self, o): ...\ndef take(o): return V().visit(o)",
    "a method with its formatted name": "class V:\n"
    "    def visit(self, o): return getattr(self, f'visit_{type(o).__name__}')(o)\n"
    "    def visit_UnifiedCache(self, o): ...\ndef take(o): return V().visit(o)",
    "checked by a decorator": "from typeguard import typechecked\n@typechecked\ndef take(o: UnifiedCache): ...",
    "checked by the repository's": "from app.kinds import check\n@check()\ndef take(o: UnifiedCache): ...",
    "compared with what a function gives": "def kind(o): return type(o)\ndef take(o): return kind(o) is UnifiedCache",
    "compared with what is given": "def is_new(kind): return kind == UnifiedCache\ndef take(o): return is_new(type(o))",
    "a union with a name": "KIND = UnifiedCache | None\ndef take(o): return isinstance(o, KIND)",
    "an option with a name": "import typing\nKIND = typing.Optional[UnifiedCache]\n"
    "def take(o): return isinstance(o, KIND)",
    "given by a function": "def kind(): return UnifiedCache\ndef take(o): return isinstance(o, kind())",
    "handed to a registry": "from app.kinds import on, run\non(UnifiedCache)\ndef take(o): return run(o)",
    "added to a list": "KINDS = []\nKINDS += [UnifiedCache]\ndef take(o): return isinstance(o, tuple(KINDS))",
    "a class in a variable of the file": "def take(o):\n    kind = o.__class__\n    return kind == UnifiedCache",
    "the class of an attribute that is new": "class A:\n    def __init__(self): self.c = get_unified_cache('A')\n"
    "    def f(self, o): return isinstance(o, type(self.c))\ndef take(o): return A().f(o)",
    "named by its path": "from pydoc import locate\n"
    "def take(o): return isinstance(o, locate('app.services.unified_cache.UnifiedCache'))",
    "a table that is filled": "from app.kinds import table\ntable.fill(UnifiedCache, 1)\n"
    "def take(o): return table.find(o)",
    "a table whose order counts": "from app.kinds import orders\norders.fill(UnifiedCache)\n"
    "def take(o): return orders.find(o)",
    "an event by its annotation": "from app.kinds import bus\n@bus.on\ndef got(o: UnifiedCache): ...\n"
    "def take(o): bus.run(o)",
    "handed to what is not known": "from app.kinds import Box\ndef take(o):\n    b = Box()\n    b.put(o)\n"
    "    return b.get(kind=UnifiedCache)",
    "in a class body": "def take(o):\n    class A:\n        x = isinstance(o, UnifiedCache)",
}
NOTHING = {
    "another class": "class UnifiedCaches: ...\ndef take(o): return isinstance(o, UnifiedCaches)",
    "no question": "def take(o: UnifiedCache) -> UnifiedCache: return o",
    "both": LEGACY + "def take(o): return isinstance(o, (CacheService, UnifiedCache))",
    "joined": LEGACY + "def take(o): return isinstance(o, CacheService) or isinstance(o, UnifiedCache)",
    "asserted": "def take(o):\n    assert isinstance(o, UnifiedCache)",
    "asserted with something": "def take(o):\n    assert o and isinstance(o, UnifiedCache), o",
    "asserted by a test": "class T:\n    def take(self, o): self.assertIsInstance(o, UnifiedCache)",
    "the factory's": "def take(o): return isinstance(get_unified_cache('A'), UnifiedCache)",
    "the factory's, in a variable": "def take(o):\n    c = get_unified_cache('A')\n"
    "    return isinstance(c, UnifiedCache)",
    "the factory's, in an attribute": "class A:\n    def __init__(self): self.c = get_unified_cache()\n"
    "    def f(self): return isinstance(self.c, UnifiedCache)\ndef take(o): ...",
    "set to itself": "class A:\n    def __init__(self): self.c = get_unified_cache()\n"
    "    def f(self):\n        self.c = self.c\n        return isinstance(self.c, UnifiedCache)\ndef take(o): ...",
    "made here": "from app.kinds import Kind\ndef take(o): return isinstance(Kind(), UnifiedCache)",
    "the type's": "def take(o): return isinstance(UnifiedCache('A'), UnifiedCache)",
    "itself": "class A:\n    def f(self): return isinstance(self, UnifiedCache)\ndef take(o): ...",
    "its class": "class A:\n    @classmethod\n    def f(cls): return issubclass(cls, UnifiedCache)\ndef take(o): ...",
    "a display": "def take(o): return isinstance([o], UnifiedCache)",
    "a class of this file": "class A: ...\ndef take(o): return issubclass(A, UnifiedCache)",
    "an imported class": "from app.kinds import Kind\ndef take(o): return issubclass(Kind, UnifiedCache)",
    "a builtin": "def take(o): return issubclass(int, UnifiedCache)",
    "an exception": "def take(o):\n    try: ...\n    except OSError as e: return isinstance(e, UnifiedCache)",
    "shown": "T = [UnifiedCache]\ndef take(o): print(type(o), f'{type(o)}', str(o.__class__))",
    "logged": "T = [UnifiedCache]\ndef take(o, log): log.info(type(o).__name__)",
    "made anew": "T = [UnifiedCache]\ndef take(o): return type(o)()",
    "its own class": "T = [UnifiedCache]\nclass A:\n    def __eq__(self, o): return isinstance(o, type(self))",
    "handed to who only keeps it": "from app.kinds import keep\ndef take(o): return keep(UnifiedCache)",
    "a name beside a name": "def take(f): return f.__name__ == UnifiedCache.get.__name__",
    "a name for logs": "T = [UnifiedCache]\ndef take(o): return f'{type(o).__name__}'",
    "an attribute of its own": "class A:\n    kind = int\n    def f(self, o): return isinstance(o, self.kind)\n"
    "def take(o: UnifiedCache): ...",
    "a part of both names": "def take(o): return type(o).__name__.endswith('e') or type(o).__qualname__",
    "a name that is shown": "def take(o): return print('a Unified ' + type(o).__name__)",
    "a name that is looked up": "T = {}\ndef take(o): return T[type(o).__name__]",
    "a method of another name": "class V:\n    def visit(self, o): return getattr(self, 'on_' + type(o).__name__)(o)\n"
    "    def on_other(self, o): ...\ndef take(o): return V().visit(o)",
    "decorated": "from app.kinds import keep\n@keep\ndef take(o: UnifiedCache): ...",
    "handed to what asks nothing": "from app.kinds import Bag\ndef take(o):\n    b = Bag()\n    b.put(o)\n"
    "    return b.get(UnifiedCache)",
    "only made": "def take(o): return UnifiedCache('A') if isinstance(o, int) else type(o)",
}
KIND = {
    "app/kinds.py": "class Kind: ...\ndef keep(kind): return kind\n"
    "class Bag:\n    def put(self, o): self.o = o\n    def get(self, kind): return kind, self.o\n"
}
TAKERS = {
    "app/kinds.py": "class V:\n    def __init__(self, k): self.k = k\n"
    "    def ok(self, o): return isinstance(o, self.k)\n"
    "def find(os, kind): return [o for o in os if type(o) is kind]\n"
    "class Proxy:\n    def __init__(self, o): self.o = o\n    @property\n"
    "    def __class__(self): return type(self.o)\n"
    "class Box:\n    def __init__(self): self.r = {}\n    def put(self, o): self.r[type(o)] = o\n"
    "    def get(self, kind): return kind in self.r\n"
    "class Table:\n    def __init__(self): self.r = {}\n    def fill(self, kind, n): self.r[kind] = n\n"
    "    def find(self, o):\n        kind = type(o)\n        return self.r.get(kind)\ntable = Table()\n"
    "class Orders:\n    def __init__(self): self.r = {}\n    def fill(self, kind): self.r[kind] = 1\n"
    "    def find(self, o): return [k for k in type(o).mro() if k in self.r]\norders = Orders()\n"
    "class Bus:\n    def on(self, f): self.f = f\n"
    "    def run(self, o): return isinstance(o, self.f.__annotations__['o'])\nbus = Bus()\n"
    "H = []\ndef on(kind): H.append(kind)\ndef run(o): return type(o) in H\n"
    "def check():\n    def by(f):\n        def f2(o): return isinstance(o, f.__annotations__['o'])\n        return f2\n"
    "    return by\n"
}


@pytest.mark.parametrize("code", ASKS.values(), ids=ASKS)
def test_what_is_asked_for_the_replacement_type(tmp_path: Path, code: str) -> None:
    assert verdict(tmp_path, {"app/other.py": f"{TYPE}{code}\n", **TAKERS}) == "unsafe type-test"


@pytest.mark.parametrize("code", NOTHING.values(), ids=NOTHING)
def test_what_is_not_asked_for_it(tmp_path: Path, code: str) -> None:
    assert verdict(tmp_path, {"app/other.py": f"{TYPE}{code}\n", **KIND}) == "safe -"


def test_an_object_that_reaches_nobody_is_not_asked(tmp_path: Path) -> None:
    files = {"app/other.py": f"{TYPE}{ASKS['isinstance']}\n"}
    assert verdict(tmp_path, files, LEGACY + 'print(CacheService("A").get(1))\n') == "safe -"


def test_the_question_goes_with_unsafe_fixes(tmp_path: Path) -> None:
    files = {OLD: LEGACY_CLASS, NEW: TYPE_CLASS + FACTORY, "app/other.py": f"{TYPE}{ASKS['isinstance']}\n"}
    text, left = fixed(tmp_path, HERE, files=files, unsafe=True)
    assert "CacheService" not in text
    assert left == []


ELSEWHERE = {
    "tuple": ("kinds = (UnifiedCache, int)", "from app.kept import kinds\ndef take(o): return isinstance(o, kinds)"),
    "table": ("KINDS = {UnifiedCache: 1}", "from app.kept import KINDS\ndef take(o): return KINDS.get(type(o))"),
    "name": ("U = UnifiedCache", "from app.kept import U\ndef take(o): return isinstance(o, U)"),
    "import": (
        "from app.services.unified_cache import UnifiedCache as U",
        "from app.kept import U\ndef take(o): return isinstance(o, U)",
    ),
    "attribute": (
        "class A:\n    kind = UnifiedCache",
        "from app.kept import A\ndef take(o): return isinstance(o, A.kind)",
    ),
}


@pytest.mark.parametrize(("kept", "code"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_class_that_is_kept_in_one_file_and_asked_for_in_another(tmp_path: Path, kept: str, code: str) -> None:
    files = {"app/kept.py": f"{TYPE}{kept}\n"}
    assert verdict(tmp_path, {**files, "app/other.py": f"{code}\n"}) == "unsafe type-test"
    assert verdict(tmp_path, {**files, "app/other.py": code.partition("def ")[0] + "def take(o): ...\n"}) == "safe -"


TABLES = {
    "appended": "KINDS.append(UnifiedCache)",
    "updated": "KINDS.update({UnifiedCache: 1})",
    "a key": "KINDS[UnifiedCache] = 1",
    "through the module": "kinds.KINDS.setdefault(UnifiedCache, 1)",
}


@pytest.mark.parametrize("put", TABLES.values(), ids=TABLES)
def test_a_class_that_is_put_in_a_table_of_another_file(tmp_path: Path, put: str) -> None:
    other = "from app.kinds import KINDS\ndef take(o): return KINDS.get(type(o))\n"
    files = {"app/kinds.py": "KINDS = {}\n", "app/other.py": other}
    put = f"{TYPE}from app import kinds\nfrom app.kinds import KINDS\n{put}\n"
    assert verdict(tmp_path, {**files, "app/setup.py": put}) == "unsafe type-test"
    files["app/other.py"] = "from app.kinds import KINDS\ndef take(o): return KINDS.get(o)\n"
    assert verdict(tmp_path, {**files, "app/setup.py": put}) == "safe -"


@pytest.mark.parametrize("named", ["import KINDS as ALL", "import KINDS\nALL = (int, *KINDS)"])
def test_a_class_that_is_kept_under_another_name_again(tmp_path: Path, named: str) -> None:
    code = "from app.named import ALL\ndef take(o): return isinstance(o, ALL)\n"
    files = {"app/kept.py": f"{TYPE}KINDS = (UnifiedCache,)\n", "app/named.py": f"from app.kept {named}\n"}
    assert verdict(tmp_path, {**files, "app/other.py": code}) == "unsafe type-test"


def test_a_list_of_names_that_nobody_asks_for(tmp_path: Path) -> None:
    files = {"app/kept.py": "NAMES = ['CacheService']\n"}
    code = "from app.kept import NAMES\ndef take(o): return {} in NAMES\n"
    assert verdict(tmp_path, {**files, "app/other.py": code.format("type(o).__name__")}) == "manual type-test"
    assert verdict(tmp_path, {**files, "app/other.py": code.format("o")}) == "safe -"


def test_a_class_that_is_compared_with_what_another_file_gives(tmp_path: Path) -> None:
    files = {"app/kinds.py": "def kind_of(o): return type(o)\n"}
    code = f"{TYPE}from app.kinds import kind_of\ndef take(o): return kind_of(o) is UnifiedCache\n"
    assert verdict(tmp_path, {**files, "app/other.py": code}) == "unsafe type-test"


def test_an_object_that_another_file_takes_is_asked(tmp_path: Path) -> None:
    files = {"app/other.py": f"{TYPE}from app.consumer import x\nprint(isinstance(x, UnifiedCache))\n"}
    assert verdict(tmp_path, files, LEGACY + 'x = CacheService("A")\n') == "unsafe type-test"
    assert verdict(tmp_path, files, LEGACY + 'def f():\n    x = CacheService("A")\n    x.get(1)\n') == "safe -"


def test_a_path_that_is_kept(tmp_path: Path) -> None:
    code = "from pydoc import locate\nfrom app.kept import KIND\ndef take(o): return isinstance(o, locate(KIND))\n"
    files = {"app/kept.py": "KIND = 'app.services.unified_cache.UnifiedCache'\n", "app/other.py": code}
    assert verdict(tmp_path, files) == "unsafe type-test"


@pytest.mark.parametrize(
    "code",
    [
        "from app.kinds import Kind as UnifiedCache\ndef take(o): return isinstance(o, UnifiedCache)\n",
        "class UnifiedCache: ...\ndef take(o): return isinstance(o, UnifiedCache)\n",
    ],
)
def test_another_class_of_that_name(tmp_path: Path, code: str) -> None:
    assert verdict(tmp_path, {"app/other.py": code, **KIND}) == "safe -"


ONE = "class Files({T}): ...\ndef get_unified_cache(system='KP') -> UnifiedCache: return Files(system)\n"
TWO = """\
class Mark: ...
class Redis({T}, Mark): ...
class Files({T}): ...
def get_unified_cache(system='KP') -> UnifiedCache:
    if system: return Files(system)
    return Redis(system)
"""


@pytest.mark.parametrize("target", [ONE, TWO], ids=["one", "two"])
def test_what_the_factory_makes_is_asked_for(tmp_path: Path, target: str) -> None:
    asks = "from app.services.unified_cache import Files\ndef take(o): return isinstance(o, Files)\n"
    files = {NEW: TYPE_CLASS + target.replace("{T}", "UnifiedCache"), "app/other.py": asks}
    assert verdict(tmp_path, files) == "unsafe type-test"


# -- bases -----------------------------------------------------------------------------------------------------------

BASE = "from app.base import Base\n"
ASKS_BASE = BASE + "def take(o): return isinstance(o, Base)\n"
OF_BASE = BASE + CLASS.format("CacheService", "(Base)")
NEW_OF_BASE = BASE + CLASS.format("UnifiedCache", "(Base)") + FACTORY


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({OLD: OF_BASE, "app/other.py": ASKS_BASE}, "manual type-test"),
        ({NEW: NEW_OF_BASE, "app/other.py": ASKS_BASE}, "unsafe type-test"),
        ({OLD: OF_BASE, NEW: NEW_OF_BASE, "app/other.py": ASKS_BASE}, "safe -"),
        (
            {OLD: OF_BASE, "app/other.py": TYPE + ASKS_BASE.replace("Base)", "(Base, UnifiedCache))")},
            "manual type-test",
        ),
        ({OLD: OF_BASE}, "safe -"),
        ({OLD: OF_BASE, "app/other.py": BASE + "def take(o):\n    assert isinstance(o, Base)\n"}, "manual type-test"),
        ({OLD: OF_BASE + "    def __getattr__(self, name): ...\n", "app/other.py": ASKS_BASE}, "manual type-test"),
        ({OLD: OF_BASE, "app/other.py": "class Base: ...\ndef take(o): return isinstance(o, Base)\n"}, "safe -"),
        ({OLD: OF_BASE, "app/base.py": "class Base:\n    def f(self, o): return isinstance(o, Base)\n"}, "safe -"),
    ],
    ids=[
        "lost",
        "gained",
        "both have it",
        "lost, beside the replacement",
        "nobody asks",
        "asserted",
        "any member",
        "another base",
        "a method that nobody calls",
    ],
)
def test_a_base_that_only_one_has(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    assert verdict(tmp_path, {"app/base.py": "class Base: ...\n", **files}) == expected


def test_a_method_of_a_base_asks_for_it(tmp_path: Path) -> None:
    base = "class Base:\n    def same(self, o): return isinstance(o, Base)\n"
    files = {"app/base.py": base, OLD: OF_BASE, "app/other.py": BASE + "def take(o): return Base().same(o)\n"}
    assert verdict(tmp_path, files) == "manual type-test"


# -- the modules of the two classes --------------------------------------------------------------------------------


def method(code: str) -> str:
    """The legacy class with one method more."""
    return f"{LEGACY_CLASS}    {code}\n"


DISPATCH = """\
from functools import singledispatch
@singledispatch
def ask(o): ...
@ask.register
def _(o: CacheService): ..."""
HANDED_ON = """\
def _do(by, o): return by(o)
def _ask(o): return isinstance(o, CacheService)
def ask(o): return _do(_ask, o)"""
ASKED = LEGACY + 'from app.services.cache_service import {}\nx = CacheService("A")\n{}\n'


@pytest.mark.parametrize(
    ("module", "code", "name", "use"),
    [
        (OLD, "def ask(o): return isinstance(o, CacheService)", "ask", "ask(x)"),
        (OLD, "def ask(os): return [isinstance(o, CacheService) for o in os]", "ask", "ask([x])"),
        (OLD, "def _ask(o): return isinstance(o, CacheService)\ndef ask(o): return _ask(o)", "ask", "ask(x)"),
        (OLD, "def _ask(o): return type(o) is CacheService\ndef ask(o): return list(map(_ask, [o]))", "ask", "ask(x)"),
        (OLD, "class Ask:\n    def __init__(self, o): self.ok = isinstance(o, CacheService)", "Ask", "Ask(x)"),
        (OLD, "class Ask:\n    def add(self, o): return isinstance(o, CacheService)", "Ask", "Ask().add(x)"),
        (OLD, "class Ask:\n    def __add__(self, o): return isinstance(o, CacheService)", "Ask", "Ask() + x"),
        (OLD, "ITEMS = []\nprint([isinstance(o, CacheService) for o in ITEMS])", "ITEMS", "ITEMS.append(x)"),
        (OLD, "def _ask(o): return isinstance(o, CacheService)\nask = _ask", "ask", "ask(x)"),
        (OLD, "def _ask(o): return isinstance(o, CacheService)\nASKS = [_ask]", "ASKS", "ASKS[0](x)"),
        (OLD, "def _ask(o): return isinstance(o, CacheService)\ndef ask(o, by=_ask): return by(o)", "ask", "ask(x)"),
        (OLD, "ask = lambda o: isinstance(o, CacheService)", "ask", "ask(x)"),
        (OLD, "def no(o): return isinstance(o, CacheService)\ndef ask(o): return isinstance(o, CacheService)",
         "ask", "ask(x)"),
        (OLD, "import json\nclass E(json.JSONEncoder):\n    def default(self, o): return isinstance(o, CacheService)",
         "E", "E().encode(x)"),
        (OLD, DISPATCH, "ask", "ask(x)"),
        (OLD, "def _ask(o, n=1): return isinstance(o, CacheService) or _ask(o, n)\ndef ask(o): return _ask(o)",
         "ask", "ask(x)"),
        (OLD, "def _ask(o): return isinstance(o, CacheService)\nITEM = _ask(SOME) if (SOME := None) else 1",
         "ITEM", "take(x)"),
        (OLD, HANDED_ON, "ask", "ask(x)"),
        (OLD, HANDED_ON.replace("return by(o)", "f = by; return f(o)"), "ask", "ask(x)"),
        (OLD, HANDED_ON.replace("return by(o)", "return list(map(by, [o]))"), "ask", "ask(x)"),
        (OLD, HANDED_ON.replace("def _do(by, o)", "def _do(*a)").replace("by(o)", "a[0](a[1])"), "ask", "ask(x)"),
        (OLD, "from app.other import TABLE\nTABLE[CacheService] = 1", "TABLE", "print(TABLE, x)\ntake(x)"),
        (OLD, "from app.other import take\ntake(CacheService)", "take", "take(x)"),
        (NEW, f"{LEGACY}def ask(o): return isinstance(o, CacheService)", "ask", "ask(x)"),
        (NEW, "def ask(o): return isinstance(o, UnifiedCache)", "ask", "ask(x)"),
    ],
)  # fmt: skip
def test_a_module_of_the_classes_asks(tmp_path: Path, module: str, code: str, name: str, use: str) -> None:
    text = {OLD: LEGACY_CLASS, NEW: TYPE_CLASS + FACTORY}[module] + code + "\n"
    level = "unsafe" if "o, UnifiedCache" in code else "manual"
    consumer = ASKED.format(name, use).replace(OLD[:-3].replace("/", ".") + " import " + name, "{}")
    consumer = consumer.format(module[:-3].replace("/", ".") + " import " + name)
    assert verdict(tmp_path, {module: text}, consumer) == f"{level} type-test"


MADE = {
    "decorator": "from app.other import keep\n\n@keep\n" + LEGACY_CLASS,
    "decorator with arguments": "from app.other import named\n\n@named('old')\n" + LEGACY_CLASS,
    "another module's": "import registry\n\n@registry.register\n" + LEGACY_CLASS,
    "an object's method": "from app.other import registry\n\n@registry.named('old')\n" + LEGACY_CLASS,
    "metaclass": "class Meta(type):\n    def __init__(cls, *a):\n        super().__init__(*a)\n"
    "        KINDS.append(cls)\nKINDS = []\n" + CLASS.format("CacheService", "(metaclass=Meta)"),
    "base": "class Base:\n    def __init_subclass__(cls): KINDS.append(cls)\nKINDS = []\n"
    + CLASS.format("CacheService", "(Base)"),
}
DECORATORS = {
    "app/other.py": "def take(o): ...\nKINDS = []\ndef keep(c):\n    KINDS.append(c)\n    return c\n"
    "def named(n):\n    def keep(c):\n        KINDS.append((n, c))\n        return c\n    return keep\n"
    "class Registry:\n    def named(self, n):\n        def keep(c):\n            KINDS.append((n, c))\n"
    "            return c\n        return keep\nregistry = Registry()\n"
    "def mark(c):\n    setattr(c, '__mark', True)\n    c.other = getattr(c, '__mark')\n    return c\n"
}
SIGNED = """\
[[tool.cachelift.migrations]]
factory = 'app.services.unified_cache.get_unified_cache'
legacy = 'app.services.cache_service.CacheService'
signature = '(system="KP")'
"""


@pytest.mark.parametrize("legacy", MADE.values(), ids=MADE)
def test_the_class_is_put_somewhere_when_it_is_made(tmp_path: Path, legacy: str) -> None:
    files = {OLD: legacy, NEW: TYPE_CLASS + FACTORY, **DECORATORS}
    found = reported(tmp_path, HERE, files=files, config=SIGNED)
    assert "4:5 CLF002 manual type-test" in found


NEW_MADE = {
    "decorator": "from app.kinds import keep\n@keep\n" + TYPE_CLASS,
    "an object's method": "from app.kinds import registry\n@registry.keep\n" + TYPE_CLASS,
    "base": "from app.kinds import Base\n" + CLASS.format("UnifiedCache", "(Base)"),
    "metaclass": "from app.kinds import Meta\n" + CLASS.format("UnifiedCache", "(metaclass=Meta)"),
    "metaclass of a base": "from app.kinds import WithMeta\n" + CLASS.format("UnifiedCache", "(WithMeta)"),
}
REGISTRY = """\
KINDS = {}
def keep(c):
    KINDS[c] = 1
    return c
class Registry:
    def keep(self, c): return keep(c)
registry = Registry()
class Base:
    def __init_subclass__(cls): KINDS[cls] = 1
class Meta(type):
    def __init__(cls, *a):
        super().__init__(*a)
        KINDS[cls] = 1
class WithMeta(metaclass=Meta): ...
"""


@pytest.mark.parametrize("new", NEW_MADE.values(), ids=NEW_MADE)
def test_the_replacement_is_put_somewhere_when_it_is_made(tmp_path: Path, new: str) -> None:
    files = {NEW: new + FACTORY, "app/kinds.py": REGISTRY}
    asks = "from app.kinds import KINDS\ndef take(o): return KINDS.get(type(o))\n"
    assert verdict(tmp_path, {**files, "app/other.py": asks}) in ("unsafe type-test", "manual type-test")
    assert verdict(tmp_path, {**files, "app/other.py": asks.replace("type(o)", "o")}) == "safe -"


def test_the_replacement_is_a_virtual_subclass(tmp_path: Path) -> None:
    base = "from abc import ABC\nclass Backend(ABC): ...\n"
    new = "from app.kinds import Backend\n@Backend.register\n" + TYPE_CLASS
    asks = "from app.kinds import Backend\ndef take(o): return isinstance(o, Backend)\n"
    found = verdict(tmp_path, {NEW: new + FACTORY, "app/kinds.py": base, "app/other.py": asks})
    assert found == "unsafe type-test"


def test_a_decorator_that_only_marks_the_class(tmp_path: Path) -> None:
    files = {OLD: "from app.other import mark\n\n@mark\n" + LEGACY_CLASS, NEW: TYPE_CLASS + FACTORY, **DECORATORS}
    found = reported(tmp_path, HERE, files=files, config=SIGNED)
    assert "4:5 CLF002 safe -" in found


OWN = """\
class Backend:
    def __init__(self): self.cache = CacheService()
    def count(self): return self._do(_ask)
    def _do(self, by): return by(self.cache)
def _ask(o: CacheService): return isinstance(o, CacheService)
"""


def test_a_function_that_gets_what_the_module_made(tmp_path: Path) -> None:
    files = {NEW: LEGACY + TYPE_CLASS + OWN + FACTORY}
    text = (
        LEGACY + "from app.services.unified_cache import Backend\nx = CacheService('A')\nprint(Backend().count(), x)\n"
    )
    assert verdict(tmp_path, files, text) == "safe -"
    handed = OWN.replace("def __init__(self): self.cache = CacheService()", "def __init__(self, c): self.cache = c")
    assert verdict(tmp_path, {NEW: LEGACY + TYPE_CLASS + handed + FACTORY}, text) == "manual type-test"


OTHERS = {
    "classes of two": ("y = CacheService('B')  # noqa: CLF002\nprint(type(x) is type(y))", "manual type-test"),
    "class of another": ("y = CacheService('B')  # noqa: CLF002\nprint(isinstance(x, type(y)))", "manual type-test"),
    "both are new": ("y = CacheService('B')\nprint(type(x) is type(y))", "safe -"),
    "subclasses": ("print(type(x) in CacheService.__subclasses__())", "manual type-test"),
    "beside a comparison": (
        f"{TYPE}def f(o): return type(o) is CacheService or type(o) is UnifiedCache\nf(x)",
        "manual type-test",
    ),
}


@pytest.mark.parametrize(("use", "expected"), OTHERS.values(), ids=OTHERS)
def test_what_the_file_itself_asks(tmp_path: Path, use: str, expected: str) -> None:
    assert verdict(tmp_path, {}, LEGACY + f"x = CacheService('A')\n{use}\n") == expected


def test_a_module_of_the_classes_asks_what_nobody_gives_it(tmp_path: Path) -> None:
    asks = "def ask(o): return isinstance(o, CacheService)\n"
    assert verdict(tmp_path, {OLD: LEGACY_CLASS + asks}) == "safe -"
    own = "    def get2(self):\n        self.c = CacheService()\n        return isinstance(self.c, CacheService)\n"
    assert verdict(tmp_path, {OLD: LEGACY_CLASS + own}) == "safe -"
    back = "    def get2(self, o):\n        self.c = copy(o)\n        return isinstance(self.c, CacheService)\n"
    other = {"app/other.py": "def take(o): ...\nget2 = 1\n"}
    kept = (
        LEGACY + 'from app.other import take\n\ny = CacheService("A")  # noqa: CLF002\nx = CacheService("A")\ntake(x)\n'
    )
    files = {OLD: "from copy import copy\n" + LEGACY_CLASS + back, **other}
    assert [each.split()[-1] for each in reported(tmp_path, kept, files=files) if "5:" in each] == ["type-test"]


METHODS = {
    "isinstance": "def same(self, o): return isinstance(o, CacheService)",
    "type": "def same(self, o): return type(o) is type(self)",
    "class": "def same(self, o): return o.__class__ is self.__class__",
    "cls": "@classmethod\n    def same(cls, o): return isinstance(o, cls)",
    "the class around": "def same(self, o): return isinstance(o, __class__)",
    "operator": "def __eq__(self, o): return isinstance(o, CacheService)",
    "by a key": "def _key(self): return (type(self), self.system)\n"
    "    def __eq__(self, o): return self._key() == o._key()",
}
OPERATOR = "x == y"
MIXED = LEGACY + "def f():\n    y = CacheService('B')  # noqa: CLF002\n    x = CacheService('A')\n    {}\n"


@pytest.mark.parametrize("code", METHODS.values(), ids=METHODS)
def test_a_method_of_the_class_asks(tmp_path: Path, code: str) -> None:
    use = OPERATOR if "__eq__" in code else "y.same(x)"
    both = {OLD: method(code), NEW: f"{TYPE_CLASS}    {code.replace('CacheService', 'UnifiedCache')}\n{FACTORY}"}
    text = MIXED.format(use)
    lay_out(tmp_path, {})
    found = reported(tmp_path, text, files=both)
    assert [each for each in found if each.startswith("4:")] == ["4:9 CLF002 manual type-test"]
    assert verdict(tmp_path, both, text.replace("  # noqa: CLF002", "")) == "safe -"


def test_a_method_that_asks_its_argument(tmp_path: Path) -> None:
    """The object itself goes nowhere, and what its method is given is of the other class."""
    code = "def same(self, o): return isinstance(o, CacheService)"
    both = {OLD: method(code), NEW: f"{TYPE_CLASS}    {code.replace('CacheService', 'UnifiedCache')}\n{FACTORY}"}
    found = reported(tmp_path, MIXED.format("x.same(y)"), files=both)
    assert "4:9 CLF002 manual type-test" in found
    assert "4:9 CLF002 safe -" in reported(tmp_path, MIXED.format("x.get(y)"), files=both)
    assert "4:9 CLF002 safe -" in reported(tmp_path, MIXED.format("x.same"), files=both)


def test_a_class_that_compares_by_a_decorator(tmp_path: Path) -> None:
    code = "import dataclasses\n\n@dataclasses.dataclass(unsafe_hash=True)\nclass {}:\n    system: str = 'KP'\n"
    both = {OLD: code.format("CacheService"), NEW: code.format("UnifiedCache") + FACTORY}
    assert "4:9 CLF002 manual type-test" in reported(tmp_path, MIXED.format(OPERATOR), files=both)
    assert "4:9 CLF002 safe -" in reported(tmp_path, MIXED.format("print(x.system)"), files=both)


# -- functions of the class ----------------------------------------------------------------------------------------

FUNCTION = LEGACY + "from app import late\n\nx = CacheService('A')\n{}\n"
LATE = {"app/late.py": "import importlib\n\nmodule = importlib.import_module('app.services.cache_service')\n"}


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("CacheService.get(x, 1)", "manual class-attribute"),
        ("CacheService.get(key=1, self=x)", "manual class-attribute"),
        ("CacheService.all([x])", "manual class-attribute"),
        ("late.module.CacheService.get(x, 1)", "manual class-attribute"),
        ("late.module.CacheService.all(*[x])", "manual class-attribute"),
        ("CacheService.get(1, x.system)", "safe -"),
        ("late.module.Other.get(x, 1)", "safe -"),
    ],
)
def test_a_function_of_the_class_gets_the_object(tmp_path: Path, use: str, expected: str) -> None:
    assert (
        verdict(tmp_path, {**LATE, OLD: method("@staticmethod\n    def all(xs): ...")}, FUNCTION.format(use))
        == expected
    )


# -- private members ------------------------------------------------------------------------------------------------

PRIVATE = LEGACY_CLASS.replace("self.system = system", "self.system = system; self._text = '1'")


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("class P:\n    def f(self, o): return o._text", "P().f(x)", "manual missing-member"),
        ("class P:\n    def f(self, o): return o.system", "P().f(x)", "safe -"),
        ("    def f(self, o): return o._text\nclass P: ...", "P().f(x)", "safe -"),
        ("    def f(self, o): return o._text\nclass P: ...", "CacheService.limit; P().f(x)", "manual missing-member"),
    ],
    ids=["another class", "no private one", "the class itself", "the class itself, and it is around"],
)
def test_the_legacy_module_uses_a_private_member(tmp_path: Path, code: str, text: str, expected: str) -> None:
    consumer = LEGACY + "from app.services.cache_service import P\nx = CacheService('A')\n" + text + "\n"
    assert verdict(tmp_path, {OLD: f"{PRIVATE}{code}\n"}, consumer) == expected


# -- what cannot be read --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LEGACY + "def f(o): return isinstance(o, CacheService", "manual type-test"),
        (LEGACY + "def f(o): return (o, CacheService", "safe -"),
        ("def f(o): return isinstance(o, cache_service", "safe -"),
    ],
    ids=["asks", "does not ask", "does not name it"],
)
def test_a_file_that_cannot_be_read_may_ask(tmp_path: Path, text: str, expected: str) -> None:
    modules = {OLD: LEGACY_CLASS, NEW: TYPE_CLASS + FACTORY, "app/other.py": "def take(o): ...\n"}
    lay_out(tmp_path, {**modules, CONSUMER: HERE, "app/broken.py": text})
    outcomes = cases.check(tmp_path).outcomes
    found = [cases.spelled(each, tree=False) for o in outcomes if o.path == CONSUMER for each in o.findings]
    assert [" ".join(each.split()[2:]) for each in found if " CLF002 " in each] == [expected]


def test_of_too_many_files_it_is_taken_that_they_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"app/other.py": f"{TYPE}def take(o: UnifiedCache): return [UnifiedCache]\n"}
    assert verdict(tmp_path, files) == "safe -"
    monkeypatch.setattr("cachelift.questioning._ASKED", 0)
    assert verdict(tmp_path, files) == "unsafe type-test"


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("return sum(isinstance(v, UnifiedCache) for v in locals().values())", "unsafe type-test"),
        ("return isinstance(eval('x'), UnifiedCache)", "unsafe type-test"),
        ("return [isinstance(v, UnifiedCache) for v in vars().values()]", "unsafe type-test"),
        ("exec('take(x)')", "unsafe type-test"),
        ("return isinstance(vars(o)['a'], UnifiedCache)", "safe -"),
        ("return isinstance(o, UnifiedCache), x.system", "safe -"),
    ],
)
def test_the_variables_of_a_function_are_listed(tmp_path: Path, use: str, expected: str) -> None:
    text = f"{LEGACY}{TYPE}\n\ndef f(o):\n    x = CacheService('A')\n    {use}\n"
    other = f"{TYPE}def take(o): return isinstance(o, UnifiedCache)\n"
    assert verdict(tmp_path, {"app/other.py": other}, text) == expected
