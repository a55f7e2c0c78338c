"""What the names of one file mean to the migrations: bindings gathered into groups, chains resolved to dotted names."""

from __future__ import annotations

import ast
import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cachelift.analysis.scopes import Binding, BindingKind, Reference, Scope, ScopeKind, ScopeTree
from cachelift.model import Knowledge, Legacy
from cachelift.namespace import last_name

_BINDS = (
    ast.Assign, ast.AnnAssign, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom
)  # fmt: skip
IMPORT_KINDS = (BindingKind.IMPORT, BindingKind.IMPORT_FROM)
_NO_VALUE = (BindingKind.ANNOTATION_ONLY,)
_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


@dataclass(slots=True, eq=False)
class NameGroup:
    """All bindings of one name in one scope, where at least one of them leads to a legacy class or module."""

    index: int
    name: str
    owner: Scope
    bindings: list[Binding]
    legacy: Legacy | None
    """None for an anchor."""
    kind: str
    """``class``, ``module`` or ``anchor`` (a package or another module on the way to the class)."""
    problem: str | None = None
    fallbacks: list[ast.Name] = field(default_factory=list)
    """The names that are set to ``None`` where the guarded import fails."""
    deleted_at: list[ast.stmt] = field(default_factory=list)
    base: NameGroup | None = None
    """For an alias (``Cache = CacheService``): the group that its value goes through."""
    leads: bool | None = None
    """For an anchor: whether what it names is the class or module itself; None until that is asked."""

    @property
    def root(self) -> NameGroup:
        """The group whose import statements bind the class."""
        return self.base.root if self.base is not None else self


@dataclass(frozen=True, slots=True)
class Chain:
    """A name with the attribute accesses on it, as far as they lead to the class or module."""

    node: ast.Name | ast.Attribute
    """The expression that is the class (or the module)."""
    root: ast.Name
    depth: int
    group: NameGroup
    legacy: Legacy
    member: str | None = None
    """For a module: the attribute that is read from it, where it is not a legacy class."""


def is_plain(binding: Binding) -> bool:
    """``import a.b`` without ``as``: it binds the first component."""
    return binding.kind is BindingKind.IMPORT and isinstance(binding.node, ast.alias) and binding.node.asname is None


def ways(legacy: Legacy, name: str) -> Iterator[tuple[str, str]]:
    """(path, name) of the other modules' names that were read on the way to a class or module with a name."""
    if legacy.through is not None:
        yield legacy.through
    if not legacy.definition and legacy.path is not None:
        yield legacy.path, name


def surely_bound(scopes: ScopeTree, node: ast.Name, owner: Scope) -> bool:
    """Whether a class body that owns a name has bound it where it is read.

    Until then the module's name is meant (language reference, 4.2.2).
    """
    bindings = owner.bindings[owner.mangle(node.id)]
    if any(binding.kind is BindingKind.DEL for binding in bindings):
        return False
    for statement in (binding.statement for binding in bindings):
        end: tuple[int, int] = (statement.end_lineno, statement.end_col_offset)  # type: ignore[assignment]
        binds = isinstance(statement, _BINDS) and getattr(statement, "value", statement) is not None
        if binds and scopes.parents.get(statement) is owner.node and end <= (node.lineno, node.col_offset):
            return True
    return False


