"""``# noqa`` is read as the installed flake8 reads it; ``# cachelift: skip`` is this tool's own."""

from __future__ import annotations

import argparse
import builtins
from typing import Any

import pytest
from flake8.processor import FileProcessor  # type: ignore[import-untyped]
from flake8.violation import Violation  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from cachelift.suppression import NOQA, SKIP, Suppressions, line_ranges, physical_lines, split_codes

OPTIONS = argparse.Namespace(
    hang_closing=False, indent_size=4, max_line_length=79, max_doc_length=None, verbose=0, disable_noqa=False
)

TEXTS = [
    "x = 1\n",
    "x = 1  # noqa\n",
    "x = 1  # noqa: CLF001\n",
    "x = 1  # noqa:CLF001\n",
    "x = 1  # noqa:  CLF001\n",
    "x = 1  # noqa : CLF001\n",
    "x = 1  #noqa: CLF001\n",
    "x = 1  # NOQA: CLF001\n",
    "x = 1  # NoQA:E501,CLF0\n",
    "x = 1  # noqa: E501 CLF001, W291 because\n",
    "x = 1  # noqa: clf001\n",
    "x = 1  # noqa: E501\n",
    "x = 1  # noqa: E501  # noqa: CLF001\n",
    "x = 1  # noqa: CLF\n",
    "x = '# noqa: CLF001'\n",
    "x = '''\n# noqa: CLF001\n'''\ny = 1\n",
    "x = '''\na\n'''  # noqa: CLF001\ny = 1\n",
    "x = f'''{\n1\n}'''  # noqa: CLF001\n",
    "x = 1 + \\\n    2  # noqa: CLF001\ny = 1\n",
    "f(\n    1,\n    2,  # noqa: CLF001\n)\n",
    "f(\n    1,\n)  # noqa: CLF001\n",
    "if x:\n    y = 1  # noqa: CLF001\nz = 1\n",
    "# noqa: CLF001\nx = 1\n",
    "\n\nx = 1  # noqa: CLF001",
    "x = 1\r\ny = 2  # noqa: CLF001\r\n",
    "x = 1\x0c\ny = 2  # noqa: CLF001\n",
    "# flake8: noqa\nx = 1\n",
    "x = 1\n  # flake8=NOQA\ny = 1\n",
    "x = 1  # flake8: noqa\n",
]


