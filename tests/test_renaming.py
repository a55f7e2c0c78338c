"""Other names that a module gives what it has."""

from __future__ import annotations

import ast

import pytest

from cachelift import renaming
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
        ("D = +AEM-  # C()\n# coding: utf-7\n", False),
        ("# coding: utf-7\nD = +AEM-  # C()\n", True),
        ("# coding: utf8\nfrom a.mod import C\nC ()", False),
        ("from a.mod import C\rD = C", True),
        ("x = 1\rfrom a.mod import C\rC()", False),
        ("from a.mod import C as D, mod", True),
        ("from a.mod import C \\\n as D", True),
        ("from a.mod import C; D = C", True),
        ("from a.mod import C\nD = getattr(m, 'C')", True),
        ("D, E = C (1), C", True),
        ("D = C or C()", True),
        ("from a.mod import C # as D", False),
        ("from a.mod import (C as D)", True),
        ("from a import mod as D", True),
        ("from a import mod", False),
        ("from a import C\nD = (C)", True),
    ],
)
def test_renames(text: str, expected: bool, recwarn: pytest.WarningsRecorder) -> None:
    assert renames(text.encode(), NAMES) is expected
    assert not recwarn.list


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from a.mod import C  # mod\n", True),
        ("from a.mod import C\nC(mod(1))\n", False),
        ("Copy = 1\n", True),
        ("x = 1\n", False),
    ],
)
def test_most_modules_are_told_by_their_bytes(monkeypatch: pytest.MonkeyPatch, text: str, expected: bool) -> None:
    parsed: list[bytes] = []

    def noted(raw: bytes) -> list[ast.stmt]:
        parsed.append(raw)
        return []

    monkeypatch.setattr(renaming, "_statements", noted)
    assert renames(text.encode(), NAMES) is False
    assert bool(parsed) is expected


def test_a_name_that_is_not_ascii_is_looked_for_in_the_tree() -> None:
    assert renames("D = Çé".encode(), {"Çé"})
