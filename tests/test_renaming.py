"""Other names that a module gives what it has."""

from __future__ import annotations

import pytest

from cachelift.renaming import renames

NAMES = {"C", "mod"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from m import C", False),
        ("from m import C as D", True),
        ("from m import B as D", False),
        ("import app.mod as m", True),
        ("import app.mod", False),
        ("D = C", True),
        ("C = C", False),
        ("D = C()", False),
        ("D = m.C", True),
        ("def f():\n    D = C", False),
        ("def f():\n    global D\n    D = C", True),
        ("D = C (", False),
        ("D = C\n# coding: utf-7", True),
        ("# coding: nonsense\nD = C", False),
        (r"D = '\d', C", False),
    ],
)
def test_renames(text: str, expected: bool, recwarn: pytest.WarningsRecorder) -> None:
    assert renames(text.encode(), NAMES) is expected
    assert not recwarn.list
