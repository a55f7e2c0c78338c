"""What every report is made of (findings, failures, counts) and the table of the output formats.

Named tuples, because every start of the command line makes these types and a dataclass takes four times as long.
"""

from __future__ import annotations

import enum
import importlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from cachelift.outcomes import Change, Failure, Finding, RunResult

FORMATS: dict[str, str] = {
    "text": "text",
    "json": "json_format",
    "sarif": "sarif",
    "github": "github",
    "gitlab": "gitlab",
    "rdjson": "rdjson",
}
"""Name of a format: the module of this package whose ``render`` makes it. Loaded when asked for."""

WITH_FIXES = frozenset({"sarif", "rdjson"})
"""The formats that show what ``fix`` would change."""

FROM_TOP = frozenset({"sarif", "github", "gitlab"})
"""The formats whose reader takes paths as relative to the top of the version-controlled tree."""


class Mode(enum.StrEnum):
    """Which run is reported: it decides what counts as left and what the exit code is."""

    CHECK = "check"
    FIX = "fix"
    DIFF = "diff"


class Summary(NamedTuple):
    """The counts of a run. ``safe`` + ``unsafe`` + ``manual`` make ``findings``."""

    files: int
    """Files that were looked at."""
    findings: int
    """Usages that are there (``check``) or left (``fix``)."""
    safe: int
    unsafe: int
    manual: int
    fixed: int
    """Usages that were, or with ``--diff`` would be, rewritten."""
    changed_files: int
    failures: int


class Report(NamedTuple):
    """A run as the formats show it: everything sorted, so that equal runs give equal bytes."""

    mode: Mode
    findings: tuple[Finding, ...]
    fixed: tuple[Finding, ...]
    failures: tuple[Failure, ...]
    summary: Summary
    sources: Mapping[str, str]
    """Decoded text of the files with findings, by path."""
    fixes: Mapping[str, tuple[Change, ...]]
    """By path: what ``fix`` would change in a file, and in the files that have to change with it."""


def _unmoved(path: str) -> str:
    """Show a path as the findings give it."""
    return path


class Style(NamedTuple):
    """How a report is to look; formats for machines ignore it."""

    color: bool = False
    encoding: str = "utf-8"
    """Of the stream that the report goes to: what it cannot carry is shown escaped."""
    verbose: bool = False
    quiet: bool = False
    locate: Callable[[str], str] = _unmoved
    """From a path relative to the repository root to the path that a reader can open."""


Emitter = Callable[[Report, Style], str]


def emitter(name: str) -> Emitter:
    """Load the format ``name``, one of ``FORMATS``, and nothing of the others."""
    return cast("Emitter", importlib.import_module(f"{__name__}.{FORMATS[name]}").render)


def make_report(result: RunResult, mode: Mode) -> Report:
    """Gather what a run came to.

    ``check`` reports every usage there is, ``fix`` what is left after it. A file that failed counts as
    a failure beside the failures of the run itself.
    """
    outcomes = result.outcomes
    findings = [
        finding for outcome in outcomes for finding in (outcome.findings if mode is Mode.CHECK else outcome.left)
    ]
    fixed = [finding for outcome in outcomes for finding in outcome.fixed]
    failures = [*result.failures, *(outcome.failure for outcome in outcomes if outcome.failure is not None)]
    levels = [finding.applicability.value for finding in findings]
    summary = Summary(
        files=result.files_seen,
        findings=len(findings),
        safe=levels.count("safe"),
        unsafe=levels.count("unsafe"),
        manual=levels.count("manual"),
        fixed=len(fixed),
        changed_files=sum(outcome.after is not None for outcome in outcomes),
        failures=len(failures),
    )
    return Report(
        mode,
        tuple(sorted(findings, key=_finding_order)),
        tuple(sorted(fixed, key=_finding_order)),
        tuple(sorted(failures, key=_failure_order)),
        summary,
        result.sources,
        result.fixes,
    )


def _finding_order(finding: Finding) -> tuple[tuple[str, int, int, str], int, int, str]:
    return (finding.sort_key, finding.end_line, finding.end_column, finding.message)


def _failure_order(failure: Failure) -> tuple[str, int, int, str]:
    return (failure.path, failure.line or 0, failure.column or 0, failure.message)
