"""Comments that name the class: type comments (PEP 484), and prose that mentions it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cachelift.analysis.facts import Form, Intent, Role, Usage
from cachelift.analysis.names import Chain
from cachelift.analysis.scopes import Scope, ScopeKind
from cachelift.analysis.typecomments import Compound, Function, Owner, Reader, Token, tokens
from cachelift.model import Applicability, Legacy, Span

if TYPE_CHECKING:
    from cachelift.analysis.file import FileAnalysis

_IGNORE = re.compile(r"#[ \t]*type:[ \t]*ignore\[[^\]]*\]")
_PLAIN = re.compile(r"[rRuU]?(\"\"\"|'''|\"|')")
_TRANSPARENT = frozenset({"Optional", "Union", "Annotated", "Final", "ClassVar"})

_Holders = dict[ast.AST, list[ast.AST]]
"""The types of a comment that say what a parameter, a target or a function's result is."""


def find(file: FileAnalysis) -> None:
    """Add a usage for every name of the class in a type comment, and where they are wanted the mentions.

    A file is tokenized only where a line has both a ``#`` and a name that is looked for.
    """
    text, knowledge = file.text, file.knowledge
    read: list[Token] = []
    if "type:" in text:
        names = knowledge.interesting | {g.name for g in file.names.groups if g.legacy is not None}
        names |= {name for _, legacy, bound in file.names.stars if legacy is not None for name in bound or ()}
        named = re.compile(_any(names))
        if any(named.search(line[0]) for line in re.finditer(r"#[ \t]*type:[^\r\n]*", text)):
            read = list(tokens(text))
            _TypeComments(file).find(read)
    if knowledge.mentions:
        _Mentions(file).find(read)


def _any(names: Iterable[str]) -> str:
    return "(?:" + "|".join(map(re.escape, sorted(names))) + ")"


# -- type comments -----------------------------------------------------------------------------------------------------


