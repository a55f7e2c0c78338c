"""Star imports of the repository: who takes all names of which file, and where a new name would hide another one.

``from M import *`` takes what M binds when it runs (language reference, the import statement), so a name that a
rewrite adds to M arrives in every file that takes its names, and in those that take theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cachelift.knowledge import ProgramKnowledge

StarImport = tuple[int, str]
"""The dots and the name of the module that a star import names."""

GAP = rb"(?:[ \t\f]|\\\r?\n|\\\r)"
NAME = rb"[\w\x80-\xff]++(?:" + GAP + rb"*+\." + GAP + rb"*+[\w\x80-\xff]++){0,100}"
"""No module lies a hundred packages deep; without the bound text of many beginnings is read from each to its end."""

_STAR = re.compile(rb"import" + GAP + rb"*\*")
"""What the bytes of every file with a star import hold."""
_GAPS = b" \t\f\r\n\\"
_BEFORE = 16
"""So many bytes before a star nearly always hold something that is no gap."""
_STATEMENT = re.compile(
    rb"(?:^|[\r;:]|\xef\xbb\xbf)[ \t\f]*from(?:" + GAP + rb"+|(?=\.))((?:\." + GAP + rb"*)*)"
    rb"(?:(" + NAME + rb")" + GAP + rb"+|(?<=[. \t\f\n\r]))" + _STAR.pattern,
    re.MULTILINE,
)


def has_star(raw: bytes) -> bool:
    """Whether a file may have a star import, by its bytes.

    It is asked of every file, and stars are rarer than imports: a quarter of the time of a search for the statement.
    """
    at = raw.find(b"*")
    while at >= 0:
        before = raw[max(0, at - _BEFORE) : at].rstrip(_GAPS)
        if before.endswith(b"import") or (not before and _STAR.search(raw)):
            return True
        at = raw.find(b"*", at + 1)
    return False


def star_imports(raw: bytes) -> tuple[StarImport, ...]:
    """The star imports that a file may have, by its bytes; in strings there may be more than there are."""
    found = []
    for match in _STATEMENT.finditer(raw):
        name = re.sub(GAP, b"", match[2] or b"").decode("utf-8", "replace")
        found.append((match[1].count(b"."), name))
    return tuple(found)


class Stars:
    """The star imports of a repository.

    Args:
        knowledge: the program's knowledge.
        search: gives the star imports of all files that have any; called when they are asked for.
    """

    def __init__(self, knowledge: ProgramKnowledge, search: Callable[[], Mapping[str, tuple[StarImport, ...]]]) -> None:
        self._knowledge = knowledge
        self._search = search

    @cached_property
    def statements(self) -> Mapping[str, tuple[StarImport, ...]]:
        """The star imports of the repository, by path."""
        return self._search()

    @cached_property
    def _importers(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for importer, statements in self.statements.items():
            for level, name in statements:
                modules: Iterable[str] = (name,)
                if level:
                    modules = self._knowledge.absolute(importer, level, name or None)
                for located in filter(None, map(self._knowledge.locate, modules)):
                    found.setdefault(located, set()).add(importer)
        return found

    def importers(self, path: str) -> set[str]:
        """The files that take all names of a file."""
        return self._importers.get(path, set())

    def followers(self, paths: Iterable[str]) -> Iterator[str]:
        """The files that take the names of some files, directly or not, those themselves left out."""
        pending = list(paths)
        seen = set(pending)
        for path in pending:
            for importer in sorted(self.importers(path) - seen):
                seen.add(importer)
                pending.append(importer)
                yield importer

    def hidden(self, added: Mapping[str, set[str]]) -> set[tuple[str, str]]:
        """(path, name) of the names that cannot be added to a file, for they would hide another one elsewhere.

        Args:
            added: by path, the names that a file may get.
        """
        return {(path, name) for path, names in added.items() for name in names if self._hides(path, name)}

    def _hides(self, path: str, name: str) -> bool:
        # Who takes the names is known from bytes, whether they are stated only once the module is parsed.
        is_taken = not name.startswith("_") and self.importers(path)
        pending = [path] if is_taken and not self._states_names(path) else []
        seen = set(pending)
        for current in pending:
            for importer in self.importers(current) - seen:
                seen.add(importer)
                meaning = self._meaning(importer, name)
                if meaning == "other":
                    return True
                if not meaning and not self._states_names(importer):
                    pending.append(importer)
        return False

    def _states_names(self, path: str) -> bool:
        """Whether a module has an ``__all__``, which a new name is not put into."""
        namespace = self._knowledge.project.namespace(path)
        return namespace is not None and "__all__" in namespace.ever

    def _meaning(self, path: str, name: str) -> str:
        """``same`` where the name is the replacement already, ``other`` for any other meaning, else nothing."""
        knowledge = self._knowledge
        namespace, module = knowledge.project.namespace(path), knowledge.project.module(path)
        if namespace is None or module is None:
            return "other"
        names = [f"{own}.{name}" for own in knowledge.module_names(path)]
        if name in namespace.ever:
            return "same" if any(map(knowledge.target, names)) else "other"
        if namespace.open and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", module.text):
            return "other"
        homes = {home for index in range(len(knowledge.migrations)) for home in knowledge.home_paths(index)}
        located = {found for found in map(knowledge.locate, names) if found is not None}
        return "other" if located - homes else ""
