"""Objects followed through one file. A comment at the end of a line says what is expected of that line.

``# stays``: a call that is manual for a missing member; ``# goes``: a call that is rewritten; ``# !``: CLF009. What is
not marked must not be reported, but for the import in the first line.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import cases
import pytest

IMPORT = "from app.services.cache_service import CacheService as C\n"


def judged(root: Path, files: dict[str, str]) -> list[str]:
    """All findings but those of the first lines' imports: ``path:line mark``."""
    shutil.copytree(cases.FIXTURES / "stub", root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "pyproject.toml").write_text("[tool.cachelift]\n", encoding="utf-8")
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    result = cases.check(root)
    assert not result.failures
    assert not [outcome.failure for outcome in result.outcomes if outcome.failure]
    return sorted(
        f"{finding.path}:{finding.line} {mark(finding.code, finding.applicability, finding.reason)}"
        for finding in cases.findings(result)
        if finding.code not in ("CLF001", "CLF007", "CLF008")
    )


def mark(code: str, applicability: str, reason: str | None) -> str:
    if (code, applicability, reason) == ("CLF009", "manual", "missing-member"):
        return "!"
    kind = {"CLF002": "", "CLF003": "type ", "CLF004": "reference "}[code]
    if applicability == "safe":
        return f"{kind}goes"
    if applicability == "unsafe":
        return f"{kind}unsafe"
    return f"{kind}stays" if reason == "missing-member" else f"{kind}{reason}"


def expected(files: dict[str, str]) -> list[str]:
    found = []
    for path, text in files.items():
        for number, line in enumerate(text.splitlines(), 1):
            marks = re.search(r" # ((?!type: )[^#]*)$", line)
            found += [f"{path}:{number} {mark.strip()}" for mark in marks[1].split(",")] if marks else []
    return sorted(found)


def check(root: Path, text: str) -> None:
    files = {"app/consumer.py": IMPORT + text}
    assert judged(root, files) == expected(files)


