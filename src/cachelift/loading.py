"""What is known of a repository: the looks at its files put together, until they tell nothing new."""

from __future__ import annotations

import os
from collections import deque
from itertools import chain
from typing import TYPE_CHECKING

from cachelift.analysis.facts import CALLED, EVERYWHERE, NAMED, FileFacts, Role
from cachelift.analysis.search import Search
from cachelift.discover import Prefilter
from cachelift.knowledge import READERS
from cachelift.model import Failure
from cachelift.patchers import find_patchers, may_patch
from cachelift.questioning import Questions
from cachelift.reader import Part, Reader
from cachelift.sighting import Sighting, candidates, word_pattern
from cachelift.stars import Stars
from cachelift.suppression import NOQA, Suppressions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Set

    from cachelift.crew import Crew
    from cachelift.discover import Discovery
    from cachelift.model import Handout
    from cachelift.source import SourceText

_FOLLOWED = 100
"""How many files beside those with usages are looked at for what is handed out; past that nothing is followed."""
_READ = 300
"""How many files are looked at for what they read of packages, where a consumer of the class may have loaded it."""


class Loaded:
    """The facts of a repository.

    Args:
        reader: what reads in this process.
        discovery: the files.
        crew: who does the work.
    """

    def __init__(self, reader: Reader, discovery: Discovery, crew: Crew) -> None:
        self.reader = reader
        self._crew = crew
        self.everything = [*discovery.files, *discovery.outside]
        self.settings = reader.setup.settings
        self.given = frozenset(discovery.given) | frozenset(discovery.outside)
        self.knowledge = reader.knowledge
        self.project = reader.project
        self.stars = Stars(self.knowledge, lambda: self.sighting.stars)
        self.failures: dict[str, Failure] = {}
        self.sources: dict[str, SourceText] = {}
        self.facts: dict[str, FileFacts] = {}
        """The files with usages, and those that others hand the class through."""
        self.mentioned: dict[str, FileFacts] = {}
        """Files that do no more than mention a class: they take part in no decision."""
        self.suppressions: dict[str, Suppressions] = {}
        self.unreadable: dict[str, str] = {}
        """The texts of candidates that could not be analysed: they may use any name."""
        self.unmet: dict[str, dict[tuple[str, str], tuple[str, str]]] = {}
        """By file reason and message for what is handed out and used there as the replacement cannot be used."""
        self.loses: dict[str, dict[tuple[str, str], set[str]]] = {}
        """By file the modules where what others hand out gets out of sight, by path and name."""
        self.strangers: dict[str, FileFacts] = {}
        """Files without a usage that use something as a lost object may be used, and the replacement not."""
        self.questions = Questions(self)
        self.read: dict[str, str] = {}
        """By file with annotations another one that imports it and reads annotations when the program runs."""
        self.patchers: dict[str, FileFacts] = {}
        """Files without a usage that put something in the place of new names."""
        self.lent: dict[str, str] = {}
        """By module that a consumer of the class may no longer load a place that reads it from its package."""

    def load(self, sighting: Sighting | None = None, *, marked: bool = False) -> None:
        """Analyse every file that may name a class, and once more those that use a name learned on the way.

        ``sighting`` is the first look at the repository, as far as it has been taken already; with ``marked`` it has
        the suppressions of the given files as well.
        """
        given = self.given if marked else frozenset()
        self.sighting = sighting or Sighting.nothing(self.everything)
        self.search = Search(self.knowledge.replacements)
        names = self.knowledge.interesting
        self._analyse(names, chain(self.sighting.candidates, self._look(names, self.sighting.rest, marked=given)))
        if self.facts:
            deque(self._look(frozenset(), self.sighting.early), maxlen=0)
        self.search.users = self.sighting.users
        self._follow_stars()
        self._trade()
        self.questions.find()
        self._find_readers()
        self.patchers = find_patchers(self)
        self._find_borrowers()
        # Which of several reasons is given depends on the order of the files, not on that in which they were looked at.
        found = sorted(self.facts.items())
        self.facts.clear()
        self.facts.update(found)

    def seen_again(self, *, without: Set[str]) -> Sighting:
        """What a look at the repository will find once some files are rewritten, ``without`` those where all is done.

        A rewrite brings no file a name of the class, a star import or a member that it did not have; what a file asks
        objects for it goes on asking.
        """
        done = without & self.facts.keys()
        candidates = sorted({*self.facts, *self.mentioned, *self.unreadable} - without - self.sighting.failures.keys())
        askers = self.sighting.askers | {path for path in done if self.facts[path].asks}
        patchers = self.sighting.patchers | {path for path in done if may_patch(self.facts[path])}
        return self.sighting._replace(
            candidates=candidates, marked=[], early=[], rest=(), askers=askers, patchers=patchers
        )

    def _analyse(self, names: frozenset[str], paths: Iterable[str]) -> None:
        """Analyse files that hold one of some names, and then those that hold one that was learned from them."""
        learned = names
        while learned:
            before = self.knowledge.interesting
            for part in self._crew.look(self.reader, paths):
                self._take(part)
            learned = self.knowledge.interesting - before
            paths = self._look(learned, self.everything) if learned else ()
        self.failures.update((path, each) for path, each in self.sighting.failures.items() if path in self.given)
        self.unreadable.update(dict.fromkeys(self.sighting.failures, ""))

    def _look(
        self, names: frozenset[str], paths: Iterable[str], *, marked: frozenset[str] = frozenset()
    ) -> Iterator[str]:
        """The files in which one of the names stands; what else they hold goes into the sighting."""
        found, root, texts, keep = self.sighting, self.reader.setup.root, self.reader.texts, self.reader.keep
        note = self._note()
        return candidates(found, root, tuple(paths), names, marked=marked, texts=texts, note=note, keep=keep)

    def _note(self) -> Callable[[str, bytes], None]:
        """What notes the files that use by its name what a replacement lacks, or may ask for what only one class is."""
        search, found = self.search, self.sighting
        may_use, may_name = Prefilter(search.readers).matches, Prefilter(search.words).matches
        new = search.new_names | search.new_modules
        may_put, may_matter = Prefilter(new).matches, Prefilter(search.readers | search.words | new).matches

        def note(path: str, raw: bytes) -> None:
            is_user = False
            if may_matter(raw):  # most files hold none of the words
                if may_use(raw) and search.uses(raw):
                    found.users.add(path)
                    is_user = True
                if may_name(raw):
                    if search.makes(raw):
                        found.makers.add(path)
                    if search.asks(raw):
                        found.askers.add(path)
                if may_put(raw) and search.puts(raw):
                    found.patchers.add(path)
            if not is_user and search.uses_any(raw):
                found.users.add(path)
            if b".__" in raw and search.tells(raw):
                found.askers.add(path)

        return note

    def _take(self, part: Part) -> None:
        """Put what a look found beside what is known."""
        self.knowledge.learn(part.names)
        self.unreadable.update(part.unreadable)
        self.failures.update((path, failure) for path, failure in part.failures.items() if path in self.given)
        for path in (*part.without, *part.facts):
            for kept in (self.facts, self.mentioned, self.questions.asking):
                kept.pop(path, None)
        for path, facts in part.facts.items():
            if facts.takes_part or facts.mentions:
                (self.facts if facts.takes_part else self.mentioned)[path] = facts
                self.sources[path] = part.sources[path]
                self.suppress(facts, part.sources[path].text)
            elif facts.asks:
                self.questions.asking[path] = facts

    def _follow_stars(self) -> None:
        """Analyse the files that get the class by a star import: they need not name it.

        One that names it may have been analysed before the name was known that it gets.
        """
        binders = [path for path, facts in self.facts.items() if any(g.imported is not None for g in facts.groups)]
        stars = {path for path, facts in self.facts.items() if any(u.role is Role.STAR for u in facts.usages)}
        followers = {follower for binder in binders for follower in self.stars.followers([binder])}
        for path, raw in self.reader.read_all(sorted(followers - stars)):
            self._take(self.reader.analyse(path, raw))

    def _find_readers(self) -> None:
        """Find the files that may read the annotations of others: ``get_type_hints(imported)``."""
        annotated = {path for path, facts in self.facts.items() if any(u.role is Role.TYPE for u in facts.usages)}
        may_read = Prefilter(READERS).matches
        for path, raw in self.reader.read_all(self.everything if annotated else ()):
            if may_read(raw) and self.knowledge.reads_annotations(path) and Search.may_import(raw, annotated):
                for facts in self.reader.analyse(path, raw).facts.values():
                    self.read |= dict.fromkeys(annotated & facts.imports.keys() - {path}, path)

    def _find_borrowers(self) -> None:
        """Find the files that read from its package what only a consumer of the class has loaded, and may no longer."""
        lost = {path for facts in self.facts.values() for group in facts.groups for path in group.unloads}
        names = {name.rpartition(".")[2] for path in lost for name in self.knowledge.module_names(path)}
        may_name, words = Prefilter(frozenset(names)).matches, word_pattern(names)
        everything = self.reader.read_all(self.everything if lost else ())
        found = [(p, raw) for p, raw in everything if may_name(raw) and words.search(Search.without_imports(raw))]
        if len(found) > _READ:  # it is taken that one of so many does
            self.lent |= dict.fromkeys(lost, f"{found[0][0]}:1")
            return
        self.knowledge.unloaded = frozenset(lost)
        for path, raw in found:
            for facts in self.reader.analyse(path, raw, at_home=True).facts.values():
                self.lent.update((read, f"{path}:{line}") for read, line in facts.lent.items())
        self.knowledge.unloaded = frozenset()

    def _trade(self) -> None:
        """Find the files that use what others hand out, or what they lose: they may hold none of the tokens."""
        given = [handout for facts in self.facts.values() for handout in facts.handouts]
        is_lost = any(usage.lost_in for facts in self.facts.values() for usage in facts.usages)
        if not (given or is_lost) or not self.search.is_needed:
            return
        self._follow(given)
        lost = {path for facts in self.facts.values() for usage in facts.usages for path in usage.lost_in}
        lost |= {path for loses in self.loses.values() for paths in loses.values() for path in paths}
        if lost:
            self._look_at_strangers(lost | {path for loses in self.loses.values() for path, _ in loses})

    def _follow(self, given: list[Handout]) -> None:
        left = _FOLLOWED + 2 * len(self.facts)
        held = dict(self.reader.read_all(sorted(self.search.users)))
        readers = self.everything if held or self.search.by_syntax else ()
        self.search.users = {path for path, raw in held.items() if self.search.uses(raw)}
        self.search.listers = {path for path, raw in held.items() if self.search.uses_any(raw)}
        named = [raw for path, raw in held.items() if path in self.search.listers or self.search.names_one(raw)]
        while left > 0 and self.search.offer(given, named):
            takers = self._takers(readers)[:left]
            left -= len(takers)
            self.knowledge.handouts = self.search.offers
            self.knowledge.called_back = True
            given = []
            for path, raw in self.reader.read_all(takers):
                part = self.reader.analyse(path, raw)
                for facts in part.facts.values() if path not in self.facts else ():
                    facts.usages = [usage for usage in facts.usages if usage.role is Role.MEMBER]  # it names no class
                self._take(part)
                for facts in part.facts.values():
                    self.unmet.pop(facts.path, None)
                    self.unmet[facts.path] = facts.unmet
                    self.loses[facts.path] = facts.loses
                    given += facts.handouts
                    if facts.hands_on:  # what it loses may get to these
                        for places in facts.loses.values():
                            places.update(facts.hands_on)
            self.knowledge.called_back = False

    def _look_at_strangers(self, lost: set[str]) -> None:
        """Analyse the files that import one that loses objects, or are imported by it, and use a missing member."""
        called = self._called_back({each.removeprefix(CALLED) for each in lost if each.startswith(CALLED)})
        lost = {each for each in lost if not each.startswith(CALLED)}.union(*called.values())
        imported = set[str]().union(*(self.facts[path].imports for path in lost if path in self.facts))
        imported |= {*self.everything} if lost & {EVERYWHERE, NAMED} else set().union(*called.values())
        around = imported | lost
        wanted = self.search.users | self.homes() | self.kin()
        others = [path for path in self.everything if path in wanted and path not in self.facts]
        for path, raw in self.reader.read_all(others):
            is_user = path not in self.search.users or self.loses.get(path) or self.search.names_one(raw)
            if is_user and len(self.strangers) < _FOLLOWED and (path in around or Search.may_import(raw, lost)):
                self.strangers.update(self.reader.analyse(path, raw, at_home=True).facts)
        every = [usage.lost_in for facts in self.facts.values() for usage in facts.usages]
        for places in (*every, *(places for loses in self.loses.values() for places in loses.values())):
            for marker in places & {CALLED + path for path in called}:
                places.update(called[marker.removeprefix(CALLED)])

    def _called_back(self, callers: set[str]) -> dict[str, set[str]]:
        """By module the modules of the functions and classes that those may give it that import it.

        Only those count that use a member which a replacement lacks.
        """
        found: dict[str, set[str]] = {}
        users = {path for path, raw in self.reader.read_all(self.search.users) if self.search.names_one(raw)}
        if not callers or not users:
            return found
        imports_caller, imports_user = Search.importing(callers), Search.importing(users)
        self.knowledge.called_back = True
        for importer, raw in self.reader.read_all(self.everything):
            if imports_user(raw) is not None and imports_caller(raw) is not None:
                for facts in self.reader.analyse(importer, raw, at_home=True).facts.values():
                    for path in callers & facts.imports.keys() if not facts.hands_on.isdisjoint(users) else ():
                        found.setdefault(path, set()).update(facts.hands_on & users)
        self.knowledge.called_back = False
        return found

    def _takers(self, paths: Iterable[str]) -> list[str]:
        """The files that may take something of the latest offer, of some."""
        takers = []
        may_take = Prefilter(self.search.names).matches
        for path, raw in self.reader.read_all(paths):
            has_star = path in self.stars.statements
            may_name = has_star or self.search.any_name or path in self.search.users or may_take(raw)
            if may_name and self.search.takes(path, raw, has_star=has_star):
                takers.append(path)
        return takers

    def kin(self) -> set[str]:
        """The files of the legacy classes, those of the replacements, and of the bases of either."""
        both = ((*replacement.kin, *replacement.new_kin) for replacement in self.knowledge.replacements)
        return {path for kin in both for path, _ in kin}

    def homes(self) -> frozenset[str]:
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
