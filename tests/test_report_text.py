import re

import pytest
from report_helpers import MANUAL, TEXT, UNSAFE, checked, finding, rewritten

from cachelift.model import Failure, FileOutcome, Finding, RunResult
from cachelift.report import Mode, Style, make_report
from cachelift.report.text import render

SUMMARY = "0 usages rewritten, 1 left (1 safe), 0 failed, 1 file seen\n"


def shown(result: RunResult, mode: Mode = Mode.CHECK, style: Style | None = None) -> str:
    return render(make_report(result, mode), style or Style())


def test_nothing_found_is_the_summary_alone() -> None:
    assert shown(RunResult((), files_seen=0)) == "0 usages rewritten, 0 left, 0 failed, 0 files seen\n"


def test_nothing_found_and_quiet_is_nothing() -> None:
    assert shown(RunResult((), files_seen=3), style=Style(quiet=True)) == ""


def test_a_safe_finding() -> None:
    assert shown(checked(finding())) == (
        "src/a.py:3:9: CLF002 a call of the legacy class [safe]\n"
        '  3 | cache = CacheService("d")\n'
        "    |         ^^^^^^^^^^^^^^^^^\n"
        "    = fix: `cachelift fix` rewrites it\n"
        "\n" + SUMMARY
    )


def test_a_manual_finding_says_why() -> None:
    assert shown(checked(finding(applicability=MANUAL, reason="unmapped-argument"))) == (
        "src/a.py:3:9: CLF002 a call of the legacy class [manual: unmapped-argument]\n"
        '  3 | cache = CacheService("d")\n'
        "    |         ^^^^^^^^^^^^^^^^^\n"
        "    = help: an argument has no counterpart in the factory (`cachelift explain unmapped-argument`)\n"
        "\n"
        "0 usages rewritten, 1 left (1 manual), 0 failed, 1 file seen\n"
    )


@pytest.mark.parametrize(
    ("item", "tag", "advice"),
    [
        (finding(applicability=MANUAL), "manual", "help: decide by hand (`cachelift explain CLF002`)"),
        (
            finding(applicability=MANUAL, reason="brand-new"),
            "manual: brand-new",
            "help: brand-new (`cachelift explain brand-new`)",
        ),
        (finding(applicability=UNSAFE), "unsafe", "fix: `cachelift fix --unsafe-fixes` rewrites it"),
        (
            finding(applicability=UNSAFE, reason="type-argument"),
            "unsafe: type-argument",
            (
                "fix: `cachelift fix --unsafe-fixes` rewrites it; the constructor's type argument would be lost"
                " (`cachelift explain type-argument`)"
            ),
        ),
        (
            finding(reason="own-test"),
            "safe: own-test",
            (
                "fix: `cachelift fix` rewrites it; the test of the legacy class goes when the class goes"
                " (`cachelift explain own-test`)"
            ),
        ),
    ],
)
def test_each_applicability_has_its_advice(item: Finding, tag: str, advice: str) -> None:
    lines = shown(checked(item)).splitlines()
    assert lines[0] == f"src/a.py:3:9: CLF002 a call of the legacy class [{tag}]"
    assert lines[3] == f"    = {advice}"


def test_several_findings_and_failures() -> None:
    items = (finding("b.py", (1, 1), (1, 5)), finding("a.py", (3, 9)), finding("a.py", (1, 1), (2, 4)))
    failures = (Failure("gone.py", "no such file"), Failure("c.py", "invalid syntax", 3, 7), Failure("d.py", "no", 4))
    result = checked(*items, failures=failures, seen=12)
    assert shown(result) == (
        "a.py:1:1: CLF002 a call of the legacy class [safe]\n"
        "  1 | from app.services.cache_service import CacheService\n"
        "    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "    = fix: `cachelift fix` rewrites it\n"
        "\n"
        "a.py:3:9: CLF002 a call of the legacy class [safe]\n"
        '  3 | cache = CacheService("d")\n'
        "    |         ^^^^^^^^^^^^^^^^^\n"
        "    = fix: `cachelift fix` rewrites it\n"
        "\n"
        "b.py:1:1: CLF002 a call of the legacy class [safe]\n"
        "  1 | from app.services.cache_service import CacheService\n"
        "    | ^^^^\n"
        "    = fix: `cachelift fix` rewrites it\n"
        "\n"
        "c.py:3:7: error: invalid syntax\n"
        "d.py:4: error: no\n"
        "gone.py: error: no such file\n"
        "\n"
        "0 usages rewritten, 3 left (3 safe), 3 failed, 12 files seen\n"
    )


def test_quiet_leaves_out_the_summary_only() -> None:
    failures = (Failure("gone.py", "no such file"),)
    loud = shown(checked(finding(), failures=failures))
    quiet = shown(checked(finding(), failures=failures), style=Style(quiet=True))
    assert loud == quiet + "\n0 usages rewritten, 1 left (1 safe), 1 failed, 1 file seen\n"
    assert quiet.endswith("\n\ngone.py: error: no such file\n")


def test_the_margin_is_as_wide_as_the_line_number() -> None:
    result = checked(finding(start=(103, 1), end=(103, 4)), text="\n" * 102 + "C()\n")
    assert shown(result).splitlines()[1:4] == [
        "  103 | C()",
        "      | ^^^",
        "      = fix: `cachelift fix` rewrites it",
    ]