FOLLOWED = {
    "property of a lambda": (
        "class A:\n    cache = property(lambda self: C(system='A'))  # stays\nA().cache.warmup()  # !\n"
    ),
    "decorator that gives it": (
        "def make(f):\n    return C(system='A')  # stays\n@make\ndef cache(): ...\ncache.warmup()  # !\n"
    ),
    "decorator of a class": (
        "def make(f):\n    return C(system='A')  # stays\n@make\nclass cache: ...\ncache.warmup()  # !\n"
    ),
    "decorator with arguments": (
        "def named(n):\n    def make(f):\n        return C(system=n)  # stays\n    return make\n"
        "@named('A')\ndef cache(): ...\ncache.warmup()  # !\n"
    ),
    "decorator of a method": (
        "def make(f):\n    return C(system='A')  # stays\nclass A:\n    @make\n    def cache(self): ...\n"
        "A().cache.warmup()  # !\n"
    ),
    "one of two decorators": (
        "def make(f):\n    return C(system='A')  # stays\ndef last(f):\n    f.warmup()\n    return f\n"
        "@last\n@make\ndef cache(): ...\n"
    ),
    "member of an enumeration": (
        "import enum\nclass E(enum.Enum):\n    A = C(system='A')  # stays\nE.A.value.warmup()  # !\n"
    ),
    "variables of its holder": (
        "class A:\n    def __init__(self):\n        self.c = C(system='A')  # stays\nvars(A())['c'].warmup()\n"
    ),
    "dictionary of its holder": (
        "class A:\n    def __init__(self):\n        self.c = C(system='A')  # stays\nA().__dict__['c'].warmup()\n"
    ),
    "attribute by a name that is not known": (
        "class A:\n    __slots__ = ('c',)\n    def __init__(self):\n        self.c = C(system='A')  # stays\n"
        "for name in A.__slots__:\n    getattr(A(), name).warmup()\n"
    ),
    "attribute by a getter of a name": (
        "import operator\nclass A:\n    def __init__(self):\n        self.c = C(system='A')  # stays\n"
        "def f(name):\n    operator.attrgetter(name)(A()).warmup()\n"
    ),
    "variable that is listed": ("def f():\n    c = C(system='A')  # stays\n    locals()['c'].warmup()\n"),
    "list": "for c in [C(system='A'), C(system='B')]:  # stays, stays\n    c.warmup()  # !\n",
    "tuple": "for c in (C(system='A'), 1):  # stays\n    c.warmup()  # !\n",
    "set": "for c in {C(system='A')}:  # stays\n    c.warmup()  # !\n",
    "getattr of what holds it": (
        "class S:\n    def __init__(self):\n        self.c = C(system='A')  # stays\n"
        "    def f(self):\n        getattr(self, 'c').warmup()  # !\n"
    ),
    "function that is made global": (
        "def outer():\n    global make\n    def make():\n        return C(system='A')  # stays\n"
        "outer()\nmake().warmup()  # !\n"
    ),
    "annotation below another use": (
        "print(C.DEFAULT_TTL)  # reference class-attribute\ndef f(d: C):  # type stays\n    d.warmup()  # !\n"
    ),
    "dict values": "d = {'a': C(system='A')}  # stays\nfor c in d.values():\n    c.warmup()  # !\n",
    "dict items": "d = {'a': C(system='A')}  # stays\nfor k, c in d.items():\n    c.warmup()  # !\n",
    "dict items as one": "d = {'a': C(system='A')}  # stays\nfor i in d.items():\n    i[1].warmup()  # !\n",
    "dict popitem": "d = {'a': C(system='A')}  # stays\nk, c = d.popitem()\nc.warmup()  # !\n",
    "dict subscript": "d = {'a': C(system='A')}  # stays\nd['a'].warmup()  # !\n",
    "dict get": "d = {'a': C(system='A')}  # stays\nd.get('a').warmup()  # !\n",
    "dict get default": "d = {}\nd.get('a', C(system='A')).warmup()  # stays, !\n",
    "dict pop": "d = dict(a=C(system='A'))  # stays\nd.pop('a').warmup()  # !\n",
    "dict spread": "d = {**{'a': C(system='A')}}  # stays\nd['a'].warmup()  # !\n",
    "dict setdefault": "d = {}\nc = d.setdefault('a', C(system='A'))  # stays\nc.warmup()  # !\n",
    "dict setdefault, read": "d = {}\nd.setdefault('a', C(system='A'))  # stays\nd['a'].warmup()  # !\n",
    "dict key": "d = {C(system='A'): 1}  # stays\nfor c in d:\n    c.warmup()  # !\n",
    "dict comprehension": "d = {n: C(system=n) for n in 'ab'}  # stays\nd['a'].warmup()  # !\n",
    "list comprehension": "x = [C(system=n) for n in 'ab']  # stays\nx[0].warmup()  # !\n",
    "generator": "x = next(C(system=n) for n in 'ab')  # stays\nx.warmup()  # !\n",
    "comprehension over it": "x = [C(system='A')]  # stays\ny = [c.warmup() for c in x]  # !\n",
    "item assigned": "d = {}\nd['a'] = C(system='A')  # stays\nd['a'].warmup()  # !\n",
    "nested item assigned": "d = {}\nd['a']['b'] = C(system='A')  # stays\nd['a']['b'].warmup()  # !\n",
    "append": "x = []\nx.append(C(system='A'))  # stays\nx[-1].warmup()  # !\n",
    "append to an attribute": (
        "class S:\n    def __init__(self):\n        self.all = []\n        self.all.append(C(system='A'))  # stays\n"
        "    def run(self):\n        for c in self.all:\n            c.warmup()  # !\n"
    ),
    "extend": "x = []\nx.extend([C(system='A')])  # stays\nx[0].warmup()  # !\n",
    "augmented": "x = []\nx += [C(system='A')]  # stays\nx[0].warmup()  # !\n",
    "added lists": "x = [C(system='A')] + []  # stays\nx[0].warmup()  # !\n",
    "added tuples": "x = (C(system='A'),) + ()  # stays\nx[0].warmup()  # !\n",
    "slice": "x = [C(system='A')][:1]  # stays\nx[0].warmup()  # !\n",
    "slice of a tuple": "x = (1, C(system='A'))[1:]  # stays\nx[0].warmup()  # !\n",
    "unpacked": "a, b = C(system='A'), C(system='B')  # stays, goes\na.warmup()  # !\nb.get('k')\n",
    "unpacked list": "x = [C(system='A')]  # stays\n[a] = x\na.warmup()  # !\n",
    "unpacked deep": "a, (b, c) = 1, (2, C(system='A'))  # stays\nc.warmup()  # !\n",
    "starred target": "x = [C(system='A')]  # stays\na, *b = x\nb[0].warmup()  # !\n",
    "starred in a display": "x = [*[C(system='A')]]  # stays\nx[0].warmup()  # !\n",
    "starred in a tuple": "x = (*(), C(system='A'))  # stays\nx[0].warmup()  # !\n",
    "enumerate": "for i, c in enumerate([C(system='A')]):  # stays\n    c.warmup()  # !\n",
    "zip": "for n, c in zip('a', [C(system='A')]):  # stays\n    c.warmup()  # !\n",
    "sorted": "for c in sorted([C(system='A')], key=id):  # stays\n    c.warmup()  # !\n",
    "max": "max([C(system='A')], key=id).warmup()  # stays, !\n",
    "enter_context": (
        "import contextlib\nwith contextlib.ExitStack() as s:\n"
        "    c = s.enter_context(contextlib.closing(C(system='A')))  # stays\n    c.warmup()  # !\n"
    ),
    "closing": "import contextlib\nwith contextlib.closing(C(system='A')) as c:  # stays\n    c.warmup()  # !\n",
    "context manager": (
        "import contextlib\n@contextlib.contextmanager\ndef make():\n    yield C(system='A')  # stays\n"
        "with make() as c:\n    c.warmup()  # !\n"
    ),
    "class attribute": "class S:\n    cache = C(system='A')  # stays\nS.cache.warmup()  # !\n",
    "class attribute by cls": (
        "class S:\n    cache = C(system='A')  # stays\n    @classmethod\n    def run(cls):\n"
        "        cls.cache.warmup()  # !\n"
    ),
    "instance dictionary": "class S:\n    a = {}\n    def f(self):\n        self.a['k'] = C(system='A')  # stays\n"
    "        return self.a['k'].warmup()  # !\n",
    "dataclass field": (
        "from dataclasses import dataclass, field\n@dataclass\nclass S:\n"
        "    cache: object = field(default_factory=lambda: C(system='A'))  # stays\n"
        "    def run(self):\n        self.cache.warmup()  # !\n"
    ),
    "dataclass argument": (
        "from dataclasses import dataclass\n@dataclass\nclass S:\n    name: str\n    cache: object\n"
        "S('n', C(system='A')).cache.warmup()  # stays, !\nS(name='n', cache=C(system='B'))  # stays\n"
    ),
    "property": (
        "class S:\n    @property\n    def cache(self):\n        return C(system='A')  # stays\n"
        "    def run(self):\n        self.cache.warmup()  # !\n"
    ),
    "cached property": (
        "import functools\nclass S:\n    @functools.cached_property\n"
        "    def cache(self):\n        return C(system='A')  # stays\n"
        "S().cache.warmup()  # !\n"
    ),
    "method": (
        "class S:\n    def make(self):\n        return C(system='A')  # stays\n    def run(self):\n"
        "        self.make().warmup()  # !\n"
    ),
    "lru_cache": (
        "import functools\n@functools.lru_cache\ndef make():\n    return C(system='A')  # stays\nmake().warmup()  # !\n"
    ),
    "generator function": "def make():\n    yield C(system='A')  # stays\nfor c in make():\n    c.warmup()  # !\n",
    "yield from": "def make():\n    yield from [C(system='A')]  # stays\nfor c in make():\n    c.warmup()  # !\n",
    "async factory": (
        "async def make():\n    return C(system='A')  # stays\nasync def run():\n    (await make()).warmup()  # !\n"
    ),
    "async run": (
        "import asyncio\nasync def make():\n    return C(system='A')  # stays\nasyncio.run(make()).warmup()  # !\n"
    ),
    "gather": (
        "import asyncio\nasync def make():\n    return C(system='A')  # stays\nasync def run():\n"
        "    a, b = await asyncio.gather(make(), make())\n    b.warmup()  # !\n"
    ),
    "task": (
        "import asyncio\nasync def make():\n    return C(system='A')  # stays\nasync def run():\n"
        "    t = asyncio.create_task(make())\n    await t\n    t.result().warmup()  # !\n"
    ),
    "to_thread": (
        "import asyncio\ndef make():\n    return C(system='A')  # stays\nasync def run():\n"
        "    (await asyncio.to_thread(make)).warmup()  # !\n"
    ),
    "async generator": (
        "async def make():\n    yield C(system='A')  # stays\nasync def run():\n    async for c in make():\n"
        "        c.warmup()  # !\n"
    ),
    "or": "x = None\nx = x or C(system='A')  # stays\nx.warmup()  # !\n",
    "or a parameter": (
        "class S:\n    def __init__(self, cache=None):\n        self.cache = cache or C(system='A')  # stays\n"
        "    def run(self):\n        self.cache.warmup()  # !\n"
    ),
    "parameter's default": "def f(c=C(system='A')):  # stays\n    c.warmup()  # !\n",
    "keyword parameter's default": "def f(*, c=C(system='A')):  # stays\n    c.warmup()  # !\n",
    "None parameter": "def f(c=None):\n    if c is None:\n        c = C(system='A')  # stays\n    c.warmup()  # !\n",
    "global": "c = None\ndef f():\n    global c\n    c = C(system='A')  # stays\ndef g():\n    c.warmup()  # !\n",
    "walrus": "if (c := C(system='A')) is not None:  # stays\n    c.warmup()  # !\n",
    "lambda": "make = lambda: C(system='A')  # stays\nmake().warmup()  # !\n",
    "partial": "import functools\ndef make(n):\n    return C(system=n)  # stays\nm = functools.partial(make, 'A')\n"
    "m().warmup()  # !\n",
    "registry of functions": (
        "def make():\n    return C(system='A')  # stays\nd = {'a': make}\nd['a']().warmup()  # !\n"
    ),
    "variable arguments": "def f(*cs):\n    for c in cs:\n        c.warmup()  # !\nf(C(system='A'))  # stays\n",
    "keyword arguments": "def f(**cs):\n    cs['a'].warmup()  # !\nf(a=C(system='A'))  # stays\n",
    "constructor argument": (
        "class S:\n    def __init__(self, cache):\n        self.cache = cache\n    def run(self):\n"
        "        self.cache.warmup()  # !\nS(C(system='A'))  # stays\nS(cache=C(system='B'))  # stays\n"
    ),
    "constructor of a base": (
        "class B:\n    def __init__(self, cache):\n"
        "        cache.warmup()  # !\nclass S(B):\n    pass\n"
        "S(C(system='A'))  # stays\n"
    ),
    "method's argument": (
        "class S:\n    def use(self, cache):\n        cache.warmup()  # !\n    def run(self):\n"
        "        self.use(C(system='A'))  # stays\n"
    ),
    "method of a base": (
        "class B:\n    def other(self): pass\n    def use(self, cache):\n        cache.warmup()  # !\nclass S(B):\n"
        "    def run(self):\n        self.use(C(system='A'))  # stays\n"
    ),
    "fixture with a scope": (
        "import pytest\n@pytest.mark.slow\n@pytest.fixture(scope='module')\ndef cache():\n"
        "    return C(system='A')  # stays\ndef test_it(cache):\n    cache.warmup()  # !\n"
    ),
    "static method's argument": (
        "class S:\n    @staticmethod\n    def use(cache):\n        cache.warmup()  # !\nS.use(C(system='A'))  # stays\n"
    ),
    "attribute of an object": "class S:\n    pass\ns = S()\ns.cache = C(system='A')  # stays\ns.cache.warmup()  # !\n",
    "attribute of something": "def f(s):\n    s.cache = C(system='A')  # stays\ndef g(t):\n    t.cache.warmup()  # !\n",
    "setattr": "def f(s):\n    setattr(s, 'cache', C(system='A'))  # stays\n    s.cache.warmup()  # !\n",
    "getattr of an attribute": (
        "class S:\n    def __init__(self):\n        self.cache = C(system='A')  # stays\n    def run(self):\n"
        "        getattr(self, 'cache').warmup()  # !\n"
    ),
    "mixin": (
        "class M:\n    def run(self):\n        self.cache.warmup()  # !\nclass S(M):\n    def __init__(self):\n"
        "        self.cache = C(system='A')  # stays\n"
    ),
    "mixin beside the holder": (
        "class H:\n    def __init__(self):\n        self.cache = C(system='A')  # stays\nclass M:\n    def run(self):\n"
        "        self.cache.warmup()  # !\nclass S(H, M):\n    pass\n"
    ),
    "fixture": (
        "import pytest\n@pytest.fixture\ndef cache():\n    return C(system='A')  # stays\ndef test_it(cache):\n"
        "    cache.warmup()  # !\n"
    ),
    "named fixture that yields": (
        "import pytest\n@pytest.fixture(name='cache')\ndef make():\n    yield C(system='A')  # stays\n"
        "@pytest.fixture\ndef warm(cache):\n    cache.warmup()  # !\n"
    ),
    "dependency": (
        "from fastapi import Depends\ndef make():\n    return C(system='A')  # stays\ndef end(cache=Depends(make)):\n"
        "    cache.warmup()  # !\n"
    ),
    "annotated dependency": (
        "from typing import Annotated\nfrom fastapi import Depends\n"
        "async def make():\n    yield C(system='A')  # stays\n"
        "async def end(cache: Annotated[object, Depends(make)]):\n    cache.warmup()  # !\n"
    ),
    "dependency by keyword": (
        "from fastapi import Depends\ndef make():\n    return C(system='A')  # stays\n"
        "def end(cache=Depends(dependency=make)):\n    cache.warmup()  # !\n"
    ),
    "defaultdict": (
        "from collections import defaultdict\nd = defaultdict(lambda: C(system='A'))  # stays\nd['a'].warmup()  # !\n"
    ),
    "context variable": (
        "from contextvars import ContextVar\nv = ContextVar('v')\n"
        "v.set(C(system='A'))  # stays\nv.get().warmup()  # !\n"
    ),
    "context variable's default": (
        "from contextvars import ContextVar\n"
        "v = ContextVar('v', default=C(system='A'))  # stays\n"
        "v.get().warmup()  # !\n"
    ),
    "cast": "from typing import Any, cast\ncast(Any, C(system='A')).warmup()  # stays, !\n",
    "awaited conditional": "x = C(system='A') if 1 else None  # stays\nx.warmup()  # !\n",
    "nested function": "def f():\n    def make():\n        return C(system='A')  # stays\n    make().warmup()  # !\n",
    "deleted member": "c = C(system='A')  # stays\nhasattr(c, 'warmup')  # !\n",
    "iter and len": "c = C(system='A')  # goes\nprint(c, repr(c), id(c))\n",
}

