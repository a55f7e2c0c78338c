"""Bytes to text and back: encodings, positions, splicing, atomic replacement."""

from __future__ import annotations

import ast
import codecs
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelift.model import Edit, Span
from cachelift.source import (
    Positions,
    SourceError,
    decode,
    encode,
    newline_at,
    offset_before,
    splice,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

BOM = codecs.BOM_UTF8


def edit(start: int, end: int, replacement: str) -> Edit:
    return Edit(Span(start, end), replacement)


def refusal(raw: bytes) -> tuple[str, int | None, int | None]:
    with pytest.raises(SourceError) as caught:
        decode(raw)
    assert str(caught.value) == caught.value.message
    return caught.value.message, caught.value.line, caught.value.column


@pytest.mark.parametrize(
    ("raw", "encoding", "text"),
    [
        (b"", "utf-8", ""),
        (b"x = 1", "utf-8", "x = 1"),
        ("x = 'é'\r\ny\rz\n".encode(), "utf-8", "x = 'é'\r\ny\rz\n"),
        (b"# coding: latin-1\nx = '\xe9'\n", "iso-8859-1", "# coding: latin-1\nx = 'é'\n"),
        (b"# -*- coding: ISO_8859_1-unix -*-\n\xe9", "iso-8859-1", "# -*- coding: ISO_8859_1-unix -*-\né"),
        (
            b"#!/bin/sh\r# vim: set fileencoding=cp1252 :\r\x80",
            "cp1252",
            "#!/bin/sh\r# vim: set fileencoding=cp1252 :\r€",
        ),
        (b"\f \t# coding=utf8\n", "utf8", "\f \t# coding=utf8\n"),
        (b"\f\n# coding: koi8-r\n\xc1", "koi8-r", "\f\n# coding: koi8-r\n\u0430"),
        # No cookies: not in a comment alone, after code, on the third line, without a name.
        (b"x = 1  # coding: latin-1\n", "utf-8", "x = 1  # coding: latin-1\n"),
        (b"x = 1\n# coding: latin-1\n", "utf-8", "x = 1\n# coding: latin-1\n"),
        (b"\n\n# coding: latin-1\n", "utf-8", "\n\n# coding: latin-1\n"),
        (b"# coding:\nx = 'coding: hex'\n", "utf-8", "# coding:\nx = 'coding: hex'\n"),
        (b"# encoding latin-1\n", "utf-8", "# encoding latin-1\n"),
    ],
)
def test_decode(raw: bytes, encoding: str, text: str) -> None:
    result = decode(raw)

    assert (result.raw, result.text, result.encoding, result.bom) == (raw, text, encoding, b"")


@pytest.mark.parametrize("cookie", [b"", b"# coding: utf-8\n", b"# coding: UTF_8-sig\n"])
def test_decode_takes_the_byte_order_mark_off(cookie: bytes) -> None:
    result = decode(BOM + cookie + b"x\r\n")

    assert (result.text, result.encoding, result.bom) == (cookie.decode() + "x\r\n", "utf-8", BOM)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"x = '\xe9'\n", ("the file is not utf-8: cannot decode byte 0xe9", 1, 6)),
        ("é\r\rb\r\nü".encode() + b"\xff", ("the file is not utf-8: cannot decode byte 0xff", 4, 2)),
        (BOM + b"x\n\xff", ("the file is not utf-8: cannot decode byte 0xff", 2, 1)),
        (b"# coding: ascii\n\xe9", ("the file is not ascii: cannot decode byte 0xe9", 2, 1)),
        (b"x\n\0", ("source code cannot contain null bytes", 2, 1)),
        (BOM + b"ab\0", ("source code cannot contain null bytes", 1, 3)),
        (b"# coding: nonsense\n", ("unknown encoding: nonsense", 1, 1)),
        (b"\n# coding: rot13\n", ("'rot13' is not a text encoding", 2, 1)),
        (b"# coding: hex\n", ("'hex' is not a text encoding", 1, 1)),
        (b"# coding: zlib\n", ("'zlib' is not a text encoding", 1, 1)),
        (b"# coding: utf-16\n", ("utf-16 does not encode ASCII as ASCII: no source file can be written in it", 1, 1)),
        (b"# coding: utf-32\n", ("utf-32 does not encode ASCII as ASCII: no source file can be written in it", 1, 1)),
        (b"# coding: cp500\n", ("cp500 does not encode ASCII as ASCII: no source file can be written in it", 1, 1)),
        (BOM + b"# coding: latin-1\n", ("encoding problem: iso-8859-1 with a UTF-8 byte order mark", 1, 1)),
        # CPython compares the spelling, so the tool does.
        (BOM + b"# coding: utf8\n", ("encoding problem: utf8 with a UTF-8 byte order mark", 1, 1)),
    ],
)
def test_decode_refuses(raw: bytes, expected: tuple[str, int | None, int | None]) -> None:
    assert refusal(raw) == expected


