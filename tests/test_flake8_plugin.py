"""The flake8 plugin, run by flake8 itself: in this process, or as a process of its own where that matters."""

from __future__ import annotations

import importlib
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flake8 import utils  # type: ignore[import-untyped]
from flake8.main.cli import main as flake8_main  # type: ignore[import-untyped]
from stub import IMPORT, flake8, lay_out, places, write

from cachelift import engine
from cachelift.analysis.usages import analyse
from cachelift.cli import main as cachelift_main
from cachelift.config import Settings
from cachelift.flake8_plugin import PluginError, unused_homes
from cachelift.model import Migration

MANUAL = IMPORT + 'cache = CacheService("dir")\n'
FOUND = {("app/one.py", 1, 1, "CLF001"), ("app/one.py", 2, 9, "CLF002")}
FIRST = {("app/one.py", 1, 1, "CLF001")}

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lint(capsys: Capture, *arguments: str) -> str:
    """What flake8 prints, run in this process."""
    capsys.readouterr()
    flake8_main(["--isolated", "--select=CLF", "--jobs=1", *arguments])
    return capsys.readouterr().out


def checked(capsys: Capture, *arguments: str) -> set[tuple[str, int, int, str]]:
    """What ``check --format json`` finds."""
    capsys.readouterr()
    cachelift_main(["check", "--format", "json", *arguments])
    found = json.loads(capsys.readouterr().out)["findings"]
    return {(each["path"], each["line"], each["column"], each["code"]) for each in found}


# -- what is shown ---------------------------------------------------------------------------------------------------


def test_findings_are_shown_in_flake8s_own_way(root: Path, capsys: Capture) -> None:
    lay_out(root, {"app/one.py": MANUAL, "app/two.py": IMPORT + 'cache = CacheService(system="A")\n'})
    new = "app.services.unified_cache.get_unified_cache"
    imported = f"app.services.cache_service.CacheService is deprecated: import {new} instead"
    argument = "argument `cache_dir` has no counterpart in `get_unified_cache`"

    assert lint(capsys, "app").splitlines() == [
        f"app/one.py:1:1: CLF001 {imported} [manual: reference-stays]",
        f"app/one.py:2:9: CLF002 {argument} [manual: unmapped-argument]",
        f"app/two.py:1:1: CLF001 {imported} [safe]",
        "app/two.py:2:9: CLF002 CacheService(...) is deprecated: use get_unified_cache(...) [safe]",
    ]


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbf" + MANUAL.encode(),
        MANUAL.replace("\n", "\r\n").encode(),
        MANUAL.replace("\n", "\r").encode(),
        (IMPORT + "x = '\u00e9\U0001f600'; c = CacheService('d')\n").encode(),
        (IMPORT + "if 1:\n\tc = CacheService('d')\n").encode(),
        ("# coding: latin-1\n" + IMPORT + "x = '\u00e9'; c = CacheService('d')\n").encode("latin-1"),
        (IMPORT + "x = '''\x0c\n\x0b\u2028'''; c = CacheService('d')").encode(),
        (IMPORT + "\x0c\nc = f'\u00e9{CacheService(\"d\")}'\n").encode(),
    ],
)
def test_positions_are_those_of_check(root: Path, capsys: Capture, text: bytes) -> None:
    lay_out(root, {"app/one.py": text})
    expected = checked(capsys)

    assert len(expected) == 2
    assert places(lint(capsys, ".")) == expected
    assert places(flake8(root, "-", "--stdin-display-name=app/one.py", text=text).stdout) == expected


def test_names_that_only_the_whole_program_knows_are_found(root: Path, capsys: Capture) -> None:
    lay_out(
        root,
        {
            "app/caching.py": "from app.services.cache_service import CacheService as Store\n",
            "app/one.py": "from app.caching import Store\nStore()\n",
        },
    )

    assert checked(capsys) >= {("app/one.py", 1, 1, "CLF001"), ("app/one.py", 2, 1, "CLF002")}
    assert places(lint(capsys, ".")) == checked(capsys)
    assert places(lint(capsys, "app/one.py")) == checked(capsys, "app/one.py")


