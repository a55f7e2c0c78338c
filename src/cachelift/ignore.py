"""Patterns as in ``.gitignore``, matched byte for byte as git does.

Source of the rules: https://git-scm.com/docs/gitignore ("Pattern format") and, where it is silent,
``wildmatch.c`` and ``dir.c`` of git, which is the oracle in the tests.
"""

from __future__ import annotations

import os
import re
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_CLASSES = {
    "alnum": string.ascii_letters + string.digits,
    "alpha": string.ascii_letters,
    "blank": " \t",
    "cntrl": "".join(map(chr, (*range(32), 127))),
    "digit": string.digits,
    "graph": string.ascii_letters + string.digits + string.punctuation,
    "lower": string.ascii_lowercase,
    "print": string.ascii_letters + string.digits + string.punctuation + " ",
    "punct": string.punctuation,
    "space": " \t\n\v\f\r",
    "upper": string.ascii_uppercase,
    "xdigit": string.hexdigits,
}


_WILD = re.compile(r"[*?\[\\]")


class Ignore:
    """The patterns of one ``.gitignore``, or of one list of excludes.

    Args:
        lines: the patterns, comments and all.
    """

    __slots__ = ("_runs",)

    def __init__(self, lines: Iterable[str]) -> None:
        # Consecutive patterns of one sign make one expression: a long list costs one search for each path.
        runs: list[tuple[bool, list[str], list[str]]] = []
        for line in lines:
            pattern = _without_trailing_spaces(_as_bytes(line))
            if not pattern or pattern.startswith("#"):
                continue
            negated = pattern.startswith("!")
            pattern = pattern.removeprefix("!")
            # A folder's text ends with a slash that is no part of its path: only the end of an expression takes it.
            end = "(?<!/)/" if pattern.endswith("/") else "(?<!/)/?"
            pattern = pattern.removesuffix("/")
            expression = _translate(pattern.removeprefix("/"))
            if not expression:
                continue
            if not runs or runs[-1][0] != negated:
                runs.append((negated, [], []))
            _, anchored, floating = runs[-1]
            (anchored if "/" in pattern else floating).append(expression + end)
        self._runs = [(negated, _alternatives(anchored, floating)) for negated, anchored, floating in reversed(runs)]

    def decide(self, path: str, *, is_dir: bool = False) -> bool | None:
        """Whether a path is ignored; None where no pattern speaks of it.

        Args:
            path: relative to the folder of the ``.gitignore``, with ``/``.
            is_dir: whether it is a folder.
        """
        text = _as_bytes(path) + "/" if is_dir else _as_bytes(path)
        for negated, expression in self._runs:
            if expression.fullmatch(text):
                return not negated
        return None


def parse(data: bytes) -> Ignore:
    """The patterns of a ``.gitignore`` file's bytes."""
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return Ignore(os.fsdecode(line.removesuffix(b"\r")) for line in lines)


def _as_bytes(text: str) -> str:
    """A text whose characters are the bytes of another's encoding: git's ``?`` is one byte."""
    return text if text.isascii() else os.fsencode(text).decode("latin-1")


def _alternatives(anchored: list[str], floating: list[str]) -> re.Pattern[str]:
    """One expression for patterns bound to a place and for those that fit in any folder."""
    if floating:
        anchored = [*anchored, f"(?:.*/)?(?:{'|'.join(floating)})"]
    return re.compile("|".join(anchored), re.DOTALL)


def _without_trailing_spaces(line: str) -> str:
    """The line up to its trailing spaces; a backslash keeps one."""
    end = len(line)
    while end and line[end - 1] == " ":
        end -= 1
    backslashes = end - len(line[:end].rstrip("\\"))
    return line[: end + 1] if backslashes % 2 else line[:end]


_STAR, _FOLDERS, _REST = "*", "**/", "**"
"""What stands for itself among the pieces of a pattern: any part of a name, any folders, all that is left."""


