"""What only one of the two classes does; the marks are those of ``test_flow``."""

from __future__ import annotations

import ast
from pathlib import Path

import cases
import pytest
from test_flow import NEW, OLD, both, expected, judged

from cachelift.analysis.calls import Effect
from cachelift.analysis.differences import differences, lost_members, missing_members
from cachelift.model import ClassInfo, Member, Migration, Replacement
from cachelift.signatures import parse_signature

TESTED = {
    "truth of a new length": ("if c: pass", "", "    def __len__(self): ...\n", "special-method"),
    "truth of a new bool": ("not c", "", "    def __bool__(self): ...\n", "special-method"),
    "truth that others may ask for": ("foo(c)", "", "    def __len__(self): ...\n", "special-method"),
    "class of the old one": ("isinstance(c, dict)", "dict", "", "type-test"),
    "mapping of the old one": ("match c:\n    case {'k': 1}: pass", "dict", "", "type-test"),
    "sequence of the old one": ("match c:\n    case [1, *_]: pass", "list", "", "type-test"),
    "class of the new one": ("isinstance(c, (int, dict))", "", "dict", "type-test"),
}


@pytest.mark.parametrize("name", TESTED)
def test_what_only_one_of_both_is(tmp_path: Path, name: str) -> None:
    use, old, new, reason = TESTED[name]
    base, body = ("", new) if new.startswith(" ") else (new, "")
    files = both(
        f"c = C(system='A')  # {reason}\n{use}\n",
        f"class CacheService({old}):\n    def __init__(self, system='KP'): ...\n",
        f"class UnifiedCache({base}):\n    def __init__(self, system): ...\n{body}",
    )
    assert judged(tmp_path, files) == expected(files)


@pytest.mark.parametrize("name", TESTED)
def test_what_both_are(tmp_path: Path, name: str) -> None:
    use, old, new, _ = TESTED[name]
    base, body = ("", new) if new.startswith(" ") else (old or new, "")
    files = both(
        f"c = C(system='A')  # goes\n{use}\n",
        f"class CacheService({base}):\n    def __init__(self, system='KP'): ...\n{body}",
        f"class UnifiedCache({base}):\n    def __init__(self, system): ...\n{body}",
    )
    assert judged(tmp_path, files) == expected(files)


EQUAL = "    def __eq__(self, other): ...\n"
HASH = "    def __hash__(self): ...\n"
HASHED = {
    "a key": "{c: 1}",
    "a key beside another": "{1: 1, c: 1}",
    "an element": "{c}",
    "an element that is made": "{c for _ in 'a'}",
    "a key that is made": "{c: 1 for _ in 'a'}",
    "a key that is set": "x = {}\nx[c] = 1",
    "a key that is looked for": "x = {}\nc in x",
    "a part of a key": "{(1, (c, 2)): 1}",
    "an element that is added": "x = set()\nx.add(c)",
    "a key with a default": "x = {}\nx.setdefault(c, 1)",
    "hash": "hash(c)",
    "an argument that is kept": "import functools\n@functools.lru_cache\ndef f(x): ...\nf(c)",
}
NOT_HASHED = {
    "a value": "{1: c}",
    "a value that is made": "{1: c for _ in 'a'}",
    "an element of a list": "[c]",
    "a part of a value": "x = {}\nx[0] = c",
    "a list": "x = {}\nx[c.get('k')] = [c]",
    "an item that is added": "x = []\nx.append(c)",
    "a default": "x = {}\nx.setdefault(1, c)",
    "an argument": "def f(x): ...\nf(c)",
    "compared": "c == 1\nc is 1",
}


def hashing(text: str, old: str, new: str) -> dict[str, str]:
    init = "    def __init__(self, system='KP'): ...\n    def get(self, key): ...\n"
    return both(text, f"class CacheService:\n{init}{old}", f"class UnifiedCache:\n{init}{new}")


@pytest.mark.parametrize("use", HASHED.values(), ids=HASHED)
def test_what_can_be_no_key_any_more(tmp_path: Path, use: str) -> None:
    files = hashing(f"c = C(system='A')  # stays\n{use}  # !\n", "", EQUAL)
    assert judged(tmp_path, files) == expected(files)


@pytest.mark.parametrize(
    ("old", "new"), [("", ""), (EQUAL, EQUAL), (EQUAL + HASH, EQUAL + HASH), ("", EQUAL + HASH), (EQUAL, EQUAL + HASH)]
)
@pytest.mark.parametrize("use", HASHED.values(), ids=HASHED)
def test_what_can_be_a_key_as_before(tmp_path: Path, use: str, old: str, new: str) -> None:
    files = hashing(f"c = C(system='A')  # goes\n{use}\n", old, new)
    assert judged(tmp_path, files) == expected(files)


