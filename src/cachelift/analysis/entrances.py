"""By which names other code hands an object to a place inside of a module."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Sequence

from cachelift.analysis.given import Given, spelled
from cachelift.analysis.names import IMPORT_KINDS
from cachelift.analysis.scopes import BindingKind

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_CONSTRUCTORS = frozenset({"__init__", "__new__", "__post_init__"})
_LOOKS = frozenset(
    f"builtins.{name}"
    for name in ("type", "isinstance", "issubclass", "len", "set", "frozenset", "all", "any", "map", "TypeError")
) | {"collections.Counter"}
"""What only looks at the objects that it is given."""
_GETTERS = ("globals", "locals", "vars", "__dict__", "__getattribute__", "eval", "exec", "methodcaller", "attrgetter")
"""What may get a function without its name."""
_MAKES = frozenset(
    f"builtins.{name}"
    for name in ("int", "str", "float", "bytes", "bool", "list", "tuple", "dict", "set", "frozenset", "object", "range")
)
"""What makes an object that has nothing in it but what is handed over."""
_OF_CLASSES = frozenset({"__class__", "__name__", "__qualname__", "__module__", "Counter"})
"""Attributes that are no part of an object."""
_METHODS = frozenset({"staticmethod", "classmethod", "property", "override", "final", "cache", "lru_cache"})
"""Decorators that put what they decorate nowhere else."""


class Entrances:
    """The ways into the functions of one file.

    Args:
        given: what its expressions may be.
    """

    def __init__(self, given: Given) -> None:
        self._given = given
        self._parents = given.parents
        self._scopes = given.file.scopes

    def names(self, at: ast.AST, *, strictly: bool = False) -> frozenset[str]:
        """The names by which other code hands an object to a place.

        With ``strictly`` every way to the place has to be a call, of a function by its own name, with something that is
        no object of either class or an argument itself.

        None where the place runs in any case, or where nothing tells: an operator or another protocol leads there, a
        decorator, the function as a value, or pytest (https://docs.pytest.org/en/stable/how-to/writing_hook_functions.html).
        """
        pending = self._around(at)
        found: set[str] = set()
        if not pending:
            return frozenset()
        while pending:
            function = pending.pop()
            name = self._called_as(function)
            if name in found:
                continue
            if name.startswith(("__", "pytest_")) or not self._is_plain(function):
                return frozenset()
            found.add(name)
            if strictly and name in self._texts:
                return frozenset()
            for node in self._reads(name, strictly=strictly):
                call = self._parents.get(node)
                if isinstance(call, ast.Call) and call.func is node:
                    if strictly and self._may_be_handed(call):
                        if not self._hands_on(call):
                            return frozenset()
                        pending += self._around(call)
                    elif not strictly and self._is_handed(call):
                        pending += self._around(call) or [None]
                elif strictly or not self._only_gives_own(node):
                    return frozenset()
            if None in pending:
                return frozenset()
        return frozenset(found)

    def of_arguments(self, at: ast.expr | ast.stmt) -> frozenset[str]:
        """The names by which other code hands over what a place looks at; none as well where it may have more in hand.

        Args:
            at: the place, where nothing is looked at but the arguments of the function that it is in.
        """
        function = next((each for each in self._around(at) if each is not None), None)
        if not isinstance(function, _FUNCTIONS) or self._given.at_home or self._gets_by_any_name:
            return frozenset()
        if any(map(self._may_hold, filter(None, (*function.args.defaults, *function.args.kw_defaults)))):
            return frozenset()
        statement = self._scopes.statement_of(at)
        looked_at: list[ast.AST] = [each for each in ast.iter_child_nodes(statement) if isinstance(each, ast.expr)]
        node: ast.AST = at
        while node is not statement:  # what is in a `with` or a `case` is no child of the statement
            looked_at += [node] if isinstance(node, ast.expr) else []
            node = self._parents[node]
        return self.names(at, strictly=True) if self._are_arguments(looked_at, function) else frozenset()

    def _hands_on(self, call: ast.Call) -> bool:
        """Whether a call hands over nothing but arguments of the function that it is in."""
        function = next((each for each in self._around(call) if each is not None), None)
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        return isinstance(function, _FUNCTIONS) and self._are_arguments(values, function)

    def _are_arguments(self, looked_at: Sequence[ast.AST], function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        """Whether the names in some expressions are those of arguments, and nothing makes or gets an object there."""
        for node in (inner for each in looked_at for inner in ast.walk(each)):
            if isinstance(node, ast.Call) and not self._only_looks(node):
                return False
            if isinstance(node, ast.Attribute) and node.attr not in _OF_CLASSES:  # something that an argument holds
                return False
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and not self._is_argument(node, function):
                return False
        return True

    def _only_looks(self, call: ast.Call) -> bool:
        dotted = self._given.names.qualified(call.func)
        return bool(dotted) and _LOOKS.issuperset(dotted)

    def _is_argument(self, node: ast.Name, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        """Whether a name is an argument, the variable of a comprehension, or no variable at all."""
        reference = self._scopes.by_node.get(node)
        if reference is None or reference.owner is None:
            return True  # a builtin
        bindings = reference.owner.bindings.get(reference.where.mangle(node.id), [])
        if all(each.kind in (BindingKind.CLASS, BindingKind.FUNCTION, *IMPORT_KINDS) for each in bindings):
            return isinstance(self._parents.get(node), ast.Call | ast.Raise)
        is_own = reference.owner.node is function and not self._given.is_first(node)
        arguments = function.args
        own = {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
        own |= {each.arg for each in (arguments.vararg, arguments.kwarg) if each is not None}
        is_comprehension = isinstance(
            reference.owner.node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
        )
        return is_comprehension or (is_own and node.id in own and len(bindings) == 1)

    @functools.cached_property
    def _gets_by_any_name(self) -> bool:
        """Whether the file may get a function by a name that is put together, or run a text."""
        if self._given.file.may_name(*_GETTERS):
            return True
        calls = (each for each in self._scopes.of_kind(ast.Call) if spelled(each.func) == "getattr")
        return any(len(each.args) > 1 and not isinstance(each.args[1], ast.Constant) for each in calls)

    @functools.cached_property
    def _texts(self) -> set[str]:
        """The texts of the file: the name of a function may be one of them."""
        return {each.value for each in self._scopes.of_kind(ast.Constant) if isinstance(each.value, str)}

    def _reads(self, name: str, *, strictly: bool = False) -> Iterator[ast.expr]:
        nodes: list[ast.Name | ast.Attribute]
        nodes = [*self._scopes.of_kind(ast.Name), *self._scopes.of_kind(ast.Attribute)]
        for node in nodes:
            if isinstance(node.ctx, ast.Load) and spelled(node) == name and (strictly or not self._is_note(node)):
                yield node

    def _is_note(self, node: ast.expr) -> bool:
        """Whether a name stands in an annotation, or is what an attribute is read from."""
        return isinstance(self._parents.get(node), ast.Attribute) or self._given.file.contexts.in_type_position(node)

    def _is_handed(self, call: ast.Call) -> bool:
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        nodes = (node for value in values for node in ast.walk(value))
        return any(self._given.may_be(node) for node in nodes if isinstance(node, ast.Name | ast.Attribute))

    def _may_be_handed(self, call: ast.Call) -> bool:
        return any(map(self._may_hold, [*call.args, *(keyword.value for keyword in call.keywords)]))

    def _may_hold(self, node: ast.expr) -> bool:
        """Whether what is handed over may be, or have in it, an object of either class."""
        match node:
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                return any(map(self._may_hold, elements))
            case ast.Dict(keys=keys, values=values):
                return any(self._may_hold(each) for each in (*keys, *values) if each is not None) or None in keys
            case ast.ListComp(elt=element) | ast.SetComp(elt=element) | ast.GeneratorExp(elt=element):
                return self._may_hold(element)
            case ast.DictComp(key=key, value=value):
                return self._may_hold(key) or self._may_hold(value)
            case ast.Call():
                dotted = self._given.names.qualified(node.func)
                is_plain = bool(dotted) and all(
                    name in _MAKES or name.endswith(("Error", "Exception")) for name in dotted
                )
                values = [*node.args, *(keyword.value for keyword in node.keywords)]
                return not is_plain or any(map(self._may_hold, values))
        return not isinstance(node, ast.Constant | ast.JoinedStr | ast.Compare)

    def _only_gives_own(self, node: ast.AST) -> bool:
        """Whether a function is an argument of another one of the file that calls it with what is its own."""
        call = self._parents.get(node)
        if not isinstance(call, ast.Call) or node not in call.args:
            return False
        index = call.args.index(node)
        takers = [each for each in self._functions() if each.name == spelled(call.func)]
        return bool(takers) and all(self._calls_with_own(taker, index) for taker in takers)

    def _calls_with_own(self, taker: ast.FunctionDef | ast.AsyncFunctionDef, index: int) -> bool:
        """Whether a function does no more with an argument than call it with what is its own."""
        is_method = isinstance(self._parents.get(taker), ast.ClassDef)
        is_static = any(spelled(each) == "staticmethod" for each in taker.decorator_list)
        names = [each.arg for each in (*taker.args.posonlyargs, *taker.args.args)][is_method and not is_static :]
        if index >= len(names):
            return False
        reads = [node for node in ast.walk(taker) if isinstance(node, ast.Name) and node.id == names[index]]
        calls = [self._parents.get(node) for node in reads]
        return all(
            isinstance(call, ast.Call) and call.func is node and not self._is_handed(call)
            for node, call in zip(reads, calls, strict=True)
        )

    def _functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        yield from self._scopes.of_kind(ast.FunctionDef)
        yield from self._scopes.of_kind(ast.AsyncFunctionDef)

    def _around(self, node: ast.AST) -> list[ast.AST | None]:
        """The functions around a place, lambdas among them."""
        found: list[ast.AST | None] = []
        current: ast.AST | None = node
        while current is not None:
            found += [current] if isinstance(current, (*_FUNCTIONS, ast.Lambda)) else []
            current = self._parents.get(current)
        return found

    def _called_as(self, function: ast.AST | None) -> str:
        """The name by which a function is called; of a constructor that of its class."""
        if not isinstance(function, _FUNCTIONS):
            return "__call__"
        holder = self._parents.get(function)
        is_constructor = function.name in _CONSTRUCTORS and isinstance(holder, ast.ClassDef)
        return holder.name if is_constructor and isinstance(holder, ast.ClassDef) else function.name

    def _is_plain(self, function: ast.AST | None) -> bool:
        """Whether a function is called by its own name only: nothing decorates it, and no strange base calls it."""
        if not isinstance(function, _FUNCTIONS):
            return False
        if not {spelled(getattr(each, "func", each)) for each in function.decorator_list} <= _METHODS:
            return False
        holder = self._parents.get(function)
        bases = holder.bases if isinstance(holder, ast.ClassDef) else []
        own = {node.name for node in self._scopes.of_kind(ast.ClassDef)}
        return all(spelled(base) in own | {"object"} for base in bases)
