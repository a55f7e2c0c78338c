"""``cachelift explain``."""

from __future__ import annotations

import sys

import click

from cachelift import output
from cachelift.cli.common import Activity, Problem


@click.command("explain", short_help="Say what a code or a reason means.")
@click.argument("code", required=False)
@click.pass_obj
def command(activity: Activity, /, code: str | None) -> int:
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
        raise Problem(str(error)) from None
    output.write_text(sys.stdout, text)
    return 0
