"""What is known of a repository: the looks at its files put together, until they tell nothing new."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from cachelift.analysis.facts import FileFacts, Role
from cachelift.analysis.handouts import Search
from cachelift.discover import Prefilter
from cachelift.model import Failure
from cachelift.reader import Look, Part, Reader
from cachelift.stars import Stars
from cachelift.suppression import NOQA, Suppressions

if TYPE_CHECKING:
    from cachelift.crew import Crew
    from cachelift.discover import Discovery
    from cachelift.source import SourceText

_FOLLOWED = 100
"""How many files beside those with usages are looked at for what is handed out; past that nothing is followed."""


class Loaded:
    """The facts of a repository.

    Args:
        reader: what reads in this process.
        discovery: the files.
        crew: who does the work.
    """

    def __init__(self, reader: Reader, discovery: Discovery, crew: Crew) -> None:
        self._reader = reader
        self._crew = crew
        self._everything = [*discovery.files, *discovery.outside]
        self.settings = reader.setup.settings
        self.given = frozenset(discovery.given) | frozenset(discovery.outside)
        self.knowledge = reader.knowledge
        self.project = reader.project
        self.stars = Stars(self.knowledge)
        self.failures: dict[str, Failure] = {}
        self.sources: dict[str, SourceText] = {}
        self.facts: dict[str, FileFacts] = {}
        """The files with usages, and those that others hand the class through."""
        self.mentioned: dict[str, FileFacts] = {}
        """Files that do no more than mention a class: they take part in no decision."""
        self.suppressions: dict[str, Suppressions] = {}
        self.marked: dict[str, bytes] = {}
        """Given files that may hold suppressions, where they were asked for."""
        self.unreadable: dict[str, str] = {}
        """The texts of candidates that could not be analysed: they may use any name."""
        self.unmet: dict[tuple[str, str], tuple[str, str]] = {}
        """Reason and message for what is handed out and used elsewhere as the replacement cannot be used."""

    def load(self, *, marked: bool = False) -> None:
        """Analyse every file that may name a class, and once more those that use a name learned on the way.

        With ``marked`` the files with suppressions are kept as well.
        """
        pending = self.knowledge.interesting
        first = True
        unseen: list[str] = []
        members: set[str] = set()
        is_used = False
        while pending:
            before = self.knowledge.interesting
            look = Look(pending, first=first, marked=marked)
            for part in self._crew.look(self._reader, look, self._everything):
                self._take(part)
                self.stars.note(part.stars)
                self.marked.update((path, raw) for path, raw in part.marked.items() if path in self.given)
                unseen += part.unseen
                members |= part.members
                is_used = is_used or bool(part.facts or part.without or part.unreadable)
            pending = self.knowledge.interesting - before
            first = False
        self._follow_stars()
        if is_used:
            search = Search(self.knowledge.replacements, self._homes())
            search.note(members)
            self._trade(search, unseen)

    def _take(self, part: Part) -> None:
        """Put what a look found beside what is known."""
        self.knowledge.learn(part.names)
        self.unreadable.update(part.unreadable)
        self.failures.update((path, failure) for path, failure in part.failures.items() if path in self.given)
        for path in (*part.without, *part.facts):
            for kept in (self.facts, self.mentioned):
                kept.pop(path, None)
        for path, facts in part.facts.items():
            if facts.usages or facts.reads or facts.mentions:
                (self.facts if facts.usages or facts.reads else self.mentioned)[path] = facts
                self.sources[path] = part.sources[path]
                self.suppress(facts, part.sources[path].text)

    def _follow_stars(self) -> None:
        """Analyse the files that get the class by a star import: they need not name it."""
        binders = [path for path, facts in self.facts.items() if any(g.imported is not None for g in facts.groups)]
        for path in list(self.stars.followers(binders)):
            raw = self._reader.read(path) if path not in self.facts else None
            if raw is not None:
                self._take(self._reader.analyse(path, raw))

    def _trade(self, search: Search, unseen: Sequence[str]) -> None:
        """Find the files that use what others hand out: they may hold none of the migration's tokens."""
        given = [handout for facts in self.facts.values() for handout in facts.handouts]
        if not search.is_needed or not given:
            return
        if search.members:
            search.note(path for path, raw in self._scan(unseen, Prefilter(search.members)) if search.uses(raw))
        left = _FOLLOWED + 2 * len(self.facts)
        while left > 0 and search.offer(given) and search.is_promising:
            self.knowledge.handouts = search.offers
            given = []
            for path, raw in self._scan(self._everything, Prefilter(search.names)):
                if left > 0 and search.takes(path, raw):
                    left -= 1
                    part = self._reader.analyse(path, raw)
                    self._take(part)
                    for facts in part.facts.values():
                        self.unmet.update(facts.unmet)
                        given += facts.handouts

    def _scan(self, paths: Sequence[str], prefilter: Prefilter) -> Iterable[tuple[str, bytes]]:
        failures: dict[str, Failure] = {}
        yield from self._reader.scan(paths, prefilter, failures)
        self.failures.update((path, failure) for path, failure in failures.items() if path in self.given)

    def _homes(self) -> frozenset[str]:
        """The legacy and the target modules of all migrations."""
        return frozenset().union(*(self.knowledge.home_paths(index) for index in range(len(self.settings.migrations))))

    def suppress(self, facts: FileFacts, text: str) -> None:
        """Note which usages of a file with this text its comments silence."""
        suppressions = self.suppressions[facts.path] = Suppressions(text)
        for usage in facts.usages:
            silencer = suppressions.silencer(usage.code, usage.position[0], usage.position[2])
            usage.suppressed, usage.noqa = silencer is not None, silencer == NOQA
            if usage.role is not Role.IMPORT and not self.settings.is_selected(usage.code):
                usage.suppressed = True
        for mention in facts.mentions:
            silencer = suppressions.silencer(mention.code, mention.position[0], mention.position[2])
            at_home = facts.path in self.knowledge.home_paths(mention.migration)
            mention.suppressed, mention.noqa = silencer is not None or at_home, silencer == NOQA and not at_home

    def is_own_test(self, path: str) -> bool:
        """Whether a file is by its name the test of a legacy class."""
        name = os.path.splitext(os.path.basename(path))[0]
        modules = (migration.legacy_module.rpartition(".")[2] for migration in self.settings.migrations)
        return any(name.startswith(f"test_{module}") for module in modules)