def test_where_nothing_is_used_nothing_is_shown(root: Path, capsys: Capture) -> None:
    lay_out(root, {"app/one.py": "class CacheServices: ...\n", "app/two.py": "cache = 1\n"})

    assert lint(capsys, ".") == ""
    assert lint(capsys, "app/two.py") == ""


def test_options_of_flake8_apply(root: Path) -> None:
    lay_out(root, {"app/one.py": MANUAL, "tests/test_one.py": MANUAL})

    assert places(flake8(root, "--extend-select=CLF002", "app/one.py", select=False).stdout) == FOUND
    assert places(flake8(root, "--select=E9", "--extend-select=CLF002", "app", select=False).stdout) == FOUND - FIRST
    assert places(flake8(root, "--extend-ignore=CLF001", "app").stdout) == {("app/one.py", 2, 9, "CLF002")}
    assert places(flake8(root, "--per-file-ignores=tests/*:CLF", ".").stdout) == FOUND
    assert places(flake8(root, "--exclude=tests", ".").stdout) == FOUND
    assert flake8(root, "--select=E9", ".", select=False).stdout == ""
    shown = flake8(root, "--format=%(path)s|%(row)d|%(col)d|%(code)s", "app").stdout
    assert shown.splitlines() == ["app/one.py|1|1|CLF001", "app/one.py|2|9|CLF002"]
    assert flake8(root, "--format=pylint", "app").stdout.startswith("app/one.py:1: [CLF001] app.services.cache_service")


def test_the_table_of_the_configuration_applies(root: Path, capsys: Capture) -> None:
    config = 'ignore = ["CLF001"]\nexclude = ["tests"]\n'
    lay_out(root, {"app/one.py": MANUAL, "tests/test_one.py": MANUAL}, config)

    assert places(lint(capsys, ".")) == checked(capsys) == {("app/one.py", 2, 9, "CLF002")}
    assert lint(capsys, "tests/test_one.py") == ""


def test_what_flake8_hides_itself_is_handed_to_it(root: Path, capsys: Capture) -> None:
    text = IMPORT.rstrip() + '  # noqa: CLF001\nCacheService("a")  # noqa\nCacheService("b")  # cachelift: skip\n'
    lay_out(
        root,
        {
            "app/one.py": text,
            "app/two.py": "# flake8: noqa\n" + MANUAL,
            "app/three.py": "# cachelift: skip-file\n" + MANUAL,
            "app/four.py": IMPORT + 'CacheService("a")  # noqa: E501\n',
        },
    )
    shown = {("app/four.py", 1, 1, "CLF001"), ("app/four.py", 2, 1, "CLF002")}
    hidden = {("app/one.py", 1, 1, "CLF001"), ("app/one.py", 2, 1, "CLF002")}

    assert places(lint(capsys, ".")) == checked(capsys) == shown
    assert places(lint(capsys, "--disable-noqa", ".")) == shown | hidden | {
        ("app/two.py", 2, 1, "CLF001"),
        ("app/two.py", 3, 9, "CLF002"),
    }


def test_mentions_are_shown_where_they_are_selected(root: Path, capsys: Capture) -> None:
    lay_out(root, {"app/one.py": "# CacheService\n# CacheService  # noqa: CLF010\n"}, 'select = ["CLF010"]\n')

    assert places(lint(capsys, "app/one.py")) == {("app/one.py", 1, 3, "CLF010")}
    assert places(lint(capsys, "--disable-noqa", "app/one.py")) == {
        ("app/one.py", 1, 3, "CLF010"),
        ("app/one.py", 2, 3, "CLF010"),
    }


def test_the_baseline_applies(root: Path, capsys: Capture) -> None:
    lay_out(root, {"app/one.py": MANUAL}, 'baseline = "baseline.jsonl"\n')
    assert cachelift_main(["check", "--write-baseline", "baseline.jsonl"]) == 0
    write(root / "app/two.py", MANUAL)

    assert places(lint(capsys, ".")) == checked(capsys)
    assert {path for path, *_ in places(lint(capsys, "."))} == {"app/two.py"}


# -- which files -----------------------------------------------------------------------------------------------------