@pytest.fixture
def one_way_codec() -> Iterator[str]:
    """ASCII and more than it can give back, as third parties register them."""

    def decode_all(data: Any, errors: str = "strict") -> tuple[str, int]:
        if b"\xff" in bytes(data):
            raise UnicodeError("not now")
        return bytes(data).decode("latin-1"), len(data)

    def search(name: str) -> codecs.CodecInfo | None:
        return codecs.CodecInfo(codecs.ascii_encode, decode_all, name=name) if name == "one_way" else None

    codecs.register(search)
    yield "one_way"
    codecs.unregister(search)


def test_decode_refuses_what_a_codec_refuses_without_a_place(one_way_codec: str) -> None:
    raw = f"# coding: {one_way_codec}\n".encode() + b"\xff"

    message, line, column = refusal(raw)

    assert message.startswith("the file is not one_way: ")  # the rest is the interpreter's
    assert "not now" in message
    assert (line, column) == (None, None)


def test_encode_refuses_a_codec_that_cannot_write_what_it_reads(one_way_codec: str) -> None:
    raw = f"# coding: {one_way_codec}\n".encode() + b"\xe9\nA"

    with pytest.raises(SourceError, match="one_way does not give back the bytes it was read from"):
        encoded(raw, edit(len(raw) - 1, len(raw), "B"))


LINES = st.sampled_from(
    [
        b"# coding: latin-1",
        b" \f# vim: fileencoding=cp1252",
        b"# coding=utf-8",
        b"#coding: utf8",
        b"# coding : latin-1",
        b"#",
        b"",
        b"\f",
        b"x = 1 # coding: latin-1",
        b"# coding: nonsense",
        b"'''",
        b"y = '\xc3\xa9'",
        b"z = '\xe9'",
        b"\\",
    ]
)


def parsed(code: bytes | str) -> str | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.dump(ast.parse(code))
        except SyntaxError:
            return None


@given(
    st.sampled_from([b"", BOM]),
    st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\r\n", b"\r"])), max_size=4),
)
def test_decode_reads_what_the_interpreter_reads(bom: bytes, lines: list[tuple[bytes, bytes]]) -> None:
    raw = bom + b"".join(line + newline for line, newline in lines) + b"last = '\xc3\xa9'\n"
    try:
        ours = parsed(decode(raw).text)
    except SourceError:
        ours = None

    assert ours == parsed(raw)


def test_positions_of_ascii_lines() -> None:
    positions = Positions("ab\ncd")

    assert [positions.offset(1, 0), positions.offset(1, 3), positions.offset(2, 0), positions.offset(2, 2)] == [
        0,
        3,
        3,
        5,
    ]
    assert [positions.position(offset) for offset in range(6)] == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)]


def test_positions_count_bytes_in_and_characters_out() -> None:
    positions = Positions("é = '𝄞'; z\r\nü")

    assert positions.offset(1, 2) == 1
    assert positions.offset(1, 12) == 8
    assert positions.offset(2, 2) == 13
    assert positions.position(8) == (1, 9)


def test_positions_know_the_newlines_of_the_parser_and_no_others() -> None:
    text = "a\fb\u2028\x0b\x1c\x85c\rd\r\ne\n\rf"
    positions = Positions(text)

    assert [positions.offset(line, 0) for line in range(1, 6)] == [0, 9, 12, 14, 15]
    assert [text[offset] for offset in (0, 9, 12, 14, 15)] == ["a", "d", "e", "\r", "f"]


@pytest.mark.parametrize(("line", "column"), [(0, 0), (3, 0), (1, -1), (1, 4), (2, 3), (2, 1)])
def test_positions_refuse_places_that_are_none(line: int, column: int) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - a column inside a character is refused by the codec
        Positions("ab\né").offset(line, column)


@pytest.mark.parametrize("offset", [-1, 4])
def test_positions_refuse_offsets_outside(offset: int) -> None:
    with pytest.raises(ValueError, match=f"no such offset: {offset}"):
        Positions("abc").position(offset)


def test_positions_refuse_columns_past_an_ascii_line() -> None:
    with pytest.raises(ValueError, match="no such position: line 1, column 4"):
        Positions("abc").offset(1, 4)


@given(st.lists(st.tuples(st.sampled_from(["x", "'é'", "'𝄞\f\u2028' + x", ""]), st.sampled_from(["\n", "\r\n", "\r"]))))
def test_positions_agree_with_the_parser(lines: list[tuple[str, str]]) -> None:
    text = "".join(line + newline for line, newline in lines)
    positions = Positions(text)

    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name):
            start = positions.offset(node.lineno, node.col_offset)
            assert text[start] == "x"
            line, column = positions.position(start)
            assert (line, node.col_offset) == (node.lineno, len(text[start - column + 1 : start].encode()))


def test_splice() -> None:
    edits = [edit(4, 6, "XY"), edit(0, 1, ""), edit(6, 6, "!"), edit(2, 2, "1"), edit(2, 2, "2")]

    assert splice("abcdefg", edits) == "b12cdXY!g"


