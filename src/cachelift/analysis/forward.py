"""Types that are written as strings: annotations, bounds, casts and aliases, and strings inside of such strings.

Forward references are those of https://typing.python.org/en/latest/spec/annotations.html#string-annotations: a string
in a type expression is a type expression itself, at any depth, but for ``Literal[...]`` and what stands behind the
first item of ``Annotated[...]``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from cachelift.analysis.facts import Form, Intent, Role
from cachelift.analysis.names import Chain
from cachelift.analysis.scopes import Scope
from cachelift.model import Legacy, Span

if TYPE_CHECKING:
    from cachelift.analysis.file import FileAnalysis

_OPENING = re.compile(r"[rRuU]?(\"\"\"|'''|\"|')")
_Parents = dict[ast.AST, ast.AST]


class _Named(NamedTuple):
    """The class as a string names it."""

    chain: Chain
    outer: ast.AST | None
    """What stands around it in its string."""
    span: Span | None
    """Where it stands in the outermost string's value; None where an inner one cannot be edited piece by piece."""


class ForwardTypes:
    """Finds the class in the strings of one file that are types.

    Args:
        file: the file.
        pattern: matches the words of which one stands in every string that names the class.
    """

    def __init__(self, file: FileAnalysis, pattern: re.Pattern[str]) -> None:
        self.file = file
        self.pattern = pattern

    def judge(self, node: ast.Constant, value: str) -> None:
        """Add a usage for a string that is a type, where it names the class."""
        scope = self.file.scopes.scope_of(node)
        named = list(self._named(value, 0, scope))
        if named:
            self._add(node, named, scope)
            return
        legacy = self._unbound(value, scope)
        if legacy is not None:
            usage = self.file.add(Role.TYPE, legacy, node, self.file.type_message(legacy), code="CLF003")
            self.file.manual(usage, "dotted-string")

    def _unbound(self, text: str, scope: Scope) -> Legacy | None:
        """The class by its dotted path where nothing binds the first name: for a reader of the text, or by mistake."""
        try:
            tree = ast.parse(text.strip(), mode="eval")
        except (SyntaxError, ValueError):
            return None
        for node in ast.walk(tree):
            dotted = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
            legacy = self.file.knowledge.legacy(dotted) if dotted else None
            if legacy is not None and legacy.kind == "class" and scope.lookup(dotted.partition(".")[0]) is None:
                return legacy
        return None

    def _add(self, node: ast.Constant, named: list[_Named], scope: Scope) -> None:
        first, file = named[0].chain, self.file
        message = file.type_message(first.legacy)
        usage = file.add(Role.TYPE, first.legacy, node, message, group=first.group, code="CLF003")
        if file.contexts.is_dispatched(node):  # the function that registers it evaluates the string
            usage.role = Role.KEY
        else:
            file.type_nodes[id(usage)] = node
        file.note_way(usage, first)
        where = written_at(file, node)
        intents = []
        for chain, outer, span in named:
            if isinstance(outer, ast.Attribute):
                file.manual(usage, "class-attribute")
            subscripted = isinstance(outer, ast.Subscript) and outer.value is chain.node
            file.judge_type(usage, node, chain, scope, subscripted=subscripted)
            if where is None or span is None:
                file.manual(usage, "complex-string")
            else:
                place = Span(where.start + span.start, where.start + span.end)
                intents.append(Intent(place, Form.TEXT, "type", text="{}"))
        usage.intents = tuple(intents)

    def _named(self, text: str, offset: int, scope: Scope) -> Iterator[_Named]:
        """The class in the text of a type; ``offset`` is that of the text in the outermost string."""
        offset += len(text) - len(text.lstrip())
        text = text.strip()
        try:
            tree = ast.parse(text, mode="eval")
        except (SyntaxError, ValueError):
            return
        parents = {child: outer for outer in ast.walk(tree) for child in ast.iter_child_nodes(outer)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                chain = self._chain(node, parents, scope)
                if chain is not None and not self._is_value(chain.node, parents, scope):
                    yield _Named(chain, parents.get(chain.node), _span(text, offset, chain.node))
            elif isinstance(node, ast.Constant) and not self._is_value(node, parents, scope):
                yield from self._inside(text, offset, node, scope)

    def _inside(self, text: str, offset: int, node: ast.Constant, scope: Scope) -> Iterator[_Named]:
        """The class in a string inside of a string."""
        value = node.value if isinstance(node.value, str) else ""
        if not self.pattern.search(value):
            return
        place = _span(text, 0, node)
        opening = _opening(text[place.start : place.end], value)
        for found in self._named(value, offset + place.start + len(opening or ""), scope):
            yield found if opening is not None else found._replace(span=None)

    def _chain(self, name: ast.Name, parents: _Parents, scope: Scope) -> Chain | None:
        """The chain of a name inside a string that reaches the class."""
        self.file.in_strings.append((scope, name.id))
        group = self.file.names.group_of(scope.lookup(name.id), name.id)
        chain = self.file.names.chain_in(name, group, parents) if group is not None else None
        if chain is not None and chain.member is not None and chain.group.kind == "module":
            self.file.facts.groups[self.file.group(chain.group)].keeps = True
        return chain if chain is not None and chain.legacy.kind == "class" else None

    def _is_value(self, node: ast.AST, parents: _Parents, scope: Scope) -> bool:
        """Whether what stands in a type is none: in ``Literal[...]``, or a string among ``Annotated``'s metadata."""
        inner, child, outer = node, node, parents.get(node)
        while outer is not None:
            if isinstance(outer, ast.Subscript) and outer.slice is child:
                names = self._last_names(outer.value, scope)
                is_metadata = isinstance(child, ast.Tuple) and inner is not child.elts[0]
                if "Literal" in names or ("Annotated" in names and is_metadata and isinstance(node, ast.Constant)):
                    return True
            inner, child, outer = child, outer, parents.get(outer)
        return False

    def _last_names(self, node: ast.expr, scope: Scope) -> set[str]:
        """What a name inside a string is called where it is imported from, beside its own spelling."""
        if isinstance(node, ast.Attribute):
            return {node.attr}
        if not isinstance(node, ast.Name):
            return set()
        owner = scope.lookup(node.id)
        bindings = owner.bindings.get(node.id, []) if owner is not None else []
        return {node.id} | {b.node.name for b in bindings if isinstance(b.node, ast.alias)}


def written_at(file: FileAnalysis, node: ast.Constant) -> Span | None:
    """The span of a string's characters where they stand in the source as they are: one token, no escapes."""
    span = file.imports.span(node)
    opening = _opening(file.text[span.start : span.end], str(node.value))
    return (
        None if opening is None else Span(span.start + len(opening), span.start + len(opening) + len(str(node.value)))
    )


def _opening(source: str, value: str) -> str | None:
    """What stands before the characters of a string literal; None where these are not as its value has them."""
    found = _OPENING.match(source)
    if found is None or source[found.end() :] != value + found.group(1):
        return None
    return found.group()


def _span(text: str, offset: int, node: ast.expr) -> Span:
    """The span of a node in the text that it was parsed from, moved by an offset."""
    start = _character(text, node.lineno, node.col_offset)
    end = _character(text, node.end_lineno or 1, node.end_col_offset or 0)
    return Span(offset + start, offset + end)


def _character(text: str, line: int, utf8_column: int) -> int:
    """The character offset of an ``ast`` position in a short text."""
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
    before = sum(len(item) for item in lines[: line - 1])
    return before + len(lines[line - 1].encode()[:utf8_column].decode())
