"""The part of a file that an edit can concern: only that much is read again to prove the edit right.

A file is taken apart into pieces of whole statements (:mod:`cachelift.analysis.outline`). A piece without an edit is
the same text as before, so it means the same unless a name in it does. Hence the pieces that are read are those with
an edit, and those that hold one of the names whose bindings or uses differ in them. In the module that these pieces
make up, each such name has all the bindings and uses that it has in the whole file.
"""

from __future__ import annotations

import ast
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cachelift.analysis.binder import build
from cachelift.analysis.scopes import Scope, ScopeTree
from cachelift.model import Edit, Span
from cachelift.source import Positions


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece with its place in the old text and in the new one."""

    old: Span
    new: Span
    edited: bool


def pieces(outline: Sequence[int], before: str, after: str, edits: Iterable[Edit]) -> list[Piece]:
    """Take a file apart.

    What is put in at a border belongs to the piece before it: a line that is added follows one that is there. Where an
    edit goes over a border, or takes it away, the file is one piece.

    Args:
        outline: where the pieces start in the old text.
        before: the old text.
        after: the new text.
        edits: the edits, sorted and disjoint.
    """
    growth: dict[int, int] = {}
    for edit in edits:
        index = max(bisect_left(outline, edit.span.end) - 1, 0)
        if edit.span.start < outline[index]:
            return whole(before, after)
        growth[index] = growth.get(index, 0) + len(edit.replacement) - (edit.span.end - edit.span.start)
    found = []
    shift = 0
    for index, (start, end) in enumerate(zip(outline, [*outline[1:], len(before)], strict=True)):
        new = start + shift
        shift += growth.get(index, 0)
        found.append(Piece(Span(start, end), Span(new, end + shift), index in growth))
        if new < end + shift < len(after) and after[end + shift - 1] not in "\r\n":
            return whole(before, after)  # the piece's last line goes on in the next one
    return found


def whole(before: str, after: str) -> list[Piece]:
    """The file as one piece."""
    return [Piece(Span(0, len(before)), Span(0, len(after)), True)]


class Reading:
    """The old and the new module, as far as they have been read.

    Args:
        before: the old text.
        after: the new text.
        parts: its pieces.
        positions: the positions of both texts.

    Raises:
        SyntaxError, ValueError, RecursionError: an edited piece does not parse.
    """

    def __init__(self, before: str, after: str, parts: Sequence[Piece], positions: tuple[Positions, Positions]) -> None:
        self._texts = before, after
        self._parts = parts
        self._positions = positions
        self._bodies: dict[int, tuple[list[ast.stmt], list[ast.stmt]]] = {}
        self.old: ScopeTree
        self.new: ScopeTree
        self.old_tree: ast.Module
        self.new_tree: ast.Module
        self.read(index for index, part in enumerate(parts) if part.edited)

    def read(self, indexes: Iterable[int]) -> None:
        """Read further pieces."""
        further = sorted(set(indexes) - self._bodies.keys())
        if not further and self._bodies:
            return
        for index in further:
            part = self._parts[index]
            self._bodies[index] = self._statements(0, part.old), self._statements(1, part.new)
        bodies = [self._bodies[index] for index in sorted(self._bodies)]
        self.old_tree, self.new_tree = (
            ast.Module([statement for both in bodies for statement in both[side]], type_ignores=[]) for side in (0, 1)
        )
        self.old, self.new = build(self.old_tree), build(self.new_tree)

    def _statements(self, side: int, span: Span) -> list[ast.stmt]:
        """The statements of one piece at their places in the text. The empty lines are for these."""
        lines = self._positions[side].position(span.start)[0] - 1
        return ast.parse("\n" * lines + self._texts[side][span.start : span.end]).body

    def read_names(self, names: Iterable[str]) -> None:
        """Read all pieces that may hold one of some names, in any form in which a parser takes it for that name."""
        words = {name[name.find("__") :] if "__" in name else name for name in names}  # a class mangles its own names
        self.read(
            index
            for index, part in enumerate(self._parts)
            if index not in self._bodies and _holds(self._texts[0][part.old.start : part.old.end], words)
        )

    def read_at(self, spans: Iterable[Span]) -> None:
        """Read the pieces in which some spans of the old text begin."""
        starts = [part.old.start for part in self._parts]
        self.read({bisect_left(starts, span.start + 1) - 1 for span in spans})

    def changed_names(self) -> set[str] | None:
        """The names that are bound or used otherwise than before; None where the scopes are not the same ones."""
        if [(scope.kind, scope.name) for scope in self.old.scopes] != [
            (scope.kind, scope.name) for scope in self.new.scopes
        ]:
            return None
        old, new = _occurrences(self.old), _occurrences(self.new)
        return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def _occurrences(scopes: ScopeTree) -> dict[str, Counter[tuple[object, ...]]]:
    """How each name is bound and used, scope by scope."""
    numbers: dict[Scope | None, int] = {scope: number for number, scope in enumerate(scopes.scopes)}
    numbers[None] = -1
    found: dict[str, Counter[tuple[object, ...]]] = {}
    for binding in scopes.bindings:
        source = ast.dump(binding.statement) if isinstance(binding.node, ast.alias) else ""
        place = binding.kind, source, numbers[binding.owner], numbers[binding.where]
        found.setdefault(binding.name, Counter())[place] += 1
    for reference in scopes.references:
        name = reference.where.mangle(reference.node.id)
        found.setdefault(name, Counter())[numbers[reference.owner], numbers[reference.where]] += 1
    for scope in scopes.scopes:
        for name in scope.globals | scope.nonlocals:
            found.setdefault(name, Counter())["declared", numbers[scope]] += 1
    return found


def _holds(text: str, words: Iterable[str]) -> bool:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)  # as the parser does with names (reference, 2.3)
    return any(word in text for word in words)
