"""Repositories that mean harm: nothing of theirs runs, nothing outside is reached, nobody is told lies in a log."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import cases
import pytest
from helpers import LEGACY

from cachelift import cli, listing, rewrite
from cachelift.cli import common, main
from cachelift.config import ConfigError, find_root, load_settings
from cachelift.flake8_plugin import unused_homes
from cachelift.ignore import parse
from cachelift.outcomes import Applicability, Failure, Finding, RunResult
from cachelift.report import FORMATS, Mode, Style, emitter, make_report
from cachelift.report.diff import for_terminal
from cachelift.report.excerpt import neutral, neutral_json

CALL = LEGACY + "cache = CacheService(system='KP')\n"
FIXED = "from app.services.unified_cache import get_unified_cache\ncache = get_unified_cache('KP')\n"
Capture = pytest.CaptureFixture[str]
HARM = "import os, pathlib\npathlib.Path(os.environ['HARM']).write_text(__file__)\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the stub, which is also the current one."""
    top = tmp_path / "root"
    shutil.copytree(cases.FIXTURES / "stub", top, ignore=shutil.ignore_patterns("__pycache__"))
    (top / "pyproject.toml").write_text("[tool.cachelift]\n")
    (top / "app/user.py").write_text(CALL)
    monkeypatch.chdir(top)
    return top


