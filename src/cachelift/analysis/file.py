"""One parsed file under analysis: what its names mean, what has been found in it, and the verdicts' common rules."""

from __future__ import annotations

import ast
import functools
import unicodedata
from collections.abc import Iterator, Set
from dataclasses import dataclass

from cachelift.analysis import arguments
from cachelift.analysis.binder import build
from cachelift.analysis.contexts import Contexts
from cachelift.analysis.facts import Binding, FileFacts, Form, Group, Intent, NewBinding, Role, Usage
from cachelift.analysis.imports import Imports, TextPositions, symbol_parts
from cachelift.analysis.lending import Lending
from cachelift.analysis.namelists import listed_scopes
from cachelift.analysis.names import IMPORT_KINDS, Chain, NameGroup, Names, ways
from cachelift.analysis.outline import outline
from cachelift.analysis.scopes import Scope, ScopeKind
from cachelift.model import Applicability, CallPlan, Knowledge, Legacy, Replacement, Span

_CODES = {
    Role.CALL: "CLF002",
    Role.TYPE: "CLF003",
    Role.SUBCLASS: "CLF006",
}


@dataclass(frozen=True, slots=True)
class _Planned:
    """A use of a new name: where it stands and what is to bind it."""

    usage: Usage
    scope: Scope
    group: NameGroup
    new: NewBinding
    dotted: str
    at: ast.stmt | None
    """The statement that holds it; None inside a string or a comment."""


