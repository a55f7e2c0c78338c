"""``cachelift status``."""

from __future__ import annotations

import sys

import click

from cachelift import output
from cachelift.cli.common import Activity, configured
from cachelift.cli.options import CONFIG, PATHS, format_option


@click.command(
    "status",
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
@PATHS
@CONFIG
@format_option("text", "json", "markdown")
@click.option(
    "--fail-under",
    metavar="PERCENT",
    type=click.FloatRange(0, 100),
    default=0,
    help="Exit with 1 where less is done in total.",
)
@click.pass_obj
def command(
    activity: Activity, /, paths: tuple[str, ...], config: str | None, output_format: str, fail_under: float
) -> int:
    """Say how far the migration is: what is done, what is left and why, package by package.

    Done is what leads to the factory or the type today, whoever wrote it. When nothing is left anywhere in the
    repository the report says that the legacy class may be deleted, and why that is safe.

    PATHS are files and folders, by default the current directory. Nothing is changed.
    """
    paths = paths or (".",)
    settings = configured(activity, paths, config)
    activity.doing = "counting"
    from cachelift import engine
    from cachelift.report import status as face

    report = engine.status(settings, paths)
    activity.doing = "reporting"
    output.write_text(sys.stdout, face.render(report, output_format, output.encoding_of(sys.stdout)))
    if report.failures:
        return 2
    return 1 if report.total.percent < fail_under else 0