def run(root: Path, *command: str) -> tuple[int, str, str]:
    """Run a command in a tree; a trap that is stepped into leaves the file ``harm`` beside the tree."""
    environment = {**os.environ, "HARM": str(root.parent / "harm"), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTHONPATH", None)
    result = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    harm = root.parent / "harm"
    assert not harm.exists(), harm.read_text()
    return result.returncode, result.stdout, result.stderr


# code of the repository

SHADOWS = (
    "click", "libcst", "tomllib", "json", "ast", "dataclasses", "difflib", "subprocess", "stat", "threading",
    "textwrap", "multiprocessing", "unicodedata", "tempfile", "concurrent", "platform", "hashlib", "tokenize", "urllib",
    "yaml", "sitecustomize", "usercustomize", "conftest", "setup", "cachelift_plugin", "typing_extensions", "fcntl",
    "pickle",
)  # fmt: skip


@pytest.mark.parametrize("way", ["module", "script", "flake8"])
def test_no_module_of_the_repository_runs(root: Path, way: str) -> None:
    """Not even one that is called like a module of Python's or of a package that the tool needs.

    Python itself imports some modules before any of ours can say a word (``python -m`` needs ``runpy``): what these
    are called is not among them; ``python -P`` or the console script keep those out.
    """
    for name in SHADOWS:
        (root / f"{name}.py").write_text(HARM)
    for module in ("app/__init__.py", "app/services/__init__.py"):
        (root / module).write_text(HARM)
    (root / "app/broken.py").write_text(f"{HARM}{LEGACY}def (\n")
    scripts = sysconfig.get_path("scripts")
    commands = {
        "module": (sys.executable, "-m", "cachelift"),
        "script": (os.path.join(scripts, "cachelift"),),
        "flake8": (os.path.join(scripts, "flake8"), "--select=CLF", "app"),
    }
    if way == "flake8":
        code, out, err = run(root, *commands[way])
        assert (code, out.count("CLF00"), err) == (1, 2, "")
        return
    everything = [["check", "--format", "sarif"], ["fix", "--unsafe-fixes"]]
    if way == "module":
        everything = [["check"], ["fix", "--diff"], ["status"], *everything]
    for arguments in everything:
        code, _, err = run(root, *commands[way], *arguments)
        assert code == 2, err
    assert (root / "app/user.py").read_text().endswith("cache = get_unified_cache('KP')\n")


def test_the_current_folder_stays_on_the_path_where_it_was_put_on_purpose(root: Path) -> None:
    """``python -P -m`` puts nothing there, so nothing is taken away."""
    code, out, _ = run(root, sys.executable, "-P", "-m", "cachelift", "check", "--quiet")
    assert (code, out.count("CLF00")) == (1, 2)


def test_nothing_is_imported_while_files_are_read(root: Path) -> None:
    """No module whose file lies in the repository is there afterwards."""
    (root / "app/plain.py").write_text(f"import app.services.cache_service\n{CALL}")
    assert main(["fix", "--unsafe-fixes", "--quiet"]) in (0, 1)
    files = (getattr(module, "__file__", None) or "" for module in list(sys.modules.values()))
    assert not [file for file in files if file.startswith(str(root))]


CONFIG = """
[core]
    fsmonitor = {harm}
    hooksPath = {hooks}
    pager = {harm}
    editor = {harm}
    sshCommand = {harm}
    gitProxy = {harm}
    askPass = {harm}
[alias]
    ls-files = !{harm}
[pager]
    ls-files = {harm}
[diff "evil"]
    textconv = {harm}
    command = {harm}
[filter "evil"]
    clean = {harm}
    smudge = {harm}
    process = {harm}
    required = true
[credential]
    helper = !{harm}
[protocol "ext"]
    allow = always
[remote "origin"]
    url = ext::{harm}
    promisor = true
    partialclonefilter = blob:none
[extensions]
    partialClone = origin
"""


def test_no_program_of_the_repositorys_git_configuration_runs(root: Path) -> None:
    """Nor where git misses an object that it could fetch: a ``.gitignore`` that is in the index alone."""
    (root / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    (root / "app/.gitignore").write_text("ignored.py\n")
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", "add", "."], check=True)
    subprocess.run(["git", "update-index", "--skip-worktree", "app/.gitignore"], check=True)
    (root / "app/.gitignore").unlink()
    shutil.rmtree(root / ".git/objects")
    (root / ".git/objects").mkdir()
    script = root / "harm.sh"
    script.write_text(f"#!/bin/sh\necho run > '{root.parent}/harm'\n")
    script.chmod(0o755)
    hooks = root / "hooks"
    hooks.mkdir()
    for name in ("post-index-change", "fsmonitor-watchman", "reference-transaction", "pre-commit"):
        shutil.copy(script, hooks / name)
    with (root / ".git/config").open("a") as file:
        file.write(CONFIG.format(harm=script, hooks=hooks))
    for arguments in (("check",), ("fix", "--diff"), ("fix",)):
        code, _, err = run(root, sys.executable, "-m", "cachelift", *arguments)
        assert code in (0, 1), err
    assert (root / "app/user.py").read_text() == FIXED


def test_no_shell_sees_a_name(root: Path) -> None:
    name = "$(touch harm);`touch harm`&touch harm|touch harm\n.py"
    (root / "app" / name).write_text(CALL)
    subprocess.run(["git", "init", "-q"], check=True)
    assert main(["fix", "--quiet", "app"]) == 0
    assert (root / "app" / name).read_text() == FIXED
    assert not list(root.rglob("harm*"))


def test_there_is_no_shell_and_no_execution_in_the_source() -> None:
    """What could run code: not there at all, or in the one place that the tests above are about."""
    source = Path(cli.__file__).parent.parent
    words = ("shell=", "os.system", "popen", "eval(", "exec(", "__import__(", "import_module(", "runpy", "pickle.loads")
    found = {
        (path.relative_to(source).as_posix(), word)
        for path in source.rglob("*.py")
        for word in words
        for line in path.read_text().splitlines()
        if word in line.lower() and not line.lstrip().startswith(("#", '"')) and f"`{word}" not in line
    }
    assert {(path, word) for path, word in found if word not in ("import_module(", "popen")} <= {
        ("pool.py", "pickle.loads"),  # what the first process itself has written
        ("sharing.py", "pickle.loads"),  # what its forks write into a pipe that nobody else has
    }


# places outside


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('src = ["/etc"]', "src: '/etc' is not inside the repository root"),
        ('src = ["a/../../b"]', "src: 'a/../../b' is not inside the repository root"),
        ('baseline = "/etc/passwd"', "baseline: '/etc/passwd' is not inside the repository root"),
        ('baseline = "../b"', "baseline: '../b' is not inside the repository root"),
        ('baseline = "link/b"', "baseline: 'link/b' is not inside the repository root"),
        ('baseline = "a\\u0000b"', "is not inside the repository root"),
        ('output = "../x"', "output: unknown key"),
    ],
)
def test_the_configuration_leads_nowhere_else(root: Path, text: str, why: str, capsys: Capture) -> None:
    (root / "link").symlink_to(root.parent)
    (root / "pyproject.toml").write_text(f"[tool.cachelift]\n{text}\n")
    for command in (["check"], ["check", "--prune-baseline"], ["fix"]):
        assert main(command) == 2
        assert why in capsys.readouterr().err
    assert (root / "app/user.py").read_text() == CALL


def test_import_roots_that_are_links_hold_nothing(root: Path, tmp_path: Path) -> None:
    """The class is looked for among the repository's files alone."""
    elsewhere = tmp_path / "elsewhere"
    shutil.move(root / "app/services", elsewhere / "app/services")
    (root / "lib").symlink_to(elsewhere)
    (root / "pyproject.toml").write_text('[tool.cachelift]\nsrc = ["lib", "."]\n')
    before = {path: path.read_bytes() for path in elsewhere.rglob("*.py")}
    assert main(["fix", "--unsafe-fixes", "--quiet"]) in (0, 1, 2)
    assert {path: path.read_bytes() for path in elsewhere.rglob("*.py")} == before


