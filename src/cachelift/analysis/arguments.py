"""Calls of the legacy class, mapped to calls of the factory by name through both signatures.

Source of the binding rules: https://docs.python.org/3/reference/expressions.html#calls.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cachelift.analysis.evaluating import Evaluation, Risk
from cachelift.model import CallPlan, Migration, NewArgument, Parameter, ParameterKind, Refusal, Signature

_POSITIONAL = (ParameterKind.POSITIONAL_ONLY, ParameterKind.POSITIONAL_OR_KEYWORD)
_VARIADIC = (ParameterKind.VAR_POSITIONAL, ParameterKind.VAR_KEYWORD)

_ALONE = Evaluation()
"""What is known of expressions without the names of their file."""


class _Refused(Exception):
    def __init__(self, reason: str, message: str) -> None:
        self.refusal = Refusal(reason, message)


def map_call(
    call: ast.Call,
    migration: Migration,
    legacy: Signature | None,
    factory: Signature | None,
    evaluation: Evaluation = _ALONE,
) -> CallPlan | Refusal:
    """Map the arguments of a constructor call to the factory, or say why that cannot be done.

    Args:
        call: the call; its callee is not looked at.
        migration: which legacy parameter is which factory parameter, and which may be dropped.
        legacy: the legacy constructor's signature without ``self``; None where it is not known.
        factory: the factory's signature; None where it is not known. Whether it is a coroutine function is not
            looked at.
        evaluation: what evaluating an argument that is dropped would do.
    """
    if any(isinstance(arg, ast.Starred) for arg in call.args) or any(word.arg is None for word in call.keywords):
        return Refusal("star-arguments", "what `*` or `**` hands over cannot be known")
    values = [*call.args, *(word.value for word in call.keywords)]
    keywords = [word.arg or "" for word in call.keywords]
    try:
        if legacy is None:
            given = _given_by_keyword(len(call.args), keywords, migration)
        else:
            given = _given(len(call.args), keywords, legacy, migration)
        dropped, doubt = _droppable(given, values, migration, evaluation)
        handed = _handed(given, migration, factory)
        if legacy is not None:
            handed |= _written_defaults(given, migration, legacy, factory)
        arguments = _placed(handed, migration, factory)
        _check_order([new.index for new in arguments if new.index is not None], values)
    except _Refused as refused:
        return refused.refusal
    return CallPlan(arguments, dropped, doubt)


def map_empty(migration: Migration, legacy: Signature | None, factory: Signature | None) -> CallPlan | Refusal:
    """Map the call that whoever is handed the class makes without arguments, as ``default_factory=`` does.

    The factory can take the class's place there only where the plan has no arguments. The arguments are those of
    :func:`map_call`.
    """
    return map_call(ast.Call(ast.Name(migration.legacy_name), [], []), migration, legacy, factory)


def binds(signature: Signature, positionals: int, keywords: Sequence[str]) -> dict[str, int] | None:
    """Bind a call's shape to a signature as Python would.

    Args:
        signature: what is called, such as the stand-in of a test.
        positionals: how many positional arguments the call has.
        keywords: its keywords in source order.

    Returns:
        For each argument where it arrives, and its index over positional arguments and then keywords; None where the
        call does not fit. What ``*args`` takes in has the keys ``*0``, ``*1``, ...; what ``**kwargs`` takes in has
        ``**name``. Two shapes of a call mean the same to the callee where each argument has the same key in both.
    """
    bound = _bind(signature, positionals, keywords)
    return None if isinstance(bound, str) else bound


def _bind(signature: Signature, positionals: int, keywords: Sequence[str]) -> dict[str, int] | str:
    kinds = {parameter.kind for parameter in signature.parameters}
    positional = [parameter.name for parameter in signature.parameters if parameter.kind in _POSITIONAL]
    named = {
        parameter.name
        for parameter in signature.parameters
        if parameter.kind in (ParameterKind.POSITIONAL_OR_KEYWORD, ParameterKind.KEYWORD_ONLY)
    }
    bound = {name: index for index, name in enumerate(positional[:positionals])}
    if positionals > len(positional):
        if ParameterKind.VAR_POSITIONAL not in kinds:
            return f"it takes {len(positional)} positional arguments, {positionals} are given"
        bound |= {f"*{index - len(positional)}": index for index in range(len(positional), positionals)}
    for index, keyword in enumerate(keywords, positionals):
        if keyword not in named and ParameterKind.VAR_KEYWORD not in kinds:
            return f"it has no parameter `{keyword}` that can be given by keyword"
        key = keyword if keyword in named else f"**{keyword}"
        if key in bound:
            return f"`{keyword}` is given twice"
        bound[key] = index
    for parameter in signature.parameters:
        if parameter.kind not in _VARIADIC and parameter.default is None and parameter.name not in bound:
            return f"the required argument `{parameter.name}` is not given"
    return bound


def _given(positionals: int, keywords: Sequence[str], legacy: Signature, migration: Migration) -> dict[str, int]:
    """The legacy parameters that the call gives, each with its argument's index."""
    bound = _bind(legacy, positionals, keywords)
    if isinstance(bound, str):
        raise _Refused("invalid-call", f"the call does not fit `{migration.legacy_name}`: {bound}")
    own = {parameter.name for parameter in legacy.parameters if parameter.kind not in _VARIADIC}
    given = {}
    for key, index in bound.items():
        name = key.removeprefix("**")
        if name.startswith("*") or (name != key and name in own):
            raise _Refused("unmapped-argument", f"argument {index + 1} goes to no parameter of its own")
        given[name] = index
    return given


