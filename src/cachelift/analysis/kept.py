"""Where a file has one of the classes as a value, so that it may be asked for by another name, or elsewhere."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterator

from cachelift.analysis.facts import Ask, Role
from cachelift.analysis.given import spelled
from cachelift.analysis.kinds import Kinds
from cachelift.analysis.takers import Takers, makes_only
from cachelift.model import Applicability

_HOLDS = frozenset({Role.VALUE, Role.KEY, Role.ALIAS, Role.EXACT_TEST})


class Kept:
    """The classes that are values in one file.

    Args:
        kinds: what its expressions stand for.
        index: the migration's.
        line: the line of a node.
    """

    def __init__(self, kinds: Kinds, index: int, line: Callable[[ast.AST], int]) -> None:
        self.kinds = kinds
        self.file = kinds.file
        self.names = kinds.names
        self.parents = kinds.parents
        self.wanted = kinds.wanted
        self._index = index
        self._line = line

    @functools.cached_property
    def held(self) -> set[str]:
        """The classes that the file has as values: in a tuple of classes, as a key, by another name."""
        texts = {each.value for each in self.file.scopes.of_kind(ast.Constant) if isinstance(each.value, str)}
        named = {name for dotted, name in self.kinds.paths.items() if dotted in texts}
        return {name for _, name in self._values} | (texts & self.wanted.keys()) | named

    @functools.cached_property
    def _values(self) -> list[tuple[ast.expr, str]]:
        nodes: list[ast.Name | ast.Attribute]
        nodes = [*self.file.scopes.of_kind(ast.Name), *self.file.scopes.of_kind(ast.Attribute)]
        found: list[tuple[ast.expr, str]] = []
        for node in nodes:
            if spelled(node) in self._spellings and isinstance(node.ctx, ast.Load):
                names = self.kinds.names_of(node) & self.wanted.keys()
                if names and (self.file.contexts.classify(node).role in _HOLDS or self._is_alias(node)):
                    found += [(node, name) for name in sorted(names)]
        asked: list[ast.expr] = [*self.file.scopes.of_kind(ast.Call), *self.file.scopes.of_kind(ast.Attribute)]
        for made in asked if self.file.may_name("type(", "__class__") else ():
            parent = self.parents.get(made)
            if self.kinds.is_class_of_new(made) and not isinstance(parent, ast.Compare | ast.Call | ast.Attribute):
                found += [(made, name) for name in sorted(self.kinds.new_names())]
        return found

    def _is_alias(self, node: ast.expr) -> bool:
        """``KIND = C | None``, ``KIND = Optional[C]``: a type that is a value."""
        parent = self.parents.get(node)
        while isinstance(parent, ast.BinOp | ast.Subscript | ast.Tuple):
            parent = self.parents.get(parent)
        return isinstance(parent, ast.Assign)

    @functools.cached_property
    def _spellings(self) -> set[str]:
        """The names that the wanted classes have in the file."""
        aliases = self.file.scopes.of_kind(ast.alias)
        return {*self.wanted, *(each.asname for each in aliases if each.asname and each.name in self.wanted)}

    def _listed(self) -> Iterator[Ask]:
        """The names of the classes in collections that another file may compare names with."""
        for constant in self.file.scopes.of_kind(ast.Constant):
            value = self.kinds.paths.get(constant.value, constant.value) if isinstance(constant.value, str) else None
            if value is not None and (value == self.kinds.legacy or value in self.wanted):
                parent = self.parents.get(constant)
                names = {name for name in self._kept_as(constant) if not name.startswith("__")}
                if names and isinstance(parent, ast.List | ast.Tuple | ast.Set | ast.Dict | ast.Assign):
                    level = self.wanted.get(value, Applicability.MANUAL)
                    at = self._line(constant)
                    yield Ask(self._index, at, value, level, None, frozenset(names), elsewhere=True)

    def holds(self) -> Iterator[Ask]:
        """The values that another file, or what they are handed to, may ask objects for."""
        yield from self._listed()
        for node, name in self._values:
            level, line = self.wanted[name], self._line(node)
            names = self._kept_as(node)
            if names:
                yield Ask(self._index, line, name, level, None, frozenset(names), elsewhere=True)
            if not self._is_known(node):
                yield Ask(self._index, line, name, level, near=True, to=frozenset(self._takers_of(node)))
            if self._is_asked_by_taker(node) or (
                self.kinds.at_home and name == self.kinds.legacy and self._is_put_elsewhere(node)
            ):
                yield Ask(self._index, line, name, level)
        for alias in self.file.scopes.of_kind(ast.alias):
            if alias.asname is not None and alias.name in self.wanted and alias.asname != alias.name:
                level = self.wanted[alias.name]
                yield Ask(self._index, alias.lineno, alias.name, level, None, frozenset({alias.asname}), elsewhere=True)

    def _kept_as(self, node: ast.AST) -> set[str]:
        """The names, not those of functions, that an assignment gives to a class, or to what it is in."""
        statement = self.file.scopes.statement_of(node)
        if not isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
            return set()
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        inner = {node for target in targets for node in ast.walk(target)}
        return {spelled(each) for each in inner if isinstance(each, ast.Name | ast.Attribute)} - {"", "self"}

    def _is_asked_by_taker(self, node: ast.expr) -> bool:
        """Whether a class is handed to a function or class of the repository that asks for what it is given."""
        call = self.parents.get(node)
        if isinstance(call, ast.keyword):
            call = self.parents.get(call)
        taker = Takers(self.names).taker(call.func) if isinstance(call, ast.Call) and call.func is not node else None
        if isinstance(taker, ast.ClassDef):
            return not makes_only(taker)
        words = {spelled(each) for each in ast.walk(taker)} if taker is not None else set[str]()
        return not words.isdisjoint(("isinstance", "issubclass", "type", "__class__"))

    def _is_known(self, node: ast.expr) -> bool:
        """Whether a class is handed to what is not of the repository: a mock, a cast, a container of a library."""
        call = self.parents.get(node)
        if isinstance(call, ast.keyword):
            call = self.parents.get(call)
        if not isinstance(call, ast.Call) or call.func is node:
            return False
        dotted = self.names.qualified(call.func)
        return bool(dotted) and not any(map(self.kinds.is_near, dotted))

    def _takers_of(self, node: ast.expr) -> Iterator[str]:
        """The paths of the modules from where it is what a class is handed to: a function, a container, a base."""
        parent = self.parents.get(node)
        while isinstance(parent, ast.keyword | ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Starred):
            parent = self.parents.get(parent)
        if isinstance(parent, ast.Call):
            yield from self.kinds.modules_of(parent.func)
        elif isinstance(parent, ast.Subscript):
            yield from self.kinds.modules_of(parent.value)

    def _is_put_elsewhere(self, node: ast.expr) -> bool:
        """At home: whether the class is handed to another module, or is a key of something of one."""
        parent = self.parents.get(node)
        if isinstance(parent, ast.Call):
            dotted = self.names.qualified(parent.func)
            return any(not name.startswith(("builtins.", "typing.")) for name in dotted)
        root = parent.value if isinstance(parent, ast.Subscript) else None
        return root is not None and bool(self.names.qualified(root))
