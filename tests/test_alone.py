"""What is said of a file alone is what the run over everything says of it."""

from __future__ import annotations

from pathlib import Path

import cases
import pytest
from helpers import LEGACY, lay_out

from cachelift import engine, sighting
from cachelift.config import load_settings
from cachelift.discover import discover
from cachelift.outcomes import Failure, RunResult
from cachelift.run import Run

READABLE = [case for case in cases.all_cases() if case.is_readable]
TREES = [case for case in READABLE if len(case.files("before")) > 1][::3]
OTHERS = [case for case in READABLE if len(case.files("before")) == 1][::10]


def is_alone(root: Path, *paths: str) -> bool:
    settings = load_settings(str(root))
    found = discover(str(root), [str(root / path) for path in paths], settings.exclude)
    look = engine._sight(settings, found, marked=True)
    return engine._are_few(settings, found) and engine._are_alone(settings, found, look)


@pytest.mark.parametrize("case", [*TREES, *OTHERS], ids=lambda case: case.name)
def test_nothing_is_found_in_a_file_that_is_alone(case: cases.Case, tmp_path: Path) -> None:
    case.lay_out(tmp_path)
    files = discover(str(tmp_path), [str(tmp_path)]).files
    reported = {outcome.path for outcome in cases.check(tmp_path).outcomes}
    assert {path for path in files if is_alone(tmp_path, path)} & reported == set()


def everything(root: Path, *paths: str) -> RunResult:
    """What the run over everything says."""
    settings = load_settings(str(root))
    return Run(settings, discover(str(root), [str(root / path) for path in paths], settings.exclude)).check()


USER = "app/user.py"

REACHED = {
    "another name for the class": {"app/a.py": "from app.services.cache_service import CacheService as C\n"},
    "another name, assigned": {"app/a.py": LEGACY + "C = CacheService\n"},
    "another name, in a function": {"app/a.py": LEGACY + "def f():\n    global C\n    C = CacheService\n"},
    "another name for the module": {"app/a.py": "import app.services.cache_service as C\n"},
    "another name, handed on twice": {
        "app/a.py": "from app.b import C\n",
        "app/b.py": "from .services.cache_service import CacheService as C\n",
    },
    "another name, handed on by a star": {
        "app/a.py": "from app.b import *\n",
        "app/b.py": "from .services.cache_service import CacheService as C\n",
    },
}


@pytest.mark.parametrize("files", REACHED.values(), ids=REACHED)
def test_another_name_may_be_reached(tmp_path: Path, files: dict[str, str]) -> None:
    lay_out(tmp_path, {**files, USER: "from app.a import C\n"})
    assert not is_alone(tmp_path, USER)


ALONE = {
    "nothing": {USER: "x = 1\n"},
    "a module that only uses the class": {"app/a.py": LEGACY + "c = CacheService()\n", USER: "from app.a import f\n"},
    "a module that does not parse": {"app/a.py": LEGACY + "C = CacheService (\n", USER: "from app.a import C\n"},
}


@pytest.mark.parametrize("files", ALONE.values(), ids=ALONE)
def test_alone(tmp_path: Path, files: dict[str, str]) -> None:
    lay_out(tmp_path, files)
    assert is_alone(tmp_path, USER)
    settings = load_settings(str(tmp_path))
    found = everything(tmp_path, USER)
    assert engine.check_paths(settings, [str(tmp_path / USER)]) == found
    assert found == RunResult((), files_seen=1, given=frozenset({USER}))
    assert engine.fix_paths(settings, [str(tmp_path / USER)]) == found


@pytest.mark.parametrize("text", ["CacheService\n", "x = 1  # noqa: CLF001\n", "from os import*\n"])
def test_what_the_file_itself_holds(tmp_path: Path, text: str) -> None:
    lay_out(tmp_path, {USER: text})
    assert not is_alone(tmp_path, USER)


@pytest.mark.parametrize(
    ("legacy", "uses", "expected"),
    [
        ("    def warmup(self): ...\n", "x.warmup()", False),
        ("    def warmup(self): ...\n", "x.get('a')", True),
        ("    def __len__(self): ...\n", "x.get('a')", False),
        ("    def __getattr__(self, name): ...\n", "x.get('a')", False),
    ],
)
def test_what_the_replacement_lacks(tmp_path: Path, legacy: str, uses: str, expected: bool) -> None:
    both = "    def __init__(self, system='KP'): ...\n    def get(self, key): ...\n"
    target = f"class UnifiedCache:\n{both}\ndef get_unified_cache(system='KP') -> UnifiedCache: ...\n"
    files = {
        "app/services/cache_service.py": f"class CacheService:\n{both}{legacy}",
        "app/services/unified_cache.py": target,
        "app/made.py": LEGACY + "from app.user import use\nuse(CacheService())\n",
        USER: f"def use(x):\n    {uses}\n",
    }
    lay_out(tmp_path, files)
    assert is_alone(tmp_path, USER) is expected


def test_both_classes_offer_the_same(tmp_path: Path) -> None:
    body = "    def get(self, key): ...\n"
    target = f"class UnifiedCache:\n{body}\ndef get_unified_cache() -> UnifiedCache: ...\n"
    legacy = f"class CacheService:\n{body}"
    files = {"app/services/cache_service.py": legacy, "app/services/unified_cache.py": target, USER: "x.warmup()\n"}
    lay_out(tmp_path, files)
    assert is_alone(tmp_path, USER)


def test_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, {"app/a.py": LEGACY, USER: "import app.a\n"})
    assert is_alone(tmp_path, USER)
    assert not is_alone(tmp_path, ".")
    monkeypatch.setattr(engine, "_FEW", 0)
    assert not is_alone(tmp_path, USER)


def test_mentions_are_looked_for_everywhere(tmp_path: Path) -> None:
    lay_out(tmp_path, {USER: "x = 1\n"})
    (tmp_path / "pyproject.toml").write_text('[tool.cachelift]\nselect = ["CLF010"]\n')
    assert not is_alone(tmp_path, USER)


def test_a_candidate_that_has_gone(tmp_path: Path) -> None:
    lay_out(tmp_path, {"app/a.py": LEGACY, USER: "import app.a\n"})
    settings = load_settings(str(tmp_path))
    found = discover(str(tmp_path), [str(tmp_path / USER)])
    look = engine._sight(settings, found)
    assert engine._are_alone(settings, found, look)
    (tmp_path / "app/a.py").unlink()
    assert not engine._are_alone(settings, found, look)


def test_a_given_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, {"app/a.py": LEGACY, USER: "x = 1\n"})
    gone = Failure(USER, "gone")
    monkeypatch.setattr(sighting, "read_files", lambda *_, **__: [("app/a.py", LEGACY.encode()), (USER, gone)])
    (outcome,) = engine.check_paths(load_settings(str(tmp_path)), [str(tmp_path / USER)]).outcomes
    assert outcome.failure == gone


def test_files_outside(tmp_path: Path) -> None:
    root = tmp_path / "root"
    lay_out(root, {USER: "x = 1\n"})
    (tmp_path / "other.py").write_text("x = 1\n")
    assert not is_alone(root, "../other.py")