def test_a_configuration_that_is_a_link(root: Path, tmp_path: Path, capsys: Capture) -> None:
    secret = tmp_path / "secret.toml"
    secret.write_text("[tool.cachelift]\nsecret = 'word'\n")
    (root / "pyproject.toml").unlink()
    (root / "pyproject.toml").symlink_to(secret)
    assert main(["check"]) == 2
    shown = capsys.readouterr().err
    assert "is a link that leads out of its folder" in shown
    assert "word" not in shown
    (root / "real.toml").write_text("[tool.cachelift]\n")
    (root / "pyproject.toml").unlink()
    (root / "pyproject.toml").symlink_to("real.toml")
    assert main(["check", "--quiet"]) == 1


def test_a_link_to_the_configuration_above_is_passed_over(root: Path) -> None:
    (root / "app/pyproject.toml").symlink_to("../pyproject.toml")
    assert find_root([str(root / "app")]) == str(root)


@pytest.mark.parametrize("special", ["/dev/zero", "pipe"])
@pytest.mark.parametrize("name", ["pyproject.toml", ".gitignore", "base"])
def test_what_never_ends_is_not_read(root: Path, name: str, special: str, capsys: Capture) -> None:
    (root / "base.toml").write_text('[tool.cachelift]\nbaseline = "base"\n')
    path = root / name
    path.unlink(missing_ok=True)
    if special == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(special)
    arguments = ["--config", "base.toml"] if name == "base" else []
    assert main(["check", *arguments]) in (1, 2)
    assert "internal" not in capsys.readouterr().err


def test_a_configuration_that_is_too_large(root: Path, capsys: Capture) -> None:
    (root / "pyproject.toml").write_text("[tool.cachelift]\n" + "#" * (1 << 20))
    assert main(["check"]) == 2
    assert "pyproject.toml: larger than 1 MiB" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--output", "--write-baseline"])
def test_reports_follow_no_link_out_of_the_repository(root: Path, option: str, capsys: Capture) -> None:
    theirs = root.parent / "theirs"
    precious = '{"cachelift-baseline": 1}\n' * 2
    theirs.write_text(precious)
    (root / "report").symlink_to(theirs)
    (root / "folder").symlink_to(root.parent)
    for path in ("report", "folder/theirs"):
        assert main(["check", option, path]) == 2
        assert theirs.read_text() == precious
    assert "cannot write folder/theirs: a link leads out of the repository" in capsys.readouterr().err
    (root / "own").symlink_to("real")
    (root / "real").write_text(precious)
    assert main(["check", option, "own"]) in (0, 1)
    assert (root / "own").is_symlink()
    assert (root / "real").read_text() != precious
    assert main(["check", option, str(theirs)]) in (0, 1)
    assert theirs.read_text() != precious


def test_reports_leave_nothing_behind(root: Path) -> None:
    """What a run that was killed left beside its report goes with the next one."""
    left = root / ".report.cachelift-999999999-0123abcd.tmp"
    left.write_text("")
    (root / ("r" * 255)).write_text("")
    assert main(["check", "--output", "report"]) == 1
    assert main(["check", "--output", "r" * 255]) == 1
    assert not left.exists()
    assert not [path for path in root.iterdir() if path.name.endswith(".tmp")]


def test_an_index_that_lies(root: Path) -> None:
    """It has a file in a folder which is a link by now, or in none: neither is ours."""
    (root / "app/sub").mkdir()
    (root / "app/sub/theirs.py").write_text(CALL)
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", "add", "."], check=True)
    shutil.move(root / "app/sub", root.parent / "sub")
    (root / "app/sub").symlink_to(root.parent / "sub")
    assert main(["fix", "--quiet"]) == 0
    assert (root.parent / "sub/theirs.py").read_text() == CALL
    assert (root / "app/user.py").read_text() == FIXED
    known = {"": True}
    assert not listing._is_plain(str(root), "..", known)
    assert not listing._is_plain(str(root), "app/../..", known)
    assert not listing._is_plain(str(root), "missing/folder", known)
    assert listing._is_plain(str(root), "app/services", known)


# what a log or a terminal would obey

