"""Objects of which nothing is known are asked whether they are of one class, while objects of both are around."""

from __future__ import annotations

from pathlib import Path

import cases
import pytest
from asked import FACTORY, LEGACY_CLASS, NEW, OLD, TYPE_CLASS, verdict
from helpers import LEGACY

MAKES = {"app/third.py": "from app.services.unified_cache import get_unified_cache\n\nc = get_unified_cache('Z')\n"}
STAYS = {"app/third.py": LEGACY + "c = CacheService('Z')  # noqa: CLF002\n"}
SAME = "def same(a, b): return type(a) is type(b)\n"
ALL = "def all_same(os): return len({type(o) for o in os}) == 1\n"
COMPARE = {
    "is": "def take(a, b): return type(a) is type(b)",
    "is not": "def take(a, b): return type(a) is not type(b)",
    "equal": "def take(a, b): return a.__class__ == b.__class__",
    "names": "def take(a, b): return type(a).__name__ != type(b).__name__",
    "one of": "def take(a, *os): return type(a) in [type(o) for o in os]",
    "one of a few": "def take(a, b, c): return type(a) in (type(b), type(c))",
    "isinstance": "def take(a, b): return isinstance(a, type(b))",
    "isinstance on lines": "def take(a, b):\n    return isinstance(\n        a,\n        type(b),\n    )",
    "issubclass": "def take(a, b): return issubclass(type(a), b.__class__)",
    "set": "def take(a, b): return len({type(a), type(b)})",
    "set of all": "def take(*os): return len({type(o) for o in os})",
    "set of all by attributes": "def take(*os): return len({o.__class__ for o in os})",
    "set from a call": "def take(*os): return len(set(type(o) for o in os))",
    "dictionary": "def take(a, b): return len({type(a): a, type(b): b})",
    "dictionary of all": "def take(*os): return len({type(o): o for o in os})",
    "item": "R = {}\ndef take(o): R[type(o)] = o",
    "item by its name": "R = {}\ndef take(o): R[o.__class__.__name__] = o",
    "one of several keys": "R = {}\ndef take(o): R[type(o), 1] = o",
    "count": "R = {}\ndef take(o): R[type(o)] += 1",
    "item that is made": "R = {}\ndef take(o): R[type(o)].append(o)",
    "added": "R = set()\ndef take(o): R.add(type(o))",
    "set by default": "R = {}\ndef take(o): return R.setdefault(type(o), o)",
    "variables": "def take(a, b):\n    one = type(a)\n    other = type(b)\n    return one is other",
    "a variable": "def take(a, b):\n    kind = a.__class__\n    return isinstance(b, kind)",
    "variables at once": "def take(a, b):\n    one, other = type(a), type(b)\n    return one is other",
    "an attribute": "class P:\n    def __init__(self, a): self.kind = type(a)\n"
    "    def ok(self, b): return isinstance(b, self.kind)\ndef take(a, b): return P(a).ok(b)",
    "item by a variable": "R = {}\ndef take(o):\n    key = type(o).__name__\n    R[key].append(o)",
    "a part of a key": "R = {}\ndef take(o):\n    key = (o.__class__, 1)\n    R[key] = o",
    "a key from a function": "def take(o): return (type(o), 1)",
    "groups": "from itertools import groupby\ndef take(*os): return len(list(groupby(os, key=type)))",
    "groups by a lambda": "from itertools import groupby\ndef take(*os): return [*groupby(os, lambda o: type(o))]",
    "counted": "from collections import Counter\ndef take(*os): return Counter(map(type, os))",
    "keys from": "def take(*os): return dict.fromkeys(map(type, os))",
    "operator": "import operator\ndef take(a, b): return operator.is_(type(a), type(b))",
    "counted in a list": "def take(*os):\n    kinds = [type(o) for o in os]\n    return kinds.count(kinds[0])",
    "handed on": SAME + "def take(o): return same(o, 1)",
    "handed on by an argument": SAME + "def go(a): return same(a, 1)\ndef take(o): return go(o)",
    "handed on with another": SAME + "L = [1]\ndef go(a): return same(a, L[0])\ndef take(o):\n    L[0] = o\n    go(1)",
    "handed on in a list": ALL + "def take(a, b): return all_same([a, b])",
    "handed on in a table": ALL + "def take(a, b): return all_same({1: a, 2: b}.values())",
    "handed on in a table of tables": ALL + "def take(a): return all_same({1: 2, **a})",
    "handed on in a comprehension": ALL + "def take(*os): return all_same([o for o in os])",
    "handed on in an object": ALL + "class Bag(list): ...\ndef take(*os): return all_same(Bag(os))",
    "handed on by keys": ALL + "def take(*os): return all_same({o: 1 for o in os})",
    "what an argument holds": "def same(a, b): return type(a.c) is type(b.c)\nclass H:\n    c = 1\n"
    "def take(o):\n    H.c = o\n    return same(H(), H())",
    "a variable of the module": "L = []\ndef same(): return len({type(i) for i in L})\n"
    "def take(o):\n    L.append(o)\n    return same()",
    "a default": "L = []\ndef same(a, b=L): return type(a) is type(b[0])\ndef take(o):\n    L.append(o)\n    same(1)",
    "what a function gives": "def got(): return L\nL = []\ndef same(a): return {type(i) for i in (*got(), a)}\n"
    "def take(o):\n    L.append(o)\n    same(1)",
    "a name that is put together": "class P:\n    def do_same(self, a, b): return type(a) is type(b)\n"
    "def take(a, b): return getattr(P(), 'do_' + 'same')(a, b)",
    "the result of a function": "def kind(o): return type(o)\ndef take(a, b): return kind(a) is kind(b)",
    "the result of a method": "class P:\n    def kind(self, o): return type(o)\n"
    "def take(a, b): return P().kind(a) is P().kind(b)",
    "in a with": "L = []\ndef same():\n    with open(len({type(i) for i in L})): ...\n"
    "def take(o):\n    L.append(o)\n    return same()",
    "in a case": "L = []\ndef same():\n    match 1:\n        case _ if len({type(i) for i in L}) == 1: ...\n"
    "def take(o):\n    L.append(o)\n    return same()",
    "a function with the name of a builtin": "L = []\ndef all(n): return L\n"
    "def same(n): return {type(i) for i in all(n)}\ndef take(o):\n    L.append(o)\n    return same(0)",
    "got by its name": "class P:\n    def same(self, a, b): return type(a) is type(b)\n"
    "def take(a, b): return getattr(P(), 'same')(a, b)",
    "got from the module": SAME + "def take(a, b): return globals()['sa' + 'me'](a, b)",
    "what a decorator wraps": f"from functools import lru_cache\n@lru_cache\n{SAME}"
    "def take(a, b): return same.__wrapped__(a, b)",
    "handed on with all variables": SAME + "def take(a, b): return same(**locals())",
    "handed on by another": SAME + "class D:\n    def submit(self, job): return job(None, None)\n"
    "def take(pool, a, b): return pool.submit(same, a, b)",
    "many added": "S = set()\ndef take(*os): S.update(type(o) for o in os)",
    "many joined": "S = set()\ndef take(o):\n    global S\n    S |= {type(o)}",
    "put into a list": "L = []\ndef take(o): L.insert(0, type(o))",
    "a set of one": "def take(a, b): return {type(a)} == {type(b)}",
    "in a set of one": "def take(a, b): return type(a) in {type(b)}",
    "a tuple": "R = {}\ndef take(*os):\n    R[tuple(type(o) for o in os)] = 1",
    "a loop": "def take(*os):\n    for kind in (type(o) for o in os): print(kind)",
    "pairs": "from itertools import pairwise\ndef take(*os): return [*pairwise(type(o) for o in os)]",
    "identities": "def take(a, b): return id(type(a)) == id(type(b))",
    "lines of bases": "def take(a, b): return type(a).__mro__ == type(b).__mro__",
    "a set on lines": "def take(*os):\n    return len(\n        {\n            type(o)\n"
    "            for o in os\n        }\n    )",
    "in a condition": "def take(a, b):\n    if (kind := type(a)) and isinstance(b, kind): ...",
    "one or nothing": "def take(a, b):\n    kind = type(a) if a else None\n    return isinstance(b, kind)",
    "one by one": "def kinds(*os):\n    for o in os: yield type(o)\ndef take(*os): return len({*kinds(*os)})",
    "raised": "class Bad(Exception):\n    def __init__(self, a, b): self.ok = a is b\n"
    "def take(a, b): raise Bad(type(a), type(b))",
    "in a list of all": "def take(a, *os): return [type(o) for o in os].count(type(a))",
}
NOT = {
    "of the object itself": "class A:\n    def __eq__(self, o): return type(self) is type(o)\ndef take(o): ...",
    "set of one": "def take(o): return {type(o)}",
    "read": "R = {}\ndef take(o): return R[type(o)]",
    "of another attribute": "R = {}\ndef take(o):\n    R[o.name] = o\n    return type(o)",
    "asked": "R = {}\ndef take(o): return R.get(type(o))",
    "values": "def take(a, b): return {'a': type(a), 'b': type(b)}",
    "all values": "def take(*os): return {1: type(o) for o in os}",
    "exception": "def take(e): return print(1, (type(e), e, e.__traceback__))",
    "handler": "def take(e):\n    try: ...\n    except type(e): ...",
    "an object of its own": "def take(a): return isinstance(a, type([]))",
    "a variable beside a class": "def take(a):\n    kind = type(a)\n    return kind is int or kind in (str, bytes)",
    "a variable that is called": "def take(a):\n    kind = type(a)\n    return kind(a)",
    "an attribute that is shown": "class P:\n    def __init__(self, a): self.kind = type(a)\n"
    "    def show(self): print(self.kind)\ndef take(a): return P(a)",
    "a table that is asked": "R = {}\ndef take(a):\n    kind = type(a)\n    return kind in R and R[kind]",
    "given back": "def take(a): return type(a)",
    "a value in a table": "R = {}\ndef take(n, a): R[n] = type(a)",
    "handed on what is its own": SAME + "def take(o): return o.get(same(1, 'a'))",
    "handed on what is its own through another": SAME + "def go(a): return same(a, [1])\ndef take(o): o.get(go({}))",
    "handed on what Python makes": ALL + "def take(o): return o.get(all_same((ValueError(), 1 < 2, f'{o}', str(1))))",
    "all of its own": ALL + "def take(o): return o.get(all_same([[1], {2}, {3: 4}, [1 for _ in (5,)]]))",
    "nobody calls it": SAME + "def take(o): ...",
    "raised": "def take(a, b): raise TypeError(type(a), type(b))",
    "the result of a function that is called": "def kind(o): return type(o)\ndef take(a): return kind(a)(a)",
    "two of its own": "def take(a): return type([a]) is type({a: 1})",
}


