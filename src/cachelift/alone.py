"""Whether files that hold none of a migration's names can be concerned by it all the same.

Such a file can reach the class by another name (``from package import Cache``), or use an object that another file
made. Where no file gives the class another name, and the given ones use nothing of what a replacement lacks, there is
nothing to say of them, and the files with usages need not be analysed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cachelift.discover import read_files
from cachelift.renaming import renames
from cachelift.sighting import names
from cachelift.stars import has_star

if TYPE_CHECKING:
    from cachelift.config import Settings
    from cachelift.discover import Discovery
    from cachelift.sighting import Sighting


def are_alone(settings: Settings, found: Discovery, sighting: Sighting) -> bool:
    """Whether surely nothing is to be reported of the given files.

    Args:
        settings: the configuration.
        found: all files, and those that are given; none of them is outside of the repository.
        sighting: a look at all of them, at the suppressions of the given ones as well where those are of interest.
    """
    if sighting.marked or not found.given.isdisjoint(sighting.candidates):
        return False
    given = [raw for _, raw in read_files(found.root, sorted(found.given)) if isinstance(raw, bytes)]
    if any(map(has_star, given)):
        return False
    words = names(settings.migrations)
    for _, raw in read_files(found.root, sighting.candidates):
        if not isinstance(raw, bytes) or renames(raw, words):
            return False
    return not _any_uses(settings, found, given)


def _any_uses(settings: Settings, found: Discovery, given: list[bytes]) -> bool:
    """Whether one of some texts may use what an object of a replacement lacks."""
    from cachelift.analysis.search import Search
    from cachelift.knowledge import ProgramKnowledge
    from cachelift.project import Project

    knowledge = ProgramKnowledge(Project(found.root, settings.src, found.files), settings.migrations)
    search = Search(knowledge.replacements)
    return search.is_needed and (search.by_syntax or any(search.uses(raw) or search.uses_any(raw) for raw in given))
