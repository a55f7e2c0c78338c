from __future__ import annotations

import json

from cachelift.model import Failure, StatusReport, StatusRow, Verdict
from cachelift.report.status import render

ROWS = (
    StatusRow("src/app", 3, 7, safe=1, unsafe=1, manual=2, suppressed=1, reasons=(("alias", 1), ("none", 1))),
    StatusRow("tests|x", 1, 2),
)
TOTAL = StatusRow(".", 4, 9, safe=1, unsafe=1, manual=2, suppressed=1, reasons=(("alias", 1), ("none", 1)))
STAYS = Verdict("a.Old", "a.py:3", False, ("5 usages left in src/app/x.py.",))
GOES = Verdict("b.Old", None, True, ("Nothing uses it. " * 12,))
REPORT = StatusReport(
    ROWS, TOTAL, (STAYS, GOES), (Failure("src/ü.py", "broken", 3, 7), Failure("gone", "no such file"))
)
EMPTY = StatusReport((), StatusRow("."), (GOES,), ())


def test_text() -> None:
    assert render(REPORT, "text", "ascii") == (
        "Package  Files  Migrated  Safe  Unsafe  Manual  Suppressed   Done\n"
        "-----------------------------------------------------------------------------------------\n"
        "src/app      3         7     1       1       2           1   58 %  [###########.........]\n"
        "tests|x      1         2     0       0       0           0  100 %  [####################]\n"
        "-----------------------------------------------------------------------------------------\n"
        "Total        4         9     1       1       2           1   64 %  [############........]\n"
        "\n"
        "Manual, by reason\n"
        "     1  alias  the class is given another name\n"
        "     1  none   a person decides\n"
        "\n"
        "a.Old (a.py:3) has to stay:\n"
        "  - 5 usages left in src/app/x.py.\n"
        "\n"
        "b.Old may be deleted:\n"
        "  - Nothing uses it. Nothing uses it. Nothing uses it. Nothing uses it. Nothing uses it. Nothing\n"
        "    uses it. Nothing uses it. Nothing uses it. Nothing uses it. Nothing uses it. Nothing uses it.\n"
        "    Nothing uses it.\n"
        "\n"
        "Could not be read\n"
        "  src/\\xfc.py:3:7: broken\n"
        "  gone: no such file\n"
    )


def test_text_of_nothing() -> None:
    lines = render(EMPTY, "text").splitlines()
    assert lines[:4] == [
        "Package  Files  Migrated  Safe  Unsafe  Manual  Suppressed   Done",
        "-----------------------------------------------------------------------------------------",
        "Total        0         0     0       0       0           0  100 %  [####################]",
        "",
    ]
    assert lines[4] == "b.Old may be deleted:"


def test_markdown() -> None:
    assert render(REPORT, "markdown") == (
        "**64 % migrated** (9 of 14 usages, 5 left)\n"
        "\n"
        "| Package | Files | Migrated | Safe | Unsafe | Manual | Suppressed | Done |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|\n"
        "| `src/app` | 3 | 7 | 1 | 1 | 2 | 1 | 58 % |\n"
        "| `tests\\|x` | 1 | 2 | 0 | 0 | 0 | 0 | 100 % |\n"
        "| **Total** | **4** | **9** | **1** | **1** | **2** | **1** | **64 %** |\n"
        "\n"
        "| Manual | Reason | |\n"
        "|---:|---|---|\n"
        "| 1 | `alias` | the class is given another name |\n"
        "| 1 | `none` | a person decides |\n"
        "\n"
        "a.Old (a.py:3) has to stay:\n"
        "\n"
        "- 5 usages left in src/app/x.py.\n"
        "\n"
        "b.Old may be deleted:\n"
        "\n"
        f"- {GOES.reasons[0]}\n"
        "\n"
        "Could not be read:\n"
        "\n"
        "- src/ü.py:3:7: broken\n"
        "- gone: no such file\n"
    )


def test_markdown_of_nothing() -> None:
    lines = render(EMPTY, "markdown").splitlines()
    assert lines[0] == "**100 % migrated** (0 of 0 usages)"
    assert lines[2:5] == [
        "| Package | Files | Migrated | Safe | Unsafe | Manual | Suppressed | Done |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
        "| **Total** | **0** | **0** | **0** | **0** | **0** | **0** | **100 %** |",
    ]
    assert lines[6] == "b.Old may be deleted:"


def test_json() -> None:
    document = json.loads(render(REPORT, "json"))
    assert document["version"] == 1
    assert document["packages"][0] == {
        "package": "src/app",
        "files": 3,
        "migrated": 7,
        "safe": 1,
        "unsafe": 1,
        "manual": 2,
        "manual_by_reason": {"alias": 1, "none": 1},
        "suppressed": 1,
        "percent": 58.3,
    }
    assert document["total"]["percent"] == 64.2
    assert document["migrations"][0] == {
        "legacy": "a.Old",
        "place": "a.py:3",
        "deletable": False,
        "reasons": ["5 usages left in src/app/x.py."],
    }
    assert document["failures"] == [
        {"path": "src/ü.py", "line": 3, "column": 7, "message": "broken"},
        {"path": "gone", "line": None, "column": None, "message": "no such file"},
    ]
    assert render(REPORT, "json").isascii()


def test_what_is_almost_done_is_not_shown_as_done() -> None:
    row = StatusRow("a", 1, 99_999, manual=1)
    report = StatusReport((row,), row, (), ())
    assert "99 %  [###################.]" in render(report, "text")
    assert json.loads(render(report, "json"))["total"]["percent"] == 99.9
