"""What ``cachelift status`` prints: a table for people, the same as Markdown, and JSON for programs.

Paths are relative to the repository root.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from cachelift.outcomes import REASONS
from cachelift.report.excerpt import neutral, neutral_json, visible

if TYPE_CHECKING:
    from cachelift.model import Failure, StatusReport, StatusRow

FORMATS = ("text", "json", "markdown")

_COLUMNS = ("Package", "Files", "Migrated", "Safe", "Unsafe", "Manual", "Suppressed", "Done")
_BAR = 20
_WIDTH = 100


def render(report: StatusReport, output_format: str, encoding: str = "utf-8") -> str:
    """Give the report.

    Args:
        report: what was counted.
        output_format: one of ``FORMATS``.
        encoding: of the stream that the report goes to; what it cannot carry is shown escaped.
    """
    if output_format == "json":
        return _json(report)
    lines = _markdown(report) if output_format == "markdown" else _text(report)
    return neutral("".join(f"{visible(line, encoding)}\n" for line in lines))


def _json(report: StatusReport) -> str:
    """Give one JSON object in ASCII, its keys those of the report's own words."""
    import json

    document = {
        "version": 1,
        "packages": [{"package": row.package, **_counts(row)} for row in report.rows],
        "total": _counts(report.total),
        "migrations": [
            {"legacy": each.legacy, "place": each.place, "deletable": each.deletable, "reasons": each.reasons}
            for each in report.verdicts
        ],
        "failures": [
            {"path": each.path, "line": each.line, "column": each.column, "message": each.message}
            for each in report.failures
        ],
    }
    return neutral_json(json.dumps(document, indent=2)) + "\n"


def _counts(row: StatusRow) -> dict[str, Any]:
    return {
        "files": row.files,
        "migrated": row.migrated,
        "safe": row.safe,
        "unsafe": row.unsafe,
        "manual": row.manual,
        "manual_by_reason": dict(row.reasons),
        "suppressed": row.suppressed,
        "percent": _rounded(row),
    }


def _rounded(row: StatusRow) -> float:
    """Round down to a tenth: what is not done is never shown as done."""
    return int(row.percent * 10) / 10


def _cells(row: StatusRow, name: str) -> tuple[str, ...]:
    numbers = (row.files, row.migrated, row.safe, row.unsafe, row.manual, row.suppressed)
    return (name, *map(str, numbers), f"{int(row.percent)} %")


def _bar(row: StatusRow) -> str:
    full = int(row.percent * _BAR / 100)
    return f"[{'#' * full}{'.' * (_BAR - full)}]"


def _text(report: StatusReport) -> list[str]:
    rows = [*((row, row.package) for row in report.rows), (report.total, "Total")]
    table = [_COLUMNS, *(_cells(row, name) for row, name in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    bars = ["", *(_bar(row) for row, _ in rows)]
    shown = [f"{_aligned(cells, widths)}  {bar}".rstrip() for cells, bar in zip(table, bars, strict=True)]
    rule = "-" * max(map(len, shown))
    lines = [shown[0], rule, *shown[1:-1], *([rule] if report.rows else []), shown[-1]]
    if report.total.reasons:
        width = max(len(slug) for slug, _ in report.total.reasons)
        lines += ["", "Manual, by reason"]
        lines += [f"  {count:>4}  {slug:<{width}}  {_meaning(slug)}" for slug, count in report.total.reasons]
    lines.append("")
    for number, heading, reasons in _verdicts(report):
        lines += [""] * bool(number) + [heading]
        lines += [line for reason in reasons for line in textwrap.wrap(reason, _WIDTH, **_POINT)]
    if report.failures:
        lines += ["", "Could not be read", *(f"  {_failure(failure)}" for failure in report.failures)]
    return lines


_POINT: dict[str, Any] = {"initial_indent": "  - ", "subsequent_indent": "    ", "break_long_words": False}


def _aligned(cells: tuple[str, ...], widths: list[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)])


def _markdown(report: StatusReport) -> list[str]:
    total = report.total
    left = f", {total.left} left" if total.left else ""
    lines = [
        f"**{int(total.percent)} % migrated** ({total.migrated} of {total.migrated + total.left} usages{left})",
        "",
    ]
    lines += [_columns(_COLUMNS), "|---|" + "---:|" * (len(_COLUMNS) - 1)]
    lines += [_columns(_cells(row, f"`{row.package}`")) for row in report.rows]
    lines.append(_columns(tuple(f"**{cell}**" for cell in _cells(total, "Total"))))
    if total.reasons:
        lines += ["", "| Manual | Reason | |", "|---:|---|---|"]
        lines += [_columns((str(count), f"`{slug}`", _meaning(slug))) for slug, count in total.reasons]
    for _, heading, reasons in _verdicts(report):
        lines += ["", heading, "", *(f"- {reason}" for reason in reasons)]
    if report.failures:
        lines += ["", "Could not be read:", "", *(f"- {_failure(failure)}" for failure in report.failures)]
    return lines


def _columns(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _meaning(slug: str) -> str:
    return REASONS.get(slug, "a person decides")


def _verdicts(report: StatusReport) -> list[tuple[int, str, tuple[str, ...]]]:
    found = []
    for number, verdict in enumerate(report.verdicts):
        name = f"{verdict.legacy} ({verdict.place})" if verdict.place else verdict.legacy
        heading = f"{name} may be deleted:" if verdict.deletable else f"{name} has to stay:"
        found.append((number, heading, verdict.reasons))
    return found


def _failure(failure: Failure) -> str:
    place = ":".join(str(part) for part in (failure.path, failure.line, failure.column) if part is not None)
    return f"{place}: {failure.message}"
