"""The command line: options, printing and exit codes. What is found and rewritten comes from the engine.

One module for each command, loaded when the command runs; :mod:`.run` is what ``check`` and ``fix`` share.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from cachelift import __version__, listing
from cachelift.cli.common import EXIT_CODES, INTERRUPTED, Activity, complain

_OBJECTS = 10_000
"""How many new objects make Python look for garbage: a syntax tree has thousands, and none of them is garbage.

A tenth less time than with Python's own number, and as much memory; more make nothing better (measured).
"""
_PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep


class _Commands(click.Group):
    """The commands, each the function ``command`` of the module that has its name."""

    NAMES = ("check", "fix", "status", "doctor", "explain", "export", "deprecate", "merge")

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order in which a migration needs them."""
        return list(self.NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command; None where there is none of that name."""
        if cmd_name not in self.NAMES:
            return None
        command: click.Command = importlib.import_module(f"cachelift.cli.{cmd_name}").command
        return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. No exception leaves it but click's ``SystemExit``.

    Args:
        arguments: without the program's name; None for those of the process.
    """
    activity = Activity()
    threshold = gc.get_threshold()
    gc.set_threshold(_OBJECTS, *threshold[1:])
    try:
        result = _group.main(args=arguments, prog_name="cachelift", standalone_mode=False, obj=activity)
    except click.exceptions.Abort as error:
        # click makes an abort of EOFError as well, which a lost worker process raises.
        if isinstance(error.__cause__, EOFError):
            return _crashed(activity, error.__cause__)
        complain("interrupted; a file is either rewritten or as it was, run again to complete")
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except OSError as error:
        place = f": {error.filename}" if error.filename is not None else ""
        complain(f"error while {activity.doing}: {error.strerror or error}{place}")
        return 2
    except Exception as error:
        return _crashed(activity, error)
    finally:
        gc.set_threshold(*threshold)
    return int(result)


def script() -> NoReturn:
    """Run the process's command line and end the process with its exit code."""
    try:
        code = main()
    finally:
        listing.forget()
    if code == INTERRUPTED:
        # By now every worker is ended and every file whole. Python's own end would wait for the threads of a pool,
        # and they for what ended workers did not complete.
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _crashed(activity: Activity, error: Exception) -> int:
    """Say what a person can pass on about an error that should not be."""
    complain(
        f"internal error while {activity.doing}: {type(error).__name__}: {error} (at {_place(error)});"
        " please report it with the input that leads to it"
    )
    return 2


def _place(error: BaseException) -> str:
    """Name the innermost line of this package that an exception went through."""
    place, step = "", error.__traceback__
    while step is not None:
        filename = step.tb_frame.f_code.co_filename
        if filename.startswith(_PACKAGE):
            place = f"{filename[len(_PACKAGE) :]}:{step.tb_lineno}"
        step = step.tb_next
    return place


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"""\b
Examples:
  cachelift check                      what is left in this repository
  cachelift fix --diff | git apply     look first, then apply
  cachelift fix                        rewrite what is safe
  cachelift status                     how far the migration is
  cachelift doctor                     what the tool knows, and what is in the way
  cachelift explain CLF002             what a code means
  cachelift export ruff                ban the class in another linter
  cachelift deprecate                  mark the class for type checkers and editors
  cachelift merge part*.json           put the parts of a report together

{EXIT_CODES}""",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def _group(context: click.Context) -> None:
    """Move a repository off a deprecated cache class, and keep it off.

    The migration is described under [tool.cachelift] in pyproject.toml; left out, it is from
    app.services.cache_service.CacheService to app.services.unified_cache.get_unified_cache.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(2)
