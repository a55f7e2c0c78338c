"""Files put in place of others, wholly or not at all.

A run that is killed leaves every file as it was or as it is to be, and a file that was written is on the disk.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

_TEMPORARY = r"\..+\.cachelift-(\d{1,9})-[0-9a-f]{8}\.tmp"
_NAME_BYTES = 120
"""How much of a file's name its temporary file repeats: some file systems take no more than 143 bytes."""
_PATIENCE = 60.0
"""Seconds to wait for another run."""
_OLD = 3600.0
"""Seconds after which no run is still at work on a temporary file, whatever process has its number now."""
_BINARY = getattr(os, "O_BINARY", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)
_WRITERS = 8
"""How many files are written at a time: more gain little on any disk that was measured."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class ChangedOnDisk(Exception):
    """A file is no longer what it was when it was read. Nothing was written."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return "the file was changed by somebody else in the meantime; nothing was written"


class Staged(NamedTuple):
    """A file that only has to be renamed over another.

    ``temporary`` is None where the target holds the new bytes already: another run of this tool has put them there.
    """

    name: str
    target: str
    temporary: str | None
    before: bytes
    after: bytes


Change = tuple[os.PathLike[str] | str, bytes, bytes]
"""A file, what it was when it was read, and what it becomes."""


def replace_file(path: os.PathLike[str] | str, before: bytes, after: bytes) -> None:
    """Put new bytes in a file's place, wholly or not at all.

    A temporary file beside the target (where a symbolic link points to) is written, synced and renamed over
    it, so a run that is killed leaves the old file or the new one. Mode bits and extended attributes stay, and the
    owner where that is permitted; other hard links keep the old content.

    Args:
        path: the file.
        before: what the file was when it was read.
        after: what it becomes.

    Raises:
        ChangedOnDisk: the file does not hold ``before`` any more, nor what it is to become.
        OSError: with the file's own name; nothing was written.
    """
    commit(stage((path, before, after)))


def stage(change: Change) -> Staged:
    """Do all of :func:`replace_file` that can fail for want of space or permission, and leave the target alone.

    Raises:
        ChangedOnDisk: as :func:`replace_file` says.
        OSError: with the file's own name; nothing is left behind.
    """
    path, before, after = change
    name = os.fspath(path)
    try:
        target = os.path.realpath(name)
        if not stat.S_ISREG(os.stat(target).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        if not os.access(target, os.W_OK):
            # Renaming asks for nothing but the folder's permission; a file that was made read-only stays.
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        status, is_done = _compare(name, target, before, after)
        if is_done:
            return Staged(name, target, None, before, after)
        temporary = _temporary_name(target)
        _write_new(temporary, after, target, status)
    except OSError as error:
        raise OSError(error.errno, error.strerror, name) from error
    return Staged(name, target, temporary, before, after)


def commit(staged: Staged) -> None:
    """Rename a staged file over its target, if that is still what it was.

    Raises:
        ChangedOnDisk: as :func:`replace_file` says.
        OSError: with the file's own name; nothing was written.
    """
    temporary = staged.temporary
    try:
        status, is_done = _compare(staged.name, staged.target, staged.before, staged.after)
        if is_done or temporary is None:
            return
        if stat.S_IMODE(status.st_mode) != stat.S_IMODE(os.stat(temporary).st_mode):
            os.chmod(temporary, stat.S_IMODE(status.st_mode))
        os.replace(temporary, staged.target)
        temporary = None
    except OSError as error:
        raise OSError(error.errno, error.strerror, staged.name) from error
    finally:
        _remove(temporary)
    _sync_directory(os.path.dirname(staged.target))


def discard(staged: Staged) -> None:
    """Remove what was staged; nothing else happens."""
    _remove(staged.temporary)


def _remove(temporary: str | None) -> None:
    if temporary is not None:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def _compare(name: str, target: str, before: bytes, after: bytes) -> tuple[os.stat_result, bool]:
    """What a file is just now, and whether it holds the new bytes already.

    Raises:
        ChangedOnDisk: it holds neither the old bytes nor the new ones.
    """
    # Whatever took the file's place, opening it does not block.
    with open(os.open(target, os.O_RDONLY | _BINARY | _NO_WAIT), "rb") as file:
        status = os.fstat(file.fileno())
        now = file.read(max(len(before), len(after)) + 1) if stat.S_ISREG(status.st_mode) else None
    if now not in (before, after):
        raise ChangedOnDisk(name)
    return status, now != before


def at_once(function: Callable[[_Item], _Result], items: Sequence[_Item]) -> list[_Result | Exception]:
    """Do the same to many items, several at a time.

    Syncing is waiting for the disk. Where several threads wait at once, the file system syncs their files together.

    Returns:
        For each item what the function gave, or the error it raised, in the same order.
    """
    import threading  # only a run that writes pays for it

    results: list[_Result | Exception] = [RuntimeError("not done")] * len(items)
    waiting = deque(enumerate(items))

    def work() -> None:
        while True:
            try:
                index, item = waiting.popleft()
            except IndexError:
                return
            try:
                results[index] = function(item)
            except Exception as error:
                results[index] = error

    threads = [threading.Thread(target=work) for _ in range(min(_WRITERS, len(items)) - 1)]
    for thread in threads:
        thread.start()
    try:
        work()
    except BaseException:
        waiting.clear()  # nobody starts on another file
        raise
    finally:
        for thread in threads:
            thread.join()
    return results


@contextlib.contextmanager
def alone(folder: str) -> Iterator[bool]:
    """Keep other runs of this tool from rewriting a folder at the same time: what one reads another would change.

    The folder itself is locked, so nothing is left behind however the process ends. Where it cannot be locked nothing
    is kept away. Gives whether another run was there and has ended.

    Raises:
        OSError: another run did not end for a long time.
    """
    try:
        import fcntl

        descriptor = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        yield False
        return
    try:
        yield _lock(lambda: fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB), folder)
    finally:
        os.close(descriptor)


