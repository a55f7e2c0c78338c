"""What takes the class as a value: where it does no more than call it, the calls of the program move."""

from __future__ import annotations

from pathlib import Path

import cases
import pytest
from helpers import LEGACY, lay_out

OTHER = 'made = CacheService(system="B")\nprint(made)\n'
MARK = "@pytest.mark.parametrize"

CALLED = {
    "a default": "def build(a, kind=CacheService): return kind()",
    "a default by keyword": "def build(*, a, kind=CacheService, b=1): return kind()",
    "a default of a lambda": "build = lambda kind=CacheService: kind()",
    "an argument": "def build(name, kind): return kind(name)\nbuild(1, CacheService)",
    "an argument by keyword": "def build(name, kind): return kind(name)\nbuild(1, kind=CacheService)",
    "an argument of an imported function": "from app.build import build\nbuild(1, CacheService)",
    "map": "map(CacheService, [])",
    "to_thread": "import asyncio\nasyncio.to_thread(CacheService, 'd')",
    "a test": f"{MARK}('kind', [CacheService, int])\ndef test(kind): kind()",
    "a test with names for its rows": f"{MARK}('kind', (CacheService, int), ids=['a', 'b'])\ndef test(kind): kind()",
    "a test of several arguments": f"{MARK}('a, kind', [(1, CacheService)])\ndef test(a, kind): kind(a)",
    "a test of arguments in a tuple": f"{MARK}(('kind', 'a'), [(CacheService, 1)])\nasync def test(a, kind): kind(a)",
    "a test with a named row": f"{MARK}('kind', [pytest.param(CacheService, id='x')])\ndef test(kind): kind()",
    "a test with more marks": f"@pytest.mark.slow\n{MARK}('kind', [CacheService])\ndef test(kind): kind()",
    "a class attribute": "class V:\n    cache_kind = CacheService\n    def make(self): return self.cache_kind()",
}
MORE = {
    "a default that is not called": "def build(kind=CacheService): return kind",
    "a default that nothing reads": "def build(kind=CacheService): pass",
    "a default under a decorator": "@wrap\ndef build(kind=CacheService): return kind()",
    "an argument that is handed on": "def build(name, kind): return other(kind)\nbuild(1, CacheService)",
    "an argument of many": "def build(*kinds): return kinds[0]()\nbuild(1, CacheService)",
    "an argument under a decorator": "@wrap\ndef build(name, kind): return kind()\nbuild(1, CacheService)",
    "an argument of a class": "class B:\n    def __init__(self, a, kind): kind()\nB(1, CacheService)",
    "an argument of something unknown": "build(1, CacheService)",
    "the second of map": "map(int, CacheService)",
    "a test that compares": f"{MARK}('kind', [CacheService])\ndef test(kind): assert kind is other",
    "a test under another decorator": f"@wrap\n{MARK}('kind', [CacheService])\ndef test(kind): kind()",
    "a test under a call of another": f"@wrap()\n{MARK}('kind', [CacheService])\ndef test(kind): kind()",
    "a test whose fixtures get it": f"{MARK}('kind', [CacheService], indirect=True)\ndef test(kind): kind()",
    "a test of names that are not known": f"{MARK}(NAMES, [CacheService])\ndef test(kind): kind()",
    "a test of fewer names": f"{MARK}('kind', [(CacheService, 1)])\ndef test(kind): kind()",
    "a test class": f"{MARK}('kind', [CacheService])\nclass Test:\n    def test(self, kind): kind()",
    "rows by keyword": f"{MARK}('kind', argvalues=[CacheService])\ndef test(kind): kind()",
    "rows deeper down": f"{MARK}('kind', [[[CacheService]]])\ndef test(kind): kind()",
    "another decorator": "@pytest.mark.other('kind', [CacheService])\ndef test(kind): kind()",
    "a row of no test": "pytest.param(CacheService, 1)",
    "parametrize without a test": "pytest.mark.parametrize('kind', [CacheService])",
    "a list": "kinds = [CacheService]",
    "a class attribute that is read": "class V:\n    kind = CacheService\n    def get(self): return self.kind",
    "a class attribute read in its class": "class V:\n    kind = CacheService\n    same = kind",
    "a class attribute that is named": "class V:\n    kind = CacheService\nname = 'kind'",
    "a class attribute of another name elsewhere": "class V:\n    shared = CacheService",
}


def verdict(root: Path, code: str) -> str:
    """The verdict on a call beside the code."""
    files = {
        "app/user.py": "import pytest\n" + LEGACY + code + "\n" + OTHER,
        "app/build.py": "def build(name, kind): return kind(name)\n",
        "app/reader.py": "print(shared)\n",
    }
    lay_out(root, files)
    calls = [f for f in cases.findings(cases.check(root)) if f.code == "CLF002"]
    return f"{calls[-1].applicability} {calls[-1].reason or '-'}"


@pytest.mark.parametrize("code", CALLED.values(), ids=CALLED)
def test_what_only_calls_the_class_keeps_no_call(code: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, code) == "safe -"


@pytest.mark.parametrize("code", MORE.values(), ids=MORE)
def test_what_may_do_more_keeps_the_calls(code: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, code) == "manual class-as-value"


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ("from app.kinds import Either\ndef f(x: Either): ...\n", "safe -"),
        ("from app.kinds import Either\ndef f(x): return isinstance(x, Either)\n", "manual class-as-value"),
        ("import typing, app.kinds\nKINDS = typing.get_args(app.kinds.Either)\n", "manual class-as-value"),
        ("def f(x, kinds): return isinstance(x, kinds)\n", "safe -"),
    ],
)
def test_who_asks_for_a_union(other: str, expected: str, tmp_path: Path) -> None:
    lay_out(tmp_path, {"app/kinds.py": LEGACY + "Either = int | CacheService\n", "app/asker.py": other})
    (found,) = (f for f in cases.findings(cases.check(tmp_path)) if f.code == "CLF003")
    assert f"{found.applicability} {found.reason or '-'}" == expected