def test_a_file_that_is_no_part_of_the_repository_is_checked_as_if_it_were_named(root: Path, capsys: Capture) -> None:
    files = {"app/one.py": MANUAL, "generated/two.py": MANUAL, ".gitignore": "generated\n", "app/three.py": "x = 1\n"}
    lay_out(root / "repository", {**files, "../outside.py": MANUAL})
    os.chdir(root / "repository")
    config = "--cachelift-config=pyproject.toml"

    assert places(lint(capsys, "generated/two.py")) == checked(capsys, "generated/two.py")
    assert len(places(lint(capsys, "generated/two.py"))) == 2
    assert places(lint(capsys, config, "app/one.py", "../outside.py")) == {
        *FOUND,
        ("../outside.py", 1, 1, "CLF001"),
        ("../outside.py", 2, 9, "CLF002"),
    }


def test_a_second_name_of_a_file_shows_what_the_file_shows(root: Path, capsys: Capture) -> None:
    lay_out(root, {"app/one.py": MANUAL})
    (root / "app/link.py").symlink_to("one.py")
    (root / "linked").symlink_to("app")

    assert places(lint(capsys, "app/link.py")) == {("app/link.py", *rest) for _, *rest in FOUND}
    assert places(lint(capsys, "linked/one.py")) == {("linked/one.py", *rest) for _, *rest in FOUND}


def test_the_configuration_is_found_from_the_files(root: Path, capsys: Capture) -> None:
    lay_out(root / "here", {"app/one.py": MANUAL}, 'ignore = ["CLF002"]\n')
    lay_out(root / "there", {"app/one.py": MANUAL})

    assert places(lint(capsys, "here")) == {("here/app/one.py", 1, 1, "CLF001")}
    # Another run in the same process reads its own configuration, and the files anew.
    assert places(lint(capsys, "there")) == {(f"there/{path}", *rest) for path, *rest in FOUND}
    write(root / "there/app/one.py", "x = 1\n")
    assert lint(capsys, "there") == ""


