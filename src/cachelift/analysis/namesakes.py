"""Where a part of a class's name tells what becomes of an object: ``type(x).__name__.endswith("Service")``.

Source of the rule: https://docs.python.org/3/library/stdtypes.html#definition.__name__.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from cachelift.analysis.asking import NAMES, class_of
from cachelift.analysis.given import spelled
from cachelift.analysis.kinds import Kinds
from cachelift.model import Applicability, Replacement

_NAME = re.compile(rb"__(?:name|qualname|module)__")
_TEXT = re.compile(rb"[\"']([^\"'\n]+)[\"']")
_MATCHES = frozenset({"match", "fullmatch", "search", "fnmatch", "fnmatchcase"})
"""Functions that compare a text with a pattern."""


def find(kinds: Kinds, replacement: Replacement) -> Iterator[tuple[ast.AST, Applicability]]:
    """The places where a part of a name, or a method named after a class, is looked for, and what that means.

    Args:
        kinds: the classes that are named in the file.
        replacement: the migration.
    """
    for attribute in kinds.file.scopes.of_kind(ast.Attribute):
        if attribute.attr in NAMES and isinstance(attribute.ctx, ast.Load):
            asked = class_of(kinds.names, attribute) or (attribute.value if attribute.attr == "__module__" else None)
            if asked is not None and kinds.given.may_be(asked):
                level = _level(kinds, attribute, replacement)
                if level is not None:
                    yield attribute, level


def pairs(replacement: Replacement) -> tuple[tuple[str, str], tuple[str, str]]:
    """The names of the two classes, and those of their modules."""
    old, new = replacement.migration.legacy, replacement.type or replacement.migration.factory
    (old_module, _, old_name), (new_module, _, new_name) = old.rpartition("."), new.rpartition(".")
    return (old_name, new_name), (old_module, new_module)


def may_tell(raw: bytes, pairs: Iterable[tuple[str, str]]) -> bool:
    """Whether a file, of which these are the bytes, may look for a part of a name that only one class has.

    Args:
        raw: the file's bytes.
        pairs: names of a legacy class or its module, each with that of the replacement.
    """
    for found in _NAME.finditer(raw):
        end = raw.find(b"\n", found.end())
        line = raw[raw.rfind(b"\n", 0, found.start()) + 1 : end if end >= 0 else len(raw)]
        if b"getattr" in line and any(name.encode() in raw for pair in pairs for name in pair):
            return True
        texts = [text.decode("utf-8", "replace") for text in _TEXT.findall(line)]
        if any(_tells(text, *pair) for text in texts for pair in pairs):
            return True
    return False


def _level(kinds: Kinds, name: ast.Attribute, replacement: Replacement) -> Applicability | None:
    """What the texts that a name is compared with mean; None where both names do alike."""
    before, after = pairs(replacement)[name.attr == "__module__"]
    texts, is_part = _texts(kinds, name)
    if is_part:  # `getattr(self, "visit_" + type(x).__name__)`
        texts = [_without(text, (before, after)) for text in _own_names(kinds)]
    found = {_tells(text, before, after) for text in texts if text} - {None}
    return Applicability.MANUAL if before in found else Applicability.UNSAFE if found else None


def _tells(text: str, before: str, after: str) -> str | None:
    """The one of two names that a text is a part of, where it is no part of the other."""
    was, is_now = text.lower() in before.lower(), text.lower() in after.lower()
    return None if was is is_now else before if was else after


def _without(text: str, names: tuple[str, str]) -> str:
    """The name of a class that stands in a longer one; empty where none does."""
    return next((name for name in names if name in text and name != text), "")


def _own_names(kinds: Kinds) -> Iterator[str]:
    yield from (function.name for function in kinds.file.scopes.of_kind(ast.FunctionDef))
    yield from (function.name for function in kinds.file.scopes.of_kind(ast.AsyncFunctionDef))


def _texts(kinds: Kinds, name: ast.expr) -> tuple[list[str], bool]:
    """The texts that a name is compared with, and whether it becomes a part of another name."""
    parents = kinds.parents
    node: ast.AST = name
    texts: list[str] = []
    while True:
        parent = parents.get(node)
        match parent:
            case ast.Attribute():  # `.lower()`
                node = parent
            case ast.Subscript(value=value) if value is node:  # `[-7:]`
                node = parent
            case ast.Call(func=func) if func is node:
                texts += _constants(parent.args)
                node = parent
            case ast.Call(func=func) if spelled(func) in _MATCHES:
                return texts + _constants(parent.args), False
            case ast.Call(func=func):
                return texts, spelled(func) == "getattr"
            case ast.BinOp() | ast.JoinedStr() | ast.FormattedValue():
                node = parent
            case ast.Compare():
                others = [each for each in (parent.left, *parent.comparators) if each is not node]
                is_whole = node is name and not any(isinstance(op, ast.In | ast.NotIn) for op in parent.ops)
                return texts if is_whole else texts + _constants(others), False
            case _:
                return texts, False


def _constants(nodes: list[ast.expr]) -> list[str]:
    """The texts among some expressions, those of a tuple of them as well."""
    inner = [each for node in nodes for each in (node.elts if isinstance(node, ast.Tuple) else [node])]
    return [each.value for each in inner if isinstance(each, ast.Constant) and isinstance(each.value, str)]
