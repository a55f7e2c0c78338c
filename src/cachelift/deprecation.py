"""PEP 702's ``@deprecated`` on a class: the edits that put it there, with its import.

https://peps.python.org/pep-0702/ and https://docs.python.org/3/library/warnings.html#warnings.deprecated. The decorator
stands outermost: it replaces ``__new__``, which a decorator that makes another class of the same body would lose.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from cachelift.lineage import CLASS_DECORATORS, DEPRECATED, normal_name
from cachelift.model import Edit, ImportEdit, Span
from cachelift.namespace import dotted_parts, statements
from cachelift.placing import place_import
from cachelift.source import Positions, newline_at, splice

PROVIDERS = ("warnings", "typing_extensions")
"""The modules that have the decorator: that of the standard library since Python 3.13."""

_STANDARD = frozenset({"warnings.deprecated", "typing.deprecated"})
_HARMLESS = CLASS_DECORATORS | DEPRECATED | {
    f"{module}.{name}"
    for module, names in (
        ("attr", "attrs dataclass define frozen mutable s"),
        ("attrs", "define frozen mutable"),
    )
    for name in names.split()
}  # fmt: skip
"""Decorators of classes that give back a class."""


class DeprecationProblem(Exception):
    """A class that cannot be marked.

    Attributes:
        message: why, for a user.
        line: 1-based, None where there is no place to name.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class Marking(NamedTuple):
    """What marks a class."""

    line: int
    """The line of the class statement in the end, 1-based."""
    edits: list[Edit]
    """Empty where it is marked already."""


def mark(text: str, legacy: str, advice: str, provider: str, *, static_only: bool) -> Marking:
    """Find the edits that mark a class of a module as deprecated, proven to do that and nothing else.

    Args:
        text: the module's source.
        legacy: the dotted name of the class.
        advice: the message of the decorator.
        provider: one of ``PROVIDERS``, for a new import.
        static_only: whether nothing is to happen at run time.

    Raises:
        DeprecationProblem: the class is not there, not always, or not alone; or it cannot be marked safely.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise DeprecationProblem(f"the file does not parse: {getattr(error, 'msg', error)}") from error
    package, _, name = legacy.partition(".")
    module = _Module(text, tree, _statement_of(tree, name.rpartition(".")[2]), package)
    if module.is_marked():
        return Marking(module.node.lineno, [])
    change = module.change(provider)
    decorator = f'{change.reference}("{advice}"{", category=None" if static_only else ""})'
    place = module.place()
    edits = [*change.edits, Edit(Span(place, place), f"@{decorator}{newline_at(text, place)}")]
    return Marking(_proven(splice(text, edits), module, change, decorator), edits)


def _statement_of(tree: ast.Module, name: str) -> ast.ClassDef:
    """The class statement of a name.

    Raises:
        DeprecationProblem: as :func:`mark` says.
    """
    everywhere = [s for s in statements(tree.body, scopes=False) if isinstance(s, ast.ClassDef) and s.name == name]
    found = [statement for statement in everywhere if statement in tree.body]
    if len(everywhere) > 1:
        line = sorted(statement.lineno for statement in everywhere)[1]
        raise DeprecationProblem(f"class {name} is defined more than once", line)
    if found:
        return found[0]
    if everywhere:
        raise DeprecationProblem(
            f"class {name} is defined inside another statement: mark it by hand", everywhere[0].lineno
        )
    for statement in statements(tree.body, scopes=False):
        if isinstance(statement, ast.ImportFrom) and any(name in (a.asname, a.name) for a in statement.names):
            message = f"class {name} is only imported here: give the module that defines it as `legacy`"
            raise DeprecationProblem(message, statement.lineno)
    raise DeprecationProblem(f"class {name} is not defined here")


class _Change(NamedTuple):
    """How the decorator is reached."""

    reference: str
    edits: list[Edit]
    position: int = 0
    """Where in the module's body an import statement is new or longer."""
    statement: str = ""
    """The new import statement."""


