"""Attributes that are read by other means than their names; the marks are those of ``test_flow``.

Every program is judged twice: with a member that the replacement lacks, where the call stays, and with one that it has.
Only the calls count here: whether the use of the member is a finding depends on how surely it is that of the object.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from test_flow import IMPORT, expected, judged

HOLDER = (
    IMPORT + "class Holder:\n    __match_args__ = ('_cache',)\n    def __init__(self):\n"
    "        self._cache = C(system='A')  # stays\n"
)
TAKES = "from app.holder import Holder\nh = Holder()\n"
READS = {
    "its variables": "for v in vars(h).values():\n    v.warmup()\n",
    "one of its variables": "vars(h)['_cache'].warmup()\n",
    "its dictionary": "for v in h.__dict__.values():\n    v.warmup()\n",
    "an item of its dictionary": "h.__dict__['_cache'].warmup()\n",
    "what its dictionary gives": "h.__dict__.get('_cache').warmup()\n",
    "its state": "h.__getstate__()['_cache'].warmup()\n",
    "a name that is not known": "for name in names():\n    getattr(h, name).warmup()\n",
    "a function that reads": "def read(get):\n    return get(h, '_cache').warmup()\nread(getattr)\n",
    "its members": "import inspect\nfor name, v in inspect.getmembers(h):\n    v.warmup()\n",
    "a static read": "import inspect\ninspect.getattr_static(h, '_cache').warmup()\n",
    "a getter": "import operator\noperator.attrgetter('_cache')(h).warmup()\n",
    "a getter by another name": "from operator import attrgetter as get\nget('_cache')(h).warmup()\n",
    "a getter of a name that is not known": "import operator\noperator.attrgetter(name())(h).warmup()\n",
    "a getter of more": "import operator\nfor v in operator.attrgetter('_cache', 'a')(h):\n    v.warmup()\n",
    "a path of a getter": "import operator\noperator.attrgetter('_cache.warmup')(h)()\n",
    "a longer path": "import operator\noperator.attrgetter('h._cache.warmup')(x)()\n",
    "a mapped getter": "import operator\n[v.warmup() for v in map(operator.attrgetter('_cache'), [h])]\n",
    "mapped variables": "[v.warmup() for d in map(vars, [h]) for v in d.values()]\n",
    "a method that reads": "h.__getattribute__('_cache').warmup()\n",
    "a method of object": "object.__getattribute__(h, '_cache').warmup()\n",
    "a pattern": "match h:\n    case object(_cache=c):\n        c.warmup()\n",
    "a pattern by position": "match h:\n    case Holder(c):\n        c.warmup()\n",
    "a pattern in a pattern": "match h:\n    case Holder(_cache=object(warmup=w)):\n        w()\n",
    "a pattern with a name": "match h:\n    case Holder(_cache=object() as c):\n        c.warmup()\n",
    "a format": "'{0._cache.warmup}'.format(h)\n",
    "a format by a name": "'{h._cache.warmup!r:>10}'.format(h=h)\n",
    "a class of its own class": "class S(type(h)):\n    def f(s):\n        [v.warmup() for v in vars(s).values()]\n",
    "what is put into a class": "def f(self):\n    for v in vars(self).values():\n        v.warmup()\nHolder.f = f\n",
}
MODULE = IMPORT + "cache = C(system='A')  # stays\n"
OF_MODULES = {
    "a name that is not known": "from app import state\ngetattr(state, name()).warmup()\n",
    "a name that is not known, by its package": "import app.state\ngetattr(app.state, name()).warmup()\n",
    "its variables": "from app import state\nvars(state)['cache'].warmup()\n",
    "its dictionary": "from app import state\nstate.__dict__['cache'].warmup()\n",
    "the list of modules": "import sys\nsys.modules['app.state'].cache.warmup()\n",
    "an import by its name": "import importlib\nm = importlib.import_module('app.state')\nm.cache.warmup()\n",
    "an import of any name": "import importlib\ngetattr(importlib.import_module(name()), 'cache').warmup()\n",
    "an import of a relative name": (
        "from importlib import import_module as do\nm = do('.state', 'app')\nm.cache.warmup()\n"
    ),
    "a text": "import pkgutil\npkgutil.resolve_name('app.state:cache').warmup()\n",
    "a getter": "import operator\nfrom app import state\noperator.attrgetter('cache')(state).warmup()\n",
    "a getter from its package": (
        "import app.state\nfrom operator import attrgetter as get\nget('state.cache')(app).warmup()\n"
    ),
    "a format": "from app import state\n'{0.cache.warmup}'.format(state)\n",
    "an argument": "from app import state\ndef run(m):\n    m.cache.warmup()\nrun(state)\n",
    "any name of an argument": "from app import state\ndef run(m, n):\n    getattr(m, n).warmup()\nrun(state, 1)\n",
    "variables of the one that imports it": "from app.state import cache\nglobals()['cache'].warmup()\n",
    "variables of the one that imports all": "from app.state import *\nglobals()['cache'].warmup()\n",
}
USE = "def use(a):\n    a.cache.warmup()\n"
TAKEN = {
    "a class inside of a function": (
        IMPORT + "def make():\n    class H:\n        def f(self):\n"
        "            self.cache = C(system='A')  # stays\n    return H()\n"
    ),
    "keywords": "from types import SimpleNamespace\n"
    + IMPORT
    + "def make():\n    return SimpleNamespace(cache=C(system='A'))  # stays\n",
    "a named tuple": "from collections import namedtuple\n"
    + IMPORT
    + "T = namedtuple('T', 'name, cache')\ndef make():\n    return T('a', C(system='A'))  # stays\n",
    "a named tuple of a list": "from collections import namedtuple\n"
    + IMPORT
    + "T = namedtuple('T', ['name', 'cache'])\ndef make():\n    return T('a', C(system='A'))  # stays\n",
    "a class that is made": IMPORT + "def make():\n    return type('H', (), {'cache': C(system='A')})  # stays\n",
    "options": IMPORT
    + "class H: ...\ndef make():\n    h = H()\n    h.__dict__.update(cache=C(system='A'))  # stays\n    return h\n",
    "options that are set": IMPORT
    + "class H:\n    def __init__(self, **kw):\n        for k, v in kw.items():\n            setattr(self, k, v)\n"
    + "def make():\n    return H(cache=C(system='A'))  # stays\n",
}
OPTIONS = (
    "class Base:\n    def __init__(self, **kw):\n        for k, v in kw.items():\n            setattr(self, k, v)\n"
)
BASE = """\
class Base:
    def __init__(self, name, cache=None):
        self.cache = cache
    def attach(self, cache):
        self.cache = cache
        return self
