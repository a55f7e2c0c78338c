"""A comma-separated list with its layout: arguments or imported names, and the white space and comments between them.

Text is moved and never made up beyond a separator.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_NEWLINE = re.compile(r"\r\n|\r|\n")
_COMMENT = re.compile(r"#[^\r\n]*")


@dataclass(slots=True)
class Gap:
    """What stands between two items: white space and comments, with or without a comma in their midst."""

    before: str = ""
    comma: bool = False
    after: str = ""

    @property
    def space(self) -> str:
        """All of it but the comma."""
        return self.before + self.after

    @property
    def comments(self) -> list[str]:
        """Its comments, in order."""
        return _COMMENT.findall(self.space)


@dataclass(slots=True)
class Items:
    """A comma-separated list: ``gaps[0]`` stands before the first item, ``gaps[i + 1]`` behind item ``i``."""

    items: list[str]
    gaps: list[Gap]
    newline: str

    def code(self) -> str:
        """The list as source text."""
        parts = [self.gaps[0].space]
        for item, gap in zip(self.items, self.gaps[1:], strict=True):
            parts += [item, gap.before, "," if gap.comma else "", gap.after]
        return "".join(parts)

    def indent(self) -> str:
        """The indentation of a line that holds an item."""
        for gap in self.gaps[:-1]:
            if _NEWLINE.search(gap.after):
                return _last_line(gap.after)
        return _last_line(self.gaps[-1].space) + "    "

    def on_own_lines(self, comments: Sequence[str]) -> str:
        """Comments, each but the first on a new line."""
        return (self.newline + self.indent()).join(comments)

    def put_before(self, index: int, comments: Sequence[str]) -> None:
        """Put comments before an item."""
        if comments:
            self.gaps[index].after += self.on_own_lines(comments) + self.newline + self.indent()

    def replace(self, index: int, texts: Sequence[str]) -> None:
        """Put items in the place of one; on one line where a comment there speaks for them all."""
        behind = self.gaps[index + 1]
        if _COMMENT.search(_split_line(behind.space)[0]):
            texts = [", ".join(texts)]
        self.items[index] = texts[0]
        for text in reversed(texts[1:]):
            self.insert_behind(index, text)

    def drop(self, index: int, inside: Sequence[str]) -> None:
        """Take an item out; its comments, also those inside of it, stay.

        What stood on lines of its own stays there, what stood behind it on its line goes to a line of its own
        where the item began one, else behind the item before.
        """
        before, after = self.gaps[index], self.gaps[index + 1]
        is_last = index == len(self.items) - 1
        comments = [*inside, *after.comments]
        multiline = _NEWLINE.search(after.space)
        tail = _last_line(after.space) if multiline else self.indent()
        if comments:
            start = before.after if _NEWLINE.search(before.after) else before.after.rstrip() + "  "
            before.after = start + self.on_own_lines(comments) + self.newline + tail
        elif is_last and not _COMMENT.search(before.after):
            before.before, before.after = before.before if before.comments else "", after.space
        elif is_last and multiline:
            before.after = before.after[: len(before.after) - len(_last_line(before.after))] + tail
        before.comma = index > 0 and (after.comma if is_last else True)
        del self.items[index], self.gaps[index + 1]

    def permute(self, order: Sequence[int]) -> None:
        """Put the items into another order: with their lines where each has its own, else between the same gaps.

        Where comments behind some of them would then speak of others, each gets a line of its own with its comments.
        """
        if list(order) == sorted(order):
            return
        if all(_NEWLINE.search(gap.after) and not _COMMENT.search(gap.before) for gap in self.gaps):
            heads, rests = zip(*(_split_line(gap.after) for gap in self.gaps), strict=True)
            starts = [0, *(index + 1 for index in order)]
            ends = [*order, len(order)]
            for gap, start, end in zip(self.gaps, starts, ends, strict=True):
                gap.before, gap.after = "", heads[start] + rests[end]
        elif self._speaks_of_one():
            self._spread(order)
        self.items = [self.items[index] for index in order]

    def _speaks_of_one(self) -> bool:
        """Whether a comment stands behind one of several items that are not on one line."""
        inner = self.gaps[1:-1]
        one_line = not any(_NEWLINE.search(gap.space) for gap in inner)
        return any(gap.comments for gap in inner) or (not one_line and bool(self.gaps[-1].comments))

    def _spread(self, order: Sequence[int]) -> None:
        """Give every item a line of its own, for another order; what stands behind it goes along."""
        line = self.newline + self.indent()
        behind = self.gaps[-1].space
        end = self.newline + _last_line(behind) if _NEWLINE.search(behind) else line
        texts = ["".join(f"  {each}{line}" for each in gap.comments).removesuffix(line) for gap in self.gaps]
        self.gaps = [Gap(after=texts[0] + line), *(Gap("", True, texts[index + 1] + line) for index in order)]
        self.gaps[-1].after = self.gaps[-1].after.removesuffix(line) + end

    def insert(self, position: int, item: str) -> None:
        """Put an item before the one at a position, or behind all."""
        if not self.items:
            self._insert_first()
        elif position < len(self.items):
            self.gaps.insert(position + 1, self._separator())
        else:
            self._append_gap()
        self.items.insert(position, item)

    def insert_behind(self, index: int, item: str) -> None:
        """Put an item behind the one at an index, whose line ends without a comment."""
        if index + 1 < len(self.items):
            self.gaps.insert(index + 1, self._separator())
            self.items.insert(index + 1, item)
        else:
            self.insert(len(self.items), item)

    def _insert_first(self) -> None:
        (gap,) = self.gaps
        if gap.comments:
            lines = gap.after[: len(gap.after) - len(_last_line(gap.after))]
            self.gaps = [Gap(after=lines + self.indent()), Gap(after=self.newline + _last_line(gap.after))]
        else:
            self.gaps = [Gap(), Gap()]

    def _append_gap(self) -> None:
        separator, last = self._separator(), self.gaps[-1]
        if last.comments or (_NEWLINE.search(separator.after) and _NEWLINE.search(last.space)):
            head, rest = _split_line(last.space)
            self.gaps[-1] = Gap(comma=True, after=head + self.indent())
            self.gaps.append(Gap(comma=last.comma, after=self.newline + rest))
        else:
            self.gaps.insert(-1, separator)

    def _separator(self) -> Gap:
        """The gap that the list itself has between two items."""
        model = self.gaps[min(1, len(self.items) - 1)]
        if model.comments:
            return Gap(comma=True, after=self.newline + _last_line(model.after))
        if len(self.items) > 1 or _NEWLINE.search(model.after):
            return Gap(comma=True, after=model.after)
        return Gap(comma=True, after=" ")


def _last_line(space: str) -> str:
    return _NEWLINE.split(space)[-1]


def _split_line(space: str) -> tuple[str, str]:
    """The first line with its newline, and the rest."""
    newline = _NEWLINE.search(space)
    end = newline.end() if newline else len(space)
    return space[:end], space[end:]
