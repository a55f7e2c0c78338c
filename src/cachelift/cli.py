"""The command line: options, printing and exit codes. What is found and rewritten comes from the engine."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from cachelift import __version__, output
from cachelift.options import Options, refuse, shared
from cachelift.report import Mode

if TYPE_CHECKING:
    from cachelift.baseline import Entries
    from cachelift.config import Settings
    from cachelift.model import RunResult
    from cachelift.report import Report, Style

INTERRUPTED = 130
"""128 + SIGINT, as shells report it."""


class _Activity:
    """What the run is doing just now, for the message of an unexpected error."""

    doing = "reading the command line"


class _Problem(click.ClickException):
    """Something a person can put right; exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Print the message to standard error; ``file`` is click's and not used."""
        _complain(f"error: {self.message}")


def exit_code(report: Report) -> int:
    """Compute the exit code of ``check`` and ``fix``: the only place that does.

    2 where anything failed; 1 where a usage is left, or with ``--diff`` a file would change; else 0.
    """
    if report.summary.failures:
        return 2
    if report.summary.findings or (report.mode is Mode.DIFF and report.summary.changed_files):
        return 1
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. No exception leaves it but click's ``SystemExit``.

    Args:
        arguments: without the program's name; None for those of the process.
    """
    activity = _Activity()
    try:
        result = cli.main(args=arguments, prog_name="cachelift", standalone_mode=False, obj=activity)
    except click.exceptions.Abort as error:
        # click makes an abort of EOFError as well, which a lost worker process raises.
        if isinstance(error.__cause__, EOFError):
            return _crashed(activity, error.__cause__)
        _complain("interrupted; a file is either rewritten or as it was, run again to complete")
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except OSError as error:
        place = f": {error.filename}" if error.filename is not None else ""
        _complain(f"error while {activity.doing}: {error.strerror or error}{place}")
        return 2
    except Exception as error:
        return _crashed(activity, error)
    return int(result)


def _crashed(activity: _Activity, error: Exception) -> int:
    """Say what a person can pass on about an error that should not be."""
    _complain(
        f"internal error while {activity.doing}: {type(error).__name__}: {error} (at {_place(error)});"
        " please report it with the input that leads to it"
    )
    return 2


def _complain(message: str) -> None:
    from cachelift.report.excerpt import visible

    output.complain("cachelift: " + visible(message, output.encoding_of(sys.stderr)) + "\n")


def _place(error: BaseException) -> str:
    """Name the innermost line of this package that an exception went through."""
    package = os.path.dirname(__file__) + os.sep
    place, step = "cli.py", error.__traceback__
    while step is not None:
        filename = step.tb_frame.f_code.co_filename
        if filename.startswith(package):
            place = f"{filename[len(package) :]}:{step.tb_lineno}"
        step = step.tb_next
    return place


_EXIT_CODES = """\b
Exit codes:
  0    nothing is left
  1    usages are left; with --diff also: files would change
  2    a file or the configuration failed, or the command line is wrong;
       every other file is still done
  130  interrupted
"""


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"""\b
Examples:
  cachelift check                      what is left in this repository
  cachelift fix --diff | git apply     look first, then apply
  cachelift fix                        rewrite what is safe
  cachelift status                     how far the migration is
  cachelift doctor                     what the tool knows, and what is in the way
  cachelift explain CLF002             what a code means

{_EXIT_CODES}""",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Move a repository off a deprecated cache class, and keep it off.

    The migration is described under [tool.cachelift] in pyproject.toml; left out, it is from
    app.services.cache_service.CacheService to app.services.unified_cache.get_unified_cache.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(2)


@cli.command(
    short_help="Report what is left; change nothing.",
    epilog=f"""\b
Examples:
  cachelift check
  cachelift check src tests --select CLF001,CLF002
  cachelift check --format json --output report.json
  cachelift check --write-baseline cachelift-baseline.jsonl
  cachelift check --stdin-filename src/app/main.py - < src/app/main.py