class _TypeComments:
    def __init__(self, file: FileAnalysis) -> None:
        self.file = file
        self.knowledge = file.knowledge

    def find(self, read: Sequence[Token]) -> None:
        """Find the type comments among the tokens of the file and the class in them."""
        assigned: dict[int, ast.Assign] = {}
        compound: dict[int, Compound] = {}
        parameters: dict[int, ast.arg] = {}
        span = self.file.imports.span
        for node in self.file.parents:
            if isinstance(node, ast.Assign):
                assigned[span(node).end] = node
            elif isinstance(node, Compound):
                compound[span(node).start] = node
                if isinstance(node, Function):
                    parameters.update((span(parameter).start, parameter) for parameter in _parameters(node.args))
        reader = Reader(assigned, compound, parameters)
        for token in read:
            reader.take(token)
        for owner, text, start in reader.found:
            tree = _parsed(text, "func_type" if isinstance(owner, Function) else "eval")
            if tree is not None:
                self._expression(tree, text, start, self._scope(owner), _holders(owner, tree), None)

    def _scope(self, owner: Owner) -> Scope:
        """Where a comment's names are looked up: for a signature where annotations are."""
        scopes = self.file.scopes
        if isinstance(owner, ast.arg):
            owner = scopes.parents[scopes.parents[owner]]  # type: ignore[assignment]
        if not isinstance(owner, Function):
            return scopes.scope_of(owner)
        body = next(scope for scope in scopes.scopes if scope.node is owner and scope.kind is ScopeKind.FUNCTION)
        assert body.parent is not None
        return body.parent

    def _expression(
        self, tree: ast.AST, text: str, start: int, scope: Scope, holders: _Holders, whole: Span | None
    ) -> None:
        """The names in a type.

        ``text`` is what ``tree`` was parsed from and ``start`` its offset in the file; with ``whole``, the span of a
        string that does not stand there as it is, that is not so and the span stands for every name.
        """
        parents = {child: outer for outer in ast.walk(tree) for child in ast.iter_child_nodes(outer)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Name | ast.Constant):
                continue
            kind = self._kind(node, parents, scope)
            if isinstance(node, ast.Name):
                if kind == "literal":
                    continue
                if self._name(_Name(node, parents, kind), scope, holders, whole or (text, start)) and whole:
                    return
            elif isinstance(node.value, str) and not kind and whole is None:
                held = holders.get(self._described(node, parents, scope), [])
                self._quoted(node.value, _span(node, text, start), scope, held)

    def _quoted(self, value: str, span: Span, scope: Scope, held: list[ast.AST]) -> None:
        """A forward reference: a string inside a type comment."""
        tree = _parsed(value.strip(), "eval")
        if tree is None:
            return
        source = self.file.text[span.start : span.end]
        opening = _PLAIN.match(source)
        holders: _Holders = dict.fromkeys(ast.iter_child_nodes(tree), held)
        if opening is None or source[opening.end() : -len(opening[1])] != value:
            self._expression(tree, "", 0, scope, holders, span)
            return
        lead = len(value) - len(value.lstrip())
        self._expression(tree, value.strip(), span.start + opening.end() + lead, scope, holders, None)

    # -- what stands around a name ---------------------------------------------------------------------------------

    def _kind(self, node: ast.AST, parents: dict[ast.AST, ast.AST], scope: Scope) -> str:
        """``literal`` inside ``Literal[...]``, ``metadata`` behind the first element of ``Annotated[...]``, else ""."""
        inner, child = node, node
        parent = parents.get(child)
        while parent is not None:
            if isinstance(parent, ast.Subscript) and parent.slice is child:
                names = self._last_names(parent.value, scope)
                if "Literal" in names:
                    return "literal"
                if "Annotated" in names and isinstance(child, ast.Tuple) and inner is not child.elts[0]:
                    return "metadata"
            inner, child, parent = child, parent, parents.get(parent)
        return ""

    def _last_names(self, node: ast.expr, scope: Scope) -> set[str]:
        """The last component of what a name or attribute is called, here and where it is imported from."""
        if isinstance(node, ast.Attribute):
            return {node.attr}
        if not isinstance(node, ast.Name):
            return set()
        owner = scope.lookup(node.id)
        bindings = owner.bindings[scope.mangle(node.id)] if owner is not None else []
        imported = {dotted for binding in bindings for dotted in self.file.names.imported(binding)}
        return {node.id} | {dotted.rpartition(".")[2] for dotted in imported}

    def _described(self, node: ast.AST, parents: dict[ast.AST, ast.AST], scope: Scope) -> ast.AST:
        """The outermost type of which the node is an alternative: ``C`` in ``C | None`` and ``Optional[C]``."""
        while True:
            parent = parents.get(node)
            if isinstance(parent, ast.Tuple) and isinstance(parents.get(parent), ast.Subscript):
                node, parent = parent, parents[parent]
            if isinstance(parent, ast.Subscript):
                if not self._last_names(parent.value, scope) & _TRANSPARENT:
                    return node
            elif not (isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.BitOr)):
                return node
            node = parent

    # -- usages ----------------------------------------------------------------------------------------------------

    def _name(self, name: _Name, scope: Scope, holders: _Holders, where: Span | tuple[str, int]) -> bool:
        """A name in a type: a reference to the class, which makes a usage, one that needs the module, or neither."""
        file = self.file
        file.in_strings.append((scope, name.node.id))
        owner = scope.lookup(name.node.id)
        if owner is None:
            return self._through_star(name.node, where)
        group = file.names.group_of(owner, name.node.id)
        chain = file.names.chain_in(name.node, group, name.parents) if group is not None else None
        if chain is None:
            return False
        if chain.legacy.kind == "module":
            if chain.group.kind == "module":
                file.facts.groups[file.group(chain.group)].keeps = True
            return False
        usage = self._usage(chain.node, chain.legacy, where, chain)
        outer = name.parents.get(chain.node)
        if isinstance(outer, ast.Attribute):
            file.manual(usage, "class-attribute")
        if name.kind == "metadata":
            file.manual(usage, "class-as-value")
        if isinstance(where, Span):
            file.manual(usage, "complex-string")
        subscripted = isinstance(outer, ast.Subscript) and outer.value is chain.node
        file.judge_type(usage, None, chain, scope, subscripted=subscripted)
        for holder in holders.get(self._described(chain.node, name.parents, scope), []):
            file.commented.append((holder, usage))
        return True

    def _through_star(self, node: ast.Name, where: Span | tuple[str, int]) -> bool:
        for binding, _, names in self.file.names.stars:
            statement = binding.statement
            assert isinstance(statement, ast.ImportFrom)
            for module in self.file.names.modules_of(statement) if node.id in (names or ()) else ():
                legacy = self.knowledge.legacy(f"{module}.{node.id}")
                if legacy is not None and legacy.kind == "class":
                    self.file.manual(self._usage(node, legacy, where), "star-import")
                    return True
        return False

    def _usage(
        self, node: ast.expr, legacy: Legacy, where: Span | tuple[str, int], chain: Chain | None = None
    ) -> Usage:
        file = self.file
        span = where if isinstance(where, Span) else _span(node, *where)
        message = file.type_message(legacy)
        usage = file.add(Role.TYPE, legacy, node, message, span=span, group=chain.group if chain is not None else None)
        usage.intents = (Intent(span, Form.TEXT, "type", text="{}"),)
        if chain is not None:
            file.note_way(usage, chain)
        return usage


class _Name(NamedTuple):
    """A name in a parsed type, with what stands around it."""

    node: ast.Name
    parents: dict[ast.AST, ast.AST]
    kind: str


