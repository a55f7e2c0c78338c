"""Code in texts: what is evaluated, and the examples of docstrings.

Only the words in it are looked at: whichever object of the file, or of a module that it imports, is meant.
https://docs.python.org/3/library/doctest.html and https://docs.python.org/3/library/functions.html#exec say when it is
run.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator

from cachelift.analysis.names import Names

_RUNNERS = frozenset({"eval", "exec", "compile", "timeit", "repeat", "Timer", "run", "runctx", "runsource", "runcode"})
_EXAMPLE = re.compile(r"^[ \t]*(?:>>>|\.\.\.)[ \t](.*)$", re.MULTILINE)
_MEMBER = re.compile(r"(?:\.[ \t]*|[\"'])(\w+)")
_OF_MOCK = re.compile(r"(?:\w+\.)+(?:return_value|side_effect)")
WORDS = ("eval", "exec", "compile", "timeit", "repeat", "Timer", "run", ">>>", ".return_value", ".side_effect")
"""One of these stands in every file with code in a text."""


class Snippet:
    """A text that is code.

    Args:
        names: the names of the file.
        node: the text.
        code: what it says.
    """

    def __init__(self, names: Names, node: ast.Constant, code: str) -> None:
        self.node = node
        self.code = code
        self.members = _members(names, code)
        """What may be an attribute in it, of something that is not the code's own."""

    def names(self, word: str) -> bool:
        """Whether a name stands in it."""
        return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", self.code) is not None


def snippets(names: Names) -> Iterator[Snippet]:
    """The texts of a file that are code.

    Args:
        names: the names of the file.
    """
    parents = names.scopes.parents
    for constant in names.scopes.of_kind(ast.Constant):
        if not isinstance(constant.value, str):
            continue
        parent = parents.get(constant)
        if ">>>" in constant.value:
            yield Snippet(names, constant, "\n".join(_EXAMPLE.findall(constant.value)))
        elif not isinstance(parent, ast.Expr) and _is_run(names, constant):
            yield Snippet(names, constant, constant.value)
        elif _OF_MOCK.fullmatch(constant.value):  # Mock(spec=cache, **{"get.return_value": 1})
            yield Snippet(names, constant, f"_.{constant.value}")


def _members(names: Names, code: str) -> frozenset[str]:
    try:
        tree = ast.parse(textwrap.dedent(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # a part of something
        return frozenset(_MEMBER.findall(code))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    own = {alias.asname or alias.name for node in imports for alias in node.names if _is_own(names, node, alias.name)}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _root(node.value) in own:
            own |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        if isinstance(node, ast.Attribute) and _root(node) not in own:
            found.add(node.attr)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return frozenset(found)


def _is_own(names: Names, statement: ast.ImportFrom, name: str) -> bool:
    """Whether what is imported gives no object that the program has: it is the legacy class, or not of the repository.

    An object that the code makes of the class itself stays one of it.
    """
    module = statement.module or ""
    if statement.level:
        return False
    return (
        names.knowledge.locate(module.partition(".")[0]) is None
        or names.knowledge.legacy(f"{module}.{name}") is not None
    )


def _root(node: ast.expr) -> str | None:
    """The name that an expression begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _is_run(names: Names, node: ast.AST) -> bool:
    """Whether a text, or what it is put together to, is an argument of what runs code."""
    parents = names.scopes.parents
    parent = parents.get(node)
    while isinstance(parent, ast.JoinedStr | ast.BinOp | ast.keyword):
        node, parent = parent, parents.get(parent)
    if not isinstance(parent, ast.Call) or parent.func is node:
        return False
    last = {parent.func.attr} if isinstance(parent.func, ast.Attribute) else names.last_names(parent.func)
    return not _RUNNERS.isdisjoint(last)
