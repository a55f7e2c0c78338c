"""``cachelift check``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cachelift.cli.common import EXIT_CODES, Activity
from cachelift.cli.options import Options, shared
from cachelift.cli.run import run
from cachelift.report import Mode

if TYPE_CHECKING:
    from cachelift.shards import Shard


def _shard(context: click.Context, parameter: click.Parameter, value: str | None) -> Shard | None:
    if value is None:
        return None
    from cachelift import shards

    try:
        return shards.Shard.parse(value)
    except shards.ShardError as error:
        raise click.BadParameter(str(error)) from None


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
  cachelift check --shard 1/4 --format json --output part1.json

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
@click.option(
    "--shard",
    metavar="K/N",
    callback=_shard,
    help="Report the K-th of N parts of the files: the same ones on every machine. `cachelift merge` puts the"
    " reports (--format json) together.",
)
@click.pass_obj
def command(activity: Activity, /, **values: Any) -> int:
    """Report every deprecated usage; change nothing.

    PATHS are files and folders, by default the current directory; - is standard input. A file named
    outright is always taken, a folder without what git and --exclude leave out.

    Each finding is safe (`cachelift fix` rewrites it), unsafe (`cachelift fix --unsafe-fixes` does) or
    manual (a person decides; the reason says why).
    """
    return run(activity, Options(**values), Mode.CHECK)
