"""What a test puts in the place of the class: whether it takes the new call, and whether the old call is asserted."""

from __future__ import annotations

import ast
import functools
from typing import TYPE_CHECKING

from cachelift.analysis.facts import Patch
from cachelift.analysis.mocks import Mocks, Names
from cachelift.analysis.scopes import BindingKind
from cachelift.model import Signature
from cachelift.namespace import last_name
from cachelift.signatures import signature_of

if TYPE_CHECKING:
    from cachelift.analysis.file import FileAnalysis

_MOCKS = frozenset({"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "PropertyMock", "DEFAULT", "sentinel"})
_CLASSES = _MOCKS - {"DEFAULT", "sentinel"}
_SPECS = frozenset({"spec", "spec_set", "autospec", "new_callable", "wraps", "parent"})
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
        self.mocks = Mocks(file, call)
        self.kind = "mock"
        self.signatures: list[Signature] = []

    def judge(self, path: str, name: str) -> Patch:
        """The patch with its stand-in."""
        last = self.call.func.attr if isinstance(self.call.func, ast.Attribute) else getattr(self.call.func, "id", "")
        new = self._new(last)
        if last in ("delattr", "spy") or (last == "multiple" and new is not None and last_name(new) == "DEFAULT"):
            self.kind = "unknown"
        elif new is not None:
            self._value(new)
        elif last == "setattr":
            self.kind = "unknown"
        for keyword in self.call.keywords:
            if last != "multiple" or keyword.arg is None:
                self._keyword(keyword)
        names = self.mocks.made(has_new=new is not None)
        given = self._given(new)
        names = None if names is None or given is None else names | given
        if names is None or names:
            self._later_side_effects(names)
        # Whoever gets the mock from a fixture or a helper may assert the calls in any file.
        is_hidden = self.mocks.is_lost or (names is None and not self.mocks.is_test_module)
        asserts = is_hidden or self._asserts(names)
        return Patch(path, name, self.kind, tuple(self.signatures), asserts=asserts)

    def _given(self, new: ast.expr | None) -> Names | None:
        """The name of a stand-in that the test has made itself; None where it is known under others as well."""
        if not isinstance(new, ast.Name):
            is_mock = isinstance(new, ast.Attribute) and last_name(new) not in _MOCKS and self._imported(new) is None
            return None if is_mock else set()
        owner = self.file.scopes.scope_of(new).lookup(new.id)
        if self._imported(new) is not None:
            return set()  # no mock
        for binding in owner.bindings.get(new.id, ()) if owner is not None else ():
            value = getattr(binding.statement, "value", None)
            if isinstance(binding.node, ast.ClassDef | ast.FunctionDef) or isinstance(value, ast.Lambda):
                return set()  # no mock
            if isinstance(binding.statement, ast.Assign) and len(binding.statement.targets) > 1:
                self.mocks.is_lost = True
        return self.mocks.name_of(new)

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
        elif not isinstance(node, ast.Constant) and not (isinstance(node, ast.Attribute) and last_name(node) in _MOCKS):
            self.kind = "unknown"  # a constant takes no call at all, whatever it looks like

    def _made(self, node: ast.Call) -> None:
        if last_name(node.func) not in _MOCKS:
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
            return last_name(value) not in _CLASSES
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
        name = last_name(node.func if isinstance(node, ast.Call) else node)
        if name.endswith(("Error", "Exception", "Interrupt", "Exit")):
            return
        self._value(node)

    # -- the mock in the test --------------------------------------------------------------------------------------

    def _asserts(self, names: Names | None) -> bool:
        return any(self._is_mock(node.value, names) for node in self.parents
                   if isinstance(node, ast.Attribute) and node.attr in _ASSERTIONS)  # fmt: skip

    def _is_mock(self, receiver: ast.expr, names: Names | None) -> bool:
        if names is None:  # any plain name, but not what hangs on a mock's result
            return "return_value" not in ast.dump(receiver) or self._gives_itself
        return self.mocks.is_one_of(receiver, names)

    @functools.cached_property
    def _gives_itself(self) -> bool:
        """``m.return_value = m``: the result is the mock of the class as well."""
        return any(
            isinstance(target, ast.Attribute)
            and target.attr == "return_value"
            and ast.unparse(target.value) == ast.unparse(statement.value)
            for statement in self.file.scopes.of_kind(ast.Assign)
            for target in statement.targets
        )

    def _later_side_effects(self, names: Names | None) -> None:
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
