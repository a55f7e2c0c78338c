"""What a run makes of source files, saved: in which order, and what is said where that is not possible."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from cachelift.analysis.facts import FileFacts
from cachelift.analysis.plan import Program
from cachelift.model import Failure, FileOutcome, Finding
from cachelift.reader import Output
from cachelift.source import SourceError, SourceText, encode, splice
from cachelift.suppression import Suppressions
from cachelift.writing import ChangedOnDisk, remove_stale_temporaries, replace_file, replace_files


def write_outputs(
    root: str, program: Program, outputs: Mapping[str, Output], sources: Mapping[str, SourceText]
) -> Iterator[Failure]:
    """Write what depends on a module before the module, so that a run that was killed can be completed.

    Args:
        root: what the paths are relative to.
        program: the plan.
        outputs: what becomes of the files, by path.
        sources: the texts that the files have.

    Yields:
        The failure of every file that is left as it is.
    """
    for folder in {os.path.dirname(os.path.join(root, path)) for path in outputs}:
        remove_stale_temporaries(folder)
    for paths in _in_order(program.files, outputs):
        changes = [(os.path.join(root, path), sources[path].raw, outputs[path].after) for path in paths]
        for path, error in zip(paths, replace_files(changes), strict=True):
            if error is not None:
                yield _failure(path, error)


def _in_order(files: Mapping[str, FileFacts], outputs: Mapping[str, Output]) -> list[list[str]]:
    """The files in groups, of which each depends on later ones only."""
    depths: dict[str, int] = {}

    def depth(path: str, seen: frozenset[str]) -> int:
        if path in depths or path in seen or path not in files:
            return depths.get(path, 0)
        facts = files[path]
        targets = {via for group in facts.groups for via in group.via}
        targets |= {u.patch.module for u in facts.usages if u.patch is not None and u.patch.module}
        targets |= {u.via for u in facts.usages if u.via is not None}
        depths[path] = 1 + max((depth(t, seen | {path}) for t in targets - {path}), default=0)
        return depths[path]

    groups: dict[int, list[str]] = {}
    for path in sorted(outputs):
        groups.setdefault(depth(path, frozenset()), []).append(path)
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
