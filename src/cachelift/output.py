"""Where the bytes go: standard streams and the file of ``--output``. Reports are made elsewhere."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from typing import TextIO


def use_color(choice: str, stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    """Decide on colours: the option first, then ``NO_COLOR``, ``FORCE_COLOR``, ``TERM`` and the terminal.

    Args:
        choice: ``auto``, ``always`` or ``never``.
        stream: where the text goes; None for a file.
        environ: the environment. https://no-color.org and https://force-color.org: set and not empty.
    """
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return stream is not None and environ.get("TERM") != "dumb" and stream.isatty()


def write(stream: TextIO | None, data: bytes) -> None:
    """Write all of ``data`` to a standard stream; a reader that has gone away (``| head``) is no error.

    Raises:
        OSError: the stream is closed or does not take it, as on a full disk.
    """
    if not data:
        return
    if stream is None:
        raise OSError("the stream is closed")
    try:
        stream.flush()
        stream.buffer.write(data)
        stream.buffer.flush()
    except BrokenPipeError:
        # What is still buffered is written again at exit, which would end in a message and exit code 120:
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        silence(stream)


def silence(stream: TextIO) -> None:
    """Send what else is written to a stream nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def write_text(stream: TextIO | None, text: str) -> None:
    """Write a text in the stream's own encoding; what that cannot carry is escaped."""
    write(stream, text.encode(encoding_of(stream), "backslashreplace"))


def encoding_of(stream: TextIO | None) -> str:
    """Name the stream's encoding."""
    return (stream and stream.encoding) or "utf-8"


def complain(text: str) -> None:
    """Write to standard error; where there is none, nobody reads it and nothing is lost."""
    try:
        write_text(sys.stderr, text)
    except OSError:
        return


def write_file(path: str, data: bytes) -> None:
    """Write a file so that a reader sees the old or the new one, never half of it.

    Links are followed and mode bits kept. What is not a regular file (``/dev/stdout``, a pipe) is written to.

    Raises:
        OSError: it cannot be written; the old file is as it was.
    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        mode = None
    if mode is not None and not stat.S_ISREG(mode):
        with open(path, "wb") as special:
            special.write(data)
        return
    from cachelift.writing import put

    put(os.path.realpath(path), data, None if mode is None else stat.S_IMODE(mode))
