"""Objects that one file hands out and another uses; the marks are those of ``test_flow``."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_flow import IMPORT, expected, judged

STATE = "app/state.py"
MADE = IMPORT + "cache = C(system='A')  # stays\n"
HOLDER = IMPORT + "class Holder:\n    def __init__(self):\n        self.cache = C(system='A')  # stays\n"
UNUSED = MADE.replace("stays", "goes")
KEPT = HOLDER.replace("stays", "goes")

FOLLOWED = {
    "argument of what may be no function": {
        "main.py": IMPORT + "from app.tools import warm\nwarm(C(system='A'))  # stays\n",
        "app/tools/__init__.py": "from .warm import *\n",
        "app/tools/warm.py": "__all__ = []\ndef warm(c):\n    c.warmup()\n",
    },
    "argument of a function that is a value": {
        "main.py": IMPORT + "from app.warm import warm\nwarm(C(system='A'))  # stays\n",
        "app/warm.py": "warm = lambda a: a.warmup()\n",
    },
    "argument through a star": {
        "main.py": IMPORT + "from app.tools import warm\nwarm(C(system='A'))  # stays\n",
        "app/tools/__init__.py": "from .warm import *\n",
        "app/tools/warm.py": "def warm(c):\n    def inner(): ...\n    c.warmup()  # !\n",
    },
    "two arguments": {
        "main.py": IMPORT + "from app.warm import warm\nwarm(C(system='A'), C(system='B'))  # goes, stays\n",
        "app/warm.py": "def warm(c, d):\n    c.get('k')\n    d.warmup()  # !\n",
    },
    "argument of a class through a package": {
        "main.py": IMPORT + "from app.tools import Warm\nWarm.use(C(system='A'))  # stays\n",
        "app/tools/__init__.py": "from .warm import Warm\n",
        "app/tools/warm.py": "class Warm:\n    @staticmethod\n    def use(c):\n        c.warmup()  # !\n",
    },
    "star beside other names": {
        STATE: MADE,
        "main.py": "from app.state import *\nx = 1\nprint(x)\ncache.warmup()  # !\n",
    },
    "class of a star beside a name of its own": {
        STATE: HOLDER,
        "main.py": "from app.state import *\nif not Holder:\n    Holder = None\nHolder().cache.warmup()  # !\n",
    },
    "star beside a name of its own": {
        STATE: MADE,
        "main.py": "from app.state import *\nif not cache:\n    cache = None\ncache.warmup()  # !\n",
    },
    "result of a result of a result": {
        STATE: (
            IMPORT + "def make():\n    return C(system='A')  # stays\n"
            "def first():\n    return make()\ndef second():\n    return first()\ncache = second()\n"
        ),
        "main.py": "from app.state import cache\ncache.warmup()  # !\n",
    },
    "name of a module that another one sets": {
        STATE: "cache = None\n",
        "main.py": IMPORT + "import app.state\napp.state.cache = C(system='A')  # stays\n",
        "app/jobs.py": "import app.state\napp.state.cache.warmup()  # !\n",
    },
    "name of a module that another one sets, by its package": {
        STATE: "cache = None\n",
        "main.py": IMPORT + "from app import state\nstate.cache = C(system='A')  # stays\n",
        "app/jobs.py": "from app.state import cache\ncache.warmup()  # !\n",
    },
    "argument handed on by a module that does no more": {
        "main.py": IMPORT + "from app.between import between\nbetween(C(system='A'))  # stays\n",
        "app/between.py": "from app.warm import warm\ndef between(c):\n    warm(c)\n",
        "app/warm.py": "def warm(c):\n    c.warmup()  # !\n",
    },
    "module imported by its relative name": {
        STATE: MADE,
        "main.py": "from importlib import import_module\nimport_module('.state', 'app').cache.warmup()  # !\n",
    },
    "module imported by its relative name, from a package below": {
        STATE: MADE,
        "main.py": (
            "from importlib import import_module\n"
            "import_module('..state', package='app.services').cache.warmup()  # !\n"
        ),
    },
    "module imported by its name from its own package": {
        STATE: MADE,
        "app/jobs.py": (
            "from importlib import import_module\nimport_module('.state', __package__).cache.warmup()  # !\n"
        ),
    },
    "module imported by its name, with a package that counts for nothing": {
        STATE: MADE,
        "main.py": "from importlib import import_module\nimport_module('app.state', 'app').cache.warmup()  # !\n",
    },
    "optional holder": {
        STATE: HOLDER,
        "main.py": (
            "from typing import Optional\nfrom app.state import Holder\n"
            "def f(h: Optional[Holder]):\n    h.cache.warmup()  # !\n"
        ),
    },
    "subclass with a static method": {
        STATE: HOLDER,
        "main.py": (
            "from app.state import Holder\nclass Sub(Holder):\n    @staticmethod\n    def g(x): ...\n    def f(self):\n"
            "        self.cache.warmup()  # !\n"
        ),
    },
    "name": {STATE: MADE, "main.py": "from app.state import cache\ncache.warmup()  # !\n"},
    "other name": {STATE: MADE, "main.py": "from app.state import cache as c\nc.warmup()  # !\n"},
    "in a function": {STATE: MADE, "main.py": "def f():\n    from app.state import cache\n    cache.warmup()  # !\n"},
    "relative": {STATE: MADE, "app/jobs.py": "from .state import cache\ncache.warmup()  # !\n"},
    "module": {STATE: MADE, "app/jobs.py": "from . import state\nstate.cache.warmup()  # !\n"},
    "module in lines": {STATE: MADE, "main.py": "from app import (\n    state,\n)\nstate.cache.warmup()  # !\n"},
    "dotted module": {STATE: MADE, "main.py": "import app.state\napp.state.cache.warmup()  # !\n"},
    "module with alias": {STATE: MADE, "main.py": "import app.state as s\ns.cache.warmup()  # !\n"},
    "by getattr": {STATE: MADE, "main.py": "from app.state import cache\ngetattr(cache, 'warmup')()  # !\n"},
    "conditional import": {
        STATE: MADE,
        "main.py": (
            "try:\n    from app.state import cache\nexcept ImportError:\n    cache = None\ncache.warmup()  # !\n"
        ),
    },
    "re-export": {
        STATE: MADE,
        "app/core/__init__.py": "from app.state import cache as c\n",
        "main.py": "from app.core import c\nc.warmup()  # !\n",
    },
    "re-exports": {
        STATE: MADE,
        "app/a.py": "from .state import cache as b\n",
        "app/b.py": "from .a import b as c\n",
        "main.py": "from app.b import c\nc.warmup()  # !\n",
    },
    "assigned re-export": {
        STATE: MADE,
        "app/a.py": "from . import state\nb = state.cache\n",
        "main.py": "from app.a import b\nb.warmup()  # !\n",
    },
    "star": {STATE: MADE, "main.py": "from app.state import *\ncache.warmup()  # !\n"},
    "re-export by star": {
        STATE: MADE,
        "app/core/__init__.py": "from app.state import *\n",
        "main.py": "from app.core import cache\ncache.warmup()  # !\n",
    },
    "package": {"app/core/__init__.py": MADE, "app/core/jobs.py": "from . import cache\ncache.warmup()  # !\n"},
    "list": {
        STATE: IMPORT + "all = [C(system='A')]  # stays\n",
        "main.py": "from app.state import all\nfor c in all:\n    c.warmup()  # !\n",
    },
    "dictionary": {
        STATE: IMPORT + "all = {}\nall['a'] = C(system='A')  # stays\n",
        "main.py": "from app import state\nstate.all['a'].warmup()  # !\n",
    },
    "function": {
        STATE: IMPORT + "def make():\n    return C(system='A')  # stays\n",
        "main.py": "from app.state import make\nmake().warmup()  # !\n",
    },
    "cached function": {
        STATE: IMPORT + "import functools\n@functools.cache\ndef make():\n    return C(system='A')  # stays\n",
        "main.py": "from app import state\nc = state.make()\nc.warmup()  # !\n",
    },
    "async function": {
        STATE: IMPORT + "async def make():\n    return C(system='A')  # stays\n",
        "main.py": "from app.state import make\nasync def f():\n    c = await make()\n    c.warmup()  # !\n",
    },
    "lazy global": {
        STATE: IMPORT
        + (
            "_c = None\ndef make():\n    global _c\n    if _c is None:\n"
            "        _c = C(system='A')  # stays\n    return _c\n"
        ),
        "main.py": "from app.state import make\nmake().warmup()  # !\n",
    },
    "dependency": {
        STATE: IMPORT + "def make():\n    yield C(system='A')  # stays\n",
        "main.py": (
            "from fastapi import Depends\nfrom app.state import make\ndef end(c=Depends(make)):\n    c.warmup()  # !\n"
        ),
    },
    "annotated function": {
        STATE: IMPORT + "def make(d) -> C:  # type stays\n    return d['a']\n",
        "main.py": "from app.state import make\nmake({}).warmup()  # !\n",
    },
    "holder": {STATE: HOLDER, "main.py": "from app.state import Holder\nHolder().cache.warmup()  # !\n"},
    "held name": {STATE: HOLDER, "main.py": "from app.state import Holder\nh = Holder()\nh.cache.warmup()  # !\n"},
    "held object": {
        STATE: HOLDER + "holder = Holder()\n",
        "main.py": "from app import state\nstate.holder.cache.warmup()  # !\n",
    },
    "held by a held object": {
        STATE: HOLDER,
        "app/box.py": (
            "from .state import Holder\nclass Box:\n    def __init__(self):\n"
            "        self.holder = Holder()\nbox = Box()\n"
        ),
        "main.py": "from app.box import box\nbox.holder.cache.warmup()  # !\n",
    },
    "annotated holder": {
        STATE: HOLDER,
        "main.py": "from app.state import Holder\ndef f(h: Holder | None):\n    h.cache.warmup()  # !\n",
    },
    "annotated holders": {
        STATE: HOLDER,
        "main.py": (
            "from app.state import Holder\ndef f(hs: list[Holder]):\n    for h in hs:\n        h.cache.warmup()  # !\n"
        ),
    },
    "annotated attribute": {
        STATE: HOLDER,
        "main.py": (
            "from app.state import Holder\nclass A:\n    h: Holder\n"
            "    def f(self):\n        self.h.cache.warmup()  # !\n"
        ),
    },
    "annotated result": {
        STATE: HOLDER,
        "main.py": "from app.state import Holder\ndef f() -> Holder: ...\nf().cache.warmup()  # !\n",
    },
    "subclass elsewhere": {
        STATE: HOLDER,
        "main.py": (
            "from app.state import Holder\nclass Sub(Holder):\n    def f(self):\n        self.cache.warmup()  # !\n"
        ),
    },
    "object of a subclass": {
        STATE: HOLDER,
        "main.py": "from app.state import Holder\nclass Sub(Holder):\n    pass\nSub().cache.warmup()  # !\n",
    },
    "subclass in the file": {
        STATE: HOLDER + "class Sub(Holder):\n    pass\n",
        "main.py": "from app.state import Sub\nSub().cache.warmup()  # !\n",
    },
    "class attribute": {
        STATE: IMPORT + "class Holder:\n    cache = C(system='A')  # stays\n",
        "main.py": "from app.state import Holder\nHolder.cache.warmup()  # !\n",
    },
    "property": {
        STATE: IMPORT + "class H:\n    @property\n    def cache(self):\n        return C(system='A')  # stays\n",
        "main.py": "from app.state import H\nH().cache.warmup()  # !\n",
    },
    "method": {
        STATE: IMPORT + "class H:\n    def make(self):\n        return C(system='A')  # stays\n",
        "main.py": "from app.state import H\nH().make().warmup()  # !\n",
    },
    "something's attribute": {STATE: HOLDER, "main.py": "def f(request):\n    request.app.cache.warmup()\n"},
    "function that compares what it is given": {
        STATE: IMPORT + "def get(name):\n    if name == 'cache':\n        return C(system='A')  # stays\n",
        "main.py": "from app.state import get\nget('cache').warmup()  # !\n",
    },
    "something's attribute behind that of another class": {
        STATE: HOLDER,
        "app/oven.py": "class Oven:\n    cache = object()\n",
        "main.py": (
            "from app.oven import Oven\nOven().cache.warmup()\ndef f(request):\n    request.app.cache.warmup()\n"
        ),
    },
    "attribute that another class only reads": {
        STATE: HOLDER,
        "app/oven.py": "class Oven:\n    def f(self):\n        self.other = self.cache\n",
        "main.py": "from app.oven import Oven\nOven().cache.warmup()\n",
    },
    "attribute that another class sets on something else": {
        STATE: HOLDER,
        "app/oven.py": "class Oven:\n    def f(self, it):\n        it.cache = 1\n        it.x.cache = 1\n",
        "main.py": "from app.oven import Oven\nOven().cache.warmup()\n",
    },
    "something's assigned attribute": {
        STATE: IMPORT + "def f(app):\n    app.state.cache = C(system='A')  # stays\n",
        "main.py": "def f(request):\n    request.app.state.cache.warmup()\n",
    },
    "other library's object": {
        STATE: IMPORT + "from flask import g\ng.cache = C(system='A')  # stays\n",
        "main.py": "from flask import g\ng.cache.warmup()\n",
    },
    "mixin": {STATE: HOLDER, "main.py": "class M:\n    def f(self):\n        self.cache.warmup()\n"},
    "argument": {
        "main.py": IMPORT + "from app.warm import warm\nwarm(C(system='A'))  # stays\n",
        "app/warm.py": "def warm(c):\n    c.warmup()  # !\n",
    },
    "argument by keyword": {
        "main.py": IMPORT + "from app.warm import warm\nwarm(c=C(system='A'))  # stays\n",
        "app/warm.py": "def warm(c):\n    c.warmup()  # !\n",
    },
    "argument through the module": {
        "main.py": IMPORT + "from app import warm\nwarm.warm([C(system='A')])  # stays\n",
        "app/warm.py": "def warm(cs):\n    for c in cs:\n        c.warmup()  # !\n",
    },
    "constructor's argument": {
        "main.py": IMPORT + "from app.service import Service\nService(C(system='A'))  # stays\n",
        "app/service.py": (
            "class Service:\n    def __init__(self, cache):\n"
            "        self.cache = cache\n    def f(self):\n"
            "        self.cache.warmup()  # !\n"
        ),
    },
    "dataclass's argument": {
        "main.py": IMPORT + "from app.service import Service\nService(cache=C(system='A'))  # stays\n",
        "app/service.py": (
            "from dataclasses import dataclass\n@dataclass\nclass Service:\n"
            "    cache: object\n    def f(self):\n"
            "        self.cache.warmup()  # !\n"
        ),
    },
    "static method's argument": {
        "main.py": IMPORT + "from app.service import Service\nService.make(C(system='A'))  # stays\n",
        "app/service.py": "class Service:\n    @staticmethod\n    def make(cache):\n        cache.warmup()  # !\n",
    },
    "class method's argument": {
        "main.py": IMPORT + "from app.service import Service\nService.make(C(system='A'))  # stays\n",
        "app/service.py": "class Service:\n    @classmethod\n    def make(cls, cache):\n        cache.warmup()  # !\n",
    },
    "argument handed on": {
        "main.py": IMPORT + "from app.a import one\none(C(system='A'))  # stays\n",
        "app/a.py": "from app.b import two\ndef one(c):\n    two(c)\n",
        "app/b.py": "def two(c):\n    c.warmup()  # !\n",
    },
    "argument of the legacy module's function": {
        "main.py": (
            "from app.services.cache_service import CacheService, warm\nwarm(CacheService(system='A'))  # stays\n"
        ),
        "app/services/cache_service.py": (
            "class CacheService:\n    def __init__(self, system='KP'):\n"
            "        self.system = system\n    def warmup(self):\n        pass\n"
            "def warm(c):\n    c.warmup()\n"
        ),
    },
    "imported object as an argument": {
        STATE: MADE,
        "main.py": "from app.state import cache\nfrom app.warm import warm\nwarm(cache)\n",
        "app/warm.py": "def warm(c):\n    c.warmup()  # !\n",
    },
    "fixture": {
        "tests/conftest.py": IMPORT
        + "import pytest\n@pytest.fixture\ndef cache():\n    return C(system='A')  # stays\n",
        "tests/unit/test_it.py": "def test_it(cache):\n    cache.warmup()  # !\n",
    },
    "file that uses the class as well": {
        STATE: MADE,
        "main.py": IMPORT + "from app.state import cache\nc = C(system='B')  # goes\nc.get('k')\ncache.warmup()  # !\n",
    },
}

LEFT_ALONE = {
    "module that is not told by its text": {
        STATE: UNUSED,
        "main.py": (
            "from importlib import import_module\nname = 'app.state'\n"
            "import_module('.state', 'third').cache.warmup()\nimport_module('...state', 'app').cache.warmup()\n"
            "import_module().cache.warmup()\nother('app.state').cache.warmup()\n"
        ),
    },
    "name of another module that is called alike": {
        "main.py": IMPORT + "import app.state\napp.state.cache = C(system='A')  # goes\n",
        STATE: "cache = None\n",
        "app/other.py": "from app.recorder import find\nimport app.state\ncache = find()\ncache.warmup()\n",
    },
    "no use": {STATE: UNUSED, "main.py": "from app.state import cache\ncache.get('k')\n"},
    "member of another object": {
        STATE: UNUSED,
        "main.py": "from app.state import cache\nfrom app.oven import oven\noven.warmup()\n",
        "app/oven.py": "oven = object()\n",
    },
    "parameter of that name": {
        STATE: UNUSED,
        "main.py": "from app.state import cache\ndef f(cache):\n    cache.warmup()\n",
    },
    "name of another module": {
        STATE: UNUSED,
        "app/other.py": "cache = object()\n",
        "main.py": "from app.other import cache\ncache.warmup()\n",
    },
    "attribute of another module": {
        STATE: UNUSED,
        "app/other.py": "cache = object()\n",
        "main.py": "from app import other\nother.cache.warmup()\n",
    },
    "unknown module": {STATE: UNUSED, "main.py": "from elsewhere import cache\ncache.warmup()\n"},
    "private name and star": {
        STATE: UNUSED.replace("cache =", "_cache ="),
        "main.py": "from app.state import *\n_cache.warmup()\n",
    },
    "name that a star does not bind": {
        STATE: UNUSED + "__all__ = []\n",
        "main.py": "from app.state import *\ncache.warmup()\n",
    },
    "own attribute": {
        STATE: KEPT,
        "main.py": (
            "class Oven:\n    def __init__(self):\n        self.cache = object()\n"
            "    def f(self):\n        self.cache.warmup()\n"
        ),
    },
    "attribute of a class in the file": {
        STATE: KEPT,
        "main.py": "class Oven:\n    cache = object()\ndef f(o: Oven):\n    o.cache.warmup()\n",
    },
    "attribute of what another file has": {
        STATE: KEPT,
        "app/oven.py": "class Oven:\n    cache = object()\n",
        "main.py": "from app.oven import Oven\nOven().cache.warmup()\nOven.cache.warmup()\n",
    },
    "attribute that a class of another file sets": {
        STATE: KEPT,
        "app/oven.py": "class Oven:\n    def __init__(self):\n        self.cache = object()\n",
        "main.py": "from app.oven import Oven\nOven().cache.warmup()\n",
    },
    "method of a class of another file": {
        STATE: KEPT,
        "app/oven.py": "class Oven:\n    def cache(self): ...\n",
        "main.py": "from app.oven import Oven\nOven().cache.warmup()\n",
    },
    "other attribute of the holder": {
        STATE: KEPT,
        "main.py": "from app.state import Holder\nHolder().other.warmup()\n",
    },
    "attribute of another holder": {
        STATE: IMPORT
        + "class A:\n    cache = C(system='A')  # goes\nclass B:\n    store = C(system='B')  # goes\n    cache = ''\n",
        "main.py": "from app.state import B\nB().cache.warmup()\nB().store.get('k')\n",
    },
    "the holder itself": {STATE: KEPT, "main.py": "from app.state import Holder\nHolder().warmup()\nHolder.warmup\n"},
    "class inside a function": {
        STATE: IMPORT + "def f():\n    class H:\n        cache = C(system='A')  # goes\n    return H.cache.get('k')\n",
        "main.py": "from app.state import f\nf().warmup()\n",
    },
    "other argument": {
        "main.py": IMPORT + "from app.warm import warm\nwarm(1, C(system='A'))  # goes\n",
        "app/warm.py": "def warm(a, b):\n    a.warmup()\n",
    },
    "no such parameter": {
        "main.py": IMPORT + "from app.warm import warm\nwarm(1, C(system='A'))  # goes\n",
        "app/warm.py": "def warm(a):\n    a.warmup()\n",
    },
    "argument of an unknown function": {
        "main.py": IMPORT + "from elsewhere import warm\nwarm(C(system='A'))  # goes\n",
        "app/warm.py": "def warm(a):\n    a.warmup()\n",
    },
    "fixture of another folder": {
        "tests/a/conftest.py": IMPORT
        + "import pytest\n@pytest.fixture\ndef cache():\n    return C(system='A')  # goes\n",
        "tests/b/test_it.py": "def test_it(cache):\n    cache.warmup()\n",
    },
    "unparsable consumer": {STATE: UNUSED, "main.py": "from app.state import cache\ncache.warmup(\n"},
    "undecodable consumer": {
        STATE: UNUSED,
        "main.py": "# coding: nonsense\nfrom app.state import cache\ncache.warmup()\n",
    },
    "word without a use": {STATE: UNUSED, "main.py": "def warmup():\n    pass\n"},
    "handed on and not used": {
        STATE: UNUSED,
        "app/a.py": "from .state import cache\n",
        "main.py": "def warmup():\n    pass\n",
    },
    "result of its member": {STATE: UNUSED, "main.py": "from app.state import cache\ncache.get('k').warmup()\n"},
    "attribute that another class sets behind others": {
        STATE: IMPORT
        + "class State:\n    def __new__(cls):\n        only = super().__new__(cls)\n"
        + "        only.cache = C(system='A')  # goes\n        return only\n"
        + "class Other:\n    def __init__(self, name):\n        self.name = name\n        self.cache = ''\n",
        "main.py": "from app.state import Other, State\nState().cache.get('k')\nOther('a').cache.warmup()\n",
    },
    "function of a module that makes what it has not": {
        STATE: IMPORT + "def __getattr__(name):\n    return C(system='A')  # goes\ndef tool(): ...\n",
        "main.py": "from app.state import tool\ntool.warmup()\n",
    },
    "annotated without a use": {
        STATE: IMPORT + "def make(d) -> C:  # type goes\n    return d['a']\n",
        "main.py": "from app.state import make\nmake({}).get('k')\ndef warmup(): ...\n",
    },
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_use_in_another_file_is_found(tmp_path: Path, name: str) -> None:
    assert judged(tmp_path, FOLLOWED[name]) == expected(FOLLOWED[name])


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_what_is_another_object_is_left_alone(tmp_path: Path, name: str) -> None:
    assert judged(tmp_path, LEFT_ALONE[name]) == expected(LEFT_ALONE[name])
