"""A run that is killed at any moment leaves each file old or new, and the next run completes it."""

from __future__ import annotations

import contextlib
import errno
import multiprocessing
import os
import pickle
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import LEGACY, lay_out

from cachelift import pool

RUNS = int(os.environ.get("CACHELIFT_KILLS", "25"))


def test_killed_runs() -> None:
    script = Path(__file__).with_name("killing.py")
    environment = {**os.environ, "PYTHONPATH": str(script.parent.parent / "src")}
    environment.pop("COVERAGE_PROCESS_START", None)
    result = subprocess.run([sys.executable, str(script), str(RUNS)], env=environment, capture_output=True, check=False)
    assert result.stderr.decode() == ""
    assert result.stdout.decode().startswith(f"Tally(runs={RUNS}, killed=")


WORKERS = """
import sys, time
import cases
from cachelift.crew import Crew
from cachelift.pool import Pool
from cachelift.config import load_settings
from cachelift.reader import Reader, Setup
made = Pool(Reader(Setup(load_settings(sys.argv[1]), sys.argv[1], ())), 2)
made._submit("look", None, [])
print(*[child.pid for child in made._children], flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell of a process in /proc")
def test_workers_of_a_killed_run_end(tmp_path: Path) -> None:
    path = os.pathsep.join([str(Path(pool.__file__).parent.parent), str(Path(__file__).parent)])
    command = [sys.executable, "-c", WORKERS, str(tmp_path)]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        workers = process.stdout.readline().split()
        assert len(workers) == 2
        process.send_signal(signal.SIGKILL)
    for _ in range(500):
        if not any(Path(f"/proc/{worker.decode()}").exists() for worker in workers):
            return
        time.sleep(0.02)
    pytest.fail("the workers are still there")


def test_a_worker_ends_with_the_first_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "one").touch()
    ends: list[object] = []

    class Parent:
        def join(self) -> None:
            ends.append("joined")

    monkeypatch.setattr(os, "_exit", ends.append)
    pool._end_with(Parent(), str(tmp_path / "results"))
    assert ends == ["joined", 1]
    assert not (tmp_path / "results").exists()


def test_a_worker_begins_by_depending_on_the_first_process(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[object] = []
    monkeypatch.setattr(pool, "_ignore_interrupts", lambda: done.append("deaf"))
    monkeypatch.setattr(pool, "_end_with", lambda *given: done.append(given))
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: "parent")
    before = set(threading.enumerate())
    pool._depend("folder")
    for thread in set(threading.enumerate()) - before:
        thread.join()
    assert done == ["deaf", ("parent", "folder")]


@pytest.mark.parametrize("is_full", [False, True])
def test_what_a_worker_sends_back_is_written_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_full: bool
) -> None:
    result = {"text": "x" * 100_000}
    monkeypatch.setattr(pool, "perform", lambda *piece: (piece, result))
    if is_full:
        monkeypatch.setattr(tempfile, "mkstemp", lambda **_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    found = pool.perform_apart(str(tmp_path), 1, 2)
    assert (len(pickle.dumps(found)) < select.PIPE_BUF) is not is_full
    assert found.take() == ((1, 2), result)
    assert not any(tmp_path.iterdir())


# Ctrl-C


def is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def interruptible() -> Iterator[None]:
    """What a shell starts in the background ignores interrupts, and hands that on to all that it starts."""
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, usual)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_all_processes_at_once(tmp_path: Path) -> None:
    """A terminal interrupts every process of the command, whatever each is at."""
    lay_out(tmp_path, {f"app/m{n}.py": LEGACY + "c = CacheService()\n" * 40 for n in range(200)})
    command = [sys.executable, "-m", "cachelift", "check", "--jobs", "2", "--format", "json"]
    interrupted = 0
    output = b""
    delay = 0.1
    while not output:
        delay *= 1.3
        with subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        ) as process:
            time.sleep(delay)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
            output, error = process.communicate(timeout=60)
        if b"cachelift: interrupted" in error:  # else Python had not come to this package yet
            interrupted += 1
            assert process.returncode == 130
        deadline = time.monotonic() + 10
        while is_there(process.pid):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert interrupted