def as_flake8(text: str, code: str, line: int) -> bool:
    """Whether the installed flake8 hides a violation."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").splitlines(keepends=True) if "\x0c" not in text else None
    processor = FileProcessor("x.py", OPTIONS, lines or [each + "\n" for each in text.split("\n")[:-1]])
    if processor.should_ignore_file():
        return True
    return bool(Violation(code, "x.py", line, 1, "", processor.noqa_line_for(line)).is_inline_ignored(False))


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("code", ["CLF001", "CLF002"])
def test_noqa_is_read_as_flake8_reads_it(text: str, code: str) -> None:
    suppressions = Suppressions(text)

    for line in range(1, text.count("\n") + 1):
        assert suppressions.silencer(code, line, line) == (NOQA if as_flake8(text, code, line) else None), line
        assert suppressions.silences(code, line, line) is as_flake8(text, code, line)


WORDS = st.sampled_from(["# noqa", "# noqa:", " ", "CLF001", "CLF0", ",", "E501", "x"])


@given(st.lists(WORDS), st.lists(WORDS | st.just("\n")), st.lists(WORDS))
def test_any_comment_is_read_as_flake8_reads_it(first: list[str], string: list[str], last: list[str]) -> None:
    text = f"x = 1  #{''.join(first)}\ny = '''{''.join(string)}'''  #{''.join(last)}\n"

    for line in range(1, text.count("\n") + 1):
        assert Suppressions(text).silences("CLF001", line, line) is as_flake8(text, "CLF001", line), text


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("x = 1  # cachelift: skip\ny = 1\n", {1}),
        ("x = 1  #cachelift:skip\n", {1}),
        ("x = 1  # cachelift: skip  # and more\n", {1}),
        ("x = 1  # type: ignore  # cachelift: skip\n", {1}),
        ("f(\n    1,  # cachelift: skip\n    2,\n)\ny = 1\n", {1, 2, 3, 4}),
        ("f(\n    1,\n)  # cachelift: skip\n", {1, 2, 3}),
        ("f(  # one\n    # cachelift: skip\n    1,\n)\n", {1, 2, 3, 4}),
        ("f(\n\n    1)  # cachelift: skip\n", {1, 2, 3}),
        ("if x:  # cachelift: skip\n    y = 1\n", {1}),
        ("x = '''\na\n'''  # cachelift: skip\n", {1, 2, 3}),
        # What looks alike, or stands elsewhere, hides nothing.
        ("x = 1  # cachelift: skipped\n", set()),
        ("x = 1  # cachelift: skip this\n", set()),
        ("x = 1  # cachelift skip\n", set()),
        ("# cachelift: skip\nx = 1\n", set()),
        ("x = 1\n# cachelift: skip\n\ny = 1\n", set()),
        ("x = 1  # cachelift: skip-file\n", set()),
        ("x = 1\n# cachelift: skip-file\n", set()),
        # The whole file.
        ("# cachelift: skip-file\nx = 1\n", {1, 2}),
        ("# cachelift: skip-file\n", {1}),
        ("#!/usr/bin/python\n\n# cachelift: skip-file  # why\nx = 1\ny = 1\n", {1, 2, 3, 4, 5}),
    ],
)
def test_skip(text: str, lines: set[int]) -> None:
    suppressions = Suppressions(text)

    assert {n for n in range(1, text.count("\n") + 1) if suppressions.silencer("CLF001", n, n) == SKIP} == lines


def test_a_usage_is_skipped_by_the_statement_it_starts_or_ends_in() -> None:
    suppressions = Suppressions("@C()  # cachelift: skip\ndef f():\n    pass\n")

    assert suppressions.silencer("CLF002", 1, 3) == SKIP
    assert suppressions.silencer("CLF002", 2, 3) is None


def test_skip_comes_before_noqa() -> None:
    text = "x = 1  # noqa: CLF001  # cachelift: skip\ny = 1  # noqa\n"

    assert [Suppressions(text).silencer("CLF001", line, line) for line in (1, 2)] == [SKIP, NOQA]
    assert Suppressions(f"# flake8: noqa\n{text}").silencer("CLF001", 2, 2) == SKIP
    assert Suppressions(f"# flake8: noqa\n# cachelift: skip-file\n{text}").silencer("CLF001", 4, 4) == SKIP


def test_a_text_that_does_not_tokenize_is_read_up_to_there() -> None:
    text = "x = 1  # noqa: CLF001\ny = (  # noqa: CLF001\n"

    assert Suppressions(text).silences("CLF001", 1, 1)
    assert Suppressions("x = 1  # cachelift: skip\n    y = 1\n z = 2\n").silences("CLF001", 1, 1)


def test_without_flake8_the_same_comments_count(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def blocked(name: str, *arguments: Any, **keywords: Any) -> Any:
        if name == "flake8":
            raise ImportError(name)
        return real(name, *arguments, **keywords)

    with_flake8 = [[Suppressions(text).silences("CLF001", n, n) for n in range(1, 4)] for text in TEXTS]
    monkeypatch.setattr(builtins, "__import__", blocked)

    assert [[Suppressions(text).silences("CLF001", n, n) for n in range(1, 4)] for text in TEXTS] == with_flake8


def test_lines_are_those_of_flake8() -> None:
    assert physical_lines("a\r\nb\rc\x0cd\n\x85e") == ["a\n", "b\n", "c\x0cd\n", "\x85e\n"]
    assert line_ranges(["f(\n", "1)\n"]) == [(1, 1, False), (2, 2, False), (1, 2, True)]
    assert split_codes("E501, W2,,CLF001 ") == ["E501", "W2", "CLF001"]
