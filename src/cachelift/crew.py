"""Who does the work of a run: this process alone, or where it pays a pool of processes.

The work is cut into pieces by path, and what comes back is in the order of the pieces whoever did them, so the outcome
does not depend on it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from cachelift.outcomes import Failure

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from cachelift.analysis.facts import FileFacts
    from cachelift.analysis.verdicts import Program
    from cachelift.pool import Pool
    from cachelift.reader import Output, Part, Reader
    from cachelift.source import SourceText

Progress = Callable[[int, int, int], None]
"""Told how many of the files that hold a name have been looked at, of how many, and how many usages were found."""

DIED = "the process that worked on the file died: it was killed, or memory ran out"
FEW_FILES = 48
"""Fewer files than this are analysed sooner than a pool of processes is there: a file takes 3 ms, a pool some 50."""
FEW_OUTPUTS = 24
"""The same for files to rewrite."""
_PIECE = 8
"""Files in a piece of a look: so many that handing it over costs nothing, so few that all workers end together."""


def available() -> int:
    """How many CPUs this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not every system has it
        return os.cpu_count() or 1


class Crew:
    """Does the work in this process, and where it pays in several.

    Args:
        jobs: how many processes to use; None for as many as this one may use CPUs.
        executor: what does the work instead of processes of its own.
        progress: what is told how far a look is.
    """

    def __init__(
        self, jobs: int | None = None, executor: Executor | None = None, progress: Progress | None = None
    ) -> None:
        self.jobs = available() if jobs is None else jobs
        self._executor = executor
        self._progress = progress
        self._pool: Pool | None = None

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._pool is not None:
            self._pool.close(now=kind is not None)

    def look(self, reader: Reader, paths: Iterable[str]) -> Iterator[Part]:
        """Look at some files; the parts come in the order of the paths.

        Other processes begin while the later paths are still being found.
        """
        seen = found = 0
        known: list[str] = []
        for count, part in self._parts(reader, iter(paths), known):
            yield part
            seen += count
            found += sum(len(facts.usages) for facts in part.facts.values())
            if self._progress is not None:
                self._progress(seen, len(known), found)

    def _parts(self, reader: Reader, paths: Iterator[str], known: list[str]) -> Iterator[tuple[int, Part]]:
        known += islice(paths, FEW_FILES)
        if self._is_alone(reader, len(known), FEW_FILES):
            known += paths
            for piece in _pieces(known):
                yield len(piece), reader.look(piece)
            return
        if self._forks():
            yield from self._shared_parts(reader, paths, known)
            return
        work = (((), piece) for piece in chain(_pieces(known[:]), _noted(_pieces(paths), known)))
        for items, part in self._pooled(reader).run("look", work):
            yield len(items), _lost(items) if part is None else part

    def _shared_parts(self, reader: Reader, paths: Iterator[str], known: list[str]) -> Iterator[tuple[int, Part]]:
        """Let forks look at files; what one of them dies of is found out by a pool."""
        items = chain(known[:], (path for (path,) in _noted(([path] for path in paths), known)))
        done = self._shared(lambda item: reader.look([os.fsdecode(item)]), map(os.fsencode, items))
        known += paths
        lost = []
        for path in known:
            part = done.pop(os.fsencode(path), None)
            if part is None:
                lost.append(path)
            else:
                yield 1, part
        for (path,), part in self._pooled(reader).run("look", (((), [path]) for path in lost)) if lost else ():
            yield 1, _lost([path]) if part is None else part

    def _shared(self, work: Callable[[bytes], Any], items: Iterable[bytes]) -> dict[bytes, Any]:
        """What comes of items that forks work off; of none where there can be no forks."""
        from cachelift.sharing import Shared

        try:
            shared = Shared(work, self.jobs)
        except OSError:
            return {}
        with shared:
            return shared.run(items)

    def _forks(self) -> bool:
        """Whether forks are to do the work: they cost less than a pool, but tell nothing until they end."""
        from cachelift.forking import can_fork

        return self._executor is None and self._pool is None and self._progress is None and can_fork()

    def rewrite(
        self, reader: Reader, program: Program, files: Sequence[tuple[FileFacts, SourceText]]
    ) -> dict[str, Output | Failure]:
        """The verified outputs of some files."""
        if self._is_alone(reader, len(files), FEW_OUTPUTS):
            return reader.rewrite(program, files)
        outputs: dict[str, Output | Failure] = {}
        if self._forks():
            numbers = [b"%d" % index for index in range(len(files))]
            done = self._shared(lambda item: reader.rewrite(program, [files[int(item)]]), numbers)
            for number in numbers:
                outputs.update(done.get(number, ()))
            files = [each for each in files if each[0].path not in outputs]
        size = max(1, min(FEW_OUTPUTS, len(files) // (self.jobs * 4)))
        pieces = [files[start : start + size] for start in range(0, len(files), size)]
        work = [((_about(program, piece),), piece) for piece in pieces]
        for piece, part in self._pooled(reader).run("rewrite", work) if work else ():
            lost = {facts.path: Failure(facts.path, f"left as it is: {DIED}") for facts, _ in piece}
            outputs.update(lost if part is None else part)
        return outputs

    def _is_alone(self, reader: Reader, count: int, few: int) -> bool:
        if self._executor is None and (self.jobs < 2 or count < few):
            return True
        return bool(reader.setup.texts) and not self._inherits(reader)

    def _inherits(self, reader: Reader) -> bool:
        """Whether workers get the texts of a reader by a fork; else they would be sent with every piece of work."""
        from cachelift.forking import can_fork

        if self._pool is not None and self._pool.reader is not reader:
            self._pool.close()
            self._pool = None
        return self._executor is None and (self._pool is not None or can_fork())

    def _pooled(self, reader: Reader) -> Pool:
        """The workers of one run: what they know of the files is not true for the next one."""
        if self._pool is None or self._pool.reader is not reader:
            from cachelift.pool import Pool

            if self._pool is not None:
                self._pool.close()
            self._pool = Pool(reader, self.jobs, self._executor)
        return self._pool


def _pieces(paths: Iterable[str]) -> Iterator[list[str]]:
    pending = iter(paths)
    while piece := [*islice(pending, _PIECE)]:
        yield piece


def _noted(pieces: Iterable[list[str]], known: list[str]) -> Iterator[list[str]]:
    for piece in pieces:
        known += piece
        yield piece


def _lost(paths: Sequence[str]) -> Part:
    """What is known of files that killed who looked at them: they may use any name."""
    from cachelift.reader import Part

    failures = {path: Failure(path, DIED) for path in paths}
    return Part(failures=failures, unreadable=dict.fromkeys(paths, ""))


def _about(program: Program, piece: Sequence[tuple[FileFacts, SourceText]]) -> Program:
    """What the rewrite of some files needs of a plan: these, and the modules that they patch."""
    from dataclasses import replace

    paths = {facts.path for facts, _ in piece}
    paths |= {usage.patch.module for facts, _ in piece for usage in facts.usages if usage.patch is not None}
    files = {path: program.files[path] for path in sorted(paths & program.files.keys())}
    return replace(
        program,
        files=files,
        given=program.given & paths,
        keeps=set(),
        unmet={},
        closures={},
        alone=frozenset(),
        strangers={},
        asking={},
        lost={},
        asked=frozenset(),
        read={},
    )
