"""The import statements that name the class or its module, the names they hand on, and star imports."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator

from cachelift.analysis.contexts import TYPE_READERS
from cachelift.analysis.facts import LATE, Form, Intent, Role, Usage
from cachelift.analysis.file import FileAnalysis, declared_entries
from cachelift.analysis.names import IMPORT_KINDS, Chain, NameGroup, ways
from cachelift.analysis.scopes import Binding, BindingKind, Reference, ScopeKind
from cachelift.model import Legacy, Span

_ANNOTATIONS = frozenset({"__annotations__", "__dataclass_fields__", "__supertype__", "__bound__", "__constraints__"})
_SIGNATURES = frozenset({"annotation", "return_annotation"})
_FIELDS = frozenset({"dataclasses.fields", "attr.fields", "attrs.fields"})
"""They give the fields of a class, and the ``type`` of each."""
_RERUNS = frozenset({"reload", "import_module", "__import__", "run_module", "run_path", "exec_module", "import_string"})
_DOTTED = re.compile(r"\w+(?:\.\w+)+")
_FALLBACK = "the guarded import's None moves with the import"
_STAR = "a star import binds the deprecated class"
_THROUGH_STAR = "the deprecated class is used through a star import"


def find(file: FileAnalysis) -> None:
    """Add a usage for every import statement that names the class, or the module in order to reach it.

    Comes after the references have been found: an import is what its references make of it.
    """
    imports = _Imports(file)
    imports.none_tests()
    imports.statements()
    imports.stars()
    patched = any(usage.role is Role.METHOD_PATCH for usage in file.facts.usages)
    if patched or any(each.means for each in file.facts.substitutes):
        imports.note_named()


def note(file: FileAnalysis) -> None:
    """Take down what other files, or all usages of this one, must know of the file; comes before all else."""
    _Imports(file).note_file()


class _Imports:
    def __init__(self, file: FileAnalysis) -> None:
        self.file = file

    def note_file(self) -> None:
        """What other files, or all usages of this one, must know of it."""
        self.file.facts.reads_annotations = self._reads_annotations()
        imported = [
            # What stands under a condition may not run, as under `if TYPE_CHECKING`.
            (module, binding.statement.lineno if self.file.parents[binding.statement] is self.file.tree else LATE)
            for scope in self.file.scopes.scopes
            for bindings in scope.bindings.values()
            for binding in bindings
            if binding.kind in IMPORT_KINDS
            for module in self._modules_of(binding)
        ]
        imported += [
            (module, statement.lineno if self.file.parents[statement] is self.file.tree else LATE)
            for statement in self.file.scopes.of_kind(ast.ImportFrom)
            if statement.names[0].name == "*"
            for module in self.file.names.modules_of(statement)
        ]
        found: dict[str, int] = {}
        for module, line in imported:
            path = self.file.knowledge.locate(module)
            if path is not None:
                found[path] = min(found.get(path, line), line)
        self.file.facts.imports = found
        self.file.facts.runs_again = self._runs_again()

    def note_named(self) -> None:
        """The modules whose names stand in strings: `patch` and `import_module` import them."""
        for node in self.file.scopes.of_kind(ast.Constant):
            parts = node.value.split(".") if isinstance(node.value, str) and _DOTTED.fullmatch(node.value) else ()
            for module in itertools.accumulate(parts, "{}.{}".format):
                path = self.file.knowledge.locate(module)
                if path is not None:
                    self.file.facts.imports.setdefault(path, LATE)

    def _runs_again(self) -> bool:
        if not self.file.may_name(*_RERUNS, "modules"):
            return False
        if any("sys.modules" in self.file.names.qualified(n) for n in self.file.scopes.of_kind(ast.Attribute)):
            return True
        return any(
            # Whose loader it is cannot be told.
            getattr(node.func, "attr", "") == "exec_module" or self.file.names.last_names(node.func) & _RERUNS
            for node in self.file.scopes.of_kind(ast.Call)
        )

    def _reads_annotations(self) -> bool:
        may_name, of_kind = self.file.may_name, self.file.scopes.of_kind
        if may_name(
            "__annotations__", "__dataclass_fields__", "annotation", "__supertype__", "__bound__", "__constraints__"
        ):
            attributes = _ANNOTATIONS | (_SIGNATURES if may_name("signature", "Parameter") else frozenset())
            if any(node.attr in attributes for node in of_kind(ast.Attribute)):
                return True
        if not may_name(*(reader.rpartition(".")[2] for reader in TYPE_READERS), "fields"):
            return False
        called = {name for node in of_kind(ast.Call) for name in self.file.names.qualified(node.func)}
        if not called.isdisjoint(_FIELDS) and any(node.attr == "type" for node in of_kind(ast.Attribute)):
            return True
        return not called.isdisjoint(TYPE_READERS)

    def _modules_of(self, binding: Binding) -> Iterator[str]:
        if isinstance(binding.statement, ast.ImportFrom):
            yield from self.file.names.modules_of(binding.statement)
        else:  # `import a.b` binds `a`, and imports both
            assert isinstance(binding.node, ast.alias)
            yield binding.node.name
        yield from self.file.names.imported(binding)

    def none_tests(self) -> None:
        """The ``C = None`` of an ``except ImportError`` moves with the import and every test of it.

        What the import brings in its place is set to ``None`` there, all of it.
        """
        for index, group in enumerate(self.file.name_groups):
            members = [usage for usage in self.file.facts.usages if usage.group == index]
            if group.kind == "module" and not members:
                continue  # it serves other members of the module only
            used = {symbol for usage in members for symbol in usage.names}
            symbols = [symbol for symbol in ("factory", "type") if symbol in used] or ["factory"]
            for target in group.fallbacks:
                assert group.legacy is not None
                usage = self.file.add(Role.NONE_TEST, group.legacy, target, _FALLBACK, group=group)
                usage.hidden = True
                self.file.need(usage, Chain(target, target, 0, group, group.legacy), group.owner, *symbols)
                new = [self.file.facts.groups[index].provides.get(symbol) for symbol in symbols]
                if any(each is None or each.how != "replace" for each in new):
                    self.file.manual(usage, "fallback-binding")
                if group.kind == "module" or len(symbols) == 1:
                    form = Form.MODULE if group.kind == "module" else Form.NAME
                    usage.intents = (Intent(usage.span, form, symbols[0]),)
                else:
                    text = " = ".join(each.bound for each in new if each is not None)
                    usage.intents = (Intent(usage.span, Form.TEXT, symbols[0], text=text),)

    def statements(self) -> None:
        """One usage for every import statement that names the class, or the module in order to reach it."""
        used = {usage.group for usage in self.file.facts.usages}
        done: dict[int, Usage] = {}
        for group in self.file.names.groups:
            if group.kind == "anchor" or group.base is not None:
                continue
            index = self.file.group(group)
            facts = self.file.facts.groups[index]
            facts.keeps = facts.keeps or self._is_kept(group) or self._is_target(group)
            if group.kind == "module" and facts.keeps:
                meanings = [self.file.names.meaning(b) for b in group.bindings if b.kind in IMPORT_KINDS]
                self.file.facts.reads |= {m.through for m in meanings if m is not None and m.through is not None}
            if group.kind == "module" and facts.keeps and index not in used:
                continue  # serves other members of the module only
            assert group.legacy is not None
            for binding in facts.bindings:
                statement = self.file.facts.statements[binding.statement]
                usage = done.get(binding.statement)
                if usage is None:
                    usage = self.file.add(
                        Role.IMPORT, group.legacy, self.file.tree, self._import_message(group.legacy), code="CLF001",
                        span=statement.span, group=group,
                    )  # fmt: skip
                    done[binding.statement] = usage
                facts.import_usages.append(usage)
            facts.unloads = self.file.lending.unloads(group) if facts.via else frozenset()
            facts.exported = self._is_exported(group)
            facts.all_entry = self._all_entry(group.name) if facts.listed else None

    def _import_message(self, legacy: Legacy) -> str:
        migration = self.file.replacement(legacy).migration
        return f"{migration.legacy} is deprecated: import {migration.factory} instead"

    def _is_kept(self, group: NameGroup) -> bool:
        if group.deleted_at:
            return True
        return any(group.name in scope.globals | scope.nonlocals for scope in self.file.scopes.scopes)

    def _is_target(self, group: NameGroup) -> bool:
        """Whether a name is that of the module which has what replaces the class as well: it is read from there."""
        if group.kind != "module" or group.legacy is None:
            return False
        replacement, locate = self.file.replacement(group.legacy), self.file.knowledge.locate
        modules = [name.rpartition(".")[0] for name in (replacement.migration.factory, replacement.type) if name]
        home = locate(replacement.migration.legacy_module)
        return home is not None and home in map(locate, modules)

    def _is_exported(self, group: NameGroup) -> bool:
        """``__all__`` names it, or ``import X as X`` marks it as public (PEP 484, stub files)."""
        if group.owner.kind is not ScopeKind.MODULE:
            return False
        if group.name in self.file.listed:
            return True
        return any(
            isinstance(b.node, ast.alias) and b.node.asname == b.node.name and b.kind is BindingKind.IMPORT_FROM
            for b in group.bindings
        )

    def _all_entry(self, name: str) -> Span | None:
        """A name's entry in a literal ``__all__`` with the comma that goes with it; None where there is no one such."""
        match [node for node in declared_entries(self.file.tree) if node.value == name]:
            case [entry]:
                holder = self.file.parents[entry]
            case _:
                return None
        if not isinstance(holder, ast.List | ast.Tuple):
            return None
        if isinstance(holder, ast.Tuple) and len(holder.elts) < 3:
            return None  # what is left would be no tuple any more
        index = holder.elts.index(entry)
        spans = [self.file.imports.span(element) for element in holder.elts]
        own = spans[index]
        if index + 1 < len(spans):
            return Span(own.start, spans[index + 1].start)
        if index:
            behind = self.file.text[spans[index - 1].end : own.start]
            return None if "#" in behind else Span(spans[index - 1].end, own.end)
        comma = re.compile(r"\s*,").match(self.file.text, own.end)
        return Span(own.start, comma.end() if comma is not None else own.end)

    def stars(self) -> None:
        for binding, legacy, names in self.file.names.stars:
            statement = binding.statement
            if legacy is not None:
                usage = self.file.add(Role.STAR, legacy, statement, _STAR, code="CLF008")
                self.file.manual(usage, "star-import")
            for reference in self.file.scopes.references:
                if names is not None and reference.node.id in names and self._may_come(binding, reference):
                    for node, found in self._through_star(statement, reference.node):
                        self._refer_through_star(node, found)

    @staticmethod
    def _may_come(star: Binding, reference: Reference) -> bool:
        """Whether a name may be that of a star import: nothing else in the file binds it, or no other import does."""
        owner = reference.owner
        if owner is None or owner is not star.where:
            return owner is None
        return all(binding.kind not in IMPORT_KINDS for binding in owner.bindings.get(reference.node.id, ()))

    def _through_star(self, statement: ast.stmt, name: ast.Name) -> Iterator[tuple[ast.expr, Legacy]]:
        """The class itself by a name of a star import, or behind such a name for a module."""
        assert isinstance(statement, ast.ImportFrom)
        for module in self.file.names.modules_of(statement):
            node: ast.expr = name
            dotted = f"{module}.{name.id}"
            while True:
                legacy = self.file.knowledge.legacy(dotted)
                if legacy is not None and legacy.kind == "class":
                    yield node, legacy
                    return
                parent = self.file.parents.get(node)
                if not isinstance(parent, ast.Attribute):
                    if legacy is not None and legacy.through is not None:  # the module itself, as another one's name
                        self.file.facts.reads.add(legacy.through)
                    break
                node, dotted = parent, f"{dotted}.{parent.attr}"

    def _refer_through_star(self, node: ast.expr, legacy: Legacy) -> None:
        if legacy.through is not None:
            self.file.facts.reads.add(legacy.through)
        context = self.file.contexts.classify(node)
        role = Role.KEY if self.file.contexts.is_dispatched(node) else context.role
        usage = self.file.add(role, legacy, context.node, _THROUGH_STAR)
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        usage.via = tuple(ways(legacy, name))
        self.file.manual(usage, "star-import")
