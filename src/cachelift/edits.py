"""From verdicts to edits: the new text of every rewritten usage and of the import statements they need."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cachelift import fragments
from cachelift.analysis.facts import FileFacts, Form, Group, Intent, NewBinding, Role, Statement, Usage
from cachelift.analysis.plan import rewritten
from cachelift.analysis.verdicts import Program
from cachelift.model import Edit, ImportEdit, ImportedName, Span, StringTarget
from cachelift.wording import MARKER

_SEMICOLON_AFTER = re.compile(r"[ \t\f]*;[ \t\f]*(?=[^\s#])")
_BLANKS = frozenset(" \t\f")


def file_edits(program: Program, facts: FileFacts, text: str) -> list[Edit]:
    """All edits of one file, sorted and not overlapping; empty where nothing is rewritten.

    Raises :class:`cachelift.fragments.RewriteError` where a fragment cannot be rewritten without losing something.
    """
    return _Edits(program, facts, text).build()


@dataclass(slots=True)
class _Change:
    """What happens to one import statement."""

    removed: set[int] = field(default_factory=set)
    in_place: dict[int, list[ImportedName]] = field(default_factory=dict)
    """Names of a plain ``import`` that take another's place."""
    added: dict[str, list[ImportedName]] = field(default_factory=dict)
    """module text -> names, for new from-imports."""
    plain: list[ImportedName] = field(default_factory=list)
    """New plain imports."""
    extended: list[ImportedName] = field(default_factory=list)


def patched_names(program: Program, usages: Iterable[Usage]) -> dict[tuple[str, str], str]:
    """What the names that some usages patch are called in their modules after the run, by path and old name."""
    found: dict[tuple[str, str], str] = {}
    for usage in usages:
        if usage.patch is None or not any(intent.symbol == "patched" for intent in usage.intents):
            continue
        groups = program.files[usage.patch.module].groups
        group = next(g for g in groups if g.imported == usage.patch.name and g.kind == "class")
        new = group.provides.get("factory")
        migration = program.replacements[usage.migration].migration
        found[usage.patch.module, usage.patch.name] = new.bound if new is not None else migration.factory_name
    return found


