"""The first look at a repository: which files could matter, told by their bytes alone.

Most runs find nothing, and most files of the others hold nothing: this is all that is done for them, so nothing is
loaded here that is not needed for it.
"""

from __future__ import annotations

import marshal
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from typing import NamedTuple

from cachelift.discover import Prefilter, ascii_part, read_files
from cachelift.outcomes import Failure, Migration
from cachelift.stars import StarImport, has_star, star_imports

_MARK = re.compile(rb"#[\s\x80-\xff]*(?:[nN][oO][qQ][aA]|cachelift:)")
"""How a comment starts that may silence something; searched first, for few files have one."""
_OWN_MARK = re.compile(rb"CLF0|cachelift:\s*skip")
"""What stands in a file with a suppression that is this tool's own."""
_FEW = 500
"""So many files are looked at before a fork takes half of what is left, if that is no less: most runs that find
something find it there, and a few milliseconds of work are not worth a fork."""
_OWN_PART = 0.55
"""How much of the rest is not for the fork, which is late by the time that it takes to be made (measured)."""


class Sighting(NamedTuple):
    """What a look at the bytes of some files found; all paths are in the order of the look."""

    candidates: list[str]
    """The files in which one of the names stands."""
    marked: list[str]
    """The files with suppressions, of those that were to be searched for them."""
    failures: dict[str, Failure]
    """The files that cannot be read."""
    early: list[str]
    """The files that were searched for nothing more than this."""
    stars: dict[str, tuple[StarImport, ...]]
    """The star imports of the other files that have any."""
    users: set[str]
    """Those of the other files that use what a replacement lacks."""
    askers: set[str]
    """Those of the other files that may ask objects for a class which only one of the two is."""
    makers: set[str]
    """Those of the other files that name a factory."""
    patchers: set[str]
    """Those of the other files that may put something in the place of a new name."""
    rest: tuple[str, ...] = ()
    """The files that were not looked at."""

    @classmethod
    def nothing(cls, rest: Iterable[str] = ()) -> Sighting:
        """Before the first look."""
        return cls([], [], {}, [], {}, set(), set(), set(), set(), tuple(rest))


def names(migrations: Iterable[Migration]) -> frozenset[str]:
    """The names that stand in every file that names a legacy class or module itself."""
    pairs = ((each.legacy_name, each.legacy_module.rpartition(".")[2]) for each in migrations)
    return frozenset(name for pair in pairs for name in pair)


def sight(
    root: str,
    paths: Iterable[str],
    names: Set[str],
    *,
    marked: Set[str] = frozenset(),
    to_first: bool = False,
    jobs: int = 1,
    plain: bool = False,
) -> Sighting:
    """Look at the bytes of some files for names, and for suppressions.

    Args:
        root: what the paths are relative to.
        paths: the files.
        names: what makes a file a candidate when it stands there as a word.
        marked: the files that are searched for suppressions.
        to_first: whether to end behind the first candidate: what else is of interest is known only where there is one.
        jobs: how many processes may look.
        plain: whether all are to be regular files.

    Raises:
        NotPlain: one is not as ``plain`` says.
    """
    found = Sighting.nothing()
    files = tuple(paths)
    wanted = Wanted(root, names, marked, to_first, plain)
    is_alone = jobs < 2 or len(files) < 2 * _FEW or not _can_fork()
    first = len(files) if is_alone else _FEW
    rest = (*_look(found, files[:first], wanted), *files[first:])
    if is_alone or (to_first and found.candidates):
        return found._replace(rest=rest)
    return found._replace(rest=_look_in_parts(found, rest, wanted))


class Wanted(NamedTuple):
    """What a look is for, see :func:`sight`."""

    root: str
    names: Set[str]
    marked: Set[str]
    to_first: bool
    plain: bool


def _can_fork() -> bool:
    from cachelift.forking import can_fork

    return can_fork()


