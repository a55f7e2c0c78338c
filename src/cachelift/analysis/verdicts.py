"""The verdicts of the whole program while they are lowered, and what the rules ask of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

from cachelift.analysis.facts import MAKES_OBJECTS, FileFacts, Role, Usage
from cachelift.model import Applicability, Replacement


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
    lent: Mapping[str, str]
    """By module that a consumer of the class may no longer load a place that reads it from its package."""
    hidden: Set[tuple[str, str]]
    """(path, name) of new names that would hide another one where all names of the file are taken."""
    held: Set[str]
    """The modules in which a file that cannot be read may patch the class."""
    unread: Set[int]
    """The migrations whose class a file names that cannot be read: it may make legacy objects."""
    closures: Mapping[str, frozenset[str]]
    """The paths of all modules that importing one may run, for those that a file imports which patches the class."""
    alone: Set[str]
    """Of the files that list paths of the class, or patch what a replacement makes, those that no other imports."""
    patchers: Mapping[str, FileFacts]
    """Files without a usage that put something in the place of new names."""
    alive: set[int] = field(default_factory=set)
    """The migrations of which a legacy object can still be made after the run."""


class Verdicts:
    """The verdicts of all usages.

    Args:
        program: the facts of all files.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.files = program.files
        self.changed = False
        """Whether a rule has lowered a verdict since this was last set."""

    def goes(self, facts: FileFacts, usage: Usage) -> bool:
        """Whether the run rewrites a usage."""
        return facts.path in self.program.given and not usage.suppressed and self._allowed(usage)

    def _allowed(self, usage: Usage) -> bool:
        return usage.applicability is Applicability.SAFE or (
            usage.applicability is Applicability.UNSAFE and self.program.unsafe
        )

    def usages(self, *roles: Role) -> Iterator[tuple[FileFacts, Usage]]:
        """The usages of some kinds, each with its file."""
        for facts in self.files.values():
            for usage in facts.usages:
                if usage.role in roles:
                    yield facts, usage

    def lower(self, usage: Usage, applicability: Applicability, reason: str, message: str | None = None) -> None:
        """Lower one verdict; one that is as low already keeps its reason."""
        if usage.lower(applicability, reason, message):
            self.changed = True

    def level(self, facts: FileFacts, usage: Usage) -> Applicability:
        """The verdict as it binds others: what cannot be touched in this run is as good as manual."""
        if facts.path not in self.program.given or usage.suppressed:
            return Applicability.MANUAL
        return usage.applicability

    def why(self, facts: FileFacts, usage: Usage, reason: str) -> str:
        """The reason that a dependent gets: why the other one stays, where that lies outside of it."""
        if facts.path not in self.program.given and usage.applicability is not Applicability.MANUAL:
            return "outside-paths"
        if usage.suppressed:
            return "suppressed"
        return reason

    def alive(self) -> set[int]:
        """The migrations of which a legacy object can still be made, as the verdicts are now."""
        alive = {index for index, r in enumerate(self.program.replacements) if r.alive}
        alive |= self.program.unread
        for facts in self.files.values():
            for usage in facts.usages:
                makes = usage.role in MAKES_OBJECTS or usage.role in (Role.MODULE, Role.STAR, Role.STRING)
                if makes and not self.goes(facts, usage):
                    alive.add(usage.migration)
        return alive

    def mixed(self) -> Set[int]:
        """The migrations of which legacy objects, or the class, are still around where the replacement's are."""
        return self.alive().union(*(facts.reaches for facts in self.files.values()))

    def goes_at(self, facts: FileFacts, usage: Usage, *, unsafe: bool) -> bool:
        """Whether the run, or one with ``--unsafe-fixes``, rewrites a usage."""
        if facts.path not in self.program.given or usage.suppressed:
            return False
        return usage.applicability is not Applicability.MANUAL if unsafe else self.goes(facts, usage)

    def keeps_both(self, usage: Usage) -> bool:
        """Whether a test accepts both classes after the run, so that it still needs the old one."""
        return usage.role is Role.TEST and usage.migration in self.program.alive

    @staticmethod
    def members(facts: FileFacts, index: int) -> list[Usage]:
        """The usages that a name of a file leads to, by the name's index."""
        return [usage for usage in facts.usages if usage.group == index and usage.role is not Role.IMPORT]
