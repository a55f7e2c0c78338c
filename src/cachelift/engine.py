"""What the commands and the linter ask for: from settings and paths to results.

Most runs find nothing, so what a run with findings needs is loaded when there is something to find.
"""

from __future__ import annotations

import contextlib
import marshal
import os
from typing import TYPE_CHECKING

from cachelift.discover import Discovery, discover
from cachelift.listing import Listing, list_repository, relative
from cachelift.outcomes import Failure, FileOutcome, RunResult
from cachelift.reading import CAN_TELL_LINKS, NotPlain
from cachelift.sighting import Sighting, names, sight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cachelift.config import Settings
    from cachelift.crew import Crew
    from cachelift.model import DoctorReport, StatusReport, Survey
    from cachelift.run import Ask, Run


def check_paths(
    settings: Settings, paths: Sequence[str], *, crew: Crew | None = None, fixes: bool = False
) -> RunResult:
    """Find what is left in some paths; nothing is changed.

    ``paths`` are files and folders relative to the current one. ``crew`` does the work, by default this process. With
    ``fixes`` the result holds the changes that ``fix`` would make.
    """
    found, sighting, is_all = _first_look(settings, paths, crew, marked=True)
    if is_all:
        return _nothing(found, sighting.failures)
    from cachelift.run import Run

    return Run(settings, found, crew=crew).check(sighting, fixes=fixes)


def fix_paths(
    settings: Settings,
    paths: Sequence[str],
    *,
    unsafe: bool = False,
    write: bool = True,
    add_noqa: bool = False,
    crew: Crew | None = None,
    ask: Ask | None = None,
) -> RunResult:
    """Rewrite what is safe in some paths, with ``unsafe`` also what is unsafe.

    ``crew`` does the work, by default this process. With ``write`` false the outcomes hold the new bytes and nothing
    is written. With ``add_noqa`` what is left gets the comments that silence it. ``ask`` decides on every change before
    any is written. Of two runs that write in one repository the second begins when the first has ended.
    """
    found, sighting, is_all = _first_look(settings, paths, crew)
    if is_all:
        return _nothing(found, sighting.failures)
    from cachelift.run import Run
    from cachelift.writing import alone

    with alone(found.root) if write else contextlib.nullcontext(False) as waited:
        if waited:
            found = discover(settings.root, paths or ["."], settings.exclude)
            sighting = _sight(settings, found, crew, to_first=True)
        return Run(settings, found, unsafe=unsafe, crew=crew).fix(sighting, write=write, add_noqa=add_noqa, ask=ask)


_MANY = 2_000
"""More files than this are looked at by a fork: so many take 8 ms, a fork 2."""
_FEW = 64
"""More given files than this are not looked at by themselves."""


def _first_look(
    settings: Settings, paths: Sequence[str], crew: Crew | None, *, marked: bool = False
) -> tuple[Discovery, Sighting, bool]:
    """The files, the first look at them, and whether that tells already that there is nothing.

    Git's word for what is a file is taken until a look says otherwise, or something is found: to ask the system of
    each file takes as long as to read it.
    """
    paths = paths or ["."]
    root = os.path.realpath(settings.root)
    listing = list_repository(root, unseen=CAN_TELL_LINKS)
    found = discover(root, paths, settings.exclude, listing)
    if listing.unseen:
        seen = None
        with contextlib.suppress(NotPlain):
            sighting, is_all = _look(settings, found, crew, marked=marked, plain=True)
            if is_all:
                return found, sighting, True
            seen = _seen(listing, root, crew)
            if not seen.links and seen.files == listing.files:
                return found, sighting, False
        found = discover(root, paths, settings.exclude, seen or listing.seen(root))
    return found, *_look(settings, found, crew, marked=marked)


def _seen(listing: Listing, root: str, crew: Crew | None) -> Listing:
    """A listing in which every file has been looked at: by a fork, while this process loads what comes next."""
    if crew is not None and crew.jobs > 1 and len(listing.files) > _MANY:
        from cachelift.forking import Fork, can_fork

        with contextlib.suppress(OSError):
            if can_fork():
                with Fork(lambda: marshal.dumps(listing.seen(root)[:2])) as fork:
                    import cachelift.run  # noqa: F401

                    result = fork.result()
                if result is not None:
                    files, links = marshal.loads(result)
                    return Listing(files, links, listing.failures)
    return listing.seen(root)


def _look(
    settings: Settings, found: Discovery, crew: Crew | None, *, marked: bool, plain: bool = False
) -> tuple[Sighting, bool]:
    """A look at some files, and whether that is enough."""
    few = _are_few(settings, found)
    sighting = _sight(settings, found, crew, marked=marked, to_first=not few, plain=plain)
    if not sighting.candidates:
        return sighting, not sighting.marked
    return sighting, few and _are_alone(settings, found, sighting)


