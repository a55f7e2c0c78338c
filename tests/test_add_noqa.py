"""``fix --add-noqa`` silences what is left, and ``check`` tells which suppressions hide nothing."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from stub import IMPORT, NEW_IMPORT, flake8, lay_out, places

from cachelift.cli import main
from cachelift.writing import ChangedOnDisk, replace_file

MANUAL = IMPORT + 'cache = CacheService("dir")\n'
SILENCED = IMPORT.rstrip() + '  # noqa: CLF001\ncache = CacheService("dir")  # noqa: CLF002\n'

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> int:
    return main(arguments)


def test_what_is_left_is_silenced(root: Path, capsys: Capture) -> None:
    lay_out(root, {"app/one.py": MANUAL, "app/two.py": IMPORT + 'cache = CacheService(system="A")\n'})

    assert run("fix", "--add-noqa") == 0
    assert (root / "app/one.py").read_text() == SILENCED
    assert (root / "app/two.py").read_text() == NEW_IMPORT + 'cache = get_unified_cache("A")\n'
    said = capsys.readouterr()
    assert "2 usages rewritten in 2 files, 0 left" in said.out
    assert said.err.endswith("cachelift: note: silenced with `# noqa`: 2\n")
    assert flake8(root, ".").stdout == ""
    assert places(flake8(root, "--disable-noqa", ".").stdout) == {
        ("app/one.py", 1, 1, "CLF001"),
        ("app/one.py", 2, 9, "CLF002"),
    }
    assert run("check") == 0
    assert "unused" not in capsys.readouterr().err


def test_a_second_run_changes_nothing(root: Path, capsys: Capture) -> None:
    lay_out(root, {"app/one.py": MANUAL})

    assert run("fix", "--add-noqa") == 0
    assert run("fix", "--add-noqa") == 0
    assert run("fix", "--unsafe-fixes", "--add-noqa") == 0
    assert (root / "app/one.py").read_text() == SILENCED
    said = capsys.readouterr()
    assert said.out.count("0 usages rewritten, 0 left") == 2
    assert said.err.count("silenced") == 1


def test_a_file_that_is_rewritten_in_part_is_written_with_both(root: Path) -> None:
    lay_out(root, {"app/one.py": IMPORT + 'a = CacheService(system="A")\nb = CacheService("dir")  # noqa: E501\n'})

    assert run("fix", "--add-noqa") == 0
    assert (root / "app/one.py").read_text() == (
        IMPORT.rstrip()
        + "  # noqa: CLF001\n"
        + NEW_IMPORT
        + 'a = get_unified_cache("A")\nb = CacheService("dir")  # noqa: E501,CLF002\n'
    )


def test_the_diff_shows_it_and_changes_nothing(root: Path, capsys: Capture) -> None:
    lay_out(root, {"app/one.py": MANUAL})

    assert run("fix", "--add-noqa", "--diff") == 1
    assert (root / "app/one.py").read_text() == MANUAL
    assert capsys.readouterr().out.splitlines() == [
        "diff --git a/app/one.py b/app/one.py",
        "--- a/app/one.py",
        "+++ b/app/one.py",
        "@@ -1,2 +1,2 @@",
        "-" + MANUAL.splitlines()[0],
        "-" + MANUAL.splitlines()[1],
        "+" + SILENCED.splitlines()[0],
        "+" + SILENCED.splitlines()[1],
    ]


def test_standard_input_becomes_the_text_with_comments(
    root: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(root, {})
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(MANUAL.encode())))

    assert run("fix", "--add-noqa", "--stdin-filename", "app/one.py", "-") == 0
    assert capsys.readouterr().out == SILENCED


def test_bytes_stay(root: Path) -> None:
    text = "# coding: latin-1\r\nname = 'é'\r\n" + MANUAL.replace("\n", "\r\n").rstrip()
    lay_out(root, {"app/one.py": text.encode("latin-1"), "app/two.py": b"\xef\xbb\xbf" + MANUAL.encode()})

    assert run("fix", "--add-noqa") == 0
    assert (root / "app/one.py").read_bytes() == (
        "# coding: latin-1\r\nname = 'é'\r\n" + SILENCED.replace("\n", "\r\n").rstrip()
    ).encode("latin-1")
    assert (root / "app/two.py").read_bytes() == b"\xef\xbb\xbf" + SILENCED.encode()
    assert flake8(root, ".").stdout == ""


def test_only_the_given_files_get_comments(root: Path) -> None:
    lay_out(root, {"app/one.py": MANUAL, "app/two.py": MANUAL})

    assert run("fix", "--add-noqa", "app/one.py") == 0
    assert (root / "app/one.py").read_text() == SILENCED
    assert (root / "app/two.py").read_text() == MANUAL


def test_what_cannot_be_silenced_is_left(root: Path, capsys: Capture) -> None:
    text = IMPORT + "CacheService('# noqa: E501')\n"
    lay_out(root, {"app/one.py": text})
    found = json_report(capsys, "fix", "--add-noqa", "app/one.py")

    assert [(each["line"], each["code"]) for each in found["findings"]] == [(2, "CLF002")]
    assert (root / "app/one.py").read_text() == text.replace("CacheService\n", "CacheService  # noqa: CLF001\n")
    assert [(each["line"], each["code"]) for each in json_report(capsys, "check", "app/one.py")["findings"]] == [
        (2, "CLF002")
    ]
    assert places(flake8(root, "app/one.py").stdout) == {("app/one.py", 2, 1, "CLF002")}


def test_nothing_is_written_where_no_comment_helps(root: Path, capsys: Capture) -> None:
    text = "from app.services import cache_service; cache_service.CacheService('# noqa: E501')\n"
    lay_out(root, {"app/one.py": text})

    assert run("fix", "--add-noqa") == 1
    assert (root / "app/one.py").read_text() == text
    assert "0 usages rewritten, 2 left" in capsys.readouterr().out


def json_report(capsys: Capture, *arguments: str) -> dict[str, list[dict[str, object]]]:
    capsys.readouterr()
    run(*arguments, "--format", "json")
    report: dict[str, list[dict[str, object]]] = json.loads(capsys.readouterr().out)
    return report


def test_files_that_fail_stay_as_they_are(root: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(root, {"app/one.py": MANUAL, "app/two.py": MANUAL, "app/bad.py": IMPORT + "def (\n"})

    def refuse(path: str, before: bytes, after: bytes) -> None:
        if path.endswith("one.py"):
            raise ChangedOnDisk(path)
        replace_file(path, before, after)

    monkeypatch.setattr("cachelift.saving.replace_file", refuse)

    assert run("fix", "--add-noqa") == 2
    assert (root / "app/one.py").read_text() == MANUAL
    assert (root / "app/two.py").read_text() == SILENCED
    assert (root / "app/bad.py").read_text() == IMPORT + "def (\n"
    assert "app/one.py: error: cannot be written: the file was changed by somebody else" in capsys.readouterr().out


def test_a_file_whose_output_did_not_hold_gets_no_comments(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = IMPORT + 'CacheService(system="A")\n'
    lay_out(root, {"app/one.py": text})
    monkeypatch.setattr("cachelift.verify.verify", lambda *arguments, **keywords: 1 / 0)

    assert run("fix", "--add-noqa") == 2
    assert (root / "app/one.py").read_text() == text


def test_what_the_baseline_knows_needs_no_comment(root: Path) -> None:
    lay_out(root, {"app/one.py": MANUAL})
    assert run("check", "--write-baseline", "baseline.jsonl") == 0
    (root / "pyproject.toml").write_text('[tool.cachelift]\nbaseline = "baseline.jsonl"\n')
    (root / "app/two.py").write_text(MANUAL)

    assert run("fix", "--add-noqa") == 0
    assert (root / "app/one.py").read_text() == MANUAL
    assert (root / "app/two.py").read_text() == SILENCED


def test_an_import_is_silenced_by_the_code_that_it_is_reported_with(root: Path, capsys: Capture) -> None:
    package = "from app.services.cache_service import CacheService\n"
    user = "from app.caching import CacheService\nCacheService('dir')\n"
    lay_out(root, {"app/caching/__init__.py": package, "app/user.py": user})

    assert [each["code"] for each in json_report(capsys, "check", "app/caching")["findings"]] == ["CLF007"]
    (root / "app/caching/__init__.py").write_text(package.rstrip() + "  # noqa: CLF001\n")
    assert [each["code"] for each in json_report(capsys, "check", "app/caching")["findings"]] == ["CLF007"]
    assert places(flake8(root, "app/caching").stdout) == {("app/caching/__init__.py", 1, 1, "CLF007")}
    (root / "app/caching/__init__.py").write_text(package.rstrip() + "  # noqa: CLF007\n")
    assert json_report(capsys, "check", "app/caching")["findings"] == []
    assert flake8(root, "app/caching").stdout == ""
    assert run("fix", "app") == 1
    assert (root / "app/caching/__init__.py").read_text() == package.rstrip() + "  # noqa: CLF007\n"


def test_check_tells_which_suppressions_hide_nothing(root: Path, capsys: Capture) -> None:
    text = SILENCED + "x = 1  # noqa: CLF003\ny = 2  # cachelift: skip\n"
    lay_out(root, {"app/one.py": text, "app/two.py": "cache = 1  # noqa: E501,CLF002\n"})

    assert run("check") == 0
    assert capsys.readouterr().err.splitlines() == [
        "cachelift: warning: app/one.py:3:16: unused suppression: CLF003 hides nothing",
        "cachelift: warning: app/one.py:4:8: unused suppression: # cachelift: skip hides nothing",
        "cachelift: warning: app/two.py:1:25: unused suppression: CLF002 hides nothing",
    ]


@pytest.mark.parametrize(
    "arguments", [("check", "--quiet"), ("check", "--format", "json"), ("fix",), ("check", "app/ok.py")]
)
def test_elsewhere_unused_suppressions_are_not_told(root: Path, capsys: Capture, arguments: tuple[str, ...]) -> None:
    lay_out(root, {"app/two.py": "cache = 1  # noqa: CLF002\n", "app/ok.py": "x = 1\n"})

    assert run(*arguments) == 0
    assert capsys.readouterr().err == ""


def test_files_that_cannot_be_read_are_not_judged(root: Path, capsys: Capture) -> None:
    lay_out(
        root,
        {
            "app/one.py": b"# coding: ascii\nx = '\xe9'  # noqa: CLF002\n",
            "app/two.py": IMPORT + "def (  # noqa: CLF002\n",
            "app/three.py": "x = 1  # noqa: CLF002\n",
        },
    )

    assert run("check") == 2
    assert capsys.readouterr().err.splitlines() == [
        "cachelift: warning: app/three.py:1:16: unused suppression: CLF002 hides nothing"
    ]


def test_a_mention_is_judged_where_mentions_are_selected(root: Path, capsys: Capture) -> None:
    lay_out(root, {"app/one.py": "# CacheService  # noqa: CLF010\nx = 1  # noqa: CLF010\n"})

    assert run("check") == 0
    assert capsys.readouterr().err == ""
    assert run("check", "--select", "CLF") == 0
    assert capsys.readouterr().err == ""
    assert run("check", "--select", "CLF010") == 0
    assert capsys.readouterr().err.splitlines() == [
        "cachelift: warning: app/one.py:2:16: unused suppression: CLF010 hides nothing"
    ]


def test_standard_input_is_judged(root: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(root, {"app/two.py": "cache = 1  # noqa: CLF002\n"})
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"x = 1  # noqa: CLF003\n")))

    assert run("check", "--stdin-filename", "app/one.py", "-") == 0
    assert capsys.readouterr().err.splitlines() == [
        "cachelift: warning: app/one.py:1:16: unused suppression: CLF003 hides nothing"
    ]