def _lock(attempt: Callable[[], None], folder: str) -> bool:
    """Try until it succeeds; whether it did not at once."""
    end = None
    while True:
        try:
            attempt()
        except BlockingIOError:
            end = time.monotonic() + _PATIENCE if end is None else end
            if time.monotonic() > end:
                raise OSError(errno.EBUSY, "another run is rewriting this folder", folder) from None
            time.sleep(0.05)
            continue
        except OSError:  # the file system knows no locks
            pass
        return end is not None


def put(target: str, data: bytes, mode: int | None) -> None:
    """Make a file, or put another one in its place whatever it holds; a reader sees the old one or the new one.

    Args:
        target: the file, links resolved.
        data: what it is to hold.
        mode: its mode bits; None for those of a new file.

    Raises:
        OSError: it cannot be written; what was there is as it was.
    """
    remove_stale_temporaries(os.path.dirname(target))
    temporary = _temporary_name(target)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(temporary, mode)
        os.replace(temporary, target)
    except BaseException:
        _remove(temporary)
        raise
    _sync_directory(os.path.dirname(target))


def _temporary_name(target: str) -> str:
    """A name beside the target that tells whose it is, and that no file system finds too long."""
    directory, name = os.path.split(target)
    while len(os.fsencode(name)) > _NAME_BYTES:
        name = name[:-1]
    return os.path.join(directory, f".{name}.cachelift-{os.getpid()}-{os.urandom(4).hex()}.tmp")


def _write_new(path: str, data: bytes, like: str, status: os.stat_result) -> None:
    """Write and sync a new file with the mode, the extended attributes and, where permitted, the owner of another."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
    try:
        with open(os.open(path, flags, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(OSError, AttributeError):
            # Before the mode: changing the owner clears the set-user-id bit.
            os.chown(path, status.st_uid, status.st_gid)
        _copy_attributes(like, path)
        os.chmod(path, stat.S_IMODE(status.st_mode))
    except BaseException:
        _remove(path)
        raise


def _copy_attributes(source: str, target: str) -> None:
    """Access control lists are extended attributes too; not every system and file system has any."""
    with contextlib.suppress(OSError, AttributeError):
        for name in os.listxattr(source):
            with contextlib.suppress(OSError):
                os.setxattr(target, name, os.getxattr(source, name))


def _sync_directory(directory: str) -> None:
    """Make the renaming itself last; not every system lets a folder be opened or synced."""
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove_stale_temporaries(directory: str) -> list[str]:
    """Remove what killed runs left in a folder, and say which files that was.

    Only names that :func:`replace_file` gives, only of processes that do not run any more, this one (which has none
    yet) or one that took over the number of one that ended long ago.
    """
    removed: list[str] = []
    if sys.platform == "win32":  # There, asking whether a process lives may end it.
        return removed
    with contextlib.suppress(OSError), os.scandir(directory) as entries:
        for entry in entries:
            match = re.fullmatch(_TEMPORARY, entry.name, re.DOTALL)
            if match is None or not entry.is_file(follow_symlinks=False):
                continue
            pid, age = int(match[1]), time.time() - entry.stat(follow_symlinks=False).st_mtime
            if pid == os.getpid() or age > _OLD or not _is_alive(pid):
                os.unlink(entry.path)
                removed.append(entry.path)
    return removed


def _is_alive(pid: int) -> bool:
    """Whether a process of that number runs, whoever owns it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