EVIL = "\x1b]0;owned\x07\x9b31m\u202e\r\n::error file=x::owned\n##vso[task.setvariable variable=x]1 ##[add-mask]"


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_reports_say_nothing_that_is_obeyed(output_format: str, encoding: str) -> None:
    """Names of files, source lines and messages are the repository's words."""
    path = f"::warning::{EVIL}/a.py"
    finding = Finding(path, 1, 1, 1, 2, "CLF001", f"message {EVIL}", Applicability.MANUAL, None, "a.b")
    failure = Failure(f" ::x::{EVIL}", f"failed {EVIL}", 1, 2)
    result = RunResult((), (failure,), 1, {path: f'x = """ {EVIL} """\n'})
    report = make_report(result, Mode.CHECK)._replace(findings=(finding,))
    shown = emitter(output_format)(report, Style(encoding=encoding))
    assert all(character.isprintable() or character == "\n" for character in shown)
    lines = shown.split("\n")
    if output_format == "github":
        assert [line[:13] for line in lines if line.strip()][:2] == ["::error file=", "::error file="]
        assert len([line for line in lines if "::" in line]) == 2
        return
    assert not any(line.lstrip().startswith("::") for line in lines)
    assert "##[" not in shown
    assert "##vso[" not in shown
    if output_format != "text":
        assert "owned" in json.dumps(json.loads(shown))


def test_every_command_is_silent_about_names(root: Path, capsys: Capture) -> None:
    folder = root / f"app/{EVIL.replace('/', '')}"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "a.py").write_text(CALL + f"CacheService(1, 2)  # {EVIL[:20]}\n")
    (folder / "bad.py").write_text(LEGACY + "def (\n")
    for command in (
        ["status"], ["status", "--format", "json"], ["status", "--format", "markdown"], ["doctor"], ["check", "-v"],
    ):  # fmt: skip
        assert main(command) in (0, 1, 2)
        captured = capsys.readouterr()
        for text in (captured.out, captured.err):
            assert all(character.isprintable() or character == "\n" for character in text), command
            assert not any(line.lstrip().startswith("::") for line in text.split("\n")), command
            assert "##[" not in text


def test_the_linter_shows_no_control_characters(root: Path) -> None:
    (root / "app/user.py").write_bytes(LEGACY.encode() + b"# coding: utf-8\nCacheService(\x0c1, 2)\n")
    (root / "app/bad.py").write_text(f"# coding: \n{LEGACY}x = '\x1b[31m' \x1b\n")
    scripts = sysconfig.get_path("scripts")
    _, out, _ = run(root, os.path.join(scripts, "flake8"), "--select=CLF", "app")
    assert "\x1b" not in out


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def test_a_diff_for_a_person_is_made_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    """And for a program it is not touched: ``git apply`` takes the file's own bytes."""
    diff = "+x = '\x1b[31m'\tb\n-\udcff é\r\n".encode("utf-8", "surrogateescape")
    shown = r"+x = '\x1b[31m'" + "\tb\n-" + r"\udcff é\r" + "\n"
    assert for_terminal(diff, "utf-8").decode() == shown
    for stream, expected in (
        (Terminal(io.BytesIO(), "utf-8"), shown.encode()),
        (io.TextIOWrapper(io.BytesIO(), "utf-8"), diff),
    ):
        monkeypatch.setattr(sys, "stdout", stream)
        common.deliver_diff(diff, None, root="/")
        assert isinstance(stream.buffer, io.BytesIO)
        assert stream.buffer.getvalue() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a::b ## [x] ##\n", "a::b ## [x] ##\n"),
        ("::a\n \t::b\nc ::\n", "\\x3a:a\n \t\\x3a:b\nc ::\n"),
        ("##[a] ##vso[b] ###[c]", "#\\x23[a] #\\x23vso[b] ##\\x23[c]"),
        ("", ""),
    ],
)
def test_neutral(text: str, expected: str) -> None:
    assert neutral(text) == expected


def test_neutral_json_is_the_same_value() -> None:
    value = {"a": "##[x] ##vso[y] # [ ##"}
    text = neutral_json(json.dumps(value))
    assert "##[" not in text
    assert json.loads(text) == value
    assert neutral_json('"#["') == '"#["'


# time


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 40 + "b", "a" * 250),
        ("**/a/" * 25 + "b", "a/" * 120 + "c"),
        ("*a*/" * 25 + "b", "aa/" * 80 + "c"),
        ("[a]*" * 40 + "b", "a" * 250),
        ("?*" * 40 + "b", "a" * 250),
        ("a**/" * 20 + "b", "a/" * 120),
    ],
)
def test_patterns_that_would_take_for_ever(pattern: str, path: str) -> None:
    """They would take the age of the universe: there is no need to measure."""
    assert parse(pattern.encode()).decide(path.rstrip("/")) is None


