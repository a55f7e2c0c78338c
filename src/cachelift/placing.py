"""Where a new import of a module goes: into the block of imports at its top, as import sorters have it.

Their order is that of https://pycqa.github.io/isort: sections parted by a blank line, in each first ``import x``, then
``from x import y``, by name.
"""

from __future__ import annotations

import ast
import re
import sys
from typing import NamedTuple

from cachelift.model import Edit, Span
from cachelift.source import Positions, newline_at


class Placed(NamedTuple):
    """A new statement."""

    position: int
    """Where it stands in the module's body."""
    edit: Edit


def place_import(text: str, tree: ast.Module, statement: str, *, own: str, after: int, before: int) -> Placed:
    """Find the place of a new import statement.

    Args:
        text: the module's source.
        tree: the same, parsed.
        statement: the import of a module of the standard library or of an installed one.
        own: the project's package, which comes last.
        after: how many statements of the module it must not come before.
        before: how many statements it may come after; there are more.
    """
    body, positions = tree.body, Positions(text)
    start = 1 if ast.get_docstring(tree, clean=False) is not None else 0
    while start < before and _is_future(body[start]):
        start += 1
    end = start
    while end < before and isinstance(body[end], (ast.Import, ast.ImportFrom)):
        end += 1
    key = _key(ast.parse(statement).body[0], own)
    index = max([start, after, *(i + 1 for i in range(start, end) if _key(body[i], own) <= key)])
    while 0 < index < before and body[index].lineno == body[index - 1].end_lineno:
        index += 1
    if index == 0:
        return Placed(0, _first(text, positions, body[0], statement, key[0] == _key(body[0], own)[0]))
    above = body[index - 1]
    return Placed(index, _below(text, positions, above, statement, key[0] == _key(above, own)[0]))


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _key(statement: ast.stmt, own: str) -> tuple[int, bool, str]:
    """The place of a statement among imports; what is none comes first."""
    if isinstance(statement, ast.Import):
        module, is_from = statement.names[0].name, False
    elif isinstance(statement, ast.ImportFrom) and not _is_future(statement):
        module, is_from = "." * statement.level + (statement.module or ""), True
    else:
        return -1, False, ""
    first = module.partition(".")[0]
    section = 0 if first in sys.stdlib_module_names else 2 if first in ("", own) else 1
    return section, is_from, module.lower()


def _below(text: str, positions: Positions, above: ast.stmt, statement: str, joins: bool) -> Edit:
    """The statement on a line below another one; ``joins`` where both are of one section."""
    assert above.end_lineno is not None
    end = positions.offset(above.end_lineno, above.end_col_offset or 0)
    newline = re.compile(r"\r\n?|\n").search(text, end)
    assert newline is not None
    place = newline.end()
    apart = "" if joins else newline[0]
    following = re.match(r"class\b|def\b|async\b|@", text[place:])
    return Edit(Span(place, place), f"{apart}{statement}{newline[0]}{newline[0] * 2 if following else ''}")


def _first(text: str, positions: Positions, below: ast.stmt, statement: str, joins: bool) -> Edit:
    """The statement above the first one; comments right above that belong to it, those at the top to the file.

    ``joins`` is as for :func:`_below`.
    """
    decorators = getattr(below, "decorator_list", [])
    line = min([below.lineno, *(decorator.lineno for decorator in decorators)])
    above = line
    while above > 1 and text[positions.offset(above - 1, 0) :].lstrip(" \t\f").startswith("#"):
        above -= 1
    place = positions.offset(line if above == 1 else above, 0)
    blank = 0 if joins else 1 if isinstance(below, (ast.Import, ast.ImportFrom)) else 2
    return Edit(Span(place, place), statement + newline_at(text, place) * (blank + 1))
