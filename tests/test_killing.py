"""A run that is killed at any moment leaves each file old or new, and the next run completes it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

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


def test_a_worker_ends_with_the_first_process(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[object] = []

    class Parent:
        def join(self) -> None:
            ends.append("joined")

    monkeypatch.setattr(os, "_exit", ends.append)
    pool._end_with(Parent())
    assert ends == ["joined", 1]


def test_a_worker_begins_by_depending_on_the_first_process(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[object] = []
    monkeypatch.setattr(pool, "_ignore_interrupts", lambda: done.append("deaf"))
    monkeypatch.setattr(pool, "_end_with", done.append)
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: "parent")
    before = set(threading.enumerate())
    pool._depend()
    for thread in set(threading.enumerate()) - before:
        thread.join()
    assert done == ["deaf", "parent"]
