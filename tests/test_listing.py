"""What git knows of a folder, and what a walk finds."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from cachelift import listing
from cachelift.listing import Listing, list_repository, relative, walk
from cachelift.model import Failure


def make(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()


def git(root: Path, *arguments: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=root, env=environment, check=True, capture_output=True)


def listed(root: Path) -> list[str]:
    result = list_repository(str(root))
    assert result.failures == []
    assert len(result.files) == len(set(result.files))
    return sorted(result.files)


@pytest.fixture(params=["git", "walk"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder that is a git checkout, and one that is not."""
    if request.param == "git":
        git(tmp_path, "init")
    return tmp_path


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    root.mkdir()
    git(root, "init")
    return root


def test_python_files_and_no_others(either: Path) -> None:
    make(either, "a.py", "b.pyi", "c.pyx", "d.txt", "e", "x/y/f.py", ".github/g.py", "build/h.py", "dist/i.py", ".j.py")

    assert listed(either) == [".github/g.py", ".j.py", "a.py", "b.pyi", "build/h.py", "dist/i.py", "x/y/f.py"]


def test_ignored_files(either: Path) -> None:
    make(either, "a.py", "b.py", "x/b.py", "x/c.py", "x/keep/d.py", "gone/e.py", "gone/keep.py", "x/sub/b.py")
    (either / ".gitignore").write_text("b.py\ngone/\n!gone/keep.py\n")
    (either / "x" / ".gitignore").write_text("!b.py\n/c.py\n")
    (either / "x" / "keep" / ".gitignore").write_text("# nothing\n")

    assert listed(either) == ["a.py", "x/b.py", "x/keep/d.py", "x/sub/b.py"]


def test_the_usual_folders_and_virtual_environments(either: Path) -> None:
    make(either, ".venv/a.py", "x/node_modules/y/b.py", "__pycache__/c.py", "env/pyvenv.cfg", "env/lib/d.py", "x/e.py")

    assert listed(either) == ["x/e.py"]


def test_what_is_no_regular_file(either: Path) -> None:
    make(either, "a.py", "dir.py/b.py")
    os.mkfifo(either / "fifo.py")
    here = os.getcwd()
    os.chdir(either)  # a socket's path must be short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("socket.py")
    finally:
        os.chdir(here)

    assert listed(either) == ["a.py", "dir.py/b.py"]


def test_links(either: Path) -> None:
    root = either / "root"
    make(root, "a.py", "x/b.py", "script", "pyproject.toml")
    make(either, "outside.py", "roots/c.py")
    (root / "link.py").symlink_to("x/b.py")
    (root / "script.py").symlink_to("script")
    (root / "out.py").symlink_to(either / "outside.py")
    (root / "sibling.py").symlink_to(either / "roots" / "c.py")
    (root / "broken.py").symlink_to("missing.py")
    (root / "folder.py").symlink_to("x")
    (root / "loop").symlink_to(".")
    result = list_repository(str(root))

    assert sorted(result.files) == ["a.py", "link.py", "script.py", "x/b.py"]
    assert result.links == {"link.py": "x/b.py", "script.py": "script"}


def test_git_is_taken_at_its_word_until_somebody_looks(checkout: Path) -> None:
    make(checkout, "a.py", "gone.py", "new.py", "x/b.py")
    git(checkout, "add", "a.py", "gone.py", "x/b.py")
    (checkout / "gone.py").unlink()
    (checkout / "link.py").symlink_to("a.py")
    result = list_repository(str(checkout), unseen=True)

    assert result.unseen
    assert sorted(result.files) == ["a.py", "gone.py", "link.py", "new.py", "x/b.py"]
    seen = result.seen(str(checkout))
    assert not seen.unseen
    assert sorted(seen.files) == ["a.py", "link.py", "new.py", "x/b.py"]
    assert seen.links == {"link.py": "a.py"}


def test_a_walk_looks_at_every_file(tmp_path: Path) -> None:
    make(tmp_path, "a.py")

    assert list_repository(str(tmp_path), unseen=True) == Listing(["a.py"], {}, [])


