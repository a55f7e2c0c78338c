"""What takes the class as a value, and whether it does no more with it than call it.

Such a taker makes objects and tests none, so what is made elsewhere may be of another class.
"""

from __future__ import annotations

import ast

from cachelift.analysis.names import Names, alias_target
from cachelift.analysis.scopes import BindingKind
from cachelift.namespace import last_name

_CALLERS = frozenset({"builtins.map", "asyncio.to_thread"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Takers:
    """The functions of one file, and of those that it imports from, that take the class.

    Args:
        names: the file's names.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._parents = names.scopes.parents

    def taker(self, func: ast.expr) -> ast.AST | None:
        """The function or class of the repository that a call calls by its name."""
        reference = self._names.scopes.by_node.get(func) if isinstance(func, ast.Name) else None
        bindings = reference.owner.bindings.get(reference.node.id, []) if reference and reference.owner else []
        if len(bindings) == 1 and bindings[0].kind in (BindingKind.FUNCTION, BindingKind.CLASS):
            return bindings[0].node
        found = (self._names.knowledge.definition(dotted) for dotted in self._names.qualified(func))
        return next((node for node in found if node is not None), None)

    def calls_argument(self, call: ast.Call, keyword: str | None, index: int) -> bool:
        """``map(C, names)``, ``asyncio.to_thread(C)``, ``build(name, C)``: what takes the argument calls it.

        ``index`` is the argument's, -1 for one with a keyword.
        """
        if index == 0 and _CALLERS & set(self._names.qualified(call.func)):
            return True
        taker = self.taker(call.func)
        if not isinstance(taker, ast.FunctionDef | ast.AsyncFunctionDef) or taker.decorator_list:
            return False
        names = [argument.arg for argument in (*taker.args.posonlyargs, *taker.args.args)]
        name = names[index] if 0 <= index < len(names) else keyword
        return name is not None and makes_only(taker, name)

    def calls_default(self, node: ast.expr, arguments: ast.arguments) -> bool:
        """``def build(kind=C): return kind(...)``; a decorator may read the defaults."""
        positional = [*arguments.posonlyargs, *arguments.args]
        defaults = [*zip(reversed(positional), reversed(arguments.defaults), strict=False)]
        defaults += [(a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None]
        name = next(argument.arg for argument, default in defaults if default is node)
        function = self._parents[arguments]
        return not getattr(function, "decorator_list", ()) and makes_only(function, name)

    def tests_call(self, node: ast.expr) -> bool:
        """``@pytest.mark.parametrize("kind", [C])``: the test calls its argument, and only marks decorate it."""
        row: list[ast.expr] = [node]
        rows = self._parents[node]
        if isinstance(rows, ast.Tuple) and isinstance(self._parents[rows], ast.List | ast.Tuple):
            row, rows = rows.elts, self._parents[rows]
        elif isinstance(rows, ast.Call) and last_name(rows.func) == "param":
            row, rows = rows.args, self._parents[rows]
        call = self._parents[rows]
        if not isinstance(rows, ast.List | ast.Tuple) or not isinstance(call, ast.Call):
            return False
        if any(keyword.arg != "ids" for keyword in call.keywords):
            return False
        test = self._parents[call]
        if not isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef) or not all(map(_is_mark, test.decorator_list)):
            return False
        names = _argument_names(call.args[0])
        is_of_test = last_name(call.func) == "parametrize" and call.args[1:] == [rows] and len(names) == len(row)
        return is_of_test and node in row and makes_only(test, names[row.index(node)])

    def called_as(self, node: ast.expr) -> str | None:
        """The name of the class attribute that an expression is kept in, where this file only ever calls that."""
        target = alias_target(self._names.scopes, node)
        if target is None or not isinstance(self._parents[self._parents[node]], ast.ClassDef):
            return None
        of_kind = self._names.scopes.of_kind
        texts = (constant.value for constant in of_kind(ast.Constant))
        reads = [each for each in of_kind(ast.Attribute) if each.attr == target.id]
        names = [each for each in of_kind(ast.Name) if each.id == target.id]
        is_called = all(getattr(self._parents[each], "func", None) is each for each in reads)
        return target.id if is_called and names == [target] and target.id not in texts else None


def makes_only(taker: ast.AST, name: str | None = None) -> bool:
    """Whether a function does no more with a parameter than call it, or a class never asks for a class.

    Args:
        taker: a function, a lambda or a class.
        name: the parameter; None for the first one.
    """
    if not isinstance(taker, _Function):
        words = {getattr(node, "attr", getattr(node, "id", "")) for node in ast.walk(taker)}
        return words.isdisjoint(("isinstance", "issubclass", "type", "__class__"))
    parameters = [*taker.args.posonlyargs, *taker.args.args]
    name = name or (parameters[0].arg if parameters else "")
    called = {node.func for node in ast.walk(taker) if isinstance(node, ast.Call)}
    reads = [node for node in ast.walk(taker) if isinstance(node, ast.Name) and node.id == name]
    return bool(reads) and all(node in called for node in reads)


def _is_mark(decorator: ast.expr) -> bool:
    """``@pytest.mark.slow``, ``@mark.parametrize(...)``: such a decorator does not call what it decorates."""
    func = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(func, ast.Attribute) and last_name(func.value) == "mark"


def _argument_names(node: ast.expr) -> list[str]:
    """The names of the arguments that ``parametrize`` gives: ``"a, b"`` or ``("a", "b")``."""
    given = node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
    texts = [str(each.value) for each in given if isinstance(each, ast.Constant)]
    return [name.strip() for text in texts for name in text.split(",")]
