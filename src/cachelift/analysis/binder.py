"""Walks through a file once and puts every name into the scope that the language gives it.

Sources of the rules: those of :mod:`cachelift.analysis.scopes`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from cachelift.analysis.scopes import (
    Binding,
    BindingKind,
    Reference,
    Scope,
    ScopeKind,
    ScopeTree,
    resolve,
    statement_of,
)


def build(tree: ast.Module) -> ScopeTree:
    """Resolve every name of a module.

    One traversal with a stack of its own: nesting costs no recursion, so whatever depth ``ast.parse`` could take is
    taken here. What CPython parses but refuses to compile (a ``nonlocal`` without a target) gets an answer too:
    such a binding stays in the scope it stands in.

    Args:
        tree: what ``ast.parse`` returned; it is not changed.
    """
    builder = _Builder(tree)
    builder.traverse()
    builder.place_bindings()
    resolve(builder.references)
    return ScopeTree(builder.scopes, builder.bindings, builder.references, builder.parents, builder.entries)


class _Builder:
    """The state of one traversal.

    The stack holds nodes still to visit and, between them, scopes: a scope on the stack says that what comes after
    it stands there.
    """

    __slots__ = ("bindings", "entries", "parents", "references", "scope", "scopes", "stack")

    def __init__(self, tree: ast.Module) -> None:
        self.scope = Scope(ScopeKind.MODULE, tree, "<module>", None)
        self.scopes = [self.scope]
        self.bindings: list[Binding] = []
        self.references: list[Reference] = []
        self.parents: dict[ast.AST, ast.AST] = {}
        self.entries: dict[ast.AST, Scope] = {tree: self.scope}
        """The scope of each node whose parent stands in another one."""
        self.stack: list[ast.AST | Scope] = [tree]

    def traverse(self) -> None:
        stack = self.stack
        while stack:
            item = stack.pop()
            _HANDLERS[type(item)](self, item)

    def place_bindings(self) -> None:
        """Give each binding its owner. Declarations count for the whole block, so this waits for its end."""
        deferred = []
        for binding in self.bindings:
            owner = binding.owner
            name = binding.name
            if name in owner.globals:
                binding.owner = owner = owner.module
            elif name in owner.nonlocals:
                deferred.append(binding)
                continue
            owner.bindings.setdefault(name, []).append(binding)
        if deferred:
            order = {binding: index for index, binding in enumerate(self.bindings)}
            for binding in deferred:
                target = binding.owner._enclosing(binding.name)
                if target is not None and target.kind is not ScopeKind.MODULE:
                    binding.owner = target
                    if target.kind is ScopeKind.CLASS:
                        continue  # its implicit __class__ is no name of the class's own namespace
                placed = binding.owner.bindings.setdefault(binding.name, [])
                placed.append(binding)
                placed.sort(key=order.__getitem__)

    def open(self, kind: ScopeKind, node: ast.AST, name: str, parent: Scope) -> Scope:
        scope = Scope(kind, node, name, parent)
        self.scopes.append(scope)
        return scope

    def bind(self, name: str, kind: BindingKind, node: ast.AST, where: Scope) -> None:
        owner = where
        if kind is BindingKind.WALRUS:
            while owner.kind is ScopeKind.COMPREHENSION and owner.parent is not None:
                owner = owner.parent
        statement = statement_of(self.parents, node)
        self.bindings.append(Binding(where.mangle(name), kind, node, statement, owner, where))

    def adopt(self, parent: ast.AST, children: Iterable[ast.AST], scope: Scope | None = None) -> None:
        """Note the parent of ``children``, and the scope they stand in where it is another than the parent's."""
        for child in children:
            self.parents[child] = parent
            if scope is not None:
                self.entries[child] = scope

    def push(self, parent: ast.AST, children: list[Any]) -> None:
        """Visit ``children``, given in source order, in the scope of their parent."""
        parents = self.parents
        for child in children:
            parents[child] = parent
        children.reverse()
        self.stack += children

    def spread(self, plan: list[ast.AST | Scope]) -> None:
        """Visit the nodes of ``plan`` in its order, each in the scope named before it."""
        plan.reverse()
        self.stack += plan

    def enter(self, scope: Scope) -> None:
        self.scope = scope

    def name(self, node: ast.Name) -> None:
        if type(node.ctx) is ast.Load:
            self.references.append(Reference(node, self.scope))
            return
        parent = self.parents[node]
        while isinstance(parent, (ast.Tuple, ast.List, ast.Starred)):
            parent = self.parents[parent]
        kind = _TARGETS[type(parent).__name__]
        if kind is BindingKind.ANN_ASSIGN and parent.value is None:  # type: ignore[attr-defined]
            kind = BindingKind.ANNOTATION_ONLY
        elif kind is BindingKind.AUG_ASSIGN:
            self.references.append(Reference(node, self.scope))
        self.bind(node.id, kind, node, self.scope)

    def attribute(self, node: ast.Attribute) -> None:
        self.parents[node.value] = node
        self.stack.append(node.value)

    def call(self, node: ast.Call) -> None:
        self.push(node, [node.func, *_arguments(node.args, node.keywords)])

    def dictionary(self, node: ast.Dict) -> None:
        self.push(
            node, [part for pair in zip(node.keys, node.values, strict=True) for part in pair if part is not None]
        )

    def conditional(self, node: ast.IfExp) -> None:
        self.push(node, [node.body, node.test, node.orelse])

    def annotated(self, node: ast.AnnAssign) -> None:
        parts = [node.target, node.annotation]
        if node.value is not None:
            parts.append(node.value)
        elif not node.simple and isinstance(node.target, ast.Name):
            # "(x): int" neither binds x nor makes it local (reference, 7.2.2).
            self.adopt(node, [parts.pop(0)])
        self.push(node, parts)

    def imports(self, node: ast.Import) -> None:
        self.adopt(node, node.names)
        for alias in node.names:
            self.bind(alias.asname or alias.name.partition(".")[0], BindingKind.IMPORT, alias, self.scope)

    def from_imports(self, node: ast.ImportFrom) -> None:
        self.adopt(node, node.names)
        for alias in node.names:
            kind = BindingKind.STAR_IMPORT if alias.name == "*" else BindingKind.IMPORT_FROM
            self.bind(alias.asname or alias.name, kind, alias, self.scope)

    def declare_global(self, node: ast.Global) -> None:
        self.scope.globals.update(map(self.scope.mangle, node.names))

    def declare_nonlocal(self, node: ast.Nonlocal) -> None:
        self.scope.nonlocals.update(map(self.scope.mangle, node.names))

    def handler(self, node: ast.ExceptHandler) -> None:
        if node.name is not None:
            self.bind(node.name, BindingKind.EXCEPT, node, self.scope)
        self.push(node, [*_present(node.type), *node.body])

    def capture(self, node: ast.MatchAs) -> None:
        if node.name is not None:
            self.bind(node.name, BindingKind.MATCH, node, self.scope)
        self.push(node, _present(node.pattern))

    def capture_star(self, node: ast.MatchStar) -> None:
        if node.name is not None:
            self.bind(node.name, BindingKind.MATCH, node, self.scope)

    def capture_mapping(self, node: ast.MatchMapping) -> None:
        if node.rest is not None:
            self.bind(node.rest, BindingKind.MATCH, node, self.scope)
        self.push(node, [part for pair in zip(node.keys, node.patterns, strict=True) for part in pair])

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        outer = self.scope
        inner = self.open(ScopeKind.COMPREHENSION, node, _COMPREHENSIONS[type(node)], outer)
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        first, *others = node.generators
        self.adopt(node, [*results, *node.generators], inner)
        self.adopt(first, [first.target, *first.ifs])
        self.adopt(first, [first.iter], outer)
        self.spread([inner, *results, first.target, outer, first.iter, inner, *first.ifs, *others, outer])

    def lambda_function(self, node: ast.Lambda) -> None:
        outer = self.scope
        body = self.open(ScopeKind.LAMBDA, node, "<lambda>", outer)
        head = self.signature(node, node.args, outer, body)
        self.adopt(node, [node.body], body)
        self.spread([*head, body, node.body, outer])

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        outer = self.scope
        self.bind(node.name, BindingKind.FUNCTION, node, outer)
        self.adopt(node, node.decorator_list)
        plan: list[ast.AST | Scope] = [*node.decorator_list]
        around = self.type_parameters(node, node.name, plan)
        body = self.open(ScopeKind.FUNCTION, node, node.name, around)
        plan += self.signature(node, node.args, around, body)
        if node.returns is not None:
            self.adopt(node, [node.returns], around)
            plan += [around, node.returns]
        self.adopt(node, node.body, body)
        self.spread([*plan, body, *node.body, outer])

    def signature(self, node: ast.AST, arguments: ast.arguments, around: Scope, body: Scope) -> list[ast.AST | Scope]:
        """Bind the parameters in ``body``; return their annotations and defaults in source order, with scopes."""
        outer = self.scope
        self.adopt(node, [arguments])
        positional = [*arguments.posonlyargs, *arguments.args]
        without = len(positional) - len(arguments.defaults)
        pairs: list[tuple[ast.arg, ast.expr | None]] = [(parameter, None) for parameter in positional[:without]]
        pairs += zip(positional[without:], arguments.defaults, strict=True)
        pairs += [(parameter, None) for parameter in _present(arguments.vararg)]
        pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        pairs += [(parameter, None) for parameter in _present(arguments.kwarg)]
        plan: list[ast.AST | Scope] = []
        for parameter, default in pairs:
            self.parents[parameter] = arguments
            self.bind(parameter.arg, BindingKind.PARAMETER, parameter, body)
            if parameter.annotation is not None:
                self.adopt(parameter, [parameter.annotation], around)
                plan += [around, parameter.annotation]
            if default is not None:
                self.adopt(arguments, [default])
                plan += [outer, default]
        return plan

    def class_definition(self, node: ast.ClassDef) -> None:
        outer = self.scope
        self.bind(node.name, BindingKind.CLASS, node, outer)
        self.adopt(node, node.decorator_list)
        plan: list[ast.AST | Scope] = [*node.decorator_list]
        around = self.type_parameters(node, node.name, plan)
        bases = _arguments(node.bases, node.keywords)
        self.adopt(node, bases, around)
        body = self.open(ScopeKind.CLASS, node, node.name, around)
        self.adopt(node, node.body, body)
        self.spread([*plan, around, *bases, body, *node.body, outer])

    def type_parameters(self, node: Any, name: str, plan: list[ast.AST | Scope]) -> Scope:
        """Open the scope that holds the type parameters of ``node``, if it has any, and put them on the plan.

        Returns:
            The new scope, or the current one.
        """
        parameters = getattr(node, "type_params", None)
        if not parameters:
            return self.scope
        scope = self.open(ScopeKind.TYPE_PARAMETERS, node, name, self.scope)
        if isinstance(node, ast.ClassDef):
            # Around a generic class its name mangles the type parameters and nothing else, as 3.13's symtable.c does.
            scope._private = name.lstrip("_")
            scope._mangled = {parameter.name for parameter in parameters}
        self.adopt(node, parameters, scope)
        plan += [scope, *parameters]
        return scope

    def type_parameter(self, node: Any) -> None:
        scope = self.scope
        self.bind(node.name, BindingKind.TYPE_PARAMETER, node, scope)
        plan: list[ast.AST | Scope] = []
        for part in (getattr(node, "bound", None), getattr(node, "default_value", None)):
            if part is not None:
                lazy = self.open(ScopeKind.TYPE_ALIAS, node, node.name, scope)
                self.adopt(node, [part], lazy)
                plan += [lazy, part]
        self.spread([*plan, scope])

    def type_alias(self, node: Any) -> None:
        outer = self.scope
        name = node.name.id
        plan: list[ast.AST | Scope] = [node.name]
        self.adopt(node, [node.name])
        around = self.type_parameters(node, name, plan)
        value = self.open(ScopeKind.TYPE_ALIAS, node, name, around)
        self.adopt(node, [node.value], value)
        self.spread([*plan, value, node.value, outer])


