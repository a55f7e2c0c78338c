"""What the names of a block are bound to when it has run, read from its syntax tree.

A block is a module's, a class's or a function's body. Each name has the set of its possible bindings: assignments
replace it, branches join theirs (https://docs.python.org/3/reference/executionmodel.html#binding-of-names).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Binding:
    """One thing that a name may be bound to: a member of a module, or what a statement of the block made."""

    node: ast.AST | None = None
    """The statement that made the value; None for imports, and where nothing is known."""
    modules: tuple[str, ...] = ()
    """The module that it was imported from, under every dotted name that the import can mean."""
    attributes: tuple[str, ...] = ()
    """The attributes read off that module, one after the other; empty for the module itself."""


UNKNOWN = Binding()

_STAR = "*"
"""Stands in a state for all the names that an unknown star import may have bound."""

Names = dict[str, frozenset[Binding]]


@dataclass(slots=True)
class Namespace:
    """The bindings at the end of a block."""

    names: Names = field(default_factory=dict)
    ever: Names = field(default_factory=dict)
    """All that each name is bound to at one time or another: what an expression in the block may mean."""
    open: bool = False
    """True where a star import binds names that cannot be known."""
    qualifier: str = ""
    """The block's qualified name inside its file; empty for the module's."""


class Imports(Protocol):
    """What the reader of a block must be told about the file it is in."""

    package: tuple[str, ...]
    """The names of the package whose body the block is; empty for every other block."""

    def absolute(self, level: int, module: str | None) -> tuple[str, ...]:
        """The dotted names that ``from <level dots><module> import`` can mean."""

    def star(self, modules: tuple[str, ...]) -> frozenset[str] | None:
        """The names that a star import of the module binds, or None where they cannot be known."""


def dotted_parts(node: ast.AST) -> tuple[str, ...]:
    """The parts of a plain dotted expression (``a.b.c``), or nothing for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return (node.id, *reversed(parts)) if isinstance(node, ast.Name) else ()


