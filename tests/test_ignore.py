"""Patterns as in ``.gitignore``; git itself is the oracle."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cachelift.ignore import Ignore, parse


def decide(patterns: str, path: str) -> bool | None:
    """What the patterns say of a path; a folder's ends with a slash."""
    return parse(patterns.encode()).decide(path.rstrip("/"), is_dir=path.endswith("/"))


@pytest.mark.parametrize(
    ("patterns", "path"),
    [
        ("a.py", "a.py"),
        ("a.py", "x/y/a.py"),
        ("/a.py", "a.py"),
        ("x/a.py", "x/a.py"),
        ("x/", "x/"),
        ("x", "x/"),
        ("*.py", "x/.py"),
        ("a?c", "abc"),
        ("a??", "aé"),  # git's ? is a byte
        ("é", "x/é"),
        ("[a-c]", "b"),
        ("[!a-c]", "d"),
        ("[^a]", "b"),
        ("[]a]", "]"),
        ("[a-]", "-"),
        ("[-a]", "-"),
        ("[a\\]]", "]"),
        ("[\\a-\\c]", "b"),
        ("[[:alpha:]0]", "x"),
        ("[[:digit:]-x]", "-"),
        ("[[:x]", ":"),
        ("[a-c-e]", "-"),
        ("**/a", "x/y/a"),
        ("**/a", "a"),
        ("x/**/a", "x/a"),
        ("x/**/a", "x/y/z/a"),
        ("x/**", "x/y/z"),
        ("x/***", "x/y/z"),
        ("**", "x"),
        ("a**b", "axb"),
        ("\\#a", "#a"),
        ("\\!a", "!a"),
        ("\\a\\ ", "a "),
        ("a  ", "a"),
        ("a\\\\ ", "a\\"),
        ("a\r\nb", "a"),
        ("\ufeffa", "a"),
        ("!a\na", "a"),
        ("a\n!b", "a"),
    ],
)
def test_ignored(patterns: str, path: str) -> None:
    assert decide(patterns, path) is True


@pytest.mark.parametrize(
    ("patterns", "path"),
    [
        ("", "a"),
        ("# a\n\n   ", "a"),
        ("#a", "#a"),
        ("!", "a/"),
        ("/", "a/"),
        ("a.py", "xa.py"),
        ("a.py", "a.pyi"),
        ("/a.py", "x/a.py"),
        ("x/a.py", "y/x/a.py"),
        ("x/", "x"),
        ("x//", "x/"),
        ("*.py", "a.pyx"),
        ("x*y", "x/y"),
        ("x?y", "x/y"),
        ("x[/]y", "x/y"),
        ("x[!a]y", "x/y"),
        ("[!a-c]", "b"),
        ("[a", "[a"),
        ("[", "["),
        ("[a-", "a"),
        ("[a-\\", "a"),
        ("[a\\", "a"),
        ("[[:alpha:", "a"),
        ("[[:nonsense:]]", "a"),
        ("a\\", "a\\"),
        ("a\\", "a"),
        ("x/**", "x/"),
        ("x/**/a", "xa"),
        ("a ", "a "),
        ("[[:digit:]-x]", "w"),
    ],
)
def test_not_spoken_of(patterns: str, path: str) -> None:
    assert decide(patterns, path) is None


def test_the_last_pattern_that_matches_decides() -> None:
    ignore = Ignore(["*.py", "!keep*.py", "!other", "keep_not.py"])

    assert ignore.decide("a.py") is True
    assert ignore.decide("x/keep.py") is False
    assert ignore.decide("keep_not.py") is True
    assert ignore.decide("other") is False
    assert ignore.decide("a.txt") is None


ATOMS = [
    "a",
    "b",
    "*",
    "**",
    "?",
    "/",
    "**/",
    "/**",
    "[ab]",
    "[!a]",
    "[]-a]",
    "[[:alpha:]]",
    "[",
    "\\",
    "!",
    "#",
    " ",
    ".",
    "é",
]
NAMES = st.text(st.sampled_from("ab]-[!^ .é\\*?#"), min_size=1, max_size=3).filter(lambda name: name not in (".", ".."))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.sampled_from(ATOMS), max_size=6).map("".join), min_size=1, max_size=4),
    st.lists(st.lists(NAMES, min_size=1, max_size=3).map("/".join), min_size=1, max_size=20, unique=True),
)
def test_git_says_the_same(tmp_path: Path, patterns: list[str], paths: list[str]) -> None:
    if not (tmp_path / ".git").exists():
        subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    data = "\n".join(patterns).encode()
    (tmp_path / ".gitignore").write_bytes(data)
    answer = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin", "-z", "--verbose", "--non-matching"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        input="\0".join(paths).encode(),
        capture_output=True,
        check=False,
    ).stdout.decode()
    fields = answer.split("\0")[:-1]
    theirs = {
        fields[at + 3]: bool(fields[at + 2]) and not fields[at + 2].startswith("!") for at in range(0, len(fields), 4)
    }
    ignore = parse(data)

    def ours(path: str) -> bool:
        parts = path.split("/")
        above = ["/".join(parts[:count]) for count in range(1, len(parts))]
        return any(ignore.decide(folder, is_dir=True) for folder in above) or ignore.decide(path) is True

    assert {path: ours(path) for path in paths} == theirs
