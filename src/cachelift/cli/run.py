"""What ``check`` and ``fix`` share: settings, engine, baseline, report, exit code."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from cachelift import output
from cachelift.cli.common import Activity, Problem, complain, deliver, deliver_diff, located, write
from cachelift.cli.options import Options, refuse
from cachelift.cli.progress import progress_on
from cachelift.report import Mode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cachelift.baseline import Entries
    from cachelift.config import Settings
    from cachelift.crew import Crew
    from cachelift.outcomes import RunResult
    from cachelift.report import Report, Style


def exit_code(report: Report) -> int:
    """Compute the exit code of ``check`` and ``fix``: the only place that does.

    2 where anything failed; 1 where a usage is left, or with ``--diff`` a file would change; else 0.
    """
    if report.summary.failures:
        return 2
    if report.summary.findings or (report.mode is Mode.DIFF and report.summary.changed_files):
        return 1
    return 0


def run(activity: Activity, options: Options, mode: Mode) -> int:
    """Check or fix, report, and give the exit code.

    Raises:
        click.ClickException: the command line is wrong, or the report cannot be written.
    """
    from cachelift import config, outcomes
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
        if options.shard is not None:
            from cachelift import shards

            result = shards.part(result, options.shard)
        result = _unknown(result, known, settings, options, mode)
    except config.ConfigError as error:
        if options.output_format == "text" or not _on_stderr(options, mode):
            complain(f"error: {error}")
        if options.output_format == "text":
            return 2
        result = outcomes.RunResult((), (outcomes.Failure(options.config or config.PYPROJECT, str(error)),))
    finally:
        # Whatever happens: an editor that takes the output for the file must not lose the text.
        if raw is not None and mode is Mode.FIX:
            write(sys.stdout, text)
    activity.doing = "reporting"
    report = make_report(result, mode)
    show(result, report, options, root)
    return exit_code(report)


def _on_stderr(options: Options, mode: Mode) -> bool:
    """Tell whether the report goes to standard error, because the text goes to standard output."""
    return options.stdin and mode is Mode.FIX and options.output is None


def _read_stdin() -> bytes:
    if sys.stdin is None:
        raise Problem("standard input is closed")
    return sys.stdin.buffer.read()


def _settings(options: Options) -> Settings:
    """Read the configuration; the command line replaces what the file says."""
    from cachelift import config

    paths = [options.stdin_filename or "."] if options.stdin else list(options.paths or (".",))
    settings = config.load_settings(config.find_root(paths), options.config)
    given = {"select": options.select, "ignore": options.ignore, "exclude": options.exclude}
    replaced: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    file = options.baseline if options.write_baseline is None else options.write_baseline
    if file is not None:
        replaced["baseline"] = os.path.abspath(file) if file else None
    if replaced:
        settings = settings._replace(**replaced)
    if options.verbose and options.output_format == "text":
        complain(f"root: {settings.root}; configuration: {settings.config_path or 'none, the defaults'}")
    return settings


def _result(settings: Settings, options: Options, mode: Mode, raw: bytes | None) -> RunResult:
    """Let the engine do it."""
    from cachelift import engine
    from cachelift.report import WITH_FIXES

    paths = options.paths or (".",)
    shared = options.shard is not None and options.output_format == "json"
    wanted = {"fixes": True} if shared or options.output_format in WITH_FIXES else {}
    if raw is not None:
        filename = options.stdin_filename or "<stdin>"
        if mode is Mode.CHECK:
            return engine.check_text(settings, raw, filename, **wanted)
        return engine.fix_text(settings, raw, filename, unsafe=options.unsafe_fixes, add_noqa=options.add_noqa)
    with _crew(settings, options) as crew:
        if mode is Mode.CHECK:
            return engine.check_paths(settings, paths, crew=crew, **wanted)
        more: dict[str, Any] = {}
        if options.interactive:
            from cachelift.cli.questions import Questions

            more["ask"] = Questions(options.color)
        return engine.fix_paths(
            settings,
            paths,
            unsafe=options.unsafe_fixes,
            write=mode is Mode.FIX,
            add_noqa=options.add_noqa,
            crew=crew,
            **more,
        )


@contextlib.contextmanager
def _crew(settings: Settings, options: Options) -> Iterator[Crew]:
    """Get together who does the work, and let them go."""
    from cachelift.crew import Crew

    progress = progress_on(sys.stderr, os.environ, quiet=options.quiet)
    with contextlib.ExitStack() as stack:
        cluster = None
        if options.scheduler is not None:
            from cachelift.cluster import Cluster, ClusterError

            try:
                cluster = stack.enter_context(Cluster(options.scheduler, os.path.realpath(settings.root)))
            except ClusterError as error:
                raise Problem(str(error)) from None
        if progress is not None:
            stack.callback(progress.clear)
        yield stack.enter_context(Crew(options.jobs, cluster, progress))


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
        deliver(baseline.render(known), path, root=settings.root)
    compared = baseline.compare(known, result, settings, after=mode is not Mode.CHECK)
    if options.prune_baseline and compared.stale:
        deliver(baseline.render(compared.pruned), path, root=settings.root)
    if not options.stdin and mode is not Mode.DIFF:
        written = options.write_baseline is not None
        for line in baseline.remarks(path, compared, written=written, pruned=options.prune_baseline):
            if not options.quiet or not line.startswith("note"):
                complain(line)
    return compared.result


def _after(result: RunResult, raw: bytes) -> bytes:
    """Take the text that standard input became."""
    changed = [outcome.after for outcome in result.outcomes if outcome.after is not None]
    return changed[0] if changed else raw


def show(result: RunResult, report: Report, options: Options, root: str) -> None:
    """Send the report, or the diff and what is left beside it, where each belongs."""
    from cachelift.report import emitter

    text = options.output_format == "text"
    if text and not options.quiet:
        for note in result.notes:
            complain(f"note: {note}")
        for unused in result.unused:
            place = f"{located(unused.path, root, os.getcwd())}:{unused.line}:{unused.column}"
            complain(f"warning: {place}: unused suppression: {unused.text} hides nothing")
    if report.mode is Mode.DIFF and text:
        deliver_diff(_diff(result), options.output, root=root)
        output.complain(emitter("text")(report, _style(options, root, sys.stderr)))
        return
    stream = sys.stderr if _on_stderr(options, report.mode) else sys.stdout
    style = _style(options, root, None if options.output else stream)
    shown = emitter(options.output_format)(report, style)
    if options.shard is not None and options.output_format == "json":
        from cachelift import shards

        shown = shards.write(result, options.shard, shown)
    deliver(shown.encode(style.encoding, "backslashreplace"), options.output, stream, root=root)


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


def _diff(result: RunResult) -> bytes:
    from cachelift.report.diff import unified_diff

    return b"".join(
        unified_diff(outcome.path, outcome.before, outcome.after)
        for outcome in result.outcomes
        if outcome.before is not None and outcome.after is not None
    )
