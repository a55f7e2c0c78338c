"""The Python files of a folder: what git knows of it or, where there is no git, what a walk finds.

In a git checkout these are the tracked files and the untracked ones that git does not ignore. Elsewhere the
tree is walked, and ``.gitignore`` files count as they do for git. Untracked files in :data:`USUAL_FOLDERS` and
in virtual environments are left out in both. ``build`` and ``dist`` are not among those folders: packages have
such names, and a missed consumer is worse than one file too many. Submodules are repositories of their own.
"""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from .outcomes import Failure
from .reading import LARGEST_SOURCE, read_file

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable

    from .ignore import Ignore

SUFFIXES = (".py", ".pyi")

# fmt: off
USUAL_FOLDERS = frozenset((
    ".bzr", ".direnv", ".eggs", ".git", ".hg", ".hypothesis", ".ipynb_checkpoints", ".mypy_cache", ".nox",
    ".pytest_cache", ".ruff_cache", ".svn", ".tox", ".venv", "__pycache__", "__pypackages__", "node_modules", "venv",
))
# fmt: on
"""Folders that hold no code of the repository itself."""

_KEPT_VARIABLES = ("GIT_EXEC_PATH", "GIT_CONFIG", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM")


class Listing(NamedTuple):
    """What a folder holds.

    Attributes:
        files: Python files, regular or links to such, relative to the root with ``/``.
        links: those of them that are links, with what they resolve to, relative to the root.
        failures: folders that cannot be read.
    """

    files: list[str]
    links: dict[str, str]
    failures: list[Failure]
    unseen: bool = False
    """Whether git's word was taken for ``files``, which may be links then, or gone."""

    def seen(self, root: str) -> Listing:
        """Look at every file oneself."""
        listing = Listing([], {}, self.failures)
        for path in self.files:
            listing.add(root, path)
        return listing

    def add(self, root: str, path: str) -> None:
        """Take a file if it is a regular one, or a link to one inside the root; leave out anything else."""
        try:
            mode = os.lstat(f"{root}/{path}").st_mode
        except OSError:
            return  # git still knows it, or it went in this moment
        if stat.S_ISREG(mode):
            self.files.append(path)
        elif stat.S_ISLNK(mode):
            target = os.path.realpath(f"{root}/{path}")
            inside = relative(root, target)
            if inside is not None and os.path.isfile(target):
                self.files.append(path)
                self.links[path] = inside


def _is_plain(root: str, folder: str, known: dict[str, bool]) -> bool:
    """Whether a folder is reached from the root through folders alone: an index can say otherwise."""
    unknown = []
    while folder not in known:
        unknown.append(folder)
        folder = folder.rpartition("/")[0]
    for each in reversed(unknown):
        above, _, name = each.rpartition("/")
        known[each] = known[above] and name not in ("", ".", "..") and _is_folder(f"{root}/{each}")
    return known[unknown[0] if unknown else folder]


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def relative(root: str, path: str) -> str | None:
    """An absolute path relative to the root, with ``/``; None where it is not inside, empty for the root itself."""
    if path == root:
        return ""
    start = os.path.join(root, "")
    return path[len(start) :].replace(os.sep, "/") if path.startswith(start) else None


def list_repository(root: str, *, unseen: bool = False) -> Listing:
    """List all Python files of a repository, unsorted.

    Args:
        root: the absolute path of its root; it may lie below the root of the git checkout.
        unseen: whether git's word may be taken for what is a file.
    """
    listing = _from_git(root, unseen=unseen) if _is_checkout(root) else None
    # A root that git ignores as a whole is no part of the checkout around it.
    if listing is None or not (listing.files or os.path.exists(os.path.join(root, ".git"))):
        return walk(root)
    return listing


def _is_checkout(folder: str) -> bool:
    while not os.path.exists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return False
        folder = parent
    return True


_ahead: dict[str, tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]] = {}
"""What :func:`start` has begun, by root."""


def start(root: str) -> None:
    """Let git begin to list a repository that is probably asked for soon; :func:`forget` ends it."""
    if _is_checkout(root):
        with contextlib.suppress(OSError):
            _ahead[root] = _ask_git(root)


def forget() -> None:
    """End what was begun and not asked for."""
    while _ahead:
        _, processes = _ahead.popitem()
        for process in processes:
            with process:
                process.kill()


def _ask_git(root: str) -> tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]:
    # Both at once: the search for untracked files takes its time, the tracked ones are looked at meanwhile.
    return _ls_files(root, "--others", "--exclude-standard"), _ls_files(root, "--cached")