def test_what_git_has_begun_is_taken_up(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(checkout, "a.py")
    listing.start(str(checkout))
    monkeypatch.setattr(listing, "_ls_files", None)

    assert listed(checkout) == ["a.py"]
    listing.forget()


def test_what_nobody_asked_for_is_ended(checkout: Path) -> None:
    listing.start(str(checkout))
    (processes,) = listing._ahead.values()
    listing.forget()

    assert listing._ahead == {}
    assert all(process.returncode is not None for process in processes)


def test_nothing_is_begun_without_git(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    listing.start(str(checkout))

    assert listing._ahead == {}


def test_names_that_are_no_text(either: Path) -> None:
    name = os.fsdecode(b"\xe9 \n\xc3\xa9.py")
    make(either, name)

    assert listed(either) == [name]


def test_tracked_files_are_taken_wherever_they_are(checkout: Path) -> None:
    make(checkout, "a.py", "ignored.py", "venv/b.py", "env/pyvenv.cfg", "env/c.py")
    (checkout / ".gitignore").write_text("ignored.py\n")
    git(checkout, "add", "--force", ".")
    make(checkout, "venv/untracked.py", "env/untracked.py", "env/deep/untracked.py")

    assert listed(checkout) == ["a.py", "env/c.py", "ignored.py", "venv/b.py"]


def test_what_git_is_told_elsewhere_counts(checkout: Path) -> None:
    make(checkout, "a.py", "b.py")
    (checkout / ".git" / "info" / "exclude").write_text("b.py\n")

    assert listed(checkout) == ["a.py"]


def test_files_deleted_from_the_work_tree(checkout: Path) -> None:
    make(checkout, "a.py", "b.py", "c.py")
    git(checkout, "add", ".")
    (checkout / "b.py").unlink()
    (checkout / "c.py").unlink()
    (checkout / "c.py").mkdir()

    assert listed(checkout) == ["a.py"]


def test_a_file_in_conflict_is_one_file(checkout: Path) -> None:
    (checkout / "a.py").write_text("1")
    git(checkout, "add", ".")
    git(checkout, "commit", "-m", "one")
    git(checkout, "checkout", "-b", "other")
    (checkout / "a.py").write_text("2")
    git(checkout, "commit", "-am", "two")
    git(checkout, "checkout", "-")
    (checkout / "a.py").write_text("3")
    git(checkout, "commit", "-am", "three")
    with pytest.raises(subprocess.CalledProcessError):
        git(checkout, "merge", "other")

    assert listed(checkout) == ["a.py"]


def test_other_repositories_inside_are_left_alone(checkout: Path) -> None:
    make(checkout, "a.py", "sub/b.py")
    git(checkout / "sub", "init")
    git(checkout / "sub", "add", ".")
    git(checkout / "sub", "commit", "-m", "one")

    assert listed(checkout) == ["a.py"]

    git(checkout, "add", ".")

    assert listed(checkout) == ["a.py"]
    assert listed(checkout / "sub") == ["b.py"]


def test_a_root_below_that_of_the_checkout(checkout: Path) -> None:
    make(checkout, "a.py", "x/b.py", "x/y/c.py", "x/d.py")
    (checkout / ".gitignore").write_text("d.py\n")
    git(checkout, "add", "x/b.py")

    assert listed(checkout / "x") == ["b.py", "y/c.py"]


def test_a_root_that_git_ignores_is_walked(checkout: Path) -> None:
    make(checkout, "x/a.py", "x/b.py")
    (checkout / ".gitignore").write_text("x/\n")
    (checkout / "x" / ".gitignore").write_text("b.py\n")

    assert listed(checkout / "x") == ["a.py"]


def test_a_checkout_that_git_ignores_as_a_whole_has_no_files(checkout: Path) -> None:
    make(checkout, "a.py")
    (checkout / ".git" / "info" / "exclude").write_text("*\n")

    assert listed(checkout) == []


def test_what_a_git_hook_leaves_in_the_environment_does_not_count(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(checkout, "x/a.py", "x/b.py")
    git(checkout, "add", "x/a.py")
    monkeypatch.setenv("GIT_DIR", str(checkout / "missing"))
    monkeypatch.setenv("GIT_INDEX_FILE", "missing")
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")

    assert listed(checkout / "x") == ["a.py", "b.py"]


def test_without_git_a_checkout_is_walked(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(checkout, "a.py", "b.py", ".venv/c.py")
    (checkout / ".gitignore").write_text("b.py\n")
    monkeypatch.setenv("PATH", "")

    assert listed(checkout) == ["a.py"]


def test_a_checkout_that_git_does_not_want_is_walked(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "b.py")
    (tmp_path / ".git").write_text("this is no gitdir\n")
    (tmp_path / ".gitignore").write_text("b.py\n")

    assert listed(tmp_path) == ["a.py"]


def test_an_ignore_file_that_cannot_be_read(tmp_path: Path) -> None:
    make(tmp_path, "a.py", ".gitignore/b.py")

    assert walk(str(tmp_path)).files == ["a.py", ".gitignore/b.py"]


@pytest.mark.parametrize(("unreadable", "failure"), [("", "."), ("x", "x")])
def test_a_folder_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unreadable: str, failure: str
) -> None:
    make(tmp_path, "x/a.py")
    real = os.scandir

    def scandir(path: str) -> object:
        if path == f"{tmp_path}/{unreadable}":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert walk(str(tmp_path)) == Listing(
        [], {}, failures=[Failure(failure, "cannot read the folder: Permission denied")]
    )


def test_a_walk_below_the_root(tmp_path: Path) -> None:
    make(tmp_path, "venv/a.py", "venv/x/b.py", "c.py")
    (tmp_path / ".gitignore").write_text("*\n")
    (tmp_path / "venv" / "x" / ".gitignore").write_text("/a.py\n")

    assert sorted(walk(str(tmp_path), "venv").files) == ["venv/a.py", "venv/x/b.py"]


@pytest.mark.parametrize(
    ("root", "path", "expected"),
    [
        ("/a/b", "/a/b", ""),
        ("/a/b", "/a/b/c/d", "c/d"),
        ("/", "/a", "a"),
        ("/a/b", "/a/bc", None),
        ("/a/b", "/a", None),
        ("/a/b", "/", None),
    ],
)
def test_relative(root: str, path: str, expected: str | None) -> None:
    assert relative(root, path) == expected
