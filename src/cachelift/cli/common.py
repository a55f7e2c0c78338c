"""What every command needs: where errors go, the configuration, the output."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from cachelift import output

if TYPE_CHECKING:
    from cachelift.config import Settings

INTERRUPTED = 130
"""128 + SIGINT, as shells report it."""

EXIT_CODES = """\b
Exit codes:
  0    nothing is left
  1    usages are left; with --diff also: files would change
  2    a file or the configuration failed, or the command line is wrong;
       every other file is still done
  130  interrupted
"""
"""Of ``check`` and ``fix``, for their help."""


class Activity:
    """What the run is doing just now, for the message of an unexpected error."""

    doing = "reading the command line"


class Problem(click.ClickException):
    """Something a person can put right; exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Print the message to standard error; ``file`` is click's and not used."""
        complain(f"error: {self.message}")


def complain(message: str) -> None:
    """Say something to the person at the keyboard; control characters in it are made visible."""
    from cachelift.report.excerpt import neutral, visible

    output.complain(neutral("cachelift: " + visible(message, output.encoding_of(sys.stderr)) + "\n"))


def configured(activity: Activity, paths: Sequence[str], config: str | None) -> Settings:
    """Read the configuration of the repository that the paths are in.

    Args:
        activity: told what is done.
        paths: files and folders, relative to the current one.
        config: the file of ``--config``.

    Raises:
        Problem: it cannot be used.
    """
    from cachelift import config as configuration

    activity.doing = "reading the configuration"
    try:
        return configuration.load_settings(configuration.find_root(paths), config)
    except configuration.ConfigError as error:
        raise Problem(str(error)) from None


def located(path: str, root: str, working: str) -> str:
    """Give the path that opens from the working directory: relative below it, absolute elsewhere.

    Args:
        path: relative to ``root``, or absolute.
        root: the repository root, absolute.
        working: the working directory, absolute.
    """
    full = os.path.normpath(os.path.join(root, path))
    below = working.rstrip(os.sep) + os.sep
    return full.removeprefix(below)


def deliver(data: bytes, path: str | None, stream: Any = None, *, root: str | None = None) -> None:
    """Write to a file, else to a standard stream.

    A file of the repository is not written through a link that leads out of it: the link may be anybody's.

    Args:
        data: what is written.
        path: the file; None for the stream.
        stream: where to write instead.
        root: the repository's root; None where there is none in question.

    Raises:
        Problem: it cannot be written.
    """
    if path is None:
        write(stream or sys.stdout, data)
        return
    if root is not None and leads_out(path, root):
        raise Problem(f"cannot write {path}: a link leads out of the repository")
    try:
        output.write_file(path, data)
    except OSError as error:
        raise Problem(f"cannot write {path}: {error.strerror}") from error


def deliver_diff(diff: bytes, path: str | None, *, root: str) -> None:
    """Write a diff: byte for byte to a file or a program, made visible to a person.

    Raises:
        Problem: it cannot be written.
    """
    if path is None and sys.stdout is not None and sys.stdout.isatty():
        from cachelift.report.diff import for_terminal

        diff = for_terminal(diff, output.encoding_of(sys.stdout))
    deliver(diff, path, root=root)


def leads_out(path: str, root: str) -> bool:
    """Whether a path of the repository leads, by links, to a place that is not in it."""
    root = os.path.realpath(root)
    named = os.path.normpath(os.path.join(os.path.realpath(os.curdir), path))
    return _is_below(named, root) and not _is_below(os.path.realpath(path), root)


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(os.path.join(folder, ""))


def write(stream: Any, data: bytes) -> None:
    """Write to a standard stream.

    Raises:
        Problem: it cannot be written.
    """
    try:
        output.write(stream, data)
    except OSError as error:
        raise Problem(f"cannot write to the output: {error.strerror or error}") from error