def _look(found: Sighting, paths: tuple[str, ...], wanted: Wanted) -> tuple[str, ...]:
    """Look at files, to the first candidate or at all of them; give those that were not looked at."""
    pending = iter(paths)
    for _ in candidates(found, wanted.root, pending, wanted.names, marked=wanted.marked, plain=wanted.plain):
        if wanted.to_first:
            break
    return tuple(pending)


def _look_in_parts(found: Sighting, paths: tuple[str, ...], wanted: Wanted) -> tuple[str, ...]:
    """Look at the first part of some files while a fork looks at all of the second one."""
    from cachelift.forking import Fork

    middle = int(len(paths) * _OWN_PART)
    own, other = paths[:middle], paths[middle:]
    try:
        fork = Fork(lambda: second_part(other, wanted))
    except OSError:  # the system has none to give
        return _look(found, paths, wanted)
    with fork:
        rest = _look(found, own, wanted)
        if wanted.to_first and found.candidates:
            return (*rest, *other)
        result = fork.result()
    if result is None:
        return _look(found, other, wanted)
    theirs, silenced, early, failures = marshal.loads(result)
    found.candidates.extend(theirs)
    found.marked.extend(silenced)
    found.early.extend(early)
    found.failures.update((failure[0], Failure(*failure)) for failure in failures)
    return ()


def second_part(paths: tuple[str, ...], wanted: Wanted) -> bytes:
    """Look at all of some files and give what was found as bytes."""
    part = Sighting.nothing()
    _look(part, paths, wanted._replace(to_first=False))
    return marshal.dumps((part.candidates, part.marked, part.early, [*map(tuple, part.failures.values())]))


def candidates(
    found: Sighting,
    root: str,
    paths: Iterable[str],
    names: Set[str],
    *,
    marked: Set[str] = frozenset(),
    texts: Mapping[str, bytes] | None = None,
    note: Callable[[str, bytes], None] | None = None,
    keep: Callable[[str, bytes], None] | None = None,
    plain: bool = False,
) -> Iterator[str]:
    """Look at the bytes of some files, one at a time, and yield those in which one of the names stands.

    Args:
        found: where everything that is found is put.
        root: what the paths are relative to.
        paths: the files.
        names: what makes a file a candidate when it stands there as a word.
        marked: the files that are searched for suppressions.
        texts: what stands for the bytes of some files.
        note: told the bytes of each file, which is searched for star imports as well.
        keep: told the bytes of each file that is read.
        plain: whether all are to be regular files.

    Raises:
        NotPlain: one is not as ``plain`` says.
    """
    may_match = Prefilter(names).matches
    matches = word_pattern(names).search
    may_be_marked = _MARK.search
    for path, raw in read_files(root, paths, texts, plain=plain):
        if isinstance(raw, Failure):
            found.failures[path] = raw
            continue
        if keep is not None:
            keep(path, raw)
        if note is None:
            found.early.append(path)
        else:
            if has_star(raw):
                found.stars[path] = star_imports(raw)
            note(path, raw)
        if path in marked and may_be_marked(raw) and _has_own_mark(raw):
            found.marked.append(path)
        if may_match(raw) and matches(raw):
            found.candidates.append(path)
            yield path


def _has_own_mark(raw: bytes) -> bool:
    # Many files silence another tool: a search for either word takes a tenth of that for both in one pattern.
    return (b"CLF0" in raw or b"cachelift" in raw) and _OWN_MARK.search(raw) is not None


def word_pattern(names: Iterable[str]) -> re.Pattern[bytes]:
    """Matches the names as words: of one that is not ASCII, which may be encoded in any way, what is."""
    words = (
        rb"(?<![A-Za-z0-9_])" + re.escape(name.encode()) + rb"(?![A-Za-z0-9_])"
        if name.isascii()
        else re.escape(ascii_part(name))
        for name in sorted(names)
    )
    return re.compile(b"|".join(words))