@pytest.mark.parametrize("files", [MAKES, STAYS], ids=["new ones", "old ones"])
@pytest.mark.parametrize("code", COMPARE.values(), ids=COMPARE)
def test_classes_are_compared(tmp_path: Path, code: str, files: dict[str, str]) -> None:
    assert verdict(tmp_path, {"app/other.py": f"{code}\n", **files}) == "manual type-test"


@pytest.mark.parametrize("code", NOT.values(), ids=NOT)
def test_classes_are_not_compared(tmp_path: Path, code: str) -> None:
    assert verdict(tmp_path, {"app/other.py": f"{code}\n", **MAKES}) == "safe -"


@pytest.mark.parametrize(
    "use", ["len(set(map(type, [x, y])))", "sorted([x, y], key=type)", "type(x) in map(type, [y])"]
)
def test_classes_are_compared_beside_the_call(tmp_path: Path, use: str) -> None:
    text = f"{LEGACY}from app.third import c as y\n\nx = CacheService('A')\nprint({use})\n"
    assert verdict(tmp_path, MAKES, text) == "manual type-test"


@pytest.mark.parametrize(
    "made",
    [
        "default = UnifiedCache('D')\n",
        "default = get_unified_cache('D')\n",
        "def shared(): return get_unified_cache('D')\n",
        "class Pool:\n    cache = get_unified_cache('D')\n",
    ],
)
def test_the_target_module_has_an_object(tmp_path: Path, made: str) -> None:
    files = {"app/other.py": "def take(a, b): return type(a) is type(b)\n", NEW: TYPE_CLASS + FACTORY + made}
    assert verdict(tmp_path, files) == "manual type-test"