class _Edits:
    def __init__(self, program: Program, facts: FileFacts, text: str) -> None:
        self.program = program
        self.facts = facts
        self.text = text
        self.changes: dict[int, _Change] = {}
        self.entries: list[Edit] = []

    def build(self) -> list[Edit]:
        going = [usage for usage in rewritten(self.program, self.facts) if usage.role is not Role.IMPORT]
        edits = list(self._expressions(going))
        groups = sorted(enumerate(self.facts.groups), key=lambda item: self._place(item[1]))
        for index, group in groups:
            self._import_changes(group, [usage for usage in going if usage.group == index])
        for index, change in sorted(self.changes.items()):
            edits += self._statement(index, change)
        return sorted([*edits, *self.entries], key=lambda edit: edit.span)

    def _place(self, group: Group) -> int:
        return min((self.facts.statements[b.statement].span.start for b in group.bindings), default=0)

    # -- expressions ---------------------------------------------------------------------------------------------

    def _expressions(self, going: list[Usage]) -> Iterator[Edit]:
        plain: list[tuple[Intent, Usage]] = []
        contained: dict[Span, list[tuple[Intent, Usage]]] = {
            intent.container: [] for usage in going for intent in usage.intents if intent.container is not None
        }
        for usage in going:
            for intent in usage.intents:
                if intent.fstring in contained:  # all of an f-string is written at once
                    contained[intent.fstring].append((intent, usage))
                else:
                    plain.append((intent, usage))
        plain.sort(key=lambda item: (item[0].span.start, -item[0].span.end))
        nodes = [_Node(intent.span, intent, usage) for intent, usage in plain]
        nodes += [_Node(span, None, None, items) for span, items in contained.items()]
        for node in _nest(nodes):
            yield Edit(node.span, self._render(node))

    def _render(self, node: _Node) -> str:
        start = node.span.start
        inner = [(child.span.start - start, child.span.end - start, self._render(child)) for child in node.children]
        fragment = self.text[start : node.span.end]
        if node.intent is None or node.usage is None:
            return self._fstring(fragment, node.contained)
        return self._replacement(fragment, node.intent, node.usage, inner)

    def _replacement(self, fragment: str, intent: Intent, usage: Usage, inner: list[tuple[int, int, str]]) -> str:
        both = usage.migration in self.program.alive
        if intent.form is Form.CALL:
            assert intent.call is not None
            return fragments.rewrite_call(fragment, self._name(usage, "factory"), intent.call, inner)
        if intent.form is Form.TEXT:
            return self._string(intent, usage)
        new = self._name(usage, intent.symbol)
        if intent.form is Form.MODULE:
            return new.rpartition(".")[0]
        if intent.form is Form.PATTERN:
            return f"{fragment} | {new}()" if both else f"{new}()"
        if intent.form is Form.NAME or not both:
            return fragments.rewrite_reference(fragment, new)
        return {Form.TEST: f"({fragment}, {new})", Form.TUPLE: f"{fragment}, {new}", Form.UNION: f"{fragment} | {new}"}[
            intent.form
        ]

    def _string(self, intent: Intent, usage: Usage) -> str:
        if intent.symbol == "patched":
            assert usage.patch is not None
            return patched_names(self.program, [usage])[usage.patch.module, usage.patch.name]
        return intent.text.format(self._name(usage, intent.symbol)) if "{}" in intent.text else intent.text

    def _fstring(self, fragment: str, items: list[tuple[Intent, Usage]]) -> str:
        roots = {intent.root for intent, _ in items}
        if len(roots) > 1 and any(self._name(usage, i.symbol).partition(".")[0] in roots for i, usage in items):
            raise fragments.RewriteError("the names in an f-string cannot be told apart")
        for root in sorted(roots):
            targets = [
                StringTarget(intent.ordinal, intent.depth, self._name(usage, intent.symbol), intent.call)
                for intent, usage in items
                if intent.root == root
            ]
            fragment = fragments.rewrite_fstring(fragment, root, targets)
        return fragment

    def _name(self, usage: Usage, symbol: str) -> str:
        """The dotted text of a new name where a usage stands."""
        group = self.facts.groups[usage.group] if usage.group is not None else None
        written = usage.names[symbol]
        if group is not None and self._keeps_alias(group, group.provides[symbol]):
            return f"{group.name}.{written.rpartition('.')[2]}"
        return written

    @staticmethod
    def _keeps_alias(group: Group, new: NewBinding) -> bool:
        return group.kind == "module" and group.has_alias and new.how == "replace" and not group.stays

    # -- imports -------------------------------------------------------------------------------------------------

    def _import_changes(self, group: Group, members: list[Usage]) -> None:
        symbols = [symbol for symbol in ("factory", "type") if any(symbol in usage.names for usage in members)]
        if self._is_removed(group, members):
            if group.all_entry is not None:
                self.entries.append(Edit(group.all_entry, ""))
            for binding in group.bindings:
                self._change(binding.statement).removed.add(binding.alias)
        for symbol in symbols:
            new = group.provides[symbol]
            if new.how == "extend" and new.statement is not None:
                _add(self._change(new.statement).extended, (new.name, None))
            elif new.how in ("replace", "plain"):
                for binding in group.bindings[: 1 if group.kind == "anchor" else None]:
                    if binding.covered:
                        continue
                    self._bind(group, binding.statement, binding.alias, binding.new_modules[symbol], new)

    def _is_removed(self, group: Group, members: list[Usage]) -> bool:
        if group.stays or group.kind == "anchor":
            return False
        return bool(members) or any(usage in self._going_imports() for usage in group.import_usages)

    def _going_imports(self) -> list[Usage]:
        return [usage for usage in rewritten(self.program, self.facts) if usage.role is Role.IMPORT]

    def _bind(self, group: Group, index: int, alias: int, module: str, new: NewBinding) -> None:
        statement, change = self.facts.statements[index], self._change(index)
        if statement.module is None and (new.how == "plain" or group.kind == "module"):
            name: ImportedName = (module, None)
            if new.how != "plain":
                name = (module, group.name if self._keeps_alias(group, new) else new.bound)
            if alias in change.removed and len(statement.aliases) == 1:
                _add(change.in_place.setdefault(alias, []), name)
            else:
                _add(change.plain, name)
            return
        if self._is_added_above(statement, module, new):
            return
        if group.kind == "module":
            package, last = _split(module)
            if not package:  # a module of the top level is imported by itself only
                _add(change.plain, (last, group.name if self._keeps_alias(group, new) else None))
                return
            _add(change.added.setdefault(package, []), (last, group.name if self._keeps_alias(group, new) else None))
            return
        _add(change.added.setdefault(module, []), (new.name, None))

    def _is_added_above(self, statement: Statement, module: str, new: NewBinding) -> bool:
        """Whether another import of the same block, above this one, brings the same new name already."""
        for index, change in self.changes.items():
            other = self.facts.statements[index]
            is_above = other.block == statement.block and other.index < statement.index
            if is_above and (new.name, None) in change.added.get(module, ()):
                return True
        return False

    def _change(self, index: int) -> _Change:
        return self.changes.setdefault(index, _Change())

    # -- statements ----------------------------------------------------------------------------------------------

    def _statement(self, index: int, change: _Change) -> list[Edit]:
        statement = self.facts.statements[index]
        fragment = self.text[statement.span.start : statement.span.end]
        left = [i for i in range(len(statement.aliases)) if i not in change.removed or i in change.in_place]
        new = [*_from_imports(change.added), *(f"import {_spelled(name)}" for name in change.plain)]
        if left or change.extended:
            edit = ImportEdit(
                remove=tuple(i for i in sorted(change.removed) if i not in change.in_place),
                replace=tuple((i, tuple(names)) for i, names in sorted(change.in_place.items())),
                add=tuple(n for n in change.extended if n not in {(a.name, a.asname) for a in statement.aliases}),
            )
            text = fragment
            if edit != ImportEdit():
                text = fragments.rewrite_import(fragment, edit, statement.indent)
            return self._with_new_lines(statement, fragment, text, new)
        if len(change.added) == 1 and not change.plain and statement.module is not None:
            [(module, names)] = change.added.items()
            first, *others = sorted(change.removed)
            edit = ImportEdit(remove=tuple(others), replace=((first, tuple(names)),), module=module)
            return [Edit(statement.span, fragments.rewrite_import(fragment, edit, statement.indent))]
        if new:
            lost = fragments.rewrite_import(
                fragment, ImportEdit(remove=tuple(sorted(change.removed))), statement.indent
            )
            if lost and not statement.alone:
                raise fragments.RewriteError("a comment of the import would hide what follows it on its line")
            separator = statement.newline + statement.indent if statement.alone else "; "
            return [Edit(statement.span, separator.join([*new, *([lost] if lost else [])]))]
        inner = self._comments_inside(statement)
        if inner and not statement.alone:
            raise fragments.RewriteError("a comment of the import would hide what follows it on its line")
        return [self._removal(index, statement), *self._new_lines(statement, inner)]

    def _with_new_lines(self, statement: Statement, fragment: str, text: str, new: list[str]) -> list[Edit]:
        edits = [Edit(statement.span, text)] if text != fragment else []
        if not new:
            return edits
        if not statement.alone:
            end = Span(statement.span.end, statement.span.end)
            if edits:
                return [Edit(statement.span, "; ".join([text, *new]))]
            return [Edit(end, "".join(f"; {line}" for line in new))]
        return [*edits, *self._new_lines(statement, new)]

    def _new_lines(self, statement: Statement, new: list[str]) -> list[Edit]:
        """Lines of their own behind a statement."""
        lines = [statement.indent + line + statement.newline for line in new]
        if not self.text[: statement.line_end].endswith(("\n", "\r")):
            lines = [statement.newline + statement.indent + line for line in new]
        return [Edit(Span(statement.line_end, statement.line_end), "".join(lines))] if new else []

    def _removal(self, index: int, statement: Statement) -> Edit:
        """A statement goes: its line with it, but never the last one of a block, and no comment that says something."""
        if self._empties_block(index, statement):
            return Edit(statement.span, "pass")
        if not statement.alone:
            return Edit(self._with_semicolon(statement.span), "")
        rest = self.text[statement.span.end : statement.line_end]
        comment = rest.strip()
        if comment and not MARKER.match(comment):
            start = statement.span.end + len(rest) - len(rest.lstrip())
            return Edit(Span(statement.span.start, start), "")
        return Edit(Span(statement.line_start, statement.line_end), "")

    def _comments_inside(self, statement: Statement) -> list[str]:
        """The comments between the names of a statement that goes, but for those that only a tool reads there."""
        fragment = self.text[statement.span.start : statement.span.end]
        every = ImportEdit(remove=tuple(range(len(statement.aliases))))
        lines = fragments.rewrite_import(fragment, every).splitlines() if "#" in fragment else []
        return [line for line in lines if not MARKER.match(line)]

    def _with_semicolon(self, span: Span) -> Span:
        """A statement that shares its line, with the semicolon that parts it from its neighbour."""
        after = _SEMICOLON_AFTER.match(self.text, span.end)
        if after is not None:
            return Span(span.start, after.end())
        start = self._blanks_before(span.start)
        has_semicolon = self.text[start - 1 : start] == ";"
        return Span(self._blanks_before(start - 1) if has_semicolon else span.start, span.end)

    def _blanks_before(self, offset: int) -> int:
        """Where the blanks begin that end at an offset."""
        while self.text[offset - 1 : offset] in _BLANKS:
            offset -= 1
        return offset

    def _empties_block(self, index: int, statement: Statement) -> bool:
        gone = [
            i for i, change in self.changes.items()
            if self.facts.statements[i].block == statement.block and self._vanishes(i, change)
        ]  # fmt: skip
        return len(gone) == statement.siblings and index == min(gone)

    def _vanishes(self, index: int, change: _Change) -> bool:
        left = len(self.facts.statements[index].aliases) - len(change.removed)
        return not (left or change.added or change.plain or change.in_place or change.extended)


