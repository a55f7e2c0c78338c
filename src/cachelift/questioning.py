"""Which files ask objects for their class, so that the answer may change with what a call makes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cachelift.analysis import reflection
from cachelift.analysis.differences import told_apart
from cachelift.analysis.facts import CALLS, Ask, FileFacts, Role
from cachelift.analysis.search import Search, may_ask
from cachelift.discover import Prefilter
from cachelift.model import Applicability
from cachelift.sighting import word_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence, Set

    from cachelift.loading import Loaded

_KEPT = re.compile(r"(?:\w+\.)*\w+|any \w+")
"""What an object is kept under in its own file: a variable, or an attribute of a class there."""
_DERIVED = (
    rb"\bclass[ \t]+\w+[ \t]*\([^)]*\b(?:%(names)b)\b|\b(?:%(names)b)[ \t]+as\b|=[ \t]*(?:\w+\.)*(?:%(names)b)[ \t]*$"
)
"""What stands where another class is derived from one of some classes, by its own name or by another."""
_ASKED = 1000
"""How many files are looked at for questions; of those past that it is taken that they ask everything."""


class Questions:
    """The questions in the files of a repository, with or without a usage.

    Args:
        loaded: what is known of the repository.
    """

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self.asking: dict[str, FileFacts] = {}
        """Files without a usage that may ask objects for a class which only one of the two is."""
        self.asked: set[str] = set()
        """The modules whose unions of classes another file may ask objects for."""

    def find(self) -> None:
        """Analyse the files without a usage that may ask objects for a class which only one of the two is."""
        if any(usage.role in CALLS for facts in self._loaded.facts.values() for usage in facts.usages):
            wanted = self._loaded.sighting.askers | self._loaded.kin() | self._loaded.homes()
            self._ask(wanted - self._loaded.facts.keys(), known=self._loaded.sighting.askers)
        self._settle_handed_on()
        for path, text in self._loaded.unreadable.items():
            self.asking[path] = FileFacts(path, asks=tuple(self._unread_questions(text)))
        self._settle_questions([*self._loaded.facts.values(), *self.asking.values()])
        self._find_unions()

    def makes(self) -> bool:
        """Whether anything but the calls that are rewritten makes objects of a replacement."""
        homes = self._loaded.homes()
        if self._loaded.sighting.makers - homes:
            return True
        return any(self._loaded.search.keeps(raw) for _, raw in self._loaded.reader.read_all(sorted(homes)))

    def compare(self) -> bool:
        """Analyse the files that may compare the classes of objects of both kinds; True if there are any.

        This is not done before it is known that objects of both will be around.
        """
        everything = self._loaded.reader.read_all(self._loaded.everything)
        near = self._near({path for path, raw in everything if Search.compares(raw)})
        self._find_read(near)
        paths = near - self._loaded.facts.keys() - self.asking.keys()
        self._ask(paths)
        self._settle_questions([self.asking[path] for path in paths if path in self.asking])
        return bool(near)

    def _find_read(self, near: Set[str]) -> None:
        """Note which objects others may get by the names under which they are kept.

        Args:
            near: the files that may compare classes.
        """
        calls = [
            (facts, usage)
            for facts in self._loaded.facts.values()
            for usage in facts.usages
            if usage.role in CALLS and usage.escapes and not usage.met
        ]
        kept = {(facts.path, name) for facts, usage in calls for name in facts.names_behind(usage)}
        reflecting = any(reflection.may_read(raw) for _, raw in self._loaded.reader.read_all(sorted(near)))
        # What another file has been given, or asks for as a fixture, it reads by names of its own.
        read = {
            (path, name) for path, name in kept if not _KEPT.fullmatch(name) or (reflecting and not name.isidentifier())
        }
        read |= self._read_elsewhere(kept - read) if kept - read else set()
        for facts, usage in calls:
            usage.is_read = any((facts.path, name) in read for name in facts.names_behind(usage))

    def _read_elsewhere(self, kept: Set[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of the names of what some files keep that another file may read, or a class derived from the keeper."""
        found: set[tuple[str, str]] = set()
        words = {name.rpartition(".")[2].rpartition(" ")[2]: name for _, name in kept}
        keepers = {part for _, name in kept for part in name.split(".")[:-1] if part.isidentifier()}
        derived = re.compile(_DERIVED % {b"names": "|".join(sorted(keepers)).encode()}, re.MULTILINE)
        may_name = Prefilter(frozenset(words) | keepers).matches
        for path, raw in self._loaded.reader.read_all(self._loaded.everything):
            if may_name(raw):
                is_derived = bool(keepers) and derived.search(raw) is not None
                for home, name in kept - found:
                    word = name.rpartition(".")[2].rpartition(" ")[2]
                    if home != path and (is_derived or Search.may_read(raw, word, home)):
                        found.add((home, name))
        return found

    def _ask(self, paths: Set[str], known: Set[str] | None = None) -> None:
        """Look for questions in files; of those that are too many for it it is taken that they ask everything.

        Args:
            paths: the files.
            known: those of which it is known that they may ask, if not all.
        """
        for path, raw in self._loaded.reader.read_all(sorted(paths)[:_ASKED]):
            if known is None or path in known or self._loaded.search.may_act(raw):
                self.asking |= self._loaded.reader.analyse(path, raw, at_home=True).facts
        for path in sorted(paths)[_ASKED:]:
            self.asking[path] = FileFacts(path, asks=tuple(self._every_question()))

    def _near(self, paths: Set[str]) -> set[str]:
        """Those of some files that import one with a call, or are imported by it, or by a package that it imports."""
        calling = [facts for facts in self._loaded.facts.values() if any(usage.role in CALLS for usage in facts.usages)]
        imported: set[str] = set()
        for facts in calling:
            facts.passed_on = self._loaded.project.passed_on(facts.imports)
            imported |= facts.imports.keys() | facts.passed_on
        others = self._loaded.reader.read_all(sorted(paths - imported))
        may_import = Search.may_import
        own = {facts.path for facts in calling}
        return {*(paths & imported)} | {path for path, raw in others if may_import(raw, own)}

    def _every_question(self) -> Iterator[Ask]:
        """What may be asked by one of so many files that not all are looked at."""
        for index, replacement in enumerate(self._loaded.knowledge.replacements):
            for name, level in told_apart(replacement).items():
                yield Ask(index, 1, name.rpartition(".")[2], level)

    def _settle_handed_on(self) -> None:
        """Leave out classes that are handed to what is not known, where no file around asks for one that it gets."""
        holders = {**self.asking, **self._loaded.facts}
        left = {
            path: {path}.union(*(ask.to for ask in facts.asks if ask.near))
            for path, facts in holders.items()
            if any(ask.near for ask in facts.asks) and not _is_asking(facts)
        }
        for places in left.values():
            places.update(self._loaded.project.passed_on(places))  # a package hands on what its modules have
        imported = set[str]().union(*left.values(), *(holders[path].imports for path in left))
        looked_at = 0
        for path, raw in self._loaded.reader.read_all(self._loaded.everything if left else ()):
            if may_ask(raw) and (path in imported or Search.may_import(raw, set[str]().union(*left.values()))):
                looked_at += 1
                if looked_at > _ASKED:  # it is taken that one of so many does
                    return
                for facts in filter(_is_asking, self._loaded.reader.analyse(path, raw).facts.values()):
                    for holder, places in list(left.items()):
                        known = holders[holder].imports.keys() | places
                        if facts.path in known or not places.isdisjoint(facts.imports):
                            del left[holder]
                if not left:
                    return
        for path in left:
            holders[path].asks = tuple(ask for ask in holders[path].asks if not ask.near)

    def _settle_questions(self, files: Sequence[FileFacts]) -> None:
        """Leave out what no other file can have asked: none names something through which it is."""
        asks = [ask for facts in files for ask in facts.asks]
        names = {name for ask in asks for name in ask.through}
        kept = {name for ask in asks if ask.elsewhere for name in ask.through}
        places: dict[str, set[str]] = {name: set() for name in names}
        asking: set[str] = set()
        renamed: dict[str, set[str]] = {}
        for path, found, raw in self._naming(names):
            for name in found:  # of one that is not ASCII a part is found
                places.setdefault(name, set()).add(path)
            for name in found & kept:
                for other in Search.renamed(raw, name) - names:
                    renamed.setdefault(other, set()).add(name)
            if may_ask(raw):
                asking.add(path)
        for path, found, raw in self._naming(renamed.keys()):
            for name in set[str]().union(*(renamed.get(other, ()) for other in found)):
                places[name].add(path)
            if may_ask(raw):
                asking.add(path)
        always = {each.factory_name for each in self._loaded.settings.migrations} | {
            n for n in names if not n.isascii()
        }
        for facts in files:
            facts.asks = tuple(ask for ask in facts.asks if self._can_be_asked(facts.path, ask, places, asking, always))

    def _naming(self, names: Set[str]) -> Iterator[tuple[str, set[str], bytes]]:
        """The files that name some things, with those that each names."""
        if names:
            may_name, words = Prefilter(frozenset(names)).matches, word_pattern(names)
            for path, raw in self._loaded.reader.read_all(self._loaded.everything):
                found = {word.decode() for word in words.findall(raw)} if may_name(raw) else set()
                if found:
                    yield path, found, raw

    @staticmethod
    def _can_be_asked(home: str, ask: Ask, places: Mapping[str, Set[str]], asking: Set[str], always: Set[str]) -> bool:
        if not ask.elsewhere and (not ask.through or ask.through & always):
            return True
        found = set[str]().union(*(places[name] for name in ask.through)) - {home}
        return bool(found & asking if ask.elsewhere else found)

    def _unread_questions(self, text: str) -> Iterator[Ask]:
        """What a file may ask that could not be analysed and names a class."""
        for index, migration in enumerate(self._loaded.settings.migrations):
            name = migration.legacy_name
            if name in text and may_ask(text.encode("utf-8", "replace")):
                line = text.count("\n", 0, text.index(name)) + 1
                yield Ask(index, line, name, Applicability.MANUAL)

    def _find_unions(self) -> None:
        """Find the files that hold the name of a union of classes and may ask objects for it, wherever it is from.

        Of a class attribute that its own file only calls another one may do anything with it.
        """
        named = [(path, u.union, u.role) for path, facts in self._loaded.facts.items() for u in facts.usages if u.union]
        unions = {(path, name) for path, name, _ in named}
        called = {(path, name) for path, name, role in named if role is Role.KEY}
        may_name = Prefilter(frozenset(name for _, name in unions)).matches
        for path, raw in self._loaded.reader.read_all(self._loaded.everything if unions else ()):
            if may_name(raw):
                self.asked |= {holder for holder, name in called if holder != path and Prefilter((name,)).matches(raw)}
                known = self._loaded.facts.get(path)
                analysed = [known] if known else self._loaded.reader.analyse(path, raw).facts.values()
                if b"get_args" in raw or b"__args__" in raw or any(facts.asks_for_any for facts in analysed):
                    self.asked |= {holder for holder, name in unions if Prefilter((name,)).matches(raw)}


def _is_asking(facts: FileFacts) -> bool:
    """Whether a file asks for classes that it is given, or compares those of objects, or looks them up."""
    return facts.asks_for_any or facts.looks_classes_up or any(ask.compares for ask in facts.asks)
