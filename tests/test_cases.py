"""Every fixture case: what is found, what becomes of the text, and that the program still runs the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cases
import pytest

READABLE = [case for case in cases.all_cases() if case.is_readable]


@pytest.mark.parametrize("case", READABLE, ids=lambda case: case.name)
def test_case(case: cases.Case, tmp_path: Path) -> None:
    problems = cases.judge(case, tmp_path.resolve())
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("case", cases.all_cases(), ids=lambda case: case.name)
def test_form(case: cases.Case) -> None:
    assert cases.misshapen(case) == []


@pytest.mark.slow
@pytest.mark.parametrize("topic", sorted({case.folder.parent.name for case in READABLE}))
def test_the_texts_before_and_after_print_the_same(topic: str, tmp_path: Path) -> None:
    changing = [
        case
        for case in READABLE
        if case.folder.parent.name == topic and case.expect.get("run", True) and case.files("after")
    ]
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(cases.prints_otherwise, changing, (tmp_path / case.folder.name for case in changing))
        assert [problem for problem in found if problem] == []


def test_there_are_enough_cases_and_half_of_them_refuse() -> None:
    every = cases.all_cases()
    unchanged = [case for case in every if not case.files("after") and case.expect.get("text") != "any"]
    # "* *" leaves open which verdict is given, in cases where moving the call would break the program.
    refused = [
        case
        for case in every
        if case not in unchanged
        and any(word in text for text in case.expect["findings"] for word in ("manual", "unsafe", "* *"))
    ]
    assert len(every) >= 150
    assert 2 * len(unchanged + refused) >= len(every)


def test_a_program_that_runs_pytest_is_on_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    (tmp_path / "main.py").write_text("import pytest\n\nraise SystemExit(pytest.main(['--version']))\n")
    assert cases.run_program(tmp_path, "main.py").startswith("0\n")
