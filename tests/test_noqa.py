"""Which suppressions hide nothing, and where a missing one goes."""

from __future__ import annotations

import ast
import sys

import pytest

from cachelift import noqa
from cachelift.noqa import NoqaError, missing, unused
from cachelift.source import splice
from cachelift.suppression import Suppressions

Finding = tuple[str, int]


def with_comments(text: str, findings: list[Finding]) -> str:
    """The text with the missing comments, proven: each finding is silenced, and a second time adds nothing."""
    new = splice(text, missing(text, findings))
    comments = Suppressions(new)
    left = [(code, line) for code, line in findings if not comments.silences(code, line, line)]
    assert left == []
    assert ast.dump(ast.parse(new)) == ast.dump(ast.parse(text))
    return new


@pytest.mark.parametrize(
    ("text", "findings", "expected"),
    [
        ("x = C()\n", [("CLF002", 1)], "x = C()  # noqa: CLF002\n"),
        ("x = C()", [("CLF002", 1)], "x = C()  # noqa: CLF002"),
        ("x = C()\r\ny = 1\r\n", [("CLF002", 1)], "x = C()  # noqa: CLF002\r\ny = 1\r\n"),
        ("y = 1\rx = C()\r", [("CLF002", 2)], "y = 1\rx = C()  # noqa: CLF002\r"),
        # Several findings, one comment; each code once, sorted.
        ("x = C(C())\n", [("CLF002", 1), ("CLF002", 1)], "x = C(C())  # noqa: CLF002\n"),
        ("x: C = C()\n", [("CLF003", 1), ("CLF002", 1)], "x: C = C()  # noqa: CLF002,CLF003\n"),
        # Another comment stays in front.
        ("x = C()  # why\n", [("CLF002", 1)], "x = C()  # why  # noqa: CLF002\n"),
        ("x = C()  # type: ignore[x]\n", [("CLF002", 1)], "x = C()  # type: ignore[x]  # noqa: CLF002\n"),
        ("# C\n", [("CLF010", 1)], "# C  # noqa: CLF010\n"),
        # Blanks at the end are kept and used.
        ("x = C() \n", [("CLF002", 1)], "x = C()  # noqa: CLF002\n"),
        ("x = C()    \n", [("CLF002", 1)], "x = C()    # noqa: CLF002\n"),
        # The line where the finding starts, not that of the statement.
        ("f(\n    C,\n    1,\n)\n", [("CLF004", 2)], "f(\n    C,  # noqa: CLF004\n    1,\n)\n"),
        ("f(C(\n    1,\n))\n", [("CLF002", 1)], "f(C(  # noqa: CLF002\n    1,\n))\n"),
        ("@f(C)\ndef g(): ...\n", [("CLF004", 1)], "@f(C)  # noqa: CLF004\ndef g(): ...\n"),
        ("from a import (\n    C,\n)\n", [("CLF001", 1)], "from a import (  # noqa: CLF001\n    C,\n)\n"),
        # Lines that a backslash or a string joins end together.
        ("x = C() + \\\n    1\n", [("CLF002", 1)], "x = C() + \\\n    1  # noqa: CLF002\n"),
        ("x = 1 + \\\n    C()\n", [("CLF002", 2)], "x = 1 + \\\n    C()  # noqa: CLF002\n"),
        ("x = C('''\n''')\n", [("CLF002", 1)], "x = C('''\n''')  # noqa: CLF002\n"),
        ("x = '''\nC\n'''\ny = 1\n", [("CLF005", 2)], "x = '''\nC\n'''  # noqa: CLF005\ny = 1\n"),
        ("def f():\n    '''C\n\n    C'''\n", [("CLF010", 4)], "def f():\n    '''C\n\n    C'''  # noqa: CLF010\n"),
        # A list that is there is joined, in its own style.
        ("x = C()  # noqa: E501\n", [("CLF002", 1)], "x = C()  # noqa: E501,CLF002\n"),
        ("x = C()  # noqa:E501\n", [("CLF002", 1)], "x = C()  # noqa:E501,CLF002\n"),
        ("x = C()  # NOQA: E501, W291\n", [("CLF002", 1)], "x = C()  # NOQA: E501, W291, CLF002\n"),
        ("x = C()  # noqa: E501, \n", [("CLF002", 1)], "x = C()  # noqa: E501, CLF002, \n"),
        ("x = C()  # noqa: E501 too long\n", [("CLF002", 1)], "x = C()  # noqa: E501,CLF002 too long\n"),
        ("x = C()  # noqa: E501\r\n", [("CLF002", 1)], "x = C()  # noqa: E501,CLF002\r\n"),
        ("x: C = C()  # noqa: CLF003\n", [("CLF002", 1)], "x: C = C()  # noqa: CLF003,CLF002\n"),
        ("x = C()  # why  # noqa: E501  # more\n", [("CLF002", 1)], "x = C()  # why  # noqa: E501,CLF002  # more\n"),
        ("x = '''\n'''; C()  # noqa: E501\n", [("CLF002", 2)], "x = '''\n'''; C()  # noqa: E501,CLF002\n"),
        ("x = 'é'; y = C()  # noqa: E501\n", [("CLF002", 1)], "x = 'é'; y = C()  # noqa: E501,CLF002\n"),
        # Without a blank in front of the word flake8 does not read it.
        ("x = C()  #noqa: E501\n", [("CLF002", 1)], "x = C()  #noqa: E501  # noqa: CLF002\n"),
    ],
)
def test_a_comment_is_added(text: str, findings: list[Finding], expected: str) -> None:
    assert with_comments(text, findings) == expected


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("x = 1\n", []),
        ("x = 1\n", [("CLF002", 7)]),
        # What flake8 finds first is in a string: no comment has an effect.
        ("x = C('# noqa: E501')\n", [("CLF002", 1)]),
        ("x = C('# noqa: E501')  # noqa: E501\n", [("CLF002", 1)]),
        ("x = C('''\n# noqa: E501\n''')  # why\n", [("CLF002", 1)]),
        # All of it is silenced already.
        ("x = C()  # noqa\n", [("CLF002", 1)]),
        # Nothing can be told about a text that does not tokenize.
        ("x = C()\ny = (\n", []),
    ],
)
def test_nothing_is_added(text: str, findings: list[Finding]) -> None:
    assert missing(text, findings) == []


