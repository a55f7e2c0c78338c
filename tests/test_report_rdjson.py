from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import golden
import pytest
from report_helpers import MANUAL, SAFE, checked, finding

from cachelift import engine
from cachelift.config import load_settings
from cachelift.model import Applicability, Change, Failure, RunResult
from cachelift.report import Mode, Style, make_report
from cachelift.report.rdjson import render


def diagnostics(result: RunResult, *changes: Change) -> list[Any]:
    report = make_report(result, Mode.CHECK)._replace(fixes={"src/a.py": changes} if changes else {})
    document = json.loads(render(report, Style(locate=lambda path: f"top/{path}")))
    assert document["source"] == {"name": "cachelift"}
    assert document["severity"] == "ERROR"
    return list(document["diagnostics"])


def test_nothing_found() -> None:
    assert diagnostics(RunResult(())) == []


def test_a_finding_without_changes() -> None:
    assert diagnostics(checked(finding(applicability=MANUAL, reason="alias"))) == [
        {
            "message": "a call of the legacy class [manual: alias]",
            "location": {
                "path": "top/src/a.py",
                "range": {"start": {"line": 3, "column": 9}, "end": {"line": 3, "column": 26}},
            },
            "severity": "ERROR",
            "code": {"value": "CLF002"},
        }
    ]


def test_columns_count_bytes() -> None:
    (item,) = diagnostics(checked(finding(start=(2, 3), end=(2, 4)), text='x = 1\né🙂"'))
    assert item["location"]["range"] == {"start": {"line": 2, "column": 7}, "end": {"line": 2, "column": 8}}


def test_a_place_behind_the_text_is_shown_as_it_is() -> None:
    (item,) = diagnostics(checked(finding(start=(9, 3), end=(9, 4)), text="é"))
    assert item["location"]["range"] == {"start": {"line": 9, "column": 3}, "end": {"line": 9, "column": 4}}


def test_failures_with_and_without_a_place() -> None:
    failures = (Failure("a.py", "m", 3, 7), Failure("b.py", "n", 3), Failure("c.py", "o"))
    assert [item["location"] for item in diagnostics(RunResult((), failures))] == [
        {"path": "top/a.py", "range": {"start": {"line": 3, "column": 7}}},
        {"path": "top/b.py", "range": {"start": {"line": 3, "column": 1}}},
        {"path": "top/c.py"},
    ]


IMPORT = "from m import C, D\r\nx = C(C())\r\n"
LEVELS = pytest.mark.parametrize("level", [SAFE, MANUAL])


def suggested(*changes: Change, level: Applicability = SAFE) -> list[Any]:
    """Suggestions of the import, the outer call (manual) and the inner call (safe) of ``IMPORT``."""
    items = (
        finding(start=(1, 1), end=(1, 19), code="CLF001", applicability=level),
        finding(start=(2, 5), end=(2, 11), applicability=MANUAL),
        finding(start=(2, 7), end=(2, 10)),
    )
    return [item.get("suggestions") for item in diagnostics(checked(*items, text=IMPORT), *changes)]


def place(line: int, column: int, end_line: int, end_column: int) -> dict[str, Any]:
    return {"start": {"line": line, "column": column}, "end": {"line": end_line, "column": end_column}}


def test_a_change_belongs_to_the_safe_finding_at_its_place() -> None:
    change = Change("src/a.py", 2, 7, 2, 10, "f()")
    assert suggested(change) == [None, None, [{"range": place(2, 7, 2, 10), "text": "f()"}]]


def test_changes_of_other_files_are_theirs() -> None:
    assert suggested(Change("src/b.py", 2, 7, 2, 10, "f()")) == [None, None, None]


@LEVELS
def test_a_line_behind_an_import_is_put_on_its_own_line(level: Applicability) -> None:
    line = Change("src/a.py", 2, 1, 2, 1, "from n import f\r\n")
    assert suggested(line, level=level) == [[{"range": place(1, 19, 1, 19), "text": "\r\nfrom n import f"}], None, None]


def test_the_changes_of_a_finding_are_joined() -> None:
    shorter = Change("src/a.py", 1, 15, 1, 18, "")
    line = Change("src/a.py", 2, 1, 2, 1, "from n import f\r\n")
    assert suggested(shorter, line)[0] == [{"range": place(1, 15, 1, 19), "text": "D\r\nfrom n import f"}]


def test_behind_a_statement_on_its_line() -> None:
    assert suggested(Change("src/a.py", 1, 19, 1, 19, "; import n"))[0] == [
        {"range": place(1, 19, 1, 19), "text": "; import n"}
    ]


def test_a_removed_line_takes_its_end_with_it() -> None:
    assert suggested(Change("src/a.py", 1, 1, 2, 1, ""))[0] == [{"range": place(1, 1, 2, 1), "text": ""}]


@pytest.mark.parametrize(
    "stray",
    [
        Change("src/a.py", 3, 1, 3, 1, "import n\r\n\r\n# and\r\nimport o"),
        Change("src/a.py", 2, 1, 2, 1, "import n; "),
        Change("src/a.py", 2, 1, 2, 2, "y"),
        Change("src/a.py", 1, 1, 1, 1, "import n; "),
    ],
)
def test_a_change_of_nobody_leaves_the_file_without_suggestions(stray: Change) -> None:
    assert suggested(stray, Change("src/a.py", 2, 7, 2, 10, "f()")) == [None, None, None]


def test_suggestions_make_what_fix_makes(tmp_path: Path) -> None:
    golden.lay_out(tmp_path)
    settings = load_settings(str(tmp_path))
    report = make_report(engine.check_paths(settings, [str(tmp_path)], fixes=True), Mode.CHECK)
    found: dict[str, list[Any]] = {}
    for item in json.loads(render(report, Style()))["diagnostics"]:
        found.setdefault(item["location"]["path"], []).extend(item.get("suggestions", ()))
    for outcome in engine.fix_paths(settings, [str(tmp_path)], write=False).outcomes:
        before = golden.FILES[outcome.path].encode()
        assert applied(before, found[outcome.path]) == (outcome.after or before)


def applied(text: bytes, suggestions: list[Any]) -> bytes:
    starts = [0, *(match.end() for match in re.finditer(rb"\r\n?|\n", text))]
    for suggestion in reversed(suggestions):
        start, end = (
            starts[suggestion["range"][side]["line"] - 1] + suggestion["range"][side]["column"] - 1
            for side in ("start", "end")
        )
        text = text[:start] + suggestion["text"].encode() + text[end:]
    return text
