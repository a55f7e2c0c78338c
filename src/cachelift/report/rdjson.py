"""reviewdog's diagnostic format, ``rdjson``: https://github.com/reviewdog/reviewdog/tree/master/proto/rdf.

A suggestion is what a reviewer takes over with a click: a finding has at most one, and it stays on the lines of the
finding, where a review can show it. The suggestions of a file belong together: a call needs its import.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from cachelift.outcomes import Applicability
from cachelift.report.excerpt import neutral_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cachelift.outcomes import Change, Failure, Finding
    from cachelift.report import Report, Style

_NEWLINE = re.compile(r"\r\n?|\n")

Place = tuple[int, int]
"""Line and column, 1-based and in characters."""


def render(report: Report, style: Style) -> str:
    """Give the report as one JSON object in ASCII; of the style only where files are counts."""
    texts: dict[str, _Text] = {}
    for finding in report.findings:
        if finding.path not in texts:
            texts[finding.path] = _Text(report.sources.get(finding.path, ""))
    suggested = _suggested(report)
    diagnostics = [
        _finding(finding, suggested.get(number, ()), texts[finding.path], style)
        for number, finding in enumerate(report.findings)
    ]
    diagnostics += [_failure(failure, style) for failure in report.failures]
    document = {"source": {"name": "cachelift"}, "severity": "ERROR", "diagnostics": diagnostics}
    return neutral_json(json.dumps(document, indent=2)) + "\n"


class _Text:
    """The places of a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(match.end() for match in _NEWLINE.finditer(text))]

    def offset(self, place: Place) -> int:
        line, column = place
        return self.starts[line - 1] + column - 1 if line <= len(self.starts) else len(self.text)

    def line_end(self, line: int) -> Place:
        """Give the place before the newline of a line."""
        shown = self.text[self.offset((line, 1)) : self.offset((line + 1, 1))].rstrip("\r\n")
        return line, len(shown) + 1

    def position(self, place: Place) -> dict[str, int]:
        """Count the column in UTF-8 bytes, as the format wants it."""
        line, column = place
        before = self.text[self.offset((line, 1)) : self.offset(place)]
        return {"line": line, "column": column + len(before.encode("utf-8", "surrogatepass")) - len(before)}

    def range(self, start: Place, end: Place) -> dict[str, Any]:
        return {"start": self.position(start), "end": self.position(end)}


def _suggested(report: Report) -> dict[int, list[Change]]:
    """Share out the changes of each file among its findings, by the numbers of these.

    Where a change is nobody's (a name added to another import) the file gets no suggestions: taken over without it
    they would leave a name that is not bound.
    """
    own: dict[str, list[int]] = {}
    for number, finding in enumerate(report.findings):
        own.setdefault(finding.path, []).append(number)
    found: dict[int, list[Change]] = {}
    for path, numbers in own.items():
        numbers.sort(key=lambda number: report.findings[number].applicability is not Applicability.SAFE)
        shared: dict[int, list[Change]] = {}
        for change in report.fixes.get(path, ()):
            if change.path == path:
                number = next((each for each in numbers if _belongs(change, report.findings[each])), -1)
                shared.setdefault(number, []).append(change)
        if -1 not in shared:
            found |= shared
    return found


def _belongs(change: Change, finding: Finding) -> bool:
    """Tell whether a change is on the place of a finding, or puts something directly behind it."""
    start, end = (change.line, change.column), (change.end_line, change.end_column)
    if start == end and start[0] == finding.end_line:
        return start[1] >= finding.end_column
    if start == end:
        return start == (finding.end_line + 1, 1) and change.text.endswith(("\n", "\r"))
    return start < (finding.end_line, finding.end_column) and end > (finding.line, finding.column)


def _finding(finding: Finding, changes: Sequence[Change], text: _Text, style: Style) -> dict[str, Any]:
    start, end = (finding.line, finding.column), (finding.end_line, finding.end_column)
    level = finding.applicability.value
    diagnostic: dict[str, Any] = {
        "message": f"{finding.message} [{f'{level}: {finding.reason}' if finding.reason else level}]",
        "location": {"path": style.locate(finding.path), "range": text.range(start, end)},
        "severity": "ERROR",
        "code": {"value": finding.code},
    }
    if changes:
        diagnostic["suggestions"] = [_suggestion(changes, text, finding)]
    return diagnostic


def _suggestion(changes: Sequence[Change], text: _Text, finding: Finding) -> dict[str, Any]:
    """Join changes into one, with what stands between them.

    A new line behind the finding becomes a line at the end of its last one.
    """
    pieces = []
    for change in changes:
        start, end, new = (change.line, change.column), (change.end_line, change.end_column), change.text
        if start == end and start[0] > finding.end_line:
            start = end = text.line_end(finding.end_line)
            body = new.rstrip("\r\n")
            new = new[len(body) :] + body
        pieces.append((start, end, new))
    at = text.offset(pieces[0][0])
    joined = ""
    for start, end, new in pieces:
        joined += text.text[at : text.offset(start)] + new
        at = text.offset(end)
    return {"range": text.range(pieces[0][0], pieces[-1][1]), "text": joined}


def _failure(failure: Failure, style: Style) -> dict[str, Any]:
    location: dict[str, Any] = {"path": style.locate(failure.path)}
    if failure.line is not None:
        location["range"] = {"start": {"line": failure.line, "column": failure.column or 1}}
    return {"message": failure.message, "location": location, "severity": "ERROR"}
