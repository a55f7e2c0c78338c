"""What happens before the command line is loaded."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from helpers import LEGACY, lay_out

from cachelift import listing, start


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    """What was begun is ended whatever a test finds."""
    yield
    listing.forget()


@pytest.mark.parametrize(
    ("arguments", "begun"), [(["check"], 1), (["fix", "--diff", "."], 1), (["explain"], 0), ([], 0)]
)
def test_git_begins_where_a_command_looks_at_files(
    arguments: list[str], begun: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    found: list[list[str]] = []

    def script() -> NoReturn:
        found.append([*listing._ahead])
        sys.exit()

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["cachelift", *arguments])
    monkeypatch.setattr("cachelift.cli.script", script)
    with pytest.raises(SystemExit):
        start.script()

    assert found == [[str(tmp_path)] * begun]


def test_a_guess_that_fails_is_none_of_the_users_business(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    code = "import os, sys; os.rmdir(os.getcwd()); from cachelift.start import script; script()"
    command = [sys.executable, "-c", code, "check"]
    run = subprocess.run(command, cwd=gone, capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("cachelift: error")
    assert "Traceback" not in run.stderr


def test_another_root_than_the_guessed_one(tmp_path: Path) -> None:
    lay_out(tmp_path / "inner", {"app/a.py": LEGACY})
    lay_out(tmp_path, {"app/b.py": "x = 1\n"})
    (tmp_path / "docs").mkdir()
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "inner" / "pyproject.toml").write_text("[tool.cachelift]\n")
    command = [sys.executable, "-m", "cachelift", "check", "--quiet", "--exclude", "docs", "inner"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert run.stderr == ""
    assert run.returncode == 1
