import pytest
from report_helpers import MANUAL, SAFE, UNSAFE, checked, finding, python, rewritten

from cachelift.model import Failure, FileOutcome, RunResult
from cachelift.report import FORMATS, Mode, Style, Summary, emitter, make_report


def test_nothing_found() -> None:
    report = make_report(RunResult((), files_seen=7), Mode.CHECK)
    assert (report.findings, report.fixed, report.failures) == ((), (), ())
    assert report.summary == Summary(7, 0, 0, 0, 0, 0, 0, 0)


def test_findings_are_sorted_whatever_order_they_come_in() -> None:
    items = [
        finding("b.py", (1, 1)),
        finding("a.py", (10, 1)),
        finding("a.py", (2, 9), code="CLF003"),
        finding("a.py", (2, 9), (2, 30)),
        finding("a.py", (2, 9), (2, 20), message="z"),
        finding("a.py", (2, 9), (2, 20), message="a"),
    ]
    report = make_report(checked(*items), Mode.CHECK)
    assert report.findings == tuple(items[index] for index in (5, 4, 3, 2, 1, 0))
    assert make_report(checked(*reversed(items)), Mode.CHECK).findings == report.findings


def test_check_counts_all_findings() -> None:
    items = [finding(applicability=level) for level in (SAFE, SAFE, SAFE, UNSAFE, UNSAFE, MANUAL)]
    assert make_report(checked(*items, seen=4), Mode.CHECK).summary == Summary(4, 6, 3, 2, 1, 0, 0, 0)


@pytest.mark.parametrize("mode", [Mode.FIX, Mode.DIFF])
def test_fix_counts_what_is_left_and_what_was_rewritten(mode: Mode) -> None:
    left = finding(start=(1, 1), applicability=MANUAL, reason="alias")
    report = make_report(rewritten(fixed=(finding(), finding(start=(2, 1))), left=(left,)), mode)
    assert report.findings == (left,)
    assert report.fixed == (finding(start=(2, 1)), finding())
    assert report.summary == Summary(1, 1, 0, 0, 1, 2, 1, 0)


def test_failures_of_the_run_and_of_files_are_put_together() -> None:
    of_file = Failure("b.py", "invalid syntax", 3, 1)
    of_run = (Failure("z.py", "no such file"), Failure("b.py", "first", 2), Failure("a.py", "no such file"))
    result = RunResult((FileOutcome("b.py", failure=of_file),), of_run, 2)
    report = make_report(result, Mode.FIX)
    assert report.failures == (of_run[2], of_run[1], of_file, of_run[0])
    assert report.summary == Summary(2, 0, 0, 0, 0, 0, 0, 4)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_can_be_loaded(name: str) -> None:
    text = emitter(name)(make_report(RunResult(()), Mode.CHECK), Style())
    assert text.endswith("\n")


def test_a_format_is_not_loaded_before_it_is_asked_for() -> None:
    program = "import sys, cachelift.report; print([m for m in sys.modules if m.startswith('cachelift.report.')])"
    assert python("-c", program).stdout == b"[]\n"
