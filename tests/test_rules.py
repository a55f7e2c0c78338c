"""Rules that no other test held: each case was written for a mutant of the analysis that all tests let live."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from helpers import LEGACY, fixed, reported

MODULE = "from app.services import cache_service\n"
MOCK = "from unittest.mock import Mock, patch\n"
USED = "CLF002 manual missing-member"
MISSING = "CLF009 manual missing-member"
KEEPS = "1:1 CLF001 manual reference-stays"
GOES = "1:1 CLF001 safe -"

CASES: dict[str, tuple[str, Mapping[str, str], list[str]]] = {
    "a container in a container that is copied": (
        LEGACY + "for pair in list([[CacheService()]]): pair[0].warmup()\n",
        {},
        [KEEPS, f"2:20 {USED}", f"2:39 {MISSING}"],
    ),
    "one of the containers in a container": (
        LEGACY + "next(iter([[CacheService()]]))[0].warmup()\n",
        {},
        [KEEPS, f"2:1 {MISSING}", f"2:13 {USED}"],
    ),
    "containers that are counted": (
        LEGACY + "for number, pair in enumerate([[CacheService()]]): pair[0].warmup()\n",
        {},
        [KEEPS, f"2:33 {USED}", f"2:52 {MISSING}"],
    ),
    "zipped in the tenth place": (
        LEGACY + "x = []\nfor *rest, last in zip(x, x, x, x, x, x, x, x, x, [CacheService()]): last.warmup()\n",
        {},
        [KEEPS, f"3:52 {USED}", f"3:70 {MISSING}"],
    ),
    "a class that a keyword of setattr hands over": (
        LEGACY + "import app\ndef test(monkeypatch): monkeypatch.setattr(app, 'kind', value=CacheService)\n",
        {},
        [KEEPS, "3:63 CLF004 manual class-as-value"],
    ),
    "a mock's first argument": (
        LEGACY + MOCK + "Mock(CacheService).get('a')\n",
        {},
        [KEEPS, "3:6 CLF004 manual spec-members"],
    ),
    "a mock's second argument": (
        LEGACY + MOCK + "Mock(None, CacheService)\n",
        {},
        [KEEPS, "3:12 CLF004 manual class-as-value"],
    ),
    "a patch of the definition by keyword does not reach a name that was imported before": (
        LEGACY + MOCK + "def test():\n"
        "    with patch.multiple('app.services.cache_service', CacheService=Mock()): print(CacheService())\n",
        {},
        [GOES, "4:25 CLF005 manual dotted-string", "4:55 CLF005 manual patched-definition", "4:83 CLF002 safe -"],
    ),
    "another import of the same root name": (
        "import app.recorder\nimport app.services.cache_service\nprint(app.services.cache_service.CacheService())\n",
        {},
        ["2:1 CLF001 safe -", "3:7 CLF002 safe -"],
    ),
    "an attribute that is read by its name": (
        LEGACY + "class Box:\n    def __init__(self): self.cache = CacheService()\n"
        "    def run(self): getattr(self, 'cache').warmup()\n",
        {},
        [KEEPS, f"3:38 {USED}", f"4:20 {MISSING}"],
    ),
    "an attribute of the class below": (
        LEGACY + "class Base:\n    def run(self): self.cache.warmup()\n    cache = None\n"
        "class Box(Base):\n    def __init__(self): self.cache = CacheService()\n",
        {},
        [KEEPS, f"3:20 {MISSING}", f"6:38 {USED}"],
    ),
    "a function that is bound globally": (
        LEGACY + "def outer():\n    global make\n    def make(): return CacheService()\nouter()\nmake().warmup()\n",
        {},
        [KEEPS, f"4:24 {USED}", f"6:1 {MISSING}"],
    ),
    "what a tuple's method gives": (
        LEGACY + "kept = (CacheService(), 1)\nkept.index(1).warmup()\n",
        {},
        [GOES, "2:9 CLF002 safe -"],
    ),
    "a patch without a positional argument": (
        LEGACY + MOCK + "patch(new=CacheService(), target='app.consumer.x')\n",
        {},
        [GOES, "3:11 CLF002 safe -"],
    ),
    "an f-string that ends in the class's name and is no target": (
        LEGACY + "P = 'app.services.cache_service'\nprint(f'{P}.CacheService', CacheService())\n",
        {},
        [GOES, "2:5 CLF005 manual dotted-string", "3:28 CLF002 safe -"],
    ),
    "a target that holds no text": (
        LEGACY + MOCK + "def test(name):\n    with patch(f'{name}'): print(CacheService())\n",
        {},
        [GOES, "4:34 CLF002 safe -"],
    ),
    "a stand-in that reads all its arguments": (
        LEGACY + "def load(): return CacheService()\n",
        {
            "app/test_it.py": "from unittest.mock import patch\nimport app.consumer\n"
            "def fake(*args): return args\n"
            "def test():\n    with patch('app.consumer.CacheService', fake): app.consumer.load()\n"
        },
        ["1:1 CLF001 manual reference-stays", "2:20 CLF002 manual stand-in"],
    ),
    "an attribute of what is not known, after one of what is": (
        LEGACY + "class Box:\n    def __init__(self): self.cache = CacheService()\n",
        {
            "app/other.py": "class Own:\n    cache = None\nown = Own()\n",
            "app/user.py": "from app import other, consumer\n"
            "def run(box):\n    other.own.cache.warmup()\n    box.cache.warmup()\n",
        },
        [KEEPS, f"3:38 {USED}"],
    ),
}


@pytest.mark.parametrize(("text", "files", "expected"), CASES.values(), ids=CASES)
def test_rule(tmp_path: Path, text: str, files: Mapping[str, str], expected: list[str]) -> None:
    assert reported(tmp_path.resolve(), text, files=files) == expected


def test_an_import_under_the_same_root_does_not_bring_the_target(tmp_path: Path) -> None:
    text = "import app.recorder\nimport app.services.cache_service\nprint(app.services.cache_service.CacheService())\n"
    after, left = fixed(tmp_path.resolve(), text)
    assert after == text.replace("cache_service.CacheService", "unified_cache.get_unified_cache").replace(
        "services.cache_service", "services.unified_cache"
    )
    assert left == []