def _present(node: Any) -> list[Any]:
    return [] if node is None else [node]


def _position(node: ast.expr | ast.keyword) -> tuple[int, int]:
    return (node.lineno, node.col_offset)


def _arguments(args: list[ast.expr], keywords: list[ast.keyword]) -> list[ast.expr | ast.keyword]:
    """Positional and keyword arguments in source order: ``f(a=1, *b)`` mixes them."""
    parts: list[ast.expr | ast.keyword] = [*args, *keywords]
    if args and keywords and _position(args[-1]) > _position(keywords[0]):
        parts.sort(key=_position)
    return parts


_Handler = Callable[[_Builder, Any], None]


def _leaf(builder: _Builder, node: ast.AST) -> None:
    """Nothing below this node is a node."""


_NOT_NODES = frozenset(
    ("arg", "attr", "conversion", "ctx", "id", "kind", "level", "module", "op", "ops", "type_comment")
)


def _generic(fields: tuple[str, ...]) -> _Handler:
    """A handler for a node whose fields stand in source order and in its own scope, newer Pythons' nodes included."""

    def visit(builder: _Builder, node: ast.AST) -> None:
        children: list[Any] = []
        for field in fields:
            value = getattr(node, field, None)
            if type(value) is list:
                children += value
            elif value is not None:
                children.append(value)
        builder.push(node, [part for part in children if isinstance(part, ast.AST)])

    return visit


