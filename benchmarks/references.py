"""An independent list of what refers to ``Store``: by spelling, without any of the analyser's code.

It knows nothing of scopes. Whatever is spelt like a reference to the class is listed, and so a reference that is listed
here and not found by the analyser is either a look-alike, which a person confirms once, or missed.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MODULE = "homeassistant.helpers.storage"
NAME = "Store"

_DOTTED = re.compile(r"[\w.]*\bstorage\.Store\b|^Store\b(?![ \w])")


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """One place: 1-based line and column in characters, and what stands there."""

    path: str
    line: int
    column: int
    kind: str
    """``import``, ``name``, ``attribute``, ``string``, ``comment`` or ``star``."""


def references(tree: Path, path: Path) -> Iterator[Reference]:
    """List the references of one file."""
    raw = path.read_bytes()
    if NAME.encode() not in raw and b"storage" not in raw:
        return
    where = path.relative_to(tree).as_posix()
    text = raw.decode("utf-8")
    lines = text.split("\n")
    for node in ast.walk(ast.parse(text)):
        kind = _kind(node)
        if kind is not None and isinstance(node, ast.expr | ast.stmt):
            column = len(lines[node.lineno - 1].encode()[: node.col_offset].decode())
            yield Reference(where, node.lineno, column + 1, kind)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and re.search(r"#\s*type:.*\bStore\b", token.string):
            yield Reference(where, token.start[0], token.start[1] + 1, "comment")


def _kind(node: ast.AST) -> str | None:
    if isinstance(node, ast.ImportFrom):
        names = {alias.name for alias in node.names}
        module = (node.module or "").rpartition(".")[2]
        if NAME in names:
            return "import"
        return "star" if "*" in names and module == "storage" else None
    if isinstance(node, ast.Name) and node.id == NAME:
        return "name"
    if isinstance(node, ast.Attribute) and node.attr == NAME:
        return "attribute"
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
        return "string" if _DOTTED.search(node.value) else None
    return None


def covered(reference: Reference, findings: list[dict[str, Any]]) -> bool:
    """Whether a finding of the same file starts at the reference, or stands around it and starts in the same line."""
    at = (reference.line, reference.column)
    for finding in findings:
        start, end = (finding["line"], finding["column"]), (finding["end_line"], finding["end_column"])
        if start <= at < end and (start == at or finding["line"] == reference.line):
            return True
    return False
