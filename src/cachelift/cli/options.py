"""The arguments and options that several commands have: first those of all, then those of ``check`` and ``fix``."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from cachelift.report import FORMATS

if TYPE_CHECKING:
    from cachelift.shards import Shard

_Command = TypeVar("_Command", bound=Callable[..., Any])

PATHS = click.argument("paths", nargs=-1, type=click.Path())
CONFIG = click.option(
    "--config",
    metavar="FILE",
    type=click.Path(),
    help="Read this file instead of the pyproject.toml of the repository.",
)


def format_option(*formats: str, text: str = "Of the report.") -> Callable[[_Command], _Command]:
    """Make the option ``--format``; the first format is the default."""
    return click.option(
        "--format", "output_format", type=click.Choice(formats), default=formats[0], show_default=True, help=text
    )


class Options(NamedTuple):
    """What ``check`` and ``fix`` are told. None: not given, the configuration decides."""

    paths: tuple[str, ...]
    config: str | None
    select: tuple[str, ...] | None
    ignore: tuple[str, ...] | None
    exclude: tuple[str, ...] | None
    output_format: str
    output: str | None
    jobs: int | None
    quiet: bool
    verbose: bool
    color: str
    stdin_filename: str | None
    unsafe_fixes: bool = False
    add_noqa: bool = False
    interactive: bool = False
    baseline: str | None = None
    write_baseline: str | None = None
    prune_baseline: bool = False
    shard: Shard | None = None
    scheduler: str | None = None

    @property
    def stdin(self) -> bool:
        """Whether the text comes from standard input."""
        return "-" in self.paths


def refuse(options: Options) -> None:
    """Refuse options that contradict each other, and an output that cannot be, before anything is done."""
    if options.stdin and len(options.paths) > 1:
        raise click.UsageError("- (standard input) cannot be combined with other paths")
    if options.stdin_filename is not None and not options.stdin:
        raise click.UsageError("--stdin-filename needs - as the path")
    if options.quiet and options.verbose:
        raise click.UsageError("--quiet and --verbose exclude each other")
    if options.write_baseline is not None and (options.baseline is not None or options.prune_baseline):
        raise click.UsageError("--write-baseline excludes --baseline and --prune-baseline")
    if options.stdin and (options.write_baseline is not None or options.prune_baseline):
        raise click.UsageError("- (standard input) is one text: a baseline is written of files")
    if options.interactive and options.stdin:
        raise click.UsageError("--interactive reads the answers from standard input: it cannot be the text as well")
    if options.interactive and options.add_noqa:
        raise click.UsageError("--interactive excludes --add-noqa, which would also change what was declined")
    if options.shard is not None and (options.write_baseline is not None or options.prune_baseline):
        raise click.UsageError("--shard sees a part of the findings: a baseline is written of all")
    if options.scheduler is not None and (options.stdin or options.jobs is not None):
        raise click.UsageError("--scheduler excludes --jobs and - (standard input)")
    if options.shard is not None and options.stdin:
        raise click.UsageError("- (standard input) is one text, which has no parts")
    for name, path in (("--output", options.output), ("--write-baseline", options.write_baseline)):
        if path is not None and (os.path.isdir(path) or not os.path.isdir(os.path.dirname(path) or ".")):
            raise click.UsageError(f"{name}: {path!r} is a folder, or its folder does not exist")


def _split(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...] | None:
    """Read an option that is repeatable and comma separated; given but empty, it clears what the file says."""
    if not values:
        return None
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _codes(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...] | None:
    """Read code prefixes and refuse one that no code has: a typing error would silently select nothing."""
    prefixes = _split(context, parameter, values)
    if prefixes is None:
        return None
    from cachelift.config import code_problem

    if not prefixes and parameter.name == "select":
        raise click.BadParameter("give at least one code or beginning of a code")
    prefixes = tuple(prefix.upper() for prefix in prefixes)
    for problem in filter(None, map(code_problem, prefixes)):
        raise click.BadParameter(problem)
    return prefixes


OUTPUT = click.option(
    "--output",
    metavar="FILE",
    type=click.Path(),
    help="Write the report (with --diff: the diff) to FILE instead of standard output.",
)
QUIET = click.option("-q", "--quiet", is_flag=True, help="Findings and failures only, no summary.")
COLOR = click.option(
    "--color",
    type=click.Choice(("auto", "always", "never")),
    default="auto",
    show_default=True,
    help="Colour the text report. auto: NO_COLOR and FORCE_COLOR count, else on a terminal.",
)

_SHARED = (
    PATHS,
    CONFIG,
    click.option(
        "--select",
        metavar="CODES",
        multiple=True,
        callback=_codes,
        help="Only these codes or prefixes of codes; comma separated, repeatable. Replaces that of the file.",
    ),
    click.option(
        "--ignore",
        metavar="CODES",
        multiple=True,
        callback=_codes,
        help="Not these codes or prefixes of codes; comma separated, repeatable. Replaces that of the file.",
    ),
    click.option(
        "--exclude",
        metavar="GLOBS",
        multiple=True,
        callback=_split,
        help="Leave out files that match (as in .gitignore); comma separated, repeatable. Replaces that of the file.",
    ),
    format_option(*FORMATS, text="Of the report. With --diff, every format but text takes the place of the diff."),
    OUTPUT,
    click.option(
        "--baseline",
        metavar="FILE",
        type=click.Path(),
        help="Report only what is not in this baseline. Replaces that of the file; '' for none.",
    ),
    click.option(
        "--scheduler",
        metavar="ADDRESS",
        help="Let an existing Dask cluster do the work, tcp://host:port; its workers need the same checkout at the"
        " same path. Needs `pip install cachelift[dask]`.",
    ),
    click.option(
        "--jobs",
        metavar="N",
        type=click.IntRange(min=1),
        help="Processes to use at most. Left out: as many as there are CPUs that may be used.",
    ),
    QUIET,
    click.option("-v", "--verbose", is_flag=True, help="Also list what was rewritten and the configuration used."),
    COLOR,
    click.option(
        "--stdin-filename",
        metavar="FILE",
        type=click.Path(),
        help="With - as the path: the file that standard input stands for.",
    ),
)


def shared(command: _Command) -> _Command:
    """Give a command the arguments and options that ``check`` and ``fix`` have in common."""
    for option in reversed(_SHARED):
        command = option(command)
    return command
