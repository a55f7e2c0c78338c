"""The verdicts on references to the class. The cases under ``fixtures/cases/references`` hold the common forms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from helpers import LEGACY, fixed, reported

GUARDED = f"try:\n    {LEGACY}except ImportError:\n    CacheService = None\n"
FIELD = (
    "from dataclasses import dataclass, field\n@dataclass\nclass Box:\n"
    "    cache: object = field(default_factory=CacheService)\n"
)
SPEC = "from unittest.mock import Mock, create_autospec\n"
OLD = "app/services/cache_service.py"
NEW = "app/services/unified_cache.py"
SMALL = "class CacheService:\n    def __init__(self, system): ...\n    def get(self, key): ...\n"


def factory(member: str = "def get(self, key): ...", head: str = "def get_unified_cache(system='KP')") -> str:
    return f"class UnifiedCache:\n    {member}\n\n\n{head} -> UnifiedCache: ...\n"


REPORTED: dict[str, tuple[str, Mapping[str, str], list[str]]] = {
    "a patch of another name of the module, through its package": (
        "import app\nfrom unittest.mock import patch\npatch.object(app.services.cache_service, 'make_key')\n",
        {},
        [],
    ),
    "a patch of the class in its module, through its package": (
        "import app\nfrom unittest.mock import patch\npatch.object(app.services.cache_service, 'CacheService')\n",
        {},
        ["3:42 CLF005 manual patched-definition"],
    ),
    "a test of a guarded import": (
        GUARDED + "isinstance(x, CacheService)\n",
        {},
        ["2:5 CLF001 manual reference-stays", "5:15 CLF004 manual fallback-binding"],
    ),
    "a test of an alias": (
        LEGACY + "Cache = CacheService\nisinstance(x, Cache)\n",
        {},
        ["1:1 CLF001 manual reference-stays", "2:9 CLF004 manual alias", "3:15 CLF004 manual alias"],
    ),
    "a test that accepts both by a union": (
        LEGACY + "from app.services.unified_cache import UnifiedCache\nisinstance(x, UnifiedCache | CacheService)\n",
        {},
        ["1:1 CLF001 manual reference-stays", "3:30 CLF004 manual legacy-alive"],
    ),
    "a test that accepts something else by a union": (
        LEGACY + "from app.services.unified_cache import get_unified_cache\nisinstance(x, int | CacheService)\n",
        {},
        ["1:1 CLF001 manual reference-stays", "3:21 CLF004 safe -"],
    ),
    "a specification by a guarded import": (
        GUARDED + SPEC + "Mock(spec=CacheService)\n",
        {OLD: SMALL, NEW: factory()},
        ["2:5 CLF001 manual reference-stays", "6:11 CLF004 manual fallback-binding"],
    ),
    "a specification": (
        LEGACY + SPEC + "Mock(spec=CacheService)\n",
        {OLD: SMALL, NEW: factory("def get(self, other): ...")},
        ["1:1 CLF001 safe -", "3:11 CLF004 safe -"],
    ),
    "a specification with signatures": (
        LEGACY + SPEC + "create_autospec(CacheService)\n",
        {OLD: SMALL, NEW: factory("def get(self, key): ...")},
        ["1:1 CLF001 safe -", "3:17 CLF004 safe -"],
    ),
    "a specification with other signatures": (
        LEGACY + SPEC + "create_autospec(CacheService)\n",
        {OLD: SMALL, NEW: factory("def get(self, other): ...")},
        ["1:1 CLF001 manual reference-stays", "3:17 CLF004 manual spec-members"],
    ),
    "a specification with signatures, and something that has none on one side": (
        LEGACY + SPEC + "create_autospec(CacheService)\n",
        {OLD: SMALL, NEW: factory("get = print")},
        ["1:1 CLF001 manual reference-stays", "3:17 CLF004 manual spec-members"],
    ),
    "a specification with signatures, and something that has none on both": (
        LEGACY + SPEC + "create_autospec(CacheService)\n",
        {OLD: SMALL.replace("def get(self, key): ...", "get = print"), NEW: factory("get = print")},
        ["1:1 CLF001 safe -", "3:17 CLF004 safe -"],
    ),
    "a specification and what methods set": (
        LEGACY + SPEC + "Mock(spec=CacheService)\n",
        {OLD: SMALL.replace("key): ...", "key): self.entries = {}"), NEW: factory()},
        ["1:1 CLF001 safe -", "3:11 CLF004 safe -"],
    ),
    "a specification and what only new objects have": (
        LEGACY + SPEC + "Mock(spec=CacheService)\n",
        {OLD: SMALL + "    entries = {}\n", NEW: factory("def get(self, key): self.entries = {}")},
        ["1:1 CLF001 manual reference-stays", "3:11 CLF004 manual spec-members"],
    ),
    "a specification by an object": (
        LEGACY + SPEC + "Mock(spec=CacheService(system='A'))\n",
        {OLD: SMALL + "    entries = {}\n", NEW: factory("def get(self, key): self.entries = {}")},
        ["1:1 CLF001 safe -", "3:11 CLF002 safe -"],
    ),
    "a factory that lacks an argument": (
        LEGACY + FIELD,
        {OLD: SMALL},
        ["1:1 CLF001 manual reference-stays", "5:43 CLF004 manual invalid-call"],
    ),
    "a factory that is a coroutine function": (
        LEGACY + FIELD,
        {OLD: SMALL.replace("system", "system='KP'"), NEW: factory(head="async def get_unified_cache(system='KP')")},
        ["1:1 CLF001 manual reference-stays", "5:43 CLF004 manual async-factory"],
    ),
    "a factory": (
        LEGACY + FIELD,
        {OLD: SMALL.replace("system", "system='KP'"), NEW: factory()},
        ["1:1 CLF001 safe -", "5:43 CLF004 safe -"],
    ),
    "a specification that the type may not meet": (
        LEGACY + SPEC + "Mock(spec=CacheService)\n",
        {NEW: "from third import Base\n" + factory().replace("class UnifiedCache", "class UnifiedCache(Base)")},
        ["1:1 CLF001 manual reference-stays", "3:11 CLF004 manual spec-members"],
    ),
    "a specification that may have more": (
        LEGACY + SPEC + "Mock(spec=CacheService)\n",
        {
            OLD: "from third import Base\n" + SMALL.replace("class CacheService", "class CacheService(Base)"),
            NEW: factory(),
        },
        ["1:1 CLF001 manual reference-stays", "3:11 CLF004 manual spec-members"],
    ),
    "a name that is always bound compared with None": (
        LEGACY + "CacheService is None\n",
        {},
        ["1:1 CLF001 manual reference-stays", "2:1 CLF004 manual class-as-value"],
    ),
    "a type in a self-documenting f-string": (
        LEGACY + "from typing import cast\ntext = f'{cast(CacheService, x)=}'\n",
        {},
        ["1:1 CLF001 manual reference-stays", "3:16 CLF003 manual self-documenting"],
    ),
    "a type beside a self-documenting f-string": (
        LEGACY + "from typing import cast\ntext = f'{x=}{cast(CacheService, x)}'\n",
        {},
        ["1:1 CLF001 safe -", "3:20 CLF003 safe -"],
    ),
}


@pytest.mark.parametrize("name", REPORTED)
def test_what_is_reported(name: str, tmp_path: Path) -> None:
    text, files, expected = REPORTED[name]

    assert reported(tmp_path, text, files=files) == expected


def test_a_specification_needs_the_members_of_both_classes(tmp_path: Path) -> None:
    config = (
        '[[tool.cachelift.migrations]]\nlegacy = "lib.cache.CacheService"\n'
        'factory = "app.services.unified_cache.get_unified_cache"\n'
    )
    text = "from lib.cache import CacheService\n" + SPEC + "Mock(spec=CacheService)\n"

    after, left = fixed(tmp_path, text, config=config)

    assert after == text
    assert left == ["1:1 CLF001 manual reference-stays", "3:11 CLF004 manual spec-members"]