def test_splice_without_edits_is_the_text() -> None:
    assert splice("a\r\nb", []) == "a\r\nb"


@pytest.mark.parametrize("edits", [[(0, 2), (1, 3)], [(0, 3), (1, 1)], [(2, 1)], [(0, 4)], [(-1, 0)]])
def test_splice_refuses(edits: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="edits overlap or lie outside the text"):
        splice("abc", [edit(start, end, "") for start, end in edits])


def encoded(raw: bytes, *edits: Edit) -> bytes:
    before = decode(raw)
    return encode(before, splice(before.text, edits), edits)


@pytest.mark.parametrize(
    ("raw", "edits", "expected"),
    [
        (BOM + "é = A\r\nb\r".encode(), [edit(4, 5, "ü")], BOM + "é = ü\r\nb\r".encode()),
        (b"# coding: latin-1\n\xe9 = A\n", [edit(22, 23, "\u00fc")], b"# coding: latin-1\n\xe9 = \xfc\n"),
        (
            "# coding: shift_jis\n表 = A\n".encode("shift_jis"),
            [edit(24, 25, "BC")],
            "# coding: shift_jis\n表 = BC\n".encode("shift_jis"),
        ),
        (b"x", [], b"x"),
    ],
)
def test_encode_keeps_every_other_byte(raw: bytes, edits: list[Edit], expected: bytes) -> None:
    assert encoded(raw, *edits) == expected


def test_encode_refuses_characters_that_the_encoding_lacks() -> None:
    with pytest.raises(SourceError) as caught:
        encoded(b"# coding: latin-1\nx = A\n", edit(22, 23, "'\u20ac'"))

    assert str(caught.value) == "the file's encoding, iso-8859-1, lacks the character '\\u20ac'"
    assert (caught.value.line, caught.value.column) == (2, 5)


@pytest.mark.parametrize(
    "raw",
    [
        b"# coding: utf-7\nx = '+AGEAYg-'; A\n",  # two spellings of one character
        b"# coding: iso-2022-jp\nx = '\x1b$B\x1b(B'; A\n",  # a state that leads nowhere
        b"# coding: unicode_escape\nx = '\\x41'; A\n",
        b"# coding: utf-7\nx = '+2AA-'; A\n",  # a lone surrogate
    ],
)
def test_encode_refuses_codecs_that_do_not_give_the_bytes_back(raw: bytes) -> None:
    before = decode(raw)
    at = before.text.index("A\n")

    with pytest.raises(SourceError, match="does not give back the bytes it was read from"):
        encoded(raw, edit(at, at + 1, "B"))


def test_encode_refuses_a_text_that_the_edits_do_not_make() -> None:
    with pytest.raises(ValueError, match="not what the edits make"):
        encode(decode(b"abc"), "abd", [])


PIECES = st.text(st.sampled_from("ab é表€\r\n"), max_size=8)


@given(PIECES, PIECES, PIECES, PIECES, st.sampled_from(["utf-8", "cp932", "iso-8859-15", "gb18030"]), st.booleans())
def test_encode_properties(start: str, old: str, end: str, new: str, encoding: str, bom: bool) -> None:
    bom = bom and encoding == "utf-8"
    head = f"# coding: {encoding}\n"
    try:
        raw = BOM * bom + (head + start + old + end).encode(encoding)
        expected = BOM * bom + (head + start + new + end).encode(encoding)
    except UnicodeEncodeError:
        return
    first = len(head) + len(start)

    assert encoded(raw, edit(first, first + len(old), new)) == expected


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        ("", 0, "\n"),
        ("ab", 1, "\n"),
        ("a\nb\r\nc\rd", 0, "\n"),
        ("a\nb\r\nc\rd", 1, "\n"),
        ("a\nb\r\nc\rd", 2, "\r\n"),
        ("a\nb\r\nc\rd", 3, "\r\n"),
        ("a\nb\r\nc\rd", 4, "\r\n"),  # between the two characters of one newline
        ("a\nb\r\nc\rd", 5, "\r"),
        ("a\nb\r\nc\rd", 7, "\r"),  # the last line has none: as the one before
        ("a\r\nb", 4, "\r\n"),
        ("a\r\n", 3, "\r\n"),
        ("a\nb", 3, "\n"),
        ("\n", 1, "\n"),
    ],
)
def test_newline_at(text: str, offset: int, expected: str) -> None:
    assert newline_at(text, offset) == expected


@pytest.mark.parametrize(
    ("offset", "expected"),
    [(0, 0), (1, 1), (2, 2), (4, 2), (5, 3), (6, 4), (7, 6), (8, 7)],
)
def test_where_a_place_was_before(offset: int, expected: int) -> None:
    edits = [Edit(Span(4, 6), "E"), Edit(Span(2, 3), "XYZ")]
    assert splice("abCdEFgh", edits) == "abXYZdEgh"
    assert offset_before(edits, offset) == expected