def _are_few(settings: Settings, found: Discovery) -> bool:
    """Whether so few files of a repository are given that it may pay to ask whether they have to do with the rest."""
    is_part = not found.outside and 2 * len(found.given) <= len(found.files)
    return is_part and len(found.given) <= _FEW and "CLF010" not in settings.select


def _are_alone(settings: Settings, found: Discovery, sighting: Sighting) -> bool:
    from cachelift.alone import are_alone

    return are_alone(settings, found, sighting)


def _sight(
    settings: Settings,
    found: Discovery,
    crew: Crew | None = None,
    *,
    marked: bool = False,
    to_first: bool = False,
    plain: bool = False,
) -> Sighting:
    """The first look at a repository; ``marked`` tells that suppressions are wanted, too."""
    paths = (*found.files, *found.outside)
    given = found.given.union(found.outside) if marked else frozenset()
    jobs = 1 if crew is None else crew.jobs
    words = names(settings.migrations)
    return sight(found.root, paths, words, marked=given, to_first=to_first, jobs=jobs, plain=plain)


def _nothing(found: Discovery, failures: Mapping[str, Failure] | None = None) -> RunResult:
    """The result of a run that finds nothing; ``failures`` are files that could not be read, by path."""
    given = found.given.union(found.outside)
    failed = sorted(given & failures.keys()) if failures else ()
    outcomes = tuple(FileOutcome(path, failure=failures[path]) for path in failed) if failures else ()
    return RunResult(outcomes, found.failures, len(given), given=given)


def check_text(settings: Settings, raw: bytes, filename: str, *, fixes: bool = False) -> RunResult:
    """Find what is left in one text that stands for a file; ``fixes`` as for :func:`check_paths`."""
    return _text_run(settings, raw, filename, unsafe=False).check(fixes=fixes)


def fix_text(
    settings: Settings, raw: bytes, filename: str, *, unsafe: bool = False, add_noqa: bool = False
) -> RunResult:
    """Rewrite one text that stands for a file; the outcome's ``after`` is None where nothing changes."""
    return _text_run(settings, raw, filename, unsafe=unsafe).fix(write=False, add_noqa=add_noqa)


def survey(settings: Settings, filename: str | None = None, raw: bytes | None = None) -> Survey:
    """Find what a linter shows of a repository: what ``check`` finds in it, and what ``# noqa`` silences there.

    Args:
        settings: the configuration.
        filename: a file that is meant as well though it may be no part of the repository, relative to the current
            folder.
        raw: a text that stands for that file.
    """
    named = [filename] if filename is not None and os.path.isfile(filename) else []
    found = discover(settings.root, [settings.root, *named], settings.exclude)
    texts: dict[str, bytes] = {}
    if filename is not None and raw is not None:
        path = repository_path(found.root, filename)
        texts[path] = raw
        if not named:
            found = found._replace(files=tuple(sorted({*found.files, path})), given=found.given | {path})
    from cachelift.run import Run

    return Run(settings, found, texts=texts).survey()


def repository_path(root: str, filename: str) -> str:
    """The path by which a run knows a file: relative to the root, or absolute; links in the way resolved."""
    folder, name = os.path.split(filename)
    full = os.path.join(os.path.realpath(folder), name)
    inside = relative(root, full)
    return full if inside is None else inside


def doctor(settings: Settings, paths: Sequence[str], *, crew: Crew | None = None) -> DoctorReport:
    """Tell what is known of a repository and what is in the way of its migrations; nothing is changed.

    ``paths`` are files and folders relative to the current one.
    """
    return _run(settings, paths, crew=crew).doctor()


def status(settings: Settings, paths: Sequence[str], *, crew: Crew | None = None) -> StatusReport:
    """Tell how far the migrations are in some paths; nothing is changed.

    ``paths`` are files and folders relative to the current one.
    """
    return _run(settings, paths, crew=crew).status()


def _run(settings: Settings, paths: Sequence[str], *, crew: Crew | None = None) -> Run:
    from cachelift.run import Run

    return Run(settings, discover(settings.root, paths or ["."], settings.exclude), crew=crew)


def _text_run(settings: Settings, raw: bytes, filename: str, *, unsafe: bool) -> Run:
    from cachelift.run import Run

    found = discover(settings.root, ["."] if os.path.isdir(settings.root) else [], settings.exclude)
    root = os.path.realpath(settings.root)
    path = os.path.relpath(os.path.realpath(filename), root).replace(os.sep, "/")
    if path.startswith("../"):
        path = filename
    files = tuple(sorted({*found.files, path}))
    discovery = Discovery(found.root, files, frozenset({path}))
    return Run(settings, discovery, unsafe=unsafe, texts={path: raw})
