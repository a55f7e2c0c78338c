"""The outcome of a run does not depend on who does its work."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cases
import pytest
from helpers import LEGACY, lay_out

from cachelift import crew as crews
from cachelift import engine, pool, reader
from cachelift.config import load_settings
from cachelift.crew import DIED, Crew, Progress
from cachelift.forking import Fork
from cachelift.reader import Part, Reader
from cachelift.sharing import Shared

CALL = 'cache = CacheService(system="A")\n'
READABLE = [case for case in cases.all_cases() if case.is_readable]
TREES = [case for case in READABLE if len(case.files("before")) > 1][::3]
OTHERS = [case for case in READABLE if len(case.files("before")) == 1][::15]


class Elsewhere(Executor):
    """Does the work at once, and lets nothing in or out but by its bytes."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        called, taken, options = pickle.loads(pickle.dumps((function, arguments, named)))
        try:
            future.set_result(pickle.loads(pickle.dumps(called(*taken, **options))))
        except Exception as error:
            future.set_exception(error)
        return future


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Share the work even of a few files, each in a piece of its own."""
    for name in ("FEW_FILES", "FEW_OUTPUTS", "_PIECE"):
        monkeypatch.setattr(crews, name, 1)


def outcomes(root: Path, crew: Crew, *, unsafe: bool) -> list[Any]:
    """All that ``check``, ``fix`` and a second ``check`` come to."""
    settings = load_settings(str(root))
    with crew:
        return [
            engine.check_paths(settings, [str(root)], crew=crew, fixes=True),
            engine.fix_paths(settings, [str(root)], crew=crew, unsafe=unsafe),
            engine.check_paths(settings, [str(root)], crew=crew),
        ]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("case", [*TREES, *OTHERS], ids=lambda case: case.name)
def test_the_same_wherever_it_is_done(case: cases.Case, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for root in (here, there):
        root.mkdir()
        case.lay_out(root)
    alone = outcomes(here, Crew(jobs=1), unsafe=bool(case.expect.get("unsafe")))
    shared = outcomes(there, Crew(executor=Elsewhere()), unsafe=bool(case.expect.get("unsafe")))
    assert shared == alone
    assert cases.snapshot(there) == cases.snapshot(here)


def own_children() -> list[Any]:
    """The processes of pools that forked them; other tests may leave some that they spawned."""
    return [child for child in multiprocessing.active_children() if child.name.startswith("ForkProcess")]


def have_ended() -> bool:
    """Whether all of them end soon.

    A pool's own thread waits for them too. Where it is the one that the system tells of an end, a process counts as
    alive here until that thread has written down what it was told.
    """
    deadline = time.monotonic() + 20
    while own_children() and time.monotonic() < deadline:
        time.sleep(0.01)
    return not own_children()


def application(root: Path, number: int = 12) -> dict[str, str]:
    """Lay out an application with so many users of the class, in two packages, and give their texts."""
    files = {f"app/part{index % 2}/user{index}.py": LEGACY + CALL for index in range(number)}
    lay_out(root, {**files, "app/part0/__init__.py": "", "app/part1/__init__.py": ""})
    return files


def unseen(*_: int) -> None:
    """A progress that nobody looks at; it takes a pool, for forks tell nothing until they end."""


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("progress", [None, unseen])
@pytest.mark.parametrize("jobs", [2, 3])
def test_processes(tmp_path: Path, jobs: int, progress: Progress | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 1)  # whatever threads other tests have left behind
    here, there = tmp_path / "here", tmp_path / "there"
    for root in (here, there):
        application(root)
    alone = outcomes(here, Crew(jobs=1), unsafe=False)
    assert outcomes(there, Crew(jobs=jobs, progress=progress), unsafe=False) == alone
    assert cases.snapshot(there) == cases.snapshot(here)
    assert have_ended()


@pytest.mark.usefixtures("small")
def test_threads_have_readers_of_their_own(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for root in (here, there):
        application(root)
    alone = outcomes(here, Crew(jobs=1), unsafe=False)
    with ThreadPoolExecutor(3) as executor:
        assert outcomes(there, Crew(executor=executor), unsafe=False) == alone


def test_a_few_files_are_not_worth_a_pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "Pool", None)
    application(tmp_path)
    result = engine.check_paths(load_settings(str(tmp_path)), [str(tmp_path)], crew=Crew(jobs=2))
    assert len(result.outcomes) == 12


@pytest.mark.usefixtures("small")
def test_a_text_is_looked_at_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "Pool", None)
    application(tmp_path)
    name = str(tmp_path / "app" / "part0" / "user0.py")
    (outcome,) = engine.check_text(load_settings(str(tmp_path)), LEGACY.encode(), name).outcomes
    assert [finding.code for finding in outcome.findings] == ["CLF001"]


def test_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crews, "_PIECE", 5)
    application(tmp_path)
    told: list[tuple[int, ...]] = []
    crew = Crew(jobs=1, progress=lambda *numbers: told.append(numbers))
    result = engine.check_paths(load_settings(str(tmp_path)), [str(tmp_path)], crew=crew)
    assert told == sorted(told)
    assert result.files_seen == 19
    assert told[-1] == (13, 13, 24)  # the users and the module of the class: no other file holds a name


def test_how_many_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Crew().jobs == crews.available() >= 1
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert Crew().jobs == 7
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert Crew().jobs == 1


# workers that die

KILLER = "kills_the_worker = True\n"


@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that says so kills the worker that looks at it, as the kernel does when memory runs out."""
    parent = os.getpid()
    candidate, rewrite = Reader._candidate, Reader.rewrite

    def looked_at(self: Reader, part: Part, path: str, raw: bytes) -> None:
        if KILLER.encode() in raw and "kills" in path and os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        candidate(self, part, path, raw)

    def rewritten(self: Reader, program: Any, files: Sequence[Any]) -> Any:
        if any("deadly" in facts.path for facts, _ in files) and os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return rewrite(self, program, files)

    monkeypatch.setattr(Reader, "_candidate", looked_at)
    monkeypatch.setattr(Reader, "rewrite", rewritten)
    # Workers know of this only when they are forked, whatever threads other tests have left behind.
    monkeypatch.setattr(threading, "active_count", lambda: 1)


