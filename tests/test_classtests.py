"""Tests of an object's class that name the replacement type as well."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import LEGACY, fixed, reported

TYPE = "from app.services.unified_cache import UnifiedCache\n"
DEAD = {
    "app/services/cache_service.py": "class CacheService:\n    def __init__(self, cache_dir='data', system='KP'): ...\n"
}
"""A legacy module that makes no objects itself."""
KNOWN = LEGACY + TYPE
NONE_IS_LEFT = {
    "pair": ("isinstance(x, (CacheService, UnifiedCache))", "isinstance(x, UnifiedCache)"),
    "pair, the other way round": ("isinstance(x, (UnifiedCache, CacheService,))", "isinstance(x, UnifiedCache)"),
    "three": ("isinstance(x, (CacheService, dict, UnifiedCache))", "isinstance(x, (dict, UnifiedCache))"),
    "three, last": ("isinstance(x, (dict, UnifiedCache, CacheService))", "isinstance(x, (dict, UnifiedCache))"),
    "inner pair": ("isinstance(x, ((CacheService, dict), UnifiedCache))", "isinstance(x, (dict, UnifiedCache))"),
    "union": ("isinstance(x, CacheService | UnifiedCache)", "isinstance(x, UnifiedCache)"),
    "union, right": ("isinstance(x, UnifiedCache | CacheService)", "isinstance(x, UnifiedCache)"),
    "union in a tuple": ("isinstance(x, (CacheService | dict, UnifiedCache))", "isinstance(x, (dict, UnifiedCache))"),
}
PATTERNS = {
    "first": ("CacheService() | UnifiedCache()", "UnifiedCache()"),
    "last": ("UnifiedCache() | CacheService()", "UnifiedCache()"),
    "middle": ("dict() | CacheService() | UnifiedCache()", "dict() | UnifiedCache()"),
}
MANUAL = {
    "twice": ("isinstance(x, (CacheService, CacheService, UnifiedCache))", 2),
    "alone in a tuple": ("isinstance(x, ((CacheService,), UnifiedCache))", 1),
    "comment": ("isinstance(x, (CacheService, # old\n    UnifiedCache))", 1),
    "comment in a union": ("isinstance(x, (CacheService | # old\n    UnifiedCache))", 1),
    "f-string": ("f'{isinstance(x, (CacheService, UnifiedCache))}'", 1),
}
TOLD_APART = {
    "another test": "def f(x):\n    isinstance(x, CacheService)\n    isinstance(x, UnifiedCache)\n",
    "another pattern": (
        "def f(x):\n    isinstance(x, CacheService)\n    match x:\n        case UnifiedCache():\n            ...\n"
    ),
    "an or of something else": (
        "def f(x):\n    x or isinstance(x, CacheService)\n    x or isinstance(x, UnifiedCache)\n"
    ),
    "and": "def f(x):\n    isinstance(x, CacheService) and isinstance(x, UnifiedCache)\n",
    "a pattern beside it in a sequence": (
        "def f(x):\n    match x:\n        case [CacheService(), UnifiedCache()]:\n            ...\n"
    ),
    "a pattern beside it in a class": (
        "def f(x):\n    match x:\n        case Pair(CacheService(), UnifiedCache()):\n            ...\n"
    ),
}
NOT_TOLD_APART = {
    "one or": "def f(x):\n    isinstance(x, CacheService) or isinstance(x, UnifiedCache)\n",
    "a test of both beside it": (
        "def f(x):\n    isinstance(x, CacheService)\n    isinstance(x, (CacheService, UnifiedCache))\n"
    ),
    "the type is no test": "def f(x: UnifiedCache):\n    isinstance(x, CacheService)\n",
    "the type is handed to what makes a class": ("def f(x):\n    isinstance(x, (CacheService, type(UnifiedCache)))\n"),
}
CALL = 'cache = CacheService(system="A")\n'


@pytest.mark.parametrize(("before", "after"), NONE_IS_LEFT.values(), ids=NONE_IS_LEFT)
def test_the_class_leaves_the_test(tmp_path: Path, before: str, after: str) -> None:
    assert fixed(tmp_path, f"{KNOWN}def f(x):\n    return {before}\n", files=DEAD) == (
        f"{TYPE}def f(x):\n    return {after}\n",
        [],
    )


@pytest.mark.parametrize(("before", "after"), PATTERNS.values(), ids=PATTERNS)
def test_the_class_leaves_the_pattern(tmp_path: Path, before: str, after: str) -> None:
    text = "def f(x):\n    match x:\n        case {}:\n            return 1\n"
    assert fixed(tmp_path, KNOWN + text.format(before), files=DEAD) == (TYPE + text.format(after), [])


@pytest.mark.parametrize(("test", "count"), MANUAL.values(), ids=MANUAL)
def test_the_class_stays_where_it_cannot_be_cut_out(tmp_path: Path, test: str, count: int) -> None:
    text = f"{KNOWN}def f(x):\n    return {test}\n"
    after, left = fixed(tmp_path, text, files=DEAD)
    assert after == text
    assert [found.split(" ", 1)[1] for found in left] == [
        "CLF001 manual reference-stays",
        *["CLF004 manual legacy-alive"] * count,
    ]


@pytest.mark.parametrize("text", TOLD_APART.values(), ids=TOLD_APART)
def test_calls_stay_where_the_two_classes_are_told_apart(tmp_path: Path, text: str) -> None:
    found = reported(tmp_path, KNOWN + text + CALL)
    assert [each.split(" ", 1)[1] for each in found] == [
        "CLF001 manual reference-stays",
        "CLF004 manual type-test",
        "CLF002 manual type-test",
    ]


@pytest.mark.parametrize("text", NOT_TOLD_APART.values(), ids=NOT_TOLD_APART)
def test_calls_go_where_nothing_tells_the_classes_apart(tmp_path: Path, text: str) -> None:
    found = reported(tmp_path, KNOWN + text + CALL)
    assert next(each for each in found if "CLF002" in each).endswith(" CLF002 safe -")
    assert "type-test" not in "".join(found)
