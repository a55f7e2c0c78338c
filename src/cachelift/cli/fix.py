"""``cachelift fix``."""

from __future__ import annotations

from typing import Any

import click

from cachelift.cli.common import EXIT_CODES, Activity
from cachelift.cli.options import Options, shared
from cachelift.cli.run import run
from cachelift.report import Mode


@click.command(
    "fix",
    short_help="Rewrite what can be rewritten; report the rest.",
    epilog=f"""\b
Examples:
  cachelift fix
  cachelift fix --diff | git apply
  cachelift fix --interactive
  cachelift fix --unsafe-fixes src/app
  cachelift fix --stdin-filename src/app/main.py - < src/app/main.py

{EXIT_CODES}""",
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
@click.option(
    "-i", "--interactive", is_flag=True, help="Show each change and ask. What belongs together is asked as one."
)
@click.pass_obj
def command(activity: Activity, /, diff: bool, **values: Any) -> int:
    """Rewrite the deprecated usages that can be rewritten, and report the rest.

    PATHS are files and folders, by default the current directory. With -, standard input is rewritten to
    standard output, changed or not, and the report goes to standard error.

    Every changed file is verified before it is written. A second run changes nothing.
    """
    options = Options(**values)
    if diff and options.interactive:
        raise click.UsageError("--interactive excludes --diff, which changes nothing")
    return run(activity, options, Mode.DIFF if diff else Mode.FIX)