class FileAnalysis:
    """What every part of one file's analysis works on.

    Args:
        path: the file, relative to the repository root.
        text: its decoded text.
        tree: its syntax tree.
        positions: conversions between the tree's positions and offsets in the text.
        knowledge: what is known of the whole program.
    """

    def __init__(self, path: str, text: str, tree: ast.Module, positions: TextPositions, knowledge: Knowledge) -> None:
        self.path = path
        self.text = text
        self.tree = tree
        self.knowledge = knowledge
        self.scopes = build(tree)
        self.names = Names(path, self.scopes, knowledge)
        self.imports = Imports(path, text, positions, self.names)
        self.contexts = Contexts(self.names)
        self.parents = self.scopes.parents
        self.facts = FileFacts(path, outline(tree, text, positions), statements=self.imports.statements)
        self.listed = declared_all(tree) if "__all__" in text else set[str]()
        self.name_groups: list[NameGroup] = []
        """The name groups behind the facts' groups, in the same order."""
        self.calls: dict[ast.AST, Usage] = {}
        """The constructor calls by their node, for the flow of their values."""
        self.type_nodes: dict[int, ast.expr] = {}
        """The node of each usage that is a type position, by the usage's identity."""
        self.commented: list[tuple[ast.AST, Usage]] = []
        """The parameters, targets and functions (for their result) whose type a comment says to be the class."""
        self.settled: set[ast.AST] = set()
        """Strings and attributes that a rule has settled, whatever it found."""
        self.lending = Lending(self)
        self._groups: dict[int, int] = {}
        self.in_strings: list[tuple[Scope, str]] = []
        """The names in types that are strings or comments, with the scopes that they are looked up from."""
        self._planned: list[_Planned] = []

    @functools.cached_property
    def _listed_scopes(self) -> frozenset[Scope]:
        """The scopes whose names the file lists."""
        may_list = self.may_name("dir", "globals", "locals", "vars", "getmembers", "__dict__")
        return frozenset(listed_scopes(self.names)) if may_list else frozenset()

    def may_name(self, *words: str) -> bool:
        """Whether one of some words may be a name in the file, or a part of one."""
        # Outside of ASCII a name can be spelled in several ways (reference, 2.3).
        return not self.text.isascii() or any(word in self.text for word in words)

    def is_in_class(self, node: ast.AST, classes: Set[str]) -> bool:
        """Whether a node stands in a class of one of some names."""
        current: ast.AST | None = node
        while current is not None:
            if isinstance(current, ast.ClassDef) and current.name in classes:
                return True
            current = self.parents.get(current)
        return False

    def replacement(self, legacy: Legacy) -> Replacement:
        """What replaces a legacy class."""
        return self.knowledge.replacements[legacy.migration]

    def group(self, group: NameGroup) -> int:
        """The index of a name group among the facts."""
        group = group.root
        index = self._groups.get(group.index)
        if index is None:
            index = self._groups[group.index] = len(self.facts.groups)
            migration = group.legacy.migration if group.legacy is not None else -1
            sources = self.imports.import_bindings(group)
            bindings = tuple(
                Binding(
                    self.imports.statement(b.statement),
                    b.statement.names.index(b.node),  # type: ignore[attr-defined]
                    covered=any(self.imports.covers(a, b) for a in sources[:position]),
                )
                for position, b in enumerate(sources)
            )
            module_level = group.owner.kind is ScopeKind.MODULE
            self.facts.groups.append(
                Group(
                    group.name,
                    group.kind,
                    migration,
                    bindings,
                    group.problem,
                    imported=group.name if module_level else None,
                    via=tuple(sorted(self._via(group))),
                    listed=module_level and group.name in self.listed,
                    has_alias=self._has_alias(group),
                    class_level=group.owner.kind is ScopeKind.CLASS,
                )
            )
            self.name_groups.append(group)
        return index

    def _via(self, group: NameGroup) -> Iterator[tuple[str, str]]:
        for binding in group.bindings:
            legacy = self.names.meaning(binding) if binding.kind in IMPORT_KINDS else None
            if legacy is not None and isinstance(binding.node, ast.alias):
                yield from ways(legacy, binding.node.name)

    def add(
        self,
        role: Role,
        legacy: Legacy,
        node: ast.AST,
        message: str,
        *,
        code: str = "",
        span: Span | None = None,
        group: NameGroup | None = None,
        intents: tuple[Intent, ...] = (),
    ) -> Usage:
        """Record a usage at a node."""
        span = span if span is not None else self.imports.span(node)
        usage = Usage(
            code or _CODES.get(role, "CLF004"),
            role,
            legacy.migration,
            span,
            self.imports.position(span),
            message,
            group=self.group(group) if group is not None else None,
            intents=intents,
        )
        self.facts.usages.append(usage)
        if self._is_source_a_value(node):
            self.manual(usage, "self-documenting")
        return usage

    def _is_source_a_value(self, node: ast.AST) -> bool:
        """Whether the program sees the source text: inside ``f"{...=}"``, and inside any ``t"{...}"``.

        Library reference, f-strings, and :pep:`750`: ``Interpolation.expression`` is the text of the expression.
        """
        child, parent = node, self.parents.get(node)
        while parent is not None and not isinstance(parent, ast.stmt):
            if type(parent).__name__ == "Interpolation":  # no class of ast before Python 3.14
                if getattr(parent, "value", None) is child:
                    return True
            elif (
                isinstance(parent, ast.FormattedValue)
                and parent.value is child
                and self._follows_its_text(parent, node)
            ):
                return True
            child, parent = parent, self.parents.get(parent)
        return False

    def _follows_its_text(self, field: ast.FormattedValue, node: ast.AST) -> bool:
        """Whether the text before a field of an f-string ends like what ``=`` writes there."""
        joined = self.parents[field]
        assert isinstance(joined, ast.JoinedStr)
        index = joined.values.index(field)
        before = joined.values[index - 1] if index else None
        if not isinstance(before, ast.Constant) or not str(before.value).rstrip().endswith("="):
            return False
        names = (each.id for each in ast.walk(node) if isinstance(each, ast.Name))
        word = next(names, node.value if isinstance(node, ast.Constant) else "")
        return str(word) in unicodedata.normalize("NFKC", str(before.value))

    def manual(self, usage: Usage, reason: str, message: str | None = None) -> None:
        """Lower a usage to manual."""
        usage.lower(Applicability.MANUAL, reason, message)

    def need(self, usage: Usage, chain: Chain, scope: Scope, *symbols: str) -> None:
        """Make sure that the new names can be used where the usage stands, or refuse it."""
        group = chain.group.root
        replacement = self.replacement(chain.legacy)
        problem = chain.group.problem or chain.legacy.problem  # an alias has that of its base
        if problem is None and group.owner.kind is ScopeKind.CLASS:
            problem = "class-scope"  # the import makes an attribute that anyone may read
        if problem is not None or replacement.hides:
            self.manual(usage, problem or "name-taken")
            return
        if self.lending.loses_effects(group):
            self.manual(usage, "import-effects")
            return
        if group.owner in self._listed_scopes:
            self.manual(usage, "reference-stays", "the file lists its own names, and the new one would be another")
            return
        if any(self._after(usage, deleted) for deleted in group.deleted_at):
            self.manual(usage, "rebound")
            return
        for symbol in symbols:
            if symbol == "type" and replacement.type is None:
                self.manual(usage, "no-replacement-type")
                return
            if symbol == "factory" and not replacement.factory_found:
                self.manual(usage, "no-factory")
                return
            if symbol == "factory" and replacement.factory_problem is not None:
                self.manual(usage, replacement.factory_problem)
                return
            if not self._bind(usage, group, chain.legacy, scope, symbol, chain.node):
                self.manual(usage, "name-taken")
                return

    def note_way(self, usage: Usage, chain: Chain) -> None:
        """Take down through which other name, here or in another module, a usage reaches the class."""
        if chain.group.base is not None and chain.group.owner.kind is ScopeKind.MODULE:
            usage.alias = chain.group.name
        if isinstance(chain.node, ast.Attribute):
            usage.via = tuple(ways(chain.legacy, chain.node.attr))
        else:
            usage.via = self.facts.groups[self.group(chain.group)].via

    def _is_read(self, node: ast.expr) -> bool:
        """Whether this file reads annotations when the program runs, or what a function or class is built with does."""
        if self.facts.reads_annotations:
            return True
        for builder in self.contexts.builders(node):
            for dotted in self.names.qualified(builder):
                path = self.knowledge.locate(dotted.rpartition(".")[0])
                if path is not None and self.knowledge.reads_annotations(path):
                    return True
        return False

    def check_planned(self) -> None:
        """Refuse a use of a new name where a scope on the way gets a binding of its own under that name.

        It would hide the one that is meant, and in a function also before it is bound. What stays binds nothing.
        """
        bound: dict[tuple[Scope, str], list[_Planned]] = {}
        for planned in self._planned:
            if planned.new.how != "reuse" and planned.usage.applicability is not Applicability.MANUAL:
                bound.setdefault((planned.group.owner, planned.new.bound), []).append(planned)
        for planned in self._planned:
            for inner in planned.scope.path_to(planned.group.owner):
                others = bound.get((inner, planned.new.bound), []) if inner is not planned.group.owner else []
                if others and not self._means_the_same(planned, others):
                    self.manual(planned.usage, "name-taken")
            if planned.new.how != "reuse" and self._hides_in_string(planned.group.owner, planned.new.bound):
                self.manual(planned.usage, "name-taken")

    def _hides_in_string(self, owner: Scope, name: str) -> bool:
        """Whether a name bound anew in a scope would be what a string or comment inside of it means by another one.

        What nothing in the file binds may come from a star import.
        """
        for scope, used in self.in_strings:
            meant = scope.lookup(name) if used == name else owner
            if meant is not owner and owner in scope.path_to(meant):
                return True
        return False

    def _means_the_same(self, planned: _Planned, others: list[_Planned]) -> bool:
        """Whether what others bind under a new name is what is meant, and bound where it is used."""
        statements = [
            statement
            for other in others
            for statement in (
                [binding.statement for binding in self.imports.import_bindings(other.group)]
                if other.new.statement is None
                else [self.imports.node(other.new.statement)]
            )
        ]
        return all(other.dotted == planned.dotted for other in others) and any(
            planned.at is not None and self.imports.dominates(statement, planned.at) for statement in statements
        )

    def check_type_checking(self, usage: Usage, chain: Chain) -> None:
        """A name that is used at run time is never imported under ``TYPE_CHECKING`` alone."""
        bindings = self.imports.import_bindings(chain.group.root)
        if all(self.imports.is_type_checking(binding.statement) for binding in bindings):
            self.manual(usage, "conditional-import")

    def check_order(self, usage: Usage, chain: Chain) -> None:
        """What is reached through a root that something else binds as well may run before the import that goes."""
        group = chain.group.root
        imports = self.imports.import_bindings(group)
        bound = len(imports) + len(group.fallbacks)
        if group.kind != "module" or bound == len(group.bindings) or chain.root not in self.parents:
            return
        at = self.scopes.statement_of(chain.root)
        is_behind = any(self.imports.dominates(b.statement, at) for b in imports)
        # A function may be called before what stands below it has run.
        if not is_behind and not (usage.deferred and any(self.imports.runs_before(b.statement, at) for b in imports)):
            self.manual(usage, "conditional-import")

    def _after(self, usage: Usage, deleted: ast.stmt) -> bool:
        start = self.imports.span(deleted).start
        return usage.span.start > start or self.scopes.statement_of(deleted) not in self.tree.body

    def _bind(
        self, usage: Usage, group: NameGroup, legacy: Legacy, scope: Scope, symbol: str, usage_node: ast.AST
    ) -> bool:
        replacement = self.replacement(legacy)
        module, name = symbol_parts(replacement.migration, replacement.type, symbol)
        facts = self.facts.groups[self.group(group)]
        new = facts.provides.get(symbol) or self.imports.provide(group, legacy, module, name)
        texts = [self.imports.module_text(source, legacy, module) for source in self.imports.import_bindings(group)]
        text, *_ = texts
        at = self.scopes.statement_of(usage_node) if usage_node in self.parents else None
        if group.kind == "module" and (new is None or new.how not in ("plain", "present")):
            new = new if new is not None and self.imports.is_seen_from(scope, group.owner, new.bound) else None
            if new is None and self._has_alias(group):  # the alias can stay, where everything moves
                facts.taken = True
                last = module.rpartition(".")[2]
                new = NewBinding(last, last, "replace")
        elif new is not None:
            root = new.bound
            if new.how in ("plain", "present"):
                root = text.partition(".")[0]
            seen = self.imports.is_seen_from(scope, group.owner, root, f"{module}.{name}", at)
            new = new if seen else None
        if new is None:
            return False
        facts.provides[symbol] = new
        if new.how not in ("plain", "present") and not facts.taken:
            self._planned.append(_Planned(usage, scope, group, new, f"{module}.{name}", at))
        for binding, new_text in zip(facts.bindings, texts, strict=True):
            binding.new_modules[symbol] = new_text
        if new.how in ("plain", "present"):
            usage.names[symbol] = f"{text}.{name}"
        elif group.kind == "module":
            usage.names[symbol] = f"{new.bound}.{name}"
        else:
            usage.names[symbol] = new.bound
        return True

    @staticmethod
    def _has_alias(group: NameGroup) -> bool:
        nodes = [b.node for b in group.bindings if b.kind in IMPORT_KINDS]
        return all(isinstance(node, ast.alias) and node.asname is not None for node in nodes)

    def intent(self, node: ast.AST, chain: Chain, form: Form, symbol: str, plan: CallPlan | None = None) -> Intent:
        """The change at a node, located through its f-string where the interpreter's positions are not reliable."""
        span = self.imports.span(node)
        outer = self._outermost_string(node)
        if outer is None:
            return Intent(span, form, symbol, plan, depth=chain.depth, root=chain.root.id)
        whole = self.imports.span(outer)
        writes = plan is not None and any(new.literal is not None for new in plan.arguments)
        names = list(arguments.names_in_source_order(outer, chain.root.id))
        return Intent(
            span, form, symbol, plan, container=whole if writes or not self._is_reliable(node, span) else None,
            fstring=whole, ordinal=names.index(chain.root), root=chain.root.id, depth=chain.depth,
        )  # fmt: skip

    def _outermost_string(self, node: ast.AST) -> ast.JoinedStr | None:
        outer: ast.JoinedStr | None = None
        parent = self.parents.get(node)
        while parent is not None and not isinstance(parent, ast.stmt):
            if isinstance(parent, ast.JoinedStr):
                outer = parent
            parent = self.parents.get(parent)
        return outer

    def _is_reliable(self, node: ast.AST, span: Span) -> bool:
        try:
            found = ast.parse(f"({self.text[span.start : span.end]}\n)", mode="eval")
        except (SyntaxError, ValueError):
            return False
        return ast.dump(found.body) == ast.dump(node)

    def type_message(self, legacy: Legacy) -> str:
        """The message of a type position."""
        replacement = self.replacement(legacy)
        name = (replacement.type or "").rpartition(".")[2]
        return f"{replacement.migration.legacy_name} is deprecated as a type" + (f": use {name}" if name else "")

    def judge_type(self, usage: Usage, node: ast.expr | None, chain: Chain, scope: Scope, *, subscripted: bool) -> None:
        """The verdict on a type position, whole or inside a string; without a node in a comment, which never acts."""
        replacement = self.replacement(chain.legacy)
        if subscripted and not replacement.is_generic:
            self.manual(usage, "type-argument")
        if node is not None and (
            self._is_read(node) or self.contexts.acts_at_run_time(node, self.path) or self.contexts.is_injected(node)
        ):
            self.manual(usage, "runtime-annotation")
        outer = self.names.group_of(self.scopes.module, chain.root.id)
        if outer is not None and outer is not chain.group:  # `typing.get_type_hints` looks a text up in the module
            self.facts.groups[self.group(outer)].keeps = True
        self.need(usage, chain, scope, "type")


def declared_all(tree: ast.Module) -> set[str]:
    """The strings of a module's ``__all__``, as far as they stand there as literals."""
    return {node.value for node in declared_entries(tree) if isinstance(node.value, str)}


def declared_entries(tree: ast.Module) -> Iterator[ast.Constant]:
    """The literals of all statements that make a module's ``__all__``."""
    for statement in ast.walk(tree):
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AugAssign | ast.AnnAssign):
            targets = [statement.target]
        elif isinstance(statement, ast.Call) and isinstance(statement.func, ast.Attribute):
            targets = [statement.func.value]  # __all__.append("X"), __all__.extend([...])
        else:
            continue
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            yield from (node for node in ast.walk(statement) if isinstance(node, ast.Constant))
