"""Follows a constructed object through one file: which members of it are used, and whether it gets out of sight.

Flow-insensitive and field-based: a name, an attribute of ``self`` in a class, and what a function returns are places;
an object that reaches a place may be used by every use of that place. What cannot be followed is not guessed: the
object then *escapes*.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cachelift.analysis.facts import Role, Usage
from cachelift.analysis.scopes import BindingKind, Scope, ScopeKind
from cachelift.model import Applicability, Legacy

if TYPE_CHECKING:
    from cachelift.analysis.usages import _Analyser

_HARMLESS_CALLS = frozenset(
    f"builtins.{name}" for name in ("print", "repr", "str", "id", "hash", "bool", "callable", "format", "ascii")
)
_PROTOCOLS = {
    "builtins.len": "__len__",
    "builtins.iter": "__iter__",
    "builtins.next": "__next__",
    "builtins.list": "__iter__",
    "builtins.tuple": "__iter__",
    "builtins.set": "__iter__",
    "builtins.sorted": "__iter__",
    "builtins.reversed": "__reversed__",
    "builtins.dict": "keys",
}
_BY_NAME = frozenset({"builtins.getattr", "builtins.hasattr", "builtins.setattr", "builtins.delattr"})

Place = tuple[object, ...]


@dataclass(slots=True)
class _Trace:
    """What became of one object (or of what an annotation promises)."""

    members: list[tuple[str, ast.AST]] = field(default_factory=list)
    escapes: bool = False
    places: set[Place] = field(default_factory=set)
    exported: set[str] = field(default_factory=set)


def follow(analyser: _Analyser) -> None:
    """Add a finding for every use of a member that the replacement lacks, and lower the calls it comes from."""
    if not any(usage.role in (Role.CALL, Role.CALLABLE, Role.TYPE) for usage in analyser.facts.usages):
        return
    _Flow(analyser).run()


class _Flow:
    def __init__(self, analyser: _Analyser) -> None:
        self.analyser = analyser
        self.parents = analyser.parents
        self.names = analyser.names
        self.scopes = analyser.scopes
        self.reported: dict[ast.AST, Usage] = {}
        self._reads: dict[tuple[Scope, str], list[ast.Name]] | None = None
        self._attributes: dict[str, list[ast.Attribute]] | None = None
        self._calls: dict[ast.AST, list[ast.Call]] | None = None

    def run(self) -> None:
        """Trace every constructor call, then every annotated place."""
        for node, usage in self.analyser.calls.items():
            self._settle(usage, self._trace([("value", node)]))
        for node, usage in self._factories():
            self._settle(usage, self._trace([node]))
        for place, legacy in self._annotated():
            trace = self._trace([place])
            for member, at in trace.members:
                if self._lacks(legacy, member):
                    self._report(at, member, legacy)
                    self.analyser.facts.loose_members = True

    def _settle(self, usage: Usage, trace: _Trace) -> None:
        legacy = Legacy("class", usage.migration, None)
        usage.escapes = trace.escapes
        usage.flows_to = tuple(sorted(trace.exported))
        for member, at in trace.members:
            if self._lacks(legacy, member):
                self._report(at, member, legacy)
                self.analyser.manual(
                    usage, "missing-member", f"the object is used through `{member}`, which the replacement lacks"
                )

    def _lacks(self, legacy: Legacy, member: str) -> bool:
        replacement = self.analyser.replacement(legacy)
        if member == "__bool__":  # the truth of an object is its __bool__, else its __len__
            return replacement.lacks("__bool__") or replacement.lacks("__len__")
        return replacement.lacks(member)

    def _report(self, at: ast.AST, member: str, legacy: Legacy) -> None:
        if at in self.reported:
            return
        replacement = self.analyser.replacement(legacy)
        new = (replacement.type or "").rpartition(".")[2]
        message = f"{new} has no member `{member}`"
        usage = self.analyser.add(Role.MEMBER, legacy, at, message, code="CLF009")
        usage.lower(Applicability.MANUAL, "missing-member")
        self.reported[at] = usage

    # -- sources -------------------------------------------------------------------------------------------------

    def _factories(self) -> Iterator[tuple[Place, Usage]]:
        """``field(default_factory=C)``: the attribute of that name holds the object."""
        for usage in self.analyser.facts.usages:
            if usage.role is not Role.CALLABLE:
                continue
            for node in self.parents:
                if isinstance(node, ast.AnnAssign | ast.Assign) and self._holds(node, usage):
                    holder = self.parents[node]
                    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
                    if isinstance(holder, ast.ClassDef) and isinstance(target, ast.Name):
                        yield ("attribute", holder, target.id), usage

    def _holds(self, node: ast.stmt, usage: Usage) -> bool:
        span = self.analyser.imports.span(node)
        return span.start <= usage.span.start and usage.span.end <= span.end

    def _annotated(self) -> Iterator[tuple[Place, Legacy]]:
        """Parameters, variables, attributes and returns that are annotated with the class."""
        for usage in list(self.analyser.facts.usages):
            node = self.analyser.type_nodes.get(id(usage))
            if usage.role is not Role.TYPE or node is None:
                continue
            legacy = Legacy("class", usage.migration, None)
            child: ast.AST = node
            parent = self.parents.get(child)
            while isinstance(parent, ast.BinOp | ast.Subscript | ast.Tuple) and self._is_optional(parent):
                child, parent = parent, self.parents.get(parent)
            if isinstance(parent, ast.arg):
                scope = next((s for s in self.scopes.scopes if s.node is self.parents[self.parents[parent]]
                              and s.kind is ScopeKind.FUNCTION), None)  # fmt: skip
                if scope is not None:
                    yield ("name", scope, parent.arg), legacy
            elif isinstance(parent, ast.AnnAssign):
                for place in self._target_places(parent.target):
                    yield place, legacy
            elif isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef) and parent.returns is child:
                yield ("return", parent), legacy

    def _is_optional(self, node: ast.AST) -> bool:
        if isinstance(node, ast.BinOp):
            return isinstance(node.op, ast.BitOr)
        if isinstance(node, ast.Subscript):
            return bool(self.names.last_names(node.value) & {"Optional", "Union", "Annotated", "Final", "ClassVar"})
        return True

    # -- the work list -------------------------------------------------------------------------------------------

    def _trace(self, sources: list[Place]) -> _Trace:
        trace = _Trace()
        work = list(sources)
        while work:
            place = work.pop()
            if place in trace.places:
                continue
            trace.places.add(place)
            for node in self._uses(place, trace):
                work += self._flow(node, trace)
        return trace

    def _uses(self, place: Place, trace: _Trace) -> list[ast.expr]:
        """The expressions that read a place."""
        kind = place[0]
        if kind == "value":
            return [place[1]]  # type: ignore[list-item]
        if kind == "name":
            scope, name = place[1], place[2]
            assert isinstance(scope, Scope) and isinstance(name, str)
            if scope.kind is ScopeKind.MODULE:
                trace.escapes = True
                trace.exported.add(name)
            return list(self._reads_of(scope, name))
        if kind == "attribute":
            trace.escapes = True
            trace.exported.add(f".{place[2]}")
            return [node for node in self._reads_of_attribute(str(place[2])) if self._is_of(node, place[1])]
        trace.escapes = True
        function = place[1]
        assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        trace.exported.add(f"{function.name}()")
        return [self._awaited(call, function) for call in self._calls_of(function)]

    def _awaited(self, call: ast.Call, function: ast.AST) -> ast.expr:
        parent = self.parents.get(call)
        if isinstance(function, ast.AsyncFunctionDef) and isinstance(parent, ast.Await):
            return parent
        return call

    def _reads_of(self, scope: Scope, name: str) -> list[ast.Name]:
        if self._reads is None:
            self._reads = {}
            for reference in self.scopes.references:
                if reference.owner is not None:
                    self._reads.setdefault((reference.owner, reference.node.id), []).append(reference.node)
        return self._reads.get((scope, name), [])

    def _reads_of_attribute(self, name: str) -> list[ast.Attribute]:
        if self._attributes is None:
            self._attributes = {}
            for node in self.parents:
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                    self._attributes.setdefault(node.attr, []).append(node)
        return self._attributes.get(name, [])

    def _is_of(self, node: ast.Attribute, holder: object) -> bool:
        """Whether ``BASE.attribute`` may read the attribute of a class: not where BASE is another class's ``self``."""
        if not isinstance(node.value, ast.Name):
            return True
        current = self._self_class(node.value)
        if current is None or current is holder or not isinstance(holder, ast.ClassDef):
            return True
        return self._related(current, holder)

    def _related(self, one: ast.ClassDef, other: ast.ClassDef) -> bool:
        """Whether either class has the other among its bases, by name: that is all one file can tell."""
        for sub, base in ((one, other), (other, one)):
            pending, seen = [sub], {sub.name}
            while pending:
                for node in pending.pop().bases:
                    name = node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
                    if name == base.name:
                        return True
                    found = self._class_named(name)
                    if found is not None and name not in seen:
                        seen.add(name)
                        pending.append(found)
        return False

    def _class_named(self, name: str) -> ast.ClassDef | None:
        for binding in self.scopes.module.bindings.get(name, ()):
            if isinstance(binding.node, ast.ClassDef):
                return binding.node
        return None

    def _self_class(self, node: ast.Name) -> ast.ClassDef | None:
        """The class whose method has this name as its first parameter."""
        reference = self.scopes.by_node.get(node)
        owner = reference.owner if reference is not None else None
        if owner is None or not isinstance(owner.node, ast.FunctionDef | ast.AsyncFunctionDef):
            return None
        holder = self.parents.get(owner.node)
        arguments = owner.node.args
        first = next(iter([*arguments.posonlyargs, *arguments.args]), None)
        if not isinstance(holder, ast.ClassDef) or first is None or first.arg != node.id:
            return None
        return holder

    def _calls_of(self, function: ast.AST) -> list[ast.Call]:
        if self._calls is None:
            self._calls = {}
            for node in self.parents:
                if isinstance(node, ast.Call):
                    found = self._callee(node)
                    if found is not None:
                        self._calls.setdefault(found, []).append(node)
        return self._calls.get(function, [])

    def _callee(self, call: ast.Call) -> ast.AST | None:
        """The function or class of this file that a call surely calls."""
        func = call.func
        if isinstance(func, ast.Name):
            reference = self.scopes.by_node.get(func)
            bindings = reference.owner.bindings[func.id] if reference is not None and reference.owner else []
            if len(bindings) == 1 and bindings[0].kind in (BindingKind.FUNCTION, BindingKind.CLASS):
                return bindings[0].node
        elif isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
            holder = self._self_class(func.value)
            for statement in holder.body if holder is not None else ():
                if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and statement.name == func.attr:
                    return statement
        return None

    # -- one step ------------------------------------------------------------------------------------------------

    def _flow(self, node: ast.expr, trace: _Trace) -> list[Place]:
        """Where the value of an expression goes: members used are noted, places reached are returned."""
        parent = self.parents.get(node)
        step = getattr(self, f"_{type(parent).__name__.lower()}", None)
        if step is None:
            trace.escapes = True
            return []
        places: list[Place] = step(node, parent, trace)
        return places

    def _expr(self, node: ast.expr, parent: ast.Expr, trace: _Trace) -> list[Place]:
        return []

    def _formattedvalue(self, node: ast.expr, parent: ast.FormattedValue, trace: _Trace) -> list[Place]:
        return []

    def _attribute(self, node: ast.expr, parent: ast.Attribute, trace: _Trace) -> list[Place]:
        if isinstance(parent.ctx, ast.Load):
            trace.members.append((parent.attr, parent))
        return []

    def _assign(self, node: ast.expr, parent: ast.Assign, trace: _Trace) -> list[Place]:
        return [place for target in parent.targets for place in self._assigned(target, trace)]

    def _annassign(self, node: ast.expr, parent: ast.AnnAssign, trace: _Trace) -> list[Place]:
        return self._assigned(parent.target, trace) if parent.value is node else []

    def _assigned(self, target: ast.expr, trace: _Trace) -> list[Place]:
        places = list(self._target_places(target))
        if not places:
            trace.escapes = True
        return places

    def _target_places(self, target: ast.expr) -> Iterator[Place]:
        if isinstance(target, ast.Name):
            scope = self.scopes.scope_of(target)
            owner = scope.lookup(target.id)
            if owner is not None:
                yield ("name", owner, target.id)
                if isinstance(owner.node, ast.ClassDef):
                    yield ("attribute", owner.node, target.id)
        elif isinstance(target, ast.Attribute):
            holder = self._self_class(target.value) if isinstance(target.value, ast.Name) else None
            yield ("attribute", holder, target.attr)

    def _namedexpr(self, node: ast.expr, parent: ast.NamedExpr, trace: _Trace) -> list[Place]:
        return [*self._assigned(parent.target, trace), ("value", parent)]

    def _ifexp(self, node: ast.expr, parent: ast.IfExp, trace: _Trace) -> list[Place]:
        if parent.test is node:
            return self._truth(parent, trace)
        return [("value", parent)]

    def _boolop(self, node: ast.expr, parent: ast.BoolOp, trace: _Trace) -> list[Place]:
        self._truth(parent, trace)
        return [("value", parent)]

    def _truth(self, parent: ast.AST, trace: _Trace) -> list[Place]:
        trace.members.append(("__bool__", parent))
        return []

    def _if(self, node: ast.expr, parent: ast.If, trace: _Trace) -> list[Place]:
        return self._truth(parent.test, trace)

    def _while(self, node: ast.expr, parent: ast.While, trace: _Trace) -> list[Place]:
        return self._truth(parent.test, trace)

    def _assert(self, node: ast.expr, parent: ast.Assert, trace: _Trace) -> list[Place]:
        return self._truth(parent.test, trace)

    def _unaryop(self, node: ast.expr, parent: ast.UnaryOp, trace: _Trace) -> list[Place]:
        if isinstance(parent.op, ast.Not):
            return self._truth(parent, trace)
        trace.escapes = True
        return []

    def _await(self, node: ast.expr, parent: ast.Await, trace: _Trace) -> list[Place]:
        trace.members.append(("__await__", parent))
        trace.escapes = True
        return []

    def _subscript(self, node: ast.expr, parent: ast.Subscript, trace: _Trace) -> list[Place]:
        if parent.value is not node:
            trace.escapes = True
            return []
        name = {"Store": "__setitem__", "Del": "__delitem__"}.get(type(parent.ctx).__name__, "__getitem__")
        trace.members.append((name, parent))
        return []

    def _compare(self, node: ast.expr, parent: ast.Compare, trace: _Trace) -> list[Place]:
        operands = [parent.left, *parent.comparators]
        for index, operator in enumerate(parent.ops):
            if isinstance(operator, ast.In | ast.NotIn) and operands[index + 1] is node:
                trace.members.append(("__contains__", parent))
            elif not isinstance(operator, ast.Is | ast.IsNot):
                trace.escapes = True
        return []

    def _withitem(self, node: ast.expr, parent: ast.withitem, trace: _Trace) -> list[Place]:
        prefix = "a" if isinstance(self.parents[parent], ast.AsyncWith) else ""
        trace.members += [(f"__{prefix}enter__", node), (f"__{prefix}exit__", node)]
        return self._assigned(parent.optional_vars, trace) if parent.optional_vars is not None else []

    def _for(self, node: ast.expr, parent: ast.For, trace: _Trace) -> list[Place]:
        trace.members.append(("__iter__", node))
        return []

    def _asyncfor(self, node: ast.expr, parent: ast.AsyncFor, trace: _Trace) -> list[Place]:
        trace.members.append(("__aiter__", node))
        return []

    def _comprehension(self, node: ast.expr, parent: ast.comprehension, trace: _Trace) -> list[Place]:
        if parent.iter is node:
            trace.members.append(("__aiter__" if parent.is_async else "__iter__", node))
        else:
            self._truth(node, trace)
        return []

    def _starred(self, node: ast.expr, parent: ast.Starred, trace: _Trace) -> list[Place]:
        trace.members.append(("__iter__", node))
        return []

    def _return(self, node: ast.expr, parent: ast.Return, trace: _Trace) -> list[Place]:
        function: ast.AST | None = parent
        while function is not None and not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            function = self.parents.get(function)
        return [("return", function)] if function is not None else []

    # -- calls ---------------------------------------------------------------------------------------------------

    def _keyword(self, node: ast.expr, parent: ast.keyword, trace: _Trace) -> list[Place]:
        call = self.parents[parent]
        if not isinstance(call, ast.Call) or parent.arg is None:
            trace.escapes = True
            return []
        return self._passed(call, trace, keyword=parent.arg)

    def _call(self, node: ast.expr, parent: ast.Call, trace: _Trace) -> list[Place]:
        if parent.func is node:
            trace.members.append(("__call__", parent))
            return []
        names = set(self.names.qualified(parent.func))
        if names & _HARMLESS_CALLS:
            if "builtins.bool" in names:
                self._truth(parent, trace)
            return []
        index = parent.args.index(node)
        for name in names & _PROTOCOLS.keys():
            trace.members.append((_PROTOCOLS[name], parent))
            return []
        if names & _BY_NAME and index == 0 and len(parent.args) > 1:
            second = parent.args[1]
            if isinstance(second, ast.Constant) and isinstance(second.value, str):
                trace.members.append((second.value, parent))
                return []
        return self._passed(parent, trace, index=index)

    def _passed(self, call: ast.Call, trace: _Trace, *, index: int = -1, keyword: str | None = None) -> list[Place]:
        """An argument of a call of a function of this file reaches the parameter; of any other call, it escapes."""
        trace.escapes = True
        function = self._callee(call)
        bound = isinstance(call.func, ast.Attribute)
        if isinstance(function, ast.ClassDef):
            bound = True
            function = next(
                (s for s in function.body if isinstance(s, ast.FunctionDef) and s.name == "__init__"), None
            )
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return []
        if any(isinstance(argument, ast.Starred) for argument in call.args):
            return []
        static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.decorator_list)
        positional = [*function.args.posonlyargs, *function.args.args][1 if bound and not static else 0 :]
        if keyword is not None:
            names = [a.arg for a in (*function.args.args, *function.args.kwonlyargs) if a.arg == keyword]
        else:
            names = [positional[index].arg] if index < len(positional) else []
        scope = next((s for s in self.scopes.scopes if s.node is function and s.kind is ScopeKind.FUNCTION), None)
        return [("name", scope, name) for name in names] if scope is not None else []

    def _arguments(self, node: ast.expr, parent: ast.arguments, trace: _Trace) -> list[Place]:
        """A default value reaches its parameter."""
        function = self.parents[parent]
        scope = next((s for s in self.scopes.scopes if s.node is function), None)
        trace.escapes = True
        if scope is None or not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return []
        positional = [*parent.posonlyargs, *parent.args]
        pairs = list(zip(reversed(positional), reversed(parent.defaults), strict=False))
        pairs += [(a, d) for a, d in zip(parent.kwonlyargs, parent.kw_defaults, strict=True) if d is not None]
        return [("name", scope, argument.arg) for argument, default in pairs if default is node]
