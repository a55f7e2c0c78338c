"""Which questions for an object's class the object of the legacy class and the replacement answer otherwise.

A test that names the legacy class is a usage and has rules of its own. Here are the others: tests for the replacement's
own type, for a base that only one of the two has, and all that the modules of the two classes ask themselves.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Set

from cachelift.analysis import making, namesakes, structure
from cachelift.analysis.asking import QUESTION, Question, class_of, is_named, questions, rarer_questions
from cachelift.analysis.classtests import joined
from cachelift.analysis.comparing import Comparing
from cachelift.analysis.differences import told_apart
from cachelift.analysis.entrances import Entrances
from cachelift.analysis.facts import COMPARES, Ask
from cachelift.analysis.file import FileAnalysis
from cachelift.analysis.given import spelled
from cachelift.analysis.kept import Kept
from cachelift.analysis.kinds import Kinds
from cachelift.model import Applicability, Replacement

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
        # Where it names none of them, it may compare the classes of objects that it is given.
        legacy = replacement.migration.legacy_name
        texts = (f'"{legacy}"', f"'{legacy}'", *namesakes.visitors(replacement))
        if kin or file.may_name("type(", "(type,", "=type", "__class__", *texts, *parts):
            if asked is None:
                asked = [*questions(file.names), *rarer_questions(file.names)] if kin or _may_ask(file.text) else []
            asker = _Asker(file, index, replacement, wanted, kin)
            for ask in (*filter(None, map(asker.ask, asked)), *asker.others()):
                key = (ask.migration, ask.applicability, ask.method, ask.through, ask.elsewhere, ask.near)
                found.setdefault(key, ask)
        for ask in structure.find(file, index, replacement):
            found.setdefault((index, ask.applicability, "structure"), ask)
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
        self.replacement = replacement
        self.kinds = Kinds(file, replacement, wanted, kin)
        self.comparing = Comparing(self.kinds)
        self.kept = Kept(self.kinds, index, self._line)
        self.given = self.kinds.given
        self.entrances = Entrances(self.given)

    def others(self) -> Iterator[Ask]:
        """What is asked without an expression for the class."""
        yield from self.kept.holds()
        yield from making.find(self.kinds, self.index)
        for node, level in namesakes.find(self.kinds, self.replacement):
            yield Ask(self.index, self._line(node), self.kinds.legacy, level)
        yield from self._compared()

    def _compared(self) -> Iterator[Ask]:
        """``kind(x) is C``: one of the classes is compared with what may be the class of an object."""
        for compare in self.file.scopes.of_kind(ast.Compare):
            operands = [compare.left, *compare.comparators]
            if not any(class_of(self.names, each) for each in operands):
                named = [each for each in operands if isinstance(each, ast.Name | ast.Attribute)]
                for name in sorted({name for each in named for name in self.kinds.names_of(each)}):
                    level = self.kinds.wanted.get(name)
                    if level is not None:
                        yield Ask(self.index, self._line(compare), name, level)

    def ask(self, question: Question) -> Ask | None:
        """What a question comes to; None where both answer alike, or where it is asked of something else."""
        if question.asked is not None and not self._may_be(question.asked):
            if self._is_heir(question.asked) and any(map(self.comparing.is_class_of_given, question.kinds)):
                return Ask(self.index, self._line(question.at), self.kinds.legacy, Applicability.MANUAL)
            if not self._is_other_way_round(question):
                return None
        words = {word for kind in question.kinds for word in self.kinds.words(kind)}
        found = words & self.kinds.wanted.keys()
        if self.kinds.legacy not in self.kinds.wanted and (
            self.kinds.legacy in words or self._is_beside_legacy(question)
        ):
            if not any(map(self.kinds.asks_attribute, question.kinds)):
                return None  # a usage of its own, or both are accepted
            found.add(self.kinds.legacy)
        around = self.file.is_in_class(question.at, self.kinds.kin)
        if around and any(map(self.kinds.is_own, question.kinds)):
            found.add(self.kinds.legacy)
        kinds = [kind for kind in question.kinds if not self.kinds.is_own(kind)]
        if not question.kinds or not all(is_named(self.names, kind) for kind in kinds):
            found |= self.kept.held
        if not found and self.comparing.compares(question):
            through = (
                self.entrances.of_arguments(question.at) if isinstance(question.at, ast.expr) else frozenset[str]()
            )
            return Ask(self.index, self._line(question.at), self.kinds.legacy, Applicability.MANUAL, COMPARES, through)
        levels = {name: self.kinds.wanted.get(name, Applicability.MANUAL) for name in found}
        # Where what is asserted holds, the object is one of the new already. What a class of these asks in its methods
        # is a part of what it does instead.
        if self._is_asserted(question.at) or self.file.is_in_class(question.at, self.kinds.new - self.kinds.kin):
            levels = {name: level for name, level in levels.items() if level is Applicability.MANUAL}
        if not levels:
            return None
        name, level = min(levels.items(), key=lambda item: (item[1] is not Applicability.MANUAL, item[0]))
        is_own = around and name == self.kinds.legacy and not self._is_shared(question.at)
        method = self._function_around(question.at) if is_own else None
        through = self.entrances.names(question.at) if self.kinds.at_home or self.kinds.kin else frozenset[str]()
        return Ask(self.index, self._line(question.at), name, level, method, through)

    def _is_other_way_round(self, question: Question) -> bool:
        """``issubclass(Old, type(x))`` at home: what is known there is asked for the class of what is not."""
        asked = (class_of(self.names, kind) for kind in question.kinds)
        return self.kinds.at_home and any(each is not None and self.given.may_be(each) for each in asked)

    def _is_heir(self, asked: ast.expr) -> bool:
        """``Old``, ``Old()``: a class that is derived from the legacy class, or an object of it."""
        name = asked.func if isinstance(asked, ast.Call) else asked
        found = [self.names.knowledge.definition(dotted) for dotted in self.names.qualified(name)]
        found += self.kinds.bindings(name)
        classes = [each for each in found if isinstance(each, ast.ClassDef)]
        return any(spelled(base) == self.kinds.legacy for each in classes for base in each.bases)

    # -- the place -----------------------------------------------------------------------------------------------

    def _may_be(self, asked: ast.expr) -> bool:
        """Whether an object of either class may be what is asked; in a base of both it may be ``self``."""
        if self.given.may_be(asked):
            return True
        return isinstance(asked, ast.Name) and self.given.is_first(asked) and self._is_shared(asked)

    def _is_shared(self, node: ast.AST) -> bool:
        """Whether a place is in a class that both are derived from, or in the legacy class where that is one."""
        return self.file.is_in_class(node, self.kinds.kin & self.kinds.new)

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
                if self.kinds.legacy in self.kinds.words(node.args[1]):
                    return True
            elif isinstance(node, ast.Compare) and self.kinds.legacy in self.kinds.words(node):
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
