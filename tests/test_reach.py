"""Where an object gets by other ways than names: what others put somewhere, what syntax calls, patches, bases.

The marks are those of ``test_flow``; every program is judged as those of ``test_reflection`` are.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from asked import FACTORY, LEGACY_CLASS, NEW, OLD, TYPE_CLASS, verdict
from helpers import LEGACY
from test_flow import IMPORT, expected, judged
from test_reflection import check

MAKE = IMPORT + "def make():\n    return C(system='A')  # stays\n"
VARIABLE = IMPORT + "cache = C(system='A')  # stays\n"
G = "class G:\n    x = None\n    def go(self):\n        return self.x.warmup()\n"
PUT = IMPORT + "from app.use import G\ng = G()\n{}\n"
PATCH = "from unittest.mock import MagicMock, Mock, patch\nimport app.svc\n"

PROGRAMS: dict[str, dict[str, str]] = {
    "put into an object of another file": {"app/use.py": G, "main.py": PUT.format("g.x = C(system='A')  # stays")},
    "put by setattr": {"app/use.py": G, "main.py": PUT.format("setattr(g, 'x', C(system='A'))  # stays")},
    "put into an argument": {
        "app/use.py": G,
        "main.py": PUT.format("def f(a):\n    a.x = C(system='A')  # stays"),
    },
    "put into an attribute of an argument": {
        "app/use.py": G,
        "main.py": PUT.format("def f(a):\n    a.g.x = C(system='A')  # stays"),
    },
    "given by a context manager": {
        "app/svc.py": (
            IMPORT + "class K:\n    def __enter__(self):\n        return C(system='A')  # stays\n"
            "    def __exit__(self, *a): ...\n"
        ),
        "main.py": "from app.svc import K\nwith K() as c:\n    c.warmup()\n",
    },
    "given by an asynchronous one": {
        "app/svc.py": (
            IMPORT + "class K:\n    async def __aenter__(self):\n        return C(system='A')  # stays\n"
            "    async def __aexit__(self, *a): ...\n"
        ),
        "main.py": "from app.svc import K\nasync def f():\n    async with K() as c:\n        c.warmup()\n",
    },
    "given by an operator": {
        "app/svc.py": IMPORT + "class K:\n    def __or__(self, o):\n        return C(system='A')  # stays\n",
        "main.py": "from app.svc import K\n(K() | 1).warmup()\n",
    },
    "given by an operator with one side": {
        "app/svc.py": IMPORT + "class K:\n    def __neg__(self):\n        return C(system='A')  # stays\n",
        "main.py": "from app.svc import K\n(-K()).warmup()\n",
    },
    "given by an operator in one file": {
        "main.py": IMPORT
        + "class K:\n    def __or__(self, o):\n        return C(system='A')  # stays\n(K() | 1).warmup()\n",
    },
    "given where something is awaited": {
        "app/svc.py": (
            IMPORT + "class K:\n    def __await__(self):\n        yield\n        return C(system='A')  # stays\n"
        ),
        "main.py": "from app.svc import K\nasync def f():\n    (await K()).warmup()\n",
    },
    "given by a descriptor": {
        "app/svc.py": IMPORT + "class K:\n    def __get__(self, *a):\n        return C(system='A')  # stays\n",
        "main.py": "from app.svc import K\nclass U:\n    k = K()\nU().k.warmup()\n",
    },
    "given by one that has all members of another": {
        "app/svc.py": (
            IMPORT + "class K:\n    def __init__(self):\n        self._c = C(system='A')  # stays\n"
            "    def __getattr__(self, name):\n        return getattr(self._c, name)\n"
        ),
        "main.py": "from app.svc import K\nK().warmup()\n",
    },
    "handed to a hook that another class overrides": {
        "app/svc.py": (
            IMPORT + "class Base:\n    def run(self):\n        self.on_cache(C(system='A'))  # stays\n"
            "    def on_cache(self, cache): ...\n"
        ),
        "main.py": (
            "from app.svc import Base\nclass S(Base):\n"
            "    def on_cache(self, cache):\n        cache.warmup()\nS().run()\n"
        ),
    },
    "awaited from a queue": {
        "main.py": (
            "import asyncio\n" + IMPORT + "async def f():\n    q = asyncio.Queue()\n"
            "    await q.put(C(system='A'))  # stays\n    c = await q.get()\n    c.warmup()\n"
        ),
    },
    "patched through": {"app/svc.py": VARIABLE, "main.py": PATCH + "with patch('app.svc.cache.warmup'): ...\n"},
    "patched through a class": {
        "app/svc.py": IMPORT + "class S:\n    cache = C(system='A')  # stays\n",
        "main.py": PATCH + "@patch('app.svc.S.cache.warmup')\ndef f(m): ...\n",
    },
    "patched by its object": {
        "app/svc.py": VARIABLE,
        "main.py": PATCH + "with patch.object(app.svc.cache, 'warmup'): ...\n",
    },
    "patched by its object in one file": {
        "main.py": "from unittest.mock import patch\n" + VARIABLE + "with patch.object(cache, 'warmup'): ...\n",
    },
    "patched by a name that is not known": {
        "main.py": (
            "from unittest.mock import patch\n" + VARIABLE + "for name in ('a', 'warmup'):\n"
            "    with patch.object(cache, name): ...\n"
        ),
    },
    "patched by its object and a keyword": {
        "main.py": "from unittest.mock import patch\n"
        + VARIABLE
        + "with patch.object(cache, attribute='warmup'): ...\n",
    },
    "patched by two keywords": {
        "main.py": (
            "from unittest.mock import patch\n" + VARIABLE + "patch.object(target=cache, attribute='warmup').start()\n"
        ),
    },
    "stood in for by a mock of it": {
        "main.py": "from unittest.mock import Mock\n" + VARIABLE + "Mock(cache).warmup()\n"
    },
    "patched by keywords": {
        "main.py": "from unittest.mock import patch\n" + VARIABLE + "with patch.multiple(cache, warmup=1): ...\n",
    },
    "patched by keywords, by its text": {
        "app/svc.py": VARIABLE,
        "main.py": PATCH + "with patch.multiple('app.svc.cache', warmup=1): ...\n",
    },
    "stood in for by a mock like it": {
        "app/svc.py": VARIABLE,
        "main.py": PATCH + "m = Mock(spec=app.svc.cache)\nm.warmup()\n",
    },
    "stood in for by a mock around it": {
        "app/svc.py": VARIABLE,
        "main.py": PATCH + "m = MagicMock(wraps=app.svc.cache)\nm.warmup()\n",
    },
    "stood in for by a patch like it": {
        "app/svc.py": VARIABLE,
        "main.py": PATCH + "with patch('app.svc.cache', autospec=True) as m:\n    m.warmup()\n",
    },
    "evaluated": {"main.py": VARIABLE + "eval('cache.warmup')()\n"},
    "variable of the module that runs": {"main.py": VARIABLE + "import __main__\n__main__.cache.warmup()\n"},
    "variable of its own module in the list of all": {
        "main.py": VARIABLE + "import sys\nsys.modules[__name__].cache.warmup()\n",
    },
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_where_an_object_gets(name: str, tmp_path: Path) -> None:
    check(tmp_path, PROGRAMS[name], known=name != "patched by a name that is not known")


def test_what_a_class_makes_itself_is_another_object(tmp_path: Path) -> None:
    use = G.replace("    x = None\n", "    def __init__(self):\n        self.x = Other()\n")
    files = {"app/use.py": use, "main.py": PUT.format("def f(a):\n    a.x = C(system='A')  # goes")}
    assert judged(tmp_path, files) == expected(files)


def test_what_a_container_of_python_keeps_is_handed_to_no_method(tmp_path: Path) -> None:
    text = IMPORT + "def f():\n    found = []\n    found.append(C(system='A'))  # goes\n    return len(found)\n"
    files = {"main.py": text, "app/use.py": "class G:\n    def append(self, c):\n        c.warmup()\n"}
    assert judged(tmp_path, files) == expected(files)


@pytest.mark.parametrize(("body", "expected"), [("c.warmup()", "manual missing-member"), ("c.get('k')", "safe -")])
def test_a_function_of_the_legacy_module_takes_it(body: str, expected: str, tmp_path: Path) -> None:
    dump = f"    def warmup(self): ...\n\ndef dump(c): return {body}\n"
    main = "from app import consumer\nfrom app.services.cache_service import dump\ndump(consumer.make())\n"
    text = LEGACY + "def make(): return CacheService('A')\n"
    assert verdict(tmp_path, {OLD: LEGACY_CLASS + dump, "main.py": main}, text) == expected


@pytest.mark.parametrize(("manager", "expected"), [("closing", "manual missing-member"), ("nullcontext", "safe -")])
def test_another_file_closes_it(manager: str, expected: str, tmp_path: Path) -> None:
    legacy = LEGACY_CLASS + "    def close(self): ...\n"
    main = f"from contextlib import {manager}\nfrom app.consumer import make\nwith {manager}(make()) as c: ...\n"
    text = LEGACY + "def make(): return CacheService('A')\n"
    assert verdict(tmp_path, {OLD: legacy, "main.py": main}, text) == expected


SETS = LEGACY + "x = CacheService('A')\n"
ELSEWHERE = "from app.consumer import x\n{} = 1\n"
PROPERTY = TYPE_CLASS.replace("self.system = system", "self._system = system") + (
    "    @property\n    def system(self): return self._system\n"
)
FROZEN = "from dataclasses import dataclass\n" + TYPE_CLASS.replace("class ", "@dataclass(frozen=True)\nclass ")


@pytest.mark.parametrize(
    ("new", "target", "expected"),
    [
        (TYPE_CLASS, "x.system", "safe -"),
        (PROPERTY, "x.system", "manual missing-member"),
        (PROPERTY, "x.extra", "safe -"),
        (TYPE_CLASS.replace(":\n", ":\n    __slots__ = ('system',)\n", 1), "x.extra", "manual missing-member"),
        (FROZEN, "x.extra", "manual missing-member"),
        (FROZEN.replace("frozen=True", "frozen=False"), "x.extra", "safe -"),
        (TYPE_CLASS + "    def __setattr__(self, name, value): ...\n", "x.extra", "manual missing-member"),
    ],
)
@pytest.mark.parametrize("is_elsewhere", [True, False])
def test_an_attribute_that_is_set(new: str, target: str, expected: str, is_elsewhere: bool, tmp_path: Path) -> None:
    files = {NEW: new + FACTORY, "main.py": ELSEWHERE.format(target) if is_elsewhere else ""}
    text = SETS if is_elsewhere else SETS + f"{target} = 1\n"
    assert verdict(tmp_path, files, text) == expected
