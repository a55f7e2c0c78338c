import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelift.report.excerpt import LIMIT, excerpt, split_lines, visible


@pytest.mark.parametrize("text", ["", "src/a.py", "a b.py", 'back\\slash "quoted"', "naïve/日本.py", "e\u0301"])
def test_plain_text_stays(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("\x07\x08\x7f", "\\x07\\x08\\x7f"),
        ("\t\n\r", "\\t\\n\\r"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202eevil\u2066", "\\u202eevil\\u2066"),
        ("\u200b\ufeff\u2028", "\\u200b\\ufeff\\u2028"),
        ("\udcff.py", "\\udcff.py"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("\xa0\xad", "\\xa0\\xad"),
    ],
)
def test_what_a_terminal_would_obey_or_hide_is_escaped(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("ascii", "\\xe9\\u65e5"), ("latin-1", "é\\u65e5"), ("utf-8", "é日"), ("utf-16", "é日"), ("gbk", "é日")],
)
def test_what_the_output_cannot_carry_is_escaped(encoding: str, shown: str) -> None:
    assert visible("é日", encoding) == shown


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("a\nb\n", ["a", "b", ""]),
        ("a\r\nb\rc\n", ["a", "b", "c", ""]),
        ("a\fb\x0bc\x1cd\x85e\u2028f", ["a\fb\x0bc\x1cd\x85e\u2028f"]),
    ],
)
def test_lines_are_those_of_the_tokenizer(text: str, lines: list[str]) -> None:
    assert split_lines(text) == lines


@pytest.mark.parametrize(
    ("line", "start", "end", "shown", "marks"),
    [
        ("cache = Cache()", 8, 15, "cache = Cache()", "        ^^^^^^^"),
        ("Cache()", 0, 7, "Cache()", "^^^^^^^"),
        ("Cache(", 0, None, "Cache(", "^^^^^^"),
        ("x = Cache(   ", 4, None, "x = Cache(", "    ^^^^^^"),
        ("abc", 1, 1, "abc", " ^"),
        ("", 0, None, "", "^"),
        ("\tx = C()", 5, 8, "    x = C()", "        ^^^"),
        ("\t\tC(\t)", 2, 6, "        C(    )", "        ^^^^^^^"),
        ("é = C()", 4, 7, "é = C()", "    ^^^"),
        ("日本 = C()", 5, 8, "日本 = C()", "       ^^^"),
        ("e\u0301 = C()", 5, 8, "e\u0301 = C()", "    ^^^"),
        ("'\x1b' + C()", 6, 9, "'\\x1b' + C()", "         ^^^"),
        ("\fC()", 1, 4, "\\x0cC()", "    ^^^"),
        ("日 = C(", 4, None, "日 = C(", "     ^^"),
        ("é", 1, 1, "é", " ^"),
        ("é", 7, 9, "é", " ^"),
    ],
)
def test_carets_are_under_the_span(line: str, start: int, end: int | None, shown: str, marks: str) -> None:
    assert excerpt(line, start, end) == (shown, marks)


def test_an_escape_for_the_encoding_moves_the_carets_along() -> None:
    assert excerpt("é = C()", 4, 7, "ascii") == ("\\xe9 = C()", "       ^^^")


def test_a_long_line_is_cut_around_the_span() -> None:
    line = "x" * 500 + "CacheService()" + "y" * 500
    shown, marks = excerpt(line, 500, 514)
    assert shown == "..." + "x" * 40 + "CacheService()" + "y" * 66 + "..."
    assert marks == " " * 43 + "^" * 14


def test_a_long_line_with_the_span_first_is_cut_at_its_end_only() -> None:
    shown, marks = excerpt("C()" + "y" * 500, 0, 3)
    assert shown == "C()" + "y" * 117 + "..."
    assert marks == "^^^"


def test_a_long_line_with_the_span_last_is_cut_at_its_start_only() -> None:
    shown, marks = excerpt("y" * 500 + "C()", 500, 503)
    assert shown == "..." + "y" * 40 + "C()"
    assert marks == " " * 43 + "^^^"


def test_a_long_span_is_cut() -> None:
    shown, marks = excerpt("C(" + "y" * 500, 0, None)
    assert shown == "C(" + "y" * 118 + "..."
    assert marks == "^" * 120


def test_a_line_of_invisible_characters_is_cut_too() -> None:
    shown, marks = excerpt("C()" + "\u0301" * 5000, 0, 3)
    assert shown == "C()" + "\u0301" * (2 * LIMIT - 3) + "..."
    assert marks == "^^^"


def test_much_before_the_span_leaves_room_for_it() -> None:
    shown, marks = excerpt("\u202e" * 60 + "C()", 60, 63)
    assert shown == "..." + "\\u202e" * 10 + "C()"
    assert marks == " " * 63 + "^^^"


@given(st.text(max_size=300), st.integers(0, 300), st.none() | st.integers(0, 300), st.sampled_from(["utf-8", "ascii"]))
def test_any_line_is_shown_in_one_printable_line(line: str, start: int, end: int | None, encoding: str) -> None:
    shown, marks = excerpt(line, start, end, encoding)
    assert shown.isprintable()
    assert shown.encode(encoding).decode(encoding) == shown
    assert marks.lstrip(" ").strip("^") == ""
    assert marks.endswith("^")