class Names:
    """Resolves the names of one file; built once per file, before any usage is classified."""

    def __init__(self, path: str, scopes: ScopeTree, knowledge: Knowledge) -> None:
        self.path = path
        self.scopes = scopes
        self.knowledge = knowledge
        self.groups: list[NameGroup] = []
        self._by_owner: dict[tuple[Scope, str], NameGroup] = {}
        self._dotted: dict[Binding, tuple[str, ...]] = {}
        self._modules: dict[ast.ImportFrom, tuple[str, ...]] = {}
        self.stars: list[tuple[Binding, Legacy | None, frozenset[str] | None]] = []
        self._gather_stars()
        self._gather_groups()
        self._gather_aliases()

    # -- dotted names ------------------------------------------------------------------------------------------

    def imported(self, binding: Binding) -> tuple[str, ...]:
        """The dotted names that an import binding can stand for; empty for other bindings.

        There are several for a relative import of a file that has several module names.
        """
        found = self._dotted.get(binding)
        if found is None:
            found = self._dotted[binding] = tuple(self._imported(binding))
        return found

    def _imported(self, binding: Binding) -> Iterable[str]:
        alias = binding.node
        if not isinstance(alias, ast.alias):
            return ()
        if binding.kind is BindingKind.IMPORT:
            return (alias.name if alias.asname else alias.name.partition(".")[0],)
        statement = binding.statement
        assert isinstance(statement, ast.ImportFrom)
        return [f"{module}.{alias.name}" for module in self.modules_of(statement)]

    def modules_of(self, statement: ast.ImportFrom) -> tuple[str, ...]:
        """The absolute names of the module that a from-import names."""
        if not statement.level:
            return (statement.module or "",)
        found = self._modules.get(statement)
        if found is None:
            found = self.knowledge.absolute(self.path, statement.level, statement.module)
            self._modules[statement] = found
        return found

    def qualified(self, node: ast.expr) -> tuple[str, ...]:
        """The dotted names that a Name or attribute chain can stand for: for library names such as ``typing.cast``.

        Builtins come as ``builtins.NAME``, by another name as well; any other name that is bound here by anything but
        imports gives nothing.
        """
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ()
        reference = self.scopes.by_node.get(node)
        if reference is None:
            return ()
        tail = "".join("." + part for part in reversed(parts))
        if reference.owner is None:
            return (f"builtins.{node.id}{tail}",)
        found: list[str] = []
        for binding in reference.owner.bindings.get(reference.where.mangle(node.id), ()):
            if binding.kind in IMPORT_KINDS:
                found += [dotted + tail for dotted in self.imported(binding)]
            elif binding.kind not in _NO_VALUE and binding.kind is not BindingKind.DEL:
                return self._alias(node, tail)
        return tuple(dict.fromkeys(found))

    def _alias(self, node: ast.Name, tail: str) -> tuple[str, ...]:
        """What a variable stands for that is nothing but another name for what is built in: ``get = getattr``."""
        match self.values_of(node):
            case [ast.Name() as value] if value.id != node.id:
                reference = self.scopes.by_node.get(value)
                return (f"builtins.{value.id}{tail}",) if reference is not None and reference.owner is None else ()
        return ()

    def values_of(self, node: ast.Name) -> list[ast.expr]:
        """What is assigned to a variable, where all that binds it are plain assignments."""
        reference = self.scopes.by_node.get(node)
        if reference is None or reference.owner is None:
            return []
        found: list[ast.expr] = []
        for binding in reference.owner.bindings.get(reference.where.mangle(node.id), ()):
            statement = binding.statement
            if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
                return []
            if binding.node not in (statement.targets if isinstance(statement, ast.Assign) else [statement.target]):
                return []
            found.append(statement.value)
        return found

    def is_variable(self, node: ast.expr) -> bool:
        """Whether a chain goes through a variable of a module of the repository: what it is then cannot be told."""
        return any(self._is_variable(dotted) for dotted in self.qualified(node))

    def _is_variable(self, dotted: str) -> bool:
        knowledge = self.knowledge
        if knowledge.definition(dotted) or knowledge.legacy(dotted) or knowledge.module_path(dotted):
            return False
        heads = itertools.accumulate(dotted.split(".")[:-1], "{}.{}".format)
        return any(knowledge.locate(head) is not None for head in heads)

    def last_names(self, node: ast.expr) -> frozenset[str]:
        """The last components of :meth:`qualified`: enough to know ``Depends`` under every import of it."""
        return frozenset(name.rpartition(".")[2] for name in self.qualified(node))

    # -- groups ------------------------------------------------------------------------------------------------

    def _gather_stars(self) -> None:
        for scope in self.scopes.scopes:
            for binding in scope.bindings.get("*", ()):
                statement = binding.statement
                assert isinstance(statement, ast.ImportFrom)
                names: frozenset[str] | None = None
                legacy: Legacy | None = None
                for module in self.modules_of(statement):
                    names = names or self.knowledge.star_names(module)
                    legacy = legacy or self.knowledge.legacy(module)
                    for name in sorted(names or ()):
                        legacy = legacy or self.knowledge.legacy(f"{module}.{name}")
                self.stars.append((binding, legacy, names))

    def _gather_groups(self) -> None:
        for scope in self.scopes.scopes:
            for name, bindings in scope.bindings.items():
                if not any(binding.kind in IMPORT_KINDS for binding in bindings):
                    continue
                found = [self.meaning(binding) for binding in bindings if binding.kind in IMPORT_KINDS]
                self._add(name, scope, bindings, found)

    def meaning(self, binding: Binding) -> Legacy | None:
        """The legacy class or module that an import binding names; None for any other import."""
        alias = binding.node
        assert isinstance(alias, ast.alias)
        plain = binding.kind is BindingKind.IMPORT and not alias.asname
        for dotted in [alias.name] if plain else self.imported(binding):
            legacy = self.knowledge.legacy(dotted)
            if legacy is not None and (legacy.kind == "module" or not plain):
                return legacy
        return None

    def _add(self, name: str, owner: Scope, bindings: list[Binding], found: list[Legacy | None]) -> None:
        legacy = next((meaning for meaning in found if meaning is not None), None)
        kind = "anchor" if legacy is None else legacy.kind
        group = NameGroup(len(self.groups), name, owner, bindings, legacy, kind)
        self._by_owner[owner, name] = group
        self.groups.append(group)
        self._find_problem(group)

    def _find_problem(self, group: NameGroup) -> None:
        handlers = self._fallback_handlers(group)
        group.problem = group.legacy.problem if group.legacy is not None else None
        for binding in group.bindings:
            if binding.kind in IMPORT_KINDS:
                if binding.where is not group.owner:
                    group.problem = group.problem or "global-statement"
                if not self._agrees(group, binding):
                    group.problem = group.problem or "rebound"
            elif binding.kind is BindingKind.DEL:
                group.deleted_at.append(binding.statement)
            elif self._may_fall_back(group) and self._is_none_fallback(binding, handlers):
                assert isinstance(binding.node, ast.Name)
                group.fallbacks.append(binding.node)
            elif binding.kind not in _NO_VALUE:
                in_handler = any(handler in handlers for handler in self._ancestors(binding.node))
                group.problem = group.problem or ("fallback-binding" if in_handler else "rebound")
        for binding, _, names in self.stars:
            unknown = names is None and self._later(binding, group)
            if binding.where is group.owner and (unknown or (names is not None and group.name in names)):
                group.problem = group.problem or "star-import"

    def _agrees(self, group: NameGroup, binding: Binding) -> bool:
        imports = (each for each in group.bindings if each.kind in IMPORT_KINDS)
        first = next(each for each in imports if group.legacy is None or self.meaning(each) is not None)
        if group.legacy is None:
            return set(self.imported(binding)) == set(self.imported(first))
        if is_plain(binding) or is_plain(first):
            # `import app.other` binds the same package as `import app.services.legacy`.
            return is_plain(binding) and is_plain(first)
        legacy = self.meaning(binding)
        return legacy is not None and (legacy.kind, legacy.migration) == (group.legacy.kind, group.legacy.migration)

    @staticmethod
    def _may_fall_back(group: NameGroup) -> bool:
        """Whether a name is that of the class or its module, not of a package or another module on the way to it."""
        return group.legacy is not None and not any(map(is_plain, group.bindings))

    @staticmethod
    def _later(star: Binding, group: NameGroup) -> bool:
        first = min(b.statement.lineno for b in group.bindings if b.kind in IMPORT_KINDS)
        return star.statement.lineno >= first

    def _fallback_handlers(self, group: NameGroup) -> set[ast.AST]:
        """The handlers of the ``try`` statements whose body holds one of the group's imports."""
        found: set[ast.AST] = set()
        for binding in group.bindings:
            if binding.kind not in IMPORT_KINDS:
                continue
            child: ast.AST = binding.statement
            for parent in self._ancestors(child):
                if isinstance(parent, ast.Try) and child in parent.body:
                    found.update(parent.handlers)
                if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    break
                child = parent
        return found

    def _is_none_fallback(self, binding: Binding, handlers: set[ast.AST]) -> bool:
        statement = binding.statement
        return (
            isinstance(statement, ast.Assign)
            and isinstance(statement.value, ast.Constant)
            and statement.value.value is None
            and binding.node in statement.targets
            and self.scopes.parents.get(statement) in handlers
            and self._catches_imports(self.scopes.parents[statement])
        )

    @staticmethod
    def _catches_imports(handler: ast.AST) -> bool:
        if not isinstance(handler, ast.ExceptHandler) or handler.type is None:
            return True
        types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        return any(isinstance(item, ast.Name) and item.id in _IMPORT_ERRORS for item in types)

    def _gather_aliases(self) -> None:
        """``Cache = CacheService``: a name whose only binding is an assignment of the class is a name of the class."""
        for reference in self.scopes.references:  # in source order, so that an alias of an alias is seen as well
            chain = self.chain(reference)
            if chain is None or chain.legacy.kind != "class":
                continue
            target = alias_target(self.scopes, chain.node)
            if target is None:
                continue
            owner = self.scopes.scope_of(chain.node)
            bindings = owner.bindings.get(target.id, [])
            if (owner, target.id) in self._by_owner or owner.kind not in (ScopeKind.MODULE, ScopeKind.FUNCTION):
                continue
            problem = chain.group.problem
            if [binding.where for binding in bindings] != [owner]:
                problem = problem or "rebound"
            alias = NameGroup(len(self.groups), target.id, owner, bindings, chain.legacy, "class", problem)
            alias.base = chain.group
            self._by_owner[owner, target.id] = alias
            self.groups.append(alias)

    # -- chains ------------------------------------------------------------------------------------------------

    def group_of(self, owner: Scope | None, name: str) -> NameGroup | None:
        """The group that a name in a scope belongs to."""
        return self._by_owner.get((owner, name)) if owner is not None else None

    def chain(self, reference: Reference) -> Chain | None:
        """The legacy class or module that the chain starting at a reference reaches; None for any other name."""
        root, owner = reference.node, reference.owner
        if owner is None:
            return None
        group = self._by_owner.get((owner, reference.where.mangle(root.id)))
        if group is None and owner.kind is ScopeKind.CLASS:
            return self._before_class_binding(root, owner)
        return None if group is None else self.chain_in(root, group, self.scopes.parents)

    def _before_class_binding(self, root: ast.Name, owner: Scope) -> Chain | None:
        """A class body reads the module's name until it binds its own (language reference, 4.2.2).

        The names of functions around it are not seen, and what is bound under a condition may not be.
        """
        name = owner.mangle(root.id)
        group = self.group_of(owner.module, name)
        if group is None or surely_bound(self.scopes, root, owner):
            return None
        chain = self.chain_in(root, group, self.scopes.parents)
        if chain is None:
            return None
        legacy = chain.legacy._replace(problem=chain.legacy.problem or "rebound")
        return dataclasses.replace(chain, legacy=legacy)

    def read_before(self, chain: Chain) -> NameGroup | None:
        """The module's names that a class body may read where its own name, of the same chain, is not yet bound."""
        owner = chain.group.owner
        if owner.kind is not ScopeKind.CLASS or surely_bound(self.scopes, chain.root, owner):
            return None
        return self.group_of(owner.module, chain.group.name)

    def chain_in(self, root: ast.Name, group: NameGroup, parents: dict[ast.AST, ast.AST]) -> Chain | None:
        """Like :meth:`chain`, for a name whose group is known (inside a string annotation)."""
        if group.kind == "class" and group.legacy is not None:
            return Chain(root, root, 0, group, group.legacy)
        if group.kind == "anchor" and not self._goes_on(root, group, parents):
            return None
        node: ast.Name | ast.Attribute = root
        candidates = self._roots(group)
        interesting = self.knowledge.interesting
        depth = 0
        other: Chain | None = None
        while True:
            parent = parents.get(node)
            member = parent.attr if isinstance(parent, ast.Attribute) else None
            for dotted in candidates if last_name(node) in interesting or depth == 0 else ():
                legacy = self.knowledge.legacy(dotted)
                if legacy is None:
                    continue
                if legacy.kind == "class":
                    return Chain(node, root, depth, group, legacy)
                if member is None:
                    return Chain(node, root, depth, group, legacy, member)
                if self.knowledge.legacy(f"{dotted}.{member}") is None:  # unless the name is that of a package as well
                    other = other or Chain(node, root, depth, group, legacy, member)
            if not isinstance(parent, ast.Attribute):
                return other
            node, depth = parent, depth + 1
            candidates = [f"{dotted}.{parent.attr}" for dotted in candidates]

    def _goes_on(self, root: ast.Name, group: NameGroup, parents: dict[ast.AST, ast.AST]) -> bool:
        """Whether a chain that starts at a package, or at any other module, can reach the class or its module."""
        interesting = self.knowledge.interesting
        parent = parents.get(root)
        while isinstance(parent, ast.Attribute):
            if parent.attr in interesting:
                return True
            parent = parents.get(parent)
        if group.leads is None:
            group.leads = any(self.knowledge.legacy(dotted) is not None for dotted in self._roots(group))
        return group.leads

    def _roots(self, group: NameGroup) -> list[str]:
        found: list[str] = []
        for binding in group.bindings:
            if binding.kind in IMPORT_KINDS:
                found += [dotted for dotted in self.imported(binding) if dotted not in found]
        return found

    def loads(self, chain: Chain) -> bool:
        """Whether what a chain's name is bound by surely imports the legacy module that the chain reads.

        ``import app`` alone does not: the module is an attribute of its package once something has imported it
        (language reference, 5.4.2). What another module hands on is there with that module, but for what is read from a
        package that it hands on.
        """
        if not chain.depth or not chain.legacy.definition:
            return True
        if chain.legacy.through is not None:
            return chain.legacy.loaded
        imports = [b for b in chain.group.root.bindings if b.kind in IMPORT_KINDS and self.meaning(b) is not None]
        return any(map(self.is_unconditional, imports))

    def is_unconditional(self, binding: Binding) -> bool:
        """Whether an import runs whenever its scope does, or fails with what comes after it."""
        child: ast.AST = binding.statement
        for parent in self._ancestors(child):
            if isinstance(parent, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                return True
            in_body = isinstance(parent, ast.Try | ast.With | ast.AsyncWith) and child in parent.body
            if not in_body:
                return False
            child = parent
        return True

    def _ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        parent = self.scopes.parents.get(node)
        while parent is not None:
            yield parent
            parent = self.scopes.parents.get(parent)


def alias_target(scopes: ScopeTree, node: ast.expr) -> ast.Name | None:
    """The single Name that ``NAME = <node>`` (or ``NAME: T = <node>``) binds; None for any other use of the node."""
    match scopes.parents.get(node):
        case ast.Assign(targets=[ast.Name() as target], value=value) if value is node:
            return target
        case ast.AnnAssign(target=ast.Name() as target, value=value) if value is node:
            return target
    return None
