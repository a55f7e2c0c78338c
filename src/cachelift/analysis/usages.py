"""Finds every usage of the legacy class in one file and gives each its verdict, as far as the file alone can tell.

What needs the whole program (who imports the name from here, what tests patch, whether a test of the class stays) is
added in :mod:`cachelift.analysis.plan`, which may only lower a verdict.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cachelift.analysis import (
    answers,
    arguments,
    asking,
    borrowing,
    classtests,
    comments,
    flow,
    import_usages,
    lookups,
    strangers,
    strings,
    substitutes,
)
from cachelift.analysis.contexts import Context
from cachelift.analysis.evaluating import Evaluation
from cachelift.analysis.facts import CallShape, FileFacts, Form, Patch, Role, Usage
from cachelift.analysis.file import FileAnalysis
from cachelift.analysis.imports import TextPositions
from cachelift.analysis.names import IMPORT_KINDS, Chain
from cachelift.analysis.places import Places
from cachelift.analysis.reflection import Reflection
from cachelift.analysis.scopes import Scope, ScopeKind
from cachelift.analysis.takers import Takers
from cachelift.model import Applicability, CallPlan, Knowledge, Refusal, Replacement, Signature


def analyse(path: str, text: str, tree: ast.Module, positions: TextPositions, knowledge: Knowledge) -> FileFacts:
    """Find the usages of one parsed file.

    ``path`` is relative to the repository root. Raises RecursionError for code nested deeper than the interpreter
    allows.
    """
    file = FileAnalysis(path, text, tree, positions, knowledge)
    import_usages.note(file)
    references = _References(file)
    for reference in file.scopes.references:
        chain = file.names.chain(reference)
        if chain is not None:
            file.settled.update((chain.node, *_attributes(file, chain)))
            references.refer(chain, reference.where)
            outer = file.names.read_before(chain) if chain.root is reference.node else None
            if outer is not None:
                file.facts.groups[file.group(outer)].keeps = True
    strings.find(file)
    comments.find(file)
    references.test_modules()
    lookups.find(file)
    borrowing.find(file)
    file.facts.substitutes = substitutes.find(file)
    file.lending.find_lent()
    import_usages.find(file)
    if any(usage.role in (Role.KEY, Role.VALUE) for usage in file.facts.usages):
        file.facts.binds_annotations = any(map(knowledge.reads_annotations, file.facts.imports))
    questions = list(asking.questions(file.names))
    file.facts.asks_for_any = asking.asks_for_any(file.names, questions)
    file.facts.looks_classes_up = asking.looks_classes_up(file.names, questions)
    file.facts.asks = answers.find(file)
    flow.follow(file)
    file.facts.strangers = strangers.find(file)
    if knowledge.called_back:
        given = map(knowledge.module_around, Reflection(Places(file.names)).given_names)
        file.facts.hands_on = frozenset(each for each in given if each is not None)
    _keep_usages_in_dropped(file)
    file.check_planned()
    file.facts.usages.sort(key=lambda usage: (usage.span, usage.code))
    return file.facts


def _keep_usages_in_dropped(file: FileAnalysis) -> None:
    """An argument that holds a usage of its own is not dropped: that usage has a verdict too."""
    for call, usage in file.calls.items():
        plans = [intent.call for intent in usage.intents if intent.call is not None and intent.call.dropped]
        if not plans or not isinstance(call, ast.Call):
            continue
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        spans = [file.imports.span(values[index]) for plan in plans for index in plan.dropped]
        if any(s.start <= other.span.start and other.span.end <= s.end for s in spans for other in file.facts.usages):
            file.manual(usage, "unmapped-argument", _HOLDS_A_USAGE)


def _attributes(file: FileAnalysis, chain: Chain) -> Iterator[ast.AST]:
    """The attribute accesses that lead from a chain's root to its end."""
    node: ast.AST = chain.root
    while node is not chain.node:
        node = file.parents[node]
        yield node


