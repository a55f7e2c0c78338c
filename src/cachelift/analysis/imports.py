"""Import statements as the edits need them, and how a new name can be bound where an old one was.

"Imports, edited with care": the new import takes the place and the form of the old one; what is imported already and
visible there is reused or extended; a name that means something else in a scope where it is needed is refused.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Protocol

from cachelift.analysis.facts import Alias, NewBinding, Statement
from cachelift.analysis.names import IMPORT_KINDS, NameGroup, Names, is_plain
from cachelift.analysis.scopes import Binding, BindingKind, Scope, ScopeKind
from cachelift.model import Legacy, Migration, Span

_LINE_REST = re.compile(r"[ \t\f]*(?:#[^\r\n]*)?(\r\n|\r|\n|\Z)")


class TextPositions(Protocol):
    """Conversions between the interpreter's positions and character offsets."""

    def offset(self, line: int, utf8_column: int) -> int:
        """The character offset of a position as ``ast`` gives it."""

    def position(self, offset: int) -> tuple[int, int]:
        """1-based line and column, in characters."""


def symbol_parts(migration: Migration, type_name: str | None, symbol: str) -> tuple[str, str]:
    """(module, name) of the factory or of the type."""
    dotted = migration.factory if symbol == "factory" or type_name is None else type_name
    module, _, name = dotted.rpartition(".")
    return module, name


