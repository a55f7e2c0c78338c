"""What a run makes of source files, saved: in which order, and what is said where that is not possible."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from cachelift.analysis.facts import FileFacts
from cachelift.model import Failure, FileOutcome, Finding
from cachelift.reader import Output
from cachelift.source import SourceError, SourceText, encode, splice
from cachelift.suppression import Suppressions
from cachelift.writing import (
    Change,
    ChangedOnDisk,
    Staged,
    at_once,
    commit,
    discard,
    remove_stale_temporaries,
    replace_file,
    stage,
)


class Saver:
    """Writes what a run makes of files: first all beside their places, then each into its place.

    What can fail does so before any file has changed, so that the plan can be made again without the files that
    cannot be written.

    Args:
        root: what the paths are relative to.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._staged: dict[str, Staged] = {}
        self._put: list[Staged] = []
        """All that was ever staged, also where an interrupt kept that from being told."""
        self._cleaned: set[str] = set()

    def stage(self, outputs: Mapping[str, Output], sources: Mapping[str, SourceText]) -> dict[str, Failure]:
        """Put the new texts beside their places; what was put there before and is not wanted any more goes.

        Returns:
            The failures of the files for which that is not possible.
        """
        for path, staged in [*self._staged.items()]:
            if path not in outputs or outputs[path].after != staged.after:
                discard(self._staged.pop(path))
        paths = [path for path in outputs if path not in self._staged]
        self._clean(paths)
        changes = [(os.path.join(self._root, path), sources[path].raw, outputs[path].after) for path in paths]
        failures: dict[str, Failure] = {}
        for path, result in zip(paths, at_once(self._put_beside, changes), strict=True):
            if isinstance(result, Exception):
                failures[path] = _failure(path, result)
            else:
                self._staged[path] = result
        return failures

    def _put_beside(self, change: Change) -> Staged:
        staged = stage(change)
        self._put.append(staged)
        return staged

    def _clean(self, paths: Iterable[str]) -> None:
        """Remove what killed runs left where something is going to be put."""
        folders = {os.path.dirname(os.path.realpath(os.path.join(self._root, path))) for path in paths}
        for folder in folders - self._cleaned:
            remove_stale_temporaries(folder)
        self._cleaned |= folders

    def commit(self, files: Mapping[str, FileFacts]) -> dict[str, Failure]:
        """Put everything in its place, what depends on a module before the module.

        So a run that was killed can be completed; and a module is not touched where a file that needs it as it is
        could not be written in the last moment.

        Args:
            files: the facts of the files as they were.

        Returns:
            The failures of the files that are left as they are.
        """
        failures: dict[str, Failure] = {}
        needed: dict[str, str] = {}
        for paths in _in_order(files, self._staged):
            for path in needed.keys() & paths:
                discard(self._staged.pop(path))
                failures[path] = Failure(path, f"cannot be written: {needed[path]} could not, and may depend on it")
            ready = [path for path in paths if path not in needed]
            results = at_once(commit, [self._staged.pop(path) for path in ready])
            failures |= {
                path: _failure(path, result)
                for path, result in zip(ready, results, strict=True)
                if isinstance(result, Exception)
            }
            for path in failures.keys() & paths:
                needed.update(dict.fromkeys(_needs(files, path), path))
        return failures

    def discard(self) -> None:
        """Remove what was not put in its place."""
        for staged in self._put:
            discard(staged)


def _needs(files: Mapping[str, FileFacts], path: str) -> set[str]:
    """The modules that a file takes names from, or patches names in."""
    if path not in files:
        return set()
    facts = files[path]
    targets = {via for via, _ in facts.ways()}
    targets |= {u.patch.module for u in facts.usages if u.patch is not None and u.patch.module}
    return targets - {path}


def _in_order(files: Mapping[str, FileFacts], paths: Iterable[str]) -> list[list[str]]:
    """The files in groups, of which each depends on later ones only, circles left out of account."""
    depths: dict[str, int] = {}
    open_now: set[str] = set()
    for start in sorted(paths):
        pending = [start]
        while pending:
            path = pending[-1]
            targets = [] if path in depths else sorted(_needs(files, path))
            missing = [target for target in targets if target not in depths and target not in open_now]
            if missing and path not in open_now:
                open_now.add(path)
                pending += missing
                continue
            depths.setdefault(path, 1 + max((depths.get(target, 0) for target in targets), default=0))
            open_now.discard(path)
            pending.pop()
    groups: dict[int, list[str]] = {}
    for path in sorted(paths):
        groups.setdefault(depths[path], []).append(path)
    return [groups[number] for number in sorted(groups, reverse=True)]


def silence(root: str | None, outcome: FileOutcome, findings: tuple[Finding, ...], source: SourceText) -> FileOutcome:
    """Add the comments that silence what is left in a file.

    Args:
        root: what the path is relative to; None to write nothing.
        outcome: what the file came to.
        findings: those of what is left that are to be silenced.
        source: the text that the file has now.
    """
    from cachelift.noqa import NoqaError, missing

    try:
        edits = missing(source.text, [(finding.code, finding.line) for finding in findings])
        text = splice(source.text, edits)
        after = encode(source, text, edits)
        if edits and root is not None:
            replace_file(os.path.join(root, outcome.path), source.raw, after)
    except (OSError, ChangedOnDisk, NoqaError, SourceError) as error:
        return outcome._replace(failure=_failure(outcome.path, error))
    if not edits:
        return outcome
    comments = Suppressions(text)
    left = tuple(f for f in outcome.left if not comments.silences(f.code, f.line, f.end_line))
    before = source.raw if outcome.before is None else outcome.before
    return outcome._replace(before=before, after=after, left=left)


def _failure(path: str, error: Exception) -> Failure:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Failure(path, f"cannot be written: {why}")