def test_a_code_that_is_listed_is_not_listed_again() -> None:
    text = "x: C = C()  # noqa: CLF003\n"

    assert splice(text, missing(text, [("CLF002", 1), ("CLF003", 1)])) == "x: C = C()  # noqa: CLF003,CLF002\n"


def test_a_line_that_ends_inside_an_f_string_takes_no_comment_that_python_3_11_refuses() -> None:
    text = "x = f'''{\n    C()\n}'''\ny = C()\n"
    new = splice(text, missing(text, [("CLF002", 2), ("CLF002", 4)]))

    # From Python 3.12 on the line of the call ends there for flake8, before that with the string.
    end = "" if sys.version_info >= (3, 12) else "  # noqa: CLF002"
    assert new == f"x = f'''{{\n    C()\n}}'''{end}\ny = C()  # noqa: CLF002\n"


def test_an_f_string_of_one_line_is_like_any_string() -> None:
    assert with_comments("x = f'{C()}'\n", [("CLF002", 1)]) == "x = f'{C()}'  # noqa: CLF002\n"


def test_a_comment_that_would_change_the_program_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noqa, "_insertion", lambda *arguments: (0, "'"))
    with pytest.raises(NoqaError, match="a comment would change the program"):
        missing("x = 1\n", [("CLF002", 1)])

    monkeypatch.setattr(noqa, "_insertion", lambda *arguments: (5, "2"))
    with pytest.raises(NoqaError, match="a comment would change the program"):
        missing("x = 1\n", [("CLF002", 1)])