@pytest.mark.parametrize("use", NOT_HASHED.values(), ids=NOT_HASHED)
def test_what_is_no_key(tmp_path: Path, use: str) -> None:
    files = hashing(f"c = C(system='A')  # goes\n{use}\n", "", EQUAL)
    assert judged(tmp_path, files) == expected(files)


INSTEAD = {
    "contained by iter": ("1 in c", "iter", "contains"),
    "contained by items": ("1 in c", "getitem", "iter"),
    "iterated by items": ("for x in c: pass", "getitem", "iter"),
    "reversed by items": ("reversed(c)", "getitem", "reversed"),
    "int by index": ("int(c)", "index", "int"),
    "int by trunc": ("int(c)", "trunc", "int"),
    "float by index": ("float(c)", "index", "float"),
    "dict of pairs": ("dict(c)", "iter", "iter"),
}


@pytest.mark.parametrize("name", INSTEAD)
def test_member_that_stands_in_for_another(tmp_path: Path, name: str) -> None:
    use, old, new = INSTEAD[name]
    method = "    def __{}__(self, *a): ...\n"
    lacking = hashing(f"c = C(system='A')  # stays\n{use}  # !\n", method.format(old), "")
    assert judged(tmp_path / "lacking", lacking) == expected(lacking)
    having = hashing(f"c = C(system='A')  # goes\n{use}\n", method.format(old), method.format(new))
    assert judged(tmp_path / "having", having) == expected(having)
    never = hashing(f"c = C(system='A')  # goes\n{use}\n", "", "")
    assert judged(tmp_path / "never", never) == expected(never)


DERIVED = {
    "the new one from the old one": ("", "(CacheService)", "from app.services.cache_service import CacheService\n", ""),
    "the old one from the new one": ("(UnifiedCache)", "", "", "from app.services.unified_cache import UnifiedCache\n"),
}


@pytest.mark.parametrize("name", DERIVED)
def test_class_that_the_other_is_derived_from(tmp_path: Path, name: str) -> None:
    old, new, above_new, above_old = DERIVED[name]
    files = both(
        "c = C(system='A')  # goes\nisinstance(c, Of)\n".replace("Of", (old or new).strip("()")),
        f"{above_old}class CacheService{old}:\n    def __init__(self, system='KP'): ...\n",
        f"{above_new}class UnifiedCache{new}:\n    def __init__(self, system): ...\n",
    )
    assert judged(tmp_path, files) == expected(files)


def test_member_of_another_kind(tmp_path: Path) -> None:
    old = "class CacheService:\n    def __init__(self, system='KP'): ...\n    def odd(self): ...\n"
    new = "class UnifiedCache:\n    def __init__(self, system): ...\n    async def odd(self): ...\n"
    files = both("c = C(system='A')  # stays\nc.odd()  # !\n", old, new)
    assert judged(tmp_path, files) == expected(files)
    messages = [finding.message for finding in cases.findings(cases.check(tmp_path))]
    assert "UnifiedCache has `odd` as another kind of member: async-function" in messages


def test_truth_that_two_members_make(tmp_path: Path) -> None:
    old = "class CacheService:\n    def __init__(self, system='KP'): ...\n    def __len__(self): ...\n"
    old += "    def __bool__(self): ...\n"
    judged(tmp_path, both("c = C(system='A')\nif c: ...\n", old))
    assert sorted((found.code, found.message) for found in cases.findings(cases.check(tmp_path)))[1:] == [
        ("CLF002", "the object is asked for its truth, and the replacement lacks `__bool__`"),
        ("CLF009", "UnifiedCache has no member `__bool__`"),
    ]


UNREAD = {
    "no legacy class": ("CacheService = make()\n", NEW, "goes"),
    "unknown base of the old one": ("from x import B\n" + OLD.replace("CacheService", "CacheService(B)"), NEW, "stays"),
    "unknown base of the new one": (OLD, "from x import B\n" + NEW.replace("UnifiedCache", "UnifiedCache(B)"), "goes"),
}


@pytest.mark.parametrize("name", UNREAD)
def test_classes_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    old, new, mark = UNREAD[name]
    use = "  # !" if mark == "stays" else ""
    text = f"c = C(system='A')  # {mark}\nif c: pass{use}\nisinstance(c, dict)\nc.odder{use}\n"
    files = both(text, old.replace("bool", "boolean").replace("__len__", "__length__"), new)
    assert judged(tmp_path, files) == expected(files)


