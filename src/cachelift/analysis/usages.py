"""Finds every usage of the legacy class in one file and gives each its verdict, as far as the file alone can tell.

What needs the whole program (who imports the name from here, what tests patch, whether a test of the class stays) is
added in :mod:`cachelift.analysis.plan`, which may only lower a verdict.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from cachelift.analysis import arguments, flow, strings
from cachelift.analysis.contexts import TYPE_READERS, Context, Contexts
from cachelift.analysis.facts import Binding, CallShape, FileFacts, Form, Group, Intent, NewBinding, Role, Usage
from cachelift.analysis.imports import Imports, TextPositions, symbol_parts
from cachelift.analysis.names import IMPORT_KINDS, Chain, NameGroup, Names
from cachelift.analysis.scopes import Binding as ScopeBinding
from cachelift.analysis.scopes import BindingKind, Scope, ScopeKind, build
from cachelift.model import Applicability, CallPlan, Knowledge, Legacy, Refusal, Replacement, Signature, Span

_CODES = {
    Role.CALL: "CLF002",
    Role.TYPE: "CLF003",
    Role.SUBCLASS: "CLF006",
}


def analyse(path: str, text: str, tree: ast.Module, positions: TextPositions, knowledge: Knowledge) -> FileFacts:
    """Find the usages of one parsed file.

    ``path`` is relative to the repository root. Raises RecursionError for code nested deeper than the interpreter
    allows.
    """
    return _Analyser(path, text, tree, positions, knowledge).run()


class _Analyser:
    """The state of one file's analysis."""

    def __init__(
        self, path: str, text: str, tree: ast.Module, positions: TextPositions, knowledge: Knowledge
    ) -> None:
        self.path = path
        self.text = text
        self.tree = tree
        self.knowledge = knowledge
        self.scopes = build(tree)
        self.names = Names(path, self.scopes, knowledge)
        self.imports = Imports(path, text, positions, self.names)
        self.contexts = Contexts(self.names)
        self.parents = self.scopes.parents
        self.facts = FileFacts(path, statements=self.imports.statements)
        self.listed = declared_all(tree) if "__all__" in text else set[str]()
        self._groups: dict[int, int] = {}
        self._by_group: list[NameGroup] = []
        self.calls: dict[ast.AST, Usage] = {}
        """The constructor calls by their node, for the flow of their values."""
        self.type_nodes: dict[int, ast.expr] = {}
        """The node of each usage that is a type position, by the usage's identity."""

    def run(self) -> FileFacts:
        """All usages, imports included, with the verdicts of this file."""
        self._note_file()
        for reference in self.scopes.references:
            chain = self.names.chain(reference.node)
            if chain is not None:
                self._refer(chain, reference.where)
        strings.find(self)
        self._none_tests()
        self._imports()
        self._stars()
        flow.follow(self)
        self.facts.usages.sort(key=lambda usage: (usage.span, usage.code))
        return self.facts

    def _note_file(self) -> None:
        """What other files, or all usages of this one, must know of it."""
        for node in self.parents:
            if isinstance(node, ast.Call) and TYPE_READERS & set(self.names.qualified(node.func)):
                self.facts.reads_annotations = True
            elif isinstance(node, ast.Attribute) and node.attr == "__annotations__":
                self.facts.reads_annotations = True
        imported = [
            module
            for scope in self.scopes.scopes
            for bindings in scope.bindings.values()
            for binding in bindings
            if binding.kind in IMPORT_KINDS
            for module in self._modules_of(binding)
        ]
        found = {path for path in map(self.knowledge.locate, imported) if path is not None}
        self.facts.imports = frozenset(found)
        stars = [self.knowledge.locate(m) for b, _, _ in self.names.stars for m in self._modules_of(b)]
        self.facts.stars = tuple(path for path in stars if path is not None)

    def _modules_of(self, binding: ScopeBinding) -> Iterator[str]:
        if isinstance(binding.statement, ast.ImportFrom):
            yield from self.names.modules_of(binding.statement)
        yield from self.names.imported(binding)

    # -- helpers for this module and its neighbours --------------------------------------------------------------

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
                    source_name=self._source_name(group),
                    listed=module_level and group.name in self.listed,
                    has_alias=self._has_alias(group),
                    class_level=group.owner.kind is ScopeKind.CLASS,
                    function_local=not module_level,
                )
            )
            self._by_group.append(group)
        return index

    def _via(self, group: NameGroup) -> Iterator[str]:
        for binding in group.bindings:
            legacy = self.names.meaning(binding) if binding.kind in IMPORT_KINDS else None
            if legacy is not None and not legacy.definition and legacy.path is not None:
                yield legacy.path

    @staticmethod
    def _source_name(group: NameGroup) -> str:
        names = [b.node.name for b in group.bindings if isinstance(b.node, ast.alias)]
        return names[0] if names else ""

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
        return usage

    def manual(self, usage: Usage, reason: str, message: str | None = None) -> None:
        """Lower a usage to manual."""
        usage.lower(Applicability.MANUAL, reason, message)

    def need(self, usage: Usage, chain: Chain, scope: Scope, *symbols: str) -> None:
        """Make sure that the new names can be used where the usage stands, or refuse it."""
        group = chain.group.root
        replacement = self.replacement(chain.legacy)
        problem = chain.group.problem or group.problem or chain.legacy.problem
        if problem is None and group.owner.kind is ScopeKind.CLASS:
            problem = "class-scope"  # the import makes an attribute that anyone may read
        if problem is not None:
            self.manual(usage, problem)
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
            if not self._bind(usage, group, chain.legacy, scope, symbol, chain.node):
                self.manual(usage, "name-taken")
                return

    def _check_type_checking(self, usage: Usage, chain: Chain) -> None:
        """A name that is used at run time is never imported under ``TYPE_CHECKING`` alone."""
        bindings = self.imports.import_bindings(chain.group.root)
        if all(self.imports.is_type_checking(binding.statement) for binding in bindings):
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
        at = self.scopes.statement_of(usage_node) if usage_node in self.parents else None
        if group.kind == "module" and (new is None or new.how != "plain"):
            new = new if new is not None and self.imports.is_seen_from(scope, group.owner, new.bound) else None
            if new is None and self._has_alias(group):  # the alias can stay, where everything moves
                facts.taken = True
                last = module.rpartition(".")[2]
                new = NewBinding(last, last, "replace")
        elif new is not None:
            root = group.name if new.how == "plain" else new.bound
            seen = self.imports.is_seen_from(scope, group.owner, root, f"{module}.{name}", at)
            new = new if seen else None
        if new is None:
            return False
        facts.provides[symbol] = new
        for binding, source in zip(facts.bindings, self.imports.import_bindings(group), strict=True):
            binding.new_modules[symbol] = self.imports.module_text(source, legacy, module)
        if new.how == "plain":
            usage.names[symbol] = f"{facts.bindings[0].new_modules[symbol]}.{name}"
        elif group.kind == "module":
            usage.names[symbol] = f"{new.bound}.{name}"
        else:
            usage.names[symbol] = new.bound
        return True

    @staticmethod
    def _has_alias(group: NameGroup) -> bool:
        nodes = [b.node for b in group.bindings if b.kind in IMPORT_KINDS]
        return all(isinstance(node, ast.alias) and node.asname is not None for node in nodes)

    # -- references ----------------------------------------------------------------------------------------------

    def _refer(self, chain: Chain, scope: Scope) -> None:
        """Classify one reference to the class or to the module."""
        if chain.legacy.kind == "module":
            self._refer_to_module(chain)
            return
        if isinstance(chain.node.ctx, ast.Store | ast.Del):
            usage = self.add(Role.VALUE, chain.legacy, chain.node, _STAYS, group=chain.group)
            self.manual(usage, "patched-name" if not chain.legacy.definition else "patched-definition")
            return
        context = self.contexts.classify(chain.node)
        handler = _HANDLERS.get(context.role)
        usage = handler(self, chain, context, scope) if handler is not None else self._stays(chain, context)
        usage.deferred = self._is_deferred(scope)
        if context.role is not Role.CALL and self._is_self_documenting(chain.node):
            self.manual(usage, "self-documenting")
        if chain.group.base is not None and chain.group.owner.kind is ScopeKind.MODULE:
            usage.alias = chain.group.name
        if not chain.legacy.definition:
            usage.via = chain.legacy.path
            usage.via_name = chain.node.attr if isinstance(chain.node, ast.Attribute) else self._source_name(chain.group)
        usage.looks_up_late = usage.deferred and (
            chain.group.root.kind != "class" or chain.group.root.owner.kind is not ScopeKind.MODULE
        )

    @staticmethod
    def _is_deferred(scope: Scope) -> bool:
        current: Scope | None = scope
        while current is not None:
            if current.kind in (ScopeKind.FUNCTION, ScopeKind.LAMBDA):
                return True
            current = current.parent
        return False

    def _refer_to_module(self, chain: Chain) -> None:
        facts = self.facts.groups[self.group(chain.group)] if chain.group.kind != "anchor" else None
        if chain.member is not None:
            if facts is not None:
                facts.keeps = True
            return
        if strings.takes_module(self, chain):
            return
        if chain.group.kind == "anchor" and chain.depth == 0:
            return
        usage = self.add(Role.MODULE, chain.legacy, chain.node, _MODULE, group=chain.group)
        self.manual(usage, "module-as-value")

    def _stays(self, chain: Chain, context: Context) -> Usage:
        legacy = chain.legacy
        usage = self.add(context.role, legacy, context.node, _STAYS, group=chain.group)
        reason = {
            Role.SUBCLASS: "subclass",
            Role.ALIAS: "alias",
            Role.ATTRIBUTE: "class-attribute",
            Role.EXACT_TEST: "type-test",
            Role.METHOD_PATCH: "patched-definition",
        }.get(context.role, "class-as-value")
        self.manual(usage, context.detail or reason)
        return usage

    def _call(self, chain: Chain, context: Context, scope: Scope) -> Usage:
        call = context.node
        assert isinstance(call, ast.Call)
        replacement = self.replacement(chain.legacy)
        migration = replacement.migration
        message = f"{migration.legacy_name}(...) is deprecated: use {migration.factory_name}(...)"
        usage = self.add(Role.CALL, chain.legacy, call, message, group=chain.group)
        self.calls[call] = usage
        plan = arguments.map_call(call, migration, replacement.legacy_signature, replacement.factory_signature)
        if isinstance(plan, Refusal):
            self.manual(usage, plan.reason, plan.message)
            return usage
        if replacement.factory_signature is not None and replacement.factory_signature.is_async:
            self.manual(usage, "async-factory")
        if self._is_self_documenting(call):
            self.manual(usage, "self-documenting")
        self.need(usage, chain, scope, "factory")
        self._check_type_checking(usage, chain)
        if context.detail == "subscripted":
            usage.lower(Applicability.UNSAFE, "type-argument")
        usage.shapes = call_shapes(call, plan)
        usage.intents = (self._intent(call, chain, Form.CALL, "factory", plan),)
        return usage

    def _intent(
        self, node: ast.AST, chain: Chain, form: Form, symbol: str, plan: CallPlan | None = None
    ) -> Intent:
        """The change at a node, located through its f-string where the interpreter's positions are not reliable."""
        span = self.imports.span(node)
        container = self._container(node, span)
        if container is None:
            return Intent(span, form, symbol, plan, depth=chain.depth, root=chain.root.id)
        names = list(arguments.names_in_source_order(container, chain.root.id))
        return Intent(
            span, form, symbol, plan, container=self.imports.span(container),
            ordinal=names.index(chain.root), root=chain.root.id, depth=chain.depth,
        )  # fmt: skip

    def _container(self, node: ast.AST, span: Span) -> ast.JoinedStr | None:
        outer: ast.JoinedStr | None = None
        parent = self.parents.get(node)
        while parent is not None and not isinstance(parent, ast.stmt):
            if isinstance(parent, ast.JoinedStr):
                outer = parent
            parent = self.parents.get(parent)
        if outer is None or self._is_reliable(node, span):
            return None
        return outer

    def _is_reliable(self, node: ast.AST, span: Span) -> bool:
        try:
            found = ast.parse(f"({self.text[span.start : span.end]}\n)", mode="eval")
        except (SyntaxError, ValueError):
            return False
        return ast.dump(found.body) == ast.dump(node)

    def _is_self_documenting(self, node: ast.AST) -> bool:
        """Inside ``f"{...=}"`` the source text is output (library reference, f-strings)."""
        child, parent = node, self.parents.get(node)
        while parent is not None and not isinstance(parent, ast.stmt):
            if isinstance(parent, ast.FormattedValue):
                joined = self.parents.get(parent)
                if isinstance(joined, ast.JoinedStr):
                    index = joined.values.index(parent)
                    before = joined.values[index - 1] if index else None
                    if isinstance(before, ast.Constant) and str(before.value).rstrip().endswith("="):
                        name = next(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
                        if name in str(before.value):
                            return True
            child, parent = parent, self.parents.get(parent)
        return False

    def _type(self, chain: Chain, context: Context, scope: Scope) -> Usage:
        node = chain.node
        usage = self.add(Role.TYPE, chain.legacy, node, self.type_message(chain.legacy), group=chain.group)
        self.type_nodes[id(usage)] = node
        self.judge_type(usage, node, chain, scope, subscripted=context.detail == "subscripted")
        usage.intents = (self._intent(node, chain, Form.NAME, "type"),)
        return usage

    def type_message(self, legacy: Legacy) -> str:
        """The message of a type position."""
        replacement = self.replacement(legacy)
        name = (replacement.type or "").rpartition(".")[2]
        return f"{replacement.migration.legacy_name} is deprecated as a type" + (f": use {name}" if name else "")

    def judge_type(self, usage: Usage, node: ast.expr, chain: Chain, scope: Scope, *, subscripted: bool) -> None:
        """The verdict on a type position, whole or inside a string."""
        replacement = self.replacement(chain.legacy)
        if subscripted and not self._is_generic(replacement):
            self.manual(usage, "type-argument")
        if self.facts.reads_annotations or self.contexts.acts_at_run_time(node, self.path):
            self.manual(usage, "runtime-annotation")
        self.need(usage, chain, scope, "type")
        if chain.group.root.fallbacks:
            self.manual(usage, "fallback-binding")

    @staticmethod
    def _is_generic(replacement: Replacement) -> bool:
        found = replacement.type_class
        return found is not None and "__class_getitem__" in found.members

    def _test(self, chain: Chain, context: Context, scope: Scope) -> Usage:
        usage = self.add(Role.TEST, chain.legacy, chain.node, _TEST, group=chain.group)
        if context.detail == "pattern-arguments":
            self.manual(usage, "pattern-arguments")
        self.need(usage, chain, scope, "type")
        self._check_type_checking(usage, chain)
        if chain.group.base is not None:
            self.manual(usage, "alias")
        form = {"pattern": Form.PATTERN, "tuple": Form.TUPLE, "union": Form.UNION}.get(context.detail, Form.TEST)
        node = context.node if form is Form.PATTERN else chain.node
        usage.intents = (self._intent(node, chain, form, "type"),)
        usage.accepts_both = self._accepts_both(chain.node)
        return usage

    def _accepts_both(self, node: ast.expr) -> bool:
        """Whether the test names the replacement type beside the class already."""
        parent = self.parents[node]
        if isinstance(parent, ast.MatchClass):
            outer = self.parents[parent]
            others: list[ast.expr] = [p.cls for p in getattr(outer, "patterns", ()) if isinstance(p, ast.MatchClass)]
        elif isinstance(parent, ast.Tuple):
            others = parent.elts
        elif isinstance(parent, ast.BinOp):
            others = [n for n in ast.walk(parent) if isinstance(n, ast.Name | ast.Attribute)]
        else:
            return False
        for other in others:
            for dotted in self.names.qualified(other):
                found = self.knowledge.target(dotted)
                if found is not None and found[1] == "type":
                    return True
        return False

    def _spec(self, chain: Chain, context: Context, scope: Scope) -> Usage:
        usage = self.add(Role.SPEC, chain.legacy, chain.node, _SPEC, group=chain.group)
        problem = spec_problem(self.replacement(chain.legacy), signatures=context.detail == "autospec")
        if problem:
            self.manual(usage, "spec-members", problem)
        self.need(usage, chain, scope, "type")
        usage.intents = (self._intent(chain.node, chain, Form.NAME, "type"),)
        return usage

    def _callable(self, chain: Chain, context: Context, scope: Scope) -> Usage:
        replacement = self.replacement(chain.legacy)
        message = f"{replacement.migration.legacy_name} as a factory is deprecated: use {replacement.migration.factory_name}"
        usage = self.add(Role.CALLABLE, chain.legacy, chain.node, message, group=chain.group)
        empty = ast.Call(func=chain.node, args=[], keywords=[])
        plan = arguments.map_call(
            empty, replacement.migration, replacement.legacy_signature, replacement.factory_signature
        )
        if isinstance(plan, Refusal):
            self.manual(usage, plan.reason, plan.message)
        elif plan.arguments:
            self.manual(usage, "unknown-default")
        elif replacement.factory_signature is not None and replacement.factory_signature.is_async:
            self.manual(usage, "async-factory")
        self.need(usage, chain, scope, "factory")
        usage.intents = (self._intent(chain.node, chain, Form.NAME, "factory"),)
        return usage

    def _none_test(self, chain: Chain, context: Context, scope: Scope) -> Usage:
        usage = self.add(Role.NONE_TEST, chain.legacy, chain.node, _FALLBACK, group=chain.group)
        if not chain.group.root.fallbacks:
            self.manual(usage, "class-as-value")
        self.need(usage, chain, scope, "factory")
        self._check_type_checking(usage, chain)
        usage.intents = (self._intent(chain.node, chain, Form.NAME, "factory"),)
        return usage

    def _none_tests(self) -> None:
        """The ``C = None`` of an ``except ImportError`` moves with the import and every test of it."""
        for index, group in enumerate(self._by_group):
            for assign in group.fallbacks:
                assert group.legacy is not None
                target = assign.targets[0]
                assert isinstance(target, ast.Name)
                usage = self.add(Role.NONE_TEST, group.legacy, target, _FALLBACK, group=group)
                usage.hidden = True
                chain = Chain(target, target, 0, group, group.legacy)
                self.need(usage, chain, group.owner, "factory")
                usage.intents = (Intent(usage.span, Form.NAME, "factory"),)
                new = self.facts.groups[index].provides.get("factory")
                if new is None or new.how != "replace":
                    self.manual(usage, "fallback-binding")

    # -- imports -------------------------------------------------------------------------------------------------

    def _imports(self) -> None:
        """One usage for every import statement that names the class, or the module in order to reach it."""
        used = {usage.group for usage in self.facts.usages}
        done: dict[int, Usage] = {}
        for group in self.names.groups:
            if group.kind == "anchor" or group.base is not None:
                continue
            index = self.group(group)
            facts = self.facts.groups[index]
            facts.keeps = facts.keeps or self._is_kept(group)
            if group.kind == "module" and facts.keeps and index not in used:
                continue  # serves other members of the module only
            assert group.legacy is not None
            for binding in facts.bindings:
                statement = self.facts.statements[binding.statement]
                usage = done.get(binding.statement)
                if usage is None:
                    usage = self.add(
                        Role.IMPORT, group.legacy, self.tree, self._import_message(group.legacy), code="CLF001",
                        span=statement.span, group=group,
                    )  # fmt: skip
                    done[binding.statement] = usage
                facts.import_usages.append(usage)
            facts.exported = self._is_exported(group)
            facts.all_entry = self._all_entry(group.name) if facts.listed else None

    def _import_message(self, legacy: Legacy) -> str:
        migration = self.replacement(legacy).migration
        return f"{migration.legacy} is deprecated: import {migration.factory} instead"

    def _is_kept(self, group: NameGroup) -> bool:
        if group.deleted_at:
            return True
        return any(group.name in scope.globals | scope.nonlocals for scope in self.scopes.scopes)

    def _is_exported(self, group: NameGroup) -> bool:
        """``__all__`` names it, or ``import X as X`` marks it as public (PEP 484, stub files)."""
        if group.owner.kind is not ScopeKind.MODULE:
            return False
        if group.name in self.listed:
            return True
        return any(
            isinstance(b.node, ast.alias) and b.node.asname == b.node.name and b.kind is BindingKind.IMPORT_FROM
            for b in group.bindings
        )

    def _all_entry(self, name: str) -> Span | None:
        """A name's entry in a literal ``__all__`` with the comma that goes with it; None where there is no one such."""
        entries = [
            (index, node.value)
            for node in self.parents
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.List | ast.Tuple)
            for index, element in enumerate(node.value.elts)
            if isinstance(element, ast.Constant) and element.value == name
        ]
        if len(entries) != 1 or sum(text in self.text for text in (f'"{name}"', f"'{name}'")) != 1:
            return None
        index, holder = entries[0]
        spans = [self.imports.span(element) for element in holder.elts]
        if index + 1 < len(spans):
            return Span(spans[index].start, spans[index + 1].start)
        if index:
            return Span(spans[index - 1].end, spans[index].end)
        comma = re.compile(r"\s*,").match(self.text, spans[0].end)
        return Span(spans[0].start, comma.end() if comma is not None else spans[0].end)

    def _stars(self) -> None:
        for binding, legacy, names in self.names.stars:
            if legacy is None:
                continue
            statement = binding.statement
            usage = self.add(Role.STAR, legacy, statement, _STAR, code="CLF008")
            self.manual(usage, "star-import")
            for reference in self.scopes.references:
                if reference.owner is None and names is not None and reference.node.id in names:
                    for found in self._through_star(statement, reference.node.id):
                        self._refer_through_star(reference.node, found)

    def _through_star(self, statement: ast.stmt, name: str) -> Iterator[Legacy]:
        assert isinstance(statement, ast.ImportFrom)
        for module in self.names.modules_of(statement):
            legacy = self.knowledge.legacy(f"{module}.{name}")
            if legacy is not None and legacy.kind == "class":
                yield legacy
                return

    def _refer_through_star(self, node: ast.Name, legacy: Legacy) -> None:
        context = self.contexts.classify(node)
        usage = self.add(context.role, legacy, context.node, _STAYS)
        self.manual(usage, "star-import")


