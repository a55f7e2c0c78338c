"""``cachelift merge``."""

from __future__ import annotations

import os

import click

from cachelift.cli.common import EXIT_CODES, Activity, Problem
from cachelift.cli.options import COLOR, OUTPUT, QUIET, Options, format_option, refuse
from cachelift.cli.run import exit_code, show
from cachelift.report import FORMATS, Mode, make_report


@click.command(
    "merge",
    short_help="Put the parts of a report together.",
    epilog=f"""\b
Examples:
  cachelift check --shard 1/2 --format json --output part1.json
  cachelift check --shard 2/2 --format json --output part2.json
  cachelift merge part1.json part2.json --format sarif --output cachelift.sarif

{EXIT_CODES}""",
)
@click.argument("reports", nargs=-1, required=True, type=click.Path())
@format_option(*FORMATS)
@OUTPUT
@QUIET
@COLOR
@click.pass_obj
def command(
    activity: Activity, /, reports: tuple[str, ...], output_format: str, output: str | None, quiet: bool, color: str
) -> int:
    """Put reports of `cachelift check --shard K/N --format json` together, in any format.

    REPORTS are the files, all N of them, in any order. What comes out, and the exit code, is what one run of
    `cachelift check` over everything gives. Run it in the repository, so that paths are shown as they open from here.
    """
    from cachelift import config, shards

    options = Options(
        (), None, None, None, None, output_format, output, None, quiet, verbose=False, color=color, stdin_filename=None
    )
    refuse(options)
    activity.doing = "merging"
    try:
        result = shards.merge((name, _content(name)) for name in reports)
    except shards.ShardError as error:
        raise Problem(str(error)) from None
    report = make_report(result, Mode.CHECK)
    activity.doing = "reporting"
    show(result, report, options, config.find_root([os.curdir]))
    return exit_code(report)


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Problem(f"cannot read {path}: {error.strerror or error}") from None