SIZE = 30_000
TEXTS = {
    "blanks after from": "from" + " " * SIZE + "\n",
    "dots after from": "from " + "." * SIZE + "\n",
    "continued lines": "\\\n" * (SIZE // 2),
    "returns": "\\\r" * (SIZE // 2),
    "beginnings": "from a.\\\n" * (SIZE // 9),
    "star": "from " + "a." * (SIZE // 10) + " import *\n",
    "long name": "import " + "a." * (1 << 17) + "a\n",
    "long name, continued": "import " + "a. \\\n" * (1 << 16) + "a\n",
    "stars": "from a import *;" * (SIZE // 16),
    "hashes": "#" * SIZE + "\n",
    "type comments": "x = 1 " + "# type: " * (SIZE // 8) + "\n",
    "ignore": "# type: ignore[" * (SIZE // 15) + "\n",
    "noqa": "x = 1  # noqa" + ": A1" * (SIZE // 4) + "\n",
    "noqas": "x = 1  " + "# noqa:" * (SIZE // 7) + "\n",
    "skip": "#" + " " * SIZE + "\n",
    "skips": "# cachelift:" * (SIZE // 12) + "\n",
    "imports in a string": "'''>>> " + "import " * (SIZE // 7) + "'''\n",
    "imports in code": "exec('" + "import " * (SIZE // 7) + "')\n",
    "semicolons": "import app.services.cache_service" + " " * SIZE + ";" + " " * SIZE + "x = 1\n",
    "own line": "consumer" + " " * SIZE + "x\n",
    "equals": "#=" * (SIZE // 2) + "\n",
    "equal comments": "x = (\n" + "#=\n" * (SIZE // 3) + "1)\n",
    "cookie": "#" + "coding" * (SIZE // 6) + "\n",
    "cookie blanks": "#coding:" + " " * SIZE + "\n",
    "path": "patch('" + "a." * (SIZE // 2) + "!')\n",
    "names": "'" + "CacheService " * (SIZE // 13) + "'\n",
    "classes of objects": "x = [" + "type(a), " * (SIZE // 3) + "]\n",
    "classes as keys": "x = {" + "a.__class__, " * (SIZE // 3) + "}\n",
    "names of classes": "x = [type(a), " + "a.__name__, " * (SIZE // 3) + "]\n",
    "bases": "class A" + "(" * SIZE + "\n",
    "names on the way": "a0 = type(a).__name__\n"
    + "".join(f"a{n} = a{m}.lower()\n" for n in range(40) for m in range(40) if m != n),
}


@pytest.fixture
def deadline() -> Iterator[None]:
    """An end to what would take hours; what is tested takes a second."""

    def end(number: int, frame: object) -> None:
        raise AssertionError("it takes too long")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(100)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("deadline")
@pytest.mark.parametrize("name", TEXTS)
def test_texts_that_would_take_long(name: str, root: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each took the square of its size, or would where an expression is written without care."""
    monkeypatch.setattr(rewrite._Patience, "left", 0.5)
    (root / "app/user.py").write_text(CALL + TEXTS[name], newline="")
    with (root / "app/services/cache_service.py").open("a", newline="") as file:
        file.write(TEXTS[name])
    assert main(["fix", "--diff", "--quiet", "--select", "CLF"]) in (0, 1, 2)
    assert "internal" not in "".join(capsys.readouterr())
    assert unused_homes(load_settings(str(root))) is None


# the configuration


def test_a_configuration_that_is_nested_too_deeply(root: Path, capsys: Capture) -> None:
    deep = "[" * 50_000 + "]" * 50_000
    for text in (f"a = {deep}\n[tool.cachelift]\n", f"[tool.cachelift]\nsrc = {deep}\n"):
        (root / "pyproject.toml").write_text(text)
        assert main(["check"]) == 2
        assert "not valid TOML" in capsys.readouterr().err


@pytest.mark.parametrize("default", ["(" * 150 + ")" * 150, "-" * 20_000 + "1", "1" + "+1" * 20_000])
def test_a_signature_that_is_nested_too_deeply(root: Path, default: str) -> None:
    table = f'[tool.cachelift]\n[[tool.cachelift.migrations]]\nsignature = "(system={default})"\n'
    (root / "pyproject.toml").write_text(table)
    with pytest.raises(ConfigError, match="is no signature") if len(default) > 1000 else pytest.MonkeyPatch.context():
        load_settings(str(root))