def _translate(pattern: str) -> str | None:
    """A pattern as a regular expression; None for one that matches nothing (an open bracket, a last backslash).

    A wildcard takes as little as what follows it up to the next one allows, and never more afterwards: what follows
    the next one is not helped by that, and without it a few dozen stars would take for ever to match nothing.
    """
    pieces: list[str] = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if character == "*":
            piece, at = _stars(pattern, at)
        elif character == "?":
            piece, at = "[^/]", at + 1
        elif character == "[":
            found = _bracket(pattern, at + 1)
            if found is None:
                return None
            piece, at = found
        else:
            if character == "\\":
                at += 1
                if at == len(pattern):
                    return None
            piece, at = re.escape(pattern[at]), at + 1
        pieces.append(piece)
    blocks = _split(pieces, _FOLDERS)
    result = _block(blocks[0], is_last=len(blocks) == 1)
    for block in blocks[1:-1]:
        result += f"(?>(?:.*?/)??{_block(block, is_last=False)})"
    return result + "(?:.*/)?" + _block(blocks[-1], is_last=True) if len(blocks) > 1 else result


def _split(pieces: list[str], mark: str) -> list[list[str]]:
    """The pieces between marks."""
    parts: list[list[str]] = [[]]
    for piece in pieces:
        if piece == mark:
            parts.append([])
        else:
            parts[-1].append(piece)
    return parts


def _block(pieces: list[str], *, is_last: bool) -> str:
    """The expression for what stands between two wildcards for folders."""
    rest = ".*" if pieces[-1:] == [_REST] else ""
    start, *others = ["".join(part) for part in _split(pieces[:-1] if rest else pieces, _STAR)]
    for part in others[:-1]:
        start += f"(?>[^/]*?{part})"
    if others:
        start += f"[^/]*{others[-1]}" if is_last else f"(?>[^/]*?{others[-1]})"
    return start + rest


def _stars(pattern: str, at: int) -> tuple[str, int]:
    """What the stars at an index stand for, and the index after that."""
    end = at
    while end < len(pattern) and pattern[end] == "*":
        end += 1
    # git compares the literal beginning on its own, so that stars after it count as stars at the beginning.
    whole = end - at > 1 and (pattern[:at].endswith("/") or not _WILD.search(pattern, 0, at))
    if whole and end == len(pattern):
        return _REST, end
    if whole and pattern[end] == "/":
        return _FOLDERS, end + 1
    return _STAR, end


def _bracket(pattern: str, at: int) -> tuple[str, int] | None:
    """The expression for the bracket that opened before an index, and the index after it; None if it stays open."""
    negated = pattern[at : at + 1] in ("!", "^")
    at += negated
    members: set[str] = set()
    previous = ""
    first = True
    while first or pattern[at : at + 1] != "]":
        first = False
        character = pattern[at : at + 1]
        if character == "-" and previous and pattern[at + 1 : at + 2] not in ("", "]"):
            at += 2 if pattern[at + 1] == "\\" else 1
            if at >= len(pattern):
                return None
            members.update(map(chr, range(ord(previous), ord(pattern[at]) + 1)))
            character = ""
        elif character == "[" and (named := _named_class(pattern, at)) is not None:
            name, at = named
            if name not in _CLASSES:
                return None
            members.update(_CLASSES[name])
            character = ""
        else:
            if character == "\\":
                at += 1
                character = pattern[at : at + 1]
            if not character:
                return None
            members.add(character)
        previous = character
        at += 1
    members = {chr(code) for code in range(256)} - members if negated else members
    members.discard("/")
    return (f"[{''.join(sorted(map(re.escape, members)))}]" if members else "(?!)"), at + 1


def _named_class(pattern: str, at: int) -> tuple[str, int] | None:
    """The name of a class such as ``[:alpha:]`` at an index, and the index of its closing bracket."""
    end = pattern.find("]", at + 2)
    if pattern[at + 1 : at + 2] != ":" or end <= at + 2 or pattern[end - 1] != ":":
        return None
    return pattern[at + 2 : end - 1], end
