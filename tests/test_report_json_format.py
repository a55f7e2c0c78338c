import json

from report_helpers import MANUAL, checked, finding, rewritten

from cachelift.model import Failure, RunResult
from cachelift.report import Mode, Style, make_report
from cachelift.report.json_format import render


def test_nothing_found() -> None:
    assert render(make_report(RunResult((), files_seen=2), Mode.CHECK), Style()) == (
        "{\n"
        '  "version": 1,\n'
        '  "findings": [],\n'
        '  "failures": [],\n'
        '  "summary": {\n'
        '    "files": 2,\n'
        '    "findings": 0,\n'
        '    "safe": 0,\n'
        '    "unsafe": 0,\n'
        '    "manual": 0,\n'
        '    "fixed": 0,\n'
        '    "changed_files": 0,\n'
        '    "failures": 0\n'
        "  }\n"
        "}\n"
    )


def test_a_finding_has_exactly_the_documented_keys() -> None:
    item = finding(applicability=MANUAL, reason="unmapped-argument")
    document = json.loads(render(make_report(checked(item), Mode.CHECK), Style()))
    assert list(document) == ["version", "findings", "failures", "summary"]
    assert document["findings"] == [
        {
            "path": "src/a.py",
            "line": 3,
            "column": 9,
            "end_line": 3,
            "end_column": 26,
            "code": "CLF002",
            "name": "legacy-call",
            "message": "a call of the legacy class",
            "applicability": "manual",
            "reason": "unmapped-argument",
        }
    ]


def test_no_reason_is_null() -> None:
    document = json.loads(render(make_report(checked(finding()), Mode.CHECK), Style()))
    assert document["findings"][0]["reason"] is None


def test_fix_adds_what_was_rewritten() -> None:
    left = finding(start=(1, 1), applicability=MANUAL, reason="alias")
    for mode in (Mode.FIX, Mode.DIFF):
        document = json.loads(render(make_report(rewritten(left=(left,)), mode), Style()))
        assert list(document) == ["version", "findings", "fixed", "failures", "summary"]
        assert [item["line"] for item in document["findings"]] == [1]
        assert [item["line"] for item in document["fixed"]] == [3]
        assert document["fixed"][0].keys() == document["findings"][0].keys()


def test_failures_with_and_without_a_place() -> None:
    failures = (Failure("a.py", "invalid syntax", 3, 7), Failure("gone.py", "no such file"))
    document = json.loads(render(make_report(RunResult((), failures), Mode.CHECK), Style()))
    assert document["failures"] == [
        {"path": "a.py", "line": 3, "column": 7, "message": "invalid syntax"},
        {"path": "gone.py", "line": None, "column": None, "message": "no such file"},
    ]
    assert document["summary"]["failures"] == 2


def test_everything_is_ascii_and_undecodable_names_survive() -> None:
    item = finding("süß/\udcff\u202e.py", message="\x1b[31m漢字")
    text = render(make_report(checked(item), Mode.CHECK), Style(color=True, quiet=True))
    assert text.isascii()
    assert "\x1b" not in text
    document = json.loads(text)
    assert document["findings"][0]["path"] == "süß/\udcff\u202e.py"
    assert document["findings"][0]["message"] == "\x1b[31m漢字"