@dataclass(slots=True)
class _Node:
    """An edit with the edits inside it."""

    span: Span
    intent: Intent | None
    usage: Usage | None
    contained: list[tuple[Intent, Usage]] = field(default_factory=list)
    children: list[_Node] = field(default_factory=list)


def _nest(nodes: list[_Node]) -> list[_Node]:
    """The outermost nodes, each with those inside it as children."""
    outermost: list[_Node] = []
    stack: list[_Node] = []
    for node in sorted(nodes, key=lambda node: (node.span.start, -node.span.end)):
        while stack and stack[-1].span.end <= node.span.start:
            stack.pop()
        (stack[-1].children if stack else outermost).append(node)
        stack.append(node)
    return outermost


def _add(names: list[ImportedName], name: ImportedName) -> None:
    if name not in names:
        names.append(name)


def _split(module: str) -> tuple[str, str]:
    """The text before ``import`` and the name behind it, for a module: ``..a.b`` is ``from ..a import b``."""
    head, _, last = module.rpartition(".")
    dots = module[: len(module) - len(module.lstrip("."))]
    return (head if head.strip(".") else dots, last)


def _spelled(name: ImportedName) -> str:
    return f"{name[0]} as {name[1]}" if name[1] is not None else name[0]


def _from_imports(added: dict[str, list[ImportedName]]) -> Iterable[str]:
    for module, names in added.items():
        yield f"from {module} import {', '.join(map(_spelled, names))}"
