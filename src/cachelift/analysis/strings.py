"""Strings that name the class: annotations, patch targets, dotted paths, comparisons of class names.

Patches are those of ``unittest.mock`` (https://docs.python.org/3/library/unittest.mock.html#the-patchers),
pytest-mock and pytest's ``monkeypatch``: they look a name up in a module when the test runs.
"""

from __future__ import annotations

import ast
import functools
import re
from typing import TYPE_CHECKING

from cachelift.analysis.facts import Form, Intent, Patch, Role, Usage
from cachelift.analysis.forward import ForwardTypes, written_at
from cachelift.analysis.lookups import imports_name
from cachelift.analysis.names import Chain
from cachelift.analysis.scopes import Binding
from cachelift.analysis.standin import judge_stand_in
from cachelift.analysis.texts import text_of
from cachelift.model import Applicability, Legacy, Span
from cachelift.namespace import last_name

if TYPE_CHECKING:
    from cachelift.analysis.file import FileAnalysis

_TAKEN = re.compile(r"(?:>>>|\.\.\.)[ \t]+from[ \t]+([\w.]+)[ \t]+import[ \t]+([^\n]+)")
"""What an example imports from a module."""
_GOT = {
    Role.METHOD_PATCH: {Role.METHOD_PATCH},
    Role.EXACT_TEST: {Role.TEST, Role.EXACT_TEST},
    Role.KEY: {Role.KEY, Role.VALUE},
}
"""By the role of a class that is read by its name what may be done with it."""
_BY_STRING = frozenset({"patch", "setattr", "delattr"})
_BY_KEYWORD = frozenset({"dict", "multiple"})
_BY_OBJECT = frozenset({"object", "setattr", "delattr", "spy"})
_IMPORTERS = frozenset({"import_module", "__import__", "find_spec", "importorskip", "resolve_name", "reload"})
_CLASS_NAMES = frozenset({"__name__", "__qualname__"})
_NAMESPACES = frozenset({"builtins.globals", "builtins.locals", "builtins.vars"})


def find(file: FileAnalysis) -> None:
    """Add a usage for every string, and every keyword of ``patch.multiple``, that names the class."""
    finder = _Strings(file)
    for constant in file.scopes.of_kind(ast.Constant):
        if isinstance(constant.value, str) and finder.pattern.search(constant.value):
            finder.string(constant, constant.value)
    for call in file.scopes.of_kind(ast.Call):
        last = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if last in _BY_STRING:
            finder.computed_target(call)
        elif last in _BY_KEYWORD:
            finder.keywords(call)
    file.facts.names_paths = bool(finder.paths) and all(map(finder.is_listed, finder.paths))


def takes_module(file: FileAnalysis, chain: Chain) -> bool:
    """Whether a module that is handed on goes to a function that takes another member's name beside it.

    ``patch.object(cache_service, "CacheKey")`` is none of ours, and ``patch.object(cache_service, "CacheService")``
    is reported at its string.
    """
    call = file.parents.get(chain.node)
    if not isinstance(call, ast.Call) or len(call.args) < 2 or call.args[0] is not chain.node:
        return False
    second = call.args[1]
    return isinstance(second, ast.Constant) and isinstance(second.value, str)


