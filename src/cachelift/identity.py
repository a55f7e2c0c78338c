"""What makes a finding the same one tomorrow: where it lives and what it is, never its line.

Code that moves inside its file, is laid out anew or has its variables renamed keeps the identities of its findings.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from cachelift.model import Finding


class Identity(NamedTuple):
    """What findings have in common that only their order tells apart."""

    path: str
    scope: str
    """The names of the classes and functions around it, ``Session.load``; empty at the top level of the module."""
    code: str
    legacy: str
    """The dotted name of the legacy class."""


def identities(findings: Iterable[Finding], sources: Mapping[str, str]) -> list[tuple[Identity, int]]:
    """Give each finding its identity and its number, from 1, among those that share it.

    Args:
        findings: in the order of their places, see ``Finding.sort_key``.
        sources: the texts that the places are in, by path.
    """
    scopes: dict[str, list[str]] = {}
    counts: dict[Identity, int] = {}
    found = []
    for finding in findings:
        path = finding.path
        if path not in scopes:
            scopes[path] = _scopes(sources[path]) if path in sources else []
        lines = scopes[path]
        scope = lines[finding.line] if finding.line < len(lines) else ""
        identity = Identity(path, scope, finding.code, finding.legacy)
        counts[identity] = counts.get(identity, 0) + 1
        found.append((identity, counts[identity]))
    return found


def fingerprints(findings: Iterable[Finding], sources: Mapping[str, str]) -> list[str]:
    """Give each finding a text of 32 hexadecimal digits that no other finding has; arguments as for `identities`."""
    import hashlib
    import json

    texts = (json.dumps([*identity, number]) for identity, number in identities(findings, sources))
    return [hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts]


def _scopes(text: str) -> list[str]:
    """The qualified name of what each line belongs to, by 1-based number; decorators belong to what they decorate.

    A line never belongs to two definitions side by side: a compound statement ends its line.
    """
    tree = ast.parse(text)
    spans = list(_definitions(tree, ""))
    lines = [""] * (1 + max((end for _, end, _ in spans), default=0))
    for first, end, name in spans:
        lines[first : end + 1] = [name] * (end + 1 - first)
    return lines


def _definitions(node: ast.AST, prefix: str) -> Iterator[tuple[int, int, str]]:
    """First line, last line and qualified name of all classes and functions, outer ones first."""
    pending = [(node, prefix)]
    while pending:
        node, prefix = pending.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                name = f"{prefix}.{child.name}" if prefix else child.name
                first = min([child.lineno, *(each.lineno for each in child.decorator_list)])
                yield first, child.end_lineno or first, name
                pending.append((child, name))
            elif isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
                pending.append((child, prefix))
