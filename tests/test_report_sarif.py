from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import golden
import pytest
from jsonschema import Draft4Validator, FormatChecker  # type: ignore[import-untyped]
from report_helpers import MANUAL, SAFE, TEXT, UNSAFE, checked, finding

from cachelift import __version__, engine
from cachelift.config import load_settings
from cachelift.model import CODES, Change, Failure, RunResult
from cachelift.report import Mode, Report, Style, make_report
from cachelift.report.sarif import render

SCHEMA = json.loads((Path(__file__).parent / "data" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
CHANGE = Change("src/a.py", 3, 9, 3, 26, "new")
STYLE = Style()


def valid(report: Report, style: Style = STYLE) -> Any:
    """The log, proven to be one."""
    document = json.loads(render(report, style))
    Draft4Validator(SCHEMA, format_checker=FormatChecker()).validate(document)
    return document


def run(report: Report, style: Style = STYLE) -> Any:
    (only,) = valid(report, style)["runs"]
    return only


def fixed(changes: tuple[Change, ...], *findings: Any) -> Any:
    report = make_report(checked(*findings), Mode.CHECK)
    return run(report._replace(fixes=dict.fromkeys(report.sources, changes)))["results"]


def test_nothing_found() -> None:
    only = run(make_report(RunResult(()), Mode.CHECK))
    assert only["results"] == []
    assert only["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_a_real_run_is_valid(tmp_path: Path) -> None:
    document = valid(golden.checked(tmp_path))
    assert (document["version"], document["$schema"]) == ("2.1.0", SCHEMA["id"])
    assert document["runs"][0]["tool"]["driver"]["semanticVersion"] == __version__


def test_the_schema_refuses_what_is_none() -> None:
    document = valid(make_report(checked(finding()), Mode.CHECK))
    document["runs"][0]["results"][0]["message"] = "text"
    assert not Draft4Validator(SCHEMA).is_valid(document)


def test_every_code_is_a_rule_with_help() -> None:
    rules = run(make_report(RunResult(()), Mode.CHECK))["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(CODES)
    call, mention = rules[1], rules[9]
    assert (call["name"], call["shortDescription"]) == ("LegacyCall", {"text": "A constructor call."})
    assert call["fullDescription"]["text"].startswith("A call that makes an object of the legacy class.")
    assert (
        'Before:\n\nfrom app.services.cache_service import CacheService\n\ncache = CacheService(system="KP")\n'
        in (call["help"]["text"])
    )
    assert "Before:\n\n```python\nfrom app" in call["help"]["markdown"]
    assert "\n- unmapped-argument: an argument has no counterpart" in call["help"]["markdown"]
    assert "After, by hand:\n\n" in rules[5]["help"]["text"]
    assert "What can stand in the way" not in mention["help"]["text"]


def test_a_result() -> None:
    item = finding(applicability=MANUAL, reason="alias")
    (result,) = run(make_report(checked(item), Mode.CHECK))["results"]
    assert {key: result[key] for key in ("ruleId", "ruleIndex", "level", "message", "properties")} == {
        "ruleId": "CLF002",
        "ruleIndex": 1,
        "level": "error",
        "message": {"text": "a call of the legacy class"},
        "properties": {"applicability": "manual", "reason": "alias"},
    }
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "src/a.py", "uriBaseId": "SRCROOT"},
        "region": {"startLine": 3, "startColumn": 9, "endLine": 3, "endColumn": 26},
    }


@pytest.mark.parametrize(
    ("path", "shown", "artifact"),
    [
        ("a b/ü:100%.py", "a b/ü:100%.py", {"uri": "a%20b/%C3%BC%3A100%25.py", "uriBaseId": "SRCROOT"}),
        ("\udcff.py", "\udcff.py", {"uri": "%FF.py", "uriBaseId": "SRCROOT"}),
        ("a.py", "/else where/a.py", {"uri": "file:///else%20where/a.py"}),
    ],
)
def test_files_are_named_by_uris(path: str, shown: str, artifact: dict[str, str]) -> None:
    report = make_report(checked(finding(path)), Mode.CHECK)
    (result,) = run(report, Style(locate=lambda _: shown))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == artifact


def test_failures_are_notifications() -> None:
    failures = (Failure("a.py", "m", 3, 7), Failure("b.py", "n", 3), Failure("c.py", "o"))
    only = run(make_report(RunResult((), failures), Mode.CHECK))
    assert only["invocations"][0]["executionSuccessful"] is False
    places = [
        (note["message"]["text"], note["locations"][0]["physicalLocation"].get("region"))
        for note in only["invocations"][0]["toolExecutionNotifications"]
    ]
    assert places == [("m", {"startLine": 3, "startColumn": 7}), ("n", {"startLine": 3}), ("o", None)]


def test_a_safe_finding_has_all_that_changes_with_it() -> None:
    other = Change("tests/b.py", 1, 1, 2, 1, "")
    (result,) = fixed((CHANGE, other), finding())
    (fix,) = result["fixes"]
    assert fix["description"] == {
        "text": "Rewrite what is safe in 2 files that belong together, as `cachelift fix` does."
    }
    assert [change["artifactLocation"]["uri"] for change in fix["artifactChanges"]] == ["src/a.py", "tests/b.py"]
    assert fix["artifactChanges"][0]["replacements"] == [
        {
            "deletedRegion": {"startLine": 3, "startColumn": 9, "endLine": 3, "endColumn": 26},
            "insertedContent": {"text": "new"},
        }
    ]


def test_only_safe_findings_have_fixes() -> None:
    results = fixed(
        (CHANGE,), finding(), finding(start=(4, 1), applicability=UNSAFE), finding(start=(5, 1), applicability=MANUAL)
    )
    assert ["fixes" in result for result in results] == [True, False, False]
    assert ["fixes" in result for result in fixed((), finding())] == [False]


@pytest.mark.parametrize(("number", "shown"), [(50, [True, True]), (51, [True, False])])
def test_a_very_long_fix_is_given_once(number: int, shown: list[bool]) -> None:
    results = fixed((CHANGE,) * number, finding(start=(1, 1), applicability=SAFE), finding())
    assert ["fixes" in result for result in results] == shown


def test_fixes_make_what_fix_makes(tmp_path: Path) -> None:
    golden.lay_out(tmp_path)
    settings = load_settings(str(tmp_path))
    only = run(make_report(engine.check_paths(settings, [str(tmp_path)], fixes=True), Mode.CHECK))
    after = {each.path: each.after for each in engine.fix_paths(settings, [str(tmp_path)], write=False).outcomes}
    fixes = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]: result["fixes"][0]
        for result in only["results"]
        if "fixes" in result
    }
    assert sorted(fixes) == sorted(path for path, data in after.items() if data is not None)
    for fix in fixes.values():
        for change in fix["artifactChanges"]:
            path = change["artifactLocation"]["uri"]
            assert applied(golden.FILES[path], change["replacements"]).encode() == after[path]
    assert [change["artifactLocation"]["uri"] for change in fixes["app/maker.py"]["artifactChanges"]] == [
        "app/maker.py",
        "tests/test_maker.py",
    ]


def applied(text: str, replacements: list[Any]) -> str:
    lines = text.splitlines(keepends=True)
    for replacement in reversed(replacements):
        region = replacement["deletedRegion"]
        start, end = (
            sum(map(len, lines[: region[f"{side}Line"] - 1])) + region[f"{side}Column"] - 1 for side in ("start", "end")
        )
        text = text[:start] + replacement["insertedContent"]["text"] + text[end:]
    return text


def test_fingerprints_differ_within_a_function_and_outlive_moves() -> None:
    moved = "# a new line\n" + TEXT
    here, there = (
        [result["partialFingerprints"]["cachelift/v1"] for result in run(make_report(result, Mode.CHECK))["results"]]
        for result in (
            checked(finding(), finding(start=(3, 40))),
            checked(finding(start=(4, 9)), finding(start=(4, 40)), text=moved),
        )
    )
    assert here == there
    assert len(set(here)) == 2