@pytest.mark.parametrize("text", ["", "\n\n\n", "one line"])
def test_a_line_that_is_not_there_is_left_out(text: str) -> None:
    assert shown(checked(finding(), text=text)) == (
        "src/a.py:3:9: CLF002 a call of the legacy class [safe]\n    = fix: `cachelift fix` rewrites it\n\n" + SUMMARY
    )


def test_a_file_whose_text_is_not_there() -> None:
    outcome = FileOutcome("src/a.py", (finding(),))
    assert shown(RunResult((outcome,), files_seen=1)).splitlines()[1] == "    = fix: `cachelift fix` rewrites it"


def test_crlf_is_not_shown() -> None:
    assert shown(checked(finding(), text=TEXT.replace("\n", "\r\n"))) == shown(checked(finding()))


def test_fix_counts_and_shows_what_is_left_in_the_new_text() -> None:
    left = finding(start=(3, 9), end=(3, 31), applicability=UNSAFE, reason="mixed-file")
    assert shown(rewritten(fixed=(finding(start=(1, 1)), finding()), left=(left,)), Mode.FIX) == (
        "src/a.py:3:9: CLF002 a call of the legacy class [unsafe: mixed-file]\n"
        '  3 | cache = get_unified_cache("d")\n'
        "    |         ^^^^^^^^^^^^^^^^^^^^^^\n"
        "    = fix: `cachelift fix --unsafe-fixes` rewrites it; the file keeps a legacy object that the type may"
        " describe (`cachelift explain mixed-file`)\n"
        "\n"
        "2 usages rewritten in 1 file, 1 left (1 unsafe), 0 failed, 1 file seen\n"
    )


def test_fix_says_one_usage_for_one() -> None:
    assert shown(rewritten(), Mode.FIX) == "1 usage rewritten in 1 file, 0 left, 0 failed, 1 file seen\n"


def test_a_dry_run_does_not_claim_to_have_rewritten() -> None:
    assert shown(rewritten(), Mode.DIFF) == "1 usage to rewrite in 1 file, 0 left, 0 failed, 1 file seen\n"


def test_verbose_lists_what_was_rewritten() -> None:
    assert shown(rewritten(), Mode.FIX, Style(verbose=True)) == (
        "src/a.py:3:9: CLF002 a call of the legacy class [rewritten]\n"
        "\n"
        "1 usage rewritten in 1 file, 0 left, 0 failed, 1 file seen\n"
    )


def test_verbose_without_a_rewrite_adds_nothing() -> None:
    assert shown(checked(finding()), style=Style(verbose=True)) == shown(checked(finding()))


def test_paths_are_shown_as_the_reader_can_open_them() -> None:
    style = Style(locate=lambda path: f"../{path}")
    lines = shown(checked(finding(), failures=(Failure("b.py", "no"),)), style=style).splitlines()
    assert lines[0].startswith("../src/a.py:3:9: CLF002")
    assert lines[5] == "../b.py: error: no"


def test_nothing_that_a_terminal_obeys_gets_through() -> None:
    evil = "\x1b]0;x\x07\x9b\u202e\udcff\n"
    item = finding(f"{evil}.py", (1, 1), (1, 4), message=f"call of {evil}")
    text = shown(checked(item, text="C()\x1b[2J\u202e\n", failures=(Failure(evil, evil),)))
    assert text == (
        "\\x1b]0;x\\x07\\x9b\\u202e\\udcff\\n.py:1:1: CLF002 call of \\x1b]0;x\\x07\\x9b\\u202e\\udcff\\n [safe]\n"
        "  1 | C()\\x1b[2J\\u202e\n"
        "    | ^^^\n"
        "    = fix: `cachelift fix` rewrites it\n"
        "\n"
        "\\x1b]0;x\\x07\\x9b\\u202e\\udcff\\n: error: \\x1b]0;x\\x07\\x9b\\u202e\\udcff\\n\n"
        "\n"
        "0 usages rewritten, 1 left (1 safe), 1 failed, 1 file seen\n"
    )


def test_a_narrow_encoding_is_kept_to() -> None:
    item = finding("é.py", (1, 5), (1, 8), message="日本")
    text = shown(checked(item, text="é = C()\n"), style=Style(encoding="ascii"))
    assert text == (
        "\\xe9.py:1:5: CLF002 \\u65e5\\u672c [safe]\n"
        "  1 | \\xe9 = C()\n"
        "    |        ^^^\n"
        "    = fix: `cachelift fix` rewrites it\n"
        "\n" + SUMMARY
    )


def test_colours_change_nothing_but_the_look() -> None:
    result = checked(finding(), finding(applicability=MANUAL), failures=(Failure("b.py", "no", 1, 1),))
    colored = shown(result, style=Style(color=True))
    assert re.sub("\x1b\\[[0-9;]*m", "", colored) == shown(result)
    assert colored.splitlines()[:4] == [
        "\x1b[1msrc/a.py\x1b[0m:3:9: \x1b[1;31mCLF002\x1b[0m a call of the legacy class [safe]",
        '  \x1b[34m3\x1b[0m \x1b[34m|\x1b[0m cache = CacheService("d")',
        "    \x1b[34m|\x1b[0m         \x1b[1;31m^^^^^^^^^^^^^^^^^\x1b[0m",
        "    \x1b[36m= fix:\x1b[0m `cachelift fix` rewrites it",
    ]
