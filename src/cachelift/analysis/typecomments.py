"""Where a type comment may stand, and what it belongs to, decided token by token.

Type comments are those of PEP 484 (https://peps.python.org/pep-0484/#type-comments). Where the PEP is silent CPython's
grammar decides: what ``ast.parse(..., type_comments=True)`` attaches to a node.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

_TYPE = re.compile(r"#[ \t]*type:[ \t]*+(?!ignore(?![0-9A-Za-z]|[^\x00-\x7f]))")
"""What makes a comment a type comment: ``type_comment_prefix`` of CPython's tokenizer."""
_NEWLINE = re.compile(r"\r\n|\r|\n")
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Compound = ast.For | ast.AsyncFor | ast.With | ast.AsyncWith | ast.FunctionDef | ast.AsyncFunctionDef
Owner = ast.Assign | ast.arg | Compound


class Token(NamedTuple):
    """A token that is no white space, with character offsets."""

    kind: str
    """``comment``, ``newline`` (the end of a logical line), ``indent``, or "" for any other."""
    string: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text that ``ast`` could parse, with character offsets."""
    import tokenize

    starts = [0, *(found.end() for found in _NEWLINE.finditer(text))]
    lines = iter([line + "\n" for line in _NEWLINE.split(text)])  # the module does not know a lone carriage return
    kinds = {tokenize.COMMENT: "comment", tokenize.NEWLINE: "newline", tokenize.INDENT: "indent"}
    skipped = (tokenize.NL, tokenize.DEDENT, tokenize.ENDMARKER)
    for token in tokenize.generate_tokens(lambda: next(lines, "")):
        if token.type not in skipped:
            (row, column), (end_row, end_column) = token.start, token.end
            end = starts[end_row - 1] + end_column
            yield Token(kinds.get(token.type, ""), token.string, starts[row - 1] + column, end)


class TypeComment(NamedTuple):
    """A type comment: what it belongs to, and the text behind ``type:`` with its offset."""

    owner: Owner
    text: str
    start: int


class Reader:
    """Decides which comments are type comments, token by token.

    ``assigned`` are the assignments by the offset of their end, ``compound`` the statements with a colon and
    ``parameters`` the parameters of functions by that of their start.
    """

    def __init__(
        self, assigned: dict[int, ast.Assign], compound: dict[int, Compound], parameters: dict[int, ast.arg]
    ) -> None:
        self.assigned = assigned
        self.compound = compound
        self.parameters = parameters
        self.found: list[TypeComment] = []
        self.depth = 0
        self.last: Token | None = None
        self.statement: Compound | None = None
        """The compound statement whose logical line this is."""
        self.header: Function | None = None
        """The function whose header has ended, as long as its body has not begun."""
        self._leave_parameters()

    def _leave_parameters(self) -> None:
        self.inside: bool | None = None
        """Whether this is between the parentheses of a function's parameters; None before any parenthesis."""
        self.lambdas = 0
        self.current: ast.arg | None = None
        self.before: ast.arg | None = None
        self.pending: list[Token] = []

    def take(self, token: Token) -> None:
        """Read the next token."""
        if token.kind == "comment":
            if _TYPE.match(token.string):
                self._comment(token)
        elif token.kind == "newline":
            ends = self.depth == 0 and self.last is not None and self.last.string == ":"
            self.header = self.statement if ends and isinstance(self.statement, Function) else None
            self.last = self.statement = None
            self._leave_parameters()
        elif token.kind == "indent":
            self.header = None
        else:
            self._token(token)

    def _token(self, token: Token) -> None:
        if self.last is None:
            self.statement = self.compound.get(token.start)
        if self.inside and self.depth == 1:
            self._parameter(token)
        if token.string in _OPEN:
            if self.inside is None and self.depth == 0 and token.string == "(":
                self.inside = isinstance(self.statement, Function)
            self.depth += 1
        elif token.string in _CLOSE:
            self.depth -= 1
            self.inside = None if self.inside is None else self.inside and self.depth > 0
        self.last = token

    def _parameter(self, token: Token) -> None:
        """A token between the parentheses of a function's header, not deeper."""
        if token.string == ")" and self.current is not None:
            self.found += [_comment_of(self.current, comment) for comment in self.pending]
        self.pending = []
        if token.string == "lambda":
            self.lambdas += 1
        elif self.lambdas:
            self.lambdas -= token.string == ":"
        elif token.string == ",":
            self.before, self.current = self.current, None
        else:
            self.current = self.parameters.get(token.start, self.current)

    def _comment(self, token: Token) -> None:
        owner: Owner | None = None
        if self.last is None:
            owner = self.header
        elif self.depth == 0:
            owner = self.statement if self.last.string == ":" else self.assigned.get(self.last.end)
        elif self.inside and self.depth == 1 and not self.lambdas:
            if self.last.string == ",":
                owner = self.before
            else:
                self.pending.append(token)
        if owner is not None:
            self.found.append(_comment_of(owner, token))


def _comment_of(owner: Owner, token: Token) -> TypeComment:
    prefix = _TYPE.match(token.string)
    assert prefix is not None
    return TypeComment(owner, token.string[prefix.end() :], token.start + prefix.end())
