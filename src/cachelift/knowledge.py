"""What the analysis is told about the whole program: the :class:`cachelift.model.Knowledge` of a repository."""

from __future__ import annotations

import ast
import functools
import itertools
import re
import sys
from collections.abc import Iterable, Iterator, Sequence

from cachelift.aliases import aliases, bound_names
from cachelift.factories import result_problem, returned_classes
from cachelift.lineage import unsubscripted
from cachelift.loads import Loads
from cachelift.makers import makes_objects
from cachelift.model import DEFAULT_TYPE, ClassInfo, Legacy, Migration, Replacement, Signature, Trail
from cachelift.namespace import dotted_parts, statements
from cachelift.project import Project
from cachelift.sighting import names
from cachelift.signatures import parse_signature

_READER = re.compile(
    rb"\bget_type_hints\b|\b__annotations__\b|\.(?:return_)?annotation\b|\bget_annotations\b|\b__dataclass_fields__\b"
)

READERS = ("get_type_hints", "_annotation", ".annotation", "dataclass_fields", "fields")
"""One of these stands in every module that reads annotations, or the types of a dataclass's fields."""

_FIELDS = re.compile(rb"\bdataclasses\.fields\(|\bfrom dataclasses import[^\n]*\bfields\b")
_FIELD_TYPE = re.compile(rb"\.type\b")

_CHANGES = re.compile(r"\b(?:__getattr__|globals|locals|vars|setattr|__dict__|modules|exec|eval)\b")
"""How a module gets names that it does not plainly bind."""
_BY_TEXT = re.compile(rb"\b(?:import_module|__import__|resolve_name|import_string|locate)\b|\bsys\.modules\b")
_REPLACES = re.compile(rb"\bmodules(?:\[[^\]\n]+\]\s*=[^=]|\.(?:update|setdefault|__setitem__)\b)")

_KNOWN_READERS = frozenset({"fastapi", "pydantic", "beartype", "typeguard", "functools", "attr", "attrs", "msgspec"})
"""Libraries of whose reading the analysis has rules of its own."""


