"""The work on a real Dask cluster: a scheduler and two worker processes on the loopback interface."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from distributed import KilledWorker
from helpers import LEGACY, lay_out

import cachelift
from cachelift import cluster as clusters
from cachelift import crew as crews
from cachelift.cli import main
from cachelift.cluster import Cluster, ClusterError

CALL = 'cache = CacheService(system="A")\n'
PATIENCE = 60
"""Seconds to wait for a process on a machine that is busy."""

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")]


@dataclass
class Running:
    """A cluster."""

    address: str
    workers: list[subprocess.Popen[bytes]]


def wait_for(true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


def start(kind: str, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--host", "127.0.0.1", "--no-dashboard", *options]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Start a scheduler and two workers, and end them."""
    folder = tmp_path_factory.mktemp("cluster")
    known = folder / "scheduler.json"
    processes: list[subprocess.Popen[bytes]] = []
    try:
        processes.append(start("scheduler", "--port", "0", "--scheduler-file", str(known)))
        wait_for(lambda: known.exists() and known.read_bytes())
        address = json.loads(known.read_bytes())["address"]
        for _ in range(2):
            options = ("--scheduler-file", str(known), "--no-nanny", "--nthreads", "1")
            processes.append(start("worker", *options, "--local-directory", str(folder)))
        yield Running(address, processes[1:])
    finally:
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()


@contextlib.contextmanager
def client(running: Running) -> Iterator[Any]:
    from distributed import Client

    with Client(running.address, set_as_default=False) as found:
        wait_for(lambda: len(found.scheduler_info(n_workers=-1)["workers"]) == 2)
        yield found


def application(root: Path, number: int) -> None:
    lay_out(root, {f"app/user{index}.py": LEGACY + CALL for index in range(number)})
    (root / ".git").mkdir()


def test_the_same_findings_and_fixes(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(crews, "_PIECE", 3)
    application(tmp_path, 30)
    monkeypatch.chdir(tmp_path)
    with client(running):
        pass
    assert main(["check", "--format", "sarif", "--jobs", "1"]) == 1
    alone = capfdbinary.readouterr().out
    assert main(["check", "--format", "sarif", "--scheduler", running.address]) == 1
    assert capfdbinary.readouterr().out == alone
    assert main(["fix", "-q", "--scheduler", running.address]) == 0
    assert "get_unified_cache" in (tmp_path / "app" / "user29.py").read_text(encoding="utf-8")
    assert main(["check", "-q"]) == 0
    refused(running, tmp_path, monkeypatch)


def refused(running: Running, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers do not see the repository, have another version, or cannot run the package."""
    with pytest.raises(ClusterError, match=r"does not see .*gone: all need the same checkout at one path"):
        Cluster(running.address, str(root / "gone"))
    monkeypatch.setattr(clusters, "__version__", "0.0")
    with pytest.raises(ClusterError, match=rf"has cachelift {cachelift.__version__}, this is 0\.0"):
        Cluster(running.address, str(root))
    monkeypatch.setattr(clusters, "examine", lambda root: 1 / 0)
    with pytest.raises(ClusterError, match="cannot run cachelift: division by zero"):
        Cluster(running.address, str(root))


def test_the_files_of_a_killed_worker_are_done_by_the_other(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    application(tmp_path, 30)
    monkeypatch.chdir(tmp_path)
    assert main(["check", "--jobs", "1"]) == 1
    alone = capfdbinary.readouterr()
    victim = running.workers[0]
    code = "import sys; from cachelift import crew; crew._PIECE = 3; from cachelift.cli import main; sys.exit(main())"
    with client(running) as watching:
        (name,) = [address for address, pid in watching.run(os.getpid).items() if pid == victim.pid]
        watching.run(holding(), workers=[name])
        command = [sys.executable, "-c", code, "check", "--scheduler", running.address]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path)
        wait_for(lambda: watching.processing()[name])
        victim.kill()
        victim.wait()
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (1, alone.out, alone.err)
    running.workers[1].kill()
    monkeypatch.setattr(Cluster, "_check", no_workers(Cluster._check))
    assert main(["check", "--scheduler", running.address]) == 2
    assert capfdbinary.readouterr().err.endswith(b" has no workers\n")


def holding() -> Callable[[], None]:
    """Make a function that makes every later look of a worker wait, which can still be asked what it is."""
    seconds = 10 * PATIENCE

    def hold() -> None:
        import time

        from cachelift.reader import Reader

        Reader.look = lambda *_: time.sleep(seconds)  # type: ignore[assignment, method-assign]

    return hold


def no_workers(check: Callable[..., None]) -> Callable[..., None]:
    """Wait until the scheduler has noticed."""

    def late(self: Cluster, address: str, root: str) -> None:
        wait_for(lambda: not self._client.scheduler_info(n_workers=-1)["workers"])
        check(self, address, root)

    return late


def test_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "_TIMEOUT", 0.2)
    with pytest.raises(ClusterError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9"):
        Cluster("tcp://127.0.0.1:9", "/")


def test_without_dask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.chdir(tmp_path)
    assert main(["check", "--scheduler", "tcp://127.0.0.1:9"]) == 2
    assert capfd.readouterr().err == "cachelift: error: --scheduler needs Dask: pip install 'cachelift[dask]'\n"


@pytest.mark.parametrize(
    ("given", "handed_on"),
    [(KilledWorker.__new__(KilledWorker), BrokenExecutor), (ValueError("a defect"), ValueError)],
)
def test_what_becomes_of_errors(given: Exception, handed_on: type[Exception]) -> None:
    done: Future[Any] = Future()
    outer: Future[Any] = Future()
    done.set_exception(given)
    clusters._hand_on(done, outer)
    assert type(outer.exception(timeout=1)) is handed_on
    clusters._hand_on(done, outer)  # nobody waits any more


def test_what_a_worker_says_of_itself(tmp_path: Path) -> None:
    assert clusters.examine(str(tmp_path)) == (cachelift.__version__, True)
    assert clusters.examine(str(tmp_path / "gone")) == (cachelift.__version__, False)


@pytest.mark.parametrize("options", [["--jobs", "2"], ["-"]])
def test_what_a_scheduler_excludes(options: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--scheduler", "tcp://127.0.0.1:9", *options]) == 2
    assert "--scheduler excludes --jobs and -" in capfd.readouterr().err
