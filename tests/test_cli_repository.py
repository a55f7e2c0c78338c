"""The command line on a whole repository, nothing replaced by the test."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path

import pytest

from cachelift.cli import main
from cachelift.explanations import EXPLANATIONS

LEGACY = """\
class CacheService:
    def __init__(self, cache_dir="data/cache", system="KP"):
        self.system = system

    def get(self, key): ...

    def warmup(self): ...
"""
TARGET = """\
class UnifiedCache:
    def get(self, key): ...


def get_unified_cache(system="KP") -> UnifiedCache: ...
"""
SAFE = b'from app.services.cache_service import CacheService\n\ncache = CacheService(system="A")\n'
SAFE_AFTER = b'from app.services.unified_cache import get_unified_cache\n\ncache = get_unified_cache("A")\n'
MANUAL = b'from app.services.cache_service import CacheService\n\ncache = CacheService("dir")\n'
BROKEN = b"from app.services.cache_service import CacheService\n\ndef (\n"
CRLF = (SAFE.replace(b"\n", b"\r\n")[:-2], SAFE_AFTER.replace(b"\n", b"\r\n")[:-2])

Capture = pytest.CaptureFixture[str]
Binary = pytest.CaptureFixture[bytes]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write(tmp_path, "src/app/__init__.py", b"")
    write(tmp_path, "src/app/services/__init__.py", b"")
    write(tmp_path, "src/app/services/cache_service.py", LEGACY.encode())
    write(tmp_path, "src/app/services/unified_cache.py", TARGET.encode())
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(root: Path, name: str, data: bytes) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def snapshot(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*.py")}


def test_nothing_to_do(repository: Path, capsys: Capture) -> None:
    before = snapshot(repository)
    for command in (["check"], ["fix"], ["fix", "--diff"], ["fix", "--unsafe-fixes"]):
        assert main(command) == 0
    assert snapshot(repository) == before


def test_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 0
    assert capsys.readouterr() == ("0 usages rewritten, 0 left, 0 failed, 0 files seen\n", "")


def test_check_reports_and_changes_nothing(repository: Path, capsys: Capture) -> None:
    write(repository, "src/app/a.py", SAFE)
    write(repository, "src/app/b.py", MANUAL)
    before = snapshot(repository)
    assert main(["check", "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    keys = ("path", "line", "column", "end_line", "end_column", "code", "applicability", "reason")
    assert [tuple(item[key] for key in keys) for item in document["findings"]] == [
        ("src/app/a.py", 1, 1, 1, 52, "CLF001", "safe", None),
        ("src/app/a.py", 3, 9, 3, 33, "CLF002", "safe", None),
        ("src/app/b.py", 1, 1, 1, 52, "CLF001", "manual", "reference-stays"),
        ("src/app/b.py", 3, 9, 3, 28, "CLF002", "manual", "unmapped-argument"),
    ]
    assert snapshot(repository) == before


def test_fix_rewrites_and_a_second_run_changes_nothing(repository: Path, capsys: Capture) -> None:
    write(repository, "src/app/a.py", SAFE)
    write(repository, "src/app/crlf.py", CRLF[0])
    assert main(["fix"]) == 0
    assert capsys.readouterr().out.startswith("4 usages rewritten in 2 files, 0 left, 0 failed, ")
    after = snapshot(repository)
    assert (after["src/app/a.py"], after["src/app/crlf.py"]) == (SAFE_AFTER, CRLF[1])
    assert main(["fix"]) == 0
    assert capsys.readouterr().out.startswith("0 usages rewritten, 0 left, 0 failed, ")
    assert snapshot(repository) == after
    assert main(["check"]) == 0


def test_the_diff_does_what_fix_does(repository: Path, capsysbinary: Binary, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("src/app/a.py", "src/app/odd dir/é.py"):
        write(repository, name, SAFE)
    write(repository, "src/app/crlf.py", CRLF[0])
    before = snapshot(repository)
    monkeypatch.chdir(repository / "src" / "app")
    assert main(["fix", "--diff", "."]) == 1
    diff = capsysbinary.readouterr().out
    assert snapshot(repository) == before
    assert main(["fix"]) == 0
    fixed = snapshot(repository)
    for name, data in before.items():
        write(repository, name, data)
    subprocess.run(["git", "apply"], input=diff, cwd=repository, check=True)
    assert snapshot(repository) == fixed
    assert fixed["src/app/odd dir/é.py"] == SAFE_AFTER


def test_one_bad_file_does_not_stop_the_others(repository: Path, capsys: Capture) -> None:
    write(repository, "src/app/first.py", SAFE)
    write(repository, "src/app/broken.py", BROKEN)
    assert main(["fix"]) == 2
    out, err = capsys.readouterr()
    assert "\nsrc/app/broken.py:3:5: error: " in f"\n{out}"
    assert err == (
        "cachelift: note: `UnifiedCache` has no `system`, `warmup`, unlike `CacheService`;"
        " objects used through these stay as they are\n"
    )
    assert (repository / "src/app/first.py").read_bytes() == SAFE_AFTER
    assert (repository / "src/app/broken.py").read_bytes() == BROKEN


def test_a_path_that_does_not_exist_does_not_stop_the_others(repository: Path, capsys: Capture) -> None:
    write(repository, "src/app/a.py", SAFE)
    assert main(["fix", "gone.py", "src/app/a.py"]) == 2
    assert "gone.py: error: no such file or directory\n" in capsys.readouterr().out
    assert (repository / "src/app/a.py").read_bytes() == SAFE_AFTER


def test_standard_input_is_rewritten_like_a_file(
    repository: Path, capsysbinary: Binary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "src")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(CRLF[0])))
    before = snapshot(repository)
    assert main(["fix", "-", "--stdin-filename", "app/new.py"]) == 0
    assert capsysbinary.readouterr().out == CRLF[1]
    assert snapshot(repository) == before


def test_standard_input_that_does_not_parse_comes_out_as_it_was(
    repository: Path, capsysbinary: Binary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "src")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(BROKEN)))
    assert main(["fix", "-", "--stdin-filename", "app/new.py"]) == 2
    out, err = capsysbinary.readouterr()
    assert out == BROKEN
    assert err.startswith(b"app/new.py:3:5: error: ")


def test_select_and_ignore(repository: Path, capsys: Capture) -> None:
    write(repository, "src/app/a.py", SAFE)
    assert main(["check", "--select", "CLF002", "--format", "json"]) == 1
    assert [item["code"] for item in json.loads(capsys.readouterr().out)["findings"]] == ["CLF002"]
    assert main(["check", "--ignore", "CLF00"]) == 0


@pytest.mark.parametrize("code", [code for code, text in EXPLANATIONS.items() if not text.by_hand])
def test_what_explain_shows_is_what_fix_does(repository: Path, code: str) -> None:
    name = "tests/test_x.py" if code == "CLF005" else "src/app/x.py"
    write(repository, name, EXPLANATIONS[code].before.encode())
    write(repository, "src/app/core/__init__.py", b"")
    write(repository, "src/app/core/session.py", SAFE)
    write(repository, "src/app/kept.py", MANUAL)
    main(["fix"])
    assert (repository / name).read_text() == EXPLANATIONS[code].after


@pytest.mark.parametrize("code", [code for code in EXPLANATIONS if code != "CLF010"])
def test_what_explain_shows_is_what_check_reports(repository: Path, capsys: Capture, code: str) -> None:
    name = {"CLF005": "tests/test_x.py", "CLF007": "src/app/services/__init__.py"}.get(code, "src/app/x.py")
    write(repository, name, EXPLANATIONS[code].before.encode())
    write(repository, "src/app/core/__init__.py", b"")
    write(repository, "src/app/core/session.py", SAFE)
    assert main(["check", name, "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert code in {item["code"] for item in document["findings"] if item["path"] == name}
    allowed = {None, *(reason for text in EXPLANATIONS.values() for reason in text.reasons)}
    assert {item["reason"] for item in document["findings"]} <= allowed
