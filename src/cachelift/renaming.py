"""How a module gives what it has another name, read from its bytes or its syntax tree alone."""

from __future__ import annotations

import ast
import functools
import re
import warnings
from collections.abc import Iterator, Set

from cachelift.aliases import aliases
from cachelift.namespace import statements
from cachelift.source import SourceError, decode

_CALLED = re.compile(rb"[ \t]*\(")
_ENCODED = re.compile(rb"coding[:=](?![ \t]*utf-?8\b)", re.IGNORECASE)
"""What the bytes of every file hold whose characters may be other bytes than those of ASCII (PEP 263): UTF-7 has two
ways to write a letter."""


def renames(raw: bytes, names: Set[str]) -> bool:
    """Whether a module may give something with one of the names another one; one that does not parse gives none."""
    if _ENCODED.search(raw) is None and all(name.isascii() and _is_plain(raw, name.encode(), names) for name in names):
        return False
    return any(_renames(statement, names) for statement in _statements(raw))


def _is_plain(raw: bytes, name: bytes, names: Set[str]) -> bool:
    """Whether a name stands in a module's bytes only where it is called, or imported alone and as it is.

    Nearly all modules are so, and a syntax tree costs a hundred times as much.
    """
    imported = _imported(frozenset(names))
    end = 0
    while (start := raw.find(name, end)) >= 0:
        end = start + len(name)
        if _CALLED.match(raw, end) is None:
            line = max(raw.rfind(b"\n", 0, start), raw.rfind(b"\r", 0, start)) + 1
            statement = imported.match(raw, line)
            if statement is None or statement.end() < end:
                return False
    return True


@functools.lru_cache
def _imported(names: frozenset[str]) -> re.Pattern[bytes]:
    """Matches the line of a ``from`` import of nothing but one of the names."""
    name = rb"(?:" + b"|".join(re.escape(name.encode()) for name in sorted(names)) + rb")"
    return re.compile(rb"[ \t]*from[ \t]+[\w.]*[ \t]+import[ \t]+" + name + rb"[ \t]*(?=[\r\n#]|\Z)")


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
