"""The proof that an output is right, run on every changed file before it is written.

It does not trust the plan: it parses the new text, compares it with the old one outside the edits, analyses it again
and looks where every rewritten name leads now.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Sequence

from cachelift.analysis.facts import FileFacts, Form, Role, Usage
from cachelift.analysis.names import IMPORT_KINDS, Names
from cachelift.analysis.scopes import BindingKind, ScopeTree, build
from cachelift.analysis.usages import analyse
from cachelift.model import Edit, Knowledge, Span
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
    _check_spans(facts, before, edits, going)
    scopes = build(tree)
    _check_unbound(build(old_tree), scopes)
    _check_usages(facts, found, going, alive)
    _check_imports(facts, tree)
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


def _check_spans(facts: FileFacts, before: str, edits: Sequence[Edit], going: Iterable[Usage]) -> None:
    """Every edit is about a usage or an import statement, whole and nothing else."""
    exact = {intent.container or intent.span for usage in going for intent in usage.intents}
    exact |= {group.all_entry for group in facts.groups if group.all_entry is not None}
    for statement in facts.statements:
        end = statement.span.end
        exact |= {statement.span, Span(end, end), Span(statement.line_end, statement.line_end)}
    for edit in edits:
        if edit.span not in exact and (edit.replacement or not _removes_statement(facts, before, edit.span)):
            raise VerificationError("an edit is not where a usage stands")


def _removes_statement(facts: FileFacts, before: str, span: Span) -> bool:
    """A removed import takes its line with it, or the blanks and the semicolon beside it."""
    for statement in facts.statements:
        if span == Span(statement.line_start, statement.line_end):
            return True
        if _is_inside(statement.span, span):
            beside = before[span.start : statement.span.start] + before[statement.span.end : span.end]
            return not beside.strip(" \t\f;")
    return False


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


def _check_imports(facts: FileFacts, tree: ast.Module) -> None:
    """An old name that has to stay is still imported under that name; one that went is not imported any more."""
    imported = Counter(
        ("." * getattr(node, "level", 0) + (getattr(node, "module", None) or ""), alias.name, alias.asname)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    )
    expected: Counter[tuple[str, str, str | None]] = Counter()
    gone: set[tuple[str, str, str | None]] = set()
    for group in facts.groups:
        for binding in group.bindings:
            statement = facts.statements[binding.statement]
            alias = statement.aliases[binding.alias]
            key = (statement.module or "", alias.name, alias.asname)
            if group.stays:
                expected[key] += 1
            else:
                gone.add(key)
    for key, count in expected.items():
        if imported[key] < count:
            raise VerificationError(f"the import of `{key[1]}` is lost")
    for key in gone - expected.keys():
        if imported[key]:
            raise VerificationError(f"the import of `{key[1]}` is left")


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
    for usage in going:
        for intent in usage.intents:
            if not any(_is_inside(intent.container or intent.span, edit.span) for edit in edits):
                raise VerificationError(f"line {usage.position[0]}: the usage was not rewritten")
    names = Names(facts.path, scopes, knowledge)
    found: list[tuple[int, str]] = []
    for node in scopes.parents:
        if isinstance(node, ast.Name | ast.Attribute) and not isinstance(scopes.parents[node], ast.Attribute):
            symbol = _leads(names, node, knowledge)
            if symbol is not None:
                found.append((positions.offset(node.lineno, node.col_offset), symbol))
    shift = 0
    for edit in edits:
        start = edit.span.start + shift
        end = start + len(edit.replacement)
        shift += len(edit.replacement) - (edit.span.end - edit.span.start)
        needed = Counter(
            intent.symbol
            for usage in going
            for intent in usage.intents
            if intent.form is not Form.TEXT and _is_inside(intent.container or intent.span, edit.span)
        )
        there = Counter(symbol for at, symbol in found if start <= at < end)
        for symbol, count in needed.items():
            if there[symbol] < count:
                line = positions.position(start)[0]
                raise VerificationError(f"line {line}: the new name does not lead to the {symbol}")


def _is_inside(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _leads(names: Names, node: ast.Name | ast.Attribute, knowledge: Knowledge) -> str | None:
    """``factory`` or ``type`` where a name, or a chain that starts with it, leads to one and to nothing else.

    The ``None`` of a guarded import is let pass beside it.
    """
    attributes: list[str] = []
    current: ast.expr = node
    while isinstance(current, ast.Attribute):
        attributes.append(current.attr)
        current = current.value
    if not isinstance(current, ast.Name):
        return None
    owner = names.scopes.scope_of(current).lookup(current.id)
    symbols: set[str] = set()
    for binding in owner.bindings[current.id] if owner is not None and current.id in owner.bindings else ():
        statement = binding.statement
        if binding.kind in IMPORT_KINDS:
            symbols.add(_symbol(knowledge, names.imported(binding), attributes))
        elif binding.kind is not BindingKind.DEL and not (
            isinstance(statement, ast.Assign)
            and isinstance(statement.value, ast.Constant)
            and statement.value.value is None
        ):
            return None
    return symbols.pop() if len(symbols) == 1 else None


def _symbol(knowledge: Knowledge, roots: Iterable[str], attributes: list[str]) -> str:
    for root in roots:
        dotted = root
        for attribute in [None, *reversed(attributes)]:
            dotted = f"{dotted}.{attribute}" if attribute else dotted
            found = knowledge.target(dotted)
            if found is not None:
                return found[1]
    return ""


def _check_shape(old: ast.Module, new: ast.Module) -> None:
    """The statements are the same in kind and order, imports and the ``pass`` in their place left out."""
    if _statements(old) != _statements(new):
        raise VerificationError("the statements are not the same as before")


def _statements(tree: ast.Module) -> list[str]:
    left_out = (ast.Import, ast.ImportFrom, ast.Pass)
    return [type(n).__name__ for n in ast.walk(tree) if isinstance(n, ast.stmt) and not isinstance(n, left_out)]