@pytest.mark.parametrize(
    ("text", "hidden", "expected"),
    [
        ("x = 1  # noqa: CLF002\n", [], [(1, 16, "CLF002")]),
        ("x = 1  # noqa:E501,CLF002 CLF003\n", [], [(1, 20, "CLF002"), (1, 27, "CLF003")]),
        ("x = C()  # noqa: CLF002,CLF003\n", [("CLF002", 1, 1)], [(1, 25, "CLF003")]),
        ("x = 1  # noqa: CLF0\n", [], [(1, 16, "CLF0")]),
        ("x = 1  # noqa: CLF999\n", [("CLF002", 1, 1)], [(1, 16, "CLF999")]),
        ("x = 1  # noqa: CLF010,CLF002\n", [], [(1, 23, "CLF002")]),
        # It has to stand where the usage starts.
        ("f(\n    C,\n    1,  # noqa: CLF004\n)\n", [("CLF004", 2, 2)], [(3, 17, "CLF004")]),
        ("x = C(\n)  # noqa: CLF002\n", [("CLF002", 1, 2)], [(2, 12, "CLF002")]),
        ("x = '''\n'''  # noqa: CLF002\n", [], [(2, 14, "CLF002")]),
        ("x = 'é'  # noqa: CLF002\r\n", [], [(1, 18, "CLF002")]),
        # This tool's own comments.
        ("x = 1  # cachelift: skip\n", [], [(1, 8, "# cachelift: skip")]),
        ("x = 1  #cachelift:skip  # noqa: CLF002\n", [], [(1, 33, "CLF002"), (1, 8, "#cachelift:skip")]),
        ("x = 1  # cachelift: skip\nC()\n", [("CLF002", 2, 2)], [(1, 8, "# cachelift: skip")]),
        ("# cachelift: skip\nC()\n", [("CLF002", 2, 2)], [(1, 1, "# cachelift: skip")]),
        ("# cachelift: skip-file\nx = 1\n", [], [(1, 1, "# cachelift: skip-file")]),
        ("C()\n# cachelift: skip-file\n", [("CLF002", 1, 1)], [(2, 1, "# cachelift: skip-file")]),
    ],
)
def test_what_hides_nothing_is_found(
    text: str, hidden: list[tuple[str, int, int]], expected: list[tuple[int, int, str]]
) -> None:
    assert list(unused(text, hidden, mentions=False)) == expected


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("x = 1\n", []),
        ("x = C()  # noqa: CLF002\n", [("CLF002", 1, 1)]),
        ("x = C()  # noqa: CLF0\n", [("CLF002", 1, 1)]),
        ("x = C(\n)  # noqa: E501\n", [("CLF002", 1, 2)]),
        ("x = C() + \\\n    1  # noqa: CLF002\n", [("CLF002", 1, 2)]),
        ("x = C('''\n''')  # noqa: CLF002\n", [("CLF002", 1, 2)]),
        # Other tools' comments are theirs to judge; so is one that names no code.
        ("x = 1  # noqa\n", []),
        ("x = 1  # noqa: E501\n", []),
        # No comment, or none that flake8 reads.
        ("x = '# noqa: CLF002'\n", []),
        ("x = '# noqa: CLF002'  # why\n", []),
        ("x = '# noqa: CLF002'  # noqa: CLF002\n", []),
        ("x = '''\n# noqa: CLF002\n'''  # why\n", []),
        ("x = '# cachelift: skip'\n", []),
        ("x = 1  # cachelift: skipped\n", []),
        ("x = 1  #noqa: CLF002\n", []),
        # Mentions are looked for only where they are asked for.
        ("x = 1  # noqa: CLF010\n", []),
        ("x = 1  # noqa: CLF01\n", []),
        ("f(\n    1,  # cachelift: skip\n    C,\n)\n", [("CLF004", 3, 3), ("CLF002", 1, 4)]),
        ("f(1)  # cachelift: skip\n", [("CLF002", 1, 1)]),
        ("# cachelift: skip-file\nC()\n", [("CLF002", 2, 2)]),
        ("x = (\n", []),
    ],
)
def test_what_hides_something_or_is_not_ours_is_left_alone(text: str, hidden: list[tuple[str, int, int]]) -> None:
    assert list(unused(text, hidden, mentions=False)) == []


def test_mentions_are_judged_where_they_are_looked_for() -> None:
    text = "x = 1  # noqa: CLF010\n"

    assert list(unused(text, [], mentions=True)) == [(1, 16, "CLF010")]
    assert list(unused(text, [("CLF010", 1, 1)], mentions=True)) == []
