"""``cachelift deprecate`` on real files, and what type checkers and programs then say."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import mypy.api
import pytest
from golden import STUB

from cachelift import deprecate
from cachelift.cli import main
from cachelift.writing import ChangedOnDisk

LEGACY = "app/services/cache_service.py"
MARK = b'@deprecated("use app.services.unified_cache.get_unified_cache instead")\n'
PROJECT = (
    '[project]\nname = "app"\nrequires-python = ">=3.11"\ndependencies = ["typing-extensions"]\n\n[tool.cachelift]\n'
)

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(STUB, tmp_path, dirs_exist_ok=True)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def python(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": "."}
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, check=False)


def test_marks_and_is_done(project: Path, capsys: Capture) -> None:
    before = (project / LEGACY).read_bytes()
    assert main(["deprecate"]) == 0
    after = (project / LEGACY).read_bytes()
    assert after.replace(MARK, b"").replace(b"from typing_extensions import deprecated\n\n", b"") == before
    assert capsys.readouterr() == (f"{LEGACY}:25: class CacheService is marked\n", "")
    assert main(["deprecate"]) == 0
    assert (project / LEGACY).read_bytes() == after
    assert capsys.readouterr() == (f"{LEGACY}:25: class CacheService was marked already\n", "")


def test_diff_is_what_git_applies(project: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    before = (project / LEGACY).read_bytes()
    assert main(["deprecate", "--diff", "--static-only"]) == 1
    diff = capsysbinary.readouterr().out
    assert (project / LEGACY).read_bytes() == before
    subprocess.run(["git", "init", "--quiet"], check=True)
    subprocess.run(["git", "apply", "-"], input=diff, check=True)
    applied = (project / LEGACY).read_bytes()
    (project / LEGACY).write_bytes(before)
    assert main(["deprecate", "--static-only"]) == 0
    assert (project / LEGACY).read_bytes() == applied
    assert main(["deprecate", "--diff"]) == 0


def test_of_the_standard_library(project: Path) -> None:
    (project / "pyproject.toml").write_text(PROJECT.replace("3.11", "3.13"))
    assert main(["deprecate"]) == 0
    assert b"from warnings import deprecated\n" in (project / LEGACY).read_bytes()


@pytest.mark.parametrize("provider", ["warnings", "typing_extensions"])
def test_the_module_can_be_chosen(project: Path, provider: str) -> None:
    (project / "pyproject.toml").unlink()
    assert main(["deprecate", "--from", provider]) == 0
    assert f"from {provider} import deprecated\n" in (project / LEGACY).read_text()


def test_the_check_finds_the_same_afterwards(project: Path, capsys: Capture) -> None:
    text = "from app.services.cache_service import CacheService\n\nCacheService(system='A'); CacheService('d')\n"
    (project / "app/a.py").write_text(text)
    assert main(["check"]) == 1
    before = capsys.readouterr()
    assert main(["deprecate"]) == 0
    capsys.readouterr()
    assert main(["check"]) == 1
    assert capsys.readouterr() == before


def test_bytes_and_mode_bits_stay(project: Path) -> None:
    path = project / LEGACY
    before = b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n")
    path.write_bytes(before)
    path.chmod(0o640)
    assert main(["deprecate"]) == 0
    after = path.read_bytes()
    added = (MARK + b"from typing_extensions import deprecated\n\n").replace(b"\n", b"\r\n")
    assert len(after) == len(before) + len(added)
    assert after.count(b"\n") == after.count(b"\r\n")
    assert path.stat().st_mode & 0o777 == 0o640


def test_stubs_are_marked_as_well(project: Path, capsys: Capture) -> None:
    (project / f"{LEGACY}i").write_text("class CacheService: ...\n")
    assert main(["deprecate"]) == 0
    lines = [f"{LEGACY}:25: class CacheService is marked\n", f"{LEGACY}i:5: class CacheService is marked\n"]
    assert capsys.readouterr().out == "".join(lines)


def test_several_classes_of_a_module(project: Path, capsys: Capture) -> None:
    with (project / "pyproject.toml").open("a") as file:
        for legacy in ("app.services.cache_service.CacheService", "app.services.cache_service.CacheKey", "app.gone.X"):
            file.write(f"[[tool.cachelift.migrations]]\nlegacy = '{legacy}'\nfactory = 'app.services.new.make'\n")
    assert main(["deprecate"]) == 2
    out, err = capsys.readouterr()
    assert out == f"{LEGACY}:26: class CacheService is marked\n{LEGACY}:9: class CacheKey is marked\n"
    message = "module app.gone is not found under src, .: `src` in the configuration says where imports start"
    assert err == f"cachelift: error: {project}: {message}\n"
    assert (project / LEGACY).read_text().count('@deprecated("use app.services.new.make instead")\n') == 2


# what cannot be marked


def failure(capsys: Capture, *arguments: str) -> str:
    """The error; nothing is written, and nothing else is said."""
    before = {path: path.read_bytes() for path in Path("app").rglob("*.py*")}
    assert main(["deprecate", *arguments]) == 2
    assert {path: path.read_bytes() for path in Path("app").rglob("*.py*")} == before
    out, err = capsys.readouterr()
    assert out == ""
    return err.removeprefix("cachelift: error: ").removesuffix("\n")


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("", "does not say which Python it needs"),
        ('[project]\nrequires-python = ">=3.11"\n', "runs on Python 3.11"),
    ],
)
def test_without_the_package(project: Path, capsys: Capture, config: str, says: str) -> None:
    (project / "pyproject.toml").write_text(config)
    assert failure(capsys) == (
        f"{LEGACY}: the project {says}: before 3.13 the decorator is that of typing-extensions,"
        " which is not among the dependencies; add it there, or choose with --from"
    )


def test_a_module_that_uses_the_package_already(project: Path) -> None:
    (project / "pyproject.toml").unlink()
    path = project / LEGACY
    path.write_text(path.read_text().replace("from app.rec", "from typing_extensions import Self\nfrom app.rec", 1))
    assert main(["deprecate"]) == 0
    assert "from typing_extensions import Self, deprecated\n" in path.read_text()


def test_a_wrong_pyproject(project: Path, capsys: Capture) -> None:
    (project / "other.toml").write_text("[tool.cachelift]\n")
    (project / "pyproject.toml").write_text("x x")
    assert failure(capsys, "--config", "other.toml").startswith(f"{LEGACY}: pyproject.toml is not valid TOML: ")


def test_a_class_in_a_condition(project: Path, capsys: Capture) -> None:
    (project / LEGACY).write_text("if True:\n    class CacheService: ...\n")
    expected = f"{LEGACY}:2: class CacheService is defined inside another statement: mark it by hand"
    assert failure(capsys) == expected


def test_a_file_that_is_no_source(project: Path, capsys: Capture) -> None:
    (project / LEGACY).write_bytes(b"class CacheService: x = '\xff'\n")
    assert failure(capsys) == f"{LEGACY}:1:26: the file is not utf-8: cannot decode byte 0xff"


def test_an_excluded_file(project: Path, capsys: Capture) -> None:
    with (project / "pyproject.toml").open("a") as file:
        file.write('exclude = ["services/"]\n')
    assert failure(capsys) == f"{LEGACY}: the file is excluded from changes by the configuration"


def test_a_file_that_cannot_be_read(project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(deprecate, "open", refuse, raising=False)
    assert failure(capsys) == f"{LEGACY}: cannot be read: Permission denied"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (PermissionError(13, "Permission denied"), "Permission denied"),
        (ChangedOnDisk("x"), "the file was changed by somebody else in the meantime; nothing was written"),
    ],
)
def test_a_file_that_cannot_be_written(
    project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, error: Exception, says: str
) -> None:
    def refuse(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(deprecate, "replace_file", refuse)
    assert failure(capsys) == f"{LEGACY}: cannot be written: {says}"


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("def view(cache=Depends(CacheService)): ...", 24),
        ("def view(cache=Depends(dependency=CacheService)): ...", 35),
        ("def view(cache: CacheService = Depends()): ...", 17),
    ],
)
def test_a_framework_that_reads_the_signature(project: Path, capsys: Capture, line: str, column: int) -> None:
    (project / "app/a.py").write_text(
        f"from fastapi import Depends\nfrom app.services.cache_service import CacheService\n{line}  # noqa\n"
    )
    reads = "a framework reads the signature of app.services.cache_service.CacheService here, which the decorator hides"
    assert failure(capsys) == f"app/a.py:3:{column}: {reads}: use --static-only"
    assert main(["deprecate", "--static-only"]) == 0


@pytest.mark.parametrize("field", ["", "\n\n\ndef view(x=Depends(print)): ..."])
def test_another_annotation_that_acts_at_run_time(project: Path, field: str) -> None:
    (project / "app/a.py").write_text(
        "from fastapi import Depends\nfrom pydantic import BaseModel\n"
        "from app.services.cache_service import CacheService\n\n\n"
        f"class Model(BaseModel):\n    cache: CacheService{field}\n"
    )
    assert main(["deprecate"]) == (2 if field else 0)


# what comes of it


USE = """\
from app.services.cache_service import CacheKey, CacheService