class _References:
    """Gives every reference to the class its role and its verdict."""

    def __init__(self, file: FileAnalysis) -> None:
        self.file = file
        self.takers = Takers(file.names)
        self.evaluation = Evaluation(file.names, file.imports)
        self.module_tests: list[tuple[Chain, Scope]] = []

    def refer(self, chain: Chain, scope: Scope) -> None:
        """Classify one reference to the class or to the module."""
        if chain.legacy.kind == "module":
            self._refer_to_module(chain, scope)
            return
        if isinstance(chain.node.ctx, ast.Store | ast.Del):
            self._assigned(chain)
            return
        context = self.file.contexts.classify(chain.node)
        handler = _HANDLERS.get(context.role)
        usage = handler(self, chain, context, scope) if handler is not None else self._stays(chain, context)
        usage.deferred = self._is_deferred(scope)
        if usage.names:
            self.file.check_order(usage, chain)
        self.file.note_way(usage, chain)
        usage.borrows = not self.file.names.loads(chain)
        if usage.borrows and chain.group.root.kind == "module" and usage.role is not Role.TYPE:
            # Another file may have imported the legacy module; nobody else imports what would take its place.
            self.file.manual(usage, "conditional-import")
        usage.looks_up_late = usage.deferred and (
            chain.group.root.kind != "class" or chain.group.root.owner.kind is not ScopeKind.MODULE
        )

    def _assigned(self, chain: Chain) -> None:
        """``module.C = Fake``, ``del module.C``: a patch without a patcher."""
        legacy, name = chain.legacy, getattr(chain.node, "attr", "")
        role = Role.METHOD_PATCH if legacy.definition else Role.PATCH
        usage = self.file.add(role, legacy, chain.node, _PATCHED, group=chain.group)
        usage.patch = Patch(legacy.path or "", name, "unknown")
        self.file.manual(usage, "patched-definition" if legacy.definition else "patched-name")

    @staticmethod
    def _is_deferred(scope: Scope) -> bool:
        current: Scope | None = scope
        while current is not None:
            if current.kind in (ScopeKind.FUNCTION, ScopeKind.LAMBDA):
                return True
            current = current.parent
        return False

    def _refer_to_module(self, chain: Chain, scope: Scope) -> None:
        facts = self.file.facts.groups[self.file.group(chain.group)] if chain.group.kind != "anchor" else None
        if not self.file.names.loads(chain):
            self.file.facts.borrows.setdefault(chain.legacy.migration, chain.node.lineno)
        if chain.legacy.through is not None and chain.depth:
            self.file.facts.reads.add(chain.legacy.through)
            if isinstance(chain.node.ctx, ast.Store | ast.Del):
                usage = self.file.add(Role.PATCH, chain.legacy, chain.node, _PATCHED, group=chain.group)
                usage.patch = Patch(*chain.legacy.through, "unknown")
                self.file.manual(usage, "patched-name")
                return
        if chain.member is not None:
            if facts is not None:
                facts.keeps = True
            return
        if strings.takes_module(self.file, chain):
            if facts is not None:
                facts.keeps = True
            return
        if chain.group.fallbacks and self.file.contexts.classify(chain.node).role is Role.NONE_TEST:
            self.module_tests.append((chain, scope))
            return
        self._hand_on(chain)

    def test_modules(self) -> None:
        """``module is None`` after a guarded import: a usage where the class is reached through the module."""
        for chain, scope in self.module_tests:
            index = self.file.group(chain.group)
            if any(usage.group == index for usage in self.file.facts.usages):
                context = self.file.contexts.classify(chain.node)
                self._none_test(chain, context, scope).deferred = self._is_deferred(scope)
            elif not self.file.facts.groups[index].keeps:
                self._hand_on(chain)

    def _hand_on(self, chain: Chain) -> None:
        usage = self.file.add(Role.MODULE, chain.legacy, chain.node, _MODULE, group=chain.group)
        self.file.manual(usage, "module-as-value")

    def _stays(self, chain: Chain, context: Context) -> Usage:
        legacy = chain.legacy
        role = context.role
        old = self.file.replacement(legacy).legacy_class
        if (
            role is Role.ATTRIBUTE
            and old is not None
            and getattr(self.file.parents[chain.node], "attr", "") in old.touched
        ):
            role = Role.METHOD_PATCH
        usage = self.file.add(role, legacy, context.node, _STAYS, group=chain.group)
        reason = {
            Role.SUBCLASS: "subclass",
            Role.ALIAS: "alias",
            Role.ATTRIBUTE: "class-attribute",
            Role.EXACT_TEST: "type-test",
            Role.METHOD_PATCH: "patched-definition",
        }.get(context.role, "class-as-value")
        self.file.manual(usage, context.detail or reason)
        if context.role is Role.KEY:
            usage.union = self.takers.called_as(chain.node)
        return usage

    def _call(self, chain: Chain, context: Context, scope: Scope) -> Usage:
        call = context.node
        assert isinstance(call, ast.Call)
        replacement = self.file.replacement(chain.legacy)
        migration = replacement.migration
        message = f"{migration.legacy_name}(...) is deprecated: use {migration.factory_name}(...)"
        usage = self.file.add(Role.CALL, chain.legacy, call, message, group=chain.group)
        self.file.calls[call] = usage
        plan = arguments.map_call(
            call, migration, replacement.legacy_signature, replacement.factory_signature, self.evaluation
        )
        if isinstance(plan, Refusal):
            self.file.manual(usage, plan.reason, plan.message)
            return usage
        self.file.need(usage, chain, scope, "factory")
        self.file.check_type_checking(usage, chain)
        if isinstance(self.file.parents[call], ast.Call | ast.keyword):
            outer = self.file.contexts.classify(call)
            problem = spec_problem(replacement, signatures=outer.detail == "autospec", of_object=True)
            if outer.role is Role.SPEC and problem is not None:  # `Mock(spec=C())`: the mock has what the object has
                self.file.manual(usage, "spec-members", problem)
        if context.detail == "subscripted":
            usage.lower(Applicability.UNSAFE, "type-argument")
        if plan.doubt is not None:
            usage.lower(Applicability.UNSAFE, "dropped-argument", plan.doubt)
        usage.shapes = call_shapes(call, plan)
        usage.intents = (self.file.intent(call, chain, Form.CALL, "factory", plan),)
        return usage

    def _type(self, chain: Chain, context: Context, scope: Scope) -> Usage:
        node = chain.node
        usage = self.file.add(Role.TYPE, chain.legacy, node, self.file.type_message(chain.legacy), group=chain.group)
        if self.file.contexts.is_dispatched(node):
            usage.role = Role.KEY
        else:
            self.file.type_nodes[id(usage)] = node
            usage.union = self.file.contexts.union_of(node)
            if usage.union and self._is_shown(usage.union):
                self.file.manual(usage, "class-as-value")
        self.file.judge_type(usage, node, chain, scope, subscripted=context.detail == "subscripted")
        usage.intents = (self.file.intent(node, chain, Form.NAME, "type"),)
        return usage

    def _is_shown(self, name: str) -> bool:
        """Whether what a name stands for is looked at when the program runs: ``get_args(Either)``, ``f"{Either}"``."""
        names = (node for node in self.file.scopes.of_kind(ast.Name) if node.id == name)
        reads = (node for node in names if isinstance(node.ctx, ast.Load))
        return any(self.file.contexts.classify(node).role in (Role.VALUE, Role.ATTRIBUTE) for node in reads)

    def _test(self, chain: Chain, context: Context, scope: Scope) -> Usage:
        usage = self.file.add(Role.TEST, chain.legacy, chain.node, _TEST, group=chain.group)
        if context.detail == "pattern-arguments":
            self.file.manual(usage, "pattern-arguments")
        if not self.file.replacement(chain.legacy).tells:
            self.file.manual(usage, "no-replacement-type")
        usage.accepts_both = classtests.accepts_both(self.file, chain.node)
        self.file.need(usage, chain, scope, *(() if usage.accepts_both else ("type",)))
        self.file.check_type_checking(usage, chain)
        if chain.group.root.fallbacks:
            self.file.manual(usage, "fallback-binding")
        if chain.group.base is not None:
            self.file.manual(usage, "alias")
        if chain.group.kind != "class" and any(b.kind not in IMPORT_KINDS for b in chain.group.bindings):
            self.file.manual(usage, "rebound")
        self._settle_test(usage, chain, context)
        return usage

    def _settle_test(self, usage: Usage, chain: Chain, context: Context) -> None:
        """The change of a test, and what rules it out because of the type's own place among the classes."""
        replacement = self.file.replacement(chain.legacy)
        if usage.accepts_both:
            left = classtests.without(self.file, chain.node)
            if left is None:
                self.file.manual(usage, "legacy-alive")
            else:
                usage.intents = (left,)
            return
        form = {"pattern": Form.PATTERN, "tuple": Form.TUPLE, "union": Form.UNION}.get(context.detail, Form.TEST)
        node = context.node if form is Form.PATTERN else chain.node
        usage.intents = (self.file.intent(node, chain, form, "type"),)
        old, new = replacement.legacy_class, replacement.type_class
        if old is not None and new is not None and new.qualified_name in old.bases:
            self.file.manual(usage, "type-test")
        if classtests.is_told_apart(self.file, chain.node):
            usage.tells_apart = True
            self.file.manual(usage, "type-test", _TOLD_APART)

    def _spec(self, chain: Chain, context: Context, scope: Scope) -> Usage:
        usage = self.file.add(Role.SPEC, chain.legacy, chain.node, _SPEC, group=chain.group)
        problem = spec_problem(self.file.replacement(chain.legacy), signatures=context.detail == "autospec")
        if problem:
            self.file.manual(usage, "spec-members", problem)
        self.file.need(usage, chain, scope, "type")
        if chain.group.root.fallbacks:
            self.file.manual(usage, "fallback-binding")
        usage.intents = (self.file.intent(chain.node, chain, Form.NAME, "type"),)
        return usage

    def _callable(self, chain: Chain, context: Context, scope: Scope) -> Usage:
        replacement = self.file.replacement(chain.legacy)
        message = (
            f"{replacement.migration.legacy_name} as a factory is deprecated: use {replacement.migration.factory_name}"
        )
        usage = self.file.add(Role.CALLABLE, chain.legacy, chain.node, message, group=chain.group)
        self.file.calls[chain.node] = usage
        empty = ast.Call(func=chain.node, args=[], keywords=[])
        plan = arguments.map_call(
            empty, replacement.migration, replacement.legacy_signature, replacement.factory_signature
        )
        if isinstance(plan, Refusal):
            self.file.manual(usage, plan.reason, plan.message)
        elif plan.arguments:
            self.file.manual(usage, "unknown-default")
        if any(node.attr == "default_factory" for node in self.file.scopes.of_kind(ast.Attribute)):
            self.file.manual(usage, "class-as-value")  # it may be called with arguments, or compared
        self.file.need(usage, chain, scope, "factory")
        usage.intents = (self.file.intent(chain.node, chain, Form.NAME, "factory"),)
        return usage

    def _none_test(self, chain: Chain, context: Context, scope: Scope) -> Usage:
        message = _FALLBACK.format(chain.legacy.kind)
        usage = self.file.add(Role.NONE_TEST, chain.legacy, chain.node, message, group=chain.group)
        if not (chain.group.root.fallbacks or chain.group.root.problem):
            self.file.manual(usage, "class-as-value")
        self.file.need(usage, chain, scope, "factory")
        self.file.check_type_checking(usage, chain)
        form = Form.NAME if chain.legacy.kind == "class" else Form.MODULE
        usage.intents = (self.file.intent(chain.node, chain, form, "factory"),)
        return usage


