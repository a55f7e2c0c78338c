"""A pool of processes, or whatever other ``concurrent.futures.Executor`` is given, that survives its workers.

A piece of work whose worker died is tried again alone and cut smaller, until what remains is the one item that kills:
that one fails, and the others are done.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import shutil
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from typing import Any, Literal, NamedTuple, overload

from cachelift.analysis.facts import FileFacts
from cachelift.analysis.verdicts import Program
from cachelift.forking import can_fork, uninterrupted
from cachelift.model import Failure
from cachelift.reader import Learned, Output, Part, Reader
from cachelift.source import SourceText

Work = Literal["look", "rewrite"]
"""The method of :class:`Reader` that does it."""
_DEATHS = (BrokenExecutor, MemoryError)
_File = tuple[FileFacts, SourceText]

_own = threading.local()
"""The readers of this thread, by their keys: a reader is made once in each worker, and a forked one has it already."""


def perform(key: str, setup: bytes, learned: Learned, work: Work, common: tuple[Any, ...], items: Sequence[Any]) -> Any:
    """Do a piece of work; this is what runs in a worker.

    Args:
        key: tells one run's reader from another's.
        setup: the pickled :class:`cachelift.reader.Setup` for a worker that does not have the reader.
        learned: what has been learned since.
        work: what is to be done.
        common: what the items have in common.
        items: what it is done to.
    """
    readers = _own.__dict__.setdefault("readers", {})
    if key not in readers:
        readers.clear()
        readers[key] = Reader(pickle.loads(setup))
    reader = readers[key]
    reader.learn(learned)
    return getattr(reader, work)(*common, items)


class Apart(NamedTuple):
    """What came of a piece of work: in a file, or here where that cannot be written."""

    path: str
    content: bytes = b""

    def take(self) -> Any:
        """Take it out of the file."""
        content = self.content
        if self.path:
            with open(self.path, "rb") as file:
                content = file.read()
            os.unlink(self.path)
        return pickle.loads(content)


def perform_apart(folder: str, *piece: Any) -> Apart:
    """Do a piece of work like :func:`perform` and put what comes of it into a file.

    The workers of a pool share one pipe for what they send back. One that is killed while it writes more than a pipe
    takes at once leaves a part of it there, and the first process would wait for the rest for ever; a file's name is
    written at once or not at all (POSIX, write).
    """
    result = pickle.dumps(perform(*piece))
    try:
        descriptor, path = tempfile.mkstemp(dir=folder)
        with open(descriptor, "wb") as file:
            file.write(result)
    except OSError:
        return Apart("", result)
    return Apart(path)


class Here(Executor):
    """Does everything at once and in this process, where there can be no other."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        """Do it."""
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments, **options))
        except MemoryError as error:
            future.set_exception(error)
        return future


class Pool:
    """Workers that share the work of one run.

    Args:
        reader: this process's reader: what it has learned is handed on, and forked workers start from it.
        jobs: how many processes.
        executor: does the work instead of processes of the pool's own, until it breaks.
    """

    def __init__(self, reader: Reader, jobs: int, executor: Executor | None = None) -> None:
        self.reader = reader
        self._jobs = jobs
        self._executor = executor
        self._is_own = executor is None
        self._forks = executor is None and can_fork()
        self._key = f"{os.getpid()}-{id(self)}-{threading.get_ident()}"
        self._setup = b"" if self._forks else pickle.dumps(reader.setup)
        self._children: set[Any] = set()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        """Where the pool's own workers put what comes of their work."""
        self._is_broken = False

    @overload
    def run(
        self, work: Literal["look"], pieces: Iterable[tuple[tuple[()], Sequence[str]]]
    ) -> Iterator[tuple[Sequence[str], Part | None]]: ...

    @overload
    def run(
        self, work: Literal["rewrite"], pieces: Iterable[tuple[tuple[Program], Sequence[_File]]]
    ) -> Iterator[tuple[Sequence[_File], dict[str, Output | Failure] | None]]: ...

    def run(
        self, work: Work, pieces: Iterable[tuple[tuple[Any, ...], Sequence[Any]]]
    ) -> Iterator[tuple[Sequence[Any], Any]]:
        """Do the same work to many items.

        Args:
            work: what is to be done.
            pieces: what some items have in common, and these items.

        Yields:
            Items with what came of them, in order; None for an item that killed its worker.
        """
        waiting = deque((common, items, self._submit(work, common, items)) for common, items in pieces)
        while waiting:
            common, items, future = waiting.popleft()
            try:
                result = self._result(future)
            except _DEATHS:
                self._is_broken = True
                yield from self._again(work, common, items)
            else:
                yield items, result

    def _again(self, work: Work, common: tuple[Any, ...], items: Sequence[Any]) -> Iterator[tuple[Sequence[Any], Any]]:
        """Do a piece alone; where that kills the worker too, find the item that does it."""
        try:
            result = self._result(self._submit(work, common, items))
        except _DEATHS:
            self._is_broken = True
            middle = len(items) // 2
            if not middle:
                yield items, None
            for half in (items[:middle], items[middle:]) if middle else ():
                yield from self._again(work, common, half)
        else:
            yield items, result

    def _submit(self, work: Work, common: tuple[Any, ...], items: Sequence[Any]) -> Future[Any]:
        if self._is_broken:
            self._leave()
        piece = (self._key, self._setup, self.reader.learned, work, common, items)
        try:
            if self._executor is None:
                self._executor = self._started()
            if self._folder is None:
                return self._executor.submit(perform, *piece)
            return self._executor.submit(perform_apart, self._folder.name, *piece)
        except BrokenExecutor as error:  # a worker has died, of an earlier piece or while it was being started
            broken: Future[Any] = Future()
            broken.set_exception(error)
            return broken

    @staticmethod
    def _result(future: Future[Any]) -> Any:
        result = future.result()
        return result.take() if isinstance(result, Apart) else result

    def _started(self) -> Executor:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="cachelift-", ignore_cleanup_errors=True)
        before = set(multiprocessing.active_children())
        context = multiprocessing.get_context("fork" if self._forks else "spawn")
        _own.__dict__.setdefault("readers", {})[self._key] = self.reader
        try:
            with uninterrupted():
                executor = ProcessPoolExecutor(
                    self._jobs, mp_context=context, initializer=_depend, initargs=(self._folder.name,)
                )
                first = executor.submit(os.getpid)
            first.result()  # the workers are there from the first piece of work on
        except (ImportError, NotImplementedError, OSError):
            # Some systems have no semaphores to share, and some let nobody have more processes.
            for child in set(multiprocessing.active_children()) - before:
                child.terminate()
            return Here()
        self._children = set(multiprocessing.active_children()) - before
        return executor

    def _leave(self) -> None:
        """Go on without workers of which one died; an executor that was given is not asked again."""
        if self._executor is not None and self._is_own:
            self._executor.shutdown(wait=True)
        self._executor, self._is_own, self._is_broken = None, True, False

    def close(self, *, now: bool = False) -> None:
        """End the workers; ``now`` does not wait for what they are at."""
        _own.__dict__.get("readers", {}).pop(self._key, None)
        if self._executor is None or not self._is_own:
            return
        for child in self._children if now else ():
            child.terminate()
        if not now:
            # Not after an interrupt: that may have come while the executor held its own lock, which is taken here.
            self._executor.shutdown(wait=True, cancel_futures=True)
        if self._folder is not None:
            self._folder.cleanup()


def _depend(folder: str) -> None:
    """Make a worker end when the first process ends it, and when that has ended."""
    _ignore_interrupts()
    threading.Thread(target=_end_with, args=(multiprocessing.parent_process(), folder), daemon=True).start()


def _ignore_interrupts() -> None:
    """Ctrl-C reaches all processes of a terminal; the first one ends the others, which held it back until now."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end_with(parent: Any, folder: str) -> None:
    """Where the first process is killed its workers would wait for ever, and hold what they share with it."""
    parent.join()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)
