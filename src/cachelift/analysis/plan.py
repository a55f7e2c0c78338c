"""The whole program's verdicts: what depends on what, lowered until nothing changes any more.

The analysis of each file gives its usages the best verdict that the file alone allows. Here the verdicts meet: a
usage and the imports it needs, a test of the class and the calls that may reach it, a patch and the module it
patches, an import and who imports the name from there. A verdict is only ever lowered, so the work ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from cachelift.analysis.arguments import binds
from cachelift.analysis.facts import CALLS, MAKES_OBJECTS, CallShape, FileFacts, Group, Patch, Role, Usage
from cachelift.model import Applicability, Replacement, Signature

_RANK = {Applicability.SAFE: 0, Applicability.UNSAFE: 1, Applicability.MANUAL: 2}


@dataclass(slots=True)
class Program:
    """The facts of all files, and which of them may change.

    ``given`` are the paths that may be rewritten; ``own_tests`` the test modules of a legacy class; ``cycles`` the
    modules that a target imports.
    """

    files: dict[str, FileFacts]
    given: frozenset[str]
    replacements: tuple[Replacement, ...]
    own_tests: frozenset[str]
    cycles: frozenset[str]
    unsafe: bool
    keeps: set[tuple[str, str]]
    """(path, name) that modules without any usage import, or that a star import takes."""
    unmet: Mapping[tuple[str, str], tuple[str, str]]
    """Reason and message by the path and name of what is handed out, where another file's use of it forbids it."""
    strangers: Mapping[str, FileFacts]
    """Files without a usage that may use a lost object as the replacement cannot be used."""
    asking: Mapping[str, FileFacts]
    """Files without a usage that may ask objects for a class which only one of the two is."""
    makes: bool
    """A file of the repository names a factory: there may be objects of the replacement before the run."""
    lost: Mapping[tuple[str, str], Set[str]]
    """By path and name of a handout the modules where the object goes and nothing follows it."""
    asked: Set[str]
    """The modules whose unions of classes another file may ask objects for."""
    read: Mapping[str, str]
    """By file the path of another one that may read its annotations when the program runs."""
    hidden: Set[tuple[str, str]]
    """(path, name) of new names that would hide another one where all names of the file are taken."""
    held: Set[str]
    """The modules in which a file that cannot be read may patch the class."""
    unread: Set[int]
    """The migrations whose class a file names that cannot be read: it may make legacy objects."""
    closures: Mapping[str, frozenset[str]]
    """The paths of all modules that importing one may run, for those that a file imports which patches the class."""
    alive: set[int] = field(default_factory=set)
    """The migrations of which a legacy object can still be made after the run."""


def decide(program: Program) -> None:
    """Lower the verdicts of all usages until they agree with one another."""
    _Planner(program).run()


