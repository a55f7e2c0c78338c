"""What a file does with objects of which nothing is known, where the replacement does not do it.

The objects that are made here are followed (:mod:`cachelift.analysis.flow`), but not everywhere: into a callback, out
of ``f(*args)``, through a descriptor. Such an object is *lost*, and from then on any expression that nothing else is
known of, a *stranger*, may be it. A call whose object is lost stays where a stranger around it is used through a
member that the replacement lacks.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator

from cachelift.analysis.calls import Effect
from cachelift.analysis.differences import differences, keeps_other_state, lost_members, private_members
from cachelift.analysis.facts import Stranger
from cachelift.analysis.file import FileAnalysis
from cachelift.analysis.names import IMPORT_KINDS
from cachelift.analysis.places import Function, Places
from cachelift.analysis.scopes import Binding, BindingKind, ScopeKind
from cachelift.namespace import last_name

_MAGIC = frozenset({"__getattr__", "__getattribute__", "__new__", "__get__"})
"""Methods that make a class's objects, or what is read from them, something else."""
_GIVES = frozenset(f"builtins.{name}" for name in ("next", "anext", "min", "max", "getattr", "eval", "sum", "vars"))
"""The builtin functions that give what they were given."""
_GETTERS = frozenset({"getattr", "hasattr", "methodcaller", "attrgetter"})
_FIELD = re.compile(r"(?<=\{)[^{}!:]*\.\w+")
"""The field of a format or of a template: ``{0.name}``, ``{{ x.name }}``."""
_OPEN = frozenset({"Any", "object"})
"""Annotations that say nothing of the class."""
_UNIONS = frozenset({"Optional", "Union", "Annotated", "Final", "ClassVar"})
_KNOWN = (BindingKind.FUNCTION, BindingKind.CLASS, BindingKind.EXCEPT, BindingKind.DEL, BindingKind.ANNOTATION_ONLY)
_FIXTURES = frozenset(
    {"request", "monkeypatch", "mocker", "tmp_path", "tmpdir", "capsys", "caplog", "pytestconfig", "tmp_path_factory"}
)
"""The parameters of tests and fixtures that pytest and its best-known plugin fill."""


def find(file: FileAnalysis) -> tuple[Stranger, ...]:
    """Every use of a stranger that the replacement does not offer."""
    found: dict[tuple[int, int, frozenset[str], bool], Stranger] = {}
    strangers: Strangers | None = None
    for index, replacement in enumerate(file.knowledge.replacements):
        members = lost_members(replacement) | ({"__dict__"} if keeps_other_state(replacement) else frozenset())
        kin = {name for path, name in replacement.kin if path == file.path}
        if kin or file.path in replacement.homes:
            members |= private_members(replacement)
        words = members | {"vars"} if "__dict__" in members else members
        if members and file.may_name(*words):
            strangers = strangers or Strangers(file)
            is_home = file.path in replacement.homes
            for effect, via, named in strangers.uses(members, named=not is_home):
                for difference in differences(effect, replacement, file.parents):
                    line = file.imports.position(file.imports.span(difference.at))[0]
                    message = f"{file.path}:{line}: {difference.message}"
                    is_own = file.is_in_class(difference.at, kin)
                    stranger = Stranger(index, line, message, is_own, via, named)
                    found.setdefault((index, line, via, named), stranger)
    return tuple(sorted(found.values(), key=lambda each: (each.migration, each.line, sorted(each.via), each.named)))


_GIVING = frozenset(
    {"__enter__", "__aenter__", "__await__", "__get__", "__getattr__", "__getattribute__", "__getitem__", "__call__"}
    | {"__iter__", "__next__", "__new__", "__missing__", "__neg__", "__pos__", "__invert__"}
    | {f"__{name}__" for name in ("eq", "ne", "lt", "le", "gt", "ge")}
    | {f"__{side}{name}__" for side in ("", "r", "i") for name in ("or", "and", "xor", "add", "sub", "mul", "matmul")}
    | {f"__{side}{name}__" for side in ("", "r", "i") for name in ("truediv", "floordiv", "mod", "lshift", "rshift")}
)
"""Special methods that may give another object than that of whose class they are."""


