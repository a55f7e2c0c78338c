"""What evaluating an expression may do: whether it can be left out, or change places with another.

Source of the rules: https://docs.python.org/3/reference/expressions.html#evaluation-order and, for the functions that
are told apart, the library reference of each.
"""

from __future__ import annotations

import ast
import builtins
import enum
from collections.abc import Iterable, Sequence

from cachelift.analysis.imports import Imports
from cachelift.analysis.names import Names
from cachelift.analysis.scopes import Binding, BindingKind, ScopeKind
from cachelift.effects import ASKERS, ENVIRONMENT, MAKERS

_RUNS = frozenset(
    {
        BindingKind.IMPORT,
        BindingKind.IMPORT_FROM,
        BindingKind.ASSIGN,
        BindingKind.ANN_ASSIGN,
        BindingKind.FUNCTION,
        BindingKind.CLASS,
    }
)
"""What has bound its name once the statement has run."""
_UNBINDS = frozenset({BindingKind.DEL, BindingKind.EXCEPT})
_PATH_ATTRIBUTES = {"parent": "path", "name": "str", "stem": "str", "suffix": "str"}
_PATH_METHODS = {
    "absolute": "path", "as_posix": "str", "expanduser": "path", "joinpath": "path", "resolve": "path",
    "with_name": "path", "with_suffix": "path",
}  # fmt: skip
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)
"""What joins texts and paths and computes; others are used for what they do, as in ``stream << "text"``."""


class Risk(enum.IntEnum):
    """What evaluating an expression does, the least first."""

    STILL = 0
    """Nothing, and it cannot fail."""
    READS = 1
    """It reads names or the environment, and cannot fail."""
    DOUBTFUL = 2
    """It should only make a value, but may fail, or run a special method that is not known."""
    ACTS = 3
    """Anything at all."""


