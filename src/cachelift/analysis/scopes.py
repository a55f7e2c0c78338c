"""Python's scoping rules on CPython's ``ast``: which scope every name of a file means.

Language reference, section 4.2 "Naming and binding"; PEP 227 (nested scopes), PEP 572 (walrus), PEP 634 (match),
PEP 695 and 696 (type parameters). CPython's ``symtable`` is the oracle in the tests.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

_Node = TypeVar("_Node", bound=ast.AST)


class ScopeKind(enum.Enum):
    """The kinds of block that have names of their own (language reference, 4.2.1 and 8.10)."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    LAMBDA = "lambda"
    COMPREHENSION = "comprehension"
    TYPE_PARAMETERS = "type parameters"
    """Around a generic class, function or alias: holds its type parameters (PEP 695)."""
    TYPE_ALIAS = "type alias"
    """What is evaluated lazily: the value of a ``type`` statement, the bound or default of a type parameter."""


class BindingKind(enum.Enum):
    """What kind of code gives a name its meaning in a scope."""

    IMPORT = "import"
    IMPORT_FROM = "from import"
    STAR_IMPORT = "star import"
    """Its name is ``*``: which names it binds is not in the file."""
    ASSIGN = "assignment"
    ANN_ASSIGN = "annotated assignment"
    ANNOTATION_ONLY = "annotation"
    """``x: int``: makes the name local, binds no value."""
    AUG_ASSIGN = "augmented assignment"
    FOR = "for"
    """Of a loop or of a comprehension."""
    WITH = "with"
    EXCEPT = "except"
    DEL = "del"
    """Binds no value, but makes the name local (language reference, 4.2.1)."""
    FUNCTION = "function"
    CLASS = "class"
    PARAMETER = "parameter"
    WALRUS = "walrus"
    MATCH = "match"
    TYPE_ALIAS = "type alias"
    TYPE_PARAMETER = "type parameter"


class Binding:
    """One place that binds a name. Compared by identity.

    ``name`` is the name as it lives in the owner, so mangled where a class mangles it. ``node`` is what binds: the
    ``ast.alias`` of an import, otherwise the Name, arg, FunctionDef, ClassDef, ExceptHandler, pattern or type
    parameter. ``statement`` is the innermost statement around it (a definition is its own). ``owner`` is the scope
    the name lives in after the rules of global, nonlocal and walrus; ``where`` is the scope the code stands in.
    """

    __slots__ = ("kind", "name", "node", "owner", "statement", "where")

    def __init__(
        self, name: str, kind: BindingKind, node: ast.AST, statement: ast.stmt, owner: Scope, where: Scope
    ) -> None:
        self.name = name
        self.kind = kind
        self.node = node
        self.statement = statement
        self.owner = owner
        self.where = where

    def __repr__(self) -> str:
        return f"<Binding {self.name} {self.kind.value} line {self.statement.lineno}>"


class Reference:
    """One place that reads a name. Compared by identity.

    ``node`` has the Load context, or Store where it is the target of an augmented assignment, which reads it too.
    ``where`` is the scope it is looked up from: decorators, defaults, annotations, bases and the first iterable of a
    comprehension belong to the scope around. ``owner`` is the scope whose binding it means; None is a builtin or a
    global that nothing in the file binds.
    """

    __slots__ = ("node", "owner", "where")

    def __init__(self, node: ast.Name, where: Scope) -> None:
        self.node = node
        self.where = where
        self.owner: Scope | None = None

    def __repr__(self) -> str:
        return f"<Reference {self.node.id} line {self.node.lineno}>"


_LAZY = frozenset((ScopeKind.TYPE_PARAMETERS, ScopeKind.TYPE_ALIAS))
_UNSEEN: Any = object()