HEAD = "class CacheService{0}:\n    def __init__(self, system='KP'): ...\n"
TYPE = "class UnifiedCache{0}:\n    def __init__(self, system): ...\n"
SET = "    def set(self, {0}): ...\n"
SLOTTED = SET.format("a") + "    __slots__ = ('y',)\n"

USES: dict[str, tuple[str, str, str]] = {
    "fewer parameters": ("c.set(1, 2)", SET.format("a, b"), SET.format("a")),
    "another name": ("c.set(a=1)", SET.format("a"), SET.format("b")),
    "one more that is needed": ("c.set(1)", SET.format("a"), SET.format("a, b")),
    "positional only": ("c.set(a=1)", SET.format("a"), SET.format("a, /")),
    "star arguments": ("c.set(*x)", SET.format("a, b"), SET.format("a")),
    "star keywords": ("c.set(**x)", SET.format("a"), SET.format("b")),
    "star arguments that only one takes": ("c.set(*x)", SET.format("*a"), SET.format("a=1")),
    "star keywords and one that is needed": ("c.set(**x)", SET.format("a=1"), SET.format("a")),
    "property": ("c.x = 1", "    x = 1\n", "    @property\n    def x(self): ...\n"),
    "slots": ("c.x = 1", "    x = 1\n", "    __slots__ = ('y',)\n"),
    "closing": ("import contextlib\nwith contextlib.closing(c): pass  # !", "    def close(self): ...\n", ""),
    "getter": ("import operator\noperator.attrgetter('x.y')(c)  # !", "    x = 1\n", ""),
    "type's attribute": ("type(c).x", "    x = 1\n", ""),
    "class's attribute": ("c.__class__.x", "    x = 1\n", ""),
    "fluent": ("c.a().x", "    x = 1\n    def a(self):\n        return self\n", "    def a(self): ...\n"),
    "fluent by a condition": (
        "c.a().x", "    x = 1\n    def a(self):\n        return None if x else y or self\n", "    def a(self): ...\n"
    ),
    "fluent by annotation": (
        "c.a().x", "    x = 1\n    def a(self) -> 'CacheService': ...\n", "    def a(self): ...\n"
    ),
    "fluent by Self": ("c.a().x", "    x = 1\n    def a(self) -> Self: ...\n", "    def a(self): ...\n"),
    "compared": ("c == 1", "    def __eq__(self, other): ...\n", ""),
    "handed on as a value": ("f = c.set", SET.format("a, b"), SET.format("a")),
    "asked for by its name": ("f(getattr(c, 'set'))", SET.format("a, b"), SET.format("a")),
    "called on the class": ("type(c).set(c, 1, 2)", SET.format("a, b"), SET.format("a")),
    "called by a caller": (
        "from operator import methodcaller\nmethodcaller('set', 1, 2)(c)", SET.format("a, b"), SET.format("a")
    ),
    "a text": ("'%(a)s' % c", "    def __getitem__(self, key): ...\n", ""),
    "a path": ("path / c", "    def __fspath__(self): ...\n", ""),
    "repeated": ("'x' * c", "    def __index__(self): ...\n", ""),
    "in a slice": ("l[:] = c", "    def __iter__(self): ...\n", ""),
    "measured": ("import sys\nsys.getsizeof(c)", "    def __sizeof__(self): ...\n", ""),
    "a key": ("{c: 1}", "    def __eq__(self, other): ...\n    def __hash__(self): ...\n", ""),
    "in a queue": ("q.put((1, c))", "    def __lt__(self, other): ...\n", ""),
    "copied in a list": ("import copy\ncopy.deepcopy([c])", "    def __deepcopy__(self, memo): ...\n", ""),
    "in a class body": ("class K:  # !\n    k = c", "    def __set_name__(self, owner, name): ...\n", ""),
    "kept weakly": ("import weakref\nweakref.ref(c)", "", "    __slots__ = ('y',)\n"),
    "set by any name": ("setattr(c, name, 1)", "", "    __slots__ = ('y',)\n"),
    "method set": ("c.set = f", SET.format("a"), SLOTTED),
    "patched": ("from unittest.mock import patch\npatch.object(c, 'set')", SET.format("a"), SLOTTED),
}  # fmt: skip