{_EXIT_CODES}""",
)
@shared
@click.option(
    "--write-baseline",
    metavar="FILE",
    type=click.Path(),
    help="Write what is there to FILE, so that `--baseline FILE` reports only what comes later.",
)
@click.option("--prune-baseline", is_flag=True, help="Take out of the baseline what is no longer there.")
@click.pass_obj
def check(activity: _Activity, /, **values: Any) -> int:
    """Report every deprecated usage; change nothing.

    PATHS are files and folders, by default the current directory; - is standard input. A file named
    outright is always taken, a folder without what git and --exclude leave out.

    Each finding is safe (`cachelift fix` rewrites it), unsafe (`cachelift fix --unsafe-fixes` does) or
    manual (a person decides; the reason says why).
    """
    return _run(activity, Options(**values), Mode.CHECK)


@cli.command(
    short_help="Rewrite what can be rewritten; report the rest.",
    epilog=f"""\b
Examples:
  cachelift fix
  cachelift fix --diff | git apply
  cachelift fix --unsafe-fixes src/app
  cachelift fix --stdin-filename src/app/main.py - < src/app/main.py

{_EXIT_CODES}""",
)
@shared
@click.option(
    "--diff",
    is_flag=True,
    help="Print a diff for `git apply` or `patch -p1` from the repository root; change nothing."
    " What would be left is reported on standard error.",
)
@click.option("--unsafe-fixes", is_flag=True, help="Also rewrite what is probably but not provably right.")
@click.option("--add-noqa", is_flag=True, help="Silence what is left with `# noqa` comments that name the codes.")
@click.pass_obj
def fix(activity: _Activity, /, diff: bool, **values: Any) -> int:
    """Rewrite the deprecated usages that can be rewritten, and report the rest.

    PATHS are files and folders, by default the current directory. With -, standard input is rewritten to
    standard output, changed or not, and the report goes to standard error.

    Every changed file is verified before it is written. A second run changes nothing.
    """
    return _run(activity, Options(**values), Mode.DIFF if diff else Mode.FIX)


@cli.command(
    short_help="Say how far the migration is.",
    epilog="""\b
Examples:
  cachelift status
  cachelift status --format markdown
  cachelift status src --fail-under 80

\b
Exit codes:
  0  counted
  1  less is done than --fail-under asks for
  2  a file or the configuration failed, or the command line is wrong
""",
)
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(),
    help="Read this file instead of the pyproject.toml of the repository.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(("text", "json", "markdown")),
    default="text",
    show_default=True,
    help="Of the report.",
)
@click.option(
    "--fail-under",
    metavar="PERCENT",
    type=click.FloatRange(0, 100),
    default=0,
    help="Exit with 1 where less is done in total.",
)
@click.pass_obj
def status(
    activity: _Activity, /, paths: tuple[str, ...], config: str | None, output_format: str, fail_under: float
) -> int:
    """Say how far the migration is: what is done, what is left and why, package by package.

    Done is what leads to the factory or the type today, whoever wrote it. When nothing is left anywhere in the
    repository the report says that the legacy class may be deleted, and why that is safe.

    PATHS are files and folders, by default the current directory. Nothing is changed.
    """
    from cachelift import config as configuration

    try:
        activity.doing = "reading the configuration"
        paths = paths or (".",)
        settings = configuration.load_settings(configuration.find_root(paths), config)
    except configuration.ConfigError as error:
        raise _Problem(str(error)) from None
    activity.doing = "counting"
    from cachelift import engine
    from cachelift.report import status as face

    report = engine.status(settings, paths)
    activity.doing = "reporting"
    output.write_text(sys.stdout, face.render(report, output_format, output.encoding_of(sys.stdout)))
    if report.failures:
        return 2
    return 1 if report.total.percent < fail_under else 0


@cli.command(
    short_help="Say what the tool knows, and what is in the way.",
    epilog="""\b
Examples:
  cachelift doctor
  cachelift doctor --config other.toml --format json

\b
Exit codes:
  0  nothing is in the way
  1  something is in the way; the last section says what
  2  the configuration or the command line is wrong
