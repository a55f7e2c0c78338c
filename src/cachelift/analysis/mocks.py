"""Where a test keeps the mock of the class: under which names, and whether other files may get at it.

The patchers of ``unittest.mock`` give the mock when they are entered or started
(https://docs.python.org/3/library/unittest.mock.html#patch-methods-start-and-stop), that of pytest-mock at once.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from cachelift.analysis.scopes import Scope

if TYPE_CHECKING:
    from cachelift.analysis.file import FileAnalysis

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

Names: TypeAlias = set[tuple[Scope | None, str]]
"""Variables by their scope; attributes, of whatever object, as ``(None, ".name")``."""

_ENTERING = frozenset({"enter_context", "enterContext", "enterClassContext"})
_READING = frozenset({"getattr", "vars", "__dict__", "attrgetter", "__getattribute__", "eval", "exec", "inspect"})
"""By these an attribute is read without naming it."""
_INSIDES = frozenset({"_mock_parent", "_mock_new_parent", "_mock_call_args", "_mock_mock_calls"})
"""By these one mock gives another, or its calls."""
_ASKING = frozenset(
    {
        "assertIs", "assertIsNot", "assertTrue", "assertFalse", "assertEqual", "assertNotEqual", "assertIsNone",
        "assertIsNotNone", "assertIsInstance", "builtins.id", "builtins.isinstance", "builtins.callable",
        "builtins.print", "builtins.hasattr",
    }
)  # fmt: skip
"""What looks at the mock and keeps nothing of it."""


_REQUESTING = frozenset({"getfixturevalue", "getfuncargvalue"})
_LIBRARIES = frozenset(
    {"aiohttp", "asynctest", "django", "flask_testing", "rest_framework", "tornado", "twisted", "unittest"}
)
"""Where the bases of tests come from that know nothing of what a test keeps."""


class Mocks:
    """Follows the mock of one patch through its file.

    Args:
        file: the analysis of the file.
        call: the call that patches.
    """

    def __init__(self, file: FileAnalysis, call: ast.Call) -> None:
        self.file = file
        self.call = call
        self.parents = file.parents
        self.is_lost = self._names_any(_INSIDES)
        """Code of other files may have the mock."""

    @property
    def is_test_module(self) -> bool:
        """Whether no other file imports from this one: what its own tests assert is all that there is."""
        name = self.file.path.rpartition("/")[2].removesuffix(".py")
        return name == "tests" or name.startswith("test_") or name.endswith(("_test", "_tests"))

    def made(self, *, has_new: bool) -> Names | None:
        """The names that the test gives the mock that the call makes; None where it gets out of sight."""
        parent = self.parents.get(self.call)
        if isinstance(parent, (*_FUNCTIONS, ast.ClassDef)):
            return set() if has_new else self._decorated(parent)
        if not self._is_patcher():
            return self._held(self.call)
        if isinstance(parent, ast.Assign | ast.AnnAssign):
            return self._kept(parent)
        return self._started(self.call)

    def name_of(self, target: ast.expr) -> Names | None:
        """The names that the mock gets by an assignment; None where not all of them are known."""
        holder = self._holder(target)
        return self._follow(holder) if holder is not None else None

    def _follow(self, holder: tuple[Scope | None, str]) -> Names | None:
        """A name, and all that the mock gets from there."""
        found: Names = set()
        pending = {holder}
        while pending:
            current = pending.pop()
            found.add(current)
            for node in self._reads(*current):
                pending |= self._handed_on(node) - found
        return None if self.is_lost else found

    def is_one_of(self, node: ast.expr, names: Names) -> bool:
        """Whether an expression is one of the names."""
        if isinstance(node, ast.Attribute):
            return (None, f".{node.attr}") in names
        reference = self.file.scopes.by_node.get(node) if isinstance(node, ast.Name) else None
        return reference is not None and (reference.owner, reference.node.id) in names

    # -- where the mock comes from ---------------------------------------------------------------------------------

    def _decorated(self, node: _Function | ast.ClassDef) -> Names | None:
        """The parameters that a decorator's mock arrives under: those of a class are handed to each of its tests."""
        if isinstance(node, ast.ClassDef):
            self.is_lost |= not all(map(self._is_of_library, node.bases))  # the tests that it inherits get it, too
            functions = [each for each in node.body if isinstance(each, _FUNCTIONS) and each.name.startswith("test")]
        else:
            functions = [node]
        found: Names = set()
        is_open = False
        for function in functions:
            scope = next((s for s in self.file.scopes.scopes if s.node is function), None)
            for name in self._injected(function, node):
                followed = self._follow((scope, name))
                is_open |= followed is None
                found |= followed or set()
            if function.args.vararg is not None:
                is_open = True
                self.is_lost |= not all(map(self._is_item, self._reads(scope, function.args.vararg.arg)))
        return None if is_open else found

    def _injected(self, function: _Function, node: _Function | ast.ClassDef) -> list[str]:
        """Decorators count from the innermost one outwards, those of the class last."""
        decorators = [*reversed(function.decorator_list)]
        if isinstance(node, ast.ClassDef):
            decorators += reversed(node.decorator_list)
        makers = [each for each in decorators if isinstance(each, ast.Call) and _makes_mock(each)]
        positional = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
        if isinstance(self.parents.get(function), ast.ClassDef):
            positional = positional[1:]
        index = makers.index(self.call) if self.call in makers else len(positional)
        return positional[index : index + 1] or positional

    def _is_item(self, node: ast.expr) -> bool:
        """``mocks[0].attribute``: one of what a function takes in as ``*mocks``, and no other name for it."""
        item = self.parents.get(node)
        return isinstance(item, ast.Subscript) and isinstance(self.parents.get(item), ast.Attribute)

    def _is_patcher(self) -> bool:
        """``patcher = patch(...)`` is started later; ``mocker.patch(...)`` gives the mock itself."""
        func = self.call.func
        while isinstance(func, ast.Attribute) and func.attr in ("object", "multiple", "patch"):
            func = func.value
        return bool(self.file.names.qualified(func)) if isinstance(func, ast.Name) else True

    def _kept(self, statement: ast.Assign | ast.AnnAssign) -> Names | None:
        """The names of what the patcher gives that is kept under one name."""
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        holder = self._holder(targets[0]) if len(targets) == 1 else None
        self.is_lost |= holder is None
        found: Names = set()
        for node in self._reads(*holder) if holder is not None else ():
            found |= (self._started(node) or set()) if isinstance(node.ctx, ast.Load) else set()
        return None if self.is_lost else found

    def _started(self, patcher: ast.expr) -> Names | None:
        """The names of what a patcher gives at one place."""
        match self.parents.get(patcher):
            case ast.withitem():
                return self._held(patcher)
            case ast.Attribute(attr="start") as start:
                call = self.parents[start]
                if isinstance(call, ast.Call) and call.func is start:
                    return self._held(call)
            case ast.Attribute(attr="stop" | "return_value") | ast.Compare() | ast.Expr():
                return set()
            case ast.Call(func=ast.Attribute(attr=name)) as call if name in _ENTERING and call.args == [patcher]:
                return self._held(call)
        self.is_lost = True
        return None

    def _held(self, node: ast.expr) -> Names | None:
        """The names that the mock gets where an expression gives it."""
        match self.parents.get(node):
            case ast.Attribute(attr="return_value"):
                return set()  # the object, through which nobody gets at the mock of the class
            case ast.withitem(optional_vars=None) | ast.Expr():
                return set()
            case ast.withitem(optional_vars=ast.expr() as target):
                return self.name_of(target)
        names: Names = set()
        for holder in self._handed_on(node):
            names |= self._follow(holder) or set()
        return None if self.is_lost else names

    # -- names -----------------------------------------------------------------------------------------------------

    def _holder(self, target: ast.expr) -> tuple[Scope | None, str] | None:
        """What a target is followed as; None where that cannot be done, and other code may have the mock."""
        if isinstance(target, ast.Name):
            owner = self.file.scopes.scope_of(target).lookup(target.id)
            is_local = owner is not self.file.scopes.module or isinstance(self.parents.get(target), ast.withitem)
            if is_local or self.is_test_module:
                return owner, target.id
        elif isinstance(target, ast.Attribute) and self._is_own(target):
            return None, f".{target.attr}"
        self.is_lost = True
        return None

    def _reads(self, owner: Scope | None, name: str) -> Iterator[ast.Name | ast.Attribute]:
        """Every place of a name, or of an attribute of whatever object."""
        if name.startswith("."):
            yield from (node for node in self.file.scopes.of_kind(ast.Attribute) if node.attr == name[1:])
            return
        for reference in self.file.scopes.references:
            if reference.owner is owner and reference.node.id == name:
                yield reference.node

    def _handed_on(self, node: ast.expr) -> Names:
        """The names that the mock gets at one of its places, where they are known."""
        parent = self.parents.get(node)
        if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
            return set()
        match parent:
            case ast.Attribute() | ast.Compare() | ast.Expr() | ast.Assert() | ast.FormattedValue():
                return set()
            case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
                holder = self._holder(target)
                return {holder} if holder is not None else set()
            case ast.Yield() | ast.Return():
                return self._of_fixture(parent)
        holder_of = self.parents.get(parent) if isinstance(parent, ast.keyword) else parent
        self.is_lost |= not (isinstance(holder_of, ast.Call) and self._is_harmless(holder_of, node))
        return set()

    def _is_harmless(self, call: ast.Call, node: ast.expr) -> bool:
        """Whether a call is the patch itself, or one that only looks at the mock, or calls it."""
        func = call.func
        names = {*self.file.names.qualified(func), func.attr if isinstance(func, ast.Attribute) else ""}
        return call is self.call or func is node or not names.isdisjoint(_ASKING)

    def _of_fixture(self, node: ast.AST) -> Names:
        """The parameters under which tests of the file get what a fixture of it gives."""
        function = self._function_around(node)
        if function is None or not self._is_fixture(function):
            self.is_lost = True
            return set()
        functions = (scope for scope in self.file.scopes.scopes if hasattr(scope.node, "args"))
        return {(scope, function.name) for scope in functions if function.name in scope.bindings}

    def _function_around(self, node: ast.AST) -> _Function | None:
        current: ast.AST | None = node
        while current is not None and not isinstance(current, _FUNCTIONS):
            current = self.parents.get(current)
        return current

    def _is_fixture(self, function: _Function) -> bool:
        """Whether a function is a fixture that only this file's tests can ask for, and those by their parameters."""
        if len(function.decorator_list) != 1 or not self.is_test_module:
            return False
        decorator = function.decorator_list[0]
        made = decorator if isinstance(decorator, ast.Call) else None
        is_renamed = made is not None and any(keyword.arg in (None, "name") for keyword in made.keywords)
        if is_renamed or set(self.file.names.qualified(made.func if made else decorator)) != {"pytest.fixture"}:
            return False
        test = self.parents.get(function)
        is_foreign = isinstance(test, ast.ClassDef) and any(map(self._has_foreign_base, self._heirs(test)))
        reads = self._reads(self.file.scopes.module, function.name)
        is_read = any(not isinstance(node.ctx, ast.Store) for node in reads)
        return not (is_foreign or is_read or self._names_any(_REQUESTING))

    def _names_any(self, words: frozenset[str]) -> bool:
        """Whether the file has one of some words as a name or as an attribute."""
        of_kind = self.file.scopes.of_kind
        attributes = (node.attr in words for node in of_kind(ast.Attribute))
        imported = (node.name.rpartition(".")[2] in words for node in of_kind(ast.alias))
        return any(node.id in words for node in of_kind(ast.Name)) or any(attributes) or any(imported)

    # -- attributes ------------------------------------------------------------------------------------------------

    def _is_own(self, target: ast.Attribute) -> bool:
        """Whether an attribute of a test's object is read in this file only."""
        function = self._function_around(target)
        test = self.parents.get(function) if function is not None else None
        if function is None or not isinstance(test, ast.ClassDef):
            return False
        first = next((a.arg for a in (*function.args.posonlyargs, *function.args.args)), None)
        is_mangled = target.attr.startswith("__") and not target.attr.endswith("__")
        if is_mangled or self._names_any(_READING):
            return False
        is_first = isinstance(target.value, ast.Name) and target.value.id == first
        if not (is_first and self.is_test_module) or any(self._has_foreign_base(each) for each in self._heirs(test)):
            return False
        return not any(self._hands_itself_on(node) for node in self.file.scopes.of_kind(ast.Name))

    def _hands_itself_on(self, node: ast.Name) -> bool:
        """Whether a test gives its own object, and all that it keeps, to something."""
        parent = self.parents.get(node)
        if node.id not in self._own_names or isinstance(parent, ast.Attribute | ast.Compare):
            return False
        return not (isinstance(parent, ast.Call) and getattr(parent.func, "id", "") == "super")

    @functools.cached_property
    def _own_names(self) -> set[str]:
        """What the methods of the file call the object that they are methods of."""
        of_kind = self.file.scopes.of_kind
        functions: list[_Function] = [*of_kind(ast.FunctionDef), *of_kind(ast.AsyncFunctionDef)]
        methods = [each for each in functions if isinstance(self.parents.get(each), ast.ClassDef)]
        return {a.arg for each in methods for a in [*each.args.posonlyargs, *each.args.args][:1]}

    def _heirs(self, test: ast.ClassDef) -> list[ast.ClassDef]:
        """A class, and those of the file that inherit from it."""
        found = [test]
        for each in self.file.scopes.of_kind(ast.ClassDef):
            if each is not test and any(base in found for base in map(self._class, each.bases)):
                found.append(each)
        return found

    def _has_foreign_base(self, test: ast.ClassDef) -> bool:
        """Whether a class may have methods that another file of the repository defines."""
        pending, seen = [test], {test}
        while pending:
            current = pending.pop()
            if current.keywords:
                return True
            for base in current.bases:
                known = self._class(base)
                if known is None and not self._is_of_library(base):
                    return True
                if known is not None and known not in seen:
                    seen.add(known)
                    pending.append(known)
        return False

    def _is_of_library(self, base: ast.expr) -> bool:
        names = self.file.names.qualified(base)
        return bool(names) and all(name == "builtins.object" or name.partition(".")[0] in _LIBRARIES for name in names)

    def _class(self, node: ast.expr) -> ast.ClassDef | None:
        """The class of this file that a name surely is."""
        reference = self.file.scopes.by_node.get(node) if isinstance(node, ast.Name) else None
        owner = reference.owner if reference is not None else None
        bindings = owner.bindings.get(reference.node.id, []) if owner is not None and reference is not None else []
        found = [binding.node for binding in bindings]
        return found[0] if len(found) == 1 and isinstance(found[0], ast.ClassDef) else None


def _makes_mock(decorator: ast.Call) -> bool:
    func = decorator.func
    last = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    if last not in ("patch", "object") or any(keyword.arg == "new" for keyword in decorator.keywords):
        return False
    return len(decorator.args) <= (1 if last == "patch" else 2)
