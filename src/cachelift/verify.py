"""The proof that an output is right, run on every changed file before it is written.

It does not trust the plan: it compares the new text with the old one outside the edits, reads again what the edits
can concern (:mod:`cachelift.pieces`), and looks where every rewritten name leads now. Where anything may be left in
the file, or may have come, all of it is analysed again.
"""

from __future__ import annotations

import ast
import functools
import re
import unicodedata
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cachelift import wording
from cachelift.analysis.facts import FileFacts, Form, Role, Usage
from cachelift.analysis.names import IMPORT_KINDS, Names, surely_bound
from cachelift.analysis.scopes import BindingKind, ScopeKind, ScopeTree
from cachelift.analysis.usages import analyse
from cachelift.model import Edit, Knowledge, Span
from cachelift.pieces import Reading, pieces, whole
from cachelift.source import Positions

_SEMICOLON = re.compile(r"[ \t\f]*;[ \t\f]*")


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
    patched: Mapping[tuple[str, str], str],
) -> FileFacts:
    """Check one output and return its own facts.

    Args:
        facts: what was found in the text before.
        before: the old text.
        after: the new text.
        edits: the spans of the old text and what replaced them, sorted.
        going: the usages that were rewritten.
        knowledge: the program's knowledge.
        alive: the migrations whose tests accept both classes.
        patched: the new name by the path of a module and the name in it that the file patches.

    Raises:
        VerificationError: the output does not hold.
    """
    going = list(going)
    _check_gaps(before, after, edits)
    _check_spans(facts, before, edits, going)
    _check_statements(facts, edits)
    positions = Positions(after)
    roots = {written.partition(".")[0] for usage in going for written in usage.names.values()}
    roots |= {facts.groups[usage.group].name for usage in going if usage.group is not None}
    try:
        read = _read(facts, before, after, edits, positions, roots)
        tree = ast.parse(after) if _may_hold_usages(facts, after, going, knowledge) else None
    except (SyntaxError, ValueError, RecursionError) as error:
        raise VerificationError(f"the new text does not parse: {error}") from error
    found = FileFacts(facts.path) if tree is None else analyse(facts.path, after, tree, positions, knowledge)
    _check_unbound(read.old, read.new)
    _check_usages(facts, found, going, alive)
    _check_names(facts, going, edits, read.new, roots, positions, knowledge)
    _check_imports(facts, read, before, going, knowledge)
    _check_shape(read.old_tree, read.new_tree)
    _check_compiles(read)
    for problem in wording.problems(facts, before, edits, going, patched):
        raise VerificationError(problem)
    return found


def _read(
    facts: FileFacts, before: str, after: str, edits: Sequence[Edit], positions: Positions, roots: set[str]
) -> Reading:
    """Read what the edits can concern; where that cannot be told, everything.

    Raises:
        SyntaxError, ValueError, RecursionError: the new text does not parse.
    """
    both = Positions(before), positions
    try:
        read = Reading(before, after, pieces(facts.outline, before, after, edits), both)
    except (SyntaxError, ValueError):
        return Reading(before, after, whole(before, after), both)
    names = read.changed_names()
    if names is None:
        return Reading(before, after, whole(before, after), both)
    read.read_at(statement.span for statement in facts.statements)
    read.read_names(names | roots)
    return read


def _check_compiles(read: Reading) -> None:
    """What the compiler refuses, and the parser does not, is nothing new: a keyword that is given twice."""
    problem = _compiler_problem(read.new_tree)
    if problem is not None and _compiler_problem(read.old_tree) is None:
        raise VerificationError(f"the new text does not compile: {problem}")


