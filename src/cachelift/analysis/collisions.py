"""A new name may mean something before the run: a call, or a patch, is not moved onto what others use or patch.

After the run a patch has to reach just those lookups that it reached before, and a call what it called before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set

from cachelift.analysis.facts import MADE, FileFacts, Role, Substitute, Usage
from cachelift.analysis.verdicts import Verdicts
from cachelift.model import Applicability

_TEST = re.compile(r"tests?\.py|test_.*\.py|.*_test\.py")
"""The names of files that test runners collect, and that nobody else has to import: those of pytest, and Django's."""
_NO_LOOKUP = (Role.TYPE, Role.IMPORT)
"""The roles in which nothing is looked up when the code runs."""


class Collisions:
    """The rules about new names that are in use.

    Args:
        verdicts: those of all usages.
    """

    def __init__(self, verdicts: Verdicts) -> None:
        self.verdicts = verdicts
        self.program = verdicts.program
        self.files = verdicts.files

    def of_patch(self, target: FileFacts, index: int, name: str) -> str | None:
        """Why a patch cannot follow a name of a module: its new name would be that of something else as well.

        Args:
            target: the module.
            index: the group of the name that is patched.
            name: that name.
        """
        new = target.groups[index].provides.get("factory")
        if new is None:
            return None
        if new.known:
            return f"{target.path} has the name `{new.bound}` already, and the patch would reach all that uses it"
        for usage in target.usages:
            group = target.groups[usage.group] if usage.group is not None else None
            if group is None or group.imported is None or usage.role in _NO_LOOKUP or not usage.deferred:
                continue
            is_same = usage.group == index and usage.alias in (None, name)
            if not is_same and usage.names.get("factory") == new.bound:
                line = usage.position[0]
                return f"{target.path}:{line} would get the name `{new.bound}` as well, which the patch would reach"
        return None

    def substitutes(self) -> None:
        """What is to be looked up by a name in whose place a file puts something else stays as it is."""
        for patcher in (*self.files.values(), *self.program.patchers.values()):
            for substitute in patcher.substitutes:
                for _, usage, symbol in self._reached(patcher, substitute):
                    what = usage.names[symbol].rpartition(".")[2] if substitute.means else substitute.name
                    message = f"{patcher.path}:{substitute.line} puts something else in the place of `{what}`"
                    self.verdicts.lower(usage, Applicability.MANUAL, "patched-name", message)

    def _reached(self, patcher: FileFacts, substitute: Substitute) -> Iterator[tuple[FileFacts, Usage, str]]:
        """The usages that would look up what is put somewhere, each with the symbol that it would be by."""
        run_late = self.imported_after(patcher, substitute.line) if substitute.means else set()
        runs = self._run_under(patcher, substitute) if any(symbol == MADE for _, symbol in substitute.means) else set()
        for facts in self._around(substitute):
            for usage in facts.usages:
                for symbol in usage.names if usage.role not in _NO_LOOKUP else ():
                    is_meant = (usage.migration, symbol) in substitute.means and (
                        usage.looks_up_late
                        or facts.path in run_late
                        or (facts is patcher and _is_bound_behind(facts, usage, substitute.line))
                    )
                    if symbol == "factory" and (usage.migration, MADE) in substitute.means:
                        is_meant = is_meant or (usage.deferred and facts.path in runs) or facts.path in run_late
                    if is_meant or self._is_in_place(facts, usage, symbol, patcher, substitute):
                        yield facts, usage, symbol

    def _around(self, substitute: Substitute) -> Iterable[FileFacts]:
        """The files that may look up what is put somewhere."""
        if substitute.means or not substitute.path:
            return self.files.values()
        return [self.files[substitute.path]] if substitute.path in self.files else []

    def _run_under(self, facts: FileFacts, substitute: Substitute) -> Set[str]:
        """The modules whose code may run while something that a file puts somewhere is in place.

        A test is patched by its own module, which imports what it tests; what others patch they do for anybody.
        """
        at_home = any(facts.path in replacement.homes for replacement in self.program.replacements)
        is_test = facts.path in self.program.alone and _TEST.fullmatch(facts.path.rpartition("/")[2]) is not None
        if not at_home and (substitute.stays or not is_test):
            return self.files.keys()
        found = {facts.path, *facts.imports}
        return found.union(*(self.program.closures.get(path, frozenset()) for path in facts.imports))

    @staticmethod
    def _is_in_place(facts: FileFacts, usage: Usage, symbol: str, patcher: FileFacts, substitute: Substitute) -> bool:
        """Whether a usage would look up the very name of its module that something else is put under."""
        group = facts.groups[usage.group] if usage.group is not None else None
        new = group.provides.get(symbol) if group is not None else None
        if group is None or new is None or substitute.path not in ("", facts.path):
            return False
        if usage.names[symbol].partition(".")[0] != substitute.name or not (usage.deferred or facts is patcher):
            return False
        # Of a name that is not there yet a patch fails: it is that of a run which was broken off.
        return new.known or (group.imported is not None and substitute.creates and bool(substitute.path))

    def imported_after(self, facts: FileFacts, line: int) -> set[str]:
        """The modules that may be run for the first time, or anew, in a line of a file or behind it."""
        if facts.runs_again:
            return set(self.files)
        found: set[str] = set()
        for path, first in facts.imports.items():
            if first >= line:
                found |= {path} | self.program.closures.get(path, frozenset())
        return found - {path for path, first in facts.imports.items() if first < line}


def _is_bound_behind(facts: FileFacts, usage: Usage, line: int) -> bool:
    """Whether the name through which a usage reaches the class is bound behind a line of its own file."""
    group = facts.groups[usage.group] if usage.group is not None else None
    if group is None or group.kind != "class":
        return True
    return any(facts.statements[binding.statement].position[0] > line for binding in group.bindings)
