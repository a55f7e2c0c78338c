"""Work that a fork of this process does while this one does other work.

It costs two milliseconds where a pool of processes costs fifty and what it has to load, so it pays for work that is
done in a tenth of a second. What comes of the work is bytes: a fork has all that it needs and hands nothing back but
what it writes into a pipe.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator


def can_fork() -> bool:
    """Whether forks are safe here.

    A fork of a process with threads may hang, for what these held locked stays so, and other systems than Linux do not
    fork well (documentation of ``multiprocessing``, start methods).
    """
    return sys.platform == "linux" and threading.active_count() == 1


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let an interrupt wait for the end of the block.

    Ctrl-C reaches all processes of a terminal. One that was forked just before would go up the first one's stack as if
    it were the first. It keeps what is blocked here, and is ended by the first one.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows has none, and no forks
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    process = os.getpid()
    try:
        yield
    finally:
        if os.getpid() == process:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Fork:
    """A fork that does some work and ends, or is ended with the block that it is used in.

    Args:
        work: what it does; it is not to print anything.

    Raises:
        OSError: the system has no process or no pipe to give.
    """

    def __init__(self, work: Callable[[], bytes]) -> None:
        self._process = 0
        self._reading, writing = os.pipe()
        try:
            with uninterrupted():
                self._process = os.fork()
                if not self._process:
                    os.close(self._reading)  # whoever holds it keeps a fork that nobody reads from at its writing
                    _end_after(work, writing)
        except BaseException:
            self._end()
            raise
        finally:
            os.close(writing)

    def __enter__(self) -> Fork:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        if self._process:
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
            self._process = 0
        os.close(self._reading)

    def result(self) -> bytes | None:
        """Wait for what comes of the work; None where the fork failed or was killed."""
        with open(self._reading, "rb", closefd=False) as pipe:
            result = pipe.read()
        _, status = os.waitpid(self._process, 0)
        self._process = 0
        return None if status else result


def _end_after(work: Callable[[], bytes], writing: int) -> None:
    """Do the work of a fork. It ends here whatever happens: what is above on the stack is the first process's."""
    status = 1
    try:
        with open(writing, "wb") as pipe:
            pipe.write(work())
        status = 0
    finally:
        os._exit(status)
