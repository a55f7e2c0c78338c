"""What is told by the bytes of files alone."""

from __future__ import annotations

import marshal
import os
import signal
import threading
from pathlib import Path

import pytest

from cachelift import forking, sighting
from cachelift.forking import can_fork
from cachelift.outcomes import Failure, Migration
from cachelift.sighting import Sighting, candidates, names, sight, word_pattern

NAMES = frozenset({"CacheService", "cache_service"})
FILES = {
    "a.py": b"from os import *\n",
    "b.py": b"from app.services.cache_service import CacheService\n",
    "c.py": b"from os.path import*\nx = 1  # noqa: CLF001\n",
    "d.py": b"x = 1  # noqa\ny = 1  # cachelift: skip\n",
    "e.py": b"# noqa\n",
    "f.py": b"CacheServices = my_cache_service\n",
}


PATHS = [*FILES, "gone.py", "text.py"]


@pytest.fixture
def root(tmp_path: Path) -> str:
    for path, raw in FILES.items():
        (tmp_path / path).write_bytes(raw)
    return str(tmp_path)


def test_a_look_at_the_names(root: str) -> None:
    found = Sighting.nothing()
    texts = {"text.py": b"import cache_service"}
    listed = candidates(found, root, PATHS, NAMES, marked=FILES.keys() - {"d.py"}, texts=texts)
    assert [*listed] == ["b.py", "text.py"]
    assert found == Sighting(
        candidates=["b.py", "text.py"],
        marked=["c.py"],
        failures={"gone.py": Failure("gone.py", "cannot read the file: No such file or directory")},
        early=[*FILES, "text.py"],
        stars={},
        users=set(),
        askers=set(),
        makers=set(),
        patchers=set(),
    )
    assert sight(root, ["d.py"], NAMES, marked={"d.py"}).marked == ["d.py"]


def test_a_look_to_the_first_candidate_and_at_the_rest(root: str) -> None:
    found = sight(root, PATHS, NAMES, to_first=True)
    assert found == Sighting(["b.py"], [], {}, ["a.py", "b.py"], {}, set(), set(), set(), set(), tuple(PATHS[2:]))
    noted: dict[str, bytes] = {}
    assert [*candidates(found, root, found.rest[:4], NAMES, note=noted.__setitem__)] == []
    assert noted == {path: FILES[path] for path in found.rest[:4] if path in FILES}
    stars = {"c.py": ((0, "os.path"),)}
    assert found[:-1] == (["b.py"], [], {}, ["a.py", "b.py"], stars, set(), set(), set(), set())


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let a fork look at the second half of what is behind the first file; gives the forks that were made."""
    made: list[int] = []
    fork = os.fork

    def forked() -> int:
        process = fork()
        made.append(process)
        return process

    monkeypatch.setattr(os, "fork", forked)
    monkeypatch.setattr(sighting, "_FEW", 1)
    monkeypatch.setattr(threading, "active_count", lambda: 1)  # whatever threads other tests have left behind
    return made


def is_gone(process: int) -> bool:
    """Whether a process has ended and been waited for."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


ORDERS = [PATHS, PATHS[::-1], ["a.py", "e.py", "c.py", "gone.py", "d.py", "b.py"], ["b.py", *PATHS], ["a.py", "e.py"]]


@pytest.mark.skipif(not can_fork(), reason="this system does not fork")
@pytest.mark.parametrize("paths", ORDERS, ids=" ".join)
def test_a_look_in_halves_finds_the_same(root: str, paths: list[str], forks: list[int]) -> None:
    marked = set(FILES)
    assert sight(root, paths, NAMES, marked=marked, jobs=2) == sight(root, paths, NAMES, marked=marked)
    assert len(forks) == 1
    assert all(map(is_gone, forks))


@pytest.mark.skipif(not can_fork(), reason="this system does not fork")
@pytest.mark.parametrize("paths", ORDERS, ids=" ".join)
def test_a_look_in_halves_to_the_first_candidate(root: str, paths: list[str], forks: list[int]) -> None:
    found = sight(root, paths, NAMES, marked=set(FILES), to_first=True, jobs=2)
    assert [*found.rest] == paths[len(found.early) + len(found.failures) :]
    whole = sight(root, paths, NAMES, marked=set(FILES))
    again = candidates(found, root, found.rest, NAMES, marked=set(FILES))
    assert [*found.candidates, *again][: len(whole.candidates)] == whole.candidates
    assert found.marked == whole.marked
    assert all(map(is_gone, forks))


@pytest.mark.parametrize("kept", ["jobs", "threads", "few"])
def test_a_look_without_a_fork(root: str, forks: list[int], monkeypatch: pytest.MonkeyPatch, kept: str) -> None:
    if kept == "threads":
        monkeypatch.setattr(threading, "active_count", lambda: 2)
    elif kept == "few":
        monkeypatch.setattr(sighting, "_FEW", len(PATHS))
    sight(root, PATHS, NAMES, jobs=1 if kept == "jobs" else 2)
    assert forks == []


