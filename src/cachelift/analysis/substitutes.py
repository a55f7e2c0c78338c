"""What a file puts in the place of names that migrated code has: ``patch("pkg.mod.get_cache")``, ``mod.get_cache = f``.

Nothing here is a usage. Yet a call that became one of the factory would be caught by what is put in the factory's
place, and so nothing is left out that may be such a place: a target in a table, a module that cannot be told.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import replace

from cachelift.analysis.facts import MADE, Substitute
from cachelift.analysis.file import FileAnalysis
from cachelift.analysis.scopes import Binding
from cachelift.analysis.texts import text_of
from cachelift.namespace import last_name

_WORDS = ("patch", "setattr", "delattr", "setitem", "mock", "stub", "__dict__", "__globals__", "globals", "vars")
"""One of these stands in a file that puts something in the place of names which are written as strings."""
_READERS = frozenset(
    {
        "import_module", "import_string", "__import__", "find_spec", "importorskip", "resolve_name", "reload",
        "getLogger", "getattr", "hasattr", "attrgetter", "print",
    }
)  # fmt: skip
_BY_FIRST = frozenset({"object", "setattr", "delattr", "spy", "setitem", "delitem", "dict", "multiple"})
_BY_SELF = frozenset({"update", "__setattr__", "__setitem__", "setdefault", "pop"})
_IN_NAMESPACE = frozenset({"dict", "setitem", "delitem", "update", "__setattr__", "__setitem__", "setdefault"})
_OWN_ARGUMENTS = frozenset({"target", "spec", "create", "spec_set", "autospec", "new_callable", "in_dict", "clear"})
_NAMESPACES = frozenset({"builtins.globals", "builtins.locals", "builtins.vars"})
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+")
_PATHLIKE = re.compile(r"[\w.:%{}]*")


def find(file: FileAnalysis) -> tuple[Substitute, ...]:
    """Everything in a file that may put something in the place of a name of a module, or of what replaces the class.

    Names of the legacy class are left out: patches of these are usages.
    """
    return tuple(dict.fromkeys(_Finder(file).all()))


class _Finder:
    def __init__(self, file: FileAnalysis) -> None:
        self.file = file
        self.knowledge = file.knowledge
        self.targets = [
            (index, symbol, dotted)
            for index, replacement in enumerate(file.knowledge.replacements)
            for symbol, dotted in (("factory", replacement.migration.factory), ("type", replacement.type))
            if dotted is not None
        ]
        self.names = {dotted.rpartition(".")[2] for _, _, dotted in self.targets}
        self.modules = {dotted.rpartition(".")[0] for _, _, dotted in self.targets}
        self.known = self.names | {module.rpartition(".")[2] for module in self.modules}
        """The names by which migrated code may have a replacement, or its module."""
        self.computed: set[ast.AST] = set()
        """The strings that are a part of one whose text is known."""

    @functools.cached_property
    def _patches(self) -> bool:
        return self.file.may_name(*_WORDS)

    def all(self) -> Iterator[Substitute]:
        """All of them, in no particular order."""
        of_kind = self.file.scopes.of_kind
        for node in (*of_kind(ast.JoinedStr), *of_kind(ast.BinOp)) if self._patches else ():
            text = text_of(self.file.names, node)
            if text is not None:
                self.computed.update(ast.walk(node))
                yield from self._string(node, text)
        for constant in of_kind(ast.Constant):
            if isinstance(constant.value, str) and constant not in self.computed:
                yield from self._string(constant, constant.value)
        for attribute in of_kind(ast.Attribute):
            if not isinstance(attribute.ctx, ast.Load):
                yield from self._assigned(attribute)
        for call in of_kind(ast.Call):
            if call.keywords:
                yield from self._keywords(call)

    # -- forms -------------------------------------------------------------------------------------------------------

    def _string(self, node: ast.expr, value: str) -> Iterator[Substitute]:
        head, _, tail = value.rpartition(".")
        if _DOTTED.fullmatch(value) and not isinstance(self.file.parents.get(node), ast.JoinedStr | ast.BinOp):
            is_meant = tail in self.known or self._patches
            if is_meant and tail not in self.knowledge.interesting and self._may_be_target(node):
                for found in self._named(head, tail, node, creates=self._creates(node)):
                    # Where nothing is patched a path may be that of a target, yet the factory's own is read as well.
                    yield found if self._patches or self._call(node) else replace(found, means=frozenset())
        elif tail in self.known and self._patches and _PATHLIKE.fullmatch(value) and self._may_be_target(node):
            yield from self._bare(node, tail, is_name=tail == value)
        elif self._patches and value.isidentifier() and self._may_be_target(node):
            holder = self._holder(node)  # patch.object(Cache, "get")
            for each in self._modules(holder) or () if isinstance(holder, ast.Name | ast.Attribute) else ():
                if each.rpartition(".")[2] in self.names:
                    yield from self._named(each, value, node, creates=False)

    def _bare(self, node: ast.expr, name: str, *, is_name: bool) -> Iterator[Substitute]:
        """A name alone, or behind something that cannot be told: what is it a name of?"""
        holder = self._holder(node) if is_name else None
        heads = self._modules(holder) if holder is not None else None
        creates = self._creates(node)
        for head in heads or ():
            yield from self._named(head, name, node, creates=creates)
        if heads is None and name in self.names:
            yield self._anywhere(name, node)
        if is_name and name in self.modules and self.file.may_name("modules"):  # sys.modules["target"] = fake
            yield self._anywhere(name, node)

    def _assigned(self, node: ast.Attribute) -> Iterator[Substitute]:
        """``module.name = fake``; objects have attributes of any name, so those of ``self`` are none of a module."""
        heads = self._modules(node.value)
        for head in heads or ():
            yield from self._named(head, node.attr, node, creates=True)
        is_own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        if heads is None and node.attr in self.names and not is_own:
            yield self._anywhere(node.attr, node)

    def _keywords(self, call: ast.Call) -> Iterator[Substitute]:
        """``patch.multiple("module", name=fake)``, ``patch.dict(vars(module), name=fake)``, or a helper like these."""
        last = last_name(call.func)
        is_patcher = last in ("multiple", "dict", "update")
        holder = _subject(call) if is_patcher else next(iter(call.args), None)
        given = [each for each in call.keywords if each.arg is not None and (is_patcher or each.arg in self.names)]
        if holder is None or not given or (last in ("dict", "update") and not self._is_namespace(holder)):
            return
        heads = self._modules(holder)
        creates = last in ("dict", "update") or self._creates_by_argument(call)
        for keyword in given:
            name = keyword.arg or ""
            if name not in _OWN_ARGUMENTS and name not in self.knowledge.interesting:
                for head in heads or ():
                    yield from self._named(head, name, keyword, creates=creates)
                if heads is None and is_patcher and name in self.names:
                    yield self._anywhere(name, keyword)

    # -- places ------------------------------------------------------------------------------------------------------

    def _named(self, head: str, name: str, node: ast.AST, *, creates: bool) -> Iterator[Substitute]:
        """The name of a module, where the module is one of the repository or a target."""
        path = self.file.path if head == "__main__" else self.knowledge.module_path(head)
        dotted = f"{head}.{name}"
        means = frozenset((index, symbol) for index, symbol, own in self.targets if self._is_that(dotted, path, own))
        for index, symbol, own in self.targets:
            if symbol == "type" and ((index, symbol) in means or self._is_class(head, own)):
                means |= {(index, MADE)}
        if path is not None or means:
            stays = isinstance(node, ast.Attribute) or self._is_at_top(node)
            yield Substitute(path or "?", name, node.lineno, creates, means, stays)  # type: ignore[attr-defined]

    def _is_at_top(self, node: ast.AST) -> bool:
        """Whether something is done when the module is run."""
        parent: ast.AST | None = node
        while parent is not None and not isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            parent = self.file.parents.get(parent)
        return parent is None

    def _is_class(self, dotted: str, target: str) -> bool:
        """Whether a name is that of a replacement's class."""
        module, _, name = dotted.rpartition(".")
        own, _, wanted = target.rpartition(".")
        home = self.knowledge.locate(own)
        return dotted == target or (name == wanted and home is not None and self.knowledge.locate(module) == home)

    def _is_that(self, dotted: str, path: str | None, target: str) -> bool:
        """Whether a name is the one that a replacement is found by, or that of its module."""
        module, _, name = target.rpartition(".")
        home = self.knowledge.locate(module)
        if dotted in (target, module) or (home is not None and self.knowledge.locate(dotted) == home):
            return True
        return home is not None and path == home and dotted.rpartition(".")[2] == name

    def _anywhere(self, name: str, node: ast.AST) -> Substitute:
        """A name of a module that cannot be told."""
        means = frozenset(
            (index, symbol)
            for index, symbol, dotted in self.targets
            if name in (dotted.rpartition(".")[2], dotted.rpartition(".")[0])
        )
        return Substitute("", name, node.lineno, creates=False, means=means)  # type: ignore[attr-defined]

    def _modules(self, node: ast.expr) -> list[str] | None:
        """The dotted names of the modules that an expression, or what it is the namespace of, may be; None: unknown."""
        if isinstance(node, ast.Attribute) and node.attr in ("__dict__", "__globals__"):
            return self._modules(node.value) if node.attr == "__dict__" else None
        if isinstance(node, ast.Constant):
            return [node.value.removesuffix(".__dict__")] if isinstance(node.value, str) else []
        if isinstance(node, ast.Call):
            return self._given(node)
        if isinstance(node, ast.Subscript):
            is_of_modules = "sys.modules" in self.file.names.qualified(node.value)
            text = text_of(self.file.names, node.slice) if is_of_modules else None
            return None if text is None else [text]
        if not isinstance(node, ast.Name | ast.Attribute):
            return None
        dotted = self.file.names.qualified(node)
        if dotted:
            is_known = any(map(self.knowledge.module_path, dotted)) or not self.file.names.is_variable(node)
            return [*dotted] if is_known else None
        return self._bound(node) if isinstance(node, ast.Name) else None

    def _given(self, call: ast.Call) -> list[str] | None:
        """The module that a call gives, or whose namespace it gives."""
        if _NAMESPACES & set(self.file.names.qualified(call.func)):
            return self._modules(call.args[0]) if call.args else ["__main__"]
        if last_name(call.func) in ("import_module", "__import__", "reload") and call.args:
            text = text_of(self.file.names, call.args[0])
            return [text] if text is not None else None
        return [] if last_name(call.func)[:1].isupper() else None  # an instance of a class is no module

    def _bound(self, node: ast.Name) -> list[str] | None:
        """What a name of the file is bound to, where that is once and to something that gives a module."""
        reference = self.file.scopes.by_node.get(node)
        if reference is None or reference.owner is None:
            return None
        match reference.owner.bindings.get(reference.where.mangle(node.id), []):
            case [Binding(statement=ast.Assign(targets=[ast.Name()], value=ast.Call() | ast.Subscript() as value))]:
                return self._modules(value)
            case [Binding(node=ast.ClassDef() | ast.FunctionDef())]:
                return []
        return None

    def _holder(self, node: ast.expr) -> ast.expr | None:
        """What a string is the name of something of: ``patch.object(module, "name")``, ``vars(module)["name"]``."""
        parent = self.file.parents.get(node)
        if isinstance(parent, ast.Subscript):
            return parent.value
        call = self._call(node)
        return _subject(call) if call is not None else None

    def _call(self, node: ast.AST) -> ast.Call | None:
        """The call that a node is an argument of, or a part of one."""
        parent = self.file.parents.get(node)
        while isinstance(parent, ast.keyword | ast.List | ast.Tuple | ast.Set | ast.Dict | ast.JoinedStr | ast.BinOp):
            parent = self.file.parents.get(parent)
        return parent if isinstance(parent, ast.Call) else None

    def _is_namespace(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Constant):
            return isinstance(node.value, str) and node.value.endswith(".__dict__")
        if isinstance(node, ast.Call):
            return bool(_NAMESPACES & set(self.file.names.qualified(node.func)))
        return isinstance(node, ast.Attribute) and node.attr == "__dict__"

    # -- conditions --------------------------------------------------------------------------------------------------

    def _may_be_target(self, node: ast.expr) -> bool:
        """Whether a string stands where it may be the target of a patch; what only reads a name harms nothing."""
        parent = self.file.parents.get(node)
        if isinstance(parent, ast.Subscript) and parent.slice is node:
            return not isinstance(parent.ctx, ast.Load)
        if isinstance(parent, ast.Expr | ast.Compare) or self.file.contexts.in_type_position(node):
            return False
        call = self._call(node)
        if call is not None:
            return last_name(call.func) not in _READERS
        return not self._is_listed(parent)

    def _is_listed(self, parent: ast.AST | None) -> bool:
        """Whether a string stands in ``__all__``."""
        while parent is not None and not isinstance(parent, ast.stmt):
            parent = self.file.parents.get(parent)
        targets = parent.targets if isinstance(parent, ast.Assign) else [getattr(parent, "target", None)]
        return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)

    def _creates(self, node: ast.expr) -> bool:
        """Whether the name is put there even if the module does not have it."""
        call = self._call(node)
        if call is None:
            return isinstance(self.file.parents.get(node), ast.Subscript)
        is_builtin = "builtins.setattr" in self.file.names.qualified(call.func)
        return is_builtin or last_name(call.func) in _IN_NAMESPACE or self._creates_by_argument(call)

    @staticmethod
    def _creates_by_argument(call: ast.Call) -> bool:
        """``patch(..., create=True)``, ``monkeypatch.setattr(..., raising=False)``."""
        defaults = {"create": False, "raising": True}
        return any(
            each.arg in defaults
            and not (isinstance(each.value, ast.Constant) and each.value.value == defaults[each.arg])
            for each in call.keywords
            if each.arg is not None
        )


def _subject(call: ast.Call) -> ast.expr | None:
    """What a call puts something into, by its first argument or as a method of it."""
    last = last_name(call.func)
    if last in _BY_SELF and isinstance(call.func, ast.Attribute):
        return call.func.value
    given = [*call.args[:1], *(each.value for each in call.keywords if each.arg == "target")]
    return given[0] if given and last in _BY_FIRST else None
