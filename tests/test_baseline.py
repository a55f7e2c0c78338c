"""The baseline: its file, what it knows, what becomes stale, and the command line around it."""

from __future__ import annotations

import io
import json
from argparse import Namespace
from pathlib import Path

import pytest
from golden import STUB
from report_helpers import MANUAL, finding, rewritten

from cachelift import baseline
from cachelift.baseline import BaselineError, Stale, compare, load, new_findings, remarks, render, renewed
from cachelift.cli import main
from cachelift.config import ConfigError, Settings, load_settings
from cachelift.flake8_plugin import Run
from cachelift.identity import Identity
from cachelift.model import Failure, FileOutcome, RunResult

CLASS = "app.services.cache_service.CacheService"
HEADER = '{"cachelift-baseline": 1}\n'
ENTRY = Identity("a.py", "f", "CLF002", CLASS)
LINE = f'{{"path": "a.py", "scope": "f", "code": "CLF002", "legacy": "{CLASS}", "count": 2}}\n'

Capture = pytest.CaptureFixture[str]


# the file


def read(tmp_path: Path, text: str | bytes) -> baseline.Entries:
    file = tmp_path / "base"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return load(str(file))


def test_what_is_written_is_read_again_and_sorted(tmp_path: Path) -> None:
    entries = {
        ENTRY: 2,
        ENTRY._replace(path="\udcff.py"): 1,
        ENTRY._replace(path="ü.py", scope="Ä.ö"): 3,
        ENTRY._replace(scope=""): 1,
    }
    data = render(entries)
    assert [line.partition(b', "code"')[0] for line in data.splitlines()] == [
        b'{"cachelift-baseline": 1}',
        b'{"path": "a.py", "scope": ""',
        b'{"path": "a.py", "scope": "f"',
        '{"path": "ü.py", "scope": "Ä.ö"'.encode(),
        b'{"path": "\\udcff.py", "scope": "f"',
    ]
    assert read(tmp_path, data) == entries
    assert render({ENTRY: 2}) == (HEADER + LINE).encode()


def test_an_empty_baseline_knows_nothing(tmp_path: Path) -> None:
    assert render({}) == HEADER.encode()
    assert read(tmp_path, HEADER) == {}


def test_line_ends_and_empty_lines_do_not_matter(tmp_path: Path) -> None:
    assert read(
        tmp_path, "\n" + HEADER + "\r\n\n" + LINE.replace("\n", "\r\n") + LINE[:-1].replace("a.py", "b.py")
    ) == {
        ENTRY: 2,
        ENTRY._replace(path="b.py"): 2,
    }


def test_an_entry_that_two_branches_changed_counts_the_smaller_number(tmp_path: Path) -> None:
    for one, other in ((1, 2), (2, 1)):
        lines = (LINE.replace('"count": 2', f'"count": {count}') for count in (one, other))
        assert read(tmp_path, HEADER + HEADER + "".join(lines)) == {ENTRY: 1}


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(
        BaselineError, match=r"gone: there is no such baseline; `cachelift check --write-baseline .*gone`"
    ):
        load(str(tmp_path / "gone"))


def test_no_file_but_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Is a directory"):
        load(str(tmp_path))


