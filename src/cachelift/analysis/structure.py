"""Questions for what a class can do: protocols that are asked for, and classes that answer for themselves.

Source of the rules: https://docs.python.org/3/library/typing.html#typing.runtime_checkable,
https://docs.python.org/3/library/abc.html#abc.ABCMeta.__subclasshook__ and
https://docs.python.org/3/reference/datamodel.html#customizing-instance-and-subclass-checks.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cachelift.analysis.asking import NAMES
from cachelift.analysis.facts import Ask
from cachelift.analysis.file import FileAnalysis
from cachelift.analysis.given import spelled
from cachelift.model import Applicability, ClassInfo, Replacement

_HOOKS = frozenset({"__subclasshook__", "__instancecheck__", "__subclasscheck__"})
WORDS = ("runtime_checkable", "__subclasshook__", "check__")
"""One of these stands in every file that has such a class."""
_NO_MEMBERS = frozenset({"__slots__", "__doc__", "__module__", "__init__", "__match_args__"})
_ROOTS = frozenset({"Protocol", "Generic", "object"})


def find(file: FileAnalysis, index: int, replacement: Replacement) -> Iterator[Ask]:
    """The classes that say of only one of the two classes that its objects are theirs.

    Args:
        file: the file.
        index: the migration's.
        replacement: the migration.
    """
    old, new = replacement.legacy_class, replacement.type_class
    if old is None or not file.may_name(*WORDS):
        return
    called = set(_made_checkable(file))
    for node in file.scopes.of_kind(ast.ClassDef):
        decorators = {name for each in node.decorator_list for name in file.names.last_names(each) | {spelled(each)}}
        level: Applicability | None = None
        if "runtime_checkable" in decorators or node in called:
            members, is_all = _protocol(file, node)
            level = _differs(_has(old, members, is_all=is_all), _has(new, members, is_all=is_all))
        elif any(_tells_apart(each, old, new) for each in node.body):
            level = Applicability.MANUAL
        if level is not None:
            yield Ask(index, node.lineno, node.name, level)


def _made_checkable(file: FileAnalysis) -> Iterator[ast.AST]:
    """The classes that ``Kind = runtime_checkable(Kind)`` is written for."""
    for call in file.scopes.of_kind(ast.Call):
        if spelled(call.func) == "runtime_checkable":
            names = {spelled(each) for each in call.args}
            yield from (each for each in file.scopes.of_kind(ast.ClassDef) if each.name in names)


def may_differ(replacement: Replacement) -> bool:
    """Whether one of the two classes may have a member that the other one has not."""
    old, new = replacement.legacy_class, replacement.type_class
    if old is None or new is None or not (old.complete and new.complete):
        return old is not None
    return old.members.keys() != new.members.keys()


def _protocol(file: FileAnalysis, node: ast.ClassDef, below: tuple[ast.AST, ...] = ()) -> tuple[set[str], bool]:
    """The members that a protocol asks for, and whether these are all. ``below`` are those derived from it."""
    members: set[str] = set()
    is_all = True
    below = (*below, node)
    for each in node.body:
        targets = each.targets if isinstance(each, ast.Assign) else [getattr(each, "target", each)]
        members |= {name for target in targets for name in (getattr(target, "name", ""), getattr(target, "id", ""))}
    for base in node.bases:
        plain = base.value if isinstance(base, ast.Subscript) else base
        if spelled(plain) in _ROOTS:
            continue
        found = [file.knowledge.definition(name) for name in file.names.qualified(plain)]
        found += [each for each in file.scopes.of_kind(ast.ClassDef) if not found and each.name == spelled(plain)]
        classes = [each for each in found if isinstance(each, ast.ClassDef) and each not in below]
        inner = [_protocol(file, each, below) for each in classes]
        is_all = is_all and len(inner) == 1 and inner[0][1]
        members.update(*(names for names, _ in inner))
    return members - _NO_MEMBERS - {""}, is_all


def _has(info: ClassInfo | None, members: set[str], *, is_all: bool) -> bool | None:
    """Whether a class has all of some members, which may not be all; None where that cannot be told."""
    if info is None:
        return None
    if all(member in info.members or member in dir(object) for member in members):
        return True if is_all else None
    return False if info.complete else None


def _differs(before: bool | None, after: bool | None) -> Applicability | None:
    """What it means that one class has what is asked for and the other one may not have it."""
    if before is after is not None:
        return None
    return Applicability.UNSAFE if before is False else Applicability.MANUAL


def _tells_apart(node: ast.AST, old: ClassInfo, new: ClassInfo | None) -> bool:
    """Whether a function that answers for a class looks at what only one of the two has, or at names."""
    if not isinstance(node, ast.FunctionDef) or node.name not in _HOOKS:
        return False
    if any(isinstance(each, ast.Call) and _reads_unknown(each) for each in ast.walk(node)):
        return True
    differing = old.members.keys() ^ new.members.keys() if new is not None else old.members.keys()
    for each in ast.walk(node):
        texts = {each.value} if isinstance(each, ast.Constant) and isinstance(each.value, str) else {spelled(each)}
        if texts & (differing | NAMES):
            return True
    return False


def _reads_unknown(call: ast.Call) -> bool:
    """``hasattr(kind, name)``: a member is asked for by a name that is not written there."""
    is_getter = spelled(call.func) in ("hasattr", "getattr")
    return is_getter and len(call.args) > 1 and not isinstance(call.args[1], ast.Constant)
