"""What an object may meet where it gets to: tests of its class, annotations that act, members that are missing."""

from __future__ import annotations

from collections.abc import Set

from cachelift.analysis.facts import CALLS, EVERYWHERE, NAMED, FileFacts, Role, Stranger, Usage
from cachelift.analysis.verdicts import Verdicts
from cachelift.model import Applicability


class Reach:
    """The rules about what an object meets; each lowers the calls whose objects may get there.

    Args:
        verdicts: those of all usages.
    """

    def __init__(self, verdicts: Verdicts) -> None:
        self.verdicts = verdicts
        self.program = verdicts.program
        self.files = verdicts.files

    def tests(self) -> None:
        """A test that stays as it is keeps the calls of the program that may reach it."""
        for facts, test in list(self.verdicts.usages(Role.TEST, Role.EXACT_TEST)):
            if test.role is Role.TEST and (
                test.accepts_both or self.verdicts.goes(facts, test) or self._accepts_new(test)
            ):
                continue
            message = f"{facts.path}:{test.position[0]} tests for the deprecated class and stays as it is"
            reason = self.verdicts.why(facts, test, "type-test")
            self._bind_tests(facts, test.migration, self.verdicts.level(facts, test), reason, message)
        for facts in self.files.values():
            for migration, line in facts.guesses.items():
                message = f"{facts.path}:{line} may test for the deprecated class"
                self._bind_tests(facts, migration, Applicability.MANUAL, "type-test", message)

    def questions(self) -> None:
        """A question that the replacement may answer otherwise keeps the calls that it may be asked of."""
        files = {**self.program.asking, **self.files}
        asks = [(facts, ask) for facts in files.values() for ask in facts.asks]
        mixed = self.verdicts.mixed() if asks else frozenset()
        for facts, ask in asks:
            if ask.method is None or ask.migration in mixed or (ask.compares and self.program.makes):
                own = facts.path in self.program.own_tests
                what = (
                    "whether they are of one class" if ask.compares else f"whether they are of the class `{ask.name}`"
                )
                message = f"{facts.path}:{ask.line} asks objects {what}"
                for other, usage in self.verdicts.usages(*CALLS):
                    escapes = usage.met or usage.is_read if ask.compares else usage.escapes
                    reached = escapes or not usage.called.isdisjoint((ask.method, *ask.through))
                    reached = reached and (not ask.compares or _are_near(facts, other) or facts.path in other.passed_on)
                    if usage.migration == ask.migration and reached and (not own or other is facts):
                        self.verdicts.lower(usage, ask.applicability, "type-test", message)

    def _accepts_new(self, test: Usage) -> bool:
        """Whether a test that stays accepts the new objects as it did the old ones: they are of a subclass."""
        is_plain = test.reason != "pattern-arguments" and not test.tells_apart
        return is_plain and self.program.replacements[test.migration].extends

    def _bind_tests(self, facts: FileFacts, migration: int, level: Applicability, reason: str, message: str) -> None:
        own = facts.path in self.program.own_tests
        for other, usage in self.verdicts.usages(*CALLS):
            if usage.migration == migration and usage.escapes and (not own or other is facts):
                self.verdicts.lower(usage, level, reason, message)

    def keys(self) -> None:
        """A class that is a key, or one of a tuple of classes, or handed to what checks classes, may be tested for."""
        for facts, key in list(
            self.verdicts.usages(Role.KEY, Role.VALUE, Role.IMPORT, Role.TYPE, Role.MODULE, Role.STRING)
        ):
            if key.role is Role.IMPORT and not (key.group is not None and facts.groups[key.group].class_level):
                continue
            if key.role is Role.TYPE and key.union is None:
                continue
            out_of_sight = key.union == "" if key.role is Role.TYPE else key.role is Role.KEY and key.union is None
            if not out_of_sight and not self._asks_near(facts):
                continue
            if key.role is Role.TYPE:
                message = "objects may be tested for the union that the deprecated class is a member of"
                self.verdicts.lower(key, Applicability.MANUAL, "class-as-value", message)
            own = facts.path in self.program.own_tests
            message = f"{facts.path}:{key.position[0]} hands the deprecated class on, and objects may be tested for it"
            for other, usage in self.verdicts.usages(*CALLS):
                if usage.migration == key.migration and usage.escapes and (not own or other is facts):
                    reason = "runtime-annotation" if key.reason == "runtime-annotation" else "class-as-value"
                    self.verdicts.lower(usage, Applicability.MANUAL, reason, message)

    def _asks_near(self, facts: FileFacts) -> bool:
        """Whether the file, one that it imports, or one that imports it asks objects for a class that it is given."""
        if facts.path in self.program.asked:
            return True
        return any(each.asks_for_any for each in self.files.values() if _are_near(facts, each))

    def runtime_annotations(self) -> None:
        """An annotation that acts at run time keeps the calls of its file whose object may reach it."""
        for facts, annotation in self.verdicts.usages(Role.TYPE):
            if facts.path in self.program.read:
                message = f"{self.program.read[facts.path]} may read the annotation when the program runs"
                self.verdicts.lower(annotation, Applicability.MANUAL, "runtime-annotation", message)
            if annotation.reason != "runtime-annotation":
                continue
            for usage in facts.usages:
                if usage.role in CALLS and usage.migration == annotation.migration and usage.escapes:
                    self.verdicts.lower(usage, Applicability.MANUAL, "runtime-annotation")
            for other in self.files.values():
                if facts.path in other.imports:
                    for usage in other.usages:
                        if usage.role in CALLS and usage.migration == annotation.migration and usage.escapes:
                            self.verdicts.lower(usage, Applicability.MANUAL, "runtime-annotation")

    def bound_annotations(self) -> None:
        """A container that has the class as a key and reads annotations needs the class in the annotations, too."""
        if any(facts.binds_annotations for facts in self.files.values()):
            for _, usage in self.verdicts.usages(Role.TYPE):
                self.verdicts.lower(usage, Applicability.MANUAL, "runtime-annotation")

    def loose_members(self) -> None:
        """A missing member of an object that is known by its annotation only may be that of any object handed on."""
        loose = [facts for facts in self.files.values() if facts.loose_members]
        for facts in loose:
            own = facts.path in self.program.own_tests
            for other, usage in self.verdicts.usages(*CALLS):
                if usage.escapes and (not own or other is facts):
                    message = f"the object may reach {facts.path}, which uses a member that the replacement lacks"
                    self.verdicts.lower(usage, Applicability.MANUAL, "missing-member", message)

    def strangers(self) -> None:
        """An object that gets out of sight stays, where the files around use something unknown as it is used."""
        readers = [facts for facts in (*self.files.values(), *self.program.strangers.values()) if facts.strangers]
        mixed = self.verdicts.mixed() if readers else frozenset()
        for facts, usage in self.verdicts.usages(*CALLS) if readers else ():
            places = usage.lost_in | self._lost(facts, usage)
            for reader in readers if places else ():
                is_near = reader.path in places | facts.imports.keys() or not places.isdisjoint(reader.imports)
                for stranger in reader.strangers:
                    is_met = not stranger.own or stranger.migration in mixed
                    is_reached = NAMED in places if stranger.named else is_near or EVERYWHERE in places
                    is_reached = is_reached and _comes_from(stranger, places)
                    if usage.migration == stranger.migration and is_met and is_reached:
                        self.verdicts.lower(usage, Applicability.MANUAL, "missing-member", stranger.message)

    def _lost(self, facts: FileFacts, usage: Usage) -> set[str]:
        """The modules where what a call hands out gets out of sight, and its own."""
        names = facts.names_behind(usage)
        found = {path for name in names for path in self.program.lost.get((facts.path, name), ())}
        attributes = {name.rpartition(".")[2] for name in names if "." in name and "(" not in name}
        for anywhere in (self.program.lost.get(("*", each), frozenset[str]()) for each in attributes):
            found |= anywhere if NAMED in anywhere else frozenset[str]()  # `getattr(x, name)`, of something unknown
        return found | {facts.path} if found else found

    def handouts(self) -> None:
        """An object that another file uses through a missing member stays; where no call makes it, its type stays."""
        for facts in self.files.values() if self.program.unmet else ():
            unmet = self._unmet(facts)
            made: set[str] = set()
            for roles in (CALLS, frozenset({Role.TYPE})):
                for usage in facts.usages:
                    for name in usage.flows_to if usage.role in roles else ():
                        if name in unmet and (usage.role in CALLS or name not in made):
                            self.verdicts.lower(usage, Applicability.MANUAL, *unmet[name])
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

    def settle_tests(self) -> None:
        """A test that accepts both already has nothing to do while legacy objects can be made."""
        for _, test in self.verdicts.usages(Role.TEST):
            if test.accepts_both and test.migration in self.program.alive:
                test.lower(Applicability.MANUAL, "legacy-alive")


def _are_near(one: FileFacts, other: FileFacts) -> bool:
    """Whether two files are one, or one of them imports the other."""
    return one is other or one.path in other.imports or other.path in one.imports


def _comes_from(stranger: Stranger, places: Set[str]) -> bool:
    """Whether something unknown may be what gets out of sight in some modules; a package hands on what they have."""
    if not stranger.via or EVERYWHERE in places:
        return True
    return any(path in places or path.endswith("__init__.py") for path in stranger.via)
