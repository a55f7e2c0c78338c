"""Every fixture case: what is found, what becomes of the text, and that the program still runs the same."""

from __future__ import annotations

from pathlib import Path

import cases
import pytest

READABLE = [case for case in cases.all_cases() if case.is_readable]


@pytest.mark.parametrize("case", READABLE, ids=lambda case: case.name)
def test_case(case: cases.Case, tmp_path: Path) -> None:
    problems = cases.judge(case, tmp_path.resolve())
    assert not problems, "\n".join(problems)


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
