"""What belongs together in a fix, asked of real runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from golden import STUB
from report_helpers import AFTER

from cachelift import engine, verify
from cachelift.analysis.facts import FileFacts
from cachelift.config import load_settings
from cachelift.model import Change

IMPORT = "from app.services.cache_service import CacheService\n"
CALL = IMPORT + 'cache = CacheService(system="A")\n'


def fixes(root: Path, files: dict[str, str]) -> Mapping[str, tuple[Change, ...]]:
    (root / "pyproject.toml").write_text("[tool.cachelift]\n")
    for file in STUB.rglob("*.py"):
        files.setdefault(file.relative_to(STUB).as_posix(), file.read_text())
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return engine.check_paths(load_settings(str(root)), [str(root)], fixes=True).fixes


def together(root: Path, files: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {path: tuple(sorted({each.path for each in changes})) for path, changes in fixes(root, files).items()}


def test_nothing_to_fix(tmp_path: Path) -> None:
    assert fixes(tmp_path, {"a.py": "x = 1\n", "b.py": IMPORT + 'CacheService("d")\n'}) == {}


def test_without_being_asked_for_there_are_none(tmp_path: Path) -> None:
    assert fixes(tmp_path, {"a.py": CALL}) != {}
    assert engine.check_paths(load_settings(str(tmp_path)), [str(tmp_path)]).fixes == {}


def test_the_places_and_texts(tmp_path: Path) -> None:
    found = fixes(tmp_path, {"a.py": '"""ü"""\n' + IMPORT + 'é = 1; cache = CacheService(system="A")\n'})
    assert found == {
        "a.py": (
            Change("a.py", 2, 1, 2, 52, AFTER.partition("\n")[0]),
            Change("a.py", 3, 16, 3, 40, 'get_unified_cache("A")'),
        )
    }


def test_a_text_has_them_as_well(tmp_path: Path) -> None:
    fixes(tmp_path, {})
    found = engine.check_text(load_settings(str(tmp_path)), CALL.encode(), str(tmp_path / "new.py"), fixes=True).fixes
    assert [change.text for change in found["new.py"]] == [AFTER.partition("\n")[0], 'get_unified_cache("A")']


def test_files_that_do_not_need_one_another_are_apart(tmp_path: Path) -> None:
    assert together(tmp_path, {"a.py": CALL, "b.py": CALL}) == {"a.py": ("a.py",), "b.py": ("b.py",)}


def test_a_consumer_goes_with_the_module_that_hands_the_name_on(tmp_path: Path) -> None:
    quiet = IMPORT + "def load(): return CacheService(system='A')\n"  # importing it does nothing else
    files = {"pkg.py": quiet, "b.py": "from pkg import CacheService\nb = CacheService(system='B')\n", "c.py": CALL}
    assert together(tmp_path, files) == {
        "b.py": ("b.py", "pkg.py"),
        "c.py": ("c.py",),
        "pkg.py": ("b.py", "pkg.py"),
    }


def test_patches_go_with_what_they_patch(tmp_path: Path) -> None:
    patch = "from unittest.mock import patch\n\n\n@patch('a.CacheService')\ndef test(_): ...\n"
    files = {"a.py": CALL, "test_a.py": patch, "test_b.py": patch}
    assert together(tmp_path, {**files}) == dict.fromkeys(files, tuple(files))


def test_a_test_of_the_class_goes_with_all_calls(tmp_path: Path) -> None:
    files = {
        "a.py": CALL,
        "b.py": CALL,
        "c.py": IMPORT + "def f(x): return isinstance(x, CacheService)\n",
        "d.py": IMPORT + "def f(x: CacheService): ...\n",
    }
    everything = ("a.py", "b.py", "c.py")
    assert together(tmp_path, files) == {**dict.fromkeys(everything, everything), "d.py": ("d.py",)}


def test_a_file_that_could_not_be_rewritten_is_no_failure_of_a_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(facts: FileFacts, *_: object) -> FileFacts:
        raise verify.VerificationError("no")

    monkeypatch.setattr(verify, "verify", refuse)
    assert fixes(tmp_path, {"a.py": CALL}) == {}
    result = engine.check_paths(load_settings(str(tmp_path)), [str(tmp_path)], fixes=True)
    assert result.failures == ()
    assert [(outcome.path, outcome.failure) for outcome in result.outcomes] == [("a.py", None)]
