"""Which files put something in the place of names that migrated code has: they may hold no name of the class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cachelift.analysis.facts import MADE, FileFacts, Role, Substitute
from cachelift.analysis.search import putting

if TYPE_CHECKING:
    from cachelift.loading import Loaded

_LOOKED_AT = 1000
"""How many files are looked at; of those past that it is taken that they put something everywhere."""


def find_patchers(loaded: Loaded) -> dict[str, FileFacts]:
    """Analyse the files without a usage that may put something in the place of a new name.

    This is done only where a usage would get such a name.

    Args:
        loaded: what is known of the repository.
    """
    if not any(usage.names for facts in loaded.facts.values() for usage in facts.usages):
        return {}
    paths = loaded.sighting.patchers | _patching_aliases(loaded)
    found: dict[str, FileFacts] = {}
    for count, (path, raw) in enumerate(loaded.reader.read_all(sorted(paths - loaded.facts.keys()))):
        facts = FileFacts(path, substitutes=_everything(loaded))
        if count < _LOOKED_AT:
            facts = loaded.reader.analyse(path, raw, at_home=True).facts.get(path, facts)
        if facts.substitutes:
            found[path] = facts
    return found


def may_patch(facts: FileFacts) -> bool:
    """Whether a file puts something in the place of a new name, or will do so once its usages are rewritten."""
    return bool(facts.substitutes) or any(u.role in (Role.PATCH, Role.METHOD_PATCH) for u in facts.usages)


def _patching_aliases(loaded: Loaded) -> set[str]:
    """The files that may do so by a name that only one module has for a replacement: ``import get_cache as gc``."""
    names = (
        {
            new.bound
            for facts in loaded.facts.values()
            for group in facts.groups
            for new in group.provides.values()
            if new.how == "reuse"
        }
        - loaded.search.new_names
        - loaded.search.new_modules
    )
    puts = putting(names)
    return {path for path, raw in loaded.reader.read_all(loaded.everything if names else ()) if puts(raw) is not None}


def _everything(loaded: Loaded) -> tuple[Substitute, ...]:
    """What a file may do that is not known: something in the place of each new name, wherever that is."""
    means = frozenset(
        (index, symbol) for index in range(len(loaded.settings.migrations)) for symbol in ("factory", "type", MADE)
    )
    return tuple(Substitute("", name, 1, means=means) for name in sorted(loaded.search.new_names))