def _given_by_keyword(positionals: int, keywords: Sequence[str], migration: Migration) -> dict[str, int]:
    """What a call gives where the legacy signature is not known: only the configuration's names have a meaning."""
    unknown = f"the signature of `{migration.legacy_name}` is not known"
    if positionals:
        raise _Refused("unknown-signature", f"{unknown}: what a positional argument means cannot be said")
    given = {keyword: index for index, keyword in enumerate(keywords)}
    if len(given) < len(keywords):
        raise _Refused("invalid-call", "a keyword is given twice")
    mapped = [name for name, _ in migration.arguments]
    for name in given:
        if name not in mapped and name not in migration.drop:
            raise _unmapped(name, migration)
    left_out = next((name for name in mapped if name not in given), None)
    if left_out is not None:
        raise _Refused("unknown-signature", f"{unknown}, nor is the default of `{left_out}`")
    if not given:
        raise _Refused("unknown-signature", unknown)
    return given


def _unmapped(name: str, migration: Migration) -> _Refused:
    return _Refused("unmapped-argument", f"argument `{name}` has no counterpart in `{migration.factory_name}`")


def _droppable(
    given: dict[str, int], values: Sequence[ast.expr], migration: Migration, evaluation: Evaluation
) -> tuple[tuple[int, ...], str | None]:
    """The indexes of the arguments that go, and what speaks against leaving one out."""
    mapped = {name for name, _ in migration.arguments}
    dropped = []
    doubt = None
    for name, index in given.items():
        if name in mapped:
            continue
        if name not in migration.drop:
            raise _unmapped(name, migration)
        risk = evaluation.risk(values[index])
        if risk is Risk.ACTS:
            message = f"argument `{name}` may be dropped, but evaluating it may have an effect"
            raise _Refused("unmapped-argument", message)
        if risk is Risk.DOUBTFUL:
            doubt = f"argument `{name}` may be dropped, unless it matters that evaluating it can fail"
        dropped.append(index)
    return tuple(sorted(dropped)), doubt


def _target(name: str, factory: Signature | None) -> Parameter | None:
    """The factory's parameter of a configured name; what is not known is taken at the configuration's word."""
    if factory is None:
        return Parameter(name, ParameterKind.POSITIONAL_OR_KEYWORD, "...")
    for parameter in factory.parameters:
        if parameter.name == name and parameter.kind not in _VARIADIC:
            return parameter
    if any(parameter.kind is ParameterKind.VAR_KEYWORD for parameter in factory.parameters):
        return Parameter(name, ParameterKind.KEYWORD_ONLY, "...")
    return None


def _handed(given: dict[str, int], migration: Migration, factory: Signature | None) -> dict[str, NewArgument]:
    """The factory's parameters that arguments of the call are handed to."""
    if any(len(set(names)) < len(names) for names in zip(*migration.arguments, strict=True)):
        raise _Refused("unmapped-argument", "the configuration names a parameter twice")
    handed = {}
    for old, new in migration.arguments:
        if old in given:
            if _target(new, factory) is None:
                raise _unmapped(old, migration)
            handed[new] = NewArgument(given[old])
    return handed


