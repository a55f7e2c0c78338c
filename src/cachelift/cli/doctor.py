"""``cachelift doctor``."""

from __future__ import annotations

import sys

import click

from cachelift import output
from cachelift.cli.common import Activity, configured
from cachelift.cli.options import CONFIG, PATHS, format_option


@click.command(
    "doctor",
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
@PATHS
@CONFIG
@format_option("text", "json")
@click.pass_obj
def command(activity: Activity, /, paths: tuple[str, ...], config: str | None, output_format: str) -> int:
    """Say what the tool knows of the repository: the first thing to run when something looks odd.

    The configuration in force, where both classes and the factory were found, their signatures and members, what
    becomes of each argument, which modules hand the class on, and what is in the way. Nothing is changed, and no code
    of the repository is run.

    PATHS are files and folders, by default the current directory; whatever they are, the whole repository is read.
    """
    paths = paths or (".",)
    settings = configured(activity, paths, config)
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
