"""Tests of an object's class that name the replacement type as well: beside the legacy class, or in another test."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from cachelift.analysis.facts import Form, Intent
from cachelift.analysis.file import FileAnalysis
from cachelift.model import Span


def accepts_both(file: FileAnalysis, node: ast.expr) -> bool:
    """Whether the test that holds a reference to the class names the replacement type beside it already."""
    return any(_is_type(file, other) for other in _beside(file, node))


def without(file: FileAnalysis, node: ast.expr) -> Intent | None:
    """The change that leaves a reference out of a test that accepts both; None where it cannot be made in one piece."""
    parent = file.parents[node]
    if any(_is_legacy(file, other) for other in _beside(file, node)):
        return None
    if isinstance(parent, ast.BinOp):
        start, end = file.imports.span(node).start, file.imports.span(node).end
        if parent.left is node:
            return _removal(file, node, Span(start, file.imports.span(parent.right).start))
        return _removal(file, node, Span(file.imports.span(parent.left).end, end))
    if isinstance(parent, ast.MatchClass):
        alternatives = file.parents[parent]
        assert isinstance(alternatives, ast.MatchOr)
        return _without(file, parent, alternatives.patterns)
    assert isinstance(parent, ast.Tuple)
    if len(parent.elts) == 1:
        return None  # an empty tuple would stay
    if len(parent.elts) > 2:
        return _without(file, node, parent.elts)
    span = file.imports.span(parent)
    own, other = (file.imports.span(each) for each in (node, next(each for each in parent.elts if each is not node)))
    first, last = sorted((own, other))
    text = file.text
    rest = text[span.start : first.start] + text[first.end : last.start] + text[last.end : span.end]
    kept = text[other.start : other.end]
    plain = not rest.strip("(), \t\r\n\f") and "{" not in kept
    return _intent(file, node, span, kept) if plain else None


def is_told_apart(file: FileAnalysis, node: ast.expr) -> bool:
    """Whether another test of the file asks for the replacement type alone.

    What is a legacy object now and one of the type later would take the other branch there. Two tests that one
    ``or`` joins tell nothing apart.
    """
    outer = joined(file, node)
    return any(outer is None or joined(file, other) is not outer for other in _type_tests(file))


def _type_tests(file: FileAnalysis) -> Iterator[ast.expr]:
    for node in file.parents:
        is_type = isinstance(node, ast.Name | ast.Attribute) and _is_type(file, node)
        if not is_type or not isinstance(node, ast.expr) or not file.contexts.is_tested(node):
            continue
        if not any(_is_legacy(file, other) for other in _beside(file, node)):
            yield node


def joined(file: FileAnalysis, node: ast.AST) -> ast.AST | None:
    """The ``or`` that a test is an operand of."""
    current: ast.AST | None = node
    while current is not None and not isinstance(current, ast.stmt | ast.Call):
        current = file.parents.get(current)
    outer = file.parents.get(current) if current is not None else None
    return outer if isinstance(outer, ast.BoolOp) and isinstance(outer.op, ast.Or) else None


def _beside(file: FileAnalysis, node: ast.expr) -> Sequence[ast.expr]:
    """The other classes of the test that a class stands in."""
    top = node
    parent = file.parents[node]
    if isinstance(parent, ast.MatchClass):
        outer = file.parents[parent]
        alternatives = outer.patterns if isinstance(outer, ast.MatchOr) else []
        return [p.cls for p in alternatives if isinstance(p, ast.MatchClass) and p is not parent]
    while isinstance(parent, ast.Tuple | ast.BinOp):
        top, parent = parent, file.parents[parent]
    return [other for other in _classes(top) if other is not node]


def _classes(node: ast.expr) -> Iterator[ast.expr]:
    """The classes that the second argument of ``isinstance`` lists."""
    if isinstance(node, ast.Tuple):
        for element in node.elts:
            yield from _classes(element)
    elif isinstance(node, ast.BinOp):
        yield from _classes(node.left)
        yield from _classes(node.right)
    else:
        yield node


def _is_type(file: FileAnalysis, node: ast.expr) -> bool:
    targets = [file.knowledge.target(dotted) for dotted in file.names.qualified(node)]
    return any(target is not None and target[1] == "type" for target in targets)


def _is_legacy(file: FileAnalysis, node: ast.expr) -> bool:
    found = [file.knowledge.legacy(dotted) for dotted in file.names.qualified(node)]
    return any(legacy is not None and legacy.kind == "class" for legacy in found)


def _without(
    file: FileAnalysis, node: ast.expr | ast.pattern, siblings: Sequence[ast.expr] | Sequence[ast.pattern]
) -> Intent | None:
    index = next(i for i, sibling in enumerate(siblings) if sibling is node)
    spans = [file.imports.span(sibling) for sibling in siblings]
    if index + 1 < len(spans):
        return _removal(file, node, Span(spans[index].start, spans[index + 1].start))
    return _removal(file, node, Span(spans[index - 1].end, spans[index].end))


def _removal(file: FileAnalysis, node: ast.AST, span: Span) -> Intent | None:
    own = file.imports.span(node)
    rest = file.text[span.start : own.start] + file.text[own.end : span.end]
    return None if rest.strip("|, \t\r\n\f") else _intent(file, node, span, "")


def _intent(file: FileAnalysis, node: ast.AST, span: Span, text: str) -> Intent | None:
    parent = file.parents.get(node)
    while parent is not None and not isinstance(parent, ast.stmt):
        if isinstance(parent, ast.JoinedStr):
            return None  # positions in f-strings are not reliable
        parent = file.parents.get(parent)
    return Intent(span, Form.TEXT, "type", text=text)
