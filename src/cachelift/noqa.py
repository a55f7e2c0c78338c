"""The ``# noqa`` comments that are wrong: those that hide nothing, and those that are missing.

Where flake8 looks for them is said in :mod:`cachelift.suppression`.
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from cachelift.model import CODES, Edit, Span
from cachelift.source import splice
from cachelift.suppression import expressions, line_ranges, physical_lines, split_codes

_OWN_CODE = re.compile(r"CLF\d+")
_OWN_COMMENT = re.compile(r"#\s*cachelift:\s*(skip-file|skip)\s*(?=$|#)")
_MENTION = "CLF010"
_STARTS = {getattr(tokenize, name, None) for name in ("FSTRING_START", "TSTRING_START")} - {None}
_ENDS = {getattr(tokenize, name, None) for name in ("FSTRING_END", "TSTRING_END")} - {None}
_NEWLINE = re.compile(r"\r\n?|\n")

Hidden = tuple[str, int, int]
"""The code of a usage, its first and its last line."""


class NoqaError(Exception):
    """A text whose comments cannot be told from the rest of it, so that none is added."""


class _Layout(NamedTuple):
    """What the tokenizer says about a text."""

    comments: dict[int, int]
    """Line -> the 0-based column where its comment starts."""
    inside: frozenset[int]
    """The lines that end inside an f-string: Python 3.11 takes no comment there."""


def unused(text: str, hidden: Sequence[Hidden], *, mentions: bool) -> Iterator[tuple[int, int, str]]:
    """Find the suppressions that hide nothing.

    Only what is this tool's own is judged: ``CLF`` codes in a ``# noqa: ...``, and ``# cachelift: ...`` comments.

    Args:
        text: the decoded file.
        hidden: all usages in it, silenced or not.
        mentions: whether mentions in comments and docstrings were looked for.

    Yields:
        Line, column (both 1-based) and text of what can go: the codes first, then the comments.
    """
    lines = physical_lines(text)
    comments = _layout(lines).comments
    usages = list(hidden)
    statements: dict[int, tuple[int, int]] = {}
    for first, last, is_statement in line_ranges(lines):
        if is_statement:
            statements.update(dict.fromkeys(range(first, last + 1), (first, last)))
        elif last in comments:
            codes = {code for code, line, _ in usages if first <= line <= last}
            yield from _unused_codes(lines[first - 1 : last], last, comments[last], codes, mentions=mentions)
    is_head = True
    for line, content in enumerate(lines, 1):
        is_head = is_head and content.lstrip()[:1] in ("", "#")
        for match in _OWN_COMMENT.finditer(content.rstrip("\n"), comments[line]) if line in comments else ():
            if match[1] == "skip-file":
                hides = is_head and bool(usages)
            else:
                first, last = statements.get(line, (0, -1))
                hides = any(first <= place <= last for _, *places in usages for place in places)
            if not hides:
                yield line, match.start() + 1, match[0].rstrip()


def _unused_codes(
    lines: Sequence[str], number: int, comment: int, codes: set[str], *, mentions: bool
) -> Iterator[tuple[int, int, str]]:
    """Find the codes of a ``# noqa: ...`` that are none of those that are found there.

    Args:
        lines: the lines that flake8 searches as one.
        number: that of the last of them.
        comment: the column of its comment.
        codes: what is found on the lines.
        mentions: whether mentions were looked for.
    """
    joined = "".join(lines)
    lead = len(joined) - len(lines[-1])
    found = expressions()[0].search(joined)
    if found is None or not found.group("codes") or found.start() < lead + comment:
        return
    for match in _OWN_CODE.finditer(joined, *found.span("codes")):
        if _is_judged(match[0], mentions=mentions) and not any(code.startswith(match[0]) for code in codes):
            yield number, match.start() - lead + 1, match[0]


def _is_judged(prefix: str, *, mentions: bool) -> bool:
    """Whether it is known if a code, or beginning of a code, hides anything."""
    meant = [code for code in CODES if code.startswith(prefix)]
    return mentions or meant != [_MENTION]


def missing(text: str, findings: Iterable[tuple[str, int]]) -> list[Edit]:
    """Give the insertions that silence findings: a new ``# noqa: ...``, or codes joined to the one that is there.

    A finding that no comment can silence gets none: where the first ``# noqa`` that flake8 sees stands in a string,
    or the line ends inside an f-string.

    Args:
        text: the decoded file.
        findings: the code and the first line of each.

    Raises:
        NoqaError: the text with the comments is not the same program.
    """
    lines = physical_lines(text)
    layout = _layout(lines)
    ends = [match.start() for match in _NEWLINE.finditer(text)] + [len(text)]
    edits: list[Edit] = []
    pending = list(findings)
    for first, last, is_statement in line_ranges(lines):
        codes = sorted({code for code, line in pending if first <= line <= last})
        if is_statement or not codes:
            continue
        content = lines[last - 1][:-1]
        insertion = _insertion("".join(lines[first - 1 : last]), content, codes, layout.comments.get(last))
        if insertion is not None and last not in layout.inside:
            column, addition = insertion
            place = ends[last - 1] - len(content) + column
            edits.append(Edit(Span(place, place), addition))
    _prove(text, edits)
    return edits


def _insertion(joined: str, content: str, codes: Sequence[str], comment: int | None) -> tuple[int, str] | None:
    """The column in the last line, and what to insert there; None where it would have no effect.

    Args:
        joined: the lines that flake8 searches.
        content: the last of them without its end.
        codes: what to silence.
        comment: the column of its comment.
    """
    found = expressions()[0].search(joined)
    if found is None:
        blanks = len(content) - len(content.rstrip())
        return len(content), " " * max(0, 2 - blanks) + f"# noqa: {','.join(codes)}"
    listed = found.group("codes")
    lead = len(joined) - len(content) - 1
    if listed is None or comment is None or found.start() < lead + comment:
        return None
    new = [code for code in codes if not code.startswith(tuple(split_codes(listed)))]
    separator = ", " if ", " in listed else ","
    end = found.start("codes") + len(listed.rstrip(", \t\f\n"))
    return end - lead, "".join(separator + code for code in new)


def _layout(lines: Sequence[str]) -> _Layout:
    """Where comments start, and which lines end inside an f-string."""
    pending = iter(lines)
    try:
        tokens = list(tokenize.generate_tokens(lambda: next(pending, "")))
    except (tokenize.TokenError, SyntaxError):
        return _Layout({}, frozenset())
    depths = accumulate((token.type in _STARTS) - (token.type in _ENDS) for token in tokens)
    return _Layout(
        {token.start[0]: token.start[1] for token in tokens if token.type == tokenize.COMMENT},
        frozenset(t.start[0] for t, depth in zip(tokens, depths, strict=True) if depth and t.type == tokenize.NL),
    )


def _prove(text: str, edits: Sequence[Edit]) -> None:
    """Prove that the text stays the same program.

    Raises:
        NoqaError: it does not.
    """
    try:
        same = not edits or ast.dump(ast.parse(splice(text, edits))) == ast.dump(ast.parse(text))
    except SyntaxError:
        same = False
    if not same:
        raise NoqaError("a comment would change the program")