class ProgramKnowledge:
    """Answers about dotted names, from the source of the repository.

    Args:
        project: the repository.
        migrations: what is migrated, in the order of the configuration.
        mentions: whether comments and docstrings that name a class are wanted.
    """

    def __init__(self, project: Project, migrations: Sequence[Migration], *, mentions: bool = False) -> None:
        self.project = project
        self.mentions = mentions
        self.migrations = tuple(migrations)
        self.handouts: dict[tuple[str, str], frozenset[tuple[str, Trail]]] = {}
        self.called_back = False
        self.unloaded: frozenset[str] = frozenset()
        self._replacements: tuple[Replacement, ...] | None = None
        self._meanings: dict[str, Legacy | None] = {}
        self._definitions: dict[tuple[str, str], int] = {}
        self._modules: dict[str, int] = {}
        for index, migration in enumerate(self.migrations):
            path = project.locate(migration.legacy_module)
            if path is not None:
                self._modules[path] = index
            found = project.find(migration.legacy)
            if found is not None:
                self._definitions[found.path, found.qualified_name.rpartition(".")[2]] = index
            elif path is not None:
                self._definitions[path, migration.legacy_name] = index
        self._names = frozenset(names(self.migrations))
        self._readers: dict[str, bool] = {}
        self._effects: dict[str, bool] = {}
        self._loads = Loads(project, lambda dotted: self.legacy(dotted) is not None)

    # -- names ---------------------------------------------------------------------------------------------------

    @property
    def interesting(self) -> frozenset[str]:
        """The simple names under which a legacy class or module can be reached."""
        return self._names

    def learn(self, names: set[str]) -> bool:
        """Add names under which the class is re-exported; True if any is new."""
        new = names - self._names
        if new:
            self._names |= new
            self._meanings.clear()
            self._loads.forget()
        return bool(new)

    def home_paths(self, migration: int) -> frozenset[str]:
        """The files in which nothing is ever a usage: the legacy module and the target module."""
        return self.replacements[migration].homes

    def absolute(self, path: str, level: int, module: str | None) -> tuple[str, ...]:
        """The absolute names that ``from <level dots><module>`` in a file can mean."""
        return tuple(name for name in self.project.resolve_relative(path, level, module) if name)

    def locate(self, dotted: str) -> str | None:
        """The repository path of a module."""
        return self.project.locate(dotted)

    def module_path(self, dotted: str) -> str | None:
        """The repository path of a module, also by another module's name for it: ``app.state.helper``."""
        path = self.project.locate(dotted)
        if path is None:
            found = self.project.find(dotted)
            path = found.path if found is not None and isinstance(found.node, ast.Module) else None
        return path

    def module_around(self, dotted: str) -> str | None:
        """The path of the module that a dotted name is inside of, as far as the repository has it."""
        parts = dotted.split(".")
        paths = (self.project.locate(".".join(parts[:count])) for count in range(len(parts), 0, -1))
        return next(filter(None, paths), None)

    def module_names(self, path: str) -> tuple[str, ...]:
        """The dotted names that a file has."""
        return self.project.module_names(path)

    def base_names(self, path: str, node: ast.ClassDef) -> tuple[str, ...]:
        """The dotted names of all bases of a class, direct or not."""
        return self.project.base_names(path, node)

    def definition(self, dotted: str) -> ast.AST | None:
        """The function or class of the repository that a dotted name is surely that of, where it is defined."""
        found = self.project.find(dotted)
        is_one = found is not None and isinstance(found.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        return found.node if found is not None and is_one else None

    def has_effects(self, path: str) -> bool:
        """Whether importing a module visibly does more than define names: it calls, loops or changes something.

        What it imports counts as well; what a legacy module does does not, nor what a target module does in any case.
        """
        if path not in self._effects:
            self._effects[path] = self._loads.have_effects(self._with_packages(path), self._expected)
        return self._effects[path]

    def uncertain(self, path: str) -> frozenset[str]:
        """What importing a module imports in turn that may not be there; not what a replacement needs as well."""
        return self._loads.uncertain(self._with_packages(path), self._expected | self.legacy_closure) - self._needed

    def may_raise(self, path: str) -> bool:
        """Whether importing a module may fail by anything but an import in it, as far as its source tells."""
        return self._loads.may_raise(self._with_packages(path), self._expected)

    def _with_packages(self, path: str) -> list[str]:
        """A module and the packages above it."""
        names = self.project.module_names(path)
        return [*self._loads.files_of(names[0])] if names else [path]

    def behind(self, dotted: str) -> frozenset[str]:
        """The modules that a module hands a name on from, those too that it imports only when it is asked for it.

        Args:
            dotted: the module's name and that which is handed on.
        """
        found: set[str] = set()
        pending = [dotted]
        for each in pending:
            head, _, name = each.rpartition(".")
            path = self.project.locate(head) if head else None
            tree = self.project.tree(path) if path is not None and path not in found else None
            if path is not None and tree is not None:
                found.add(path)
                pending += [new for s in statements(tree.body, scopes=True) for new in self._imported(path, s, name)]
        return frozenset(found)

    @functools.cached_property
    def _expected(self) -> frozenset[str]:
        """The files whose effects are the migration's own: lost with a legacy module, or there with a target module."""
        targets = [path for each in self.migrations for path in self._loads.files_of(each.factory_module)]
        return self._loads.loaded([*self._modules, *(path for path, _ in self._definitions), *targets])

    @functools.cached_property
    def legacy_closure(self) -> frozenset[str]:
        """What runs when a legacy module is imported: that it no longer does is the migration's own concern."""
        return self._loads.loaded(path for each in self.migrations for path in self._loads.files_of(each.legacy_module))

    @functools.cached_property
    def _needed(self) -> frozenset[str]:
        """What the target modules import that may not be there: where that is missing, nothing can be moved to them."""
        targets = [path for each in self.migrations for path in self._loads.files_of(each.factory_module)]
        return self._loads.uncertain(targets, frozenset())

    def loads(self, dotted: str, *, surely: bool = False) -> frozenset[str]:
        """The paths of the repository's modules that run when one is imported, its packages among them.

        With ``surely`` those only that go on doing so when no module imports a legacy class any more.
        """
        return self._loads.loaded(self._loads.files_of(dotted), surely=surely)

    def reads_annotations(self, path: str) -> bool:
        """Whether a module of the repository reads annotations when the program runs, as far as its text tells."""
        if path not in self._readers:
            raw = self.project.raw(path)
            known = path.partition("/")[0].removesuffix(".py") in _KNOWN_READERS
            self._readers[path] = raw is not None and not known and _reads(raw)
        return self._readers[path]

    def star_names(self, dotted: str) -> frozenset[str] | None:
        """What a star import of the module binds; None where it cannot be known."""
        path = self.project.locate(dotted)
        if path is not None:
            return self.project.exports(path)
        return frozenset() if dotted.partition(".")[0] in sys.stdlib_module_names else None

    def binds(self, dotted: str, name: str) -> bool:
        """Whether a module of the repository binds a name, or may: through a star import, by its ``__getattr__``."""
        path = self.project.locate(dotted)
        tree = self.project.tree(path) if path is not None else None
        if path is None or tree is None or self.project.locate(f"{dotted}.{name}") is not None:
            return True
        names = {name, "*", "__getattr__"}
        return not all(map(names.isdisjoint, map(bound_names, statements(tree.body, scopes=False))))

    def may_hand_on(self, dotted: str) -> bool:
        """Whether a module may have a name that it does not plainly bind, or takes it from one that may.

        It makes the name when it is asked for it (:pep:`562`), changes its own name space, or is another module.
        """
        pending = [dotted]
        for each in pending:
            head, _, name = each.rpartition(".")
            if head == "__main__":
                return True
            path = self.project.locate(head) if head else None
            module, namespace = (self.project.module(path), self.project.namespace(path)) if path else (None, None)
            if path is None or module is None or self.project.locate(each) is not None:
                continue
            found = [new for s in statements(module.tree.body, scopes=False) for new in self._imported(path, s, name)]
            pending += [new for new in found if new not in pending]
            if (namespace is None or name not in namespace.ever) and _CHANGES.search(module.text) is not None:
                return True
        return False

    @functools.cached_property
    def imports_by_text(self) -> bool:
        """Whether a file of the repository imports modules whose names are put together or looked up."""
        return self._any_file(_BY_TEXT)

    @functools.cached_property
    def replaces_modules(self) -> bool:
        """Whether a file of the repository puts modules under other names."""
        return self._any_file(_REPLACES)

    def _any_file(self, pattern: re.Pattern[bytes]) -> bool:
        raws = map(self.project.raw, self.project.files())
        return any(raw is not None and pattern.search(raw) is not None for raw in raws)

    # -- meanings --------------------------------------------------------------------------------------------------

    def legacy(self, dotted: str) -> Legacy | None:
        """What a dotted name means: a legacy class, a legacy module, or neither."""
        if dotted not in self._meanings:
            self._meanings[dotted] = None  # a name that leads back to itself means nothing
            self._meanings[dotted] = self._legacy(dotted)
        return self._meanings[dotted]

    def _legacy(self, dotted: str) -> Legacy | None:
        head, _, tail = dotted.rpartition(".")
        if tail not in self._names:
            return None
        path = self.project.locate(dotted)
        if path is not None:
            index = self._modules.get(path)
            return None if index is None else Legacy("module", index, path, True, self._prefix(dotted, path))
        by_text = self._by_text(dotted)
        if by_text is not None or not head:
            return by_text
        return self._member(dotted, head, tail)

    def _by_text(self, dotted: str) -> Legacy | None:
        """The meaning by its spelling alone, for a legacy module that is not in the repository."""
        for index, migration in enumerate(self.migrations):
            if index in self._modules.values():
                continue
            for kind, name in (("class", migration.legacy), ("module", migration.legacy_module)):
                if dotted == name or dotted == f"src.{name}":
                    return Legacy(kind, index, None, True, dotted[: -len(name)])
        return None

    def _member(self, dotted: str, head: str, tail: str) -> Legacy | None:
        path = self.project.locate(head)
        if path is None:
            outer = self.legacy(head) if head.rpartition(".")[2] in self._names else self._module_member(head)
            if outer is None:
                known = self.project.find(head)
                if known is not None and isinstance(known.node, ast.Module):  # another module's name for a package
                    inner = self.legacy(f"{self.project.module_names(known.path)[0]}.{tail}")
                    return None if inner is None else self._through(inner, head)
                if known is None:
                    return self._maybe_member(head, tail)
            if outer is None or outer.kind != "module" or tail != self.migrations[outer.migration].legacy_name:
                return None
            return outer._replace(kind="class", definition=True)
        prefix = self._prefix(head, path)
        own = self._definitions.get((path, tail))
        if own is not None:
            return Legacy("class", own, path, True, prefix)
        found = self.project.find(dotted) or self.project.find_typing(dotted)
        if found is not None and isinstance(found.node, ast.Module):
            index = self._modules.get(found.path)
            through = None if self.project.locate(dotted) is not None else (path, tail)
            return None if index is None else Legacy("module", index, found.path, True, prefix, None, through)
        if found is not None:
            name = found.qualified_name.rpartition(".")[2]
            index = self._definitions.get((found.path, name))
            if index is not None:
                return Legacy("class", index, path, False, prefix)
            return self._given(found.node, found.path, name, path, prefix)
        return self._ambiguous(path, tail, prefix)

    def _maybe_member(self, head: str, tail: str) -> Legacy | None:
        """The class or its module by a name for a package that is bound to something else as well."""
        for module in self._possible(head):
            found = self.legacy(f"{module}.{tail}")
            if found is not None:
                return self._through(found, head)._replace(problem=found.problem or "rebound")
        return None

    def _through(self, found: Legacy, head: str) -> Legacy:
        """What is read of a package by another module's name for it, which is ``head``."""
        if found.through is not None:
            return found
        return found._replace(through=self._reader(head), loaded=False)

    def _possible(self, dotted: str) -> Iterator[str]:
        """The modules that a dotted name may stand for, where the names on its way are bound in several ways."""
        head, _, name = dotted.rpartition(".")
        for module in [head] if self.module_path(head) is not None or not head else self._possible(head):
            path = self.module_path(module) or ""
            tree = self.project.tree(path) if path else None
            for statement in statements(tree.body, scopes=False) if tree is not None else ():
                yield from self._imported(path, statement, name)

    def _imported(self, path: str, statement: ast.stmt, name: str) -> Iterator[str]:
        """The dotted names of what a statement of a module imports under a name."""
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                if (alias.asname or alias.name) == name:
                    for module in self.project.resolve_relative(path, statement.level, statement.module):
                        yield from [f"{module}.{alias.name}"] if module else ()
        elif isinstance(statement, ast.Import):
            for alias in statement.names:
                if (alias.asname or alias.name.partition(".")[0]) == name:
                    yield alias.name if alias.asname else name

    def _reader(self, dotted: str) -> tuple[str, str]:
        """The last module on a dotted way, which was found, whose name for another module is read there; that name."""
        parts = dotted.split(".")
        places = ((self.module_path(".".join(parts[:count])), parts[count]) for count in range(len(parts) - 1, 0, -1))
        read = ((path, name) for path, name in places if path is not None and not self._is_inside(path, name))
        return next(read, ("", parts[-1]))

    def _is_inside(self, path: str, name: str) -> bool:
        """Whether a package has a module of its own under a name."""
        return any(self.project.locate(f"{module}.{name}") is not None for module in self.project.module_names(path))

    def _given(self, statement: ast.AST, home: str, name: str, path: str, prefix: str) -> Legacy | None:
        """A name of the module ``home`` that a statement of it may give the class to, reached through ``path``."""
        for bound, parts in aliases(statement):
            found = self.legacy(".".join((self.project.module_names(home)[0], *parts))) if bound == name else None
            if found is not None and found.kind == "class":
                return Legacy("class", found.migration, path, False, prefix, "rebound")
        return None

    def _module_member(self, dotted: str) -> Legacy | None:
        """A module's name for the legacy module: ``pkg.mod.cs`` after ``import app.services.cache_service as cs``."""
        head, _, tail = dotted.rpartition(".")
        path = self.project.locate(head) if head else None
        if path is None:
            return None
        known = self.project.find(dotted)
        if known is not None and known.path in self._modules and isinstance(known.node, ast.Module):
            return Legacy("module", self._modules[known.path], known.path, through=(path, tail))
        found = self._ambiguous(path, tail, "")
        return found if found is not None and found.kind == "module" else None

    def _ambiguous(self, path: str, name: str, prefix: str) -> Legacy | None:
        """A name that an import of a module binds to the class, though not it alone: it cannot be followed safely."""
        tree = self.project.tree(path)
        for statement in statements(tree.body, scopes=False) if tree is not None else ():
            for dotted in self._imported(path, statement, name):
                found = self.legacy(dotted)
                if found is not None and found.kind == "module":
                    return Legacy("module", found.migration, found.path, True, prefix, "rebound", (path, name))
                if found is not None:
                    return Legacy("class", found.migration, path, False, prefix, "rebound")
            given = self._given(statement, path, name, path, prefix)
            if given is not None:
                return given
        return None

    def _prefix(self, dotted: str, path: str) -> str:
        """What stands before the first name of a module: ``src.`` in ``src.app.services``."""
        names = (name for name in self.project.module_names(path) if f".{dotted}".endswith(f".{name}"))
        return dotted.removesuffix(next(names, dotted))  # the first is the one under the first import root

    def target(self, dotted: str) -> tuple[int, str] | None:
        """(migration, ``factory`` or ``type``) where the name is that of a replacement."""
        head, _, tail = dotted.rpartition(".")
        for index, replacement in enumerate(self.replacements):
            for symbol, name in (("factory", replacement.migration.factory), ("type", replacement.type)):
                if name is None or name.rpartition(".")[2] != tail:
                    continue
                module = name.rpartition(".")[0]
                path = self.project.locate(module)
                if dotted == name or (path is not None and self.project.locate(head) == path):
                    return (index, symbol)
                if head and self._same(dotted, name):
                    return (index, symbol)
        return None

    def _same(self, one: str, other: str) -> bool:
        first, second = self.project.find(one), self.project.find(other)
        return first is not None and second is not None and first == second

    # -- replacements ----------------------------------------------------------------------------------------------

    @property
    def replacements(self) -> tuple[Replacement, ...]:
        """The migrations with what was read of both sides."""
        if self._replacements is None:
            self._replacements = tuple(itertools.starmap(self._replacement, enumerate(self.migrations)))
        return self._replacements

    def _replacement(self, index: int, migration: Migration) -> Replacement:
        project = self.project
        legacy_path = project.locate(migration.legacy_module)
        target_path = project.locate(migration.factory_module)
        legacy_class = project.class_info(migration.legacy)
        signature: Signature | None = legacy_class.constructor if legacy_class is not None else None
        if migration.signature is not None and signature is None:
            signature = parse_signature(migration.signature)
        factory_signature = project.function_signature(migration.factory)
        module, name = migration.factory_module, migration.factory_name
        missing = target_path is not None and project.find(migration.factory) is None and not self.binds(module, name)
        type_name = self._type_name(migration)
        type_class = project.class_info(type_name) if type_name is not None else None
        given = (project.class_info(each.qualified_name) for each in returned_classes(project, migration.factory))
        made = [info for info in given if info is not None]
        return Replacement(
            migration,
            legacy_signature=signature,
            factory_signature=factory_signature,
            factory_found=not (missing or self._is_absent(module, migration) or self._is_misplaced(migration)),
            type=type_name,
            legacy_class=legacy_class,
            type_class=type_class,
            is_generic=type_name is not None and self._is_generic(type_name),
            alive=self._makes(migration, legacy_path) or self._makes(migration, target_path),
            factory_problem=result_problem(project, migration.factory, migration.legacy),
            tells=type_name is None or self._tells(type_name, migration),
            hides=self._loads.hidden(module),
            extends=self._extends(type_name, migration),
            homes=self._homes(index, type_name),
            kin=tuple(self._kin([legacy_class])),
            new_kin=tuple(self._kin([type_class, *made])),
            made=frozenset(name for info in made for name in (info.qualified_name, *info.bases)),
        )

    def _kin(self, classes: Iterable[ClassInfo | None]) -> Iterator[tuple[str, str]]:
        """The path and name of some classes and of their bases, as far as they are in the repository."""
        for dotted in (name for info in classes if info is not None for name in (info.qualified_name, *info.bases)):
            found = self.project.find(dotted)
            if found is not None and isinstance(found.node, ast.ClassDef):
                yield found.path, found.node.name

    def _homes(self, index: int, type_name: str | None) -> frozenset[str]:
        """The files of the legacy and the target module, those of the classes' definitions among them."""
        migration = self.migrations[index]
        found = {path for path, own in self._modules.items() if own == index}
        found |= {path for (path, _), own in self._definitions.items() if own == index}
        located = (self.project.locate(name.rpartition(".")[0]) for name in (migration.factory, type_name or ""))
        return frozenset(found | {path for path in located if path is not None})

    def _is_generic(self, name: str) -> bool:
        """Whether a class can be subscripted (PEP 484, 560 and 695)."""
        found, info = self.project.find(name), self.project.class_info(name)
        if found is None or info is None:
            return False
        if getattr(found.node, "type_params", None) or "__class_getitem__" in info.members:
            return True
        subscripted = [base.value for base in getattr(found.node, "bases", ()) if isinstance(base, ast.Subscript)]
        if {dotted_parts(base)[-1:] for base in subscripted} & {("Generic",), ("Protocol",)}:
            return True
        bases = {base.rpartition(".")[2] for base in info.bases}
        bases |= {part for base in getattr(found.node, "bases", ()) for part in dotted_parts(base)}
        return bool(bases & {"list", "dict", "set", "frozenset", "tuple"})

    def _type_name(self, migration: Migration) -> str | None:
        """Configured, else the factory's return annotation, else the default where the target may have it."""
        project = self.project
        chosen = migration.type or project.return_type(migration.factory)
        if chosen is None:
            chosen = f"{migration.factory_module}.{DEFAULT_TYPE.rpartition('.')[2]}"
            if migration.factory != Migration().factory and project.class_info(chosen) is None:
                return None
            if not self._gives(chosen, migration):
                return None
        module, _, name = chosen.rpartition(".")
        if self._is_misplaced(migration) or self._is_absent(module, migration):
            return None
        if project.locate(module) is not None and not self.binds(module, name):
            return None
        found, legacy = project.find(chosen), project.find(migration.legacy)
        return None if found is not None and found == legacy else chosen

    def _is_absent(self, module: str, migration: Migration) -> bool:
        """Whether a module that is not found is missing: it is no installed package's, or lies under another root."""
        project = self.project
        if project.locate(module) is not None:
            return False
        is_here = project.locate(migration.legacy_module) is not None
        if (is_here and module == migration.factory_module) or project.other_roots(module):
            return True
        top, old = module.partition(".")[0], migration.legacy.partition(".")[0]
        # Where the legacy module is not found either, a part of their common package may lie elsewhere.
        return (is_here or top != old) and (project.locate(top) is not None or project.is_package_dir(top))

    def _is_misplaced(self, migration: Migration) -> bool:
        """Whether the legacy module lies under another root: then nothing is known of it, nor of who imports whom."""
        return self.project.locate(migration.legacy_module) is None and bool(
            self.project.other_roots(migration.legacy_module)
        )

    def _makes(self, migration: Migration, path: str | None) -> bool:
        """Whether a module itself makes legacy objects."""
        tree = self.project.tree(path) if path is not None else None
        legacy = self.project.class_info(migration.legacy)
        members = legacy.members.values() if legacy is not None else ()
        values = frozenset(member.name for member in members if member.kind in ("value", "property"))
        return tree is not None and makes_objects(tree, migration.legacy_name, values)

    def _tells(self, type_name: str, migration: Migration) -> bool:
        """Whether ``isinstance`` of the type accepts what the factory gives, and nothing that only looks like it."""
        found = self.project.find(type_name)
        if found is not None and isinstance(found.node, ast.ClassDef):
            bases = [self.project.resolve_in(found.path, unsubscripted(base)) for base in found.node.bases]
            if "typing.Protocol" in bases or "typing_extensions.Protocol" in bases:
                return False
        return self._gives(type_name, migration)

    def _gives(self, type_name: str, migration: Migration) -> bool:
        """Whether no class that the factory visibly gives objects of is another one than the type."""
        for given in returned_classes(self.project, migration.factory):
            info = self.project.class_info(given.qualified_name)
            if (
                given != self.project.find(type_name)
                and info is not None
                and info.complete
                and type_name not in info.bases
            ):
                return False
        return True

    def _extends(self, type_name: str | None, migration: Migration) -> bool:
        """Whether every object of the factory is surely one of the legacy class as well."""
        found, legacy = self.project.find(type_name or ""), self.project.find(migration.legacy)
        info = self.project.class_info(type_name) if type_name is not None else None
        given = returned_classes(self.project, migration.factory)
        if found is None or legacy is None or info is None or legacy.qualified_name not in info.bases:
            return False
        return self.project.return_type(migration.factory) == found.qualified_name or found in given


def _reads(raw: bytes) -> bool:
    """Whether a module with these bytes reads annotations, or the types of a dataclass's fields."""
    if _READER.search(raw) is not None:
        return True
    return _FIELD_TYPE.search(raw) is not None and _FIELDS.search(raw) is not None
