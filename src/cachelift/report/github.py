"""GitHub workflow commands: every finding becomes an annotation of the job and of the pull request.

The format and its escapes: https://docs.github.com/actions/reference/workflow-commands-for-github-actions and
``@actions/core`` (``command.ts``), which the runner reads back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cachelift.report.excerpt import visible
from cachelift.report.text import summary_line

if TYPE_CHECKING:
    from cachelift.outcomes import Failure, Finding
    from cachelift.report import Report, Style

_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})


def render(report: Report, style: Style) -> str:
    """Give one command in a line for each finding and failure, then the summary for the reader of the log."""
    lines = [_finding(finding, style) for finding in report.findings]
    lines += [_failure(failure, style) for failure in report.failures]
    return "".join(f"{line}\n" for line in (*lines, summary_line(report)))


def _finding(finding: Finding, style: Style) -> str:
    """Write an annotation; columns only where it stands on one line, for GitHub takes them as columns of that."""
    properties = {"file": style.locate(finding.path), "line": str(finding.line), "endLine": str(finding.end_line)}
    if finding.line == finding.end_line:
        properties |= {"col": str(finding.column), "endColumn": str(finding.end_column)}
    properties["title"] = f"{finding.code} {finding.name}"
    return _command(properties, f"{finding.message} [{_tag(finding)}]")


def _tag(finding: Finding) -> str:
    level = finding.applicability.value
    return f"{level}: {finding.reason}" if finding.reason else level


def _failure(failure: Failure, style: Style) -> str:
    properties = {"file": style.locate(failure.path)}
    if failure.line is not None:
        properties["line"] = str(failure.line)
    return _command({**properties, "title": "cachelift failed here"}, failure.message)


def _command(properties: dict[str, str], message: str) -> str:
    """Write a command whose values cannot end it, nor begin another one."""
    listed = ",".join(f"{key}={_escaped(value, _PROPERTY)}" for key, value in properties.items())
    return f"::error {listed}::{_escaped(message, _DATA)}"


def _escaped(text: str, table: dict[int, str]) -> str:
    """What the runner reads back; anything else that a terminal would obey is shown."""
    return "".join(each if each in "\r\n" else visible(each) for each in text).translate(table)
