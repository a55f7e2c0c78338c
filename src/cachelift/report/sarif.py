"""SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, section numbers below are its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cachelift import __version__
from cachelift.explanations import ADVICE, EXPLANATIONS
from cachelift.identity import fingerprints
from cachelift.outcomes import CODES, REASONS, Applicability
from cachelift.report.excerpt import neutral_json

if TYPE_CHECKING:
    from cachelift.outcomes import Change, Code, Failure, Finding
    from cachelift.report import Report, Style

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "SRCROOT"
_MANY = 50
"""A fix is all that has to change together; one with more pieces than this is given with one finding only."""

Node = dict[str, Any]


def render(report: Report, style: Style) -> str:
    """Give the report as one SARIF log with one run, in ASCII; of the style only where files are counts."""
    run = {
        "tool": {
            "driver": {
                "name": "cachelift",
                "semanticVersion": __version__,
                "rules": [_rule(code) for code in CODES.values()],
            }
        },
        "invocations": [
            {
                "executionSuccessful": not report.failures,
                "toolExecutionNotifications": [_notification(failure, style) for failure in report.failures],
            }
        ],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "results": _results(report, style),
    }
    return neutral_json(json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)) + "\n"


def _rule(code: Code) -> Node:
    """Describe a code (3.49); its help is what ``cachelift explain`` says."""
    text = EXPLANATIONS[code.code]
    after = "After, by hand" if text.by_hand else "After"
    reasons = [f"{slug}: {REASONS[slug]}. {ADVICE[slug]}" for slug in text.reasons]
    plain = [text.meaning, text.why, f"Before:\n\n{text.before}", f"{after}:\n\n{text.after}"]
    marked = [
        text.meaning,
        text.why,
        f"Before:\n\n```python\n{text.before}```",
        f"{after}:\n\n```python\n{text.after}```",
    ]
    if reasons:
        plain.append("What can stand in the way:\n\n" + "\n".join(reasons))
        marked.append("What can stand in the way:\n\n" + "\n".join(f"- {reason}" for reason in reasons))
    return {
        "id": code.code,
        "name": "".join(word.title() for word in code.name.split("-")),
        "shortDescription": {"text": f"{code.usage[0].upper()}{code.usage[1:]}."},
        "fullDescription": {"text": text.meaning},
        "help": {"text": "\n\n".join(plain), "markdown": "\n\n".join(marked)},
        "defaultConfiguration": {"level": "error"},
    }


def _results(report: Report, style: Style) -> list[Node]:
    rules = {code: index for index, code in enumerate(CODES)}
    marks = fingerprints(report.findings, report.sources)
    given: set[int] = set()
    results = []
    for finding, mark in zip(report.findings, marks, strict=True):
        result: Node = {
            "ruleId": finding.code,
            "ruleIndex": rules[finding.code],
            "level": "error",
            "message": {"text": finding.message},
            "locations": [
                {"physicalLocation": {"artifactLocation": _artifact(finding.path, style), "region": _region(finding)}}
            ],
            "partialFingerprints": {"cachelift/v1": mark},
            "properties": {"applicability": finding.applicability.value},
        }
        if finding.reason:
            result["properties"]["reason"] = finding.reason
        changes = report.fixes.get(finding.path, ())
        if changes and finding.applicability is Applicability.SAFE and id(changes) not in given:
            if len(changes) > _MANY:
                given.add(id(changes))
            result["fixes"] = [_fix(changes, style)]
        results.append(result)
    return results


def _region(place: Finding | Change) -> Node:
    """Give a text region (3.30.2): 1-based, the end exclusive."""
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }


def _fix(changes: tuple[Change, ...], style: Style) -> Node:
    """Give a fix (3.55): all that has to change together, in one file or in several."""
    files: dict[str, list[Node]] = {}
    for change in changes:
        replacement = {"deletedRegion": _region(change), "insertedContent": {"text": change.text}}
        files.setdefault(change.path, []).append(replacement)
    where = "this file" if len(files) == 1 else f"{len(files)} files that belong together"
    return {
        "description": {"text": f"Rewrite what is safe in {where}, as `cachelift fix` does."},
        "artifactChanges": [
            {"artifactLocation": _artifact(path, style), "replacements": replacements}
            for path, replacements in files.items()
        ],
    }


def _artifact(path: str, style: Style) -> Node:
    """Name a file by a URI (3.4.3, RFC 3986), relative to the root where it is inside."""
    shown = style.locate(path)
    uri = quote(shown.encode("utf-8", "surrogateescape"))
    return {"uri": f"file://{uri}"} if shown.startswith("/") else {"uri": uri, "uriBaseId": _ROOT}


def _notification(failure: Failure, style: Style) -> Node:
    """Report a failure as a notification (3.58)."""
    place: Node = {"artifactLocation": _artifact(failure.path, style)}
    if failure.line is not None:
        place["region"] = {"startLine": failure.line}
        if failure.column is not None:
            place["region"]["startColumn"] = failure.column
    return {"level": "error", "message": {"text": failure.message}, "locations": [{"physicalLocation": place}]}