@pytest.mark.usefixtures("deadly")
@pytest.mark.parametrize("piece", [1, 4, 100])
def test_a_file_that_kills_its_worker_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(crews, "FEW_FILES", 1)
    monkeypatch.setattr(crews, "_PIECE", piece)
    files = application(tmp_path)
    killer = "app/part0/kills.py"
    (tmp_path / killer).write_text(LEGACY + CALL + KILLER, encoding="utf-8")
    with Crew(jobs=2) as crew:
        result = engine.fix_paths(load_settings(str(tmp_path)), [str(tmp_path)], crew=crew)
    (failed,) = [outcome for outcome in result.outcomes if outcome.failure is not None]
    assert (failed.path, failed.failure and failed.failure.message) == (killer, DIED)
    assert {outcome.path for outcome in result.outcomes if outcome.after is not None} == files.keys()
    assert (tmp_path / killer).read_text(encoding="utf-8") == LEGACY + CALL + KILLER


@pytest.mark.usefixtures("deadly")
def test_a_file_whose_rewrite_kills_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crews, "FEW_OUTPUTS", 1)
    files = application(tmp_path)
    (tmp_path / "app" / "deadly.py").write_text(LEGACY + CALL, encoding="utf-8")
    with Crew(jobs=2) as crew:
        result = engine.fix_paths(load_settings(str(tmp_path)), [str(tmp_path)], crew=crew)
    (failed,) = [outcome for outcome in result.outcomes if outcome.failure is not None]
    assert (failed.path, failed.failure and failed.failure.message) == ("app/deadly.py", f"left as it is: {DIED}")
    assert {outcome.path for outcome in result.outcomes if outcome.after is not None} == files.keys()
    assert have_ended()


class Broken(Executor):
    """Cannot do anything any more."""

    def submit(self, function: Callable[..., Any], /, *_: Any, **__: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(BrokenExecutor("gone"))
        return future


class Gone(Executor):
    """Takes nothing any more."""

    def submit(self, function: Callable[..., Any], /, *_: Any, **__: Any) -> Future[Any]:
        raise BrokenExecutor("gone")


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("executor", [Broken, Gone])
def test_another_ones_executor_that_breaks(tmp_path: Path, executor: type[Executor]) -> None:
    files = application(tmp_path, 3)
    with Crew(jobs=2, executor=executor()) as crew:
        result = engine.check_paths(load_settings(str(tmp_path)), [str(tmp_path)], crew=crew)
    assert {outcome.path for outcome in result.outcomes} == files.keys()
    assert not any(outcome.failure for outcome in result.outcomes)


@pytest.mark.usefixtures("small")
@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not fork")
@pytest.mark.parametrize("started", [0, 1])
def test_no_processes_to_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: int) -> None:
    """The system refuses the first or the second process of a pool: it is done without."""
    forks: list[int] = []
    fork = os.fork

    def refused() -> int:
        if len(forks) == started:
            raise BlockingIOError("Resource temporarily unavailable")
        forks.append(fork())
        return forks[-1]

    monkeypatch.setattr(os, "fork", refused)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    files = application(tmp_path)
    with Crew(jobs=2) as crew:
        result = engine.fix_paths(load_settings(str(tmp_path)), [str(tmp_path)], crew=crew)
    assert {outcome.path for outcome in result.outcomes if outcome.after is not None} == files.keys()
    assert len(forks) == started
    assert have_ended()


def test_memory_that_runs_out_here() -> None:
    def large() -> None:
        raise MemoryError

    assert isinstance(pool.Here().submit(large).exception(), MemoryError)
    assert pool.Here().submit(max, 1, 2).result() == 2


