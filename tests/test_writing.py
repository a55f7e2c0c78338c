"""Files put in place of others: modes, links, errors, what killed runs left, many at a time."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cachelift import writing
from cachelift.writing import ChangedOnDisk, at_once, remove_stale_temporaries, replace_file


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_replace_file_keeps_the_mode(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"old")
    path.chmod(0o754)

    replace_file(path, b"old", b"new\r\n")

    assert path.read_bytes() == b"new\r\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o754
    assert names(tmp_path) == ["a.py"]


def test_replace_file_writes_through_links(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "links").mkdir()
    (tmp_path / "real" / "a.py").write_bytes(b"old")
    link = tmp_path / "links" / "b.py"
    link.symlink_to("../real/a.py")

    replace_file(str(link), b"old", b"new")

    assert link.is_symlink()
    assert (tmp_path / "real" / "a.py").read_bytes() == b"new"
    assert names(tmp_path / "real") == ["a.py"]
    assert names(tmp_path / "links") == ["b.py"]


@pytest.mark.parametrize("name", ["n" * 255, "é" * 127])
def test_replace_file_takes_the_longest_names(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"old")

    replace_file(tmp_path / name, b"old", b"new")

    assert (tmp_path / name).read_bytes() == b"new"
    assert names(tmp_path) == [name]


def test_replace_file_refuses_a_file_that_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"theirs")

    with pytest.raises(ChangedOnDisk, match="changed by somebody else") as caught:
        replace_file(path, b"old", b"new")

    assert caught.value.path == str(path)
    assert path.read_bytes() == b"theirs"
    assert names(tmp_path) == ["a.py"]


@pytest.mark.parametrize("failing", ["replace", "fsync", "chmod"])
@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device", "x", None, "y"), KeyboardInterrupt()]
)
def test_replace_file_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str, error: BaseException
) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"old")

    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(type(error)) as caught:
        replace_file(path, b"old", b"new")

    if isinstance(caught.value, OSError):
        assert str(caught.value) == f"[Errno 28] No space left on device: '{path}'"
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.py"]


def test_replace_file_refuses_read_only_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda path, mode: False)

    with pytest.raises(PermissionError) as caught:
        replace_file(path, b"old", b"new")

    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"old"


def test_replace_file_names_the_file_where_the_folder_is_read_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"old")

    def refuse(name: str, *arguments: int) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", name)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(PermissionError) as caught:
        replace_file(path, b"old", b"new")

    assert str(caught.value) == f"[Errno 13] Permission denied: '{path}'"
    assert path.read_bytes() == b"old"


def test_replace_file_refuses_what_is_no_regular_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="not a regular file"):
        replace_file(tmp_path, b"", b"")
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "missing.py", b"", b"")
    assert names(tmp_path) == []


def test_replace_file_needs_no_owner_and_no_synced_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"old")
    real_open = os.open

    def refuse(*arguments: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    def open_files(name: str, flags: int, mode: int = 0o777) -> int:
        if os.path.isdir(name):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real_open(name, flags, mode)

    monkeypatch.setattr(os, "chown", refuse)
    monkeypatch.setattr(os, "open", open_files)
    replace_file(path, b"old", b"new")

    assert path.read_bytes() == b"new"


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_stale_temporaries_are_removed_and_nothing_else(tmp_path: Path) -> None:
    pid = dead_process()
    stale = f".a.py.cachelift-{pid}-0123abcd.tmp"
    own = f".a.py.cachelift-{os.getpid()}-0123abcd.tmp"
    old = f".a.py.cachelift-{os.getppid()}-0123abcd.tmp"
    kept = [
        f".a.py.cachelift-{os.getppid()}-4567abcd.tmp",
        ".a.py.cachelift-999999999-0123abcd.tmp.py",
        f".a.py.cachelift-{pid}-0123.tmp",
        f"a.py.cachelift-{pid}-0123abcd.tmp",
        "a.py",
    ]
    for name in [stale, own, old, *kept]:
        (tmp_path / name).write_bytes(b"")
    os.utime(tmp_path / old, (0, 0))
    (tmp_path / f".d.cachelift-{pid}-0123abcd.tmp").mkdir()

    removed = sorted(remove_stale_temporaries(str(tmp_path)))
    assert removed == sorted(str(tmp_path / name) for name in (stale, own, old))
    assert names(tmp_path) == sorted([*kept, f".d.cachelift-{pid}-0123abcd.tmp"])


def test_temporaries_of_other_users_processes_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int, signal: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    (tmp_path / ".a.py.cachelift-1-0123abcd.tmp").write_bytes(b"")
    monkeypatch.setattr(os, "kill", refuse)

    assert remove_stale_temporaries(str(tmp_path)) == []
    assert names(tmp_path) == [".a.py.cachelift-1-0123abcd.tmp"]


def test_temporaries_stay_where_asking_for_a_process_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f".a.py.cachelift-{dead_process()}-0123abcd.tmp"
    (tmp_path / name).write_bytes(b"")
    monkeypatch.setattr(sys, "platform", "win32")

    assert remove_stale_temporaries(str(tmp_path)) == []
    assert names(tmp_path) == [name]


def test_a_folder_that_cannot_be_read_has_no_temporaries(tmp_path: Path) -> None:
    assert remove_stale_temporaries(str(tmp_path / "missing")) == []


def test_many_files_are_replaced_and_their_errors_told_in_order(tmp_path: Path) -> None:
    files = [tmp_path / f"{number:02}.py" for number in range(20)]
    for file in files:
        file.write_bytes(b"old")
    files[3].write_bytes(b"theirs")
    files[17].unlink()

    errors = at_once(lambda file: replace_file(file, b"old", file.name.encode()), files)

    assert {index: type(error) for index, error in enumerate(errors) if error is not None} == {
        3: ChangedOnDisk,
        17: FileNotFoundError,
    }
    assert files[3].read_bytes() == b"theirs"
    for index, file in enumerate(files):
        assert index in (3, 17) or file.read_bytes() == file.name.encode()
    assert names(tmp_path) == [file.name for file in files if file != files[17]]


def test_no_file_is_nothing_to_do() -> None:
    assert at_once(Path, []) == []


def test_an_interrupt_starts_no_other_file() -> None:
    """The main thread is interrupted in its first file; the others end theirs and take no more."""
    begun: list[int] = []
    ended: list[int] = []
    everybody = threading.Barrier(writing._WRITERS)
    interrupted = threading.Event()

    def slow(number: int) -> None:
        begun.append(number)
        everybody.wait()
        if threading.current_thread() is threading.main_thread():
            interrupted.set()
            raise KeyboardInterrupt
        interrupted.wait()
        ended.append(number)

    with pytest.raises(KeyboardInterrupt):
        at_once(slow, range(50))
    assert len(begun) == writing._WRITERS
    assert len(ended) == writing._WRITERS - 1
