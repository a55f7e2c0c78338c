"""The diff is judged by those who take it: ``git apply`` and, where it is installed, ``patch -p1``."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cachelift.report.diff import unified_diff

COMMANDS = {"git": ("git", "apply"), "patch": ("patch", "-p1", "--binary", "--quiet", "--fuzz=0")}
TOOLS = [tool for tool in COMMANDS if shutil.which(tool)]

ODD_NAMES = [
    "plain.py",
    "pkg/deep/er/module.py",
    "with space.py",
    "with  two.py",
    "pkg dir/naïve.py",
    'quo"te.py',
    "back\\slash.py",
    "日本.py",
    "raw\udcff.py",
    "a b/c d\u00e9.py",
    "-dash.py",
    "b/a/b.py",
]
ODDER_NAMES = ["tab\there.py", "new\nline.py", "esc\x1b.py", "bell\a\b\v\f\r\x7f.py"]


def apply(tool: str, root: Path, diff: bytes) -> None:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(COMMANDS[tool], input=diff, cwd=root, env=environment, check=True, capture_output=True)


def write(root: Path, name: str, data: bytes) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_one_line_of_many() -> None:
    before = b"".join(b"line %d\n" % number for number in range(1, 11))
    assert unified_diff("app/x.py", before, before.replace(b"line 5\n", b"LINE 5\nmore\n")) == (
        b"diff --git a/app/x.py b/app/x.py\n"
        b"--- a/app/x.py\n"
        b"+++ b/app/x.py\n"
        b"@@ -2,7 +2,8 @@\n"
        b" line 2\n line 3\n line 4\n"
        b"-line 5\n"
        b"+LINE 5\n+more\n"
        b" line 6\n line 7\n line 8\n"
    )


def test_changes_seven_lines_apart_have_two_hunks() -> None:
    before = b"a\n1\n2\n3\n4\n5\n6\n7\nb\n"
    after = before.replace(b"a", b"A").replace(b"b", b"B")
    assert unified_diff("x", before, after) == (
        b"diff --git a/x b/x\n--- a/x\n+++ b/x\n"
        b"@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n"
        b"@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n"
    )


def test_changes_six_lines_apart_share_a_hunk() -> None:
    before = b"a\n1\n2\n3\n4\n5\n6\nb\n"
    after = before.replace(b"a", b"A").replace(b"b", b"B")
    assert unified_diff("x", before, after) == (
        b"diff --git a/x b/x\n--- a/x\n+++ b/x\n"
        b"@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n"
    )  # fmt: skip


@pytest.mark.parametrize("data", [b"", b"x", b"x\n", b"\r\n\r", b"\xff\xfe"])
def test_nothing_changed_is_no_diff(data: bytes) -> None:
    assert unified_diff("x.py", data, data) == b""


@pytest.mark.parametrize(
    ("before", "after", "hunk"),
    [
        (b"a", b"b", b"@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n"),
        (b"a", b"a\n", b"@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"),
        (b"a\n", b"a", b"@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n"),
        (b"a\nz", b"b\nz", b"@@ -1,2 +1,2 @@\n-a\n+b\n z\n\\ No newline at end of file\n"),
        (b"", b"a\nb\n", b"@@ -0,0 +1,2 @@\n+a\n+b\n"),
        (b"a\n", b"", b"@@ -1 +0,0 @@\n-a\n"),
        (b"a\r\nb\r\n", b"A\r\nb\r\n", b"@@ -1,2 +1,2 @@\n-a\r\n+A\r\n b\r\n"),
        (b"a\rb\n", b"A\rb\n", b"@@ -1 +1 @@\n-a\rb\n+A\rb\n"),
    ],
)
def test_line_ends(before: bytes, after: bytes, hunk: bytes) -> None:
    assert unified_diff("x", before, after) == b"diff --git a/x b/x\n--- a/x\n+++ b/x\n" + hunk


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a b.py", b"diff --git a/a b.py b/a b.py\n--- a/a b.py\t\n+++ b/a b.py\t\n"),
        ("é", b'diff --git "a/\\303\\251" "b/\\303\\251"\n--- "a/\\303\\251"\n+++ "b/\\303\\251"\n'),
        ("\udcff", b'diff --git "a/\\377" "b/\\377"\n--- "a/\\377"\n+++ "b/\\377"\n'),
        ('"\n\x1b', b'diff --git "a/\\"\\n\\033" "b/\\"\\n\\033"\n--- "a/\\"\\n\\033"\n+++ "b/\\"\\n\\033"\n'),
        ("\\", b'diff --git "a/\\\\" "b/\\\\"\n--- "a/\\\\"\n+++ "b/\\\\"\n'),
    ],
)
def test_odd_names_are_quoted_as_git_does(name: str, header: bytes) -> None:
    assert unified_diff(name, b"a\n", b"b\n") == header + b"@@ -1 +1 @@\n-a\n+b\n"


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_apply(tmp_path: Path, tool: str, name: str) -> None:
    path = write(tmp_path, name, b"a\n")
    apply(tool, tmp_path, unified_diff(name, b"a\n", b"b\n"))
    assert path.read_bytes() == b"b\n"


@pytest.mark.parametrize("name", ODDER_NAMES)
def test_names_that_only_git_takes_apply(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, b"a\n")
    apply("git", tmp_path, unified_diff(name, b"a\n", b"b\n"))
    assert path.read_bytes() == b"b\n"


@pytest.mark.parametrize("tool", TOOLS)
def test_several_files_in_one_diff_apply(tmp_path: Path, tool: str) -> None:
    texts = {"a b.py": (b"1\r\n2", b"1\r\n3"), "c.py": (b"x\n" * 50, b"y\n" + b"x\n" * 50 + b"z")}
    for name, (before, _) in texts.items():
        write(tmp_path, name, before)
    apply(tool, tmp_path, b"".join(unified_diff(name, *text) for name, text in texts.items()))
    assert {name: (tmp_path / name).read_bytes() for name in texts} == {name: text[1] for name, text in texts.items()}


TELLING = [b"", b"a", b"b", b"c\r", b"\r", b"d\re", b" ", b"\xff", b"-- ", b"++ b/x", b"@@ -1 +1 @@"]
TELLING += [b"\\ No newline at end of file", b"diff --git a/x b/x", b"--- a/x"]
LINES = st.lists(st.sampled_from([*TELLING, *(b"unique %d" % number for number in range(12))]), max_size=30)
TEXTS = st.builds(lambda lines, end: b"\n".join(lines) + end, LINES, st.sampled_from([b"", b"\n", b"\n\n"]))


@pytest.mark.parametrize("tool", TOOLS)
@settings(deadline=None, max_examples=60)
@given(pairs=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=8))
def test_any_change_applies(tool: str, pairs: list[tuple[bytes, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        pairs = [(b"always\n", b"changed\n"), *pairs]
        for number, (before, _) in enumerate(pairs):
            write(root, f"f {number}.py", before)
        diff = b"".join(unified_diff(f"f {number}.py", *pair) for number, pair in enumerate(pairs))
        apply(tool, root, diff)
        for number, (_, after) in enumerate(pairs):
            assert (root / f"f {number}.py").read_bytes() == after


def test_few_changes_in_a_large_file_stay_few_hunks() -> None:
    lines = [b"value_%d = %d\n" % (number, number) if number % 3 else b"\n" for number in range(30_000)]
    changed = list(lines)
    for number in range(100, 30_000, 1_000):
        changed[number] = b"CHANGED\n"
    diff = unified_diff("x.py", b"".join(lines), b"".join(changed))
    assert diff.count(b"\n@@ ") == 30
    assert diff.count(b"\n-") == 31
    assert diff.count(b"\n+") == 31
