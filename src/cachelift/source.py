"""Bytes to text and back, without losing one: encodings, positions, splicing.

Source of the rules: https://docs.python.org/3/reference/lexical_analysis.html (encoding declarations,
physical lines) and CPython's own tokenizer where the reference is silent.
"""

from __future__ import annotations

import ast
import codecs
import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .model import Edit

BOM = codecs.BOM_UTF8

# Compiled where they are used, if ever: start-up time is measured.
_COOKIE = rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)"
_ONLY_COMMENT = rb"[ \t\f]*(?:#|\Z)"
_FIRST_LINES = rb"([^\r\n]*)(?:\r\n?|\n|\Z)([^\r\n]*)"
_MANY_BYTES = 1 << 16
_LONG_NAME = rb"(?<![\w.])(?:\w++[\s\\]*+\.[\s\\]*+){1000}"
"""A dotted name for which CPython's parser takes the square of its length: minutes in a file of the largest size."""
_NEWLINE = r"\r\n?|\n"


class SourceError(Exception):
    """A file that cannot be read as Python source, or not be written back in its encoding.

    Attributes:
        message: what is wrong, for a user.
        line: 1-based, None where there is no place to name.
        column: 1-based, in characters.
    """

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message, line, column)
        self.message = message
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class SourceText:
    """A file's bytes and what Python reads in them.

    ``text`` has the byte order mark removed and the newlines exactly as they are in the file.
    """

    raw: bytes
    text: str
    encoding: str
    bom: bytes = b""


def decode(raw: bytes) -> SourceText:
    """Decode a file as the interpreter does (PEP 263).

    Raises:
        SourceError: NUL bytes, an unknown or unfit codec, a cookie that contradicts the byte order mark,
            or bytes that the encoding does not know.
    """
    bom = BOM if raw.startswith(BOM) else b""
    body = raw[len(bom) :]
    if b"\0" in raw:
        raise _error_at("source code cannot contain null bytes", body, "latin-1", body.index(b"\0"))
    encoding = "utf-8"
    found = _cookie(body) if b"coding" in body else None
    if found is not None:
        encoding, line = found
        _check_codec(encoding, line, with_bom=bool(bom))
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        message = f"the file is not {encoding}: cannot decode byte 0x{body[error.start]:02x}"
        raise _error_at(message, body, encoding, error.start) from error
    except UnicodeError as error:
        raise SourceError(f"the file is not {encoding}: {error}") from error
    return SourceText(raw, text, encoding, bom)


def _cookie(body: bytes) -> tuple[str, int] | None:
    """The declared encoding, spelt as CPython normalises it, and its line."""
    lines = re.match(_FIRST_LINES, body)
    assert lines is not None
    for number, line in enumerate(lines.groups(), start=1):
        match = re.match(_COOKIE, line)
        if match is not None:
            return _normal_name(match[1].decode("ascii")), number
        if not re.match(_ONLY_COMMENT, line):
            return None
    return None


def _normal_name(name: str) -> str:
    """What ``get_normal_name`` of CPython's tokenizer makes of a cookie: only the first 12 characters count."""
    start = name[:12].lower().replace("_", "-")
    if start == "utf-8" or start.startswith("utf-8-"):
        return "utf-8"
    for latin in ("latin-1", "iso-8859-1", "iso-latin-1"):
        if start == latin or start.startswith(f"{latin}-"):
            return "iso-8859-1"
    return name


def _check_codec(encoding: str, line: int, *, with_bom: bool) -> None:
    """Refuse what cannot hold Python source.

    Raises:
        SourceError: as :func:`decode` says.
    """
    if with_bom and encoding != "utf-8":
        raise SourceError(f"encoding problem: {encoding} with a UTF-8 byte order mark", line, 1)
    try:
        fits = b"# coding".decode(encoding) == "# coding"
    except LookupError as error:
        message = str(error) if "not a text encoding" in str(error) else f"unknown encoding: {encoding}"
        raise SourceError(message.partition(";")[0], line, 1) from error
    except ValueError:
        fits = False
    if not fits:
        raise SourceError(f"{encoding} does not encode ASCII as ASCII: no source file can be written in it", line, 1)


def _error_at(message: str, body: bytes, encoding: str, offset: int) -> SourceError:
    """The error with line and column of a byte offset."""
    ends = [match.end() for match in re.finditer(_NEWLINE.encode(), body[:offset])]
    start = ends[-1] if ends else 0
    column = len(body[start:offset].decode(encoding, "replace")) + 1
    return SourceError(message, len(ends) + 1, column)


def parse(source: SourceText) -> ast.Module:
    """The syntax tree of a file.

    Raises:
        SyntaxError, ValueError: it does not parse.
        RecursionError, MemoryError: it is nested too deeply for this Python.
    """
    if len(source.raw) > _MANY_BYTES and re.search(_LONG_NAME, source.raw):
        raise RecursionError
    return ast.parse(source.text)


