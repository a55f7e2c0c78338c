import json
from typing import Any

from report_helpers import MANUAL, checked, finding

from cachelift.model import Failure, RunResult
from cachelift.report import Mode, Style, make_report
from cachelift.report.gitlab import render

SOURCE = "class A:\n    def f(self):\n        return CacheService(1)\n\n\nother = CacheService(2)\n"
STYLE = Style()


def rendered(result: RunResult, style: Style = STYLE) -> list[Any]:
    document = json.loads(render(make_report(result, Mode.CHECK), style))
    assert isinstance(document, list)
    return document


def marks(*places: tuple[int, int], text: str) -> list[str]:
    return [issue["fingerprint"] for issue in rendered(checked(*(finding(start=place) for place in places), text=text))]


def test_nothing_found() -> None:
    assert render(make_report(RunResult(()), Mode.CHECK), Style()) == "[]\n"


def test_a_finding_has_what_gitlab_reads() -> None:
    item = finding(applicability=MANUAL, reason="alias")
    (issue,) = rendered(checked(item), Style(locate=lambda path: f"top/{path}"))
    assert len(issue.pop("fingerprint")) == 32
    assert issue == {
        "description": "a call of the legacy class [alias]",
        "check_name": "CLF002 legacy-call",
        "severity": "major",
        "location": {
            "path": "top/src/a.py",
            "positions": {"begin": {"line": 3, "column": 9}, "end": {"line": 3, "column": 26}},
        },
    }


def test_a_finding_without_a_reason_shows_how_far_the_rewrite_goes() -> None:
    assert rendered(checked(finding()))[0]["description"] == "a call of the legacy class [safe]"


def test_failures_count_as_well() -> None:
    failures = (Failure("a.py", "broken", 3), Failure("gone.py", "no such file"))
    issues = rendered(RunResult((), failures))
    assert [(issue["severity"], issue["location"]["lines"]) for issue in issues] == [
        ("critical", {"begin": 3}),
        ("critical", {"begin": 1}),
    ]
    assert issues[0]["fingerprint"] != issues[1]["fingerprint"]


def test_fingerprints_outlive_moves_and_tell_scopes_apart() -> None:
    moved = SOURCE[SOURCE.index("other") :] + "\n\n# moved\n" + SOURCE[: SOURCE.index("other")]
    one, two = marks((3, 16), (6, 9), text=SOURCE)
    assert marks((1, 9), (7, 16), text=moved) == [two, one]
    assert one != two


def test_the_order_of_the_findings_of_one_scope_is_not_the_line() -> None:
    assert marks((6, 9), (6, 40), text=SOURCE) != marks((6, 9), (3, 16), text=SOURCE)
    assert marks((6, 9), (6, 40), text=SOURCE) == marks((6, 9), (6, 30), text=SOURCE)
