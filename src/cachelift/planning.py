"""The verdicts of a run: what the plan has to be told of the repository, and the plan asked."""

from __future__ import annotations

import re
from collections.abc import Set

from cachelift.analysis.facts import MADE, FileFacts, Role
from cachelift.analysis.plan import decide
from cachelift.analysis.search import Search
from cachelift.analysis.verdicts import Program
from cachelift.loading import Loaded
from cachelift.suppression import NOQA


def plan(loaded: Loaded, changeable: Set[str], *, unsafe: bool) -> Program:
    """Decide what becomes of every usage.

    Args:
        loaded: the repository, as it is or as it is after a rewrite.
        changeable: the files that may change.
        unsafe: whether what is unsafe is rewritten as well.
    """
    facts = loaded.facts
    for file in facts.values():
        for usage in file.usages:
            usage.is_read = False  # found anew below: a rewrite may have changed who reads it
    program = Program(
        facts,
        frozenset(changeable),
        loaded.knowledge.replacements,
        own_tests=frozenset(filter(loaded.is_own_test, facts)),
        cycles=cycles(loaded) if facts else frozenset(),
        unsafe=unsafe,
        keeps=_kept_names(loaded, facts),
        unmet=_unmet(loaded, facts),
        strangers={path: file for path, file in loaded.strangers.items() if path not in facts},
        asking=loaded.questions.asking,
        makes=loaded.questions.makes(),
        lost=_lost(loaded, facts),
        asked=loaded.questions.asked,
        read=loaded.read,
        lent=loaded.lent,
        hidden=loaded.stars.hidden({path: _added_names(file) for path, file in facts.items()}),
        held=frozenset(path for path, file in facts.items() if _is_held(loaded, file)),
        unread=frozenset(
            index
            for index, migration in enumerate(loaded.settings.migrations)
            if any(_word(migration.legacy_name).search(text) for text in loaded.unreadable.values())
        ),
        closures=_closures(loaded, facts),
        alone=_alone(loaded, facts),
        patchers={path: file for path, file in loaded.patchers.items() if path not in facts},
    )
    decide(program)
    is_mixed = program.makes or bool(program.alive) or any(file.reaches for file in facts.values())
    if is_mixed and loaded.questions.compare():
        program.asking = loaded.questions.asking
        decide(program)
    if _follow_codes(loaded, facts):
        decide(program)
    return program


def cycles(loaded: Loaded) -> frozenset[str]:
    """The files that run when a target module is imported: one that imported the target in its turn made a circle."""
    found: frozenset[str] = frozenset()
    for replacement in loaded.knowledge.replacements:
        modules = {replacement.migration.factory_module}
        if replacement.type is not None:
            modules.add(replacement.type.rpartition(".")[0])
        above = _packages(replacement.migration.legacy_module)
        for module in modules:
            found |= loaded.project.import_closure(module)
            # A package that only the new import brings in runs before the target; the legacy one's have run.
            for package in _packages(module) - above:
                path = loaded.project.locate(package)
                found |= loaded.project.import_closure(package) | ({path} if path is not None else set())
    return found


def _follow_codes(loaded: Loaded, facts: dict[str, FileFacts]) -> bool:
    """Suppress imports by the code they are reported with, which the plan decides; True if that changed any."""
    changed = False
    for path, file in facts.items():
        for usage in file.usages:
            if usage.role is Role.IMPORT:
                silencer = loaded.suppressions[path].silencer(usage.code, usage.position[0], usage.position[2])
                changed |= usage.suppressed is (silencer is None)
                usage.suppressed, usage.noqa = silencer is not None, silencer == NOQA
    return changed


def _alone(loaded: Loaded, facts: dict[str, FileFacts]) -> frozenset[str]:
    """The files that no other file may import, of those of which that matters: see :attr:`Program.alone`."""
    found = {path for path, file in facts.items() if file.names_paths}
    for path, file in {**loaded.patchers, **facts}.items():
        found |= {path} if any(symbol == MADE for each in file.substitutes for _, symbol in each.means) else set()
    quoted = {path: _quoted(path) for path in found}
    for path, raw in loaded.reader.read_all(loaded.everything if found else ()):
        others = (each for each in found if each != path)
        found -= {each for each in others if quoted[each].search(raw) or Search.may_import(raw, {each})}
    return frozenset(found)