class Imports:
    """The import statements of one file and what new names they can provide."""

    def __init__(self, path: str, text: str, positions: TextPositions, names: Names) -> None:
        self._path = path
        self._text = text
        self._positions = positions
        self._names = names
        self._parents = names.scopes.parents
        self._index: dict[ast.stmt, int] = {}
        self.statements: list[Statement] = []
        self._blocks: dict[int, int] = {}

    def span(self, node: ast.AST) -> Span:
        """The character span of a node."""
        start = self._positions.offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]
        end = self._positions.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
        return Span(start, end)

    def position(self, span: Span) -> tuple[int, int, int, int]:
        """line, column, end line, end column of a span."""
        return (*self._positions.position(span.start), *self._positions.position(span.end))

    # -- statements --------------------------------------------------------------------------------------------

    def statement(self, node: ast.stmt) -> int:
        """The index of an import statement among :attr:`statements`, recorded at first sight."""
        index = self._index.get(node)
        if index is None:
            index = self._index[node] = len(self.statements)
            self.statements.append(self._read(node))
        return index

    def _read(self, node: ast.stmt) -> Statement:
        assert isinstance(node, ast.Import | ast.ImportFrom)
        span = self.span(node)
        line_start = max(self._text.rfind("\n", 0, span.start), self._text.rfind("\r", 0, span.start)) + 1
        before = self._text[line_start : span.start]
        rest = _LINE_REST.match(self._text, span.end)
        newline = rest.group(1) if rest is not None else ""
        block = self._block(node)
        module = None
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
        return Statement(
            span=span,
            position=self.position(span),
            module=module,
            aliases=tuple(Alias(alias.name, alias.asname) for alias in node.names),
            indent=before.rpartition("\f")[2] if not before.strip() else "",  # a form feed begins the line anew
            alone=not before.strip(" \t\f") and rest is not None,
            line_start=line_start,
            line_end=rest.end() if rest is not None else span.end,
            newline=newline or self._any_newline(),
            siblings=len(block),
            block=id(block),
            index=block.index(node),
        )

    def _any_newline(self) -> str:
        found = re.search(r"\r\n|\r|\n", self._text)
        return found.group() if found is not None else "\n"

    def _block(self, node: ast.stmt) -> Sequence[ast.stmt]:
        parent = self._parents[node]
        return next(value for _, value in ast.iter_fields(parent) if isinstance(value, list) and node in value)

    def is_type_checking(self, node: ast.AST) -> bool:
        """Whether a statement stands under ``if TYPE_CHECKING:``."""
        child, parent = node, self._parents.get(node)
        while parent is not None:
            if isinstance(parent, ast.If) and child in parent.body:
                test = parent.test
                last = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
                if last == "TYPE_CHECKING":
                    return True
            child, parent = parent, self._parents.get(parent)
        return False

    # -- modules -----------------------------------------------------------------------------------------------

    def module_text(self, binding: Binding, legacy: Legacy, module: str) -> str:
        """How the import that a binding stands in would name a target module.

        Relative stays relative, and a root prefix stays.
        """
        absolute = legacy.prefix + module
        if self._names.knowledge.locate(absolute) is None and self._names.knowledge.locate(module) is not None:
            absolute = module
        statement = binding.statement
        if isinstance(statement, ast.ImportFrom) and statement.level:
            return self._relative(absolute, statement.level) or absolute
        return absolute

    def _relative(self, absolute: str, level: int) -> str | None:
        """``absolute`` as seen from this file's package, with as few dots as the old import had or more."""
        for package in self._names.knowledge.absolute(self._path, 1, None):
            parts = package.split(".")
            for up in range(level, len(parts) + 1):
                base = ".".join(parts[: len(parts) - up + 1])
                if base and absolute.startswith(base + "."):
                    return "." * up + absolute[len(base) + 1 :]
                if base == absolute:
                    return "." * up
        return None

    # -- new names ---------------------------------------------------------------------------------------------

    def provide(self, group: NameGroup, legacy: Legacy, module: str, name: str) -> NewBinding | None:
        """How a new name gets bound for the users of a group; None where it is taken.

        ``module`` and ``name`` are the target's; for a group of kind ``module`` bound by a from-import the new name
        is the target module itself. ``legacy`` is what the user of the group reaches through it.
        """
        bindings = self.import_bindings(group)
        first = bindings[0]
        if group.kind == "anchor" and not all(self.dominates(first.statement, b.statement) for b in bindings[1:]):
            return None
        if is_plain(first) and group.kind != "class":
            root = self.module_text(first, legacy, module).partition(".")[0]
            if root != group.name and not self._is_free(group.owner, root):
                return None
            is_present = self._is_present(group, first, legacy, module)
            return NewBinding(module, module, "present" if is_present else "plain", known=is_present)
        if group.kind == "module":
            module, _, name = module.rpartition(".")
            if not module:
                return None
        reused = self._reusable(group, bindings, f"{module}.{name}")
        if reused is not None:
            return NewBinding(name, reused, "reuse", known=True)
        taken = [b for b in group.owner.bindings.get(name, ()) if not self._is_target(b, f"{module}.{name}")]
        if taken or not self._is_free(group.owner, name, ignore_own=True):
            return None
        known = bool(group.owner.bindings.get(name)) or self._is_starred(group.owner, name)
        # Of a module's own import the package is no import of the target: the new one keeps its place and form.
        extended = self._extendable(group, bindings, module) if group.kind != "module" else None
        if extended is not None:
            return NewBinding(name, name, "extend", extended, known)
        return NewBinding(name, name, "replace", known=known)

    def covers(self, earlier: Binding, later: Binding) -> bool:
        """Whether what takes the place of one import is bound wherever that of another would be."""
        return self._is_bound_at(earlier.statement, later.statement)

    def _is_present(self, group: NameGroup, first: Binding, legacy: Legacy, module: str) -> bool:
        """Whether a plain import of the target module itself has run wherever the group's first import has."""
        text = self.module_text(first, legacy, module)
        return any(
            isinstance(b.node, ast.alias)
            and b.node.name == text
            and is_plain(b)
            and self._is_bound_at(b.statement, first.statement)
            for b in group.owner.bindings.get(text.partition(".")[0], ())
        )

    def import_bindings(self, group: NameGroup) -> list[Binding]:
        """The import statements' bindings of a group that the edits are about."""
        imports = [b for b in group.bindings if b.kind in IMPORT_KINDS]
        if group.kind == "anchor":
            return imports
        return [b for b in imports if self._names.meaning(b) is not None]

    def _is_target(self, binding: Binding, dotted: str) -> bool:
        if binding.kind not in IMPORT_KINDS:
            return False
        where = self._names.knowledge.locate(dotted.rpartition(".")[0])
        for found in self._names.imported(binding):
            if found == dotted or found.endswith("." + dotted):
                return True
            module, _, name = found.rpartition(".")
            if where is not None and name == dotted.rpartition(".")[2]:
                return self._names.knowledge.locate(module) == where
        return False

    def node(self, index: int) -> ast.stmt:
        """The import statement at an index among :attr:`statements`."""
        return list(self._index)[index]

    def is_seen_from(self, scope: Scope, owner: Scope, name: str, dotted: str = "", at: ast.stmt | None = None) -> bool:
        """Whether ``name``, once bound in ``owner``, is what code standing in ``scope`` means by it.

        A scope between that binds the name to the target ``dotted`` itself, above the statement ``at``, is no harm.
        """
        if scope is owner:
            return True
        for inner in scope.path_to(owner):
            if inner is owner:
                continue
            if name in inner.globals or name in inner.nonlocals:
                return False
            bindings = inner.bindings.get(name)
            if bindings and not (
                at is not None
                and all(self._is_target(b, dotted) for b in bindings)
                and any(self.dominates(b.statement, at) for b in bindings)
            ):
                return False
        return True

    def _is_free(self, owner: Scope, name: str, *, ignore_own: bool = False) -> bool:
        """Whether binding ``name`` in a scope changes the meaning of nothing that stands there already."""
        if name in owner.globals or name in owner.nonlocals:
            return False
        if not ignore_own and owner.bindings.get(name):
            return False
        if owner.kind is ScopeKind.MODULE and any(
            star.where is owner and (names is None or name in names) and not self._is_target_star(star)
            for star, _, names in self._names.stars
        ):
            return False
        if owner.bindings.get(name):
            return True
        starred = any(self._is_target_star(star) for star, _, _ in self._names.stars)
        for reference in self._names.scopes.references:
            if reference.node.id == name and self._is_inside(reference.where, owner):
                if reference.owner is None and starred:
                    continue
                if reference.owner is None or self._is_inside(owner, reference.owner):
                    return False
        return True

    def _is_target_star(self, star: Binding) -> bool:
        """A star import of a target module gives the new names the meaning that they are to have."""
        assert isinstance(star.statement, ast.ImportFrom)
        modules = {path for path in map(self._names.knowledge.locate, self._names.modules_of(star.statement)) if path}
        targets = {r.migration.factory_module for r in self._names.knowledge.replacements}
        return bool(modules & {self._names.knowledge.locate(target) for target in targets})

    def _is_starred(self, owner: Scope, name: str) -> bool:
        """Whether a star import in a scope gives a name, or may."""
        stars = self._names.stars
        return any(star.where is owner and (names is None or name in names) for star, _, names in stars)

    @staticmethod
    def _is_inside(scope: Scope | None, outer: Scope) -> bool:
        while scope is not None:
            if scope is outer:
                return True
            scope = scope.parent
        return False

    def _reusable(self, group: NameGroup, bindings: list[Binding], dotted: str) -> str | None:
        """A name under which the target is bound already wherever the group's imports run."""
        for bound, candidates in group.owner.bindings.items():
            if not all(self._is_target(b, dotted) for b in candidates):
                continue
            if all(any(self._is_bound_at(c.statement, b.statement) for c in candidates) for b in bindings):
                return bound
        if group.owner.kind is not ScopeKind.FUNCTION:
            return None
        simple = dotted.rpartition(".")[2]
        outer = group.owner.lookup(simple) if simple not in group.owner.bindings else None
        if outer is None or outer.kind is not ScopeKind.MODULE:
            return None
        candidates = outer.bindings[simple]
        if not all(self._is_target(b, dotted) for b in candidates):
            return None
        return simple if any(self.runs_before(c.statement, group.owner.node) for c in candidates) else None

    def _is_bound_at(self, existing: ast.stmt, legacy: ast.stmt) -> bool:
        """Whether an existing import has run wherever the legacy one has.

        It stands above it, is the same statement, or follows it with nothing but imports between them.
        """
        if existing is legacy or self.dominates(existing, legacy):
            return True
        block = self._block(legacy)
        if existing not in block:
            return False
        between = block[block.index(legacy) : block.index(existing)]
        return all(isinstance(statement, ast.Import | ast.ImportFrom) for statement in between)

    def dominates(self, earlier: ast.stmt, later: ast.stmt) -> bool:
        """Whether ``earlier`` has run whenever ``later`` runs: it precedes it in the same or an enclosing block."""
        block = self._block(earlier)
        node: ast.AST = later
        while True:
            if node in block:
                return block.index(earlier) < block.index(node)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
                return False
            parent = self._parents.get(node)
            if parent is None:
                return False
            node = parent

    def runs_before(self, statement: ast.stmt, function: ast.AST) -> bool:
        """Whether a module-level import stands, unconditionally, above the function that would use it.

        Args:
            statement: the import.
            function: the function, or what stands in it.
        """
        node = function
        module = self._names.scopes.module.node
        while self._parents.get(node) is not module:
            node = self._parents[node]
        body = module.body  # type: ignore[attr-defined]
        return statement in body and body.index(statement) < body.index(node)

    def _extendable(self, group: NameGroup, bindings: list[Binding], module: str) -> int | None:
        """An existing from-import of the target module that runs whenever the group's imports run."""
        where = self._names.knowledge.locate(module)
        seen: set[ast.stmt] = set()
        for candidates in group.owner.bindings.values():
            for candidate in candidates:
                statement = candidate.statement
                own = any(statement is b.statement for b in bindings)
                if candidate.kind is not BindingKind.IMPORT_FROM or statement in seen or own:
                    continue
                seen.add(statement)
                assert isinstance(statement, ast.ImportFrom)
                names = self._names.modules_of(statement)
                if module not in names and (
                    where is None or all(self._names.knowledge.locate(found) != where for found in names)
                ):
                    continue
                if candidate.where is group.owner and all(self._is_bound_at(statement, b.statement) for b in bindings):
                    return self.statement(statement)
        return None
