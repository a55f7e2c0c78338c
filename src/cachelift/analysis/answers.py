"""Which questions for an object's class the object of the legacy class and the replacement answer otherwise.

A test that names the legacy class is a usage and has rules of its own. Here are the others: tests for the replacement's
own type, for a base that only one of the two has, and all that the modules of the two classes ask themselves.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator, Mapping, Set

from cachelift.analysis.asking import QUESTION, Question, class_of, is_named, questions
from cachelift.analysis.classtests import joined
from cachelift.analysis.differences import told_apart
from cachelift.analysis.facts import Ask, Role
from cachelift.analysis.file import FileAnalysis
from cachelift.analysis.names import IMPORT_KINDS
from cachelift.analysis.scopes import Binding, BindingKind
from cachelift.model import Applicability, Replacement

_COMPARING = frozenset({"dataclass", "define", "frozen", "mutable", "attrs"})
"""Decorators that give a class an ``__eq__`` which asks for it."""
_GIVES_BACK = frozenset({"cast", "copy", "deepcopy", "proxy", "replace", "next", "min", "max", "getattr", "partial"})
"""Functions that may give what they were given."""
_HOLDS = frozenset({Role.VALUE, Role.KEY, Role.ALIAS})
_UNKNOWN = ast.Yield()
"""Stands for a value of which nothing is known."""
_DISPLAYS = (
    ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp,
    ast.GeneratorExp, ast.Lambda, ast.Compare,
)  # fmt: skip


_QUESTION = re.compile(QUESTION)


def _may_ask(text: str) -> bool:
    return not text.isascii() or _QUESTION.search(text) is not None


def find(file: FileAnalysis) -> tuple[Ask, ...]:
    """The questions of a file that are answered otherwise, of each kind the first."""
    found: dict[tuple[object, ...], Ask] = {}
    asked: list[Question] | None = None
    for index, replacement in enumerate(file.knowledge.replacements):
        kin = {name for path, name in replacement.kin if path == file.path}
        wanted = told_apart(replacement)
        if file.path in replacement.homes:
            wanted = {**wanted, replacement.migration.legacy_name: Applicability.MANUAL}
        if kin or (file.may_name(*wanted) and _may_ask(file.text)):
            asked = list(questions(file.names)) if asked is None else asked
            asker = _Asker(file, index, replacement, wanted, kin)
            for ask in (*filter(None, map(asker.ask, asked)), *asker.comparing()):
                found.setdefault((ask.migration, ask.applicability, ask.method), ask)
    return tuple(found.values())


class _Asker:
    """Tells for one migration which questions of a file are answered otherwise."""

    def __init__(
        self,
        file: FileAnalysis,
        index: int,
        replacement: Replacement,
        wanted: Mapping[str, Applicability],
        kin: Set[str],
    ) -> None:
        self.file = file
        self.names = file.names
        self.parents = file.parents
        self.index = index
        self.legacy = replacement.migration.legacy_name
        self.wanted = wanted
        self.kin = kin
        self.at_home = file.path in replacement.homes
        new = replacement.type_class
        self.new = {base.rpartition(".")[2] for base in (new.qualified_name, *new.bases)} if new is not None else set()
        self.new -= kin
        self.held = {name for name in wanted if self._is_held(name)}

    def ask(self, question: Question) -> Ask | None:
        """What a question comes to; None where both answer alike, or where it is asked of something else."""
        if question.asked is not None and not self._may_be(question.asked):
            return None
        words = {word for kind in question.kinds for word in self._words(kind)}
        if self.legacy not in self.wanted and (self.legacy in words or self._is_beside_legacy(question)):
            return None  # a usage of its own, or both are accepted
        found = words & self.wanted.keys()
        around = self.file.is_in_class(question.at, self.kin)
        if around and any(map(self._is_own, question.kinds)):
            found.add(self.legacy)
        if not question.kinds or not all(is_named(self.names, kind) for kind in question.kinds):
            found |= self.held
        levels = {name: self.wanted.get(name, Applicability.MANUAL) for name in found}
        # Where what is asserted holds, the object is one of the new already. What a class of these asks in its methods
        # is a part of what it does instead.
        if self._is_asserted(question.at) or self.file.is_in_class(question.at, self.new):
            levels = {name: level for name, level in levels.items() if level is Applicability.MANUAL}
        if not levels:
            return None
        name, level = min(levels.items(), key=lambda item: (item[1] is not Applicability.MANUAL, item[0]))
        line = self.file.imports.position(self.file.imports.span(question.at))[0]
        method = self._function_around(question.at) if around and name == self.legacy else None
        return Ask(self.index, line, name, level, method, self._through(question.at))

    def comparing(self) -> Iterator[Ask]:
        """Classes that compare their objects only with those of the class itself, by a decorator."""
        for node in self.file.scopes.of_kind(ast.ClassDef):
            decorators = (d.func if isinstance(d, ast.Call) else d for d in node.decorator_list)
            if node.name in self.kin and not _COMPARING.isdisjoint(map(_spelled, decorators)):
                yield Ask(self.index, node.lineno, node.name, Applicability.MANUAL, "__eq__")

    # -- the classes ---------------------------------------------------------------------------------------------

    def _words(self, kind: ast.expr) -> Iterator[str]:
        """The names of the classes that an expression stands for, of those from elsewhere the names that they have."""
        for node in ast.walk(kind):
            if isinstance(node, ast.Name | ast.Attribute):
                yield from self._names_of(node)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):  # type(x).__name__ == "C"
                yield node.value

    def _names_of(self, node: ast.Name | ast.Attribute) -> frozenset[str]:
        return self.names.last_names(node) or frozenset({_spelled(node)})

    def _is_held(self, name: str) -> bool:
        """Whether the file has a class as a value: in a tuple of classes, as a key, by another name."""
        nodes: list[ast.Name | ast.Attribute]
        nodes = [*self.file.scopes.of_kind(ast.Name), *self.file.scopes.of_kind(ast.Attribute)]
        return any(
            isinstance(node.ctx, ast.Load)
            and name in self._names_of(node)
            and self.file.contexts.classify(node).role in _HOLDS
            for node in nodes
        )

    def _is_own(self, kind: ast.expr) -> bool:
        """``cls``, ``type(self)``, ``__class__``: the class that a method stands in, or one below."""
        for node in ast.walk(kind):
            if isinstance(node, ast.expr) and class_of(self.names, node) is not None:
                return True
            if isinstance(node, ast.Name) and (node.id == "__class__" or self._is_first(node)):
                return True
        return False

    # -- the object ----------------------------------------------------------------------------------------------

    def _may_be(self, node: ast.expr) -> bool:
        """Whether an expression may be an object, or the class of one, that was made elsewhere."""
        match node:
            case ast.Await() | ast.NamedExpr():
                return self._may_be(node.value)
            case ast.IfExp():
                return self._may_be(node.body) or self._may_be(node.orelse)
            case ast.Call():
                inner = class_of(self.names, node)
                return self._may_be(inner) if inner is not None else not self._is_made(node)
            case ast.Attribute(attr="__class__"):
                return self._may_be(node.value)
            case ast.Attribute():
                return self._may_be_kept(node)
            case ast.Name():
                return self._may_be_named(node)
        return not isinstance(node, _DISPLAYS)

    def _may_be_named(self, node: ast.Name) -> bool:
        reference = self.file.scopes.by_node.get(node)
        if reference is None or reference.owner is None:
            return False
        if self._is_first(node):
            return False
        bindings = reference.owner.bindings.get(reference.where.mangle(node.id), [])
        return any(map(self._may_be_bound, bindings))

    def _may_be_kept(self, node: ast.Attribute) -> bool:
        """Whether an attribute may be: the file itself sets none of that name, or sets such an object."""
        values = self._kept.get(node.attr)
        if values is None:
            return True
        self._kept[node.attr] = []  # one that is set to itself is what else it is set to
        found = any(map(self._may_be, values))
        self._kept[node.attr] = values
        return found

    @functools.cached_property
    def _kept(self) -> dict[str, list[ast.expr]]:
        """What the file sets attributes to, by their names."""
        found: dict[str, list[ast.expr]] = {}
        for attribute in self.file.scopes.of_kind(ast.Attribute):
            if isinstance(attribute.ctx, ast.Store):
                statement = self.parents[attribute]
                value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else _UNKNOWN
                values = found.setdefault(attribute.attr, [])
                values += [value] if value is not None else []
        return found

    def _may_be_bound(self, binding: Binding) -> bool:
        statement = binding.statement
        if binding.kind in (BindingKind.FUNCTION, BindingKind.CLASS, BindingKind.EXCEPT):
            return False
        if binding.kind in IMPORT_KINDS:
            return any(self.names.knowledge.definition(name) is None for name in self.names.imported(binding))
        if isinstance(statement, ast.Assign) and binding.node in statement.targets:
            return not isinstance(statement.value, ast.Call) or not self._is_made(statement.value)
        return True

    def _is_made(self, call: ast.Call) -> bool:
        """Whether a call makes an object of the replacement, or of another class."""
        dotted = self.names.qualified(call.func)
        knowledge = self.names.knowledge
        if any(knowledge.target(name) is not None for name in dotted):
            return True
        if self.at_home:  # what these modules make is their own affair
            gives_back = _spelled(call.func) in _GIVES_BACK or class_of(self.names, call) is not None
            return not (gives_back and any(map(self._may_be, call.args)))
        return bool(dotted) and all(
            isinstance(knowledge.definition(name), ast.ClassDef) and knowledge.legacy(name) is None for name in dotted
        )

    def _is_first(self, node: ast.Name) -> bool:
        """Whether a name is the first parameter of a method: ``self``, ``cls``."""
        owner = self.file.scopes.scope_of(node).lookup(node.id)
        function = owner.node if owner is not None else None
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return False
        first = next(iter([*function.args.posonlyargs, *function.args.args]), None)
        is_static = any(_spelled(decorator) == "staticmethod" for decorator in function.decorator_list)
        is_method = isinstance(self.parents.get(function), ast.ClassDef) and not is_static
        return is_method and first is not None and first.arg == node.id

    # -- the place -----------------------------------------------------------------------------------------------

    def _function_around(self, node: ast.AST) -> str | None:
        """The method that a place is inside of."""
        found = None
        current: ast.AST | None = node
        while current is not None and not isinstance(current, ast.ClassDef):
            found = current.name if isinstance(current, ast.FunctionDef | ast.AsyncFunctionDef) else found
            current = self.parents.get(current)
        return found

    def _is_beside_legacy(self, question: Question) -> bool:
        """Whether an ``or`` joins the question with one for the legacy class."""
        outer = joined(self.file, question.at)
        nodes = ast.walk(outer) if outer is not None else ()
        return any(isinstance(node, ast.expr) and self.legacy in self._words(node) for node in nodes)

    def _through(self, at: ast.AST) -> frozenset[str]:
        """In a module of the classes the names by which other code can hand an object to a place.

        None where the place runs in any case, or where an operator or another protocol leads there.
        """
        if not (self.at_home or self.kin):
            return frozenset()
        found = self._called_as(at)
        size = -1 if found else 0
        while size != len(found):
            size = len(found)
            for call in self.file.scopes.of_kind(ast.Call):
                words = set(map(_spelled, (call.func, *call.args)))
                if words & found and any(self._may_be(node) for each in call.args for node in _named_in(each)):
                    found |= self._called_as(call)
        return frozenset() if any(name.startswith("__") for name in found) else frozenset(found)

    def _called_as(self, node: ast.AST) -> set[str]:
        """The names of the functions around a place; of a constructor that of its class."""
        found: set[str] = set()
        current: ast.AST | None = node
        while current is not None:
            if isinstance(current, ast.FunctionDef | ast.AsyncFunctionDef):
                holder = self.parents.get(current)
                makes = current.name in ("__init__", "__new__", "__post_init__") and isinstance(holder, ast.ClassDef)
                found.add(holder.name if makes and isinstance(holder, ast.ClassDef) else current.name)
            current = self.parents.get(current)
        return found

    def _is_asserted(self, at: ast.AST) -> bool:
        """``assert isinstance(x, C)``, ``self.assertIsInstance(x, C)``."""
        if isinstance(at, ast.Call) and _spelled(at.func) == "assertIsInstance":
            return True
        current, parent = at, self.parents.get(at)
        while isinstance(parent, ast.BoolOp) and isinstance(parent.op, ast.And):
            current, parent = parent, self.parents.get(parent)
        return isinstance(parent, ast.Assert) and parent.test is current


def _named_in(node: ast.expr) -> Iterator[ast.Name]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Name))


def _spelled(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
