from report_helpers import MANUAL, checked, finding

from cachelift.model import Failure, RunResult
from cachelift.report import Mode, Style, make_report
from cachelift.report.github import render

STYLE = Style()


def rendered(result: RunResult, style: Style = STYLE) -> list[str]:
    return render(make_report(result, Mode.CHECK), style).splitlines()


def test_nothing_found_is_the_summary_alone() -> None:
    assert rendered(RunResult((), files_seen=2)) == ["0 usages rewritten, 0 left, 0 failed, 2 files seen"]


def test_a_finding_on_one_line_has_columns() -> None:
    item = finding(applicability=MANUAL, reason="alias")
    assert rendered(checked(item)) == [
        (
            "::error file=src/a.py,line=3,endLine=3,col=9,endColumn=26,title=CLF002 legacy-call"
            "::a call of the legacy class [manual: alias]"
        ),
        "0 usages rewritten, 1 left (1 manual), 0 failed, 1 file seen",
    ]


def test_a_finding_on_several_lines_has_none() -> None:
    assert rendered(checked(finding(end=(5, 2))))[0] == (
        "::error file=src/a.py,line=3,endLine=5,title=CLF002 legacy-call::a call of the legacy class [safe]"
    )


def test_nothing_in_a_name_or_a_message_is_obeyed() -> None:
    item = finding("a,line=1::x\n::set-output name=y::%z.py", message="100%\r\n::stop-commands::x")
    (first, _) = rendered(checked(item))
    assert first == (
        "::error file=a%2Cline=1%3A%3Ax%0A%3A%3Aset-output name=y%3A%3A%25z.py,line=3,endLine=3,col=9,endColumn=26,"
        "title=CLF002 legacy-call::100%25%0D%0A::stop-commands::x [safe]"
    )


def test_failures_with_and_without_a_line() -> None:
    failures = (Failure("a.py", "broken", 3, 7), Failure("gone.py", "no such\nfile"))
    assert rendered(RunResult((), failures), Style(locate=lambda path: f"top/{path}"))[:2] == [
        "::error file=top/a.py,line=3,title=cachelift failed here::broken",
        "::error file=top/gone.py,title=cachelift failed here::no such%0Afile",
    ]