HANDED_OVER = {
    "a stream": ("print(1, file=c)", "    def write(self, text): ...\n", ""),
    "a stream of the system": ("import sys\nsys.stdout = c", "    def write(self, text): ...\n", ""),
    "a filter": ("logger.addFilter(c)", "    def filter(self, record): ...\n", ""),
    "its class changed": ("type(c).set = f", "    x = 1\n", "    x = 1\n    y = 2\n"),
}
"""What a library may do with the object, or others find done to its class: no use that could be shown."""

ALIKE: dict[str, tuple[str, str, str]] = {
    "more parameters": ("c.set(1)", SET.format("a"), SET.format("a, b=2")),
    "any parameters": ("c.set(*x, **y)", SET.format("a, b, *, c"), SET.format("*a, **k")),
    "the same": ("c.set(*x, **y)", SET.format("a, b=2, *c, d=3, **e"), SET.format("a, b=2, *c, d=3, **e")),
    "a call that neither takes": ("c.set()", SET.format("a"), SET.format("a, b")),
    "only asked for": ("c.set is None\nc.set.__name__", SET.format("a, b"), SET.format("a")),
    "fits both": ("c.set(1)", SET.format("a, b=1"), SET.format("a")),
    "signature that is not known": ("c.set(1, 2)", SET.format("a, b"), "    set = make()\n"),
    "two properties": ("c.x = 1", "    @property\n    def x(self): ...\n", "    @property\n    def x(self): ...\n"),
    "value": ("c.x = 1", "    x = 1\n", "    x = 1\n"),
    "new value": ("c.x = 1", "", ""),
    "slots of both": ("c.x = 1", "    __slots__ = ('y',)\n", "    __slots__ = ('y',)\n"),
    "closing": ("import contextlib\nwith contextlib.closing(c): pass", "", "    def close(self): ...\n"),
    "unknown getter": ("import operator\noperator.attrgetter(x)(c)\nf()(c)", "    x = 1\n", ""),
    "type": ("type(c)\nprint(type(c))", "    x = 1\n", ""),
    "not fluent": ("c.a().x", "    x = 1\n    def a(self):\n        return 1\n", "    def a(self): ...\n"),
    "nothing returned": ("c.a().x", "    x = 1\n    def a(self):\n        return\n", "    def a(self): ...\n"),
    "annotated as another type": ("c.a().x", "    x = 1\n    def a(self) -> int: ...\n", "    def a(self): ...\n"),
    "no self": ("c.a().x", "    x = 1\n    @staticmethod\n    def a(): ...\n", "    @staticmethod\n    def a(): ...\n"),
    "compared": ("c == 1", "", ""),
    "compared by both": ("c == 1", "    def __eq__(self, other): ...\n", "    def __eq__(self, other): ...\n"),
}  # fmt: skip


def beside(name: str, table: dict[str, tuple[str, str, str]], *, stays: bool) -> dict[str, str]:
    use, old, new = table[name]
    mark = "" if "  # !" in use or not stays else "  # !"
    text = f"c = C(system='A')  # {'stays' if stays else 'goes'}\n{use}{mark}\n"
    slots = "    x = 1\n" if name == "slots" else ""
    return both(text, HEAD.format("") + (slots or old), TYPE.format("") + new)


@pytest.mark.parametrize("name", USES)
def test_use_that_only_the_class_takes(tmp_path: Path, name: str) -> None:
    files = beside(name, USES, stays=True)
    assert judged(tmp_path, files) == expected(files)


@pytest.mark.parametrize("name", HANDED_OVER)
def test_use_by_others(tmp_path: Path, name: str) -> None:
    use, old, new = HANDED_OVER[name]
    mark = "class-attribute" if name == "its class changed" else "stays"
    files = both(f"c = C(system='A')  # {mark}\n{use}\n", HEAD.format("") + old, TYPE.format("") + new)
    assert judged(tmp_path, files) == expected(files)


@pytest.mark.parametrize("name", ALIKE)
def test_use_that_both_take_alike(tmp_path: Path, name: str) -> None:
    files = beside(name, ALIKE, stays=False)
    assert judged(tmp_path, files) == expected(files)


BUILTINS = {
    "handed on": ("import json\njson.dumps(c)", "(dict)", "", "type-test"),
    "compared": ("c == {}  # !", "(dict)", "", "stays"),
    "raised": ("raise c  # !", "(Exception)", "", "stays"),
    "both": ("import json\njson.dumps(c)\nc == {}", "(dict)", "(dict)", "goes"),
    "both raised": ("raise c", "(Exception)", "(Exception)", "goes"),
    "handed on, an unknown base": ("import json\njson.dumps(c)", "(dict)", "(Unknown)", "goes"),
    "no builtin": ("import json\njson.dumps(c)", "", "", "goes"),
    "followed": ("def f(d): ...\nf(c)", "(dict)", "", "goes"),
}


