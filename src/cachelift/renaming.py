"""How a module gives what it has another name, read from its syntax tree alone."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Set

from cachelift.aliases import aliases
from cachelift.namespace import statements
from cachelift.source import SourceError, decode


def renames(raw: bytes, names: Set[str]) -> bool:
    """Whether a module may give something with one of the names another one; one that does not parse gives none."""
    return any(_renames(statement, names) for statement in _statements(raw))


def _statements(raw: bytes) -> Iterator[ast.stmt]:
    """The statements of a module in which it may bind names of its own."""
    try:
        text = decode(raw).text
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SourceError, SyntaxError, ValueError, RecursionError, MemoryError):
        return iter(())
    return statements(tree.body, scopes="global " in text)


def _renames(statement: ast.stmt, names: Set[str]) -> bool:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return any(alias.asname and not names.isdisjoint(alias.name.split(".")) for alias in statement.names)
    return any(parts[-1] in names and name not in names for name, parts in aliases(statement))