@pytest.mark.parametrize("to_first", [False, True])
def test_a_look_where_there_is_no_fork_to_be_had(
    root: str, monkeypatch: pytest.MonkeyPatch, forks: list[int], to_first: bool
) -> None:
    def refused() -> int:
        raise BlockingIOError("Resource temporarily unavailable")

    paths = ["a.py", "e.py", "c.py", "b.py", "d.py"]
    monkeypatch.setattr(os, "fork", refused)
    found = sight(root, paths, NAMES, to_first=to_first, jobs=2)
    assert found == sight(root, paths, NAMES, to_first=to_first)
    assert forks == []


@pytest.mark.skipif(not can_fork(), reason="this system does not fork")
@pytest.mark.parametrize("to_first", [False, True])
@pytest.mark.parametrize("killed", [False, True])
def test_a_fork_that_fails(
    root: str, monkeypatch: pytest.MonkeyPatch, forks: list[int], killed: bool, to_first: bool
) -> None:
    def fails(*_: object) -> bytes:
        if killed:
            os.kill(os.getpid(), signal.SIGKILL)
        raise MemoryError

    paths = ["a.py", "e.py", "c.py", "b.py", "d.py"]
    monkeypatch.setattr(sighting, "second_part", fails)
    found = sight(root, paths, NAMES, to_first=to_first, jobs=2)
    assert found == sight(root, paths, NAMES, to_first=to_first)
    assert len(forks) == 1
    assert all(map(is_gone, forks))


@pytest.mark.skipif(not can_fork(), reason="this system does not fork")
def test_an_interrupt_ends_the_fork(root: str, monkeypatch: pytest.MonkeyPatch, forks: list[int]) -> None:
    def endless(*_: object) -> bytes:
        signal.pause()
        return b""

    look = sighting._look

    def interrupted(*arguments: object, **options: object) -> tuple[str, ...]:
        if forks:
            raise KeyboardInterrupt
        return look(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(sighting, "second_part", endless)
    monkeypatch.setattr(sighting, "_look", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sight(root, PATHS, NAMES, jobs=2)
    assert len(forks) == 1
    assert all(map(is_gone, forks))


def test_what_a_fork_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, with an end that can be looked at."""

    class Ended(Exception):
        pass

    ends: list[int] = []

    def end(status: int) -> None:
        ends.append(status)
        raise Ended

    monkeypatch.setattr(os, "_exit", end)
    written = tmp_path / "pipe"
    written.write_bytes(b"")
    for work in (lambda: b"done", lambda: bytes(-1)):
        with pytest.raises(Ended):
            forking._end_after(work, os.open(written, os.O_WRONLY))
    assert ends == [0, 1]
    assert written.read_bytes() == b"done"
    monkeypatch.setattr(os, "fork", lambda: 0)
    monkeypatch.setattr(forking, "_end_after", lambda work, _: end(len(work())))
    monkeypatch.setattr(forking.Fork, "_end", lambda self: None)  # the second process never gets there
    with pytest.raises(Ended):
        forking.Fork(lambda: b"done")
    assert ends == [0, 1, 4]


@pytest.mark.skipif(not can_fork(), reason="this system does not fork")
def test_an_interrupt_while_a_fork_is_made(monkeypatch: pytest.MonkeyPatch, forks: list[int]) -> None:
    """It waits until there is a fork, and then ends it."""
    fork = os.fork

    def interrupted() -> int:
        process = fork()
        if process:
            signal.raise_signal(signal.SIGINT)  # for this thread: another one may not hold it back
            assert signal.SIGINT in signal.sigpending()
        return process

    def endless() -> bytes:
        signal.pause()
        return b""

    monkeypatch.setattr(os, "fork", interrupted)
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background processes ignore it
    try:
        with pytest.raises(KeyboardInterrupt):
            forking.Fork(endless)
    finally:
        signal.signal(signal.SIGINT, previous)
    assert len(forks) == 1
    assert all(map(is_gone, forks))


@pytest.mark.skipif(not can_fork(), reason="this system does not fork")
def test_a_fork_that_nobody_reads_from_ends() -> None:
    fork = forking.Fork(lambda: bytes(1 << 20))
    os.close(fork._reading)
    assert os.waitpid(fork._process, 0)[1] != 0


def test_systems_without_signal_masks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(signal, "pthread_sigmask")
    with forking.uninterrupted():
        assert not hasattr(signal, "pthread_sigmask")


def test_what_the_second_part_is(root: str) -> None:
    wanted = sighting.Wanted(root, NAMES, {"c.py"}, to_first=True, plain=False)

    raw = sighting.second_part(("b.py", "gone.py", "c.py"), wanted)

    failure = ("gone.py", "cannot read the file: No such file or directory", None, None)
    assert marshal.loads(raw) == (["b.py"], ["c.py"], ["b.py", "c.py"], [failure])


def test_names() -> None:
    other = Migration(legacy="pkg.store.Store", factory="pkg.new.get")
    assert names([Migration(), other]) == NAMES | {"store", "Store"}


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("C", b"x.C()", True),
        ("C", b"CC", False),
        ("C", b"_C", False),
        ("C", "éC".encode(), True),
        ("Cafés", "Cafés".encode("latin-1"), True),
        ("Cafés", b"Caf", True),
        ("Cafés", b"Ca", False),
    ],
)
def test_words(name: str, raw: bytes, expected: bool) -> None:
    assert (word_pattern([name]).search(raw) is not None) is expected