def test_outside_of_a_project_a_file_is_no_reason_to_walk_through_its_folder(
    root: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(root, {"app/one.py": MANUAL, "app/caching.py": IMPORT.rstrip() + " as Store\n"})
    write(root / "app/two.py", "from app.caching import Store\n")
    (root / "pyproject.toml").unlink()

    assert {path for path, *_ in places(lint(capsys, "."))} == {"app/one.py", "app/caching.py", "app/two.py"}
    assert places(lint(capsys, "app/one.py")) == FOUND
    monkeypatch.setattr(engine, "survey", None)
    monkeypatch.setattr("cachelift.discover.discover", None)
    assert lint(capsys, "app/two.py", "app/recorder.py") == ""


# -- standard input --------------------------------------------------------------------------------------------------


def test_standard_input_stands_for_a_file(root: Path) -> None:
    lay_out(root, {"app/one.py": "x = 1\n", "app/two.py": MANUAL})
    text = "\n" + MANUAL

    assert places(flake8(root, "-", "--stdin-display-name=app/one.py", text=text.encode()).stdout) == {
        ("app/one.py", 2, 1, "CLF001"),
        ("app/one.py", 3, 9, "CLF002"),
    }
    assert flake8(root, "-", "--stdin-display-name=app/two.py", text=b"x = 1\n").stdout == ""
    assert len(places(flake8(root, "-", "--stdin-display-name=app/new.py", text=text.encode()).stdout)) == 2
    assert flake8(root, "-", "--stdin-display-name=app/services/cache_service.py", text=text.encode()).stdout == ""
    assert places(flake8(root, "-", text=text.encode()).stdout) == {
        ("stdin", 2, 1, "CLF001"),
        ("stdin", 3, 9, "CLF002"),
    }


def test_the_python_language_server_shows_what_the_editor_holds(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server: dict[str, Any] = {}
    for module in ("uris", "workspace", "config.config", "plugins.flake8_lint"):
        server.update(vars(importlib.import_module(f"pylsp.{module}")))
    lay_out(root, {"app/one.py": "x = 1\n"})
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    workspace = server["Workspace"](server["from_fs_path"](str(root)), None)
    workspace._config = server["Config"](workspace.root_uri, {}, 0, {})
    workspace._config.update({"plugins": {"flake8": {"select": ["CLF"]}}})
    document = server["Document"](server["from_fs_path"](str(root / "app/one.py")), workspace, "\n" + MANUAL)
    shown = [(each["range"]["start"], each["code"]) for each in server["pylsp_lint"](workspace, document)]
    assert shown == [({"line": 1, "character": 0}, "CLF001"), ({"line": 2, "character": 8}, "CLF002")]


def test_standard_input_where_nothing_else_is_used(root: Path) -> None:
    lay_out(root, {"app/one.py": "x = 1\n"}, 'exclude = ["app/one.py"]\n')

    assert len(places(flake8(root, "-", "--stdin-display-name=app/two.py", text=MANUAL.encode()).stdout)) == 2
    assert flake8(root, "-", "--stdin-display-name=app/two.py", text=b"x = 1\n").stdout == ""
    assert flake8(root, "-", "--stdin-display-name=app/one.py", text=MANUAL.encode()).stdout == ""


def test_standard_input_in_any_encoding(root: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(root, {})
    latin = ("# coding: latin-1\n" + IMPORT + "x = '\u00e9'; CacheService('d')\n").encode("latin-1")
    # flake8 reads as UTF-8 what does not decode: so the text may hold characters that its own encoding lacks.
    wrong = ("# coding: ascii\n" + IMPORT + "x = '\u00e9'; CacheService('d')\n").encode()
    unknown = b"# coding: nonsense\n" + MANUAL.encode()
    shown = []
    for text in (latin, wrong, unknown):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
        utils.stdin_get_value.cache_clear()
        shown.append(lint(capsys, "-", "--stdin-display-name=app/one.py"))
    utils.stdin_get_value.cache_clear()

    assert places(shown[0]) == {("app/one.py", 2, 1, "CLF001"), ("app/one.py", 3, 10, "CLF002")}
    assert [output.split(": ", 1)[1] for output in shown[1:]] == [
        "CLF000 cannot be analysed: the file is not ascii: cannot decode byte 0xc3\n",
        "CLF000 cannot be analysed: unknown encoding: nonsense\n",
    ]


def test_a_file_that_was_changed_meanwhile_is_checked_as_flake8_read_it(
    root: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(root, {"app/one.py": MANUAL})
    survey = engine.survey

    def late(*arguments: Any) -> Any:
        if arguments[2] is None:
            write(root / "app/one.py", "\n\n" + MANUAL)
        return survey(*arguments)

    monkeypatch.setattr(engine, "survey", late)

    assert places(lint(capsys, "app/one.py")) == FOUND


# -- workers ---------------------------------------------------------------------------------------------------------

_STARTED = """
import multiprocessing, sys
from flake8.main.cli import main

if __name__ == "__main__":
    multiprocessing.set_start_method({method!r})
    raise SystemExit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_find_the_same(root: Path, method: str) -> None:
    lay_out(root, {f"app/mod{number}.py": MANUAL if number % 2 else "x = 1\n" for number in range(6)})
    script = root / "start.py"
    script.write_text(_STARTED.format(method=method))
    command = [sys.executable, str(script), "--isolated", "--select=CLF", "--jobs=2", "app"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=120)

    assert done.stderr == ""
    assert places(done.stdout) == {(f"app/mod{number}.py", *rest) for number in (1, 3, 5) for _, *rest in FOUND}


# -- cost ------------------------------------------------------------------------------------------------------------

_LOADED = """
import sys
from flake8.main.cli import main
main(sys.argv[1:])
print(*sorted(name for name in ("cachelift.engine", "cachelift.analysis", "libcst", "click") if name in sys.modules))
"""


def loaded(root: Path) -> list[str]:
    command = [sys.executable, "-c", _LOADED, "--isolated", "--select=CLF", "--jobs=1", "app"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.splitlines()[-1].split()


def test_where_nothing_is_used_nothing_heavy_is_imported(root: Path) -> None:
    lay_out(root, {"app/one.py": "cache = 1\n"})

    assert loaded(root) == []


def test_where_something_is_used_the_analysis_is_imported_and_the_rewriter_is_not(root: Path) -> None:
    lay_out(root, {"app/one.py": MANUAL})

    assert loaded(root) == ["cachelift.analysis", "cachelift.engine"]


def test_the_repository_is_surveyed_once(root: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(root, {f"app/mod{number}.py": MANUAL for number in range(4)})
    calls = []
    survey = engine.survey

    def counted(*arguments: Any) -> Any:
        calls.append(arguments)
        return survey(*arguments)

    monkeypatch.setattr(engine, "survey", counted)

    assert len(places(lint(capsys, "."))) == 8
    assert len(calls) == 1


HOME = "class CacheService: ...\n"


@pytest.mark.parametrize(
    ("files", "used"),
    [
        ({}, False),
        ({"a.py": "x = 1\n"}, False),
        ({"app/services/cache_service.py": HOME}, False),
        ({"src/app/services/cache_service.py": HOME, "src/app/services/unified_cache.py": "CacheService()\n"}, False),
        ({"app/services/cache_service/__init__.py": HOME}, False),
        ({"app/services/cache_service.py": HOME + "x = CacheService()\ny = cache_service.z\n"}, False),
        (
            {"app/services/unified_cache.py": "from .cache_service import CacheService\nclass U(CacheService): ...\n"},
            False,
        ),
        ({"a.py": "CacheService\n"}, True),
        ({"a.py": "# cache_service\n"}, True),
        ({"app/services/cache_service.py": HOME, "lib/app/services/cache_service.py": HOME}, True),
        # Home, but the class may get another name there.
        ({"app/services/cache_service.py": HOME + "Store = CacheService\n"}, True),
        ({"app/services/cache_service.py": HOME + "Store: type = (  # why\n    CacheService)\n"}, True),
        ({"app/services/unified_cache.py": "from .cache_service import CacheService as Old\n"}, True),
        ({"app/services/unified_cache.py": "from .cache_service import (CacheService # why\n as Old)\n"}, True),
        ({"app/services/unified_cache.py": "from . import cache_service \\\n as old\n"}, True),
        (
            {"app/services/unified_cache.py": "import app\nOld = app . services\\\n.cache_service\n"},
            True,
        ),
        ({"app/services/unified_cache.py": "Old = cache_service.CacheService\n"}, True),
        ({"app/services/unified_cache.py": "Old = \u00e9.CacheService # why\n"}, True),
        ({"app/services/cache_service.py": HOME + "Store, one = CacheService, 1\n"}, True),
        ({"app/services/cache_service.py": HOME + "Store = CacheService if HOME else None\n"}, True),
    ],
)
def test_a_repository_without_usages_is_told_by_its_bytes(root: Path, files: dict[str, str], used: bool) -> None:
    for name, text in files.items():
        write(root / name, text)

    assert (unused_homes(Settings(str(root))) is None) is used


def test_a_file_that_cannot_be_read_is_none_of_flake8s_business_here(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root / "a.py", "CacheService\n")
    monkeypatch.setattr("cachelift.discover.read_file", lambda path: (_ for _ in ()).throw(PermissionError(13, "no")))

    assert unused_homes(Settings(str(root))) == frozenset()


def test_names_that_are_not_ascii_are_left_to_the_analysis(root: Path) -> None:
    assert unused_homes(Settings(str(root), migrations=(Migration(legacy="a.b.Caf\u00e9", factory="a.c.d"),))) is None


def test_the_home_of_one_migration_may_use_the_class_of_another(root: Path) -> None:
    migrations = (Migration("a.old.Old", "a.new.make"), Migration("b.box.Box", "b.new.make"))
    settings = Settings(str(root), migrations=migrations)
    write(root / "a/old.py", "class Old: ...\n")
    write(root / "b/box.py", "class Box: ...\n")

    assert unused_homes(settings) == frozenset({str(root / "a/old.py"), str(root / "b/box.py")})
    write(root / "a/old.py", "from b.box import Box\nclass Old: ...\n")
    assert unused_homes(settings) is None


# -- what goes wrong -------------------------------------------------------------------------------------------------


def test_the_configuration_can_be_given(root: Path, capsys: Capture) -> None:
    lay_out(root, {"app/one.py": MANUAL, "setup.cfg": "[flake8]\nselect = CLF\ncachelift-config = etc/other.toml\n"})
    write(root / "etc/other.toml", '[tool.cachelift]\nignore = ["CLF002"]\n')
    first = {("app/one.py", 1, 1, "CLF001")}

    assert places(lint(capsys, "--cachelift-config", "etc/other.toml", "app")) == first
    flake8_main(["--jobs=1", "app"])
    assert places(capsys.readouterr().out) == first
    assert "--cachelift-config FILE" in flake8(root, "--help").stdout


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_configuration_that_cannot_be_used_is_told(root: Path, capsys: Capture, jobs: str) -> None:
    lay_out(root, {"app/one.py": MANUAL, "app/two.py": MANUAL}, "colour = 1\n")
    done = flake8(root, f"--jobs={jobs}", ".")

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == lint(capsys, ".")
    assert done.stdout == (
        "There was a critical error during execution of Flake8:\n"
        f"cachelift: {root}/pyproject.toml: tool.cachelift.colour: unknown key; valid are 'src', 'exclude',"
        " 'migrations', 'select', 'ignore', 'baseline'\n"
    )


def test_a_configuration_that_is_not_there_is_told(root: Path) -> None:
    lay_out(root, {"app/one.py": MANUAL})
    done = flake8(root, "--cachelift-config=none.toml", ".")

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[1] == "cachelift: none.toml: No such file or directory"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_stops_the_check_is_told_without_a_traceback(root: Path, jobs: str) -> None:
    lay_out(
        root, {"app/one.py": MANUAL, "app/two.py": MANUAL, "known.jsonl": "nonsense\n"}, 'baseline = "known.jsonl"\n'
    )
    done = flake8(root, f"--jobs={jobs}", "app")

    assert (done.returncode, done.stderr) == (1, "")
    assert (
        done.stdout.splitlines()[0]
        .split(": ", 1)[1]
        .startswith('"cachelift[CLF]" failed during execution due to BaselineError: ')
    )
    assert "Traceback" not in done.stdout


def test_a_defect_is_told_without_a_traceback(root: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(root, {"app/one.py": MANUAL})

    def broken(*arguments: Any) -> Any:
        raise ZeroDivisionError("so it goes")

    monkeypatch.setattr(engine, "survey", broken)

    assert lint(capsys, "app/one.py").splitlines()[0] == (
        'app/one.py: "cachelift[CLF]" failed during execution due to ZeroDivisionError: so it goes'
    )
    assert repr(PluginError("so it goes")) == "so it goes"


def test_a_file_that_cannot_be_analysed_is_told_and_the_others_are_done(
    root: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(root, {"app/one.py": MANUAL, "app/two.py": MANUAL})

    def broken(path: str, *arguments: Any) -> Any:
        if path == "app/two.py":
            raise RecursionError
        return analyse(path, *arguments)

    monkeypatch.setattr("cachelift.reader.analyse", broken)
    shown = lint(capsys, "app").splitlines()

    assert shown[-1] == (
        "app/two.py:1:1: CLF000 cannot be analysed: the code is nested too deeply for this Python to read"
    )
    assert {(path, code) for path, _, _, code in places("\n".join(shown))} == {
        ("app/one.py", "CLF001"),
        ("app/one.py", "CLF002"),
        ("app/two.py", "CLF000"),
    }


def test_a_file_that_does_not_decode_is_told(root: Path, capsys: Capture) -> None:
    lay_out(root, {"app/one.py": MANUAL, "app/two.py": b"# coding: ascii\nx = '\xe9'\n" + MANUAL.encode()})

    assert places(lint(capsys, "app")) == {*FOUND, ("app/two.py", 2, 6, "CLF000")}
    assert places(lint(capsys, "--extend-ignore=CLF000", "app")) == FOUND


def test_a_file_that_does_not_parse_is_flake8s_own_matter(root: Path, capsys: Capture) -> None:
    lay_out(root, {"app/one.py": MANUAL, "app/two.py": IMPORT + "def (\n"})

    assert places(lint(capsys, "app")) == FOUND
    shown = flake8(root, "--select=E9", "app", select=False).stdout
    assert re.fullmatch(r"app/two\.py:2:\d: E999 SyntaxError: .*\n", shown)