class _Strings:
    def __init__(self, file: FileAnalysis) -> None:
        self.file = file
        self.knowledge = file.knowledge
        self.parents = file.parents
        names = file.knowledge.interesting | {g.name for g in file.names.groups if g.legacy is not None}
        self.pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, sorted(names))) + r")(?!\w)")
        self.types = ForwardTypes(file, self.pattern)
        self.paths: list[ast.Constant] = []
        """The texts that are paths of the class."""

    def is_listed(self, node: ast.AST) -> bool:
        """Whether a text is an item of a table of the module, without a call, and the file does not read the table."""
        while isinstance(node, ast.expr):
            node = self.parents[node]
            if not isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict | ast.stmt):
                return False
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        used = {each.id for each in self.file.scopes.of_kind(ast.Name) if isinstance(each.ctx, ast.Load)}
        return isinstance(self.parents[node], ast.Module) and len(names) == len(targets) and names.isdisjoint(used)

    def string(self, node: ast.Constant, value: str) -> None:
        """One string constant that holds a name of the class or its module."""
        parent = self.parents.get(node)
        if isinstance(parent, ast.Expr):
            self._doctest(node, value)
            return
        if type(parent).__name__ in ("JoinedStr", "TemplateStr"):  # the latter is new in Python 3.14
            return
        if self.file.contexts.in_type_position(node):
            self.types.judge(node, value)
            return
        call = self.parents.get(parent) if isinstance(parent, ast.keyword) else parent
        is_argument = isinstance(call, ast.Call) and self._argument(node, value, call, parent)
        if is_argument or self._class_name(node, value, parent) or self._namespace(node, value, parent):
            self.file.settled.add(node)
        elif self._is_class_name(value) and (self._is_module_entry(node, parent) or self._is_spread(node, parent)):
            self._unknown_patch(node, value)
        elif isinstance(parent, ast.Attribute) and parent.attr == "split" and self._listed_in(value) is not None:
            self._unknown_patch(node, self._listed_in(value))
        elif isinstance(call, ast.Call) and self._is_class_name(value) and self._beside_module(node, value, call):
            return
        elif self._blocks_imports and self._is_part_of_module(value):
            self._imported_otherwise(node, value)
        else:
            self._dotted(node, value, parent)

    def _listed_in(self, value: str) -> str | None:
        """The class's name among the words of a text that is split: ``for name in "C make".split()``."""
        return next(filter(self._is_class_name, re.split(r"[\s,;]+", value)), None)

    def _is_spread(self, node: ast.AST, parent: ast.AST | None) -> bool:
        """Whether a text is a key of a table, where ``patch.multiple(module, **table)`` patches the keys of one."""
        calls = [each for each in self.file.scopes.of_kind(ast.Call) if last_name(each.func) == "multiple"]
        is_spread = any(keyword.arg is None for call in calls for keyword in call.keywords)
        return is_spread and isinstance(parent, ast.Dict) and node in parent.keys

    def _beside_module(self, node: ast.Constant, value: str, call: ast.Call) -> bool:
        """Whether a function is given the class's name beside that of a module which has it: ``patched("m", "C")``."""
        for other in call.args:
            module = other.value if isinstance(other, ast.Constant) else None
            dotted = f"{module}.{value}" if isinstance(module, str) else ""
            legacy = self.knowledge.legacy(dotted) if other is not node and dotted else None
            if legacy is not None and legacy.kind == "class" and not legacy.definition:
                self._path(node, legacy, dotted)
                return True
        return False

    @functools.cached_property
    def _blocks_imports(self) -> bool:
        """Whether the file may put something of its own in the place of what imports modules."""
        return any(word in self.file.text for word in ("__import__", "meta_path", "path_hooks"))

    def _is_part_of_module(self, value: str) -> bool:
        modules = (replacement.migration.legacy_module for replacement in self.knowledge.replacements)
        return any(f".{value.strip('.')}." in f".{module}." for module in modules)

    def _imported_otherwise(self, node: ast.Constant, value: str) -> None:
        """``if name.endswith("cache_service"): raise ImportError``, in what stands in for ``__import__``."""
        for index, replacement in enumerate(self.knowledge.replacements):
            if f".{value.strip('.')}." in f".{replacement.migration.legacy_module}.":
                usage = self._report(node, Legacy("module", index, None), _NAMED, Role.METHOD_PATCH)
                usage.patch = Patch("", "")
                self.file.manual(usage, "dotted-string")

    def _doctest(self, node: ast.Constant, value: str) -> None:
        """Examples in a docstring run with the module's names (library reference, doctest), so they keep them."""
        if ">>>" not in value:
            return
        lines = value.splitlines()
        run = [line.lstrip().startswith((">>>", "...")) for line in lines]
        examples = "\n".join(line for line, is_run in zip(lines, run, strict=True) if is_run)
        self._doctest_result(node, [line for line, is_run in zip(lines, run, strict=True) if not is_run], examples)
        for group in self.file.names.groups:
            is_module = group.owner is self.file.scopes.module and group.kind != "anchor" and group.base is None
            if is_module and re.search(rf"(?<![\w.]){re.escape(group.name)}(?!\w)", examples):
                imports = any(imports_name(line, group.name) for line in examples.split("\n"))
                self.file.facts.groups[self.file.group(group)].keeps |= not imports
        taken = [(module, name) for module, names in _TAKEN.findall(examples) for name in re.findall(r"\w+", names)]
        for module, name in taken:
            legacy = self.knowledge.legacy(f"{module}.{name}")
            if legacy is not None and legacy.kind == "class" and not legacy.definition:
                self.file.facts.reads.add(("", name))

    def _doctest_result(self, node: ast.Constant, results: list[str], examples: str) -> None:
        """Examples that show the class's name, or ask for it, see whether an object is of that class."""
        for index, replacement in enumerate(self.knowledge.replacements):
            name = re.escape(replacement.migration.legacy_name)
            shown = any(re.match(rf"[ \t]*\S*(?<!\w){name}(?!\w)", line) for line in results)
            if shown or re.search(rf"\b(?:isinstance|issubclass|type)\b[^\n]*(?<!\w){name}(?!\w)", examples):
                usage = self._report(node, Legacy("class", index, None), _NAMED, Role.EXACT_TEST)
                self.file.manual(usage, "type-test")

    # -- arguments of calls ------------------------------------------------------------------------------------

    def _argument(self, node: ast.Constant, value: str, call: ast.Call, parent: ast.AST | None) -> bool:
        """A string handed to a function; True if that settles it."""
        func = call.func
        last = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
        keyword = parent.arg if isinstance(parent, ast.keyword) else None
        index = call.args.index(node) if keyword is None else -1
        names = set(self.file.names.qualified(func))
        named = keyword == "attribute" or (keyword == "name" and last in ("setattr", "delattr"))
        if last in _BY_OBJECT and (index == 1 or named) and "builtins.setattr" not in names:
            return self._object_patch(node, value, call)
        if names & {"builtins.getattr", "builtins.setattr", "builtins.delattr", "builtins.hasattr"} and index == 1:
            return self._object_patch(
                node, value, call, reads="builtins.getattr" in names or "builtins.hasattr" in names
            )
        if last in _BY_STRING and (index == 0 or keyword == "target"):
            self._target(node, value, call)
            return True
        if last in _IMPORTERS and index == 0:
            legacy = self.knowledge.legacy(value) or self._relative(value, call)
            if legacy is not None:
                usage = self._report(node, legacy, _IMPORTED)
                self.file.manual(usage, "dotted-string")
                return True
        return last == "getLogger"

    def _target(self, node: ast.Constant, value: str, call: ast.Call) -> None:
        """``patch("pkg.mod.C")``, ``monkeypatch.setattr("pkg.mod.C", ...)``."""
        legacy, depth = self._longest(value)
        if legacy is None:
            module, _, name = value.rpartition(".")
            self._unbound(node, module, name)
            return
        if legacy.kind == "module":
            if depth:
                return  # another member of the legacy module
            self._module_patch(node, value, legacy)
            return
        module, _, name = ".".join(value.split(".")[: len(value.split(".")) - depth]).rpartition(".")
        if legacy.definition or depth:
            self._definition_patch(node, value, legacy, depth, module)
            return
        usage = self._report(node, legacy, _PATCHED, Role.PATCH)
        usage.patch = judge_stand_in(self.file, call, node, legacy.path or "", name)
        body = written_at(self.file, node)
        if body is None:
            self.file.manual(usage, "complex-string")
        else:
            usage.intents = (Intent(Span(body.end - len(name), body.end), Form.TEXT, "patched", text="{}"),)

    def _module_patch(self, node: ast.AST, value: str, legacy: Legacy) -> None:
        """``patch("pkg.mod.cache_service")``: a module's name for the legacy module is patched."""
        module, _, name = value.rpartition(".")
        path = self.knowledge.locate(module) if self.knowledge.locate(value) is None else None
        usage = self._report(node, legacy, _PATCHED, Role.PATCH if path is not None else Role.STRING)
        if path is not None:
            usage.patch = Patch(path, name, "unknown")
        self.file.manual(usage, "patched-name" if path is not None else "module-as-value")

    def _longest(self, dotted: str) -> tuple[Legacy | None, int]:
        """What the string, or what it names an attribute of, means; and how many components follow that."""
        parts = dotted.split(".")
        for depth in range(len(parts)):
            legacy = self.knowledge.legacy(".".join(parts[: len(parts) - depth]))
            if legacy is not None:
                return legacy, depth
        return None, len(parts)

    def _unbound(self, node: ast.AST, module: str, name: str) -> None:
        """A patch of the class's name in a module of the repository that does not bind it."""
        if self.knowledge.locate(module) is None or self.knowledge.binds(module, name):
            return
        for index, replacement in enumerate(self.knowledge.replacements):
            if replacement.migration.legacy_name == name:
                usage = self._report(node, Legacy("class", index, None), _PATCHED)
                self.file.manual(usage, "unbound-patch")

    def _definition_patch(self, node: ast.Constant, value: str, legacy: Legacy, depth: int, module: str) -> None:
        replacement = self.knowledge.replacements[legacy.migration]
        usage = self._report(node, legacy, _PATCHED, Role.METHOD_PATCH)
        parts = value.split(".")
        name = "" if legacy.definition else parts[len(parts) - depth - 1]
        usage.patch = Patch(legacy.path or "", name, method=depth > 0)
        member = parts[len(parts) - depth] if depth else ""
        dotted = replacement.type if depth else replacement.migration.factory
        usage.lower(Applicability.UNSAFE, "patched-definition")
        body = written_at(self.file, node)
        if dotted is None:
            self.file.manual(usage, "no-replacement-type")
        elif member and replacement.lacks(member):
            self.file.manual(usage, "missing-member")
        elif body is None:
            self.file.manual(usage, "complex-string")
        elif not legacy.definition:
            self.file.manual(usage, "patched-name")
        else:
            end = body.end - len("." + ".".join(parts[len(parts) - depth :])) if depth else body.end
            usage.intents = (Intent(Span(body.start, end), Form.TEXT, "text", text=legacy.prefix + dotted),)

    def _object_patch(self, node: ast.Constant, value: str, call: ast.Call, *, reads: bool = False) -> bool:
        """``patch.object(module, "C")``, ``monkeypatch.setattr(module, "C", ...)``, ``getattr(module, "C")``."""
        holders = [*call.args[:1], *(k.value for k in call.keywords if k.arg == "target")]
        names = self.file.names.qualified(holders[0]) if holders else ()
        for dotted in names:
            legacy = self.knowledge.legacy(f"{dotted}.{value}")
            if legacy is not None and legacy.kind == "module" and legacy.through is not None:
                usage = self._report(node, legacy, _PATCHED, Role.STRING if reads else Role.PATCH)
                self.file.facts.reads.add(legacy.through)
                usage.patch = Patch(*legacy.through, "unknown")
                self.file.manual(usage, "dotted-string" if reads else "patched-name")
                return True
            if legacy is None or legacy.kind != "class":
                continue
            if reads:
                self.file.facts.reads.add((legacy.path or "", value))
            if reads:
                role = self._role_of(call)
                usage = self._report(node, legacy, _NAMED, role)
                usage.patch = Patch("", "", method=True) if role is Role.METHOD_PATCH else None
                self.file.manual(usage, "dotted-string")
            elif legacy.definition:
                usage = self._report(node, legacy, _PATCHED, Role.METHOD_PATCH)
                usage.patch = Patch(legacy.path or "", value)
                self.file.manual(usage, "patched-definition")
            else:
                usage = self._report(node, legacy, _PATCHED, Role.PATCH)
                usage.patch = judge_stand_in(self.file, call, node, legacy.path or "", value)
                body = written_at(self.file, node)
                if body is None:
                    self.file.manual(usage, "complex-string")
                else:
                    usage.intents = (Intent(body, Form.TEXT, "patched", text="{}"),)
            return True
        if not names and self._is_class_name(value):
            if not (holders and self._is_made_here(holders[0])):
                self._unknown_patch(node, value)
            return True
        for dotted in names:
            self._unbound(node, dotted, value)
        return bool(names)

    def _role_of(self, call: ast.Call) -> Role:
        """What is done with the class that ``getattr(module, "C")`` gives."""
        if "builtins.getattr" not in self.file.names.qualified(call.func):
            return Role.STRING
        nodes: list[ast.expr] = [call]
        match self.parents.get(call):
            case ast.Assign(targets=[ast.Name() as name]):
                owner = self.file.scopes.scope_of(name).lookup(name.id)
                references = self.file.scopes.references
                nodes = [each.node for each in references if each.owner is owner and each.node.id == name.id]
        roles = {self.file.contexts.classify(node).role for node in nodes}
        for role, found in _GOT.items():
            if found & roles:
                return role
        return Role.STRING

    def _is_made_here(self, node: ast.expr) -> bool:
        """A name of this file bound once, to the result of a call that imports nothing: no module."""
        reference = self.file.scopes.by_node.get(node) if isinstance(node, ast.Name) else None
        if reference is None or reference.owner is None:
            return False
        bindings = reference.owner.bindings.get(reference.node.id, [])
        if any(isinstance(binding.node, ast.ClassDef | ast.FunctionDef) for binding in bindings):
            return True
        match bindings:
            case [Binding(statement=ast.Assign(value=ast.Call(func=func)))]:
                last = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
                return last[:1].isupper()  # an instance of a class; what a function gives may be a module
        return False

    def _is_class_name(self, value: str) -> bool:
        return any(replacement.migration.legacy_name == value for replacement in self.knowledge.replacements)

    def _unknown_patch(self, node: ast.AST, name: str | None) -> None:
        """The class's name is patched in something that cannot be told: every module that binds it may be meant."""
        for index, replacement in enumerate(self.knowledge.replacements):
            if replacement.migration.legacy_name == name:
                usage = self._report(node, Legacy("class", index, None), _PATCHED, Role.PATCH)
                usage.patch = Patch("", replacement.migration.legacy_name)
                self.file.manual(usage, "patched-name")

    def computed_target(self, call: ast.Call) -> None:
        """``patch(f"{MODULE}.C")``, ``patch(MODULE + ".C")``: the target where it can be put together, else any."""
        if not call.args or not isinstance(call.args[0], ast.JoinedStr | ast.BinOp):
            return
        target = call.args[0]
        values = [node.value for node in ast.walk(target) if isinstance(node, ast.Constant)]
        name = next((value.rpartition(".")[2] for value in reversed(values) if isinstance(value, str)), "")
        text = text_of(self.file.names, target)
        legacy, depth = self._longest(text or "")
        if legacy is not None and legacy.kind == "class" and not depth and not legacy.definition:
            usage = self._report(target, legacy, _PATCHED, Role.PATCH)
            usage.patch = judge_stand_in(self.file, call, target, legacy.path or "", name)
            self.file.manual(usage, "complex-string")
        elif legacy is not None and legacy.kind == "class":
            usage = self._report(target, legacy, _PATCHED, Role.METHOD_PATCH)
            usage.patch = Patch("", "", method=depth > 0)
            self.file.manual(usage, "patched-definition")
        elif legacy is not None and text is not None and not depth:
            self._module_patch(target, text, legacy)
        elif text is not None:
            self.file.settled.update(ast.walk(target))
        elif self._is_class_name(name):
            self._unknown_patch(target, name)

    def keywords(self, call: ast.Call) -> None:
        """``patch.multiple("pkg.mod", C=...)``: the keyword is the patched name."""
        named = any(keyword.arg == "target" for keyword in call.keywords)
        if not (isinstance(call.func, ast.Attribute) and (call.args or named)):
            return
        if self._patches_namespace(call):
            for keyword in call.keywords:
                self._unknown_patch(keyword, keyword.arg)
        if call.func.attr != "multiple":
            return
        first = next(iter([*call.args, *(k.value for k in call.keywords if k.arg == "target")]))
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            modules: tuple[str, ...] = (first.value,)
        else:
            modules = self.file.names.qualified(first)
        for keyword in call.keywords:
            meant = [self.knowledge.legacy(f"{module}.{keyword.arg}") for module in modules if keyword.arg]
            legacy = next((each for each in meant if each is not None and each.kind == "class"), None)
            if legacy is not None:
                self._patched_keyword(call, keyword, keyword.arg or "", legacy)

    def _patched_keyword(self, call: ast.Call, keyword: ast.keyword, name: str, legacy: Legacy) -> None:
        if legacy.definition:
            usage = self._report(keyword, legacy, _PATCHED, Role.METHOD_PATCH)
            usage.patch = Patch(legacy.path or "", name)
            self.file.manual(usage, "patched-definition")
            return
        usage = self._report(keyword, legacy, _PATCHED, Role.PATCH)
        usage.patch = judge_stand_in(self.file, call, keyword.value, legacy.path or "", name)
        start = self.file.imports.span(keyword).start
        usage.intents = (Intent(Span(start, start + len(name)), Form.TEXT, "patched", text="{}"),)

    # -- other strings -------------------------------------------------------------------------------------------

    def _class_name(self, node: ast.Constant, value: str, parent: ast.AST | None) -> bool:
        """``x.__class__.__name__ == "C"``, ``{"C": handler}[type(x).__name__]``, ``case "C":``.

        Any string that is just the name may be compared with, in a file that asks objects for their class's name.
        """
        if not self._is_class_name(value) or not self._asks_class_names or self._is_listed(parent):
            return False
        outer = parent
        while isinstance(outer, ast.Tuple | ast.List | ast.Set):
            outer = self.parents.get(outer)
        if isinstance(outer, ast.Compare) and not any(
            isinstance(side, ast.Name) or (isinstance(side, ast.Attribute) and side.attr in _CLASS_NAMES)
            for side in (outer.left, *outer.comparators)
        ):
            return False
        for index, replacement in enumerate(self.knowledge.replacements):
            if replacement.migration.legacy_name == value:
                usage = self._report(node, Legacy("class", index, None), _COMPARED, Role.EXACT_TEST)
                self.file.manual(usage, "class-name")
        return True

    @functools.cached_property
    def _asks_class_names(self) -> bool:
        """Whether the file reads ``type(x).__name__`` or ``x.__class__.__name__``."""
        for node in self.parents:
            if isinstance(node, ast.Attribute) and node.attr in _CLASS_NAMES:
                value = node.value
                if isinstance(value, ast.Attribute) and value.attr == "__class__":
                    return True
                if isinstance(value, ast.Call) and "builtins.type" in self.file.names.qualified(value.func):
                    return True
        return False

    @staticmethod
    def _asks_module(compare: ast.Compare) -> bool:
        sides = [compare.left, *compare.comparators]
        return any(isinstance(side, ast.Attribute) and side.attr == "__module__" for side in sides)

    def _is_listed(self, parent: ast.AST | None) -> bool:
        """Inside ``__all__`` a string is an export, not a name to compare with."""
        while parent is not None and not isinstance(parent, ast.stmt):
            parent = self.parents.get(parent)
        targets = parent.targets if isinstance(parent, ast.Assign) else [getattr(parent, "target", None)]
        return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)

    def _namespace(self, node: ast.Constant, value: str, parent: ast.AST | None) -> bool:
        """``globals()["C"]``: the name itself is looked up; ``sys.modules["legacy.module"]``."""
        if not isinstance(parent, ast.Subscript) or parent.slice is not node:
            return False
        if isinstance(parent.value, ast.Call) and _NAMESPACES & set(self.file.names.qualified(parent.value.func)):
            scope = self.file.scopes.scope_of(node)
            group = self.file.names.group_of(scope.lookup(value), value)
            if parent.value.args and self._is_class_name(value):  # vars(module)["C"]
                self._unknown_patch(node, value)
            elif group is not None and group.kind == "class" and group.legacy is not None:
                usage = self._report(node, group.legacy, _NAMED)
                usage.group = self.file.group(group)
                self.file.manual(usage, "dotted-string")
            return True
        legacy = self.knowledge.legacy(value)
        if "sys.modules" in self.file.names.qualified(parent.value) and legacy is not None:
            usage = self._report(node, legacy, _NAMED, Role.METHOD_PATCH)
            usage.patch = Patch("", "")
            self.file.manual(usage, "dotted-string")
            return True
        return False

    def _is_module_entry(self, node: ast.Constant, parent: ast.AST | None) -> bool:
        """``patch.dict(module.__dict__, {"C": ...})``, ``vars(module)["C"]``: the name in a module's dictionary."""
        if isinstance(parent, ast.Dict) and node in parent.keys:
            call = self.parents.get(parent)
            return isinstance(call, ast.Call) and self._patches_namespace(call)
        if not isinstance(parent, ast.Subscript) or parent.slice is not node:
            return False
        value = parent.value
        return isinstance(value, ast.Attribute) and value.attr == "__dict__"

    def _patches_namespace(self, call: ast.Call) -> bool:
        """``patch.dict`` of a module's dictionary, not of any other."""
        if not (isinstance(call.func, ast.Attribute) and call.func.attr == "dict" and call.args):
            return False
        first = call.args[0]
        if isinstance(first, ast.Constant):
            return isinstance(first.value, str) and first.value.endswith(".__dict__")
        if isinstance(first, ast.Call):
            return "builtins.vars" in self.file.names.qualified(first.func)
        return isinstance(first, ast.Attribute) and first.attr == "__dict__"

    def _relative(self, value: str, call: ast.Call | None = None) -> Legacy | None:
        """``import_module(".cache_service", "app.services")``, or such a name in a table that is read to import."""
        name = value.lstrip(".")
        level = len(value) - len(name)
        if not level or not all(map(str.isidentifier, name.split("."))):
            return None
        names = list(self.knowledge.absolute(self.file.path, level, name))
        # The relative name is no package: what it would give starts with a dot.
        given = [*call.args, *(k.value for k in call.keywords if k.arg == "package")] if call else []
        packages = [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        names += [".".join([*package.split(".")[: 1 - level or None], name]) for package in packages]
        return next((found for found in map(self.knowledge.legacy, names) if found is not None), None)

    def _dotted(self, node: ast.Constant, value: str, parent: ast.AST | None) -> None:
        """A string that is, as a whole, the dotted path of the class (``pkg.mod.C`` or ``pkg.mod:C``)."""
        if "." not in value and ":" not in value:
            return
        dotted = value.replace(":", ".")
        legacy = self.knowledge.legacy(dotted) or self._relative(value)
        if legacy is None and value.count(".") > 1:
            found, depth = self._longest(value)
            legacy = found if found is not None and found.kind == "class" and depth == 1 else None
            dotted = value.rpartition(".")[0]
        if legacy is None:
            return
        if isinstance(parent, ast.Compare) and (
            legacy.kind == "class" or self._asks_module(parent)
        ):  # the path of an object's class, or the module it comes from
            usage = self._report(node, legacy, _COMPARED, Role.EXACT_TEST)
            self.file.manual(usage, "class-name")
            return
        if legacy.kind == "class" and not legacy.definition:  # whoever reads the string reads the name in that module
            self._path(node, legacy, dotted)
            return
        in_modules = legacy.kind == "module" and self._is_module_key(node, parent)
        of_class = isinstance(parent, ast.Call) and getattr(parent.func, "attr", "") == "dict"  # patch.dict("m.C.a")
        usage = self._report(node, legacy, _NAMED, Role.METHOD_PATCH if in_modules or of_class else Role.STRING)
        if in_modules:  # patch.dict("sys.modules", {"legacy.module": ...})
            usage.patch = Patch("", "")
        self.file.manual(usage, "dotted-string")

    def _path(self, node: ast.Constant, legacy: Legacy, dotted: str) -> None:
        """A text by which somebody may read the class in a module, or patch it."""
        usage = self._report(node, legacy, _NAMED, Role.PATCH)
        usage.patch = Patch(legacy.path or "", dotted.rpartition(".")[2], "unknown")
        self.file.manual(usage, "dotted-string")
        self.file.facts.reads.add((legacy.path or "", dotted.rpartition(".")[2]))
        self.paths.append(node)

    def _is_module_key(self, node: ast.Constant, parent: ast.AST | None) -> bool:
        """Whether something may be put under a module's name: ``patch.dict("sys.modules", {"m": ...})``."""
        if isinstance(parent, ast.Dict):
            return node in parent.keys
        of_kind, qualified = self.file.scopes.of_kind, self.file.names.qualified
        stored = [each for each in of_kind(ast.Subscript) if not isinstance(each.ctx, ast.Load)]
        changed = [each.value for each in stored if not isinstance(each.slice, ast.Constant)]
        changed += [argument for call in of_kind(ast.Call) for argument in call.args]
        return self.file.may_name("modules") and any("sys.modules" in qualified(each) for each in changed)

    def _report(self, node: ast.AST, legacy: Legacy, message: str, role: Role = Role.STRING) -> Usage:
        self.file.settled.update(ast.walk(node))
        return self.file.add(role, legacy, node, message, code="CLF005")


_PATCHED = "a test patches the deprecated class by its name"
_NAMED = "a string names the deprecated class"
_IMPORTED = "a string imports the deprecated class's module"
_COMPARED = "the name of the object's class is compared with that of the deprecated class"
