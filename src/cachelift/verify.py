"""The proof that an output is right, run on every changed file before it is written.

It does not trust the plan: it parses the new text, compares it with the old one outside the edits, analyses it again
and looks where every rewritten name leads now.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Sequence

from cachelift.analysis.facts import FileFacts, Form, Role, Usage
from cachelift.analysis.names import Names
from cachelift.analysis.scopes import ScopeTree, build
from cachelift.analysis.usages import analyse
from cachelift.model import Edit, Knowledge
from cachelift.source import Positions


class VerificationError(Exception):
    """An output is not what it should be; the message says in which respect."""


def verify(
    facts: FileFacts,
    before: str,
    after: str,
    edits: Sequence[Edit],
    going: Iterable[Usage],
    knowledge: Knowledge,
    alive: set[int],
) -> FileFacts:
    """Check one output and return its own facts.

    Args:
        facts: what was found in the text before.
        before: the old text.
        after: the new text.
        edits: the spans of the old text and what replaced them.
        going: the usages that were rewritten.
        knowledge: the program's knowledge.
        alive: the migrations whose tests accept both classes.

    Raises:
        VerificationError: the output does not hold.
    """
    _check_gaps(before, after, edits)
    try:
        tree = ast.parse(after)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise VerificationError(f"the new text does not parse: {error}") from error
    old_tree = ast.parse(before)
    positions = Positions(after)
    found = analyse(facts.path, after, tree, positions, knowledge)
    going = list(going)
    scopes = build(tree)
    _check_unbound(build(old_tree), scopes)
    _check_usages(facts, found, going, alive)
    _check_names(facts, going, edits, tree, scopes, positions, knowledge)
    _check_shape(old_tree, tree)
    return found


def _check_gaps(before: str, after: str, edits: Sequence[Edit]) -> None:
    """Everything between the edits is the same, character by character."""
    old = new = 0
    for edit in edits:
        gap = before[old : edit.span.start]
        if after[new : new + len(gap)] != gap:
            raise VerificationError("text outside the edits changed")
        new += len(gap)
        if after[new : new + len(edit.replacement)] != edit.replacement:
            raise VerificationError("an edit is not where it should be")
        new += len(edit.replacement)
        old = edit.span.end
    if before[old:] != after[new:]:
        raise VerificationError("text behind the edits changed")


def _check_unbound(old: ScopeTree, new: ScopeTree) -> None:
    """No name is looked up in vain that was found before."""
    before = {reference.node.id for reference in old.references if reference.owner is None}
    lost = {reference.node.id for reference in new.references if reference.owner is None} - before
    if lost:
        raise VerificationError(f"`{min(lost)}` would no longer be bound")


def _check_usages(facts: FileFacts, found: FileFacts, going: list[Usage], alive: set[int]) -> None:
    """What was not rewritten is still there, what was rewritten is gone, and nothing is new."""
    gone = {id(usage) for usage in going}
    expected = Counter(
        (usage.role, usage.migration)
        for usage in facts.usages
        if usage.role is not Role.IMPORT
        and (id(usage) not in gone or (usage.role is Role.TEST and usage.migration in alive))
    )
    actual = Counter((usage.role, usage.migration) for usage in found.usages if usage.role is not Role.IMPORT)
    for key in expected.keys() | actual.keys():
        if expected[key] != actual[key]:
            role = key[0].value
            raise VerificationError(f"{actual[key]} usages of the kind `{role}` are left instead of {expected[key]}")
    kept = {group.name for group in facts.groups if group.kind != "anchor" and group.stays}
    left = {group.name for group in found.groups if group.kind != "anchor" and group.import_usages}
    if missing := {group.name for group in facts.groups if group.stays and group.import_usages} - left:
        raise VerificationError(f"the import of `{min(missing)}` is lost")
    if extra := left - kept - {group.name for group in facts.groups if group.kind == "anchor"}:
        raise VerificationError(f"the import of `{min(extra)}` is left")


def _check_names(
    facts: FileFacts,
    going: list[Usage],
    edits: Sequence[Edit],
    tree: ast.Module,
    scopes: ScopeTree,
    positions: Positions,
    knowledge: Knowledge,
) -> None:
    """Inside every edit of an expression a name leads to the replacement, as often as usages were rewritten there."""
    names = Names(facts.path, scopes, knowledge)
    targets: list[tuple[int, str]] = []
    for node in scopes.parents:
        if isinstance(node, ast.Name | ast.Attribute) and not isinstance(scopes.parents[node], ast.Attribute):
            for dotted in _prefixes(names, node):
                symbol = knowledge.target(dotted)
                if symbol is not None:
                    targets.append((positions.offset(node.lineno, node.col_offset), symbol[1]))
                    break
    shifts = list(_shifts(edits))
    for usage in going:
        for intent in usage.intents:
            if intent.form is Form.TEXT or usage.role is Role.IMPORT:
                continue
            span = intent.container or intent.span
            start, end = _moved(shifts, span.start, span.end)
            if not any(start <= at < end and symbol == intent.symbol for at, symbol in targets):
                line = positions.position(start)[0]
                raise VerificationError(f"line {line}: the new name does not lead to the {intent.symbol}")


def _prefixes(names: Names, node: ast.Name | ast.Attribute) -> Iterable[str]:
    current: ast.expr = node
    while isinstance(current, ast.Name | ast.Attribute):
        yield from names.qualified(current)
        if isinstance(current, ast.Name):
            return
        current = current.value


def _shifts(edits: Sequence[Edit]) -> Iterable[tuple[int, int, int]]:
    """(start, end, growth) of every edit."""
    for edit in edits:
        yield edit.span.start, edit.span.end, len(edit.replacement) - (edit.span.end - edit.span.start)


def _moved(shifts: list[tuple[int, int, int]], start: int, end: int) -> tuple[int, int]:
    """Where a span of the old text lies in the new one; what an edit around it covers counts as a whole."""
    before = sum(growth for _, stop, growth in shifts if stop <= start)
    inside = sum(growth for begin, stop, growth in shifts if stop > start and begin < end)
    return start + before, end + before + inside


def _check_shape(old: ast.Module, new: ast.Module) -> None:
    """The statements are the same in kind and order, imports and the ``pass`` in their place left out."""
    if _statements(old) != _statements(new):
        raise VerificationError("the statements are not the same as before")


def _statements(tree: ast.Module) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not isinstance(node, ast.Import | ast.ImportFrom | ast.Pass):
            found.append(type(node).__name__)
    return found
