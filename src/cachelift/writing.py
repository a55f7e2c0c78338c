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
from collections import deque
from collections.abc import Sequence

_TEMPORARY = r"\..+\.cachelift-(\d{1,9})-[0-9a-f]{8}\.tmp"
_NAME_BYTES = 120
"""How much of a file's name its temporary file repeats: some file systems take no more than 143 bytes."""
_WRITERS = 8
"""How many files are written at a time: more gain little on any disk that was measured."""


class ChangedOnDisk(Exception):
    """A file is no longer what it was when it was read. Nothing was written."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return "the file was changed by somebody else in the meantime; nothing was written"


def replace_file(path: os.PathLike[str] | str, before: bytes, after: bytes) -> None:
    """Put new bytes in a file's place, wholly or not at all.

    A temporary file beside the target (where a symbolic link points to) is written, synced and renamed over
    it, so a run that is killed leaves the old file or the new one. Mode bits stay, and the owner where that
    is permitted; other hard links keep the old content.

    Args:
        path: the file.
        before: what the file was when it was read.
        after: what it becomes.

    Raises:
        ChangedOnDisk: the file does not hold ``before`` any more.
        OSError: with the file's own name; nothing was written.
    """
    name = os.fspath(path)
    temporary = None
    try:
        target = os.path.realpath(name)
        status = os.stat(target)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        if not os.access(target, os.W_OK):
            # Renaming asks for nothing but the folder's permission; a file that was made read-only stays.
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        temporary = _temporary_name(target)
        _write_new(temporary, after, status)
        with open(target, "rb") as file:
            if file.read() != before:
                raise ChangedOnDisk(name)
        os.replace(temporary, target)
        temporary = None
    except OSError as error:
        raise OSError(error.errno, error.strerror, name) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
    _sync_directory(os.path.dirname(target))


def replace_files(changes: Sequence[tuple[str, bytes, bytes]]) -> list[Exception | None]:
    """Do as :func:`replace_file` for many files that do not depend on one another.

    Syncing is waiting for the disk. Where several threads wait at once, the file system syncs their files together.

    Args:
        changes: for each file what :func:`replace_file` takes.

    Returns:
        For each file the error that kept it from being written, in the same order.
    """
    import threading  # only a run that writes pays for it

    errors: list[Exception | None] = [None] * len(changes)
    waiting = deque(enumerate(changes))

    def work() -> None:
        while True:
            try:
                index, change = waiting.popleft()
            except IndexError:
                return
            try:
                replace_file(*change)
            except Exception as error:
                errors[index] = error

    threads = [threading.Thread(target=work) for _ in range(min(_WRITERS, len(changes)) - 1)]
    for thread in threads:
        thread.start()
    try:
        work()
        for thread in threads:
            thread.join()
    except BaseException:
        waiting.clear()  # nobody starts on another file; the interpreter waits for those that are being written
        raise
    return errors


def _temporary_name(target: str) -> str:
    """A name beside the target that tells whose it is, and that no file system finds too long."""
    directory, name = os.path.split(target)
    while len(os.fsencode(name)) > _NAME_BYTES:
        name = name[:-1]
    return os.path.join(directory, f".{name}.cachelift-{os.getpid()}-{os.urandom(4).hex()}.tmp")


def _write_new(path: str, data: bytes, status: os.stat_result) -> None:
    """Write and sync a new file with the mode and, where permitted, the owner of another."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(OSError, AttributeError):
        # Before the mode: changing the owner clears the set-user-id bit.
        os.chown(path, status.st_uid, status.st_gid)
    os.chmod(path, stat.S_IMODE(status.st_mode))


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

    Only names that :func:`replace_file` gives, only of processes that do not run any more.
    """
    removed: list[str] = []
    if sys.platform == "win32":  # There, asking whether a process lives may end it.
        return removed
    with contextlib.suppress(OSError), os.scandir(directory) as entries:
        for entry in entries:
            match = re.fullmatch(_TEMPORARY, entry.name)
            if match is None or not entry.is_file(follow_symlinks=False) or _is_alive(int(match[1])):
                continue
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
