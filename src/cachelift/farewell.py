"""Whether a legacy class may be deleted, and why that is safe: asked of the whole repository, excluded files too."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cachelift.analysis.binder import build
from cachelift.analysis.names import Names
from cachelift.analysis.scopes import ScopeTree
from cachelift.discover import Prefilter, scan
from cachelift.model import Failure, Verdict
from cachelift.source import SourceError, decode

if TYPE_CHECKING:
    from cachelift.model import Replacement
    from cachelift.status import Observed

_SHOWN = 5
"""How many files a sentence names."""


def verdicts(observed: Observed) -> Iterator[Verdict]:
    """Judge the class of each migration.

    Args:
        observed: what a run over the repository found.
    """
    for index, replacement in enumerate(observed.knowledge.replacements):
        info = replacement.legacy_class
        place = f"{info.path}:{info.line}" if info is not None else None
        legacy = replacement.migration.legacy
        obstacles = tuple(_obstacles(observed, index, replacement))
        if obstacles:
            yield Verdict(legacy, place, deletable=False, reasons=obstacles)
        else:
            yield Verdict(legacy, place, deletable=True, reasons=tuple(_grounds(observed, index, replacement)))


def _obstacles(observed: Observed, index: int, replacement: Replacement) -> Iterator[str]:
    """What is in the way."""
    info = replacement.legacy_class
    if info is None:
        yield "Its source was not found in this repository."
    counts = {
        path: sum(usage.migration == index and not usage.hidden for usage in facts.usages)
        for path, facts in observed.facts.items()
        if path not in observed.own_tests
    }
    using = [path for path, count in counts.items() if count]
    if using:
        yield f"{_number(sum(counts.values()), 'usage')} left in {_listed(using)}."
    if observed.unreadable:
        yield f"Not known, for it could not be read: what {_listed(observed.unreadable)} uses."
    home = info.path if info is not None else None
    for path in sorted(_targets(observed, replacement) - {home}):
        if _leads_to_class(Names(path, _scopes(observed, path), observed.knowledge)):
            yield f"{path} builds on it: give it a cache of its own first."
    if info is not None:
        lines = sorted(_uses_at_home(observed, info.path, info.qualified_name.rpartition(".")[2]))
        if lines:
            yield f"{info.path} uses it itself, in line {', '.join(map(str, lines[:_SHOWN]))}."


def _grounds(observed: Observed, index: int, replacement: Replacement) -> Iterator[str]:
    """Why deleting it breaks nothing, and what goes with it."""
    files = _number(len(observed.discovery.files), "Python file")
    yield (
        f"None of the {files} of the repository uses it, excluded ones included: no import under any name, no call, "
        "annotation, subclass, test of the class, patch target or string leads to it, and every file that holds its "
        "name could be read."
    )
    tests = [path for path in observed.own_tests if any(u.migration == index for u in observed.facts[path].usages)]
    if tests:
        yield f"Its own tests go with it: {_listed(tests)}."
    importers = set(_importers(observed, replacement)) - set(tests)
    if importers:
        yield f"Its module stays: {_listed(importers)} {'uses' if len(importers) == 1 else 'use'} other names of it."
    else:
        yield "Nothing else imports its module: where that holds nothing else, the file can go as a whole."
    yield "What no tool can see are names that are put together when the program runs: run the tests once more."


def _targets(observed: Observed, replacement: Replacement) -> set[str]:
    """The modules that define the factory and the type."""
    modules = [name.rpartition(".")[0] for name in (replacement.migration.factory, replacement.type) if name]
    return {path for path in map(observed.knowledge.locate, modules) if path is not None}


def _leads_to_class(names: Names) -> bool:
    """Tell whether anything in a file leads to a legacy class: an import of it, a chain, a star import."""
    if any(group.kind == "class" for group in names.groups) or any(legacy for _, legacy, _ in names.stars):
        return True
    chains = (names.chain(reference) for reference in names.scopes.references)
    return any(chain is not None and chain.legacy.kind == "class" for chain in chains)


def _uses_at_home(observed: Observed, path: str, name: str) -> Iterator[int]:
    """The lines of the defining module that use the class outside of it."""
    scopes = _scopes(observed, path)
    bindings = scopes.module.bindings.get(name, ())
    own = [(each.statement.lineno, each.statement.end_lineno or 0) for each in bindings]
    for reference in scopes.references:
        line = reference.node.lineno
        is_class = reference.node.id == name and reference.owner is scopes.module
        if is_class and not any(first <= line <= last for first, last in own):
            yield line


def _importers(observed: Observed, replacement: Replacement) -> Iterator[str]:
    """The files that import the legacy module, for whatever it is."""
    module = replacement.migration.legacy_module
    info, home = replacement.legacy_class, observed.knowledge.locate(module)
    homes = {home, info.path if info is not None else home} - {None}
    files = [path for path in observed.discovery.files if path not in homes]
    names = {each.rpartition("/")[2].removesuffix(".py") for each in homes if each is not None}
    for path, raw in _read(observed, files, {module.rpartition(".")[2], *names} - {"__init__"}):
        if any(observed.knowledge.locate(name) in homes for name in _imported(observed, path, _parsed(raw))):
            yield path


def _imported(observed: Observed, path: str, tree: ast.Module) -> Iterator[str]:
    """The dotted names of all modules that a file imports, and of what it imports from them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            modules: Iterable[str] = [node.module or ""]
            if node.level:
                modules = observed.knowledge.absolute(path, node.level, node.module)
            for module in modules:
                yield module
                yield from (f"{module}.{alias.name}" for alias in node.names)


def _scopes(observed: Observed, path: str) -> ScopeTree:
    texts = [raw for _, raw in _read(observed, [path], [""])]
    return build(_parsed(b"".join(texts)))


def _read(observed: Observed, paths: Iterable[str], tokens: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The bytes of those of some files that hold one of the tokens."""
    for item in scan(observed.discovery.root, paths, Prefilter(tokens)):
        if not isinstance(item, Failure):
            yield item


def _parsed(raw: bytes) -> ast.Module:
    """A file's tree; an empty one where it cannot be read, which is said elsewhere."""
    try:
        return ast.parse(decode(raw).text)
    except (SourceError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _listed(paths: Iterable[str]) -> str:
    names = sorted(paths)
    more = f" and {_number(len(names) - _SHOWN, 'file')} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
