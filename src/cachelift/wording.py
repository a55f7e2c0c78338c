"""What edits have to say, whatever it means where it stands: a part of the proof of an output.

Each function looks at one kind of edit and names what is wrong with the first that does not hold.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from cachelift.analysis.facts import FileFacts, Form, Group, Intent, Statement, Usage
from cachelift.model import CallPlan, Edit, Span

MARKER = re.compile(r"#\s*(?:noqa|type:|pylint|pyright|isort|ruff|nosec|pragma|mypy)", re.IGNORECASE)
"""A comment that only a tool reads: it goes with the import that it stands on."""
_COMMENT = re.compile(r"#[^\r\n]*")

Patched = Mapping[tuple[str, str], str]
"""The new name by the path of a module and the name in it that tests patch."""


def problems(
    facts: FileFacts, before: str, edits: Sequence[Edit], going: Sequence[Usage], patched: Patched
) -> Iterator[str]:
    """Everything that is wrong with what the edits say.

    Args:
        facts: what was found in the text before.
        before: the old text.
        edits: the spans of the old text and what replaced them.
        going: the usages that were rewritten.
        patched: what the names that are patched are called in their modules now.
    """
    replacements = {edit.span: edit.replacement for edit in edits}
    intents = [(usage, intent) for usage in going for intent in usage.intents]
    yield from _comments(facts, before, edits)
    for usage, intent in intents:
        new = replacements.get(intent.span) if intent.container is None else None
        if new is None:
            continue  # inside of another edit
        if intent.form is Form.TEXT:
            yield from _text(facts, usage, intent, new, patched)
        elif intent.call is not None:
            inside = any(other is not intent and _is_inside(other.span, intent.span) for _, other in intents)
            yield from _call(usage, before[intent.span.start : intent.span.end], new, intent.call, nested=inside)
    yield from _imports(facts, edits, going)


# -- comments ----------------------------------------------------------------------------------------------------------


def _comments(facts: FileFacts, before: str, edits: Sequence[Edit]) -> Iterator[str]:
    """A comment inside of what is replaced is there again, but for what a tool reads on an import."""
    lost: Counter[str] = Counter()
    for edit in edits:
        fragment = before[edit.span.start : edit.span.end]
        if "#" in fragment:
            goes = "import" not in edit.replacement and any(_is_inside(s.span, edit.span) for s in facts.statements)
            lost.update(text for text in _comments_of(fragment) if not (goes and MARKER.match(text)))
    for edit in edits if lost else ():
        lost.subtract(_comments_of(edit.replacement) if "#" in edit.replacement else ())
    left = sorted(text for text, count in lost.items() if count > 0)
    if left:
        yield f"the comment `{left[0]}` is lost"


def _comments_of(fragment: str) -> list[str]:
    """The comments of an import statement or of an expression; what looks like one where it cannot be read."""
    code = fragment.lstrip("; \t\f")
    if not code.startswith(("from", "import", "#", "\r", "\n", "pass")):
        code = f"({code}\n)"
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    except (tokenize.TokenError, SyntaxError):
        return [text.rstrip() for text in _COMMENT.findall(fragment)]
    return [token.string.rstrip() for token in tokens if token.type == tokenize.COMMENT]


# -- calls -------------------------------------------------------------------------------------------------------------


def _call(usage: Usage, old: str, new: str, plan: CallPlan, *, nested: bool) -> Iterator[str]:
    """A call has the arguments that the plan gives it, each of them as it was."""
    before, after = _parsed(old), _parsed(new)
    if not isinstance(before, ast.Call) or not isinstance(after, ast.Call):
        yield f"line {usage.position[0]}: the call is none any more"
        return
    sources, results = _arguments(before), _arguments(after)
    if len(results) != len(plan.arguments):
        yield f"line {usage.position[0]}: the call has {len(results)} arguments instead of {len(plan.arguments)}"
        return
    for (keyword, value), planned in zip(results, plan.arguments, strict=True):
        expected = _parsed(planned.literal or "") if planned.index is None else sources[planned.index][1]
        if keyword != planned.keyword or not (nested or _is_same(value, expected)):
            yield f"line {usage.position[0]}: an argument of the call is not the one that it was"


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(f"({text}\n)", mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _arguments(call: ast.Call) -> list[tuple[str | None, ast.expr]]:
    """Keyword and value of the arguments in their order; what is handed over with a star has none of its own."""
    given: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    given.sort(key=lambda argument: (argument.lineno, argument.col_offset))
    return [(each.arg, each.value) if isinstance(each, ast.keyword) else (None, each) for each in given]


def _is_same(value: ast.expr, expected: ast.expr | None) -> bool:
    return expected is not None and ast.dump(value) == ast.dump(expected)


# -- strings and comments ----------------------------------------------------------------------------------------------


def _text(facts: FileFacts, usage: Usage, intent: Intent, new: str, patched: Patched) -> Iterator[str]:
    """What is written into a string or comment is the text that was planned, whatever reads it."""
    if intent.symbol == "patched":
        expected = {patched.get((usage.patch.module, usage.patch.name))} if usage.patch is not None else set()
    elif "{}" in intent.text:
        written = usage.names[intent.symbol]
        group = facts.groups[usage.group] if usage.group is not None else None
        names = {written} if group is None else {written, f"{group.name}.{written.rpartition('.')[2]}"}
        expected = {intent.text.format(name) for name in names}
    else:
        expected = {intent.text}
    if new not in expected:
        yield f"line {usage.position[0]}: `{new}` is not what has to stand in the string"


# -- imports -----------------------------------------------------------------------------------------------------------


def _imports(facts: FileFacts, edits: Sequence[Edit], going: Sequence[Usage]) -> Iterator[str]:
    """In the place of each import that bound an old name one stands that binds the new one."""
    bound: dict[int, set[str]] = {}
    for index, statement in enumerate(facts.statements):
        bound[index] = {name for edit in edits if _is_at(edit.span, statement) for name in _bound(edit.replacement)}
    replaced = {edit.span for edit in edits}
    for index, group in enumerate(facts.groups):
        if group.all_entry is not None and not group.stays and group.all_entry not in replaced:
            yield f"`{group.name}` is still listed in `__all__`"
        symbols = {symbol for usage in going if usage.group == index for symbol in usage.names}
        for symbol in sorted(symbols):
            if group.provides[symbol].how in ("replace", "plain"):
                yield from _bindings(facts, group, symbol, bound)


def _bindings(facts: FileFacts, group: Group, symbol: str, bound: dict[int, set[str]]) -> Iterator[str]:
    new = group.provides[symbol]
    for binding in group.bindings:
        statement = facts.statements[binding.statement]
        names = {new.bound, group.name} if group.kind == "module" else {new.bound}
        names |= {binding.new_modules.get(symbol, "")} if new.how == "plain" or group.kind == "module" else set()
        above = {
            name
            for index, other in enumerate(facts.statements)
            if other.block == statement.block and other.index <= statement.index
            for name in bound[index]
        }
        if not binding.covered and not names & above:
            yield f"line {statement.position[0]}: nothing binds `{new.bound}` in the place of `{group.name}`"


def _is_at(span: Span, statement: Statement) -> bool:
    """Whether an edit replaces a statement, or puts something right behind it."""
    return statement.line_start <= span.start and span.end <= max(statement.line_end, statement.span.end)


def _bound(text: str) -> Iterable[str]:
    """The names that imports bind, and the modules of plain ones."""
    code = text.strip("; \t\f\r\n")
    try:
        body = ast.parse("\n".join(line.lstrip() for line in code.splitlines())).body if "import" in code else []
    except (SyntaxError, ValueError):
        return
    for statement in body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in statement.names)


def _is_inside(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
