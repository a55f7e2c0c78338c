"""Which files: the repository's, those that the user means, those worth a look."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelift.discover import Discovery, Prefilter, discover, scan
from cachelift.model import Failure


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git checkout, the current folder: a.py, x/b.py, x/y/c.py, script; ignored: out/d.py; untracked: e.pyi."""
    folder = tmp_path / "root"
    for path in ("a.py", "x/b.py", "x/y/c.py", "script", "out/d.py", "e.pyi"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    (folder / ".gitignore").write_text("out/\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    for command in (["init"], ["add", "a.py", "x"]):
        subprocess.run(["git", *command], cwd=folder, env=environment, check=True, capture_output=True)
    monkeypatch.chdir(folder)
    return folder


ALL = ("a.py", "e.pyi", "x/b.py", "x/y/c.py")


@pytest.mark.parametrize(
    ("paths", "given"),
    [
        (["."], ALL),
        ([], ()),
        (["x"], ("x/b.py", "x/y/c.py")),
        (["x/"], ("x/b.py", "x/y/c.py")),
        (["x/../x/y", "a.py", "./a.py"], ("a.py", "x/y/c.py")),
    ],
)
def test_paths(root: Path, paths: list[str], given: tuple[str, ...]) -> None:
    assert discover(str(root), paths) == Discovery(str(root), ALL, frozenset(given))


@pytest.mark.parametrize("path", ["script", "out/d.py"])
def test_files_that_are_named_are_taken(root: Path, path: str) -> None:
    assert discover(str(root), [path]) == Discovery(str(root), tuple(sorted([*ALL, path])), frozenset([path]))


def test_folders_of_which_git_knows_nothing_are_walked_when_they_are_named(root: Path) -> None:
    assert discover(str(root), ["out"]).given == {"out/d.py"}
    assert discover(str(root), ["out", "x/y"]).files == ("a.py", "e.pyi", "out/d.py", "x/b.py", "x/y/c.py")


def test_a_folder_without_files(root: Path) -> None:
    (root / "empty").mkdir()

    assert discover(str(root), ["empty"]) == Discovery(str(root), ALL, frozenset())


def test_excluded_files_are_known_and_not_given(root: Path) -> None:
    assert discover(str(root), ["."], ["y/", "/a.py", "b.py", "!x/b.py"]) == Discovery(
        str(root), ALL, frozenset({"e.pyi", "x/b.py"})
    )


def test_files_that_are_named_and_excluded(root: Path) -> None:
    result = discover(str(root), ["x/b.py", "a.py"], ["x"])

    assert result == Discovery(str(root), ALL, frozenset({"a.py"}), excluded=("x/b.py",))


def test_a_folder_below_an_excluded_one_cannot_be_had_back(root: Path) -> None:
    assert discover(str(root), ["."], ["x/", "!x/y/", "!c.py"]).given == {"a.py", "e.pyi"}


def test_paths_that_are_no_files(root: Path) -> None:
    os.mkfifo(root / "fifo.py")
    result = discover(str(root), ["missing.py", "fifo.py", "a.py", "a.py/b.py", "nul\0.py"])

    assert result.given == {"a.py"}
    assert result.failures == (
        Failure("missing.py", "no such file or directory"),
        Failure("fifo.py", "not a regular file"),
        Failure("a.py/b.py", "not a directory"),
        Failure("nul\0.py", "the name holds a null character"),
    )


def test_links_that_lead_nowhere(root: Path) -> None:
    (root / "broken.py").symlink_to("missing.py")

    assert discover(str(root), ["broken.py"]).failures == (Failure("broken.py", "no such file or directory"),)


def test_of_a_link_and_its_target_only_the_target_is_given(root: Path) -> None:
    (root / "link.py").symlink_to("x/b.py")
    (root / "one.py").symlink_to("script")
    (root / "two.py").symlink_to("script")
    result = discover(str(root), ["."])

    assert result.files == ("a.py", "e.pyi", "link.py", "one.py", "two.py", "x/b.py", "x/y/c.py")
    assert result.given == {"a.py", "e.pyi", "one.py", "x/b.py", "x/y/c.py"}
    assert discover(str(root), ["link.py"]).given == {"link.py"}
    assert discover(str(root), ["link.py", "x/b.py"]).given == {"x/b.py"}


def test_a_link_whose_target_is_excluded_is_given(root: Path) -> None:
    (root / "link.py").symlink_to("x/b.py")

    assert discover(str(root), ["."], ["x"]).given == {"a.py", "e.pyi", "link.py"}


def test_links_that_leave_the_root_count_only_when_named(root: Path) -> None:
    (root.parent / "outside.py").touch()
    (root / "leaves.py").symlink_to("../outside.py")

    assert discover(str(root), ["."]).files == ALL
    assert discover(str(root), ["leaves.py"]).given == {"leaves.py"}


def test_a_root_that_is_reached_through_a_link(root: Path) -> None:
    link = root.parent / "link"
    link.symlink_to(root)

    assert discover(str(link), [str(link / "x")]) == discover(str(root), ["x"])


def test_files_outside_the_root(root: Path) -> None:
    (root.parent / "other").mkdir()
    for name in ("f.py", "other/g.py", "other/h.txt"):
        (root.parent / name).touch()
    result = discover(str(root), ["../f.py", "../other", "a.py"], ["*.pyi"])

    assert result == Discovery(
        str(root), ALL, frozenset({"a.py"}), outside=(str(root.parent / "f.py"), str(root.parent / "other" / "g.py"))
    )


def test_folders_that_cannot_be_read_are_failures(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)

    assert discover(str(root), ["out"]).failures == (Failure("out", "cannot read the folder: Permission denied"),)


@pytest.mark.parametrize(
    ("tokens", "data"),
    [
        (["CacheService"], b"x = CacheService()"),
        (["CacheService", "Cache"], b"x = Cache()"),
        (["a", "CacheService"], b"CacheService"),
        (["Caf\u00e9"], b"# coding: latin-1\nCaf\xe9()"),
        (["\u540d"], b""),
        ([""], b""),
        ([f"token{number}_" for number in range(20)], b"x = token19_ + 1"),
    ],
)
def test_the_prefilter_lets_pass(tokens: list[str], data: bytes) -> None:
    assert Prefilter(tokens).matches(data)


@pytest.mark.parametrize(
    ("tokens", "data"),
    [
        ([], b"anything"),
        (["CacheService"], b""),
        (["CacheService", "cache_service"], b"cacheservice = Cache"),
        ([f"token.{number}_" for number in range(20)], b"x = tokens19_ + 1"),
    ],
)
def test_the_prefilter_stops(tokens: list[str], data: bytes) -> None:
    assert not Prefilter(tokens).matches(data)


WORDS = st.text("abc", max_size=3)


@given(st.lists(WORDS, max_size=30), WORDS.map(lambda word: word * 3))
def test_the_prefilter_is_a_search_for_each_token(tokens: list[str], data: str) -> None:
    assert Prefilter(tokens).matches(data.encode()) == any(token in data for token in tokens)


def test_scan(tmp_path: Path) -> None:
    big = b"#" * 200_000 + b" needle"
    (tmp_path / "x").mkdir()
    for name, data in {"a.py": b"needle", "b.py": b"nothing", "x/big.py": big, "c.py": b""}.items():
        (tmp_path / name).write_bytes(data)
    root = tmp_path / "x"

    assert list(scan(str(tmp_path), ["a.py", "b.py", "c.py", "gone.py", "x", "x/big.py"], Prefilter(["needle"]))) == [
        ("a.py", b"needle"),
        Failure("gone.py", "cannot read the file: No such file or directory"),
        Failure("x", "cannot read the file: Is a directory"),
        ("x/big.py", big),
    ]
    assert list(scan(str(root), [str(tmp_path / "a.py")], Prefilter(["needle"]))) == [
        (str(tmp_path / "a.py"), b"needle")
    ]
