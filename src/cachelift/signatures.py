"""Signatures as their source writes them: from a function's syntax tree, or from the configuration's text."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence

from .model import Parameter, ParameterKind, Signature

ReadValue = Callable[[ast.expr], str | None]
"""Tells the source of what the name in a default stands for; None where that is not known."""


def source_lines(text: str) -> list[str]:
    """The physical lines of a text, as the positions in its syntax tree count them."""
    return re.split(r"\r\n?|\n", text)


def source_of(node: ast.expr, lines: Sequence[str]) -> str:
    """The source of an expression: as written where it is on one line, else in :func:`ast.unparse`'s form.

    Args:
        node: the expression.
        lines: the lines that it was parsed from; empty where there are none.
    """
    if not lines or node.end_lineno != node.lineno:
        return ast.unparse(node)
    return lines[node.lineno - 1].encode()[node.col_offset : node.end_col_offset].decode()


def signature_of(
    args: ast.arguments,
    *,
    drop_first: bool,
    lines: Sequence[str] = (),
    origin: str = "",
    is_async: bool = False,
    returns: ast.expr | None = None,
    value: ReadValue | None = None,
) -> Signature:
    """Turn a definition's parameters into a signature.

    Args:
        args: the parameters.
        drop_first: leave out the first positional parameter, ``self`` or ``cls``.
        lines: the lines that ``args`` was parsed from, to quote defaults and annotations as they are written.
        origin: where it was read, ``path:line``.
        is_async: whether calling makes a coroutine.
        returns: the return annotation.
        value: what tells the values of defaults that are names.
    """
    positional = [*args.posonlyargs, *args.args]
    required = len(positional) - len(args.defaults)
    parameters = []
    for index, arg in enumerate(positional):
        kind = ParameterKind.POSITIONAL_ONLY if index < len(args.posonlyargs) else ParameterKind.POSITIONAL_OR_KEYWORD
        default = args.defaults[index - required] if index >= required else None
        parameters.append(_parameter(arg, kind, default, lines, value))
    if drop_first:
        del parameters[:1]
    if args.vararg:
        parameters.append(_parameter(args.vararg, ParameterKind.VAR_POSITIONAL, None, lines))
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        parameters.append(_parameter(arg, ParameterKind.KEYWORD_ONLY, default, lines, value))
    if args.kwarg:
        parameters.append(_parameter(args.kwarg, ParameterKind.VAR_KEYWORD, None, lines))
    return Signature(tuple(parameters), origin, is_async, source_of(returns, lines) if returns else None)


def _parameter(
    arg: ast.arg, kind: ParameterKind, default: ast.expr | None, lines: Sequence[str], value: ReadValue | None = None
) -> Parameter:
    return Parameter(
        arg.arg,
        kind,
        source_of(default, lines) if default else None,
        source_of(arg.annotation, lines) if arg.annotation else None,
        value(default) if value and default else None,
    )


def parse_signature(text: str) -> Signature:
    """Read a signature from the configuration: ``(cache_dir='data/cache', system='KP')``.

    Args:
        text: the parameters in parentheses, as in a function definition, optionally with ``-> annotation``.

    Raises:
        ValueError: the text is no such thing.
    """
    source = f"def f{text.strip()}: pass"
    try:
        body = ast.parse(source).body if text.strip().startswith("(") else []
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        body = []
    match body:
        case [ast.FunctionDef(body=[ast.Pass()]) as function]:
            signature = signature_of(
                function.args,
                drop_first=False,
                lines=source_lines(source),
                origin="configuration",
                returns=function.returns,
            )
            names = {parameter.name for parameter in signature.parameters}
            # Only the compiler refuses two parameters of one name.
            if len(names) == len(signature.parameters):
                return signature
    raise ValueError(f"not a signature such as \"(cache_dir='data/cache', system='KP')\": {text!r}")