class Evaluation:
    """Tells what evaluating the expressions of one file may do. Whatever is not surely harmless acts.

    Args:
        names: those of the file; without them every name counts as bound, and every call acts.
        imports: its statements.
    """

    def __init__(self, names: Names | None = None, imports: Imports | None = None) -> None:
        self._names = names
        self._imports = imports

    def risk(self, node: ast.expr) -> Risk:
        """What evaluating an expression may do."""
        match node:
            case ast.Constant() | ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=ast.Constant(value=int() | float())):
                return Risk.STILL
            case ast.Name():
                return Risk.READS if self._is_bound(node) else Risk.DOUBTFUL
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return self._worst(parts)
            case ast.Set(elts=parts) if _are_constants(parts):
                return Risk.STILL
            case ast.Dict(keys=keys, values=parts) if _are_constants(keys):
                return self._worst(parts)
            case ast.Lambda(args=ast.arguments(defaults=defaults, kw_defaults=kw_defaults)):
                return self._worst([*defaults, *filter(None, kw_defaults)])
            case ast.BinOp() if _is_integer(node):
                return Risk.STILL
            case ast.Call():
                return self._call(node)
        return self._operation(node)

    def _worst(self, parts: Iterable[ast.expr]) -> Risk:
        return max(map(self.risk, parts), default=Risk.STILL)

    def _operation(self, node: ast.expr) -> Risk:
        """What runs special methods of its parts: sure only where their classes are known."""
        match node:
            case ast.JoinedStr(values=parts):
                fields = [part for part in parts if isinstance(part, ast.FormattedValue)]
                worst = self._worst(field.value for field in fields)
                is_sure = all(field.format_spec is None and self._kind(field.value) for field in fields)
                return worst if is_sure else max(worst, Risk.DOUBTFUL, *map(self._specification, fields))
            case ast.BinOp(left=left, op=op, right=right) if isinstance(op, _OPERATORS):
                worst = self._worst((left, right))
            case ast.Attribute(value=value):
                worst = self.risk(value)
            case ast.Subscript(value=value, slice=index):
                return max(Risk.DOUBTFUL, self._worst((value, index)))
            case ast.Slice(lower=lower, upper=upper, step=step):
                return self._worst(filter(None, (lower, upper, step)))
            case ast.BoolOp(values=parts):
                return max(Risk.DOUBTFUL, self._worst(parts))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return max(Risk.DOUBTFUL, self._worst((test, body, orelse)))
            case _:
                return Risk.ACTS
        return worst if self._kind(node) else max(worst, Risk.DOUBTFUL)

    def _specification(self, field: ast.FormattedValue) -> Risk:
        return Risk.STILL if field.format_spec is None else self.risk(field.format_spec)

    def _call(self, call: ast.Call) -> Risk:
        """A call of what is known to make a value only; every other one acts."""
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        worst = self._worst(values)
        if isinstance(call.func, ast.Attribute) and self._method(call.func):
            return max(Risk.DOUBTFUL, worst, self.risk(call.func.value))
        name = self._callee(call.func)
        if name is None:
            return Risk.ACTS
        if name not in ASKERS and self._is_sure(name, call):
            return max(worst, Risk.READS if name in ENVIRONMENT else Risk.STILL)
        return max(Risk.DOUBTFUL, worst)

    def _is_sure(self, name: str, call: ast.Call) -> bool:
        """Whether a call of a function of the library cannot fail, nor run anything of others."""
        if call.keywords or not call.args or not self._names or self._names.stars or not self._is_bound(_root(call)):
            return False
        first, *others = call.args
        if name in ENVIRONMENT:
            return len(others) <= 1 and isinstance(first, ast.Constant) and _is_variable(first.value)
        return all(map(self._kind, call.args)) and (not others or MAKERS[name][1])

    def _callee(self, func: ast.expr) -> str | None:
        """The dotted name of a function of the library that is known, where nothing else can be meant."""
        dotted = self._names.qualified(func) if self._names is not None else ()
        if not dotted or not all(each in MAKERS or each in ASKERS for each in dotted):
            return None
        assert self._names is not None
        is_own = any(self._names.knowledge.locate(each.partition(".")[0]) is not None for each in dotted)
        return None if is_own else max(dotted, key=lambda each: (each in ASKERS, each))

    def _method(self, func: ast.Attribute) -> str:
        """The kind of what a known method of a text or path gives; empty for any other."""
        of = self._kind(func.value)
        if of == "path":
            return _PATH_METHODS.get(func.attr, "")
        return "str" if of == "str" and func.attr == "format" else ""

    def _kind(self, node: ast.expr) -> str:
        """``str`` or ``path`` where an expression, if it does not fail, surely gives one; else nothing."""
        match node:
            case ast.Constant(value=str()) | ast.JoinedStr():
                return "str"
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return "str" if self._kind(left) == self._kind(right) == "str" else ""
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                kinds = {self._kind(left), self._kind(right)}
                return "path" if "path" in kinds and "" not in kinds else ""
            case ast.Attribute(value=value, attr=attr):
                return _PATH_ATTRIBUTES.get(attr, "") if self._kind(value) == "path" else ""
            case ast.Call(func=func, args=args):
                if isinstance(func, ast.Attribute) and self._method(func):
                    return self._method(func)
                name = self._callee(func)
                if name in ENVIRONMENT:
                    return "str" if len(args) > 1 and self._kind(args[1]) == "str" else ""
                return "" if name is None else ASKERS.get(name) or MAKERS[name][0]
        return ""

    # -- names -------------------------------------------------------------------------------------------------

    def _is_bound(self, node: ast.expr | None) -> bool:
        """Whether a name is surely bound where it is read."""
        if self._names is None:
            return True
        reference = self._names.scopes.by_node.get(node) if isinstance(node, ast.Name) else None
        if reference is None:
            return False
        if reference.owner is None:
            return hasattr(builtins, reference.node.id)
        bindings = reference.owner.bindings.get(reference.where.mangle(reference.node.id), ())
        if any(binding.kind in _UNBINDS for binding in bindings):
            return False
        return any(self._has_bound(binding, reference.node) for binding in bindings)

    def _has_bound(self, binding: Binding, node: ast.Name) -> bool:
        if binding.kind is BindingKind.PARAMETER or binding.owner.kind is ScopeKind.COMPREHENSION:
            return True
        assert self._names is not None
        assert self._imports is not None
        at = self._names.scopes.statement_of(node)
        if binding.kind in (BindingKind.FOR, BindingKind.WITH):
            return self._is_inside(at, binding.statement)
        if binding.kind not in _RUNS:
            return False
        if self._imports.dominates(binding.statement, at):
            return True
        return binding.owner.kind is ScopeKind.MODULE and self._imports.runs_before(binding.statement, at)

    def _is_inside(self, node: ast.AST | None, around: ast.stmt) -> bool:
        """Whether a statement stands in the body of a loop or ``with``; a function there is made when the name is."""
        assert self._names is not None
        while node is not None and node not in getattr(around, "body", ()):
            node = self._names.scopes.parents.get(node)
        return node is not None


def _root(call: ast.Call) -> ast.expr:
    node = call.func
    while isinstance(node, ast.Attribute):
        node = node.value
    return node


def _is_variable(value: object) -> bool:
    """Whether it can be the name of an environment variable, in every encoding."""
    return isinstance(value, str) and value.isascii()


def _are_constants(parts: Sequence[ast.expr | None]) -> bool:
    return all(isinstance(part, ast.Constant) for part in parts)


def _is_integer(node: ast.expr) -> bool:
    """Whether it is arithmetic that cannot fail, such as ``60 * 60``."""
    match node:
        case ast.Constant(value=int()):
            return True
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult(), right=right):
            return _is_integer(left) and _is_integer(right)
    return False
