"""``cachelift export``."""

from __future__ import annotations

import os
import sys

import click

from cachelift import output as streams
from cachelift.cli.common import Activity, Problem, configured, deliver
from cachelift.cli.options import CONFIG

TOOLS = ("ruff", "flake8-tidy-imports", "import-linter", "semgrep")


@click.command(
    "export",
    short_help="Print the configuration that bans the class in another linter.",
    epilog="""\b
Examples:
  cachelift export ruff
  cachelift export import-linter
  cachelift export semgrep --output semgrep/deprecated.yml

\b
Exit codes:
  0  printed
  2  the configuration or the command line is wrong
""",
)
@click.argument("tool", type=click.Choice(TOOLS))
@click.option("--whole-module", is_flag=True, help="Ban every name of the legacy module, not just the class.")
@CONFIG
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(),
    help="Write to FILE instead of standard output. A file that `cachelift export` did not make is left alone.",
)
@click.pass_obj
def command(activity: Activity, /, tool: str, whole_module: bool, config: str | None, output: str | None) -> int:
    """Print the configuration that bans the legacy class in another linter, made from the same migrations.

    The modules of the replacements may go on using it. import-linter knows modules only: there the legacy module is
    banned as a whole.
    """
    settings = configured(activity, (".",), config)
    activity.doing = "exporting"
    from cachelift import bans

    if output is not None:
        _spare(output, bans.MARK.encode())
    text = bans.export(settings, tool, whole_module=whole_module)
    encoding = "utf-8" if output is not None else streams.encoding_of(sys.stdout)
    deliver(text.encode(encoding, "backslashreplace"), output)
    return 0


def _spare(path: str, mark: bytes) -> None:
    """Refuse to replace a file that was written by hand: a ``pyproject.toml`` holds more than this.

    Raises:
        Problem: the file is there and does not begin with the mark.
    """
    try:
        if not os.path.isfile(path) or os.path.getsize(path) == 0:
            return
        with open(path, "rb") as file:
            made = file.read(len(mark)) == mark
    except OSError as error:
        raise Problem(f"cannot read {path}: {error.strerror}") from error
    if not made:
        raise Problem(f"{path} is there already and was not made by `cachelift export`: add the text by hand")