_HANDLERS = {
    Role.CALL: _References._call,
    Role.TYPE: _References._type,
    Role.TEST: _References._test,
    Role.SPEC: _References._spec,
    Role.CALLABLE: _References._callable,
    Role.NONE_TEST: _References._none_test,
}
_HOLDS_A_USAGE = "an argument that may be dropped refers to the deprecated class or its objects itself"
_STAYS = "the deprecated class is used in a way that has no direct replacement"
_MODULE = "the module of the deprecated class is handed on"
_PATCHED = "the deprecated class is replaced in a module"
_TEST = "a test for the deprecated class must accept what replaces it"
_TOLD_APART = "the file tests for the replacement type as well and tells the two apart"
_SPEC = "a mock takes the deprecated class as its specification"
_FALLBACK = "the {} is compared with the None of a guarded import"


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


def spec_problem(replacement: Replacement, *, signatures: bool, of_object: bool = False) -> str | None:
    """Why a mock specified by the type would not do what one specified by the class does; None if it would.

    A mock of a class has what the class has, not what its methods set on the object:
    https://docs.python.org/3/library/unittest.mock.html#autospeccing.
    """
    old, new = replacement.legacy_class, replacement.type_class
    if old is None or new is None or not old.complete or not new.complete:
        return "the members of both classes are not known"
    for name, member in old.members.items():
        if name.startswith("_") or (member.on_class is False and not of_object):
            continue
        other = new.members.get(name)
        if other is None:
            return f"the replacement type has no member `{name}`"
        if not (of_object or other.on_class or other.on_class is member.on_class):
            return f"only objects of the replacement type have `{name}`, its class does not"
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