cache = CacheService(system="A")
key = CacheKey("k")


class Sub(CacheService): ...
"""


def test_mypy_flags_every_use(project: Path) -> None:
    (project / "app/a.py").write_text(USE)
    assert main(["deprecate"]) == 0
    options = ["--no-incremental", "--cache-dir", os.devnull, "--enable-error-code", "deprecated", "app/a.py"]
    out, _, code = mypy.api.run(options)
    assert code == 1
    assert out.splitlines()[0] == (
        "app/a.py:1: error: class app.services.cache_service.CacheService is deprecated:"
        " use app.services.unified_cache.get_unified_cache instead  [deprecated]"
    )


def test_a_program_warns_at_run_time(project: Path) -> None:
    (project / "use.py").write_text(USE)
    assert python("-W", "error", "use.py").returncode == 0
    assert main(["deprecate"]) == 0
    done = python("-W", "default", "use.py")
    assert done.returncode == 0
    assert done.stderr.count(b"DeprecationWarning: use app.services.unified_cache.get_unified_cache instead") == 2
    assert python("-W", "error", "use.py").returncode == 1


def test_a_program_does_not_warn_where_it_is_for_the_type_checker_alone(project: Path) -> None:
    (project / "use.py").write_text(USE)
    assert main(["deprecate", "--static-only"]) == 0
    assert python("-W", "error", "use.py").returncode == 0