@pytest.mark.parametrize("name", BUILTINS)
def test_builtin_base(tmp_path: Path, name: str) -> None:
    use, old, new, mark = BUILTINS[name]
    files = both(f"c = C(system='A')  # {mark}\n{use}\n", HEAD.format(old), TYPE.format(new))
    assert judged(tmp_path, files) == expected(files)


DATACLASS = "from dataclasses import dataclass, replace\n@dataclass\nclass CacheService:\n    system: str = 'KP'\n"


def test_dataclass(tmp_path: Path) -> None:
    text = "import dataclasses\nc = C(system='A')  # stays\ndataclasses.asdict(c)  # !\nc == 1  # !\n"
    files = both(text, DATACLASS, TYPE.format(""))
    assert judged(tmp_path, files) == expected(files)


def test_two_dataclasses(tmp_path: Path) -> None:
    text = "import dataclasses\nc = C(system='A')  # goes\ndataclasses.asdict(c)\nc == 1\n"
    files = both(text, DATACLASS, DATACLASS.replace("CacheService", "UnifiedCache"))
    assert judged(tmp_path, files) == expected(files)


@pytest.mark.parametrize(("mark", "new"), [("stays", "a"), ("goes", "a, b=1")])
def test_narrower_call_in_another_file(tmp_path: Path, mark: str, new: str) -> None:
    files = both("cache = C(system='A')\n", HEAD.format("") + SET.format("a, b=1"), TYPE.format("") + SET.format(new))
    files["app/consumer.py"] = files["app/consumer.py"].replace("A')", f"A')  # {mark}")
    files["main.py"] = "from app.consumer import cache\ncache.set(1, b=2)" + ("  # !" if mark == "stays" else "") + "\n"
    assert judged(tmp_path, files) == expected(files)


SIGNATURES = [
    # old, new, whether there may be a call that only the old one takes
    ("", "", False),
    ("", "a", True),
    ("", "a=1", False),
    ("", "*, a", True),
    ("", "*, a=1", False),
    ("", "*a, **b", False),
    ("a", "", True),
    ("a", "b", True),
    ("a", "b, /", True),
    ("a", "a, /", True),
    ("a", "a, b", True),
    ("a", "a, b=1", False),
    ("a", "a, *, b", True),
    ("a", "a, *b", False),
    ("a", "*a", True),
    ("a", "*, a", True),
    ("a", "*b, a", False),
    ("a", "*b, **c", False),
    ("a", "**b", True),
    ("a=1", "a", True),
    ("a=1", "a=2", False),
    ("a, b", "a", True),
    ("a, b", "b, a", False),
    ("a, b", "a, *, b", True),
    ("a, b", "a, *c, b", False),
    ("a, /", "a", False),
    ("a, /", "a, /", False),
    ("a", "**a", True),
    ("a, /", "*, a", True),
    ("*, a", "*, a", False),
    ("*, a", "a", False),
    ("*, a", "*, b", True),
    ("*, a", "**b", False),
    ("*, a", "a, /", True),
    ("*a", "*b", False),
    ("*a", "a=1", True),
    ("**a", "**b", False),
    ("**a", "a=1", True),
]


@pytest.mark.parametrize(("old", "new", "narrower"), SIGNATURES)
def test_which_members_take_less(old: str, new: str, narrower: bool) -> None:
    before, after = (
        ClassInfo(name, "", 1, {"get": Member("get", "function", parse_signature(f"({signature})"))})
        for name, signature in (("a.Old", old), ("a.New", new))
    )
    given = Replacement(Migration("a.Old", "a.get"), legacy_class=before, type_class=after)
    assert missing_members(given) == (frozenset({"get"}) if narrower else frozenset())
    assert lost_members(given) == missing_members(given)


def test_the_first_builtin_base_that_is_lost_is_named() -> None:
    old = ClassInfo("a.Old", "", 1, bases=("builtins.list", "builtins.dict", "builtins.object"))
    given = Replacement(Migration("a.Old", "a.get"), legacy_class=old, type_class=ClassInfo("a.New", "", 1))
    at = ast.parse("f(c)", mode="eval").body
    (found,) = differences(Effect(outside=[at]), given, {})
    assert found.message == "the class is a `dict`, and code that is not followed gets the object"
    assert (found.at, found.reason, found.order) == (at, "type-test", (1, 0, found.message))
