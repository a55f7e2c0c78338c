"""Where a reference to the class stands: what the syntax around it makes of it.

The answer is purely syntactic plus the dotted names of the library functions around it; what follows from it (a
rewrite, a refusal) is decided in :mod:`cachelift.analysis.usages`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from cachelift.analysis.facts import Role
from cachelift.analysis.names import Names, alias_target
from cachelift.analysis.takers import Takers, makes_only
from cachelift.model import CHANGING_METHODS

_GENERIC_MODULES = ("typing.", "typing_extensions.", "collections.", "collections.abc.", "contextlib.", "re.", "queue.")
_GENERIC_BUILTINS = frozenset(f"builtins.{name}" for name in ("list", "dict", "set", "frozenset", "tuple", "type"))
_MOCKS = frozenset({"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "NonCallableMagicMock", "PropertyMock"})
_PATCHES = frozenset({"patch", "object", "multiple"})
_SPEC_KEYWORDS = frozenset({"spec", "spec_set", "autospec"})
_ASSERT_ISINSTANCE = frozenset({"assertIsInstance", "assertNotIsInstance"})
_DEFAULT_FACTORIES = {
    "dataclasses.field": "default_factory",
    "attr.ib": "factory",
    "attr.attrib": "factory",
    "attr.field": "factory",
    "attrs.field": "factory",
}
RUNTIME_DECORATORS = frozenset(
    {"beartype", "typechecked", "validate_call", "validate_arguments", "inject", "autowired", "register", "multimethod"}
)
PYDANTIC_BASES = ("pydantic.", "pydantic_settings.", "sqlmodel.", "msgspec.", "ninja.Schema", "odmantic.", "beanie.")
TYPE_READERS = frozenset(
    {
        "typing.get_type_hints",
        "typing_extensions.get_type_hints",
        "inspect.get_annotations",
        "annotationlib.get_annotations",
    }
)
_TESTING_WORDS = ("instance", "type", "check", "register", "expect", "assert", "ensure", "valid", "require", "subclass")
_COLLECT = frozenset({"append", "add", "insert", "extend", "appendleft", "setdefault", "put"})
"""Methods that put the class among others, for which objects may be tested."""
DEPENDS = frozenset({"Depends", "Security"})


@dataclass(frozen=True, slots=True)
class Context:
    """The role of a reference and the node that its finding and its edit are about."""

    role: Role
    node: ast.AST
    detail: str = ""
    """A reason slug where the syntax alone rules a rewrite out, or a word on the form."""


class Contexts:
    """Classifies references of one file by what stands around them."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._parents = names.scopes.parents
        self._takers = Takers(names)

    def classify(self, node: ast.expr) -> Context:
        """The context of an expression that is the legacy class."""
        parent = self._parents[node]
        if isinstance(parent, ast.Attribute):
            return self._attribute(node, parent)
        if isinstance(parent, ast.Call) and parent.func is node:
            return Context(Role.CALL, parent)
        if isinstance(parent, ast.Subscript) and parent.value is node:
            return self._subscripted(node, parent)
        if isinstance(parent, ast.MatchClass) and parent.cls is node:
            arguments = parent.patterns or parent.kwd_patterns
            return Context(Role.TEST, parent, "pattern-arguments" if arguments else "pattern")
        if self._is_computed_class_info(node):
            return Context(Role.KEY, node)
        if self.in_type_position(node):
            return Context(Role.TYPE, node)
        if isinstance(parent, ast.ClassDef):
            return Context(Role.SUBCLASS, parent) if node in parent.bases else Context(Role.VALUE, node)
        if isinstance(parent, ast.Call | ast.keyword):
            return self._argument(node, parent)
        if isinstance(parent, ast.Compare):
            return self._compared(node, parent)
        if isinstance(parent, ast.BinOp | ast.Tuple | ast.List | ast.Set | ast.Dict):
            return self._collected(node, parent)
        if alias_target(self._names.scopes, node) is not None:
            in_class = isinstance(self._parents[parent], ast.ClassDef)  # `expected = C`: what a base class may test for
            return Context(Role.KEY if in_class else Role.ALIAS, node, "alias")
        if isinstance(parent, ast.Subscript) and parent.slice is node:
            return Context(Role.KEY, node)
        if self._is_tested(node, parent):
            return Context(Role.NONE_TEST, node)
        if isinstance(parent, ast.arguments):
            return Context(Role.VALUE if self._takers.calls_default(node, parent) else Role.KEY, node)
        return Context(Role.VALUE, node)

    def _attribute(self, node: ast.expr, parent: ast.Attribute) -> Context:
        if parent.attr == "__name__":
            grand = self._parents.get(parent)
            if isinstance(grand, ast.Compare):
                return Context(Role.EXACT_TEST, node, "class-name")
        is_read = isinstance(parent.ctx, ast.Load) and not self._is_changed(parent)
        return Context(Role.ATTRIBUTE if is_read else Role.METHOD_PATCH, node, "class-attribute")

    def _is_changed(self, node: ast.Attribute) -> bool:
        """Whether the value of an attribute is changed where it is read: ``C.a["k"] = v``, ``patch.dict(C.a, ...)``."""
        parent = self._parents[node]
        if isinstance(parent, ast.Subscript | ast.Attribute) and parent.value is node:
            grand = self._parents[parent]
            is_called = isinstance(grand, ast.Call) and grand.func is parent
            changes = is_called and isinstance(parent, ast.Attribute) and parent.attr in CHANGING_METHODS
            return changes or not isinstance(parent.ctx, ast.Load)
        if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute) and parent.args[:1] == [node]:
            return parent.func.attr in ("dict", "setitem", "delitem")
        return False

    def _subscripted(self, node: ast.expr, parent: ast.Subscript) -> Context:
        grand = self._parents[parent]
        if isinstance(grand, ast.Call) and grand.func is parent:
            return Context(Role.CALL, grand, "subscripted")
        if isinstance(grand, ast.ClassDef) and parent in grand.bases:
            return Context(Role.SUBCLASS, grand)
        if self.in_type_position(parent):
            return Context(Role.TYPE, node, "subscripted")
        return Context(Role.VALUE, node)

    # -- type positions ----------------------------------------------------------------------------------------

    def in_type_position(self, node: ast.expr) -> bool:
        """Whether an expression is (part of) an annotation or another type expression."""
        child: ast.AST = node
        typed = False
        while True:
            parent = self._parents.get(child)
            if isinstance(parent, ast.Subscript):
                if parent.value is child:
                    return False
                if self._is_metadata(parent, node):
                    return False
                typed = typed or self._is_generic(parent.value)
            elif isinstance(parent, ast.BinOp):
                if not isinstance(parent.op, ast.BitOr):
                    return False
                if self._has_none(parent) or isinstance(self._parents[parent], ast.Assign):
                    typed = True
            elif not isinstance(parent, ast.Tuple | ast.List | ast.Starred):
                break
            child = parent
        if self.is_annotation(child, parent) or self._is_alias_value(node, child, parent):
            return True
        if isinstance(parent, ast.Call | ast.keyword):
            if self._is_class_info(child, parent):
                return False
            return typed or self._is_type_argument(child, parent) or self._is_field_type(node, child, parent)
        return typed and not isinstance(child, ast.Tuple | ast.List)

    def union_of(self, node: ast.expr) -> str | None:
        """The name of the union, no annotation, that an expression is a member of: empty where it has none.

        It is an object that ``isinstance`` takes (library reference, Union Type). None where there is no such union.
        """
        child: ast.AST = node
        parent = self._parents[child]
        is_union = False
        while isinstance(parent, ast.BinOp | ast.Subscript | ast.Tuple | ast.List):
            if isinstance(parent, ast.Subscript) and parent.slice is child:
                if not self._names.last_names(parent.value) & {"Optional", "Union"}:
                    return None
                is_union = True
            is_union = is_union or isinstance(parent, ast.BinOp)
            child, parent = parent, self._parents[parent]
        if not is_union or self.is_annotation(child, parent):
            return None
        target = alias_target(self._names.scopes, child) if isinstance(child, ast.expr) else None
        while isinstance(parent, ast.expr | ast.keyword):
            if self._is_type_argument(child, parent) or self._makes_type(parent):
                return None
            child, parent = parent, self._parents[parent]
        return target.id if target is not None else ""

    def _makes_type(self, node: ast.AST) -> bool:
        """``TypedDict("T", {"field": X})``, ``NamedTuple("N", [("field", X)])``."""
        return isinstance(node, ast.Call) and bool(self._names.last_names(node.func) & {"TypedDict", "NamedTuple"})

    @staticmethod
    def _has_none(node: ast.BinOp) -> bool:
        return any(isinstance(side, ast.Constant) and side.value is None for side in (node.left, node.right))

    @staticmethod
    def is_annotation(child: ast.AST, parent: ast.AST | None) -> bool:
        """Whether ``child`` is the annotation, bound or alias value that ``parent`` holds."""
        if isinstance(parent, ast.arg | ast.AnnAssign):
            return parent.annotation is child
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
            return parent.returns is child
        # PEP 695; these node types exist from Python 3.12 on, and their other children are names that they bind.
        return type(parent).__name__ in ("TypeAlias", "TypeVar", "TypeVarTuple", "ParamSpec")

    def _is_alias_value(self, node: ast.expr, child: ast.AST, parent: ast.AST | None) -> bool:
        """Inside the value of ``X: TypeAlias = ...`` (:pep:`613`); a name alone is as good as the class."""
        return (
            isinstance(parent, ast.AnnAssign)
            and parent.value is child
            and (child is not node or isinstance(node, ast.Constant))
            and "TypeAlias" in self._names.last_names(parent.annotation)
        )

    def _is_field_type(self, node: ast.expr, child: ast.AST, parent: ast.AST) -> bool:
        """The type of a field in ``NamedTuple("N", [("field", T)])``."""
        pair = self._parents[node]
        is_second = isinstance(pair, ast.Tuple) and len(pair.elts) == 2 and pair.elts[1] is node
        if not is_second or not isinstance(parent, ast.Call) or self._parents[pair] is not child:
            return False
        return parent.args[1:2] == [child] and "typing.NamedTuple" in self._names.qualified(parent.func)

    def _is_metadata(self, subscript: ast.Subscript, node: ast.expr) -> bool:
        """Inside ``Annotated[T, metadata...]`` only the first element is a type; in ``Literal[...]`` nothing is."""
        names = self._names.last_names(subscript.value)
        if "Literal" in names:
            return True
        if "Annotated" not in names or not isinstance(subscript.slice, ast.Tuple):
            return False
        child: ast.AST = node
        while self._parents[child] is not subscript.slice:
            child = self._parents[child]
        return child is not subscript.slice.elts[0]

    def _is_generic(self, value: ast.expr) -> bool:
        return any(
            name in _GENERIC_BUILTINS or name.startswith(_GENERIC_MODULES) for name in self._names.qualified(value)
        )

    def _is_type_argument(self, child: ast.AST, parent: ast.AST) -> bool:
        """``cast(T, x)``, ``TypeVar("T", bound=T)``, ``NewType("N", T)``, ``assert_type(x, T)``."""
        call = self._parents[parent] if isinstance(parent, ast.keyword) else parent
        if not isinstance(call, ast.Call):
            return False
        names = {n for n in self._names.qualified(call.func) if n.startswith(("typing.", "typing_extensions."))}
        last = {name.rpartition(".")[2] for name in names}
        if isinstance(parent, ast.keyword):
            return ("TypeVar" in last and parent.arg in ("bound", "default")) or (
                "cast" in last and parent.arg == "typ"
            )
        if last & {"cast", "ForwardRef"}:
            return child in call.args[:1]
        if "assert_type" in last:
            return child in call.args[1:2]
        return bool(last & {"TypeVar", "NewType", "TypeAliasType"}) and child in call.args[1:]

    # -- tests -------------------------------------------------------------------------------------------------

    def is_tested(self, node: ast.expr) -> bool:
        """Whether an expression is a class that an object is asked for."""
        child: ast.AST = node
        parent = self._parents.get(child)
        while isinstance(parent, ast.Tuple | ast.BinOp):
            child, parent = parent, self._parents.get(parent)
        if isinstance(parent, ast.MatchClass):
            return parent.cls is node
        return self._is_class_info(child, parent)

    def _is_class_info(self, child: ast.AST, parent: ast.AST | None) -> bool:
        """Whether ``child`` is the second argument of ``isinstance``, ``issubclass`` or a unittest assertion."""
        if not isinstance(parent, ast.Call) or len(parent.args) < 2 or parent.args[1] is not child:
            return False
        if isinstance(parent.func, ast.Attribute) and parent.func.attr in _ASSERT_ISINSTANCE:
            return True
        return bool({"builtins.isinstance", "builtins.issubclass"} & set(self._names.qualified(parent.func)))

    def _is_computed_class_info(self, node: ast.expr) -> bool:
        """Whether a call makes the classes that an object is asked for: ``isinstance(x, get_args(Optional[C]))``."""
        child: ast.AST = node
        made = False
        while isinstance(child, ast.expr | ast.keyword):
            parent = self._parents[child]
            if isinstance(parent, ast.Call):
                if self._is_class_info(child, parent):
                    return made
                made = True
            child = parent
        return False

    def _collected(self, node: ast.expr, parent: ast.AST) -> Context:
        """A member of a tuple, list, set, dictionary or union."""
        child: ast.AST = node
        form = ""
        while isinstance(parent, ast.Tuple | ast.BinOp):
            if isinstance(parent, ast.BinOp) and not isinstance(parent.op, ast.BitOr):
                return Context(Role.VALUE, node)
            if not form:
                form = "union" if isinstance(parent, ast.BinOp) else "tuple"
            child, parent = parent, self._parents[parent]
        if self._is_class_info(child, parent):
            return Context(Role.TEST, node, form)
        if isinstance(parent, ast.Dict):
            return Context(Role.KEY if child in parent.keys else Role.VALUE, node)
        return Context(Role.VALUE if self._takers.tests_call(node) else Role.KEY, node)

    def _compared(self, node: ast.expr, parent: ast.Compare) -> Context:
        others = [other for other in (parent.left, *parent.comparators) if other is not node]
        if all(isinstance(other, ast.Constant) and other.value is None for other in others):
            return Context(Role.NONE_TEST, node)
        return Context(Role.EXACT_TEST, node, "type-test")

    def _is_tested(self, node: ast.expr, parent: ast.AST) -> bool:
        """``if C:``, ``x if C else y``, ``not C``: the truth of the name after a guarded import."""
        if isinstance(parent, ast.If | ast.While | ast.IfExp | ast.Assert):
            return parent.test is node
        if isinstance(parent, ast.UnaryOp):
            return isinstance(parent.op, ast.Not)
        return False

    # -- arguments ---------------------------------------------------------------------------------------------

    def _argument(self, node: ast.expr, parent: ast.Call | ast.keyword) -> Context:
        keyword = parent.arg if isinstance(parent, ast.keyword) else None
        call = self._parents[parent] if isinstance(parent, ast.keyword) else parent
        if isinstance(call, ast.ClassDef):  # what `__init_subclass__` of a base class may test for
            return Context(Role.VALUE if keyword == "metaclass" else Role.KEY, node, "class-as-value")
        assert isinstance(call, ast.Call)
        index = call.args.index(node) if keyword is None and node in call.args else -1
        if keyword is None and self._is_class_info(node, call):
            return Context(Role.TEST, node, "name")
        names = set(self._names.qualified(call.func))
        last = {name.rpartition(".")[2] for name in names}
        attr = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if self._depends(call.func):
            return Context(Role.VALUE, node, "dependency")
        if any(_DEFAULT_FACTORIES.get(name) == keyword for name in names) and keyword is not None:
            return Context(Role.CALLABLE, node)
        if index == 0 and "collections.defaultdict" in names:
            return Context(Role.CALLABLE, node)
        if self._is_spec(last | {attr}, keyword, index):
            return Context(Role.SPEC, node, "autospec" if "create_autospec" in last | {attr} else "")
        if index == 0 and (attr == "object" or attr == "setattr" or attr == "delattr"):
            return Context(Role.METHOD_PATCH, node)
        if "builtins.type" not in names and attr.startswith("assert") and attr != "assertRaises":
            return Context(Role.EXACT_TEST, node, "type-test")
        if "builtins.super" in names or attr == "register":  # what isinstance() or dispatch will ask for later
            return Context(Role.KEY, node, "class-as-value")
        if names & {"builtins.getattr", "builtins.hasattr"}:
            return Context(Role.VALUE, node, "class-as-value")
        if index == 0 and names & {"builtins.setattr", "builtins.delattr"}:
            return Context(Role.METHOD_PATCH, node)
        may_test = self._may_test(call, keyword, index, last | {attr})
        return Context(Role.KEY if may_test else Role.VALUE, node, "class-as-value")

    def _may_test(self, call: ast.Call, keyword: str | None, index: int, last: set[str]) -> bool:
        """Whether a function that is handed the class may ask objects for it: ``ensure(x, C)``, ``instance_of(C)``.

        What takes the class to make objects of it, as its only argument or as a factory, does not.
        """
        if last & {"partial", "getLogger", "iscoroutinefunction", "getsource", "signature"}:
            return False
        if self._takers.calls_argument(call, keyword, index):
            return False
        if "param" in last and index >= 0 and self._takers.tests_call(call.args[index]):
            return False
        if keyword is not None:
            return "factory" not in keyword and "default" not in keyword and "spec" not in keyword
        if len(call.args) + len(call.keywords) > 1 or last & _COLLECT:
            return True
        parent = self._parents.get(call)
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and call in parent.decorator_list:
            return True  # what is decorated may be meant for the objects of that class
        if any(word in name.lower() for name in last for word in _TESTING_WORDS):
            return True
        taker = self._takers.taker(call.func)
        return taker is not None and not makes_only(taker)

    @staticmethod
    def _is_spec(last: set[str], keyword: str | None, index: int) -> bool:
        if "create_autospec" in last:
            return index == 0 or keyword == "spec"
        if keyword not in _SPEC_KEYWORDS:
            return bool(last & _MOCKS) and index == 0
        return bool(last & (_MOCKS | _PATCHES))

    # -- annotations that act ----------------------------------------------------------------------------------

    def acts_at_run_time(self, node: ast.expr, path: str) -> bool:
        """Whether the annotation that holds a node is read by a library when the program runs."""
        child: ast.AST = node
        parent = self._parents.get(child)
        while parent is not None and not self.is_annotation(child, parent):
            child, parent = parent, self._parents.get(parent)
        if isinstance(parent, ast.arg):
            function = self._parents[self._parents[parent]]
            return self._injects(parent) or self._is_checked(function, path)
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
            return self._is_checked(parent, path)
        if isinstance(parent, ast.AnnAssign):
            holder = self._parents[parent]
            if isinstance(holder, ast.ClassDef):
                return self._is_model(holder, path)
            return self._is_checked(self._enclosing_function(parent), path)
        return False

    def is_dispatched(self, node: ast.expr) -> bool:
        """An annotation of a function under ``@generic.register``: objects are told apart by it, wherever they come."""
        child: ast.AST = node
        parent = self._parents.get(child)
        while parent is not None and not self.is_annotation(child, parent):
            child, parent = parent, self._parents.get(parent)
        function = self._parents[self._parents[parent]] if isinstance(parent, ast.arg) else None
        return isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and any(
            isinstance(decorator, ast.Attribute) and decorator.attr == "register"
            for decorator in function.decorator_list
        )

    def builders(self, node: ast.expr) -> Iterator[ast.expr]:
        """The decorators and bases of the function and the classes around an annotation."""
        parent = self._parents.get(node)
        while parent is not None:
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from map(self._callee, parent.decorator_list)
            if isinstance(parent, ast.ClassDef):
                yield from parent.bases
            parent = self._parents.get(parent)

    def is_injected(self, node: ast.expr) -> bool:
        """Inside ``Annotated[C, Depends()]``, wherever that stands: the framework calls what the annotation names."""
        parent: ast.AST | None = node
        while isinstance(parent, ast.expr):
            if isinstance(parent, ast.Subscript) and isinstance(parent.slice, ast.Tuple):
                metadata = parent.slice.elts[1:] if "Annotated" in self._names.last_names(parent.value) else []
                if any(self._is_bare_dependency(item) for item in metadata):
                    return True
            parent = self._parents.get(parent)
        return False

    def _is_bare_dependency(self, item: ast.AST) -> bool:
        return (
            isinstance(item, ast.Call)
            and not item.args
            and self._depends(item.func)
            and not any(keyword.arg == "dependency" for keyword in item.keywords)
        )

    def _depends(self, func: ast.expr) -> bool:
        """FastAPI's ``Depends``, also where something of that name takes its place in an ``except ImportError``."""
        last = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
        return last in DEPENDS or not self._names.last_names(func).isdisjoint(DEPENDS)

    def _enclosing_function(self, node: ast.AST) -> ast.AST | None:
        parent = self._parents.get(node)
        while parent is not None and not isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
            parent = self._parents.get(parent)
        return parent

    def _is_model(self, node: ast.ClassDef, path: str) -> bool:
        if any(name.startswith(PYDANTIC_BASES) for name in self._names.knowledge.base_names(path, node)):
            return True
        return self._is_decorated(node) or any(
            any(name.startswith("pydantic.") for name in self._names.qualified(self._callee(decorator)))
            for decorator in node.decorator_list
        )

    @staticmethod
    def _callee(decorator: ast.expr) -> ast.expr:
        return decorator.func if isinstance(decorator, ast.Call) else decorator

    def _is_decorated(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        for decorator in node.decorator_list:
            callee = self._callee(decorator)
            last = callee.attr if isinstance(callee, ast.Attribute) else getattr(callee, "id", "")
            if last in RUNTIME_DECORATORS or self._names.last_names(callee) & RUNTIME_DECORATORS:
                return True
        return False

    def _is_checked(self, function: ast.AST | None, path: str) -> bool:
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return False
        if self._is_decorated(function):
            return True
        holder = self._parents[function]
        return isinstance(holder, ast.ClassDef) and self._is_decorated(holder)

    def _injects(self, argument: ast.arg) -> bool:
        """``cache: C = Depends()`` and ``cache: Annotated[C, Depends()]``: FastAPI calls what the annotation names.

        https://fastapi.tiangolo.com/tutorial/dependencies/classes-as-dependencies/#shortcut
        """
        arguments = self._parents[argument]
        assert isinstance(arguments, ast.arguments)
        positional = [*arguments.posonlyargs, *arguments.args]
        defaults = dict(zip(reversed(positional), reversed(arguments.defaults), strict=False))
        defaults |= {a: d for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d}
        candidates: list[ast.AST] = [defaults[argument]] if argument in defaults else []
        if isinstance(argument.annotation, ast.Subscript) and isinstance(argument.annotation.slice, ast.Tuple):
            candidates += argument.annotation.slice.elts[1:]
        return any(self._is_bare_dependency(item) for item in candidates)
