"""Files taken apart: the pieces parse alone as together, and what an edit can concern is read."""

from __future__ import annotations

import ast

import cases
import pytest

from cachelift.analysis.outline import outline
from cachelift.model import Edit, Span
from cachelift.pieces import Piece, Reading, pieces
from cachelift.source import Positions, splice


def starts(text: str) -> tuple[int, ...]:
    return outline(ast.parse(text), text, Positions(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [""]),
        ("x = 1", ["x = 1"]),
        ("# first\n\nx = 1\ny = 2\n", ["# first\n\n", "x = 1\n", "y = 2\n"]),
        ("x = 1; y = 2\nz = 3", ["x = 1; y = 2\n", "z = 3"]),
        ("x = 1; \\\ny = 2\nz = 3\n", ["x = 1; \\\ny = 2\n", "z = 3\n"]),
        ("x = 1; \\\r\ny = 2\r\nz = 3\r\n", ["x = 1; \\\r\ny = 2\r\n", "z = 3\r\n"]),
        ("if x:\n  y\n# c\nelse:\n  z\n# d\nx\n", ["if x:\n  y\n# c\nelse:\n  z\n# d\n", "x\n"]),
        ("x\n@a\n@b\ndef f(): pass\ny\n", ["x\n", "@a\n@b\ndef f(): pass\n", "y\n"]),
        ("x\n@(\na\n)\ndef f(): pass\ny\n", ["x\n@(\na\n)\ndef f(): pass\n", "y\n"]),
        ("x\r\x0cy\rz\r", ["x\r\x0cy\r", "z\r"]),
        ("(\nx\n)\n(y)", ["(\nx\n)\n", "(y)"]),
        ("\\\nx = 1\ny = 2\n", ["\\\nx = 1\n", "y = 2\n"]),
        ("x = '''\ny\n'''\nz", ["x = '''\ny\n'''\n", "z"]),
    ],
)
def test_the_outline_of_a_text(text: str, expected: list[str]) -> None:
    offsets = starts(text)
    assert [text[a:b] for a, b in zip(offsets, [*offsets[1:], len(text)], strict=True)] == expected


def test_pieces_parse_alone_as_together() -> None:
    read = 0
    for path in sorted(cases.CASES.rglob("*.py")):
        text = path.read_bytes().decode("utf-8-sig", "replace")
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        parts = pieces(starts(text), text, text, [])
        reading = Reading(text, text, parts, (Positions(text), Positions(text)))
        reading.read(range(len(parts)))
        assert ast.dump(reading.new_tree, include_attributes=True) == ast.dump(tree, include_attributes=True), path
        read += 1
    assert read > 500


def span(text: str, part: str) -> Span:
    return Span(text.index(part), text.index(part) + len(part))


def test_edits_belong_to_the_piece_that_they_change_or_follow() -> None:
    text = "a\nbb\nc\n"
    edits = [Edit(Span(0, 1), "aaa"), Edit(Span(5, 5), "more\n")]
    assert taken_apart(text, edits) == [
        Piece(Span(0, 2), Span(0, 4), True),
        Piece(Span(2, 5), Span(4, 12), True),
        Piece(Span(5, 7), Span(12, 14), False),
    ]
    assert taken_apart(text, [Edit(Span(0, 0), "x")]) == [
        Piece(Span(0, 2), Span(0, 3), True),
        Piece(Span(2, 5), Span(3, 6), False),
        Piece(Span(5, 7), Span(6, 8), False),
    ]
    assert taken_apart(text, [Edit(Span(2, 5), ""), Edit(Span(5, 6), "d")]) == [
        Piece(Span(0, 2), Span(0, 2), False),
        Piece(Span(2, 5), Span(2, 2), True),
        Piece(Span(5, 7), Span(2, 4), True),
    ]


@pytest.mark.parametrize(
    "edit",
    [
        Edit(Span(1, 3), ""),  # over a border
        Edit(Span(1, 2), ""),  # the line's end is gone
        Edit(Span(2, 2), "x"),  # what is added does not end its line
    ],
)
def test_a_border_that_does_not_stay_makes_the_file_one_piece(edit: Edit) -> None:
    text = "a\nbb\nc\n"
    after = splice(text, [edit])
    assert taken_apart(text, [edit]) == [Piece(Span(0, 7), Span(0, len(after)), True)]


def taken_apart(text: str, edits: list[Edit]) -> list[Piece]:
    return pieces(starts(text), text, splice(text, edits), edits)


def reading(text: str, old: str, new: str) -> tuple[Reading, str]:
    edits = [Edit(span(text, old), new)]
    after = splice(text, edits)
    parts = pieces(starts(text), text, after, edits)
    return Reading(text, after, parts, (Positions(text), Positions(after))), after


def read_lines(read: Reading) -> list[int]:
    return [statement.lineno for statement in read.new_tree.body]


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("f(a, b)", "f(b, a)", set()),
        ("f(a, b)", "g(a, b)", {"f", "g"}),
        ("f(a, b)", "f(a)", {"b"}),
        ("f(a, b)", "f(a, (b := 1))", {"b"}),
        ("f(a, b)", "f(a, lambda: b)", None),
        ("from m import C", "from n import C", {"C"}),
        ("from m import C", "import m.C", {"C", "m"}),
        ("from m import C", "from m import C, D", {"C", "D"}),
        ("from m import C", "pass", {"C"}),
    ],
)
def test_the_names_that_an_edit_changes(old: str, new: str, names: set[str] | None) -> None:
    text = "def one(a):\n    from m import C\n    return f(a, b)\n"
    assert reading(text, old, new)[0].changed_names() == names


def test_a_declaration_is_a_change() -> None:
    text = "def one(a):\n    b\n    c\n"
    assert reading(text, "    b\n", "    global x\n    b\n")[0].changed_names() == {"x"}
    assert reading(text, "    b\n", "    nonlocal x\n    b\n")[0].changed_names() == {"x"}


TEXT = """\
a = C()
b = 1
print(C)
d = "C"
print(\N{FULLWIDTH LATIN SMALL LETTER B})
class K:
    def m(self): return self.__n
_K__n = 1
"""


@pytest.mark.parametrize(
    ("names", "lines"),
    [
        (set(), [1]),
        ({"C"}, [1, 3, 4]),
        ({"b"}, [1, 2, 5]),
        ({"_K__n"}, [1, 6, 8]),
        ({"nowhere"}, [1]),
    ],
)
def test_pieces_that_hold_a_name_are_read(names: set[str], lines: list[int]) -> None:
    read, _ = reading(TEXT, "C()", "f()")
    assert read_lines(read) == [1]
    read.read_names(names)
    assert read_lines(read) == lines


def test_pieces_at_a_place_are_read() -> None:
    read, _ = reading(TEXT, "C()", "f()")
    read.read_at([span(TEXT, "d = "), span(TEXT, "class")])
    assert read_lines(read) == [1, 4, 6]


def test_lines_are_those_of_each_text() -> None:
    read, after = reading(TEXT, "a = C()", "import f\na = f()")
    read.read_names({"d"})
    assert [node.lineno for node in read.old_tree.body] == [1, 4, 6]
    assert [node.lineno for node in read.new_tree.body] == [1, 2, 5, 7]
    assert after.splitlines()[6] == "class K:"