class Scope:
    """One block with names of its own.

    ``bindings`` holds what lives here, in source order, wherever the binding code stands: ``global x; x = 1`` in a
    function is a binding of the module. ``globals`` and ``nonlocals`` are the names declared here. All of them are
    mangled names (language reference, 6.2.1.1).
    """

    __slots__ = (
        "_mangled",
        "_private",
        "_resolved",
        "bindings",
        "children",
        "globals",
        "kind",
        "module",
        "name",
        "node",
        "nonlocals",
        "parent",
    )

    def __init__(self, kind: ScopeKind, node: ast.AST, name: str, parent: Scope | None) -> None:
        self.kind = kind
        self.node = node
        self.name = name
        self.parent = parent
        self.bindings: dict[str, list[Binding]] = {}
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.children: list[Scope] = []
        self._resolved: dict[str, Scope | None] = {}
        self._private: str | None = None
        self._mangled: set[str] | None = None
        self.module: Scope = self
        if parent is not None:
            parent.children.append(self)
            self.module = parent.module
            self._private = parent._private
            self._mangled = parent._mangled
        if kind is ScopeKind.CLASS:
            self._private = name.lstrip("_")
            self._mangled = None

    def __repr__(self) -> str:
        return f"<Scope {self.name} {self.kind.value}>"

    def mangle(self, name: str) -> str:
        """The name that ``name``, as spelled by code standing here, really has (``__x`` in a class C: ``_C__x``)."""
        private = self._private
        if not private or not name.startswith("__") or name.endswith("__"):
            return name
        if self._mangled is not None and name not in self._mangled:
            return name
        return f"_{private}{name}"

    def lookup(self, name: str) -> Scope | None:
        """Which scope's binding code standing here means by ``name``.

        Static, as the compiler decides it: a class-level name that is read before it is bound at run time falls back
        to the global one, which nobody can see here.

        Args:
            name: the name as the code spells it (mangling is applied here).

        Returns:
            The owner, or None for a builtin or a global that nothing in the file binds.
        """
        name = self.mangle(name)
        owner = self._resolved.get(name, _UNSEEN)
        if owner is _UNSEEN:
            if name in self.globals:
                owner = self._global(name)
            elif name in self.bindings:
                owner = self
            else:
                owner = self._enclosing(name)
            self._resolved[name] = owner
        return owner  # type: ignore[no-any-return]

    def path_to(self, owner: Scope | None) -> list[Scope]:
        """The scopes from here up to and including ``owner`` in which a binding of a name would be seen from here.

        Class scopes on the way are left out, unless code here sees their names. Another name means something at
        ``owner`` and here alike when no scope before the last binds or declares it.

        Args:
            owner: this scope or one around it; None stands for the builtins, so all scopes up to the module.

        Raises:
            ValueError: ``owner`` is not around this scope.
        """
        host = self._visible_class()
        path = []
        scope: Scope | None = self
        while scope is not None:
            if scope.kind is not ScopeKind.CLASS or scope is self or scope is owner or scope is host:
                path.append(scope)
            if scope is owner:
                return path
            scope = scope.parent
        if owner is not None:
            raise ValueError(f"{owner!r} is not around {self!r}")
        return path

    def _global(self, name: str) -> Scope | None:
        return self.module if name in self.module.bindings else None

    def _visible_class(self) -> Scope | None:
        """The class whose names a type-parameter scope or a lazily evaluated one sees (reference, 4.2.2)."""
        scope: Scope | None = self
        while scope is not None and scope.kind in _LAZY:
            scope = scope.parent
        return scope if scope is not self and scope is not None and scope.kind is ScopeKind.CLASS else None

    def _enclosing(self, name: str) -> Scope | None:
        """Where a name means something that is neither bound nor declared global here."""
        host = self._visible_class()
        if host is not None:
            # The class comes before the type parameters in between, as CPython's symtable.c (analyze_name) has it.
            if name in host.globals:
                return self._global(name)
            if name in host.bindings:
                return host
        scope = self.parent
        while scope is not None:
            if scope.kind is ScopeKind.CLASS:
                if name == "__class__":
                    return scope  # the implicit cell of reference 3.3.3.6, seen by everything inside the class
            elif name in scope.globals:
                break
            elif name in scope.bindings:
                return scope
            scope = scope.parent
        return self._global(name)


class ScopeTree:
    """All scopes, bindings and references of one file.

    ``parents`` has the parent of every node but operators and contexts, which CPython shares between places.
    ``bindings`` and ``references`` are in source order; ``by_node`` finds a reference by its Name. ``entries`` has the
    scope of each node whose parent stands in another one. :func:`cachelift.analysis.binder.build` makes it.
    """

    __slots__ = ("_entries", "_kinds", "bindings", "by_node", "module", "parents", "references", "scopes")

    def __init__(
        self,
        scopes: list[Scope],
        bindings: list[Binding],
        references: list[Reference],
        parents: dict[ast.AST, ast.AST],
        entries: dict[ast.AST, Scope],
    ) -> None:
        self.module = scopes[0]
        self.scopes = scopes
        self.bindings = bindings
        self.references = references
        self.by_node = {reference.node: reference for reference in references}
        self.parents = parents
        self._entries = entries
        self._kinds: dict[type[ast.AST], list[Any]] | None = None

    def of_kind(self, kind: type[_Node]) -> list[_Node]:
        """All nodes of one class, which no other inherits from, in the order in which they were visited."""
        if self._kinds is None:
            self._kinds = {}
            for node in self.parents:
                self._kinds.setdefault(type(node), []).append(node)
        return self._kinds.get(kind, [])

    def scope_of(self, node: ast.AST) -> Scope:
        """The scope in which an expression or statement is evaluated.

        A definition belongs to the scope around it, and so do its decorators, defaults, annotations and bases, or
        to its type-parameter scope where the language says so.

        Raises:
            KeyError: ``node`` is not in the tree, or is an operator or a context.
        """
        entries = self._entries
        while node not in entries:
            node = self.parents[node]
        return entries[node]

    def statement_of(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that ``node`` is or stands in.

        Raises:
            KeyError: ``node`` is in no statement of the tree.
        """
        return statement_of(self.parents, node)

    def bindings_of(self, scope: Scope, name: str) -> Sequence[Binding]:
        """The bindings of ``name``, as code in ``scope`` spells it, that live in ``scope``; in source order."""
        return scope.bindings.get(scope.mangle(name), ())


def statement_of(parents: dict[ast.AST, ast.AST], node: ast.AST) -> ast.stmt:
    """The innermost statement that ``node`` is or stands in.

    Args:
        parents: the parent of every node.
        node: the node.

    Raises:
        KeyError: ``node`` is in no statement.
    """
    while not isinstance(node, ast.stmt):
        node = parents[node]
    return node


def resolve(references: Iterable[Reference]) -> None:
    """Find the scope that owns what each reference means, once all bindings are in their scopes.

    Args:
        references: those of a file.
    """
    for reference in references:
        where, name = reference.where, reference.node.id
        owner = where._resolved.get(name, _UNSEEN)  # found there, a name is not one that is mangled
        reference.owner = where.lookup(name) if owner is _UNSEEN else owner