def _from_git(root: str, *, unseen: bool) -> Listing | None:
    """What git tracks, and what it neither tracks nor ignores; None where git is missing or does not want to."""
    try:
        untracked, tracked = _ahead.pop(root) if root in _ahead else _ask_git(root)
    except OSError:
        return None
    listing = Listing([], {}, [], unseen)
    with untracked, tracked:
        plain: dict[str, bool] = {"": True}
        for path in _names(tracked):
            if _is_plain(root, path.rpartition("/")[0], plain):
                listing.files.append(path) if unseen else listing.add(root, path)
        folders: dict[str, bool] = {"": True}
        for path in _names(untracked):
            folder = path.rpartition("/")[0]
            if _is_own(root, folder, folders) and _is_plain(root, folder, plain):
                listing.files.append(path) if unseen else listing.add(root, path)
    return listing if tracked.returncode == untracked.returncode == 0 else None


def _ls_files(root: str, *options: str) -> subprocess.Popen[bytes]:
    """Start ``git ls-files`` for Python files.

    What a git hook puts in the environment (another index, another work tree) is not for us, and neither is any
    program of the repository's choice: a file system monitor, or what would fetch an object that is missing.
    """
    import subprocess

    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(_KEPT_VARIABLES)
    }
    command = ["git", "-c", "core.fsmonitor=false", "ls-files", "-z", *options, "--", *(f"*{end}" for end in SUFFIXES)]
    return subprocess.Popen(
        command,
        cwd=root,
        env=environment | {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": ""},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _names(process: subprocess.Popen[bytes]) -> Iterable[str]:
    """The names that git prints, each once (an unmerged file is in the index up to three times)."""
    output, _ = process.communicate()
    return dict.fromkeys(os.fsdecode(output).split("\0")[:-1])


def _is_own(root: str, folder: str, known: dict[str, bool]) -> bool:
    """Whether untracked files of a folder are the repository's own code."""
    unknown = []
    while folder not in known:
        unknown.append(folder)
        folder = folder.rpartition("/")[0]
    for each in reversed(unknown):
        parent, _, name = each.rpartition("/")
        known[each] = known[parent] and not _is_foreign(f"{root}/{each}", name)
    return known[unknown[0] if unknown else folder]


def _is_foreign(path: str, name: str) -> bool:
    return name in USUAL_FOLDERS or os.path.exists(f"{path}/pyvenv.cfg")


def walk(root: str, below: str = "") -> Listing:
    """List the Python files in a folder without git, links to folders not followed.

    Args:
        root: what the paths are relative to.
        below: the folder, relative to the root; its own name and what ignores it do not count.
    """
    listing = Listing([], {}, [])
    pending: list[tuple[str, tuple[tuple[int, Ignore], ...]]] = [(below, ())]
    while pending:
        folder, ignores = pending.pop()
        prefix = f"{folder}/" if folder else ""
        try:
            with os.scandir(f"{root}/{folder}") as scan:
                entries = list(scan)
        except OSError as error:
            listing.failures.append(Failure(folder or ".", f"cannot read the folder: {error.strerror}"))
            continue
        if any(entry.name == ".gitignore" for entry in entries):
            ignores += _read_ignore(f"{root}/{prefix}.gitignore", len(prefix))
        for entry in entries:
            path = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                if not _is_ignored(path, ignores, is_dir=True) and not _is_foreign(entry.path, entry.name):
                    pending.append((path, ignores))
            elif entry.name.endswith(SUFFIXES) and not _is_ignored(path, ignores):
                if entry.is_file(follow_symlinks=False):  # known from the scan: no further look at the disk
                    listing.files.append(path)
                else:
                    listing.add(root, path)
    return listing


def _read_ignore(path: str, prefix: int) -> tuple[tuple[int, Ignore], ...]:
    """The patterns of a ``.gitignore``, with the length of what precedes the paths they speak of."""
    from .ignore import parse

    try:
        # git, too, follows no link here.
        return () if os.path.islink(path) else ((prefix, parse(read_file(path, LARGEST_SOURCE))),)
    except OSError:
        return ()  # git, too, goes on without it


def _is_ignored(path: str, ignores: tuple[tuple[int, Ignore], ...], *, is_dir: bool = False) -> bool:
    """What the nearest ``.gitignore`` that speaks of a path says of it."""
    for prefix, ignore in reversed(ignores):
        decision = ignore.decide(path[prefix:], is_dir=is_dir)
        if decision is not None:
            return decision
    return False
