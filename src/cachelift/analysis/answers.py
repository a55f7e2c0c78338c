"""Which questions for an object's class the object of the legacy class and the replacement answer otherwise.

A test that names the legacy class is a usage and has rules of its own. Here are the others: tests for the replacement's
own type, for a base that only one of the two has, and all that the modules of the two classes ask themselves.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator, Mapping, Set

from cachelift.analysis.asking import QUESTION, Question, class_of, is_named, questions, rarer_questions
from cachelift.analysis.classtests import joined
from cachelift.analysis.differences import told_apart
from cachelift.analysis.entrances import Entrances
from cachelift.analysis.facts import Ask, Role
from cachelift.analysis.file import FileAnalysis
from cachelift.analysis.given import Given, spelled
from cachelift.analysis.takers import Takers, makes_only
from cachelift.model import Applicability, Replacement

_COMPARING = frozenset({"dataclass", "define", "frozen", "mutable", "attrs"})
"""Decorators that give a class an ``__eq__`` which asks for it."""
_MARKS = frozenset({"setattr", "getattr", "hasattr"})
"""What a decorator may call with a class that it only marks."""
_HOLDS = frozenset({Role.VALUE, Role.KEY, Role.ALIAS, Role.EXACT_TEST})
_QUESTION = re.compile(QUESTION)


def find(file: FileAnalysis) -> tuple[Ask, ...]:
    """The questions of a file that are answered otherwise, of each kind the first."""
    found: dict[tuple[object, ...], Ask] = {}
    asked: list[Question] | None = None
    for index, replacement in enumerate(file.knowledge.replacements):
        kin = {name for path, name in replacement.kin if path == file.path}
        wanted = told_apart(replacement)
        if file.path in replacement.homes:
            wanted = {**wanted, replacement.migration.legacy: Applicability.MANUAL}
        parts = {part for name in wanted for part in name.split(".")[-2:]}
        # Where it names none of them, it may compare the objects that it makes with others.
        compares = any(usage.migration == index for usage in file.facts.usages) and file.may_name("type(", "__class__")
        if kin or compares or file.may_name(*parts):
            if asked is None:
                asked = [*questions(file.names), *rarer_questions(file.names)] if kin or _may_ask(file.text) else []
            asker = _Asker(file, index, replacement, wanted, kin)
            for ask in (*filter(None, map(asker.ask, asked)), *asker.holds(), *asker.made()):
                found.setdefault((ask.migration, ask.applicability, ask.method, ask.through, ask.elsewhere), ask)
    return tuple(found.values())


def _may_ask(text: str) -> bool:
    return not text.isascii() or _QUESTION.search(text) is not None


class _Asker:
    """Tells for one migration which questions of a file are answered otherwise.

    Args:
        file: the file.
        index: the migration's.
        replacement: the migration.
        wanted: by their dotted names the classes that only one of the two is, with what asking for them means.
        kin: the names of the legacy class and its bases, as far as they are in the file.
    """

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
        self.kin = kin
        self.new = {name for path, name in replacement.new_kin if path == file.path}
        self.wanted = {name.rpartition(".")[2]: level for name, level in wanted.items()}
        self.at_home = file.path in replacement.homes
        known = {*wanted, replacement.migration.legacy}
        definitions = {name: file.knowledge.definition(name) for name in known}
        self._nodes = {node: name.rpartition(".")[2] for name, node in definitions.items() if node is not None}
        self._lasts = set(self._nodes.values()) | {name.rpartition(".")[2] for name in known}
        self._unknown = {name.rpartition(".")[2] for name, node in definitions.items() if node is None}
        self._modules = {name.rpartition(".")[0]: name.rpartition(".")[2] for name in wanted}
        self.given = Given(file, at_home=self.at_home)
        self.entrances = Entrances(self.given)

    def ask(self, question: Question) -> Ask | None:
        """What a question comes to; None where both answer alike, or where it is asked of something else."""
        if question.asked is not None and not self._may_be(question.asked):
            return None
        words = {word for kind in question.kinds for word in self._words(kind)}
        found = words & self.wanted.keys()
        if self.legacy not in self.wanted and (self.legacy in words or self._is_beside_legacy(question)):
            if not any(map(self._asks_attribute, question.kinds)):
                return None  # a usage of its own, or both are accepted
            found.add(self.legacy)
        around = self.file.is_in_class(question.at, self.kin)
        if around and any(map(self._is_own, question.kinds)):
            found.add(self.legacy)
        kinds = [kind for kind in question.kinds if not self._is_own(kind)]
        if not question.kinds or not all(is_named(self.names, kind) for kind in kinds):
            found |= self.held
        if not found and any(map(self._is_class_of_given, question.kinds)):
            return Ask(self.index, self._line(question.at), self.legacy, Applicability.MANUAL, "__class__")
        levels = {name: self.wanted.get(name, Applicability.MANUAL) for name in found}
        # Where what is asserted holds, the object is one of the new already. What a class of these asks in its methods
        # is a part of what it does instead.
        if self._is_asserted(question.at) or self.file.is_in_class(question.at, self.new - self.kin):
            levels = {name: level for name, level in levels.items() if level is Applicability.MANUAL}
        if not levels:
            return None
        name, level = min(levels.items(), key=lambda item: (item[1] is not Applicability.MANUAL, item[0]))
        is_own = around and name == self.legacy and not self._is_shared(question.at)
        method = self._function_around(question.at) if is_own else None
        through = self.entrances.names(question.at) if self.at_home or self.kin else frozenset[str]()
        return Ask(self.index, self._line(question.at), name, level, method, through)

    def _asks_attribute(self, kind: ast.expr) -> bool:
        """``type(x) in C.__subclasses__()``: something that the legacy class has or gives is asked for."""
        nodes = (node for node in ast.walk(kind) if isinstance(node, ast.Name | ast.Attribute))
        own = (node for node in nodes if self.legacy in self._names_of(node))
        return any(self.file.contexts.classify(node).role is Role.ATTRIBUTE for node in own)

    def _is_class_of_given(self, kind: ast.expr) -> bool:
        """``type(x) is type(y)``, ``isinstance(x, type(y))``: answered otherwise where objects of both are around."""
        asked = class_of(self.names, kind)
        return asked is not None and not self._is_class_of_first(kind) and self.given.may_be(asked)

    def made(self) -> Iterator[Ask]:
        """What the statement of the class, or of a base, does: it compares objects, or puts the class somewhere."""
        for node in self.file.scopes.of_kind(ast.ClassDef) if self.kin else ():
            if node.name not in self.kin:
                continue
            decorators = [each.func if isinstance(each, ast.Call) else each for each in node.decorator_list]
            words = {word for each in decorators for word in self.names.last_names(each) or {spelled(each)}}
            if words & _COMPARING:
                yield Ask(self.index, node.lineno, node.name, Applicability.MANUAL, "__eq__")
            hooks = {getattr(each, "name", "") for each in node.body}
            if any(self._is_taken(each) for each in ast.walk(node) if isinstance(each, ast.expr)):
                yield Ask(self.index, node.lineno, node.name, Applicability.MANUAL, "__eq__")
            if any(map(self._keeps_class, decorators)) or "__init_subclass__" in hooks:
                yield Ask(self.index, node.lineno, node.name, Applicability.MANUAL)

    def _keeps_class(self, decorator: ast.expr) -> bool:
        """Whether a decorator may put a class somewhere; of one that is not the repository's its name tells."""
        found = [self.names.knowledge.definition(name) for name in self.names.qualified(decorator)]
        found += [each for each in self._bindings(decorator) if not found]
        functions = [each for each in found if isinstance(each, ast.FunctionDef)]
        if not functions:
            return "register" in spelled(decorator)
        return any(_keeps_argument(inner) for each in functions for inner in ast.walk(each))

    def _is_taken(self, node: ast.expr) -> bool:
        """``type(self)`` as a part of what objects are compared by."""
        if not self._is_class_of_first(node) or (isinstance(node, ast.Attribute) and node.attr != "__class__"):
            return False
        return isinstance(self.parents.get(node), ast.Tuple | ast.List | ast.Dict | ast.Return)

    # -- the classes ---------------------------------------------------------------------------------------------

    def _words(self, kind: ast.expr) -> Iterator[str]:
        """The names of the classes that an expression stands for, of those from elsewhere the names that they have."""
        for node in ast.walk(kind):
            if isinstance(node, ast.Name | ast.Attribute):
                yield from self._names_of(node)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):  # type(x).__name__ == "C"
                yield self._modules.get(node.value, node.value)

    def _names_of(self, node: ast.Name | ast.Attribute) -> frozenset[str]:
        """The names of the classes that a name may be that of; another class of that name is none of them."""
        dotted = self.names.qualified(node)
        if not dotted:
            bindings = self._bindings(node)
            if bindings and all(isinstance(each, ast.ClassDef) and each not in self._nodes for each in bindings):
                kin = self.kin | self.new
                is_own = self.at_home or any(getattr(each, "name", "") in kin for each in bindings)
                return frozenset({spelled(node)}) if is_own else frozenset()
            return frozenset({spelled(node)})
        found: set[str] = set()
        for name in dotted:
            last = name.rpartition(".")[2]
            if last not in self._lasts:  # what is another class's name elsewhere is looked for there
                found.add(last)
                continue
            definition = self.names.knowledge.definition(name)
            if definition is not None and definition in self._nodes:
                found.add(self._nodes[definition])
            elif not isinstance(definition, ast.ClassDef) and (last in self._unknown or self._is_near(name)):
                found.add(last)
        return frozenset(found)

    def _bindings(self, node: ast.expr) -> list[ast.AST]:
        reference = self.file.scopes.by_node.get(node) if isinstance(node, ast.Name) else None
        if reference is None or reference.owner is None:
            return []
        return [each.node for each in reference.owner.bindings.get(reference.where.mangle(reference.node.id), [])]

    def _is_near(self, dotted: str) -> bool:
        """Whether a dotted name is one of the repository's."""
        return self.names.knowledge.locate(dotted.partition(".")[0]) is not None

    def _is_own(self, kind: ast.expr) -> bool:
        """``cls``, ``type(self)``, ``__class__``: the class that a method stands in, or one below."""
        for node in ast.walk(kind):
            if isinstance(node, ast.expr) and self._is_class_of_first(node):
                return True
            if isinstance(node, ast.Name) and (node.id == "__class__" or self.given.is_first(node)):
                return True
        return False

    def _is_class_of_first(self, node: ast.expr) -> bool:
        asked = class_of(self.names, node)
        return asked is not None and (not isinstance(asked, ast.Name) or self.given.is_first(asked))

    # -- classes that are values -----------------------------------------------------------------------------------

    @functools.cached_property
    def held(self) -> set[str]:
        """The classes that the file has as values: in a tuple of classes, as a key, by another name."""
        texts = {each.value for each in self.file.scopes.of_kind(ast.Constant) if isinstance(each.value, str)}
        return {name for _, name in self._values} | (texts & self.wanted.keys())

    @functools.cached_property
    def _values(self) -> list[tuple[ast.expr, str]]:
        nodes: list[ast.Name | ast.Attribute]
        nodes = [*self.file.scopes.of_kind(ast.Name), *self.file.scopes.of_kind(ast.Attribute)]
        found: list[tuple[ast.expr, str]] = []
        for node in nodes:
            if spelled(node) in self._spellings and isinstance(node.ctx, ast.Load):
                names = self._names_of(node) & self.wanted.keys()
                if names and self.file.contexts.classify(node).role in _HOLDS:
                    found += [(node, name) for name in sorted(names)]
        return found

    @functools.cached_property
    def _spellings(self) -> set[str]:
        """The names that the wanted classes have in the file."""
        aliases = self.file.scopes.of_kind(ast.alias)
        return {*self.wanted, *(each.asname for each in aliases if each.asname and each.name in self.wanted)}

    def holds(self) -> Iterator[Ask]:
        """The values that another file, or what they are handed to, may ask objects for."""
        for node, name in self._values:
            level, line = self.wanted[name], self._line(node)
            names = self._kept_as(node)
            if names:
                yield Ask(self.index, line, name, level, None, frozenset(names), elsewhere=True)
            if self._is_asked_by_taker(node) or (self.at_home and name == self.legacy and self._is_put_elsewhere(node)):
                yield Ask(self.index, line, name, level)
        for alias in self.file.scopes.of_kind(ast.alias):
            if alias.asname is not None and alias.name in self.wanted and alias.asname != alias.name:
                level = self.wanted[alias.name]
                yield Ask(self.index, alias.lineno, alias.name, level, None, frozenset({alias.asname}), elsewhere=True)

    def _kept_as(self, node: ast.AST) -> set[str]:
        """The names, not those of functions, that an assignment gives to a class, or to what it is in."""
        statement = self.file.scopes.statement_of(node)
        if not isinstance(statement, ast.Assign | ast.AnnAssign):
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

    def _is_put_elsewhere(self, node: ast.expr) -> bool:
        """At home: whether the class is handed to another module, or is a key of something of one."""
        parent = self.parents.get(node)
        if isinstance(parent, ast.Call):
            dotted = self.names.qualified(parent.func)
            return any(not name.startswith(("builtins.", "typing.")) for name in dotted)
        root = parent.value if isinstance(parent, ast.Subscript) else None
        return root is not None and bool(self.names.qualified(root))

    # -- the place -----------------------------------------------------------------------------------------------

    def _may_be(self, asked: ast.expr) -> bool:
        """Whether an object of either class may be what is asked; in a base of both it may be ``self``."""
        if self.given.may_be(asked):
            return True
        return isinstance(asked, ast.Name) and self.given.is_first(asked) and self._is_shared(asked)

    def _is_shared(self, node: ast.AST) -> bool:
        """Whether a place is in a class that both are derived from, or in the legacy class where that is one."""
        return self.file.is_in_class(node, self.kin & self.new)

    def _line(self, node: ast.AST) -> int:
        return self.file.imports.position(self.file.imports.span(node))[0]

    def _function_around(self, node: ast.AST) -> str | None:
        """The method that a place is inside of."""
        found = None
        current: ast.AST | None = node
        while current is not None and not isinstance(current, ast.ClassDef):
            found = current.name if isinstance(current, ast.FunctionDef | ast.AsyncFunctionDef) else found
            current = self.parents.get(current)
        return found

    def _is_beside_legacy(self, question: Question) -> bool:
        """Whether an ``or`` joins the question with one for the legacy class, of the same object."""
        outer = joined(self.file, question.at)
        asked = ast.dump(question.asked) if question.asked is not None else None
        for node in ast.walk(outer) if outer is not None else ():
            if isinstance(node, ast.Call) and len(node.args) > 1 and ast.dump(node.args[0]) == asked:
                if self.legacy in self._words(node.args[1]):
                    return True
            elif isinstance(node, ast.Compare) and self.legacy in self._words(node):
                return True
        return False

    def _is_asserted(self, at: ast.AST) -> bool:
        """``assert isinstance(x, C)``, ``self.assertIsInstance(x, C)``, where nothing catches what is raised."""
        current, parent = at, self.parents.get(at)
        while isinstance(parent, ast.BoolOp) and isinstance(parent.op, ast.And):
            current, parent = parent, self.parents.get(parent)
        is_assert = isinstance(parent, ast.Assert) and parent.test is current
        if not is_assert and not (isinstance(at, ast.Call) and spelled(at.func) == "assertIsInstance"):
            return False
        while parent is not None:
            items = parent.items if isinstance(parent, ast.With) else []
            calls = [item.context_expr for item in items if isinstance(item.context_expr, ast.Call)]
            if isinstance(parent, ast.Try) or any("aises" in spelled(call.func) for call in calls):
                return False
            parent = self.parents.get(parent)
        return True


def _keeps_argument(function: ast.AST) -> bool:
    """Whether a function does more with its first argument than mark it and give it back."""
    arguments = function.args if isinstance(function, ast.FunctionDef) else None
    first = next(iter([*arguments.posonlyargs, *arguments.args]), None) if arguments is not None else None
    if first is None:
        return False
    harmless: set[ast.AST] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Return | ast.Attribute) and node.value is not None:
            harmless.add(node.value)
        elif isinstance(node, ast.Call) and spelled(node.func) in _MARKS:
            harmless.update(node.args[:1])
    reads = (node for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    return any(node.id == first.arg and node not in harmless for node in reads)