def test_all_objects_change_together(tmp_path: Path) -> None:
    assert verdict(tmp_path, {"app/other.py": COMPARE["is"] + "\n"}) == "safe -"


def test_a_file_that_is_not_near(tmp_path: Path) -> None:
    files = {"app/other.py": "def take(o): ...\n", "app/far.py": COMPARE["is"] + "\n"}
    assert verdict(tmp_path, {**files, **MAKES}) == "safe -"
    near = {"app/far.py": "from app import consumer\n" + COMPARE["is"] + "\n"}
    assert verdict(tmp_path, {**files, **near, **MAKES}) == "manual type-test"


def test_the_message_says_where(tmp_path: Path) -> None:
    verdict(tmp_path, {"app/other.py": f"\n{COMPARE['is']}\n", **MAKES})
    found = [finding for outcome in cases.check(tmp_path).outcomes for finding in outcome.findings]
    messages = {finding.message for finding in found if finding.reason == "type-test"}
    assert messages == {"app/other.py:2 asks objects whether they are of one class"}


@pytest.mark.parametrize(
    ("legacy", "text"),
    [
        ("default = CacheService('A')\ndef same(o): return type(o) is type(default)\n", "same(x)"),
        ("class Old(CacheService): ...\ndef same(o): return issubclass(Old, type(o))\n", "same(x)"),
        ("class Old(CacheService): ...\n", "issubclass(Old, type(x))"),
        ("class Old(CacheService): ...\n", "isinstance(Old('A'), type(x))"),
    ],
)
def test_the_legacy_module_keeps_an_object_or_a_class(tmp_path: Path, legacy: str, text: str) -> None:
    name = "same" if "same" in text else "Old"
    consumer = f"{LEGACY}from app.services.cache_service import {name}\n\nx = CacheService('A')\nprint({text})\n"
    assert verdict(tmp_path, {OLD: LEGACY_CLASS + legacy}, consumer) == "manual type-test"


