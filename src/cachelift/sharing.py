"""Items that forks of this process work off together.

Whoever is free takes the next item out of a pipe, so nobody waits for anybody, whatever an item takes and however late
it is found. A fork costs two milliseconds where a pool of processes costs fifty, but it is not replaced when it dies:
what it had taken is left to the caller.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import pickle
from collections.abc import Callable, Iterable
from typing import Any

from cachelift.forking import Fork

_PACKET = 4096
"""Bytes of the longest item that one write hands over whole: a pipe in packet mode keeps it apart (pipe2(2))."""
_ROOM = 1 << 20
"""Bytes that the pipe is to hold; every packet takes a page."""


class Shared:
    """Work for forks, made here and ended with the block that it is used in.

    This process does none of it: what kills a fork is to kill no more than that.

    Args:
        work: what is done to an item; what comes of it is pickled.
        forks: how many forks.

    Raises:
        OSError: the system has no process or no pipe to give.
    """

    def __init__(self, work: Callable[[bytes], Any], forks: int) -> None:
        self._work = work
        with contextlib.ExitStack() as stack:
            self._reading, self._writing = os.pipe2(os.O_DIRECT | os.O_CLOEXEC)
            stack.callback(self._end_queue)
            with contextlib.suppress(OSError):  # it works with less room
                fcntl.fcntl(self._writing, fcntl.F_SETPIPE_SZ, _ROOM)
            try:
                self._forks = [stack.enter_context(Fork(self._work_off)) for _ in range(forks)]
            finally:
                os.close(self._reading)  # where no fork is left, nobody reads, and writing fails
            self._stack = stack.pop_all()

    def __enter__(self) -> Shared:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _end_queue(self) -> None:
        if self._writing >= 0:
            os.close(self._writing)
            self._writing = -1

    def run(self, items: Iterable[bytes]) -> dict[bytes, Any]:
        """Have all items worked off, of which none is empty; what came of them, without those that a fork died with."""
        for item in items:
            if len(item) <= _PACKET:
                with contextlib.suppress(BrokenPipeError):
                    os.write(self._writing, item)
        self._end_queue()
        done: dict[bytes, Any] = {}
        for fork in self._forks:
            result = fork.result()
            if result is not None:
                done.update(pickle.loads(result))
        return done

    def _work_off(self) -> bytes:
        """Do what a fork does."""
        gc.freeze()  # what was there before is shared as long as nobody looks at it, a search for garbage included
        os.close(self._writing)  # the queue ends when nobody holds this any more
        done: dict[bytes, Any] = {}
        while item := os.read(self._reading, _PACKET):
            done[item] = self._work(item)
        return pickle.dumps(done)
