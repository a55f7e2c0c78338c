"""``cachelift deprecate``."""

from __future__ import annotations

import os
import sys

import click

from cachelift import output
from cachelift.cli.common import Activity, complain, configured, deliver_diff, located
from cachelift.cli.options import CONFIG


@click.command(
    "deprecate",
    short_help="Mark the class with @deprecated, for type checkers and editors.",
    epilog="""\b
Examples:
  cachelift deprecate --diff
  cachelift deprecate
  cachelift deprecate --static-only

\b
Exit codes:
  0  the class is marked
  1  with --diff: it would be
  2  it cannot be marked, or the configuration or the command line is wrong
""",
)
@click.option("--diff", is_flag=True, help="Print a diff for `git apply` from the repository root; change nothing.")
@click.option(
    "--from",
    "provider",
    type=click.Choice(("warnings", "typing_extensions")),
    help="Where to import the decorator from. Left out: warnings where the project needs Python 3.13 or newer, else"
    " typing_extensions.",
)
@click.option("--static-only", is_flag=True, help="Do not warn when the program runs: `category=None`.")
@CONFIG
@click.pass_obj
def command(activity: Activity, /, diff: bool, provider: str | None, static_only: bool, config: str | None) -> int:
    """Mark the legacy class with the standard decorator @deprecated (PEP 702), with its import.

    mypy, pyright and editors then flag every use. When the program runs, making an object of the class, or a subclass
    of it, gives a DeprecationWarning; with --static-only it does not.
    """
    settings = configured(activity, (".",), config)
    activity.doing = "marking"
    from cachelift.deprecate import deprecate
    from cachelift.report.diff import unified_diff

    result = deprecate(settings, provider=provider, static_only=static_only, write=not diff)
    activity.doing = "reporting"
    for failure in result.failures:
        place = located(failure.path, settings.root, os.getcwd()) if failure.path != "." else settings.root
        numbers = "".join(f":{number}" for number in (failure.line, failure.column) if number is not None)
        complain(f"error: {place}{numbers}: {failure.message}")
    if diff:
        deliver_diff(b"".join(unified_diff(*file) for file in result.files), None, root=settings.root)
        return 2 if result.failures else 1 if result.files else 0
    for marked in result.marked:
        place = f"{located(marked.path, settings.root, os.getcwd())}:{marked.line}"
        words = "marked" if marked.is_new else "was marked already"
        from cachelift.report.excerpt import neutral, visible

        shown = visible(f"{place}: class {marked.name} {'' if not marked.is_new else 'is '}{words}")
        output.write_text(sys.stdout, neutral(f"{shown}\n"))
    return 2 if result.failures else 0