""",
)
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(),
    help="Read this file instead of the pyproject.toml of the repository.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="Of the report.",
)
@click.pass_obj
def doctor(activity: _Activity, /, paths: tuple[str, ...], config: str | None, output_format: str) -> int:
    """Say what the tool knows of the repository: the first thing to run when something looks odd.

    The configuration in force, where both classes and the factory were found, their signatures and members, what
    becomes of each argument, which modules hand the class on, and what is in the way. Nothing is changed, and no code
    of the repository is run.

    PATHS are files and folders, by default the current directory; whatever they are, the whole repository is read.
    """
    from cachelift import config as configuration

    try:
        activity.doing = "reading the configuration"
        paths = paths or (".",)
        settings = configuration.load_settings(configuration.find_root(paths), config)
    except configuration.ConfigError as error:
        raise _Problem(str(error)) from None
    activity.doing = "examining the repository"
    from cachelift import engine
    from cachelift.report import doctor as face

    report = engine.doctor(settings, paths)
    activity.doing = "reporting"
    text = face.render_json(report)
    if output_format == "text":
        text = face.render(report, output.encoding_of(sys.stdout))
    output.write_text(sys.stdout, text)
    return 1 if report.problems or report.failures else 0


@cli.command(short_help="Say what a code or a reason means.")
@click.argument("code", required=False)
@click.pass_obj
def explain(activity: _Activity, /, code: str | None) -> int:
    r"""Say what CODE means, why it matters and what to do, with an example.

    CODE is a code (CLF002), its name (legacy-call) or a reason (unmapped-argument). Without it, all codes
    and reasons are listed.

    \b
    Exit codes:
      0  explained
      2  there is no such code
    """
    activity.doing = "explaining"
    from cachelift import explain as texts

    try:
        text = texts.overview() if code is None else texts.explain(code)
    except texts.UnknownCodeError as error:
        raise _Problem(str(error)) from None
    output.write_text(sys.stdout, text)
    return 0


def _run(activity: _Activity, options: Options, mode: Mode) -> int:
    """Check or fix, then report."""
    from cachelift import config, model
    from cachelift.report import make_report

    refuse(options)
    raw, text = None, b""
    if options.stdin:
        activity.doing = "reading standard input"
        raw = text = _read_stdin()
    root = os.getcwd()
    try:
        activity.doing = "reading the configuration"
        settings = _settings(options)
        root = settings.root
        known = _known(settings, options)
        activity.doing = "checking" if mode is Mode.CHECK else "rewriting"
        result = _result(settings, options, mode, raw)
        text = _after(result, text)
        result = _unknown(result, known, settings, options, mode)
    except config.ConfigError as error:
        if options.output_format == "text" or not _on_stderr(options, mode):
            _complain(f"error: {error}")
        if options.output_format == "text":
            return 2
        result = model.RunResult((), (model.Failure(options.config or config.PYPROJECT, str(error)),))
    finally:
        # Whatever happens: an editor that takes the output for the file must not lose the text.
        if raw is not None and mode is Mode.FIX:
            _write(sys.stdout, text)
    activity.doing = "reporting"
    report = make_report(result, mode)
    _report(result, report, options, root)
    return exit_code(report)


def _on_stderr(options: Options, mode: Mode) -> bool:
    """Tell whether the report goes to standard error, because the text goes to standard output."""
    return options.stdin and mode is Mode.FIX and options.output is None


def _read_stdin() -> bytes:
    if sys.stdin is None:
        raise _Problem("standard input is closed")
    return sys.stdin.buffer.read()


def _settings(options: Options) -> Settings:
    """Read the configuration; the command line replaces what the file says."""
    from dataclasses import replace

    from cachelift import config

    paths = [options.stdin_filename or "."] if options.stdin else list(options.paths or (".",))
    settings = config.load_settings(config.find_root(paths), options.config)
    given = {"select": options.select, "ignore": options.ignore, "exclude": options.exclude}
    replaced: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    file = options.baseline if options.write_baseline is None else options.write_baseline
    if file is not None:
        replaced["baseline"] = os.path.abspath(file) if file else None
    if replaced:
        settings = replace(settings, **replaced)
    if options.verbose and options.output_format == "text":
        _complain(f"root: {settings.root}; configuration: {settings.config_path or 'none, the defaults'}")
    return settings


def _result(settings: Settings, options: Options, mode: Mode, raw: bytes | None) -> RunResult:
    """Let the engine do it."""
    from cachelift import engine
    from cachelift.report import WITH_FIXES

    paths = options.paths or (".",)
    wanted = {"fixes": True} if options.output_format in WITH_FIXES else {}
    if raw is not None:
        filename = options.stdin_filename or "<stdin>"
        if mode is Mode.CHECK:
            return engine.check_text(settings, raw, filename, **wanted)
        return engine.fix_text(settings, raw, filename, unsafe=options.unsafe_fixes, add_noqa=options.add_noqa)
    if mode is Mode.CHECK:
        return engine.check_paths(settings, paths, jobs=options.jobs, **wanted)
    return engine.fix_paths(
        settings,
        paths,
        unsafe=options.unsafe_fixes,
        write=mode is Mode.FIX,
        add_noqa=options.add_noqa,
        jobs=options.jobs,
    )


def _known(settings: Settings, options: Options) -> Entries | None:
    """Read the baseline; where one is to be written there need be none."""
    if settings.baseline is None:
        if options.prune_baseline:
            raise click.UsageError("--prune-baseline needs --baseline FILE, or `baseline` in the configuration")
        return None
    from cachelift import baseline

    path = located(settings.baseline, settings.root, os.getcwd())
    return {} if options.write_baseline is not None and not os.path.lexists(path) else baseline.load(path)


def _unknown(result: RunResult, known: Entries | None, settings: Settings, options: Options, mode: Mode) -> RunResult:
    """Leave what the baseline knows out of the result; write the baseline where that is asked for."""
    if known is None or settings.baseline is None:
        return result
    from cachelift import baseline

    path = located(settings.baseline, settings.root, os.getcwd())
    if options.write_baseline is not None:
        known = baseline.renewed(known, result, settings)
        _deliver(baseline.render(known), path)
    compared = baseline.compare(known, result, settings, after=mode is not Mode.CHECK)
    if options.prune_baseline and compared.stale:
        _deliver(baseline.render(compared.pruned), path)
    if not options.stdin and mode is not Mode.DIFF:
        written = options.write_baseline is not None
        for line in baseline.remarks(path, compared, written=written, pruned=options.prune_baseline):
            if not options.quiet or not line.startswith("note"):
                _complain(line)
    return compared.result


def _after(result: RunResult, raw: bytes) -> bytes:
    """Take the text that standard input became."""
    changed = [outcome.after for outcome in result.outcomes if outcome.after is not None]
    return changed[0] if changed else raw


def _report(result: RunResult, report: Report, options: Options, root: str) -> None:
    """Send the report, or the diff and what is left beside it, where each belongs."""
    from cachelift.report import emitter

    text = options.output_format == "text"
    if text and not options.quiet:
        for note in result.notes:
            _complain(f"note: {note}")
        for unused in result.unused:
            place = f"{located(unused.path, root, os.getcwd())}:{unused.line}:{unused.column}"
            _complain(f"warning: {place}: unused suppression: {unused.text} hides nothing")
    if report.mode is Mode.DIFF and text:
        _deliver(_diff(result), options.output)
        output.complain(emitter("text")(report, _style(options, root, sys.stderr)))
        return
    stream = sys.stderr if _on_stderr(options, report.mode) else sys.stdout
    style = _style(options, root, None if options.output else stream)
    data = emitter(options.output_format)(report, style).encode(style.encoding, "backslashreplace")
    _deliver(data, options.output, stream)


def _style(options: Options, root: str, stream: Any) -> Style:
    """Decide how the report looks where it goes; ``stream`` is None for a file."""
    from cachelift.report import FROM_TOP, Style

    working = _top(root) if options.output_format in FROM_TOP else os.getcwd()
    return Style(
        color=options.color == "always" if stream is None else output.use_color(options.color, stream, os.environ),
        encoding=output.encoding_of(stream),
        verbose=options.verbose,
        quiet=options.quiet,
        locate=lambda path: located(path, root, working),
    )


def _top(root: str) -> str:
    """Find the top of the version-controlled tree around the repository root; that itself where there is none."""
    top = root
    while not os.path.exists(os.path.join(top, ".git")):
        if top == os.path.dirname(top):
            return root
        top = os.path.dirname(top)
    return top


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


def _diff(result: RunResult) -> bytes:
    from cachelift.report.diff import unified_diff

    return b"".join(
        unified_diff(outcome.path, outcome.before, outcome.after)
        for outcome in result.outcomes
        if outcome.before is not None and outcome.after is not None
    )


def _deliver(data: bytes, path: str | None, stream: Any = None) -> None:
    """Write to the file of ``--output``, else to a standard stream."""
    if path is None:
        _write(stream or sys.stdout, data)
        return
    try:
        output.write_file(path, data)
    except OSError as error:
        raise _Problem(f"cannot write {path}: {error.strerror}") from error


def _write(stream: Any, data: bytes) -> None:
    try:
        output.write(stream, data)
    except OSError as error:
        raise _Problem(f"cannot write to the output: {error.strerror or error}") from error
