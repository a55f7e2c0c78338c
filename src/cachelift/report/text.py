"""The report for people: one line a grep can take, the source line with the usage marked, what to do, a summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cachelift.outcomes import REASONS, Applicability
from cachelift.report import Mode
from cachelift.report.excerpt import excerpt, neutral, split_lines, visible

if TYPE_CHECKING:
    from cachelift.outcomes import Failure, Finding
    from cachelift.report import Report, Style

_BOLD, _RED, _BLUE, _CYAN = "1", "1;31", "34", "36"


def render(report: Report, style: Style) -> str:
    """Give the whole report, each finding followed by an empty line; empty where ``--quiet`` has nothing to say."""
    parts: list[str] = []
    if style.verbose:
        parts += [_header(finding, "rewritten", style) + "\n" for finding in report.fixed]
        if report.fixed:
            parts.append("\n")
    path, lines = None, [""]
    for finding in report.findings:
        if finding.path != path:
            path = finding.path
            lines = split_lines(report.sources.get(path, ""))
        parts.append(_finding(finding, lines, style))
    parts += [_failure(failure, style) + "\n" for failure in report.failures]
    if not style.quiet:
        if report.failures:
            parts.append("\n")
        parts.append(_paint(summary_line(report), _BOLD, style) + "\n")
    return neutral("".join(parts))


def summary_line(report: Report) -> str:
    """Count rewritten, left, failed and seen in one line."""
    summary = report.summary
    done = f"{_count(summary.fixed, 'usage')} {'to rewrite' if report.mode is Mode.DIFF else 'rewritten'}"
    if summary.changed_files:
        done += f" in {_count(summary.changed_files, 'file')}"
    levels = ((summary.safe, "safe"), (summary.unsafe, "unsafe"), (summary.manual, "manual"))
    split = ", ".join(f"{number} {level}" for number, level in levels if number)
    left = f"{summary.findings} left" + (f" ({split})" if split else "")
    return f"{done}, {left}, {summary.failures} failed, {_count(summary.files, 'file')} seen"


def _finding(finding: Finding, lines: list[str], style: Style) -> str:
    """Show one finding: header, source line, advice and an empty line."""
    level = finding.applicability.value
    parts = [_header(finding, f"{level}: {finding.reason}" if finding.reason else level, style)]
    number = str(finding.line)
    margin = " " * len(number)
    if finding.line <= len(lines) and lines[finding.line - 1]:
        end = finding.end_column - 1 if finding.end_line == finding.line else None
        shown, marks = excerpt(lines[finding.line - 1], finding.column - 1, end, style.encoding)
        bar = _paint("|", _BLUE, style)
        parts.append(f"  {_paint(number, _BLUE, style)} {bar} {shown}")
        parts.append(f"  {margin} {bar} {_paint_marks(marks, style)}")
    parts.append(f"  {margin} {_advice(finding, style)}")
    return "\n".join(parts) + "\n\n"


def _header(finding: Finding, tag: str, style: Style) -> str:
    place = visible(style.locate(finding.path), style.encoding)
    code = _paint(finding.code, _RED, style)
    message = visible(finding.message, style.encoding)
    return f"{_paint(place, _BOLD, style)}:{finding.line}:{finding.column}: {code} {message} [{tag}]"


def _advice(finding: Finding, style: Style) -> str:
    """Tell the next step: the command that rewrites it, or why a person has to."""
    why = REASONS.get(finding.reason, finding.reason) if finding.reason else ""
    more = f"{why} (`cachelift explain {finding.reason}`)" if why else ""
    if finding.applicability is Applicability.MANUAL:
        label, text = "help", more or f"decide by hand (`cachelift explain {finding.code}`)"
    elif finding.applicability is Applicability.SAFE:
        label, text = "fix", "`cachelift fix` rewrites it" + (f"; {more}" if more else "")
    else:
        label, text = "fix", "`cachelift fix --unsafe-fixes` rewrites it" + (f"; {more}" if more else "")
    return f"{_paint(f'= {label}:', _CYAN, style)} {text}"


def _failure(failure: Failure, style: Style) -> str:
    place = visible(style.locate(failure.path), style.encoding)
    where = ""
    if failure.line is not None:
        where = f":{failure.line}" if failure.column is None else f":{failure.line}:{failure.column}"
    label = _paint("error", _RED, style)
    return f"{_paint(place, _BOLD, style)}{where}: {label}: {visible(failure.message, style.encoding)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _paint_marks(marks: str, style: Style) -> str:
    """Colour the carets, not the blanks before them."""
    carets = marks.lstrip(" ")
    return marks[: len(marks) - len(carets)] + _paint(carets, _RED, style)


def _paint(text: str, code: str, style: Style) -> str:
    """Colour a text where the style asks for it (ECMA-48 "select graphic rendition")."""
    return f"\x1b[{code}m{text}\x1b[0m" if style.color else text