class _Planner:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.files = program.files
        self.changed = False
        self.readers: dict[int, dict[tuple[str, str], list[tuple[FileFacts, Usage]]]] = {}
        """By the identity of a patch who may see what it puts in place, by the path and name that is patched."""
        self.held: set[tuple[str, int]] = set()
        """(path, index) of the groups without a use whose import statement stays."""

    def run(self) -> None:
        """The rules of one file first, then those between files, to the fixed point."""
        for facts in self.files.values():
            for usage in facts.usages:
                usage.start()
            for group in facts.groups:
                group.stays = False
            self._own_rules(facts)
        rules = (
            self._import_statements,
            self._tests,
            self._questions,
            self._keys,
            self._bound_annotations,
            self._runtime_annotations,
            self._patches,
            self._definition_patches,
            self._fallbacks,
            self._loose_members,
            self._strangers,
            self._handouts,
            self._module_names,
            self._mixed_files,
        )
        self.changed = True
        while self.changed:
            self.changed = False
            for rule in rules:
                rule()
        self.program.alive = self._alive()
        self._settle_tests()
        self._imports()

    # -- helpers -------------------------------------------------------------------------------------------------

    def goes(self, facts: FileFacts, usage: Usage) -> bool:
        """Whether the run rewrites a usage."""
        return facts.path in self.program.given and not usage.suppressed and self._allowed(usage)

    def _allowed(self, usage: Usage) -> bool:
        return usage.applicability is Applicability.SAFE or (
            usage.applicability is Applicability.UNSAFE and self.program.unsafe
        )

    def _usages(self, *roles: Role) -> Iterator[tuple[FileFacts, Usage]]:
        for facts in self.files.values():
            for usage in facts.usages:
                if usage.role in roles:
                    yield facts, usage

    def _lower(self, usage: Usage, applicability: Applicability, reason: str, message: str | None = None) -> None:
        if usage.lower(applicability, reason, message):
            self.changed = True

    def _level(self, facts: FileFacts, usage: Usage) -> Applicability:
        """The verdict as it binds others: what cannot be touched in this run is as good as manual."""
        if facts.path not in self.program.given or usage.suppressed:
            return Applicability.MANUAL
        return usage.applicability

    def _why(self, facts: FileFacts, usage: Usage, reason: str) -> str:
        """The reason that a dependent gets: why the other one stays, where that lies outside of it."""
        if facts.path not in self.program.given and usage.applicability is not Applicability.MANUAL:
            return "outside-paths"
        if usage.suppressed:
            return "suppressed"
        return reason

    # -- one file ------------------------------------------------------------------------------------------------

    def _own_rules(self, facts: FileFacts) -> None:
        for usage in facts.usages:
            if facts.path in self.program.cycles:
                usage.lower(Applicability.MANUAL, "import-cycle")
            if facts.path in self.program.own_tests:
                usage.lower(Applicability.UNSAFE, "own-test")
            looks_up = usage.group is not None and usage.role not in (Role.TYPE, Role.IMPORT)
            if looks_up and facts.path in self.program.held:
                usage.lower(Applicability.MANUAL, "patched-name", "a file that cannot be read may patch the class here")
            if usage.group is not None:
                provided = facts.groups[usage.group].provides
                if any((facts.path, provided[symbol].bound) in self.program.hidden for symbol in usage.names):
                    usage.lower(Applicability.MANUAL, "name-taken")

    def _import_statements(self) -> None:
        """A usage and the imports it needs are one transaction."""
        for facts in self.files.values():
            for usage in facts.usages:
                if usage.group is None or usage.role is Role.IMPORT:
                    continue
                for needed in facts.groups[usage.group].import_usages:
                    if needed.suppressed:
                        self._lower(usage, Applicability.MANUAL, "suppressed")

    # -- tests of the class ----------------------------------------------------------------------------------------

    def _tests(self) -> None:
        """A test that stays as it is keeps the calls of the program that may reach it."""
        for facts, test in list(self._usages(Role.TEST, Role.EXACT_TEST)):
            if test.role is Role.TEST and (test.accepts_both or self.goes(facts, test) or self._accepts_new(test)):
                continue
            message = f"{facts.path}:{test.position[0]} tests for the deprecated class and stays as it is"
            reason = self._why(facts, test, "type-test")
            self._bind_tests(facts, test.migration, self._level(facts, test), reason, message)
        for facts in self.files.values():
            for migration, line in facts.guesses.items():
                message = f"{facts.path}:{line} may test for the deprecated class"
                self._bind_tests(facts, migration, Applicability.MANUAL, "type-test", message)

    def _questions(self) -> None:
        """A question that the replacement may answer otherwise keeps the calls that it may be asked of."""
        files = {**self.program.asking, **self.files}
        asks = [(facts, ask) for facts in files.values() for ask in facts.asks]
        mixed = self._mixed() if asks else frozenset()
        for facts, ask in asks:
            if ask.method is None or ask.migration in mixed or (ask.compares and self.program.makes):
                own = facts.path in self.program.own_tests
                what = (
                    "whether they are of one class" if ask.compares else f"whether they are of the class `{ask.name}`"
                )
                message = f"{facts.path}:{ask.line} asks objects {what}"
                for other, usage in self._usages(*CALLS):
                    reached = usage.escapes or not usage.called.isdisjoint((ask.method, *ask.through))
                    reached = reached and (not ask.compares or _are_near(facts, other) or facts.path in other.passed_on)
                    if usage.migration == ask.migration and reached and (not own or other is facts):
                        self._lower(usage, ask.applicability, "type-test", message)

    def _mixed(self) -> Set[int]:
        """The migrations of which legacy objects, or the class, are still around where the replacement's are."""
        return self._alive().union(*(facts.reaches for facts in self.files.values()))

    def _accepts_new(self, test: Usage) -> bool:
        """Whether a test that stays accepts the new objects as it did the old ones: they are of a subclass."""
        is_plain = test.reason != "pattern-arguments" and not test.tells_apart
        return is_plain and self.program.replacements[test.migration].extends

    def _bind_tests(self, facts: FileFacts, migration: int, level: Applicability, reason: str, message: str) -> None:
        own = facts.path in self.program.own_tests
        for other, usage in self._usages(*CALLS):
            if usage.migration == migration and usage.escapes and (not own or other is facts):
                self._lower(usage, level, reason, message)

    def _keys(self) -> None:
        """A class that is a key, or one of a tuple of classes, or handed to what checks classes, may be tested for."""
        for facts, key in list(self._usages(Role.KEY, Role.VALUE, Role.IMPORT, Role.TYPE, Role.MODULE, Role.STRING)):
            if key.role is Role.IMPORT and not (key.group is not None and facts.groups[key.group].class_level):
                continue
            if key.role is Role.TYPE and key.union is None:
                continue
            out_of_sight = key.union == "" if key.role is Role.TYPE else key.role is Role.KEY and key.union is None
            if not out_of_sight and not self._asks_near(facts):
                continue
            if key.role is Role.TYPE:
                message = "objects may be tested for the union that the deprecated class is a member of"
                self._lower(key, Applicability.MANUAL, "class-as-value", message)
            own = facts.path in self.program.own_tests
            message = f"{facts.path}:{key.position[0]} hands the deprecated class on, and objects may be tested for it"
            for other, usage in self._usages(*CALLS):
                if usage.migration == key.migration and usage.escapes and (not own or other is facts):
                    reason = "runtime-annotation" if key.reason == "runtime-annotation" else "class-as-value"
                    self._lower(usage, Applicability.MANUAL, reason, message)

    def _asks_near(self, facts: FileFacts) -> bool:
        """Whether the file, one that it imports, or one that imports it asks objects for a class that it is given."""
        if facts.path in self.program.asked:
            return True
        return any(each.asks_for_any for each in self.files.values() if _are_near(facts, each))

    def _runtime_annotations(self) -> None:
        """An annotation that acts at run time keeps the calls of its file whose object may reach it."""
        for facts, annotation in self._usages(Role.TYPE):
            if facts.path in self.program.read:
                message = f"{self.program.read[facts.path]} may read the annotation when the program runs"
                self._lower(annotation, Applicability.MANUAL, "runtime-annotation", message)
            if annotation.reason != "runtime-annotation":
                continue
            for usage in facts.usages:
                if usage.role in CALLS and usage.migration == annotation.migration and usage.escapes:
                    self._lower(usage, Applicability.MANUAL, "runtime-annotation")
            for other in self.files.values():
                if facts.path in other.imports:
                    for usage in other.usages:
                        if usage.role in CALLS and usage.migration == annotation.migration and usage.escapes:
                            self._lower(usage, Applicability.MANUAL, "runtime-annotation")

    def _bound_annotations(self) -> None:
        """A container that has the class as a key and reads annotations needs the class in the annotations, too."""
        if any(facts.binds_annotations for facts in self.files.values()):
            for _, usage in self._usages(Role.TYPE):
                self._lower(usage, Applicability.MANUAL, "runtime-annotation")

    def _loose_members(self) -> None:
        """A missing member of an object that is known by its annotation only may be that of any object handed on."""
        loose = [facts for facts in self.files.values() if facts.loose_members]
        for facts in loose:
            own = facts.path in self.program.own_tests
            for other, usage in self._usages(*CALLS):
                if usage.escapes and (not own or other is facts):
                    message = f"the object may reach {facts.path}, which uses a member that the replacement lacks"
                    self._lower(usage, Applicability.MANUAL, "missing-member", message)

    def _strangers(self) -> None:
        """An object that gets out of sight stays, where the files around use something unknown as it is used."""
        readers = [facts for facts in (*self.files.values(), *self.program.strangers.values()) if facts.strangers]
        mixed = self._mixed() if readers else frozenset()
        for facts, usage in self._usages(*CALLS) if readers else ():
            places = usage.lost_in | self._lost(facts, usage)
            for reader in readers if places else ():
                if reader.path in places | facts.imports.keys() or not places.isdisjoint(reader.imports):
                    for stranger in reader.strangers:
                        is_met = not stranger.own or stranger.migration in mixed
                        if usage.migration == stranger.migration and is_met:
                            self._lower(usage, Applicability.MANUAL, "missing-member", stranger.message)

    def _lost(self, facts: FileFacts, usage: Usage) -> set[str]:
        """The modules where what a call hands out gets out of sight, and its own."""
        names = set(usage.flows_to)
        pending = [*names]
        while pending:
            # `through` leads from a name to those that it holds the objects of.
            current = pending.pop()
            further = {name for name, sources in facts.through.items() if current in sources} - names
            names |= further
            pending += further
        found = {path for name in names for path in self.program.lost.get((facts.path, name), ())}
        return found | {facts.path} if found else found

    def _handouts(self) -> None:
        """An object that another file uses through a missing member stays; where no call makes it, its type stays."""
        for facts in self.files.values() if self.program.unmet else ():
            unmet = self._unmet(facts)
            made: set[str] = set()
            for roles in (CALLS, frozenset({Role.TYPE})):
                for usage in facts.usages:
                    for name in usage.flows_to if usage.role in roles else ():
                        if name in unmet and (usage.role in CALLS or name not in made):
                            self._lower(usage, Applicability.MANUAL, *unmet[name])
                            made.add(name)

    def _unmet(self, facts: FileFacts) -> dict[str, tuple[str, str]]:
        """The names of a file's handouts that are used as the replacement cannot be used, with the reason."""
        names = {name for usage in facts.usages for name in usage.flows_to} | facts.through.keys()
        found: dict[str, tuple[str, str]] = {}
        for name in sorted(names):
            attribute = name.rpartition(".")[2] if "." in name and "(" not in name else ""
            reason = self.program.unmet.get((facts.path, name)) or self.program.unmet.get(("*", attribute))
            pending = [name] if reason is not None else []
            while pending and reason is not None:
                current = pending.pop()
                if current not in found:
                    found[current] = reason
                    pending += sorted(facts.through.get(current, ()))
        return found

    # -- patches -------------------------------------------------------------------------------------------------

    def _patches(self) -> None:
        """A patched name and the module that binds it move together or not at all."""
        for facts, patch in list(self._usages(Role.PATCH)):
            assert patch.patch is not None
            module = patch.patch.module
            if module and module not in self.files:  # nothing changes in a target module, or in one that is not read
                self._lower(patch, Applicability.MANUAL, "patched-name")
                continue
            for target in [self.files[module]] if module else list(self.files.values()):
                self._patch(facts, patch, patch.patch, target)

    def _patch(self, facts: FileFacts, usage: Usage, patch: Patch, target: FileFacts) -> None:
        index = next((i for i, g in enumerate(target.groups) if g.imported == patch.name and g.kind != "anchor"), None)
        if index is None:
            if patch.module:
                self._lower(usage, Applicability.MANUAL, "patched-name")
            for user in target.usages:
                if user.alias == patch.name and user.role is not Role.TYPE:
                    self._lower(user, Applicability.MANUAL, "patched-name")
            for _, user in self._readers((target.path, patch.name), facts, usage) if patch.module else ():
                message = f"{facts.path}:{usage.position[0]} patches `{patch.name}` in {target.path} and stays"
                self._lower(user, Applicability.MANUAL, "patched-name", message)
            return
        users = [
            u for u in target.usages
            if u.group == index and u.role not in (Role.IMPORT, Role.TYPE) and u.deferred
        ]  # fmt: skip
        late = [
            (other, u) for other, u in self._readers((target.path, patch.name), facts, usage) if other is not target
        ]
        problem = self._patch_problem(patch, users, late)
        calls = [u for u in target.usages if u.group == index and u.role in CALLS]
        if not calls:
            problem = problem or "patched-name"  # nothing brings a new name that the patch could follow
        elif not any(self.goes(target, call) for call in calls):
            users = [*users, calls[0]]
        if problem is not None:
            self._lower(usage, Applicability.MANUAL, problem)
        for user in users:
            if not self.goes(target, user):
                level = self._level(target, user)
                reason = self._why(target, user, "patched-name")
                self._lower(usage, level, reason, self._names_file(target, reason))
        if not self.goes(facts, usage):
            level = self._level(facts, usage)
            reason = usage.reason if usage.reason in ("stand-in", "asserted-call") else "patched-name"
            reason = self._why(facts, usage, reason or "patched-name")
            stays = [*((target, u) for u in target.usages if u.group == index and u.role is not Role.IMPORT), *late]
            for holder, user in stays:
                if user.role not in (Role.TYPE, Role.IMPORT):
                    message = f"{facts.path}:{usage.position[0]} patches `{patch.name}` in {target.path} and stays"
                    self._lower(user, level, reason, message if holder is target else None)

    @staticmethod
    def _names_file(facts: FileFacts, reason: str) -> str | None:
        return f"{facts.path} is outside the given paths and would break" if reason == "outside-paths" else None

    def _readers(
        self, patched: tuple[str, str], patcher: FileFacts, patching: Usage
    ) -> Sequence[tuple[FileFacts, Usage]]:
        """Usages elsewhere that look a patched (path, name) up each time they run, or while it is patched."""
        readers = self.readers.get(id(patching))
        if readers is None:
            readers = self.readers[id(patching)] = {}
            for facts, usage, way in self._read_late(patcher, patching):
                readers.setdefault(way, []).append((facts, usage))
        return readers.get(patched, ())

    def _read_late(self, patcher: FileFacts, patching: Usage) -> Iterator[tuple[FileFacts, Usage, tuple[str, str]]]:
        """The usages that may see what a patch puts in place, each with the names that it is reached through."""
        run_late = self._imported_after(patcher, patching.position[0])
        for facts in self.files.values():
            for usage in facts.usages:
                via = usage.via if usage.group is None else (*usage.via, *facts.groups[usage.group].via)
                if not via or usage.role is Role.TYPE:
                    continue
                meanwhile = facts.path in run_late or (
                    facts is patcher and usage.group is not None and self._is_bound_after(facts, usage, patching)
                )
                is_read = usage.role is not Role.IMPORT or (usage.group is not None and facts.groups[usage.group].keeps)
                if usage.looks_up_late or (meanwhile and is_read):
                    yield from ((facts, usage, way) for way in dict.fromkeys(via))

    def _patch_problem(self, patch: Patch, users: list[Usage], late: list[tuple[FileFacts, Usage]]) -> str | None:
        # A test for `None` finds out no more about what is put in place than it did.
        if late or any(user.role not in CALLS | {Role.NONE_TEST} for user in users):
            return "patched-name"
        if patch.stand_in == "unknown":
            return "stand-in"
        shapes = [user.shapes for user in users if user.shapes is not None]
        if patch.asserts and any(
            old.keywords != new.keywords or old.positional != new.positional for old, new in shapes
        ):
            return "asserted-call"
        for signature in patch.signatures:
            if not all(_takes_alike(signature, old, new) for old, new in shapes):
                return "stand-in"
        return None

    def _definition_patches(self) -> None:
        """A patch of the definition and every consumer it means to reach are retargeted together."""
        for facts, patch in list(self._usages(Role.METHOD_PATCH)):
            if facts.path in self.program.own_tests:
                continue
            method = patch.patch is None or patch.patch.method
            run_late = self._imported_after(facts, patch.position[0])
            names = self._bound_late(facts, patch, run_late)
            meant = [
                (other, usage)
                for other, usage in self._usages(*CALLS, *(() if method else (Role.TEST,)))
                if usage.migration == patch.migration and other.path not in self.program.own_tests
                and (method or usage.looks_up_late or other.path in run_late
                     or self._names_of(other, usage) & names
                     or (other is facts and self._is_bound_after(facts, usage, patch)))
            ]  # fmt: skip
            level = self._level(facts, patch)
            message = f"{facts.path}:{patch.position[0]} patches the deprecated class itself"
            for _, usage in meant:
                reason = self._why(facts, patch, "patched-definition")
                self._lower(usage, level if not self.goes(facts, patch) else Applicability.UNSAFE, reason, message)
            for other, usage in meant:
                if usage.applicability is Applicability.MANUAL or not (
                    self.goes(other, usage) or not self.program.unsafe
                ):
                    self._lower(patch, Applicability.MANUAL, "patched-definition")

    def _imported_after(self, facts: FileFacts, line: int) -> set[str]:
        """The modules that may be run for the first time, or anew, in a line of a file or behind it."""
        if facts.runs_again:
            return set(self.files)
        found: set[str] = set()
        for path, first in facts.imports.items():
            if first >= line:
                found |= {path} | self.program.closures.get(path, frozenset())
        return found - {path for path, first in facts.imports.items() if first < line}

    @staticmethod
    def _is_bound_after(facts: FileFacts, usage: Usage, patch: Usage) -> bool:
        """Whether code of the file itself, outside of functions as well, sees a patch that the file makes."""
        group = facts.groups[usage.group] if usage.group is not None else None
        return group is None or group.kind != "class" or _is_behind(facts, group, patch)

    def _bound_late(self, facts: FileFacts, patch: Usage, run_late: set[str]) -> set[tuple[str, str]]:
        """(path, name) of the names of the class that are bound when a patch is active, here or from such a name."""
        found = {
            (other.path, group.name)
            for other in self.files.values()
            for group in other.groups
            if group.kind == "class"
            and (other.path in run_late or (other is facts and _is_behind(facts, group, patch)))
        }
        size = None
        while size != (size := len(found)):
            for other in self.files.values():
                for group in other.groups:
                    if not found.isdisjoint(group.via):
                        found.add((other.path, group.name))
        return found

    @staticmethod
    def _names_of(facts: FileFacts, usage: Usage) -> set[tuple[str, str]]:
        """(path, name) of the names that a usage reaches the class through."""
        names = set(usage.via)
        return names if usage.group is None else names | {(facts.path, facts.groups[usage.group].name)}

    # -- names ---------------------------------------------------------------------------------------------------

    def _fallbacks(self) -> None:
        """A guarded import, its ``None`` and every test of it move together, or nothing moves.

        A name that stays bound because something else needs it keeps its ``None``.
        """
        staying: dict[bool, set[tuple[str, int]]] = {}
        for facts in self.files.values():
            for index, group in enumerate(facts.groups):
                members = self._members(facts, index)
                if not any(u.role is Role.NONE_TEST for u in members):
                    continue
                lowest = max((self._level(facts, u) for u in members), key=_RANK.__getitem__)
                unsafe = self.program.unsafe or lowest is Applicability.UNSAFE
                if unsafe not in staying:
                    staying[unsafe] = self._staying(unsafe=unsafe)[0]
                if group.exported or (facts.path, index) in staying[unsafe] or self._is_read_as_module(facts, group):
                    lowest = Applicability.MANUAL
                for usage in members:
                    self._lower(usage, lowest, "fallback-binding")

    def _is_read_as_module(self, facts: FileFacts, group: Group) -> bool:
        """Whether other files may read other members of the legacy module through this file's name for it."""
        return group.kind == "module" and (facts.path, group.name) in self._imported_by_others()

    def _imported_by_others(self) -> set[tuple[str, str]]:
        """(path, name) of the names for the class or its module that other files import from there."""
        return {way for facts in self.files.values() for group in facts.groups for way in group.via}

    def _module_names(self) -> None:
        """``import legacy as alias`` keeps its alias where everything moves; elsewhere it needs a name of its own."""
        for facts in self.files.values():
            for index, group in enumerate(facts.groups):
                if group.kind != "module" or not group.taken or self._all_go(facts, index):
                    continue
                for usage in facts.usages:
                    if usage.group == index and usage.role is not Role.IMPORT:
                        self._lower(usage, Applicability.MANUAL, "name-taken")

    def _all_go(self, facts: FileFacts, index: int) -> bool:
        group = facts.groups[index]
        if group.keeps or group.exported or (group.imported and (facts.path, group.name) in self.program.keeps):
            return False
        if group.imported is not None and any((facts.path, group.name) in each.ways() for each in self.files.values()):
            return False
        if group.migration in self._borrowed(unsafe=self.program.unsafe):
            return False
        if any(
            (facts.path, group.name) in other.reads or ("", group.name) in other.reads for other in self.files.values()
        ):
            return False
        return all(self.goes(facts, usage) and usage.role is not Role.TEST for usage in self._members(facts, index))

    def _mixed_files(self) -> None:
        """In a file that keeps what makes a legacy object a type may describe that object."""
        for facts in self.files.values():
            kept = {u.migration for u in facts.usages if u.role in MAKES_OBJECTS and not self.goes(facts, u)}
            for usage in facts.usages:
                if usage.role is Role.TYPE and usage.migration in kept:
                    self._lower(usage, Applicability.UNSAFE, "mixed-file")

    # -- after the fixed point -----------------------------------------------------------------------------------

    def _alive(self) -> set[int]:
        """The migrations of which a legacy object can still be made, as the verdicts are now."""
        alive = {index for index, r in enumerate(self.program.replacements) if r.alive}
        alive |= self.program.unread
        for facts in self.files.values():
            for usage in facts.usages:
                makes = usage.role in MAKES_OBJECTS or usage.role in (Role.MODULE, Role.STAR, Role.STRING)
                if makes and not self.goes(facts, usage):
                    alive.add(usage.migration)
        return alive

    def _settle_tests(self) -> None:
        """A test that accepts both already has nothing to do while legacy objects can be made."""
        for _, test in self._usages(Role.TEST):
            if test.accepts_both and test.migration in self.program.alive:
                test.lower(Applicability.MANUAL, "legacy-alive")

    def _imports(self) -> None:
        """An import is as safe as its references, and goes only when none is left, here or in other modules."""
        self._judge_imports()
        while self._hold_statements():
            self._judge_imports()

    def _hold_statements(self) -> bool:
        """A name that nothing uses stays with its statement, where that has to; True if that keeps any more names."""
        found = {
            (facts.path, index)
            for facts in self.files.values()
            for index, group in enumerate(facts.groups)
            if not self._members(facts, index)
            and any(usage.applicability is Applicability.MANUAL for usage in group.import_usages)
        }
        is_new = not found <= self.held
        self.held |= found
        return is_new

    def _judge_imports(self) -> None:
        staying, kept_now = self._staying(unsafe=self.program.unsafe)
        for facts in self.files.values():
            for index, group in enumerate(facts.groups):
                group.stays = (facts.path, index) in staying
        at_best, kept = self._staying(unsafe=True)
        read = set(self.program.keeps)
        for facts in self.files.values():
            read |= facts.ways()
        for level, needed in (
            (Applicability.UNSAFE, self._borrowed(unsafe=False)),
            (Applicability.MANUAL, self._borrowed(unsafe=True)),
        ):
            for _, usage in self._usages(Role.IMPORT) if needed else ():
                if usage.migration in needed:
                    message = f"{needed[usage.migration]} reads the module from its package without importing it"
                    usage.lower(level, "import-effects", message)
        for facts in self.files.values():
            for index, group in enumerate(facts.groups):
                for usage in group.import_usages:
                    name = (facts.path, group.name)
                    why = kept.get(name) if group.imported is not None else None
                    if why is None and (facts.path, index) in at_best:
                        why = "reexport"
                    self._judge_import(facts, index, usage, read=name in read, why=why, kept=name in kept_now)

    def _borrowed(self, *, unsafe: bool) -> dict[int, str]:
        """By migration a place that reads the legacy module because another file imports it, and will do so.

        Which of the imports that is cannot be known: it is any that runs before.
        """
        found: dict[int, str] = {}
        for facts in self.files.values():
            for migration, line in facts.borrows.items():
                found.setdefault(migration, f"{facts.path}:{line}")
            for usage in facts.usages:
                if usage.borrows and (not self._goes_at(facts, usage, unsafe=unsafe) or self._keeps_both(usage)):
                    found.setdefault(usage.migration, f"{facts.path}:{usage.position[0]}")
        return found

    def _staying(self, *, unsafe: bool) -> tuple[set[tuple[str, int]], dict[tuple[str, str], str]]:
        """The groups whose old name stays bound, and (path, name) -> why other modules keep it.

        With ``unsafe`` as it would be under ``--unsafe-fixes``.
        """
        staying: set[tuple[str, int]] = set()
        borrowed = self._borrowed(unsafe=unsafe)
        kept = dict.fromkeys(self.program.keeps, "reference-stays")
        for facts in self.files.values():
            for path, name in facts.reads:
                kept |= {(each, name): "reference-stays" for each in ([path] if path else self.files)}
        for facts in self.files.values():
            for usage in facts.usages:
                stays = not self._goes_at(facts, usage, unsafe=unsafe) or self._keeps_both(usage)
                for way in usage.via if stays else ():
                    kept.setdefault(way, self._why(facts, usage, "reference-stays"))
        size = None
        for facts, usage in self._usages(Role.PATCH, Role.METHOD_PATCH):
            if usage.patch is not None and not self._goes_at(facts, usage, unsafe=unsafe):
                every = usage.role is Role.PATCH and not usage.patch.module
                for path in self.files if every else [usage.patch.module]:
                    kept.setdefault((path, usage.patch.name), self._why(facts, usage, "reference-stays"))
        while size != len(staying):
            size = len(staying)
            for facts in self.files.values():
                for index, group in enumerate(facts.groups):
                    stays = group.migration in borrowed or self._stays(facts, index, kept, unsafe=unsafe)
                    if (facts.path, index) in staying or not stays:
                        continue
                    staying.add((facts.path, index))
                    for way in group.via:
                        reason = "reference-stays" if facts.path in self.program.given else "outside-paths"
                        if any(usage.suppressed for usage in group.import_usages):
                            reason = "suppressed"
                        kept.setdefault(way, reason)
        return staying, kept

    def _goes_at(self, facts: FileFacts, usage: Usage, *, unsafe: bool) -> bool:
        if facts.path not in self.program.given or usage.suppressed:
            return False
        return usage.applicability is not Applicability.MANUAL if unsafe else self.goes(facts, usage)

    def _stays(self, facts: FileFacts, index: int, kept: dict[tuple[str, str], str], *, unsafe: bool) -> bool:
        """Whether the old name stays bound after the run."""
        group = facts.groups[index]
        if group.kind == "anchor" or group.keeps or group.class_level or facts.path not in self.program.given:
            return True
        if (facts.path, index) in self.held or any(usage.suppressed for usage in group.import_usages):
            return True
        if group.imported is not None and (facts.path, group.name) in kept:
            return True
        members = self._members(facts, index)
        if not all(self._goes_at(facts, u, unsafe=unsafe) and not self._keeps_both(u) for u in members):
            return True
        if not members or group.exported:
            return not unsafe or group.kind != "class" or (group.listed and group.all_entry is None)
        return False

    @staticmethod
    def _members(facts: FileFacts, index: int) -> list[Usage]:
        return [usage for usage in facts.usages if usage.group == index and usage.role is not Role.IMPORT]

    def _keeps_both(self, usage: Usage) -> bool:
        return usage.role is Role.TEST and usage.migration in self.program.alive

    def _judge_import(
        self, facts: FileFacts, index: int, usage: Usage, *, read: bool, why: str | None, kept: bool
    ) -> None:
        """The verdict on one import statement.

        ``read`` if others import the name from here, ``why`` it has to stay, ``kept`` if they keep it in this run.
        """
        group = facts.groups[index]
        members = self._members(facts, index)
        if group.class_level:
            usage.lower(Applicability.MANUAL, "class-scope")
        if group.problem == "global-statement":
            usage.lower(Applicability.MANUAL, "global-statement")
        in_package = facts.path.rpartition("/")[2] in ("__init__.py", "__init__.pyi")
        if group.imported is not None and (group.exported or read or (in_package and not members)):
            usage.code = "CLF007"
            if why is not None and not group.keeps:
                usage.lower(Applicability.MANUAL, why if not members or why != "reexport" else "reference-stays")
            elif not members or group.exported or kept:
                usage.lower(Applicability.UNSAFE, "reexport")
        elif not members:
            if why not in (None, "reexport"):  # a patch or a lookup by text that stays means the name
                usage.lower(Applicability.MANUAL, why)
            elif why is not None and group.kind == "class" and not any(u.suppressed for u in group.import_usages):
                usage.lower(Applicability.MANUAL, "reference-stays")  # `del`, `global`, or the like
            usage.lower(Applicability.UNSAFE if group.kind == "class" else Applicability.MANUAL, "unused-import")
            if any(other.suppressed for other in group.import_usages):  # its name stays, and so does this import
                usage.lower(Applicability.MANUAL, "suppressed")
        for member in members:
            level = Applicability.MANUAL if member.suppressed or self._keeps_both(member) else member.applicability
            usage.lower(level, "reference-stays")
        if group.keeps and group.kind == "class":
            usage.lower(Applicability.MANUAL, "reference-stays")


def _takes_alike(signature: Signature, old: CallShape, new: CallShape) -> bool:
    """Whether a stand-in takes the new call, and gets every argument under the parameter that it had before.

    What ``*args`` and ``**kwargs`` take in does not count: a stand-in that reads them is not known.
    """
    before = binds(signature, old.positional, old.keywords)
    after = binds(signature, new.positional, new.keywords)
    if before is None or after is None:
        return False
    values = ((before, old.values), (after, new.values))
    given = [{name: of[i] for name, i in bound.items() if not name.startswith("*")} for bound, of in values]
    return given[0] == given[1]


def _is_behind(facts: FileFacts, group: Group, patch: Usage) -> bool:
    """Whether an import of a name stands behind a patch in the same file."""
    return any(facts.statements[binding.statement].position > patch.position for binding in group.bindings)


def rewritten(program: Program, facts: FileFacts) -> Iterable[Usage]:
    """The usages of a file that the run rewrites, imports included."""
    planner = _Planner(program)
    return [usage for usage in facts.usages if planner.goes(facts, usage)]


def _are_near(one: FileFacts, other: FileFacts) -> bool:
    """Whether two files are one, or one of them imports the other."""
    return one is other or one.path in other.imports or other.path in one.imports
