"""Who may read an annotation when the program runs: this file, or what its function or class is built with or given to.

What a function of another module does with what it is given is told by that module's text. An object of another module,
and what it is an object of, may be made by any module that one imports.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cachelift.analysis.file import FileAnalysis

_HOLDERS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_OWN_METHODS = frozenset({"setter", "getter", "deleter", "register"})
"""Decorators that are methods of another function of the file, of which there are rules elsewhere."""


class AnnotationReaders:
    """What may read the annotations of one file.

    Args:
        file: the file.
    """

    def __init__(self, file: FileAnalysis) -> None:
        self.file = file
        self._given: dict[ast.AST, bool] = {}
        self._imported: bool | None = None

    def read(self, node: ast.expr) -> bool:
        """Whether an annotation may be read; ``node`` is the annotation or stands inside of it."""
        if self.file.facts.reads_annotations:
            return True
        return any(map(self._takes, self.file.contexts.builders(node))) or any(map(self._is_given, self._holders(node)))

    def _holders(self, node: ast.expr) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
        """The functions and classes around an annotation."""
        parent = self.file.parents.get(node)
        while parent is not None:
            if isinstance(parent, _HOLDERS):
                yield parent
            parent = self.file.parents.get(parent)

    def _is_given(self, holder: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
        """Whether a function or class is handed, as a value, to what may read its annotations."""
        if holder not in self._given:
            uses = [each.node for each in self.file.scopes.references if each.node.id == holder.name]
            taken = any(self._takes(taker) for use in uses for taker in self._takers(use, holder))
            self._given[holder] = taken or (any(map(self._is_kept, uses)) and self._reads_itself())
        return self._given[holder]

    def _is_kept(self, use: ast.Name) -> bool:
        """Whether a function or class gets another name or into a collection: it may be handed on from there."""
        parent = self.file.parents[use]
        while isinstance(parent, ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Starred | ast.IfExp | ast.BoolOp):
            parent = self.file.parents[parent]
        kept = (ast.Assign, ast.AugAssign, ast.NamedExpr, ast.Return, ast.Yield, ast.For, ast.Lambda, ast.comprehension)
        is_value = isinstance(parent, ast.AnnAssign) and parent.value is not None and parent.annotation is not use
        return isinstance(use.ctx, ast.Load) and (is_value or isinstance(parent, kept))

    def _reads_itself(self) -> bool:
        """Whether a module that the file imports reads annotations."""
        return any(map(self.file.knowledge.reads_annotations, self.file.facts.imports))

    def _takers(self, use: ast.expr, holder: ast.AST) -> Iterator[ast.expr]:
        """The functions that a use of a name hands it to, an object of a class as well."""
        parent = self.file.parents[use]
        while isinstance(parent, ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Starred | ast.keyword | ast.Attribute):
            use, parent = parent if isinstance(parent, ast.expr) else use, self.file.parents[parent]
        if isinstance(parent, ast.Call) and parent.func is not use:
            yield parent.func
            yield from self._takers(parent, holder)  # Thing(f) may be handed on in its turn
        elif isinstance(parent, ast.Call) and isinstance(holder, ast.ClassDef):
            yield from self._takers(parent, holder)

    def _takes(self, taker: ast.expr) -> bool:
        """Whether what is called with a function or class, or is its decorator or base, may read annotations."""
        names = self.file.names.qualified(taker)
        if not names:
            return self._is_unknown(taker) and self._any_import_reads()
        for dotted in names:
            path = self.file.knowledge.module_around(dotted)
            if path is not None:
                behind = self.file.names.is_variable(taker)
                if self.file.knowledge.reads_annotations(path, behind=behind):
                    return True
        return False

    def _is_unknown(self, taker: ast.expr) -> bool:
        """Whether something is no function or class of the file itself, nor a method of its own functions."""
        if isinstance(taker, ast.Attribute) and taker.attr in _OWN_METHODS:
            return False
        reference = self.file.scopes.by_node.get(taker) if isinstance(taker, ast.Name) else None
        bindings = reference.owner.bindings.get(reference.node.id, ()) if reference and reference.owner else ()
        return not bindings or not all(isinstance(binding.statement, _HOLDERS) for binding in bindings)

    def _any_import_reads(self) -> bool:
        if self._imported is None:
            reads = self.file.knowledge.reads_annotations
            self._imported = any(reads(path, behind=True) for path in self.file.facts.imports)
        return self._imported