"""
MAKES_IT = "def make():\n    return D()\n"
DERIVED = "class D(Base):\n    def __init__(self):\n        {}C(system='A'))  # stays\n" + MAKES_IT
BASES = {
    "options of a base": (
        OPTIONS,
        "def make():\n    return Base(cache=C(system='A'))  # stays\n",
    ),
    "a method": (BASE, "def make():\n    return Base('a').attach(C(system='A'))  # stays\n"),
    "a method, by its keyword": (BASE, "def make():\n    return Base('a').attach(cache=C(system='A'))  # stays\n"),
    "the base's constructor": (
        BASE,
        DERIVED.format("super().__init__('a', "),
    ),
    "the base's constructor by its name": (
        BASE,
        DERIVED.format("Base.__init__(self, 'a', "),
    ),
    "a method of its own": (
        BASE,
        DERIVED.format("self.attach("),
    ),
    "a method that containers have": (
        "class Base:\n    def add(self, cache):\n        self.cache = cache\n",
        "def make():\n    base = Base()\n    base.add(C(system='A'))  # stays\n    return base\n",
    ),
    "what a derived class makes": (
        "class Base:\n    def __init__(self):\n        self.cache = self.build()\n",
        "class D(Base):\n    def build(self):\n        return C(system='A')  # stays\n" + MAKES_IT,
    ),
}
METHOD = {
    "app/make.py": IMPORT + "def make(visitor):\n    visitor.visit(1, C(system='A'))  # stays\n",
    "app/use.py": "class V:\n    def visit(self, name, c):\n        c.warmup()\n    def other(self, a): ...\n",
}


def check(root: Path, files: dict[str, str], *, known: bool = True) -> None:
    both = {path: text.replace("warmup", "get").replace("# stays", "# goes") for path, text in files.items()}
    for name, program in (("lacking", files), *([("known", both)] if known else [])):
        (root / name).mkdir()
        calls = [each for each in judged(root / name, program) if not each.endswith("!")]
        assert calls == expected(program)


@pytest.mark.parametrize("name", READS)
def test_attribute(name: str, tmp_path: Path) -> None:
    check(tmp_path, {"app/holder.py": HOLDER, "main.py": TAKES + READS[name]})


@pytest.mark.parametrize("name", READS)
def test_attribute_far_away(name: str, tmp_path: Path) -> None:
    inner = "".join(f"    {line}\n" for line in READS[name].splitlines())
    use = f"from app.holder import Holder\ndef use(h, x, names, name):\n{inner}"
    check(
        tmp_path, {"app/holder.py": HOLDER, "app/use.py": use, "main.py": f"from app.use import use\n{TAKES}use(h)\n"}
    )


@pytest.mark.parametrize("name", READS)
def test_attribute_in_its_own_file(name: str, tmp_path: Path) -> None:
    check(tmp_path, {"main.py": HOLDER + "h = Holder()\n" + READS[name]})


@pytest.mark.parametrize("name", OF_MODULES)
def test_variable_of_a_module(name: str, tmp_path: Path) -> None:
    check(tmp_path, {"app/state.py": MODULE, "main.py": OF_MODULES[name]})


@pytest.mark.parametrize("name", TAKEN)
def test_what_becomes_an_attribute(name: str, tmp_path: Path) -> None:
    check(tmp_path, {"app/make.py": TAKEN[name], "app/use.py": USE})


@pytest.mark.parametrize("name", BASES)
def test_what_another_class_keeps(name: str, tmp_path: Path) -> None:
    base, text = BASES[name]
    make = IMPORT + "from app.base import Base\n" + text
    check(tmp_path, {"app/base.py": base, "app/make.py": make, "app/use.py": USE})


def test_what_the_method_of_something_unknown_does(tmp_path: Path) -> None:
    check(tmp_path, METHOD)


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("import types\n" + IMPORT + "h = types.SimpleNamespace(cache=C(system='A'))  # stays\n", "h.cache.warmup()"),
        ("import things\n" + IMPORT + "h = things.Box(C(system='A'))  # stays\n", "h.get().warmup()"),
        ("import things\n" + IMPORT + "def h():\n    return things.Box(C(system='A'))  # stays\n", "h().a.warmup()"),
    ],
)
def test_what_gets_out_of_sight_in_what_is_imported(text: str, use: str, tmp_path: Path) -> None:
    check(tmp_path, {"app/make.py": text, "main.py": f"from app.make import h\n{use}\n"})


LEFT_ALONE = {
    "variables of another class": {
        "app/holder.py": HOLDER,
        "main.py": "class Other:\n    def f(self):\n        for v in vars(self).values():\n            v.warmup()\n",
    },
    "variables of something that is no module here": {
        "app/state.py": MODULE,
        "main.py": "import os\ngetattr(os, name()).warmup()\n",
    },
    "attribute of an argument, where no module is handed on": {
        "app/state.py": MODULE,
        "main.py": "from app import state\nstate.cache.get('k')\ndef f(x):\n    x.cache.warmup()\n",
    },
    "another attribute by a getter": {
        "app/holder.py": HOLDER,
        "main.py": "import operator\noperator.attrgetter('_caches')(x).warmup()\n",
    },
    "another attribute by a pattern": {
        "app/holder.py": HOLDER,
        "main.py": "match x:\n    case object(_caches=c):\n        c.warmup()\n",
    },
    "a method of another name": {**METHOD, "app/use.py": METHOD["app/use.py"].replace("visit", "visits")},
    "another argument of the method": {**METHOD, "app/use.py": METHOD["app/use.py"].replace("c.warm", "name.warm")},
}


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_what_is_left_alone(name: str, tmp_path: Path) -> None:
    files = {path: text.replace("# stays", "# goes") for path, text in LEFT_ALONE[name].items()}
    assert judged(tmp_path, files) == expected(files)
