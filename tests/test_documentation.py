"""The pages that show what commands print, followed to the letter."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from console import Reader, agree
from environment import environment

ROOT = Path(__file__).parent.parent

GIT = """\
[user]
name = A User
email = user@example.com
[init]
defaultBranch = main
"""

PROJECT = """\
[project]
name = "app"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["typing-extensions"]

[tool.cachelift]
"""

JOBS = """\
from app.services.cache_service import CacheService
from app.services.cache_service import CacheKey

cache = CacheService(system="A")
key = CacheKey("k")
"""

REBUILD = """\
from app.services.cache_service import CacheService


def rebuild(folder):
    nightly = CacheService(folder)
    hourly = CacheService(system="OW")  # noqa: E501
    return nightly, hourly
"""


def copy_application(folder: Path) -> None:
    shutil.copytree(
        ROOT / "fixtures" / "reference_app",
        folder,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("__pycache__", "data", ".pytest_cache"),
    )


def variables(home: Path) -> dict[str, str]:
    """What a reader's commands need to know."""
    mine = {name: value for name, value in environment().items() if not name.startswith(("GIT_", "PRE_COMMIT"))}
    return {
        **mine,
        "GIT_CONFIG_NOSYSTEM": "1",
        "NO_COLOR": "1",
        "PRE_COMMIT_COLOR": "never",
        "PRE_COMMIT_HOME": str(home / ".cache"),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "XDG_CONFIG_HOME": str(home / ".config"),
    }


def follow(name: str, home: Path) -> None:
    """Do what a page says, and see what it shows."""
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    steps = 0
    for command, expected, printed in Reader(home, variables(home)).follow(page):
        assert agree(expected, printed), f"$ {command}\n{printed}"
        steps += 1
    assert steps == page.count("\n$ ")


def test_the_tutorial(tmp_path: Path) -> None:
    """It starts beside a checkout."""
    copy_application(tmp_path / "cachelift" / "fixtures" / "reference_app")
    (tmp_path / ".gitconfig").write_text(GIT)
    follow("tutorial.md", tmp_path)


@pytest.mark.parametrize("name", ["baseline.md", "formats.md", "scale.md"])
def test_the_pages_on_one_thing(name: str, tmp_path: Path) -> None:
    """They start in the application."""
    copy_application(tmp_path)
    follow(name, tmp_path)


@pytest.mark.parametrize(
    ("name", "jobs"),
    [("deprecate.md", JOBS), ("export.md", JOBS), ("flake8.md", REBUILD), ("suppression.md", REBUILD)],
)
def test_the_pages_on_other_tools(name: str, jobs: str, tmp_path: Path) -> None:
    """They start where one module of a small application is left to migrate."""
    shutil.copytree(ROOT / "fixtures" / "stub", tmp_path, dirs_exist_ok=True)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "app/jobs.py").write_text(jobs)
    follow(name, tmp_path)


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("", "", True),
        ("a\n", "a\n", True),
        ("a\n", "b\n", False),
        ("a\n", "a\nb\n", False),
        ("a\n...\n", "a\n", True),
        ("a\n...\n", "a\nb\nc\n", True),
        ("...\nc\n", "a\nb\nc\n", True),
        ("a\n...\nc\n", "a\nb\nd\n", False),
        ("a.\n", "ab\n", False),
        (" ...\n", "a\n", False),
    ],
)
def test_what_a_page_leaves_out(expected: str, printed: str, same: bool) -> None:
    assert agree(expected, printed) is same


def test_a_reader(tmp_path: Path) -> None:
    page = """\
```console
$ mkdir here; cd here; pwd
/home/me/here
$ false
$ echo $? in 1.5s
1 in 2.0s
```
```toml
# a.toml
a = 1
```
```yaml
no: file
```
```diff
--- a/a.toml
+++ b/a.toml
@@ -1 +1 @@
-a = 1
+a = 2
```
```console
$ cat a.toml; cd ..; ls here; cat missing
a = 2
```
"""
    steps = list(Reader(tmp_path, environment(LC_ALL="C")).follow(page))
    assert steps == [
        ("mkdir here; cd here; pwd", "/home/me/here\n", "/home/me/here\n"),
        ("false", "", ""),
        ("echo $? in 1.5s", "1 in 0.00s\n", "1 in 0.00s\n"),
        (
            "cat a.toml; cd ..; ls here; cat missing",
            "a = 2\n",
            "a = 2\na.toml\ncat: missing: No such file or directory\n",
        ),
    ]