class _Module:
    """A module with the class that is to be marked."""

    def __init__(self, text: str, tree: ast.Module, node: ast.ClassDef, package: str) -> None:
        self.text = text
        self.tree = tree
        self.node = node
        self.package = package
        """The project's own package, for the order of the imports."""
        self.positions = Positions(text)
        self.before = tree.body[: tree.body.index(node)]
        stars = [index for index, statement in enumerate(self.before) if "*" in _imported([statement])]
        self.floor = stars[-1] + 1 if stars else 0
        """How many statements pass before no star import follows any more: it may bind any name."""
        self.imported = _imported(tree.body)
        self.others = _bound_otherwise(tree)

    # -- decorators ----------------------------------------------------------------------------------------------

    def is_marked(self) -> bool:
        """Whether the decorator is there already.

        Raises:
            DeprecationProblem: another one may put anything in the place of the class.
        """
        names = [self._dotted(decorator) for decorator in self.node.decorator_list]
        if _STANDARD & set(names):
            return True
        for decorator, name in zip(self.node.decorator_list, names, strict=True):
            if name not in _HARMLESS:
                written = ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)
                message = f"nothing is known of the decorator @{written}: mark class {self.node.name} by hand"
                raise DeprecationProblem(message, decorator.lineno)
        return False

    def _dotted(self, decorator: ast.expr) -> str:
        """The dotted name that a decorator was imported by; empty where that is not certain."""
        parts = dotted_parts(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if not parts or parts[0] in self.others:
            return ""
        meant = {normal_name(".".join((dotted, *parts[1:]))) for dotted in self.imported.get(parts[0], ())}
        if meant and meant <= _STANDARD:
            return "warnings.deprecated"
        return meant.pop() if len(meant) == 1 else ""

    def place(self) -> int:
        """Where the decorator goes: at the first of its own kind, else at the class statement.

        Raises:
            DeprecationProblem: something unusual stands between ``@`` and its expression.
        """
        if not self.node.decorator_list:
            return self.positions.offset(self.node.lineno, self.node.col_offset)
        first = self.node.decorator_list[0]
        sign = re.search(r"@[\s\\(]*\Z", self.text[: self.positions.offset(first.lineno, first.col_offset)])
        if sign is None:
            raise DeprecationProblem(
                "the first decorator is written in an unusual way: add another by hand", first.lineno
            )
        return sign.start()

    # -- the import ----------------------------------------------------------------------------------------------

    def change(self, provider: str) -> _Change:
        """Reach the decorator through what is imported already, else through a longer or a new import.

        Raises:
            DeprecationProblem: the names that would be needed mean something else.
        """
        known = self._known(provider)
        if known is not None:
            return _Change(known, [])
        if self._is_free("deprecated"):
            return self._longer(provider) or self._new(f"from {provider} import deprecated", "deprecated")
        if self._is_free(provider):
            return self._new(f"import {provider}", f"{provider}.deprecated")
        message = f"`deprecated` and `{provider}` mean something else in this module: mark the class by hand"
        raise DeprecationProblem(message, self.node.lineno)

    def _known(self, provider: str) -> str | None:
        """The decorator as it can be written without a new import."""
        certain = self.before[self.floor :]
        names = {name for name in self.imported if any(_binds(statement, name) for statement in certain)}
        for name in sorted(names - self.others):
            meant = self.imported[name]
            if {normal_name(dotted) for dotted in meant} <= _STANDARD:
                return name
            if meant == {"typing_extensions"} or meant == {provider}:
                return f"{name}.deprecated"
        return None

    def _is_free(self, name: str) -> bool:
        """Whether a name stands nowhere in the module."""
        used = (node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name))
        return name not in self.imported and name not in self.others and name not in used

    def _longer(self, provider: str) -> _Change | None:
        """An import of other names from the same module, made longer."""
        from cachelift.fragments import RewriteError, rewrite_import

        for index, statement in enumerate(self.before):
            if index < self.floor or not isinstance(statement, ast.ImportFrom):
                continue
            if statement.module == provider and statement.level == 0:
                span = self._span(statement)
                try:
                    longer = rewrite_import(self.text[span.start : span.end], ImportEdit(add=(("deprecated", None),)))
                except RewriteError:
                    continue
                return _Change("deprecated", [Edit(span, longer)], index)
        return None

    def _span(self, statement: ast.stmt) -> Span:
        assert statement.end_lineno is not None
        return Span(
            self.positions.offset(statement.lineno, statement.col_offset),
            self.positions.offset(statement.end_lineno, statement.end_col_offset or 0),
        )

    def _new(self, statement: str, reference: str) -> _Change:
        """A new import."""
        placed = place_import(
            self.text, self.tree, statement, own=self.package, after=self.floor, before=len(self.before)
        )
        return _Change(reference, [placed.edit], placed.position, statement)


def _imported(body: list[ast.stmt]) -> dict[str, set[str]]:
    """The names that imports bind in a module, with the dotted names that they mean; ``*`` for star imports."""
    found: dict[str, set[str]] = {}
    for statement in statements(body, scopes=False):
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                name = alias.asname or alias.name.partition(".")[0]
                found.setdefault(name, set()).add(alias.name if alias.asname else name)
        elif isinstance(statement, ast.ImportFrom):
            module = "." * statement.level + (statement.module or "")
            for alias in statement.names:
                found.setdefault(alias.asname or alias.name, set()).add(f"{module}.{alias.name}")
    return found


def _bound_otherwise(tree: ast.Module) -> set[str]:
    """The names that anything but an import of the module itself binds, in whatever scope."""
    return set(_bindings(tree))


def _bindings(tree: ast.Module) -> Iterator[str]:
    own = {id(statement) for statement in statements(tree.body, scopes=False)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, (ast.Import, ast.ImportFrom)) and id(node) not in own:
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name is not None:
            yield node.name
        elif isinstance(node, ast.MatchMapping) and node.rest is not None:
            yield node.rest
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            yield from node.names


def _binds(statement: ast.stmt, name: str) -> bool:
    """Whether a statement is sure to bind a name by an import when the program runs."""
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return any(name == (alias.asname or alias.name.partition(".")[0]) for alias in statement.names)
    if isinstance(statement, ast.If):
        return all(any(_binds(each, name) for each in block) for block in (statement.body, statement.orelse))
    if isinstance(statement, ast.Try):
        blocks = [statement.body, *(handler.body for handler in statement.handlers)]
        return all(any(_binds(each, name) for each in block) for block in blocks)
    return False


def _proven(text: str, module: _Module, change: _Change, decorator: str) -> int:
    """Prove that the new text is the old program with the decorator and its import; the new line of the class.

    Raises:
        DeprecationProblem: it is not.
    """
    expected = ast.parse(module.text)
    node = next(each for each in expected.body if isinstance(each, ast.ClassDef) and each.name == module.node.name)
    node.decorator_list.insert(0, ast.parse(decorator, mode="eval").body)
    if change.statement:
        expected.body[change.position : change.position] = ast.parse(change.statement).body
    elif change.edits:
        longer = expected.body[change.position]
        assert isinstance(longer, ast.ImportFrom)
        longer.names.append(ast.alias("deprecated"))
    try:
        made = ast.parse(text)
    except (SyntaxError, ValueError):
        made = ast.Module([], [])
    if ast.dump(made) != ast.dump(expected):
        raise DeprecationProblem("the result would not be the same program: mark the class by hand", module.node.lineno)
    return made.body[expected.body.index(node)].lineno
