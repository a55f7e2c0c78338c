"""Fragments in, fragments out: the frequent forms are rewritten here, all others by LibCST.

Loading LibCST takes longer than most runs. A name, a call whose arguments stay where they are, and an import statement
on one line, written as formatters write it, need none of what it is for: nothing moves there that layout or a comment
belongs to. What comes out is the same (``tests/test_fragments.py`` compares them).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from cachelift.model import CallPlan, ImportEdit, ImportedName, StringTarget

_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_ALIAS = r"[^\W\d][\w.]*(?: as [^\W\d]\w*)?"
_IMPORT = re.compile(rf"(?P<head>from (?P<module>[\w.]*) import |import )(?P<names>{_ALIAS}(?:, {_ALIAS})*)")
_NEWLINE = re.compile(rb"\r\n|\r|\n")
_NOT_PLAIN = re.compile(r"#|\\[\r\n]")
"""Comments and joined lines."""
_EQUALS = re.compile(rb"[ \t]*=[ \t]*(?=[^\s])")


class RewriteError(ValueError):
    """A fragment cannot be rewritten without losing something; the message says why."""


def rewrite_call(fragment: str, function: str, plan: CallPlan, inner: Sequence[tuple[int, int, str]] = ()) -> str:
    """Rewrite a constructor call into a call of the factory: see :func:`cachelift.rewrite.rewrite_call`.

    ``inner`` is (start, end, replacement) of what is rewritten inside the arguments: character offsets in the fragment,
    not overlapping.
    """
    for start, end, text in sorted(inner, reverse=True):
        fragment = fragment[:start] + text + fragment[end:]
    plain = _plain_call(fragment, function, plan)
    if plain is not None:
        return plain
    from cachelift import rewrite

    return rewrite.rewrite_call(fragment, function, plan)


def rewrite_reference(fragment: str, new: str) -> str:
    """Replace a name or a dotted chain: see :func:`cachelift.rewrite.rewrite_reference`."""
    if _DOTTED.fullmatch(fragment):
        return new
    from cachelift import rewrite

    return rewrite.rewrite_reference(fragment, new)


def rewrite_import(fragment: str, edit: ImportEdit, indent: str = "") -> str:
    """Rewrite one import statement: see :func:`cachelift.rewrite.rewrite_import`."""
    plain = _plain_import(fragment, edit)
    if plain is not None:
        return plain
    from cachelift import rewrite

    return rewrite.rewrite_import(fragment, edit, indent)


def rewrite_fstring(fragment: str, root: str, targets: Sequence[StringTarget]) -> str:
    """Rewrite references and calls inside an f-string: see :func:`cachelift.rewrite.rewrite_fstring`."""
    from cachelift import rewrite

    return rewrite.rewrite_fstring(fragment, root, targets)


def _plain_call(fragment: str, function: str, plan: CallPlan) -> str | None:
    """The new text of a call whose arguments keep their places, proven by its syntax tree; None for any other."""
    callee = _DOTTED.match(fragment)
    if callee is None or fragment[callee.end() : callee.end() + 1] != "(" or _NOT_PLAIN.search(fragment):
        return None
    inside = fragment[callee.end() + 1 : -1]
    added = [new for new in plan.arguments if new.index is None]
    if added:
        if inside or len(added) < len(plan.arguments) or plan.dropped:
            return None
        written = (f"{new.keyword}={new.literal}" if new.keyword else str(new.literal) for new in added)
        return f"{function}({', '.join(written)})"
    try:
        old = _parsed(fragment)
        if old is None or plan.dropped or [new.index for new in plan.arguments] != [*range(_count(old))]:
            return None
        passed = _passed_on(fragment, old, plan)
        text = f"{function}{passed[callee.end() :]}"
        new = _parsed(text)
        return text if new is not None and _is_passed_on(old, new, plan) else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _parsed(fragment: str) -> ast.Call | None:
    """The call that a fragment is, of a name or a dotted chain."""
    node = ast.parse(f"({fragment}\n)", mode="eval").body
    return node if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute) else None


def _count(call: ast.Call) -> int:
    """How many arguments a call has; -1 where it has starred ones."""
    if any(isinstance(value, ast.Starred) for value in call.args) or any(each.arg is None for each in call.keywords):
        return -1
    return len(call.args) + len(call.keywords)


def _passed_on(fragment: str, call: ast.Call, plan: CallPlan) -> str:
    """The fragment with the keywords that the plan wants, where each one's value begins on its line."""
    raw = fragment.encode()
    starts = [-1, *(match.end() for match in _NEWLINE.finditer(raw))]  # the parenthesis in front is not in the text
    for keyword, new in reversed([*zip(call.keywords, plan.arguments[len(call.args) :], strict=True)]):
        start = starts[keyword.lineno - 1] + keyword.col_offset
        end = start + len((keyword.arg or "").encode())
        equals = _EQUALS.match(raw, end)
        if new.keyword is not None:
            raw = raw[:start] + new.keyword.encode() + raw[end:]
        elif equals is not None:
            raw = raw[:start] + raw[equals.end() :]
    return raw.decode()


def _is_passed_on(old: ast.Call, new: ast.Call, plan: CallPlan) -> bool:
    """Whether a new call passes on the arguments of the old one, each with the keyword that the plan gives it."""
    values = [*old.args, *(keyword.value for keyword in old.keywords)]
    wanted = [(argument.keyword, value) for argument, value in zip(plan.arguments, values, strict=True)]
    given = [*((None, value) for value in new.args), *((keyword.arg, keyword.value) for keyword in new.keywords)]
    return [(name, ast.dump(value)) for name, value in wanted] == [(name, ast.dump(value)) for name, value in given]


def _plain_import(fragment: str, edit: ImportEdit) -> str | None:
    """The new text of an import statement on one line with single spaces; None for any other."""
    match = _IMPORT.fullmatch(fragment)
    if match is None or (edit.module is not None and match["module"] is None):
        return None
    listed = match["names"].split(", ")
    changes: dict[int, tuple[ImportedName, ...]] = {**dict(edit.replace), **dict.fromkeys(edit.remove, ())}
    if not changes.keys() <= set(range(len(listed))):
        return None
    names: list[str] = []
    for index, name in enumerate(listed):
        names += map(_spelled, changes[index]) if index in changes else [name]
    names += map(_spelled, edit.add)
    head = match["head"] if edit.module is None else f"from {edit.module} import "
    return head + ", ".join(names) if names else ""


def _spelled(name: ImportedName) -> str:
    return f"{name[0]} as {name[1]}" if name[1] is not None else name[0]