@pytest.mark.parametrize(
    ("kept", "code", "expected"),
    [
        ("OLD = ['CacheService']", "type(o).__name__ in OLD", "manual type-test"),
        ("OLD = {'CacheService': 1}", "OLD.get(type(o).__name__)", "manual type-test"),
        ("OLD = 'CacheService'", "type(o).__name__ == OLD", "manual type-test"),
        ("OLD = ['UnifiedCache']", "type(o).__name__ in OLD", "unsafe type-test"),
        ("OLD = print('CacheService')", "type(o).__name__ in OLD", "safe -"),
        ("OLD = ['CacheServices']", "type(o).__name__ in OLD", "safe -"),
        ("OLD = 1\n__doc__ = 'CacheService'", "type(o).__name__ in OLD", "safe -"),
    ],
)
def test_names_that_another_file_keeps(tmp_path: Path, kept: str, code: str, expected: str) -> None:
    other = f"from app.kept import OLD\ndef take(o): return {code}\n"
    assert verdict(tmp_path, {"app/kept.py": kept + "\n", "app/other.py": other}) == expected


PARTS = {
    "the end of it": "def take(o): return type(o).__name__.endswith('Service')",
    "in small letters": "def take(o): return type(o).__name__.lower() == 'cacheservice'",
    "a part": "def take(o): return 'Service' in type(o).__name__",
    "one of two parts": "def take(o): return type(o).__name__.endswith(('Service', 'Store'))",
    "shown": "def take(o): print(type(o).__name__.endswith('Service'))",
    "of its module": "def take(o): return type(o).__module__.startswith('app.services.cache')",
    "of the module, whole": "def take(o): return type(o).__module__ == 'app.services.cache_service'",
    "both ends": "def take(o): return type(o).__name__.startswith('Cache')",
    "a pattern": "import re\ndef take(o): return re.search(r'Service$', type(o).__name__)",
    "on the next line": "def take(o):\n    return type(o).__name__.removesuffix(\n        'Service'\n    )",
    "an end with a name": "END = 'Service'\ndef take(o): return type(o).__name__.endswith(END)",
    "in a variable": "def take(o):\n    name = type(o).__name__\n    return name.endswith('Service')",
    "in a variable that is set again": "def take(o):\n    name = type(o).__name__\n"
    "    if name.endswith('Service'): name = name[:-7]\n    return name",
    "given by a function": "def name(o): return type(o).__name__\ndef take(o): return name(o) == 'CacheService'",
    "as a key in small letters": "T = {'cacheservice': 30}\ndef take(o): return T.get(type(o).__name__.lower())",
    "in a longer key": "T = {'CacheService.ttl': 60}\ndef take(o): return T[f'{type(o).__name__}.ttl']",
    "in a dotted name": "T = {'app.services.cache_service.CacheService'}\n"
    "def take(o): return type(o).__module__ + '.' + type(o).__qualname__ in T",
    "a method with its name": "class V:\n    def visit(self, o): return getattr(self, 'visit_' + type(o).__name__)(o)\n"
    "    def visit_CacheService(self, o): ...\ndef take(o): return V().visit(o)",
}


