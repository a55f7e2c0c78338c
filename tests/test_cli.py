"""The command line, in front of an engine that answers what the test tells it."""

from __future__ import annotations

import gc
import io
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from report_helpers import AFTER, MANUAL, TEXT, checked, finding, python, rewritten

import cachelift
from cachelift.cli import main, script
from cachelift.cli.common import located
from cachelift.cli.run import exit_code
from cachelift.crew import available
from cachelift.model import Failure, FileOutcome, RunResult
from cachelift.report import Mode, make_report
from cachelift.start import script as start

LEFT = finding(start=(1, 1), applicability=MANUAL, reason="alias")
CLEAN = "0 usages rewritten, 0 left, 0 failed, 1 file seen\n"
FAILED = (Failure("gone.py", "no such file"),)


class Engine:
    """Stands in for ``cachelift.engine``: notes the calls and gives ``answer``, or raises it."""

    def __init__(self) -> None:
        self.answer: RunResult | BaseException = RunResult((), files_seen=1)
        self.calls: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Callable[..., RunResult]:
        def call(settings: Any, *arguments: Any, **options: Any) -> RunResult:
            crew = options.pop("crew", None)
            jobs = {} if crew is None else {"jobs": crew.jobs}
            self.calls.append((name, settings, arguments, options | jobs))
            if isinstance(self.answer, BaseException):
                raise self.answer
            return self.answer

        return call

    def only_call(self) -> tuple[Any, ...]:
        (call,) = self.calls
        return (call[0], *call[2:])

    def settings(self) -> Any:
        return self.calls[-1][1]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Engine:
    fake = Engine()
    module = ModuleType("cachelift.engine")
    for name in ("check_paths", "fix_paths", "check_text", "fix_text"):
        setattr(module, name, getattr(fake, name))
    monkeypatch.setitem(sys.modules, "cachelift.engine", module)
    monkeypatch.setattr(cachelift, "engine", module, raising=False)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return fake


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    def feed(data: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))

    return feed


Capture = pytest.CaptureFixture[str]
Binary = pytest.CaptureFixture[bytes]


# exit codes


@pytest.mark.parametrize(
    ("mode", "result", "code"),
    [
        (Mode.CHECK, RunResult(()), 0),
        (Mode.CHECK, checked(finding()), 1),
        (Mode.CHECK, checked(LEFT), 1),
        (Mode.CHECK, RunResult((), FAILED), 2),
        (Mode.CHECK, checked(finding(), failures=FAILED), 2),
        (Mode.CHECK, RunResult((FileOutcome("a.py", failure=FAILED[0]),)), 2),
        (Mode.FIX, RunResult(()), 0),
        (Mode.FIX, rewritten(), 0),
        (Mode.FIX, rewritten(left=(LEFT,)), 1),
        (Mode.FIX, rewritten(after=None, left=(LEFT,)), 1),
        (Mode.FIX, rewritten(failures=FAILED), 2),
        (Mode.FIX, rewritten(left=(LEFT,), failures=FAILED), 2),
        (Mode.DIFF, RunResult(()), 0),
        (Mode.DIFF, rewritten(), 1),
        (Mode.DIFF, rewritten(after=None, left=(LEFT,)), 1),
        (Mode.DIFF, rewritten(failures=FAILED), 2),
    ],
)
def test_exit_code(mode: Mode, result: RunResult, code: int) -> None:
    assert exit_code(make_report(result, mode)) == code


# notes


@pytest.mark.parametrize("command", ["check", "fix"])
def test_notes_are_for_people(engine: Engine, capsys: Capture, command: str) -> None:
    engine.answer = RunResult((), files_seen=1, notes=("one", "two\x1b"))
    assert main([command]) == 0
    assert capsys.readouterr() == (CLEAN, "cachelift: note: one\ncachelift: note: two\\x1b\n")


@pytest.mark.parametrize("options", [["--quiet"], ["--format", "json"]])
def test_notes_are_left_out(engine: Engine, capsys: Capture, options: list[str]) -> None:
    engine.answer = RunResult((), files_seen=1, notes=("one",))
    assert main(["check", *options]) == 0
    out, err = capsys.readouterr()
    assert ("one" in out, err) == (False, "")


