"""Where an object can be kept in one file, and which expressions read it from there.

A place is a name in a scope, an attribute of a class, what a function gives, a fixture, or the first parameter of a
class's methods. Field-based: all objects of one class share their attributes' places. The tables are made once per
file, so that each lookup costs what it finds.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator

from cachelift.analysis import lazy
from cachelift.analysis.names import IMPORT_KINDS, Names
from cachelift.analysis.scopes import Binding, BindingKind, Scope, ScopeKind
from cachelift.namespace import last_name

Function = ast.FunctionDef | ast.AsyncFunctionDef

Place = tuple[object, ...]
"""``("value", node)``, ``("name", scope, name)``, ``("attribute", class or None, name)``, ``("any", name)``,
``("result", function)``, ``("fixture", name)``, ``("self", class)``, ``("pattern", pattern)``, and
``("text", node, name)`` for something of which a text reads an attribute."""

_PROPERTIES = frozenset({"property", "cached_property", "classproperty", "hybrid_property", "reify"})
_DATA_CLASSES = frozenset({"dataclass", "define", "frozen", "mutable", "attrs", "s", "pydantic_dataclass"})
"""Decorators that make a class compare its objects by what they hold: of ``dataclasses``, and of attrs."""
_MAKERS = frozenset({"default_factory", "factory"})
"""The arguments of what describes a field that are called for each object."""
_ASK_FIXTURES = frozenset({"getfixturevalue", "getfixture", "lazy_fixture", "lf"})
"""What gives the value of a fixture by its name: methods of pytest, and of pytest-lazy-fixture."""
_ASSIGNED = (BindingKind.ASSIGN, BindingKind.ANN_ASSIGN)
_WITH_PYTHON = frozenset(
    {"builtins", "collections", "queue", "asyncio", "weakref", "contextlib", "contextvars", "multiprocessing"}
)
_LISTERS = frozenset({"locals", "vars", "eval", "exec"})
"""Builtin functions that see the variables of the function that calls them."""
_MANAGERS = frozenset({"contextmanager", "asynccontextmanager"})
_PLAIN = frozenset(
    {"staticmethod", "classmethod", "cache", "lru_cache", "wraps", "override", "final", "abstractmethod"}
)


class Places:
    """The tables of one file.

    Args:
        names: the file's names.
    """

    def __init__(self, names: Names) -> None:
        self.names = names
        self.scopes = names.scopes
        self.parents = names.scopes.parents
        self.functions: dict[ast.AST, Scope] = {}
        """The scope of each function and lambda."""
        for scope in self.scopes.scopes:
            if scope.kind in (ScopeKind.FUNCTION, ScopeKind.LAMBDA):
                self.functions[scope.node] = scope
        self._defined: dict[str, ast.ClassDef | Function] | None = None

    # The tables are made when they are first asked for: most objects stay in names.

    @functools.cached_property
    def _names(self) -> dict[tuple[Scope, str], list[ast.Name]]:
        """By scope and name the expressions that read it."""
        found: dict[tuple[Scope, str], list[ast.Name]] = {}
        for reference in self.scopes.references:
            if reference.owner is not None:
                key = (reference.owner, reference.where.mangle(reference.node.id))
                found.setdefault(key, []).append(reference.node)
        return found

    @functools.cached_property
    def generators(self) -> frozenset[ast.AST]:
        """The functions with a ``yield`` of their own."""
        yields = [*self.scopes.of_kind(ast.Yield), *self.scopes.of_kind(ast.YieldFrom)]
        return frozenset(function for function in map(self.function_around, yields) if function is not None)

    @functools.cached_property
    def _functions(self) -> list[Function]:
        return [
            scope.node
            for scope in self.scopes.scopes
            if isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef) and scope.kind is ScopeKind.FUNCTION
        ]

    @functools.cached_property
    def _methods(self) -> dict[ast.ClassDef, list[Function]]:
        found: dict[ast.ClassDef, list[Function]] = {}
        for function in self._functions:
            holder = self.class_around(function)
            if holder is not None:
                found.setdefault(holder, []).append(function)
        return found

    @functools.cached_property
    def _fixtures(self) -> dict[str, list[Place]]:
        """By the name of a fixture what pytest gives it to; by the empty one what asks for any."""
        found: dict[str, list[Place]] = {}
        for function in self._functions:
            if function.name.startswith("test") or self.is_fixture(function):
                for parameter in parameters(function):
                    found.setdefault(parameter.arg, []).append(("name", self.functions[function], parameter.arg))
        for call in self.scopes.of_kind(ast.Call):
            if last_name(call.func) in _ASK_FIXTURES and call.args:
                named = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
                found.setdefault(named if isinstance(named, str) else "", []).append(("value", call))
        return found

    @functools.cached_property
    def _own(self) -> dict[ast.ClassDef, set[str]]:
        """By class the names of the attributes that it gives its objects itself."""
        found = {holder: {method.name for method in methods} for holder, methods in self._methods.items()}
        for attribute in self.scopes.of_kind(ast.Attribute):
            if not isinstance(attribute.ctx, ast.Load) and isinstance(attribute.value, ast.Name):
                holder = self.self_class(attribute.value)
                if holder is not None:
                    found.setdefault(holder, set()).add(attribute.attr)
        for name in self.scopes.of_kind(ast.Name):
            owner = self.scopes.scope_of(name) if isinstance(name.ctx, ast.Store) else None
            if owner is not None and isinstance(owner.node, ast.ClassDef):
                found.setdefault(owner.node, set()).add(name.id)
        return found

    @functools.cached_property
    def _reads(
        self,
    ) -> tuple[dict[tuple[ast.ClassDef, str], list[ast.expr]], dict[str, list[tuple[ast.expr, ast.expr]]]]:
        """The expressions that read an attribute: by class and name, and by name where the class may be another.

        These with what they read it from.
        """
        by_class: dict[tuple[ast.ClassDef, str], list[ast.expr]] = {}
        loose: dict[str, list[tuple[ast.expr, ast.expr]]] = {}
        for name, node, base in self.all_reads():
            known = self.class_of(base)
            if known is not None:
                by_class.setdefault((known, name), []).append(node)
            if known is None or not self.defines(known, name):
                loose.setdefault(name, []).append((node, base))
        return by_class, loose

    def all_reads(self) -> Iterator[tuple[str, ast.expr, ast.expr]]:
        """(name, expression, what it is read from) for every expression that reads an attribute."""
        for attribute in self.scopes.of_kind(ast.Attribute):
            if isinstance(attribute.ctx, ast.Load):
                yield attribute.attr, attribute, attribute.value
        for call in self.scopes.of_kind(ast.Call):
            if isinstance(call.func, ast.Name) and call.func.id == "getattr" and len(call.args) > 1:
                name = call.args[1]
                if isinstance(name, ast.Constant) and isinstance(name.value, str):
                    yield name.value, call, call.args[0]

    # -- classes -------------------------------------------------------------------------------------------------

    @functools.cached_property
    def _related(self) -> dict[ast.ClassDef, set[ast.ClassDef]]:
        """For each class those that one object can belong to as well: they have a class below both in this file."""
        classes = self.scopes.of_kind(ast.ClassDef)
        related: dict[ast.ClassDef, set[ast.ClassDef]] = {node: {node} for node in classes}
        for node in classes:
            above = self.family(node)
            if len(above) > 1:
                for one in above:
                    related[one] |= above
        return related

    def family(self, node: ast.ClassDef) -> set[ast.ClassDef]:
        """A class and its bases, as far as they are in this file."""
        found, pending = {node}, [node]
        while pending:
            for base in pending.pop().bases:
                target = self.class_named(base)
                if target is not None and target not in found:
                    found.add(target)
                    pending.append(target)
        return found

    def class_named(self, node: ast.expr) -> ast.ClassDef | None:
        """The class of this file that an expression surely names."""
        while isinstance(node, ast.Subscript):
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        reference = self.scopes.by_node.get(node)
        bindings = reference.owner.bindings.get(node.id, []) if reference is not None and reference.owner else []
        match bindings:
            case [Binding(node=ast.ClassDef() as found)]:
                return found
        return None

    def makes(self, holder: ast.ClassDef, name: str) -> bool:
        """Whether all that the class, or a relative, assigns to an attribute is made where that is done."""
        values = self._assigned.get(name, [])
        own = [value for relative, value in values if relative in self._related[holder]]
        return bool(own) and all(isinstance(value, ast.Call | ast.List | ast.Dict | ast.Set) for value in own)

    @functools.cached_property
    def _assigned(self) -> dict[str, list[tuple[ast.ClassDef, ast.expr | None]]]:
        """By the name of an attribute what is assigned to it in the objects of which class."""
        found: dict[str, list[tuple[ast.ClassDef, ast.expr | None]]] = {}
        statements: list[ast.Assign | ast.AnnAssign] = [*self.scopes.of_kind(ast.Assign)]
        for statement in [*statements, *self.scopes.of_kind(ast.AnnAssign)]:
            for target in statement.targets if isinstance(statement, ast.Assign) else [statement.target]:
                for node in ast.walk(target):
                    places = self.of_target(node) if isinstance(node, ast.Name | ast.Attribute) else ()
                    for place in places:
                        if place[0] == "attribute" and isinstance(place[1], ast.ClassDef):
                            value = statement.value if node is target else None
                            found.setdefault(str(place[2]), []).append((place[1], value))
        return found

    def defines(self, holder: ast.ClassDef, name: str) -> bool:
        """Whether a class, or a base of it in this file, gives its objects an attribute of that name itself."""
        return any(name in self._own.get(node, ()) for node in self.family(holder))

    def is_protocol(self, holder: ast.ClassDef) -> bool:
        """Whether an object need not be of a class to be taken for one (:pep:`544`)."""
        bases = [base for node in self.family(holder) for base in node.bases]
        plain = [base.value if isinstance(base, ast.Subscript) else base for base in bases]
        return any("Protocol" in self.names.last_names(base) for base in plain)

    def protocol(self, node: ast.expr) -> list[str]:
        """The members that an object must have to be one of the protocol of this file that an expression names."""
        holder = self.class_named(node)
        if holder is None or not self.is_protocol(holder):
            return []
        return sorted(name for each in self.family(holder) for name in self._own.get(each, ()))

    def self_class(self, node: ast.Name) -> ast.ClassDef | None:
        """The class whose method has this name as its first parameter."""
        owner = self.scopes.scope_of(node).lookup(node.id)
        function = owner.node if owner is not None else None
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return None
        first = next(iter([*function.args.posonlyargs, *function.args.args]), None)
        if first is None or first.arg != node.id or self._is_static(function):
            return None
        return self.class_around(function)

    def class_around(self, function: Function | ast.ClassDef) -> ast.ClassDef | None:
        """The class that a function is a method of."""
        holder = self.scopes.scope_of(function).node
        return holder if isinstance(holder, ast.ClassDef) else None

    @staticmethod
    def _is_static(function: Function) -> bool:
        return any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.decorator_list)

    def class_of(self, node: ast.expr) -> ast.ClassDef | None:
        """The class of this file that an expression is surely an object of, or the class itself."""
        if isinstance(node, ast.Call):
            return self.class_named(node.func)
        if not isinstance(node, ast.Name):
            return None
        found = self.self_class(node) or self.class_named(node)
        if found is not None:
            return found
        reference = self.scopes.by_node.get(node)
        bindings = reference.owner.bindings.get(node.id, []) if reference is not None and reference.owner else []
        classes = {self._made_by(binding.statement, binding.node, binding.kind) for binding in bindings}
        return classes.pop() if len(classes) == 1 else None

    def _made_by(self, statement: ast.stmt, node: ast.AST, kind: BindingKind) -> ast.ClassDef | None:
        if kind is BindingKind.PARAMETER and isinstance(node, ast.arg):
            return self.class_named(node.annotation) if node.annotation is not None else None
        if isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(statement.value, ast.Call):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            return self.class_named(statement.value.func) if node in targets else None
        return None

    # -- reads ---------------------------------------------------------------------------------------------------

    def reads_of_name(self, scope: Scope, name: str) -> list[ast.Name]:
        """The expressions that read a name of a scope."""
        return self._names.get((scope, name), [])

    def reads_of_attribute(self, holder: ast.ClassDef, name: str) -> list[ast.expr]:
        """The expressions that read the attribute from what is known to be an object of the class, or of a relative."""
        return [n for relative in self._related[holder] for n in self._reads[0].get((relative, name), ())]

    def loose_reads(self, name: str) -> list[ast.expr]:
        """The expressions that read the attribute from something that is not known to have one of its own."""
        return [node for node, base in self._reads[1].get(name, ()) if not self._is_of_module(base, name)]

    def module_reads(self, name: str) -> list[ast.expr]:
        """The expressions that read the attribute from a module that has it of itself: no object of a class gave it."""
        return [node for node, base in self._reads[1].get(name, ()) if self._is_of_module(base, name)]

    def _is_of_module(self, node: ast.expr, name: str) -> bool:
        """Whether an expression is surely a module of the repository, and the attribute a class or function of it.

        A variable may be there to be set from elsewhere: ``cache = None``.
        """
        found, knowledge = self.names.qualified(node), self.names.knowledge
        return bool(found) and all(
            knowledge.locate(dotted) is not None and knowledge.definition(f"{dotted}.{name}") is not None
            for dotted in found
        )

    def class_reads(self, name: str) -> list[ast.expr]:
        """The expressions that read the attribute from something that is known to have one of its own."""
        known = self._reads[0].items()
        return [node for (_, attribute), nodes in known if attribute == name for node in nodes]

    def any_reads(self, name: str) -> list[ast.expr]:
        """The expressions that read the attribute from anything."""
        return [node for attribute, node, _ in self.all_reads() if attribute == name]

    def selves(self, holder: ast.ClassDef) -> Iterator[ast.Name]:
        """The expressions that read the first parameter of a class's methods."""
        for method in self._methods.get(holder, ()):
            first = next(iter([*method.args.posonlyargs, *method.args.args]), None)
            if first is not None and not self._is_static(method):
                yield from self.reads_of_name(self.functions[method], first.arg)

    def fixture_parameters(self, name: str) -> list[Place]:
        """The parameters of tests and fixtures that pytest gives the fixture of that name, and the calls that ask."""
        return [*self._fixtures.get(name, []), *self._fixtures.get("", [])]

    # -- functions -----------------------------------------------------------------------------------------------

    def function_around(self, node: ast.AST) -> Function | ast.Lambda | None:
        """The innermost function that a node stands in."""
        parent = self.parents.get(node)
        while parent is not None and not isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            parent = self.parents.get(parent)
        return parent

    def callee(self, call: ast.Call) -> ast.AST | None:
        """The function or class of this file that a call surely calls."""
        func = call.func
        if isinstance(func, ast.Name | ast.Lambda):
            return self.function_named(func)
        if isinstance(func, ast.Attribute):
            holder = self.class_of(func.value)
            for node in sorted(self.family(holder), key=lambda c: c is not holder) if holder is not None else ():
                for method in self._methods.get(node, ()):
                    if method.name == func.attr:
                        return method
        return None

    def function_named(self, node: ast.expr) -> ast.AST | None:
        """The function or class of this file that an expression surely is."""
        match self.functions_named(node):
            case [found]:
                return found
        return None

    def functions_named(self, node: ast.expr) -> list[ast.AST | None]:
        """The functions and classes of this file that an expression can be; None stands for anything else."""
        if isinstance(node, ast.Lambda):
            return [node]
        reference = self.scopes.by_node.get(node) if isinstance(node, ast.Name) else None
        if reference is None or reference.owner is None:
            return []
        bindings = reference.owner.bindings.get(reference.where.mangle(reference.node.id), [])
        return [self._function_bound(binding) for binding in bindings]

    @staticmethod
    def _function_bound(binding: Binding) -> ast.AST | None:
        if binding.kind in (BindingKind.FUNCTION, BindingKind.CLASS):
            return binding.node
        value = binding.statement.value if isinstance(binding.statement, ast.Assign) else None
        is_target = isinstance(binding.statement, ast.Assign) and binding.node in binding.statement.targets
        return value if is_target and isinstance(value, ast.Lambda) else None

    def parameters_reached(self, call: ast.Call, index: int, keyword: str | None) -> list[tuple[Place, str]]:
        """The parameters of this file's functions that an argument may reach, with the shape that it gets there."""
        func = call.func
        targets = self.functions_named(func) if isinstance(func, ast.Name | ast.Lambda) else [self.callee(call)]
        found = [self._parameter(target, call, index, keyword) for target in targets]
        return [each for each in found if each is not None]

    def _parameter(
        self, target: ast.AST | None, call: ast.Call, index: int, keyword: str | None
    ) -> tuple[Place, str] | None:
        if isinstance(target, ast.ClassDef):
            return self.parameter_of_class(target, index, keyword)
        if isinstance(target, ast.Lambda):
            return self.parameter_of(target, index, keyword, skip_first=False)
        if not isinstance(target, ast.FunctionDef | ast.AsyncFunctionDef):
            return None
        bound = isinstance(call.func, ast.Attribute)
        return self.parameter_of(target, index, keyword, skip_first=bound and not self._is_static(target))

    def parameter_of_class(self, holder: ast.ClassDef, index: int, keyword: str | None) -> tuple[Place, str] | None:
        """Where an argument of a class's call ends up: a parameter of ``__init__``, or a field of a dataclass."""
        function = self.constructor(holder)
        if function is not None:
            return self.parameter_of(function, index, keyword, skip_first=True)
        fields = [
            statement.target.id
            for node in sorted(self.family(holder), key=lambda node: node.lineno)
            for statement in node.body
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
        ]
        name = keyword if keyword is not None else fields[index] if index < len(fields) else ""
        return (("attribute", holder, name), "") if name in fields else None

    def constructor(self, holder: ast.ClassDef) -> Function | None:
        """The ``__init__`` of a class or of a base in this file."""
        for node in sorted(self.family(holder), key=lambda c: c is not holder):
            for method in self._methods.get(node, ()):
                if method.name == "__init__":
                    return method
        return None

    def parameter_of(
        self, function: Function | ast.Lambda, index: int, keyword: str | None, *, skip_first: bool
    ) -> tuple[Place, str] | None:
        """The parameter that an argument in a position, or with a keyword, reaches; the shape it gets there."""
        scope, arguments = self.functions[function], function.args
        positional = [*arguments.posonlyargs, *arguments.args][1 if skip_first else 0 :]
        if keyword is None and index < len(positional):
            return ("name", scope, positional[index].arg), ""
        if keyword is not None and any(keyword == a.arg for a in (*arguments.args, *arguments.kwonlyargs)):
            return ("name", scope, keyword), ""
        rest = arguments.vararg if keyword is None else arguments.kwarg
        return (("name", scope, rest.arg), "[") if rest is not None else None

    def fields(self, func: ast.expr) -> list[str]:
        """The fields of what ``T = namedtuple("T", "a b")`` makes, where a call calls that."""
        reference = self.scopes.by_node.get(func) if isinstance(func, ast.Name) else None
        bindings = reference.owner.bindings.get(reference.node.id, ()) if reference and reference.owner else ()
        for value in (getattr(binding.statement, "value", None) for binding in bindings):
            if isinstance(value, ast.Call) and "namedtuple" in self.names.last_names(value.func) and value.args[1:]:
                listed = value.args[1]
                nodes = listed.elts if isinstance(listed, ast.List | ast.Tuple) else [listed]
                texts = (str(node.value) for node in nodes if isinstance(node, ast.Constant))
                return [name for text in texts for name in text.replace(",", " ").split()]
        return []

    def decorators(self, function: Function) -> Iterator[str]:
        """The last names of a function's decorators, as they are spelled."""
        for decorator in function.decorator_list:
            node = decorator.func if isinstance(decorator, ast.Call) else decorator
            yield node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")

    def is_fixture(self, function: Function) -> bool:
        """Whether pytest calls the function and hands on what it gives."""
        return any(name in ("fixture", "yield_fixture") for name in self.decorators(function))

    def results(self, function: Function, shape: str) -> Iterator[tuple[Place, str]]:
        """Where what a function gives can be read: its names, with the shape that the definition makes of it.

        A method is called through the class or an object, and by its plain name in the class body.
        """
        decorators = set(self.decorators(function))
        if self.is_fixture(function):
            yield ("fixture", self._fixture_name(function)), shape
            return
        if function in self.generators:
            shape = ("&" if decorators & _MANAGERS else "[") + shape
        elif isinstance(function, ast.AsyncFunctionDef):
            shape = "@" + shape
        holder = self.class_around(function)
        shape = shape if decorators & _PROPERTIES else "(" + shape
        named: ast.ClassDef | Function = function
        if holder is not None and function.name == "__new__":  # what the call of the class gives
            named = holder
        elif holder is not None:
            yield ("attribute", holder, function.name), shape
        scope = self.scopes.scope_of(named)
        yield ("name", scope.lookup(named.name), scope.mangle(named.name)), shape

    def returned(self, statement: ast.Return, function: Function) -> Iterator[Place]:
        """The places that take what a function returns: its result, or names that a module makes when asked for."""
        module = self.scopes.module
        names: frozenset[str] = frozenset()
        if isinstance(function, ast.FunctionDef) and function.name == lazy.HOOK:
            is_hook = self.scopes.scope_of(function) is module
            names = lazy.asked_for(statement, function, self.parents) if is_hook else names
        for name in sorted(names):
            yield ("name", module, name)
        if not names:
            yield ("result", function)

    def _fixture_name(self, function: Function) -> str:
        for decorator in function.decorator_list:
            for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
                if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                    return str(keyword.value.value)
        return function.name

    def is_plain(self, function: Function) -> bool:
        """Whether nothing but decorators that leave the result alone stands on a function."""
        return set(self.decorators(function)) <= _PLAIN | _PROPERTIES | _MANAGERS

    def compared_by(self, holder: ast.ClassDef) -> tuple[str, ...]:
        """The special methods of what it holds that an object of a data class uses where it is compared, or a key.

        https://docs.python.org/3/library/dataclasses.html#dataclasses.dataclass; a named tuple is compared as well.
        """
        decorators = [each.func if isinstance(each, ast.Call) else each for each in holder.decorator_list]
        if not self.is_sequence(holder) and not any(last_name(each) in _DATA_CLASSES for each in decorators):
            return ()
        given = [keyword for each in holder.decorator_list if isinstance(each, ast.Call) for keyword in each.keywords]
        off = {each.arg for each in given if isinstance(each.value, ast.Constant) and each.value.value is False}
        order = ("__lt__", "__gt__", "__le__", "__ge__") if any(each.arg == "order" for each in given) else ()
        is_key = any(each.arg in ("frozen", "unsafe_hash") for each in given) or self.is_sequence(holder)
        return () if "eq" in off else ("__eq__", *(("__hash__",) if is_key else ()), *order)

    def asked_in_class(self, scope: Scope, name: str) -> tuple[str, ...]:
        """The special methods that are asked for of what a class body binds to a name.

        A data class takes no default that cannot be a key; what ``field(default_factory=f)`` makes is none.
        """
        values = [getattr(binding.statement, "value", None) for binding in scope.bindings.get(name, ())]
        calls = (value for value in values if isinstance(value, ast.Call))
        is_given = any(keyword.arg in _MAKERS for call in calls for keyword in call.keywords)
        is_data = isinstance(scope.node, ast.ClassDef) and bool(self.compared_by(scope.node))
        return ("__get__", "__set_name__", *(("__hash__",) if is_data and not is_given else ()))

    def is_enumeration(self, holder: ast.ClassDef) -> bool:
        """Whether what a class body assigns is the value of a member: ``E.A.value``."""
        bases = (getattr(base, "attr", getattr(base, "id", "")) for node in self.family(holder) for base in node.bases)
        return any(base.endswith(("Enum", "Flag")) for base in bases)

    def is_called_by_syntax(self, function: Function) -> bool:
        """Whether nobody need name a method to get what it gives: ``__call__``, ``__getitem__``, ``__enter__``."""
        return self.class_around(function) is not None and function.name[:2] == function.name[-2:] == "__"

    def inherits(self, holder: ast.ClassDef) -> Iterator[tuple[str, ...]]:
        """The dotted names of a class's bases that other modules of the repository define."""
        for node in self.family(holder):
            for base in node.bases:
                dotted = self.names.qualified(base)
                if any(self.names.knowledge.locate(name.rpartition(".")[0]) is not None for name in dotted):
                    yield dotted

    def is_sequence(self, holder: ast.ClassDef) -> bool:
        """Whether the objects of a class hold what they are made of under other names as well: a ``NamedTuple``."""
        names = {"NamedTuple", "TypedDict", "tuple", "dict"}
        return any(self.names.last_names(base) & names for node in self.family(holder) for base in node.bases)

    def is_container(self, node: ast.expr) -> bool:
        """Whether an expression is surely a container that comes with Python."""
        if isinstance(node, ast.Call):
            dotted = self.names.qualified(node.func)
            return bool(dotted) and all(name.partition(".")[0] in _WITH_PYTHON for name in dotted)
        reference = self.scopes.by_node.get(node) if isinstance(node, ast.Name) else None
        bindings = reference.owner.bindings.get(reference.node.id, ()) if reference and reference.owner else ()
        values = [getattr(each.statement, "value", None) for each in bindings if each.kind in _ASSIGNED]
        kinds = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
        made = (
            isinstance(value, kinds) or (isinstance(value, ast.Call) and self.is_container(value)) for value in values
        )
        return bool(values) and len(values) == len(bindings) and all(made)

    # -- targets -------------------------------------------------------------------------------------------------

    def of_target(self, target: ast.expr) -> Iterator[Place]:
        """The places that an assignment to a name or an attribute fills."""
        if isinstance(target, ast.Name):
            yield from self.of_name(target, target.id)
        elif isinstance(target, ast.Attribute):
            yield ("attribute", self.class_of(target.value), target.attr)

    def of_name(self, node: ast.AST, name: str) -> Iterator[Place]:
        """The places that are filled where a node binds a name."""
        scope = self.scopes.scope_of(node)
        owner = scope.lookup(name)
        if owner is not None:
            yield ("name", owner, scope.mangle(name))
            if isinstance(owner.node, ast.ClassDef):
                yield ("attribute", owner.node, name)

    def setters(self, attribute: str) -> Iterator[Place]:
        """The parameters that take what is set as an attribute of an object: of a property, of a hook, of a descriptor.

        https://docs.python.org/3/reference/datamodel.html#object.__setattr__ and the sections that follow.
        """
        for name in (attribute, "__setattr__", "__set__"):
            for function in self._setters.get(name, ()):
                taken = [*function.args.posonlyargs, *function.args.args][-1:]
                yield from (("name", self.functions[function], each.arg) for each in taken)

    @functools.cached_property
    def _setters(self) -> dict[str, list[Function]]:
        """By attribute the functions that take what is set; the hooks by their own names."""
        found: dict[str, list[Function]] = {}
        for function in (each for methods in self._methods.values() for each in methods):
            if function.name in ("__setattr__", "__set__") or "setter" in self.decorators(function):
                found.setdefault(function.name, []).append(function)
        for statement in self.scopes.of_kind(ast.Assign):  # `cache = property(get, set)`
            match statement:
                case ast.Assign([ast.Name(id=name)], ast.Call(func=ast.Name("property"), args=[_, second])):
                    setter = self.function_named(second)
                    if isinstance(setter, ast.FunctionDef):
                        found.setdefault(name, []).append(setter)
        return found

    @staticmethod
    def root(node: ast.expr) -> ast.expr:
        """What an expression of attributes and items starts with."""
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        return node

    def is_given(self, node: ast.expr) -> bool:
        """Whether a name is a parameter that is not the first of a method, or an expression is no name at all."""
        if not isinstance(node, ast.Name):
            return not isinstance(node, ast.Attribute) or self.class_of(node.value) is None
        reference = self.scopes.by_node.get(node)
        bindings = reference.owner.bindings.get(node.id, ()) if reference is not None and reference.owner else ()
        return self.self_class(node) is None and any(b.kind is BindingKind.PARAMETER for b in bindings)

    def is_imported(self, node: ast.expr) -> bool:
        """Whether a name is bound by imports alone."""
        reference = self.scopes.by_node.get(node) if isinstance(node, ast.Name) else None
        if reference is None or reference.owner is None:
            return False
        return all(b.kind in IMPORT_KINDS for b in reference.owner.bindings.get(reference.node.id, ()))

    def is_listed(self, scope: Scope) -> bool:
        """Whether a function hands its variables to who knows whom: ``locals()``, ``eval(text)``."""
        return scope.kind is ScopeKind.FUNCTION and scope in self._listed

    @functools.cached_property
    def _listed(self) -> set[Scope]:
        """The scopes with a call that sees the variables there."""
        found: set[Scope] = set()
        for reference in self.scopes.references:
            if reference.owner is None and reference.node.id in _LISTERS:
                call = self.parents.get(reference.node)
                if isinstance(call, ast.Call) and not (reference.node.id == "vars" and call.args):
                    found.add(reference.where)
        return found

    def exported(self, place: Place) -> str | None:
        """The name under which other files can reach a place: ``cache``, ``Service.cache``, ``*.cache``."""
        if place[0] == "name":
            scope = place[1]
            return str(place[2]) if isinstance(scope, Scope) and scope.kind is ScopeKind.MODULE else None
        if place[0] == "attribute":
            holder = place[1]
            name = self.qualified_name(holder) if isinstance(holder, ast.ClassDef) else None
            return f"{name or '*'}.{place[2]}"
        return f"fixture {place[1]}" if place[0] == "fixture" else None

    def defined(self) -> dict[str, ast.ClassDef | Function]:
        """The classes, functions and methods that other files can reach, by their names from the module on."""
        if self._defined is None:
            self._defined = {}
            for node in self.parents:
                if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                    name = self.qualified_name(node)
                    if name is not None:
                        self._defined[name] = node
        return self._defined

    def qualified_name(self, holder: ast.ClassDef | Function) -> str | None:
        """The name of a class or function from the module on; None for one inside a function."""
        parts = [holder.name]
        node = self.parents.get(holder)
        while node is not None:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                return None
            if isinstance(node, ast.ClassDef):
                parts.append(node.name)
            node = self.parents.get(node)
        return ".".join(reversed(parts))


def parameters(function: Function) -> list[ast.arg]:
    """The parameters of a function that have a name of their own, ``*`` and ``**`` left out."""
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
