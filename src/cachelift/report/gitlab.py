"""GitLab's code quality report: https://docs.gitlab.com/ci/testing/code_quality/ ("Code Quality report format").

The merge request widget compares the fingerprints of two pipelines, so these depend on no line number.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cachelift.identity import fingerprints
from cachelift.report.excerpt import neutral_json

if TYPE_CHECKING:
    from cachelift.outcomes import Failure, Finding
    from cachelift.report import Report, Style


def render(report: Report, style: Style) -> str:
    """Give the report as a JSON array in ASCII; of the style only where files are counts."""
    marks = fingerprints(report.findings, report.sources)
    issues = [_finding(finding, mark, style) for finding, mark in zip(report.findings, marks, strict=True)]
    issues += [_failure(failure, style) for failure in report.failures]
    return neutral_json(json.dumps(issues, indent=2)) + "\n"


def _finding(finding: Finding, mark: str, style: Style) -> dict[str, Any]:
    return {
        "description": f"{finding.message} [{finding.reason or finding.applicability.value}]",
        "check_name": f"{finding.code} {finding.name}",
        "fingerprint": mark,
        "severity": "major",
        "location": {
            "path": style.locate(finding.path),
            "positions": {
                "begin": {"line": finding.line, "column": finding.column},
                "end": {"line": finding.end_line, "column": finding.end_column},
            },
        },
    }


def _failure(failure: Failure, style: Style) -> dict[str, Any]:
    import hashlib

    text = json.dumps([failure.path, failure.message])
    return {
        "description": failure.message,
        "check_name": "failure",
        "fingerprint": hashlib.sha256(text.encode()).hexdigest()[:32],
        "severity": "critical",
        "location": {"path": style.locate(failure.path), "lines": {"begin": failure.line or 1}},
    }