@pytest.mark.parametrize("code", PARTS.values(), ids=PARTS)
def test_a_part_of_the_name(tmp_path: Path, code: str) -> None:
    assert verdict(tmp_path, {"app/other.py": f"{code}\n"}) == "manual type-test"


def test_a_part_of_what_another_variable_holds(tmp_path: Path) -> None:
    code = "def take(o, p):\n    name = type(o).__name__\n    return name == 'Some' or p.endswith('Service')\n"
    assert verdict(tmp_path, {"app/other.py": code}) == "safe -"
    assert verdict(tmp_path, {"app/other.py": code.replace("p.ends", "name.ends")}) == "manual type-test"


def test_a_part_of_another_name(tmp_path: Path) -> None:
    code = "def take(o): return type(o).__name__.endswith('Error')\n"
    assert verdict(tmp_path, {"app/other.py": code}) == "safe -"


VISITORS = {
    "method": ("class V:\n    def visit_CacheService(self, node): ...", "manual type-test"),
    "function": ("def render_CacheService(o): ...", "manual type-test"),
    "coroutine": ("async def leave_cacheservice(o): ...", "manual type-test"),
    "variable": ("class V:\n    visit_cache_service = print", "manual type-test"),
    "of the replacement": ("def visit_UnifiedCache(o): ...", "unsafe type-test"),
    "test": ("def test_CacheService(): ...", "safe -"),
    "other": ("def get_cache_service(): ...", "safe -"),
    "another class": ("def visit_Cache(o): ...", "safe -"),
}


@pytest.mark.parametrize(("code", "expected"), VISITORS.values(), ids=VISITORS)
def test_a_function_that_is_called_by_the_name_of_the_class(tmp_path: Path, code: str, expected: str) -> None:
    assert verdict(tmp_path, {"app/far.py": f"{code}\n"}) == expected


NAMED = "from typing import NamedTuple\n\n\nclass CacheService(NamedTuple):\n    system: str = 'KP'\n"


def test_objects_that_compare_by_their_content(tmp_path: Path) -> None:
    both = {OLD: NAMED, NEW: NAMED.replace("CacheService", "UnifiedCache") + FACTORY}
    text = LEGACY + "y = CacheService('B')  # noqa: CLF002\nx = CacheService('A')\nprint(x == y)\n"
    assert verdict(tmp_path, both, text, at=3) == "manual type-test"
    assert verdict(tmp_path, both, text.replace("  # noqa: CLF002", ""), at=3) == "safe -"


@pytest.mark.parametrize("key", ["(type(self).__name__, self.system)", "self.__class__", "type(self)"])
def test_a_key_with_the_name_of_the_class(tmp_path: Path, key: str) -> None:
    key = (
        f"    def _key(self): return {key}\n"
        "    def __eq__(self, o): return self._key() == o._key()\n"
        "    def __hash__(self): return 1\n"
    )
    both = {OLD: LEGACY_CLASS + key, NEW: TYPE_CLASS + key + FACTORY}
    text = LEGACY + "y = CacheService('B')  # noqa: CLF002\nx = CacheService('A')\nprint(x == y)\n"
    assert verdict(tmp_path, both, text, at=3) == "manual type-test"
    shown = "    def __repr__(self): return '%s %s' % (type(self).__name__, self.system)\n"
    both = {OLD: LEGACY_CLASS + shown, NEW: TYPE_CLASS + shown + FACTORY}
    assert verdict(tmp_path, both, text, at=3) == "safe -"