def _written_defaults(
    given: dict[str, int], migration: Migration, legacy: Signature, factory: Signature | None
) -> dict[str, NewArgument]:
    """The legacy defaults that the factory does not have by itself."""
    own = {parameter.name: parameter for parameter in legacy.parameters if parameter.kind not in _VARIADIC}
    written = {}
    for old, new in migration.arguments:
        target = _target(new, factory)
        if old in given or (old not in own and target is None):
            continue
        if old in own and target is not None and _is_same_value(own[old], target):
            continue
        if old not in own:
            raise _Refused(
                "unknown-default", f"`{migration.legacy_name}` has no parameter `{old}` to take a default of"
            )
        default = own[old].default
        literal = _literal(default)
        if default is None or literal is None:
            raise _Refused("unknown-default", f"the default of `{old}` in `{migration.legacy_name}` is not a literal")
        if target is None:
            message = f"the default of `{old}` cannot be kept: `{migration.factory_name}` has no parameter `{new}`"
            raise _Refused("unknown-default", message)
        written[new] = NewArgument(None, literal=_on_one_line(default))
    return written


def _is_same_value(old: Parameter, new: Parameter) -> bool:
    """Whether two defaults are surely the same, also where one is the name of a constant of its module."""
    keys = [_literal(p.value if p.value is not None else p.default) for p in (old, new)]
    return keys[0] is not None and keys[0] == keys[1]


def _placed(handed: dict[str, NewArgument], migration: Migration, factory: Signature | None) -> tuple[NewArgument, ...]:
    """Put arguments in the factory's order: by position up to the first gap, then by keyword in source order."""
    if factory is None:
        return tuple(handed[new] for _, new in migration.arguments if new in handed)
    positional = []
    named = dict(handed)
    gap: str | None = None
    for parameter in factory.parameters:
        if parameter.kind in _VARIADIC:
            continue
        if parameter.name not in named:
            if parameter.default is None:
                message = f"`{migration.factory_name}` needs an argument `{parameter.name}` that the call does not give"
                raise _Refused("missing-argument", message)
            gap = gap or parameter.name
        elif parameter.kind in _POSITIONAL and gap is None:
            positional.append(named.pop(parameter.name))
        elif parameter.kind is ParameterKind.POSITIONAL_ONLY:
            message = f"`{parameter.name}` can only be given by position, and `{gap}` before it is left out"
            raise _Refused("missing-argument", message)
    by_keyword = [replace(new, keyword=name) for name, new in named.items()]
    by_keyword.sort(key=lambda new: (new.index is None, new.index or 0))
    return (*positional, *by_keyword)


def _check_order(indexes: Sequence[int], values: Sequence[ast.expr]) -> None:
    """Refuse where arguments change places and what one does could matter to the other."""
    for first, second in itertools.combinations(indexes, 2):
        risks = sorted((_ALONE.risk(values[first]), _ALONE.risk(values[second])))
        if first > second and risks[0] > Risk.STILL and risks[1] > Risk.READS:
            raise _Refused("evaluation-order", "the arguments would be evaluated in another order")


def _literal(source: str | None) -> object:
    """A key that two immutable literals share where they are equal and of one type; None for anything else.

    ``...`` counts as unknown, because stubs write it for any default.
    """
    try:
        return None if source is None else _key(ast.parse(f"({source}\n)", mode="eval").body)
    except (SyntaxError, ValueError):
        return None


def _key(node: ast.expr) -> object:
    match node:
        case ast.Constant(value=value) if value is not ...:
            return repr(value)  # which differs between types, and between 0.0 and -0.0
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return repr(-value)
        case ast.Tuple(elts=parts):
            keys = tuple(map(_key, parts))
            return None if None in keys else keys
    return None


def _on_one_line(source: str) -> str:
    """A literal's source; what spans lines or could hold a comment is written anew."""
    if any(mark in source for mark in "\n\r#"):
        return ast.unparse(ast.parse(f"({source}\n)", mode="eval"))
    return source


def names_in_source_order(node: ast.AST, spelling: str) -> Iterator[ast.Name]:
    """The names of one spelling inside an expression, in the order in which the source has them.

    The order does not rest on positions, which Python 3.11 gets wrong inside f-strings; it is the order that
    :class:`~cachelift.model.StringTarget` counts by.

    Args:
        node: the expression.
        spelling: the name.
    """
    if isinstance(node, ast.Name) and node.id == spelling:
        yield node
    for child in _children(node):
        yield from names_in_source_order(child, spelling)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return iter((body, test, orelse))
        case ast.Dict(keys=keys, values=values):
            return (part for pair in zip(keys, values, strict=True) for part in pair if part is not None)
        case ast.arguments(defaults=defaults, kw_defaults=kw_defaults):
            return iter((*defaults, *filter(None, kw_defaults)))
        case ast.Call(func=func, args=args, keywords=keywords):
            parts: list[ast.expr | ast.keyword] = [*args, *keywords]
            return iter((func, *sorted(parts, key=lambda part: (part.lineno, part.col_offset))))
    return ast.iter_child_nodes(node)