# check


def test_check_clean(engine: Engine, capsys: Capture) -> None:
    assert main(["check"]) == 0
    assert capsys.readouterr() == (CLEAN, "")
    assert engine.only_call() == ("check_paths", ((".",),), {"jobs": available()})


def test_check_findings(engine: Engine, capsys: Capture) -> None:
    engine.answer = checked(finding())
    assert main(["check", "src", "tests", "--jobs", "3"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("src/a.py:3:9: CLF002 a call of the legacy class [safe]\n")
    assert out.endswith("\n\n0 usages rewritten, 1 left (1 safe), 0 failed, 1 file seen\n")
    assert err == ""
    assert engine.only_call() == ("check_paths", (("src", "tests"),), {"jobs": 3})


def test_check_quiet_and_clean_says_nothing(engine: Engine, capsys: Capture) -> None:
    assert main(["check", "-q"]) == 0
    assert capsys.readouterr() == ("", "")


def test_check_json(engine: Engine, capsys: Capture) -> None:
    engine.answer = checked(finding())
    assert main(["check", "--format", "json"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["findings"][0]["path"] == "src/a.py"
    assert err == ""


def test_findings_are_shown_from_the_working_directory(
    engine: Engine, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path / "src")
    engine.answer = checked(finding("src/a.py"), finding("b.py"))
    assert main(["check"]) == 1
    headers = [line for line in capsys.readouterr().out.splitlines() if "CLF002" in line]
    assert [line.partition(":")[0] for line in headers] == [f"{tmp_path}/b.py", "a.py"]


@pytest.mark.parametrize(
    ("path", "root", "working", "shown"),
    [
        ("src/a.py", "/r", "/r", "src/a.py"),
        ("src/a.py", "/r", "/r/src", "a.py"),
        ("src/a.py", "/r", "/r/sr", "/r/src/a.py"),
        ("src/a.py", "/r", "/", "r/src/a.py"),
        ("src/a.py", "/r", "/elsewhere", "/r/src/a.py"),
        ("/x/gone.py", "/r", "/r", "/x/gone.py"),
        ("../x/a.py", "/r", "/r", "/x/a.py"),
    ],
)
def test_located(path: str, root: str, working: str, shown: str) -> None:
    assert located(path, root, working) == shown


# options over the configuration


@pytest.fixture
def configured(tmp_path: Path) -> None:
    text = '[tool.cachelift]\nselect = ["CLF00"]\nignore = ["CLF009"]\nexclude = ["old/"]\n'
    (tmp_path / "pyproject.toml").write_text(text)


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(
    ("arguments", "select", "ignore", "exclude"),
    [
        ([], ("CLF00",), ("CLF009",), ("old/",)),
        (["--select", "CLF001,clf002", "--select=CLF01"], ("CLF001", "CLF002", "CLF01"), ("CLF009",), ("old/",)),
        (["--ignore", "CLF001"], ("CLF00",), ("CLF001",), ("old/",)),
        (["--ignore", ""], ("CLF00",), (), ("old/",)),
        (["--exclude", "a/*, b", "--exclude", "c"], ("CLF00",), ("CLF009",), ("a/*", "b", "c")),
        (["--exclude", ""], ("CLF00",), ("CLF009",), ()),
    ],
)
def test_options_replace_those_of_the_file(
    engine: Engine, arguments: list[str], select: tuple[str, ...], ignore: tuple[str, ...], exclude: tuple[str, ...]
) -> None:
    assert main(["check", *arguments]) == 0
    settings = engine.settings()
    assert (settings.select, settings.ignore, settings.exclude) == (select, ignore, exclude)


def test_another_configuration_file(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('[tool.cachelift]\nselect = ["CLF003"]\n')
    assert main(["check", "--config", "other.toml"]) == 0
    assert engine.settings().select == ("CLF003",)


@pytest.mark.usefixtures("configured")
def test_verbose_names_root_and_configuration(engine: Engine, capsys: Capture, tmp_path: Path) -> None:
    assert main(["fix", "-v"]) == 0
    expected = f"cachelift: root: {tmp_path}; configuration: {tmp_path}/pyproject.toml\n"
    assert capsys.readouterr() == (CLEAN, expected)


def test_verbose_without_configuration(engine: Engine, capsys: Capture, tmp_path: Path) -> None:
    assert main(["fix", "-v"]) == 0
    assert capsys.readouterr().err == f"cachelift: root: {tmp_path}; configuration: none, the defaults\n"


def test_verbose_keeps_out_of_a_report_for_machines(engine: Engine, capsys: Capture) -> None:
    assert main(["fix", "-v", "--format", "json"]) == 0
    assert capsys.readouterr().err == ""


# fix


def test_fix(engine: Engine, capsys: Capture) -> None:
    engine.answer = rewritten(left=(LEFT,))
    assert main(["fix", "src", "--unsafe-fixes"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("src/a.py:1:1: CLF002 a call of the legacy class [manual: alias]\n")
    assert out.endswith("\n1 usage rewritten in 1 file, 1 left (1 manual), 0 failed, 1 file seen\n")
    assert err == ""
    assert engine.only_call() == (
        "fix_paths",
        (("src",),),
        {"unsafe": True, "write": True, "jobs": available(), "add_noqa": False},
    )


def test_fix_json_has_fixed(engine: Engine, capsys: Capture) -> None:
    engine.answer = rewritten(left=(LEFT,))
    assert main(["fix", "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (len(document["findings"]), len(document["fixed"])) == (1, 1)


def test_diff_alone_goes_to_standard_output(engine: Engine, capsysbinary: Binary) -> None:
    engine.answer = rewritten("src/a b.py", before=b"\xff1\r\n", after=b"\xff2\r\n", left=(LEFT,))
    assert main(["fix", "--diff"]) == 1
    out, err = capsysbinary.readouterr()
    assert out == (
        b"diff --git a/src/a b.py b/src/a b.py\n--- a/src/a b.py\t\n+++ b/src/a b.py\t\n"
        b"@@ -1 +1 @@\n-\xff1\r\n+\xff2\r\n"
    )
    assert err.startswith(b"src/a.py:1:1: CLF002 a call of the legacy class [manual: alias]\n")
    assert err.endswith(b"\n1 usage to rewrite in 1 file, 1 left (1 manual), 0 failed, 1 file seen\n")
    assert engine.only_call() == (
        "fix_paths",
        ((".",),),
        {"unsafe": False, "write": False, "jobs": available(), "add_noqa": False},
    )


def test_diff_of_nothing_is_empty(engine: Engine, capsys: Capture) -> None:
    engine.answer = rewritten(after=None)
    assert main(["fix", "--diff", "-q"]) == 0
    assert capsys.readouterr() == ("", "")


def test_diff_with_json_is_the_json_alone(engine: Engine, capsys: Capture) -> None:
    engine.answer = rewritten()
    assert main(["fix", "--diff", "--format", "json"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["summary"]["changed_files"] == 1
    assert err == ""


def test_diff_applies_from_the_root_wherever_it_was_made(
    engine: Engine, capsysbinary: Binary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text(TEXT)
    monkeypatch.chdir(tmp_path / "src")
    engine.answer = rewritten()
    assert main(["fix", "--diff", "a.py"]) == 1
    diff = capsysbinary.readouterr().out
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply"], input=diff, cwd=tmp_path, check=True)
    assert (tmp_path / "src" / "a.py").read_text() == AFTER


# standard input


def test_check_reads_standard_input(engine: Engine, stdin: Callable[[bytes], None], capsys: Capture) -> None:
    stdin(b"\xff\r\n")
    engine.answer = checked(finding("src/a.py"))
    assert main(["check", "-", "--stdin-filename", "src/a.py"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("src/a.py:3:9: CLF002")
    assert err == ""
    assert engine.only_call() == ("check_text", (b"\xff\r\n", "src/a.py"), {})


def test_standard_input_is_shown_from_the_working_directory(
    engine: Engine, stdin: Callable[[bytes], None], capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path / "src")
    stdin(b"")
    engine.answer = checked(finding("src/a.py"))
    assert main(["check", "-", "--stdin-filename", "a.py"]) == 1
    assert capsys.readouterr().out.startswith("a.py:3:9: CLF002")


def test_standard_input_needs_no_name(engine: Engine, stdin: Callable[[bytes], None]) -> None:
    stdin(b"")
    assert main(["check", "-"]) == 0
    assert engine.only_call() == ("check_text", (b"", "<stdin>"), {})


def test_standard_input_belongs_to_the_repository_of_its_name(
    engine: Engine, stdin: Callable[[bytes], None], tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "pyproject.toml").write_text("[tool.cachelift]\n")
    stdin(b"")
    assert main(["check", "-", "--stdin-filename", "other/new.py"]) == 0
    assert engine.settings().root == str(tmp_path / "other")


def test_fix_writes_the_new_text_and_nothing_else(
    engine: Engine, stdin: Callable[[bytes], None], capsysbinary: Binary
) -> None:
    stdin(b"old\r\n\xff")
    engine.answer = rewritten(before=b"old\r\n\xff", after=b"new\r\n\xff", left=(LEFT,))
    assert main(["fix", "--unsafe-fixes", "-"]) == 1
    out, err = capsysbinary.readouterr()
    assert out == b"new\r\n\xff"
    assert err.startswith(b"src/a.py:1:1: CLF002")
    assert engine.only_call() == ("fix_text", (b"old\r\n\xff", "<stdin>"), {"unsafe": True, "add_noqa": False})


@pytest.mark.parametrize("data", [b"", b"x", b"\xef\xbb\xbfx\r\ny\r", b"\xff\x00"])
def test_fix_writes_an_unchanged_text_as_it_was(
    engine: Engine, stdin: Callable[[bytes], None], capsysbinary: Binary, data: bytes
) -> None:
    stdin(data)
    assert main(["fix", "-", "-q"]) == 0
    assert capsysbinary.readouterr() == (data, b"")


def test_fix_json_of_standard_input_goes_to_standard_error(
    engine: Engine, stdin: Callable[[bytes], None], capsys: Capture
) -> None:
    stdin(b"x\n")
    assert main(["fix", "-", "--format", "json"]) == 0
    out, err = capsys.readouterr()
    assert out == "x\n"
    assert json.loads(err)["version"] == 1


def test_diff_of_standard_input(engine: Engine, stdin: Callable[[bytes], None], capsys: Capture) -> None:
    stdin(TEXT.encode())
    engine.answer = rewritten()
    assert main(["fix", "--diff", "-", "--stdin-filename", "src/a.py"]) == 1
    assert capsys.readouterr().out.startswith("diff --git a/src/a.py b/src/a.py\n")


@pytest.mark.parametrize("error", [RuntimeError("oops"), KeyboardInterrupt(), OSError(5, "Input/output error")])
def test_fix_loses_no_text_whatever_happens(
    engine: Engine, stdin: Callable[[bytes], None], capsys: Capture, error: BaseException
) -> None:
    stdin(b"text\n")
    engine.answer = error
    assert main(["fix", "-"]) in {2, 130}
    assert capsys.readouterr().out == "text\n"


def test_fix_loses_no_text_when_the_configuration_is_wrong(
    engine: Engine, stdin: Callable[[bytes], None], capsys: Capture, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.cachelift]\nselekt = []\n")
    stdin(b"text\n")
    assert main(["fix", "-"]) == 2
    out, err = capsys.readouterr()
    assert out == "text\n"
    assert "selekt" in err


def test_closed_standard_input(engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert main(["fix", "-"]) == 2
    assert capsys.readouterr() == ("", "cachelift: error: standard input is closed\n")


# --output and colours


def test_report_to_a_file(engine: Engine, capsys: Capture, tmp_path: Path) -> None:
    engine.answer = checked(finding("é.py"))
    assert main(["check", "--output", "report.txt"]) == 1
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "report.txt").read_text("utf-8").startswith("é.py:3:9: CLF002")


def test_diff_to_a_file(engine: Engine, capsys: Capture, tmp_path: Path) -> None:
    engine.answer = rewritten()
    assert main(["fix", "--diff", "--output", "fix.patch"]) == 1
    assert capsys.readouterr() == ("", "1 usage to rewrite in 1 file, 0 left, 0 failed, 1 file seen\n")
    assert (tmp_path / "fix.patch").read_bytes().startswith(b"diff --git a/src/a.py")


def test_report_on_standard_input_to_a_file(
    engine: Engine, stdin: Callable[[bytes], None], capsys: Capture, tmp_path: Path
) -> None:
    stdin(b"x\n")
    assert main(["fix", "-", "--format", "json", "--output", "report.json"]) == 0
    assert capsys.readouterr() == ("x\n", "")
    assert json.loads((tmp_path / "report.json").read_text())["version"] == 1


def test_an_output_that_cannot_be_is_refused_before_anything_is_done(engine: Engine, capsys: Capture) -> None:
    for path in (".", "missing/report.txt"):
        assert main(["fix", "--output", path]) == 2
        assert f"'{path}' is a folder, or its folder does not exist" in capsys.readouterr().err
    assert engine.calls == []


def test_an_output_that_fails_is_an_error(engine: Engine, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: str, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cachelift.output.write_file", fail)
    assert main(["check", "--output", "report.txt"]) == 2
    assert capsys.readouterr() == ("", "cachelift: error: cannot write report.txt: No space left on device\n")


@pytest.mark.parametrize("name", ["stdout", "stdin"])
def test_closed_standard_output(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: Capture, name: str, stdin: Callable[[bytes], None]
) -> None:
    stdin(b"x")
    monkeypatch.setattr("sys.stdout", None)
    assert main(["check"] if name == "stdout" else ["fix", "-"]) == 2
    assert capsys.readouterr().err == "cachelift: error: cannot write to the output: the stream is closed\n"


@pytest.mark.parametrize(
    ("arguments", "environment", "colored"),
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colours(
    engine: Engine,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    environment: dict[str, str],
    colored: bool,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert main(["check", *arguments]) == 0
    assert capsys.readouterr().out == (f"\x1b[1m{CLEAN[:-1]}\x1b[0m\n" if colored else CLEAN)


def test_a_file_gets_colours_only_when_told(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert main(["check", "--output", "report.txt"]) == 0
    assert (tmp_path / "report.txt").read_text() == CLEAN
    assert main(["check", "--output", "report.txt", "--color", "always"]) == 0
    assert (tmp_path / "report.txt").read_text() == f"\x1b[1m{CLEAN[:-1]}\x1b[0m\n"


# errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Usage: cachelift"),
        (["frobnicate"], "No such command 'frobnicate'"),
        (["check", "--nope"], "No such option"),
        (["check", "--format", "xml"], "'xml' is not one of 'text', 'json'"),
        (["check", "--jobs", "0"], "0 is not in the range x>=1"),
        (["check", "--select", "E501"], "'E501' is not a code"),
        (["check", "--ignore", "CLF001,CLF999"], "'CLF999' is not a code"),
        (["check", "--select", ","], "give at least one code"),
        (["check", "-", "a.py"], "- (standard input) cannot be combined with other paths"),
        (["check", "--stdin-filename", "a.py"], "--stdin-filename needs - as the path"),
        (["check", "-q", "-v"], "--quiet and --verbose exclude each other"),
        (["check", "--diff"], "No such option"),
    ],
)
def test_a_wrong_command_line(engine: Engine, capsys: Capture, arguments: list[str], message: str) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert engine.calls == []


def test_a_wrong_configuration(engine: Engine, capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.cachelift]\nselekt = []\n")
    assert main(["check"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        f"cachelift: error: {tmp_path}/pyproject.toml: tool.cachelift.selekt: unknown key; did you mean 'select'?\n"
    )
    assert engine.calls == []


def test_a_wrong_configuration_in_json(engine: Engine, capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.cachelift]\nselekt = []\n")
    assert main(["check", "--format", "json"]) == 2
    out, err = capsys.readouterr()
    (failure,) = json.loads(out)["failures"]
    assert failure["path"] == "pyproject.toml"
    assert err == f"cachelift: error: {failure['message']}\n"


def test_a_wrong_configuration_in_json_on_standard_error(
    engine: Engine, stdin: Callable[[bytes], None], capsys: Capture
) -> None:
    stdin(b"x\n")
    assert main(["fix", "-", "--format", "json", "--config", "gone.toml"]) == 2
    out, err = capsys.readouterr()
    assert out == "x\n"
    assert json.loads(err)["failures"][0]["path"] == "gone.toml"


def test_an_internal_error_is_one_line(engine: Engine, capsys: Capture) -> None:
    engine.answer = ValueError("bad\x1b[31m\nthing")
    for command, doing in (("check", "checking"), ("fix", "rewriting")):
        assert main([command]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith(
            f"cachelift: internal error while {doing}: ValueError: bad\\x1b[31m\\nthing (at cli/run.py:"
        )
        assert err.endswith("); please report it with the input that leads to it\n")
        assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(5, "Input/output error"), "Input/output error"),
        (OSError("odd"), "odd"),
        (PermissionError(13, "Permission denied", "/r/\x1b"), "Permission denied: /r/\\x1b"),
    ],
)
def test_an_operating_system_error_is_no_internal_error(
    engine: Engine, capsys: Capture, error: OSError, message: str
) -> None:
    engine.answer = error
    assert main(["check"]) == 2
    assert capsys.readouterr() == ("", f"cachelift: error while checking: {message}\n")


def test_an_interrupt(engine: Engine, capsys: Capture) -> None:
    engine.answer = KeyboardInterrupt()
    assert main(["check"]) == 130
    out, err = capsys.readouterr()
    assert out == ""
    assert err.lstrip("\n") == (
        "cachelift: interrupted; a file is either rewritten or as it was, run again to complete\n"
    )


@pytest.mark.parametrize("code", [0, 1, 2])
def test_the_process_ends_with_the_exit_code(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    monkeypatch.setattr("cachelift.cli.main", lambda: code)
    with pytest.raises(SystemExit) as ended:
        script()
    assert ended.value.code == code


def test_an_interrupted_process_does_not_wait_for_its_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ended(BaseException):
        pass

    def end(code: int) -> None:
        raise Ended(code)

    monkeypatch.setattr("cachelift.cli.main", lambda: 130)
    monkeypatch.setattr(os, "_exit", end)
    with pytest.raises(Ended, match=r"^130$"):
        script()


def test_an_end_of_file_is_no_interrupt(engine: Engine, capsys: Capture) -> None:
    engine.answer = EOFError("none")
    assert main(["check"]) == 2
    assert "internal error while checking: EOFError: none" in capsys.readouterr().err


# the rest


def test_version(capsys: Capture) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr() == (f"cachelift {cachelift.__version__}\n", "")


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["check", "--help"], ["fix", "-h"], ["explain", "-h"]])
def test_help_has_the_exit_codes(capsys: Capture, arguments: list[str]) -> None:
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert "Exit codes:" in out
    assert out.isascii()
    assert err == ""


def test_explain(capsys: Capture) -> None:
    assert main(["explain", "clf002"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("CLF002 legacy-call: a constructor call\n")
    assert err == ""


def test_explain_everything(capsys: Capture) -> None:
    assert main(["explain"]) == 0
    assert capsys.readouterr().out.startswith("Codes\n")


def test_explain_an_unknown_code(capsys: Capture) -> None:
    assert main(["explain", "CLF03"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("cachelift: error: unknown code 'CLF03'; the nearest is CLF003; the codes are CLF001, ")


# whole processes


def test_as_a_module() -> None:
    done = python("-m", "cachelift", "--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"cachelift {cachelift.__version__}\n".encode(), b"")


def test_as_a_module_exit_code() -> None:
    assert python("-m", "cachelift", "explain", "nothing").returncode == 2


def test_the_module_exits_with_the_code(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr("sys.argv", ["cachelift", "explain", "nothing"])
    path = str(Path(cachelift.__file__).with_name("__main__.py"))
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(path, run_name="__main__")
    assert caught.value.code == 2
    assert runpy.run_path(path, run_name="__mp_main__")["script"] is start
    assert capsys.readouterr().out == ""


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    program = (
        "import sys, os\n"
        "from cachelift.cli import main\n"
        "read, write = os.pipe(); os.dup2(write, 1); os.close(write); os.close(read)\n"
        "sys.exit(main(['explain']))\n"
    )
    done = python("-c", program, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_narrow_output_does_not_crash(tmp_path: Path) -> None:
    (tmp_path / "é.toml").write_text("[tool.cachelift]\nx = 1\n", "utf-8")
    environment = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "1"}
    done = python("-m", "cachelift", "check", "--config", "é.toml", cwd=tmp_path, environment=environment)
    assert done.returncode == 2
    assert done.stderr.startswith(b"cachelift: error: \\xe9.toml: tool.cachelift.x: unknown key")


@pytest.mark.parametrize("arguments", ["['--help']", "['check', '--help']", "['explain']"])
def test_nothing_heavy_is_loaded_without_need(tmp_path: Path, arguments: str) -> None:
    heavy = (
        "{'json', 'difflib', 'unicodedata', 'traceback', 'libcst', 'tomllib', 'multiprocessing', 'cachelift.engine'}"
    )
    program = (
        f"import sys; from cachelift.cli import main; main({arguments}); print(sorted({heavy} & set(sys.modules)))"
    )
    assert python("-c", program, cwd=tmp_path).stdout.splitlines()[-1] == b"[]"


@pytest.mark.parametrize("arguments", ["['check']", "['fix']", "['check', 'a.py']", "['fix', '--diff', 'a.py']"])
def test_only_what_reads_bytes_is_loaded_where_nothing_is_found(tmp_path: Path, arguments: str) -> None:
    (tmp_path / "a.py").write_text("from os import *  # noqa\n", "utf-8")
    program = (
        f"import sys; from cachelift.cli import main; status = main({arguments});"
        "print(status, *sorted(name for name in sys.modules if name.partition('.')[0] in ('cachelift', *{heavy!r})))"
    ).replace("{heavy!r}", repr(("dataclasses", "json", "libcst", "multiprocessing", "concurrent", "tomllib")))
    command = "fix" if "fix" in arguments else "check"
    diff = ["cachelift.report.diff"] if "--diff" in arguments else []
    loaded = [
        "cachelift", "cachelift.cli", f"cachelift.cli.{command}", "cachelift.cli.common", "cachelift.cli.options",
        "cachelift.cli.progress", "cachelift.cli.run", "cachelift.config", "cachelift.crew", "cachelift.discover",
        "cachelift.engine", "cachelift.listing", "cachelift.outcomes", "cachelift.output", "cachelift.reading",
        "cachelift.report", "cachelift.report.excerpt", "cachelift.report.text", "cachelift.sighting",
        "cachelift.stars", *diff,
    ]  # fmt: skip
    assert python("-c", program, cwd=tmp_path).stdout.decode().splitlines()[-1].split() == ["0", *sorted(loaded)]


@pytest.mark.usefixtures("engine")
def test_garbage_is_looked_for_less_often_while_a_command_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    thresholds: list[int] = []

    def check_paths(*_: Any, **__: Any) -> RunResult:
        thresholds.append(gc.get_threshold()[0])
        return RunResult(())

    monkeypatch.setattr(sys.modules["cachelift.engine"], "check_paths", check_paths)
    before = gc.get_threshold()
    assert main(["check"]) == 0
    assert thresholds == [10_000]
    assert gc.get_threshold() == before


def test_the_environment_is_left_alone(engine: Engine) -> None:
    before = dict(os.environ)
    assert main(["check"]) == 0
    assert dict(os.environ) == before
