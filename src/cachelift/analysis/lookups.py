"""Names that are looked up by text or on a module that is only known when the program runs.

``getattr(module, name)`` with ``name = "CacheService"`` somewhere, ``patch(f"{module}.{name}")``,
``import_module(path).CacheService``, code in a string: which module is meant cannot be told, so every module keeps
the name, and where names are patched every module that binds it stays as it is.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable

from cachelift.analysis.facts import Patch, Role, Usage
from cachelift.analysis.file import FileAnalysis
from cachelift.analysis.lazy import HOOK, asked_for
from cachelift.analysis.scopes import Binding, BindingKind
from cachelift.model import Legacy

_PATCHERS = frozenset({"patch", "setattr", "delattr", "monkeypatch", "mocker", "mock", "__globals__"})
_READERS = frozenset(
    {
        "getattr", "hasattr", "attrgetter", "globals", "locals", "vars", "__dict__", "import_module", "__import__",
        "getmembers", "modules", "resolve_name", "getmodule", "dir", "run_module", "run_path",
    }
)  # fmt: skip
_LISTERS = frozenset({"globals", "locals", "vars", "dir", "__dict__", "getmembers"})
"""What gives the names of a module: ``"C" in globals()``, ``name == "C"`` for each of them."""
_FOREIGN = frozenset({"__globals__", "run_module", "run_path"})
"""What gives the names of another module as a dictionary."""
_RUNNERS = frozenset(
    {"exec", "eval", "timeit", "runcode", "subprocess", "create_subprocess_exec", "create_subprocess_shell"}
)
_EVALUATORS = frozenset({"exec", "eval"})
_IMPORTERS = frozenset({"import_module", "__import__", "getmodule", "reload", "module_from_spec", "resolve_name"})
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*[.:]\w+")
_HARMLESS = frozenset({Role.CALL, Role.TYPE, Role.ATTRIBUTE})
"""The roles in which a class is made or described: no object is asked for it."""
_GIVEN = frozenset({Role.STRING, Role.MODULE, Role.VALUE, Role.KEY})
_IMPORTED = re.compile(r"\bimport\b")
_PATHLIKE = re.compile(r"[\w.:%{}$/-]*")


def find(file: FileAnalysis) -> None:
    """Add a usage for every lookup of the class's name that no other rule has settled; comes after the strings."""
    lookups = _Lookups(file)
    for constant in file.scopes.of_kind(ast.Constant):
        value = constant.value
        if not isinstance(value, str) or not any(name in value for name in lookups.names):
            continue
        if constant not in file.settled:
            lookups.string(constant, value)
        if value in lookups.names:
            lookups.listed(value)
    for attribute in file.scopes.of_kind(ast.Attribute):
        if attribute.attr in lookups.names and attribute not in file.settled:
            lookups.attribute(attribute)
    _find_hooked(file, lookups)
    _find_handed_on(file, lookups)
    for call in file.scopes.of_kind(ast.Call) if file.may_name("update") else ():
        lookups.updated(call)
    if "__name__" in file.text or "__qualname__" in file.text:
        for kind in (ast.FunctionDef, ast.AsyncFunctionDef):
            for function in file.scopes.of_kind(kind):
                lookups.function(function)


def _find_hooked(file: FileAnalysis, lookups: _Lookups) -> None:
    """What a module may have only when it is asked for it (:mod:`cachelift.analysis.lazy`), here and elsewhere."""
    imported = {each.asname or each.name for each in file.scopes.of_kind(ast.alias) if each.name in lookups.names}
    for reference in file.scopes.references if imported else ():
        if reference.node.id in imported and reference.node not in file.settled:
            lookups.name(reference.node)
    for function in file.tree.body if file.may_name(HOOK) else ():
        if isinstance(function, ast.FunctionDef) and function.name == HOOK:
            lookups.hook(function)


def _find_handed_on(file: FileAnalysis, lookups: _Lookups) -> None:
    """The class's name, taken from a module that does not plainly bind it and may have it all the same."""
    known = file.knowledge.interesting
    for scope in file.scopes.scopes:
        for name, bindings in scope.bindings.items():
            for binding in bindings if _imported_names(bindings) & known else ():
                imported = file.names.imported(binding) if binding.kind is BindingKind.IMPORT_FROM else ()
                if lookups.is_handed_on(imported):
                    lookups.imported(binding, name)
                elif imported and lookups.is_anywhere(imported):
                    file.facts.reads |= {("", dotted.rpartition(".")[2]) for dotted in imported}
    for binding, _, _ in file.names.stars:
        assert isinstance(binding.statement, ast.ImportFrom)
        for reference in file.scopes.references:
            name = reference.node.id
            modules = file.names.modules_of(binding.statement) if name in lookups.names else ()
            if reference.owner is None and lookups.is_handed_on(f"{module}.{name}" for module in modules):
                lookups.taken(reference.node, name)
    for attribute in file.scopes.of_kind(ast.Attribute):
        if attribute.attr in known - lookups.names.keys() and lookups.is_handed_on(file.names.qualified(attribute)):
            file.facts.reads.add(("", attribute.attr))


