"""The work of a run on an existing Dask cluster whose workers see the same checkout.

https://distributed.dask.org/en/stable/client.html. Whoever can reach the scheduler of a cluster can run code on it, so
it has to be one of your own.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, InvalidStateError
from typing import Any

from cachelift import __version__

_TIMEOUT = 20
"""Seconds to wait for a scheduler."""


class ClusterError(Exception):
    """The cluster cannot be used; the message says why and what to do."""


class Cluster(Executor):
    """Hands work to the workers of a cluster.

    A worker that dies leaves its work to the others; a piece of work that several died of counts as broken.

    Args:
        address: of the scheduler, ``tcp://host:port``.
        root: the repository, as an absolute path that has to be there for every worker.

    Raises:
        ClusterError: there is no such cluster, it has no workers, or they cannot do the work.
    """

    def __init__(self, address: str, root: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise ClusterError("--scheduler needs Dask: pip install 'cachelift[dask]'") from None
        try:
            self._client = Client(address, timeout=_TIMEOUT, set_as_default=False)
        except (OSError, ValueError) as error:
            raise ClusterError(f"no scheduler answers at {address}: {error}") from None
        try:
            self._check(address, root)
        except BaseException:
            self._client.close()
            raise
        self._executor = self._client.get_executor(pure=False)
        self._shared: dict[bytes, Any] = {}

    def _check(self, address: str, root: str) -> None:
        try:
            found = self._client.run(examine, root)
        except Exception as error:  # whatever a worker without this package or with another version of it says
            raise ClusterError(f"the workers at {address} cannot run cachelift: {error}") from None
        if not found:
            raise ClusterError(f"the scheduler at {address} has no workers")
        for worker, (version, is_there) in sorted(found.items()):
            if version != __version__:
                raise ClusterError(f"the worker {worker} has cachelift {version}, this is {__version__}")
            if not is_there:
                raise ClusterError(f"the worker {worker} does not see {root}: all need the same checkout at one path")

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Have a function called; bytes among its arguments are sent to each worker once."""
        given = [self._sent(each) if isinstance(each, bytes) else each for each in arguments]
        inner = self._executor.submit(function, *given, **named)
        outer: Future[Any] = Future()
        inner.add_done_callback(lambda done: _hand_on(done, outer))
        return outer

    def _sent(self, data: bytes) -> Any:
        if data not in self._shared:
            self._shared[data] = self._client.scatter(data, broadcast=True)
        return self._shared[data]

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster as it was."""
        self._shared.clear()
        self._executor.shutdown(wait=wait and not cancel_futures)
        self._client.close()


def examine(root: str) -> tuple[str, bool]:
    """What a worker is asked first: its version of this package, and whether it sees the repository."""
    return __version__, os.path.isdir(root)


def _hand_on(done: Future[Any], outer: Future[Any]) -> None:
    """Complete a future as another one was; work that killed its workers is the same as a pool that broke."""
    from distributed import CancelledError, KilledWorker

    with contextlib.suppress(InvalidStateError):  # nobody waits for it any more
        try:
            result = done.result()
        except (KilledWorker, CancelledError):
            outer.set_exception(BrokenExecutor("the workers died"))
        except BaseException as error:
            outer.set_exception(error)
        else:
            outer.set_result(result)