def last_name(node: ast.expr) -> str:
    """The last part of a dotted name as it is spelled, whatever it stands on; empty for another expression."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def truth(test: ast.expr, *, typing: bool) -> bool | None:
    """What a condition is known to be, with ``TYPE_CHECKING`` being ``typing``; None where it is not known."""
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if dotted_parts(test)[-1:] == ("TYPE_CHECKING",):
        return typing
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        value = truth(test.operand, typing=typing)
        return None if value is None else not value
    if isinstance(test, ast.BoolOp):
        values = [truth(operand, typing=typing) for operand in test.values]
        decisive = isinstance(test.op, ast.Or)
        if decisive in values:
            return decisive
        return None if None in values else not decisive
    return None


def child_blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The statement lists inside a statement, those of functions and classes too."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if block:
            yield block
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield part.body


def statements(body: Sequence[ast.stmt], *, scopes: bool, runtime: bool = False) -> Iterator[ast.stmt]:
    """All statements in ``body``, nested ones too, without recursion, in no particular order.

    Args:
        body: the block to go through.
        scopes: whether to go into functions and classes.
        runtime: whether to leave out branches that never run, ``if TYPE_CHECKING:`` above all.
    """
    stack: list[Sequence[ast.stmt]] = [body]
    while stack:
        for statement in stack.pop():
            yield statement
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not scopes:
                continue
            known = truth(statement.test, typing=False) if runtime and isinstance(statement, ast.If) else None
            if isinstance(statement, ast.If) and known is not None:
                stack.append(statement.body if known else statement.orelse)
            else:
                stack.extend(child_blocks(statement))


def target_names(target: ast.AST) -> Iterator[str]:
    """The names that an assignment target binds; attributes and items bind none."""
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, (ast.Tuple, ast.List)):
        for element in target.elts:
            yield from target_names(element)
    elif isinstance(target, ast.Starred):
        yield from target_names(target.value)


def read_block(
    body: Sequence[ast.stmt],
    imports: Imports,
    *,
    typing: bool = False,
    given: Iterable[str] = (),
) -> Namespace:
    """Read the names of a block.

    Args:
        body: the block's statements.
        imports: how the file's imports resolve.
        typing: take the branches that a type checker takes instead of those that run.
        given: names bound before the block begins, such as parameters.

    Raises:
        RecursionError: the block is nested too deeply.
    """
    reader = _Reader(imports, typing)
    for name in given:
        reader.join(name, UNKNOWN)
    reader.block(body)
    # A function that declares a name global may bind it to anything, at any time.
    for statement in statements(body, scopes=True):
        if isinstance(statement, ast.Global):
            for name in statement.names:
                reader.join(name, UNKNOWN)
    ever: Names = {}
    for name, bindings in reader.log:
        ever[name] = ever.get(name, frozenset()) | bindings
    reader.names.pop(_STAR, None)
    return Namespace(reader.names, ever, ever.pop(_STAR, None) is not None)


class _Reader:
    """Runs a block in the abstract: ``names`` is the state, joined where control flow joins."""

    def __init__(self, imports: Imports, typing: bool) -> None:
        self.imports = imports
        self.typing = typing
        self.names: Names = {}
        self.log: list[tuple[str, frozenset[Binding]]] = []
        self.loops = 0

    def block(self, body: Sequence[ast.stmt]) -> bool:
        """Run statements; False where the end is never reached."""
        return all(self.statement(statement) for statement in body)

    def statement(self, statement: ast.stmt) -> bool:
        for name in _walrus_names(statement):
            self.join(name, Binding(statement))
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.bind(statement.name, Binding(statement))
            case ast.If():
                known = truth(statement.test, typing=self.typing)
                if known is not None:
                    return self.block(statement.body if known else statement.orelse)
                return self.branches([statement.body, statement.orelse])
            case ast.Try() | ast.TryStar():
                return self.attempt(statement)
            case ast.Match():
                for case in statement.cases:
                    for name in _captures(case.pattern):
                        self.join(name, Binding(statement))
                return self.branches([*(case.body for case in statement.cases), []])
            case ast.For() | ast.AsyncFor() | ast.While():
                self.loop(statement)
            case ast.With() | ast.AsyncWith():
                for target in (item.optional_vars for item in statement.items if item.optional_vars):
                    for name in target_names(target):
                        self.bind(name, Binding(statement))
                # A context manager may swallow what the block raises, so what follows can run in any case.
                self.block(statement.body)
            case ast.Raise():
                return False
            case _:
                self.simple(statement)
        return True

    def simple(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Import():
                self.plain_import(statement)
            case ast.ImportFrom():
                self.from_import(statement)
            case ast.Assign():
                for target in statement.targets:
                    self.assign(target, statement.value, statement)
            case ast.AnnAssign(value=ast.expr() as value):
                self.assign(statement.target, value, statement)
            case ast.AugAssign(target=ast.Name(id=name)):
                self.bind(name, Binding(statement))
            case ast.Delete():
                for name in (name for target in statement.targets for name in target_names(target)):
                    if not self.loops:
                        self.names.pop(name, None)
            case _ if type(statement).__name__ == "TypeAlias":
                self.bind(getattr(statement, "name").id, Binding(statement))  # noqa: B009 (absent before 3.12)

    def bind(self, name: str, *bindings: Binding) -> None:
        if self.loops:
            self.join(name, *bindings)
        else:
            self.names[name] = frozenset(bindings)
            self.log.append((name, self.names[name]))

    def join(self, name: str, *bindings: Binding) -> None:
        self.names[name] = self.names.get(name, frozenset()) | frozenset(bindings)
        self.log.append((name, self.names[name]))

    def branches(self, blocks: Sequence[Sequence[ast.stmt]]) -> bool:
        start, ends = self.names, []
        for block in blocks:
            self.names = dict(start)
            if self.block(block):
                ends.append(self.names)
        self.names = _joined(ends) if ends else start
        return bool(ends)

    def attempt(self, statement: ast.Try | ast.TryStar) -> bool:
        torn, mark, ends = dict(self.names), len(self.log), []
        if self.block(statement.body) and self.block(statement.orelse):
            ends.append(self.names)
        # A handler may find the names as they were after any of the block's statements.
        for name, bindings in self.log[mark:]:
            torn[name] = torn.get(name, frozenset()) | bindings
        for handler in statement.handlers:
            self.names = dict(torn)
            if handler.name:
                self.bind(handler.name, Binding(handler))
            if self.block(handler.body):
                self.names.pop(handler.name or "", None)
                ends.append(self.names)
        self.names = _joined(ends) if ends else torn
        return self.block(statement.finalbody) and bool(ends)

    def loop(self, statement: ast.For | ast.AsyncFor | ast.While) -> None:
        # The body may run never, once or in part: whatever it binds is only possible.
        self.loops += 1
        if not isinstance(statement, ast.While):
            for name in target_names(statement.target):
                self.bind(name, Binding(statement))
        self.block(statement.body)
        self.block(statement.orelse)
        self.loops -= 1

    def assign(self, target: ast.expr, value: ast.expr, statement: ast.stmt) -> None:
        if isinstance(target, ast.Name):
            self.bind(target.id, *self.value(value, statement))
        elif (
            isinstance(target, (ast.Tuple, ast.List))
            and isinstance(value, (ast.Tuple, ast.List))
            and len(target.elts) == len(value.elts)
            and not any(isinstance(element, ast.Starred) for element in (*target.elts, *value.elts))
        ):
            # The right side is evaluated whole before the first name is bound.
            values = [self.value(element, statement) for element in value.elts]
            for element, bindings in zip(target.elts, values, strict=True):
                for name in target_names(element):
                    self.bind(name, *(bindings if isinstance(element, ast.Name) else [Binding(statement)]))
        else:
            for name in target_names(target):
                self.bind(name, Binding(statement))

    def value(self, value: ast.expr, statement: ast.stmt) -> Iterable[Binding]:
        parts = dotted_parts(value)
        bindings = self.names.get(parts[0]) if parts else None
        if not bindings:
            return [Binding(statement)]
        attributes = parts[1:]
        if not attributes:
            return bindings
        return [
            Binding(None, binding.modules, binding.attributes + attributes) if binding.modules else Binding(statement)
            for binding in bindings
        ]

    def plain_import(self, statement: ast.Import) -> None:
        for alias in statement.names:
            self.submodule((alias.name,))
            module = alias.name if alias.asname else alias.name.partition(".")[0]
            self.bind(alias.asname or module, Binding(None, (module,)))

    def from_import(self, statement: ast.ImportFrom) -> None:
        modules = self.imports.absolute(statement.level, statement.module)
        self.submodule(modules)
        for alias in statement.names:
            if alias.name == "*":
                self.star(modules)
            else:
                found = Binding(None, modules, (alias.name,)) if modules else UNKNOWN
                self.bind(alias.asname or alias.name, found)

    def submodule(self, modules: tuple[str, ...]) -> None:
        # Importing a submodule binds it in its package: https://docs.python.org/3/reference/import.html#submodules
        for package in self.imports.package:
            for module in modules:
                if package and module.startswith(package + "."):
                    name = module[len(package) + 1 :].partition(".")[0]
                    self.bind(name, Binding(None, (f"{package}.{name}",)))
                    return

    def star(self, modules: tuple[str, ...]) -> None:
        names = self.imports.star(modules) if modules else None
        if names is None:
            for name in (*self.names, _STAR):
                self.join(name, UNKNOWN)
        else:
            for name in sorted(names):
                self.bind(name, Binding(None, modules, (name,)))


def _joined(states: Sequence[Names]) -> Names:
    """The state after a join of control flow."""
    if len(states) == 1:
        return states[0]
    result: Names = {}
    for state in states:
        for name, bindings in state.items():
            result[name] = result.get(name, frozenset()) | bindings
    for name in result:
        if any(_STAR in state and name not in state for state in states):
            result[name] |= {UNKNOWN}
    return result


def _captures(pattern: ast.pattern) -> Iterator[str]:
    """The names that a ``case`` pattern binds."""
    for node in ast.walk(pattern):
        name = node.rest if isinstance(node, ast.MatchMapping) else getattr(node, "name", None)
        if name:
            yield name


def _walrus_names(statement: ast.stmt) -> Iterator[str]:
    """The names bound by assignment expressions in a statement's own expressions."""
    stack: list[ast.AST] = [
        child for child in ast.iter_child_nodes(statement) if not isinstance(child, (ast.stmt, ast.Constant, ast.Name))
    ]
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.stmt, ast.Lambda)):
            continue
        if isinstance(node, ast.NamedExpr):
            yield node.target.id
        stack.extend(ast.iter_child_nodes(node))
