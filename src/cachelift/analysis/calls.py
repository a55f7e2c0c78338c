"""What a call does with a value that is one of its arguments, and what every step says about a value.

The shapes of values are described in :mod:`cachelift.analysis.steps`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from cachelift.analysis.asking import is_named
from cachelift.analysis.places import Place, Places
from cachelift.analysis.texts import texts_of
from cachelift.namespace import last_name

_HARMLESS = frozenset(f"builtins.{name}" for name in ("print", "repr", "str", "id", "callable", "ascii"))
_HARMLESS_ON_CONTAINERS = _HARMLESS | {f"builtins.{name}" for name in ("len", "bool", "isinstance", "format", "hash")}
_PROTOCOLS = {
    "builtins.vars": "__dict__",
    "builtins.dir": "__dir__",
    "inspect.getmembers": "__dir__",
    "builtins.len": "__len__",
    "builtins.iter": "__iter__",
    "builtins.next": "__next__",
    "builtins.list": "__iter__",
    "builtins.tuple": "__iter__",
    "builtins.set": "__iter__",
    "builtins.sorted": "__iter__",
    "builtins.reversed": "__reversed__",
    "builtins.dict": "keys",
    "builtins.abs": "__abs__",
    "builtins.int": "__int__",
    "builtins.float": "__float__",
    "builtins.bytes": "__bytes__",
    "builtins.aiter": "__aiter__",
    "builtins.anext": "__anext__",
    "builtins.hash": "__hash__",
    "sys.getsizeof": "__sizeof__",
}
_WEAK = frozenset(f"weakref.{name}" for name in ("ref", "proxy", "finalize", "WeakMethod"))
_GETTERS = frozenset({"operator.methodcaller", "operator.attrgetter"})
_OF_DATACLASSES = frozenset(f"dataclasses.{name}" for name in ("asdict", "astuple", "replace", "fields"))
_BY_NAME = frozenset({"builtins.getattr", "builtins.hasattr", "builtins.setattr", "builtins.delattr"})
_SETTERS = frozenset({"builtins.setattr", "builtins.delattr"})
_HOOKS = frozenset({"__getattr__", "__getattribute__"})
"""Methods that are given the name of an attribute that is read."""
_PATCHES = frozenset({"unittest.mock.patch.object", "unittest.mock.patch.multiple"})
_LIKE = frozenset({"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "NonCallableMagicMock", "create_autospec"})
"""What stands in for an object that it is given, and has its members."""
_SAME_CONTAINER = frozenset(
    {"list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "dict", "aiter", "chain", "cycle", "deque",
     "OrderedDict", "MappingProxyType", "filter", "islice"}
)  # fmt: skip
_ONE_OF = frozenset({"next", "min", "max", "anext", "choice"})
_APPLY = frozenset({"map", "filter", "filterfalse", "takewhile", "dropwhile", "reduce"})
"""They call their first argument with what is in the others."""
_BY_KEY = frozenset({"sorted", "min", "max", "sort", "groupby", "nsmallest", "nlargest"})
_ORDERS = frozenset({"sorted", "min", "max", "sort"})
_ASK_TRUTH = frozenset({"any", "all"})
_REMEMBERS = frozenset({"cache", "lru_cache"})
"""Decorators that keep what a function gave under its arguments."""
_FILLS = frozenset({"append", "add", "appendleft", "insert", "put", "put_nowait", "setdefault", "set", "push"})
_METHODS = _FILLS | _LIKE | {"get", "pop", "extend", "update", "create_task", "run", "run_until_complete", "map"}
_METHODS |= {"enter_context", "enter_async_context"}
"""The names of methods that go by them alone: of containers, loops, stacks of contexts, and what gives mocks."""
_WRAPS = {"closing": "&", "aclosing": "&", "nullcontext": "&"}
_UNWRAPS = {
    "run": "@", "run_until_complete": "@", "enter_context": "&", "enter_async_context": "&",
    "field": "(", "Factory": "(", "attrib": "(", "Depends": "(", "Security": "(", "to_thread": "(",
    "property": "(", "cached_property": "(",
}  # fmt: skip
_SAME = frozenset({"partial", "create_task", "ensure_future", "wait_for", "shield", "copy", "deepcopy"})

ANY = "*"
"""A member whose name is not written down."""
Goal = tuple[Place, str]


@dataclass(slots=True)
class Effect:
    """What is done with a value at one place."""

    members: list[tuple[str, ast.AST]] = field(default_factory=list)
    class_members: list[tuple[str, ast.expr]] = field(default_factory=list)
    """Attributes that are read from what has the shape ``(``: a class."""
    truths: list[ast.AST] = field(default_factory=list)
    """Where it is asked whether it is true."""
    tests: list[tuple[frozenset[str], ast.AST]] = field(default_factory=list)
    """``isinstance``: the last names of the classes, and where."""
    handed: list[tuple[tuple[str, ...], str, str]] = field(default_factory=list)
    """Calls of what is not of this file: its dotted names, which argument, and the value's shape."""
    stores: list[tuple[str, ast.AST]] = field(default_factory=list)
    """Attributes that are set on it."""
    stored: list[tuple[tuple[str, ...], str, str]] = field(default_factory=list)
    """What is imported and gets it as an attribute: its dotted names, the attribute, and the value's shape."""
    returned: list[tuple[str, Goal]] = field(default_factory=list)
    """What methods that are called on it return: the object again, for some."""
    outside: list[ast.AST] = field(default_factory=list)
    """Calls of what is not known that have the object itself as an argument."""
    to_library: list[ast.AST] = field(default_factory=list)
    """Where something that is not of the repository gets the object, or what holds it."""
    class_stores: list[ast.AST] = field(default_factory=list)
    """Where an attribute of its class is set."""
    to_class: dict[str, list[ast.AST]] = field(default_factory=dict)
    """By the name of a class the calls of its functions that have the object as an argument."""
    goes: list[Goal] = field(default_factory=list)
    may_go: list[Goal] = field(default_factory=list)
    """Where it goes, or something else does."""
    guesses: list[Goal] = field(default_factory=list)
    """Where it goes, or anything else does."""
    escapes: bool = False
    """Code that is not of this file may get it."""
    met: bool = False
    """Code that is not of this file may compare its class with that of another object."""
    lost: bool = False
    """It goes where nothing follows it, in this file or from it: any code may get it that this one has to do with."""

    called: bool = False
    """What it is lost in is a function that this file was given, or may be one."""
    named: bool = False
    """It is lost in what asks it for a member by a name that comes from somewhere."""
    lost_at: list[ast.AST] = field(default_factory=list)
    """Where it is lost, as far as that is known."""
    lost_to: list[tuple[str, ...]] = field(default_factory=list)
    """The dotted names of what it is lost in, where that comes from elsewhere."""

    def lose(self, *dotted: tuple[str, ...]) -> None:
        """The value gets out of sight, in something with these dotted names."""
        self.escapes = self.lost = True
        self.lost_to += dotted

    def to(self, node: ast.AST, shape: str) -> None:
        """The value of an expression comes from it."""
        self.goes.append((("value", node), shape))


def is_in_containers(shape: str) -> bool:
    """Whether a value is in a container, at any depth, and nothing else has to be done to get at it."""
    return bool(shape) and all(kind == "[" or kind.isdigit() for kind in shape)


class Calls:
    """The steps into calls of one file.

    Args:
        places: the file's places.
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self.names = places.names
        self.parents = places.parents

    def store(self, holder: ast.expr, shape: str, effect: Effect) -> None:
        """Something is put into what an expression gives."""
        while isinstance(holder, ast.Subscript):
            holder, shape = holder.value, "[" + shape
        places = list(self.places.of_target(holder))
        effect.goes += [(place, shape) for place in places]
        if not places or (isinstance(holder, ast.Attribute) and holder.attr == "__dict__"):
            effect.lose()
        self.keep_in(holder, effect)

    def store_on(self, holder: ast.expr, attribute: str, shape: str, effect: Effect) -> None:
        """Something is set on what an expression gives; other files have that too, where it is imported."""
        root = holder
        while isinstance(root, ast.Attribute | ast.Subscript | ast.Call):
            root = root.func if isinstance(root, ast.Call) else root.value
        if self.places.is_imported(root):
            effect.stored.append((self.names.qualified(holder), attribute, shape))
            self._to_library(self.names.qualified(root), holder, shape, effect)
        if self._is_loaded(holder):  # `this = sys.modules[__name__]`: a variable, whatever reads it
            effect.lose()
        effect.may_go += [(place, shape) for place in self.places.setters(attribute)]

    def _to_library(self, dotted: tuple[str, ...], at: ast.AST, shape: str, effect: Effect) -> None:
        """What has these dotted names gets the value, or what holds it."""
        is_whole = not shape or is_in_containers(shape)
        if is_whole and any(map(self._is_of_library, dotted)):
            effect.to_library.append(at)

    def _is_of_library(self, dotted: str) -> bool:
        return self.names.knowledge.locate(dotted.partition(".")[0]) is None

    def _is_loaded(self, node: ast.expr) -> bool:
        """Whether an expression is a module that is got by its name, or a name for one."""
        for value in self.names.values_of(node) if isinstance(node, ast.Name) else [node]:
            if isinstance(value, ast.Subscript) and "sys.modules" in self.names.qualified(value.value):
                return True
            if isinstance(value, ast.Call) and last_name(value.func) in ("import_module", "__import__"):
                return True
        return False

    def truth(self, node: ast.AST, shape: str, effect: Effect) -> None:
        """It is asked whether the value is true."""
        if not shape:
            effect.truths.append(node)

    @staticmethod
    def hashed(node: ast.AST, shape: str, effect: Effect) -> None:
        """A key of a dictionary, an element of a set: the value, or what is in a tuple."""
        if not shape or shape.isdigit():
            effect.members += [("__hash__", node), ("__eq__", node)]

    # -- calls ---------------------------------------------------------------------------------------------------

    def _keyword(self, node: ast.expr, parent: ast.keyword, shape: str, effect: Effect) -> None:
        call = self.parents[parent]
        if not isinstance(call, ast.Call) or parent.arg is None:
            effect.members += [("keys", node), ("__getitem__", node)] if parent.arg is None and not shape else []
            effect.lose()
            return
        last = self._last(call)
        if parent.arg in ("default_factory", "factory", "dependency") and shape[:1] == "(" and last & _UNWRAPS.keys():
            effect.to(call, shape[1:].lstrip("@[&") if last & {"Depends", "Security"} else shape[1:])
            effect.escapes = effect.escapes or not last & {"field", "Factory", "attrib"}
        elif parent.arg in ("spec", "spec_set", "wraps") and last & _LIKE:
            effect.to(call, shape)
        elif parent.arg == "target" and not shape and _PATCHES.intersection(self.names.qualified(call.func)):
            self._patch(call, set(self.names.qualified(call.func)), effect)
        elif "builtins.dict" in self.names.qualified(call.func):
            effect.to(call, "[" + shape)
        elif parent.arg == "default" and last & {"field", "attrib", "Field", "ContextVar"}:
            effect.to(call, ("[" if "ContextVar" in last else "") + shape)
            effect.escapes = True
        else:
            self._passed(call, -1, parent.arg, shape, effect)

    def _last(self, call: ast.Call) -> frozenset[str]:
        """The last names of what is called, where that may come with Python or a library.

        What the repository defines may do anything, whatever its name; a method of something unknown may be a library's
        if it has the name of one.
        """
        dotted = self.names.qualified(call.func)
        if any(map(self._is_of_repository, dotted)) or self.places.callee(call) is not None:
            return frozenset()
        if dotted or not isinstance(call.func, ast.Attribute):
            return frozenset(name.rpartition(".")[2] for name in dotted)
        return frozenset({call.func.attr}) & _METHODS

    def _is_of_repository(self, dotted: str) -> bool:
        """Whether a dotted name is that of a function or class of the repository, or of a method of such a class."""
        head = dotted.rpartition(".")[0]
        knowledge = self.names.knowledge
        return knowledge.locate(head) is not None or isinstance(knowledge.definition(head), ast.ClassDef)

    def _call(self, node: ast.expr, parent: ast.Call, shape: str, effect: Effect) -> None:
        if parent.func is node:
            if not shape:
                effect.members.append(("__call__", parent))
            elif shape[0] == "(":
                if _OF_DATACLASSES.intersection(self.names.qualified(node)):  # it goes into what holds the object
                    effect.members.append(("__dataclass_fields__", parent))
                effect.to(parent, shape[1:])
            else:
                effect.lose()
            return
        index = parent.args.index(node)
        names = (each for each in parent.args if isinstance(each, ast.Name) and (each is not node or shape == "("))
        if any(_BY_NAME.intersection(self.names.qualified(each)) for each in names):  # `partial(getattr, x)`
            effect.named = True
            effect.lose()
        if self._may_be_own_method(parent):  # it may do more than one of a library
            effect.handed.append((self._method(parent.func), str(index), shape))
        if not (
            self._object_call(parent, index, effect) if not shape else self._shaped_call(parent, index, shape, effect)
        ):
            self._known_call(parent, index, shape, effect)

    def _may_be_own_method(self, call: ast.Call) -> bool:
        """Whether a method that goes by its name may be one of a class of the repository."""
        holder = call.func.value if isinstance(call.func, ast.Attribute) else None
        if holder is None or self.places.is_container(holder):
            return False
        if any(map(self._is_of_library, self.names.qualified(call.func))):
            return False
        return bool(self._last(call) & _METHODS - _LIKE - _FILLS)

    def _object_call(self, call: ast.Call, index: int, effect: Effect) -> bool:
        """The object itself is an argument of something that comes with Python; False where it is not."""
        names = set(self.names.qualified(call.func))
        if names & _HARMLESS or "builtins.format" in names:
            effect.members += [("__format__", call)] if "builtins.format" in names and len(call.args) > 1 else []
            return True
        self._got_by(call.func, call, effect)
        if names & _WEAK:
            effect.members.append(("__weakref__", call))
        if names & _OF_DATACLASSES:
            effect.members.append(("__dataclass_fields__", call))
        if "builtins.type" in names:
            self._use_of_class(call, effect)
        if "builtins.bool" in names:
            self.truth(call, "", effect)
            return True
        if "builtins.isinstance" in names and index == 0 and len(call.args) > 1:
            classes = call.args[1].elts if isinstance(call.args[1], ast.Tuple) else [call.args[1]]
            effect.tests.append((frozenset().union(*map(self.names.last_names, classes)), call))
            effect.members += [(name, call) for each in classes for name in self.places.protocol(each)]
            effect.escapes = True
            effect.met = effect.met or not all(is_named(self.names, each) for each in classes)
            return True
        for name in sorted(names & _PROTOCOLS.keys()):
            effect.members.append((_PROTOCOLS[name], call))
            return True
        second = call.args[1] if len(call.args) > 1 else None
        if names & _BY_NAME and index == 0 and second is not None:
            if "builtins.setattr" in names:
                known = self._named_by(second)
                effect.stores += [("" if name == ANY else name, call) for name in known]
            if self._is_from_elsewhere(second):
                function = self.places.function_around(call)
                effect.named = getattr(function, "name", "") not in _HOOKS  # the name comes from somewhere
                return False
            found = [(name, call) for name in self._named_by(second)]
            effect.members += [each for each in found if "builtins.setattr" not in names or each[0] != ANY]
            return True
        if "builtins.object.__setattr__" in names and index == 0 and second is not None:
            effect.stores += [("" if name == ANY else name, call) for name in self._named_by(second)]
            return True
        if names & _PATCHES and index == 0:
            self._patch(call, names, effect)
            return True
        if self._last(call) & _LIKE and index == 0:
            effect.to(call, "")
            return True
        return False

    def _use_of_class(self, call: ast.Call, effect: Effect) -> None:
        """What is done with the object's class, as with ``type(x)``, is done with its members."""
        outer = self.parents.get(call)
        if isinstance(outer, ast.Attribute) and isinstance(outer.ctx, ast.Store):
            effect.class_stores.append(outer)
        elif isinstance(outer, ast.Attribute):
            effect.members.append((outer.attr, outer))
        elif isinstance(outer, ast.Call) and outer.func is call:
            effect.members.append(("__init__", call))
        elif isinstance(outer, ast.Call) and outer.args[:1] == [call]:
            around = set(self.names.qualified(outer.func))
            effect.members += [("__dir__", outer)] if around & {"builtins.vars", "builtins.dir"} else []
            if around & (_PATCHES | _SETTERS):
                effect.class_stores.append(outer)
            if around & _PATCHES:
                self._patch(outer, around, effect)
            elif around & _BY_NAME and len(outer.args) > 1:
                effect.members += [(name, outer) for name in self._named_by(outer.args[1])]

    def _is_from_elsewhere(self, text: ast.expr) -> bool:
        """Whether a name may be any that somebody has: that of a parameter, or of a variable that is not followed."""
        return isinstance(text, ast.Name | ast.Attribute | ast.Subscript) and texts_of(self.names, text) is None

    def named_members(self, call: ast.Call) -> list[tuple[str, ast.AST]]:
        """The members that ``x.__getattribute__(name)`` asks for."""
        return [(name, call) for argument in call.args for name in self._named_by(argument)]

    def _named_by(self, text: ast.expr) -> list[str]:
        """The members that a text names."""
        found = texts_of(self.names, text)
        return sorted(found) if found is not None else [ANY]

    def _patch(self, call: ast.Call, names: set[str], effect: Effect) -> None:
        """Members of the object are patched."""
        if "unittest.mock.patch.multiple" in names:
            found = [each.arg or ANY for each in call.keywords]
        else:
            named = [each.value if each.arg else None for each in call.keywords if each.arg in ("attribute", None)]
            texts = [*call.args[1:2], *named]
            found = [name for each in texts for name in (self._named_by(each) if each is not None else [ANY])]
        effect.members += [(name, call) for name in found]
        effect.stores += [("" if name == ANY else name, call) for name in found]

    def _shaped_call(self, call: ast.Call, index: int, shape: str, effect: Effect) -> bool:
        """What holds or gives the object is an argument of something that is known; False where it is not."""
        last, kind = self._last(call), shape[0]
        is_container = kind == "[" or kind.isdigit()
        names = set(self.names.qualified(call.func))
        if "builtins.hash" in names and shape.isdigit():
            effect.members.append(("__hash__", call))
        if names & _HARMLESS_ON_CONTAINERS:
            return True
        applied = is_container and self.apply(call, index, last, shape, effect)
        if is_in_containers(shape):
            self.ordered(call, last, shape[1:], effect)
        if is_container and last & _ASK_TRUTH:
            self.truth(call, shape[1:], effect)
        if is_container and "dict" in last and shape[:2] in ("[1", "[2"):  # `dict(zip(keys, values))`
            effect.to(call, "[" + shape[2:])
        elif is_container and last & _SAME_CONTAINER:
            effect.to(call, "[" + shape[1:])
        elif is_container and last & _ONE_OF:
            effect.to(call, ("@" if "anext" in last else "") + shape[1:])
        elif is_container and "enumerate" in last:
            effect.to(call, "[2" + shape[1:])
        elif is_container and "zip" in last:
            effect.to(call, f"[{index + 1}{shape[1:]}" if index < 9 else "[[" + shape[1:])
        elif is_container and last & {"extend", "update"} and isinstance(call.func, ast.Attribute):
            self.store(call.func.value, "[" + shape[1:], effect)
        elif kind == "(" and last & {"defaultdict", "map"}:
            effect.to(call, "[" + shape[1:])
        elif kind == "@" and "gather" in last:
            effect.to(call, "@[" + shape[1:])
        else:
            return self._unwrapping_call(call, last, shape, effect) or applied
        return True

    def apply(self, call: ast.Call, index: int, last: frozenset[str], shape: str, effect: Effect) -> bool:
        """What is in a container is handed to a function one by one; whether that is known where this does no more."""
        known = False
        keys = self._keys(call) if last & _BY_KEY else []
        for function in [*(call.args[:1] if last & _APPLY and index else []), *keys]:
            positions = (index - 1,) if "map" in last else (0, 1) if "reduce" in last else (0,)
            targets = self.places.functions_named(function)
            for target in targets:
                if isinstance(target, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                    found = [self.places.parameter_of(target, at, None, skip_first=False) for at in positions]
                    effect.goes += [(each[0], each[1] + shape[1:]) for each in found if each is not None]
            known = bool(targets) and not any(target is None or isinstance(target, ast.ClassDef) for target in targets)
            if not known and not self._is_known(function, call, shape[1:], effect):
                effect.lose(self.names.qualified(function))
        return known

    def _is_known(self, function: ast.expr, call: ast.Call, shape: str, effect: Effect) -> bool:
        """Whether it is known what a function that is not of this file does with what it is applied to."""
        names = set(self.names.qualified(function))
        if not shape and self._got_by(function, call, effect):
            return not effect.named
        if names & _PROTOCOLS.keys() and not shape:
            effect.members += [(_PROTOCOLS[name], call) for name in sorted(names & _PROTOCOLS.keys())]
        elif isinstance(function, ast.Constant) or "builtins.bool" in names:
            self.truth(call, shape, effect)
        else:
            return bool(names & _HARMLESS)
        return True

    def _got_by(self, function: ast.expr, call: ast.Call, effect: Effect) -> bool:
        """Note the attributes that ``attrgetter("a")`` or ``methodcaller("a")`` asks for; False for what is neither."""
        if not isinstance(function, ast.Call) or not set(self.names.qualified(function.func)) & _GETTERS:
            return False
        is_caller = "operator.methodcaller" in self.names.qualified(function.func)
        named = function.args[:1] if is_caller else function.args
        known = [argument for argument in named if not self._is_from_elsewhere(argument)]
        effect.named = effect.named or len(known) < len(named)
        effect.members += [(text.partition(".")[0], call) for each in known for text in self._named_by(each)]
        return True

    @staticmethod
    def _keys(call: ast.Call) -> list[ast.expr]:
        values = [keyword.value for keyword in call.keywords if keyword.arg == "key"]
        return [value for value in values if not (isinstance(value, ast.Constant) and value.value is None)]

    def ordered(self, call: ast.Call, last: frozenset[str], inner: str, effect: Effect) -> None:
        """What is sorted without a key is compared, as is what these hold, where they are containers."""
        if last & _ORDERS and not self._keys(call):
            effect.members.append(("__gt__" if "max" in last else "__lt__", call))
            effect.members += [("__eq__", call)] if inner else []

    def _unwrapping_call(self, call: ast.Call, last: frozenset[str], shape: str, effect: Effect) -> bool:
        for name in sorted(last & _UNWRAPS.keys()):
            if _UNWRAPS[name] == shape[0]:
                rest = shape[1:].lstrip("@[&") if name in ("Depends", "Security") else shape[1:]
                effect.to(call, "@" + rest if name in ("to_thread", "enter_async_context") else rest)
                effect.escapes = True
                return True
        return False

    def _known_call(self, call: ast.Call, index: int, shape: str, effect: Effect) -> None:
        """An argument of a container's method, of a wrapper, or of a function."""
        last = self._last(call)
        func = call.func
        if isinstance(func, ast.Attribute) and last & _FILLS and self.places.callee(call) is None:
            self.store(func.value, "[" + shape, effect)
            if not self.places.is_container(func.value):  # of a class of the repository, it may do more
                effect.met = True
                effect.handed.append((self._method(func), str(index), shape))
            if last & {"put", "put_nowait"} and (not shape or shape.isdigit()):  # of a queue that sorts what it has
                effect.members.append(("__lt__", call))
            if last & {"add", "setdefault"} and index == 0:
                self.hashed(call, shape, effect)
            if "setdefault" in last:
                effect.to(call, shape)
            if not isinstance(func.value, ast.Name):
                effect.escapes = True
        elif isinstance(func, ast.Attribute) and last & {"get", "pop"} and index == 1:
            effect.to(call, shape)
            effect.escapes = True
        elif isinstance(func, ast.Attribute) and last & {"enter_context", "enter_async_context"} and not shape:
            is_async = "enter_context" not in last
            effect.members += [("__aenter__" if is_async else "__enter__", call)]
            effect.to(call, "@" if is_async else "")
        elif last & _WRAPS.keys() and self.places.callee(call) is None:
            closing = {"closing": "close", "aclosing": "aclose"}
            effect.members += [(closing[name], call.args[index]) for name in last & closing.keys() if not shape]
            effect.to(call, _WRAPS[min(last & _WRAPS.keys())] + shape)
            effect.escapes = True
        elif "partial" in last and index and self.places.callee(call) is None:
            effect.lose()
        elif "deepcopy" in last and is_in_containers(shape):
            effect.members.append(("__deepcopy__", call))
            effect.to(call, shape)
        elif (last & _SAME and self.places.callee(call) is None) or ("cast" in last and index == 1):
            effect.to(call, shape)
            effect.escapes = True
        elif "builtins.setattr" in self.names.qualified(func) and index == 2:
            self._set_attribute(call, shape, effect)
        else:
            self._passed(call, index, None, shape, effect)

    def _set_attribute(self, call: ast.Call, shape: str, effect: Effect) -> None:
        name = call.args[1]
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            effect.goes.append((("attribute", self.places.class_of(call.args[0]), name.value), shape))
            self.store_on(call.args[0], name.value, shape, effect)
        else:
            effect.lost = True
        effect.escapes = True

    def _passed(self, call: ast.Call, index: int, keyword: str | None, shape: str, effect: Effect) -> None:
        """An argument reaches the parameter of a function of this file; elsewhere it gets out of sight."""
        effect.escapes = True
        is_filter = last_name(call.func) in ("addFilter", "addHandler")  # methods of loggers
        self._to_library(("logging",) if is_filter else self.names.qualified(call.func), call, shape, effect)
        self.hand_to_class(call, effect)
        if any(isinstance(argument, ast.Starred) for argument in call.args[: max(index, 0)]):
            effect.lost = True
            return
        found = self.places.parameters_reached(call, index, keyword)
        callee = self.places.callee(call)
        effect.goes += [(place, before + shape) for place, before in found]
        if self._may_be_overridden(call, callee):
            effect.handed.append((self._method(call.func), keyword if keyword is not None else str(index), shape))
        if (found and all(before for _, before in found)) or not (found or self._is_followed_call(call)):
            self._keep_by_name(call, index, keyword, shape, effect)
        if isinstance(callee, ast.FunctionDef) and _REMEMBERS.intersection(self.places.decorators(callee)):
            self.hashed(call, shape, effect)
        if found and callee is not None:
            effect.lost = effect.lost or (isinstance(callee, ast.ClassDef) and self.places.is_sequence(callee))
        elif callee is None:
            dotted = self.names.qualified(call.func)
            effect.outside += [call] if not shape else []
            bases = self._bases_of_super(call.func) or self._class_of_object(call.func)
            which = keyword if keyword is not None else str(index + bool(bases))  # `super().f(x)` is `Base.f(self, x)`
            effect.handed.append((dotted or bases or self._method(call.func), which, shape))
            if not self._is_followed(dotted):
                effect.lose(dotted or self._origin(call.func))
                effect.called = effect.called or not dotted
        else:
            effect.lost = True

    def _origin(self, node: ast.expr, depth: int = 3) -> tuple[str, ...]:
        """The dotted names of what something comes out of: ``h`` of ``for h in HOOKS``, where ``HOOKS`` is imported."""
        root = self.places.root(node)
        reference = self.places.scopes.by_node.get(root) if isinstance(root, ast.Name) else None
        if reference is None or reference.owner is None or self.places.is_imported(root):
            return self.names.qualified(root)
        for binding in reference.owner.bindings.get(reference.node.id, ()) if depth else ():
            outer = self.parents.get(binding.node)
            source = outer.iter if isinstance(outer, ast.For | ast.AsyncFor | ast.comprehension) else None
            source = outer.value if isinstance(outer, ast.Assign) else source
            source = source.func if isinstance(source, ast.Call) else source
            found = self._origin(source, depth - 1) if source is not None else ()
            if found:
                return found
        return ()

    def _keep_by_name(self, call: ast.Call, index: int, keyword: str | None, shape: str, effect: Effect) -> None:
        """What takes an argument that is no parameter may have it as an attribute: ``SimpleNamespace(cache=C())``."""
        fields = self.places.fields(call.func)
        name = keyword if keyword is not None else fields[index] if 0 <= index < len(fields) else None
        if name is not None:
            effect.may_go.append((("attribute", None, name), shape))
        if fields:  # a named tuple: it can be unpacked
            at = fields.index(name) if name in fields else -1
            effect.to(call, f"{at + 1}{shape}" if 0 <= at < 9 else f"[{shape}")

    def hand_to_class(self, call: ast.Call, effect: Effect) -> None:
        """Note a call of a function of a class: by its spelling, where what that stands on is not known."""
        holder = call.func.value if isinstance(call.func, ast.Attribute) else None
        if holder is not None:
            names = self.names.last_names(holder)
            for name in names or {getattr(holder, "attr", "")}:
                effect.to_class.setdefault(name, []).append(call)

    def _bases_of_super(self, func: ast.expr) -> tuple[str, ...]:
        """The dotted names of what ``super().attach`` may be in other files."""
        outer = func.value if isinstance(func, ast.Attribute) else None
        if not isinstance(outer, ast.Call) or "builtins.super" not in self.names.qualified(outer.func):
            return ()
        holder: ast.AST | None = outer
        while holder is not None and not isinstance(holder, ast.ClassDef):
            holder = self.parents.get(holder)
        bases = self.places.inherits(holder) if holder is not None else ()
        return tuple(f"{name}.{func.attr}" for names in bases for name in names if isinstance(func, ast.Attribute))

    def _class_of_object(self, func: ast.expr) -> tuple[str, ...]:
        """The dotted name of what ``P().attach`` is, where another file's class has it itself, or nobody has."""
        made = func.value if isinstance(func, ast.Attribute) else None
        dotted = self.names.qualified(made.func) if isinstance(made, ast.Call) else ()
        method = func.attr if isinstance(func, ast.Attribute) else ""
        definitions = map(self.names.knowledge.definition, dotted)
        is_known = all(isinstance(each, ast.ClassDef) and _has_itself(each, method) for each in definitions)
        return tuple(f"{name}.{method}" for name in dotted) if is_known else ()

    def _may_be_overridden(self, call: ast.Call, callee: ast.AST | None) -> bool:
        """Whether a call of a method may be one of that of a derived class in another file: ``self.on_cache(x)``."""
        holder = call.func.value if isinstance(call.func, ast.Attribute) else None
        is_method = isinstance(callee, ast.FunctionDef | ast.AsyncFunctionDef)
        return is_method and isinstance(holder, ast.Name) and self.places.self_class(holder) is not None

    @staticmethod
    def _method(func: ast.expr) -> tuple[str, ...]:
        """A method of something unknown, which is that of any class: ``*.attach``."""
        is_plain = isinstance(func, ast.Attribute) and not func.attr.startswith("__")
        return (f"*.{func.attr}",) if isinstance(func, ast.Attribute) and is_plain else ()

    def _is_followed_call(self, call: ast.Call) -> bool:
        return self.places.callee(call) is None and self._is_followed(self.names.qualified(call.func))

    def _is_followed(self, dotted: tuple[str, ...]) -> bool:
        """Whether what is called is a function or class of another module of the repository, by its plain name."""
        knowledge = self.names.knowledge
        heads = {name.rpartition(".")[0] for name in dotted}
        is_surely_one = all(knowledge.definition(name) is not None for name in dotted)
        return bool(dotted) and is_surely_one and all(knowledge.locate(head) is not None for head in heads)

    def keep_in(self, holder: ast.expr, effect: Effect) -> None:
        """What came from somewhere else, a parameter or an import, is seen there as well."""
        root = self.places.root(holder)
        if self.places.is_imported(root):
            self._to_library(self.names.qualified(root), holder, "", effect)
            effect.lose(self.names.qualified(root))
        elif self.places.is_given(holder):
            effect.lose()


def _has_itself(holder: ast.ClassDef, method: str) -> bool:
    """Whether a class has a plain method of its own, or can have none from elsewhere."""
    own = [each for each in holder.body if getattr(each, "name", "") == method]
    is_plain = not any(getattr(each, "decorator_list", ()) for each in own)
    return not holder.decorator_list and not holder.keywords and is_plain and (bool(own) or not holder.bases)