LEFT_ALONE = {
    "member by its name": "c = C(system='A')  # goes\ngetattr(c, 'get')('k')\n",
    "name of another object": (
        "def f(o, name):\n    c = C(system='A')  # goes\n    return getattr(o, name), c.get('k')\n"
    ),
    "class beside an enumeration": (
        "import enum\nclass E(enum.Enum):\n    A = 1\nclass B:\n    c = C(system='A')  # goes\nE.A.value.warmup()\n"
    ),
    "attribute by its name": (
        "class A:\n    def __init__(self):\n        self.c = C(system='A')  # goes\n"
        "def f(o):\n    getattr(o, 'd').warmup()\n"
    ),
    "members of both": "c = C(system='A')  # goes\nc.get('k')\nc.set('k', 1)\n",
    "other value of a pair": "for k, c in {'a': C(system='A')}.items():  # goes\n    k.warmup()\n    c.get('k')\n",
    "other element": "a, b = C(system='A'), object()  # goes\nb.warmup()\n",
    "other item of a tuple": "x = (1, C(system='A'))  # goes\nx[0].warmup()\nx[1].get('k')\n",
    "index of zip": "for n, c in zip([C(system='A')], 'b'):  # goes\n    c.warmup()\n",
    "index of enumerate": "for i, c in enumerate([C(system='A')]):  # goes\n    i.warmup()\n",
    "the list itself": "x = [C(system='A')]  # goes\nx.warmup()\nlen(x)\nx.sort()\nprint(x)\n",
    "keys": "d = {'a': C(system='A')}  # goes\nfor k in d.keys():\n    k.warmup()\n",
    "the function": "def make():\n    return C(system='A')  # goes\nmake.warmup\n",
    "attribute of another class": (
        "class A:\n    def __init__(self):\n"
        "        self.cache = C(system='A')  # goes\nclass B:\n"
        "    def __init__(self):\n"
        "        self.cache = object()\n    def run(self):\n        self.cache.warmup()\n"
    ),
    "attribute of another class's object": (
        "class A:\n    def __init__(self):\n"
        "        self.cache = C(system='A')  # goes\nclass B:\n"
        "    cache = object()\n"
        "b = B()\nb.cache.warmup()\ndef f(x: B):\n    x.cache.warmup()\nB().cache.warmup()\n"
    ),
    "name of another scope": "def f():\n    c = C(system='A')  # goes\n    c.get('k')\ndef g(c):\n    c.warmup()\n",
    "another fixture": (
        "import pytest\n@pytest.fixture\ndef cache():\n    return C(system='A')  # goes\ndef test_it(other):\n"
        "    other.warmup()\ndef helper(cache):\n    cache.warmup()\n"
    ),
    "another parameter": "def f(a, b):\n    a.warmup()\n    b.get('k')\nf(object(), C(system='A'))  # goes\n",
    "result of a method": "c = C(system='A')  # goes\nc.get('k').warmup()\n",
    "awaited": "async def f():\n    c = C(system='A')  # goes\n    (await c.get('k')).warmup()\n",
    "not awaited": "async def make():\n    return C(system='A')  # goes\nmake().warmup()\n",
    "private name": (
        "class A:\n    def __init__(self):\n        self.__c = C(system='A')  # goes\n        self.__c.get('k')\n"
    ),
    "truth of both": "c = C(system='A')  # goes\nif c and not (c is None):\n    c.get('k')\n",
    "other lambda": "f = lambda c: c.warmup()\nc = C(system='A')  # goes\n",
    "value of a subscript": "d = {}\nc = C(system='A')  # goes\nd[c] = 1\nd[0].warmup()\n",
    "missing argument": "def f():\n    pass\nf(C(system='A'))  # goes\n",
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_object_is_followed(tmp_path: Path, name: str) -> None:
    check(tmp_path, FOLLOWED[name])


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_other_value_is_left_alone(tmp_path: Path, name: str) -> None:
    check(tmp_path, LEFT_ALONE[name])


SPECIAL = {
    "len": "len(c)",
    "iter": "iter(c)",
    "reversed": "reversed(c)",
    "abs": "abs(c)",
    "item": "c[0]",
    "item set": "c[0] = 1",
    "item deleted": "del c[0]",
    "contained": "1 in c",
    "less": "c < 1",
    "greater": "1 < c",
    "equal": "c == 1",
    "added": "c + 1",
    "added to": "1 + c",
    "added in place": "c += 1",
    "added to in place": "x = 1\nx += c",
    "sorted in pairs": "sorted([(1, c), (1, c)])",
    "sorted in pairs in place": "x = [(1, c)]\nx.sort()",
    "compared in lists": "[c] < [1]",
    "equal in lists of lists": "[[c]] == [[1]]",
    "unequal": "c != 1",
    "formatted": "f'{c:>8}'",
    "format": "format(c, '>8')",
    "index": "'abc'[c]",
    "spread": "f(**c)",
    "spread in a display": "{**c}",
    "negative": "-c",
    "not": "not c",
    "bool": "bool(c)",
    "if": "if c: pass",
    "while": "while c: break",
    "assert": "assert c",
    "conditional": "1 if c else 2",
    "and": "c and 1",
    "filter": "[1 for _ in 'a' if c]",
    "guard": "match 1:\n    case 1 if c: pass  # !",
    "for": "for x in c: pass",
    "comprehension": "[x for x in c]",
    "starred": "[*c]",
    "unpacked": "a, b = c",
    "with": "with c: pass",
    "with as": "with c as d: pass",
    "called": "c()",
    "decorator": "@c  # !\ndef f(): pass",
    "yield from": "def f():\n    yield from c  # !",
    "await": "async def f():\n    await c  # !",
    "async for": "async def f():\n    async for x in c: pass  # !",
    "async with": "async def f():\n    async with c: pass  # !",
    "async comprehension": "async def f():\n    [x async for x in c]  # !",
    "enter_context": "import contextlib\nwith contextlib.ExitStack() as s:\n    s.enter_context(c)  # !",
    "enter_async_context": (
        "import contextlib\nasync def f():\n    async with contextlib.AsyncExitStack() as s:\n"
        "        await s.enter_async_context(c)  # !"
    ),
    "setattr": "setattr(c, 'odd', 1)",
}

METHODS = (
    "len iter reversed abs getitem setitem delitem contains lt gt eq add radd neg bool enter exit aenter aexit call "
    "await aiter iadd ne format index"
)
EVERY = "\n".join(f"    def __{name}__(self, *a): ..." for name in METHODS.split())
OLD = f"class CacheService:\n    odd = 1\n    def __init__(self, system='KP'): ...\n{EVERY}\n"
NEW = "class UnifiedCache:\n    def __init__(self, system): ...\n"
FACTORY = "def get_unified_cache(system='KP') -> UnifiedCache:\n    return UnifiedCache(system)\n"


def both(text: str, old: str = OLD, new: str = NEW) -> dict[str, str]:
    """A consumer beside two classes."""
    return {
        "app/consumer.py": IMPORT + text,
        "app/services/cache_service.py": old,
        "app/services/unified_cache.py": new + FACTORY,
    }


@pytest.mark.parametrize("name", SPECIAL)
def test_special_method_is_a_member(tmp_path: Path, name: str) -> None:
    text = SPECIAL[name] if "# !" in SPECIAL[name] else f"{SPECIAL[name]}  # !"
    files = both(f"c = C(system='A')  # stays\n{text}\n")
    assert judged(tmp_path, files) == expected(files)


@pytest.mark.parametrize("name", SPECIAL)
def test_special_method_that_both_have_is_none(tmp_path: Path, name: str) -> None:
    text = SPECIAL[name].replace("  # !", "")
    files = both(f"c = C(system='A')  # goes\n{text}\n", new=OLD.replace("CacheService", "UnifiedCache"))
    assert judged(tmp_path, files) == expected(files)


QUIET = {
    "compared as any object": "c = C(system='A')  # goes\n1 in [2, 3] is c\n",
    "truth of a list": "x = [C(system='A')]  # goes\nif x and not x: pass\n",
    "base": "class A(C(system='A')):  # lost\n    pass\n",
    "awaited list": "async def f():\n    await [C(system='A')]  # goes\n",
    "item of an unbound name": "unbound['a'] = C(system='A')  # lost\nunbound['a'].odd\n",
    "called item": "x[0](C(system='A'))  # lost\n",
    "yield outside of functions": "yield C(system='A')  # lost\n",
    "itself through its module": "import app.consumer\ndef f(c):\n    c.get\napp.consumer.f(C(system='A'))  # goes\n",
    "unknown method": (
        "class B:\n    def a(self): pass\nclass S(B):\n    def b(self):\n        self.c(C(system='A'))  # lost\n"
    ),
    "raised": "raise C(system='A')  # lost\n",
    "ever deeper": "x = C(system='A')  # lost\nx = [x]\n",
    "an annotation": "c = C(system='A')  # goes\nx: c = 1\ndef f(a: c) -> c: pass\n",
    "added in place": "l = [C(system='B')]  # goes\nl += [1]\nl += 1\n",
    "too few targets": "x = 1, C(system='A')  # goes\n(a,) = x\n",
    "a function unpacked": "def f():\n    return C(system='A')  # lost\na, b = f\n",
    "compared": "c = C(system='A')  # goes\nc is None\nc is not None\n1 == 2 < 3 is c\n",
    "message": "assert 1, C(system='A')  # goes\n",
    "functions added": "def f():\n    return C(system='A')  # goes\nf + 1\n",
    "a tuple's method": "x = 1, C(system='A')  # goes\nx.count(1)\n",
    "a coroutine's item": (
        "async def f():\n    return C(system='A')  # lost\nf()[0]\nf().close()\nfor x in f(): x.odd\nawait_ = -f()\n"
    ),
    "a function's item": "def f():\n    return C(system='A')  # goes\nf[0]\nx[f]\n",
    "item set": "x = [C(system='A')]  # goes\nx[0] = 1\ndel x[0]\n",
    "starred call": "f(*[C(system='A')])  # lost\nf(*x, C(system='B'))  # lost\n",
    "returned by a generator": "def f():\n    yield 1\n    return C(system='A')  # lost\nfor c in f():\n    c.odd\n",
    "yielded by a lambda": "f = lambda: (yield C(system='A'))  # lost\n",
    "yielded from by a lambda": "f = lambda: (yield from [C(system='A')])  # lost\n",
    "class keyword": "class A(metaclass=C(system='A')):  # lost\n    pass\n",
    "spread keywords": "f(**{'a': C(system='A')})  # lost\nclass A(x=C(system='B')): pass  # lost\n",
    "called list": "x = [C(system='A')]  # lost\nx()\n",
    "container functions": "x = [C(system='A')]  # lost\nlen(x)\nprint(x)\nfoo(x)\n",
    "run of a list": "x = [C(system='A')]  # lost\nrun(x)\nd = Depends(x)\n",
    "dynamic setattr": "def f(s, n):\n    setattr(s, n, C(system='A'))  # lost\n    s.odd.odd\n",
    "attribute on an object": "c = C(system='A')  # goes\nc.odd = 1\n",
    "stored in a result": "def f(): pass\nf()['a'] = C(system='A')  # lost\n",
    "unknown position": "class S:\n    x: int\nS(1, C(system='A'))  # lost\nS(z=C(system='B'))  # lost\n",
    "zipped far away": "zip(1, 2, 3, 4, 5, 6, 7, 8, 9, [C(system='A')])  # goes\n",
    "getattr of nothing": (
        "class S:\n    def __init__(self):\n        self.c = C(system='A')  # goes\n"
        "    def f(self):\n        getattr(self)\n"
    ),
    "harmless": (
        "c = C(system='A')  # lost\nprint(c)\nhash(c)\nisinstance(c, (int, str))\nisinstance(c)\ngetattr(c, n)\n"
    ),
}


@pytest.mark.parametrize("name", QUIET)
def test_nothing_is_used(tmp_path: Path, name: str) -> None:
    files = both(QUIET[name].replace(".odd", ".fine").replace("# lost", "# goes"), OLD.replace(EVERY, ""))
    assert judged(tmp_path, files) == expected(files)


@pytest.mark.parametrize("name", QUIET)
def test_what_gets_out_of_sight_may_be_used_by_any_syntax(tmp_path: Path, name: str) -> None:
    files = both(QUIET[name].replace(".odd", ".fine").replace("# lost", "# stays"))
    assert judged(tmp_path, files) == expected(files)


SAME = "    def same(self, other): return isinstance(other, {})\n"
ASKED_BY_A_METHOD = {
    "called with an argument": "def f():\n    c = C(system='A')  # type-test\n    c.same(1)\n",
    "called with a keyword": "def f():\n    c = C(system='A')  # type-test\n    c.same(other=1)\n",
    "called by another name": "def f():\n    c = C(system='A')  # type-test\n    d = c\n    d.same(1)\n",
    "called without an argument": "def f():\n    c = C(system='A')  # goes\n    c.same()\n",
    "called on something else": "def f(d):\n    c = C(system='A')  # goes\n    d.same(1)\n",
    "read, and called with the object": "def f():\n    c = C(system='A')  # goes\n    c.same\n    g(c.same)\n",
}


@pytest.mark.parametrize("name", ASKED_BY_A_METHOD)
def test_object_whose_method_asks_what_it_is_given(tmp_path: Path, name: str) -> None:
    old = "class CacheService:\n    def __init__(self, system='KP'): ...\n" + SAME.format("CacheService")
    text = ASKED_BY_A_METHOD[name] + "C(*[])  # star-arguments\n"
    files = both(text, old, NEW + SAME.format("UnifiedCache"))
    assert judged(tmp_path, files) == expected(files)


TYPES = {
    "parameter": "def f(c: C):  # type stays\n    c.warmup()  # !\n",
    "optional parameter": "from typing import Optional\ndef f(c: Optional[C]):  # type stays\n    c.warmup()  # !\n",
    "typing's union": "from typing import Union\ndef f(c: Union[C, int]):  # type stays\n    c.warmup()  # !\n",
    "union": "def f(c: int | C | None):  # type stays\n    c.warmup()  # !\n",
    "attribute": "class S:\n    c: C  # type stays\n    def f(self):\n        self.c.warmup()  # !\n",
    "result": "def f() -> C: ...  # type stays\nf().warmup()  # !\n",
    "comment": "def f(x):\n    c = x  # type: C # type stays\n    c.warmup()  # !\n",
    "parameter behind a call": "c = C(system='A')  # stays\ndef f(d: C):  # type unsafe\n    d.warmup()  # !\nf(c)\n",
    "call beside it": "def f(c: C):  # type unsafe\n    c.warmup()  # !\nf(C(system='A'))  # stays\n",
    "used alike": "def f(c: C):  # type goes\n    c.get('k')\n",
    "list": "def f(c: list[C]):  # type goes\n    c.warmup()\n",
    "other name": "def f(c: C, d):  # type goes\n    d.warmup()\n",
    "parameter comment": "def f(c):\n    # type: (C) -> None # type stays\n    c.warmup()  # !\n",
    "result comment": "def f(c):\n    # type: (int) -> C # type stays\n    return c\nf(1).warmup()  # !\n",
}


@pytest.mark.parametrize("name", TYPES)
def test_annotated_object(tmp_path: Path, name: str) -> None:
    check(tmp_path, TYPES[name])


def test_default_factory(tmp_path: Path) -> None:
    text = (
        "from dataclasses import dataclass, field\n@dataclass\nclass S:\n    cache: object = field(default_factory=C)"
        "  # reference stays\n    def run(self):\n        self.cache.warmup()  # !\n"
    )
    check(tmp_path, text)