ENTRY_ERROR = "2: an entry has the texts path, scope, code, legacy and a count, nothing else"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'base: this is no baseline: the first line must be {"cachelift-baseline": 1}'),
        (LINE, 'base: this is no baseline: the first line must be {"cachelift-baseline": 1}'),
        (LINE + HEADER, 'base: this is no baseline: the first line must be {"cachelift-baseline": 1}'),
        ("[tool]\n", "base:1: the line is no JSON object"),
        (HEADER + "[]\n", "base:2: the line is no JSON object"),
        (HEADER + LINE + LINE[:20], "base:3: the line is no JSON object"),
        (HEADER.encode() + b'{"path": "\xff"}', "base:2: the line is no JSON object"),
        (HEADER + "<<<<<<< HEAD\n" + LINE, "base:2: a merge conflict is left; keep the entries of both sides"),
        (
            HEADER.replace("1", "2"),
            (
                "base: version 2 of the format is not known here, only 1; write the baseline again,"
                " or use the cachelift that wrote it"
            ),
        ),
        (HEADER + LINE.replace('"count": 2', '"count": 0'), f"base:{ENTRY_ERROR}"),
        (HEADER + LINE.replace('"count": 2', '"count": true'), f"base:{ENTRY_ERROR}"),
        (HEADER + LINE.replace('"count": 2', '"count": "2"'), f"base:{ENTRY_ERROR}"),
        (HEADER + LINE.replace('"a.py"', "1"), f"base:{ENTRY_ERROR}"),
        (HEADER + LINE.replace('"count"', '"line": 1, "count"'), f"base:{ENTRY_ERROR}"),
        (HEADER + "{}\n", f"base:{ENTRY_ERROR}"),
    ],
)
def test_broken_files(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(BaselineError) as caught:
        read(tmp_path, text)
    assert str(caught.value) == f"{tmp_path}/{message}"


# what it knows

SOURCES = {"a.py": "def f():\n    C(); C(); C()\n\n\ndef g():\n    C()\n"}


def test_new_are_the_last_of_equals() -> None:
    items = tuple(finding("a.py", place, (place[0], place[1] + 3)) for place in ((2, 5), (2, 10), (2, 15), (6, 5)))
    known = Identity("a.py", "f", "CLF002", "")
    assert new_findings({known: 2}, items, SOURCES) == items[2:]
    assert new_findings({known: 3, known._replace(scope="g"): 1}, items, SOURCES) == ()
    assert new_findings({}, items, SOURCES) == items
    assert new_findings({known._replace(code="CLF001"): 9, known._replace(legacy="x.Y"): 9}, items, SOURCES) == items


def result(*places: tuple[int, int], given: tuple[str, ...] = ("a.py",), failure: Failure | None = None) -> RunResult:
    items = tuple(finding("a.py", place) for place in places)
    return RunResult((FileOutcome("a.py", items, failure=failure),), sources=SOURCES, given=frozenset(given))


def known(path: str = "a.py", scope: str = "f", code: str = "CLF002", legacy: str = CLASS) -> Identity:
    return Identity(path, scope, code, legacy)


def settings(root: Path, **values: tuple[str, ...]) -> Settings:
    (root / "a.py").write_text("")
    (root / "b.py").write_text("")
    return Settings(str(root), **values)  # type: ignore[arg-type]


def test_compare(tmp_path: Path) -> None:
    entries = {known(legacy=""): 2, known(): 1, known(scope="h", legacy=""): 3}
    compared = compare(entries, result((2, 5), (6, 5)), settings(tmp_path), after=False)
    assert [item.line for outcome in compared.result.outcomes for item in outcome.findings] == [6]
    assert compared.known == 1
    assert compared.stale == (
        Stale(known(legacy=""), 2, 1),
        Stale(known(), 1, 0),
        Stale(known(scope="h", legacy=""), 3, 0),
    )
    assert compared.pruned == {known(legacy=""): 1}


def test_fix_counts_what_is_left(tmp_path: Path) -> None:
    run = rewritten("a.py", left=(finding("a.py", (1, 1), applicability=MANUAL),))
    compared = compare({known(scope="", legacy=""): 1}, run, settings(tmp_path), after=True)
    (outcome,) = compared.result.outcomes
    assert (outcome.left, len(outcome.fixed), len(outcome.findings)) == ((), 1, 2)


@pytest.mark.parametrize(
    ("identity", "values", "given", "is_stale"),
    [
        (known(), {}, ("a.py",), True),
        (known("b.py"), {}, ("a.py",), False),
        (known("b.py"), {}, ("a.py", "b.py"), True),
        (known("gone.py"), {}, ("a.py",), True),
        (known("b.py", legacy="no.longer.Migrated"), {}, ("a.py",), True),
        (known(), {"select": ("CLF001",)}, ("a.py",), False),
        (known(), {"ignore": ("CLF00",)}, ("a.py",), False),
        (known(), {"select": ("CLF002",)}, ("a.py",), True),
    ],
)
def test_stale_is_only_what_was_looked_for(
    tmp_path: Path, identity: Identity, values: dict[str, tuple[str, ...]], given: tuple[str, ...], is_stale: bool
) -> None:
    run, chosen = result(given=given), settings(tmp_path, **values)
    compared = compare({identity: 1}, run, chosen, after=False)
    assert compared.stale == ((Stale(identity, 1, 0),) if is_stale else ())
    assert compared.pruned == renewed({identity: 1}, run, chosen) == ({} if is_stale else {identity: 1})


def test_a_file_that_failed_was_not_looked_at(tmp_path: Path) -> None:
    run = result(failure=Failure("a.py", "broken"))
    assert compare({known(): 1}, run, settings(tmp_path), after=False).stale == ()
    assert renewed({known(): 1}, run, settings(tmp_path)) == {known(): 1}


def test_renewed_counts_anew(tmp_path: Path) -> None:
    old = {known(legacy=""): 9, known("b.py"): 4}
    assert renewed(old, result((2, 5), (2, 10), (6, 5)), settings(tmp_path)) == {
        known(legacy=""): 2,
        known(scope="g", legacy=""): 1,
        known("b.py"): 4,
    }


# what is said of it


def said(entries: baseline.Entries, tmp_path: Path, *, written: bool = False, pruned: bool = False) -> list[str]:
    return remarks(
        "base", compare(entries, result((2, 5)), settings(tmp_path), after=False), written=written, pruned=pruned
    )


def test_remarks(tmp_path: Path) -> None:
    entries = {known(legacy=""): 2, known(scope=""): 1, known("b.py"): 1}
    assert said({}, tmp_path) == []
    assert said({known(legacy=""): 1}, tmp_path) == ["note: baseline base: 1 usage known and not shown"]
    assert said(entries, tmp_path) == [
        "note: baseline base: 1 usage known and not shown",
        "warning: baseline base: 2 usages gone; `cachelift check --prune-baseline` takes them out",
        f"warning:   a.py: CLF002 {CLASS}: 0 of 1 left",
        "warning:   a.py: f: CLF002 : 1 of 2 left",
    ]
    assert said(entries, tmp_path, pruned=True) == ["baseline base: 2 usages taken out, 2 usages in 2 entries kept"]
    assert said({known(legacy=""): 1}, tmp_path, written=True) == ["baseline base: 1 usage in 1 entry written"]


def test_only_some_are_listed(tmp_path: Path) -> None:
    lines = said({known(scope=f"f{number:02}"): 1 for number in range(22)}, tmp_path)
    assert (len(lines), lines[0], lines[-1]) == (
        22,
        "warning: baseline base: 22 usages gone; `cachelift check --prune-baseline` takes them out",
        "warning:   and 2 entries more",
    )


# the command line

SOURCE = """\
from app.services.cache_service import CacheService


def load(system):
    return CacheService("data", system=system)
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for file in STUB.rglob("*.py"):
        target = tmp_path / file.relative_to(STUB)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    (tmp_path / "app" / "a.py").write_text(SOURCE)
    (tmp_path / "pyproject.toml").write_text('[tool.cachelift]\nbaseline = "base"\n')
    monkeypatch.chdir(tmp_path)
    assert main(["check", "--write-baseline", "base"]) == 0
    return tmp_path


def scopes(root: Path) -> list[tuple[str, str, int]]:
    rows = [json.loads(line) for line in (root / "base").read_text().splitlines()[1:]]
    return [(row["scope"], row["code"], row["count"]) for row in rows]


TODAY = [("", "CLF001", 1), ("load", "CLF002", 1)]


def test_today_is_known(repository: Path, capsys: Capture) -> None:
    assert scopes(repository) == TODAY
    capsys.readouterr()
    assert main(["check"]) == 0
    out, err = capsys.readouterr()
    assert out == "0 usages rewritten, 0 left, 0 failed, 6 files seen\n"
    assert "cachelift: note: baseline base: 2 usages known and not shown\n" in err
    assert main(["check", "-q"]) == 0
    assert capsys.readouterr() == ("", "")


def test_writing_says_so(repository: Path, capsys: Capture) -> None:
    capsys.readouterr()
    main(["check", "--write-baseline", "base"])
    assert "cachelift: baseline base: 2 usages in 2 entries written\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    [
        "# moved\n\n" + SOURCE,
        SOURCE.replace("system", "name").replace("name=name", "system=name"),
        SOURCE.replace('("data", system=system)', '(\n        "data",\n        system=system,\n    )'),
        SOURCE.replace("import CacheService", "import CacheService, CacheKey"),
        SOURCE.replace("    return", "    if system:\n        return"),
        SOURCE + "\n\ndef other():\n    return 1\n",
        "def first():\n    return 1\n\n\n" + SOURCE,
    ],
)
def test_what_only_moved_is_not_new(repository: Path, text: str, capsys: Capture) -> None:
    (repository / "app" / "a.py").write_text(text)
    assert main(["check", "-q"]) == 0
    assert "gone" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    [
        SOURCE + "    CacheService('more')\n",
        SOURCE + "\n\ndef other():\n    return CacheService('more')\n",
        SOURCE + "\n\nCacheService('more')\n",
        SOURCE + "\n\ndef other(cache: CacheService): ...\n",
    ],
)
def test_a_new_usage_fails(repository: Path, text: str, capsys: Capture) -> None:
    before = (repository / "base").read_bytes()
    (repository / "app" / "a.py").write_text(text)
    capsys.readouterr()
    assert main(["check"]) == 1
    assert "1 left" in capsys.readouterr().out
    assert main(["check", "--prune-baseline"]) == 1
    assert (repository / "base").read_bytes() == before


def test_a_fixed_usage_is_stale_until_it_is_pruned(repository: Path, capsys: Capture) -> None:
    (repository / "app" / "a.py").write_text("x = 1\n")
    capsys.readouterr()
    assert main(["check"]) == 0
    assert "baseline base: 2 usages gone" in capsys.readouterr().err
    assert scopes(repository) == TODAY
    assert main(["check", "--prune-baseline"]) == 0
    assert "baseline base: 2 usages taken out, 0 usages in 0 entries kept" in capsys.readouterr().err
    assert (repository / "base").read_text() == HEADER
    assert main(["check", "--prune-baseline"]) == 0
    assert capsys.readouterr().err == "cachelift: baseline base: 0 usages taken out, 0 usages in 0 entries kept\n"


def test_other_files_are_let_be(repository: Path, capsys: Capture) -> None:
    assert main(["check", "app/services", "--prune-baseline"]) == 0
    assert main(["check", "app/services", "--write-baseline", "base"]) == 0
    assert scopes(repository) == TODAY
    capsys.readouterr()
    assert main(["check", "app/services"]) == 0
    assert "gone" not in capsys.readouterr().err


def test_fix_passes_what_is_known_and_rewrites_what_it_can(repository: Path, capsys: Capture) -> None:
    file = repository / "app" / "a.py"
    file.write_text(SOURCE + "\n\nsafe = CacheService(system='A')\n")
    main(["check", "--write-baseline", "base"])
    capsys.readouterr()
    assert main(["fix", "--diff"]) == 1
    assert "gone" not in capsys.readouterr().err
    assert main(["fix"]) == 0
    assert "safe = get_unified_cache('A')" in file.read_text()
    assert "baseline base: 1 usage gone" in capsys.readouterr().err


def test_standard_input(repository: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    for text, code in ((SOURCE, 0), (SOURCE + "    CacheService('more')\n", 1), ("x = 1\n", 0)):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert main(["check", "-", "--stdin-filename", "app/a.py"]) == code
        assert "gone" not in capsys.readouterr().err


def test_the_option_replaces_the_configuration(repository: Path, capsys: Capture) -> None:
    (repository / "other").write_text(HEADER)
    assert main(["check", "--baseline", "other"]) == 1
    assert main(["check", "--baseline", ""]) == 1
    assert main(["check", "--baseline", "gone"]) == 2
    assert "error: gone: there is no such baseline" in capsys.readouterr().err
    assert main(["check", "--baseline", "gone", "--format", "json"]) == 2
    assert "there is no such baseline" in json.loads(capsys.readouterr().out)["failures"][0]["message"]


def test_paths_are_those_of_the_working_directory_and_of_the_root(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "app")
    assert main(["check"]) == 0
    assert main(["check", "--baseline", "../base"]) == 0
    assert main(["check", "--write-baseline", "mine"]) == 0
    assert (repository / "app" / "mine").read_bytes() == (repository / "base").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--write-baseline", "x", "--baseline", "base"], "--write-baseline excludes --baseline and --prune-baseline"),
        (["--write-baseline", "x", "--prune-baseline"], "--write-baseline excludes --baseline and --prune-baseline"),
        (["-", "--write-baseline", "x"], "- (standard input) is one text: a baseline is written of files"),
        (["-", "--prune-baseline"], "- (standard input) is one text: a baseline is written of files"),
        (["--write-baseline", "gone/x"], "--write-baseline: 'gone/x' is a folder, or its folder does not exist"),
        (["--write-baseline", "app"], "--write-baseline: 'app' is a folder, or its folder does not exist"),
        (
            ["--prune-baseline", "--baseline", ""],
            "--prune-baseline needs --baseline FILE, or `baseline` in the configuration",
        ),
    ],
)
def test_contradictions(repository: Path, arguments: list[str], message: str, capsys: Capture) -> None:
    assert main(["check", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert scopes(repository) == TODAY


def test_a_broken_baseline_is_not_written_over(repository: Path, capsys: Capture) -> None:
    (repository / "base").write_text("mine\n")
    assert main(["check", "--write-baseline", "base"]) == 2
    assert (repository / "base").read_text() == "mine\n"
    assert "base:1: the line is no JSON object" in capsys.readouterr().err


def test_an_empty_name_in_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.cachelift]\nbaseline = " "\n')
    with pytest.raises(ConfigError, match=r"tool\.cachelift\.baseline: is empty: leave it out where there is none"):
        load_settings(str(tmp_path))


# flake8


def rows(root: Path) -> list[tuple[int, str]]:
    options = Namespace(filenames=["app/a.py"], stdin_display_name="stdin", cachelift_config=None)
    lines = (root / "app" / "a.py").read_text().splitlines(keepends=True)
    return [(row.line, row.text[:6]) for row in Run(options).rows("app/a.py", lines)]


def test_the_flake8_plugin_knows_it_as_well(repository: Path) -> None:
    assert rows(repository) == []
    (repository / "app" / "a.py").write_text(SOURCE + "    CacheService('more')\n")
    assert rows(repository) == [(6, "CLF002")]
    (repository / "pyproject.toml").write_text("[tool.cachelift]\n")
    assert rows(repository) == [(1, "CLF001"), (5, "CLF002"), (6, "CLF002")]


def test_what_noqa_silences_does_not_count(repository: Path) -> None:
    silenced = SOURCE.replace("    return", "    CacheService('one')  # noqa: CLF002\n    return")
    (repository / "app" / "a.py").write_text(silenced)
    assert main(["check", "-q"]) == 0
    assert rows(repository) == [(5, "CLF002")]  # flake8 itself hides this one
