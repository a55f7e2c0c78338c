"""Where a file can be taken apart: into pieces of whole statements that parse the same alone as together."""

from __future__ import annotations

import ast

from cachelift.analysis.imports import TextPositions


def outline(tree: ast.Module, text: str, positions: TextPositions) -> tuple[int, ...]:
    """The character offsets at which the pieces of a file start, the first of them 0.

    A piece starts where a statement of the module begins a logical line (language reference, 2.1.1): no bracket or
    string is open there, no backslash joins the line before, and the indentation is none. What stands between two
    statements belongs to the piece before.

    Args:
        tree: what ``ast.parse`` returned for ``text``.
        text: the decoded text.
        positions: conversions between the tree's positions and offsets in the text.
    """
    starts = [0]
    for statement in tree.body:
        decorators = getattr(statement, "decorator_list", None)
        # An "@" may stand on a line above its expression: no piece starts there then.
        first = decorators[0].lineno if decorators else statement.lineno
        if not decorators and statement.col_offset:
            continue
        start = positions.offset(first, 0)
        if start <= starts[-1] or (decorators and text[start] != "@"):
            continue
        if not text[max(start - 3, 0) : start].rstrip("\r\n").endswith("\\"):
            starts.append(start)
    return tuple(starts)
