"""``cachelift check``."""

from __future__ import annotations

from typing import Any

import click

from cachelift.cli.common import EXIT_CODES, Activity
from cachelift.cli.options import Options, shared
from cachelift.cli.run import run
from cachelift.report import Mode


@click.command(
    "check",
    short_help="Report what is left; change nothing.",
    epilog=f"""\b
Examples:
  cachelift check
  cachelift check src tests --select CLF001,CLF002
  cachelift check --format json --output report.json
  cachelift check --write-baseline cachelift-baseline.jsonl
  cachelift check --stdin-filename src/app/main.py - < src/app/main.py

{EXIT_CODES}""",
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
def command(activity: Activity, /, **values: Any) -> int:
    """Report every deprecated usage; change nothing.

    PATHS are files and folders, by default the current directory; - is standard input. A file named
    outright is always taken, a folder without what git and --exclude leave out.

    Each finding is safe (`cachelift fix` rewrites it), unsafe (`cachelift fix --unsafe-fixes` does) or
    manual (a person decides; the reason says why).
    """
    return run(activity, Options(**values), Mode.CHECK)
