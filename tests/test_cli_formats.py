"""The formats for machines through the command line, on real files."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import golden
import pytest

from cachelift.cli import main
from cachelift.report import FORMATS

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose Python project is in a folder of it; the working directory is below that."""
    (tmp_path / ".git").mkdir()
    golden.lay_out(tmp_path / "backend")
    monkeypatch.chdir(tmp_path / "backend" / "app")
    return tmp_path


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_the_same_exit_code(repository: Path, name: str) -> None:
    assert main(["check", "plain.py", "--format", name]) == 1
    assert main(["check", ".", "--format", name]) == 2
    assert main(["check", "services", "--format", name]) == 0


def test_paths_are_those_that_the_reader_of_the_format_takes(repository: Path, capsys: Capture) -> None:
    found = {}
    for name in ("sarif", "github", "gitlab", "rdjson", "json"):
        main(["check", "plain.py", "--format", name])
        found[name] = capsys.readouterr().out
    assert "file=backend/app/plain.py,line=1," in found["github"]
    assert json.loads(found["gitlab"])[0]["location"]["path"] == "backend/app/plain.py"
    assert '"uri": "backend/app/plain.py"' in found["sarif"]
    assert json.loads(found["rdjson"])["diagnostics"][0]["location"]["path"] == "plain.py"
    assert json.loads(found["json"])["findings"][0]["path"] == "app/plain.py"


def test_without_version_control_the_root_is_the_top(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    golden.lay_out(tmp_path)
    monkeypatch.chdir(tmp_path / "app")
    exists = os.path.exists
    monkeypatch.setattr(os.path, "exists", lambda path: not os.fspath(path).endswith(".git") and exists(path))
    main(["check", "plain.py", "--format", "github"])
    assert capsys.readouterr().out.startswith("::error file=app/plain.py,line=1,")


@pytest.mark.parametrize(("name", "has_fixes"), [("sarif", True), ("rdjson", True), ("gitlab", False)])
def test_fixes_of_files_and_of_standard_input(
    repository: Path, name: str, has_fixes: bool, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["check", "plain.py", "--format", name])
    of_file = capsys.readouterr().out
    text = golden.FILES["app/plain.py"].encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    main(["check", "-", "--stdin-filename", "plain.py", "--format", name])
    assert capsys.readouterr().out == of_file
    assert ('get_unified_cache(\\"KP\\")' in of_file) is has_fixes


def test_output_replaces_the_file_as_a_whole(repository: Path, capsys: Capture) -> None:
    target = repository / "report.sarif"
    target.write_text("old" * 100_000)
    assert main(["check", "plain.py", "--format", "sarif", "--output", str(target)]) == 1
    assert json.loads(target.read_text())["version"] == "2.1.0"
    assert capsys.readouterr().out == ""
    assert [path.name for path in repository.iterdir() if "report" in path.name] == ["report.sarif"]
