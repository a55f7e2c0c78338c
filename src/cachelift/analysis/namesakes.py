"""Where a part of a class's name tells what becomes of an object: ``type(x).__name__.endswith("Service")``.

Source of the rule: https://docs.python.org/3/library/stdtypes.html#definition.__name__.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from cachelift.analysis.asking import NAMES, class_of, is_shown
from cachelift.analysis.given import spelled
from cachelift.analysis.kinds import Kinds
from cachelift.model import Applicability, Replacement

_NAME = re.compile(rb"\.__(?:name|qualname|module)__")
_TEXT = re.compile(rb"[\"']([^\"'\n]+)[\"']")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
"""A part of a name that is written in any way: ``Cache`` and ``Service``."""
_WORD = re.compile(r"\w{3,}")
_LONGEST = 200
"""Texts that are longer than this are for people to read."""
_AROUND = 100
"""So many bytes before and behind a name texts are looked for, in files that are not analysed for anything else."""
_SHORT = 8
"""A name that is shorter than this is a word, and means the class only as it is written."""
_VISITS = ("visit_", "leave_", "depart_")
"""How the methods of visitors begin, whose names others put together."""
_MATCHES = frozenset({"match", "fullmatch", "search", "sub", "fnmatch", "fnmatchcase", "compile"})
"""Functions that compare a text with a pattern."""


def find(kinds: Kinds, replacement: Replacement) -> Iterator[tuple[ast.AST, Applicability]]:
    """The places where the name of a class is taken and not only shown, and what the texts of the file make of it.

    A part of a name counts where the name is compared with it. Otherwise what becomes of the name is not followed: it
    counts that the file has a text, or a function, with the whole of one name.

    Args:
        kinds: the classes that are named in the file.
        replacement: the migration.
    """
    yield from _visitors(kinds, replacement)
    words: set[str] | None = None
    for attribute in kinds.file.scopes.of_kind(ast.Attribute):
        if attribute.attr in NAMES and isinstance(attribute.ctx, ast.Load):
            asked = class_of(kinds.names, attribute) or (attribute.value if attribute.attr == "__module__" else None)
            if asked is not None and kinds.given.may_be(asked) and not _is_shown(kinds, attribute):
                words = _words(kinds) if words is None else words
                before, after = pairs(replacement)[attribute.attr == "__module__"]
                found = {_holds(word, before, after) for word in words}
                found |= {_tells(text, before, after) for text in _compared(kinds, attribute, set())}
                if found - {None}:
                    yield attribute, Applicability.MANUAL if before in found else Applicability.UNSAFE


def _visitors(kinds: Kinds, replacement: Replacement) -> Iterator[tuple[ast.AST, Applicability]]:
    """``def visit_CacheService``, ``visit_cache_service``: another file may call it by the name of a class."""
    scopes = kinds.file.scopes
    named: list[tuple[str, ast.AST]] = [(node.name, node) for node in scopes.of_kind(ast.FunctionDef)]
    named += [(node.name, node) for node in scopes.of_kind(ast.AsyncFunctionDef)]
    named += [(node.id, node) for node in scopes.of_kind(ast.Name) if isinstance(node.ctx, ast.Store)]
    for name, node in named:
        for wanted, level in called(replacement).items():
            is_visit = name.startswith(_VISITS) and _plain(name.partition("_")[2]) == _plain(wanted)
            if is_visit or (name.endswith(f"_{wanted}") and not name.startswith("test")):
                yield node, level


def visitors(replacement: Replacement) -> Iterator[str]:
    """How the names of functions end, or are, that may be called by the name of a class."""
    for name in called(replacement):
        yield f"_{name}"
        parts = [part.lower() for part in _PART.findall(name)]
        yield from (f"{start}{joined}" for start in _VISITS for joined in ("".join(parts), "_".join(parts)))


def called(replacement: Replacement) -> dict[str, Applicability]:
    """The names of the classes after which methods may be called, with what it means."""
    found = {replacement.migration.legacy_name: Applicability.MANUAL}
    if replacement.type is not None:
        found.setdefault(replacement.type.rpartition(".")[2], Applicability.UNSAFE)
    return found


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
    places = [found.end() for found in _NAME.finditer(raw)]
    if not places or not (b"type(" in raw or b"__class__" in raw):
        return False
    plain = raw.lower().replace(b"_", b"")
    if any(_plain(name.rpartition(".")[2]).encode() in plain for pair in pairs for name in pair):
        return True
    for at in places:
        texts = _TEXT.findall(raw, max(at - _AROUND, 0), at + _AROUND)
        words = {word for text in texts for word in _WORD.findall(text.decode("utf-8", "replace"))}
        if any(_tells(word, *pair) for word in words for pair in pairs):
            return True
    return False


def _is_shown(kinds: Kinds, name: ast.expr) -> bool:
    """Whether a name, or what it becomes a part of, is only there to be read, or is compared with whole ones."""
    node: ast.expr = name
    parent = kinds.parents.get(node)
    if isinstance(parent, ast.Compare):  # which are looked at as the classes that are asked for
        others = [each for each in (parent.left, *parent.comparators) if each is not node]
        is_whole = not any(isinstance(op, ast.In | ast.NotIn) for op in parent.ops)
        return is_whole and all(isinstance(each, ast.Constant) for each in others)
    is_sentence = False
    while isinstance(parent, ast.BinOp | ast.JoinedStr | ast.FormattedValue | ast.Tuple):
        node, parent = parent, kinds.parents.get(parent)
        texts = (each.value for each in ast.iter_child_nodes(node) if isinstance(each, ast.Constant))
        is_sentence = is_sentence or any(" " in str(text) for text in texts)
    if is_sentence and not isinstance(parent, ast.Compare | ast.Subscript):
        return not (isinstance(parent, ast.Call) and spelled(parent.func) in ("get", "pop", "setdefault"))
    if isinstance(parent, ast.Call) and spelled(parent.func) in ("append", "format"):  # a list, a text to compare
        return False
    if isinstance(parent, ast.Call) and isinstance(kinds.parents.get(parent), ast.Raise):
        return True
    if isinstance(parent, ast.Return):
        function = kinds.file.scopes.scope_of(parent).node
        return isinstance(function, ast.FunctionDef) and function.name in ("__str__", "__repr__", "__format__")
    return isinstance(parent, ast.Expr) or is_shown(kinds.names, node)


def _compared(kinds: Kinds, name: ast.expr, seen: set[str]) -> Iterator[str]:
    """The texts that a name, or a variable that is set to it, is compared with; ``seen`` are the variables so far."""
    node: ast.AST = name
    while True:
        parent = kinds.parents.get(node)
        match parent:
            case ast.Attribute():  # `.lower()`
                node = parent
            case ast.Subscript(value=value) if value is node:  # `[-7:]`
                node = parent
            case ast.Call(func=func) if func is node:
                yield from _texts(kinds, parent.args)
                node = parent
            case ast.Call(func=func) if spelled(func) in _MATCHES:
                yield from (word for text in _constants(parent.args) for word in _WORD.findall(text))
                return
            case ast.BinOp() | ast.JoinedStr() | ast.FormattedValue():
                node = parent
            case ast.Compare():
                yield from _texts(kinds, [each for each in (parent.left, *parent.comparators) if each is not node])
                return
            case ast.Assign(targets=[ast.Name(id=variable)]) if variable not in seen:
                seen.add(variable)
                for read in kinds.file.scopes.of_kind(ast.Name):
                    if read.id == variable and isinstance(read.ctx, ast.Load):
                        yield from _compared(kinds, read, seen)
                return
            case _:
                return


def _texts(kinds: Kinds, nodes: list[ast.expr]) -> Iterator[str]:
    """The texts that some expressions are, those of variables of the file as well."""
    yield from _constants(nodes)
    for node in nodes:
        for binding in kinds.binding_statements(node):
            value = getattr(binding, "value", None)
            yield from _constants([value]) if isinstance(value, ast.expr) else ()


def _constants(nodes: list[ast.expr]) -> list[str]:
    """The texts among some expressions, those of a tuple of them as well."""
    inner = [each for node in nodes for each in (node.elts if isinstance(node, ast.Tuple) else [node])]
    return [each.value for each in inner if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def _words(kinds: Kinds) -> set[str]:
    """The texts of a file and the words in them, and the names of its functions."""
    scopes = kinds.file.scopes
    found = {function.name for function in scopes.of_kind(ast.FunctionDef)}
    found |= {function.name for function in scopes.of_kind(ast.AsyncFunctionDef)}
    for constant in scopes.of_kind(ast.Constant):
        is_text = isinstance(constant.value, str) and not isinstance(kinds.parents.get(constant), ast.Expr)
        if is_text and len(str(constant.value)) < _LONGEST and " " not in str(constant.value):
            found.update(_WORD.findall(str(constant.value)))
            found.add(str(constant.value))
    return found


def _holds(word: str, before: str, after: str) -> str | None:
    """The one of two names that a word has in it; of a module whose own name is a common word it is all of its path."""
    for name in (before.rpartition(".")[2], after.rpartition(".")[2]):
        if "." in before and len(name) < _SHORT:
            if word in (before, after):
                return word
        elif _is_part(name, word):
            return before if name == before.rpartition(".")[2] else after
    return None


def _is_part(name: str, word: str) -> bool:
    """Whether a word is a name, or one with more before or behind it: ``visit_CacheService``, ``CACHE_SERVICE_TTL``.

    A name of one part is that of many things: it counts as it is written.
    """
    if word == name or word.startswith(f"{name}_") or word.endswith(f"_{name}"):
        return True
    plain = [part.lower() for part in _PART.findall(name)]
    if len(plain) < 2:
        return False
    parts = [part.lower() for part in _PART.findall(word)]
    joined, count = "".join(plain), len(plain)
    return joined in (parts[:1] + parts[-1:]) or plain in (parts[:count], parts[-count:])


def _tells(text: str, before: str, after: str) -> str | None:
    """The one of two names that a text is a part of, where it is no part of the other, or at another end of it."""
    part, old, new = _plain(text), _plain(before), _plain(after)
    was, is_now = part in old, part in new
    if was and is_now:
        is_end = old.startswith(part) is not new.startswith(part) or old.endswith(part) is not new.endswith(part)
        return before if is_end and len(part) > 3 else None
    return None if not part else before if was else after if is_now else None


def _plain(name: str) -> str:
    return name.lower().replace("_", "")
