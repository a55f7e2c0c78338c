"""Source lines for a terminal: nothing in them is obeyed, and a caret under a character is really under it."""

from __future__ import annotations

import re

TAB = "    "
LIMIT = 120
"""Columns of a source line that are shown."""
LEAD = 40
"""Columns shown before the span where a line is longer than that."""
CUT = "..."


_COMMAND = re.compile(r"^([^\S\n]*):(?=:)|(?<=#)#(?=\w*\[)", re.MULTILINE)
"""What a continuous integration service takes for a command in a log: ``::error::`` where a line begins (GitHub),
``##[error]`` and ``##vso[task...]`` anywhere in it (GitHub, Azure)."""


def neutral(text: str) -> str:
    """A report for people in which no line is a command to whoever keeps the log."""
    if "::" not in text and "##" not in text:
        return text
    return _COMMAND.sub(lambda found: "\\x23" if found[0] == "#" else f"{found[1]}\\x3a", text)


def neutral_json(text: str) -> str:
    """The same for JSON, where such a thing can only stand in a string; the value stays what it is."""
    return re.sub(r"(?<=#)#(?=\w*\[)", r"\\u0023", text) if "##" in text else text


def visible(text: str, encoding: str = "utf-8") -> str:
    """Escape what a terminal would obey or hide, and what ``encoding`` cannot carry, as ``repr`` does.

    Escape sequences, newlines in file names, bidirectional controls (https://trojansource.codes) and
    undecodable bytes are all what ``str.isprintable`` calls not printable.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join([_cell(character, encoding) for character in text])


def _cell(character: str, encoding: str) -> str:
    """Show one character."""
    if not character.isprintable():
        return character.encode("unicode_escape").decode("ascii")
    return character.encode(encoding, "backslashreplace").decode(encoding)


def _columns(shown: str) -> int:
    """Count the terminal columns of one shown character or of its escape (UAX #11; combining marks take none)."""
    if shown.isascii():
        return len(shown)
    import unicodedata

    if unicodedata.category(shown) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(shown) in {"W", "F"} else 1


def split_lines(text: str) -> list[str]:
    """Split where Python's tokenizer does: at LF, CRLF and CR, not at a form feed or a Unicode separator.

    https://docs.python.org/3/reference/lexical_analysis.html#physical-lines
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")


def excerpt(line: str, start: int, end: int | None, encoding: str = "utf-8") -> tuple[str, str]:
    """Show a source line and mark a span of it.

    Args:
        line: the line without its end.
        start: 0-based offset of the span's first character.
        end: the offset after its last character, None where the span goes on in the next line.
        encoding: what the output can carry.

    Returns:
        The line as shown, cut to ``LIMIT`` columns around the start of the span, and the carets below it.
    """
    stop = len(line.rstrip()) if end is None else end
    if len(line) <= LIMIT and line.isascii() and line.isprintable():
        return line.rstrip(), " " * start + "^" * max(1, stop - start)
    start = min(start, len(line))
    first = _window_start(line, start, encoding)
    shown, marks = (CUT, " " * len(CUT)) if first else ("", "")
    room = LIMIT
    for offset in range(first, len(line)):
        cell = TAB if line[offset] == "\t" else _cell(line[offset], encoding)
        columns = _columns(cell)
        if columns > room or offset - first >= 2 * LIMIT:
            shown += CUT
            break
        room -= columns
        shown += cell
        if offset < stop:
            marks += (" " if offset < start else "^") * columns
    return shown.rstrip(), marks if marks.endswith("^") else marks + "^"


def _window_start(line: str, start: int, encoding: str) -> int:
    """Find the first character to show: that of the line if the line is short, else some before the span."""
    first, room = start, LEAD if len(line) > LIMIT else LIMIT // 2
    while first and start - first < LIMIT:
        character = line[first - 1]
        room -= len(TAB) if character == "\t" else _columns(_cell(character, encoding))
        if room < 0:
            break
        first -= 1
    return first