# By name: a Python older than a node's syntax lacks its class.
_SPECIAL: dict[str, _Handler] = {
    "AnnAssign": _Builder.annotated,
    "AsyncFunctionDef": _Builder.function,
    "Attribute": _Builder.attribute,
    "Call": _Builder.call,
    "ClassDef": _Builder.class_definition,
    "Constant": _leaf,
    "Dict": _Builder.dictionary,
    "DictComp": _Builder.comprehension,
    "ExceptHandler": _Builder.handler,
    "FunctionDef": _Builder.function,
    "GeneratorExp": _Builder.comprehension,
    "Global": _Builder.declare_global,
    "IfExp": _Builder.conditional,
    "Import": _Builder.imports,
    "ImportFrom": _Builder.from_imports,
    "Lambda": _Builder.lambda_function,
    "ListComp": _Builder.comprehension,
    "MatchAs": _Builder.capture,
    "MatchMapping": _Builder.capture_mapping,
    "MatchStar": _Builder.capture_star,
    "Name": _Builder.name,
    "Nonlocal": _Builder.declare_nonlocal,
    "ParamSpec": _Builder.type_parameter,
    "Scope": _Builder.enter,
    "SetComp": _Builder.comprehension,
    "TypeAlias": _Builder.type_alias,
    "TypeVar": _Builder.type_parameter,
    "TypeVarTuple": _Builder.type_parameter,
}


class _Dispatch(dict[type, _Handler]):
    """Handlers by node class, filled as classes are met."""

    def __missing__(self, key: type) -> _Handler:
        handler = _SPECIAL.get(key.__name__)
        if handler is None:
            fields = tuple(field for field in key._fields if field not in _NOT_NODES)  # type: ignore[attr-defined]
            handler = _generic(fields) if fields else _leaf
        self[key] = handler
        return handler


_HANDLERS = _Dispatch()

_TARGETS = {
    "AnnAssign": BindingKind.ANN_ASSIGN,
    "Assign": BindingKind.ASSIGN,
    "AsyncFor": BindingKind.FOR,
    "AugAssign": BindingKind.AUG_ASSIGN,
    "Delete": BindingKind.DEL,
    "For": BindingKind.FOR,
    "NamedExpr": BindingKind.WALRUS,
    "TypeAlias": BindingKind.TYPE_ALIAS,
    "comprehension": BindingKind.FOR,
    "withitem": BindingKind.WITH,
}

_COMPREHENSIONS: dict[type[ast.expr], str] = {
    ast.DictComp: "<dictcomp>",
    ast.GeneratorExp: "<genexpr>",
    ast.ListComp: "<listcomp>",
    ast.SetComp: "<setcomp>",
}
