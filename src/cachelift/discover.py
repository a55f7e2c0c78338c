"""Which files: those of the repository, those that the user means, and those whose bytes are worth a look."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING, NamedTuple

from .listing import Listing, list_repository, relative, walk
from .outcomes import Failure
from .reading import read_file, read_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

_MANY_TOKENS = 16
"""From here on one regular expression is faster than a search for each token (33 MB of source, measured)."""


class Discovery(NamedTuple):
    """The files of a repository, relative to its root with ``/``.

    Attributes:
        root: the absolute path of the repository root.
        files: everything that is to be known, sorted: all Python files, excluded ones too, and files named.
        given: those of ``files`` that may be reported and changed. Of a link and its target only the target.
        outside: absolute paths, sorted, of files that were named but lie outside the root.
        excluded: files that were named but that a pattern keeps out, sorted.
        failures: paths that do not exist, are no files, or cannot be read.
    """

    root: str
    files: tuple[str, ...]
    given: frozenset[str]
    outside: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()


def discover(
    root: str, paths: Sequence[str], exclude: Sequence[str] = (), repository: Listing | None = None
) -> Discovery:
    """Find the files of a repository and those among them that the paths stand for.

    A file that is named is taken whatever its suffix and whatever git ignores, and so is what lies in a named
    folder of which git knows nothing (an ignored one, a submodule). ``exclude`` outranks both.

    Args:
        root: the absolute path of the repository root.
        paths: files and folders, relative to the current folder.
        exclude: patterns as in ``.gitignore``, relative to the root. An excluded file stays in ``files``.
        repository: the files of the repository where they are known.
    """
    root = os.path.realpath(root)
    repository = list_repository(root) if repository is None else repository
    files = set(repository.files)
    failures = [*repository.failures]
    links = {**repository.links}
    named: set[str] = set()
    given: set[str] = set()
    outside: set[str] = set()
    for path in paths:
        resolved, is_folder, problem = _resolve(path)
        inside = relative(root, resolved)
        if problem is not None:
            failures.append(Failure(path, problem))
        elif is_folder:
            below = _below(root, resolved, repository)
            failures += below.failures
            links |= below.links
            (outside if inside is None else given).update(below.files)
        elif inside is None:
            outside.add(resolved)
        else:
            named.add(inside)
            target = relative(root, os.path.realpath(resolved))
            if target is not None and target != inside:
                links[inside] = target
    given |= named
    excluded = _excluded(given, exclude)
    return Discovery(
        root=root,
        files=tuple(sorted(files | given)),
        given=frozenset(_without_second_names(given - excluded, links)),
        outside=tuple(sorted(outside)),
        excluded=tuple(sorted(named & excluded)),
        failures=tuple(failures),
    )


def _resolve(path: str) -> tuple[str, bool, str | None]:
    """What a path of the user's stands for: where it is, whether it is a folder, what is wrong with it.

    Links in the way are resolved, that of a file itself is not: the file goes by the name it was given.
    """
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        return path, False, (error.strerror or str(error)).lower()
    except ValueError:  # worded otherwise by each version of Python
        return path, False, "the name holds a null character"
    if stat.S_ISDIR(mode):
        return os.path.realpath(path), True, None
    folder, name = os.path.split(path)
    return os.path.join(os.path.realpath(folder), name), False, None if stat.S_ISREG(mode) else "not a regular file"


def _below(root: str, folder: str, repository: Listing) -> Listing:
    """The files in a folder that was named; absolute paths where it is not inside the root."""
    inside = relative(root, folder)
    if inside is None:
        found = walk(folder)
        return Listing([f"{folder}/{path}" for path in found.files], {}, found.failures)
    if not inside:
        return Listing(repository.files, {}, [])
    below = [path for path in repository.files if path.startswith(f"{inside}/")]
    return Listing(below, {}, []) if below else walk(root, inside)


def _excluded(paths: Iterable[str], patterns: Sequence[str]) -> set[str]:
    """Those of the paths that the patterns keep out, by themselves or with a folder above them."""
    if not patterns:
        return set()
    from .ignore import Ignore

    ignore = Ignore(patterns)
    known = {"": False}

    def is_out(folder: str) -> bool:
        unknown = []
        while folder not in known:
            unknown.append(folder)
            folder = folder.rpartition("/")[0]
        for each in reversed(unknown):
            known[each] = known[each.rpartition("/")[0]] or ignore.decide(each, is_dir=True) is True
        return known[unknown[0] if unknown else folder]

    return {path for path in paths if is_out(path.rpartition("/")[0]) or ignore.decide(path) is True}


def _without_second_names(paths: set[str], links: dict[str, str]) -> set[str]:
    """The paths without links to files that are among them anyway: what is written twice is written wrong."""
    kept = paths - links.keys()
    targets = set(kept)
    for path in sorted(paths & links.keys()):
        if links[path] not in targets:
            targets.add(links[path])
            kept.add(path)
    return kept


class Prefilter:
    """Tells files that cannot hold a usage from the others by their bytes alone.

    It never errs on the wrong side: of a token only the longest stretch of ASCII is looked for, which is the same
    bytes in every encoding that source is written in, and a token without any makes every file a match.

    Args:
        tokens: names, one of which stands in every file that is of interest.
    """

    __slots__ = ("_needles", "_search")

    def __init__(self, tokens: Iterable[str]) -> None:
        self._needles: tuple[bytes, ...] = ()
        self._search: Callable[[bytes], object] | None = None
        self.add(tokens)

    def add(self, tokens: Iterable[str]) -> None:
        """Let files with these names pass as well, those of a scan under way included."""
        needles = {*map(ascii_part, tokens), *self._needles}
        # A token that contains another one finds nothing that the other does not.
        self._needles = tuple(sorted(n for n in needles if not any(m in n for m in needles if m != n)))
        if len(self._needles) >= _MANY_TOKENS:
            self._search = re.compile(b"|".join(map(re.escape, self._needles))).search

    def matches(self, data: bytes) -> bool:
        """Whether a file with these bytes is worth decoding."""
        if self._search is not None:
            return self._search(data) is not None
        for needle in self._needles:  # noqa: SIM110 (half the time of `any`, and this is asked of every file)
            if needle in data:
                return True
        return False


def ascii_part(token: str) -> bytes:
    """The longest stretch of ASCII in a token: the same bytes in every encoding that source is written in."""
    return token.encode() if token.isascii() else max(re.findall(r"[\x00-\x7f]*", token), key=len).encode()


def scan(root: str, files: Iterable[str], prefilter: Prefilter) -> Iterator[tuple[str, bytes] | Failure]:
    """Read files and hand on those that the prefilter lets pass, one at a time.

    Args:
        root: what the paths are relative to; absolute ones are taken as they are.
        files: paths with ``/``.
        prefilter: what decides.

    Yields:
        A path with its bytes, or the failure of a file that cannot be read.
    """
    matches = prefilter.matches
    for path, data in read_files(root, files):
        if isinstance(data, Failure):
            yield data
        elif matches(data):
            yield path, data


def read_files(
    root: str, files: Iterable[str], texts: Mapping[str, bytes] | None = None, *, plain: bool = False
) -> Iterator[tuple[str, bytes | Failure]]:
    """Read files one at a time.

    Args:
        root: what the paths are relative to; absolute ones are taken as they are.
        files: paths with ``/``.
        texts: what stands for the bytes of some of them.
        plain: whether all are to be regular files.

    Yields:
        A path with its bytes, or with the failure of a file that cannot be read.

    Raises:
        NotPlain: one is not as ``plain`` says.
    """
    start = os.path.join(root, "")
    for path in files if plain else ():
        yield path, read_plain(path if os.path.isabs(path) else start + path)
    for path in () if plain else files:
        if texts and path in texts:
            yield path, texts[path]
            continue
        try:
            data: bytes | Failure = read_file(path if os.path.isabs(path) else start + path)
        except OSError as error:
            data = Failure(path, f"cannot read the file: {error.strerror}")
        yield path, data
