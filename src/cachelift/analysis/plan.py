"""The whole program's verdicts: what depends on what, lowered until nothing changes any more.

The analysis of each file gives its usages the best verdict that the file alone allows. Here the verdicts meet: a
usage and the imports it needs, a test of the class and the calls that may reach it, a patch and the module it
patches, an import and who imports the name from there. A verdict is only ever lowered, so the work ends.
"""

from __future__ import annotations

from collections.abc import Iterable

from cachelift.analysis.collisions import Collisions
from cachelift.analysis.facts import MAKES_OBJECTS, FileFacts, Role, Usage
from cachelift.analysis.importing import Importing
from cachelift.analysis.patching import Patching
from cachelift.analysis.reach import Reach
from cachelift.analysis.verdicts import Program, Verdicts
from cachelift.model import Applicability


def decide(program: Program) -> None:
    """Lower the verdicts of all usages until they agree with one another.

    Args:
        program: the facts of all files; their usages get the verdicts.
    """
    _Planner(program).run()


def rewritten(program: Program, facts: FileFacts) -> Iterable[Usage]:
    """The usages of a file that the run rewrites, imports included.

    Args:
        program: the facts of all files, decided.
        facts: those of the file.
    """
    verdicts = Verdicts(program)
    return [usage for usage in facts.usages if verdicts.goes(facts, usage)]


class _Planner:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.files = program.files
        self.verdicts = Verdicts(program)

    def run(self) -> None:
        """The rules of one file first, then those between files, to the fixed point."""
        for facts in self.files.values():
            for usage in facts.usages:
                usage.start()
            for group in facts.groups:
                group.stays = False
            self._own_rules(facts)
        Collisions(self.verdicts).substitutes()
        reach, patching, importing = Reach(self.verdicts), Patching(self.verdicts), Importing(self.verdicts)
        rules = (
            importing.import_statements,
            reach.tests,
            reach.questions,
            reach.keys,
            reach.bound_annotations,
            reach.runtime_annotations,
            patching.patches,
            patching.definition_patches,
            importing.fallbacks,
            reach.loose_members,
            reach.strangers,
            reach.handouts,
            importing.module_names,
            self._mixed_files,
        )
        self.verdicts.changed = True
        while self.verdicts.changed:
            self.verdicts.changed = False
            for rule in rules:
                rule()
        self.program.alive = self.verdicts.alive()
        reach.settle_tests()
        importing.imports()

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

    def _mixed_files(self) -> None:
        """In a file that keeps what makes a legacy object a type may describe that object."""
        for facts in self.files.values():
            kept = {u.migration for u in facts.usages if u.role in MAKES_OBJECTS and not self.verdicts.goes(facts, u)}
            for usage in facts.usages:
                if usage.role is Role.TYPE and usage.migration in kept:
                    self.verdicts.lower(usage, Applicability.UNSAFE, "mixed-file")