def _compiler_problem(tree: ast.Module) -> str | None:
    """What the compiler says against whole statements of a module."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(tree, "<output>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError) as error:
            return getattr(error, "msg", str(error))
    return None


@functools.lru_cache(maxsize=8)
def _tokens(names: frozenset[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(names))))


def _may_hold_usages(facts: FileFacts, after: str, going: list[Usage], knowledge: Knowledge) -> bool:
    """Whether the new text holds a name of the class or its module, in any form, or a usage that was not rewritten.

    Where it does not, nothing in it can be a usage: such a file is not even analysed when the run begins.
    """
    gone = {id(usage) for usage in going}
    left = any(id(usage) not in gone for usage in facts.usages) or bool(facts.reads or facts.borrows or facts.mentions)
    if not after.isascii():
        after = unicodedata.normalize("NFKC", after)
    return left or _tokens(knowledge.interesting).search(after) is not None


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
    whole = {statement.span for statement in facts.statements}
    for statement in facts.statements:
        end = statement.span.end
        exact |= {Span(end, end), Span(statement.line_end, statement.line_end)}
    for edit in edits:
        if edit.span in exact or (edit.replacement and edit.span in whole):
            continue
        if edit.replacement or not _removes_statement(facts, before, edit.span):
            raise VerificationError("an edit is not where a usage stands")


def _removes_statement(facts: FileFacts, before: str, span: Span) -> bool:
    """A removed import takes its line with it, or the blanks and the semicolon beside it."""
    for statement in facts.statements:
        if span == Span(statement.line_start, statement.line_end):
            return True
        if _is_inside(statement.span, span):
            if statement.alone:  # its comment stays in its place
                return span.start == statement.span.start and before[span.end : span.end + 1] == "#"
            sides = before[span.start : statement.span.start], before[statement.span.end : span.end]
            outside = before[: span.start][-1:], before[span.end :][:1]
            return any(
                _SEMICOLON.fullmatch(sides[side]) and not sides[1 - side] and not outside[side].isspace()
                for side in (0, 1)
            )
    return False


def _check_statements(facts: FileFacts, edits: Sequence[Edit]) -> None:
    """What takes the place of an import, or is put in beside it, is imports and nothing else."""
    for statement in facts.statements:
        end, indent = statement.span.end, statement.indent
        places = {statement.span, Span(end, end), Span(statement.line_end, statement.line_end)}
        for edit in edits:
            if edit.span in places and not _is_imports(edit.replacement, indent):
                raise VerificationError("something else than imports takes the place of an import")
            if edit.span == Span(end, end) and edit.replacement[:1] not in (";", "\r", "\n"):
                raise VerificationError("what is put behind an import is no statement of its own")


def _is_imports(text: str, indent: str) -> bool:
    """Whether a text, put in where a statement with this indentation stands, is imports, ``pass`` and comments."""
    code = text.lstrip("; ") if text.startswith(";") else text
    if not code.startswith((indent, "\r", "\n")):
        code = indent + code
    try:
        body = ast.parse(f"if True:\n{indent}pass\n{code}\n" if indent else f"{code}\n").body
    except (SyntaxError, ValueError):
        return False
    if indent:
        (block, *behind) = body
        if behind or not isinstance(block, ast.If) or block.orelse:
            return False
        body = block.body
    return all(isinstance(statement, ast.Import | ast.ImportFrom | ast.Pass) for statement in body)


def _check_unbound(old: ScopeTree, new: ScopeTree) -> None:
    """No name is looked up in vain that was found before."""
    before = {reference.node.id for reference in old.references if reference.owner is None}
    lost = {reference.node.id for reference in new.references if reference.owner is None} - before
    gone = old.module.bindings.keys() - new.module.bindings.keys()
    lost |= {
        reference.node.id
        for reference in new.references
        if reference.owner is not None and reference.owner.kind is ScopeKind.CLASS
        and reference.node.id in gone and not surely_bound(new, reference.node, reference.owner)
    }  # fmt: skip
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


def _check_imports(facts: FileFacts, read: Reading, before: str, going: list[Usage], knowledge: Knowledge) -> None:
    """Scope by scope the imports are those of before, without the old names that go, and with new names only."""
    old, new = (list(_imports(scopes)) for scopes in (read.old, read.new))
    stays: dict[tuple[int, int], bool] = {}
    for group in facts.groups:
        for binding in group.bindings:
            place = facts.statements[binding.statement].span.start, binding.alias
            stays[place] = stays.get(place, False) or group.stays
    starts = Positions(before).offset
    gone = Counter(
        found.key
        for found in old
        if not stays.get((starts(found.statement.lineno, found.statement.col_offset), found.index), True)
    )
    kept = Counter(found.key for found in old) - gone
    for key in kept - Counter(found.key for found in new):
        raise VerificationError(f"the import of `{key.name}` is lost")
    names = Names(facts.path, read.new, knowledge)
    symbols = {written.rpartition(".")[2] for usage in going for written in usage.names.values()}
    for found in new:
        kept[found.key] -= 1
        if kept[found.key] < 0 and found.key in gone:
            raise VerificationError(f"the import of `{found.key.name}` is left")
        if kept[found.key] < 0 and not _is_new(found, names, symbols, knowledge):
            raise VerificationError(f"the import of `{found.key.name}` leads to no replacement")


class _Key(NamedTuple):
    """What makes two imports the same."""

    scope: int
    module: str
    name: str
    asname: str | None


@dataclass(frozen=True, slots=True)
class _Import:
    """One name of an import statement."""

    key: _Key
    statement: ast.Import | ast.ImportFrom
    index: int


def _imports(scopes: ScopeTree) -> Iterator[_Import]:
    numbers = {scope: number for number, scope in enumerate(scopes.scopes)}
    for node in scopes.parents:
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = "." * node.level + (node.module or "") if isinstance(node, ast.ImportFrom) else ""
            where = numbers[scopes.scope_of(node)]
            for index, alias in enumerate(node.names):
                yield _Import(_Key(where, module, alias.name, alias.asname), node, index)


def _is_new(found: _Import, names: Names, symbols: set[str], knowledge: Knowledge) -> bool:
    """Whether an import that was not there before brings a replacement, its module, or a package on the way to it."""
    name, statement = found.key.name, found.statement
    modules = names.modules_of(statement) if isinstance(statement, ast.ImportFrom) else ()
    dotted = {f"{module}.{name}" for module in modules} or {name}
    dotted |= {f"{each}.{symbol}" for each in dotted for symbol in symbols}
    return any(knowledge.target(each) for each in dotted)


def _check_names(
    facts: FileFacts,
    going: list[Usage],
    edits: Sequence[Edit],
    scopes: ScopeTree,
    roots: set[str],
    positions: Positions,
    knowledge: Knowledge,
) -> None:
    """Inside every edit of an expression a name leads to the replacement, as often as usages were rewritten there.

    ``roots`` are the names that the chains to the replacement can begin with; all their bindings have been read.
    """
    for usage in going:
        for intent in usage.intents:
            if not any(_is_inside(intent.container or intent.span, edit.span) for edit in edits):
                raise VerificationError(f"line {usage.position[0]}: the usage was not rewritten")
    names = Names(facts.path, scopes, knowledge)
    found: list[tuple[int, str]] = []
    for node in scopes.parents:
        if isinstance(node, ast.Name | ast.Attribute) and not isinstance(scopes.parents[node], ast.Attribute):
            symbol = _leads(names, node, roots, knowledge)
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
            if intent.form not in (Form.TEXT, Form.MODULE) and _is_inside(intent.container or intent.span, edit.span)
        )
        there = Counter(symbol for at, symbol in found if start <= at < end)
        for symbol, count in needed.items():
            if there[symbol] < count:
                line = positions.position(start)[0]
                raise VerificationError(f"line {line}: the new name does not lead to the {symbol}")


def _is_inside(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _leads(names: Names, node: ast.Name | ast.Attribute, roots: set[str], knowledge: Knowledge) -> str | None:
    """``factory`` or ``type`` where a name, or a chain that starts with it, leads to one and to nothing else.

    The ``None`` of a guarded import is let pass beside it.
    """
    attributes: list[str] = []
    current: ast.expr = node
    while isinstance(current, ast.Attribute):
        attributes.append(current.attr)
        current = current.value
    if not isinstance(current, ast.Name) or current.id not in roots:
        return None
    owner = names.scopes.scope_of(current).lookup(current.id)
    symbols: set[str] = set()
    for binding in owner.bindings[current.id] if owner is not None and current.id in owner.bindings else ():
        statement = binding.statement
        if binding.kind in IMPORT_KINDS:
            symbols.add(_symbol(knowledge, names.imported(binding), attributes))
        elif binding.kind not in (BindingKind.DEL, BindingKind.ANNOTATION_ONLY) and not (
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