_HANDLERS = {
    Role.CALL: _Analyser._call,
    Role.TYPE: _Analyser._type,
    Role.TEST: _Analyser._test,
    Role.SPEC: _Analyser._spec,
    Role.CALLABLE: _Analyser._callable,
    Role.NONE_TEST: _Analyser._none_test,
}
_STAYS = "the deprecated class is used in a way that has no direct replacement"
_MODULE = "the module of the deprecated class is handed on"
_TEST = "a test for the deprecated class must accept what replaces it"
_SPEC = "a mock takes the deprecated class as its specification"
_FALLBACK = "the guarded import's None moves with the import"
_STAR = "a star import binds the deprecated class"


def declared_all(tree: ast.Module) -> set[str]:
    """The strings of a module's ``__all__``, as far as they stand there as literals."""
    found: set[str] = set()
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
            found |= {
                n.value for n in ast.walk(statement) if isinstance(n, ast.Constant) and isinstance(n.value, str)
            }
    return found


def call_shapes(call: ast.Call, plan: CallPlan) -> tuple[CallShape, CallShape]:
    """The old and the new call, as a stand-in would see them."""
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    old = CallShape(
        len(call.args),
        tuple(keyword.arg or "" for keyword in call.keywords),
        tuple(str(index) for index in range(len(values))),
    )
    positional = [new for new in plan.arguments if new.keyword is None]
    named = [new for new in plan.arguments if new.keyword is not None]
    identity = [str(new.index) if new.index is not None else f"={new.literal}" for new in (*positional, *named)]
    return old, CallShape(len(positional), tuple(new.keyword or "" for new in named), tuple(identity))


def spec_problem(replacement: Replacement, *, signatures: bool) -> str | None:
    """Why a mock specified by the type would not do what one specified by the class does; None if it would."""
    old, new = replacement.legacy_class, replacement.type_class
    if old is None or new is None or not old.complete or not new.complete:
        return "the members of both classes are not known"
    for name, member in old.members.items():
        if name.startswith("_"):
            continue
        other = new.members.get(name)
        if other is None:
            return f"the replacement type has no member `{name}`"
        if (other.kind == "async-function") is not (member.kind == "async-function"):
            return f"`{name}` is a coroutine function on one side only"
        if signatures and not _same_parameters(member.signature, other.signature):
            return f"`{name}` takes other arguments"
    return None


def _same_parameters(one: Signature | None, other: Signature | None) -> bool:
    """Whether two methods take the same calls: names, kinds and which parameters are optional."""
    if one is None or other is None:
        return one is other
    first, second = ([(p.name, p.kind, p.default is None) for p in s.parameters] for s in (one, other))
    return first == second