@pytest.mark.usefixtures("small")
def test_no_fork_beside_threads(tmp_path: Path) -> None:
    files = application(tmp_path, 2)
    waiting = threading.Event()
    thread = threading.Thread(target=waiting.wait)
    thread.start()
    try:
        made = pool.Pool(Reader(reader.Setup(load_settings(str(tmp_path)), str(tmp_path), tuple(files))), 1)
        ((_, part),) = made.run("look", [((), list(files))])
        made.close()
    finally:
        waiting.set()
        thread.join()
    assert part is not None
    assert part.facts.keys() == files.keys()


# being interrupted


def test_interrupted_workers_end_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt leaves the crew while both workers are at a file that they never end with."""
    monkeypatch.setattr(crews, "FEW_FILES", 1)
    monkeypatch.setattr(crews, "_PIECE", 1)
    monkeypatch.setattr(threading, "active_count", lambda: 1)  # whatever threads other tests have left behind
    application(tmp_path)
    parent = os.getpid()

    def endless(self: Reader, part: Part, path: str, raw: bytes) -> None:
        if os.getpid() != parent:
            signal.pause()

    def interrupted(self: Future[Any], timeout: float | None = None) -> Any:
        if not handed_over:  # the pool is still being started
            return result(self, timeout)
        raise KeyboardInterrupt

    handed_over: list[Future[Any]] = []
    result = Future.result
    monkeypatch.setattr(Reader, "_candidate", endless)
    monkeypatch.setattr(Future, "result", interrupted)
    before = cases.snapshot(tmp_path)
    submit = pool.Pool._submit

    def submitted(self: Any, *arguments: Any) -> Any:
        future = submit(self, *arguments)
        handed_over.append(future)
        return future

    monkeypatch.setattr(pool.Pool, "_submit", submitted)
    with pytest.raises(KeyboardInterrupt), Crew(jobs=2, progress=unseen) as crew:
        engine.fix_paths(load_settings(str(tmp_path)), [str(tmp_path)], crew=crew)
    assert have_ended()
    assert cases.snapshot(tmp_path) == before


@pytest.mark.usefixtures("small")
def test_interrupted_forks_end_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    application(tmp_path)

    def endless(*_: Any) -> None:
        signal.pause()

    def interrupted(self: Fork) -> bytes | None:
        forks.append(self._process)
        raise KeyboardInterrupt

    forks: list[int] = []
    monkeypatch.setattr(Reader, "_candidate", endless)
    monkeypatch.setattr(Fork, "result", interrupted)
    before = cases.snapshot(tmp_path)
    with pytest.raises(KeyboardInterrupt), Crew(jobs=2) as crew:
        engine.fix_paths(load_settings(str(tmp_path)), [str(tmp_path)], crew=crew)
    assert not any(os.path.exists(f"/proc/{process}") for process in forks)
    assert cases.snapshot(tmp_path) == before


@pytest.mark.usefixtures("small")
def test_no_process_to_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for root in (here, there):
        application(root)
    alone = outcomes(here, Crew(jobs=1), unsafe=False)

    def none_left() -> int:
        raise BlockingIOError

    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(os, "fork", none_left)
    assert outcomes(there, Crew(jobs=2), unsafe=False) == alone


def test_more_items_than_the_queue_holds() -> None:
    items = [b"%d" % index for index in range(5_000)]
    with Shared(lambda item: int(item) + 1, 2) as shared:
        done = shared.run([*items, b"x" * 5_000])
    assert done == {item: int(item) + 1 for item in items}


def test_forks_that_all_die() -> None:
    parent = os.getpid()

    def die(_: bytes) -> None:
        assert os.getpid() != parent
        os.kill(os.getpid(), signal.SIGKILL)

    with Shared(die, 2) as shared:
        assert shared.run(b"%d" % index for index in range(5_000)) == {}


def test_interrupts_are_for_the_first_process(monkeypatch: pytest.MonkeyPatch) -> None:
    set_to: list[Any] = []
    monkeypatch.setattr(signal, "signal", lambda number, handler: set_to.append((number, handler)))
    pool._ignore_interrupts()
    assert set_to == [(signal.SIGINT, signal.SIG_IGN)]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not fork")
def test_a_worker_starts_from_what_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 1)  # whatever threads other tests have left behind
    application(tmp_path, 2)
    made = pool.Pool(Reader(reader.Setup(load_settings(str(tmp_path)), str(tmp_path), ())), 2)
    assert made._forks
    assert made._setup == b""
    made.close()


@pytest.mark.usefixtures("small")
def test_what_is_left_is_looked_at_by_processes_as_well(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for root in (here, there):
        application(root)
        lay_out(root, {f"app/kept{index}.py": LEGACY + CALL + "kept = CacheService('d')\n" for index in range(12)})
    alone = outcomes(here, Crew(jobs=1), unsafe=False)
    assert outcomes(there, Crew(jobs=2), unsafe=False) == alone
    assert cases.snapshot(there) == cases.snapshot(here)
    assert have_ended()
