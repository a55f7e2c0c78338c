"""``fix --interactive``: what is asked, what an answer does, and what is left alone."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from golden import STUB

from cachelift.analysis.facts import FileFacts
from cachelift.cli import main

OLD = "from app.services.cache_service import CacheService\n\ncache = CacheService(system='A')\n"
NEW = "from app.services.unified_cache import get_unified_cache\n\ncache = get_unified_cache('A')\n"
DIFF = """\
diff --git a/app/{name}.py b/app/{name}.py
--- a/app/{name}.py
+++ b/app/{name}.py
@@ -1,3 +1,3 @@
-from app.services.cache_service import CacheService
+from app.services.unified_cache import get_unified_cache
{blank}
-cache = CacheService(system='A')
+cache = get_unified_cache('A')

"""
DIFFS = [DIFF.format(name=name, blank=" ") for name in "abc"]
PROMPT = "Rewrite this [y,n,q,a,?]? "
PATCHED = "from app.services.cache_service import CacheService\n\n\ndef make():\n    return CacheService(system='A')\n"
PATCHES = """\
from unittest import mock

from app.services.cache_service import CacheService


def test_make():
    with mock.patch("app.patched.CacheService"):
        pass


cache = CacheService(system="B")
"""

Capture = pytest.CaptureFixture[str]
Answer = Callable[[str], None]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(STUB, tmp_path, dirs_exist_ok=True)
    (tmp_path / "pyproject.toml").write_text("[tool.cachelift]\n")
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def three(project: Path) -> Path:
    for name in "abc":
        (project / f"app/{name}.py").write_text(OLD)
    return project


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Answer:
    def give(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    return give


def rewritten(project: Path) -> str:
    """Which of the three files were rewritten; the others must be as they were."""
    texts = {name: (project / f"app/{name}.py").read_text() for name in "abc"}
    assert set(texts.values()) <= {OLD, NEW}
    return "".join(name for name in texts if texts[name] == NEW)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("y\ny\ny\n", "abc"),
        ("y\nn\ny\n", "ac"),
        ("n\nn\nn\n", ""),
        (" Y \nN\nn\n", "a"),
        ("y\nq\n", "a"),
        ("y\n", "a"),
        ("", ""),
        ("n\na\n", "bc"),
        ("a\n", "abc"),
        ("?\ny\n\nwhat\nn\ny", "ac"),
    ],
)
def test_answers(three: Path, answer: Answer, answers: str, expected: str) -> None:
    answer(answers)
    assert main(["fix", "--interactive"]) == (0 if expected == "abc" else 1)
    assert rewritten(three) == expected


def test_what_is_shown(three: Path, answer: Answer, capsys: Capture) -> None:
    answer("y\n?\nn\ny\n")
    assert main(["fix", "-i"]) == 1
    out, err = capsys.readouterr()
    first, second, help_, third = err.split(PROMPT)[:4]
    assert [first, second, third] == DIFFS
    assert help_.startswith("y - rewrite this\nn - leave this as it is\n")
    assert err.partition("cachelift: note: ")[0].endswith(PROMPT)
    assert "app/b.py:3:9: CLF002 CacheService(...) is deprecated: use get_unified_cache(...) [safe]\n" in out
    assert out.endswith("4 usages rewritten in 2 files, 2 left (2 safe), 0 failed, 8 files seen\n")


def test_the_end_of_the_input_ends_the_line(three: Path, answer: Answer, capsys: Capture) -> None:
    answer("")
    assert main(["fix", "-i"]) == 1
    assert capsys.readouterr().err.startswith(f"{DIFFS[0]}{PROMPT}\ncachelift: note: ")


def test_without_standard_input(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert main(["fix", "-i"]) == 1
    assert rewritten(three) == ""


def test_an_answer_that_is_no_text(three: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    class Broken(io.StringIO):
        def readline(self, size: int = -1) -> str:  # type: ignore[override]
            line = super().readline(size)
            if "?" in line:
                raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
            return line

    monkeypatch.setattr("sys.stdin", Broken("?\na\n"))
    assert main(["fix", "-i"]) == 0
    assert "y - rewrite this\n" in capsys.readouterr().err


def test_an_interrupt_writes_nothing(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(io.StringIO):
        def readline(self, size: int = -1) -> str:  # type: ignore[override]
            line = super().readline(size)
            if line == "interrupt\n":
                raise KeyboardInterrupt
            return line

    monkeypatch.setattr("sys.stdin", Interrupted("y\ninterrupt\n"))
    assert main(["fix", "-i"]) == 130
    assert rewritten(three) == ""


def test_nothing_to_ask(project: Path, answer: Answer, capsys: Capture) -> None:
    answer("")
    assert main(["fix", "-i"]) == 0
    assert capsys.readouterr().err == ""


def test_the_report_for_machines_is_on_standard_output(three: Path, answer: Answer, capsys: Capture) -> None:
    answer("y\nn\nn\n")
    assert main(["fix", "-i", "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert [each["path"] for each in report["fixed"]] == ["app/a.py"] * 2
    assert {each["applicability"] for each in report["findings"]} == {"safe"}


# what belongs together


@pytest.fixture
def pair(project: Path) -> Path:
    (project / "app/patched.py").write_text(PATCHED)
    (project / "app/patches.py").write_text(PATCHES)
    return project


@pytest.mark.parametrize(("answers", "code"), [("y\n", 0), ("n\n", 1)])
def test_files_that_depend_on_one_another_are_one_question(
    pair: Path, answer: Answer, capsys: Capture, answers: str, code: int
) -> None:
    answer(answers)
    assert main(["fix", "-i"]) == code
    err = capsys.readouterr().err
    assert err.count("[y,n,q,a,?]?") == 1
    assert "Rewrite these 2 files, which depend on one another, [y,n,q,a,?]? " in err
    changed = [(pair / f"app/{name}.py").read_text() for name in ("patched", "patches")] != [PATCHED, PATCHES]
    assert changed is (code == 0)
    assert ("app.patched.get_unified_cache" in (pair / "app/patches.py").read_text()) is (code == 0)


def alone(facts: dict[str, FileFacts], going: dict[str, Any]) -> list[list[str]]:
    """Every file by itself, the patches first."""
    return [[path] for path in sorted(going, reverse=True)]


def test_a_change_that_becomes_another_is_asked_again(
    pair: Path, answer: Answer, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cachelift.fixes.together", alone)
    answer("y\nn\ny\n")
    assert main(["fix", "-i"]) == 1
    shown = capsys.readouterr().err.split(PROMPT)
    assert ["app.patched.get_unified_cache" in each for each in shown] == [True, False, False, False]
    assert [each.count("diff --git a/app/patches.py") for each in shown] == [1, 0, 1, 0]
    assert (pair / "app/patched.py").read_text() == PATCHED
    text = (pair / "app/patches.py").read_text()
    assert "app.patched.CacheService" in text
    assert 'cache = get_unified_cache("B")' in text


def test_a_change_that_becomes_another_can_be_declined(
    pair: Path, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cachelift.fixes.together", alone)
    answer("y\nn\nn\n")
    assert main(["fix", "-i"]) == 1
    assert [(pair / f"app/{name}.py").read_text() for name in ("patched", "patches")] == [PATCHED, PATCHES]


# how it looks


def test_colors_and_control_characters(project: Path, answer: Answer, capsys: Capture) -> None:
    (project / "app/a.py").write_bytes(b"# \x1b[31m\xff\t\r\n".replace(b"\xff", "\u202e".encode()) + OLD.encode())
    answer("n\n")
    assert main(["fix", "-i", "--color", "always"]) == 1
    err = capsys.readouterr().err
    assert " # \\x1b[31m\\u202e    \n" in err
    assert "\x1b[31m-cache = CacheService(system='A')\x1b[0m\n\x1b[32m+cache = get_unified_cache('A')\x1b[0m\n" in err
    assert "\x1b[36m@@ -1,4 +1,4 @@\x1b[0m\n" in err


# options that exclude it


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-"], "--interactive reads the answers from standard input: it cannot be the text as well"),
        (["--add-noqa"], "--interactive excludes --add-noqa, which would also change what was declined"),
        (["--diff"], "--interactive excludes --diff, which changes nothing"),
    ],
)
def test_options_that_exclude_it(three: Path, capsys: Capture, arguments: list[str], message: str) -> None:
    assert main(["fix", "--interactive", *arguments]) == 2
    assert message in capsys.readouterr().err.replace("\n", " ")
    assert rewritten(three) == ""
