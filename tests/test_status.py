"""What is counted as done and as left, asked of real runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from golden import STUB

from cachelift import engine
from cachelift.cli import main
from cachelift.config import load_settings
from cachelift.discover import Prefilter, scan
from cachelift.model import Failure, StatusReport, StatusRow

OLD = "from app.services.cache_service import CacheService\n"
NEW = "from app.services.unified_cache import get_unified_cache, UnifiedCache\n"

Capture = pytest.CaptureFixture[str]


def lay_out(root: Path, files: dict[str, str], config: str = "") -> None:
    for file in STUB.rglob("*.py"):
        files.setdefault(file.relative_to(STUB).as_posix(), file.read_text())
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "pyproject.toml").write_text(f"[tool.cachelift]\n{config}")


def status(root: Path, files: dict[str, str], config: str = "", paths: tuple[str, ...] = ("",)) -> StatusReport:
    lay_out(root, files, config)
    return engine.status(load_settings(str(root)), [str(root / path) for path in paths])


def migrated(root: Path, text: str) -> int:
    report = status(root, {"app/a.py": text})
    assert report.total.left == 0
    return report.total.migrated


# done


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        ("x = 1\n", 0),
        (NEW, 1),
        (NEW + "cache = get_unified_cache('KP')\n", 2),
        (NEW + "def f(a: UnifiedCache) -> 'UnifiedCache | None': get_unified_cache()\n", 4),
        (NEW + "def f(a: 'list[UnifiedCache]', b: 'broken[', c: 'app.UnifiedCache', d: int): ...\n", 2),
        ("from app.services.unified_cache import get_unified_cache as make\nmake(); make\n", 3),
        ("def f():\n    from .services.unified_cache import get_unified_cache\n    get_unified_cache()\n", 2),
        ("from app.services import unified_cache\nunified_cache.get_unified_cache()\n", 2),
        ("import app.services.unified_cache\napp.services.unified_cache.get_unified_cache('A').get('k')\n", 2),
        ("import app.services.unified_cache as u\ndef f(a: 'u.UnifiedCache'): u.nothing\n", 1),
        ("TARGET = 'app.services.unified_cache.get_unified_cache'\n", 1),
        (NEW + "class Sub(UnifiedCache): ...\nisinstance(1, UnifiedCache)\n", 3),
    ],
)
def test_migrated(tmp_path: Path, text: str, number: int) -> None:
    assert migrated(tmp_path, text) == number


@pytest.mark.parametrize(
    "text",
    [
        "import app.services.unified_cache\n",
        "from app.other import get_unified_cache\nget_unified_cache()\n",
        "def get_unified_cache(): ...\nget_unified_cache()\n",
        "'''get_unified_cache and app.services.unified_cache.UnifiedCache.'''\n",
        "x = 'UnifiedCache'\ny: 'UnifiedCache'\n",
        "x = 'app.services.unified_cache.something.get_unified_cache'\n",
        "def f(get_unified_cache): get_unified_cache()\n",
        "obj.get_unified_cache()\n",
        "self.unified_cache.UnifiedCache\n",
    ],
)
def test_what_only_looks_alike_is_not_migrated(tmp_path: Path, text: str) -> None:
    assert migrated(tmp_path, text) == 0


def test_a_reexport_under_its_own_name_counts_and_so_does_a_patch_of_it(tmp_path: Path) -> None:
    files = {
        "app/maker.py": NEW + "def make(): return get_unified_cache()\n",
        "tests/test_maker.py": "from unittest.mock import patch\npatch('app.maker.get_unified_cache')\n",
    }
    assert [(row.package, row.migrated) for row in status(tmp_path, files).rows] == [("app", 2), ("tests", 1)]


def test_the_modules_themselves_do_not_count(tmp_path: Path) -> None:
    assert status(tmp_path, {}).total == StatusRow(".")


def test_a_file_that_cannot_be_read_has_nothing_done(tmp_path: Path) -> None:
    files = {"app/a.py": NEW + "(", "app/b.py": NEW}
    report = status(tmp_path, files)
    assert (report.total.migrated, report.failures) == (1, ())
    (tmp_path / "app" / "b.py").unlink()
    (tmp_path / "app" / "b.py").symlink_to("gone.py")
    assert status(tmp_path, {"app/a.py": "# coding: gone\n" + NEW}).total.migrated == 0


def test_a_file_that_goes_while_it_is_read_has_nothing_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(root: str, files: Sequence[str], prefilter: Prefilter) -> Iterator[tuple[str, bytes] | Failure]:
        yield Failure("app/a.py", "gone")
        yield from scan(root, [path for path in files if path != "app/a.py"], prefilter)

    monkeypatch.setattr("cachelift.status.scan", failing)
    monkeypatch.setattr("cachelift.farewell.scan", failing)
    assert status(tmp_path, {"app/a.py": NEW, "app/b.py": NEW}).total.migrated == 1


def test_what_fix_did_is_what_was_left(tmp_path: Path) -> None:
    text = OLD + "def f(a: CacheService, b: 'CacheService'):\n    return CacheService(system='A'), a, b\n"
    before = status(tmp_path, {"app/a.py": text}).total
    engine.fix_paths(load_settings(str(tmp_path)), [str(tmp_path)])
    after = engine.status(load_settings(str(tmp_path)), [str(tmp_path)]).total
    assert (before.migrated, before.safe, before.left) == (0, 4, 4)
    assert (after.migrated, after.left) == (4, 0)


# left


MIXED = {
    "main.py": OLD + "CacheService('d')\n",
    "app/a.py": OLD + "CacheService('d')  # noqa: CLF002\nCacheService(system='A')\n",
    "app/b.py": NEW + "get_unified_cache()\n",
    "app/c.py": "x = 1\n",
    "tests/d.py": OLD,
}


def test_packages_and_total(tmp_path: Path) -> None:
    report = status(tmp_path, dict(MIXED))
    assert report.rows == (
        StatusRow(".", 1, 0, manual=2, reasons=(("reference-stays", 1), ("unmapped-argument", 1))),
        StatusRow("app", 2, 2, safe=1, manual=1, suppressed=1, reasons=(("reference-stays", 1),)),
        StatusRow("tests", 1, 0, unsafe=1),
    )
    reasons = (("reference-stays", 2), ("unmapped-argument", 1))
    assert report.total == StatusRow(".", 4, 2, safe=1, unsafe=1, manual=3, suppressed=1, reasons=reasons)
    assert [row.percent for row in (*report.rows, report.total)] == [0.0, 40.0, 0.0, 25.0]


def test_only_the_given_paths_and_codes(tmp_path: Path) -> None:
    assert [row.package for row in status(tmp_path, dict(MIXED), paths=("app/a.py", "tests")).rows] == ["app", "tests"]
    assert status(tmp_path, dict(MIXED), 'select = ["CLF001"]\n').total.left == 3
    assert status(tmp_path, dict(MIXED), 'ignore = ["CLF002"]\n').total.suppressed == 0
    assert [row.package for row in status(tmp_path, dict(MIXED), 'exclude = ["app/"]\n').rows] == [".", "tests"]


def test_a_file_outside_the_repository(tmp_path: Path) -> None:
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "x.py").write_text(NEW)
    report = status(tmp_path / "here", {}, paths=("../else/x.py",))
    assert [(row.package, row.migrated) for row in report.rows] == [(str(tmp_path / "else"), 1)]


@pytest.mark.parametrize(("row", "percent"), [(StatusRow("a"), 100.0), (StatusRow("a", 1, 1, manual=2), 100 / 3)])
def test_percent(row: StatusRow, percent: float) -> None:
    assert row.percent == percent


# the command


def test_exit_codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    lay_out(tmp_path, dict(MIXED))
    monkeypatch.chdir(tmp_path)
    assert main(["status"]) == 0
    assert main(["status", "--fail-under", "25"]) == 0
    assert main(["status", "--fail-under", "25.1"]) == 1
    assert main(["status", "app/c.py", "--fail-under", "100"]) == 0
    assert main(["status", "gone"]) == 2
    assert main(["status", "--fail-under", "101"]) == 2
    capsys.readouterr()
    assert main(["status", "--format", "json", "app"]) == 0
    assert json.loads(capsys.readouterr().out)["total"]["percent"] == 40.0
    (tmp_path / "pyproject.toml").write_text("[tool.cachelift]\nqqq = 1\n")
    assert main(["status"]) == 2
    assert "unknown key" in capsys.readouterr().err


def test_the_documentation_shows_real_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    project = Path(__file__).parent.parent
    shutil.copytree(project / "fixtures" / "reference_app", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    text = (project / "docs" / "status.md").read_text(encoding="utf-8")
    main(["status"])
    assert f"```text\n{capsys.readouterr().out}```" in text
    main(["fix", "-q"])
    capsys.readouterr()
    main(["status", "--format", "markdown"])
    assert capsys.readouterr().out.partition("\n\n| Manual")[0] in text
