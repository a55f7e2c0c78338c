"""One step of a value through a program: given an expression, what is done with it, and where it goes next.

A value has a *shape*: what has to be done to get at the object. The empty shape is the object itself; ``[`` stands for
a container of it, a digit for a tuple that has it in that place, ``(`` for something that gives it when called, ``@``
for something that gives it when awaited, ``&`` for a context manager that gives it. They stack, outermost first: what
``async def f() -> list[C]`` binds has the shape ``(@[``.
"""

from __future__ import annotations

import ast

from cachelift.analysis.calls import Calls, Effect, is_in_containers
from cachelift.namespace import last_name

_DEEPEST = 4
"""Shapes end here, so that ``x = [x]`` comes to an end."""

_OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.MatMult: "matmul", ast.Div: "truediv", ast.Mod: "mod",
    ast.FloorDiv: "floordiv", ast.Pow: "pow", ast.LShift: "lshift", ast.RShift: "rshift", ast.BitOr: "or",
    ast.BitXor: "xor", ast.BitAnd: "and",
}  # fmt: skip
_OF_OPERANDS = {"mod": ("__getitem__",), "mul": ("__index__",), "truediv": ("__fspath__",)}
"""What an operator of a text, of a list or of a path asks the other operand for."""
_UNARY: dict[type[ast.unaryop], str] = {ast.USub: "__neg__", ast.UAdd: "__pos__", ast.Invert: "__invert__"}
_ORDER: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("__lt__", "__gt__"), ast.LtE: ("__le__", "__ge__"),
    ast.Gt: ("__gt__", "__lt__"), ast.GtE: ("__ge__", "__le__"),
}  # fmt: skip
_TAKES = frozenset({"get", "pop", "setdefault", "popleft", "get_nowait", "__getitem__", "result", "__next__"})
_KEEPS = frozenset(
    {"append", "add", "extend", "update", "insert", "put", "put_nowait", "set", "keys", "clear", "remove", "discard",
     "sort", "reverse", "index", "count", "close", "join", "task_done", "empty", "full", "qsize"}
)  # fmt: skip
"""Methods of containers that give none of what these hold."""
_FINDS = frozenset({"remove", "index", "count"})
_ALL = frozenset({"values", "copy", "union", "__iter__"})
_OPTIONAL = frozenset({"Optional", "Union", "Annotated", "Final", "ClassVar", "Required", "NotRequired"})
_CONTAINERS = frozenset(
    {"list", "List", "tuple", "Tuple", "set", "Set", "dict", "Dict", "Sequence", "Iterable", "Iterator", "Mapping",
     "MutableMapping", "Collection", "AsyncIterator", "Generator", "AsyncGenerator", "defaultdict", "deque"}
)  # fmt: skip


_SEQUENCES = frozenset(
    {"list", "tuple", "deque", "array", "UserList", "Sequence", "MutableSequence", "NamedTuple", "List", "Tuple"}
)
_MAPPINGS = frozenset(
    {"dict", "defaultdict", "OrderedDict", "Counter", "ChainMap", "UserDict", "Mapping", "MutableMapping", "Dict",
     "WeakKeyDictionary", "WeakValueDictionary", "Shelf"}
)  # fmt: skip
"""Of which a pattern's subject has to be one (language reference, 8.6.4)."""


