"""A unified diff in the files' own bytes, as ``git apply`` and ``patch -p1`` take it from the repository root.

Lines end at LF alone: a CR before it, or a lone one, is part of the line, as git and patch see it.
The format: https://git-scm.com/docs/diff-format and POSIX ``diff -u``.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from cachelift.report.excerpt import visible

_CONTEXT = 3

Region = tuple[int, int, int, int]
"""Lines ``[0]`` to ``[1]`` of the text before become lines ``[2]`` to ``[3]`` of the text after; 0-based, half-open."""

_ESCAPES = {byte: b"\\%03o" % byte for byte in (*range(0x20), *range(0x7F, 0x100))} | {
    byte: b"\\%c" % letter for byte, letter in zip(b'\a\b\t\n\v\f\r"\\', b'abtnvfr"\\', strict=True)
}
"""git's quoting of file names (``core.quotePath`` in https://git-scm.com/docs/git-config)."""


def unified_diff(path: str, before: bytes, after: bytes) -> bytes:
    """Give the diff of one file, empty where nothing changed.

    Args:
        path: relative to the repository root, with ``/``; undecodable bytes as surrogates (PEP 383).
        before: the file's bytes.
        after: its new bytes.
    """
    old, new = _lines(before), _lines(after)
    hunks = b"".join(_hunk(group, old, new) for group in _groups(_changes(old, new)))
    if not hunks:
        return b""
    raw = os.fsencode(path)
    a, b = _quoted(b"a/" + raw), _quoted(b"b/" + raw)
    # A tab ends a name with blanks, as git does: patch would else look for a timestamp in it.
    tab = b"\t" if b" " in raw else b""
    return b"diff --git %b %b\n--- %b%b\n+++ %b%b\n%b" % (a, b, a, tab, b, tab, hunks)


def for_terminal(diff: bytes, encoding: str) -> bytes:
    """Show a diff to a person: what a terminal would obey is escaped, so nothing but a person can take this."""
    lines = diff.decode("utf-8", "surrogateescape").split("\n")
    shown = ("\t".join(visible(part, encoding) for part in line.split("\t")) for line in lines)
    return "\n".join(shown).encode(encoding)


def _quoted(name: bytes) -> bytes:
    """Quote a name as git does: in C style, and only where it has to be."""
    escaped = b"".join([_ESCAPES.get(byte, b"%c" % byte) for byte in name])
    return name if escaped == name else b'"%b"' % escaped


def _lines(data: bytes) -> list[bytes]:
    """Split after each LF; ``bytes.splitlines`` would split at CR as well."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _changes(old: list[bytes], new: list[bytes]) -> Iterator[Region]:
    """Find the regions that differ, in order.

    Lines that occur once on both sides anchor the comparison ("patience diff"), which keeps it near linear
    for a large file with few changes; difflib is left what lies between them.
    """
    pending = [(0, len(old), 0, len(new))]
    while pending:
        a, a_end, b, b_end = _trimmed(pending.pop(), old, new)
        if a == a_end or b == b_end:
            if a != a_end or b != b_end:
                yield a, a_end, b, b_end
        elif anchors := _anchors(old[a:a_end], new[b:b_end]):
            starts = [(0, 0), *((i + 1, j + 1) for i, j in anchors)]
            ends = [*anchors, (a_end - a, b_end - b)]
            gaps = [(a + i, a + i_end, b + j, b + j_end) for (i, j), (i_end, j_end) in zip(starts, ends, strict=True)]
            pending += reversed(gaps)
        else:
            yield from _compared(a, b, old[a:a_end], new[b:b_end])


def _trimmed(region: Region, old: list[bytes], new: list[bytes]) -> Region:
    """Leave out the equal lines at both ends of a region."""
    a, a_end, b, b_end = region
    while a < a_end and b < b_end and old[a] == new[b]:
        a, b = a + 1, b + 1
    while a < a_end and b < b_end and old[a_end - 1] == new[b_end - 1]:
        a_end, b_end = a_end - 1, b_end - 1
    return a, a_end, b, b_end


def _anchors(old: list[bytes], new: list[bytes]) -> list[tuple[int, int]]:
    """Pair the lines that occur once on both sides: the longest run of pairs that ascends on both."""
    positions = _unique(new)
    pairs = [(i, positions[line]) for line, i in _unique(old).items() if line in positions]
    tails: list[int] = []
    chains: list[int] = []
    previous: list[int] = []
    for index, (_, j) in enumerate(pairs):
        length = bisect_left(tails, j)
        tails[length : length + 1] = [j]
        chains[length : length + 1] = [index]
        previous.append(chains[length - 1] if length else -1)
    result: list[tuple[int, int]] = []
    index = chains[-1] if chains else -1
    while index >= 0:
        result.append(pairs[index])
        index = previous[index]
    return result[::-1]


def _unique(lines: list[bytes]) -> dict[bytes, int]:
    """Map each line that occurs once to its index, in the order of the lines."""
    found: dict[bytes, int] = {}
    for index, line in enumerate(lines):
        found[line] = -1 if line in found else index
    return {line: index for line, index in found.items() if index >= 0}


def _compared(a: int, b: int, old: list[bytes], new: list[bytes]) -> Iterator[Region]:
    """Compare lines without any anchor; ``a`` and ``b`` are the indexes of the first ones."""
    from difflib import SequenceMatcher

    for tag, i, i_end, j, j_end in SequenceMatcher(None, old, new).get_opcodes():
        if tag != "equal":
            yield a + i, a + i_end, b + j, b + j_end


def _groups(regions: Iterable[Region]) -> Iterator[list[Region]]:
    """Put regions into one hunk whose context would touch."""
    group: list[Region] = []
    for region in regions:
        if group and region[0] - group[-1][1] > 2 * _CONTEXT:
            yield group
            group = []
        group.append(region)
    if group:
        yield group


def _hunk(group: list[Region], old: list[bytes], new: list[bytes]) -> bytes:
    """Write one hunk with its header."""
    a = max(0, group[0][0] - _CONTEXT)
    a_end = min(len(old), group[-1][1] + _CONTEXT)
    b = group[0][2] - (group[0][0] - a)
    b_end = group[-1][3] + (a_end - group[-1][1])
    parts = [b"@@ -%b +%b @@\n" % (_range(a, a_end), _range(b, b_end))]
    at = a
    for i, i_end, j, j_end in group:
        parts += [_marked(b" ", line) for line in old[at:i]]
        parts += [_marked(b"-", line) for line in old[i:i_end]]
        parts += [_marked(b"+", line) for line in new[j:j_end]]
        at = i_end
    parts += [_marked(b" ", line) for line in old[at:a_end]]
    return b"".join(parts)


def _marked(mark: bytes, line: bytes) -> bytes:
    return mark + line if line.endswith(b"\n") else mark + line + b"\n\\ No newline at end of file\n"


def _range(start: int, end: int) -> bytes:
    """Write a range of lines: 1-based, its length left out where that is 1, the line before it where that is 0."""
    length = end - start
    if length == 1:
        return b"%d" % (start + 1)
    return b"%d,%d" % (start + 1 if length else start, length)