def _parsed(text: str, mode: str) -> ast.AST | None:
    """The tree of a type; None where the text is none."""
    try:
        return ast.parse(text, mode=mode)
    except (SyntaxError, ValueError):
        return None


def _span(node: ast.expr, text: str, start: int) -> Span:
    """The span in the file of a node that was parsed from one line of it."""
    line = text.encode()
    begin, end = (len(line[:column].decode()) for column in (node.col_offset, node.end_col_offset or 0))
    return Span(start + begin, start + end)


def _parameters(arguments: ast.arguments) -> list[ast.arg]:
    """All parameters, in the order in which a signature comment has their types."""
    found = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    return [parameter for parameter in found if parameter is not None]


def _holders(owner: Owner, tree: ast.AST) -> _Holders:
    """What each type of a comment describes."""
    pairs: list[tuple[ast.AST, ast.AST]] = []
    if isinstance(tree, ast.FunctionType) and isinstance(owner, Function):
        parameters = _parameters(owner.args)
        if len(parameters) == len(tree.argtypes) + 1:  # the type of self may be left out
            parameters = parameters[1:]
        if len(parameters) == len(tree.argtypes):
            pairs += zip(tree.argtypes, parameters, strict=True)
        pairs.append((tree.returns, owner))
    else:
        assert isinstance(tree, ast.Expression)
        for target in _targets(owner):
            pairs += _matched(tree.body, target)
    holders: _Holders = {}
    for node, holder in pairs:
        holders.setdefault(node, []).append(holder)
    return holders


def _targets(owner: Owner) -> list[ast.AST]:
    """What a comment other than a signature says the type of."""
    if isinstance(owner, ast.Assign):
        return list(owner.targets)
    if isinstance(owner, ast.For | ast.AsyncFor):
        return [owner.target]
    if isinstance(owner, ast.With | ast.AsyncWith):
        found = [item.optional_vars for item in owner.items if item.optional_vars is not None]
        return list(found) if len(found) == 1 else [ast.Tuple(found)]
    return [owner]


def _matched(value: ast.expr, target: ast.AST) -> list[tuple[ast.AST, ast.AST]]:
    """The types of a comment with their targets: ``a, b = ...  # type: A, B``."""
    if isinstance(value, ast.Tuple) and isinstance(target, ast.Tuple | ast.List):
        return list(zip(value.elts, target.elts, strict=False))
    return [(value, target)]


# -- mentions ----------------------------------------------------------------------------------------------------------


class _Mentions:
    """The class's name in the prose of a file; nothing that is decided depends on it."""

    def __init__(self, file: FileAnalysis) -> None:
        self.file = file
        names = file.names
        self.migrations: dict[str, int] = {}
        for index, replacement in enumerate(file.knowledge.replacements):
            name = replacement.migration.legacy_name
            group = names.group_of(file.scopes.module, name)
            is_another = name in file.scopes.module.bindings and (group is None or group.legacy is None)
            if not is_another:
                self.migrations.setdefault(name, index)

    def find(self, read: Sequence[Token]) -> None:
        """Add the mentions in comments and in strings that are statements (docstrings, PEP 257)."""
        if not self.migrations:
            return
        text = self.file.text
        words = re.compile(rf"(?<!\w){_any(self.migrations)}(?!\w)")
        if any(words.search(line[0]) for line in re.finditer("#[^\r\n]*", text)):
            types = {usage.span for usage in self.file.facts.usages if usage.role is Role.TYPE}
            for token in read or tokens(text):
                if token.kind == "comment":
                    ignored = _IGNORE.match(token.string)
                    for found in words.finditer(token.string, ignored.end() if ignored else 0):
                        span = Span(token.start + found.start(), token.start + found.end())
                        if not any(span.start in range(*other) for other in types):
                            self._add(span, found[0], "comment")
        for node in self.file.parents:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                self._docstring(node.value, words)

    def _docstring(self, node: ast.Constant, words: re.Pattern[str]) -> None:
        named = words.search(node.value) if isinstance(node.value, str) else None
        if named is None:
            return
        span = self.file.imports.span(node)
        found = [*words.finditer(self.file.text, span.start, span.end)]
        for match in found:
            self._add(Span(match.start(), match.end()), match[0], "docstring")
        if not found:  # an escape hides where it stands
            self._add(span, named[0], "docstring")

    def _add(self, span: Span, name: str, kind: str) -> None:
        mentions = self.file.facts.mentions
        if any(mention.span == span for mention in mentions):
            return
        message = f"a {kind} mentions {name}, which is deprecated"
        position = self.file.imports.position(span)
        mention = Usage("CLF010", Role.MENTION, self.migrations[name], span, position, message)
        mention.applicability = Applicability.MANUAL
        mentions.append(mention)