def _quoted(path: str) -> re.Pattern[bytes]:
    """Where a text may name a module, or its file: ``pytest_plugins = ["tests.caches"]``."""
    name = path.removesuffix("/__init__.py").rpartition("/")[2].partition(".")[0]
    return re.compile(rb"[\"'](?:[^\"'\n]*[./\\])?%b(?:\.py)?[\"']" % re.escape(name.encode()))


def _closures(loaded: Loaded, facts: dict[str, FileFacts]) -> dict[str, frozenset[str]]:
    """What runs when a module is imported, for those that a file imports which patches the class or a name for it."""
    found: dict[str, frozenset[str]] = {}
    for file in (*facts.values(), *loaded.patchers.values()):
        patches = any(usage.role in (Role.PATCH, Role.METHOD_PATCH) for usage in file.usages)
        if patches or any(each.means for each in file.substitutes):
            for path in file.imports.keys() - found.keys():
                names = loaded.knowledge.module_names(path)
                found[path] = loaded.project.import_closure(names[0]) if names else frozenset()
    return found


def _unmet(loaded: Loaded, facts: dict[str, FileFacts]) -> dict[tuple[str, str], tuple[str, str]]:
    """What the uses in all files forbid; the later ones count, with the lines that the files have now."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for path, unmet in loaded.unmet.items():
        found.update(facts[path].unmet if path in facts else unmet)
    return found


def _lost(loaded: Loaded, facts: dict[str, FileFacts]) -> dict[tuple[str, str], set[str]]:
    """The modules where what is handed out gets out of sight, by its path and name."""
    found: dict[tuple[str, str], set[str]] = {}
    for loses in (*loaded.loses.values(), *(file.loses for file in facts.values())):
        for key, paths in loses.items():
            found.setdefault(key, set()).update(paths)
    return found


def _is_held(loaded: Loaded, facts: FileFacts) -> bool:
    """Whether a file that cannot be read may patch the class in this module: it names both, together or quoted."""
    texts = [text for path, text in loaded.unreadable.items() if path != facts.path]
    names = {group.name for group in facts.groups if group.imported is not None and group.kind == "class"}
    for module in {own.rpartition(".")[2] for own in loaded.knowledge.module_names(facts.path)} if texts else ():
        for name in names:
            patched = re.compile(rf"(?<!\w){re.escape(module)}\.{name}(?!\w)|[\"']{name}[\"']")
            if any(_word(module).search(text) and patched.search(text) for text in texts):
                return True
    return False


def _kept_names(loaded: Loaded, facts: dict[str, FileFacts]) -> set[tuple[str, str]]:
    """Names that must stay in their modules for the sake of files that cannot be read or take all names."""
    kept: set[tuple[str, str]] = set()
    for path, file in facts.items():
        module = path.removesuffix("/__init__.py").removesuffix(".py").rpartition("/")[2]
        names = [group.name for group in file.groups if group.imported is not None and group.kind != "anchor"]
        if names and loaded.stars.importers(path):
            taken = loaded.project.exports(path)
            kept |= {(path, name) for name in names if taken is None or name in taken}
        word = _word(module)
        if any(not text or word.search(text) for text in loaded.unreadable.values()):
            kept |= {(path, name) for name in names}
    return kept


def _word(name: str) -> re.Pattern[str]:
    """A name that stands alone."""
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")


def _added_names(facts: FileFacts) -> set[str]:
    """The names that the rewrite of a file may add to its module."""
    groups = [group for group in facts.groups if group.imported is not None]
    return {new.bound for group in groups for new in group.provides.values() if new.how in ("replace", "extend")}


def _packages(module: str) -> set[str]:
    """The packages above a module."""
    parts = module.split(".")
    return {".".join(parts[:count]) for count in range(1, len(parts))}