class Positions:
    r"""Converts between ``ast``'s positions in a text and character offsets.

    A line is what the parser counts: it ends with ``\n``, ``\r\n`` or ``\r``, and with nothing else
    (no form feed, no U+2028).

    Args:
        text: the decoded source, byte order mark removed.
    """

    __slots__ = ("_ascii", "_starts", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._ascii = text.isascii()
        self._starts: list[int] | None = None

    def _line_starts(self) -> list[int]:
        if self._starts is None:
            if "\r" in self._text:
                self._starts = [0, *(match.end() for match in re.finditer(_NEWLINE, self._text))]
            else:
                lengths = (len(line) + 1 for line in self._text.split("\n")[:-1])
                self._starts = list(accumulate(lengths, initial=0))
        return self._starts

    def offset(self, line: int, utf8_column: int) -> int:
        """The character offset of a position as ``ast`` gives it.

        Args:
            line: 1-based.
            utf8_column: 0-based, in bytes of the line's UTF-8 encoding.

        Raises:
            ValueError: there is no such position.
        """
        starts = self._line_starts()
        if not 1 <= line <= len(starts) or utf8_column < 0:
            raise ValueError(f"no such position: line {line}, column {utf8_column}")
        start = starts[line - 1]
        end = starts[line] if line < len(starts) else len(self._text)
        if self._ascii:
            width = utf8_column
        else:
            encoded = self._text[start:end].encode()
            # A column inside a character makes the decoder raise UnicodeDecodeError, which is a ValueError.
            width = len(encoded[:utf8_column].decode()) if utf8_column <= len(encoded) else end - start + 1
        if width > end - start:
            raise ValueError(f"no such position: line {line}, column {utf8_column}")
        return start + width

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column, 1-based and in characters, of a character offset.

        Raises:
            ValueError: the offset is outside the text.
        """
        if not 0 <= offset <= len(self._text):
            raise ValueError(f"no such offset: {offset}")
        starts = self._line_starts()
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1


def offset_before(edits: Iterable[Edit], offset: int) -> int:
    """Where a place in an edited text was before; that of an edit's own text is where the edit begins."""
    shift = 0
    for edit in sorted(edits):
        start = edit.span.start + shift
        if offset < start:
            break
        if offset < start + len(edit.replacement):
            return edit.span.start
        shift += len(edit.replacement) - (edit.span.end - edit.span.start)
    return offset - shift


def splice(text: str, edits: Iterable[Edit]) -> str:
    """The text with the edits made; what lies between them is copied verbatim.

    Several insertions at one place are made in the order given.

    Raises:
        ValueError: edits overlap or lie outside the text.
    """
    pieces: list[str] = []
    done = 0
    for edit in _in_order(text, edits):
        pieces += (text[done : edit.span.start], edit.replacement)
        done = edit.span.end
    pieces.append(text[done:])
    return "".join(pieces)


def _in_order(text: str, edits: Iterable[Edit]) -> list[Edit]:
    """The edits sorted and proven disjoint.

    Raises:
        ValueError: as :func:`splice` says.
    """
    ordered = sorted(edits, key=lambda edit: edit.span)
    done = 0
    for edit in ordered:
        if not done <= edit.span.start <= edit.span.end <= len(text):
            raise ValueError(f"edits overlap or lie outside the text: {edit.span}")
        done = edit.span.end
    return ordered


def encode(source: SourceText, new_text: str, edits: Iterable[Edit]) -> bytes:
    """The new bytes of a file: outside the edits they are the old bytes.

    The proof is made here, for any codec: the old text, encoded piece by piece, must be the old bytes,
    and the new bytes must decode to the new text. A codec that keeps a state or knows two spellings of
    one character fails one or the other.

    Args:
        source: the file as it was read.
        new_text: what :func:`splice` made of ``source.text`` and ``edits``.
        edits: character spans of ``source.text`` and their replacements.

    Raises:
        SourceError: the encoding lacks a character, or does not give back the bytes it was read from.
        ValueError: ``new_text`` is not what the edits make, or the edits overlap.
    """
    text, encoding = source.text, source.encoding
    ordered = _in_order(text, edits)
    if splice(text, ordered) != new_text:
        raise ValueError("the new text is not what the edits make of the old one")
    old, new = [source.bom], [source.bom]
    done = 0
    try:
        for edit in ordered:
            gap = text[done : edit.span.start].encode(encoding)
            old += (gap, text[edit.span.start : edit.span.end].encode(encoding))
            new += (gap, _encode_replacement(source, edit))
            done = edit.span.end
        gap = text[done:].encode(encoding)
        result = b"".join((*new, gap))
        proven = b"".join((*old, gap)) == source.raw and result[len(source.bom) :].decode(encoding) == new_text
    except UnicodeError:
        proven = False
    if not proven:
        raise SourceError(f"{encoding} does not give back the bytes it was read from: the file cannot be edited")
    return result


def _encode_replacement(source: SourceText, edit: Edit) -> bytes:
    """The bytes of one replacement.

    Raises:
        SourceError: the encoding lacks one of its characters.
    """
    try:
        return edit.replacement.encode(source.encoding)
    except UnicodeEncodeError as error:
        message = f"the file's encoding, {source.encoding}, lacks the character {edit.replacement[error.start]!a}"
        raise SourceError(message, *Positions(source.text).position(edit.span.start)) from error


def newline_at(text: str, offset: int) -> str:
    r"""The newline that a line inserted at an offset should have.

    It is the one that ends the line at the offset; on a last line without one, that of the line before;
    in a text of one line, ``\n``.
    """
    if text[offset - 1 : offset + 1] == "\r\n":
        offset -= 1
    following = re.compile(_NEWLINE).search(text, offset)
    if following is not None:
        return following[0]
    before = max(text.rfind("\n"), text.rfind("\r"))
    if before < 0:
        return "\n"
    return "\r\n" if before and text[before - 1] == "\r" and text[before] == "\n" else text[before]
