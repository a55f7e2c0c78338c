"""The JSON report: a stable shape for scripts and continuous integration.

The top level has ``version`` (1), ``findings``, ``fixed`` (``fix`` only), ``failures`` and ``summary``.
Keys may be added under the same version, none is taken away or given another meaning.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cachelift.report import Mode
from cachelift.report.excerpt import neutral_json

if TYPE_CHECKING:
    from cachelift.outcomes import Failure, Finding
    from cachelift.report import Report, Style


def render(report: Report, style: Style) -> str:
    r"""Give the report as one JSON object, in ASCII and with a final newline; ``style`` changes nothing.

    ASCII, because a file name that is not UTF-8 is a lone surrogate here, which no UTF-8 output can hold:
    ``\udc80`` to ``\udcff`` stand for the bytes 80 to FF (PEP 383).
    """
    document: dict[str, Any] = {"version": 1, "findings": [_finding(finding) for finding in report.findings]}
    if report.mode is not Mode.CHECK:
        document["fixed"] = [_finding(finding) for finding in report.fixed]
    document["failures"] = [_failure(failure) for failure in report.failures]
    document["summary"] = report.summary._asdict()
    return neutral_json(json.dumps(document, indent=2, ensure_ascii=True)) + "\n"


def _finding(finding: Finding) -> dict[str, str | int | None]:
    return {
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        "applicability": finding.applicability.value,
        "reason": finding.reason,
    }


def _failure(failure: Failure) -> dict[str, str | int | None]:
    return {"path": failure.path, "line": failure.line, "column": failure.column, "message": failure.message}