_ENTERS = ("__enter__", "__aenter__")
_APPLIES = frozenset({"map", "filter", "sorted", "min", "max"})
"""What is followed to what it calls a function with."""
_LONGEST = 200
"""Texts that are longer are no lists of names."""


def _gives_others(definition: ast.ClassDef) -> bool:
    return any(getattr(each, "name", "") in _GIVING for each in definition.body)


_ANYWHERE = frozenset[str]()
"""The modules of which a stranger is, where that may be any."""


class Strangers:
    """Tells which expressions of a file may be an object that got out of sight.

    What another module of the repository hands out is followed from there. Where an object gets out of sight in that
    module, what it hands out may be that object: such a stranger is one *by way of* the module.

    Args:
        file: the file.
    """

    def __init__(self, file: FileAnalysis) -> None:
        self.names = file.names
        self.text = file.text
        self.scopes = file.scopes
        self.places = Places(file.names)
        self._seen: set[ast.AST] = set()
        self._via: set[str] = set()
        """The modules that the expressions hand something out of which were looked at last."""

    def uses(self, members: frozenset[str], *, named: bool) -> Iterator[tuple[Effect, frozenset[str], bool]]:
        """What is done with strangers through some members, by way of which modules they are ones, and if by name.

        With ``named`` the texts that are the name of a member as well.
        """
        for attribute in self.scopes.of_kind(ast.Attribute):
            name = attribute.attr
            if name.startswith("__"):  # a class mangles it
                name = self.scopes.scope_of(attribute).mangle(name)
            via = self._modules(attribute.value, attribute.attr) if name in members else None
            if via is not None:
                use: list[tuple[str, ast.AST]] = [(name, attribute)]
                yield Effect(members=use) if self._has_to_be_there(attribute) else Effect(stores=use), via, False
        for function in self.scopes.of_kind(ast.Name) if "__dict__" in members else ():
            parent = self.scopes.parents.get(function)
            call = self.scopes.parents.get(parent) if isinstance(parent, ast.keyword) else parent
            is_followed = isinstance(call, ast.Call) and (call.func is function or last_name(call.func) in _APPLIES)
            if "builtins.vars" not in self.names.qualified(function):
                continue
            if not is_followed:  # `json.dumps(x, default=vars)`
                yield Effect(members=[("__dict__", function)]), _ANYWHERE, False
            elif isinstance(call, ast.Call) and call.func is function and call.args:
                via = self._modules(call.args[0], "__dict__")
                if via is not None:
                    yield Effect(members=[("__dict__", call)]), via, False
        getters = [call for call in self.scopes.of_kind(ast.Call) if self._is_getter(call)]
        for constant in self.scopes.of_kind(ast.Constant) if getters or "{" in self.text else ():
            if isinstance(constant.value, str):
                names = self._named(constant, constant.value, getters)
                yield Effect(members=[(name, constant) for name in names if name in members]), _ANYWHERE, False
        for constant in self.scopes.of_kind(ast.Constant) if named else ():
            words = constant.value if isinstance(constant.value, str) and len(constant.value) < _LONGEST else ""
            found = [word for word in re.split(r"[\s.,;|]+", words) if word in members]
            if found and not isinstance(self.scopes.parents.get(constant), ast.Expr):
                yield Effect(members=[(word, constant) for word in found]), _ANYWHERE, True

    def _has_to_be_there(self, attribute: ast.Attribute) -> bool:
        """Whether an attribute is read, deleted or augmented, and not only set."""
        is_set = isinstance(attribute.ctx, ast.Store)
        return not is_set or isinstance(self.scopes.parents[attribute], ast.AugAssign)

    def _is_getter(self, call: ast.Call) -> bool:
        """Whether a call reads an attribute by its name: ``getattr(x, name)``, ``methodcaller(name)``."""
        if not self.names.last_names(call.func) & _GETTERS:
            return False
        name = call.args[1] if len(call.args) > 1 else None
        return not isinstance(name, ast.Constant) or self._modules(call.args[0], str(name.value)) is not None

    def _named(self, constant: ast.Constant, value: str, getters: list[ast.Call]) -> Iterator[str]:
        """The members that a string may name: as a whole, where attributes are read by name; in a format's fields."""
        parent = self.scopes.parents.get(constant)
        if isinstance(parent, ast.Expr | ast.JoinedStr):
            return
        by_name = isinstance(parent, ast.Call) and self.names.last_names(parent.func) & _GETTERS
        dynamic = any(not isinstance(argument, ast.Constant) for call in getters for argument in call.args[1:2])
        if parent in getters or (dynamic and not by_name):
            yield value.partition(".")[0]
        for found in _FIELD.finditer(value):
            yield from found[0].split(".")[1:]

    def _modules(self, node: ast.expr, member: str) -> frozenset[str] | None:
        """The modules by way of which an expression is a stranger, none for any; None where it is no stranger."""
        known = self.places.class_of(node)
        if known is not None and not self.places.is_protocol(known):
            return _ANYWHERE if self._is_magic(known) and not self.places.defines(known, member) else None
        self._seen.clear()
        self._via.clear()
        return _ANYWHERE if self._may_be(node) else frozenset(self._via) or None

    def _is_magic(self, holder: ast.ClassDef) -> bool:
        """Whether what a class gives, or what is read from its objects, need not be its own."""
        return any(
            any(self.places.defines(node, name) for name in _MAGIC) or bool(node.keywords)
            for node in self.places.family(holder)
        )

    def _may_be(self, node: ast.expr) -> bool:
        """Whether an expression may be an object that got out of sight."""
        if node in self._seen:
            return False
        self._seen.add(node)
        match node:
            case ast.BoolOp():
                return any(map(self._may_be, node.values))
            case ast.IfExp():
                return self._may_be(node.body) or self._may_be(node.orelse)
            case ast.NamedExpr():
                return self._may_be(node.value)
            case ast.Await():
                return self._operand(node.value) or self._may_be(node.value)
            case ast.Compare():  # `__eq__` and the others may give anything
                return any(map(self._operand, [node.left, *node.comparators]))
            case ast.BinOp():
                return self._operand(node.left) or self._operand(node.right)
            case ast.UnaryOp():
                return self._operand(node.operand)
            case ast.Call():
                return self._call(node)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Name():
                return self._name(node)
            case ast.Subscript():
                root = self.places.root(node)
                return not self.places.is_imported(root) or any(map(self._is_ours, self.names.qualified(root)))
        return isinstance(node, ast.Yield | ast.YieldFrom)

    def _operand(self, node: ast.expr) -> bool:
        """Whether an operator may call a method of what is known to be an object of the repository."""
        known = self.places.class_of(node)
        if known is not None:
            return any(map(_gives_others, self.places.family(known)))
        if isinstance(node, ast.Call):
            self._come_from(*self.names.qualified(node.func))
        return False

    # -- calls ---------------------------------------------------------------------------------------------------

    def _call(self, node: ast.Call) -> bool:
        target = self.places.callee(node)
        if isinstance(target, ast.ClassDef):
            return self._is_magic(target)
        if isinstance(target, ast.FunctionDef | ast.AsyncFunctionDef):
            returned = list(self._returned(target))
            is_abstract = not returned and self.places.class_around(target) is not None
            return is_abstract or not self.places.is_plain(target) or any(map(self._may_be, returned))
        dotted = self.names.qualified(node.func)
        if not dotted:
            return not isinstance(node.func, ast.Attribute) or not isinstance(node.func.value, ast.Constant)
        return any(map(self._gives, dotted))

    def _is_ours(self, dotted: str) -> bool:
        """Whether a name that is imported is a module of the repository, or of one."""
        locate = self.names.knowledge.locate
        return locate(dotted) is not None or locate(dotted.rpartition(".")[0]) is not None

    def _gives(self, dotted: str) -> bool:
        """Whether a function that comes from elsewhere may give an object that it got from here."""
        module, _, name = dotted.rpartition(".")
        if module == "builtins":
            return dotted in _GIVES
        if self.names.knowledge.locate(module) is not None:
            self._come_from(dotted)
            return False
        return not name[:1].isupper()

    def _come_from(self, *dotted: str) -> None:
        """Note the modules of the repository that hand something out which is no plain class, and no module."""
        knowledge = self.names.knowledge
        for name in dotted:
            path = knowledge.module_around(name)
            definition = knowledge.definition(name)
            is_plain = isinstance(definition, ast.ClassDef) and not _gives_others(definition)
            if path is not None and knowledge.locate(name) is None and not is_plain:
                self._via.add(path)

    def _returned(self, function: Function) -> Iterator[ast.expr]:
        for node in self.scopes.of_kind(ast.Return):
            if node.value is not None and self.places.function_around(node) is function:
                yield node.value

    # -- attributes and names --------------------------------------------------------------------------------------

    def _attribute(self, node: ast.Attribute) -> bool:
        if self.places.is_imported(self.places.root(node)):
            self._come_from(*self.names.qualified(node))
            return False
        holder = self.places.class_of(node.value)
        if holder is None or not self.places.defines(holder, node.attr):
            return True
        found = list(self._assigned(holder, node.attr))
        return any(map(self._is_none, found)) or any(map(self._may_be, found))

    @staticmethod
    def _is_none(node: ast.expr) -> bool:
        """What stands in the place of something that comes later, from a subclass or from another module."""
        return isinstance(node, ast.Constant) and node.value is None

    def _assigned(self, holder: ast.ClassDef, name: str) -> Iterator[ast.expr]:
        """What is assigned to an attribute of a class's objects, as far as it is an expression."""
        related = self.places.family(holder)
        statements: list[ast.Assign | ast.AnnAssign] = [*self.scopes.of_kind(ast.Assign)]
        for statement in [*statements, *self.scopes.of_kind(ast.AnnAssign)]:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for place in (place for target in targets for place in self.places.of_target(target)):
                if place[0] == "attribute" and place[1] in related and place[2] == name and statement.value is not None:
                    yield statement.value

    def _name(self, node: ast.Name) -> bool:
        reference = self.scopes.by_node.get(node)
        if reference is None or reference.owner is None:
            return not hasattr(builtins, node.id) and not self.names.stars
        if self.places.self_class(node) is not None:
            return False
        return any(map(self._bound, reference.owner.bindings.get(reference.where.mangle(node.id), ())))

    def _bound(self, binding: Binding) -> bool:
        if binding.kind in IMPORT_KINDS:
            self._come_from(*self.names.imported(binding))
        if binding.kind in IMPORT_KINDS or binding.kind in _KNOWN:
            return False
        if binding.kind is BindingKind.PARAMETER:
            return isinstance(binding.node, ast.arg) and self._parameter(binding.node)
        statement = binding.statement
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if binding.node in targets and statement.value is not None:
                waits = binding.owner.kind is ScopeKind.MODULE and self._is_none(statement.value)
                return waits or self._may_be(statement.value)
        item = self.scopes.parents.get(binding.node)
        if isinstance(item, ast.withitem) and isinstance(item.context_expr, ast.Call):
            holder = self.places.class_of(item.context_expr)
            enters = holder is not None and any(self.places.defines(holder, name) for name in _ENTERS)
            return self._may_be(item.context_expr) if holder is None else enters
        return True

    def _parameter(self, argument: ast.arg) -> bool:
        arguments = self.scopes.parents[argument]
        assert isinstance(arguments, ast.arguments)
        if argument in (arguments.vararg, arguments.kwarg):
            return False
        if argument.annotation is None:
            return argument.arg not in _FIXTURES
        return self._is_open(argument.annotation)

    def _is_open(self, annotation: ast.expr) -> bool:
        """Whether a type that is written down may be that of any object."""
        if isinstance(annotation, ast.BinOp):
            return self._is_open(annotation.left) or self._is_open(annotation.right)
        if isinstance(annotation, ast.Subscript):
            inner = annotation.slice
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return bool(self.names.last_names(annotation.value) & _UNIONS) and any(map(self._is_open, parts))
        if self.names.last_names(annotation) & _OPEN:
            return True
        holder = self.places.class_named(annotation)
        if holder is not None:
            return self.places.is_protocol(holder)
        return isinstance(annotation, ast.Name) and not self.names.qualified(annotation)
