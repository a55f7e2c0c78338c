"""What ``fix`` would change, in the form that reports show: for each file the changes that belong together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from cachelift.analysis.facts import MAKES_OBJECTS, FileFacts, Role, Usage
from cachelift.model import Change, Edit
from cachelift.source import Positions


def by_file(
    facts: Mapping[str, FileFacts],
    going: Mapping[str, Sequence[Usage]],
    edits: Mapping[str, Sequence[Edit]],
    texts: Mapping[str, str],
) -> dict[str, tuple[Change, ...]]:
    """Give for each file its own changes and those of the files that have to change with it.

    A patch follows the module that it patches, a consumer the module that hands the name on, and a test of the
    class goes with the calls that may reach it: one without the other breaks the program.

    Args:
        facts: the analysis of all files, by path.
        going: the usages that are rewritten, by path.
        edits: the verified edits of the same files.
        texts: their decoded texts.
    """
    shared = {}
    for paths in together(facts, going):
        changes = tuple(change for path in paths for change in _changes(path, edits[path], texts[path]))
        shared.update(dict.fromkeys(paths, changes))
    return shared


def together(facts: Mapping[str, FileFacts], going: Mapping[str, Sequence[Usage]]) -> list[list[str]]:
    """Sort the changed files into groups of which each changes as a whole or not at all.

    Args:
        facts: the analysis of all files, by path.
        going: the usages that are rewritten, by path.
    """
    leaders = {path: path for path in going}

    def leader(path: str) -> str:
        while leaders[path] != path:
            leaders[path] = leaders[leaders[path]]
            path = leaders[path]
        return path

    for one, other in (*_links(facts, going), *_tested(going)):
        first, second = sorted((leader(one), leader(other)))
        leaders[second] = first
    groups: dict[str, list[str]] = {}
    for path in sorted(going):
        groups.setdefault(leader(path), []).append(path)
    return list(groups.values())


def _links(facts: Mapping[str, FileFacts], changed: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of changed files of which one reaches the class through the other, or patches it there."""
    paths = set(changed)
    for path in paths:
        usages = facts[path].usages
        targets = {via for via, _ in facts[path].ways()}
        targets |= {usage.patch.module for usage in usages if usage.patch is not None}
        yield from ((path, target) for target in targets & paths)


def _tested(going: Mapping[str, Sequence[Usage]]) -> Iterator[tuple[str, str]]:
    """Pairs of files of which one tests for the class and the other makes objects of it."""
    tests = {usage.migration: path for path, usages in going.items() for usage in usages if usage.role is Role.TEST}
    for path, usages in going.items():
        for usage in usages:
            if usage.migration in tests and (usage.role is Role.TEST or usage.role in MAKES_OBJECTS):
                yield tests[usage.migration], path


def _changes(path: str, edits: Sequence[Edit], text: str) -> Iterator[Change]:
    positions = Positions(text)
    for edit in sorted(edits, key=lambda edit: edit.span):
        start, end = positions.position(edit.span.start), positions.position(edit.span.end)
        yield Change(path, *start, *end, edit.replacement)
