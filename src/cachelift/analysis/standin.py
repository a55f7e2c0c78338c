"""What a test puts in the place of the class: whether it takes the new call, and whether the old call is asserted."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cachelift.analysis.facts import Patch
from cachelift.analysis.scopes import BindingKind, Scope
from cachelift.model import Signature
from cachelift.signatures import signature_of

if TYPE_CHECKING:
    from cachelift.analysis.file import FileAnalysis

_MOCKS = frozenset({"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "PropertyMock", "DEFAULT", "sentinel"})
_CLASSES = _MOCKS - {"DEFAULT", "sentinel"}
_SPECS = frozenset({"spec", "spec_set", "autospec", "new_callable", "wraps"})
_READ_ALL = frozenset({"locals", "vars", "eval", "exec", "dir", "inspect", "sys"})
"""By these a function may see its ``*args`` and ``**kwargs`` without naming them."""
_ASSERTIONS = frozenset(
    {
        "assert_called_with", "assert_called_once_with", "assert_any_call", "assert_has_calls", "call_args",
        "call_args_list", "mock_calls", "await_args", "await_args_list", "assert_awaited_with",
        "assert_awaited_once_with",
    }
)  # fmt: skip


def judge_stand_in(file: FileAnalysis, call: ast.Call, target: ast.AST, path: str, name: str) -> Patch:
    """What is known of the stand-in of one patch of ``name`` in the module at ``path``."""
    return _StandIn(file, call, target).judge(path, name)


class _StandIn:
    def __init__(self, file: FileAnalysis, call: ast.Call, target: ast.AST) -> None:
        self.file = file
        self.call = call
        self.target = target
        self.parents = file.parents
        self.kind = "mock"
        self.signatures: list[Signature] = []

    def judge(self, path: str, name: str) -> Patch:
        """The patch with its stand-in."""
        last = self.call.func.attr if isinstance(self.call.func, ast.Attribute) else getattr(self.call.func, "id", "")
        new = self._new(last)
        if last in ("delattr", "spy") or (last == "multiple" and new is not None and self._last(new) == "DEFAULT"):
            self.kind = "unknown"
        elif new is not None:
            self._value(new)
        elif last == "setattr":
            self.kind = "unknown"
        for keyword in self.call.keywords:
            if last != "multiple" or keyword.arg is None:
                self._keyword(keyword)
        names = self._mock_names(has_new=new is not None)
        given = self._given(new)
        names = None if names is None or given is None else names | given
        if names is None or names:
            self._later_side_effects(names)
        # Whoever gets the mock from a fixture or a helper may assert the calls in any file.
        asserts = self._asserts(names) or (names is None and not self._is_test_module())
        return Patch(path, name, self.kind, tuple(self.signatures), asserts=asserts)

    def _is_test_module(self) -> bool:
        """Whether no other file imports from this one: what its own tests assert is all that there is."""
        name = self.file.path.rpartition("/")[2].removesuffix(".py")
        return name == "tests" or name.startswith("test_") or name.endswith(("_test", "_tests"))

    def _given(self, new: ast.expr | None) -> set[tuple[Scope | None, str]] | None:
        """The name of a stand-in that the test has made itself; None where it is known under others as well."""
        if not isinstance(new, ast.Name):
            is_mock = isinstance(new, ast.Attribute) and self._last(new) not in _MOCKS and self._imported(new) is None
            return None if is_mock else set()
        owner = self.file.scopes.scope_of(new).lookup(new.id)
        if self._imported(new) is not None:
            return set()  # no mock
        for binding in owner.bindings.get(new.id, ()) if owner is not None else ():
            value = getattr(binding.statement, "value", None)
            if isinstance(binding.node, ast.ClassDef | ast.FunctionDef) or isinstance(value, ast.Lambda):
                return set()  # no mock
        return self._name_of(new)

    def _new(self, last: str) -> ast.expr | None:
        """The expression of the stand-in; None where the patcher makes a mock of its own."""
        if last == "multiple":
            assert isinstance(self.target, ast.expr)
            return self.target
        for keyword in self.call.keywords:
            if keyword.arg in ("new", "value"):
                return keyword.value
        if self.target not in self.call.args:
            return None
        index = self.call.args.index(self.target) + 1
        return self.call.args[index] if index < len(self.call.args) else None

    def _value(self, node: ast.expr) -> None:
        """Take in one expression that stands for the class."""
        if isinstance(node, ast.Lambda):
            self._add(signature_of(node.args, drop_first=False), node.args, [node.body])
        elif isinstance(node, ast.Call):
            self._made(node)
        elif (imported := self._imported(node)) is not None:
            self._defined(imported)
        elif isinstance(node, ast.Name):
            self._named(node)
        elif not isinstance(node, ast.Constant) and not (
            isinstance(node, ast.Attribute) and self._last(node) in _MOCKS
        ):
            self.kind = "unknown"  # a constant takes no call at all, whatever it looks like

    @staticmethod
    def _last(node: ast.expr) -> str:
        return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")

    def _made(self, node: ast.Call) -> None:
        if self._last(node.func) not in _MOCKS:
            self.kind = "unknown"
            return
        for keyword in node.keywords:
            self._keyword(keyword)
        if node.args:
            self.kind = "unknown"

    def _keyword(self, keyword: ast.keyword) -> None:
        """What an argument says of the mock that a patcher, or a call of ``Mock``, makes."""
        is_known = self._is_about_results(keyword.value) if keyword.arg is None else not self._is_specification(keyword)
        if not is_known:
            self.kind = "unknown"
        elif keyword.arg == "side_effect":
            self._side_effect(keyword.value)

    def _is_specification(self, keyword: ast.keyword) -> bool:
        """Whether an argument says what the mock is like: ``autospec=False`` and ``new_callable=MagicMock`` do not."""
        value = keyword.value
        if keyword.arg == "new_callable" and isinstance(value, ast.Name | ast.Attribute):
            return self._last(value) not in _CLASSES
        return keyword.arg in _SPECS and not (isinstance(value, ast.Constant) and value.value in (None, False))

    def _imported(self, node: ast.expr) -> ast.AST | None:
        """The function or class of another module of the repository that an expression names."""
        is_name = isinstance(node, ast.Name | ast.Attribute)
        dotted = self.file.names.qualified(node) if is_name else ()
        return self.file.knowledge.definition(dotted[0]) if len(dotted) == 1 else None

    def _named(self, node: ast.Name) -> None:
        if self.file.names.last_names(node) & _MOCKS:
            return
        reference = self.file.scopes.by_node.get(node)
        owner = reference.owner if reference is not None else None
        bindings = owner.bindings[node.id] if owner is not None else []
        if len(bindings) != 1:
            self.kind = "unknown"
            return
        found, statement = bindings[0].node, bindings[0].statement
        if isinstance(found, ast.FunctionDef | ast.ClassDef):
            self._defined(found)
        elif bindings[0].kind is BindingKind.ASSIGN and isinstance(statement, ast.Assign):
            value = statement.value
            self._value(value) if not isinstance(value, ast.Name) else self._unknown()
        else:
            self.kind = "unknown"

    def _unknown(self) -> None:
        self.kind = "unknown"

    def _defined(self, node: ast.AST) -> None:
        """A function or a class, of this file or of another one."""
        if isinstance(node, ast.ClassDef):
            self._class(node)
        elif isinstance(node, ast.FunctionDef) and not node.decorator_list:
            self._add(signature_of(node.args, drop_first=False), node.args, node.body)
        else:
            self.kind = "unknown"

    def _class(self, node: ast.ClassDef) -> None:
        """A fake class takes what its own ``__init__`` takes; a base, metaclass or decorator hides that."""
        bases = [b for b in node.bases if not (isinstance(b, ast.Name) and b.id == "object")]
        names = {s.name for s in node.body if isinstance(s, ast.FunctionDef)}
        init = next((s for s in node.body if isinstance(s, ast.FunctionDef) and s.name == "__init__"), None)
        if bases or node.keywords or node.decorator_list or "__new__" in names or (init and init.decorator_list):
            self.kind = "unknown"
        elif init is None:
            self._add(Signature(()), None, [])
        else:
            self._add(signature_of(init.args, drop_first=True), init.args, init.body)

    def _add(
        self, signature: Signature, arguments: ast.arguments | None, body: list[ast.stmt] | list[ast.expr]
    ) -> None:
        """One callable; where it reads ``*args`` or ``**kwargs``, or all of its names, the form of the call matters."""
        if self.kind == "mock":
            self.kind = "callable"
        self.signatures.append(signature)
        variadic = {a.arg for a in (arguments.vararg, arguments.kwarg) if a is not None} if arguments else set()
        reading = variadic | _READ_ALL if variadic else variadic
        for item in body:
            if any(isinstance(n, ast.Name) and n.id in reading for n in ast.walk(item)):
                self.kind = "unknown"

    def _side_effect(self, node: ast.expr) -> None:
        """A list of results or an exception takes any call; a function is called with the arguments."""
        if isinstance(node, ast.List | ast.Tuple | ast.Constant):
            return
        name = self._last(node.func if isinstance(node, ast.Call) else node)
        if name.endswith(("Error", "Exception", "Interrupt", "Exit")):
            return
        self._value(node)

    # -- the mock in the test --------------------------------------------------------------------------------------

    def _mock_names(self, *, has_new: bool) -> set[tuple[Scope | None, str]] | None:
        """The names that the test gives the mock: (scope, name); None where it gets out of sight."""
        node: ast.AST = self.call
        parent = self.parents.get(node)
        is_started = False
        if isinstance(parent, ast.Attribute) and parent.attr == "start":
            call = self.parents[parent]
            is_started = isinstance(call, ast.Call)
            node, parent = call, self.parents.get(call)
        if isinstance(parent, ast.Attribute) and parent.attr == "return_value":
            return set()  # the object, through which nobody gets at the mock of the class
        if isinstance(parent, ast.withitem):
            if parent.optional_vars is None:
                return set()
            return self._name_of(parent.optional_vars)
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef) and node in parent.decorator_list:
            if has_new:
                return set()
            if parent.args.vararg is not None:
                return None
            scope = next((s for s in self.file.scopes.scopes if s.node is parent), None)
            found = self._injected(parent, scope)
            leaving = any(self._leaves(node) for owner, name in found for node in self._reads(owner, name))
            return None if leaving else found
        if isinstance(parent, ast.Expr):
            return set()
        match parent:
            case ast.Assign(targets=[target]) if is_started or not self._is_patcher():
                return self._name_of(target)
        return None

    def _injected(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope | None
    ) -> set[tuple[Scope | None, str]]:
        """The parameter that a decorator's mock arrives under: decorators count from the innermost one outwards."""
        makers = [d for d in reversed(function.decorator_list) if isinstance(d, ast.Call) and self._makes_mock(d)]
        positional = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
        if isinstance(self.parents.get(function), ast.ClassDef):
            positional = positional[1:]
        index = makers.index(self.call) if self.call in makers else len(positional)
        names = positional[index : index + 1] or positional
        return {(scope, name) for name in names}

    def _makes_mock(self, decorator: ast.Call) -> bool:
        last = self._last(decorator.func)
        if last not in ("patch", "object") or any(keyword.arg == "new" for keyword in decorator.keywords):
            return False
        return len(decorator.args) <= (1 if last == "patch" else 2)

    def _is_patcher(self) -> bool:
        """``patcher = patch(...)`` is started later; ``mocker.patch(...)`` gives the mock itself."""
        func = self.call.func
        while isinstance(func, ast.Attribute) and func.attr in ("object", "multiple", "patch"):
            func = func.value
        return bool(self.file.names.qualified(func)) if isinstance(func, ast.Name) else True

    def _name_of(self, target: ast.expr) -> set[tuple[Scope | None, str]] | None:
        if not isinstance(target, ast.Name):
            return None
        owner = self.file.scopes.scope_of(target).lookup(target.id)
        if any(self._leaves(node) for node in self._reads(owner, target.id)):
            return None
        return {(owner, target.id)}

    def _reads(self, owner: Scope | None, name: str) -> Iterator[ast.Name]:
        for reference in self.file.scopes.references:
            if reference.owner is owner and reference.node.id == name:
                yield reference.node

    def _leaves(self, node: ast.AST) -> bool:
        """A mock that is returned, yielded or handed on may be asserted under another name."""
        parent = self.parents.get(node)
        if isinstance(parent, ast.Attribute | ast.Compare | ast.Expr | ast.Assert | ast.FormattedValue):
            return False
        holder = self.parents.get(parent) if isinstance(parent, ast.keyword) else parent
        if isinstance(holder, ast.Call):
            return holder.func is not node and holder is not self.call
        return not isinstance(getattr(node, "ctx", None), ast.Store)

    def _asserts(self, names: set[tuple[Scope | None, str]] | None) -> bool:
        return any(self._is_mock(node.value, names) for node in self.parents
                   if isinstance(node, ast.Attribute) and node.attr in _ASSERTIONS)  # fmt: skip

    def _is_mock(self, receiver: ast.expr, names: set[tuple[Scope | None, str]] | None) -> bool:
        if names is None:  # any plain name, but not what hangs on a mock's result
            return "return_value" not in ast.dump(receiver)
        if not isinstance(receiver, ast.Name):
            return False
        reference = self.file.scopes.by_node.get(receiver)
        return reference is not None and (reference.owner, receiver.id) in names

    def _later_side_effects(self, names: set[tuple[Scope | None, str]] | None) -> None:
        """``m.side_effect = f``, ``m.configure_mock(side_effect=f)``."""
        for node in self.parents:
            if isinstance(node, ast.Assign):
                targets = [t for t in node.targets if isinstance(t, ast.Attribute) and t.attr == "side_effect"]
                if any(self._is_mock(target.value, names) for target in targets):
                    self._side_effect(node.value)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                is_ours = node.func.attr == "configure_mock" and self._is_mock(node.func.value, names)
                for keyword in node.keywords if is_ours else ():
                    self._configured(keyword)

    def _configured(self, keyword: ast.keyword) -> None:
        if keyword.arg == "side_effect":
            self._side_effect(keyword.value)
        elif keyword.arg is None and not self._is_about_results(keyword.value):
            self.kind = "unknown"

    @staticmethod
    def _is_about_results(node: ast.expr) -> bool:
        """``**{"return_value.get.return_value": 1}``: nothing that depends on how the mock is called."""
        keys = node.keys if isinstance(node, ast.Dict) else [None]
        names = [key.value if isinstance(key, ast.Constant) else None for key in keys]
        return all(isinstance(name, str) and name not in _SPECS | {"side_effect", "new", "create"} for name in names)