KEEPS = LEGACY + "import app.other\n\nclass Keeper:\n    def __init__(self): self._cache = CacheService('A')\n{}"
READS_IT = "    def get(self): return self._cache.get('k')\n"
KEPT = {
    "read by nobody": (KEEPS.format(""), {}, "safe -"),
    "read by its class": (KEEPS.format(READS_IT), {}, "safe -"),
    "read by another class that has one, too": (
        KEEPS.format(READS_IT),
        {"app/third.py": "class Third:\n    def get(self): return self._cache\n"},
        "safe -",
    ),
    "handed on by its class": (KEEPS.format("    def get(self): return take(self._cache)\n"), {}, "manual type-test"),
    "handed to the one that compares": (
        KEEPS.format("    def get(self): return app.other.take(self._cache, 1)\n"),
        {},
        "manual type-test",
    ),
    "compared by its class": (KEEPS.format("    def get(self, o): return self._cache == o\n"), {}, "manual type-test"),
    "tested for the class of another": (
        KEEPS.format("    def get(self, o): return isinstance(self._cache, type(o))\n"),
        {},
        "manual type-test",
    ),
    "read elsewhere": (KEEPS.format(""), {"app/third.py": "def get(o): return o._cache\n"}, "manual type-test"),
    "read by its text": (KEEPS.format(""), {"app/third.py": "NAMES = ['_cache']\n"}, "manual type-test"),
    "read by a derived class": (
        KEEPS.format(""),
        {"app/third.py": "from app.consumer import Keeper\nclass D(Keeper):\n    def f(self): return self._cache\n"},
        "manual type-test",
    ),
    "of a class that another one is derived from": (
        KEEPS.format(""),
        {"app/third.py": "import app\nclass D(app.Keeper): ...\n"},
        "manual type-test",
    ),
    "put into an object of another file": (
        LEGACY + "from app.third import G\nimport app.other\n\ng = G()\ng.x = CacheService('A')\n",
        {"app/third.py": "class G:\n    x = None\n    def go(self, o): return o == self.x\n"},
        "manual type-test",
    ),
    "put into a variable of another file": (
        LEGACY + "import app.third, app.other\n\napp.third.x = CacheService('A')\n",
        {"app/third.py": "x = None\n"},
        "manual type-test",
    ),
    "of a class that another one is derived from by another name": (
        KEEPS.format(""),
        {"app/third.py": "from app.consumer import Keeper as K\nclass D(K): ...\n"},
        "manual type-test",
    ),
    "variable that nobody reads": (
        LEGACY + "import app.other\n\n_cache = CacheService('A')\n_cache.get('k')\n",
        {},
        "safe -",
    ),
    "variable of a name that others have": (
        LEGACY + "import app.other\n\n_cache = CacheService('A')\n_cache.get('k')\n",
        {"app/third.py": "_cache = 1\n"},
        "safe -",
    ),
    "variable that another file imports": (
        LEGACY + "import app.other\n\n_cache = CacheService('A')\n",
        {"app/third.py": "from app.consumer import _cache\n"},
        "manual type-test",
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_no_other_file_reads_is_not_compared(name: str, tmp_path: Path) -> None:
    text, files, expected = KEPT[name]
    makes = MAKES["app/third.py"] + "from app.other import take\ntake(c, 1)\n"
    others = {"app/other.py": COMPARE["is"] + "\n", "app/makes.py": makes}
    assert verdict(tmp_path, {**others, **files}, text) == expected


def test_an_attribute_where_the_one_that_compares_reads_any(tmp_path: Path) -> None:
    other = "def take(a, b): return [type(v) is type(w) for v, w in zip(vars(a).values(), vars(b).values())]\n"
    assert verdict(tmp_path, {"app/other.py": other, **MAKES}, KEEPS.format("")) == "manual type-test"


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("int", "safe -"),
        ("int | str", "safe -"),
        ("Exception | None", "safe -"),
        ("Node", "safe -"),
        ("int | Thing", "manual type-test"),
        ("object", "manual type-test"),
        ("Thing", "manual type-test"),
        ("Shape", "manual type-test"),
        ("UnifiedCache", "manual type-test"),
        ("Base", "manual type-test"),
        ("'Node'", "manual type-test"),
    ],
)
def test_parameters_of_another_type(annotation: str, expected: str, tmp_path: Path) -> None:
    other = (
        "from typing import Any, Protocol\nfrom app.services.cache_service import Base\nThing = Any\nclass Node: ...\n"
        "from app.services.unified_cache import UnifiedCache\nclass Shape(Protocol): ...\n"
        f"def take(a: {annotation}, b: {annotation} = 1): return type(a) is type(b)\n"
    )
    legacy = "class Base: ...\n" + LEGACY_CLASS.replace("class CacheService", "class CacheService(Base)")
    assert verdict(tmp_path, {"app/other.py": other, OLD: legacy, **MAKES}) == expected