def _imported_names(bindings: Iterable[Binding]) -> set[str]:
    """The names that some bindings import, as they are called where they come from."""
    return {binding.node.name for binding in bindings if isinstance(binding.node, ast.alias)}


class _Lookups:
    def __init__(self, file: FileAnalysis) -> None:
        self.file = file
        self.names = {
            replacement.migration.legacy_name: index for index, replacement in enumerate(file.knowledge.replacements)
        }

    @functools.cached_property
    def _words(self) -> frozenset[str]:
        """All names and attributes of the file."""
        found: set[str] = set()
        found.update(node.id for node in self.file.scopes.of_kind(ast.Name))
        found.update(node.attr for node in self.file.scopes.of_kind(ast.Attribute))
        for node in self.file.scopes.of_kind(ast.alias):
            found.update((node.name.rpartition(".")[2], node.name.partition(".")[0]))
        return frozenset(found)

    def string(self, node: ast.Constant, value: str) -> None:
        """A string that is the name, or a path that ends with it, or code that holds it."""
        name = re.split(r"[.:]", value)[-1]
        if name in self.names and _PATHLIKE.fullmatch(value):
            if isinstance(self.file.parents.get(node), ast.Dict) and self._words & _READERS:
                self.file.facts.reads.add(("", name))  # the keys of a table of what is imported when it is asked for
            if self._is_elsewhere(node) or _DOTTED.fullmatch(value):  # a whole path has been followed already
                return
            if self._words & _PATCHERS:
                self._patch(node, name)
            elif self._words & _READERS or (value == name and self._words & _EVALUATORS):
                self._read(node, name, Role.STRING, "CLF005")
            elif value == name:
                self._setting(node, name)
            return
        if not self._words & _RUNNERS or isinstance(self.file.parents.get(node), ast.Expr):
            return
        for name in self.names:
            is_imported = name in value and any(imports_name(line, name) for line in value.split("\n"))
            if is_imported or re.search(rf"\b{name}\s*\(", value):
                self._read(node, name, Role.STRING, "CLF005")

    def is_handed_on(self, dotted: Iterable[str]) -> bool:
        """Whether one of some names, none of which is known to be the class's, may be."""
        knowledge = self.file.knowledge
        names = [*dotted]
        return all(knowledge.legacy(each) is None for each in names) and any(map(knowledge.may_hand_on, names))

    def is_anywhere(self, dotted: Iterable[str]) -> bool:
        """Whether a module that is not in the repository may be another one under its name."""
        located = any(self.file.knowledge.module_around(each) is not None for each in dotted)
        return not located and self.file.knowledge.replaces_modules

    def imported(self, binding: Binding, bound: str) -> None:
        """An import of what may be the class, and what is done with the name."""
        assert isinstance(binding.node, ast.alias)
        self.file.facts.reads.add(("", binding.node.name))
        if binding.node.name not in self.names:  # what looks alike is more often another class
            return
        legacy = Legacy("class", self.names[binding.node.name], None)
        usage = self.file.add(Role.MODULE, legacy, binding.statement, _HANDED_ON, code="CLF001")
        self.file.manual(usage, "reference-stays")
        for reference in self.file.scopes.references:
            if reference.node.id == bound and reference.owner is binding.where:
                self.taken(reference.node, binding.node.name)

    def taken(self, node: ast.Name | ast.Attribute, name: str) -> None:
        """What may be the class by a name of another module that does not plainly bind it."""
        context = self.file.contexts.classify(node)
        role = Role.KEY if self.file.contexts.is_dispatched(node) else context.role
        usage = self.file.add(role, Legacy("class", self.names[name], None), context.node, _HANDED_ON)
        self.file.manual(usage, "subclass" if role is Role.SUBCLASS else "class-as-value")
        self.file.facts.reads.add(("", name))
        self.file.settled.add(node)

    def listed(self, name: str) -> None:
        """The name where the names of a module or function are listed, or where names are evaluated: all of it stay."""
        if not self._words & (_LISTERS | _EVALUATORS):
            return
        self.file.facts.reads.add(("", name))
        for group in self.file.names.groups:
            if group.name == name and group.kind != "anchor" and group.base is None:
                self.file.facts.groups[self.file.group(group)].keeps = True

    def updated(self, call: ast.Call) -> None:
        """``vars(module).update(C=...)``, ``module.__dict__.update(C=...)``."""
        if isinstance(call.func, ast.Attribute) and call.func.attr == "update" and self._words & (_LISTERS | _FOREIGN):
            for keyword in call.keywords:
                if keyword.arg in self.names:
                    self._patch(keyword, keyword.arg)

    def function(self, node: ast.stmt) -> None:
        """``def visit_C``, where something looks at the names of classes: an object of another class goes elsewhere."""
        for name, index in self.names.items():
            own = str(getattr(node, "name", ""))
            if own.endswith(f"_{name}") and not own.startswith("test"):
                usage = self.file.add(Role.EXACT_TEST, Legacy("class", index, None), node, _LOOKED_UP)
                self.file.manual(usage, "class-name")

    def hook(self, node: ast.FunctionDef) -> None:
        """What a module has by another name than the class's own, or by any, and only when it is asked for it."""
        returned = {each: self.file.imports.span(each) for each in ast.walk(node) if isinstance(each, ast.Return)}
        function = self.file.imports.span(node)
        keys = {
            self.file.imports.span(value): str(getattr(key, "value", ""))
            for table in self.file.scopes.of_kind(ast.Dict)
            for key, value in zip(table.keys, table.values, strict=True)
        }
        for usage in self.file.facts.usages:
            start = usage.span.start
            names: Iterable[str] = ()
            if usage.role in _GIVEN and start in range(*function):
                asked = next((each for each, span in returned.items() if start in range(*span)), None)
                names = asked_for(asked, node, self.file.parents) if asked is not None else ()
            elif usage.role is Role.STRING:
                names = [key for span, key in keys.items() if start in range(*span)]
            else:
                continue
            if {self.names.get(name) for name in names} != {usage.migration}:
                self.file.facts.guesses.setdefault(usage.migration, usage.position[0])

    def _is_elsewhere(self, node: ast.Constant) -> bool:
        """Docstrings, annotations, ``__all__``, ``Literal`` look nothing up; comparisons do where names are listed."""
        parent = self.file.parents.get(node)
        if isinstance(parent, ast.Dict) and node in parent.keys:
            outer = self.file.parents.get(parent)
            return not (isinstance(outer, ast.keyword) and outer.arg is None)  # f(**{"C": ...}) names an argument
        if isinstance(parent, ast.Compare):
            return not self._words & _LISTERS
        if isinstance(parent, ast.Subscript) and self._words & _FOREIGN:
            return False
        if isinstance(parent, ast.Expr | ast.Subscript) or self.file.contexts.in_type_position(node):
            return True
        while parent is not None and not isinstance(parent, ast.stmt):
            if isinstance(parent, ast.Subscript) and "Literal" in self.file.names.last_names(parent.value):
                return True
            parent = self.file.parents.get(parent)
        targets = parent.targets if isinstance(parent, ast.Assign) else [getattr(parent, "target", None)]
        return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)

    def _setting(self, node: ast.Constant, name: str) -> None:
        """The name as a value or an argument: another file may look up what it names, in a module named elsewhere."""
        parent = self.file.parents.get(node)
        while isinstance(parent, ast.Tuple | ast.List | ast.Set | ast.Dict | ast.IfExp | ast.BoolOp):
            parent = self.file.parents.get(parent)
        is_value = isinstance(parent, ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.Return | ast.arguments)
        is_given = isinstance(parent, ast.Call | ast.keyword)
        if (is_value or is_given) and self.file.knowledge.imports_by_text and self._names_module(name):
            if is_value:
                self._read(node, name, Role.STRING, "CLF005")
            self.file.facts.reads.add(("", name))

    def _names_module(self, name: str) -> bool:
        """Whether a text of the file is a module that has the class by a name."""
        texts = {str(each.value) for each in self.file.scopes.of_kind(ast.Constant) if isinstance(each.value, str)}
        modules = (text for text in texts if _DOTTED.fullmatch(text) or text.isidentifier())
        return any(self.file.knowledge.legacy(f"{module}.{name}") is not None for module in modules)

    def name(self, node: ast.Name) -> None:
        """A name that is imported as the class's from a module that may make it when it is asked for."""
        found = {dotted.rpartition(".")[2] for dotted in self.file.names.qualified(node)} & self.names.keys()
        if found and self.file.names.is_variable(node):
            self._guess(found.pop(), node, is_own=False)

    def _guess(self, name: str, node: ast.expr, *, is_own: bool) -> None:
        """Note what may be the class; an attribute of the file's own objects only where objects are asked for it."""
        role = self.file.contexts.classify(node).role
        if role in (Role.TEST, Role.EXACT_TEST) or (role not in _HARMLESS and not is_own):
            self.file.facts.guesses.setdefault(self.names[name], node.lineno)

    def attribute(self, node: ast.Attribute) -> None:
        """``.C`` on something that may be a module."""
        kind = self._base(node.value)
        if kind == "other" and isinstance(node.ctx, ast.Load) and self.is_handed_on(self.file.names.qualified(node)):
            self.taken(node, node.attr)
        if kind != "module" and isinstance(node.ctx, ast.Load) and not self._is_another(node):
            is_own = kind == "other" and isinstance(node.value, ast.Name) and not self.file.names.qualified(node.value)
            self._guess(node.attr, node, is_own=is_own)
            if not is_own:
                self.file.facts.reaches.add(self.names[node.attr])
        if kind == "other":
            return
        if not isinstance(node.ctx, ast.Load):
            if kind == "module":
                self._patch(node, node.attr)
        elif kind == "module":
            role = self.file.contexts.classify(node).role
            known = role if role in (Role.TEST, Role.EXACT_TEST, Role.KEY, Role.METHOD_PATCH) else Role.VALUE
            usage = self._read(node, node.attr, known, "CLF004")
            usage.patch = Patch("", "", method=True) if known is Role.METHOD_PATCH else None
        else:
            self.file.facts.reads.add(("", node.attr))

    def _is_another(self, node: ast.Attribute) -> bool:
        """Whether a chain is surely the name of another class."""
        names = self.file.names
        return bool(names.qualified(node)) and not names.is_variable(node)

    def _base(self, node: ast.expr) -> str:
        """``module`` for what an import function gave, ``unknown`` for what may be one, ``other`` for the rest."""
        if isinstance(node, ast.Subscript):
            return "module" if "sys.modules" in self.file.names.qualified(node.value) else "unknown"
        if isinstance(node, ast.Call):
            func = node.func
            last = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
            is_module = last in _IMPORTERS
            if last == "get" and isinstance(func, ast.Attribute):
                is_module = "sys.modules" in self.file.names.qualified(func.value)
            return "module" if is_module else "unknown"
        if not isinstance(node, ast.Name):
            return "other"
        reference = self.file.scopes.by_node.get(node)
        if reference is None or reference.owner is None:
            return "other"
        return self._bound(reference.owner.bindings.get(reference.where.mangle(node.id), []))

    def _bound(self, bindings: list[Binding]) -> str:
        kinds: set[str] = set()
        for binding in bindings:
            kind, node, statement = binding.kind, binding.node, binding.statement
            if kind is BindingKind.PARAMETER:
                kinds.add("other" if self._is_first_of_method(node, statement) else "unknown")
            elif kind is BindingKind.ASSIGN and isinstance(statement, ast.Assign):
                kinds.add(
                    self._base(statement.value) if isinstance(statement.value, ast.Call | ast.Subscript) else "other"
                )
            else:
                kinds.add("unknown" if kind in (BindingKind.FOR, BindingKind.WITH, BindingKind.WALRUS) else "other")
        return next((kind for kind in ("module", "unknown") if kind in kinds), "other")

    def _is_first_of_method(self, node: ast.AST, statement: ast.stmt) -> bool:
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            return False
        first = next(iter([*statement.args.posonlyargs, *statement.args.args]), None)
        return isinstance(self.file.parents.get(statement), ast.ClassDef) and node is first

    def _read(self, node: ast.AST, name: str, role: Role, code: str) -> Usage:
        legacy = Legacy("class", self.names[name], None)
        usage = self.file.add(role, legacy, node, _LOOKED_UP, code=code)
        self.file.manual(usage, "dotted-string" if code == "CLF005" else "class-as-value")
        self.file.facts.reads.add(("", name))
        return usage

    def _patch(self, node: ast.AST, name: str) -> None:
        """Which module is patched cannot be told: every one that binds the name may be meant."""
        usage = self._read(node, name, Role.PATCH, "CLF005" if isinstance(node, ast.Constant) else "CLF004")
        usage.reason = "patched-name"
        usage.patch = Patch("", name, "unknown")


_HANDED_ON = "the module that this is taken from may have the deprecated class by that name"
_LOOKED_UP = "the deprecated class may be looked up by its name"


def imports_name(line: str, name: str) -> bool:
    """Whether a line of code may import a name."""
    keyword = _IMPORTED.search(line)
    return keyword is not None and re.compile(rf"\b{re.escape(name)}\b").search(line, keyword.end()) is not None