class Steps(Calls):
    """The steps of one file."""

    def flow(self, node: ast.expr, shape: str, effect: Effect) -> None:
        """Note what becomes of the value of an expression."""
        parent = self.parents.get(node)
        step = getattr(self, f"_{type(parent).__name__.lower()}", None)
        lost, effect.lost = effect.lost, False
        if step is None or len(shape) > _DEEPEST:
            effect.lose()
        else:
            step(node, parent, shape, effect)
        effect.lost_at += [node] if effect.lost else []
        effect.lost = effect.lost or lost

    # -- no way on -----------------------------------------------------------------------------------------------

    def _nothing(self, node: ast.expr, parent: ast.AST, shape: str, effect: Effect) -> None:
        """The value is dropped, or only its text or identity counts."""

    _expr = _delete = _nothing

    def _formattedvalue(self, node: ast.expr, parent: ast.FormattedValue, shape: str, effect: Effect) -> None:
        """What ``object`` has takes no specification (language reference, 3.3.1)."""
        if not shape and parent.format_spec is not None and parent.conversion == -1:
            effect.members.append(("__format__", node))

    # -- assignments ---------------------------------------------------------------------------------------------

    def _assign(self, node: ast.expr, parent: ast.Assign, shape: str, effect: Effect) -> None:
        for target in parent.targets:
            self._bind(target, shape, effect)

    def _annassign(self, node: ast.expr, parent: ast.AnnAssign, shape: str, effect: Effect) -> None:
        if parent.value is node:
            self._bind(parent.target, shape, effect)
        elif parent.annotation is node and shape[:1] == "(":
            self._bind(parent.target, shape[1:], effect)

    def _augassign(self, node: ast.expr, parent: ast.AugAssign, shape: str, effect: Effect) -> None:
        if parent.value is node and shape[:1] == "[":
            self._bind(parent.target, shape, effect)
        elif parent.target is node:
            name = _OPERATORS[type(parent.op)]
            effect.members += [(f"__i{name}__", node), (f"__{name}__", node)] if not shape else []
        else:
            effect.members += [(f"__r{_OPERATORS[type(parent.op)]}__", node)] if not shape else []
            effect.lose()

    def _namedexpr(self, node: ast.expr, parent: ast.NamedExpr, shape: str, effect: Effect) -> None:
        self._bind(parent.target, shape, effect)
        effect.to(parent, shape)

    def _bind(self, target: ast.expr, shape: str, effect: Effect) -> None:
        """An assignment target takes a value: names, attributes, items, and tuples of them."""
        if isinstance(target, ast.Tuple | ast.List):
            self._unpack(target.elts, shape, effect)
        elif isinstance(target, ast.Starred):
            self._bind(target.value, shape, effect)
        elif isinstance(target, ast.Subscript):
            is_slice = isinstance(target.slice, ast.Slice) and not shape
            effect.members += [("__iter__", target)] if is_slice else []
            self.store(target.value, "[" + shape, effect)
        else:
            places = list(self.places.of_target(target))
            effect.goes += [(place, shape) for place in places]
            if isinstance(target, ast.Attribute):
                self.store_on(target.value, target.attr, shape, effect)
            if not places:
                effect.lose()
            elif isinstance(target, ast.Attribute) and self.places.is_imported(self.places.root(target)):
                effect.lose(self.names.qualified(self.places.root(target)))

    def _unpack(self, targets: list[ast.expr], shape: str, effect: Effect) -> None:
        if shape[:1].isdigit() and not any(isinstance(target, ast.Starred) for target in targets):
            index = int(shape[0]) - 1
            if index < len(targets):
                self._bind(targets[index], shape[1:], effect)
        elif shape[:1] == "[" or shape[:1].isdigit():
            for target in targets:
                starred = isinstance(target, ast.Starred)
                self._bind(target, "[" + shape[1:] if starred else shape[1:], effect)
        else:
            effect.members += [("__iter__", target) for target in targets[:1] if not shape]
            effect.lose()  # of a named tuple that another file makes it is not known which name gets what

    # -- patterns ------------------------------------------------------------------------------------------------

    def _match(self, node: ast.expr, parent: ast.Match, shape: str, effect: Effect) -> None:
        """The subject of a match statement: names in its patterns take it, or what is inside of it."""
        effect.escapes = effect.met = True
        for case in parent.cases:
            self.capture(case.pattern, shape, effect)

    def capture(self, pattern: ast.pattern, shape: str, effect: Effect) -> None:
        """A pattern takes a value, or what is inside of it."""
        if isinstance(pattern, ast.MatchOr):
            for each in pattern.patterns:
                self.capture(each, shape, effect)
        elif isinstance(pattern, ast.MatchAs):
            self._take(pattern, pattern.name, shape, effect)
            if pattern.pattern is not None:
                self.capture(pattern.pattern, shape, effect)
        elif isinstance(pattern, ast.MatchSequence):
            effect.tests += [(_SEQUENCES, pattern)] if not shape else []
            self._capture_items(pattern.patterns, shape, effect)
        elif isinstance(pattern, ast.MatchMapping) and not shape:
            effect.tests.append((_MAPPINGS, pattern))
        elif isinstance(pattern, ast.MatchMapping) and shape[:1] == "[":
            self._take(pattern, pattern.rest, shape, effect)
            for each in pattern.patterns:
                self.capture(each, shape[1:], effect)
        elif isinstance(pattern, ast.MatchClass) and not shape:
            effect.members += [(name, pattern.cls) for name in pattern.kwd_attrs]
            effect.tests.append((self.names.last_names(pattern.cls), pattern))
            effect.members += [(name, pattern) for name in self.places.protocol(pattern.cls)]
        elif isinstance(pattern, ast.MatchValue) and not shape:
            effect.members.append(("__eq__", pattern.value))

    def _capture_items(self, patterns: list[ast.pattern], shape: str, effect: Effect) -> None:
        exact = shape[:1].isdigit() and not any(isinstance(each, ast.MatchStar) for each in patterns)
        for number, each in enumerate(patterns, 1):
            if isinstance(each, ast.MatchStar):
                self._take(each, each.name, "[" + shape[1:], effect)
            elif shape[:1] == "[" or (shape[:1].isdigit() and (not exact or number == int(shape[0]))):
                self.capture(each, shape[1:], effect)

    def _take(self, pattern: ast.pattern, name: str | None, shape: str, effect: Effect) -> None:
        effect.goes += [(place, shape) for place in self.places.of_name(pattern, name)] if name is not None else []

    # -- operators -----------------------------------------------------------------------------------------------

    def _ifexp(self, node: ast.expr, parent: ast.IfExp, shape: str, effect: Effect) -> None:
        if parent.test is node:
            self.truth(parent, shape, effect)
        else:
            effect.to(parent, shape)

    def _boolop(self, node: ast.expr, parent: ast.BoolOp, shape: str, effect: Effect) -> None:
        if parent.values[-1] is not node:
            self.truth(parent, shape, effect)
        effect.to(parent, shape)

    def _test(self, node: ast.expr, parent: ast.If | ast.While | ast.Assert, shape: str, effect: Effect) -> None:
        if parent.test is node:
            self.truth(node, shape, effect)

    _if = _while = _assert = _test

    def _match_case(self, node: ast.expr, parent: ast.match_case, shape: str, effect: Effect) -> None:
        self.truth(node, shape, effect)

    def _unaryop(self, node: ast.expr, parent: ast.UnaryOp, shape: str, effect: Effect) -> None:
        if isinstance(parent.op, ast.Not):
            self.truth(parent, shape, effect)
        elif not shape:
            effect.members.append((_UNARY[type(parent.op)], parent))

    def _binop(self, node: ast.expr, parent: ast.BinOp, shape: str, effect: Effect) -> None:
        name = _OPERATORS[type(parent.op)]
        if not shape:
            effect.members.append((f"__{name}__" if parent.left is node else f"__r{name}__", parent))
            effect.members += [(each, parent) for each in _OF_OPERANDS.get(name, ()) if parent.right is node]
            effect.escapes = effect.met = True
        elif (shape[0] == "(" and name == "or") or shape[0] == "[":
            effect.to(parent, shape)
        elif shape[0].isdigit():
            effect.to(parent, "[" + shape[1:])

    def _compare(self, node: ast.expr, parent: ast.Compare, shape: str, effect: Effect) -> None:
        """What is in a container is compared where the container is (language reference, 6.10.1)."""
        if shape and not is_in_containers(shape):
            return
        operands = [parent.left, *parent.comparators]
        for index, operator in enumerate(parent.ops):
            left, right = operands[index] is node, operands[index + 1] is node
            if isinstance(operator, ast.Is | ast.IsNot) or not (left or right):
                continue
            if isinstance(operator, ast.In | ast.NotIn) and right:
                effect.members.append(("__eq__" if shape else "__contains__", parent))
                effect.escapes = effect.escapes or bool(shape)
                continue
            if type(operator) in _ORDER:
                effect.members.append((_ORDER[type(operator)][0 if left else 1], parent))
            if type(operator) not in _ORDER or shape:
                effect.members.append(("__eq__", parent))
            effect.escapes = effect.met = True
            if isinstance(operator, ast.NotEq):
                effect.members.append(("__ne__", parent))
            elif isinstance(operator, ast.In | ast.NotIn):
                self.hashed(parent, shape, effect)

    def _await(self, node: ast.expr, parent: ast.Await, shape: str, effect: Effect) -> None:
        if shape[:1] == "@":
            effect.to(parent, shape[1:])
        elif not shape:
            effect.members.append(("__await__", parent))
            effect.to(parent, "")  # `await queue.get()`: what a container gives may have to be awaited
            effect.escapes = True

    # -- items and attributes ------------------------------------------------------------------------------------

    def _attribute(self, node: ast.expr, parent: ast.Attribute, shape: str, effect: Effect) -> None:
        if not isinstance(parent.ctx, ast.Load):
            if not shape:
                self._change(parent, effect)
            return
        call = self.parents.get(parent)
        called = isinstance(call, ast.Call) and call.func is parent
        if not shape:
            effect.members.append((parent.attr, parent))
            if called:
                assert isinstance(call, ast.Call)
                effect.members += self.named_members(call) if parent.attr == "__getattribute__" else []
                outer = self.parents.get(call)
                result = outer if isinstance(outer, ast.Await) else call
                effect.returned.append((parent.attr, (("value", result), "")))
                effect.members += [("__init__", parent)] if parent.attr == "__class__" else []
            elif parent.attr == "__class__" and isinstance(call, ast.Attribute):
                effect.members += [(call.attr, call)] if isinstance(call.ctx, ast.Load) else []
                effect.class_stores += [] if isinstance(call.ctx, ast.Load) else [call]
            elif parent.attr == "__class__" and isinstance(call, ast.Call) and call.args[:1] == [parent]:
                effect.class_stores += [call] if last_name(call.func) in ("setattr", "delattr", "object") else []
            if parent.attr == "value":  # of a member of an enumeration
                effect.to(parent, "")
            if parent.attr in ("__class__", "__dict__"):  # what is done with these tells the classes apart
                effect.escapes = effect.met = True
        elif shape[0] == "(":
            effect.class_members.append((parent.attr, parent))
        elif shape[0] == "[" and called:
            assert isinstance(call, ast.Call)
            self._container_method(parent.attr, call, shape, effect)
        elif shape[:2] == "[[" and parent.attr == "interpolations":
            effect.to(parent, shape)
        elif shape[0] == "[" and parent.attr in ("value", "values"):
            effect.to(parent, shape[1:])
        elif shape[0] == "@" and parent.attr == "result" and called:
            assert call is not None
            effect.to(call, shape[1:])
        elif not shape[0].isdigit():
            effect.lose()

    def _change(self, target: ast.Attribute, effect: Effect) -> None:
        """An attribute is set; what is deleted or augmented has to be there before."""
        if isinstance(target.ctx, ast.Store):
            effect.stores.append((target.attr, target))
        if isinstance(target.ctx, ast.Del) or isinstance(self.parents[target], ast.AugAssign):
            effect.members.append((target.attr, target))

    def _container_method(self, name: str, call: ast.Call, shape: str, effect: Effect) -> None:
        self.apply(call, 0, frozenset({name}), shape, effect)
        if is_in_containers(shape):
            self.ordered(call, frozenset({name}), shape[1:], effect)
            effect.members += [("__eq__", call)] if name in _FINDS else []
        if name in _TAKES:
            effect.to(call, shape[1:])
        elif name in _ALL:
            effect.to(call, shape)
        elif name in ("items", "popitem"):
            effect.to(call, ("[2" if name == "items" else "2") + shape[1:])
        elif name not in _KEEPS:
            effect.lose()

    def _interpolation(self, node: ast.expr, parent: ast.expr, shape: str, effect: Effect) -> None:
        """A template holds its interpolations, and each of them its value (:pep:`750`)."""
        effect.to(self.parents[parent], "[[" + shape)

    def _subscript(self, node: ast.expr, parent: ast.Subscript, shape: str, effect: Effect) -> None:
        if parent.value is not node:
            self._part(parent, shape, effect)
        elif not shape:
            names = {"Store": "__setitem__", "Del": "__delitem__"}
            effect.members.append((names.get(type(parent.ctx).__name__, "__getitem__"), parent))
            effect.members += [("__getitem__", parent)] if isinstance(self.parents[parent], ast.AugAssign) else []
        elif shape[0] == "(":
            effect.to(parent, shape)
        elif not isinstance(parent.ctx, ast.Load):
            return
        elif isinstance(parent.slice, ast.Slice):
            effect.to(parent, "[" + shape[1:] if shape[0].isdigit() else shape)
        elif shape[0] == "[":
            effect.to(parent, shape[1:])
        elif shape[0].isdigit():
            index = parent.slice.value if isinstance(parent.slice, ast.Constant) else None
            if index is None or index == int(shape[0]) - 1:
                effect.to(parent, shape[1:])
        else:
            effect.lose()

    def _part(self, parent: ast.Subscript, shape: str, effect: Effect) -> None:
        """A class inside ``list[...]`` or ``Optional[...]``; ``Annotated[..., Depends(f)]`` gives what f gives."""
        generic = self.names.last_names(parent.value)
        self.hashed(parent, shape, effect)
        effect.members += [("__index__", parent)] if not shape else []
        place, shape = (shape[0], shape[1:]) if shape[:1].isdigit() else ("", shape)
        if "Annotated" in generic and place > "1":
            effect.to(parent, "(" + shape)
        elif shape[:1] == "(" and generic & _OPTIONAL:
            effect.to(parent, shape)
        elif shape[:1] == "(" and generic & _CONTAINERS:
            effect.to(parent, "([" + shape[1:])
        else:
            effect.escapes = effect.met = True

    def _starred(self, node: ast.expr, parent: ast.Starred, shape: str, effect: Effect) -> None:
        display = self.parents[parent]
        if not shape:
            effect.members.append(("__iter__", node))
        elif isinstance(display, ast.List | ast.Tuple | ast.Set):
            effect.to(display, "[" + shape[1:])
        else:
            if isinstance(display, ast.Call):
                self.hand_to_class(display, effect)
            effect.lose()

    def _list(self, node: ast.expr, parent: ast.expr, shape: str, effect: Effect) -> None:
        if isinstance(parent, ast.Set | ast.SetComp) or (isinstance(parent, ast.DictComp) and parent.key is node):
            self.hashed(node, shape, effect)
        effect.to(parent, "[" + shape)

    _set = _listcomp = _setcomp = _generatorexp = _dictcomp = _list

    def _tuple(self, node: ast.expr, parent: ast.Tuple, shape: str, effect: Effect) -> None:
        index = parent.elts.index(node)
        plain = index < 9 and not any(isinstance(element, ast.Starred) for element in parent.elts)
        effect.to(parent, (str(index + 1) if plain else "[") + shape)

    def _dict(self, node: ast.expr, parent: ast.Dict, shape: str, effect: Effect) -> None:
        spread = node in parent.values and parent.keys[parent.values.index(node)] is None
        effect.members += [("keys", node), ("__getitem__", node)] if spread and not shape else []
        if node in parent.keys:
            self.hashed(node, shape, effect)
        effect.to(parent, shape if spread else "[" + shape)
        key = parent.keys[parent.values.index(node)] if node in parent.values else None
        is_given = isinstance(self.parents[parent], ast.Call | ast.keyword)
        if is_given and isinstance(key, ast.Constant) and isinstance(key.value, str):  # `type("H", (), {"cache": C()})`
            effect.may_go.append((("attribute", None, key.value), shape))

    def _withitem(self, node: ast.expr, parent: ast.withitem, shape: str, effect: Effect) -> None:
        if not shape:
            prefix = "a" if isinstance(self.parents[parent], ast.AsyncWith) else ""
            effect.members += [(f"__{prefix}enter__", node), (f"__{prefix}exit__", node)]
        if parent.optional_vars is not None and shape[:1] in ("", "&"):
            self._bind(parent.optional_vars, shape[1:], effect)

    def _for(
        self, node: ast.expr, parent: ast.For | ast.AsyncFor | ast.comprehension, shape: str, effect: Effect
    ) -> None:
        if parent.iter is not node:
            self.truth(node, shape, effect)
        elif not shape:
            is_async = isinstance(parent, ast.AsyncFor) or (isinstance(parent, ast.comprehension) and parent.is_async)
            effect.members.append(("__aiter__" if is_async else "__iter__", node))
        elif shape[0] == "[" or shape[0].isdigit():
            self._bind(parent.target, shape[1:], effect)
        else:
            effect.lose()

    _asyncfor = _comprehension = _for

    def _raise(self, node: ast.expr, parent: ast.Raise, shape: str, effect: Effect) -> None:
        """Only exceptions can be raised."""
        effect.members += [("with_traceback", node)] if not shape else []
        effect.lose()

    # -- functions and classes -----------------------------------------------------------------------------------

    def _return(self, node: ast.expr, parent: ast.Return, shape: str, effect: Effect) -> None:
        function = self.places.function_around(parent)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and function not in self.places.generators:
            effect.goes += [(place, shape) for place in self.places.returned(parent, function)]
        else:
            effect.lose()

    def _yield(self, node: ast.expr, parent: ast.Yield, shape: str, effect: Effect) -> None:
        function = self.places.function_around(parent)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            effect.goes.append((("result", function), shape))
        else:
            effect.lose()

    def _yieldfrom(self, node: ast.expr, parent: ast.YieldFrom, shape: str, effect: Effect) -> None:
        function = self.places.function_around(parent)
        if isinstance(function, ast.FunctionDef) and (shape[:1] == "[" or shape[:1].isdigit()):
            effect.goes.append((("result", function), shape[1:]))
        else:
            effect.members += [("__iter__", parent)] if not shape else []
            effect.lose()

    def _lambda(self, node: ast.expr, parent: ast.Lambda, shape: str, effect: Effect) -> None:
        effect.to(parent, "(" + shape)

    def _classdef(self, node: ast.expr, parent: ast.ClassDef, shape: str, effect: Effect) -> None:
        """A base: the class is a class of the same objects, and so are the first parameters of its methods."""
        if node in parent.decorator_list and shape[:1] == "(":
            self._decorated(parent, shape[1:], effect)
        elif node in parent.bases and shape[:1] == "(":
            scope = self.places.scopes.scope_of(parent)
            effect.goes += [
                (("name", scope.lookup(parent.name) or scope, scope.mangle(parent.name)), shape),
                (("self", parent), shape[1:]),
            ]
        else:
            effect.lose()

    def _arg(self, node: ast.expr, parent: ast.arg, shape: str, effect: Effect) -> None:
        """A parameter that is annotated with the class."""
        function = self.parents[self.parents[parent]]
        if shape[:1] == "(":
            effect.goes.append((("name", self.places.functions[function], parent.arg), shape[1:]))

    def _functiondef(
        self, node: ast.expr, parent: ast.FunctionDef | ast.AsyncFunctionDef, shape: str, effect: Effect
    ) -> None:
        if parent.returns is node and shape[:1] == "(" and parent not in self.places.generators:
            effect.goes.append((("result", parent), shape[1:]))
        elif node in parent.decorator_list and shape[:1] == "(":
            self._decorated(parent, shape[1:], effect)
        elif parent.returns is not node:
            effect.members += [("__call__", node)] if not shape else []
            effect.lose()

    _asyncfunctiondef = _functiondef

    def _decorated(
        self, parent: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, shape: str, effect: Effect
    ) -> None:
        """The name of what is decorated is that of what its decorator gives."""
        holder = self.places.class_around(parent)
        scope = self.places.scopes.scope_of(parent)
        if len(parent.decorator_list) > 1:  # another one gets it as well
            effect.lose()
        if holder is not None:
            effect.goes.append((("attribute", holder, parent.name), shape))
        effect.goes.append((("name", scope.lookup(parent.name) or scope, scope.mangle(parent.name)), shape))

    def _arguments(self, node: ast.expr, parent: ast.arguments, shape: str, effect: Effect) -> None:
        """A default value reaches its parameter."""
        scope = self.places.functions[self.parents[parent]]
        effect.escapes = True
        positional = [*parent.posonlyargs, *parent.args]
        pairs = list(zip(reversed(positional), reversed(parent.defaults), strict=False))
        pairs += [(a, d) for a, d in zip(parent.kwonlyargs, parent.kw_defaults, strict=True) if d is not None]
        effect.goes += [(("name", scope, argument.arg), shape) for argument, default in pairs if default is node]
